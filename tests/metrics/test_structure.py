import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from visual_erm.metrics import edge_ssim, ms_ssim, perceptual_hash, ssim, unisvg_ssim


def pictures(seed: int, shape: tuple[int, int, int] = (70, 90, 3)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = cv2.GaussianBlur(rng.integers(0, 256, shape, dtype=np.uint8), (0, 0), 1 + seed)
    return a, np.clip(a.astype(int) + rng.integers(-30, 30, a.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("seed", range(4))
def test_ssim_agrees_with_skimage(seed: int) -> None:
    a, b = pictures(seed)
    expected = structural_similarity(
        a,
        b,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=2,
        data_range=255,
    )
    assert ssim(a, b) == pytest.approx(expected, abs=1e-6)


def slow_ms_ssim(a: np.ndarray, b: np.ndarray, weights: list[float]) -> float:
    """After the paper, a channel at a time, with SciPy's filter."""
    values = []
    for channel in range(3):
        x, y = a[..., channel].astype(float), b[..., channel].astype(float)
        product = 1.0
        for scale, weight in enumerate(weights):
            mx, my, xx, yy, xy = (
                gaussian_filter(v, 1.5, radius=5)[5:-5, 5:-5] for v in (x, y, x * x, y * y, x * y)
            )
            contrast = (2 * (xy - mx * my) + 58.5225) / (xx - mx**2 + yy - my**2 + 58.5225)
            if scale == len(weights) - 1:
                contrast = contrast * (2 * mx * my + 6.5025) / (mx**2 + my**2 + 6.5025)
            product *= max(contrast.mean(), 0) ** weight
            x, y = (
                (v[0::2, 0::2] + v[1::2, 0::2] + v[0::2, 1::2] + v[1::2, 1::2]) / 4 for v in (x, y)
            )
        values.append(product)
    return float(np.mean(values))


def test_ms_ssim_agrees_with_a_slow_one() -> None:
    published = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    for seed in range(3):
        a, b = pictures(seed, (192, 224, 3))
        assert ms_ssim(a, b) == pytest.approx(slow_ms_ssim(a, b, published), abs=1e-6)
    # of 48 pixels a side there are three scales: 48, 24, 12
    a, b = pictures(1, (48, 64, 3))
    three = [w * sum(published) / sum(published[:3]) for w in published[:3]]
    assert ms_ssim(a, b) == pytest.approx(slow_ms_ssim(a, b, three), abs=1e-6)
    assert ms_ssim(a, 255 - a) == 0


def test_the_ssim_of_unisvg_is_what_skimage_does_by_itself() -> None:
    a, b = pictures(1, (336, 336, 3))
    assert unisvg_ssim(a, b) == pytest.approx(structural_similarity(a, b, channel_axis=2), abs=1e-6)
    assert unisvg_ssim(a[:200], a[:200]) == 1


def test_edges_are_compared_not_colours() -> None:
    a = np.full((60, 80, 3), 255, np.uint8)
    a[20:40, 20:50] = (30, 30, 30)
    recoloured, moved = a.copy(), np.roll(a, 4, axis=1)
    recoloured[20:40, 20:50] = (90, 20, 20)
    assert edge_ssim(a, recoloured) == 1 > ssim(a, recoloured)
    # the frame of edges: a band of 3 pixels, straight sides, by hand
    frames = []
    for picture in (a, moved):
        found = cv2.Canny(picture[..., 0], 100, 200) > 0
        wide = np.zeros_like(found)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                wide |= np.roll(found, (down, right), (0, 1))
        frames.append((255 * wide).astype(np.uint8))
    expected = structural_similarity(
        *frames, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert edge_ssim(a, moved) == pytest.approx(expected, abs=1e-6)
    assert edge_ssim(a, moved) < 0.8


def test_ssim_refuses_pictures_smaller_than_its_window() -> None:
    tiny = np.zeros((8, 40, 3), np.uint8)
    with pytest.raises(ValueError, match="11 pixels"):
        ssim(tiny, tiny)


def test_hash_survives_brightness_and_not_another_picture() -> None:
    a = np.full((100, 100, 3), 255, np.uint8)
    cv2.circle(a, (30, 30), 20, (200, 30, 30), -1)
    other = np.full((100, 100, 3), 255, np.uint8)
    cv2.rectangle(other, (40, 60), (95, 90), (20, 20, 20), -1)
    brighter = np.clip(a.astype(int) - 12, 0, 255).astype(np.uint8)
    assert perceptual_hash(a, brighter) < 0.1
    assert perceptual_hash(a, other) > 0.25
