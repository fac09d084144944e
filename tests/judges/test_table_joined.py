"""What recognition systems do to tables: words and cells run together, columns in one."""

from functools import cache

import pytest

from visual_erm.judges.ocr import Reader
from visual_erm.judges.table import cells_lost, differ, see
from visual_erm.judges.table.text import is_joined
from visual_erm.renderers import render

READER = Reader()
ROWS = (
    ("City of the north", "First day", "Days marched", "Rain (mm)"),
    ("Oslo by the fjord", "1969-06-30", "113", "763.5"),
    ("Bergen on the coast", "1970-07-31", "202", "2250.0"),
    ("Tromso in the north", "1971-08-31", "147", "1031.2"),
    ("Bodo at the sea", "1972-09-30", "158", "1020.8"),
)


@cache
def picture(rows, width=0):
    cells = (f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    return render(f"<table>{''.join(cells)}</table>", task="table").image


def found(rows):
    reference = see(picture(ROWS), READER)
    return [
        (e.category, e.severity, e.description)
        for e in differ(reference, see(picture(rows), READER))
    ]


def changed(row, column, text):
    rows = [list(one) for one in ROWS]
    rows[row][column] = text
    return tuple(map(tuple, rows))


def test_the_table_itself():
    assert found(ROWS) == []


@pytest.mark.parametrize(
    ("row", "column", "text", "what"),
    [
        (1, 0, "Oslo bythe fjord", "run together"),
        (0, 2, "Daysmarched", "run together"),
        (2, 0, "Ber gen on the coast", "torn apart"),
    ],
)
def test_spaces(row, column, text, what):
    ((category, severity, said),) = found(changed(row, column, text))
    assert (category, severity) == ("text_error", 1)
    assert what in said


def test_a_column_in_the_one_beside_it_is_one_error():
    rows = tuple((a, f"{b}{c}", d) for a, b, c, d in ROWS)
    ((category, severity, said),) = found(rows)
    assert (category, severity) == ("layout_error", 3)
    assert "2 columns stand in one" in said


def test_neighbours_in_one_cell_are_one_error():
    rows = [list(one) for one in ROWS]
    rows[3][1:3] = [f"{rows[3][1]} {rows[3][2]}", ""]
    errors = found(tuple(map(tuple, rows)))
    assert errors[0][:2] == ("layout_error", 2)
    assert not any("missing" in said for _, _, said in errors)


def test_neighbours_in_one_cell_in_any_order_are_one_error():
    first, *rest = ROWS
    whole = f"<td colspan=4>{first[1]} {first[0]} {first[3]} {first[2]}"
    rows = "".join(f"<tr><td>{'<td>'.join(row)}" for row in rest)
    candidate = render(f"<table><tr>{whole}{rows}</table>", task="table").image
    reference = see(picture(ROWS), READER)
    (error,) = differ(reference, see(candidate, READER))
    assert (error.category, error.severity) == ("layout_error", 2)
    assert "side by side" in error.description


def test_what_a_header_lacks_is_its_text_and_no_number():
    assert [error[0] for error in found(changed(0, 3, "Rain (min)"))] == ["text_error"]
    rows = (("Town of 1,000 souls", *ROWS[0][1:]), *ROWS[1:])
    reference = see(picture(rows), READER)
    wrong = see(picture((("Town of 1000 souls", *ROWS[0][1:]), *ROWS[1:])), READER)
    assert [error.category for error in differ(reference, wrong)] == ["text_error"]


def test_a_column_that_is_wrong_throughout_is_one_error():
    values = ("a", "9.2", "8.4", "7.3", "6.1", "5.7", "4.9", "3.8")
    rows = tuple((f"Town number {k}", value) for k, value in enumerate(values))
    wrong = tuple((name, value[::-1]) for name, value in rows)
    reference = see(picture(rows), READER)
    (error,) = differ(reference, see(picture(wrong), READER))
    assert (error.category, error.severity) == ("numeric_error", 3)
    assert cells_lost(reference, [error]) == [6]


def test_joined_texts_hold_each_part():
    assert is_joined("Oslo Bergen", ["Oslo", "Bergen"], 0.9)
    assert is_joined("Consumption(bnS)Population", ["Consumption (bn $)", "Population"], 0.9)
    assert not is_joined("'open for writing", ["w", "open for writing"], 0.9)
    assert not is_joined("Oslo", ["Oslo", ""], 0.9)
