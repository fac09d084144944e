"""Everything found in one picture of a table, with its texts read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import images
from visual_erm.align import around
from visual_erm.judges.table import ink, register, spaces, wrapped
from visual_erm.judges.table.grid import Grid, Place, lay_out
from visual_erm.judges.table.page import upright
from visual_erm.judges.table.text import YEAR, is_numeric
from visual_erm.judges.table.torn import mended
from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.judges.ocr import Reader
    from visual_erm.judges.table.evidence import Line
    from visual_erm.judges.table.register import Spot
    from visual_erm.types import Image

MOST_ISLANDS = 1500
"""Texts that are read in one picture; the rest of a larger table is not judged."""
MOST_HEADS = 5
"""Rows at the top that may be captions and headers."""
AROUND = 0.35
"""In text heights: how far a cell reaches at least beyond its texts."""

MOST_REMEMBERED = 2000
"""Lines that are remembered beside one reference."""
LEAST_INK = 3
"""Pixels of ink from which a place is not empty."""

Readings = Mapping[bytes, tuple[str, float]]


@dataclass(frozen=True)
class Cell:
    """One cell that holds text."""

    text: str
    place: Place
    score: float
    """The recogniser's confidence, of the least certain line."""
    area: Box
    """Where the cell is: its row and column as far as texts reach, or the rules around it."""
    portraits: tuple[bytes, ...] = ()
    """The ink of each line (see `ink.portrait`), its width in two bytes before it."""

    @property
    def box(self) -> Box:
        """Around its text."""
        return self.place.box


@dataclass(frozen=True)
class TableScene:
    """Everything found in one picture."""

    cells: tuple[Cell, ...]
    grid: Grid
    size: tuple[int, int]
    """Width and height of the picture."""
    height: float
    """Of a usual letter, in pixels."""
    readings: Readings = field(default_factory=dict, repr=False)
    """What was read, by its ink: equal ink is not read again."""
    glimpses: Mapping[bytes, Image] = field(default_factory=dict, repr=False, compare=False)
    """The lines of a photograph as they are, by their ink."""
    memory: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False, compare=False)
    """What was read, by the pixels that were read, in all pictures that were laid beside this one:
    candidates for one reference are mostly drawn alike."""
    lines: dict[tuple[bytes, int], Line] = field(default_factory=dict, repr=False, compare=False)
    """How lines look to the recogniser, by ink and variant (see `look`); it grows when cells
    are looked at again, and is kept with the scene of a reference."""
    grey: ink.Grey = field(
        default_factory=lambda: np.zeros((1, 1), np.uint8), repr=False, compare=False
    )
    """Brightness of the picture, `(H, W)`."""
    reader: Reader | None = field(default=None, repr=False, compare=False)
    """Takes a second look at what seems to differ."""

    @cached_property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """Cells by row, from left to right."""
        rows: list[list[Cell]] = [[] for _ in self.grid.rows]
        for cell in self.cells:
            rows[cell.place.row].append(cell)
        return tuple(tuple(row) for row in rows)

    @cached_property
    def spacing(self) -> spaces.Spacing:
        """Where the gaps of letters end."""
        return spaces.spacing(self)

    def joining(self, first: int, last: int) -> TableScene:
        """The scene with some neighbouring columns taken for one."""

        def new(column: int) -> int:
            return column if column <= first else max(first, column - (last - first))

        columns = self.grid.columns
        merged = (columns[first][0], columns[last][1])
        cells = tuple(
            replace(
                cell,
                place=replace(cell.place, first=new(cell.place.first), last=new(cell.place.last)),
            )
            for cell in self.cells
        )
        aligned = self.grid.alignments
        grid = replace(
            self.grid,
            columns=(*columns[:first], merged, *columns[last + 1 :]),
            alignments=(*aligned[:first], "", *aligned[last + 1 :]),
        )
        return replace(self, cells=cells, grid=grid)

    def frame(self, row: int, column: int) -> Box | None:
        """The rules around a place, whether or not it holds text."""
        (left, right), (top, bottom) = self.grid.columns[column], self.grid.rows[row]
        return self.grid.rules.frame((left, top, right, bottom), round(AROUND * self.height))

    def rows_beside(self, cells: Sequence[Cell]) -> list[int]:
        """The rows along which the rules around cells run."""
        frames = [cell.place.frame for cell in cells if cell.place.frame is not None]
        middles = [(top + bottom) / 2 for top, bottom in self.grid.rows]
        return [k for k, y in enumerate(middles) if any(f[1] <= y <= f[3] for f in frames)]

    @cached_property
    def heads(self) -> int:
        """How many rows at the top are headers or captions."""
        for number, row in enumerate(self.rows[:MOST_HEADS]):
            numbers = sum(is_numeric(cell.text) for cell in row)
            if numbers >= 0.3 * len(row) and row and not self._names_columns(number):
                return number
        return min(1, len(self.rows))

    def _names_columns(self, number: int) -> bool:
        """Whether a row of numbers is a header: years or (1), (2), on top or below wider cells."""
        above = self.rows[number - 1] if number else ()
        below = len(above) > 1 and any(cell.place.last > cell.place.first for cell in above)
        first = all(len(row) < 2 for row in self.rows[:number])
        said = [cell.text for cell in self.rows[number] if is_numeric(cell.text)]
        counted = said == [f"({k + 1})" for k in range(len(said))]
        years = counted or all(map(YEAR.fullmatch, said))
        return (below or first) and len(said) > 1 and years


def see(image: Image, reader: Reader, like: TableScene | None = None) -> TableScene:
    """Find and read the table in a picture.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        reader: reads single lines.
        like: the scene of another picture; what has the same ink there is not read again.
    """
    page = upright(image)
    photo = page is not image
    image = page
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    spots = register.spots(like.grey, grey, like.grid) if like else None
    if like is not None and spots is not None and all(spot.same for spot in spots):
        return replace(like, size=(image.shape[1], image.shape[0]))
    drawn = ink.find(image, photo=photo)
    reading = _Reading(
        drawn, reader, dict(like.readings) if like else {}, like.memory if like else {}
    )
    if like is not None and spots is not None:
        return _laid_alike(like, spots, reading)
    grid = lay_out(drawn)
    cells = []
    left = MOST_ISLANDS
    for place in grid.places:
        left -= len(place.islands)
        if left < 0:
            break
        cells.append(_cell(place, grid, reading))
    size = (image.shape[1], image.shape[0])
    return wrapped.in_rows(mended(replace(reading.scene(cells, grid, size), grey=grey)))


@dataclass(frozen=True)
class _Reading:
    """What reads the lines of one picture, and what is known of them."""

    drawn: ink.Drawn
    reader: Reader
    known: dict[bytes, tuple[str, float]]
    memory: dict[str, tuple[str, float]]
    glimpses: dict[bytes, Image] = field(default_factory=dict)

    def line(self, island: Box) -> bytes:
        """Read one line unless it is known; returns the key of its ink."""
        portrait = ink.portrait(self.drawn, island)
        key: bytes = portrait.shape[1].to_bytes(2, "big") + portrait.tobytes()
        if self.drawn.photo is not None:
            self.glimpses[key] = ink.glimpse(self.drawn.photo, island)
        if key not in self.known:
            glimpse = self.glimpses.get(key)
            canvas = (
                ink.legible(portrait, self.drawn.height) if glimpse is None else ink.near(glimpse)
            )
            seen = images.digest(canvas)
            if seen not in self.memory and len(self.memory) < MOST_REMEMBERED:
                self.memory[seen] = self._read(canvas)
            self.known[key] = self.memory.get(seen) or self._read(canvas)
        return key

    def _read(self, canvas: Image) -> tuple[str, float]:
        found = self.reader.read_line(canvas, (0, 0, canvas.shape[1], canvas.shape[0]))
        return (found.text, found.score) if found else ("", 0.0)

    def scene(self, cells: Sequence[Cell], grid: Grid, size: tuple[int, int]) -> TableScene:
        """All that was found in a picture of this width and height."""
        return TableScene(
            tuple(cells), grid, size, self.drawn.height, self.known, self.glimpses, self.memory,
            reader=self.reader,
        )  # fmt: skip


def _laid_alike(like: TableScene, spots: Sequence[Spot], reading: _Reading) -> TableScene:
    """A picture in which every text stands where it stands in another one."""
    drawn = reading.drawn
    height, width = drawn.contrast.shape
    scale = width / like.grey.shape[1], height / like.grey.shape[0]
    rows, columns = (
        tuple((round(a * by), round(b * by)) for a, b in extents)
        for extents, by in ((like.grid.rows, scale[1]), (like.grid.columns, scale[0]))
    )
    grid = replace(like.grid, rows=rows, columns=columns, rules=drawn.rules)
    cells, left = [], iter(spots)
    for cell in like.cells:
        here = [next(left) for _ in cell.place.islands]
        frame = cell.place.frame and register.times(cell.place.frame, scale)
        inked = tuple(spot.box for spot in here if spot.same or _has_ink(drawn, spot.box))
        if not inked:
            continue
        place = replace(cell.place, islands=inked, frame=frame)
        if all(spot.same for spot in here):
            area = register.times(cell.area, scale)
            cells.append(replace(cell, place=place, area=area))
        else:
            cells.append(_cell(place, grid, reading))
    return reading.scene(cells, grid, (width, height))


def _has_ink(drawn: ink.Drawn, box: Box) -> bool:
    x0, y0, x1, y1 = box
    return int(drawn.text[y0:y1, x0:x1].sum()) >= LEAST_INK


def _cell(place: Place, grid: Grid, reading: _Reading) -> Cell:
    keys = [reading.line(island) for island in place.islands]
    lines = [reading.known[key] for key in keys]
    text = " ".join(text for text, _ in lines if text)
    certain = min(score for _, score in lines)
    return Cell(text, place, certain, _area(place, grid, reading.drawn.height), tuple(keys))


def _area(place: Place, grid: Grid, height: float) -> Box:
    """The cell: the rules around it, or as far as its row and column seem to reach."""
    by = round(AROUND * height)
    (left, right), (top, bottom) = grid.columns[place.first], grid.rows[place.row]
    right = grid.columns[place.last][1]
    x0, y0, x1, y1 = around([place.box, (left, top, right, bottom)])
    edges = grid.edges(place.first, round(height)), grid.edges(place.last, round(height))
    x0, x1 = min(x0 - by, edges[0][0]), max(x1 + by, edges[1][1])
    above = [y0 - end for _, end in grid.rows if end <= y0]
    below = [start - y1 for start, _ in grid.rows if start >= y1]
    y0 -= max(by, min(above, default=0) // 2 - by)
    y1 += max(by, min(below, default=0) // 2 - by)
    if place.frame is not None:
        left, top, right, bottom = around([place.frame, place.box])
        return max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
    return max(0, x0), max(0, y0), x1, y1
