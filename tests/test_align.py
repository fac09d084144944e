import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visual_erm import align
from visual_erm.align import Placement


def scene(width: int = 160, height: int = 120) -> np.ndarray:
    picture = np.full((height, width, 3), 255, np.uint8)
    cv2.rectangle(picture, (30, 25), (80, 90), (40, 90, 200), -1)
    cv2.circle(picture, (115, 60), 24, (210, 60, 50), -1, cv2.LINE_AA)
    cv2.line(picture, (10, 110), (150, 100), (0, 0, 0), 2, cv2.LINE_AA)
    return picture


def jpeg(picture: np.ndarray, quality: int = 90) -> np.ndarray:
    _, code = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(code, cv2.IMREAD_COLOR)[:, :, ::-1])


def test_dust_does_not_widen_the_content_box() -> None:
    clean = scene()
    dusty = clean.copy()
    dusty[0, 0] = dusty[119, 159] = (0, 0, 0)
    assert align.content_box(dusty) == align.content_box(clean)


def test_a_dotted_line_is_no_dust() -> None:
    picture = np.full((60, 100, 3), 255, np.uint8)
    picture[30, 10:90:3] = 0
    assert align.content_box(picture) == (10, 30, 89, 31)


def test_an_empty_picture_is_all_content() -> None:
    assert align.content_box(np.full((20, 30, 3), 7, np.uint8)) == (0, 0, 30, 20)


@pytest.mark.parametrize(("dx", "dy"), [(2, 0), (0, -3), (4, 5)])
def test_shift_is_found(dx: int, dy: int) -> None:
    picture = scene()
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    moved = cv2.warpAffine(picture, matrix, (160, 120), borderValue=(255, 255, 255))
    found = align.shift(picture, moved)
    assert found == pytest.approx((-dx, -dy), abs=0.5)


def test_padding_is_undone() -> None:
    picture = scene()
    padded = np.pad(picture, ((10, 10), (10, 10), (0, 0)), constant_values=255)
    placement = align.place(picture, padded)
    assert placement.sx == pytest.approx(1, abs=0.02)
    assert placement.dx == pytest.approx(-10, abs=1)
    warped = placement.warp(padded, (160, 120))
    assert align.tolerant_difference(picture, warped, 1, 40).mean() < 0.002


def test_one_moved_element_moves_nothing_else() -> None:
    picture = scene()
    other = np.full_like(picture, 255)
    cv2.rectangle(other, (36, 25), (86, 90), (40, 90, 200), -1)
    other[:, 90:] = picture[:, 90:]
    other[98:] = picture[98:]
    assert align.place(picture, other) == Placement()


def test_other_sizes_are_scaled() -> None:
    picture = scene(320, 240)
    small = cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA)
    placement = align.place(picture, small)
    assert (placement.sx, placement.sy) == pytest.approx((2, 2), abs=0.03)


def test_tolerance_swallows_what_lies_between_the_neighbours() -> None:
    picture = scene()
    assert not align.tolerant_difference(picture, np.roll(picture, 1, axis=1), 1, 30).any()
    assert align.tolerant_difference(picture, np.roll(picture, 6, axis=1), 1, 30).any()


def test_jpeg_and_soft_edges_are_noise_but_a_recolouring_is_not() -> None:
    picture = scene()
    assert align.only_noise(picture, jpeg(picture))
    assert align.only_noise(picture, picture.copy())
    recoloured = picture.copy()
    recoloured[(picture == (40, 90, 200)).all(axis=2)] = (40, 90, 215)
    assert not align.only_noise(picture, recoloured)
    dotted = picture.copy()
    dotted[50:52, 100:102] = 255
    assert not align.only_noise(picture, dotted)


def test_visible_difference_forgives_chroma_subsampling_at_saturated_edges() -> None:
    picture = np.full((80, 80, 3), 255, np.uint8)
    cv2.circle(picture, (40, 40), 21, (185, 28, 28), 5, cv2.LINE_AA)
    lossy = jpeg(picture)
    assert align.tolerant_difference(picture, lossy, 1, 28).any()
    assert not align.visible_difference(picture, lossy, 1, 28).any()


@settings(max_examples=60)
@given(
    st.floats(0.3, 3), st.floats(0.3, 3), st.floats(-20, 20), st.floats(-20, 20),
    st.integers(0, 50), st.integers(0, 50), st.integers(1, 40), st.integers(1, 40),
)  # fmt: skip
def test_a_box_comes_back_around_itself(
    sx: float, sy: float, dx: float, dy: float, x: int, y: int, w: int, h: int
) -> None:
    placement = Placement(sx, sy, dx, dy)
    box = (x, y, x + w, y + h)
    back = placement.inverse().box(placement.box(box))
    assert back[0] <= box[0] and back[1] <= box[1]
    assert back[2] >= box[2] and back[3] >= box[3]


@pytest.mark.parametrize("shape", [(1, 1, 3), (4, 1, 3), (1, 4, 3), (4, 4, 3), (31, 17, 3), (9, 5)])
def test_channels_are_looked_through_as_defined(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    largest = values if values.ndim == 2 else values.max(axis=2)
    assert np.array_equal(align.strongest(values), largest)
    for limit in (0, 100, 100.5, 254):
        assert np.array_equal(align.exceeds(values, limit), largest > limit)
    if values.ndim == 3:
        colour = np.array([3, 130, 250], np.uint8)
        apart = np.abs(values.astype(int) - colour)
        assert np.array_equal(align.from_colour(values, colour), apart)


@pytest.mark.parametrize("part", [0.02, 0.4, 0.9])
def test_masks_are_counted_as_numpy_does(part: float) -> None:
    mask = np.random.default_rng(4).random((41, 29)) < part
    assert align.pixels(mask) == mask.sum()
    assert align.share(mask) == mask.mean()
    for axis in (0, 1):
        assert np.array_equal(align.coverage(mask, axis), mask.sum(axis))
        assert np.array_equal(align.coverage(mask.T, axis), mask.T.sum(axis))
    assert align.coverage(mask[:, :0], 1).tolist() == [0] * 41


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("part", [0.02, 0.4, 0.9])
def test_what_hangs_together_is_numbered_as_opencv_does(part: float, connectivity: int) -> None:
    mask = np.random.default_rng(5).random((83, 64)) < part
    ours = align.components(mask, connectivity)
    theirs = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=connectivity)
    assert ours.number == theirs[0]
    for one, two in zip(ours[1:], theirs[1:], strict=True):
        assert np.array_equal(one, two)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 97, 1000])
def test_percentiles_are_those_of_numpy(size: int) -> None:
    values = np.random.default_rng(size).integers(0, 256, (1, size), np.uint8)
    for percent in (0, 1, 30, 50, 66.6, 95, 100):
        assert align.percentile(values, percent) == np.percentile(values, percent)
