"""Everything found in one picture of a table, with its texts read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import around
from visual_erm.judges import table_grid, table_ink, table_page, table_register
from visual_erm.judges.table_grid import Grid, Place
from visual_erm.judges.table_text import is_numeric
from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.judges.ocr import Reader
    from visual_erm.judges.table_evidence import Line
    from visual_erm.judges.table_register import Spot
    from visual_erm.types import Image

MOST_ISLANDS = 1500
"""Texts that are read in one picture; the rest of a larger table is not judged."""
MOST_HEADS = 5
"""Rows at the top that may be captions and headers."""
AROUND = 0.35
"""In text heights: how far a cell reaches at least beyond its texts."""

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
    """The ink of each line (see `table_ink.portrait`), its width in two bytes before it."""

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
    lines: dict[tuple[bytes, int], Line] = field(default_factory=dict, repr=False, compare=False)
    """How lines look to the recogniser, by ink and variant (see `table_look`); it grows when cells
    are looked at again, and is kept with the scene of a reference."""
    grey: table_ink.Grey = field(
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

    @cached_property
    def heads(self) -> int:
        """How many rows at the top are headers or captions."""
        for number, row in enumerate(self.rows[:MOST_HEADS]):
            numbers = sum(is_numeric(cell.text) for cell in row)
            if numbers >= 0.3 * len(row) and row:
                return number
        return min(1, len(self.rows))


def see(image: Image, reader: Reader, like: TableScene | None = None) -> TableScene:
    """Find and read the table in a picture.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        reader: reads single lines.
        like: the scene of another picture; what has the same ink there is not read again.
    """
    page = table_page.upright(image)
    photo = page is not image
    image = page
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    spots = table_register.spots(like.grey, grey, like.grid) if like else None
    if like is not None and spots is not None and all(spot.same for spot in spots):
        return replace(like, size=(image.shape[1], image.shape[0]))
    known: dict[bytes, tuple[str, float]] = dict(like.readings) if like else {}
    drawn = table_ink.find(image, photo=photo)
    glimpses: dict[bytes, Image] = {}
    if like is not None and spots is not None:
        return _laid_alike(like, spots, drawn, reader, known, glimpses)
    grid = table_grid.lay_out(drawn)
    cells = []
    left = MOST_ISLANDS
    for place in grid.places:
        left -= len(place.islands)
        if left < 0:
            break
        cells.append(_cell(place, grid, drawn, reader, known, glimpses))
    size = (image.shape[1], image.shape[0])
    return TableScene(
        tuple(cells), grid, size, drawn.height, known, glimpses, reader=reader, grey=grey
    )


def _laid_alike(
    like: TableScene,
    spots: Sequence[Spot],
    drawn: table_ink.Drawn,
    reader: Reader,
    known: dict[bytes, tuple[str, float]],
    glimpses: dict[bytes, Image],
) -> TableScene:
    """A picture in which every text stands where it stands in another one."""
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
        frame = cell.place.frame and table_register.times(cell.place.frame, scale)
        inked = tuple(spot.box for spot in here if spot.same or _has_ink(drawn, spot.box))
        if not inked:
            continue
        place = replace(cell.place, islands=inked, frame=frame)
        if all(spot.same for spot in here):
            area = table_register.times(cell.area, scale)
            cells.append(replace(cell, place=place, area=area))
        else:
            cells.append(_cell(place, grid, drawn, reader, known, glimpses))
    return TableScene(
        tuple(cells), grid, (width, height), drawn.height, known, glimpses, reader=reader
    )  # fmt: skip


def _has_ink(drawn: table_ink.Drawn, box: Box) -> bool:
    x0, y0, x1, y1 = box
    return int(drawn.text[y0:y1, x0:x1].sum()) >= LEAST_INK


def _cell(
    place: Place,
    grid: Grid,
    drawn: table_ink.Drawn,
    reader: Reader,
    known: dict[bytes, tuple[str, float]],
    glimpses: dict[bytes, Image],
) -> Cell:
    lines = []
    keys = []
    for island in place.islands:
        portrait = table_ink.portrait(drawn, island)
        key = portrait.shape[1].to_bytes(2, "big") + portrait.tobytes()
        if drawn.photo is not None:
            glimpses[key] = table_ink.glimpse(drawn.photo, island)
        if key not in known:
            known[key] = _read(portrait, glimpses.get(key), drawn.height, reader)
        keys.append(key)
        lines.append(known[key])
    text = " ".join(text for text, _ in lines if text)
    certain = min(score for _, score in lines)
    area = _area(place, grid, drawn.height)
    return Cell(text, place, certain, area, tuple(keys))


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


def _read(
    portrait: table_ink.Grey, glimpse: Image | None, height: float, reader: Reader
) -> tuple[str, float]:
    canvas = table_ink.framed(portrait, height) if glimpse is None else table_ink.near(glimpse)
    found = reader.read_line(canvas, (0, 0, canvas.shape[1], canvas.shape[0]))
    return (found.text, found.score) if found else ("", 0.0)
