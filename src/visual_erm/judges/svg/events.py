"""What was found between two pictures, before it is put in words and severities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from visual_erm.judges.svg.regions import Layers, Region
from visual_erm.judges.svg.words import colour_name, hex_colour, place_name, shape_name
from visual_erm.types import Box, Discrepancy, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

What = Literal[
    "recolour",
    "stroke",
    "move",
    "scale",
    "rotate",
    "reshape",
    "missing",
    "extra",
    "order",
    "exchange",
    "placed",
    "text",
]
CATEGORY: dict[What, str] = {
    "recolour": "style_error",
    "stroke": "style_error",
    "move": "shape_error",
    "scale": "shape_error",
    "rotate": "shape_error",
    "reshape": "shape_error",
    "missing": "structure_error",
    "extra": "structure_error",
    "order": "structure_error",
    "exchange": "structure_error",
    "placed": "structure_error",
    "text": "text_symbol_error",
}
MUCH, SOME = 0.4, 1 / 12
"""Shares of the drawing from which an error is severe, or at least of medium severity."""
FAR, OFF = 0.2, 0.08
"""Displacements, as shares of the picture's longer side, for the same."""
LOOK, ALL_OVER = 0.28, 0.85
"""Shares of the drawing from which another look needs correction, or a new palette misleads."""
NUANCE, VIVID = 12.0, 30.0
"""Lab distances from which a change of colour is more than a nuance, and another colour."""
STRIKING, STRUCK = 45.0, 0.2
"""Lab distance from which a colour is nothing like the other, and share of the drawing from which
that needs correction."""
GREY = 15.0
"""Lab distance from the grey axis within which a colour is grey."""
AS_LIGHT, NEIGHBOUR = 16, 64
"""Levels between the sums of the strongest and the weakest channel of two colours that are equally
light; and of one channel between two such colours that are neighbours."""


@dataclass
class Event:
    """One cause of visible differences; boxes in working pixels."""

    what: What
    subject: str
    """What it happened to: "red circle"."""
    change: str
    """Was and is."""
    box: Box | None
    other: Box | None
    """The box in the candidate."""
    pixels: int
    """Drawn pixels that the event concerns."""
    vector: tuple[float, float] = (0.0, 0.0)
    """For moves: pixels."""
    factors: tuple[float, float] | None = None
    """For scalings: of width and height."""
    gap: float = 0.0
    """For recolourings: Lab units."""
    level: Severity | None = None
    """How severe, where the cause says so itself."""
    colours: tuple[tuple[int, int, int], tuple[int, int, int]] | None = None
    lab: NDArray[np.float32] | None = None
    """The colour of the subject."""
    region: int | None = None
    """Index of the reference's region whose outline changed."""
    mask: Mask | None = None
    """`(H, W)`: the pixels that bear the event out; those without are not merged with others."""
    changed: int = 0
    """Pixels that differ for it, where that is known: what grows a little stays mostly."""

    @property
    def seen(self) -> int:
        """Pixels by which it shows how severe the event is."""
        return self.changed or self.pixels


def subject(layers: Layers, region: Region) -> str:
    """Colour and shape of a region, for example "red circle"."""
    mask = layers.mask(region, region.box)
    return f"{colour_name(region.rgb)} {shape_name(mask)}"


def recolour(a: Layers, i: Region, j: Region, gap: float) -> Event:
    """The same shape with another colour."""
    change = f"colour {hex_colour(i.rgb)} -> {hex_colour(j.rgb)}"
    if float(np.linalg.norm(j.lab[1:])) < GREY:
        # Grey instead of a colour shows less, but nothing else.
        gap = min(gap, VIVID)
    elif abs(max(i.rgb) + min(i.rgb) - max(j.rgb) - min(j.rgb)) <= AS_LIGHT:
        # Lab is far from even in blue and green: of other hues, the channels say more.
        other = max(abs(p - q) for p, q in zip(i.rgb, j.rgb, strict=True)) > NEIGHBOUR
        gap = max(gap, VIVID + 1) if other else min(gap, NUANCE)
    return Event(
        "recolour", subject(a, i), change, i.box, j.box, i.area, gap=gap, colours=(i.rgb, j.rgb)
    )


def severity(event: Event, weight: int, side: int) -> Severity:
    """By how much of the drawing is concerned; moves also by how far, colours by how different.

    Args:
        event: what was found.
        weight: pixels of what the reference shows.
        side: the longer side, pixels.
    """
    share = event.seen / weight
    if event.level is not None:
        return event.level
    if event.what == "stroke":
        return 2 if share > LOOK else 1
    if event.what == "recolour":
        if share > ALL_OVER and event.gap > VIVID:
            return 3
        if event.gap > STRIKING:
            return 2 if share > STRUCK else 1
        return 2 if share > LOOK and event.gap > NUANCE else 1
    if event.what == "move":
        reach = float(np.hypot(*event.vector)) / side
        if reach > FAR and share > 0.06:
            return 3
        return 2 if reach > OFF and share > 0.02 else 1
    return 3 if share > MUCH else 2 if share > SOME else 1


def discrepancy(event: Event, a: Layers) -> Discrepancy:
    """In words, with boxes still in working pixels."""
    height, width = a.labels.shape
    place = place_name(event.box or event.other or (0, 0, width, height), (width, height))
    return Discrepancy(
        category=CATEGORY[event.what],
        severity=severity(event, a.weight, max(height, width)),
        location=f"{event.subject}, {place}",
        description=event.change,
        bbox=event.box,
        bbox_prediction=event.other,
    )


def union(boxes: list[Box]) -> Box:
    """The smallest box around all."""
    low = np.array(boxes).min(axis=0)
    high = np.array(boxes).max(axis=0)
    return (int(low[0]), int(low[1]), int(high[2]), int(high[3]))


def grown(box: Box, by: int, shape: tuple[int, ...]) -> Box:
    """The box, wider on every side, inside the picture."""
    return (
        max(0, box[0] - by),
        max(0, box[1] - by),
        min(shape[1], box[2] + by),
        min(shape[0], box[3] + by),
    )
