"""Two judges on the same pairs: the difference of each figure, with its interval.

Only pairs that both gave a verdict on count, and each draw takes the same references for both, so
what makes a reference hard for both cancels out.

    difference = compare("embedded", judged, "other", judged_too)
    difference.tasks["chart"]["f1"]     # of the first, less that of the second
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from visual_erm.bench.bootstrap import Figure, Resampled, of_values, ratios
from visual_erm.bench.card import by_task
from visual_erm.bench.figures import FIGURES, Measure
from visual_erm.bench.judging import Judged
from visual_erm.bench.tallies import Matches, by_reference
from visual_erm.types import Task


@dataclass(frozen=True)
class Comparison:
    """How one judge does beside another."""

    first: str
    second: str
    pairs: int
    """That both gave a verdict on."""
    left_out: int
    """That only one of them, or neither, gave one on."""
    tasks: dict[Task, dict[str, Figure]]
    """By task and name: the first judge's figure less the second's."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self) | {
            "tasks": {
                task: {name: one.row() for name, one in of_task.items()}
                for task, of_task in self.tasks.items()
            }
        }


def compare(
    first: str,
    judged: Sequence[Judged],
    second: str,
    other: Sequence[Judged],
    *,
    matches: Matches | None = None,
    seed: int = 0,
) -> Comparison:
    """The differences of all figures but coverage, which is one for pairs that both scored.

    Args:
        first: name of a judge.
        judged: what it said.
        second: name of the other.
        other: what that said of the same pairs.
        matches: which reported error is which true one; by place if None.
        seed: of the bootstrap.
    """
    scored = [{i.id: i for i in items if i.score is not None} for items in (judged, other)]
    shared = [item.id for item in judged if item.id in scored[0] and item.id in scored[1]]
    both = [by_task([of[name] for name in shared]) for of in scored]
    tasks = {}
    for task in both[0]:
        # the same pairs in the same order and one seed: both are drawn alike
        drawn = [
            Resampled(list(by_reference(of[task], matches or Matches()).values()), seed=seed)
            for of in both
        ]
        tasks[task] = {
            name: _difference(measure, *drawn)
            for name, measure in FIGURES.items()
            if name != "coverage"
        }
    every = {item.id for item in (*judged, *other)}
    return Comparison(first, second, len(shared), len(every) - len(shared), tasks)


def _difference(measure: Measure, one: Resampled, other: Resampled) -> Figure:
    values = ratios(*measure.ratio(one)) - ratios(*measure.ratio(other))
    return of_values(values, min(measure.n(one), measure.n(other)))
