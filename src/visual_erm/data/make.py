"""From one seed to its pairs: the function that every engine maps over the plan.

A `Unit` holds all that it needs, so it can travel to any process of any machine; what it makes
depends on nothing else, so every engine makes the same.
"""

from __future__ import annotations

import functools
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from visual_erm.data.charts.pairs import ChartPairs
from visual_erm.data.maker import PairMaker
from visual_erm.data.records import Dropped, Kind, Pair, Seed, UnusableError
from visual_erm.data.svg.pairs import SvgPairs
from visual_erm.data.tables import pairs as table_pairs
from visual_erm.data.tables.pairs import TablePairs
from visual_erm.errors import Fault
from visual_erm.renderers import renderer
from visual_erm.types import Task

if TYPE_CHECKING:
    from visual_erm.types import Image

REVISION = "4"
"""Raised with every change that alters pairs: builds of two revisions are never mixed."""
SHARES: dict[Kind, float] = {
    "identical": 0.06,
    "no_op": 0.06,
    "harmless": 0.14,
    "hack": 0.08,
    "edit": 0.66,
}
"""Kinds among the pairs. A third of them has no error: a judge has to learn silence too."""
COMPOSED = 0.35
"""Share of the edits that carry two to four errors."""
TRIES = 8
"""Attempts at a pair before the unit goes without it."""


class Unit(BaseModel):
    """One seed, and what to make of it."""

    model_config = ConfigDict(frozen=True)

    seed: Seed
    other: str
    """Source of another drawing, for the hack that shows something else."""
    pairs: int
    salt: str
    """Part of every random choice; two builds with other salts differ everywhere."""


@dataclass(frozen=True)
class Made:
    """What came of a unit."""

    pairs: tuple[Pair, ...]
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Attempts that were not kept, by operator and reason."""
    unusable: str | None = None
    """Why nothing could be made of the seed."""


def make(unit: Unit) -> Made:
    """The pairs of one seed; a seed that cannot be used says why and makes none."""
    rng = random.Random(f"{unit.salt} {unit.seed.id}")
    kinds = rng.choices(list(SHARES), list(SHARES.values()), k=unit.pairs)
    try:
        maker = _maker(unit, rng, Counter(kinds))
    except (UnusableError, Fault) as error:
        return Made((), unusable=str(error)[:300])
    pairs: list[Pair] = []
    dropped: Counter[tuple[str, str]] = Counter()
    ids: set[str] = set()
    for drawn in kinds:
        kind = drawn
        for _ in range(TRIES):
            made = maker.some(kind, lambda: _other(unit), rng, COMPOSED)
            if isinstance(made, Dropped):
                dropped["+".join(made.operators), made.reason] += 1
            elif made.id not in ids:
                ids.add(made.id)
                pairs.append(made)
                break
            if kind == "identical":
                kind = "edit"
    return Made(tuple(pairs), dropped)


def _maker(unit: Unit, rng: random.Random, kinds: Mapping[Kind, int]) -> PairMaker:
    if unit.seed.task == "table":
        return TablePairs(unit.seed)
    if unit.seed.task == "chart":
        return ChartPairs(unit.seed, rng, kinds, COMPOSED)
    return SvgPairs(unit.seed, _draw)


def _other(unit: Unit) -> Image:
    return _drawn(unit.seed.task, unit.other)


@functools.lru_cache(maxsize=4)
def _drawn(task: Task, source: str) -> Image:
    if task == "table":
        return table_pairs.drawer()(source)
    return renderer(task, workers=1).render(source).image


def _draw(source: str) -> Image:
    return renderer("svg", workers=1).render(source).image


def fingerprint(tasks: Iterable[Task]) -> str:
    """What makes pairs of these tasks, and what draws them."""
    return " | ".join((f"pairs {REVISION}", *(_fingerprint(task) for task in sorted(tasks))))


def _fingerprint(task: Task) -> str:
    if task == "table":
        return table_pairs.fingerprint()
    found: str = getattr(renderer(task, workers=1), "fingerprint", task)
    return found
