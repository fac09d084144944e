"""What the regions do not explain: parts of connected drawings.

In an icon of one colour everything that touches is one region, so a missing stroke is a part of a
region. Differing pixels are sorted by where something is drawn (only in the reference, only in the
candidate, in both) and grouped into patches. A patch as thick as the stroke it belongs to is a
piece that is missing or extra; thin rims along the outlines are another stroke width; pieces
missing here and extra there are one piece that moved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.judges.svg_events import Event, What, union
from visual_erm.judges.svg_match import LIKE_COLOUR, Comparison, dilate
from visual_erm.judges.svg_regions import GROUND_GAP, Layers, Region
from visual_erm.judges.svg_words import colour_name, hex_colour, shape_name
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

JOIN = 0.03
"""Patches closer than this share of the longer side belong together."""
FULL = 0.6
"""Thickness, as a share of the stroke's, from which a patch is a piece and no rim."""
NEAR = 0.025
"""Pieces of one colour closer than this share of the longer side are one change."""
NEAR_SIDE = 0.08
"""The same for pieces that are all extra: a copy over a drawing of its colour shows in bits."""
SMALL_PIECE = 0.25
"""A touching piece of another colour is a part of the change when it is no larger than this."""
CRUMB, CRUMB_OF_LARGEST = 1.5e-3, 0.03
"""Shares of the picture, and of the largest change, below both of which a piece is dropped."""
TINY = 1.5e-3
"""Share of the picture below which a change inside a larger one is its consequence."""
ONE_SIDED = 5.0
"""A patch is missing (or extra) when it has this many times more of that than of the other."""
STROKE_SHARE = 0.11
"""A drawing no thicker than this share of the longer side is made of strokes."""
LARGEST_GAP = 0.01
"""Share of the picture that one gap of a dashed line covers at most."""
ALONG = 0.7
"""Share of the outlines along which rims must run for the stroke width to be what changed."""


@dataclass
class _Patch:
    box: Box
    missing: int
    """Pixels drawn in the reference only."""
    extra: int
    both: int
    """Drawn in both, in different colours."""
    rim: bool
    mask: Mask
    """Cropped to the box."""
    thickness: float
    """Of the drawing at this place, pixels."""

    @property
    def pixels(self) -> int:
        return self.missing + self.extra + self.both

    @property
    def side(self) -> str:
        """One of: missing, extra, mixed."""
        if self.both > 0.5 * self.pixels:
            return "mixed"
        if self.missing > ONE_SIDED * (self.extra + self.both):
            return "missing"
        return "extra" if self.extra > ONE_SIDED * (self.missing + self.both) else "mixed"


def residue(c: Comparison) -> None:
    """Explain the rest."""
    if int(c.differs.sum()) < c.floor:
        return
    drawn_a, drawn_b = c.drawn(c.a), c.drawn(c.b)
    _dashes(c, drawn_a, drawn_b)
    patches = _patches(c, drawn_a, drawn_b)
    if not patches:
        return
    patches = _stroke_width(c, patches, drawn_a)
    patches = _moves(c, patches)
    for patch in patches:
        _single(c, patch)


def _patches(c: Comparison, drawn_a: Mask, drawn_b: Mask) -> list[_Patch]:
    width = max(1, round(JOIN * c.side / 2))
    count, joined, stats, _ = cv2.connectedComponentsWithStats(
        dilate(c.differs, width).astype(np.uint8), connectivity=8
    )
    depth_a = cv2.distanceTransform(drawn_a.astype(np.uint8), cv2.DIST_L2, 3)
    depth_b = cv2.distanceTransform(drawn_b.astype(np.uint8), cv2.DIST_L2, 3)
    found = []
    for number in range(1, count):
        x, y, w, h = (int(v) for v in stats[number, :4])
        view = (slice(y, y + h), slice(x, x + w))
        mask = c.differs[view] & (joined[view] == number)
        if int(mask.sum()) < c.floor:
            continue
        a, b = drawn_a[view], drawn_b[view]
        inner = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)
        near = dilate(mask, c.radius + 1)
        # The tolerance of the comparison shaved `radius` pixels off either side of the patch.
        depth = float(inner.max()) + c.radius
        stroke = max(float(depth_a[view][near].max()), float(depth_b[view][near].max()))
        ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        left, top, right, bottom = int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1
        found.append(
            _Patch(
                (x + left, y + top, x + right, y + bottom),
                int((mask & a & ~b).sum()),
                int((mask & b & ~a).sum()),
                int((mask & ~(a ^ b)).sum()),
                depth < FULL * stroke,
                mask[top:bottom, left:right],
                2 * stroke,
            )
        )
    return found


def _stroke_width(c: Comparison, patches: list[_Patch], drawn: Mask) -> list[_Patch]:
    """Rims on one side of the outlines, everywhere: the strokes are thinner or thicker."""
    for side, word in (("missing", "thinner"), ("extra", "thicker")):
        rims = [p for p in patches if p.rim and p.side == side]
        if not rims:
            continue
        edge = drawn & ~_eroded(drawn)
        touched = np.zeros(drawn.shape, bool)
        for patch in rims:
            x0, y0, x1, y1 = patch.box
            touched[y0:y1, x0:x1] |= patch.mask
        reach = dilate(touched, 3 * c.radius + 2)
        box = union([p.box for p in rims])
        local = edge[box[1] : box[3], box[0] : box[2]]
        along = (local & reach[box[1] : box[3], box[0] : box[2]]).sum() / max(1, local.sum())
        if along < ALONG:
            continue
        c.events.append(
            Event(
                "stroke",
                f"{_colour(c, rims)} outlines",
                f"stroke width differs: {word} in the candidate",
                box,
                box,
                sum(p.pixels for p in rims),
            )
        )
        patches = [p for p in patches if p not in rims]
    return patches


def _eroded(mask: Mask) -> Mask:
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _dashes(c: Comparison, drawn_a: Mask, drawn_b: Mask) -> None:
    """Several equal gaps in a stroke: it became dashed (or dashes became a line)."""
    for mask, word in (
        (c.differs & drawn_a & ~drawn_b, "dashed"),
        (c.differs & drawn_b & ~drawn_a, "solid"),
    ):
        count, parts, stats, centres = cv2.connectedComponentsWithStats(
            mask.astype(np.uint8), connectivity=8
        )
        areas = stats[:, cv2.CC_STAT_AREA]
        gaps = [k for k in range(1, count) if c.floor / 3 < areas[k] < LARGEST_GAP * mask.size]
        if len(gaps) < 3:
            continue
        typical = float(np.median(areas[gaps]))
        gaps = [k for k in gaps if 0.5 * typical < areas[k] < 1.8 * typical]
        if len(gaps) < 3 or areas[gaps].sum() < 0.7 * mask.sum():
            continue
        steps = _steps(centres[gaps])
        if steps.max() > 1.8 * steps.min() or steps.max() > 8 * math.sqrt(typical):
            continue
        found = np.isin(parts, gaps)
        boxes = [
            (int(x), int(y), int(x + w), int(y + h)) for x, y, w, h in stats[gaps, :4].tolist()
        ]
        box = union(boxes)
        region = _most_common(c.a if word == "dashed" else c.b, found)
        c.events.append(
            Event(
                "stroke",
                f"{colour_name(region.rgb)} line",
                f"stroke is {word} in the candidate",
                box,
                box,
                int(found.sum()),
            )
        )
        # Bits of gaps at joints are too small to be gaps of their own.
        view = (slice(box[1], box[3]), slice(box[0], box[2]))
        found[view] |= mask[view]
        c.explain(found, 2 * c.radius + 2)


def _steps(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of each gap to the nearest other one."""
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart.min(axis=1))


def _most_common(layers: Layers, mask: Mask) -> Region:
    return layers.regions[int(np.bincount(layers.labels[mask]).argmax())]


def _moves(c: Comparison, patches: list[_Patch]) -> list[_Patch]:
    """A missing and an extra piece of about one size and form: the piece moved or turned."""
    gone = [p for p in patches if p.side == "missing"]
    new = [p for p in patches if p.side == "extra"]
    rest = list(patches)
    for one in sorted(gone, key=lambda p: -p.pixels):
        best, least = None, 0.6
        for two in new:
            ratio = abs(math.log(two.pixels / one.pixels))
            way = math.dist(_middle(one.box), _middle(two.box)) / c.side
            value = 0.5 * ratio + way
            if ratio < 0.6 and value < least:
                best, least = two, value
        if best is None:
            continue
        new.remove(best)
        rest = [p for p in rest if p is not one and p is not best]
        dx, dy = (v - u for u, v in zip(_middle(one.box), _middle(best.box), strict=True))
        c.events.append(
            Event(
                "move",
                _name(c, one),
                f"in another place or position, off by ({dx:.0f}, {dy:.0f}) px",
                one.box,
                best.box,
                one.pixels,
                (dx, dy),
                lab=_owner(c, one).lab,
                mask=_spread(c, one) | _spread(c, best),
            )
        )
    return rest


def _single(c: Comparison, patch: _Patch) -> None:
    side = patch.side
    strokes = patch.thickness < STROKE_SHARE * c.side
    what: What
    gap = 0.0
    if side == "mixed" and patch.both > 0.6 * patch.pixels and not patch.rim:
        was, now = _region_at(c.a, patch), _region_at(c.b, patch)
        gap = float(np.linalg.norm(was.lab - now.lab))
        if was.grounded or now.grounded:
            what, change = "reshape", "outline differs"
        elif _new_colour(c, now):
            what = "recolour"
            change = f"colour {hex_colour(was.rgb)} -> {hex_colour(now.rgb)}"
        else:
            what, change = "order", "other elements in front"
    elif side == "mixed" or patch.rim or (side == "missing" and not strokes):
        what, change = "reshape", "outline differs"
    else:
        what = "missing" if side == "missing" else "extra"
        gone = what == "missing"
        change = "not drawn in the candidate" if gone else "drawn in the candidate only"
    c.events.append(
        Event(
            what,
            _name(c, patch),
            change,
            None if what == "extra" else patch.box,
            None if what == "missing" else patch.box,
            patch.pixels,
            gap=gap,
            lab=_owner(c, patch).lab,
            mask=None if what == "recolour" else _spread(c, patch),
        )
    )


def _new_colour(c: Comparison, region: Region) -> bool:
    """Whether the reference has no such colour anywhere."""
    return not any(
        other.area >= c.a.dust and float(np.linalg.norm(other.lab - region.lab)) < LIKE_COLOUR
        for other in c.a.regions
    )


def _region_at(layers: Layers, patch: _Patch) -> Region:
    """The region that most of the patch belongs to."""
    x0, y0, x1, y1 = patch.box
    labels = layers.labels[y0:y1, x0:x1][patch.mask]
    return layers.regions[int(np.bincount(labels).argmax())]


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _name(c: Comparison, patch: _Patch) -> str:
    return f"{_colour(c, [patch])} {shape_name(patch.mask)}"


def _colour(c: Comparison, patches: list[_Patch]) -> str:
    """The colour drawn there, from the picture in which something is drawn."""
    region = _owner(c, max(patches, key=lambda p: p.pixels))
    return f"{colour_name(region.rgb)} ({hex_colour(region.rgb)})"


def _owner(c: Comparison, patch: _Patch) -> Region:
    return _region_at(c.b if patch.extra > patch.missing else c.a, patch)


def _spread(c: Comparison, patch: _Patch) -> Mask:
    """The patch on the whole grid."""
    whole = np.zeros(c.differs.shape, bool)
    x0, y0, x1, y1 = patch.box
    whole[y0:y1, x0:x1] = patch.mask
    return whole


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
            area = dilate(_mask_of(group), near)
            far = dilate(area, wide - near)
            for event in list(loose):
                one_side = first.what == event.what == "extra"
                within = far if one_side and _one_colour(first, event) else area
                if _belongs(first, event, ground) and bool((within & _mask_of([event])).any()):
                    group.append(event)
                    loose = [e for e in loose if e is not event]
                    grew = True
        merged.append(first if len(group) == 1 else _merged(group))
    c.events = _without_crumbs(kept + _moved_pairs(c, merged), c.differs.size)


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
    width = min(box[2], outer[2]) - max(box[0], outer[0])
    height = min(box[3], outer[3]) - max(box[1], outer[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return width > 0 and height > 0 and width * height >= 0.8 * area


def _belongs(first: Event, event: Event, ground: NDArray[np.float32]) -> bool:
    if _one_colour(first, event) or event.pixels < SMALL_PIECE * first.pixels:
        return True
    return event.lab is not None and float(np.linalg.norm(event.lab - ground)) < GROUND_GAP


def _moved_pairs(c: Comparison, events: list[Event]) -> list[Event]:
    """Something gone and something new, of one colour and about one size: it changed its place."""
    gone = sorted((e for e in events if e.what == "missing"), key=lambda e: -e.pixels)
    kept = list(events)
    for one in gone:
        best, least = None, 0.45
        for two in kept:
            if two.what != "extra" or not _one_colour(one, two) or not one.box or not two.other:
                continue
            ratio = abs(math.log(two.pixels / one.pixels))
            value = _between(one.box, two.other) / c.side + 0.3 * ratio
            if value < least:
                best, least = two, value
        if best is not None:
            group = [one, best, *_further_pieces(one, best, kept)]
            kept = [e for e in kept if not any(e is member for member in group)]
            kept.append(_merged(group))
    return kept


def _between(a: Box, b: Box) -> float:
    """The distance of the middles; none while the boxes share a pixel."""
    apart = max(a[0], b[0]) >= min(a[2], b[2]) or max(a[1], b[1]) >= min(a[3], b[3])
    return math.dist(_middle(a), _middle(b)) if apart else 0.0


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
    change = "drawn with another outline or in another place"
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
