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

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from visual_erm.errors import BackendError, JudgeFault, MissingPackage, UsageError, boundary
from visual_erm.judges import Judge
from visual_erm.rewards.items import Item, picture_key
from visual_erm.rewards.jobs import UNKNOWN
from visual_erm.rewards.opened import PerProcess
from visual_erm.rewards.ranking import Ranker, Ranking, make_ranker
from visual_erm.rewards.results import Results
from visual_erm.rewards.shaping import Graded
from visual_erm.rewards.statistics import check_faults, check_limits
from visual_erm.rewards.threads import Threads, run_all
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Failure, JudgeIdentity, Reward, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

GROUPS = 16
"""Groups that are ranked at once: two requests each."""


@dataclass
class _Opened:
    """What a process opened to rank with."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    ranker: Ranker | None = None


class GroupReward:
    """Scores completions, sources or pictures against each other. Picklable."""

    low, high = 0.0, 1.0
    __name__ = "group"

    def __init__(
        self,
        ranker: str | Judge | Ranker = "embedded",
        *,
        deadline: float | None = None,
        item_deadline: float | None = None,
        workers: int | None = None,
        repair: Literal["none", "close"] = "none",
        max_fault_rate: float | None = None,
        keep_renderings: bool = True,
        tolerant: bool = False,
        load: Callable[..., Image] | None = None,
    ) -> None:
        """Describe the reward; nothing is opened yet.

        Args:
            ranker: a name as `make_ranker` reads it, or a picklable ranker or judge.
            deadline: seconds of wall time for one rendering; None for the renderer's default.
            item_deadline: seconds of wall time for drawing one sample, and for ranking one group;
                what takes longer is an infrastructure failure of code "late". None for no limit.
            workers: samples that are drawn at once; None for one a processor.
            repair: "close" ends sources that the reply's limit cut off; see `extract`.
            max_fault_rate: stop with `FaultRateExceeded` when more than this share of a batch met
                a fault of the ranker or the machinery.
            keep_renderings: keep the pictures in the rewards.
            tolerant: a ranker or renderer that is down is a fault of each sample, code "backend";
                the default is to raise.
            load: reads references in place of `images.load`, called and raising as that: a cache.

        Raises:
            UsageError: an option outside its range.
        """
        check_limits(max_fault_rate, deadline, item_deadline)
        self.ranker = ranker
        self.item_deadline = item_deadline
        self.max_fault_rate = max_fault_rate
        self.keep_renderings = keep_renderings
        self.tolerant = tolerant
        self._draws = VisualReward(
            _Unjudged(),
            deadline=deadline,
            item_deadline=item_deadline,
            workers=workers,
            repair=repair,
            tolerant=tolerant,
            load=load,
        )
        self._opened = PerProcess(_Opened)

    @property
    def at_once(self) -> int:
        """Samples that are drawn at once."""
        return self._draws.at_once

    def score(self, item: Item | Mapping[str, Any]) -> NoReturn:
        """Refused: one sample has no place.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            "attempts are ranked among those at the same reference; score a whole batch "
            "(score_batch)"
        )

    def score_batch(
        self, items: Iterable[Item | Mapping[str, Any]], *, deadline: float | None = None
    ) -> Results:
        """Score items together; one `Reward` for each, in order.

        Items of one task and reference are a group. `parts` holds "place", from 0 for the best,
        "group", how many of it draw something, and "agreement" of the two orders of asking.

        Args:
            items: of one batch, with all attempts of each group.
            deadline: seconds of wall time for all of them; a group that is not ranked by then has
                infrastructure failures of code "late". None waits as long as it takes.

        Raises:
            BackendError: the ranker or a renderer is missing, or a budget is used up.
            FaultRateExceeded: see `max_fault_rate`.
        """
        end = None if deadline is None else time.monotonic() + deadline
        given = list(items)
        drawn = self._draws.score_batch(given, deadline=deadline)
        results = Results(_without_place(reward) for reward in drawn)
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for at, (raw, reward) in enumerate(zip(given, results, strict=True)):
            if reward.status == "scored":
                item = Item.of(raw)
                groups[item.task, picture_key(item.reference)].append(at)
        members = list(groups.values())
        rankings = self._rankings(
            [(given[group[0]], [results[at] for at in group]) for group in members], end, deadline
        )
        for group, ranking in zip(members, rankings, strict=True):
            for number, at in enumerate(group):
                results[at] = self._placed(results[at], ranking, number)
        if self.max_fault_rate is not None:
            check_faults(results, self.max_fault_rate)
        return results

    def _rankings(
        self,
        groups: Sequence[tuple[Item | Mapping[str, Any], Sequence[Reward]]],
        end: float | None,
        deadline: float | None,
    ) -> list[Ranking | Failure]:
        """The order of each group, or why there is none."""
        if not groups:
            return []
        try:
            ranker = self._open()
        except BackendError as error:
            return [self._down(error)] * len(groups)
        threads = Threads(min(GROUPS, len(groups)), "group-reward", self.item_deadline)
        calls = [partial(self._rank, ranker, Item.of(raw), rewards) for raw, rewards in groups]
        return run_all(calls, threads, end, deadline)

    def _rank(self, ranker: Ranker, item: Item, rewards: Sequence[Reward]) -> Ranking | Failure:
        pictures = [reward.rendering.image for reward in rewards if reward.rendering]
        try:
            with boundary("judge"):
                reference = self._draws.load(item.reference, name="reference")
                return _checked(ranker.rank(reference, pictures, item.task), len(pictures))
        except BackendError as error:
            return self._down(error)

    def _down(self, error: BackendError) -> Failure:
        """The failure of a ranker that is down; raises where that ends the run."""
        if not self.tolerant or isinstance(error, MissingPackage):
            raise error
        return Failure(kind="infrastructure", stage="judge", code="backend", message=str(error))

    def _placed(self, reward: Reward, ranking: Ranking | Failure, number: int) -> Reward:
        """A reward with the value of its place, which is the number-th of the ranking."""
        rendering = reward.rendering if self.keep_renderings else None
        if isinstance(ranking, Failure):
            return replace(
                reward,
                value=None,
                status=ranking.status,
                failure=ranking,
                parts={**reward.parts, "scored": 0.0},
                rendering=rendering,
            )
        place, count = ranking.places[number], len(ranking.places)
        return replace(
            reward,
            value=_value(place, count),
            parts={**reward.parts, **_parts(place, count, ranking)},
            rendering=rendering,
        )

    def _open(self) -> Ranker:
        """The ranker, opened once in each process."""
        own = self._opened.here
        with own.lock:
            if own.ranker is None:
                own.ranker = make_ranker(self.ranker)
            return own.ranker


def _checked(ranking: Any, count: int) -> Ranking:
    """The ranking, when it is one: a ranker of somebody else's may answer anything."""
    if (
        isinstance(ranking, Ranking)
        and len(ranking.places) == count
        and all(0 <= place <= count - 1 for place in ranking.places)
    ):
        return ranking
    message = f"the ranker answered with no places of {count} attempts"
    raise JudgeFault(Failure(kind="judge", stage="judge", code="no_ranking", message=message))


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
