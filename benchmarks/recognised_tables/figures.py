"""Figures of the judge on tables that recognition systems wrote: pure functions of scored items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from visual_erm.align import area
from visual_erm.bench.bootstrap import DRAWS, Figure, Resampled, Sums, figure
from visual_erm.bench.matching import Matcher
from visual_erm.types import Box, Discrepancy

MATCHER = Matcher()
MOST = 0.6
"""Share of a picture that the box of a reported error may cover and still be a hit."""

Size = tuple[int, int]
"""Width and height of a picture."""


@dataclass(frozen=True)
class Scored:
    """One table that a system wrote, what is wrong with it, and what was said of it."""

    reference: str
    system: str
    way: str
    truth: tuple[Discrepancy, ...]
    found: tuple[Discrepancy, ...]
    sizes: tuple[Size, Size]
    """Of the picture that the system read, and of what it wrote, drawn."""
    rewards: dict[str, float]
    """Higher is better."""

    @property
    def severity(self) -> int:
        """Sum over the true errors."""
        return sum(error.severity for error in self.truth)


def small(box: Box | None, size: Size) -> bool:
    """Whether a box says where an error is."""
    return box is None or area(box) <= MOST * size[0] * size[1]


def hits(item: Scored) -> int:
    """Reported errors that are true ones: one to one, of the same category and place."""
    placed = [
        error
        for error in item.found
        if small(error.bbox, item.sizes[0]) and small(error.bbox_prediction, item.sizes[1])
    ]
    return sum(match.level == "yes" for match in MATCHER(item.truth, placed).matches)


def by_reference(items: Sequence[Scored]) -> dict[str, list[Scored]]:
    """What was written of each reference."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for item in items:
        groups[item.reference].append(item)
    return groups


def errors(items: Sequence[Scored]) -> dict[str, Figure]:
    """Precision, recall and F1 of errors, and how many are reported where none is."""
    sums: list[Sums] = []
    for members in by_reference(items).values():
        right = [item for item in members if not item.truth]
        wrong = [item for item in members if item.truth]
        sums.append(
            {
                ("hits",): sum(map(hits, wrong)),
                ("true",): sum(len(item.truth) for item in wrong),
                ("found",): sum(len(item.found) for item in wrong),
                ("right",): len(right),
                ("alarms",): sum(len(item.found) for item in right),
            }
        )
    drawn = Resampled(sums)
    hit, true, found = (drawn.of(name) for name in ("hits", "true", "found"))
    return {
        "precision": figure(hit, found),
        "recall": figure(hit, true),
        "F1": figure(2 * hit, true + found),
        "errors on a table without any": figure(drawn.of("alarms"), drawn.of("right")),
    }


def rank(items: Sequence[Scored], value: Callable[[Scored], float]) -> Figure:
    """Spearman's correlation of a value with the true severity, over all that was written."""
    groups = [
        [(value(item), item.severity) for item in members]
        for members in by_reference(items).values()
    ]

    def correlation(chosen: Sequence[int]) -> float:
        pairs = np.array([pair for k in chosen for pair in groups[k]], float)
        if len(pairs) < 2 or min(len(set(column)) for column in pairs.T) < 2:
            return float("nan")
        return float(spearmanr(pairs[:, 0], pairs[:, 1]).statistic)

    whole = correlation(range(len(groups)))
    rng = np.random.default_rng(0)
    drawn = [
        correlation(rng.integers(len(groups), size=len(groups)).tolist()) for _ in range(DRAWS // 2)
    ]
    kept = [one for one in drawn if not np.isnan(one)]
    if np.isnan(whole) or not kept:
        return Figure(None, None, None, len(items))
    low, high = np.percentile(kept, (2.5, 97.5))
    return Figure(whole, float(low), float(high), len(items))


def in_order(items: Sequence[Scored], value: Callable[[Scored], float]) -> Figure:
    """Share of pairs at one reference that are in the order of their true severity."""
    sums: list[Sums] = []
    for members in by_reference(items).values():
        right = of = 0.0
        for a in members:
            for b in members:
                if a.severity < b.severity:
                    one, other = value(a), value(b)
                    right += 0.5 if one == other else float(one < other)
                    of += 1
        sums.append({("right",): right, ("of",): of})
    drawn = Resampled(sums)
    return figure(drawn.of("right"), drawn.of("of"))
