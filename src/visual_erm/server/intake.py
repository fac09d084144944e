"""What every request passes before anything is made of it.

In this order: is the name it calls us by ours, does it come from a page of ours, does it bring the
token, is there room in the queue, is its body within the limits and complete in time. Bodies are
read here, so that the memory of all of them has one bound. A refusal is a problem (`problems.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from visual_erm.server.desk import Desk
from visual_erm.server.problems import MEDIA, Problem
from visual_erm.server.settings import Settings, is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from visual_erm.server.metrics import Metrics

OPEN = ("/", "/health", "/ready", "/openapi.json")
"""Answered without a token: they tell nothing of samples and start no work."""
BODY, UNTIL = "verm.body", "verm.until"
"""Keys of the ASGI scope: the body as a bytearray; the deadline on the event loop's clock."""
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}


class Held:
    """Bytes of bodies in memory, over all requests."""

    def __init__(self, limit: int) -> None:
        self.limit, self.bytes = limit, 0

    def take(self, number: int) -> None:
        """Reserve memory.

        Raises:
            Problem: 429, there is not enough.
        """
        if self.bytes + number > self.limit:
            raise Problem(
                429,
                "memory_full",
                f"{self.bytes} bytes of requests are held, of {self.limit}; no room for this one",
                kind="busy",
                retry_after=2,
            )
        self.bytes += number


class Intake:
    """An ASGI application before the one with the routes: checks, limits, headers and counts."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        desk: Desk,
        metrics: Metrics,
        held: Held,
        gets: Collection[str],
        posts: Collection[str],
    ) -> None:
        """Stand before `app`, which reads `gets` and is posted to at `posts`."""
        self._app, self._settings, self._desk = app, settings, desk
        self._metrics, self._held = metrics, held
        self._posts, self._paths = set(posts), {*gets, *posts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection's request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    def __init__(self, intake: Intake, scope: Scope, receive: Receive, send: Send) -> None:
        self._intake, self._scope = intake, scope
        self._receive, self._plain_send = receive, send
        self._headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self._started = asyncio.get_running_loop().time()
        self._status = 0
        self._reserved = 0
        self._read_all = False

    async def run(self) -> None:
        intake, scope = self._intake, self._scope
        scope[UNTIL] = self._started + intake._settings.deadline
        try:
            self._check()
            if scope["method"] == "POST" and scope["path"] in intake._posts:
                intake._desk.check()
                scope[BODY] = await self._body()
            await intake._app(scope, self._receive, self._send)
        except Problem as problem:
            await self._refuse(problem)
        finally:
            intake._held.bytes -= self._reserved
            scope.pop(BODY, None)
            self._count()

    def _check(self) -> None:
        """Raise the Problem of a request that may not come in."""
        settings, host = self._intake._settings, self._headers.get(b"host", "")
        # a foreign page can have its own name resolve to this machine, and then talk to us
        if settings.loopback and not settings.token and not _known(host, settings):
            raise Problem(421, "unknown_host", "this server is not known by that host name")
        origin = self._headers.get(b"origin")
        if origin is not None and _place(origin) != host.lower():
            raise Problem(403, "foreign_origin", "requests from pages of other sites are refused")
        given = self._headers.get(b"authorization", "")
        if self._scope["path"] not in OPEN and not settings.admits(given):
            raise Problem(401, "no_token", "send the server's token: Authorization: Bearer ...")

    async def _body(self) -> bytearray:
        """The whole body.

        Raises:
            Problem: 400, 408, 413 or 429.
        """
        limit, body = self._intake._settings.body, bytearray()
        stated = self._headers.get(b"content-length")
        if stated is not None:
            if int(stated) > limit:  # the HTTP parser has checked that it is a number
                raise _too_large(limit)
            self._reserve(int(stated))
        try:
            async with asyncio.timeout_at(self._scope[UNTIL]):
                while not self._read_all:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        self._read_all = True
                        raise Problem(400, "incomplete", "the request ended before its body did")
                    body += message.get("body", b"")
                    self._read_all = not message.get("more_body", False)
                    if len(body) > limit:
                        raise _too_large(limit)
                    if len(body) > self._reserved:
                        self._reserve(len(body) - self._reserved)
        except TimeoutError:
            detail = "the body did not arrive before the deadline"
            raise Problem(408, "slow_body", detail) from None
        return body

    def _reserve(self, number: int) -> None:
        self._intake._held.take(number)
        self._reserved += number

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = [*message.get("headers", []), *HEADERS.items()]
            message = {**message, "headers": headers}
        await self._plain_send(message)

    async def _refuse(self, problem: Problem) -> None:
        """Answer with the problem; a body that is still under way is read and dropped first,
        because a sender who is cut off in the middle would not read the answer.
        """
        self._intake._metrics.fault(problem.kind, problem.stage or "intake", problem.code)
        unread = self._scope["method"] == "POST" and not self._read_all
        if unread and problem.status != 408 and b"expect" not in self._headers:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._scope[UNTIL]):
                    while not self._read_all:
                        message = await self._receive()
                        self._read_all = not message.get("more_body", False)
        content = problem.encoded()
        headers = {
            "content-type": MEDIA,
            "content-length": str(len(content)),
            **problem.headers,
            **({} if self._read_all or not unread else {"connection": "close"}),
        }
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": problem.status, "headers": raw})
        await self._send({"type": "http.response.body", "body": content})

    def _count(self) -> None:
        path = self._scope["path"]
        route = path if path in self._intake._paths else "other"
        seconds = asyncio.get_running_loop().time() - self._started
        self._intake._metrics.request(route, self._status or 499, seconds)


def _known(host: str, settings: Settings) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name in settings.hosts


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"the request has more than {limit} bytes")


def until_of(scope: Scope, wish: float | None, settings: Settings) -> float:
    """The deadline of a request whose client asked for `wish` seconds; never later than ours."""
    ours: float = scope[UNTIL]
    return ours - settings.deadline + min(settings.deadline, wish or settings.deadline)
