"""What does a chart cost: a fresh interpreter, our confined fork, and drawing in process?

    python -m benchmarks.chart_speed [--rounds N]

The programs are the ordinary ones of `tests/programs` that draw with Matplotlib, and the seaborn
programs among and below them. The three ways take turns within one run, so that a busy machine
burdens all alike; the ratios are what counts. "In process" runs the same hooks in this warm
process, without fork, confinement or transport: the floor that a fork can reach. Measured once the
zygote has prepared all that it does while idle. What a spare costs before it is asked is printed
apart.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from visual_erm.renderers import capture, chart_zygote
from visual_erm.renderers.chart import chart_job
from visual_erm.renderers.service import Service

PROGRAMS = Path(__file__).parent.parent / "tests" / "programs"
MIXED = (
    *("base", "object_oriented", "gridspec", "subfigures_and_mosaic", "three_dimensions"),
    *("twin_axes_dates", "style_sheet", "pandas_plot", "networkx_graph", "tight_odd_dpi"),
    *("rc_settings", "transparent", "jpeg", "seeded", "argparse_main", "widgets"),
    *("seaborn_facet_grid", "seaborn_joint_grid", "seaborn_heatmap_show", "pandas_series"),
)
SEABORN = ("seaborn_facet_grid", "seaborn_joint_grid", "seaborn_heatmap_show")
MORE_SEABORN = {
    "violin": "sns.violinplot(data=df, x='g', y='y', hue='h', split=True)",
    "box": "sns.boxplot(data=df, x='g', y='y', hue='h')",
    "regression": "sns.regplot(data=df, x='x', y='y')",
    "kde": "sns.kdeplot(data=df, x='x', hue='g', fill=True)",
    "line": "sns.lineplot(data=df, x='t', y='y', hue='g', errorbar=None)",
    "bars": "sns.barplot(data=df, x='g', y='y', errorbar=None)",
}
_HEAD = """import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
rng = np.random.default_rng(0)
df = pd.DataFrame({"x": rng.normal(size=90), "y": rng.normal(size=90), "t": np.arange(90) % 10,
                   "g": list("abc") * 30, "h": list("uv") * 45})
sns.set_theme()
"""
REST = 0.3
"""Seconds before each run: what the one before left to the background, such as the next spare,
must burden none of the ways."""
Cost = tuple[float, float]
"""Wall and processor seconds."""


def sources() -> dict[str, tuple[bytes, bool]]:
    """Programs by name, and whether they are seaborn's."""
    found = {}
    for name in MIXED:
        found[name] = (PROGRAMS / f"{name}.py").read_bytes(), name in SEABORN
    for name, line in MORE_SEABORN.items():
        found[f"seaborn {name}"] = (f"{_HEAD}{line}\nplt.savefig('out.png')\n".encode(), True)
    return found


def fresh(source: bytes) -> Cost:
    """`python program.py` in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_bytes(source)
        environment = {**os.environ, "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
        environment |= {"OPENBLAS_NUM_THREADS": "1"}
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, str(path)],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
        )
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def in_process(source: bytes) -> Cost:
    """The same hooks here, as warm as a process can be."""
    from matplotlib import pyplot, rcdefaults

    started, cpu = time.perf_counter(), time.process_time()
    capture.draw(source, {})
    cost = time.perf_counter() - started, time.process_time() - cpu
    pyplot.close("all")
    rcdefaults()
    return cost


def forked(service: Service) -> Callable[[bytes], Cost]:
    """A confined fork of the zygote, as `ChartRenderer` asks for it."""

    def run(source: bytes) -> Cost:
        started = time.perf_counter()
        output = service.run(source, {})
        return time.perf_counter() - started, output.cpu_seconds or 0.0

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    service = Service(chart_job(), workers=1)
    chart_zygote.prime()
    started = time.perf_counter()
    service.run(b"", {"fingerprint": True})
    print(f"zygote ready in {time.perf_counter() - started:.1f} s", end=", ")
    while not service.prepared:
        time.sleep(0.1)
    print(f"all prepared in {time.perf_counter() - started:.1f} s")
    ways = {"fresh": fresh, "fork": forked(service), "in process": in_process}
    costs: dict[str, dict[str, Cost]] = {}
    programs = sources()
    for name, (source, _) in programs.items():
        samples: dict[str, list[Cost]] = {way: [] for way in ways}
        for turn in range(rounds + 1):
            for way, run in ways.items():
                if way == "fresh" and turn == 0:
                    continue
                time.sleep(REST)
                cost = run(source)
                if turn:  # the first turn warms the page cache and this process
                    samples[way].append(cost)
        costs[name] = {
            way: (statistics.median(w for w, _ in taken), statistics.median(c for _, c in taken))
            for way, taken in samples.items()
        }
    spares(service)
    service.close()
    report(costs, {name for name, (_, seaborn) in programs.items() if seaborn})


def spares(service: Service) -> None:
    """What one costs that has prepared itself and waits."""
    time.sleep(2)
    for pid in service.processes()[1:]:
        spent = psutil.Process(pid).cpu_times()
        own = psutil.Process(pid).memory_full_info().uss
        print(
            f"a spare: {1e3 * (spent.user + spent.system):.0f} ms CPU, {own / 1e6:.0f} MB its own"
        )


def report(costs: dict[str, dict[str, Cost]], seaborn: set[str]) -> None:
    """Medians in milliseconds, and the median over programs of the ratios."""
    print(f"{'program':32}{'fresh':>8}{'fork':>8}{'process':>9}   ms wall (CPU ratios below)")
    for name, ways in costs.items():
        walls = [1000 * ways[way][0] for way in ("fresh", "fork", "in process")]
        print(f"{name:32}{walls[0]:8.0f}{walls[1]:8.0f}{walls[2]:9.0f}")
    mixed = set(MIXED)
    for group, names in (("mixed", mixed), ("seaborn", seaborn), ("all", set(costs))):
        for index, unit in enumerate(("wall", "CPU")):
            gain = [costs[n]["fresh"][index] / costs[n]["fork"][index] for n in names]
            over = [costs[n]["fork"][index] / costs[n]["in process"][index] for n in names]
            total = [
                sum(costs[n][w][index] for n in names) for w in ("fresh", "fork", "in process")
            ]
            print(
                f"{group:8} {unit:5} fresh/fork median {statistics.median(gain):5.2f}"
                f" (of sums {total[0] / total[1]:5.2f});"
                f" fork/in-process median {statistics.median(over):5.2f}"
                f" (of sums {total[1] / total[2]:5.2f})"
            )


if __name__ == "__main__":
    main()
