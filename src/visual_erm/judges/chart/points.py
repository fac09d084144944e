"""Points and markers of one series: whether there are any, their size and their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import components, pixels
from visual_erm.judges.chart.colours import lab, lab_of
from visual_erm.judges.chart.state import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]
    Colour = NDArray[np.float32]

LARGEST = 26
"""Pixels of the largest spot that is a point."""
FEW = 4
"""Spots that are too few to be told from shapes by their number."""
RESIZED = 1.2
"""Ratio of radii from which points count as larger."""
SPOT = 8
"""Pixels of the smallest spot whose middle counts."""
STANDS, ROUNDING, PAPER = 3.0, 2.0, 0.05
"""Pixels by which the middle of a mark may be off, and pixels, or share, of its sides, where it has
the same size on paper."""
LEGIBLE = 20
"""Pixels of the smallest spot that has a shape."""
RADIUS = 15
"""Pixels around the middle of a spot that are looked at for its shape."""
OTHER_SHAPE = 0.19
"""Share of the area of two markers, brought to one size, in which different shapes differ: a
circle and a square in .21, two drawings of one marker in less than .1."""
ON_A_LINE = 0.08
"""The same in pictures that one program drew, with the line that may run through the markers."""
SEEN_WHOLE = 1.0
"""Pixels by which the middles of two such markers are apart; more, and lines hide parts of them."""
MOST = 60
"""Spots that are looked at."""
CLOUD, SCATTERED, ALIKE = 20, 0.7, 0.6
"""Points that make a cloud, the share of them that may lie on the other picture's where all are
others, and the part of the spread by which middles and spreads may differ: two samples of sixty
points differ by a fifth, and limits that follow the points by as much again."""


def dotted(mask: Mask) -> bool:
    """Whether a mask is many compact spots rather than lines."""
    count, _, stats, _ = components(mask)
    if count < 5:
        return False
    sides = stats[1:, 2:4]
    compact = (sides.max(axis=1) < LARGEST) & (sides.max(axis=1) <= 2.2 * sides.min(axis=1))
    return float(stats[1:, 4][compact].sum()) > 0.4 * float(stats[1:, 4].sum())


def lone(one: Mask, two: Mask) -> bool:
    """Whether a few spots stand where they stood, as large as before: markers, not shapes."""
    spots = [components(mask) for mask in (one, two)]
    if spots[0][0] != spots[1][0] or not 1 < spots[0][0] <= FEW + 1:
        return False
    sides, sides_b = (stats[1:, 2:4] for _, _, stats, _ in spots)
    middles, middles_b = (stats[1:, :2] + stats[1:, 2:4] / 2 for _, _, stats, _ in spots)
    small = max(sides.max(), sides_b.max()) <= LARGEST + 4
    round_ = all((s.max(axis=1) <= 1.6 * s.min(axis=1)).all() for s in (sides, sides_b))
    gaps = np.linalg.norm(middles[:, None] - middles_b[None], axis=2).min(axis=1)
    near = (gaps < 0.25 * sides.min(axis=1)).all()
    areas = pixels(one), pixels(two)
    return bool(small and round_ and near and max(areas) < 1.6 * min(areas))


def other_size(one: Mask, two: Mask) -> str:
    """Larger or smaller, where all points are where they were but of another size; else empty.

    What some spots cover, widened on all sides, is what larger spots cover, however many overlap.
    """
    areas = pixels(one), pixels(two)
    inner, outer = (one, two) if areas[0] < areas[1] else (two, one)
    if max(areas) < 1.1 * min(areas) or not within(inner, outer, 1):
        return ""
    count, _, stats, _ = components(inner)
    if count < 2:
        return ""
    radius = float(np.sqrt(np.median(stats[1:, 4]) / np.pi))
    wider = _widening(inner, outer)
    if radius + wider < RESIZED * radius or not within(outer, inner, round(wider) + 2):
        return ""
    if wider > 2 and not within(grown(inner, round(wider / 1.5) - 1), outer, 1):
        return ""
    return "larger" if areas[1] > areas[0] else "smaller"


def _widening(inner: Mask, outer: Mask) -> float:
    """By how many pixels a mask has to be widened to have another's area."""
    away = cv2.distanceTransform((~inner).astype(np.uint8), cv2.DIST_L2, 3)
    added = pixels(outer) - pixels(inner)
    ring = np.sort(away[(away > 0) & (away <= LARGEST)])
    return float(ring[min(added, len(ring)) - 1]) if added > 0 and len(ring) else 0.0


def within(mask: Mask, other: Mask, reach: int) -> bool:
    """Whether nearly all of a mask lies within some pixels of another."""
    return pixels(mask & grown(other, reach)) > 0.96 * pixels(mask)


def on_it(one: Mask, two: Mask) -> float:
    """Share of the spots of one mask whose middle lies on the other, give or take 3 pixels."""
    count, _, stats, centres = components(one)
    middles = np.round(centres[1:count][stats[1:, 4] >= SPOT]).astype(int)
    near = grown(two, 3)
    return float(near[middles[:, 1], middles[:, 0]].mean()) if len(middles) else 1.0


def as_large(one: Mask, two: Mask, factors: tuple[float, float]) -> bool:
    """Whether all marks stand where they stood, each of its own size in its own picture.

    Args:
        one: of the reference.
        two: of the candidate, on the same grid.
        factors: pixels of the candidate for one of the grid, across and down.
    """
    middles, sides, cut = _marks(one)
    middles_b, sides_b, cut_b = _marks(two)
    if not 0 < len(middles) == len(middles_b) <= MOST:
        return False
    away = np.linalg.norm(middles[:, None] - middles_b[None], axis=2)
    there = away.argmin(axis=1)
    if len(set(there.tolist())) < len(there):
        return False
    ends = cut | cut_b[there]
    wider = np.abs(sides_b[there] - sides).max(axis=1)
    if (away.min(axis=1) > STANDS + np.where(ends, wider, 0)).any():
        return False
    off = np.abs(sides_b[there] * np.array(factors) - sides)
    return bool((ends[:, None] | (off <= np.maximum(ROUNDING, PAPER * sides))).all())


def _marks(mask: Mask) -> tuple[NDArray[np.float64], NDArray[np.int32], Mask]:
    """Middles and sides of all marks, and which of them the edge of the panel cuts."""
    height, width = mask.shape
    count, _, stats, centres = components(mask)
    large = 1 + np.flatnonzero(stats[1:count, 4] >= SPOT)
    x, y, w, h = stats[large, :4].T
    cut = (x == 0) | (y == 0) | (x + w == width) | (y + h == height)
    return centres[large], stats[large, 2:4], cut


def same_cloud(one: Mask, two: Mask) -> bool:
    """Whether many points all lie elsewhere, but about the same middle and spread the same way.

    They show the same as the others did, as another sample of one distribution does.
    """
    if max(on_it(one, two), on_it(two, one)) > SCATTERED:
        return False
    clouds = [np.argwhere(mask).astype(np.float64) for mask in (one, two)]
    if min(pixels(mask) for mask in (one, two)) < CLOUD * SPOT:
        return False
    first, second = (np.cov(cloud.T) for cloud in clouds)
    spread = np.sqrt(np.maximum(1.0, (np.diag(first) + np.diag(second)) / 2))
    moved = np.abs(clouds[0].mean(axis=0) - clouds[1].mean(axis=0)) / spread
    other = np.abs(first - second) / np.outer(spread, spread)
    return bool(max(moved.max(), other.max()) < ALIKE)


def other_shape(
    pictures: tuple[Image, Image],
    papers: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    colours: tuple[Colour, Colour],
    masks: tuple[Mask, Mask],
    least: float = OTHER_SHAPE,
) -> bool:
    """Whether the markers at the same places have another shape, whatever their size.

    `least` is the share of their area in which they differ, at least.
    """
    middles = [_middles(mask) for mask in masks]
    if min(map(len, middles)) < 3:
        return False
    gaps = np.linalg.norm(middles[0][:, None] - middles[1][None], axis=2)
    pairs = np.flatnonzero(gaps.min(axis=1) < (SEEN_WHOLE if least < OTHER_SHAPE else 3.0))[:MOST]
    if len(pairs) < max(3, 0.5 * min(len(m) for m in middles)):
        return False
    looks = [
        _average(picture, paper, colour, places)
        for picture, paper, colour, places in zip(
            pictures, papers, colours,
            (middles[0][pairs], middles[1][gaps[pairs].argmin(axis=1)]), strict=True,
        )
    ]  # fmt: skip
    if any(look is None for look in looks):
        return False
    one, two = (look for look in looks if look is not None)
    return float(np.abs(one - two).sum()) > least * float(np.maximum(one, two).sum())


def _middles(mask: Mask) -> NDArray[np.float64]:
    """`(N, 2)`: middles of spots that stand alone, or of markers on a line."""
    ink = mask.astype(np.uint8)
    if not dotted(mask):
        inner = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
        ridge = mask & (inner >= cv2.dilate(inner, np.ones((3, 3), np.uint8)) - 1e-3)
        if not ridge.any():
            return np.zeros((0, 2))
        side = 2 * int(np.ceil(np.median(inner[ridge]))) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side + 2, side + 2))
        ink = cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel)
    count, _, stats, centres = components(ink)
    sides = stats[1:count, 2:4]
    alone = (stats[1:count, 4] >= LEGIBLE) & (sides.max(axis=1) <= 1.6 * sides.min(axis=1))
    alone &= sides.max(axis=1) < LARGEST
    if alone.any():  # two that touch are no marker
        alone &= stats[1:count, 4] < 1.5 * np.median(stats[1:count, 4][alone])
    return np.asarray(centres[1:count][alone])


def _average(
    picture: Image, paper: NDArray[np.uint8], colour: Colour, places: NDArray[np.float64]
) -> NDArray[np.float32] | None:
    """How much of the colour markers have around their middle, brought to one size."""
    base = lab_of(paper)
    way = colour - base
    side = 2 * RADIUS + 1
    total = np.zeros((side, side), np.float32)
    for x, y in places:
        patch = cv2.getRectSubPix(picture, (side, side), (float(x), float(y)))
        along = ((lab(patch) - base) @ way) / max(1e-3, float(way @ way))
        total += np.clip(along, 0, 1).astype(np.float32)
    total /= len(places)
    near = total * (total > 0.3)
    area = float(near.sum())
    if area < LEGIBLE:
        return None
    scale = float(np.sqrt(area / np.pi)) / 6.0
    if 9 * scale > RADIUS:
        return None
    grid = (np.arange(25, dtype=np.float32) - 12) * 0.8 * scale + RADIUS
    where = np.meshgrid(grid, grid)
    seen = cv2.remap(total, where[0].astype(np.float32), where[1].astype(np.float32),
                     cv2.INTER_LINEAR)  # fmt: skip
    return np.asarray(seen, np.float32)
