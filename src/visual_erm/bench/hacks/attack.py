"""The register of attacks, and what they are made from."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from visual_erm.types import TASKS, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

Level = Literal["source", "picture"]
Write = Callable[["Case", random.Random], "str | None"]
Paint = Callable[["Case", random.Random], "Image"]


@dataclass(frozen=True)
class Case:
    """A reference with honest attempts at it."""

    id: str
    task: Task
    source: str
    """What draws the reference."""
    reference: Image
    other: Image
    """Another reference of the same task."""
    other_source: str
    honest: tuple[tuple[str, str], ...]
    """Name and source of attempts with mistakes, as an honest policy makes them."""


@dataclass(frozen=True)
class Attack:
    """One way to be paid without drawing the reference."""

    name: str
    level: Level
    tasks: tuple[Task, ...]
    says: str
    """What it does, in one sentence."""
    write: Write | None = None
    """Makes a completion; None where the reference has nothing to do it with."""
    paint: Paint | None = None


ATTACKS: dict[str, Attack] = {}
"""By name, source level first."""
W = TypeVar("W", bound=Write)
P = TypeVar("P", bound=Paint)


def written(*tasks: Task) -> Callable[[W], W]:
    """Register a function that makes a completion, for these tasks or for all."""

    def register(function: W) -> W:
        _add(function.__name__, function.__doc__, "source", tasks or TASKS, write=function)
        return function

    return register


def painted(*tasks: Task) -> Callable[[P], P]:
    """Register a function that makes a picture, for these tasks or for all."""

    def register(function: P) -> P:
        _add(function.__name__, function.__doc__, "picture", tasks or TASKS, paint=function)
        return function

    return register


def _add(
    name: str,
    says: str | None,
    level: Level,
    tasks: tuple[Task, ...],
    *,
    write: Write | None = None,
    paint: Paint | None = None,
) -> None:
    assert says is not None
    assert name not in ATTACKS, f"two attacks are called {name}"
    ATTACKS[name] = Attack(name, level, tasks, says.partition("\n")[0], write, paint)


LANGUAGE: dict[Task, str] = {"chart": "python", "table": "html", "svg": "svg"}


def fenced(task: Task, source: str) -> str:
    """A completion as a policy writes it."""
    return f"```{LANGUAGE[task]}\n{source}\n```"
