"""Tables that were written by hand, in another look, and what single mistakes in them weigh."""

from functools import cache

import numpy as np
import pytest
from PIL import Image as PILImage
from PIL import ImageDraw

from visual_erm.judges.ocr import Reader
from visual_erm.judges.table import differ, ink, see, signs, text
from visual_erm.renderers import render

READER = Reader()
RULED = "td{border:1px solid #333;padding:4px 8px}"
LINES = "td{border:0;border-bottom:1px solid #bbb;padding:4px 10px}"
MEDALS = (
    ("Rank", "Nation", "Gold", "Silver"),
    ("1", "Norway (NOR)", "16", "8"),
    ("2", "Germany (GER)", "12", "10"),
    ("3", "United States (USA)", "8", "10"),
    ("4", "Sweden (SWE)", "8", "5"),
)


@cache
def scene(rows, css=RULED):
    cells = ("".join(one if one[:1] == "<" else f"<td>{one}" for one in row) for row in rows)
    page = f"<style>{css}</style><table><tr>{'<tr>'.join(cells)}</table>"
    return see(render(page, task="table").image, READER)


def told(rows, wrong, css=RULED, other=""):
    errors = differ(scene(tuple(rows), css), scene(tuple(wrong), other or css))
    return [(error.category, error.severity, error.description) for error in errors]


def changed(rows, row, column, becomes):
    lines = [list(line) for line in rows]
    lines[row][column] = becomes
    return tuple(map(tuple, lines))


def test_round_corners_are_no_text():
    page = PILImage.new("RGB", (1600, 480), (29, 31, 36))
    pen = ImageDraw.Draw(page)
    for k in range(4):
        place = (40 + 390 * k, 40, 400 + 390 * k, 240)
        pen.rounded_rectangle(place, 28, fill=(221, 232, 208))
        pen.rectangle((130 + 390 * k, 100, 150 + 390 * k, 170), fill=(30, 50, 60))
    small = np.asarray(page.resize((400, 120), PILImage.Resampling.LANCZOS))
    assert len(ink.find(small).islands) == 4


def test_texts_that_wrap_leave_no_empty_column():
    rows = changed(MEDALS, 3, 1, "<td width=200>United States (USA)")
    wrapped = changed(rows, 3, 1, "<td width=200>United<br>States (USA)")
    assert told(rows, wrapped, LINES) == []


def test_a_table_that_is_drawn_wider_holds_no_empty_column():
    airy = "td{border:0;padding:4px 10px}"
    assert told(MEDALS, MEDALS, airy, f"{airy}table{{width:700px}}") == []


def test_a_sign_for_degrees_is_read_beside_a_degree():
    assert text.equal("20 °℃", "20 °C")


def test_a_line_may_end_after_a_slash():
    rows = (
        ("Quantity to be given", "Unit that is used"),
        ("Density of the noise", "pounds/inches"),
        ("Weight of the load", "grams or tons, as the case may be"),
    )
    assert told(rows, changed(rows, 1, 1, "pounds/<br>inches")) == []


def test_a_row_of_one_text_is_a_row_where_rules_say_so():
    weeks = (("Week", "Mon", "Tue"), ("1", "", "x"), ("2", "x", ""), ("3", "", ""), ("4", "x", "x"))
    ((category, severity, said),) = told(weeks, (*weeks[:3], weeks[4]))
    assert (category, severity) == ("layout_error", 3)
    assert 'the row "3" is missing' in said


GROUPS = (
    ("Item", "Code", "Stock"),
    ("<td colspan=3>Fasteners",),
    ("Hex bolt", "FB-0840", "1,250"),
    ("Lock nut", "FN-08L", "2,100"),
    ("<td colspan=3>Bearings",),
    ("Deep groove", "BB-6204", "84"),
    ("Needle", "BN-1612", "36"),
)


def test_the_name_of_a_group_takes_its_rows_along():
    moved = (*GROUPS[:3], GROUPS[4], GROUPS[3], *GROUPS[5:])
    ((category, severity, _),) = told(GROUPS, moved)
    assert (category, severity) == ("layout_error", 2)


@pytest.mark.parametrize(
    ("rows", "heads"),
    [
        ((("", "(1)", "(2)"), ("", "OLS", "IV"), ("Age", "0.14", "0.38")), 2),
        ((("<td colspan=3>Population",), ("City", "1940", "1980"), ("Ulm", "77.2", "98.6")), 2),
    ],
)
def test_headers_that_count_columns_or_are_years(rows, heads):
    assert scene(rows, LINES).heads == heads


def test_crosses_and_ticks_that_changed_places_say_the_opposite():
    rows = (("Feature", "Free", "Pro"), ("Domain", "✗", "✓"), ("Backup", "✓", "✗"))
    wrong = changed(changed(rows, 1, 1, "✓"), 1, 2, "✗")
    ((category, severity, _),) = told(rows, wrong)
    assert (category, severity) == ("text_error", 3)


def test_a_minus_that_touches_the_sign_behind_it():
    line = np.full((10, 30), 255, np.uint8)
    line[:, 8:14] = line[:, 18:26] = 0
    assert not signs.begins_with_dash([_cell(line)])
    line[4:6, 1:8] = 0
    assert signs.begins_with_dash([_cell(line)])


def _cell(line):
    cell = scene(MEDALS).cells[0]
    stored = line.shape[1].to_bytes(2, "big") + line.tobytes()
    return type(cell)(cell.text, cell.place, 1.0, cell.area, (stored,))


@pytest.mark.parametrize(
    ("before", "after", "names", "category", "severity"),
    [
        ("Foot length (cm)", "Foot length (in)", True, "text_error", 3),
        ("Foot length (cm)", "Foot length", True, "text_error", 2),
        ("Nsolid (Node)", "Nsolid (Noode)", True, "text_error", 1),
        ("Is there a request body.", "Is there a request .", False, "text_error", 2),
        ("5.95 kPa (at 20 °C)", "5.95 MPa (at 20 °C)", False, "text_error", 2),
        ("10 am - 1 pm", "10 am - 1 am", False, "text_error", 2),
        ("open on Sundays", "open on Sunadys", False, "text_error", 1),
        ("−114.14 ± 0.03 °C", "114.14 ± 0.03 °C", False, "numeric_error", 3),
    ],
)
def test_units_short_words_and_signs(before, after, names, category, severity):
    assert text.category(before, after) == category
    assert text.severity(before, after, names=names) == severity


def test_numbers_that_changed_places_are_no_small_mistake():
    assert text.severity_of_exchange("2,109", "2,094") == 2
    assert text.severity_of_exchange("$60,173", "32.9%") == 3


def test_a_few_equal_texts_tell_that_one_program_drew_both():
    """Rare letters are read with doubt: where two of four texts stayed, both errors were paid."""
    rows = (("Größe", "数"), ("Łódź", "1"))
    errors = told(rows, (rows[0], ("Łőrź", "2")))
    assert [category for category, _, _ in errors] == ["text_error", "numeric_error"]


def test_an_accent_counts_where_one_program_drew_both():
    """Its ink is a hundredth of that of the word."""
    rows = (("Město", "Počet"), ("Plzeň", "181"), ("Děčín", "47"))
    errors = told(rows, changed(rows, 2, 0, "Děčin"))
    assert [(category, severity) for category, severity, _ in errors] == [("text_error", 1)]
