"""The register of edits of figures: what each is called, what it needs, how severe it is.

The edits stand in `edits_texts`, `edits_axes`, `edits_values`, `edits_series`, `edits_layout` and
`edits_looks`. An edit gets a `Scene`, one thing of it and a random generator; it changes the
figure's artists in place and says what it did, or returns None where it does not apply. Axes keep
their limits, legends their place and plots their room whatever an edit does to their content.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from visual_erm.data.charts.things import Scene, Thing
from visual_erm.data.records import Effect, Rule, at_steps
from visual_erm.types import Severity

AMOUNTS = (0.05, 0.15, 0.4)
"""Shares of an axis that values are moved by, give or take a fifth."""


@dataclass
class Change:
    """What one edit did."""

    description: str
    amount: float = 0.0
    """How much changed, in the operator's own unit; severity rules read it."""
    location: str = ""
    """Where, in words; the thing's name if empty."""
    before: Sequence[Thing] | None = None
    """Things of the reference that it concerns; the thing itself if None."""
    after: Sequence[Any] | None = None
    """Artists that it concerns in the edited figure; those of the thing if None."""
    along: Sequence[Thing] = ()
    """Things that change as a consequence: the legend's entry with the colour of its series."""


Function = Callable[[Scene, Thing, random.Random], Change | None]
Need = Callable[[Scene], Sequence[Thing]]
Part = Literal["marks", "legend", "x", "y", "notes", "frame", "title"]


@dataclass(frozen=True)
class Operator:
    """One kind of edit."""

    name: str
    category: str
    function: Function
    severity: Rule
    needs: Need
    """What it can be done to in a figure; cheap, and asked before it is chosen."""
    also: tuple[Part, ...] = field(default=())
    """Parts of the same plot that it changes or moves too; no other edit may stand there."""

    def claims(self, thing: Thing) -> frozenset[str]:
        """Paths of all that it acts on."""
        panel = thing.path.partition("/")[0]
        return frozenset((thing.path, *(f"{panel}/{part}" for part in self.also)))


OPERATORS: dict[str, Operator] = {}


def operator(
    category: str, severity: Rule, needs: Need, *, also: tuple[Part, ...] = (), name: str = ""
) -> Callable[[Function], Function]:
    """Register an edit under its function's name, or under another."""

    def register(function: Function) -> Function:
        own = name or function.__name__
        OPERATORS[own] = Operator(own, category, function, severity, needs, also)
        return function

    return register


def of(*kinds: str, where: Callable[[Scene, Thing], object] | None = None) -> Need:
    """Things of some kinds that a condition holds for."""
    return lambda scene: [t for t in scene.of(*kinds) if where is None or where(scene, t)]


def clash(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two edits would meet: one acts on a part of what the other acts on.

    >>> clash(frozenset({"0/marks"}), frozenset({"0/marks/3"}))
    True
    >>> clash(frozenset({"0/marks/1"}), frozenset({"0/marks/10", "0/title"}))
    False
    """
    return any(a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/") for a in one for b in other)


def by_axis_share(effect: Effect) -> Severity:
    """By how far values are off, as a share of the axis: a tenth, a quarter."""
    return at_steps(effect.amount, 0.1, 0.25)


def by_part(effect: Effect) -> Severity:
    """By how much of what is shown is concerned: one of many is minor, a quarter misleads."""
    return at_steps(effect.amount, 0.05, 0.25)


def by_series(effect: Effect) -> Severity:
    """A series more or less misleads, unless it is one of six or more."""
    return 3 if effect.amount > 1 / 6 else 2


def graded(rng: random.Random) -> float:
    """A share of an axis to be off by."""
    return rng.choice(AMOUNTS) * rng.uniform(0.8, 1.2)
