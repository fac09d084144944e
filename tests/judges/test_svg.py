"""Edits of small drawings, drawn by resvg, and what the judge must say about each."""

import numpy as np
import pytest
import resvg_py

from visual_erm import images
from visual_erm.bench.hacks import cases
from visual_erm.judges import distance, svg
from visual_erm.judges.ocr import Reader
from visual_erm.types import Discrepancy

READER = Reader()
PARTS = {
    "square": '<rect x="8" y="8" width="30" height="30" fill="#2864c8"/>',
    "disc": '<circle cx="72" cy="26" r="15" fill="#dd3333"/>',
    "bar": '<rect x="10" y="70" width="80" height="9" fill="#2e9e4f"/>',
    "ring": '<circle cx="30" cy="55" r="9" fill="none" stroke="#222" stroke-width="3"/>',
}


def draw(parts: dict[str, str], size: int = 400) -> np.ndarray:
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    source = f"{head}{''.join(parts.values())}</svg>"
    return images.load(
        bytes(resvg_py.svg_to_bytes(svg_string=source, width=size, background="white"))
    )


def judged(reference: np.ndarray, candidate: np.ndarray) -> list[Discrepancy]:
    scene = svg.see(reference, READER)
    return svg.differ(scene, svg.see(candidate, READER, like=scene))


def edited(**parts: str) -> np.ndarray:
    return draw({**PARTS, **parts})


def near(box, expected, slack=10) -> bool:
    return box is not None and np.allclose(box, [4 * v for v in expected], atol=slack)


def test_equal_drawings_do_not_differ() -> None:
    assert judged(draw(PARTS), draw(PARTS)) == []


@pytest.mark.parametrize("size", [200, 300, 600, 800])
def test_the_size_of_the_picture_makes_no_difference(size: int) -> None:
    assert judged(draw(PARTS), draw(PARTS, size)) == []


def test_a_missing_element() -> None:
    (error,) = judged(draw(PARTS), edited(disc=""))
    assert error.category == "structure_error"
    assert error.location == "red circle, upper right"
    assert near(error.bbox, (57, 11, 87, 41))
    assert error.bbox_prediction is None


def test_an_extra_element() -> None:
    (error,) = judged(edited(bar=""), draw(PARTS))
    assert error.category == "structure_error"
    assert error.bbox is None
    assert near(error.bbox_prediction, (10, 70, 90, 79))


def test_a_moved_element_is_one_error_of_shape() -> None:
    moved = PARTS["disc"].replace('cy="26"', 'cy="50"')
    (error,) = judged(draw(PARTS), edited(disc=moved))
    assert error.category == "shape_error"
    assert "moved by (0, 96) px" in error.description
    assert near(error.bbox_prediction, (57, 35, 87, 65))


def test_a_scaled_element() -> None:
    (error,) = judged(draw(PARTS), edited(disc=PARTS["disc"].replace('r="15"', 'r="9"')))
    assert error.category == "shape_error"
    assert "0.60" in error.description


def test_a_turned_element() -> None:
    turned = PARTS["square"].replace("/>", ' transform="rotate(45 23 23)"/>')
    (error,) = judged(draw(PARTS), edited(square=turned))
    assert error.category == "shape_error"
    assert "turned" in error.description


def test_a_recoloured_element_names_both_colours() -> None:
    (error,) = judged(draw(PARTS), edited(square=PARTS["square"].replace("#2864c8", "#e0a020")))
    assert error.category == "style_error"
    assert "#2864c8 -> #e0a020" in error.description


def test_recolouring_alike_is_one_error() -> None:
    two = {
        "a": '<rect x="8" y="8" width="20" height="20" fill="#2864c8"/>',
        "b": '<circle cx="70" cy="70" r="12" fill="#2864c8"/>',
        "c": '<circle cx="20" cy="70" r="12" fill="#222"/>',
    }
    changed = {name: part.replace("#2864c8", "#33aa55") for name, part in two.items()}
    (error,) = judged(draw(two), draw(changed))
    assert error.category == "style_error"
    assert "and 1 more" in error.location


def test_fading_says_which_opacity() -> None:
    faded = PARTS["disc"].replace("/>", ' opacity="0.4"/>')
    (error,) = judged(draw(PARTS), edited(disc=faded))
    assert error.category == "style_error"
    assert "opacity 0.4" in error.description


def test_another_stroke_width_is_style() -> None:
    thick = PARTS["ring"].replace('stroke-width="3"', 'stroke-width="5"')
    (error,) = judged(draw(PARTS), edited(ring=thick))
    assert error.category == "style_error"


def test_an_outline_is_style() -> None:
    outlined = PARTS["disc"].replace("/>", ' stroke="#111" stroke-width="2.5"/>')
    (error,) = judged(draw(PARTS), edited(disc=outlined))
    assert error.category == "style_error"
    assert "outline" in error.description


LINES = {
    "frame": '<path d="M15 20h70v50h-70z" fill="none" stroke="#222" stroke-width="5"/>',
    "foot": '<path d="M50 70v18M30 88h40" fill="none" stroke="#222" stroke-width="5"/>',
    "mark": '<path d="M35 45l10 10 20-20" fill="none" stroke="#222" stroke-width="5"/>',
}


def test_a_missing_piece_of_a_connected_line_drawing() -> None:
    (error,) = judged(draw(LINES), draw({**LINES, "foot": ""}))
    assert error.category == "structure_error"
    assert near(error.bbox, (30, 73, 70, 91), slack=16)


def test_thinner_strokes_everywhere_are_one_error_of_style() -> None:
    thin = {name: part.replace('width="5"', 'width="2.5"') for name, part in LINES.items()}
    (error,) = judged(draw(LINES), draw(thin))
    assert error.category == "style_error"
    assert "thinner" in error.description


def test_dashes_are_style() -> None:
    dashed = LINES["foot"].replace("/>", ' stroke-dasharray="5 4"/>')
    errors = judged(draw(LINES), draw({**LINES, "foot": dashed}))
    assert [error.category for error in errors] == ["style_error"]


def test_the_whole_drawing_moved_is_one_error() -> None:
    inner = {"all": f'<g transform="translate(8 6)">{"".join(PARTS.values())}</g>'}
    (error,) = judged(draw(PARTS), draw(inner))
    assert error.category == "shape_error"
    assert error.location.startswith("whole drawing")
    assert error.bbox is not None
    assert near(error.bbox_prediction, np.divide(np.add(error.bbox, (32, 24, 32, 24)), 4), 3)


STAR = '<path d="M50 0 62 38H100L69 60 81 98 50 75 19 98 31 60 0 38H38z" fill="#c2410c"/>'


@pytest.mark.parametrize("sides", [(3, 4, 5, 7), (2, 9, 11, 1), (12, 0, 0, 3)])
def test_more_room_around_a_drawing_that_fills_its_canvas_is_harmless(sides) -> None:
    reference = draw({"star": STAR})
    top, bottom, left, right = sides
    wider = np.pad(reference, ((top, bottom), (left, right), (0, 0)), constant_values=255)
    assert judged(reference, wider) == []


def test_a_larger_canvas_is_harmless() -> None:
    reference = draw(PARTS)
    padded = np.pad(reference, ((14, 14), (14, 14), (0, 0)), constant_values=255)
    assert judged(reference, padded) == []


def test_brought_to_the_front_is_structure() -> None:
    below = {
        "a": '<rect x="10" y="10" width="80" height="80" fill="#f0c040"/>',
        "b": '<circle cx="35" cy="35" r="10" fill="#222"/>',
        "c": '<circle cx="65" cy="65" r="10" fill="#d33"/>',
    }
    above = {"b": below["b"], "c": below["c"], "a": below["a"]}
    errors = judged(draw(below), draw(above))
    assert {error.category for error in errors} == {"structure_error"}


def test_many_shapes_do_not_take_long() -> None:
    rng = np.random.default_rng(3)
    shapes = {
        str(k): f'<circle cx="{x}" cy="{y}" r="3" fill="#{rng.integers(0x1000000):06x}"/>'
        for k, (x, y) in enumerate(rng.integers(5, 95, (120, 2)))
    }
    changed = dict(list(shapes.items())[:100])
    assert judged(draw(shapes), draw(changed))


def test_a_mirrored_drawing_is_one_error() -> None:
    reference = draw(PARTS)
    (error,) = judged(reference, np.ascontiguousarray(np.flip(reference, 1)))
    assert error.category == "structure_error"
    assert "mirrored" in error.description


def test_a_plate_that_is_smaller_under_what_lies_on_it_is_no_other_background() -> None:
    plate = '<rect x="{0}" y="{0}" width="{1}" height="{1}" fill="#4054d7"/>'
    mark = '<path d="M20 30h60v8h-60zM46 20h8v60h-8z" fill="#fff"/>'
    reference = draw({"plate": plate.format(0, 100), "mark": mark})
    for room in (20, 25):
        (error,) = judged(reference, draw({"plate": plate.format(room, 100 - 2 * room), "m": mark}))
        assert (error.category, error.severity) == ("shape_error", 3)
        assert "size x" in error.description


def test_another_background_is_one_error_of_style() -> None:
    plate = {"plate": '<rect width="100" height="100" fill="#dde5dd"/>'}
    (error,) = judged(draw(PARTS), draw({**plate, **PARTS}))
    assert (error.category, error.location) == ("style_error", "background, centre")


def test_only_the_outline_of_a_filled_shape_is_style() -> None:
    filled, hollow = (
        draw({"box": f'<rect x="20" y="20" width="60" height="50" {look}/>'})
        for look in ('fill="#2864c8"', 'fill="none" stroke="#2864c8" stroke-width="3"')
    )
    for pair in ((filled, hollow), (hollow, filled)):
        (error,) = judged(*pair)
        assert error.category == "style_error"
        assert "only an outline" in error.description


def test_another_palette_is_one_error() -> None:
    fills = ("#c0392b", "#2980b9", "#27ae60", "#8e44ad", "#f39c12")
    turned = ("#2980b9", "#27ae60", "#f39c12", "#c0392b", "#8e44ad")
    first, second = (
        {
            str(k): f'<rect x="{5 + 18 * k}" y="{10 + 12 * k}" width="15" height="26" fill="{c}"/>'
            for k, c in enumerate(colours)
        }
        for colours in (fills, turned)
    )
    (error,) = judged(draw(first), draw(second))
    assert (error.category, error.severity) == ("style_error", 3)


def test_two_elements_in_each_others_place_are_one_error_of_structure() -> None:
    disc = PARTS["disc"].replace('cx="72" cy="26"', 'cx="30" cy="55"')
    ring = PARTS["ring"].replace('cx="30" cy="55"', 'cx="72" cy="26"')
    (error,) = judged(draw(PARTS), edited(disc=disc, ring=ring))
    assert error.category == "structure_error"
    assert "changed places" in error.description


def test_corners_are_no_dashes() -> None:
    plate = {"plate": '<rect x="20" y="20" width="60" height="60" fill="#2864c8"/>'}
    round_ = {"plate": '<rect x="20" y="20" width="60" height="60" rx="16" fill="#2864c8"/>'}
    (error,) = judged(draw(plate), draw(round_))
    assert error.category == "shape_error"


def test_a_drawing_that_leaves_the_picture_is_one_error_of_structure() -> None:
    reference = draw(PARTS)
    candidate = np.full_like(reference, 255)
    candidate[:, :-100] = reference[:, 100:]
    (error,) = judged(reference, candidate)
    assert error.category == "structure_error"
    assert "cut off" in error.description


def test_what_a_drawing_lost_beyond_the_edges_is_told_where_it_is_much() -> None:
    reference = cases("svg")[0].reference
    candidate = np.full_like(reference, 255)
    candidate[106:, 106:] = reference[:-106, :-106]
    errors = judged(reference, candidate)
    assert [(error.category, error.severity) for error in errors] == [("structure_error", 3)] * 2
    assert any("beyond the edges" in error.description for error in errors)


def test_a_hole_is_part_of_a_shape() -> None:
    plate = {"plate": '<path d="M10 10h80v80h-80zM40 40v20h20v-20z" fill="#2864c8"/>'}
    solid = {"plate": '<path d="M10 10h80v80h-80z" fill="#2864c8"/>'}
    for one, two in ((plate, solid), (solid, plate)):
        (error,) = judged(draw(one), draw(two))
        assert error.category == "shape_error"
        assert "hole" in error.description
        assert near(error.bbox, (40, 40, 60, 60))


def test_one_element_with_another_outline_in_two_places_is_one_error() -> None:
    plate = {"plate": '<path d="M10 30h80v40h-80z" fill="#2864c8"/>'}
    bulged = {"plate": '<path d="M10 30L20 12L30 30h40L80 12L90 30v40h-80z" fill="#2864c8"/>'}
    (error,) = judged(draw(plate), draw(bulged))
    assert error.category == "shape_error"


def test_more_room_around_a_recoloured_drawing_changes_nothing() -> None:
    pale = {name: part.replace("#2e9e4f", "#d4a017") for name, part in PARTS.items()}
    pale["square"] = pale["square"].replace("#2864c8", "#9db8e8")
    reference, candidate = draw(PARTS), draw(pale)
    padded = np.pad(candidate, ((16, 16), (16, 16), (0, 0)), constant_values=255)
    plain, roomy = judged(reference, candidate), judged(reference, padded)
    assert [e.description for e in plain] == [e.description for e in roomy]
    measures = [distance.measure(reference, picture) for picture in (candidate, padded)]
    assert measures[1].form < measures[0].form + 0.02


KEY = "M20 30h40v6h-34v34h-6z"


@pytest.mark.parametrize(
    ("more", "category"),
    [
        ("M42 36v34h6v-34z", "structure_error"),  # its stem a second time
        ("M34 36q6 26 14 0z", "shape_error"),  # a bulge
    ],
)
def test_a_copy_that_touches_is_structure_and_a_bulge_is_shape(more: str, category: str) -> None:
    one, two = ({"key": f'<path d="{d}" fill="#222"/>'} for d in (KEY, f"{KEY} {more}"))
    (error,) = judged(draw(one), draw(two))
    assert error.category == category


def test_a_part_of_a_connected_drawing_that_is_not_filled_is_style() -> None:
    handle = '<path d="M44 46h40v6h-40z" fill="#222"/>'
    disc = '<circle cx="30" cy="49" r="18" fill="#222"/>'
    ring = '<circle cx="30" cy="49" r="16" fill="none" stroke="#222" stroke-width="4"/>'
    (error,) = judged(draw({"d": disc, "h": handle}), draw({"d": ring, "h": handle}))
    assert error.category == "style_error"


@pytest.mark.parametrize("what", ["mirrored", "smaller"])
def test_a_whole_drawing_of_one_element_is_a_whole_drawing_all_the_same(what: str) -> None:
    corner = '<path d="M20 20h10v50h30v10h-40z" fill="#222" {}/>'
    change = {"mirrored": "translate(100 0) scale(-1 1)", "smaller": "translate(20 20) scale(0.6)"}
    other = corner.format(f'transform="{change[what]}"')
    (error,) = judged(draw({"l": corner.format("")}), draw({"l": other}))
    assert error.category == "structure_error"
    assert error.location.startswith("whole drawing")
