"""The same picture smoothed, compressed or in another resolution, with and without an error."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from visual_erm.judges.ocr import Reader
from visual_erm.judges.table import differ, register, see

READER = Reader()
ROWS = (("Station", "Rain", "Days"), ("Ahorn", "37.2", "16"), ("Birke", "28.5", "9"))


def draw(rows=ROWS, size=11):
    """Cells between dotted rules, which noise breaks."""
    face = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size)
    page = PILImage.new("RGB", (270, 86), "white")
    pen = ImageDraw.Draw(page)
    for (i, j), text in np.ndenumerate(np.array(rows)):
        pen.text((16 + 84 * j, 10 + 24 * i), text, "black", font=face)
    for x in (10, 94, 178, 258):
        pen.point([(x, y) for y in range(6, 82, 2)], "#888")
    return np.asarray(page)


def jpeg(picture):
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


NOISES = {
    "jpeg": jpeg,
    "blur": lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7)),
    "smaller": lambda picture: np.asarray(
        cv2.resize(picture, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    ),
    "larger": lambda picture: np.asarray(cv2.resize(picture, None, fx=1.6, fy=1.6)),
}


def edited(row, column, text):
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = text
    return rows


@pytest.mark.parametrize("noise", NOISES)
def test_noise_is_no_error(noise):
    reference = see(draw(), READER)
    assert differ(reference, see(NOISES[noise](draw()), READER, like=reference)) == []


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize(
    ("place", "text"), [((1, 1), "37.8"), ((2, 1), "-28.5"), ((1, 2), ""), ((2, 0), "Binke")]
)
def test_an_error_is_found_under_noise(noise, place, text):
    reference = see(draw(), READER)
    candidate = NOISES[noise](draw(edited(*place, text)))
    found = differ(reference, see(candidate, READER, like=reference))
    assert len(found) == 1


def test_a_clean_picture_is_taken_apart_for_itself():
    reference = see(draw(), READER)
    other = cv2.cvtColor(draw(edited(1, 2, "18")), cv2.COLOR_RGB2GRAY)
    assert register.spots(reference.grey, np.asarray(other), reference.grid) is None
