"""Checks that any shaping can be put through: ours in the tests, a user's own before a long run.

>>> from visual_erm.rewards.shaping import Graded, Fixed
>>> lint_shaping(Graded())
[]
>>> [finding.rule for finding in lint_shaping(Fixed())]
['strict', 'order']
"""

from __future__ import annotations

import math
import pickle
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from visual_erm.rewards.shaping import Outcome, Shaping
from visual_erm.types import TASKS, Failure, Task

Rule = Literal["unscored", "number", "bounds", "monotone", "strict", "order", "batch", "pickle"]
RULES: dict[Rule, str] = {
    "unscored": "faults of the judge and of the machinery have no value",
    "number": "every other outcome has a finite number",
    "bounds": "values lie within [low, high], and both are finite",
    "monotone": "a higher severity or one more error never raises the value",
    "strict": "a higher severity or one more error always lowers the value",
    "order": "failed < blank < any honest attempt <= perfect",
    "batch": "a value does not depend on the other samples",
    "pickle": "the shaping can be sent to another process",
}
"""In the order in which findings are reported."""

_LENGTHS = (0, 1, 2, 3, 5, 9, 17, 50, 400, 10_000)


@dataclass(frozen=True)
class Finding:
    """One property that does not hold, with the first case that shows it."""

    rule: Rule
    message: str


def lint_shaping(shaping: Shaping, *, seed: int = 0, cases: int = 60) -> list[Finding]:
    """Every property of `RULES` that the shaping lacks; empty when it has all of them.

    Args:
        shaping: anything with `low`, `high` and a call as `Shaping` describes it.
        seed: of the error lists that are tried.
        cases: how many lists are tried for each task.
    """
    found: dict[Rule, Finding] = {}
    for finding in _findings(shaping, random.Random(seed), cases):  # noqa: S311 (no secret)
        found.setdefault(finding.rule, finding)
    return [found[rule] for rule in RULES if rule in found]


def _findings(shaping: Shaping, rng: random.Random, cases: int) -> Iterator[Finding]:
    if not (math.isfinite(shaping.low) and math.isfinite(shaping.high)):
        yield Finding("bounds", f"the range is [{shaping.low}, {shaping.high}]")
    for task in TASKS:
        lists = [_severities(rng, length) for length in _LENGTHS]
        lists += [_severities(rng, rng.randint(1, 30)) for _ in range(cases)]
        honest = [Outcome(task, severities, rng.random()) for severities in lists]
        honest += [Outcome(task, severities) for severities in lists]
        yield from _lint_values(shaping, task, honest)
        yield from _lint_monotone(shaping, honest, rng)
        yield from _lint_batch(shaping, honest)
    yield from _lint_pickle(shaping)


def _severities(rng: random.Random, length: int) -> tuple[int, ...]:
    return tuple(rng.choices((1, 2, 3), k=length))


def _failed(task: Task, kind: Literal["policy", "judge", "infrastructure"], code: str) -> Outcome:
    failure = Failure(kind=kind, stage="render", code=code, message=code)
    return Outcome(task, failure=failure)


def _lint_values(shaping: Shaping, task: Task, honest: Sequence[Outcome]) -> Iterator[Finding]:
    unscored = [_failed(task, "judge", "unreadable"), _failed(task, "infrastructure", "down")]
    failed, blank = _failed(task, "policy", "exception"), _failed(task, "policy", "blank")
    values = shaping([*unscored, failed, blank, *honest])
    if any(value is not None for value in values[:2]):
        yield Finding("unscored", f"a fault that is not the policy's got {values[:2]}")
    numbers = [value for value in values[2:] if value is not None and math.isfinite(value)]
    if len(numbers) != len(values) - 2:
        missing = len(values) - 2 - len(numbers)
        yield Finding("number", f"{missing} of {len(values) - 2} outcomes have no finite number")
    outside = [value for value in numbers if not shaping.low <= value <= shaping.high]
    if outside:
        yield Finding("bounds", f"{outside[0]} is outside [{shaping.low}, {shaping.high}]")
    if len(numbers) == len(values) - 2:
        least, perfect = min(numbers[2:]), shaping([Outcome(task, (), 0.0)])[0]
        if not (numbers[0] < numbers[1] < least) or perfect is None or perfect < max(numbers):
            shown = f"failed {numbers[0]}, blank {numbers[1]}, least honest {least}"
            yield Finding("order", f"{shown}, perfect {perfect}")


def _lint_monotone(
    shaping: Shaping, honest: Sequence[Outcome], rng: random.Random
) -> Iterator[Finding]:
    for better in honest:
        for worse, what in _worse(better, rng):
            # together, so that shapings over a batch see the same batch
            high, low = shaping([better, worse])
            if high is None or low is None:
                continue
            if low > high:
                yield Finding("monotone", f"{what} raised the value from {high} to {low}")
            if low == high:
                yield Finding("strict", f"{what} left the value at {high}")


def _worse(outcome: Outcome, rng: random.Random) -> Iterator[tuple[Outcome, str]]:
    severities = outcome.severities
    size = f"with {len(severities)} errors (S = {outcome.total})"
    yield replace(outcome, severities=(*severities, 1)), f"one more minor error {size}"
    raisable = [index for index, value in enumerate(severities) if value < 3]
    if raisable:
        index = rng.choice(raisable)
        raised = (*severities[:index], severities[index] + 1, *severities[index + 1 :])
        yield replace(outcome, severities=raised), f"a higher severity {size}"


def _lint_batch(shaping: Shaping, honest: Sequence[Outcome]) -> Iterator[Finding]:
    together = shaping(honest)
    for outcome, value in zip(honest, together, strict=True):
        alone = shaping([outcome])[0]
        both_numbers = alone == alone and value == value  # noqa: PLR0124 (NaN is "number")
        if alone != value and both_numbers:
            yield Finding(
                "batch", f"S = {outcome.total} is worth {alone} alone, {value} in a batch"
            )
            return


def _lint_pickle(shaping: Shaping) -> Iterator[Finding]:
    try:
        pickle.loads(pickle.dumps(shaping))  # noqa: S301 (what we have just written)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        yield Finding("pickle", str(error))
