"""A list of findings that is short enough to read: the lesser ones of a category put together.

Where two pictures have little in common, rules say the same of many places. Each category keeps its
most severe findings as they are; of the others `AT_ONCE` make one, which names them. The sum of
severities never falls when a finding is added or becomes more severe: findings are taken from the
most severe one down, and one that stands for many is as severe as the most severe of them. So the
distance does not fall either, which counts the list as it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from visual_erm.align import around_known
from visual_erm.types import Box, Discrepancy, Severity, Task

ALONE: Mapping[Task, int] = {"chart": 2}
"""Findings of a category that stay as they are; of the other tasks all do."""
AT_ONCE = 8
"""How many of the others make one."""
NAMED = 4
"""How many of them are described."""


def together(found: Sequence[Discrepancy], task: Task) -> list[Discrepancy]:
    """The findings by category, the most severe first, those beyond the first few put together.

    >>> label = Discrepancy(category="text_error", severity=1, location="x", description="missing")
    >>> [(e.location, e.severity) for e in together([label] * 4, "chart")]
    [('x', 1), ('x', 1), ('2 places', 2)]
    """
    if task not in ALONE:
        return list(found)
    by_category: dict[str, list[Discrepancy]] = {}
    for error in sorted(found, key=_order):
        by_category.setdefault(error.category, []).append(error)
    kept: list[Discrepancy] = []
    for group in by_category.values():
        others = group[ALONE[task] :]
        parts = (others[k : k + AT_ONCE] for k in range(0, len(others), AT_ONCE))
        kept += [*group[: ALONE[task]], *map(_as_one, parts)]
    return kept


def _order(error: Discrepancy) -> tuple[int, Box]:
    return -error.severity, error.bbox or error.bbox_prediction or (0, 0, 0, 0)


def _as_one(group: Sequence[Discrepancy]) -> Discrepancy:
    """Several minor errors need correction together."""
    if len(group) == 1:
        return group[0]
    said = [f"{error.location}: {error.description}" for error in group[:NAMED]]
    more = f"; and {len(group) - NAMED} more" if len(group) > NAMED else ""
    severity: Severity = 3 if group[0].severity == 3 else 2
    return Discrepancy(
        category=group[0].category,
        severity=severity,
        location=f"{len(group)} places",
        description="; ".join(dict.fromkeys(said)) + more,
        bbox=around_known(error.bbox for error in group),
        bbox_prediction=around_known(error.bbox_prediction for error in group),
    )
