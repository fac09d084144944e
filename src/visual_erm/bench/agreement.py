"""How two lists of severities agree, as ratios of sums: a bootstrap can weigh the sums anew.

Each function returns numerator and denominator of the coefficient, of any leading shape; where the
denominator is 0 the coefficient is undefined (one of the two never varies).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Pair = tuple[Any, Any]
"""Numerator and denominator."""


def weighted_kappa(counts: Array) -> Pair:
    """Quadratically weighted kappa (Cohen 1968): 1 - disagreement / disagreement by chance.

    Args:
        counts: `(..., K, K)`, how often one says i and the other j.

    >>> above, below = weighted_kappa(np.array([[20.0, 5.0], [10.0, 15.0]]))
    >>> round(float(above / below), 3)
    0.4
    """
    size = counts.shape[-1]
    apart = (np.arange(size)[:, None] - np.arange(size)) ** 2
    total = np.maximum(counts.sum((-2, -1)), 1)
    seen = (apart * counts).sum((-2, -1))
    product = counts.sum(-1)[..., :, None] * counts.sum(-2)[..., None, :]
    chance = (apart * product).sum((-2, -1)) / total
    return chance - seen, chance


def ordinal_alpha(coincidences: Array) -> Pair:
    """Krippendorff's alpha for ordered categories: 1 - observed / expected disagreement.

    Args:
        coincidences: `(..., K, K)`, symmetric: each unit adds every ordered pair of its values,
            divided by one less than it has; for two observers `counts + counts^T`.

    Krippendorff, "Computing Krippendorff's alpha-reliability" (2011): the distance of two ranks is
    how many values lie between them, half of each end's own counted.
    """
    size = coincidences.shape[-1]
    of_rank = coincidences.sum(-1)
    n = of_rank.sum(-1)
    up_to = np.cumsum(of_rank, -1)
    middle = up_to - of_rank / 2
    apart = (middle[..., :, None] - middle[..., None, :]) ** 2
    observed = (apart * coincidences).sum((-2, -1))
    product = of_rank[..., :, None] * of_rank[..., None, :]
    product = product * (1 - np.eye(size))
    expected = (apart * product).sum((-2, -1)) / np.maximum(n - 1, 1)
    return expected - observed, expected


def correlation(n: Any, x: Any, y: Any, xx: Any, yy: Any, xy: Any) -> Pair:
    """Pearson's from sums over `n` pairs of values."""
    n = np.maximum(n, 1)
    above = xy - x * y / n
    spread = (xx - x**2 / n) * (yy - y**2 / n)
    return above, np.sqrt(np.maximum(spread, 0))
