"""OpenRLHF's remote reward: `--reward.remote_url http://HOST:PORT/openrlhf/TASK`.

It posts `{"query": [q], "prompts": [p], "labels": [l]}` and reads `{"rewards", "scores",
"extra_logs"}`. A query is prompt and response as the tokenizer decodes them, special tokens
included; for vision models the prompt's picture is expanded in it, so the prompt need not be its
beginning. A label is the reference picture, in base64.
"""

from __future__ import annotations

from visual_erm.extraction_turns import response_of
from visual_erm.rewards.items import Item
from visual_erm.server.wire import RemoteReward, RemoteRewardRequest
from visual_erm.types import Reward, Task


def item_of(request: RemoteRewardRequest, task: Task) -> Item | None:
    """As the engine takes it; None where there is no sample."""
    if not request.query:
        return None
    prompt = request.prompts[0] if request.prompts else ""
    return Item(task, request.labels[0], completion=response_of(request.query[0], prompt))


def answer(reward: Reward | None, low: float, high: float) -> RemoteReward:
    """What OpenRLHF reads, of a reward that has a value."""
    if reward is None or reward.value is None:
        return RemoteReward(rewards=None, scores=None, extra_logs={})
    score = (reward.value - low) / (high - low)
    return RemoteReward(rewards=reward.value, scores=score, extra_logs=dict(reward.parts))
