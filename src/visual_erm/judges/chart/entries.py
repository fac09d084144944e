"""Differences of legends as wholes, and which entry became which, by its place and its handle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visual_erm.align import around, of_smaller
from visual_erm.images import equal
from visual_erm.judges.chart import words
from visual_erm.judges.chart.colours import SAME, lab_of
from visual_erm.judges.chart.findings import NAMES, Finding, of_panel
from visual_erm.judges.chart.places import Match
from visual_erm.judges.chart.scene import ChartScene, Label, Legend
from visual_erm.judges.chart.standing import at_edge, drawn_within, stands_there, stood_there
from visual_erm.judges.chart.whole import other_figure
from visual_erm.types import Severity

MOVED = 0.16
"""Shares of the panel by which a legend must be off to count as moved."""
LEGIBLE = 0.7
"""Score of the reader below which letters are guesses: slanted text, formulas, tiny print."""
ALIKE = 0.55
"""Likeness of two readings of one entry."""
MAINLY = 0.6
"""Share of the smaller of two boxes that lies in the other where they are one place."""
Pairs = Sequence[tuple[Label, Label]]


def compare_legends(
    a: ChartScene, b: ChartScene, match: Match, pairs: Pairs
) -> list[tuple[Finding, list[Label]]]:
    """Findings about legends as wholes, with the labels that they speak for.

    Args:
        a: the reference.
        b: the candidate.
        match: which panel is which.
        pairs: which label became which.
    """
    found: list[tuple[Finding, list[Label]]] = []
    partner = {id(one): two for one, two in pairs}
    for legend in a.legends:
        where = "legend" + of_panel(a, legend.panel)
        entries = list(legend.entries)
        kept = [(e, partner[id(e)]) for e in entries if id(e) in partner]
        alike = [(e, t) for e, t in kept if words.similarity(e.text, t.text) > ALIKE]
        if not alike:
            alike = _of_same_handles(legend, b, match)
        if not alike and all(stands_there(a, e, b, match) is None for e in entries):
            place = match.box(legend.frame, legend.panel)
            left = [e for e in entries if drawn_within(a, e, b, place)]
            if 0 < len(left) < len(entries):
                gone = [e for e in entries if all(e is not one for one in left)]
                found += [(_without(a, entry), [entry, *left]) for entry in gone]
            else:
                found.append((without_legend(a, legend), [*entries, *(t for _, t in kept)]))
            continue
        if len(alike) > 1 and (swapped := _swapped(_clear(alike))):
            said = "entries are in another order: " + ", ".join(t.text for t in swapped[1])
            box = around([e.box for e in swapped[0]])
            box_b = around([t.box for t in swapped[1]])
            severity: Severity = 3 if _misnamed(legend, a, b, *swapped) else 2
            finding = Finding(
                "legend order", "text_error", severity, where, said, box, box_b, legend.panel
            )
            found.append((finding, []))
        if alike and (move := _moved(legend, alike, match)):
            found.append((move, []))
        found += [(_without(a, entry), [entry]) for entry in _lost(legend, b, match)]
    return found + _added_legends(b, a, match, pairs)


def _without(a: ChartScene, entry: Label) -> Finding:
    said = f'"{entry.text}" is missing from the legend' if entry.text else "an entry is missing"
    where = NAMES["legend"] + of_panel(a, entry.panel)
    box, panel = entry.box, entry.panel
    return Finding("text missing", "structure_error", 2, where, said, box, None, panel, entry.text)


def _lost(legend: Legend, b: ChartScene, match: Match) -> list[Label]:
    """Entries that were hardly read, of a legend of which all other handles are there still."""
    for other in _beside(legend, b, match):
        if len(other.entries) < 2:
            continue
        kept = {id(one) for one, _ in by_handles(legend, other)}
        if len(kept) == len(other.entries) < len(legend.entries):
            gone = [entry for entry in legend.entries if id(entry) not in kept]
            return [entry for entry in gone if entry.score < LEGIBLE]
    return []


def without_legend(a: ChartScene, legend: Legend) -> Finding:
    """The finding that a legend is missing."""
    where = "legend" + of_panel(a, legend.panel)
    said = "the legend is missing"
    return Finding(
        "legend missing", "structure_error", 2, where, said, legend.frame, None, legend.panel
    )


def paired_entries(a: ChartScene, b: ChartScene, match: Match, pairs: Pairs) -> Pairs:
    """More pairs: entries without a partner, where others of the same legend kept theirs.

    A longer name makes a legend wider, so that nothing in it stands where it did. In figures of
    one size entries of legends of equally many are in one order; otherwise their handles tell.
    """
    partner = {id(one): two for one, two in pairs}
    taken = {id(two) for _, two in pairs}
    found: list[tuple[Label, Label]] = []
    together = [(legend, other) for legend in a.legends for other in _beside(legend, b, match)]
    for legend, other in together:
        same = by_handles(legend, other)
        if a.image.shape == b.image.shape and len(legend.entries) == len(other.entries):
            rows = list(zip(legend.entries, other.entries, strict=True))
            if any(partner.get(id(one)) is two for one, two in rows):
                same = [*rows, *same]
        for one, two in same:
            if id(one) not in partner and id(two) not in taken:
                partner[id(one)] = two
                taken.add(id(two))
                found.append((one, two))
    return found


def by_handles(legend: Legend, other: Legend) -> list[tuple[Label, Label]]:
    """Entries of two legends whose handles have a colour that no other has in either."""
    ones, twos = (
        [
            (entry, lab_of(colour))
            for entry, colour in zip(one.entries, one.colours, strict=True)
            if colour is not None
        ]
        for one in (legend, other)
    )
    if not ones or not twos:
        return []
    gaps = np.array([[np.linalg.norm(p - q) for _, q in twos] for _, p in ones]) < SAME
    return [
        (ones[i][0], twos[j][0])
        for i, j in np.argwhere(gaps)
        if gaps[i].sum() == 1 and gaps[:, j].sum() == 1
    ]


def _of_same_handles(legend: Legend, b: ChartScene, match: Match) -> list[tuple[Label, Label]]:
    """The entries of a legend that is known by its handles alone: formulas may not be read."""
    for other in _beside(legend, b, match):
        same = by_handles(legend, other)
        if 2 * len(same) > max(1, min(len(legend.entries), len(other.entries))):
            return same
    return []


def _beside(legend: Legend, b: ChartScene, match: Match) -> list[Legend]:
    """The candidate's legends in the panel of one of the reference."""
    panel = match.panel(legend.panel)
    return [other for other in b.legends if other.panel == panel]


def _clear(alike: Pairs) -> list[tuple[Label, Label]]:
    """The pairs whose letters are those of no other: S, S' and S'' are taken for each other."""
    letters = [_letters(one.text) for one, _ in alike]
    return [pair for pair, own in zip(alike, letters, strict=True) if letters.count(own) == 1]


def _letters(text: str) -> str:
    return "".join(sign for sign in words.canonical(text) if sign.isalnum())


def _swapped(
    alike: Sequence[tuple[Label, Label]],
) -> tuple[list[Label], list[Label]] | None:
    """Entries whose order along the legend changed, before and after."""
    ones, twos = ([alike[n] for n in _in_order([pair[side] for pair in alike])] for side in (0, 1))
    off = [(p, q) for p, q in zip(ones, twos, strict=True) if p is not q]
    if not off:
        return None
    return [p[0] for p, _ in off], [p[1] for p, _ in off]


def _in_order(labels: Sequence[Label]) -> list[int]:
    """Indices of labels as they are read, row by row; boxes in one row may be a few pixels off."""
    rows: list[list[int]] = []
    for n in sorted(range(len(labels)), key=lambda n: labels[n].centre[1]):
        first = labels[rows[-1][0]] if rows else None
        high = labels[n].box[3] - labels[n].box[1]
        if first is not None and labels[n].centre[1] - first.centre[1] < high / 2:
            rows[-1].append(n)
        else:
            rows.append([n])
    return [n for row in rows for n in sorted(row, key=lambda n: labels[n].box[0])]


def _misnamed(
    legend: Legend,
    a: ChartScene,
    b: ChartScene,
    before: Sequence[Label],
    after: Sequence[Label],
) -> bool:
    """Whether handles did not go along when names changed places: series are taken for others.

    Args:
        legend: of the reference.
        a: the reference.
        b: the candidate, in which it may not be known as a legend.
        before: the entries of the legend that changed places.
        after: the same ones in the candidate.
    """
    handles = {
        id(entry): lab_of(colour)
        for one in (legend, *b.legends)
        for entry, colour in zip(one.entries, one.colours, strict=True)
        if colour is not None
    }
    for entry, colour in zip(legend.entries, legend.colours, strict=True):
        if colour is not None and _same_handle(legend, entry, a, b):
            here = (q for q in after if of_smaller(q.box, entry.box) > MAINLY)
            handles.update((id(q), lab_of(colour)) for q in here if id(q) not in handles)
    known = ((handles.get(id(p)), handles.get(id(q))) for p, q in zip(before, after, strict=True))
    return any(
        p is not None and q is not None and float(np.linalg.norm(p - q)) > SAME for p, q in known
    )


def _same_handle(legend: Legend, entry: Label, a: ChartScene, b: ChartScene) -> bool:
    """Whether the same pixels stand before an entry in both pictures."""
    handle = (legend.box[0], entry.box[1], entry.box[0], entry.box[3])
    return a.image.shape == b.image.shape and equal(a.within(handle), b.within(handle))


def _moved(legend: Legend, alike: Sequence[tuple[Label, Label]], match: Match) -> Finding | None:
    box = around([t.box for _, t in alike])
    offsets = [match.offset(e, t) for e, t in alike]
    if min(offsets) < MOVED:
        return None
    return Finding(
        "legend moved", "structure_error", 1, "legend", "the legend stands in another place",
        legend.box, box, legend.panel,
    )  # fmt: skip


def _added_legends(
    b: ChartScene, a: ChartScene, match: Match, pairs: Pairs
) -> list[tuple[Finding, list[Label]]]:
    found: list[tuple[Finding, list[Label]]] = []
    paired = {id(two) for _, two in pairs}
    for legend in b.legends:
        panel = match.panel_back(legend.panel)
        if any(id(e) in paired for e in legend.entries) or any(x.panel == panel for x in a.legends):
            continue
        if any(stood_there(b, e, a, match) is not None for e in legend.entries):
            continue
        if at_edge(b, legend.box) and other_figure(a, b):
            continue
        finding = Finding(
            "legend added", "structure_error", 1, "legend" + of_panel(a, panel),
            "a legend that the reference does not have", None, legend.box, panel,
        )  # fmt: skip
        found.append((finding, list(legend.entries)))
    return found
