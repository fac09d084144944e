"""What differs between two charts, from the scenes of their figures.

Subplots are matched, then their series; a limit that differs is one difference although all marks
moved, and a series in another colour includes its line in the legend. Severities follow the rules
of the edits in `operators`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz.distance import Indel
from scipy.optimize import linear_sum_assignment

from visual_erm.data.annotations import Annotation, unexplained
from visual_erm.data.charts import oracle_looks, oracle_series, oracle_texts
from visual_erm.data.charts.differences import LIMITS, SLIGHT
from visual_erm.data.charts.drawn import Drawn, read
from visual_erm.data.charts.edits_axes import by_direction, by_stretch
from visual_erm.data.charts.edits_layout import by_panels
from visual_erm.data.charts.operators import by_part
from visual_erm.data.charts.oracle_report import Panels, Report, told_once
from visual_erm.data.charts.oracle_series import axis_of, number
from visual_erm.data.charts.oracle_texts import colour_gap
from visual_erm.data.charts.scenes import Artist, Axis, Legend, Scene, Subplot, Words
from visual_erm.data.records import Rule, always, style_by_share
from visual_erm.types import Box

__all__ = ["annotate", "compare", "read"]

RESHAPED = 0.12
"""By how much the ratio of a plot's sides must be off."""
RESIZED = 0.2
"""By how much both sides must be off where their ratio is right."""
UNLIKE = 0.85
"""Cost from which two subplots are not the same."""
MAIN = ("line", "bars", "points", "dots", "area", "wedge", "box", "violin", "cells")
"""Kinds that make a chart what it is."""
WORDS = {
    "line": "lines", "bars": "bars", "points": "points", "dots": "points", "area": "areas",
    "wedge": "a pie", "box": "boxes", "violin": "violins", "cells": "cells",
}  # fmt: skip


def annotate(reference: Drawn, prediction: Drawn) -> Annotation:
    """What differs, as far as it shows."""
    ours, theirs = reference.picture, prediction.picture
    errors = tuple(compare(reference, prediction).errors)
    return Annotation("chart", ours, theirs, errors, unexplained(ours, theirs, errors))


def compare(reference: Drawn, prediction: Drawn) -> Report:
    """The differences, each once."""
    report = Report(reference, prediction)
    ours, theirs = reference.scene, prediction.scene
    _figure(report, ours, theirs)
    mine, others = _plots(ours), _plots(theirs)
    pairs = _matched(mine, others, ours, theirs)
    panels = [Panels(mine[i], others[j], len(mine) > 1) for i, j in pairs]
    _presence(report, mine, others, pairs)
    swapped = _swapped(report, panels, ours, theirs)
    limits: Limits = {}
    for one in panels:
        before = len(report.errors)
        same = _panel(report, one, limits) and id(one.ours) not in swapped
        # a layout that fills the picture gives room to what is there
        room = any(
            (e.category == "text_error" and e.location[1:].startswith(" axis"))
            or (e.category != "data_error" and None in (e.bbox, e.bbox_prediction))
            for e in report.errors[before:]
        )
        if same and not room:
            _shape(report, one)
    for axes in limits.values():
        location, words, rule, amount = axes[0][:4]
        boxes = [axis.box for *_, axis, _ in axes], [axis.box for *_, axis in axes]
        report.say("data_error", rule, location, words, *boxes, amount)
    _colour_bars(report, ours, theirs)
    report.errors = told_once(report.errors)
    return report


def _plots(scene: Scene) -> list[Subplot]:
    return [subplot for subplot in scene.subplots if not subplot.bar]


def _relative(box: Box, scene: Scene) -> tuple[float, float, float, float]:
    return (
        box[0] / scene.width,
        box[1] / scene.height,
        box[2] / scene.width,
        box[3] / scene.height,
    )


def _matched(
    mine: Sequence[Subplot], others: Sequence[Subplot], ours: Scene, theirs: Scene
) -> list[tuple[int, int]]:
    """Subplots and their partners: by what they show, and by where they stand."""
    if not mine or not others:
        return []
    costs = np.zeros((len(mine), len(others)))
    for i, a in enumerate(mine):
        for j, b in enumerate(others):
            gap = np.abs(np.subtract(_relative(a.box, ours), _relative(b.box, theirs))).max()
            costs[i, j] = 0.8 * _unlike(a, b) + 0.2 * min(1.0, 2 * float(gap))
    rows, columns = linear_sum_assignment(costs)
    pairs = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True)]
    single = len(mine) == len(others)
    return [(i, j) for i, j in pairs if single or costs[i, j] < UNLIKE]


def _unlike(one: Subplot, other: Subplot) -> float:
    """How little two subplots show the same."""
    parts = [_texts_apart(_words(one), _words(other)), float(one.kind != other.kind)]
    kinds = [sorted(a.kind for a in subplot.artists) for subplot in (one, other)]
    parts.append(float(kinds[0] != kinds[1]))
    labels = ["|".join(sorted(a.label for a in s.artists if a.label)) for s in (one, other)]
    parts.append(_texts_apart(*labels))
    firsts = [[v for a in s.artists[:6] for v in (*a.x[:40], *a.y[:40])] for s in (one, other)]
    alike = firsts[0] == firsts[1]
    parts += [0.0 if alike else 1.0] * 2
    limits = [[axis.limits for axis in subplot.axes] for subplot in (one, other)]
    parts.append(float(limits[0] != limits[1]))
    return float(np.mean(parts))


def _texts_apart(one: str, other: str) -> float:
    if not one and not other:
        return 0.0
    return 1 - float(Indel.normalized_similarity(one, other))


def _words(subplot: Subplot) -> str:
    labels = [axis.label.text for axis in subplot.axes if axis.label]
    return "|".join([*(t.text for t in subplot.titles), *labels])


def _figure(report: Report, ours: Scene, theirs: Scene) -> None:
    """What belongs to the figure and to no subplot."""
    whole = (0, 0, ours.width, ours.height), (0, 0, theirs.width, theirs.height)
    ratio = (theirs.width / theirs.height) / (ours.width / ours.height)
    if abs(np.log(ratio)) > RESHAPED:
        report.reshaped = True
        words = (
            f"the picture is {'wider' if ratio > 1 else 'narrower'}: its sides have another ratio"
        )
        report.say("structure_error", always(1), "figure", words, *whole)
    if (
        ours.background
        and theirs.background
        and colour_gap(ours.background, theirs.background) > 0.08
    ):
        words = "another background"
        report.say("style_error", style_by_share, "background of the figure", words, *whole)
    roles = {t.role for t in (*ours.texts, *theirs.texts) if t.role.endswith("of the figure")}
    for role in sorted(roles):
        one = next((t for t in ours.texts if t.role == role), None)
        other = next((t for t in theirs.texts if t.role == role), None)
        kind = "title" if role.startswith("title") else "axis label"
        oracle_texts.one(report, kind, f"main {role}", one, other)
    notes = [[t for t in scene.texts if t.role not in roles] for scene in (ours, theirs)]
    oracle_texts.notes(report, notes[0], notes[1], "", whole, still=True)
    for number_of in range(max(len(ours.legends), len(theirs.legends))):
        one_legend = next(iter(ours.legends[number_of : number_of + 1]), None)
        other_legend = next(iter(theirs.legends[number_of : number_of + 1]), None)
        oracle_texts.legend(report, one_legend, other_legend, " of the figure", whole, (), ())


def _presence(
    report: Report,
    mine: Sequence[Subplot],
    others: Sequence[Subplot],
    pairs: Sequence[tuple[int, int]],
) -> None:
    missing = [a for i, a in enumerate(mine) if i not in {i for i, _ in pairs}]
    added = [b for j, b in enumerate(others) if j not in {j for _, j in pairs}]
    for group in _places(missing):
        boxes = [a.whole or a.box for a in group]
        amount = 1 / len(mine)
        words = "the subplot is missing"
        report.say("structure_error", by_panels, group[0].name, words, boxes, None, amount)
    for group in _places(added):
        boxes = [b.whole or b.box for b in group]
        words = "a subplot too many"
        report.say("structure_error", always(3), group[0].name, words, None, boxes)


def _places(subplots: Sequence[Subplot]) -> list[list[Subplot]]:
    """Those that lie on each other together: axes with a second scale."""
    found: dict[Box, list[Subplot]] = {}
    for subplot in subplots:
        found.setdefault(subplot.box, []).append(subplot)
    return list(found.values())


def _swapped(report: Report, panels: Sequence[Panels], ours: Scene, theirs: Scene) -> set[int]:
    """Subplots at each other's places."""
    done: set[int] = set()
    for n, one in enumerate(panels):
        for two in panels[n + 1 :]:
            a, b = _relative(one.ours.box, ours), _relative(two.ours.box, ours)
            c, d = _relative(one.theirs.box, theirs), _relative(two.theirs.box, theirs)
            crossed = max(_apart(a, d), _apart(b, c)) < 0.02 < _apart(a, c)
            if crossed and not {id(one.ours), id(two.ours)} & done:
                names = one.ours.name, two.ours.name
                words = f"the {names[0]} and the {names[1]} have each other's place"
                boxes = (one.ours.whole, two.ours.whole), (one.theirs.whole, two.theirs.whole)
                report.say("structure_error", always(2), " and ".join(names), words, *boxes)
                done |= {id(one.ours), id(two.ours)}
    return done


def _apart(one: Sequence[float], other: Sequence[float]) -> float:
    return float(np.abs(np.subtract(one, other)).max())


def _shape(report: Report, panels: Panels) -> None:
    """The sides of a plot."""
    if _reshaped(panels, report) and not report.reshaped:
        a, b = panels.ours.box, panels.theirs.box
        ratio = ((b[2] - b[0]) / max(b[3] - b[1], 1)) / ((a[2] - a[0]) / max(a[3] - a[1], 1))
        words = "it is larger or smaller"
        if abs(np.log(ratio)) > RESHAPED:
            words = f"it is {'wider or lower' if ratio > 1 else 'narrower or taller'}"
        boxes = panels.ours.whole, panels.theirs.whole
        report.say("structure_error", always(1), panels.ours.name, words, *boxes)


def _reshaped(panels: Panels, report: Report) -> bool:
    """Whether the sides of a plot have another ratio, or quite another size."""
    if report.reshaped:
        return True
    scenes = report.ours.scene, report.theirs.scene
    a, b = (_relative(s.box, c) for s, c in zip((panels.ours, panels.theirs), scenes, strict=True))
    wide, high = ((b[n + 2] - b[n]) / max(a[n + 2] - a[n], 1e-6) for n in (0, 1))
    if min(wide, high) <= 0:
        return True
    sizes = abs(np.log(wide)), abs(np.log(high))
    return bool(abs(np.log(wide / high)) > RESHAPED or min(sizes) > RESIZED)


def _panel(report: Report, panels: Panels, limits: Limits) -> bool:
    """One subplot and its partner; whether it is the same kind of chart on the same axes."""
    ours, theirs = panels.ours, panels.theirs
    oracle_texts.titles(report, panels)
    if _other_chart(report, panels):
        return False
    beside = [p for p in report.theirs.scene.subplots if p.box == theirs.box]
    if ours.artists and not any(p.artists or p.texts for p in beside):
        words = "the subplot is empty: nothing is drawn in it"
        whole = ours.whole or ours.box, theirs.whole or theirs.box
        report.say("structure_error", always(3), ours.name, words, *whole)
        return False
    bare = ours.on and not theirs.on
    if bare:
        words = "both axes are missing: no frame, ticks or labels"
        boxes = [a.box for a in ours.axes]
        report.say("structure_error", always(3), ours.name, words, boxes, None)
    else:
        oracle_texts.axis_labels(report, panels)
        _frame(report, panels)
    still = True
    artists = list(theirs.artists)
    lost: list[Words] = []
    for axis in ours.axes:
        other = axis_of(theirs, axis.name)
        if other is None or bare:
            continue
        places = oracle_series.categories(axis, other)
        if places:
            artists = [oracle_series.replaced(a, axis.name, places) for a in artists]
            lost += oracle_series.lost(axis, other)
            still = False
        elif _axis(axis, other, panels, limits):
            still = False
        else:
            room = _reshaped(panels, report)
            oracle_texts.ticks(report, axis, other, panels.where, room=room)
    if ours.kind == "3d" == theirs.kind and ours.view != theirs.view:
        words = "seen from another side"  # and so is all that it shows
        report.say("structure_error", always(2), ours.name, words, ours.whole, theirs.whole)
        return True
    moved = not still
    pairs = oracle_series.match(ours.artists, artists, panels)
    partners = [(ours.artists[i], artists[j]) for i, j in pairs]
    missing = [a for i, a in enumerate(ours.artists) if i not in {i for i, _ in pairs}]
    added = [b for j, b in enumerate(artists) if j not in {j for _, j in pairs}]
    restacked = _restacked(report, panels, partners)
    missing, added = _redrawn(report, panels, missing, added)
    oracle_series.presence(report, panels, missing, added)
    before = len(report.errors)
    if not restacked:
        oracle_series.values(report, panels, partners)
        # what is written at a value stands where the value is
        if len(report.errors) > before:
            still = False
        elif lost:
            names = " and ".join(f'"{text.text}"' for text in lost)
            amount = max(0.06, len(lost) / max(len(a.ticks) for a in ours.axes))
            where = f"the value of {names}{panels.where}"
            was = [ours.box, *(t.box for t in lost)]
            report.say("data_error", by_part, where, "it is missing", was, theirs.box, amount)
        _error_bars(report, partners)
    for a, b in partners:
        other_values = a.kind == "cells" and oracle_series.cells(report, panels, a, b)
        if not other_values and not restacked:
            _colour_scale(report, panels, a, b)
    painted = [(a, b) for a, b in partners if not (restacked and a.kind == "bars")]
    oracle_looks.looks(report, panels, painted)
    gone = _told(missing, theirs.legend)
    new = _told(added, ours.legend)
    frames = ours.box, theirs.box
    oracle_texts.legend(report, ours.legend, theirs.legend, panels.where, frames, gone, new)
    titles = [t.text for t in ours.titles if not theirs.titles]
    wrong = [e for e in report.errors[before:] if e.category == "data_error"]
    mine = oracle_texts.aside(ours.texts, [e.bbox for e in wrong])
    others = oracle_texts.aside(theirs.texts, [e.bbox_prediction or e.bbox for e in wrong])
    others = [t for t in others if t.text not in titles]
    oracle_texts.notes(report, mine, others, panels.where, frames, still=still)
    return not moved


def _told(artists: Sequence[Artist], legend: Legend | None) -> list[str]:
    """Labels of series that have no partner, and no entry in the other legend."""
    entries = {entry.text.text for entry in legend.entries} if legend else set()
    return [a.label for a in artists if a.label and a.label not in entries]


def _other_chart(report: Report, panels: Panels) -> bool:
    """Whether the same is shown by another kind of chart, of which nothing more is said."""
    kinds = [{a.kind for a in s.artists if a.kind in MAIN} for s in (panels.ours, panels.theirs)]
    new, old = kinds[1] - kinds[0], kinds[0] - kinds[1]
    if new and old and not kinds[0] & kinds[1]:
        words = " and ".join(WORDS[k] for k in sorted(new))
        words += f" instead of {' and '.join(WORDS[k] for k in sorted(old))}"
    else:
        bars = [[a for a in s.artists if a.kind == "bars"] for s in (panels.ours, panels.theirs)]
        lying = [{a.across for a in some if a.count > 1} for some in bars]
        if not (len(lying[0]) == len(lying[1]) == 1 and lying[0] != lying[1]):
            return False
        words = "upright bars instead of lying ones"
        if lying[1] == {True}:
            words = "lying bars instead of upright ones"
    boxes = panels.ours.whole or panels.ours.box, panels.theirs.whole or panels.theirs.box
    report.say("structure_error", always(3), panels.ours.name, words, *boxes)
    return True


def _redrawn(
    report: Report, panels: Panels, missing: Sequence[Artist], added: Sequence[Artist]
) -> tuple[list[Artist], list[Artist]]:
    """Tell series that are drawn by marks of another kind; what is missing and added otherwise."""
    left, more = list(missing), list(added)
    same: dict[tuple[str, str], list[tuple[Artist, Artist]]] = {}
    for one in missing:
        others = [b for b in more if b.kind != one.kind and {one.kind, b.kind} <= set(WORDS)]
        other = next((b for b in others if oracle_series.same_places(one, b, panels)), None)
        if other is not None:
            left.remove(one)
            more.remove(other)
            same.setdefault((WORDS[one.kind], WORDS[other.kind]), []).append((one, other))
    for (old, new), pairs in same.items():
        where = panels.ours.name
        if len(pairs) == 1:
            where = pairs[0][0].name
        boxes = [a.box for a, _ in pairs], [b.box for _, b in pairs]
        report.say("structure_error", always(3), where, f"{new} instead of {old}", *boxes)
    return left, more


def _frame(report: Report, panels: Panels) -> None:
    """Grid, frame and background."""
    ours, theirs = panels.ours, panels.theirs
    boxes = ours.box, theirs.box
    grids = [any(a.grid or a.grid_minor for a in subplot.axes) for subplot in (ours, theirs)]
    # on another scale there may be no tick for it
    same = [a.scale for a in ours.axes] == [b.scale for b in theirs.axes]
    if grids[0] != grids[1] and same and "3d" not in (ours.kind, theirs.kind):
        words = "there is a grid that should not be there" if grids[1] else "the grid is missing"
        report.say("style_error", always(1), f"grid{panels.where}", words, *boxes)
    if set(ours.spines) != set(theirs.spines):
        gone, new = set(ours.spines) - set(theirs.spines), set(theirs.spines) - set(ours.spines)
        said = [f"{' and '.join(sorted(gone))} missing"] if gone else []
        said += [f"{' and '.join(sorted(new))} drawn too"] if new else []
        words = f"lines of the frame: {', '.join(said)}"
        report.say("style_error", always(1), f"frame{panels.where}", words, *boxes)
    a, b = ours.background or "#ffffffff", theirs.background or "#ffffffff"
    if colour_gap(a, b) > 0.05:
        where = f"background of the plot{panels.where}"
        report.say("style_error", style_by_share, where, "another background", *boxes)


Limits = dict[tuple[object, ...], list[tuple[str, str, Rule, float, Axis, Axis]]]
"""Axes of which the same is to be said: place, words, rule, amount, and both axes."""


def _axis(ours: Axis, theirs: Axis, panels: Panels, limits: Limits) -> bool:
    """Scale, direction and limits; whether any of them differs. Shared axes are told once."""
    location = f"{ours.name} axis{panels.where}"
    key = (ours.name, ours.limits, ours.scale, theirs.limits, theirs.scale)
    for words, rule, amount in _scales(ours, theirs, panels):
        limits.setdefault(key, []).append((location, words, rule, amount, ours, theirs))
        return True
    return False


def _scales(ours: Axis, theirs: Axis, panels: Panels) -> Iterator[tuple[str, Rule, float]]:
    names = {"log": "logarithmic", "linear": "linear"}
    if ours.scale != theirs.scale:
        words = f"{names.get(theirs.scale, theirs.scale)} instead of "
        words += names.get(ours.scale, ours.scale)
        yield words, always(3), 0.0
    if ours.inverted != theirs.inverted:
        words = "inverted: it runs the other way"
        yield words, by_direction, ours.turned
    a, b = sorted(ours.limits, key=_real), sorted(theirs.limits, key=_real)
    if None in a or None in b:
        return
    (low, high), (start, end) = (_spread(v, ours.scale) for v in (a, b))
    reach = high - low
    if not reach > 0:
        return
    before, after = (low - start) / reach, (end - high) / reach
    least = LIMITS if _read(ours) == _read(theirs) else SLIGHT
    if max(abs(before), abs(after)) <= least:
        return
    words = f"it runs from {b[0]:.4g} to {b[1]:.4g} instead of {a[0]:.4g} to {a[1]:.4g}"
    bars = any(artist.kind == "bars" for artist in panels.ours.artists)
    if bars and a[0] == 0 and before < -0.1 and abs(after) <= LIMITS:
        yield words, always(3), 1.0
        return
    # what is cut is off for good, so it weighs more than room that is too much
    wider = max(before, 0) + max(after, 0)
    cut = max(-before, 0) + max(-after, 0)
    yield words, by_stretch, max(wider, 1.5 * cut)


def _read(axis: Axis) -> list[float | None]:
    """Places at which something stands at an axis."""
    return [tick.at for tick in axis.ticks if tick.text is not None]


def _real(value: float | None) -> float:
    return 0.0 if value is None else value


def _spread(limits: Sequence[float | None], scale: str) -> tuple[float, float]:
    low, high = (_real(v) for v in limits)
    if scale == "log" and low > 0:
        return float(np.log10(low)), float(np.log10(high))
    return low, high


def _restacked(report: Report, panels: Panels, pairs: Sequence[tuple[Artist, Artist]]) -> bool:
    """Bars on each other in place of beside each other, or the reverse."""
    bars = [(a, b) for a, b in pairs if a.kind == "bars"]
    if len(bars) < 2 or any(a.count != b.count for a, b in bars):
        return False
    stacked = [
        any(np.abs(number(one[side].base)).max(initial=0) > 0 for one in bars) for side in (0, 1)
    ]
    same = all(np.allclose(number(a.y), number(b.y), rtol=1e-3, equal_nan=True) for a, b in bars)
    if stacked[0] == stacked[1] or not same:
        return False
    words = "the bars stand beside each other instead of being stacked"
    if stacked[1]:
        words = "the bars are stacked instead of standing beside each other"
    boxes = panels.ours.whole, panels.theirs.whole
    report.say("structure_error", always(3), panels.ours.name, words, *boxes)
    return True


def _error_bars(report: Report, pairs: Sequence[tuple[Artist, Artist]]) -> None:
    for a, b in pairs:
        lengths = number(a.thick), number(b.thick)
        if a.kind != "error bars" or len(lengths[0]) != len(lengths[1]) or not len(lengths[0]):
            continue
        if not np.allclose(*lengths, rtol=0.02, equal_nan=True):
            ratio = lengths[1] / np.maximum(lengths[0], 1e-300)
            words = "some of them are longer or shorter"
            if (ratio > 1).all() or (ratio < 1).all():
                words = f"they are {'longer' if ratio[0] > 1 else 'shorter'}"
            report.say("data_error", always(2), a.name, words, a.box, b.box)


def _colour_scale(report: Report, panels: Panels, one: Artist, other: Artist) -> None:
    """What the ends of a colour map stand for."""
    if not one.map or not other.map or None in (one.low, one.high, other.low, other.high):
        return
    low, high, start, end = (_real(v) for v in (one.low, one.high, other.low, other.high))
    if max(abs(start - low), abs(end - high)) > LIMITS * max(high - low, 1e-12):
        words = f"the colours run from {start:.4g} to {end:.4g} instead of {low:.4g} to {high:.4g}"
        bars = [[s.whole or s.box for s in drawn.scene.subplots if s.bar]
                for drawn in (report.ours, report.theirs)]  # fmt: skip
        beside = [some if len(some) == 1 else [] for some in bars]
        name = one.name or f"cells{panels.where}"
        boxes = [one.box, *beside[0]], [other.box, *beside[1]]
        report.say("data_error", always(2), name, words, *boxes)


def _colour_bars(report: Report, ours: Scene, theirs: Scene) -> None:
    """Colour bars in the order of the figure."""
    mine, others = ([s for s in scene.subplots if s.bar] for scene in (ours, theirs))
    if len(others) < len(mine):
        for bar in _unpaired(mine, others, ours, theirs):
            words = "the colour bar is missing"
            report.say("structure_error", always(2), bar.name, words, bar.whole or bar.box, None)
        return
    for bar in _unpaired(others, mine, theirs, ours):
        words = "there is a colour bar that should not be there"
        report.say("structure_error", always(2), bar.name, words, None, bar.whole or bar.box)
    for a, b in zip(mine, others, strict=False):
        for axis in a.axes:
            other = axis_of(b, axis.name)
            if other is None:
                continue
            if not list(_scales(axis, other, Panels(a, b, False))):
                oracle_texts.ticks(report, axis, other, f" of the {a.name}")
            name = f"label of the {a.name}"
            oracle_texts.one(report, "axis label", name, axis.label, other.label)


def _unpaired(
    some: Sequence[Subplot], others: Sequence[Subplot], ours: Scene, theirs: Scene
) -> list[Subplot]:
    left = list(some)
    for other in others:
        if left:
            place = _relative(other.box, theirs)
            left.remove(min(left, key=lambda s: _apart(_relative(s.box, ours), place)))
    return left
