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

from visual_erm.judges.svg_events import Event, What, grown, union
from visual_erm.judges.svg_match import LIKE_COLOUR, Comparison, dilate, repeated
from visual_erm.judges.svg_regions import Layers, Region
from visual_erm.judges.svg_words import colour_name, hex_colour, shape_name
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

JOIN = 0.03
"""Patches closer than this share of the longer side belong together."""
FULL = 0.6
"""Thickness, as a share of the stroke's, from which a patch is a piece and no rim."""
ONE_SIDED = 5.0
"""A patch is missing (or extra) when it has this many times more of that than of the other."""
STROKE_SHARE = 0.11
"""A drawing no thicker than this share of the longer side is made of strokes."""
AROUND = 0.9
"""Share of the rim of something hollow that is drawn."""
BIT = 0.1
"""Share of a filled shape below which a piece of it is no element."""
LARGEST_GAP = 0.01
"""Share of the picture that one gap of a dashed line covers at most."""
UNEVEN = 3.0
"""How many times as wide as on average such a rim is at its widest place, at most."""
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
    """Rims on one side of the outlines, all along them: the strokes are thinner or thicker."""
    edge = drawn & ~_eroded(drawn)
    for side, word in (("missing", "thinner"), ("extra", "thicker")):
        rims = [p for p in patches if p.rim and p.side == side]
        if not rims:
            continue
        touched = np.zeros(drawn.shape, bool)
        for patch in rims:
            x0, y0, x1, y1 = patch.box
            touched[y0:y1, x0:x1] |= patch.mask
        reach = dilate(touched, 3 * c.radius + 2)
        owners = np.bincount(c.a.labels[reach & edge], minlength=len(c.a.regions)) > 0
        own = edge & owners[c.a.labels]
        if int((own & reach).sum()) < ALONG * int(own.sum()):
            continue
        if not _even(touched, own & reach):
            continue
        box = union([p.box for p in rims])
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


def _even(rim: Mask, edge: Mask) -> bool:
    """Whether a rim is about as wide everywhere; what another outline leaves open is not."""
    inside = np.pad(rim, 1).astype(np.uint8)
    widest = 2 * float(cv2.distanceTransform(inside, cv2.DIST_L2, 3).max())
    return widest <= UNEVEN * max(2.0, int(rim.sum()) / max(1, int(edge.sum())))


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
        if len(gaps) < 2:
            continue
        typical = float(np.median(areas[gaps]))
        gaps = [k for k in gaps if 0.5 * typical < areas[k] < 1.8 * typical]
        if areas[gaps].sum() < 0.7 * mask.sum():
            continue
        other = drawn_b if word == "dashed" else drawn_a
        between = sum(_between_pieces(c, parts == k, other) for k in gaps)
        if between < (2 if len(gaps) > 2 else len(gaps)):
            continue  # corners that were cut off, or small elements that are gone
        steps = _steps(centres[gaps])
        if steps.max() > 1.8 * steps.min() or steps.max() > 8 * math.sqrt(typical):
            continue
        found = np.isin(parts, gaps)
        layers = c.a if word == "dashed" else c.b
        region = _most_common(layers, found)
        if _thickness(layers, region) > STROKE_SHARE * c.side:
            continue  # no stroke: corners that were cut off are no gaps
        boxes = [
            (int(x), int(y), int(x + w), int(y + h)) for x, y, w, h in stats[gaps, :4].tolist()
        ]
        box = union(boxes)
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


def _between_pieces(c: Comparison, gap: Mask, drawn: Mask) -> bool:
    """Whether the line goes on at both ends of a gap."""
    near = dilate(gap, 3 * c.radius + 2) & drawn
    count, _, stats, _ = cv2.connectedComponentsWithStats(near.astype(np.uint8), connectivity=8)
    return int((stats[1:count, cv2.CC_STAT_AREA] >= 4).sum()) >= 2


def _thickness(layers: Layers, region: Region) -> float:
    """Of a region at its thickest place, pixels."""
    inside = np.pad(layers.mask(region, region.box), 1).astype(np.uint8)
    return 2 * float(cv2.distanceTransform(inside, cv2.DIST_L2, 3).max())


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
    side, spread = patch.side, _spread(c, patch)
    strokes = patch.thickness < STROKE_SHARE * c.side and not _bit(c, patch)
    what: What
    gap, colours = 0.0, None
    if side == "mixed" and patch.both > 0.6 * patch.pixels and not patch.rim:
        was, now = _region_at(c.a, patch), _region_at(c.b, patch)
        gap = float(np.linalg.norm(was.lab - now.lab))
        if was.grounded or now.grounded:
            what, change = "reshape", "outline differs"
        elif _new_colour(c, now):
            what, colours = "recolour", (was.rgb, now.rgb)
            change = f"colour {hex_colour(was.rgb)} -> {hex_colour(now.rgb)}"
        else:
            what, change = "order", "other elements in front"
    elif side == "missing" and not patch.rim and _hollow(c, patch, spread):
        what, change = "stroke", "only an outline, not filled, in the candidate"
    elif side == "extra" and patch.rim and repeated(c, spread):
        what, change = "extra", "drawn in the candidate only"
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
            colours=colours,
            lab=_owner(c, patch).lab,
            region=_owned(c, patch),
            mask=None if what == "recolour" else spread,
        )
    )


def _hollow(c: Comparison, patch: _Patch, spread: Mask) -> bool:
    """Whether the patch is the inside of something whose edge is still drawn all around."""
    box = grown(patch.box, 3 * c.radius, c.differs.shape)
    view = (slice(box[1], box[3]), slice(box[0], box[2]))
    inside = spread[view]
    rim = dilate(inside, 3 * c.radius) & ~dilate(inside, c.radius)
    colour = _region_at(c.a, patch).lab
    alike = [float(np.linalg.norm(r.lab - colour)) < LIKE_COLOUR for r in c.b.regions]
    drawn = np.array(alike, bool)[c.b.labels[view]]
    return int((rim & drawn).sum()) > AROUND * int(rim.sum())


def _bit(c: Comparison, patch: _Patch) -> bool:
    """Whether a patch is a small bit of a filled shape, such as its corner."""
    owner = _region_at(c.a, patch)
    filled = _thickness(c.a, owner) > STROKE_SHARE * c.side
    return filled and patch.pixels < BIT * owner.area


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


def _owned(c: Comparison, patch: _Patch) -> int | None:
    """The reference's region that the patch takes from or adds to; None beside none."""
    box = grown(patch.box, 2 * c.radius + 1, c.differs.shape)
    view = (slice(box[1], box[3]), slice(box[0], box[2]))
    colour = _owner(c, patch).lab
    counts = np.bincount(c.a.labels[view].ravel(), minlength=len(c.a.regions))
    beside = [
        i
        for i in np.flatnonzero(counts).tolist()
        if float(np.linalg.norm(c.a.regions[i].lab - colour)) < LIKE_COLOUR
        and not c.a.regions[i].grounded
    ]
    return max(beside, key=lambda i: int(counts[i]), default=None)


def _spread(c: Comparison, patch: _Patch) -> Mask:
    """The patch on the whole grid."""
    whole = np.zeros(c.differs.shape, bool)
    x0, y0, x1, y1 = patch.box
    whole[y0:y1, x0:x1] = patch.mask
    return whole
