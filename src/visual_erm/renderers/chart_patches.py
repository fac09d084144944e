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

from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any

_ABSENT: Any = object()


class Patches:
    """What was replaced, in order."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], Any]] = []

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Set `owner.name`, remembering what the owner itself held (not what it inherits)."""
        before = vars(owner).get(name, _ABSENT)
        if before is _ABSENT:
            self._undo.append(partial(delattr, owner, name))
        else:
            self._undo.append(partial(setattr, owner, name, before))
        setattr(owner, name, value)

    def put_item(self, mapping: MutableMapping[Any, Any], key: Any, value: Any) -> None:
        """Set `mapping[key]`."""
        if key in mapping:
            self._undo.append(partial(mapping.__setitem__, key, mapping[key]))
        else:
            self._undo.append(partial(mapping.pop, key, None))
        mapping[key] = value

    def undo(self) -> None:
        """Put everything back, last first."""
        while self._undo:
            self._undo.pop()()
