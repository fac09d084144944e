"""Edits of what a figure is made of: kinds of charts, subplots, legends, colour bars, shape."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator

from visual_erm.data.charts.figures import colour_of, is_named
from visual_erm.data.charts.operators import Change, Part, of, operator
from visual_erm.data.charts.things import Scene, Thing, across, take_row
from visual_erm.data.records import Effect, always
from visual_erm.types import Severity

MARKS: tuple[Part, ...] = ("marks", "legend")
ALL: tuple[Part, ...] = ("marks", "legend", "x", "y", "notes", "frame", "title")


def _colour(artist: Any) -> str:
    colour = colour_of(artist)
    return to_hex(colour) if colour is not None else "#333333"


def _hidden(things: list[Thing]) -> None:
    for thing in things:
        for artist in thing.artists:
            artist.set_visible(False)


def _only(kind: str) -> Any:
    """Whether a plot shows nothing but series of one kind."""
    data = ("line", "bars", "points", "dots", "area", "box", "violin", "cells", "wedge")

    def condition(scene: Scene, panel: Thing) -> bool:
        found = {t.kind for t in scene.within(panel.panel, *data)}
        return found == {kind} and panel.panel.name == "rectilinear"

    return condition


def _redrawn(scene: Scene, panel: Thing, kind: str, said: str) -> Change:
    """The plot as a whole, of which the series of one kind were drawn anew."""
    series = scene.within(panel.panel, kind)
    _hidden(series)
    if kind == "bars":
        _hidden(scene.within(panel.panel, "error bars"))
    return Change(said, location=panel.name, along=scene.within(panel.panel, "legend"))


def _bars_of(series: Thing) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], bool]:
    """Middles and ends of bars, and whether they lie."""
    lying = across(series.artists)
    if lying:
        at = [b.get_y() + b.get_height() / 2 for b in series.artists]
        return np.array(at), np.array([b.get_x() + b.get_width() for b in series.artists]), True
    at = [b.get_x() + b.get_width() / 2 for b in series.artists]
    return np.array(at), np.array([b.get_y() + b.get_height() for b in series.artists]), False


def _upright(scene: Scene, panel: Thing) -> bool:
    series = scene.within(panel.panel, "bars")
    upright = all(not across(s.artists) and len(s.artists) > 1 for s in series)
    return _only("bars")(scene, panel) and upright


@operator("structure_error", always(3), of("panel", where=_upright), also=MARKS)
def bars_as_lines(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Lines in place of bars."""
    for series in scene.within(panel.panel, "bars"):
        at, ends, _ = _bars_of(series)
        order = np.argsort(at)
        panel.panel.plot(at[order], ends[order], "o-", color=_colour(series.artists[0]))
    return _redrawn(scene, panel, "bars", "a line chart instead of bars")


@operator("structure_error", always(3), of("panel", where=_upright), also=MARKS)
def bars_as_points(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Points in place of bars."""
    for series in scene.within(panel.panel, "bars"):
        at, ends, _ = _bars_of(series)
        panel.panel.scatter(at, ends, s=50, color=_colour(series.artists[0]))
    return _redrawn(scene, panel, "bars", "points instead of bars")


def _evenly(scene: Scene, panel: Thing) -> bool:
    if not _only("line")(scene, panel):
        return False
    return all(2 < len(t.artists[0].get_xdata()) < 60 for t in scene.within(panel.panel, "line"))


@operator("structure_error", always(3), of("panel", where=_evenly), also=MARKS)
def lines_as_bars(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Bars in place of lines."""
    if panel.panel.get_yscale() != "linear":
        return None
    lines = scene.within(panel.panel, "line")
    for number, series in enumerate(lines):
        at, heights = np.asarray(series.artists[0].get_xydata(), float).T
        apart = float(np.median(np.abs(np.diff(at)))) if len(at) > 1 else 0.0
        if not apart > 0:
            return None
        wide = 0.8 * apart / len(lines)
        low = min(0.0, panel.panel.get_ylim()[0]) if panel.panel.get_ylim()[0] <= 0 else 0.0
        shift = (number - (len(lines) - 1) / 2) * wide
        panel.panel.bar(at + shift, heights - low, wide, bottom=low,
                        color=_colour(series.artists[0]))  # fmt: skip
    return _redrawn(scene, panel, "line", "bars instead of lines")


@operator("structure_error", always(3), of("panel", where=_only("line")), also=MARKS)
def lines_as_points(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Points that nothing connects, in place of lines."""
    for series in scene.within(panel.panel, "line"):
        line = series.artists[0]
        places = line.get_xydata()
        few = places[:: max(1, len(places) // 60)]
        panel.panel.scatter(*few.T, s=18, color=_colour(line))
    return _redrawn(scene, panel, "line", "points instead of lines")


@operator("structure_error", always(3), of("panel", where=_only("line")), also=MARKS)
def lines_as_areas(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Areas down to the axis in place of lines."""
    low = max(0.0, panel.panel.get_ylim()[0]) if panel.panel.get_yscale() == "linear" else None
    if low is None:
        return None
    for series in scene.within(panel.panel, "line"):
        places = series.artists[0].get_xydata().astype(float)
        panel.panel.fill_between(*places.T, low, color=_colour(series.artists[0]), alpha=0.7)
    return _redrawn(scene, panel, "line", "filled areas instead of lines")


def _few_points(scene: Scene, panel: Thing) -> bool:
    series = scene.within(panel.panel, "points")
    few = all(3 <= len(t.artists[0].get_offsets()) <= 80 for t in series)
    return _only("points")(scene, panel) and few


@operator("structure_error", always(3), of("panel", where=_few_points), also=MARKS)
def points_as_lines(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Points are connected to a line."""
    for series in scene.within(panel.panel, "points"):
        places = np.ma.filled(series.artists[0].get_offsets(), np.nan)
        places = places[np.argsort(places[:, 0])]
        panel.panel.plot(*places.T, "-", color=_colour(series.artists[0]))
    return _redrawn(scene, panel, "points", "a line instead of points")


@operator("structure_error", always(3), of("panel", where=_only("area")), also=MARKS)
def areas_as_lines(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Lines in place of filled areas."""
    for series in scene.within(panel.panel, "area"):
        places = series.artists[0].get_paths()[0].vertices
        # the first half of the outline runs along one edge, the second back along the other
        half = len(places) // 2
        edges = (places[1 : half + 0], places[half + 1 : -1])
        upper = max((e for e in edges if len(e)), key=lambda e: float(e[:, 1].mean()), default=None)
        if upper is None or len(upper) < 2:
            return None
        panel.panel.plot(*upper.T, color=_colour(series.artists[0]), linewidth=2)
    return _redrawn(scene, panel, "area", "lines instead of filled areas")


def _turnable(scene: Scene, panel: Thing) -> bool:
    """One series of bars alone in its plot, whose axes nobody shares."""
    axes = panel.panel
    alone = all(len(axes._shared_axes[n].get_siblings(axes)) == 1 for n in "xy")
    series = scene.within(axes, "bars")
    return alone and _only("bars")(scene, panel) and len(series) == 1 and len(
        series[0].artists) > 1  # fmt: skip


@operator("structure_error", always(3), of("panel", where=_turnable), also=ALL)
def bars_turned(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Lying bars in place of upright ones, or the reverse."""
    axes = panel.panel
    lying = across(scene.within(axes, "bars")[0].artists)
    if scene.within(axes, "error bars", "guide line") or axes.get_xscale() != "linear":
        return None
    for bar in axes.patches:
        if hasattr(bar, "get_width"):
            bar.set_bounds(bar.get_y(), bar.get_x(), bar.get_height(), bar.get_width())
    _exchange_axes(axes)
    for text in axes.texts:
        x, y = text.get_position()
        text.set_position((y, x))
        if hasattr(text, "xyann") and hasattr(text, "xy"):
            text.xy = text.xy[::-1]
            text.set_position((0, 3) if lying else (3, 0))
        text.set(ha="center" if lying else "left", va="bottom" if lying else "center")
    said = "upright bars instead of lying ones" if lying else "lying bars instead of upright ones"
    everything = [t for t in scene.things if t.panel is axes]
    return Change(said, location=panel.name, after=[axes], along=[panel, *everything])


def _exchange_axes(axes: Any) -> None:
    """What is said of x is said of y, and the reverse."""
    x, y = axes.xaxis, axes.yaxis
    limits, labels = (axes.get_xlim(), axes.get_ylim()), (x.label.get_text(), y.label.get_text())
    scales = axes.get_xscale(), axes.get_yscale()
    ticks = [
        (a.get_ticklocs(), [t.get_text() for t in a.get_ticklabels()]) if is_named(a) else None
        for a in (x, y)
    ]
    axes.set(xscale=scales[1], yscale=scales[0])
    for axis, named in ((x, ticks[1]), (y, ticks[0])):
        if named is None:
            continue
        axis.set_ticks(*named)
        axis.set_tick_params(labelrotation=0)
        for label in axis.get_ticklabels():
            label.set(rotation=0, ha="center" if axis is x else "right")
    axes.set(xlim=limits[1], ylim=limits[0], xlabel=labels[1], ylabel=labels[0])


def _pie(scene: Scene, panel: Thing) -> bool:
    return len(scene.within(panel.panel, "wedge")) > 1


@operator("structure_error", always(3), of("panel", where=_pie), also=ALL)
def pie_as_bars(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Bars in place of a pie."""
    axes = panel.panel
    wedges = scene.within(axes, "wedge")
    sizes = [abs(w.artists[0].theta2 - w.artists[0].theta1) / 3.6 for w in wedges]
    texts = scene.within(axes, "note")
    names = [w.label or f"{number + 1}" for number, w in enumerate(wedges)]
    colours = [_colour(w.artists[0]) for w in wedges]
    _hidden([*wedges, *texts])
    title = axes.title.get_text()
    axes.set_aspect("auto")
    axes.set_axis_on()
    axes.set_frame_on(True)
    axes.bar(range(len(sizes)), sizes, color=colours)
    axes.set(xlim=(-0.6, len(sizes) - 0.4), ylim=(0, 1.08 * max(sizes)), title=title)
    axes.set_xticks(range(len(sizes)), names, rotation=30 if len(sizes) > 4 else 0, fontsize=8)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    return Change("bars instead of a pie", location=panel.name, along=[panel, *texts])


def _whole(scene: Scene, panel: Thing) -> bool:
    """One series of a few upright bars whose values could be parts of a whole."""
    series = scene.within(panel.panel, "bars")
    return (
        _upright(scene, panel) and len(series) == 1 and 2 <= len(series[0].artists) <= 8
        and all(b.get_height() > 0 for b in series[0].artists)
        and not scene.within(panel.panel, "error bars")
    )  # fmt: skip


@operator("structure_error", always(3), of("panel", where=_whole), also=ALL)
def bars_as_pie(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """A pie in place of bars."""
    axes = panel.panel
    if any(len(axes._shared_axes[n].get_siblings(axes)) > 1 for n in "xy"):
        return None
    (series,) = scene.within(axes, "bars")
    sizes = [b.get_height() for b in series.artists]
    names = [b.name for b in scene.parts(series)]
    names = [n.partition('"')[2].partition('"')[0] or n.partition(" at ")[2] for n in names]
    colours = [_colour(b) for b in series.artists]
    if len(set(colours)) == 1:
        colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2",
                   "#7f7f7f"][: len(sizes)]  # fmt: skip
    _hidden([series, *scene.within(axes, "note", "guide line")])
    axes.grid(False)
    axes.set(xlabel="", ylabel="")
    axes.pie(sizes, labels=names[: len(sizes)], colors=colours)
    return Change("a pie instead of bars", location=panel.name, after=[axes], along=[panel])


def _stacked(scene: Scene, panel: Thing) -> bool:
    series = scene.within(panel.panel, "bars")
    if not _upright(scene, panel) or len(series) < 2:
        return False
    return any(b.get_y() > 0 for t in series[1:] for b in t.artists)


@operator("structure_error", always(3), of("panel", where=_stacked), also=("marks", "notes"))
def stack_as_groups(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Bars beside each other in place of stacked ones."""
    series = scene.within(panel.panel, "bars")
    for number, one in enumerate(series):
        for bar in one.artists:
            wide = bar.get_width() / len(series)
            bar.set_bounds(bar.get_x() + number * wide, 0, wide, bar.get_height())
    return Change("the bars stand beside each other instead of being stacked", location=panel.name)


def _grouped(scene: Scene, panel: Thing) -> bool:
    series = scene.within(panel.panel, "bars")
    if not _upright(scene, panel) or len(series) < 2 or len({len(t.artists) for t in series}) > 1:
        return False
    shifted = series[0].artists[0].get_x() != series[1].artists[0].get_x()
    grounded = all(b.get_y() == 0 and b.get_height() >= 0 for t in series for b in t.artists)
    return shifted and grounded and not scene.within(panel.panel, "error bars")


@operator("structure_error", always(3), of("panel", where=_grouped), also=("marks", "notes", "y"))
def groups_as_stack(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Stacked bars in place of bars beside each other."""
    series = scene.within(panel.panel, "bars")
    places = [sorted(t.artists, key=lambda b: b.get_x()) for t in series]
    top = 0.0
    for bars in zip(*places, strict=True):
        left = min(b.get_x() for b in bars)
        wide = sum(b.get_width() for b in bars)
        height = 0.0
        for bar in bars:
            bar.set_bounds(left, height, wide, bar.get_height())
            height += bar.get_height()
        top = max(top, height)
    panel.panel.set_ylim(0, 1.05 * top)
    return Change("the bars are stacked instead of standing beside each other", location=panel.name)


def _one_of_several(scene: Scene, panel: Thing) -> bool:
    return len({tuple(np.round(a.bbox.extents)) for a in scene.panels}) > 1


def by_panels(effect: Effect) -> Severity:
    """One of many subplots less is to be corrected; one of a few misleads."""
    return 3 if effect.amount >= 1 / 9 else 2


@operator("structure_error", by_panels, of("panel", where=_one_of_several), also=ALL)
def panel_dropped(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """A subplot is missing."""
    place = np.round(panel.panel.bbox.extents)
    gone = [t for t in scene.of("panel") if np.allclose(np.round(t.panel.bbox.extents), place)]
    for thing in gone:
        thing.panel.set_visible(False)
    amount = 1 / len(scene.panels)
    return Change("the subplot is missing", amount=amount, before=gone, after=[])


@operator("structure_error", always(2), of("panel", where=_one_of_several), also=ALL)
def panels_swapped(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Two subplots have each other's place."""
    mine = panel.panel.bbox.bounds
    others = [
        t for t in scene.of("panel")
        if np.allclose(t.panel.bbox.bounds[2:], mine[2:], atol=2)
        and not np.allclose(t.panel.bbox.bounds, mine, atol=2)
    ]  # fmt: skip
    if not others or scene.of("colour bar"):
        return None
    other = rng.choice(others)
    first, second = panel.panel.get_position(), other.panel.get_position()
    twice = [np.round(a.bbox.extents) for a in scene.panels]
    for one in (panel, other):
        if sum(np.allclose(np.round(one.panel.bbox.extents), e) for e in twice) > 1:
            return None
    panel.panel.set_position(second)
    other.panel.set_position(first)
    along = [t for t in scene.things if t.panel in (panel.panel, other.panel)]
    return Change(
        f"the {panel.name} and the {other.name} have each other's place",
        location=f"{panel.name} and {other.name}", before=[panel, other],
        after=[panel.panel, other.panel], along=along,
    )  # fmt: skip


@operator("structure_error", always(2), of("legend"))
def legend_dropped(scene: Scene, legend: Thing, rng: random.Random) -> Change | None:
    """The legend is missing."""
    legend.artists[0].set_visible(False)
    return Change("the legend is missing", after=[])


@operator("structure_error", always(1), of("legend", where=lambda s, t: t.panel is not None))
def legend_moved(scene: Scene, legend: Thing, rng: random.Random) -> Change | None:
    """The legend stands in another corner."""
    assert legend.box is not None
    axes = legend.panel
    x = axes.bbox.extents[0::2].mean()
    y = scene.figure.bbox.height - axes.bbox.extents[1::2].mean()
    middle = (legend.box[0] + legend.box[2]) / 2, (legend.box[1] + legend.box[3]) / 2
    here = ("left" if middle[0] < x else "right", "upper" if middle[1] < y else "lower")
    corners = [(h, v) for h in ("left", "right") for v in ("upper", "lower") if (h, v) != here]
    side, height = rng.choice(corners)
    legend.artists[0].set_bbox_to_anchor(None)
    legend.artists[0].set_loc(f"{height} {side}")
    return Change(f"it stands in the {height} {side} corner instead of the {here[1]} {here[0]} one")


@operator("structure_error", always(2), of("legend entry"), also=("legend",))
def legend_entry_dropped(scene: Scene, entry: Thing, rng: random.Random) -> Change | None:
    """The legend lacks an entry."""
    assert entry.whole is not None
    if sum(t.kind == "legend entry" for t in scene.parts(entry.whole)) < 2:
        return None
    take_row(entry)
    said = f'"{entry.label}" is missing from the legend'
    return Change(said, location="legend", after=[], along=[entry.whole])


@operator("structure_error", always(2), of("colour bar"))
def colour_bar_dropped(scene: Scene, bar: Thing, rng: random.Random) -> Change | None:
    """The colour bar is missing."""
    bar.artists[0].set_visible(False)
    return Change("the colour bar is missing", after=[])


@operator("structure_error", always(1), of("panel"), also=ALL)
def shape_changed(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """A plot is lower or narrower than it should be."""
    axes = panel.panel
    same = [p for p in scene.panels if np.allclose(p.bbox.extents, axes.bbox.extents)]
    if len(same) > 1 or axes.get_aspect() != "auto":
        return None
    place, factor = axes.get_position(), rng.uniform(0.6, 0.8)
    if rng.random() < 0.5:
        axes.set_position([place.x0, place.y0, place.width * factor, place.height])
        said = "it is narrower: its sides have another ratio"
    else:
        axes.set_position([place.x0, place.y0, place.width, place.height * factor])
        said = "it is lower: its sides have another ratio"
    along = [t for t in scene.things if t.panel is axes]
    return Change(said, along=along)


def _framed(scene: Scene, panel: Thing) -> bool:
    return bool(panel.panel.axison) and bool(
        [t for t in scene.within(panel.panel, "tick label") if t.box]
    )


@operator("structure_error", always(3), of("panel", where=_framed), also=("x", "y", "frame"))
def axes_missing(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """A plot has neither axes nor frame."""
    panel.panel.set_axis_off()
    parts = scene.within(panel.panel, "x axis", "y axis")
    return Change(
        "both axes are missing: no frame, ticks or labels", location=panel.name,
        before=parts, after=[], along=[panel],
    )  # fmt: skip


@operator("structure_error", always(2), of("panel", where=lambda s, t: t.panel.name == "3d"),
          also=ALL)  # fmt: skip
def view_turned(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """A plot in three dimensions is seen from another side."""
    axes = panel.panel
    turn = rng.choice((-75, -45, 45, 75))
    axes.view_init(elev=axes.elev, azim=axes.azim + turn)
    return Change(f"seen from another side, turned by {abs(turn)}°")


@operator("structure_error", always(2), of("guide line"))
def guide_line_dropped(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line that marks a value or a trend is missing."""
    line.artists[0].set_visible(False)
    return Change(f"the {line.name} is missing", after=[])
