"""The process between us and a browser: confines it, outlives nobody, leaves nothing behind.

Run by path with `python -I -S` and therefore made of the standard library only. It becomes the
reaper of everything the browser starts, forks, shuts the child into a Landlock domain (system
libraries and the font set to read, its own profile to write, no TCP) and executes the browser
there. When the browser ends, when our end of the leash closes or when the process that started us
dies, it kills what is left, reaps it and removes the profile.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import select
import shutil
import signal
import struct
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
_MOST_FILE = 1 << 30
"""Bytes of any one file, shared memory included: a browser gone wild must not fill the disk."""


def main() -> NoReturn:
    """Start what the first argument (JSON) describes, and stay until it is gone."""
    order: dict[str, Any] = json.loads(sys.argv[1])
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    if os.getppid() == order["parent"]:
        browser = _start(order, libc)
        os.close(order["reads"])
        os.close(order["writes"])
        _wait(browser, wake)
    _end_everything()
    shutil.rmtree(order["profile"], ignore_errors=True)
    os._exit(0)


def _start(order: dict[str, Any], libc: ctypes.CDLL) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        log = os.open(f"{order['profile']}/log", os.O_CREAT | os.O_WRONLY, 0o600)
        null = os.open(os.devnull, os.O_RDWR)
        # numbers that are free and above those which the browser expects, so that none of the
        # two is overwritten on the way: ours may be any, in a process that holds many files
        reads, writes = (fcntl.fcntl(order[end], fcntl.F_DUPFD, 16) for end in ("reads", "writes"))
        for source, target in ((null, 0), (null, 1), (log, 2), (reads, 3), (writes, 4)):
            os.dup2(source, target, inheritable=True)
        os.closerange(5, 1 << 16)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_FILE, _MOST_FILE))
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _confine(libc, order["readable"], order["writable"])
        os.chdir("/")
        command = order["command"]
        os.execve(command[0], command, order["environment"])  # noqa: S606 - a shell adds nothing
    finally:
        os._exit(127)


def _confine(libc: ctypes.CDLL, readable: Iterable[str], writable: Iterable[str]) -> None:
    """Landlock, as far as the kernel has it; the document drawn is sanitised all the same."""
    abi = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if abi < 1:
        return
    handled = (1 << 13) - 1
    handled |= (1 << 13 if abi >= 2 else 0) | (1 << 14 if abi >= 3 else 0)
    handled |= 1 << 15 if abi >= 5 else 0
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = libc.syscall(_LANDLOCK_CREATE, struct.pack("=QQQ", handled, 3, 3), size, 0)
    if ruleset < 0:
        return
    for path in readable:
        _allow(libc, ruleset, path, _READ & handled)
    for path in writable:
        _allow(libc, ruleset, path, handled)
    libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not Path(path).is_dir():
        access &= _FILE_RIGHTS
    libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", access, descriptor), 0)
    os.close(descriptor)


def _wait(browser: int, wake: int) -> None:
    """Until the browser has ended, a signal asks for the end, or standard input closes."""
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    poll.register(0, select.POLLIN)
    parent = os.getppid()
    while True:
        # the time-out notices a parent that died while a fork of it holds the leash
        events = [descriptor for descriptor, _ in poll.poll(5000)]
        if 0 in events or os.getppid() != parent:
            return
        if wake in events and set(os.read(wake, 4096)) - {signal.SIGCHLD}:
            return
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == browser:
                return
            if pid == 0:
                break


def _end_everything() -> None:
    """Kill and reap every descendant; what they leave behind is ours by inheritance."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        for child in map(int, children):
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


if __name__ == "__main__":
    main()
