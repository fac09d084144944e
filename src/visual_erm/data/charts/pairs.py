"""Pairs of charts: one program, and what edits of its figure make of it with known truth."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visual_erm import images
from visual_erm.data import gate
from visual_erm.data.charts import worker
from visual_erm.data.charts.edits import EDITS
from visual_erm.data.maker import PairMaker
from visual_erm.data.records import Dropped, Kind, Pair, Reason, Seed, UnusableError
from visual_erm.errors import PolicyFault
from visual_erm.renderers.chart import chart_job
from visual_erm.renderers.job import MIB, Limits
from visual_erm.renderers.service import Service
from visual_erm.types import Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

CLASH = (
    frozenset(("title_typo", "title_missing", "title_other", "font_size")),
    frozenset(
        ("label_typo", "label_missing", "tick_typo", "limits_changed", "log_scale", "inverted")
    ),
    frozenset(("legend_typo", "legend_labels_swapped", "legend_dropped", "legend_moved")),
    frozenset(("grid_toggled", "spines_hidden", "background")),
    frozenset(("note_number", "cell_value", "colormap")),
)
"""Edits of one set would hide each other; all others act on the marks, and are one set too."""
REFLOWS = frozenset(
    (
        *("limits_changed", "log_scale", "inverted", "chart_type", "series_added"),
        *("series_dropped", "colour_changed", "colours_swapped", "tick_typo"),
        *("legend_typo", "legend_labels_swapped"),
    )
)
"""Edits after which something else moves or changes with them: data with its axis, a legend with
its series."""
SINGLES, COMPOSED = 0.9, 0.4
"""Jobs for each pair that is wanted; all of a program are done at once, as it runs once. Some edits
do not apply, and not every pair is an edit."""


class ChartPairs(PairMaker):
    """Makes the pairs of one program."""

    def __init__(self, seed: Seed, rng: random.Random, wanted: int) -> None:
        """Run the program and do all edits that may be asked for.

        Args:
            seed: the program.
            rng: of every choice.
            wanted: pairs that will be asked for.

        Raises:
            UnusableError: it fails, or its figure cannot be edited.
        """
        self.seed = seed
        singles = min(len(EDITS), math.ceil(SINGLES * wanted))
        jobs = [[name] for name in rng.sample(sorted(EDITS), singles)]
        take = [1] * singles
        for _ in range(math.ceil(COMPOSED * wanted)):
            take.append(rng.randint(2, 4))
            jobs.append(_composition(rng))
        options = {"jobs": jobs, "take": take, "salt": rng.random()}
        try:
            output = service().run(seed.source, options)
        except PolicyFault as fault:
            raise UnusableError(str(fault)) from None
        pictures = _pictures(output.document or b"", output.meta)
        self.reference = pictures.pop(0)
        if images.is_blank(self.reference):
            raise UnusableError("the chart is blank")
        self._done = output.meta["jobs"]
        self._pictures = pictures
        self._singles = self._gated(range(singles))
        self._composed = self._gated(range(singles, len(jobs)))

    def _gated(self, numbers: range) -> list[Pair | Dropped]:
        found: list[Pair | Dropped] = []
        for job in (self._done[number] for number in numbers):
            if "failed" in job:
                reason: Reason = "not_drawn" if job["why"] else "not_applicable"
                found.append(Dropped((job["failed"],), reason))
                continue
            prediction = self._pictures.pop(0)
            names, errors = job["operators"], [Discrepancy(**error) for error in job["errors"]]
            reflows = not REFLOWS.isdisjoint(names)
            why = gate.edit(self.reference, prediction, errors, reflows=reflows)
            if why is not None:
                found.append(Dropped(tuple(names), why))
            else:
                found.append(self.pair("edit", names, prediction, errors=tuple(errors)))
        return found

    def some(
        self, kind: Kind, other: Callable[[], Image], rng: random.Random, composed: float
    ) -> Pair | Dropped:
        """See `PairMaker.some`; an edit in place of a no-op: figures are edited, not programs."""
        return super().some("edit" if kind == "no_op" else kind, other, rng, composed)

    def some_no_op(self, rng: random.Random) -> Pair | Dropped:
        """There is none."""
        return Dropped(("no_op",), "not_applicable")

    def some_edit(self, rng: random.Random, *, several: bool) -> Pair | Dropped:
        """The next pair with one error, or with two to four."""
        waiting = self._composed if several else self._singles
        return waiting.pop(0) if waiting else Dropped(("edit",), "not_applicable")

    def identical(self) -> Pair:
        """The picture against itself; as for every pair of charts, without a second source."""
        return self.pair("identical", ("identical",), self.reference.copy())


def _composition(rng: random.Random) -> list[str]:
    """Operators that can stand beside each other, more than will be applied."""
    marks = sorted(set(EDITS).difference(*CLASH) - {"panel_dropped"})
    groups = [sorted(group) for group in CLASH]
    chosen = [rng.choice(group) for group in groups] + rng.sample(marks, 2)
    rng.shuffle(chosen)
    return chosen


def _pictures(document: bytes, meta: dict[str, Any]) -> list[Image]:
    """Written by the program's process, so read as any picture from outside."""
    found, offset = [], 0
    for length in meta.get("lengths", []):
        found.append(images.load(document[offset : offset + length], name="a chart"))
        offset += length
    return found


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
