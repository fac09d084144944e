import numpy as np
import pytest
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

from visual_erm.metrics import METRICS, mse, psnr, tolerant


def picture(seed: int, shape: tuple[int, int, int] = (60, 80, 3)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_mse_and_psnr_agree_with_skimage() -> None:
    a, b = picture(0), picture(1)
    assert mse(a, b) == pytest.approx(mean_squared_error(a.astype(float), b.astype(float)))
    assert psnr(a, b) == pytest.approx(peak_signal_noise_ratio(a, b))


def test_equal_pictures_are_perfect_by_every_metric() -> None:
    a = picture(0)
    for name, metric in METRICS.items():
        best = metric.high if metric.higher_is_better else metric.low
        assert metric.function(a, a.copy()) == pytest.approx(best), name
        assert metric.low <= metric.function(a, 255 - a) <= metric.high
        assert metric.worst <= metric.quality(a, picture(1)) < metric.best


def test_another_size_is_scaled_to_the_reference() -> None:
    a = np.full((60, 80, 3), 200, np.uint8)
    big = np.full((120, 160, 3), 200, np.uint8)
    assert mse(a, big) == 0
    assert mse(big, a) == 0


def test_quality_points_up_for_every_metric() -> None:
    a = np.full((60, 80, 3), 255, np.uint8)
    a[20:40, 20:50] = 30
    near = a.copy()
    near[20:40, 46:50] = 255
    far = np.full_like(a, 40)
    far[5:15, 50:70] = 255
    for metric in METRICS.values():
        assert metric.quality(a, near) >= metric.quality(a, far)
        assert metric.quality(a, a) >= metric.quality(a, near)


def test_tolerant_ignores_one_pixel_of_shift_but_not_three() -> None:
    a = np.full((60, 80, 3), 255, np.uint8)
    a[20:40, 20:50] = 30
    assert tolerant(a, np.roll(a, 1, axis=1)) == 0
    assert tolerant(a, np.roll(a, 3, axis=1)) > 0.01
