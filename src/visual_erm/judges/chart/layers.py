"""Lays the inside of a candidate's panel on the reference's, by frame or by scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import images
from visual_erm.align import bounds, exceeds, from_colour, outside
from visual_erm.judges.chart.axes import names_line
from visual_erm.judges.chart.colours import Palette, inside, lab, lab_of, palette
from visual_erm.judges.chart.places import Match
from visual_erm.judges.chart.scene import INSET, ChartScene, Panel
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]

STEP = 44
"""Grey levels by which a pixel must leave the range of its neighbourhood to count as different."""
SOFTER = (0.5, 0.7, 0.9, 1.2)
"""Pixels (standard deviation) of blurs that are tried to make two pictures equally sharp."""
MISPLACED = 5.0
"""Pixels by which an edge of a panel may have been found at the wrong place."""
ADRIFT = 0.15
"""The same as a share of the longer side of a panel without a frame."""
STRETCHED = 1.1
"""Factor between the scales of two sides that is more than rounding makes up."""
ZOOMED = 50.0
"""Factor between the scales of two pictures from which values cannot meet, so that frames have to:
one shows next to nothing of the other, and an axis that was misread may be longer by any factor."""
KNOWN = 3
"""Labels that it takes to place values along a side."""
KEEN = 0.88
"""How much nearer a blur must bring two pictures to be believed."""


@dataclass(frozen=True)
class Layers:
    """Two panels on the grid of the reference's inside."""

    a: Image
    b: Image
    hidden: Mask
    """Texts, legends, and what lies outside the candidate's limits."""
    lost: Mask
    """Pixels of `a` that have nothing like them near in `b`."""
    new: Mask
    """Pixels of `b` that have nothing like them near in `a`."""
    apart: Mask
    """`lost` and `new`, those under texts and legends too."""
    colours: Palette
    colours_b: Palette
    origin: tuple[int, int]
    """Place of the grid in the reference picture."""
    to_candidate: NDArray[np.float64]
    """`(2, 3)`: grid pixels to candidate pixels."""
    scale: float
    """Grid pixels per candidate pixel."""
    same_size: bool
    """Whether the candidate's pixels are those of the grid, moved at most."""

    @cached_property
    def lab_a(self) -> NDArray[np.float32]:
        """`a` in Lab."""
        return lab(self.a)

    @cached_property
    def lab_b(self) -> NDArray[np.float32]:
        """`b` in Lab."""
        return lab(self.b)

    @property
    def stretched(self) -> bool:
        """Whether one side was scaled more than the other, so that sizes of marks say nothing."""
        return self.stretch > STRETCHED

    @cached_property
    def stretch(self) -> float:
        """How many times as much one side was scaled as the other."""
        return max(self.factors) / min(self.factors)

    @property
    def factors(self) -> tuple[float, float]:
        """Pixels of the candidate for one of the grid, across and down."""
        return abs(float(self.to_candidate[0, 0])), abs(float(self.to_candidate[1, 1]))

    @property
    def coarseness(self) -> float:
        """How many pixels of the grid a pixel of the candidate takes along its longer side."""
        return 1 / max(1e-6, min(self.factors))

    def settle(self, mask: Mask) -> None:
        """Take what is known to be no difference out of all that differs."""
        for differs in (self.lost, self.new, self.apart):
            differs[mask] = False

    def box(self, mask: Mask) -> Box | None:
        """Box around a mask, in reference pixels; None when it is empty."""
        found = bounds(mask)
        if found is None:
            return None
        x0, y0, x1, y1 = found
        ox, oy = self.origin
        return x0 + ox, y0 + oy, x1 + ox, y1 + oy

    def box_candidate(self, mask: Mask) -> Box | None:
        """Box around a mask, in candidate pixels; None when it is empty."""
        found = bounds(mask)
        if found is None:
            return None
        corners = np.array([[found[0], found[1], 1.0], [found[2], found[3], 1.0]])
        (x0, y0), (x1, y1) = corners @ self.to_candidate.T
        return (
            round(min(x0, x1)),
            round(min(y0, y1)),
            round(max(x0, x1)),
            round(max(y0, y1)),
        )


def lay(
    match: Match,
    i: int,
    j: int,
    by_scale: frozenset[str],
    flipped: frozenset[str] = frozenset(),
) -> Layers | None:
    """Both panels on one grid; None when one is too small to compare.

    Args:
        match: the scenes and which panel is which.
        i: panel of the reference.
        j: panel of the candidate.
        by_scale: sides whose limits differ, so that values and not places must meet.
        flipped: sides along which the candidate is the mirror image of the reference.
    """
    one, two = match.a.panels[i], match.b.panels[j]
    if one.small or two.small:
        return None
    grid = one.inner
    forward = _mapping(match, i, j, by_scale, flipped)
    if not all(1 / ZOOMED < abs(forward[k, k]) < ZOOMED for k in (0, 1)):
        by_scale = frozenset()
        forward = _mapping(match, i, j, by_scale, flipped)
    drawn = a = match.a.within(grid)
    shape = a.shape[:2]
    to_candidate = _from_grid(forward, grid)
    b, outer = _warped(match.b.image, to_candidate, shape)
    if by_scale:
        # what lies beyond the candidate's limits is not in its panel, though in its picture
        outer |= _beyond(two.box, to_candidate, shape)
    for other in () if flipped else _others(match, i, j, forward, by_scale):
        from_grid = _from_grid(other, grid)
        b_other, outer_other = _warped(match.b.image, from_grid, shape)
        if by_scale:
            outer_other |= _beyond(two.box, from_grid, shape)
        if _gap(a, b_other) < _gap(a, b):
            forward, to_candidate, b, outer = other, from_grid, b_other, outer_other
    a, b = _equally_sharp(a, b)
    outer |= _framed(two, to_candidate, shape)
    hidden = outer | _texts(match.a, shape, _shift(grid[:2]))
    hidden |= _texts(match.b, shape, to_grid(to_candidate))
    scale = 1 / max(1e-6, abs(forward[0, 0] * forward[1, 1]) ** 0.5)
    known = match.a.insides[i] if a is drawn else None
    inside_a, inside_b = known or inside(a, one.background), inside(b, two.background)
    colours = palette(inside_a, hidden, _named(match.a, i))
    named = *_named(match.b, j), *colours.seen
    colours_b = palette(inside_b, hidden, named)
    if len(colours_b.seen) > len(colours.seen):
        colours = palette(inside_a, hidden, colours_b.seen)
    b_even = _on_paper(b, one, two)
    same_size = np.allclose(forward[:, :2], np.eye(2), atol=0.004)
    radius = 1 if same_size else 2
    lost, new = outside(a, b_even, radius, STEP), outside(b_even, a, radius, STEP)
    return Layers(
        a, b, hidden, lost & ~hidden, new & ~hidden, (lost | new) & ~outer, colours, colours_b,
        (grid[0], grid[1]), to_candidate, scale, same_size,
    )  # fmt: skip


def marks_of(scene: ChartScene, index: int) -> list[Mask]:
    """Where each colour of a plot is drawn, on the pixels of its inside, texts left out."""
    seen = scene.insides[index]
    if seen is None:
        return []
    x0, y0, x1, y1 = scene.panels[index].inner
    hidden = _texts(scene, (y1 - y0, x1 - x0), _shift((x0, y0)))
    found = palette(seen, hidden, _named(scene, index))
    return [found.mask(k) for k in range(len(found.colours))]


def _named(scene: ChartScene, panel: int) -> list[NDArray[np.float32]]:
    """The colours that legends name, in Lab: of these little is enough to be found."""
    return [lab_of(colour) for _, colour in scene.handles(panel)]


def _from_grid(forward: NDArray[np.float64], grid: Box) -> NDArray[np.float64]:
    matrix = forward.copy()
    matrix[:, 2] += forward[:, :2] @ np.array(grid[:2])
    return matrix


def _others(
    match: Match, i: int, j: int, forward: NDArray[np.float64], by_scale: frozenset[str]
) -> Iterator[NDArray[np.float64]]:
    """Other mappings that say nearly the same of a panel, one of which may be more exact.

    Edges of panels are found to a pixel or two, and where a plot has no frame they are those of
    its grid; the sizes of the pictures are exact, and values are as exact as labels are placed.
    """
    framed = all(len(panel.sides) > 2 for panel in (match.a.panels[i], match.b.panels[j]))
    whole = None if by_scale else _whole(match, forward, match.a.panels[i].box, framed)
    if whole is not None:
        yield whole
        return
    sides = [
        side
        for side in ("bottom", "left")
        if side not in by_scale and _calibrated(match, i, j, side)
    ]
    for chosen in (sides[:1], sides[1:], sides) if len(sides) > 1 else (sides,):
        if chosen:
            yield _mapping(match, i, j, by_scale.union(chosen))


def _calibrated(match: Match, i: int, j: int, side: str) -> bool:
    """Whether both pictures tell the values along a side, or the same names."""
    axes = match.a.axis(i, side), match.b.axis(j, side)
    if axes[0] and axes[1] and axes[0].scale == axes[1].scale == "names":
        line = names_line(axes[0], axes[1])
        return line is not None and line[0] > 0
    return all(axis is not None and axis.scale != "names" and len(axis.labels) >= KNOWN
               for axis in axes) and len({axis.scale for axis in axes if axis}) == 1  # fmt: skip


def _whole(
    match: Match, forward: NDArray[np.float64], box: Box, framed: bool
) -> NDArray[np.float64] | None:
    """The mapping that scales picture to picture, if it says nearly the same of a panel.

    A frame tells places better where both sides have other factors; what no frame bounds ends with
    marks, which keep their size.
    """
    (height, width), (height_b, width_b) = match.a.image.shape[:2], match.b.image.shape[:2]
    x, y = width_b / width, height_b / height
    if framed and abs(x - y) > 0.01 * x:
        return None
    matrix = np.array([[x, 0.0, 0.0], [0.0, y, 0.0]])
    corners = np.array([[box[0], box[1], 1.0], [box[2], box[3], 1.0]])
    off = np.abs(corners @ (matrix - forward).T).max()
    # without a frame the box is that of what is drawn, and one mark that went makes it smaller
    limit = MISPLACED if framed else ADRIFT * max(box[2] - box[0], box[3] - box[1])
    return matrix if off < limit * max(1.0, x) else None


def _equally_sharp(a: Image, b: Image) -> tuple[Image, Image]:
    """Both pictures as sharp as the less sharp one.

    Smoothing, scaling and compression take the strength from thin lines and edges. Whatever
    brings the pictures nearest is undone, so that only what was drawn otherwise is left.
    """
    if images.equal(a, b):
        return a, b
    best, gap = (a, b), KEEN * _gap(a, b)
    for sigma in SOFTER:
        for pair in ((_softer(a, sigma), b), (a, _softer(b, sigma))):
            found = _gap(*pair)
            if found < gap:
                best, gap = pair, found
    return best


def _gap(a: Image, b: Image) -> float:
    return float(cv2.norm(a, b, cv2.NORM_L1))


def _softer(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def _on_paper(image: Image, one: Panel, two: Panel) -> Image:
    """The candidate with the reference's background, if it has another one."""
    gap = np.abs(one.background.astype(int) - two.background).max()
    if gap < 6:
        return image
    paper = ~exceeds(from_colour(image, two.background), 15)
    changed = image.copy()
    changed[paper] = one.background
    return changed


def _mapping(
    match: Match,
    i: int,
    j: int,
    by_scale: frozenset[str],
    flipped: frozenset[str] = frozenset(),
) -> NDArray[np.float64]:
    """Reference pixels to candidate pixels, frame on frame or value on value."""
    one, two = match.a.panels[i], match.b.panels[j]
    across, up = ((1.0, 0.0) if side in flipped else (0.0, 1.0) for side in ("bottom", "left"))
    x = _line((one.box[0], one.box[2]), (two.box[0], two.box[2]), across)
    y = _line((one.box[1], one.box[3]), (two.box[1], two.box[3]), up)
    if "bottom" in by_scale:
        ends = _ends(match, i, j, "bottom")
        x = _line((one.box[0], one.box[2]), (two.box[0], two.box[2]), ends)
    if "left" in by_scale:
        low, high = _ends(match, i, j, "left")
        # Places on an axis count from below, pixels from above.
        y = _line((one.box[1], one.box[3]), (two.box[1], two.box[3]), (1 - high, 1 - low))
    return np.array([[x[0], 0, x[1]], [0, y[0], y[1]]])


def _line(
    one: tuple[int, int], two: tuple[int, int], ends: tuple[float, float]
) -> tuple[float, float]:
    """Factor and shift that bring the stretch `one` onto the part `ends` of the stretch `two`."""
    start = two[0] + ends[0] * (two[1] - two[0])
    factor = (ends[1] - ends[0]) * (two[1] - two[0]) / max(1, one[1] - one[0])
    return factor, start - factor * one[0]


def _ends(match: Match, i: int, j: int, side: str) -> tuple[float, float]:
    """Where the reference's ends of an axis lie on the candidate's."""
    one = match.a.axis(i, side)
    two = match.b.axis(j, side)
    if one is None or two is None or two.span == 0:
        return 0.0, 1.0
    if "names" in (one.scale, two.scale):
        line = names_line(one, two)
        return (1.0, 0.0) if line is None else (line[1], sum(line))
    return (one.start - two.start) / two.span, (one.end - two.start) / two.span


def _warped(
    image: Image, to_candidate: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[Image, Mask]:
    """The candidate on the grid, and where the grid lies outside the candidate."""
    factors = to_candidate[0, 0], to_candidate[1, 1]
    height, width = shape
    whole = np.allclose(factors, 1) and np.allclose(
        to_candidate[:, 2], np.round(to_candidate[:, 2])
    )
    matrix = to_candidate.copy()
    if max(abs(f) for f in factors) > 1.1:
        # Sampling single pixels of a larger picture would lose lines: average it down first.
        fx, fy = (max(1.0, abs(f)) for f in factors)
        size = max(1, round(image.shape[1] / fx)), max(1, round(image.shape[0] / fy))
        ratio = size[0] / image.shape[1], size[1] / image.shape[0]
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = matrix * np.array([[ratio[0]], [ratio[1]]])
    if not whole:
        # Pixel centres, not corners, are what warpAffine maps.
        matrix[:, 2] += (matrix[:, :2] @ np.array([0.5, 0.5])) - 0.5
    flags = (cv2.INTER_NEAREST if whole else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    b = cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    xs = matrix[0, 0] * np.arange(width) + matrix[0, 2]
    ys = matrix[1, 1] * np.arange(height) + matrix[1, 2]
    out_x = (xs < 0) | (xs > image.shape[1] - 1)
    out_y = (ys < 0) | (ys > image.shape[0] - 1)
    return np.asarray(b, np.uint8), np.asarray(out_x[None, :] | out_y[:, None])


def _beyond(box: Box, to_candidate: NDArray[np.float64], shape: tuple[int, int]) -> Mask:
    """Where the grid lies outside a box of the candidate, or on its edge."""
    xs = to_candidate[0, 0] * np.arange(shape[1]) + to_candidate[0, 2]
    ys = to_candidate[1, 1] * np.arange(shape[0]) + to_candidate[1, 2]
    out_x = (xs < box[0] + INSET) | (xs > box[2] - INSET)
    out_y = (ys < box[1] + INSET) | (ys > box[3] - INSET)
    return np.asarray(out_x[None, :] | out_y[:, None])


def _framed(panel: Panel, to_candidate: NDArray[np.float64], shape: tuple[int, int]) -> Mask:
    """Where the lines of the candidate's frame lie on the grid: they are no marks."""
    x0, y0, x1, y1 = panel.box
    xs = to_candidate[0, 0] * np.arange(shape[1]) + to_candidate[0, 2]
    ys = to_candidate[1, 1] * np.arange(shape[0]) + to_candidate[1, 2]
    lines = {"left": (xs, x0), "right": (xs, x1 - 1), "top": (ys, y0), "bottom": (ys, y1 - 1)}
    columns, rows = np.zeros(shape[1], bool), np.zeros(shape[0], bool)
    for side in panel.sides:
        at, line = lines[side]
        there = columns if at is xs else rows
        there |= np.abs(at - line) < INSET
    return np.asarray(columns[None, :] | rows[:, None])


def _shift(origin: tuple[int, int]) -> NDArray[np.float64]:
    return np.array([[1.0, 0, -origin[0]], [0, 1.0, -origin[1]]])


def to_grid(forward: NDArray[np.float64]) -> NDArray[np.float64]:
    """The way back of a mapping without rotation."""
    fx, fy = forward[0, 0], forward[1, 1]
    return np.array([[1 / fx, 0, -forward[0, 2] / fx], [0, 1 / fy, -forward[1, 2] / fy]])


def _texts(scene: ChartScene, shape: tuple[int, int], to_grid: NDArray[np.float64]) -> Mask:
    """What texts and legends cover on the grid; marks that were read as letters do not count."""
    covered = np.zeros(shape, bool)
    boxes = []
    for label in scene.labels:
        h = label.box[3] - label.box[1]
        if label.role == "legend" or sum(c.isalnum() for c in label.text) > 1:
            boxes.append((label.box, 0.65 * h if label.role == "legend" else 2))
    for legend in scene.legends:
        if legend.entries:
            h = legend.entries[0].box[3] - legend.entries[0].box[1]
            boxes.append((legend.box, 0.65 * h))
    for (x0, y0, x1, y1), room in boxes:
        corners = np.array([[x0 - room, y0 - room, 1], [x1 + room, y1 + room, 1]]) @ to_grid.T
        low = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
        high = np.maximum(np.ceil(corners.max(axis=0)), 0).astype(int)
        covered[low[1] : high[1], low[0] : high[0]] = True
    return covered
