"""Rows, columns and cells of drawn pages; nothing is read."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from visual_erm.judges.table import ink
from visual_erm.judges.table.grid import lay_out

PROSE = (
    ("Period", "Description"),
    ("lastWeek", "Apply format if a value falls within it"),
    ("thisWeek", "Apply format if a value falls in it"),
    ("nextWeek", "Apply format if a value falls after it"),
    ("today", "Apply format if a value is equal to it"),
)


def draw(rows, *, ruled, widths):
    """A picture of rows of texts in a font of one width."""
    face = ImageFont.truetype(font_manager.findfont("DejaVu Sans Mono"), 16)
    page = PILImage.new("RGB", (len(rows[0]) * widths + 20, len(rows) * 30 + 20), "white")
    pen = ImageDraw.Draw(page)
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            pen.text((20 + j * widths, 16 + i * 30), text, "black", font=face)
            if ruled:
                pen.rectangle(
                    (10 + j * widths, 10 + i * 30, 10 + (j + 1) * widths, 40 + i * 30),
                    None,
                    "black",
                )
    return np.asarray(page)


@pytest.mark.parametrize("ruled", [True, False])
def test_spaces_of_a_font_of_one_width_part_no_columns(ruled):
    page = draw(PROSE, ruled=ruled, widths=420)
    grid = lay_out(ink.find(page))
    assert len(grid.columns) == 2
    assert [len(place.islands) for place in grid.places] == [1] * 10


def test_rules_around_several_columns_make_them_no_one():
    rows = [("Alpha beta", "12.5       3.25       77"), ("Gamma", "10.5       4.25       78")] * 3
    grid = lay_out(ink.find(draw(rows, ruled=True, widths=300)))
    assert len(grid.columns) == 4
