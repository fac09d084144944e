"""Elements that changed places and touch others there."""

from tests.judges.test_svg import draw, judged

TURNED = '<rect x="{}" y="{}" width="12" height="32" rx="6" fill="#222" {}/>'
SPOKES = {
    "up": TURNED.format(44, 4, ""),
    "slanted": TURNED.format(44, 4, 'transform="rotate(45 50 50)"'),
    "right": TURNED.format(44, 4, 'transform="rotate(90 50 50)"'),
    "left": TURNED.format(44, 4, 'transform="rotate(-45 50 50)"'),
    "dot": '<circle cx="30" cy="80" r="8" fill="#dd3333"/>',
}
WAY = 21.2, 8.8
"""From the middle of the upper spoke to that of the slanted one."""


def moved(part: str, dx: float, dy: float) -> str:
    return f'<g transform="translate({dx} {dy})">{part}</g>'


def test_elements_in_each_others_place_that_touch_their_neighbours_are_exchanged() -> None:
    dx, dy = WAY
    other = {"up": moved(SPOKES["up"], dx, dy), "slanted": moved(SPOKES["slanted"], -dx, -dy)}
    (error,) = judged(draw(SPOKES), draw({**SPOKES, **other}))
    assert error.category == "structure_error"
    assert "changed places" in error.description


def test_one_of_them_in_the_place_of_the_other_is_no_exchange() -> None:
    dx, dy = WAY
    errors = judged(draw(SPOKES), draw({**SPOKES, "up": moved(SPOKES["up"], dx, dy)}))
    assert all("changed places" not in error.description for error in errors)


def test_elements_of_unlike_size_in_the_other_order_are_exchanged() -> None:
    plate = '<rect x="10" y="5" width="80" height="90" fill="#546e7a"/>'
    screen = '<rect x="20" y="{}" width="60" height="24" fill="#4fc3f7"/>'
    bar = '<rect x="20" y="{}" width="60" height="14" fill="#ffb74d"/>'
    (error,) = judged(
        draw({"plate": plate, "screen": screen.format(12), "bar": bar.format(48)}),
        draw({"plate": plate, "screen": screen.format(55), "bar": bar.format(26)}),
    )
    assert "changed places" in error.description
