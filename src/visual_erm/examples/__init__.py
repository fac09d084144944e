"""Small real examples: a reference, an honest attempt with mistakes, and cheats.

Sources only. A picture drawn by another backend would differ in every pixel, so the demo draws
reference and attempts with the one at hand. `PROVENANCE.md` beside this file says where each
example comes from and under which licence.

    >>> example = load("svg/rocket")
    >>> [attempt.name for attempt in example.attempts]
    ['flawed', 'no_shapes', 'transparent']
    >>> example.reference[:4]
    '<svg'
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from visual_erm.errors import UsageError
from visual_erm.types import TASKS, Task

Kind = Literal["honest", "cheat"]


@dataclass(frozen=True)
class Provenance:
    """Where an example comes from."""

    work: str
    author: str
    licence: str
    package: str
    version: str
    changes: str


@dataclass(frozen=True)
class Attempt:
    """One source that somebody might hand in for a reference."""

    name: str
    kind: Kind
    source: str
    note: str
    """What is wrong with it, in words."""


@dataclass(frozen=True)
class Example:
    """A reference with the attempts at it."""

    task: Task
    name: str
    title: str
    reference: str
    """Source of the reference picture."""
    attempts: tuple[Attempt, ...]
    """The flawed attempt first, then other honest ones, then cheats."""
    provenance: Provenance
    short_demo: bool
    """Whether `verm demo` shows it without --all: four a task, chosen by kind, not by result."""

    @property
    def id(self) -> str:
        """For example "chart/penguins"."""
        return f"{self.task}/{self.name}"


def names(task: Task | None = None) -> list[str]:
    """Ids of all examples, or of one task's, in the order of the tasks and then of the alphabet."""
    return [
        f"{one}/{folder.name}"
        for one in ([task] if task else TASKS)
        for folder in sorted(_root().joinpath(one).iterdir(), key=lambda entry: entry.name)
        if folder.is_dir()
    ]


def load(identity: str) -> Example:
    """One example by its id, for example "svg/rocket".

    Raises:
        UsageError: there is none of that id.
    """
    task, _, name = identity.partition("/")
    for known in TASKS:
        if known == task and identity in names(known):
            return _load(known, name, _root().joinpath(task, name))
    raise UsageError(f'no example "{identity}"; known: {", ".join(names())}')


def load_all(task: Task | None = None) -> list[Example]:
    """Every example, or every one of a task."""
    return [load(identity) for identity in names(task)]


def _root() -> Traversable:
    return files("visual_erm.examples")


@cache
def _provenance() -> dict[str, Provenance]:
    table = json.loads(_root().joinpath("provenance.json").read_text("utf-8"))
    return {identity: Provenance(**fields) for identity, fields in table.items()}


def _load(task: Task, name: str, folder: Traversable) -> Example:
    meta = json.loads(folder.joinpath("meta.json").read_text("utf-8"))
    top = _sources(folder)
    notes = {"flawed": "; ".join(meta["flawed"]), **meta["attempts"]}
    attempts = [Attempt("flawed", "honest", top["flawed"], notes["flawed"])]
    kinds: tuple[tuple[str, Kind], ...] = (("honest", "honest"), ("cheats", "cheat"))
    for inner, kind in kinds:
        attempts += [
            Attempt(stem, kind, source, notes[f"{inner}/{stem}"])
            for stem, source in _sources(folder.joinpath(inner)).items()
        ]
    return Example(
        task=task,
        name=name,
        title=meta["title"],
        reference=top["reference"],
        attempts=tuple(attempts),
        provenance=_provenance()[f"{task}/{name}"],
        short_demo=meta["short_demo"],
    )


def _sources(folder: Traversable) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.partition(".")[0]: entry.read_text("utf-8")
        for entry in entries
        if entry.is_file() and entry.name != "meta.json"
    }
