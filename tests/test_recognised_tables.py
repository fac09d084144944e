"""Figures of `benchmarks.recognised_tables`, worked by hand."""

import pytest

pytest.importorskip("scipy")

from benchmarks.recognised_tables import figures
from benchmarks.recognised_tables.figures import Scored
from visual_erm.types import Discrepancy

SIZE = (100, 100)


def error(box, severity=1, category="text_error"):
    return Discrepancy(category=category, severity=severity, description="x", bbox=box)


def item(reference, truth=(), found=(), value=0.0):
    sizes = (SIZE, SIZE)
    return Scored(
        reference, "slanet", "clean", tuple(truth), tuple(found), sizes, {"visual": value}
    )


def test_hits_are_of_one_place_and_category():
    truth = [error((0, 0, 10, 10)), error((50, 50, 60, 60))]
    same = error((1, 1, 10, 10))
    assert figures.hits(item("a", truth, [same])) == 1
    assert figures.hits(item("a", truth, [same, same])) == 1
    assert figures.hits(item("a", truth, [error((1, 1, 10, 10), 1, "layout_error")])) == 0


def test_boxes_over_most_of_the_picture_are_no_hits():
    whole = error((0, 0, 100, 100))
    assert figures.hits(item("a", [whole], [whole])) == 0
    assert figures.small((0, 0, 100, 60), SIZE)
    assert not figures.small((0, 0, 100, 61), SIZE)


def test_errors_are_counted_over_wrong_tables_and_alarms_over_right_ones():
    one = error((0, 0, 10, 10))
    items = [item("a", [one], [one]), item("b", [one]), item("b", (), [one, one])]
    found = figures.errors(items)
    assert found["precision"].value == 1
    assert found["recall"].value == 0.5
    assert found["F1"].value == pytest.approx(2 / 3)
    assert found["errors on a table without any"].value == 2


def test_ranks_and_pairs_in_order():
    wrong = [error((0, 0, 10, 10), 3)]
    items = [item("a", [], value=0.9), item("a", wrong, value=0.5), item("b", wrong * 2, value=0.1)]

    def lost(one):
        return -one.rewards["visual"]

    assert figures.rank(items, lost).value == 1
    assert figures.in_order(items, lost).value == 1
    assert figures.in_order(items, lost).n == 1
    assert figures.rank(items[:1], lost).value is None
