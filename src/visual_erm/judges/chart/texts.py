"""Differences of texts: titles, labels of axes, notes, legends; ticks are in `ticks`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from visual_erm.align import around, bounds, exceeds, from_colour, of_smaller, shared
from visual_erm.judges.chart import entries, words
from visual_erm.judges.chart.findings import NAMES, Finding, of_panel
from visual_erm.judges.chart.legends import ROUND
from visual_erm.judges.chart.letters import LINES, TICKS, compare_letters
from visual_erm.judges.chart.places import Match, inked
from visual_erm.judges.chart.scene import ChartScene, Label
from visual_erm.judges.chart.standing import at_edge, stands_there, stood_there
from visual_erm.judges.chart.unread import compare_unread
from visual_erm.judges.chart.whole import other_figure
from visual_erm.types import Box, Severity

SAME_SIZE = 4
"""Pixels by which the sides of a plot may differ that has kept its size."""
LOWER = 0.1
"""Shares of a plot's height by which a title must stand lower to stand over it."""
SHORT = 2
"""Signs of a label that is hardly read when it stands upright."""
HEADING = 6
"""Signs of a title that is taken for an entry of a legend, at least."""
OTHER = 0.4
"""Likeness below which a text that names what is shown is another one, and misleads."""
NAMING = ("title", "figure title", "x label", "y label", "right label", "legend")
INK, SIGN = 90, 5
"""Grey levels of a sign on its paper, and pixels that it is wide and high at least."""
FEWER = 5
"""Texts that are read as one line at most."""
MAINLY = 0.6
"""Share of a text that lies where the other picture has it."""
BESIDE = 0.3
"""Share of a text that may lie in the box of the one beside it."""
FEW = 1
"""Signs of a name that one wrong sign makes nothing like it."""
LOUD = 1.4
"""Height of an added text, compared with the others, from which it has to be taken out: a message
across the plot, not a note too many."""
SIGNED = re.compile(r"\d+|[-+−–]\d{2,}")
"""Numbers that are text for sure, however short: a stroke beside a ring is read as "-0"."""


@dataclass(frozen=True)
class Pairing:
    """Which label became which."""

    pairs: tuple[tuple[Label, Label], ...]
    missing: tuple[Label, ...]
    added: tuple[Label, ...]


def compare_texts(a: ChartScene, b: ChartScene, match: Match) -> list[Finding]:
    """Findings about every text but tick labels."""
    sure = a.image.shape == b.image.shape
    resized = bool(other_figure(a, b))
    pairing = pair_labels(a, b, match)
    legends = entries.compare_legends(a, b, match, pairing.pairs)
    done = {id(label) for _, labels in legends for label in labels}
    findings = [finding for finding, _ in legends]
    exchanged = _exchanged(a, match, pairing)
    done |= {id(label) for _, labels in exchanged for label in labels}
    findings += [finding for finding, _ in exchanged]
    gone: list[Label] = []
    for one, two in pairing.pairs:
        if id(one) in done or id(two) in done or _guessed(one, two):
            continue
        if _onto_plot(one, two, match):
            findings.append(_misplaced(a, one, two))
            if _part(two.text, one.text):
                continue  # over marks it is not read as a whole
        if words.same(a, one, b, two) or _read_in_part(one, two, match):
            continue
        if _run_together(one, two, a) or _run_together(two, one, b):
            continue
        if one.role in LINES and _another(a, one, two, match):
            gone.append(one)
            continue
        findings.append(_changed(a, one, two, sure=sure))
    for label in pairing.missing:
        if id(label) in done or _guessed(label):
            continue
        there = stands_there(a, label, b, match)
        if there is None or _of_another(there, pairing):
            # a line that was not found again may stand there all the same, or be cut off
            cut = resized and at_edge(b, match.box(label.box, label.panel))
            if _was_tick(label, b, a):
                continue  # it is one of the candidate's tick labels now
            if label.role not in LINES or not (cut or inked(match, label)):
                gone.append(label)
        elif not words.same(a, label, b, there):
            findings.append(_changed(a, label, there, sure=sure))
    findings += _missing(a, b, match, gone)
    for label in pairing.added:
        if id(label) in done or _guessed(label) or len(label.text) < 2:
            continue
        if resized and at_edge(b, label.box):
            continue  # a part of a text that a figure of other sides cuts off
        if label.panel is None and words.canonical(label.text) in _ticks(a):
            continue  # a slanted tick label that stands apart from its axis
        if stood_there(b, label, a, match) is None and not _was_tick(label, a, b):
            short = _short_one(a, label, match)
            findings.append(
                _changed(a, short, label, sure=sure) if short else _new(a, b, label, match)
            )
    findings += compare_unread(match, findings)
    return findings + compare_letters(a, b, match, pairing.pairs)


def _of_another(there: Label, pairing: Pairing) -> bool:
    """Whether what stands where an entry should is another entry of the legend, which moved up."""
    return there.role == "legend" and any(
        two.role == "legend" and of_smaller(two.box, there.box) > MAINLY for _, two in pairing.pairs
    )


def _short_one(a: ChartScene, label: Label, match: Match) -> Label | None:
    """The reference's title or label of an axis in the place of one of the candidate.

    One of a single sign is not `readable`, and is no partner of any text.
    """
    if label.role not in LINES:
        return None
    panel = match.panel_back(label.panel)
    place = match.box_back(label.box, label.panel)
    there = [x for x in a.labels if of_smaller(place, x.box) > BESIDE]
    if len(there) == 1 and len(there[0].text) == 1 and there[0].text.isalpha():
        return replace(there[0], role=label.role, panel=panel)
    if there or a.of(label.role, panel) or match.b.image.shape != a.image.shape:
        return None
    return _unread(a, replace(label, panel=panel), place)


def _unread(a: ChartScene, label: Label, place: Box) -> Label | None:
    """What stands in the reference where a text of the candidate does, but was not read."""
    x0, y0, x1, y1 = (max(0, side) for side in place)
    part = a.image[y0:y1, x0:x1]
    ink = bounds(exceeds(from_colour(part, a.background), INK)) if part.size else None
    if ink is None or min(ink[2] - ink[0], ink[3] - ink[1]) < SIGN:
        return None
    box = (x0 + ink[0], y0 + ink[1], x0 + ink[2], y0 + ink[3])
    return Label("", box, label.role, label.panel, label.rotated)


def _was_tick(label: Label, a: ChartScene, b: ChartScene) -> bool:
    """Whether a text is one of the first picture's tick labels, taken for something else."""
    text = words.canonical(label.text)
    return _ticks(a).count(text) > _ticks(b).count(text)


def _ticks(scene: ChartScene) -> list[str]:
    return [words.canonical(tick.text) for tick in scene.labels if tick.role in TICKS]


def _exchanged(a: ChartScene, match: Match, pairing: Pairing) -> list[tuple[Finding, list[Label]]]:
    """Texts that have each other's place, such as labels of the axes of one panel; with these."""
    labels = ("x label", "y label", "right label")
    moved = [
        (one, two)
        for one, two in pairing.pairs
        if one.role != two.role and one.role in labels and two.role in labels
    ]
    found = []
    for at, (one, two) in enumerate(moved):
        for other, back in moved[at + 1 :]:
            here = one.panel == other.panel and match.panel(one.panel) == two.panel == back.panel
            if here and one.role == back.role and two.role == other.role:
                said = f'"{one.text}" and "{other.text}" are swapped'
                where = "axis labels" + of_panel(a, one.panel)
                boxes = around([one.box, other.box]), around([two.box, back.box])
                finding = Finding("text", "text_error", 3, where, said, *boxes, one.panel)
                found.append((finding, [one, two, other, back]))
    found += _in_each_others_place(a, match, pairing)
    if len(moved) == 1 and (short := _short_other(a, match, *moved[0])):
        (one, two) = moved[0]
        said = f'"{one.text}" and "{short.text}" are swapped'
        where = "axis labels" + of_panel(a, one.panel)
        box = around([one.box, short.box])
        finding = Finding("text", "text_error", 3, where, said, box, two.box, one.panel)
        found.append((finding, [one, two, short]))
    return found


def _in_each_others_place(
    a: ChartScene, match: Match, pairing: Pairing
) -> list[tuple[Finding, list[Label]]]:
    """Two titles, or other texts of one role, that changed places, as those of two plots do.

    Where more did, an axis was turned or things are in another order, which is told by itself.
    """
    places = [
        (one, two, match.box(one.box, one.panel))
        for one, two in pairing.pairs
        if one.role == two.role != "legend"
    ]
    moved = [(one, two, place) for one, two, place in places if not shared(place, two.box)]
    found = []
    for at, (one, two, here) in enumerate(moved):
        for other, back, there in moved[at + 1 :]:
            exchanged = of_smaller(there, two.box) > MAINLY and of_smaller(here, back.box) > MAINLY
            exchanged |= len(moved) == 2 and _named_anew(match, (two, here), (back, there))
            if exchanged and one.role == other.role and not words.same(a, one, a, other):
                where = " and ".join(NAMES[x.role] + of_panel(a, x.panel) for x in (one, other))
                said = f'"{one.text}" and "{other.text}" are swapped'
                boxes = around([one.box, other.box]), around([two.box, back.box])
                finding = Finding("text", "text_error", 3, where, said, *boxes, one.panel)
                found.append((finding, [one, two, other, back]))
    return found if len(found) == 1 else []


def _named_anew(match: Match, one: tuple[Label, Box], two: tuple[Label, Box]) -> bool:
    """Whether one of two notes has the other's place, which has its own but for one direction.

    They name points of which one moved along an axis.

    Args:
        match: the scenes.
        one: a note of the candidate, and where the reference has it.
        two: the other one.
    """
    if match.a.image.shape != match.b.image.shape or one[0].role != "note":
        return False
    for (moved, place), (other, left) in ((one, two), (two, one)):
        if of_smaller(left, moved.box) <= MAINLY:
            continue
        for at in (0, 1):
            side = min(box[at + 2] - box[at] for box in (place, other.box))
            common = min(place[at + 2], other.box[at + 2]) - max(place[at], other.box[at])
            if common > MAINLY * side:
                return True
    return False


def _short_other(a: ChartScene, match: Match, one: Label, two: Label) -> Label | None:
    """The label in whose place another one stands, if it is too short to be found again itself."""
    sides = {one.role, two.role}
    if sides != {"x label", "y label"} or match.panel(one.panel) != two.panel:
        return None
    there = a.of(two.role, one.panel)
    if len(there) != 1 or len(there[0].text) > SHORT or len(one.text) <= SHORT:
        return None
    return there[0]


def _guessed(*labels: Label) -> bool:
    """Whether one of the texts was hardly legible, so that its reading proves nothing."""
    return min(label.score for label in labels) < entries.LEGIBLE


def pair_labels(a: ChartScene, b: ChartScene, match: Match) -> Pairing:
    """Match labels by text, role and place; ticks and unreadable marks are left out."""
    ones = [label for label in a.labels if readable(label, a)]
    twos = [label for label in b.labels if readable(label, b)]
    if not ones or not twos:
        return Pairing((), tuple(ones), tuple(twos))
    cost = np.array([[_cost(one, two, match) for two in twos] for one in ones])
    rows, columns = linear_sum_assignment(cost)
    pairs = [(ones[i], twos[j]) for i, j in zip(rows, columns, strict=True) if cost[i, j] < 1.0]
    more = entries.paired_entries(a, b, match, pairs)
    pairs += [(one, two) for one, two in more if readable(one, a) and readable(two, b)]
    used = {id(label) for pair in pairs for label in pair}
    return Pairing(
        tuple(pairs),
        tuple(label for label in ones if id(label) not in used),
        tuple(label for label in twos if id(label) not in used),
    )


def readable(label: Label, scene: ChartScene) -> bool:
    """Whether a label is text for sure: round markers are read as "0", "o" or "e"."""
    letters = sum(c.isalnum() for c in label.text)
    if label.role in TICKS or (len(label.text) > 2 and len(set(label.text)) == 1):
        return False  # ticks have rules of their own; those of a scale may be read as "TTTT"
    if label.role == "note":
        weak = set(label.text) <= ROUND
        number = SIGNED.fullmatch(label.text.strip()) is not None
        return not weak and (letters >= 3 or number or "%" in label.text)
    if label.role in ("y label", "right label", "text"):
        longest = max(
            len(o.text) for o in scene.labels if o.role == label.role and o.panel == label.panel
        )
        return letters >= 3 or letters >= max(2, 0.6 * longest)
    return letters >= 1


def _cost(one: Label, two: Label, match: Match) -> float:
    unlike = 1 - words.similarity(one.text, two.text)
    own = match.panel(one.panel) == two.panel
    if one.role == two.role and one.role in LINES and own:
        return 0.75 * unlike
    off = min(match.offset(one, two), 1.0)
    inside = {"legend", "note", "text"}
    kin = one.role == two.role or {one.role, two.role} <= inside
    if {one.role, two.role} <= inside:
        off = min(off, match.offset(_front(one), _front(two)))  # a longer text begins in its place
    if off < 0.03 and kin:
        return 0.8 * unlike
    return unlike * 1.35 + 0.3 * off + (0 if kin else 0.25) + (0 if own else 0.1)


def _front(label: Label) -> Label:
    """Where a text begins."""
    x0, y0, x1, y1 = label.box
    return replace(label, box=(x0, y1, x1, y1) if label.rotated else (x0, y0, x0, y1))


def _read_in_part(one: Label, two: Label, match: Match) -> bool:
    """Whether only some signs of a note were read in the candidate, while the others stand there.

    Of small numbers on marks the reader may see one sign.
    """
    if one.role != "note" or not _part(two.text, one.text):
        return False
    x0, y0, x1, y1 = match.box(one.box, one.panel)
    height, width = match.b.image.shape[:2]
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
    if of_smaller((x0, y0, x1, y1), two.box) < BESIDE or x1 <= x0 or y1 <= y0:
        return False
    there = match.b.image[y0:y1, x0:x1]
    paper = np.median(there.reshape(-1, 3), axis=0)
    drawn = (np.abs(there.astype(np.float32) - paper).max(axis=2) > INK).any(axis=0)
    drawn[max(0, two.box[0] - x0) : max(0, two.box[2] - x0)] = False
    return int(drawn.sum()) > len(one.text) - len(two.text)


def _run_together(part: Label, whole: Label, scene: ChartScene) -> bool:
    """Whether a text was read with its neighbours in one line, as numbers on narrow bars are."""
    y0, y1 = part.box[1], part.box[3]
    row = sorted(
        (x for x in scene.labels if min(y1, x.box[3]) - max(y0, x.box[1]) > 0.5 * (y1 - y0)),
        key=lambda label: label.box[0],
    )
    read, text = [words.canonical(x.text) for x in row], words.canonical(whole.text)
    at = next((n for n, label in enumerate(row) if label is part), len(row))
    return any(
        "".join(read[start:end]) == text
        for start in range(max(0, at - FEWER), at + 1)
        for end in range(max(at + 1, start + 2), at + FEWER + 1)
    )


def _another(a: ChartScene, one: Label, two: Label, match: Match) -> bool:
    """Whether a text of the candidate is one that the reference has in the same place already.

    Without its title, a plot has the number above it for one.
    """
    place = match.box_back(two.box, two.panel)
    return any(
        other is not one and other.text == two.text and of_smaller(place, other.box) > MAINLY
        for other in a.labels
    )


def _part(text: str, whole: str) -> bool:
    """Whether a text is another one without some of its signs at either end."""
    part, signs = words.canonical(text), words.canonical(whole)
    return part != signs and part in signs


def _onto_plot(one: Label, two: Label, match: Match) -> bool:
    """Whether a title stands over the marks of its plot now, at a clearly other height."""
    if one.role not in ("title", "figure title") or two.role not in ("note", "legend"):
        return False
    if two.role == "legend" and len(two.text) < HEADING:
        return False  # a number along a round axis
    frame, other = match.frames(one.panel)
    heights = (
        (label.centre[1] - box[1]) / max(1, box[3] - box[1])
        for label, box in ((one, frame), (two, other))
    )
    before, after = heights
    return before < 0 < after and after - before > LOWER


def _misplaced(a: ChartScene, one: Label, two: Label) -> Finding:
    where = NAMES[one.role] + of_panel(a, one.panel)
    said = "it stands over the plot, not above it"
    return Finding("text", "text_error", 2, where, said, one.box, two.box, one.panel, one.text)


def _changed(a: ChartScene, one: Label, two: Label, *, sure: bool) -> Finding:
    severity = words.severity(one.text, two.text, sure=sure)
    named = one.role in (*NAMING, "text") and max(len(one.text), len(two.text)) > FEW
    if named and words.similarity(one.text, two.text) < OTHER:
        severity = 3
    elif one.role in LINES and words.other_number(one.text, two.text):
        # a year or an order names what is shown: how far it is off says nothing
        severity = 2
    where = NAMES[one.role] + of_panel(a, one.panel)
    said = f'"{one.text}" became "{two.text}"'
    if not one.text:
        said = f'"{two.text}" stands where the reference has another text'
    return Finding(
        "text", "text_error", severity, where, said, one.box, two.box, one.panel, one.text, two.text
    )


def _missing(a: ChartScene, b: ChartScene, match: Match, gone: Sequence[Label]) -> list[Finding]:
    """One finding for each text that is gone, or for a legend of which all words are."""
    findings, rest = [], list(gone)
    for legend in a.legends:
        named = [entry for entry in legend.entries if len(entry.text) > 1]
        if len(named) > 1 and all(any(entry is label for label in gone) for entry in named):
            findings.append(entries.without_legend(a, legend))
            rest = [x for x in rest if not any(x is entry for entry in legend.entries)]
    before, after = (sum(x.role == "legend" for x in scene.labels) for scene in (a, b))
    for label in rest:
        if label.role != "legend":
            findings.append(_gone(a, label))
        elif len(label.text) > 1 or not _resized(match, label):
            findings.append(_gone(a, label, shorter=after < before and not _heads(a, label)))
    return findings


def _heads(scene: ChartScene, label: Label) -> bool:
    """Whether a text is the title of a legend, beside which nothing is drawn."""
    return any(
        entry is label and colour is None
        for legend in scene.legends
        for entry, colour in zip(legend.entries, legend.colours, strict=True)
    )


def _resized(match: Match, label: Label) -> bool:
    """Whether the plot of a text has another size, so that a single sign is hardly found again."""
    (x0, y0, x1, y1), (a0, b0, a1, b1) = match.frames(label.panel)
    return max(abs((x1 - x0) - (a1 - a0)), abs((y1 - y0) - (b1 - b0))) > SAME_SIZE


def _gone(a: ChartScene, label: Label, *, shorter: bool = False) -> Finding:
    """A text that is missing; `shorter`: from a legend that has fewer entries now."""
    entry = label.role == "legend" and shorter
    said = f'"{label.text}" is missing' + (" from the legend" if entry else "")
    where = NAMES[label.role] + of_panel(a, label.panel)
    severity: Severity = 2 if entry or label.role in LINES else 1
    return Finding(
        "text missing",
        "structure_error" if entry else "text_error",
        severity,
        where,
        said,
        label.box,
        None,
        label.panel,
        label.text,
    )


def _new(a: ChartScene, b: ChartScene, label: Label, match: Match) -> Finding:
    panel = match.panel_back(label.panel)
    where = NAMES[label.role] + of_panel(a, panel)
    said = f'"{label.text}" is not in the reference'
    usual = float(np.median([_height(other) for other in b.labels]))
    severity: Severity = 2 if _height(label) > LOUD * usual else 1
    return Finding(
        "text added", "text_error", severity, where, said, None, label.box, panel, label.text
    )


def _height(label: Label) -> int:
    x0, y0, x1, y1 = label.box
    return max(1, x1 - x0 if label.rotated else y1 - y0)
