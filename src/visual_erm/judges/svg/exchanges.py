"""Elements that changed places, told by drawing the exchange and looking whether it is there.

Where an element stands now it may touch others of its colour, or lie over them, so that the
candidate has no region that is that element. What the exchange would show is known all the same.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import of_smaller
from visual_erm.judges.svg.events import Event, subject, union
from visual_erm.judges.svg.fits import shifted
from visual_erm.judges.svg.match import LIKE_COLOUR, Comparison, centre, dilate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.svg.regions import Region

    Mask = NDArray[np.bool_]

MOST = 8
"""Regions that are tried in all pairs; the largest ones."""
CHANGED = 0.2
"""Share of an element that differs at least if it stands elsewhere now."""
FAR = 0.09
"""Share of the longer side by which places of two elements are apart at least."""
WITHIN = 0.5
"""Share of an element that lies in the other one, from which it is a part of that one."""
SHOWN, OWN = 0.93, 0.6
"""Shares of an element in its new place that are seen there, or may lie under the other one; and
that are seen."""
VACATED = 0.85
"""Share of what both places had, and should not have any more, that has another colour."""
TOLD = 0.1
"""Share of both elements by which the two pictures differ if they are exchanged, at least."""
OPEN = 0.6
"""Share of the rim around an element in its new place that may have its colour."""


def exchanges(c: Comparison) -> None:
    """Two elements that stand in each other's place: one event, and their pixels explained."""
    regions = sorted(
        (
            region
            for region in (c.a.regions[i] for i in c.left)
            if not region.grounded and c.support(c.a, region) >= max(c.floor, CHANGED * region.area)
        ),
        key=lambda region: -region.area,
    )[:MOST]
    done: set[int] = set()
    shown = [c.b.coloured(region.lab, LIKE_COLOUR) for region in regions]
    for (one, here), (two, there) in combinations(zip(regions, shown, strict=True), 2):
        if {one.index, two.index} & done or of_smaller(one.box, two.box) > WITHIN:
            continue
        places = _places(c, (one, two), (here, there))
        if places is None:
            continue
        done |= {one.index, two.index}
        name = f"has changed places with the {subject(c.a, two)}"
        both = places[0] | places[1]
        box = union([one.box, two.box])
        event = Event("exchange", subject(c.a, one), name, box, box, one.area + two.area)
        c.events.append(event)
        now = np.bincount(c.b.labels[both], minlength=len(c.b.regions))
        c.left -= {one.index, two.index}
        c.right -= {r.index for r in c.b.regions if now[r.index] > 0.5 * r.area}
        c.explain(both | c.a.mask(one) | c.a.mask(two), 2 * c.radius + 1)


def _places(
    c: Comparison, elements: tuple[Region, Region], shows: tuple[Mask, Mask]
) -> tuple[Mask, Mask] | None:
    """Where two elements stand after they changed places; None where the candidate shows it not.

    `shows` is where it has the colour of each.
    """
    one, two = elements
    way = centre(two.box) - centre(one.box)
    if math.hypot(*way) < FAR * c.side:
        return None
    dx, dy = (round(float(v)) for v in way)
    was = c.a.mask(one), c.a.mask(two)
    now = shifted(was[0], dx, dy), shifted(was[1], -dx, -dy)
    for here, there, shown in ((now[0], now[1], shows[0]), (now[1], now[0], shows[1])):
        total = max(1, int(here.sum()))
        near = dilate(shown, c.radius)
        if int((here & (near | there)).sum()) < SHOWN * total:
            return None
        if int((here & near).sum()) < OWN * total:
            return None
        rim = dilate(here, 3 * c.radius) & ~dilate(here, c.radius) & ~there
        if int((rim & shown).sum()) > OPEN * int(rim.sum()):
            return None
    left = (was[0] | was[1]) & ~dilate(now[0] | now[1], 2 * c.radius)
    new = (now[0] | now[1]) & ~dilate(was[0] | was[1], 2 * c.radius)
    least = TOLD * (one.area + two.area)
    if min(int(left.sum()), int((new & c.differs).sum())) < least:
        return None
    if int((left & c.differs).sum()) < VACATED * int(left.sum()):
        return None
    return now
