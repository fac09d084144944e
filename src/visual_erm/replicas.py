"""Which of several servers gets a request: the one with the fewest in flight that is not broken.

A server that fails is left alone, first for a second, then for twice as long each time (a circuit
breaker). When its rest is over one request tries it, and the others follow once that has been
answered. If all are resting, the one that has rested longest is asked: to fail without trying would
be worse.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

REST = 1.0
"""Seconds for which a server is left alone after one failure; doubled with each more."""
LONGEST_REST = 30.0
REMEMBERED = 200
"""Answers whose times are kept."""
ENOUGH = 20
"""Answers below which nobody knows what is slow."""


@dataclass(eq=False)
class Replica:
    """One server, and how it does."""

    url: str
    flying: int = 0
    failures: int = 0
    """In a row."""
    rests_until: float = 0.0
    trying: bool = False
    """Whether one request finds out at this moment if it is well again."""
    without_schema: bool = False
    """Whether it refused to hold a reply to a schema."""


class Replicas:
    """All servers of one model. Thread-safe."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.all = [Replica(url) for url in urls]
        self.renew()

    def renew(self) -> None:
        """Forget what is in flight, as a fork must."""
        self._lock = threading.Lock()
        self._times: deque[float] = deque(maxlen=REMEMBERED)
        for replica in self.all:
            replica.flying, replica.trying = 0, False

    def take(self, awake: Callable[[Replica], bool], avoid: Collection[Replica] = ()) -> Replica:
        """The server to send a request to; give it back with `done`.

        Args:
            awake: asks a server whose rest is over, cheaply, whether it is there at all.
            avoid: servers that are only taken when there is no other.
        """
        while True:
            with self._lock:
                chosen, probing = self._choose(avoid)
                chosen.flying += 1
                chosen.trying |= probing
            if not probing or awake(chosen):
                return chosen
            self.done(chosen, well=False)

    def _choose(self, avoid: Collection[Replica]) -> tuple[Replica, bool]:
        now = time.monotonic()
        others = [replica for replica in self.all if replica not in avoid] or self.all
        for replica in others:
            if replica.failures and not replica.trying and replica.rests_until <= now:
                # alone it is asked at once: there is nobody else to ask meanwhile
                return replica, len(self.all) > 1
        well = [replica for replica in others if not replica.failures]
        if well:
            return min(well, key=lambda replica: replica.flying), False
        return min(others, key=lambda replica: (replica.rests_until, replica.flying)), False

    def done(
        self,
        replica: Replica,
        *,
        well: bool | None,
        seconds: float | None = None,
        rest: float = 0.0,
    ) -> None:
        """A request is over.

        Args:
            replica: where it was.
            well: whether the server is in order, whatever it thought of the request; None if
                that did not come out.
            seconds: that a good answer took.
            rest: seconds for which the server asked to be left alone.
        """
        with self._lock:
            now = time.monotonic()
            replica.flying -= 1
            replica.trying = False
            if well:
                replica.failures, replica.rests_until = 0, 0.0
            elif well is False and replica.rests_until <= now:
                # requests that were under way when it broke are one failure, not thirty
                replica.failures += 1
                pause = min(LONGEST_REST, REST * 2 ** min(replica.failures - 1, 10))
                replica.rests_until = now + max(pause, min(rest, LONGEST_REST))
            if seconds is not None:
                self._times.append(seconds)

    def slow(self) -> float | None:
        """Seconds that 95 of 100 answers need at most; None while too few are known."""
        with self._lock:
            known = list(self._times)
        if len(known) < ENOUGH:
            return None
        return statistics.quantiles(known, n=20)[-1]
