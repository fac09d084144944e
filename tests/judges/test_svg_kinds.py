"""What kind of change it is, as what lies around it tells."""

from types import SimpleNamespace

import cv2

from tests.judges.test_svg import draw, judged
from visual_erm.judges.svg.causes import _exchanged
from visual_erm.judges.svg.events import Event
from visual_erm.judges.svg.kinds import named
from visual_erm.judges.svg.match import Comparison
from visual_erm.judges.svg.regions import segment


def only(reference: dict[str, str], candidate: dict[str, str]):
    (error,) = judged(draw(reference), draw(candidate))
    return error


def test_a_filled_part_on_another_that_is_only_an_outline_is_style() -> None:
    plate = '<rect x="5" y="5" width="90" height="90" fill="#cfe2d4"/>'
    leaf = '<path d="M30 30h40v40h-40z" fill="#2e7d32"/>'
    line = '<path d="M30 30h40v40h-40z" fill="none" stroke="#2e7d32" stroke-width="2"/>'
    error = only({"plate": plate, "leaf": leaf}, {"plate": plate, "leaf": line})
    assert error.category == "style_error"
    assert "only an outline" in error.description


def test_two_copies_of_a_part_that_touch_it_are_structure() -> None:
    ring = '<circle cx="35" cy="50" r="15" fill="none" stroke="#b91c1c" stroke-width="4"/>'
    copies = "".join(ring.replace('cx="35"', f'cx="{x}"') for x in (35, 47, 59))
    assert only({"ring": ring}, {"ring": copies}).category == "structure_error"


def test_one_of_three_alike_that_is_gone_is_not_cut_off_the_others() -> None:
    field = '<rect x="{}" y="20" width="25" height="60" fill="#cfe2d4" stroke="#667"/>'
    fields = {str(x): field.format(x) for x in (10, 35, 60)}
    assert only(fields, {**fields, "35": ""}).category == "structure_error"


LINES = {
    "long": '<path d="M15 30H80" stroke="#047857" stroke-width="6" fill="none"/>',
    "slanted": '<path d="M50 30L80 75" stroke="#047857" stroke-width="6" fill="none"/>',
}


def test_one_stroke_of_a_connected_drawing_that_is_thicker_is_style() -> None:
    thicker = LINES["slanted"].replace('"6"', '"12"')
    error = only(LINES, {**LINES, "slanted": thicker})
    assert error.category == "style_error"
    assert "thicker" in error.description


def test_a_stroke_that_reaches_further_is_no_thicker_one() -> None:
    longer = LINES["long"].replace("H80", "H95")
    assert only(LINES, {**LINES, "long": longer}).category != "style_error"


def test_round_ends_of_strokes_are_style() -> None:
    lines = "".join(LINES.values())
    round_ = lines.replace("<path", '<path stroke-linecap="round"')
    error = only({"lines": lines}, {"lines": round_})
    assert error.category == "style_error"
    assert "ends" in error.description


def test_a_hair_line_between_fields_that_is_gone_is_style() -> None:
    field = '<rect x="{}" y="20" width="25" height="60" fill="#cfe2d4" stroke="#667" {}/>'
    fields = [field.format(x, 'stroke-width="0.4"') for x in (10, 35, 60)]
    line = '<path d="M35 20V80" stroke="#cfe2d4" stroke-width="0.8"/>'
    error = only({"all": "".join(fields)}, {"all": "".join([*fields, line])})
    assert error.category == "style_error"


def test_what_lay_below_an_element_that_is_gone_is_no_trace_of_it() -> None:
    plate = '<rect x="5" y="5" width="90" height="90" fill="#f9f9f9"/>'
    dot = '<circle cx="50" cy="50" r="15" fill="#b91c1c"/>'
    assert only({"plate": plate, "dot": dot}, {"plate": plate}).category == "structure_error"


def test_a_copy_that_touches_the_whole_element_is_structure() -> None:
    bar = '<rect x="20" y="{}" width="60" height="10" rx="5" fill="#b91c1c"/>'
    one = {"bar": bar.format(40), "other": bar.format(75)}
    (error,) = judged(draw(one), draw({**one, "copy": bar.format(34)}))
    assert error.category == "structure_error"
    larger = {**one, "bar": bar.format(34).replace('height="10"', 'height="22"')}
    (error,) = judged(draw(one), draw(larger))
    assert error.category == "shape_error"


def test_a_part_of_one_colour_with_its_neighbour_that_has_another_one_now_is_style() -> None:
    plate = '<rect x="8" y="8" width="84" height="84" fill="#e8c9a0"/>'
    shirt = '<path d="M20 40h40v50h-40z" fill="#8b62bf"/>'
    sleeve = '<path d="M60 40h24v16h-24z" fill="{}"/>'
    one, two = (
        {"plate": plate, "shirt": shirt, "sleeve": sleeve.format(colour)}
        for colour in ("#8b62bf", "#909090")
    )
    (error,) = judged(draw(one), draw(two))
    assert error.category == "style_error"


def test_one_element_that_moved_a_little_has_moved_and_far_off_is_wrongly_placed() -> None:
    ring = '<circle cx="{}" cy="50" r="30" fill="none" stroke="#222" stroke-width="9"/>'
    here = draw({"ring": ring.format(50)})
    (near_by,) = judged(here, draw({"ring": ring.format(58)}))
    assert near_by.category == "shape_error"
    (far_off,) = judged(here, draw({"ring": ring.format(80)}))
    assert far_off.category == "structure_error"
    assert far_off.severity == 3


PLATE = '<rect width="100" height="100" rx="25" fill="#242938"/>'
MARK = '<path d="M30 30h40v10h-30v10h30v10h-30v10h30v10h-40z" fill="{}"/>'


def test_a_plate_with_round_corners_is_no_background() -> None:
    mark = MARK.format("#00adef")
    gone = only({"plate": PLATE, "mark": mark}, {"mark": mark})
    assert gone.category == "structure_error"
    slanted = PLATE.replace("<rect", '<rect transform="translate(18 0) skewX(-20)"')
    assert only({"plate": PLATE, "mark": mark}, {"plate": slanted, "mark": mark}).category == (
        "shape_error"
    )


def test_white_that_is_gone_is_an_element_in_a_drawing_of_colours_and_a_hole_in_one_colour() -> (
    None
):
    disc = '<circle cx="50" cy="50" r="45" fill="#b91c1c"/>'
    dot = '<circle cx="50" cy="75" r="8" fill="{}"/>'
    mark = MARK.format("#fff").replace("M30 30", "M30 15")
    yellow = {"disc": disc, "dot": dot.format("#facc15")}
    assert only({**yellow, "mark": mark}, yellow).category == "structure_error"
    one = {"disc": disc, "dot": dot.format("#fff")}
    assert only({**one, "mark": mark}, one).category == "shape_error"


def test_fields_that_became_one_have_not_grown() -> None:
    ring = '<circle cx="50" cy="50" r="24" fill="none" stroke="#e8aa00" stroke-width="6"{}/>'
    bands = "".join(
        f'<rect y="{y}" width="100" height="{tall}" fill="#3f5fd7"/>'
        for y, tall in ((0, 23), (77, 23))
    )
    dashed = ring.format(' stroke-dasharray="12 10"')
    found = judged(draw({"b": bands, "r": ring.format("")}), draw({"b": bands, "r": dashed}))
    assert not any("size" in error.description for error in found)


def test_parts_of_one_thing_have_not_changed_places() -> None:
    upper, lower = (10, 10, 90, 60), (12, 40, 92, 95)
    events = [
        Event("reshape", "pink shape", "", one, other, 900, factors=(1.0, 1.1))
        for one, other in ((upper, lower), (lower, upper))
    ]
    kept = _exchanged(SimpleNamespace(side=100), events)
    assert [event.what for event in kept] == ["reshape", "reshape"]


def test_two_parts_that_are_gone_from_a_plate_lie_not_behind_it() -> None:
    dots = "".join(f'<circle cx="{x}" cy="50" r="9" fill="#facc15"/>' for x in (35, 65))
    plate = '<rect x="8" y="8" width="84" height="84" fill="#334155"/>'
    found = judged(draw({"plate": plate, "dots": dots}), draw({"plate": plate}))
    assert found
    assert not any("in front of" in error.description for error in found)


def test_what_moved_out_of_the_picture_has_not_moved_as_a_whole_where_texts_stay() -> None:
    one, two = (
        draw({"disc": f'<circle cx="50" cy="{y}" r="30" fill="#c2410c"/>'}) for y in (40, 5)
    )
    for picture in (one, two):
        cv2.putText(picture, "No. 565", (140, 380), 0, 1, (20, 20, 20), 2, cv2.LINE_AA)
    (error,) = judged(one, two)
    assert error.category == "shape_error"
    assert "ellipse" in error.location or "circle" in error.location


def test_a_gradient_in_the_place_of_what_seems_gone_is_style() -> None:
    stops = '<stop offset="0" stop-color="#ddb97c"/><stop offset="1" stop-color="#45413c"/>'
    paint = f'<linearGradient id="g">{stops}</linearGradient>'
    field = '<rect x="30" y="30" width="40" height="20" fill="{}"/>'
    plain, graded, gone = (
        segment(draw({"field": field.format(fill), "paint": paint}))
        for fill in ("#ddb97c", "url(#g)", "none")
    )
    (own,) = (r for r in plain.regions if r.index != plain.ground)
    event = Event("missing", "", "", own.box, None, own.area, lab=own.lab, mask=plain.mask(own))
    ground = plain.regions[plain.ground].lab
    for candidate, what in ((graded, "recolour"), (gone, "missing")):
        c = Comparison(plain, candidate, plain.mask(own), 1)
        assert named(c, event, ground).what == what


def test_sharp_corners_instead_of_round_ones_are_one_change_of_shape() -> None:
    frame = '<rect x="12" y="8" width="76" height="84" rx="{}" fill="none" stroke="#000" {}/>'
    dot = '<circle cx="50" cy="35" r="6"/>'
    width = 'stroke-width="8"'
    error = only(
        {"frame": frame.format(9, width), "dot": dot}, {"frame": frame.format(0, width), "dot": dot}
    )
    assert error.category == "shape_error"


def test_shades_that_became_one_colour_are_one_change() -> None:
    halves = (
        '<path d="M50 10L15 25L25 90H45Z" fill="{}"/><path d="M55 10L90 25L75 90H58Z" fill="{}"/>'
    )
    error = only(
        {"halves": halves.format("#dd3741", "#bd333b")},
        {"halves": halves.format("#e67178", "#e67178")},
    )
    assert error.category == "style_error"


def test_what_grew_is_as_severe_as_what_differs_for_it() -> None:
    plate = '<rect x="5" y="5" width="90" height="90" fill="#cfe2d4"/>'
    disc = '<circle cx="50" cy="50" r="{}" fill="#2e7d32"/>'
    little, much = (
        only({"plate": plate, "disc": disc.format(24)}, {"plate": plate, "disc": disc.format(r)})
        for r in (26, 40)
    )
    assert "size" in little.description
    assert (little.severity, much.severity) == (2, 3)


def test_what_is_left_of_an_element_that_was_cut_counts_not() -> None:
    field = '<rect x="30" y="30" width="40" height="{}" fill="#2563eb"/>'
    whole, rest = (segment(draw({"field": field.format(tall)})) for tall in (40, 15))
    (own,) = (r for r in whole.regions if r.index != whole.ground)
    event = Event("missing", "", "", own.box, None, own.area, lab=own.lab, mask=whole.mask(own))
    told = named(
        Comparison(whole, rest, whole.mask(own), 1), event, whole.regions[whole.ground].lab
    )
    assert told.what == "reshape"
    assert 0.5 * own.area < told.seen < 0.7 * own.area


def test_a_plate_whose_corners_are_sharp_now_has_another_outline() -> None:
    plate = '<rect width="100" height="100" rx="{}" fill="#242938"/>'
    mark = '<path d="M30 30H70V70H50L30 50Z" fill="#3ecf8e"/>'
    pictures = (draw({"plate": plate.format(r), "mark": mark}) for r in (24, 0))
    (error,) = judged(*pictures)
    assert error.category == "shape_error"


def test_a_hole_that_showed_what_lies_behind_is_closed() -> None:
    folder = '<path d="M5 15H95V90H5Z" fill="#8bc34a"/>'
    head = '<path fill-rule="evenodd" fill="#dcedc8" d="M40 45H90V80H40Z{}M70 55H80V68H70Z"/>'
    open_, closed = head.format("M50 55H60V68H50Z"), head.format("")
    error = only({"folder": folder, "head": open_}, {"folder": folder, "head": closed})
    assert (error.category, error.description) == ("shape_error", "a hole in it is closed")


def test_what_is_gone_from_before_another_element_is_missing_not_recoloured() -> None:
    wall = '<path d="M20 10H84V84H20Z" fill="#f3c07b"/>'
    lawn = '<path d="M5 80H95V95H5Z" fill="#00f59b"/>'
    bush = '<ellipse cx="78" cy="66" rx="12" ry="14" fill="#00d26a"/>'
    door = '<path d="M30 50H45V80H30Z" fill="#8b4a3a"/>'
    with_bush = {"wall": wall, "lawn": lawn, "door": door, "bush": bush}
    without = {"wall": wall, "lawn": lawn, "door": door}
    assert only(with_bush, without).category == "structure_error"


def test_shades_of_one_hue_that_became_shades_of_another_are_one_error() -> None:
    stripes = '<path d="M{} 20h14v40h-14z" fill="{}"/><path d="M{} 60h14v20h-14z" fill="{}"/>'

    def awning(light: str, dark: str) -> dict[str, str]:
        places = (10, 60)
        other = '<path d="M35 20h14v60h-14z" fill="#ffb300"/>'
        return {"a": "".join(stripes.format(x, light, x, dark) for x in places), "b": other}

    error = only(awning("#7cb342", "#558b2f"), awning("#e53935", "#b71c1c"))
    assert error.category == "style_error"


def test_severity_goes_by_what_stands_out_from_a_plate_as_it_does_from_paper() -> None:
    mark = {
        "dot": '<circle cx="40" cy="40" r="12" fill="#fff"/>',
        "bar": '<path d="M60 60h24v18h-24z" fill="#ffd54f"/>',
    }
    plate = '<rect width="100" height="100" rx="18" fill="#263238"/>'
    error = only({"plate": plate, **mark}, {"plate": plate, "dot": mark["dot"]})
    assert (error.category, error.severity >= 2) == ("structure_error", True)


def test_a_quarter_in_a_strikingly_other_colour_needs_correction() -> None:
    field = '<path d="M0 10h100v45H0z" fill="#546e7a"/>'
    square = '<path d="M10 65h48v30H10z" fill="{}"/>'
    levels = [
        only(
            {"field": field, "square": square.format("#43a047")},
            {"field": field, "square": square.format(other)},
        ).severity
        for other in ("#8e24aa", "#66bb6a")
    ]
    assert levels == [2, 1]
