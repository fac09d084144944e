"""Shapes of signs that every font has: how high each piece of ink reaches, and how wide it is.

A recogniser reads an underscore as a dash, a degree as a nought, a capital as its small letter, and
reads both pictures so where it has no doubt. Fonts differ in their strokes, but a quote hangs high
in all of them, an underscore lies below, a small letter is lower than a capital. So the pieces of
ink of two lines are laid on each other from left to right; letters that touch in the one and not in
the other are one piece there. In equal texts of two fonts the worst pair of pieces differs by about
a tenth of the height of the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.judges.table import look, text
from visual_erm.judges.table.signs import boxes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.table.match import Item
    from visual_erm.judges.table.rules import Comparison

OURS, THEIRS = (60, 110, 150), (90, 140)
"""Grey levels below white from which a pixel of either picture is ink: letters touch at some."""
USUAL = 90
"""The same where one level does."""
APART, APART_IN_SCANS, APART_SMALL = 0.3, 0.4, 0.45
"""Share of the height of a line by which pieces of the same text differ at most: in clean type, in
scans, and in type below `SMALL` pixels, in which much touches."""
SMALL = 7.5
MOST_PIECES = 60
"""Pieces of a line that are compared at most, to bound the time."""
JOINED = 3
"""Pieces that may touch in the other picture."""
PRICE, LIGHT = 0.02, 0.05
"""What each piece that touches costs, and the weight of all other differences beside the worst."""
WIDER = 0.2
"""Share of the height of a line by which fonts set one sign wider or narrower."""
TOUCHING = 0.3
"""What it costs that a mark, which stands free in one picture, touches a letter in the other."""
MARK, HIGH, LOW, FLAT = 0.5, 0.15, 0.6, 1.6
"""Shares of the height of a line: a mark is less high, and ends above or begins below there. A
dash is so many times wider than high, and no mark."""
BAND = 0.12
"""Share of its ink by which one text may run ahead of the other one."""
TALLER = 1.1
"""Factor from which a first sign is a capital beside the small one, the rest of the line aside."""
TWO_SIZES = "CKOPSUVWXZ"
"""Letters that differ from their small ones by size alone, more or less."""
A_CAPITAL, A_SMALL_ONE = 0.88, 0.8
"""Heights of such a letter, beside a usual one, from which it is a capital, and up to which not."""
LONG = 24
"""Signs of a line of a scan from which its shapes say nothing."""
FEWEST = 2
"""Other pieces that say how large a line is set."""


@dataclass(frozen=True)
class _Line:
    """Pieces of ink from left to right, as shares of the height of the line."""

    left: list[float]
    right: list[float]
    top: list[float]
    bottom: list[float]

    @property
    def passed(self) -> list[float]:
        """Share of all ink before each piece, and before the end."""
        widths = np.subtract(self.right, self.left)
        return [0.0, *(np.cumsum(widths) / widths.sum()).tolist()]

    @property
    def marks(self) -> list[bool]:
        """Quotes, points, degrees."""
        return [
            b - t < MARK and (t < HIGH or b > LOW) and r - x <= FLAT * (b - t)
            for x, r, t, b in zip(self.left, self.right, self.top, self.bottom, strict=True)
        ]


def doubt(found: Comparison) -> None:
    """Texts that were read otherwise, and taken for one, are none where signs have other shapes."""
    scan = bool(found.reference.glimpses or found.candidate.glimpses)
    most = _most(min(found.reference.height, found.candidate.height), scan=scan)
    for row, a, b in list(found.kept):
        if not scan and _is_other_letter(found, a, b):
            found.unequal(row, a, b)
            continue
        if text.plain(a.text) == text.plain(b.text) or not (a.text and b.text):
            continue
        # points are the first that a scan loses
        if scan and text.is_numeric(a.text) and text.is_numeric(b.text):
            continue
        # and over a long line of it pieces are laid on each other that are not one sign
        if found.left_out(a, b) or (scan and min(len(a.text), len(b.text)) > LONG):
            continue
        if other_case(a, b) or apart(a, b) > most:
            found.unequal(row, a, b)


def _most(height: float, *, scan: bool) -> float:
    """What `apart` is at most for the same text, by the height of the smaller type in pixels."""
    if height < SMALL:
        return 1.0 if scan else APART_SMALL
    return APART_IN_SCANS if scan else APART


def apart(one: Item, other: Item) -> float:
    """By how much of the height of their line the ink of two cells differs where it does most."""
    lines = look.lines_of(one.cells), look.lines_of(other.cells)
    if len(lines[0]) != len(lines[1]) or not _are_broken_alike(*lines):
        return 0.0
    return max((_apart(a, b) for a, b in zip(*lines, strict=True)), default=0.0)


def _are_broken_alike(
    ours: Sequence[NDArray[np.uint8]], theirs: Sequence[NDArray[np.uint8]]
) -> bool:
    """Whether lines of two texts end at the same words: their widths are of one proportion."""
    widths = [np.array([line.shape[1] for line in lines], float) for lines in (ours, theirs)]
    by = widths[1].sum() / max(1.0, widths[0].sum())
    slack = look.A_WORD * max(line.shape[0] for line in theirs)
    return len(ours) == 1 or bool((np.abs(widths[0] * by - widths[1]) <= slack).all())


def _apart(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    theirs = [line for level in THEIRS if (line := _line(b, level))]
    found = [_worst(line, other) for level in OURS if (line := _line(a, level)) for other in theirs]
    return min(found, default=0.0)


def _line(portrait: NDArray[np.uint8], level: int) -> _Line | None:
    edges = np.array([_edges(portrait, box) for box in boxes(portrait, level)])
    if not 0 < len(edges) <= MOST_PIECES:
        return None
    top, bottom = edges[:, 2].min(), edges[:, 3].max()
    edges[:, 2:] -= top
    left, right, tops, bottoms = (edges / max(1.0, bottom - top)).T.tolist()
    return _Line(left, right, tops, bottoms)


def _edges(portrait: NDArray[np.uint8], box: Sequence[int]) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a piece; a smoothed edge counts in part."""
    left, right, top, bottom = box
    ink = (255.0 - portrait[top:bottom, left:right]) / 255
    rows, columns = ink.max(axis=1), ink.max(axis=0)
    return (
        left + (1 - columns[0]) / 2,
        right - (1 - columns[-1]) / 2,
        top + (1 - rows[0] if len(rows) > 1 else 0.0),
        bottom - (1 - rows[-1] if len(rows) > 1 else 0.0),
    )


def _worst(a: _Line, b: _Line) -> float:
    """The largest difference of pieces in the way to lay them on each other that has the least."""
    n, m = len(a.left), len(b.left)
    passed = a.passed, b.passed
    marks = a.marks, b.marks
    wide = sum(b.right) - sum(b.left)
    scale = wide / max(1e-6, sum(a.right) - sum(a.left))
    band = BAND + 1.2 * max(max(np.diff(share)) for share in passed)
    best: dict[tuple[int, int], tuple[float, float]] = {(0, 0): (0.0, 0.0)}
    for i in range(n):
        for j in range(m):
            if (i, j) not in best or abs(passed[0][i] - passed[1][j]) > band:
                continue
            worst, total = best[i, j]
            for k, q in _STEPS:
                if i + k > n or j + q > m:
                    continue
                ours, theirs = slice(i, i + k), slice(j, j + q)
                apart = max(
                    abs(min(a.top[ours]) - min(b.top[theirs])),
                    abs(max(a.bottom[ours]) - max(b.bottom[theirs])),
                    abs(
                        (a.right[i + k - 1] - a.left[i]) * scale - b.right[j + q - 1] + b.left[j]
                    ) - WIDER,
                )  # fmt: skip
                if len({*marks[0][ours]}) > 1 or len({*marks[1][theirs]}) > 1:
                    apart += TOUCHING
                now = max(worst, apart), total + apart + PRICE * (k + q - 2)
                old = best.get((i + k, j + q))
                if old is None or now[0] + LIGHT * now[1] < old[0] + LIGHT * old[1]:
                    best[i + k, j + q] = now
    return best.get((n, m), (1.0, 0.0))[0]


_STEPS = [(1, 1), *((1, k) for k in range(2, JOINED + 1)), *((k, 1) for k in range(2, JOINED + 1))]


def other_case(one: Item, other: Item) -> bool:
    """Whether texts that begin with the same letter begin with a capital in one of them only.

    Both have to say so, what was read and the ink.
    """
    first = text.plain(one.text)[:1], text.plain(other.text)[:1]
    if first[0] == first[1] or first[0].lower() != first[1].lower():
        return False
    heights = [_heights(look.lines_of(item.cells)[0]) for item in (one, other)]
    if min(map(len, heights)) <= FEWEST:
        return False
    rest = float(np.median(heights[0][1:])) / float(np.median(heights[1][1:]))
    by = heights[0][0] / heights[1][0] / rest
    return by > TALLER if first[0].isupper() else by < 1 / TALLER


def _is_other_letter(found: Comparison, one: Item, other: Item) -> bool:
    """Whether cells of one letter that is large as it is small have it in both sizes."""
    signs = text.plain(one.text), text.plain(other.text)
    if not all(len(sign) == 1 and sign.upper() in TWO_SIZES for sign in signs):
        return False
    scenes = (one, found.reference), (other, found.candidate)
    heights = [_heights(look.lines_of(item.cells)[0]) for item, _ in scenes]
    if any(len(lot) != 1 for lot in heights):
        return False
    sizes = [lot[0] / scene.height for lot, (_, scene) in zip(heights, scenes, strict=True)]
    return max(sizes) >= A_CAPITAL and min(sizes) <= A_SMALL_ONE


def _heights(portrait: NDArray[np.uint8]) -> list[float]:
    edges = (_edges(portrait, box) for box in boxes(portrait, USUAL))
    return [max(0.5, bottom - top) for _, _, top, bottom in edges]
