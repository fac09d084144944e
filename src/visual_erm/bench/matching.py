"""Which of a judge's errors is which of the true ones: a one-to-one matching of two lists.

>>> truth = [Discrepancy(category="text_error", severity=1, description="title is missing")]
>>> found = [Discrepancy(category="text_error", severity=2, description="the title is missing")]
>>> Matcher()(truth, found).matches
(Match(truth=0, found=0, level='yes'),)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from visual_erm.align import area, iou
from visual_erm.errors import Fault
from visual_erm.types import Box, Discrepancy, Failure

Level = Literal["yes", "partial"]
"""`yes`: the same error. `partial`: the same thing, with another category or in other words."""


@dataclass(frozen=True)
class Match:
    """One true error and the reported one that is taken for it."""

    truth: int
    """Index in the true list."""
    found: int
    """Index in the reported list."""
    level: Level


@dataclass(frozen=True)
class Matching:
    """What a matcher says about two lists."""

    matches: tuple[Match, ...] = ()
    missed: tuple[int, ...] = ()
    """True errors that the matcher itself calls unmatched; a model may leave some out."""
    spurious: tuple[int, ...] = ()
    """Reported errors that the matcher itself calls unmatched."""


MatchErrors = Callable[[Sequence[Discrepancy], Sequence[Discrepancy]], Matching]
"""Any matcher, `(truth, found)`."""


@dataclass(frozen=True)
class Matcher:
    """The deterministic matcher: the best assignment by place, words and category.

    Two errors name the same place when their boxes overlap in either picture. Where no two boxes
    can be compared, the words of location and description have to be alike.
    """

    overlap: float = 0.1
    """Intersection over union, in (0, 1], from which boxes name one place."""
    middle: bool = True
    """Whether they do as well when the middle of the smaller box lies in the other."""
    alike: float = 0.6
    """Similarity of words, in [0, 1], from which two errors of one category are the same."""
    related: float = 0.45
    """Similarity of words from which they are the same in part, whatever their category."""

    def __call__(self, truth: Sequence[Discrepancy], found: Sequence[Discrepancy]) -> Matching:
        """Match two lists: as many `yes` as can be, then `partial`, then by how well they agree."""
        levels = [[self.level(one, other) for other in found] for one in truth]
        matches = []
        if truth and found:
            worth = np.array(
                [
                    [
                        _WORTH[level] + 0.1 * self.agreement(one, other) if level else 0.0
                        for level, other in zip(row, found, strict=True)
                    ]
                    for row, one in zip(levels, truth, strict=True)
                ]
            )
            for row, column in zip(*linear_sum_assignment(-worth), strict=True):
                level = levels[row][column]
                if level is not None:
                    matches.append(Match(int(row), int(column), level))
        return Matching(
            tuple(matches),
            unmatched(len(truth), (match.truth for match in matches)),
            unmatched(len(found), (match.found for match in matches)),
        )

    def level(self, truth: Discrepancy, found: Discrepancy) -> Level | None:
        """How far two errors are the same; None if they are not."""
        agreement = self.agreement(truth, found)
        if agreement >= self.alike and truth.category == found.category:
            return "yes"
        return "partial" if agreement >= self.related else None

    def agreement(self, truth: Discrepancy, found: Discrepancy) -> float:
        """How well place, or else the words, agree, in [0, 1]."""
        pairs = ((truth.bbox, found.bbox), (truth.bbox_prediction, found.bbox_prediction))
        boxes = [(one, other) for one, other in pairs if one is not None and other is not None]
        if boxes:
            return max(self._same_place(one, other) for one, other in boxes)
        words = (f"{error.location} {error.description}".strip() for error in (truth, found))
        return float(fuzz.token_set_ratio(*map(str.lower, words))) / 100

    def _same_place(self, one: Box, other: Box) -> float:
        overlap = iou(one, other)
        if not overlap:
            return 0.0
        if overlap >= self.overlap:
            return self.alike + (1 - self.alike) * overlap
        if not self.middle:
            return 0.0
        small, large = (one, other) if area(one) <= area(other) else (other, one)
        x, y = (small[0] + small[2]) / 2, (small[1] + small[3]) / 2
        inside = large[0] <= x < large[2] and large[1] <= y < large[3]
        return self.alike if inside else 0.0


Lists = tuple[Sequence[Discrepancy], Sequence[Discrepancy]]


def match_all(
    match: MatchErrors,
    lists: Sequence[Lists],
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Matching | Failure]:
    """Match many pairs of lists, in order; a pair that cannot be matched is its failure.

    Args:
        match: any matcher.
        lists: true and reported errors of each pair.
        workers: questions at once, for matchers that wait for a server.
        progress: told after each pair.

    Raises:
        BackendError: the matcher is missing.
    """

    def one(pair: Lists) -> Matching | Failure:
        try:
            return match(*pair)
        except Fault as fault:
            return fault.failure

    made: list[Matching | Failure] = []
    with ThreadPoolExecutor(workers, "matching") as pool:
        for matching in pool.map(one, lists):
            made.append(matching)
            if progress:
                progress(len(made), len(lists))
    return made


_WORTH = {"yes": 2.0, "partial": 0.8}
"""Two that agree in part, however well, are worth less than one that is the same."""


def unmatched(count: int, taken: Iterable[int]) -> tuple[int, ...]:
    """Indices below `count` that are not taken."""
    used = set(taken)
    return tuple(at for at in range(count) if at not in used)
