"""The gate: a pair is kept only if the picture changed where its labels say, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import images
from visual_erm.align import strongest
from visual_erm.data.records import Reason
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

SEEN = 24
"""Levels in any channel from which a pixel counts as changed."""
LEAST = 0.0006
"""Share of the picture's pixels that must change for an error to be seen: 12 x 13 of 512 x 512."""
LETTER = 20
"""Pixels that must change where a text differs: one letter of small print."""
ELSEWHERE = 0.03
"""Share of the changed pixels that may lie outside all boxes: smoothing at their borders."""
MARGIN = 3
"""Pixels by which boxes are widened."""


def changed(reference: Image, prediction: Image) -> NDArray[np.bool_]:
    """Where two pictures of one size differ visibly: a mask `(H, W)`."""
    return np.asarray(strongest(cv2.absdiff(reference, prediction)) > SEEN)


def edit(
    reference: Image,
    prediction: Image,
    errors: Sequence[Discrepancy],
    *,
    reflows: bool = False,
    least: int | None = None,
    along: Sequence[Box] = (),
) -> Reason | None:
    """Why an edited pair is not kept; None if it is.

    Args:
        reference: the picture before.
        prediction: the picture after.
        errors: the labels, with boxes in either picture.
        reflows: whether what lies elsewhere may have moved; then it is only asked for a change.
        least: pixels that must change for an error to be seen; `LETTER` or `LEAST` if None.
        along: boxes of what changes as a consequence, and may.
    """
    if images.is_blank(prediction):
        return "blank"
    if reference.shape != prediction.shape:
        return None if reflows else "elsewhere"
    mask = changed(reference, prediction)
    count = int(mask.sum())
    only_texts = all(error.category.startswith("text") for error in errors)
    enough = LETTER if only_texts else LEAST * mask.size
    if count < (enough if least is None else least):
        return "invisible"
    if any(error.bbox is None and error.bbox_prediction is None for error in errors):
        return "invisible"
    if not reflows:
        boxes = [box for error in errors for box in (error.bbox, error.bbox_prediction) if box]
        boxes += along
        if int((mask & ~inside(boxes, mask.shape)).sum()) > ELSEWHERE * count:
            return "elsewhere"
        for error in errors:
            seen = [box for box in (error.bbox, error.bbox_prediction) if box]
            if int((mask & inside(seen, mask.shape)).sum()) < min(LETTER, least or LETTER):
                return "invisible"  # of several edits, another one made the change
    return None


def share(reference: Image, prediction: Image, boxes: Sequence[Box | None], ink: int) -> float:
    """Pixels that differ within boxes, as a share of those that the reference draws on.

    1 where the two have other sizes.
    """
    if reference.shape != prediction.shape:
        return 1.0
    mask = changed(reference, prediction)
    return int((mask & inside([box for box in boxes if box], mask.shape)).sum()) / ink


def unchanged(reference: Image, prediction: Image) -> Reason | None:
    """Why a pair whose picture must not change is not kept."""
    if reference.shape != prediction.shape or changed(reference, prediction).any():
        return "visible"
    return None


def inside(boxes: Sequence[Box], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pixels of a picture of this shape lie in one of the boxes, or next to it."""
    held = np.zeros(shape, bool)
    for x0, y0, x1, y1 in boxes:
        held[max(0, y0 - MARGIN) : y1 + MARGIN, max(0, x0 - MARGIN) : x1 + MARGIN] = True
    return held
