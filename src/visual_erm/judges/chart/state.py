"""What is known while two panels are compared, and small tools for masks and colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import pixels
from visual_erm.judges.chart.colours import SAME, lab_of, opacity_of, rgb_of
from visual_erm.judges.chart.findings import Cause, Detail, Finding, of_panel
from visual_erm.judges.chart.layers import Layers
from visual_erm.judges.chart.places import Match
from visual_erm.types import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.chart.scene import ChartScene

    Mask = NDArray[np.bool_]

SHADES, RESHADED = (0.15, 1.1), 1.2
"""Opacities at which a colour is a shade of another on its paper; and how many times as much marks
cover where one of two pictures shows more of them."""


@dataclass
class Panels:
    """State of the comparison of one pair of panels."""

    match: Match
    index: int
    layers: Layers
    pairs: dict[int, int]
    """Colour of the reference to colour of the candidate."""
    explained: Mask
    findings: list[Finding] = field(default_factory=list)
    swapped: set[int] = field(default_factory=set)
    """Colours of the reference that exchanged places."""
    swapped_b: set[int] = field(default_factory=set)
    recoloured: set[int] = field(default_factory=set)
    """Colours of the reference whose pair is another colour."""
    shifted: list[int] = field(default_factory=list)
    """Colours of filled shapes that kept their height in every column but stand elsewhere."""
    dots: dict[bool, dict[int, Mask]] = field(default_factory=dict)
    """The points that colours draw, with what is near, of the reference (False) and candidate."""

    def paper(self, candidate: bool = False) -> NDArray[np.uint8]:
        """The background of the panel, RGB."""
        scene = self.match.b if candidate else self.match.a
        index = self.match.panel(self.index) if candidate else self.index
        return scene.panels[index].background if index is not None else scene.background

    def add(
        self,
        cause: Cause,
        category: str,
        severity: Severity,
        what: str,
        said: str,
        mask: Mask,
        mask_b: Mask,
        subject: str = "",
        *,
        detail: Detail = "",
        explains: bool = True,
    ) -> None:
        """Report a difference and take its pixels out of what is still to be explained.

        With `explains` false they stay: the marks may differ in more than this.
        """
        layers = self.layers
        where = what if what == "colour bar" else what + of_panel(self.match.a, self.index)
        self.findings.append(
            Finding(cause, category, severity, where, said, layers.box(mask),
                    layers.box_candidate(mask_b), self.index, subject, detail=detail)
        )  # fmt: skip
        if explains:
            self.explained |= grown(mask | mask_b, 4)


def tinted(
    picture: NDArray[np.float32], paper: NDArray[np.uint8], colour: NDArray[np.float32]
) -> Mask:
    """Pixels, in Lab, with at least a tint of a colour on paper: smoothing spreads thin lines."""
    base = lab_of(paper)
    way = colour - base
    length = max(1e-3, float(np.linalg.norm(way)))
    there = picture - base
    along = there @ (way / length)
    aside = np.einsum("ijk,ijk->ij", there, there) - along**2
    return np.asarray((along > 0.25 * length) & (aside < (0.3 * length) ** 2))


def grown(mask: Mask, radius: int) -> Mask:
    """The mask with everything within `radius` pixels of it."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)


def overlap(one: Mask, two: Mask, radius: int = 2) -> float:
    """Share of both masks that lies on the other, give or take `radius` pixels."""
    total = np.count_nonzero(one) + np.count_nonzero(two)
    if total == 0:
        return 0.0
    on_two = np.count_nonzero(one & grown(two, radius))
    return float((on_two + np.count_nonzero(two & grown(one, radius))) / total)


def share_on(mask: Mask, of: Mask) -> float:
    """Share of a mask that lies on another one."""
    return pixels(mask & of) / max(1, pixels(mask))


def colour_name(colour: NDArray[np.float32]) -> str:
    """A word for a Lab colour."""
    lightness, a, b = (float(v) for v in colour)
    chroma = float(np.hypot(a, b))
    if chroma < 10:
        return "black" if lightness < 25 else "white" if lightness > 92 else "grey"
    hue = float(np.degrees(np.arctan2(b, a))) % 360
    if 20 <= hue < 85 and lightness < 48 and chroma < 65:
        return "brown"
    edges = ((20, "pink" if lightness > 60 else "red"), (50, "red"), (78, "orange"),
             (112, "yellow"), (170, "green"), (240, "teal"), (296, "blue"), (330, "purple"),
             (361, "pink"))  # fmt: skip
    return next(name for limit, name in edges if hue < limit)


def described(colour: NDArray[np.float32]) -> str:
    """A word and the hexadecimal code for a Lab colour."""
    code = "".join(f"{round(float(v)):02x}" for v in np.clip(rgb_of(colour), 0, 255))
    return f"{colour_name(colour)} (#{code})"


def series_name(state: Panels, k: int) -> str:
    """How a person would call the series: by its legend entry, else by its colour."""
    colour = state.layers.colours.colours[k]
    name = entry_name(state.match.a, state.index, colour)
    return f'series "{name}"' if name else f"{colour_name(colour)} series"


def entry_name(scene: ChartScene, panel: int | None, colour: NDArray[np.float32]) -> str:
    """The legend entry of a Lab colour; empty if there is none."""
    for entry, handle in scene.handles(panel):
        if np.linalg.norm(lab_of(handle) - colour) < SAME:
            return entry.text
    return ""


def is_shade(
    pale: NDArray[np.float32], full: NDArray[np.float32], paper: NDArray[np.uint8]
) -> bool:
    """Whether a colour is what another one is on its paper if it is drawn less opaque."""
    return SHADES[0] < opacity_of(pale, full, paper) < SHADES[1]


def shaded_anew(state: Panels, k: int, m: int) -> bool:
    """Whether a colour and its shades cover what they covered: smoothing parted them otherwise."""
    covered, own_areas = [], []
    papers = state.paper(), state.paper(candidate=True)
    palettes = state.layers.colours, state.layers.colours_b
    for palette, own, paper in zip(palettes, (k, m), papers, strict=True):
        full = palette.colours[own]
        shades = [is_shade(c, full, paper) or is_shade(full, c, paper) for c in palette.colours]
        covered.append(float(np.dot(palette.areas, shades)))
        own_areas.append(palette.areas[own])
    same = max(covered) < RESHADED * min(covered)
    return same and max(own_areas) > RESHADED * min(own_areas)
