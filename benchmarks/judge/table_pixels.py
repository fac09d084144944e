"""What happens to pictures of tables: resolution, compression, scanning; and marks in them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.types import Image

MARGIN = 12
"""Pixels around a scanned table."""


def scaled(image: Image, scale: float) -> Image:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def jpeg(image: Image, quality: int) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def blurred(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def padded(image: Image, rng: random.Random, most: int) -> Image:
    sides = [(rng.randint(0, most), rng.randint(0, most)) for _ in range(2)]
    return np.pad(image, (*sides, (0, 0)), constant_values=255)


PIXELS: dict[str, Callable[[Image, random.Random], Image]] = {
    "smaller": lambda image, rng: scaled(image, rng.choice((0.8, 0.9))),
    "larger": lambda image, rng: scaled(image, rng.choice((1.25, 1.5, 2.0))),
    "shift": lambda image, rng: np.roll(image, (rng.choice((1, -1)), rng.choice((1, 2))), (0, 1)),
    "jpeg": lambda image, rng: jpeg(image, 90),
    "blur": lambda image, rng: blurred(image, 0.6),
    "padding": lambda image, rng: padded(image, rng, 40),
}


def scanned(image: Image, rng: random.Random) -> Image:
    """As a scanner or a camera gives it: turned a little, uneven light, grain, compression."""
    height, width = image.shape[:2]
    image = np.pad(image, ((MARGIN,) * 2, (MARGIN,) * 2, (0, 0)), mode="edge")
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-0.5, 0.5), 1.0)
    size = (width + 2 * MARGIN, height + 2 * MARGIN)
    turned = cv2.warpAffine(image, turn, size, flags=cv2.INTER_CUBIC, borderMode=1)
    light = np.linspace(rng.uniform(0.85, 1), rng.uniform(0.85, 1), size[0])[None, :, None]
    grain = np.random.default_rng(rng.randrange(1 << 30)).normal(0, 3, (size[1], size[0], 1))
    grey = np.clip(cv2.GaussianBlur(turned, (0, 0), rng.uniform(0.4, 0.8)) * light + grain, 0, 255)
    return jpeg(grey.astype(np.uint8), rng.choice((60, 75, 85)))


def loud(marked: Image, margin: int = 0) -> Box | None:
    """Around everything in magenta, that many pixels further right and down."""
    colours = marked.astype(np.int16)
    found = (colours[..., 0] > 200) & (colours[..., 1] < 60) & (colours[..., 2] > 200)
    ys, xs = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    if not len(ys):
        return None
    x0, y0, x1, y1 = int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1
    return x0 + margin, y0 + margin, x1 + margin, y1 + margin
