"""Two tables that a person can read, and what a person would say of them."""

import pytest

from visual_erm.data.oracle import annotate
from visual_erm.data.tables.correspondence import Moves, moves
from visual_erm.data.tables.oracle_texts import said
from visual_erm.errors import InfrastructureFault, InputError, PolicyFault

REFERENCE = """
| City   | Days | Rain (mm) | Note      |
|--------|------|-----------|-----------|
| Oslo   | 113  | 763.5     | by a fjord|
| Bergen | 202  | 2,250.0   | wettest   |
| Tromso | 147  | 1,031.2   | far north |
| Bodo   | 158  | 1,020.8   | windy     |
| Hamar  | 96   | 585.1     | inland    |
"""
GROUPED = """<table>
<tr><th rowspan="2">Year</th><th colspan="2">North</th><th colspan="2">South</th></tr>
<tr><th>Men</th><th>Women</th><th>Men</th><th>Women</th></tr>
<tr><td>2021</td><td>1.5</td><td>2.5</td><td>3.5</td><td>4.5</td></tr>
<tr><td>2022</td><td>1.7</td><td>2.8</td><td>3.9</td><td>4.1</td></tr>
</table>"""


def rows(text):
    return text.strip().splitlines()


def without(*gone):
    return "\n".join(line for line in rows(REFERENCE) if not any(word in line for word in gone))


def swapped(one, other, text=REFERENCE):
    return text.replace(one, "#").replace(other, one).replace("#", other)


def errors(prediction, reference=REFERENCE, unexplained=0.0):
    found = annotate(reference, prediction, "table")
    assert found.unexplained <= unexplained
    return [(e.category, e.severity, e.location) for e in found.errors]


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (REFERENCE, []),
        (REFERENCE.replace("| ", "|   "), []),
        (without("Tromso"), [("layout_error", 3, "row 'Tromso'")]),
        (without("Bodo", "Hamar"), [("layout_error", 3, "end of the table")]),
        (REFERENCE.replace("113", "118"), [("numeric_error", 2, "row 'Oslo', column 'Days'")]),
        (REFERENCE.replace("585.1", "585.2"), [
            ("numeric_error", 1, "row 'Hamar', column 'Rain (mm)'")]),
        (REFERENCE.replace("763.5", "-763.5"), [
            ("numeric_error", 3, "row 'Oslo', column 'Rain (mm)'")]),
        (REFERENCE.replace("fjord", "fojrd"), [("text_error", 1, "row 'Oslo', column 'Note'")]),
        (REFERENCE.replace("windy", "sunny"), [("text_error", 2, "row 'Bodo', column 'Note'")]),
        (REFERENCE.replace("(mm)", "(cm)"), [("text_error", 3, "header 'Rain (mm)'")]),
        (swapped("Oslo", "Hamar"), [
            ("text_error", 3, "row 'Oslo', column 'City', and row 'Hamar', column 'City'")]),
        (swapped("Days", "City"), [("text_error", 3, "header 'City', and header 'Days'")]),
        ("\n".join([*rows(REFERENCE)[:4], *reversed(rows(REFERENCE)[4:6]), rows(REFERENCE)[6]]), [
            ("layout_error", 1, "row 'Tromso' and row 'Bodo'")]),
        ("\n".join([*rows(REFERENCE)[:2], *reversed(rows(REFERENCE)[2:])]), [
            ("layout_error", 2, "rows")]),
    ],
)  # fmt: skip
def test_each_thing_is_said_once(prediction, expected):
    assert errors(prediction) == expected


def test_a_column_that_is_missing_is_one_thing():
    prediction = "\n".join("|".join(line.split("|")[:2] + line.split("|")[3:])
                           for line in rows(REFERENCE))  # fmt: skip
    found = annotate(REFERENCE, prediction, "table")
    (error,) = found.errors
    assert (error.category, error.location) == ("layout_error", "column 'Days'")
    assert error.bbox and error.bbox_prediction is None
    assert found.unexplained == 0  # what stood to its right has only moved


def test_numbers_that_stand_a_row_too_low_are_one_thing():
    days = ["113", "202", "147", "158", "96"]
    prediction = REFERENCE
    for day, above in zip(days, ["", *days], strict=False):
        prediction = prediction.replace(f"| {day} ", f"| <{above}> ")
    prediction = prediction.replace("<", "").replace(">", "")
    assert errors(prediction) == [("numeric_error", 3, "column 'Days'")]


def test_spans_are_layout():
    lost = GROUPED.replace('<th colspan="2">South</th>', "<th>South</th><th></th>")
    assert errors(lost, GROUPED) == [("layout_error", 2, "group header 'South'")]
    level = GROUPED.replace('<tr><th rowspan="2">Year</th><th colspan="2">North</th>'
                            '<th colspan="2">South</th></tr>\n', "")  # fmt: skip
    level = level.replace("<tr><th>Men", "<tr><th>Year</th><th>Men", 1)
    assert errors(level, GROUPED) == [("layout_error", 3, "header")]


def test_forms_make_no_difference():
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows(REFERENCE)]
    del lines[1]
    body = "\n".join(" & ".join(line) + r" \\" for line in lines)
    latex = f"\\begin{{tabular}}{{llll}}\n{body}\n\\end{{tabular}}"
    # headers of a tabular are not bold, and bold and italics are looks
    assert errors(latex, unexplained=0.1) == []
    assert errors(REFERENCE.replace("Bergen", "**Bergen**"), unexplained=1.0) == []
    assert errors(latex.replace("202", "220"), unexplained=0.1) == [
        ("numeric_error", 2, "row 'Bergen', column 'Days'")
    ]


def test_another_table_is_one_thing():
    other = "\n".join(f"|{'|'.join(map(str, line))}|" for line in ("xy", "--", (1, 2), (8, 9)))
    assert errors(other) == [("layout_error", 3, "whole table")]


def test_faults_say_whose_they_are():
    with pytest.raises(PolicyFault):
        annotate(REFERENCE, "no table here", "table")
    with pytest.raises(InputError, match="the reference cannot be used"):
        annotate("no table here", REFERENCE, "table")
    nested = "<table><tr><td>a</td><td><table><tr><td>b</td></tr></table></td></tr></table>"
    with pytest.raises(InfrastructureFault, match="cannot be taken apart"):
        annotate(REFERENCE, nested, "table")


@pytest.mark.parametrize(
    ("ours", "theirs", "part", "category", "severity"),
    [
        ("10<sup>3</sup>", "10<sup>5</sup>", "body", "numeric_error", 3),
        ("1.5 ± 0.2", "1.5 ± 0.8", "body", "numeric_error", 2),
        ("12 km", "12 mi", "body", "numeric_error", 2),
        ("1,250", "1250", "body", "numeric_error", 1),
        ("<5", ">5", "body", "numeric_error", 3),
        ("人口", "入口", "head", "text_error", 2),
        ("H<sub>2</sub>O", "H2O", "label", "text_error", 1),
        ("Total", "", "head", "text_error", 3),
        ("Route 66", "Route 67", "body", "numeric_error", 2),
        ("Power (hp)", "Power(hp)", "head", "text_error", 1),
        ("2019-06-30", "2019-06-30604.3", "label", "numeric_error", 3),
    ],
)
def test_texts(ours, theirs, part, category, severity):
    difference = said(ours, theirs, part)
    assert (difference.category, difference.severity) == (category, severity)


def test_moves_are_the_fewest():
    assert moves({0: 1, 1: 0, 2: 2, 3: 3}) == Moves(((0, 1),), ())
    assert moves({0: 0, 1: 4, 2: 1, 3: 2, 4: 3}).moved == (1,)
    assert moves({0: 3, 1: 2, 2: 1, 3: 0}).reverse


def test_columns_in_one_are_one_difference():
    joined = "\n".join(
        "|".join([*cells[:2], f"{cells[2].strip()}{cells[3].strip()}", *cells[4:]])
        if (cells := line.split("|")) and not line.startswith("|-")
        else "|---|---|---|"
        for line in rows(REFERENCE)
    )
    ((category, severity, where),) = errors(joined, unexplained=1.0)
    assert (category, severity) == ("layout_error", 3)
    assert "Days" in where


def test_neighbours_in_one_cell_are_one_difference():
    joined = REFERENCE.replace("| 202  | 2,250.0   |", "| 202 2,250.0 | |")
    ((category, severity, where),) = errors(joined, unexplained=1.0)
    assert (category, severity) == ("layout_error", 2)
    assert "Bergen" in where


def test_a_hyphen_for_a_minus_is_no_difference():
    assert said("\u22120.8", "-0.8", "body") is None
    assert said("\u22120.8", "0.8", "body").severity == 3
