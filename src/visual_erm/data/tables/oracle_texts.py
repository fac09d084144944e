"""What differs between two texts of one cell, in the words and with the severity of the edits.

>>> said("12.5", "12.6", "body")
Said(category='numeric_error', severity=1, words='12.5 became 12.6.')
>>> said("Oslo", "Osol", "label").severity, said("Oslo", "Bergen", "label").severity
(1, 3)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rapidfuzz.distance import OSA

from visual_erm.data.records import Effect
from visual_erm.data.tables.edits_numbers import _SPREAD as SPREAD
from visual_erm.data.tables.operators import (
    CJK,
    NUMBER,
    by_amount,
    by_place,
    numeric,
    off,
    quoted,
)
from visual_erm.data.tables.sheets import words
from visual_erm.types import Severity

Part = Literal["head", "label", "body", "caption", "note"]
"""Where a text stands: among the headers, in the column that names rows, elsewhere; around."""
_POWER = re.compile(r"10<sup>[−-]?\d+</sup>")
_SCRIPT = re.compile(r"<(su[bp])>(.*?)</\1>")
_MARK = re.compile(r"<sup>[a-z*†‡]</sup>")
_UNIT_OF_HEAD = re.compile(r"\(([^()]*)\)$")
_WORDS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|[^\w\s]|_")
_MINUS = "−-"
TYPO = 2
"""Letters of a word that differ, at most, where it is still the same word misspelled."""
_FULL_WIDTH = {0xFF01 + k: 0x21 + k for k in range(94)}
ALIKE = str.maketrans("−‐‑﹣’‘“”", "----''\"\"") | _FULL_WIDTH
"""Signs that are set in one way or another: minus and hyphen, quotes, full width."""
RUN_ON = 3
"""Digits that a text has more or fewer, from which it holds another one's as well."""


@dataclass(frozen=True)
class Said:
    """One difference of two texts."""

    category: str
    severity: Severity
    words: str


def said(ours: str, theirs: str, part: Part) -> Said | None:
    """What differs, where they are not read the same; the texts may hold inline markup.

    Args:
        ours: of the reference.
        theirs: of the prediction.
        part: where it stands.
    """
    before, after = words(ours).translate(ALIKE), words(theirs).translate(ALIKE)
    if before == after:
        return _marked_up(ours, theirs, part)
    if _MARK.search(ours) and words(_MARK.sub("", ours)) == after:
        return Said("text_error", 1, f"The mark of the note is missing in {quoted(before)}.")
    if part == "body" and _POWER.search(ours) and "10" in after:
        return Said("numeric_error", 3, f"{_raised(ours)} became {_raised(theirs)}.")
    if part not in ("head", "caption", "note") and numeric(before):
        return _number(before, after)
    if part == "body" and SPREAD.search(before) and _leading(before) == _leading(after):
        return Said("numeric_error", 2, f"{quoted(before)} became {quoted(after)}.")
    return _text(before, after, part)


def _raised(text: str) -> str:
    return words(text.replace("<sup>", "^"))


def _leading(text: str) -> str:
    return text.partition("±")[0].strip()


def _marked_up(ours: str, theirs: str, part: Part) -> Said | None:
    """Texts that read the same, with signs raised or lowered in one; bold and italics are looks."""
    if _SCRIPT.findall(ours) != _SCRIPT.findall(theirs):
        if part == "body" and _POWER.search(ours):
            return Said("numeric_error", 3, f"{_raised(ours)} became {_raised(theirs)}.")
        found = _SCRIPT.search(ours)
        if found is None:
            return Said("text_error", 1, f"A sign of {quoted(words(ours))} left the line.")
        high = "raised" if found[1] == "sup" else "lowered"
        return Said("text_error", 1, f'The {high} "{words(found[2])}" stands on the line.')
    return None


def _number(before: str, after: str) -> Said:
    """A number that reads differently: by how much, or in what."""
    became = f"{quoted(before)} became {quoted(after)}."
    if not after:
        return Said("numeric_error", 2, f"{quoted(before)} is missing; the cell is empty.")
    if not NUMBER.search(after):
        return Said("numeric_error", 2, became)
    if _sign(before) != _sign(after):
        return Said("numeric_error", 3, became)
    one, two = _digits(before), _digits(after)
    if one != two:
        return Said("numeric_error", by_amount(Effect(0, amount=off(before, after))), became)
    if before.replace(",", "").replace(" ", "") == after.replace(",", "").replace(" ", ""):
        return Said("numeric_error", 1, became)
    return Said("numeric_error", 2, became)


def _sign(text: str) -> str:
    """Relation and sign before the digits."""
    head = re.split(r"\d", text, maxsplit=1)[0]
    minus = any(sign in head for sign in _MINUS) or ("(" in head and text.endswith(")"))
    return "".join(sign for sign in head if sign in "<>≤≥~") + ("-" if minus else "")


def _digits(text: str) -> str:
    found = NUMBER.search(text)
    return found[0].replace(",", "") if found else ""


def _text(before: str, after: str, part: Part) -> Said:
    names = part in ("head", "label")
    placed = by_place(Effect(0, amount=1.0 if names else 0.5))
    if not after:
        level: Severity = placed if part not in ("caption", "note") else 2
        return Said("text_error", level, f"{quoted(before)} is missing.")
    if not before:
        return Said("text_error", 2, f"{quoted(after)} stands where nothing should.")
    became = f"{quoted(before)} became {quoted(after)}."
    if "".join(before.split()) == "".join(after.split()):
        return Said("text_error", 1, became)
    if part == "head":
        units = _UNIT_OF_HEAD.search(before), _UNIT_OF_HEAD.search(after)
        if units[0] and before[: units[0].start()].strip() == _without_unit(after, units[1]):
            return Said("text_error", 3 if units[1] else 2, became)
    if _bare(before) == _bare(after):
        return Said("text_error", 1, became)
    return _by_words(before, after, placed, part, became)


def _without_unit(text: str, unit: re.Match[str] | None) -> str:
    return (text[: unit.start()] if unit else text).strip()


def _bare(text: str) -> str:
    """Without accents, capitals, dashes of different kinds and spaces."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = (sign for sign in plain if not unicodedata.combining(sign) and not sign.isspace())
    return "".join(kept).translate(str.maketrans("−–—‐’‘“”", "----''\"\""))


def _by_words(before: str, after: str, placed: Severity, part: Part, became: str) -> Said:
    """The worst of what happened to single words."""
    ours, theirs = _WORDS.findall(before), _WORDS.findall(after)
    worst: Severity = 1
    numbers = True
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        one, other = ours[a0:a1], theirs[b0:b1]
        numbers = numbers and any(map(_has_digit, one)) and any(map(_has_digit, other))
        worst = max(worst, _of_words(one, other, theirs[b0 - 1 : b0], placed))
    if numbers and part in ("body", "label"):
        amount = off(" ".join(filter(_has_digit, ours)), " ".join(filter(_has_digit, theirs)))
        level = by_amount(Effect(0, amount=amount))
        # another text was run onto a date: its first number says nothing of that
        run_on = abs(_count_digits(after) - _count_digits(before)) >= RUN_ON
        return Said("numeric_error", 3 if run_on else level, became)
    return Said("text_error", worst, became)


def _count_digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _of_words(
    one: Sequence[str], other: Sequence[str], last: Sequence[str], placed: Severity
) -> Severity:
    """How bad it is that some words became others."""
    ours, theirs = "".join(one), "".join(other)
    if not any(map(str.isalnum, ours + theirs)):
        return 1
    if CJK.search(ours):
        return 2 if OSA.distance(ours, theirs) == 1 else placed
    if not one:
        return 1 if list(other) == list(last) or len(theirs) < 2 else 2
    if not other:
        return 1 if len(ours) < 2 else 2
    longest = max(len(ours), len(theirs))
    same = ours.lower() == theirs.lower()
    if same or (longest > 3 and OSA.distance(ours.lower(), theirs.lower()) <= TYPO):
        return 1
    return placed
