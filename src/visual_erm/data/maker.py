"""What the makers of all tasks share: the kinds of pairs, and operators applied in turn."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from visual_erm.data import variations
from visual_erm.data.records import Dropped, Kind, Pair, Reason, Seed
from visual_erm.errors import PolicyFault
from visual_erm.types import Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

S = TypeVar("S")
T = TypeVar("T")


class PairMaker(ABC):
    """Makes the pairs of one seed, whose reference is drawn once."""

    seed: Seed
    reference: Image
    harmless_names: Sequence[str] = tuple(variations.HARMLESS)
    hack_names: Sequence[str] = tuple(variations.HACKS)

    def some(
        self, kind: Kind, other: Callable[[], Image], rng: random.Random, composed: float
    ) -> Pair | Dropped:
        """A pair of a kind, all else drawn by lot.

        Args:
            kind: of pair.
            other: draws another seed, for a hack.
            rng: draws.
            composed: share of edited pairs that get several errors.
        """
        if kind == "identical":
            return self.identical()
        if kind == "no_op":
            return self.some_no_op(rng)
        if kind == "harmless":
            return self.harmless(rng.choice(self.harmless_names), rng)
        if kind == "hack":
            name = rng.choice(self.hack_names)
            try:
                drawn = other()
            except PolicyFault:  # the other seed is broken, not this one
                return Dropped((name,), "not_drawn")
            return self.hack(name, drawn, rng)
        return self.some_edit(rng, several=rng.random() < composed)

    @abstractmethod
    def some_no_op(self, rng: random.Random) -> Pair | Dropped:
        """Another source for the same picture."""

    @abstractmethod
    def some_edit(self, rng: random.Random, *, several: bool) -> Pair | Dropped:
        """A pair with one error, or with two to four."""

    def identical(self) -> Pair:
        """The picture against itself."""
        return self.pair("identical", ("identical",), self.reference.copy(), self.seed.source)

    def harmless(self, name: str, rng: random.Random) -> Pair:
        """The same in other pixels."""
        return self.pair("harmless", (name,), variations.HARMLESS[name](self.reference, rng))

    def hack(self, name: str, other: Image, rng: random.Random) -> Pair | Dropped:
        """An attempt to be paid without drawing it."""
        prediction, words = variations.HACKS[name](self.reference, other, rng)
        errors = variations.hack_errors(name, words, self.seed.task, self.reference)
        return self.pair("hack", (name,), prediction, errors=errors)

    def pair(
        self,
        kind: Kind,
        operators: Sequence[str],
        prediction: Image,
        source: str | None = None,
        errors: tuple[Discrepancy, ...] = (),
    ) -> Pair:
        """A pair of this seed; its id follows from kind and operators."""
        return Pair(
            id=f"{self.seed.id}#{kind}-{'+'.join(operators)}",
            seed=self.seed,
            kind=kind,
            operators=tuple(operators),
            reference=self.reference,
            prediction=prediction,
            prediction_source=source,
            errors=errors,
        )


def all_of(
    scene: S, names: Iterable[str], apply: Callable[[S, str], tuple[S, T] | Reason]
) -> tuple[S, list[T]] | Reason:
    """What operators make of a scene, each on what the one before left; or why one does nothing."""
    steps = []
    for name in names:
        done = apply(scene, name)
        if isinstance(done, str):
            return done
        scene, step = done
        steps.append(step)
    return scene, steps


def first_of(
    scene: S, names: Iterable[str], count: int, apply: Callable[[S, str], tuple[S, T] | Reason]
) -> tuple[S, list[T]]:
    """The same of the first so many that do something."""
    steps: list[T] = []
    for name in names:
        done = apply(scene, name)
        if isinstance(done, str):
            continue
        scene, step = done
        steps.append(step)
        if len(steps) == count:
            break
    return scene, steps
