"""Code fences of a Markdown reply, found in one pass over its lines.

Follows CommonMark (a fence closes with the same sign, at least as long; deeper fences use more
signs) with what chat models do beyond it: any indentation, and a fence inside a fence of plain
text or Markdown. Every expression is possessive, so that a megabyte of backticks costs what a
megabyte of prose costs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE_LINE = re.compile(r"^([ \t]*+)(`{3,}+|~{3,}+)([^\n]*+)$", re.MULTILINE)
_TAG = re.compile(r"[\w+#/-]++")
_PROSE_TAGS = {"", "markdown", "md", "text", "txt", "plaintext"}
"""Fences that may hold other fences; in code, a fence line with a tag is content."""
MAX_DEPTH = 8
"""Fences inside fences; deeper ones are content, so that nesting cannot multiply the text."""


@dataclass(frozen=True)
class Fence:
    """One fenced block."""

    tag: str
    """Language as written, lower case: "python"; empty when there is none."""
    body: str
    """Content without the opening line's indentation."""
    start: int
    """Offset of the opening line in the text."""
    end: int
    """Offset behind the closing line, or the length of the text."""
    closed: bool = True
    repairs: tuple[str, ...] = ()


@dataclass
class _Open:
    sign: str
    size: int
    indent: str
    tag: str
    start: int
    content: int


def fences(text: str) -> list[Fence]:
    """Every fence of the text, in the order in which they open; an open one ends with the text."""
    found: list[Fence] = []
    stack: list[_Open] = []
    for line in _FENCE_LINE.finditer(text):
        sign, size, info = line[2][0], len(line[2]), line[3].strip()
        top = stack[-1] if stack else None
        # "```</answer>" and "```<|im_end|>" close too: no language begins with "<"
        if top and sign == top.sign and size >= top.size and (not info or info[0] == "<"):
            stack.pop()
            found.append(_block(text, top, line.start(), line.end()))
        elif (top is None or (top.tag in _PROSE_TAGS and info and len(stack) < MAX_DEPTH)) and not (
            sign == "`" and "`" in info
        ):
            content = min(line.end() + 1, len(text))
            stack.append(_Open(sign, size, line[1], tag_of(info), line.start(), content))
    found += [_unclosed(text, block) for block in stack]
    return sorted(found, key=lambda fence: fence.start)


def tag_of(info: str) -> str:
    """The language in a fence's info string: "Python3", "{.python}", "python:plot.py" -> python."""
    word = info.strip().lstrip("{.").lower()
    match = _TAG.match(word)
    return match[0].removeprefix("language-") if match else ""


def outside(text: str, blocks: list[Fence]) -> str:
    """The text without its fences; a line break stands for each."""
    kept: list[str] = []
    position = 0
    for block in blocks:
        if block.start >= position:
            kept.append(text[position : block.start])
        position = max(position, block.end)
    kept.append(text[position:])
    return "\n".join(kept)


def _block(text: str, block: _Open, stop: int, end: int) -> Fence:
    body = _dedent(text[block.content : max(stop, block.content)], block.indent)
    return Fence(block.tag, body.removesuffix("\n"), block.start, end)


def _unclosed(text: str, block: _Open) -> Fence:
    body = _dedent(text[block.content :], block.indent)
    stripped = body.rstrip()
    if stripped.endswith(block.sign * block.size):
        body = stripped.rstrip(block.sign)
        repairs = ("the closing fence stood at the end of a line of the source",)
        return Fence(block.tag, body, block.start, len(text), repairs=repairs)
    return Fence(block.tag, body, block.start, len(text), closed=False)


def _dedent(body: str, indent: str) -> str:
    if not indent:
        return body
    lines = body.split("\n")
    return "\n".join(
        line[len(indent) :]
        if line.startswith(indent)
        else line[min(len(indent), len(line) - len(line.lstrip())) :]
        for line in lines
    )
