"""Edits of a drawn Matplotlib figure, each with its true category, severity and boxes.

Here are those of texts, axes, panels and legends; `chart_edits_values` and `chart_edits_looks` add
those of values and of looks to the same table.

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
from matplotlib.axes import Axes
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


def box_of(fig: Figure, artists: list[Artist], *, tight: bool = False) -> Box | None:
    """Box around the artists in picture coordinates, cut to their axes.

    Args:
        fig: a figure that has been drawn.
        artists: what the box is to hold.
        tight: subplots with their titles and tick labels.
    """
    height = fig.bbox.height
    boxes = []
    for artist in artists:
        if artist.figure is None:  # a later edit took it away
            continue
        renderer = fig.canvas.get_renderer()
        # an axis, and a subplot that is taken away, with their labels
        whole = isinstance(artist, Axis) or (tight and isinstance(artist, Axes))
        extent = artist.get_tightbbox(renderer) if whole else artist.get_window_extent(renderer)
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


def typo(text: str, rng: random.Random) -> str:
    """The text with one letter or digit replaced by one that looks unlike it."""
    at = [i for i, c in enumerate(text) if c.isalnum()]
    if not at:
        return text + "x"
    i = rng.choice(at)
    alphabet = string.digits if text[i].isdigit() else string.ascii_lowercase
    looks_alike = {"o": "0", "0": "o", "l": "1i", "1": "li", "i": "l1", "s": "5", "5": "s"}
    avoid = text[i].lower() + looks_alike.get(text[i].lower(), "")
    return text[:i] + rng.choice([c for c in alphabet if c not in avoid]) + text[i + 1 :]


def main_axes(fig: Figure, rng: random.Random) -> Any:
    """One of the axes that hold data (not a colour bar)."""
    axes = [a for a in fig.axes if a.get_label() != "<colorbar>"]
    return rng.choice(axes)


def lines_of(ax: Any) -> list[Any]:
    """Curves that a reader sees as such, not guide lines of two points."""
    return [line for line in ax.lines if len(line.get_xdata()) > 3 and line.get_visible()]


def series_of(ax: Any) -> list[list[Artist]]:
    """Groups of artists that a reader sees as one series."""
    groups: list[list[Artist]] = [[line] for line in lines_of(ax)]
    groups += [list(c.patches) for c in ax.containers if isinstance(c, BarContainer)]
    groups += [[c] for c in ax.collections if isinstance(c, PathCollection)]
    return groups


def paint(artists: list[Artist], colour: str) -> None:
    """Give artists a colour, whatever their kind calls it."""
    for artist in artists:
        if hasattr(artist, "set_facecolor"):
            artist.set_facecolor(colour)
        else:
            artist.set_color(colour)


def colour_of(artist: Artist) -> Any:
    """The artist's colour as Matplotlib holds it."""
    if hasattr(artist, "get_facecolor"):
        return np.asarray(artist.get_facecolor()).reshape(-1, 4)[0]
    return artist.get_color()


def legend_again(ax: Any, known: list[str] | None = None) -> None:
    """Draw the legend anew after a change of what it explains.

    Args:
        ax: its axes.
        known: labels that the legend had if it was made from the artists' own labels.
    """
    legend = ax.get_legend()
    if legend is None:
        return
    options = getattr(ax, "legend_options", None)
    if options is None:
        options = {"loc": legend._loc, "ncols": legend._ncols}
        if known is not None and known != [t.get_text() for t in legend.get_texts()]:
            return
    legend.remove()
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**options)


def own_labels(ax: Any) -> list[str]:
    """Labels of the artists that a legend lists by itself."""
    return list(ax.get_legend_handles_labels()[1])


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
    """One letter of a title is another."""
    title = main_axes(fig, rng).title
    return _text_change(fig, title, typo(title.get_text(), rng), 1, "title")


@edit
def title_missing(fig: Figure, rng: random.Random) -> Change | None:
    """A title is missing."""
    return _text_change(fig, main_axes(fig, rng).title, "", 2, "title")


@edit
def title_other(fig: Figure, rng: random.Random) -> Change | None:
    """A title says something else."""
    return _text_change(fig, main_axes(fig, rng).title, "Quarterly figures of the firm", 2, "title")


@edit
def label_typo(fig: Figure, rng: random.Random) -> Change | None:
    """One letter of an axis label is another."""
    ax = main_axes(fig, rng)
    label = rng.choice([ax.xaxis.label, ax.yaxis.label])
    return _text_change(fig, label, typo(label.get_text(), rng), 1, "axis label")


@edit
def label_missing(fig: Figure, rng: random.Random) -> Change | None:
    """An axis label is missing."""
    ax = main_axes(fig, rng)
    return _text_change(fig, rng.choice([ax.xaxis.label, ax.yaxis.label]), "", 2, "axis label")


@edit
def tick_typo(fig: Figure, rng: random.Random) -> Change | None:
    """One tick label reads differently."""
    ax = main_axes(fig, rng)
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
    old, labels[i] = labels[i], typo(labels[i], rng)
    limits = axis.get_view_interval().copy()
    axis.set_ticks(places, labels)
    axis.set_view_interval(*limits, ignore=True)
    said = f'"{old}" became "{labels[i]}"'
    return Change("text_error", 1, "tick label", said, before, [axis.get_ticklabels()[i]])


@edit
def legend_typo(fig: Figure, rng: random.Random) -> Change | None:
    """One letter of a legend entry is another."""
    legend = main_axes(fig, rng).get_legend()
    if legend is None:
        return None
    text = rng.choice(legend.get_texts())
    return _text_change(fig, text, typo(text.get_text(), rng), 1, "legend entry")


@edit
def legend_labels_swapped(fig: Figure, rng: random.Random) -> Change | None:
    """Two legend entries are exchanged."""
    legend = main_axes(fig, rng).get_legend()
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
    """A text in the plot reads differently."""
    notes = [t for t in main_axes(fig, rng).texts if t.get_text().strip()]
    if not notes:
        return None
    text = rng.choice(notes)
    return _text_change(fig, text, typo(text.get_text(), rng), 1, "text in the plot")


@edit
def font_size(fig: Figure, rng: random.Random) -> Change | None:
    """A title is larger or smaller."""
    ax = main_axes(fig, rng)
    before = box_of(fig, [ax.title])
    if not ax.title.get_text():
        return None
    ax.title.set_fontsize(ax.title.get_fontsize() * rng.choice([0.6, 1.5]))
    return Change("text_error", 1, "title", "font size differs", before, [ax.title])


@edit
def limits_changed(fig: Figure, rng: random.Random) -> Change | None:
    """The y axis reaches further."""
    ax = main_axes(fig, rng)
    if (
        ax.name != "rectilinear"
        or ax.images
        or any(isinstance(c, QuadMesh) for c in ax.collections)
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
    """The y axis is logarithmic."""
    ax = main_axes(fig, rng)
    if ax.get_yscale() != "linear" or ax.get_ylim()[1] <= 10 or ax.images or ax.get_ylim()[0] < -10:
        return None
    box = box_of(fig, [ax.yaxis])
    ax.set_yscale("log")
    return Change("data_error", 3, "y axis", "logarithmic in place of linear", box, [ax.yaxis])


@edit
def inverted(fig: Figure, rng: random.Random) -> Change | None:
    """The y axis runs downwards."""
    ax = main_axes(fig, rng)
    if not (ax.lines or ax.containers or ax.collections) or not ax.axison:
        return None
    box = box_of(fig, [ax.yaxis])
    ax.invert_yaxis()
    return Change("data_error", 3, "y axis", "inverted", box, [ax.yaxis])


@edit
def chart_type(fig: Figure, rng: random.Random) -> Change | None:
    """Lines in place of bars, or the reverse."""
    ax = main_axes(fig, rng)
    lines = lines_of(ax)
    containers = [c for c in ax.containers if isinstance(c, BarContainer)]
    before, known = box_of(fig, [ax]), own_labels(ax)
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
            places = np.asarray(line.get_xdata(orig=False), float)
            heights = np.asarray(line.get_ydata(), float)
            width = 0.8 * float(np.median(np.diff(places)))
            colour = to_hex(line.get_color())
            ax.bar(places, heights, width, color=colour, label=line.get_label())
            line.remove()
        what = "bars in place of lines"
    else:
        return None
    ax.set(xlim=limits[0], ylim=limits[1])
    legend_again(ax, known)
    return Change("structure_error", 3, "plot", what, before, [ax])


@edit
def panel_dropped(fig: Figure, rng: random.Random) -> Change | None:
    """A subplot is missing."""
    axes = [a for a in fig.axes if a.get_label() != "<colorbar>"]
    if len(axes) < 2 or len({tuple(a.bbox.extents) for a in axes}) < 2:
        return None
    ax = rng.choice(axes)
    before = box_of(fig, [ax], tight=True)
    ax.remove()
    return Change("structure_error", 3, "subplot", "a subplot is missing", before)


@edit
def legend_dropped(fig: Figure, rng: random.Random) -> Change | None:
    """The legend is missing."""
    legend = main_axes(fig, rng).get_legend()
    if legend is None:
        return None
    before = box_of(fig, [legend])
    legend.remove()
    return Change("structure_error", 2, "legend", "the legend is missing", before)


@edit
def legend_moved(fig: Figure, rng: random.Random) -> Change | None:
    """The legend stands in the opposite corner."""
    ax = main_axes(fig, rng)
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
