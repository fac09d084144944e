"""What an oracle of charts notes: discrepancies, each with its rule applied to what is seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from visual_erm import images
from visual_erm.align import around
from visual_erm.data import gate
from visual_erm.data.annotations import shown
from visual_erm.data.charts.drawn import Drawn
from visual_erm.data.charts.scenes import Subplot
from visual_erm.data.records import Effect, Rule
from visual_erm.types import Box, Discrepancy

_QUOTED = re.compile('"[^"]*"')
Boxes = Box | None | Iterable[Box | None]
"""One box or none, or several that are joined."""


@dataclass
class Report:
    """Two charts and what was found so far."""

    ours: Drawn
    theirs: Drawn
    errors: list[Discrepancy] = field(default_factory=list)
    reshaped: bool = False
    """Whether the picture has other sides, and with them every plot in it."""

    def __post_init__(self) -> None:
        self._ink = max(1, int(images.ink(self.ours.picture).sum()))

    def say(
        self,
        category: str,
        rule: Rule,
        location: str,
        words: str,
        before: Box | Iterable[Box | None] | None,
        after: Box | Iterable[Box | None] | None,
        amount: float = 0.0,
    ) -> None:
        """Note a discrepancy, unless the pictures are alike there.

        Args:
            category: of the taxonomy.
            rule: of its severity.
            location: where.
            words: what.
            before: box in the reference, or several to be joined.
            after: box in the prediction, or several.
            amount: for the rule.
        """
        was, now = joined(before), joined(after)
        pictures = self.ours.picture, self.theirs.picture
        share = gate.share(*pictures, (was, now), self._ink)
        error = Discrepancy(
            category=category,
            severity=rule(Effect(share, amount=amount)),
            location=location,
            description=words,
            bbox=was,
            bbox_prediction=now,
        )
        if shown(*pictures, error):
            self.errors.append(error)


def told_once(errors: Sequence[Discrepancy]) -> list[Discrepancy]:
    """The same in several subplots is one error: what several plots show, labels of a row.

    What was misread or renamed in each is not the same.
    """
    groups: dict[tuple[str, ...], list[Discrepancy]] = {}
    for number, error in enumerate(errors):
        thing, _, subplot = error.location.partition(" in the ")
        words = _QUOTED.sub("", error.description)
        same = bool(subplot) and (
            error.category in ("data_error", "style_error") or words.endswith("is missing")
        )
        if thing.endswith("subplot") and " instead of " in words:
            thing, same = "subplot", True
        key = (error.category, words, _QUOTED.sub("", thing)) if same else (str(number),)
        groups.setdefault(key, []).append(error)
    return [_one(group) for group in groups.values()]


def _one(group: Sequence[Discrepancy]) -> Discrepancy:
    if len(group) == 1:
        return group[0]
    thing, _, subplot = group[0].location.partition(" in the ")
    location = f"{thing} and the like in {len(group)} subplots"
    return group[0].model_copy(
        update={
            "severity": max(error.severity for error in group),
            "location": location if subplot else f"{len(group)} subplots",
            "bbox": joined([error.bbox for error in group]),
            "bbox_prediction": joined([error.bbox_prediction for error in group]),
        }
    )


def joined(boxes: Boxes) -> Box | None:
    """One box around several."""
    there: list[Box] = []
    sides: list[int] = []
    for one in boxes or ():
        if isinstance(one, int):
            sides.append(one)
        elif one is not None:
            there.append(one)
    if len(sides) == 4:
        there.append((sides[0], sides[1], sides[2], sides[3]))
    return around(there) if there else None


@dataclass(frozen=True)
class Panels:
    """A subplot and its partner."""

    ours: Subplot
    theirs: Subplot
    several: bool
    """Whether the figure has more than one."""

    @property
    def where(self) -> str:
        """Addition to a name: " in the left subplot"."""
        return f" in the {self.ours.name}" if self.several else ""
