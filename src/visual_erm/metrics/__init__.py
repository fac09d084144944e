"""Plain picture metrics, as baselines beside a judge: `(reference, candidate) -> float`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visual_erm.metrics.pixels import mse, psnr, tolerant
from visual_erm.metrics.structure import perceptual_hash, ssim

if TYPE_CHECKING:
    from visual_erm.types import Image

__all__ = ["METRICS", "Metric", "mse", "perceptual_hash", "psnr", "ssim", "tolerant"]


@dataclass(frozen=True)
class Metric:
    """A picture metric and which way it points."""

    function: Callable[[Image, Image], float]
    higher_is_better: bool

    def quality(self, reference: Image, candidate: Image) -> float:
        """The value, turned so that higher is better."""
        value = self.function(reference, candidate)
        return value if self.higher_is_better else -value


METRICS: dict[str, Metric] = {
    "ssim": Metric(ssim, higher_is_better=True),
    "mse": Metric(mse, higher_is_better=False),
    "psnr": Metric(psnr, higher_is_better=True),
    "phash": Metric(perceptual_hash, higher_is_better=False),
    "tolerant": Metric(tolerant, higher_is_better=False),
}
