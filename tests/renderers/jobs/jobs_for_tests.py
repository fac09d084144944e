"""Functions that confined workers run in the tests of the service."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from visual_erm.renderers.job import Drawing, Rejected

SEEN = []
PREPARED = bytearray()


def prepare() -> Iterator[None]:
    for _ in range(3):
        PREPARED.extend(bytes(1 << 20))
        yield


def linger() -> None:
    time.sleep(60)


def prepare_for_long() -> Iterator[None]:
    while True:
        time.sleep(0.01)
        yield


def scouts() -> list[Callable[[], object]]:
    return [PREPARED.reverse] * 3


def act(source: bytes, options: dict[str, Any]) -> Drawing:
    word = source.decode()
    SEEN.append(word)
    if word == "loop":
        while True:
            pass
    if word == "sleep":
        time.sleep(100)
    if word == "raise":
        raise ValueError("see /some/private/folder/file.txt and http://example.org/a/b")
    if word == "reject":
        raise Rejected("not_good", "no", "because")
    if word == "exit":
        os._exit(3)
    if word == "leave":
        sys.exit(4)
    if word == "memory":
        np.ones(1 << 32)
    if word == "segfault":
        ctypes.string_at(0)
    if word == "nothing":
        os._exit(0)
    if word == "wrong":
        return None  # type: ignore[return-value]
    if word == "large":
        return Drawing(image=np.zeros((20000, 100, 3), np.uint8))
    if word == "document":
        return Drawing(document=b"\0{}")
    if word == "ring":
        for descriptor in range(3, 64):
            with suppress(OSError):
                os.write(descriptor, b"!")
        time.sleep(100)
    if word == "descriptors":
        return Drawing(meta={"open": len(os.listdir("/proc/self/fd"))})
    if word == "resident":
        block = np.ones(600 << 17)
        time.sleep(1)
        return Drawing(meta={"sum": float(block.sum())})
    image = np.full((40, 60, 3), options.get("grey", 7), np.uint8)
    meta = {
        "pid": os.getpid(),
        "seen": len(SEEN),
        "environment": dict(os.environ),
        "directory": os.getcwd(),
        "session": os.getsid(0),
        "uid": os.getuid(),
        "path": sys.path,
    }
    return Drawing(image=image, document=source, meta=meta)
