"""Pictures of which a part was wiped out: what is left is right to the pixel, the rest is bare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import align
from visual_erm.judges.distance import HONEST, Picture, Sham, same_grid
from visual_erm.judges.mosaic import SEAM, STEP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

WIPED, SAME, EVEN = 0.2, 0.02, 8
"""Share of what is drawn that is cut off, at least, for that to be no attempt; share of what is
kept that may differ; grey levels within which nothing is drawn."""


def erased(reference: Image | Picture, candidate: Image) -> Sham | None:
    """Whether a picture is the reference with all on one side of a straight line wiped out.

    Who leaves an element out leaves it out whole; a line through what is drawn, up to which nothing
    differs and from which nothing is there, is an eraser's.
    """
    a = reference if isinstance(reference, Picture) else Picture(reference)
    small = same_grid(a.small, a.given, candidate)
    differs = align.exceeds(align.strongest(cv2.absdiff(a.small, small)), STEP)
    share = 0.0
    for turn in range(4):
        one, two = (np.asarray(np.rot90(image, turn), np.uint8) for image in (a.small, small))
        share = max(share, _wiped(one, two, np.asarray(np.rot90(differs, turn), np.bool_)))
    if share < WIPED:
        return None
    reason = f"{round(100 * share)}% of what the reference shows is cut off along a straight line"
    return Sham(reason, HONEST + 0.3 * share)


def _wiped(reference: Image, candidate: Image, differs: NDArray[np.bool_]) -> float:
    """Share of the reference that the candidate does not show from some column on; 0 if it does."""
    colour = candidate[0, -1]
    other = align.exceeds(align.from_colour(candidate, colour), EVEN)
    shown = np.asarray(other.any(axis=0), np.bool_)
    start = shown.size - int(shown[::-1].argmax())
    if not shown.any() or not SEAM < start < shown.size - SEAM:
        return 0.0
    drawn = align.exceeds(align.from_colour(reference, colour), STEP)
    # The seam itself is smoothed.
    kept, through = drawn[:, : start - 1], drawn[:, start - 2] & drawn[:, start + 1]
    off = np.count_nonzero(differs[:, : start - 1]) > SAME * np.count_nonzero(kept)
    if off or np.count_nonzero(through) < 2:
        return 0.0
    gone, total = np.count_nonzero(drawn[:, start:]), np.count_nonzero(drawn)
    return float(gone / total) if total else 0.0
