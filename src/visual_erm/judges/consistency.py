"""Whether a model says the same when it is asked again, or asked the other way round.

>>> from visual_erm.types import Discrepancy, JudgeIdentity
>>> def said(*severities):
...     errors = tuple(Discrepancy(category="text_error", severity=s) for s in severities)
...     return Verdict(task="chart", errors=errors, judge=JudgeIdentity(name="doctest"))
>>> disagreement(said(1, 2), said(2, 3))
0.25
>>> representative([said(1), said(2), said(3, 3)])
1
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from visual_erm.types import Verdict

APART = 0.5
"""Disagreement above which a verdict carries a warning."""


def disagreement(one: Verdict, other: Verdict) -> float:
    """How far two verdicts are apart, in [0, 1]: 0 with the same severity in each category.

    The sum over the categories of the difference of summed severities, over the sum of both.
    """
    first, second = _weights(one), _weights(other)
    total = first.total() + second.total()
    if not total:
        return 0.0
    return sum(abs(first[name] - second[name]) for name in first | second) / total


def mean_disagreement(verdicts: Sequence[Verdict]) -> float:
    """Over all pairs; 0 for fewer than two verdicts."""
    pairs = [disagreement(one, other) for one, other in combinations(verdicts, 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def representative(verdicts: Sequence[Verdict]) -> int:
    """Index of the verdict that disagrees least with the others; the first of equal ones.

    One that was really given, not a mixture: its errors belong together.
    """
    apart = [sum(disagreement(one, other) for other in verdicts) for one in verdicts]
    return apart.index(min(apart))


def _weights(verdict: Verdict) -> Counter[str]:
    weights: Counter[str] = Counter()
    for error in verdict.errors:
        weights[error.category] += error.severity
    return weights
