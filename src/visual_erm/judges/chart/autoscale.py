"""Limits that follow the data: a program that sets none lets them enclose what it draws.

A value that is too high, or a series that is missing, then moves the ends of an axis. Who reads the
two pictures sees one error, and would see none if the data were mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visual_erm.judges.chart.layers import marks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visual_erm.judges.chart.findings import Cause, Finding
    from visual_erm.judges.chart.places import Match
    from visual_erm.judges.chart.scene import ChartScene

MARGIN = 0.025
"""Share of an axis by which what is drawn may end nearer to it, or farther from it."""
ACROSS = 0.01
"""Share of an axis from whose ends a colour begins that says nothing of the data: guides, grids."""
OF_DATA: frozenset[Cause] = frozenset({"series missing", "series added", "marks", "everything"})
"""Causes that say that other data are drawn."""


def followers(match: Match, findings: Sequence[Finding]) -> list[Finding]:
    """The findings of other limits that enclose other data as the reference's enclose its own."""
    return [
        finding
        for finding in findings
        if finding.cause == "limits" and _other_data(finding, findings) and _enclose(match, finding)
    ]


def _other_data(limits: Finding, findings: Sequence[Finding]) -> bool:
    return any(
        f.panel == limits.panel and ((f.cause in OF_DATA and f.severity > 1) or f.detail == "width")
        for f in findings
    )


def _enclose(match: Match, limits: Finding) -> bool:
    """Whether marks end as far from both ends of an axis in one picture as in the other."""
    i, j = limits.panel, match.panel(limits.panel)
    if i is None or j is None:
        return False
    one, two = (_ends(scene, k, limits.subject) for scene, k in ((match.a, i), (match.b, j)))
    if one is None or two is None:
        return False
    return max(abs(one[0] - two[0]), abs(one[1] - two[1])) < MARGIN


def _ends(scene: ChartScene, index: int, side: str) -> tuple[float, float] | None:
    """Where the marks of a plot begin and end along a side, in shares of it; None without marks."""
    found = []
    for mask in marks_of(scene, index):
        places = np.flatnonzero(mask.any(axis=0 if side in ("bottom", "top") else 1))
        if len(places):
            length = mask.shape[1 if side in ("bottom", "top") else 0]
            ends = float(places[0] / length), float((places[-1] + 1) / length)
            if ends[0] > ACROSS or ends[1] < 1 - ACROSS:
                found.append(ends)
    if not found:
        return None
    return min(low for low, _ in found), max(high for _, high in found)
