"""What a process opens for itself is one for its threads, and another in every other process."""

import os
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from visual_erm.rewards.opened import PerProcess


class Made:
    def __init__(self):
        self.lock = threading.Lock()


def test_threads_that_come_together_get_one():
    own, together = PerProcess(Made), threading.Barrier(8)

    def first(_):
        together.wait(20)
        return own.here

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(first, range(8)))) == 1


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_gets_its_own_though_the_lock_was_held():
    own = PerProcess(Made)
    before = own.here
    with before.lock:
        child = os.fork()
        if child == 0:
            fresh = own.here
            os._exit(0 if fresh is not before and fresh.lock.acquire(timeout=5) else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert own.here is before


def test_a_pickle_carries_how_and_not_what():
    own = PerProcess(Made)
    made = own.here
    copied = pickle.loads(pickle.dumps(own))
    assert isinstance(copied.here, Made)
    assert copied.here is not made
