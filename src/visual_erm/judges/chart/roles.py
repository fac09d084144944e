"""Says what each line of text in a chart is for, by where it stands beside the panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import area, around, exceeds, from_colour, strongest
from visual_erm.judges.chart.scene import Label, Legend, Panel, Role, Side
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.ocr import Reader, Text
    from visual_erm.types import Image

HANDLE = 2.8
"""A legend's handle begins at most this many text heights left of its entry."""
COLOURFUL = 40
"""Grey levels between the channels of what is no letter."""
SURE = 0.8
"""Score that text among marks needs: markers are misread as letters with a lower one."""
ROUND = set("0oOeacC8936QDXx+*.·: ")
"""Signs that markers are taken for."""
ENTRY_GAP = 2.4
"""Text heights from one legend entry to the next, middle to middle, at most."""


def without_legends(panels: Sequence[Panel], texts: Sequence[Text]) -> tuple[Panel, ...]:
    """The panels without frames that hold mostly text: legends outside the axes."""
    largest = max((p.width * p.height for p in panels), default=0)
    return tuple(p for p in panels if not _is_legend(p, texts, largest))


def _is_legend(panel: Panel, texts: Sequence[Text], largest: int) -> bool:
    whole = panel.width * panel.height
    inside = sum(area(t.box) for t in texts if _holds(panel.box, _centre(t.box)))
    return whole < 0.35 * largest and inside > 0.22 * whole


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
        for before in [t for t in kept if t is not text and _cut_off(t, text)]:
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
    return level and not (_number(text.text) and _number(rest.text))


def _faces(text: Text, panel: Panel, left: bool) -> bool:
    x0, y0, x1, y1 = panel.box
    if not y0 - 0.1 * panel.height < _centre(text.box)[1] < y1 + 0.1 * panel.height:
        return False
    gap = x0 - text.box[2] if left else text.box[0] - x1
    return -4 < gap < 0.35 * panel.width


def without_markers(texts: Sequence[Text]) -> tuple[Text, ...]:
    """The texts without round markers that were read as a sign, each beside its legend entry."""
    return tuple(
        text
        for text in texts
        if not (
            len(text.text) == 1
            and text.text in ROUND
            and text.score < SURE
            and any(_entry_of(text.box, other) for other in texts)
        )
    )


def _entry_of(marker: Box, text: Text) -> bool:
    """Whether a word begins in the row of a marker, as far away as entries of legends do."""
    h = text.box[3] - text.box[1]
    level = abs(_centre(marker)[1] - _centre(text.box)[1]) < 0.22 * h
    word = len(text.text) > 1 and not text.rotated and not _number(text.text)
    return word and level and 0.3 * h < text.box[0] - marker[2] < HANDLE * h


def find_legends(
    image: Image, panels: Sequence[Panel], texts: Sequence[Text]
) -> tuple[list[Legend], set[int]]:
    """Legends, and the indices of the texts that are their entries."""
    handles = {}
    for i, text in enumerate(texts):
        within = [p.box for p in panels if _holds(p.box, _centre(text.box))]
        box = _handle(image, text, texts, beyond=not within)
        if box is not None and all(box[0] >= outer[0] for outer in within):
            handles[i] = box
    legends: list[Legend] = []
    used: set[int] = set()
    strips = [p.box for p in panels if p.kind == "strip"]
    handles = {i: box for i, box in handles.items() if not any(_meets(box, s) for s in strips)}
    for group in _stacks(handles, texts):
        panel = next(
            (k for k, p in enumerate(panels) if _holds(p.box, _middle(group, texts))), None
        )
        if len(group) == 1 and (
            _touches(texts[group[0]].box, handles[group[0]])
            or not _may_stand_alone(texts[group[0]], panel, panels)
        ):
            continue
        if all(_marker(texts[i]) or _round(texts[i]) for i in group):
            continue
        if panel is None and len(group) < 2 and not _beside(texts[group[0]].box, panels):
            continue
        boxes = [b for i in group for b in (texts[i].box, handles[i])]
        colours = [_handle_colour(image, handles[i], texts[i].box) for i in group]
        members, colours = _completed(image, group, colours, handles, texts, used)
        boxes += [texts[i].box for i in members]
        title = _legend_title(around(boxes), texts, {*used, *members})
        if title is not None:
            members, colours = [title, *members], [None, *colours]
            boxes.append(texts[title].box)
        entries = tuple(
            Label(texts[i].text, texts[i].box, "legend", panel, score=texts[i].score)
            for i in members
        )
        legends.append(Legend(around(boxes), entries, tuple(colours), panel))
        used.update(members)
    return legends, used


def _completed(
    image: Image,
    group: list[int],
    colours: list[NDArray[np.uint8] | None],
    handles: dict[int, Box],
    texts: Sequence[Text],
    used: set[int],
) -> tuple[list[int], list[NDArray[np.uint8] | None]]:
    """The group with texts that stand in line with its entries but whose handle was not found."""
    first, handle = texts[group[0]].box, handles[group[0]]
    h = first[3] - first[1]
    members = list(zip(group, colours, strict=True))
    for i, text in enumerate(texts):
        if i in used or i in group or text.rotated or len(text.text) < 2:
            continue
        gaps = [abs(_centre(text.box)[1] - _centre(texts[k].box)[1]) for k, _ in members]
        if abs(text.box[0] - first[0]) < 0.4 * h and min(gaps) < ENTRY_GAP * h:
            place = (handle[0], text.box[1], handle[2], text.box[3])
            members.append((i, _handle_colour(image, place, text.box)))
    members.sort(key=lambda member: (texts[member[0]].box[1] // 4, texts[member[0]].box[0]))
    return [i for i, _ in members], [c for _, c in members]


def _may_stand_alone(text: Text, panel: int | None, panels: Sequence[Panel]) -> bool:
    """Whether a legend of one entry can look like this: a word, not a number, not by a pie."""
    in_disc = panel is not None and panels[panel].kind == "free"
    legible = len(text.text) > 1 and text.score > SURE and not set(text.text) <= ROUND
    return legible and not _number(text.text) and not in_disc


def _legend_title(box: Box, texts: Sequence[Text], taken: set[int]) -> int | None:
    """The text that stands centred right above the entries."""
    for i, text in enumerate(texts):
        h = text.box[3] - text.box[1]
        close = -0.3 * h < box[1] - text.box[3] < 0.7 * h
        central = abs(_centre(text.box)[0] - _centre(box)[0]) < 0.2 * (box[2] - box[0])
        if i not in taken and close and central and text.box[2] - text.box[0] < box[2] - box[0]:
            return i
    return None


def _beside(box: Box, panels: Sequence[Panel]) -> bool:
    return any(box[0] > p.box[2] and p.box[1] < box[1] < p.box[3] for p in panels)


def _handle(image: Image, text: Text, texts: Sequence[Text], beyond: bool) -> Box | None:
    """The box of what is drawn left of a text, if it looks like a legend's handle.

    Only `beyond` the plots may it be as high as a line of text or touch it: texts on cells and on
    bars have such patches beside them.
    """
    y0, y1 = text.box[1], text.box[3]
    h = y1 - y0
    slanted = len(text.text) > 2 and text.box[2] - text.box[0] < 1.15 * h
    if text.rotated or slanted:
        return None
    x0, paper = _first_column(image, text.box)
    left = max(0, int(x0 - HANDLE * h))
    word = beyond and not set(text.text) <= ROUND
    for other in texts:
        if other is text or (word and _marker(other)):
            continue
        if _meets((left, y0, text.box[0] - 1, y1), other.box):
            left = max(left, other.box[2])
    if h > 0.12 * image.shape[0] or x0 - left < 0.8 * h:
        return None
    whole = exceeds(from_colour(image[y0:y1, left : text.box[2]], paper), 40)
    marked = whole[:, : x0 - left]
    through = _runs(marked.mean(axis=0) > 0.9)
    marked[_rim(h) & (whole.mean(axis=1) > 0.6)] = False  # the frame of the legend
    for first, last in through:
        # Lines that run through from top to bottom are frames; wide ones are patches, if they end.
        if (
            not beyond
            or last - first < 0.5 * h
            or _tall(image[:, left + (first + last) // 2], y0, y1)
        ):
            marked[:, first:last] = False
    columns = np.flatnonzero(marked.any(axis=0))
    if not len(columns):
        return None
    # The run of columns nearest to the text, small gaps (dashes, a marker alone) allowed.
    breaks = np.flatnonzero(np.diff(columns) > 0.55 * h)
    first = columns[breaks[-1] + 1] if len(breaks) else columns[0]
    last = columns[-1]
    rows = np.flatnonzero(marked[:, first : last + 1].any(axis=1))
    width, gap = last - first + 1, marked.shape[1] - last
    if not 0.2 * h <= width <= 2.6 * h or gap > 2 * h:
        return None
    middle = (rows[0] + rows[-1]) / 2
    if abs(middle - h / 2) > 0.22 * h or (rows[-1] - rows[0] > 0.98 * h and width < h):
        return None
    box = left + int(first), y0 + int(rows[0]), left + int(last) + 1, y0 + int(rows[-1]) + 1
    if _touches(text.box, box):  # a box may be generous, or have lost its first letter
        ink = _ink(image, box, paper)
        if not word or ink is None or int(ink.max()) - int(ink.min()) < COLOURFUL:
            return None
    return box


def _touches(text: Box, handle: Box) -> bool:
    """Whether no room is left between the boxes of a text and of what stands before it."""
    return text[0] - handle[2] < 0.12 * (text[3] - text[1]) - 1


def _rim(height: int) -> NDArray[np.bool_]:
    """The first and the last rows of so many."""
    rows, wide = np.arange(height), max(2, round(0.25 * height))
    return np.asarray((rows < wide) | (rows >= height - wide))


def _marker(text: Text) -> bool:
    """Whether a text is rather a marker that was read as a letter."""
    return len(text.text) == 1 and text.score < 0.9


def _round(text: Text) -> bool:
    """Whether a text is rather a row of markers."""
    return set(text.text) <= ROUND and text.score < SURE


def _first_column(image: Image, box: Box) -> tuple[int, NDArray[np.uint8]]:
    """Where a text begins whose box may begin in the handle before it, and the paper below it."""
    x0, y0, x1, y1 = box
    paper = _paper(image[y0:y1, max(x0, x1 - 2) : x1 + 2])
    there = exceeds(from_colour(image[y0:y1, x0 : x0 + round(0.6 * (y1 - y0))], paper), 40)
    bare = np.flatnonzero(~there.any(axis=0))
    if len(bare) and bare[0] and there[:, : bare[0]].mean() > 0.6:
        return x0 + int(bare[0]), paper
    return x0, paper


def _runs(line: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of True in a line, as half-open ranges."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(int(one), int(two)) for one, two in zip(edges[::2], edges[1::2], strict=True)]


def _tall(column: NDArray[np.uint8], y0: int, y1: int) -> bool:
    """Whether the colour at the middle of a range goes on far beyond it."""
    middle, h = (y0 + y1) // 2, y1 - y0
    low, high = max(0, middle - round(1.2 * h)), min(len(column), middle + round(1.2 * h))
    off = exceeds(from_colour(column[None, low:high], column[middle]), 40)[0]
    return not (off[: middle - low].any() and off[middle - low :].any())


def _stacks(handles: dict[int, Box], texts: Sequence[Text]) -> list[list[int]]:
    """Entries whose handles stand above each other or side by side, as one legend."""
    groups: list[list[int]] = []
    for i in sorted(handles, key=lambda k: (texts[k].box[1], texts[k].box[0])):
        for group in groups:
            if any(_neighbours(handles[i], handles[k], texts[i].box, texts[k].box) for k in group):
                group.append(i)
                break
        else:
            groups.append([i])
    return groups


def _neighbours(one: Box, two: Box, text: Box, other: Box) -> bool:
    h = max(text[3] - text[1], other[3] - other[1])
    near = abs(_centre(text)[1] - _centre(other)[1])
    stacked = abs(_centre(one)[0] - _centre(two)[0]) < 0.5 * h and near < ENTRY_GAP * h
    gap = max(one[0] - other[2], two[0] - text[2])
    return stacked or (near < 0.35 * h and gap < 3 * h)


def _handle_colour(image: Image, box: Box, text: Box) -> NDArray[np.uint8] | None:
    """The handle's colour: that of its pixels which are farthest from the paper of its text."""
    return _ink(image, box, _first_column(image, text)[1])


def _ink(image: Image, box: Box, paper: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The colour of what is farthest from the paper in a box, if anything is."""
    part = image[box[1] : box[3], box[0] : box[2]]
    if part.size == 0:
        return None
    gap = strongest(from_colour(part, paper))
    chosen = part[gap >= max(30, np.percentile(gap, 80))]
    return np.median(chosen, axis=0).astype(np.uint8) if len(chosen) else None


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
    for (index, side), group in outside.items():
        if panels[index].kind == "free":
            roles = _around_disc(group, side)
        else:
            roles = _ROLES[side](group, panels[index], height)
        for text, role in roles:
            labels.append(Label(text.text, text.box, role, index, text.rotated, text.score))
    return tuple(_with_figure_title(labels, panels, size))


def _place(text: Text, panels: Sequence[Panel]) -> tuple[int, Side | None] | None:
    """Panel and side (None: inside) that a text belongs to: the nearest that it faces."""
    best: tuple[float, int, Side | None] | None = None
    cx, cy = _centre(text.box)
    for index, panel in enumerate(panels):
        x0, y0, x1, y1 = panel.box
        if panel.kind != "strip" and _holds(panel.box, (cx, cy)):
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
    if len(ticks) == 1 and not others and _centred(ticks[0], panel) and not _number(ticks[0].text):
        return [(ticks[0], "x label")]
    roles: Roles = [(t, "x tick") for t in ticks]
    return roles + [(t, "x label" if _centred(t, panel) else "text") for t in others]


def _left(group: list[Text], panel: Panel, height: float) -> Roles:
    """Upward text left of the tick labels is the axis label; nearer it is tick marks misread."""
    ticks = [t for t in group if not t.rotated] or _upward_ticks(group)
    limit = float(np.median([_centre(t.box)[0] for t in ticks])) if ticks else panel.box[0]
    labels = [t for t in group if t.rotated and t not in ticks and _centre(t.box)[0] < limit]
    # One line read twice: the longer reading stays.
    labels.sort(key=lambda t: (len(t.text), t.score), reverse=True)
    labels = [t for k, t in enumerate(labels) if not any(_doubles(t, o) for o in labels[:k])]
    return [(t, "y tick") for t in ticks] + [(t, "y label") for t in labels]


def _upward_ticks(group: list[Text]) -> list[Text]:
    """The upward texts of the column nearest to a panel, if they are too many for one label."""
    near = max(_centre(t.box)[0] for t in group)
    wide = max(t.box[2] - t.box[0] for t in group)
    column = [t for t in group if near - _centre(t.box)[0] < 0.5 * wide]
    return column if len(column) > 2 else []


def _doubles(text: Text, other: Text) -> bool:
    overlap = min(text.box[3], other.box[3]) - max(text.box[1], other.box[1])
    return overlap > 0.5 * (text.box[3] - text.box[1])


def _right(group: list[Text], panel: Panel, height: float) -> Roles:
    return [(t, "right label" if t.rotated else "right tick") for t in group]


def _above(group: list[Text], panel: Panel, height: float) -> Roles:
    """The nearest row is the title if it is one text; several are ticks of an axis on top."""
    nearest = max(_centre(t.box)[1] for t in group)
    row = [t for t in group if nearest - _centre(t.box)[1] < 0.8 * height]
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
            higher = bool(below) and not any(_one_title(label, t) for t in below)
            central = abs(label.centre[0] - size[0] / 2) < 0.06 * size[0]
            own = panels[label.panel].box
            off = abs(label.centre[0] - (own[0] + own[2]) / 2) > 0.2 * (own[2] - own[0])
            if higher or (central and off):
                changed.append(replace(label, role="figure title", panel=None))
                continue
        changed.append(label)
    return changed


def _one_title(line: Label, below: Label) -> bool:
    """Whether two titles are lines of one: of one height, one right below the other."""
    heights = line.box[3] - line.box[1], below.box[3] - below.box[1]
    gap = below.box[1] - line.box[3]
    level = abs(line.centre[0] - below.centre[0]) < 2 * min(heights)
    return level and gap < 0.5 * min(heights) and max(heights) < 1.25 * min(heights)


def _centred(text: Text, panel: Panel) -> bool:
    middle = (panel.box[0] + panel.box[2]) / 2
    return abs(_centre(text.box)[0] - middle) < 0.16 * panel.width


def _number(text: str) -> bool:
    return sum(c.isdigit() for c in text) * 2 > len(text.replace(" ", ""))


def _line_height(text: Text) -> int:
    w, h = text.box[2] - text.box[0], text.box[3] - text.box[1]
    return min(w, h) if text.rotated else h


def _paper(part: Image) -> NDArray[np.uint8]:
    if part.size == 0:
        return np.full(3, 255, np.uint8)
    return np.asarray(np.median(part.reshape(-1, 3), axis=0), np.uint8)


def _middle(group: Sequence[int], texts: Sequence[Text]) -> tuple[float, float]:
    return _centre(around([texts[i].box for i in group]))


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] < box[2] and box[1] <= point[1] < box[3]


def _meets(one: Box, two: Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] - 2 and two[1] + 2 < one[3]
