"""What the texts of two pictures have in common, wherever they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import LCSseq
from scipy.optimize import linear_sum_assignment

ALIKE = 0.5
"""Share of the characters of two texts that are common at least, or they are other texts."""


def uncommon(ones: Iterable[str], twos: Iterable[str]) -> float:
    """Share of the characters of two lots of texts that are not in both, in [0, 1].

    Texts are paired so that most characters are common, in order; of a pair that shares less than
    half, none are. Another layout keeps its words.

    >>> uncommon(["Sales", "2020"], ["2020", "Sales"]), uncommon(["Sales"], [])
    (0.0, 1.0)
    """
    a, b = Counter(filter(None, ones)), Counter(filter(None, twos))
    total = _characters(a) + _characters(b)
    if not total:
        return 0.0
    # A text that both have goes with itself in the best pairing.
    same = _characters(a & b)
    one, two = (list(lot.elements()) for lot in (a - b, b - a))
    if one and two:
        found = process.cdist(one, two, scorer=LCSseq.similarity, dtype=np.int32)
        lengths = np.add.outer([len(text) for text in one], [len(text) for text in two])
        found[2 * found < ALIKE * lengths] = 0
        rows, columns = linear_sum_assignment(-found)
        same += int(found[rows, columns].sum())
    return 1 - 2 * same / total


def _characters(texts: Counter[str]) -> int:
    return sum(len(text) * count for text, count in texts.items())
