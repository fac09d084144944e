"""Tables drawn with Pillow, so that the judge is tested without any renderer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.judges.ocr import Reader
from visual_erm.judges.table import cells_lost, differ, ink, see
from visual_erm.renderers import render
from visual_erm.rewards.shaping import Graded, Outcome

ROWS = (
    ("Country", "Capital", "Area", "Growth"),
    ("France", "Paris", "543.9", "1.2%"),
    ("Spain", "Madrid", "505.9", "-0.8%"),
    ("Norway", "Oslo", "385.2", "2.4%"),
    ("Poland", "Warsaw", "312.6", "3.1%"),
    ("Greece", "Athens", "131.9", "0.7%"),
)
READER = Reader()


def draw(rows=ROWS, *, ruled=True, size=16, font="DejaVu Sans", widths=120, head=None):
    """A picture of rows of texts."""
    face = ImageFont.truetype(font_manager.findfont(font), size)
    step = round(size * 1.9)
    columns = max(len(row) for row in rows)
    page = PILImage.new("RGB", (columns * widths + 20, len(rows) * step + 20), "white")
    pen = ImageDraw.Draw(page)
    if head:
        pen.rectangle((10, 10, 10 + columns * widths, 10 + step), fill=head)
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            colour = "white" if head and i == 0 else "black"
            pen.text((10 + j * widths + 10, 10 + i * step + size * 0.35), text, colour, font=face)
    if ruled:
        for i in range(len(rows) + 1):
            pen.line((10, 10 + i * step, 10 + columns * widths, 10 + i * step), "black")
        for j in range(columns + 1):
            pen.line((10 + j * widths, 10, 10 + j * widths, 10 + len(rows) * step), "black")
    return np.asarray(page)


@cache
def reference(ruled=True):
    return see(draw(ruled=ruled), READER)


def judged(rows, **looks):
    scene = reference(looks.get("ruled", True))
    return differ(scene, see(draw(rows, **looks), READER, like=scene))


def edited(row, column, text):
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = text
    return rows


def test_reads_every_cell():
    scene = reference()
    assert [tuple(cell.text for cell in row) for row in scene.rows] == [tuple(r) for r in ROWS]
    assert scene.heads == 1
    assert len(scene.grid.columns) == 4


@pytest.mark.parametrize("align", ["left", "right"])
def test_a_cell_without_rules_reaches_to_its_neighbours(align):
    def placed(text):
        return text if align == "left" else text.rjust(9)

    rows = [[placed(text) for text in row] for row in ROWS]
    scene = see(draw(rows, ruled=False, widths=200, font="DejaVu Sans Mono"), READER)
    for row in scene.rows:
        for one, two in pairwise(row):
            assert two.box[0] >= two.area[0] >= one.area[2] >= one.box[2]
        assert min(cell.area[2] - cell.area[0] for cell in row[1:-1]) > 150


def test_borders_of_small_cells_are_no_letters():
    page = np.full((150, 260, 3), 255, np.uint8)
    for row, column in np.ndindex(6, 5):
        y, x = 8 + 23 * row, 8 + 49 * column
        page[y, x : x + 44] = page[y : y + 19, x] = 60
        page[y + 6 : y + 14, x + 8 : x + 12] = 0
    assert ink.find(page).height == 8


def test_identical_pictures_have_no_difference():
    assert judged(ROWS) == []


@pytest.mark.parametrize(
    "looks",
    [
        {"ruled": False},
        {"font": "DejaVu Serif"},
        {"size": 22, "widths": 170},
        {"head": "#203040"},
        {"widths": 160, "ruled": False},
    ],
    ids=["no rules", "serif", "larger", "dark header", "wider"],
)
def test_looks_are_no_errors(looks):
    scene = reference()
    assert differ(scene, see(draw(**looks), READER, like=scene)) == []


@pytest.mark.parametrize(
    ("place", "text", "category", "severity"),
    [
        ((2, 3), "0.8%", "numeric_error", 3),
        ((1, 2), "543.8", "numeric_error", 1),
        ((1, 2), "54.39", "numeric_error", 3),
        ((3, 2), "335.2", "numeric_error", 2),
        ((4, 1), "Warswa", "text_error", 1),
        ((1, 2), "543,9", "numeric_error", 2),
        ((3, 1), "Bergen", "text_error", 2),
        ((3, 2), "", "numeric_error", 2),
        ((5, 0), "", "text_error", 3),
    ],
)
@pytest.mark.parametrize("ruled", [True, False])
def test_changed_cell(place, text, category, severity, ruled):
    found = judged(edited(*place, text), ruled=ruled)
    assert [(e.category, e.severity) for e in found] == [(category, severity)]
    x0, y0, x1, y1 = found[0].bbox
    step = round(16 * 1.9)
    assert 10 + place[1] * 120 <= x0 < x1 <= 10 + (place[1] + 1) * 120
    assert 10 + place[0] * step <= y0 < y1 <= 10 + (place[0] + 1) * step


def test_location_names_row_and_column():
    (error,) = judged(edited(2, 3, "0.8%"))
    assert error.location == 'row 2, column "Growth"'
    assert error.description == '"-0.8%" became "0.8%"'


@pytest.mark.parametrize("ruled", [True, False])
@pytest.mark.parametrize(
    ("rows", "severity", "words"),
    [
        (ROWS[:3] + ROWS[4:], 3, "missing"),
        (ROWS[:4], 3, "2 rows are missing"),
        (ROWS[:3] + ROWS[2:], 2, "repeated"),
        ((ROWS[0], *ROWS[2:], ROWS[1]), 2, "another place"),
        (tuple(row[:2] + row[3:] for row in ROWS), 3, "missing"),
        (tuple((row[0], row[2], row[1], row[3]) for row in ROWS), 2, "changed places"),
        (tuple((*row, row[3]) for row in ROWS), 2, "twice"),
        (tuple((*row[:2], "", *row[2:]) for row in ROWS), 1, "empty column"),
        ((*ROWS[:2], (*ROWS[2][:2], "", ""), ("", "", *ROWS[2][2:]), *ROWS[3:]), 3, "broken"),
        (tuple(zip(*ROWS, strict=True)), 3, "changed roles"),
    ],
    ids=[
        *("dropped", "cut", "repeated", "moved", "column dropped", "swapped", "column repeated"),
        *("column empty", "row broken", "transposed"),
    ],
)
def test_one_cause_is_one_layout_error(rows, severity, words, ruled):
    found = judged(rows, ruled=ruled)
    assert [(e.category, e.severity) for e in found] == [("layout_error", severity)]
    assert words in found[0].description


def test_swapped_headers_over_the_same_cells():
    head = ("Country", "Area", "Capital", "Growth")
    (error,) = judged((head, *ROWS[1:]))
    assert (error.category, error.severity) == ("text_error", 3)
    assert "exchanged" in error.description


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        (ROWS, 0),
        (edited(2, 2, "905.5"), 0),
        (ROWS[:3] + ROWS[4:], 3),
        ([row[:3] for row in ROWS], 5),
        ((*ROWS[:4], ("Chile", "Santiago", "756.1", "9.9%"), *ROWS[4:]), 0),
    ],
    ids=["equal", "a cell", "a row", "a column", "a row too many"],
)
def test_cells_of_lost_rows_and_columns_are_counted_beyond_the_first(rows, cells):
    assert sum(cells_lost(reference(), judged(rows))) == cells


def test_leaving_a_row_out_pays_no_more_than_getting_two_of_its_cells_wrong():
    judge = EmbeddedJudge()
    wrong = [list(row) for row in ROWS]
    wrong[3][2], wrong[3][3] = "852.3", "4.2%"
    paid = []
    for rows in (wrong, ROWS[:3] + ROWS[4:]):
        verdict = judge.compare(draw(), draw(rows), "table")
        severities = tuple(error.severity for error in verdict.errors)
        paid.append(Graded()([Outcome("table", severities, distance=verdict.distance)])[0])
    assert paid[0] >= paid[1]


def test_changed_column_is_one_error():
    rows = [list(row) for row in ROWS]
    for row, number in zip(rows[1:], ("871.4", "262.7", "749.3", "488.1", "977.5"), strict=True):
        row[2] = number
    (error,) = judged(rows)
    assert (error.category, error.severity) == ("numeric_error", 3)
    assert error.location == 'column "Area"'
    for before, now in zip(ROWS[1:], rows[1:], strict=True):
        assert f'"{before[2]}" became "{now[2]}"' in error.description


@pytest.mark.parametrize(
    ("numbers", "severity", "words"),
    [
        (("", "543.9", "505.9", "385.2", "312.6"), 3, "one row too low"),
        (("5439", "5059", "3852", "3126", "1319"), 3, "10 times"),
        (("385.2", "505.9", "543.9", "312.6", "131.9"), 2, '"543.9" and "385.2" changed places'),
    ],
)
def test_numbers_that_are_wrong_in_one_way_are_one_error(numbers, severity, words):
    rows = [ROWS[0], *((*r[:2], n, r[3]) for r, n in zip(ROWS[1:], numbers, strict=True))]
    (error,) = judged(rows)
    assert (error.category, error.severity) == ("numeric_error", severity)
    assert words in error.description


@pytest.mark.parametrize(
    ("place", "words", "category"),
    [((1, 2), "543.9", None), ((2, 2), "5O5.9", "numeric_error"), ((5, 0), "Greecc", "text_error")],
)
def test_signs_of_like_shape_differ_where_one_program_drew_both(place, words, category):
    rows = [list(row) for row in ROWS]
    rows[place[0]][place[1]] = words
    assert [e.category for e in judged(rows)] == ([category] if category else [])


def test_exchanged_names_are_one_error():
    rows = [list(row) for row in ROWS]
    rows[2][0], rows[4][0] = rows[4][0], rows[2][0]
    (error,) = judged(rows)
    assert (error.category, error.severity) == ("text_error", 3)


def test_other_table_and_blank_give_a_few_grave_errors():
    other = [(f"Item {i}", f"{i * 37 % 11}", "yes") for i in range(40)]
    blank = np.full((100, 100, 3), 255, np.uint8)
    for picture in (draw(other), blank):
        found = differ(reference(), see(picture, READER))
        assert 3 <= len(found) <= 6
        assert all(error.severity == 3 for error in found)


def test_blank_pictures_agree():
    blank = see(np.full((100, 100, 3), 255, np.uint8), READER)
    assert differ(blank, blank) == []


def test_errors_stay_within_the_wire_categories():
    found = judged(edited(2, 3, "9"))
    assert found[0] == replace_category(found[0])


def replace_category(error):
    return error.model_copy(update={"category": "numeric_error"})


def test_large_table_is_bounded():
    rows = [tuple(f"{(i * 7 + j * 13) % 997}" for j in range(6)) for i in range(60)]
    scene = see(draw(rows, size=12, widths=60), READER)
    changed = [tuple(f"{int(c) + 111}" for c in row) for row in rows]
    assert len(differ(scene, see(draw(changed, size=12, widths=60), READER, like=scene))) <= 12


def test_scene_is_frozen():
    scene = reference()
    assert replace(scene) == scene
    with pytest.raises(AttributeError):
        scene.height = 3


@pytest.mark.parametrize("ruled", [True, False])
def test_a_lost_cell_with_the_rest_of_its_row_pushed_aside_is_one_error(ruled):
    rows = [list(cells) for cells in ROWS]
    rows[3] = ["Norway", "385.2", "2.4%", ""]
    (error,) = judged(rows, ruled=ruled)
    assert (error.category, error.severity) == ("layout_error", 3)
    assert 'cell "Oslo" is missing' in error.description


@pytest.mark.parametrize("row", [0, 3])
def test_an_empty_cell_that_pushes_a_row_aside_is_one_error(row):
    rows = [list(cells) for cells in ROWS]
    rows[row].insert(1, "")
    del rows[row][-1]
    (error,) = judged(rows)
    assert (error.category, error.severity) == ("layout_error", 3)
    assert "empty cell stands before" in error.description


@pytest.mark.parametrize("ruled", [True, False])
def test_an_empty_row_is_one_error(ruled):
    rows = [*ROWS[:3], ("",) * 4, *ROWS[3:]]
    (error,) = judged(rows, ruled=ruled)
    assert (error.category, error.severity) == ("layout_error", 1)
    assert "empty row" in error.description


def test_wider_rows_throughout_are_no_empty_rows():
    apart = [row for pair in zip(ROWS, [("",) * 4] * len(ROWS), strict=True) for row in pair]
    assert judged(apart, ruled=False) == []


def test_cells_merged_downwards_are_one_error():
    rows = [list(cells) for cells in ROWS]
    rows[2][1], rows[3][1] = "Madrid Oslo", ""
    (error,) = judged(rows)
    assert error.category == "layout_error"
    assert "merged into one cell" in error.description


def test_rows_with_numbers_of_their_own_are_no_lines_of_one():
    rows = [list(cells) for cells in ROWS]
    rows[2:4] = [["Spain Norway", "Madrid Oslo", "505.9 385.2", "-0.8% 2.4%"]]
    found = judged(rows, ruled=False)
    assert [e.category for e in found].count("layout_error") == 1
    assert len(found) == 5


def test_headers_turned_below_spanning_ones_mislead():
    """Each stands one column further, the first at the end: no span pushes cells both ways."""
    years = [f"<th>{year}</th>" for year in range(2006, 2010)]
    rows = "".join(
        f"<tr><td>Row {n}</td>{''.join(f'<td>{7 * n + 13 * k}.5</td>' for k in range(4))}</tr>"
        for n in range(3, 8)
    )
    top = "<tr><th rowspan=2>Industry</th><th colspan=2>Before</th><th colspan=2>During</th></tr>"
    pictures = (
        render(f"<table>{top}<tr>{''.join(heads)}</tr>{rows}</table>", task="table").image
        for heads in (years, [*years[1:], years[0]])
    )
    one, two = (see(picture, READER) for picture in pictures)
    assert [error.severity for error in differ(one, two)] == [3] * len(years)


@pytest.mark.parametrize("late", ["131.9", "131.0"])
def test_rows_in_another_order_are_one_error(late):
    """What is wrong in a row besides is found where that row stands now."""
    rows = [list(cells) for cells in (ROWS[0], *reversed(ROWS[1:]))]
    rows[1][2] = late
    first, *rest = judged(rows)
    assert (first.category, first.severity) == ("layout_error", 2)
    assert "another order" in first.description
    assert [e.description for e in rest] == ['"131.9" became "131.0"'] * (late != "131.9")


def test_a_row_of_numbers_like_its_neighbours_moved():
    rows = [["Year", "Kind", "Deaths"], *(["1990", "Extreme heat", str(100 + n)] for n in range(6))]
    moved = [*rows[:2], *rows[3:5], rows[2], *rows[5:]]
    one, two = (see(draw(page), READER) for page in (rows, moved))
    (error,) = differ(one, two)
    assert (error.category, error.severity) == ("layout_error", 2)
