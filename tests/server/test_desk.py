import asyncio
import threading

import pytest
from served import square

from visual_erm import VisualReward
from visual_erm.rewards.items import Item
from visual_erm.server.desk import Desk
from visual_erm.server.problems import Problem
from visual_erm.types import JudgeIdentity, Verdict


class Gate:
    """A judge that waits until it is let go."""

    identity = JudgeIdentity(name="gate")

    def __init__(self):
        self.open = threading.Event()
        self.asked = []

    def compare(self, reference, candidate, task):
        self.asked.append(int(candidate[0, 0, 0]))
        assert self.open.wait(30)
        return Verdict(task=task, judge=self.identity)


def item(number):
    picture = square(12)
    picture[0, 0] = number
    return Item("svg", square(9), prediction=picture, id=str(number))


def now():
    return asyncio.get_running_loop().time()


def with_desk(test, queue=2):
    gate = Gate()

    async def run():
        try:
            await asyncio.wait_for(test(Desk(VisualReward(gate, workers=1), queue), gate), 30)
        finally:
            gate.open.set()

    asyncio.run(run())


async def settled(condition):
    while not condition():
        await asyncio.sleep(0.005)


def start(desk, *numbers, seconds=30.0):
    return [asyncio.ensure_future(desk.score(item(n), now() + seconds)) for n in numbers]


def test_what_fits_is_answered_in_order_and_the_rest_refused_at_once():
    async def test(desk, gate):
        tasks = start(desk, 1, 2, 3)
        await settled(lambda: gate.asked)
        assert (desk.accepted, desk.working, desk.waiting) == (3, 1, 2)
        with pytest.raises(Problem) as caught:
            await desk.score(item(4), now() + 30)
        assert caught.value.status == 429 and caught.value.retry_after >= 1
        gate.open.set()
        assert [reward.id for reward in await asyncio.gather(*tasks)] == ["1", "2", "3"]
        assert gate.asked == [1, 2, 3]
        await settled(lambda: desk.working == 0)
        assert desk.accepted == 0

    with_desk(test)


def test_a_deadline_drops_what_waits_and_does_not_free_a_worker_that_works():
    async def test(desk, gate):
        tasks = start(desk, 1, 2, seconds=0.2)
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [problem.status for problem in done] == [504, 504]
        assert (desk.accepted, desk.working, gate.asked) == (0, 1, [1])
        last = start(desk, 3)
        gate.open.set()
        assert (await last[0]).status == "scored" and gate.asked == [1, 3]

    with_desk(test)


def test_a_client_that_leaves_is_not_worked_for():
    async def test(desk, gate):
        _, second = start(desk, 1, 2)
        await settled(lambda: gate.asked)
        second.cancel()
        await settled(lambda: desk.accepted == 1)
        gate.open.set()
        await settled(lambda: desk.working == desk.accepted == 0)
        assert gate.asked == [1]

    with_desk(test)


def test_a_batch_takes_all_its_places_or_none_and_yields_as_they_finish():
    async def test(desk, gate):
        with pytest.raises(Problem, match="no room for 4 more"):
            desk.score_all([item(n) for n in range(4)], now() + 30)
        rewards = desk.score_all([item(n) for n in range(3)], now() + 30)
        assert desk.accepted == 3
        gate.open.set()
        assert sorted([reward.id async for reward in rewards]) == ["0", "1", "2"]
        assert desk.accepted == 0

    with_desk(test)


def test_late_samples_of_a_batch_are_failures_without_a_reward():
    async def test(desk, gate):
        late = [reward async for reward in desk.score_all([item(1), item(2)], now() + 0.1)]
        assert {(r.value, r.status, r.failure.code) for r in late} == {
            (None, "infra_fault", "deadline")
        }

    with_desk(test)


def test_a_batch_that_nobody_reads_on_gives_its_places_back():
    async def test(desk, gate):
        gate.open.set()
        rewards = desk.score_all([item(n) for n in range(3)], now() + 30)
        await anext(rewards)
        await rewards.aclose()
        assert desk.accepted == 0

    with_desk(test)


@pytest.mark.parametrize("finishes", [True, False])
def test_stopping_finishes_or_fails_what_was_accepted(finishes):
    async def test(desk, gate):
        tasks = start(desk, 1, 2)
        await settled(lambda: gate.asked)
        stopping = asyncio.ensure_future(desk.stop(30 if finishes else 0.1))
        await settled(lambda: desk.stopping)
        with pytest.raises(Problem) as caught:
            await desk.score(item(3), now() + 30)
        assert (caught.value.status, caught.value.code) == (503, "stopping")
        if finishes:
            gate.open.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert await stopping is finishes
        if finishes:
            assert [reward.status for reward in done] == ["scored", "scored"]
        else:
            assert [problem.code for problem in done] == ["stopping", "stopping"]

    with_desk(test)
