"""Mirrored drawings, and parts of drawings that are mirrored where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import align, images
from visual_erm.judges.svg.events import Event, grown, subject
from visual_erm.judges.svg.match import Comparison, dilate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visual_erm.types import Box, Discrepancy, Image

    Mask = NDArray[np.bool_]

FLIPS: dict[tuple[int, ...], str] = {
    (1,): "mirrored, left for right",
    (0,): "mirrored, upside down",
    (0, 1): "turned by 180 degrees",
}
"""Axes to reverse, and what the candidate is if that undoes it."""
WHOLE_DRAWING = "whole drawing"
"""Where that is."""
GLANCE = 96
"""Pixels a side at which mirrored pictures are looked for."""
UNLIKE = 3.0
"""Mean grey levels that two pictures differ by before one is taken for mirrored."""
UNDONE = 0.3
"""Share of the difference that may remain when the mirroring is undone."""
OTHER, RATHER = 24, 0.5
"""Grey levels that count as a difference at a glance; share of what remains of a mirrored picture
that must remain of a mirrored part for it to be a part."""
JOIN = 0.03
"""Differences closer than this share of the longer side are of one part."""
MOST = 4
"""Parts that are tried; the largest ones."""
LEAST = 0.03
"""Share of the longer side that a part is large at least."""
PART_UNDONE = 0.1
"""Share of a part's difference that may remain when its mirroring is undone."""


def flipped(a: Image, b: Image) -> tuple[int, ...] | None:
    """The axes whose reversal makes the candidate the reference, nearly; None as a rule."""
    one, two = (images.resize(image, (GLANCE, GLANCE)).astype(np.float32) for image in (a, b))
    as_is = float(np.abs(one - two).mean())
    if as_is < UNLIKE:
        return None
    rest = {axes: float(np.abs(one - np.flip(two, axes)).mean()) for axes in FLIPS}
    best = min(rest, key=lambda axes: rest[axes])
    if rest[best] >= UNDONE * as_is or _part_only(one, two, best, rest[best]):
        return None
    return best


def _part_only(
    one: NDArray[np.float32], two: NDArray[np.float32], axes: tuple[int, ...], rest: float
) -> bool:
    """Whether the pictures agree better when only what differs is mirrored back."""
    x0, y0, x1, y1 = align.box_of(np.abs(one - two).max(axis=2) > OTHER)
    undone = two.copy()
    undone[y0:y1, x0:x1] = np.flip(two[y0:y1, x0:x1], axes)
    return float(np.abs(one - undone).mean()) < RATHER * rest


def reversed_whole(found: Sequence[Discrepancy]) -> tuple[int, ...] | None:
    """The axes along which the list says that the whole drawing is reversed."""
    for error in found:
        for axes, words in FLIPS.items():
            if error.location == WHOLE_DRAWING and error.description.startswith(words):
                return axes
    return None


def flipped_box(box: Box | None, axes: tuple[int, ...], size: tuple[int, int]) -> Box | None:
    """A box where it lies once the `(width, height)` picture is reversed along the axes."""
    if box is None:
        return None
    x0, y0, x1, y1 = box
    if 1 in axes:
        x0, x1 = size[0] - x1, size[0] - x0
    if 0 in axes:
        y0, y1 = size[1] - y1, size[1] - y0
    return (x0, y0, x1, y1)


def mirrored_parts(c: Comparison, tolerance: int) -> None:
    """Parts that are mirrored about their own middle: one change of shape each.

    What differs between a thing and its mirror image lies evenly on both sides of the axis, so the
    box around what differs has the axis in its middle.

    Args:
        c: the comparison.
        tolerance: grey levels that count as a difference.
    """
    reach = max(1, round(JOIN * c.side / 2))
    count, parts, stats, _ = align.components(dilate(c.differs, reach))
    largest = (1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA]))[:MOST].tolist()
    # A thing whose middle is the same both ways differs on two sides, in two pieces.
    masks = [c.differs] if count > 2 else []
    for own in [*masks, *(c.differs & (parts == number) for number in largest)]:
        box = align.bounds(own & c.differs)
        if box is None or min(box[2] - box[0], box[3] - box[1]) < LEAST * c.side:
            continue
        box = grown(box, c.radius + 1, own.shape)
        view = (slice(box[1], box[3]), slice(box[0], box[2]))
        axes = _undoes(c, view, tolerance)
        if axes is not None:
            _report(c, box, view, axes)


def _undoes(c: Comparison, view: tuple[slice, slice], tolerance: int) -> tuple[int, ...] | None:
    """The axes whose reversal makes a part what it should be."""
    one, two = c.a.image[view], c.b.image[view]
    if not _same_place(one, two, 2 * c.radius + 1):
        return None
    as_is = int(align.visible_difference(one, two, c.radius, tolerance).sum())
    for axes in FLIPS:
        undone = np.ascontiguousarray(np.flip(two, axes))
        rest = int(align.visible_difference(one, undone, c.radius, tolerance).sum())
        if rest < PART_UNDONE * as_is:
            return axes
    return None


def _same_place(one: Image, two: Image, slack: int) -> bool:
    """Whether two crops show something in one place; what moved has left its own."""
    boxes = [align.bounds(_unlike_border(picture)) for picture in (one, two)]
    if boxes[0] is None or boxes[1] is None:
        return False
    return max(abs(p - q) for p, q in zip(boxes[0], boxes[1], strict=True)) <= slack


def _unlike_border(picture: Image) -> Mask:
    """`(h, w)`: what has another colour than most of the border."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    ground = np.median(border, axis=0)
    return np.asarray(np.abs(picture - ground).max(axis=2) > OTHER)


def _report(c: Comparison, box: Box, view: tuple[slice, slice], axes: tuple[int, ...]) -> None:
    within = np.zeros(c.differs.shape, bool)
    within[view] = True
    held = np.bincount(c.a.labels[c.differs & within], minlength=len(c.a.regions))
    held[[r.index for r in c.a.regions if r.grounded]] = 0
    if not held.any():
        return
    region = c.a.regions[int(held.argmax())]
    pixels = int((c.a.drawn & within & dilate(c.differs, c.radius)).sum())
    change = f"{FLIPS[axes]} where it stands"
    c.events.append(Event("rotate", subject(c.a, region), change, box, box, pixels))
    c.differs &= ~within
