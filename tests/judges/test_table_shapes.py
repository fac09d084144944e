"""Shapes of signs in two fonts, and tables that recognisers wrote."""

from functools import cache

import pytest

from visual_erm.judges.embedded import WHOLE_PICTURE, EmbeddedJudge
from visual_erm.judges.ocr import Reader
from visual_erm.judges.table import differ, see, shapes, signs, spaces
from visual_erm.judges.table.match import Item
from visual_erm.renderers import render

READER = Reader()
SERIF, SMALL = "font: 18px Tinos, serif", "font: 13px Arimo, sans-serif"
RULED = "border: 1px solid #000; padding: 4px 8px; font: 16px 'DejaVu Sans', sans-serif"


@cache
def picture(rows, style=RULED):
    cells = (f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    page = f"<style>td {{ {style} }}</style><table>{''.join(cells)}</table>"
    return render(page, task="table").image


@cache
def scene(rows, style=RULED):
    return see(picture(rows, style), READER)


def item(text, style):
    rows = (("Name", "Place"), (text, "Oslo"), ("Total", "Bergen"))
    (found,) = (c for c in scene(rows, style).cells if c.place.row == 1 and c.place.first == 0)
    return Item(found.text, (found,), 0, 0)


@pytest.mark.parametrize("text", ["'rast'", "__name__", "17.7°", "failUnless()", "Gas (ft)"])
@pytest.mark.parametrize("styles", [(SERIF, SMALL), (SMALL, RULED), (RULED, SERIF)])
def test_one_text_has_one_shape_in_all_fonts(text, styles):
    assert shapes.apart(item(text, styles[0]), item(text, styles[1])) < shapes.APART


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("__name__", "--name--"), ("17.7°", "17.70"), ("'rast'", "rast'"), ("Meaning", "'Meaning")],
)
def test_other_signs_have_other_shapes(was, becomes):
    assert shapes.apart(item(was, SERIF), item(becomes, RULED)) > shapes.APART


def test_capitals_are_told_from_small_letters_of_one_shape():
    assert shapes.other_case(item("Cow", SERIF), item("cow", RULED))
    assert shapes.other_case(item("open it", SERIF), item("Open it", RULED))
    assert not shapes.other_case(item("Cow", SERIF), item("Cow", RULED))


def test_underscores_that_touch_are_no_other_length():
    cells = [item("__doc__", style).cells for style in (SERIF, RULED)]
    assert not signs.other_lengths(*cells)


NAMES = ("Name", "Use"), *((f"__{name}__", "Writable") for name in (
    "module", "closure", "globals", "defaults", "qualname", "annotations"))  # fmt: skip


def test_names_that_a_reader_misread_are_errors_of_their_own():
    wrong = tuple((a.replace("__", "--"), b) for a, b in NAMES)
    errors = differ(scene(NAMES), scene(wrong))
    assert [e.category for e in errors] == ["text_error"] * 6
    assert all(e.location.startswith("row") for e in errors)


def test_rows_are_known_by_their_misread_names_when_a_column_is_lost():
    rows = (("Value", "Format"), ("tiff", "TIFF Files of the first kind"), ("jpeg", "JPEG or Exif"),
            ("webp", "WebP files"), ("rast", "Sun Raster Files"))  # fmt: skip
    wrong = (("Value",), ("tifp",), ("ipeg",), ("webp",), ("rast",))
    said = [(e.category, e.description) for e in differ(scene(rows), scene(wrong))]
    assert ("text_error", '"tiff" became "tifp"') in said
    assert not any("row" in words for _, words in said)


def test_cells_that_one_row_lacks_are_one_error():
    rows = (("Firm", "1951", "1952", "1953"), ("Ahorn", "755.9", "891.2", "304.4"),
            ("Birke", "209.9", "355.3", "469.9"), ("Eiche", "262.3", "230.4", "117.1"))  # fmt: skip
    wrong = (*rows[:2], ("Birke", "209.9"), rows[3])
    (error,) = differ(scene(rows), scene(wrong))
    assert (error.category, error.severity) == ("layout_error", 3)
    assert error.description == 'the cell "355.3" and 1 more are missing'


WIDE = """<style>table {{ width: 1000px; border-collapse: collapse; font: 11px Arimo, sans-serif }}
td {{ text-align: right }} td:first-child {{ text-align: left }}</style><table>
<tr><th></th><th>decimal</th><th>speed</th><th>factor</th></tr>{}</table>"""


def test_headers_amid_wide_columns_may_be_of_either_column():
    body = (("pi", "42.02s", "0.345s", "120x"), ("telco", "172.19s", "5.68s", "30x"),
            ("psycopg", "3.57s", "0.29s", "12x"))  # fmt: skip
    rows = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in body)
    reference = see(render(WIDE.format(rows), task="table").image, READER)
    same = (("", "decimal", "speed", "factor"), *body)
    assert differ(reference, scene(same)) == []
    lower = (("", "decimal", "speed", "factor"), ("pi", "42.02s", "0.345s", "12x"), *body[1:])
    assert len(differ(reference, scene(lower))) == 1


def test_a_table_in_another_look_that_lost_cells_is_still_that_table():
    rows = tuple((f"Place {n}", f"{n}1.5", f"{n}2.5", f"{n}3.5") for n in range(1, 9))
    wrong = tuple(row if n % 2 else row[:2] for n, row in enumerate(rows))
    wide = "font: 11px Arimo, sans-serif; padding: 2px 90px 2px 2px"
    verdict = EmbeddedJudge().compare(picture(rows, wide), picture(wrong), "table")
    assert verdict.severity >= 9
    assert all(error.location != WHOLE_PICTURE for error in verdict.errors)


def test_an_underscore_belongs_to_no_letter_of_the_line_below():
    words = "append_at_myorigin,<br>append_dot_domain"
    found = scene((("Name", "Control"), ("Rewrite", words), ("Mail", "all")))
    (cell,) = (c for c in found.cells if c.place.row == 1 and c.place.first == 1)
    assert len(cell.place.islands) == 2


@pytest.mark.parametrize(
    ("one", "other", "wider"),
    [
        ((0.61, 0.26), (0.26, 0.2), True),
        # a gap that may be a space in the other text too
        ((0.61, 0.26), (0.40, 0.38), False),
        # letters that fonts set apart, narrower than spaces of the picture
        ((0.31, 0.21), (0.19, 0.18), False),
    ],
)
def test_spaces_are_gaps_of_words_in_one_picture_and_of_letters_in_the_other(one, other, wider):
    assert spaces._is_wider(one, other, 0, (0.35, 0.35)) is wider
