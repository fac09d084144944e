"""The references of `benchmarks.natural`, what was written for each, and how it was scored.

A file of `charts/`, `tables/` or `drawings/` holds the sources of one reference, each under a line
`# %% name`: the reference itself, and attempts by names of one letter. `scores.csv` has a line for
each attempt: which half its reference is in, its score, and why.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from visual_erm import render_many
from visual_erm.errors import InputError
from visual_erm.types import Failure, Rendering, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

HERE = Path(__file__).parent
MARK = "# %% "
FOLDERS: dict[Task, str] = {"chart": "charts", "table": "tables", "svg": "drawings"}
Half = Literal["tune", "held"]


@dataclass(frozen=True)
class Attempt:
    """One source written for a reference."""

    name: str
    source: str
    score: float
    """In [0, 100], given by looking at both pictures."""


@dataclass(frozen=True)
class Reference:
    """What was to be drawn again, with all that was written for it."""

    name: str
    task: Task
    source: str
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Drawn:
    """The pictures of a reference and of its attempts, in their order."""

    reference: Reference
    picture: Image
    attempts: tuple[Image, ...]


def references(task: Task, half: Half) -> list[Reference]:
    """Those of one half, by name. Rules are made by looking at "tune" alone."""
    scores = _scores(half)
    found = []
    for path in sorted((HERE / FOLDERS[task]).glob("*.txt")):
        if path.stem in scores:
            sources = dict(_sources(path))
            attempts = (Attempt(n, sources[n], s) for n, s in sorted(scores[path.stem].items()))
            found.append(Reference(path.stem, task, sources["reference"], tuple(attempts)))
    return found


def draw(chosen: list[Reference]) -> Iterator[Drawn]:
    """Each reference with its pictures, drawn in confinement.

    Raises:
        InputError: one of them does not draw here.
    """
    items = [
        (source, one.task)
        for one in chosen
        for source in (one.source, *(attempt.source for attempt in one.attempts))
    ]
    drawn = render_many(items)
    for one in chosen:
        pictures = [_picture(next(drawn), one) for _ in range(1 + len(one.attempts))]
        yield Drawn(one, pictures[0], tuple(pictures[1:]))


def _picture(drawn: Rendering | Failure, of: Reference) -> Image:
    if isinstance(drawn, Failure):
        raise InputError(f"a source of {of.name} does not draw here: {drawn.message}")
    return drawn.image


def _sources(path: Path) -> Iterator[tuple[str, str]]:
    text = "\n" + path.read_text(encoding="utf-8")
    for part in text.split("\n" + MARK)[1:]:
        name, _, source = part.partition("\n")
        yield name, source


def _scores(half: Half) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with (HERE / "scores.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["half"] == half:
                found[row["reference"]][row["attempt"]] = float(row["score"])
    return found
