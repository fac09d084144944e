"""Tables whose rows stand in another order altogether: reversed, or sorted another way.

That is one mistake, however many rows it moves. A few rows that moved are found by `layout`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from scipy.optimize import linear_sum_assignment

from visual_erm.judges.table import text
from visual_erm.judges.table.match import likeness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visual_erm.judges.table.scene import TableScene

FEWEST, MOST = 4, 0.6
"""Rows that are equal in both tables, at least, and their share of all."""
STILL = 0.6
"""Share of them that are in the same order when not many moved."""
ALIKE = 0.6
"""Likeness from which a row that has no equal one is another one with mistakes in it."""


def in_order(reference: TableScene, candidate: TableScene) -> tuple[TableScene, list[int]]:
    """The candidate with its rows in the order of the reference, where most stand elsewhere.

    Returns:
        The candidate, and the rows of the reference that stood elsewhere; none if all are in order.
    """
    ours, theirs = (row_texts(scene) for scene in (reference, candidate))
    places = _equal(ours, theirs)
    if len(places) < max(FEWEST, MOST * max(len(ours), len(theirs))):
        return candidate, []
    if len(rising(list(places.values()))) > STILL * len(places):
        return candidate, []
    places |= _alike(ours, theirs, places)
    order = list(range(len(theirs)))
    for at, row in zip(sorted(places.values()), (places[i] for i in sorted(places)), strict=True):
        order[at] = row
    moved = [i for i, at in zip(sorted(places), sorted(places.values()), strict=True)
             if places[i] != at]  # fmt: skip
    return _reordered(candidate, order), moved


def row_texts(scene: TableScene) -> list[str]:
    """Of each row, what its cells say."""
    return [" ".join(text.plain(cell.text).lower() for cell in row) for row in scene.rows]


def _equal(ours: Sequence[str], theirs: Sequence[str]) -> dict[int, int]:
    """Rows that both tables have once, in the reference's order."""
    counts = Counter(ours), Counter(theirs)
    where = {words: at for at, words in enumerate(theirs)}
    once = [(i, words) for i, words in enumerate(ours) if words and counts[0][words] == 1]
    return {i: where[words] for i, words in once if counts[1][words] == 1}


def _alike(ours: Sequence[str], theirs: Sequence[str], places: dict[int, int]) -> dict[int, int]:
    rows = [i for i in range(len(ours)) if i not in places]
    free = [j for j in range(len(theirs)) if j not in places.values()]
    likely = likeness([ours[i] for i in rows], [theirs[j] for j in free])
    pairs = zip(*linear_sum_assignment(-likely), strict=True)
    return {rows[i]: free[j] for i, j in pairs if likely[i, j] >= ALIKE}


def _reordered(scene: TableScene, order: Sequence[int]) -> TableScene:
    number = {row: at for at, row in enumerate(order)}
    cells = (
        replace(cell, place=replace(cell.place, row=number[cell.place.row])) for cell in scene.cells
    )
    ordered = tuple(sorted(cells, key=lambda cell: (cell.place.row, cell.place.first)))
    grid = replace(scene.grid, rows=tuple(scene.grid.rows[row] for row in order))
    return replace(scene, cells=ordered, grid=grid)


def rising(values: Sequence[int]) -> set[int]:
    """Indices of a longest rising subsequence.

    >>> sorted(rising([2, 0, 1]))
    [1, 2]
    """
    best: list[list[int]] = []
    for k, value in enumerate(values):
        tail = max((b for b in best if values[b[-1]] < value), key=len, default=[])
        best.append([*tail, k])
    longest: list[int] = max(best, key=len, default=[])
    return set(longest)
