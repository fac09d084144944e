"""OpenRLHF's remote reward: `--reward.remote_url http://HOST:PORT/openrlhf/TASK`.

It posts `{"query": [q], "prompts": [p], "labels": [l]}` and reads `{"rewards", "scores",
"extra_logs"}`. A query is prompt and response as the tokenizer decodes them, special tokens
included; for vision models the prompt's picture is expanded in it, so the prompt need not be its
beginning. A label is the reference picture, in base64.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from visual_erm.rewards.items import Item
from visual_erm.server.wire import RemoteReward, RemoteRewardRequest
from visual_erm.types import Reward, Task

_TURNS = re.compile(
    r"<\|im_start\|>assistant\n?|<\|assistant\|>\n?|<start_of_turn>model\n?|\[/INST\]"
    r"|<\|start_header_id\|>assistant<\|end_header_id\|>\n*|<｜Assistant｜>"
)
"""What begins the model's turn in the chat templates that are in use."""
_ENDS = re.compile(
    r"(?:\s*(?:<\|im_end\|>|<\|endoftext\|>|<\|eot_id\|>|<end_of_turn>|</s>|<｜end▁of▁sentence｜>"
    r"|<\|end\|>|<\|pad\|>|<pad>))+\s*$"
)


def response_of(query: str, prompt: str) -> str:
    r"""What the model wrote: the query without its prompt and without the tokens that end it.

    >>> response_of("<|im_start|>assistant\n<svg/><|im_end|>\n", "<|im_start|>assistant\n")
    '<svg/>'
    """
    if prompt and query.startswith(prompt):
        response = query[len(prompt) :]
    else:
        # the prompt's own text may hold such a mark, a response may not begin a turn of its own
        turns = list(_TURNS.finditer(query))
        response = query[turns[-1].end() :] if turns else query
    return _ENDS.sub("", response)


def items_of(request: RemoteRewardRequest, task: Task) -> list[Item]:
    """As the engine takes them, known by their place."""
    prompts = request.prompts or [""] * len(request.query)
    return [
        Item(task, label, completion=response_of(query, prompt), id=str(place))
        for place, (query, prompt, label) in enumerate(
            zip(request.query, prompts, request.labels, strict=True)
        )
    ]


def answer(rewards: Sequence[Reward], low: float, high: float) -> RemoteReward:
    """What OpenRLHF reads; every reward has a value."""
    values = [reward.value for reward in rewards if reward.value is not None]
    assert len(values) == len(rewards) and values
    scores = [(value - low) / (high - low) for value in values]
    keys = rewards[0].parts
    logs = {key: sum(reward.parts[key] for reward in rewards) / len(rewards) for key in keys}
    if len(values) == 1:
        return RemoteReward(rewards=values[0], scores=scores[0], extra_logs=logs)
    return RemoteReward(rewards=values, scores=scores, extra_logs=logs)
