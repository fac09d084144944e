"""What the gate asks of a table that moved: every cell without a label holds what it held."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import strongest
from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.types import Image

INK = 70
"""Levels from the cell's background in any channel that make a pixel ink."""
BORDER = 3
"""Pixels at a cell's sides that are not looked at: its rules."""
DIFFERENT = 0.04
"""Share of a cell's ink that may differ, as letters fall on other fractions of a pixel."""
FEW = 4
"""Pixels that may differ in any cell."""


def same_elsewhere(
    reference: Image,
    prediction: Image,
    before: Mapping[int, Box],
    after: Mapping[int, Box],
    labelled: Container[int],
) -> bool:
    """Whether all cells that are in both pictures and carry no label hold as much ink.

    Only the amount is compared: in a narrower column the same words stand in other lines.

    Args:
        reference: the picture before, `(H, W, 3)`.
        prediction: the picture after; of any size.
        before: cells of the reference, by key.
        after: cells of the prediction.
        labelled: keys that an error is about.
    """
    for key in before.keys() & after.keys():
        if key in labelled:
            continue
        was, now = _ink(reference, before[key]), _ink(prediction, after[key])
        if abs(was - now) > max(FEW, DIFFERENT * max(was, now)):
            return False
    return True


def _ink(picture: Image, box: Box) -> int:
    """Pixels that are written on in a cell."""
    x0, y0, x1, y1 = box
    inside = picture[y0 + BORDER : y1 - BORDER, x0 + BORDER : x1 - BORDER]
    if not inside.size:
        return 0
    background = np.median(inside.reshape(-1, 3), axis=0).astype(np.uint8)
    levels = strongest(cv2.absdiff(inside, np.broadcast_to(background, inside.shape)))
    return int((levels > INK).sum())
