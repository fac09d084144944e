"""The register of edits of programs: what each is called, what it changes, how severe it is.

The edits stand in `program_edits` and `program_calls`. An edit gets a program, the scene of what it
draws and a random generator, and returns a rewriting, or None where it finds nothing. The label
comes from the edit; where it lies, and how far values are off, comes from what is drawn then. What
changes otherwise than the edit says is dropped.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from visual_erm.data.charts.differences import Difference
from visual_erm.data.charts.programs import Program, Splice
from visual_erm.data.charts.things import Scene
from visual_erm.data.records import Rule


@dataclass(frozen=True)
class Rewriting:
    """What one edit does to the text of a program."""

    splices: Sequence[Splice]
    said: str = ""
    """What a person would say of it; what was measured if empty."""
    location: str = ""
    """Where, in words; the names of what changed if empty."""


Function = Callable[[Program, Scene, random.Random], Rewriting | None]


@dataclass(frozen=True)
class ProgramOperator:
    """One kind of edit of a program."""

    name: str
    category: str
    function: Function
    severity: Rule
    aspects: frozenset[str]
    """What of a figure it is meant to change; one of these has to differ."""
    kinds: frozenset[str]
    """Things that it is meant to change; any if empty."""
    along: frozenset[str]
    """Aspects that may change as a consequence."""
    many: bool
    """Whether several things may change."""

    def meant(self, difference: Difference) -> bool:
        """Whether a difference is what the edit is about."""
        return difference.aspect in self.aspects and (
            not self.kinds or difference.kind in self.kinds
        )

    def allowed(self, difference: Difference) -> bool:
        """Whether a difference is a consequence."""
        return difference.aspect in self.along


PROGRAM_OPERATORS: dict[str, ProgramOperator] = {}


def program_operator(
    category: str,
    severity: Rule,
    aspects: str,
    *,
    kinds: tuple[str, ...] = (),
    along: str = "",
    many: bool = False,
) -> Callable[[Function], Function]:
    """Register an edit under its function's name, with aspects divided by commas."""

    def register(function: Function) -> Function:
        name = f"code_{function.__name__}"
        PROGRAM_OPERATORS[name] = ProgramOperator(
            name, category, function, severity, _split(aspects), frozenset(kinds),
            _split(f"moved,shifted,stretched,little,{along}"), many,
        )  # fmt: skip
        return function

    return register


def _split(names: str) -> frozenset[str]:
    return frozenset(name.strip() for name in names.split(",") if name.strip())
