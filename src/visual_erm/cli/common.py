"""Options and output that several verbs share."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visual_erm.errors import InputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from visual_erm.rewards.runs import Progress


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
