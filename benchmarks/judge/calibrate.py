"""Fit the weights of the embedded judge's distance on generated pairs, and write them.

    python -m benchmarks.judge.calibrate --out src/visual_erm/judges/distance.json

Ridge regression with non-negative weights (see `visual_erm.judges.distance` for the formula): the
exponent x of a pair should be its true severity over `SCALE`, and `SHAM` for a picture that is no
attempt. Category weights stay at least `LEAST`, so that every error counts. The half of the
sources that generators offer for tuning is used; `benchmarks.judge.evaluate` reports on the other.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import track
from scipy.optimize import lsq_linear

from benchmarks.judge.evaluate import pairs
from benchmarks.judge.pair import Pair
from visual_erm.judges import distance
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.types import CATEGORIES, TASKS, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = 12.0
"""Sum of true severities at which x is 1."""
SHAM = 2.5
LEAST = 0.02
GREATEST = 2.0
PRIOR: dict[Task, float] = {"chart": 0.25, "table": 0.02, "svg": 0.25}
"""What a measure of the picture weighs where the pairs say nothing. Looks are no errors in tables:
there it only tells equal lists apart."""
PULL = 2.0
"""How strongly weights are drawn to that, and those of categories to `1 / SCALE`."""


def fit(source: Iterable[Pair], task: Task) -> dict[str, float]:
    """The weights of one task."""
    judge = EmbeddedJudge()
    rows: list[list[float]] = []
    goals: list[float] = []
    names: list[str] = []
    for pair in source:
        verdict = judge.compare(pair.reference, pair.candidate, task)
        if not verdict.errors:
            continue
        measures = distance.measure(pair.reference, pair.candidate)
        values = distance.features(verdict.errors, measures, task)
        names = list(values)
        rows.append(list(values.values()))
        goals.append(SHAM if pair.kind == "cheat" else pair.severity / SCALE)
    return _ridge(np.array(rows), np.array(goals), names, task)


def _ridge(
    x: NDArray[np.float64], y: NDArray[np.float64], names: list[str], task: Task
) -> dict[str, float]:
    """Least squares drawn towards the prior, each weight as strongly as its feature varies."""
    categories = CATEGORIES[task]
    prior = np.array([1 / SCALE if name in categories else PRIOR[task] for name in names])
    pull = PULL * np.sqrt(len(x)) * x.std(axis=0).clip(0.02)
    lower = [LEAST if name in categories else 0.0 for name in names]
    solution = lsq_linear(
        np.vstack([x, np.diag(pull)]), np.concatenate([y, pull * prior]), (lower, GREATEST)
    )
    return {name: round(float(w), 4) for name, w in zip(names, solution.x, strict=True)}


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=260, help="of each task")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--task", choices=TASKS, action="append", help="default: all")
    parser.add_argument("--out", type=Path, required=True, help="an existing distance.json")
    options = parser.parse_args()
    stored = json.loads(options.out.read_text(encoding="utf-8"))
    for task in options.task or TASKS:
        source = track(
            pairs(task, options.pairs, options.seed, "tune"),
            description=task,
            total=options.pairs,
            console=Console(stderr=True),
        )
        stored["weights"][task] = fit(source, task)
        stored["command"][task] = (
            f"python -m benchmarks.judge.calibrate --task {task} "
            f"--pairs {options.pairs} --seed {options.seed}"
        )
    options.out.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    Console().print_json(data=stored)


if __name__ == "__main__":
    main()
