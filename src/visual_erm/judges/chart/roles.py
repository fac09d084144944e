"""Says what each line of text in a chart is for, by where it stands beside the panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import around, centre, holds
from visual_erm.judges.chart.legends import SURE, is_number
from visual_erm.judges.chart.scene import Label, Legend, Panel, Role, Side
from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.judges.ocr import Reader, Text
    from visual_erm.types import Image


def mended(
    image: Image, texts: Sequence[Text], panels: Sequence[Panel], reader: Reader
) -> tuple[Text, ...]:
    """The texts with lines that were found in pieces read again as one line.

    Upward text close to tick labels is sometimes found in pieces; together they form one tall box.
    So is a level line, with a cut through a word.
    """
    kept = _uncut(image, texts, reader)
    for panel in panels:
        for left in (True, False):
            pieces = [t for t in kept if t.rotated and _faces(t, panel, left)]
            pieces += [t for t in kept if any(_goes_on(t, piece) for piece in pieces)]
            if len(pieces) < 2:
                continue
            box = around([t.box for t in pieces])
            if box[2] - box[0] > 2.2 * min(t.box[2] - t.box[0] for t in pieces):
                continue
            whole = reader.read_line(image, box)
            if whole is not None and len(whole.text) > 3:
                kept = [t for t in kept if t not in pieces]
                kept.append(replace(whole, rotated=True))
    return tuple(kept)


def _goes_on(text: Text, upward: Text) -> bool:
    """Whether a single sign stands in line with an upward text, right before or after it."""
    if text.rotated or len(text.text) > 1 or text.text.isdigit():
        return False
    (x0, y0, x1, y1), (a0, b0, a1, b1) = text.box, upward.box
    across = min(x1, a1) - max(x0, a0)
    return across > 0.7 * (x1 - x0) and max(y0, b0) - min(y1, b1) < 0.3 * (a1 - a0)


def _uncut(image: Image, texts: Sequence[Text], reader: Reader) -> list[Text]:
    """The texts with level lines whose boxes touch end to end read as one."""
    kept = sorted(texts, key=lambda text: text.box[0])
    for text in list(kept):
        left, reach = text.box[0], 0.5 * (text.box[3] - text.box[1])
        beside = [t for t in kept if t is not text and abs(left - t.box[2]) < reach]
        for before in [t for t in beside if _cut_off(t, text)]:
            whole = reader.read_line(image, around([before.box, text.box]))
            if text in kept and whole and len(whole.text) >= len(before.text) + len(text.text):
                kept = [t for t in kept if t is not before and t is not text]
                kept.append(whole)
    return kept


def _cut_off(text: Text, rest: Text) -> bool:
    """Whether one line ends where the other begins, closer than words stand."""
    (x0, y0, x1, y1), (a0, b0, a1, b1) = text.box, rest.box
    low, high = min(y1 - y0, b1 - b0), max(y1 - y0, b1 - b0)
    if not (x0 < a0 and -0.5 * low < a0 - x1 < 0.12 * low and x1 < a1):
        return False
    if not (min(y1, b1) - max(y0, b0) > 0.6 * low and low > 0.6 * high):
        return False
    level = not text.rotated and not rest.rotated
    return level and not (is_number(text.text) and is_number(rest.text))


def _faces(text: Text, panel: Panel, left: bool) -> bool:
    x0, y0, x1, y1 = panel.box
    if not y0 - 0.1 * panel.height < centre(text.box)[1] < y1 + 0.1 * panel.height:
        return False
    gap = x0 - text.box[2] if left else text.box[0] - x1
    return -4 < gap < 0.35 * panel.width


def assign(
    texts: Sequence[Text],
    panels: Sequence[Panel],
    entries: set[int],
    legends: Sequence[Legend],
    size: tuple[int, int],
) -> tuple[Label, ...]:
    """Every text with its role; entries of legends first come from `legends`."""
    labels: list[Label] = [label for legend in legends for label in legend.entries]
    rest = [t for i, t in enumerate(texts) if i not in entries]
    height = float(np.median([_line_height(t) for t in texts])) if texts else 10.0
    outside: dict[tuple[int, Side], list[Text]] = {}
    for text in rest:
        place = _place(text, panels)
        if place is None:
            labels.append(Label(text.text, text.box, "text", None, text.rotated, text.score))
        elif place[1] is None and text.score < SURE:
            continue
        elif place[1] is None:
            labels.append(Label(text.text, text.box, "note", place[0], text.rotated, text.score))
        else:
            outside.setdefault((place[0], place[1]), []).append(text)
    _with_next_lines(outside)
    for (index, side), group in outside.items():
        if panels[index].kind == "free":
            roles = _around_disc(group, side)
        else:
            roles = _ROLES[side](group, panels[index], height)
        for text, role in roles:
            labels.append(Label(text.text, text.box, role, index, text.rotated, text.score))
    return tuple(_with_figure_title(labels, panels, size))


def _with_next_lines(outside: dict[tuple[int, Side], list[Text]]) -> None:
    """Move lines that stand below a plot but right above a line of another one's title to that."""
    titles = {index: group for (index, side), group in outside.items() if side == "top"}
    for (index, side), group in list(outside.items()):
        if side != "bottom":
            continue
        for text in sorted(group, key=lambda t: -t.box[1]):
            for other, lines in titles.items():
                if other != index and any(_lines_of_one(text.box, t.box) for t in lines):
                    lines.append(text)
                    group.remove(text)
                    break
        if not group:
            del outside[index, side]


def _place(text: Text, panels: Sequence[Panel]) -> tuple[int, Side | None] | None:
    """Panel and side (None: inside) that a text belongs to: the nearest that it faces."""
    best: tuple[float, int, Side | None] | None = None
    cx, cy = centre(text.box)
    for index, panel in enumerate(panels):
        x0, y0, x1, y1 = panel.box
        if panel.kind != "strip" and holds(panel.box, (cx, cy)):
            return index, None
        room = 0.12 * panel.width, 0.12 * panel.height
        options: list[tuple[float, Side]] = []
        # The number at the end of an upright axis reaches beyond the plot, but stands at its side.
        aside = text.box[2] <= x0 or text.box[0] >= x1
        beside = aside and text.box[3] > y0 and text.box[1] < y1
        if not beside and x0 - room[0] <= text.box[2] and text.box[0] <= x1 + room[0]:
            options += [(y0 - text.box[3], "top"), (text.box[1] - y1, "bottom")]
        if y0 - room[1] <= cy <= y1 + room[1]:
            # What stands between two plots names the ticks of the one on the right.
            apart = 0 if text.rotated or panel.kind == "strip" else text.box[3] - text.box[1]
            options += [(x0 - text.box[2], "left"), (text.box[0] - x1 + apart, "right")]
        for gap, side in options:
            # Boxes may run a little into the frame; the text's middle may not.
            if gap > -12 and _beyond(side, cx, cy, panel.box):
                rank = max(gap, 0) + (0.001 * abs(cx - (x0 + x1) / 2))
                if best is None or rank < best[0]:
                    best = (rank, index, side)
    return None if best is None else (best[1], best[2])


def _beyond(side: Side, cx: float, cy: float, box: Box) -> bool:
    return {"top": cy < box[1], "bottom": cy > box[3], "left": cx < box[0], "right": cx > box[2]}[
        side
    ]


Roles = list[tuple["Text", Role]]


def _tick_mark(text: Text, height: float) -> bool:
    """Whether a short stroke below a panel was read as a letter."""
    low = text.box[3] - text.box[1] < 0.7 * height
    return low and len(text.text) == 1 and not text.text.isdigit()


def _below(group: list[Text], panel: Panel, height: float) -> Roles:
    """First the row of tick labels, under it the label of the axis."""
    y1 = panel.box[3]
    group = [t for t in group if not _tick_mark(t, height)] or group
    first = min(t.box[1] for t in group)
    ticks = [t for t in group if t.box[1] < max(first, y1) + 0.75 * height]
    others = [t for t in group if t not in ticks]
    if (
        len(ticks) == 1
        and not others
        and _centred(ticks[0], panel)
        and not is_number(ticks[0].text)
    ):
        return [(ticks[0], "x label")]
    roles: Roles = [(t, "x tick") for t in ticks]
    return roles + [(t, "x label" if _centred(t, panel) else "text") for t in others]


def _left(group: list[Text], panel: Panel, height: float) -> Roles:
    """Upward text left of the tick labels is the axis label; nearer it is tick marks misread."""
    ticks = [t for t in group if not t.rotated] or _upward_ticks(group)
    limit = float(np.median([centre(t.box)[0] for t in ticks])) if ticks else panel.box[0]
    labels = [t for t in group if t.rotated and t not in ticks and centre(t.box)[0] < limit]
    # One line read twice: the longer reading stays.
    labels.sort(key=lambda t: (len(t.text), t.score), reverse=True)
    labels = [t for k, t in enumerate(labels) if not any(_doubles(t, o) for o in labels[:k])]
    return [(t, "y tick") for t in ticks] + [(t, "y label") for t in labels]


def _upward_ticks(group: list[Text]) -> list[Text]:
    """The upward texts of the column nearest to a panel, if they are too many for one label."""
    near = max(centre(t.box)[0] for t in group)
    wide = max(t.box[2] - t.box[0] for t in group)
    column = [t for t in group if near - centre(t.box)[0] < 0.5 * wide]
    return column if len(column) > 2 else []


def _doubles(text: Text, other: Text) -> bool:
    overlap = min(text.box[3], other.box[3]) - max(text.box[1], other.box[1])
    return overlap > 0.5 * (text.box[3] - text.box[1])


def _right(group: list[Text], panel: Panel, height: float) -> Roles:
    return [(t, "right label" if t.rotated else "right tick") for t in group]


def _above(group: list[Text], panel: Panel, height: float) -> Roles:
    """The nearest row is the title if it is one text; several are ticks of an axis on top."""
    nearest = max(centre(t.box)[1] for t in group)
    row = [t for t in group if nearest - centre(t.box)[1] < 0.8 * height]
    far = [t for t in group if t not in row]
    role: Role = "title" if len(row) == 1 and len(row[0].text) > 1 else "text"
    return [(t, role) for t in row] + [(t, "title") for t in far]


def _around_disc(group: list[Text], side: Side) -> Roles:
    """Beside a pie stand the names of its pieces; only the topmost text is a title."""
    highest = min(group, key=lambda t: t.box[1])
    return [(t, "title" if side == "top" and t is highest else "note") for t in group]


_ROLES = {"bottom": _below, "left": _left, "right": _right, "top": _above}


def _with_figure_title(
    labels: list[Label], panels: Sequence[Panel], size: tuple[int, int]
) -> list[Label]:
    """Titles that stand over several panels, or above another title, belong to the figure."""
    plots = [p for p in panels if p.kind != "strip"]
    titles = [label for label in labels if label.role == "title"]
    if len(plots) < 2 or not titles:
        return labels
    changed = []
    for label in labels:
        if label.role == "title" and label.panel is not None:
            others = [t for t in titles if t is not label and t.panel == label.panel]
            below = [t for t in others if t.box[1] > label.box[3] - 2]
            higher = bool(below) and not any(_lines_of_one(label.box, t.box, 0.5) for t in below)
            central = abs(label.centre[0] - size[0] / 2) < 0.06 * size[0]
            own = panels[label.panel].box
            off = abs(label.centre[0] - (own[0] + own[2]) / 2) > 0.2 * (own[2] - own[0])
            if higher or (central and off):
                changed.append(replace(label, role="figure title", panel=None))
                continue
        changed.append(label)
    return changed


def _lines_of_one(line: Box, below: Box, apart: float = 0.25) -> bool:
    """Whether two lines are one text: of one height, one right below the other in its middle."""
    heights = line[3] - line[1], below[3] - below[1]
    level = abs(centre(line)[0] - centre(below)[0]) < 2 * min(heights)
    close = -0.5 * min(heights) < below[1] - line[3] < apart * min(heights)
    return level and close and max(heights) < 1.25 * min(heights)


def _centred(text: Text, panel: Panel) -> bool:
    middle = (panel.box[0] + panel.box[2]) / 2
    return abs(centre(text.box)[0] - middle) < 0.16 * panel.width


def _line_height(text: Text) -> int:
    w, h = text.box[2] - text.box[0], text.box[3] - text.box[1]
    return min(w, h) if text.rotated else h
