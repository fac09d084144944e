"""What is drawn of tables, by both backends: pixels are looked at, not markup."""

import subprocess
import sys

import numpy as np
import pytest

from visual_erm import examples, images
from visual_erm.errors import PolicyFault
from visual_erm.renderers.devtools import find_browser
from visual_erm.renderers.table import TableRenderer

SOURCES = {
    "html": "<table><tr><th colspan=2>Fruit</th></tr><tr><td>apple</td><td>3</td></tr></table>",
    "pipe": "| a | b |\n|---|--:|\n| 1 | 2 |",
    "grid": "+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+",
    "latex": r"\begin{tabular}{lr}\toprule a & b \\ \midrule 数 & $x^2$ \\ \bottomrule\end{tabular}",  # noqa: E501
    "csv": 'a,b\n"1,5",2',
    "style": "<style>#T_1 td{color:blue}</style><table id=T_1><tr><td>a</td></tr></table>",
}
BACKENDS = ["litehtml", *(["chromium"] if find_browser() else [])]


@pytest.fixture(scope="module", params=BACKENDS)
def renderer(request):
    renderer = TableRenderer(backend=request.param)
    yield renderer
    renderer.close()


def drawn(renderer, source):
    return renderer.render(source).image


def count(image, colour, tolerance=40):
    """Pixels of about one colour."""
    return int((np.abs(image.astype(int) - colour).max(axis=2) <= tolerance).sum())


def lines(image, axis):
    """Dark lines that run through most of the table, along rows (axis 1) or columns (axis 0)."""
    dark = (image.max(axis=2) < 130).mean(axis=axis)
    along = dark > 0.6
    return int((along[1:] & ~along[:-1]).sum())


@pytest.mark.parametrize("name", SOURCES)
def test_every_format_is_drawn_twice_alike(renderer, name):
    first, second = (renderer.render(SOURCES[name]) for _ in range(2))
    assert first.backend == renderer.backend
    assert not first.blank
    assert np.array_equal(first.image, second.image)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_process_draws_alike(backend):
    program = (
        "from visual_erm import images; from visual_erm.renderers.table import TableRenderer\n"
        f"renderer = TableRenderer(backend={backend!r}); sources = {list(SOURCES.values())!r}\n"
        "print([images.digest(renderer.render(source).image) for source in sources])\n"
        "renderer.close()"
    )
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert "," in runs[0].stdout


def test_prose_is_no_table(renderer):
    with pytest.raises(PolicyFault) as caught:
        renderer.render("Here is your table, as you asked.")
    assert caught.value.failure.code == "format"


def test_the_picture_is_as_large_as_the_table(renderer):
    image = drawn(renderer, "<table><tr><td>a</td></tr></table>")
    assert image.shape[0] < 80 and image.shape[1] < 80
    wide = drawn(renderer, f"<table><tr>{'<td>word' * 12}</tr></table>")
    assert 500 < wide.shape[1] < 1200


@pytest.mark.parametrize(
    "style",
    [
        "color:#fff",
        "color:transparent",
        "color:rgba(0,0,0,0)",
        "visibility:hidden",
        "opacity:0",
        "font-size:0",
        "text-indent:-3000px;overflow:hidden;white-space:nowrap;max-width:50px",
    ],
)
def test_invisible_text_stays_invisible(renderer, style):
    for source in (
        f"<style>td{{{style}}}</style><table><tr><td>word word</td></tr></table>",
        f"<table><tr><td style='{style}'>word word</td></tr></table>",
    ):
        inner = drawn(renderer, source)[16:-24, 16:-16]
        assert count(inner, (0, 0, 0), 100) == 0


def test_what_is_not_displayed_takes_no_room(renderer):
    shown = drawn(renderer, "<table><tr><td>a</td></tr></table>")
    source = (
        "<style>.no{display:none}</style><table><tr><td>a</td><td class=no>b</td></tr>"
        "<tr class=no><td>c</td></tr></table>"
    )
    assert drawn(renderer, source).shape == shown.shape


def test_the_invisible_cheat_of_the_demo_hides_its_numbers(renderer):
    planets = next(e for e in examples.load_all("table") if e.name == "planets")
    cheat = next(a.source for a in planets.attempts if "invisible" in a.name)
    honest, hidden = drawn(renderer, planets.reference), drawn(renderer, cheat)
    assert honest.shape == hidden.shape
    body = honest[70:-14]
    assert images.is_blank(hidden[75:90, 110:200]) or count(hidden[75:90, 110:200], 0, 100) == 0
    assert count(body, (0, 0, 0), 90) > 1.3 * count(hidden[70:-14], (0, 0, 0), 90)


PANDAS = """
<style type="text/css">
#T_b8a th { color: #ffffff; background-color: #000080; }
#T_b8a_row0_col0 { background-color: #ff0000; color: #00ff00; }
#T_b8a_row1_col1 { width: 10em; background: linear-gradient(90deg, #ff00ff 50.0%, transparent 50.0%); }
</style>
<table id="T_b8a" class="dataframe">
  <thead><tr><th class="blank level0">&nbsp;</th><th id="T_b8a_level0_col0" class="col_heading level0 col0">A</th>
  <th class="col_heading level0 col1">B</th></tr></thead>
  <tbody>
    <tr><th class="row_heading level0 row0">0</th><td id="T_b8a_row0_col0" class="data row0 col0">1</td><td>2</td></tr>
    <tr><th class="row_heading level0 row1">1</th><td>3</td><td id="T_b8a_row1_col1" class="data">4</td></tr>
  </tbody>
</table>
"""  # noqa: E501


def test_pandas_styler(renderer):
    image = drawn(renderer, PANDAS)
    for colour in ((0, 0, 128), (255, 0, 0), (255, 0, 255)):
        assert count(image, colour, 8) > 200, colour
    # the bar ends in the middle of its cell
    row = np.flatnonzero((np.abs(image.astype(int) - (255, 0, 255)).max(axis=2) < 8).any(axis=0))
    assert 60 < row[-1] - row[0] < 110


def test_zebra_stripes(renderer):
    rows = "<tr><td>a</td></tr>" * 4
    image = drawn(
        renderer, f"<style>tr:nth-child(even){{background:#ff8800}}</style><table>{rows}</table>"
    )
    column = np.abs(image[:, 14].astype(int) - (255, 136, 0)).max(axis=1) < 8
    assert int((column[1:] & ~column[:-1]).sum()) == 2


def test_bare_tables_have_our_grid_and_ruled_ones_their_own(renderer):
    table = "<table><tr><td>aaa</td><td>bbb</td></tr><tr><td>ccc</td><td>ddd</td></tr></table>"
    ours = drawn(renderer, table)
    assert (lines(ours, 1), lines(ours, 0)) == (3, 3)
    style = "<style>table{border-collapse:collapse} tr{border-bottom:2px solid #000}</style>"
    theirs = drawn(renderer, style + table)
    assert (lines(theirs, 1), lines(theirs, 0)) == (2, 0)
    none = drawn(renderer, table.replace("<table", "<table border=0"))
    assert (lines(none, 1), lines(none, 0)) == (0, 0)


def test_booktabs_rule_across_only(renderer):
    image = drawn(
        renderer,
        r"\begin{tabular}{ll}\toprule aa & bb \\ \midrule cc & dd \\ \bottomrule\end{tabular}",
    )
    assert (lines(image, 1), lines(image, 0)) == (3, 0)
    rows = r"aa & bb \\" * 6
    boxed = drawn(renderer, rf"\begin{{tabular}}{{|l|l|}}\hline {rows} \hline\end{{tabular}}")
    assert (lines(boxed, 1), lines(boxed, 0)) == (2, 3)


def test_old_attributes(renderer):
    source = (
        "<table bgcolor=yellow><tr><td bgcolor=ff0000 width=200>a<td><font color=blue>b</table>"
    )
    image = drawn(renderer, source)
    assert count(image, (255, 0, 0), 8) > 200 * 15
    assert count(image, (0, 0, 255), 60) > 10


def test_styles_overrule_old_attributes(renderer):
    source = "<style>td{background:#00f}</style><table><tr><td bgcolor=red>a</table>"
    image = drawn(renderer, source)
    assert count(image, (0, 0, 255), 8) > 100
    assert count(image, (255, 0, 0), 8) == 0


@pytest.mark.parametrize("written", ["x<sup>2</sup>", "x<sub>2</sub>", "$x^2$", "$x_2$"])
def test_raised_and_lowered_letters(renderer, written):
    source = f"<table border=0><tr><td>{written}</td></tr></table>"
    ink = drawn(renderer, source).max(axis=2) < 128
    columns = np.flatnonzero(ink.any(axis=0))
    gap = columns[np.argmax(np.diff(columns))] + 1
    feet = [np.flatnonzero(side.any(axis=1))[-1] for side in (ink[:, :gap], ink[:, gap:])]
    raised = "sup" in written or "^" in written
    assert feet[1] < feet[0] - 2 if raised else feet[1] > feet[0] + 1


def test_a_fraction_has_a_bar(renderer):
    image = drawn(renderer, r"\begin{tabular}{l}$\frac{abcdef}{ghijkl}$\end{tabular}")
    assert lines(image[:, 24:-28], 1) == 1


@pytest.mark.parametrize(
    "tex",
    [
        r"\sum_{i=1}^{n} \frac{x_i}{2}",
        r"x^2_i + \frac{1}{2}",
        r"\begin{pmatrix}a&b\\c&d\end{pmatrix}",
    ],
)
def test_a_formula_stands_on_one_line(renderer, tex):
    source = f"<table border=0><tr><td>\\(({tex})\\)</td></tr></table>"
    ink = drawn(renderer, source).max(axis=2) < 128
    columns = np.flatnonzero(ink.any(axis=0))
    first, last = (ink[:, at].any(axis=1) for at in (columns[:3], columns[-3:]))
    # the opening and the closing parenthesis stand beside each other
    assert (first & last).any()
    assert columns[-1] - columns[0] > 35


def test_formulas_that_cannot_be_read_are_said(renderer):
    rendering = renderer.render(r"\begin{tabular}{l}$\nosuchmacro{x}$\end{tabular}")
    assert not rendering.blank
    assert any("formulas drawn as written" in warning for warning in rendering.warnings)


def test_money_is_drawn_as_money(renderer):
    plain = drawn(renderer, "<table><td>&#36;5 and &#36;10</table>")
    assert np.array_equal(drawn(renderer, "<table><td>$5 and $10</table>"), plain)


def test_what_is_left_out_is_said(renderer):
    rendering = renderer.render(
        "<table><td style='position:fixed;filter:blur(2px)'>a<img src=x alt=words></table>"
    )
    assert any("filter" in warning for warning in rendering.warnings)
    assert any("pictures" in warning for warning in rendering.warnings)


def test_a_page_that_hides_itself_is_blank(renderer):
    assert renderer.render("<style>body{display:none}</style><table><td>a</table>").blank


@pytest.mark.parametrize("name", ["verm-page", "verm-sheet", "sheet"])
def test_names_of_ours_cannot_be_taken(renderer, name):
    source = f"<style>#{name}{{color:red}}</style><table id={name} class={name}><td>word</table>"
    assert drawn(renderer, source).shape[1] > 50


def test_bidi_and_zero_width_text_is_drawn(renderer):
    source = (
        "<table><td>a\u200b\u200c\u200d\ufeffb</td><td>\u202eabc\u202c</td><td>אבג</td></table>"
    )
    assert not renderer.render(source).blank


def test_large_spans_end(renderer):
    source = "<table>" + "<tr><td rowspan=365>a<td>b" + "<tr><td>c" * 364 + "</table>"
    assert drawn(renderer, source).shape[0] > 3_000
