"""What a report shows: one judged pair, with everything a reader asks about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visual_erm.types import TASKS, Failure, Reward, Status, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image


@dataclass(frozen=True)
class Case:
    """A reference, what was handed in for it, and what came of that."""

    title: str
    task: Task
    reference: Image
    candidate: Image | None = None
    """None where nothing was drawn."""
    verdict: Verdict | None = None
    reward: float | None = None
    """None when unscored."""
    failure: Failure | None = None
    source: str = ""
    """What the policy wrote."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """What the reward is made of."""
    scores: Mapping[str, float | None] = field(default_factory=dict)
    """Other scores to set beside the reward, for example {"SSIM": 0.91}."""
    note: str = ""
    """A sentence under the title."""
    group: str = ""
    """Neighbouring cases of one group stand under one heading."""

    @classmethod
    def of(
        cls,
        reward: Reward,
        *,
        title: str,
        task: Task,
        reference: Image,
        candidate: Image | None = None,
        source: str = "",
        scores: Mapping[str, float | None] | None = None,
        note: str = "",
        group: str = "",
    ) -> Case:
        """The case of one reward; the candidate is its rendering unless given."""
        if candidate is None and reward.rendering is not None:
            candidate = reward.rendering.image
        return cls(
            title=title,
            task=task,
            reference=reference,
            candidate=candidate,
            verdict=reward.verdict,
            reward=reward.value,
            failure=reward.failure,
            source=source,
            parts=reward.parts,
            scores=scores or {},
            note=note,
            group=group,
        )

    @property
    def status(self) -> Status:
        """As in a row of results."""
        return self.failure.status if self.failure else "scored"


@dataclass(frozen=True)
class Summary:
    """Counts over the cases of a report; nothing is dropped silently."""

    total: int
    by_status: Mapping[Status, int]
    by_task: Mapping[Task, int]
    mean: float | None
    """Mean reward over the cases that have one; None when none has."""
    rewarded: int
    """Cases that have a reward: the denominator of `mean`."""


def summarize(cases: Sequence[Case]) -> Summary:
    """Count the cases by status and by task, and average the rewards that there are."""
    statuses: dict[Status, int] = {}
    for case in cases:
        statuses[case.status] = statuses.get(case.status, 0) + 1
    rewards = [case.reward for case in cases if case.reward is not None]
    return Summary(
        total=len(cases),
        by_status=statuses,
        by_task={
            task: count for task in TASKS if (count := sum(case.task == task for case in cases))
        },
        mean=sum(rewards) / len(rewards) if rewards else None,
        rewarded=len(rewards),
    )
