"""How large a picture may become, and what happens when it would be larger.

A figure beyond the limits is drawn at a lower dpi, and a warning says so. Where that would take
less than `LEAST_DPI`, the program asked for something that nobody can look at: `too_large`.
"""

from __future__ import annotations

from typing import Any

from visual_erm.renderers.job import Rejected

MOST_SIDE = 4096
"""Pixels."""
MOST_PIXELS = 16_000_000
LEAST_DPI = 20.0


class OversizeError(Exception):
    """A canvas that is not to be drawn at this size; carries the size and its dpi."""

    def __init__(self, width: float, height: float, dpi: float) -> None:
        super().__init__(f"{width:.0f} x {height:.0f} pixels")
        self.width, self.height, self.dpi = width, height, dpi


def check(canvas: Any) -> None:
    """Stop a canvas that is beyond the limits before memory is asked for.

    Raises:
        OversizeError: too large; `shrink` says what to do.
    """
    width, height = canvas.figure.bbox.size
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise OversizeError(float(width), float(height), float(canvas.figure.dpi))


def shrink(error: OversizeError) -> tuple[float, str]:
    """The dpi at which it fits, and the warning.

    Raises:
        Rejected: with code `too_large`, where no readable dpi fits.
    """
    factor = min(
        MOST_SIDE / max(error.width, error.height, 1),
        (MOST_PIXELS / max(error.width * error.height, 1)) ** 0.5,
    )
    dpi = error.dpi * factor * 0.995
    if dpi < LEAST_DPI:
        raise Rejected(
            "too_large",
            f"the figure is {error.width:.0f} x {error.height:.0f} pixels; at most {MOST_SIDE} "
            f"a side and {MOST_PIXELS // 1_000_000} million in all are drawn",
        )
    return dpi, (
        f"the figure is {error.width:.0f} x {error.height:.0f} pixels at {error.dpi:.4g} dpi; "
        f"drawn at {dpi:.4g} dpi"
    )
