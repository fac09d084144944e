"""Fit the weights of the embedded judge's distance on generated pairs, and write them.

    python -m benchmarks.judge.calibrate --task chart --out src/visual_erm/judges/distance.json

The weights are those that rank best (see `visual_erm.judges.distance` for the formula): over all
two candidates of one reference of which one is truly worse, the logistic loss of the difference of
their exponents, in units of one severity. They are drawn to a prior, where every severity counts
the same and the measures of the pictures only break ties, and stay inside bounds, so that every
error counts and no measure outweighs the list. The half of the sources that generators offer for
tuning is used; `benchmarks.judge.evaluate` reports on the other.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import track
from scipy.optimize import minimize

from benchmarks.judge.evaluate import pairs
from benchmarks.judge.pair import Pair
from visual_erm.judges import distance
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.types import CATEGORIES, TASKS, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNIT = 1 / 12
"""What one severity weighs in the prior: x is 1 at a sum of 12."""
TIE = 0.02
"""What a measure weighs in the prior."""
CONTENT_BOUNDS, LOOKS_BOUNDS, MEASURE_BOUNDS = (UNIT, 3 * UNIT), (0.5 * UNIT, UNIT), (0.0, 0.1)
LOOKS: dict[Task, frozenset[str]] = {
    "chart": frozenset({"style_error", "text_error"}),
    "table": frozenset(),
    "svg": frozenset({"style_error"}),
}
"""Categories that never weigh more than the others at equal severity."""
PULL = 2.0
"""How strongly weights are drawn to the prior."""


@dataclass(frozen=True)
class Candidate:
    """What the weights multiply, and how bad the candidate truly is."""

    group: str
    values: dict[str, float]
    severity: int


def fit(source: Iterable[Pair], task: Task) -> dict[str, float]:
    """The weights of one task."""
    judge = EmbeddedJudge()
    candidates: list[Candidate] = []
    for pair in source:
        # A cheat has no severity; the rule for shams keeps it apart.
        if pair.kind == "cheat":
            continue
        verdict = judge.compare(pair.reference, pair.candidate, task)
        measures = distance.measure(pair.reference, pair.candidate)
        values = dict(distance.features(verdict.errors, measures, task))
        if not verdict.errors:
            values = dict.fromkeys(values, 0.0)
        candidates.append(Candidate(pair.group, values, pair.severity))
    return ranked(candidates, task)


def ranked(candidates: Sequence[Candidate], task: Task) -> dict[str, float]:
    """The weights under which worse candidates of a group come out worse."""
    names, categories = list(candidates[0].values), CATEGORIES[task]
    worse = np.array(
        [
            [b.values[name] - a.values[name] for name in names]
            for a in candidates
            for b in candidates
            if a.group == b.group and a.severity < b.severity
        ]
    )
    prior = np.array([UNIT if name in categories else TIE for name in names])
    bounds = [
        MEASURE_BOUNDS
        if name not in categories
        else LOOKS_BOUNDS
        if name in LOOKS[task]
        else CONTENT_BOUNDS
        for name in names
    ]

    def loss(weights: NDArray[np.float64]) -> float:
        unlikely = np.logaddexp(0, -(worse @ weights) / UNIT).mean()
        return float(unlikely + PULL * (((weights - prior) / UNIT) ** 2).sum() / len(names) / 10)

    solution = minimize(loss, prior, method="L-BFGS-B", bounds=bounds)
    return {name: round(float(w), 4) for name, w in zip(names, solution.x, strict=True)}


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=260, help="of each task")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument(
        "--source", default="docstrings", help='charts: "own" programs, or those of "docstrings"'
    )
    parser.add_argument("--task", choices=TASKS, action="append", help="default: all")
    parser.add_argument("--out", type=Path, required=True, help="an existing distance.json")
    options = parser.parse_args()
    stored = json.loads(options.out.read_text(encoding="utf-8"))
    for task in options.task or TASKS:
        source = track(
            pairs(task, options.pairs, options.seed, "tune", options.source),
            description=task,
            total=options.pairs,
            console=Console(stderr=True),
        )
        stored["weights"][task] = fit(source, task)
        stored["command"][task] = (
            f"python -m benchmarks.judge.calibrate --task {task} --source {options.source} "
            f"--pairs {options.pairs} --seed {options.seed}"
        )
    options.out.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    Console().print_json(data=stored)


if __name__ == "__main__":
    main()
