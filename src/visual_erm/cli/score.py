"""`verm score`: from what a model wrote to a reward, for one source or a file of completions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common, scoring
from visual_erm.errors import InputError, UsageError


def score(
    reference: common.ReferenceArgument = None,
    source: Annotated[
        Path | None,
        typer.Argument(metavar="SOURCE", help='A file, or "-" for stdin.', show_default=False),
    ] = None,
    *,
    task: common.TaskOption = None,
    completion: Annotated[
        bool,
        typer.Option("--completion", help="SOURCE is a whole reply; its source is taken out."),
    ] = False,
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
    from visual_erm import jsonl
    from visual_erm.rewards.items import Item
    from visual_erm.rewards.visual import VisualReward

    if rows is not None:
        if reference or source or completion or show or html:
            raise UsageError("--rows stands alone: no REF, SOURCE, --completion, --show or --html")
        reward = VisualReward(judge, shaping, workers=workers, deadline=deadline)
        scoring.many(rows, out, reward, task=task, fresh=fresh, retry=retry, as_json=as_json)
        return
    if reference is None or source is None:
        raise UsageError("give REF and SOURCE, or --rows P.jsonl and --out O.jsonl")
    if out or workers or fresh or retry:
        raise UsageError("--out, --workers, --fresh and --retry go with --rows")
    jsonl.keep_apart(html, reference, source)
    text = read_source(source)
    known = common.need_task(task)
    if completion:
        item = Item(known, reference, completion=text)
    else:
        item = Item(known, reference, source=text)
    reward = VisualReward(judge, shaping, workers=1, deadline=deadline)
    scoring.one(item, reward, title=source.name, as_json=as_json, show=show, html=html)


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
