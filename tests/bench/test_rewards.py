"""Rewards behind one function: shipped ones and a user's own."""

import math

import numpy as np
import pytest

from visual_erm.bench.rewards import SHIPPED, Attempt, make_reward
from visual_erm.errors import UsageError

REFERENCE = np.full((40, 40, 3), 255, np.uint8)
REFERENCE[10:20, 5:30] = (200, 30, 30)
OTHER = np.zeros((40, 40, 3), np.uint8)


def attempt(picture=REFERENCE, source="<svg/>", completion="text", value=0.5):
    return Attempt("svg", REFERENCE, "<svg/>", completion, source, picture, value)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_reward_pays_the_reference_most_and_nothing_least(name):
    reward = make_reward(name)
    if not reward.applies("svg"):
        assert reward.applies("table") or reward.applies("chart")
        return
    best, other, nothing = reward.score(
        [
            attempt(value=1.0),
            attempt(OTHER, "<svg viewBox='0 0 1 1'/>"),
            attempt(None, None, value=0.0),
        ]
    )
    assert best > other >= nothing == reward.low
    assert best <= reward.high


def test_a_picture_without_a_source_has_no_value_by_source():
    assert make_reward("edit").score([attempt(completion=None, source=None)]) == [None]


def own(completions, *, task, picture, **more):
    return [math.nan if p is None else float(p.mean()) for p in picture]


def short(completions, **more):
    return []


def test_a_reward_of_ones_own_has_the_signature_of_trl():
    reward = make_reward(f"{__name__}:own")
    assert reward.score([attempt(), attempt(None)]) == [REFERENCE.mean(), None]
    with pytest.raises(UsageError, match="0 values for 1"):
        make_reward(f"{__name__}:short").score([attempt()])


@pytest.mark.parametrize("name", ["nothing", "no.such.module:f", f"{__name__}:nothing"])
def test_an_unknown_reward_is_said_to_be_so(name):
    with pytest.raises(UsageError, match="no"):
        make_reward(name)
