import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from visual_erm.errors import BackendError, InfrastructureFault, LeftError, UsageError
from visual_erm.judges.batching import Together
from visual_erm.waiting import Waiter

SOON = 20.0


def later(seconds=SOON):
    return time.monotonic() + seconds


class Gate:
    """Answers with the question; the first batch waits until the others are asked."""

    def __init__(self):
        self.batches, self.open, self.inside = [], threading.Event(), threading.Event()

    def __call__(self, asked):
        self.batches.append(list(asked))
        self.inside.set()
        assert self.open.wait(SOON)
        return [UsageError("no") if question == "bad" else question for question in asked]


def asked_at_once(gate, questions, **options):
    """The answers to questions that were asked while the first was being answered."""
    together = Together(gate, **options)
    with ThreadPoolExecutor(len(questions)) as pool:
        first = pool.submit(together.ask, questions[0], later())
        assert gate.inside.wait(SOON)
        rest = [pool.submit(together.ask, question, later()) for question in questions[1:]]
        while together._asked.qsize() < len(rest):
            time.sleep(0.001)
        gate.open.set()
        found = [future.exception() or future.result() for future in (first, *rest)]
    together.close()
    return found


def test_what_is_asked_at_once_is_answered_together_by_kind():
    gate = Gate()
    questions = [1, 11, 2, 12, 3, 4]
    options = {"most": 2, "kind": lambda number: number > 10}
    assert asked_at_once(gate, questions, **options) == questions
    # threads come in any order, so of three one may be left for a batch of its own
    assert sorted(len(batch) for batch in gate.batches) == [1, 1, 2, 2]
    assert all(len({number > 10 for number in batch}) == 1 for batch in gate.batches)


def test_one_fault_is_one_question_s():
    found = asked_at_once(Gate(), ["a", "bad", "b"], most=8)
    assert isinstance(found[1], UsageError)
    assert [found[0], found[2]] == ["a", "b"]


def test_what_breaks_is_a_fault_of_ours_and_the_next_question_is_answered():
    answers = iter([ValueError("broken"), "well"])

    def answer(asked):
        one = next(answers)
        if isinstance(one, ValueError):
            raise one
        return [one]

    together = Together(answer, most=1)
    with pytest.raises(InfrastructureFault, match="ValueError: broken") as caught:
        together.ask(1, later())
    assert caught.value.failure.code == "internal"
    assert together.ask(2, later()) == "well"


def test_nobody_waits_longer_than_it_says_and_what_nobody_waits_for_is_not_answered():
    gate = Gate()
    together = Together(gate, most=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(together.ask, 1, later())
        assert gate.inside.wait(SOON)
        with pytest.raises(TimeoutError):
            together.ask(2, later(0.05))
        gate.open.set()
        assert first.result() == 1
    assert together.ask(3, later()) == 3
    assert gate.batches == [[1], [3]]


def test_closing_answers_what_is_asked_and_then_nothing():
    gate = Gate()
    assert asked_at_once(gate, [1, 2, 3], most=8) == [1, 2, 3]
    together = Together(gate, most=8)
    together.close()
    with pytest.raises(BackendError, match="closed"):
        together.ask(4, later())


def test_a_question_that_nobody_waits_for_any_more_is_not_begun():
    gate, waiter = Gate(), Waiter()
    together = Together(gate, most=1)

    def leaves():
        with waiter.waits():
            return together.ask("left", later())

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(together.ask, "first", later())
        assert gate.inside.wait(SOON)
        second = pool.submit(leaves)
        while not together._asked.qsize():
            time.sleep(0.001)
        waiter.leave()
        assert isinstance(second.exception(SOON), LeftError)
        gate.open.set()
        assert first.result(SOON) == "first"
    together.close()
    assert gate.batches == [["first"]]
