"""What a verdict of the embedded judge costs: processor seconds and memory, by task and level.

    python -m benchmarks.judge_speed [--pairs 120] [--task chart]

Pairs are those of the own benchmark, spread over it. The reference is taken apart beforehand, as it
is for all but the first of a group of rollouts; what that costs is printed apart. One thread does
the work. Each pair is judged at every level in turn, in a process of that level's own, so that
a busy machine burdens all alike and memory is told apart. What the fast level loses:
`verm bench judge embedded embedded:fast`.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from visual_erm import images
from visual_erm.bench import judging
from visual_erm.data import shards
from visual_erm.judges.embedded import MAX_SIDE, EmbeddedJudge
from visual_erm.rewards import runs
from visual_erm.types import TASKS, Task

_judges: dict[str, EmbeddedJudge] = {}


def cost(level: str, task: Task, reference: bytes, candidate: bytes) -> tuple[float, float, float]:
    """Processor seconds of a reference and of a verdict, and megabytes at most so far."""
    judge = _judges.setdefault(level, EmbeddedJudge(level, cache_size=1))
    left, right = images.load(reference), images.load(candidate)
    started = time.process_time()
    judge.prepare(left, task)
    prepared = time.process_time()
    judge.compare(left, right, task)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return prepared - started, time.process_time() - prepared, most


def spread(task: Task, count: int) -> Iterator[dict[str, Any]]:
    """Some pairs of the benchmark, the same on every run."""
    rows = list(shards.read(judging.own(f"{task}-dev"), [*runs.PICTURES]))
    yield from rows[:: max(1, len(rows) // count)]


def main() -> None:
    """Print a line for each task and level."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=120, help="of each task")
    parser.add_argument("--task", action="append", choices=TASKS, help="default: all")
    options = parser.parse_args()
    table = Table("task", "level", "a reference", "verdict: median", "mean", "p95", "MB")
    for task in options.task or TASKS:
        pools = {level: ProcessPoolExecutor(1, get_context("spawn")) for level in MAX_SIDE}
        costs: dict[str, list[tuple[float, float, float]]] = {level: [] for level in MAX_SIDE}
        for row in spread(task, options.pairs):
            pictures = [row[side]["bytes"] for side in runs.PICTURES]
            for level, pool in pools.items():
                costs[level].append(pool.submit(cost, level, task, *pictures).result())
        for pool in pools.values():
            pool.shutdown()
        for level, measured in costs.items():
            first, verdict, memory = np.array(measured[1:]).T
            numbers = (np.median(first), np.median(verdict), verdict.mean())
            told = [f"{value:.2f}" for value in (*numbers, np.percentile(verdict, 95))]
            table.add_row(task, level, *told, f"{memory.max():.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
