"""Icons of thick strokes, as those of 24 units that are 2 wide: filled, dashed, cut."""

import numpy as np

from tests.judges.test_svg import draw, judged

LOOK = 'fill="none" stroke="#222" stroke-width="8" stroke-linecap="round" stroke-linejoin="round"'
SQUARE = {"square": '<rect x="60" y="8" width="30" height="14" fill="#2864c8"/>'}


def only(reference: str, candidate: str):
    (error,) = judged(draw({**SQUARE, "it": reference}), draw({**SQUARE, "it": candidate}))
    return error


def test_an_open_outline_that_is_filled_is_style() -> None:
    chevron = f'<path d="M20 40L50 75L80 40" {LOOK}/>'
    error = only(chevron, chevron.replace('"none"', '"#222"'))
    assert error.category == "style_error"
    assert "filled" in error.description


def test_a_bulge_of_a_stroke_is_no_filled_outline() -> None:
    line = f'<path d="M15 60H85" {LOOK}/>'
    error = only(line, f'{line}<path d="M35 60L50 85L65 60Z" fill="#222"/>')
    assert error.category != "style_error"


def test_gaps_in_a_thick_stroke_are_dashes() -> None:
    loop = f'<path d="M50 62C32 36 12 40 12 62S32 88 50 62S88 36 88 62S68 88 50 62Z" {LOOK}/>'
    error = only(loop, loop.replace("/>", ' stroke-dasharray="20 20"/>'))
    assert error.category == "style_error"
    assert "dashed" in error.description


def test_a_ring_beside_other_strokes_of_which_a_part_is_gone_is_cut_off() -> None:
    beside = f'<path d="M14 44V88H70M14 60A9 9 0 0 1 26 56" {LOOK}/>'
    whole, part = "M38 40H86V78H38Z", "M38 66V40H86V48"
    error = only(f'{beside}<path d="{whole}" {LOOK}/>', f'{beside}<path d="{part}" {LOOK}/>')
    assert error.category == "shape_error"
    assert "cut off" in error.description


def test_one_stroke_of_a_connected_drawing_that_is_thicker_or_thinner_is_style() -> None:
    arms = f'<path d="M8 70H60M60 70L34 92" {LOOK}/>'
    arm = f'<path d="M60 70L34 44" {LOOK}/>'
    for width, word in (("13", "thicker"), ("4", "thinner")):
        error = only(arms + arm, arms + arm.replace('"8"', f'"{width}"'))
        assert error.category == "style_error"
        assert word in error.description


def hair_lines(shades: list[int]) -> np.ndarray:
    """An area that lines cross, each as wide as there are shades."""
    picture = np.full((400, 400, 3), 225, np.uint8)
    picture[60:340, 60:340] = (141, 211, 199)
    for at in (120, 200, 280):
        for row, shade in enumerate(shades, at):
            picture[row, 60:340] = shade
    return picture


def test_a_hair_line_that_is_smoothed_otherwise_has_not_changed() -> None:
    soft = hair_lines([0, 0])
    for at in (120, 200, 280):
        soft[at : at + 2, 60:340] = (np.array((141, 211, 199)) + 90) // 2
    assert judged(hair_lines([90]), soft) == []


def test_hair_lines_that_are_paler_are_one_error_of_style() -> None:
    (error,) = judged(hair_lines([90]), hair_lines([190]))
    assert error.category == "style_error"
