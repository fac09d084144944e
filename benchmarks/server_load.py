"""Many clients at once at one judge server: what they are told, and what memory it takes.

    python -m benchmarks.server_load                  # 500 clients at once
    python -m benchmarks.server_load --requests 40 --queue 4 --workers 1

Starts `verm serve` and asks it three ways: everybody once; everybody again and again as Retry-After
says, until all have a result; and everybody with a body as large as the server takes. Ends with
exit code 1 when an answer was neither a result nor an honest 429 or 503, when equal questions got
different rewards, or when memory grew by more than the stated bounds allow.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from visual_erm import images
from visual_erm.server.settings import MIB

REFUSALS = (429, 503)
BODY = 16
"""MiB of a large body."""
ALLOWED = 700
"""MiB by which the server and its processes may grow: held bodies, their decoded copies in two
readers, and pictures in work."""


@dataclass
class Seen:
    """What the clients of one round were told."""

    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    rewards: set[float] = field(default_factory=set)
    broken: Counter[str] = field(default_factory=Counter)
    """Connections that ended without an answer, by exception."""
    peak: int = 0
    """MiB of resident memory, the server and its processes together."""

    @property
    def honest(self) -> bool:
        """Whether everybody got a result, or a refusal with a time to come again."""
        return not self.broken and set(self.statuses) <= {200, *REFUSALS}


class Load:
    """Clients of one server."""

    def __init__(self, url: str, process: psutil.Process, client: httpx.AsyncClient) -> None:
        self._url, self._process, self._client = url, process, client

    async def round(self, number: int, ask: Callable[[Seen], Awaitable[None]]) -> Seen:
        """Let `number` clients ask at once."""
        seen = Seen()
        watch = asyncio.ensure_future(self._watch(seen))
        await asyncio.gather(*(ask(seen) for _ in range(number)))
        watch.cancel()
        return seen

    async def once(self, seen: Seen, body: bytes, form: str = "application/json") -> int | None:
        """Ask once; the seconds after which to come again, or None for an answer that stands."""
        try:
            answer = await self._client.post(
                f"{self._url}/v1/judge", content=body, headers={"Content-Type": form}
            )
        except httpx.HTTPError as error:
            seen.broken[type(error).__name__] += 1
            return None
        seen.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            seen.rewards.add(answer.json()["reward"])
            return None
        seen.codes[answer.json()["code"]] += 1
        if answer.status_code in REFUSALS:
            return int(answer.headers["Retry-After"])
        return None

    async def until_answered(self, seen: Seen, body: bytes) -> None:
        """Ask as often as it takes."""
        while (wait := await self.once(seen, body)) is not None:
            await asyncio.sleep(wait)

    async def _watch(self, seen: Seen) -> None:
        while True:
            seen.peak = max(seen.peak, memory(self._process))
            await asyncio.sleep(0.2)


def memory(process: psutil.Process) -> int:
    """MiB of a process and its descendants; what they share is counted once each."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total // MIB


@asynccontextmanager
async def served(*options: str) -> AsyncIterator[Load]:
    """A server process and clients for it."""
    verm = Path(sys.executable).parent / "verm"
    command = [str(verm), "serve", "--port", "0", "--json", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["url"]
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    try:
        async with httpx.AsyncClient(timeout=300, limits=limits) as client:
            while (await client.get(f"{url}/ready")).status_code != 200:
                await asyncio.sleep(0.2)
            yield Load(url, psutil.Process(process.pid), client)
    finally:
        process.terminate()
        process.wait()


def question() -> bytes:
    """A body of /v1/judge: two small drawings, so that the queue is measured and not the judge."""
    pictures = []
    for colour in ((0, 128, 128), (0, 0, 128)):
        picture = images.blank(96, 96)
        picture[24:72, 24:72] = colour
        pictures.append(base64.b64encode(images.encode_png(picture)).decode())
    body = {"task": "svg", "reference": pictures[0], "prediction": pictures[1]}
    return json.dumps(body).encode()


async def measure(number: int, *options: str) -> dict[str, Any]:
    """All three rounds; numbers for people, and "sound" for machines."""
    body = question()
    large = body[:-1] + b" " * (BODY * MIB) + b"}"
    async with served(*options) as load:
        before = memory(load._process)
        once: Any = lambda seen: load.once(seen, body)  # noqa: E731
        again: Any = lambda seen: load.until_answered(seen, body)  # noqa: E731
        much: Any = lambda seen: load.once(seen, large)  # noqa: E731
        rounds = {
            "once": await load.round(number, once),
            "until answered": await load.round(number, again),
            "large bodies": await load.round(max(4, number // 5), much),
        }
    everybody = rounds["until answered"].statuses[200] == number
    rewards = set.union(*(seen.rewards for seen in rounds.values()))
    grown = max(seen.peak for seen in rounds.values()) - before
    honest = all(seen.honest for seen in rounds.values())
    return {
        "rounds": {name: _row(seen) for name, seen in rounds.items()},
        "memory_before": before,
        "memory_grown": grown,
        "sound": honest and everybody and len(rewards) == 1 and grown <= ALLOWED,
    }


def _row(seen: Seen) -> dict[str, Any]:
    return {
        "statuses": dict(seen.statuses),
        "refused_with": dict(seen.codes),
        "without_answer": dict(seen.broken),
        "peak_mib": seen.peak,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; the exit code says whether it is as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--queue", type=int, default=128)
    parser.add_argument("--workers", type=int)
    options = parser.parse_args(arguments)
    extra = ["--queue", str(options.queue), "--deadline", "280"]
    if options.workers:
        extra += ["--workers", str(options.workers)]
    found = asyncio.run(measure(options.requests, *extra))
    for name, row in found["rounds"].items():
        print(f"{name}: {json.dumps(row)}")
    print(
        f"memory: {found['memory_before']} MiB before, at most {found['memory_grown']} MiB more; "
        f"{'sound' if found['sound'] else 'NOT SOUND'}"
    )
    return 0 if found["sound"] else 1


if __name__ == "__main__":
    sys.exit(main())
