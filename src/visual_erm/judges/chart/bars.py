"""Bars of one series in two pictures, each with the one at its place.

Pixels say that "ten parts differ" where five bars are a little wider. Bars are rectangles that do
not touch those of their own series; where a mask is made of such, each is compared by where it
begins and ends along its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import components, pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Box

    Mask = NDArray[np.bool_]

SQUARE = 0.85
"""Share of its box that a bar covers at least; values may be written on it."""
LEAST = 0.0004
"""Share of the plot that a bar covers at least; less are crumbs."""
MOST = 60
"""Bars that are compared one by one."""
SLACK = 4.0
"""Pixels by which an end may be off where pictures were drawn in two sizes."""
TOGETHER = 0.5
"""Share of the narrower of two bars that must lie beside the other one."""
TEXT_EDGE = 3
"""Pixels around a text that it may hide as well."""
WIDER = 1.06
"""Factor between the widths of bars from which they are wider."""


@dataclass(frozen=True)
class Paired:
    """What is known of the bars of a series after pairing them."""

    changed: tuple[tuple[Box, Box], ...]
    """Bars that begin or end elsewhere, in both pictures."""
    kept: int
    """How many are as long as before."""
    lost: tuple[Box, ...]
    new: tuple[Box, ...]
    width: float
    """How many times as wide as in the reference those of the candidate are, at the median."""


def paired(one: Mask, two: Mask, hidden: Mask, across: bool, slack: float) -> Paired | None:
    """The bars of two masks; None where one of them is not made of bars.

    Args:
        one: `(H, W)` of the reference.
        two: `(H, W)` of the candidate, on the same grid.
        hidden: where texts and legends cover what is drawn; an end there says nothing.
        across: whether bars run from left to right.
        slack: pixels by which an end may be off.
    """
    if across:
        one, two, hidden = one.T, two.T, hidden.T
    ones, twos = _bars(one), _bars(two)
    if not ones or not twos or max(len(ones), len(twos)) > MOST:
        return None
    pairs, free = [], list(twos)
    for bar in ones:
        near = max(free, key=lambda other: _beside(bar, other), default=None)
        if near is not None and _beside(bar, near) >= TOGETHER:
            pairs.append((bar, near))
            free.remove(near)
    if not pairs:
        return None
    changed = [pair for pair in pairs if not _as_long(*pair, hidden, slack)]
    width = float(np.median([(two[2] - two[0]) / (one[2] - one[0]) for one, two in pairs]))
    found = {pair[0] for pair in pairs}
    back = _turned if across else lambda box: box
    return Paired(
        tuple((back(a), back(b)) for a, b in changed),
        len(pairs) - len(changed),
        tuple(back(bar) for bar in ones if bar not in found),
        tuple(back(bar) for bar in free),
        width,
    )


def _bars(mask: Mask) -> list[Box]:
    """The boxes of upright bars; empty where something else is drawn."""
    whole = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, _, stats, _ = components(whole, 4)
    found = []
    for x, y, w, h, area in stats[1:count]:
        if area < LEAST * mask.size:
            continue
        if area < SQUARE * w * h:
            return []
        found.append((int(x), int(y), int(x + w), int(y + h)))
    return found


def _beside(one: Box, two: Box) -> float:
    shared = min(one[2], two[2]) - max(one[0], two[0])
    return shared / min(one[2] - one[0], two[2] - two[0])


def _as_long(one: Box, two: Box, hidden: Mask, slack: float) -> bool:
    middle = (max(one[0], two[0]) + min(one[2], two[2])) // 2
    for end in (1, 3):
        low, high = sorted((one[end], two[end]))
        # a text at an end may hide where it is, but no more than it covers
        between = hidden[max(0, low - TEXT_EDGE) : high + TEXT_EDGE, middle]
        seen = pixels(~between) - 2 * TEXT_EDGE if between.any() else high - low
        if seen > slack:
            return False
    return True


def _turned(box: Box) -> Box:
    return box[1], box[0], box[3], box[2]
