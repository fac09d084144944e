"""Kinds of charts: which view of a data set each shows, and how a program for it is written.

The modules `kinds_*` register theirs here.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from visual_erm.data.programs.script import Script
from visual_erm.data.programs.tables import Table

Of = Callable[[Table, random.Random], Any]
"""Takes a view of a table, or None where it has none."""
Draw = Callable[[Any, Script], None]


@dataclass(frozen=True)
class Kind:
    """One kind of chart."""

    name: str
    of: Of
    draw: Draw
    dev: bool
    """Kept for development: no chart of training is of this kind."""


KINDS: dict[str, Kind] = {}


def kind(of: Of, *, dev: bool = False) -> Callable[[Draw], Draw]:
    """Register a kind under the name of the function that draws it."""

    def register(draw: Draw) -> Draw:
        name = draw.__name__
        KINDS[name] = Kind(name, of, draw, dev)
        return draw

    return register
