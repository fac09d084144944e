import numpy as np

from visual_erm.data import gate
from visual_erm.types import Discrepancy


def picture():
    image = np.full((100, 120, 3), 255, np.uint8)
    image[10:30, 10:40] = (200, 30, 30)
    return image


def error(bbox=None, bbox_prediction=None):
    return Discrepancy(
        category="shape_error", severity=1, bbox=bbox, bbox_prediction=bbox_prediction
    )


def test_a_change_where_the_label_says_is_kept():
    after = picture()
    after[50:70, 60:90] = 0
    assert gate.edit(picture(), after, [error(None, (60, 50, 90, 70))]) is None


def test_a_change_elsewhere_is_not():
    after = picture()
    after[50:70, 60:90] = 0
    assert gate.edit(picture(), after, [error((10, 10, 40, 30))]) == "elsewhere"
    assert gate.edit(picture(), after, [error((10, 10, 40, 30))], reflows=True) is None


def test_every_error_must_be_seen_and_consequences_may():
    after = picture()
    after[50:70, 60:90] = 0
    seen, unseen = error((60, 50, 90, 70)), error((10, 10, 40, 30))
    assert gate.edit(picture(), after, [seen]) is None
    assert gate.edit(picture(), after, [seen, unseen]) == "invisible"
    after[80:95, 20:40] = 0
    assert gate.edit(picture(), after, [seen]) == "elsewhere"
    assert gate.edit(picture(), after, [seen], along=[(20, 80, 40, 95)]) is None
    assert gate.share(picture(), after, [(60, 50, 90, 70), None], 1200) == 0.5


def test_what_cannot_be_seen_is_not():
    after = picture()
    after[50:52, 60:62] = 0
    assert gate.edit(picture(), after, [error(None, (60, 50, 62, 52))]) == "invisible"
    faint = picture() - 20
    assert gate.edit(picture(), faint, [error((0, 0, 120, 100))]) == "invisible"


def test_a_letter_is_seen_where_a_speck_is_not():
    after = np.full((400, 600, 3), 255, np.uint8)
    before = after.copy()
    before[100:200, 100:200] = 0
    after[100:200, 100:200] = 0
    after[300:306, 300:306] = 0
    label = error(None, (300, 300, 306, 306))
    assert gate.edit(before, after, [label]) == "invisible"
    assert gate.edit(before, after, [label.model_copy(update={"category": "text_error"})]) is None


def test_a_label_without_any_place_is_not():
    after = picture()
    after[50:70, 60:90] = 0
    assert gate.edit(picture(), after, [error(), error(None, (60, 50, 90, 70))]) == "invisible"


def test_an_empty_picture_is_not():
    assert gate.edit(picture(), np.full((100, 120, 3), 255, np.uint8), []) == "blank"


def test_a_picture_that_must_not_change():
    after = picture()
    assert gate.unchanged(picture(), after) is None
    after[0, 0] = 0
    assert gate.unchanged(picture(), after) == "visible"
