"""Options and output that several verbs share."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visual_erm.errors import InputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from visual_erm.bench.bootstrap import Figure
    from visual_erm.rewards.runs import Progress

OTHER_PICTURES = (".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".svg", ".pdf")


def in_a_folder(path: Path | None) -> Path | None:
    """Refuse a file that could not be written, before any work is done for it.

    Raises:
        InputError: its folder does not exist, or it is a folder itself.
    """
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        reason = "it is a folder" if path.is_dir() else "its folder does not exist"
        raise InputError(f"cannot write {path}: {reason}")
    return path


def write(path: Path, content: bytes) -> None:
    """Write a file, over one that is there.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


def as_png(path: Path) -> Path:
    """Refuse a name that promises another kind of picture than the one that is written.

    Raises:
        UsageError: it does.
        InputError: as for `in_a_folder`.
    """
    if path.suffix.lower() in OTHER_PICTURES:
        raise UsageError(f"{path}: pictures are written as PNG; call it {path.stem}.png")
    in_a_folder(path)
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
        help="embedded, endpoint:URL#MODEL, local:ID, vllm:ID, cascade:A>B, scripted:FILE, ...",
    ),
]
MatcherOption = Annotated[
    str,
    typer.Option(
        metavar="MATCHER",
        help="Who says which error is which: deterministic, or endpoint:URL#MODEL.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
ShowOption = Annotated[bool, typer.Option("--show", help="Show pictures, in a terminal that can.")]
HtmlOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PAGE",
        callback=in_a_folder,
        help="Write pictures, boxes and errors to one file.",
    ),
]
PictureOption = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="PNG", callback=as_png, help="Where the picture goes."),
]
PageOption = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="PAGE", callback=in_a_folder, help="The HTML file."),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="OUT.jsonl", help="Results, one a line; resumed by default."
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Rows in work at once; default: processors, or 32 at an endpoint."
    ),
]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Start anew: drop the results that OUT holds.")
]
RetryOption = Annotated[
    bool,
    typer.Option("--retry", help="Do rows again that have no reward through no fault of theirs."),
]
DeadlineOption = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="For drawing one source.")
]

PLAIN_WIDTH = 120
"""Columns when the output is no terminal."""


def import_from_here() -> None:
    """Let "module:function" name a file of the working folder, as `python -m` would."""
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))


def console(*, stderr: bool = False) -> Console:
    """For results: coloured in a terminal, plain elsewhere and under NO_COLOR."""
    from rich.console import Console

    if (sys.stderr if stderr else sys.stdout).isatty():
        return Console(highlight=False, stderr=stderr)
    return Console(highlight=False, width=PLAIN_WIDTH, color_system=None, stderr=stderr)


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


def interval(figure: Figure, *, times: float = 1, digits: int = 2) -> str:
    """A figure and the interval around it, or a dash where nothing is known."""
    known = [one for one in (figure.value, figure.low, figure.high) if one is not None]
    if len(known) < 3:
        return "-"
    value, low, high = (f"{times * one:.{digits}f}" for one in known)
    return f"{value} [{low}, {high}]"


def need_task(task: str | None) -> Any:
    """The task, which this call cannot do without.

    Raises:
        UsageError: none was given, or an unknown one.
    """
    from visual_erm.judges import check_task

    if task is None:
        raise UsageError("which task? Give --task chart, table or svg")
    return check_task(task)


class Pace:
    """How fast something goes, and how long it still takes, by the last minute or so.

    The first report is what was there before: a resumed run is no faster for it.
    """

    WINDOW = 90.0
    """Seconds that are looked back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reports: deque[tuple[float, int]] = deque()

    def words(self, done: int, total: int) -> str:
        """Take a report and say how it goes: "12.5/s, 3:20 left"; empty until it can be known."""
        now = self._clock()
        self._reports.append((now, done))
        while len(self._reports) > 2 and self._reports[1][0] < now - self.WINDOW:
            self._reports.popleft()
        then, before = self._reports[0]
        if done <= before or now <= then:
            return ""
        rate = (done - before) / (now - then)
        left = timedelta(seconds=round((total - done) / rate))
        return f"{rate:.{0 if rate >= 100 else 1}f}/s, {left} left"


@contextmanager
def progress(what: str, *, every: float = 10.0) -> Iterator[Progress]:
    """A bar with rate and time left on stderr in a terminal; elsewhere a line now and then.

    Args:
        what: is counted.
        every: seconds between two lines.
    """
    pace = Pace()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        with Bar(TextColumn(what), *columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("")

            def draw(done: int, total: int) -> None:
                words = pace.words(done, total)
                bar.update(task, completed=done, total=total, description=words)

            yield draw
        return
    last = time.monotonic()

    def line(done: int, total: int) -> None:
        nonlocal last
        words = pace.words(done, total)
        if time.monotonic() - last >= every:
            last = time.monotonic()
            typer.echo(f"{what}: {done} of {total}" + (words and f", {words}"), err=True)

    yield line
