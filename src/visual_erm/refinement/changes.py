"""Which errors of one verdict are gone in the next, which are left, and which are new.

Two entries are the same error if they are of one category and at one place, or where that is not
known, in like words.
"""

from __future__ import annotations

from dataclasses import dataclass

from visual_erm.align import iou
from visual_erm.judges.grounding import same
from visual_erm.types import Discrepancy, Verdict


@dataclass(frozen=True)
class Changes:
    """From one verdict to the next."""

    fixed: tuple[Discrepancy, ...]
    """Only in the earlier one."""
    left: tuple[Discrepancy, ...]
    """In both, as the later one has them."""
    broken: tuple[Discrepancy, ...]
    """Only in the later one."""


def changes(before: Verdict | None, after: Verdict | None) -> Changes:
    """What a revision did; a missing verdict has no errors."""
    earlier = list(before.errors) if before else []
    later = list(after.errors) if after else []
    scores = [
        (_likeness(one, other), i, j)
        for i, one in enumerate(earlier)
        for j, other in enumerate(later)
    ]
    partners: dict[int, int] = {}
    for likeness, i, j in sorted(scores, key=lambda score: -score[0]):
        if likeness > 0 and i not in partners and j not in partners.values():
            partners[i] = j
    kept = set(partners.values())
    return Changes(
        fixed=tuple(error for i, error in enumerate(earlier) if i not in partners),
        left=tuple(later[j] for j in sorted(kept)),
        broken=tuple(error for j, error in enumerate(later) if j not in kept),
    )


def _likeness(one: Discrepancy, other: Discrepancy) -> float:
    """How surely two entries are the same error; 0 if they are not."""
    if one.category != other.category or not same(one, other):
        return 0.0
    pairs = ((one.bbox, other.bbox), (one.bbox_prediction, other.bbox_prediction))
    return 1.0 + max((iou(mine, theirs) for mine, theirs in pairs if mine and theirs), default=0.0)
