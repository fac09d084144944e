"""What kind of mark a colour draws: lines, points, filled shapes, lines that mark a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from visual_erm.align import bounds, components, coverage, pixels
from visual_erm.judges.chart.points import dotted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.chart.colours import Palette
    from visual_erm.types import Image

    Mask = NDArray[np.bool_]

FILLED = 0.5
"""Share of a mask that survives thinning from which it is filled: a bar, an area."""
THIN = 0.2
"""Share of a mask that survives thinning up to which it is lines or points."""
HUELESS = 10
"""Distance in Lab from grey up to which a colour is one."""
SCALLOPED = 0.04
"""Share of a chain of discs that lies outside of the discs, at least."""
CUT = 0.5
"""Part of what is outside of the discs that lies at one place at most."""
FEW, MOST, LARGER = 0.25, 40, 1.5
"""Part of the pieces of a dashed line that a whole one has at most, pieces that are measured, and
how many times as thick as a line points are at least."""
ACROSS = 0.9
"""Share of a panel's side along which a line runs that marks a value."""
STROKE, DRAWN, NAME = 6, 0.25, (0.3, 0.12)
"""Pixels that such a line is thick at most, share of the side that its dashes cover at least, and
shares of the panel along and across the line that its name takes up at most."""
MAINLY, GREY, PALE = 0.6, 12, 120
"""Share of a plot's sides, and of the pixels of lines, that a grid has; how far the channels of a
grey are apart at most; and how light most of it is."""

Kind = Literal["lines", "points", "filled"]


def fatness(mask: Mask) -> float:
    """Share of a mask that survives when 4 pixels are taken off everywhere: 0 for lines."""
    total = pixels(mask)
    if total == 0:
        return 0.0
    core = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8))
    back = cv2.dilate(core, np.ones((9, 9), np.uint8))
    return float(pixels(back.astype(bool) & mask) / total)


def thickness(mask: Mask) -> tuple[float, float]:
    """Median thickness along the middle of a mask, and that of its thickest places, in pixels."""
    if not mask.any():
        return 1.0, 1.0
    inner = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    ridge = mask & (inner >= cv2.dilate(inner, np.ones((3, 3), np.uint8)) - 1e-3)
    values = 2 * inner[ridge] - 1
    return float(np.median(values)), float(np.percentile(values, 97))


def kind(mask: Mask) -> Kind:
    """Lines, points or filled shapes; a chain of points that touch is points."""
    if fatness(mask) > FILLED:
        return "filled"
    return "points" if dotted(mask) or _chain(mask) else "lines"


def _chain(mask: Mask) -> bool:
    """Whether thick discs hang together: a thick line has no waists."""
    usual, most = thickness(mask)
    if most < 5 or usual < 0.6 * most:
        return False
    side = 2 * int(0.42 * most) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    discs = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    between = mask & (discs == 0)
    # there are waists between all of the discs; what cuts a line is at one place
    largest = components(between)[2][1:, 4].max(initial=0)
    return pixels(between) > SCALLOPED * pixels(mask) and largest < CUT * pixels(between)


def guide(mask: Mask) -> bool:
    """Whether a mask is one level or upright line from one side of the panel to the other.

    A short text may stand on the line or beside it, which was not read because the line runs
    through it.
    """
    return bool(mask.any()) and (_runs_across(mask) or _runs_across(np.ascontiguousarray(mask.T)))


def _runs_across(mask: Mask) -> bool:
    """Whether a mask is a level line across the panel, and at one place along it a text at most."""
    height, width = mask.shape
    rows = coverage(mask, 1)
    line = int(rows.argmax())
    band = np.zeros_like(mask)
    band[max(0, line - STROKE // 2) : line + STROKE // 2] = True
    along = np.flatnonzero((mask & band).any(axis=0))
    if along[-1] + 1 - along[0] <= ACROSS * width or len(along) <= DRAWN * width:
        return False
    text = bounds(mask & ~band)
    if text is None:
        return True
    reach = max(text[3], line + 1) - min(text[1], line)
    return bool(text[2] - text[0] < NAME[0] * width and reach < NAME[1] * height)


def net(picture: Image, mask: Mask) -> bool:
    """Whether a mask is a net of thin lines in a pale grey, all over a panel, as grids are.

    Args:
        picture: RGB, of the mask's size.
        mask: what may be lines.
    """
    box = bounds(mask)
    if box is None or fatness(mask) > THIN:
        return False
    height, width = mask.shape
    if min((box[2] - box[0]) / width, (box[3] - box[1]) / height) < MAINLY:
        return False
    colours = picture[mask].astype(np.int16)
    greys = colours.mean(axis=1)[np.ptp(colours, axis=1) < GREY]
    return len(greys) > MAINLY * len(colours) and float(np.percentile(greys, 20)) > PALE


def thinner(one: Mask, two: Mask) -> str:
    """Thinner or thicker, where bars kept their length and their middles; else empty."""
    areas = pixels(one), pixels(two)
    inner, outer = (one, two) if areas[0] < areas[1] else (two, one)
    if max(areas) < 1.15 * min(areas) or pixels(inner & ~outer) > 0.03 * min(areas):
        return ""
    for upright in (True, False):
        small, large = (inner, outer) if upright else (inner.T, outer.T)
        if not _same_ends(small, large):
            continue
        wide = _widened(small, pixels(large))
        if pixels(wide & large) > 0.93 * pixels(wide | large):
            return "thinner" if areas[1] < areas[0] else "thicker"
    return ""


def _same_ends(small: Mask, large: Mask) -> bool:
    """Whether upright bars of both end at the same heights, each where the other has it too."""
    rows = np.flatnonzero(small.any(axis=1)), np.flatnonzero(large.any(axis=1))
    return all(abs(int(rows[0][end]) - int(rows[1][end])) <= 2 for end in (0, -1))


def _widened(mask: Mask, area: int) -> Mask:
    """The mask made wider to both sides until it covers an area."""
    ink = mask.astype(np.uint8)
    low, high = 0, max(1, mask.shape[1] // 6)
    while low < high:
        middle = (low + high) // 2
        wide = cv2.dilate(ink, np.ones((1, 2 * middle + 1), np.uint8))
        low, high = (middle + 1, high) if pixels(wide) < area else (low, middle)
    return np.asarray(cv2.dilate(ink, np.ones((1, 2 * low + 1), np.uint8)) > 0)


def dashed(line: Mask, dashes: Mask) -> bool:
    """Whether a line of one picture is drawn in dashes or dots in the other one.

    Dashes are no thicker than the line; points that it connects are larger.
    """
    count, labels, stats, _ = components(dashes)
    if components(line)[0] - 1 > FEW * (count - 1):
        return False
    large = [n for n in range(1, count) if stats[n, 4] > 1][:MOST]
    across = []
    for n in large:
        x, y, w, h = stats[n, :4]
        piece = np.equal(labels[y : y + h, x : x + w], n).astype(np.uint8)
        across.append(min(cv2.minAreaRect(cv2.findNonZero(piece))[1]) + 1)
    return bool(across) and float(np.median(across)) <= LARGER * (thickness(line)[0] + 1)


def with_greys(palette: Palette, ink: Mask) -> Mask:
    """Ink with what is thin and grey: scaling makes that of black lines, between two pixels."""
    masks = (palette.mask(k) for k, x in enumerate(palette.colours) if np.hypot(*x[1:]) < HUELESS)
    thin = [ink, *(mask for mask in masks if fatness(mask) <= THIN)]
    return np.asarray(np.any(thin, axis=0))
