"""From source to picture. A renderer knows no judge."""

from __future__ import annotations

from typing import Protocol

from visual_erm.types import Rendering, Task


class Renderer(Protocol):
    """One way to draw the sources of one task. Thread-safe; workers start on first use."""

    task: Task

    def render(self, source: str, *, deadline: float | None = None) -> Rendering:
        """Draw one source.

        Args:
            source: what the policy wrote, extracted from its completion.
            deadline: seconds of wall time until the worker is killed; None for the default.

        Raises:
            PolicyFault: the source does not draw: exception, time-out, memory, malformed.
            InfrastructureFault: ours: a worker died without the source's doing.
            BackendError: what draws is not installed, or cannot be confined.
        """
        ...

    def close(self) -> None:
        """End every process that was started."""
        ...
