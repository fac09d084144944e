"""Groups are ranked, and paid by place."""

import pickle

import numpy as np
import pytest
from judge_server import MODEL, JudgeServer, completion

from visual_erm.rewards.group import GroupReward
from visual_erm.rewards.statistics import FaultRateExceeded

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
