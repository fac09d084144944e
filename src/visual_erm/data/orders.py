"""What of a sequence is in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def longest_rising(values: Sequence[int]) -> set[int]:
    """Positions of a longest rising subsequence: the most that can stay where they are.

    >>> sorted(longest_rising([3, 0, 1, 2]))
    [1, 2, 3]
    """
    ends: list[int] = []
    chain: list[int] = []
    before: list[int] = []
    for at, value in enumerate(values):
        length = bisect_left(ends, value)
        before.append(chain[length - 1] if length else -1)
        ends[length : length + 1] = [value]
        chain[length : length + 1] = [at]
    found = set()
    at = chain[-1] if chain else -1
    while at >= 0:
        found.add(at)
        at = before[at]
    return found
