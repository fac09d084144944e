"""Attributes replaced for the length of one program, and put back afterwards.

In the confined child nothing has to be put back, since the process ends with its program; tests and
the in-process benchmark draw in a process that lives on.

    >>> import math
    >>> patches = Patches()
    >>> patches.put(math, "tau", 6)
    >>> math.tau
    6
    >>> patches.undo()
    >>> round(math.tau, 3)
    6.283
"""

from __future__ import annotations

from typing import Any

_ABSENT: Any = object()


class Patches:
    """What was replaced, in order."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any]] = []

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Set `owner.name`, remembering what the owner itself held (not what it inherits)."""
        self._replaced.append((owner, name, vars(owner).get(name, _ABSENT)))
        setattr(owner, name, value)

    def undo(self) -> None:
        """Put everything back, last first."""
        while self._replaced:
            owner, name, value = self._replaced.pop()
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
