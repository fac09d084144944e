"""A judge's report card in a terminal: coverage first, then figures with their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from visual_erm.bench import probes
from visual_erm.bench.bootstrap import Figure
from visual_erm.bench.card import Card
from visual_erm.bench.comparison import Comparison
from visual_erm.bench.figures import FIGURES
from visual_erm.cli import common

if TYPE_CHECKING:
    from rich.console import Console


def show(cards: Sequence[Card], comparisons: Sequence[Comparison] = ()) -> None:
    """Print cards, then what sets two judges apart."""
    out = common.console()
    for card in cards:
        statuses = ", ".join(f"{n} {status}" for status, n in sorted(card.statuses.items()))
        out.print(f"{card.judge}: {card.pairs} pairs, {statuses}", markup=False)
        if card.failures:
            failures = ", ".join(f"{n} {code}" for code, n in sorted(card.failures.items()))
            out.print(f"without a verdict: {failures}", markup=False)
        unmatched = ", ".join(f"{n} {code}" for code, n in sorted(card.unmatched.items()))
        out.print(
            f"matched by {card.matcher}"
            + (unmatched and f"; edited pairs it failed on: {unmatched}"),
            markup=False,
        )
        table = _grid(out, "", card.tasks)
        tasks = card.tasks.values()
        for name in FIGURES:
            table.add_row(name.replace("_", " "), *(_cell(t.figures[name]) for t in tasks))
        for level in ("1", "2", "3"):
            cells = (_cell(t.by_severity.get(level)) for t in tasks)
            table.add_row(f"recall of severity {level}", *cells)
        table.add_row("seconds, p50/p95/p99", *(_numbers(t.seconds.values(), " / ") for t in tasks))
        for name in sorted({name for t in tasks for name in t.cost}):
            means = ("-" if name not in t.cost else f"{t.cost[name]:.4g}" for t in tasks)
            table.add_row(f"{name.replace('_', ' ')} a verdict", *means)
        out.print(table)
        table = _grid(out, "precision / recall / F1", card.tasks)
        for category in sorted({name for t in tasks for name in t.categories}):
            found = (t.categories.get(category) for t in tasks)
            cells = ("-" if of is None else _values(of.values()) for of in found)
            table.add_row(category.replace("_", " "), *cells)
        out.print(table)

        if any(t.probes for t in tasks):
            _probes(out, card)
    for comparison in comparisons:
        _compare(out, comparison)


def _probes(out: Console, card: Card) -> None:
    table = _grid(out, "probe", ("task", "verdicts", *probes.COLUMNS))
    for probe in probes.MEANINGS:
        for task, of_task in card.tasks.items():
            if probe in of_task.probes:
                figures = of_task.probes[probe]
                cells = (_short(figures[name], name) for name in probes.COLUMNS)
                table.add_row(probe, task, str(figures["change"].n), *cells)
    out.print(table)
    for name, meaning in (*probes.MEANINGS.items(), *probes.COLUMNS.items()):
        out.print(f"{name}: {meaning}", markup=False)


def _short(figure: Figure, name: str) -> str:
    """With its interval where there is room for one; the page has them all."""
    if figure.value is None:
        return "-"
    between = f" [{figure.low:.2f}, {figure.high:.2f}]"
    return f"{figure.value:.2f}" + (between if name in ("change", "beyond", "list") else "")


def _compare(out: Console, made: Comparison) -> None:
    line = f"{made.first} less {made.second}: {made.pairs} pairs that both scored"
    out.print(line + (f", {made.left_out} left out" if made.left_out else ""), markup=False)
    table = _grid(out, "difference", made.tasks)
    for name, measure in FIGURES.items():
        if name != "coverage":
            sign = "" if measure.higher_is_better else " (lower is better)"
            cells = (_cell(of[name], sign="+") for of in made.tasks.values())
            table.add_row(name.replace("_", " ") + sign, *cells)
    out.print(table)
    out.print("* 0 lies outside the interval.", markup=False)


def _grid(out: Console, head: str, tasks: Iterable[str]) -> Table:
    """A table with a column for each task."""
    table = Table(box=box.SIMPLE_HEAD if out.color_system else None, pad_edge=False)
    table.add_column(head, no_wrap=True)
    for task in tasks:
        table.add_column(task)
    return table


def _cell(figure: Figure | None, *, sign: str = "") -> str:
    """A figure with its interval; a difference with its sign, marked where it is no chance."""
    if figure is None or figure.value is None:
        return "-"
    value, low, high = (f"{one:{sign}.3f}" for one in (figure.value, figure.low, figure.high))
    return f"{value} [{low}, {high}]" + ("*" if sign and figure.beyond_zero else "")


def _values(figures: Iterable[Figure]) -> str:
    return " / ".join("-" if one.value is None else f"{one.value:.2f}" for one in figures)


def _numbers(values: Iterable[float], between: str) -> str:
    return between.join(f"{value:.2f}" for value in values) or "-"
