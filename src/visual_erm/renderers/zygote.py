"""The process that confined workers are forked from.

It is executed, not forked, with an environment of its own and no descriptor but its control
socket; it loads what the job needs and then only forks, reaps and kills. It never sees a source
or a drawing: the service and the worker exchange those through a socket that the zygote passes on
unread. It holds one thread, so forking is safe, and it ends when the process that started it ends.

For each worker the zygote keeps a *leash*, a socket to the service. The worker's process id and,
at its end, how it ended go out through it; when the service closes it, the worker is killed.

While nobody asks, the zygote prepares what programs need (`Job.idle`), a step at a time. When that
is done it says so, once: workers forked from then on start faster.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from visual_erm.renderers.job import Job, Limits
from visual_erm.renderers.pages import Pages
from visual_erm.renderers.sandbox import Confinement, library_folders
from visual_erm.renderers.worker import become_worker

PREPARED = b"prepared"
"""Word to the service when there is nothing left to prepare."""


def main(control_descriptor: int, parent: int) -> NoReturn:
    """Prepare, report, serve until the control socket closes.

    Args:
        control_descriptor: a sequenced-packet socket; its first message is the job as JSON.
        parent: the process whose end is ours.
    """
    control = socket.socket(fileno=control_descriptor)
    job = job_from(json.loads(control.recv(1 << 17)))
    # given up while it starts, it still removes its folder
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scratch = tempfile.mkdtemp(prefix="verm-zygote-")
    os.environ.update(HOME=scratch, MPLCONFIGDIR=scratch, XDG_CACHE_HOME=scratch, TMPDIR=scratch)
    try:
        tempfile.tempdir = None
        function = _preload(job)
        confinement = Confinement(job)
        confinement.prepare_zygote()
        hello = {
            "isolation": vars(confinement.check()),
            "threads": len(_numbers_in("/proc/self/task")),
        }
    except BaseException:  # noqa: BLE001 - whatever it was, the service must be told
        control.send(json.dumps({"error": traceback.format_exc()[-8000:]}).encode())
        sys.exit(1)
    finally:
        # only loading may write; workers have no writable path, so nothing is left behind
        shutil.rmtree(scratch, ignore_errors=True)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.path[:] = library_folders()
    gc.collect()
    gc.freeze()
    Zygote(job, function, confinement, control, parent).serve(hello)


def job_from(fields: dict[str, Any]) -> Job:
    """A job as it was sent."""
    fields["limits"] = Limits(**fields["limits"])
    fields["system_calls"] = frozenset(fields["system_calls"])
    for name in ("preload", "read_only"):
        fields[name] = tuple(fields[name])
    fields["environment"] = tuple(tuple(pair) for pair in fields["environment"])
    return Job(**fields)


def resolve(target: str) -> Callable[..., Any]:
    """The function that "package.module:function" names."""
    module, _, attribute = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def _preload(job: Job) -> Callable[..., Any]:
    for name in job.preload:
        if ":" in name:
            resolve(name)()
        else:
            importlib.import_module(name)
    return resolve(job.target)


class Zygote:
    """Forks workers on request and reaps them."""

    def __init__(
        self,
        job: Job,
        function: Callable[..., Any],
        confinement: Confinement,
        control: socket.socket,
        parent: int,
    ) -> None:
        self._job = job
        self._function = function
        self._confinement = confinement
        self._control = control
        self._parent = parent
        self._leashes: dict[int, socket.socket] = {}
        self._poll = select.poll()
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._inherited = self._library_files()
        self._pages = Pages()
        self._steps: Iterator[None] | None = self._prepare()

    def serve(self, hello: dict[str, Any]) -> NoReturn:
        """Answer requests until the service is gone, then kill what is left."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._poll.register(self._control, select.POLLIN)
        self._poll.register(self._wake, select.POLLIN)
        self._control.send(json.dumps(hello).encode())
        by_leash: dict[int, int] = {}
        while True:
            # the time-out only serves to notice a service that died while a copy of its socket
            # lives on in a process forked from it
            events = self._poll.poll(2000 if self._steps is None else 0)
            if os.getppid() != self._parent:
                self._end()
            if not events:
                self._step()
            for descriptor, _ in events:
                if descriptor == self._control.fileno():
                    self._fork()
                elif descriptor == self._wake:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._wake, 4096)
                else:
                    by_leash = {leash.fileno(): pid for pid, leash in self._leashes.items()}
                    if descriptor in by_leash:
                        self._pull(by_leash[descriptor])
            self._reap()

    def _library_files(self) -> tuple[int, ...]:
        """Files that a library keeps open, for example fonts."""
        own = {self._control.fileno(), self._wake, self._waker, 0, 1, 2}
        own |= {*self._confinement.descriptors, *(one.fileno() for one in self._leashes.values())}
        return tuple(sorted(_open_descriptors() - own))

    def _step(self) -> None:
        """One step of what is left to prepare."""
        if self._steps is None:
            return
        try:
            next(self._steps)
            self._inherited = self._library_files()
        except StopIteration:
            self._steps = None
            with contextlib.suppress(OSError):
                self._control.send(PREPARED)

    def _prepare(self) -> Iterator[None]:
        with contextlib.suppress(Exception):  # what is not prepared is only slower
            if self._job.idle:
                yield from resolve(self._job.idle)()
            gc.collect()
            gc.freeze()
            self._confinement.take_stock()
            yield
            if self._job.scout:
                yield from self._pages.learn(resolve(self._job.scout)())

    def _fork(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._control, 64, 2)
        if not message or len(descriptors) != 2:
            self._end()
        conversation, leash_descriptor = descriptors
        try:
            pid = os.fork()
        except OSError as error:  # no memory or no process left: this item fails, not all
            os.close(conversation)
            with socket.socket(fileno=leash_descriptor) as leash:
                _tell(leash, {"failed": str(error)})
            return
        if pid == 0:
            signal.set_wakeup_fd(-1)
            become_worker(
                self._job,
                self._function,
                self._confinement,
                conversation,
                self._inherited,
                self._pages,
            )
        os.close(conversation)
        leash = socket.socket(fileno=leash_descriptor)
        self._leashes[pid] = leash
        self._poll.register(leash, select.POLLIN)
        _tell(leash, {"pid": pid})

    def _pull(self, pid: int) -> None:
        """The service let go of the leash, or wrote to it: the worker has to end."""
        self._poll.unregister(self._leashes[pid])
        _kill_group(pid)

    def _reap(self) -> None:
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                break
            # before it is reaped its number cannot belong to anybody else
            _kill_group(ended.si_pid)
            _, status, usage = os.wait4(ended.si_pid, 0)
            leash = self._leashes.pop(ended.si_pid, None)
            if leash is not None:
                with contextlib.suppress(KeyError):
                    self._poll.unregister(leash)
                report = {
                    "exit": os.waitstatus_to_exitcode(status),
                    "cpu": usage.ru_utime + usage.ru_stime,
                    "peak": usage.ru_maxrss * 1024,
                }
                _tell(leash, report)
                leash.close()
        self._kill_orphans()

    def _kill_orphans(self) -> None:
        """Kill what workers left behind, which is possible only where confinement is partial."""
        with contextlib.suppress(OSError):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            for pid in map(int, children):
                if pid not in self._leashes and pid != self._pages.scout:
                    _kill_group(pid)

    def _end(self) -> NoReturn:
        for pid in self._leashes:
            _kill_group(pid)
        os._exit(0)


def _tell(leash: socket.socket, report: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # a service that let go does not want to know
        leash.send(json.dumps(report).encode(), socket.MSG_DONTWAIT)


def _kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _open_descriptors() -> set[int]:
    descriptors = set()
    for number in _numbers_in("/proc/self/fd"):
        with contextlib.suppress(OSError):
            os.fstat(number)
            descriptors.add(number)
    return descriptors


def _numbers_in(folder: str) -> list[int]:
    return [int(entry.name) for entry in Path(folder).iterdir()]
