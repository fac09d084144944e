"""What confinement costs each render, in milliseconds of processor time.

    python -m benchmarks.confinement

Forks a process, confines it, and measures the processor time of confinement alone, with the plans
of the chart worker and of the SVG worker. Exit code 1 if the median is 3 ms or more.
"""

from __future__ import annotations

import argparse
import os
import statistics
import struct
import sys
import time

from visual_erm.renderers.job import Job
from visual_erm.renderers.sandbox import Confinement

GATE = 3.0
"""Milliseconds."""


def cost(confinement: Confinement) -> float:
    """Milliseconds of processor time of one `apply`, in a fork."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        before = time.process_time_ns()
        confinement.apply()
        os.write(writer, struct.pack("d", (time.process_time_ns() - before) / 1e6))
        os._exit(0)
    os.close(writer)
    (spent,) = struct.unpack("d", os.read(reader, 8))
    os.close(reader)
    os.waitpid(child, 0)
    return float(spent)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--repeats", type=int, default=200)
    repeats = options.parse_args().repeats
    worst = 0.0
    for job in (Job("program", ""), Job("document", "", reuse=True, libraries=False)):
        confinement = Confinement(job)
        costs = sorted(cost(confinement) for _ in range(repeats))
        median, p95 = statistics.median(costs), costs[int(0.95 * repeats)]
        print(f"{job.name:<9} CPU ms per fork: median {median:.2f}, 95% {p95:.2f} (gate {GATE})")
        worst = max(worst, median)
    return int(worst >= GATE)


if __name__ == "__main__":
    sys.exit(main())
