"""`verm judge`: what differs between two pictures, or between the pictures of every row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common, scoring
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
    from visual_erm import jsonl
    from visual_erm.rewards.items import Item
    from visual_erm.rewards.visual import VisualReward

    if pairs is not None:
        if reference or candidate or show or html:
            raise UsageError("--pairs stands alone: no REF, CAND, --show or --html")
        reward = VisualReward(judge, workers=workers, keep_renderings=False)
        scoring.many(pairs, out, reward, task=task, fresh=fresh, retry=retry, as_json=as_json)
        return
    if reference is None or candidate is None:
        raise UsageError("give REF and CAND, or --pairs P.jsonl and --out O.jsonl")
    if out or workers or fresh or retry:
        raise UsageError("--out, --workers, --fresh and --retry go with --pairs")
    jsonl.keep_apart(html, reference, candidate)
    item = Item(common.need_task(task), reference, prediction=candidate)
    reward = VisualReward(judge, workers=1)
    scoring.one(item, reward, title=candidate.name, as_json=as_json, show=show, html=html)
