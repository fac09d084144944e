"""Colours of the marks in a panel, told apart from their blends.

A smoothed edge mixes two colours, so a picture has more colours than its chart. A colour counts
when enough pixels lie inside marks of it, or, for thin lines, when it is not on the way from the
background to another colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]
    Colour = NDArray[np.float32]

STEP = 5.0
"""Size of the bins of the Lab histogram."""
SAME = 13.0
"""Distance in Lab within which two colours are one."""
LEAST = 0.0011
"""Share of the panel that a colour must cover."""
MOST = 14
"""With more colours than this a panel is a map of values, not a set of series."""


FEW = 5
"""With more colours than this in a panel that is covered all over it is a map of values too."""


@dataclass(frozen=True)
class Palette:
    """The colours of one panel and which pixel has which."""

    colours: tuple[Colour, ...]
    """Lab, most frequent first."""
    index: NDArray[np.int16]
    """`(H, W)`: index of the pixel's colour, -1 for background and what is hidden."""
    areas: tuple[int, ...]
    many: bool
    """Whether there are too many colours to be series."""

    def mask(self, k: int) -> Mask:
        """Pixels of colour `k`."""
        return np.asarray(self.index == k)


def lab(image: Image) -> NDArray[np.float32]:
    """CIE Lab, L in 0..100."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def palette(image: Image, background: NDArray[np.uint8], hidden: Mask) -> Palette:
    """Colours of a panel's inside; `hidden` pixels (texts, legends) are left out."""
    values = lab(image)
    paper = lab(background.reshape(1, 1, 3))[0, 0]
    far = np.linalg.norm(values - paper, axis=2)
    drawn = (far > 9) & ~hidden
    if not drawn.any():
        return Palette((), np.full(drawn.shape, -1, np.int16), (), False)
    flat = _flat(image) & drawn
    solid = _peaks(values[flat], LEAST * drawn.size, [])
    colours = [c for c in solid if not _pale_neutral(c, paper)]
    thin = drawn & ~flat
    colours = _with_thin(values, thin, far, paper, colours, LEAST * drawn.size)
    index = _classify(values, drawn, paper, colours)
    areas = np.bincount(index[index >= 0].ravel(), minlength=len(colours))
    order = np.argsort(-areas, kind="stable")
    order = np.array(
        [k for k in order if areas[k] >= LEAST * drawn.size and not _grid(index == k, colours[k])],
        int,
    )
    renumber = np.full(len(colours) + 1, -1, np.int16)
    renumber[order] = np.arange(len(order))
    index = renumber[index]
    return Palette(
        tuple(colours[k] for k in order),
        index,
        tuple(int(areas[k]) for k in order),
        len(order) > MOST or (len(order) > FEW and float(drawn.mean()) > 0.9),
    )


def _pale_neutral(colour: Colour, paper: Colour) -> bool:
    """Grid lines and frames of legends: nearly grey, and near to the background."""
    return bool(np.hypot(colour[1], colour[2]) < 6 and np.linalg.norm(colour - paper) < 26)


def _grid(mask: Mask, colour: Colour) -> bool:
    """Whether a grey colour is that of lines which cross the panel."""
    if np.hypot(colour[1], colour[2]) > 8:
        return False
    rows, columns = mask.mean(axis=1) > 0.45, mask.mean(axis=0) > 0.45
    crossing = int(mask[rows].sum()) + int(mask[:, columns].sum())
    thin = float(rows.mean()) < 0.15 and float(columns.mean()) < 0.15
    return thin and crossing > 0.7 * int(mask.sum())


def _flat(image: Image) -> Mask:
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel)).max(2) < 14)


def _peaks(pixels: NDArray[np.float32], least: float, known: list[Colour]) -> list[Colour]:
    """Centres of the Lab histogram that hold enough pixels, away from known ones."""
    if not len(pixels):
        return []
    bins = np.round(pixels / STEP).astype(np.int32)
    codes = (bins[:, 0] << 20) + ((bins[:, 1] + 64) << 10) + bins[:, 2] + 64
    values, first, counts = np.unique(codes, return_index=True, return_counts=True)
    found: list[Colour] = []
    shares: list[float] = []
    for k in np.argsort(-counts)[:400]:
        colour = bins[first[k]].astype(np.float32) * STEP
        near = [i for i, f in enumerate(found) if np.linalg.norm(f - colour) < SAME]
        if near:
            shares[near[0]] += counts[k]
        elif not any(np.linalg.norm(f - colour) < SAME for f in known):
            found.append(colour)
            shares.append(float(counts[k]))
    kept = [f for f, s in zip(found, shares, strict=True) if s >= least]
    return [_centre(pixels, colour) for colour in kept[: MOST + 6]]


def _centre(pixels: NDArray[np.float32], colour: Colour) -> Colour:
    near = pixels[np.linalg.norm(pixels - colour, axis=1) < STEP]
    return np.asarray(np.median(near, axis=0), np.float32) if len(near) else colour


def _with_thin(
    values: NDArray[np.float32],
    thin: Mask,
    far: NDArray[np.float32],
    paper: Colour,
    colours: list[Colour],
    least: float,
) -> list[Colour]:
    """Add colours of thin lines: pixels that are farthest from the paper around, and no blend."""
    ridge = cv2.dilate(far, np.ones((3, 3), np.uint8))
    tops = thin & (far >= 0.97 * ridge) & (far > 20)
    pixels = values[tops]
    for colour in _peaks(pixels, 0.35 * least, colours):
        if _pale_neutral(colour, paper):
            continue
        others = [paper, *colours]
        blend = any(
            _on_the_way(colour, others[i], others[k])
            for i in range(len(others))
            for k in range(i + 1, len(others))
        )
        if not blend:
            colours = [*colours, colour]
    return colours


def _on_the_way(colour: Colour, one: Colour, two: Colour) -> bool:
    """Whether a colour lies between two others, ends excluded by little."""
    way = two - one
    length = float(way @ way)
    if length < 1:
        return False
    t = float((colour - one) @ way) / length
    return 0.0 <= t <= 1.04 and float(np.linalg.norm(colour - one - t * way)) < 10


def _classify(
    values: NDArray[np.float32], drawn: Mask, paper: Colour, colours: list[Colour]
) -> NDArray[np.int16]:
    """Index of each drawn pixel's colour: the nearest, or that of which it is a blend with paper."""
    index = np.full(drawn.shape, -1, np.int16)
    if not colours:
        return index
    pixels = values[drawn]
    centres = np.stack(colours)
    direct = np.linalg.norm(pixels[:, None] - centres[None], axis=2)
    nearest = direct.argmin(axis=1).astype(np.int16)
    close = direct.min(axis=1) < SAME
    ways = centres - paper
    lengths = np.maximum(1e-3, (ways**2).sum(axis=1))
    t = ((pixels - paper) @ ways.T) / lengths
    off = np.linalg.norm(
        pixels[:, None] - paper - np.clip(t, 0, 1.1)[..., None] * ways[None], axis=2
    )
    off[t < 0.42] = 99
    blended = off.argmin(axis=1).astype(np.int16)
    mixed = off.min(axis=1) < 12
    index[drawn] = np.where(close, nearest, np.where(mixed, blended, -1))
    return index
