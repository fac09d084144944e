"""The model's turn in a conversation that a tokenizer decoded with its special tokens."""

from __future__ import annotations

import re

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
