"""What the chart judge finds in one picture: panels, texts with roles, axes, legends."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from visual_erm.align import Placement, from_colour, strongest
from visual_erm.judges import copies
from visual_erm.judges.chart.colours import Inside, inside
from visual_erm.types import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from visual_erm.judges.ocr import Reader, Text
    from visual_erm.types import Image

INSET = 4
"""Pixels inside a panel's box that belong to its frame."""
PanelKind = Literal["axes", "strip", "free"]
Role = Literal[
    "title",
    "figure title",
    "x tick",
    "y tick",
    "right tick",
    "x label",
    "y label",
    "right label",
    "legend",
    "note",
    "text",
]
Direction = Literal["rows", "columns"]
Side = Literal["bottom", "left", "right", "top"]


ALIGNED = 2
"""Pixels by which the ends of plots that share an axis may be off."""


@dataclass(frozen=True)
class Panel:
    """One plot area."""

    box: Box
    """Frame lines included, tick marks not."""
    kind: PanelKind
    """"axes" has straight edges, "strip" is a colour bar, "free" has no frame (a pie)."""
    background: NDArray[np.uint8]
    """RGB."""
    sides: frozenset[Side] = frozenset()
    """Sides along which a frame line is drawn."""
    grid: frozenset[Direction] = frozenset()
    """Directions in which grid lines run."""

    @property
    def width(self) -> int:
        """Pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.box[3] - self.box[1]

    @property
    def small(self) -> bool:
        """Whether next to nothing is left of it within its frame."""
        return min(self.width, self.height) < 4 * INSET

    @property
    def inner(self) -> Box:
        """What lies within its frame."""
        x0, y0, x1, y1 = self.box
        return x0 + INSET, y0 + INSET, x1 - INSET, y1 - INSET


@dataclass(frozen=True)
class Label:
    """A line of text and what it is for."""

    text: str
    box: Box
    role: Role
    panel: int | None
    """Index into `ChartScene.panels`; None for text of the whole figure."""
    rotated: bool = False
    score: float = 1.0
    """How sure the reader is, in [0, 1]."""

    @property
    def centre(self) -> tuple[float, float]:
        """Pixels."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True)
class Axis:
    """The tick labels along one side of a panel, and the scale that they give."""

    side: Side
    labels: tuple[Label, ...]
    at: tuple[float, ...]
    """Places of the labels along the panel, 0 at its left or bottom edge, 1 at the other."""
    values: tuple[float | None, ...]
    scale: Literal["linear", "log", "names"]
    start: float = 0.0
    """Value at 0 (its decimal logarithm on a log scale); meaningless for names."""
    end: float = 1.0
    """Value at 1."""

    @property
    def span(self) -> float:
        """Value at 1 minus value at 0; negative on an inverted axis."""
        return self.end - self.start


@dataclass(frozen=True)
class Legend:
    """Stacked entries with handles."""

    box: Box
    entries: tuple[Label, ...]
    colours: tuple[NDArray[np.uint8] | None, ...]
    """Colour of each entry's handle; None when it has none that stands out."""
    panel: int | None

    @property
    def frame(self) -> Box:
        """What a frame around it encloses at most: a line of text more on each side."""
        x0, y0, x1, y1 = self.box
        room = self.entries[0].box[3] - self.entries[0].box[1]
        return x0 - room, y0 - room, x1 + room, y1 + room


@dataclass(frozen=True)
class ChartScene:
    """One picture taken apart."""

    image: Image
    reader: Reader = field(compare=False, repr=False)
    texts: tuple[Text, ...]
    background: NDArray[np.uint8]
    panels: tuple[Panel, ...]
    labels: tuple[Label, ...]
    axes: tuple[tuple[Axis, ...], ...]
    """For each panel, its axes."""
    legends: tuple[Legend, ...]
    placement: Placement = field(default_factory=Placement)
    """Where the pixels of the picture as it was given lie in `image`; see `copies`."""
    noisy: bool = False
    """Whether what differs from the reference is smoothed or compressed."""
    given: Image | None = field(default=None, compare=False, repr=False)
    """The picture as it was given, where `image` is that laid on the reference's pixels."""
    ground: NDArray[np.uint8] | None = None
    """The background of the picture as it was given, where `image` has the reference's, RGB."""

    @property
    def drawn(self) -> Image:
        """The picture as it was given."""
        return self.image if self.given is None else self.given

    @cached_property
    def edges(self) -> NDArray[np.bool_]:
        """`(H, W)`: where colours or brightness change clearly in `image`."""
        return copies.edges_of(self.image)

    @cached_property
    def insides(self) -> tuple[Inside | None, ...]:
        """The pixels of each panel by their colour; None for small ones."""
        return tuple(
            None if panel.small else inside(self.within(panel.inner), panel.background).narrow()
            for panel in self.panels
        )

    def within(self, box: Box) -> Image:
        """The pixels of a box."""
        return self.image[box[1] : box[3], box[0] : box[2]]

    def standing_out(self, box: Box, side: int) -> NDArray[np.float64]:
        """`(side, side)`: grey levels by which a box stands out from the background, made small."""
        apart = strongest(from_colour(self.within(box), self.background)).astype(np.float64)
        return np.asarray(cv2.resize(apart, (side, side), interpolation=cv2.INTER_AREA))

    def axis(self, panel: int, side: str) -> Axis | None:
        """The axis along one side of a panel, be it that of a panel which it shares it with."""
        owner = self.owner(panel, side)
        return next((axis for axis in self.axes[owner] if axis.side == side), None)

    def owner(self, panel: int, side: str) -> int:
        """The panel that has the labels of an axis: of plots in a row or column one may have them.

        It is the next one to the left or below that is of the same size along the axis.
        """
        alone = side not in ("bottom", "left") or self.panels[panel].kind == "strip"
        if alone or any(axis.side == side for axis in self.axes[panel]):
            return panel
        one, low = self.panels[panel].box, 0 if side == "bottom" else 1
        away = {}
        for k, other in enumerate(self.panels):
            gap = other.box[1] - one[3] if side == "bottom" else one[0] - other.box[2]
            aligned = all(abs(other.box[end] - one[end]) <= ALIGNED for end in (low, low + 2))
            if aligned and gap >= 0 and any(axis.side == side for axis in self.axes[k]):
                away[k] = gap
        return min(away, key=lambda k: away[k], default=panel)

    def handles(self, panel: int | None) -> Iterator[tuple[Label, NDArray[np.uint8]]]:
        """Entries of the legends of a panel, and of those beside all, with their colours."""
        for legend in self.legends:
            if legend.panel in (panel, None):
                for entry, colour in zip(legend.entries, legend.colours, strict=True):
                    if colour is not None:
                        yield entry, colour

    def of(self, role: Role, panel: int | None) -> list[Label]:
        """Labels of one role of one panel, in reading order."""
        return [label for label in self.labels if label.role == role and label.panel == panel]
