"""The JSON of a verdict inside a judge's reply: found, or saved from a reply that was cut.

One pass over the brackets of the text finds where values begin and end; only spans that balance are
parsed. So prose with a stray brace, megabytes of white space or a million open brackets cost
linear time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_DEPTH = 16
"""A verdict is 3 deep; deeper nesting is somebody's attack or a model that went astray."""

# brackets, strings (with raw line breaks, which some models write), and nothing else
_TOKEN = re.compile(r'[{}\[\]]|"[^"\\]*+(?:\\.[^"\\]*+)*+"|"', re.DOTALL)
_BEGIN = re.compile(r'\{\s*+(?:"|\})|\[\s*+(?:\{|\])')
_ERRORS = re.compile(r'"errors"\s*+:\s*+\[')
_TRAILING_COMMA = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|,(?=\s*+[}\]])', re.DOTALL)
_EMPTY_LIST = re.compile(r"\s*+(?:```\w*+)?+\s*+\[\s*+\]\s*+(?:```)?+\s*+")
_GAP = re.compile(r"[\s,]*+")


@dataclass
class Found:
    """What a reply holds."""

    value: Any = None
    """A dict with "errors" or counts, or a list of errors; None when there is nothing readable."""
    cut: bool = False
    """Whether the value never ended, and `value` holds the errors that were complete."""
    repairs: list[str] = field(default_factory=list)


class _Duplicate(ValueError):
    """One key twice with different values: no way to tell which is meant."""


def find(text: str) -> Found:
    """The last complete value that is a verdict; else what can be saved of one that was cut."""
    values: list[tuple[Any, list[str]]] = []
    spans, open_at = _spans(text)
    for start, end in spans:
        repairs: list[str] = []
        value = _decode(text[start:end], repairs)
        # "[]" in prose is no verdict of "no errors"
        if _is_verdict(value) and (value != [] or _EMPTY_LIST.fullmatch(text)):
            values.append((value, repairs))
    if open_at is not None:
        saved = _salvage(text, open_at)
        if saved is not None:
            return saved
    if not values:
        return Found(cut=open_at is not None)
    value, repairs = values[-1]
    if any(other != value for other, _ in values[:-1]):
        repairs.append(f"{len(values)} verdicts in one reply; the last counts")
    return Found(value, repairs=repairs)


def _spans(text: str) -> tuple[list[tuple[int, int]], int | None]:
    """Balanced top-level values, and where one begins that never ends."""
    spans: list[tuple[int, int]] = []
    position = 0
    while (begin := _BEGIN.search(text, position)) is not None:
        end = _end(text, begin.start())
        if end is None:
            return spans, begin.start()
        spans.append((begin.start(), end))
        position = end
    return spans, None


def _end(text: str, start: int) -> int | None:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        sign = token[0]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth == 0:
                return token.end()
        elif sign == '"':
            # a string that never ends: nothing behind it can be told apart
            return None
    return None


def _decode(text: str, repairs: list[str]) -> Any:
    if _depth(text) > MAX_DEPTH:
        return None
    try:
        return _loads(text, repairs)
    except _Duplicate:
        return None
    except ValueError:
        pass
    mended = _TRAILING_COMMA.sub(lambda match: match[1] or "", text)
    if mended == text:
        return None
    try:
        value = _loads(mended, repairs)
    except ValueError:
        return None
    repairs.append("removed trailing commas")
    return value


def _loads(text: str, repairs: list[str]) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in items:
            if key in mapping:
                if mapping[key] != value:
                    raise _Duplicate(key)
                repairs.append(f'key "{key[:40]}" twice')
            mapping[key] = value
        return mapping

    # strict=False: models write raw line breaks and tabs inside strings
    return json.loads(text, strict=False, object_pairs_hook=pairs, parse_constant=_no_constant)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _depth(text: str) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in "}]":
            depth -= 1
    return deepest


def _is_verdict(value: Any) -> bool:
    if isinstance(value, dict):
        return "errors" in value or any(str(key).endswith("_error_count") for key in value)
    return isinstance(value, list) and all(
        isinstance(item, dict) and ("severity" in item) for item in value
    )


def _salvage(text: str, start: int) -> Found | None:
    """The complete errors of a list that was cut; None when there is not one."""
    listed = _ERRORS.search(text, start)
    if listed is None and text[start] != "[":
        return None
    head = text[start : listed.start()] if listed else ""
    position = listed.end() if listed else start + 1
    repairs: list[str] = []
    errors = [_decode(item, repairs) for item in _items(text, position)]
    errors = [error for error in errors if isinstance(error, dict) and "severity" in error]
    if not errors:
        return None
    value: dict[str, Any] = dict(_counts(head))
    value["errors"] = errors
    repairs.append(f"the reply was cut; kept its {len(errors)} complete errors")
    return Found(value, cut=True, repairs=repairs)


def _items(text: str, position: int) -> Iterator[str]:
    while True:
        position = _GAP.match(text, position).end()  # type: ignore[union-attr]
        if not text.startswith("{", position):
            return
        end = _end(text, position)
        if end is None:
            return
        yield text[position:end]
        position = end


def _counts(head: str) -> Iterator[tuple[str, int]]:
    for match in re.finditer(r'"(\w{1,60}_error_count)"\s*+:\s*+(\d{1,6})\b', head):
        yield match[1], int(match[2])
