"""What a reward opens for itself, which neither a fork nor a pickle can carry along.

A fork copies locks and pools, but not the threads that they belong to; so each process makes its
own. What was copied is left as it is: to close it would be to close the parent's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """A value for each process, made when it is first asked for. Picklable, without its values."""

    def __init__(self, make: Callable[[], T]) -> None:
        """Nothing is made yet.

        Args:
            make: a class or function that can be pickled by its name.
        """
        self._make = make
        self._made: dict[int, T] = {}

    @property
    def here(self) -> T:
        """The value of this process; the same for all of its threads."""
        found = self._made.get(os.getpid())
        # of threads that come first together, one sets it and all get that one
        return found if found is not None else self._made.setdefault(os.getpid(), self._make())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._make,)
