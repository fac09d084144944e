"""How `verm bench hacks` prints success rates: a table for each kind of attack, then the sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from visual_erm.cli import common

if TYPE_CHECKING:
    from rich.table import Table

    from visual_erm.bench.hacks.suite import Rate, Result

Key = tuple[str, str]
COLUMNS = 10
"""Rewards beside each other."""


def print_rates(results: Sequence[Result], rewards: Sequence[str], references: int) -> None:
    """Rates by attack, with the rewards that say something about it; sums; what visual pays for."""
    from visual_erm.bench.hacks import summary

    out = common.console()
    rates = summary(results)
    tried = {result.attack for result in results}
    for title, names in _groups(tried):
        known = [one for one in rewards if any((name, one) in rates for name in names)]
        for at in range(0, len(known), COLUMNS):
            out.print(_of_attacks(title, names, known[at : at + COLUMNS], rates))
    out.print(_sums(rates, rewards))
    for result in results:
        if result.reward == "visual" and result.success:
            honest = ", ".join(f"{paid:.3f}" for paid in result.honest)
            out.print(
                f"visual pays {result.attack} at {result.case} {result.value:.3f}, "
                f"honest attempts {honest}",
                markup=False,
            )
    unscored = sum(result.value is None and result.reward == "visual" for result in results)
    out.print(
        f"{references} references, {len(tried)} attacks. Success: paid at least as much as an "
        f"honest attempt with mistakes. Intervals: 95%, Wilson. Unscored by visual: {unscored}.",
        markup=False,
    )


def _of_attacks(
    title: str, names: Sequence[str], rewards: Sequence[str], rates: dict[Key, Rate]
) -> Table:
    table = _table(f"{title}, %")
    for reward in rewards:
        table.add_column(reward, justify="right", overflow="fold")
    for name in names:
        cells = (rates.get((name, one)) for one in rewards)
        table.add_row(name, *("-" if rate is None else f"{100 * rate.rate:.0f}" for rate in cells))
    return table


def _table(title: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD if common.console().color_system else None, pad_edge=False)
    table.add_column(title, no_wrap=True)
    return table


def _groups(tried: set[str]) -> Iterator[tuple[str, list[str]]]:
    """Names of attacks that belong to the same tasks, source level first."""
    from visual_erm.bench.hacks import ATTACKS
    from visual_erm.types import TASKS

    groups: dict[Key, list[str]] = {}
    for name, attack in ATTACKS.items():
        if name in tried and attack.level == "source":
            groups.setdefault((" ".join(attack.tasks), "by source"), []).append(name)
    for name, attack in ATTACKS.items():
        if name in tried and attack.level == "picture":
            groups.setdefault(("", "by picture"), []).append(name)
    for (tasks, level), names in groups.items():
        known = "" if tasks in ("", " ".join(TASKS)) else f"{tasks}, "
        yield f"{known}{level}", names


def _sums(rates: dict[Key, Rate], rewards: Sequence[str]) -> Table:
    table = _table("success, %")
    for head in ("by source", "by picture"):
        table.add_column(head)
    for reward in rewards:
        levels = (rates.get((level, reward)) for level in ("source", "picture"))
        table.add_row(reward, *(_interval(rate) for rate in levels))
    return table


def _interval(rate: Rate | None) -> str:
    if rate is None:
        return "-"
    return f"{100 * rate.rate:.1f} [{100 * rate.low:.1f}, {100 * rate.high:.1f}] of {rate.n}"
