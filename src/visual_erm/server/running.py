"""The process: listening, and stopping on signals.

The first SIGTERM or SIGINT stops acceptance: what comes later is answered with 503, what was
accepted is finished, or failed after the time of grace, and then the process ends. The second one
ends it at once, and so does the first while the judges still start: nothing was accepted yet.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import uvicorn

from visual_erm import renderers
from visual_erm.errors import BackendError
from visual_erm.judges import parallel
from visual_erm.server.app import Server, Service
from visual_erm.server.settings import TOKEN, Settings

LINGER = 5
"""Seconds in which the last answers are sent."""
MOST_HEAD = 64 << 10
"""Bytes of a request's first line and headers."""
KEEP_ALIVE = 30
"""Seconds after which an idle connection is closed."""


def serve(settings: Settings, announce: Callable[[dict[str, str]], None] | None = None) -> None:
    """Listen until a signal ends it.

    Args:
        settings: how.
        announce: told url, judge, revision and shaping when it listens; None says it on stderr.

    Raises:
        UsageError: an unknown judge or shaping.
        BackendError: the judge is missing or down, or the address cannot be listened on.
    """
    # says on stderr what clients are told by their problems
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    app = Server(settings)
    service = app.service
    _ = service.reward.identity  # a judge that is missing or down ends it here, with its sentence
    listener = _listen(settings)
    server = _Listener(_config(app, settings), service)
    facts = _facts(settings, service, listener)
    (announce or _announce)(facts)
    if not settings.loopback and not settings.token:
        _say(
            f"anyone who can reach {settings.host} can use this server: set {TOKEN} or give "
            "--token-file"
        )
    try:
        server.run(sockets=[listener])
    finally:
        renderers.close_all()
        if server.at_work:  # threads that nobody waits for any more, but Python would
            _end_now(server.code)
        parallel.close_all()
    if server.code:
        sys.exit(server.code)


class _Listener(uvicorn.Server):
    """uvicorn, stopped in two steps."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining: asyncio.Task[None] | None = None
        self._signals = 0
        self.at_work = 0
        """Samples in work when it stopped."""
        self.code = 0
        """Of the process; 1 when something accepted was not finished."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._signals += 1
        if self._signals > 1 or self._loop is None:
            _end_now(128 + sig)
        if self._service.reward.computes and not self._service.warm:
            # uvicorn would wait for the judges first; others are closed as ever: a model that is
            # run by vLLM has processes of its own
            _say("stopping before it was ready")
            _end_now(0)
        self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        async def finish() -> None:
            grace = self._service.settings.grace
            accepted = self._service.desk.accepted
            _say(f"stopping; {accepted} samples have up to {grace:.0f} s to finish")
            if not await self._service.desk.stop(grace):
                _say("not everything was finished in time; the rest was answered with 503")
                self.code = 1
            self.at_work = self._service.desk.working
            self.should_exit = True

        self._draining = asyncio.ensure_future(finish())


def _config(app: Server, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",  # the one that bounds what it keeps of a request's head
        h11_max_incomplete_event_size=MOST_HEAD,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=settings.connections,
        limit_concurrency=settings.connections,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LINGER,
    )


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host.strip("[]"), settings.port))
        listener.listen(settings.connections)
    except OSError as error:
        listener.close()
        raise BackendError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}"
        ) from None
    return listener


def _facts(settings: Settings, service: Service, listener: socket.socket) -> dict[str, str]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    judge = service.reward.identity
    return {
        "url": f"http://{host}:{listener.getsockname()[1]}",
        "judge": judge.name,
        "revision": judge.revision,
        "shaping": service.reward.shaping.name,
    }


def _announce(facts: dict[str, str]) -> None:
    judge = f"judge {facts['judge']} {facts['revision']}, shaping {facts['shaping']}"
    _say(f"listening on {facts['url']} ({judge})")


def _say(words: str) -> None:
    print(f"verm serve: {words}", file=sys.stderr, flush=True)


def _end_now(code: int) -> NoReturn:
    """Without waiting for threads; children end with this process's pipes and sockets."""
    for pid in _children():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    sys.stderr.flush()
    os._exit(code)


def _children() -> list[int]:
    return [pid for judge in parallel.running() for pid in judge.processes()]
