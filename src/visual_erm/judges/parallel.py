"""A judge that computes, on all cores: processes that hold one each, behind the same protocol.

    judge = shared("embedded", 8)
    verdict = judge.compare(reference, candidate, "chart")      # from as many threads as you like

A judge that runs Python and NumPy cannot use many cores from threads. Each process is a fresh
interpreter that talks over one socket (no `multiprocessing`: that would import the trainer's main
script again), ignores Ctrl-C, and ends when the socket closes, whatever ended this process. One
reference goes to one process as long as that is not much busier than the rest, because judges
keep what they found in a reference. A process with the embedded judge holds some 120 MB and uses
one thread for its sums.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from cachetools import LRUCache

from visual_erm import images, waiting
from visual_erm.errors import InfrastructureFault, VisualErmError, boundary
from visual_erm.judges import Judge, make_judge
from visual_erm.types import Failure, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

DEADLINE = 120.0
"""Seconds of wall time for one pair; the slowest honest pair took two."""
REMEMBERED = 4096
"""References whose process is remembered."""
_TOO_BUSY = 2
"""Pairs by which the queue of a reference's process may be longer than the shortest one."""

_all: dict[tuple[int, str, int], ParallelJudge] = {}
_all_lock = threading.Lock()


def shared(spec: str, size: int) -> ParallelJudge:
    """The judge of this name with this many processes; one for all callers in a process."""
    key = (os.getpid(), spec, size)
    with _all_lock:
        if key not in _all:
            if not _all:
                atexit.register(close_all)
            _all[key] = ParallelJudge(spec, size)
        return _all[key]


def running() -> list[ParallelJudge]:
    """The `shared` judges of this process."""
    with _all_lock:
        return [judge for key, judge in _all.items() if key[0] == os.getpid()]


def close_all() -> None:
    """End every process that `shared` judges of this process started."""
    with _all_lock:
        judges = [_all.pop(key) for key in list(_all) if key[0] == os.getpid()]
    for judge in judges:
        judge.close()


class ParallelJudge:
    """Holds `size` processes, each with the same judge. They start when they are first needed."""

    def __init__(self, spec: str, size: int) -> None:
        """Nothing is started yet.

        Args:
            spec: name of a judge, as `make_judge` reads it.
            size: number of processes.

        Raises:
            UsageError: unknown judge.
        """
        self.identity = make_judge(spec).identity
        self._workers = [_Worker(spec) for _ in range(size)]
        self._lock = threading.Lock()
        self._home: LRUCache[str, _Worker] = LRUCache(REMEMBERED)

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """What differs in the candidate, found in one of the processes.

        Raises:
            JudgeFault: as the judge itself.
            InfrastructureFault: the process died twice over this pair, or took too long.
            LeftError: whoever waits has left (`waiting`) before a process was free.
        """
        worker = self._take(images.digest(reference))
        try:
            return worker.compare(reference, candidate, task)
        finally:
            with self._lock:
                worker.queued -= 1

    def close(self) -> None:
        """End the processes. The judge stays usable: they start again."""
        for worker in self._workers:
            worker.close()

    def processes(self) -> list[int]:
        """Process ids, for tests and for those who watch memory."""
        return [worker.process.pid for worker in self._workers if worker.process is not None]

    def _take(self, key: str) -> _Worker:
        with self._lock:
            shortest = min(self._workers, key=lambda worker: worker.queued)
            home = self._home.get(key, shortest)
            if home.queued >= shortest.queued + _TOO_BUSY:
                home = shortest
            self._home[key] = home
            home.queued += 1
            return home


class _Worker:
    """One process and its socket; one pair at a time."""

    def __init__(self, spec: str) -> None:
        self.spec = spec
        self.queued = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._talk: Connection | None = None
        self._turn = threading.Lock()

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        request = pickle.dumps((reference, candidate, task), protocol=5)
        with waiting.turn(self._turn):
            # a process may have been killed for no fault of this pair: once more, in a new one
            for _ in range(2):
                try:
                    return self._ask(request)
                except (EOFError, OSError):
                    self._end()
        raise _fault("worker_died", "the process that judged this pair died, twice")

    def _ask(self, request: bytes) -> Verdict:
        talk = self._talk or self._start()
        talk.send_bytes(request)
        if not talk.poll(DEADLINE):
            self._end()
            raise _fault("timeout", f"the judge took more than {DEADLINE:.0f} s over one pair")
        answer = pickle.loads(talk.recv_bytes())  # noqa: S301 - our own process, on our own socket
        if isinstance(answer, VisualErmError):
            raise answer
        assert isinstance(answer, Verdict)
        return answer

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", _PROGRAM, str(theirs.fileno()), self.spec],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=os.environ | _one_thread() | _same_path(),
            )
        self._talk = Connection(ours.detach())
        return self._talk

    def _end(self) -> None:
        if self._talk is not None:
            self._talk.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = self._talk = None

    def close(self) -> None:
        with self._turn:
            self._end()

    def forget(self) -> None:
        """In a fork: the process and the socket belong to the parent."""
        if self._talk is not None:
            self._talk.close()
        if self.process is not None:
            self.process.returncode = 0
        self.process = self._talk = None
        self._turn = threading.Lock()


def _one_thread() -> dict[str, str]:
    # as many processes as processors, each with as many threads, would stand in each other's way
    return dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def _same_path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


_PROGRAM = "import sys; from visual_erm.judges import parallel; parallel.serve(*sys.argv[1:])"


def serve(descriptor: str, spec: str) -> None:
    """What the process does: answer pairs until the socket closes."""
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    judge = make_judge(spec)
    with Connection(int(descriptor)) as talk, suppress(EOFError, OSError):
        while True:
            talk.send_bytes(pickle.dumps(_answer(judge, talk.recv_bytes())))


def _answer(judge: Judge, request: bytes) -> Verdict | VisualErmError:
    try:
        with boundary("judge"):
            reference, candidate, task = pickle.loads(request)  # noqa: S301 - from our parent
            return judge.compare(reference, candidate, task)
    except VisualErmError as error:
        return error


def _fault(code: str, message: str) -> InfrastructureFault:
    failure = Failure(kind="infrastructure", stage="judge", code=code, message=message)
    return InfrastructureFault(failure)


def _after_fork() -> None:
    global _all_lock  # noqa: PLW0603 - another thread of the parent may have held it
    _all_lock = threading.Lock()
    for judge in _all.values():
        for worker in judge._workers:
            worker.forget()
    _all.clear()


os.register_at_fork(after_in_child=_after_fork)
