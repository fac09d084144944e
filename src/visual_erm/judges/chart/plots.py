"""What befell whole plots, as their pixels tell: emptied, mirrored, or another kind of plot.

It changes everything that is said of a plot's inside and axes, so that it is looked for before
marks are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import (
    around,
    components,
    coverage,
    exceeds,
    from_colour,
    pixels,
    share,
    strongest,
)
from visual_erm.images import equal
from visual_erm.judges.chart.findings import Finding, of_panel
from visual_erm.judges.chart.places import Match
from visual_erm.judges.chart.scene import ChartScene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]

EMPTY = "the plot is empty"
"""How it is said of a plot that nothing is drawn in it."""
FAINT = 26
"""Grey levels by which a mark stands out from its paper."""
BARE, DRAWN, CROSSED = 0.0004, 0.004, 0.03
"""Shares of a plot that are drawn at most where it is empty, and at least where it is not; and at
most where no more than a line or two cross it."""
ACROSS, LINES = 0.6, 0.2
"""Share of a plot's side along which a grid line runs, and share of it that grid lines take up at
most: more is a picture."""
SAME_PAPER = 10
"""Grey levels within which a colour is the same."""
LEFT = 0.2
"""Share of what has no frame that shows the page at least, whatever fills the rest."""
ALIKE = 0.1
"""Part by which the shares that a colour has of two plots differ where it is the same thing."""
GRID = 64
"""Pixels of side at which plots are compared with their mirror images."""
CHANGED = 2.5
"""Grey levels by which a plot differs on average from one that may be its mirror image."""
MIRRORED = 0.4
"""How much nearer the mirror image is."""
STROKE, SIGN = 80, 8
"""Grey levels by which a stroke more or less differs, and pixels that a sign has at least."""
ROUND, WEDGE, DRAWN_DISC = 0.88, 0.002, 0.2
"""Share of the circle around a pie that its outline encloses at least, and shares of its box that a
wedge covers and that is drawn."""
MAP = 0.8
"""Share of a plot that is drawn from which it is a picture or a map."""
GONE = frozenset(("emptied", "axes missing"))
"""Causes that leave nothing of a plot to be of another kind."""
SETTLED = GONE | {"scale", "redone"}
"""Causes that leave nothing of it to be mirrored."""
FLIPS: Mapping[str, int] = {"bottom": 1, "left": 0}
"""Along which axis of its picture a plot is turned over that is inverted along a side."""


def on_one_paper(match: Match) -> Match:
    """The candidate's plots with the reference's backgrounds where both show the same colours.

    Where marks cover a plot all over, which of its colours is the paper is decided by little.
    """
    panels = list(match.b.panels)
    for i, j in match.pairs:
        one, two = match.a.panels[i].background, panels[j].background
        if np.abs(one.astype(int) - two).max() < SAME_PAPER or "strip" in (
            match.a.panels[i].kind,
            panels[j].kind,
        ):
            continue
        insides = match.a.within(match.a.panels[i].inner), match.b.within(panels[j].inner)
        shares = [[_share(part, colour) for part in insides] for colour in (one, two)]
        # what has no frame has no ground of its own, but may be mostly filled
        page = np.abs(one.astype(int) - match.b.background).max() < SAME_PAPER
        free = "free" in (match.a.panels[i].kind, panels[j].kind)
        filled = free and page and shares[0][1] > LEFT
        if filled or all(
            abs(here - there) < ALIKE * max(here, there, ALIKE) for here, there in shares
        ):
            panels[j] = replace(panels[j], background=one)
    return replace(match, b=replace(match.b, panels=tuple(panels)))


def _share(part: Image, colour: NDArray[np.uint8]) -> float:
    return share(~exceeds(from_colour(part, colour), SAME_PAPER)) if part.size else 0.0


def emptied(match: Match) -> list[Finding]:
    """Plots in which nothing is drawn any more, though their frame may be there."""
    found = []
    for i, j in match.pairs:
        one, two = match.a.panels[i], match.b.panels[j]
        if "strip" in (one.kind, two.kind) or one.small or two.small:
            continue
        papers = one.background, match.b.background
        if all(np.abs(paper.astype(int) - two.background).max() > SAME_PAPER for paper in papers):
            continue  # a lone bar is of one colour too
        # points may have been read as texts
        left = _marks(match.b, j, texts=True)
        if share(left) > CROSSED:
            continue
        shown = _marks(match.a, i, texts=False)
        if shown.shape == left.shape:  # such as a line at zero
            left &= ~_across(shown, left)
        if share(left) < BARE and share(shown) > DRAWN:
            where = "plot" + of_panel(match.a, i)
            said = EMPTY + ": nothing is drawn in it"
            found.append(Finding("emptied", "structure_error", 3, where, said, one.box, two.box, i))
    return found


def _across(one: Mask, two: Mask) -> Mask:
    """Lines that cross both of two plots at the same places."""
    height, width = one.shape
    rows, columns = (
        np.logical_and(*(coverage(ink, axis) > ACROSS * length for ink in (one, two)))
        for axis, length in ((1, width), (0, height))
    )
    return np.asarray(rows[:, None] | columns[None, :])


def _marks(scene: ChartScene, index: int, *, texts: bool) -> Mask:
    """What is drawn in a plot beside its grid and its legends, `texts` left out or not."""
    panel = scene.panels[index]
    box = panel.inner
    ink = np.asarray(exceeds(from_colour(scene.within(box), panel.background), FAINT))
    known = [] if texts else [label.box for label in scene.labels]
    for x0, y0, x1, y1 in (*known, *(legend.frame for legend in scene.legends)):
        ink[max(0, y0 - 2 - box[1]) : max(0, y1 + 2 - box[1]),
            max(0, x0 - 2 - box[0]) : max(0, x1 + 2 - box[0])] = False  # fmt: skip
    if panel.grid:
        height, width = ink.shape
        rows, columns = coverage(ink, 1) > ACROSS * width, coverage(ink, 0) > ACROSS * height
        for lines, part in ((rows, ink), (columns, ink.T)):
            if share(lines) < LINES:
                part[lines] = False
    return ink


def mirrored(match: Match, known: Sequence[Finding]) -> list[Finding]:
    """Plots with an inverted axis whose labels do not tell it, as their mirror image does.

    Args:
        match: the scenes and which panel is which.
        known: findings about axes and plots; what they explain is not looked for.
    """
    found = []
    for i, j in _changed(match, known, SETTLED):
        if not match.a.panels[i].kind == match.b.panels[j].kind == "axes":
            continue
        before, after = _coarse(match.a, i), _coarse(match.b, j)
        straight = _unlike(before, after)
        if straight < CHANGED:
            continue
        sides = {side: _unlike(before, _flipped(after, axis)) for side, axis in FLIPS.items()}
        side = min(sides, key=lambda name: sides[name])
        if sides[side] < MIRRORED * straight and not _as_before(match, i, j, side):
            found.append(_inverted(match, i, j, side))
    return found


def redone(match: Match, known: Sequence[Finding]) -> list[Finding]:
    """Plots that became another kind of plot as a whole: axes exchanged, a pie and no pie.

    In a picture of another size everything was drawn anew, and more differs than the kind of plot.

    Args:
        match: the scenes and which panel is which.
        known: findings about axes and plots; an emptied plot is no other kind of plot.
    """
    found: list[Finding] = []
    if match.a.image.shape != match.b.image.shape:
        return found
    for i, j in _changed(match, known, GONE):
        one, two = match.a.panels[i], match.b.panels[j]
        if said := _no_pie(match, i, j) or _turned(match, i, j):
            where = "plot" + of_panel(match.a, i)
            # cells of a map that exchanged rows and columns are other values
            cells = (
                min(share(_marks(s, k, texts=True)) for s, k in ((match.a, i), (match.b, j))) > MAP
            )
            category = "data_error" if cells else "structure_error"
            found.append(Finding("redone", category, 3, where, said, one.box, two.box, i))
    return found


def _changed(
    match: Match, known: Sequence[Finding], settled: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """Pairs of plots that do not hold the same pixels and of which no settled cause is known."""
    told = {f.panel for f in known if f.cause in settled}
    for i, j in match.pairs:
        one, two = match.a.panels[i], match.b.panels[j]
        if i in told or "strip" in (one.kind, two.kind) or one.small or two.small:
            continue
        if not equal(match.a.within(one.box), match.b.within(two.box)):
            yield i, j


def _turned(match: Match, i: int, j: int) -> str:
    """What is said of a plot whose axes were exchanged: upright bars lie now, or the reverse.

    Such a plot is the other one's picture along the other diagonal, with the first category on
    top or at the bottom.
    """
    if not match.a.panels[i].kind == match.b.panels[j].kind == "axes":
        return ""
    before, after = _coarse(match.a, i), _coarse(match.b, j)
    straight = _unlike(before, after)
    if straight < CHANGED:
        return ""
    across = (before[0].transpose(1, 0, 2)[::-1, ::-1], before[1].T[::-1, ::-1])
    ways = [_unlike(way, after) for way in (across, _flipped(across, 0), _flipped(across, 1))]
    others = min(_unlike(before, _flipped(after, axis)) for axis in FLIPS.values())
    if min(ways) >= MIRRORED * min(straight, others):
        return ""
    return "its axes are exchanged: what stood upright lies, or the reverse"


def _no_pie(match: Match, i: int, j: int) -> str:
    """What is said of a pie that became a plot with axes, or the reverse."""
    one, two = match.a.panels[i], match.b.panels[j]
    if not one.sides and len(two.sides) > 1 and _is_disc(match.a, i):
        return "a plot with axes instead of a pie"
    if not two.sides and len(one.sides) > 1 and _is_disc(match.b, j):
        return "a pie instead of a plot with axes"
    return ""


def _is_disc(scene: ChartScene, index: int) -> bool:
    """Whether what is drawn in a plot without a frame is round."""
    panel = scene.panels[index]
    ink = exceeds(from_colour(scene.within(panel.box), panel.background), FAINT)
    count, labels, stats, _ = components(ink)
    large = [n for n in range(1, count) if stats[n, 4] > WEDGE * ink.size]
    if not large:
        return False
    points = cv2.findNonZero(np.isin(labels, large).astype(np.uint8))
    hull = cv2.convexHull(points)
    (_, radius), covered = cv2.minEnclosingCircle(hull), cv2.contourArea(hull)
    return bool(covered > ROUND * np.pi * radius**2 and share(ink) > DRAWN_DISC)


def not_mirrored(match: Match, findings: Sequence[Finding]) -> list[Finding]:
    """The findings without inverted axes that are misread numbers: the plot is as it was.

    A sign that was not read may turn an axis around.
    """
    if match.a.image.shape == match.b.image.shape:
        return list(findings)  # in one size the same signs are read
    kept = []
    for finding in findings:
        i, j = finding.panel, match.panel(finding.panel)
        side = finding.subject
        if finding.detail == "inverted" and side in FLIPS:
            assert i is not None and j is not None
            before, after = _coarse(match.a, i), _coarse(match.b, j)
            if _unlike(before, after) < MIRRORED * _unlike(before, _flipped(after, FLIPS[side])):
                continue
        kept.append(finding)
    return kept


def _as_before(match: Match, i: int, j: int, side: str) -> bool:
    """Whether the numbers along a side are the same, and tell its direction, as signs do."""
    one, two = (
        [label for axis in axes if axis.side == side for label in axis.labels]
        for axes in (match.a.axes[i], match.b.axes[j])
    )
    if len(one) < 3 or len(two) < 3:
        return False
    x0, y0, x1, y1 = around([label.box for label in (*one, *two)])
    strips = [scene.image[y0:y1, x0:x1] for scene in (match.a, match.b)]
    if strips[0].shape == strips[1].shape:
        step = strongest(cv2.absdiff(strips[0], strips[1]))
        if pixels(np.asarray(step > STROKE)) < SIGN:
            return True
    texts = [[label.text for label in labels] for labels in (one, two)]
    # a number that stands there twice lost its sign
    return texts[0] == texts[1] and len(set(texts[0])) == len(texts[0])


def _inverted(match: Match, i: int, j: int, side: str) -> Finding:
    where = ("x axis" if side == "bottom" else "y axis") + of_panel(match.a, i)
    boxes = [_of_axis(match.a, i, side), _of_axis(match.b, j, side)]
    said = "the axis is inverted"
    return Finding("mirrored", "data_error", 3, where, said, boxes[0], boxes[1], i, side)


def _of_axis(scene: ChartScene, index: int, side: str) -> tuple[int, int, int, int]:
    """The box of an axis's numbers, or of the edge of the plot where there are none."""
    labels = [label.box for axis in scene.axes[index] if axis.side == side for label in axis.labels]
    if labels:
        return around(labels)
    x0, y0, x1, y1 = scene.panels[index].box
    return (x0, y1 - 4, x1, y1 + 4) if side == "bottom" else (x0 - 4, y0, x0 + 4, y1)


def _coarse(scene: ChartScene, index: int) -> tuple[NDArray[np.float32], Mask]:
    """A plot's inside, small and soft, and where texts stand in it, which are not mirrored."""
    panel = scene.panels[index]
    box = panel.inner
    small = cv2.resize(scene.within(box), (GRID, GRID), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0)
    texts = np.zeros((GRID, GRID), bool)
    sx, sy = GRID / (box[2] - box[0]), GRID / (box[3] - box[1])
    legends = (legend.box for legend in scene.legends)
    for x0, y0, x1, y1 in (*(label.box for label in scene.labels), *legends):
        low, high = int((x0 - box[0]) * sx) - 1, int((x1 - box[0]) * sx) + 2
        top, bottom = int((y0 - box[1]) * sy) - 1, int((y1 - box[1]) * sy) + 2
        texts[max(0, top) : max(0, bottom), max(0, low) : max(0, high)] = True
    return np.asarray(soft, np.float32), texts


def _flipped(plot: tuple[NDArray[np.float32], Mask], axis: int) -> tuple[NDArray[np.float32], Mask]:
    return np.flip(plot[0], axis), np.flip(plot[1], axis)


def _unlike(one: tuple[NDArray[np.float32], Mask], two: tuple[NDArray[np.float32], Mask]) -> float:
    """Mean distance of two plots where neither has a text."""
    bare = ~(one[1] | two[1])
    return float(np.abs(one[0] - two[0])[bare].mean()) if bare.any() else 0.0
