"""Finds legends by their handles alone: words too short to be found, as of formulas.

Level strokes of one length stand exactly below each other, at equal steps, with something written
behind each. Two of them have different looks, unlike the caps of error bars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import around, components, exceeds, from_colour
from visual_erm.types import Box

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from visual_erm.judges.chart.scene import Panel
    from visual_erm.types import Image

DRAWN = 40
"""Grey levels from which something is drawn on the paper of a plot."""
LENGTHS = 14, 72
"""Pixels that a handle is long."""
SOLID = 0.8
"""Share of the box of a stroke that it fills at least."""
THICK = 0.4
"""Share of its length that a stroke is high at most."""
LEVEL = 1
"""Pixels by which the ends of two handles of one legend may differ."""
STEPS = 0.45, 1.7
"""Lengths of a handle from one to the next."""
EVEN = 0.12
"""Share of a step by which another one may differ; formulas differ in height."""
BARE = 0.12
"""Lengths of a handle that nothing is drawn in before and behind it."""
CORE = 0.15
"""Share of the height of a row above and below what is near its stroke."""
REACH = 0.75
"""Lengths of a handle within which its text begins."""
SPACE = 0.6
"""Lengths of a handle that no text is interrupted for."""
LINE = 0.95
"""Share of a row or column that is drawn where the frame of a legend runs."""
OTHER = 24
"""Grey levels by which the colours of two handles differ."""


@dataclass(frozen=True)
class Entry:
    """A handle and the box of what is written behind it."""

    handle: Box
    text: Box
    colour: NDArray[np.uint8]


def stacks(image: Image, panel: Panel) -> list[list[Entry]]:
    """The entries of each legend within a plot, from top to bottom."""
    x0, y0, x1, y1 = panel.inner
    part = image[y0:y1, x0:x1]
    if panel.small:
        return []
    ink = exceeds(from_colour(part, panel.background), DRAWN)
    found = []
    for group in _columns(_strokes(ink)):
        entries = [e for box in group if (e := _entry(part, ink, box, group)) is not None]
        if len(entries) > 1 and len(entries) == len(group) and _differ(entries):
            found.append([_shifted(entry, x0, y0) for entry in entries])
    return found


def _strokes(ink: NDArray[np.bool_]) -> list[Box]:
    """Solid level strokes as long as handles, from top to bottom."""
    x, y, w, h, area = components(ink)[2][1:].T
    fit = (w >= LENGTHS[0]) & (w <= LENGTHS[1]) & (h <= THICK * w) & (area >= SOLID * w * h)
    return sorted(
        ((int(p), int(q), int(p + v), int(q + g)) for p, q, v, g in zip(
            x[fit], y[fit], w[fit], h[fit], strict=True)),
        key=lambda box: box[1],
    )  # fmt: skip


def _columns(strokes: Sequence[Box]) -> Iterator[list[Box]]:
    """Strokes of one length right below each other, at equal steps."""
    left = list(strokes)
    while len(left) > 1:
        first, *others = left
        column = [first]
        for box in others:
            # thick lines reach farther beyond their ends
            slack = LEVEL + abs((box[3] - box[1]) - (first[3] - first[1])) / 2
            ends = abs(box[0] - first[0]), abs(box[2] - first[2])
            level = abs(box[0] + box[2] - first[0] - first[2]) / 2 <= LEVEL
            length, step = first[2] - first[0], _middle(box) - _middle(column[-1])
            usual = _middle(column[1]) - _middle(first) if len(column) > 1 else step
            if (
                level
                and max(ends) <= slack
                and STEPS[0] * length < step < STEPS[1] * length
                and abs(step - usual) <= max(1, EVEN * usual)
            ):
                column.append(box)
        if len(column) > 1:
            yield column
        left = [box for box in left if not any(box is member for member in column)]


def _middle(box: Box) -> float:
    return (box[1] + box[3]) / 2


def _entry(part: Image, ink: NDArray[np.bool_], box: Box, group: Sequence[Box]) -> Entry | None:
    """A stroke with the text behind it; None if there is none, or something touches it."""
    x0, y0, x1, y1 = box
    length, step = x1 - x0, _middle(group[1]) - _middle(group[0])
    top, bottom = max(0, round(_middle(box) - 0.5 * step)), round(_middle(box) + 0.5 * step)
    bare = max(2, round(BARE * length))
    row = _unframed(ink[top:bottom], x0 - bare, x1 + bare, (y0 - top, y1 - top))
    near = row[round(CORE * len(row)) : round((1 - CORE) * len(row))]  # no corners of the frame
    if near[:, max(0, x0 - bare) : x0].any() or near[:, x1 : x1 + bare].any():
        return None
    drawn = np.flatnonzero(row[:, x1:].any(axis=0))
    if not len(drawn) or drawn[0] > REACH * length:
        return None
    ends = np.flatnonzero(np.diff(drawn) > SPACE * length)
    first, last = x1 + int(drawn[0]), x1 + int(drawn[ends[0]] if len(ends) else drawn[-1])
    rows = np.flatnonzero(row[:, first : last + 1].any(axis=1))
    if rows[-1] - rows[0] < max(4, y1 - y0 + 2):
        return None  # another stroke, as of a dashed line
    text = (first, top + int(rows[0]), last + 1, top + int(rows[-1]) + 1)
    pixels = part[y0:y1, x0:x1].reshape(-1, 3)
    return Entry(box, text, np.median(pixels, axis=0).astype(np.uint8))


def _unframed(
    row: NDArray[np.bool_], left: int, right: int, stroke: tuple[int, int]
) -> NDArray[np.bool_]:
    """The ink of a row of a legend without the lines of its frame."""
    row = row.copy()
    level = row[:, max(0, left) : right].mean(axis=1) > LINE
    level[stroke[0] : stroke[1]] = False
    row[level] = False
    row[:, row[~level].mean(axis=0) > LINE] = False
    return row


def _differ(entries: Sequence[Entry]) -> bool:
    first = entries[0].colour.astype(int)
    return any(int(np.abs(entry.colour - first).max()) > OTHER for entry in entries[1:])


def _shifted(entry: Entry, dx: int, dy: int) -> Entry:
    def moved(box: Box) -> Box:
        return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy

    return Entry(moved(entry.handle), moved(entry.text), entry.colour)


def box_of(entries: Sequence[Entry]) -> Box:
    """What handles and texts take up together."""
    return around([box for entry in entries for box in (entry.handle, entry.text)])
