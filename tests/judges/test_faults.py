"""A server that fails in every way: every pair accounted for, no fault scored, none doubled."""

import itertools
import time

import numpy as np
import pytest
from fault_server import LASTING, MODEL, PASSING, FaultServer, name_of, plan

from visual_erm import endpoints
from visual_erm.judges.profile import load_profile
from visual_erm.rewards.visual import VisualReward

WHITE = np.full((16, 16, 3), 255, np.uint8)
PROFILE = load_profile("plain")


def picture(number):
    """One that differs from the others, and is not blank."""
    drawn = WHITE.copy()
    drawn[2:14, 2:14] = (number % 256, number // 256, 90)
    return drawn


def rows(count):
    return [
        {"id": str(n), "task": "svg", "reference": WHITE, "prediction": picture(n)}
        for n in range(count)
    ]


def name(number):
    return name_of(PROFILE.part(picture(number), "svg")["image_url"]["url"])


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(endpoints, "_backoff", lambda state: 0.02)


def check(count, seed, deadline):
    plans = {str(n): plan(name(n), seed) for n in range(count)}
    with FaultServer(seed) as server:
        reward = VisualReward(
            f"endpoint:{server.url}#{MODEL}?profile=plain&deadline={deadline}",
            keep_renderings=False,
        )
        results = list(reward.score_stream(rows(count)))
        served = server.served()
    assert sorted(result.id for result in results) == sorted(plans)
    for result in results:
        fault, tries = plans[result.id]
        if fault in LASTING:
            assert (result.status, result.failure.code) == LASTING[fault], fault
            assert result.value is None
            assert served[name(int(result.id))] == 0
        else:
            assert result.status == "scored", (fault, result.failure)
            (error,) = result.verdict.errors
            # the reply to this picture and to no other, asked for as often as it took
            assert error.location == name(int(result.id))
            assert served[error.location] == 1
            assert result.verdict.usage["requests"] == 1 + tries * (fault != "slow")
            assert result.value is not None
    return {fault for fault, _ in plans.values()}


def test_a_server_that_fails_in_every_way(quick):
    # a seed with every fault among few pairs
    assert check(160, seed=5, deadline=3) == {"good", *PASSING, *LASTING}


@pytest.mark.slow
def test_two_thousand_requests_with_the_real_pauses():
    assert check(2000, seed=1, deadline=10) == {"good", *PASSING, *LASTING}


def test_one_of_two_servers_is_killed_and_comes_back(quick):
    count = 240
    with FaultServer(quiet=True) as one, FaultServer(quiet=True) as two:
        spec = f"endpoint:{one.url},{two.url}#{MODEL}?profile=plain"
        reward = VisualReward(spec, workers=16, keep_renderings=False)
        results = []
        stream = reward.score_stream(rows(count))
        for result in stream:
            results.append(result)
            if len(results) == count // 4:
                before = sum(one.served().values())
                one.process.kill()
                one.process.wait()
            if len(results) == count // 2:
                break
        assert before > 0
        with FaultServer(port=one.port, quiet=True) as again:
            results += stream
            until = time.monotonic() + 60
            for extra in itertools.count(count):
                if again.served() or time.monotonic() > until:
                    break
                results.append(reward.score(rows(extra + 1)[extra]))
                time.sleep(0.02)
            assert again.served(), "the server that came back must be used again"
            served = [again.served(), two.served()]
        assert served[1]
    assert {result.status for result in results} == {"scored"}
    assert len({result.id for result in results}) == len(results)
    # asked once more is what was under way when it died; then nobody goes there
    assert sum(result.verdict.usage["requests"] - 1 for result in results) <= reward.workers
    assert not served[0] & served[1]
    assert max((served[0] + served[1]).values()) == 1
    for result in results:
        assert result.verdict.errors[0].location == name(int(result.id))
