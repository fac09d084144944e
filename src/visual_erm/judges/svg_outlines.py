"""Outlines that an element has got or lost: a matter of style, not another element."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.judges.svg_events import Event, grown, subject, union
from visual_erm.judges.svg_match import LIKE_COLOUR, Comparison, dilate, wholly
from visual_erm.judges.svg_regions import Layers, Region
from visual_erm.judges.svg_words import hex_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]


def outlines(c: Comparison) -> None:
    """An outline in a new colour around an element, or one that is gone: a stroke, no element."""
    for first, second, indices, others, gone in (
        (c.b, c.a, c.right, c.left, False),
        (c.a, c.b, c.left, c.right, True),
    ):
        lines = [r for r in wholly(c, first, indices, grounded=False) if _line_like(c, first, r)]
        for cluster in _by_colour(lines):
            line = np.isin(first.labels, [r.index for r in cluster])
            reach = round(2 * _half_width(line)) + c.radius + 1
            for index in sorted(others, key=lambda i: -second.regions[i].area):
                region = second.regions[index]
                if region.grounded or not _follows(second, region, line, reach):
                    continue
                change = "has lost its outline" if gone else "has got an outline"
                colour = cluster[0].rgb
                c.events.append(
                    Event(
                        "stroke",
                        subject(second, region),
                        f"{change} of colour {hex_colour(colour)}",
                        region.box if not gone else union([r.box for r in cluster]),
                        region.box if gone else union([r.box for r in cluster]),
                        int(line.sum()),
                    )
                )
                inside = second.mask(region) | line
                c.explain(inside, 2 * c.radius + 1)
                indices -= {r.index for r in cluster}
                others.discard(index)
                break


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


def _follows(layers: Layers, region: Region, line: Mask, reach: int) -> bool:
    """Whether the line runs along most of the region's outline, and hardly anywhere else."""
    box = grown(region.box, reach, line.shape)
    view = (slice(box[1], box[3]), slice(box[0], box[2]))
    mask = layers.mask(region, box)
    edge = mask & ~np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    near = dilate(line[view], reach)
    along = float((edge & near).sum()) / max(1, int(edge.sum()))
    if along < 0.75:
        return False
    return float((line[view] & dilate(edge, reach)).sum()) > 0.8 * float(line.sum())
