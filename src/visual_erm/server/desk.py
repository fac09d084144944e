"""The bounded queue in front of the reward engine: what is accepted is answered.

A request takes places for its samples, or is refused at once. A sample waits for a worker in the
order of arrival, and is dropped when its deadline passes or its client leaves while it waits. One
that is in work then ends as soon as it can (`visual_erm.waiting`): a request to a judge model is
called off, what waits for a judging process is dropped, and only what is being drawn or judged on
this machine goes on. The worker is counted as busy until it is free. The event loop only waits
here; the work is the engine's.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from visual_erm.errors import VisualErmError
from visual_erm.rewards.items import Item
from visual_erm.rewards.visual import VisualReward, unscored
from visual_erm.server.problems import Problem
from visual_erm.types import Failure, Reward
from visual_erm.waiting import Waiter

LONGEST_WAIT = 60
"""Seconds that a refused client is told to wait at most."""
_HABIT = 0.1
"""Weight of the latest sample in the mean time of a sample."""


@dataclass
class _Place:
    """Where an accepted sample is."""

    in_work: bool = False

    def __str__(self) -> str:
        return "work" if self.in_work else "queue"


class Desk:
    """Samples between their acceptance and their result. Belongs to one event loop."""

    def __init__(
        self, reward: VisualReward, queue: int, left: Callable[[str], None] = lambda _: None
    ) -> None:
        """Nothing is started yet.

        Args:
            reward: the engine.
            queue: samples that may wait.
            left: told of each sample whose client left before its result, and where the sample
                was: "queue" or "work".
        """
        self.stopping = False
        """Nothing more is accepted."""
        self.accepted = 0
        """Samples that have a place and no answer yet."""
        self.working = 0
        """Samples in work, those included whose client has been answered."""
        self._reward = reward
        self._left = left
        self._capacity = queue + reward.at_once
        self._slots = asyncio.Semaphore(reward.at_once)
        self._over = asyncio.Event()
        self._seconds = 1.0

    @property
    def waiting(self) -> int:
        """Samples without a worker."""
        return max(0, self.accepted - self.working)

    def check(self, number: int = 1) -> None:
        """Refuse what could not be accepted now.

        Raises:
            Problem: 503 when the server is stopping, 429 when the queue is full.
        """
        if self.stopping:
            raise Problem(503, "stopping", "the server is stopping", kind="busy", retry_after=5)
        if self.accepted + number > self._capacity:
            raise Problem(
                429,
                "queue_full",
                f"{self.accepted} samples are in the queue or in work, of {self._capacity}; "
                f"no room for {number} more",
                kind="busy",
                retry_after=self._patience(),
            )

    async def score(self, item: Item, until: float) -> Reward:
        """Score one sample.

        Args:
            item: what to score.
            until: when to give up, on the event loop's clock.

        Raises:
            Problem: as for `check`; 504 at the deadline, 503 when the server stopped before.
            BackendError: the judge or a renderer is missing.
        """
        self.check()
        self.accepted += 1
        place = _Place()
        try:
            return await self._answer(item, until, place)
        except asyncio.CancelledError:
            self._left(str(place))
            raise
        finally:
            self.accepted -= 1

    def score_all(self, items: Sequence[Item], until: float) -> AsyncIterator[Reward]:
        """Score samples and yield each as it finishes; what fails is a reward with a failure.

        All take their places here, not when the first is asked for. No more than twice as many as
        are worked on at once stand in the queue, so that a large batch does not hold up the rest.

        Raises:
            Problem: as for `check`.
        """
        self.check(len(items))
        self.accepted += len(items)
        return self._each(items, until)

    async def _each(self, items: Sequence[Item], until: float) -> AsyncIterator[Reward]:
        left, turns = len(items), asyncio.Semaphore(2 * self._reward.at_once)
        done: asyncio.Queue[Reward] = asyncio.Queue()

        async def one(item: Item, place: _Place) -> None:
            async with turns:
                done.put_nowait(await self._settle(item, until, place))

        places = [_Place() for _ in items]
        tasks = [asyncio.ensure_future(one(*each)) for each in zip(items, places, strict=True)]
        try:
            for _ in items:
                reward = await done.get()
                self.accepted, left = self.accepted - 1, left - 1
                yield reward
        finally:
            self.accepted -= left
            for task, place in zip(tasks, places, strict=True):
                if task.cancel():
                    self._left(str(place))

    async def _settle(self, item: Item, until: float, place: _Place) -> Reward:
        try:
            return await self._answer(item, until, place)
        except Problem as problem:
            failure = problem.failure()
        except VisualErmError as error:
            failure = Failure(
                kind="infrastructure", stage="render", code="backend", message=str(error)
            )
        return unscored(failure, item.id)

    async def _answer(self, item: Item, until: float, place: _Place) -> Reward:
        work = asyncio.ensure_future(self._work(item, place))
        over = asyncio.ensure_future(self._over.wait())
        timeout = until - asyncio.get_running_loop().time()
        try:
            await asyncio.wait({work, over}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            if self._over.is_set():
                raise Problem(503, "stopping", "the server stopped before the result", kind="busy")
            where = "in work" if place.in_work else "in the queue"
            raise Problem(
                504,
                "deadline",
                f"no result by the deadline; the sample was still {where}",
                kind="infrastructure",
                stage="queue",
            )
        finally:
            work.cancel()
            over.cancel()

    async def _work(self, item: Item, place: _Place) -> Reward:
        await self._slots.acquire()
        self.working += 1
        place.in_work = True
        started = asyncio.get_running_loop().time()
        waiter = Waiter()
        job = asyncio.wrap_future(self._reward.begin(item, waiter))

        def free(job: asyncio.Future[Reward]) -> None:
            self.working -= 1
            self._slots.release()
            seconds = asyncio.get_running_loop().time() - started
            if not waiter.left.is_set():
                self._seconds += _HABIT * (seconds - self._seconds)
            if not job.cancelled():
                job.exception()  # its client may be gone

        job.add_done_callback(free)
        try:
            # a thread cannot be taken back: the slot is free when it is done
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            waiter.leave()
            raise

    async def stop(self, grace: float) -> bool:
        """Accept nothing more, wait for what was accepted, then fail what is left.

        Args:
            grace: seconds to wait.

        Returns:
            Whether everything accepted was finished.
        """
        self.stopping = True
        end = asyncio.get_running_loop().time() + grace
        while self.accepted and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        finished = not self.accepted
        self._over.set()
        return finished

    def _patience(self) -> int:
        """Seconds after which the queue should have moved."""
        expected = self._seconds * self.waiting / self._reward.at_once
        return max(1, min(LONGEST_WAIT, math.ceil(expected)))
