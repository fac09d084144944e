import threading

import pytest

from visual_erm import waiting
from visual_erm.errors import LeftError
from visual_erm.waiting import Waiter


def test_where_nobody_says_that_somebody_waits_all_work_is_wanted():
    assert waiting.current() is None
    waiting.check()
    lock = threading.Lock()
    with waiting.turn(lock):
        assert lock.locked()


def test_who_left_is_not_worked_for():
    waiter, other = Waiter(), Waiter()
    with waiter.waits():
        waiting.check()
        waiter.leave()
        with pytest.raises(LeftError):
            waiting.check()
        with other.waits():
            waiting.check()
        assert waiting.current() is waiter
    waiting.check()


def test_what_can_be_ended_is_told_once_it_leaves_or_at_once_if_it_has():
    waiter, told = Waiter(), []
    with waiter.told(lambda: told.append("over before it left")):
        pass
    with waiter.told(lambda: told.append("ended")):
        waiter.leave()
    with waiter.told(lambda: told.append("began late")):
        pass
    assert told == ["ended", "began late"]


def test_a_place_before_a_lock_is_given_back_and_the_lock_is_not_taken():
    lock, waiter, came = threading.Lock(), Waiter(), []

    def work():
        try:
            with waiter.waits(), waiting.turn(lock):
                came.append("worked")
        except LeftError:
            came.append("left")

    lock.acquire()
    thread = threading.Thread(target=work)
    thread.start()
    waiter.leave()
    thread.join(10)
    assert came == ["left"]
    lock.release()
    assert not lock.locked()
