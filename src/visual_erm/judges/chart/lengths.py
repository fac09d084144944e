"""How a bar is called, and the values at which it ends where its axis can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.chart.scene import Axis, ChartScene
    from visual_erm.judges.chart.state import Panels

    Mask = NDArray[np.bool_]


def told(
    state: Panels, series: str, before: Mask, after: Mask, x: float, y: float, across: bool
) -> tuple[str, str]:
    """The bar's name, and its values before and after where the axis is readable."""
    ox, oy = state.layers.origin
    panel = state.match.a.panels[state.index]
    axes: dict[str, Axis] = {axis.side: axis for axis in state.match.a.axes[state.index]}
    names, values = ("left", "bottom") if across else ("bottom", "left")
    place = (
        (panel.box[3] - (y + oy)) / panel.height
        if across
        else (x + ox - panel.box[0]) / panel.width
    )
    name = f"bar for {_nearest(axes[names], place)}" if names in axes else "bar"
    if "series" in series and len(state.pairs) > 1:
        name += f" ({series})"
    axis = axes.get(values)
    if axis is None or axis.scale != "linear":
        return name, "its length differs"
    ends = [_end(mask, across, panel.box, state.layers.origin, axis) for mask in (before, after)]
    if ends[0] is None or ends[1] is None:
        return name, "its length differs"
    return name, f"{ends[0]:.3g} became {ends[1]:.3g}"


def _nearest(axis: Axis, place: float) -> str:
    if axis.scale == "linear" and len(axis.labels) > 1:
        gaps = np.abs(np.array(axis.at) - place)
        if gaps.min() > 0.02:
            return f"{axis.start + place * axis.span:.3g}"
    return axis.labels[int(np.argmin(np.abs(np.array(axis.at) - place)))].text


def _end(
    mask: Mask, across: bool, box: tuple[int, int, int, int], origin: tuple[int, int], axis: Axis
) -> float | None:
    lines = np.flatnonzero(mask.any(axis=0 if across else 1))
    if not len(lines):
        return None
    if across:
        place = (int(lines[-1]) + 1 + origin[0] - box[0]) / (box[2] - box[0])
    else:
        place = (box[3] - int(lines[0]) - origin[1]) / (box[3] - box[1])
    return axis.start + place * axis.span


def horizontal(scene: ChartScene, index: int) -> bool:
    """Whether bars run across: names on the left, numbers below."""
    axes = {axis.side: axis.scale for axis in scene.axes[index]}
    return axes.get("left") == "names" and axes.get("bottom") in ("linear", "log")
