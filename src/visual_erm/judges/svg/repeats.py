"""Whether something new is another copy of what the reference shows, told by its outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.judges.svg.match import Comparison, dilate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

OUTLINE = 24
"""Pixels of a new outline from which it tells a copy from a bulge."""
COPY, SOME_COPY = 0.8, 0.45
"""Shares of a new outline that another one covers to be a copy of it, or one of two."""


def repeated(c: Comparison, mask: Mask, *, in_a_row: bool = True) -> bool:
    """Whether the new outline at a place is one that the reference has elsewhere: a copy of it.

    A bulge has an outline of its own. Looked for are places to which the outline that only the
    candidate has fits unturned; or fits in good part, and the rest does half as far or twice.

    Args:
        c: the comparison.
        mask: the place.
        in_a_row: whether it may be two copies, one behind the other.
    """
    was, new = c.outlines
    ys, xs = np.nonzero(new & dilate(mask, 2 * c.radius))
    if len(ys) < OUTLINE:
        return False
    piece = np.zeros((int(np.ptp(ys)) + 1, int(np.ptp(xs)) + 1), np.float32)
    piece[ys - ys.min(), xs - xs.min()] = 1
    tall, wide = piece.shape
    field = dilate(was, c.radius)
    room = ((tall // 3, tall // 3), (wide // 3, wide // 3))
    fits = cv2.matchTemplate(np.pad(field.astype(np.float32), room), piece, cv2.TM_CCORR)
    if float(fits.max()) >= COPY * len(ys):
        return True
    if not in_a_row or float(fits.max()) < SOME_COPY * len(ys):
        return False
    row, column = np.unravel_index(int(fits.argmax()), fits.shape)
    down, right = int(ys.min() - row + tall // 3), int(xs.min() - column + wide // 3)
    shifted = [_at(field, ys - round(down * k), xs - round(right * k)) for k in (1, 0.5, 2)]
    return max(int((shifted[0] | other).sum()) for other in shifted[1:]) >= COPY * len(ys)


def _at(field: Mask, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> Mask:
    """`(n,)`: what is set at these places; nothing outside is."""
    height, width = field.shape
    inside = (ys >= 0) & (ys < height) & (xs >= 0) & (xs < width)
    return np.asarray(inside & field[ys.clip(0, height - 1), xs.clip(0, width - 1)])
