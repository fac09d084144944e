"""Table rendering against a browser started for every picture, which is what people run.

    python -m benchmarks.table_speed

Prints milliseconds per render, wall and processor time of everything involved (the browser's
processes included), one at a time and with all cores busy, and the ratios. Tables are the packaged
examples' references.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import NamedTuple

import psutil

from visual_erm import examples
from visual_erm.renderers.devtools import find_browser
from visual_erm.renderers.table import Backend, TableRenderer


class Cost(NamedTuple):
    """Milliseconds per render."""

    wall: float
    cpu: float


def sources() -> list[str]:
    """The references of the table examples."""
    return [example.reference for example in examples.load_all("table")]


def spent() -> float:
    """Seconds of processor time of this process and of all below it, those that ended included."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in psutil.Process().children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total


def each(renderers: list[TableRenderer], texts: list[str], *, restart: bool) -> Cost:
    """Cost of a render by renderers that work side by side; with `restart` each starts a browser.

    The parsing worker is kept in either case, which favours the side that restarts.
    """

    def work(index: int) -> None:
        renderer = renderers[index]
        for text in texts[index :: len(renderers)]:
            if restart and renderer._browser is not None:
                renderer._browser.close()
            renderer.render(text)

    wall, cpu = time.perf_counter(), spent()
    with ThreadPoolExecutor(len(renderers)) as pool:
        list(pool.map(work, range(len(renderers))))
    seconds, used = time.perf_counter() - wall, spent() - cpu
    return Cost(1e3 * seconds / len(texts), 1e3 * used / len(texts))


def measure(backend: Backend, texts: list[str], *, at_once: int, restart: bool = False) -> Cost:
    """The same with renderers made, warmed and closed."""
    if restart:  # a browser each: who restarts cannot share one
        renderers = [TableRenderer(backend=backend) for _ in range(at_once)]
    else:
        renderers = [TableRenderer(backend=backend)] * at_once
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda renderer: [renderer.render(text) for text in sources()], renderers))
    cost = each(renderers, texts, restart=restart)
    for renderer in set(renderers):
        renderer.close()
    return cost


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--renders", type=int, default=200, help="by the renderer that is kept")
    options.add_argument("--starts", type=int, default=10, help="renders that start a browser")
    arguments = options.parse_args()
    many = list(islice(cycle(sources()), arguments.renders))
    few = list(islice(cycle(sources()), arguments.starts))
    cores = len(os.sched_getaffinity(0))
    backends: list[Backend] = ["litehtml"]
    if find_browser() is None:
        print("no Chromium found: nothing to compare")
    else:
        backends.append("chromium")
    for at_once in (1, 2 * cores):
        kept = {name: measure(name, many, at_once=at_once) for name in backends}
        for name, cost in kept.items():
            print(f"{name} kept, {at_once} at once: {cost.wall:.1f} ms wall, {cost.cpu:.1f} ms CPU")
        if "chromium" in kept:
            starts = min(at_once, cores)
            cold = measure("chromium", few, at_once=starts, restart=True)
            print(
                f"a Chromium each, {starts} at once: {cold.wall:.0f} ms wall, {cold.cpu:.0f} ms CPU"
            )
            for name, cost in kept.items():
                print(
                    f"  ratio to {name}: {cold.wall / cost.wall:.1f} wall, "
                    f"{cold.cpu / cost.cpu:.1f} CPU"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
