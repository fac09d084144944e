"""What a recognition system makes of a table, drawn plainly and laid beside the page it read.

    python -m benchmarks.judge.evaluate --task table --source recognised --split tune --pairs 120

Every sheet is drawn in three ways: plainly (as the candidates are), in the look of some page, and
in that look as a scan. The candidates are drawn plainly: one without an error, and such with one to
six mistakes of the kind that recognition makes: signs read for others, cells lost, empty, doubled
or pushed aside, rows joined or parted, spans lost, headers that slide sideways. The truth is what
`visual_erm.data.tables.oracle` says of the two sheets, so a row that is pushed aside is one error.
`operator` names the way the reference is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.judge import table_looks as looks
from benchmarks.judge.pair import Kind, Pair
from benchmarks.judge.table_looks import HOUSE, Look, html
from benchmarks.judge.table_pixels import MARGIN, loud, scanned
from visual_erm.data.tables import oracle
from visual_erm.data.tables.sheets import Cell, Sheet
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

Draw = Callable[[str], "Image"]
Slip = Callable[[list[list[Cell]], int, random.Random], None]
"""A mistake made in rows of cells, of which the first so many are headers."""
READ_FOR = {
    "0": "O", "O": "0", "1": "l", "l": "1", "5": "S", "8": "B", "m": "rn", "rn": "m", ".": ",",
    ",": ".", "3": "8", "6": "5", "9": "4", "7": "1", "2": "7", "-": "", "−": "", "e": "c",
}  # fmt: skip
"""Signs and what they are read for."""
WORD = "abcdefghijklmnopqrstuvwxyz"


def misread(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """One sign is read for another."""
    places = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if _plain(cell)]
    for r, c in rng.sample(places, len(places)):
        text = rows[r][c].text
        signs = [k for k, sign in enumerate(text) if sign in READ_FOR or sign in WORD]
        if signs:
            k = rng.choice(signs)
            other = READ_FOR.get(text[k]) or rng.choice(WORD.replace(text[k], ""))
            rows[r][c] = replace(rows[r][c], text=text[:k] + other + text[k + 1 :])
            return


def emptied(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """The text of a cell is not read."""
    row = rng.choice(rows[heads:])
    c = rng.randrange(len(row))
    row[c] = replace(row[c], text="")


def dropped(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """A cell is missing, and the rest of its row stands one column to the left."""
    row = rng.choice(rows[heads:])
    if len(row) > 2:
        del row[rng.randrange(len(row))]


def pushed(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """An empty cell pushes the rest of its row to the right; what has no room is lost."""
    row = rng.choice(rows[heads:])
    if len(row) > 2:
        row.insert(rng.randrange(len(row) - 1), Cell("", key=10_000 + rng.randrange(10_000)))
        row.pop()


def row_lost(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """A row is missing."""
    if len(rows) > heads + 2:
        del rows[rng.randrange(heads, len(rows))]


def row_doubled(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """A row comes twice."""
    r = rng.randrange(heads, len(rows))
    rows.insert(r, [replace(cell, key=cell.key + 20_000) for cell in rows[r]])


def rows_joined(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """Two rows are read as one, their texts in the same cells."""
    if len(rows) < heads + 3:
        return
    r = rng.randrange(heads, len(rows) - 1)
    if len(rows[r]) == len(rows[r + 1]):
        rows[r] = [
            replace(a, text=f"{a.text} {b.text}".strip())
            for a, b in zip(rows[r], rows[r + 1], strict=True)
        ]
        del rows[r + 1]


def cells_joined(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """Two neighbours are read as one cell over both columns."""
    row = rng.choice(rows)
    if len(row) > 2:
        c = rng.randrange(len(row) - 1)
        a, b = row[c : c + 2]
        text = f"{a.text} {b.text}".strip()
        row[c : c + 2] = [replace(a, text=text, colspan=a.colspan + b.colspan)]


def cell_parted(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """A text of several words stands in two rows, as if its lines were rows."""
    wordy = [r for r in range(heads, len(rows)) if any(" " in cell.text for cell in rows[r])]
    if not wordy:
        return
    r = rng.choice(wordy)
    below = []
    for c, cell in enumerate(rows[r]):
        first, _, rest = cell.text.partition(" ") if _plain(cell) else (cell.text, "", "")
        rows[r][c] = replace(cell, text=first)
        below.append(replace(cell, text=rest, key=cell.key + 30_000))
    rows.insert(r + 1, below)


def span_lost(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """A cell that covers several places covers one; empty ones stand beside or below it."""
    wide = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if cell.colspan > 1]
    if wide:
        r, c = rng.choice(wide)
        cell = rows[r][c]
        empty = [Cell("", key=40_000 + cell.key + k) for k in range(cell.colspan - 1)]
        rows[r][c : c + 1] = [replace(cell, colspan=1), *empty]


def head_lost(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """The headers stand one column to the right, the last one is lost."""
    head = rows[heads - 1]
    if len(head) > 2:
        head.insert(0, Cell("", key=50_000))
        head.pop()


def doubled(rows: list[list[Cell]], heads: int, rng: random.Random) -> None:
    """A cell repeats the text of the one above it."""
    r = rng.randrange(heads + 1, len(rows)) if len(rows) > heads + 1 else 0
    if r and len(rows[r]) == len(rows[r - 1]):
        c = rng.randrange(len(rows[r]))
        rows[r][c] = replace(rows[r][c], text=rows[r - 1][c].text)


SLIPS: tuple[Slip, ...] = (
    misread, misread, misread, misread, emptied, emptied, dropped, pushed, row_lost, row_doubled,
    rows_joined, cells_joined, cell_parted, span_lost, head_lost, doubled,
)  # fmt: skip
"""Signs misread four times as often as anything else."""


def _plain(cell: Cell) -> bool:
    return bool(cell.text) and "<" not in cell.text and "&" not in cell.text


def recognised(sheet: Sheet, slips: int, rng: random.Random) -> Sheet:
    """The sheet with so many mistakes, or fewer where one finds nothing to act on."""
    rows = [list(row) for row in sheet.rows]
    for slip in rng.choices(SLIPS, k=slips):
        slip(rows, sheet.heads, rng)
    return replace(sheet, rows=tuple(map(tuple, rows)), foot=sheet.foot, caption=sheet.caption)


def _box(sheet: Sheet, look: Look, draw: Draw, keys: frozenset[int], margin: int) -> Box | None:
    return loud(draw(html(sheet, look, keys)), margin) if keys else None


def pairs(sheets: Iterable[Sheet], draw: Draw, seed: int, most: int = 4) -> Iterator[Pair]:
    """For each sheet `most` candidates, against the three references."""
    for sheet in sheets:
        rng = random.Random(f"{sheet.name} {seed}")
        look = looks.some_look(rng)
        drawn = draw(html(sheet, look))
        ways = {
            "plain": (HOUSE, draw(html(sheet, HOUSE)), 0),
            "look": (look, drawn, 0),
            "scan": (look, scanned(drawn, rng), MARGIN),
        }
        for number in range(most):
            slips = (0, 1, 3, 6)[number % 4]
            prediction = recognised(sheet, slips, rng)
            found = oracle.compare(sheet, prediction).found
            picture = draw(html(prediction, HOUSE))
            after = [_box(prediction, HOUSE, draw, one.after, 0) for one in found]
            for way, (style, reference, margin) in ways.items():
                truth = tuple(
                    Discrepancy(
                        category=one.category,
                        severity=one.severity,
                        location=one.location,
                        description=one.description,
                        bbox=_box(sheet, style, draw, one.before, margin),
                        bbox_prediction=box,
                    )
                    for one, box in zip(found, after, strict=True)
                )
                kind: Kind = "edit" if truth else "identical" if way == "plain" else "harmless"
                name = f"{sheet.name}@{way}"
                yield Pair(f"{name}-{number}", name, "table", kind, way, reference, picture, truth)
