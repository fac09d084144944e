"""The report card of a judge: figures with intervals, from pairs with known truth.

A pair without a verdict is in no figure but coverage. A blank picture, which no judge is asked
about, has no errors listed and the reward of a blank. What is counted stands in `tallies`, what
is divided by what in `figures`, and how intervals come about in `bootstrap`.

    card = make_card("embedded", judged)
    card.tasks["chart"]["f1"].value
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from visual_erm.bench import tallies
from visual_erm.bench.bootstrap import Figure, Resampled
from visual_erm.bench.figures import FIGURES, of_category, recalls
from visual_erm.bench.judging import Judged
from visual_erm.bench.tallies import DETERMINISTIC, Matches
from visual_erm.types import CATEGORIES, Task

COSTS = ("cpu_seconds", "requests", "prompt_tokens", "completion_tokens")
"""What a judge may say that a verdict cost; a mean over those that say so."""
ByName = dict[str, Figure]


@dataclass(frozen=True)
class TaskCard:
    """What is known of a judge at one task."""

    figures: ByName
    """By name; `FIGURES` says what they are."""
    categories: dict[str, ByName]
    """Precision, recall and F1 by category."""
    by_severity: ByName
    """Recall of true errors of severity "1", "2" and "3"."""
    by_operator: ByName
    """Recall by operator, of pairs with one edit."""
    confusion: dict[str, dict[str, int]]
    """True category, reported category at the same place, how many."""
    seconds: dict[str, float]
    """p50, p95, p99 of wall time for one pair."""
    cost: dict[str, float]
    """Of one verdict, on average, where the judge says it; names of `COSTS`."""
    probes: Mapping[str, ByName] = field(default_factory=dict)
    """By probe, what it changed; empty if nothing was probed. `probes` says what they are."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "figures": _rows(self.figures),
            "categories": {name: _rows(of) for name, of in self.categories.items()},
            "by_severity": _rows(self.by_severity),
            "by_operator": _rows(self.by_operator),
            "confusion": self.confusion,
            "seconds": self.seconds,
            "cost": self.cost,
            "probes": {name: _rows(of) for name, of in self.probes.items()},
        }


@dataclass(frozen=True)
class Card:
    """What is known of a judge."""

    judge: str
    pairs: int
    statuses: dict[str, int]
    """Pairs by status: coverage."""
    failures: dict[str, int]
    """Why there is no verdict, by code."""
    matcher: str = DETERMINISTIC
    """Who says which reported error is which true one."""
    unmatched: dict[str, int] = field(default_factory=dict)
    """Edited pairs that it failed on, by code: in no figure that needs it."""
    tasks: dict[Task, TaskCard] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """As JSON."""
        tasks = {task: of_task.row() for task, of_task in self.tasks.items()}
        return vars(self) | {"tasks": tasks}


def make_card(
    judge: str,
    judged: Sequence[Judged],
    *,
    matches: Matches | None = None,
    probes: Mapping[Task, Mapping[str, ByName]] | None = None,
    seed: int = 0,
) -> Card:
    """All figures of a judge.

    Args:
        judge: its name.
        judged: what it said.
        matches: which reported error is which true one; by place if None.
        probes: of `probes.measure`.
        seed: of the bootstrap.
    """
    probes = probes or {}
    matches = matches or Matches()
    return Card(
        judge=judge,
        pairs=len(judged),
        statuses=dict(Counter(item.status for item in judged)),
        failures=dict(Counter(item.failure for item in judged if item.failure)),
        matcher=matches.matcher,
        unmatched=matches.failures(judged),
        tasks={
            task: _of_task(task, items, matches, probes.get(task, {}), seed)
            for task, items in by_task(judged).items()
        },
    )


def by_task(judged: Sequence[Judged]) -> dict[Task, list[Judged]]:
    """Pairs of each task, in their order."""
    found: dict[Task, list[Judged]] = {}
    for item in judged:
        found.setdefault(item.task, []).append(item)
    return found


def _of_task(
    task: Task,
    items: Sequence[Judged],
    matches: Matches,
    probes: Mapping[str, ByName],
    seed: int,
) -> TaskCard:
    drawn = Resampled(list(tallies.by_reference(items, matches).values()), seed=seed)
    scored = [item for item in items if item.status == "scored"]
    return TaskCard(
        figures={name: measure.figure(drawn) for name, measure in FIGURES.items()},
        categories={name: of_category(drawn, name) for name in CATEGORIES[task]},
        by_severity=recalls(drawn, "severity"),
        by_operator=recalls(drawn, "operator"),
        confusion={
            true: {
                name: drawn.total("confused", true, name) for name in drawn.below("confused", true)
            }
            for true in drawn.below("confused")
        },
        seconds=_percentiles([item.seconds for item in scored]),
        cost=_cost(scored),
        probes=probes,
    )


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {f"p{part}": float(np.percentile(seconds, part)) for part in (50, 95, 99)}


def _cost(scored: Sequence[Judged]) -> dict[str, float]:
    known = {name: [i.usage[name] for i in scored if name in i.usage] for name in COSTS}
    return {name: sum(values) / len(values) for name, values in known.items() if values}


def _rows(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure.row() for name, figure in figures.items()}


def worst(judged: Sequence[Judged], count: int, matches: Matches | None = None) -> list[Judged]:
    """Pairs with the most errors that are missed or made up, over all kinds; ties by id."""
    matches = matches or Matches()

    def wrong(item: Judged) -> int:
        matching = matches(item)
        if matching is None:
            return 0
        hits = sum(match.level == "yes" for match in matching.matches)
        return len(item.truth) + len(item.found) - 2 * hits

    asked = [item for item in judged if item.status == "scored" and item.kind != "hack"]
    ranked = sorted(asked, key=lambda item: (-wrong(item), item.id))
    return [item for item in ranked[:count] if wrong(item)]
