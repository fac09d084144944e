from __future__ import annotations

import errno
import json
import os
import platform
import struct
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from visual_erm.errors import IsolationUnavailable, UsageError
from visual_erm.renderers import sandbox, syscalls
from visual_erm.renderers.job import Job
from visual_erm.renderers.sandbox import Isolation

FULL = Isolation(5, True, True, True, False, "full")
PARTIAL = replace(FULL, landlock_abi=0, level="partial", missing=("read your files",))
NONE = Isolation(0, False, False, False, False, "none", ("do anything",))
JOB = Job(name="test", target="")


def confined(
    body: str, setup: str = "", job: str = "Job(name='t', target='')"
) -> dict[str, object]:
    """What `body` leaves in `said`, run in a fresh interpreter after confinement."""
    script = f"""
import json, os, sys, errno
from visual_erm.renderers.job import Job, Limits
from visual_erm.renderers.sandbox import Confinement
{textwrap.dedent(setup)}
confinement = Confinement({job})
confinement.apply()
said = {{}}
def number(deed, *arguments):
    try:
        deed(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
{textwrap.dedent(body)}
print(json.dumps(said))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_probe_finds_what_this_machine_gives() -> None:
    isolation = sandbox.probe()
    assert isolation.level in ("full", "partial", "none")
    assert (isolation.level == "full") == (not isolation.missing)
    assert isolation.level in isolation.sentence


@pytest.mark.parametrize(
    ("isolation", "allow", "accepted"),
    [
        (FULL, None, True),
        (PARTIAL, None, False),
        (PARTIAL, "allow-partial", True),
        (NONE, None, False),
        (NONE, "allow-partial", False),
        (NONE, "allow-none", True),
        (FULL, "allow-none", True),
    ],
)
def test_fails_closed(
    isolation: Isolation, allow: str | None, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(sandbox.ENVIRONMENT_SWITCH, raising=False)
    for argument, variable in ((allow, None), (None, allow)):
        if variable:
            monkeypatch.setenv(sandbox.ENVIRONMENT_SWITCH, variable)
        if accepted:
            sandbox.demand(isolation, argument)
        else:
            with pytest.raises(IsolationUnavailable, match=f"allow-{isolation.level}"):
                sandbox.demand(isolation, argument)


def test_unknown_waiver_is_refused() -> None:
    with pytest.raises(UsageError, match="allow-partial"):
        sandbox.demand(FULL, "yes")


def test_refusals() -> None:
    said = confined(
        """
        import socket
        said["read"] = number(open, "/etc/passwd")
        said["proc"] = number(open, "/proc/self/environ")
        said["write"] = number(os.open, "/tmp/visual-erm-of-a-test", os.O_CREAT | os.O_WRONLY)
        said["socket"] = number(socket.socket)
        said["fork"] = number(os.fork)
        said["kill"] = number(os.kill, os.getppid(), 0)
        said["kill all"] = number(os.kill, -1, 0)
        said["own"] = number(os.kill, os.getpid(), 0)
        said["exec"] = number(os.execv, "/bin/true", ["true"])
        said["chmod"] = number(os.chmod, "/tmp", 0o777)
        said["library"] = number(open, os.__file__)
        said["null"] = number(open, "/dev/null", "w")
        import threading
        thread = threading.Thread(target=lambda: said.setdefault("thread", "ran"))
        thread.start(); thread.join()
        """
    )
    assert said == {
        "read": "EACCES",
        "proc": "EACCES",
        "write": "EACCES",
        "socket": "EPERM",
        "fork": "EPERM",
        "kill": "EPERM",
        "kill all": "EPERM",
        "own": "done",
        "exec": "EPERM",
        "chmod": "EPERM",
        "library": "done",
        "null": "done",
        "thread": "ran",
    }


def test_own_package_and_its_reference_pictures_are_hidden() -> None:
    example = next((Path(sandbox.__file__).parents[1] / "examples").rglob("reference.*"))
    said = confined(f"said['read'] = number(open, {str(example)!r})")
    assert said == {"read": "EACCES"}


def test_extra_paths_are_readable_and_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_text("x")
    (tmp_path / "out").write_text("x")
    said = confined(
        f"""
        said["in"] = number(open, {str(tmp_path / "in" / "file")!r})
        said["in, writing"] = number(open, {str(tmp_path / "in" / "file")!r}, "a")
        said["out"] = number(open, {str(tmp_path / "out")!r})
        """,
        job=f"Job(name='t', target='', read_only=({str(tmp_path / 'in')!r},))",
    )
    assert said == {"in": "done", "in, writing": "EACCES", "out": "EACCES"}


def test_without_libraries_nothing_is_readable_and_the_user_is_dropped() -> None:
    said = confined(
        """
        said["library"] = number(open, os.__file__)
        said["user"] = os.getuid()
        """,
        job="Job(name='t', target='', libraries=False)",
    )
    assert said["library"] == "EACCES"
    assert said["user"] != 0


def test_partial_isolation_without_landlock_is_told_and_still_writes_nothing() -> None:
    said = confined(
        """
        import socket
        said["write"] = number(os.open, "/tmp/visual-erm-of-a-test", os.O_CREAT | os.O_WRONLY)
        said["append"] = number(open, "/dev/null", "a")
        said["read"] = number(open, "/etc/hosts")
        said["socket"] = number(socket.socket)
        """,
        setup="""
        Confinement._make_ruleset = lambda self: None
        isolation = Confinement(Job(name='t', target='')).check()
        assert isolation.level == "partial", isolation
        assert isolation.missing == ("read your files",), isolation
        """,
    )
    assert said == {"write": "EACCES", "append": "EACCES", "read": "done", "socket": "EPERM"}


def test_no_isolation_is_told() -> None:
    confined(
        "",
        setup="""
        from visual_erm.renderers import sandbox
        apply, Confinement.apply = Confinement.apply, lambda self: None
        isolation = Confinement(Job(name='t', target='')).check()
        assert isolation.level == "none", isolation
        assert set(isolation.missing) >= {"read your files", "write files", "open sockets"}
        Confinement.apply = apply
        """,
    )


def test_missing_filter_is_no_more_than_none() -> None:
    confined(
        "",
        setup="""
        from visual_erm.renderers import sandbox
        keep = sandbox.Filter
        def absent(*_, **__):
            raise OSError(errno.ENOSYS, "no table")
        sandbox.Filter = absent
        isolation = Confinement(Job(name='t', target='')).check()
        assert isolation.level == "none" and not isolation.seccomp, isolation
        assert isolation.landlock_abi, isolation
        sandbox.Filter = keep
        """,
    )


def test_limits_hold() -> None:
    said = confined(
        """
        import resource
        try:
            bytearray(400 << 20)
            said["memory"] = "given"
        except MemoryError:
            said["memory"] = "refused"
        said["core"] = resource.getrlimit(resource.RLIMIT_CORE)
        said["files"] = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
            said["raised"] = True
        except (ValueError, OSError):
            said["raised"] = False
        """,
        job="Job(name='t', target='', limits=Limits(memory=200 << 20, files=99))",
    )
    assert said == {"memory": "refused", "core": [0, 0], "files": 99, "raised": False}


class Machine:
    """Runs a filter program on one system call, as the kernel does."""

    def __init__(self, machine: str, extra: frozenset[str] = frozenset()) -> None:
        self.column = ("x86_64", "aarch64").index(machine)
        self.architecture = (0xC000003E, 0xC00000B7)[self.column]
        program = syscalls.Filter(extra, machine=machine).bytes_for(4242)
        self.lines = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]

    def run(self, number: int, *arguments: int, architecture: int | None = None) -> str:
        padded = (*arguments, *([0] * (6 - len(arguments))))
        data = struct.pack("=iIQ6Q", number, architecture or self.architecture, 0, *padded)
        at, loaded = 0, 0
        while True:
            code, if_true, if_false, value = self.lines[at]
            at += 1
            if code == 0x20:
                (loaded,) = struct.unpack_from("=I", data, value)
            elif code == 0x06:
                kind, low = value & 0xFFFF0000, value & 0xFFFF
                if kind == 0x00050000:
                    return errno.errorcode[low]
                return {0x7FFF0000: "allowed", 0x80000000: "killed"}[kind]
            else:
                taken = {
                    0x15: loaded == value,
                    0x35: loaded >= value,
                    0x45: bool(loaded & value),
                }[code]
                at += if_true if taken else if_false

    def call(self, name: str, *arguments: int) -> str:
        tables = syscalls.NUMBERS | syscalls.OPTIONAL | syscalls._CHECKED | syscalls._ABSENT
        number = tables[name][self.column]
        assert number is not None
        return self.run(number, *arguments)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_on_both_architectures(machine: str) -> None:
    filtered = Machine(machine)
    for name, numbers in syscalls.NUMBERS.items():
        if numbers[filtered.column] is not None:
            assert filtered.call(name) == "allowed", name
    for name in syscalls.OPTIONAL:
        assert filtered.call(name) == "EPERM", name
    for name in ("clone3", "memfd_create", "io_uring_setup", "openat2"):
        assert filtered.call(name) == "ENOSYS", name
    thread = 0x3D0F00
    assert filtered.call("clone", thread) == "allowed"
    assert filtered.call("clone", 17) == "EPERM"
    assert filtered.call("clone", thread | 0x10000000) == "EPERM"
    assert filtered.call("clone", thread | 0x00020000) == "EPERM"
    assert filtered.call("kill", 4242, 9) == "allowed"
    assert filtered.call("kill", 4243, 9) == "EPERM"
    assert filtered.call("kill", (1 << 64) - 1, 9) == "EPERM"
    assert filtered.call("tgkill", 1, 1, 9) == "EPERM"
    assert filtered.call("prlimit64", 0) == "allowed"
    assert filtered.call("prlimit64", 1) == "EPERM"
    assert filtered.call("ioctl", 0, 0x5401) == "allowed"
    assert filtered.call("ioctl", 0, 0x5412) == "ENOTTY"
    assert filtered.call("fcntl", 0, 1030) == "allowed"
    assert filtered.call("fcntl", 0, 8) == "EPERM"
    assert filtered.call("fcntl", 0, 1033) == "EPERM"
    assert filtered.call("prctl", 15) == "allowed"
    assert filtered.call("prctl", 1) == "EPERM"
    assert filtered.run(0, architecture=0x40000003) == "killed"
    assert Machine(machine, frozenset({"socketpair"})).call("socketpair") == "allowed"


def test_filter_denies_everything_that_is_not_named() -> None:
    for machine in ("x86_64", "aarch64"):
        filtered = Machine(machine)
        tables = syscalls.NUMBERS | syscalls._CHECKED
        named = {numbers[filtered.column] for numbers in tables.values()}
        for number in set(range(600)) - named:
            assert filtered.run(number) in ("EPERM", "ENOSYS"), number
        assert filtered.run(0x40000000) in ("killed", "EPERM")


def test_numbers_agree_with_the_kernel_headers() -> None:
    """On a machine that has them; both architectures where both are installed."""
    headers = {
        0: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        1: Path("/usr/include/asm-generic/unistd.h"),
    }
    checked = 0
    tables = syscalls.NUMBERS | syscalls.OPTIONAL | syscalls._CHECKED | syscalls._ABSENT
    aliases = {"newfstatat": "fstatat"}
    for column, path in headers.items():
        if not path.exists():
            continue
        text = path.read_text().replace("__NR3264_", "__NR_")
        defined = {
            words[1].removeprefix("__NR_"): int(words[2])
            for words in (line.split() for line in text.splitlines())
            if len(words) == 3 and words[0] == "#define" and words[2].isdigit()
        }
        for name, numbers in tables.items():
            if numbers[column] is not None:
                known = name if name in defined else aliases.get(name, name)
                assert defined[known] == numbers[column], name
                checked += 1
    if not checked:
        pytest.skip("no kernel headers here")


def test_unknown_architecture_has_no_filter() -> None:
    with pytest.raises(OSError, match="riscv64"):
        syscalls.Filter(machine="riscv64")


def test_this_machine_has_a_table() -> None:
    assert platform.machine() in ("x86_64", "aarch64")
    assert len(syscalls.Filter()) < 4096
    assert os.uname().sysname == "Linux"
