"""Scans told from drawings, and taken apart like them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from visual_erm import images
from visual_erm.judges.table import ink
from visual_erm.judges.table.grid import lay_out
from visual_erm.judges.table.page import upright

ROWS = (("Firm", "Year", "Value"), ("North", "1951", "4833"), ("South", "1952", "4924"))
GROUNDS = ("#31688e", "#fde725", "#440154", "#35b779")


def page(*, coloured):
    """Three rows with a dark header; the cells of the body coloured in turn."""
    face = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 10)
    drawn = PILImage.new("RGB", (260, 92), "white")
    pen = ImageDraw.Draw(drawn)
    for i, row in enumerate(ROWS):
        for j, text in enumerate(row):
            ground = "#2c3e50" if not i else GROUNDS[(2 * i + j) % 4] if coloured else "white"
            x, y = 16 + 76 * j, 16 + 20 * i
            pen.rectangle((x, y, x + 75, y + 19), ground)
            dark = ground in ("#2c3e50", "#31688e", "#440154")
            pen.text((x + 8, y + 4), text, "white" if dark else "black", font=face)
    return np.asarray(drawn)


def scanned(image):
    """Uneven light, grain, softness and compression."""
    light = np.linspace(0.88, 1, image.shape[1])[None, :, None]
    grain = np.random.default_rng(3).normal(0, 3, (*image.shape[:2], 1))
    soft = cv2.GaussianBlur(image, (0, 0), 0.6) * light + grain
    grey = np.clip(soft, 0, 255).astype(np.uint8)
    return images.load(images.encode_jpeg(grey, quality=60))


def test_a_compressed_drawing_is_no_scan():
    drawn = images.load(images.encode_jpeg(page(coloured=False), quality=75))
    assert upright(drawn) is drawn
    assert upright(scanned(drawn)) is not drawn


@pytest.mark.parametrize("coloured", [False, True])
def test_small_cells_of_a_scan_have_their_own_ground(coloured):
    turned = upright(scanned(page(coloured=coloured)))
    grid = lay_out(ink.find(turned, photo=True))
    assert (len(grid.rows), len(grid.columns)) == (3, 3)
    assert [len(place.islands) for place in grid.places] == [1] * 9
