"""Edits of columns and of the headers above them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from visual_erm.data.records import always
from visual_erm.data.tables.edits_rows import keys_of
from visual_erm.data.tables.operators import (
    Change,
    Scene,
    operator,
    quoted,
)
from visual_erm.data.tables.sheets import BLANK, Cell, Sheet


def _columns(scene: Scene) -> list[int]:
    """Columns that nothing has touched."""
    sheet = scene.sheet
    touched = {
        column for key in scene.used if key in sheet.places for column in sheet.places[key].columns
    }
    return [column for column in range(sheet.width) if column not in touched]


def _original(scene: Scene, column: int) -> str:
    """What a column is called: by the place that its lowest single cell had in the reference."""
    known = scene.names.sheet.places
    for key in reversed(_own(scene.sheet, column)):
        if key in known:
            return scene.names.column(known[key].column)
    return f"column {column + 1}"


def _own(sheet: Sheet, column: int) -> list[int]:
    """Keys of the cells that stand in this column alone, from the top."""
    keys = dict.fromkeys(sheet.at.get((row, column)) for row in range(len(sheet.rows)))
    return [k for k in keys if k is not None and len(sheet.places[k].columns) == 1]


def _without(sheet: Sheet, column: int) -> Sheet:
    """The sheet without a column; cells that span it become narrower."""
    rows = []
    for row in sheet.rows:
        cells = []
        for cell in row:
            columns = sheet.places[cell.key].columns
            if column not in columns:
                cells.append(cell)
            elif len(columns) > 1:
                cells.append(replace(cell, colspan=cell.colspan - 1))
        rows.append(tuple(cells))
    return replace(sheet, rows=tuple(rows))


@operator("layout_error", always(3), lambda s: s.sheet.even and len(_columns(s)) > 2)
def column_dropped(scene: Scene, rng: random.Random) -> Change | None:
    """A column is missing."""
    column = rng.choice(_columns(scene))
    keys = frozenset(_own(scene.sheet, column))
    said, where = "The column is missing.", _original(scene, column)
    return Change(_without(scene.sheet, column), said, where, keys) if keys else None


@operator("layout_error", always(3), lambda s: s.sheet.even and s.sheet.width > 4)
def columns_cut(scene: Scene, rng: random.Random) -> Change | None:
    """The last columns are missing."""
    sheet, wide = scene.sheet, scene.sheet.width
    count = rng.randint(2, wide - 2)
    gone = range(wide - count, wide)
    if not set(gone) <= set(_columns(scene)):
        return None
    first = _original(scene, gone[0])
    # a header over nothing but these is gone as well
    keys = frozenset(k for k, place in sheet.places.items() if set(place.columns) <= set(gone))
    for column in reversed(gone):
        sheet = _without(sheet, column)
    said = f"The last {count} columns are missing, from {first} on."
    return Change(sheet, said, "right side of the table", keys)


def _doubled(sheet: Sheet, column: int, change: Callable[[Cell], Cell]) -> Sheet:
    """The sheet with a column twice, the second one changed; spans over it become wider."""
    fresh = sheet.fresh()
    rows = []
    for row in sheet.rows:
        cells: list[Cell] = []
        for cell in row:
            columns = sheet.places[cell.key].columns
            if column in columns and len(columns) > 1:
                cells.append(replace(cell, colspan=cell.colspan + 1))
                continue
            cells.append(cell)
            if column in columns:
                cells.append(replace(change(cell), key=fresh))
                fresh += 1
        rows.append(tuple(cells))
    return replace(sheet, rows=tuple(rows))


@operator("layout_error", always(2), lambda s: s.sheet.even and _columns(s))
def column_duplicated(scene: Scene, rng: random.Random) -> Change | None:
    """A column comes twice."""
    sheet = scene.sheet
    column = rng.choice(_columns(scene))
    after = _doubled(sheet, column, lambda cell: cell)
    keys = frozenset(_own(sheet, column))
    added = frozenset(k for k in after.places if k >= sheet.fresh())
    if not keys:
        return None
    return Change(after, "The column comes twice.", _original(scene, column), keys, added)


@operator("layout_error", always(1), lambda s: s.sheet.even and _columns(s))
def blank_column(scene: Scene, rng: random.Random) -> Change | None:
    """An empty column stands between two columns."""
    sheet = scene.sheet
    column = rng.choice(_columns(scene))
    after = _doubled(sheet, column, lambda cell: replace(cell, text=BLANK))
    added = frozenset(k for k in after.places if k >= sheet.fresh())
    where = f"right of {_original(scene, column)}"
    said = "An empty column was put in."
    return Change(after, said, where, frozenset(), added) if added else None


def _exchangeable(scene: Scene) -> list[tuple[int, int]]:
    """Columns that can change places without tearing a span apart."""
    sheet, free = scene.sheet, _columns(scene)
    wide = {
        column: frozenset(
            key for row in range(len(sheet.rows))
            if (key := sheet.at[row, column]) and len(sheet.places[key].columns) > 1
        )
        for column in free
    }  # fmt: skip
    return [(a, b) for a in free for b in free if a < b and wide[a] == wide[b]]


@operator("layout_error", always(2), lambda s: s.sheet.even and s.sheet.width > 2)
def columns_swapped(scene: Scene, rng: random.Random) -> Change | None:
    """Two columns change places, headers with them."""
    sheet, options = scene.sheet, _exchangeable(scene)
    if not options:
        return None
    a, b = rng.choice(options)
    texts = [[sheet.text(key) for key in _own(sheet, column)] for column in (a, b)]
    if texts[0] == texts[1]:
        return None
    places = sheet.places
    turned = {a: b, b: a}
    rows = tuple(
        tuple(sorted(row, key=lambda c: turned.get(places[c.key].column, places[c.key].column)))
        for row in sheet.rows
    )
    keys = frozenset((*_own(sheet, a), *_own(sheet, b)))
    where = f"{_original(scene, a)} and {_original(scene, b)}"
    return Change(replace(sheet, rows=rows), "The two columns changed places.", where, keys, keys)


def _groups(scene: Scene) -> list[int]:
    """Header cells over several columns."""
    return [k for k in scene.heads if len(scene.sheet.places[k].columns) > 1]


@operator("layout_error", always(3), lambda s: s.sheet.heads > 1 and _groups(s))
def header_level_lost(scene: Scene, rng: random.Random) -> Change | None:
    """The row of group headers is missing."""
    sheet = scene.sheet
    if any(cell.rowspan > 1 for cell in sheet.rows[0]):
        # headers over both rows stay
        kept = tuple(replace(c, rowspan=c.rowspan - 1) for c in sheet.rows[0] if c.rowspan > 1)
        gone = [c for c in sheet.rows[0] if c.rowspan == 1]
        order = sorted((*kept, *sheet.rows[1]), key=lambda c: sheet.places[c.key].column)
        rows = (tuple(order), *sheet.rows[2:])
    else:
        gone, rows = list(sheet.rows[0]), sheet.rows[1:]
    named = [cell for cell in gone if cell.text]
    if not named:
        return None
    said = f"The row of group headers is missing: {', '.join(quoted(c.plain) for c in named)}."
    after = replace(sheet, rows=rows, heads=sheet.heads - 1)
    return Change(after, said, "header", keys_of(named))


@operator("layout_error", always(2), lambda s: len(_groups(s)) > 1)
def group_boundary_moved(scene: Scene, rng: random.Random) -> Change | None:
    """A group header covers one column too many, its neighbour one too few."""
    places = scene.sheet.places
    options = []
    for key in _groups(scene):
        other = scene.sheet.at.get((places[key].row, places[key].columns.stop))
        if other in _groups(scene):
            options += [(key, other, 1), (key, other, -1)]
    if not options:
        return None
    a, b, step = rng.choice(options)
    sheet = scene.sheet
    for key, by in ((a, step), (b, -step)):
        cell, place = sheet.cell(key), sheet.places[key]
        sheet = sheet.with_cell(place.number, place.index, replace(cell, colspan=cell.colspan + by))
    wide, narrow = (a, b) if step > 0 else (b, a)
    said = (
        f"{quoted(scene.plain(wide))} covers one column too many, "
        f"{quoted(scene.plain(narrow))} one too few."
    )
    where = f"{scene.names.cell(a)} and {scene.names.cell(b)}"
    return Change(sheet, said, where, frozenset((a, b)), frozenset((a, b)))
