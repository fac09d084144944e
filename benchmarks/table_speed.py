"""Table rendering against a browser started for every picture, which is what people run.

    python -m benchmarks.table_speed

Prints wall milliseconds per render and the ratio, and the processor time of everything involved,
the browser's processes included. Tables are the packaged examples' references.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from itertools import cycle, islice

import psutil

from visual_erm import examples
from visual_erm.renderers.devtools import find_browser
from visual_erm.renderers.table import Backend, TableRenderer


def sources() -> list[str]:
    """The references of the table examples."""
    return [example.reference for example in examples.load_all("table")]


def spent() -> float:
    """Seconds of processor time of this process, its living children, and those it waited for."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in psutil.Process().children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total


def warm(backend: Backend, texts: list[str]) -> tuple[float, float]:
    """Milliseconds per render, wall and CPU, by a renderer that is kept."""
    renderer = TableRenderer(backend=backend)
    for text in sources():
        renderer.render(text)
    wall, cpu = time.perf_counter(), spent()
    for text in texts:
        renderer.render(text)
    seconds, used = time.perf_counter() - wall, spent() - cpu
    renderer.close()
    return 1e3 * seconds / len(texts), 1e3 * used / len(texts)


def started(texts: list[str]) -> float:
    """Milliseconds of wall time per render when each one starts a browser and ends it.

    The parsing worker is kept, which favours this side.
    """
    renderer = TableRenderer(backend="chromium")
    renderer.render(texts[0])
    browser = renderer._browser
    assert browser is not None
    wall = time.perf_counter()
    for text in texts:
        browser.close()
        renderer.render(text)
    seconds = time.perf_counter() - wall
    renderer.close()
    return 1e3 * seconds / len(texts)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--renders", type=int, default=200, help="by the renderer that is kept")
    options.add_argument("--starts", type=int, default=10, help="renders that start a browser")
    arguments = options.parse_args()
    many = list(islice(cycle(sources()), arguments.renders))
    lite = warm("litehtml", many)
    print(f"litehtml: {lite[0]:.1f} ms wall, {lite[1]:.1f} ms CPU per render")
    if find_browser() is None:
        print("no Chromium found: nothing to compare")
        return 0
    kept = warm("chromium", many)
    print(f"warm Chromium: {kept[0]:.1f} ms wall, {kept[1]:.1f} ms CPU per render")
    cold = started(list(islice(cycle(sources()), arguments.starts)))
    print(f"a Chromium per render: {cold:.0f} ms wall; ratio {cold / kept[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
