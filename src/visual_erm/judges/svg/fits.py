"""Elements that moved, grew, shrank or turned: each region is matched with at most one other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from visual_erm import align
from visual_erm.judges.svg.events import Event, What, grown, subject, union
from visual_erm.judges.svg.match import (
    LIKE_COLOUR,
    SAME_COLOUR_THIN,
    SMALL,
    Comparison,
    centre,
    dilate,
    overlap,
    overlap_boxes,
)
from visual_erm.judges.svg.regions import Layers, Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

FIT = 0.84
"""Overlap from which a transformed region is the other one."""
GAIN = 0.05
"""How much better than unmoved a transformed region must fit."""
FARTHEST = 0.6
"""Share of the longer side that an element is followed over."""
BORNE, BORNE_FROM = 0.5, 0.005
"""Share of what only one of two regions covers that differs, at least, if one became the other;
share of the picture from which that is asked for."""
SAME_MIDDLE = 0.006
"""Share of the longer side by which the middle of a stroke that became wider may lie elsewhere."""
OBLONG, ROUND = 1.25, 0.93
"""Longer to shorter side from which wider and larger can be told apart, and the overlap needed."""
STAYS = 0.95
"""Share of a region that is still drawn, at least, where a copy of it touches it."""
MOST = 40
"""Regions a side that are tried in all pairs; the largest ones."""
TURN_GRID = 72
TURN_STEP = 10


@dataclass(frozen=True)
class _Fit:
    """How one region becomes another."""

    what: What
    quality: float
    change: str
    vector: tuple[float, float]
    factors: tuple[float, float] | None = None
    """Of width and height."""


def transforms(c: Comparison) -> None:
    """Regions that moved, grew, shrank or turned, each matched with at most one other."""
    sources = _active(c, c.a, c.left)
    targets = _active(c, c.b, c.right)
    if not sources or not targets:
        return
    fits: dict[tuple[int, int], _Fit] = {}
    cost = np.full((len(sources), len(targets)), 10.0)
    for row, region in enumerate(sources):
        for column, other in enumerate(targets):
            fit = _fit(c, region, other)
            if fit is not None and fit.quality >= FIT and _borne_out(c, region, other, fit):
                fits[row, column] = fit
                way = math.hypot(*fit.vector) / c.side
                cost[row, column] = 1 - fit.quality + 0.3 * way
    # Of two elements in each other's place, the first must not explain the second away.
    differs = c.differs.copy()
    for row, column in zip(*linear_sum_assignment(cost), strict=True):
        fit = fits.get((int(row), int(column)))
        if fit is None:
            continue
        region, other = sources[row], targets[column]
        c.left.discard(region.index)
        c.right.discard(other.index)
        moved = c.a.mask(region) | c.b.mask(other)
        visible = int((differs & dilate(moved, c.radius)).sum())
        copy = _copied(c, region, other) if fit.what != "stroke" else None
        c.explain(moved, 2 * c.radius + 1)
        if visible >= c.floor:
            c.events.append(copy or _event(c, region, other, fit, visible))


def _borne_out(c: Comparison, region: Region, other: Region, fit: _Fit) -> bool:
    """Whether the pictures differ where only one of two regions of unlike size is.

    Where what parted a region from its neighbour is gone, they are one: it has not grown.
    """
    if fit.factors is None:
        return True
    box = grown(union([region.box, other.box]), c.radius, c.differs.shape)
    one, two = c.a.mask(region, box), c.b.mask(other, box)
    alone = (one & ~dilate(two, c.radius)) | (two & ~dilate(one, c.radius))
    size = int(alone.sum())
    if size < BORNE_FROM * c.differs.size:
        return True  # smoothing joins and parts what is small
    changed = c.differs[box[1] : box[3], box[0] : box[2]] & alone
    return int(changed.sum()) >= BORNE * size


def _event(c: Comparison, region: Region, other: Region, fit: _Fit, changed: int) -> Event:
    name = subject(c.a, region)
    boxes = region.box, other.box
    found = Event(fit.what, name, fit.change, *boxes, region.area, fit.vector, fit.factors)
    return replace(found, lab=region.lab, changed=changed)


def _copied(c: Comparison, region: Region, other: Region) -> Event | None:
    """A copy that touches what it is a copy of: that stays as it was, and has not grown.

    The copy reaches beyond it on one side, or on two that meet, which says where it stands; a
    second one may stand halfway.
    """
    own = c.a.mask(region)
    drawn = dilate(c.b.coloured(region.lab, LIKE_COLOUR), c.radius)
    new = c.b.mask(other) & ~dilate(own, c.radius)
    box = align.bounds(new)
    if box is None or int(new.sum()) < c.floor or not _on(own, drawn):
        return None
    dx, dy = (
        max((other.box[k] - region.box[k], other.box[k + 2] - region.box[k + 2]), key=abs)
        for k in (0, 1)
    )
    copies = [shifted(own, round(dx * way), round(dy * way)) for way in (1, 0.5)]
    if not _on(copies[0], drawn) or int(copies[0].sum()) < STAYS * region.area:
        return None
    found = copies[0] | copies[1] if _on(copies[1], drawn) else copies[0]
    if not _on(new, dilate(found, c.radius)):
        return None
    name, change = subject(c.a, region), "drawn in the candidate only"
    return Event("extra", name, change, None, box, int(new.sum()), lab=region.lab, mask=new)


def _on(mask: Mask, drawn: Mask) -> bool:
    return int((mask & drawn).sum()) >= STAYS * int(mask.sum())


def shifted(mask: Mask, dx: int, dy: int) -> Mask:
    """The mask elsewhere, without what leaves the picture."""
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    size = (mask.shape[1], mask.shape[0])
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), move, size) > 0)


def _active(c: Comparison, layers: Layers, indices: set[int]) -> list[Region]:
    """The largest regions with enough differing pixels."""
    found = [
        layers.regions[i]
        for i in indices
        if not layers.regions[i].grounded
        and c.support(layers, layers.regions[i]) >= min(c.floor, layers.regions[i].area // 2)
    ]
    return sorted(found, key=lambda r: -r.area)[:MOST]


def _fit(c: Comparison, region: Region, other: Region) -> _Fit | None:
    gap = float(np.linalg.norm(region.lab - other.lab))
    ratio = other.area / region.area
    if gap > (SAME_COLOUR_THIN if region.thin or other.thin else LIKE_COLOUR):
        return None
    vector = centre(other.box) - centre(region.box)
    dx, dy = float(vector[0]), float(vector[1])
    way = math.hypot(dx, dy) / c.side
    if not 0.15 < ratio < 6 or way > (FARTHEST if min(region.area, other.area) > SMALL else 0.25):
        return None
    one = c.a.mask(region, region.box)
    two = c.b.mask(other, other.box)
    still = _in_place(c, region, other)
    sizes = np.array(two.shape) / np.array(one.shape)
    slack = 2 * c.radius / np.array(one.shape)
    if bool((np.abs(sizes - 1) <= np.maximum(slack, 0.05)).all()):
        quality = overlap(one, _resized(two, one.shape), c.radius)
        if quality >= max(FIT, still + GAIN):
            return _Fit("move", quality, f"moved by ({dx:.0f}, {dy:.0f}) px", (dx, dy))
    thicker = _thicker(one, two) if way < SAME_MIDDLE else 0
    if thicker:
        word = "thicker" if thicker > 0 else "thinner"
        change = f"stroke width differs: {word} in the candidate"
        return _Fit("stroke", FIT, change, (dx, dy))
    even = abs(math.log(float(sizes[0] / sizes[1]))) < 0.12
    met = overlap_boxes(region.box, other.box)
    if sizes.min() > 0.35 and sizes.max() < 2.8 and (met or (even and way < 0.35)):
        radius = max(1, round(c.radius * float(sizes.min())))
        quality = overlap(_resized(one, two.shape), two, radius)
        if quality >= max(FIT, still + GAIN):
            change = f"size x {sizes[1]:.2f} wide, x {sizes[0]:.2f} high"
            factors = (float(sizes[1]), float(sizes[0]))
            what: What = "scale" if even else "reshape"
            return _Fit(what, quality - 0.02, change, (dx, dy), factors)
    if 0.8 < ratio < 1.25:
        quality, angle = _turn(one, two)
        if quality >= max(FIT - 0.04, still + 2 * GAIN):
            return _Fit("rotate", quality - 0.04, f"turned by {angle} degrees", (dx, dy))
    return None


def _in_place(c: Comparison, region: Region, other: Region) -> float:
    """How well the two agree as they are: a transform has to do better than nothing."""
    box = grown(union([region.box, other.box]), c.radius, c.differs.shape)
    return overlap(c.a.mask(region, box), c.b.mask(other, box), c.radius)


def _thicker(one: Mask, two: Mask) -> int:
    """By how many pixels a stroke became wider, on every side alike; 0 where it did not.

    What grew by a factor grows more where it is larger; what is about square may be either.
    """
    by = np.subtract(two.shape, one.shape)
    least = int(np.abs(by).min())
    if least < 2 or by[0] * by[1] < 0 or abs(int(by[0] - by[1])) > max(2, least // 4):
        return 0
    small, large = (one, two) if by[0] > 0 else (two, one)
    square = max(small.shape) < OBLONG * min(small.shape)
    if square and overlap(_resized(small, large.shape), large, 1) >= FIT:
        return 0
    reach = round(float(np.abs(by).mean()) / 2)
    room = [
        (reach, extent - have - reach)
        for have, extent in zip(small.shape, large.shape, strict=True)
    ]
    if min(low for pair in room for low in pair) < 0:
        return 0
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    wider = cv2.dilate(np.pad(small, room).astype(np.uint8), disc) > 0
    return int(by[0]) if overlap(np.asarray(wider), large, 1) >= ROUND else 0


def _resized(mask: Mask, shape: tuple[int, ...]) -> Mask:
    scaled = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(scaled > 0.5)


def _turn(one: Mask, two: Mask) -> tuple[float, int]:
    """The best overlap over all angles, and that angle in degrees, clockwise."""
    a = _centred(one, 0, max(*one.shape, *two.shape))
    best, at = 0.0, 0
    for angle in range(TURN_STEP, 360, TURN_STEP):
        quality = overlap(a, _centred(two, angle, max(*one.shape, *two.shape)), 1)
        if quality > best:
            best, at = quality, angle
    # The candidate was turned back by `at`; the other way round is what happened to it.
    return best, at if at <= 180 else at - 360


def _centred(mask: Mask, angle: float, extent: int) -> Mask:
    """On a small square grid with the centre of mass in the middle, turned back by `angle`."""
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    scale = TURN_GRID / 1.45 / extent
    matrix = cv2.getRotationMatrix2D((x, y), angle, scale)
    matrix[:, 2] += TURN_GRID / 2 - np.array([x, y])
    drawn = cv2.warpAffine(
        mask.astype(np.float32), matrix, (TURN_GRID, TURN_GRID), flags=cv2.INTER_LINEAR
    )
    return np.asarray(drawn > 0.5)
