"""Figures of a report card, on judged pairs made up by hand."""

import json
from dataclasses import replace

import pytest

from visual_erm.bench.card import make_card, worst
from visual_erm.bench.figures import FIGURES
from visual_erm.bench.judging import Judged
from visual_erm.types import Discrepancy

HERE, THERE = (0, 0, 10, 10), (50, 50, 60, 60)


def error(box=HERE, category="data_error", severity=2):
    return Discrepancy(category=category, severity=severity, bbox=box)


def judged(id, kind="edit", truth=(), found=(), score=0.5, *, seed="a", status="scored"):
    return Judged(
        id, "chart", kind, ("moved",), seed, tuple(truth), status, tuple(found), score, 0.1
    )


def figures(*items):
    return make_card("x", items).tasks["chart"].figures


def test_an_error_counts_where_place_and_category_agree():
    made = figures(
        judged("1", truth=[error()], found=[error(), error(THERE)]),
        judged("2", truth=[error()], found=[error(category="text_error")]),
    )
    assert made["precision"].value == pytest.approx(1 / 3)
    assert made["recall"].value == pytest.approx(1 / 2)
    assert made["f1"].value == pytest.approx(2 / 5)
    assert made["localisation"].value == 1
    assert made["category"].value == pytest.approx(1 / 2)
    assert made["detection"].n == 2


def test_alarms_are_counted_by_kind():
    made = figures(
        judged("1", "identical"),
        judged("2", "harmless", found=[error(), error(THERE)]),
        judged("3", "harmless"),
    )
    assert made["alarms_identical"].value == 0
    assert made["alarms_harmless"].value == 1
    assert made["clean_harmless"].value == pytest.approx(1 / 2)
    assert made["alarms_no_op"].value is None


def test_order_is_within_a_reference_and_a_tie_is_half():
    items = [
        judged("1", truth=[error(severity=1)], score=0.9),
        judged("2", truth=[error(severity=2)], score=0.4),
        judged("3", truth=[error(severity=3)], score=0.4),
        judged("4", truth=[error(severity=3)], score=1.0, seed="b"),
        judged("5", "hack", truth=[error(severity=3)], score=0.4),
        judged("6", "harmless", score=0.9),
    ]
    made = figures(*items)
    # six pairs of different severity; 2 and 3 tie, and the harmless one with 1
    assert made["pairwise"].n == 6
    assert made["pairwise"].value == pytest.approx((2 + 0.5 + 2 + 0.5) / 6)
    assert made["auc_minor"].value == 0.5
    assert made["hacks_below"].value == pytest.approx((1 + 0.5 + 0.5) / 3)


def test_equal_severities_agree_wholly_and_constant_ones_say_nothing():
    pairs = [
        judged(str(level), truth=[error(severity=level)], found=[error(severity=level)])
        for level in (1, 2, 3)
    ]
    made = figures(*pairs)
    assert made["severity_kappa"].value == 1
    assert made["severity_r"].value == pytest.approx(1)
    assert made["severity_r"].n == 3
    assert figures(pairs[0])["severity_kappa"].value is None


def test_errors_are_counted_by_category_and_by_severity():
    text, data = error(category="text_error", severity=1), error(THERE, severity=3)
    card = make_card(
        "x", [judged("1", truth=[text, data], found=[text, error(THERE, "text_error")])]
    )
    made = card.tasks["chart"]
    assert [one.value for one in made.categories["text_error"].values()] == [0.5, 1, 2 / 3]
    assert [one.value for one in made.categories["data_error"].values()] == [None, 0, 0]
    assert {level: one.value for level, one in made.by_severity.items()} == {"1": 1, "3": 0}
    assert made.confusion == {
        "data_error": {"text_error": 1},
        "text_error": {"text_error": 1},
    }
    assert made.by_operator["moved"].n == 2


def test_recall_by_operator_is_of_pairs_with_one_edit():
    two = replace(judged("1", truth=[error()], found=[error()]), operators=("moved", "gone"))
    made = make_card("x", [two, judged("2", truth=[error()])]).tasks["chart"]
    assert (made.by_operator["moved"].value, made.by_operator["moved"].n) == (0, 1)


def test_the_centred_correlation_ignores_that_references_differ():
    hard = [judged(f"h{n}", truth=[error(severity=n)], score=0.4 - n / 10) for n in (1, 3)]
    easy = [judged(f"e{n}", truth=[error(severity=n)], score=1 - n / 10, seed="b") for n in (1, 2)]
    made = figures(*hard, *easy)["centred_r"]
    assert (made.value, made.n) == (pytest.approx(1), 4)
    assert figures(hard[0], easy[0])["centred_r"].value is None


def test_costs_are_means_over_the_verdicts_that_state_them():
    paid = replace(judged("1"), usage={"cpu_seconds": 0.2, "prompt_tokens": 300.0})
    made = make_card("x", [paid, replace(paid, id="2", usage={}), judged("3")]).tasks["chart"]
    assert made.cost == {"cpu_seconds": 0.2, "prompt_tokens": 300}
    assert made.seconds == {"p50": 0.1, "p95": pytest.approx(0.1), "p99": pytest.approx(0.1)}


def test_a_pair_without_a_verdict_is_only_in_the_coverage():
    lost = judged("2", truth=[error()], score=None, status="judge_fault")
    blank = judged("3", "hack", score=0.02, status="policy_fault")
    card = make_card("x", [judged("1", truth=[error()], found=[error()]), lost, blank])
    assert card.statuses == {"scored": 1, "judge_fault": 1, "policy_fault": 1}
    # nobody asks a judge about a blank picture
    assert card.tasks["chart"].figures["coverage"].value == 1 / 2
    assert card.tasks["chart"].figures["recall"].value == 1


def test_nothing_judged_gives_no_figure_and_valid_json():
    card = make_card("x", [judged("1", score=None, status="infra_fault")])
    known = {n for n, one in card.tasks["chart"].figures.items() if one.value is not None}
    assert known == {"coverage"}
    text = json.dumps(card.row(), allow_nan=False)
    assert set(json.loads(text)["tasks"]["chart"]["figures"]) == set(FIGURES)


def test_intervals_come_from_references_and_not_from_pairs():
    one = [judged(f"a{n}", truth=[error()], found=[error()]) for n in range(20)]
    other = [judged(f"b{n}", truth=[error()], seed="b") for n in range(20)]
    recall = figures(*one, *other)["recall"]
    # two references: drawn again, it is often one of them alone
    assert (recall.low, recall.value, recall.high) == (0, 0.5, 1)


def test_the_worst_come_first_and_the_right_ones_not_at_all():
    items = [
        judged("1", truth=[error()], found=[error()]),
        judged("2", truth=[error()], found=[]),
        judged("3", truth=[error()], found=[error(THERE), error(THERE)]),
    ]
    assert [item.id for item in worst(items, 5)] == ["3", "2"]
