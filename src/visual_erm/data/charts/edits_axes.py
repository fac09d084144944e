"""Edits of scales: limits, logarithms, direction, what is cut off, and the colour scale."""

from __future__ import annotations

import random
from typing import Any

from visual_erm.data.charts.figures import is_date, is_named, numbered, span_texts, value_text
from visual_erm.data.charts.operators import Change, Need, Part, of, operator
from visual_erm.data.charts.things import Scene, Thing
from visual_erm.data.records import Effect, always, at_steps
from visual_erm.types import Severity

MOVED: tuple[Part, ...] = ("marks", "notes")
"""What moves with a scale."""
_DATA = ("line", "bars", "points", "dots", "area", "box", "violin", "error bars", "cells")


def by_stretch(effect: Effect) -> Severity:
    """By how much longer or shorter the axis is: a seventh is minor; two thirds mislead."""
    return at_steps(effect.amount, 0.15, 0.65)


def by_direction(effect: Effect) -> Severity:
    """Of an axis that runs the other way: a rise reads as a fall; names only stand elsewhere."""
    return 3 if effect.amount >= 1 else 2


def turned(axis: Any) -> float:
    """What `by_direction` asks for: 1 of a scale of numbers or dates, 0.5 of names."""
    return 0.5 if is_named(axis) and not numbered(axis) else 1.0


def _scaled(*kinds: str) -> Need:
    return of(*kinds, where=lambda scene, axis: scene.within(axis.panel, *_DATA))


def _flat(scene: Scene, axis: Thing) -> bool:
    """Whether it is a plain axis over marks, no picture."""
    scale = axis.artists[0].get_scale()
    plain = axis.panel.name == "rectilinear" and not scene.within(axis.panel, "cells", "picture")
    return bool(plain and scale == "linear" and scene.within(axis.panel, *_DATA))


def _moved(scene: Scene, axis: Thing) -> list[Thing]:
    """All that an axis moves: every plot that shares it, with its ticks."""
    letter = axis.kind[0]
    shared = axis.panel._shared_axes[letter].get_siblings(axis.panel)
    return [t for t in scene.of("panel") if t.panel in shared]


def _axis(scene: Scene, axis: Thing) -> tuple[Any, float, float]:
    one = axis.artists[0]
    low, high = one.get_view_interval()
    return one, float(low), float(high)


def _set(axis: Thing, low: float, high: float) -> None:
    panel = axis.panel
    (panel.set_xlim if axis.kind == "x axis" else panel.set_ylim)(low, high)


def _limits(scene: Scene, axis: Thing, low: float, high: float, amount: float) -> Change:
    one, was_low, was_high = _axis(scene, axis)
    _set(axis, low, high)
    now, was = span_texts(one, (low, high), (was_low, was_high))
    said = f"it runs from {now} instead of {was}"
    return Change(said, amount=amount, along=_moved(scene, axis))


@operator("data_error", by_stretch, of("x axis", "y axis", where=_flat), also=MOVED)
def limits_wider(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """An axis reaches further than it should."""
    _, low, high = _axis(scene, axis)
    share = rng.choice((0.1, 0.35, 0.8)) * rng.uniform(0.85, 1.15)
    # bars stand on their zero
    below = 0.0 if low == 0 else rng.choice((0.0, 0.5)) * share
    reach = high - low
    return _limits(scene, axis, low - below * reach, high + (share - below) * reach, share)


@operator("data_error", by_stretch, of("x axis", "y axis", where=_flat), also=MOVED)
def limits_cropped(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """An axis ends too early, so that something is cut off."""
    _, low, high = _axis(scene, axis)
    share = rng.choice((0.12, 0.3, 0.5)) * rng.uniform(0.85, 1.15)
    reach = high - low
    # what is cut is off for good, so it weighs more than room that is too much
    if rng.random() < 0.5 and low != 0:
        return _limits(scene, axis, low + share * reach, high, 1.5 * share)
    return _limits(scene, axis, low, high - share * reach, 1.5 * share)


def _zero_based(scene: Scene, axis: Thing) -> bool:
    bars = scene.within(axis.panel, "bars")
    _, low, high = _axis(scene, axis)
    upright = bars and all(b.get_y() == 0 for b in bars[0].artists)
    return bool(_flat(scene, axis) and upright and axis.kind == "y axis" and 0 == low < high)


@operator("data_error", always(3), of("y axis", where=_zero_based), also=MOVED)
def zero_cut(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """Bars no longer stand on zero, which makes differences look larger."""
    heights = [b.get_height() for b in scene.within(axis.panel, "bars")[0].artists]
    _, _, high = _axis(scene, axis)
    start = min(0.8 * min(heights), 0.6 * high)
    if start < 0.15 * high:
        return None
    change = _limits(scene, axis, start, high, 1.0)
    change.description = f"it starts at {value_text(axis.artists[0], start)} instead of 0"
    return change


def _positive(scene: Scene, axis: Thing) -> bool:
    one, low, high = _axis(scene, axis)
    return (
        _flat(scene, axis)
        and high > 10
        and low > -0.1 * high
        and not is_date(one)
        and not is_named(one)
    )


@operator("data_error", always(3), of("x axis", "y axis", where=_positive), also=MOVED)
def log_scale(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """A linear axis is logarithmic."""
    panel = axis.panel
    _, low, high = _axis(scene, axis)
    (panel.set_xscale if axis.kind == "x axis" else panel.set_yscale)("log")
    _set(axis, low if low > 0 else max(high / 1e3, min(1.0, high / 10)), high)
    return Change("logarithmic instead of linear", along=_moved(scene, axis))


def _logarithmic(scene: Scene, axis: Thing) -> bool:
    return bool(axis.artists[0].get_scale() == "log" and axis.panel.name == "rectilinear")


@operator("data_error", always(3), of("x axis", "y axis", where=_logarithmic), also=MOVED)
def linear_scale(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """A logarithmic axis is linear."""
    _, low, high = _axis(scene, axis)
    panel = axis.panel
    (panel.set_xscale if axis.kind == "x axis" else panel.set_yscale)("linear")
    _set(axis, low, high)
    return Change("linear instead of logarithmic", along=_moved(scene, axis))


def _plain(scene: Scene, axis: Thing) -> bool:
    return axis.panel.name == "rectilinear" and bool(scene.within(axis.panel, *_DATA))


@operator("data_error", by_direction, of("x axis", "y axis", where=_plain), also=MOVED)
def axis_inverted(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """An axis runs the other way."""
    panel, amount = axis.panel, turned(axis.artists[0])
    panel.invert_xaxis() if axis.kind == "x axis" else panel.invert_yaxis()
    way = "right to left" if axis.kind == "x axis" else "top to bottom"
    if panel.xaxis_inverted() if axis.kind == "x axis" else panel.yaxis_inverted():
        return Change(f"inverted: it runs from {way}", amount, along=_moved(scene, axis))
    return Change("it is not inverted any more", amount, along=_moved(scene, axis))


@operator("data_error", always(2), of("cells", where=lambda scene, cells: scene.of("colour bar")))
def colour_scale_limits(scene: Scene, cells: Thing, rng: random.Random) -> Change | None:
    """The colours of a map stand for other values."""
    mapped = cells.artists[0]
    colour_bar = getattr(mapped, "colorbar", None)
    low, high = mapped.get_clim()
    if colour_bar is None or not high > low or mapped.norm.__class__.__name__ != "Normalize":
        return None
    factor = rng.choice((0.55, 1.9))
    mapped.set_clim(low, low + factor * (high - low))
    bars = [t for t in scene.of("colour bar") if t.artists[0] is colour_bar.ax]
    now = value_text(colour_bar.ax.yaxis, low + factor * (high - low))
    said = f"the colours run up to {now} instead of {value_text(colour_bar.ax.yaxis, high)}"
    return Change(said, before=[cells, *bars], after=[mapped, colour_bar.ax], along=bars)
