"""Shares state what they are shares of; unscored samples are counted."""

import pytest

from visual_erm.errors import UsageError
from visual_erm.rewards.statistics import FaultRateExceeded, check_faults, summarise
from visual_erm.types import STATUS_OF, Failure, Reward


def fault(kind, code, value=None):
    failure = Failure(kind=kind, stage="judge", code=code, message="")
    return Reward(value, STATUS_OF[kind], failure=failure)


SCORED = [Reward(value, "scored") for value in (0.5, 0.5, 1.0, 0.2)]
DOWN = fault("infrastructure", "down")
BATCH = [*SCORED, fault("policy", "exception", 0.0), fault("judge", "unreadable"), DOWN, DOWN]


def test_worked_example():
    groups = ["a", "a", "b", "b", "b", "a", "c", "c"]
    result = summarise(BATCH, groups=groups, low=0, high=1)
    assert (result.samples, result.scored) == (8, 5)
    assert result.mean == pytest.approx(2.2 / 5)
    assert result.deviation == pytest.approx((0.572 / 5) ** 0.5)
    assert result.fault_rate == 3 / 8
    assert result.policy_fault_rate == 1 / 8
    assert result.codes == {"judge:exception": 1, "judge:unreadable": 1, "judge:down": 2}
    # a: 0.5 0.5; b: 1.0 0.2 0.0; c has no values
    assert result.groups == 2
    assert result.flat_groups == 0.5
    assert result.ties == 1 / 4
    assert (result.at_low, result.at_high) == (1 / 5, 1 / 5)
    row = result.row()
    assert row["status/infra_fault"] == 2
    assert row["code/judge:down"] == 2


def test_nothing():
    result = summarise([], low=0, high=1)
    assert (result.mean, result.deviation, result.fault_rate, result.ties) == (None, None, 0, 0)


def test_one_group_for_each_reward():
    with pytest.raises(UsageError, match="1 groups for 8 rewards"):
        summarise(BATCH, groups=["a"], low=0, high=1)


def test_a_run_can_be_stopped():
    check_faults(BATCH, 0.4)
    with pytest.raises(FaultRateExceeded, match=r"3 of 8 .*judge:down 2") as caught:
        check_faults(BATCH, 0.3)
    assert caught.value.exit_code == 1
