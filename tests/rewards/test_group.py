"""Groups are ranked, and paid by place."""

import math
import pickle
import threading
import time

import numpy as np
import pytest
from judge_server import MODEL, JudgeServer, completion

from visual_erm.errors import BackendError, UsageError
from visual_erm.rewards.group import GroupReward
from visual_erm.rewards.ranking import Ranking
from visual_erm.rewards.statistics import FaultRateExceeded
from visual_erm.rewards.visual import VisualReward

SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'>{}</svg>"


def bar(width):
    picture = np.full((90, 90, 3), 255, np.uint8)
    picture[20:60, 10 : 10 + width] = (10, 90, 160)
    return picture


def items(*widths, reference=70):
    return [
        {"task": "svg", "reference": bar(reference), "prediction": bar(width), "id": str(width)}
        for width in widths
    ]


def test_places_are_paid_and_failures_keep_their_order():
    source = {"task": "svg", "reference": bar(70)}
    broken = [source | {"source": "<svg"}, source | {"source": SVG.format("")}]
    reward = pickle.loads(pickle.dumps(GroupReward("embedded")))
    results = reward.score_batch([*items(40, 70, 60), *broken])
    values = [result.value for result in results]
    assert values == [pytest.approx(0.05), 1, pytest.approx(0.525), 0, 0.02]
    assert [result.parts["place"] for result in results] == [2, 0, 1, -1, -1]
    assert {frozenset(result.parts) for result in results} == {frozenset(results[0].parts)}
    assert results[0].verdict is None


def test_groups_do_not_meet():
    results = GroupReward("embedded").score_batch([*items(40, 60), *items(20, 30, reference=30)])
    assert [round(result.value, 3) for result in results] == [0.05, 1, 0.05, 1]
    (alone,) = GroupReward("embedded").score_batch(items(40))
    assert alone.value == pytest.approx(0.525)


def test_a_ranker_that_fails_leaves_its_group_without_values():
    def rank(body):
        texts = [part["text"] for part in body["messages"][-1]["content"] if "text" in part]
        good = "numbered 1 to 2" in texts[0]
        return (200, completion('{"ranking": [[1, 2]]}' if good else "hm"), {})

    with JudgeServer(rank).running() as server:
        spec = f"endpoint:{server.url}#{MODEL}?profile=plain"
        batch = [*items(40, 60), *items(10, 20, 50, reference=30)]
        results = GroupReward(spec).score_batch(batch)
        with pytest.raises(FaultRateExceeded):
            GroupReward(spec, max_fault_rate=0.5).score_batch(batch)
    assert [result.status for result in results] == ["scored"] * 2 + ["judge_fault"] * 3
    assert [result.value for result in results[2:]] == [None] * 3
    assert results[0].value == results[1].value == pytest.approx(0.525)


class Slow:
    """Ranks groups of two at once, and larger ones never."""

    identity = None

    def rank(self, reference, candidates, task):
        if len(candidates) > 2:
            threading.Event().wait(30)
        return Ranking(tuple(float(at) for at in range(len(candidates))))


@pytest.mark.parametrize("given", [{"item_deadline": 0.5}, {}])
def test_a_ranking_that_hangs_is_given_up_and_the_other_groups_are_paid(given):
    began = time.monotonic()
    reward = GroupReward(Slow(), **given)
    batch = [*items(40, 60), *items(10, 20, 50, reference=30)]
    results = reward.score_batch(batch, deadline=None if given else 3.0)
    assert [result.value for result in results] == [1, pytest.approx(0.05), None, None, None]
    assert [result.failure.code for result in results[2:]] == ["late"] * 3
    assert time.monotonic() - began < 20


def test_a_ranker_that_is_down_is_raised_or_where_asked_a_fault_of_its_groups():
    spec = f"endpoint:http://127.0.0.1:9/v1#{MODEL}"
    with pytest.raises(BackendError):
        GroupReward(spec).score_batch(items(40, 60))
    results = GroupReward(spec, tolerant=True).score_batch(items(40, 60))
    assert [(one.value, one.failure.code) for one in results] == [(None, "backend")] * 2


class Says:
    """Answers what it was made with."""

    identity = None

    def __init__(self, answer):
        self.answer = answer

    def rank(self, reference, candidates, task):
        return self.answer


@pytest.mark.parametrize("places", [(0.0,), (0.0, math.nan), (0.0, 7.0)])
def test_an_answer_that_is_no_ranking_pays_nobody(places):
    for answer in (Ranking(places), "the second"):
        results = GroupReward(Says(answer)).score_batch(items(40, 60))
        assert [(one.value, one.failure.code) for one in results] == [(None, "no_ranking")] * 2


def test_one_sample_has_no_place():
    with pytest.raises(UsageError, match="whole batch"):
        GroupReward("embedded").score(items(40)[0])


@pytest.mark.parametrize("reward", [VisualReward, GroupReward])
@pytest.mark.parametrize(
    "limit", [{"max_fault_rate": 1.5}, {"deadline": 0}, {"item_deadline": -1.0}]
)
def test_limits_that_nothing_could_keep_are_refused(reward, limit):
    with pytest.raises(UsageError, match=next(iter(limit))):
        reward(**limit)
