"""Rollouts of a training as a run folder for `verm report`: some of them, and never in the way.

    VISUAL_ERM_RUNS=rollouts VISUAL_ERM_RUNS_EVERY=20 trainer ...
    verm report rollouts -o page.html

A thread of its own writes. It draws the few sources that it keeps anew, so that no picture waits in
the trainer's memory. Where it falls behind or cannot write, rollouts are lost, the log says so, and
the rewards are what they would have been. Each process writes as a writer of its own.
"""

from __future__ import annotations

import atexit
import logging
import math
import os
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cachetools import LRUCache

from visual_erm import images
from visual_erm.errors import VisualErmError, boundary
from visual_erm.report.results import drawn_anew
from visual_erm.report.runs import Item, RunFolder
from visual_erm.rewards.items import Item as Sample
from visual_erm.types import Reward

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Rollouts of one batch that are written at most: the first ones, so whole groups."""
WAITING = 4 * AT_ONCE
"""Rollouts that wait for the writing thread; more are lost."""
REMEMBERED = 4096
"""References of which is known whether their rollouts are written, where samples come singly."""
LONGEST = 100_000
"""Characters of a reply that are kept."""
LAST = 5.0
"""Seconds that the end of the process waits for what is still to be written."""
MIB = 1 << 20

_Taken = tuple[Mapping[str, Any], Reward, int]


class Tracker:
    """Writes every so many batches of rollouts into a run folder. Thread-safe; never raises."""

    def __init__(self, folder: str, every: int, most: int) -> None:
        """Nothing is opened yet.

        Args:
            folder: of the run.
            every: one of so many batches is written; where samples come singly, references.
            most: MiB that this process writes at most. Each time half of what is left is used up,
                half as many are written from then on, so that the end of a long run is seen too.
        """
        self.folder, self.every, self._most = folder, every, most * MIB
        self._next = self._most // 2
        self._batches = 0
        self._lost = 0
        self._stopped = False
        self._lock = threading.Lock()
        self._wanted: LRUCache[str, int | None] = LRUCache(REMEMBERED)
        self._queue: queue.Queue[_Taken | threading.Event] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None

    def take_batch(self, samples: Sequence[Mapping[str, Any]], rewards: Sequence[Reward]) -> None:
        """Take what came of a batch, if it is one of those that are written."""
        step = self._turn()
        if step is not None:
            for sample, reward in list(zip(samples, rewards, strict=True))[:AT_ONCE]:
                self._put((sample, reward, step))

    def take(self, sample: Mapping[str, Any], reward: Reward, key: str) -> None:
        """Take one sample, if its reference is one of those whose rollouts are written.

        Args:
            sample: with a task.
            reward: what came of it.
            key: of its reference; empty where that is unknown.
        """
        with self._lock:
            known = key in self._wanted if key else False
            step = self._wanted[key] if known else None
        if not known:
            step = self._turn()
            with self._lock:
                self._wanted[key] = step
        if step is not None:
            self._put((sample, reward, step))

    def flush(self, seconds: float = 60.0) -> None:
        """Wait until what was taken is written, but no longer than that."""
        if self._thread is None or not self._thread.is_alive():  # as in a child of a fork
            return
        done = threading.Event()
        try:
            self._queue.put(done, timeout=seconds)
        except queue.Full:
            return
        done.wait(seconds)

    def _turn(self) -> int | None:
        """The number of this batch if it is to be written."""
        with self._lock:
            step, self._batches = self._batches, self._batches + 1
            return None if self._stopped or step % self.every else step

    def _put(self, taken: _Taken) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="rollouts", daemon=True)
                self._thread.start()
                atexit.register(self._end)
        try:
            self._queue.put_nowait(taken)
        except queue.Full:
            self._lose("writing is too slow")

    def _end(self) -> None:
        self.flush(LAST)
        self._stopped = True

    def _lose(self, why: str) -> None:
        self._lost += 1
        if self._lost in (1, 100, 10_000):
            log.warning("rollouts not written so far: %d; the last one as %s", self._lost, why)

    def _write(self) -> None:
        # the rank, the time and the process: another writer whenever a training goes on
        writer = f"rank{os.environ.get('RANK', '0')}-{int(time.time())}-{os.getpid()}"
        run: RunFolder | None = None
        number = 0
        while True:
            taken = self._queue.get()
            if isinstance(taken, threading.Event):
                taken.set()
                continue
            if self._stopped:
                continue
            try:
                with boundary("track"):
                    run = run or RunFolder(self.folder, writer=writer)
                    run.add(_item(*taken, name=f"{writer}/{number}"))
            except VisualErmError as error:
                if run is None:
                    self._stop(f"rollouts are not written: {error}")
                else:
                    self._lose(str(error))
            else:
                number += 1
                self._account(run.written)

    def _account(self, written: int) -> None:
        if written >= self._most:
            self._stop(f"no more rollouts are written: {written // MIB} MiB lie in {self.folder}")
        elif written >= self._next:
            self._next = (self._next + self._most) // 2
            with self._lock:
                self.every *= 2

    def _stop(self, words: str) -> None:
        self._stopped = True
        log.warning("%s", words)


def _item(sample: Mapping[str, Any], reward: Reward, step: int, *, name: str) -> Item:
    """The item of a rollout; what its source draws is drawn anew.

    Raises:
        InputError: the reference cannot be read.
    """
    one = Sample.of(sample)
    reference = images.load(one.reference, name="reference")
    if one.prediction is None:
        source, candidate = drawn_anew(one, reward.failure.stage if reward.failure else None)
    else:
        source, candidate = "", images.load(one.prediction, name="prediction")
    return Item.of(
        reward,
        id=name,
        task=one.task,
        reference=reference,
        candidate=candidate,
        source=source[:LONGEST],
        parts={part: value for part, value in reward.parts.items() if math.isfinite(value)},
        group=images.digest(reference)[:12],
        step=step,
        metadata={} if one.id is None else {"sample": one.id},
    )
