import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from visual_erm.metrics import perceptual_hash, ssim


@pytest.mark.parametrize("seed", range(4))
def test_ssim_agrees_with_skimage(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = cv2.GaussianBlur(rng.integers(0, 256, (70, 90, 3), dtype=np.uint8), (0, 0), 1 + seed)
    b = np.clip(a.astype(int) + rng.integers(-30, 30, a.shape), 0, 255).astype(np.uint8)
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
