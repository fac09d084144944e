"""Both modes on cases worked by hand."""

import pytest

from visual_erm.bench.matching import Match, Matching
from visual_erm.bench.scores import Item, report
from visual_erm.types import Discrepancy


def errors(*severities, category="data_error"):
    return tuple(Discrepancy(category=category, severity=level) for level in severities)


def item(truth, found, matching, *, id="a", task="chart"):
    return Item(id, task, truth, found, matching)


def test_official_hard_f1_leaves_partial_matches_out_of_every_term():
    # 1 yes, 1 partial, 1 spurious, 0 missed: P = 1/2, R = 1, F1 = 2/3
    matching = Matching((Match(0, 0, "yes"), Match(1, 1, "partial")), spurious=(2,))
    made = report([item(errors(1, 2), errors(1, 2, 3), matching)], "official").overall
    assert made.f1_hard == pytest.approx(2 / 3)
    # soft: hits 1.5, P = 1.5/2.5, R = 1.5/1.5, F1 = 0.75
    assert made.f1_soft == pytest.approx(0.75)


def test_strict_counts_a_partial_match_as_half_a_hit_and_a_whole_error():
    matching = Matching((Match(0, 0, "yes"), Match(1, 1, "partial")), spurious=(2,))
    made = report([item(errors(1, 2), errors(1, 2, 3), matching)], "strict").overall
    # found 3, true 2: hard 2 * 1 / 5, soft 2 * 1.5 / 5
    assert made.f1_hard == pytest.approx(0.4)
    assert made.f1_soft == pytest.approx(0.6)


def test_official_believes_the_matchers_lists_and_strict_the_complement():
    # the matcher names one spurious error and forgets another, and names no missed one
    matching = Matching((Match(0, 0, "yes"),), spurious=(1,))
    only = item(errors(1, 1), errors(1, 1, 1), matching)
    official, strict = (report([only], mode).overall for mode in ("official", "strict"))
    assert (official.counts.spurious, official.counts.missed) == (1, 1)
    assert (strict.counts.spurious, strict.counts.missed) == (2, 1)


def test_strict_wants_one_category():
    truth, found = errors(2), errors(2, category="style_error")
    only = item(truth, found, Matching((Match(0, 0, "yes"),)))
    assert report([only], "official").overall.f1_hard == 1
    assert report([only], "strict").overall.f1_hard == 0


def test_nothing_against_nothing_is_one():
    for mode in ("official", "strict"):
        assert report([item((), (), Matching())], mode).overall.f1_hard == 1


def test_an_unread_reply_is_an_empty_list_officially_and_unscored_strictly():
    items = [
        item(errors(3), None, None),
        item(errors(1), errors(1), Matching((Match(0, 0, "yes"),))),
    ]
    official, strict = (report(items, mode) for mode in ("official", "strict"))
    assert (official.overall.n, official.overall.counts.missed) == (2, 1)
    assert (strict.overall.n, strict.overall.counts.missed) == (1, 0)
    assert official.unread == strict.unread == 1


def test_a_failed_matching_is_left_out_and_counted():
    made = report([item(errors(1), errors(1), None)], "official")
    assert (made.overall.n, made.unmatched, made.items) == (0, 1, 1)


def test_categories_that_the_task_does_not_have_are_dropped():
    found = errors(3, category="other_error") + errors(1)
    made = report([item(errors(1), found, Matching((Match(0, 0, "yes"),)))], "strict").overall
    assert (made.f1_hard, made.counts.spurious) == (1, 0)


def test_severity_is_correlated_over_items():
    items = [
        item(errors(*[1] * true), errors(*[1] * said), Matching(), id=str(true))
        for true, said in ((1, 2), (2, 4), (3, 6))
    ]
    assert report(items, "official").overall.severity == pytest.approx(1)
    assert report(items[:1], "official").overall.severity is None
    assert report([items[0], items[0]], "official").overall.severity is None


def test_categories_and_tasks_are_told_apart():
    truth = errors(1) + errors(2, category="style_error")
    matching = Matching((Match(0, 0, "yes"),), missed=(1,))
    made = report([item(truth, errors(1), matching)], "official")
    of_chart = made.categories["chart"]
    assert (of_chart["data_error"].f1_hard, of_chart["style_error"].f1_hard) == (1, 0)
    assert list(made.tasks) == ["chart"]
    assert made.row()["tasks"]["chart"]["yes"] == 1
