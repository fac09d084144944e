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
import fcntl
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from visual_erm.errors import BackendError, InfrastructureFault, PolicyFault
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
from visual_erm.renderers.sandbox import Isolation, demand, isolation_from, library_path
from visual_erm.renderers.worker import CONFINED
from visual_erm.types import Failure

__all__ = ["Drawing", "Job", "Limits", "Output", "Rejected", "Service"]

_START_SECONDS = 120.0
_GRACE = 4.0
"""A worker that hardly got the processor by its deadline is given up to this many deadlines more,
and no more processor time than one deadline."""
_ENOUGH = 0.8
"""Share of a deadline in processor time after which a time-out is the source's own doing."""
_STARVED_WAITING = 0.5
"""Share of the time a worker was ready to run and had to wait, from which it counts as starved."""
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
_PATHS = re.compile(r"(?<![:/\w])(?:/[\w.+@-]+){2,}/")
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "agg",
    **{
        f"{library}_NUM_THREADS": "1"
        for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "RAYON")
    },
}
_BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from visual_erm.renderers import zygote; zygote.main(int(sys.argv[2]), int(sys.argv[3]))"
)
_services: weakref.WeakSet[Service] = weakref.WeakSet()


class _ZygoteDied(Exception):
    """The zygote ended while it was needed."""


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
        self.workers = workers or len(os.sched_getaffinity(0))
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
        self._zygote: _ZygoteHandle | None = None
        self._idle: list[_Worker] = []

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
            for attempt in range(3):
                try:
                    return self._attempt(request, seconds)
                except _ZygoteDied:
                    self._replace_zygote()
                    time.sleep(0.1 * attempt)
        raise self._infrastructure("worker_died", "the workers' parent process keeps dying")

    def close(self) -> None:
        """End every process that this service started; a later `run` starts anew."""
        if self._pid != os.getpid():
            return
        with self._lock:
            zygote, self._zygote = self._zygote, None
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.let_go()
        if zygote is not None:
            zygote.end()

    def processes(self) -> list[int]:
        """Ids of the zygote and of idle workers, for monitoring."""
        with self._lock:
            ids = [worker.pid for worker in self._idle]
            return ([self._zygote.pid] if self._zygote else []) + ids

    def _follow_fork(self) -> None:
        if self._pid != os.getpid():
            self._fresh()

    def _started(self) -> _ZygoteHandle:
        self._follow_fork()
        with self._lock:
            if self._zygote is None:
                self._zygote = _ZygoteHandle(self.job)
                try:
                    demand(self._zygote.isolation, self._allow)
                except BaseException:
                    self._zygote.end()
                    self._zygote = None
                    raise
            return self._zygote

    def _replace_zygote(self) -> None:
        self.restarts += 1
        self.close()

    def _attempt(self, request: bytes, deadline: float) -> Output:
        """One try in one worker; a worker that is left in doubt is not used again."""
        worker = self._take()
        started = time.monotonic()
        answer = worker.ask(request, self.job.limits.output)
        keep = False
        try:
            end = worker.wait(self.job, deadline)
            seconds = time.monotonic() - started
            drawing, cpu = self._judge(end, answer, worker)
            keep = end.kind == "answered" and worker.served < self.job.recycle
            if isinstance(drawing, dict):
                raise self._raised(drawing)
            return Output(drawing.image, drawing.document, drawing.meta, seconds, cpu)
        finally:
            os.close(answer)
            if keep:
                with self._lock:
                    self._idle.append(worker)
            else:
                worker.let_go()

    def _take(self) -> _Worker:
        zygote = self._started()
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return zygote.spawn()

    def _judge(
        self, end: _End, answer: int, worker: _Worker
    ) -> tuple[Drawing | dict[str, str], float]:
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

    def _crashed(self, end: _End) -> PolicyFault:
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


class _End:
    """How the wait for one item ended."""

    def __init__(
        self,
        kind: Literal["answered", "exited", "deadline", "starved", "memory", "broken"],
        *,
        reason: str = "",
        code: int = 0,
        cpu: float = 0.0,
        peak: int = 0,
        seconds: float = 0.0,
    ) -> None:
        self.kind = kind
        self.reason = reason
        self.code = code
        self.cpu = cpu
        self.peak = peak
        self.seconds = seconds


class _ZygoteHandle:
    """The service's side of one zygote."""

    def __init__(self, job: Job) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        paths = [path for path in sys.path if path]
        number = theirs.fileno()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [
                    sys.executable,
                    *("-P", "-s", "-c", _BOOTSTRAP),
                    *(json.dumps(paths), str(number), str(os.getpid())),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_ENVIRONMENT | library_path() | dict(job.environment),
                pass_fds=(number,),
            )
        finally:
            theirs.close()
        self.pid = self._process.pid
        self._lock = threading.Lock()
        self._control = ours
        self.isolation = self._introduce(job)

    def _introduce(self, job: Job) -> Isolation:
        fields = asdict(job) | {"system_calls": sorted(job.system_calls)}
        self._control.settimeout(_START_SECONDS)
        try:
            self._control.send(json.dumps(fields).encode())
            hello = json.loads(self._control.recv(1 << 16) or b"{}")
        except OSError as error:
            hello = {"error": str(error)}
        self._control.settimeout(None)
        if "isolation" not in hello:
            self.end()
            reason = hello.get("error", "it ended without a word").strip()
            raise BackendError(f"the {job.name} workers cannot start: {reason}")
        return isolation_from(hello["isolation"])

    def spawn(self) -> _Worker:
        """A new worker; what it is asked may be sent before it exists."""
        talk, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        leash, zygotes = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with self._lock:
                socket.send_fds(self._control, [b"fork"], [theirs.fileno(), zygotes.fileno()])
        except OSError:
            talk.close()
            leash.close()
            raise _ZygoteDied from None
        finally:
            theirs.close()
            zygotes.close()
        return _Worker(talk, leash)

    def end(self) -> None:
        """Let it go; it kills its workers and ends. Then make sure."""
        self._control.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """In a process forked from ours: close our copy, leave the zygote to its owner."""
        self._control.close()
        self._process.returncode = 0  # not ours to wait for


class _Worker:
    """The service's side of one confined worker."""

    def __init__(self, talk: socket.socket, leash: socket.socket) -> None:
        self._talk = talk
        self._leash = leash
        self.pid = 0
        """0 until the zygote has told it."""
        self.served = 0
        self._confined = False
        self._used = self._waited = 0.0

    def ask(self, request: bytes, output: int) -> int:
        """Send a request; return the descriptor of the file that will hold the answer."""
        source = os.memfd_create("request", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        answer = os.memfd_create("answer", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with open(source, "wb", closefd=False) as file:
                file.write(request)
            os.lseek(source, 0, os.SEEK_SET)
            fcntl.fcntl(source, fcntl.F_ADD_SEALS, _SEALS | fcntl.F_SEAL_WRITE)
            # sparse: what is not written takes no memory, and what is written cannot grow it
            os.ftruncate(answer, output)
            fcntl.fcntl(answer, fcntl.F_ADD_SEALS, _SEALS)
            socket.send_fds(self._talk, [b"draw"], [source, answer])
        except OSError:
            os.close(answer)
            self.let_go()
            raise _ZygoteDied from None
        finally:
            os.close(source)
        self.served += 1
        return answer

    def wait(self, job: Job, deadline: float) -> _End:
        """Until the answer is there, the worker ended, or it has to be killed."""
        started = time.monotonic()
        until = started + deadline
        grace = False
        poll = select.poll()
        poll.register(self._leash, select.POLLIN)
        poll.register(self._talk, select.POLLIN)
        watched = not job.limits.address_space
        self._used, self._waited = _processor_time(self.pid), _waited_for_processor(self.pid)
        while True:
            now = time.monotonic()
            if now >= until or (grace and self._cpu() >= deadline):
                if not grace and self._starving(deadline):
                    grace = True
                    until += _GRACE * deadline
                    continue
                cpu = self._cpu()
                starved = grace and cpu < _ENOUGH * deadline and self._starving(now - started)
                return _End("starved" if starved else "deadline", seconds=now - started, cpu=cpu)
            pause = until - now
            if watched or grace:
                pause = min(pause, 0.02 if watched else 0.1)
            events = dict(poll.poll(pause * 1000 + 1))
            if self._talk.fileno() in events:
                message = self._hear()
                if not message:
                    # it ended, or a program took over; the leash will say how that goes
                    poll.unregister(self._talk)
                elif self._confined:
                    return _answered(message)
                elif message != CONFINED:
                    return _End("broken", reason=message.decode(errors="replace"))
                else:
                    self._confined = True
            if self._leash.fileno() in events and (ended := self._ended()):
                return ended
            if watched and self.pid and _resident(self.pid) > 2 * job.limits.memory:
                return _End("memory")

    def _hear(self) -> bytes:
        try:
            return self._talk.recv(1 << 13)
        except OSError:
            return b""

    def _ended(self) -> _End | None:
        message = self._leash.recv(256)
        if not message:
            raise _ZygoteDied
        report = json.loads(message)
        if "pid" in report:
            self.pid = report["pid"]
            return None
        return _End("exited", code=report["exit"], cpu=report["cpu"], peak=report["peak"])

    def _starving(self, elapsed: float) -> bool:
        """Whether it was ready to run, but the machine gave it little processor time."""
        if not self.pid:
            return True
        waited = _waited_for_processor(self.pid) - self._waited
        return waited > _STARVED_WAITING * elapsed and self._cpu() < _ENOUGH * elapsed

    def _cpu(self) -> float:
        """Seconds of processor time that this item has used."""
        return _processor_time(self.pid) - self._used

    def let_go(self) -> None:
        """Close both sockets; the zygote kills the worker if it still runs."""
        self._talk.close()
        self._leash.close()


def _answered(message: bytes) -> _End:
    try:
        return _End("answered", cpu=min(1e6, max(0.0, float(message))))
    except ValueError:
        return _End("answered")


def _processor_time(pid: int) -> float:
    """Seconds of processor time of all threads of a process."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))
    return 0.0


def _waited_for_processor(pid: int) -> float:
    """Seconds for which the main thread was ready to run, and waited."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def _resident(pid: int) -> int:
    """Bytes of memory that a process holds now."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")
    return 0


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
        for worker in service._idle:
            worker.let_go()
        if service._zygote is not None:
            service._zygote.forget()
        service._fresh()
