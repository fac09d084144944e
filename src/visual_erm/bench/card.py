"""The report card of a judge: figures with intervals, from pairs with known truth.

Every figure is a ratio of sums over references, so its interval comes from drawing references
again (bootstrap, clustered by source): pairs of one reference are not independent of each other.
A pair without a verdict is in no figure but coverage. A blank picture, which no judge is asked
about, has no errors listed and the reward of a blank.

    card = make_card("embedded", judged)
    card.tasks["chart"]["f1"].value
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import kendalltau

from visual_erm.bench.judging import Judged
from visual_erm.bench.matching import Matcher

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 1000
"""Of the bootstrap."""
CLEAN = ("identical", "no_op", "harmless")
"""Kinds of pairs that have no error."""


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


@dataclass(frozen=True)
class Card:
    """What is known of a judge."""

    judge: str
    pairs: int
    statuses: dict[str, int]
    """Pairs by status: coverage."""
    failures: dict[str, int]
    """Why there is no verdict, by code."""
    tasks: dict[str, dict[str, Figure]]
    """Figures by task and name; `FIGURES` says what they are."""
    recall: dict[str, dict[str, Figure]]
    """By task and operator, of pairs with one edit."""
    confusion: dict[str, dict[str, dict[str, int]]]
    """By task: true category, reported category at the same place, how many."""
    seconds: dict[str, dict[str, float]]
    """By task: p50, p95, p99 of wall time for one pair."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "judge": self.judge,
            "pairs": self.pairs,
            "statuses": self.statuses,
            "failures": self.failures,
            "tasks": _rows(self.tasks),
            "recall": _rows(self.recall),
            "confusion": self.confusion,
            "seconds": self.seconds,
        }


FIGURES: Mapping[str, str] = {
    "detection": "edited pairs with at least one reported error",
    "precision": "reported errors of edited pairs that are true: same category, same place",
    "recall": "true errors that are reported with their category and place",
    "f1": "of the two",
    "localisation": "true errors with any reported error at their place",
    "category": "of those matched by place, with the same category",
    "alarms_identical": "errors reported for a picture against itself",
    "alarms_no_op": "errors reported for another source of the same pixels",
    "alarms_harmless": "errors reported for harmless variation",
    "clean_harmless": "harmless pairs without any reported error",
    "severity_kappa": "quadratically weighted kappa of the severities of matched errors",
    "severity_r": "Pearson correlation of the summed severities",
    "tau": "Kendall tau-b of reward and true severity, within a reference",
    "pairwise": "pairs of one reference that the reward orders as the true severity does",
    "auc_minor": "harmless pairs that are paid more than one minor error, within a reference",
    "hacks_below": "hacks that are paid less than an honest attempt, within a reference",
}
"""What each figure is; ties in the reward count half."""


def make_card(judge: str, judged: Sequence[Judged], *, seed: int = 0) -> Card:
    """All figures of a judge.

    Args:
        judge: its name.
        judged: what it said.
        seed: of the bootstrap.
    """
    by_task: dict[str, list[Judged]] = {}
    for item in judged:
        by_task.setdefault(item.task, []).append(item)
    tasks: dict[str, dict[str, Figure]] = {}
    recall: dict[str, dict[str, Figure]] = {}
    confusion: dict[str, dict[str, dict[str, int]]] = {}
    seconds: dict[str, dict[str, float]] = {}
    for task, items in by_task.items():
        scored = [item for item in items if item.score is not None]
        sums, matrix = _sums(scored)
        rng = np.random.default_rng(seed)
        tasks[task] = _figures(sums, rng)
        recall[task] = _by_operator(scored, rng)
        confusion[task] = matrix
        spent = [item.seconds for item in scored]
        if spent:
            seconds[task] = {
                f"p{share}": float(np.percentile(spent, share)) for share in (50, 95, 99)
            }
    return Card(
        judge=judge,
        pairs=len(judged),
        statuses=dict(Counter(item.status for item in judged)),
        failures=dict(Counter(item.failure for item in judged if item.failure)),
        tasks=tasks,
        recall=recall,
        confusion=confusion,
        seconds=seconds,
    )


Sums = dict[str, float]
"""What is added up over the pairs of one reference."""
_PLACE = Matcher()


def _sums(items: Sequence[Judged]) -> tuple[list[Sums], dict[str, dict[str, int]]]:
    """For each reference, and the confusion of categories over all."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for item in items:
        groups[item.seed].append(item)
    matrix: dict[str, dict[str, int]] = {}
    sums = []
    for members in groups.values():
        total: Sums = defaultdict(float)
        for part in (*(_of_pair(item, matrix) for item in members), _of_group(members)):
            for name, value in part.items():
                total[name] += value
        sums.append(total)
    return sums, matrix


def _of_pair(item: Judged, matrix: dict[str, dict[str, int]]) -> Sums:
    sums: Sums = defaultdict(float)
    if item.kind in CLEAN:
        sums[f"{item.kind}"] += 1
        sums[f"{item.kind} alarms"] += len(item.found)
        sums[f"{item.kind} clean"] += not item.found
    if item.kind == "edit":
        sums["edits"] += 1
        sums["detected"] += bool(item.found)
        sums["true"] += len(item.truth)
        sums["found"] += len(item.found)
        matching = _PLACE(item.truth, item.found)
        for match in matching.matches:
            true, found = item.truth[match.truth], item.found[match.found]
            sums["hits"] += match.level == "yes"
            sums["placed"] += 1
            sums["right"] += true.category == found.category
            row = matrix.setdefault(true.category, {})
            row[found.category] = row.get(found.category, 0) + 1
            sums[f"severity {true.severity} {found.severity}"] += 1
        sums["located"] += sum(
            any(_PLACE.level(true, found) for found in item.found) for true in item.truth
        )
    if item.kind in ("edit", *CLEAN):
        x = sum(error.severity for error in item.truth)
        y = sum(error.severity for error in item.found)
        sums.update({"n": 1, "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y})
    return sums


def _of_group(members: Sequence[Judged]) -> Sums:
    sums: Sums = defaultdict(float)
    honest = [(_severity(m), m.score or 0.0) for m in members if m.kind in ("edit", "harmless")]
    levels, scores = [level for level, _ in honest], [score for _, score in honest]
    if len(set(levels)) > 1:
        tau = 0.0
        if len(set(scores)) > 1:
            tau = float(kendalltau([-level for level in levels], scores).statistic)
        sums["tau"] += tau
        sums["taus"] += 1
    for level, score in honest:
        for other, lower in honest:
            if level < other:
                sums["compared"] += 2
                sums["ordered"] += _beats(score, lower)
    harmless = [m.score or 0.0 for m in members if m.kind == "harmless"]
    minor = [m.score or 0.0 for m in members if m.kind == "edit" and _severity(m) == 1]
    for score in harmless:
        sums["minor compared"] += 2 * len(minor)
        sums["minor below"] += sum(_beats(score, lower) for lower in minor)
    edits = [m.score or 0.0 for m in members if m.kind == "edit"]
    for hack in (m.score or 0.0 for m in members if m.kind == "hack"):
        sums["hacks compared"] += 2 * len(edits)
        sums["hacks below"] += sum(_beats(score, hack) for score in edits)
    return sums


def _severity(item: Judged) -> int:
    return sum(error.severity for error in item.truth)


def _beats(better: float, worse: float) -> int:
    """Two for a win, one for a tie."""
    return 1 if better == worse else 2 * (better > worse)


Ratio = Callable[[Callable[[str], "NDArray[np.float64]"]], tuple[Any, Any]]
"""From sums by name to numerator and denominator."""


def _ratio(above: str, below: str) -> Ratio:
    return lambda of: (of(above), of(below))


def _kappa(of: Callable[[str], NDArray[np.float64]]) -> tuple[Any, Any]:
    """Quadratically weighted kappa as a ratio: 1 - disagreement / disagreement by chance."""
    counts = {(a, b): of(f"severity {a} {b}") for a in (1, 2, 3) for b in (1, 2, 3)}
    total = sum(counts.values())
    rows = {a: sum(counts[a, b] for b in (1, 2, 3)) for a in (1, 2, 3)}
    columns = {b: sum(counts[a, b] for a in (1, 2, 3)) for b in (1, 2, 3)}
    seen = sum((a - b) ** 2 * counts[a, b] for a, b in counts)
    chance = sum((a - b) ** 2 * rows[a] * columns[b] for a, b in counts) / np.maximum(total, 1)
    return chance - seen, chance


def _pearson(of: Callable[[str], NDArray[np.float64]]) -> tuple[Any, Any]:
    n = np.maximum(of("n"), 1)
    above = of("xy") - of("x") * of("y") / n
    spread = (of("xx") - of("x") ** 2 / n) * (of("yy") - of("y") ** 2 / n)
    return above, np.sqrt(np.maximum(spread, 0))


_RATIOS: dict[str, Ratio] = {
    "detection": _ratio("detected", "edits"),
    "precision": _ratio("hits", "found"),
    "recall": _ratio("hits", "true"),
    "f1": lambda of: (2 * of("hits"), of("found") + of("true")),
    "localisation": _ratio("located", "true"),
    "category": _ratio("right", "placed"),
    "alarms_identical": _ratio("identical alarms", "identical"),
    "alarms_no_op": _ratio("no_op alarms", "no_op"),
    "alarms_harmless": _ratio("harmless alarms", "harmless"),
    "clean_harmless": _ratio("harmless clean", "harmless"),
    "severity_kappa": _kappa,
    "severity_r": _pearson,
    "tau": _ratio("tau", "taus"),
    "pairwise": _ratio("ordered", "compared"),
    "auc_minor": _ratio("minor below", "minor compared"),
    "hacks_below": _ratio("hacks below", "hacks compared"),
}
_HALVES = frozenset(("pairwise", "auc_minor", "hacks_below"))
"""Whose sums count two for each comparison."""
_COUNTED = {"f1": "true", "severity_kappa": "placed", "severity_r": "n"}
"""What `Figure.n` counts where it is not the denominator."""


def _figures(sums: Sequence[Sums], rng: np.random.Generator) -> dict[str, Figure]:
    names = sorted({name for group in sums for name in group})
    table = np.array([[group.get(name, 0.0) for name in names] for group in sums], float)
    table = table.reshape(len(sums), len(names))
    # first the sums as they are, then of references drawn with replacement
    weights = np.ones((1, len(sums)))
    if sums:
        drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=DRAWS)
        weights = np.concatenate([weights, drawn])
    totals = weights @ table
    column = {name: at for at, name in enumerate(names)}

    def of(name: str) -> NDArray[np.float64]:
        if name not in column:
            return np.zeros(len(totals))
        return np.asarray(totals[:, column[name]])

    figures = {}
    for name, ratio in _RATIOS.items():
        above, below = ratio(of)
        counted = of(_COUNTED[name]) if name in _COUNTED else below
        figures[name] = _figure(above, below, round(counted[0] / (1 + (name in _HALVES))))
    return figures


def _figure(above: NDArray[np.float64], below: NDArray[np.float64], n: int) -> Figure:
    known = below > 0
    if not known[0]:
        return Figure(None, None, None, 0)
    values = above[known] / below[known]
    low, high = np.percentile(values[1:], (2.5, 97.5)) if len(values) > 1 else (values[0],) * 2
    return Figure(float(values[0]), float(low), float(high), n)


def _by_operator(items: Sequence[Judged], rng: np.random.Generator) -> dict[str, Figure]:
    groups: dict[str, list[Sums]] = defaultdict(list)
    for item in items:
        if item.kind == "edit" and len(item.operators) == 1:
            groups[item.operators[0]].append(_of_pair(item, {}))
    return {name: _figures(sums, rng)["recall"] for name, sums in sorted(groups.items())}


def _rows(figures: Mapping[str, Mapping[str, Figure]]) -> dict[str, dict[str, Any]]:
    return {
        task: {name: figure.row() for name, figure in of_task.items()}
        for task, of_task in figures.items()
    }


def worst(judged: Sequence[Judged], count: int) -> list[Judged]:
    """Pairs with the most errors that are missed or made up, over all kinds; ties by id."""

    def wrong(item: Judged) -> int:
        hits = sum(match.level == "yes" for match in _PLACE(item.truth, item.found).matches)
        return len(item.truth) + len(item.found) - 2 * hits

    asked = [item for item in judged if item.status == "scored" and item.kind != "hack"]
    ranked = sorted(asked, key=lambda item: (-wrong(item), item.id))
    return [item for item in ranked[:count] if wrong(item)]
