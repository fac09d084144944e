"""One difference as the chart judge holds it until all are known, and how places are named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visual_erm.judges.chart.scene import ChartScene, Role
from visual_erm.types import Box, Discrepancy, Severity

Cause = Literal[
    "panel missing", "panel added", "exchanged", "axes missing", "inset",
    "emptied", "mirrored", "redone", "chart type", "everything", "scale", "limits", "axis labels",
    "series missing", "series added", "recoloured", "colour map", "marks", "line look",
    "legend missing", "legend added", "legend moved", "legend entry", "legend order",
    "legend colour", "text", "text missing", "text added", "tick", "font size", "grid", "frame",
    "panel background", "figure background", "rest", "shape", "view", "legend frame",
]  # fmt: skip

Detail = Literal[
    "", "inverted", "paler", "range", "shape", "values", "outlines", "larger", "smaller", "bold",
    "width",
]  # fmt: skip
NAMES: dict[Role, str] = {
    "title": "title",
    "figure title": "figure title",
    "x tick": "x-axis tick label",
    "y tick": "y-axis tick label",
    "right tick": "right axis tick label",
    "x label": "x-axis label",
    "y label": "y-axis label",
    "right label": "right axis label",
    "legend": "legend entry",
    "note": "text in the plot",
    "text": "text beside the plot",
}


@dataclass(frozen=True)
class Finding:
    """A difference with what it takes to decide whether another one explains it."""

    cause: Cause
    category: str
    severity: Severity
    location: str
    description: str
    box: Box | None
    """In reference pixels."""
    box_candidate: Box | None
    panel: int | None = None
    """Index of the reference panel; None for the whole figure."""
    subject: str = ""
    """Text or colour concerned, for matching causes with consequences."""
    becomes: str = ""
    """Text that stands there instead, where it is known which."""
    detail: Detail = ""
    """What of the cause it is, where a rule asks; "values" and "shape" are of a whole series,
    "width" is that of bars, which limits follow."""

    def discrepancy(self) -> Discrepancy:
        """The difference as callers see it."""
        return Discrepancy(
            category=self.category,
            severity=self.severity,
            location=self.location,
            description=self.description,
            bbox=self.box,
            bbox_prediction=self.box_candidate,
        )


def of_panel(scene: ChartScene, index: int | None) -> str:
    """Empty for a figure of one plot, else " of the second panel" and the like."""
    plots = [i for i, panel in enumerate(scene.panels) if panel.kind != "strip"]
    if index is None:
        return ""
    if index not in plots:
        return " of the colour bar"
    if len(plots) < 2:
        return ""
    return f" of the {ordinal(plots.index(index))} panel"


def ordinal(index: int) -> str:
    """Counting word for an index from 0.

    >>> ordinal(1), ordinal(11)
    ('second', '12th')
    """
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    return words[index] if index < len(words) else f"{index + 1}th"
