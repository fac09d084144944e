"""What to believe of the findings: learned from pairs whose errors are known.

The differ of a task says whatever one of its rules says. Some of that is not an error of its own:
another view of one that is named already, or drawing noise that a rule took for a change. Trees
(`trust/TASK.onnx`, gradient-boosted) give each finding the probability that it is one, and what
falls below `DOUBT` is left out.

They see numbers only: how much of what differs lies in the finding's boxes and in no other's, how
large and how severe it is, what it repeats, how far the pictures are apart. They see no words, no
place in the picture and no count of all findings, so that they cannot learn which edits our own
pairs are made with. `trust/card.md` says on what they learned, what that gained, and what not;
`python -m benchmarks.judge.trust` trains them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from visual_erm import align
from visual_erm.align import area, iou, shared
from visual_erm.judges.distance import Measures, Picture, known_of, same_grid
from visual_erm.judges.sessions import open_model
from visual_erm.types import CATEGORIES, Box, Discrepancy, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

DOUBT: Mapping[Task, float] = {"chart": 0.3, "table": 0.2, "svg": 0.2}
"""Probability of being an error below which a finding is left out."""
FAR = 15
"""Sum of severities from which all findings are kept: what is that far apart is hardly an attempt
at the reference, and a cheat would live on what is left out."""
FLOODED = frozenset[Task]({"chart"})
"""Where one cause that is not understood, such as an axis that was misread, makes a rule say the
same severe thing of every mark. There severe findings may be left out too, and a pair is far apart
by the severities that are expected: each times its probability."""
OF_PAIR = 10
"""The last numbers of a row of `evidence` are the same for all findings of a pair."""


def believed(
    found: Sequence[Discrepancy],
    reference: Image | Picture,
    candidate: Image,
    measures: Measures,
    task: Task,
    doubt: float | None = None,
    *,
    certain: bool = False,
) -> list[Discrepancy]:
    """The findings without those that are no errors of their own, in the same order.

    Args:
        found: by the differ, boxes in the pixels of each picture.
        reference: `(h, w, 3)`, uint8, or what was measured of it before.
        candidate: of any size.
        measures: of the two pictures.
        task: whose trees are asked.
        doubt: probability below which a finding is left out; None for the task's own.
        certain: whether something differs for sure, so that the likeliest finding stays.
    """
    if not any(_doubtful(found, [0.0] * len(found), task)):
        return list(found)
    chances = probabilities(evidence(found, reference, candidate, measures, task), task)
    return kept(found, [float(chance) for chance in chances], task, doubt, certain=certain)


def kept(
    found: Sequence[Discrepancy],
    chances: Sequence[float],
    task: Task,
    doubt: float | None = None,
    *,
    certain: bool = False,
) -> list[Discrepancy]:
    """The findings that are believed: the likely ones, and whatever misleads.

    To leave out a severe error costs more than to say one cause twice, and it is what a cheat
    would live on. Where severe ones are left out all the same, the likeliest stays if there was
    nothing else: a pair with a severe finding is never said to be free of errors. Nor is one that
    differs for `certain`.
    """
    least = DOUBT[task] if doubt is None else doubt
    judged = list(zip(found, _doubtful(found, chances, task), chances, strict=True))
    believed = [error for error, doubtful, chance in judged if not doubtful or chance >= least]
    if not believed and (certain or any(error.severity == 3 for error in found)):
        return [max(judged, key=lambda one: one[2])[0]]
    return believed


def _doubtful(found: Sequence[Discrepancy], chances: Sequence[float], task: Task) -> list[bool]:
    """Which findings may be left out: nothing severe, and none of a pair that is far apart."""
    if task in FLOODED:
        expected = sum(error.severity * p for error, p in zip(found, chances, strict=True))
        return [expected < FAR] * len(found)
    far = sum(error.severity for error in found) >= FAR
    return [not far and error.severity < 3 for error in found]


def probabilities(values: NDArray[np.float32], task: Task) -> NDArray[np.float32]:
    """`(n,)`: of each row of `evidence`, in [0, 1]."""
    session = _session(task)
    (_, chances) = session.run(None, {session.get_inputs()[0].name: values})
    return np.asarray(chances[:, 1], np.float32)


@cache
def _session(task: Task) -> Any:
    return open_model("judges", "trust", f"{task}.onnx")


def evidence(
    found: Sequence[Discrepancy],
    reference: Image | Picture,
    candidate: Image,
    measures: Measures,
    task: Task,
) -> NDArray[np.float32]:
    """`(n, k)`: what speaks for each finding; -1 where a number does not apply."""
    known = known_of(reference)
    a, reference = known.medium, known.given
    b = same_grid(a, reference, candidate)
    differs = align.tolerant_difference(a, b, 1, 32)
    step = align.strongest(cv2.absdiff(a, b))
    scale = a.shape[1] / reference.shape[1]
    places = [_place(error, scale, differs.shape) for error in found]
    covered = np.zeros(differs.shape, np.int16)
    for place in places:
        if place is not None:
            covered[place] += 1
    general = [*asdict(measures).values(), align.share(differs)]
    rows = []
    for index, (error, place) in enumerate(zip(found, places, strict=True)):
        said = [float(error.severity), float(CATEGORIES[task].index(error.category))]
        drawn = _drawn(place, differs, step, covered)
        others = _others(index, found)
        rows.append([*said, *_boxes(error, reference, candidate), *drawn, *others, *general])
    return np.array(rows, np.float32)


def _place(error: Discrepancy, scale: float, shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    """Where the finding lies on the small grid, a pixel wider on each side; None without a box."""
    box = error.bbox or error.bbox_prediction
    if box is None:
        return None
    x0, y0, x1, y1 = (round(value * scale) for value in box)
    x0, y0 = min(max(0, x0 - 1), shape[1] - 1), min(max(0, y0 - 1), shape[0] - 1)
    return slice(y0, max(y0 + 1, y1 + 1)), slice(x0, max(x0 + 1, x1 + 1))


def _boxes(error: Discrepancy, reference: Image, candidate: Image) -> list[float]:
    """Size in each picture, and how the two boxes lie to each other."""
    sizes = []
    for box, image in ((error.bbox, reference), (error.bbox_prediction, candidate)):
        if box is None:
            sizes += [-1.0] * 5
            continue
        width, height = box[2] - box[0], box[3] - box[1]
        rows, columns = image.shape[:2]
        sizes += [width / columns, height / rows, width * height / (rows * columns)]
        sizes += [float(width), float(height)]
    if error.bbox is None or error.bbox_prediction is None:
        return [*sizes, -1.0, -1.0, -1.0]
    one, other = error.bbox, error.bbox_prediction
    middles = [
        ((box[0] + box[2]) / image.shape[1], (box[1] + box[3]) / image.shape[0])
        for box, image in ((one, reference), (other, candidate))
    ]
    away = (abs(a - b) for a, b in zip(*middles, strict=True))
    return [*sizes, iou(one, other), *away]


def _drawn(
    place: tuple[slice, slice] | None,
    differs: NDArray[np.bool_],
    step: NDArray[np.uint8],
    covered: NDArray[np.int16],
) -> list[float]:
    """How much differs within the finding's box, and how much of it no other finding has."""
    if place is None:
        return [-1.0] * 6
    inside = differs[place]
    total, here = align.pixels(differs), align.pixels(inside)
    return [
        align.share(inside),
        float(step[place].mean()),
        float(step[place].max()),
        here / total if total else 0.0,
        align.share(inside) / align.share(differs) if total else 0.0,
        align.pixels(inside & (covered[place] == 1)) / here if here else -1.0,
    ]


def _others(index: int, found: Sequence[Discrepancy]) -> list[float]:
    """What the finding has in common with the others."""
    error = found[index]
    within = holds = over = severer = alike = kin = 0.0
    for other in (*found[:index], *found[index + 1 :]):
        pairs = ((error.bbox, other.bbox), (error.bbox_prediction, other.bbox_prediction))
        common = [(_within(p, q), _within(q, p)) for p, q in pairs if p and q]
        most = max((share for share, _ in common), default=0.0)
        if most > within:
            within, alike = most, float(other.category == error.category)
        holds = max([holds, *(share for _, share in common)])
        over += most > 0.3
        severer = max(severer, most * (other.severity > error.severity))
        kin += _kind(other) == _kind(error)
    return [within, holds, over, severer, alike, kin]


def _within(box: Box, other: Box) -> float:
    """Share of a box that lies in another."""
    return shared(box, other) / max(1, area(box))


def _kind(error: Discrepancy) -> str:
    """The description without what it is about: findings of one kind repeat each other."""
    return " ".join(word for word in error.description.lower().split() if word.isalpha())
