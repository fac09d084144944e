"""Edits of what a figure shows: values of bars, lines, areas, points, pieces and cells; series."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import PathCollection, PolyCollection, QuadMesh
from matplotlib.container import BarContainer
from matplotlib.patches import Wedge

from benchmarks.judge.chart_edits import (
    EDITS,
    Change,
    Figure,
    box_of,
    edit,
    legend_again,
    lines_of,
    main_axes,
    own_labels,
    series_of,
)
from visual_erm.types import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

Graded = Callable[[Figure, random.Random, float, Severity], Change | None]


def graded(name: str, **sizes: tuple[float, Severity]) -> Callable[[Graded], Graded]:
    """Register one change in several sizes, each with the severity that it deserves."""

    def register(function: Graded) -> Graded:
        for size, (amount, severity) in sizes.items():
            EDITS[f"{name}_{size}"] = _sized(function, amount, severity)
        return function

    return register


def _sized(
    function: Graded, amount: float, severity: Severity
) -> Callable[[Figure, random.Random], Change | None]:
    return lambda fig, rng: function(fig, rng, amount, severity)


@graded("bar_value", small=(0.9, 1), medium=(0.72, 2), large=(0.3, 3))
def _bar_scaled(
    fig: Figure, rng: random.Random, factor: float, severity: Severity
) -> Change | None:
    ax = main_axes(fig, rng)
    bars = [b for c in ax.containers if isinstance(c, BarContainer) for b in c.patches]
    heights = [abs(b.get_height()) for b in bars]
    widths = [abs(b.get_width()) for b in bars]
    if not bars:
        return None
    across = len(set(np.round(heights, 6))) == 1 and len(set(np.round(widths, 6))) > 1
    sizes = widths if across else heights
    big = [b for b, s in zip(bars, sizes, strict=True) if s > 0.3 * max(sizes)]
    bar = rng.choice(big)
    before = box_of(fig, [bar])
    limits = ax.get_xlim(), ax.get_ylim()
    old = bar.get_width() if across else bar.get_height()
    (bar.set_width if across else bar.set_height)(old * factor)
    ax.set(xlim=limits[0], ylim=limits[1])
    said = f"{old:.3g} became {old * factor:.3g}"
    return Change("data_error", severity, "bar", said, before, [bar])


@graded("line_moved", small=(0.06, 1), medium=(0.18, 2), large=(0.4, 3))
def _line_moved(fig: Figure, rng: random.Random, share: float, severity: Severity) -> Change | None:
    ax = main_axes(fig, rng)
    lines = lines_of(ax)
    if not lines or ax.get_yscale() != "linear":
        return None
    line = rng.choice(lines)
    limits = ax.get_ylim()
    y = np.asarray(line.get_ydata(), float).copy()
    half = len(y) // 2
    middle = sum(limits) / 2
    direction = -1 if np.nanmean(y[half:]) > middle else 1
    y[half:] += direction * share * (limits[1] - limits[0])
    before = box_of(fig, [line])
    line.set_ydata(y)
    ax.set_ylim(limits)
    said = f"second half moved by {share:.0%} of the axis"
    return Change("data_error", severity, "line", said, before, [line])


@graded("area_scaled", small=(0.93, 1), medium=(0.8, 2), large=(0.5, 3))
def _area_scaled(
    fig: Figure, rng: random.Random, factor: float, severity: Severity
) -> Change | None:
    """One filled area lower at its upper edge, as if its values were smaller."""
    ax = main_axes(fig, rng)
    areas = [c for c in ax.collections if isinstance(c, PolyCollection) and len(c.get_paths()) == 1]
    if ax.name != "rectilinear" or not areas:
        return None
    area = rng.choice(areas)
    limits = ax.get_xlim(), ax.get_ylim()
    points = np.asarray(area.get_paths()[0].vertices, float)
    low = float(points[:, 1].min())
    before = box_of(fig, [area])
    changed = points.copy()
    changed[:, 1] = low + (points[:, 1] - low) * factor
    area.set_verts([changed])
    ax.set(xlim=limits[0], ylim=limits[1])
    return Change("data_error", severity, "area", f"scaled to {factor:.0%}", before, [area])


@edit
def wrong_numbers(fig: Figure, rng: random.Random) -> Change | None:
    """Every line, bar and cloud of one plot shows other values within the same limits."""
    ax = main_axes(fig, rng)
    bars = [b for c in ax.containers if isinstance(c, BarContainer) for b in c.patches]
    lines = lines_of(ax)
    clouds = [c for c in ax.collections if isinstance(c, PathCollection)]
    if ax.name != "rectilinear" or ax.get_yscale() != "linear" or not (bars or lines or clouds):
        return None
    limits = ax.get_xlim(), ax.get_ylim()
    before = box_of(fig, [ax])
    if bars:
        sizes = [b.get_height() for b in bars]
        across = len(set(np.round(sizes, 6))) == 1
        sizes = [b.get_width() for b in bars] if across else sizes
        for bar, size in zip(bars, sizes, strict=True):
            (bar.set_width if across else bar.set_height)(size * rng.uniform(0.3, 0.8))
    for line in lines if not bars else ():
        line.set_ydata(sum(limits[1]) - np.asarray(line.get_ydata(), float)[::-1])
    for cloud in clouds if not bars else ():
        offsets = np.asarray(cloud.get_offsets(), float).copy()
        offsets[:, 1] = sum(limits[1]) - offsets[:, 1]
        cloud.set_offsets(offsets)
    ax.set(xlim=limits[0], ylim=limits[1])
    return Change("data_error", 3, "plot", "the values differ throughout", before, [ax])


@edit
def wedge_value(fig: Figure, rng: random.Random) -> Change | None:
    """Two neighbouring pieces of a pie share their sum in another way."""
    ax = main_axes(fig, rng)
    wedges = [p for p in ax.patches if isinstance(p, Wedge)]
    if len(wedges) < 3:
        return None
    k = rng.randrange(len(wedges) - 1)
    one, two = wedges[k], wedges[k + 1]
    before = box_of(fig, [one, two])
    larger = max((one, two), key=lambda w: abs(w.theta2 - w.theta1))
    shift = 0.45 * (larger.theta2 - larger.theta1) * (1 if larger is two else -1)
    one.set_theta2(one.theta2 + shift)
    two.set_theta1(two.theta1 + shift)
    return Change("data_error", 2, "pieces", "the shares differ", before, [one, two])


@edit
def points_moved(fig: Figure, rng: random.Random) -> Change | None:
    """A quarter of the points lie elsewhere."""
    ax = main_axes(fig, rng)
    clouds = [c for c in ax.collections if isinstance(c, PathCollection)]
    if not clouds:
        return None
    cloud = rng.choice(clouds)
    limits = ax.get_xlim(), ax.get_ylim()
    offsets = np.asarray(cloud.get_offsets(), float).copy()
    chosen = np.array(rng.sample(range(len(offsets)), max(1, len(offsets) // 4)))
    offsets[chosen, 1] = sum(limits[1]) - offsets[chosen, 1]
    before = box_of(fig, [cloud])
    cloud.set_offsets(offsets)
    ax.set(xlim=limits[0], ylim=limits[1])
    return Change("data_error", 2, "points", "a quarter of the points moved", before, [cloud])


@edit
def cell_value(fig: Figure, rng: random.Random) -> Change | None:
    """One cell has another value."""
    ax = main_axes(fig, rng)
    images = [*ax.images, *(c for c in ax.collections if isinstance(c, QuadMesh))]
    if not images:
        return None
    image = images[0]
    values: NDArray[np.float64] = np.array(np.ma.filled(image.get_array(), np.nan), float)
    clim = image.get_clim()
    flat = values.reshape(-1)
    i = rng.randrange(flat.size)
    flat[i] = clim[1] if flat[i] < sum(clim) / 2 else clim[0]
    image.set_array(values) if not ax.images else image.set_data(values)
    image.set_clim(clim)
    rows, columns = values.shape if values.ndim == 2 else (1, values.size)
    r, c = divmod(i, columns)
    if isinstance(image, QuadMesh):
        mesh = np.asarray(image.get_coordinates(), float)
        corners = np.array([mesh[r, c], mesh[r + 1, c + 1]])
    else:
        left, right, bottom, top = image.get_extent()
        first, last = (bottom, top) if image.origin == "lower" else (top, bottom)
        xs = left + (right - left) * np.array([c, c + 1]) / columns
        ys = first + (last - first) * np.array([r, r + 1]) / rows
        corners = np.stack([xs, ys], axis=1)
    (x0, y0), (x1, y1) = ax.transData.transform(corners)
    low, high = sorted((fig.bbox.height - y0, fig.bbox.height - y1))
    box = (int(min(x0, x1)), int(low), math.ceil(max(x0, x1)), math.ceil(high))
    return Change("data_error", 2, f"cell {r}, {c}", "another value", box)


@edit
def series_dropped(fig: Figure, rng: random.Random) -> Change | None:
    """A series is missing."""
    ax = main_axes(fig, rng)
    containers = [c for c in ax.containers if isinstance(c, BarContainer)]
    groups = series_of(ax)
    if len(groups) < 2:
        return None
    group = rng.choice(groups)
    before, known = box_of(fig, group), own_labels(ax)
    limits = ax.get_xlim(), ax.get_ylim()
    owner = next((c for c in containers if c.patches and c.patches[0] is group[0]), None)
    if owner is not None:
        owner.remove()
    else:
        for artist in group:
            artist.remove()
    ax.set(xlim=limits[0], ylim=limits[1])
    legend_again(ax, known)
    return Change("data_error", 3, "series", "a series is missing", before)


@edit
def series_added(fig: Figure, rng: random.Random) -> Change | None:
    """There is a series too many."""
    ax = main_axes(fig, rng)
    lines = lines_of(ax)
    if not lines or ax.get_yscale() != "linear":
        return None
    limits, known = ax.get_ylim(), own_labels(ax)
    y = np.asarray(lines[0].get_ydata(), float)
    (line,) = ax.plot(lines[0].get_xdata(), sum(limits) - y, color="#f781bf", label="Extra")
    ax.set_ylim(limits)
    legend_again(ax, known)
    return Change("data_error", 2, "series", "a series too many", None, [line])
