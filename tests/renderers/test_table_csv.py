"""Separated values."""

import pytest

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_csv import to_html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a,b\n"1,5","say ""x"""', [["a", "b"], ["1,5", 'say "x"']]),
        ("a;b\n1,5;2,5", [["a", "b"], ["1,5", "2,5"]]),
        ("a\tb\n1, 2\t3", [["a", "b"], ["1, 2", "3"]]),
        ("a|b\n1|2", [["a", "b"], ["1", "2"]]),
        ('a,b\n"two\nlines",2', [["a", "b"], ["two lines", "2"]]),
        ("a, b\r\n\r\n1, 2\r\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n,", [["a", "b"], ["", ""]]),
        ("a,b\n<i>x</i>,&amp;", [["a", "b"], ["<i>x</i>", "&amp;"]]),
    ],
)
def test_delimiters(grid, text, expected):
    if expected[1] == ["", ""]:
        with pytest.raises(Rejected):
            to_html(text)
        return
    assert grid(to_html(text)[0]) == expected


def test_ragged_rows_are_filled_up_and_said(grid):
    html, warning = to_html("a,b,c\n" + "1,2,3\n" * 8 + "4,5\n")
    assert grid(html)[-1] == ["4", "5", ""]
    assert warning == "1 rows have other than 3 cells"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a\nb",
        "a,b",
        "a,b\n1\n2\n3,4,5",
        'a,b\n"1,2',
        "Dear Sir,\nI write, as asked,\nin vain.",
    ],
)
def test_no_table(text):
    with pytest.raises(Rejected):
        to_html(text)
