"""How long until the package is imported, and until `verm --help` is printed?

    python -m benchmarks.startup [--rounds N]

A bare interpreter takes turns with both in one run, so that a busy machine burdens all alike.
The best of the rounds is printed, in wall and processor milliseconds: it was disturbed least.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = {
    "bare interpreter": [sys.executable, "-c", "pass"],
    "import visual_erm": [sys.executable, "-c", "import visual_erm"],
    "verm --help": [str(Path(sys.executable).with_name("verm")), "--help"],
}


def once(command: list[str]) -> tuple[float, float]:
    """Wall and processor seconds of one start."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.perf_counter() - started, os.times()
    spent = after.children_user + after.children_system
    return wall, spent - before.children_user - before.children_system


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            costs[name].append(once(command))
    for name, runs in costs.items():
        wall, cpu = (1e3 * min(run[part] for run in runs) for part in (0, 1))
        print(f"{name:18} {wall:6.0f} ms wall  {cpu:6.0f} ms CPU")


if __name__ == "__main__":
    main()
