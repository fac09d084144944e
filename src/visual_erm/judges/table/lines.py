"""Ruling lines in a picture of a table: whole, dotted or dashed ones, and frames around cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import components
from visual_erm.align import runs as runs_of
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Grey = NDArray[np.uint8]

INK = 40
"""Grey levels from the local background that make a pixel part of text."""
FAINT = 14
"""Grey levels from the local background that make a pixel part of a line; many are light grey."""
ROUGHNESS = 0.12
"""Usual step of the contrast from pixel to pixel along a rule, as a share of the contrast."""
FEW = 0.06
"""Share of the steps that may be larger."""
WIDE, TALL = 3.5, 2.2
"""In text heights: how long lines across and lines down are at least."""
FRAME = 1.5
"""In text heights: how wide and high the frame of a cell is at least."""
SIDES = 0.8
"""Share of each side of a frame that is drawn."""
POLE = 1.5
"""In text heights: what is as thin as a piece and this tall is no letter."""
PIECE, PIECE_GAP = 0.25, 0.4
"""In text heights: thickest piece, and largest gap, of a broken line; lines of text are further
apart, so that a column of ones is none."""
FEWEST_PIECES = 5


@dataclass(frozen=True)
class Rules:
    """Straight ruling lines as boxes, `(n, 4)` int arrays."""

    across: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    down: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 4), np.int64))

    def frame(self, box: Box, slack: int) -> Box | None:
        """The cell that rules form around a box; None where a side is open."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        top, bottom = _nearest(self.across, 1, (x, y), slack)
        left, right = _nearest(self.down, 0, (x, y), slack)
        if top is None or bottom is None or left is None or right is None:
            return None
        return left, top, right, bottom

    def continues(self, box: Box, thick: float) -> bool:
        """Whether a sliver lies where a rule would go on."""
        for rules, axis in ((self.across, 1), (self.down, 0)):
            if box[axis + 2] - box[axis] > thick or not len(rules):
                continue
            if (
                (rules[:, axis] - 3 <= box[axis]) & (box[axis + 2] <= rules[:, axis + 2] + 3)
            ).any():
                return True
        return False

    def between(self, axis: int, start: int, end: int) -> bool:
        """Whether a rule lies between two columns (axis 0), or rows (1), wherever it runs."""
        rules = self.across if axis else self.down
        return bool(((rules[:, axis] >= start) & (rules[:, axis + 2] <= end)).any())

    def splits(self, x0: int, x1: int, y: float) -> bool:
        """Whether a downward rule passes between two places at one height."""
        d = self.down
        if not len(d):
            return False
        return bool(((d[:, 0] >= x0) & (d[:, 2] <= x1) & (d[:, 1] <= y) & (d[:, 3] >= y)).any())

    def part(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> bool:
        """Whether a rule passes between two boxes."""
        left, right = (a, b) if a[0] <= b[0] else (b, a)
        y = (max(a[1], b[1]) + min(a[3], b[3])) / 2
        if self.splits(int(left[2]) - 1, int(right[0]) + 1, y):
            return True
        up, low = (a, b) if a[1] <= b[1] else (b, a)
        r = self.across
        if low[1] < up[3] or not len(r):
            return False
        x = (max(a[0], b[0]) + min(a[2], b[2])) / 2
        between = (r[:, 1] >= up[3] - 1) & (r[:, 3] <= low[1] + 1)
        return bool((between & (r[:, 0] <= x) & (r[:, 2] >= x)).any())


def find(contrast: Grey, height: float, *, soft: bool = False) -> tuple[Rules, Mask]:
    """The lines of a picture, and where they are drawn.

    Args:
        contrast: distance of each pixel from the local background.
        height: of a usual letter, in pixels.
        soft: whether lines are a pixel wider than drawn, as in scans.
    """
    pixels = (contrast > FAINT).astype(np.uint8)
    wide, tall = round(WIDE * height), round(TALL * height)
    across = cv2.morphologyEx(pixels, cv2.MORPH_OPEN, np.ones((1, wide), np.uint8))
    down = cv2.morphologyEx(pixels, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8))
    thick = max(3.0, 0.6 * height)
    rows, rows_mask = _thin(across, contrast, 0, thick)
    columns, columns_mask = _thin(down, contrast, 1, thick)
    found = rows_mask | columns_mask
    framed_rows, framed_columns, frames = _frames(pixels, height)
    found |= frames
    broken_rows, broken_columns, broken = _broken(((pixels > 0) & ~found).astype(np.uint8), height)
    found |= broken
    # A pole may stand on a line across.
    found |= _poles((contrast > INK) & ~_with_edges(found), height, 2 + soft)
    rows = _stacked(rows, framed_rows + broken_rows)
    columns = _stacked(columns, framed_columns + broken_columns)
    return Rules(rows, columns), _with_edges(found)


def _with_edges(mask: Mask) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _stacked(boxes: NDArray[np.int64], more: list[Box]) -> NDArray[np.int64]:
    return np.vstack([boxes, np.array(more, np.int64).reshape(-1, 4)])


def _thin(mask: Grey, contrast: Grey, axis: int, thick: float) -> tuple[NDArray[np.int64], Mask]:
    """Components of `mask` that are even lines along x (`axis` 0) or y (1)."""
    _, labels, stats, _ = components(mask)
    good = stats[:, 3 - axis] <= thick
    good[0] = False
    for k in np.flatnonzero(good):
        x, y, w, h, _ = stats[k]
        along = contrast[y : y + h, x : x + w].max(axis=axis).astype(np.float32)
        # Blurred text can be one long faint run as well, but an uneven one.
        steps = np.abs(np.diff(along))
        # The median: between cells of several colours a line takes steps, but few.
        good[k] = np.median(steps) <= ROUGHNESS * along.mean() and (
            steps.mean() <= ROUGHNESS * along.mean()
            or (steps > ROUGHNESS * along.mean()).mean() < FEW
        )
    s = stats[good].astype(np.int64)
    boxes = np.stack([s[:, 0], s[:, 1], s[:, 0] + s[:, 2], s[:, 1] + s[:, 3]], axis=1)
    return boxes.reshape(-1, 4), np.asarray(good[labels])


def _frames(pixels: Grey, height: float) -> tuple[list[Box], list[Box], Mask]:
    """Borders around single cells that stand apart: their sides are too short for lines."""
    least = max(4, round(FRAME * height))
    runs = cv2.morphologyEx(pixels, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    runs |= cv2.morphologyEx(pixels, cv2.MORPH_OPEN, np.ones((least, 1), np.uint8))
    _, labels, stats, _ = components(runs)
    mask = np.zeros(runs.shape, bool)
    rows: list[Box] = []
    columns: list[Box] = []
    for k, (x, y, w, h, area) in enumerate(stats.tolist()):
        hollow = area < 0.5 * w * h
        if k == 0 or min(w, h) < least or not hollow:
            continue
        part = labels[y : y + h, x : x + w] == k
        sides = (part[:2].any(axis=0), part[-2:].any(axis=0))
        ends = (part[:, :2].any(axis=1), part[:, -2:].any(axis=1))
        if min(side.mean() for side in (*sides, *ends)) < SIDES:
            continue
        mask[y : y + h, x : x + w] |= part
        # A side may have a gap, as the outline of a table where a cell is missing.
        for side, top in zip(sides, (y, y + h - 2), strict=True):
            rows += [(x + int(a), top, x + int(b), top + 2) for a, b in runs_of(side)]
        for end, left in zip(ends, (x, x + w - 2), strict=True):
            columns += [(left, y + int(a), left + 2, y + int(b)) for a, b in runs_of(end)]
    return rows, columns, mask


def _broken(pixels: Grey, height: float) -> tuple[list[Box], list[Box], Mask]:
    """Dots, dashes and other thin pieces in line: across, down, and where they are."""
    _, labels, stats, _ = components(pixels)
    mask = np.zeros(pixels.shape, bool)
    found: tuple[list[Box], list[Box]] = ([], [])
    for axis in (0, 1):
        thin = stats[:, 3 - axis] <= max(2.0, PIECE * height)
        thin[0] = False
        if thin.sum() < FEWEST_PIECES:
            continue
        small = thin[labels].astype(np.uint8)
        gap = max(3, round(PIECE_GAP * height)) | 1
        least = (WIDE if axis == 0 else TALL) * height
        shape = (1, gap) if axis == 0 else (gap, 1)
        joined = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones(shape, np.uint8))
        _, lines, boxes, _ = components(joined)
        long = boxes[:, 2 + axis] >= least
        for k in np.flatnonzero(long & (boxes[:, 3 - axis] <= max(3.0, 0.3 * height))):
            if k:
                x, y, w, h, _ = boxes[k].tolist()
                view = (slice(y, y + h), slice(x, x + w))
                mask[view] |= (lines[view] == k) & (small[view] > 0)
                found[axis].append((x, y, x + w, y + h))
    return (*found, mask)


def _poles(ink: Mask, height: float, thick: int) -> Mask:
    """What is as thin as a stroke and taller than any letter: pieces of a line."""
    _, labels, stats, _ = components(ink)
    poles = (stats[:, 2] <= max(thick, PIECE * height)) & (stats[:, 3] >= POLE * height)
    poles[0] = False
    return np.asarray(poles[labels])


def _nearest(
    rules: NDArray[np.int64], axis: int, point: tuple[float, float], slack: int
) -> tuple[int | None, int | None]:
    """Inner edges of the nearest rules before and after a point along x (0) or y (1)."""
    other, at, through = 1 - axis, point[axis], point[1 - axis]
    if not len(rules):
        return None, None
    passing = rules[(rules[:, other] - slack <= through) & (rules[:, other + 2] + slack >= through)]
    before = passing[passing[:, axis + 2] <= at + 1][:, axis + 2]
    after = passing[passing[:, axis] >= at - 1][:, axis]
    return (
        int(before.max()) if len(before) else None,
        int(after.min()) if len(after) else None,
    )
