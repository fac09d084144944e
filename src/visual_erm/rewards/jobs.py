"""What is done for one sample: a picture to make and to judge, and what came of it.

Two samples with equal jobs have one outcome; `keys` says which are equal, where that is cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from visual_erm.errors import ImageError
from visual_erm.rewards.items import picture_key
from visual_erm.types import Failure, Rendering, Task, Verdict

UNKNOWN = -1.0
"""In `Reward.parts`: nobody knows. No real part is negative, so it cannot pass for a value."""
PARTS = (
    "render",  # 1 there is a picture, 0 the source gave none
    "blank",  # 1 the picture shows nothing
    "scored",  # 1 the value is a number
    "n_errors",
    "severity",  # sum
    "distance",  # the judge's, in [0, 1]
    "seconds_render",  # wall
    "seconds_judge",  # wall
)
"""The keys of `Reward.parts`, always all of them."""


@dataclass(frozen=True)
class Job:
    """One picture to make and judge; equal items share one."""

    task: Task
    reference: Any
    source: str | None
    prediction: Any


@dataclass(frozen=True)
class Seen:
    """What came of a job."""

    verdict: Verdict | None = None
    failure: Failure | None = None
    rendering: Rendering | None = None
    blank: bool | None = None
    drawn: bool | None = None
    seconds_render: float = UNKNOWN
    seconds_judge: float = UNKNOWN


def unjudged(failure: Failure, seen: Seen | None = None) -> Seen:
    """What came of a job that ended in a failure, after what was seen of it."""
    seen = seen or Seen()
    return replace(seen, failure=failure, drawn=False if failure.kind == "policy" else seen.drawn)


def keys(jobs: Sequence[Job | Failure]) -> list[Any]:
    """A key for each job, equal for jobs with one outcome; only sources can be equal cheaply."""
    counted: dict[Any, int] = {}
    rough = [
        (job.task, job.source) if isinstance(job, Job) and job.source is not None else None
        for job in jobs
    ]
    for key in rough:
        counted[key] = counted.get(key, 0) + 1
    return [
        (key, _reference_key(job))
        if key is not None and counted[key] > 1 and isinstance(job, Job)
        else number
        for number, (key, job) in enumerate(zip(rough, jobs, strict=True))
    ]


def _reference_key(job: Job) -> Any:
    try:
        return picture_key(job.reference)
    except ImageError:
        # it fails again, with its message, where it is needed
        return id(job.reference)


def parts_of(seen: Seen, value: float | None) -> dict[str, float]:
    """`Reward.parts` of a job and its value."""
    verdict = seen.verdict
    values = (
        _known(seen.drawn),
        _known(seen.blank),
        float(value is not None),
        _known(len(verdict.errors) if verdict else None),
        _known(verdict.severity if verdict else None),
        _known(verdict.distance if verdict else None),
        seen.seconds_render,
        seen.seconds_judge,
    )
    return dict(zip(PARTS, values, strict=True))


def _known(value: float | None) -> float:
    return UNKNOWN if value is None else float(value)
