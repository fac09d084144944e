"""One cause, one error: events that belong together are joined.

Elements that moved, grew or turned alike are one element that did; two that stand in each other's
place were exchanged; pieces that touch, or that are parts of one outline, are one change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from colorsys import rgb_to_hls
from dataclasses import replace
from functools import partial
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from visual_erm import align
from visual_erm.align import area, shared
from visual_erm.judges.svg.events import CATEGORY, Event, What, union
from visual_erm.judges.svg.fits import STAYS, shifted
from visual_erm.judges.svg.kinds import CUT_OFF, named, or_added
from visual_erm.judges.svg.match import (
    BEHIND,
    CRUMB,
    ELSEWHERE,
    LIKE_COLOUR,
    SAME_COLOUR,
    Comparison,
    centre,
    dilate,
    in_new_colour,
)
from visual_erm.judges.svg.palettes import SWAPPED
from visual_erm.judges.svg.regions import GROUND_GAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Box

    Mask = NDArray[np.bool_]

NEAR = 0.025
"""Pieces of one colour closer than this share of the longer side are one change."""
NEAR_SIDE = 0.08
"""The same for pieces that are all extra: a copy over a drawing of its colour shows in bits."""
SMALL_PIECE = 0.25
"""A touching piece of another colour is a part of the change when it is no larger than this."""
CRUMB_OF_LARGEST = 0.03
"""Share of the largest change below which a crumb is dropped."""
TINY = 1.5e-3
"""Share of the picture below which a change inside a larger one is its consequence."""
IN_PLACE = 0.03
"""Share of the longer side within which an element stands where another one stood."""
PARTS = 0.2
"""Changes of outline of one colour no further apart than this share of it are of one element."""
WITHIN = 0.8
"""Share of an element's box that lies in another one's for it to be a part of that one."""
COLOURED, COLOURLESS = 40, 6
"""Levels between the channels of a colour, at least, and of a grey, at most."""
SHADES, SAME_NEW = 64.0, 16.0
"""RGB levels within which two colours are shades of one, and two new ones are the same."""
SAME_HUE = 1 / 36
"""Share of the circle of hues within which two shades have one."""
CORNERS, CORNER, SAME_SIZE = 3, 0.03, 1.5
"""Bits at an element that are its corners, at least; share of the element that each covers, and how
many times as large as the smallest the largest is, at most."""
TOUCH = 0.05
"""Share of the longer side up to which two changes touch."""
MOSTLY = 0.7
"""Share of a gap that was, or is, of one element for it to be a gap in that one."""
SEEN = 0.25
"""Share of an element that is new where it went to, at least."""
COVERED = 0.8
"""Share of what an element has lost that something new covers if nothing of it is cut off."""
SAME_FACTOR = 0.08
"""Logarithm within which two elements grew alike."""


def join_alike(c: Comparison) -> None:
    """Parts that moved, grew or turned alike are one element that did; swapped ones are swapped."""
    c.events = _exchanged(c, _joined(c.events, partial(_same_change, c)))


def _joined(events: Iterable[Event], alike: Callable[[Event, Event], bool]) -> list[Event]:
    """The events, each joined with the first before it that it is one change with."""
    kept: list[Event] = []
    for event in events:
        for other in kept:
            if alike(event, other):
                other.box = _around(event.box, other.box)
                other.other = _around(event.other, other.other)
                other.changed = other.seen + event.seen
                other.pixels += event.pixels
                break
        else:
            kept.append(event)
    return kept


def _same_change(c: Comparison, one: Event, two: Event) -> bool:
    if one.what != two.what or not (one.box and one.other and two.box and two.other):
        return False
    if one.what == "move":
        return bool(np.hypot(*np.subtract(one.vector, two.vector)) <= 2 * c.radius)
    if one.what == "stroke":
        same = one.change == two.change and one.subject.split()[:-1] == two.subject.split()[:-1]
        return same and _gap(one.box, two.box) < PARTS * c.side
    if one.what in ("scale", "reshape") and one.factors and two.factors:
        return bool(np.abs(np.log(np.divide(one.factors, two.factors))).max() < SAME_FACTOR)
    return one.what == "rotate" and one.change == two.change


def _exchanged(c: Comparison, events: list[Event]) -> list[Event]:
    """Of two elements that each stand where the other stood, one event."""
    kept = list(events)
    for one, two in combinations(events, 2):
        if not (one.box and one.other and two.box and two.other):
            continue
        if {one.what, two.what} - {"move", "scale", "reshape"} or not _in(kept, one, two):
            continue
        if align.shared(one.box, two.box):
            continue  # parts of one thing, taken for each other
        near = IN_PLACE * c.side
        there = math.dist(centre(one.other), centre(two.box)) < near
        back = math.dist(centre(two.other), centre(one.box)) < near
        turned = (there and back) or _in_other_order(one, two)
        if turned and math.dist(centre(one.box), centre(two.box)) > 3 * near:
            box = union([one.box, two.box])
            kept = [event for event in kept if event is not one and event is not two]
            change = f"has changed places with the {two.subject}"
            other = union([one.other, two.other])
            kept.append(Event("exchange", one.subject, change, box, other, one.pixels + two.pixels))
    return kept


def _in_other_order(one: Event, two: Event) -> bool:
    """Whether two elements of unlike size stand where the other stood, the last one first."""
    assert one.box and one.other and two.box and two.other
    if not (shared(one.other, two.box) and shared(two.other, one.box)):
        return False
    (was, now), (other, too) = (one.box, one.other), (two.box, two.other)
    return any(
        (was[k + 2] <= other[k] and too[k + 2] <= now[k])
        or (other[k + 2] <= was[k] and now[k + 2] <= too[k])
        for k in (0, 1)
    )


def _in(events: list[Event], *wanted: Event) -> bool:
    return all(any(event is one for event in events) for one in wanted)


def consolidate(c: Comparison) -> None:
    """Pieces that touch are one change; both gone and new, it is a change of shape.

    Pieces of one colour belong together, and so do small pieces of any colour and a large one. A
    piece of the ground's colour is what a change next to it leaves open or closes.
    """
    loose = [e for e in c.events if e.mask is not None and e.lab is not None]
    kept = [e for e in c.events if e.mask is None or e.lab is None]
    ground = c.a.regions[c.a.ground].lab
    near, wide = (max(1, round(share * c.side)) for share in (NEAR, NEAR_SIDE))
    merged: list[Event] = []
    while loose:
        first = max(loose, key=lambda e: e.pixels)
        loose = [e for e in loose if e is not first]
        group = [first]
        grew = True
        while grew:
            grew = False
            reach = dilate(_mask_of(group), near)
            far = dilate(reach, wide - near)
            for event in list(loose):
                one_side = first.what == event.what == "extra"
                within = far if one_side and _one_colour(first, event) else reach
                if _belongs(c, first, event) and bool((within & _mask_of([event])).any()):
                    group.append(event)
                    loose = [e for e in loose if e is not event]
                    grew = True
        merged.append(first if len(group) == 1 else _merged(group))
    events = [named(c, event, ground) for event in kept + _moved_pairs(c, merged, ground)]
    events = _outlines_of_one(c, _corners(c, _without_covered(c, events)))
    events = [or_added(c, event, ground) for event in events]
    events = _joined(_joined(events, _recoloured_alike), _swapped_colours)
    events = _without_crumbs(_of_one_thing(c, events), c.differs.size)
    c.events = [_displaced(c, event) for event in events]


def _without_covered(c: Comparison, events: list[Event]) -> list[Event]:
    """Without what elements have lost below others that are new: it is covered, and not cut off."""
    new = [event for event in events if event.what == "extra"]
    return [e for e in events if not any(_covers(c, other, e) for other in new)]


def _covers(c: Comparison, new: Event, event: Event) -> bool:
    """Whether a loss lies where the candidate shows something that is new and larger."""
    if event.change != CUT_OFF or event.mask is None or event.lab is None:
        return False
    if new.lab is None or not (new.other and event.box) or new.pixels <= event.seen:
        return False
    lost = event.mask & ~dilate(c.b.coloured(event.lab, LIKE_COLOUR), c.radius)
    shown = lost & dilate(c.b.coloured(new.lab, LIKE_COLOUR), c.radius)
    return bool(shared(new.other, event.box)) and int(shown.sum()) >= COVERED * int(lost.sum())


def _corners(c: Comparison, events: list[Event]) -> list[Event]:
    """Bits of one size at one element, in three places or more, as a change of its outline.

    These are its corners, round in one picture and sharp in the other.
    """
    kept = list(events)
    for index in {e.region for e in events if e.region is not None}:
        for what in ("extra", "missing"):
            bits = [e for e in kept if e.what == what and e.region == index]
            sizes = [e.pixels for e in bits]
            if len(bits) < CORNERS or max(sizes) > CORNER * c.a.regions[index].area:
                continue
            if max(sizes) < SAME_SIZE * min(sizes):
                kept = [e for e in kept if not any(e is bit for bit in bits)]
                box = union([box for e in bits for box in (e.box, e.other) if box])
                change = "outline differs at its corners"
                one = replace(_merged(bits), what="reshape", change=change, box=box, other=box)
                kept.append(replace(one, region=index))
    return kept


def _outlines_of_one(c: Comparison, events: list[Event]) -> list[Event]:
    """Changes of the outline of one element, in several places: it has one other outline."""
    largest_first = sorted(events, key=lambda e: -e.pixels)
    return _joined(largest_first, partial(_of_one_outline, c))


def _of_one_outline(c: Comparison, one: Event, two: Event) -> bool:
    if not (one.what == two.what == "reshape" and one.box and two.box):
        return False
    if one.lab is None or two.lab is None:
        return False
    if one.region == two.region and one.region is not None:
        return True
    if float(np.linalg.norm(one.lab - two.lab)) >= SAME_COLOUR:
        return False
    if one.mask is None or two.mask is None:
        # Whole elements side by side are two; what lies within another one is a part of it.
        return align.of_smaller(one.box, two.box) > WITHIN
    return _gap(one.box, two.box) < PARTS * c.side


def _around(one: Box | None, two: Box | None) -> Box | None:
    boxes = [box for box in (one, two) if box]
    return union(boxes) if boxes else None


def _gap(a: Box, b: Box) -> float:
    """Pixels between two boxes; none while they meet."""
    across = max(0, a[0] - b[2], b[0] - a[2])
    down = max(0, a[1] - b[3], b[1] - a[3])
    return math.hypot(across, down)


def _recoloured_alike(one: Event, two: Event) -> bool:
    """Whether parts changed from one colour to one other."""
    if one.what != "recolour" or two.what != "recolour":
        return False
    if one.colours is None or two.colours is None:
        return False
    if float(np.abs(np.subtract(one.colours, two.colours)).max()) < LIKE_COLOUR:
        return True
    (was, now), (other, too) = one.colours, two.colours
    if all(np.ptp(colour) >= COLOURED for colour in (was, other)) and all(
        np.ptp(colour) <= COLOURLESS for colour in (now, too)
    ):
        return True
    if _of_one_hue(was, other) and _of_one_hue(now, too):
        return True
    # Shades of one colour that became one: an element had a gradient, or parts.
    shades = float(np.abs(np.subtract(was, other)).max()) < SHADES
    return shades and float(np.abs(np.subtract(now, too)).max()) < SAME_NEW


def _of_one_hue(one: tuple[int, int, int], two: tuple[int, int, int]) -> bool:
    """Whether two colours are shades of one, both of them coloured."""
    if min(np.ptp(one), np.ptp(two)) < COLOURED:
        return False
    apart = abs(rgb_to_hls(*one)[0] - rgb_to_hls(*two)[0])
    return min(apart, 1 - apart) < SAME_HUE


def _swapped_colours(one: Event, two: Event) -> bool:
    """Whether two parts have each other's colour: one mistake, seen in two places.

    Thin lines and letters show their colour mixed with the ground's, so the reach is wide.
    """
    if one.what != "recolour" or two.what != "recolour":
        return False
    if one.colours is None or two.colours is None:
        return False
    was, now = np.array(one.colours, float)
    if float(np.abs(was - now).max()) < 2 * SWAPPED:
        return False
    return float(np.abs(np.subtract(one.colours, two.colours[::-1])).max()) < SWAPPED


def _of_one_thing(c: Comparison, events: list[Event]) -> list[Event]:
    """Changes of one kind that nobody would tell apart, as one; the largest gives it its name.

    What is missing is one gap in the drawing, wherever it stood, and what came to it in one colour
    is one addition. What turned and has one colour is one thing. So is what has another outline in
    places that touch, and what came to it there.
    """
    kept: list[Event] = []
    for event in sorted(events, key=lambda e: -e.pixels):
        for at, other in enumerate(kept):
            if _one_thing(c, event, other):
                kept[at] = _both(event, other)
                break
        else:
            kept.append(event)
    return kept


def _one_thing(c: Comparison, one: Event, two: Event) -> bool:
    kinds = {one.what, two.what}
    if all(event.what == "missing" or event.change == BEHIND for event in (one, two)):
        return True
    if kinds == {"extra"}:
        return _one_colour(one, two)
    if kinds == {"stroke"}:
        return one.change == two.change and _one_colour(one, two)
    if kinds == {"rotate"}:
        return one.subject.split()[:-1] == two.subject.split()[:-1]
    if one.factors or two.factors:
        return False
    alike = kinds == {"reshape"} or (kinds == {"reshape", "extra"} and _one_colour(one, two))
    return alike and _touch(c, one, two)


def _touch(c: Comparison, one: Event, two: Event) -> bool:
    reach = TOUCH * c.side
    boxes = [[box for box in (e.box, e.other) if box] for e in (one, two)]
    return any(_gap(p, q) <= reach for p in boxes[0] for q in boxes[1])


def _both(small: Event, large: Event) -> Event:
    """The larger of two changes, with the place and the pixels of the smaller one."""
    box, other = _around(small.box, large.box), _around(small.other, large.other)
    pixels = small.pixels + large.pixels
    seen = small.seen + large.seen
    joined = replace(large, box=box, other=other, pixels=pixels, changed=seen)
    if CATEGORY[small.what] == CATEGORY[large.what]:
        return joined
    change = ELSEWHERE
    return replace(joined, what="reshape", change=change, box=box or other, other=other or box)


def _without_crumbs(events: list[Event], size: int) -> list[Event]:
    """Without tiny pieces beside a large change: they are its consequences more often than not."""
    largest = max((e.pixels for e in events), default=0)
    limit = min(CRUMB * size, CRUMB_OF_LARGEST * largest)
    kept = [e for e in events if e.what == "text" or e.pixels >= limit]
    return [e for e in kept if not any(_swallows(other, e, size) for other in kept)]


def _swallows(large: Event, small: Event, size: int) -> bool:
    """Whether a tiny change lies inside a much larger one of structure, shape or outline."""
    if large.what in ("recolour", "text") or small.what in ("text", "stroke"):
        return False
    if small.pixels > TINY * size or large.pixels < 4 * small.pixels:
        return False
    boxes = [b for b in (large.box, large.other) if b]
    own = [b for b in (small.box, small.other) if b]
    return all(any(_inside(b, outer) for outer in boxes) for b in own)


def _inside(box: Box, outer: Box) -> bool:
    both = shared(box, outer)
    return both > 0 and both >= 0.8 * area(box)


def _belongs(c: Comparison, first: Event, event: Event) -> bool:
    """Whether a change that touches a larger one is a part of it."""
    if _one_colour(first, event):
        return True
    if event.lab is None:
        return event.pixels < SMALL_PIECE * first.pixels
    if event.pixels < SMALL_PIECE * first.pixels:
        return event.what != "extra" or not in_new_colour(c, event.lab, event.pixels)
    return float(np.linalg.norm(event.lab - c.a.regions[c.a.ground].lab)) < GROUND_GAP


def _moved_pairs(c: Comparison, events: list[Event], ground: NDArray[np.float32]) -> list[Event]:
    """Something gone and something new, of one colour and about one size: it changed its place."""
    pieces = [_piece(c, event, ground) for event in events]
    told = {id(piece): event for piece, event in zip(pieces, events, strict=True)}
    moved: list[Event] = []
    for one in sorted((e for e in pieces if e.what == "missing"), key=lambda e: -e.pixels):
        best, least = None, 0.45
        for two in pieces:
            if two.what != "extra" or not _one_colour(one, two) or not one.box or not two.other:
                continue
            ratio = abs(math.log(two.pixels / one.pixels))
            value = _between(one.box, two.other) / c.side + 0.3 * ratio
            if value < least:
                best, least = two, value
        way = None
        if best is None:
            ways = ((two, _went(c, one, two)) for two in pieces if two.what == "extra")
            best, way = next(((two, way) for two, way in ways if way), (None, None))
        if best is not None:
            group = [one, best, *_further_pieces(one, best, pieces)]
            pieces = [e for e in pieces if not any(e is member for member in group)]
            event = replace(_merged(group), region=one.region)
            moved.append(_gone_to(event, one, best, way) if way else event)
    return [told[id(piece)] for piece in pieces] + moved


def _gone_to(event: Event, one: Event, two: Event, way: tuple[float, float]) -> Event:
    """What is gone and what is new, put together, as a move from one place to the other."""
    change = f"in another place, off by ({way[0]:.0f}, {way[1]:.0f}) px"
    return replace(event, what="move", change=change, box=one.box, other=two.other, vector=way)


def _displaced(c: Comparison, event: Event) -> Event:
    """The event, as a move where what is gone and what is new have the same sides."""
    if event.change != ELSEWHERE or not (event.box and event.other):
        return event
    was, now = event.box, event.other
    slack = 2 * c.radius + 1
    off = [abs(now[k + 2] - now[k] - was[k + 2] + was[k]) for k in (0, 1)]
    dx, dy = (float(v) for v in centre(now) - centre(was))
    if max(off) > slack or math.hypot(dx, dy) <= slack:
        return event
    return replace(event, what="move", vector=(dx, dy))


def _went(c: Comparison, one: Event, two: Event) -> tuple[float, float] | None:
    """By how much what is gone moved to where something is new; None where it does not stand there.

    Some of it may lie on what has its colour already, or out of the picture.

    Args:
        c: the comparison.
        one: what is gone.
        two: what is new.
    """
    if one.mask is None or two.mask is None or one.lab is None or not (one.box and two.other):
        return None
    if not _one_colour(one, two):
        return None
    drawn = dilate(c.b.coloured(one.lab, LIKE_COLOUR), c.radius)
    across, down = (
        sorted({two.other[k] - one.box[k], two.other[k + 2] - one.box[k + 2]}) for k in (0, 1)
    )
    total = int(one.mask.sum())
    for dx, dy in product(across, down):
        there = shifted(one.mask, dx, dy)
        seen = int(there.sum())
        if seen < SEEN * total or int((there & drawn).sum()) < STAYS * seen:
            continue
        if int((two.mask & dilate(there, c.radius + 1)).sum()) >= STAYS * int(two.mask.sum()):
            shown = int((there & dilate(two.mask, c.radius)).sum())
            return (float(dx), float(dy)) if shown >= SEEN * seen else None
    return None


def _piece(c: Comparison, event: Event, ground: NDArray[np.float32]) -> Event:
    """What opens or closes a gap, as what an element has lost or got there; others as they are."""
    opens = event.what == "extra"
    if event.lab is None or event.mask is None or not (opens or event.what == "missing"):
        return event
    layers = c.a if opens else c.b
    counts = np.bincount(layers.labels[event.mask])
    region = layers.regions[int(counts.argmax())]
    of_ground = float(np.linalg.norm(event.lab - ground)) < GROUND_GAP
    if not of_ground or region.grounded or int(counts.max()) < MOSTLY * int(counts.sum()):
        return event
    box = event.box or event.other
    if opens:
        own = region.index
        return replace(event, what="missing", lab=region.lab, box=box, other=None, region=own)
    return replace(event, what="extra", lab=region.lab, box=None, other=box)


def _between(a: Box, b: Box) -> float:
    """The distance of the middles; none while the boxes share a pixel."""
    apart = max(a[0], b[0]) >= min(a[2], b[2]) or max(a[1], b[1]) >= min(a[3], b[3])
    return math.dist(centre(a), centre(b)) if apart else 0.0


def _further_pieces(one: Event, best: Event, events: list[Event]) -> list[Event]:
    """More extra pieces of that colour, as long as they make up for what is gone."""
    total, found = best.pixels, []
    others = [e for e in events if e.what == "extra" and e is not best and _one_colour(one, e)]
    for event in sorted(others, key=lambda e: -e.pixels):
        if abs(math.log((total + event.pixels) / one.pixels)) < abs(math.log(total / one.pixels)):
            total += event.pixels
            found.append(event)
    return found


def _mask_of(group: list[Event]) -> Mask:
    masks = [e.mask for e in group if e.mask is not None]
    return np.asarray(np.logical_or.reduce(masks))


def _one_colour(one: Event, two: Event) -> bool:
    if one.lab is None or two.lab is None:
        return False
    return float(np.linalg.norm(one.lab - two.lab)) < LIKE_COLOUR


def _merged(group: list[Event]) -> Event:
    largest = max(group, key=lambda e: e.pixels)
    gone = sum(e.pixels for e in group if e.what == "missing")
    new = sum(e.pixels for e in group if e.what == "extra")
    other = sum(e.pixels for e in group if e.what not in ("missing", "extra"))
    what: What = "reshape"
    change = ELSEWHERE
    if gone > 3 * (new + other):
        what, change = "missing", "not drawn in the candidate"
    elif new > 3 * (gone + other):
        what, change = "extra", "drawn in the candidate only"
    elif largest.what not in ("missing", "extra", "stroke") and largest.pixels > new + gone:
        what, change = largest.what, largest.change
    boxes = [e.box for e in group if e.box and (what != "missing" or e.what == "missing")]
    others = [e.other for e in group if e.other and (what != "extra" or e.what == "extra")]
    return Event(
        what,
        largest.subject,
        change,
        union(boxes) if boxes and what != "extra" else None,
        union(others) if others and what != "missing" else None,
        sum(e.pixels for e in group),
        largest.vector,
        lab=largest.lab,
        mask=_mask_of(group),
    )
