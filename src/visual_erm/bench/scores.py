"""The two ways to score a judge's lists of errors: as VC-RewardBench does it, and strictly.

Official: what arXiv 2603.13224 publishes, oddities included, so that figures can be compared. A
partial match is in no term of the hard F1. The matcher's own lists of unmatched errors count where
they are not empty, whatever the matches leave over. A reply that cannot be read is an empty list,
and an item whose matching failed is left out.

Strict: what is left over by the matches counts, a match has to be of one category, a partial one
is half a hit and a whole error, and what could not be read or matched is unscored and counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scipy.stats import pearsonr

from visual_erm.bench.matching import Match, Matching, unmatched
from visual_erm.types import CATEGORIES, Discrepancy, Task

Mode = Literal["official", "strict"]


@dataclass(frozen=True)
class Item:
    """One pair of a benchmark: what is wrong, what a judge says, and which is which."""

    id: str
    task: Task
    truth: tuple[Discrepancy, ...]
    found: tuple[Discrepancy, ...] | None
    """None: there is no verdict, because the reply could not be read or the judge failed."""
    matching: Matching | None = None
    """Of `allowed(truth)` and `allowed(found)`; None: the matcher failed."""
    failure: str | None = None
    """Code of the matcher's failure."""


@dataclass(frozen=True)
class Counts:
    """Of matches and of what has none."""

    yes: int = 0
    partial: int = 0
    spurious: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.yes + other.yes,
            self.partial + other.partial,
            self.spurious + other.spurious,
            self.missed + other.missed,
        )


@dataclass(frozen=True)
class Score:
    """Scores of some items, in [0, 1]; correlations in [-1, 1]."""

    n: int
    """Items that are scored."""
    f1_hard: float
    f1_soft: float
    """In strict mode the only one: there `f1_hard` is the same with partial matches as misses."""
    severity: float | None
    """Pearson correlation of the summed severities; None where it is undefined."""
    counts: Counts


@dataclass(frozen=True)
class Report:
    """One mode's scores, and how much they rest on."""

    mode: Mode
    items: int
    """All of them, scored or not."""
    unread: int
    """Without a verdict."""
    unmatched: int
    """With a verdict, but without a matching."""
    failures: dict[str, int]
    """Why the matcher failed, by code."""
    overall: Score
    tasks: dict[str, Score]
    categories: dict[str, dict[str, Score]]
    """By task and category."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "mode": self.mode,
            "items": self.items,
            "unread": self.unread,
            "unmatched": self.unmatched,
            "failures": self.failures,
            "overall": _row(self.overall),
            "tasks": {task: _row(score) for task, score in self.tasks.items()},
            "categories": {
                task: {name: _row(score) for name, score in scores.items()}
                for task, scores in self.categories.items()
            },
        }


def report(items: Sequence[Item], mode: Mode) -> Report:
    """Score items; micro over items, by category, by task, and overall."""
    scored = [_prepared(item, mode) for item in items]
    kept = [item for item in scored if item is not None]
    by_task = {task: [item for item in kept if item.task == task] for task in CATEGORIES}
    return Report(
        mode=mode,
        items=len(items),
        unread=sum(item.found is None for item in items),
        unmatched=sum(item.found is not None and item.matching is None for item in items),
        failures=dict(Counter(item.failure for item in items if item.failure)),
        overall=_score(kept, mode),
        tasks={task: _score(of_task, mode) for task, of_task in by_task.items() if of_task},
        categories={
            task: {name: _score(of_task, mode, name) for name in CATEGORIES[task]}
            for task, of_task in by_task.items()
            if of_task
        },
    )


@dataclass(frozen=True)
class _Ready:
    """An item that is scored, without errors of categories that its task does not have."""

    task: Task
    truth: tuple[Discrepancy, ...]
    found: tuple[Discrepancy, ...]
    matches: tuple[Match, ...]
    missed: tuple[int, ...]
    spurious: tuple[int, ...]


def _prepared(item: Item, mode: Mode) -> _Ready | None:
    truth, found, matching = item.truth, item.found, item.matching
    if found is None:
        if mode == "strict":
            return None
        found, matching = (), Matching()
    if matching is None:
        return None
    truth, found = allowed(truth, item.task), allowed(found, item.task)
    matches = matching.matches
    if mode == "strict":
        matches = tuple(
            match for match in matches if truth[match.truth].category == found[match.found].category
        )
    missed = unmatched(len(truth), (match.truth for match in matches))
    spurious = unmatched(len(found), (match.found for match in matches))
    if mode == "official":
        missed, spurious = matching.missed or missed, matching.spurious or spurious
    return _Ready(item.task, truth, found, matches, missed, spurious)


def allowed(errors: Iterable[Discrepancy], task: Task) -> tuple[Discrepancy, ...]:
    """Errors of the task's categories; what a matcher is to be given."""
    return tuple(error for error in errors if error.category in CATEGORIES[task])


def _counts(item: _Ready, category: str | None) -> Counts:
    """A match counts for the category of the true error."""

    def of(errors: Sequence[Discrepancy], at: int) -> bool:
        return category is None or (at < len(errors) and errors[at].category == category)

    levels = [match.level for match in item.matches if of(item.truth, match.truth)]
    return Counts(
        levels.count("yes"),
        levels.count("partial"),
        sum(of(item.found, at) for at in item.spurious),
        sum(of(item.truth, at) for at in item.missed),
    )


def _score(items: Sequence[_Ready], mode: Mode, category: str | None = None) -> Score:
    total = Counts()
    for item in items:
        total += _counts(item, category)
    sums = [(_severity(item.truth, category), _severity(item.found, category)) for item in items]
    return Score(
        n=len(items),
        f1_hard=_hard(total, mode),
        f1_soft=_soft(total, mode),
        severity=_pearson(sums),
        counts=total,
    )


def _hard(counts: Counts, mode: Mode) -> float:
    extra = counts.partial if mode == "strict" else 0
    return _f1(counts.yes, counts.yes + counts.spurious + extra, counts.yes + counts.missed + extra)


def _soft(counts: Counts, mode: Mode) -> float:
    hits = counts.yes + 0.5 * counts.partial
    of_partial = counts.partial if mode == "strict" else 0.5 * counts.partial
    whole = counts.yes + of_partial
    return _f1(hits, whole + counts.spurious, whole + counts.missed)


def _f1(hits: float, found: float, true: float) -> float:
    """F1 of hits among found and among true; nothing against nothing is 1."""
    if not found and not true:
        return 1.0
    return 2 * hits / (found + true)


def _severity(errors: Iterable[Discrepancy], category: str | None) -> int:
    return sum(error.severity for error in errors if category in (None, error.category))


def _pearson(sums: Sequence[tuple[int, int]]) -> float | None:
    if len(sums) < 2:
        return None
    one, other = zip(*sums, strict=True)
    if len(set(one)) < 2 or len(set(other)) < 2:
        return None
    value = float(pearsonr(one, other).statistic)
    return None if math.isnan(value) else value


def _row(score: Score) -> dict[str, Any]:
    return {
        "n": score.n,
        "f1_hard": score.f1_hard,
        "f1_soft": score.f1_soft,
        "severity": score.severity,
        **vars(score.counts),
    }
