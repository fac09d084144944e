"""Threads that nobody has to wait for: what hangs in one is given up, and its place taken.

A pool of the standard library is joined when the interpreter ends, and a call that never returns
keeps its place. Neither may happen to a trainer because somebody's judge hangs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from visual_erm.errors import Fault, InfrastructureFault, VisualErmError, boundary
from visual_erm.types import Failure

T = TypeVar("T")


def late(seconds: float) -> Failure:
    """Why there is no result of what took too long."""
    message = f"it was not done after {seconds:g} s and was given up"
    return Failure(kind="infrastructure", stage="judge", code="late", message=message)


class Threads:
    """Up to `size` calls at once, in daemon threads that start when they are needed."""

    def __init__(self, size: int, name: str, limit: float | None = None) -> None:
        """Nothing is started yet.

        Args:
            size: calls at once.
            name: of the threads.
            limit: seconds of wall time from the moment a call begins; one that takes longer
                raises an `InfrastructureFault` of code "late", and runs on without its place.
        """
        self._size = size
        self._name = name
        self._limit = limit
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._running: set[Future[Any]] = set()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Have it called. What it raises is raised by the future, foreign exceptions as faults."""
        future: Future[T] = Future()
        self._jobs.put((future, call))
        with self._lock:
            if self._threads < self._size:
                self._start()
        return future

    def give_up(self, future: Future[Any], seconds: float = 0.0) -> None:
        """Do not begin it; if it runs, let it run and give its place to another thread.

        Args:
            future: as `submit` returned it.
            seconds: how long it was waited for.
        """
        if future.cancel():
            return
        with self._lock:
            if future not in self._running:
                return
            self._running.remove(future)
            self._threads -= 1
            self._start()
        future.set_exception(InfrastructureFault(late(seconds)))

    def close(self) -> None:
        """Let the threads end when they are done."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _start(self) -> None:
        self._threads += 1
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, call = job
            if not future.set_running_or_notify_cancel():
                continue
            with self._lock:
                self._running.add(future)
            watch = self._watch(future)
            outcome: Any = None
            failed: VisualErmError | None = None
            try:
                with boundary("thread"):
                    outcome = call()
            except VisualErmError as error:
                failed = error
            if watch is not None:
                watch.cancel()
            with self._lock:
                if future not in self._running:
                    return  # it was given up, and another thread has this place
                self._running.remove(future)
            if failed is not None:
                future.set_exception(failed)
            else:
                future.set_result(outcome)

    def _watch(self, future: Future[Any]) -> threading.Timer | None:
        if self._limit is None:
            return None
        watch = threading.Timer(self._limit, self.give_up, (future, self._limit))
        watch.daemon = True
        watch.start()
        return watch


def run_all(
    calls: Sequence[Callable[[], T]],
    threads: Threads,
    end: float | None = None,
    deadline: float | None = None,
) -> list[T | Failure]:
    """What came of each call, in order: its result, or why there is none. Closes the threads.

    Args:
        calls: each runs in the caller's context.
        threads: to run them in.
        end: on the monotonic clock, when what is not done is given up as late; None never.
        deadline: seconds that led to `end`, for the message.
    """
    futures = [threads.submit(partial(copy_context().run, call)) for call in calls]
    try:
        return [_result(future, end, deadline or 0.0) for future in futures]
    finally:
        for future in futures:
            threads.give_up(future, deadline or 0.0)
        threads.close()


def _result(future: Future[Any], end: float | None, deadline: float) -> Any:
    try:
        return future.result(None if end is None else max(0.0, end - time.monotonic()))
    except TimeoutError:
        return late(deadline)
    except Fault as fault:
        return fault.failure
