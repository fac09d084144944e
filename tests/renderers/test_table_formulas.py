"""Formulas are found and typeset; money is not."""

import time

import pytest
from lxml import etree

from visual_erm.renderers import table_source
from visual_erm.renderers.table_formulas import as_markup, find, mathml


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $10",
        "$5-$10",
        "$5–$10k",
        "US$5 / A$6",
        "5$-6$",
        "between $5 million and $6 million",
        "$1,000/$2,000",
        "Price ($) | Cost ($)",
        "$HOME and $PATH",
        "5 US$ = 4 A$",
        "$5 (A$)",
        "a $ b $ c",
        "\\$x^2\\$",
        "$20k$",
    ],
)
def test_money_is_no_formula(text):
    assert list(find(text)) == []


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$x^2$", ["x^2"]),
        ("10$^{-3}$ m", ["^{-3}"]),
        ("\\(a\\) and \\[b\\]", ["a", "b"]),
        ("$$z_1$$", ["z_1"]),
        ("$p$-value, $p < 0.05$", ["p", "p < 0.05"]),
        ("$T_{max}$ ($^\\circ$C)", ["T_{max}", "^\\circ"]),
        ("costs \\$5, so $a_b$", ["a_b"]),
        ("$100$", ["100"]),
    ],
)
def test_formulas_are_found(text, formulas):
    assert [found.tex for found in find(text)] == formulas


@pytest.mark.parametrize(
    ("tex", "path"),
    [
        (r"x^2", ".//msup"),
        (r"\frac{a}{b}", ".//mfrac"),
        (r"\sqrt{x}", ".//msqrt"),
        (r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", ".//mtable"),
        (r"\sum_{i=1}^n x_i", ".//msubsup"),
    ],
)
def test_mathml(tex, path):
    made = mathml(tex)
    assert made is not None
    assert made.find(path) is not None


@pytest.mark.parametrize("tex", ["x_", r"\left(a", r"\foo{a}", r"\frac{" * 300 + "a", ""])
def test_no_formula(tex):
    assert mathml(tex) is None


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed;background:url(x)}{b}",
        r"\class{verm-page}{x}",
        r"\hspace{99999em}x",
        r"\text{<script>alert(1)</script>}",
        r"\unicode{x3c}script",
    ],
)
def test_nothing_but_mathematics_comes_out(tex):
    for source in (
        f"<table><td>\\({tex}\\)</table>",
        f"\\begin{{tabular}}{{l}}${tex}$\\end{{tabular}}",
    ):
        fragment = table_source.read(source.encode()).fragment
        root = etree.fromstring(f"<div>{fragment}</div>", etree.HTMLParser())
        assert not root.xpath("//script | //@href | //@onclick")
        for style in root.xpath("//math//@style"):
            assert not set(style) & set("(<")
        assert '99999em"' not in fragment


def test_a_formula_that_cannot_be_read_is_text_with_a_warning(grid):
    sheet = table_source.read(rb"\begin{tabular}{l}$\foo{x}$ and $y_1$\end{tabular}")
    assert grid(sheet.fragment)[0][0].startswith("$\\foo{x}$ and")
    assert any("1 formulas drawn as written" in warning for warning in sheet.warnings)


@pytest.mark.parametrize("lite", [False, True])
def test_dollars_in_code_stay(grid, lite):
    for source in ("<table><td><code>$x^2$</code>", "|a|\n|-|\n|`$x^2$`|"):
        sheet = table_source.read(source.encode(), lite=lite)
        assert grid(sheet.fragment)[-1] == ["$x^2$"]


def test_bars_in_formulas_separate_no_cells(grid):
    sheet = table_source.read(rb"|a|b|" b"\n|-|-|\n" rb"|$|x|$|$P(a|b)$|", lite=True)
    assert [cell.replace("\u2005", "") for cell in grid(sheet.fragment)[1]] == ["|x|", "P(a|b)"]


def test_mathml_of_the_author_is_kept_and_cleaned():
    source = (
        b"<table><td><math><mfrac><mi onclick=x()>a</mi><mn>2</mn></mfrac>"
        b"<maction actiontype=statusline><mi>b</mi></maction></math>"
    )
    fragment = table_source.read(source).fragment
    assert "<mfrac><mi>a</mi><mn>2</mn></mfrac>" in fragment
    assert "onclick" not in fragment and "maction" not in fragment
    assert "verm-over" in table_source.read(source, lite=True).fragment


def test_markup_for_litehtml():
    assert as_markup(mathml("x^2")) == (
        '<span class="verm-math"><i>x</i><span class="verm-up">2</span></span>'
    )


def test_time_is_bounded():
    started = time.process_time()
    list(find("\\(" * 2_000 + "$" * 2_000 + "a$" * 2_000))
    assert time.process_time() - started < 5
