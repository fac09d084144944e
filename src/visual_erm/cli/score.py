"""`verm score`: from what a model wrote to a reward, for one source or a file of completions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common
from visual_erm.errors import InputError, UsageError


def score(
    reference: common.ReferenceArgument = None,
    source: Annotated[
        Path | None,
        typer.Argument(metavar="SOURCE", help='A file, or "-" for stdin.', show_default=False),
    ] = None,
    *,
    task: common.TaskOption = None,
    judge: common.JudgeOption = "embedded",
    shaping: Annotated[
        str, typer.Option(metavar="SHAPING", help="graded, fixed, raw, or paper.")
    ] = "graded",
    as_json: common.JsonOption = False,
    show: common.ShowOption = False,
    html: common.HtmlOption = None,
    rows: Annotated[
        Path | None,
        typer.Option(metavar="P.jsonl", help="Rows with id, task, reference, and completion."),
    ] = None,
    out: common.OutOption = None,
    workers: common.WorkersOption = None,
    deadline: common.DeadlineOption = None,
    fresh: common.FreshOption = False,
    retry: common.RetryOption = False,
) -> None:
    """Draw what a model wrote, judge it, and give it a reward.

    A row holds a "completion" (a whole reply, from which the source is taken), a "source" or a
    "prediction" (a picture). A run over rows is resumed when it is started again.
    """
    if rows is not None:
        if reference or source or show or html:
            raise UsageError("--rows stands alone: no REF, SOURCE, --show or --html")
        if shaping == "paper":
            raise UsageError("--shaping paper needs a whole batch at once; rows are scored singly")
        _score_rows(
            rows,
            out,
            task=task,
            judge=judge,
            shaping=shaping,
            workers=workers,
            deadline=deadline,
            fresh=fresh,
            retry=retry,
            as_json=as_json,
        )
        return
    if reference is None or source is None:
        raise UsageError("give REF and SOURCE, or --rows P.jsonl and --out O.jsonl")
    if out or workers or fresh or retry:
        raise UsageError("--out, --workers, --fresh and --retry go with --rows")
    _score_one(
        reference,
        source,
        task=task,
        judge=judge,
        shaping=shaping,
        deadline=deadline,
        as_json=as_json,
        show=show,
        html=html,
    )


def read_source(path: Path) -> str:
    """The text of a file; "-" is standard input.

    Raises:
        InputError: missing, or not UTF-8.
    """
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None


def _score_one(
    reference: Path,
    source: Path,
    *,
    task: str | None,
    judge: str,
    shaping: str,
    deadline: float | None,
    as_json: bool,
    show: bool,
    html: Path | None,
) -> None:
    from visual_erm import images
    from visual_erm.rewards.items import Item
    from visual_erm.rewards.runs import result_row
    from visual_erm.rewards.visual import VisualReward

    text = read_source(source)
    item = Item(common.need_task(task), reference, source=text)
    reward = VisualReward(judge, shaping, workers=1, deadline=deadline).score(item)
    common.refuse_unjudged(reward)
    if as_json:
        common.print_json(result_row(reward, task))
    else:
        common.print_reward(reward)
    if show:
        common.show_pictures(images.load(reference), reward)
    if html is not None:
        picture = images.load(reference)
        common.write_page(html, picture, reward, task=item.task, title=source.name, source=text)


def _score_rows(
    rows: Path,
    out: Path | None,
    *,
    task: str | None,
    judge: str,
    shaping: str,
    workers: int | None,
    deadline: float | None,
    fresh: bool,
    retry: bool,
    as_json: bool,
) -> None:
    from visual_erm.rewards import runs
    from visual_erm.rewards.visual import VisualReward

    if out is None:
        raise UsageError("--rows needs --out O.jsonl")
    known = None if task is None else common.need_task(task)
    reward = VisualReward(judge, shaping, workers=workers, deadline=deadline)
    with common.progress("scoring") as progress:
        counts = runs.run(
            rows, out, reward, task=known, resume=not fresh, retry=retry, progress=progress
        )
    common.finish_run(counts, out, as_json=as_json)
