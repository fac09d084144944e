"""From what a judge found to a number: pure functions, as frozen classes that state their range.

Every shaping maps a batch of outcomes to one number or None each. Faults of the judge and of the
machinery give None in every shaping: such a sample says nothing about the policy.

    name    failed  blank  honest attempt                        range
    graded  0       0.02   0.05 + 0.95 / (1 + badness / 10)      [0, 1]
    paper   0       0      1 + clip(1 - S / max S of the batch)  {0} and [1, 2]
    fixed   0       0      1 + clip(1 - S / 50)                  {0} and [1, 2]
    raw     None    None   -S                                    (-inf, 0]

S is the sum of the severities; what it counts for drawings is said by `Graded`, the default.
`lint_shaping` (in `rewards.lint`) checks the properties that the others lack.

    >>> [round(value, 3) for value in Graded()([Outcome("chart", (1, 3), distance=0.1)])]
    [0.684]
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from visual_erm.errors import UsageError
from visual_erm.types import Failure, Task, Verdict

KNOWN = 0.9
"""Share of a list of errors that the largest distance knows of."""
SMALL = 0.02
"""Part of itself that a small distance counts: there the list of errors says more."""


@dataclass(frozen=True)
class Outcome:
    """All that a shaping may look at."""

    task: Task
    severities: tuple[int, ...] = ()
    """One of 1, 2, 3 for each error; empty when there is a failure."""
    distance: float | None = None
    """The judge's calibrated difference in [0, 1]; None if it has none."""
    failure: Failure | None = None

    @classmethod
    def of(cls, verdict: Verdict) -> Outcome:
        """The outcome of a judged sample."""
        severities = tuple(error.severity for error in verdict.errors)
        return cls(verdict.task, severities, verdict.distance)

    @property
    def total(self) -> int:
        """S, the sum of the severities."""
        return sum(self.severities)

    @property
    def scored(self) -> bool:
        """Whether the sample gets a number: it was judged, or the policy is at fault."""
        return self.failure is None or self.failure.kind == "policy"

    @property
    def blank(self) -> bool:
        """Whether the policy drew, but nothing that can be seen."""
        return self.failure is not None and self.failure.code == "blank"


class Shaping(Protocol):
    """Maps the outcomes of one batch to numbers. Picklable, without state.

    One whose values depend on the batch says so by an attribute `whole_batch = True`; it is then
    refused where samples are scored one by one.
    """

    @property
    def name(self) -> str:
        """For records and log lines."""
        ...

    @property
    def low(self) -> float:
        """No value is below this."""
        ...

    @property
    def high(self) -> float:
        """No value is above this."""
        ...

    def __call__(self, outcomes: Sequence[Outcome]) -> list[float | None]:
        """One value for each outcome, in order; None where `Outcome.scored` is false."""
        ...


@dataclass(frozen=True)
class Graded:
    """Ours, and the default: bounded, and never equal for unequal verdicts.

        badness = weight x seen + (1 - 0.9 seen) x listed;    S where the judge has no distance
        seen    = d (0.02 + 0.98 d), d = max(0, distance - noise_floor) / (1 - noise_floor)
        listed  = L / (1 + L / weight), where L = S, for drawings log(1 + S)
        weight  = distance_weight, for drawings drawing_weight
        value   = floor + (1 - floor) / (1 + badness / half)
        blank   = 0.02, failed = 0

    Why so. The hyperbola falls strictly for ever, so a tenth severe error still costs something
    where a clipped line (S / 50) pays nothing for improving a very bad picture, and 10,000 errors
    differ from 9,999 within float32. It does not look at the rest of the batch, so the same
    picture has the same value in every step (the paper's batch maximum does not). Rendering
    alone earns `floor`: more than any failure, less than any attempt, so breaking the renderer or
    overflowing the judge never pays. `half` is the badness that halves the value: 10 is five errors
    that need correction. The distance separates attempts with equal lists, without which a
    group has no variance and teaches nothing. It also puts attempts that are wrong all over in a
    better order than the count of their errors does, so its weight is that of 33 severe errors, in
    drawings that of 20. Attempts with a few errors are put in a better order by the list, so it
    counts by its square; were it less, a row that is left out, one error, would be paid more than
    a row with two wrong numbers. The list counts for what the distance leaves: a long list is a way
    of being far away, and an attempt with forty errors must not be paid less than a picture that
    shows something else, of which there is little to list.
    """

    half: float = 10.0
    distance_weight: float = 100.0
    """For charts and tables."""
    drawing_weight: float = 60.0
    """In place of `distance_weight` for drawings."""
    noise_floor: float = 0.0
    """Distances up to here count as 0: what two renderings of one source differ by."""
    floor: float = 0.05
    blank: float = 0.02
    name: str = field(default="graded", repr=False)
    low: float = field(default=0.0, repr=False)
    high: float = field(default=1.0, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.noise_floor < 1:
            raise UsageError(f"noise_floor must be in [0, 1); got {self.noise_floor}")
        least = min(self.distance_weight, self.drawing_weight)
        if self.half <= 0 or least < 0 or not 0 < self.blank < self.floor < 1:
            raise UsageError(
                "graded needs half > 0, weights >= 0 and 0 < blank < floor < 1; got "
                f"{self.half}, {least}, {self.blank}, {self.floor}"
            )

    def __call__(self, outcomes: Sequence[Outcome]) -> list[float | None]:
        """One value for each outcome; they do not depend on each other."""
        return [self._value(outcome) for outcome in outcomes]

    def listed(self, outcome: Outcome) -> float:
        """Badness of the list of errors beside a distance of 0; below `weight`."""
        weight = self.weight(outcome.task)
        if outcome.distance is None or not weight:
            return outcome.total
        found = math.log1p(outcome.total) if outcome.task == "svg" else outcome.total
        return found * weight / (found + weight)

    def weight(self, task: Task) -> float:
        """Badness of the largest distance."""
        return self.drawing_weight if task == "svg" else self.distance_weight

    def _value(self, outcome: Outcome) -> float | None:
        if not outcome.scored:
            return None
        if outcome.failure is not None:
            return self.blank if outcome.blank else 0.0
        distance = min(max(outcome.distance or 0.0, 0.0), 1.0)
        beyond = max(0.0, distance - self.noise_floor) / (1.0 - self.noise_floor)
        seen = beyond * (SMALL + (1.0 - SMALL) * beyond)
        return self.floor + (1.0 - self.floor) / (1.0 + self.badness(outcome, seen) / self.half)

    def badness(self, outcome: Outcome, seen: float) -> float:
        """What the value falls with: the distance beyond noise, and the list for what it leaves."""
        weight = self.weight(outcome.task)
        left = 1.0 - KNOWN * seen if weight else 1.0
        return weight * seen + left * self.listed(outcome)


@dataclass(frozen=True)
class Paper:
    """The paper's reward (arXiv 2603.13224): r = r_render + r_verm.

        r_verm = clip(1 - S / (max S over the task's batch + eps), 0, 1), r_render = 1 or 0

    A value depends on the batch it came in, the worst attempt of a batch gets 1 whatever it is,
    and a batch of one gets 1 for any error. Kept for comparison.
    """

    eps: float = 1e-6
    name: str = field(default="paper", repr=False)
    low: float = field(default=0.0, repr=False)
    high: float = field(default=2.0, repr=False)
    whole_batch: bool = field(default=True, repr=False)

    def __call__(self, outcomes: Sequence[Outcome]) -> list[float | None]:
        """Values relative to the largest S of each task in `outcomes`."""
        largest: dict[Task, int] = defaultdict(int)
        for outcome in outcomes:
            largest[outcome.task] = max(largest[outcome.task], outcome.total)
        return [
            _with_render(outcome, outcome.total / (largest[outcome.task] + self.eps))
            for outcome in outcomes
        ]


@dataclass(frozen=True)
class Fixed:
    """The released chart and SVG code: S / 50 in place of the batch maximum.

    Flat from S = `constant` on: beyond it, nothing pays for getting better.
    """

    constant: float = 50.0
    rescaled: bool = False
    """Halve the values, so that the range is [0, 1]."""
    name: str = field(default="fixed", repr=False)

    def __post_init__(self) -> None:
        if not self.constant > 0:
            raise UsageError(f"the constant of fixed must be above 0; got {self.constant}")

    @property
    def low(self) -> float:
        """Of a failed sample."""
        return 0.0

    @property
    def high(self) -> float:
        """Of a sample without errors."""
        return 1.0 if self.rescaled else 2.0

    def __call__(self, outcomes: Sequence[Outcome]) -> list[float | None]:
        """One value for each outcome; they do not depend on each other."""
        values = [_with_render(outcome, outcome.total / self.constant) for outcome in outcomes]
        scale = 0.5 if self.rescaled else 1.0
        return [None if value is None else value * scale for value in values]


@dataclass(frozen=True)
class Raw:
    """The released table code without its hole: -S, and failures below every verdict.

    That code pays -4 for a failure, so a table whose severities sum to 5 gains by breaking the
    renderer. Here a failure has no value unless a `failed` value is stated, and then no verdict is
    below `failed + 1`.
    """

    failed: float | None = None
    """Value of a failed sample; below -1. None leaves failures without a value."""
    name: str = field(default="raw", repr=False)
    high: float = field(default=0.0, repr=False)

    def __post_init__(self) -> None:
        if self.failed is not None and not self.failed < -1:
            raise UsageError(f"the failed value of raw must be below -1; got {self.failed}")

    @property
    def low(self) -> float:
        """Unbounded unless `failed` is stated."""
        return -math.inf if self.failed is None else self.failed

    def __call__(self, outcomes: Sequence[Outcome]) -> list[float | None]:
        """One value for each outcome; they do not depend on each other."""
        return [self._value(outcome) for outcome in outcomes]

    def _value(self, outcome: Outcome) -> float | None:
        if not outcome.scored:
            return None
        if outcome.failure is not None:
            return self.failed
        value = -float(outcome.total)
        return value if self.failed is None else max(value, self.failed + 1.0)


SHAPINGS: dict[str, Callable[[], Shaping]] = {
    "graded": Graded,
    "paper": Paper,
    "fixed": Fixed,
    "raw": Raw,
}


def make_shaping(spec: str | Shaping) -> Shaping:
    """The shaping that a name stands for; a shaping is returned as it is.

    Raises:
        UsageError: no shaping has that name.
    """
    if not isinstance(spec, str):
        return spec
    if spec not in SHAPINGS:
        raise UsageError(f'no shaping "{spec}"; known: {", ".join(sorted(SHAPINGS))}')
    return SHAPINGS[spec]()


def needs_batch(shaping: Shaping) -> bool:
    """Whether values depend on the batch that they are in, so that no sample is scored alone."""
    return bool(getattr(shaping, "whole_batch", False))


def _with_render(outcome: Outcome, relative: float) -> float | None:
    if not outcome.scored:
        return None
    if outcome.failure is not None:
        return 0.0
    return 1.0 + min(max(1.0 - relative, 0.0), 1.0)
