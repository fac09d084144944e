import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from served import png, square

VERM = Path(sys.executable).parent / "verm"


class Running:
    """A server process of its own, listening on a free port of this machine."""

    def __init__(self, log, *options, env=None):
        self.log = log
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [VERM, "serve", "--port", "0", *options],
                stderr=stream,
                stdout=stream,
                env={**os.environ, **(env or {})},
            )
        try:
            self.url = self._await()
        except BaseException:  # nobody else knows of it
            self.process.kill()
            self.process.wait()
            raise
        self.client = httpx.Client(base_url=self.url, timeout=60)

    def _await(self):
        deadline = time.monotonic() + 300  # of a crowded machine
        while time.monotonic() < deadline:
            found = re.search(r"listening on (http://\S+)", self.log.read_text())
            try:
                if found and httpx.get(f"{found[1]}/ready").status_code == 200:
                    return found[1]
            except httpx.TransportError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        return self.process.wait(30)

    def close(self):
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextmanager
def started(log, *options, env=None):
    server = Running(log, *options, env=env)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server with the embedded judge, for the tests that leave it as it was."""
    log = tmp_path_factory.mktemp("serve") / "log"
    options = ("--workers", "1", "--body", "1", "--batch", "8", "--pixels", "1000000")
    with started(log, *options) as running:
        yield running
        assert running.stop() == 0
        assert "Traceback" not in log.read_text()


@pytest.fixture
def start(tmp_path):
    """Starts servers that end with the test."""
    open_ones = []

    def begin(*options, env=None):
        open_ones.append(Running(tmp_path / f"log{len(open_ones)}", *options, env=env))
        return open_ones[-1]

    yield begin
    for one in open_ones:
        one.close()


@pytest.fixture(scope="session")
def reference():
    return png(square(10))


@pytest.fixture(scope="session")
def prediction():
    return png(square(26))
