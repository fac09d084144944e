"""A candidate that is the reference's picture in another resolution, moved, smoothed or compressed.

Rules that take pictures apart see such noise as differences: colours of thin lines fade, dashes
join, digits are misread. But where a candidate is a copy of the reference, what was done to all of
it can be measured on what did not change, and whatever differs by no more than that is the
reference's own. What is left are the changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import align, images
from visual_erm.align import Placement, exceeds, strongest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Box, Image

    Mask = NDArray[np.bool_]
    Grey = NDArray[np.uint8]

COARSE = 512
"""Pixels of the longer side at which placements are compared."""
EDGE = 24
"""Grey levels of a step between neighbours that is an edge."""
UNTOUCHED = 0.5
"""Share of the edges that are the same in a picture that nothing was done to."""
TILE, OF_TILE, WHOLE_TILES = 32, 20, 0.1
"""Pixels of a tile's side; edges that one has at least; and share of the edges that lie in tiles
whose edges are all the same where the picture was drawn otherwise in part, not smoothed."""
MOSTLY, NEARLY_ALL = 0.9, 0.95
"""Share of the edges that are the same to the bit where nothing was smoothed, and where hardly
anything was drawn otherwise."""
STEADY = 0.3
"""Share of the texts that are the same to the bit where no other letters were used."""
SOFTER = (0.5, 0.7, 0.9, 1.2, 1.6)
"""Pixels (standard deviation) of blurs that are tried to make two pictures equally sharp."""
NOISY, OF_EDGES = 12.0, 0.25
"""Grey levels of usual noise along edges, and share of their usual strength, from which a picture
is no copy but drawn anew."""
LEAST = 6.0
"""Grey levels by which a change differs at least, beyond the noise."""
SPECK = 4
"""Pixels that a change has at least."""
ROOM = 3
"""Pixels around a change that belong to it."""
MOST = 0.3
"""Share of the edges that may have changed."""
STRETCHED = 0.08
"""By how much the scales along both axes may differ."""
SCALES = 0.4, 2.6
TINT, ROUNDING = (6.0, 100.0), 2
"""Grey levels by which the ground of a picture is another one, still seen through by everything
that was seen on it; and those of rounding."""
SEEN_THROUGH = 2
"""Pixels beside a ground whose colour it is a part of: edges of what is drawn."""


@dataclass(frozen=True)
class Copy:
    """The candidate on the reference's pixels, without noise."""

    image: Image
    """The reference where nothing changed, the candidate where something did."""
    placement: Placement
    """From the candidate as it was given."""
    noisy: bool
    """Whether it was freed of noise, which what changed still has."""


def copy_of(reference: Image, candidate: Image, edges: Mask | None = None) -> Copy | None:
    """The candidate as a changed copy of the reference; None where it is none, or needs no help.

    `edges` are those of the reference (`edges_of`), where they are known.
    """
    edges = edges_of(reference) if edges is None else edges
    if not edges.any():
        return None
    placement, laid = Placement(), candidate
    if reference.shape != candidate.shape or not _untouched(reference, candidate, edges):
        placement = _placement(reference, candidate, edges)
        laid = placement.warp(candidate, (reference.shape[1], reference.shape[0]))
    if _more_beside(reference, candidate, placement.inverse()):
        return None
    if _more_beside(candidate, reference, placement):
        return None
    if _untouched(reference, laid, edges):
        return None if placement == Placement() else Copy(laid, placement, noisy=False)
    changed = changes(_resampled(reference, placement), laid, edges)
    if changed is None:
        return None
    return Copy(np.where(changed[:, :, None], laid, reference), placement, noisy=True)


def on_ground_of(
    reference: Image,
    candidate: Image,
    grounds: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    edges: Mask,
) -> Image | None:
    """The candidate on the reference's ground, where one program drew most of it on another one.

    A pixel in which the ground is seen in part differs by that part of what the grounds differ by.

    Args:
        reference: RGB.
        candidate: RGB.
        grounds: the colours of the paper of both.
        edges: of the reference.

    Returns:
        The reference where nothing but the ground is another, and the rest as near to it as can be
        told; None where the grounds are the same, or more is drawn otherwise.
    """
    if reference.shape != candidate.shape:
        return None
    was, now = (ground.astype(np.float32) for ground in grounds)
    way = was - now
    if not TINT[0] <= np.abs(way).max() <= TINT[1]:
        return None
    gap = reference.astype(np.float32) - candidate
    part = np.clip(gap @ way / float(way @ way), 0, 1)[:, :, None]
    same = np.abs(gap - part * way).max(axis=2) <= ROUNDING
    bare, own = (
        np.abs(image - ground).max(axis=2) <= ROUNDING
        for image, ground in ((reference, was), (candidate, now))
    )
    # what is pale on the ground of one of them is no part of the other's ground
    same &= ~(bare ^ own) | (np.abs(gap).max(axis=2) <= ROUNDING)
    if not edges.any() or float(same[edges].mean()) <= UNTOUCHED:
        return None
    side = 2 * SEEN_THROUGH + 1
    rim = cv2.dilate(own.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    seen = (candidate / np.maximum(now, 1)).min(axis=2).clip(0, 1)[:, :, None]
    without = np.clip(candidate + np.where(rim[:, :, None], seen, 0) * way, 0, 255)
    return np.where(same[:, :, None], reference, without.round().astype(np.uint8))


def edges_of(image: Image) -> Mask:
    """Pixels beside which the colour or brightness changes clearly."""
    return np.asarray(_steps(image) > EDGE)


def same_pixels(one: Image, two: Image) -> Mask:
    """Where two pictures of one size are equal to the last bit."""
    return np.asarray(~exceeds(cv2.absdiff(one, two), 0))


def share_alike(one: Image, two: Image, edges: Mask) -> float:
    """Share of the `edges` of a picture that the other has to the last bit.

    No smoothing and no compression leaves pixels as they were: where one program drew nearly all
    the same, what is left are changes.
    """
    if one.shape != two.shape:
        return 0.0
    return float(same_pixels(one, two)[edges].mean()) if edges.any() else 0.0


def drawn_alike(one: Image, two: Image, texts: Sequence[Box]) -> bool:
    """Whether one program drew both pictures, so that whatever differs was drawn otherwise.

    Many of the `texts` are the same to the last bit: no smoothing and no other font leaves any so.
    """
    if one.shape != two.shape:
        return False
    return kept(same_pixels(one, two), texts) > STEADY * len(texts)


def kept(same: Mask, boxes: Sequence[Box]) -> int:
    """How many boxes hold nothing but `same_pixels`."""
    return sum(bool(same[y0:y1, x0:x1].all()) for x0, y0, x1, y1 in boxes)


def _steps(image: Image) -> Grey:
    """By how much the colour, or brightness, changes within a pixel's neighbours."""
    return align.contrast(image, 3)


def _untouched(reference: Image, laid: Image, edges: Mask) -> bool:
    same = same_pixels(reference, laid) & edges
    kept = align.pixels(same) / max(1, align.pixels(edges))
    return kept > UNTOUCHED or (kept > WHOLE_TILES and _whole_tiles(same, edges))


def _whole_tiles(same: Mask, edges: Mask) -> bool:
    """Whether tiles are the same to the last bit: smoothing and compression leave none alone."""
    rows, columns = (side // TILE for side in edges.shape)
    counts, kept = (
        mask[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE).sum(axis=(1, 3))
        for mask in (edges, same)
    )
    whole = (counts >= OF_TILE) & (kept == counts)
    return float(counts[whole].sum()) > WHOLE_TILES * float(counts.sum())


def _placement(reference: Image, candidate: Image, edges: Mask) -> Placement:
    """The candidate as it is, scaled, or without its padding, and moved by parts of a pixel."""
    a = images.fit(reference, COARSE)
    scale = a.shape[1] / reference.shape[1]
    height, width = candidate.shape[:2]
    b = images.resize(candidate, (max(8, round(width * scale)), max(8, round(height * scale))))
    x, y = b.shape[1] / width, b.shape[0] / height
    size = (reference.shape[1], reference.shape[0])
    tries = [align.resized(reference, candidate)]
    if reference.shape != candidate.shape:
        tries += [Placement(), align.by_content(reference, candidate)]
    coarse = edges if a is reference else edges_of(a)
    rated = []
    for way in tries:
        if abs(way.sx / way.sy - 1) < STRETCHED and SCALES[0] < way.sx < SCALES[1]:
            small = Placement(
                way.sx * scale / x, way.sy * scale / y, way.dx * scale, way.dy * scale
            )
            laid = small.warp(b, (a.shape[1], a.shape[0]))
            dx, dy = align.shift(a, laid)
            moved = Placement(small.sx, small.sy, small.dx + dx, small.dy + dy)
            gap = min(_gap(a, w, coarse) for w in (laid, moved.warp(b, (a.shape[1], a.shape[0]))))
            rated.append((gap, way))
    if not rated:
        return tries[0]
    best = min(rated, key=lambda r: r[0])[1]
    laid = best.warp(candidate, size)
    dx, dy = align.shift(reference, laid)
    if (dx, dy) == (0.0, 0.0):
        return best
    moved = Placement(best.sx, best.sy, best.dx + dx, best.dy + dy)
    # a picture that was not scaled was moved by whole pixels, and is the same again
    whole = [
        Placement(1.0, 1.0, float(x), float(y))
        for x in {math.floor(moved.dx), math.ceil(moved.dx)}
        for y in {math.floor(moved.dy), math.ceil(moved.dy)}
        if best.sx == best.sy == 1.0
    ]
    gaps = [_gap(reference, way.warp(candidate, size), edges) for way in (*whole, moved)]
    gap, nearest = min(zip(gaps, (*whole, moved), strict=True), key=lambda r: r[0])
    return nearest if gap < _gap(reference, laid, edges) else best


def _more_beside(one: Image, two: Image, placement: Placement) -> bool:
    """Whether something is drawn where `two` reaches beyond `one`, which is placed on it."""
    x0, y0, x1, y1 = placement.box((0, 0, one.shape[1], one.shape[0]))
    height, width = two.shape[:2]
    if max(x0, y0) <= ROOM and x1 + ROOM >= width and y1 + ROOM >= height:
        return False
    drawn = images.ink(two)
    rows, columns = (slice(max(0, a - ROOM), b + ROOM) for a, b in ((y0, y1), (x0, x1)))
    drawn[rows, columns] = False
    return bool(np.count_nonzero(drawn) > SPECK)


def _resampled(reference: Image, placement: Placement) -> Image:
    """The reference with no more detail than a smaller candidate can hold."""
    if placement.sx < 1.02:
        return reference
    height, width = reference.shape[:2]
    small = round(width / placement.sx), round(height / placement.sy)
    return images.resize(images.resize(reference, small), (width, height))


def changes(reference: Image, laid: Image, edges: Mask) -> Mask | None:
    """Where two pictures of one size differ by more than what was done to all of one.

    Returns:
        `(H, W)`; None where they differ by much all over, so that nothing tells what was done.
    """
    a, b = _equally_sharp(reference, laid, edges)
    near = cv2.dilate(edges.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    changed = np.zeros(edges.shape, bool)
    limit = min(
        NOISY, OF_EDGES * float(np.median(_steps(cv2.cvtColor(a, cv2.COLOR_RGB2GRAY))[edges]))
    )
    for apart in _differences(a, b):
        # what changed may hold most of the strongest differences, not of the usual ones
        usual, strong = (float(q) for q in np.percentile(apart[near], (75, 95)))
        if usual > limit:
            return None
        changed |= apart > LEAST + min(2 * strong, 5 * usual + LEAST)
    _, pieces, stats, _ = align.components(changed)
    changed &= stats[pieces, cv2.CC_STAT_AREA] >= SPECK
    side = 2 * ROOM + 1
    changed = cv2.dilate(changed.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return None if float(changed[edges].mean()) > MOST else np.asarray(changed)


def _differences(a: Image, b: Image) -> Iterator[Grey]:
    """Of the brightness of small patches, which smoothing hardly changes, and colour of larger."""
    one, two = (cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb) for image in (a, b))
    yield np.asarray(cv2.absdiff(cv2.blur(one[:, :, 0], (3, 3)), cv2.blur(two[:, :, 0], (3, 3))))
    yield strongest(cv2.absdiff(cv2.blur(one[:, :, 1:], (7, 7)), cv2.blur(two[:, :, 1:], (7, 7))))


def _equally_sharp(a: Image, b: Image, edges: Mask) -> tuple[Image, Image]:
    """Both pictures as sharp as the less sharp one."""
    best, least = (a, b), _gap(a, b, edges)
    for sigma in SOFTER:
        for pair in ((_softer(a, sigma), b), (a, _softer(b, sigma))):
            if (gap := _gap(*pair, edges)) < least:
                best, least = pair, gap
    return best


def _gap(a: Image, b: Image, edges: Mask) -> float:
    """Mean difference at the edges; 0 where a scaled-down picture has none left."""
    apart = strongest(cv2.absdiff(a, b))[edges]
    return float(apart.mean()) if apart.size else 0.0


def _softer(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
