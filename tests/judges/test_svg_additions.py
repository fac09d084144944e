"""What came to a drawing, in pieces, in a colour of its own, or from another place."""

from benchmarks.natural.attempts import draw as drawings
from benchmarks.natural.attempts import references
from tests.judges.test_svg import draw, judged
from visual_erm.judges.embedded import EmbeddedJudge

FRAME = '<rect x="6" y="6" width="88" height="88" fill="none" stroke="#222" stroke-width="8"/>'
BAR = '<rect x="{}" y="40" width="30" height="10" fill="#222"/>'


def test_copies_in_one_colour_are_one_error_wherever_they_stand() -> None:
    dot = '<circle cx="{}" cy="{}" r="6" fill="#c2410c"/>'
    one = {"frame": FRAME, "dot": dot.format(25, 25)}
    more = dot.format(75, 25) + dot.format(25, 75)
    (error,) = judged(draw(one), draw({**one, "more": more}))
    assert error.category == "structure_error"
    assert "candidate only" in error.description


def test_a_copy_over_other_elements_that_touches_the_first_is_an_addition() -> None:
    sky = '<rect x="4" y="4" width="92" height="92" fill="#cfe8ff"/>'
    tree = '<circle cx="60" cy="40" r="11" fill="#7cb342"/>'
    tent = '<path d="M{} {}h40l14 40h-54z" fill="#f9c23c"/>'
    lawn = '<rect x="5" y="60" width="90" height="30" fill="#33691e"/>'
    cloud = '<circle cx="46" cy="34" r="12" fill="#8fa3b0"/>'  # that it covers has not changed
    below = {"sky": sky, "cloud": cloud, "lawn": lawn, "tent": tent.format(22, 52)}
    copied = {**below, "copy": tent.format(36, 30), "tree": tree}
    (error,) = judged(draw({**below, "tree": tree}), draw(copied))
    assert error.category == "structure_error"
    bulged = {**below, "bulge": '<path d="M22 52q45-60 45 0z" fill="#f9c23c"/>', "tree": tree}
    (error,) = judged(draw({**below, "tree": tree}), draw(bulged))
    assert error.category == "shape_error"


def test_in_a_drawing_that_was_made_anew_outlines_are_alike_by_chance() -> None:
    dusk = next(one for one in references("svg", "tune") if one.name == "desertdusk")
    (drawn,) = drawings([dusk])
    errors = judged(drawn.picture, drawn.attempts[0])
    assert not [e for e in errors if "line" in e.location and "candidate only" in e.description]


def test_what_is_gone_and_what_lies_behind_is_one_gap() -> None:
    plate = '<rect x="45" y="50" width="50" height="40" fill="#e0a020"/>'
    mark = '<rect x="60" y="60" width="20" height="15" fill="#2864c8"/>'
    disc = '<circle cx="20" cy="20" r="12" fill="#2e7d32"/>'
    (error,) = judged(
        draw({"plate": plate, "mark": mark, "disc": disc}), draw({"mark": mark, "plate": plate})
    )
    assert error.category == "structure_error"


def test_a_bar_that_went_into_the_frame_has_moved() -> None:
    (error,) = judged(
        draw({"frame": FRAME, "bar": BAR.format(55)}), draw({"frame": FRAME, "bar": BAR.format(-8)})
    )
    assert error.category == "shape_error"
    assert error.severity >= 2


def test_a_line_along_edges_that_were_there_is_an_outline() -> None:
    plate = '<rect x="0" y="0" width="100" height="100" fill="#cfe2d4"/>'
    land = '<path d="M0 50h100v50h-100z" fill="#1f7a4d"/>'
    edge = '<path d="M0 50h100" fill="none" stroke="#dd3333" stroke-width="3"/>'
    reference = {"plate": plate, "land": land}
    (error,) = judged(draw(reference), draw({**reference, "edge": edge}))
    assert error.category == "style_error"


def test_a_shape_in_a_new_colour_is_an_error_beside_a_larger_change() -> None:
    arm = '<path d="M10 30h50v40h-50z{}" fill="#b91c1c"/>'
    dot = '<circle cx="82" cy="60" r="9" fill="#1f77b4"/>'
    errors = judged(
        draw({"arm": arm.format("")}), draw({"arm": arm.format("M60 32h30v18h-30z"), "dot": dot})
    )
    assert sorted(error.category for error in errors) == ["shape_error", "structure_error"]


def test_another_page_needs_correction_and_a_neighbouring_hue_hardly_does() -> None:
    page = '<rect width="100" height="100" fill="{}"/>'
    mark = '<circle cx="50" cy="50" r="30" fill="{}"/>'
    (ground,) = judged(
        draw({"mark": mark.format("#222")}),
        draw({"page": page.format("#e8eef7"), "mark": mark.format("#222")}),
    )
    assert ground.severity == 2
    teal, blue, plum = (draw({"mark": mark.format(c)}) for c in ("#0f766e", "#0f4d76", "#760f6e"))
    assert [judged(teal, other)[0].severity for other in (blue, plum)] == [1, 3]


def test_a_drawing_under_a_dark_glass_is_much_farther_than_one_on_another_page() -> None:
    page = '<rect width="100" height="100" fill="{}"/>'
    mark = '<circle cx="50" cy="50" r="30" fill="#222"/>'
    glass = '<rect width="100" height="100" fill="#000" fill-opacity="0.6"/>'
    reference = draw({"mark": mark})
    other = draw({"page": page.format("#fff3cd"), "mark": mark})
    dark = draw({"page": page.format("#fff"), "mark": mark, "glass": glass})
    near, far = (
        EmbeddedJudge().compare(reference, one, "svg").distance or 0 for one in (other, dark)
    )
    assert far > 2 * near


def test_a_pale_thing_that_went_is_seen_where_nothing_else_differs() -> None:
    land = '<rect width="100" height="100" fill="#e8f5e9"/>'
    house = '<rect x="20" y="30" width="24" height="18" fill="#cfd8dc"/>'
    pin = '<circle cx="70" cy="60" r="9" fill="#d32f2f"/>'
    (error,) = judged(draw({"land": land, "house": house, "pin": pin}), draw({"l": land, "p": pin}))
    assert error.category == "structure_error"
    assert error.bbox_prediction is None


def test_a_plate_that_is_nearly_as_pale_as_the_page_is_there() -> None:
    tile = '<rect width="100" height="100" rx="14" fill="{}"/><circle cx="50" cy="50" r="20"/>'
    (error,) = judged(
        draw({"tile": tile.format("#242938")}), draw({"tile": tile.format("#f4f2ed")})
    )
    assert error.category == "style_error"
