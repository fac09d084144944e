"""The service's side of its processes: starting a zygote, asking a worker, waiting, letting go.

A worker is known by two sockets. Through the *conversation* go the request and, from a worker that
serves many items, word that an answer is written; a worker for one program has a pipe for that, the
*bell*. Through the *leash* the zygote tells the worker's process id and how it ended; closing it
kills the worker.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from visual_erm.errors import BackendError
from visual_erm.renderers.job import Job
from visual_erm.renderers.sandbox import Isolation, isolation_from, library_path
from visual_erm.renderers.worker import CONFINED

_START_SECONDS = 300.0
"""Of wall time; nine seconds of processor time do, which a crowded machine may give slowly."""
_GRACE = 4.0
"""A worker that hardly got the processor by its deadline is given up to this many deadlines more,
and no more processor time than one deadline."""
_ENOUGH = 0.8
"""Share of a deadline in processor time after which a time-out is the source's own doing."""
_STARVED_WAITING = 0.5
"""Share of the time a worker was ready to run and had to wait, from which it counts as starved."""
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
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


class ZygoteDied(Exception):
    """The zygote ended while it was needed."""


class WorkerGone(Exception):
    """A reused worker ended; whether this item or an earlier one is to blame is not known."""


class End:
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


class Zygote:
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
                # Ctrl-C in a terminal is the trainer's to answer
                start_new_session=True,
            )
        finally:
            theirs.close()
        self.pid = self._process.pid
        self._lock = threading.Lock()
        self._control = ours
        self._prepared = False
        self.isolation = self._introduce(job)

    def _introduce(self, job: Job) -> Isolation:
        fields = asdict(job) | {"system_calls": sorted(job.system_calls)}
        self._control.settimeout(_START_SECONDS)
        try:
            self._control.send(json.dumps(fields).encode())
            hello = json.loads(self._control.recv(1 << 16) or b"{}")
        except TimeoutError:
            busy = f"no sign of them in {_START_SECONDS:.0f} s; the machine may be overloaded"
            hello = {"error": busy}
        except OSError as error:
            hello = {"error": str(error)}
        self._control.settimeout(None)
        if "isolation" not in hello:
            self.end()
            reason = hello.get("error", "it ended without a word").strip()
            raise BackendError(f"the {job.name} workers cannot start: {reason}")
        return isolation_from(hello["isolation"])

    @property
    def prepared(self) -> bool:
        """Whether it has done what it does while idle, so that spares are worth their memory."""
        with self._lock, contextlib.suppress(OSError):
            if not self._prepared:
                self._prepared = bool(self._control.recv(64, socket.MSG_DONTWAIT))
        return self._prepared

    def spawn(self) -> Worker:
        """A new worker; what it is asked may be sent before it exists."""
        talk, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        leash, zygotes = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with self._lock:
                socket.send_fds(self._control, [b"fork"], [theirs.fileno(), zygotes.fileno()])
        except OSError:
            talk.close()
            leash.close()
            raise ZygoteDied from None
        finally:
            theirs.close()
            zygotes.close()
        return Worker(talk, leash)

    def end(self) -> None:
        """Let it go; it kills its workers and ends. Then make sure."""
        self._control.close()
        # one that still starts hears nothing, and has a folder to remove
        for make_sure in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                make_sure()
        self._process.wait()

    def forget(self) -> None:
        """In a process forked from ours: close our copy, leave the zygote to its owner."""
        self._control.close()
        self._process.returncode = 0  # not ours to wait for


class Worker:
    """The service's side of one confined worker."""

    def __init__(self, talk: socket.socket, leash: socket.socket) -> None:
        self._talk = talk
        self._leash = leash
        self.pid = 0
        """0 until the zygote has told it."""
        self.served = 0
        self._bell: int | None = None
        self._confined = False
        self._used = self._waited = 0.0

    def ask(self, request: bytes, output: int, *, bell: bool = False) -> int:
        """Send a request; return the descriptor of the file that will hold the answer.

        Args:
            request: see `pack_request`.
            output: bytes of the answer at most.
            bell: send a pipe along that says when the answer is written.
        """
        source = os.memfd_create("request", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        answer = os.memfd_create("answer", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        sent = [source, answer]
        try:
            if bell:
                self._bell, ringer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
                sent.append(ringer)
            with open(source, "wb", closefd=False) as file:
                file.write(request)
            os.lseek(source, 0, os.SEEK_SET)
            fcntl.fcntl(source, fcntl.F_ADD_SEALS, _SEALS | fcntl.F_SEAL_WRITE)
            # sparse: what is not written takes no memory, and what is written cannot grow it
            os.ftruncate(answer, output)
            fcntl.fcntl(answer, fcntl.F_ADD_SEALS, _SEALS)
            socket.send_fds(self._talk, [b"draw"], sent)
        except OSError:
            os.close(answer)
            self.let_go()
            raise WorkerGone from None
        finally:
            for descriptor in {*sent} - {answer}:
                os.close(descriptor)
        self.served += 1
        return answer

    def wait(self, job: Job, deadline: float) -> End:
        """Until the answer is there, the worker ended, or it has to be killed."""
        started = time.monotonic()
        until = started + deadline
        grace = False
        poll = select.poll()
        poll.register(self._leash, select.POLLIN)
        poll.register(self._talk, select.POLLIN)
        if self._bell is not None:
            poll.register(self._bell, select.POLLIN)
        watched = not job.limits.address_space
        self.introduced()
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
                return End("starved" if starved else "deadline", seconds=now - started, cpu=cpu)
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
                    return End("broken", reason=message.decode(errors="replace"))
                else:
                    self._confined = True
            if self._bell in events:
                if self._rung():
                    return End("answered", cpu=self._cpu_in_all())
                poll.unregister(self._bell)
            if self._leash.fileno() in events and (ended := self._ended()):
                return ended
            if watched and self.pid and _resident(self.pid) > 2 * job.limits.memory:
                return End("memory")

    def _hear(self) -> bytes:
        try:
            return self._talk.recv(1 << 13)
        except OSError:
            return b""

    def _rung(self) -> bool:
        assert self._bell is not None
        with contextlib.suppress(OSError):
            return bool(os.read(self._bell, 1))
        return False

    def introduced(self) -> int:
        """The process id; 0 while it is not known."""
        if not self.pid:
            with contextlib.suppress(OSError, ValueError):
                peek = self._leash.recv(256, socket.MSG_DONTWAIT | socket.MSG_PEEK)
                if pid := json.loads(peek).get("pid"):
                    self._leash.recv(256)
                    self.pid = pid
        return self.pid

    def _ended(self) -> End | None:
        message = self._leash.recv(256)
        if not message:
            raise ZygoteDied
        report = json.loads(message)
        if "pid" in report:
            self.pid = report["pid"]
            return None
        if "failed" in report:
            return End("broken", reason=report["failed"])
        cpu = report["cpu"] - self._used
        return End("exited", code=report["exit"], cpu=cpu, peak=report["peak"])

    def _starving(self, elapsed: float) -> bool:
        """Whether it was ready to run, but the machine gave it little processor time."""
        if not self.pid:
            return True
        waited = _waited_for_processor(self.pid) - self._waited
        return waited > _STARVED_WAITING * elapsed and self._cpu() < _ENOUGH * elapsed

    def _cpu(self) -> float:
        """Seconds of processor time that this item has used."""
        return _processor_time(self.pid) - self._used

    def _cpu_in_all(self) -> float:
        """The same of a worker that has answered, and may have ended and been waited for."""
        if self.introduced() and (used := _processor_time(self.pid)):
            return used - self._used
        self._leash.settimeout(1.0)
        with contextlib.suppress(OSError, ZygoteDied):
            while (ended := self._ended()) is None:
                pass
            return ended.cpu
        return 0.0

    def kill(self) -> None:
        """End it now, and wait a moment until it has ended: its memory is then free."""
        with contextlib.suppress(OSError):
            self._leash.shutdown(socket.SHUT_WR)
            self._leash.settimeout(1.0)
            while self._leash.recv(256):
                pass
        self.let_go()

    def let_go(self) -> None:
        """Close both sockets and the bell; the zygote kills the worker if it still runs."""
        self._talk.close()
        self._leash.close()
        if self._bell is not None:
            os.close(self._bell)
            self._bell = None


def _answered(message: bytes) -> End:
    try:
        return End("answered", cpu=min(1e6, max(0.0, float(message))))
    except ValueError:
        return End("answered")


def _processor_time(pid: int) -> float:
    """Seconds of processor time of all threads of a process."""
    with contextlib.suppress(OSError):
        # how the kernel numbers the clock of another process: clock_getcpuclockid(3)
        return time.clock_gettime(~pid << 3 | 2) if pid else 0.0
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
