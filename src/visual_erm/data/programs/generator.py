"""Programs by the number: each a kind of chart, a view of a data set, and a look, by lot.

generator = Generator(tables)
program = generator.made(random.Random(0))
program.kind, program.source
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from visual_erm.data.programs import (
    kinds_areas,
    kinds_bars,
    kinds_grids,
    kinds_lines,
    kinds_others,
    kinds_points,
    kinds_ranks,
    kinds_spread,
)
from visual_erm.data.programs.kinds import KINDS
from visual_erm.data.programs.looks import some_look
from visual_erm.data.programs.script import Script
from visual_erm.data.programs.tables import Table

REGISTERING = (
    *(kinds_lines, kinds_areas, kinds_bars, kinds_ranks),
    *(kinds_spread, kinds_points, kinds_grids, kinds_others),
)
"""Modules that add to `KINDS` when they are imported."""
PATIENCE = 8
"""Attempts at a view of a table before it is taken to have none of that kind."""


@dataclass(frozen=True)
class Program:
    """A chart program."""

    kind: str
    source: str
    file: str
    """Whose data it shows."""


class Generator:
    """Makes programs that show some data sets.

    What it makes follows from the tables and from all that it was asked before: it learns which
    table has nothing for which kind.
    """

    def __init__(self, tables: Sequence[Table], *, dev: bool = False) -> None:
        """Remember what there is.

        Args:
            tables: data sets.
            dev: with the kinds, palettes and style sheets that are kept for development.
        """
        self._dev = dev
        self._tables = {k: list(tables) for k, kind in KINDS.items() if dev or not kind.dev}
        self._failed: dict[tuple[str, int], int] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds for which some table may have a view."""
        return tuple(name for name, tables in self._tables.items() if tables)

    def made(self, rng: random.Random) -> Program:
        """A program of a kind drawn by lot."""
        while True:
            program = self.of_kind(rng.choice(self.kinds), rng)
            if program is not None:
                return program

    def of_kind(self, name: str, rng: random.Random) -> Program | None:
        """A program of this kind; None if no table has what it shows."""
        kind = KINDS[name]
        while tables := self._tables[name]:
            table = rng.choice(tables)
            view = kind.of(table, rng)
            key = name, id(table)
            if view is not None:
                self._failed[key] = -PATIENCE
                script = Script(some_look(rng, dev=self._dev), rng, table.language)
                kind.draw(view, script)
                return Program(name, script.text(), table.entry.file)
            self._failed[key] = self._failed.get(key, 0) + 1
            if self._failed[key] >= PATIENCE:
                tables.remove(table)
        return None
