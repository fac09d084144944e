"""What is drawn in a picture of a table: islands of ink that are lines of text, and what rules it.

Works on the difference from the local background, so a dark header, zebra stripes and coloured
cells look the same as black on white. Nothing here reads or knows rows and columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import components, strongest
from visual_erm.judges.table import lines
from visual_erm.judges.table.lines import INK, Rules
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]
    Grey = NDArray[np.uint8]

EVEN, EVEN_AREA, EVEN_SIDE = 16, 150, 8
"""Grey levels within 3 x 3 pixels, pixels, and pixels of side that make an area a background."""
GROUND, EDGE = 2.0, 0.7
"""In text heights: within which the most usual colour is the ground of a scan, and how wide the
edges between two grounds are taken to be."""
LEAST_GROUND, MOST_GROUND = 9, 61
"""Pixels of the former."""
WORD_GAP = 0.75
"""In text heights: wider gaps end an island. A space is about 0.4, a cell's padding 1 or more."""
PITCH, EVENLY, FEWEST_PITCHES = 0.1, 0.8, 30
"""In a font of one width the middles of neighbouring letters lie equally far apart: by how much of
that they may differ, the share of the pairs that do not, and the pairs that are needed to tell."""
LEAST_PITCH = 6.5
"""Pixels; in smaller type letters of any font are about equally wide."""
MONO_GAP = 1.75
"""In such a font, the widest gap around a space, in its width of a letter."""
SLIVER = 0.3
"""In text heights: what is no thicker than this and lies on the line of a rule is a rest of it."""
POLE = 1.25
"""In text heights: what is as thin but this tall is no letter."""
HOLLOW = 0.16
"""Share of its box that a letter fills at least; borders of single cells fill less."""
ROOM = 3
"""Pixels around a line of a photograph that are kept with it."""
SMALL, SMALL_MARGIN = 10.0, 0.3
"""Height of text in pixels below which it is enlarged to be read, and its margin in heights."""
MARGIN = 0.2
"""In text heights: blank around a text that is read."""
LEAST_HEIGHT, MOST_HEIGHT = 4, 90
"""Pixels of a letter; specks are smaller, pictures larger."""


@dataclass(frozen=True)
class Drawn:
    """Ink and rules of one picture."""

    contrast: Grey
    """Distance from the local background."""
    text: Mask
    rules: Rules
    height: float
    """Of a usual letter, in pixels."""
    space: float
    """The widest gap that a space leaves between two words, in pixels."""
    islands: tuple[Box, ...]
    photo: Image | None = None
    """The picture itself, where it is a scan or a photograph: its lines are read as they are."""

    @property
    def stretch(self) -> float:
        """How much wider spaces are than in most fonts; 1 or more."""
        return max(1.0, self.space / (WORD_GAP * self.height))


def find(image: Image, *, photo: bool = False) -> Drawn:
    """Rules and islands of text in a picture.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        photo: whether it is a scan or a photograph, and no drawing.
    """
    contrast, between = _contrast(image)
    height = _letter_height(contrast > INK)
    if photo:
        between[...] = False
        contrast = np.minimum(contrast, _above_ground(image, height))
        height = _letter_height(contrast > INK)
    rules, ruled = lines.find(contrast, height, soft=photo)
    text = (contrast > INK) & ~ruled & ~between
    space = max(WORD_GAP * height, _mono_space(text, height))
    islands = _islands(text, rules, height, space)
    return Drawn(contrast, text, rules, height, space, islands, image if photo else None)


def _contrast(image: Image) -> tuple[Grey, Mask]:
    """Distance of each pixel from the nearest even area: page, cell fill, stripe.

    Also where it is between two of them that meet there, as the smooth edges of round corners are.
    """
    kernel = np.ones((3, 3), np.uint8)
    spread = strongest(cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel)))
    flat = (spread <= EVEN).astype(np.uint8)
    _, labels, stats, _ = components(flat, 4)
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
    # Four bytes a pixel are looked up as one number.
    padded = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
    packed = padded.view(np.uint32)[:, :, 0]
    colours = np.zeros(int(nearest.max()) + 1, np.uint32)
    colours[nearest[even]] = packed[even]
    ground = np.ascontiguousarray(colours[nearest])[:, :, None].view(np.uint8)
    contrast = np.asarray(strongest(cv2.absdiff(padded, ground)), np.uint8)
    if (colours[1:] == colours[-1]).all():
        return contrast, np.zeros(contrast.shape, bool)
    beyond = _beyond(padded, cv2.erode(ground, kernel), cv2.dilate(ground, kernel))
    return contrast, np.asarray(beyond <= INK)


def _beyond(image: Image, low: Image, high: Image) -> Grey:
    """By how much the strongest channel of each pixel is outside two limits."""
    beyond = np.maximum(cv2.subtract(image, high), cv2.subtract(low, image))
    return np.asarray(strongest(beyond), np.uint8)


def _above_ground(image: Image, height: float) -> Grey:
    """Distance of each pixel from all grounds around it, where no area is even.

    What a median finds is the ground of a text, however small its cell; between two grounds
    nothing is ink that is as one of them, or between them as edges are.
    """
    side = round(min(MOST_GROUND, max(LEAST_GROUND, GROUND * height))) | 1
    ground = cv2.medianBlur(image, side)
    edge = np.ones((max(3, round(EDGE * height) | 1),) * 2, np.uint8)
    return _beyond(image, cv2.erode(ground, edge), cv2.dilate(ground, edge))


def _letter_height(mask: Mask) -> float:
    _, _, stats, _ = components(mask)
    stats = stats[1:]
    w, h, area = stats[:, 2], stats[:, 3], stats[:, 4]
    solid = area >= HOLLOW * w * h
    letters = h[(h >= LEAST_HEIGHT) & (h <= MOST_HEIGHT) & (w <= 3 * h) & (area >= 6) & solid]
    # Letters without ascender are the most common; the upper third are capitals and digits.
    return float(np.percentile(letters, 70)) if len(letters) else 10.0


def _mono_space(text: Mask, height: float) -> float:
    """The widest gap around a space in a font of one width, in pixels; 0 in any other font."""
    _, _, stats, _ = components(text)
    x, y, w, h = (stats[1:, k].astype(np.float32) for k in range(4))
    letters = (h >= 0.5 * height) & (h <= 1.5 * height) & (w <= 1.2 * height)
    x, y, w, h = x[letters], y[letters], w[letters], h[letters]
    order = np.lexsort((x, np.round((y + h) / height)))
    middles, gaps = x[order] + w[order] / 2, x[order][1:] - (x + w)[order][:-1]
    near = (gaps >= 0) & (gaps < WORD_GAP * height)
    pitches = np.diff(middles)[near]
    if len(pitches) < FEWEST_PITCHES:
        return 0.0
    pitch = float(np.median(pitches))
    even = np.abs(pitches - pitch) <= max(1.0, PITCH * pitch)
    return MONO_GAP * pitch if pitch >= LEAST_PITCH and even.mean() >= EVENLY else 0.0


def _islands(text: Mask, rules: Rules, height: float, space: float) -> tuple[Box, ...]:
    # Even kernels would shift what they close by a pixel.
    gap = max(3, round(space)) | 1
    closed = cv2.morphologyEx(
        text.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8)
    ) * _without(rules, text.shape)
    _, labels, stats, _ = components(closed)
    ink = np.bincount(labels[text], minlength=len(stats))
    boxes = [
        [int(x), int(y), int(x + w), int(y + h)]
        for (x, y, w, h, _), pixels in zip(stats[1:], ink[1:], strict=True)
        if pixels >= 2 and h <= 4 * height
    ]
    joined = _joined(np.array(boxes, np.int64).reshape(-1, 4), rules, height, gap)
    least = max(2.0, 0.12 * height)
    found = [
        (int(b[0]), int(b[1]), int(b[2]), int(b[3]))
        for b in joined
        if max(b[2] - b[0], b[3] - b[1]) >= max(least, 3)
    ]
    return tuple(_without_rests(found, rules, height))


def _without_rests(boxes: list[Box], rules: Rules, height: float) -> Iterator[Box]:
    """Without slivers of rules and stripes: no dash stands between lines, no digit is so tall."""
    sliver = SLIVER * height
    tops = np.array([b[1] for b in boxes if b[3] - b[1] > sliver], float)
    ends = np.array([b[3] for b in boxes if b[3] - b[1] > sliver], float)
    for box in boxes:
        if rules.continues(box, sliver):
            continue
        flat, y = box[3] - box[1] <= sliver, (box[1] + box[3]) / 2
        if flat and len(tops) and not ((tops <= y) & (y <= ends)).any():
            continue
        if box[2] - box[0] <= sliver and box[3] - box[1] >= POLE * height:
            continue
        yield box


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
        links = [(a, b) for a, b in links if not rules.part(boxes[a], boxes[b])]
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
    # An underscore hangs below the letters that it joins, further than any dot.
    wide = x1 - x0
    hangs = (tall <= 0.25 * height) & (wide >= 0.5 * height)
    low = hangs[:, None] & (y0[:, None] >= y1[None]) | hangs[None] & (y0[None] >= y1[:, None])
    under = low & (apart <= 0.5 * gap) & (shared > -0.5 * height) & (whole <= 1.9 * height)
    # It belongs to no letter of the line below, nor does a dot to a word of the line above.
    below = y1[:, None] <= y0[None]
    over = hangs[:, None] & below & (tall[None] >= 0.45 * height)
    dot = below & (wide[:, None] > 1.5 * height) & (tall[None] < 0.45 * height)
    dotted &= ~(over | over.T | dot | dot.T)
    near &= ~(over | over.T)
    linked = np.triu(beside | dotted | near | under, 1)
    return [(int(a), int(b)) for a, b in np.argwhere(linked)]


def portrait(drawn: Drawn, box: Box) -> Grey:
    """The ink of one island as dark on white, whatever its colours: `(h, w)` uint8, 255 is blank.

    Equal glyphs give equal portraits wherever they stand, so what was read once is known.
    """
    x0, y0, x1, y1 = box
    part = drawn.contrast[y0:y1, x0:x1]
    full = max(float(INK), float(np.percentile(part[part > INK], 99)) if (part > INK).any() else 0)
    scaled = np.minimum(255.0, part.astype(np.float32) * (255.0 / full))
    return np.asarray(255 - np.where(scaled < 24, 0, scaled), np.uint8)


def glimpse(photo: Image, box: Box) -> Image:
    """A line of a photograph with `ROOM` around it: `(h, w, 3)` uint8."""
    x0, y0, x1, y1 = box
    inside = photo[max(0, y0 - ROOM) : y1 + ROOM, max(0, x0 - ROOM) : x1 + ROOM]
    sides = ((max(0, ROOM - y0), max(0, y1 + ROOM - photo.shape[0])),
             (max(0, ROOM - x0), max(0, x1 + ROOM - photo.shape[1])), (0, 0))  # fmt: skip
    return np.pad(inside, sides, mode="edge")


def near(glimpse: Image, margin: int = 2) -> Image:
    """A line of a photograph with no more than that many pixels around it."""
    by = ROOM - margin
    return glimpse[by : glimpse.shape[0] - by, by : glimpse.shape[1] - by]


def framed(portrait: Grey, height: float, margin: float = MARGIN) -> Image:
    """A portrait with blank around it, as the recogniser likes it: `(H, W, 3)` uint8."""
    rim = round(margin * height) + 1
    # A lone dash or point keeps its place in a line of usual height.
    up = max(0, round((1.1 * height - portrait.shape[0]) / 2))
    tall = portrait.shape[0] + 2 * (rim + up)
    # Crops much taller than wide are taken for text that runs upwards.
    side = max(rim, -(-(tall * 5 // 7 - portrait.shape[1]) // 2))
    padded = np.pad(portrait, ((rim + up,) * 2, (side,) * 2), constant_values=255)
    return np.repeat(padded[:, :, None], 3, axis=2)


def legible(portrait: Grey, height: float) -> Image:
    """A portrait as it is read first: small type enlarged, which keeps its spaces and marks."""
    if height >= SMALL:
        return framed(portrait, height)
    picture = framed(portrait, height, SMALL_MARGIN)
    return np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
