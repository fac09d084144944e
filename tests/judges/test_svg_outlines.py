"""Outlines that an element has got or lost, and what only looks like one."""

import pytest

from tests.judges.test_svg import draw, judged

PLATE = '<rect x="15" y="15" width="70" height="70" fill="#f0c040"/>'
LEAF = '<path d="M50 25 75 60 50 75 25 60z" fill="#2e7d32" {}/>'
STROKE = 'stroke="#222" stroke-width="4" stroke-linejoin="round"'


def only(reference: list[str], candidate: list[str]):
    one, two = (draw(dict(enumerate(parts))) for parts in (reference, candidate))
    (error,) = judged(one, two)
    return error


@pytest.mark.parametrize("word", ["lost", "got"])
def test_an_outline_that_comes_or_goes_is_style(word: str) -> None:
    drawn = [[PLATE, LEAF.format(look)] for look in ("", STROKE)]
    error = only(*(drawn if word == "got" else drawn[::-1]))
    assert error.category == "style_error"
    assert word in error.description
    assert "outline" in error.description


def test_a_hub_that_is_gone_is_no_outline_that_its_wheel_lost() -> None:
    wheel = '<circle cx="50" cy="50" r="8" fill="#444"/>'
    hub = '<circle cx="50" cy="50" r="3.9" fill="#bbb"/>'
    error = only([PLATE, wheel, hub], [PLATE, wheel])
    assert error.category == "structure_error"
    assert "not drawn" in error.description
