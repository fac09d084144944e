"""A second look at two cells whose texts seem to differ: by their ink, then by reading again.

Recognition errs on single letters, and errs differently in another font or size. A difference
counts only when the ink differs as well, and when repeated reading does not bring the two together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.judges.table import text
from visual_erm.judges.table.evidence import LONG, Line, evidence, joined, line
from visual_erm.judges.table.ink import MARGIN, framed, near

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.table.rules import Comparison
    from visual_erm.judges.table.scene import Cell, TableScene

ALIKE = 0.88
"""Correlation that every stretch of two equal pieces of ink has, blurred and scaled or not."""
ALIKE_AT_ONCE, UNLIKE_AT_ONCE = 0.955, 0.8
"""The same where both pictures have one look: above it equal, below it another text."""
ONE_LOOK, SAMPLE = 0.985, 24
"""Median likeness of equal texts that makes two looks one, and of how many texts."""
WIDTHS = 0.035
"""Share by which widths of equal texts in equal fonts differ, after scaling to equal heights."""
A_WORD = 2.0
"""Heights of a line by which lines differ in width at most, where no other word begins the next."""
EXACT, UNMOVED = 0.3, 0.9
"""Shares of cells alike in every pixel from which one program drew both pictures, and from which
it drew all texts at the same places between the pixels."""
SAME_INK, ONE_PLACE = 100, 1.5
"""Grey levels by which ink is other ink, and heights of a line within which two letters lie."""
HALF_STEPS, MOVED = (-1.0, -0.5, 0.5, 1.0), 0.03
"""Pixels by which a letter may stand elsewhere between others that did not move, and share of its
pixels that have other ink then."""
VARIANTS: tuple[tuple[float, float], ...] = ((MARGIN, 1.0), (0.0, 1.0), (0.5, 1.0), (0.3, 2.0))
"""Margins (in text heights) and enlargements of the readings, the usual one first."""
ROOMS = (2, 1, 3, 2)
"""Pixels around the lines of a photograph in these readings."""
ENOUGH = 5.5
"""Evidence from which texts differ. Misread small or scanned type gives up to 5, a missing minus
sign of 9 pixels 7, another digit 10."""
SURE, DOUBT = 0.96, 340.0
"""Median confidence of readings in legible pictures, and the evidence that is asked for besides for
what is missing to it: where most readings are in doubt, the recogniser trusts itself too much."""
SHORT = 2
"""Signs up to which two texts may have none in common and be one, misread."""
CERTAIN = 10.0
"""Evidence from which even signs differ that are read for each other."""
LITTLE, PLENTY = 0.5, 14.0
"""Evidence of first readings below and above which no further ones are asked for."""


def portraits(cell: Cell) -> list[NDArray[np.uint8]]:
    """The ink of each line of a cell."""
    return [_portrait(stored) for stored in cell.portraits]


def lines_of(cells: Iterable[Cell]) -> list[NDArray[np.uint8]]:
    """The ink of each line of several cells."""
    return [line for cell in cells for line in portraits(cell)]


def _portrait(stored: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(stored[2:], np.uint8).reshape(-1, int.from_bytes(stored[:2], "big"))


def correlation(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """How alike two pieces of ink are where they are least alike, from -1 to 1.

    0 when their proportions exclude that they are one text in one font.
    """
    scale = a.shape[0] / b.shape[0]
    slack = max(2.0 * max(scale, 1.0), WIDTHS * a.shape[1])
    if not 0.4 < scale < 2.5 or abs(a.shape[1] - b.shape[1] * scale) > slack:
        return 0.0
    if a.shape == b.shape:
        if np.array_equal(a, b):
            return 1.0
    elif a.shape[0] * a.shape[1] < b.shape[0] * b.shape[1]:
        a, b = b, a
    if a.shape != b.shape:
        b = np.asarray(cv2.resize(b, (a.shape[1], a.shape[0]), interpolation=cv2.INTER_CUBIC))
    blur = max(0.6, 0.07 * a.shape[0])
    x, y = (
        cv2.GaussianBlur(255.0 - part.astype(np.float32), (0, 0), blur, borderType=0)
        for part in (a, b)
    )
    return least_correlation(x, y, max(5, round(0.75 * a.shape[0])))


def least_correlation(x: NDArray[np.float32], y: NDArray[np.float32], window: int) -> float:
    """Least correlation over windows as wide as a letter, weighted down where both are blank."""
    sums = [np.concatenate([[0.0], np.cumsum(v.sum(axis=0))]) for v in (x, y, x * x, y * y, x * y)]
    width, height = x.shape[1], x.shape[0]
    window = min(window, width)
    starts = np.arange(0, width - window + 1)
    sx, sy, sxx, syy, sxy = (s[starts + window] - s[starts] for s in sums)
    n = window * height
    cov = sxy - sx * sy / n
    var_x, var_y = sxx - sx * sx / n, syy - sy * sy / n
    # A floor for the variance keeps the blank between words from counting.
    floor = 0.15 * max(float(var_x.max()), float(var_y.max()), 1.0)
    return float(np.min((cov + floor) / (np.sqrt(np.maximum(var_x * var_y, 0)) + floor)))


def comparable(a: Sequence[Cell], b: Sequence[Cell]) -> bool:
    """Whether the ink of two texts can be laid on each other: single cells, broken alike."""
    if len(a) != 1 or len(b) != 1 or len(a[0].portraits) != len(b[0].portraits):
        return False
    lines = list(zip(portraits(a[0]), portraits(b[0]), strict=True))
    ends = (abs(x.shape[1] - y.shape[1]) <= A_WORD * x.shape[0] for x, y in lines)
    return len(lines) == 1 or all(ends)


def alike(a: Cell, b: Cell) -> float:
    """How alike the ink of two cells is, in their least alike line; 0 when one has more lines."""
    one, two = portraits(a), portraits(b)
    if not one or len(one) != len(two):
        return 0.0
    return min(correlation(x, y) for x, y in zip(one, two, strict=True))


def one_look(pairs: Iterable[tuple[Cell, Cell]]) -> bool:
    """Whether cells of equal texts are drawn alike: one font, one size, nothing smoothed.

    If so, ink that differs says more than any reading.
    """
    known = list(islice(pairs, SAMPLE))
    found = [alike(a, b) for a, b in known]
    return unmoved(known) or (len(found) >= 3 and float(np.median(found)) >= ONE_LOOK)


def drawn_alike(pairs: Iterable[tuple[Cell, Cell]]) -> bool:
    """Whether many cells of equal texts are alike in every pixel: one program drew both."""
    found = [a.portraits == b.portraits for a, b in pairs]
    return len(found) >= 3 and sum(found) >= EXACT * len(found)


def unmoved(pairs: Iterable[tuple[Cell, Cell]]) -> bool:
    """Whether nearly all equal texts are alike in every pixel, be they few.

    If so, one program drew both, and none of them half a pixel on.
    """
    found = [a.portraits == b.portraits for a, b in pairs]
    return bool(found) and sum(found) >= UNMOVED * len(found)


def another_sign(a: Cell, b: Cell) -> bool:
    """Whether two lines of one program are equal but for one place as wide as a letter or two.

    Zero and O, one and l are read for each other. Bold and italic type differs everywhere.
    """
    if a.portraits == b.portraits or len(a.portraits) != len(b.portraits):
        return False
    return any(_in_one_place(x, y) for x, y in zip(portraits(a), portraits(b), strict=True))


def _in_one_place(x: NDArray[np.uint8], y: NDArray[np.uint8]) -> bool:
    lower = x.shape[0] - y.shape[0]
    if abs(lower) > 2:
        return False
    # A sign that reaches higher or lower makes its line so much taller.
    for above in {0, abs(lower)}:
        sides = ((above, abs(lower) - above), (0, 0))
        p = np.pad(x, sides, constant_values=255) if lower < 0 else x
        q = np.pad(y, sides, constant_values=255) if lower > 0 else y
        width = min(p.shape[1], q.shape[1])
        left, right = (
            cv2.absdiff(p[:, one], q[:, one]).max(axis=0) > SAME_INK
            for one in (slice(None, width), slice(-width, None))
        )
        if not left.any():
            return False
        first, last = int(left.argmax()), int(right[::-1].argmax())
        between = [side[:, first : max(first, side.shape[1] - last)] for side in (p, q)]
        if all((part >= 255 - SAME_INK).all() for part in between):
            # the same letters, with another gap
            continue
        same = first + last
        apart = max(p.shape[1], q.shape[1]) - same
        if same >= 0.5 * width and apart <= ONE_PLACE * p.shape[0]:
            return not _moved(p, q, first, last)
    return False


def _moved(p: NDArray[np.uint8], q: NDArray[np.uint8], first: int, last: int) -> bool:
    """Whether what stands between two columns of both lines are the same letters, half a pixel on.

    Where a line begins between two pixels, some of its letters are smoothed otherwise.
    """
    around = ((0, 0), (2, 8))
    wide, there = (np.pad(side, around, constant_values=255).astype(np.float32) for side in (p, q))
    width = max(p.shape[1], q.shape[1]) - last - first + 2
    stretch = there[:, first + 1 : first + 1 + width]
    for step in HALF_STEPS:
        begin, part = divmod(step, 1)
        at = first + 1 + int(begin)
        here, beside = wide[:, at : at + width], wide[:, at + 1 : at + 1 + width]
        if here.shape == beside.shape == stretch.shape:
            off = np.abs((1 - part) * here + part * beside - stretch) > SAME_INK
            if off.mean() < MOVED:
                return True
    return False


def certainty(
    a: Sequence[Cell], reference: TableScene, b: Sequence[Cell], candidate: TableScene
) -> float:
    """How sure the pictures make it that two cells show different texts; see `table.evidence`.

    The first readings decide where they are far from doubt, further ones where they are not.
    """
    if reference.reader is None or candidate.reader is None:
        return math.inf
    one, two = [_read(a, reference, 0)], [_read(b, candidate, 0)]
    found = evidence(one, two)
    if not LITTLE < found < PLENTY:
        return found
    # A long text is dear to read, and one more reading of it as good as two of a short one.
    long = min(len(one[0].text), len(two[0].text)) > LONG
    for variant in (1,) if long else range(1, len(VARIANTS)):
        one.append(_read(a, reference, variant))
        two.append(_read(b, candidate, variant))
    return evidence(one, two)


def _read(cells: Sequence[Cell], scene: TableScene, variant: int) -> Line:
    """The lines of cells as one, read with a margin and an enlargement, or remembered."""
    lines = []
    for key in (key for cell in cells for key in cell.portraits):
        if (key, variant) not in scene.lines:
            scene.lines[key, variant] = _read_line(key, scene, variant)
        lines.append(scene.lines[key, variant])
    return joined(lines)


def _read_line(key: bytes, scene: TableScene, variant: int) -> Line:
    margin, enlarged = VARIANTS[variant]
    if key in scene.glimpses:
        picture = near(scene.glimpses[key], ROOMS[variant])
    else:
        picture = framed(_portrait(key), scene.height, margin)
    if enlarged != 1:
        picture = np.asarray(
            cv2.resize(picture, None, fx=enlarged, fy=enlarged, interpolation=cv2.INTER_CUBIC)
        )
    assert scene.reader is not None
    return line(scene.reader.strip(picture))


def doubt(found: Comparison) -> None:
    """Texts that differ in signs taken for each other are not equal where their ink is not."""
    single = found.single
    exact = drawn_alike((a.cells[0], b.cells[0]) for _, a, b in single)
    for row, a, b in single:
        one, other = a.cells[0], b.cells[0]
        long = min(len(a.text), len(b.text)) > SHORT
        differ = exact and long and another_sign(one, other)
        if not differ and text.plain(a.text) != text.plain(b.text):
            if found.one_look and comparable(a.cells, b.cells):
                differ = alike(one, other) < UNLIKE_AT_ONCE
            elif found.looks:
                found.looks -= 1
                seen = certainty(a.cells, found.reference, b.cells, found.candidate)
                differ = CERTAIN < seen < np.inf
        if differ:
            found.unequal(row, a, b)
