"""Requests that end in time, over real sockets."""

import contextlib
import socket
import threading
import time

import pytest

from visual_erm import transport
from visual_erm.transport import (
    Call,
    CancelledError,
    LateError,
    TooLongError,
    Transport,
    UnreachableError,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"


@contextlib.contextmanager
def serving(answer):
    """A server that does one thing to whoever comes: `answer(connection)`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    request = b""
                    while not request.endswith((b"{}", b"models HTTP/1.1\r\n\r\n")):
                        request += connection.recv(65536)
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
    thread.join()


def send(url, seconds=5.0, body=b"{}"):
    sender = Transport()
    try:
        return sender.send(Call("POST", url, body, until=time.monotonic() + seconds))
    finally:
        sender.close()


def dribble(connection):
    connection.sendall(HEAD)
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(b" ")
            time.sleep(0.02)


def test_an_answer():
    good = b"HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno"
    with serving(lambda connection: connection.sendall(good)) as url:
        answer = send(url)
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "3", b"no")


def test_a_server_that_never_ends_is_late_though_every_read_is_quick():
    with serving(dribble) as url, pytest.raises(LateError):
        send(url, seconds=0.3)


def test_a_flood_ends_at_a_number_of_bytes(monkeypatch):
    monkeypatch.setattr(transport, "MOST_BYTES", 100_000)

    def flood(connection):
        connection.sendall(HEAD)
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b" " * 65536)

    with serving(flood) as url, pytest.raises(TooLongError):
        send(url)


def test_half_an_answer_is_none():
    with serving(lambda c: c.sendall(HEAD + b"half")) as url, pytest.raises(UnreachableError):
        send(url)


def test_a_call_is_called_off_from_another_thread():
    gone = threading.Event()

    def wait(connection):
        assert connection.recv(10) == b""
        gone.set()

    with serving(wait) as url:
        sender = Transport()
        call = Call("POST", url, b"{}", until=time.monotonic() + 30)
        threading.Timer(0.1, call.cancel).start()
        with pytest.raises(CancelledError):
            sender.send(call)
        assert gone.wait(5), "the server must learn that nobody waits"
        sender.close()


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    transport._proxy.cache_clear()
    seen = []

    def answer(connection):
        seen.append(True)
        connection.sendall(b"HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n")

    with serving(answer) as url:
        monkeypatch.setenv("http_proxy", url.removesuffix("/x"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert send("http://judge.invalid/v1/models").status == 204
    transport._proxy.cache_clear()
    assert seen
