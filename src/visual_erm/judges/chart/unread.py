"""Labels of axes that the reader does not read for sure, such as a single letter or a formula.

Whether such a label is there is asked of the ink: beyond the tick labels, in the middle of the
axis, something small stands in the reference, and in the candidate nothing but paper does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from visual_erm.align import around, bounds, exceeds, from_colour, shared
from visual_erm.judges.chart import words
from visual_erm.judges.chart.findings import NAMES, Finding, of_panel
from visual_erm.judges.chart.scene import Role

if TYPE_CHECKING:
    from visual_erm.judges.chart.places import Match
    from visual_erm.judges.chart.scene import ChartScene, Label
    from visual_erm.types import Box

    Edge = Literal["bottom", "left"]

SIDES: tuple[tuple[Edge, Role, Role], ...] = (
    ("bottom", "x tick", "x label"),
    ("left", "y tick", "y label"),
)
INK, SIGN = 90, 5
"""Grey levels of a letter on its paper, and pixels that it is wide and high at least."""
MIDDLE = 0.12
"""Share of the axis, to both sides of its middle, in which its label stands."""
LETTERS = 2.0
"""Heights of a tick label within which a label of few letters stays, across and along."""


def compare_unread(match: Match, findings: Sequence[Finding]) -> list[Finding]:
    """Findings about labels that are gone, of which no finding tells yet.

    Only pictures of one size are asked: a figure of other sides cuts labels off.
    """
    a, b = match.a, match.b
    if a.image.shape != b.image.shape:
        return []
    told = [f.box for f in findings if f.box is not None and f.cause in ("text", "text missing")]
    found = _lettered(match)
    for i, j in match.pairs:
        for edge, ticks, role in SIDES:
            box = _label(a, i, edge, ticks)
            if box is None or any(shared(box, other) for other in told):
                continue
            strip = _strip(b, j, edge, ticks)
            if strip is None or b.of(role, j):
                continue
            if _roomy(strip) and _ink(b, strip) is not None:
                continue
            # a label that was read together with a tick label makes that one reach farther
            if _reach(b, j, edge, ticks) > _reach(a, i, edge, ticks) + SIGN:
                continue
            where = NAMES[role] + of_panel(a, i)
            read = [label.text for label in a.labels if shared(label.box, box)]
            said = f'"{read[0]}" is missing' if read else "the label is missing"
            found.append(Finding("text missing", "text_error", 2, where, said, box, None, i))
    return found


def _lettered(match: Match) -> list[Finding]:
    """Single letters beside the plots, as number them, that are others for sure."""
    changed: list[tuple[Label, Label]] = []
    others = _letters(match.b)
    for one in _letters(match.a):
        place = match.box(one.box, one.panel)
        two = next((label for label in others if shared(place, label.box)), None)
        if two is not None and not words.alike(one.text, two.text):
            changed.append((one, two))
    if not changed:
        return []
    said = ", ".join(f'"{one.text}" became "{two.text}"' for one, two in changed)
    box, box_b = (around([pair[k].box for pair in changed]) for k in (0, 1))
    return [Finding("text", "text_error", 1, "text beside the plot", said, box, box_b)]


def _letters(scene: ChartScene) -> list[Label]:
    return [
        label
        for label in scene.labels
        if label.role == "text"
        and label.score > words.SURE_CASE
        and re.fullmatch(r"\W?[^\W\d_]\W?", label.text)
    ]


def _label(scene: ChartScene, index: int, edge: Edge, ticks: Role) -> Box | None:
    """The box of something small in the middle of the strip beside an axis, alone there."""
    strip = _strip(scene, index, edge, ticks)
    box = _ink(scene, strip) if strip is not None and _roomy(strip) else None
    if strip is None or box is None:
        return None
    heights = [t.box[3] - t.box[1] for t in scene.of(ticks, index)]
    most = LETTERS * float(np.median(heights))
    width, height = box[2] - box[0], box[3] - box[1]
    if not (min(width, height) >= SIGN and max(width, height) <= most):
        return None
    at, to = (0, 2) if edge == "bottom" else (1, 3)
    alone = box[at] > strip[at] and box[to] < strip[to]
    return box if alone else None


def _reach(scene: ChartScene, index: int, edge: Edge, ticks: Role) -> int:
    """Pixels from an axis to the far ends of its tick labels."""
    labels, (x0, _, _, y1) = scene.of(ticks, index), scene.panels[index].box
    if edge == "bottom":
        return max(label.box[3] for label in labels) - y1
    return x0 - min(label.box[0] for label in labels)


def _ink(scene: ChartScene, box: Box) -> Box | None:
    x0, y0, _, _ = box
    drawn = bounds(exceeds(from_colour(scene.within(box), scene.background), INK))
    return None if drawn is None else (x0 + drawn[0], y0 + drawn[1], x0 + drawn[2], y0 + drawn[3])


def _strip(scene: ChartScene, index: int, edge: Edge, ticks: Role) -> Box | None:
    """Where the label of an axis may stand; None if the axis has no tick labels."""
    labels = scene.of(ticks, index)
    if not labels:
        return None
    x0, y0, x1, y1 = scene.panels[index].box
    height, width = scene.image.shape[:2]
    if edge == "bottom":
        room = MIDDLE * (x1 - x0)
        middle = (x0 + x1) / 2
        begin = max(label.box[3] for label in labels)
        others = (box[1] for box in _others(scene, index) if box[0] < x1 and box[2] > x0)
        end = min([height, *(top for top in others if top >= begin)])
        box = (round(middle - room), begin, round(middle + room), end)
    else:
        room = MIDDLE * (y1 - y0)
        middle = (y0 + y1) / 2
        end = min(label.box[0] for label in labels)
        others = (box[2] for box in _others(scene, index) if box[1] < y1 and box[3] > y0)
        begin = max([0, *(right for right in others if right <= end)])
        box = (begin, round(middle - room), end, round(middle + room))
    return max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3])


def _roomy(strip: Box) -> bool:
    """Whether a label has room there: without one, tick labels may reach the picture's edge."""
    return min(strip[2] - strip[0], strip[3] - strip[1]) >= SIGN


def _others(scene: ChartScene, index: int) -> Iterator[Box]:
    return (panel.box for n, panel in enumerate(scene.panels) if n != index)
