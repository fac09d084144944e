"""The register of edits of tables: what each is called, what it needs, how severe it is.

The edits stand in `edits_numbers`, `edits_texts`, `edits_cells`, `edits_rows` and `edits_columns`.
An edit gets a `Scene` and a random generator; it returns another sheet with what a person would
say about it, or None where it does not apply.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape, unescape

from visual_erm.data.records import Effect, Rule, at_steps
from visual_erm.data.tables.sheets import CAPTION, FOOT, Names, Sheet, words
from visual_erm.types import Severity

NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")
WORD = re.compile(r"[^\W\d_\u3040-\u9fff\uac00-\ud7af]{4,}")
"""A word of a script with letters."""
CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_NUMERIC = re.compile(
    r"[~<>≤≥±+−(-]{0,2} ?[$€£¥]?[−-]?(?<![\w.,])\d[\d,]*(?:\.\d+)?"
    r"(?: ?(?:[^\W\d_]{1,4}[²³]?|[%‰°][CF]?|km/h))?\)?[*†‡]{0,3}"
)
"""One number, with a sign, a unit and stars perhaps."""
_WRAPPED = re.compile(r"((?:<\w+>)*)([^<>]*)((?:</\w+>)*)")
_LONG = 70
"""Signs of a text that is quoted whole."""


@dataclass(frozen=True)
class Scene:
    """A sheet as it is now, and what its cells were called in the reference."""

    sheet: Sheet
    names: Names
    used: frozenset[int] = frozenset()
    """Keys of cells that other edits have touched."""

    @cached_property
    def body(self) -> list[int]:
        """Keys of the cells below the headers that nothing has touched."""
        return self._keys(range(self.sheet.heads, len(self.sheet.rows)))

    @cached_property
    def heads(self) -> list[int]:
        """Keys of the header cells with text that nothing has touched."""
        return [key for key in self._keys(range(self.sheet.heads)) if self.plain(key)]

    def _keys(self, rows: Iterable[int]) -> list[int]:
        found = [cell.key for number in rows for cell in self.sheet.rows[number]]
        return [key for key in found if key not in self.used]

    def plain(self, key: int) -> str:
        """What a reader reads in a cell."""
        return words(self.sheet.text(key))

    def simple(self, key: int) -> bool:
        """Whether the text is one run, at most bold or in italics as a whole."""
        return _WRAPPED.fullmatch(self.sheet.text(key)) is not None

    @cached_property
    def numbers(self) -> list[int]:
        """Keys of the body cells that hold one number, with its unit perhaps."""
        return [key for key in self.body if self.simple(key) and numeric(self.plain(key))]

    @cached_property
    def texts(self) -> list[int]:
        """Keys of the body cells that hold words."""
        return [key for key in self.body if self.simple(key) and textual(self.plain(key))]

    @cached_property
    def legends(self) -> list[int]:
        """Keys of headers, caption and note that hold words in one run."""
        around = [key for key in (CAPTION, FOOT) if self.sheet.text(key) and key not in self.used]
        return [k for k in (*self.heads, *around) if self.simple(k) and textual(self.plain(k))]

    def rewritten(
        self, key: int, text: str, how: str = "", *, amount: float = 0.0, said: str = ""
    ) -> Change:
        """A change of the words of one cell; its markup stays.

        Args:
            key: of the cell.
            text: the new words.
            how: what kind of change it is, to be added in words.
            amount: for the severity rule.
            said: the whole description, where the texts do not say it.
        """
        was = self.plain(key)
        found = _WRAPPED.fullmatch(self.sheet.text(key))
        opening, closing = (found[1], found[3]) if found else ("", "")
        inner = escape(text, quote=False)
        sheet = self.sheet.with_text(key, f"{opening}{inner}{closing}" if inner else "")
        keys = frozenset({key})
        became = f"{quoted(was)} became {quoted(text)}" if text else f"{quoted(was)} is missing"
        words = said or f"{became}{f': {how}' if how else ''}."
        return Change(sheet, words, self.names.cell(key), keys, keys, amount)


@dataclass(frozen=True)
class Change:
    """What one edit did."""

    sheet: Sheet
    description: str
    location: str
    before: frozenset[int] = frozenset()
    """Keys of the cells of the reference that it concerns."""
    after: frozenset[int] = frozenset()
    """Keys of the cells of the prediction."""
    amount: float = 0.0
    """How much changed, in the operator's own unit."""


Function = Callable[[Scene, random.Random], Change | None]
Need = Callable[[Scene], object]


@dataclass(frozen=True)
class Operator:
    """One kind of edit."""

    name: str
    category: str
    function: Function
    severity: Rule
    needs: Need
    """Whether a sheet has what it works on; cheap, and asked before it is chosen."""
    whole: bool = False
    """Whether it acts on the whole table, so that nothing else can be edited beside it."""


OPERATORS: dict[str, Operator] = {}


def operator(
    category: str, severity: Rule, needs: Need, *, whole: bool = False
) -> Callable[[Function], Function]:
    """Register an edit under its function's name."""

    def register(function: Function) -> Function:
        name = function.__name__
        OPERATORS[name] = Operator(name, category, function, severity, needs, whole)
        return function

    return register


def by_amount(effect: Effect) -> Severity:
    """By how far a number is off: a hundredth needs correction, a third misleads."""
    return at_steps(effect.amount, 0.01, 1 / 3)


def by_place(effect: Effect) -> Severity:
    """A wrong text needs correction; one that names a row, a column or the table misleads."""
    return 3 if effect.amount >= 1 else 2


def numeric(text: str) -> bool:
    """Whether a cell's text is a number: digits, and no more letters than a unit has.

    >>> numeric("−1,250.5 km"), numeric("($5)"), numeric("Route 66"), numeric("0.out")
    (True, True, False, False)
    """
    return _NUMERIC.fullmatch(text) is not None


def textual(text: str) -> bool:
    """Whether a cell's text has a word to be read."""
    return bool(WORD.search(text) or CJK.search(text)) and "$" not in text and "\\" not in text


def quoted(text: str) -> str:
    """Numbers as they are, texts in quotes, long ones cut.

    >>> quoted("12.5 kg"), quoted("Oslo")
    ('12.5 kg', '"Oslo"')
    """
    if numeric(text):
        return text
    return f'"{text}"' if len(text) <= _LONG else f'"{text[: _LONG - 1]}…"'


def value(text: str) -> float:
    """The number of a text; its sign and brackets aside.

    >>> value("$1,250.5")
    1250.5
    """
    found = NUMBER.search(text)
    return float(found[0].replace(",", "")) if found else 0.0


def off(before: str, after: str) -> float:
    """By how much one number is off another, as a share of the larger; years count at least 2%.

    >>> off("12.5", "1.25"), off("1974", "1975"), off("80", "79")
    (0.9, 0.02, 0.0125)
    """
    a, b = value(before), value(after)
    share = abs(a - b) / max(a, b, 1e-9)
    year = re.fullmatch(r"(1[5-9]|20)\d\d", unescape(before).strip())
    return max(share, 0.02) if year else share
