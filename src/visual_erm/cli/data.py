"""`verm data`: make labelled pairs, look at them, write them for trainers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from visual_erm.cli import common
from visual_erm.cli.annotate import annotate
from visual_erm.errors import UsageError

if TYPE_CHECKING:
    from visual_erm.data.models import Models

app = typer.Typer(add_completion=False, no_args_is_help=True)
FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a build.")]
RowsOption = Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write.")]
LayoutOption = Annotated[
    str, typer.Option("--layout", "-l", metavar="LAYOUT", help="trl, sharegpt or verl.")
]


@app.callback()
def data() -> None:
    """Make labelled pairs with known truth, look at them, write them for trainers."""


@app.command()
def build(
    folder: FolderArgument,
    preset: Annotated[
        str, typer.Option("--preset", "-p", metavar="RECIPE", help="A name, or a JSON file.")
    ] = "small",
    svg: Annotated[
        Path | None,
        typer.Option(
            "--svg", metavar="FOLDER", help="SVG files of your own, in place of packages."
        ),
    ] = None,
    programs: Annotated[
        Path | None,
        typer.Option(
            "--programs", metavar="FOLDER", help="Plotting programs of your own, as .py files."
        ),
    ] = None,
    tables: Annotated[
        Path | None,
        typer.Option(
            "--tables", metavar="FOLDER", help="HTML and Markdown files of your own, with tables."
        ),
    ] = None,
    licence: Annotated[
        str, typer.Option("--licence", metavar="SPDX", help="Licence of your own files.")
    ] = "NOASSERTION",
    editor: Annotated[
        list[str] | None,
        typer.Option(
            "--editor", metavar="MODEL", help="URL#MODEL or a pool: writes mistakes into sources."
        ),
    ] = None,
    inferrer: Annotated[
        list[str] | None,
        typer.Option("--inferrer", metavar="MODEL", help="The same: copies pictures, and errs."),
    ] = None,
    annotator: Annotated[
        list[str] | None,
        typer.Option("--annotator", metavar="MODEL", help="The same: says what differs."),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", metavar="MONEY", min=0, help="All replies may cost so much."),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", metavar="ENGINE", help="local: this machine; ray: a cluster, or alone."
        ),
    ] = "local",
    workers: common.WorkersOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Make the pairs of a recipe; run it again to go on after an interruption."""
    from visual_erm.data import load_recipe

    recipe = load_recipe(preset)  # before the engine, whose libraries take seconds to load

    from visual_erm.data import build as make
    from visual_erm.data import engine as engines
    from visual_erm.data import seeds
    from visual_erm.data.tables import seeds as table_seeds

    chosen = engines.find_engine(engine)
    corpus = {}
    if svg is not None:
        corpus[f"svg {svg.name}"] = seeds.svg_folder(svg, licence)
    if programs is not None:
        corpus[f"programs {programs.name}"] = seeds.program_folder(programs, licence)
    if tables is not None:
        corpus[f"tables {tables.name}"] = table_seeds.table_folder(tables, licence)
    pools = {"editor": editor, "inferrer": inferrer, "annotator": annotator}
    with _models(folder, pools, budget, engine) as models:
        if models is not None:
            from visual_erm.data.models import engine as by_models

            chosen = by_models(models)
        with common.progress("pairs") as progress:
            summary = make(
                recipe,
                folder,
                corpus=corpus or None,
                workers=workers,
                engine=chosen,
                routes=models.routes if models else (),
                progress=progress,
            )
    line = (
        f"{summary.rows} pairs in {folder}, {summary.made} of them made now.\n"
        f"See what they are: verm data stats {folder}, or verm data show {folder}"
    )
    figures = summary.statistics.model_dump(mode="json") | {"models": _spent(folder)}
    _say({"rows": summary.rows, "made": summary.made} | figures, line, as_json)


@contextmanager
def _models(
    folder: Path,
    specs: dict[str, list[str] | None],
    budget: float | None,
    engine: str,
) -> Iterator[Models | None]:
    """The models that were named; None if pairs are made without.

    Raises:
        UsageError: they do not suffice for what is asked.
        BackendError: nobody answers.
    """
    named: dict[str, list[str]] = {role: given for role, given in specs.items() if given}
    if not named:
        yield None
        return
    from visual_erm.data.models import Models, Replies, read_pool
    from visual_erm.data.models.replies import NAME

    if engine != "local":
        raise UsageError("models are asked from one machine: leave --engine out")
    if not {"editor", "inferrer"} & set(named):
        raise UsageError("an annotator needs something to annotate: add --editor or --inferrer")
    pools: dict[Any, Any] = {role: read_pool(given, role) for role, given in named.items()}
    models = Models(pools, Replies(folder / NAME), budget=budget)
    try:
        models.knock()
        yield models
    finally:
        models.close()


def _spent(folder: Path) -> list[dict[str, Any]]:
    """What models have cost in a folder; empty if none were asked."""
    from visual_erm.data.models.replies import NAME, Replies

    replies = Replies(folder / NAME)
    try:
        return [line.model_dump() for line in replies.spent()]
    finally:
        replies.close()


@app.command()
def stats(folder: FolderArgument, as_json: common.JsonOption = False) -> None:
    """Count what a folder holds: kinds, errors, and what the gate kept of each operator."""
    from rich.table import Table

    from visual_erm.data import card

    found = card.count(folder)
    spent = _spent(folder)
    if as_json:
        common.print_json(found.model_dump(mode="json") | {"models": spent})
        return
    console = common.console()
    console.print(f"{found.pairs} pairs, {found.bytes / 1e6:.1f} MB")
    for title, counts in (("kind", found.kinds), ("errors in a pair", found.numbers)):
        console.print(f"{title}: " + ", ".join(f"{name} {n}" for name, n in counts.items()))
    categories = Table("errors", "minor", "to correct", "misleading", box=None)
    for category, levels in found.errors.items():
        categories.add_row(category, *(str(levels.get(level, 0)) for level in "123"))
    operators = Table(*card.OPERATOR_HEAD, box=None)
    for line in found.operators:
        operators.add_row(*card.operator_cells(line))
    console.print(categories, operators)
    if spent:
        costs = Table(*(name.replace("_", " ") for name in spent[0]), box=None)
        for entry in spent:
            costs.add_row(*map(str, entry.values()))
        console.print(costs)
    if found.unusable:
        console.print(f"{found.unusable} seeds could not be used, among them:")
    for name, why in found.unusable_examples.items():
        console.print(f"{name}: {why}", markup=False)


@app.command()
def show(
    folder: FolderArgument,
    html: Annotated[Path, typer.Option("--html", metavar="PAGE", help="The page to write.")] = Path(
        "sheet.html"
    ),
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, metavar="N", help="Pairs to show.")
    ] = 200,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the choice of pairs.")] = 0,
    as_json: common.JsonOption = False,
) -> None:
    """Write a page of pairs with their labels and boxes, to be filtered by operator."""
    import random

    from visual_erm.data import shards
    from visual_erm.report import view
    from visual_erm.report.results import of_pair
    from visual_erm.types import JudgeIdentity

    total = shards.count(folder)
    chosen = set(random.Random(seed).sample(range(total), min(count, total)))
    rows = (row for number, row in enumerate(shards.read(folder)) if number in chosen)
    samples = [of_pair(row, JudgeIdentity(name="labels")) for row in rows]
    note = f"{len(samples)} of {total} pairs, drawn by lot with seed {seed}."
    view.write(html, samples, title=f"Pairs of {folder.name}", note=note)
    _say({"page": str(html), "shown": len(samples), "pairs": total}, str(html), as_json)


@app.command()
def export(
    folder: FolderArgument,
    out: RowsOption,
    layout: LayoutOption = "trl",
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            metavar="PROFILE",
            help="How the judge is asked: published, benchmark, plain or a file.",
        ),
    ] = "published",
    as_json: common.JsonOption = False,
) -> None:
    """Write the pairs as rows for a trainer: two pictures, a question, the verdict."""
    from visual_erm.data.export import export as write

    count = write(folder, out, layout, profile=profile)
    _say({"rows": count, "out": str(out)}, f"{count} rows for {layout} in {out}", as_json)


@app.command()
def prompts(
    folder: FolderArgument,
    out: RowsOption,
    layout: LayoutOption = "trl",
    as_json: common.JsonOption = False,
) -> None:
    """Write the references as rows for a policy's trainer: a picture, and what is asked."""
    from visual_erm.data.redraw import write

    count = write(folder, out, layout)
    _say({"rows": count, "out": str(out)}, f"{count} pictures for {layout} in {out}", as_json)


@app.command()
def push(
    folder: FolderArgument,
    repository: Annotated[str, typer.Argument(metavar="REPO", help="NAME or ORGANISATION/NAME.")],
    private: Annotated[
        bool, typer.Option("--private", help="Hide the repository, if it is made now.")
    ] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Write a finished folder to the Hugging Face hub, with the token of HF_TOKEN."""
    from visual_erm.data.hub import push as write

    address = write(folder, repository, private=private)
    _say({"address": address}, address, as_json)


app.command()(annotate)


@app.command()
def recipes(as_json: common.JsonOption = False) -> None:
    """List the packaged recipes."""
    from visual_erm.data.recipe import load_recipe
    from visual_erm.data.recipe import recipes as names

    for name in names():
        recipe = load_recipe(name)
        wanted = ", ".join(f"{count} {task}" for task, count in recipe.pairs.items())
        line = f"{name}: {wanted} ({recipe.split}, seed {recipe.seed})"
        _say(recipe.model_dump(mode="json"), line, as_json)


def _say(result: dict[str, Any], line: str, as_json: bool) -> None:
    if as_json:
        common.print_json(result)
    else:
        typer.echo(line)
