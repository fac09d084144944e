"""Intervals of figures that are ratios of sums, by drawing references again.

Pairs of one reference are not independent of each other, so what is drawn with replacement is the
reference, with all its pairs (a bootstrap clustered by source).

    drawn = Resampled([{("hits",): 3, ("true",): 4}, {("hits",): 0, ("true",): 1}])
    figure(drawn.of("hits"), drawn.of("true"))      # 0.6 with its interval
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    """`(1 + DRAWS,)`: first of the references as they are, then of each draw."""

DRAWS = 1000
Key = tuple[str, ...]
Sums = dict[Key, float]
"""What is added up over the pairs of one reference."""


@dataclass(frozen=True)
class Figure:
    """A figure with its 95% interval; None where there is nothing to take it from."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    """What it is a share or a mean of: errors, pairs or comparisons."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self).copy()

    @property
    def beyond_zero(self) -> bool:
        """Whether 0 lies outside the interval; for differences."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


NOTHING = Figure(None, None, None, 0)


class Resampled:
    """Sums over all references, and over `DRAWS` samples of as many references."""

    def __init__(self, sums: Sequence[Sums], *, seed: int = 0) -> None:
        """Draw. Lists of equal length and one seed have their references drawn alike.

        Args:
            sums: of each reference.
            seed: of the draws.
        """
        self._column = {key: at for at, key in enumerate(sorted({k for one in sums for k in one}))}
        table = np.zeros((len(sums), len(self._column)))
        for row, one in zip(table, sums, strict=True):
            for key, value in one.items():
                row[self._column[key]] = value
        weights = np.ones((1, len(sums)))
        if sums:
            rng = np.random.default_rng(seed)
            drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=DRAWS)
            weights = np.concatenate([weights, drawn])
        self._totals = weights @ table

    def of(self, *key: str) -> Values:
        """A sum, as it is and in each draw; zeros where nothing was added."""
        if key not in self._column:
            return np.zeros(len(self._totals))
        return np.asarray(self._totals[:, self._column[key]])

    def total(self, *key: str) -> int:
        """A count as it is."""
        return round(float(self.of(*key)[0]))

    def below(self, *prefix: str) -> list[str]:
        """The names that follow a prefix, in alphabetical order."""
        size = len(prefix)
        return sorted({k[size] for k in self._column if len(k) > size and k[:size] == prefix})


def ratios(above: Values, below: Values) -> Values:
    """The ratio as it is and in each draw; NaN where there is nothing below."""
    out = np.full(len(below), np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def figure(above: Values, below: Values, n: float | None = None) -> Figure:
    """A ratio with its interval.

    Args:
        above: numerators.
        below: denominators; draws in which it is not above 0 say nothing.
        n: what `Figure.n` says; the denominator if None.
    """
    return of_values(ratios(above, below), below[0] if n is None else n)


def of_values(values: Values, n: float) -> Figure:
    """A figure from its values; nothing where the first is NaN."""
    if np.isnan(values[0]):
        return NOTHING
    drawn = values[1:][~np.isnan(values[1:])]
    low, high = np.percentile(drawn if len(drawn) else values[:1], (2.5, 97.5))
    return Figure(float(values[0]), float(low), float(high), round(n))
