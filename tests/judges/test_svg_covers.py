"""Elements below others, in several colours, and what only looks like strokes."""

import pytest

from tests.judges.test_svg import draw, judged

BAR = '<rect x="40" y="20" width="20" height="50" fill="#1f4e79"/>'
DISC = '<circle cx="55" cy="60" r="22" fill="#e39a1f"/>'


@pytest.mark.parametrize("lost", [True, False])
def test_an_element_below_one_that_came_or_went_has_not_changed(lost: bool) -> None:
    pictures = draw({"bar": BAR, "disc": DISC}), draw({"bar": BAR})
    (error,) = judged(*(pictures if lost else pictures[::-1]))
    assert error.category == "structure_error"


def test_an_element_of_several_parts_that_is_gone_covers_nothing() -> None:
    left = '<rect x="10" y="10" width="40" height="80" fill="#32c5f4"/>'
    right = '<rect x="50" y="10" width="40" height="80" fill="#075a9a"/>'
    dots = "".join(
        f'<rect x="{x}" y="{y}" width="6" height="6" fill="#191d20"/>'
        for x in (20, 30, 65, 75)
        for y in (20, 45, 70)
    )
    (error,) = judged(draw({"l": left, "r": right, "dots": dots}), draw({"l": left, "r": right}))
    assert "not drawn" in error.description


def test_a_circle_that_fills_the_canvas_and_is_a_square_now_is_no_background() -> None:
    round_one = '<circle cx="50" cy="50" r="50" fill="#152743"/>'
    square = '<rect width="100" height="100" fill="#152743"/>'
    mark = '<path d="M30 30H70V70H50L30 50Z" fill="#fff"/>'
    pictures = (draw({"plate": plate, "mark": mark}) for plate in (round_one, square))
    (error,) = judged(*pictures)
    assert error.category == "shape_error"


def test_many_colours_of_a_part_of_the_drawing_are_one_palette() -> None:
    was = ["#c0392b", "#2980b9", "#27ae60", "#8e44ad", "#f39c12", "#16a085", "#7f4f24", "#e84393"]
    now = [*was[3:], *was[:3]]
    plate = '<rect x="0" y="60" width="100" height="40" fill="#222"/>'
    first, second = (
        draw(
            {"plate": plate}
            | {
                c: f'<rect x="{2 + 12 * k}" y="{5 + k}" width="10" height="40" fill="{c}"/>'
                for k, c in enumerate(colours)
            }
        )
        for colours in (was, now)
    )
    (error,) = judged(first, second)
    assert error.category == "style_error"


def test_a_bar_that_is_a_little_higher_has_no_thicker_stroke() -> None:
    foot = '<path d="M5 88H95" stroke="#222" stroke-width="6"/>'
    low, high = (
        draw({"foot": foot, "bar": f'<rect x="60" y="{y}" width="19" height="32" fill="#222"/>'})
        for y in (56, 54)
    )
    assert all("stroke" not in error.description for error in judged(low, high))


def test_what_is_new_in_a_colour_of_its_own_is_no_part_of_what_it_touches() -> None:
    line = '<path d="{}" fill="none" stroke="#fff" stroke-width="8"/>'
    plate = '<rect width="100" height="100" fill="#7c2aa8"/>'
    was, now = (plate + line.format(d) for d in ("M20 50A30 30 0 0 1 80 50", "M10 20V90"))
    square = '<rect x="6" y="78" width="20" height="20" fill="#2ca02c"/>'
    errors = judged(draw({"it": was}), draw({"it": now, "square": square}))
    assert "structure_error" in {error.category for error in errors}


def test_strokes_across_a_drawing_are_no_outlines_of_it() -> None:
    level = '<path d="M8 {y}H92" stroke="#6d28d9" stroke-width="6"/>'
    knob = '<circle cx="{x}" cy="{y}" r="9" fill="#fff" stroke="#6d28d9" stroke-width="6"/>'
    across = "".join(level.format(y=y) + knob.format(x=x, y=y) for x, y in ((60, 28), (35, 72)))
    upright = "".join(
        f'<path d="M{x} 8V92" stroke="#5b21b6" stroke-width="6"/>'
        f'<circle cx="{x}" cy="{y}" r="9" fill="#fff" stroke="#5b21b6" stroke-width="6"/>'
        for x, y in ((20, 35), (50, 65), (80, 28))
    )
    errors = judged(draw({"it": across}), draw({"it": upright}))
    assert {error.category for error in errors} != {"style_error"}


@pytest.mark.parametrize(
    ("now", "count"), [(("#2fae7b", "#c2410c"), 1), (("#d0a3a3", "#c2410c"), 2)]
)
def test_two_colours_that_are_others_are_a_palette_unless_one_has_faded(now, count) -> None:
    parts = '<circle cx="30" cy="30" r="20" fill="{}"/><path d="M50 60H95V95H50Z" fill="{}"/>'
    was, candidate = (
        draw({"it": parts.format(*colours)}) for colours in (("#a14646", "#204963"), now)
    )
    errors = judged(was, candidate)
    assert [error.category for error in errors] == ["style_error"] * count
