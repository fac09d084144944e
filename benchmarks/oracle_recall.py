"""Does the oracle find again what edits did, when nothing is left of them but two sources?

    python -m benchmarks.oracle_recall [--task T] [--pairs N] [--recipe R]

Tables and drawings: edits, identical and other sources of the development recipes. An error is
found if one of the oracle's lies there (intersection over union of the boxes at least 0.1, in
either picture), each counted for one error at most. Prints, for each task, the share found, found
in the right category, found errors that are true (precision), agreement of severities, pairs
without errors of which something was said (false alarms), and the operators that are missed most.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from visual_erm.data.engine import load_recipe, of_split, plan
from visual_erm.data.make import make
from visual_erm.data.oracle import annotate
from visual_erm.data.records import Pair
from visual_erm.errors import VisualErmError
from visual_erm.types import Box, Discrepancy, Task

OVERLAP = 0.1
"""Intersection over union from which two boxes mean the same place."""
RECIPES: dict[Task, str] = {"table": "table-dev", "svg": "svg-dev"}


@dataclass
class Tally:
    """What was found of what was there."""

    labels: Counter[str] = field(default_factory=Counter)
    any: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    severity: Counter[str] = field(default_factory=Counter)
    said: int = 0
    clean: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    failed: int = 0

    def add(self, pair: Pair, found: Sequence[Discrepancy]) -> list[str]:
        """Count one pair; returns the operators that were missed or put into a wrong category."""
        if pair.kind != "edit":
            self.clean[pair.kind] += 1
            self.alarms[pair.kind] += bool(found)
            return [pair.operators[0]] if found else []
        self.said += len(found)
        partners = matched(pair.errors, found)
        wrong = []
        for number, (operator, label) in enumerate(zip(pair.operators, pair.errors, strict=True)):
            self.labels[operator] += 1
            partner = partners.get(number)
            if partner is None:
                wrong.append(operator)
                continue
            self.any[operator] += 1
            right = found[partner].category == label.category
            self.right[operator] += right
            self.severity[operator] += right and found[partner].severity == label.severity
            if not right:
                wrong.append(operator)
        return wrong

    def lines(self, task: Task) -> Iterable[str]:
        """What it came to."""
        total, some, right = (sum(c.values()) for c in (self.labels, self.any, self.right))
        total = max(total, 1)
        yield (
            f"{task}: {total} errors; found {some / total:.1%}, in the right category "
            f"{right / total:.1%}, of them in the same severity "
            f"{sum(self.severity.values()) / max(right, 1):.1%}; {self.said} said, "
            f"{some / max(self.said, 1):.1%} of them true; {self.failed} pairs failed"
        )
        for kind, count in sorted(self.clean.items()):
            yield f"  {kind}: {self.alarms[kind]} of {count} with something said"
        for name, count in sorted(
            self.labels.items(), key=lambda item: self.right[item[0]] / item[1]
        ):
            if self.right[name] < count:
                yield f"  {name}: {self.right[name]} of {count} ({self.any[name]} in any category)"


def iou(one: Box | None, other: Box | None) -> float:
    """Intersection over union; 0 where one is missing."""
    if one is None or other is None:
        return 0.0
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return both / (areas - both)


def matched(labels: Sequence[Discrepancy], found: Sequence[Discrepancy]) -> dict[int, int]:
    """Which label was found by which discrepancy."""
    if not labels or not found:
        return {}
    near = np.zeros((len(labels), len(found)))
    for i, label in enumerate(labels):
        for j, one in enumerate(found):
            near[i, j] = max(
                iou(label.bbox, one.bbox), iou(label.bbox_prediction, one.bbox_prediction)
            )
            if near[i, j] >= OVERLAP:
                near[i, j] += label.category == one.category
    rows, columns = linear_sum_assignment(near, maximize=True)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if near[i, j] >= OVERLAP}


def pairs(task: Task, recipe: str, count: int) -> Iterable[Pair]:
    """Pairs of a recipe that have two sources and no hack."""
    asked = load_recipe(recipe).model_copy(update={"pairs": {task: count}})
    corpus = [[s for s in listing if s.task == task] for listing in of_split(asked).values()]
    made = 0
    for unit in plan(asked, 2 * count, corpus):
        for pair in make(unit).pairs:
            if pair.prediction_source is not None and pair.kind != "hack":
                made += 1
                yield pair
                if made == count:
                    return


def measure(task: Task, some: Iterable[Pair], *, verbose: bool = False) -> Tally:
    """Annotate pairs as if nothing were known of them."""
    tally = Tally()
    for pair in some:
        assert pair.prediction_source is not None
        try:
            found = annotate(pair.seed.source, pair.prediction_source, task).errors
        except VisualErmError as error:
            tally.failed += 1
            print(f"  {pair.id}: {error}", file=sys.stderr)
            continue
        wrong = tally.add(pair, found)
        extra = pair.kind == "edit" and len(found) > len(pair.errors)
        if verbose and (wrong or extra):
            print(pair.id, "WRONG" if wrong else "EXTRA", wrong)
            for sign, errors in (("-", pair.errors), ("+", found)):
                for e in errors:
                    print(f"   {sign} {e.category} {e.severity} {e.location}: {e.description}")
    return tally


def main() -> int:
    """Measure the tasks that were asked for."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--task", choices=sorted(RECIPES))
    options.add_argument("--pairs", type=int, default=300, help="of each task")
    options.add_argument("--recipe", help="another recipe than the development one")
    options.add_argument("--verbose", action="store_true", help="print what was missed")
    arguments = options.parse_args()
    tasks = [arguments.task] if arguments.task else list(RECIPES)
    for task in tasks:
        some = pairs(task, arguments.recipe or RECIPES[task], arguments.pairs)
        for line in measure(task, some, verbose=arguments.verbose).lines(task):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
