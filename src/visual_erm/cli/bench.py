"""`verm bench`: how good is a judge, on the published benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visual_erm.cli import common
from visual_erm.errors import UsageError

if TYPE_CHECKING:
    from visual_erm.bench.scores import Report

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure judges: how good is one, on the published benchmark?"""


@app.command("vc-reward-bench")
def vc_reward_bench(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER", help="The benchmark's files; fetched from the hub without it."
        ),
    ] = None,
    *,
    judge: common.JudgeOption = "embedded",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="Verdicts and records; resumed."),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            "--field", metavar="NAME", help="Score verdicts in the files, such as pred_json_gpt."
        ),
    ] = None,
    workers: common.WorkersOption = None,
    fresh: common.FreshOption = False,
    retry: common.RetryOption = False,
    as_json: common.JsonOption = False,
) -> None:
    """Score a judge on VC-RewardBench, officially and strictly, beside the published table."""
    from visual_erm.bench import vc_reward_bench as benchmark
    from visual_erm.rewards.visual import VisualReward

    if (out is None) == (field is None):
        raise UsageError("give --out FOLDER for what the judge says, or --field NAME; not both")
    entries = benchmark.load(folder or benchmark.download())
    if field is not None:
        items, name = benchmark.recorded(entries, field), field
    else:
        assert out is not None
        reward = VisualReward(judge, workers=workers, keep_renderings=False)
        with common.progress("judging") as progress:
            items = benchmark.run(
                entries, out, reward, resume=not fresh, retry=retry, progress=progress
            )
        name = judge
    reports = benchmark.scores(items)
    if as_json:
        common.print_json({"judge": name, **{made.mode: made.row() for made in reports}})
    else:
        _print(name, *reports)


def _print(name: str, official: Report, strict: Report) -> None:
    from rich import box
    from rich.table import Table

    from visual_erm.bench.vc_reward_bench import PUBLISHED

    out = common.console()
    read = official.items - official.unread
    line = f"{name}: {official.items} pairs, {read} with a verdict"
    if official.unmatched:
        line += f", {official.unmatched} whose matching failed"
    out.print(line, markup=False)
    table = Table(box=box.SIMPLE_HEAD if out.color_system else None, pad_edge=False)
    table.add_column("x100")
    for head in ("n", "hard F1", "soft F1", "severity r"):
        table.add_column(head, justify="right")
    for report in (official, strict):
        for part, score in (("all", report.overall), *report.tasks.items()):
            table.add_row(
                f"{report.mode}, {part}",
                str(score.n),
                *(_percent(value) for value in (score.f1_hard, score.f1_soft, score.severity)),
            )
    for model, figures in PUBLISHED.items():
        table.add_row(f"published, {model}", "1335", *(f"{value:.1f}" for value in figures))
    out.print(table)
    out.print("Published figures were matched by a model; ours by place and words.", markup=False)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"
