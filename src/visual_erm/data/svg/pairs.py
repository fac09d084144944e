"""Pairs of drawings: one seed, and what can be made of it with known truth."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.align import around, bounds, visible_difference
from visual_erm.data import gate
from visual_erm.data.maker import PairMaker, all_of, first_of
from visual_erm.data.records import Dropped, Effect, Pair, Reason, Seed, UnusableError
from visual_erm.data.svg import edits_shape, edits_structure, edits_style, no_ops
from visual_erm.data.svg.documents import MARK, Document, where
from visual_erm.data.svg.operators import OPERATORS, Change, Operator, Scene
from visual_erm.errors import PolicyFault
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

EDITS = (edits_shape, edits_structure, edits_style)
"""Modules that register operators when they are imported."""
TRIES = 4
"""Elements that an operator is tried on before it counts as not applicable."""
OF_ELEMENT = 0.04
"""Share of an element's pixels from which a change of it is seen; of a text one letter suffices."""
MOST_ELEMENTS = 120
MOST_TRIED = 40
"""Of a drawing with many elements, so many are looked at."""
Draw = Callable[[str], "Image"]


@dataclass(frozen=True)
class _Step:
    operator: Operator
    change: Change
    effect: Effect
    thing: str
    """Name of the element as it was seen before."""
    seen: bool
    """Whether the edit left something of the element to be seen."""


class SvgPairs(PairMaker):
    """Makes the pairs of one seed."""

    def __init__(self, seed: Seed, draw: Draw) -> None:
        """Draw the reference.

        Raises:
            UnusableError: there is nothing in it that could be edited.
        """
        self.seed = seed
        document = Document(seed.source, draw)
        numbers = document.drawables()
        if not 1 <= len(numbers) <= MOST_ELEMENTS:
            raise UnusableError(f"the drawing has {len(numbers)} elements")
        try:
            self.scene = Scene(document, document.draw())
        except PolicyFault as fault:
            raise UnusableError(str(fault)) from None
        self.reference = self.scene.picture
        if images.is_blank(self.reference):
            raise UnusableError("the drawing is blank")
        self._ink = max(1, int(images.ink(self.reference).sum()))
        self._texts = {e.get(MARK) for e in numbers if e.tag.endswith("}text") and e.text}

    def some_no_op(self, rng: random.Random) -> Pair | Dropped:
        """Another source for the same picture."""
        return self.no_op(rng.choice(list(no_ops.NO_OPS)), rng)

    def some_edit(self, rng: random.Random, *, several: bool) -> Pair | Dropped:
        """A pair with one error, or with two to four."""
        if several:
            return self.composed(compositions(8, rng), rng.randint(2, 4), rng)
        return self.edited([rng.choice(list(OPERATORS))], rng)

    def edited(self, names: Sequence[str], rng: random.Random) -> Pair | Dropped:
        """A pair with the errors of these operators, each on an element of its own."""
        done = all_of(self.scene, names, functools.partial(self._apply, rng))
        if isinstance(done, str):
            return Dropped(tuple(names), done)
        return self._finished(*done)

    def composed(self, names: Sequence[str], count: int, rng: random.Random) -> Pair | Dropped:
        """A pair with `count` errors, of the first of these operators that apply."""
        scene, steps = first_of(self.scene, names, count, functools.partial(self._apply, rng))
        if len(steps) < 2:
            return Dropped(("composed",), "not_applicable")
        return self._finished(scene, steps)

    def _finished(self, scene: Scene, steps: Sequence[_Step]) -> Pair | Dropped:
        names = tuple(step.operator.name for step in steps)
        if any(s.seen and _around(scene, s.change.elements) is None for s in steps):
            return Dropped(names, "invisible")  # a later edit has covered what this one changed
        errors = tuple(self._error(step, scene) for step in steps)
        reason = gate.edit(self.reference, scene.picture, errors)
        if reason:
            return Dropped(names, reason)
        return self.pair("edit", names, scene.picture, scene.document.source(), errors)

    def _apply(self, rng: random.Random, scene: Scene, name: str) -> tuple[Scene, _Step] | Reason:
        operator = OPERATORS[name]
        reason: Reason = "not_applicable"
        elements = [
            e.get(MARK)
            for e in scene.document.drawables()
            if e.get(MARK) is not None
            and _stem(e.get(MARK)) not in scene.used
            and (e.get(MARK) in self._texts) == operator.text
        ]
        rng.shuffle(elements)
        if operator.whole:
            elements = elements[:1]
        if operator.among and len(scene.document.drawables()) < 2:
            return reason
        tried = 0
        for number in elements[:MOST_TRIED]:
            if scene.footprint(number) is None:
                continue
            twin = scene.copy()
            element = twin.document.find(number)
            assert element is not None
            change = operator.function(twin, element, rng)
            if change is None or not scene.used.isdisjoint(map(_stem, change.elements)):
                continue
            tried += 1
            try:
                used = scene.used.union(map(_stem, change.elements))
                after = Scene(twin.document, twin.document.draw(), used)
            except PolicyFault:
                reason = "not_drawn"
            else:
                step = self._step(scene, after, operator, change)
                if step is not None:
                    return after, step
                reason = "invisible"
            if tried == TRIES:
                break
        return reason

    def _step(
        self, before: Scene, after: Scene, operator: Operator, change: Change
    ) -> _Step | None:
        if before.picture.shape != after.picture.shape:
            return None
        count = int(gate.changed(before.picture, after.picture).sum())
        if count < gate.LEAST * after.picture.shape[0] * after.picture.shape[1]:
            return None
        if not visible_difference(before.picture, after.picture, 1, gate.SEEN).any():
            return None  # all of it is a step of one pixel: what is the same both ways was turned
        thing = "drawing"
        for number in change.elements:
            seen = self.scene.footprint(_stem(number)) or before.footprint(number)
            if seen is not None:
                thing = seen.name
                if not operator.text and count < OF_ELEMENT * seen.pixels:
                    return None
                break
        effect = Effect(count / self._ink, change.reach, change.amount)
        visible = _around(after, change.elements) is not None
        return _Step(operator, change, effect, thing, visible)

    def _error(self, step: _Step, final: Scene) -> Discrepancy:
        if step.operator.whole:
            was = now = bounds(gate.changed(self.reference, final.picture))
        else:
            was = _around(self.scene, step.change.elements)
            now = _around(final, step.change.elements)
        return Discrepancy(
            category=step.operator.category,
            severity=step.operator.severity(step.effect),
            location=where(None if step.operator.whole else was or now, self.reference),
            description=_said(step),
            bbox=was,
            bbox_prediction=now,
        )

    def no_op(self, name: str, rng: random.Random) -> Pair | Dropped:
        """Another source for the same picture."""
        document = self.scene.document.copy()
        no_ops.NO_OPS[name](document, rng)
        source = document.source()
        prediction = document._draw(source)
        reason = gate.unchanged(self.reference, prediction)
        if reason:
            return Dropped((name,), reason)
        return self.pair("no_op", (name,), prediction, source)


def compositions(count: int, rng: random.Random) -> list[str]:
    """Names of operators that can stand beside each other."""
    return rng.sample([name for name, one in OPERATORS.items() if not one.whole], count)


def _said(step: _Step) -> str:
    """What a person would say; "the line of the red line" is the red line."""
    words = step.change.description
    if step.thing.endswith(("line", "outline")):
        words = words.replace("The line of the {thing}", "The {thing}")
    return words.replace("{thing}", step.thing)


def _around(scene: Scene, numbers: Sequence[str]) -> Box | None:
    boxes = [seen.box for seen in map(scene.footprint, numbers) if seen is not None]
    return around(boxes) if boxes else None


def _stem(number: str) -> str:
    """The number of the element that a copy was made of, or its own."""
    return number.partition("+")[0]
