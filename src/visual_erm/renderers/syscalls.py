"""The system calls that confined code may make, as a filter program for the kernel (seccomp).

An allow-list: what is not named fails with EPERM. The list holds what computing, drawing and
reading files needs; nothing that makes a process, a socket, a file, a name, a memory file, or that
touches another process. Where a call is harmless only with certain arguments (clone, kill, prctl,
fcntl, ioctl), the filter looks at them. Numbers are from the kernel's `asm/unistd_64.h` (x86_64)
and `asm-generic/unistd.h` (aarch64).
"""

from __future__ import annotations

import errno
import platform
import struct
import sys

Number = int | None

# name: (x86_64, aarch64); None where the architecture does not have the call
NUMBERS: dict[str, tuple[Number, Number]] = {
    # bytes in and out of descriptors that are already open
    "read": (0, 63), "readv": (19, 65), "pread64": (17, 67), "preadv": (295, 69),
    "preadv2": (327, 286), "write": (1, 64), "writev": (20, 66), "pwrite64": (18, 68),
    "pwritev": (296, 70), "pwritev2": (328, 287), "lseek": (8, 62), "close": (3, 57),
    "close_range": (436, 436), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "pipe": (22, None), "pipe2": (293, 59), "flock": (73, 32), "fsync": (74, 82),
    "fdatasync": (75, 83), "ftruncate": (77, 46), "fadvise64": (221, 223), "sendfile": (40, 71),
    # looking at files; Landlock decides which may be opened
    "open": (2, None), "openat": (257, 56), "fstat": (5, 80), "newfstatat": (262, 79),
    "stat": (4, None), "lstat": (6, None), "statx": (332, 291), "statfs": (137, 43),
    "fstatfs": (138, 44), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, None), "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17),
    "chdir": (80, 49), "fchdir": (81, 50), "umask": (95, 166),
    # waiting
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    "epoll_create": (213, None), "epoll_create1": (291, 20), "epoll_ctl": (233, 21),
    "epoll_wait": (232, None), "epoll_pwait": (281, 22), "epoll_pwait2": (441, 441),
    "eventfd2": (290, 19), "nanosleep": (35, 101), "clock_nanosleep": (230, 115),
    "pause": (34, None), "restart_syscall": (219, 128),
    # memory
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216),
    "madvise": (28, 233), "brk": (12, 214), "msync": (26, 227),
    # threads
    "futex": (202, 98), "futex_waitv": (449, 449), "set_robust_list": (273, 99),
    "rseq": (334, 293), "membarrier": (324, 283), "set_tid_address": (218, 96),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120), "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126), "getcpu": (309, 168), "exit": (60, 93),
    "exit_group": (231, 94), "wait4": (61, 260), "waitid": (247, 95),
    # its own signals and timers
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "rt_sigsuspend": (130, 133), "rt_sigpending": (127, 136), "rt_sigtimedwait": (128, 137),
    "sigaltstack": (131, 132), "alarm": (37, None), "setitimer": (38, 103), "getitimer": (36, 102),
    # time
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169),
    "time": (201, None), "times": (100, 153),
    # who and where am I
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getpgrp": (111, None),
    "getpgid": (121, 155), "getsid": (124, 156), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getresuid": (118, 148),
    "getresgid": (120, 150), "getgroups": (115, 158), "capget": (125, 90), "uname": (63, 160),
    "sysinfo": (99, 179), "getrusage": (98, 165), "getrlimit": (97, 163), "setrlimit": (160, 164),
    "getrandom": (318, 278),
}  # fmt: skip

OPTIONAL: dict[str, tuple[Number, Number]] = {
    "recvmsg": (47, 212), "sendmsg": (46, 211), "recvfrom": (45, 207), "sendto": (44, 206),
    "socketpair": (53, 199), "shutdown": (48, 210), "getsockopt": (55, 209),
    "setsockopt": (54, 208), "getsockname": (51, 204), "pkey_alloc": (330, 289),
    "pkey_free": (331, 290), "pkey_mprotect": (329, 288),
}  # fmt: skip
"""Calls that one kind of worker may need; a `Job` names them."""

_CHECKED: dict[str, tuple[Number, Number]] = {
    "clone": (56, 220), "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261),
    "ioctl": (16, 29), "fcntl": (72, 25), "prctl": (157, 167),
}  # fmt: skip
_ABSENT: dict[str, tuple[Number, Number]] = {
    "clone3": (435, 435), "memfd_create": (319, 279), "io_uring_setup": (425, 425),
    "openat2": (437, 437),
}  # fmt: skip
"""Answered with ENOSYS, so that libraries fall back to an older call or do without."""

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020080
_OPEN_TO_WRITE = 0o1 | 0o2 | 0o100 | 0o1000
_FCNTL_HARMLESS = (0, 1, 2, 3, 4, 5, 6, 7, 1030)  # dup, flags, file locks; no owner, no seals
_IOCTL_HARMLESS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # isatty, window, size, cloexec
_PRCTL_HARMLESS = (15, 16, 38, 39, 0x53564D41)  # thread name, no_new_privs, names of mappings
_OWN_PID = 0x5E1F5E1F
"""Stands in the program for the process id, which is known only after the fork."""


class Filter:
    """A filter program, assembled once; `bytes_for` only puts the process id in."""

    def __init__(
        self,
        extra: frozenset[str] = frozenset(),
        *,
        read_only: bool = False,
        machine: str | None = None,
    ) -> None:
        """Assemble the program.

        Args:
            extra: names of `OPTIONAL` calls to allow.
            read_only: refuse to open anything for writing, for kernels without Landlock.
            machine: architecture; this machine's if None.

        Raises:
            OSError: there is no table for this architecture.
        """
        machine = machine or platform.machine()
        if machine not in _ARCHITECTURES or sys.maxsize < 1 << 32:
            raise OSError(errno.ENOSYS, f"no system call table for {machine}")
        self._column, architecture = _ARCHITECTURES[machine]
        self._code: list[tuple[int, int, int, int]] = []
        self._load(_ARCH)
        self._when(architecture, negate=True)
        self._return(_KILL)
        self._load(_NUMBER)
        self._emit(_AT_LEAST, _X32, 0, 1)
        self._return(_KILL)
        self._arguments(read_only)
        allowed = NUMBERS | {name: OPTIONAL[name] for name in sorted(extra)}
        if read_only:
            allowed = {name: n for name, n in allowed.items() if name not in ("open", "openat")}
        for numbers in allowed.values():
            self._rule(numbers, _ALLOW)
        for numbers in _ABSENT.values():
            self._rule(numbers, _ERRNO | errno.ENOSYS)
        self._return(_ERRNO | errno.EPERM)
        self._bytes = b"".join(struct.pack("=HBBI", *line) for line in self._code)
        marker = struct.pack("=I", _OWN_PID)
        self._holes = [
            at + 4 for at in range(0, len(self._bytes), 8) if self._bytes[at + 4 : at + 8] == marker
        ]

    def __len__(self) -> int:
        return len(self._code)

    def bytes_for(self, pid: int) -> bytearray:
        """The program for one process, as an array of `struct sock_filter`."""
        program = bytearray(self._bytes)
        for hole in self._holes:
            struct.pack_into("=I", program, hole, pid)
        return program

    def _arguments(self, read_only: bool) -> None:
        """The calls that are harmless only with certain arguments."""
        eperm = _ERRNO | errno.EPERM
        with_only = self._with_only
        if (clone := _CHECKED["clone"][self._column]) is not None:
            # a thread, and nothing that makes a process or a namespace
            self._emit(_EQUAL, clone, 0, 5)
            self._load(_ARGUMENTS)
            self._emit(_ANY_BIT, _CLONE_NAMESPACES, 1, 0)
            self._emit(_ANY_BIT, _CLONE_THREAD, 1, 0)
            self._return(eperm)
            self._return(_ALLOW)
        with_only("kill", 0, (_OWN_PID,), eperm)
        with_only("tgkill", 0, (_OWN_PID,), eperm)
        with_only("prlimit64", 0, (0, _OWN_PID), eperm)
        with_only("ioctl", 1, _IOCTL_HARMLESS, _ERRNO | errno.ENOTTY)
        with_only("fcntl", 1, _FCNTL_HARMLESS, eperm)
        with_only("prctl", 0, _PRCTL_HARMLESS, eperm)
        if read_only:
            self._without_bits("open", 1, _OPEN_TO_WRITE, _ERRNO | errno.EACCES)
            self._without_bits("openat", 2, _OPEN_TO_WRITE, _ERRNO | errno.EACCES)

    def _with_only(self, name: str, argument: int, values: tuple[int, ...], otherwise: int) -> None:
        number = _CHECKED[name][self._column]
        if number is None:
            return
        self._emit(_EQUAL, number, 0, len(values) + 3)
        self._load(_ARGUMENTS + 8 * argument)
        for index, value in enumerate(values):
            self._emit(_EQUAL, value, len(values) - index, 0)
        self._return(otherwise)
        self._return(_ALLOW)

    def _without_bits(self, name: str, argument: int, bits: int, otherwise: int) -> None:
        number = NUMBERS[name][self._column]
        if number is None:
            return
        self._emit(_EQUAL, number, 0, 4)
        self._load(_ARGUMENTS + 8 * argument)
        self._emit(_ANY_BIT, bits, 0, 1)
        self._return(otherwise)
        self._return(_ALLOW)

    def _rule(self, numbers: tuple[Number, Number], verdict: int) -> None:
        number = numbers[self._column]
        if number is not None:
            self._when(number)
            self._return(verdict)

    def _when(self, value: int, *, negate: bool = False) -> None:
        """Run the next line only if the loaded word equals `value`."""
        self._emit(_EQUAL, value, int(negate), int(not negate))

    def _load(self, offset: int) -> None:
        self._emit(_LOAD, offset, 0, 0)

    def _return(self, verdict: int) -> None:
        self._emit(_RETURN, verdict, 0, 0)

    def _emit(self, code: int, value: int, if_true: int, if_false: int) -> None:
        self._code.append((code, if_true, if_false, value))
