"""Thousands of mixed renders with faults among them: what is left behind, and what grows.

    python -m benchmarks.soak --renders 6000

A quarter and more are charts; about one item in nine fails in some way. Memory of this process and
of its children is compared between the end of the warm-up and the end. Exit code 1 if it grew by
more than 10%, or if a zombie, a temporary file, a stuck worker, or an infrastructure fault is left.
"""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil

from visual_erm.renderers import close_all, render_many
from visual_erm.types import Failure, Task

GATE = 0.10
WARM_UP = 0.15
"""Share of the renders."""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 99 99">{}</svg>'
CHART = "import matplotlib.pyplot as plt\nplt.{}([1, 2, 3], [{}, 3, 2])\nplt.title('{}')\n"
TABLE = "<table border='1'>" + "<tr><td>{0}</td><td>b</td></tr>" * 8 + "</table>"
CHART_FAULTS = (
    "1 / 0",
    "import os; os._exit(7)",
    "import ctypes; ctypes.string_at(0)",
    "x = bytearray(1 << 34)",
    "import os; os.kill(os.getpid(), 9)",
    "open('/etc/passwd')",
    "while True: pass",
)
SVG_FAULTS = (
    "<svg",
    SVG.format('<g id="a"><use href="#a"/></g>' * 9 + "<g>" * 400 + "</g>" * 400),
    SVG.format('<filter id="f"><feTurbulence numOctaves="99999" baseFrequency="1"/></filter>'
               '<rect width="99" height="99" filter="url(#f)"/>'),
)  # fmt: skip


def items(count: int, *, tables: bool) -> Iterator[tuple[str, Task]]:
    """Charts, SVG and tables in turn, faults among them."""
    for number in range(count):
        turn = number % 6
        if turn in (0, 3):
            if number % 27 == 0:
                yield fault(CHART_FAULTS, number // 27), "chart"
            else:
                kind = ("plot", "bar", "scatter", "step")[number % 4]
                yield CHART.format(kind, number % 7, number), "chart"
        elif turn == 5 and tables:
            yield TABLE.format(number), "table"
        elif number % 9 == 1:
            yield fault(SVG_FAULTS, number // 9), "svg"
        else:
            yield SVG.format(f"<circle r='{number % 50 + 1}'/><text y='50'>{number}</text>"), "svg"


def fault(kinds: tuple[str, ...], turn: int) -> str:
    """One fault after another; the last of them costs a whole deadline, so it comes rarely."""
    return kinds[-1] if turn % 20 == 19 else kinds[turn % (len(kinds) - 1)]


def memory() -> int:
    """Bytes that this process and all below it hold alone (shared pages counted once)."""
    total = 0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


def settled() -> int:
    """Memory when nothing is drawn: the smallest of a few looks."""
    looks = []
    for _ in range(5):
        looks.append(memory())
        time.sleep(0.2)
    return min(looks)


def temporary() -> set[str]:
    """Everything in the temporary folder: run the soak where nothing else writes there."""
    return {path.name for path in Path(tempfile.gettempdir()).iterdir()}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--renders", type=int, default=6000)
    options.add_argument("--deadline", type=float, default=5.0, help="seconds per item")
    arguments = options.parse_args()
    tables = find_spec("visual_erm.renderers.table") is not None
    before_files = temporary()
    results: collections.Counter[str] = collections.Counter()
    count, warm = arguments.renders, int(arguments.renders * WARM_UP)
    started, base = time.monotonic(), 0
    feed = items(count, tables=tables)
    for part in (warm, count - warm):
        batch = [next(feed) for _ in range(part)]
        for (_, task), result in zip(
            batch, render_many(batch, deadline=arguments.deadline), strict=True
        ):
            outcome = f"{result.kind}:{result.code}" if isinstance(result, Failure) else "drawn"
            results[f"{task} {outcome}"] += 1
        if not base:
            base = settled()
            print(f"warm after {part} renders: {base / 1e6:.0f} MB", flush=True)
    end = settled()
    return report(results, base, end, time.monotonic() - started, before_files)


def report(
    results: collections.Counter[str],
    base: int,
    end: int,
    seconds: float,
    before_files: set[str],
) -> int:
    """Print what was found; 1 if a gate failed."""
    children = psutil.Process().children(recursive=True)
    zombies = [child for child in children if child.status() == psutil.STATUS_ZOMBIE]
    close_all()
    _, stuck = psutil.wait_procs(children, timeout=10)
    files = temporary() - before_files
    ours = sum(count for name, count in results.items() if "infrastructure" in name)
    for name, count in sorted(results.items()):
        print(f"  {name}: {count}")
    total = sum(results.values())
    growth = end / base - 1
    print(f"{total} renders in {seconds:.0f} s, {total / seconds:.1f} a second")
    print(f"memory {base / 1e6:.0f} MB -> {end / 1e6:.0f} MB, {growth:+.1%} (gate {GATE:+.0%})")
    print(f"zombies {len(zombies)}, processes left {len(stuck)}, temporary files {sorted(files)}")
    print(f"infrastructure faults {ours}")
    return int(growth > GATE or bool(zombies) or bool(stuck) or bool(files) or bool(ours))


if __name__ == "__main__":
    sys.exit(main())
