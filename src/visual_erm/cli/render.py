"""`verm render`: one source to one PNG, confined as in training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common
from visual_erm.cli.score import read_source
from visual_erm.errors import Fault


def render(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help='A file, or "-" for stdin.')],
    *,
    out: common.PictureOption,
    task: common.TaskOption = None,
    as_json: common.JsonOption = False,
    show: common.ShowOption = False,
    deadline: common.DeadlineOption = None,
) -> None:
    """Draw one source and write the picture.

    A source that does not draw ends with exit code 1 and its traceback on stderr.
    """
    from visual_erm import images, jsonl, renderers

    jsonl.keep_apart(out, source)
    known = common.need_task(task)
    text = read_source(source)
    try:
        rendering = renderers.render(text, task=known, deadline=deadline)
    except Fault as fault:
        if fault.failure.detail:
            typer.echo(fault.failure.detail, err=True)
        raise
    common.write(out, images.encode_png(rendering.image))
    row = {"out": str(out), **rendering.row()}
    if as_json:
        common.print_json(row)
    else:
        size = f"{rendering.width} x {rendering.height}"
        blank = ", blank" if rendering.blank else ""
        typer.echo(f"{out}: {size}{blank}, {rendering.backend}, {rendering.seconds:.2f} s")
        for warning in rendering.warnings:
            typer.echo(f"warning: {warning}", err=True)
    if show:
        from visual_erm.report import terminal

        terminal.show(rendering.image)
