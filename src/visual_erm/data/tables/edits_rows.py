"""Edits of rows: dropped, repeated, moved, broken, put in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from visual_erm.data.records import always
from visual_erm.data.tables.operators import (
    Change,
    Scene,
    operator,
)
from visual_erm.data.tables.sheets import BLANK, Cell, Sheet


def _joined(sheet: Sheet, number: int) -> bool:
    """Whether a cell spans this row and another one."""
    return any(number in place.rows and len(place.rows) > 1 for place in sheet.places.values())


def free_rows(scene: Scene) -> list[int]:
    """Body rows that no span reaches and nothing has touched."""
    sheet = scene.sheet
    return [
        number
        for number in range(sheet.heads, len(sheet.rows))
        if not _joined(sheet, number) and not any(c.key in scene.used for c in sheet.rows[number])
    ]


def keys_of(cells: Sequence[Cell]) -> frozenset[int]:
    """Keys of these cells."""
    return frozenset(cell.key for cell in cells)


def row_name(scene: Scene, number: int) -> str:
    """What the row is called; by its first cell, which keeps its key wherever the row stands."""
    key = scene.sheet.rows[number][0].key
    known = scene.names.sheet.places.get(key)
    return scene.names.row(known.row) if known else f"row {number - scene.sheet.heads + 1}"


def _again(sheet: Sheet, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells with new keys."""
    first = sheet.fresh()
    return tuple(replace(cell, key=first + n) for n, cell in enumerate(cells))


@operator("layout_error", always(3), lambda s: len(free_rows(s)) > 2)
def row_dropped(scene: Scene, rng: random.Random) -> Change | None:
    """A body row is missing."""
    number = rng.choice(free_rows(scene))
    rows = scene.sheet.rows[:number] + scene.sheet.rows[number + 1 :]
    said = "The row is missing."
    keys = keys_of(scene.sheet.rows[number])
    return Change(replace(scene.sheet, rows=rows), said, row_name(scene, number), keys)


@operator("layout_error", always(3), lambda s: len(free_rows(s)) > 5)
def rows_cut(scene: Scene, rng: random.Random) -> Change | None:
    """The last rows are missing, as when a reply ends early."""
    sheet, free = scene.sheet, set(free_rows(scene))
    count = rng.randint(2, max(2, (len(sheet.rows) - sheet.heads) // 2))
    tail = range(len(sheet.rows) - count, len(sheet.rows))
    if not set(tail) <= free:
        return None
    said = f"The last {count} rows are missing, from {row_name(scene, tail[0])} on."
    keys = frozenset(cell.key for number in tail for cell in sheet.rows[number])
    return Change(replace(sheet, rows=sheet.rows[:-count]), said, "end of the table", keys)


@operator("layout_error", always(2), lambda s: len(free_rows(s)) > 2)
def row_duplicated(scene: Scene, rng: random.Random) -> Change | None:
    """A body row comes twice."""
    sheet = scene.sheet
    number = rng.choice(free_rows(scene))
    again = _again(sheet, sheet.rows[number])
    rows = (*sheet.rows[: number + 1], again, *sheet.rows[number + 1 :])
    where = row_name(scene, number)
    return Change(
        replace(sheet, rows=rows),
        "The row comes twice.",
        where,
        keys_of(sheet.rows[number]),
        keys_of(again),
    )


@operator("layout_error", always(2), lambda s: len(free_rows(s)) > 3)
def row_moved(scene: Scene, rng: random.Random) -> Change | None:
    """A body row stands at another place."""
    free = free_rows(scene)
    one, other = rng.sample(free, 2)
    rows = list(scene.sheet.rows)
    if abs(one - other) < 2 or rows[one] == rows[other]:
        return None
    row = rows.pop(one)
    rows.insert(other, row)
    keys = keys_of(row)
    where = row_name(scene, one)
    way = "up" if other < one else "down"
    places = abs(one - other)
    said = f"The row stands {places} places further {way}."
    return Change(replace(scene.sheet, rows=tuple(rows)), said, where, keys, keys)


@operator("layout_error", always(1), lambda s: len(free_rows(s)) > 1)
def rows_swapped(scene: Scene, rng: random.Random) -> Change | None:
    """Two neighbouring rows change places; every row is still right in itself."""
    free = set(free_rows(scene))
    options = [number for number in free if number + 1 in free]
    if not options:
        return None
    number = rng.choice(sorted(options))
    rows = list(scene.sheet.rows)
    rows[number : number + 2] = rows[number + 1], rows[number]
    keys = keys_of((*rows[number], *rows[number + 1]))
    where = f"{row_name(scene, number)} and {row_name(scene, number + 1)}"
    sheet = replace(scene.sheet, rows=tuple(rows))
    return Change(sheet, "The two rows changed places.", where, keys, keys)


@operator("layout_error", always(1), lambda s: len(free_rows(s)) > 2)
def blank_row(scene: Scene, rng: random.Random) -> Change | None:
    """An empty row stands between two rows."""
    sheet = scene.sheet
    number = rng.choice(free_rows(scene)[1:])
    blank = _again(sheet, [replace(cell, text=BLANK) for cell in sheet.rows[number]])
    rows = (*sheet.rows[:number], blank, *sheet.rows[number:])
    said = "An empty row was put in."
    where = f"above {row_name(scene, number)}"
    return Change(replace(sheet, rows=rows), said, where, frozenset(), keys_of(blank))


@operator("layout_error", always(3), lambda s: len(free_rows(s)) > 1 and s.sheet.width > 3)
def row_broken(scene: Scene, rng: random.Random) -> Change | None:
    """A row is broken into two: its last cells stand in a row of their own."""
    sheet = scene.sheet
    number = rng.choice(free_rows(scene))
    row = sheet.rows[number]
    if len(row) < 4:
        return None
    at = rng.randint(2, len(row) - 1)
    if not any(cell.plain for cell in row[at:]):
        return None
    empty = _again(sheet, [Cell("", style=cell.style) for cell in row[at:]])
    left = _again(replace(sheet, rows=(*sheet.rows, empty)), [Cell("") for _ in range(at)])
    rows = (
        *sheet.rows[:number],
        (*row[:at], *empty),
        (*left, *row[at:]),
        *sheet.rows[number + 1 :],
    )
    count = len(row) - at
    cells = "last cell stands" if count == 1 else f"last {count} cells stand"
    said = f"The row is broken into two: its {cells} one row lower."
    where = row_name(scene, number)
    return Change(
        replace(sheet, rows=rows), said, where, keys_of(row), keys_of((*row, *left, *empty))
    )


@operator("layout_error", always(2), lambda s: s.sheet.heads and len(free_rows(s)) > 4)
def header_row_repeated(scene: Scene, rng: random.Random) -> Change | None:
    """The header row comes once more in the middle, as where a page begins."""
    sheet = scene.sheet
    free = free_rows(scene)
    number = rng.choice(free[2:-1])
    row = sheet.rows[sheet.heads - 1]
    if any(cell.rowspan > 1 for cell in row) or sum(cell.colspan for cell in row) != sheet.width:
        return None
    again = _again(sheet, [replace(cell, header=True) for cell in row])
    rows = (*sheet.rows[:number], again, *sheet.rows[number:])
    said = "The header row comes once more within the table."
    where = f"above {row_name(scene, number)}"
    return Change(replace(sheet, rows=rows), said, where, frozenset(), keys_of(again))


@operator(
    "layout_error",
    always(2),
    lambda s: len(free_rows(s)) > 3 and len(free_rows(s)) == len(s.sheet.rows) - s.sheet.heads,
    whole=True,
)
def rows_reversed(scene: Scene, rng: random.Random) -> Change | None:
    """The rows stand in the reverse order."""
    sheet = scene.sheet
    rows = (*sheet.rows[: sheet.heads], *reversed(sheet.rows[sheet.heads :]))
    keys = frozenset(cell.key for row in sheet.rows[sheet.heads :] for cell in row)
    said = "The rows stand in the reverse order."
    return Change(replace(sheet, rows=rows), said, "rows", keys, keys)
