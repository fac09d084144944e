"""A candidate that is the reference's picture in another resolution, smoothed or compressed.

Noise breaks dotted rules and joins letters, so taken apart for itself such a picture gives another
grid. But what stands at the places of the reference's texts can be asked of it directly: where the
ink agrees, the text is that of the reference, and only the rest is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import components
from visual_erm.judges.table import look

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.table.grid import Grid
    from visual_erm.types import Box

    Grey = NDArray[np.uint8]
    Grey32 = NDArray[np.float32]

PROPORTIONS = 0.02
"""By how much the scales along both axes may differ."""
SCALES = 0.45, 2.3
SAME_INK, AS_MUCH = 0.96, 0.6
"""Correlation of the ink of one text in two qualities, and its spread in the one as a share of
that in the other, where they are least."""
MOST_AGREE = 0.6
"""Share of the texts that must agree for two pictures to be laid out alike."""
UNTOUCHED, CLEAN = 10, 0.4
"""Grey levels within which a text is untouched, and the share of such texts from which a picture
is not noisy: then it is taken apart for itself, which also shows what changed beside the texts."""
CLEAR, SPECK = 0.25, 4
"""Share of the range of brightness, and pixels, by which a picture differs beside its texts."""


@dataclass(frozen=True)
class Spot:
    """The place of one text of the reference in the other picture."""

    box: Box
    same: bool
    """Whether the ink is that of the reference."""


def spots(reference: Grey, candidate: Grey, grid: Grid) -> list[Spot] | None:
    """Where the texts of the reference stand in a noisy picture laid out like it.

    Args:
        reference: the brightness of the reference, `(H, W)` uint8.
        candidate: that of the other picture.
        grid: of the reference.

    Returns:
        One for each text of `grid`, in order; None where the other picture is clean, laid out in
        another way, or differs beside the texts.
    """
    height, width = candidate.shape
    scale = width / reference.shape[1], height / reference.shape[0]
    if abs(scale[0] / scale[1] - 1) > PROPORTIONS or not SCALES[0] < scale[0] < SCALES[1]:
        return None
    boxes = [box for place in grid.places for box in place.islands]
    if not boxes:
        return None
    size = (reference.shape[1], reference.shape[0])
    method = cv2.INTER_AREA if scale[0] > 1 else cv2.INTER_CUBIC
    other = np.asarray(cv2.resize(candidate, size, interpolation=method), np.uint8)
    smooth = [cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.9) for grey in (reference, other)]
    agree = [_agrees(smooth[0], smooth[1], box) for box in boxes]
    if np.mean(agree) < MOST_AGREE or _clean(reference, other, boxes):
        return None
    wrong = [box for box, same in zip(boxes, agree, strict=True) if not same]
    if _differ_beside(reference, other, wrong):
        return None
    return [Spot(times(b, scale), same) for b, same in zip(boxes, agree, strict=True)]


def times(box: Box, scale: tuple[float, float]) -> Box:
    """A box in another resolution, none of its edge pixels lost."""
    x0, y0 = int(box[0] * scale[0]), int(box[1] * scale[1])
    return x0, y0, int(np.ceil(box[2] * scale[0])), int(np.ceil(box[3] * scale[1]))


def _agrees(ours: Grey32, theirs: Grey32, box: Box) -> bool:
    x0, y0, x1, y1 = max(0, box[0] - 1), max(0, box[1] - 1), box[2] + 1, box[3] + 1
    window = max(5, round(0.75 * (box[3] - box[1])))
    a, b = ours[y0:y1, x0:x1], theirs[y0:y1, x0:x1]
    # Correlation alone does not see that one of two places is blank.
    if _least_share(_spreads(a, window), _spreads(b, window)) < AS_MUCH:
        return False
    return look.least_correlation(a, b, window) >= SAME_INK


def _spreads(part: Grey32, window: int) -> NDArray[np.float64]:
    """Standard deviation of brightness in windows from left to right."""
    window = min(window, part.shape[1])
    part = part - part.mean()
    sums, squares = (
        np.convolve(values.sum(axis=0, dtype=np.float64), np.ones(window), "valid")
        for values in (part, part * part)
    )
    count = window * part.shape[0]
    return np.asarray(np.sqrt(np.maximum(squares / count - (sums / count) ** 2, 0)))


def _least_share(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    little = 0.2 * max(float(a.max()), float(b.max()), 1.0)
    return float(np.min((np.minimum(a, b) + little) / (np.maximum(a, b) + little)))


def _clean(reference: Grey, other: Grey, boxes: list[Box]) -> bool:
    apart = cv2.absdiff(reference, other)
    same = [int(apart[y0:y1, x0:x1].max()) <= UNTOUCHED for x0, y0, x1, y1 in boxes]
    return float(np.mean(same)) >= CLEAN


def _differ_beside(reference: Grey, other: Grey, wrong: list[Box]) -> bool:
    """Whether something changed, but for places that are read anew."""
    kernel = np.ones((3, 3), np.uint8)
    darker = cv2.subtract(cv2.erode(reference, kernel), other)
    lighter = cv2.subtract(other, cv2.dilate(reference, kernel))
    contrast = float(np.percentile(reference, 99)) - float(np.percentile(reference, 1))
    new = (np.maximum(darker, lighter) > CLEAR * contrast).astype(np.uint8)
    for x0, y0, x1, y1 in wrong:
        new[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = 0
    _, _, stats, _ = components(new)
    return bool((stats[1:, cv2.CC_STAT_AREA] >= SPECK).any())
