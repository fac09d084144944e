"""The memory that drawing writes to, copied before it is needed.

After a fork all memory is shared, and a page is copied when it is first written to: thousands of
faults in every drawing. Which pages those are is learned once, from forks that each draw a sample
(scouts); a spare worker then takes possession of those that most of them wrote to, while nobody
waits for it. Nothing is read or changed, only copied.

Needs `/proc/self/pagemap` and Linux 5.14; elsewhere nothing is copied ahead.
"""

from __future__ import annotations

import array
import collections
import ctypes
import mmap
import os
import select
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

MOST = 192 << 20
"""Bytes that a spare takes possession of at most."""
_AT_ONCE = 256
"""Pages between two looks at whether the worker is asked: well under a millisecond."""
_GAP = 1
"""Pages between two written ones that are copied with them: one call costs as much."""
_PATIENCE = 0.01
"""Seconds to wait for the scout before others are looked after."""
_POPULATE_WRITE = 23
_PR_SET_PDEATHSIG = 1
_EXCLUSIVE_AND_PRESENT = 1 << 56 | 1 << 63
_PAGE = mmap.PAGESIZE
_PAGE_NUMBER = 8
"""Bytes that a page's number takes, and its flags in the page map."""


class Pages:
    """Spans of memory that drawing writes to, in a zygote and in what is forked from it."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []
        """Address and length in bytes."""
        self.scout = 0
        """Process id of the scout while it runs."""
        self._libc = ctypes.CDLL(None)
        self._libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)

    def learn(self, draws: Iterable[Callable[[], object]]) -> Iterator[None]:
        """Fork a scout for each, and note what most wrote to; yields while they are at work."""
        counts: collections.Counter[int] = collections.Counter()
        scouts = list(draws)
        for draw in scouts:
            told = bytearray()
            yield from self._send_out(draw, told)
            whole = len(told) - len(told) % _PAGE_NUMBER
            counts.update(array.array("Q", bytes(told[:whole])))
        self.spans = _spans(page for page, count in counts.items() if 2 * count > len(scouts))

    def _send_out(self, draw: Callable[[], object], told: bytearray) -> Iterator[None]:
        reader, writer = os.pipe2(os.O_CLOEXEC)
        self.scout = os.fork()
        if self.scout == 0:
            self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            with suppress(BaseException):
                draw()
                _send(writer, written())
            os._exit(0)
        os.close(writer)
        try:
            while True:
                if select.select([reader], [], [], _PATIENCE)[0]:
                    part = os.read(reader, 1 << 16)
                    if not part:
                        break
                    told += part
                yield
        finally:
            os.close(reader)
            self.scout = 0

    def own(self, until: Callable[[], bool]) -> None:
        """Copy them, until there is something better to do."""
        left = MOST
        for start, length in self.spans:
            for offset in range(0, length, _AT_ONCE * _PAGE):
                part = min(length - offset, _AT_ONCE * _PAGE)
                left -= part
                if left < 0 or until():
                    return
                self._libc.madvise(start + offset, part, _POPULATE_WRITE)


def written() -> array.array[int]:
    """Numbers of the pages that this process shares with no other: since a fork, written to."""
    pages = array.array("Q")
    with Path("/proc/self/pagemap").open("rb", 0) as pagemap:
        for start, end in private_mappings():
            first, last = start // _PAGE, end // _PAGE
            pagemap.seek(first * _PAGE_NUMBER)
            flags = array.array("Q", pagemap.read((last - first) * _PAGE_NUMBER))
            pages.extend(
                number
                for number, flag in enumerate(flags, first)
                if flag & _EXCLUSIVE_AND_PRESENT == _EXCLUSIVE_AND_PRESENT
            )
    return pages


def _spans(pages: Iterable[int]) -> list[tuple[int, int]]:
    """Pages that follow each other, together."""
    spans: list[tuple[int, int]] = []
    end = -1
    for page in sorted(pages):
        if page - end > _GAP:
            spans.append((page * _PAGE, _PAGE))
        else:
            start = spans[-1][0]
            spans[-1] = start, (page + 1) * _PAGE - start
        end = page + 1
    return spans


def private_mappings() -> list[tuple[int, int]]:
    """First and last address of the mappings that a process may write to without others seeing."""
    found = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, mode = line.split()[:2]
        if mode.startswith("rw") and mode.endswith("p"):
            start, end = span.split("-")
            found.append((int(start, 16), int(end, 16)))
    return found


def _send(writer: int, pages: array.array[int]) -> None:
    content = memoryview(pages).cast("B")
    while content:
        content = content[os.write(writer, content) :]
