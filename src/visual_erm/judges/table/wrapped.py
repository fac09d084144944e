"""Rows whose cells wrap, where no rules say so: lines of one row stand closer than rows do.

In tables without rules each line is taken for a row at first. Where texts in one column stand in
two distances, the small one may be that of lines. Then a line ends where the first word of the next
one does not fit into the column any more; in a list, or in rows with room between groups of them,
it mostly would. Numbers do not wrap.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import around
from visual_erm.judges.table import look
from visual_erm.judges.table.text import is_numeric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visual_erm.judges.table.scene import Cell, TableScene

LINES = 2.7
"""In text heights: lines of one cell are seldom further apart."""
SAME, FURTHER = 0.07, 0.08
"""Share by which the distances of lines differ at most, and by which rows are further apart."""
PIXEL = 1
"""Pixels by which one distance is rounded."""
BASE = 0.4
"""Share of the ink of the fullest row of pixels that the lowest one on the base line has."""
SPACE = 0.25
"""In text heights: narrowest space of words."""
FULL = 0.75
"""Share of the breaks of lines of words at which there was no room for the next word."""
SHORT = 0.5
"""Share of the rows of several lines that have a cell of one line, too."""
GOES_ON = (",", "-", "/", "(", "=", "+")
"""Ends of lines that are no ends of texts."""
NUMBERS = 0.1
"""Share of the breaks that may part two numbers."""


@dataclass(frozen=True, eq=False)
class _Step:
    """From one cell of a column to the next one below."""

    upper: Cell
    lower: Cell
    down: float
    """Pixels between base lines."""

    @property
    def signs(self) -> int:
        """Of the shorter text."""
        return min(len(self.upper.text), len(self.lower.text))

    @property
    def is_of_numbers(self) -> bool:
        texts = [cell.text.strip() for cell in (self.upper, self.lower)]
        return all(is_numeric(one) and " " not in one for one in texts)

    @property
    def is_of_words(self) -> bool:
        """Whether the width of the column may have ended the upper line."""
        texts = [cell.text.strip() for cell in (self.upper, self.lower)]
        return any(" " in one for one in texts) or texts[0].endswith(GOES_ON)

    def is_full(self, width: float, height: float) -> bool:
        """Whether the first word of the lower line had no room in the upper one."""
        words = self.lower.text.split()
        first, last = self.lower.place.islands[0], self.upper.place.islands[-1]
        lines = len(self.lower.place.islands)
        share = lines * len(words[0]) / max(1, len(" ".join(words))) if words else 0.0
        word = min(1.0, share) * (first[2] - first[0])
        return last[2] - last[0] + SPACE * height + word > width


def in_rows(scene: TableScene) -> TableScene:
    """The scene with the lines of each row in one, as far as distances tell."""
    steps = _level([s for column in range(len(scene.grid.columns)) for s in _steps(scene, column)])
    near = _of_lines(steps, scene)
    if not near or not _wraps(near, scene):
        return scene
    groups, of_lines = _groups(near, len(scene.grid.rows)), set(near)
    parted = {
        (step.upper.place.row, step.lower.place.row)
        for step in steps
        if step not in of_lines or step.is_of_numbers
    }
    whole = [
        group
        for group in groups
        if not any(group[0] <= upper and lower <= group[-1] for upper, lower in parted)
    ]
    short = [_has_short(group, scene) for group in whole]
    return _merged(scene, whole) if whole and np.mean(short) >= SHORT else scene


def _steps(scene: TableScene, column: int) -> Iterator[_Step]:
    cells = [c for c in scene.cells if c.place.first == c.place.last == column and c.text]
    cells.sort(key=lambda cell: cell.place.row)
    for upper, lower in pairwise(cells):
        if upper.place.row < lower.place.row:
            yield _Step(upper, lower, _base(lower, 0) - _base(upper, -1))


def _level(steps: Sequence[_Step]) -> list[_Step]:
    """Steps between the same rows alike: the longest text knows best where its line stands."""
    best: dict[tuple[int, int], _Step] = {}
    for step in steps:
        rows = step.upper.place.row, step.lower.place.row
        if rows not in best or step.signs > best[rows].signs:
            best[rows] = step
    return [
        replace(step, down=best[step.upper.place.row, step.lower.place.row].down) for step in steps
    ]


def _base(cell: Cell, line: int) -> float:
    """The base line of a text: signs that reach below it are few."""
    ink = (255.0 - look.portraits(cell)[line]).sum(axis=1)
    lowest = int(np.flatnonzero(ink >= BASE * ink.max())[-1])
    return cell.place.islands[line][3] - (len(ink) - 1 - lowest)


def _of_lines(steps: Sequence[_Step], scene: TableScene) -> list[_Step]:
    """The steps that are as small as the distance of lines, if others are clearly larger."""
    free = [step for step in steps if not _is_ruled(step, scene)]
    if not free:
        return []
    least = min(step.down for step in free)
    most = least + max(PIXEL, SAME * least)
    near = [step for step in free if step.down <= most]
    others = set(steps) - set(near)
    further = min((step.down for step in others), default=0.0)
    line = max(step.down for step in near)
    if least > LINES * scene.height or further < line + max(PIXEL + 1, FURTHER * line):
        return []
    return near


def _is_ruled(step: _Step, scene: TableScene) -> bool:
    (x0, _, x1, top), (_, bottom, _, _) = step.upper.box, step.lower.box
    across = scene.grid.rules.across
    inside = (across[:, 1] >= top - 1) & (across[:, 3] <= bottom + 1)
    return bool((inside & (across[:, 0] < x1) & (across[:, 2] > x0)).any())


def _wraps(near: Sequence[_Step], scene: TableScene) -> bool:
    """Whether lines end where the next word had no room, and are no numbers."""
    if sum(step.is_of_numbers for step in near) > NUMBERS * len(near):
        return False
    width = {
        column: max(b[2] - b[0] for c in scene.cells for b in c.place.islands
                    if c.place.first == c.place.last == column)
        for column in {step.upper.place.first for step in near}
    }  # fmt: skip
    full = [(step, step.is_full(width[step.upper.place.first], scene.height)) for step in near]
    # that a single word did not fit beside another one says nothing
    said = [is_full for step, is_full in full if step.is_of_words or not is_full]
    if len(said) == 1:
        # one break is no habit: its second line must be less than a row
        upper, lower = (len(scene.rows[cell.place.row]) for cell in (near[0].upper, near[0].lower))
        return said[0] and len(near) == 1 and lower < upper
    return bool(said) and float(np.mean(said)) >= FULL


def _groups(near: Sequence[_Step], rows: int) -> list[range]:
    """Runs of rows that are lines of one."""
    follows = [False] * rows
    for step in near:
        for row in range(step.upper.place.row, step.lower.place.row):
            follows[row] = True
    groups, start = [], 0
    for row in range(rows):
        if not follows[row]:
            groups.append(range(start, row + 1))
            start = row + 1
    return [group for group in groups if len(group) > 1]


def _has_short(group: range, scene: TableScene) -> bool:
    """Whether a row has a text of one line beside those of several: lists have as many in each."""
    lines = Counter(cell.place.first for row in group for cell in scene.rows[row] if cell.text)
    return min(lines.values()) == 1


def _merged(scene: TableScene, groups: Sequence[range]) -> TableScene:
    first = {row: group[0] for group in groups for row in group}
    kept = [row for row in range(len(scene.grid.rows)) if first.get(row, row) == row]
    number = {row: kept.index(first.get(row, row)) for row in range(len(scene.grid.rows))}
    held: dict[tuple[int, int, int], list[Cell]] = {}
    extents: dict[int, list[tuple[int, int]]] = {}
    for cell in scene.cells:
        place = cell.place
        row = number[place.row]
        held.setdefault((row, place.first, place.last), []).append(cell)
        if place.row in first:
            extents.setdefault(row, []).append((cell.area[1], cell.area[3]))
    cells = [_one(lines, row, extents.get(row, [])) for (row, _, _), lines in sorted(held.items())]
    tall: list[tuple[int, int]] = [(1 << 30, 0)] * len(kept)
    for row, (top, bottom) in enumerate(scene.grid.rows):
        now = tall[number[row]]
        tall[number[row]] = min(now[0], top), max(now[1], bottom)
    return replace(scene, cells=tuple(cells), grid=replace(scene.grid, rows=tuple(tall)))


def _one(lines: Sequence[Cell], row: int, extents: Sequence[tuple[int, int]]) -> Cell:
    """Lines as one cell of a row, as tall as the row."""
    islands = tuple(island for cell in lines for island in cell.place.islands)
    left, top, right, bottom = around([cell.area for cell in lines])
    top = min([top, *(a for a, _ in extents)])
    bottom = max([bottom, *(b for _, b in extents)])
    return replace(
        lines[0],
        text=" ".join(cell.text for cell in lines if cell.text),
        place=replace(lines[0].place, islands=islands, row=row),
        score=min(cell.score for cell in lines),
        area=(left, top, right, bottom),
        portraits=tuple(key for cell in lines for key in cell.portraits),
    )
