"""One judged pair with known truth: the unit that the generators make and the evaluation reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from visual_erm.types import Discrepancy, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

Kind = Literal["identical", "harmless", "edit", "cheat"]


@dataclass(frozen=True)
class Pair:
    """A reference, a candidate, and what differs."""

    id: str
    group: str
    """Candidates of one reference share it; ranking is measured inside a group."""
    task: Task
    kind: Kind
    operator: str
    """How the candidate was made: "identical", "dpi", "shift", "jpeg", "title_typo", "blank"..."""
    reference: Image
    candidate: Image
    truth: tuple[Discrepancy, ...] = ()
    """Empty for identical and harmless pairs; boxes where the generator knows them."""

    @property
    def severity(self) -> int:
        """Sum of the true severities; cheats rank below everything else whatever it is."""
        return sum(error.severity for error in self.truth)
