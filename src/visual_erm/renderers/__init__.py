"""From source to picture. A renderer knows no judge.

    rendering = render("<svg ...>", task="svg")
    for result in render_many([(source, "chart") for source in sources]):
        ...  # a Rendering, or a Failure that says whose fault it was; in the order of the sources

Renderers are made on first use, kept, and shared by all threads of a process.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from visual_erm.errors import Fault, UsageError, boundary
from visual_erm.processors import processors
from visual_erm.types import TASKS, Failure, Rendering, Task

LONGEST = 1e6
"""Seconds; what waits for a process or a thread can count no further than about twice as far."""
_LOOK_AHEAD = 4
"""Items that are taken in advance for each worker."""


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


_Key = tuple[int, str, tuple[tuple[str, Any], ...]]
_made: dict[_Key, Renderer] = {}
_lock = threading.Lock()


def renderer(task: Task, **options: Any) -> Renderer:
    """The renderer of a task, made once for each set of options in each process.

    Raises:
        UsageError: no such task, or options that it does not have.
    """
    # a process forked from this one must not talk to this one's workers
    key = (os.getpid(), task, tuple(sorted(options.items())))
    with _lock:
        if key not in _made:
            _made[key] = _make(task, options)
        return _made[key]


def _make(task: str, options: Mapping[str, Any]) -> Renderer:
    from visual_erm.plugins import find

    kind = find("renderers", task)
    try:
        made: Renderer = kind(**options)
    except TypeError as error:
        raise UsageError(f"renderer {task}: {error}") from None
    return made


def render(source: str, *, task: Task, deadline: float | None = None, **options: Any) -> Rendering:
    """Draw one source.

    Args:
        source: the program or document, as `visual_erm.extract` returns it.
        task: "chart", "table" or "svg".
        deadline: seconds of wall time until it is stopped; the renderer's own if None.
        options: of that task's renderer.

    Raises:
        PolicyFault: the source is at fault.
        InfrastructureFault: we are.
        UsageError: no such task or option, or no deadline that can be kept.
        BackendError: what draws is not installed, or cannot be confined here.
    """
    check_deadline(deadline)
    return renderer(task, **options).render(source, deadline=deadline)


def check_deadline(seconds: float | None, name: str = "deadline") -> None:
    """Refuse a deadline that nothing could keep; None is none.

    Raises:
        UsageError: it is no number of seconds above 0 and up to `LONGEST`.
    """
    if seconds is None:
        return
    if not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST:
        raise UsageError(
            f"{name} must be above 0 seconds, {LONGEST:.0f} at most, or None; got {seconds!r}"
        )


def render_many(
    items: Iterable[tuple[str, Task] | Mapping[str, Any]],
    *,
    workers: int | None = None,
    deadline: float | None = None,
) -> Iterator[Rendering | Failure]:
    """Draw many sources on all cores; results stream in the order of the items.

    A bad item is a `Failure` in its place, never an exception. Items are taken as results are, a
    few per worker in advance, so an endless iterator will do.

    Args:
        items: pairs of source and task, or mappings with keys "source" and "task".
        workers: items in work at once; twice the usable processors if None, as a page of a browser
            mostly waits. Each renderer keeps its own bound on processes.
        deadline: seconds for each item.

    Raises:
        BackendError: what draws is not installed, or cannot be confined here.
    """
    workers = workers or 2 * processors()
    pending: deque[Future[Rendering | Failure]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="render")
    try:
        for item in items:
            pending.append(pool.submit(_one, item, deadline))
            if len(pending) >= _LOOK_AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _one(item: Any, deadline: float | None) -> Rendering | Failure:
    if isinstance(item, Mapping):
        source, task = item.get("source"), item.get("task")
    elif isinstance(item, tuple) and len(item) == 2:
        source, task = item
    else:
        return _bad_item(f"expected a pair or a mapping, got {type(item).__name__}")
    if not isinstance(source, str):
        return _bad_item(f"source must be text; got {type(source).__name__}")
    if task not in TASKS:
        return _bad_item(f"task must be one of {', '.join(TASKS)}; got {task!r}")
    try:
        with boundary("render"):
            return render(source, task=task, deadline=deadline)
    except Fault as fault:
        return fault.failure


def _bad_item(message: str) -> Failure:
    return Failure(kind="infrastructure", stage="load", code="bad_item", message=message)


def close_all() -> None:
    """End the workers of every renderer that `render` and `render_many` made in this process."""
    with _lock:
        own = [key for key in _made if key[0] == os.getpid()]
        renderers = [_made.pop(key) for key in own]
    for one in renderers:
        one.close()
