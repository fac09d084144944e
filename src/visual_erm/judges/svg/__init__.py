"""Compare two vector pictures: what is missing, extra, moved, reshaped, recoloured, retyped.

`see` takes a picture apart into regions and, where something looks like letters,
reads it. `differ` lays the candidate on the reference and explains what differs, the surest cause
first (`match`, `residue`). It knows no SVG source, only pixels; two sources that draw the
same picture do not differ.

What it cannot see: elements hidden behind others, elements of the ground's colour on the ground,
changes of fewer pixels than `match.FLOOR`, and which of two touching elements of one colour a
change belongs to.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rapidfuzz import fuzz

from visual_erm import align, images
from visual_erm.align import Placement
from visual_erm.judges.svg.causes import consolidate, join_alike
from visual_erm.judges.svg.covers import uncovered
from visual_erm.judges.svg.events import CATEGORY, Event, discrepancy
from visual_erm.judges.svg.exchanges import exchanges
from visual_erm.judges.svg.fits import transforms
from visual_erm.judges.svg.flips import FLIPS, WHOLE_DRAWING, flipped, flipped_box, mirrored_parts
from visual_erm.judges.svg.match import Comparison, centre, same_places, whole_regions
from visual_erm.judges.svg.outlines import hollow, outlines
from visual_erm.judges.svg.regions import GROUND_GAP, Layers, Region, on_ground, segment
from visual_erm.judges.svg.residue import residue, smoothed
from visual_erm.judges.svg.whole import background, drawn_box, in_grey, placed
from visual_erm.types import Box, Discrepancy, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.ocr import Reader, Text
    from visual_erm.types import Image

SIDE = 512
"""Pixels of the longer side at which pictures are compared."""
STEP = 28
"""Grey levels that count as a difference."""
SHADE, EVEN, WIDE = 10, 12, 7
"""Grey levels by which an even area has another shade, and that it spans at most within 3 x 3
pixels; pixels that it is wide at least. Compression leaves the mean of so many pixels alone."""
SMALL_SHIFT = 0.012
"""Share of the longer side by which a whole picture may move unnoticed."""
MAX_TEXT = 0.25
"""Share of the longer side that a line of text is high at most."""
TEXT_MOVED, TEXT_GREW = 0.025, 0.17
"""Share of the longer side, and logarithm of the size, by which a line of text is off."""
BARS, RINGS = "Il|1", "Oo0"
"""What rows of strokes and of rings are read as."""
UNREAD = 0.3
"""Share of a text's pixels that differ at least if it is new."""
FARTHEST = 0.4
"""Share of the longer side by which a whole drawing may have moved."""
SEEN = 0.5
"""Share of a drawing that is still in the picture, at least, when it moved as a whole."""
WHOLE = 0.12
"""A whole drawing moved or grew when undoing it leaves at most this share of the differences."""
SPILT = 0.05
"""Share of the candidate's drawing that lies where the reference has no picture, at most."""
STILL, ROOM = 0.5, 0.85
"""The same for a nudge, and of outlines for more room around a drawing on another canvas."""


@dataclass
class Scene:
    """A picture, the text in it, and its regions at the sizes asked for so far."""

    image: Image
    texts: tuple[Text, ...]
    _layers: dict[tuple[int, int], Layers] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def layers(self, size: tuple[int, int]) -> Layers:
        """The regions of the picture scaled to `(width, height)`."""
        with self._lock:
            if size not in self._layers:
                self._layers[size] = segment(images.resize(self.image, size))
            return self._layers[size]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.image.shape[1]), int(self.image.shape[0])


def see(image: Image, reader: Reader, like: Scene | None = None) -> Scene:
    """Take a picture apart.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        reader: reads text, where anything looks like it.
        like: the reference's scene; text with the same pixels is not read again.
    """
    scene = Scene(image, ())
    size = _working_size(scene.size)
    expected = like is not None and bool(like.texts)
    if expected or letters(scene.layers(size)):
        known = (like.image, like.texts) if like is not None else None
        if known is not None and known[0].shape != image.shape:
            known = None
        scene.texts = tuple(t for t in reader.read(image, like=known) if _plausible(t, image))
    return scene


def _plausible(text: Text, image: Image) -> bool:
    """Whether a reading is text rather than a shape that resembles a letter."""
    tall, wide = text.box[3] - text.box[1], text.box[2] - text.box[0]
    signs = sum(sign.isalnum() for sign in text.text)
    small = min(tall, wide) < MAX_TEXT * max(image.shape)
    row = any(set(text.text) <= set(alike) for alike in (BARS, RINGS))
    return small and signs >= 2 and text.score >= 0.7 and not row


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, SIDE / max(size))
    return max(8, round(size[0] * scale)), max(8, round(size[1] * scale))


def letters(layers: Layers) -> bool:
    """Whether three or more small regions of one colour stand in a row as letters do."""
    height, width = layers.labels.shape
    side = max(height, width)
    small = [r for r in layers.regions if r.area >= layers.dust and _letter_like(r, side)]
    for first in small:
        row = [r for r in small if _same_row(first, r)]
        row.sort(key=lambda r: r.box[0])
        run = 1
        for left, right in pairwise(row):
            near = right.box[0] - left.box[2] < 0.9 * _height(first)
            apart = right.box[0] - left.box[2] > -0.3 * _height(first)
            run = run + 1 if near and apart else 1
            if run >= 3:
                return True
    return False


def _height(region: Region) -> int:
    return region.box[3] - region.box[1]


def _letter_like(region: Region, side: int) -> bool:
    tall, wide = _height(region), region.box[2] - region.box[0]
    return 6 <= tall < 0.25 * side and 0.08 * tall < wide < 1.7 * tall


def _same_row(one: Region, two: Region) -> bool:
    level = abs(one.box[3] - two.box[3]) < 0.3 * _height(one)
    alike = 0.6 < _height(two) / _height(one) < 1.6
    return level and alike and float(np.linalg.norm(one.lab - two.lab)) < 15


def differ(reference: Scene, candidate: Scene) -> list[Discrepancy]:
    """What differs, boxes in the pixels of each picture."""
    size = _working_size(reference.size)
    axes = flipped(reference.layers(size).image, candidate.layers(size).image)
    if axes is not None:
        return _differ_flipped(reference, candidate, axes)
    if max(candidate.size) < max(size):
        # Compare at the smaller size: enlarging invents smoothness that the other has not.
        shrink = max(candidate.size) / max(size)
        size = (max(8, round(size[0] * shrink)), max(8, round(size[1] * shrink)))
    a = reference.layers(size)
    laid = _lay(a, reference.size, candidate, size)
    radius = max(1, round(max(size) / 256))
    grey = in_grey(a, laid.layers.image)
    whole = [*laid.events, *(grey[1:] if grey else ())]
    a = grey[0] if grey else a
    b = on_ground(laid.layers, a.regions[a.ground].lab)
    shared = _within(laid.placement.box((0, 0, *candidate.size)), a.labels.shape, 2 * radius)
    differs = align.visible_difference(a.image, laid.layers.image, radius, STEP) & shared
    c = Comparison(a, b, differs, radius)
    if int(differs.sum()) < c.floor:
        c.differs = _other_shade(a, b) & shared
    c.events += whole
    background(c)
    to_work = Placement(size[0] / reference.size[0], size[1] / reference.size[1])
    _compare_texts(c, reference, candidate, to_work, laid.placement)
    mirrored_parts(c, STEP)
    exchanges(c)
    hollow(c)
    same_places(c)
    outlines(c)
    uncovered(c)
    transforms(c)
    join_alike(c)
    whole_regions(c)
    residue(c)
    consolidate(c)
    back_a, back_b = to_work.inverse(), laid.placement.inverse()
    return [
        error.model_copy(
            update={
                "bbox": back_a.box(error.bbox) if error.bbox else None,
                "bbox_prediction": back_b.box(error.bbox_prediction)
                if error.bbox_prediction
                else None,
            }
        )
        for error in (discrepancy(event, a) for event in c.events)
    ]


def besides(
    _reference: Scene, _candidate: Scene, _errors: Sequence[Discrepancy]
) -> dict[str, float]:
    """What the distance counts beside errors and pictures: nothing in drawings."""
    return {}


def _differ_flipped(reference: Scene, candidate: Scene, axes: tuple[int, ...]) -> list[Discrepancy]:
    """One error for the mirrored drawing, and what differs besides when that is undone."""
    size = candidate.size
    undone = Scene(np.ascontiguousarray(np.flip(candidate.image, axes)), ())
    box = align.content_box(reference.image)
    whole = Discrepancy(
        category=CATEGORY["placed"],
        severity=3,
        location=WHOLE_DRAWING,
        description=f"{FLIPS[axes]} in the candidate",
        bbox=box,
        bbox_prediction=align.content_box(candidate.image),
    )
    # Letters cannot be read in a mirror, so texts are compared as shapes.
    rest = differ(Scene(reference.image, (), reference._layers), undone)
    return [whole] + [
        error.model_copy(update={"bbox_prediction": flipped_box(error.bbox_prediction, axes, size)})
        for error in rest
    ]


def _other_shade(a: Layers, b: Layers) -> NDArray[np.bool_]:
    """Even areas, in both pictures, that differ by less than a step, but wherever one looks.

    To be asked where nothing differs by more: beside other changes, they are consequences.
    """
    means = (cv2.blur(layers.image, (WIDE, WIDE)) for layers in (a, b))
    apart = align.strongest(np.asarray(cv2.absdiff(*means), np.uint8)) > SHADE
    if apart.any():
        for layers in (a, b):
            apart &= align.contrast(layers.image, 3) <= EVEN
        kernel = np.ones((WIDE, WIDE), np.uint8)
        opened = cv2.morphologyEx(apart.astype(np.uint8), cv2.MORPH_OPEN, kernel)
        apart = np.asarray(opened > 0)
    return apart


def _within(box: Box, shape: tuple[int, ...], rim: int) -> NDArray[np.bool_]:
    """The part of the grid that both pictures cover, without a rim that a nudge cuts off."""
    covered = np.zeros(shape, bool)
    rows = slice(max(rim, box[1] + rim), max(0, min(shape[0], box[3]) - rim))
    columns = slice(max(rim, box[0] + rim), max(0, min(shape[1], box[2]) - rim))
    covered[rows, columns] = True
    return covered


@dataclass(frozen=True)
class _Laid:
    """The candidate on the working grid."""

    layers: Layers
    placement: Placement
    """From candidate pixels to working pixels."""
    events: Sequence[Event] = ()
    """The whole drawing moved or changed its size, and what of it left the picture."""


def _lay(
    a: Layers, reference_size: tuple[int, int], candidate: Scene, size: tuple[int, int]
) -> _Laid:
    """Find the placement under which the pictures agree best, and say when it is one to report."""
    plain = Placement(size[0] / candidate.size[0], size[1] / candidate.size[1])
    as_is = candidate.layers(size)
    apart, shown, drawn = _differing(a.image, as_is.image), a.drawn, as_is.drawn
    misfit = float(apart.mean())
    if misfit < 2e-4:
        return _Laid(as_is, plain)
    best, least, chosen = plain, misfit, as_is.image
    side = max(size)
    other_canvas = candidate.size != reference_size
    for attempt in _attempts(a, as_is, _unscaled(reference_size, candidate.size)):
        placement = _after(plain, attempt)
        image = placement.warp(candidate.image, size)
        # A drawing that moved out of the picture is compared where it still can be seen.
        shared = _within(placement.box((0, 0, *candidate.size)), apart.shape, 0)
        if float((shared & shown).sum()) < SEEN * float(shown.sum()):
            continue
        beyond = drawn & ~_within(attempt.inverse().box((0, 0, *size)), apart.shape, 0)
        if float(beyond.sum()) > SPILT * float(drawn.sum()):
            continue
        if _texts_beyond(candidate, placement, size):
            continue
        small = _harmless(attempt, placement, side, other_canvas=other_canvas)
        small = small and _one_in_other(placement.box((0, 0, *candidate.size)), size)
        value = float((_differing(a.image, image) & shared).mean())
        enough = STILL if small else WHOLE
        better = value < enough * float((apart & shared).mean()) and value < 0.8 * least
        if other_canvas and small and not better and best is plain:
            # By colours, a recoloured drawing fits as badly wherever it is laid.
            one, two, was = (_outlined(picture) for picture in (a.image, image, as_is.image))
            moved = float((_differing(one, two) & shared).mean())
            better = moved < ROOM * float((_differing(one, was) & shared).mean())
        if better:
            best, least, chosen = placement, value, image
    if best is plain:
        return _Laid(as_is, plain)
    relative = _after(plain.inverse(), best)
    events: list[Event] = []
    canvas = best.box((0, 0, *candidate.size))
    harmless = _harmless(relative, best, side, other_canvas=other_canvas)
    if not (harmless and _one_in_other(canvas, size)):
        events = placed(a, relative, round(misfit * a.labels.size))
    return _Laid(segment(chosen), best, events)


def _texts_beyond(candidate: Scene, placement: Placement, size: tuple[int, int]) -> bool:
    """Whether a placement puts a line of text where the reference has no picture: it stayed."""
    middles = (align.centre(placement.box(text.box)) for text in candidate.texts)
    return any(not (0 <= x < size[0] and 0 <= y < size[1]) for x, y in middles)


def _differing(a: Image, b: Image) -> NDArray[np.bool_]:
    return align.visible_difference(a, b, max(1, max(a.shape) // 256), STEP)


def _one_in_other(canvas: Box, size: tuple[int, int]) -> bool:
    """Whether one of two canvases lies in the other: more room, or less, and nothing besides."""
    slack = max(3, round(SMALL_SHIFT * max(size)))
    return all(
        (low <= slack and high >= side - slack) or (low >= -slack and high <= side + slack)
        for low, high, side in zip(canvas[:2], canvas[2:], size, strict=True)
    )


def _outlined(image: Image) -> Image:
    strength = align.gradient(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    grey = np.minimum(strength, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _unscaled(reference: tuple[int, int], candidate: tuple[int, int]) -> Placement:
    """What undoes the scaling to one size: a canvas that is larger may only have more room."""
    return Placement(candidate[0] / reference[0], candidate[1] / reference[1])


def _attempts(a: Layers, b: Layers, unscaled: Placement) -> Iterator[Placement]:
    """Shifts and scalings of the candidate's working picture worth trying."""
    height, width = a.labels.shape
    for first in dict.fromkeys((Placement(), unscaled)):
        if not (0.8 < first.sx < 1.25 and 0.8 < first.sy < 1.25):
            continue
        dx, dy = align.shift(a.image, first.warp(b.image, (width, height)))
        moved = Placement(first.sx, first.sy, dx, dy)
        if moved != Placement() and max(abs(dx), abs(dy)) < FARTHEST * max(height, width):
            yield moved
    ground, page = (of.regions[of.ground].lab for of in (a, b))
    if float(np.linalg.norm(ground - page)) > GROUND_GAP:
        # A plate or a flag from edge to edge is ground, until more room is left around it.
        whole = align.onto((0, 0, width, height), drawn_box(b))
        if min(whole.sx, whole.sy) > 1 and max(whole.sx, whole.sy) < 2.5:
            yield whole
    content = align.onto(drawn_box(a), drawn_box(b))
    if 0.4 < content.sx < 2.5 and 0.4 < content.sy < 2.5:
        yield content
        scale = (content.sx + content.sy) / 2
        if abs(content.sx / content.sy - 1) < 0.02:
            yield Placement(scale, scale, content.dx, content.dy)
        else:
            # What reached beyond one picture, and is whole in the other, has other sides.
            one, two = centre(drawn_box(a)), centre(drawn_box(b))
            for scale in (content.sx, content.sy):
                dx, dy = one - scale * two
                yield Placement(scale, scale, float(dx), float(dy))


def _after(first: Placement, then: Placement) -> Placement:
    """Both placements, one after the other."""
    return Placement(
        first.sx * then.sx,
        first.sy * then.sy,
        first.dx * then.sx + then.dx,
        first.dy * then.sy + then.dy,
    )


def _harmless(p: Placement, whole: Placement, side: int, *, other_canvas: bool) -> bool:
    """Whether a placement is what another canvas, another size or a nudge leads to.

    `p` is relative to scaling the candidate to the reference's size, `whole` includes that: on a
    canvas of another size, a drawing that keeps its proportions may be a little larger or smaller.
    """
    if other_canvas and 0.8 < p.sx < 1.25 and abs(whole.sx / whole.sy - 1) < 0.03:
        return True
    still = abs(p.sx - 1) < 0.02 and abs(p.sy - 1) < 0.02
    return still and max(abs(p.dx), abs(p.dy)) <= max(3.0, SMALL_SHIFT * side)


def _compare_texts(
    c: Comparison, reference: Scene, candidate: Scene, to_a: Placement, to_b: Placement
) -> None:
    """Lines of text that read differently, moved or have another size; explains their pixels."""
    lines_a = [(text, _work_box(to_a.box(text.box), c)) for text in reference.texts]
    lines_b = [(text, _work_box(to_b.box(text.box), c)) for text in candidate.texts]
    free, rest = list(lines_b), []
    for line in lines_a:
        same = [other for other in free if _reads_same(line[0].text, other[0].text)]
        if not same:
            rest.append(line)
            continue
        nearest = min(same, key=lambda other: _apart(line[1], other[1]))
        free.remove(nearest)
        change = _displaced(c, line[1], nearest[1])
        if change is not None:
            _text_event(c, line[0].text, line[1], nearest[1], change, 1)
        else:
            _smoothed_text(c, line[1])
    for text, box in rest:
        partner = max(free, key=lambda line: align.of_smaller(box, line[1]), default=None)
        if partner is not None and align.of_smaller(box, partner[1]) > 0.2:
            free.remove(partner)
            other, place = partner
            change = f'"{text.text}" -> "{other.text}"'
            _text_event(c, text.text, box, place, change, _retyped(text.text, other.text))
        else:
            _text_event(c, text.text, box, None, f'text "{text.text}" is missing', 3)
    for other, place in free:
        _text_event(c, other.text, None, place, f'text "{other.text}" is extra', 3)


def _smoothed_text(c: Comparison, box: Box) -> None:
    """Explain what another resolution makes of small letters that read the same."""
    view = (slice(box[1], box[3]), slice(box[0], box[2]))
    mask = c.differs[view]
    if mask.any() and smoothed(c, view, mask):
        c.differs[view] = False


def _apart(one: Box, two: Box) -> float:
    return float(np.abs(np.array(one, float) - np.array(two, float)).max())


def _displaced(c: Comparison, was: Box, now: Box) -> str | None:
    """How a line that reads the same moved or grew; None if it did not."""
    taller = (now[3] - now[1]) / max(1, was[3] - was[1])
    wider = (now[2] - now[0]) / max(1, was[2] - was[0])
    if abs(np.log(taller)) > TEXT_GREW and abs(np.log(wider)) > TEXT_GREW:
        return f"{'larger' if wider > 1 else 'smaller'}, x {wider:.2f}"
    dx, dy = ((now[k] + now[k + 2] - was[k] - was[k + 2]) / 2 for k in (0, 1))
    if max(abs(dx), abs(dy)) > TEXT_MOVED * c.side:
        return f"stands in another place, off by ({dx:.0f}, {dy:.0f}) px"
    return None


def _retyped(was: str, now: str) -> Severity:
    """Another number or other words mislead, a wrong letter needs correction, swapped ones less."""
    one, two = ("".join(text.split()) for text in (was, now))
    digits = ["".join(sign for sign in text if sign.isdigit()) for text in (one, two)]
    if digits[0] != digits[1] or fuzz.ratio(one, two) < 50:
        return 3
    return 1 if sorted(one) == sorted(two) else 2


def _work_box(box: Box, c: Comparison) -> Box:
    height, width = c.differs.shape
    x0, y0 = min(max(0, box[0]), width - 1), min(max(0, box[1]), height - 1)
    return (x0, y0, max(x0 + 1, min(width, box[2])), max(y0 + 1, min(height, box[3])))


def _reads_same(one: str, two: str) -> bool:
    return "".join(one.split()).casefold() == "".join(two.split()).casefold()


def _text_event(
    c: Comparison, text: str, box: Box | None, other: Box | None, change: str, level: Severity
) -> None:
    """Only where pixels differ too: a reading alone proves nothing."""
    whole = np.zeros(c.differs.shape, bool)
    for area in (box, other):
        if area is not None:
            whole[area[1] : area[3], area[0] : area[2]] = True
    differs = int((c.differs & whole).sum())
    if differs < c.floor:
        return
    if box is None and differs < UNREAD * int((whole & c.b.drawn).sum()):
        return  # it is drawn in the reference too, where it could not be read
    c.explain(whole, c.radius)
    event = Event("text", f'text "{text}"', change, box, other, int(whole.sum()), level=level)
    c.events.append(event)
