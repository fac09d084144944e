"""Structure: SSIM and a perceptual hash.

Each function takes the reference and the candidate, `(H, W, 3)` uint8 RGB; a candidate of another
size is first scaled to the reference's size, as in `metrics.pixels`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.metrics.pixels import on_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

WINDOW, SIGMA = 11, 1.5
"""Gaussian window of Wang et al. 2004, pixels."""
K1, K2 = 0.01, 0.03
HASH_SIDE = 8
"""The hash keeps the lowest HASH_SIDE x HASH_SIDE frequencies."""
HASH_GRID = 32


def ssim(reference: Image, candidate: Image) -> float:
    """Structural similarity in [-1, 1], 1 when equal; mean over channels and places.

    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural
    similarity", 2004: Gaussian window, population covariance, places whose window leaves the
    picture are left out. Pictures smaller than the window have no SSIM: ValueError.

    >>> a = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)
    >>> ssim(a, a)
    1.0
    """
    if min(reference.shape[:2]) < WINDOW:
        raise ValueError(f"SSIM needs {WINDOW} pixels a side; got {reference.shape[:2]}")
    x = reference.astype(np.float64)
    y = on_grid(reference, candidate).astype(np.float64)
    mean_x, mean_y = _smooth(x), _smooth(y)
    var_x = _smooth(x * x) - mean_x**2
    var_y = _smooth(y * y) - mean_y**2
    covariance = _smooth(x * y) - mean_x * mean_y
    c1, c2 = (K1 * 255) ** 2, (K2 * 255) ** 2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (var_x + var_y + c2)
    edge = WINDOW // 2
    inner = (luminance * structure)[edge:-edge, edge:-edge]
    return float(inner.mean())


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(values, (WINDOW, WINDOW), SIGMA), np.float64)


def perceptual_hash(reference: Image, candidate: Image) -> float:
    """Share of differing bits of the two DCT hashes, in [0, 1]; 0 when equal.

    The hash: grey, scaled to 32 x 32, cosine transform, its lowest 8 x 8 coefficients without the
    mean, each compared with their median.
    """
    bits = [_hash(picture) for picture in (reference, on_grid(reference, candidate))]
    return float(np.mean(bits[0] != bits[1]))


def _hash(image: Image) -> NDArray[np.bool_]:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    small = cv2.resize(grey, (HASH_GRID, HASH_GRID), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small)[:HASH_SIDE, :HASH_SIDE].ravel()[1:]
    return np.asarray(low > np.median(low))
