"""Signs counted in the ink: how many there are is certain where a recogniser is not.

A recogniser leaves out a point or one of two equal digits, and is sure of it. Where each of two
pictures has as many separate pieces of ink as its text has signs, both texts are as long as they
were read, and texts of different lengths are different ones. Letters that touch, specks and blur
make other counts, and say nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import components
from visual_erm.judges.table import look, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visual_erm.judges.table.scene import Cell

LEVELS = (70, 110, 150, 190)
"""Grey levels below white from which a pixel is ink: what touches by one may not by another."""
STACKED = 0.5
"""Share of its width with which a piece stands above or below another to be of the same sign."""
SEVERAL = {"%": (1, 3), "‰": (1, 4), '"': (1, 2)}
"""Pieces that a sign may have, at least and at most; others have one."""
DASH = 0.25
"""Share of the height of its line that a dash has at most, and that is blank above and below it."""
STROKES = re.compile("[-_]{2,}")
PLAIN = "\u0250"
"""Signs from here on may have any number of pieces."""


def other_lengths(one: Sequence[Cell], other: Sequence[Cell]) -> bool:
    """Whether two cells certainly show texts of different lengths."""
    texts = [text.plain("".join(cell.text for cell in cells)) for cells in (one, other)]
    # underscores touch in some fonts and not in others, and are read as dashes
    lines = [STROKES.sub("_", words) for words in texts]
    if len(lines[0]) == len(lines[1]) or max("".join(texts), default=PLAIN) >= PLAIN:
        return False
    return all(_as_long(*pair) for pair in zip((one, other), texts, strict=True))


def begins_with_dash(cells: Sequence[Cell]) -> bool:
    """Whether the ink of a cell begins with a dash, however it was read, that may touch a sign."""
    lines = look.lines_of(cells)
    if not lines:
        return False
    inked = lines[0] <= 255 - LEVELS[0]
    height, width = inked.shape
    rim = round(DASH * height)
    flat = ~inked[:rim].any(axis=0) & ~inked[height - rim :].any(axis=0)
    flat &= inked.any(axis=0) & (inked.sum(axis=0) <= max(1, rim))
    start = int(inked.any(axis=0).argmax())
    length = int(np.append(~flat[start:], [True]).argmax())
    return bool(rim < length < width - start - 1)


def _as_long(cells: Sequence[Cell], words: str) -> bool:
    """Whether the ink has as many pieces as a text has signs."""
    least, most = (sum(SEVERAL.get(sign, (1, 1))[k] for sign in words) for k in (0, 1))
    lines = look.lines_of(cells)
    return any(least <= sum(pieces(line, level) for line in lines) <= most for level in LEVELS)


def pieces(portrait: NDArray[np.uint8], level: int) -> int:
    """Pieces of ink in a line, those that stand on each other counted once.

    Args:
        portrait: `(h, w)`, 255 is blank.
        level: from which ink counts, in grey levels below that.
    """
    return len(boxes(portrait, level))


def boxes(portrait: NDArray[np.uint8], level: int) -> list[tuple[int, int, int, int]]:
    """Left, right, top and bottom of these pieces, from left to right."""
    _, _, stats, _ = components(portrait <= 255 - level)
    stats = stats[1:][np.argsort(stats[1:, 0], kind="stable")]
    found: list[tuple[int, int, int, int]] = []
    for x, y, w, h in stats[:, :4].tolist():
        if found:
            left, right, top, bottom = found[-1]
            shared = min(right, x + w) - x
            if shared >= STACKED * min(right - left, w):
                found[-1] = (left, max(right, x + w), min(top, y), max(bottom, y + h))
                continue
        found.append((x, x + w, y, y + h))
    return found
