"""Outlines that an element has got or lost: a matter of style, not another element."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.judges.svg.events import Event, grown, subject, union
from visual_erm.judges.svg.match import LIKE_COLOUR, SAME_COLOUR_THIN, Comparison, dilate, wholly
from visual_erm.judges.svg.regions import Layers, Region
from visual_erm.judges.svg.words import hex_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Box

    Mask = NDArray[np.bool_]

EMPTIED = 0.25
"""Share of a filled shape that must be empty for only its outline to be drawn."""
LEAST_DEPTH = 0.012
"""Share of the longer side that a shape is deep at least, from its edge, to be filled."""
OUTLINE_WIDTH, STROKE_WIDTH = 0.04, 0.09
"""Shares of the longer side that such an outline is wide at most, inside the shape: one left of a
shape, and one that was filled, which may be a stroke of an icon of 24 pixels."""
NOTHING = 0.8
"""Share of what a filled outline holds where nothing was drawn, at least."""
OPEN = 0.3
"""Share of what an outline lies around that may be empty still: what is filled on one side only, or
in one of several parts, has another outline."""
STAYS = 0.4
"""Share of an element that is drawn as it was, at least, when all that changed is its outline."""

FILLED = "filled in the candidate, not only an outline"
"""What is said of an outline that was filled."""


def outlines(c: Comparison) -> None:
    """An outline in a new colour around an element, or one that is gone: a stroke, no element."""
    for first, second, indices, others, gone in (
        (c.b, c.a, c.right, c.left, False),
        (c.a, c.b, c.left, c.right, True),
    ):
        lines = [r for r in wholly(c, first, indices, grounded=False) if _line_like(c, first, r)]
        for cluster in _by_colour(lines):
            line = np.isin(first.labels, [r.index for r in cluster])
            half = _half_width(line)
            beside, reach = (round(n * half) + c.radius + 1 for n in (1, 2))
            around = [second.regions[i] for i in others if not second.regions[i].grounded]
            # A line of the element's own colour is its edge, in another place.
            around = [
                r for r in around if float(np.linalg.norm(r.lab - cluster[0].lab)) >= LIKE_COLOUR
            ]
            around = [r for r in around if _runs_along(second, r, line, beside)]
            if not around or not _covered(second, around, line, reach):
                continue
            largest = max(around, key=lambda r: r.area)
            if _elsewhere(c, second, cluster[0]):
                continue
            own, lines_box = (union([r.box for r in group]) for group in (around, cluster))
            encloses = _encloses(lines_box, own, c.radius + 1)
            if gone and not (encloses and _stays(first, second, largest)):
                continue
            change = "has lost its outline" if gone else "has got an outline"
            c.events.append(
                Event(
                    "stroke",
                    subject(second, largest),
                    f"{change} of colour {hex_colour(cluster[0].rgb)}",
                    lines_box if gone else own,
                    own if gone else lines_box,
                    int(line.sum()),
                )
            )
            inside = np.isin(second.labels, [r.index for r in around]) | line
            c.explain(inside, 2 * c.radius + 1)
            indices -= {r.index for r in cluster}
            others -= {r.index for r in around}


def _line_like(c: Comparison, layers: Layers, region: Region) -> bool:
    return 2 * _half_width(layers.mask(region, region.box)) < 0.08 * c.side


def _half_width(mask: Mask) -> float:
    inside = np.pad(mask, 1).astype(np.uint8)
    return float(cv2.distanceTransform(inside, cv2.DIST_L2, 3).max())


def _by_colour(regions: list[Region]) -> list[list[Region]]:
    groups: list[list[Region]] = []
    for region in regions:
        for group in groups:
            if float(np.linalg.norm(group[0].lab - region.lab)) < LIKE_COLOUR:
                group.append(region)
                break
        else:
            groups.append([region])
    return groups


def _elsewhere(c: Comparison, layers: Layers, line: Region) -> bool:
    """Whether the other picture has something of that colour which changed: the line moved."""
    return any(
        float(np.linalg.norm(region.lab - line.lab)) < LIKE_COLOUR
        and region.area > 0.3 * line.area
        and c.support(layers, region) > 0.5 * region.area
        for region in layers.regions
    )


def _encloses(line: Box, box: Box, slack: int) -> bool:
    """Whether a line reaches as far as what it is drawn around; what lies on a thing does not."""
    low = all(a <= b + slack for a, b in zip(line[:2], box[:2], strict=True))
    return low and all(a >= b - slack for a, b in zip(line[2:], box[2:], strict=True))


def _stays(first: Layers, second: Layers, region: Region) -> bool:
    """Whether the picture with the line shows the element too, in its place and colour."""
    under = np.bincount(first.labels[second.mask(region)], minlength=len(first.regions))
    return int(under[first.alike(region.lab, LIKE_COLOUR)].sum()) > STAYS * region.area


def _runs_along(layers: Layers, region: Region, line: Mask, reach: int) -> bool:
    """Whether most of the region's outline has the line near it."""
    box = grown(region.box, reach, line.shape)
    view = (slice(box[1], box[3]), slice(box[0], box[2]))
    edge = _edge(layers.mask(region, box))
    along = int((edge & dilate(line[view], reach)).sum())
    return along >= 0.7 * max(1, int(edge.sum()))


def _covered(layers: Layers, regions: list[Region], line: Mask, reach: int) -> bool:
    """Whether hardly any of the line is elsewhere than along those regions' outlines."""
    near = np.zeros(line.shape, bool)
    for region in regions:
        box = grown(region.box, reach, line.shape)
        near[box[1] : box[3], box[0] : box[2]] |= dilate(_edge(layers.mask(region, box)), reach)
    return int((line & near).sum()) > 0.75 * int(line.sum())


def _edge(mask: Mask) -> Mask:
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.asarray(mask & ~inner)


def hollow(c: Comparison) -> None:
    """A filled shape of which only the outline is drawn, or the reverse: style, one shape."""
    for first, second, indices, others, width, change in (
        (c.a, c.b, c.left, c.right, OUTLINE_WIDTH, "only an outline, not filled, in the candidate"),
        (c.b, c.a, c.right, c.left, STROKE_WIDTH, FILLED),
    ):
        for index in sorted(indices, key=lambda i: -first.regions[i].area):
            region = first.regions[index]
            support = c.support(first, region)
            if region.grounded or support < max(c.floor, EMPTIED * region.area):
                continue
            line = _only_outline(c, first, second, region, round(width * c.side))
            if line is None:
                continue
            box = union([region.box, *(second.regions[i].box for i in line)])
            c.events.append(Event("stroke", subject(first, region), change, box, box, region.area))
            inside = first.mask(region) | np.isin(second.labels, list(line))
            c.explain(inside, 2 * c.radius + 1)
            indices.discard(index)
            others.difference_update(line)


def _only_outline(
    c: Comparison, first: Layers, second: Layers, region: Region, reach: int
) -> set[int] | None:
    """The other picture's regions that draw a region's edge in its colour and leave it empty."""
    box = grown(region.box, reach, c.differs.shape)
    own = first.mask(region, box)
    depth = cv2.distanceTransform(np.pad(own, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    if float(depth.max()) < LEAST_DEPTH * c.side:
        return None
    labels = second.labels[box[1] : box[3], box[0] : box[2]]
    within = np.bincount(labels[dilate(own, reach)], minlength=len(second.regions))
    line = [
        r
        for r in (second.regions[i] for i in np.flatnonzero(within).tolist())
        if float(np.linalg.norm(r.lab - region.lab)) < (SAME_COLOUR_THIN if r.thin else LIKE_COLOUR)
        and not r.grounded
        and within[r.index] > 0.8 * r.area
    ]
    drawn = np.isin(labels, [r.index for r in line])
    empty = ~second.drawn[box[1] : box[3], box[0] : box[2]] & own
    if first is c.b and int(empty.sum()) < NOTHING * int((own & ~drawn).sum()):
        return None
    if first is c.b and int((_enclosed(drawn) & ~own).sum()) > OPEN * int(_enclosed(drawn).sum()):
        return None
    if not line or int((own & ~drawn).sum()) < EMPTIED * int(own.sum()):
        return None
    # Within it, other elements may end its colour, which say nothing of its outline.
    edge = _edge(own | _enclosed(own))
    if int((edge & dilate(drawn, c.radius + 1)).sum()) < 0.8 * int(edge.sum()):
        return None
    # What stands within the outline was filled over with it, and says nothing of its width.
    outer = np.unique(labels[edge & drawn])
    inside = own & drawn & np.isin(labels, outer)
    if not inside.any() or float(np.percentile(depth[inside], 90)) > reach:
        return None
    return {r.index for r in line}


def _enclosed(line: Mask) -> Mask:
    """What an outline lies around."""
    outside = np.pad(~line, 1, constant_values=True).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 0)
    return np.asarray(outside[1:-1, 1:-1] > 0)
