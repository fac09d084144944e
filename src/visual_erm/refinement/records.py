"""What a refinement leaves behind: every attempt, which of them is best, and why it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from visual_erm.images import digest
from visual_erm.types import COSTS, Discrepancy, Reward, Status, Task

Kind = Literal["draft", "revise", "repair", "reflect"]
"""What a policy is asked for: a first draft, a revision by the judge's list, a repair of what does
not draw, a revision without a judge."""
Stop = Literal[
    "equivalent",  # the judge finds no difference any more
    "no_gain",  # several rounds in a row were no better than noise
    "rounds",  # all rounds were used
    "deadline",  # no time is left for this item
    "budget",  # nothing more may be spent
    "policy_down",  # the policy could not be asked
    "judge_fault",  # the judge's reply holds no verdict
    "infra_fault",  # the judge or the machinery failed
]
"""Why a refinement ended."""
INTERRUPTED: tuple[Stop, ...] = ("deadline", "budget", "policy_down", "judge_fault", "infra_fault")
"""Ends that are no result: done again, such an item may get further."""


@dataclass(frozen=True)
class Attempt:
    """One thing that a policy wrote, and what came of it."""

    round: int
    """0 for drafts."""
    kind: Kind
    sample: int
    """Which of several drafts, from 0."""
    completion: str
    """The reply as it came."""
    source: str | None
    """What was taken out of it; None where it holds nothing."""
    reward: Reward
    """With picture, verdict or failure."""
    accepted: bool = False
    """Whether it was the best so far when it came; of reflections, whether it draws."""
    against: int | None = None
    """Index of the attempt that it was made from and is compared with."""
    feedback: str = ""
    """What the policy was told."""
    fixed: tuple[Discrepancy, ...] = ()
    """Errors of `against` that are gone."""
    broken: tuple[Discrepancy, ...] = ()
    """Errors that `against` did not have."""
    lines: tuple[tuple[int, ...], ...] = ()
    """For each error of the verdict, the lines of the source (from 1) that draw it, where known."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """The policy's own, JSON-able."""
    usage: Mapping[str, float] = field(default_factory=dict)
    """What the policy cost: seconds, requests, tokens, money."""

    @property
    def value(self) -> float | None:
        """The reward; None if the judge or the machinery failed."""
        return self.reward.value

    @property
    def drawn(self) -> bool:
        """Whether there is a picture that shows something."""
        failure = self.reward.failure
        return self.reward.rendering is not None and (failure is None or failure.code != "blank")

    def row(self) -> dict[str, Any]:
        """As one JSON object; its picture by `images.digest`."""
        row = self.reward.row()
        del row["id"]
        row.pop("task", None)
        for error, lines in zip(row["errors"], self.lines, strict=False):
            if lines:
                error["lines"] = list(lines)
        row |= {
            "round": self.round,
            "turn": self.kind,
            "sample": self.sample,
            "accepted": self.accepted,
            "against": self.against,
            "source": self.source,
            "picture": digest(self.reward.rendering.image) if self.reward.rendering else None,
            "feedback": self.feedback,
            "fixed": [error.model_dump(mode="json", exclude_none=True) for error in self.fixed],
            "broken": [error.model_dump(mode="json", exclude_none=True) for error in self.broken],
            "notes": dict(self.notes),
            "usage": {name: round(value, 6) for name, value in self.usage.items()},
        }
        if self.source is None:
            row["completion"] = self.completion
        return row


@dataclass(frozen=True)
class Refined:
    """All attempts at one reference, and the best of them."""

    task: Task
    attempts: tuple[Attempt, ...]
    chosen: int | None
    """Index of the best attempt; None where there is none at all."""
    stop: Stop
    message: str
    """One sentence about the end."""
    id: str | None = None

    @property
    def best(self) -> Attempt | None:
        """What is returned: by the reward never worse than any draft, but after reflection."""
        return None if self.chosen is None else self.attempts[self.chosen]

    @property
    def first(self) -> Attempt | None:
        """The first draft."""
        return self.attempts[0] if self.attempts else None

    @property
    def source(self) -> str | None:
        """Of the best attempt."""
        return self.best.source if self.best else None

    @property
    def value(self) -> float | None:
        """Reward of the best attempt."""
        return self.best.value if self.best else None

    @property
    def gain(self) -> float | None:
        """How much better the best attempt is than the first draft; None if either is unscored."""
        if self.value is None or self.first is None or self.first.value is None:
            return None
        return self.value - self.first.value

    @property
    def status(self) -> Status:
        """Of the best attempt; without one, whose fault that is."""
        if self.best is not None:
            return self.best.reward.status
        return "judge_fault" if self.stop == "judge_fault" else "infra_fault"

    @property
    def usage(self) -> dict[str, float]:
        """What the policy cost, all attempts together, and what the judge did, as "judge_..."."""
        total: Counter[str] = Counter()
        for attempt in self.attempts:
            total.update(attempt.usage)
            verdict = attempt.reward.verdict
            if verdict is not None:
                costs = {k: v for k, v in verdict.usage.items() if k in COSTS}
                total.update({f"judge_{name}": value for name, value in costs.items()})
        return dict(total)

    def row(self) -> dict[str, Any]:
        """As one JSON object; pictures by `images.digest`."""
        attempts = [attempt.row() for attempt in self.attempts]
        first = self.first
        return {
            "id": self.id,
            "task": self.task,
            "status": self.status,
            "reward": self.value,
            "first": first.value if first else None,
            "gain": self.gain,
            "stop": self.stop,
            "message": self.message,
            "best": self.chosen,
            "source": self.source,
            "picture": attempts[self.chosen]["picture"] if self.chosen is not None else None,
            "attempts": attempts,
            "usage": {name: round(value, 6) for name, value in self.usage.items()},
        }
