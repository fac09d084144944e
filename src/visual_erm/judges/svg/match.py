"""Account for the differences of two segmented pictures, region by region.

Causes are looked for from the surest to the vaguest, and each one explains the pixels that it
concerns, so that its consequences are not reported again:

1. same place and shape: unchanged, or another colour
2. same colour, another place, size or angle (`fits`)
3. regions that are gone or new altogether

What stays unexplained goes to `residue`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.judges.svg import events
from visual_erm.judges.svg.events import VIVID, Event, grown, subject, union
from visual_erm.judges.svg.palettes import recolour_groups
from visual_erm.judges.svg.regions import Layers, Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Box, Image

    Mask = NDArray[np.bool_]

FLOOR = 8e-5
"""Share of the picture's pixels that must differ before a cause is looked for."""
SAME_SHAPE = 0.012
"""Share of two regions that may stick out of each other, after tolerance, for equal shapes."""
SAME_COLOUR, SAME_COLOUR_SMALL, SAME_COLOUR_THIN = 7.0, 12.0, 26.0
"""Lab units; small regions and lines suffer more from compression and smoothing."""
SMALL = 400
FAINT = 3e-3
"""Share of the picture up to which a pale region may be a smoothed gap."""
PALE = 0.35
"""How far from the ground its colour is at most, as a share of the stroke's."""
BESIDE = 0.3
"""Share of a region's size that a neighbour has at least which was drawn on over it."""
TRACE = 3
"""Grey levels by which a trace of an element stands out from the ground."""
AROUND = 0.3
"""Share of what surrounds a place from which its colour goes on there."""
LIKE_COLOUR = 14.0
"""Lab units within which two regions in different places may be the same element."""
GONE = 0.6
"""Share of a region that must differ for it to be gone or new."""
EDGE = 40
"""Grey levels of a step between two colours."""
BURIED = 3
"""Regions at least that are lost under one for it to have come to the front: fewer are one element
that is gone from what it lay on."""
KNOWN = 0.75
"""Share of the outline of something new that the reference has too, from which it is another
colour."""
ELSEWHERE = "drawn with another outline or in another place"
BEHIND = "not drawn in the candidate, or behind what lies around it"
"""What is said of elements of which more cannot be told."""
CRUMB = 1.5e-3
"""Share of the picture below which a piece is a crumb of a larger change."""


@dataclass
class Comparison:
    """Two pictures on one grid, and what has been explained so far."""

    a: Layers
    b: Layers
    differs: Mask
    """Pixels that differ beyond drawing noise."""
    radius: int
    """Pixels of tolerance."""
    left: set[int] = field(default_factory=set)
    """Regions of the reference not yet accounted for."""
    right: set[int] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    seen: Mask = field(init=False)
    """Pixels that differed before anything was explained."""

    def __post_init__(self) -> None:
        self.seen = self.differs.copy()
        self.left = {r.index for r in self.a.regions if self._counts(self.a, r)}
        self.right = {r.index for r in self.b.regions if self._counts(self.b, r)}

    @staticmethod
    def _counts(layers: Layers, region: Region) -> bool:
        return region.area >= layers.dust and region.index != layers.ground

    @property
    def floor(self) -> int:
        """Pixels."""
        return max(10, round(FLOOR * self.differs.size))

    @property
    def side(self) -> int:
        """The longer side, pixels."""
        return int(max(self.differs.shape))

    def faint(self, layers: Layers, region: Region) -> bool:
        """Whether a small pale region is what smoothing leaves in a gap of a stroke."""
        if region.grounded or region.area > FAINT * self.differs.size:
            return False
        other = self.a if layers is self.b else self.b
        box = region.box
        under = other.labels[box[1] : box[3], box[0] : box[2]][layers.mask(region, box)]
        was = other.regions[int(np.bincount(under).argmax())]
        ground = layers.regions[layers.ground].lab
        contrast = float(np.linalg.norm(was.lab - ground))
        return float(np.linalg.norm(region.lab - ground)) < PALE * contrast

    def drawn(self, layers: Layers) -> Mask:
        """`(H, W)`: where something is drawn, not counting faint regions."""
        shown = [not r.grounded and not self.faint(layers, r) for r in layers.regions]
        return np.asarray(np.array(shown, bool)[layers.labels])

    def explain(self, mask: Mask, margin: int) -> None:
        """Take what lies on the mask, or within `margin` pixels of it, out of the differences."""
        self.differs &= ~dilate(mask, margin)

    @cached_property
    def outlines(self) -> tuple[Mask, Mask]:
        """`(H, W)`: where the reference has edges, and where the candidate alone has some."""
        was, now = edges(self.a.image), edges(self.b.image)
        return was, now & ~dilate(was, self.radius + 1)

    def support(self, layers: Layers, region: Region) -> int:
        """Unexplained pixels on a region."""
        box = region.box
        view = self.differs[box[1] : box[3], box[0] : box[2]]
        return int((view & layers.mask(region, box)).sum())


def dilate(mask: Mask, radius: int) -> Mask:
    """The mask grown by a square of that radius."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)


def overlap(a: Mask, b: Mask, radius: int) -> float:
    """Share of both masks that lies within `radius` of the other, in [0, 1]."""
    total = int(a.sum()) + int(b.sum())
    inside = int((a & dilate(b, radius)).sum()) + int((b & dilate(a, radius)).sum())
    return inside / max(1, total)


def same_places(c: Comparison) -> None:
    """Regions that kept place and shape: unchanged ones are done, others changed colour."""
    partner = _partners(c)
    found: list[Event] = []
    for region in sorted((c.a.regions[i] for i in c.left), key=lambda r: -r.area):
        other = partner.get(region.index)
        if other is None or other.index not in c.right:
            continue
        gap = float(np.linalg.norm(region.lab - other.lab))
        limit = _limit(region, other)
        quiet = c.support(c.a, region) + c.support(c.b, other) < 4
        if quiet and (gap < limit or _blended(c, region, other)):
            c.left.discard(region.index)
            c.right.discard(other.index)
            continue
        box = grown(union([region.box, other.box]), 3 * c.radius, c.differs.shape)
        one, two = c.a.mask(region, box), c.b.mask(other, box)
        apart = 1 - overlap(one, two, c.radius)
        same = apart * (region.area + other.area) <= max(
            14, SAME_SHAPE * (region.area + other.area)
        )
        if same and gap < limit:
            c.left.discard(region.index)
            c.right.discard(other.index)
        elif gap >= limit and (same or (apart < 0.45 and not region.grounded)):
            covered = int((one & two).sum()) >= 0.7 * region.area
            if other.grounded or not (same or covered) or (region.grounded and not same):
                continue
            if _under_another(c, region, other):
                c.events.append(_behind(c, region))
            else:
                found.append(events.recolour(c.a, region, other, gap))
            whole = np.zeros(c.differs.shape, bool)
            whole[box[1] : box[3], box[0] : box[2]] = one & two if not same else one | two
            c.explain(whole, 2 * c.radius)
            c.left.discard(region.index)
            c.right.discard(other.index)
    c.events += recolour_groups(found, c)


def _blended(c: Comparison, region: Region, other: Region) -> bool:
    """Whether something small or thin shows no difference: its colour only runs into others.

    Compression spreads colours, not brightness, and smoothing both, over as many pixels as such a
    thing has. Another colour of its own would be seen.
    """
    if not (region.thin or other.thin or min(region.area, other.area) < SMALL):
        return False
    return not (c.seen & (c.a.mask(region) | c.b.mask(other))).any()


def _under_another(c: Comparison, region: Region, other: Region) -> bool:
    """Whether what lies in a region's place is its neighbour, drawn on over it."""
    if region.grounded:
        return False
    around = np.bincount(c.a.labels[c.b.mask(other)], minlength=len(c.a.regions))
    around[region.index] = 0
    kept = int(around[c.a.alike(other.lab, SAME_COLOUR)].sum())
    return kept >= max(c.floor, BESIDE * region.area)


def _behind(c: Comparison, region: Region) -> Event:
    name = subject(c.a, region)
    return Event("order", name, BEHIND, region.box, region.box, region.area)


def _limit(region: Region, other: Region) -> float:
    if region.thin or other.thin:
        return SAME_COLOUR_THIN
    return SAME_COLOUR_SMALL if min(region.area, other.area) < SMALL else SAME_COLOUR


def _partners(c: Comparison) -> dict[int, Region]:
    """For each region of the reference, the candidate's region that covers most of it."""
    count = len(c.b.regions)
    joint = c.a.labels.astype(np.int64) * count + c.b.labels
    keys, sizes = np.unique(joint, return_counts=True)
    best: dict[int, tuple[int, int]] = {}
    for key, size in zip(keys.tolist(), sizes.tolist(), strict=True):
        i, j = divmod(key, count)
        if j == c.b.ground:
            continue
        if size > best.get(i, (0, 0))[0]:
            best[i] = (size, j)
    return {i: c.b.regions[j] for i, (size, j) in best.items() if size >= 0.3 * c.a.regions[i].area}


def edges(image: Image) -> Mask:
    """`(H, W)`: pixels on either side of a step."""
    found = np.zeros(image.shape[:2], bool)
    down = np.abs(np.diff(image.astype(np.int16), axis=0)).max(axis=2) > EDGE
    across = np.abs(np.diff(image.astype(np.int16), axis=1)).max(axis=2) > EDGE
    found[:-1] |= down
    found[1:] |= down
    found[:, :-1] |= across
    found[:, 1:] |= across
    return found


def overlap_boxes(a: Box, b: Box) -> bool:
    """Whether two boxes share a pixel."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def centre(box: tuple[int, int, int, int]) -> NDArray[np.float64]:
    """Of a box."""
    return np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])


def whole_regions(c: Comparison) -> None:
    """Regions that are gone or new; a gone and a new one of one colour close by are one change."""
    for grounded in (False, True):
        gone = wholly(c, c.a, c.left, grounded=grounded)
        new = wholly(c, c.b, c.right, grounded=grounded)
        for one, two in _replacements(c, gone, new):
            gone.remove(one)
            new.remove(two)
            dx, dy = centre(two.box) - centre(one.box)
            c.events.append(
                Event(
                    "reshape",
                    subject(c.a, one),
                    ELSEWHERE,
                    one.box,
                    two.box,
                    max(one.area, two.area),
                    (float(dx), float(dy)),
                    lab=one.lab,
                )
            )
            c.explain(c.a.mask(one) | c.b.mask(two), 2 * c.radius + 1)
        if not grounded:
            gone = _covered(c, gone)
        _report(c, c.a, gone, "missing")
        _report(c, c.b, new, "extra")


def wholly(c: Comparison, layers: Layers, indices: set[int], *, grounded: bool) -> list[Region]:
    """Regions of which hardly anything is as it was: gone, or new."""
    found = []
    for index in sorted(indices):
        region = layers.regions[index]
        support = c.support(layers, region)
        enough = support >= max(c.floor, GONE * region.area)
        if c.faint(layers, region):
            continue
        if region.grounded == grounded and enough and not (grounded and _open(layers, region)):
            found.append(region)
    return found


def _covered(c: Comparison, gone: list[Region]) -> list[Region]:
    """Several regions lost under one that the reference has too: that one came to the front."""
    under: dict[int, list[Region]] = {}
    for region in gone:
        labels = c.b.labels[c.a.mask(region)]
        cover = int(np.bincount(labels).argmax())
        if float((labels == cover).mean()) > 0.8:
            under.setdefault(cover, []).append(region)
    kept = list(gone)
    for index, lost in under.items():
        cover_region = c.b.regions[index]
        if _lost_elsewhere(gone, lost):
            continue
        known = c.support(c.b, cover_region) < GONE * cover_region.area
        if len(lost) < BURIED or cover_region.grounded or not known or not _kept_colour(c, index):
            continue
        kept = [r for r in kept if r not in lost]
        for region in lost:
            c.explain(c.a.mask(region), 2 * c.radius + 1)
        c.events.append(
            Event(
                "order",
                subject(c.b, cover_region),
                f"in front of {len(lost)} elements that the reference shows before it",
                cover_region.box,
                cover_region.box,
                sum(r.area for r in lost),
            )
        )
    return kept


def _lost_elsewhere(gone: list[Region], lost: list[Region]) -> bool:
    """Whether more is gone in the colour of what is lost under one: parts of one element are."""
    others = [region for region in gone if region not in lost]
    return any(float(np.linalg.norm(r.lab - o.lab)) < SAME_COLOUR for r in lost for o in others)


def _kept_colour(c: Comparison, index: int) -> bool:
    """Whether the reference shows the candidate's region in its colour too, somewhere in it.

    Where colours changed, neighbours may have become one region without any coming to the front.
    """
    colour = c.b.regions[index].lab
    under = np.unique(c.a.labels[c.b.labels == index]).tolist()
    gaps = [float(np.linalg.norm(c.a.regions[i].lab - colour)) for i in under]
    return min(gaps) < LIKE_COLOUR


def _open(layers: Layers, region: Region) -> bool:
    """Whether a patch of the ground's colour borders on the ground itself: a gap, no element."""
    box = grown(region.box, 2, layers.labels.shape)
    rim = dilate(layers.mask(region, box), 2) & ~layers.mask(region, box)
    view = layers.labels[box[1] : box[3], box[0] : box[2]][rim]
    return bool((view == layers.ground).mean() > 0.1) if view.size else True


def _replacements(
    c: Comparison, gone: list[Region], new: list[Region]
) -> list[tuple[Region, Region]]:
    found = []
    free = list(new)
    for one in sorted(gone, key=lambda r: -r.area):
        best, least = None, 0.3
        for two in free:
            gap = float(np.linalg.norm(one.lab - two.lab))
            way = float(np.hypot(*(centre(one.box) - centre(two.box)))) / c.side
            ratio = abs(math.log(two.area / one.area))
            value = way + 0.1 * ratio
            if gap < LIKE_COLOUR and ratio < 1.4 and value < least:
                best, least = two, value
        if best is not None:
            free.remove(best)
            found.append((one, best))
    return found


def _report(c: Comparison, layers: Layers, regions: list[Region], what: events.What) -> None:
    """One event for each cluster of touching regions; what has a colour of its own is one too."""
    own = [r for r in regions if what == "extra" and in_new_colour(c, r.lab, r.area)]
    rest = [r for r in regions if r not in own]
    for cluster in _clusters(layers, own, c.radius) + _clusters(layers, rest, c.radius):
        largest = max(cluster, key=lambda r: r.area)
        box = union([r.box for r in cluster])
        area = sum(r.area for r in cluster)
        mask = np.zeros(c.differs.shape, bool)
        for region in cluster:
            mask |= layers.mask(region)
        if int((c.differs & mask).sum()) < c.floor:
            continue
        gone = what == "missing"
        change = "not drawn in the candidate" if gone else "drawn in the candidate only"
        name = subject(layers, largest)
        if len(cluster) > 1:
            name += f" with {len(cluster) - 1} more parts"
        if _part_recoloured(c, layers, cluster, largest, mask, gone=gone):
            continue
        if gone and _nearly_gone(c, largest, mask):
            continue
        c.events.append(
            Event(
                what,
                name,
                change,
                box if gone else None,
                None if gone else box,
                area,
                lab=largest.lab,
                mask=mask,
            )
        )
        c.explain(mask, 2 * c.radius + 1)


def in_new_colour(c: Comparison, lab: NDArray[np.float32], pixels: int) -> bool:
    """Whether something is large enough to be seen, in a colour that the reference has nowhere."""
    if pixels < CRUMB * c.differs.size:
        return False
    shown = (r for r in c.a.regions if r.area >= c.a.dust)
    return all(float(np.linalg.norm(r.lab - lab)) >= LIKE_COLOUR for r in shown)


def _nearly_gone(c: Comparison, region: Region, mask: Mask) -> bool:
    """A region of which a trace is left, as pale as the ground but for it: it has faded."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if int(inner.sum()) < c.floor or region.grounded:
        return False
    left = c.b.image[inner].astype(float)
    ground = np.array(c.a.regions[c.a.ground].rgb, float)
    trace = np.median(left, axis=0)
    even = float((np.abs(left - trace).max(axis=1) <= 2).mean())
    way = ground - np.array(region.rgb, float)
    share = float((trace - region.rgb) @ way / max(1.0, way @ way))
    off = np.abs(np.array(region.rgb) + share * way - trace).max()
    if even < 0.8 or np.abs(trace - ground).max() < TRACE or share < 0.3 or off > 2 * TRACE:
        return False
    if _goes_on(c, mask, trace):
        return False
    change = f"nearly as pale as the ground (as with opacity {1 - share:.2f})"
    box = region.box
    event = Event("recolour", subject(c.a, region), change, box, box, region.area, gap=VIVID)
    c.events.append(event)
    c.explain(mask, 2 * c.radius + 1)
    return True


def _goes_on(c: Comparison, mask: Mask, colour: NDArray[np.float64]) -> bool:
    """Whether what the candidate shows in a place goes on around it: it lay below, and no trace."""
    rim = dilate(mask, 3 * c.radius) & ~dilate(mask, c.radius)
    apart = np.abs(c.b.image[rim] - colour).max(axis=1)
    return bool(apart.size) and float((apart < TRACE).mean()) > AROUND


def _part_recoloured(
    c: Comparison,
    layers: Layers,
    cluster: list[Region],
    largest: Region,
    mask: Mask,
    *,
    gone: bool,
) -> bool:
    """A new colour on part of a connected drawing, between outlines that stayed: recoloured.

    Something laid over a drawing has its own outline; a recoloured stroke keeps the old one.
    """
    other = c.b if gone else c.a
    if largest.grounded or float((mask & other.drawn).sum()) < 0.75 * float(mask.sum()):
        return False
    rim = dilate(mask, c.radius + 1) & ~mask
    bare = float((rim & ~other.drawn & ~layers.drawn).sum()) / max(1, int(rim.sum()))
    if bare < 0.35 and (gone or not _along_old(c, mask)):
        return False
    box = union([r.box for r in cluster])
    under = other.labels[mask]
    region = other.regions[int(np.bincount(under).argmax())]
    was, now = (largest, region) if gone else (region, largest)
    gap = float(np.linalg.norm(was.lab - now.lab))
    shows = np.array(region.rgb, float)
    below = gone and _under_another(c, largest, region) and _goes_on(c, mask, shows)
    if gap < SAME_COLOUR or below:
        return False
    event = events.recolour(c.a, was, now, gap)
    event.box = event.other = box
    event.pixels = int(mask.sum())
    c.events.append(event)
    c.explain(mask, 2 * c.radius + 1)
    return True


def _along_old(c: Comparison, mask: Mask) -> bool:
    """Whether nearly all of a piece's outline is where the reference has an outline already."""
    edge = mask & ~(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    known = edge & dilate(c.outlines[0], c.radius)
    return int(known.sum()) >= KNOWN * int(edge.sum())


def _clusters(layers: Layers, regions: list[Region], radius: int) -> list[list[Region]]:
    if len(regions) < 2:
        return [[r] for r in regions]
    wanted = np.zeros(len(layers.regions), bool)
    wanted[[r.index for r in regions]] = True
    joined = dilate(wanted[layers.labels], radius)
    _, parts = cv2.connectedComponents(joined.astype(np.uint8), connectivity=8)
    groups: dict[int, list[Region]] = {}
    for region in regions:
        box = region.box
        inside = layers.mask(region, box)
        key = int(parts[box[1] : box[3], box[0] : box[2]][inside][0])
        groups.setdefault(key, []).append(region)
    return list(groups.values())
