"""The figures of a report card: what each means, and what it is a ratio of.

FIGURES["recall"].meaning
FIGURES["recall"].figure(Resampled(sums))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.bench import agreement
from visual_erm.bench.agreement import Pair
from visual_erm.bench.bootstrap import Figure, Key, Resampled, figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEVELS = ("1", "2", "3")


@dataclass(frozen=True)
class Measure:
    """One figure of a judge."""

    meaning: str
    ratio: Callable[[Resampled], Pair]
    """Numerator and denominator, as they are and in each draw."""
    counted: Key | None = None
    """What `Figure.n` counts, where it is not the denominator."""
    halves: bool = False
    """Whether the sums count two for each comparison, so that a tie is half."""
    higher_is_better: bool = True

    def figure(self, drawn: Resampled) -> Figure:
        """Its value with its interval."""
        return figure(*self.ratio(drawn), self.n(drawn))

    def n(self, drawn: Resampled) -> float:
        """What it is a share or a mean of."""
        counted = drawn.of(*self.counted) if self.counted else self.ratio(drawn)[1]
        return float(counted[0]) / (2 if self.halves else 1)


def share(above: Key, below: Key) -> Callable[[Resampled], Pair]:
    """One sum divided by another."""
    return lambda drawn: (drawn.of(*above), drawn.of(*below))


def f1(*of: str) -> Callable[[Resampled], Pair]:
    """Twice the hits among what is found and what is true; of all errors, or of some."""
    return lambda drawn: (
        2 * drawn.of("hits", *of),
        drawn.of("found", *of) + drawn.of("true", *of),
    )


def _severities(drawn: Resampled) -> NDArray[np.float64]:
    """`(1 + DRAWS, 3, 3)`: true by reported severity of matched errors."""
    rows = [[drawn.of("severity", true, found) for found in _LEVELS] for true in _LEVELS]
    return np.moveaxis(np.array(rows), -1, 0)


def _kappa(drawn: Resampled) -> Pair:
    return agreement.weighted_kappa(_severities(drawn))


def _alpha(drawn: Resampled) -> Pair:
    counts = _severities(drawn)
    return agreement.ordinal_alpha(counts + np.swapaxes(counts, -1, -2))


def _summed(drawn: Resampled) -> Pair:
    sums = (drawn.of("sum", name) for name in ("n", "x", "y", "xx", "yy", "xy"))
    return agreement.correlation(*sums)


def _centred(drawn: Resampled) -> Pair:
    xx, yy, xy = (drawn.of("centred", name) for name in ("xx", "yy", "xy"))
    return agreement.correlation(drawn.of("centred", "n"), 0.0, 0.0, xx, yy, xy)


FIGURES: Mapping[str, Measure] = {
    "coverage": Measure(
        "pairs with a verdict, of those that the judge was asked about; all else rests on these",
        share(("answered",), ("asked",)),
    ),
    "detection": Measure(
        "edited pairs with at least one reported error", share(("detected",), ("edits",))
    ),
    "precision": Measure(
        "reported errors of edited pairs that are true: same category, same place",
        share(("hits",), ("found",)),
    ),
    "recall": Measure(
        "true errors that are reported with their category and place",
        share(("hits",), ("true",)),
    ),
    "f1": Measure("of the two", f1(), ("true",)),
    "localisation": Measure(
        "true errors with any reported error at their place", share(("located",), ("true",))
    ),
    "category": Measure(
        "of those matched by place, with the same category", share(("right",), ("placed",))
    ),
    "alarms_identical": Measure(
        "errors reported for a picture against itself",
        share(("alarms", "identical"), ("clean", "identical")),
        higher_is_better=False,
    ),
    "alarms_no_op": Measure(
        "errors reported for another source of the same pixels",
        share(("alarms", "no_op"), ("clean", "no_op")),
        higher_is_better=False,
    ),
    "alarms_harmless": Measure(
        "errors reported for harmless variation",
        share(("alarms", "harmless"), ("clean", "harmless")),
        higher_is_better=False,
    ),
    "clean_harmless": Measure(
        "harmless pairs without any reported error",
        share(("silent", "harmless"), ("clean", "harmless")),
    ),
    "severity_alpha": Measure(
        "Krippendorff's alpha (ordinal) of the severities of matched errors", _alpha, ("placed",)
    ),
    "severity_kappa": Measure(
        "quadratically weighted kappa of the severities of matched errors", _kappa, ("placed",)
    ),
    "severity_r": Measure("Pearson correlation of the summed severities", _summed, ("sum", "n")),
    "tau": Measure(
        "Kendall tau-b of reward and true severity, within a reference",
        share(("tau",), ("taus",)),
    ),
    "pairwise": Measure(
        "pairs of one reference that the reward orders as the true severity does",
        share(("ordered",), ("compared",)),
        halves=True,
    ),
    "centred_r": Measure(
        "Pearson correlation of reward and true severity, each less its mean at the reference",
        _centred,
        ("centred", "n"),
    ),
    "auc_minor": Measure(
        "harmless pairs that are paid more than one minor error, within a reference",
        share(("minor below",), ("minor compared",)),
        halves=True,
    ),
    "hacks_below": Measure(
        "hacks that are paid less than an honest attempt, within a reference",
        share(("hacks below",), ("hacks compared",)),
        halves=True,
    ),
}
"""By name, in the order of the card; a tie in the reward counts half."""


def recalls(drawn: Resampled, part: str) -> dict[str, Figure]:
    """Recall of the errors of one "severity" or one "operator" each."""
    return {
        name: figure(drawn.of("hits", part, name), drawn.of("true", part, name))
        for name in drawn.below("true", part)
    }


def of_category(drawn: Resampled, category: str) -> dict[str, Figure]:
    """Precision, recall and F1 of one category."""
    part = ("category", category)
    true = drawn.of("true", *part)
    return {
        "precision": figure(drawn.of("hits", *part), drawn.of("found", *part)),
        "recall": figure(drawn.of("hits", *part), true),
        "f1": figure(*f1(*part)(drawn), true[0]),
    }
