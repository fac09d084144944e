"""The outcomes of the examples in words: a table for a terminal, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from visual_erm.examples.trial import Outcome, Pair, count_orders

if TYPE_CHECKING:
    from rich.table import Table

WORDS = 72
"""Characters of the first difference that the table shows."""


def table(groups: Sequence[Sequence[Outcome]]) -> Table:
    """One section an example, its attempts sorted by our reward.

    A score is marked where it puts a cheat level with an honest attempt or above.
    """
    from rich.markup import escape
    from rich.table import Table

    out = Table(box=None, padding=(0, 1), pad_edge=False, expand=True)
    out.add_column("attempt", no_wrap=True)
    out.add_column("", no_wrap=True)
    out.add_column("reward", justify="right", no_wrap=True)
    out.add_column("SSIM", justify="right", no_wrap=True)
    out.add_column("what differs", overflow="ellipsis", no_wrap=True, ratio=1)
    for outcomes in groups:
        example = outcomes[0].example
        out.add_row(f"[bold cyan]{example.id}[/]", "", "", "", f"[dim]{escape(example.title)}[/]")
        for outcome in outcomes:
            out.add_row(
                "  " + outcome.attempt.name.replace("_", " "),
                "[red]cheat[/]" if outcome.attempt.kind == "cheat" else "[green]honest[/]",
                _marked(outcome, outcome.reward.value, [o.reward.value for o in _honest(outcomes)]),
                _marked(outcome, outcome.ssim, [o.ssim for o in _honest(outcomes)]),
                escape(said(outcome)),
            )
        out.add_row()
    return out


def said(outcome: Outcome) -> str:
    """The first words of what the judge, or the renderer, has to say."""
    if outcome.reward.failure is not None:
        return outcome.reward.failure.message[:WORDS]
    errors = outcome.reward.verdict.errors if outcome.reward.verdict else ()
    if not errors:
        return "nothing"
    first = errors[0]
    words = ": ".join(part for part in (first.location, first.description) if part)
    more = f" (+{len(errors) - 1} more)" if len(errors) > 1 else ""
    return (words if len(words) <= WORDS else words[: WORDS - 1] + "…") + more


def summary(
    outcomes: Sequence[Outcome], compared: Sequence[Pair], seconds: float | None = None
) -> str:
    """What the table comes to, our own mistakes included."""
    backends = _unique(outcome.reference.backend for outcome in outcomes)
    judges = _unique(
        f"{o.reward.verdict.judge.name} {o.reward.verdict.judge.revision}".strip()
        for o in outcomes
        if o.reward.verdict
    )
    references = _count(len({outcome.example.id for outcome in outcomes}), "reference")
    took = "" if seconds is None else f" in {seconds:.0f} s"
    lines = [
        f"{_count(len(outcomes), 'attempt')} at {references}, drawn by {', '.join(backends)}"
        f" and judged by {', '.join(judges) or 'nobody'}{took}."
    ]
    unscored = [outcome for outcome in outcomes if outcome.reward.value is None]
    if unscored:
        lines.append(
            f"{len(unscored)} without a reward, because the judge or the machinery failed; these "
            f"stay out of the pairs. The first: {said(unscored[0])}"
        )
    if compared:
        orders = count_orders(compared)
        lines.append(
            f"Of {_count(orders['pairs'], 'pair')} of an honest attempt and a cheat, our "
            f"reward puts the honest one first in {orders['ours']}, SSIM in {orders['ssim']}."
        )
    lines += [_confess(pair) for pair in compared if not pair.ours]
    return "\n".join(lines)


def as_json(
    outcomes: Sequence[Outcome], compared: Sequence[Pair], seconds: float
) -> dict[str, Any]:
    """Everything the table and the summary say, for programs."""
    return {
        "cases": [outcome.row() for outcome in outcomes],
        "orders": {
            **count_orders(compared),
            "wrong": [
                {
                    "example": pair.honest.example.id,
                    "honest": pair.honest.attempt.name,
                    "cheat": pair.cheat.attempt.name,
                }
                for pair in compared
                if not pair.ours
            ],
        },
        "seconds": round(seconds, 3),
    }


def _honest(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.attempt.kind == "honest"]


def _marked(outcome: Outcome, value: float | None, honest: Sequence[float | None]) -> str:
    if value is None:
        return "[dim]none[/]"
    wrong = outcome.attempt.kind == "cheat" and any(h is None or h <= value for h in honest)
    return f"[bold red]!{value:.3f}[/]" if wrong else f"{value:.3f}"


def _confess(pair: Pair) -> str:
    honest, cheat = pair.honest, pair.cheat
    return (
        f"Ours is wrong at {honest.example.id}: {cheat.attempt.name} {_number(cheat)}, "
        f"{honest.attempt.name} {_number(honest)}."
    )


def _number(outcome: Outcome) -> str:
    value = outcome.reward.value
    return "unscored" if value is None else f"{value:.3f}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
