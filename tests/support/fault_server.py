"""An OpenAI-compatible server, in a process of its own, that fails in every way we know of.

    with FaultServer(seed=1) as server:
        EndpointJudge(f"{server.url}#{MODEL}?deadline=3")

What it does to a request follows from the candidate picture alone, so a test knows what must come
of each pair: some faults pass after a try or two, some last, and a good reply names its picture.
"""

import asyncio
import contextlib
import hashlib
import json
import random
import subprocess
import sys
import urllib.request
from collections import Counter

MODEL = "tests/faulty"
PASSING = ("slow", "429", "500", "reset", "half", "html", "cut", "flood")
"""Faults of one or two tries; then the reply is good."""
LASTING = {
    "wrong_schema": ("judge_fault", "unreadable"),
    "prose": ("judge_fault", "unreadable"),
    "cut_reply": ("judge_fault", "truncated"),
    "blanks": ("judge_fault", "empty"),
    "refusal": ("judge_fault", "refused"),
    "400": ("infra_fault", "refused_request"),
    "drip": ("infra_fault", "timeout"),
}
"""Faults of every try, and what a row must say of them."""


def name_of(url):
    """A picture's name, from the data URI that holds it."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def plan(name, seed=0):
    """What the server does about a picture: (a fault or "good", tries for which it lasts)."""
    rng = random.Random(f"{seed} {name}")
    kind = rng.random()
    if kind < 0.55:
        return "good", 0
    if kind < 0.85:
        return rng.choice(PASSING), rng.choice((1, 1, 2))
    return rng.choice(tuple(LASTING)), 10**9


class FaultServer:
    """The process; `port` 0 takes a free one."""

    def __init__(self, seed=0, *, port=0, quiet=False):
        self._arguments = [str(seed), str(port), "quiet" if quiet else "faulty"]

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, __file__, *self._arguments], stdout=subprocess.PIPE, text=True
        )
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/v1"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def served(self):
        """How often each picture got a good reply."""
        with urllib.request.urlopen(f"{self.url}/served", timeout=10) as answer:
            return Counter(json.loads(answer.read()))


class _Serving:
    def __init__(self, seed, faulty):
        self.seed, self.faulty = seed, faulty
        self.tries, self.good = Counter(), Counter()

    async def connection(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = head.partition("content-length:")[2].partition("\r\n")[0].strip()
                body = await reader.readexactly(int(length or 0))
                if not await self.answer(head, body, writer):
                    break
        writer.close()

    async def answer(self, head, body, writer):
        """Write an answer; whether the connection stays."""
        if head.startswith("get"):
            served = "/served" in head.split()[1]
            send(writer, dict(self.good) if served else {"data": [{"id": MODEL}]})
            return True
        parts = json.loads(body)["messages"][-1]["content"]
        name = name_of([part for part in parts if "image_url" in part][1]["image_url"]["url"])
        fault, lasts = plan(name, self.seed) if self.faulty else ("good", 0)
        self.tries[name] += 1
        if self.tries[name] > lasts:
            fault = "good"
        return await getattr(self, f"do_{fault}")(name, writer)

    async def do_good(self, name, writer):
        error = {"category": "style_error", "severity": 1 + int(name, 16) % 3, "location": name}
        send(writer, completion(json.dumps({"errors": [error]})))
        await writer.drain()
        self.good[name] += 1
        return True

    async def do_slow(self, name, writer):
        await asyncio.sleep(0.2)
        return await self.do_good(name, writer)

    async def do_429(self, name, writer):
        send(writer, {}, "429 Too Many Requests", "Retry-After: 0.05\r\n")
        return True

    async def do_500(self, name, writer):
        send(writer, {}, "500 Oops")
        return True

    async def do_reset(self, name, writer):
        writer.transport.abort()
        return False

    async def do_half(self, name, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b'{"choices": [')
        return False

    async def do_html(self, name, writer):
        send(writer, "<html><body>Bad gateway, politely</body></html>")
        return True

    async def do_cut(self, name, writer):
        send(writer, json.dumps(completion("{}"))[:-30])
        return True

    async def do_flood(self, name, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n")
        while True:
            writer.write(b" " * 100_000)
            await writer.drain()

    async def do_drip(self, name, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.1)

    async def do_wrong_schema(self, name, writer):
        send(writer, completion('{"errors": [{"category": "text_error", "severity": 7}]}'))
        return True

    async def do_prose(self, name, writer):
        send(writer, completion("I would rate this 10/10, a perfect reproduction."))
        return True

    async def do_cut_reply(self, name, writer):
        send(writer, completion('{"errors": [{"category": "text_er', finish="length"))
        return True

    async def do_blanks(self, name, writer):
        send(writer, completion("\n \t" * 3000, finish="length"))
        return True

    async def do_refusal(self, name, writer):
        send(writer, completion("", finish="content_filter"))
        return True

    async def do_400(self, name, writer):
        send(writer, {"error": "too many tokens"}, "400 Bad Request")
        return True


def completion(text, finish="stop"):
    choice = {"message": {"content": text}, "finish_reason": finish}
    return {"choices": [choice], "usage": {"prompt_tokens": 300, "completion_tokens": 20}}


def send(writer, content, status="200 OK", headers=""):
    raw = (content if isinstance(content, str) else json.dumps(content)).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(raw)}\r\n{headers}\r\n"
    writer.write(head.encode() + raw)


async def main(seed, port, mode):
    serving = _Serving(int(seed), mode == "faulty")
    server = await asyncio.start_server(serving.connection, "127.0.0.1", int(port), backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
