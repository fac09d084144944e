"""Count what pairs are made from: drawings, examples and data sets of the pinned packages.

    python -m benchmarks.seeds

Packages that are not in the cache are fetched. Made-up tables and programs have no last one.
"""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from visual_erm.data.packages import pinned
from visual_erm.data.programs.generator import REGISTERING
from visual_erm.data.programs.kinds import KINDS
from visual_erm.data.seeds import ENDLESS, of_package

MOST = 1_000_000


def main() -> None:
    """Print a row a package, and sums."""
    table = Table("package", "task", "split", "licence", "seeds")
    sums: Counter[tuple[str, str]] = Counter()
    for package in pinned():
        endless = package.adapter in ENDLESS
        count = 0 if endless else len(of_package(package, MOST))
        sums[package.task, package.split] += count
        shown = "without end" if endless else f"{count:,}"
        table.add_row(package.reference, package.task, package.split, package.licence, shown)
    console = Console(width=110)
    console.print(table)
    for (task, split), count in sorted(sums.items()):
        console.print(f"{task}, {split}: {count:,} seeds beside those without end")
    dev = sum(kind.dev for kind in KINDS.values())
    console.print(
        f"kinds of charts in {len(REGISTERING)} modules: {len(KINDS) - dev}, "
        f"and {dev} that are kept for development"
    )


if __name__ == "__main__":
    main()
