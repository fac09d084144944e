import json

import pytest

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.vega import VegaPainter, draw

pytest.importorskip("vl_convert")

SPEC = {
    "data": {"values": [{"x": "a", "y": 1}, {"x": "b", "y": 3}]},
    "mark": {"type": "bar", "color": "#ff0000"},
    "encoding": {"x": {"field": "x"}, "y": {"field": "y", "type": "quantitative"}},
}


@pytest.fixture(scope="module")
def painter():
    painter = VegaPainter(workers=1)
    yield painter
    painter.close()


def packed(spec, scale=1):
    return json.dumps({"spec": spec, "scale": scale}).encode()


def test_a_specification_is_drawn_in_a_confined_process(painter):
    small, large = painter.draw(packed(SPEC)), painter.draw(packed(SPEC, 2))
    assert (small.image == (255, 0, 0)).all(axis=2).mean() > 0.1
    assert abs(large.width - 2 * small.width) <= 2
    assert not small.blank


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"not JSON", "exception"),
        (b"[]", "exception"),
        (packed([]), "exception"),
        (packed({"mark": "nonsense"}), "exception"),
        (packed({**SPEC, "data": {"url": "https://example.com/cars.json"}}), "network"),
        (packed({**SPEC, "width": 9000}), "too_large"),
    ],
)
def test_faults(document, code):
    with pytest.raises(Rejected) as caught:
        draw(document, {})
    assert caught.value.code == code
