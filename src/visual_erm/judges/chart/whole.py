"""How plots differ as wholes: other sides, turned, seen from elsewhere; the frame of a legend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import around, exceeds, from_colour, sides_apart
from visual_erm.judges.chart import words
from visual_erm.judges.chart.findings import Finding, of_panel
from visual_erm.judges.chart.places import Match
from visual_erm.judges.chart.scene import ALIGNED, ChartScene, Label, Legend
from visual_erm.judges.chart.squeezed import squeezed
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

STRETCHED = 1.17
"""Factor between the ratios of a plot's sides from which it has another shape; less comes from
longer tick labels and other sizes of a figure."""
RESHAPED = 1.4
"""Factor between the ratios of the sides of two figures from which one is clearly wider or higher;
less is room for labels, or another usual screen: from 4 to 3 to 16 to 9 it is 1.33."""
SEEN = 0.6
"""Share of the texts of a plot that must be there again for it to be the same plot, turned."""
TURNED = 0.015
"""Share of a picture's sides by which half of the texts moved, level and upright, when a plot was
turned."""
LOOSELY = 0.05
"""The same as a share of the plot's sides, where the figures are of different sizes."""
SAME_COLOURS = 0.6
"""Share of the marks whose colours must be there again."""
EVENLY, RESIZED = 1.15, 1.1
"""Factors by which the sides of a plot grow alike that is larger as a whole, and by which at least.
"""
SMALL, SAME_DRAWN = 48, 0.8
"""Pixels of a side at which plots of two sizes are compared, and how well the same ones correlate.
"""
LINE = 9
"""Grey levels by which the line of a frame differs from what lies on both sides of it."""


def compare_wholes(match: Match) -> list[Finding]:
    """Findings about shapes and views of plots, and about frames of legends."""
    shapes = other_figure(match.a, match.b) or _shapes(match)
    wholes = [*shapes, *_views(match)] or squeezed(match)
    return [*wholes, *_legend_frames(match)]


def other_figure(a: ChartScene, b: ChartScene) -> list[Finding]:
    """A figure that is clearly wider or higher for its other side, be it with bare paper."""
    (height, width), (height_b, width_b) = a.drawn.shape[:2], b.drawn.shape[:2]
    ratio = (width_b / height_b) / (width / height)
    if 1 / RESHAPED < ratio < RESHAPED:
        return []
    said = f"the figure is {'wider or lower' if ratio > 1 else 'narrower or higher'}"
    boxes = (0, 0, width, height), b.placement.box((0, 0, width_b, height_b))
    return [Finding("shape", "structure_error", 1, "whole figure", said, *boxes)]


def _shapes(match: Match) -> list[Finding]:
    """Plots that are wider or higher for their other side; one finding for all that are alike."""
    a, b = match.a, match.b
    if len(match.pairs) < max(len(a.panels), len(b.panels)) and not _mostly_in_place(match):
        return []  # with another number of plots all make room
    plots = [(i, j) for i, j in match.pairs if a.panels[i].kind == b.panels[j].kind == "axes"]
    changed = []
    (height, width), (height_b, width_b) = a.image.shape[:2], b.image.shape[:2]
    of_figure = (width_b / height_b) / (width / height)
    for i, j in plots:
        one, two = a.panels[i], b.panels[j]
        ratio = (two.width / two.height) / (one.width / one.height)
        # in a figure of other sides a plot has other sides by itself
        if not any(1 / STRETCHED < r < STRETCHED for r in (ratio, ratio / of_figure)):
            changed.append((i, j, ratio > 1))
    if not changed:
        return []
    all_alike = len(changed) == len(plots) > 1 and len({wider for *_, wider in changed}) == 1
    groups = [changed] if all_alike else [[one] for one in changed]
    found = []
    for group in groups:
        i, j, wider = group[0]
        where = "all plots" if all_alike else "plot" + of_panel(a, i)
        said = (
            f"the sides have another ratio: {'wider or lower' if wider else 'narrower or higher'}"
        )
        boxes = (
            around([a.panels[k].box for k, *_ in group]),
            around([b.panels[m].box for _, m, _ in group]),
        )
        panel = None if all_alike else i
        found.append(Finding("shape", "structure_error", 1, where, said, *boxes, panel))
    return found


def _mostly_in_place(match: Match) -> bool:
    """Whether most of the plots that are there stand where they stood."""
    pairs = ((match.a.panels[i].box, match.b.panels[j].box) for i, j in match.pairs)
    same = [sides_apart(one, two) <= ALIGNED for one, two in pairs]
    return match.a.image.shape == match.b.image.shape and 2 * sum(same) > len(same)


def _views(match: Match) -> list[Finding]:
    """Plots whose texts all stand elsewhere while their marks kept the colours: turned ones."""
    found = []
    for i, j in match.pairs:
        if max(len(match.a.panels[i].sides), len(match.b.panels[j].sides)) > 1:
            continue  # a frame stands upright
        ones, twos = _own(match.a, i), _own(match.b, j)
        boxes = match.a.panels[i].box, match.b.panels[j].box
        # on axes of another length other numbers stand
        scaled = match.a.image.shape == match.b.image.shape and _scaled(match, *boxes)
        turned = len(ones) > 4 and _same_words(ones, twos) and _elsewhere(match, i, ones, twos)
        if not (scaled or turned):
            continue
        if _alike(_colours(match.a, i), _colours(match.b, j)) < SAME_COLOURS:
            continue
        where = "plot" + of_panel(match.a, i)
        if scaled or _scaled(match, *boxes):
            said = "all of it is smaller or larger"
            found.append(Finding("view", "structure_error", 1, where, said, *boxes, i))
            continue
        said = "it is turned, or seen from another side"
        found.append(Finding("view", "structure_error", 2, where, said, *boxes, i))
    return found


def _scaled(match: Match, box: Box, other: Box) -> bool:
    """Whether a plot shows the same, as a whole larger or smaller; texts keep their size then."""
    sides = [(other[k + 2] - other[k]) / max(1, box[k + 2] - box[k]) for k in (0, 1)]
    if max(sides) / max(min(sides), 1e-9) > EVENLY or 1 / RESIZED < min(sides) < RESIZED:
        return False
    one, two = match.a.standing_out(box, SMALL), match.b.standing_out(other, SMALL)
    alike = np.corrcoef(one.ravel(), two.ravel())[0, 1]
    return float(alike) > SAME_DRAWN


def _own(scene: ChartScene, index: int) -> list[Label]:
    """Texts in and around a plot but its title, all of them if there is no other plot."""
    owners = (index, None) if len(scene.panels) == 1 else (index,)
    return [x for x in scene.labels if x.panel in owners and "title" not in x.role]


def _same_words(ones: Sequence[Label], twos: Sequence[Label]) -> bool:
    one, two = (Counter(w for label in side for w in label.text.split()) for side in (ones, twos))
    return (one & two).total() > SEEN * max(one.total(), two.total())


def _elsewhere(match: Match, i: int, ones: Sequence[Label], twos: Sequence[Label]) -> bool:
    """Whether half of the texts have no equal one near their place, in neither direction.

    On an axis that is inverted, or with bars in another order, texts move along one line.
    """
    frames: tuple[Box, Box] = (
        (0, 0, *match.a.image.shape[1::-1]),
        (0, 0, *match.b.image.shape[1::-1]),
    )
    reach = TURNED
    if match.a.image.shape != match.b.image.shape:
        # in a figure of another size texts keep their places beside the plot at best
        frames, reach = match.frames(i), LOOSELY
    gone = 0
    for one in ones:
        here = _place(one, frames[0])
        parts = set(one.text.split())
        places = [_place(two, frames[1]) for two in twos if parts & set(two.text.split())]
        gone += all(min(np.abs(place - here)) > reach for place in places)
    return 2 * gone > len(ones)


def _place(label: Label, frame: Box) -> NDArray[np.float64]:
    x0, y0, x1, y1 = frame
    return (np.array(label.centre) - (x0, y0)) / (x1 - x0, y1 - y0)


def _colours(scene: ChartScene, index: int) -> NDArray[np.float64]:
    """How often each colour occurs in a plot, at 3 bits a channel, backgrounds left out."""
    part = scene.within(scene.panels[index].box)
    drawn = np.ones(part.shape[:2], bool)
    for paper in (scene.background, scene.panels[index].background):
        drawn &= exceeds(from_colour(part, paper), 40)
    wide = part[drawn].astype(np.int32) >> 5
    codes = (wide[:, 0] << 6) | (wide[:, 1] << 3) | wide[:, 2]
    return np.bincount(codes, minlength=512) / max(1, len(codes))


def _alike(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    return float(np.minimum(one, two).sum())


def _legend_frames(match: Match) -> list[Finding]:
    """Legends that have a frame in one picture only."""
    found = []
    for legend in match.a.legends:
        other = _same_legend(match, legend)
        if other is None:
            continue
        sides = _framed(match.a.image, legend), _framed(match.b.image, other)
        if max(sides) < 3 or min(sides) > 0:
            continue
        said = "its frame is missing" if sides[0] > sides[1] else "it has a frame"
        where = "legend" + of_panel(match.a, legend.panel)
        found.append(
            Finding("legend frame", "style_error", 1, where, said, legend.box, other.box,
                    legend.panel)
        )  # fmt: skip
    return found


def _same_legend(match: Match, legend: Legend) -> Legend | None:
    names = {words.canonical(entry.text) for entry in legend.entries}
    for other in match.b.legends:
        again = {words.canonical(entry.text) for entry in other.entries}
        if 2 * len(names & again) > max(len(names), len(again)):
            return other
    return None


def _framed(image: Image, legend: Legend) -> int:
    """Along how many sides of a legend a line runs that is no longer than the legend by much."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.int16)
    h = legend.entries[0].box[3] - legend.entries[0].box[1]
    x0, y0, x1, y1 = legend.box
    reach = max(5, round(1.3 * h))
    return sum(
        _line_beside(side, at, along, reach, h)
        for side, at, along in (
            (grey, y0, (x0, x1)),
            (grey[::-1], image.shape[0] - y1, (x0, x1)),
            (grey.T, x0, (y0, y1)),
            (grey.T[::-1], image.shape[1] - x1, (y0, y1)),
        )
    )


def _line_beside(
    grey: NDArray[np.int16], at: int, along: tuple[int, int], reach: int, room: int
) -> bool:
    """Whether a line runs above row `at` from one end of a stretch to the other, but not on."""
    top = max(2, at - reach)
    if at - top < 2:
        return False
    part = grey[top - 2 : at + 3]
    line = np.minimum(np.abs(part[2:-2] - part[:-4]), np.abs(part[2:-2] - part[4:])) > LINE
    inner = line[:, along[0] : along[1]].mean(axis=1)
    low, high = max(0, along[0] - 3 * room - 40), along[1] + 3 * room + 40
    beyond = np.concatenate([line[:, low : max(0, along[0] - 3 * room)],
                             line[:, along[1] + 3 * room : high]], axis=1)  # fmt: skip
    longer = beyond.mean(axis=1) if beyond.shape[1] else np.zeros(len(line))
    return bool(((inner > 0.85) & (longer < 0.5)).any())
