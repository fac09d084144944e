"""`verm judge`: what differs between two pictures, or between the pictures of every row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common
from visual_erm.errors import UsageError


def judge(
    reference: common.ReferenceArgument = None,
    candidate: Annotated[
        Path | None, typer.Argument(metavar="CAND", help="What was drawn.", show_default=False)
    ] = None,
    *,
    task: common.TaskOption = None,
    judge: common.JudgeOption = "embedded",
    as_json: common.JsonOption = False,
    show: common.ShowOption = False,
    html: common.HtmlOption = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="P.jsonl", help="Rows with id, task, reference and prediction."),
    ] = None,
    out: common.OutOption = None,
    workers: common.WorkersOption = None,
    fresh: common.FreshOption = False,
    retry: common.RetryOption = False,
) -> None:
    """Compare pictures: one candidate with its reference, or a file of pairs.

    A run over pairs is resumed when it is started again. Rows are written as they finish; one
    that cannot be judged becomes a row with a failure, and the exit code is 1.
    """
    if pairs is not None:
        if reference or candidate or show or html:
            raise UsageError("--pairs stands alone: no REF, CAND, --show or --html")
        _judge_pairs(pairs, out, task, judge, workers, fresh=fresh, retry=retry, as_json=as_json)
        return
    if reference is None or candidate is None:
        raise UsageError("give REF and CAND, or --pairs P.jsonl and --out O.jsonl")
    if out or workers or fresh or retry:
        raise UsageError("--out, --workers, --fresh and --retry go with --pairs")
    _judge_one(reference, candidate, task, judge, as_json=as_json, show=show, html=html)


def _judge_one(
    reference: Path,
    candidate: Path,
    task: str | None,
    judge: str,
    *,
    as_json: bool,
    show: bool,
    html: Path | None,
) -> None:
    from visual_erm import images
    from visual_erm.rewards.items import Item
    from visual_erm.rewards.runs import result_row
    from visual_erm.rewards.visual import VisualReward

    item = Item(common.need_task(task), reference, prediction=candidate)
    reward = VisualReward(judge, workers=1).score(item)
    common.refuse_unjudged(reward)
    if as_json:
        common.print_json(result_row(reward, task))
    else:
        common.print_reward(reward)
    if show:
        common.show_pictures(images.load(reference), reward)
    if html is not None:
        picture = images.load(reference)
        common.write_page(html, picture, reward, task=item.task, title=candidate.name)


def _judge_pairs(
    pairs: Path,
    out: Path | None,
    task: str | None,
    judge: str,
    workers: int | None,
    *,
    fresh: bool,
    retry: bool,
    as_json: bool,
) -> None:
    from visual_erm.rewards import runs
    from visual_erm.rewards.visual import VisualReward

    if out is None:
        raise UsageError("--pairs needs --out O.jsonl")
    known = None if task is None else common.need_task(task)
    reward = VisualReward(judge, workers=workers, keep_renderings=False)
    with common.progress("judging") as progress:
        counts = runs.run(
            pairs, out, reward, task=known, resume=not fresh, retry=retry, progress=progress
        )
    common.finish_run(counts, out, as_json=as_json)
