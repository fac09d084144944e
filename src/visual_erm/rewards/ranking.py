"""Which of several candidates is closest to the reference: pairs and groups, beside verdicts.

    ranker = make_ranker("endpoint:http://127.0.0.1:8000/v1#MODEL")
    ranking = ranker.rank(reference, candidates, "chart")
    ranking.places              # 0 for the best; ties share their mean place

A model that is shown several candidates at once is swayed by their order, so it is asked twice, the
second time from the last to the first, and the places are averaged: of two candidates that it
prefers once each way neither is better. `agreement` says how far the two answers go together.
Candidates with equal pixels share a place, and one that equals the reference has the first; only
the others are asked about. With `cache=FOLDER` what was asked once is not asked again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Literal, Protocol, cast

from pydantic import BaseModel

from visual_erm import images
from visual_erm.errors import UsageError
from visual_erm.judges import Judge, checked, make_judge
from visual_erm.judges.cache import key, usage_again
from visual_erm.judges.endpoint import EndpointJudge
from visual_erm.judges.model import refuse_refusal
from visual_erm.judges.parse import read_ranking
from visual_erm.judges.profile import load_prompt
from visual_erm.rewards.shaping import Graded, Outcome
from visual_erm.types import JudgeIdentity, Task

if TYPE_CHECKING:
    from visual_erm.endpoints import Reply
    from visual_erm.types import Image

WHAT: Mapping[Task, str] = {"chart": "a chart", "table": "a table", "svg": "a drawing or icon"}
_NOT_HERE = ("samples", "swap", "ground", "guard")
"""Options of endpoint judges that mean nothing to a ranking."""
_AGAIN = "repair_rank.txt"


@dataclass(frozen=True)
class Ranking:
    """Candidates in order."""

    places: tuple[float, ...]
    """Of each candidate, in [0, n - 1]: 0 the best; ties share the mean of their places."""
    agreement: float = 1.0
    """Of the two orders of asking, in [-1, 1], as `tau` counts it; 1 where one answer is all there
    is."""
    usage: dict[str, float] = field(default_factory=dict)


class _Orders(BaseModel, frozen=True):
    """What a model said of some candidates when it was asked in both orders."""

    places: tuple[tuple[float, ...], tuple[float, ...]]
    """By each answer, in the candidates' own order."""
    usage: dict[str, float]


class Ranker(Protocol):
    """One way to put candidates in order. Thread-safe."""

    identity: JudgeIdentity

    def rank(self, reference: Image, candidates: Sequence[Image], task: Task) -> Ranking:
        """The candidates' places.

        Args:
            reference: `(H, W, 3)` uint8 RGB.
            candidates: at least one, of any sizes.
            task: what they are attempts at.

        Raises:
            JudgeFault: an answer that holds no ranking.
            InfrastructureFault: the ranker could not be asked.
        """
        ...


class VerdictRanker:
    """Ranks by what a judge says of each candidate alone, as `Graded` pays for it."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.identity = judge.identity

    def rank(self, reference: Image, candidates: Sequence[Image], task: Task) -> Ranking:
        """See `Ranker`."""
        verdicts = [checked(self.judge.compare(reference, one, task)) for one in candidates]
        values = Graded()([Outcome.of(verdict) for verdict in verdicts])
        seconds = sum(verdict.usage.get("seconds", 0.0) for verdict in verdicts)
        badness = [-value for value in values if value is not None]
        return Ranking(places_of(badness), usage={"seconds": seconds})


class ModelRanker:
    """Shows a model the reference and all candidates at once, in both orders."""

    def __init__(self, spec: str) -> None:
        """Read the spec and knock at every server.

        Args:
            spec: as for `EndpointJudge`.

        Raises:
            UsageError: the spec is malformed, or has an option that rankings do not know.
            BackendError: no server answers, or none of them has the model.
        """
        self._judge = EndpointJudge(spec)
        for name in _NOT_HERE:
            if name in self._judge.options.model_fields_set:
                raise UsageError(f'a ranking knows no option "{name}"')
        self._prompt, digest = load_prompt("rank.txt")
        identity = self._judge.identity
        details = dict(identity.details)
        if "repair" in details:
            details["repair"] = load_prompt(_AGAIN)[1]
        revision = f"{identity.revision} {digest}"
        self.identity = identity.model_copy(
            update={"name": "ranker", "revision": revision, "details": details}
        )

    def rank(self, reference: Image, candidates: Sequence[Image], task: Task) -> Ranking:
        """See `Ranker`; raises a BackendError where a budget is used up."""
        same = images.digest(reference)
        names = [images.digest(one) for one in candidates]
        different = {name: one for name, one in zip(names, candidates, strict=True) if name != same}
        asked = list(different)
        badness = {same: -1.0}
        agreement, usage = 1.0, {"requests": 0.0}
        if len(asked) > 1:
            found = self._remembered(reference, different, task, [same, *asked])
            agreement, usage = tau(*found.places), found.usage
            means = [sum(pair) / 2 for pair in zip(*found.places, strict=True)]
            badness |= dict(zip(asked, means, strict=True))
        elif asked:
            badness[asked[0]] = 0.0
        return Ranking(places_of([badness[name] for name in names]), agreement, usage)

    def close(self) -> None:
        """End the connections."""
        self._judge.close()

    def _remembered(
        self, reference: Image, candidates: Mapping[str, Image], task: Task, digests: Sequence[str]
    ) -> _Orders:
        """What was said of them once, if it is kept, or else what the model says now."""
        kept, started = self._judge.kept, time.monotonic()
        if kept is None:
            return self._both_orders(reference, list(candidates.values()), task)[0]
        name = key(digests, task, self.identity)
        known = kept.get(name, _Orders)
        if known is not None:
            return known.model_copy(update={"usage": usage_again(known.usage, started)})
        found, whole = self._both_orders(reference, list(candidates.values()), task)
        if whole:
            kept.put(name, found)
        return found.model_copy(update={"usage": {**found.usage, "cached": 0.0}})

    def _both_orders(
        self, reference: Image, candidates: Sequence[Image], task: Task
    ) -> tuple[_Orders, bool]:
        """Places by the answers to both orders, and whether no limit cut a reply."""
        until = time.monotonic() + self._judge.deadline
        profile, count = self._judge.profile, len(candidates)
        prompt = (
            self._prompt.replace("{total}", str(count + 1))
            .replace("{n}", str(count))
            .replace("{what}", WHAT[task])
        )
        first = self._judge.pictures.kept_part(reference, task)
        parts = [profile.part(one, task) for one in candidates]

        def read(reply: Reply) -> tuple[tuple[float, ...], str]:
            refuse_refusal(reply)
            return places_of(read_ranking(reply.text, count, finish=reply.finish)), reply.finish

        usage: dict[str, float] = {}
        places, whole = [], True
        for order in (parts, parts[::-1]):
            body = profile.body([first, *order], task, prompt=prompt)
            found = self._judge.answer(body, until, read, again=_AGAIN)
            placed, finish = found.value
            places.append(placed)
            whole = whole and finish == "stop"
            usage = {name: usage.get(name, 0.0) + value for name, value in found.usage.items()}
        return _Orders(places=(places[0], places[1][::-1]), usage=usage), whole


def make_ranker(spec: str | Judge | Ranker) -> Ranker:
    """The ranker that a name stands for.

    Args:
        spec: "endpoint:URL[,URL...]#MODEL", which is shown all candidates at once; any other judge,
            whose verdicts are compared; "verdicts:endpoint:..." for those of an endpoint judge; or
            a ranker, which is returned as it is.

    Raises:
        UsageError: nobody registered that name.
        BackendError: the judge is not installed or not reachable.
    """
    if not isinstance(spec, str):
        return cast("Ranker", spec) if hasattr(spec, "rank") else VerdictRanker(spec)
    if spec.startswith("endpoint:"):
        return ModelRanker(spec.removeprefix("endpoint:"))
    return VerdictRanker(make_judge(spec.removeprefix("verdicts:")))


def prefer(
    ranker: Ranker, reference: Image, first: Image, second: Image, task: Task
) -> Literal["first", "second", "neither"]:
    """Which of two candidates is closer to the reference.

    Raises:
        JudgeFault: an answer that holds no ranking.
        InfrastructureFault: the ranker could not be asked.
    """
    one, other = ranker.rank(reference, [first, second], task).places
    if one == other:
        return "neither"
    return "first" if one < other else "second"


def places_of(badness: Sequence[float]) -> tuple[float, ...]:
    """The place of each value among all, the smallest first; ties share their mean.

    >>> places_of([3, 1, 3])
    (1.5, 0.0, 1.5)
    """
    return tuple(
        sum(other < one for other in badness) + (sum(other == one for other in badness) - 1) / 2
        for one in badness
    )


def tau(one: Sequence[float], other: Sequence[float]) -> float:
    """How far two rankings agree: concordant less discordant pairs, of all; ties in both agree.

    >>> tau((0, 1, 2), (0, 1, 2)), tau((0, 1), (1, 0)), tau((0, 1), (0.5, 0.5))
    (1.0, -1.0, 0.0)
    """
    signs = [
        (_sign(one[a] - one[b]), _sign(other[a] - other[b]))
        for a, b in combinations(range(len(one)), 2)
    ]
    if not signs:
        return 1.0
    return sum(float(a * b) if a or b else 1.0 for a, b in signs) / len(signs)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
