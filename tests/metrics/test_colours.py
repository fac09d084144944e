import numpy as np
import pytest
from skimage import color

from visual_erm.metrics.colours import ciede2000, lab

# of the paper's test data: hues around the circle, greys, and the kink at opposite hues
PAIRS = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_the_papers_own_data(one, other, expected):
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(expected, abs=1e-4)


def test_both_agree_with_skimage():
    rgb = np.random.default_rng(0).integers(0, 256, (300, 3), dtype=np.uint8)
    rgb[:5] = [[0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0], [0, 0, 255]]
    assert np.allclose(lab(rgb), color.rgb2lab(rgb / 255), atol=0.01)
    one = color.rgb2lab(rgb / 255)
    matrix = ciede2000(one[:, None], one[None])
    assert np.allclose(matrix, color.deltaE_ciede2000(one[:, None], one[None]), atol=1e-4)
