"""The loop: draft, draw, judge, revise; keep the best, and know when to stop.

    refined = refine("chart.png", task="chart", policy="endpoint:http://127.0.0.1:8000/v1#MODEL")

    strategy    drafts  then
    refine      1       up to `rounds` revisions of the best attempt by the judge's list
    best-of-n   n       nothing; the reward selects
    both        n       revisions of the best of them
    reflect     1       `rounds` revisions without the judge; the last one that draws counts

An attempt that does not draw gets a repair turn of its own in the same round. A revision is
accepted when its reward is higher than the best by more than the noise floor, so a refinement by
the judge never ends worse than it began; reflection can, and is there to be compared with. What
fails on the way (the policy, the judge, a renderer) ends the loop, with the best so far.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from visual_erm import images, renderers
from visual_erm.errors import (
    BackendError,
    Fault,
    IsolationUnavailable,
    MissingPackage,
    PolicyFault,
    UsageError,
    boundary,
)
from visual_erm.extraction import extract
from visual_erm.judges import Judge, check_task
from visual_erm.refinement import feedback
from visual_erm.refinement.changes import Changes, changes
from visual_erm.refinement.lines import blamed
from visual_erm.refinement.policies import Draft, Policy, Turn, make_policy
from visual_erm.refinement.records import Attempt, Kind, Refined, Stop
from visual_erm.rewards.visual import VisualReward
from visual_erm.spending import BudgetUsedUp
from visual_erm.types import Reward, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

Strategy = Literal["refine", "best-of-n", "both", "reflect"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
LEAST_GAIN = 0.01
"""Reward. A renderer draws one source alike every time; this margin is for the judge's noise."""


@dataclass(frozen=True)
class Plan:
    """How an item is refined."""

    strategy: Strategy = "refine"
    rounds: int = 3
    """Revisions at most."""
    samples: int = 4
    """Drafts, for best-of-n and both."""
    repairs: int = 1
    """Repair turns for each attempt that does not draw."""
    patience: int = 2
    """Rounds in a row without a gain after which it ends."""
    least_gain: float = LEAST_GAIN
    """Reward; a revision that gains no more than this is not accepted."""
    deadline: float | None = None
    """Seconds of wall time after which no turn of an item is begun."""

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            known = ", ".join(STRATEGIES)
            raise UsageError(f'no strategy "{self.strategy}"; known: {known}')
        for name, least in (("rounds", 0), ("samples", 1), ("repairs", 0), ("patience", 1)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} must be at least {least}; got {getattr(self, name)}")
        if not self.least_gain >= 0:
            raise UsageError(f"least_gain must be at least 0; got {self.least_gain}")
        renderers.check_deadline(self.deadline)

    @property
    def drafts(self) -> int:
        """How many are written."""
        return self.samples if self.strategy in ("best-of-n", "both") else 1


def refine(
    reference: Any,
    *,
    task: Task,
    policy: str | Policy | Callable[[Turn], str | Draft],
    judge: str | Judge = "embedded",
    reward: VisualReward | None = None,
    draft: str | Draft | None = None,
    **plan: Any,
) -> Refined:
    """Have a policy draw a reference, and revise what it drew.

    Args:
        reference: what should be drawn, in any form that `images.load` reads.
        task: "chart", "table" or "svg".
        policy: who writes: a name as `make_policy` reads it, a function that takes a `Turn` and
            returns text, or a policy.
        judge: who says what differs; a name as `make_judge` reads it, or a judge.
        reward: scores attempts in place of the graded reward of `judge`.
        draft: what is there already, in place of the first draft: a source, or a `Draft`.
        plan: fields of `Plan`: strategy, rounds, samples, repairs, patience, least_gain, deadline.

    Returns:
        Every attempt, the best of them, and why it ended.

    Raises:
        ImageError: the reference cannot be read.
        UsageError: an unknown task, policy, judge or strategy, or a value out of its range.
        BackendError: the policy or the judge is missing or does not answer, at the beginning.
    """
    check_task(task)
    picture = images.load(reference, name="reference")
    reward = reward or VisualReward(judge, workers=1, tolerant=True)
    _ = reward.identity  # a judge that is not there is known before anything is written
    try:
        settings = Plan(**plan)
    except TypeError as error:
        raise UsageError(f"refine: {error}") from None
    given = Draft("", source=draft) if isinstance(draft, str) else draft
    return refine_item(picture, task, make_policy(policy), reward, settings, draft=given)


def refine_item(
    reference: Image,
    task: Task,
    policy: Policy,
    reward: VisualReward,
    plan: Plan,
    *,
    draft: Draft | None = None,
    name: str | None = None,
) -> Refined:
    """`refine` with everything opened; whatever fails on the way is in the result.

    Raises:
        UsageError: the policy cannot do this task.
        IsolationUnavailable: drawing cannot be confined here.
    """
    item = _Item(reference, task, policy, reward, plan, draft)
    try:
        stop, message = item.run()
    except _Ended as ended:
        stop, message = ended.stop, ended.message
    return Refined(task, tuple(item.attempts), item.best, stop, message, name)


class _Ended(Exception):
    """The loop is over."""

    def __init__(self, stop: Stop, message: str) -> None:
        super().__init__(message)
        self.stop: Stop = stop
        self.message = message


class _Item:
    """One reference on its way."""

    def __init__(
        self,
        reference: Image,
        task: Task,
        policy: Policy,
        reward: VisualReward,
        plan: Plan,
        draft: Draft | None,
    ) -> None:
        self._reference, self._task = reference, task
        self._policy, self._reward, self._plan, self._draft = policy, reward, plan, draft
        self._until = None if plan.deadline is None else time.monotonic() + plan.deadline
        self.attempts: list[Attempt] = []
        self.best: int | None = None

    def run(self) -> tuple[Stop, str]:
        """Write, judge, revise; raises `_Ended` where it ends before its rounds are used."""
        for sample in range(self._plan.drafts):
            self._with_repairs(Turn("draft", self._task, self._reference, sample=sample))
        if self._plan.strategy == "best-of-n":
            return "rounds", f"the best of {self._plan.drafts} drafts"
        idle = 0
        for number in range(1, self._plan.rounds + 1):
            if self._plan.strategy == "reflect":
                self._with_repairs(self._reflection(number))
                continue
            self._stop_if_equivalent()
            before = self.best
            self._with_repairs(self._revision(number))
            idle = 0 if self.best != before else idle + 1
            if idle >= self._plan.patience and number < self._plan.rounds:
                self._stop_if_equivalent()
                raise _Ended("no_gain", f"no gain above the noise in {idle} rounds")
        if self._plan.strategy != "reflect":
            self._stop_if_equivalent()
        return "rounds", f"all {self._plan.rounds} rounds are used"

    def _stop_if_equivalent(self) -> None:
        verdict = self._kept.reward.verdict
        if verdict is not None and not verdict.errors:
            raise _Ended("equivalent", "the judge finds no difference")

    @property
    def _kept(self) -> Attempt:
        assert self.best is not None  # after the drafts there is one, or the loop has ended
        return self.attempts[self.best]

    def _revision(self, number: int) -> Turn:
        """Of the best attempt; where not even that draws, its repair."""
        best = self._kept
        if best.reward.verdict is None:
            return self._turn("repair", number, best, feedback.of_failure(best))
        return self._turn("revise", number, best, feedback.of_verdict(best, self.attempts[-1]))

    def _reflection(self, number: int) -> Turn:
        """Of the last attempt that draws; nobody says what is wrong with it."""
        drawn = [attempt for attempt in self.attempts if attempt.drawn]
        if not drawn:
            last = self.attempts[-1]
            return self._turn("repair", number, last, feedback.of_failure(last))
        return self._turn("reflect", number, drawn[-1], "")

    def _turn(self, kind: Kind, number: int, previous: Attempt, words: str) -> Turn:
        attempts = tuple(self.attempts)
        return Turn(
            kind, self._task, self._reference, number, previous.sample, previous, words, attempts
        )

    def _with_repairs(self, turn: Turn) -> None:
        """One attempt, and its repair where it does not draw."""
        self._attempt(replace(turn, attempts=tuple(self.attempts)))
        for _ in range(self._plan.repairs):
            last = self.attempts[-1]
            if last.drawn or last.reward.failure is None:
                return
            words = feedback.of_failure(last)
            self._attempt(self._turn("repair", turn.round, last, words))

    def _attempt(self, turn: Turn) -> None:
        written = self._written(turn)
        source = self._source(written)
        reward = self._scored(written.completion, source)
        against = None
        if turn.previous is not None:
            against = next(i for i, one in enumerate(self.attempts) if one is turn.previous)
        done = self._compared(turn, reward)
        attempt = Attempt(
            turn.round,
            turn.kind,
            turn.sample,
            written.completion,
            source,
            reward,
            accepted=self._accepts(turn, reward),
            against=against,
            feedback=turn.feedback,
            fixed=done.fixed,
            broken=done.broken,
            lines=self._lines(source, reward),
            notes=written.notes,
            usage=written.usage,
        )
        self.attempts.append(attempt)
        if attempt.accepted:
            self.best = len(self.attempts) - 1
        failure = reward.failure
        if failure is not None and failure.kind != "policy":
            stop: Stop = "judge_fault" if failure.kind == "judge" else "infra_fault"
            raise _Ended(stop, f"{failure.stage}: {failure.message}")

    def _source(self, written: Draft) -> str | None:
        if written.source is not None:
            return written.source
        try:
            return extract(written.completion, self._task, repair=self._reward.repair).source
        except PolicyFault:
            return None

    def _written(self, turn: Turn) -> Draft:
        """What the policy writes; how it fails is the end."""
        if self._draft is not None and not self.attempts:
            return self._draft
        if self._until is not None and time.monotonic() >= self._until:
            raise _Ended("deadline", f"{self._plan.deadline:g} s are over")
        started = time.monotonic()
        try:
            with boundary("policy"):
                written = self._policy.write(turn)
        except BudgetUsedUp as error:
            raise _Ended("budget", str(error)) from error
        except (Fault, BackendError) as error:
            raise _Ended("policy_down", str(error)) from error
        usage = {"seconds": time.monotonic() - started, **written.usage}
        return replace(written, usage=usage)

    def _scored(self, completion: str, source: str | None) -> Reward:
        for attempt in self.attempts:
            if source is not None and attempt.source == source:
                return attempt.reward  # what is written again is not judged again
        item = {"task": self._task, "reference": self._reference}
        what = {"completion": completion} if source is None else {"source": source}
        try:
            return self._reward.score({**item, **what})
        except (IsolationUnavailable, MissingPackage):
            raise
        except BackendError as error:
            raise _Ended("infra_fault", str(error)) from error

    def _compared(self, turn: Turn, reward: Reward) -> Changes:
        before = turn.previous.reward.verdict if turn.previous else None
        if before is None or reward.verdict is None:
            return Changes((), (), ())
        return changes(before, reward.verdict)

    def _lines(self, source: str | None, reward: Reward) -> tuple[tuple[int, ...], ...]:
        if source is None or reward.verdict is None or reward.rendering is None:
            return ()
        return blamed(source, reward.verdict, self._task, reward.rendering.image)

    def _accepts(self, turn: Turn, reward: Reward) -> bool:
        """Whether this is the best so far."""
        if self.best is None:
            return True
        best = self._kept
        if self._plan.strategy == "reflect":  # nobody knows which is better: the last one
            return reward.rendering is not None or not best.drawn
        if reward.value is None:
            return False
        if best.value is None:
            return True
        # among drafts, and over one that shows nothing, there is no gain to be doubted
        sure = turn.kind == "draft" or not best.drawn
        return reward.value - best.value > (0.0 if sure else self._plan.least_gain)
