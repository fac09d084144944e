"""Two drawings side by side: what is seen of their elements, and what was said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from visual_erm import images
from visual_erm.align import around, bounds
from visual_erm.data import gate
from visual_erm.data.records import Effect, Rule
from visual_erm.data.svg.documents import Footprint, where
from visual_erm.data.svg.elements import Element
from visual_erm.data.svg.matching import Matching, match
from visual_erm.data.svg.operators import Scene
from visual_erm.judges.svg.words import colour_name
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]

SHAPES = {"circle": "circle", "ellipse": "ellipse", "rect": "rectangle"}
"""Words for elements that have no other shape."""


@dataclass(frozen=True)
class Side:
    """One of the two drawings."""

    scene: Scene
    elements: Sequence[Element]

    def seen(self, at: int) -> Footprint | None:
        """What is seen of an element."""
        return self.scene.footprint(self.elements[at].number)

    def name(self, at: int) -> str:
        """For example "red circle"; empty for what is not seen."""
        seen = self.seen(at)
        if seen is None:
            return ""
        shape = SHAPES.get(self.elements[at].tag, seen.shape)
        return f"{colour_name(seen.colour)} {shape}"

    def boxes(self, chosen: Iterable[int]) -> Box | None:
        """Around what is seen of some elements."""
        found = [seen.box for seen in map(self.seen, chosen) if seen is not None]
        return around(found) if found else None


@dataclass
class Comparison:
    """Two drawings, their matching and what differs."""

    ours: Side
    theirs: Side
    matching: Matching = field(init=False)
    errors: list[Discrepancy] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    """Elements of the reference of whose place or form something was said."""

    def __post_init__(self) -> None:
        views = [side.scene.document.view for side in (self.ours, self.theirs)]
        elements = self.ours.elements, self.theirs.elements
        self.matching = match(*elements, other_view=views[0] != views[1])
        self._changed: Mask | None = None
        if self.reference.shape == self.prediction.shape:
            self._changed = gate.changed(self.reference, self.prediction)
        self._ink = max(1, int(images.ink(self.reference).sum()))

    @property
    def reference(self) -> Image:
        """The reference's picture."""
        return self.ours.scene.picture

    @property
    def prediction(self) -> Image:
        """The prediction's."""
        return self.theirs.scene.picture

    def share(self, boxes: Iterable[Box | None]) -> float:
        """Pixels that differ in the boxes, as a share of what the reference draws on."""
        if self._changed is None:
            return 1.0
        held = np.zeros_like(self._changed)
        for box in boxes:
            if box is not None:
                held[box[1] : box[3], box[0] : box[2]] = True
        return int((self._changed & held).sum()) / self._ink

    def say(
        self,
        category: str,
        severity: Rule,
        words: str,
        before: Sequence[int] = (),
        after: Sequence[int] = (),
        *,
        reach: float = 0.0,
        amount: float = 0.0,
        whole: bool = False,
    ) -> None:
        """Note a discrepancy, unless nothing is seen of it.

        Args:
            category: of the taxonomy.
            severity: its rule.
            words: with `{thing}` for the name of the first element.
            before: elements of the reference.
            after: elements of the prediction.
            reach: for the rule.
            amount: for the rule.
            whole: whether it is about the whole picture.
        """
        if whole:
            mask = self._changed
            height, width = self.reference.shape[:2]
            was: Box | None = (0, 0, width, height)
            if mask is not None:
                was = bounds(mask)
            now = was
        else:
            parts, wholes = self.matching.parts, self.matching.wholes
            beside = [k for i in before for k in parts.get(i, ())]
            behind = [k for j in after for k in wholes.get(j, ())]
            was = self.ours.boxes((*before, *behind))
            now = self.theirs.boxes((*after, *beside))
        share = self.share((was, now))
        if (was is None and now is None) or share == 0:
            return
        names = [*map(self.ours.name, before), *map(self.theirs.name, after), "drawing"]
        thing = next(name for name in names if name)
        self.errors.append(
            Discrepancy(
                category=category,
                severity=severity(Effect(share, reach, amount)),
                location=where(None if whole else was or now, self.reference),
                description=words.replace("{thing}", thing),
                bbox=was,
                bbox_prediction=now,
            )
        )
