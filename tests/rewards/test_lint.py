"""The lint finds the known holes of published rewards, and none in our default."""

from dataclasses import dataclass

import pytest

from visual_erm.rewards.lint import RULES, lint_shaping
from visual_erm.rewards.shaping import Fixed, Graded, Paper, Raw


def rules(shaping):
    return [finding.rule for finding in lint_shaping(shaping, cases=20)]


@pytest.mark.parametrize("shaping", [Graded(), Graded(half=3), Graded(noise_floor=0.2)])
def test_our_default_has_every_property(shaping):
    assert lint_shaping(shaping, cases=20) == []


def test_published_rewards_lack_some():
    assert rules(Fixed()) == ["strict", "order"]
    assert rules(Paper()) == ["order", "batch"]
    assert rules(Raw()) == ["number", "bounds"]
    assert rules(Raw(failed=-40)) == ["strict", "order"]


@dataclass(frozen=True)
class Custom:
    """A user's own, with one hole."""

    hole: str
    name: str = "custom"
    low: float = 0.0
    high: float = 1.0

    def __call__(self, outcomes):
        return [self._value(outcome) for outcome in outcomes]

    def _value(self, outcome):
        if not outcome.scored:
            return 0.5 if self.hole == "unscored" else None
        if outcome.failure is not None:
            return 0.02 if outcome.blank else 0.0
        if self.hole == "table":
            return 0.1 if outcome.total > 5 else -4.0
        if self.hole == "monotone" and outcome.total > 5:
            return 0.9
        if self.hole == "nan" and outcome.total > 100:
            return float("nan")
        return 0.1 + 0.9 / (1 + outcome.total)


@pytest.mark.parametrize(
    ("hole", "expected"),
    [
        ("unscored", ["unscored"]),
        ("nan", ["number"]),
        ("monotone", ["monotone", "strict"]),
        ("table", ["bounds", "monotone", "strict", "order"]),
        ("none", []),
    ],
)
def test_holes_of_own_shapings(hole, expected):
    assert rules(Custom(hole)) == expected
    assert set(expected) <= set(RULES)


def test_a_shaping_that_cannot_be_sent():
    class Local(Graded):
        pass

    assert rules(Local()) == ["pickle"]
