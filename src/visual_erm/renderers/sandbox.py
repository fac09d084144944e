"""Confinement of code that a model wrote, applied by a process to itself. Linux only.

Stopped, as far as the kernel keeps its promises:
    - reading any file but the interpreter's libraries, fonts and time zones (Landlock): no
      reference, no key, no other sample, no /proc, no home;
    - writing, making, renaming or removing any file (Landlock, and no such system call);
    - network and local sockets, connecting or listening (seccomp; TCP by Landlock as well);
    - making processes, executing programs, signalling, tracing or reading another process;
    - shared memory, memory files, message queues, io_uring, keys, namespaces, mounts, BPF, perf;
    - memory beyond the limit (address space or private writable memory), processor time, size
      of the answer, number of descriptors;
    - gaining rights: capabilities are dropped, no_new_privs is set, the user id is dropped where
      the interpreter stays readable without it;
    - outliving the item: see `zygote` and `service`, which kill the process group at the deadline.

Not stopped:
    - reading what is in the worker's own memory: hence a worker never holds a reference, a key or
      another sample (a reused worker has seen earlier *documents*, see `Job.reuse`);
    - learning that a file exists, its size and dates: stat is needed for imports and Landlock
      leaves it open;
    - reading site-packages and system libraries, fonts and time zones: keep no secrets there;
    - flaws of the kernel behind the allowed system calls; side channels through caches and timing;
    - drawing pixels that a program holds as literals, which is a matter for the judge;
    - anything at all at level "none", and reading files at level "partial": both are refused
      unless the caller waives it (`VISUAL_ERM_ISOLATION=allow-partial` or `allow-none`).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import json
import os
import resource
import stat
import struct
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from visual_erm.errors import IsolationUnavailable, UsageError
from visual_erm.renderers.job import Job
from visual_erm.renderers.syscalls import Filter

Level = Literal["full", "partial", "none"]
ENVIRONMENT_SWITCH = "VISUAL_ERM_ISOLATION"
_ALLOWED: dict[str, tuple[Level, ...]] = {
    "full": ("full",),
    "allow-partial": ("full", "partial"),
    "allow-none": ("full", "partial", "none"),
}
NOBODY = 65534

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 24, 36, 38
_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR, _WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
_ALL_OF_ABI_1 = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_TCP = 3
_SCOPES = 3
_SIGKILL = 9


@dataclass(frozen=True)
class Isolation:
    """What confinement this machine gives, found out by trying."""

    landlock_abi: int
    """Version of the kernel's Landlock; 0 where there is none."""
    seccomp: bool
    """Whether sockets, processes and signals were refused."""
    rlimits: bool
    capabilities_dropped: bool
    uid_dropped: bool
    level: Level
    missing: tuple[str, ...] = ()
    """What untrusted code could do here, in words; empty at level "full"."""

    @property
    def sentence(self) -> str:
        """For `verm doctor` and for messages."""
        how = [f"Landlock ABI {self.landlock_abi}"] if self.landlock_abi else []
        how += ["seccomp"] if self.seccomp else []
        how += ["resource limits"] if self.rlimits else []
        how += ["no capabilities"] if self.capabilities_dropped else []
        how += ["user id dropped"] if self.uid_dropped else []
        text = f"isolation {self.level}: {', '.join(how) or 'nothing works'}"
        return text + (f"; untrusted code could {', '.join(self.missing)}" if self.missing else "")


def demand(isolation: Isolation, allow: str | None = None) -> None:
    """Fail closed.

    Args:
        isolation: what there is.
        allow: "full", "allow-partial" or "allow-none"; None asks the environment, then "full".

    Raises:
        IsolationUnavailable: there is less than is asked for.
        UsageError: `allow` is none of the three.
    """
    wanted = allow or os.environ.get(ENVIRONMENT_SWITCH) or "full"
    if wanted not in _ALLOWED:
        raise UsageError(f'isolation must be {", ".join(_ALLOWED)}; got "{wanted}"')
    if isolation.level not in _ALLOWED[wanted]:
        raise IsolationUnavailable(
            f"{isolation.sentence}. To accept that: {ENVIRONMENT_SWITCH}=allow-{isolation.level}"
        )


@functools.cache
def probe() -> Isolation:
    """What isolation works here: a throw-away process confines itself and then tries to break out.

    A fresh interpreter is asked, because a trainer with threads must not fork.
    """
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
        "from visual_erm.renderers import sandbox; sandbox.print_check()"
    )
    paths = json.dumps([path for path in sys.path if path])
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-P", "-c", code, paths],
        capture_output=True,
        check=False,
        timeout=60,
        env={"LC_ALL": "C.UTF-8"} | library_path(),
        cwd="/",
    )
    if done.returncode:
        return Isolation(0, False, False, False, False, "none", ("do anything: the probe failed",))
    return isolation_from(json.loads(done.stdout))


def isolation_from(fields: dict[str, Any]) -> Isolation:
    """Back from JSON."""
    return Isolation(**{**fields, "missing": tuple(fields["missing"])})


def print_check() -> None:
    """What `probe` runs in its fresh interpreter."""
    isolation = Confinement(Job(name="probe", target="")).check()
    sys.stdout.write(json.dumps(vars(isolation)))


def library_path() -> dict[str, str]:
    """`LD_LIBRARY_PATH`, if set: some interpreters cannot start without it."""
    return {key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ}


class Confinement:
    """Everything that can be prepared before the fork, and the few calls that are left after it."""

    def __init__(self, job: Job) -> None:
        """Prepare in the zygote: open the readable paths, assemble the filter.

        Preload first: paths are opened once, and the limits start from the memory in use now.
        """
        self._job = job
        self._zygote = os.getpid()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.landlock_abi = max(0, self._libc.syscall(_LANDLOCK_CREATE, None, 0, 1))
        self._ruleset = self._make_ruleset() if self.landlock_abi else None
        self._filter: Filter | None
        try:
            # a reused worker receives the descriptors of its next item; nothing else needs sockets
            extra = job.system_calls | ({"recvmsg"} if job.reuse else set())
            self._filter = Filter(extra, read_only=self._ruleset is None)
        except OSError:
            self._filter = None
        self.take_stock()
        self._drop_uid = os.geteuid() == 0 and self._readable_for_nobody()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a child must keep open until `apply` has run."""
        return () if self._ruleset is None else (self._ruleset,)

    def apply(self) -> None:
        """Confine the calling process, for good.

        Raises:
            OSError: the kernel refused something that it should not.
        """
        self._limit()
        self._call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if self._ruleset is not None:
            self._call("syscall", _LANDLOCK_RESTRICT, self._ruleset, 0)
            os.close(self._ruleset)
        self._drop_rights()
        self._call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
        self._call("prctl", _PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if self._filter is not None:
            self._install(self._filter)

    def end_with_zygote(self) -> None:
        """Let the calling worker end when its zygote does; `apply` sees to that once more."""
        self._call("prctl", _PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if os.getppid() != self._zygote:  # it ended before it was asked to tell
            os._exit(1)

    def take_stock(self) -> None:
        """Let the limits start from the memory in use now."""
        self._private, self._mapped = _memory_in_use()

    def limit_cpu(self, used: float) -> None:
        """Let a reused process spend the job's processor time once more."""
        soft = int(used + self._job.limits.cpu) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))

    def _limit(self) -> None:
        limits = self._job.limits
        if limits.address_space:
            _cap(resource.RLIMIT_AS, self._mapped + limits.memory)
        else:
            _cap(resource.RLIMIT_DATA, self._private + limits.memory)
        if not self._job.reuse:
            cpu = int(time.process_time() + limits.cpu) + 1
            # a program may ignore the first signal; the second, a second later, kills
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        _cap(resource.RLIMIT_FSIZE, limits.output)
        _cap(resource.RLIMIT_CORE, 0)
        _cap(resource.RLIMIT_NOFILE, limits.files)
        _cap(resource.RLIMIT_MEMLOCK, 0)
        _cap(resource.RLIMIT_MSGQUEUE, 0)
        if self._drop_uid:
            # counted per user, so all workers share it; root is never counted
            _cap(resource.RLIMIT_NPROC, 4096)

    def _drop_rights(self) -> None:
        if self._drop_uid:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
        self._call("capset", header, bytes(24))

    def prepare_zygote(self) -> None:
        """Once, in the zygote: its children can gain no capability, and none gets out of sight."""
        for capability in range(_CAPABILITIES):
            if self._libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
                break
        # what a worker leaves behind becomes the zygote's child, which kills it
        self._libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def _install(self, program: Filter) -> None:
        class Program(ctypes.Structure):
            _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))

        lines = (ctypes.c_char * (len(program) * 8)).from_buffer(program.bytes_for(os.getpid()))
        pointer = ctypes.byref(Program(len(program), ctypes.addressof(lines)))
        self._call("prctl", _PR_SET_SECCOMP, 2, pointer, 0, 0)

    def _make_ruleset(self) -> int:
        """A Landlock ruleset that handles everything and allows reading a few places."""
        abi = self.landlock_abi
        handled = _ALL_OF_ABI_1
        handled |= (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0)
        handled |= _IOCTL if abi >= 5 else 0
        attributes = struct.pack("=QQQ", handled, _TCP, _SCOPES)
        size = 8 if abi < 4 else 16 if abi < 6 else 24
        ruleset = self._call("syscall", _LANDLOCK_CREATE, attributes, size, 0)
        for path, access in readable_paths(self._job):
            self._allow(ruleset, path, access)
        return ruleset

    def _allow(self, ruleset: int, path: Path, access: int) -> None:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return  # what is not there, or not ours to open, need not be allowed
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                access &= ~_READ_DIR
            rule = struct.pack("=Qi", access, descriptor)
            self._call("syscall", _LANDLOCK_ADD, ruleset, 1, rule, 0)
        finally:
            os.close(descriptor)

    def _readable_for_nobody(self) -> bool:
        """Whether the interpreter and the job's files stay readable without root's rights."""
        folders = [Path(os.__file__).parent, *_site_folders()] if self._job.libraries else []
        return all(_open_to_all(path) for path in [*folders, *map(Path, self._job.read_only)])

    def _call(self, name: str, *arguments: Any) -> int:
        result = int(getattr(self._libc, name)(*arguments))
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}{arguments[:1]}: {os.strerror(number)}")
        return result

    def check(self) -> Isolation:
        """Confine a throw-away child and let it try what must not work.

        Only in a process without other threads.
        """
        reader, writer = os.pipe()
        canary, canary_path = _plant_canary()
        child = os.fork()
        if child == 0:
            try:
                self.apply()
                could_do = _try_everything(canary_path, self._job.system_calls)
                os.write(writer, json.dumps(could_do).encode())
            finally:
                os._exit(0)
        os.close(writer)
        raw = os.read(reader, 65536)
        os.close(reader)
        os.waitpid(child, 0)
        canary.unlink()
        could: dict[str, bool] = json.loads(raw) if raw else {"start at all": False}
        return self._judge(could)

    def _judge(self, could: dict[str, bool]) -> Isolation:
        if not raw_is_complete(could):
            return Isolation(
                0, False, False, False, False, "none", ("do anything: confinement failed to start",)
            )
        missing = tuple(deed for deed in DEEDS if could[deed])
        sealed = not {"open sockets", "start processes", "signal other processes"} & set(missing)
        level: Level = "full"
        if missing:
            level = "partial" if sealed and "write files" not in missing else "none"
        return Isolation(
            landlock_abi=0 if "read your files" in missing else self.landlock_abi,
            seccomp=self._filter is not None and sealed,
            rlimits="exceed its limits" not in missing,
            capabilities_dropped="keep capabilities" not in missing,
            uid_dropped=self._drop_uid,
            level=level,
            missing=missing,
        )


DEEDS = (
    "read your files",
    "write files",
    "open sockets",
    "start processes",
    "signal other processes",
    "exceed its limits",
    "keep capabilities",
)
"""What the probe tries, each named so that it can be put into a sentence."""


def raw_is_complete(could: dict[str, bool]) -> bool:
    """Whether the probe's child came to its end."""
    return set(could) == set(DEEDS)


def _plant_canary() -> tuple[Path, str]:
    import tempfile

    with tempfile.NamedTemporaryFile(prefix="verm-probe-", delete=False) as file:
        file.write(b"secret")
    path = Path(file.name)
    path.chmod(0o644)
    return path, file.name


def _try_everything(canary: str, granted: frozenset[str]) -> dict[str, bool]:
    """In the confined child: which of `DEEDS` succeed."""
    import socket

    def works(deed: Any, *arguments: Any) -> bool:
        try:
            deed(*arguments)
        except OSError:
            return False
        return True

    def start_process() -> None:
        if os.fork() == 0:
            os._exit(0)

    header, data = struct.pack("=Ii", _CAPABILITY_VERSION, 0), ctypes.create_string_buffer(24)
    ctypes.CDLL(None).capget(header, data)
    return {
        "read your files": works(os.open, canary, os.O_RDONLY),
        "write files": works(os.open, canary, os.O_WRONLY)
        or works(os.open, canary + "-new", os.O_WRONLY | os.O_CREAT),
        # a pair is connected to itself and reaches nobody: engines that need one may have it
        "open sockets": works(socket.socket, socket.AF_INET)
        or works(socket.socket, socket.AF_UNIX)
        or ("socketpair" not in granted and works(socket.socketpair)),
        "start processes": works(start_process),
        "signal other processes": works(os.kill, os.getppid(), 0),
        "exceed its limits": resource.getrlimit(resource.RLIMIT_CORE)[1] != 0,
        "keep capabilities": any(data.raw),
    }


def readable_paths(job: Job) -> list[tuple[Path, int]]:
    """What the child may read, as (path, Landlock access rights)."""
    both = _READ_FILE | _READ_DIR
    devices = [(Path("/dev") / name, _READ_FILE) for name in ("zero", "urandom", "random")]
    allowed = [*devices, (Path("/dev/null"), _READ_FILE | _WRITE_FILE)]
    allowed += [(Path(path), both) for path in job.read_only]
    if not job.libraries:
        return allowed
    system = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/mime.types")
    allowed += [(Path(path), both) for path in (*system, "/usr/share/zoneinfo")]
    standard = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    for folder in [*map(Path, sorted(standard)), *_site_folders()]:
        # listing the folder is what imports need; our own package is left out because it carries
        # example references, and everything of it that a job needs is preloaded
        allowed.append((folder, _READ_DIR))
        allowed += [(child, both) for child in _children(folder) if child.name not in _HIDDEN]
    libraries = Path(sys.base_prefix) / "lib"
    allowed += [(child, both) for child in _children(libraries) if ".so" in child.name]
    return allowed


_HIDDEN = {"visual_erm", "site-packages", "dist-packages"}


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _site_folders() -> list[Path]:
    names = ("site-packages", "dist-packages")
    return [Path(path) for path in sys.path if Path(path).name in names]


def library_folders() -> list[str]:
    """The entries of `sys.path` that a confined child can read."""
    standard = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    standard |= {str(Path(folder) / "lib-dynload") for folder in standard}
    return [path for path in sys.path if path in standard or Path(path) in _site_folders()]


def _open_to_all(path: Path) -> bool:
    """Whether every folder down to `path` lets any user through, and `path` itself be read."""
    try:
        folders = all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)
        return folders and bool(path.stat().st_mode & stat.S_IROTH)
    except OSError as error:
        return error.errno == errno.ENOENT


def _memory_in_use() -> tuple[int, int]:
    """Bytes of private data and of address space that this process has now."""
    pages = Path("/proc/self/statm").read_text().split()
    size = os.sysconf("SC_PAGESIZE")
    return int(pages[5]) * size, int(pages[0]) * size


def _cap(limit: int, value: int) -> None:
    """Lower a limit; where it is lower already, leave it."""
    hard = resource.getrlimit(limit)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(limit, (value, value))
