"""Confined workers as a service: hand in a source, get a drawing back, or learn whose fault it is.

    service = Service(Job(name="svg", target="visual_erm.renderers.svg:draw", reuse=True))
    output = service.run("<svg ...>", {"max_side": 512})

A service starts its zygote on first use, runs at most `workers` items at once from any number of
threads, kills at the deadline, and replaces what dies. A process forked from the one that made it
starts a zygote of its own; pickling keeps the job and drops the processes. This module knows
processes, not pictures: what a job draws is the job's affair.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import signal
import threading
import time
import weakref
from typing import Any, Literal

from visual_erm.errors import InfrastructureFault, PolicyFault
from visual_erm.processors import processors
from visual_erm.renderers.job import (
    BadAnswerError,
    Drawing,
    Job,
    Limits,
    Output,
    Rejected,
    pack_request,
    read_answer,
)
from visual_erm.renderers.processes import End, Worker, WorkerGone, Zygote, ZygoteDied
from visual_erm.renderers.sandbox import Isolation, demand
from visual_erm.types import Failure

__all__ = ["Drawing", "Job", "Limits", "Output", "Rejected", "Service"]

_PATHS = re.compile(r"(?<![:/\w])(?:/[\w.+@-]+){2,}/")
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_services: weakref.WeakSet[Service] = weakref.WeakSet()


class Service:
    """Draws items of one job in confined processes. Thread-safe."""

    def __init__(
        self, job: Job, workers: int | None = None, *, isolation: str | None = None
    ) -> None:
        """Keep what is needed; nothing starts before the first item.

        Args:
            job: what the workers do.
            workers: most items at once; the number of usable processors if None.
            isolation: "full", "allow-partial" or "allow-none"; None asks the environment.
        """
        self.job = job
        self.workers = workers or processors()
        self.restarts = 0
        """Zygotes that died and were replaced."""
        self._allow = isolation
        self._fresh()
        if not _services:
            _register()
        _services.add(self)

    def _fresh(self) -> None:
        """State of a service that runs no process, in this process."""
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self.workers)
        self._zygote: Zygote | None = None
        self._idle: list[Worker] = []
        self._spares: list[Worker] = []

    def __getstate__(self) -> tuple[Job, int, str | None]:
        return self.job, self.workers, self._allow

    def __setstate__(self, state: tuple[Job, int, str | None]) -> None:
        self.__init__(state[0], state[1], isolation=state[2])  # type: ignore[misc]

    @property
    def isolation(self) -> Isolation:
        """What confines the workers; starts the zygote.

        Raises:
            IsolationUnavailable: less than was asked for.
        """
        return self._started().isolation

    @property
    def prepared(self) -> bool:
        """Whether the zygote has prepared all that it can while idle; starts it."""
        return self._started().prepared

    def run(
        self,
        source: str | bytes,
        options: dict[str, Any] | None = None,
        deadline: float | None = None,
    ) -> Output:
        """Draw one source.

        Args:
            source: what the policy wrote.
            options: JSON-able; handed to the job's function.
            deadline: seconds of wall time from the moment a worker is free; the job's if None.

        Raises:
            PolicyFault: the source's own doing.
            InfrastructureFault: ours.
            IsolationUnavailable: workers cannot be confined here.
        """
        self._follow_fork()
        content = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
        if len(content) > self.job.limits.source:
            raise self._policy(
                "too_long",
                f"the source has {len(content)} bytes; at most {self.job.limits.source} are drawn",
            )
        request = pack_request(content, options or {})
        seconds = deadline if deadline is not None else self.job.limits.deadline
        with self._slots:
            for attempt in range(4):
                zygote = self._started()
                try:
                    # after a worker that had served others, ask one that nobody has used
                    return self._attempt(zygote, request, seconds, fresh=attempt > 0)
                except WorkerGone:
                    continue
                except ZygoteDied:
                    self._discard(zygote)
                    time.sleep(0.1 * attempt)
        raise self._infrastructure("worker_died", "the workers' parent process keeps dying")

    def close(self) -> None:
        """End every process that this service started; a later `run` starts anew."""
        if self._pid != os.getpid():
            return
        with self._lock:
            zygote, self._zygote = self._zygote, None
            idle = self._drop_workers()
        for worker in idle:
            worker.let_go()
        if zygote is not None:
            zygote.end()

    def processes(self) -> list[int]:
        """Ids of the zygote, of idle workers and of spares, for monitoring."""
        with self._lock:
            ids = [worker.pid for worker in self._idle]
            ids += [pid for worker in self._spares if (pid := worker.introduced())]
            return ([self._zygote.pid] if self._zygote else []) + ids

    def _drop_workers(self) -> list[Worker]:
        """Those that do nothing, which are then no longer ours; under the lock."""
        workers = self._idle + self._spares
        self._idle, self._spares = [], []
        return workers

    def _follow_fork(self) -> None:
        if self._pid != os.getpid():
            self._fresh()

    def _started(self) -> Zygote:
        self._follow_fork()
        with self._lock:
            if self._zygote is None:
                self._zygote = Zygote(self.job)
                try:
                    demand(self._zygote.isolation, self._allow)
                except BaseException:
                    self._zygote.end()
                    self._zygote = None
                    raise
            return self._zygote

    def _discard(self, zygote: Zygote) -> None:
        """Drop a zygote that died, unless another thread has done so already."""
        with self._lock:
            if self._zygote is not zygote:
                return
            self._zygote = None
            idle = self._drop_workers()
            self.restarts += 1
        for worker in idle:
            worker.let_go()
        zygote.end()

    def _attempt(self, zygote: Zygote, request: bytes, deadline: float, *, fresh: bool) -> Output:
        """One try in one worker; a worker that is left in doubt is not used again."""
        worker = self._take(zygote, fresh=fresh)
        started = time.monotonic()
        answer = worker.ask(request, self.job.limits.output, bell=not self.job.reuse)
        keep = answered = False
        try:
            end = worker.wait(self.job, deadline)
            answered = end.kind == "answered"
            if end.kind == "exited" and worker.served > 1:
                raise WorkerGone
            seconds = time.monotonic() - started
            drawing, cpu = self._judge(end, answer)
            keep = answered and self.job.reuse and worker.served < self.job.recycle
            if isinstance(drawing, dict):
                raise self._raised(drawing)
            return Output(drawing.image, drawing.document, drawing.meta, seconds, cpu)
        finally:
            os.close(answer)
            with self._lock:
                keep = keep and self._zygote is zygote
                if keep:
                    self._idle.append(worker)
            if answered and not self.job.reuse:
                worker.let_go()  # it is about to end, and killed if it does not
            elif not keep:
                worker.kill()
            self._replace_spares(zygote)

    def _take(self, zygote: Zygote, *, fresh: bool) -> Worker:
        with self._lock:
            for ready in (self._idle, self._spares):
                if ready and not fresh:
                    return ready.pop(0 if ready is self._spares else -1)
        return zygote.spawn()

    def _replace_spares(self, zygote: Zygote) -> None:
        """Have as many as may be needed at once; not before they would be worth it.

        Called when an item is done: a spare that prepares itself must not slow down what draws.
        """
        if not self.job.spares or not zygote.prepared:
            return
        with self._lock, contextlib.suppress(ZygoteDied):
            # two at least: while one is replaced the next is asked
            while zygote is self._zygote and len(self._spares) < max(2, self.workers):
                self._spares.append(zygote.spawn())

    def _judge(self, end: End, answer: int) -> tuple[Drawing | dict[str, str], float]:
        """What the end of an item means: a drawing, what was raised, or a fault."""
        limits = self.job.limits
        if end.kind == "deadline":
            raise self._policy(
                "timeout", f"it was not done after {end.seconds:.1f} s and was stopped"
            )
        if end.kind == "starved":
            raise self._infrastructure(
                "starved",
                f"the machine is overloaded: in {end.seconds:.1f} s the worker got the processor "
                f"for {end.cpu:.1f} s",
            )
        if end.kind == "memory":
            raise self._too_much_memory()
        if end.kind == "broken":
            raise self._infrastructure("worker_broken", f"a worker cannot start: {end.reason}")
        if end.kind == "exited" and end.code != 0:
            raise self._crashed(end)
        try:
            return read_answer(answer, limits.output), end.cpu
        except BadAnswerError as error:
            if end.kind == "exited":
                raise self._policy("no_output", f"it ended early: {error}") from None
            raise self._policy("bad_output", str(error)) from None

    def _crashed(self, end: End) -> PolicyFault:
        limits = self.job.limits
        if end.cpu >= limits.cpu or end.code == -signal.SIGXCPU:
            return self._policy(
                "timeout", f"it used {end.cpu:.1f} s of processor time; {limits.cpu:.0f} are given"
            )
        if not limits.address_space and end.peak > limits.memory:
            return self._too_much_memory()
        how = f"exit code {end.code}"
        if end.code < 0:
            how = signal.strsignal(-end.code) or f"signal {-end.code}"
        return self._policy("crash", f"the process that drew it ended: {how}")

    def _too_much_memory(self) -> PolicyFault:
        mib = self.job.limits.memory >> 20
        return self._policy("memory", f"it needs more memory than the {mib} MiB given")

    def _raised(self, error: dict[str, str]) -> PolicyFault:
        code = error.get("code", "")
        return self._policy(
            code if re.fullmatch(r"[a-z_]{1,32}", code) else "exception",
            _clean(error.get("message", ""))[:500].replace("\n", " "),
            _clean(error.get("detail", ""))[:4000],
        )

    def _policy(self, code: str, message: str, detail: str = "") -> PolicyFault:
        return PolicyFault(self._failure("policy", code, message, detail))

    def _infrastructure(self, code: str, message: str) -> InfrastructureFault:
        return InfrastructureFault(self._failure("infrastructure", code, message, ""))

    def _failure(
        self, kind: Literal["policy", "infrastructure"], code: str, message: str, detail: str
    ) -> Failure:
        text = f"{self.job.name}: {message}"
        return Failure(kind=kind, stage="render", code=code, message=text, detail=detail)


def _clean(text: str) -> str:
    """Without folders of this machine and without control characters."""
    return _CONTROL_CHARACTERS.sub("", _PATHS.sub("", text))


def _register() -> None:
    atexit.register(close_services)
    os.register_at_fork(after_in_child=_after_fork)


def close_services() -> None:
    """End the processes of every service of this process."""
    for service in list(_services):
        service.close()


def _after_fork() -> None:
    for service in list(_services):
        for worker in service._drop_workers():
            worker.let_go()
        if service._zygote is not None:
            service._zygote.forget()
        service._fresh()
