"""Draw and score the examples, and count which reward puts honest attempts above cheats.

outcomes = list(run(load_all("svg")))
count_orders(outcomes)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visual_erm.examples import Attempt, Example
from visual_erm.processors import processors

if TYPE_CHECKING:
    from visual_erm.rewards.visual import VisualReward
    from visual_erm.types import Rendering, Reward


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt."""

    example: Example
    attempt: Attempt
    reference: Rendering
    reward: Reward
    ssim: float | None
    """Structural similarity with the reference; None when nothing was drawn."""

    def row(self) -> dict[str, Any]:
        """The outcome as a JSON object: a row of results, and the example's part in it."""
        return {
            **self.reward.row(),
            "id": f"{self.example.id}/{self.attempt.name}",
            "task": self.example.task,
            "kind": self.attempt.kind,
            "note": self.attempt.note,
            "ssim": self.ssim,
            "backend": self.reference.backend,
        }


@dataclass(frozen=True)
class Pair:
    """An honest attempt and a cheat at the same reference; the honest one should score higher."""

    honest: Outcome
    cheat: Outcome

    @property
    def ours(self) -> bool:
        """Whether our reward is strictly higher for the honest attempt."""
        honest, cheat = self.honest.reward.value, self.cheat.reward.value
        return honest is not None and cheat is not None and honest > cheat

    @property
    def by_ssim(self) -> bool:
        """Whether SSIM is strictly higher for the honest attempt; no picture counts as -1."""
        honest, cheat = self.honest.ssim, self.cheat.ssim
        return (-1.0 if honest is None else honest) > (-1.0 if cheat is None else cheat)


def run(
    examples: Sequence[Example],
    reward: VisualReward | None = None,
    *,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Iterator[list[Outcome]]:
    """The outcomes of one example after the other, best reward first.

    Args:
        examples: what to draw and score; as many at once as there are processors.
        reward: the embedded judge and the default shaping, unless given.
        progress: called with the number of attempts done, and of all.

    Raises:
        PolicyFault: a reference does not draw; the example is broken.
        BackendError: what draws is missing or cannot be confined.
    """
    from visual_erm import VisualReward, render

    chosen = reward or VisualReward()
    total = sum(len(example.attempts) for example in examples)
    done = 0
    lock = threading.Lock()

    def count() -> None:
        nonlocal done
        with lock:
            done += 1
            progress(done, total)

    def one(example: Example) -> list[Outcome]:
        reference = render(example.reference, task=example.task)
        outcomes = []
        for attempt in example.attempts:
            outcomes.append(_try(example, attempt, reference, chosen))
            count()
        return sorted(outcomes, key=lambda outcome: -_sortable(outcome.reward.value))

    with ThreadPoolExecutor(processors()) as pool:
        try:
            yield from pool.map(one, examples)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _try(example: Example, attempt: Attempt, reference: Rendering, reward: VisualReward) -> Outcome:
    from visual_erm.metrics import ssim

    item = {
        "id": f"{example.id}/{attempt.name}",
        "task": example.task,
        "reference": reference.image,
        "source": attempt.source,
    }
    result = reward.score(item)
    drawn = result.rendering
    similarity = ssim(reference.image, drawn.image) if drawn is not None else None
    return Outcome(example, attempt, reference, result, similarity)


def _sortable(value: float | None) -> float:
    return -1.0 if value is None else value


def pairs(outcomes: Sequence[Outcome]) -> list[Pair]:
    """Every honest attempt with every cheat at the same reference, where both have a reward."""
    scored = [outcome for outcome in outcomes if outcome.reward.value is not None]
    return [
        Pair(honest, cheat)
        for honest in scored
        for cheat in scored
        if honest.attempt.kind == "honest"
        and cheat.attempt.kind == "cheat"
        and honest.example.id == cheat.example.id
    ]


def count_orders(compared: Sequence[Pair]) -> Mapping[str, int]:
    """How many pairs there are, and how many each reward orders rightly."""
    return {
        "pairs": len(compared),
        "ours": sum(pair.ours for pair in compared),
        "ssim": sum(pair.by_ssim for pair in compared),
    }
