"""Edits of whole series: dropped, added, exchanged, made up; error bars."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.legend import Legend

from visual_erm.data.charts.edits_values import _at_share, share_of
from visual_erm.data.charts.figures import colour_of
from visual_erm.data.charts.operators import Change, by_series, of, operator
from visual_erm.data.charts.things import (
    Scene,
    Thing,
    across,
    legend_columns,
    outlines,
    take_row,
)
from visual_erm.data.records import always

SERIES = ("line", "bars", "points", "dots", "area")


def _siblings(scene: Scene, series: Thing) -> list[Thing]:
    """Series of a plot; the line along an area is none of its own."""
    return [t for t in scene.within(series.panel, *SERIES) if not _outline(scene, t)]


def _outline(scene: Scene, thing: Thing) -> bool:
    return thing.kind == "line" and outlines(thing, scene.within(thing.panel, "area"))


def _not_alone(scene: Scene, series: Thing) -> bool:
    siblings = _siblings(scene, series)
    return len(siblings) > 1 and series in siblings


def without_entry(scene: Scene, series: Thing) -> list[Thing]:
    """Take a series out of the legend; the things that change with it."""
    entry = scene.key(series)
    if entry is None or entry.whole is None:
        return []
    take_row(entry)
    return [entry.whole]


@operator("data_error", by_series, of(*SERIES, where=_not_alone), also=("legend",))
def series_dropped(scene: Scene, series: Thing, rng: random.Random) -> Change | None:
    """A series is missing."""
    amount = 1 / len(_siblings(scene, series))
    for artist in series.artists:
        artist.set_visible(False)
    return Change("the series is missing", amount=amount, after=[],
                  along=without_entry(scene, series))  # fmt: skip


@operator("style_error", always(1), of("line", where=_outline), also=("legend",))
def outline_dropped(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """The line along the edge of an area is missing."""
    line.artists[0].set_visible(False)
    return Change("the outline of the area is missing", after=[], along=without_entry(scene, line))


COLOURS = ("#e41a1c", "#377eb8", "#4daf4a", "#984ea3", "#ff7f00", "#a65628", "#17becf", "#bcbd22")


def unlike(scene: Scene, panel: Any, rng: random.Random) -> str | None:
    """A colour that no series of the plot has, nor its background."""
    seen = [colour_of(t.artists[0]) for t in scene.within(panel, *SERIES, "wedge")]
    seen = [np.array(c[:3]) for c in seen if c is not None] + [np.array(panel.get_facecolor()[:3])]
    far = [c for c in COLOURS if all(np.abs(np.array(to_rgb(c)) - s).sum() > 0.6 for s in seen)]
    return rng.choice(far) if far else None


def _lines(scene: Scene, panel: Thing) -> bool:
    lines = scene.within(panel.panel, "line")
    return panel.panel.name == "rectilinear" and bool(lines)


@operator("data_error", by_series, of("panel", where=_lines), also=("marks", "legend"))
def series_added(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """There is a series too many."""
    axes = panel.panel
    lines = scene.within(axes, "line")
    model = rng.choice(lines).artists[0]
    colour = unlike(scene, axes, rng)
    if colour is None or model.get_transform() != axes.transData:
        return None
    x, y = np.asarray(model.get_xydata(), float).T
    at = share_of(axes.yaxis, y)
    low, high = np.nanmin(at), np.nanmax(at)
    new = _at_share(axes.yaxis, np.clip(low + high - at[::-1] + rng.uniform(-0.1, 0.1), 0.02, 0.98))
    name = rng.choice(("Other", "Forecast", "Reference", "Total", "Control"))
    (line,) = axes.plot(
        x, new, color=colour, label=name, linewidth=model.get_linewidth(),
        linestyle=model.get_linestyle(), marker=model.get_marker(),
    )  # fmt: skip
    legend = scene.one(axes, "legend")
    if legend is not None:
        _with_entry(legend.artists[0], line, name)
    said = f'a series too many: a line that the reference does not have ("{name}")'
    return Change(said, amount=1 / len(lines), location=panel.name, before=[], after=[line],
                  along=[legend] if legend else [])  # fmt: skip


def _with_entry(legend: Legend, handle: Any, label: str) -> None:
    """Add a row to a legend, made by a legend of its own."""
    single = Legend(legend.axes, [handle], [label], prop=legend.prop)
    row = legend_columns(single)[0].get_children()[0]
    legend_columns(legend)[-1]._children.append(row)


def _pairs(scene: Scene, panel: Thing) -> list[tuple[Thing, Thing]]:
    lines = scene.within(panel.panel, "line")
    return [
        (a, b) for n, a in enumerate(lines) for b in lines[n + 1 :]
        if a.artists[0].get_xydata().shape == b.artists[0].get_xydata().shape
    ]  # fmt: skip


@operator("data_error", always(3), of("panel", where=_pairs), also=("marks",))
def series_swapped(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Two lines have each other's values."""
    one, two = rng.choice(_pairs(scene, panel))
    first, second = one.artists[0].get_xydata().copy(), two.artists[0].get_xydata().copy()
    one.artists[0].set_data(*second.T)
    two.artists[0].set_data(*first.T)
    said = f"{one.name.partition(' in the ')[0]} and {two.name.partition(' in the ')[0]} have each "
    return Change(said + "other's values", location=panel.name, before=[one, two],
                  after=[*one.artists, *two.artists])  # fmt: skip


def _bar_pairs(scene: Scene, panel: Thing) -> list[tuple[Thing, Thing]]:
    series = scene.within(panel.panel, "bars")
    return [
        (a, b) for n, a in enumerate(series) for b in series[n + 1 :]
        if len(a.artists) == len(b.artists)
        and all(p.get_y() == 0 or p.get_x() == 0 for p in (*a.artists, *b.artists))
    ]  # fmt: skip


@operator("data_error", always(3), of("panel", where=_bar_pairs), also=("marks",))
def bar_series_swapped(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Two series of bars have each other's values."""
    one, two = rng.choice(_bar_pairs(scene, panel))
    lying = across(one.artists)
    for a, b in zip(one.artists, two.artists, strict=True):
        if lying:
            first, second = a.get_width(), b.get_width()
            a.set_width(second)
            b.set_width(first)
        else:
            first, second = a.get_height(), b.get_height()
            a.set_height(second)
            b.set_height(first)
    said = f"{one.name.partition(' in the ')[0]} and {two.name.partition(' in the ')[0]} have each "
    return Change(said + "other's values", location=panel.name, before=[one, two],
                  after=[*one.artists, *two.artists])  # fmt: skip


def _with_data(scene: Scene, panel: Thing) -> bool:
    return panel.panel.name == "rectilinear" and bool(
        scene.within(panel.panel, "line", "bars", "points")
        and not scene.within(panel.panel, "error bars")
    )


@operator("data_error", always(3), of("panel", where=_with_data), also=("marks",))
def values_made_up(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Every line, bar and cloud of one plot shows other values within the same limits."""
    axes = panel.panel
    series = scene.within(axes, "line", "bars", "points")
    for thing in series:
        if thing.kind == "bars":
            lying = across(thing.artists)
            for bar in thing.artists:
                factor = rng.uniform(0.3, 0.8)
                if lying:
                    bar.set_width(bar.get_width() * factor)
                else:
                    bar.set_height(bar.get_height() * factor)
            continue
        artist = thing.artists[0]
        places = artist.get_xydata() if thing.kind == "line" else artist.get_offsets()
        places = np.ma.filled(np.ma.asarray(places, float), np.nan).copy()
        at = share_of(axes.yaxis, places[:, 1])
        new = _at_share(axes.yaxis, np.nanmin(at) + np.nanmax(at) - at[::-1])
        if np.allclose(new, places[:, 1], equal_nan=True):
            new = _at_share(axes.yaxis, np.nanmin(at) + np.nanmax(at) - at)
        if thing.kind == "line":
            artist.set_ydata(new)
        else:
            artist.set_offsets(np.column_stack([places[:, 0], new]))
    return Change("the values differ throughout", location=f"data of the {panel.name}",
                  before=series, after=[a for t in series for a in t.artists])  # fmt: skip


@operator("data_error", always(2), of("error bars"))
def error_bars_dropped(scene: Scene, bars: Thing, rng: random.Random) -> Change | None:
    """The error bars are missing."""
    for artist in bars.artists:
        artist.set_visible(False)
    return Change("they are missing", after=[])


@operator("data_error", always(2), of("error bars"))
def error_bars_longer(scene: Scene, bars: Thing, rng: random.Random) -> Change | None:
    """The error bars are longer or shorter, by the same factor."""
    factor = rng.choice((0.4, 1.8, 2.5))
    shapes = [a for a in bars.artists if hasattr(a, "get_segments")]
    caps = [a for a in bars.artists if not hasattr(a, "get_segments")]
    if not shapes or len(shapes) > 1:
        return None
    segments = [np.asarray(s, float) for s in shapes[0].get_segments()]
    if not segments:
        return None
    longer = [s.mean(axis=0) + (s - s.mean(axis=0)) * factor for s in segments]
    shapes[0].set_segments(longer)
    for cap in caps:
        places = np.asarray(cap.get_xydata(), float)
        if len(places) == len(segments):
            end = 0 if np.allclose(places, [s[0] for s in segments]) else -1
            cap.set_data(*np.array([s[end] for s in longer]).T)
    return Change(f"they are {factor:g} times as long")
