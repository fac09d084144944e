"""From data frames to sheets: slices of records, means by group under joined headers.

    sheets = list(of_frame(frame, "cars", random.Random(0), count=10))

Values are written as reports write them: separators of thousands, as many decimals as make sense,
a real minus, percentages, a dash for what is missing.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

from visual_erm.data.tables import looks
from visual_erm.data.tables.sheets import Cell, Form, Sheet

if TYPE_CHECKING:
    import pandas as pd

ROWS = (4, 13)
"""Least and most rows of a slice."""
COLUMNS = (3, 7)
LONGEST = 60
"""Signs of a text; columns with longer ones are left out."""
CATEGORIES = (2, 12)
"""Least and most values of a column by which a frame is grouped."""
MEASURES = ("mean", "min", "max", "median", "std")
_SHARE = re.compile(r"pct|perc|share|rate$", re.IGNORECASE)
_NO_MEASURE = re.compile(r"year|month|day|\bid\b|_id|index|code|zip|lat|lon", re.IGNORECASE)
"""Numbers whose mean says nothing."""
RIGHT = "text-align:right"


def heading(name: str) -> str:
    """A column's name as a header.

    >>> heading("temp_max"), heading("Beak Length (mm)"), heading("netGeneration")
    ('Temp max', 'Beak Length (mm)', 'Net generation')
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", str(name)) if " " not in str(name) else name
    words = str(text).replace("_", " ").replace(".", " ").split()
    if len(words) > 1 and words != str(name).split():
        words[1:] = [word if word.isupper() else word.lower() for word in words[1:]]
    joined = " ".join(words)
    return joined[:1].upper() + joined[1:]


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


class Writer:
    """How the values of one column are written."""

    def __init__(self, name: str, values: Sequence[Any], rng: random.Random) -> None:
        """Look at all its values, so that they are written alike."""
        found = [v for v in values if not _missing(v)]
        self.numeric = bool(found) and all(
            isinstance(v, int | float) and not isinstance(v, bool) for v in found
        )
        self._missing = rng.choice(("–", "", "n/a"))
        if not self.numeric:
            return
        most = max(abs(float(v)) for v in found)
        whole = all(float(v).is_integer() for v in found)
        years = whole and all(1400 <= v <= 2100 for v in found)
        self._percent = not whole and most <= 1 and bool(_SHARE.search(name))
        most *= 100 if self._percent else 1
        steps = ((1000, (0,)), (100, (0, 1)), (1, (1, 2)), (0, (2, 3)))
        self._places = 0 if whole else rng.choice(next(p for least, p in steps if most >= least))
        self._separator = "," if not years and most >= 1000 and rng.random() < 0.8 else ""

    def text(self, value: Any) -> str:
        """One value as HTML text."""
        if _missing(value):
            return self._missing
        if not self.numeric:
            return escape(" ".join(str(value).split()), quote=False)
        number = float(value) * (100 if self._percent else 1)
        text = f"{abs(number):{self._separator}.{self._places}f}"
        negative = number < 0 and float(text.replace(",", "")) != 0
        return f"{'−' if negative else ''}{text}{'%' if self._percent else ''}"


def keyed(rows: Sequence[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """The rows with keys in reading order."""
    count = itertools.count(1)
    return tuple(tuple(replace(cell, key=next(count)) for cell in row) for row in rows)


def dressed(sheet: Sheet, rng: random.Random, title: str = "") -> Sheet:
    """The sheet in a look of its own; some as Markdown or LaTeX where they can be."""
    simple = sheet.heads == 1 and all(c.rowspan == c.colspan == 1 for c in sheet.cells())
    marked = any("<" in cell.text or cell.header for cell in sheet.cells())
    if simple and not marked and not sheet.caption and rng.random() < 0.3:
        form: Form = "latex" if rng.random() < 0.4 and not sheet.foot else "markdown"
        rows = [[replace(c, style=_side(c.style)) for c in row] for row in sheet.rows]
        return replace(sheet, form=form, rows=tuple(map(tuple, rows)))
    css = looks.some_css(rng) if rng.random() < 0.85 else ""
    if title and not sheet.caption and rng.random() < 0.3:
        number = rng.choice(("", f"Table {rng.randint(1, 9)}. "))
        sheet = replace(sheet, caption=f"{number}{title}")
    return replace(sheet, css=css)


def _side(style: str) -> str:
    return RIGHT if RIGHT in style else ""


def of_frame(frame: pd.DataFrame, name: str, rng: random.Random, count: int) -> Iterator[Sheet]:
    """Sheets of one frame: slices, and means by group where there is something to group by.

    Args:
        frame: with a default index.
        name: of the data, for names of sheets and for captions.
        rng: draws what is shown, and how.
        count: of sheets, at most.
    """
    usable = [c for c in frame.columns if _usable(frame[c])]
    if len(usable) < COLUMNS[0] or len(frame) < ROWS[0]:
        return
    frame = frame[usable]
    for number in range(count):
        grouped = _grouped(frame, rng) if rng.random() < 0.4 else None
        sheet = grouped or _slice(frame, rng)
        yield replace(dressed(sheet, rng, heading(name)), name=f"{name}/{number}")


def _usable(column: pd.Series) -> bool:
    values = column.dropna().head(400).tolist()
    if len(values) < ROWS[0] or len(values) < 0.6 * min(400, len(column)):
        return False
    if any(isinstance(value, list | dict) for value in values):
        return False
    return max(len(str(value)) for value in values) <= LONGEST


def _slice(frame: pd.DataFrame, rng: random.Random) -> Sheet:
    wide = rng.randint(COLUMNS[0], min(COLUMNS[1], len(frame.columns)))
    texts = [c for c in frame.columns if frame[c].dtype.kind not in "if"]
    first = [rng.choice(texts)] if texts else []
    rest = [c for c in frame.columns if c not in first]
    chosen = set(first + rng.sample(rest, min(len(rest), wide - len(first))))
    columns = first + [c for c in frame.columns if c in chosen and c not in first]
    tall = min(len(frame), rng.randint(*ROWS))
    start = rng.randrange(len(frame) - tall + 1)
    part = frame.iloc[start : start + tall][columns]
    return _sheet(part, columns, rng)


def _sheet(part: pd.DataFrame, columns: Sequence[str], rng: random.Random) -> Sheet:
    values = {c: [None if _missing(v) else v for v in part[c].tolist()] for c in columns}
    writers = {c: Writer(str(c), values[c], rng) for c in columns}
    right = rng.random() < 0.6
    styles = {c: RIGHT if right and writers[c].numeric else "" for c in columns}
    head = [Cell(escape(heading(c), quote=False), style=styles[c]) for c in columns]
    body = [
        [Cell(writers[c].text(values[c][row]), style=styles[c]) for c in columns]
        for row in range(len(part))
    ]
    numbers = [i for i, c in enumerate(columns) if writers[c].numeric and i]
    if numbers and rng.random() < 0.35:
        _stand_out(body, [values[columns[i]] for i in numbers], numbers, rng)
    if rng.random() < 0.15:
        body = [[replace(row[0], header=True), *row[1:]] for row in body]
    return Sheet("", keyed([head, *body]), 1)


def _stand_out(
    body: list[list[Cell]], values: Sequence[list[Any]], numbers: Sequence[int], rng: random.Random
) -> None:
    """The best of every column in bold, or cells coloured by value."""
    warm = rng.random() < 0.4
    for column, found in zip(numbers, values, strict=True):
        known = [v for v in found if v is not None]
        low, high = min(known, default=0), max(known, default=0)
        for row, value in zip(body, found, strict=True):
            cell = row[column]
            if value is None or low == high:
                continue
            if warm:
                colours = looks.heat((value - low) / (high - low))
                style = f"{cell.style};{colours}" if cell.style else colours
                row[column] = replace(cell, style=style)
            elif value == high:
                row[column] = replace(cell, text=f"<b>{cell.text}</b>")


def _grouped(frame: pd.DataFrame, rng: random.Random) -> Sheet | None:
    """Statistics by one or two categories, the measures under joined headers."""
    kinds = [c for c in frame.columns if _is_category(frame[c])]
    numbers = [c for c in frame.columns if frame[c].dtype.kind in "if" and c not in kinds]
    numbers = [c for c in numbers if not _NO_MEASURE.search(str(c))]
    if not kinds or not numbers:
        return None
    by = rng.sample(kinds, min(len(kinds), rng.choice((1, 1, 2))))
    measured = rng.sample(numbers, min(len(numbers), rng.randint(1, 3)))
    measures = rng.sample(MEASURES, rng.randint(2, 3))
    table = frame.groupby(by)[measured].agg(measures).reset_index()
    table = table.iloc[: ROWS[1]]
    if len(table) < 3:
        return None
    upper = [Cell(escape(heading(c), quote=False), rowspan=2) for c in by]
    upper += [Cell(escape(heading(c), quote=False), colspan=len(measures)) for c in measured]
    lower = [Cell(m.capitalize()) for _ in measured for m in measures]
    plain = rng.random() < 0.35
    if plain:  # two full rows, the upper one with gaps
        lower = [replace(cell, rowspan=1) for cell in upper[: len(by)]] + lower
        upper[: len(by)] = [Cell("") for _ in by]
    body = _joined(_texts(table, by, measured, measures, rng), len(by) > 1)
    return Sheet("", keyed([upper, lower, *body]), 2)


def _is_category(column: pd.Series) -> bool:
    count = column.nunique()
    few = CATEGORIES[0] <= count <= CATEGORIES[1] and count < len(column) / 3
    return few and (column.dtype.kind not in "f")


def _texts(
    table: pd.DataFrame,
    by: Sequence[str],
    measured: Sequence[str],
    measures: Sequence[str],
    rng: random.Random,
) -> list[list[str]]:
    columns = [(c, "") for c in by] + [(c, m) for c in measured for m in measures]
    found = []
    for column in columns:
        values = [None if _missing(v) else v for v in table[column].tolist()]
        writer = Writer(str(column[0]), values, rng)
        found.append([writer.text(value) for value in values])
    return [list(row) for row in zip(*found, strict=True)]


def _joined(texts: Sequence[Sequence[str]], join: bool) -> list[list[Cell]]:
    """Rows of cells; equal neighbours in the first column become one."""
    rows = []
    for number, row in enumerate(texts):
        cells = [Cell(text) for text in row]
        if join:
            same = list(itertools.takewhile(lambda r: r[0] == row[0], texts[number:]))  # noqa: B023
            if number and texts[number - 1][0] == row[0]:
                cells = cells[1:]
            else:
                cells[0] = replace(cells[0], rowspan=len(same))
        rows.append(cells)
    return rows
