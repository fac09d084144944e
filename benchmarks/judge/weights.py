"""Do other weights of the distance order attempts better? Fitted on pairs of the data engine.

    verm data build PAIRS -p RECIPE.json                 a recipe of the training families
    python -m benchmarks.judge.weights PAIRS --task table

The weights wanted are those under which the default reward orders the attempts at one reference as
the true severities do, and cheats below all honest ones: the logistic loss of the difference of two
badnesses (`rewards.shaping.Graded`), each kind of comparison with its share. Printed is the share
of comparisons in order, by the weights at hand and by fitted ones on references that they have not
seen (four folds). Nothing is written without `--out`: what gains nothing on those is no gain.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from visual_erm import images
from visual_erm.data import shards
from visual_erm.judges import distance, table
from visual_erm.judges.embedded import MAX_SIDE, EmbeddedJudge
from visual_erm.rewards.shaping import Graded
from visual_erm.types import CATEGORIES, TASKS, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Chosen = NDArray[np.intp]

FOLDS = 4
UNIT = 6.0
"""Badness by which one attempt is clearly worse than another."""
SHARE = {"pairs": 1.0, "cheats": 0.6}
"""What each kind of comparison weighs, however many there are."""
LEAST, MOST = 0.003, 3.0
"""Every error costs something, and no measure outweighs all others."""
PULL = 0.1
"""How strongly weights are drawn to those at hand."""


@dataclass(frozen=True)
class Attempt:
    """What the weights multiply, and how bad the attempt truly is."""

    group: str
    cheat: bool
    level: int
    """Sum of the true severities."""
    severity: int
    """Of those that were found."""
    values: tuple[float, ...]
    fixed: float | None
    """The distance, where weights have no say in it."""


def attempts(folders: Iterable[Path], task: Task) -> list[Attempt]:
    """Edited pairs, harmless ones and cheats of some builds, judged anew."""
    judge = EmbeddedJudge(max_errors=1000)
    scenes: dict[str, table.TableScene] = {}
    found = []
    for row in (row for folder in folders for row in shards.read(folder)):
        if row["task"] != task or row["kind"] not in ("edit", "harmless", "hack"):
            continue
        reference, candidate = (
            images.fit(images.load(row[side]["bytes"]), MAX_SIDE["full"][task])
            for side in ("reference", "prediction")
        )
        if images.is_blank(candidate):
            continue
        verdict = judge.compare(reference, candidate, task)
        measures = distance.measure(reference, candidate)
        measures = distance.undone(measures, verdict.errors, reference, candidate, task)
        cells = []
        if task == "table":
            key = images.digest(reference)
            if key not in scenes:
                scenes[key] = table.see(reference, judge.reader)
            cells = table.cells_lost(scenes[key], verdict.errors)
        told = verdict.distance or 0.0
        free = 0 < told < distance.CEILING
        found.append(
            Attempt(
                row["seed"],
                row["kind"] == "hack",
                sum(error["severity"] for error in row["errors"]),
                sum(error.severity for error in verdict.errors),
                tuple(distance.features(verdict.errors, measures, task, cells).values()),
                None if free else told,
            )
        )
    return found


class Order:
    """Which of two attempts at one reference is better, and what weights make of it."""

    def __init__(self, made: Sequence[Attempt], task: Task) -> None:
        """Compare the attempts at each reference."""
        groups: dict[str, list[int]] = defaultdict(list)
        for index, attempt in enumerate(made):
            groups[attempt.group].append(index)
        rows = [
            (a, b, made[b].cheat, fold % FOLDS)
            for fold, members in enumerate(groups.values())
            for a, b in permutations(members, 2)
            if not made[a].cheat
            and ((made[b].cheat and made[a].level) or
                 (not made[b].cheat and made[a].level < made[b].level))
        ]  # fmt: skip
        self.better, self.worse, cheats, self.folds = (
            np.array(column, int) for column in zip(*rows, strict=True)
        )
        self.kinds = np.where(cheats == 1, "cheats", "pairs")
        self.values = np.array([attempt.values for attempt in made])
        self.severity = np.array([attempt.severity for attempt in made], float)
        self.fixed = np.array([-1 if a.fixed is None else a.fixed for a in made])
        shaping = Graded()
        self.factor = shaping.table_weight if task == "table" else shaping.distance_weight

    def badness(self, weights: Array) -> tuple[Array, Array]:
        """Of each attempt, and its gradient."""
        left = np.exp(-self.values @ weights)
        free = self.fixed < 0
        told = np.where(free, distance.CEILING * (1 - left), self.fixed)
        slope = np.where(free, distance.CEILING * left, 0)[:, None] * self.values
        return self.severity + self.factor * told, self.factor * slope

    def loss(self, weights: Array, chosen: Chosen, prior: Array) -> tuple[float, Array]:
        """Logistic, with its gradient."""
        bad, slope = self.badness(weights)
        a, b, kinds = self.better[chosen], self.worse[chosen], self.kinds[chosen]
        apart = (bad[b] - bad[a]) / UNIT
        each = sum(share * (kinds == k) / max(1, (kinds == k).sum()) for k, share in SHARE.items())
        pull = each * -1 / (1 + np.exp(apart)) / UNIT
        value = float((each * np.logaddexp(0, -apart)).sum())
        gradient = (pull[:, None] * (slope[b] - slope[a])).sum(axis=0)
        off = weights - prior
        return value + PULL * float(off @ off), gradient + 2 * PULL * off

    def fit(self, chosen: Chosen, prior: Array, categories: int) -> Array:
        """The best weights for some of the comparisons."""
        bounds = [(LEAST if n < categories else 0.0, MOST) for n in range(len(prior))]
        made = minimize(self.loss, prior, (chosen, prior), "L-BFGS-B", jac=True, bounds=bounds)
        return np.asarray(made.x)

    def right(self, weights: Array) -> Array:
        """1, 0.5 or 0 for each comparison."""
        bad, _ = self.badness(weights)
        a, b = bad[self.better], bad[self.worse]
        return np.where(a == b, 0.5, (a < b).astype(float))

    def told(self, name: str, right: Array) -> str:
        """One line of figures."""
        shares = ", ".join(
            f"{kind} {right[self.kinds == kind].mean():.3f} of {(self.kinds == kind).sum()}"
            for kind in SHARE
            if (self.kinds == kind).any()
        )
        return f"{name}: in order {shares}"


def main() -> None:
    """Compare, and write if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", type=Path, nargs="+", help="builds of the data engine")
    parser.add_argument("--task", choices=TASKS, required=True)
    parser.add_argument("--out", type=Path, help="an existing distance.json")
    options = parser.parse_args()
    task: Task = options.task
    order = Order(attempts(options.pairs, task), task)
    at_hand = distance.weights(task)
    names = list(at_hand)
    prior, categories = np.array([at_hand[name] for name in names]), len(CATEGORIES[task])
    print(order.told("at hand", order.right(prior)))
    held = np.zeros(len(order.folds))
    for fold in range(FOLDS):
        weights = order.fit(np.flatnonzero(order.folds != fold), prior, categories)
        held[order.folds == fold] = order.right(weights)[order.folds == fold]
    print(order.told("fitted, on references held back", held))
    made = order.fit(np.arange(len(order.folds)), prior, categories)
    fitted = {name: round(float(w), 4) for name, w in zip(names, made, strict=True)}
    print(json.dumps(fitted))
    if options.out:
        stored = json.loads(options.out.read_text(encoding="utf-8"))
        stored["weights"][task] = fitted
        stored["command"][task] = f"python -m benchmarks.judge.weights --task {task} PAIRS"
        options.out.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
