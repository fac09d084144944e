"""One-to-one matching by place, words and category."""

import pytest

from visual_erm.bench.matching import Match, Matcher
from visual_erm.types import Discrepancy


def error(category="data_error", words="", place="", box=None, box2=None, severity=2):
    return Discrepancy(
        category=category,
        severity=severity,
        location=place,
        description=words,
        bbox=box,
        bbox_prediction=box2,
    )


def levels(truth, found, matcher=None):
    matching = (matcher or Matcher())(truth, found)
    return [(match.truth, match.found, match.level) for match in matching.matches]


def test_boxes_decide_where_both_have_one():
    truth = [error(box=(0, 0, 10, 10), words="bar is too high")]
    assert levels(truth, [error(box=(2, 2, 12, 12), words="something else")]) == [(0, 0, "yes")]
    assert levels(truth, [error(box=(50, 50, 60, 60), words="bar is too high")]) == []


def test_a_small_box_in_the_middle_of_a_large_one_is_its_place():
    truth = [error(box=(40, 40, 44, 44))]
    assert levels(truth, [error(box=(0, 0, 100, 100))]) == [(0, 0, "yes")]
    assert levels(truth, [error(box=(44, 0, 100, 100))]) == []
    assert levels(truth, [error(box=(0, 0, 100, 100))], Matcher(middle=False)) == []


def test_boxes_in_the_prediction_count_as_well():
    assert levels([error(box2=(0, 0, 9, 9))], [error(box2=(1, 1, 9, 9))]) == [(0, 0, "yes")]


def test_without_boxes_words_decide():
    truth = [error("text_error", "the title is missing", "title")]
    assert levels(truth, [error("text_error", "title is missing")]) == [(0, 0, "yes")]
    assert levels(truth, [error("text_error", "wrong marker for Wheat", "line 3")]) == []


def test_another_category_is_a_partial_match():
    truth = [error("data_error", box=(0, 0, 9, 9))]
    assert levels(truth, [error("style_error", box=(0, 0, 9, 9))]) == [(0, 0, "partial")]


def test_the_assignment_is_the_best_of_all_and_not_the_first():
    truth = [error(box=(0, 0, 10, 10)), error(box=(4, 0, 14, 10))]
    found = [error(box=(4, 0, 14, 10)), error(box=(9, 0, 19, 10))]
    assert levels(truth, found) == [(0, 0, "yes"), (1, 1, "yes")]


def test_two_partial_matches_do_not_take_the_place_of_one():
    truth = [error("data_error", box=(0, 0, 20, 9)), error("style_error", box=(18, 0, 38, 9))]
    found = [error("data_error", box=(9, 0, 29, 9)), error("text_error", box=(0, 0, 9, 9))]
    assert levels(truth, found) == [(0, 0, "yes")]


def test_what_is_left_over_is_named():
    matching = Matcher()([error(box=(0, 0, 9, 9)), error(box=(50, 50, 59, 59))], [])
    assert (matching.matches, matching.missed, matching.spurious) == ((), (0, 1), ())


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_list_against_itself_matches_wholly(count):
    errors = [error(box=(20 * at, 0, 20 * at + 9, 9)) for at in range(count)]
    matching = Matcher()(errors, errors)
    assert matching.matches == tuple(Match(at, at, "yes") for at in range(count))
    assert (matching.missed, matching.spurious) == ((), ())


def test_thresholds_are_parameters():
    truth, found = [error(box=(0, 0, 10, 10))], [error(box=(6, 0, 16, 10))]
    assert levels(truth, found, Matcher(overlap=0.2)) == [(0, 0, "yes")]
    assert levels(truth, found, Matcher(overlap=0.3)) == []
