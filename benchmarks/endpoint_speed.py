"""What does asking a judge model cost on our side, beside the plain openai client in a loop?

    pip install openai
    python -m benchmarks.endpoint_speed [--pairs 256] [--rounds 5]

A server that answers at once (a process of its own) takes the judge out of the sum: what is left is
preparing 800 x 600 charts, encoding, sending and reading. Groups of eight candidates share a
reference, as in training. The loop encodes both pictures with Pillow at its defaults, as the
profiles want them, and asks one pair after the other. All ways take turns in one run, so that a
busy machine burdens all alike; the best round of each counts. CPU time is this process's alone.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from visual_erm.judges.endpoint import EndpointJudge
from visual_erm.judges.parse import read_reply
from visual_erm.types import JudgeIdentity

if TYPE_CHECKING:
    from visual_erm.types import Image

MODEL = "null"
GROUP = 8
THREADS = 32
REPLY = json.dumps(
    {
        "id": "0",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": '{"errors": []}'},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 900, "completion_tokens": 9, "total_tokens": 909},
    }
).encode()
MODELS = json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}).encode()


class Null(asyncio.Protocol):
    """Counts bytes and answers."""

    def __init__(self, pause: float) -> None:
        self.pause = pause

    def connection_made(self, transport: Any) -> None:
        """A client is there."""
        self.transport, self.head, self.left = transport, b"", 0

    def data_received(self, data: bytes) -> None:
        """Answer when a body has come whole."""
        if not self.left:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, data, self.head = self.head[:end].lower(), self.head[end + 4 :], b""
            if head.startswith(b"get"):
                self.answer(MODELS)
                return
            self.left = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        self.left -= len(data)
        if not self.left:
            asyncio.get_running_loop().call_later(self.pause, self.answer, REPLY)

    def answer(self, body: bytes) -> None:
        """Send a body."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        self.transport.write(head.encode() + b"\r\n\r\n" + body)


async def serve(port: int, pause: float) -> None:
    """Print the port and answer, after a pause in seconds, until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Null(pause), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def charts(count: int) -> list[tuple[Image, Image]]:
    """Pairs of 800 x 600 pixels; each group of eight has one reference."""
    from matplotlib.figure import Figure

    rng = np.random.default_rng(0)
    pairs, reference = [], None
    for number in range(count):
        drawn = []
        for _ in range(2 if number % GROUP == 0 else 1):
            figure = Figure(figsize=(8, 6), dpi=100)
            axes = figure.subplots()
            for line in range(3):
                axes.plot(rng.normal(size=40).cumsum(), marker="o", label=f"series {line}")
            axes.set_title(f"Chart number {number}")
            axes.legend()
            buffer = io.BytesIO()
            figure.savefig(buffer, format="raw")
            pixels = np.frombuffer(buffer.getvalue(), np.uint8).reshape(600, 800, 4)
            drawn.append(np.ascontiguousarray(pixels[:, :, :3]))
        reference = drawn[0] if len(drawn) == 2 else reference
        assert reference is not None
        pairs.append((reference, drawn[-1]))
    return pairs


def plain(image: Image, encoding: str) -> str:
    """A data URI by Pillow at its defaults, as the tutorials and the judge's authors do it."""
    from PIL import Image as PILImage

    buffer = io.BytesIO()
    PILImage.fromarray(image).save(buffer, encoding.upper())
    return f"data:image/{encoding};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def asker(url: str, judge: EndpointJudge) -> Callable[[tuple[Image, Image]], Any]:
    """One question by the openai client."""
    import openai

    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    layout = judge.profile.layouts["chart"]
    identity = JudgeIdentity(name="loop")

    def ask(pair: tuple[Image, Image]) -> Any:
        parts = [
            {"type": "image_url", "image_url": {"url": plain(picture, layout.encoding)}}
            for picture in pair
        ]
        content: Any = [*parts, {"type": "text", "text": judge.profile.prompt("chart")}]
        answer = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": content}],
            max_tokens=layout.max_tokens,
        )
        return read_reply(answer.choices[0].message.content or "", "chart", identity)

    return ask


def cost(way: Callable[[], Any], count: int) -> tuple[float, float]:
    """CPU milliseconds a request, and requests a second."""
    wall, cpu = time.perf_counter(), time.process_time()
    way()
    return 1e3 * (time.process_time() - cpu) / count, count / (time.perf_counter() - wall)


def measure(url: str, profile: str, pairs: Sequence[tuple[Image, Image]], rounds: int) -> Table:
    """A row for each way of asking."""
    judge = EndpointJudge(f"{url}#{MODEL}?profile={profile}")
    ask = asker(url, judge)

    def compare(pair: tuple[Image, Image]) -> Any:
        return judge.compare(*pair, "chart")

    with ThreadPoolExecutor(THREADS) as pool:
        ways: dict[str, Callable[[], Any]] = {
            "openai client in a loop": lambda: [ask(pair) for pair in pairs],
            f"openai client, {THREADS} threads": lambda: list(pool.map(ask, pairs)),
            "endpoint judge in a loop": lambda: [compare(pair) for pair in pairs],
            f"endpoint judge, {THREADS} threads": lambda: list(pool.map(compare, pairs)),
        }
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                runs[name].append(cost(way, len(pairs)))
    judge.close()
    encoding = judge.profile.layouts["chart"].encoding
    title = f'profile "{profile}" ({encoding.upper()})'
    table = Table("asked by", "CPU ms a request", "requests a second", "times", title=title)
    loop = max(speed for _, speed in runs["openai client in a loop"])
    for name, run in runs.items():
        cpu, speed = min(each for each, _ in run), max(each for _, each in run)
        table.add_row(name, f"{cpu:.1f}", f"{speed:.0f}", f"{speed / loop:.1f}")
    return table


def main() -> None:
    """Print a table for each encoding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--pause", type=float, default=0.0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.port, options.pause))
    pairs = charts(options.pairs)
    command = [sys.executable, "-m", "benchmarks.endpoint_speed", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        try:
            for profile in ("published", "plain"):
                Console().print(measure(url, profile, pairs, options.rounds))
        finally:
            server.kill()


if __name__ == "__main__":
    main()
