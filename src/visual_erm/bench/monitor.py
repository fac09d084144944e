"""A reward that is watched while a policy trains on it.

    monitor = Monitor(VisualReward(), ["tensorboard:runs/1"], probe_every=50)
    rewards = monitor.score_batch(items)        # in the place of the reward's own

Each batch is a step. Logged are the group statistics of `rewards.statistics`, how many well-paid
samples look like cheats (`bench.suspects`), and from time to time how often the attacks of
`verm bench hacks` are paid by this very reward: a judge server that was exchanged, or has begun to
answer nothing but "no errors", shows there first.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visual_erm.bench.sinks import Sink, make_sink
from visual_erm.bench.suspects import RULES, Suspect, reference_key, suspects
from visual_erm.rewards.items import Item
from visual_erm.rewards.statistics import Statistics, summarise
from visual_erm.types import TASKS, Reward, Task

if TYPE_CHECKING:
    from visual_erm.rewards.visual import VisualReward

KEPT = 256
"""Suspects that are kept to be shown."""


@dataclass(frozen=True)
class Watched:
    """What was seen at one step."""

    step: int
    statistics: Statistics
    suspects: tuple[Suspect, ...]
    probes: Mapping[str, float]
    """By attack: share of honest attempts that are paid no more than it; empty without a probe."""

    def row(self) -> dict[str, float]:
        """Flat numbers for a logger; what is not known is left out."""
        known = {f"reward/{k}": v for k, v in self.statistics.row().items() if v is not None}
        rules = Counter(suspect.rule for suspect in self.suspects)
        shares = {f"suspect/{r}": rules[r] / max(1, self.statistics.samples) for r in RULES}
        probes = {f"probe/{name}": value for name, value in self.probes.items()}
        if probes:
            probes["probe"] = sum(probes.values()) / len(probes)
        return {**known, **shares, **probes}


class Monitor:
    """Scores as its reward does, and keeps an eye on what it pays for. Thread-safe."""

    def __init__(
        self,
        reward: VisualReward,
        sinks: Sequence[str | Sink] = (),
        *,
        look_at: int = 8,
        probe_every: int = 0,
    ) -> None:
        """Open the sinks.

        Args:
            reward: what is watched.
            sinks: as `make_sink` takes them.
            look_at: best-paid pictures of a batch that are looked at; each is drawn once more
                unless the reward keeps them.
            probe_every: steps from one probe to the next; 0 for none. A probe tries every attack on
                one packaged reference of a task that the batch has, each time another one.

        Raises:
            UsageError: no such sink.
            MissingPackage: a sink's package is not installed.
        """
        self.reward = reward
        self.look_at = look_at
        self.probe_every = probe_every
        self.suspects: deque[Suspect] = deque(maxlen=KEPT)
        self._sinks = [make_sink(sink) for sink in sinks]
        self._lock = threading.Lock()
        self._step = 0
        self._probed: Counter[Task] = Counter()

    def score_batch(
        self,
        items: Iterable[Item | Mapping[str, Any]],
        *,
        groups: Sequence[Hashable] | None = None,
        step: int | None = None,
    ) -> list[Reward]:
        """The rewards of `VisualReward.score_batch`, watched; arguments as for `watch`.

        Raises:
            BackendError: the judge or a renderer is missing, or cannot be confined.
            FaultRateExceeded: see `VisualReward.max_fault_rate`.
        """
        given = list(items)
        rewards = self.reward.score_batch(given)
        self.watch(given, rewards, groups=groups, step=step)
        return rewards

    def watch(
        self,
        items: Sequence[Item | Mapping[str, Any]],
        rewards: Sequence[Reward],
        *,
        groups: Sequence[Hashable] | None = None,
        step: int | None = None,
    ) -> Watched:
        """Look at a batch that was scored elsewhere, and log it.

        Args:
            items: of one step.
            rewards: of the items, in their order.
            groups: the prompt of each item; None where the items of one reference are a group.
            step: the trainer's; one more than the last if None.
        """
        with self._lock:
            self._step = step = self._step + 1 if step is None else step
        keys = [reference_key(item) for item in items]
        statistics = summarise(
            rewards,
            groups=keys if groups is None else groups,
            low=self.reward.low,
            high=self.reward.high,
        )
        found = suspects(items, rewards, look_at=self.look_at, keys=keys)
        probes = {}
        if self.probe_every and step % self.probe_every == 0:
            probes = self._probe([task for item in items if (task := _task(item))])
        seen = Watched(step, statistics, tuple(found), probes)
        with self._lock:
            self.suspects.extend(found)
            for sink in self._sinks:
                sink.log(seen.row(), step)
        return seen

    def close(self) -> None:
        """Close the sinks."""
        for sink in self._sinks:
            sink.close()

    def _probe(self, tasks: Sequence[Task]) -> dict[str, float]:
        from visual_erm.bench import hacks
        from visual_erm.bench.rewards import Ours

        if not tasks:
            return {}
        with self._lock:
            task = min(dict.fromkeys(tasks), key=lambda one: (self._probed[one], one))
            turn = self._probed[task]
            self._probed[task] += 1
        known = hacks.cases(task)
        results = hacks.run([known[turn % len(known)]], [Ours("visual")], visual=self.reward)
        return {r.attack: r.success for r in results if r.success is not None}


def _task(item: Item | Mapping[str, Any]) -> Task | None:
    task = item.get("task") if isinstance(item, Mapping) else item.task
    return task if task in TASKS else None
