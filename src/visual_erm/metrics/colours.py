"""How different colours look: CIEDE2000."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
"""From linear sRGB; its rows sum to the white point."""
_FAR = 25.0**7


def lab(rgb: NDArray[np.uint8]) -> Values:
    """CIE L*a*b* of sRGB colours `(..., 3)`, under D65; IEC 61966-2-1 and CIE 15."""
    level = rgb / 255
    linear = np.where(level > 0.04045, ((level + 0.055) / 1.055) ** 2.4, level / 12.92)
    ratio = linear @ TO_XYZ.T / TO_XYZ.sum(axis=1)
    x, y, z = np.moveaxis(
        np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116), -1, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(one: Values, other: Values) -> Values:
    """Differences of CIE L*a*b* colours `(..., 3)`, which broadcast; 0 equal, about 100 at most.

    Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation notes,
    supplementary test data, and mathematical observations", 2005; all weights 1.

    >>> a, b = np.array([50.0, 2.6772, -79.7751]), np.array([50.0, 0.0, -82.7485])
    >>> round(float(ciede2000(a, b)), 4)
    2.0425
    """
    lightness = (one[..., 0] + other[..., 0]) / 2
    chroma_ab = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma_ab**7 / (chroma_ab**7 + _FAR))
    a1, a2 = one[..., 1] * stretch, other[..., 1] * stretch
    c1, c2 = np.hypot(a1, one[..., 2]), np.hypot(a2, other[..., 2])
    h1, h2 = (np.degrees(np.arctan2(x[..., 2], a)) % 360 for x, a in ((one, a1), (other, a2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    # two hues that are opposite have two middles; the paper takes the half of the sum
    hue = np.where(grey, h1 + h2, np.where(abs(h1 - h2) <= 180, (h1 + h2) / 2, h1 + turn / 2))
    chroma = (c1 + c2) / 2
    tone = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    scale_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    d_l = (other[..., 0] - one[..., 0]) / scale_l
    d_c = (c2 - c1) / (1 + 0.045 * chroma)
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * tone)
    around = 60 * np.exp(-(((hue % 360 - 275) / 25) ** 2))
    bend = -2 * np.sqrt(chroma**7 / (chroma**7 + _FAR)) * np.sin(np.radians(around))
    return np.asarray(np.sqrt(np.maximum(d_l**2 + d_c**2 + d_h**2 + bend * d_c * d_h, 0)))
