"""What does the gate keep of each operator of charts?

    python -m benchmarks.operators [--programs N] [--recipe R] [--figures] [--only NAME ...]

In a build an operator has its turn by lot, so that the table of `verm data stats` says little of
the rare ones. Here each has one turn on each of the first N programs of a recipe: those that edit
the program, or with `--figures` those that edit its figure. Prints what is kept of what was made,
and why the rest was dropped; operators that keep less than half stand first. Something that an
operator finds nothing to do for was not made.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence

from benchmarks.oracle_recall import units
from visual_erm.data.charts.operators import OPERATORS
from visual_erm.data.charts.pairs import ChartPairs, service
from visual_erm.data.charts.program_operators import PROGRAM_OPERATORS
from visual_erm.data.records import Dropped, Seed, UnusableError

TURNS = 400
"""Edits asked for: more than there are operators, so that each has its turn."""
PER_PROGRAM = 14
"""Operators that are tried in one process: what a process may take of time and room is bounded."""


def tried(seed: Seed, names: Sequence[str]) -> Counter[tuple[str, str]]:
    """What became of these operators on one program: by operator, "kept" or a reason."""
    found: Counter[tuple[str, str]] = Counter()
    for at in range(0, len(names), PER_PROGRAM):
        some = names[at : at + PER_PROGRAM]
        maker = ChartPairs(seed, random.Random(f"{seed.id} {at}"), {"edit": TURNS}, 0.0, some)
        for made in maker._edits:
            reason = made.reason if isinstance(made, Dropped) else "kept"
            if reason != "not_applicable":
                found[made.operators[0], reason] += 1
    return found


def main() -> int:
    """Try and print."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--programs", type=int, default=100)
    options.add_argument("--recipe", default="small")
    options.add_argument("--figures", action="store_true", help="operators that edit figures")
    options.add_argument("--only", nargs="+", metavar="NAME", help="these operators")
    arguments = options.parse_args()
    names = arguments.only or sorted(OPERATORS if arguments.figures else PROGRAM_OPERATORS)
    counts: Counter[tuple[str, str]] = Counter()
    unusable = 0
    seeds = [unit.seed for unit in units("chart", arguments.recipe, 10 * arguments.programs)]
    for seed in seeds[: arguments.programs]:
        try:
            counts += tried(seed, names)
        except UnusableError as error:
            unusable += 1
            print(f"  {seed.id}: {error}", file=sys.stderr)
    service().close()
    made = Counter[str]()
    for (name, _), count in counts.items():
        made[name] += count
    total = sum(counts[name, "kept"] for name in names)
    print(
        f"{arguments.programs} programs of {arguments.recipe}, {unusable} of them unusable: "
        f"{total} of {made.total()} kept"
    )
    for name in sorted(made, key=lambda name: counts[name, "kept"] / made[name]):
        why = {r: n for (one, r), n in sorted(counts.items()) if one == name and r != "kept"}
        dropped = ", ".join(f"{count} {reason}" for reason, count in why.items())
        print(f"  {name}: {counts[name, 'kept']} of {made[name]}" + (f" ({dropped})" * bool(why)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
