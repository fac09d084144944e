"""Finds the legends of a chart: words beside handles, one below or next to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import (
    area,
    around,
    centre,
    components,
    exceeds,
    from_colour,
    holds,
    of_smaller,
    runs,
    strongest,
)
from visual_erm.judges.chart import strokes
from visual_erm.judges.chart.scene import ALIGNED, INSET, Label, Legend, Panel
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
READ = 0.9
"""Score from which a single sign is one, and no marker."""
STROKES = "-–—−=_~… "
"""What a stroke before a word is read as."""
MARKED = 40
"""Grey levels from which something is drawn on paper."""
APART = 0.22
"""Text heights between a handle and the first letter of its entry, at least."""
SAME_INK = 12
"""Grey levels within which a colour is that of a handle."""
FLAT = 0.45
"""Text heights that a stroke before a word is high at most."""
WITHIN = 0.5
"""Share of a text, or of a box, that lies in the other where they are one."""
ROOM = 0.25
"""Text heights of paper around a line of text."""
HALF_SURE = 0.5
"""Score of what is read of a formula at most: nothing follows from it."""
ROWS, MOST_ROWS, ROUNDED = 3, 30, 2
"""Entries of a legend whose words were not read, at least and at most, and pixels by which their
markers may be off."""
LONG = 0.7
"""Text heights that it is long at least; minus signs and dashes are shorter."""


def without_legends(
    image: Image, panels: Sequence[Panel], texts: Sequence[Text], known: Sequence[Panel] = ()
) -> tuple[Panel, ...]:
    """The panels without those that hold text, or markers before it: legends beside plots.

    Args:
        image: RGB.
        panels: what was found.
        texts: what was read.
        known: plots of a picture that may be the same one.
    """
    largest = max((p.width * p.height for p in panels), default=0)
    plots = (*panels, *known)
    return tuple(
        p for p in panels if _in_line(p, plots) or not _is_legend(image, p, texts, largest)
    )


def _in_line(panel: Panel, plots: Sequence[Panel]) -> bool:
    """Whether a side to the left or right, and one above or below, go on in sides of other plots.

    Plots stand in rows and columns, also those that show nothing but a text.
    """
    others = [plot.box for plot in plots if plot is not panel]
    level, upright = (
        any(abs(box[k] - panel.box[k]) <= ALIGNED for box in others for k in (low, low + 2))
        for low in (0, 1)
    )
    return level and upright


def _is_legend(image: Image, panel: Panel, texts: Sequence[Text], largest: int) -> bool:
    whole = panel.width * panel.height
    inside = sum(area(t.box) for t in texts if holds(panel.box, centre(t.box)))
    if whole < 0.35 * largest and inside > 0.22 * whole:
        return True
    # it may be the only box there is, beside a network
    return not panel.small and whole < 0.1 * image[..., 0].size and _of_entries(image, panel)


def _of_entries(image: Image, panel: Panel) -> bool:
    """Whether a plot holds rows of a marker and a word, and nothing else but a title on top.

    Words of a single sign are hardly text, and not always read.
    """
    part = image[panel.inner[1] : panel.inner[3], panel.inner[0] : panel.inner[2]]
    _, _, stats, _ = components(exceeds(from_colour(part, panel.background), MARKED))
    rows: list[list[Box]] = []
    for x, y, w, h, _ in sorted(stats[1:].tolist(), key=lambda piece: piece[1] + piece[3] / 2):
        if rows and y + h / 2 < rows[-1][0][3]:
            rows[-1].append((x, y, x + w, y + h))
        else:
            rows.append([(x, y, x + w, y + h)])
    if len(rows) > MOST_ROWS:
        return False
    # the dots of a title's letters are a row above it
    bodies = (rows[title:] for title in range(3))
    return any(len(body) >= ROWS and _entries_of_one(body) for body in bodies)


def _entries_of_one(rows: Sequence[Sequence[Box]]) -> bool:
    """Whether rows begin with markers of one size below each other, and go on with other signs."""
    firsts = np.array([min(row) for row in rows])
    steps = np.diff(firsts[:, 1])
    sides = np.stack([firsts[:, 0], firsts[:, 2] - firsts[:, 0], firsts[:, 3] - firsts[:, 1]])
    aligned = max(np.ptp(steps), np.ptp(sides, axis=1).max()) <= ROUNDED
    return bool(aligned) and all(
        any(max(abs(b[2] - b[0] - w), abs(b[3] - b[1] - h)) > ROUNDED for b in row)
        for row, (w, h) in zip(rows, sides[1:].T, strict=True)
    )


def without_markers(texts: Sequence[Text]) -> tuple[Text, ...]:
    """The texts without round markers that were read as a sign, each beside its legend entry."""
    words = [
        text.box
        for text in texts
        if len(text.text) > 1 and not text.rotated and not is_number(text.text)
    ]
    return tuple(
        text
        for text in texts
        if not (
            len(text.text) == 1
            and text.text in ROUND
            and text.score < SURE
            and any(_entry_of(text.box, word) for word in words)
        )
    )


def without_strokes(image: Image, texts: Sequence[Text]) -> tuple[Text, ...]:
    """The texts without the stroke of a legend's handle that stands at the front of their box."""
    return tuple(_without_stroke(image, text) for text in texts)


def _without_stroke(image: Image, text: Text) -> Text:
    if text.rotated or (len(text.text) < 2 and not text.text.isalpha()):
        return text
    _, y0, x1, y1 = text.box
    at = _after_stroke(image, text.box)
    if at is None:
        return text
    return replace(text, text=text.text.lstrip(STROKES) or text.text, box=(at, y0, x1, y1))


def _after_stroke(image: Image, box: Box) -> int | None:
    """Where the letters begin in the box of a line that begins with a level stroke, if it does.

    The stroke is long, even beyond the box, and a gap stands between it and the letters.
    """
    x0, y0, x1, y1 = box
    h = y1 - y0
    start = max(0, x0 - h)
    paper = _paper(image[y0:y1, max(x0, x1 - 2) : x1 + 2])
    there = exceeds(from_colour(image[y0:y1, start : x0 + round(0.6 * (x1 - x0))], paper), MARKED)
    there[_rim(h) & (there[:, x0 - start :].mean(axis=1) > 0.9)] = False  # the frame of the legend
    there[:, : x0 - start][:, there[:, : x0 - start].mean(axis=0) > 0.8] = False  # and its side
    edge = x0 - start - 0.12 * h  # closer it would touch the text
    parts = [part for part in runs(np.asarray(there.any(axis=0))) if part[1] > edge]
    if len(parts) < 2 or parts[0][0] > x0 - start + 0.8 * h:
        return None
    dashes = 1 + next(
        (n for n, part in enumerate(parts[1:]) if not _level(there[:, slice(*part)])), len(parts)
    )
    if dashes >= len(parts):
        return None
    first, last, letters = parts[0][0], parts[dashes - 1][1], parts[dashes][0]
    if last - first < LONG * h or letters - last < APART * h:
        return None
    before = [there[:, slice(*part)] for part in parts[:dashes]]
    patch = dashes == 1 and _level(before[0], 0.8, 0.95)
    return start + int(letters) - 2 if patch or all(map(_level, before)) else None


def _level(piece: NDArray[np.bool_], high: float = FLAT, full: float = 0.7) -> bool:
    """Whether a piece of ink in a line of text is a level stroke in the middle of it."""
    h = len(piece)
    rows = np.flatnonzero(piece.any(axis=1))
    central = abs((rows[0] + rows[-1] + 1) / 2 - h / 2) < 0.25 * h
    filled = float(piece[rows[0] : rows[-1]].mean()) if rows[-1] > rows[0] else 1.0
    return bool(central and rows[-1] - rows[0] < high * h and filled > full)


def _entry_of(marker: Box, word: Box) -> bool:
    """Whether a word begins in the row of a marker, as far away as entries of legends do."""
    h = word[3] - word[1]
    level = abs(centre(marker)[1] - centre(word)[1]) < 0.22 * h
    return level and 0.3 * h < word[0] - marker[2] < HANDLE * h


def find_legends(
    image: Image, panels: Sequence[Panel], texts: Sequence[Text], reader: Reader
) -> tuple[list[Legend], set[int]]:
    """Legends, and the indices of the texts that are their entries."""
    legends, used = _by_texts(image, panels, texts)
    for k, panel in enumerate(panels):
        if panel.kind != "axes":
            continue
        for stack in strokes.stacks(image, panel):
            box = strokes.box_of(stack)
            known = [legend for legend in legends if of_smaller(box, legend.box) > 0]
            if known and (len(known) > 1 or len(known[0].entries) >= len(stack)):
                continue
            legends = [legend for legend in legends if not any(legend is x for x in known)]
            entries = tuple(_written(image, entry.text, k, texts, reader) for entry in stack)
            legends.append(Legend(box, entries, tuple(entry.colour for entry in stack), k))
            used |= {i for i, text in enumerate(texts) if of_smaller(text.box, box) > WITHIN}
    return legends, used


def _written(image: Image, box: Box, panel: int, texts: Sequence[Text], reader: Reader) -> Label:
    """The entry of a legend at a known place; its text may be empty."""
    height = box[3] - box[1]
    there = [
        text
        for text in texts
        if of_smaller(text.box, box) > WITHIN and text.box[3] - text.box[1] < 2 * height
    ]
    if len(there) == 1:
        return Label(there[0].text, there[0].box, "legend", panel, score=there[0].score)
    # as much room as the reader leaves around the lines that it finds
    room = max(2, round(ROOM * height))
    around_it = (max(0, box[0] - room), max(0, box[1] - room), box[2] + room, box[3] + room)
    read = reader.read_line(image, around_it)
    if read is None:
        return Label("", around_it, "legend", panel, score=0.0)
    score = read.score if read.text.isascii() else min(read.score, HALF_SURE)  # of formulas
    return Label(read.text, around_it, "legend", panel, score=score)


def _by_texts(
    image: Image, panels: Sequence[Panel], texts: Sequence[Text]
) -> tuple[list[Legend], set[int]]:
    """Legends whose entries were read."""
    handles = {}
    for i, text in enumerate(texts):
        within = [p.box for p in panels if holds(p.box, centre(text.box))]
        box = _handle(image, text, texts, within)
        if box is None:
            continue
        # the marks of a plot beside numbers are no handles of theirs
        if within or not any(holds(p.box, centre(box)) for p in panels):
            handles[i] = box
    legends: list[Legend] = []
    used: set[int] = set()
    strips = [p.box for p in panels if p.kind == "strip"]
    handles = {i: box for i, box in handles.items() if not any(_meets(box, s) for s in strips)}
    for group in _stacks(handles, texts):
        panel = next((k for k, p in enumerate(panels) if holds(p.box, _middle(group, texts))), None)
        if len(group) == 1 and (
            _touches(texts[group[0]].box, handles[group[0]])
            or not _may_stand_alone(texts[group[0]], handles[group[0]], panel, panels)
        ):
            continue
        if all(_marker(texts[i]) or _round(texts[i]) for i in group):
            continue
        if panel is None and _numbers_of_axis([texts[i] for i in group], panels):
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
        legend = Legend(around(boxes), entries, tuple(colours), panel)
        if legends and _goes_on(legends[-1], legend):
            legend = _joined(legends.pop(), legend)
        legends.append(legend)
        used.update(members)
    return legends, used


def _goes_on(above: Legend, below: Legend) -> bool:
    """Whether entries are those of the legend right above them, parted by one of two lines."""
    last, first = above.entries[-1].box, below.entries[0].box
    h = max(last[3] - last[1], first[3] - first[1])
    aligned = abs(last[0] - first[0]) < 0.4 * h
    return above.panel == below.panel and aligned and -0.3 * h < first[1] - last[3] < h


def _joined(one: Legend, two: Legend) -> Legend:
    entries, colours = one.entries + two.entries, one.colours + two.colours
    return Legend(around([one.box, two.box]), entries, colours, one.panel)


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
        gaps = [abs(centre(text.box)[1] - centre(texts[k].box)[1]) for k, _ in members]
        if abs(text.box[0] - first[0]) < 0.4 * h and min(gaps) < ENTRY_GAP * h:
            place = (handle[0], text.box[1], handle[2], text.box[3])
            members.append((i, _handle_colour(image, place, text.box)))
    members.sort(key=lambda member: (texts[member[0]].box[1] // 4, texts[member[0]].box[0]))
    return [i for i, _ in members], [c for _, c in members]


def _may_stand_alone(text: Text, handle: Box, panel: int | None, panels: Sequence[Panel]) -> bool:
    """Whether a legend of one entry can look like this: a word, not a number, not by a pie.

    A single letter stands behind a long stroke.
    """
    in_disc = panel is not None and panels[panel].kind == "free"
    long = handle[2] - handle[0] > max(
        LONG * (text.box[3] - text.box[1]), 3 * (handle[3] - handle[1])
    )
    word = len(text.text) > 1 or (text.text.isalpha() and text.score > READ and long)
    legible = word and text.score > SURE and not set(text.text) <= ROUND
    return legible and not is_number(text.text) and not in_disc


def _legend_title(box: Box, texts: Sequence[Text], taken: set[int]) -> int | None:
    """The text that stands centred right above the entries."""
    for i, text in enumerate(texts):
        h = text.box[3] - text.box[1]
        close = -0.3 * h < box[1] - text.box[3] < 0.7 * h
        central = abs(centre(text.box)[0] - centre(box)[0]) < 0.2 * (box[2] - box[0])
        if i not in taken and close and central and text.box[2] - text.box[0] < box[2] - box[0]:
            return i
    return None


def _numbers_of_axis(row: Sequence[Text], panels: Sequence[Panel]) -> bool:
    """Whether texts are numbers right below a plot, whose signs look like handles."""
    x0, y0, x1, y1 = around([text.box for text in row])
    h = row[0].box[3] - row[0].box[1]
    level = y1 - y0 < 1.5 * h and all(is_number(text.text) for text in row)
    return level and any(
        -h < y0 - p.box[3] < 1.5 * h and p.box[0] - h < x0 and x1 < p.box[2] + 2 * h
        for p in panels
        if p.kind != "strip"
    )


def _beside(box: Box, panels: Sequence[Panel]) -> bool:
    return any(box[0] > p.box[2] and p.box[1] < box[1] < p.box[3] for p in panels)


def _handle(image: Image, text: Text, texts: Sequence[Text], within: Sequence[Box]) -> Box | None:
    """The box of what is drawn left of a text, if it looks like a legend's handle.

    Only beyond the plots may it be as high as a line of text or touch it: texts on cells and on
    bars have such patches beside them. `within` are the boxes of the plots that it lies in.
    """
    beyond = not within
    y0, y1 = text.box[1], text.box[3]
    h = y1 - y0
    slanted = len(text.text) > 2 and text.box[2] - text.box[0] < 1.15 * h
    if text.rotated or slanted:
        return None
    x0, paper = _first_column(image, text.box)
    left = max(0, int(x0 - HANDLE * h), *(outer[0] + INSET for outer in within))
    word = beyond and not set(text.text) <= ROUND
    for other in texts:
        if other is text or (word and _marker(other)):
            continue
        if _meets((left, y0, text.box[0] - 1, y1), other.box):
            left = max(left, other.box[2])
    if h > 0.12 * image.shape[0] or x0 - left < 0.8 * h:
        return None
    whole = exceeds(from_colour(image[y0:y1, left : text.box[2]], paper), MARKED)
    marked = whole[:, : x0 - left]
    through = runs(marked.mean(axis=0) > 0.9)
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
    return len(text.text) == 1 and text.score < READ


def _round(text: Text) -> bool:
    """Whether a text is rather a row of markers."""
    return set(text.text) <= ROUND and text.score < SURE


def _first_column(image: Image, box: Box) -> tuple[int, NDArray[np.uint8]]:
    """Where a text begins whose box may begin in the handle before it, and the paper below it."""
    x0, y0, x1, y1 = box
    paper = _paper(image[y0:y1, max(x0, x1 - 2) : x1 + 2])
    there = exceeds(from_colour(image[y0:y1, x0 : x0 + round(0.6 * (y1 - y0))], paper), MARKED)
    bare = np.flatnonzero(~there.any(axis=0))
    if len(bare) and bare[0] and there[:, : bare[0]].mean() > 0.6:
        return x0 + int(bare[0]), paper
    return x0, paper


def _tall(column: NDArray[np.uint8], y0: int, y1: int) -> bool:
    """Whether the colour at the middle of a range goes on far beyond it."""
    middle, h = (y0 + y1) // 2, y1 - y0
    low, high = max(0, middle - round(1.2 * h)), min(len(column), middle + round(1.2 * h))
    off = exceeds(from_colour(column[None, low:high], column[middle]), MARKED)[0]
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
    near = abs(centre(text)[1] - centre(other)[1])
    stacked = abs(centre(one)[0] - centre(two)[0]) < 0.5 * h and near < ENTRY_GAP * h
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


def is_number(text: str) -> bool:
    """Whether a text is made of digits for the most part."""
    return sum(c.isdigit() for c in text) * 2 > len(text.replace(" ", ""))


def on_paper(
    panels: tuple[Panel, ...], found: Sequence[Legend], background: NDArray[np.uint8]
) -> tuple[Panel, ...]:
    """The panels, on the figure's paper where a legend names what was taken for their own.

    Stacked bars may leave less than half of their plot free.
    """
    named = [colour.astype(int) for one in found for colour in one.colours if colour is not None]
    return tuple(
        replace(panel, background=background)
        if any(np.abs(colour - panel.background).max() < SAME_INK for colour in named)
        else panel
        for panel in panels
    )


def _paper(part: Image) -> NDArray[np.uint8]:
    if part.size == 0:
        return np.full(3, 255, np.uint8)
    return np.asarray(np.median(part.reshape(-1, 3), axis=0), np.uint8)


def _middle(group: Sequence[int], texts: Sequence[Text]) -> tuple[float, float]:
    return centre(around([texts[i].box for i in group]))


def _meets(one: Box, two: Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] - 2 and two[1] + 2 < one[3]
