"""Plots without axes that have another size or other sides: trees, networks, tables, solids.

What has a frame is compared frame by frame; here nothing says where a plot ends but what is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import area, content_box
from visual_erm.judges.chart.findings import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.chart.places import Match
    from visual_erm.judges.chart.scene import ChartScene
    from visual_erm.types import Box

OTHER, MOST = 1.15, 2.0
"""Factors by which what is drawn is wider or lower at least, as longer texts make less of it; and
at most: a tiny copy in a corner is no attempt."""
SAME, EVENLY = 1.04, 1.15
"""Factors by which the other side may differ, and by which one side may differ more than the other
where all of it is smaller: letters keep their size."""
LARGE = 0.1
"""Share of a picture from which a plot is no part of a drawing, as the boxes of a tree are."""
SIDE = 48
"""Pixels of side at which what is drawn is compared."""
DRAWN, MORE = 0.85, 0.2
"""How well it must correlate when both are stretched to one size, and how much better than where
it stands."""


def squeezed(match: Match) -> list[Finding]:
    """One finding where all that is drawn is the same but for its size or its sides."""
    a, b = match.a, match.b
    if a.image.shape != b.image.shape or any(_has_axes(scene) for scene in (a, b)):
        return []
    box, other = content_box(a.image), content_box(b.image)
    wide, high = ((other[k + 2] - other[k]) / max(1, box[k + 2] - box[k]) for k in (0, 1))
    if not OTHER <= max(wide, high, 1 / wide, 1 / high) <= MOST:
        return []
    ratio = wide / high
    one_side = any(1 / SAME < side < SAME for side in (wide, high))
    if not one_side and not 1 / EVENLY < ratio < EVENLY:
        return []
    before = _soft(a, box)
    alike = _alike(before, _soft(b, other))
    if alike < DRAWN or alike < _alike(before, _soft(b, box)) + MORE:
        return []
    said = "all of it is smaller or larger"
    if one_side:
        way = "wider or lower" if ratio > 1 else "narrower or higher"
        said = f"the sides have another ratio: {way}"
    return [Finding("view", "structure_error", 1, "plot", said, box, other)]


def _has_axes(scene: ChartScene) -> bool:
    """Whether a frame with numbers or names along it says where a plot ends."""
    return any(
        len(panel.sides) > 1
        and area(panel.box) > LARGE * scene.image[..., 0].size
        and any(len(axis.labels) > 1 for axis in axes)
        for panel, axes in zip(scene.panels, scene.axes, strict=True)
    )


def _soft(scene: ChartScene, box: Box) -> NDArray[np.float64]:
    """What stands out from the background, at a small size, smoothed."""
    return np.asarray(cv2.GaussianBlur(scene.standing_out(box, SIDE), (0, 0), 1.0)).ravel()


def _alike(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """Correlation; 0 where nothing is drawn."""
    return float(np.corrcoef(one, two)[0, 1]) if one.std() and two.std() else 0.0
