"""HTTP requests that end in time: a deadline for the whole of one, and a way to call it off.

    transport = Transport()
    answer = transport.send(Call("POST", url, body, headers, until=time.monotonic() + 60))

A time-out of a library counts from one read to the next, so a server that sends a blank every
second is never late. Here each read and write gets what is left of the request's own time. A
`Call` can be cancelled from another thread, which closes its connection: the server is told that
nobody waits any more. Connections are kept; proxies come from the environment, as usual.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl

CONNECT = 5.0
"""Seconds until a server that does not answer the door counts as down."""
MOST_BYTES = 8_000_000
"""Of an answer; the longest honest one has some 100 KB."""
PIECE = 1 << 18
"""Bytes that are handed over at once, so that a server that takes them slowly is late in time."""


class CallError(Exception):
    """There is no answer; the message says why."""


class UnreachableError(CallError):
    """No connection, or it broke."""


class LateError(CallError):
    """No whole answer in time."""


class TooLongError(CallError):
    """An answer of more than `MOST_BYTES`."""


class CancelledError(CallError):
    """Called off by `Call.cancel`."""


@dataclass(frozen=True)
class Answer:
    """What a server sent."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass
class Call:
    """One request, sent once."""

    method: str
    url: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    until: float = float("inf")
    """Time of `time.monotonic` by which the whole answer must be there."""
    cancelled: bool = False
    _stream: httpcore.NetworkStream | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def cancel(self) -> None:
        """End it, from any thread; the sender meets a `CancelledError`."""
        self.cancelled = True
        with self._lock:
            stream = self._stream
            if stream is not None:
                sock = stream.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """It needs its connection no more: who cancels it from now on must not end another's."""
        with self._lock:
            self._stream = None

    def left(self, late: type[Exception]) -> float:
        """Seconds until its time is up; raises `late` if it is, or if it was cancelled."""
        seconds = self.until - time.monotonic()
        if seconds <= 0 or self.cancelled:
            raise late("no time left")
        return seconds


class Transport:
    """Sends calls, from as many threads as you like."""

    def __init__(self) -> None:
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()

    def send(self, call: Call) -> Answer:
        """The whole answer to a call.

        Raises:
            UnreachableError: no connection, or one that broke.
            LateError: its time is up.
            TooLongError: the answer does not end.
            CancelledError: it was called off.
        """
        _current.call = call
        headers: list[tuple[bytes | str, bytes | str]] = [("Host", _host(call.url))]
        headers += call.headers.items()
        try:
            with self._pool(call.url).stream(
                call.method, call.url, headers=headers, content=call.body
            ) as response:
                body = _whole(response.iter_stream())
                call.release()  # before the connection is anybody's again
                named = {k.decode().lower(): v.decode("latin-1") for k, v in response.headers}
                return Answer(response.status, named, body)
        except httpcore.ConnectTimeout:
            raise UnreachableError("the connection is not answered") from None
        except httpcore.TimeoutException:
            raise self._ended(call, LateError("no answer in time")) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
            reason = str(error) or type(error).__name__
            raise self._ended(call, UnreachableError(reason)) from None
        finally:
            call.release()
            _current.call = None

    def close(self) -> None:
        """End the connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    @staticmethod
    def _ended(call: Call, error: CallError) -> CallError:
        return CancelledError("called off") if call.cancelled else error

    def _pool(self, url: str) -> httpcore.ConnectionPool:
        proxy = _proxy(url)
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = _new_pool(proxy, secure=url.startswith("https:"))
            return self._pools[proxy]


def _whole(chunks: Iterable[bytes]) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > MOST_BYTES:
            raise TooLongError(f"an answer of more than {MOST_BYTES // 1_000_000} MB")
        parts.append(chunk)
    return b"".join(parts)


@cache
def _host(url: str) -> bytes:
    return httpx.URL(url).netloc


@cache
def _proxy(url: str) -> str | None:
    """The proxy that the environment names for an address; None for none."""
    parsed = httpx.URL(url)
    if urllib.request.proxy_bypass(parsed.host):
        return None
    return urllib.request.getproxies().get(parsed.scheme)


def _new_pool(proxy: str | None, *, secure: bool) -> httpcore.ConnectionPool:
    kept: dict[str, Any] = {
        "max_connections": None,
        "max_keepalive_connections": 64,
        "network_backend": _Backend(),
        "ssl_context": _trusted() if secure else None,
    }
    if proxy is not None:
        return httpcore.HTTPProxy(proxy, **kept)
    return httpcore.ConnectionPool(**kept)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class _Current(threading.local):
    """The call that this thread is sending."""

    call: Call | None = None


_current = _Current()


class _Backend(httpcore.SyncBackend):
    """Connections whose reads and writes end with the call that they serve."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        call = _current.call
        wait = min(CONNECT, call.left(httpcore.ReadTimeout)) if call else CONNECT
        stream = super().connect_tcp(host, port, wait, local_address, socket_options)
        return _Stream(stream)


class _Stream(httpcore.NetworkStream):
    """A connection; each step takes no longer than what is left of the current call."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self._inner.write(buffer[start : start + PIECE], self._left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._left(httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _left(self, late: type[Exception]) -> float | None:
        call = _current.call
        if call is None:
            return CONNECT
        call._stream = self
        return call.left(late)
