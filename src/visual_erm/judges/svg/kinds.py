"""What kind of change an event is, told from what lies around it.

A piece that is gone, with the rest of its element beside it, is cut off that element; one whose
edge is still drawn is an outline now. A piece that is new and goes on from one of its colour
changes that one's outline, unless it is a copy or stands apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import components
from visual_erm.judges.svg.events import Event
from visual_erm.judges.svg.match import (
    KNOWN,
    LIKE_COLOUR,
    Comparison,
    dilate,
    edges,
)
from visual_erm.judges.svg.outlines import FILLED, OPEN
from visual_erm.judges.svg.regions import GROUND_GAP, Layers, widest
from visual_erm.judges.svg.repeats import repeated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.svg.events import What

    Mask = NDArray[np.bool_]

BESIDE = 0.02
"""Share of the rim around a new piece that is drawn in its colour if it goes on from there."""
CUT = 0.3
"""Share of the rim around a piece that is gone which is drawn in its colour if it was cut off."""
EDGED, EMPTY = 0.1, 0.95
"""Share of that rim for an outline to be left; share of what is seen now in the place of the piece
that lies within it."""
ALL, INSIDE, LEFT = 0.9, 0.8, 0.1
"""Shares of a region that is counted as gone; of another one that lies in its place, to be what is
left of it; and of what is left, from which something of it still stands there."""
CLOSED, BEHIND = 0.95, 8.0
"""Share of the rim of a closed hole that has the colour that fills it, and how many times as large
as the hole that is which was seen through it."""
EVEN, GRADED, SHARP = 20, 40, 0.02
"""Grey levels over which one colour spreads at most and a gradient at least; share of a gradient
that is steps."""
KEPT = 0.3
"""Share of a region that is still drawn, at least, for a piece of it to be cut off."""
BEYOND, SPECK = 1.6, 4
"""Widths of a piece within which a line goes on, or ends, beside it; pixels of its ways there."""
ALONE, NEW = 0.02, 0.6
"""Shares of changed pixels that are gone at most, and new at least, of a piece that is added."""
COLOUR = 0.004
"""Share of the picture from which what has a colour makes it one of the drawing's."""
OUTLINE_WIDTH, LONG, ALONG = 0.08, 6.0, 0.9
"""Share of the longer side that an outline is wide at most; how many times as long as wide it is,
at least; and share of it that lies along edges."""
FRESH, ENCLOSED, STROKE = 0.9, 0.55, 0.11
"""Shares of what fills an outline that were not drawn before, and of its rim that are strokes;
share of the longer side that such a stroke is wide at most."""
REACHES = "outline differs: it reaches further"
CUT_OFF = "part of it is cut off"
APART = 0.3
"""Share of the rim around an added piece that may be drawn in its colour."""


def named(c: Comparison, event: Event, ground: NDArray[np.float32]) -> Event:
    """The event, as another kind of change where its surroundings say so.

    Args:
        c: the comparison.
        event: any; those without pixels and colour stay as they are.
        ground: `(3,)`, the colour of the ground, Lab.
    """
    if event.mask is None or event.lab is None:
        return event
    if event.what in ("extra", "reshape") and between_strokes(c, event.mask):
        box = event.box or event.other
        return replace(event, what="stroke", change=FILLED, box=box, other=event.other or box)
    if event.what not in ("missing", "extra"):
        return event
    gone, whole = event.what == "missing", event.box or event.other
    told = (_gone if gone else _new)(c, event.mask, event.lab, ground)
    if told is None:
        return event
    what, change = told
    if gone:
        # What is left of it has not changed.
        changed = int((event.mask & ~c.b.coloured(event.lab, LIKE_COLOUR)).sum())
        return replace(event, what=what, change=change, other=whole, changed=changed)
    return replace(event, what=what, change=change, box=whole, other=event.other or whole)


def between_strokes(c: Comparison, mask: Mask) -> bool:
    """Whether a new piece fills what strokes of the reference lie around: an outline was filled.

    An open outline is filled up to the straight line between its ends, so of the piece's rim only
    most is drawn in the reference; of what a closed one lies around, all but a little is filled.
    What a stroke gains by getting wider is no deeper than it is.
    """
    total = int(mask.sum())
    if int((mask & c.b.drawn & ~c.a.drawn).sum()) < FRESH * total:
        return False
    held = np.bincount(c.a.labels[mask])
    hole = c.a.regions[int(held.argmax())]
    if hole.index != c.a.ground and int(held.max()) < (1 - OPEN) * hole.area:
        return False
    rim = dilate(mask, 3 * c.radius) & ~dilate(mask, c.radius)
    if int((rim & c.a.drawn).sum()) < ENCLOSED * int(rim.sum()):
        return False
    near = c.a.drawn & dilate(mask, round(STROKE * c.side))
    stroke = widest(near)
    return stroke <= STROKE * c.side and widest(mask) + 2 * c.radius > stroke


def or_added(c: Comparison, event: Event, ground: NDArray[np.float32]) -> Event:
    """A change of outline that takes nothing away and stands apart, as an element that is new.

    To be asked when pieces of one outline are joined: each of them alone looks like that.
    """
    if event.what != "reshape" or event.mask is None or event.lab is None:
        return event
    if event.change == REACHES:
        return event
    # What was joined has more pixels than its mask.
    joined = event.pixels > int(event.mask.sum())
    if joined or not _added(c, event.mask, event.lab, ground):
        return event
    whole = event.other or event.box
    change = "drawn in the candidate only"
    return replace(event, what="extra", change=change, box=None, other=whole)


def _gone(
    c: Comparison, mask: Mask, lab: NDArray[np.float32], ground: NDArray[np.float32]
) -> tuple[What, str] | None:
    """What a piece that is gone says of the element that it was part of; None: it was all of it."""
    if _gap(lab, ground) < GROUND_GAP:
        if _in_colours(c, ground):
            return None
        return "reshape", "a hole in it is closed"
    if _shows_behind(c, mask, lab):
        return "reshape", "a hole in it is closed"
    if _graded(c, mask):
        return "recolour", "a gradient in the candidate, not one colour"
    beside = _beside(c.b, mask, lab, c.radius)
    if beside > EDGED and _fills(c, mask):
        return "stroke", "only an outline, not filled, in the candidate"
    if (beside > CUT and _cut(c, mask)) or _left_over(c, mask, lab) or _ends(c, mask, lab):
        return "reshape", CUT_OFF
    return None


def _shows_behind(c: Comparison, mask: Mask, lab: NDArray[np.float32]) -> bool:
    """Whether a piece that is gone was a hole through which something large behind was seen.

    All around it is the colour that is in its place now, and beyond that the piece's own.
    """
    now = c.b.regions[int(np.bincount(c.b.labels[mask]).argmax())]
    around = c.a.coloured(now.lab, LIKE_COLOUR)
    rim = dilate(mask, 3 * c.radius) & ~dilate(mask, c.radius)
    if now.grounded or int((rim & around).sum()) < CLOSED * int(rim.sum()):
        return False
    large = (r.area for r in c.a.regions if _gap(r.lab, lab) < GROUND_GAP)
    return max(large, default=0) > BEHIND * int(mask.sum())


def _graded(c: Comparison, mask: Mask) -> bool:
    """Whether a gradient stands in the place of a piece of one colour, with the same outline."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if int(inner.sum()) < c.floor:
        return False
    was, now = (
        np.ptp(np.percentile(of.image[inner], (5, 95), axis=0), axis=0) for of in (c.a, c.b)
    )
    if float(was.max()) > EVEN or float(now.max()) < GRADED:
        return False
    edge = mask & ~(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    inside = edges(c.b.image) & inner
    known = edge & dilate(edges(c.b.image), c.radius + 1)
    return int(inside.sum()) < SHARP * int(inner.sum()) and int(known.sum()) > KNOWN * int(
        edge.sum()
    )


def _in_colours(c: Comparison, ground: NDArray[np.float32]) -> bool:
    """Whether the reference is drawn in several colours, of which the ground's is one more.

    In a drawing of one colour, what has the ground's is where nothing is drawn: a hole.
    """
    least = COLOUR * c.differs.size  # smoothed edges have colours of their own
    shown = [r for r in c.a.regions if r.area >= least and _gap(r.lab, ground) >= GROUND_GAP]
    return any(_gap(r.lab, shown[0].lab) > LIKE_COLOUR for r in shown)


def _whole(c: Comparison, mask: Mask) -> Mask:
    """The region of the reference that holds most of a piece."""
    return np.asarray(c.a.labels == int(np.bincount(c.a.labels[mask]).argmax()))


def _left_over(c: Comparison, mask: Mask, lab: NDArray[np.float32]) -> bool:
    """Whether all of a region is counted as gone, but something of it still stands in its place."""
    own = _whole(c, mask)
    total = int(own.sum())
    if int((own & mask).sum()) < ALL * total:
        return False
    within = np.bincount(c.b.labels[dilate(own, c.radius)], minlength=len(c.b.regions))
    left = [
        region.area
        for region in c.b.regions
        if within[region.index] >= INSIDE * region.area and _gap(region.lab, lab) < LIKE_COLOUR
    ]
    return sum(left) > LEFT * total


def _ends(c: Comparison, mask: Mask, lab: NDArray[np.float32]) -> bool:
    """Whether what a piece was part of ends wherever the piece began: a line that was cut.

    Where an element was taken away that stood on a line, the line goes on to both sides.
    """
    own = _whole(c, mask)
    drawn = c.b.coloured(lab, LIKE_COLOUR) & ~dilate(mask, c.radius)
    kept = own & drawn
    if int(kept.sum()) < KEPT * int(own.sum()):
        return False
    beside = dilate(kept & dilate(mask, 3 * c.radius), 1).astype(np.uint8)
    count, places = cv2.connectedComponents(beside, connectivity=8)
    width = widest(mask) + 2 * c.radius
    near, far = max(2, round(width)), max(4, round(BEYOND * width))
    for number in range(1, count):
        place = places == number
        ways = dilate(place, far) & ~dilate(place, near) & kept
        found, _, stats, _ = components(ways)
        if int((stats[1:found, cv2.CC_STAT_AREA] >= SPECK).sum()) != 1:
            return False
    return count > 1


def _cut(c: Comparison, mask: Mask) -> bool:
    """Whether what a piece was part of goes on beside it."""
    parts = np.bincount(c.a.labels[mask], minlength=len(c.a.regions))
    own = c.a.labels == int(parts.argmax())
    beside = own & dilate(mask, 3 * c.radius) & ~dilate(mask, c.radius)
    return int(beside.sum()) > 0


def _fills(c: Comparison, mask: Mask) -> bool:
    """Whether what is seen now in the place of a piece is seen nowhere else: a gap inside it."""
    region = int(np.bincount(c.b.labels[mask]).argmax())
    there = c.b.labels == region
    return int((there & mask).sum()) > EMPTY * int(there.sum())


def _new(
    c: Comparison, mask: Mask, lab: NDArray[np.float32], ground: NDArray[np.float32]
) -> tuple[What, str] | None:
    """What a new piece says of the element that it is part of; None: it is one of its own."""
    if _gap(lab, ground) < GROUND_GAP:
        return "reshape", "it has a hole that it should not have"
    if _along_edges(c, mask, lab):
        return "stroke", "has got an outline"
    if _beside(c.a, mask, lab, c.radius) > BESIDE and not repeated(c, mask):
        return "reshape", REACHES
    return None


def _along_edges(c: Comparison, mask: Mask, lab: NDArray[np.float32]) -> bool:
    """Whether a new piece is a line in a colour of its own along edges that the reference has."""
    wide = widest(mask)
    if wide > OUTLINE_WIDTH * c.side or int(mask.sum()) < LONG * wide**2:
        return False
    if _beside(c.a, mask, lab, c.radius) > BESIDE:
        return False
    near = dilate(c.outlines[0], round(wide / 2) + c.radius)
    return int((mask & near).sum()) > ALONG * int(mask.sum())


def _added(
    c: Comparison, mask: Mask, lab: NDArray[np.float32], ground: NDArray[np.float32]
) -> bool:
    """Whether a change of outline takes nothing away, and is a thing beside what was there."""
    if _gap(lab, ground) < GROUND_GAP:
        return False
    total = int(mask.sum())
    gone = int((mask & c.a.drawn & ~c.b.drawn).sum())
    new = int((mask & c.b.drawn & ~c.a.drawn).sum())
    if gone > ALONE * total or new < NEW * total:
        return False
    return _beside(c.a, mask, lab, c.radius) < APART


def _beside(layers: Layers, mask: Mask, lab: NDArray[np.float32], radius: int) -> float:
    """Share of the rim around a piece that a picture shows in its colour."""
    rim = dilate(mask, 3 * radius) & ~dilate(mask, radius)
    there = rim & layers.coloured(lab, LIKE_COLOUR)
    return int(there.sum()) / max(1, int(rim.sum()))


def _gap(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(one - two))
