import numpy as np

from visual_erm.data.models.labels import believed, in_pixels
from visual_erm.types import Discrepancy

WHITE = np.full((100, 200, 3), 255, np.uint8)
MARKED = WHITE.copy()
MARKED[20:40, 50:90] = 0


def error(category="shape_error", bbox=None, bbox_prediction=None):
    return Discrepancy(category=category, severity=2, bbox=bbox, bbox_prediction=bbox_prediction)


def test_thousandths_become_pixels():
    found = in_pixels(error(bbox=(250, 200, 450, 400), bbox_prediction=(0, 0, 0, 9)), WHITE, WHITE)
    assert found.bbox == (50, 20, 90, 40)
    assert found.bbox_prediction is None


def test_where_nothing_differs_nothing_is_believed():
    proposals = [error(bbox=(50, 20, 90, 40)), error(bbox=(100, 60, 150, 90)), error()]
    kept, counts = believed(proposals, None, WHITE, MARKED)
    assert kept == (proposals[0], proposals[2])
    assert counts == {"kept": 2, "absent": 1}


def test_what_the_sources_do_not_bear_out_is_not_believed():
    truth = [error(bbox=(55, 25, 80, 38))]
    near, far = error(bbox=(50, 20, 90, 40)), error(bbox=(0, 0, 200, 21))
    far = far.model_copy(update={"bbox": (86, 0, 200, 21), "bbox_prediction": None})
    other = error(category="style_error", bbox=(50, 20, 90, 40))
    kept, counts = believed([near, far, other], [truth[0]], WHITE, MARKED)
    assert kept == (near, far)  # boxes of models are rough: six pixels apart still meet
    assert counts == {"kept": 2, "disagrees": 1}
    assert believed([near], [], WHITE, MARKED)[0] == ()
