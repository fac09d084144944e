"""A server of another project in a process of its own, on loopback and without network."""

import os
import socket
import subprocess
import time
from contextlib import contextmanager

import httpx

STARTS = 900
"""Seconds that it may take to start on a busy machine."""


@contextmanager
def running(log, *command, env=None):
    """Its address with "/v1", once it is healthy; `--host` and `--port` are added."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(log.parent / "hub"), **(env or {})}
    where = ("--host", "127.0.0.1", "--port", str(port))
    with log.open("wb") as stream:
        server = subprocess.Popen([*command, *where], env=here, stdout=stream, stderr=stream)
    try:
        until = time.monotonic() + STARTS
        while not _healthy(port):
            alive = server.poll() is None and time.monotonic() < until
            assert alive, log.read_text()[-2000:]
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


def _healthy(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def asked(judge, reference, candidate, task):
    """What a model judge's model says, before it is read."""
    parts = [judge.profile.part(one, task) for one in (reference, candidate)]
    return judge.source.ask(judge.profile.body(parts, task))
