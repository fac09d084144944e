"""Pairs of tables: one seed, and what can be made of it with known truth."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.align import around
from visual_erm.data import gate, variations
from visual_erm.data.maker import PairMaker, all_of, first_of
from visual_erm.data.records import Dropped, Effect, Pair, Reason, Seed, UnusableError
from visual_erm.data.tables import (
    documents,
    edits_cells,
    edits_columns,
    edits_numbers,
    edits_rows,
    edits_texts,
    looks,
)
from visual_erm.data.tables.documents import UnwritableError
from visual_erm.data.tables.no_ops import NO_OPS
from visual_erm.data.tables.operators import NUMBER, OPERATORS, Change, Operator, Scene
from visual_erm.data.tables.sheets import Names, Sheet
from visual_erm.data.tables.unmoved import same_elsewhere
from visual_erm.errors import PolicyFault
from visual_erm.renderers import renderer
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

EDITS = (
    edits_cells,
    edits_columns,
    edits_numbers,
    edits_rows,
    edits_texts,
)
"""Modules that register operators when they are imported."""
BACKEND = "litehtml"
"""What draws every table here: the same pixels wherever its pinned version is installed, without a
browser."""
TRIES = 6
"""Places that an operator is tried on before it counts as not applicable."""
LEAST = 4
"""Pixels that must change for an error to be seen: a small decimal point has as many."""
CELLS = (4, 260)
"""Least and most cells of a table."""
Draw = Callable[[str], "Image"]


@functools.cache
def drawer() -> Draw:
    """What draws the tables of this process."""
    drawing = renderer("table", backend=BACKEND, workers=1)
    return lambda source: drawing.render(source).image


def fingerprint() -> str:
    """What the pictures are drawn with."""
    found: str = getattr(renderer("table", backend=BACKEND, workers=1), "fingerprint", BACKEND)
    return found


@dataclass(frozen=True)
class _Step:
    operator: Operator
    change: Change


LEAST_REPLACED = 4
"""Rows or numbers whose replacement is no attempt at a table: to change fewer is a mistake."""
RESTYLED = ("other_look", "larger_type", "airy", "other_emphasis")
"""Harmless changes that draw the same words in other dress."""
OWN_HACKS: Mapping[str, str] = {
    "made_up": "All numbers are made up.",
    "echoed": "Every row is a copy of the first one.",
}


class TablePairs(PairMaker):
    """Makes the pairs of one seed."""

    harmless_names = (*variations.HARMLESS, *RESTYLED)
    # a table in darker colours is in another look
    hack_names = (*(name for name in variations.HACKS if name != "dark"), *OWN_HACKS)

    def __init__(self, seed: Seed, draw: Draw | None = None) -> None:
        """Draw the reference, and once more to see where its cells are.

        Args:
            seed: its source is brought into our own spelling; that one is what pairs refer to.
            draw: from source to picture; `drawer()` if None.

        Raises:
            UnusableError: there is nothing in it that could be edited.
        """
        self._draw = draw or drawer()
        try:
            self.sheet = documents.read(seed.source, seed.id)
            source = documents.write(self.sheet)
        except ValueError as error:
            raise UnusableError(str(error)) from None
        count = len(list(self.sheet.cells()))
        if not CELLS[0] <= count <= CELLS[1] or len(self.sheet.rows) < 2:
            raise UnusableError(f"the table has {count} cells in {len(self.sheet.rows)} rows")
        self.seed = seed.model_copy(update={"source": source})
        try:
            self.reference = self._draw(source)
        except PolicyFault as fault:
            raise UnusableError(str(fault)) from None
        if images.is_blank(self.reference):
            raise UnusableError("the table is blank")
        self._boxes = self._located(self.sheet, self.reference)
        self._scene = Scene(self.sheet, Names(self.sheet))
        self.operators = [n for n, one in OPERATORS.items() if one.needs(self._scene)]
        """Names of the operators that the table has something for."""

    def _located(self, sheet: Sheet, picture: Image) -> dict[int, Box]:
        marked = self._draw(documents.marked(sheet))
        if marked.shape != picture.shape:
            raise UnusableError("its cells cannot be coloured without moving them")
        return documents.boxes(sheet, marked)

    def some_no_op(self, rng: random.Random) -> Pair | Dropped:
        """The first that the table has something for."""
        made: Pair | Dropped = Dropped(("no_op",), "not_applicable")
        for name in rng.sample(list(NO_OPS), len(NO_OPS)):
            made = self.no_op(name, rng)
            if not isinstance(made, Dropped) or made.reason != "not_applicable":
                break
        return made

    def compositions(self, count: int, rng: random.Random) -> list[str]:
        """Names of operators that can stand beside each other, none twice."""
        names = [name for name in self.operators if not OPERATORS[name].whole]
        return rng.sample(names, min(count, len(names)))

    def some_edit(self, rng: random.Random, *, several: bool) -> Pair | Dropped:
        """A pair with one error, or with two to four."""
        if several:
            return self.composed(self.compositions(8, rng), rng.randint(2, 4), rng)
        return self.edited([rng.choice(self.operators)], rng)

    def edited(self, names: Sequence[str], rng: random.Random) -> Pair | Dropped:
        """A pair with the errors of these operators, each on cells of its own."""
        done = all_of(self._scene, names, functools.partial(self._apply, rng))
        if isinstance(done, str):
            return Dropped(tuple(names), done)
        return self._finished(*done)

    def composed(self, names: Sequence[str], count: int, rng: random.Random) -> Pair | Dropped:
        """A pair with `count` errors, of the first of these operators that apply."""
        scene, steps = first_of(self._scene, names, count, functools.partial(self._apply, rng))
        if len(steps) < 2:
            return Dropped(("composed",), "not_applicable")
        return self._finished(scene, steps)

    def _apply(self, rng: random.Random, scene: Scene, name: str) -> tuple[Scene, _Step] | Reason:
        operator = OPERATORS[name]
        for _ in range(TRIES):
            if not operator.needs(scene):
                break
            change = operator.function(scene, rng)
            if change is None or (change.before | change.after) & scene.used:
                continue
            try:
                documents.write(change.sheet)
            except UnwritableError:
                continue
            used = scene.used | change.before | change.after
            return Scene(change.sheet, scene.names, used), _Step(operator, change)
        return "not_applicable"

    def _finished(self, scene: Scene, steps: Sequence[_Step]) -> Pair | Dropped:
        sheet = scene.sheet
        names = tuple(step.operator.name for step in steps)
        source = documents.write(sheet)
        try:
            prediction = self._draw(source)
            found = self._located(sheet, prediction)
        except PolicyFault:
            return Dropped(names, "not_drawn")
        except UnusableError:
            return Dropped(names, "elsewhere")
        errors = tuple(self._error(step, found) for step in steps)
        labelled = frozenset[int]().union(*(s.change.before | s.change.after for s in steps))
        reason = self._refused(prediction, errors, found, labelled)
        if reason:
            return Dropped(names, reason)
        return self.pair("edit", names, prediction, source, errors)

    def _refused(
        self,
        prediction: Image,
        errors: Sequence[Discrepancy],
        found: Mapping[int, Box],
        labelled: frozenset[int],
    ) -> Reason | None:
        """What the gate says; nothing but what is labelled may differ.

        Where cells moved, each is looked at where it stands.
        """
        moved = prediction.shape != self.reference.shape or found != self._boxes
        reason = gate.edit(self.reference, prediction, errors, reflows=moved, least=LEAST)
        if reason or not moved:
            return reason
        same = same_elsewhere(self.reference, prediction, self._boxes, found, labelled)
        return None if same else "elsewhere"

    def _error(self, step: _Step, found: Mapping[int, Box]) -> Discrepancy:
        change = step.change
        share = len(change.before | change.after) / len(self._boxes)
        effect = Effect(share, amount=change.amount)
        return Discrepancy(
            category=step.operator.category,
            severity=step.operator.severity(effect),
            location=change.location,
            description=change.description,
            bbox=_around(self._boxes, change.before),
            bbox_prediction=_around(found, change.after),
        )

    def no_op(self, name: str, rng: random.Random) -> Pair | Dropped:
        """Another source for the same picture."""
        try:
            source = NO_OPS[name](self.sheet, rng)
        except UnwritableError:
            return Dropped((name,), "not_applicable")
        if source == self.seed.source:
            return Dropped((name,), "not_applicable")
        prediction = self._draw(source)
        reason = gate.unchanged(self.reference, prediction)
        if reason:
            return Dropped((name,), reason)
        return self.pair("no_op", (name,), prediction, source)

    def harmless(self, name: str, rng: random.Random) -> Pair:
        """The same table in other pixels, or in another look."""
        if name in variations.HARMLESS:
            return super().harmless(name, rng)
        sheet, css = self.sheet, self.sheet.css
        if name == "other_emphasis":
            sheet = looks.other_emphasis(sheet, rng)
        elif name == "other_look":
            css = looks.some_css(rng, but=css)
        else:
            css += looks.LARGER if name == "larger_type" else looks.AIRY
        source = documents.write(replace(sheet, css=css, form="html"))
        return self.pair("harmless", (name,), self._draw(source), source)

    def hack(self, name: str, other: Image, rng: random.Random) -> Pair | Dropped:
        """An attempt to be paid without writing it; of few numbers or rows none is made up."""
        if name in variations.HACKS:
            return super().hack(name, other, rng)
        body = self.sheet.rows[self.sheet.heads :]
        if len(body if name == "echoed" else self._scene.numbers) < LEAST_REPLACED:
            return Dropped((name,), "not_applicable")
        sheet = made_up(self.sheet, rng) if name == "made_up" else echoed(self.sheet)
        source = documents.write(replace(sheet, form="html"))
        (error,) = variations.hack_errors(name, OWN_HACKS[name], "table", self.reference)
        if name == "made_up":
            error = error.model_copy(update={"category": "numeric_error"})
        return self.pair("hack", (name,), self._draw(source), source, (error,))


def made_up(sheet: Sheet, rng: random.Random) -> Sheet:
    """Every digit of the body is another one."""
    for cell in [c for row in sheet.rows[sheet.heads :] for c in row if NUMBER.search(c.plain)]:
        text = "".join(str(rng.randrange(10)) if sign.isdigit() else sign for sign in cell.text)
        sheet = sheet.with_text(cell.key, text)
    return sheet


def echoed(sheet: Sheet) -> Sheet:
    """The first row again and again; spans below it are lost."""
    first, heads = sheet.rows[sheet.heads], sheet.rows[: sheet.heads]
    row = tuple(replace(cell, rowspan=1) for cell in first)
    return replace(sheet, rows=(*heads, *(row,) * (len(sheet.rows) - sheet.heads)))


def _around(boxes: Mapping[int, Box], keys: Iterable[int]) -> Box | None:
    found = [boxes[key] for key in keys if key in boxes]
    return around(found) if found else None
