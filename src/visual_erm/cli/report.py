"""`verm report`: runs, results and benches as one page that opens from disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visual_erm.cli import common
from visual_erm.errors import InputError, UsageError

if TYPE_CHECKING:
    from visual_erm.report.runs import Item

RunsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="RUN...",
        help="Run folders, results of verm judge or verm score, folders of verm bench.",
    ),
]
RowsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rows",
        "-r",
        metavar="ROWS",
        help="What results are of: P.jsonl as it was judged, or a build's folder; again for more.",
    ),
]


def report(
    runs: RunsArgument,
    out: common.PageOption,
    *,
    rows: RowsOption = None,
    title: Annotated[
        str | None, typer.Option(metavar="TITLE", help="Of the page; the run's name without it.")
    ] = None,
    most: Annotated[
        int, typer.Option(min=1, metavar="N", help="Items; of more, the last ones are shown.")
    ] = 5000,
    as_json: common.JsonOption = False,
) -> None:
    """Make one page of rollouts, judgments, refinements or bench cases, to look at and to check.

    Results of two judges of the same rows stand beside each other.
    """
    from visual_erm import jsonl
    from visual_erm.report import view

    jsonl.keep_apart(out, *runs, *(rows or []))
    items = read_all(runs, rows or [])
    if len(items) > most:
        typer.echo(f"{len(items)} items; the last {most} are shown (--most)", err=True)
    name = title or ", ".join(run.resolve().stem for run in runs)
    made = view.write(out, items[-most:], title=name)
    if as_json:
        common.print_json({**vars(made), "path": str(made.path)})
    else:
        size = f"{made.bytes / 1e6:.1f} MB"
        typer.echo(f"{made.path}: {made.items} items, {made.pictures} pictures, {size}")


def read_all(runs: list[Path], rows: list[Path]) -> list[Item]:
    """The items of all runs, whatever they are.

    Raises:
        InputError: one is none, or cannot be read.
        UsageError: results without the rows that they are of.
    """
    from visual_erm.report.results import merged

    found = [(run.resolve().stem, _items(run, rows)) for run in runs]
    return found[0][1] if len(found) == 1 else merged(found)


def _items(run: Path, rows: list[Path]) -> list[Item]:
    from visual_erm.report import runs

    if not run.exists():
        raise InputError(f"no such run: {run}")
    if run.is_file():
        return _of_results(run, rows)
    if runs.is_run(run):
        return runs.read(run)
    if (run / "verdicts.jsonl").exists() and (run / "records.jsonl").exists():
        from visual_erm.bench.cases import of_vc_reward_bench

        return of_vc_reward_bench(run)
    results = [path for path in sorted(run.glob("*.jsonl")) if not path.stem.endswith("-probes")]
    if not results:
        raise InputError(f"{run} is neither a run folder nor the folder of a bench")
    from visual_erm.report.results import merged

    return merged((path.stem, _of_results(path, rows)) for path in results)


def _of_results(results: Path, rows: list[Path]) -> list[Item]:
    """Items of a file of results, with the lines of their sources that errors come from."""
    from visual_erm.refinement.lines import with_lines

    return [with_lines(item) for item in _read_results(results, rows)]


def _read_results(results: Path, rows: list[Path]) -> list[Item]:
    builds = [path for path in rows if path.is_dir()]
    files = [path for path in rows if not path.is_dir()]
    if builds:
        from visual_erm.bench.cases import of_builds

        return of_builds(results, builds)
    if len(files) != 1:
        raise UsageError(f"{results} holds no pictures: give --rows, the rows that it is of")
    from visual_erm.report.results import of_results

    with common.progress("drawing") as progress:
        return of_results(results, files[0], progress=progress)
