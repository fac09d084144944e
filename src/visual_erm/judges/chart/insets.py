"""Plots within plots: one that went or came is one error, with all that is drawn in it.

Only those in a plot that stayed where it was are looked for, by their frames and tick marks. A box
around a text, and the box of a box plot, has no tick marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import (
    around,
    bounds,
    components,
    exceeds,
    from_colour,
    of_smaller,
    pixels,
    sides_apart,
)
from visual_erm.judges.chart.colours import Palette
from visual_erm.judges.chart.findings import Finding, of_panel
from visual_erm.judges.chart.layers import Layers
from visual_erm.judges.chart.places import Match
from visual_erm.judges.chart.scene import ALIGNED, ChartScene
from visual_erm.judges.chart.state import grown
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

LINE = 60
"""Grey levels by which a frame stands out from the paper of the plot around it."""
LEAST, LONGEST = 0.15, 0.85
"""Shares of the sides of the plot around it that an inset has at least and at most."""
ALONG, EDGE = 0.85, 2
"""Share of each side along which its line runs, and pixels by which that is off at most."""
CORNER = 10
"""Pixels by which tick marks at a corner go on from the lines of a frame, at most."""
TICK, TICKS, SPARSE = (2, 4), 2, 0.3
"""Pixels from a frame in which tick marks are seen, how many of them it takes, and share of a side
that they take up at most."""
GREY = 30
"""Levels between the channels of a grey at most."""
CUT = 4
"""Half the pixels of marks that cut such lines."""
CRUMBS = 0.1
"""Part of a colour outside of an inset below which it is one of its lines that were cut."""
BESIDE, HELD = 1.5, 0.7
"""Heights of its labels within which these stand beside it, and share of one that lies there."""


@dataclass(frozen=True)
class Inset:
    """A plot within a plot that only one of two pictures has."""

    finding: Finding
    panel: int
    """The plot around it, of the reference."""
    mask: Mask
    """What is drawn in it and of it, on the inside of that plot."""


def only_in_one(match: Match) -> list[Inset]:
    """Insets that went, and those that came."""
    found: list[Inset] = []
    if match.a.image.shape != match.b.image.shape:
        return found
    for i, j in match.pairs:
        one, two = match.a.panels[i], match.b.panels[j]
        apart = sides_apart(one.box, two.box) > ALIGNED
        if apart or one.small or "axes" not in (one.kind, two.kind) or one.kind == "strip":
            continue
        drawn = [
            np.asarray(exceeds(from_colour(s.within(one.inner), s.panels[k].background), LINE))
            for s, k in ((match.a, i), (match.b, j))
        ]
        for gone, scene in ((True, match.a), (False, match.b)):
            here, there = drawn if gone else drawn[::-1]
            alone = here & ~grown(there, 1)
            if (frame := _frame(alone)) is not None:
                found.append(_inset(match, i, scene, alone, frame, gone=gone))
    return found


def hide(insets: list[Inset], layers: Mapping[int, Layers]) -> dict[int, Layers]:
    """The layers without what belongs to insets: only the plots around them are compared."""
    found = dict(layers)
    for inset in insets:
        own = found.get(inset.panel)
        if own is None or own.hidden.shape != inset.mask.shape:
            continue
        own.settle(inset.mask)
        found[inset.panel] = replace(
            own,
            hidden=own.hidden | inset.mask,
            colours=_without(own.colours, inset.mask),
            colours_b=_without(own.colours_b, inset.mask),
        )
    return found


def _without(palette: Palette, mask: Mask) -> Palette:
    """The colours outside of a mask; of those that hardly stand elsewhere nothing is left."""
    index = np.where(mask, np.int16(-1), palette.index)
    count = len(palette.colours)
    whole, left = (np.bincount(k[k >= 0], minlength=count) for k in (palette.index, index))
    crumbs = np.append(left < CRUMBS * whole, np.False_)  # what has no colour is the last
    index[crumbs[index]] = -1
    return replace(palette, index=index, areas=tuple(np.where(crumbs[:-1], 0, left).tolist()))


def _frame(alone: Mask) -> Box | None:
    """The largest frame with tick marks outside of it that is drawn in one picture only."""
    height, width = alone.shape
    if pixels(alone) < 2 * LEAST * (height + width):
        return None
    ink = alone.astype(np.uint8)
    level, upright = (
        cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(side, np.uint8))
        for side in ((1, max(8, round(LEAST * width))), (max(8, round(LEAST * height)), 1))
    )
    count, pieces, _, _ = components((level | upright) > 0)
    boxes = []
    for n in range(1, count):
        across, down = (bounds((lines > 0) & (pieces == n)) for lines in (upright, level))
        if across is None or down is None:
            continue
        # ticks at its corners go on from its lines, and lines of a grid go on for long
        if max(across[0] - down[0], down[2] - across[2], down[1] - across[1],
               across[3] - down[3]) <= CORNER:  # fmt: skip
            boxes.append((across[0], down[1], across[2], down[3]))
    framed = [
        box
        for box in boxes
        if LEAST * width <= box[2] - box[0] <= LONGEST * width
        and LEAST * height <= box[3] - box[1] <= LONGEST * height
        and _closed(alone, box)
        and _ticked(alone, box)
    ]
    return max(framed, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]), default=None)


def _closed(ink: Mask, box: Box) -> bool:
    """Whether a line runs along each of the four sides of a box."""
    x0, y0, x1, y1 = box
    part = ink[y0:y1, x0:x1]
    sides = (part[: EDGE + 1].any(0), part[-EDGE - 1 :].any(0),
             part[:, : EDGE + 1].any(1), part[:, -EDGE - 1 :].any(1))  # fmt: skip
    return all(float(side.mean()) > ALONG for side in sides)


def _ticked(ink: Mask, box: Box) -> bool:
    """Whether several short strokes stand along one side of a box, outside of it."""
    x0, y0, x1, y1 = box
    near, far = TICK
    strips = (
        ink[y1 + near : y1 + far, x0:x1].all(0),
        ink[max(0, y0 - far) : max(0, y0 - near), x0:x1].all(0),
        ink[y0:y1, max(0, x0 - far) : max(0, x0 - near)].all(1),
        ink[y0:y1, x1 + near : x1 + far].all(1),
    )
    return any(
        int((np.diff(strip.astype(np.int8)) == 1).sum()) >= TICKS and strip.mean() < SPARSE
        for strip in strips
    )


def _inset(
    match: Match, i: int, scene: ChartScene, alone: Mask, frame: Box, *, gone: bool
) -> Inset:
    x, y = match.a.panels[i].inner[:2]
    box = (frame[0] + x, frame[1] + y, frame[2] + x, frame[3] + y)
    heights = [label.box[3] - label.box[1] for label in scene.labels if not label.rotated]
    room = round(BESIDE * float(np.median(heights))) if heights else 0
    reach = (box[0] - 2 * room, box[1] - room, box[2] + 2 * room, box[3] + room)
    beside = [x.box for x in scene.labels if of_smaller(x.box, reach) > HELD]
    whole = around([box, *beside])
    mask = np.zeros_like(alone)
    mask[max(0, whole[1] - y) : whole[3] - y, max(0, whole[0] - x) : whole[2] - x] = True
    # the grey lines that join it to what it enlarges, which marks and smoothing cut
    lines = alone & (np.ptp(scene.within(match.a.panels[i].inner), axis=2) < GREY)
    _, pieces, _, _ = components(grown(lines, CUT))
    touched = np.unique(pieces[mask & lines])
    mask |= np.isin(pieces, touched[touched > 0])
    said = "a plot within it is missing" if gone else "a plot within it is new"
    where = "plot" + of_panel(match.a, i)
    before, after = (whole, None) if gone else (None, whole)
    finding = Finding("inset", "structure_error", 2, where, said, before, after, i)
    return Inset(finding, i, mask)
