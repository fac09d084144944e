"""Formats are told apart, and what is no table is refused with a sentence."""

import pytest

from visual_erm.renderers import table_source
from visual_erm.renderers.job import Rejected

SAME = {
    "html": "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
    "document": "<!doctype html><html><head><title>no</title></head><body>"
    "<table><tr><th>a<th>b<tr><td>1<td>2</table></body></html>",
    "pipe": "| a | b |\n|---|--:|\n| 1 | 2 |",
    "bare pipes": "a | b\n--|--\n1 | 2",
    "bars only": "| a | b |\n| 1 | 2 |",
    "grid": "+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+",
    "simple": "===  ===\na    b\n===  ===\n1    2\n===  ===",
    "latex": r"\begin{tabular}{ll}a & b\\1 & 2\end{tabular}",
    "comma": "a,b\n1,2\n",
    "tab": "a\tb\n1\t2",
    "semicolon": "a;b\r\n1;2\r\n",
    "marked as UTF-8": "\ufeffa,b\n1,2",
}


@pytest.mark.parametrize("name", SAME)
def test_all_formats_come_to_the_same_grid(name, grid):
    sheet = table_source.read(SAME[name].encode())
    assert grid(sheet.fragment) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "format"),
        ("Here is your table, as you asked.", "format"),
        (
            "One line, with a comma.\nAnother line without one.\nA third, a fourth, a fifth.",
            "format",
        ),
        ("<h1>Both are equal</h1>", "format"),
        ("<table></table>", "no_table"),
        ("<table><caption>only</caption></table>", "no_table"),
        ("\\begin{tabular}{l}\\end{tabular}", "no_table"),
        ("+---+\n| a\n+--+--+", "format"),
        ("<table>" + "<tr>" + "<td>1" * 20_001 + "</table>", "too_large"),
        ("<table><td>" + "<div>" * 150 + "a", "too_large"),
        ("{" * 100 + "\\begin{tabular}{l}a\\end{tabular}", "too_large"),
        ("a" * 1_000_001, "too_large"),
    ],
)
def test_no_table_is_refused(source, code):
    with pytest.raises(Rejected) as caught:
        table_source.read(source.encode())
    assert caught.value.code == code
    assert str(caught.value).strip()


def test_the_earlier_of_two_formats_counts():
    latex = r"\begin{tabular}{l} <table> is a tag \end{tabular}"
    assert "&lt;table&gt;" in table_source.read(latex.encode()).fragment


def test_broken_text_is_read(grid):
    sheet = table_source.read(b"<table><td>a\xff\x00b</td></table>")
    assert grid(sheet.fragment) == [["a\ufffdb"]]


def test_marks_of_ours_cannot_be_written(grid):
    sheet = table_source.read("<table><td>a\ue0000\ue001b $x^2$".encode())
    assert grid(sheet.fragment)[0][0].startswith("a0b")
