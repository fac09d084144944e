"""Kinds of marks and of their differences, on masks that are drawn by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from visual_erm.judges.chart.kinds import guide, kind, thinner
from visual_erm.judges.chart.points import other_size

ALONG = [(20 + 9 * k, 100 + round(60 * np.sin(k / 4))) for k in range(28)]


def drawn(draw):
    ink = np.zeros((200, 300), np.uint8)
    draw(ink)
    return ink > 0


def points(radius, step=2):
    return drawn(lambda ink: [cv2.circle(ink, p, radius, 1, -1) for p in ALONG[::step]])


def line(width):
    return drawn(lambda ink: cv2.polylines(ink, [np.array(ALONG)], False, 1, width))


def bars(width, height=0):
    return drawn(
        lambda ink: [
            cv2.rectangle(ink, (x - width, 60 + x // 4 - height), (x + width, 190), 1, -1)
            for x in range(40, 300, 60)
        ]
    )


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (line(2), "lines"),
        (line(7), "lines"),
        (points(4), "points"),
        (points(5, step=1), "points"),
        (bars(20), "filled"),
    ],
)
def test_kinds_of_marks(mask, expected):
    assert kind(mask) == expected


def test_a_line_that_marks_a_value_runs_level_or_upright_all_the_way():
    level = drawn(lambda ink: cv2.line(ink, (0, 50), (299, 50), 1, 2))
    dashes = level & (np.arange(300) % 10 < 6)
    assert guide(level)
    assert guide(dashes)
    assert not guide(level & (np.arange(300) < 150))
    assert not guide(line(2))


def test_bars_are_thinner_only_where_they_are_as_long():
    assert thinner(bars(20), bars(12)) == "thinner"
    assert thinner(bars(12), bars(20)) == "thicker"
    assert thinner(bars(20), bars(20, 15)) == ""
    assert thinner(bars(20), bars(12, -15)) == ""


@pytest.mark.parametrize("step", [1, 2])
def test_points_are_larger_whether_they_overlap_or_not(step):
    assert other_size(points(4, step), points(7, step)) == "larger"
    assert other_size(points(7, step), points(4, step)) == "smaller"
    assert other_size(points(4, step), points(4, step)) == ""
    assert other_size(points(4, 2), points(4, 1)) == ""
