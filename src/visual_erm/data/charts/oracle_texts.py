"""Texts of charts: titles, labels, ticks, legends, notes; what reads or looks otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz.distance import OSA, Indel
from scipy.optimize import linear_sum_assignment

from visual_erm.align import centre
from visual_erm.data.charts.differences import LEGEND_MOVED, moved
from visual_erm.data.charts.edits_texts import by_number, off
from visual_erm.data.charts.oracle_report import Panels, Report
from visual_erm.data.charts.scenes import Axis, Legend, Words
from visual_erm.data.records import Rule, always
from visual_erm.types import Box, Severity

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NEAR = 0.5
"""Likeness from which one text is taken for another, changed."""
SIZE = 0.12
"""Share by which letters must differ in size."""
MOVED = 0.06
"""Share of the longer side of the plot by which a text must have moved in it."""
BESIDE = 25
"""Pixels from a bar or a wedge at most, at which its number stands."""
MISSING: dict[str, Severity] = {"title": 2, "axis label": 2, "note": 2, "legend title": 1}
OTHER: dict[str, Severity] = {
    "title": 3, "axis label": 3, "legend entry": 3, "tick label": 2, "note": 2, "legend title": 2,
}  # fmt: skip
"""Severity of a text that says something else."""


def line(text: str) -> str:
    """On one line, and not too long."""
    words = " ".join(text.split())
    return words if len(words) < 70 else f"{words[:69]}…"


def read_as(kind: str, before: str, after: str) -> tuple[Rule, float]:
    """The rule of a text that reads otherwise, and the amount that it looks at.

    >>> from visual_erm.data.records import Effect
    >>> read_as("title", "Sales by town", "Sales by twon")[0](Effect(0))
    1
    """
    ours, theirs = line(before), line(after)
    if _NUMBER.sub("#", ours) == _NUMBER.sub("#", theirs):
        if kind in ("tick label", "note"):
            return by_number, off(ours, theirs)
        return always(2), 0.0
    if _is_typo(ours, theirs):
        return always(1), 0.0
    words, others = ours.split(), theirs.split()
    if len(others) < len(words) and set(others) <= set(words):
        return always(2), 0.0
    return always(OTHER[kind]), 0.0


def _is_typo(ours: str, theirs: str) -> bool:
    distance = OSA.distance(ours.lower(), theirs.lower())
    return distance <= 1 or (distance == 2 and len(ours) > 8)


def one(report: Report, kind: str, location: str, ours: Words | None, theirs: Words | None) -> None:
    """Compare one text with its partner; either may be missing."""
    if ours is None and theirs is None:
        return
    if theirs is None:
        assert ours is not None
        words = f'"{line(ours.text)}" is missing'
        report.say("text_error", always(MISSING.get(kind, 2)), location, words, ours.box, None)
    elif ours is None:
        words = f'"{line(theirs.text)}" stands where nothing should'
        report.say("text_error", always(2), location, words, None, theirs.box)
    elif line(ours.text) != line(theirs.text):
        rule, amount = read_as(kind, ours.text, theirs.text)
        words = f'"{line(ours.text)}" became "{line(theirs.text)}"'
        report.say("text_error", rule, location, words, ours.box, theirs.box, amount)
    else:
        for category, words in _looks(ours, theirs):
            report.say(category, always(1), location, words, ours.box, theirs.box)


def _looks(ours: Words, theirs: Words) -> Iterator[tuple[str, str]]:
    """What differs in how a text is set."""
    if _size_differs(ours, theirs):
        assert ours.size is not None
        assert theirs.size is not None
        yield "text_error", f"the text is {'larger' if theirs.size > ours.size else 'smaller'}"
    if _bold(ours) != _bold(theirs):
        yield "text_error", f"the text is {'bold' if _bold(theirs) else 'no longer bold'}"
    if ours.italic != theirs.italic:
        yield "text_error", f"the text is {'in italics' if theirs.italic else 'upright'}"
    if _turned(ours) != _turned(theirs):
        yield "text_error", "the text is turned" if _turned(theirs) else "the text is not turned"
    if ours.colour and theirs.colour and colour_gap(ours.colour, theirs.colour) > 0.25:
        yield "style_error", "the text has another colour"


def _size_differs(ours: Words, theirs: Words) -> bool:
    if not ours.size or not theirs.size:
        return False
    return abs(theirs.size / ours.size - 1) > SIZE


def _bold(words: Words) -> bool:
    heavy = words.weight in ("bold", "heavy", "semibold", "black", "extra bold")
    return heavy or (words.weight.isdigit() and int(words.weight) >= 600)


def _turned(words: Words) -> int:
    return round((words.angle or 0) / 15)


def colour_gap(one: str, other: str) -> float:
    """Largest difference of two colours in a channel, from 0 to 1."""
    a, b = (np.array([int(c[n : n + 2], 16) for n in (1, 3, 5, 7)]) for c in (one, other))
    return float(np.abs(a - b).max()) / 255


def paired(
    ours: Sequence[Words], theirs: Sequence[Words], longer: float
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Texts and their partners, by what they say and where they stand."""
    costs = np.ones((len(ours), len(theirs)))
    same = sorted(
        (_gap(a.box, b.box), i, j)
        for i, a in enumerate(ours)
        for j, b in enumerate(theirs)
        if a.text == b.text
    )
    done: dict[int, int] = {}
    for _, i, j in same:
        if i not in done and j not in done.values():
            done[i] = j
            costs[i, j] = 0.0
    for i, a in enumerate(ours):
        for j, b in enumerate(theirs):
            if i in done or j in done.values():
                continue
            words = 1 - float(Indel.normalized_similarity(a.text, b.text))
            place = min(1.0, _gap(a.box, b.box) / longer)
            if words <= 1 - NEAR or place < 0.02:
                costs[i, j] = 0.8 * words + place
    rows, columns = linear_sum_assignment(costs)
    found = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if costs[i, j] < 1]
    mine, others = {i for i, _ in found}, {j for _, j in found}
    return (
        found,
        [i for i in range(len(ours)) if i not in mine],
        [j for j in range(len(theirs)) if j not in others],
    )


def _gap(one: Box | None, other: Box | None) -> float:
    """Distance of two centres in pixels."""
    if one is None or other is None:
        return 0.0
    return float(np.hypot(*(np.subtract(centre(one), centre(other)))))


Frames = tuple[Box, Box]
"""Boxes of what something stands in: in the reference, in the prediction."""


def titles(report: Report, panels: Panels) -> None:
    """Titles of a subplot, and those that stand within it."""
    ours, theirs = panels.ours.titles, panels.theirs.titles
    location = f"title{panels.where}"
    inside = [t for t in panels.theirs.texts if any(t.text == o.text for o in ours)]
    if ours and not theirs and inside:
        words = "it stands over the plot in place of above it"
        report.say("text_error", always(2), location, words, ours[0].box, inside[0].box)
        return
    pairs, missing, added = paired(ours, theirs, max(report.ours.picture.shape[:2]))
    while missing and added:
        pairs.append((missing.pop(0), added.pop(0)))
    for i, j in pairs:
        one(report, "title", location, ours[i], theirs[j])
    for i in missing:
        one(report, "title", location, ours[i], None)
    for j in added:
        one(report, "title", location, None, theirs[j])


def notes(
    report: Report,
    ours: Sequence[Words],
    theirs: Sequence[Words],
    where: str,
    frames: Frames,
    *,
    still: bool,
) -> None:
    """Texts in a plot or beside it; whether a moved one is told is up to `still`."""
    longer = max(report.ours.picture.shape[:2])
    pairs, missing, added = paired(ours, theirs, longer)
    for i, j in pairs:
        location = f'text "{line(ours[i].text)}"{where}'
        before = len(report.errors)
        one(report, "note", location, ours[i], theirs[j])
        far = moved(ours[i].box, theirs[j].box, frames) > MOVED
        if still and far and len(report.errors) == before:
            words = f'"{line(ours[i].text)}" stands in another place'
            report.say("text_error", always(1), location, words, ours[i].box, theirs[j].box)
    for i in missing:
        one(report, "note", f'text "{line(ours[i].text)}"{where}', ours[i], None)
    for j in added:
        one(report, "note", f"text{where}", None, theirs[j])


def aside(texts: Sequence[Words], wrong: Sequence[Box | None]) -> list[Words]:
    """Texts without the numbers at values that are wrong, with which they change."""
    boxes = [box for box in wrong if box]

    def follows(text: Words) -> bool:
        if text.box is None or any(map(str.isalpha, text.text)):
            return False
        x, y = centre(text.box)
        return any(
            x0 - BESIDE <= x <= x1 + BESIDE and y0 - BESIDE <= y <= y1 + BESIDE
            for x0, y0, x1, y1 in boxes
        )

    return [text for text in texts if not follows(text)]


def axis_labels(report: Report, panels: Panels) -> None:
    """Labels of the axes; two that were exchanged are one thing."""
    ours = {axis.name: axis.label for axis in panels.ours.axes}
    theirs = {axis.name: axis.label for axis in panels.theirs.axes}
    x, y = ours.get("x"), ours.get("y")
    u, v = theirs.get("x"), theirs.get("y")
    if x and y and u and v and x.text == v.text != y.text == u.text:
        words = f'"{line(x.text)}" and "{line(y.text)}" are swapped'
        location = f"axis labels of the {panels.ours.name}"
        report.say("text_error", always(3), location, words, (x.box, y.box), (u.box, v.box))
        return
    for name, label in ours.items():
        location = f"{name}-axis label{panels.where}"
        one(report, "axis label", location, label, theirs.get(name))


def ticks(report: Report, ours: Axis, theirs: Axis, where: str, *, room: bool = False) -> None:
    """Tick labels of two axes with the same limits and scale.

    With `room` the axis is longer or shorter, so that there may be others: only their look counts.
    """
    location = f"{ours.name} axis{where}"
    mine = {_at(t.at, ours): t.text for t in ours.ticks if t.text is not None}
    others = {_at(t.at, theirs): t.text for t in theirs.ticks if t.text is not None}
    boxes = [text.box for text in mine.values()]
    if mine and not others:
        words = "the tick labels are missing"
        report.say("text_error", always(2), location, words, boxes, None)
        return
    if not mine and others:
        words = "there are tick labels that should not be there"
        now = [text.box for text in others.values()]
        report.say("text_error", always(2), location, words, None, now)
        return
    if mine and others and _size_differs(next(iter(mine.values())), next(iter(others.values()))):
        # which makes room for more of them, or for fewer
        larger = (next(iter(others.values())).size or 0) > (next(iter(mine.values())).size or 0)
        words = f"the tick labels are {'larger' if larger else 'smaller'}"
        report.say("text_error", always(1), location, words, boxes, theirs.box)
        if len(mine) != len(others):
            return
    if room:
        same = {t.text: t for t in others.values()}
        pairs = [(a, same[a.text]) for a in mine.values() if a.text in same]
        _tick_angles(report, pairs, theirs, location)
        return
    if [line(t.text) for t in mine.values()] == [line(t.text) for t in others.values()]:
        # places that differ by less than anybody sees
        others = dict(zip(mine, others.values(), strict=True))
    both = [at for at in mine if at in others]
    fewer = len(both) == len(others) < len(mine)
    if len(both) < len(mine) or len(both) < len(others):
        words = f"{len(others)} ticks with labels instead of {len(mine)}"
        if fewer:
            words = f"{len(mine) - len(others)} of {len(mine)} ticks are missing"
        report.say("style_error", always(1), location, words, ours.box, theirs.box)
    _tick_texts(report, ours, [(mine[at], others[at]) for at in both], theirs, where)


def _at(place: float | None, axis: Axis) -> int | None:
    """A place as thousandths of the axis."""
    low, high = axis.limits
    if place is None or low is None or high is None or low == high:
        return None
    if axis.scale == "log" and min(place, low, high) > 0:
        place, low, high = (float(np.log10(v)) for v in (place, low, high))
    return round(500 * (place - low) / (high - low))


def _tick_texts(
    report: Report, axis: Axis, pairs: Sequence[tuple[Words, Words]], theirs: Axis, where: str
) -> None:
    location = f"{axis.name} axis{where}"
    wrong = [(a, b) for a, b in pairs if line(a.text) != line(b.text)]
    for n, (a, b) in enumerate(list(wrong)):
        for c, d in wrong[n + 1 :]:
            if (a, b) in wrong and a.text == d.text and b.text == c.text:
                words = f'"{line(a.text)}" and "{line(c.text)}" are swapped'
                report.say("text_error", always(3), location, words, (a.box, c.box), (b.box, d.box))
                wrong.remove((a, b))
                wrong.remove((c, d))
    if len(wrong) > 2 and len(wrong) > len(pairs) / 2:
        words = f'{len(wrong)} tick labels differ, as "{line(wrong[0][1].text)}" for '
        words += f'"{line(wrong[0][0].text)}"'
        alike = all(_value(a.text) == _value(b.text) is not None for a, b in wrong)
        boxes = [a.box for a, _ in wrong], [b.box for _, b in wrong]
        report.say("text_error", always(1 if alike else 3), location, words, *boxes)
        return
    for a, b in wrong:
        name = f'label "{line(a.text)}" of the {axis.name} axis{where}'
        one(report, "tick label", name, a, b)
    _tick_angles(report, [pair for pair in pairs if pair not in wrong], theirs, location)


def _tick_angles(
    report: Report, same: Sequence[tuple[Words, Words]], theirs: Axis, location: str
) -> None:
    """Whether labels that read the same are turned."""
    if len(same) < 2:
        return
    boxes = [a.box for a, _ in same], [theirs.box, *(b.box for _, b in same)]
    a, b = same[0]
    if sum(_turned(a) != _turned(b) for a, b in same) > len(same) / 2:
        words = f"the tick labels stand at {b.angle:.0f}°, not {a.angle or 0:.0f}°"
        report.say("text_error", always(1), location, words, *boxes)


def _value(text: str) -> float | None:
    plain = text.replace("−", "-").replace(",", "").replace(" ", "")
    try:
        return float(plain)
    except ValueError:
        return None


def legend(
    report: Report,
    ours: Legend | None,
    theirs: Legend | None,
    where: str,
    frames: Frames,
    gone: Sequence[str],
    new: Sequence[str],
) -> None:
    """Two legends; entries of series that are missing or too many are told with these."""
    location = f"legend{where}"
    if ours is None or theirs is None:
        if ours is not None and set(gone) != {e.text.text for e in ours.entries}:
            words = "the legend is missing"
            report.say("structure_error", always(2), location, words, ours.box, None)
        elif theirs is not None:
            words = "there is a legend that should not be there"
            report.say("structure_error", always(2), location, words, None, theirs.box)
        return
    kept = [e for e in ours.entries if e.text.text not in gone]
    others = [e for e in theirs.entries if e.text.text not in new]
    if moved(ours.box, theirs.box, frames) > LEGEND_MOVED:
        words = "it stands in another place"
        report.say("structure_error", always(1), location, words, ours.box, theirs.box)
    if ours.frame != theirs.frame:
        words = "it has a frame" if theirs.frame else "its frame is missing"
        report.say("style_error", always(1), location, words, ours.box, theirs.box)
    title = f"legend title{where}"
    one(report, "legend title", title, ours.title, theirs.title)
    texts = [e.text.text for e in kept], [e.text.text for e in others]
    if len(kept) == len(others):
        pairs = list(zip(range(len(kept)), range(len(others)), strict=True))
        missing: list[int] = []
        added: list[int] = []
    else:
        mine, their_words = [e.text for e in kept], [e.text for e in others]
        costs = np.array([[Indel.distance(a.text, b.text) for b in their_words] for a in mine])
        costs = costs.reshape(len(mine), len(their_words))
        rows, columns = linear_sum_assignment(costs)
        pairs = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True)]
        missing = [i for i in range(len(kept)) if i not in {i for i, _ in pairs}]
        added = [j for j in range(len(others)) if j not in {j for _, j in pairs}]
    wrong = [(i, j) for i, j in pairs if texts[0][i] != texts[1][j]]
    if len(wrong) > 1 and sorted(texts[0]) == sorted(texts[1]):
        named = " and ".join(f'"{line(texts[0][i])}"' for i, _ in wrong[:2])
        words = f"{named} are swapped" if len(wrong) == 2 else "the entries are in another order"
        boxes = [kept[i].box for i, _ in wrong], [others[j].box for _, j in wrong]
        report.say("text_error", always(3), location, words, *boxes)
    else:
        for i, j in wrong:
            a, b = kept[i], others[j]
            rule, amount = read_as("legend entry", a.text.text, b.text.text)
            words = f'"{line(a.text.text)}" became "{line(b.text.text)}"'
            name = f'legend entry "{line(a.text.text)}"{where}'
            report.say("text_error", rule, name, words, a.box, b.box, amount)
    same = [(kept[i].text, others[j].text) for i, j in pairs if (i, j) not in wrong]
    for category, words in _looks(*same[0]) if same else ():
        boxes = [a.box for a, _ in same], [b.box for _, b in same]
        report.say(category, always(1), location, f"of its entries {words}", *boxes)
    for i in missing:
        words = f'"{line(texts[0][i])}" is missing from the legend'
        report.say("structure_error", always(2), location, words, kept[i].box, None)
    for j in added:
        words = f'the legend has an entry too many: "{line(texts[1][j])}"'
        report.say("structure_error", always(2), location, words, None, others[j].box)
