import threading
from functools import partial

import pytest

from visual_erm.errors import InfrastructureFault
from visual_erm.rewards.threads import Threads


def test_results_and_exceptions_reach_the_future():
    threads = Threads(2, "test")
    futures = [threads.submit(partial(divmod, 7, n)) for n in (2, 0, 3)]
    assert futures[0].result(9) == (3, 1)
    assert futures[2].result(9) == (2, 1)
    with pytest.raises(InfrastructureFault, match="ZeroDivisionError"):
        futures[1].result(9)
    threads.close()


def test_what_hangs_loses_its_place_to_another_thread():
    threads, ends = Threads(1, "test", limit=0.05), threading.Event()
    hung = [threads.submit(ends.wait) for _ in range(3)]
    for future in hung:
        with pytest.raises(InfrastructureFault, match="given up") as caught:
            future.result(9)
        assert caught.value.failure.code == "late"
    assert threads.submit(lambda: "next").result(9) == "next"
    ends.set()


def test_what_is_given_up_before_it_begins_is_not_begun():
    threads, ends, ran = Threads(1, "test"), threading.Event(), []
    first = threads.submit(ends.wait)
    second = threads.submit(partial(ran.append, 2))
    threads.give_up(second)
    ends.set()
    assert first.result(9)
    threads.give_up(first)  # it is done; nothing happens
    assert threads.submit(lambda: 3).result(9) == 3
    assert ran == []
