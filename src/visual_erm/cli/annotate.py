"""`verm data annotate`: what differs between references and predictions, from their sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common
from visual_erm.types import STATUS_OF


def annotate(
    rows: Annotated[
        Path,
        typer.Argument(
            metavar="ROWS.jsonl", help="Rows with id, task, source and prediction_source."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            *("--out", "-o"), metavar="OUT", help="A folder of pairs, or a .jsonl file of errors."
        ),
    ],
    *,
    task: common.TaskOption = None,
    most_unexplained: Annotated[
        float,
        typer.Option(
            "--most-unexplained",
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="Leave out pairs of which more of the difference is unexplained (folders only).",
        ),
    ] = 1.0,
    fresh: common.FreshOption = False,
    as_json: common.JsonOption = False,
) -> None:
    """List a model's own mistakes, by comparing its sources with those of the references.

    No model annotates: scenes are compared. A run is resumed when it is started again. A
    prediction that does not draw is a row with a failure; where something else failed, the exit
    code is 1.
    """
    from visual_erm.data.natural import annotate_rows

    known = None if task is None else common.need_task(task)
    with common.progress("annotating") as progress:
        counts = annotate_rows(
            rows,
            out,
            task=known,
            most_unexplained=most_unexplained,
            resume=not fresh,
            progress=progress,
        )
    failed = counts[STATUS_OF["infrastructure"]]
    if as_json:
        common.print_json({"out": str(out), "rows": counts.total(), **counts})
    else:
        parts = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
        typer.echo(f"{counts.total()} rows in {out}: {parts or 'none'}")
    if failed:
        typer.echo(f'{failed} rows could not be annotated; their "failure" says why', err=True)
        raise typer.Exit(1)
