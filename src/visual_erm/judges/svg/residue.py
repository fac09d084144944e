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

from visual_erm import align
from visual_erm.align import centre, components
from visual_erm.judges.svg.events import Event, What, grown, union
from visual_erm.judges.svg.match import LIKE_COLOUR, Comparison, dilate, overlap_boxes
from visual_erm.judges.svg.regions import Layers, Region, depth_of, widest
from visual_erm.judges.svg.repeats import repeated
from visual_erm.judges.svg.words import colour_name, hex_colour, shape_name
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.svg.regions import Depths

    Mask = NDArray[np.bool_]

JOIN = 0.03
"""Patches closer than this share of the longer side belong together."""
FULL = 0.6
"""Thickness, as a share of the stroke's, from which a patch is a piece and no rim."""
ONE_SIDED = 5.0
"""A patch is missing (or extra) when it has this many times more of that than of the other."""
BLENDED = 0.6
"""Share of a patch that smoothed edges make up, at most, for it to be missing or extra."""
STROKE_SHARE = 0.11
"""A drawing no thicker than this share of the longer side is made of strokes."""
AROUND = 0.9
"""Share of the rim of something hollow that is drawn."""
BIT = 0.1
"""Share of a filled shape below which a piece of it is no element."""
LARGEST_GAP = 0.02
"""Share of the picture that one gap of a dashed line covers at most."""
ALONG = 0.7
"""Share of the middle of strokes that lies deeper for their width to be what changed."""
LONG = 8.0
"""How many times as long as wide a thin line is at least."""
APART = 0.08
"""Share of the longer side within which nothing else differs where a single stroke does."""
END = 0.55
"""Share of the square of a stroke's width that its end or corner covers at most."""
BEYOND, THICKER = 2.0, 1.5
"""How far from its end a stroke is looked at, and how thick it and what it joins are there at most,
as multiples of its width."""
MIDDLE, DEEPER = 1.5, 1.5
"""How many times as long as wide the middle of a stroke of another width is at least, and pixels by
which it lies deeper in the other picture."""
HAIR = 5
"""Pixels that a line is wide at most whose sides both pictures show alike."""
HAIR_WIDTH, INK = 2.0, 16
"""Pixels that what differs of a line is wide at most where it may be smoothed otherwise only; grey
levels, averaged over `HAIR` pixels, from which another amount of ink is there."""
PALER = 0.9
"""Share of such a line's pixels that are lighter, or darker, for the line itself to be."""
COVERS, NO_CHANCE = 0.9, 0.12
"""Share of a patch that has one colour, and had others, where something came over elements; and of
all that differs in the patch: where a drawing was made anew some outlines are alike by chance."""

OTHER_LINE = "the line is paler, darker or not drawn in the candidate"
OTHER_ENDS = "ends or corners of the line differ: round in one, sharp in the other"


@dataclass(eq=False)  # each is itself alone; masks have no one answer to being equal
class _Patch:
    box: Box
    missing: int
    """Pixels drawn in the reference only."""
    extra: int
    both: int
    """Drawn in both, or in neither."""
    blended: int
    """Of these, pixels of one colour in both: smoothed edges."""
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
        return self._side(self.both)

    @property
    def edge_side(self) -> str:
        """The same, when smoothed edges say nothing: of what may be no wider than they are."""
        if self.blended > BLENDED * self.pixels:
            return "mixed"
        return self._side(self.both - self.blended)

    def _side(self, both: int) -> str:
        if both > 0.5 * self.pixels:
            return "mixed"
        if self.missing > ONE_SIDED * (self.extra + both):
            return "missing"
        return "extra" if self.extra > ONE_SIDED * (self.missing + both) else "mixed"


def residue(c: Comparison) -> None:
    """Explain the rest."""
    if int(c.differs.sum()) < c.floor:
        return
    drawn_a, drawn_b = c.drawn(c.a), c.drawn(c.b)
    _dashes(c, drawn_a, drawn_b)
    depths = depth_of(drawn_a), depth_of(drawn_b)
    patches = _patches(c, drawn_a, drawn_b, depths)
    if not patches:
        return
    patches = _stroke_width(c, patches, depths)
    patches = _stroke_ends(c, _hair_lines(c, patches), drawn_a)
    patches = _moves(c, patches)
    for patch in patches:
        _single(c, patch)


def _patches(
    c: Comparison, drawn_a: Mask, drawn_b: Mask, depths: tuple[Depths, Depths]
) -> list[_Patch]:
    width = max(1, round(JOIN * c.side / 2))
    count, joined, stats, _ = components(dilate(c.differs, width))
    colours_a, colours_b = (np.stack([r.lab for r in one.regions]) for one in (c.a, c.b))
    found = []
    for number in range(1, count):
        x, y, w, h = (int(v) for v in stats[number, :4])
        view = (slice(y, y + h), slice(x, x + w))
        mask = c.differs[view] & (joined[view] == number)
        if int(mask.sum()) < c.floor or smoothed(c, view, mask):
            continue
        a, b = drawn_a[view], drawn_b[view]
        neither = mask & ~(a ^ b)
        gaps = colours_a[c.a.labels[view][neither]] - colours_b[c.b.labels[view][neither]]
        near = dilate(mask, c.radius + 1)
        # The tolerance of the comparison shaved `radius` pixels off either side of the patch.
        depth = widest(mask) / 2 + c.radius
        stroke = max(float(of[view][near].max()) for of in depths)
        ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        left, top, right, bottom = int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1
        found.append(
            _Patch(
                (x + left, y + top, x + right, y + bottom),
                int((mask & a & ~b).sum()),
                int((mask & b & ~a).sum()),
                int(neither.sum()),
                int((np.linalg.norm(gaps, axis=1) < LIKE_COLOUR).sum()),
                depth < FULL * stroke,
                mask[top:bottom, left:right],
                2 * stroke,
            )
        )
    return found


def smoothed(c: Comparison, view: tuple[slice, slice], mask: Mask) -> bool:
    """Whether a hair line only spreads its ink over other pixels, as another smoothing does."""
    if widest(mask) > HAIR_WIDTH:
        return False
    means = (cv2.blur(of.image, (HAIR, HAIR))[view][mask].astype(int) for of in (c.a, c.b))
    return float(np.median(np.abs(np.subtract(*means)).max(axis=1))) < INK


def _stroke_width(
    c: Comparison, patches: list[_Patch], depths: tuple[Depths, Depths]
) -> list[_Patch]:
    """Strokes that are thinner or thicker about the same middle: all of them, or one of them."""
    for side, word in (("missing", "thinner"), ("extra", "thicker")):
        thin, thick = depths if side == "extra" else depths[::-1]
        ones = [p for p in patches if p.rim and p.edge_side == side]
        for group in [ones, *([p] for p in ones)] if len(ones) > 1 else [[p] for p in ones]:
            if any(p not in patches for p in group):
                continue
            touched = np.asarray(np.logical_or.reduce([_spread(c, p) for p in group]))
            if not _about_middle(c, touched, thin, thick):
                continue
            patches = [p for p in patches if p not in group]
            box, lab = union([p.box for p in group]), _owner(c, group[0]).lab
            change = f"stroke width differs: {word} in the candidate"
            name, pixels = f"{_colour(c, group)} line", sum(p.pixels for p in group)
            c.events.append(Event("stroke", name, change, box, box, pixels, lab=lab))
    return patches


def _about_middle(c: Comparison, mask: Mask, thin: Depths, thick: Depths) -> bool:
    """Whether the middle of the strokes at a place lies deeper in the other picture.

    What a stroke gains on one side alone, or beyond its end, leaves its middle as deep as it was.
    """
    reach = round(STROKE_SHARE * c.side / 2)
    box = align.bounds(mask)
    if box is None:
        return False
    x0, y0, x1, y1 = grown(box, reach + 2 * c.radius, mask.shape)
    view = (slice(y0, y1), slice(x0, x1))
    low, high = thin[view], thick[view]
    middle = (low >= 1.5) & (low >= cv2.dilate(low, np.ones((3, 3), np.uint8)))
    away = cv2.distanceTransform((~mask[view]).astype(np.uint8), cv2.DIST_L2, 3)
    near = middle & (away <= low + 2 * c.radius + 1)
    count = int(near.sum())
    if not count:
        return False
    width = 2 * float(np.median(low[near]))
    if width > STROKE_SHARE * c.side or count < MIDDLE * width:
        return False
    return float((high[near] >= low[near] + DEEPER).mean()) >= ALONG


def _alone(c: Comparison, group: list[_Patch], patches: list[_Patch]) -> bool:
    """Whether no other patch is near: what is turned or bent shows in several."""
    reach = round(APART * c.side)
    near = grown(union([p.box for p in group]), reach, c.differs.shape)
    return not any(overlap_boxes(near, p.box) for p in patches if p not in group)


def _hair_lines(c: Comparison, patches: list[_Patch]) -> list[_Patch]:
    """Thin lines that are paler, darker or gone, between sides that are as they were.

    Those of a map go on along its coast, where only one side is drawn.
    """
    lines = [p for p in patches if _hair_line(c, p)]
    for group in [lines, *([p] for p in lines)] if len(lines) > 1 else [[p] for p in lines]:
        pixels = sum(p.pixels for p in group)
        if any(p not in patches for p in group) or 2 * sum(p.both for p in group) <= pixels:
            continue
        if _alone(c, group, patches):
            box = union([p.box for p in group])
            name = _name(c, max(group, key=lambda p: p.pixels))
            c.events.append(Event("stroke", name, OTHER_LINE, box, box, pixels))
            patches = [p for p in patches if p not in group]
    return patches


def _hair_line(c: Comparison, patch: _Patch) -> bool:
    wide = widest(patch.mask)
    return wide <= HAIR and patch.pixels > LONG * wide and _one_way(c, patch)


def _one_way(c: Comparison, patch: _Patch) -> bool:
    """Whether nearly all of a patch is lighter, or darker: what moved is both, on its two sides."""
    x0, y0, x1, y1 = patch.box
    was, now = (
        layers.image[y0:y1, x0:x1][patch.mask].astype(int).sum(axis=1) for layers in (c.a, c.b)
    )
    lighter = float((now > was).mean())
    return max(lighter, 1 - lighter) >= PALER


def _stroke_ends(c: Comparison, patches: list[_Patch], drawn: Mask) -> list[_Patch]:
    """Ends and corners of strokes that are round, or no longer: nothing else of them differs."""
    ends = [p for p in patches if not p.rim and _end_like(c, p, drawn)]
    owners = [_owned(c, p) for p in ends]
    others = {_owned(c, p) for p in patches if p not in ends}
    for owner in dict.fromkeys(owners):
        group = [p for p, own in zip(ends, owners, strict=True) if own == owner]
        if owner is None or owner in others:
            continue
        box = union([p.box for p in group])
        pixels = sum(p.pixels for p in group)
        c.events.append(Event("stroke", _name(c, group[0]), OTHER_ENDS, box, box, pixels))
        patches = [p for p in patches if p not in group]
    return patches


def _end_like(c: Comparison, patch: _Patch, drawn: Mask) -> bool:
    """Whether a patch is as small as the end of a stroke, and at a stroke: no thicker beyond it."""
    wide = patch.thickness
    if wide > STROKE_SHARE * c.side or patch.edge_side == "mixed":
        return False
    if patch.pixels >= END * wide**2:
        return False
    x0, y0, x1, y1 = grown(patch.box, round(BEYOND * wide), drawn.shape)
    return widest(drawn[y0:y1, x0:x1]) <= THICKER * wide


def _dashes(c: Comparison, drawn_a: Mask, drawn_b: Mask) -> None:
    """Several equal gaps in a stroke: it became dashed (or dashes became a line)."""
    for mask, word in (
        (c.differs & drawn_a & ~drawn_b, "dashed"),
        (c.differs & drawn_b & ~drawn_a, "solid"),
    ):
        count, parts, stats, centres = components(mask)
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
        layers, drawn = (c.a, drawn_a) if word == "dashed" else (c.b, drawn_b)
        region = _most_common(layers, found)
        if 2 * float(np.percentile(depth_of(drawn)[found], 90)) > STROKE_SHARE * c.side:
            continue  # no stroke, but for its joints: corners that were cut off are no gaps
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
        # Bits of gaps at joints are too small to be gaps of their own, wherever the line goes on.
        view = (slice(box[1], box[3]), slice(box[0], box[2]))
        found[view] |= mask[view]
        bits = [k for k in range(1, count) if c.floor / 3 < areas[k] < typical and k not in gaps]
        found |= np.isin(parts, [k for k in bits if _between_pieces(c, parts == k, other)])
        c.explain(found, 2 * c.radius + 2)


def _between_pieces(c: Comparison, gap: Mask, drawn: Mask) -> bool:
    """Whether the line goes on at both ends of a gap."""
    near = dilate(gap, 3 * c.radius + 2) & drawn
    count, _, stats, _ = components(near)
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
            way = math.dist(centre(one.box), centre(two.box)) / c.side
            value = 0.5 * ratio + way
            if ratio < 0.6 and value < least:
                best, least = two, value
        if best is None:
            continue
        new.remove(best)
        rest = [p for p in rest if p is not one and p is not best]
        dx, dy = (v - u for u, v in zip(centre(one.box), centre(best.box), strict=True))
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
    gap, colours, lab = 0.0, None, _owner(c, patch).lab
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
    elif side == "mixed" and _came(c, patch, spread) and repeated(c, spread, in_a_row=False):
        what, change, lab = "extra", "drawn in the candidate only", _region_at(c.b, patch).lab
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
            lab=lab,
            region=_owned(c, patch),
            mask=None if what == "recolour" else spread,
        )
    )


def _came(c: Comparison, patch: _Patch, spread: Mask) -> bool:
    """Whether one colour lies now where others were seen: something came over other elements."""
    if patch.pixels < NO_CHANCE * int(c.differs.sum()):
        return False
    now = _region_at(c.b, patch)
    was, covered = (int((spread & of.coloured(now.lab, LIKE_COLOUR)).sum()) for of in (c.a, c.b))
    return not now.grounded and min(covered, patch.pixels - was) >= COVERS * patch.pixels


def _hollow(c: Comparison, patch: _Patch, spread: Mask) -> bool:
    """Whether the patch is the inside of something whose edge is still drawn all around."""
    box = grown(patch.box, 3 * c.radius, c.differs.shape)
    view = (slice(box[1], box[3]), slice(box[0], box[2]))
    inside = spread[view]
    rim = dilate(inside, 3 * c.radius) & ~dilate(inside, c.radius)
    colour = _region_at(c.a, patch).lab
    drawn = c.b.alike(colour, LIKE_COLOUR)[c.b.labels[view]]
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
