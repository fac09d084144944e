"""Attacks: what they make, and that ours withstands those by source at one drawing."""

import ast
import random

import numpy as np
import pytest

from visual_erm.bench.hacks import ATTACKS, cases, run, summary
from visual_erm.bench.hacks.suite import wilson
from visual_erm.bench.rewards import make_reward


@pytest.fixture(scope="module")
def references():
    return {task: cases(task)[0] for task in ("chart", "table", "svg")}


def test_there_are_more_than_forty_attacks_at_both_levels():
    assert len(ATTACKS) >= 40
    for task in ("chart", "table", "svg"):
        of_task = [attack for attack in ATTACKS.values() if task in attack.tasks]
        assert {attack.level for attack in of_task} == {"source", "picture"}
        assert len(of_task) >= 30


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_makes_something_else_than_the_reference(name, references):
    attack = ATTACKS[name]
    assert attack.says.endswith(".")
    for task in attack.tasks:
        case = references[task]
        if attack.paint is not None:
            picture = attack.paint(case, random.Random(0))
            assert picture.dtype == np.uint8
            assert picture.ndim == 3
            assert not np.array_equal(picture, case.reference)
            continue
        reply = attack.write(case, random.Random(0))
        assert reply != case.source
        if task == "chart" and reply and attack.write.__module__.endswith("charts"):
            ast.parse(reply.removeprefix("```python\n").removesuffix("\n```"))


def test_no_attack_by_source_pays_at_a_drawing(references):
    rewards = [make_reward(name) for name in ("visual", "ssim", "edit")]
    results = run([references["svg"]], rewards)
    paid = [
        (result.attack, result.value, result.honest)
        for result in results
        if result.reward == "visual" and result.level == "source" and result.success
    ]
    assert paid == []
    rates = summary(results)
    assert rates["source", "visual"].n == sum(
        result.reward == "visual" and result.level == "source" for result in results
    )
    assert ("picture", "edit") not in rates


def test_an_interval_holds_the_share():
    rate = wilson([1.0, 0.0, 0.5, 0.0])
    assert rate.low < rate.rate == 0.375 < rate.high
    assert wilson([1.0] * 5).high == 1.0
