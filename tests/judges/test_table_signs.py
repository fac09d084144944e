"""Signs counted in the ink, and cells that wide spaces tore."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from visual_erm.judges.ocr import Reader
from visual_erm.judges.table import besides, differ, look, see, signs
from visual_erm.judges.table.match import items, match
from visual_erm.judges.table.rules import Comparison
from visual_erm.renderers import render

READER = Reader()


@cache
def scene(rows, style=""):
    cells = (f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    page = f"<style>td {{ {style} }}</style><table>{''.join(cells)}</table>"
    return see(render(page, task="table").image, READER)


def cell(text):
    (found,) = (c for c in scene((("Score", "Place"), (text, "Oslo"))).cells if c.place.row == 1
                and c.place.first == 0)  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("73.5", "735", True),
        ("11.42", "1.42", True),
        ("$11,377", "$1,377", True),
        ("73.5", "73.8", False),
        ("7%", "7%", False),
    ],
)
def test_texts_of_other_lengths(one, other, differ):
    assert signs.other_lengths([cell(one)], [cell(other)]) is differ


def test_what_touches_or_is_stacked_is_one_piece():
    line = np.full((12, 30), 255, np.uint8)
    line[4:12, 2:5] = line[1:3, 2:5] = 0
    line[2:12, 8:12] = line[6:8, 12:18] = 0
    line[10:12, 22:24] = 150
    assert signs.pieces(line, 70) == 3
    assert signs.pieces(line, 150) == 2


def test_lost_points_and_digits_are_told_in_small_type():
    rows = (("Rank", "Score"), ("11.42", "73.5"), ("8.0", "12.6"), ("14.62", "56.8"))
    wrong = (("Rank", "Score"), ("1.42", "735"), ("8.0", "126"), ("14.62", "56.8"))
    small = "font: 11px sans-serif; padding: 3px 6px"
    errors = differ(scene(rows, small), scene(wrong))
    assert sorted((e.category, e.severity) for e in errors) == [("numeric_error", 3)] * 3


SPREADS = (
    ("Method", "Year", "Dice (%)", "IoU (%)"),
    ("U-Net", "2015", "81.37 &nbsp;±&nbsp; 0.62", "9.83 &nbsp;±&nbsp; 1.24"),
    ("nnU-Net", "2021", "85.91 &nbsp;±&nbsp; 0.31", "6.04 &nbsp;±&nbsp; 0.55"),
    ("MedNeXt", "2023", "86.44 &nbsp;±&nbsp; 0.28", "5.38 &nbsp;±&nbsp; 0.49"),
)


def test_a_value_and_its_spread_are_one_cell():
    wide = scene(SPREADS, "word-spacing: 4px; padding: 4px 20px")
    assert len(wide.grid.columns) == 4
    assert {len(row) for row in wide.rows} == {4}
    near = scene(tuple(tuple(c.replace("&nbsp;", "") for c in row) for row in SPREADS))
    assert differ(wide, near) == []


def test_all_columns_in_one_are_one_error():
    joined = tuple((" ".join(row),) for row in SPREADS)
    (error,) = differ(scene(SPREADS, "padding: 4px 20px"), scene(joined))
    assert (error.category, error.severity) == ("layout_error", 3)
    assert "4 columns stand in one" in error.description


TOWNS = (
    ("Town", "Founded", "People", "Area"),
    ("Oslo", "1040", "709037", "454.1"),
    ("Bergen", "1070", "291940", "465.3"),
    ("Tromso", "1794", "77992", "2521.3"),
    ("Bodo", "1816", "53259", "1394.7"),
)


def test_a_table_whose_words_are_misread_is_told_cell_by_cell():
    garbled = (*TOWNS[:1], *((a, f"{b}7", f"8{c}", f"{d}31") for a, b, c, d in TOWNS[1:]))
    errors = differ(scene(TOWNS), scene(garbled))
    assert all(error.location != "whole table" for error in errors)
    assert len(errors) > 5


def test_another_table_is_farther_than_any_list():
    other = (("Alloy", "Load"), ("Zirconium", "88 kN"), ("Hafnium", "3.2 kN"), ("Tin", "17 kN"))
    pair = scene(TOWNS), scene(other)
    assert besides(*pair, differ(*pair))["another"] == 1.0
    near = scene(TOWNS), scene(TOWNS[:-1])
    assert besides(*near, differ(*near))["another"] == 0.0


def test_spaces_are_told_where_no_other_cell_has_any():
    rows = (("Date", "Days marched"), ("Oct18", "6"), ("Nov09", "12"), ("Dec01", "5"))
    wrong = (("Date", "Daysmarched"), *rows[1:])
    (error,) = differ(scene(rows), scene(wrong))
    assert "run together" in error.description


SMALL = "font: 10px sans-serif; padding: 3px 6px"


def names(text):
    return (("Name", "Use"), (text, "Oslo"), ("Bergen", "plain"), ("Tromso", "words"))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("assertRaises()", "assertRaises0"), ('"malloc"', "\"malloc'"), ("Copyright", "'Copyright")],
)
def test_signs_that_are_read_for_each_other_are_told_where_the_reader_is_sure(was, becomes):
    (error,) = differ(scene(names(was), SMALL), scene(names(becomes)))
    assert was in error.description
    assert becomes in error.description


def test_what_only_the_larger_type_shows_is_no_difference():
    text = "Series.sort_index(level=...)"
    assert differ(scene(names(text), SMALL), scene(names(text))) == []


@pytest.mark.parametrize(
    ("one", "other", "left_out"),
    [
        ("column", "olumn", False),
        ("olumn", "column", True),
        ("copy", "copy.", False),
        ("8.5", "-8.5", False),
    ],
)
def test_signs_are_left_out_of_small_type_and_not_made_up(one, other, left_out):
    small, large = scene(names(one), SMALL), scene(names(other))
    found = Comparison(*match(small, large))
    a, b = (items(side, [1])[0] for side in (small, large))
    assert found.left_out(a, b) is left_out
    same = Comparison(*match(large, large))
    assert not same.left_out(a, b)


def strokes(*begins: float) -> NDArray[np.uint8]:
    """Upright strokes of two pixels, smoothed where they begin between two pixels."""
    line = np.full((12, 60), 255.0)
    for begin in begins:
        whole, part = int(begin), begin % 1
        line[:, whole] -= 255 * (1 - part)
        line[:, whole + 1] -= 255
        line[:, whole + 2] -= 255 * part
    return line.astype(np.uint8)


def test_a_letter_half_a_pixel_on_is_no_other_sign():
    usual = strokes(4, 12, 20, 28, 36, 44, 52)
    assert not look._in_one_place(usual, strokes(4, 12, 20, 28.5, 36, 44, 52))
    other = strokes(4, 12, 20, 28, 36, 44, 52)
    other[5:7, 27:33] = 0
    assert look._in_one_place(usual, other)
