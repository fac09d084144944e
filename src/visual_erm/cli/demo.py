"""`verm demo`: draw and score the packaged examples, beside what SSIM says of them."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visual_erm import examples
from visual_erm.errors import UsageError
from visual_erm.types import TASKS

if TYPE_CHECKING:
    from visual_erm.examples.trial import Outcome


def demo(
    html: Annotated[
        Path | None, typer.Option(metavar="PAGE", help="Write the pictures to one HTML file.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON in place of a table.")
    ] = False,
    task: Annotated[
        str | None, typer.Option("--task", "-t", help="Only examples of chart, table or svg.")
    ] = None,
    example: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help='As in "svg/rocket"; repeatable.')
    ] = None,
) -> None:
    """Score honest attempts and cheats at real charts, tables and SVGs, beside SSIM."""
    from rich.console import Console
    from rich.progress import Progress

    from visual_erm.examples import story, trial

    chosen = _chosen(task, example)
    began = time.perf_counter()
    groups = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        todo = bar.add_task("drawing and judging", total=sum(len(one.attempts) for one in chosen))
        for outcomes in trial.run(chosen, progress=lambda: bar.advance(todo)):
            groups.append(outcomes)
    seconds = time.perf_counter() - began
    every = [outcome for outcomes in groups for outcome in outcomes]
    compared = trial.pairs(every)
    words = story.summary(every, compared, seconds)
    if html is not None:
        write_page(html, every, story.summary(every, compared))
    if as_json:
        json.dump(story.as_json(every, compared, seconds), sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    console = Console(highlight=False)
    console.print(story.table(groups))
    console.print("! marks a score that puts a cheat level with an honest attempt, or above.\n")
    console.print(words + "\n\n" + next_steps(html), markup=False)


def next_steps(html: Path | None) -> str:
    """What a new user may do now."""
    steps = {
        f"open {html}" if html else "verm demo --html page.html": "pictures, boxes and sources",
        "verm judge REF.png ATTEMPT.png -t chart": "compare two pictures of your own",
        "verm doctor": "what draws here, and how it is confined",
    }
    width = max(map(len, steps))
    return "Next:\n" + "\n".join(f"  {do:<{width}}   {what}" for do, what in steps.items())


def write_page(path: Path, outcomes: list[Outcome], note: str) -> None:
    """One case an attempt, under its example."""
    from visual_erm.report import page
    from visual_erm.report.case import Case

    cases = [
        Case.of(
            outcome.reward,
            title=f"{outcome.attempt.name.replace('_', ' ')} ({outcome.attempt.kind})",
            task=outcome.example.task,
            reference=outcome.reference.image,
            source=outcome.attempt.source,
            scores={"SSIM": outcome.ssim},
            note=outcome.attempt.note,
            group=f"{outcome.example.id}: {outcome.example.title}",
        )
        for outcome in outcomes
    ]
    page.write(path, cases, title="visual-erm demo", note=note)


def _chosen(task: str | None, names: list[str] | None) -> list[examples.Example]:
    if task is not None and task not in TASKS:
        raise UsageError(f'unknown task "{task}"; known: {", ".join(TASKS)}')
    if names:
        return [examples.load(name) for name in names]
    return examples.load_all(task)
