"""Rewards with one known flaw each, and the smallest example that shows it."""

import math

import pytest

from visual_erm.bench.lint_examples import NOTHING, made
from visual_erm.bench.reward_lint import RULES, lint
from visual_erm.bench.rewards import OwnReward
from visual_erm.errors import UsageError


class Honest:
    """Share of the drawn picture's pixels that are the reference's; 0 without a picture."""

    low, high = 0.0, 1.0

    def __call__(self, completions, *, reference, picture, **columns):
        return [self.one(*pair) for pair in zip(reference, picture, strict=True)]

    def one(self, reference, picture):
        if reference is None:
            return None
        if picture is None:
            return 0.0
        if reference.shape != picture.shape:
            return 0.01
        return 0.1 + 0.9 * float((reference == picture).mean()) ** 20


class Flawed(Honest):
    """The same with one flaw."""

    def __init__(self, flaw):
        self.flaw = flaw
        self.turns = 0

    def __call__(self, completions, **columns):
        values = super().__call__(completions, **columns)
        return getattr(self, self.flaw)(values, completions, **columns)

    def crash(self, values, completions, **columns):
        return [value / len(text) for value, text in zip(values, completions, strict=True)]

    def number(self, values, completions, picture, **columns):
        return [
            math.nan if shown is None else value
            for value, shown in zip(values, picture, strict=True)
        ]

    def bounds(self, values, completions, **columns):
        return [None if value is None else 2 * value for value in values]

    def perfect(self, values, completions, **columns):
        return [None if v is None else v + 0.5 * (0.1 < v < 1) - 0.5 * (v == 1) for v in values]

    def monotone(self, values, completions, **columns):
        return [0.5 - v / 4 if v is not None and 0.1 < v < 1 else v for v in values]

    def order(self, values, completions, **columns):
        pairs = zip(values, completions, strict=True)
        return [1.0 if "errors" in text else value for value, text in pairs]

    def same(self, values, completions, **columns):
        self.turns += 1
        return [None if v is None else v * (1 - self.turns / 1e4) for v in values]

    def batch(self, values, completions, **columns):
        best = max(value or 0.0 for value in values) or 1.0
        return [None if value is None else value / best for value in values]

    def unscored(self, values, completions, **columns):
        return [0.0 if value is None else value for value in values]


def broken(reward, **options):
    return {one.rule: one for one in lint(OwnReward("own", reward), task="svg", **options)}


def test_an_honest_reward_keeps_every_rule():
    assert broken(Honest(), examples=2) == {}


@pytest.mark.parametrize("rule", RULES)
def test_each_flaw_is_found_by_its_rule(rule):
    found = broken(Flawed(rule), rules=[rule], examples=3)
    assert set(found) == {rule}
    # a search that stops at the first example would name longer ones
    if found[rule].example.startswith("svg of"):
        assert found[rule].example.startswith("svg of 10, 10, 10;")


def test_a_shipped_reward_is_linted_where_it_applies():
    assert lint("teds", task="svg", examples=1) == []
    with pytest.raises(UsageError, match="no reward"):
        lint("nobody")


def test_attempts_get_worse_and_junk_draws_nothing():
    batch = made("svg", (10, 20, 30), (0,), (0, 2), "no source")
    assert len(batch.attempts) == len(batch.names)
    shapes = [attempt.source.count("<circle") for attempt in batch.attempts[:3]]
    assert shapes == [3, 2, 1]
    assert batch.attempts[3].source == NOTHING["svg"]
    assert {attempt.picture for attempt in batch.attempts[4:]} == {None}
    assert batch.words == "svg of 10, 20, 30; wrong are elements 1, then 1, 3"


def test_our_reward_keeps_its_rules_on_drawings():
    assert lint("visual", task="svg", examples=1) == []
