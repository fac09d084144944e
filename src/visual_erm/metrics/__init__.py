"""Plain picture metrics, as baselines beside a judge: `(reference, candidate) -> float`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visual_erm.metrics.pixels import mse, psnr, tolerant
from visual_erm.metrics.structure import edge_ssim, ms_ssim, perceptual_hash, ssim, unisvg_ssim

if TYPE_CHECKING:
    from visual_erm.types import Image

__all__ = [
    "METRICS",
    "Metric",
    "edge_ssim",
    "ms_ssim",
    "mse",
    "perceptual_hash",
    "psnr",
    "ssim",
    "tolerant",
    "unisvg_ssim",
]


@dataclass(frozen=True)
class Metric:
    """A picture metric, its range, and which way it points."""

    function: Callable[[Image, Image], float]
    higher_is_better: bool
    low: float
    """No value is below this."""
    high: float
    """No value is above this."""

    def quality(self, reference: Image, candidate: Image) -> float:
        """The value, turned so that higher is better."""
        value = self.function(reference, candidate)
        return value if self.higher_is_better else -value

    @property
    def worst(self) -> float:
        """The lowest quality."""
        return self.low if self.higher_is_better else -self.high

    @property
    def best(self) -> float:
        """The highest quality."""
        return self.high if self.higher_is_better else -self.low


METRICS: dict[str, Metric] = {
    "ssim": Metric(ssim, True, -1.0, 1.0),
    "ms_ssim": Metric(ms_ssim, True, 0.0, 1.0),
    "edge_ssim": Metric(edge_ssim, True, -1.0, 1.0),
    "unisvg_ssim": Metric(unisvg_ssim, True, -1.0, 1.0),
    "mse": Metric(mse, False, 0.0, 255.0**2),
    "psnr": Metric(psnr, True, 0.0, math.inf),
    "phash": Metric(perceptual_hash, False, 0.0, 1.0),
    "tolerant": Metric(tolerant, False, 0.0, 1.0),
}
