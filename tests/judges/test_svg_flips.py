"""What is mirrored: a whole drawing, or one part of it where it stands."""

import cv2
import numpy as np
import pytest

from tests.judges.test_svg import PARTS, draw, edited, judged
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.judges.svg.flips import flipped, flipped_box

FLAG = '<path d="M12 12h40l-12 12 12 12h-34v14h-6z" fill="#b32d4e"/>'


def mirrored(part: str, scale: str) -> str:
    """About the middle of the flag."""
    return part.replace("/>", f' transform="translate(32 31) scale({scale}) translate(-32 -31)"/>')


@pytest.mark.parametrize(
    ("scale", "words"), [("-1 1", "left for right"), ("1 -1", "upside down"), ("-1 -1", "180")]
)
def test_a_part_that_is_mirrored_where_it_stands_is_one_error_of_shape(scale, words) -> None:
    parts = {"flag": FLAG, "bar": PARTS["bar"]}
    (error,) = judged(draw(parts), draw({**parts, "flag": mirrored(FLAG, scale)}))
    assert error.category == "shape_error"
    assert words in error.description


def test_a_large_part_that_is_mirrored_is_not_the_whole_drawing() -> None:
    flag = '<path d="M5 5h90l-25 25 25 20h-80v24h-10z" fill="#b32d4e"/>'
    note = '<path d="M20 84h30v4h-10v8h-20z" fill="#222"/>'
    turned = flag.replace("/>", ' transform="translate(100 0) scale(-1 1)"/>')
    one, two = draw({"flag": flag, "note": note}), draw({"flag": turned, "note": note})
    assert flipped(one, two) is None
    assert flipped(one, np.ascontiguousarray(one[:, ::-1])) == (1,)


def test_what_moved_is_not_mirrored() -> None:
    moved = PARTS["disc"].replace('cy="26"', 'cy="50"')
    (error,) = judged(draw(PARTS), edited(disc=moved))
    assert "moved" in error.description


def test_boxes_are_mirrored_with_the_picture() -> None:
    assert flipped_box((0, 10, 20, 30), (1,), (100, 80)) == (80, 10, 100, 30)
    assert flipped_box((0, 10, 20, 30), (0,), (100, 80)) == (0, 50, 20, 70)
    assert flipped_box(None, (0,), (100, 80)) is None


def distance(reference: np.ndarray, candidate: np.ndarray) -> float:
    return EmbeddedJudge().compare(reference, candidate, "svg").distance or 0


def test_an_even_drawing_on_its_head_is_far_off_and_a_mirrored_one_is_half_right() -> None:
    keys = "".join(
        f'<rect x="{x}" y="{y}" width="18" height="14" fill="#e8eaed"/>'
        for x in (12, 41, 70)
        for y in (12, 34, 56)
    )
    even = draw({"keys": keys, "enter": '<rect x="41" y="78" width="47" height="14" fill="#345"/>'})
    assert distance(even, np.ascontiguousarray(even[::-1, ::-1])) > 0.7
    uneven = draw({"flag": FLAG, "bar": PARTS["bar"].replace('width="80"', 'width="30"')})
    mirrored, turned = (np.ascontiguousarray(np.flip(uneven, axes)) for axes in (1, (0, 1)))
    assert distance(uneven, mirrored) < 0.8 * distance(uneven, turned)


def test_a_drawing_without_its_colours_is_right_in_all_else() -> None:
    drawn = draw(PARTS)
    grey = np.repeat(cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert distance(drawn, grey) < 0.25
