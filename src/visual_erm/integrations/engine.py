"""What all trainers share: samples in, scored samples out, whatever happens in between.

    scored = engine(Settings.of(task="svg")).score_batch(
        [{"reference": "a.png", "completion": "```svg ..."}]
    )

There is one engine for each process and `Settings`, opened by the process that first needs it: a
reward that was pickled, forked or sent to a Ray actor starts its own. It belongs to no event loop,
for some trainers make a new one at every step. It never raises over a sample and never waits
longer than its deadline. What waiting cannot mend is raised, at the first batch: a wrong setting,
a judge's package that is missing, a machine that cannot confine.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import math
import os
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from visual_erm import images, processors
from visual_erm.errors import Fault, ImageError, UsageError
from visual_erm.integrations.settings import Settings
from visual_erm.integrations.tracking import Tracker
from visual_erm.judges import uses
from visual_erm.judges.parallel import shared
from visual_erm.rewards.group import GroupReward
from visual_erm.rewards.items import picture_key
from visual_erm.rewards.shaping import Outcome, Shaping
from visual_erm.rewards.threads import Threads, late
from visual_erm.rewards.visual import VisualReward, unscored
from visual_erm.types import Failure, Reward

if TYPE_CHECKING:
    from visual_erm.types import Image

log = logging.getLogger(__name__)

FLAGS = (
    "score",  # the value, or what stands for it where there is none
    "unscored",  # 1: the judge or the machinery failed, `score` says nothing about the policy
    "timed_out",  # 1: stopped at a deadline
    "policy_fault",  # 1: no source, does not draw, or blank
    "rendered",  # 1: there is a picture
    "blank",  # 1: which shows nothing
)
"""Keys of `Scored.flat` that are always known, so that their means are means."""
DETAILS = ("n_errors", "severity", "distance", "render_s", "judge_s")
"""The others; -1 where nobody knows."""
FIELDS = FLAGS + DETAILS
PLACES = "places"
"""The shaping that stands for `GroupReward`: the judge ranks, and places are paid."""
REFERENCE_BYTES = 64 << 20
"""Decoded references that are kept; a group of rollouts shares one."""
REMEMBERED = 16
"""Values of one reference that say what an unscored attempt at it gets."""
BETWEEN = 5.0
"""Seconds between two times that free memory is handed back."""
QUIET = 60.0
"""Seconds between two lines of the log about faults."""


@dataclass(frozen=True)
class Scored:
    """What came of one sample."""

    value: float | None
    """None when unscored, for trainers that can leave a sample out."""
    number: float
    """The value, or what stands for it, for those that cannot."""
    flat: dict[str, float]
    """`FIELDS`, always all of them, all numbers."""
    why: str
    """One line: the failure, or the worst errors."""
    reward: Reward

    def flags(self) -> dict[str, float]:
        """The part of `flat` whose mean over a batch is a mean."""
        return {name: self.flat[name] for name in FLAGS}


class Engine:
    """Scores samples of one trainer's process. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is started yet.

        Raises:
            UsageError: no such judge or shaping, or a shaping without a value for failed samples.
        """
        self.settings = settings
        if settings.workers is not None:
            processors.limit(settings.workers)
        judge, workers = settings.judge, None
        if isinstance(judge, str) and uses(judge) == "processor":
            # always beside this process, never in it: there it can be killed when it hangs
            count = processors.processors()
            judge, workers = shared(judge, count), 2 * count
        elif uses(judge) == "server":
            workers = settings.requests
        same: dict[str, Any] = {
            "deadline": settings.render_deadline,
            "item_deadline": settings.item_deadline,
            "repair": settings.repair,
            "max_fault_rate": settings.max_fault_rate,
            "keep_renderings": False,
            "tolerant": True,
            "load": References(REFERENCE_BYTES).load,
        }
        self.reward: VisualReward | GroupReward
        if settings.shaping == PLACES:
            self.reward = GroupReward(judge, **same)
        else:
            self.reward = VisualReward(judge, settings.shaping, workers=workers, **same)
            _refuse_unpunished(self.reward.shaping)
        self._neutral = _Neutral(self.reward.low, self.reward.high)
        self._threads = Threads(self.reward.at_once, "visual-erm")
        self._faults = _Faults()
        self._unused = _Unused()
        self.tracker: Tracker | None = None
        if settings.runs is not None:
            self.tracker = Tracker(settings.runs, settings.runs_every, settings.runs_most)

    def score_batch(self, samples: Iterable[Mapping[str, Any]]) -> list[Scored]:
        """Score samples together, one result for each, in order.

        Args:
            samples: mappings as `VisualReward.score_batch` takes them; "task" may be left out
                where the settings name one.

        Raises:
            UsageError: no task, neither in a sample nor in the settings.
            FaultRateExceeded: see `Settings.max_fault_rate`.
            BackendError: what no waiting mends; see the head of this module.
        """
        prepared = [self._prepared(sample) for sample in samples]
        items = [item for item, _ in prepared]
        rewards = self.reward.score_batch(items, deadline=self.settings.deadline)
        if self.tracker:
            self.tracker.take_batch(items, rewards)
        return self._scored(rewards, [key for _, key in prepared])

    def score(self, sample: Mapping[str, Any]) -> Scored:
        """Score one sample from any thread.

        Raises:
            UsageError: as `score_batch`; or the shaping needs a whole batch.
            FaultRateExceeded, BackendError: as `score_batch`.
        """
        item, key = self._prepared(sample)
        future = self._submit(item)
        try:
            reward = future.result(self.settings.deadline)
        except TimeoutError:
            reward = unscored(late(self.settings.deadline))
        except Fault as fault:
            reward = unscored(fault.failure)
        finally:
            self._threads.give_up(future, self.settings.deadline)
        return self._alone(item, reward, key)

    async def ascore(self, sample: Mapping[str, Any]) -> Scored:
        """Score one sample from any event loop, without blocking it. Raises as `score`."""
        item, key = self._prepared(sample)
        future = self._submit(item)
        try:
            reward = await asyncio.wait_for(asyncio.wrap_future(future), self.settings.deadline)
        except TimeoutError:
            reward = unscored(late(self.settings.deadline))
        except Fault as fault:
            reward = unscored(fault.failure)
        finally:
            self._threads.give_up(future, self.settings.deadline)
        return self._alone(item, reward, key)

    def _alone(self, item: Mapping[str, Any], reward: Reward, key: str) -> Scored:
        """What came of a sample that was not in a batch."""
        if self.tracker:
            self.tracker.take(item, reward, key)
        return self._scored([reward], [key])[0]

    def _submit(self, item: Mapping[str, Any]) -> Future[Reward]:
        return self._threads.submit(partial(self.reward.score, item))

    def _prepared(self, sample: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        task = sample.get("task") or self.settings.task
        if task is None:
            raise UsageError(
                "which task? Name chart, table or svg in the data or with VISUAL_ERM_TASK"
            )
        return {**sample, "task": task}, key_of(sample.get("reference"))

    def _scored(self, rewards: Sequence[Reward], keys: Sequence[str]) -> list[Scored]:
        self._faults.note(rewards)
        self._unused.hand_back()
        for reward, key in zip(rewards, keys, strict=True):
            if _finite(reward.value):
                self._neutral.add(key, reward.value)
        return [self._one(reward, key) for reward, key in zip(rewards, keys, strict=True)]

    def _one(self, reward: Reward, key: str) -> Scored:
        value = reward.value if _finite(reward.value) else None
        stand_in = self.settings.unscored
        if stand_in is None:
            stand_in = self._neutral(key)
        number = stand_in if value is None else value
        return Scored(value, number, _flat(reward, value, number), _why(reward), reward)


def _refuse_unpunished(shaping: Shaping) -> None:
    """A failed sample without a value would be paid as if it were an average attempt."""
    failure = Failure(kind="policy", stage="render", code="error", message="")
    if shaping([Outcome("svg", failure=failure)]) == [None]:
        raise UsageError(
            f'shaping "{shaping.name}" gives a failed sample no value, so a trainer cannot punish '
            "it; state one, as in Raw(failed=-60)"
        )


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _flat(reward: Reward, value: float | None, number: float) -> dict[str, float]:
    parts, failure = reward.parts, reward.failure
    values = (
        number,
        float(value is None),
        float(failure is not None and failure.code in ("timeout", "late")),
        float(reward.status == "policy_fault"),
        float(parts["render"] == 1),
        float(parts["blank"] == 1),
        parts["n_errors"],
        parts["severity"],
        parts["distance"],
        parts["seconds_render"],
        parts["seconds_judge"],
    )
    return dict(zip(FIELDS, (float(value) for value in values), strict=True))


def _why(reward: Reward) -> str:
    if reward.failure is not None:
        return f"{reward.status}: {reward.failure.message}"[:500]
    errors = reward.verdict.errors if reward.verdict else ()
    worst = sorted(errors, key=lambda error: -error.severity)[:3]
    words = "; ".join(f"{error.severity} {error.category}: {error.description}" for error in worst)
    return (words or "no errors")[:500]


def key_of(picture: Any) -> str:
    """Equal for equal references; empty for those that only their pixels could tell apart."""
    if isinstance(picture, str | bytes | bytearray | os.PathLike | Mapping):
        with suppress(ImageError):
            return picture_key(picture)
    return ""


class References:
    """Reads pictures, and keeps the most recently used within a number of bytes. Thread-safe.

    A picture that came decoded is not kept: to know it again would take as long as to read it.
    """

    def __init__(self, most: int) -> None:
        self._lock = threading.Lock()
        # one that is larger than all that may be kept stays until the next one comes
        self._pictures: LRUCache[str, Image] = LRUCache(
            most, lambda picture: min(picture.nbytes, most)
        )

    def load(self, picture: Any, *, name: str = "reference") -> Image:
        """As `images.load`, which see."""
        key = key_of(picture)
        with self._lock:
            if key in self._pictures:
                return self._pictures[key]
        decoded = images.load(picture, name=name)
        if key:
            with self._lock:
                self._pictures[key] = decoded
        return decoded


class _Neutral:
    """What neither rewards nor punishes: the mean of what attempts at this reference got lately.

    Without any, the mean of the last values of all; without those, the middle of the range.
    """

    def __init__(self, low: float, high: float) -> None:
        self._middle = (max(low, -50.0) + high) / 2
        self._lock = threading.Lock()
        self._recent: deque[float] = deque(maxlen=64 * REMEMBERED)
        self._own: LRUCache[str, deque[float]] = LRUCache(4096)

    def add(self, key: str, value: float | None) -> None:
        assert value is not None
        with self._lock:
            self._recent.append(value)
            self._own.setdefault(key, deque(maxlen=REMEMBERED)).append(value)

    def __call__(self, key: str) -> float:
        with self._lock:
            values = self._own.get(key) or self._recent
            return sum(values) / len(values) if values else self._middle


class _Unused:
    """Hands memory that is free back to the system, a few seconds apart.

    Pictures come and go in the C library's heaps and leave holes there: without this a trainer's
    process grows by a fifth in some thousand rewards, though it keeps nothing.
    """

    def __init__(self) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc; milliseconds
        self._since = -math.inf

    def hand_back(self) -> None:
        now = time.monotonic()
        if self._trim is not None and now >= self._since + BETWEEN:
            self._since = now
            self._trim(0)


class _Faults:
    """Tells the log what could not be scored, now and then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = -math.inf
        self._seen: Counter[str] = Counter()

    def note(self, rewards: Sequence[Reward]) -> None:
        failures = [r.failure for r in rewards if r.value is None and r.failure is not None]
        if not failures:
            return
        with self._lock:
            self._seen.update(f"{failure.stage}:{failure.code}" for failure in failures)
            if time.monotonic() < self._since + QUIET:
                return
            self._since = time.monotonic()
            counts, self._seen = self._seen, Counter()
        shown = ", ".join(f"{code} {n}" for code, n in counts.most_common(4))
        log.warning("not scored: %s; for example: %s", shown, failures[-1].message[:300])


_engines: dict[int, dict[Settings, Engine]] = defaultdict(dict)
_lock = threading.Lock()


def engine(settings: Settings) -> Engine:
    """This process's engine of these settings.

    Raises:
        UsageError: no such judge or shaping.
    """
    with _lock:
        own = _engines[os.getpid()]
        if settings not in own:
            own[settings] = Engine(settings)
        return own[settings]


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread of the parent may have held it
    _lock = threading.Lock()
    _engines.clear()


os.register_at_fork(after_in_child=_after_fork)
