"""One number for how far apart two pictures are: the scalar that ranks rollouts.

The list of errors is for reading; it is coarse (severities 1 to 3) and knows only what a differ
looks for. The distance joins it with a few plain measures of the pictures themselves:

    x = sum over categories of w[c] * S[c]  +  p * sum over measures of w[m] * m
    p = S^n / (S^n + k^n)
    distance = 0                                   without errors
    distance = CEILING * (1 - exp(-x))             for an honest attempt
    distance = CEILING + (1 - CEILING) * extent    for a picture that is no attempt (see `sham`)

S[c] is the sum of the severities of category c, S that of all, of the list as a verdict tells it
(see `together`). k is 6 in charts, 8 in tables and 4 in drawings: a single finding explains by
itself why two charts differ, however many pixels or letters that takes; the longer the list, the
more it is a sample of what is wrong, and the more the pictures themselves say. n is 4 in charts,
where up to a few findings the list alone decides, and 1 elsewhere. All weights are positive, so
the distance rises with every severity and every measure.

The differ of a task may add measures of its own (`besides`). In charts and tables it is "texts",
the share of characters that no text of the other picture has, wherever that stands. In charts it is
also "bare", the share of plots of which a single error says that they are empty, or are not there,
which is added whole: to show no data must not pay more than to show some of it wrong. In tables it
is also "cells", a square root for each lost row or column, of its cells beyond one, which is added
whole: the list says once that a row is lost, and to leave it out must not pay more than to get some
of its cells wrong. So is "another", 1 where a table has hardly a row of the reference: a few errors
say so, and it must not pay more than a long list does.

The weights stand in `distance.json`, which says where they come from;
`python -m benchmarks.judge.weights` fits them, and prints whether fitted ones order better.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import align, images
from visual_erm.judges.mosaic import in_blocks
from visual_erm.types import CATEGORIES, Discrepancy, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.align import Placement
    from visual_erm.types import Image

SIDE, MEDIUM = 256, 512
"""Pixels of the longer side at which pictures are measured; at which `trust` compares them."""
TILES = 16
"""Tiles along each side when asking what is drawn where."""
OUTLINE = 60
"""Strength of the brightness gradient (Sobel) from which a pixel is an outline."""
OUTLINE_REACH = 3
"""Pixels at `SIDE`."""
MOST: Mapping[Task, float] = {"svg": 0.6, "chart": 0.3}
"""Share of what the reference shows that has moved for the whole to have done so; plots are less
than all that a chart shows."""
ROOM = 0.1
"""Share of the longer side by which more room around a drawing moves it."""
CLEARLY = 0.1
"""By how much outlines must correlate better for a picture to be laid by them alone."""
CEILING = 0.9
"""Honest attempts stay below it, shams start at it."""
RESTLESS, CALMEST = 8, 30
"""Grey levels within 3 x 3 pixels by which a texture shows over the calmest part of a picture, and
that part in percent."""
ELSEWHERE, OTHERS = 9, 0.5
"""Sum of severities, or share of other texts, up to which a table is there, wherever it stands."""
ABSENT = (0.6, 0.65)
"""Share of the tiles with something drawn that are empty in what is no attempt: as a rule, and of a
drawing, whose elements stand where they do or are not there."""
READABLE, STRAY = 3.0, 5e-4
"""Contrast that even large text needs, and the share of pixels that says nothing of it."""
KEPT = 0.6
"""Share of its area that an element keeps at least which is drawn elsewhere, and not cut."""
HONEST = 0.7
"""Extent that drawings reach of which much is missing, as an attempt may leave it; beyond it are
pictures that were treated: blurred, covered, in no colour of the reference."""
DIM = 0.25
"""Luminance that the lightest part of a chart keeps at least: at two fifths of its grey levels
white has 0.13."""
NOTHING_LEFT = 0.96
"""Square root of the share of pixels of a drawing that differ when it is another palette's."""
EXPLAINED: dict[Task, float] = {"chart": 6.0, "table": 8.0, "svg": 4.0}
"""Sum of severities at which measures count half of what they count beside a long list."""
STEEP: Mapping[Task, int] = {"chart": 4}
"""Power of that sum with which measures begin to count, where it is not 1: a legend that went, or
numbers along an axis, take more letters and move more pixels than a wrong value, which is worse."""
COUNTS = frozenset({"cells", "another", "bare"})
"""What is added whole, however long the list is, as severities are."""
LEAST = 0.01
"""The distance of any picture with an error."""


@dataclass(frozen=True)
class Measures:
    """Plain differences of two pictures, each in [0, 1], 0 for equal ones."""

    missing: float
    """Share of the tiles with something drawn in the reference that are empty in the candidate."""
    added: float
    """Share of the candidate's drawn tiles that are empty in the reference."""
    lost: float
    """Share of the reference's outlines with none near them in the candidate."""
    new: float
    """Share of the candidate's outlines with none near them in the reference."""
    form: float
    """1 - correlation of the smoothed outlines."""
    tone: float
    """Mean colour difference of small copies, over 50 units of Lab."""
    blur: float
    """How much of the reference's sharpness is gone; 0 down to two thirds of it, 1 where the
    candidate is drawn in blocks."""
    pixels: float
    """Share of pixels that differ beyond drawing noise, square root."""
    grain: float
    """How restless the candidate is where the reference is flat: median 3 x 3 range over 64."""

    def towards(self, right: Measures, share: float) -> Measures:
        """A share of the way to the measures of the same picture put right."""
        both = zip(asdict(self).items(), asdict(right).values(), strict=True)
        return Measures(**{name: (1 - share) * one + share * two for (name, one), two in both})


@dataclass(frozen=True)
class Sham:
    """Why a picture is no attempt at the reference."""

    reason: str
    extent: float
    """In [0, 1]; orders shams among themselves."""
    absent: bool = False
    """Whether it is that much of what the reference shows is not drawn."""


class Picture:
    """A picture at the size at which it is measured, and what is measured of it alone, once."""

    def __init__(self, given: Image, small: Image | None = None) -> None:
        """`small` is the picture on the grid of another one; its own at `SIDE` if None."""
        self.given = given
        self.small = images.fit(given, SIDE) if small is None else small

    @cached_property
    def medium(self) -> Image:
        """As `trust` compares it."""
        return images.fit(self.given, MEDIUM)

    @cached_property
    def tiles(self) -> NDArray[np.bool_]:
        """`(TILES, TILES)`: where outlines or colours stand out from the background."""
        apart = align.from_colour(self.small, images.background(self.small))
        drawn = align.exceeds(apart, 24).astype(np.float32)
        return np.asarray(cv2.resize(drawn, (TILES, TILES), interpolation=cv2.INTER_AREA) > 0.01)

    @cached_property
    def outline(self) -> NDArray[np.uint8]:
        """Strength of the brightness gradient."""
        return _outline(self.small)

    @cached_property
    def colours(self) -> NDArray[np.float32]:
        """`(TILES, TILES, 3)`, Lab."""
        return np.asarray(
            cv2.resize(_lab(self.small), (TILES, TILES), interpolation=cv2.INTER_AREA), np.float32
        )

    @cached_property
    def sharpness(self) -> float:
        """How steep outlines are."""
        return _sharpness(self.small)

    @cached_property
    def ends(self) -> tuple[float, float]:
        """Luminance of the darkest and the lightest, at full size."""
        return _ends(self.given)

    @cached_property
    def in_blocks(self) -> bool:
        """Whether it is a mosaic."""
        return in_blocks(self.given)

    @cached_property
    def unrest(self) -> float:
        """Grey levels that the calmest part spans within 3 x 3 pixels, at full size."""
        return align.percentile(_spread(cv2.cvtColor(self.given, cv2.COLOR_RGB2GRAY), 3), CALMEST)

    @cached_property
    def ranges(self) -> NDArray[np.uint8]:
        """Grey levels within 3 x 3 pixels."""
        return _spread(cv2.cvtColor(self.small, cv2.COLOR_RGB2GRAY), 3)


def measure(
    reference: Image | Picture, candidate: Image, laid: Placement | None = None
) -> Measures:
    """Measure two pictures of any sizes, the candidate laid on the reference first.

    Args:
        reference: `(h, w, 3)`, uint8, or what was measured of it before.
        candidate: of any size.
        laid: from its pixels to those of the reference; looked for if None.
    """
    a = known_of(reference)
    on_grid = (
        same_grid(a.small, a.given, candidate)
        if laid is None
        else _laid(a.small, a.given, candidate, laid)
    )
    b = Picture(candidate, on_grid)
    return Measures(
        missing=_share(a.tiles, b.tiles),
        added=_share(b.tiles, a.tiles),
        lost=_unmatched(a.outline, b.outline),
        new=_unmatched(b.outline, a.outline),
        form=1 - _agreement(a.outline, b.outline),
        tone=float(min(1.0, np.linalg.norm(a.colours - b.colours, axis=2).mean() / 50)),
        blur=1.0 if b.in_blocks and not a.in_blocks else _blur(a, b),
        grain=_grain(a, b) if b.unrest > a.unrest + RESTLESS else 0.0,
        pixels=math.sqrt(align.share(align.tolerant_difference(a.small, b.small, 1, 32))),
    )


def known_of(picture: Image | Picture) -> Picture:
    """The picture with what was measured of it, which may be nothing yet."""
    return picture if isinstance(picture, Picture) else Picture(picture)


def moved(found: Sequence[Discrepancy], task: Task) -> list[Discrepancy]:
    """Findings that say that the whole may stand elsewhere, or have another size.

    In a drawing any part may be nearly the whole; in a chart, the figure or a plot has other sides.
    """
    chosen = {
        "svg": found,
        "chart": [e for e in found if e.category == "structure_error" and e.severity == 1],
    }
    return list(chosen.get(task, ()))


def undone(
    measures: Measures,
    found: Sequence[Discrepancy],
    reference: Image | Picture,
    candidate: Image,
    task: Task = "svg",
) -> Measures:
    """The measures of a picture, halfway to those of the same with its place and size put right.

    What moved or grew as a whole is nowhere where it should be, and is right in everything else; a
    drawing that kept its size is right for three quarters.

    Args:
        measures: of the pictures as they are.
        found: what differs, boxes in the pixels of each picture; see `moved` for what counts of it.
        reference: `(h, w, 3)`, uint8, or what was measured of it before.
        candidate: of any size.
        task: whose pictures they are.
    """
    placed = [
        (align.area(error.bbox), align.onto(error.bbox, error.bbox_prediction))
        for error in moved(found, task)
        if error.bbox and error.bbox_prediction and error.bbox != error.bbox_prediction
    ]
    size, laid = max(placed, key=lambda entry: entry[0], default=(0.0, None))
    shown = align.area(align.content_box(known_of(reference).given))
    if laid is None or size < MOST[task] * shown:
        return measures
    right = measure(reference, candidate, laid)
    still = task == "svg" and max(abs(laid.sx - 1), abs(laid.sy - 1)) < 0.02
    share = 0.75 if still else 0.5
    return measures if right.form > measures.form - CLEARLY else measures.towards(right, share)


def elsewhere(
    measures: Measures,
    found: Sequence[Discrepancy],
    reference: Image | Picture,
    candidate: Image,
) -> Measures:
    """The measures of a drawing, nothing of which is missing where it is found in another place.

    What moved, grew or turned, or has another colour, is drawn: its place is empty, or pale, for a
    reason that the list gives. To be asked of `sham`; the distance counts the place as it is.

    Args:
        measures: of the pictures as they are.
        found: what differs, boxes in the pixels of each picture.
        reference: `(h, w, 3)`, uint8, or what was measured of it before.
        candidate: of any size.
    """
    a = known_of(reference)
    if measures.missing <= ABSENT[True]:
        return measures
    b = Picture(candidate, same_grid(a.small, a.given, candidate))
    height, width = a.given.shape[:2]
    known = b.tiles.copy()
    for error in found:
        if _drawn_elsewhere(error) and (box := error.bbox):
            rows = slice(box[1] * TILES // height, -(-box[3] * TILES // height))
            known[rows, box[0] * TILES // width : -(-box[2] * TILES // width)] = True
    return replace(measures, missing=_share(a.tiles, known))


def _drawn_elsewhere(error: Discrepancy) -> bool:
    """Whether an error says that all of something is drawn, but not as it should be."""
    box, other = error.bbox, error.bbox_prediction
    if not box or not other or error.category == "text_symbol_error":
        return False
    if error.location.startswith("whole drawing"):
        return True
    if error.location == "background" or (box == other and error.category != "style_error"):
        return False
    # Half a thing, the other half erased, is like one that shrank.
    return align.area(other) >= KEPT * align.area(box)


def _laid(a: Image, reference: Image, candidate: Image, laid: Placement) -> Image:
    """The candidate on the pixels of `a`, a smaller copy of the reference, by a placement."""
    x, y = a.shape[1] / reference.shape[1], a.shape[0] / reference.shape[0]
    small = align.Placement(laid.sx * x, laid.sy * y, laid.dx * x, laid.dy * y)
    return small.warp(candidate, (a.shape[1], a.shape[0]))


def same_grid(a: Image, reference: Image, candidate: Image) -> Image:
    """The candidate on the pixels of `a`, a smaller copy of the reference."""
    size = (a.shape[1], a.shape[0])
    if reference.shape == candidate.shape:
        return images.resize(candidate, size)
    # Another size comes from padding or another figure size too: take the better of two layouts.
    scale = a.shape[1] / reference.shape[1]
    height, width = (max(8, round(scale * side)) for side in candidate.shape[:2])
    small = images.resize(candidate, (width, height))
    place = align.place(a, small, reach=ROOM)
    # By colours, a recoloured drawing with more room around it fits as badly wherever it is laid.
    dx, dy = align.shift(a, align.Placement().warp(small, size))
    if max(abs(dx), abs(dy)) <= ROOM * SIDE:
        moved = align.Placement(dx=dx, dy=dy)
        laid = (_outline(p.warp(small, size)) for p in (place, moved))
        one, two = (_agreement(_outline(a), outline) for outline in laid)
        place = moved if two > one + CLEARLY else place
    if place == align.resized(a, small):
        return images.resize(candidate, size)
    # Drawn from the whole picture: to enlarge a small one would soften it.
    x, y = width / candidate.shape[1], height / candidate.shape[0]
    return align.Placement(place.sx * x, place.sy * y, place.dx, place.dy).warp(candidate, size)


def _share(of: NDArray[np.bool_], absent_in: NDArray[np.bool_]) -> float:
    """Share of the tiles `of` that have no tile of the other picture at or next to them."""
    near = cv2.dilate(absent_in.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    total = align.pixels(of)
    return align.pixels(of & ~near) / total if total else 0.0


def _unmatched(outline: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Share of the pixels of an outline without the other outline within `OUTLINE_REACH`."""
    one, two = outline > OUTLINE, other > OUTLINE
    kernel = np.ones((2 * OUTLINE_REACH + 1, 2 * OUTLINE_REACH + 1), np.uint8)
    near = cv2.dilate(two.astype(np.uint8), kernel) > 0
    total = align.pixels(one)
    return float(align.pixels(one & ~near) / total) if total else 0.0


def _agreement(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Correlation of two smoothed outlines, in [0, 1]; 1 when there are none."""
    one, two = (cv2.GaussianBlur(outline, (0, 0), 4) for outline in (a, b))
    size = math.sqrt(_covariance(one, one) * _covariance(two, two)) / one.size
    if size == 0:
        return 1.0 if np.array_equal(one, two) else 0.0
    return float(np.clip(_covariance(one, two) / one.size / size, 0, 1))


def _covariance(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> int:
    """Of all values, times their number squared; exact.

    By 2ab = a² + b² - (a - b)²: a product of vectors wakes the threads of BLAS, which spin.
    """
    squares = sum(cv2.norm(values, cv2.NORM_L2SQR) for values in (one, two))
    products = round((squares - cv2.norm(one, two, cv2.NORM_L2SQR)) / 2)
    return one.size * products - round(cv2.sumElems(one)[0]) * round(cv2.sumElems(two)[0])


def _outline(image: Image) -> NDArray[np.uint8]:
    strength = align.gradient(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    # Strong edges must not outweigh everything else: a legend counts beside a filled area.
    return np.asarray(np.minimum(strength, 200), np.uint8)


def _lab(image: Image) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(images.unit(image), cv2.COLOR_RGB2LAB), np.float32)


def _blur(a: Picture, b: Picture) -> float:
    if a.sharpness == 0:
        return 0.0
    ratio = b.sharpness / a.sharpness
    return float(min(1.0, max(0.0, 1 - ratio * 1.5)))


def _grain(a: Picture, b: Picture) -> float:
    """A median, so that lines drawn across flat parts do not count, but a texture does.

    Text laid out anew covers what was flat, but leaves most of its own picture calm: `unrest`.
    """
    flat = a.ranges <= 4
    return min(1.0, float(np.median(b.ranges[flat])) / 64) if align.pixels(flat) > 100 else 0.0


def _sharpness(image: Image) -> float:
    """How steep outlines are for their contrast: 1 when a step takes one pixel.

    Relative to the contrast, so that fading a drawing does not count as blurring it.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    near, wide = (_spread(grey, side) for side in (3, 9))
    edges = wide > 30
    if align.pixels(edges) < 20:
        return 0.0
    return float(np.percentile(near[edges].astype(np.float32) / wide[edges], 80))


def _spread(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    kernel = np.ones((side, side), np.uint8)
    return np.asarray(cv2.subtract(cv2.dilate(grey, kernel), cv2.erode(grey, kernel)), np.uint8)


def sham(
    measures: Measures, severity: int, task: Task | None = None, *, same_texts: bool = False
) -> Sham | None:
    """Whether the candidate is no attempt: erased, another picture, unreadable.

    `severity` is the sum of what the differ found: an icon of one element that was turned has
    hardly an outline in common with the reference, but only one error; a table laid out wider
    leaves most places of the reference empty, but all its cells, or most texts, are found.

    The limits are far from what honest attempts reach on generated pairs.
    """
    found = same_texts or (task == "table" and severity < ELSEWHERE)
    drawing = task == "svg"
    reasons = []
    if measures.missing > ABSENT[drawing] and not found:
        share = round(100 * measures.missing)
        extent = HONEST * measures.missing if drawing else measures.missing
        said = f"{share}% of what the reference shows is not drawn"
        reasons.append(Sham(said, extent, absent=True))
    if measures.form > 0.85 and measures.pixels > 0.55 and severity >= 9 and not same_texts:
        extent = HONEST * measures.form if drawing else measures.form
        reasons.append(Sham("another picture: hardly any outline agrees", extent))
    treated = [
        (measures.blur > 0.25, "too blurred or too coarse to read", 0.3 * measures.blur),
        (
            drawing and measures.pixels > NOTHING_LEFT,
            "hardly a pixel has the colour that it should have",
            0.3 * measures.pixels,
        ),
        (
            measures.grain > 0.12,
            "covered with a texture that the reference does not have",
            measures.grain,
        ),
    ]
    for holds, reason, extent in treated:
        if holds:
            reasons.append(Sham(reason, HONEST + 0.3 * extent if drawing else extent))
    return max(reasons, key=lambda one: one.extent, default=None)


def faint(reference: Image, candidate: Image) -> Sham | None:
    """Whether a table can no longer be read: nothing in it stands out from anything else.

    Looks are free as long as they can be read. What can is said by the contrast of WCAG 2.2
    (success criterion 1.4.3): the luminance of the lighter over that of the darker.
    """
    was, now = _contrast(reference), _contrast(candidate)
    if now >= READABLE or was < READABLE:
        return None
    reason = f"hardly legible: contrast {now:.1f} to 1 at most, {was:.1f} to 1 in the reference"
    return Sham(reason, 0.3 * (1 - now / READABLE))


def darkened(reference: Image | Picture, candidate: Image) -> Sham | None:
    """Whether nothing in a chart is light any more, neither paper nor ink, as under a dark glass.

    A chart drawn on dark paper has light letters.
    """
    (dark, was), (dark_now, now) = known_of(reference).ends, _ends(candidate)
    if now > DIM * was or dark_now > dark + 0.05:
        return None
    reason = "everything is darkened: even the lightest part is dark"
    return Sham(reason, 0.3 * (1 - now / was))


def _contrast(image: Image) -> float:
    """Of the lightest and the darkest, in [1, 21]."""
    dark, light = _ends(image)
    return (light + 0.05) / (dark + 0.05)


def _ends(image: Image) -> tuple[float, float]:
    """Luminance of the darkest and the lightest, a few stray pixels apart, in [0, 1]."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.float64)
    share = np.cumsum(counts) / grey.size
    ends = np.searchsorted(share, (STRAY, 1 - STRAY))
    dark, light = (((v / 255 + 0.055) / 1.055) ** 2.4 if v > 10 else v / 255 / 12.92 for v in ends)
    return float(dark), float(light)


def distance(
    errors: Sequence[Discrepancy],
    measures: Measures,
    task: Task,
    no_attempt: Sham | None = None,
    besides: Mapping[str, float] | None = None,
) -> float:
    """The calibrated scalar in [0, 1]; formula in the module's text.

    `besides` is what the differ of the task measured, 0 or more; what it leaves out counts 0.

    >>> nothing = Measures(0, 0, 0, 0, 0, 0, 0, 0, 0)
    >>> distance([], nothing, "svg")
    0.0
    """
    if not errors:
        return 0.0
    if no_attempt is not None:
        return CEILING + (1 - CEILING) * min(1.0, no_attempt.extent)
    by = weights(task)
    x = sum(by[name] * value for name, value in features(errors, measures, task, besides).items())
    return max(LEAST, CEILING * (1 - math.exp(-x)))


def features(
    errors: Sequence[Discrepancy],
    measures: Measures,
    task: Task,
    besides: Mapping[str, float] | None = None,
) -> Mapping[str, float]:
    """What the weights multiply: severity sums by category, and the measures' part."""
    sums = dict.fromkeys(CATEGORIES[task], 0.0)
    for error in errors:
        sums[error.category] += error.severity
    total = sum(sums.values())
    steep = STEEP.get(task, 1)
    part = total**steep / (total**steep + EXPLAINED[task] ** steep)
    found = {**sums, **(besides or {}), **asdict(measures)}
    whole = COUNTS.union(sums)
    return {name: value if name in whole else part * value for name, value in found.items()}


@cache
def weights(task: Task) -> Mapping[str, float]:
    """By category and measure."""
    text = (files("visual_erm.judges") / "distance.json").read_text(encoding="utf-8")
    stored: Mapping[str, float] = json.loads(text)["weights"][task]
    return stored
