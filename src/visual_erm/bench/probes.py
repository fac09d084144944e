"""What moves a judge that should not: order, room, resolution, brightness, compression, chance.

One edited pair of each reference is judged again under every probe, and the reward and the list of
errors are compared with what was said before. Boxes are brought back to the unchanged pictures
first, so a judge that follows a change of size is not blamed for it.

    tried = run([folder], judged, Path("probes.jsonl"), reward)
    measure(tried)["chart"]["order"]["change"].value
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from visual_erm import images, jsonl, renderers
from visual_erm.bench.bootstrap import Figure, Resampled, Sums, figure
from visual_erm.bench.judging import Judged, result_id
from visual_erm.bench.tallies import PLACE
from visual_erm.data import shards
from visual_erm.errors import Fault
from visual_erm.rewards import runs
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Box, Discrepancy, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

    Change = Callable[[Image, Image], tuple[Image, Image]]
    Back = Callable[[Discrepancy, tuple[int, ...]], Discrepancy]

REFERENCES = 30
"""Of each task; one pair each."""
TOLERANCE = 0.05
"""Change of the reward beyond which it counts as moved; of a range from 0 to 1."""
ROOM = 0.04
"""Of the longer side, added on every side."""


@dataclass(frozen=True)
class Probe:
    """A change that is no reason to judge otherwise."""

    meaning: str
    change: Change
    """From reference and candidate to what is judged instead."""
    back: Back = lambda error, _: error
    """An error with its boxes in the unchanged pictures, given the unchanged candidate's shape."""
    times: int = 1


def _swapped(error: Discrepancy, _: tuple[int, ...]) -> Discrepancy:
    boxes = {"bbox": error.bbox_prediction, "bbox_prediction": error.bbox}
    return error.model_copy(update=boxes)


def _room(shape: tuple[int, ...]) -> int:
    return max(2, round(ROOM * max(shape[:2])))


def _padded(image: Image) -> Image:
    border = [int(v) for v in images.background(image)]
    sides = (_room(image.shape),) * 4
    framed = cv2.copyMakeBorder(image, *sides, cv2.BORDER_CONSTANT, value=border)
    return np.asarray(framed, np.uint8)


def _unpadded(error: Discrepancy, shape: tuple[int, ...]) -> Discrepancy:
    return _moved(error, prediction=lambda v: v - _room(shape))


def _scaled(factor: float) -> Change:
    def scale(image: Image) -> Image:
        height, width = image.shape[:2]
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        return images.resize(image, size)

    return lambda reference, candidate: (scale(reference), scale(candidate))


def _unscaled(factor: float) -> Back:
    def back(error: Discrepancy, _: tuple[int, ...]) -> Discrepancy:
        return _moved(error, reference=lambda v: v / factor, prediction=lambda v: v / factor)

    return back


def _moved(
    error: Discrepancy,
    reference: Callable[[int], float] = float,
    prediction: Callable[[int], float] = float,
) -> Discrepancy:
    def box(of: Box | None, move: Callable[[int], float]) -> Box | None:
        if of is None:
            return None
        x0, y0, x1, y1 = (round(move(v)) for v in of)
        return (x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))

    boxes = {
        "bbox": box(error.bbox, reference),
        "bbox_prediction": box(error.bbox_prediction, prediction),
    }
    return error.model_copy(update=boxes)


def _dimmed(image: Image) -> Image:
    return np.asarray(image * 0.92, np.uint8)


PROBES: Mapping[str, Probe] = {
    "repeat": Probe(
        "the same pair again, twice; any change is a flip", lambda a, b: (a, b), times=2
    ),
    "order": Probe("reference and candidate exchanged", lambda a, b: (b, a), _swapped),
    "padding": Probe("4% more room around the candidate", lambda a, b: (a, _padded(b)), _unpadded),
    "smaller": Probe("both pictures at 0.75 of their size", _scaled(0.75), _unscaled(0.75)),
    "larger": Probe("both pictures at 1.5 of their size", _scaled(1.5), _unscaled(1.5)),
    "dimmer": Probe(
        "both pictures at 0.92 of their brightness", lambda a, b: (_dimmed(a), _dimmed(b))
    ),
    "jpeg": Probe(
        "the candidate compressed as JPEG, quality 85",
        lambda a, b: (a, images.load(images.encode_jpeg(b, quality=85))),
    ),
}
"""By name; `NOISE` stands beside them."""
NOISE = "noise floor"
MEANINGS: Mapping[str, str] = {
    **{name: probe.meaning for name, probe in PROBES.items()},
    NOISE: "two renderings of the reference's source, beside the reward of a perfect one",
}
COLUMNS: Mapping[str, str] = {
    "flips": "pairs with any change, of the reward or of an error",
    "change": "mean change of the reward, without its sign",
    "shift": "mean change of the reward, with its sign",
    "beyond": f"pairs whose reward changes by more than {TOLERANCE}",
    "errors": "pairs with another number of errors or another sum of severities",
    "list": "share of the two lists of errors without a partner in the other (1 - F1)",
}
"""What is measured of each probe."""


@dataclass(frozen=True)
class Said:
    """What came of a pair."""

    errors: tuple[Discrepancy, ...]
    reward: float


@dataclass(frozen=True)
class Tried:
    """One pair under one probe."""

    probe: str
    task: Task
    seed: str
    before: Said
    after: Said | None
    """With boxes brought back; None where there was no verdict."""


def sample(judged: Sequence[Judged]) -> dict[str, Judged]:
    """An edited pair with a verdict of each reference, drawn by hash, by id."""
    chosen: dict[Task, dict[str, Judged]] = defaultdict(dict)
    for item in sorted(judged, key=lambda item: _hash(item.id)):
        if item.kind == "edit" and item.status == "scored":
            chosen[item.task].setdefault(item.seed, item)
    return {
        of_task[seed].id: of_task[seed]
        for of_task in chosen.values()
        for seed in sorted(of_task, key=_hash)[:REFERENCES]
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def run(
    folders: Sequence[Path],
    judged: Sequence[Judged],
    out: Path,
    reward: VisualReward,
    *,
    resume: bool = True,
    retry: bool = False,
    progress: runs.Progress | None = None,
) -> list[Tried]:
    """Judge a sample under every probe.

    Args:
        folders: of the builds that `judged` is of.
        judged: what was said of their pairs.
        out: JSONL of verdicts, appended to and resumed.
        reward: whose judge is asked; the same as for `judged`.
        resume: keep the verdicts that are there.
        retry: ask again where the judge or the machinery failed.
        progress: told after each verdict.

    Raises:
        InputError: a folder holds no pairs, or `out` is another judge's.
        BackendError: the judge or a renderer is missing. Finished verdicts are in `out`.
    """
    chosen = sample(judged)
    names: dict[str, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for row in _rows(folders, chosen):
        names[row["id"]] = result_id(row)
        shapes[row["id"]] = images.load(row["prediction"]["bytes"]).shape
    ids = [one for name in names.values() for one in _ids(name)]

    def todo(done: Container[str]) -> Iterator[runs.Row]:
        for row in _rows(folders, chosen):
            for one, items in _items(row):
                if one not in done:
                    yield {"id": one, "task": row["task"], **items}

    runs.score_into(out, ids, todo, reward, resume=resume, retry=retry, progress=progress)
    said = {row["id"]: row for _, row in jsonl.read(out)}
    return [
        _tried(item, one, said[one], shapes[name], reward.high)
        for name, item in chosen.items()
        for one in _ids(names[name])
    ]


def _ids(pair: str) -> list[str]:
    probed = [f"{pair}#{probe}#{n}" for probe, of in PROBES.items() for n in range(of.times)]
    return [*probed, f"{pair}#{NOISE}#0"]


def _rows(folders: Sequence[Path], chosen: Container[str]) -> Iterator[runs.Row]:
    columns = ["id", "task", "reference", "prediction", "reference_source"]
    for folder in folders:
        yield from (row for row in shards.read(folder, columns) if row["id"] in chosen)


def _items(row: runs.Row) -> Iterator[tuple[str, dict[str, Any]]]:
    reference, candidate = (images.load(row[side]["bytes"]) for side in ("reference", "prediction"))
    pair = result_id(row)
    for name, probe in PROBES.items():
        left, right = probe.change(reference, candidate)
        for at in range(probe.times):
            yield f"{pair}#{name}#{at}", {"reference": left, "prediction": right}
    source = row["reference_source"]
    yield f"{pair}#{NOISE}#0", {"reference": _drawn(source, row["task"]), "source": source}


def _drawn(source: str, task: Task) -> Any:
    """The source's picture; an item without a reference if it draws nothing, which is counted."""
    try:
        return renderers.render(source, task=task).image
    except Fault:
        return None


def _tried(
    item: Judged, one: str, result: runs.Row, shape: tuple[int, ...], perfect: float
) -> Tried:
    probe = one.split("#")[-2]
    before = Said(item.found, item.score or 0.0) if probe in PROBES else Said((), perfect)
    after = None
    if result["status"] == "scored":
        errors = tuple(Discrepancy(**error) for error in result["errors"])
        if probe in PROBES:
            errors = tuple(PROBES[probe].back(error, shape) for error in errors)
        after = Said(errors, result["reward"])
    return Tried(probe, item.task, item.seed, before, after)


def measure(tried: Sequence[Tried], *, seed: int = 0) -> dict[Task, dict[str, dict[str, Figure]]]:
    """By task and probe, the figures of `COLUMNS`; each one's `n` is pairs with a verdict."""
    groups: dict[tuple[Task, str], dict[str, Sums]] = {}
    for one in tried:
        sums = groups.setdefault((one.task, one.probe), {}).setdefault(one.seed, defaultdict(float))
        sums["asked",] += 1
        if one.after is not None:
            sums["n",] += 1
            for name, value in _changes(one.before, one.after).items():
                sums[name,] += value
    made: dict[Task, dict[str, dict[str, Figure]]] = {}
    for (task, probe), by_seed in groups.items():
        drawn = Resampled(list(by_seed.values()), seed=seed)
        figures = {name: figure(drawn.of(name), drawn.of("n")) for name in COLUMNS}
        figures["coverage"] = figure(drawn.of("n"), drawn.of("asked"))
        made.setdefault(task, {})[probe] = figures
    return made


def _changes(old: Said, new: Said) -> dict[str, float]:
    hits = sum(match.level == "yes" for match in PLACE(old.errors, new.errors).matches)
    listed = len(old.errors) + len(new.errors)
    moved = new.reward - old.reward
    severities = [sum(error.severity for error in said.errors) for said in (old, new)]
    same = sorted(map(_what, old.errors)) == sorted(map(_what, new.errors))
    return {
        "flips": moved != 0 or not same,
        "change": abs(moved),
        "shift": moved,
        "beyond": abs(moved) > TOLERANCE,
        "errors": len(old.errors) != len(new.errors) or severities[0] != severities[1],
        "list": 1 - 2 * hits / listed if listed else 0.0,
    }


def _what(error: Discrepancy) -> tuple[str, int]:
    return error.category, error.severity
