"""Who waits for work, and may leave: what nobody waits for any more ends early, where it can.

    waiter = Waiter()
    with waiter.waits():            # in the thread that works
        reward.score(item)
    waiter.leave()                  # in any other

Whoever works looks here at times: before a step that costs much (`check`), and while it waits for
others (`current`, `told`). Where nobody says that somebody waits, all work is wanted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from visual_erm.errors import LeftError

_GLANCE = 0.05
"""Seconds between two looks, where a lock is waited for."""


class Waiter:
    """Somebody who waits for a piece of work. Thread-safe."""

    def __init__(self) -> None:
        self.left = threading.Event()
        """Set when nobody waits any more."""
        self._ends: list[Callable[[], object]] = []
        self._lock = threading.Lock()

    def leave(self) -> None:
        """Wait no more: what was asked for in its name ends, or is not begun."""
        with self._lock:
            self.left.set()
            ends = list(self._ends)
        for end in ends:
            end()

    @contextmanager
    def waits(self) -> Iterator[None]:
        """What this thread does meanwhile is done for it."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextmanager
    def told(self, end: Callable[[], object]) -> Iterator[None]:
        """Have `end` called, in any thread, if it leaves meanwhile; at once if it has left."""
        with self._lock:
            self._ends.append(end)
            left = self.left.is_set()
        if left:
            end()
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)


_current: ContextVar[Waiter | None] = ContextVar("waiter", default=None)


def current() -> Waiter | None:
    """Who waits for what this thread does; None where nobody said so."""
    return _current.get()


def check() -> None:
    """Go on, if somebody waits.

    Raises:
        LeftError: whoever waited has left.
    """
    waiter = _current.get()
    if waiter is not None and waiter.left.is_set():
        raise LeftError


@contextmanager
def turn(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock; whoever leaves before its turn comes gives its place in the queue back.

    Raises:
        LeftError: whoever waited has left.
    """
    while not lock.acquire(timeout=-1 if current() is None else _GLANCE):
        check()
    try:
        check()
        yield
    finally:
        lock.release()
