"""Pairs of charts: one program, and what edits of its figure make of it with known truth."""

from __future__ import annotations

import functools
import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from visual_erm import images
from visual_erm.data import gate, variations
from visual_erm.data.charts import worker
from visual_erm.data.charts.no_ops import NO_OPS
from visual_erm.data.charts.operators import OPERATORS
from visual_erm.data.charts.program_operators import PROGRAM_OPERATORS
from visual_erm.data.maker import PairMaker
from visual_erm.data.records import Dropped, Effect, Kind, Pair, Seed, UnusableError
from visual_erm.errors import PolicyFault
from visual_erm.renderers.chart import chart_job
from visual_erm.renderers.job import MIB, Limits
from visual_erm.renderers.service import Service
from visual_erm.types import Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

T = TypeVar("T")
REWRITTEN = 0.4
"""Share of the single edits that are made in the program, and have a source."""
SPARE = 1.15
"""Edits made for each that is expected: not all pass the gate."""


class ChartPairs(PairMaker):
    """Makes the pairs of one program."""

    harmless_names = (*variations.HARMLESS, *worker.HARMLESS)

    def __init__(
        self,
        seed: Seed,
        rng: random.Random,
        wanted: Mapping[Kind, int],
        composed: float,
        operators: Sequence[str] = (),
    ) -> None:
        """Run the program and do all edits that will be asked for.

        Args:
            seed: the program.
            rng: of every choice.
            wanted: pairs of each kind that will be asked for.
            composed: share of the edits that carry several errors.
            operators: names of those to be used; all if empty.

        Raises:
            UnusableError: it fails, or its figure cannot be edited.
        """
        self.seed = seed
        edits = wanted.get("edit", 0)
        harmless = rng.choices(self.harmless_names, k=wanted.get("harmless", 0))
        self._harmless = harmless
        singles = SPARE * edits * (1 - composed)
        options = {
            "singles": math.ceil(singles * (1 - REWRITTEN)),
            "programs": math.ceil(singles * REWRITTEN),
            "no_ops": wanted.get("no_op", 0),
            "composed": math.ceil(SPARE * edits * composed),
            "harmless": sorted(set(harmless) & set(worker.HARMLESS)),
            "operators": list(operators),
            "salt": rng.random(),
        }
        self._take(_run(seed.source, options))
        if images.is_blank(self.reference):
            raise UnusableError("the chart is blank")

    def _take(self, answer: _Answer) -> None:
        self.reference = answer.picture()
        self._ink = max(1, int(images.ink(self.reference).sum()))
        self._edits = [self._edited(result, answer) for result in answer.meta["edits"]]
        self._drawn = {name: answer.picture() for name in answer.meta["harmless"]}
        versions = [self._version(result, answer) for result in answer.meta["programs"]]
        self._no_ops = [made for made in versions if _kind(made) == "no_op"]
        programs = [made for made in versions if _kind(made) == "edit"]
        self._edits = [*_in_turns(programs, self._edits)]

    def _edited(self, result: dict[str, Any], answer: _Answer) -> Pair | Dropped:
        if "failed" in result:
            return Dropped((result["failed"],), "not_drawn" if result["why"] else "not_applicable")
        return self._labelled(result, answer.picture())

    def _labelled(
        self,
        result: dict[str, Any],
        prediction: Image,
        source: str | None = None,
        *,
        reflows: bool = False,
    ) -> Pair | Dropped:
        steps = result["steps"]
        names = tuple(step["operator"] for step in steps)
        errors = tuple(self._error(step, prediction) for step in steps)
        along = [box for step in steps for box in step["along"]]
        why = gate.edit(
            self.reference, prediction, errors, reflows=reflows, least=gate.LETTER, along=along
        )
        return Dropped(names, why) if why else self.pair("edit", names, prediction, source, errors)

    def _version(self, result: dict[str, Any], answer: _Answer) -> Pair | Dropped:
        """A pair with the program that draws it."""
        if "failed" in result:
            return Dropped((result["failed"],), result["reason"])
        prediction = answer.picture()
        if "no_op" in result:
            names = (result["no_op"],)
            why = gate.unchanged(self.reference, prediction)
            made = functools.partial(self.pair, "no_op", names, prediction, result["source"])
            return made() if why is None else Dropped(names, why)
        return self._labelled(result, prediction, result["source"], reflows=result["reflows"])

    def _error(self, step: dict[str, Any], prediction: Image) -> Discrepancy:
        name = step["operator"]
        operator = OPERATORS[name] if name in OPERATORS else PROGRAM_OPERATORS[name]
        share = gate.share(self.reference, prediction, (step["before"], step["after"]), self._ink)
        return Discrepancy(
            category=operator.category,
            severity=operator.severity(Effect(share, amount=step["amount"])),
            location=step["location"],
            description=step["description"],
            bbox=step["before"],
            bbox_prediction=step["after"],
        )

    def some_no_op(self, rng: random.Random) -> Pair | Dropped:
        """The next program for the same picture."""
        return self._no_ops.pop(0) if self._no_ops else Dropped(("no_op",), "not_applicable")

    def some_edit(self, rng: random.Random, *, several: bool) -> Pair | Dropped:
        """The next pair with one error, or with two to four; of the other sort if none is left."""
        if not self._edits:
            return Dropped(("edit",), "not_applicable")
        for at, made in enumerate(self._edits):
            if isinstance(made, Dropped) or (len(made.operators) > 1) == several:
                return self._edits.pop(at)
        return self._edits.pop(0)

    def harmless(self, name: str, rng: random.Random) -> Pair:
        """The same in other pixels; those of the figure itself were drawn with its edits."""
        if self._harmless:
            name = self._harmless.pop()
        if name in self._drawn:
            return self.pair("harmless", (name,), self._drawn[name], self.seed.source)
        if name in worker.HARMLESS:
            name = rng.choice(list(variations.HARMLESS))
        return super().harmless(name, rng)


def _kind(made: Pair | Dropped) -> Kind:
    names = made.operators
    return "no_op" if names[0] in NO_OPS else "edit"


def _in_turns(one: Sequence[T], other: Sequence[T]) -> Iterator[T]:
    """All of two lists, taken alternately while both last."""
    for pair in itertools.zip_longest(one, other):
        yield from (made for made in pair if made is not None)


class _Answer:
    """Pictures in the order in which the program's process sent them."""

    def __init__(self, document: bytes, meta: dict[str, Any]) -> None:
        self.meta = meta
        self._document = document
        self._shapes = list(meta["shapes"])
        self._at = 0

    def picture(self) -> Image:
        """The next one."""
        height, width = self._shapes.pop(0)
        count = 3 * height * width
        pixels = np.frombuffer(self._document, np.uint8, count, self._at)
        self._at += count
        return pixels.reshape(height, width, 3)


def _run(source: str, options: dict[str, Any]) -> _Answer:
    try:
        output = service().run(source, options)
    except PolicyFault as fault:
        raise UnusableError(str(fault)) from None
    return _Answer(output.document or b"", output.meta)


@functools.cache
def service() -> Service:
    """The workers that run programs and edit their figures; ended with this process."""
    limits = Limits(output=256 * MIB, cpu=90.0, deadline=120.0, memory=2048 * MIB)
    job = chart_job(limits)
    edits = replace(
        job,
        name="chart edits",
        target=f"{worker.__name__}:draw",
        preload=(*job.preload, worker.__name__),
        spares=False,
        scout="",
    )
    return Service(edits, 1)
