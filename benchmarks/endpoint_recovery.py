"""One of two replicas dies in mid-run: how long until as many verdicts come as before?

    python -m benchmarks.endpoint_recovery [--seconds 4] [--pause 0.05]

Two servers, each a process that answers after a pause, and a judge that asks both from 32 threads.
One is ended with kill -9, and later started again; each phase lasts for the seconds. Printed are
the verdicts a second of each phase, the time until half a second brought nine tenths of what was
usual before, and the longest time without any verdict. Ends with exit code 1 when a pair
was lost, or when a request went to the dead server that was not on its way to it when it died.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise

from rich.console import Console
from rich.table import Table

from benchmarks.endpoint_speed import MODEL, THREADS, charts
from visual_erm.judges.endpoint import EndpointJudge

WINDOW = 0.5
"""Seconds over which verdicts are counted."""
ENOUGH = 0.9
"""Of the usual verdicts, in a window in which things are as before."""


class Replica:
    """A server process that can be ended and started again at the same address."""

    def __init__(self, pause: float) -> None:
        self._pause, self.port = pause, 0
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [sys.executable, "-m", "benchmarks.endpoint_speed", "--serve"]
        options = ["--port", str(self.port), "--pause", str(self._pause)]
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        """End it at once, as a machine that fails does."""
        self.process.kill()
        self.process.wait()


def recovered(times: list[float], since: float, usual: float) -> float:
    """Seconds after `since` at which a window of `WINDOW` first holds `ENOUGH` verdicts.

    >>> recovered([0.0, 1.1, 1.2, 1.3], 0.0, usual=6)
    1.3

    Args:
        times: of verdicts, ascending.
        since: when the server died.
        usual: verdicts a second before.
    """
    needed = max(1, round(ENOUGH * usual * WINDOW))
    first = bisect_left(times, since)
    for start in range(first, len(times) - needed + 1):
        if times[start + needed - 1] - times[start] <= WINDOW:
            return round(times[start + needed - 1] - since, 3)
    return float("inf")


def main() -> None:
    """Print what a death costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--pause", type=float, default=0.05)
    options = parser.parse_args()
    pairs = charts(64)
    replicas = [Replica(options.pause) for _ in range(2)]
    urls = ",".join(f"http://127.0.0.1:{replica.port}/v1" for replica in replicas)
    judge = EndpointJudge(f"{urls}#{MODEL}?profile=published")
    asked, over = count(), threading.Event()

    def ask() -> Iterator[tuple[float, float]]:
        while not over.is_set():
            verdict = judge.compare(*pairs[next(asked) % len(pairs)], "chart")
            yield time.monotonic(), verdict.usage["requests"]

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            runs = [pool.submit(lambda: list(ask())) for _ in range(THREADS)]
            started = time.monotonic()
            time.sleep(options.seconds)
            died = time.monotonic()
            replicas[0].kill()
            time.sleep(options.seconds)
            replicas[0].start()
            came_back = time.monotonic()
            time.sleep(options.seconds)
            end = time.monotonic()
            over.set()
            answers = sorted(answer for run in runs for answer in run.result())
    finally:
        judge.close()
        for replica in replicas:
            replica.kill()
    times = [when for when, _ in answers]
    phases = {
        "both": (started, died),
        "one dead": (died, came_back),
        "both again": (came_back, end),
    }
    table = Table("replicas", "verdicts a second")
    rates = {}
    for name, (since, until) in phases.items():
        rates[name] = sum(since <= one < until for one in times) / (until - since)
        table.add_row(name, f"{rates[name]:.0f}")
    lost = next(asked) - len(answers)
    again = round(sum(requests - 1 for _, requests in answers))
    gap = max(later - sooner for sooner, later in pairwise(times))
    console = Console()
    console.print(table)
    console.print(f"as before after {recovered(times, died, rates['both']):.2f} s")
    console.print(f"longest time without a verdict {gap:.2f} s")
    console.print(f"{len(answers)} pairs asked, {lost} lost, {again} asked a second time")
    if lost or again > THREADS:
        sys.exit(1)


if __name__ == "__main__":
    main()
