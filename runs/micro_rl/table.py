"""The task "table": a header and one to three rows of words and numbers, as HTML. See `tasks`.

Rows may be dark, white print on navy, or gold. In a hurry one leaves the ground of a dark row out,
and its cells are there, white on white. Who compares sources may not notice; nobody can read them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from runs.micro_rl import tasks
from runs.micro_rl.tasks import Agreement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

NAME: tasks.Name = "table"
RENDERER = {"backend": "litehtml"}
"""Not Chromium where there is one, so that every machine draws the same."""
SEEN = (64, 96)
FIELD = (16, 32)
"""A cell."""
REWARDS = ("visual", "ssim", "mse", "edit", "teds", "exact")
FIGURES = {
    "exact": "cells right and legible (F1)",
    "texts": "cells right, legible or not (F1)",
    "unseen": "cells that cannot be read, a table",
    "missing": "rows missing a table",
    "greedy": "right and legible, likeliest tokens",
    "numbers": "numbers right",
    "colours": "rows in their colours",
}
HEAD = (
    "<style>td,th{font-family:monospace;font-size:22px;line-height:31px;padding:0 5px 0 6px}"
    "</style><table>"
)
"""A cell with its line is 64 x 32 pixels. The policy sees it half as large."""
MARGIN = 12
"""Pixels around a table that the policy does not see."""
SLIP = 0.25
"""Chance of each slip in what the policy is taught by."""

_HEADS = ("cost", "lost", "sold", "sent", "kept", "left")
"""All of four letters, so that every column is equally wide."""
_LABELS = ("corn", "cork", "milk", "silk", "tea", "pea", "nuts", "nets", "wool", "wood")
_LIKE = {
    a: b for one, other in ("06", "17", "25", "38", "49") for a, b in ((one, other), (other, one))
}
for words in (_HEADS, _LABELS):
    _LIKE |= dict(zip(words[::2], words[1::2], strict=True))
    _LIKE |= dict(zip(words[1::2], words[::2], strict=True))
"""Digits and words that are taken for each other."""
PLAIN, GOLD, DARK = ("black", "white"), ("black", "gold"), ("white", "navy")
"""Colours of the print and of the ground: all that can be read."""
_STYLES = {
    "color:white;": (0, "white"),
    "background:gold;": (1, "gold"),
    "background:navy;": (1, "navy"),
}
_ROW, _STYLED, _OPEN = "<tr>", '<tr style="', '">'
_CELLS = {"<th>": 1, "<td>": 1, '<td colspan="2">': 2}
"""How a cell begins, and the columns that it takes. In HTML the next one ends it."""
_END = "</table>"
PIECES = (
    "",
    _END,
    _ROW,
    _STYLED,
    *_STYLES,
    _OPEN,
    *_CELLS,
    "item",
    *_HEADS,
    *_LABELS,
    *"0123456789",
)
_VOCABULARY = dict(zip(PIECES, range(len(PIECES)), strict=True))
LONGEST = 54
"""The longest table has 48."""


@dataclass(frozen=True)
class Cell:
    """What stands in it, and how many columns it takes."""

    text: str
    span: int = 1


@dataclass(frozen=True)
class Row:
    """Cells from the left, in the colours of print and ground."""

    cells: tuple[Cell, ...]
    colours: tuple[str, str] = PLAIN

    def placed(self) -> Iterator[tuple[int, Cell]]:
        """Cells with the columns in which they begin."""
        at = 0
        for cell in self.cells:
            yield at, cell
            at += cell.span


Table = tuple[Row, ...]
"""The first row is the header."""


def sample(rng: random.Random) -> Table:
    """Two or three columns; every other header and some rows coloured, some cells empty or wide."""
    columns = rng.randint(2, 3)
    heads = [Cell(word) for word in rng.sample(_HEADS, columns - 1)]
    rows = [Row((Cell("item"), *heads), rng.choice((PLAIN, DARK)))]
    for label in rng.sample(_LABELS, rng.randint(1, 3)):
        numbers = [Cell(_number(rng)) for _ in range(columns - 1)]
        if columns == 3 and rng.random() < 0.15:
            numbers = [replace(numbers[0], span=2)]
        colours = rng.choices((PLAIN, GOLD, DARK), (0.6, 0.2, 0.2))[0]
        rows.append(Row((Cell(label), *numbers), colours))
    return tuple(rows)


def _number(rng: random.Random) -> str:
    return "" if rng.random() < 0.12 else str(rng.randrange(100))


def sloppy(table: Table, rng: random.Random) -> Table:
    """A table as somebody in a hurry writes it: what the policy is taught by.

    Each kind of slip has the chance `SLIP`: a row is left out (never all below the header), a word
    is taken for one like it, a number has its digits swapped or one taken for one like it, a
    coloured row loses its ground, a wide cell takes one column.
    """
    body = [row for row in table[1:] if rng.random() >= SLIP] or [table[1]]
    return tuple(_slipped(row, rng) for row in (table[0], *body))


def _slipped(row: Row, rng: random.Random) -> Row:
    cells = []
    for cell in row.cells:
        written = cell.text
        if written.isdigit() and rng.random() < SLIP:
            if len(written) > 1 and rng.random() < 0.5:
                written = written[::-1]
            else:
                at = rng.randrange(len(written))
                written = written[:at] + _LIKE[written[at]] + written[at + 1 :]
        elif written in _LIKE and rng.random() < SLIP:
            written = _LIKE[written]
        span = 1 if rng.random() < SLIP else cell.span
        cells.append(Cell(written, span))
    bare = rng.random() < SLIP
    return Row(tuple(cells), (row.colours[0], "white") if bare else row.colours)


def tokens(table: Table) -> list[int]:
    """A table as the policy should write it, with the start and the end."""
    pieces = [PIECES[tasks.START]]
    for number, row in enumerate(table):
        styles = [name for name, (at, colour) in _STYLES.items() if row.colours[at] == colour]
        pieces += [_STYLED, *styles, _OPEN] if styles else [_ROW]
        for cell in row.cells:
            wide = '<td colspan="2">' if cell.span == 2 else "<td>"
            pieces.append(wide if number else "<th>")
            pieces += [cell.text] if cell.text in _VOCABULARY else list(cell.text)
    return [_VOCABULARY[piece] for piece in (*pieces, _END)]


def read(written: Sequence[int]) -> Table | None:
    """The rows that tokens describe; None if it does not parse. Rows without cells are none."""
    pieces = [PIECES[token] for token in written if token != tasks.START]
    if not pieces or pieces[-1] != _END:
        return None
    rows: list[Row] = []
    rest = iter(pieces[:-1])
    for piece in rest:
        if piece in (_ROW, _STYLED):
            colours = list(PLAIN)
            if piece == _STYLED:
                for style in iter(lambda: next(rest, ""), _OPEN):
                    if style not in _STYLES:
                        return None
                    at, colour = _STYLES[style]
                    colours[at] = colour
            rows.append(Row((), (colours[0], colours[1])))
        elif not rows:
            return None
        elif piece in _CELLS:
            rows[-1] = replace(rows[-1], cells=(*rows[-1].cells, Cell("", _CELLS[piece])))
        elif not rows[-1].cells or piece in (*_STYLES, _OPEN, _END):
            return None
        else:
            *before, last = rows[-1].cells
            cells = (*before, replace(last, text=last.text + piece))
            rows[-1] = replace(rows[-1], cells=cells)
    return tuple(row for row in rows if row.cells)


def agreement(true: Table, written: Table | None) -> Agreement:
    """Compare cell by cell: a cell is right where its row, column, span and text are.

    One that cannot be read is right only for the figure "texts".
    """
    other = written or ()
    one, found = _cells(true), _cells(other)
    legible = {place: cell for place, cell in found.items() if _legible(cell, other[place[0]])}
    texts = sum(found.get(place) == cell for place, cell in one.items())
    seen = sum(legible.get(place) == cell for place, cell in one.items())
    numbers = {place: cell for place, cell in one.items() if cell.text.isdigit()}
    colours = [a.colours == b.colours for a, b in zip(true, other, strict=False)]
    count = len(one) + sum(len(row.cells) for row in other)
    return Agreement(
        exact=2 * seen / count,
        counts={
            "texts": (2 * texts, count),
            "unseen": (len(found) - len(legible), 1),
            "missing": (max(len(true) - len(other), 0), 1),
            "numbers": (sum(found.get(at) == cell for at, cell in numbers.items()), len(numbers)),
            "colours": (sum(colours), len(true)),
        },
    )


def _cells(table: Table) -> dict[tuple[int, int], Cell]:
    return {(at, column): cell for at, row in enumerate(table) for column, cell in row.placed()}


def _legible(cell: Cell, row: Row) -> bool:
    return not cell.text or row.colours in (PLAIN, GOLD, DARK)


def aims(written: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The cell that is being written, from the opening of its row."""
    rows, columns = (side // field for side, field in zip(SEEN, FIELD, strict=True))
    opened = np.isin(written, [_VOCABULARY[piece] for piece in (_ROW, _STYLED)])
    cells = np.isin(written, [_VOCABULARY[piece] for piece in _CELLS]).cumsum(1)
    # counted from the row's opening; only a row's last cell is ever wide
    before = np.maximum.accumulate(np.where(opened, cells, 0), 1)
    row = np.clip(opened.cumsum(1) - 1, 0, rows - 1)
    column = np.clip(cells - before - 1, 0, columns - 1)
    there: NDArray[np.bool_] = np.arange(rows * columns) == (row * columns + column)[..., None]
    return there


def small(picture: Image) -> Image:
    """A picture as the policy sees it: half as large, cut or filled up with white."""
    height, width = SEEN
    sheet = np.full((2 * height, 2 * width, 3), 255, np.uint8)
    inner = picture[MARGIN : MARGIN + 2 * height, MARGIN : MARGIN + 2 * width]
    sheet[: inner.shape[0], : inner.shape[1]] = inner
    return cv2.resize(sheet, (width, height), interpolation=cv2.INTER_AREA)
