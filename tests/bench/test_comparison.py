"""Two judges on the same references, made up by hand."""

import json
from dataclasses import replace

import pytest

from visual_erm.bench.comparison import compare
from visual_erm.bench.judging import Judged
from visual_erm.types import Discrepancy

ERROR = Discrepancy(category="data_error", severity=2, bbox=(0, 0, 10, 10))


def judged(hits, pairs=5):
    """A reference for each number in `hits`: in so many of its pairs the error is found."""
    return [
        Judged(
            id=f"{seed}/{at}",
            task="chart",
            kind="edit",
            operators=("moved",),
            seed=str(seed),
            truth=(ERROR,),
            status="scored",
            found=(ERROR,) if at < found else (),
            score=0.5,
            seconds=0.1,
        )
        for seed, found in enumerate(hits)
        for at in range(pairs)
    ]


def recall(one, other):
    return compare("a", one, "b", other).tasks["chart"]["recall"]


def test_what_is_hard_for_both_cancels_out():
    one, other = judged([5, 4, 3, 2, 1]), judged([4, 3, 2, 1, 0])
    found = recall(one, other)
    # by one pair of five at every reference, whichever are drawn
    assert (found.low, found.value, found.high) == pytest.approx((0.2, 0.2, 0.2))
    assert found.beyond_zero
    assert recall(other, one).value == pytest.approx(-0.2)


def test_a_judge_does_not_differ_from_itself():
    one = judged([5, 0, 3])
    made = compare("a", one, "b", one)
    assert {figure.value for figure in made.tasks["chart"].values()} <= {0, None}
    assert (made.pairs, made.left_out) == (15, 0)


def test_differences_that_change_from_reference_to_reference_have_wide_intervals():
    found = recall(judged([5, 0, 5, 0, 5]), judged([0, 5, 0, 5, 0]))
    assert found.value == pytest.approx(0.2)
    assert found.low < 0 < found.high
    assert not found.beyond_zero


def test_only_pairs_that_both_scored_count():
    one, other = judged([5, 5]), judged([5, 5])
    one[0] = replace(one[0], score=None, status="judge_fault", found=())
    other[9] = replace(other[9], score=None, status="infra_fault", found=())
    made = compare("a", one, "b", other)
    assert (made.pairs, made.left_out) == (8, 2)
    assert made.tasks["chart"]["recall"].value == 0
    assert "coverage" not in made.tasks["chart"]
    json.dumps(made.row(), allow_nan=False)


def test_nothing_in_common_is_no_difference():
    one = [replace(item, score=None, status="judge_fault") for item in judged([5])]
    made = compare("a", one, "b", judged([5]))
    assert (made.pairs, made.left_out, made.tasks) == (0, 5, {})
