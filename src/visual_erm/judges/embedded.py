"""The embedded judge: compares two pictures with no model download, no GPU and no network.

It reads text with a small recogniser that ships with the package and leaves everything else to
the deterministic differ of the task: the packages `judges.chart`, `judges.table`, `judges.svg`.
Each offers `see`, which takes a picture apart, `differ`, which compares two pictures taken apart,
and `besides`, which measures more for the distance; see `Domain`. This module is what they share:
shortcuts, caching, size limits, guards against pictures that are no attempt, order.

    judge = EmbeddedJudge()
    verdict = judge.compare(reference, candidate, "chart")

It is not a vision-language model. It sees what it has rules for and says nothing about the rest.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

import cv2
import numpy as np
from cachetools import LRUCache

from visual_erm import align, images
from visual_erm.errors import UsageError
from visual_erm.judges import copies, distance, trust
from visual_erm.judges.erased import erased
from visual_erm.judges.svg.flips import reversed_whole
from visual_erm.judges.svg.whole import greyed, on_old_ground, repainted_ground
from visual_erm.judges.together import together
from visual_erm.types import CATEGORIES, Box, Discrepancy, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.distance import Measures
    from visual_erm.judges.ocr import Reader
    from visual_erm.types import Image

REVISION = "23"
"""Raised with every change that alters verdicts; part of what a cached verdict is filed under."""
MAX_SIDE: dict[str, dict[Task, int]] = {
    "full": {"chart": 1600, "table": 2000, "svg": 1024},
    "fast": {"chart": 512, "table": 1000, "svg": 256},
}
"""Pixels of the longer side above which a picture is scaled down before it is taken apart, by
level."""
MAX_ERRORS = 40
"""A verdict lists the most severe ones; `Verdict.repairs` says how many were left out."""
HARMLESS_SHIFT = 3.0
"""Pixels; a whole picture that moved by less is the same picture."""
STROKE = 26
"""Grey levels, averaged over 3 x 3 pixels, by which a stroke more or less differs from noise."""
OTHER_LOOK = 0.75
"""What counts of a drawing on the reference's page, or without its colours as the reference would
be, where only that is another one."""
PUT_RIGHT, MIRRORED, TURNED = 0.5, 0.5, 1.0
"""What counts of a mirrored drawing once it is put right; shares of its outlines that are not in
their place, at least, then and where it is turned by 180 degrees: others agree by symmetry."""
WHOLE_PICTURE = "whole picture"
"""Where the error of a candidate lies that is no attempt at the reference."""
WHOLE = 9
"""Regions that the errors of a blank picture name, beside the first."""


class Domain(Protocol):
    """What the package of one task offers."""

    def see(self, image: Image, reader: Reader, like: Any = None) -> Any:
        """Take a picture apart; `like` is the scene of a picture that may share text."""
        ...

    def differ(self, reference: Any, candidate: Any) -> list[Discrepancy]:
        """What differs between two scenes, boxes in the pixels of each picture."""
        ...

    def besides(
        self, reference: Any, candidate: Any, errors: Sequence[Discrepancy]
    ) -> Mapping[str, float]:
        """What the distance counts beside errors and plain measures of the pictures."""
        ...


@dataclass(frozen=True)
class _Prepared:
    """A reference picture within limits, and its scene."""

    image: Image
    scale: float
    """Pixels of the given picture per pixel of `image`."""
    scene: Any
    measured: distance.Picture
    """What the distance needs to know of the image."""

    @cached_property
    def edges(self) -> NDArray[np.bool_]:
        """`(H, W)`: where colours or brightness of a drawing change; charts' scenes have theirs."""
        return copies.edges_of(self.image)


class EmbeddedJudge:
    """Deterministic comparison on a CPU. Thread-safe, picklable; models load on first use."""

    def __init__(
        self,
        level: str = "full",
        *,
        cache_size: int = 64,
        max_errors: int = MAX_ERRORS,
        doubt: float | None = None,
    ) -> None:
        """Nothing is loaded yet.

        Args:
            level: "full", or "fast" for very large runs: pictures are compared at a lower
                resolution. `python -m benchmarks.judge_speed` prints what that saves and loses.
            cache_size: reference pictures whose scenes are kept (a group of rollouts shares one).
            max_errors: errors that a verdict lists at most.
            doubt: probability of being an error, in [0, 1], below which a finding is left out;
                0 keeps all that the rules say, each by itself; None takes the task's own
                (`trust.DOUBT`).

        Raises:
            UsageError: no such level, or `doubt` is out of range.
        """
        if level not in MAX_SIDE:
            raise UsageError(f'no level "{level}"; known: {", ".join(MAX_SIDE)}')
        if doubt is not None and not 0 <= doubt <= 1:
            raise UsageError(f"doubt must be in [0, 1]; got {doubt}")
        self.level = level
        self.cache_size = cache_size
        self.max_errors = max_errors
        self.doubt = doubt
        details = {
            "level": level,
            "doubt": "by task" if doubt is None else str(doubt),
            "max_errors": str(max_errors),
        }
        self.identity = JudgeIdentity(name="embedded", revision=REVISION, details=details)
        self._set_up()

    def _set_up(self) -> None:
        self._lock = threading.Lock()
        self._scenes: LRUCache[tuple[Task, str], _Prepared] = LRUCache(self.cache_size)
        self._reader: Reader | None = None

    def __getstate__(self) -> dict[str, Any]:
        kept = ("level", "cache_size", "max_errors", "doubt", "identity")
        return {name: self.__dict__[name] for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """What differs in the candidate, with boxes in the pixels of each picture."""
        wall, cpu = time.perf_counter(), time.thread_time()
        findings = self.examine(reference, candidate, task)
        return Verdict(
            task=task,
            errors=findings.errors,
            judge=self.identity,
            distance=findings.distance,
            repairs=findings.notes,
            usage={
                "seconds": time.perf_counter() - wall,
                "cpu_seconds": time.thread_time() - cpu,
            },
        )

    def prepare(self, reference: Image, task: Task) -> None:
        """Take a reference apart ahead of its first candidate; kept as `cache_size` says."""
        self._reference(reference, task)

    def examine(self, reference: Image, candidate: Image, task: Task) -> Findings:
        """What `compare` makes a verdict of."""
        if images.equal(reference, candidate):
            return Findings()
        if images.is_blank(candidate) and not images.is_blank(reference):
            return Findings(_everything_missing(reference, task), 1.0)
        small = images.fit(candidate, MAX_SIDE[self.level][task])
        scale = candidate.shape[1] / small.shape[1]
        prepared = self._reference(reference, task)
        same = 0.0
        if task == "chart":
            same = copies.share_alike(prepared.image, small, prepared.scene.edges)
        smooth = same < copies.MOSTLY
        if smooth and harmless(prepared.image, small, fine=task == "table"):
            return Findings()
        domain = _domain(task)
        scene = domain.see(small, self.reader, like=prepared.scene)
        found = domain.differ(prepared.scene, scene)
        measures = distance.measure(prepared.measured, small)
        if self.doubt != 0:
            found = trust.believed(
                found,
                prepared.measured,
                small,
                measures,
                task,
                self.doubt,
                certain=_certain(prepared, small, task, same),
            )
        measures = distance.undone(measures, found, prepared.measured, small, task)
        seen = measures
        if task == "svg":
            measures, seen = _of_drawing(prepared, small, found, measures)
        severity = sum(error.severity for error in found)
        no_attempt = distance.sham(seen, severity, task)
        if no_attempt is not None and task == "table":
            others = domain.besides(prepared.scene, scene, found)["texts"]
            no_attempt = distance.sham(seen, severity, task, same_texts=others <= distance.OTHERS)
        if task == "svg" and (no_attempt is None or no_attempt.absent):
            no_attempt = erased(prepared.measured, small) or no_attempt
        if no_attempt is None and task == "table":
            # whoever leaves out rows or columns writes a smaller table
            if small.shape == prepared.image.shape:
                no_attempt = erased(prepared.measured, small)
            no_attempt = no_attempt or distance.faint(prepared.image, small)
        if no_attempt is None and task == "chart":
            no_attempt = distance.darkened(prepared.measured, small)
        told = found if self.doubt == 0 else together(found, task)
        if no_attempt is not None and not (task == "svg" and no_attempt.absent and _missing(found)):
            whole = _no_attempt(no_attempt, prepared.image, task)
            found, told = [whole, *found], [whole, *told]
        kept = _ordered(told, task)[: self.max_errors]
        notes = (
            (f"kept the {len(kept)} most severe of {len(told)} errors",)
            if len(told) > len(kept)
            else ()
        )
        errors = tuple(
            _on_given(error, reference, prepared.scale, candidate, scale) for error in kept
        )
        besides = domain.besides(prepared.scene, scene, found)
        far = distance.distance(told, measures, task, no_attempt, besides)
        features = distance.features(told, measures, task, besides)
        return Findings(errors, far, notes, features)

    @property
    def reader(self) -> Reader:
        """The one text reader of this judge."""
        with self._lock:
            if self._reader is None:
                from visual_erm.judges.ocr import Reader

                # One thread a comparison: judging scales by processes, and OpenCV's own pool
                # would fight them for the cores.
                cv2.setNumThreads(1)
                self._reader = Reader()
            return self._reader

    def _reference(self, reference: Image, task: Task) -> _Prepared:
        key = (task, images.digest(reference))
        with self._lock:
            if key in self._scenes:
                return self._scenes[key]
        image = images.fit(reference, MAX_SIDE[self.level][task])
        scene = _domain(task).see(image, self.reader)
        measured = distance.Picture(image)
        for known in (scene, measured):
            _complete(known)
        prepared = _Prepared(image, reference.shape[1] / image.shape[1], scene, measured)
        with self._lock, suppress(ValueError):  # of a cache that has no room at all
            self._scenes[key] = prepared
        return prepared


@dataclass(frozen=True)
class Findings:
    """What differs in a picture."""

    errors: tuple[Discrepancy, ...] = ()
    distance: float = 0.0
    notes: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    """What the weights of the distance multiply; empty where they have no say."""


def _certain(prepared: _Prepared, candidate: Image, task: Task, same: float) -> bool:
    """Whether one program drew both pictures, so that what differs does so for sure.

    Args:
        prepared: the reference.
        candidate: within limits.
        task: what is drawn; of tables it is never certain.
        same: share of a chart's edges that are the same to the bit.
    """
    if task == "svg":
        return copies.share_alike(prepared.image, candidate, prepared.edges) > copies.UNTOUCHED
    if task == "chart" and same <= copies.NEARLY_ALL:
        texts = [text.box for text in prepared.scene.texts if len(text.text) > 1]
        return copies.drawn_alike(prepared.image, candidate, texts)
    return task == "chart"


def _of_drawing(
    prepared: _Prepared, candidate: Image, found: Sequence[Discrepancy], measures: Measures
) -> tuple[Measures, Measures]:
    """The measures of a drawing, which may be wrong as a whole and right in all parts.

    Returns:
        What the distance counts, and what tells whether it is an attempt.
    """
    seen = distance.elsewhere(measures, found, prepared.measured, candidate)
    if repainted_ground(found):
        # Nearly all pixels are others, and edges stand out less: all may be drawn still.
        still = distance.measure(prepared.measured, on_old_ground(prepared.image, candidate))
        seen = replace(seen, pixels=still.pixels, blur=still.blur)
        if all(error.severity < 3 for error in found):  # else as under a dark glass
            measures = measures.towards(still, OTHER_LOOK)
    axes = reversed_whole(found)
    if axes is not None:
        form = TURNED
        if len(axes) == 1:
            back = np.ascontiguousarray(np.flip(candidate, axes))
            measures = measures.towards(distance.measure(prepared.measured, back), PUT_RIGHT)
            form = MIRRORED
        measures = replace(measures, form=max(measures.form, form))
    grey = greyed(found, prepared.image)
    if grey is not None:
        measures = measures.towards(distance.measure(grey, candidate), OTHER_LOOK)
    return measures, seen


def _domain(task: Task) -> Domain:
    return cast(Domain, importlib.import_module(f"visual_erm.judges.{task}"))


def _complete(known: object) -> None:
    """Find out now what would be found out, once, when it is first asked for."""
    for name, value in vars(type(known)).items():
        if isinstance(value, cached_property):
            getattr(known, name)


def harmless(reference: Image, candidate: Image, *, fine: bool = False) -> bool:
    """Whether the candidate is the reference but for smoothing, compression, or a small shift.

    Only pictures of one size qualify: in a scaled one, noise and a small change look alike to
    this test, and the differ of the task has to tell them apart. `fine` also looks for strokes
    that moved within small letters: another digit may differ by less than an edge does.
    """
    if reference.shape != candidate.shape:
        return False
    if align.only_noise(reference, candidate):
        return not (fine and _another_stroke(reference, candidate))
    if align.share(align.tolerant_difference(reference, candidate, 3, align.NOISE_STEP)) > 1e-3:
        return False
    dx, dy = align.shift(reference, candidate)
    if (dx, dy) == (0, 0) or max(abs(dx), abs(dy)) > HARMLESS_SHIFT:
        return False
    moved = align.Placement(dx=dx, dy=dy)
    warped = moved.warp(candidate, (reference.shape[1], reference.shape[0]))
    edge = int(HARMLESS_SHIFT) + 1
    inner = (slice(edge, -edge), slice(edge, -edge))
    if fine and _another_stroke(reference[inner], warped[inner]):
        return False
    return align.only_noise(reference[inner], warped[inner])


def _another_stroke(a: Image, b: Image) -> bool:
    """Smoothing and compression leave the ink of 3 x 3 pixels alone; another stroke does not."""
    return int(cv2.absdiff(cv2.blur(a, (3, 3)), cv2.blur(b, (3, 3))).max()) > STROKE


def _everything_missing(reference: Image, task: Task) -> tuple[Discrepancy, ...]:
    """The errors of a blank picture: the whole, then each part of it that holds something.

    Many and severe on purpose: by any rule that adds severities up, drawing nothing must not pay
    more than drawing with faults.
    """
    category = CATEGORIES[task][0]
    x0, y0, x1, y1 = align.content_box(reference)
    errors = [
        Discrepancy(
            category=category,
            severity=3,
            location=WHOLE_PICTURE,
            description="the candidate is blank: nothing of the reference is drawn",
            bbox=(x0, y0, x1, y1),
        )
    ]
    drawn = images.ink(reference)
    names = [
        f"{row} {column}".strip()
        for row in ("upper", "middle", "lower")
        for column in ("left", "centre", "right")
    ]
    xs = [round(x0 + (x1 - x0) * k / 3) for k in range(4)]
    ys = [round(y0 + (y1 - y0) * k / 3) for k in range(4)]
    for index, name in enumerate(names[:WHOLE]):
        row, column = divmod(index, 3)
        box = (xs[column], ys[row], xs[column + 1], ys[row + 1])
        if drawn[box[1] : box[3], box[0] : box[2]].any():
            errors.append(
                Discrepancy(
                    category=category,
                    severity=3,
                    location=f"{name} part",
                    description="everything that the reference shows here is missing",
                    bbox=box,
                )
            )
    return tuple(errors)


def _missing(found: Iterable[Discrepancy]) -> bool:
    """Whether the list says already that much of a drawing is missing."""
    gone = (e for e in found if e.bbox and e.bbox_prediction is None and e.severity == 3)
    return any(error.category in ("structure_error", "text_symbol_error") for error in gone)


def _no_attempt(reason: distance.Sham, reference: Image, task: Task) -> Discrepancy:
    return Discrepancy(
        category=CATEGORIES[task][0],
        severity=3,
        location=WHOLE_PICTURE,
        description=reason.reason,
        bbox=align.content_box(reference),
    )


def _ordered(errors: Iterable[Discrepancy], task: Task) -> list[Discrepancy]:
    """Most severe first, then by category, then from top to bottom and left to right."""
    rank = {name: index for index, name in enumerate(CATEGORIES[task])}

    def key(error: Discrepancy) -> tuple[int, int, int, int, str]:
        box = error.bbox or error.bbox_prediction or (0, 0, 0, 0)
        return -error.severity, rank[error.category], box[1], box[0], error.description

    return sorted(errors, key=key)


def _on_given(
    error: Discrepancy, reference: Image, scale: float, candidate: Image, candidate_scale: float
) -> Discrepancy:
    """The error with boxes in the pixels of the pictures as they were given, inside them."""
    return error.model_copy(
        update={
            "bbox": _clip(error.bbox, scale, reference),
            "bbox_prediction": _clip(error.bbox_prediction, candidate_scale, candidate),
        }
    )


def _clip(box: Box | None, scale: float, image: Image) -> Box | None:
    if box is None:
        return None
    height, width = image.shape[:2]
    x0, x1 = (min(max(round(v * scale), 0), width) for v in (box[0], box[2]))
    y0, y1 = (min(max(round(v * scale), 0), height) for v in (box[1], box[3]))
    # A box keeps at least one pixel, so that whatever draws it has something to draw.
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    return (x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))
