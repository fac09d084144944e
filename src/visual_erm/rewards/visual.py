"""The reward: completion in, number out; with the verdict, the parts and every failure kept.

    reward = VisualReward(judge="embedded", shaping="graded")
    results = reward.score_batch([{"task": "chart", "reference": "a.png", "completion": text}])
    values = [result.value for result in results]   # None where nothing could be scored

A `VisualReward` is a description of how to score. It can be pickled and forked; threads, judge
and renderers are opened by the process that first needs them.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal

from visual_erm import images, renderers, waiting
from visual_erm.errors import (
    BackendError,
    Fault,
    ImageError,
    InputError,
    IsolationUnavailable,
    MissingPackage,
    UsageError,
    boundary,
)
from visual_erm.judges import Judge, checked, make_judge, uses
from visual_erm.judges.parallel import shared
from visual_erm.processors import processors
from visual_erm.rewards.items import Item, load_fault, source_of
from visual_erm.rewards.jobs import Job, Seen, keys, parts_of, unjudged
from visual_erm.rewards.opened import PerProcess
from visual_erm.rewards.results import Results
from visual_erm.rewards.shaping import Graded, Outcome, Shaping, make_shaping, needs_batch
from visual_erm.rewards.statistics import check_faults, check_limits
from visual_erm.rewards.threads import Threads, run_all
from visual_erm.types import TASKS, Failure, JudgeIdentity, Rendering, Reward, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

RECENT = 512
"""Samples over which the fault rate is taken."""
ENOUGH = 32
"""Samples below which a fault rate says nothing."""
FEW = 4
"""Samples for each worker below which starting processes takes longer than the work."""
AGAIN = 5.0
"""A tolerant reward waits this many seconds before it tries again to open a judge that is down."""
AT_A_SERVER = 32
"""Questions at once to a model: enough to fill a server's batch, too few to drown it."""


@dataclass(frozen=True)
class _Named:
    """What a result keeps of an item, even of one that cannot be read."""

    id: str | None
    task: Task | None


@dataclass
class _Opened:
    """What a process opened to score with, and what came of late."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    executor: ThreadPoolExecutor | None = None
    """Threads of `ascore`."""
    judge: Judge | None = None
    refused: tuple[float, str] = (-math.inf, "")
    """When the judge could not be opened, and why."""
    recent: deque[Reward] = field(default_factory=partial(deque, maxlen=RECENT))


class VisualReward:
    """Scores completions, sources or pictures against reference pictures."""

    def __init__(
        self,
        judge: str | Judge = "embedded",
        shaping: str | Shaping = "graded",
        *,
        deadline: float | None = None,
        item_deadline: float | None = None,
        workers: int | None = None,
        noise_floor: float = 0.0,
        repair: Literal["none", "close"] = "none",
        max_fault_rate: float | None = None,
        keep_renderings: bool = True,
        tolerant: bool = False,
        load: Callable[..., Image] | None = None,
    ) -> None:
        """Describe the reward; nothing is opened yet.

        Args:
            judge: a name as `make_judge` reads it, or a picklable judge.
            shaping: "graded", "paper", "fixed", "raw", or a `Shaping`.
            deadline: seconds of wall time for one rendering; None for the renderer's default.
            item_deadline: seconds of wall time for all of one item of a batch, from when it is
                begun; one that takes longer, because a judge hangs, is an infrastructure failure
                of code "late". None leaves it to the deadlines of renderer and judge.
            workers: samples that are judged at once, in processes of their own where the judge
                computes on this machine; None for one a processor, or for 32 questions at once
                where the judge is a model, behind a server or in this process. One keeps all in
                this process.
            noise_floor: distances up to here count as 0; for "graded".
            repair: "close" ends sources that the reply's limit cut off; see `extract`.
            max_fault_rate: stop with `FaultRateExceeded` when more than this share of the last
                512 samples met a fault of the judge or the machinery.
            keep_renderings: keep the pictures in the rewards; a megabyte each, so not in training.
            tolerant: a judge or renderer that is down is a fault of each sample, code "backend",
                and asked again for the next; the default is to raise. What no waiting mends, a
                missing package of the judge or missing confinement, is raised all the same.
            load: reads references in place of `images.load`, called and raising as that: a cache.

        Raises:
            UsageError: unknown shaping, what is no judge, or an option outside its range.
        """
        if not isinstance(judge, str) and not hasattr(judge, "compare"):
            raise UsageError(f"judge must be a name or have compare(); got {judge!r}")
        if repair not in ("none", "close"):
            raise UsageError(f'repair must be "none" or "close"; got {repair!r}')
        self.judge = judge
        self.shaping: Shaping = make_shaping(shaping)
        if noise_floor:
            if not isinstance(self.shaping, Graded):
                raise UsageError(f'shaping "{self.shaping.name}" has no noise_floor')
            self.shaping = replace(self.shaping, noise_floor=noise_floor)
        check_limits(max_fault_rate, deadline, item_deadline)
        if workers is not None and workers < 1:
            raise UsageError(f"workers must be at least 1; got {workers}")
        self.deadline = deadline
        self.item_deadline = item_deadline
        self.workers = workers or (AT_A_SERVER if uses(judge) == "server" else processors())
        self.repair = repair
        self.max_fault_rate = max_fault_rate
        self.keep_renderings = keep_renderings
        self.tolerant = tolerant
        self.load = load or images.load
        self.__name__ = f"visual_{self.shaping.name}"
        self._opened = PerProcess(_Opened)

    @property
    def low(self) -> float:
        """No value is below this."""
        return self.shaping.low

    @property
    def high(self) -> float:
        """No value is above this."""
        return self.shaping.high

    def score_batch(
        self, items: Iterable[Item | Mapping[str, Any]], *, deadline: float | None = None
    ) -> Results:
        """Score items together; one `Reward` for each, in order.

        Equal items are rendered and judged once. An item that cannot be read is a row with an
        infrastructure failure of stage "load"; the others are scored.

        Args:
            items: of one batch.
            deadline: seconds of wall time for all of them; an item that is not done by then has an
                infrastructure failure of code "late". None waits as long as it takes.

        Raises:
            UsageError: no deadline that can be kept, or one item in place of several.
            BackendError: the judge or a renderer is missing, or cannot be confined.
            FaultRateExceeded: see `max_fault_rate`.
        """
        return Results(self._score_together(items, among_many=False, deadline=deadline))

    def _score_among_many(self, item: Item | Mapping[str, Any]) -> Reward:
        return self._score_together([item], among_many=True)[0]

    def _score_together(
        self,
        items: Iterable[Item | Mapping[str, Any]],
        *,
        among_many: bool,
        deadline: float | None = None,
    ) -> list[Reward]:
        if isinstance(items, Mapping | str):
            raise UsageError("score_batch takes a list of items; for one there is score")
        if deadline is not None and not deadline <= 0:
            # what is left of a caller's own time may be nothing: then everything is late
            renderers.check_deadline(deadline)
        prepared = [self._prepare(item) for item in items]
        names = keys([job for _, job in prepared])
        first: dict[Any, Job] = {}
        for key, (_, job) in zip(names, prepared, strict=True):
            if isinstance(job, Job):
                first.setdefault(key, job)
        jobs = list(first.values())
        judge = self._judge_or_stand_in(parallel=among_many or len(jobs) >= FEW * self.workers)
        seen = dict(zip(first, self._run_all(jobs, judge, deadline), strict=True))
        results = [
            unjudged(job) if isinstance(job, Failure) else seen[key]
            for key, (_, job) in zip(names, prepared, strict=True)
        ]
        rewards = self._shape([item for item, _ in prepared], results)
        self._watch(rewards)
        return rewards

    def score(self, item: Item | Mapping[str, Any]) -> Reward:
        """Score one item.

        Raises:
            UsageError: the shaping needs a whole batch.
            BackendError: as for `score_batch`.
            FaultRateExceeded: see `max_fault_rate`.
        """
        self.refuse_whole_batch()
        return self.score_batch([item])[0]

    def score_stream(self, items: Iterable[Item | Mapping[str, Any]]) -> Iterator[Reward]:
        """Score items one by one and yield each `Reward` as it finishes, in no fixed order.

        Items are taken as rewards are, a few for each worker in advance, so an endless iterator
        will do. Name items by "id" to know them again.

        Raises:
            UsageError: the shaping needs a whole batch.
            BackendError: as for `score_batch`.
            FaultRateExceeded: see `max_fault_rate`.
        """
        self.refuse_whole_batch()
        rest = iter(items)
        head = list(islice(rest, FEW * self.workers))
        score = self._score_among_many if len(head) == FEW * self.workers else self.score
        flying: set[Future[Reward]] = set()
        pool = ThreadPoolExecutor(self.at_once, "visual-reward-stream")
        try:
            for item in chain(head, rest):
                flying.add(pool.submit(score, item))
                if len(flying) >= 2 * self.at_once:
                    ready, flying = wait(flying, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in ready)
            yield from (future.result() for future in as_completed(flying))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    async def ascore(self, item: Item | Mapping[str, Any]) -> Reward:
        """Score one item without blocking the event loop.

        At most `workers` items are judged at once, and no more than twice as many drawn; the
        rest wait. Any event loop of the process may call it. Where it is cancelled, what waits is
        dropped, and a judge model's server is told that nobody waits any more. Raises as `score`.
        """
        self.refuse_whole_batch()
        waiter = waiting.Waiter()
        try:
            return await asyncio.wrap_future(self.begin(item, waiter))
        except asyncio.CancelledError:
            waiter.leave()
            raise

    def begin(self, item: Item | Mapping[str, Any], waiter: waiting.Waiter) -> Future[Reward]:
        """Score one item in a thread, as `ascore` does; a `LeftError` where `waiter` leaves."""

        def work() -> Reward:
            with waiter.waits():
                return self._score_among_many(item)

        return self._pool().submit(work)

    def refuse_whole_batch(self) -> None:
        """Refuse a shaping whose values depend on their batch, where samples come one by one.

        Raises:
            UsageError: it is one.
        """
        if needs_batch(self.shaping):
            raise UsageError(
                f'shaping "{self.shaping.name}" compares the samples of a batch; score a whole '
                "batch (score_batch)"
            )

    def close(self) -> None:
        """End the threads of `ascore`. The reward stays usable."""
        own = self._opened.here
        with own.lock:
            if own.executor is not None:
                own.executor.shutdown(cancel_futures=True)
            own.executor = None

    @property
    def at_once(self) -> int:
        """Items that are worked on at once; the rest wait.

        Two for each judging process: while it judges, the next sample is drawn and waits.
        """
        return 2 * self.workers if self.workers > 1 and self.computes else self.workers

    @property
    def computes(self) -> bool:
        """Whether the judge uses processors of this machine, and has processes of its own."""
        return uses(self.judge) == "processor"

    @property
    def identity(self) -> JudgeIdentity:
        """Who judges; opens the judge.

        Raises:
            UsageError: unknown judge.
            BackendError: the judge is not installed or not reachable.
        """
        return self._judge().identity

    def _judge(self, *, parallel: bool = False) -> Judge:
        """The judge; in processes of its own where it computes here and there is much to do."""
        if parallel and self.workers > 1 and isinstance(self.judge, str) and self.computes:
            return shared(self.judge, self.workers)
        own = self._opened.here
        with own.lock:
            if own.judge is None:
                own.judge = self._open(own)
            return own.judge

    def _open(self, own: _Opened) -> Judge:
        refused, message = own.refused
        if self.tolerant and time.monotonic() < refused + AGAIN:
            raise BackendError(message)
        try:
            return make_judge(self.judge)
        except MissingPackage:
            raise
        except BackendError as error:
            own.refused = (time.monotonic(), str(error))
            raise

    def _judge_or_stand_in(self, *, parallel: bool) -> Judge:
        try:
            return self._judge(parallel=parallel)
        except BackendError as error:
            if not self.tolerant or isinstance(error, MissingPackage):
                raise
            return _Down(error)

    def _prepare(self, raw: Item | Mapping[str, Any]) -> tuple[_Named, Job | Failure]:
        item: Item | None = None
        try:
            with boundary("extract"):
                item = Item.of(raw)
                source = None if item.form == "prediction" else source_of(item, self.repair)
        except Fault as fault:
            return _named(item or raw), fault.failure
        except (InputError, UsageError) as error:
            return _named(item or raw), load_fault("bad_item", str(error)).failure
        return _named(item), Job(item.task, item.reference, source, item.prediction)

    def _run_all(self, jobs: Sequence[Job], judge: Judge, deadline: float | None) -> list[Seen]:
        if (
            deadline is None
            and self.item_deadline is None
            and (len(jobs) <= 1 or self.workers == 1)
        ):
            return [self._run(job, judge) for job in jobs]
        end = None if deadline is None else time.monotonic() + deadline
        threads = Threads(min(self.at_once, len(jobs)), "visual-reward", self.item_deadline)
        calls = [partial(self._run, job, judge) for job in jobs]
        done = run_all(calls, threads, end, deadline)
        return [unjudged(one) if isinstance(one, Failure) else one for one in done]

    def _run(self, job: Job, judge: Judge) -> Seen:
        seen = self._judged(job, judge)
        return seen if self.keep_renderings else replace(seen, rendering=None)

    def _judged(self, job: Job, judge: Judge) -> Seen:
        seen = Seen()
        try:
            with boundary("load"):
                reference = _loaded(job.reference, "reference", self.load)
            waiting.check()
            with boundary("render"):
                seen = self._pictured(job)
            waiting.check()
            assert seen.rendering is not None
            if seen.blank and not images.is_blank(reference):
                return replace(seen, failure=_BLANK)
            with boundary("judge"):
                start = time.perf_counter()
                verdict = checked(judge.compare(reference, seen.rendering.image, job.task))
            # the judge's own figure, where it has one, holds no waiting for its turn
            seconds = verdict.usage.get("seconds", time.perf_counter() - start)
            return replace(seen, verdict=verdict, seconds_judge=seconds)
        except Fault as fault:
            return unjudged(fault.failure, seen)
        except BackendError as error:
            if not self.tolerant or isinstance(error, IsolationUnavailable):
                raise
            stage = "judge" if seen.rendering else "render"
            return unjudged(_ours(stage, "backend", str(error)), seen)

    def _pictured(self, job: Job) -> Seen:
        start = time.perf_counter()
        if job.source is None:
            image = _loaded(job.prediction, "prediction", images.load)
            rendering = Rendering(image, job.task, "given", "", blank=images.is_blank(image))
            return Seen(rendering=rendering, blank=rendering.blank, drawn=True)
        rendering = renderers.render(job.source, task=job.task, deadline=self.deadline)
        return Seen(
            rendering=rendering,
            blank=rendering.blank,
            drawn=True,
            seconds_render=time.perf_counter() - start,
        )

    def _shape(self, items: Sequence[_Named], results: Sequence[Seen]) -> list[Reward]:
        outcomes = [
            Outcome.of(seen.verdict)
            if seen.verdict
            # of an item that names no task nothing was drawn: it has no value with any
            else Outcome(item.task or TASKS[0], failure=seen.failure)
            for item, seen in zip(items, results, strict=True)
        ]
        values = self.shaping(outcomes)
        return [
            Reward(
                value=value,
                status=seen.failure.status if seen.failure else "scored",
                parts=parts_of(seen, value),
                verdict=seen.verdict,
                rendering=seen.rendering,
                failure=seen.failure,
                id=item.id,
                task=item.task,
            )
            for item, seen, value in zip(items, results, values, strict=True)
        ]

    def _watch(self, rewards: Sequence[Reward]) -> None:
        if self.max_fault_rate is None:
            return
        own = self._opened.here
        with own.lock:
            own.recent.extend(replace(r, verdict=None, rendering=None) for r in rewards)
            recent = list(own.recent)
        if len(recent) >= ENOUGH:
            check_faults(recent, self.max_fault_rate)

    def _pool(self) -> ThreadPoolExecutor:
        own = self._opened.here
        with own.lock:
            if own.executor is None:
                own.executor = ThreadPoolExecutor(self.at_once, "visual-reward-async")
            return own.executor

    def __repr__(self) -> str:
        return f"VisualReward(judge={self.judge!r}, shaping={self.shaping!r})"


def unscored(failure: Failure, name: str | None = None) -> Reward:
    """The reward of a sample that was never begun: no value, and the same parts as any other."""
    parts = parts_of(unjudged(failure), None)
    return Reward(value=None, status=failure.status, parts=parts, failure=failure, id=name)


class _Down:
    """Stands in for a judge that cannot be opened: attempts are drawn, none is judged."""

    identity = JudgeIdentity(name="none")

    def __init__(self, error: BackendError) -> None:
        self.error = error

    def compare(self, reference: Any, candidate: Any, task: Task) -> Verdict:
        raise self.error


def _ours(stage: str, code: str, message: str) -> Failure:
    return Failure(kind="infrastructure", stage=stage, code=code, message=message)


_BLANK = Failure(
    kind="policy", stage="render", code="blank", message="the picture shows nothing, or next to it"
)


def _loaded(picture: Any, name: str, load: Callable[..., Image]) -> Image:
    try:
        return load(picture, name=name)
    except ImageError as error:
        raise load_fault(name, str(error)) from None


def _named(raw: Any) -> _Named:
    name, task = (
        (raw.get("id"), raw.get("task"))
        if isinstance(raw, Mapping)
        else (getattr(raw, "id", None), getattr(raw, "task", None))
    )
    return _Named(None if name is None else str(name), task if task in TASKS else None)
