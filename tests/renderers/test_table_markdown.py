"""Pipe tables, grid tables and simple tables."""

import pytest

from visual_erm.renderers import table_source
from visual_erm.renderers.job import Rejected


def fragment(text):
    return table_source.read(text.encode()).fragment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|a|b|\n|-|-|\n|1\\|2|3|", [["a", "b"], ["1|2", "3"]]),
        ("|a|b|\n|-|-|\n|`x\\|y`|3|", [["a", "b"], ["x|y", "3"]]),
        ("| | |\n|-|-|\n|1|2|", [["1", "2"]]),
        ("|a|b|\n|-|-|\n|1<br>2|**3**|", [["a", "b"], ["12", "3"]]),
        ("|a|b|\n|-|-|\n|<b>1</b>|H<sub>2</sub>O|", [["a", "b"], ["1", "H2O"]]),
        ("|a|b|\n|-|-|\n|[x](http://y)|~~z~~|", [["a", "b"], ["x", "z"]]),
        ("Title\n\n|a|b|\n|-|-|\n|1|2|\n\nNote.", [["a", "b"], ["1", "2"]]),
        ("|a|b|c|\n|-|-|-|\n|1|", [["a", "b", "c"], ["1", "", ""]]),
        ("|a|b|\n|-|-|\n|$5|$10|", [["a", "b"], ["$5", "$10"]]),
        ("|a|b|\n|-|-|\n|\\$5|1_000_0|", [["a", "b"], ["$5", "1_000_0"]]),
        ("|中文|b|\n|-|-|\n|数|2|", [["中文", "b"], ["数", "2"]]),
    ],
)
def test_pipes(grid, text, expected):
    assert grid(fragment(text)) == expected


def test_alignment_and_inline_marks():
    made = fragment("|a|b|c|\n|:-|:-:|-:|\n|**1**|*2*|`3`|")
    assert made.count("text-align:center") == 2
    assert made.count("text-align:right") == 2
    for tag in ("<strong>1", "<em>2", "<code>3"):
        assert tag in made


SPANS = """
+-----+---------+
|  a  |  b      |
|     +----+----+
|     | c  | d  |
+=====+====+====+
| 1   | 2  | 3  |
+-----+----+    |
| 4 and 5  |    |
+----------+----+
"""


def test_grid_with_spans(grid):
    assert grid(fragment(SPANS)) == [
        ["a", "b", "b"],
        ["a", "c", "d"],
        ["1", "2", "3"],
        ["4 and 5", "4 and 5", "3"],
    ]


def test_grid_of_pandoc(grid):
    made = fragment(
        "+-------+------+\n| a     | b    |\n+:======+=====:+\n| **x** | 2    |\n"
        "+=======+======+\n| sum   | 2    |\n+-------+------+"
    )
    assert made.count("text-align:right") == 1 or "verm-h1" in made
    assert grid(made)[-1] == ["sum", "2"]
    assert "<strong>x</strong>" in made


@pytest.mark.parametrize("pad", ["", " "])
def test_wide_letters_in_a_grid(grid, pad):
    """Some count them for one place, some for two."""
    text = f"+----+----+\n| 数{pad} | b  |\n+====+====+\n| 1  | 2  |\n+----+----+"
    assert grid(fragment(text)) == [["数", "b"], ["1", "2"]]


def test_a_grid_out_of_line_is_mended_and_said(grid):
    sheet = table_source.read(b"+---+---+\n| a | b |\n+===+====+\n| 1 | 2 |\n+---+---+")
    assert grid(sheet.fragment) == [["a", "b"], ["1", "2"]]
    assert "lines of the grid" in sheet.warnings[0]


def test_simple_table(grid):
    made = fragment("=====  =====\na      b\n=====  =====\n1      2 3\n4      5\n=====  =====\n")
    assert grid(made) == [["a", "b"], ["1", "2 3"], ["4", "5"]]


def test_simple_table_out_of_line_is_refused():
    with pytest.raises(Rejected):
        fragment("===  ===\naaaaaaa b\n===  ===\n")


def test_bars_without_a_rule_are_said(grid):
    sheet = table_source.read(b"| a | b |\n| 1 | 2 |")
    assert grid(sheet.fragment) == [["a", "b"], ["1", "2"]]
    assert sheet.warnings
