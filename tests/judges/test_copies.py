"""Copies of one figure in other qualities: their noise is no error, what changed in them is."""

from __future__ import annotations

import io

import cv2
import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from visual_erm.judges import copies
from visual_erm.judges.embedded import EmbeddedJudge

JUDGE = EmbeddedJudge()


def lines(last=20.0):
    fig, ax = plt.subplots(figsize=(5, 3.5))
    ax.plot([1, 2, 3, 4, 5], [3, 8, 9, 15, last], "--", label="North")
    ax.plot([1, 2, 3, 4, 5], [12, 9, 9, 6, 2], "r-.", label="South")
    ax.set(title="Sales of two shops", xlabel="Week", ylabel="Tonnes", ylim=(0, 22))
    ax.legend(loc="upper left")
    fig.canvas.draw()
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    return picture


def jpeg(picture, quality=35):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def scaled(picture, factor):
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=method)


def padded(picture):
    return cv2.copyMakeBorder(picture, 20, 5, 31, 12, cv2.BORDER_CONSTANT, value=(255, 255, 255))


WAYS = {
    "jpeg": jpeg,
    "soft": lambda picture: cv2.GaussianBlur(picture, (0, 0), 1.1),
    "smaller": lambda picture: scaled(picture, 0.75),
    "larger": lambda picture: jpeg(scaled(picture, 1.4), 70),
    "padded": padded,
    "moved": lambda picture: jpeg(np.roll(picture, (-2, 3), (0, 1)), 60),
}


@pytest.mark.parametrize("way", WAYS)
def test_only_what_changed_is_reported(way):
    reference = lines()
    assert JUDGE.compare(reference, WAYS[way](reference), "chart").errors == ()
    (error,) = JUDGE.compare(reference, WAYS[way](lines(last=12)), "chart").errors
    assert error.category == "data_error"
    plain = JUDGE.compare(reference, lines(last=12), "chart").errors[0].bbox_prediction
    placement = copies.copy_of(reference, WAYS[way](lines(last=12))).placement
    there = placement.box(error.bbox_prediction)
    assert np.abs(np.subtract(there, plain)).max() < 12  # in the candidate's own pixels


def test_what_was_not_copied_is_taken_as_it_is():
    reference = lines()
    assert copies.copy_of(reference, lines(last=12)) is None
    assert copies.copy_of(reference, reference[:, ::-1]) is None
    assert copies.copy_of(reference, np.concatenate([reference, reference], axis=1)) is None
    assert copies.copy_of(np.full_like(reference, 255), reference) is None


def test_faint_lines_that_no_small_copy_shows_place_no_picture():
    # steps of 40 grey levels that a copy a sixth as large averages away
    one = np.full((2000, 3000, 3), 255, np.uint8)
    one[1000, ::40] = 215
    other = np.ascontiguousarray(one[:, :2400])
    copies.copy_of(one, other)  # a mean of nothing is a warning, which ends a test


def test_a_picture_that_was_moved_by_whole_pixels_is_the_same_again():
    image = lines()
    moved = np.full_like(image, 255)
    moved[1:, 4:] = image[:-1, :-4]
    found = copies.copy_of(image, moved)
    assert found is not None
    assert (found.placement.dx, found.placement.dy) == (-4, -1)
    assert np.array_equal(found.image[:-2, :-5], image[:-2, :-5])


def on_paper(paper, bar=(240, 240, 240)):
    """A word and a pale bar."""
    part = np.zeros((60, 90), np.uint8)
    cv2.putText(part, "Rome", (6, 40), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 2, cv2.LINE_AA)
    drawn = paper + part[:, :, None] / 255 * (np.array([30, 60, 160]) - paper)
    drawn[50:54, 10:80] = bar
    return drawn.round().astype(np.uint8)


def test_on_another_ground_only_what_changed_differs():
    white, beige, black = (np.array(c, np.uint8) for c in ((255,) * 3, (250, 240, 200), (0,) * 3))
    drawn, tinted = on_paper(white), on_paper(beige)
    edges = copies.edges_of(drawn)
    assert np.array_equal(copies.on_ground_of(drawn, tinted, (white, beige), edges), drawn)
    dotted = tinted.copy()
    dotted[4:9, 4:9] = (200, 20, 20)
    for changed, box in (
        (dotted, np.s_[4:9, 4:9]),
        (on_paper(beige, bar=beige), np.s_[50:54, 10:80]),
    ):
        again = copies.on_ground_of(drawn, changed, (white, beige), edges)
        differs = np.abs(again.astype(int) - drawn).max(axis=2) > 10
        assert differs[box].all()
        assert differs.sum() == differs[box].sum()
    assert copies.on_ground_of(drawn, drawn, (white, white), edges) is None
    assert copies.on_ground_of(drawn, on_paper(black), (white, black), edges) is None
