"""`verm demo`: draw and score the packaged examples, beside what SSIM says of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visual_erm.cli import common

if TYPE_CHECKING:
    from visual_erm.examples import Example
    from visual_erm.examples.trial import Outcome


def demo(
    task: common.TaskOption = None,
    example: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help='As in "svg/rocket"; repeatable.')
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All examples, not four a task.")] = False,
    html: common.HtmlOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Score honest attempts and cheats at real charts, tables and SVGs, beside SSIM.

    Four examples a task are shown, chosen by kind and not by result; --all shows the others too.
    """
    from visual_erm.examples import story, trial

    chosen = _chosen(task, example, every=every)
    began = time.perf_counter()
    with common.progress("drawing and judging") as progress:
        groups = list(trial.run(chosen, progress=progress))
    seconds = time.perf_counter() - began
    outcomes = [outcome for group in groups for outcome in group]
    compared = trial.pairs(outcomes)
    if html is not None:
        write_page(html, outcomes, story.summary(outcomes, compared))
    if as_json:
        common.print_json(story.as_json(outcomes, compared, seconds))
        return
    out = common.console()
    out.print(story.table(groups))
    out.print("! marks a score that puts a cheat level with an honest attempt, or above.\n")
    out.print(story.summary(outcomes, compared, seconds), "\n", markup=False)
    out.print(next_steps(html), markup=False)


def next_steps(html: Path | None) -> str:
    """What a new user may do now."""
    steps = {
        f"open {html}" if html else "verm demo --html page.html": "pictures, boxes and sources",
        "verm demo --all": "the other examples as well",
        "verm judge REF.png ATTEMPT.png -t chart": "compare two pictures of your own",
        "verm doctor": "what draws here, and how it is confined",
    }
    width = max(map(len, steps))
    return "Next:\n" + "\n".join(f"  {do:<{width}}   {what}" for do, what in steps.items())


def write_page(path: Path, outcomes: list[Outcome], note: str) -> None:
    """One item an attempt, under its example."""
    from visual_erm.refinement.lines import with_lines
    from visual_erm.report import view
    from visual_erm.report.runs import Item

    items = [
        Item.of(
            outcome.reward,
            id=f"{outcome.example.id}/{outcome.attempt.name}",
            task=outcome.example.task,
            reference=outcome.reference.image,
            source=outcome.attempt.source,
            scores={"SSIM": outcome.ssim},
            note=f"{outcome.attempt.kind}: {outcome.attempt.note}",
            tags=(outcome.attempt.kind,),
            group=f"{outcome.example.id}: {outcome.example.title}",
        )
        for outcome in outcomes
    ]
    view.write(path, [with_lines(item) for item in items], title="visual-erm demo", note=note)


def _chosen(task: str | None, names: list[str] | None, *, every: bool) -> list[Example]:
    from visual_erm import examples

    if names:
        return [examples.load(name) for name in names]
    known = None if task is None else common.need_task(task)
    return [one for one in examples.load_all(known) if every or one.short_demo]
