"""What the data engine takes and makes: seeds, labelled pairs, and what was dropped and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from visual_erm.types import Discrepancy, Severity, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

Kind = Literal["identical", "no_op", "harmless", "edit", "hack", "model_edit", "natural"]
"""`identical`: the same picture. `no_op`: the source differs, the picture does not. `harmless`: the
picture differs in what nobody minds. `edit`: errors of the taxonomy. `hack`: an attempt to be paid
for something else than the picture. `model_edit`: errors that a model was asked to make.
`natural`: what a model made of the picture, with the errors that are its own."""


class UnusableError(Exception):
    """Nothing can be made of a seed: it does not parse, draw or show anything."""


Reason = Literal[
    "invisible",
    "elsewhere",
    "visible",
    "blank",
    "not_drawn",
    "not_applicable",
    "no_reply",
    "unreadable",
    "disagrees",
]
"""Why a pair is not kept.

`invisible`: the picture did not change enough to be seen. `elsewhere`: it changed where no label
says so. `visible`: it changed though it must not. `blank`: nothing was left. `not_drawn`: the
renderer refused the source. `not_applicable`: the seed has nothing to edit in this way.

Of models: `no_reply`: the server failed. `unreadable`: the reply is cut, refused, or holds no
source or no list of errors. `disagrees`: what is said to differ is not what differs."""


class Seed(BaseModel):
    """One source to make pairs from."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Unique in a build, for example "iconoir/cloud"."""
    task: Task
    source: str
    """What draws: a program, a table, an SVG document."""
    family: str
    """Sources that resemble each other share one; splits never cut through a family."""
    licence: str
    """SPDX expression of the package it comes from."""
    provenance: str
    """Registry, package, version and file: "npm:@iconify-json/iconoir@1.2.9/icons.json#cloud"."""


@dataclass(frozen=True)
class Pair:
    """A reference picture, a prediction, and what differs."""

    id: str
    seed: Seed
    kind: Kind
    operators: tuple[str, ...]
    """How the prediction was made, in order; as many as errors for an edit."""
    reference: Image
    prediction: Image
    prediction_source: str | None
    """None where the picture was changed and not the source."""
    errors: tuple[Discrepancy, ...] = ()


@dataclass(frozen=True)
class Dropped:
    """A pair that was made and not kept."""

    operators: tuple[str, ...]
    reason: Reason


@dataclass(frozen=True)
class Effect:
    """What an edit did to the picture; severity rules read it."""

    share: float
    """Pixels that differ, as a share of those that the reference draws on; may exceed 1."""
    reach: float = 0.0
    """How far something moved, as a share of the picture's longer side."""
    amount: float = 0.0
    """How much a number, a size or a colour changed; each operator says in what unit."""


Rule = Callable[[Effect], Severity]
"""How severe an edit is, by what it did."""


def always(level: Severity) -> Rule:
    """The same whatever it did."""
    return lambda effect: level


def style_by_share(effect: Effect) -> Severity:
    """A look is never more than something to correct, and only where much of the picture has it."""
    return 2 if effect.share > 0.3 else 1


def at_steps(value: float, second: float, third: float) -> Severity:
    """1 below `second`, 2 below `third`, 3 from there.

    >>> at_steps(0.1, 0.2, 0.5), at_steps(0.2, 0.2, 0.5), at_steps(0.7, 0.2, 0.5)
    (1, 2, 3)
    """
    return 3 if value >= third else 2 if value >= second else 1
