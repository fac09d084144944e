"""From two pictures to a verdict. A judge knows no renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from visual_erm.types import JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image


class Judge(Protocol):
    """One way to compare two pictures. Thread-safe."""

    identity: JudgeIdentity

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """What differs in the candidate.

        Args:
            reference: `(H, W, 3)` uint8 RGB, what should have been drawn.
            candidate: `(H, W, 3)` uint8 RGB, what was drawn; any size.
            task: which categories apply.

        Raises:
            JudgeFault: a reply that holds no verdict.
            InfrastructureFault: the judge could not be asked.
        """
        ...
