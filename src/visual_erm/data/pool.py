"""What is done with a unit, and the engine that maps it over the processes of one machine.

    for done in local(units, workers=8):
        print(len(done.rows))

An engine may run `work` where and in what order it likes; it yields the results in the order of
the units, so what a build writes does not depend on it.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait

from visual_erm.data import shards
from visual_erm.data.make import Made, Unit, make
from visual_erm.data.shards import Row
from visual_erm.errors import BackendError, Fault, boundary
from visual_erm.processors import processors

AHEAD = 4
"""Units in work for each process."""
DEATHS = 3
"""Times that processes may die without a result in between."""


@dataclass(frozen=True)
class Work:
    """What came of one unit."""

    rows: list[Row]
    dropped: dict[str, dict[str, int]]
    unusable: str | None = None
    """Why nothing could be made of the seed."""


Engine = Callable[[Sequence[Unit], int | None], Generator[Work, None, None]]
"""Maps `work` over units with so many processes, or as many as it finds processors for if None, and
yields in the order of the units. Closing it ends what it started."""


def add(total: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    """Count what was dropped into a total."""
    for name, reasons in more.items():
        for reason, number in reasons.items():
            of_name = total.setdefault(name, {})
            of_name[reason] = of_name.get(reason, 0) + number


def work(unit: Unit, making: Callable[[Unit], Made] | None = None) -> Work:
    """What an engine maps over the plan. Whatever is wrong with a seed is told, not raised.

    Args:
        unit: of the plan.
        making: makes its pairs; `make` if None.

    Raises:
        BackendError: what draws is not installed, or cannot be confined here.
    """
    for last in (False, True):
        try:
            with boundary("make"):
                made = (making or make)(unit)
                break
        except Fault as fault:
            # what a busy machine was to blame for may go well now; a seed of a kind that nobody
            # thought of will not
            if last or fault.failure.code == "internal":
                return Work([], {}, fault.failure.message)
    pictures: dict[int, bytes] = {}
    rows = [shards.row(pair, pictures) for pair in made.pairs]
    dropped: dict[str, dict[str, int]] = {}
    for (name, reason), number in made.dropped.items():
        add(dropped, {name: {reason: number}})
    return Work(rows, dropped, made.unusable)


def local(units: Sequence[Unit], workers: int | None) -> Generator[Work, None, None]:
    """The engine of one machine: as many processes, a few units ahead, results in order.

    Raises:
        BackendError: processes keep dying.
    """
    workers = workers or processors()
    if workers == 1:
        yield from map(work, units)
        return
    crew = _Crew(workers)
    try:
        yield from crew.map(units)
    finally:
        crew.dismiss()


class _Crew:
    """Processes that work, and what they have in hand; those that die are replaced."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._deaths = 0
        self._units: deque[Unit] = deque()
        self._futures: deque[Future[Work]] = deque()
        """Of the first so many of the units."""
        self._leash, self._held = Pipe(duplex=False)
        """Processes end when the other end is closed, by us or by our death."""
        self._pool = self._fresh()

    def _fresh(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._workers,
            mp_context=get_context("spawn"),
            initializer=_on_leash,
            initargs=(self._leash,),
        )

    def map(self, units: Sequence[Unit]) -> Generator[Work, None, None]:
        """`work` of each, in order."""
        coming = iter(units)
        while True:
            room = AHEAD * self._workers - len(self._units)
            self._units.extend(itertools.islice(coming, room))
            if not self._units:
                return
            try:
                for unit in itertools.islice(self._units, len(self._futures), None):
                    self._futures.append(self._pool.submit(work, unit))
                done = self._futures[0].result()
            except BrokenProcessPool:
                self._replace()
                continue
            self._units.popleft()
            self._futures.popleft()
            self._deaths = 0
            yield done

    def _replace(self) -> None:
        """Start anew with what was in hand.

        Raises:
            BackendError: that has not helped before.
        """
        self._deaths += 1
        self._pool.shutdown()
        if self._deaths > DEATHS:
            names = ", ".join(unit.seed.id for unit in itertools.islice(self._units, 3))
            raise BackendError(
                f"processes of the build keep being killed, of late near {names}; is there enough "
                "memory? What was finished is kept, run the command again to go on"
            )
        self._futures.clear()
        self._pool = self._fresh()

    def dismiss(self) -> None:
        """End the processes, whatever they are at; their renderers end with them."""
        self._held.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._leash.close()


def _on_leash(leash: Connection) -> None:
    """Leave Ctrl-C to the parent, and end at once when it lets go or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        wait([leash])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
