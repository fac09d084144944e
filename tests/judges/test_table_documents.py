"""Tables of manuals: few columns, long texts, names of rows, rules around each cell."""

from dataclasses import replace
from functools import cache

import pytest

from visual_erm.judges.ocr import Reader
from visual_erm.judges.table import differ, see, text
from visual_erm.judges.table.text import severity
from visual_erm.renderers import render

READER = Reader()
OPTIONS = (
    ("Option", "Meaning"),
    ("include", "Files that match any of these patterns are read when the program starts"),
    ("printenv", "All variables that are set are printed, one on each line, in their order"),
    ("timeout", "Seconds after which a request that nobody has answered is given up"),
)
LEVELS = (
    ("Level", "Name", "Rows"),
    ("0", "nothing", "12"),
    ("1", "errors", "340"),
    ("3", "warnings", "771"),
    ("7", "everything", "905"),
)
RULED = "td{border:1px solid #333;padding:4px 8px}table{border-collapse:collapse}"


@cache
def picture(rows, css=RULED):
    cells = (f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    return render(f"<style>{css}</style><table>{''.join(cells)}</table>", task="table").image


def found(rows, reference=OPTIONS, css=RULED):
    scene = see(picture(reference), READER)
    errors = differ(scene, see(picture(tuple(map(tuple, rows)), css), READER, like=scene))
    return [(error.category, error.severity, error.description) for error in errors]


def with_column(rows, at, text=""):
    return tuple((*row[:at], text, *row[at:]) for row in rows)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_empty_column_between_rules(at):
    ((category, severity, said),) = found(with_column(OPTIONS, at))
    assert (category, severity) == ("layout_error", 1)
    assert "empty column" in said


@pytest.mark.parametrize("at", [2, 3])
def test_an_empty_row_between_rules(at):
    rows = (*OPTIONS[:at], ("&#160;", ""), *OPTIONS[at:])
    ((category, severity, said),) = found(rows)
    assert (category, severity) == ("layout_error", 1)
    assert "empty row" in said


NUMBERED = (
    ("Field", "Table Leaf (0x0d)", "Index Interior (0x02)"),
    ("first", "in 4 bytes", "in 2 bytes"),
    ("second", "in 8 bytes", "in 6 bytes"),
    ("third", "in 3 bytes", "in 7 bytes"),
)


def test_where_a_text_is_broken_says_nothing_of_its_ink():
    scene = see(picture(NUMBERED), READER)
    narrow = see(picture(NUMBERED, f"{RULED}table{{width:330px}}"), READER)
    misread = [replace(c, text=c.text.replace("0x", "Ox")) for c in narrow.cells]
    assert len(misread[-1].portraits) == 1 < max(len(c.portraits) for c in misread)
    assert differ(scene, replace(narrow, cells=tuple(misread))) == []


def test_what_is_empty_in_both_is_no_difference():
    rows = with_column(OPTIONS, 1)
    assert found(rows, reference=rows) == []
    airy = RULED.replace("4px 8px", "11px 20px")
    assert found(rows, reference=rows, css=airy) == []
    assert found(OPTIONS, css=airy) == []


def test_an_empty_column_beside_one_that_was_there():
    rows = with_column(OPTIONS, 1)
    ((category, severity, _),) = found(with_column(rows, 3), reference=rows)
    assert (category, severity) == ("layout_error", 1)


def test_long_texts_that_changed_places_do_not_take_their_rows_along():
    head, one, two, rest = OPTIONS
    ((category, severity, said),) = found((head, (one[0], two[1]), (two[0], one[1]), rest))
    assert (category, severity) == ("text_error", 2)
    assert "changed places" in said


def test_names_that_changed_places_leave_their_rows():
    rows = (("Sign", "Of"), ("equal", "eq"), ("greater", "gt"), ("less", "lt"), ("other", "ne"))
    head, one, two, three, rest = rows
    wrong = (head, one, (three[0], two[1]), (two[0], three[1]), rest)
    ((category, severity, _),) = found(wrong, reference=rows)
    assert (category, severity) == ("text_error", 3)


def test_a_text_of_the_row_above_is_no_row_of_its_own():
    head, one, two, rest = OPTIONS
    ((category, severity, _),) = found((head, one, (two[0], one[1]), rest))
    assert (category, severity) == ("text_error", 2)


def test_neighbours_that_changed_places_are_a_small_mistake():
    head, one, two, three = OPTIONS
    ((category, severity, said),) = found((head, two, one, three))
    assert (category, severity) == ("layout_error", 1)
    assert "two rows changed places" in said


def test_rows_that_changed_places_under_numbers_that_stay():
    rows = (
        ("Rank", "Team", "Won", "Drawn", "Lost"),
        ("1", "Northgate", "13", "3", "2"),
        ("2", "Riverside", "11", "4", "3"),
        ("3", "Old Mill", "9", "5", "4"),
        ("4", "Harbour", "5", "4", "9"),
    )
    head, one, two, three, four = rows
    wrong = (head, one, (two[0], *three[1:]), (three[0], *two[1:]), four)
    ((category, severity, said),) = found(wrong, reference=rows)
    assert (category, severity) == ("layout_error", 1)
    assert "two rows changed places" in said


def test_one_sign_for_another_in_all_columns_is_one_error():
    rows = [("Item", "Q1", "Q2")]
    rows += [
        (name, f"$2{n}", f"$9{n}") for n, name in enumerate(("red", "green", "blue", "sum", "all"))
    ]
    wrong = [tuple(text.replace("$", "€") for text in row) for row in rows]
    ((category, severity, said),) = found(wrong, reference=tuple(rows))
    assert (category, severity) == ("numeric_error", 3)
    assert "10 of 10 cells" in said


def test_numbers_of_the_first_column_are_numbers():
    rows = [list(row) for row in LEVELS]
    rows[1][0], rows[2][0] = rows[2][0], rows[1][0]
    ((category, severity, _),) = found(rows, reference=LEVELS)
    assert (category, severity) == ("numeric_error", 3)


@pytest.mark.parametrize("at", [1, 2])
def test_a_cell_that_is_pushed_out_makes_no_column(at):
    rows = list(LEVELS)
    rows[2] = (*rows[2][:at], "", *rows[2][at:])
    ((category, severity, said),) = found(rows, reference=LEVELS)
    assert (category, severity) == ("layout_error", 3)
    assert "empty cell" in said


def html(rows, css=RULED):
    """A picture of rows as HTML writes them."""
    lines = "".join(f"<tr>{row}</tr>" for row in rows)
    return render(f"<style>{css}</style><table>{lines}</table>", task="table").image


def told(reference, candidate, css=RULED):
    scene = see(html(reference, css), READER)
    errors = differ(scene, see(html(candidate, css), READER, like=scene))
    return [(error.category, error.severity, error.description) for error in errors]


def test_a_cell_that_wraps_over_two_rows_makes_no_row():
    rows = [
        "<td>Command</td><td>What it does</td>",
        "<td>include first and second</td><td>all files that match one of the two</td>",
        "<td>exclude first and second</td><td>none of the files that match one of the two</td>",
        "<td>prune folder</td><td>none below it</td>",
    ]
    joined = list(rows)
    joined[1] = (
        "<td rowspan=2 style='width:160px'>include first and second exclude first and second</td>"
        "<td style='width:190px'>all files that match one of the two</td>"
    )
    joined[2] = "<td>none of the files that match one of the two</td>"
    ((category, severity, said),) = told(rows, joined)
    assert (category, severity) == ("layout_error", 2)
    assert "merged into one" in said


def test_equal_texts_in_one_cell():
    css = f"{RULED}body{{font-family:DejaVu Sans Mono}}"
    truth = ["a b or", "true true true", "true false true", "false true true", "false false false"]
    rows = ["".join(f"<td>{text}</td>" for text in line.split()) for line in truth]
    joined = [*rows[:4], "<td>false</td><td colspan=2>false false</td>"]
    ((category, severity, said),) = told(rows, joined, css)
    assert (category, severity) == ("layout_error", 2)
    assert "merged" in said


@pytest.mark.parametrize(("gone", "text"), [(2, "false"), (1, "true")])
def test_a_cell_that_is_left_out_is_told_by_its_rules(gone, text):
    rows = [["a", "b", "both"], ["yes", "no", "no"], ["so", "true", ""], ["no", "yes", "false"]]
    row = 3 if gone == 2 else 2
    wrong = [list(line) for line in rows]
    del wrong[row][gone]
    ((category, severity, said),) = told(
        *(["".join(f"<td>{text}</td>" for text in line) for line in lot] for lot in (rows, wrong))
    )
    assert (category, severity) == ("layout_error", 3)
    assert f'"{text}" is missing' in said


@pytest.mark.parametrize(
    ("before", "after", "names", "level"),
    [
        ("struct array", "struct struct array", True, 1),
        ("lbstatus", "lbstatus lbstatus", True, 1),
        ("Late Intensity (dB)", "Intensity (dB)", True, 2),
        ("can read and write all bytes", "can read and write bytes", False, 2),
        ("the other one", "the one other one", False, 2),
        ("can read and write bytes at once", "can read and write words at once", False, 2),
        ("cmake -B build source", "loaded -B build source", True, 3),
        ("obsolete, unused", "oobsolete, unused", True, 1),
        ("can read and write", "can raed and write", True, 1),
    ],
)
def test_words_that_stand_twice_are_lost_or_are_others(before, after, names, level):
    assert severity(before, after, names=names) == level


def test_a_caption_below_the_table_is_a_small_mistake():
    title = "<td colspan=2 style='border:0'>What may stand in a file of options</td>"
    body = ["".join(f"<td>{text}</td>" for text in row) for row in OPTIONS]
    ((category, severity, said),) = told([title, *body], [*body, title])
    assert (category, severity) == ("layout_error", 1)
    assert "another place" in said


LAND = "<td>Sweden</td>", "<td>Norway</td>", "<td>Finland</td>"


@pytest.mark.parametrize(
    ("below", "level", "words"),
    [("", 2, "covers 1 rows instead of 3"), ("Nordic", 1, "is repeated where it covers 3 rows")],
)
def test_a_cell_over_rows_that_lost_its_span_is_one_error(below, level, words):
    head, last = "<td>Region</td><td>Country</td>", "<td>Baltic</td><td>Latvia</td>"
    rows = [head, f"<td rowspan=3>Nordic</td>{LAND[0]}", *LAND[1:], last]
    first, *others = LAND
    wrong = [head, f"<td>Nordic</td>{first}", *(f"<td>{below}</td>{x}" for x in others), last]
    ((category, severity, said),) = told(rows, wrong)
    assert (category, severity) == ("layout_error", level)
    assert f'"Nordic" {words}' in said


def test_a_number_under_the_next_header_is_no_matter_of_spans():
    rows = [("Item", "Debit", "Credit"), ("Rent", "1150.00", ""), ("Invoice", "", "940.00")]
    wrong = [*rows[:2], ("Invoice", "940.00", "")]
    ((category, severity, said),) = found(wrong, tuple(rows))
    assert (category, severity) == ("layout_error", 3)
    assert said == '"940.00" stands in another column'


@pytest.mark.parametrize(
    ("before", "after", "category", "level"),
    [
        ("1200 x 1200 dpi", "1200 x 600 dpi", "numeric_error", 2),
        ("14:45", "14:15", "numeric_error", 2),
        ("about 200,000 sheets", "about 20,000 sheets", "numeric_error", 3),
        ("1970", "1971", "numeric_error", 2),
        ("62,529", "62529", "numeric_error", 1),
        ("50.0", "50", "numeric_error", 1),
        ("543.9", "543,9", "numeric_error", 2),
        ("7", "x", "text_error", 3),
        ("7", "8", "numeric_error", 2),
    ],
)
def test_numbers_in_texts_and_marks(before, after, category, level):
    assert (text.category(before, after), severity(before, after)) == (category, level)


def test_a_note_is_the_name_of_nothing():
    rows = [*LEVELS, ("<b>a</b> provisional", "", "")]
    wrong = [*LEVELS, ("<b>a</b> estimated", "", "")]
    ((category, level, _),) = found(wrong, tuple(rows), css="td{padding:4px 8px}")
    assert (category, level) == ("text_error", 2)


def test_a_lost_header_and_a_lost_row_below_it_are_two_errors():
    told = found(LEVELS[2:], LEVELS)
    assert [(category, severity) for category, severity, _ in told] == [("layout_error", 3)] * 2


def test_a_letter_that_differs_by_its_size_alone_is_told_where_it_stands_alone():
    rows = [("Request", "strides", "contig"), ("C_CONTIGUOUS", "yes", "C"), ("ND", "NULL", "F")]
    wrong = [rows[0], ("C_CONTIGUOUS", "yes", "c"), rows[2]]
    ((category, severity, _),) = found(wrong, tuple(rows), css="td{padding:3px 9px;font-size:20px}")
    assert (category, severity) == ("text_error", 1)
