"""Words that were run together or torn apart: spaces that one picture has and the other does not.

Recognition loses spaces and makes them up, so what is compared are the gaps between letters. One
font has about one width of spaces: all gaps of a picture together say where that of letters ends.
A count that is not clear is a range, and only ranges that exclude each other are a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import runs
from visual_erm.judges.table import look, text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.table.match import Item
    from visual_erm.judges.table.rules import Comparison
    from visual_erm.judges.table.scene import TableScene

INK = 70
"""Grey levels below white from which a column of pixels is ink."""
WIDEST = 1.2
"""In text heights: wider gaps are none of a font."""
STEPS = np.arange(0.18, 0.7, 0.01)
"""In text heights: where letters' gaps may end and words' begin."""
FEW_LETTERS, FEW_WORDS = 4, 2
"""Gaps of each kind, at least, for a picture to say so."""
LEAST, APART = 0.36, 1.8
"""Mean gap of words in text heights, and beside that of letters, from which there are spaces."""
ASSUMED = 0.34
"""In text heights: the end of letters' gaps in pictures that do not say."""
CLEAR, ASSUMED_CLEAR = 1.15, 1.4
"""Factor by which a gap is clearly wider or narrower; the same in pictures that do not say."""
THIN, SHORT = 0.2, 0.45
"""Text heights below which a sign is a stroke or a mark."""
ROOM = 1.6
"""How much wider a gap beside such a sign must be for a space."""
WIDER, LEAST_SPACE = 1.5, 0.28
"""Factor by which a gap is wider than the widest that the other text has in its place, and its
least width in text heights, for it to be a space that is read."""
NO_SPACE = 0.9
"""Share of the least width of spaces from which a gap may be one."""
SMALLEST = 5.5
"""Height of text in pixels below which gaps are too few pixels to be told apart."""
LONG = 3
"""Signs that a text has at least."""
ENDS = "-/"
"""Signs after which a line may end without a space."""
IDEOGRAPHS = "\u2e80"
"""Signs from here on have room of their own."""


@dataclass(frozen=True)
class Spacing:
    """Where the gaps of letters end in one picture, in text heights."""

    between: float = ASSUMED
    clear: float = ASSUMED_CLEAR

    def words(self, item: Item, height: float) -> tuple[int, int]:
        """Least and most spaces of a cell's text."""
        lines = look.lines_of(item.cells)
        gaps = [_gaps(line, height) for line in lines]
        least = sum(int((g.widths >= self.between * self.clear * g.doubts).sum()) for g in gaps)
        most = sum(int((g.widths >= self.between / self.clear).sum()) for g in gaps)
        breaks = len(lines) - 1
        # a line may end with a hyphen
        broken = any(sign in item.text for sign in ENDS)
        return least + (0 if broken else breaks), most + breaks


def spacing(scene: TableScene) -> Spacing:
    """What all texts of a picture together say."""
    lines = look.lines_of(scene.cells)
    gaps = np.concatenate([np.zeros(0), *(_gaps(line, scene.height).widths for line in lines)])
    gaps = np.sort(gaps[gaps < WIDEST])
    best, found = 0.0, Spacing()
    for step in STEPS:
        letters, words = gaps[gaps < step], gaps[gaps >= step]
        if len(letters) < FEW_LETTERS or len(words) < FEW_WORDS:
            continue
        one, other = float(letters.mean()), float(words.mean())
        # Otsu's criterion
        worth = len(letters) * len(words) * (other - one) ** 2
        if worth <= best + 1e-9:
            continue
        best = worth
        sure = other >= LEAST and other >= APART * one
        between = float(letters[-1] + words[0]) / 2
        found = Spacing(between, CLEAR) if sure else Spacing()
    return found


def _widths(item: Item, height: float) -> list[float]:
    """What is blank between the signs of a cell in one line, the widest first; none of more."""
    lines = look.lines_of(item.cells)
    if len(lines) != 1:
        return []
    gaps = _gaps(lines[0], height)
    return sorted((gaps.widths / gaps.doubts**0.5).tolist(), reverse=True)


def _is_wider(
    one: Sequence[float], other: Sequence[float], spaces: int, ends: tuple[float, float]
) -> bool:
    """Whether the widest gap of the one text that is no space in both is one in it alone.

    Args:
        one: gaps of the text with more spaces, the widest first.
        other: those of the other text.
        spaces: how many both have.
        ends: where the gaps of letters end in both pictures.
    """
    if min(len(one), len(other)) <= spaces or one[spaces] < LEAST_SPACE:
        return False
    wide, narrow = one[spaces], other[spaces]
    return wide > WIDER * narrow and wide >= ends[0] and narrow < NO_SPACE * ends[1]


@dataclass(frozen=True)
class _Gaps:
    """What is blank between the signs of a line, from left to right."""

    widths: NDArray[np.float64]
    """In text heights; a smoothed edge counts in part."""
    doubts: NDArray[np.float64]
    """Factor by which each must be wider, since one of the signs has room of its own."""


def _gaps(portrait: NDArray[np.uint8], height: float) -> _Gaps:
    inked = np.asarray(portrait <= 255 - INK)
    signs = runs(np.asarray(inked.any(axis=0)))
    starts, ends = signs[1:, 0], signs[:-1, 1]
    if not len(starts):
        return _Gaps(np.zeros(0), np.zeros(0))
    thin = _are_thin(inked, signs, height)
    bare = 0.5 * (1 - (255 - portrait.min(axis=0)) / 255)
    smooth = bare[ends - 1] + bare[starts]
    widths = (starts - ends + smooth) / max(1.0, height)
    return _Gaps(widths, np.where(thin[:-1] | thin[1:], ROOM, 1.0))


def _are_thin(
    inked: NDArray[np.bool_], signs: NDArray[np.int64], height: float
) -> NDArray[np.bool_]:
    """Which signs are strokes or marks, such as quotes, which fonts set apart."""
    tops = np.where(inked.any(axis=0), inked.argmax(axis=0), len(inked))
    lows = np.where(inked.any(axis=0), len(inked) - inked[::-1].argmax(axis=0), 0)
    top, low = np.minimum.reduceat(tops, signs[:, 0]), np.maximum.reduceat(lows, signs[:, 0])
    narrow = signs[:, 1] - signs[:, 0] < THIN * height
    return np.asarray(narrow | (low - top < SHORT * height), np.bool_)


def report_spaces(found: Comparison) -> None:
    """Cells whose letters agree, and whose words do not."""
    pairs = [(row, a, b) for row, a, b in found.kept if _is_wordy(a.text, b.text)]
    # what is drawn alike has equal gaps
    pairs = [(row, a, b) for row, a, b in pairs if list(_keys(a)) != list(_keys(b))]
    if not pairs:
        return
    ours, theirs = found.reference, found.candidate
    if min(ours.height, theirs.height) < SMALLEST:
        return
    spacings = ours.spacing, theirs.spacing
    for row, a, b in pairs:
        least, most = spacings[0].words(a, ours.height)
        fewest, many = spacings[1].words(b, theirs.height)
        lost, gained = many < least, most < fewest
        # both witnesses have to agree: gaps are also the room that signs have of their own
        spaces = a.text.strip().count(" "), b.text.strip().count(" ")
        read = spaces[0] - spaces[1]
        if not read or not (lost if read > 0 else gained):
            sides = [(_widths(a, ours.height), spacings[0].between),
                     (_widths(b, theirs.height), spacings[1].between)]  # fmt: skip
            (one, end), (other, last) = sides if read > 0 else sides[::-1]
            if not read or not _is_wider(one, other, min(spaces), (end, last)):
                continue
        what = "run together" if read > 0 else "torn apart"
        number = text.is_numeric(a.text)
        found.report(
            "numeric_error" if number else "text_error", 1, found.place_name(row, a.first),
            f'words of "{a.text}" are {what}', [a.area], [b.area],
        )  # fmt: skip


def _is_wordy(one: str, other: str) -> bool:
    signs = text.plain(one)
    same = signs.lower() == text.plain(other).lower()
    return (
        same and len(signs) >= LONG and signs.upper() != signs.lower() and max(signs) < IDEOGRAPHS
    )


def _keys(item: Item) -> Iterable[bytes]:
    return (key for cell in item.cells for key in cell.portraits)
