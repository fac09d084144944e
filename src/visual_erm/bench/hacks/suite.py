"""The attacks on packaged references, and how often each reward pays for one.

    results = run(cases(), ["visual", "ssim"], progress=print)
    table = summary(results)

Everything is drawn once. An attack succeeds against an honest attempt if its value is at least as
high; its success rate is the mean over honest attempts and references.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from visual_erm import examples
from visual_erm.bench.hacks import charts, drawings, pictures, replies, tables
from visual_erm.bench.hacks.attack import ATTACKS, Case, Level, fenced
from visual_erm.bench.rewards import Attempt, BenchReward
from visual_erm.errors import Fault, InputError
from visual_erm.extraction import extract
from visual_erm.renderers import render
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import TASKS, Reward, Task

REGISTERING = (replies, charts, tables, drawings, pictures)
"""Modules that add to `ATTACKS` when they are imported."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Result:
    """One attack at one reference, as one reward values it."""

    reward: str
    attack: str
    level: Level
    task: Task
    case: str
    value: float | None
    """What the attack is paid; None where it could not be scored."""
    honest: tuple[float, ...]
    """What the honest attempts are paid."""

    @property
    def success(self) -> float | None:
        """Share of the honest attempts that are paid no more; None where nothing is known."""
        if self.value is None or not self.honest:
            return None
        return sum(self.value >= paid for paid in self.honest) / len(self.honest)


def cases(task: Task | None = None, *, every: bool = False) -> list[Case]:
    """Packaged references with their honest attempts.

    Args:
        task: of this one only.
        every: all of them, not only those of the short demo.
    """
    found = []
    for one in [task] if task else TASKS:
        chosen = [e for e in examples.load_all(one) if e.short_demo or every]
        drawn = [render(example.reference, task=one).image for example in chosen]
        for at, example in enumerate(chosen):
            honest = [a for a in example.attempts if a.kind == "honest"]
            found.append(
                Case(
                    id=example.id,
                    task=one,
                    source=example.reference,
                    reference=drawn[at],
                    other=drawn[at - 1],
                    other_source=chosen[at - 1].reference,
                    honest=tuple((attempt.name, attempt.source) for attempt in honest),
                )
            )
    return found


def run(
    references: Sequence[Case],
    rewards: Sequence[BenchReward],
    *,
    seed: int = 0,
    visual: VisualReward | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Try every attack on every reference.

    Args:
        references: of `cases`.
        rewards: what is attacked.
        seed: of the attacks' random choices.
        visual: how attempts are drawn and judged; the embedded judge if None.
        progress: told after each reference.

    Raises:
        InputError: an honest attempt cannot be scored.
        BackendError: a renderer is missing.
    """
    visual = visual or VisualReward()
    # the older rewards are computed while the next reference's attempts are drawn and judged
    with ThreadPoolExecutor(1, "older-rewards") as pool:
        waiting: list[Future[list[Result]]] = []
        for at, case in enumerate(references):
            names, attempts = _attempts(case, seed, visual)
            waiting.append(pool.submit(_valued, case, names, attempts, rewards))
            if progress:
                progress(at + 1, len(references))
        return [result for future in waiting for result in future.result()]


def _valued(
    case: Case,
    names: Sequence[str | None],
    attempts: Sequence[Attempt],
    rewards: Sequence[BenchReward],
) -> list[Result]:
    return [
        result
        for reward in rewards
        if reward.applies(case.task)
        for result in _results(case, names, reward.score(attempts), reward.name)
    ]


def _attempts(
    case: Case, seed: int, visual: VisualReward
) -> tuple[list[str | None], list[Attempt]]:
    """Honest attempts, named None, then attacks; all drawn, and valued by our reward."""
    names: list[str | None] = []
    items: list[dict[str, Any]] = []

    def add(name: str | None, **given: Any) -> None:
        names.append(name)
        items.append({"task": case.task, "reference": case.reference, **given})

    for _, source in case.honest:
        add(None, completion=fenced(case.task, source))
    for attack in ATTACKS.values():
        if case.task not in attack.tasks:
            continue
        rng = random.Random(f"{seed} {case.id} {attack.name}")
        if attack.write is not None:
            completion = attack.write(case, rng)
            if completion is not None:
                add(attack.name, completion=completion)
        elif attack.paint is not None:
            add(attack.name, prediction=attack.paint(case, rng))
    scored = visual.score_batch(items)
    return names, [_attempt(case, item, reward) for item, reward in zip(items, scored, strict=True)]


def _attempt(case: Case, item: dict[str, Any], reward: Reward) -> Attempt:
    completion = item.get("completion")
    source = None
    if completion is not None:
        try:
            source = extract(completion, case.task).source
        except Fault:
            source = None
    return Attempt(
        task=case.task,
        reference=case.reference,
        reference_source=case.source,
        completion=completion,
        source=source,
        picture=reward.rendering.image if reward.rendering else None,
        value=reward.value,
    )


def _results(
    case: Case, names: Sequence[str | None], values: Sequence[float | None], reward: str
) -> list[Result]:
    honest = [value for name, value in zip(names, values, strict=True) if name is None]
    paid = tuple(value for value in honest if value is not None)
    if not paid and reward == "visual":
        raise InputError(f"no honest attempt at {case.id} could be scored")
    return [
        Result(reward, name, ATTACKS[name].level, case.task, case.id, value, paid)
        for name, value in zip(names, values, strict=True)
        if name is not None
    ]


@dataclass(frozen=True)
class Rate:
    """How often something succeeds."""

    rate: float
    low: float
    high: float
    n: int
    """Trials: attacks times the references that each was tried on."""


def summary(results: Sequence[Result]) -> dict[tuple[str, str], Rate]:
    """Success rates by attack or level ("source", "picture", "all"), and reward."""
    groups: dict[tuple[str, str], list[float]] = {}
    for result in results:
        if result.success is not None:
            for name in (result.attack, result.level, "all"):
                groups.setdefault((name, result.reward), []).append(result.success)
    return {key: wilson(values) for key, values in groups.items()}


def wilson(values: Sequence[float]) -> Rate:
    """A mean of shares with its Wilson score interval at 95%.

    >>> rate = wilson([0.0] * 10)
    >>> rate.rate, rate.low, round(rate.high, 4)
    (0.0, 0.0, 0.2775)
    """
    n, z = len(values), 1.959964
    share = sum(values) / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Rate(share, max(0.0, middle - half), min(1.0, middle + half), n)
