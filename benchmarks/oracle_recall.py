"""Does the oracle find again what edits did, when nothing is left of them but two sources?

    python -m benchmarks.oracle_recall [--task T] [--pairs N] [--recipe R] [--verbose]

Tables and drawings: edits, identical and other sources of the development recipes. Charts: edits of
the figures of the development recipe's programs, compared by their scenes, with the same programs
written anew by Python's `ast` as other sources; and edits of the programs, six of each, compared by
running both. An error is found if one of the oracle's lies there (intersection over union of the
boxes at least 0.1, in either picture), each counted for one error at most. Prints, for each task,
the share found, found in the right category, agreement of severities, found errors that are true
(precision), pairs without errors of which something was said (false alarms), and the operators of
which something was missed.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.oracle_charts import cases
from visual_erm.align import iou
from visual_erm.data.charts.oracle import compare
from visual_erm.data.charts.pairs import ChartPairs, service
from visual_erm.data.charts.program_operators import PROGRAM_OPERATORS
from visual_erm.data.engine import of_split, plan
from visual_erm.data.make import Unit, make
from visual_erm.data.oracle import annotate
from visual_erm.data.recipe import load_recipe
from visual_erm.data.records import Dropped, Kind, UnusableError
from visual_erm.errors import PolicyFault, VisualErmError
from visual_erm.types import Box, Discrepancy, Task

OVERLAP = 0.1
"""Intersection over union from which two boxes mean the same place."""
RECIPES: dict[Task, str] = {"chart": "chart-dev", "table": "table-dev", "svg": "svg-dev"}
SINGLES, COMPOSED = 7, 3
"""Edits of one figure: of one thing, and of several."""
REWRITTEN, NO_OPS = 13, 1
"""Edits asked for of one program, of which six rewrite it (see `ChartPairs`); other programs."""


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

    def add(
        self,
        kind: str,
        operators: Sequence[str],
        errors: Sequence[Discrepancy],
        found: Sequence[Discrepancy],
    ) -> list[str]:
        """Count one pair; returns the operators that were missed or put into a wrong category."""
        if kind != "edit":
            self.clean[kind] += 1
            self.alarms[kind] += bool(found)
            return list(operators[:1]) if found else []
        self.said += len(found)
        partners = matched(errors, found)
        wrong = []
        for number, (operator, label) in enumerate(zip(operators, errors, strict=True)):
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

    def lines(self, name: str) -> Iterable[str]:
        """What it came to."""
        total, some, right = (sum(c.values()) for c in (self.labels, self.any, self.right))
        total = max(total, 1)
        yield (
            f"{name}: {total} errors; found {some / total:.1%}, in the right category "
            f"{right / total:.1%}, of them in the same severity "
            f"{sum(self.severity.values()) / max(right, 1):.1%}; {self.said} said, "
            f"{some / max(self.said, 1):.1%} of them true; {self.failed} pairs failed"
        )
        for kind, count in sorted(self.clean.items()):
            yield f"  {kind}: {self.alarms[kind]} of {count} with something said"
        for one, count in sorted(
            self.labels.items(), key=lambda item: self.right[item[0]] / item[1]
        ):
            if self.right[one] < count:
                yield f"  {one}: {self.right[one]} of {count} ({self.any[one]} in any category)"


def overlap(one: Box | None, other: Box | None) -> float:
    """Intersection over union; 0 where one is missing."""
    return iou(one, other) if one and other else 0.0


def matched(labels: Sequence[Discrepancy], found: Sequence[Discrepancy]) -> dict[int, int]:
    """Which label was found by which discrepancy."""
    if not labels or not found:
        return {}
    near = np.zeros((len(labels), len(found)))
    for i, label in enumerate(labels):
        for j, one in enumerate(found):
            near[i, j] = max(
                overlap(label.bbox, one.bbox), overlap(label.bbox_prediction, one.bbox_prediction)
            )
            if near[i, j] >= OVERLAP:
                near[i, j] += label.category == one.category
    rows, columns = linear_sum_assignment(near, maximize=True)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if near[i, j] >= OVERLAP}


@dataclass(frozen=True)
class Tried:
    """A pair whose truth is known, and what the oracle says of it."""

    id: str
    kind: str
    operators: tuple[str, ...]
    errors: tuple[Discrepancy, ...]
    found: tuple[Discrepancy, ...] | None
    """None where it could not annotate the pair."""


def units(task: Task, recipe: str, count: int) -> list[Unit]:
    """Seeds of a recipe."""
    asked = load_recipe(recipe).model_copy(update={"pairs": {task: count}})
    corpus = [[s for s in listing if s.task == task] for listing in of_split(asked).values()]
    return plan(asked, 2 * count, corpus)


def of_sources(task: Task, recipe: str) -> Iterator[Tried]:
    """Pairs of a recipe that have two sources and are no hacks, annotated from these."""
    for unit in units(task, recipe, 1000):
        for pair in make(unit).pairs:
            if pair.prediction_source is not None and pair.kind != "hack":
                found = annotated(pair.seed.source, pair.prediction_source, task)
                yield Tried(pair.id, pair.kind, pair.operators, pair.errors, found)


def of_programs(recipe: str) -> Iterator[Tried]:
    """Edits of a recipe's programs, by operators drawn as in a build; both programs are run."""
    for unit in units("chart", recipe, 1000):
        rng = random.Random(unit.seed.id)
        try:
            wanted: dict[Kind, int] = {"edit": REWRITTEN, "no_op": NO_OPS}
            maker = ChartPairs(unit.seed, rng, wanted, 0.0, sorted(PROGRAM_OPERATORS))
        except UnusableError as error:
            print(f"  {unit.seed.id}: {error}", file=sys.stderr)
            continue
        for pair in (*maker._edits, *maker._no_ops):
            if not isinstance(pair, Dropped) and pair.prediction_source is not None:
                found = annotated(unit.seed.source, pair.prediction_source, "chart")
                yield Tried(pair.id, pair.kind, pair.operators, pair.errors, found)


def annotated(reference: str, prediction: str, task: Task) -> tuple[Discrepancy, ...] | None:
    """What the oracle says; None where it cannot."""
    try:
        return annotate(reference, prediction, task).errors
    except VisualErmError as error:
        print(f"  not annotated: {error}", file=sys.stderr)
        return None


def of_figures(recipe: str) -> Iterator[Tried]:
    """Edited figures of a recipe's programs; and the programs written anew."""
    for unit in units("chart", recipe, 1000):
        source = unit.seed.source
        try:
            made = list(cases(source, unit.seed.id, singles=SINGLES, composed=COMPOSED))
        except PolicyFault as fault:
            print(f"  {unit.seed.id}: {fault}", file=sys.stderr)
            continue
        anew = annotated(source, ast.unparse(ast.parse(source)), "chart")
        yield Tried(unit.seed.id, "no_op", ("written_anew",), (), anew)
        for case in made:
            found = tuple(compare(case.reference, case.prediction).errors)
            yield Tried(unit.seed.id, "edit", case.operators, case.errors, found)


def measure(tried: Iterable[Tried], *, verbose: bool = False) -> Tally:
    """Compare what is so with what is said."""
    tally = Tally()
    for one in tried:
        if one.found is None:
            tally.failed += 1
            continue
        wrong = tally.add(one.kind, one.operators, one.errors, one.found)
        extra = one.kind == "edit" and len(one.found) > len(one.errors)
        if verbose and (wrong or extra):
            print(one.id, "+".join(one.operators), "missed" if wrong else "too many", wrong)
            for sign, errors in (("-", one.errors), ("+", one.found)):
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
        recipe = arguments.recipe or RECIPES[task]
        ways = {task: of_sources(task, recipe)}
        if task == "chart":
            ways = {
                "chart, edited figures": of_figures(recipe),
                "chart, edited programs": of_programs(recipe),
            }
        for name, tried in ways.items():
            some = itertools.islice(tried, arguments.pairs)
            for line in measure(some, verbose=arguments.verbose).lines(name):
                print(line, flush=True)
    service().close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
