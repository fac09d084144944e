"""Command line of the experiment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from runs.micro_rl import experiment, report
from runs.micro_rl.training import Settings


def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs; started again, it goes on.")],
    rewards: Annotated[str, typer.Option(help="Names with commas.")] = ",".join(experiment.REWARDS),
    seeds: Annotated[int, typer.Option(min=1)] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Of GRPO, for each run.")] = 50,
    quick: Annotated[bool, typer.Option("--quick", help="Ten minutes, and rough.")] = False,
) -> None:
    """Train a small policy with each reward in turn, and say which draws best."""
    torch.set_num_threads(1)
    size = experiment.Size(settings=Settings(steps=steps))
    if quick:
        size = replace(
            size, pool=2000, pretraining=300, kept=60, read=10, settings=Settings(steps=10)
        )
        seeds = 1
    names = [name.strip() for name in rewards.split(",") if name.strip()]
    rows = experiment.run(out, names, range(seeds), size, typer.echo)
    report.curves(rows, out / "curves.png")
    report.drawings(rows, out / "drawings.png")
    (out / "table.md").write_text(report.table(rows) + "\n")
    typer.echo(report.table(rows))


if __name__ == "__main__":
    typer.run(main)
