import json

import numpy as np
import pytest

from visual_erm.errors import PolicyFault
from visual_erm.renderers.devtools import find_browser
from visual_erm.renderers.plotly import PlotlyPainter

pytest.importorskip("plotly")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_browser() is None, reason="needs Chromium"),
]


@pytest.fixture(scope="module")
def painter():
    painter = PlotlyPainter()
    yield painter
    painter.close()


def document(data, layout=None, **options):
    return json.dumps({"figure": {"data": data, "layout": layout or {}}, **options}).encode()


BARS = [{"type": "bar", "x": ["a", "b"], "y": [1, 2], "marker": {"color": "#ff0000"}}]


def test_a_figure_is_drawn_at_its_own_size(painter):
    rendering = painter.draw(document(BARS, {"width": 400, "height": 300}))
    assert rendering.image.shape == (300, 400, 3)
    assert (rendering.image == (255, 0, 0)).all(axis=2).mean() > 0.05
    assert rendering.backend == "plotly"
    assert "plotly" in rendering.fingerprint


def test_scale_and_default_size(painter):
    assert painter.draw(document(BARS)).image.shape == (500, 700, 3)
    assert painter.draw(document(BARS, width=200, height=100, scale=2)).image.shape == (200, 400, 3)


def test_one_figure_leaves_nothing_for_the_next(painter):
    first = painter.draw(document(BARS)).image
    painter.draw(document([{"type": "pie", "values": [1, 2]}], {"paper_bgcolor": "black"}))
    np.testing.assert_array_equal(first, painter.draw(document(BARS)).image)


def test_a_huge_figure_is_bounded(painter):
    image = painter.draw(document(BARS, width=10**9, height=50, scale=1e9)).image
    assert max(image.shape) <= 4096


@pytest.mark.parametrize("content", [b"not JSON", b"[1]", b"{}"])
def test_what_is_no_figure_is_the_policys_fault(painter, content):
    with pytest.raises(PolicyFault):
        painter.draw(content)
