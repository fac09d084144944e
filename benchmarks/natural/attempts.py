"""The references of `benchmarks.natural`, what was written for each, and how it was scored.

A file of `charts/` holds the programs of one reference, each under a line `# %% name`: the
reference itself, and attempts by names of one letter. `scores.csv` has a line for each attempt.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from visual_erm import render_many
from visual_erm.types import Failure, Task

HERE = Path(__file__).parent
MARK = "# %% "
Half = Literal["tune", "held"]


@dataclass(frozen=True)
class Attempt:
    """One program written for a reference."""

    name: str
    source: str
    score: float
    """In [0, 100], given by looking at both pictures."""


@dataclass(frozen=True)
class Reference:
    """What was to be drawn again, with all that was written for it."""

    name: str
    task: Task
    half: Half
    """Rules may be made by looking at one half only."""
    source: str
    attempts: tuple[Attempt, ...]
