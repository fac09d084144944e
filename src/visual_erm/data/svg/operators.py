"""The register of edits of drawings: what each is called, what it needs, how severe it is.

The edits stand in `edits_structure`, `edits_shape` and `edits_style`. An edit gets a
`Scene`, one element of it and a random generator; it changes the document in place and says what it
did, or returns None where it does not apply.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visual_erm.data.records import Effect, Rule, at_steps
from visual_erm.data.svg.documents import Document, Footprint
from visual_erm.types import Severity

if TYPE_CHECKING:
    from lxml import etree

    from visual_erm.types import Image


@dataclass
class Scene:
    """A document with its picture."""

    document: Document
    picture: Image
    used: frozenset[str] = frozenset()
    """Numbers of the elements that were edited already."""
    _footprints: dict[str, Footprint | None] = field(default_factory=dict)

    def copy(self) -> Scene:
        """The same, with a document that may be changed."""
        return Scene(self.document.copy(), self.picture, self.used, dict(self._footprints))

    def footprint(self, number: str) -> Footprint | None:
        """What is seen of an element; computed once."""
        if number not in self._footprints:
            self._footprints[number] = self.document.footprint(number, self.picture)
        return self._footprints[number]

    def centre(self, number: str) -> tuple[float, float] | None:
        """Of what is seen of an element, in user units."""
        seen = self.footprint(number)
        return self.document.to_user(seen.centre, self.picture) if seen else None


@dataclass(frozen=True)
class Change:
    """What one edit did."""

    description: str
    """With `{thing}` where the element's name ("red circle") belongs."""
    elements: tuple[str, ...] = ()
    """Numbers of the elements that it touched; none for the whole drawing."""
    reach: float = 0.0
    """How far something moved, as a share of the view's longer side."""
    amount: float = 0.0
    """How much changed, in the operator's own unit."""


Function = Callable[[Scene, "etree._Element", random.Random], Change | None]


@dataclass(frozen=True)
class Operator:
    """One kind of edit."""

    name: str
    category: str
    function: Function
    severity: Rule
    whole: bool = False
    """Whether it acts on the whole drawing, so that nothing else can be edited beside it."""
    text: bool = False
    """Whether it acts on text elements, and only on them."""
    among: bool = False
    """Whether there must be others beside the element: of an only one it is said of the drawing."""


OPERATORS: dict[str, Operator] = {}


def operator(
    category: str,
    severity: Rule,
    *,
    whole: bool = False,
    text: bool = False,
    among: bool = False,
) -> Callable[[Function], Function]:
    """Register an edit under its function's name."""

    def register(function: Function) -> Function:
        name = function.__name__
        OPERATORS[name] = Operator(name, category, function, severity, whole, text, among)
        return function

    return register


def by_share(effect: Effect) -> Severity:
    """By how much of the drawing differs: a twelfth needs correction, 40% misleads."""
    return at_steps(effect.share, 1 / 12, 0.4)


def by_reach(effect: Effect) -> Severity:
    """By how far it is off, as people see it: a tenth of the picture, a quarter; a speck less."""
    far = at_steps(effect.reach, 0.08, 0.22)
    return far if effect.share > 0.06 else 1 if far == 1 or effect.share < 0.02 else 2


def colour_by_share(effect: Effect) -> Severity:
    """As `style_by_share`, but a drawing that changed colour nearly all over misleads."""
    return at_steps(effect.share, 0.25, 0.85) if effect.amount > 0.25 else 1
