"""Edits of how a figure looks: colours, marks, lines, grid, frame, background."""

from __future__ import annotations

import random

import numpy as np
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import to_hex

from benchmarks.judge.chart_edits import (
    PALETTE,
    Change,
    Figure,
    box_of,
    colour_of,
    edit,
    legend_again,
    lines_of,
    main_axes,
    own_labels,
    paint,
    series_of,
)


@edit
def colour_changed(fig: Figure, rng: random.Random) -> Change | None:
    """A series has another colour."""
    ax = main_axes(fig, rng)
    groups = series_of(ax)
    if not groups:
        return None
    group = rng.choice(groups)
    if isinstance(group[0], PathCollection) and len(group[0].get_facecolor()) > 1:
        return None
    old = to_hex(colour_of(group[0]))
    seen = [np.array(_rgb(to_hex(colour_of(g[0])))) for g in groups]
    far = [c for c in PALETTE if all(np.abs(np.array(_rgb(c)) - s).sum() > 150 for s in seen)]
    if not far:
        return None
    new = rng.choice(far)
    paint(group, new)
    legend_again(ax, own_labels(ax))
    said = f"colour {old} became {new}"
    return Change("style_error", 1, "series", said, box_of(fig, group), group)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@edit
def colours_swapped(fig: Figure, rng: random.Random) -> Change | None:
    """Two series have each other's colour."""
    ax = main_axes(fig, rng)
    groups = [g for g in series_of(ax) if len(g) > 1 or not isinstance(g[0], PathCollection)]
    groups = [g for g in groups if len({to_hex(colour_of(a)) for a in g}) == 1]
    if len({to_hex(colour_of(g[0])) for g in groups}) < 2:
        return None
    one, two = rng.sample(groups, 2)
    first, second = to_hex(colour_of(one[0])), to_hex(colour_of(two[0]))
    if first == second:
        return None
    paint(one, second)
    paint(two, first)
    legend_again(ax, own_labels(ax))
    both = [*one, *two]
    return Change("style_error", 2, "series", "two colours are swapped", box_of(fig, both), both)


@edit
def colormap(fig: Figure, rng: random.Random) -> Change | None:
    """Another colour map."""
    ax = main_axes(fig, rng)
    mapped = [*ax.images, *(c for c in ax.collections if c.get_array() is not None)]
    if not mapped:
        return None
    for m in mapped:
        m.set_cmap("magma" if m.get_cmap().name != "magma" else "viridis")
    box = box_of(fig, [ax])
    return Change("style_error", 2, "plot", "another colour map", box, [ax])


@edit
def marker_changed(fig: Figure, rng: random.Random) -> Change | None:
    """A line has markers that it should not have, or lacks them."""
    lines = [a for a in lines_of(main_axes(fig, rng)) if len(a.get_xdata()) < 40]
    if not lines:
        return None
    line = rng.choice(lines)
    line.set_marker("D" if line.get_marker() in ("None", "", None) else "None")
    if line.get_marker() == "None" and line.get_linestyle() == "None":
        line.set_marker("x")
    box = box_of(fig, [line])
    return Change("style_error", 1, "line", "markers differ", box, [line])


@edit
def line_style(fig: Figure, rng: random.Random) -> Change | None:
    """A line is dashed, or no longer is."""
    lines = [a for a in lines_of(main_axes(fig, rng)) if a.get_linestyle() != "None"]
    if not lines:
        return None
    line = rng.choice(lines)
    line.set_linestyle("--" if line.get_linestyle() == "-" else "-")
    box = box_of(fig, [line])
    return Change("style_error", 1, "line", "dashes differ", box, [line])


@edit
def line_width(fig: Figure, rng: random.Random) -> Change | None:
    """A line is thicker."""
    lines = [a for a in lines_of(main_axes(fig, rng)) if a.get_linestyle() != "None"]
    if not lines:
        return None
    line = rng.choice(lines)
    line.set_linewidth(line.get_linewidth() * 2.5)
    box = box_of(fig, [line])
    return Change("style_error", 1, "line", "line width differs", box, [line])


@edit
def grid_toggled(fig: Figure, rng: random.Random) -> Change | None:
    """The grid is there, or is not."""
    ax = main_axes(fig, rng)
    if not ax.axison or ax.images or any(isinstance(c, QuadMesh) for c in ax.collections):
        return None
    on = any(line.get_visible() for line in ax.get_xgridlines() + ax.get_ygridlines())
    ax.grid(not on)
    return Change("style_error", 1, "grid", "grid toggled", box_of(fig, [ax]), [ax])


@edit
def spines_hidden(fig: Figure, rng: random.Random) -> Change | None:
    """The frame lacks its upper and right line."""
    ax = main_axes(fig, rng)
    if not ax.axison or not ax.spines["top"].get_visible() or ax.spines["top"].get_linewidth() == 0:
        return None
    if np.allclose(ax.spines["top"].get_edgecolor(), ax.get_facecolor(), atol=0.15):
        return None
    ax.spines[["top", "right"]].set_visible(False)
    return Change(
        "style_error", 1, "frame", "top and right lines are gone", box_of(fig, [ax]), [ax]
    )


@edit
def background(fig: Figure, rng: random.Random) -> Change | None:
    """The plot has another background."""
    ax = main_axes(fig, rng)
    if not ax.axison or ax.images:
        return None
    ax.set_facecolor("#fff3c4" if sum(ax.get_facecolor()[:3]) > 1.5 else "#20304a")
    return Change("style_error", 1, "background", "background differs", box_of(fig, [ax]), [ax])
