"""Command line of the experiment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from runs.micro_rl import experiment, report, tasks


def main(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the runs, by default runs/out/micro_rl/TASK. Started again, it goes on."
        ),
    ] = None,
    task: Annotated[tasks.Name, typer.Option(help="What is written.")] = "svg",
    rewards: Annotated[
        str | None, typer.Option(help="Names with commas; all of the task's if not given.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1)] = 3,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Of GRPO, for each run; 50, for tables 30.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Ten minutes, and rough.")] = False,
) -> None:
    """Train a small policy with each reward in turn, and say which draws best."""
    torch.set_num_threads(1)
    size = experiment.SIZES[task]
    if quick:
        size = replace(size, pool=2000, pretraining=300, kept=60, read=10)
        seeds, steps = 1, 10
    if steps is not None:
        size = replace(size, settings=replace(size.settings, steps=steps))
    own = tasks.task_of(task)
    out = out or Path("runs") / "out" / "micro_rl" / task
    names = [name.strip() for name in rewards.split(",")] if rewards else own.REWARDS
    rows = experiment.run(own, out, names, range(seeds), size, typer.echo)
    report.curves(own, rows, out / "curves.png")
    report.drawings(own, rows, out / "drawings.png")
    tables = f"{report.table(own, rows)}\n\n{report.by_seed(own, rows)}"
    (out / "table.md").write_text(tables + "\n")
    typer.echo(tables)


if __name__ == "__main__":
    typer.run(main)
