"""Which server gets a request: least in flight, breaker, half open."""

import time

import pytest

from visual_erm import replicas
from visual_erm.replicas import Replicas


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def two():
    return Replicas(["one", "two"])


def take(servers, *, awake=True, avoid=()):
    return servers.take(lambda _: awake, avoid)


def test_the_one_with_the_fewest_in_flight(two):
    assert [take(two).url for _ in range(4)] == ["one", "two", "one", "two"]


def test_one_that_failed_rests_then_is_tried_by_one_request(two, clock):
    broken = take(two)
    two.done(broken, well=False)
    assert {take(two).url for _ in range(5)} == {"two"}
    clock[0] += replicas.REST + 0.1
    assert take(two) is broken
    # until that one has been answered nobody else goes there
    assert take(two).url == "two"
    two.done(broken, well=True)
    assert take(two) is broken


def test_one_that_is_still_asleep_rests_longer_each_time(two, clock):
    broken = take(two)
    two.done(broken, well=False)
    rests = []
    for _ in range(7):
        rests.append(broken.rests_until - clock[0])
        clock[0] = broken.rests_until
        assert take(two, awake=False).url == "two"
    assert rests == [1, 2, 4, 8, 16, 30, 30]


def test_thirty_requests_under_way_are_one_failure(two, clock):
    flying = [take(two) for _ in range(60)]
    for replica in flying:
        if replica.url == "one":
            two.done(replica, well=False)
    assert two.all[0].failures == 1
    assert two.all[0].flying == 0


def test_a_server_may_ask_for_a_longer_rest(two, clock):
    two.done(take(two), well=False, rest=9.0)
    assert two.all[0].rests_until == clock[0] + 9


def test_all_of_them_down_is_no_reason_not_to_try(two, clock):
    for _ in range(2):
        two.done(take(two), well=False)
    assert take(two) in two.all


def test_the_other_one_where_there_is_one(two):
    first = take(two)
    assert take(two, avoid=[first]) is not first
    alone = Replicas(["one"])
    assert take(alone, avoid=alone.all).url == "one"


def test_what_is_slow_is_known_after_some_answers(two):
    for number in range(100):
        assert (two.slow() is None) == (number < replicas.ENOUGH)
        two.done(take(two), well=True, seconds=float(number + 1))
    assert two.slow() == pytest.approx(95.95)
