"""Edits of a drawn Matplotlib figure, each with its true category, severity and boxes.

An edit changes the artists of one figure in place and says what it did, or returns None where it
does not apply. Boxes are those of the artists, before and after, in pixels of the two pictures.

Severity: 3 for what a reader would be misled by (series, panels, scales, chart type, values off by
more than a third of their range), 2 for what must be corrected by hand, 1 for looks and typos.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axis import Axis
from matplotlib.collections import Collection, PathCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from visual_erm.types import Box, Severity

Figure = Any
Artist = Any
PALETTE = ("#e41a1c", "#377eb8", "#4daf4a", "#984ea3", "#ff7f00", "#a65628", "#17becf", "#bcbd22")


@dataclass
class Change:
    """What one edit did to a figure."""

    category: str
    severity: Severity
    location: str
    description: str
    before: Box | None
    after: list[Artist] = field(default_factory=list)
    """Artists whose extent in the edited figure is the box in the candidate."""


Edit = Callable[[Figure, random.Random], Change | None]
EDITS: dict[str, Edit] = {}


def edit(function: Edit) -> Edit:
    """Register an edit under its own name."""
    EDITS[function.__name__] = function
    return function


def box_of(fig: Figure, artists: list[Artist]) -> Box | None:
    """Box around the artists in picture coordinates, cut to their axes."""
    height = fig.bbox.height
    boxes = []
    for artist in artists:
        renderer = fig.canvas.get_renderer()
        is_axis = isinstance(artist, Axis)
        extent = artist.get_tightbbox(renderer) if is_axis else artist.get_window_extent(renderer)
        if extent is None:  # an axis without labels, as in shared axes
            continue
        x0, y0, x1, y1 = extent.extents
        if isinstance(artist, PathCollection):
            # The extent of a scatter is not known to Matplotlib; that of its points is.
            points = artist.get_offset_transform().transform(artist.get_offsets())
            reach = float(np.sqrt(np.max(artist.get_sizes()))) * fig.dpi / 144
            (x0, y0), (x1, y1) = points.min(axis=0) - reach, points.max(axis=0) + reach
        axes = getattr(artist, "axes", None)
        if axes is not None and isinstance(artist, (Line2D, Patch, Collection)):
            a = axes.bbox.extents
            x0, y0, x1, y1 = max(x0, a[0]), max(y0, a[1]), min(x1, a[2]), min(y1, a[3])
        if np.isfinite([x0, y0, x1, y1]).all() and x1 > x0 - 3 and y1 > y0 - 3:
            boxes.append((x0 - 1, height - y1 - 1, x1 + 2, height - y0 + 2))
    if not boxes:
        return None
    a = np.array(boxes)
    limit = np.array([fig.bbox.width, fig.bbox.height])
    low = np.clip(a[:, :2].min(axis=0), 0, limit)
    high = np.clip(a[:, 2:].max(axis=0), 0, limit)
    return int(low[0]), int(low[1]), int(np.ceil(high[0])), int(np.ceil(high[1]))


def _typo(text: str, rng: random.Random) -> str:
    at = [i for i, c in enumerate(text) if c.isalnum()]
    if not at:
        return text + "x"
    i = rng.choice(at)
    alphabet = string.digits if text[i].isdigit() else string.ascii_lowercase
    looks_alike = {"o": "0", "0": "o", "l": "1i", "1": "li", "i": "l1", "s": "5", "5": "s"}
    avoid = text[i].lower() + looks_alike.get(text[i].lower(), "")
    return text[:i] + rng.choice([c for c in alphabet if c not in avoid]) + text[i + 1 :]


def _main(fig: Figure, rng: random.Random) -> Any:
    """One of the axes that hold data (not a colour bar)."""
    axes = [a for a in fig.axes if a.get_label() != "<colorbar>"]
    return rng.choice(axes)


def _lines(ax: Any) -> list[Any]:
    return [line for line in ax.lines if len(line.get_xdata()) > 3 and line.get_visible()]


def _series(ax: Any) -> list[list[Artist]]:
    """Groups of artists that a reader sees as one series."""
    groups: list[list[Artist]] = [[line] for line in _lines(ax)]
    groups += [list(c.patches) for c in ax.containers if isinstance(c, BarContainer)]
    groups += [[c] for c in ax.collections if isinstance(c, PathCollection)]
    return groups


def _paint(artists: list[Artist], colour: str) -> None:
    for artist in artists:
        if hasattr(artist, "set_facecolor"):
            artist.set_facecolor(colour)
        else:
            artist.set_color(colour)


def _colour(artist: Artist) -> Any:
    if hasattr(artist, "get_facecolor"):
        return np.asarray(artist.get_facecolor()).reshape(-1, 4)[0]
    return artist.get_color()


def _legend_again(ax: Any) -> None:
    options = getattr(ax, "legend_options", None)
    if ax.get_legend() is not None and options is not None:
        ax.get_legend().remove()
        if ax.get_legend_handles_labels()[0]:
            ax.legend(**options)


def _text_change(fig: Figure, text: Any, new: str, severity: Severity, what: str) -> Change | None:
    old = text.get_text()
    if not old.strip() or old == new:
        return None
    before = box_of(fig, [text])
    text.set_text(new)
    said = f'"{old}" became "{new}"' if new else f'"{old}" is missing'
    return Change("text_error", severity, what, said, before, [text] if new else [])


@edit
def title_typo(fig: Figure, rng: random.Random) -> Change | None:
    title = _main(fig, rng).title
    return _text_change(fig, title, _typo(title.get_text(), rng), 1, "title")


@edit
def title_missing(fig: Figure, rng: random.Random) -> Change | None:
    return _text_change(fig, _main(fig, rng).title, "", 2, "title")


@edit
def title_other(fig: Figure, rng: random.Random) -> Change | None:
    return _text_change(fig, _main(fig, rng).title, "Quarterly figures of the firm", 2, "title")


@edit
def label_typo(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    label = rng.choice([ax.xaxis.label, ax.yaxis.label])
    return _text_change(fig, label, _typo(label.get_text(), rng), 1, "axis label")


@edit
def label_missing(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    return _text_change(fig, rng.choice([ax.xaxis.label, ax.yaxis.label]), "", 2, "axis label")


@edit
def tick_typo(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    axis = rng.choice([ax.xaxis, ax.yaxis])
    labels = [t.get_text() for t in axis.get_ticklabels()]
    low, high = sorted(axis.get_view_interval())
    places = axis.get_ticklocs()
    # Only labels that are drawn: Matplotlib keeps ticks just outside of the limits.
    shown = [i for i, t in enumerate(labels) if t and "$" not in t and low <= places[i] <= high]
    if not shown:
        return None
    i = rng.choice(shown)
    before = box_of(fig, [axis.get_ticklabels()[i]])
    old, labels[i] = labels[i], _typo(labels[i], rng)
    limits = axis.get_view_interval().copy()
    axis.set_ticks(places, labels)
    axis.set_view_interval(*limits, ignore=True)
    said = f'"{old}" became "{labels[i]}"'
    return Change("text_error", 1, "tick label", said, before, [axis.get_ticklabels()[i]])


@edit
def legend_typo(fig: Figure, rng: random.Random) -> Change | None:
    legend = _main(fig, rng).get_legend()
    if legend is None:
        return None
    text = rng.choice(legend.get_texts())
    return _text_change(fig, text, _typo(text.get_text(), rng), 1, "legend entry")


@edit
def legend_labels_swapped(fig: Figure, rng: random.Random) -> Change | None:
    legend = _main(fig, rng).get_legend()
    if legend is None or len(legend.get_texts()) < 2:
        return None
    one, two = rng.sample(list(legend.get_texts()), 2)
    before = box_of(fig, [one, two])
    first, second = one.get_text(), two.get_text()
    one.set_text(second)
    two.set_text(first)
    said = f'entries "{first}" and "{second}" are swapped'
    return Change("text_error", 2, "legend", said, before, [one, two])


@edit
def note_number(fig: Figure, rng: random.Random) -> Change | None:
    notes = [t for t in _main(fig, rng).texts if t.get_text().strip()]
    if not notes:
        return None
    text = rng.choice(notes)
    return _text_change(fig, text, _typo(text.get_text(), rng), 1, "text in the plot")


@edit
def font_size(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    before = box_of(fig, [ax.title])
    if not ax.title.get_text():
        return None
    ax.title.set_fontsize(ax.title.get_fontsize() * rng.choice([0.6, 1.5]))
    return Change("text_error", 1, "title", "font size differs", before, [ax.title])


def _bar_scaled(
    fig: Figure, rng: random.Random, factor: float, severity: Severity
) -> Change | None:
    ax = _main(fig, rng)
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
    return Change(
        "data_error", severity, "bar", f"{old:.3g} became {old * factor:.3g}", before, [bar]
    )


@edit
def bar_value_small(fig: Figure, rng: random.Random) -> Change | None:
    return _bar_scaled(fig, rng, 0.9, 1)


@edit
def bar_value_medium(fig: Figure, rng: random.Random) -> Change | None:
    return _bar_scaled(fig, rng, 0.72, 2)


@edit
def bar_value_large(fig: Figure, rng: random.Random) -> Change | None:
    return _bar_scaled(fig, rng, 0.3, 3)


def _line_moved(fig: Figure, rng: random.Random, share: float, severity: Severity) -> Change | None:
    ax = _main(fig, rng)
    lines = _lines(ax)
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


@edit
def line_moved_small(fig: Figure, rng: random.Random) -> Change | None:
    return _line_moved(fig, rng, 0.06, 1)


@edit
def line_moved_medium(fig: Figure, rng: random.Random) -> Change | None:
    return _line_moved(fig, rng, 0.18, 2)


@edit
def line_moved_large(fig: Figure, rng: random.Random) -> Change | None:
    return _line_moved(fig, rng, 0.4, 3)


@edit
def points_moved(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
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
    ax = _main(fig, rng)
    images = [*ax.images, *(c for c in ax.collections if isinstance(c, QuadMesh))]
    if not images:
        return None
    image = images[0]
    values = np.ma.filled(np.ma.asarray(image.get_array(), float), np.nan).copy()  # type: ignore[var-annotated]
    clim = image.get_clim()
    flat = values.reshape(-1)
    i = rng.randrange(flat.size)
    flat[i] = clim[1] if flat[i] < sum(clim) / 2 else clim[0]
    image.set_array(values) if not ax.images else image.set_data(values)
    image.set_clim(clim)
    rows, columns = values.shape if values.ndim == 2 else (1, values.size)
    x0, y0, x1, y1 = ax.bbox.extents
    r, c = divmod(i, columns)
    w, h = (x1 - x0) / columns, (y1 - y0) / rows
    top = fig.bbox.height - y1
    box = (int(x0 + c * w), int(top + r * h), int(x0 + c * w + w), int(top + r * h + h))
    return Change("data_error", 2, f"cell {r}, {c}", "another value", box)


@edit
def series_dropped(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    containers = [c for c in ax.containers if isinstance(c, BarContainer)]
    groups = _series(ax)
    if len(groups) < 2:
        return None
    group = rng.choice(groups)
    before = box_of(fig, group)
    limits = ax.get_xlim(), ax.get_ylim()
    owner = next((c for c in containers if c.patches and c.patches[0] is group[0]), None)
    if owner is not None:
        owner.remove()
    else:
        for artist in group:
            artist.remove()
    ax.set(xlim=limits[0], ylim=limits[1])
    _legend_again(ax)
    return Change("data_error", 3, "series", "a series is missing", before)


@edit
def series_added(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    lines = _lines(ax)
    if not lines or ax.get_yscale() != "linear":
        return None
    limits = ax.get_ylim()
    y = np.asarray(lines[0].get_ydata(), float)
    (line,) = ax.plot(lines[0].get_xdata(), sum(limits) - y, color="#f781bf", label="Extra")
    ax.set_ylim(limits)
    _legend_again(ax)
    return Change("data_error", 2, "series", "a series too many", None, [line])


@edit
def limits_changed(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    if (
        ax.name != "rectilinear"
        or ax.images
        or ax.get_yscale() != "linear"
        or (ax.patches[:1] and not ax.containers)
    ):
        return None
    low, high = ax.get_ylim()
    box = box_of(fig, [ax.yaxis])
    ax.set_ylim(low, high + 0.45 * (high - low))
    return Change("data_error", 2, "y axis", "limits differ", box, [ax.yaxis])


@edit
def log_scale(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    if ax.get_yscale() != "linear" or ax.get_ylim()[1] <= 10 or ax.images or ax.get_ylim()[0] < -10:
        return None
    box = box_of(fig, [ax.yaxis])
    ax.set_yscale("log")
    return Change("data_error", 3, "y axis", "logarithmic in place of linear", box, [ax.yaxis])


@edit
def inverted(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    if not (ax.lines or ax.containers or ax.collections) or not ax.axison:
        return None
    box = box_of(fig, [ax.yaxis])
    ax.invert_yaxis()
    return Change("data_error", 3, "y axis", "inverted", box, [ax.yaxis])


@edit
def chart_type(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    lines = _lines(ax)
    containers = [c for c in ax.containers if isinstance(c, BarContainer)]
    before = box_of(fig, [ax])
    limits = ax.get_xlim(), ax.get_ylim()
    if containers:
        for bars in containers:
            x = [b.get_x() + b.get_width() / 2 for b in bars.patches]
            y = [b.get_y() + b.get_height() for b in bars.patches]
            colour = to_hex(bars.patches[0].get_facecolor())
            ax.plot(x, y, "o-", color=colour, label=bars.get_label())
            bars.remove()
        what = "lines in place of bars"
    elif lines and ax.get_yscale() == "linear" and len(lines[0].get_xdata()) < 400:
        for line in lines:
            x = np.asarray(line.get_xdata(orig=False), float)  # type: ignore[assignment]
            y = np.asarray(line.get_ydata(), float)  # type: ignore[assignment]
            width = 0.8 * float(np.median(np.diff(x)))
            ax.bar(x, y, width, color=to_hex(line.get_color()), label=line.get_label())
            line.remove()
        what = "bars in place of lines"
    else:
        return None
    ax.set(xlim=limits[0], ylim=limits[1])
    _legend_again(ax)
    return Change("structure_error", 3, "plot", what, before, [ax])


@edit
def panel_dropped(fig: Figure, rng: random.Random) -> Change | None:
    axes = [a for a in fig.axes if a.get_label() != "<colorbar>"]
    if len(axes) < 2 or len({tuple(a.bbox.extents) for a in axes}) < 2:
        return None
    ax = rng.choice(axes)
    before = box_of(fig, [ax])
    ax.remove()
    return Change("structure_error", 3, "subplot", "a subplot is missing", before)


@edit
def legend_dropped(fig: Figure, rng: random.Random) -> Change | None:
    legend = _main(fig, rng).get_legend()
    if legend is None:
        return None
    before = box_of(fig, [legend])
    legend.remove()
    return Change("structure_error", 2, "legend", "the legend is missing", before)


@edit
def legend_moved(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    legend = ax.get_legend()
    if legend is None or "bbox_to_anchor" in getattr(ax, "legend_options", {}):
        return None
    before = box_of(fig, [legend])
    places = {2: "lower right", 1: "lower left", 3: "upper right", 4: "upper left"}
    mid = (np.array(before[:2]) + np.array(before[2:])) / 2 if before else np.zeros(2)
    x, y = ax.bbox.extents[0::2].mean(), fig.bbox.height - ax.bbox.extents[1::2].mean()
    here = {(True, True): 1, (False, True): 2, (False, False): 3, (True, False): 4}
    legend.set_loc(places[here[bool(mid[0] > x), bool(mid[1] < y)]])
    return Change("structure_error", 1, "legend", "in another place", before, [legend])


@edit
def colour_changed(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    groups = _series(ax)
    if not groups:
        return None
    group = rng.choice(groups)
    if isinstance(group[0], PathCollection) and len(group[0].get_facecolor()) > 1:
        return None
    old = to_hex(_colour(group[0]))
    seen = [np.array(_rgb(to_hex(_colour(g[0])))) for g in groups]
    far = [c for c in PALETTE if all(np.abs(np.array(_rgb(c)) - s).sum() > 150 for s in seen)]
    if not far:
        return None
    new = rng.choice(far)
    _paint(group, new)
    _legend_again(ax)
    said = f"colour {old} became {new}"
    return Change("style_error", 1, "series", said, box_of(fig, group), group)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@edit
def colours_swapped(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    groups = [g for g in _series(ax) if len(g) > 1 or not isinstance(g[0], PathCollection)]
    groups = [g for g in groups if len({to_hex(_colour(a)) for a in g}) == 1]
    if len({to_hex(_colour(g[0])) for g in groups}) < 2:
        return None
    one, two = rng.sample(groups, 2)
    first, second = to_hex(_colour(one[0])), to_hex(_colour(two[0]))
    if first == second:
        return None
    _paint(one, second)
    _paint(two, first)
    _legend_again(ax)
    both = [*one, *two]
    return Change("style_error", 2, "series", "two colours are swapped", box_of(fig, both), both)


@edit
def colormap(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    mapped = [*ax.images, *(c for c in ax.collections if c.get_array() is not None)]
    if not mapped:
        return None
    for m in mapped:
        m.set_cmap("magma" if m.get_cmap().name != "magma" else "viridis")
    box = box_of(fig, [ax])
    return Change("style_error", 2, "plot", "another colour map", box, [ax])


@edit
def marker_changed(fig: Figure, rng: random.Random) -> Change | None:
    lines = [a for a in _lines(_main(fig, rng)) if len(a.get_xdata()) < 40]
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
    lines = [a for a in _lines(_main(fig, rng)) if a.get_linestyle() != "None"]
    if not lines:
        return None
    line = rng.choice(lines)
    line.set_linestyle("--" if line.get_linestyle() == "-" else "-")
    box = box_of(fig, [line])
    return Change("style_error", 1, "line", "dashes differ", box, [line])


@edit
def line_width(fig: Figure, rng: random.Random) -> Change | None:
    lines = [a for a in _lines(_main(fig, rng)) if a.get_linestyle() != "None"]
    if not lines:
        return None
    line = rng.choice(lines)
    line.set_linewidth(line.get_linewidth() * 2.5)
    box = box_of(fig, [line])
    return Change("style_error", 1, "line", "line width differs", box, [line])


@edit
def grid_toggled(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
    if not ax.axison or ax.images or any(isinstance(c, QuadMesh) for c in ax.collections):
        return None
    on = any(line.get_visible() for line in ax.get_xgridlines() + ax.get_ygridlines())
    ax.grid(not on)
    return Change("style_error", 1, "grid", "grid toggled", box_of(fig, [ax]), [ax])


@edit
def spines_hidden(fig: Figure, rng: random.Random) -> Change | None:
    ax = _main(fig, rng)
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
    ax = _main(fig, rng)
    if not ax.axison or ax.images:
        return None
    ax.set_facecolor("#fff3c4" if sum(ax.get_facecolor()[:3]) > 1.5 else "#20304a")
    return Change("style_error", 1, "background", "background differs", box_of(fig, [ax]), [ax])
