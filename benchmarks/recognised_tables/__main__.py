"""Does the judge see what real recognition systems get wrong in tables?

    python -m benchmarks.recognised_tables [--part tune] [--references 30]

Real tables are drawn as pages draw them, clean and as scans; four recognition systems from PyPI
(see `systems`; each in an environment of its own, made on first use, some 300 MB each) write HTML
of every picture; our renderer draws it, and the judge compares that with the picture that the
system read. What is wrong is known from the two sources. Printed are, with intervals of references
drawn again:

    precision, recall, F1   of errors, as `verm bench judge` matches them; a reported error whose
                     box covers more than 60% of a picture is never a hit
    rank             Spearman's correlation with the true sum of severities, over all tables
    in order         share of pairs of tables at one reference in the order of that sum; of the two
                     ways of drawing, only tables of the same one are compared

Rules of the judge are made by looking at "tune"; of "report" only figures are read. What a system
did not recognise, or only a few cells of, is left out and counted. Three of the systems read texts
with the recogniser that the judge reads with: what it misreads in a reference they misread alike.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import get_args

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.recognised_tables import figures
from benchmarks.recognised_tables.figures import Scored
from benchmarks.recognised_tables.predictions import Prediction, predictions
from benchmarks.recognised_tables.references import WAYS, Part
from benchmarks.recognised_tables.systems import REQUIREMENTS
from visual_erm.bench.bootstrap import Figure
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.metrics import METRICS
from visual_erm.rewards.shaping import Graded, Outcome

BASELINES = ("ssim", "mse")


def scored(items: Sequence[Prediction]) -> Iterator[Scored]:
    """What the judge and the baselines say."""
    judge = EmbeddedJudge()
    for item in items:
        if item.drawn is None:
            continue
        verdict = judge.compare(item.picture, item.drawn, "table")
        reward = Graded()([Outcome.of(verdict)])[0]
        rewards = {"visual": reward or 0.0, "severities": -float(verdict.severity)}
        for name in BASELINES:
            rewards[name] = METRICS[name].quality(item.picture, item.drawn)
        sizes = tuple((one.shape[1], one.shape[0]) for one in (item.picture, item.drawn))
        yield Scored(
            item.reference,
            item.system,
            item.way,
            item.truth,
            verdict.errors,
            (sizes[0], sizes[1]),
            rewards,
        )


def _told(one: Figure) -> str:
    if one.value is None:
        return "-"
    return f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]"


def _lost(name: str) -> Callable[[Scored], float]:
    return lambda item: -item.rewards[name]


def report(items: Sequence[Scored], written: int, title: str) -> None:
    """Print the figures of one part."""
    console = Console(width=120)
    shown = Table(title=f"{title}: {len(items)} of {written} recognised")
    for column in ("", *WAYS):
        shown.add_column(column, justify="right" if column else "left")
    parts = {way: [item for item in items if item.way == way] for way in WAYS}
    counted = {way: figures.errors(members) for way, members in parts.items()}
    for name in counted[WAYS[0]]:
        shown.add_row(name, *(_told(counted[way][name]) for way in WAYS))
    for system in REQUIREMENTS:
        some = [[i for i in parts[way] if i.system == system] for way in WAYS]
        shown.add_row(f"F1, {system}", *(_told(figures.errors(one)["F1"]) for one in some))
    for name in ("severities", "visual", *BASELINES):
        ranks = (figures.rank(parts[way], _lost(name)) for way in WAYS)
        shown.add_row(f"rank, {name}", *map(_told, ranks))
    for name in ("severities", "visual", *BASELINES):
        ordered = (figures.in_order(parts[way], _lost(name)) for way in WAYS)
        shown.add_row(f"in order, {name}", *map(_told, ordered))
    console.print(shown)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=get_args(Part), action="append", help="default: both")
    parser.add_argument("--references", type=int, default=30, help="of each part")
    options = parser.parse_args()
    for part in options.part or get_args(Part):
        made = list(predictions(part, options.references))
        progress = track(made, description=part, console=Console(stderr=True))
        items = list(scored(list(progress)))
        report(items, len(made), f"{part}, {options.references} references")


if __name__ == "__main__":
    main()
