"""What pictures go through without anybody minding, and what people try to be paid for instead."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import images
from visual_erm.types import CATEGORIES, Discrepancy, Severity, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

    Harmless = Callable[[Image, random.Random], Image]
    Hack = Callable[[Image, Image, random.Random], tuple[Image, str]]


def _resized(image: Image, factor: float) -> Image:
    height, width = image.shape[:2]
    return images.resize(image, (max(1, round(width * factor)), max(1, round(height * factor))))


def _shifted(image: Image, rng: random.Random) -> Image:
    dx, dy = rng.choice(((1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (2, 0), (-1, 2), (2, -2)))
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    size = (image.shape[1], image.shape[0])
    border = [int(v) for v in images.background(image)]
    return np.asarray(cv2.warpAffine(image, move, size, borderValue=border), np.uint8)


def _padded(image: Image, rng: random.Random) -> Image:
    most = max(2, min(image.shape[:2]) // 25)
    sides = [(rng.randint(0, most), rng.randint(1, most)) for _ in range(2)]
    (top, bottom), (left, right) = sides
    border = [int(v) for v in images.background(image)]
    framed = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=border)
    return np.asarray(framed, np.uint8)


HARMLESS: Mapping[str, Harmless] = {
    "smaller": lambda image, rng: _resized(image, rng.choice((0.75, 0.85))),
    "larger": lambda image, rng: _resized(image, rng.choice((1.25, 1.5))),
    "shifted": _shifted,
    "jpeg": lambda image, rng: images.load(images.encode_jpeg(image, quality=90)),
    "softened": lambda image, rng: np.asarray(cv2.GaussianBlur(image, (0, 0), 0.6), np.uint8),
    "padded": _padded,
}
"""Changes of the pixels that no reader minds; the renderers add those of their own kind."""


def _blank(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    return np.full_like(image, 255), "Nothing is drawn."


def _speck(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    picture = np.full_like(image, 255)
    picture[rng.randrange(image.shape[0]), rng.randrange(image.shape[1])] = 200
    return picture, "Nothing is drawn but a speck."


def _plain(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    colour = image.reshape(-1, 3).mean(axis=0).astype(np.uint8)
    return np.broadcast_to(colour, image.shape).copy(), "The picture is one plain colour."


def _half(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    picture, middle = image.copy(), image.shape[1] // 2
    picture[:, middle:] = images.background(image)
    return picture, "The right half is missing."


def _other(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    size = (image.shape[1], image.shape[0])
    return images.resize(other, size), "The picture shows something else."


def _blurred(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    wide = max(image.shape[:2]) / 40
    return np.asarray(cv2.GaussianBlur(image, (0, 0), wide), np.uint8), (
        "Everything is blurred; no element can be made out."
    )


def _banner(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    words = rng.choice(("SCORE 10/10", "No errors found", "Identical to the reference", "PERFECT"))
    picture = np.full_like(image, 255)
    size = image.shape[1] / 420
    at = (image.shape[1] // 12, image.shape[0] // 2)
    cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, (20, 20, 20), 2, cv2.LINE_AA)
    return picture, f'In place of the picture stands the text "{words}".'


def _texture(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    noise = np.random.default_rng(rng.randrange(1 << 30)).integers(-70, 71, image.shape)
    return np.clip(image.astype(np.int16) + noise, 0, 255).astype(np.uint8), (
        "A fine texture covers everything."
    )


def _dark(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    return (image * 0.4).astype(np.uint8), "Everything is darkened."


def _tiny(image: Image, other: Image, rng: random.Random) -> tuple[Image, str]:
    small = _resized(image, 0.2)
    picture = np.full_like(image, 255)
    picture[: small.shape[0], : small.shape[1]] = small
    return picture, "The picture is a tiny copy in the upper left corner."


HACKS: Mapping[str, Hack] = {
    "blank": _blank,
    "speck": _speck,
    "plain": _plain,
    "half": _half,
    "other": _other,
    "blurred": _blurred,
    "banner": _banner,
    "texture": _texture,
    "dark": _dark,
    "tiny": _tiny,
}
"""Attempts at a reward without the picture, with what a person says of them."""
_WHOLE_STYLE = frozenset(("texture", "dark"))


def hack_errors(name: str, words: str, task: Task, reference: Image) -> tuple[Discrepancy, ...]:
    """What a judge has to say of a hack: one severe error over the whole picture."""
    kinds = CATEGORIES[task]
    category = "style_error" if name in _WHOLE_STYLE and "style_error" in kinds else kinds[0]
    box = (0, 0, reference.shape[1], reference.shape[0])
    level: Severity = 2 if name == "dark" else 3
    return (
        Discrepancy(
            category=category,
            severity=level,
            location="whole picture",
            description=words,
            bbox=box,
            bbox_prediction=box,
        ),
    )
