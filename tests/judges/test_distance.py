from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visual_erm import images
from visual_erm.judges import distance
from visual_erm.judges.distance import Measures, Sham
from visual_erm.types import CATEGORIES, TASKS, Discrepancy, Task

MEASURES = st.builds(Measures, *[st.floats(0, 1)] * 9)
NONE = Measures(0, 0, 0, 0, 0, 0, 0, 0, 0)


def drawing() -> np.ndarray:
    picture = np.full((200, 240, 3), 255, np.uint8)
    cv2.rectangle(picture, (20, 20), (90, 180), (40, 90, 200), -1)
    cv2.circle(picture, (165, 100), 50, (200, 60, 40), -1, cv2.LINE_AA)
    cv2.putText(picture, "abc", (110, 190), 0, 1, (0, 0, 0), 2, cv2.LINE_AA)
    return picture


def error(task: Task, severity: int = 1, category: int = 0) -> Discrepancy:
    return Discrepancy(category=CATEGORIES[task][category], severity=severity)  # type: ignore[arg-type]


@pytest.mark.parametrize("task", TASKS)
def test_no_errors_is_zero_and_any_error_is_more(task: Task) -> None:
    assert distance.distance([], NONE, task) == 0
    assert distance.distance([error(task)], NONE, task) >= distance.LEAST


@settings(max_examples=80)
@given(st.sampled_from(TASKS), MEASURES, st.integers(0, 2), st.integers(1, 2))
def test_it_rises_with_severity_and_with_more_errors(
    task: Task, measures: Measures, category: int, severity: int
) -> None:
    one = distance.distance([error(task, severity, category)], measures, task)
    worse = distance.distance([error(task, severity + 1, category)], measures, task)
    more = distance.distance([error(task, severity, category), error(task)], measures, task)
    assert 0 < one < worse <= distance.CEILING
    assert one < more <= distance.CEILING


@pytest.mark.parametrize("task", TASKS)
def test_it_never_falls_with_a_measure(task: Task) -> None:
    least = distance.distance([error(task)], NONE, task)
    for name in distance.weights(task).keys() - set(CATEGORIES[task]):
        if name in NONE.__dict__:
            higher = distance.distance([error(task)], replace(NONE, **{name: 0.7}), task)
        else:
            higher = distance.distance([error(task)], NONE, task, besides={name: 0.7})
        assert higher >= least


def test_one_error_of_many_letters_weighs_less_than_a_worse_one_of_few() -> None:
    moved = replace(NONE, missing=0.1, added=0.1, form=0.2)
    numbers = distance.distance([error("chart", 2, 2)], moved, "chart", besides={"texts": 0.4})
    value = distance.distance([error("chart", 3, 2)], NONE, "chart", besides={"texts": 0.01})
    assert numbers < value


def test_a_sham_lies_above_every_attempt() -> None:
    worst = Measures(1, 1, 1, 1, 1, 1, 1, 1, 1)
    attempt = distance.distance([error("svg", 3)] * 40, worst, "svg")
    assert distance.distance([error("svg")], NONE, "svg", Sham("", 0.1)) > attempt
    assert distance.distance([error("svg")], NONE, "svg", Sham("", 1.0)) == 1


def test_measures_of_equal_pictures_are_zero() -> None:
    assert distance.measure(drawing(), drawing()) == NONE


def test_each_measure_answers_to_what_it_is_for() -> None:
    picture = drawing()
    half = picture.copy()
    half[:, 110:] = 255
    measures = distance.measure(picture, half)
    assert measures.missing > 0.3
    assert measures.added == 0
    assert distance.measure(half, picture).added > 0.3
    soft = cv2.GaussianBlur(picture, (0, 0), 7)
    assert distance.measure(picture, soft).blur > 0.25
    faded = (255 - (255 - picture.astype(int)) * 0.4).astype(np.uint8)
    assert distance.measure(picture, faded).blur == 0
    assert distance.measure(picture, faded).tone > 0.05


def test_blocks_are_no_detail() -> None:
    picture = drawing()
    small = cv2.resize(picture, (24, 20), interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(small, (240, 200), interpolation=cv2.INTER_NEAREST)
    assert distance.measure(picture, blocks).blur == 1
    assert distance.measure(blocks, blocks[:, ::-1]).blur == 0


def test_upright_rectangles_are_no_mosaic() -> None:
    picture = drawing()
    bars = np.full_like(picture, 255)
    for x0, y0, x1, y1 in (
        (12, 23, 71, 60),
        (23, 71, 52, 189),
        (98, 31, 171, 52),
        (113, 77, 201, 151),
    ):
        bars[y0:y1, x0:x1] = (40, 60, 160)
    assert distance.measure(picture, bars).blur < 1


def test_what_moved_as_a_whole_is_mostly_right() -> None:
    picture = drawing()
    moved = np.full_like(picture, 255)
    moved[20:, 15:] = picture[:-20, :-15]
    box = (20, 20, 215, 180)
    error = Discrepancy(
        category="shape_error",
        severity=2,
        bbox=box,
        bbox_prediction=(box[0] + 15, box[1] + 20, box[2] + 15, box[3] + 20),
    )
    as_is = distance.measure(picture, moved)
    mostly = distance.undone(as_is, [error], picture, moved)
    assert mostly.form == pytest.approx(as_is.form / 4, abs=0.15)
    larger = error.model_copy(update={"bbox_prediction": (35, 40, 225, 195)})
    half = distance.undone(as_is, [larger], picture, moved)
    assert mostly.form < half.form < as_is.form
    assert distance.undone(as_is, [], picture, moved) is as_is


def test_a_table_without_contrast_cannot_be_read() -> None:
    picture = drawing()
    assert distance.faint(picture, picture // 4 + 191) is not None
    assert distance.faint(picture, (255 - picture) // 2) is None
    assert distance.faint(picture // 4 + 191, picture // 8 + 210) is None


def test_a_texture_is_grain_and_jpeg_is_not() -> None:
    picture = drawing()
    noise = np.random.default_rng(0).integers(-60, 60, (*picture.shape[:2], 1))
    restless = np.clip(picture.astype(int) + noise, 0, 255).astype(np.uint8)
    assert distance.measure(picture, restless).grain > 0.12
    _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert distance.measure(picture, cv2.imdecode(code, cv2.IMREAD_COLOR)).grain < 0.05


def test_shams_are_named() -> None:
    assert distance.sham(Measures(0.9, 0, 0, 0, 0, 0, 0, 0, 0), 3) is not None
    assert distance.sham(Measures(0, 0, 0, 0, 0.95, 0, 0, 0.8, 0), 12) is not None
    assert distance.sham(Measures(0, 0, 0, 0, 0.95, 0, 0, 0.8, 0), 3) is None
    assert distance.sham(NONE, 20) is None
    assert distance.sham(Measures(0.7, 0, 0, 0, 0, 0, 0, 0, 0), 3, "svg") is not None
    assert distance.sham(Measures(0.4, 0, 0, 0, 0, 0, 0, 0, 0), 3, "svg") is None
    assert distance.sham(Measures(0.4, 0, 0, 0, 0, 0, 0, 0, 0), 3, "chart") is None
    assert distance.sham(Measures(0, 0, 0, 0, 0, 0, 0, 0.99, 0), 3, "svg") is not None


def test_a_table_laid_out_wider_is_an_attempt() -> None:
    elsewhere = Measures(0.8, 0.7, 0, 0, 0.5, 0, 0, 0.4, 0)
    assert distance.sham(elsewhere, 3, "table") is None
    assert distance.sham(elsewhere, 3, "svg") is not None
    assert distance.sham(elsewhere, 12, "table") is not None


def test_the_same_bits_wherever_the_pixels_lie_in_memory() -> None:
    reference = drawing()
    candidate = np.asarray(cv2.GaussianBlur(reference, (0, 0), 1.3), np.uint8)
    seen = set()
    for offset in range(0, 48, 5):
        room = np.zeros(candidate.size + 64, np.uint8)
        moved = room[offset : offset + candidate.size].reshape(candidate.shape)
        moved[:] = candidate
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            seen.add(distance.measure(reference, moved))
    cv2.setNumThreads(1)
    assert len(seen) == 1


def test_a_flaw_of_looks_never_outweighs_one_of_content_as_severe() -> None:
    looks = distance.distance([error("chart", 1, 3)], NONE, "chart")
    content = distance.distance([error("chart", 1, 1)], NONE, "chart")
    assert looks <= content


def test_the_pictures_say_more_the_longer_the_list_of_a_chart() -> None:
    drawn_anew = Measures(0, 0, 0.5, 0.5, 0.5, 0.3, 0, 0.5, 0)
    near, far = (
        [distance.distance([error("chart")] * n, m, "chart") for n in (1, 6)]
        for m in (NONE, drawn_anew)
    )
    assert far[1] - near[1] > 1.5 * (far[0] - near[0]) > 0


def test_what_a_drawing_shows_elsewhere_is_not_missing() -> None:
    reference = np.full((200, 200, 3), 255, np.uint8)
    cv2.circle(reference, (50, 50), 40, (20, 80, 160), -1)
    candidate = np.full_like(reference, 255)
    cv2.circle(candidate, (150, 150), 40, (20, 80, 160), -1)
    measures = distance.measure(reference, candidate)
    moved = Discrepancy(
        category="shape_error",
        severity=3,
        description="moved",
        bbox=(10, 10, 90, 90),
        bbox_prediction=(110, 110, 190, 190),
    )
    assert distance.sham(measures, 3, "svg") is not None
    seen = distance.elsewhere(measures, [moved], reference, candidate)
    assert distance.sham(seen, 3, "svg") is None
    half = moved.model_copy(update={"bbox_prediction": (110, 110, 150, 190)})
    seen = distance.elsewhere(measures, [half], reference, candidate)
    assert distance.sham(seen, 3, "svg") is not None


def test_a_treated_drawing_is_further_off_than_one_of_which_much_is_missing() -> None:
    missing = distance.sham(Measures(0.9, 0, 0, 0, 0, 0, 0, 0, 0), 3, "svg")
    blurred = distance.sham(Measures(0, 0, 0, 0, 0, 0, 0.4, 0, 0), 3, "svg")
    assert missing is not None and blurred is not None
    assert blurred.extent > missing.extent


def test_a_chart_is_halfway_right_only_where_a_plot_has_other_sides() -> None:
    shape = Discrepancy(category="structure_error", severity=1, bbox=(0, 0, 60, 60))
    kind = Discrepancy(category="structure_error", severity=3, bbox=(0, 0, 60, 60))
    assert distance.moved([shape, kind], "chart") == [shape]
    assert distance.moved([shape, kind], "table") == []
    wide = np.full((100, 200, 3), 255, np.uint8)
    wide[10:90:20, 10:190] = wide[10:90, 10:190:25] = 0
    low = np.full_like(wide, 255)
    low[10:50] = images.resize(wide[10:90], (200, 40))
    other = Discrepancy(
        category="structure_error",
        severity=1,
        bbox=(10, 10, 190, 90),
        bbox_prediction=(10, 10, 190, 50),
    )
    as_is = distance.measure(wide, low)
    half = distance.undone(as_is, [other], wide, low, "chart")
    assert half.form < 0.7 * as_is.form


def test_a_darkened_chart_is_no_attempt() -> None:
    picture = drawing()
    dim = (picture * 0.4).astype(np.uint8)
    assert distance.darkened(picture, dim) is not None
    on_dark_paper = np.where(picture.min(axis=2, keepdims=True) == 255, np.uint8(40), picture)
    on_dark_paper[90:110, 105:115] = 255  # as of white letters
    assert distance.darkened(picture, on_dark_paper) is None
    assert distance.darkened(dim, dim) is None


def test_sums_of_squares_are_exact() -> None:
    random = np.random.default_rng(0)
    one, two = (random.integers(0, 256, (301, 207), np.uint8) for _ in range(2))
    a, b = (values.astype(object) for values in (one, two))  # integers of any size
    expected = one.size * int((a * b).sum()) - int(a.sum()) * int(b.sum())
    assert distance._covariance(one, two) == expected
