"""Do other weights of the distance order attempts better? Fitted on pairs of the data engine.

    python -m benchmarks.judge.weights --task chart        on pairs of the training families
    python -m benchmarks.judge.weights PAIRS --task chart  on builds of your own

The weights wanted are those under which the default reward orders the attempts at one reference as
the true severities do, cheats below all honest ones, what was written from the pictures alone (the
tuning half of `benchmarks.natural`) as its scores do, and drawings that were traced with less
effort (`benchmarks.traced_drawings`, which says what it needs) below those with more: the logistic
loss of the difference of two badnesses (`rewards.shaping.Graded`), each kind of comparison with its
share. Printed is the
share of comparisons in order, by the weights at hand and by fitted ones on references that they
have not seen (four folds). Nothing is written without `--out`: what gains nothing there is no gain.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.optimize import minimize

from benchmarks import traced_drawings
from benchmarks.judge.builds import built
from benchmarks.natural.__main__ import APART
from benchmarks.natural.attempts import draw, references
from visual_erm import images
from visual_erm.data import shards
from visual_erm.judges import distance
from visual_erm.judges.embedded import EmbeddedJudge, Findings
from visual_erm.rewards.shaping import KNOWN, Graded, Outcome
from visual_erm.types import CATEGORIES, TASKS, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Chosen = NDArray[np.intp]

BUILDS: dict[Task, tuple[tuple[int, int], ...]] = {
    "chart": ((301, 120), (303, 120), (311, 200)),
    "table": ((411, 200), (412, 200)),
    "svg": ((501, 200), (502, 200), (503, 200)),
}
"""Seeds of recipes, and pairs of each."""
PER_REFERENCE = 8
FOLDS = 4
UNIT = 6.0
"""Badness by which one attempt is clearly worse than another."""
SHARE: Mapping[Task, Mapping[str, float]] = {
    "chart": {"pairs": 1.0, "cheats": 0.6, "written": 0.5},
    "table": {"pairs": 1.0, "cheats": 0.6, "written": 0.5},
    "svg": {"pairs": 1.0, "cheats": 0.6, "written": 1.5, "traced": 0.7},
}
"""What each kind of comparison weighs, however many there are."""
ICONS = 26
"""Traced drawings."""
SET: Mapping[Task, Mapping[str, float]] = {
    "chart": {
        "structure_error": 0.04,
        "data_error": 0.06,
        "text_error": 0.04,
        "style_error": 0.04,
    },
    "table": {
        "layout_error": 0.045,
        "text_error": 0.039,
        "numeric_error": 0.042,
        "cells": 0.1,
        "another": 4.0,
        "texts": 3.0,
    },
}
"""Weights that are not fitted. Pictures alone order well what was written from a picture, but then
other numbers in the same look would cost next to nothing. Three cells of a lost row weigh at least
what two wrong numbers do."""
LEAST, MOST = 0.003, 8.0
"""Every error costs something, and no measure outweighs all others."""
START = 0.08
"""Where the fit begins for a category."""
MEASURES: Mapping[Task, float] = {"chart": 0.3, "table": 0.05, "svg": 0.3}
"""Where it begins for a measure; what a table looks like counts for little."""
PULL = 0.02
"""How strongly the logarithms of weights are drawn to it."""


Kind = Literal["edit", "cheat", "written", "traced"]


@dataclass(frozen=True)
class Attempt:
    """What the weights multiply, and how bad the attempt truly is."""

    source: str
    """What its reference was made of; references of one source are held back together."""
    group: str
    """What it is compared within."""
    kind: Kind
    """Written ones were written from the picture, with errors of their own."""
    level: float
    """Sum of the true severities; for a written one, 100 less its score, for a traced one, steps
    down."""
    severity: int
    """Of those that were found."""
    values: tuple[float, ...]
    fixed: float | None
    """The distance, where weights have no say in it."""


def attempts(folders: Iterable[Path], task: Task) -> list[Attempt]:
    """Edited pairs, harmless ones and cheats of some builds, judged anew."""
    judge = EmbeddedJudge(max_errors=1000)
    found = []
    for row in (row for folder in folders for row in shards.read(folder)):
        if row["task"] != task or row["kind"] not in ("edit", "harmless", "hack"):
            continue
        reference, candidate = (
            images.load(row[side]["bytes"]) for side in ("reference", "prediction")
        )
        if not images.is_blank(candidate):
            level = sum(error["severity"] for error in row["errors"])
            made = judge.examine(reference, candidate, task)
            kind: Kind = "cheat" if row["kind"] == "hack" else "edit"
            found.append(_attempt(row["seed"], level, made, task, kind))
    return found


def natural(task: Task) -> list[Attempt]:
    """The tuning half of `benchmarks.natural`, judged anew."""
    judge = EmbeddedJudge(max_errors=1000)
    found = []
    for drawn in draw(references(task, "tune")):
        one = drawn.reference
        for attempt, picture in zip(one.attempts, drawn.attempts, strict=True):
            made = judge.examine(drawn.picture, picture, task)
            found.append(_attempt(one.name, 100 - attempt.score, made, task, "written"))
    return found


def traced(count: int) -> list[Attempt]:
    """The tuning split of `benchmarks.traced_drawings`, judged anew."""
    judge = EmbeddedJudge(max_errors=1000)
    found = []
    for chain in traced_drawings.chains(count, "tune"):
        apart = set(traced_drawings.told_apart(chain))
        level = 0
        for step, picture in enumerate(chain.pictures):
            level = step if (step - 1, step) in apart else level
            made = judge.examine(chain.reference, picture, "svg")
            one = _attempt(chain.icon, level, made, "svg", "traced")
            found.append(replace(one, group=f"{chain.icon} {chain.knob}"))
    return found


def _attempt(source: str, level: float, made: Findings, task: Task, kind: Kind) -> Attempt:
    features = made.features
    values = tuple(features.get(name, 0.0) for name in distance.weights(task))
    free = 0 < made.distance < distance.CEILING
    return Attempt(
        source,
        source,
        kind,
        level,
        sum(error.severity for error in made.errors),
        values,
        None if free else made.distance,
    )


def _comparison(better: Attempt, worse: Attempt) -> str:
    """What kind of comparison two attempts at one reference make; "" if none."""
    if better.kind == "written":
        return "written" if worse.level - better.level >= APART else ""
    if better.kind == "traced":
        return "traced" if worse.level > better.level else ""
    if better.kind == "cheat":
        return ""
    if worse.kind == "cheat":
        return "cheats" if better.level else ""
    return "pairs" if better.level < worse.level else ""


class Order:
    """Which of two attempts at one reference is better, and what weights make of it."""

    def __init__(self, made: Sequence[Attempt], task: Task) -> None:
        """Compare the attempts at each reference."""
        groups: dict[str, list[int]] = defaultdict(list)
        for index, attempt in enumerate(made):
            groups[attempt.group].append(index)
        folds_of = {name: at for at, name in enumerate(dict.fromkeys(a.source for a in made))}
        rows = [
            (a, b, kind, folds_of[made[a].source] % FOLDS)
            for members in groups.values()
            for a, b in permutations(members, 2)
            if (kind := _comparison(made[a], made[b]))
        ]
        better, worse, kinds, folds = zip(*rows, strict=True)
        self.better, self.worse, self.folds = (np.array(c, int) for c in (better, worse, folds))
        self.kinds = np.array(kinds)
        self.values = np.array([attempt.values for attempt in made])
        told = [Outcome(task, (attempt.severity,), 0.0) for attempt in made]
        self.listed = np.array([Graded().listed(outcome) for outcome in told])
        self.fixed = np.array([-1 if a.fixed is None else a.fixed for a in made])
        self.factor = Graded().weight(task)
        self.share = SHARE[task]

    def badness(self, weights: Array) -> tuple[Array, Array]:
        """Of each attempt, and its gradient."""
        left = np.exp(-self.values @ weights)
        free = self.fixed < 0
        told = np.where(free, distance.CEILING * (1 - left), self.fixed)
        slope = np.where(free, distance.CEILING * left, 0)[:, None] * self.values
        bad = self.factor * told + (1 - KNOWN * told) * self.listed
        return bad, (self.factor - KNOWN * self.listed)[:, None] * slope

    def loss(self, weights: Array, chosen: Chosen, prior: Array) -> tuple[float, Array]:
        """Logistic, with its gradient."""
        bad, slope = self.badness(weights)
        a, b, kinds = self.better[chosen], self.worse[chosen], self.kinds[chosen]
        apart = (bad[b] - bad[a]) / UNIT
        each = sum(
            share * (kinds == k) / max(1, (kinds == k).sum()) for k, share in self.share.items()
        )
        pull = each * -1 / (1 + np.exp(apart)) / UNIT
        value = float((each * np.logaddexp(0, -apart)).sum())
        gradient = (pull[:, None] * (slope[b] - slope[a])).sum(axis=0)
        off = np.log(weights / prior)
        pulled = PULL * float((off * off).mean())
        return value + pulled, gradient + 2 * PULL * off / weights / len(weights)

    def fit(self, chosen: Chosen, task: Task) -> Array:
        """The best weights for some of the comparisons."""
        categories = CATEGORIES[task]
        by_hand = SET.get(task, {})
        names = list(distance.weights(task))
        prior = np.array(
            [by_hand.get(name, START if name in categories else MEASURES[task]) for name in names]
        )
        bounds = [(by_hand.get(name, LEAST), by_hand.get(name, MOST)) for name in names]
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
            for kind in self.share
            if (self.kinds == kind).any()
        )
        return f"{name}: in order {shares}"


def main() -> None:
    """Compare, and write if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", type=Path, nargs="*", help="builds of the data engine")
    parser.add_argument("--task", choices=TASKS, required=True)
    parser.add_argument("--out", type=Path, help="an existing distance.json")
    options = parser.parse_args()
    task: Task = options.task
    folders = options.pairs or [
        built("weights", task, seed, count, PER_REFERENCE) for seed, count in BUILDS[task]
    ]
    made = [*attempts(folders, task), *natural(task)]
    if task == "svg":
        made += traced(ICONS)
    order = Order(made, task)
    at_hand = distance.weights(task)
    names = list(at_hand)
    print(order.told("at hand", order.right(np.array([at_hand[name] for name in names]))))
    held = np.zeros(len(order.folds))
    for fold in range(FOLDS):
        weights = order.fit(np.flatnonzero(order.folds != fold), task)
        held[order.folds == fold] = order.right(weights)[order.folds == fold]
    print(order.told("fitted, on references held back", held))
    fit = order.fit(np.arange(len(order.folds)), task)
    fitted = {name: round(float(w), 4) for name, w in zip(names, fit, strict=True)}
    print(json.dumps(fitted))
    if options.out:
        stored = json.loads(options.out.read_text(encoding="utf-8"))
        stored["weights"][task] = fitted
        stored["command"][task] = f"python -m benchmarks.judge.weights --task {task} PAIRS"
        options.out.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
