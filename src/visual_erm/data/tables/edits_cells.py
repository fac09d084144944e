"""Edits of cells in the grid: spans, merged, lost and added cells, and what makes one stand out."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from visual_erm.data.records import always
from visual_erm.data.tables.edits_rows import free_rows, keys_of, row_name
from visual_erm.data.tables.operators import (
    Change,
    Scene,
    operator,
    quoted,
)
from visual_erm.data.tables.sheets import CAPTION, FOOT, Cell, Sheet


def _spanning(scene: Scene) -> list[int]:
    """Cells with text over several rows or columns, as wide as the table excepted."""
    places = scene.sheet.places
    return [
        cell.key
        for cell in scene.sheet.cells()
        if cell.text
        and cell.key not in scene.used
        and (len(places[cell.key].rows) > 1 or len(places[cell.key].columns) > 1)
    ]


def _divided(scene: Scene, key: int, texts: Callable[[str], str]) -> tuple[Sheet, frozenset[int]]:
    """The sheet with a spanning cell as single cells; the others get what `texts` says."""
    sheet, place = scene.sheet, scene.sheet.places[key]
    cell, fresh = sheet.cell(key), sheet.fresh()
    added = {key}
    rows = [list(row) for row in sheet.rows]
    for row in place.rows:
        new = []
        for column in place.columns:
            if (row, column) == (place.row, place.column):
                new.append(replace(cell, rowspan=1, colspan=1))
            else:
                new.append(replace(cell, rowspan=1, colspan=1, text=texts(cell.text), key=fresh))
                added.add(fresh)
                fresh += 1
        own = [c for c in rows[row] if c.key != key]
        left = [c for c in own if sheet.places[c.key].column < place.column]
        rows[row] = [*left, *new, *own[len(left) :]]
    return replace(sheet, rows=tuple(map(tuple, rows))), frozenset(added)


@operator("layout_error", always(2), _spanning)
def span_lost(scene: Scene, rng: random.Random) -> Change | None:
    """A cell over several rows or columns covers one; the others are empty."""
    key = rng.choice(_spanning(scene))
    sheet, added = _divided(scene, key, lambda text: "")
    place = scene.sheet.places[key]
    count = f"{len(place.rows)} rows" if len(place.rows) > 1 else f"{len(place.columns)} columns"
    said = f"{quoted(scene.plain(key))} no longer spans {count}; the cells beside it are empty."
    return Change(sheet, said, scene.names.cell(key), frozenset((key,)), added)


@operator("layout_error", always(1), _spanning)
def span_repeated(scene: Scene, rng: random.Random) -> Change | None:
    """A cell over several rows or columns becomes single cells that all hold its text."""
    key = rng.choice(_spanning(scene))
    sheet, added = _divided(scene, key, lambda text: text)
    said = f"{quoted(scene.plain(key))} is repeated {len(added)} times in place of one joined cell."
    return Change(sheet, said, scene.names.cell(key), frozenset((key,)), added)


@operator("layout_error", always(3), _spanning)
def span_collapsed(scene: Scene, rng: random.Random) -> Change | None:
    """A joined cell covers one place, and its neighbours move into what is left."""
    key = rng.choice(_spanning(scene))
    sheet, place = scene.sheet, scene.sheet.places[key]
    cell = replace(sheet.cell(key), rowspan=1, colspan=1)
    right = place.columns.stop < sheet.width
    if not right:
        return None
    after = sheet.with_cell(place.number, place.index, cell)
    said = f"{quoted(scene.plain(key))} lost its span, and what stood beside it moved to the left."
    moved = {
        k
        for k, now in after.places.items()
        if k in sheet.places and now.columns != sheet.places[k].columns
    }
    keys = frozenset({key} | moved)
    return Change(after, said, scene.names.cell(key), keys, keys)


def _neighbours(scene: Scene, step: tuple[int, int]) -> list[tuple[int, int]]:
    """Single body cells with text, side by side or one above the other."""
    places = scene.sheet.places
    single = {
        key
        for key in scene.body
        if scene.plain(key) and len(places[key].rows) == len(places[key].columns) == 1
    }
    found = []
    for key in sorted(single):
        other = scene.sheet.at.get((places[key].row + step[0], places[key].column + step[1]))
        if other in single:
            found.append((key, other))
    return found


@operator("layout_error", always(2), lambda s: _neighbours(s, (0, 1)))
def cells_merged(scene: Scene, rng: random.Random) -> Change | None:
    """Two neighbouring cells of one row become one that holds both texts."""
    a, b = rng.choice(_neighbours(scene, (0, 1)))
    return _merged(scene, a, b, {"colspan": 2})


@operator("layout_error", always(2), lambda s: _neighbours(s, (1, 0)))
def cells_merged_down(scene: Scene, rng: random.Random) -> Change | None:
    """Two neighbouring cells of one column become one that holds both texts."""
    a, b = rng.choice(_neighbours(scene, (1, 0)))
    return _merged(scene, a, b, {"rowspan": 2})


def _merged(scene: Scene, a: int, b: int, span: dict[str, int]) -> Change:
    sheet = scene.sheet
    first, second = sheet.cell(a), sheet.cell(b)
    place, gone = sheet.places[a], sheet.places[b]
    joined = Cell(
        f"{first.text} {second.text}", key=a, style=first.style, header=first.header, **span
    )
    rows = [list(row) for row in sheet.rows]
    rows[place.number][place.index] = joined
    del rows[gone.number][gone.index]
    said = f"{quoted(scene.plain(a))} and {quoted(scene.plain(b))} stand in one joined cell."
    where = f"{scene.names.cell(a)}, and {scene.names.cell(b)}"
    after = replace(sheet, rows=tuple(map(tuple, rows)))
    return Change(after, said, where, frozenset((a, b)), frozenset((a,)))


def _shiftable(scene: Scene) -> list[int]:
    return [n for n in free_rows(scene) if len(scene.sheet.rows[n]) == scene.sheet.width > 2]


@operator("layout_error", always(3), _shiftable)
def cell_dropped(scene: Scene, rng: random.Random) -> Change | None:
    """A cell of a row is missing, and the cells after it move to the left."""
    number = rng.choice(_shiftable(scene))
    row = scene.sheet.rows[number]
    at = rng.randrange(1, len(row))
    key = row[at].key
    after = scene.sheet.with_row(number, row[:at] + row[at + 1 :])
    moved = ", and the cells after it moved to the left" if at + 1 < len(row) else ""
    said = f"The cell with {quoted(scene.plain(key))} is missing{moved}."
    if not scene.plain(key):
        return None
    keys = keys_of(row[at:])
    return Change(after, said, scene.names.cell(key), keys, keys - {key})


@operator("layout_error", always(3), _shiftable)
def cell_inserted(scene: Scene, rng: random.Random) -> Change | None:
    """An empty cell pushes the rest of a row one place to the right."""
    number = rng.choice(_shiftable(scene))
    sheet, row = scene.sheet, scene.sheet.rows[number]
    at = rng.randrange(1, len(row))
    blank = Cell("", key=sheet.fresh(), style=row[at].style)
    after = sheet.with_row(number, (*row[:at], blank, *row[at:]))
    count = len(row) - at
    cells = "cell stands" if count == 1 else f"{count} cells stand"
    said = f"An empty cell was put in; the last {cells} one place too far right."
    keys = keys_of(row[at:])
    where = row_name(scene, number)
    return Change(after, said, where, keys, keys | {blank.key})


@operator(
    "layout_error",
    always(3),
    lambda s: s.sheet.heads == 1 and s.sheet.even and len(s.sheet.rows) <= 12,
    whole=True,
)
def transposed(scene: Scene, rng: random.Random) -> Change | None:
    """Rows became columns and columns rows."""
    sheet = scene.sheet
    if any(cell.rowspan > 1 or cell.colspan > 1 for cell in sheet.cells()):
        return None
    rows = [list(column) for column in zip(*sheet.rows, strict=True)]
    for row in rows[1:]:
        row[0] = replace(row[0], header=True)
    keys = keys_of(tuple(sheet.cells()))
    after = replace(sheet, rows=tuple(map(tuple, rows)))
    return Change(after, "Rows and columns changed roles.", "whole table", keys, keys)


@operator(
    "layout_error",
    always(1),
    lambda s: s.sheet.caption and not s.sheet.foot and CAPTION not in s.used,
)
def caption_below(scene: Scene, rng: random.Random) -> Change | None:
    """The caption stands below the table."""
    sheet = scene.sheet
    if sheet.foot or FOOT in scene.used:
        return None
    after = replace(sheet, caption="", foot=sheet.caption)
    said = "The caption stands below the table in place of above it."
    return Change(after, said, "caption", frozenset((CAPTION,)), frozenset((FOOT,)))
