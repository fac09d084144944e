"""One cause, one report: findings that merely follow from another one are dropped.

The table `SWALLOWS` says what explains what. What several plots or series have in common is said
once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from visual_erm.align import around_known, of_smaller
from visual_erm.judges.chart import words
from visual_erm.judges.chart.findings import NAMES, Cause, Finding
from visual_erm.judges.chart.legends import is_number
from visual_erm.types import Box

SWALLOWS: dict[Cause, frozenset[Cause]] = {
    "panel missing": frozenset(
        {
            "text missing",
            "text",
            "tick",
            "axis labels",
            "legend missing",
            "panel background",
            "figure background",
            "colour map",
        }
    ),
    "axes missing": frozenset(
        {"text missing", "tick", "axis labels", "grid", "frame", "limits", "shape"}
    ),
    "inset": frozenset({"text missing", "text added", "text", "tick", "marks"}),
    "chart type": frozenset(
        {
            "legend moved",
            "legend order",
            "series missing",
            "series added",
            "recoloured",
            "line look",
            "colour map",
        }
    ),
    "everything": frozenset(
        {
            "legend moved",
            "legend order",
            "marks",
            "series missing",
            "series added",
            "recoloured",
            "line look",
            "grid",
        }
    ),
    "emptied": frozenset(get_args(Cause)) - {"emptied", "figure background"},
    "redone": frozenset(get_args(Cause)) - {"redone", "panel background", "figure background"},
    "mirrored": frozenset(
        {"legend moved", "limits", "tick", "axis labels", "marks", "line look", "grid"}
    ),
    "scale": frozenset(
        {"font size", "limits", "tick", "axis labels", "marks", "line look", "grid"}
    ),
    "limits": frozenset({"tick", "axis labels", "line look", "grid"}),
    "colour map": frozenset({"panel background"}),
    "panel background": frozenset({"frame"}),
    "series missing": frozenset({"legend order"}),
    "legend missing": frozenset({"legend moved", "legend order", "legend entry", "marks"}),
    "legend moved": frozenset({"legend order"}),
    "shape": frozenset({"legend moved", "text missing", "text added", "marks"}),
    "view": frozenset(get_args(Cause)) - {"view", "panel background", "figure background"},
}
"""Which findings of the same panel follow from a cause."""
REPEATED: frozenset[Cause] = frozenset(
    {
        "recoloured",
        "line look",
        "font size",
        "grid",
        "frame",
        "emptied",
        "redone",
        "mirrored",
        "scale",
        "limits",
        "axis labels",
        "tick",
        "text",
        "shape",
        "legend moved",
        "legend frame",
        "panel background",
        "chart type",
    }
)
"""What a program says once for all plots that it draws."""
DRAWN: frozenset[Cause] = frozenset({"series missing", "series added"})
"""The same wherever the series stands in its plot."""
GREYS = ("grey", "black", "white")
"""How the names of colours begin that grids and frames have."""
OF_MARKS: frozenset[Cause] = frozenset(
    {"redone", "chart type", "everything", "marks", "series missing", "series added"}
)
"""What other values, or another kind of chart, make of the marks of every plot."""
LEFT_OUT: frozenset[Cause] = frozenset({"text missing", "legend missing"})
"""What one missing line of a program leaves out of all plots that it draws."""
COLOURED: frozenset[Cause] = frozenset(
    {"colour map", "everything", "marks", "recoloured", "series missing", "series added"}
)
"""What other colours for the same values make of a plot."""
SHADE = re.compile(r" \(#[0-9a-f]{6}\)")
"""How a description names a colour exactly."""
BESIDE = (NAMES["note"], NAMES["text"])
"""How the place of a text begins that is no title, label or entry."""
PART = 3
"""Signs from which what was read is a part of another text, not there by chance."""
SIDE_NAMES = {"bottom": "x-axis", "left": "y-axis", "right": "right axis", "top": "x-axis"}
"""How the labels of an axis are named, by the side of the plot."""
HELD = 0.7
"""Share of a text that must lie in a plot to have gone with it."""


def settle(
    findings: Sequence[Finding], *, redrawn: bool = False, entailed: Sequence[Finding] = ()
) -> list[Finding]:
    """Findings without consequences of others.

    Args:
        findings: of all rules.
        redrawn: whether the candidate is of another size, so that it was drawn anew as a whole.
        entailed: those that are known to be consequences; they have consequences themselves.
    """
    kept = [f for f in findings if not any(_explains(g, f) for g in findings if g is not f)]
    kept = _exchanged_texts(kept)
    kept = _read_off(kept) if redrawn else _other_numbers(_throughout(kept))
    kept = _all_notes(_read_in_part(kept))
    kept = _labels_pushed_out(_bars_of_maps(_entries_of_series(_throughout(kept))))
    kept = [f for f in kept if not any(f is g for g in entailed)]
    kept = _in_all_plots(kept)
    # who draws a figure anew draws each of its plots by eye
    return _lines_of_one_text(kept if redrawn else _drawn_otherwise(kept))


def _explains(cause: Finding, finding: Finding) -> bool:
    if cause.cause == "axes missing" and finding.cause in ("text missing", "font size"):
        return _inside(finding.box, cause.box)
    if cause.cause == "panel missing" and finding.cause in ("axis labels", "text missing"):
        # its texts may have been taken for those of the plot beside it
        return cause.panel == finding.panel or _beside(finding.box, cause.box)
    swallowed = SWALLOWS.get(cause.cause, frozenset())
    if finding.cause not in swallowed:
        return False
    if cause.cause == "inset":
        place, whole = finding.box or finding.box_candidate, cause.box or cause.box_candidate
        return _inside(place, whole)
    if cause.cause == "limits" and finding.detail == "width":
        return False  # they are compared by values, and limits follow them
    if cause.cause == "shape" and finding.cause in ("text missing", "text added"):
        # numbers along the axes of a solid stand closer, and are run together
        note = finding.location.startswith(NAMES["note"]) and is_number(finding.subject)
        return note and cause.panel in (finding.panel, None)
    if cause.cause == "shape" and finding.cause == "marks":
        # lines and points keep their width in a plot of other sides, and lie a little elsewhere
        return finding.severity == 1 and cause.panel is not None and cause.panel == finding.panel
    if cause.cause == "legend missing" and finding.cause == "marks":
        return _inside(finding.box or finding.box_candidate, cause.box)  # or what it had covered
    if cause.cause == "emptied" and finding.cause == "text" and "title" in finding.location:
        return False
    if cause.cause in ("view", "redone"):
        if "title" in finding.location:
            return False
        place = finding.box or finding.box_candidate
        return cause.panel == finding.panel or _beside(place, cause.box)
    if cause.cause == "scale" and finding.cause == "font size":
        # the labels of another scale are written otherwise; those of an inverted one are not
        own = finding.location.startswith(cause.location.partition(" of the ")[0])
        return own and cause.panel == finding.panel and cause.detail != "inverted"
    if cause.cause in ("mirrored", "scale", "limits") and finding.cause in ("tick", "axis labels"):
        named = finding.location if finding.cause == "tick" else SIDE_NAMES.get(finding.subject, "")
        own = SIDE_NAMES.get(cause.subject, "") in named
        return own and cause.panel == finding.panel
    return cause.panel == finding.panel or cause.panel is None


def _inside(box: Box | None, other: Box | None) -> bool:
    return box is not None and other is not None and of_smaller(box, other) > HELD


def _beside(box: Box | None, panel: Box | None) -> bool:
    """Whether a box is at most a fifth of a panel's side away from it."""
    if box is None or panel is None:
        return False
    x, y = (panel[2] - panel[0]) // 5, (panel[3] - panel[1]) // 5
    around_it = (panel[0] - x, panel[1] - y, panel[2] + x, panel[3] + y)
    return of_smaller(box, around_it) > HELD


def _exchanged_texts(findings: list[Finding]) -> list[Finding]:
    """Two texts that have each other's place as one finding: both name something else now."""
    named = [f for f in findings if f.cause in ("text", "tick") and _letters(f.subject)]
    for n, one in enumerate(named):
        for other in named[n + 1 :]:
            if one.becomes != other.subject or other.becomes != one.subject:
                continue
            both = replace(
                one,
                severity=3,
                location=f"{one.location}, {other.location}",
                description=f'"{one.subject}" and "{other.subject}" are swapped',
                box=around_known([one.box, other.box]),
                box_candidate=around_known([one.box_candidate, other.box_candidate]),
            )
            findings = [*(f for f in findings if f is not one and f is not other), both]
    return findings


def _throughout(findings: list[Finding]) -> list[Finding]:
    """Pieces that share a whole, and one look of many series, as one finding."""
    kept = list(findings)
    for panel in dict.fromkeys(f.panel for f in findings):
        own = [f for f in kept if f.panel == panel]
        shapes = [f for f in own if f.detail == "shape"]
        looks = [f for f in own if f.cause == "line look"]
        paler = [f for f in own if f.detail == "paler"]
        if len(shapes) > 1:
            kept = _as_one(kept, shapes, "the shapes differ: ")
        if len(paler) > 1:
            kept = _as_one(kept, paler, "they are paler: ")
        if len(looks) > 2 and len({f.description for f in looks}) == 1:
            kept = _as_one(kept, looks, looks[0].description + ": ")
    return kept


def _other_numbers(findings: list[Finding]) -> list[Finding]:
    """Other numbers in several series of one plot, as one finding: one line computes them.

    They need correction together, or mislead: a picture of wrong numbers must not weigh less than
    one of a typo and a colour. Of more than two series the worst keeps its finding.
    """
    for panel in dict.fromkeys(f.panel for f in findings):
        numbers = sorted(
            (f for f in findings if f.panel == panel and f.detail in ("values", "shape")),
            key=lambda f: -f.severity,
        )
        if len(numbers) > 2:
            numbers = numbers[1:]
        if len(numbers) > 1 and numbers[0].severity > 1:  # slight ones may be none at all
            worse = [replace(f, severity=3 if f.severity > 1 else 2) for f in numbers]
            others = [f for f in findings if not any(f is n for n in numbers)]
            findings = _as_one([*others, *worse], worse, "the values differ: ")
    return findings


def _read_off(findings: list[Finding]) -> list[Finding]:
    """Series of one plot that are all a little off, as one finding.

    Who draws a plot anew takes its values from the picture by eye, all of them by the same eye.
    """
    for panel in dict.fromkeys(f.panel for f in findings):
        slight = [
            f for f in findings if f.panel == panel and f.cause == "marks" and f.severity == 1
        ]
        if len(slight) > 2:
            findings = _as_one(findings, slight, "the values are slightly off: ")
    return findings


def _read_in_part(findings: list[Finding]) -> list[Finding]:
    """Titles that are gone without the texts that are a part of them: letters over a picture.

    A title that was moved over its plot is read only where the plot is pale.
    """
    gone = [
        (f.panel, _letters(f.subject))
        for f in findings
        if f.cause == "text missing" and "title" in f.location
    ]

    def part(finding: Finding) -> bool:
        letters = _letters(finding.subject)
        return len(letters) >= PART and any(
            panel == finding.panel and letters in whole for panel, whole in gone
        )

    return [f for f in findings if f.cause != "text added" or not part(f)]


def _all_notes(findings: list[Finding]) -> list[Finding]:
    """Notes of one plot that are all gone, or all new, as one finding: a loop writes them.

    The names of a network's nodes are such notes, and the numbers on cells.
    """
    for cause, said in (("text missing", "are missing"), ("text added", "are new")):
        for panel in dict.fromkeys(f.panel for f in findings):
            notes = [
                f
                for f in findings
                if f.cause == cause and f.panel == panel and f.location.startswith(BESIDE)
            ]
            if len(notes) < 2:
                continue
            one = replace(
                max(notes, key=lambda f: f.severity),
                severity=max(2, *(f.severity for f in notes)),
                description=f"{len(notes)} texts {said}: " + ", ".join(f.subject for f in notes),
                box=around_known(f.box for f in notes),
                box_candidate=around_known(f.box_candidate for f in notes),
            )
            findings = [*(f for f in findings if not any(f is n for n in notes)), one]
    return findings


def _letters(text: str) -> str:
    return "".join(sign for sign in words.canonical(text) if sign.isalnum())


def _as_one(findings: list[Finding], group: list[Finding], said: str) -> list[Finding]:
    worst = max(group, key=lambda f: f.severity)
    one = replace(
        worst,
        location=f"plot, {len(group)} series or marks",
        description=said + ", ".join(dict.fromkeys(f.location for f in group)),
        detail="",
        box=around_known(f.box for f in group),
        box_candidate=around_known(f.box_candidate for f in group),
    )
    return [*(f for f in findings if not any(f is g for g in group)), one]


def _in_all_plots(findings: list[Finding]) -> list[Finding]:
    """What is said of several plots in the same words, as of a colour or a size, as one finding."""
    groups: dict[tuple[Cause, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.cause in DRAWN and finding.subject.startswith(GREYS):
            continue  # a grid's lines, rather
        if finding.cause in REPEATED | LEFT_OUT | DRAWN:
            what = "" if finding.cause in DRAWN else finding.location.partition(" of the ")[0]
            # the same colour is not the same to the last bit everywhere
            said = "" if finding.cause in LEFT_OUT else SHADE.sub("", finding.description)
            kin: Cause = "scale" if finding.cause == "mirrored" else finding.cause
            groups.setdefault((kin, what, said), []).append(finding)
    for (cause, what, _), group in groups.items():
        plots = len({finding.panel for finding in group})
        # the lines of a title, or what was read of one, are several findings
        in_pieces = cause == "text missing" and what == "title"
        if plots > 1 and (plots == len(group) or in_pieces):
            where = ", ".join(finding.location for finding in group)
            one = replace(
                max(group, key=lambda f: f.severity),
                location=where,
                description="; ".join(dict.fromkeys(f.description for f in group)),
                box=around_known(f.box for f in group),
                box_candidate=around_known(f.box_candidate for f in group),
            )
            findings = [*(f for f in findings if not any(f is g for g in group)), one]
    return findings


def _drawn_otherwise(findings: list[Finding]) -> list[Finding]:
    """Marks that differ in several plots, those of all but the worst as one: a loop draws them.

    The worst plot keeps its findings, so that another one that is wrong never makes a list lighter.
    """
    marks = [f for f in findings if f.cause in OF_MARKS and f.category != "style_error"]
    weights: dict[int | None, int] = {}
    for finding in marks:
        weights[finding.panel] = weights.get(finding.panel, 0) + finding.severity
    worst = max(weights, key=lambda panel: weights[panel], default=None)
    others = [f for f in marks if f.panel != worst]
    if len(others) < 2:
        return findings
    # where the kind of chart is told of one plot, it is what happened to the others
    first = max(others, key=lambda f: (f.severity, f.cause == "chart type"))
    one = replace(
        first,
        location=others[0].location if len(weights) == 2 else f"{len(weights) - 1} plots",
        description="; ".join(dict.fromkeys(f.description for f in others)),
        box=around_known(f.box for f in others),
        box_candidate=around_known(f.box_candidate for f in others),
    )
    return [*(f for f in findings if not any(f is g for g in others)), one]


def _lines_of_one_text(findings: list[Finding]) -> list[Finding]:
    """Lines of one title or note that went or came together, or beside one that changed."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: f.cause != "text"):
        beside = (
            n
            for n, other in enumerate(kept)
            if (
                finding.cause in ("text missing", "text added")
                or (
                    finding.cause in ("text", "font size")
                    and _less_exactly(finding) == _less_exactly(other)
                )
            )
            and other.cause in ("text", finding.cause)
            and (finding.cause == "font size") == (other.cause == "font size")
            and other.location == finding.location
            and not finding.location.startswith("legend")
            and _next_line(_place(other, finding), _place(finding, other))
        )
        if (at := next(beside, None)) is None:
            kept.append(finding)
            continue
        other = kept[at]
        kept[at] = replace(
            other,
            severity=max(other.severity, finding.severity),
            description="; ".join(dict.fromkeys([other.description, finding.description])),
            box=around_known([other.box, finding.box]),
            box_candidate=around_known([other.box_candidate, finding.box_candidate]),
        )
    return kept


def _less_exactly(finding: Finding) -> str:
    """What it says, without how much larger letters are: that is measured line by line."""
    return finding.description.partition(" (")[0]


def _place(finding: Finding, other: Finding) -> Box | None:
    """Its box in the picture in which both have one."""
    there = finding.box is None or other.box is None
    return finding.box_candidate if there else finding.box


def _next_line(one: Box | None, two: Box | None) -> bool:
    """Whether one box is right above or below the other, as lines of a text are."""
    if one is None or two is None:
        return False
    line = min(one[3] - one[1], two[3] - two[1])
    gap = max(one[1], two[1]) - min(one[3], two[3])
    across = min(one[2], two[2]) - max(one[0], two[0])
    return -0.4 * line < gap < 0.7 * line and across > 0.5 * min(one[2] - one[0], two[2] - two[0])


def _entries_of_series(findings: list[Finding]) -> list[Finding]:
    """Drop legend entries that went with their series, or came with it."""
    gone = [f for f in findings if f.cause in ("series missing", "everything", "chart type")]
    came = [f for f in findings if f.cause in ("series added", "everything")]
    lost = [f for f in findings if f.cause == "text missing" and f.location.startswith("legend")]
    new = [f for f in findings if f.cause == "text added" and f.location.startswith("legend")]
    renamed = [f for f in findings if f.cause == "text" and f.location.startswith("legend")]
    named = [f for f in (*lost, *renamed) if any(_names(g, f) for g in gone)]
    # a series takes one entry with it: where that is known, the others went for themselves
    left = [g for g in gone if not any(_names(g, f) for f in named)]
    others = [f for f in lost if not any(f is n for n in named)]
    dropped = [*others[: len(left)], *new[: len(came)]]
    return [f for f in findings if not any(f is d for d in (*dropped, *named))]


def _bars_of_maps(findings: list[Finding]) -> list[Finding]:
    """Another colour map shows in its colour bar too, and in all marks that it colours."""
    if ranges := [f for f in findings if f.detail == "range"]:
        coloured = [
            f for f in findings if f.cause in COLOURED and f.panel not in {r.panel for r in ranges}
        ]
        whole = replace(
            ranges[0],
            box=around_known(f.box for f in (*ranges, *coloured)),
            box_candidate=around_known(f.box_candidate for f in (*ranges, *coloured)),
        )
        return [*(f for f in findings if not any(f is d for d in (*ranges, *coloured))), whole]
    bars = [f for f in findings if f.cause == "colour map" and f.location == "colour bar"]
    tints = [f for f in findings if f.cause in ("recoloured", "series missing", "series added")]
    papers = [f for f in findings if f.cause == "panel background"]
    if len(bars) == 1 and papers:  # what was taken for the paper of a map is its usual value
        whole = replace(
            bars[0],
            location="plot",
            box=around_known(f.box for f in (*bars, *papers)),
            box_candidate=around_known(f.box_candidate for f in (*bars, *papers)),
        )
        findings = [*(f for f in findings if not any(f is d for d in (*bars, *papers))), whole]
        bars = [whole]
    if len(bars) == 1 and any(f.cause == "recoloured" for f in tints):
        panels = {f.panel for f in tints}
        marks = [f for f in findings if f.cause in ("marks", "rest") and f.panel in panels]
        return [f for f in findings if not any(f is d for d in (*tints, *marks))]
    maps = [f for f in findings if f.cause in ("colour map", "everything")]
    plots = [f for f in maps if f.location.startswith("plot")]
    return [f for f in findings if not (plots and f in maps and f not in plots)]


def _labels_pushed_out(findings: list[Finding]) -> list[Finding]:
    """Longer tick labels can push the label of their axis out of the picture."""
    axes = [f for f in findings if f.cause in ("mirrored", "scale", "limits", "axis labels")]
    return [
        f
        for f in findings
        if not (
            f.cause == "text missing" and any(g.panel == f.panel and _label_of(f, g) for g in axes)
        )
    ]


def _label_of(finding: Finding, axis: Finding) -> bool:
    return "label" in finding.location and finding.location[0] == axis.location[0]


def _names(cause: Finding, finding: Finding) -> bool:
    return words.canonical(finding.subject) in words.canonical(cause.location)
