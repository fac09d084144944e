"""Options and output that several verbs share."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visual_erm.errors import BackendError, InputError, UsageError, VisualErmError
from visual_erm.types import Failure, Reward

if TYPE_CHECKING:
    from rich.console import Console

    from visual_erm.rewards.runs import Progress
    from visual_erm.types import Image, Task


def _in_a_folder(path: Path | None) -> Path | None:
    """Refuse a file that could not be written, before any work is done for it.

    Raises:
        InputError: its folder does not exist, or it is a folder itself.
    """
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        reason = "it is a folder" if path.is_dir() else "its folder does not exist"
        raise InputError(f"cannot write {path}: {reason}")
    return path


ReferenceArgument = Annotated[
    Path | None,
    typer.Argument(metavar="REF", help="What should have been drawn.", show_default=False),
]
TaskOption = Annotated[
    str | None, typer.Option("--task", "-t", metavar="TASK", help="chart, table or svg.")
]
JudgeOption = Annotated[
    str,
    typer.Option(
        *("--judge", "-j"),
        metavar="JUDGE",
        help="embedded, endpoint:URL#MODEL, scripted:FILE, or a plug-in.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
ShowOption = Annotated[
    bool, typer.Option("--show", help="Show the pictures, in a terminal that can.")
]
HtmlOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PAGE",
        callback=_in_a_folder,
        help="Write pictures, boxes and errors to one file.",
    ),
]
PictureOption = Annotated[
    Path,
    typer.Option("--out", metavar="PNG", callback=_in_a_folder, help="Where the picture goes."),
]
OutOption = Annotated[
    Path | None, typer.Option(metavar="OUT.jsonl", help="Results, one a line; resumed by default.")
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Rows in work at once; default: processors, or 32 at an endpoint."
    ),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Start anew: empty OUT first.")]
RetryOption = Annotated[
    bool,
    typer.Option("--retry", help="Do rows again that have no reward through no fault of theirs."),
]
DeadlineOption = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="For drawing one source.")
]

SEVERITIES = {1: "1 minor", 2: "2 needs correction", 3: "3 misleads"}
COLOURS = {1: "cyan", 2: "yellow", 3: "red"}
PLAIN_WIDTH = 120
"""Columns when the output is no terminal."""


def console() -> Console:
    """For results: coloured in a terminal, plain elsewhere and under NO_COLOR."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=PLAIN_WIDTH, color_system=None)


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


def need_task(task: str | None) -> Any:
    """The task, which this call cannot do without.

    Raises:
        UsageError: none was given, or an unknown one.
    """
    from visual_erm.judges import check_task

    if task is None:
        raise UsageError("which task? Give --task chart, table or svg")
    return check_task(task)


def refuse_unjudged(reward: Reward) -> None:
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


def print_reward(reward: Reward) -> None:
    """The errors as a table, then one line that sums up."""
    out = console()
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
        severity = Text(SEVERITIES[error.severity], style=COLOURS[error.severity])
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


def show_pictures(reference: Image, reward: Reward) -> None:
    """Both pictures with numbered boxes, where the terminal can; else one line on stderr."""
    from visual_erm.report import boxes, terminal

    errors = reward.verdict.errors if reward.verdict else ()
    picture = boxes.marked(reference, errors)
    if reward.rendering is not None:
        candidate = boxes.marked(reward.rendering.image, errors, prediction=True)
        picture = boxes.beside(picture, candidate)
    if not terminal.show(picture, sys.stdout):
        typer.echo("this terminal shows no pictures; --html writes them to a page", err=True)


def write_page(
    path: Path, reference: Image, reward: Reward, *, task: Task, title: str, source: str = ""
) -> None:
    """One case as a self-contained page."""
    from visual_erm.report import page
    from visual_erm.report.case import Case

    case = Case.of(reward, title=title, task=task, reference=reference, source=source)
    page.write(path, [case])
    typer.echo(f"wrote {path}", err=True)


def finish_run(counts: Counter[str], out: Path, *, as_json: bool) -> None:
    """Say what a run over a file came to; exit code 1 when something is unscored.

    Raises:
        typer.Exit: with code 1, when the judge or the machinery failed on a row.
    """
    unscored = counts["judge_fault"] + counts["infra_fault"]
    if as_json:
        print_json({"out": str(out), "rows": counts.total(), "unscored": unscored, **counts})
    else:
        parts = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
        typer.echo(f"{counts.total()} rows in {out}: {parts or 'none'}")
    if unscored:
        typer.echo(
            f'{unscored} rows have no reward; their "failure" says why; --retry does them again',
            err=True,
        )
        raise typer.Exit(1)


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A bar on stderr in a terminal; elsewhere a line every ten seconds."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    last = time.monotonic()

    def line(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 10:
            last = time.monotonic()
            typer.echo(f"{what}: {done} of {total}", err=True)

    yield line
