"""Rewards that are compared: ours, the older ones, and a user's own, behind one function.

    reward = make_reward("ssim")
    values = reward.score(attempts)     # higher is better; None where it could not be scored

Older rewards say nothing about sources that draw nothing; they get the reward's lowest value, as
their published uses do.
"""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from visual_erm.bench import table_metrics
from visual_erm.bench.chartmimic import PARTS, chartmimic
from visual_erm.errors import InfrastructureFault, InputError, UsageError
from visual_erm.metrics import METRICS, Metric
from visual_erm.types import Task

if TYPE_CHECKING:
    from visual_erm.types import Image


@dataclass(frozen=True)
class Attempt:
    """Something handed in for a reference, and what it draws."""

    task: Task
    reference: Image
    reference_source: str
    completion: str | None
    """As the policy wrote it; None where a picture is handed in."""
    source: str | None
    """What extraction found in it; None if nothing."""
    picture: Image | None
    """What the source draws, or the picture itself; None if nothing can be drawn."""
    value: float | None
    """Of `VisualReward`, which draws and judges at once; None where it could not be scored."""


class BenchReward(Protocol):
    """A reward that can be measured."""

    @property
    def name(self) -> str:
        """For tables."""
        ...

    @property
    def low(self) -> float:
        """No value is below this."""
        ...

    @property
    def high(self) -> float:
        """No value is above this; what is higher is better."""
        ...

    def score(self, attempts: Sequence[Attempt]) -> list[float | None]:
        """Values, higher is better; None where there is none."""
        ...

    def applies(self, task: Task) -> bool:
        """Whether it says anything about a task."""
        ...


@dataclass(frozen=True)
class Ours:
    """`VisualReward`: drawn, judged and shaped."""

    name: str
    low: float = 0.0
    high: float = 1.0

    def score(self, attempts: Sequence[Attempt]) -> list[float | None]:
        """As it was scored when the attempts were drawn."""
        return [attempt.value for attempt in attempts]

    def applies(self, task: Task) -> bool:
        """Every task."""
        return True


@dataclass(frozen=True)
class PictureReward:
    """A metric of two pictures; a source that draws nothing gets the lowest value."""

    name: str
    metric: Metric

    @property
    def low(self) -> float:
        """Of the metric, turned so that higher is better."""
        return self.metric.worst

    @property
    def high(self) -> float:
        """Of the metric, turned so that higher is better."""
        return self.metric.best

    def score(self, attempts: Sequence[Attempt]) -> list[float | None]:
        """The metric, turned so that higher is better."""
        return [
            self.low
            if attempt.picture is None
            else _finite(self.metric.quality(attempt.reference, attempt.picture))
            for attempt in attempts
        ]

    def applies(self, task: Task) -> bool:
        """Every task."""
        return True


@dataclass(frozen=True)
class SourceReward:
    """A metric of two sources; one without a source gets 0."""

    name: str
    metric: Callable[[str, str], float]
    tasks: tuple[Task, ...]
    low: float = 0.0
    high: float = 1.0

    def score(self, attempts: Sequence[Attempt]) -> list[float | None]:
        """The metric, in [0, 1]; None for a picture, which has no source."""
        return [self._one(attempt) for attempt in attempts]

    def _one(self, attempt: Attempt) -> float | None:
        if attempt.completion is None:
            return None
        if not attempt.source:
            return 0.0
        return _finite(self.metric(attempt.reference_source, attempt.source))

    def applies(self, task: Task) -> bool:
        """Where the metric can read sources."""
        return task in self.tasks


@dataclass(frozen=True)
class FigureReward(SourceReward):
    """A metric of what programs draw; 0 for one that draws nothing, None where none could run."""

    def _one(self, attempt: Attempt) -> float | None:
        if attempt.source and attempt.picture is None:
            return 0.0
        try:
            return super()._one(attempt)
        except (InputError, InfrastructureFault):
            return None


@dataclass(frozen=True)
class OwnReward:
    """A user's function with TRL's signature: `f(completions, **columns) -> list[float | None]`.

    Columns are `task`, `reference` (an array), `reference_source`, `source` and `picture` (an array
    or None).
    """

    name: str
    function: Callable[..., Sequence[float | None]]
    low: float = -math.inf
    high: float = math.inf

    def score(self, attempts: Sequence[Attempt]) -> list[float | None]:
        """What the function returns.

        Raises:
            UsageError: not a number or None for each completion.
        """
        keys = ("task", "reference", "reference_source", "source", "picture")
        columns: dict[str, list[Any]] = {
            key: [getattr(attempt, key) for attempt in attempts] for key in keys
        }
        given = self.function([attempt.completion for attempt in attempts], **columns)
        values = [None if value is None else _finite(float(value)) for value in given]
        if len(values) != len(attempts):
            raise UsageError(
                f"{self.name} gave {len(values)} values for {len(attempts)} completions"
            )
        return values

    def applies(self, task: Task) -> bool:
        """Every task; it may return None."""
        return True


def _finite(value: float) -> float | None:
    """NaN is no value; infinities become numbers that can be ordered and written."""
    if math.isnan(value):
        return None
    return max(-1e308, min(1e308, float(value)))


def _part_of_chartmimic(part: str, reference: str, candidate: str) -> float:
    return chartmimic(reference, candidate)[part]


PICTURES: dict[str, PictureReward] = {
    name: PictureReward(name, metric) for name, metric in METRICS.items()
}
SOURCES: dict[str, SourceReward] = {
    "edit": SourceReward("edit", table_metrics.edit_similarity, ("chart", "table", "svg")),
    "teds": SourceReward("teds", table_metrics.teds, ("table",)),
    "teds_s": SourceReward("teds_s", table_metrics.teds_structure, ("table",)),
    "grits_top": SourceReward("grits_top", table_metrics.grits_topology, ("table",)),
    "grits_con": SourceReward("grits_con", table_metrics.grits_content, ("table",)),
    "cell_f1": SourceReward("cell_f1", table_metrics.cell_f1, ("table",)),
}
FIGURES: dict[str, FigureReward] = {
    name: FigureReward(name, functools.partial(_part_of_chartmimic, part), ("chart",))
    for name, part in {"chartmimic": "mean", **{f"chartmimic_{p}": p for p in PARTS}}.items()
}
PLAIN: dict[str, BenchReward] = {"visual": Ours("visual"), **PICTURES, **SOURCES, **FIGURES}
SHIPPED = tuple(PLAIN)
"""Names of all rewards that need no model."""
WEIGHED = {
    "clip": "WEIGHTS",
    "dino": "WEIGHTS",
    "dino-tiles": "WEIGHTS",
    "lpips": "FILE",
    "unisvg": "CLIP_WEIGHTS,LPIPS_FILE",
}
"""Rewards of `bench.embeddings`, with what stands after their colon: an id of the hub or a path."""


def make_reward(name: str) -> BenchReward:
    """A shipped reward, one whose weights the user names, or a user's own as "module:function".

    Raises:
        UsageError: there is none.
        BackendError: weights, or what reads them, are missing.
    """
    if name in PLAIN:
        return PLAIN[name]
    module, colon, function = name.partition(":")
    if module in WEIGHED:
        if not function:
            raise UsageError(f"{module} needs weights: {module}:{WEIGHED[module]}")
        from visual_erm.bench.embeddings import KINDS

        reward: BenchReward = KINDS[module](name, function)
        return reward
    if not colon:
        known = ", ".join(SHIPPED)
        weighed = ", ".join(f"{kind}:{weights}" for kind, weights in WEIGHED.items())
        raise UsageError(f'no reward "{name}"; known: {known}, {weighed}, or module:function')
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"cannot import {name}: {error}") from None
    return OwnReward(name, found)
