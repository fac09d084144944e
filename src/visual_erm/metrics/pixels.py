"""Pixel by pixel: squared error, its logarithm, and the share of pixels that really differ.

Each function takes the reference and the candidate, `(H, W, 3)` uint8 RGB; a candidate of another
size is first scaled to the reference's size with `visual_erm.images.resize`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from visual_erm import images
from visual_erm.align import tolerant_difference

if TYPE_CHECKING:
    from visual_erm.types import Image

NEAR = 1
"""Pixels within which a colour may be found."""
LEVELS = 32
"""Grey levels by which a pixel must lie outside the colours near its place."""


def on_grid(reference: Image, candidate: Image) -> Image:
    """The candidate at the reference's size: the one resize rule of all metrics."""
    return images.resize(candidate, (reference.shape[1], reference.shape[0]))


def mse(reference: Image, candidate: Image) -> float:
    """Mean squared error over pixels and channels of values in [0, 255]; 0 when equal.

    >>> a = np.zeros((8, 8, 3), np.uint8)
    >>> mse(a, a + np.uint8(3))
    9.0
    """
    gap = reference.astype(np.float64) - on_grid(reference, candidate)
    return float(np.mean(gap**2))


def psnr(reference: Image, candidate: Image) -> float:
    """Peak signal-to-noise ratio in dB, `10 log10(255^2 / mse)`; infinite when equal.

    >>> a = np.zeros((8, 8, 3), np.uint8)
    >>> round(psnr(a, a + np.uint8(3)), 2)
    38.59
    """
    error = mse(reference, candidate)
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def tolerant(reference: Image, candidate: Image) -> float:
    """Share of pixels in [0, 1] whose colour the other picture does not have nearby.

    A pixel differs when a channel lies more than `LEVELS` outside the range that the other picture
    takes within `NEAR` pixels, in either direction. Anti-aliasing and 1 px shifts do not count.

    >>> a = np.zeros((8, 8, 3), np.uint8)
    >>> b = a.copy(); b[2:6, 2:6] = 255
    >>> tolerant(a, b)
    0.25
    """
    other = on_grid(reference, candidate)
    return float(tolerant_difference(reference, other, NEAR, LEVELS).mean())
