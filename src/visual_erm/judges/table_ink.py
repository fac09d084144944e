"""What is drawn in a picture of a table: ruling lines, and islands of ink that are lines of text.

Works on the difference from the local background, so a dark header, zebra stripes and coloured
cells look the same as black on white. Nothing here reads or knows rows and columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]
    Grey = NDArray[np.uint8]

INK = 40
"""Grey levels from the local background that make a pixel part of text."""
FAINT = 14
"""The same for ruling lines, which are often light grey."""
EVEN, EVEN_AREA, EVEN_SIDE = 16, 150, 8
"""Grey levels within 3 x 3 pixels, pixels, and pixels of side that make an area a background."""
ROUGHNESS = 0.12
"""Mean step of the contrast from pixel to pixel along a rule, as a share of the contrast."""
WORD_GAP = 0.75
"""In text heights: wider gaps end an island. A space is about 0.4, a cell's padding 1 or more."""
LEAST_HEIGHT, MOST_HEIGHT = 4, 90
"""Pixels of a letter; specks are smaller, pictures larger."""


@dataclass(frozen=True)
class Rules:
    """Straight ruling lines as boxes, `(n, 4)` int arrays."""

    across: NDArray[np.int64]
    down: NDArray[np.int64]

    def frame(self, box: Box, slack: int) -> Box | None:
        """The cell that rules form around a box; None where a side is open."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        top, bottom = _nearest(self.across, 1, (x, y), slack)
        left, right = _nearest(self.down, 0, (x, y), slack)
        if top is None or bottom is None or left is None or right is None:
            return None
        return left, top, right, bottom

    def splits(self, x0: int, x1: int, y: float) -> bool:
        """Whether a downward rule passes between two places at one height."""
        d = self.down
        if not len(d):
            return False
        return bool(((d[:, 0] >= x0) & (d[:, 2] <= x1) & (d[:, 1] <= y) & (d[:, 3] >= y)).any())


@dataclass(frozen=True)
class Drawn:
    """Ink and rules of one picture."""

    contrast: Grey
    """Distance from the local background."""
    text: Mask
    rules: Rules
    height: float
    """Of a usual letter, in pixels."""
    islands: tuple[Box, ...]


def find(image: Image) -> Drawn:
    """Rules and islands of text in a picture."""
    contrast = _contrast(image)
    height = _letter_height(contrast > INK)
    rules, ruled = _rules(contrast, height)
    text = (contrast > INK) & ~ruled
    return Drawn(contrast, text, rules, height, _islands(text, rules, height))


def _contrast(image: Image) -> Grey:
    """Distance of each pixel from the nearest even area: page, cell fill, stripe."""
    kernel = np.ones((3, 3), np.uint8)
    spread = cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel)).max(axis=2)
    flat = (spread <= EVEN).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    area = max(EVEN_AREA, image.shape[0] * image.shape[1] // 4000)
    # Strokes of large letters and thick rules are even too, but small or thin.
    good = (stats[:, 4] >= area) & (stats[:, 2:4].min(axis=1) >= EVEN_SIDE)
    good[0] = False
    even = good[labels]
    if not even.any():
        even[...] = True
    _, nearest = cv2.distanceTransformWithLabels(
        (~even).astype(np.uint8), cv2.DIST_L1, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    colours[nearest[even]] = image[even]
    return np.asarray(cv2.absdiff(image, colours[nearest]).max(axis=2), np.uint8)


def _letter_height(mask: Mask) -> float:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    stats = stats[1:]
    w, h, area = stats[:, 2], stats[:, 3], stats[:, 4]
    letters = h[(h >= LEAST_HEIGHT) & (h <= MOST_HEIGHT) & (w <= 3 * h) & (area >= 6)]
    # Letters without ascender are the most common; the upper third are capitals and digits.
    return float(np.percentile(letters, 70)) if len(letters) else 10.0


def _rules(contrast: Grey, height: float) -> tuple[Rules, Mask]:
    pixels = (contrast > FAINT).astype(np.uint8)
    wide, tall = round(3.5 * height), round(2.2 * height)
    across = cv2.morphologyEx(pixels, cv2.MORPH_OPEN, np.ones((1, wide), np.uint8))
    down = cv2.morphologyEx(pixels, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8))
    thick = max(3.0, 0.6 * height)
    rows, rows_mask = _thin(across, contrast, 0, thick)
    columns, columns_mask = _thin(down, contrast, 1, thick)
    ruled = cv2.dilate((rows_mask | columns_mask).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Rules(rows, columns), np.asarray(ruled)


def _thin(mask: Grey, contrast: Grey, axis: int, thick: float) -> tuple[NDArray[np.int64], Mask]:
    """Components of `mask` that are even lines along x (`axis` 0) or y (1)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    good = stats[:, 3 - axis] <= thick
    good[0] = False
    for k in np.flatnonzero(good):
        x, y, w, h, _ = stats[k]
        along = contrast[y : y + h, x : x + w].max(axis=axis).astype(np.float32)
        # Blurred text can be one long faint run as well, but an uneven one.
        good[k] = np.abs(np.diff(along)).mean() <= ROUGHNESS * along.mean()
    s = stats[good].astype(np.int64)
    boxes = np.stack([s[:, 0], s[:, 1], s[:, 0] + s[:, 2], s[:, 1] + s[:, 3]], axis=1)
    return boxes.reshape(-1, 4), np.asarray(good[labels])


def _nearest(
    rules: NDArray[np.int64], axis: int, point: tuple[float, float], slack: int
) -> tuple[int | None, int | None]:
    """Inner edges of the nearest rules before and after a point along x (0) or y (1)."""
    other, at, through = 1 - axis, point[axis], point[1 - axis]
    if not len(rules):
        return None, None
    passing = rules[(rules[:, other] - slack <= through) & (rules[:, other + 2] + slack >= through)]
    before = passing[passing[:, axis + 2] <= at + 1][:, axis + 2]
    after = passing[passing[:, axis] >= at - 1][:, axis]
    return (
        int(before.max()) if len(before) else None,
        int(after.min()) if len(after) else None,
    )


def _islands(text: Mask, rules: Rules, height: float) -> tuple[Box, ...]:
    # Even kernels would shift what they close by a pixel.
    gap = max(3, round(WORD_GAP * height)) | 1
    closed = cv2.morphologyEx(
        text.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8)
    ) * _without(rules, text.shape)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    ink = np.bincount(labels[text], minlength=len(stats))
    boxes = [
        [int(x), int(y), int(x + w), int(y + h)]
        for (x, y, w, h, _), pixels in zip(stats[1:], ink[1:], strict=True)
        if pixels >= 2 and h <= 4 * height
    ]
    joined = _joined(np.array(boxes, np.int64).reshape(-1, 4), rules, height, gap)
    least = max(2.0, 0.12 * height)
    return tuple(
        (int(b[0]), int(b[1]), int(b[2]), int(b[3]))
        for b in joined
        if max(b[2] - b[0], b[3] - b[1]) >= max(least, 3)
    )


def _without(rules: Rules, shape: tuple[int, ...]) -> Grey:
    """1 everywhere but on downward rules, which text does not cross."""
    free = np.ones(shape, np.uint8)
    for x0, y0, x1, y1 in rules.down:
        free[y0:y1, x0:x1] = 0
    return free


def _joined(boxes: NDArray[np.int64], rules: Rules, height: float, gap: int) -> NDArray[np.int64]:
    """Parts of one line brought together: dots of letters, accents, signs of three strokes."""
    while len(boxes) > 1:
        links = _links(boxes, height, gap)
        links = [(a, b) for a, b in links if not _ruled_apart(boxes[a], boxes[b], rules)]
        if not links:
            break
        owner = np.arange(len(boxes))
        for a, b in links:
            low, high = sorted((_root(owner, a), _root(owner, b)))
            owner[high] = low
        groups: dict[int, list[int]] = {}
        for i in range(len(boxes)):
            groups.setdefault(_root(owner, i), []).append(i)
        boxes = np.array(
            [[*boxes[g][:, :2].min(axis=0), *boxes[g][:, 2:].max(axis=0)] for g in groups.values()],
            np.int64,
        )
    return boxes


def _root(owner: NDArray[np.int64], i: int) -> int:
    while owner[i] != i:
        i = int(owner[i])
    return i


def _links(boxes: NDArray[np.int64], height: float, gap: int) -> list[tuple[int, int]]:
    x0, y0, x1, y1 = (boxes[:, i].astype(np.float32) for i in range(4))
    tall = y1 - y0
    apart = np.maximum(x0[:, None], x0[None]) - np.minimum(x1[:, None], x1[None])
    shared = np.minimum(y1[:, None], y1[None]) - np.maximum(y0[:, None], y0[None])
    lower = np.minimum(tall[:, None], tall[None])
    beside = (apart <= gap) & (shared >= 0.5 * lower)
    # A dot or accent lies close above or below a letter, in the same line.
    tiny = lower < 0.45 * height
    whole = np.maximum(y1[:, None], y1[None]) - np.minimum(y0[:, None], y0[None])
    dotted = tiny & (apart <= 0) & (-shared <= 0.35 * height) & (whole <= 1.7 * height)
    near = (
        tiny
        & (apart > 0)
        & (apart <= 0.5 * gap)
        & (shared > -0.3 * height)
        & (whole <= 1.5 * height)
    )
    linked = np.triu(beside | dotted | near, 1)
    return [(int(a), int(b)) for a, b in np.argwhere(linked)]


def _ruled_apart(a: NDArray[np.int64], b: NDArray[np.int64], rules: Rules) -> bool:
    left, right = (a, b) if a[0] <= b[0] else (b, a)
    y = (max(a[1], b[1]) + min(a[3], b[3])) / 2
    if rules.splits(int(left[2]) - 1, int(right[0]) + 1, y):
        return True
    up, low = (a, b) if a[1] <= b[1] else (b, a)
    r = rules.across
    if low[1] < up[3] or not len(r):
        return False
    x = (max(a[0], b[0]) + min(a[2], b[2])) / 2
    between = (r[:, 1] >= up[3] - 1) & (r[:, 3] <= low[1] + 1)
    return bool((between & (r[:, 0] <= x) & (r[:, 2] >= x)).any())


def portrait(drawn: Drawn, box: Box) -> Grey:
    """The ink of one island as dark on white, whatever its colours: `(h, w)` uint8, 255 is blank.

    Equal glyphs give equal portraits wherever they stand, so what was read once is known.
    """
    x0, y0, x1, y1 = box
    part = drawn.contrast[y0:y1, x0:x1]
    full = max(float(INK), float(np.percentile(part[part > INK], 99)) if (part > INK).any() else 0)
    scaled = np.minimum(255.0, part.astype(np.float32) * (255.0 / full))
    return np.asarray(255 - np.where(scaled < 24, 0, scaled), np.uint8)
