"""The reward of a group: attempts at one reference are ranked, and paid by place.

    reward = GroupReward("endpoint:http://127.0.0.1:8000/v1#MODEL")
    results = reward.score_batch(items)         # the rollouts of a prompt share task and reference

Group-relative training only asks which attempt of a group is better. A ranker that sees them side
by side tells attempts apart that get equal verdicts one by one; what it cannot say is how good the
best one is. So the values of two groups cannot be compared: use `VisualReward` where they must.

    failed 0, blank 0.02, the others 0.05 + 0.95 (1 - place / (n - 1)) of n that draw something

The best gets 1, the worst 0.05, ties the same, an attempt without company 0.525. A ranker that
fails leaves the whole group without values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from visual_erm import images
from visual_erm.errors import Fault, boundary
from visual_erm.judges import Judge
from visual_erm.judges.ranking import Ranker, Ranking, make_ranker
from visual_erm.rewards.items import Item, picture_key
from visual_erm.rewards.jobs import UNKNOWN
from visual_erm.rewards.results import Results
from visual_erm.rewards.shaping import Graded
from visual_erm.rewards.statistics import check_faults
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import JudgeIdentity, Reward, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

GROUPS = 16
"""Groups that are ranked at once: two requests each."""


class GroupReward:
    """Scores completions, sources or pictures against each other. Picklable."""

    low, high = 0.0, 1.0
    __name__ = "group"

    def __init__(
        self,
        ranker: str | Judge | Ranker = "embedded",
        *,
        deadline: float | None = None,
        workers: int | None = None,
        repair: Literal["none", "close"] = "none",
        max_fault_rate: float | None = None,
        keep_renderings: bool = True,
    ) -> None:
        """Describe the reward; nothing is opened yet.

        Args:
            ranker: a name as `make_ranker` reads it, or a picklable ranker or judge.
            deadline: seconds of wall time for one rendering; None for the renderer's default.
            workers: samples that are drawn at once; None for one a processor.
            repair: "close" ends sources that the reply's limit cut off; see `extract`.
            max_fault_rate: stop with `FaultRateExceeded` when more than this share of a batch met
                a fault of the ranker or the machinery.
            keep_renderings: keep the pictures in the rewards.
        """
        self.ranker = ranker
        self.max_fault_rate = max_fault_rate
        self.keep_renderings = keep_renderings
        self._draws = VisualReward(_Unjudged(), deadline=deadline, workers=workers, repair=repair)

    def score_batch(self, items: Iterable[Item | Mapping[str, Any]]) -> Results:
        """Score items together; one `Reward` for each, in order.

        Items of one task and reference are a group. `parts` holds "place", from 0 for the best,
        "group", how many of it draw something, and "agreement" of the two orders of asking.

        Raises:
            BackendError: the ranker or a renderer is missing, or a budget is used up.
            FaultRateExceeded: see `max_fault_rate`.
        """
        given = list(items)
        results = Results(_without_place(reward) for reward in self._draws.score_batch(given))
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for at, (raw, reward) in enumerate(zip(given, results, strict=True)):
            if reward.status == "scored":
                item = Item.of(raw)
                groups[item.task, picture_key(item.reference)].append(at)
        if groups:
            ranker = make_ranker(self.ranker)
            with ThreadPoolExecutor(min(GROUPS, len(groups)), "group-reward") as pool:
                jobs = [
                    pool.submit(
                        self._ranked, ranker, given[members[0]], [results[m] for m in members]
                    )
                    for members in groups.values()
                ]
                for members, job in zip(groups.values(), jobs, strict=True):
                    for at, reward in zip(members, job.result(), strict=True):
                        results[at] = reward
        if self.max_fault_rate is not None:
            check_faults(results, self.max_fault_rate)
        return results

    def _ranked(
        self, ranker: Ranker, raw: Item | Mapping[str, Any], rewards: Sequence[Reward]
    ) -> list[Reward]:
        """The rewards of one group, with their values."""
        item = Item.of(raw)
        pictures = [reward.rendering.image for reward in rewards if reward.rendering]
        try:
            with boundary("judge"):
                reference = images.load(item.reference, name="reference")
                ranking = ranker.rank(reference, pictures, item.task)
        except Fault as fault:
            failure = fault.failure
            return [
                replace(
                    reward,
                    value=None,
                    status=failure.status,
                    failure=failure,
                    parts={**reward.parts, "scored": 0.0},
                    rendering=reward.rendering if self.keep_renderings else None,
                )
                for reward in rewards
            ]
        return [
            replace(
                reward,
                value=_value(place, len(rewards)),
                parts={**reward.parts, **_parts(place, len(rewards), ranking)},
                rendering=reward.rendering if self.keep_renderings else None,
            )
            for reward, place in zip(rewards, ranking.places, strict=True)
        ]


def _value(place: float, count: int) -> float:
    floor = Graded.floor
    share = place / (count - 1) if count > 1 else 0.5
    return floor + (1 - floor) * (1 - share)


def _parts(place: float, count: int, ranking: Ranking) -> dict[str, float]:
    return {"place": place, "group": float(count), "agreement": ranking.agreement}


def _without_place(reward: Reward) -> Reward:
    """What is known before the ranking: nothing of errors, for nobody has looked for them."""
    unknown = ("n_errors", "severity", "distance", "seconds_judge", "place", "group", "agreement")
    parts = {**reward.parts, **dict.fromkeys(unknown, UNKNOWN)}
    return replace(reward, verdict=None, parts=parts)


class _Unjudged:
    """Stands in for a judge while the attempts are drawn."""

    identity = JudgeIdentity(name="none")

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        return Verdict(task=task, judge=self.identity)
