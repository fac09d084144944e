"""What lies below other elements shows more when those are gone, less when new ones lie on it.

It has not changed itself: neither has it grown nor is it new, or gone, and nothing is told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visual_erm.judges.svg.match import LIKE_COLOUR, Comparison, dilate, wholly

if TYPE_CHECKING:
    from visual_erm.judges.svg.regions import Layers

BESIDE = 0.08
"""Share of what differs of an element that may lie elsewhere than below another one."""
SEEN, SAME = 0.12, 0.95
"""Shares of an element that is seen in both pictures, at least, and of that in its colour."""
INSIDE = 0.8
"""Share of what lies on it, or lay, that is within it at most."""
PART = 0.8
"""Share of a piece that lies in the element for it to be what was seen of it."""


def uncovered(c: Comparison) -> None:
    """Elements that differ only below others that are gone, or new: accounted for."""
    _below(c, c.a, c.b, c.left, c.right)
    _below(c, c.b, c.a, c.right, c.left)


def _below(c: Comparison, first: Layers, second: Layers, tops: set[int], rest: set[int]) -> None:
    """What `second` shows more of where `first` has elements that the other has not."""
    over = [region.index for region in wholly(c, first, tops, grounded=False)]
    if not over:
        return
    top = dilate(np.isin(first.labels, over), c.radius)
    sizes = np.bincount(first.labels.ravel(), minlength=len(first.regions))
    for region in [second.regions[i] for i in sorted(rest)]:
        if region.grounded or c.support(second, region) < c.floor:
            continue
        own = second.mask(region)
        changed, seen = c.differs & own, own & ~top
        if int((changed & ~top).sum()) > BESIDE * int(changed.sum()):
            continue
        if int(seen.sum()) < SEEN * region.area:
            continue
        alike = first.alike(region.lab, LIKE_COLOUR)
        if int((seen & alike[first.labels]).sum()) < SAME * int(seen.sum()):
            continue
        within = np.bincount(first.labels[own], minlength=len(first.regions))
        met = [i for i in over if within[i]]
        if int(within[met].sum()) > INSIDE * int(sizes[met].sum()):
            continue  # a part of it may have another colour
        rest.discard(region.index)
        tops -= {i for i in tops if alike[i] and i not in over and within[i] > PART * sizes[i]}
