"""Changes of the drawing as a whole: on another background, without colours, moved or scaled.

Each is one error, however many elements it touches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import align
from visual_erm.judges.svg.events import MUCH, VIVID, Event, severity, union
from visual_erm.judges.svg.match import LIKE_COLOUR, Comparison, dilate
from visual_erm.judges.svg.regions import GROUND_GAP, Layers, Region, segment
from visual_erm.judges.svg.words import colour_name, hex_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.align import Placement
    from visual_erm.judges.svg.events import What
    from visual_erm.types import Box, Discrepancy, Image

BACKGROUND = "background"
IN_GREY = "grey in the candidate, where the reference has colours"
"""What is said of a drawing without its colours."""
OTHER_GROUND = 0.4
"""Share of the reference's ground that has the new colour for the background to be what changed."""
STILL = 0.2
"""Share of it that may keep the old colour."""
ANOTHER, EVEN_GROUND = 5, 12
"""Grey levels between two grounds, as compression keeps an even ground within it; and within which
what is seen is the ground."""
COLOURED, NO_COLOUR, LEAST_COLOURED = 24, 1e-3, 0.02
"""Grey levels between the channels of a colour; shares of a picture without and of one with any."""
SHADE, OTHER_SHADE = 24, 0.3
"""Grey levels of another grey, and share of what had colours that may have one."""
FAR_OFF = 0.12
"""Share of the longer side by which a whole drawing is off when hardly anything is in its place."""
ANOTHER_PLACE, STRAIGHT, OFF = 0.11, 0.02, 0.1
"""Shares of a side by which a drawing moves one way, at most the other way, and of the longer side,
for it to be wrongly placed on its canvas; less is another place of what it shows."""
CORNERS, PLATE = 0.24, 0.7
"""Share of the picture that the page behind the corners of a plate covers at most; and of the
candidate's ground that has its colour in the reference too, if it is that plate."""
ROOM, EDGE, RIM, OTHER_PLATE = 0.04, 4, 0.6, 32
"""Share of the longer side around a plate that became smaller, at least; pixels of its edge, share
of that where it is seen, and grey levels from which it is another plate."""
PAPER = 240
"""Grey level from which a page is as white as the paper of drawings that have none of their own."""
CUT_OFF = 0.06
"""Share of a drawing that left the picture for it to be cut off; less is lost by the move."""


def placed(a: Layers, p: Placement, changed: int) -> list[Event]:
    """The whole drawing has another place or size; and if much of it left the picture, that.

    Args:
        a: the reference.
        p: what undoes it.
        changed: pixels that differ.
    """
    # On the working grid the candidate lies where the reference does.
    box = drawn_box(a)
    if abs(p.sx - 1) < 0.02 and abs(p.sy - 1) < 0.02:
        change = f"moved as a whole by ({-p.dx:.0f}, {-p.dy:.0f}) px"
        height, width = a.labels.shape
        little, much = sorted((abs(p.dx) / width, abs(p.dy) / height))
        off_canvas = much > ANOTHER_PLACE and little < STRAIGHT
        off_canvas &= max(abs(p.dx), abs(p.dy)) > OFF * max(width, height)
        gone = _left_the_picture(a, p)
        if off_canvas or (not _alone(a) and gone > CUT_OFF):
            said = f"{change}, part of it cut off"
            events = [Event("placed", "whole drawing", said, box, box, changed)]
        else:
            far = float(np.hypot(p.dx, p.dy)) > FAR_OFF * max(a.labels.shape)
            event = Event("move", "whole drawing", change, box, box, changed, (p.dx, p.dy))
            events = [replace(event, level=3) if far else event]
        if gone > MUCH:
            said = f"{gone:.0%} of what the reference shows lies beyond the edges"
            lost = round(gone * int(a.drawn.sum()))
            events.append(Event("missing", "drawing", said, box, None, lost, level=3))
        return events
    change = f"size x {1 / p.sx:.2f} wide, x {1 / p.sy:.2f} high"
    even = abs(p.sx / p.sy - 1) < 0.05
    what: What = "placed" if even else "reshape"
    return [Event(what, "whole drawing", change, box, box, changed)]


def _alone(a: Layers) -> bool:
    """Whether all that a drawing shows is one thing, so that nothing but that can have moved."""
    return len(_shown(a)) == 1


def _shown(layers: Layers) -> list[Region]:
    """What is drawn on the ground."""
    return [r for r in layers.regions if not r.grounded and r.area >= layers.dust]


def _left_the_picture(a: Layers, p: Placement) -> float:
    """Share of the drawing that a candidate which moved by so much does not show."""
    height, width = a.labels.shape
    left, top, right, bottom = p.box((0, 0, width, height))
    drawn = a.drawn
    kept = drawn[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    return 1 - int(kept.sum()) / max(1, int(drawn.sum()))


def drawn_box(layers: Layers) -> Box:
    """The box of what is drawn on the ground; a map may cover more than the ground does."""
    boxes = [region.box for region in _shown(layers)]
    height, width = layers.labels.shape
    return union(boxes) if boxes else (0, 0, width, height)


def in_grey(a: Layers, candidate: Image) -> tuple[Layers, Event] | None:
    """The reference without its colours, and the event, where the candidate is that; else None.

    What else differs is then told from the grey reference: shapes that became one grey are one
    region in both.
    """
    if float((_chroma(candidate) > COLOURED).mean()) > NO_COLOUR:
        return None
    rich = _chroma(a.image) > COLOURED
    share = float(rich.mean())
    if share < LEAST_COLOURED:
        return None
    greys = _greys(a.image)
    off = [float(align.tolerant_difference(one, candidate, 1, SHADE).mean()) for one in greys]
    if min(off) > OTHER_SHADE * share:
        return None
    ys, xs = (np.flatnonzero(rich.any(axis=axis)) for axis in (1, 0))
    box = (int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1)
    change = IN_GREY
    event = Event("recolour", "drawing", change, box, box, int(rich.sum()), gap=VIVID)
    # Between two colours of one grey, smoothing draws a seam that the candidate has not.
    grey = greys[int(np.argmin(off))]
    apart = align.tolerant_difference(grey, candidate, 1, SHADE).astype(np.uint8)
    other = dilate(cv2.morphologyEx(apart, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0, 4)
    return segment(np.where(other[..., None], grey, candidate)), event


def greyed(found: Sequence[Discrepancy], reference: Image) -> Image | None:
    """The reference without its colours, where the list says that the drawing is that."""
    return _greys(reference)[1] if any(e.description == IN_GREY for e in found) else None


def _greys(image: Image) -> list[Image]:
    """By the middle of the channels, and as bright as they look."""
    middle = cv2.addWeighted(align.strongest(image), 0.5, _weakest(image), 0.5, 0)
    levels = (np.asarray(middle, np.uint8), cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    return [np.asarray(cv2.cvtColor(one, cv2.COLOR_GRAY2RGB), np.uint8) for one in levels]


def _chroma(image: Image) -> NDArray[np.uint8]:
    """`(H, W)`: by how much the channels differ."""
    return np.asarray(cv2.subtract(align.strongest(image), _weakest(image)), np.uint8)


def _weakest(image: Image) -> NDArray[np.uint8]:
    return np.asarray(255 - align.strongest(255 - image), np.uint8)


def background(c: Comparison) -> None:
    """The ground has another colour: one error, with whatever it hides or brings to light."""
    was, now = c.a.regions[c.a.ground], c.b.regions[c.b.ground]
    gap = float(np.linalg.norm(was.lab - now.lab))
    behind = c.a.labels == c.a.ground
    under = c.b.labels == c.b.ground
    if gap < GROUND_GAP or int((behind & under).sum()) < OTHER_GROUND * int(behind.sum()):
        return
    if not _border_changed(c):
        return
    height, width = c.differs.shape
    whole = (0, 0, width, height)
    share = int((behind & under).sum())
    box = drawn_box(c.b)
    if _smaller(c, box):
        # What lies on it stayed, so the drawing as a whole has its size.
        factors = ((box[2] - box[0]) / width, (box[3] - box[1]) / height)
        change = f"size x {factors[0]:.2f} wide, x {factors[1]:.2f} high"
        name = f"{colour_name(was.rgb)} plate"
        c.events.append(Event("scale", name, change, whole, box, share, factors=factors))
        c.explain(behind | c.a.coloured(was.lab, LIKE_COLOUR), 2 * c.radius)
        return
    if _ground_left(c, behind) > STILL * int(behind.sum()):
        return
    if int(behind.sum()) < CORNERS * behind.size and _spread(c, now, under):
        # The page is seen behind the corners of a plate that was there before.
        change = "its corners are sharp in the candidate, not round"
        plate = f"{colour_name(now.rgb)} plate"
        c.events.append(Event("reshape", plate, change, whole, whole, share))
        c.explain(behind & under, 2 * c.radius)
        return
    change = f"colour {hex_colour(was.rgb)} -> {hex_colour(now.rgb)}"
    event = Event("recolour", BACKGROUND, change, whole, whole, share, gap=gap)
    severe = severity(event, c.a.weight, max(height, width)) == 3
    # However little a page's colour differs, all of the picture shows it.
    c.events.append(replace(event, level=3 if severe else 2))
    bare_a = c.a.coloured(was.lab, LIKE_COLOUR) | c.a.coloured(now.lab, LIKE_COLOUR)
    bare_b = c.b.coloured(was.lab, LIKE_COLOUR) | c.b.coloured(now.lab, LIKE_COLOUR)
    c.explain(bare_a & bare_b, 2 * c.radius)


def _smaller(c: Comparison, box: Box) -> bool:
    """Whether the candidate has the reference's ground as a plate with room on all sides."""
    height, width = c.differs.shape
    room = min(*box[:2], width - box[2], height - box[3])
    if room < ROOM * c.side or min(box[2] - box[0], box[3] - box[1]) < 4 * EDGE:
        return False
    if min(c.b.regions[c.b.ground].rgb) < PAPER:
        return False  # a white plate shows on another page
    seen = []
    for image, shown, (left, top, right, bottom) in (
        (c.a.image, c.a.labels == c.a.ground, (0, 0, width, height)),
        (c.b.image, c.b.drawn, box),
    ):
        rim = np.zeros(shown.shape, bool)
        rim[top:bottom, left:right] = True
        rim[top + EDGE : bottom - EDGE, left + EDGE : right - EDGE] = False
        if int((rim & shown).sum()) < RIM * int(rim.sum()):
            return False
        seen.append(image[rim & shown].mean(axis=0))
    return float(np.abs(seen[0] - seen[1]).max()) < OTHER_PLATE


def repainted_ground(found: Sequence[Discrepancy]) -> bool:
    """Whether hardly anything differs but the ground's colour."""
    besides = [error for error in found if not error.location.startswith(BACKGROUND)]
    return len(besides) < len(found) and sum(error.severity for error in besides) <= 1


def on_old_ground(reference: Image, candidate: Image) -> Image:
    """The candidate with the reference's ground wherever it shows its own."""
    was, now = (
        np.median(np.concatenate([of[0], of[-1], of[:, 0], of[:, -1]]), axis=0)
        for of in (reference, candidate)
    )
    bare = np.abs(candidate - now).max(axis=2) <= EVEN_GROUND
    return np.where(bare[..., None], was.astype(np.uint8), candidate)


def _spread(c: Comparison, now: Region, under: NDArray[np.bool_]) -> bool:
    """Whether the candidate's ground was in its place before, but for some of it."""
    was = under & c.a.coloured(now.lab, GROUND_GAP)
    return int(was.sum()) >= PLATE * int(under.sum())


def _ground_left(c: Comparison, behind: NDArray[np.bool_]) -> int:
    """Pixels of the reference's ground that keep its colour: a shape that grew leaves some."""
    was, now = c.a.regions[c.a.ground].lab, c.b.regions[c.b.ground].lab
    gap = float(np.linalg.norm(was - now))
    kept = [float(np.linalg.norm(region.lab - was)) < gap / 2 for region in c.b.regions]
    return int((behind & np.array(kept, bool)[c.b.labels]).sum())


def _border_changed(c: Comparison) -> bool:
    """Whether the ground along the picture's border has another colour, pixel by pixel."""
    rim = np.zeros(c.differs.shape, bool)
    rim[[0, -1]] = rim[:, [0, -1]] = True
    rim &= c.a.labels == c.a.ground
    gap = np.abs(c.a.image[rim].astype(int) - c.b.image[rim]).max(axis=1)
    return bool(gap.size) and float((gap >= ANOTHER).mean()) > 0.6
