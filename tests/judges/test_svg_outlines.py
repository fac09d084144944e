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


def test_an_outline_as_thick_as_of_an_icon_of_24_pixels_that_is_filled_is_style() -> None:
    stroke = 'fill="{}" stroke="#111" stroke-width="8"'
    pill = f'<rect x="5" y="20" width="90" height="60" rx="30" {stroke}/>'
    knob = f'<circle cx="65" cy="50" r="12" {stroke}/>'.format("none")
    (error,) = judged(
        draw({"pill": pill.format("none"), "knob": knob}),
        draw({"pill": pill.format("#111"), "knob": knob}),
    )
    assert error.category == "style_error"
    assert "filled" in error.description


def test_a_thick_frame_around_a_picture_is_not_filled_when_the_picture_is_gone() -> None:
    frame = '<rect x="8" y="8" width="84" height="84" fill="#334155"/>'
    picture = '<rect x="15" y="15" width="70" height="70" fill="#bfdbfe"/>'
    found = judged(draw({"frame": frame, "picture": picture}), draw({"frame": frame}))
    assert not any("filled" in error.description for error in found)


RING = '<circle cx="50" cy="50" r="40" fill="none" stroke="#222" stroke-width="8"/>'


def test_an_outline_that_is_filled_in_part_has_another_outline() -> None:
    halves = {"ring": RING, "bar": '<rect x="10" y="46" width="80" height="8" fill="#222"/>'}
    half = {**halves, "half": '<path d="M10 50a40 40 0 0 0 80 0z" fill="#222"/>'}
    (error,) = judged(draw(halves), draw(half))
    assert error.category == "shape_error"
    (error,) = judged(draw({"ring": RING}), draw({"ring": RING.replace("none", "#222")}))
    assert error.category == "style_error"


def test_what_reaches_into_an_outline_does_not_fill_it() -> None:
    bulge = '<path d="M18 24h44v40h-44z" fill="#222"/>'
    errors = judged(draw({"ring": RING}), draw({"ring": RING, "bulge": bulge}))
    assert errors
    assert all(error.category != "style_error" for error in errors)


def test_a_shape_with_others_on_it_of_which_only_the_outline_is_drawn() -> None:
    """The rim of what lies on it is no part of its outline."""
    dots = {f"dot{x}": f'<circle cx="{x}" cy="50" r="8" fill="#fbe1ee"/>' for x in (32, 50, 68)}
    pin = '<ellipse cx="50" cy="50" rx="32" ry="26" {}/>'
    line = 'fill="none" stroke="#e03d8f" stroke-width="3"'
    filled = draw({"pin": pin.format('fill="#e03d8f"')} | dots)
    errors = judged(filled, draw({"pin": pin.format(line)} | dots))
    assert [error.category for error in errors] == ["style_error"]
    assert "outline" in errors[0].description
