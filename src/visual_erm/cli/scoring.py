"""What `verm judge` and `verm score` do with what was asked: one item, or a file of rows."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from visual_erm.cli import common
from visual_erm.errors import BackendError, InputError, UsageError, VisualErmError
from visual_erm.types import SEVERITIES, Failure, Reward

if TYPE_CHECKING:
    from visual_erm.rewards.items import Item
    from visual_erm.rewards.visual import VisualReward
    from visual_erm.types import Image

COLOURS = {1: "cyan", 2: "yellow", 3: "red"}


def one(
    item: Item, reward: VisualReward, *, title: str, as_json: bool, show: bool, html: Path | None
) -> None:
    """Score one item and print what came of it; with pictures in the terminal or on a page.

    Raises:
        InputError: a picture cannot be read.
        BackendError: the judge or the machinery is down.
        VisualErmError: the judge replied, but not with a verdict.
    """
    from visual_erm import images

    result = reward.score(item)
    _refuse_unjudged(result)
    if as_json:
        common.print_json(result.row())
    else:
        _print_reward(result)
    if show:
        _show_pictures(images.load(item.reference), result)
    if html is not None:
        _write_page(html, item, result, title=title)


def many(
    rows: Path,
    out: Path | None,
    reward: VisualReward,
    *,
    task: str | None,
    fresh: bool,
    retry: bool,
    as_json: bool,
) -> None:
    """Score the rows of a file into another, and say what it came to.

    Raises:
        UsageError: there is no `out`, or no such task.
        InputError: the rows or the results cannot be read or written.
        BackendError: the judge or a renderer is missing. Finished rows are in `out`.
        typer.Exit: with code 1, when the judge or the machinery failed on a row.
    """
    from visual_erm.rewards import runs

    if out is None:
        raise UsageError("a file of rows needs --out O.jsonl")
    known = None if task is None else common.need_task(task)
    with common.progress("scoring") as progress:
        counts = runs.run(
            rows, out, reward, task=known, resume=not fresh, retry=retry, progress=progress
        )
    _finish(counts, out, as_json=as_json)


def _refuse_unjudged(reward: Reward) -> None:
    """End a single comparison that has no result; its failure is the message.

    Raises:
        InputError: a picture cannot be read.
        BackendError: the judge or the machinery is down.
        VisualErmError: the judge replied, but not with a verdict.
    """
    failure = reward.failure
    if failure is None or failure.kind == "policy":
        return
    if failure.stage == "load":
        raise InputError(failure.message)
    if failure.kind == "judge":
        raise VisualErmError(failure.message)
    raise BackendError(failure.message)


def _print_reward(reward: Reward) -> None:
    """The errors as a table, then one line that sums up."""
    out = common.console()
    verdict = reward.verdict
    if verdict is not None and verdict.errors:
        out.print(_error_table(verdict.errors, colour=out.color_system is not None))
    out.print(_summary(reward), markup=False)
    if reward.failure is not None and reward.failure.detail:
        typer.echo(reward.failure.detail, err=True)


def _error_table(errors: Any, *, colour: bool) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD if colour else None, pad_edge=False)
    for head in ("severity", "category", "location", "description"):
        table.add_column(head, overflow="fold", no_wrap=head in ("severity", "category"))
    for error in errors:
        level = error.severity
        severity = Text(f"{level} {SEVERITIES[level]}", style=COLOURS[level])
        # as text: what a model wrote must not be read as markup
        table.add_row(severity, error.category, Text(error.location), Text(error.description))
    return table


def _summary(reward: Reward) -> str:
    value = "no reward" if reward.value is None else f"reward {reward.value:.3f}"
    if reward.failure is not None:
        return f"{value}: {_sentence(reward.failure)}"
    verdict = reward.verdict
    if verdict is None:
        return value
    number = len(verdict.errors)
    errors = "no errors" if not number else f"{number} error{'s' if number > 1 else ''}"
    distance = "" if verdict.distance is None else f", distance {verdict.distance:.3f}"
    return f"{value}: {errors}, severity {verdict.severity}{distance} ({verdict.judge.name})"


def _sentence(failure: Failure) -> str:
    return f"{failure.kind} fault, {failure.stage}: {failure.message} ({failure.code})"


def _show_pictures(reference: Image, reward: Reward) -> None:
    """Both pictures with numbered boxes, where the terminal can; else one line on stderr."""
    from visual_erm.report import boxes, terminal

    errors = reward.verdict.errors if reward.verdict else ()
    picture = boxes.marked(reference, errors)
    if reward.rendering is not None:
        candidate = boxes.marked(reward.rendering.image, errors, prediction=True)
        picture = boxes.beside(picture, candidate)
    if not terminal.show(picture, sys.stdout):
        typer.echo("this terminal shows no pictures; --html writes them to a page", err=True)


def _write_page(path: Path, asked: Item, reward: Reward, *, title: str) -> None:
    """What was scored as a page of the report viewer."""
    from visual_erm.refinement.lines import with_lines
    from visual_erm.report import runs, view

    fields = {"task": asked.task, "reference": asked.reference, "source": asked.source or ""}
    item = runs.Item.of(reward, **fields, id=title)
    beside = (
        f"{title} beside {asked.reference.name}" if isinstance(asked.reference, Path) else title
    )
    view.write(path, [with_lines(item)], title=beside)
    typer.echo(f"wrote {path}", err=True)


def _finish(counts: Counter[str], out: Path, *, as_json: bool) -> None:
    """Say what a run over a file came to; exit code 1 when something is unscored.

    Raises:
        typer.Exit: with code 1, when the judge or the machinery failed on a row.
    """
    unscored = counts["judge_fault"] + counts["infra_fault"]
    if as_json:
        common.print_json({"out": str(out), "rows": counts.total(), "unscored": unscored, **counts})
    else:
        parts = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
        typer.echo(f"{counts.total()} rows in {out}: {parts or 'none'}")
    if unscored:
        typer.echo(
            f'{unscored} rows have no reward; their "failure" says why; --retry does them again',
            err=True,
        )
        raise typer.Exit(1)
