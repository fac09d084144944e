"""The reward of a GRPO step, 64 completions in 8 groups of 8, beside what people do without us.

    python -m benchmarks.grpo_step [--steps N]

Four references are charts and four are drawings, the real ones of `verm demo`. A group is the
source itself, the flawed attempt, and sources in which numbers were changed, so all draw different
pictures. "ours" is TRL's reward function, called with the arguments that TRL gives it. "plain" has
a fresh interpreter for each rendering and judges one picture after the other in this process, with
the same judge, which keeps its references. Both take turns, so that a busy machine burdens both;
processor time is that of all processes, and for "ours" it is said what of it is judging, drawing
and the rest. Exit code 1 where "ours" is not `--least` times as fast by
the wall clock, which only an idle machine can say.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from visual_erm import examples, fonts, images, render
from visual_erm.integrations.trl import TrlReward
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.types import Task

if TYPE_CHECKING:
    from visual_erm.types import Image

GROUPS = (
    *("chart/iowa-power", "chart/seattle-climate", "chart/penguins", "chart/unemployment"),
    *("svg/carbon", "svg/rocket", "svg/sailboat", "svg/mushroom"),
)
SIZE = 8
DOES = {"judges import parallel": "judging", "renderers import zygote": "drawing"}
"""What a process of ours does, by a part of its command line."""
NUMBER = re.compile(r"(?<![\w#.])\d+\.?\d*(?![\w.])")
CHART = """import runpy, sys
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
plt.show = lambda *a, **k: None
runpy.run_path(sys.argv[1])
plt.gcf().savefig(sys.argv[2])
"""
DRAWING = """import resvg_py, sys
open(sys.argv[2], "wb").write(bytes(resvg_py.svg_to_bytes(svg_string=open(sys.argv[1]).read(),
    width=512, background="#ffffff", skip_system_fonts=True, font_files=sys.argv[3:])))
"""


def varied(source: str, rng: random.Random) -> str:
    """The source with one to three numbers changed, as a policy gets them wrong."""
    for _ in range(rng.randint(1, 3)):
        found = list(NUMBER.finditer(source))
        if found:
            at = rng.choice(found)
            changed = f"{float(at[0]) * rng.uniform(0.7, 1.3):.4g}"
            if "." not in at[0]:
                changed = str(max(1, round(float(changed))))
            source = source[: at.start()] + changed + source[at.end() :]
    return source


def step(seed: int) -> list[tuple[Task, str, str]]:
    """Task, source of the reference and source of the attempt, of 64 completions."""
    rng = random.Random(seed)
    rows: list[tuple[Task, str, str]] = []
    for name in GROUPS:
        example = examples.load(name)
        group = [example.reference, example.attempts[0].source]
        while len(group) < SIZE:
            group.append(varied(example.reference, rng))
        rows += [(example.task, example.reference, source) for source in group]
    return rows


def ours(reward: TrlReward, rows: list[tuple[Task, str, str]], references: dict[str, str]) -> int:
    """Call the reward as TRL does; how many have a value."""
    fence = {"chart": "python", "svg": "svg", "table": "html"}
    values = reward(
        prompts=["Draw it."] * len(rows),
        completions=[
            [{"role": "assistant", "content": f"```{fence[task]}\n{source}\n```"}]
            for task, _, source in rows
        ],
        completion_ids=[[0]] * len(rows),
        reference=[references[source] for _, source, _ in rows],
        task=[task for task, _, _ in rows],
    )
    return sum(value is not None for value in values)


def plain(
    rows: list[tuple[Task, str, str]], references: dict[str, str], judge: EmbeddedJudge
) -> int:
    """A fresh interpreter for each, one verdict after the other; how many were drawn."""
    drawn = 0
    loaded = {source: images.load(path) for source, path in references.items()}
    with tempfile.TemporaryDirectory() as folder:
        for number, (task, reference, source) in enumerate(rows):
            picture = _fresh(task, source, Path(folder), number)
            if picture is not None:
                judge.compare(loaded[reference], picture, task)
                drawn += 1
    return drawn


def _fresh(task: Task, source: str, folder: Path, number: int) -> Image | None:
    written, out = folder / f"{number}.txt", folder / f"{number}.png"
    written.write_text(source)
    more = [] if task == "chart" else [str(path) for path in fonts.font_files()]
    program = CHART if task == "chart" else DRAWING
    done = subprocess.run(
        [sys.executable, "-c", program, str(written), str(out), *more],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return images.load(out) if done.returncode == 0 and out.exists() else None


def spent() -> Counter[str]:
    """Processor seconds of this process ("other"), and of those below it by what they do."""
    seconds: Counter[str] = Counter()
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.Error):
            command = " ".join(process.cmdline())
            what = next((name for part, name in DOES.items() if part in command), "other")
            # a zygote has waited for its drawing processes, so their time is in its own figures
            seconds[what] += sum(process.cpu_times()[:4])
    return seconds


def timed(call: Callable[[], int]) -> tuple[float, Counter[str], int]:
    """Wall seconds, processor seconds by what was done, and what it returns."""
    wall, cpu = time.perf_counter(), spent()
    count = call()
    now, more = time.perf_counter(), spent()
    more.subtract(cpu)
    return now - wall, more, count


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--steps", type=int, default=3)
    options.add_argument("--least", type=float, default=3.0, help="how many times as fast")
    arguments = options.parse_args()
    reward, judge = TrlReward(), EmbeddedJudge()
    with tempfile.TemporaryDirectory() as folder:
        references: dict[str, str] = {}
        for name in GROUPS:
            example = examples.load(name)
            path = Path(folder, name.replace("/", "-") + ".png")
            path.write_bytes(images.encode_png(render(example.reference, task=example.task).image))
            references[example.reference] = str(path)
        # the first step starts processes and takes references apart; a run has thousands
        first = timed(lambda: ours(reward, step(0), references))
        plain(step(0)[:: SIZE // 2], references, judge)
        print(f"first step: {first[0]:.1f} s wall, {first[1].total():.1f} s CPU")
        costs: dict[str, list[tuple[float, float]]] = {"ours": [], "plain": []}
        for number in range(1, arguments.steps + 1):
            rows = step(number)
            mine = timed(lambda rows=rows: ours(reward, rows, references))  # type: ignore[misc]
            theirs = timed(lambda rows=rows: plain(rows, references, judge))  # type: ignore[misc]
            costs["ours"].append((mine[0], mine[1].total()))
            costs["plain"].append((theirs[0], theirs[1].total()))
            parts = ", ".join(f"{name} {mine[1][name]:.1f}" for name in sorted(mine[1]))
            print(
                f"step {number}: ours {mine[0]:.1f} s wall, {mine[1].total():.1f} s CPU ({parts}), "
                f"{mine[2]} scored; plain {theirs[0]:.1f} s wall, {theirs[1].total():.1f} s CPU, "
                f"{theirs[2]} drawn",
                flush=True,
            )
    wall, cpu = (
        statistics.median(p[k] / o[k] for o, p in zip(costs["ours"], costs["plain"], strict=True))
        for k in range(2)
    )
    print(f"plain takes {wall:.1f} times the wall time and {cpu:.1f} times the CPU time of ours")
    print(f"on {len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}")
    return 0 if wall >= arguments.least else 1


if __name__ == "__main__":
    sys.exit(main())
