import pickle
import threading

import cv2
import numpy as np
import pytest

from visual_erm.errors import UsageError
from visual_erm.judges import embedded, make_judge
from visual_erm.judges.embedded import EmbeddedJudge, harmless
from visual_erm.types import Discrepancy


@pytest.fixture(scope="module")
def judge() -> EmbeddedJudge:
    return EmbeddedJudge()


def icon(side: int = 240, *, hide: bool = False, colour=(200, 40, 40)) -> np.ndarray:
    big = np.full((side * 4, side * 4, 3), 255, np.uint8)
    unit = side * 4 / 24
    cv2.rectangle(
        big, (int(3 * unit), int(3 * unit)), (int(10 * unit), int(10 * unit)), (40, 80, 190), -1
    )
    cv2.circle(big, (int(17 * unit), int(17 * unit)), int(4 * unit), colour, -1)
    if not hide:
        cv2.line(big, (int(3 * unit), int(20 * unit)), (int(10 * unit), int(14 * unit)), (0, 0, 0),
                 int(1.4 * unit))  # fmt: skip
    return cv2.resize(big, (side, side), interpolation=cv2.INTER_AREA)


def test_equal_pictures_take_no_work(judge: EmbeddedJudge) -> None:
    verdict = judge.compare(icon(), icon(), "svg")
    assert verdict.errors == ()
    assert verdict.distance == 0
    assert verdict.usage["cpu_seconds"] < 0.05


def test_harmless_variants_have_no_errors(judge: EmbeddedJudge) -> None:
    picture = icon()
    matrix = np.array([[1, 0, 1], [0, 1, -2]], np.float32)
    shifted = cv2.warpAffine(picture, matrix, (240, 240), borderValue=(255, 255, 255))
    assert harmless(picture, shifted)
    _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    lossy = cv2.imdecode(code, cv2.IMREAD_COLOR)
    for other in (shifted, lossy, cv2.GaussianBlur(picture, (0, 0), 0.7), icon(480), icon(120)):
        verdict = judge.compare(picture, np.ascontiguousarray(other), "svg")
        assert verdict.errors == (), verdict.errors
        assert verdict.distance == 0


def test_a_blank_candidate_is_the_worst(judge: EmbeddedJudge) -> None:
    blank = np.full((240, 240, 3), 255, np.uint8)
    blank[3, 3] = 0
    verdict = judge.compare(icon(), blank, "svg")
    assert verdict.distance == 1
    assert verdict.severity >= 9
    flawed = judge.compare(icon(), icon(hide=True, colour=(30, 160, 60)), "svg")
    assert flawed.distance is not None
    assert 0 < flawed.distance < 0.9
    assert flawed.severity < verdict.severity


def test_a_drawing_on_another_ground_is_an_attempt(judge: EmbeddedJudge) -> None:
    picture = np.full((240, 240, 3), 255, np.uint8)
    cv2.line(picture, (30, 120), (210, 120), (0, 0, 0), 16)
    ground = np.where(picture == 255, np.array([244, 215, 215], np.uint8), picture)
    verdict = judge.compare(picture, ground, "svg")
    assert [error.category for error in verdict.errors] == ["style_error"]
    assert verdict.distance is not None and verdict.distance < 0.8


def test_a_blurred_plate_is_no_attempt_though_its_ground_seems_another(
    judge: EmbeddedJudge,
) -> None:
    plate = np.full((400, 400, 3), 51, np.uint8)
    for x in (0, 340):
        for y in (0, 340):
            corner = np.full((60, 60, 3), 255, np.uint8)
            cv2.circle(corner, (60 - x // 340 * 60, 60 - y // 340 * 60), 60, (51, 51, 51), -1)
            plate[y : y + 60, x : x + 60] = corner
    for x in (90, 180, 270):
        for y in (150, 230, 310):
            cv2.circle(plate, (x + 20, y), 26, (255, 255, 255), -1)
    verdict = judge.compare(plate, cv2.GaussianBlur(plate, (0, 0), 9), "svg")
    assert any("blurred" in error.description for error in verdict.errors)


def test_cheats_rank_below_honest_attempts(judge: EmbeddedJudge) -> None:
    picture = icon()
    honest = judge.compare(picture, icon(hide=True), "svg").distance
    half = picture.copy()
    half[:, 110:] = 255
    banner = picture.copy()
    banner[70:180] = 20
    blurred = cv2.GaussianBlur(picture, (0, 0), 9)
    other = np.full_like(picture, 255)
    for x in range(20, 220, 40):
        cv2.line(other, (x, 10), (x, 230), (0, 120, 0), 8)
    for cheat in (half, banner, blurred, other):
        distance = judge.compare(picture, np.ascontiguousarray(cheat), "svg").distance
        assert distance is not None
        assert honest is not None
        assert distance > honest


def test_boxes_are_in_the_pixels_of_each_picture_and_inside_them(judge: EmbeddedJudge) -> None:
    reference, candidate = icon(480), icon(240, colour=(30, 160, 60))
    (error,) = judge.compare(reference, candidate, "svg").errors
    assert error.category == "style_error"
    assert error.bbox == pytest.approx((260, 260, 420, 420), abs=8)
    assert error.bbox_prediction == pytest.approx((130, 130, 210, 210), abs=5)


def test_big_pictures_are_judged_small_and_reported_big(judge: EmbeddedJudge) -> None:
    reference, candidate = icon(1600), icon(1600, hide=True)
    (error,) = judge.compare(reference, candidate, "svg").errors
    assert error.category == "structure_error"
    assert error.bbox is not None
    assert error.bbox == pytest.approx((170, 880, 700, 1370), abs=60)


def test_a_verdict_lists_only_so_many_errors_and_says_so(monkeypatch) -> None:
    found = [
        Discrepancy(category="shape_error", severity=1 + k % 3, description=str(k))
        for k in range(30)
    ]
    domain = type(
        "D",
        (),
        {"see": lambda *_, **__: None, "differ": lambda *_: found, "besides": lambda *_: {}},
    )()
    monkeypatch.setattr(embedded, "_domain", lambda task: domain)
    verdict = EmbeddedJudge(max_errors=10).compare(icon(), icon(hide=True), "svg")
    assert len(verdict.errors) == 10
    assert {error.severity for error in verdict.errors} == {3}
    assert verdict.repairs == ("kept the 10 most severe of 30 errors",)


def test_the_cache_is_bounded_and_a_reference_is_seen_once(monkeypatch) -> None:
    seen = []

    class Domain:
        def see(self, image, reader, like=None):
            seen.append("candidate" if like is not None else "reference")
            return "scene"

        def differ(self, reference, candidate):
            return []

        def besides(self, reference, candidate, errors):
            return {}

    monkeypatch.setattr(embedded, "_domain", lambda task: Domain())
    judge = EmbeddedJudge(cache_size=2)
    for _ in range(3):
        judge.compare(icon(), icon(hide=True), "svg")
    assert seen.count("reference") == 1
    for side in (100, 110, 120):
        judge.compare(icon(side), icon(side, hide=True), "svg")
    assert len(judge._scenes) == 2


def test_it_survives_pickling_and_keeps_its_identity(judge: EmbeddedJudge) -> None:
    judge.compare(icon(), icon(hide=True), "svg")
    twin = pickle.loads(pickle.dumps(judge))
    assert twin.identity == judge.identity
    assert twin.compare(icon(), icon(hide=True), "svg").errors


def test_threads_agree(judge: EmbeddedJudge) -> None:
    expected = judge.compare(icon(), icon(hide=True), "svg").errors
    results = []

    def work() -> None:
        results.append(EmbeddedJudge().compare(icon(), icon(hide=True), "svg").errors)
        results.append(judge.compare(icon(), icon(hide=True), "svg").errors)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


def test_levels() -> None:
    fast = EmbeddedJudge("fast")
    assert fast.identity != EmbeddedJudge().identity
    verdict = fast.compare(icon(), icon(hide=True), "svg")
    full = EmbeddedJudge().compare(icon(), icon(hide=True), "svg")
    assert [e.category for e in verdict.errors] == [e.category for e in full.errors]
    with pytest.raises(UsageError, match='no level "faster"; known: full, fast'):
        make_judge("embedded:faster")


@pytest.mark.parametrize("task", ["chart", "table", "svg"])
@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (1, 5), (3, 300)])
def test_a_reference_of_any_shape_is_prepared(judge: EmbeddedJudge, task, shape) -> None:
    judge.prepare(np.full((*shape, 3), 255, np.uint8), task)


@pytest.mark.parametrize("task", ["chart", "table", "svg"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 60)])
@pytest.mark.parametrize("other", [(60, 60), (1, 40), (300, 3)])
def test_pictures_of_any_shape_are_compared(judge: EmbeddedJudge, task, shape, other) -> None:
    rng = np.random.default_rng(0)
    one, two = (rng.integers(0, 255, (*size, 3), dtype=np.uint8) for size in (shape, other))
    for pair in ((one, two), (two, one)):
        assert judge.compare(*pair, task).distance is not None


def test_that_the_lettering_of_a_drawing_is_gone_is_said_once(judge: EmbeddedJudge) -> None:
    gone = np.full((110, 500, 3), 255, np.uint8)
    cv2.circle(gone, (50, 55), 24, (226, 67, 41), -1)
    whole = gone.copy()
    font = cv2.FONT_HERSHEY_DUPLEX
    cv2.putText(whole, "GitLab works", (90, 75), font, 1.8, (23, 19, 33), 4, cv2.LINE_AA)
    (error,) = judge.compare(whole, gone, "svg").errors
    assert error.category == "text_symbol_error"
