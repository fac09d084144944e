"""Bring two pictures onto one pixel grid, and say where they differ beyond drawing noise.

Used by the judges and by the picture metrics. Nothing here knows what a picture shows.

    >>> import numpy as np
    >>> white = np.full((40, 60, 3), 255, np.uint8)
    >>> spot = white.copy(); spot[10:20, 30:40] = 0
    >>> content_box(spot)
    (30, 10, 40, 20)
    >>> int(tolerant_difference(white, spot, radius=1, tolerance=30).sum())
    100
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from visual_erm import images
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]

STRAY_PIXELS = 3
"""A group of ink pixels no larger than this, with no other ink near, is dust and bounds nothing."""
STRAY_REACH = 4
"""Pixels; how near other ink must be for a tiny group to count (dotted lines do count)."""
NOISE_STEP = 40
"""Grey levels; JPEG at quality 90 and other anti-aliasing stay within it next to an edge."""
NOISE_SMOOTH = 7.0
"""Grey levels; how far two harmless pictures differ after averaging over 5 x 5 pixels."""
FAINT, FAINT_REACH = (16, 90), 13
"""Grey levels between which all that is within some pixels lies where it is a pale line alone,"""
FAINT_NOISE, FAINT_LEAST = (2.0, 0.1), 40
"""the levels, and the share of that, by which such a patch may differ, and pixels that may more."""


@dataclass(frozen=True)
class Placement:
    """Where candidate pixels lie in the reference: `x_ref = sx * x + dx`, `y_ref = sy * y + dy`."""

    sx: float = 1.0
    sy: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def inverse(self) -> Placement:
        """The way back, from reference pixels to candidate pixels."""
        return Placement(1 / self.sx, 1 / self.sy, -self.dx / self.sx, -self.dy / self.sy)

    def box(self, box: Box) -> Box:
        """A candidate box in reference pixels, rounded outwards; may leave the picture."""
        # The small margin keeps floating-point dust from adding a pixel.
        return (
            math.floor(box[0] * self.sx + self.dx + 1e-6),
            math.floor(box[1] * self.sy + self.dy + 1e-6),
            math.ceil(box[2] * self.sx + self.dx - 1e-6),
            math.ceil(box[3] * self.sy + self.dy - 1e-6),
        )

    def warp(self, image: Image, size: tuple[int, int]) -> Image:
        """The candidate drawn on a reference grid of `(width, height)` pixels.

        What lies outside the candidate is filled with its background.
        """
        if (image.shape[1], image.shape[0]) == size and self == Placement():
            return image
        scale = min(self.sx, self.sy)
        if scale < 1 and (self.dx, self.dy) == (0, 0) and self._fills(image, size):
            return images.resize(image, size)
        if scale < 0.9:
            # warpAffine samples single pixels; shrinking needs the average of all of them.
            small = (
                max(1, round(image.shape[1] * self.sx)),
                max(1, round(image.shape[0] * self.sy)),
            )
            if small == (image.shape[1], image.shape[0]):
                # a single pixel cannot be halved
                return self._drawn(image, size)
            reduced = images.resize(image, small)
            rest = Placement(
                self.sx * image.shape[1] / small[0],
                self.sy * image.shape[0] / small[1],
                self.dx,
                self.dy,
            )
            return rest.warp(reduced, size)
        return self._drawn(image, size)

    def _drawn(self, image: Image, size: tuple[int, int]) -> Image:
        # Pixel centres, not corners, are what warpAffine maps.
        matrix = np.array(
            [
                [self.sx, 0, self.dx + (self.sx - 1) / 2],
                [0, self.sy, self.dy + (self.sy - 1) / 2],
            ],
            np.float64,
        )
        fill = tuple(int(v) for v in images.background(image))
        flags = cv2.INTER_LINEAR if min(self.sx, self.sy) < 1.05 else cv2.INTER_CUBIC
        return np.asarray(
            cv2.warpAffine(
                image, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=fill
            ),
            np.uint8,
        )

    def _fills(self, image: Image, size: tuple[int, int]) -> bool:
        width, height = image.shape[1] * self.sx, image.shape[0] * self.sy
        return bool(abs(width - size[0]) < 0.5 and abs(height - size[1]) < 0.5)


def around_known(boxes: Iterable[Box | None]) -> Box | None:
    """The smallest box that holds all boxes that are known; None if none is."""
    known = [box for box in boxes if box is not None]
    return around(known) if known else None


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all boxes."""
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def area(box: Box) -> int:
    """Pixels of a box."""
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def centre(box: Box) -> tuple[float, float]:
    """The middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def holds(box: Box, point: tuple[float, float]) -> bool:
    """Whether a point lies in a box."""
    return box[0] <= point[0] < box[2] and box[1] <= point[1] < box[3]


def sides_apart(one: Box, other: Box) -> float:
    """Pixels by which the same side of two boxes stands elsewhere, at most."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def shared(one: Box, other: Box) -> int:
    """Pixels that lie in both boxes.

    >>> shared((0, 0, 4, 4), (2, 1, 9, 9)), shared((0, 0, 2, 2), (5, 5, 6, 6))
    (6, 0)
    """
    left, top = max(one[0], other[0]), max(one[1], other[1])
    return area((left, top, min(one[2], other[2]), min(one[3], other[3])))


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    both = shared(one, other)
    return both / (area(one) + area(other) - both) if both else 0.0


def of_smaller(one: Box, other: Box) -> float:
    """Share of the smaller box that lies in the other, in [0, 1]."""
    return shared(one, other) / max(1, min(area(one), area(other)))


def content_box(image: Image, tolerance: int = images.INK_TOLERANCE) -> Box:
    """The box of everything drawn; the whole picture when nothing is.

    Dust (see `STRAY_PIXELS`) does not widen it, so one odd pixel in a corner steers nothing.
    """
    drawn = images.ink(image, tolerance)
    drawn_in = bounds(drawn)
    if drawn_in is None:
        return (0, 0, image.shape[1], image.shape[0])
    dusted = bounds(_without_dust(drawn))
    return drawn_in if dusted is None else dusted


def bounds(mask: Mask) -> Box | None:
    """The box around all that is set; None if nothing is."""
    return box_of(mask) if mask.any() else None


def pixels(mask: Mask | NDArray[np.uint8]) -> int:
    """How many pixels are set: `mask.sum()` of a mask, but ten times faster."""
    return int(np.count_nonzero(mask))


def share(mask: Mask) -> float:
    """How much of a mask is set, in [0, 1]: its mean, but ten times faster."""
    return pixels(mask) / mask.size


def coverage(mask: Mask, axis: int) -> NDArray[np.int32]:
    """How many pixels are set in each column (axis 0) or row (1): `mask.sum(axis)`, but faster.

    >>> coverage(np.array([[True, False, True], [True, False, False]]), 0).tolist()
    [2, 0, 1]
    """
    if not mask.size:
        return np.zeros(mask.shape[1 - axis], np.int32)
    found = cv2.reduce(mask.view(np.uint8), axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    return np.asarray(found.ravel(), np.int32)


def percentile(values: NDArray[np.uint8], percent: float) -> float:
    """What `np.percentile` gives for a picture of one channel: counted, not sorted."""
    below = np.cumsum(cv2.calcHist([values], [0], None, [256], [0, 256]).ravel().astype(np.int64))
    place = (values.size - 1) * (percent / 100)
    first = math.floor(place)
    low, high = (int(v) for v in np.searchsorted(below, (first, first + 1), side="right"))
    high, part = min(high, 255), place - first
    # as NumPy rounds it
    return high - (high - low) * (1 - part) if part >= 0.5 else low + (high - low) * part


class Components(NamedTuple):
    """What hangs together in a mask."""

    number: int
    """With the background, which is 0."""
    labels: NDArray[np.int32]
    """`(H, W)`: to which each pixel belongs."""
    stats: NDArray[np.int32]
    """`(number, 5)`: left, top, width, height, pixels."""
    centres: NDArray[np.float64]
    """`(number, 2)`."""


def components(mask: Mask | NDArray[np.uint8], connectivity: int = 8) -> Components:
    """What hangs together, as `cv2.connectedComponentsWithStats` numbers it.

    By an algorithm that OpenCV does not take by itself, and that is twice as fast.
    """
    return Components(
        *cv2.connectedComponentsWithStatsWithAlgorithm(
            mask.view(np.uint8), connectivity, cv2.CV_32S, cv2.CCL_BBDT
        )
    )


def runs(line: NDArray[np.bool_]) -> NDArray[np.intp]:
    """`(N, 2)`: where the runs of True begin, and the places after their ends.

    >>> runs(np.array([True, True, False, True])).tolist()
    [[0, 2], [3, 4]]
    """
    edges = np.diff(np.concatenate(([False], line, [False])).astype(np.int8))
    return np.flatnonzero(edges).reshape(-1, 2)


def box_of(mask: Mask) -> Box:
    """The box around all that is set, of which there is some."""
    xs, ys = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1


def _without_dust(mask: Mask) -> Mask:
    side = 2 * STRAY_REACH + 1
    near = cv2.boxFilter(
        mask.astype(np.float32), -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(mask & (near > STRAY_PIXELS + 0.5))


def resized(reference: Image, candidate: Image) -> Placement:
    """The placement that merely scales the candidate to the reference's width and height."""
    return Placement(
        reference.shape[1] / candidate.shape[1], reference.shape[0] / candidate.shape[0]
    )


def by_content(reference: Image, candidate: Image) -> Placement:
    """The placement that lays the candidate's content box onto the reference's."""
    return onto(content_box(reference), content_box(candidate))


def onto(a: Box, b: Box) -> Placement:
    """The placement that lays the box `b` of the candidate onto the box `a` of the reference."""
    sx = (a[2] - a[0]) / (b[2] - b[0])
    sy = (a[3] - a[1]) / (b[3] - b[1])
    return Placement(sx, sy, a[0] - sx * b[0], a[1] - sy * b[1])


def place(reference: Image, candidate: Image, *, reach: float = 0.03) -> Placement:
    """The placement under which the two pictures differ least.

    Tried are: scaled to size, unscaled, and content box on content box, each as it is and shifted
    by what phase correlation finds. A more elaborate placement must be clearly better than a
    simpler one, so that one moved element does not move everything.

    Args:
        reach: largest shift looked for, as a share of the longer side.
    """
    if reference.shape == candidate.shape and _misfit(reference, candidate) == 0:
        return Placement()
    plain = resized(reference, candidate)
    tries = [plain]
    if reference.shape != candidate.shape:
        tries.append(Placement())
    content = by_content(reference, candidate)
    if 0.5 < content.sx / plain.sx < 2 and 0.5 < content.sy / plain.sy < 2:
        tries.append(content)
    size = (reference.shape[1], reference.shape[0])
    best, least = plain, math.inf
    for attempt in tries:
        warped = attempt.warp(candidate, size)
        misfit = _misfit(reference, warped)
        if misfit < 0.8 * least:
            best, least = attempt, misfit
        dx, dy = shift(reference, warped)
        if (dx, dy) == (0, 0) or max(abs(dx), abs(dy)) > reach * max(size):
            continue
        shifted = Placement(attempt.sx, attempt.sy, attempt.dx + dx, attempt.dy + dy)
        misfit = _misfit(reference, shifted.warp(candidate, size))
        if misfit < 0.8 * least:
            best, least = shifted, misfit
    return best


def _misfit(a: Image, b: Image) -> float:
    """Share of pixels that differ beyond 1 px and 32 levels."""
    return share(tolerant_difference(a, b, radius=1, tolerance=32))


def shift(a: Image, b: Image) -> tuple[float, float]:
    """By how many pixels (dx, dy) `b` must move to lie on `a`; quarter pixels, 0 when unclear.

    Phase correlation of the outlines, so fills and colours have no say. Both of one size; a line
    of single pixels has no outline.
    """
    if min(a.shape[:2]) < 2:
        return 0.0, 0.0
    window = _window(a.shape[1], a.shape[0])
    (dx, dy), response = cv2.phaseCorrelate(_outline(b), _outline(a), window)
    if response < 0.05:
        return 0.0, 0.0
    return round(dx * 4) / 4, round(dy * 4) / 4


@lru_cache(maxsize=4)
def _window(width: int, height: int) -> NDArray[np.float32]:
    """What fades pictures of a size out towards their edges."""
    return np.asarray(cv2.createHanningWindow((width, height), cv2.CV_32F), np.float32)


def _outline(image: Image) -> NDArray[np.float32]:
    return gradient(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def gradient(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Strength of the brightness gradient (Sobel), the same bits on every run.

    Integers and one correctly rounded root: OpenCV's float versions depend on how memory is
    aligned, and a threshold turns a last bit into a pixel.
    """
    across = cv2.Sobel(grey, cv2.CV_16S, 1, 0).astype(np.int32)
    down = cv2.Sobel(grey, cv2.CV_16S, 0, 1).astype(np.int32)
    return np.asarray(np.sqrt((across**2 + down**2).astype(np.float32)), np.float32)


def outside(a: Image, b: Image, radius: int = 1, tolerance: int = 30) -> Mask:
    """`(H, W)` mask of the pixels of `a` whose colour `b` does not have nearby.

    A pixel counts when some channel lies more than `tolerance` levels outside the range which that
    channel of `b` takes within `radius` pixels. An edge that moved by up to `radius`, or was
    smoothed differently, does not count: its values lie between those on both sides.
    """
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    # uint8 arithmetic of OpenCV saturates at 0, which is what "outside" needs.
    below = cv2.subtract(cv2.erode(b, kernel), a)
    above = cv2.subtract(a, cv2.dilate(b, kernel))
    beyond = cv2.max(below, above)
    return exceeds(beyond, tolerance)


def tolerant_difference(a: Image, b: Image, radius: int = 1, tolerance: int = 30) -> Mask:
    """`(H, W)` mask of `outside(a, b) | outside(b, a)`; both pictures of one size."""
    return np.asarray(outside(a, b, radius, tolerance) | outside(b, a, radius, tolerance))


def strongest(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest of the channels at each pixel; many times faster than `max(axis=2)`."""
    channels = 1 if values.ndim == 2 else values.shape[2]
    # of each run of as many values as there are channels; every so many runs are a pixel's
    flat = most = np.ascontiguousarray(values).reshape(-1)
    for channel in range(1, channels):
        most = np.maximum(most[:-1], flat[channel:])
    return np.ascontiguousarray(most[::channels]).reshape(values.shape[:2])


def contrast(image: Image, side: int) -> NDArray[np.uint8]:
    """By how much the strongest channel varies in squares of `side` pixels around each pixel."""
    kernel = np.ones((side, side), np.uint8)
    return strongest(np.asarray(cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel))))


def exceeds(values: NDArray[np.uint8], limit: float) -> Mask:
    """Where some channel is larger than `limit`: `strongest(values) > limit`, but faster."""
    if values.ndim == 2 or values.shape[2] != 3:
        return np.asarray(strongest(values) > limit)
    # the brightness of a pixel is above 0 where any channel is at its most
    above = cv2.threshold(values, math.floor(limit), 255, cv2.THRESH_BINARY)[1]
    return np.asarray(cv2.cvtColor(above, cv2.COLOR_RGB2GRAY) > 0)


def from_colour(image: Image, colour: NDArray[np.uint8]) -> Image:
    """How far each channel of each pixel is from one colour, `(H, W, 3)` uint8."""
    return np.asarray(cv2.absdiff(image, (*map(float, colour), 0.0)), np.uint8)


def visible_difference(a: Image, b: Image, radius: int = 1, tolerance: int = 30) -> Mask:
    """As `tolerant_difference`, but blind to what chroma subsampling does to coloured edges.

    Brightness is compared pixel by pixel. Colour is first averaged over 5 x 5 pixels, as JPEG
    averages it over 2 x 2, and may then differ by half the tolerance.
    """
    one, two = (cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb) for image in (a, b))
    return _other_brightness(one, two, radius, tolerance) | _other_colour(
        one, two, radius, tolerance
    )


def _other_brightness(one: Image, two: Image, radius: int, tolerance: int) -> Mask:
    light, light_two = (cv2.extractChannel(image, 0) for image in (one, two))
    return np.asarray(_apart(light, light_two, radius) > tolerance)


def _other_colour(one: Image, two: Image, radius: int, tolerance: int) -> Mask:
    apart = []
    for channel in (1, 2):
        a, b = (cv2.blur(cv2.extractChannel(image, channel), (5, 5)) for image in (one, two))
        apart.append(_apart(a, b, radius))
    return np.asarray(cv2.max(*apart) > tolerance / 2)


def _apart(a: NDArray[np.uint8], b: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]:
    """By how much each value lies outside the values near its place in the other, both ways."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    sides = [
        cv2.max(
            cv2.subtract(cv2.erode(two, kernel), one), cv2.subtract(one, cv2.dilate(two, kernel))
        )
        for one, two in ((a, b), (b, a))
    ]
    return np.asarray(cv2.max(*sides), np.uint8)


def only_noise(a: Image, b: Image) -> bool:
    """Whether two aligned pictures differ only as smoothing, compression or a half pixel would.

    Strict, because a "yes" ends the judging: no pixel group beyond `NOISE_STEP` next to its
    place, and no patch whose mean colour differs by more than `NOISE_SMOOTH`.
    """
    if a.shape != b.shape:
        return False
    one, two = (cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb) for image in (a, b))
    steps = _other_brightness(one, two, 1, NOISE_STEP)
    # most pictures that differ do so in brightness, and need no further look
    if np.count_nonzero(steps) > 2:
        return False
    if np.count_nonzero(steps | _other_colour(one, two, 1, NOISE_STEP)) > 2:
        return False
    # A blur leaves sums over small patches alone; a recolouring does not.
    inside = ~(_edges(a) | _edges(b))
    gap = strongest(cv2.absdiff(cv2.blur(a, (5, 5)), cv2.blur(b, (5, 5))))
    if inside.any() and float(gap[inside].max()) > NOISE_SMOOTH:
        return False
    # Along edges a half-pixel shift moves patch means by up to a tenth of the contrast.
    return bool(gap.max() <= NOISE_STEP) and not _lost_faintly(a, b, gap)


def _lost_faintly(a: Image, b: Image, gap: NDArray[np.uint8]) -> bool:
    """Whether pale lines are in one picture only: none of their contrast is more than noise.

    `gap` is by how much patches of 5 x 5 pixels differ.
    """
    most = cv2.max(contrast(a, FAINT_REACH), contrast(b, FAINT_REACH))
    faint = (most > FAINT[0]) & (most < FAINT[1])
    lost = faint & (gap > FAINT_NOISE[0] + FAINT_NOISE[1] * most)
    return int(np.count_nonzero(lost)) > FAINT_LEAST


def _edges(image: Image) -> Mask:
    kernel = np.ones((3, 3), np.uint8)
    rim = exceeds(cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel)), 24)
    return np.asarray(cv2.dilate(rim.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
