"""Reading text in pictures with the two small models in `assets/ocr`.

A detector (differentiable binarisation: a probability map, thresholded and grown) finds lines, a
recogniser (CTC) reads them. Both are PP-OCRv6 "tiny" ONNX files; `assets/ocr/NOTICE` says where
they come from. They run on one CPU thread, so that many judges can run side by side.

    reader = Reader()
    texts = reader.read(reference)
    changed = reader.read(candidate, like=(reference, texts))    # reads only what changed

Not read: handwriting, text below about 6 pixels, text that runs downwards or upside down.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from cachetools import LRUCache

from visual_erm.align import around, components, exceeds, of_smaller
from visual_erm.images import resize
from visual_erm.judges.sessions import open_model
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

MAX_SIDE = 960
"""Pixels; larger pictures are scaled down for detection, lines are read at full size."""
STRIDE = 32
"""The detector takes sides that are multiples of this."""
SEED, KEEP = 0.2, 0.4
"""Probability that makes a pixel part of a line; mean probability that a line must have."""
GROWTH = 1.4
"""The map shows shrunken lines: they grow by area * GROWTH / perimeter."""
LINE_HEIGHT = 48
"""Rows that the recogniser takes."""
TALL = 1.5
"""A crop this much taller than wide holds text that runs upwards."""
MIN_SCORE = 0.4
KEPT = 256
"""Lines whose reading is kept; with its pixels each has about 40 KB."""
LIKELY = 1e-3
"""Probability from which a sign at a place is kept in a `Strip`."""
SLANTED = 8.0
"""Degrees; lines closer to the axes than this are cut out upright."""
CHANGED = 24
"""Grey levels by which a pixel must differ to count as changed (JPEG noise stays below)."""
DET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DET_STD = np.array([0.229, 0.224, 0.225], np.float32)
LEVELS = np.arange(256, dtype=np.float32)[:, None]
DET_VALUES = np.asarray((LEVELS / 255 - DET_MEAN) / DET_STD, np.float32)
REC_VALUES = np.asarray(np.repeat(LEVELS / 127.5 - 1, 3, axis=1), np.float32)
"""`(256, 3)`: what each grey level of each channel becomes for the models."""


@dataclass(frozen=True)
class Text:
    """One line of text in a picture."""

    text: str
    box: Box
    score: float
    """Confidence of the recogniser in [0, 1]."""
    rotated: bool = False
    """Whether it runs upwards (turned by 90 degrees)."""


@dataclass(frozen=True)
class Strip:
    """One line of text as the recogniser sees it, place by place."""

    text: str
    score: float
    """Mean probability of the signs read, in [0, 1]; 0 for none."""
    starts: tuple[int, ...]
    """The place at which each sign of `text` begins."""
    signs: tuple[str, ...]
    """Those that are likely somewhere; "" is the blank between signs."""
    chances: NDArray[np.float32]
    """`(places, signs)`: probability of each at each place."""


@dataclass(frozen=True)
class _Line:
    """Where a line is: its upright box and, if slanted, the rotated rectangle."""

    box: Box
    corners: NDArray[np.float32] | None = None


class Reader:
    """Finds and reads lines of text. Thread-safe; models load on first use."""

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._keeping = threading.Lock()
        self._kept: LRUCache[tuple[tuple[int, ...], bytes], Strip] = LRUCache(KEPT)

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]  # models and lock belong to one process

    def read(
        self, image: Image, *, like: tuple[Image, tuple[Text, ...]] | None = None
    ) -> tuple[Text, ...]:
        """Lines in reading order: by row, then from left to right.

        Args:
            image: `(H, W, 3)` uint8 RGB.
            like: another picture and what was read in it. Where the pixels of a picture of the
                same size are unchanged its lines are copied instead of read.
        """
        if like is None or like[0].shape != image.shape:
            texts = self._recognise(image, self._lines(image))
        else:
            texts = self._read_changes(image, *like)
        return tuple(_in_reading_order(texts))

    def read_line(self, image: Image, box: Box) -> Text | None:
        """Read one line whose place is known; None when nothing legible stands there."""
        return next(iter(self._recognise(image, [_Line(box)])), None)

    def _read_changes(self, image: Image, other: Image, known: tuple[Text, ...]) -> list[Text]:
        changed = exceeds(cv2.absdiff(image, other), CHANGED)
        kept = [text for text in known if not _any(changed, text.box)]
        if not changed.any():
            return kept
        windows = _windows(changed, [text.box for text in known])
        area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in windows)
        if area > 0.6 * image.shape[0] * image.shape[1]:
            windows = [(0, 0, image.shape[1], image.shape[0])]
        found = []
        for x0, y0, x1, y1 in windows:
            for line in self._lines(image[y0:y1, x0:x1]):
                moved = _shifted(line, x0, y0)
                if not any(of_smaller(moved.box, text.box) > 0.5 for text in kept):
                    found.append(moved)
        return kept + self._recognise(image, found)

    def _lines(self, image: Image) -> list[_Line]:
        """Every line; upward ones that run into upright ones are taken apart."""
        lines = self._detect(image)
        strip = _tangled(lines, image.shape[1])
        if strip is None:
            return lines
        x0, x1 = strip
        part = image[:, x0:x1]
        turned = self._detect(np.ascontiguousarray(np.rot90(part, -1)))
        upward = [_turned_back(line, part.shape[0]) for line in turned if _is_long(line.box)]
        rest = part.copy()
        for a0, b0, a1, b1 in (line.box for line in upward):
            rest[b0:b1, a0:a1] = np.median(part[b0:b1, a0:a1], axis=(0, 1))
        inside = [_shifted(line, x0, 0) for line in [*upward, *self._detect(rest)]]
        return [line for line in lines if not x0 <= line.box[0] < x1] + inside

    def _detect(self, image: Image) -> list[_Line]:
        height, width = image.shape[:2]
        scale = min(1.0, MAX_SIDE / max(height, width))
        resized = resize(image, (round(width * scale) or 1, round(height * scale) or 1))
        # Filled up, not stretched: glyphs keep their shape, whatever the size of the window.
        bottom, right = (-side % STRIDE for side in resized.shape[:2])
        padded = cv2.copyMakeBorder(resized, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
        heat = self._detector.run(None, {"x": _planes(padded, DET_VALUES)})[0][0, 0]
        return list(_outlines(heat, scale, width, height))

    def _recognise(self, image: Image, lines: Iterable[_Line]) -> list[Text]:
        texts = []
        for line in lines:
            crop, rotated = _cut(image, line)
            if min(crop.shape[:2]) < 3:
                continue
            read = self.strip(crop)
            text = read.text.strip()
            if read.score >= MIN_SCORE and text:
                texts.append(Text(text, line.box, round(read.score, 3), rotated))
        return texts

    def strip(self, crop: Image) -> Strip:
        """All that the recogniser makes of one upright line, however uncertain.

        Args:
            crop: `(H, W, 3)` uint8 RGB, the line with little around it.
        """
        key = crop.shape, crop.tobytes()
        with self._keeping:
            if key in self._kept:  # candidates share most of their lines
                return self._kept[key]
        found = self._strip(crop)
        with self._keeping:
            self._kept[key] = found
        return found

    def _strip(self, crop: Image) -> Strip:
        chances = self._chances(crop)
        likely = np.flatnonzero(chances.max(axis=0) >= LIKELY)
        signs = tuple(self._alphabet[k] for k in likely)
        text, score, starts = self._most_likely(chances)
        return Strip(text, score, starts, signs, chances[:, likely])

    def _chances(self, crop: Image) -> NDArray[np.float32]:
        width = max(8, round(crop.shape[1] * LINE_HEIGHT / crop.shape[0]))
        resized = cv2.resize(crop, (width, LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
        found: NDArray[np.float32] = self._recogniser.run(
            None, {"x": _planes(resized, REC_VALUES)}
        )[0][0]
        return found

    def _most_likely(
        self, probabilities: NDArray[np.float32]
    ) -> tuple[str, float, tuple[int, ...]]:
        best = probabilities.argmax(axis=1)
        # CTC: runs of one symbol are one character, and symbol 0 separates equal characters.
        starts = np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))
        if not len(starts):
            return "", 0.0, ()
        text = "".join(self._alphabet[best[i]] for i in starts)
        score = float(probabilities[starts, best[starts]].mean())
        return text, score, tuple(starts.tolist())

    @cached_property
    def _alphabet(self) -> list[str]:
        listed = self._recogniser.get_modelmeta().custom_metadata_map["character"].split("\n")
        return ["", *listed, " "]

    @cached_property
    def _detector(self) -> Any:
        return self._load("PP-OCRv6_det_tiny.onnx")

    @cached_property
    def _recogniser(self) -> Any:
        return self._load("PP-OCRv6_rec_tiny.onnx")

    def _load(self, name: str) -> Any:
        with self._loading:
            return open_model("assets", "ocr", name)


def _planes(image: Image, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a model takes: `(1, 3, H, W)`, blue first, levels replaced by `values`."""
    planes = np.empty((1, 3, *image.shape[:2]), np.float32)
    for channel in range(3):
        level = cv2.extractChannel(image, 2 - channel)
        # looked up, for arithmetic on every pixel takes as long as reading a line
        cv2.LUT(level, np.ascontiguousarray(values[:, channel]), dst=planes[0, channel])
    return planes


def _outlines(heat: NDArray[np.float32], scale: float, width: int, height: int) -> Iterator[_Line]:
    """Lines in a probability map, in pixels of the `width` x `height` picture."""
    mask = (heat > SEED).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        centre, (w, h), angle = cv2.minAreaRect(contour)
        if min(w, h) < 2 or _mean_inside(heat, contour) < KEEP:
            continue
        growth = w * h * GROWTH / (2 * (w + h)) * 2
        corners = cv2.boxPoints((centre, (w + growth, h + growth), angle)) / scale
        x0, y0 = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(corners.max(axis=0)), (width, height)).astype(int)
        if x1 - x0 < 3 or y1 - y0 < 3:
            continue
        slant = min(angle % 90, 90 - angle % 90)
        slanted = slant > SLANTED and max(w, h) > 2.2 * min(w, h)
        yield _Line((int(x0), int(y0), int(x1), int(y1)), corners if slanted else None)


def _tangled(lines: list[_Line], width: int) -> tuple[int, int] | None:
    """Columns in which a box is too tall for a line and too wide for an upward one.

    That is how a y-axis label looks that stands close to its tick labels.
    """
    if len(lines) < 3:
        return None
    usual = float(np.median([line.box[3] - line.box[1] for line in lines]))
    odd = [
        line.box
        for line in lines
        if line.corners is None
        and line.box[3] - line.box[1] > 1.6 * usual
        and 1.8 * usual < line.box[2] - line.box[0] < 2 * (line.box[3] - line.box[1])
    ]
    if not odd:
        return None
    x0, x1 = max(0, min(box[0] for box in odd) - 12), min(width, max(box[2] for box in odd) + 12)
    # Lines that begin in the strip are read there, so it must hold them whole.
    x1 = max([x1, *(line.box[2] for line in lines if x0 <= line.box[0] < x1)])
    return (x0, x1) if x1 - x0 < 0.5 * width else None


def _is_long(box: Box) -> bool:
    return box[2] - box[0] > 2.2 * (box[3] - box[1])


def _turned_back(line: _Line, height: int) -> _Line:
    """A line found in a picture turned clockwise, in the picture as it was."""
    x0, y0, x1, y1 = line.box
    return _Line((y0, height - x1, y1, height - x0))


def _mean_inside(heat: NDArray[np.float32], contour: NDArray[np.int32]) -> float:
    x, y, w, h = cv2.boundingRect(contour)
    inside = np.zeros((h, w), np.uint8)
    cv2.drawContours(inside, [contour], -1, 1, -1, offset=(-x, -y))
    return float(cv2.mean(heat[y : y + h, x : x + w], inside)[0])


def _cut(image: Image, line: _Line) -> tuple[Image, bool]:
    """The line's pixels, turned so that the text runs from left to right."""
    if line.corners is not None:
        crop = _cut_slanted(image, line.corners)
        return crop, False
    x0, y0, x1, y1 = line.box
    crop = image[y0:y1, x0:x1]
    if y1 - y0 > TALL * (x1 - x0):
        return np.ascontiguousarray(np.rot90(crop, -1)), True
    return crop, False


def _cut_slanted(image: Image, corners: NDArray[np.float32]) -> Image:
    # Left to right along the long side; text at 45 degrees reads upwards, as tick labels do.
    ordered = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = ordered[:2], ordered[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1])]
    top_right, bottom_right = right[np.argsort(right[:, 1])]
    width = round(float(np.linalg.norm(top_right - top_left)))
    height = round(float(np.linalg.norm(bottom_left - top_left)))
    if height > width:
        # The left pair belongs to one short side seen from below: a steep line.
        top_left, top_right, bottom_right, bottom_left = (
            bottom_left,
            top_left,
            top_right,
            bottom_right,
        )
        width, height = height, width
    source = np.array([top_left, top_right, bottom_left], np.float32)
    target = np.array([[0, 0], [width, 0], [0, height]], np.float32)
    turn = cv2.getAffineTransform(source, target)
    return np.asarray(
        cv2.warpAffine(
            image, turn, (max(width, 1), max(height, 1)), borderMode=cv2.BORDER_REPLICATE
        )
    )


def _windows(changed: NDArray[np.bool_], known: list[Box]) -> list[Box]:
    """Boxes that hold every change with room around it, each known line whole or not at all."""
    height, width = changed.shape
    room = cv2.dilate(changed.astype(np.uint8), np.ones((65, 97), np.uint8))
    for x0, y0, x1, y1 in known:
        if room[y0:y1, x0:x1].any():
            room[max(0, y0 - 8) : y1 + 8, max(0, x0 - 8) : x1 + 8] = 1
    count, _, stats, _ = components(room)
    boxes: list[Box] = [
        (int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats[1:count]
    ]
    merged: list[Box] = []
    for box in boxes:
        whole, apart = box, []
        for other in merged:
            if of_smaller(whole, other) > 0:
                whole = around([whole, other])
            else:
                apart.append(other)
        merged = [*apart, whole]
    return [(x0, y0, min(x1, width), min(y1, height)) for x0, y0, x1, y1 in merged]


def _shifted(line: _Line, dx: int, dy: int) -> _Line:
    x0, y0, x1, y1 = line.box
    corners = None if line.corners is None else line.corners + np.array([dx, dy], np.float32)
    return replace(line, box=(x0 + dx, y0 + dy, x1 + dx, y1 + dy), corners=corners)


def _any(mask: NDArray[np.bool_], box: Box) -> bool:
    x0, y0, x1, y1 = box
    return bool(mask[y0:y1, x0:x1].any())


def _in_reading_order(texts: list[Text]) -> list[Text]:
    rows: list[list[Text]] = []
    for text in sorted(texts, key=lambda t: (t.box[1] + t.box[3], t.box[0])):
        middle = (text.box[1] + text.box[3]) / 2
        last = rows[-1][0].box if rows else None
        if last is not None and last[1] < middle < last[3]:
            rows[-1].append(text)
        else:
            rows.append([text])
    return [text for row in rows for text in sorted(row, key=lambda t: t.box[0])]
