"""What is added up for a report card: over one pair, and over the pairs of one reference.

Keys are tuples, so that one table holds a count, its parts by category, severity and operator, and
the confusion of categories; `figures` says what is divided by what.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from scipy.stats import kendalltau

from visual_erm.bench.bootstrap import Sums
from visual_erm.bench.judging import Judged
from visual_erm.bench.matching import Matcher, MatchErrors, Matching, match_all
from visual_erm.types import Discrepancy, Failure

CLEAN = ("identical", "no_op", "harmless")
"""Kinds of pairs that have no error."""
PLACE = Matcher()
"""Says whether a reported error lies where a true one does."""
DETERMINISTIC = "place, words and category"
_Key = tuple[tuple[Discrepancy, ...], tuple[Discrepancy, ...]]


class Matches:
    """Which reported error of a pair is which true one: by place, or as a model has said."""

    def __init__(
        self,
        said: Mapping[_Key, Matching | Failure] | None = None,
        *,
        matcher: str = DETERMINISTIC,
    ) -> None:
        """Keep what was said; None for the deterministic matcher."""
        self.matcher = matcher
        self._said = said

    @classmethod
    def ask(
        cls,
        judged: Iterable[Judged],
        match: MatchErrors,
        matcher: str,
        *,
        workers: int = 1,
        progress: Callable[[int, int], None] | None = None,
    ) -> Matches:
        """Have a matcher say it for every scored edit and every alarm.

        Args:
            judged: of one judge or of several.
            match: who says it.
            matcher: its name.
            workers: questions at once.
            progress: told after each pair.
        """
        asked = [item for item in judged if item.status == "scored" and item.kind != "hack"]
        keys = list(dict.fromkeys((item.truth, item.found) for item in asked))
        made = match_all(match, keys, workers=workers, progress=progress)
        return cls(dict(zip(keys, made, strict=True)), matcher=matcher)

    def __call__(self, item: Judged) -> Matching | None:
        """The matching; None where the matcher failed."""
        return self.of(item.truth, item.found)

    def of(self, truth: tuple[Discrepancy, ...], found: tuple[Discrepancy, ...]) -> Matching | None:
        """The matching of true errors and reported ones; None where the matcher failed."""
        if self._said is None:
            return PLACE(truth, found)
        made = self._said.get((truth, found))
        return made if isinstance(made, Matching) else None

    def failures(self, judged: Iterable[Judged]) -> dict[str, int]:
        """Edited pairs that the matcher failed on, by code."""
        edits = [(i.truth, i.found) for i in judged if i.kind == "edit" and i.status == "scored"]
        made = ((self._said or {}).get(key) for key in edits)
        return dict(Counter(one.code for one in made if isinstance(one, Failure)))


def by_reference(items: Sequence[Judged], matches: Matches) -> dict[str, Sums]:
    """The sums of every reference, in the order in which they come."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for item in items:
        groups[item.seed].append(item)
    return {seed: _of_reference(members, matches) for seed, members in groups.items()}


def _of_reference(members: Sequence[Judged], matches: Matches) -> Sums:
    total: Sums = defaultdict(float)
    scored = [item for item in members if item.score is not None]
    for part in (
        *(_coverage(item) for item in members),
        *(_of_pair(item, matches) for item in scored),
        _of_group(scored),
        _centred(scored),
    ):
        for key, value in part.items():
            total[key] += value
    return total


def _coverage(item: Judged) -> Sums:
    """A blank picture, which no judge is asked about, does not count."""
    asked = item.status != "policy_fault"
    return {("asked",): asked, ("answered",): asked and item.score is not None}


def _of_pair(item: Judged, matches: Matches) -> Sums:
    sums: Sums = defaultdict(float)
    if item.kind in CLEAN:
        sums["clean", item.kind] += 1
        sums["alarms", item.kind] += len(item.found)
        sums["silent", item.kind] += not item.found
    if item.kind == "edit":
        sums["edits",] += 1
        sums["detected",] += bool(item.found)
        matching = matches(item)
        if matching is not None:
            _add_matching(sums, item, matching)
    if item.kind in ("edit", *CLEAN):
        x, y = severity(item), sum(error.severity for error in item.found)
        for key, value in {"n": 1, "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y}.items():
            sums["sum", key] += value
    return sums


def _add_matching(sums: Sums, item: Judged, matching: Matching) -> None:
    operator = item.operators[0] if len(item.operators) == 1 else None
    for true in item.truth:
        _count(sums, "true", true.category, true.severity, operator)
        sums["located",] += any(PLACE.level(true, found) for found in item.found)
    for found in item.found:
        sums["found",] += 1
        sums["found", "category", found.category] += 1
    for pair in matching.matches:
        true, found = item.truth[pair.truth], item.found[pair.found]
        if pair.level == "yes":
            _count(sums, "hits", true.category, true.severity, operator)
        sums["placed",] += 1
        sums["right",] += true.category == found.category
        sums["confused", true.category, found.category] += 1
        sums["severity", str(true.severity), str(found.severity)] += 1


def _count(sums: Sums, what: str, category: str, level: int, operator: str | None) -> None:
    sums[what,] += 1
    sums[what, "category", category] += 1
    sums[what, "severity", str(level)] += 1
    if operator is not None:
        sums[what, "operator", operator] += 1


def _of_group(members: Sequence[Judged]) -> Sums:
    sums: Sums = defaultdict(float)
    honest = _honest(members)
    levels, scores = [level for level, _ in honest], [score for _, score in honest]
    if len(set(levels)) > 1:
        if len(set(scores)) > 1:
            sums["tau",] += float(kendalltau([-level for level in levels], scores).statistic)
        sums["taus",] += 1
    for level, score in honest:
        for other, lower in honest:
            if level < other:
                sums["compared",] += 2
                sums["ordered",] += _beats(score, lower)
    of: Mapping[str, list[float]] = {
        kind: [m.score or 0.0 for m in members if m.kind == kind]
        for kind in ("harmless", "edit", "hack")
    }
    minor = [m.score or 0.0 for m in members if m.kind == "edit" and severity(m) == 1]
    for score in of["harmless"]:
        sums["minor compared",] += 2 * len(minor)
        sums["minor below",] += sum(_beats(score, lower) for lower in minor)
    for hack in of["hack"]:
        sums["hacks compared",] += 2 * len(of["edit"])
        sums["hacks below",] += sum(_beats(score, hack) for score in of["edit"])
    return sums


def _centred(members: Sequence[Judged]) -> Sums:
    """Products of reward and severity, each less its mean at this reference."""
    honest = _honest(members)
    if len(honest) < 2:
        return {}
    level = sum(one for one, _ in honest) / len(honest)
    paid = sum(one for _, one in honest) / len(honest)
    apart = [(level - one, score - paid) for one, score in honest]
    return {
        ("centred", "n"): len(apart),
        ("centred", "xx"): sum(x * x for x, _ in apart),
        ("centred", "yy"): sum(y * y for _, y in apart),
        ("centred", "xy"): sum(x * y for x, y in apart),
    }


def _honest(members: Sequence[Judged]) -> list[tuple[int, float]]:
    """True severity and reward of attempts that are no cheats."""
    return [(severity(m), m.score or 0.0) for m in members if m.kind in ("edit", "harmless")]


def severity(item: Judged) -> int:
    """Sum of the true severities."""
    return sum(error.severity for error in item.truth)


def _beats(better: float, worse: float) -> int:
    """Two for a win, one for a tie."""
    return 1 if better == worse else 2 * (better > worse)
