"""Pictures with the errors of a verdict marked in them, for places that show pixels only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.types import Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

COLOURS = {1: (31, 111, 139), 2: (168, 90, 0), 3: (179, 32, 44)}
"""RGB by severity, as on the page."""
GAP = 12
"""Pixels between two pictures side by side."""


def marked(
    image: Image,
    errors: Sequence[Discrepancy],
    *,
    prediction: bool = False,
    max_side: int | None = None,
) -> Image:
    """A copy with a numbered frame around every error that has a box in this picture.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        errors: numbered from 1 in the order given.
        prediction: the picture is the candidate, not the reference.
        max_side: pixels of the longer side to which it is scaled down; frames and numbers are
            drawn after that, and have the same size in every picture.
    """
    import cv2

    out = image.copy() if max_side is None else images.fit(image, max_side).copy()
    scale = out.shape[1] / image.shape[1]
    for number, error in enumerate(errors, 1):
        box = error.bbox_prediction if prediction else error.bbox
        if box is None:
            continue
        colour = COLOURS[error.severity]
        x0, y0, x1, y1 = (round(at * scale) for at in box)
        cv2.rectangle(out, (x0, y0), (x1 - 1, y1 - 1), colour, 2)
        centre = (max(x0, 9), max(y0, 9))
        cv2.circle(out, centre, 9, colour, -1, cv2.LINE_AA)
        text = str(number)
        corner = (centre[0] - 4 * len(text), centre[1] + 4)
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(out, text, corner, font, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    return out


def beside(left: Image, right: Image) -> Image:
    """Both pictures in one, the shorter one filled up with white."""
    height = max(left.shape[0], right.shape[0])
    out = images.blank(left.shape[1] + GAP + right.shape[1], height)
    out[: left.shape[0], : left.shape[1]] = left
    out[: right.shape[0], left.shape[1] + GAP :] = right
    return out
