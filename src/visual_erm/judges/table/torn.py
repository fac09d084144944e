"""Cells that a wide space tore: a value and its spread, an arrow behind the name of a column.

Formulas are set with more room around their signs than words have, so islands of ink end there.
What was read says what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from visual_erm.align import around
from visual_erm.judges.table import text

if TYPE_CHECKING:
    from visual_erm.judges.table.scene import Cell, TableScene

SPREAD = "±"
ROOM = 1.7
"""In text heights: the widest gap beside a sign of a formula."""


def mended(scene: TableScene) -> TableScene:
    """The scene with torn cells, and the columns that they were torn into, joined."""
    cells = tuple(cell for row in scene.rows for cell in _joined(row, scene))
    if len(cells) != len(scene.cells):
        scene = replace(scene, cells=cells)
    column = 1
    while column < len(scene.grid.columns):
        starts = [cell for cell in scene.cells if cell.place.first == column]
        if _is_torn_off(starts, scene):
            scene = scene.joining(column - 1, column)
            cells = tuple(cell for row in scene.rows for cell in _in_one(row, column - 1))
            scene = replace(scene, cells=cells)
        else:
            column += 1
    return scene


def _joined(row: tuple[Cell, ...], scene: TableScene) -> Iterator[Cell]:
    """The cells of a row, values together with their spreads."""
    before: Cell | None = None
    for cell in row:
        if before is None:
            before = cell
        elif _are_near(before, cell, scene) and (
            text.plain(before.text).endswith(SPREAD) or text.plain(cell.text).startswith(SPREAD)
        ):
            before = _one(before, cell)
        else:
            yield before
            before = cell
    if before is not None:
        yield before


def _is_torn_off(starts: list[Cell], scene: TableScene) -> bool:
    """Whether nothing begins in a column, or one sign alone, close behind another cell."""
    if not starts:
        return True
    if len(starts) > 1 or len(text.plain(starts[0].text)) > 1:
        return False
    cell = starts[0]
    row = scene.rows[cell.place.row]
    before = [c for c in row if c.place.last == cell.place.first - 1]
    return bool(before) and bool(before[0].text) and _are_near(before[0], cell, scene)


def _in_one(row: tuple[Cell, ...], column: int) -> Iterator[Cell]:
    """The cells of a row, those that begin in one column together."""
    here = [cell for cell in row if cell.place.first == column]
    for cell in row:
        if len(here) > 1 and cell in here:
            if cell is here[0]:
                whole = here[0]
                for other in here[1:]:
                    whole = _one(whole, other)
                yield whole
        else:
            yield cell


def _are_near(one: Cell, other: Cell, scene: TableScene) -> bool:
    """Whether one cell ends where the other begins, and no rule parts them."""
    gap = other.box[0] - one.box[2]
    return gap <= ROOM * scene.height and one.place.frame == other.place.frame


def _one(one: Cell, other: Cell) -> Cell:
    place = replace(
        one.place, islands=(*one.place.islands, *other.place.islands), last=other.place.last
    )
    return replace(
        one,
        text=f"{one.text} {other.text}".strip(),
        place=place,
        score=min(one.score, other.score),
        area=around([one.area, other.area]),
        portraits=one.portraits + other.portraits,
    )
