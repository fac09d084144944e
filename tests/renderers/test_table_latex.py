"""LaTeX tables: the grid that comes of them, and how they are ruled and set."""

import lxml.html
import pytest

from visual_erm.renderers import table_source
from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_formulas import Formulas
from visual_erm.renderers.table_latex import to_html


def tabular(body, columns="lll"):
    return to_html(f"\\begin{{tabular}}{{{columns}}}{body}\\end{{tabular}}", Formulas())


def cells(html):
    return lxml.html.fragment_fromstring(html, create_parent="div").findall(".//td")


def cell(body, columns="lll"):
    return cells(tabular(body, columns))[0]


@pytest.mark.parametrize("name", ["sqrt", "input", "title", "exercise"])
def test_macros_that_want_arguments_do_not_end_a_table(name):
    assert cell(rf"a\{name}{{x}} & b \\").text_content() == "ax"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"a & b & c \\ 1 & 2 & 3", [["a", "b", "c"], ["1", "2", "3"]]),
        (r"a & b & c \\[2pt] 1 & 2 & 3 \\*", [["a", "b", "c"], ["1", "2", "3"]]),
        (r"a & b & c \tabularnewline 1 & 2 & 3 \\ \hline", [["a", "b", "c"], ["1", "2", "3"]]),
        (r"\multicolumn{2}{c}{A} & c \\ 1 & 2 & 3", [["A", "A", "c"], ["1", "2", "3"]]),
        (r"\multirow{2}{*}{A} & b & c \\ & 2 & 3", [["A", "b", "c"], ["A", "2", "3"]]),
        (r"\multirow[t]{2}{3cm}{A} & b & c \\ & 2 & 3", [["A", "b", "c"], ["A", "2", "3"]]),
        (r"a & b & c \\ & 2 & 3 \\ \multirow{-2}{*}{A} & 4 & 5",
         [["a", "b", "c"], ["A", "2", "3"], ["A", "4", "5"]]),
        (r"\multirow{2}{*}{\textbf{\textit{A}}} & b & c \\ & 2 & 3",
         [["A", "b", "c"], ["A", "2", "3"]]),
        (r"\textbf{\multirow{2}{*}{A}} & b & c \\ & 2 & 3", [["A", "b", "c"], ["A", "2", "3"]]),
        (r"\multicolumn{2}{c}{\multirow{2}{*}{A}} & c \\ \multicolumn{2}{c}{} & 3 \\ 7 & 8 & 9",
         [["A", "A", "c"], ["A", "A", "3"], ["7", "8", "9"]]),
        (r"\multirow{2}{*}{\multicolumn{2}{c}{A}} & c \\ & & 3",
         [["A", "A", "c"], ["A", "A", "3"]]),
        (r"\multirow{9}{*}{A} & b & c \\ & 2 & 3", [["A", "b", "c"], ["A", "2", "3"]]),
        (r"\multirow{2}{*}{A} & b & c \\ B & 2 & 3", [["A", "b", "c"], ["B", "2", "3"]]),
        (r"a \& b & 5\% & \$5\_x\# \\", [["a & b", "5%", "$5_x#"]]),
        ("a & b % & x \\\\ no\n & c \\\\ 1 & 2 & 3", [["a", "b", "c"], ["1", "2", "3"]]),
        (r"{\bfseries a} & {\footnotesize b} & {c & d} \\", [["a", "b", "c d"]]),
        (r"\makecell{a\\b} & \shortstack[l]{c\\d} & x \\", [["ab", "cd", "x"]]),
        (r"\foo{a} & \foo[2]{b}{c} & \quux \\", [["a", "[2]bc", ""]]),
        (r"``a'' & b--c & d---e \\", [["“a”", "b–c", "d—e"]]),
        (r"\'e & \"o & \c{c} \\ \~n & \o & \ss", [["é", "ö", "ç"], ["ñ", "ø", "ß"]]),
        (r"\begin{tabular}[c]{@{}l@{}}a\\b\end{tabular} & c & d \\", [["ab", "c", "d"]]),
        (r"\SI{5}{\kilo\metre\per\hour} & \num{1e-3} & \ang{30} \\",
         [["5 km/h", "1 × 10−3", "30°"]]),
        (r"\cite{a} & \textcolor{red}{b} & \href{http://x}{c} \\", [["[a]", "b", "c"]]),
        (r"a & b & c \\ 1 & 2", [["a", "b", "c"], ["1", "2", ""]]),
        (r"\textbf{a & b & c \\ 1 & 2 & 3", [["a b c 1 2 3"]]),
    ],
)  # fmt: skip
def test_grid(grid, body, expected):
    assert grid(tabular(body)) == expected


@pytest.mark.parametrize(
    ("columns", "aligns"),
    [
        ("lcr", ["", "center", "right"]),
        ("|l||c|r|", ["", "center", "right"]),
        ("@{}l@{\\hspace{2em}}c r@{}", ["", "center", "right"]),
        ("*{3}{c}", ["center"] * 3),
        ("l*{2}{r}", ["", "right", "right"]),
        (">{\\bfseries}l>{\\centering\\arraybackslash}p{2cm}S[table-format=1.2]",
         ["", "center", "right"]),
        ("p{3cm}m{1in}b{20pt}", ["", "", ""]),
        ("XYZ", ["", "", ""]),
    ],
)  # fmt: skip
def test_alignment(columns, aligns):
    found = [one.get("style", "") for one in cells(tabular(r"a & b & c \\", columns))]
    assert [
        next((p.partition(":")[2] for p in style.split(";") if p.startswith("text-align")), "")
        for style in found
    ] == aligns


def test_rules_are_where_they_are_written():
    made = cells(
        tabular(
            r"\toprule a & b & c \\ \cmidrule(lr){2-3} 1 & 2 & 3 \\ "
            r"\midrule 4 & 5 & 6 \\ \bottomrule"
        )
    )
    styles = [one.get("style") or "" for one in made]
    assert all("border-top:2px" in style for style in styles[:3])
    assert ["border-top:1px" in style for style in styles[3:6]] == [False, True, True]
    assert all("border-bottom:2px" in style for style in styles[6:])
    assert not any("border-left" in style or "border-right" in style for style in styles)


def test_vertical_rules_and_double_ones():
    first, last = cells(tabular(r"\hline\hline a & b \\ \hline", "|l|r||"))
    assert "border-left:1px solid" in first.get("style")
    assert "border-right:1px solid" in first.get("style")
    assert "border-right:3px double" in last.get("style")
    assert "border-top:3px double" in first.get("style")


def test_multicolumn_overrules_the_column():
    assert "text-align:center" in cell(r"\multicolumn{1}{|c|}{a} & b", "lr").get("style")
    assert "border-left" in cell(r"\multicolumn{1}{|c|}{a} & b", "lr").get("style")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (r"\textbf{a}", ".//b"),
        (r"\emph{a}", ".//i"),
        (r"\underline{a}", ".//u"),
        (r"a\textsuperscript{2}", ".//sup"),
        (r"a\textsubscript{2}", ".//sub"),
        (r"\bfseries a", ".//span[@style='font-weight:bold']"),
        (r"\textsc{a}", ".//span[@style='font-variant:small-caps']"),
        (r"\texttt{a}", ".//span[@style='font-family:monospace']"),
        (r"\textcolor{red!50}{a}", ".//span[@style='color:#ff8080']"),
        (r"\textcolor[HTML]{00ff00}{a}", ".//span[@style='color:#00ff00']"),
        (r"\color{blue} a", ".//span[@style='color:#0000ff']"),
        (r"a\footnote{b}", ".//sup"),
    ],
)
def test_fonts(body, path):
    assert cell(body).find(path) is not None


def test_backgrounds():
    made = cells(tabular(r"\rowcolor{gray!20} a & \cellcolor{red} b \\ c & d", "ll"))
    found = [one.get("style") or "" for one in made]
    assert "background-color:#e6e6e6" in found[0]
    assert "background-color:#ff0000" in found[1]
    assert "background" not in found[2] + found[3]


def test_column_fonts_apply_to_each_cell():
    made = cells(tabular(r"a & b \\ c & \multicolumn{1}{l}{d}", r">{\bfseries}l>{\itshape}l"))
    assert [one.find(".//span") is not None for one in made] == [True, True, True, False]


@pytest.mark.parametrize(
    "head",
    [
        r"\begin{tabular*}{\textwidth}{@{\extracolsep{\fill}}ll}",
        r"\begin{tabularx}{\linewidth}{lX}",
        r"\begin{longtable}[c]{ll}",
        r"\begin{table}[htbp]\centering\small\caption{C}\label{t}\begin{tabular}[t]{ll}",
        r"\resizebox{\textwidth}{!}{\begin{tabular}{ll}",
        r"\documentclass{article}\usepackage{x}\begin{document}Hello. \begin{tabular}{ll}",
    ],
)
def test_wrappers(grid, head):
    name = head.rpartition("begin{")[2].partition("}")[0]
    source = head + r"a & b \\ 1 & 2" + f"\\end{{{name}}}"
    assert grid(to_html(source, Formulas())) == [["a", "b"], ["1", "2"]]


def test_array_in_mathematics(grid):
    sheet = table_source.read(rb"\[\begin{array}{cc} x^2 & 2 \\ a & b \end{array}\]")
    assert grid(sheet.fragment)[0][1] == "2"
    assert "<msup>" in sheet.fragment


def test_captions_notes_and_footnotes():
    html = to_html(
        r"\begin{table}\caption{The \textbf{cap}}\begin{tabular}{l}a\footnote{f}\end{tabular}"
        r"\begin{tablenotes}\item[1] note\end{tablenotes}\end{table}",
        Formulas(),
    )
    assert "<caption>The <b>cap</b></caption>" in html
    assert "<sup>1</sup> note" in html
    assert html.endswith("<sup>1</sup> f</p>")
    below = to_html(
        r"\begin{table}\begin{tabular}{l}a\end{tabular}\caption{C}\end{table}", Formulas()
    )
    assert 'caption-side:bottom">C<' in below


def test_a_longtable_shows_each_part_once(grid):
    source = (
        r"\begin{longtable}{ll}\caption{C}\\ A & B \\ \endfirsthead A & B (more) \\ \endhead"
        r" next page & \\ \endfoot end & \\ \endlastfoot 1 & 2 \\ 3 & 4 \\ \end{longtable}"
    )
    assert grid(to_html(source, Formulas())) == [["A", "B"], ["1", "2"], ["3", "4"], ["end", ""]]


def test_macros_of_the_author(grid):
    source = (
        r"\newcommand{\best}[1]{\textbf{#1}$^*$}\newcommand\x{y}\def\z{w}"
        r"\begin{tabular}{lll}\best{5} & \x & \z\end{tabular}"
    )
    html = to_html(source, Formulas())
    assert grid(html)[0][1:] == ["y", "w"]
    assert "<b>5</b>" in html


@pytest.mark.parametrize(
    "source",
    [
        r"\newcommand{\a}{\a\a}\begin{tabular}{l}\a x\end{tabular}",
        "".join(
            f"\\newcommand{{\\a{chr(98 + i)}}}{{{f'{chr(92)}a{chr(97 + i)} ' * 12}}}"
            for i in range(9)
        )
        + r"\newcommand{\aa}{xxxxxxxxxx}\begin{tabular}{l}\aj\end{tabular}",
        r"\begin{tabular}{*{300}{*{300}{*{300}{l}}}}a\end{tabular}",
        r"\begin{tabular}{l}" + r"\multicolumn{99999}{l}{a} & " * 50 + r"\end{tabular}",
        r"\begin{tabular}{l}" + r"\multirow{99999}{*}{a} \\ " * 500 + r"\end{tabular}",
        r"\begin{tabular}{l}" + "a & " * 30_000 + r"\end{tabular}",
        r"\begin{tabular}{l}" * 59 + "a",
    ],
)
def test_bombs_end(source):
    try:
        assert len(to_html(source, Formulas())) < 5_000_000
    except Rejected as rejected:
        assert rejected.code == "too_large"


def test_negative_and_plain_numbers_are_set_as_text():
    marks = Formulas()
    html = to_html(r"\begin{tabular}{l}$-5.2$ & $7$ & $x$\end{tabular}", marks)
    assert "−5.2" in html and ">7<" in html
    assert html.count("\ue000") == 1
