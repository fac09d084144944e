import numpy as np

from visual_erm.report import boxes
from visual_erm.types import Discrepancy

WHITE = np.full((100, 120, 3), 255, np.uint8)


def error(severity, bbox, bbox_prediction=None):
    return Discrepancy(
        category="data_error", severity=severity, bbox=bbox, bbox_prediction=bbox_prediction
    )


def test_frames_have_the_colour_of_their_severity_and_the_picture_is_left_alone():
    shown = boxes.marked(WHITE, [error(3, (20, 20, 80, 60)), error(1, (50, 70, 118, 95))])
    assert tuple(shown[59, 50]) == boxes.COLOURS[3]
    assert tuple(shown[94, 80]) == boxes.COLOURS[1]
    assert (WHITE == 255).all()


def test_each_picture_gets_its_own_boxes():
    only_reference = [error(2, (20, 20, 80, 60), None)]
    assert (boxes.marked(WHITE, only_reference, prediction=True) == WHITE).all()
    assert not (boxes.marked(WHITE, only_reference) == WHITE).all()


def test_beside_fills_up_with_white():
    tall = np.zeros((50, 10, 3), np.uint8)
    both = boxes.beside(tall, np.zeros((20, 30, 3), np.uint8))
    assert both.shape == (50, 10 + boxes.GAP + 30, 3)
    assert (both[20:, 10 + boxes.GAP :] == 255).all()
    assert (both[:20, 10 + boxes.GAP :] == 0).all()
