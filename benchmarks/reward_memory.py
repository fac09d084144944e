"""Thousands of rewards in one trainer's process: what grows, and what is left behind.

    TMPDIR=$(mktemp -d) python -m benchmarks.reward_memory [--rewards 5000]

Batches of 64, eight to a reference, as a trainer asks for them: drawings, and a chart and a table
in every batch; one in twelve draws nothing or does not draw. References are new in every batch.
Compared are the end of the warm-up, a fifth of the rewards, and the end. Exit code 1 where the
memory of this process grew by more than 5%, or a process, a file or an unscored sample is left.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil

from benchmarks.soak import memory, temporary
from visual_erm import images, render, renderers
from visual_erm.integrations.engine import engine
from visual_erm.integrations.settings import Settings
from visual_erm.judges import parallel
from visual_erm.types import Task

GATE = 0.05
WARM_UP = 0.2
ONNX = ".ses"
"""A file of some bytes that onnxruntime leaves in the temporary folder when it is imported."""
BATCH, GROUP = 64, 8


def source(task: Task, rng: random.Random) -> str:
    """A small source of any look."""
    values = [rng.randint(5, 40) for _ in range(4)]
    if task == "chart":
        return f"import matplotlib.pyplot as plt\nplt.bar(list('abcd'), {values})\n"
    if task == "table":
        cells = "".join(f"<tr><td>{'abcd'[k]}</td><td>{values[k]}</td></tr>" for k in range(4))
        return f"<table border='1'>{cells}</table>"
    colours = ("teal", "navy", "crimson", "goldenrod")
    shapes = "".join(
        f"<rect x='{24 * k}' y='{90 - 2 * value}' width='20' height='{2 * value}' "
        f"fill='{rng.choice(colours)}'/>"
        for k, value in enumerate(values)
    )
    return f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 96 96'>{shapes}</svg>"


def batches(count: int, seed: int) -> Iterator[list[dict[str, Any]]]:
    """Samples, `count` in all."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        batch: list[dict[str, Any]] = []
        for group in range(BATCH // GROUP):
            for member in range(GROUP):
                rare: dict[tuple[int, int], Task] = {(3, 3): "chart", (7, 7): "table"}
                task = rare.get((group, member), "svg")
                if member == 0 or task != "svg":
                    reference = images.data_uri(render(source(task, rng), task=task).image)
                text = source(task, rng) if rng.random() > 1 / 12 else "<svg"
                batch.append({"task": task, "reference": reference, "completion": text})
        batch = batch[: count - made]
        made += len(batch)
        yield batch


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rewards", type=int, default=5000)
    count = options.parse_args().rewards
    own, before, started = psutil.Process(), temporary(), time.monotonic()
    one = engine(Settings.of())
    looks: list[tuple[int, int]] = []
    unscored = 0
    for batch in batches(int(count * WARM_UP), 0):
        unscored += sum(scored.value is None for scored in one.score_batch(batch))
    looks.append(_look(own))
    print(f"after {int(count * WARM_UP)}: {_words(looks[0])}", flush=True)
    for number, batch in enumerate(batches(count - int(count * WARM_UP), 1), 1):
        unscored += sum(scored.value is None for scored in one.score_batch(batch))
        if number % 16 == 0:
            print(f"  and {number * BATCH} more: {_words(_look(own))}", flush=True)
    looks.append(_look(own))
    growth = [looks[1][k] / looks[0][k] - 1 for k in range(2)]
    print(f"after {count}: {_words(looks[1])}; {count / (time.monotonic() - started):.1f} a second")
    print(f"growth {growth[0]:+.1%} in this process, {growth[1]:+.1%} with all below it")
    parallel.close_all()
    renderers.close_all()
    time.sleep(1)
    left = [child.name() for child in own.children(recursive=True)]
    files = temporary() - before - {ONNX}
    print(f"left: processes {left}, files {sorted(files)}; {unscored} samples unscored")
    return 1 if growth[0] > GATE or left or files or unscored else 0


def _look(own: psutil.Process) -> tuple[int, int]:
    """Bytes that this process has in memory, and that it and all below it have."""
    gc.collect()
    return own.memory_info().rss, memory()


def _words(look: tuple[int, int]) -> str:
    return f"{look[0] / 1e6:.0f} MB in this process, {look[1] / 1e6:.0f} MB with all below it"


if __name__ == "__main__":
    sys.exit(main())
