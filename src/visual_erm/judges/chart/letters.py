"""Differences of letters: texts that are larger, smaller or bolder than the others ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from visual_erm.align import around
from visual_erm.judges.chart import words
from visual_erm.judges.chart.findings import NAMES, Detail, Finding, of_panel
from visual_erm.judges.chart.scene import ChartScene, Label, Role

if TYPE_CHECKING:
    from visual_erm.judges.chart.places import Match

RESIZED = 1.2
"""Ratio of a text's size, compared with that of the others, that counts as another size."""
RESIZED_TICKS = 1.15
"""The same for the labels of an axis, of which there are several."""
UNSURE_SIZE = 1.13
"""How many times more it takes in another font or resolution: figures grow unlike letters."""
BOLD = 1.22
"""Ratio of ink, compared with that of the other texts, that counts as another weight."""
BOLD_WIDTH = 1.04
"""How much wider bold letters are at least."""
AS_HIGH = 1.03
"""How much higher lighter letters are at most, as bold ones are never lower than they were."""
SCALED = (0.9, 1.12)
"""How much larger letters may be on the whole for their weights to be compared."""
MUCH = 0.55
"""Share of the signs that two readings of one text have in common at least."""
VOTES = 3
"""Texts and axes that must be known to say what the usual size is. In figures of one size in which
a text kept its own, or most of what is drawn is the same, that many more say so."""
STILL = 0.02
"""By how much a text grows at most that has kept its size."""
TICKS: tuple[Role, ...] = ("x tick", "y tick", "right tick")
LINES: tuple[Role, ...] = ("title", "figure title", "x label", "y label", "right label")
Pair = tuple[Label, Label]
Axes = dict[tuple[int, Role], list[Pair]]
"""Tick labels of equal text, by panel and role."""
Growth = tuple[float, float]
"""How many times wider and higher."""


def compare_letters(
    a: ChartScene, b: ChartScene, match: Match, pairs: Sequence[Pair]
) -> list[Finding]:
    """Findings about sizes and weights.

    Args:
        a: the reference.
        b: the candidate.
        match: which panel is which.
        pairs: texts other than tick labels, as they were matched.
    """
    equal = [(x, y) for x, y in pairs if _equal(x, y)]
    alike = [(x, y) for x, y in pairs if _equal(x, y) or _alike(x, y)]
    axes = _axes(a, b, match)
    weights = _weights(a, b, equal, axes)
    bold = {f.box for f in weights if f.detail == "bold"}
    # bold letters are wider, and their boxes higher
    sizes = [f for f in _sizes(a, b, match, alike, axes) if f.box not in bold]
    return [*sizes, *weights]


def _equal(one: Label, two: Label) -> bool:
    same = words.canonical(one.text) == words.canonical(two.text)
    return same and len(one.text) > 2 and one.rotated == two.rotated


def _alike(one: Label, two: Label) -> bool:
    """Whether much the same was read, as of two lines that were found as one."""
    like = words.similarity(one.text, two.text) > MUCH
    return like and min(len(one.text), len(two.text)) > 5 and one.rotated == two.rotated


def _sizes(
    a: ChartScene, b: ChartScene, match: Match, equal: Sequence[Pair], axes: Axes
) -> list[Finding]:
    """Each text has a vote on the usual size, and each axis one: it has many labels of one size."""
    own = [_growth(a, b, x, y) for x, y in equal]
    labels = [[_growth(a, b, x, y) for x, y in group] for group in axes.values()]
    of_axes = [_median(group) for group in labels]
    votes = own + of_axes
    if match.untouched or _kept(a, b, [*([growth] for growth in own), *labels]):
        votes += [(1.0, 1.0)] * VOTES
    if len(votes) < VOTES:
        return []
    # many labels of one kind that changed do not outvote a title that is the same to the pixel
    sure = _same_lines(a, b)
    usual = (1.0, 1.0) if sure else _median(votes)
    scaled = a.image.shape != b.image.shape or not all(0.96 < side < 1.04 for side in usual)
    slack = UNSURE_SIZE if scaled else 1.0
    found = []
    for (one, two), growth in zip(equal, own, strict=True):
        if (sure or one.role in LINES) and (ratio := _resized(growth, usual, RESIZED * slack)):
            where, detail = NAMES[one.role] + of_panel(a, one.panel), _way(ratio)
            said = f"the text is {detail} ({ratio:.0%})"
            found.append(_finding(where, said, one, two, detail))
    for ((i, role), group), growth in zip(axes.items(), of_axes, strict=True):
        if len(group) > 2 and (ratio := _resized(growth, usual, RESIZED_TICKS * slack)):
            box = around([label.box for label in a.of(role, i)])
            box_b = around([label.box for label in b.of(role, match.panel(i))])
            where = {"x tick": "x axis", "y tick": "y axis"}.get(role, "right axis")
            said = f"the tick labels are {_way(ratio)} ({ratio:.0%})"
            found.append(
                Finding("font size", "text_error", 1, where + of_panel(a, i), said, box, box_b, i)
            )
    return _in_one(found)


def _axes(a: ChartScene, b: ChartScene, match: Match) -> Axes:
    """The labels of each axis that are read the same in both pictures, where it is not just one."""
    found: Axes = {}
    # the box of a single sign is a pixel off here or there, which scaling makes much of
    least = 1 if a.image.shape == b.image.shape else 2
    for i, j in match.pairs:
        for role in TICKS:
            for one in a.of(role, i):
                same = [x for x in b.of(role, j) if x.text == one.text and x.rotated == one.rotated]
                if len(same) == 1 and len(one.text) >= least:
                    found.setdefault((i, role), []).append((one, same[0]))
    return {axis: group for axis, group in found.items() if len(group) > 1}


def _heavier(a: ChartScene, b: ChartScene, one: Label, two: Label) -> float | None:
    return words.weight(a.image, one.box, b.image, two.box, rotated=one.rotated)


def _growth(a: ChartScene, b: ChartScene, one: Label, two: Label) -> Growth:
    """By what is drawn; where that is not to be told, by the boxes.

    A text that lost a word is narrower, and lower without its capitals, though no letter is.
    """
    before, after = _drawn(a, one), _drawn(b, two)
    (w, h), (v, g) = (before, after) if before and after else (_sides(one), _sides(two))
    signs, now = (len(words.canonical(label.text)) or 1 for label in (one, two))
    return v / w * signs / now, g / h


def _drawn(scene: ChartScene, label: Label) -> tuple[int, int] | None:
    return words.extent(scene.image, label.box, rotated=label.rotated)


def _still(growth: Sequence[float]) -> bool:
    return all(abs(side - 1) < STILL for side in growth)


def _kept(a: ChartScene, b: ChartScene, groups: Sequence[Sequence[Growth]]) -> bool:
    """Whether some text kept its size in a figure of one size, or is the same to the pixel.

    The labels of an axis are one text: in another font the middle one may be as large as it was.
    """
    if a.image.shape != b.image.shape:
        return False
    return any(all(map(_still, g)) for g in groups) or any(_same(a, b, x) for x in a.labels)


def _same_lines(a: ChartScene, b: ChartScene) -> bool:
    """Whether a title or the label of an axis is the same to the pixel."""
    return a.image.shape == b.image.shape and any(
        label.role in LINES and len(label.text) > 2 and _same(a, b, label) for label in a.labels
    )


def _same(a: ChartScene, b: ChartScene, label: Label) -> bool:
    return np.array_equal(a.within(label.box), b.within(label.box))


def _sides(label: Label) -> tuple[int, int]:
    """Length and height of a line of text in pixels."""
    x0, y0, x1, y1 = label.box
    w, h = max(1, x1 - x0), max(1, y1 - y0)
    return (h, w) if label.rotated else (w, h)


def _median(group: Sequence[Growth]) -> Growth:
    wide, high = np.median(group, axis=0)
    return float(wide), float(high)


def _resized(growth: Growth, usual: Growth, least: float) -> float | None:
    """How many times as wide a text is as it should be; None if it has its size."""
    ratios = growth[0] / usual[0], growth[1] / usual[1]
    return ratios[0] if min(ratios) > least or max(ratios) < 1 / least else None


def _way(ratio: float) -> Literal["larger", "smaller"]:
    return "larger" if ratio > 1 else "smaller"


def _in_one(findings: list[Finding]) -> list[Finding]:
    """Three texts or more that changed alike are one difference."""
    for word in ("larger", "smaller"):
        group = [f for f in findings if f.detail == word]
        if len(group) > 2:
            one = replace(
                group[0],
                location=", ".join(f.location for f in group[:3]) + " and more" * (len(group) > 3),
                description=f"the texts are {word}",
                box=around([f.box for f in group if f.box]),
                box_candidate=around([f.box_candidate for f in group if f.box_candidate]),
            )
            findings = [*(f for f in findings if f not in group), one]
    return findings


def _weights(a: ChartScene, b: ChartScene, equal: Sequence[Pair], axes: Axes) -> list[Finding]:
    """More ink in letters of the same height, and wider ones, as bold letters are."""
    rated = [
        (one, two, ratio, _growth(a, b, one, two))
        for one, two in equal
        if (ratio := _heavier(a, b, one, two))
    ]
    votes = [(ratio, *growth) for _, _, ratio, growth in rated]
    groups = [[growth] for *_, growth in rated]
    for group in axes.values():
        rows = [(r, *_growth(a, b, x, y)) for x, y in group if (r := _heavier(a, b, x, y))]
        if rows:
            votes.append(tuple(np.median(rows, axis=0)))
            groups.append([(wide, high) for _, wide, high in rows])
    if _kept(a, b, groups):
        votes += [(1.0, 1.0, 1.0)] * VOTES
    if len(votes) < VOTES:
        return []
    usual, wide, high = np.median(votes, axis=0)
    if not all(SCALED[0] < ratio < SCALED[1] for ratio in (wide, high)):
        return []
    found = []
    detail: Detail
    for one, two, ratio, growth in rated:
        heavier, wider = ratio / usual, growth[0] / wide
        if one.role not in LINES:
            continue
        higher = growth[1] / high
        if min(heavier / BOLD, wider / BOLD_WIDTH, higher * AS_HIGH, RESIZED / higher) > 1:
            said, detail = "the text is bold", "bold"
        elif max(heavier * BOLD, wider * BOLD_WIDTH, higher / AS_HIGH) < 1:
            said, detail = "the text is no longer bold", ""
        else:
            continue
        found.append(_finding(NAMES[one.role] + of_panel(a, one.panel), said, one, two, detail))
    return found


def _finding(where: str, said: str, one: Label, two: Label, detail: Detail) -> Finding:
    return Finding("font size", "text_error", 1, where, said, one.box, two.box, one.panel,
                   detail=detail)  # fmt: skip
