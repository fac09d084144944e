"""Every format, both backends, and sources that must not get through."""

import numpy as np
import pytest

from visual_erm.errors import PolicyFault
from visual_erm.renderers import table_source
from visual_erm.renderers.devtools import find_browser
from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table import TableRenderer

SOURCES = {
    "html": "<table><tr><th colspan=2>Fruit</th></tr><tr><td>apple</td><td>3</td></tr></table>",
    "pipe": "| a | b |\n|---|--:|\n| 1 | 2 |",
    "grid": "+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+",
    "latex": r"\begin{tabular}{lr}\toprule a & b \\ \midrule 数 & $x^2$ \\ \bottomrule\end{tabular}",  # noqa: E501
    "csv": 'a,b\n"1,5",2',
}
BACKENDS = ["litehtml", *(["chromium"] if find_browser() else [])]


@pytest.fixture(scope="module", params=BACKENDS)
def renderer(request):
    renderer = TableRenderer(backend=request.param)
    yield renderer
    renderer.close()


@pytest.mark.parametrize("name", SOURCES)
def test_every_format_is_drawn_twice_alike(renderer, name):
    first, second = (renderer.render(SOURCES[name]) for _ in range(2))
    assert first.backend == renderer.backend
    assert not first.blank
    assert np.array_equal(first.image, second.image)


def test_prose_is_no_table(renderer):
    with pytest.raises(PolicyFault) as caught:
        renderer.render("Here is your table, as you asked.")
    assert caught.value.failure.code == "format"


@pytest.mark.parametrize("tag", ["script", "iframe", "img", "object", "style", "svg", "link"])
def test_nothing_active_gets_through(tag):
    source = f"<table><tr><td><{tag} src=file:///etc/passwd onload=x()>a</{tag}>b</td></tr></table>"
    fragment = table_source.read(source.encode())
    assert tag not in fragment
    assert "passwd" not in fragment


def test_spans_are_bounded():
    fragment = table_source.read(b"<table><td colspan=999999999 rowspan=-4>a</table>")
    assert 'colspan="200"' in fragment
    assert 'rowspan="1"' in fragment


def test_latex_spans():
    source = (
        rb"\begin{tabular}{ll}\multicolumn{2}{c}{A} \\ \multirow{2}{*}{B} & 1 \\ & 2\end{tabular}"
    )
    fragment = table_source.read(source)
    assert 'colspan="2" rowspan="1">A<' in fragment
    assert 'colspan="1" rowspan="2">B<' in fragment


def test_empty_table_is_refused():
    with pytest.raises(Rejected):
        table_source.read(b"<table></table>")
