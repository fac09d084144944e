"""Structure: SSIM with its relatives, and a perceptual hash.

Each function takes the reference and the candidate, `(H, W, 3)` uint8 RGB; a candidate of another
size is first scaled to the reference's size, as in `metrics.pixels`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import images
from visual_erm.metrics.pixels import on_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Values = NDArray[np.float32]
    """`(H, W, C)`, grey levels from `MIDDLE`: small squares, so that single precision will do."""

WINDOW, SIGMA = 11, 1.5
"""Gaussian window of Wang et al. 2004, pixels."""
K1, K2 = 0.01, 0.03
MIDDLE = 128
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Weights of the scales of MS-SSIM, finest first."""
CANNY = (100, 200)
"""Thresholds of the gradient, grey levels."""
UNISVG_SIDE = 336
"""Pixels of the pictures that UniSVG compares."""
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
    return _mean(*_maps(*_pair(reference, candidate), GAUSSIAN))


def ms_ssim(reference: Image, candidate: Image) -> float:
    """SSIM at several scales in [0, 1], 1 when equal; mean over channels.

    Wang, Simoncelli, Bovik, "Multiscale structural similarity for image quality assessment", 2003:
    contrast and structure at five scales, each half the one before (means of 2 x 2 pixels), and
    luminance at the coarsest, `prod_j cs_j^w_j * l^w_5`. Negative terms count as 0. A picture of
    less than 176 pixels a side has fewer scales, whose weights are scaled to the same sum; the
    paper leaves such pictures out. ValueError as for `ssim`.
    """
    x, y = _pair(reference, candidate)
    scales = min(len(SCALES), 1 + int(math.log2(min(x.shape[:2]) / WINDOW)))
    weights = np.array(SCALES[:scales]) * (sum(SCALES) / sum(SCALES[:scales]))
    found = np.ones(x.shape[2])
    for at, weight in enumerate(weights):
        luminance, structure = _maps(x, y, GAUSSIAN)
        terms = structure if at + 1 < scales else luminance * structure
        found *= np.maximum(terms.mean(axis=(0, 1), dtype=np.float64), 0) ** weight
        x, y = _halved(x), _halved(y)
    return float(found.mean())


def edge_ssim(reference: Image, candidate: Image) -> float:
    """SSIM of the two maps of edges, in [-1, 1], 1 when equal.

    Edges are Canny's on the grey picture, widened by a pixel, as in the edge reward of RLRF
    (Rodriguez et al., arXiv 2505.20793), which compares them by squared error.
    """
    return ssim(_edges(reference), _edges(on_grid(reference, candidate)))


def unisvg_ssim(reference: Image, candidate: Image) -> float:
    """The SSIM of the UniSVG score, in [-1, 1], 1 when equal: the part that needs no model.

    Both pictures at 336 x 336; windows of 7 x 7 pixels that weigh all alike, sample covariance.
    """
    side = UNISVG_SIDE, UNISVG_SIDE
    x, y = (_values(images.resize(picture, side)) for picture in (reference, candidate))
    return _mean(*_maps(x, y, UNIFORM))


def _pair(reference: Image, candidate: Image) -> tuple[Values, Values]:
    if min(reference.shape[:2]) < WINDOW:
        raise ValueError(f"SSIM needs {WINDOW} pixels a side; got {reference.shape[:2]}")
    return _values(reference), _values(on_grid(reference, candidate))


def _values(image: Image) -> Values:
    return image.astype(np.float32) - np.float32(MIDDLE)


def _mean(luminance: Values, structure: Values) -> float:
    return float((luminance * structure).mean(dtype=np.float64))


def _maps(x: Values, y: Values, window: Window) -> tuple[Values, Values]:
    """Luminance, and contrast with structure, where the window lies within the picture."""
    mean_x, mean_y = window.mean(x), window.mean(y)
    var_x = window.mean(x * x) - mean_x**2
    var_y = window.mean(y * y) - mean_y**2
    covariance = window.mean(x * y) - mean_x * mean_y
    mean_x, mean_y = mean_x + np.float32(MIDDLE), mean_y + np.float32(MIDDLE)
    c1, c2 = np.float32((K1 * 255) ** 2), np.float32((K2 * 255) ** 2 / window.sample)
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return luminance, np.asarray((2 * covariance + c2) / (var_x + var_y + c2), np.float32)


@dataclass(frozen=True)
class Window:
    """Weights over which means are taken."""

    side: int
    """Pixels."""
    sigma: float | None
    """Of a Gaussian, in pixels; None where all pixels weigh alike."""
    sample: float = 1.0
    """What turns the population's covariance into the sample's."""

    def mean(self, values: Values) -> Values:
        """Weighted means, where the window lies within the picture; channels kept."""
        side = self.side, self.side
        if self.sigma is None:
            means = cv2.blur(values, side)
        else:
            means = cv2.GaussianBlur(values, side, self.sigma)
        edge = self.side // 2
        found: Values = means.reshape(values.shape)[edge:-edge, edge:-edge]
        return found


GAUSSIAN = Window(WINDOW, SIGMA)
UNIFORM = Window(7, None, 49 / 48)


def _halved(values: Values) -> Values:
    """Means of 2 x 2 pixels; an odd last row or column is left out."""
    height, width = (side // 2 for side in values.shape[:2])
    even = values[: 2 * height, : 2 * width]
    means = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32).reshape(height, width, -1)


def _edges(image: Image) -> Image:
    edges = cv2.Canny(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), *CANNY)
    return np.asarray(cv2.dilate(edges, np.ones((3, 3), np.uint8)), np.uint8)[..., None]


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
