"""Whether a picture is a mosaic: pixels of a coarse one, enlarged until it has its size again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import align

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

STEP, BLOCKS, SEAM, GLANCE = 24, 8, 3, 64
"""Grey levels of a step between colours, columns with steps that make a mosaic, pixels that a seam
is wide at most, and lines that are looked at first."""
OCCUPIED, OFF = 0.5, 1.5
"""Share of the seams of a mosaic that show at least, between the first and the last, and pixels by
which one is off."""


def in_blocks(image: Image) -> bool:
    """Whether all steps between colours lie in a few columns and rows, evenly far apart: a mosaic.

    What is round or slanted has steps in each column that it covers; upright rectangles have them
    in few, but here and there.
    """
    views = image, image.transpose(1, 0, 2)
    # A few lines show as a rule that there is something round or slanted.
    few = (view[:: max(1, len(view) // GLANCE)] for view in views)
    return min(image.shape[:2]) > BLOCKS and all(map(_few_steps, (*few, *views)))


def _few_steps(image: Image) -> bool:
    steps = cv2.absdiff(image[:, 1:], image[:, :-1])
    apart = cv2.reduce(steps, 0, cv2.REDUCE_MAX)[0].max(axis=1) > STEP
    seams = align.runs(apart)
    if len(seams) < BLOCKS or int(np.ptp(seams, axis=1).max()) > SEAM:
        return False
    return _evenly_apart((seams.sum(axis=1) + 1) / 2, image.shape[1])


def _evenly_apart(seams: NDArray[np.float64], length: int) -> bool:
    """Whether most of the seams of equal blocks are there, and no others.

    Args:
        seams: their places, in pixels, two at least.
        length: of the side that blocks divide.
    """
    for blocks in range(len(seams), length // SEAM):
        side = length / blocks
        places = np.rint(seams / side)
        between = places[-1] - places[0] + 1
        if OCCUPIED * between <= len(seams) and np.abs(seams - places * side).max() <= OFF:
            return True
    return False
