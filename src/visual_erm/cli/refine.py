"""`verm refine`: draft, draw, judge, revise; one reference, or a file of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visual_erm.cli import common
from visual_erm.errors import BackendError, UsageError, VisualErmError

if TYPE_CHECKING:
    from rich.console import Console

    from visual_erm.refinement.loop import Plan
    from visual_erm.refinement.records import Refined
    from visual_erm.rewards.visual import VisualReward


METRICS = "ssim, ms_ssim, edge_ssim, unisvg_ssim, mse, phash or tolerant"
"""Named here so that help need not import them."""


def refine(
    reference: common.ReferenceArgument = None,
    *,
    policy: Annotated[
        str,
        typer.Option(
            *("--policy", "-p"),
            metavar="POLICY",
            help="tracer, endpoint:URL#MODEL, command:PROGRAM, python:MODULE:FUNCTION, a plug-in.",
        ),
    ],
    task: common.TaskOption = None,
    judge: common.JudgeOption = "embedded",
    strategy: Annotated[
        str, typer.Option(metavar="STRATEGY", help="refine, best-of-n, both, or reflect.")
    ] = "refine",
    rounds: Annotated[int, typer.Option(min=0, metavar="N", help="Revisions at most.")] = 3,
    samples: Annotated[
        int, typer.Option(min=1, metavar="N", help="Drafts, for best-of-n and both.")
    ] = 4,
    patience: Annotated[
        int, typer.Option(min=1, metavar="N", help="Rounds in a row without a gain that end it.")
    ] = 2,
    least_gain: Annotated[
        float, typer.Option(min=0.0, metavar="REWARD", help="A gain up to here is none.")
    ] = 0.01,
    draft: Annotated[
        Path | None,
        typer.Option(metavar="SOURCE", help="A source that is there already, as the first draft."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            *("--out", "-o"),
            metavar="OUT",
            help="Where the best source goes; for --rows, a folder, resumed by default.",
        ),
    ] = None,
    as_json: common.JsonOption = False,
    rows: Annotated[
        Path | None,
        typer.Option(metavar="P.jsonl", help="Rows with id, task, reference, perhaps a source."),
    ] = None,
    workers: common.WorkersOption = None,
    deadline: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="For one item; after it no turn is begun."),
    ] = None,
    fresh: common.FreshOption = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Do items again that a fault or a limit ended.")
    ] = False,
    study: Annotated[
        bool,
        typer.Option("--study", help="Reward by round, beside reflection and the best of n."),
    ] = False,
    metric: Annotated[
        str, typer.Option(metavar="METRIC", help=f"For --study: {METRICS}.")
    ] = "ssim",
) -> None:
    """Have a policy draw a reference, and revise what it drew by the judge's list.

    The best attempt is kept, and goes to OUT or, without one, to stdout. A revision counts only
    when it gains more than --least-gain. A fault on the way ends an item with the best so far; the
    exit code is then 3 for the policy, the machinery and the budget, 1 for a judge's reply without
    a verdict, and 1 where items of --rows ended early. With --study, OUT gets study.json and
    study.png, and STRATEGY and --samples are ignored.
    """
    from visual_erm import jsonl
    from visual_erm.refinement.loop import Plan
    from visual_erm.refinement.policies import make_policy
    from visual_erm.rewards.visual import VisualReward

    common.import_from_here()
    plan = Plan(
        strategy=strategy,  # type: ignore[arg-type]  # checked there
        rounds=rounds,
        samples=samples,
        patience=patience,
        least_gain=least_gain,
        deadline=deadline,
    )
    if rows is not None:
        if reference or draft or out is None:
            raise UsageError("--rows P.jsonl goes with --out FOLDER, without REF or --draft")
        writer = make_policy(policy)
        scored, at_once = _for_many(judge, policy, workers)
        known = None if task is None else common.need_task(task)
        options = {"task": known, "workers": at_once, "resume": not fresh, "retry": retry}
        opened = (writer, scored, plan)
        if study:
            _study(rows, out, opened, metric=metric, as_json=as_json, **options)
        else:
            _many(rows, out, opened, as_json=as_json, **options)
        return
    if reference is None:
        raise UsageError("give REF, or --rows P.jsonl and --out FOLDER")
    if workers or fresh or retry or study:
        raise UsageError("--workers, --fresh, --retry and --study go with --rows")
    needed = common.need_task(task)
    common.in_a_folder(out)
    jsonl.keep_apart(out, reference)
    reward = VisualReward(judge, workers=1, tolerant=True)
    _one(reference, (policy, reward, plan), needed, draft, out, as_json=as_json)


def _for_many(judge: str, policy: str, workers: int | None) -> tuple[VisualReward, int]:
    """A reward for threads, and how many items to have in work."""
    from visual_erm.judges import uses
    from visual_erm.judges.parallel import shared
    from visual_erm.processors import processors
    from visual_erm.rewards.visual import AT_A_SERVER, VisualReward

    waits = policy.startswith("endpoint:") or uses(judge) == "server"
    at_once = workers or (AT_A_SERVER if waits else processors())
    several = uses(judge) == "processor" and at_once > 1
    judging = shared(judge, min(at_once, processors())) if several else judge
    return VisualReward(judging, workers=at_once, tolerant=True), at_once


def _study(
    rows: Path, out: Path, opened: Any, *, metric: str, as_json: bool, **options: Any
) -> None:
    from rich.table import Table

    from visual_erm.bench import refining

    with common.progress("refining") as progress:
        result = refining.study(rows, out, *opened, metric=metric, progress=progress, **options)
    result.write(out)
    if as_json:
        common.print_json(result.row())
        return
    table = Table(box=None, pad_edge=False)
    for head in ("strategy", "step", "reward", result.metric, "better, %", "worse, %"):
        table.add_column(head)
    for point in result.points:
        shares = (
            common.interval(share, times=100, digits=0) for share in (point.better, point.worse)
        )
        means = (common.interval(figure, digits=3) for figure in (point.reward, point.metric))
        table.add_row(point.strategy, str(point.step), *means, *shares)
    console = common.console()
    console.print(table)
    console.print(
        f"{result.items} items, {result.unscored} left out as unscored; means with 95% intervals "
        f"over items; better, worse: share of items by reward against the draft. {out}/study.png",
        markup=False,
    )


def _many(rows: Path, out: Path, opened: Any, *, as_json: bool, **options: Any) -> None:
    from visual_erm.refinement import batch
    from visual_erm.refinement.records import INTERRUPTED

    with common.progress("refining") as progress:
        counts = batch.run(rows, out, *opened, progress=progress, **options)
    interrupted = sum(counts[stop] for stop in INTERRUPTED)
    if as_json:
        common.print_json({"out": str(out), "items": counts.total(), **counts})
    else:
        _print_counts(counts, out)
    if interrupted:
        typer.echo(f"{interrupted} items ended early; --retry does them again", err=True)
        raise typer.Exit(1)


def _print_counts(counts: Counter[str], out: Path) -> None:
    parts = ", ".join(f"{number} {stop}" for stop, number in sorted(counts.items()))
    typer.echo(f"{counts.total()} items in {out}: {parts or 'none'}")


def _one(
    reference: Path,
    opened: tuple[str, VisualReward, Plan],
    task: Any,
    draft: Path | None,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    from visual_erm.cli.score import read_source
    from visual_erm.refinement.loop import refine as refine_one

    policy, reward, plan = opened
    given = None if draft is None else read_source(draft)
    refined = refine_one(
        reference, task=task, policy=policy, reward=reward, draft=given, **vars(plan)
    )
    if out is not None and refined.source is not None:
        common.write(out, refined.source.encode("utf-8"))
    if as_json:
        common.print_json(refined.row())
    else:
        if out is None and refined.source is not None:
            typer.echo(refined.source)
        _print_rounds(refined, common.console(stderr=out is None))
    _end(refined)


def _print_rounds(refined: Refined, out: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for head in ("round", "turn", "reward", "errors", "kept", ""):
        table.add_column(head)
    for at, attempt in enumerate(refined.attempts):
        verdict, failure = attempt.reward.verdict, attempt.reward.failure
        value = "-" if attempt.value is None else f"{attempt.value:.3f}"
        found = "" if verdict is None else f"{len(verdict.errors)}, severity {verdict.severity}"
        kept = "best" if at == refined.chosen else "then" if attempt.accepted else "no"
        words = failure.message if failure else _done(attempt.fixed, attempt.broken)
        cells = (str(attempt.round), attempt.kind, value, found, kept)
        # as text: what a model wrote must not be read as markup
        table.add_row(*cells, Text(words, overflow="ellipsis", no_wrap=True))
    out.print(table)
    gain = "" if refined.gain is None else f"; gain {refined.gain:+.3f}"
    out.print(f"{refined.stop}: {refined.message}{gain}", markup=False)


def _done(fixed: Any, broken: Any) -> str:
    return f"fixed {len(fixed)}, broke {len(broken)}" if fixed or broken else ""


def _end(refined: Refined) -> None:
    """The exit code of one item: what failed on the way is said.

    Raises:
        BackendError: the policy or the machinery failed, or nothing more may be spent.
        VisualErmError: the judge's reply holds no verdict.
    """
    if refined.stop in ("policy_down", "infra_fault", "budget"):
        raise BackendError(refined.message)
    if refined.stop == "judge_fault":
        raise VisualErmError(refined.message)
