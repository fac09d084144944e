"""What do labelled pairs cost, and how long would the published number of them take?

    python -m benchmarks.data_speed [--pairs N]

Prints, for each task that a recipe can build, pairs per second of processor time of everything
involved (the renderers' processes included), the seconds of one pair, and from them the hours for
the published count of that task (chart 104K, table 125K, SVG 111K; arXiv 2603.13224, section 3).
Packages are fetched before the clock starts. Memory is what this process and all below it hold
(proportional set size), after a quarter of the pairs and at the end: it must not grow with them.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.table_speed import spent
from visual_erm.data.engine import build, of_split
from visual_erm.data.recipe import load_recipe

PUBLISHED = {"chart": 104_000, "table": 125_000, "svg": 111_000}
"""Pairs of each task that the published judge was trained on."""


def main() -> int:
    """Build a little of each task and print what it cost."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--pairs", type=int, default=200, help="of each task")
    arguments = options.parse_args()
    recipe = load_recipe("small")
    corpus = of_split(recipe)
    hours = 0.0
    for task in recipe.pairs:
        part = recipe.model_copy(update={"pairs": {task: arguments.pairs}})
        held: list[int] = []

        def watch(done: int, wanted: int, held: list[int] = held) -> None:
            if (not held and done >= wanted / 4) or done == wanted:
                held.append(memory())

        with tempfile.TemporaryDirectory() as folder:
            wall, cpu = time.perf_counter(), spent()
            rows = build(part, Path(folder), corpus=corpus, workers=1, progress=watch).rows
            wall, cpu = time.perf_counter() - wall, spent() - cpu
        own = PUBLISHED[task] * cpu / rows / 3600
        hours += own
        print(
            f"{task}: {rows / cpu:.1f} pairs a CPU second, {1e3 * cpu / rows:.0f} ms each "
            f"({1e3 * wall / rows:.0f} ms wall); {PUBLISHED[task]} take {own:.1f} CPU hours; "
            f"{held[0] / 1e6:.0f} MB, at the end {held[-1] / 1e6:.0f} MB"
        )
    print(f"in all {hours:.1f} CPU hours")
    return 0


def memory() -> int:
    """Bytes that this process and those below it hold; what they share counts once."""
    total = 0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total


if __name__ == "__main__":
    sys.exit(main())
