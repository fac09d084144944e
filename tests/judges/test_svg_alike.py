"""Differences that look like others: what tells a wider stroke from a larger shape, and so on."""

import pytest

from tests.judges.test_svg import PARTS, draw, edited, judged

LINE = (
    '<line x1="20" y1="60" x2="50" y2="20" stroke="#222" stroke-width="5" stroke-linecap="round"/>'
)


def only(**parts: str):
    """The one error of a drawing with these parts in place of its own."""
    (error,) = judged(draw(PARTS), edited(**parts))
    return error


def test_a_wider_stroke_is_style_and_a_larger_shape_is_none() -> None:
    reference = draw({"line": LINE})
    (wider,) = judged(reference, draw({"line": LINE.replace('"5"', '"9"')}))
    assert wider.category == "style_error"
    assert "thicker" in wider.description
    larger = LINE.replace("/>", ' transform="translate(35 40) scale(1.4) translate(-35 -40)"/>')
    (larger,) = judged(draw({**PARTS, "line": LINE}), draw({**PARTS, "line": larger}))
    assert larger.category == "shape_error"


def test_two_gaps_in_a_line_are_dashes() -> None:
    line = '<line x1="10" y1="90" x2="90" y2="90" stroke="#222" stroke-width="4"/>'
    dashes = line.replace("/>", ' stroke-dasharray="20 10"/>')
    (error,) = judged(draw({"line": line}), draw({"line": dashes}))
    assert error.category == "style_error"
    assert "dashed" in error.description


def test_two_small_elements_that_are_gone_are_no_dashes() -> None:
    eyes = {f"eye{x}": f'<circle cx="{x}" cy="40" r="4" fill="#222"/>' for x in (35, 65)}
    errors = judged(draw(eyes | PARTS), draw(PARTS))
    assert {error.category for error in errors} == {"structure_error"}


def test_an_element_behind_its_neighbour_is_structure() -> None:
    plate = '<rect x="45" y="50" width="50" height="40" fill="#e0a020"/>'
    mark = '<rect x="60" y="60" width="20" height="15" fill="#2864c8"/>'
    (error,) = judged(draw({"plate": plate, "mark": mark}), draw({"mark": mark, "plate": plate}))
    assert error.category == "structure_error"


def test_colours_of_each_other_are_one_error() -> None:
    square = PARTS["square"].replace("#2864c8", "#dd3333")
    disc = PARTS["disc"].replace("#dd3333", "#2864c8")
    error = only(square=square, disc=disc)
    assert error.category == "style_error"


def test_a_shape_that_shrank_has_not_lost_an_outline() -> None:
    cross = '<path d="M45 10h10v35h35v10h-35v35h-10v-35h-35v-10h35z" fill="#1f447e" {}/>'
    small = 'transform="translate(50 50) scale(.65) translate(-50 -50)"'
    dot = {"dot": '<circle cx="90" cy="90" r="6" fill="#dd3333"/>'}
    reference = draw({"cross": cross.format("")} | dot)
    (error,) = judged(reference, draw({"cross": cross.format(small)} | dot))
    assert error.category == "shape_error"


def test_a_trace_of_an_element_is_fading() -> None:
    pale = '<rect x="45" y="50" width="50" height="40" fill="#dcdcdc" {}/>'
    dot = {"dot": PARTS["disc"]}
    reference = draw({"plate": pale.format("")} | dot)
    (error,) = judged(reference, draw({"plate": pale.format('opacity="0.15"')} | dot))
    assert error.category == "style_error"
    assert "opacity" in error.description


def test_a_drawing_in_grey_is_one_error_and_what_else_differs_is_told() -> None:
    greys = {
        "square": PARTS["square"].replace("#2864c8", "#787878"),
        "disc": PARTS["disc"].replace("#dd3333", "#888888"),
        "bar": PARTS["bar"].replace("#2e9e4f", "#666666"),
    }
    error = only(**greys)
    assert error.category == "style_error"
    assert "grey" in error.description
    errors = judged(draw(PARTS), edited(**greys | {"ring": ""}))
    assert sorted(error.category for error in errors) == ["structure_error", "style_error"]


@pytest.mark.parametrize("what", ["filled", "outline"])
def test_one_change_of_two_elements_of_a_colour_is_one_error(what: str) -> None:
    discs = '<circle cx="{}" cy="50" r="20" stroke="#dd3333" stroke-width="3" fill="{}"/>'
    full, empty = (
        {str(x): discs.format(x, fill) for x in (27, 73)} for fill in ("#dd3333", "none")
    )
    one, two = (full, empty) if what == "outline" else (empty, full)
    (error,) = judged(draw(one), draw(two))
    assert error.category == "style_error"


def test_another_shape_is_no_thinner_stroke() -> None:
    heart = '<path d="M50 90C5 55 5 15 30 15S50 30 50 30S50 15 70 15S95 55 50 90Z" fill="#b91c1c"/>'
    straight = '<path d="M50 90L30 15L50 30L70 15Z" fill="#b91c1c"/>'
    errors = judged(draw({"heart": heart}), draw({"heart": straight}))
    assert "style_error" not in {error.category for error in errors}


def test_elements_that_are_missing_are_one_error_wherever_they_stood() -> None:
    error = only(square="", bar="", ring="")
    assert error.category == "structure_error"
    assert error.severity == 3
    assert error.bbox_prediction is None


def test_parts_that_turned_alike_are_one_error() -> None:
    arms = '<g fill="#047857" {}><path d="M10 46h25v9h-25z"/><path d="M60 46h32v9h-32z"/></g>'
    turned = arms.format('transform="rotate(40 50 50)"')
    (error,) = judged(draw({"arms": arms.format("")}), draw({"arms": turned}))
    assert error.category == "shape_error"
    assert "turned" in error.description


def test_an_element_seen_between_lines_that_is_slanted_is_one_error_of_shape() -> None:
    plate = '<rect x="20" y="30" width="60" height="40" fill="#d3d3d3" {}/>'
    frame = (
        '<rect x="20" y="30" width="60" height="40" fill="none" stroke="#222" stroke-width="3"/>'
    )
    slanted = plate.format('transform="translate(50 50) skewX(-20) translate(-50 -50)"')
    reference = draw({"plate": plate.format(""), "frame": frame})
    (error,) = judged(reference, draw({"plate": slanted, "frame": frame}))
    assert error.category == "shape_error"
