"""Reading text in pictures: placeholder interface; see `Reader`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.types import Image


@dataclass(frozen=True)
class Text:
    """One line of text in a picture."""

    text: str
    box: Box
    score: float
    """Confidence of the recogniser in [0, 1]."""
    rotated: bool = False
    """Whether it runs upwards (turned by 90 degrees)."""


class Reader:
    """Finds and reads lines of text. Thread-safe; models load on first use."""

    def read(
        self, image: Image, *, like: tuple[Image, tuple[Text, ...]] | None = None
    ) -> tuple[Text, ...]:
        """Lines in reading order.

        Args:
            image: `(H, W, 3)` uint8 RGB.
            like: another picture of the same size and what was read in it; lines whose pixels
                equal it are copied instead of read.
        """
        raise NotImplementedError
