"""What differs between two figures, thing by thing: for labels of edits made in the program.

    differences(before, after)     # two scenes; each with an aspect, the things and the amount

The edit says what it meant to change; this says what it changed, where, and by how much. It looks
at what artists hold, so what only moved because something else needs room is told from the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from visual_erm.data.charts.edits_axes import turned
from visual_erm.data.charts.edits_texts import off, text_of
from visual_erm.data.charts.edits_values import about, share_of
from visual_erm.data.charts.figures import is_named, place_text, span_texts
from visual_erm.data.charts.things import Scene, Thing, across, outlines
from visual_erm.types import Box

TEXTS = ("title", "axis label", "note", "legend title", "legend entry")
MARKS = (
    *("bars", "line", "guide line", "dots", "points", "area", "violin", "box", "wedge"),
    *("error bars", "cells", "coloured shapes", "picture", "segments"),
)
LIMITS = 0.04
"""Share of an axis by which one of its ends has to be off to be noticed."""
SLIGHT = 0.01
"""The same where other numbers stand at the axis, too."""
LITTLE = 0.01
"""Share of an axis, a few pixels, by less than which nobody sees values to be off."""
LEGEND_MOVED = 0.12
"""Share of the longer side of the plot by which a legend must have moved in it."""
NEAR = 1e-6
"""Relative difference of numbers that are the same."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as before."""

    aspect: str
    """words, words gone, words new, letters, ticks, scale, data, gone, new, colour, style, look,
    size, place, moved (a plot got another place), shifted (something else did), stretched (an axis
    ends elsewhere, by less than is noticed), little (so are values), emptied (of a plot)."""
    before: Thing | None
    after: Thing | None
    amount: float = 0.0
    """Of data, as a share of its axis; of a series, of how many it is one; of words, how far a
    number is off."""
    said: str = ""
    """What differs, in words, where it can be said from what was drawn."""
    kind: str = ""
    """Of the thing."""


def differences(before: Scene, after: Scene) -> list[Difference]:
    """All that differs between two drawn figures."""
    found = _of_figure(before, after)
    panels = list(zip(before.panels, after.panels, strict=False))
    for left in before.panels[len(after.panels) :]:
        found.append(_difference("gone", before.one(left, "panel"), None))
    for more in after.panels[len(before.panels) :]:
        found.append(_difference("new", None, after.one(more, "panel")))
    found += _texts([t for t in before.of(*TEXTS) if t.panel is None],
                    [t for t in after.of(*TEXTS) if t.panel is None])  # fmt: skip
    own = [next((t for t in s.of("legend") if t.panel is None), None) for s in (before, after)]
    found += _legend(*own)
    for one, two in panels:
        found += _of_panel(before, one, after, two)
    bars = [scene.of("colour bar") for scene in (before, after)]
    found += [_difference("gone", bar, None) for bar in bars[0][len(bars[1]) :]]
    found += [_difference("new", None, bar) for bar in bars[1][len(bars[0]) :]]
    return [d for d in found if any(t.box for t in (d.before, d.after) if t is not None)]


def _difference(
    aspect: str, before: Thing | None, after: Thing | None, amount: float = 0.0, said: str = ""
) -> Difference:
    thing = before or after
    return Difference(aspect, before, after, amount, said, thing.kind if thing else "")


def _of_figure(before: Scene, after: Scene) -> list[Difference]:
    one, two = (scene.of("figure")[0] for scene in (before, after))
    found = []
    sizes = [np.round(s.figure.get_size_inches() * s.figure.dpi) for s in (before, after)]
    if not np.array_equal(*sizes):
        ratio = (sizes[1][0] / sizes[1][1]) / (sizes[0][0] / sizes[0][1])
        said = "wider" if ratio > 1.02 else "narrower" if ratio < 0.98 else "of another size"
        found.append(_difference("size", one, two, abs(ratio - 1), f"the figure is {said}"))
    if to_hex(before.figure.get_facecolor()) != to_hex(after.figure.get_facecolor()):
        found.append(_difference("look", one, two))
    return found


def _emptied(before: Scene, one: Any, after: Scene, two: Any) -> bool:
    """Whether nothing is drawn any more where something was; an axis beside another is kept."""
    there = [p for p in after.panels if np.allclose(p.bbox.extents, two.bbox.extents)]
    return bool(before.within(one, *MARKS)) and not any(after.within(p, *MARKS) for p in there)


def _of_panel(before: Scene, one: Any, after: Scene, two: Any) -> list[Difference]:
    if _emptied(before, one, after, two):
        said = "the subplot is empty: nothing is drawn in it"
        return [
            _difference("emptied", before.one(one, "panel"), after.one(two, "panel"), 1.0, said)
        ]
    found = _texts(before.within(one, *TEXTS), after.within(two, *TEXTS))
    frames = before.one(one, "frame"), after.one(two, "frame")
    if _frame(one) != _frame(two):
        found.append(_difference("look", *frames))
    places = [np.array(a.get_position().bounds) for a in (one, two)]
    if np.abs(places[0] - places[1]).max() > 1e-4:
        found.append(_difference("moved", *frames))
    for kind in ("x axis", "y axis"):
        axes = before.one(one, kind), after.one(two, kind)
        if axes[0] is not None and axes[1] is not None:
            found += _axis(before, axes[0], after, axes[1])
        elif axes[0] is not None or axes[1] is not None:
            found.append(_difference("gone" if axes[0] else "new", *axes))
    found += _legend(before.one(one, "legend"), after.one(two, "legend"))
    for kind in MARKS:
        found += _marks(before, before.within(one, kind), after, after.within(two, kind))
    return found


def _frame(axes: Any) -> Hashable:
    lines = [*axes.get_xgridlines(), *axes.get_ygridlines()] if axes.name != "3d" else []
    return (
        to_hex(axes.get_facecolor()), bool(axes.axison), any(a.get_visible() for a in lines),
        tuple(sorted(n for n, s in axes.spines.items() if s.get_visible())),
    )  # fmt: skip


def _legend(one: Thing | None, two: Thing | None) -> list[Difference]:
    if one is None and two is None:
        return []
    if one is None or two is None:
        return [_difference("new" if one is None else "gone", one, two)]
    if moved(one.box, two.box, (_frame_of(one), _frame_of(two))) > LEGEND_MOVED:
        place = _stands(two)
        said = f"it stands {place if place != _stands(one) else 'in another place'}"
        return [_difference("place", one, two, 0.0, said)]
    return [_difference("shifted", one, two)] if one.box != two.box else []


def _frame_of(legend: Thing) -> Box:
    """Pixels of what a legend stands in."""
    figure = legend.artists[0].get_figure(root=True)
    x0, y0, x1, y1 = (legend.panel or figure).bbox.extents
    height = figure.bbox.height
    return round(x0), round(height - y1), round(x1), round(height - y0)


def _stands(legend: Thing) -> str:
    """Where in its plot a legend is seen."""
    assert legend.box is not None
    left, top, right, bottom = _frame_of(legend)
    x = ((legend.box[0] + legend.box[2]) / 2 - left) / (right - left)
    y = ((legend.box[1] + legend.box[3]) / 2 - top) / (bottom - top)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        return "outside of the plot"
    across_word = "left" if x < 0.4 else "right" if x > 0.6 else "middle"
    down_word = "upper" if y < 0.4 else "lower" if y > 0.6 else "middle"
    return f"at the {down_word} {across_word}"


def moved(one: Box | None, other: Box | None, frames: tuple[Box, Box]) -> float:
    """By how much something moved within its frame, as a share of the frame's longer side.

    A box that only became larger or smaller has a corner, a side or its centre where it was.
    """
    if one is None or other is None:
        return 0.0
    (left, top, right, bottom), frame = frames
    sides = right - left, bottom - top
    scale = [
        a / max(b, 1)
        for a, b in zip(sides, (frame[2] - frame[0], frame[3] - frame[1]), strict=True)
    ]
    now = [
        (value - frame[n % 2]) * scale[n % 2] + (left, top)[n % 2] for n, value in enumerate(other)
    ]
    steps = [
        min(abs(a - b) for a, b in ((one[n], now[n]), (one[n + 2], now[n + 2]),
            ((one[n] + one[n + 2]) / 2, (now[n] + now[n + 2]) / 2)))
        for n in (0, 1)
    ]  # fmt: skip
    return float(np.hypot(steps[0], steps[1])) / max(*sides, 1)


def _words(thing: Thing) -> str:
    return " ".join(text_of(thing).get_text().split())


def _letters(thing: Thing) -> Hashable:
    text = text_of(thing)
    return (
        round(text.get_fontsize(), 1), str(text.get_fontweight()), text.get_fontstyle(),
        round(text.get_rotation()), to_hex(text.get_color()),
    )  # fmt: skip


def _texts(before: Sequence[Thing], after: Sequence[Thing]) -> list[Difference]:
    found = []
    left, right = list(before), list(after)
    for thing in before:
        same = next((t for t in right if t.kind == thing.kind and _words(t) == _words(thing)), None)
        if same is not None:
            left.remove(thing)
            right.remove(same)
            if _letters(thing) != _letters(same):
                found.append(_difference("letters", thing, same))
            elif thing.box != same.box:
                found.append(_difference("shifted", thing, same))
    for kind in TEXTS:
        gone, new = ([t for t in things if t.kind == kind] for things in (left, right))
        for one, two in zip(gone, new, strict=False):
            said = f'"{_words(one)}" became "{_words(two)}"'
            found.append(_difference("words", one, two, off(_words(one), _words(two)), said))
        for one in gone[len(new) :]:
            found.append(_difference("words gone", one, None, 0.0, f'"{_words(one)}" is missing'))
        for two in new[len(gone) :]:
            said = f'"{_words(two)}" should not be there'
            found.append(_difference("words new", None, two, 0.0, said))
    return found


def _axis(before: Scene, one: Thing, after: Scene, two: Thing) -> list[Difference]:
    a, b = one.artists[0], two.artists[0]
    labels = [
        [t for t in scene.parts(axis) if t.kind == "tick label"]
        for scene, axis in ((before, one), (after, two))
    ]
    same = [_words(t) for t in labels[0]] == [_words(t) for t in labels[1]]
    far = _ends_apart(a, b)
    if not same and _renumbered(a, b):
        return [_difference("stretched", one, two), _difference("ticks", one, two)]
    if a.get_scale() != b.get_scale() or not far <= (LIMITS if same else SLIGHT):
        return [_difference("scale", one, two, *_scale_said(a, b))]
    found = [_difference("stretched", one, two)] if far > NEAR else []
    if len(labels[0]) != len(labels[1]):
        return [*found, _difference("ticks", one, two)]
    for tick, other in zip(*labels, strict=True):
        if _words(tick) != _words(other):
            said = f'"{_words(tick)}" became "{_words(other)}"'
            amount = off(_words(tick), _words(other))
            found.append(_difference("words", tick, other, amount, said))
        elif _letters(tick) != _letters(other):
            found.append(_difference("letters", tick, other))
    return found


def _renumbered(one: Any, two: Any) -> bool:
    """Whether names of an axis have other places, as one of them is missing; so the ends have."""
    if not (is_named(one) and is_named(two)):
        return False
    places = [{t.label1.get_text(): t.get_loc() for t in a.get_major_ticks()} for a in (one, two)]
    both = places[0].keys() & places[1].keys()
    return len(places[0]) != len(places[1]) and any(places[0][n] != places[1][n] for n in both)


def _ends_apart(one: Any, two: Any) -> float:
    """How far the ends of an axis lie from where they were, as a share of it."""
    return float(np.abs(share_of(one, two.get_view_interval()) - (0.0, 1.0)).max())


def _scale_said(one: Any, two: Any) -> tuple[float, str]:
    (low, high), (start, end) = one.get_view_interval(), two.get_view_interval()
    if one.get_scale() != two.get_scale():
        kinds = {"log": "logarithmic", "symlog": "logarithmic"}
        was, now = (kinds.get(a.get_scale(), a.get_scale()) for a in (one, two))
        return 1.0, f"{now} instead of {was}"
    if (high > low) != (end > start):
        return turned(one), "inverted: it runs the other way"
    now, was = span_texts(one, (float(start), float(end)), (float(low), float(high)))
    reach = max(abs(high - low), 1e-300)
    share = (abs(start - low) + abs(end - high)) / reach
    return float(share), f"it runs from {now} instead of {was}"


def values(thing: Thing) -> np.ndarray[Any, Any]:
    """What a mark shows, `(n, k)` in the coordinates of its data."""
    rows: list[Any]
    artist = thing.artists[0]
    if thing.kind == "bars":
        rows = [[b.get_x(), b.get_y(), b.get_width(), b.get_height()] for b in thing.artists]
    elif thing.kind == "wedge":
        rows = [[artist.theta1, artist.theta2]]
    elif thing.kind in ("points",):
        return np.column_stack([np.ma.filled(np.ma.asarray(artist.get_offsets(), float), np.nan),
                                *_told_besides(artist)])  # fmt: skip
    elif thing.kind in ("cells", "picture"):
        array: np.ndarray[Any, Any] = np.ma.filled(np.ma.asarray(artist.get_array(), float), np.nan)
        return np.atleast_2d(array) if array.ndim < 3 else array.reshape(array.shape[0], -1)
    elif thing.kind == "error bars":
        rows = [s for a in thing.artists if hasattr(a, "get_segments") for s in a.get_segments()]
        return np.concatenate(rows) if rows else np.zeros((0, 2))
    elif isinstance(artist, Line2D):
        rows = [np.asarray(a.get_xydata(), float) for a in thing.artists if isinstance(a, Line2D)]
        return np.concatenate(rows)
    elif hasattr(artist, "get_paths"):
        paths = [path.vertices for path in artist.get_paths()[:200]]
        return np.concatenate(paths) if paths else np.zeros((0, 2))
    else:
        return np.asarray(artist.get_path().vertices, float)
    return np.asarray(rows, float)


def _told_besides(cloud: Any) -> list[Any]:
    """What points show by their colour and by their size."""
    count = len(cloud.get_offsets())
    columns = [cloud.get_array(), cloud.get_sizes()]
    return [
        np.ma.filled(np.ma.asarray(column, float), np.nan) for column in columns
        if column is not None and np.shape(column) == (count,) and len(set(column)) > 1
    ]  # fmt: skip


def _same(one: Thing, two: Thing) -> bool:
    a, b = values(one), values(two)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=NEAR, atol=1e-12, equal_nan=True))


def _marks(
    old: Scene, before: Sequence[Thing], new: Scene, after: Sequence[Thing]
) -> list[Difference]:
    """Marks of one kind: the same data first, then the same label, then the order."""
    left, right = list(before), list(after)
    pairs: list[tuple[Thing, Thing]] = []
    for alike in (
        lambda a, b: a.label == b.label and _same(a, b),
        _same,
        lambda a, b: bool(a.label) and a.label == b.label,
        lambda a, b: len(left) == len(right),
    ):
        for thing in list(left):
            other = next((t for t in right if alike(thing, t)), None)
            if other is not None:
                pairs.append((thing, other))
                left.remove(thing)
                right.remove(other)
    part = 1 / max(len(before), 1)
    found = [_difference("gone", thing, None, part) for thing in left if not _edge(old, thing)]
    found += [
        Difference("gone", thing, None, 0.0, "the outline of the area is missing", "outline")
        for thing in left if _edge(old, thing)
    ]  # fmt: skip
    found += [_difference("new", None, thing, part) for thing in right]
    for one, two in pairs:
        if not _same(one, two):
            differs = _data(old, one, new, two)
            little = _far(one, two, differs) < LITTLE
            found.append(replace(differs, aspect="little") if little else differs)
        if _colours(one) != _colours(two):
            found.append(_difference("colour", one, two))
        if _style(one) != _style(two):
            found.append(_difference("style", one, two))
    return found


def _far(one: Thing, two: Thing, differs: Difference) -> float:
    """How far values are off, as a share of the axis; of a line with other corners, its course."""
    a, b = values(one), values(two)
    if len(a) == len(b):
        return differs.amount
    line = one.artists[0]
    plain = isinstance(line, Line2D) and line.get_marker() in ("None", "", None)
    if not plain or len(b) < 2 or (np.diff(a[:, 0]) < 0).any() or (np.diff(b[:, 0]) < 0).any():
        return 1.0
    there = np.interp(a[:, 0], b[:, 0], b[:, 1], left=np.inf, right=np.inf)
    return float(
        np.abs(share_of(one.panel.yaxis, there) - share_of(one.panel.yaxis, a[:, 1])).max()
    )


def _edge(scene: Scene, thing: Thing) -> bool:
    return thing.kind == "line" and outlines(thing, scene.within(thing.panel, "area"))


def _colours(thing: Thing) -> Hashable:
    found: Counter[str] = Counter()
    for artist in thing.artists[:60]:
        if isinstance(artist, Line2D):
            found[to_hex(artist.get_color())] += 1
        elif hasattr(artist, "get_cmap") and artist.get_array() is not None:
            found[str(artist.get_cmap().name)] += 1
            found[str(np.round(artist.get_clim(), 9))] += 1
        elif hasattr(artist, "get_facecolor"):
            rows = np.asarray(artist.get_facecolor(), float).reshape(-1, 4)
            for row in rows[:60]:
                found[to_hex(row)] += 1
    return tuple(sorted(found.items()))


def _style(thing: Thing) -> Hashable:
    found = []
    for artist in thing.artists[:60]:
        row: list[Any] = [artist.get_alpha()]
        if isinstance(artist, Line2D):
            row += [artist.get_linestyle(), round(artist.get_linewidth(), 3)]
            row += [str(artist.get_marker()), round(artist.get_markersize(), 3)]
        elif hasattr(artist, "get_edgecolor"):
            faces, edges = (
                np.asarray(colours, float).reshape(-1, 4)
                for colours in (artist.get_facecolor(), artist.get_edgecolor())
            )
            own = len(edges) and not np.array_equal(faces[:1], edges[:1])
            row += [to_hex(edges[0], keep_alpha=True) if own else "", artist.get_hatch()]
            row += [float(np.max(artist.get_linewidth(), initial=0.0))]
            if hasattr(artist, "get_sizes") and len(set(artist.get_sizes())) == 1:
                row += [round(float(artist.get_sizes()[0]), 3)]
            if thing.kind == "points":
                row += [tuple(len(path.vertices) for path in artist.get_paths()[:3])]
        found.append(tuple(map(str, row)))
    return tuple(sorted(set(found)))


def _data(old: Scene, one: Thing, new: Scene, two: Thing) -> Difference:
    """Two series of which the values differ: how far, and what a person would say."""
    a, b = values(one), values(two)
    axes = one.panel
    if one.kind == "wedge":
        sizes = [float(abs(v[0][1] - v[0][0])) / 3.6 for v in (a, b)]
        said = f"about {sizes[1]:.0f}% instead of {sizes[0]:.0f}%"
        # half of a pie weighs as much as the whole length of an axis
        return _difference("data", one, two, abs(sizes[1] - sizes[0]) / 50, said)
    if a.shape != b.shape:
        what = {"bars": "bars", "points": "points"}.get(one.kind, "values")
        said = f"it has {len(b)} {what} instead of {len(a)}"
        left = {part.name for part in new.parts(two)}
        gone = [part for part in old.parts(one) if part.name not in left]
        if len(gone) == 1:  # a bar
            return _difference("data", gone[0], None, 1 / max(len(a), 1), "it is missing")
        return _difference("data", one, two, abs(len(a) - len(b)) / max(len(a), 1), said)
    if one.kind == "cells":
        changed = ~np.isclose(a, b, rtol=NEAR, equal_nan=True)
        return _difference("data", one, two, float(changed.mean()), _cells_said(a, b, changed))
    if one.kind == "bars":
        lying = across(one.artists)
        axis = axes.xaxis if lying else axes.yaxis
        ends = [v[:, 0] + v[:, 2] if lying else v[:, 1] + v[:, 3] for v in (a, b)]
        lengths = [v[:, 2] if lying else v[:, 3] for v in (a, b)]
    else:
        axis, ends = axes.yaxis, [a[:, 1], b[:, 1]]
        lengths = ends
    if one.kind == "points" and np.allclose(a[:, :2], b[:, :2], rtol=NEAR, equal_nan=True):
        return _besides(one, two, a[:, 2:], b[:, 2:])
    shares = np.abs(share_of(axis, ends[1]) - share_of(axis, ends[0]))
    sideways = np.zeros(1) if one.kind == "bars" else np.abs(
        share_of(axes.xaxis, b[:, 0]) - share_of(axes.xaxis, a[:, 0])
    )  # fmt: skip
    amount = float(max(np.nanmax(shares, initial=0.0), np.nanmax(sideways, initial=0.0)))
    changed = np.flatnonzero(~np.isclose(lengths[0], lengths[1], rtol=NEAR, equal_nan=True))
    if len(changed) == 1 and amount == float(np.nanmax(shares)):
        at = int(changed[0])
        said = f"it shows {about(axis, float(lengths[1][at]), float(lengths[0][at]))}"
        bars = [scene.parts(thing) for scene, thing in ((old, one), (new, two))]
        if one.kind == "bars" and all(len(parts) > at for parts in bars):
            return _difference("data", bars[0][at], bars[1][at], amount, said)
        where = place_text(axes.xaxis, float(a[at, 0]))
        where = where if where.startswith("at ") else f"at {where}"
        return _difference("data", one, two, amount, f"{where} {said}")
    return _difference("data", one, two, amount, f"its values differ, by up to {amount:.0%} of "
                       "the axis")  # fmt: skip


def _besides(one: Thing, two: Thing, a: Any, b: Any) -> Difference:
    """Points of which the sizes or the colours stand for other values."""
    reach = np.maximum(np.nanmax(a, axis=0) - np.nanmin(a, axis=0), 1e-300)
    gaps = np.abs(b - a) / reach
    off = int((gaps > NEAR).any(axis=1).sum())
    said = f"{off} of {len(a)} points have another size or colour"
    return _difference("data", one, two, float(np.nanmax(gaps, initial=0.0)), said)


def _cells_said(a: Any, b: Any, changed: Any) -> str:
    if changed.sum() == 1:
        row, column = (int(v) for v in np.argwhere(changed)[0])
        return (
            f"the cell in row {row + 1}, column {column + 1} shows about {b[row, column]:.3g} "
            f"instead of {a[row, column]:.3g}"
        )
    return f"{int(changed.sum())} of {changed.size} cells have other values"
