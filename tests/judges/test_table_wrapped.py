"""Rows whose cells wrap, in tables without rules."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from visual_erm.judges.table import differ, see
from visual_erm.renderers import render

SIZE, LINE, ROOM = 16, 20, 8
ROWS = [
    ("Symptom", "Likely cause", "Remedy"),
    (
        "No power",
        "The mains fuse has blown or the cable is not seated firmly in the inlet at the back",
        "Replace the fuse; press the plug home",
    ),
    (
        "Motor hums but does not turn",
        "Belt too tight, or the capacitor has lost its capacity",
        "Slacken the belt by 3 mm",
    ),
    ("Paper jams", "Rollers worn after about 20000 sheets", "Fit new rollers"),
]
LISTS = [
    ("Fruit", "Colour", "Taste"),
    ("apple", "dark red or green", "sweet"),
    ("lemon", "yellow", "quite sour indeed"),
    ("quince from here", "yellow", "like nothing else"),
    ("plum", "blue", "sweet"),
]


def draw(rows, widths, *, groups=(), room=ROOM):
    """A table without rules, its cells at most so many signs wide; room above some rows only."""
    path = font_manager.findfont("DejaVu Sans", fallback_to_default=False)
    font = ImageFont.truetype(path, SIZE)
    image = PILImage.new("RGB", (60 + 10 * sum(widths), 700), "white")
    pen = ImageDraw.Draw(image)
    y = 12
    for number, row in enumerate(rows):
        y += room if not groups or number in groups else 0
        cells = [textwrap.wrap(text, width) for text, width in zip(row, widths, strict=True)]
        x = 20
        for lines, width in zip(cells, widths, strict=True):
            for k, line in enumerate(lines):
                pen.text((x, y + k * LINE), line, "black", font)
            x += 10 * width + 20
        y += LINE * max(map(len, cells))
    return np.asarray(image.crop((0, 0, image.width, y + 20)))


def test_lines_of_a_row_are_one_row(reader):
    scene = see(draw(ROWS, (12, 24, 18)), reader)
    assert len(scene.rows) == len(ROWS)
    assert scene.rows[2][0].text == "Motor hums but does not turn"
    assert len(scene.rows[1][1].place.islands) == 4
    tops = {cell.area[1] for cell in scene.rows[1]}
    assert len(tops) == 1


@pytest.mark.parametrize("widths", [(14, 20, 14), (30, 34, 26)])
def test_cells_that_wrap_elsewhere_are_no_errors_and_hide_none(reader, widths):
    scene = see(draw(ROWS, (12, 24, 18)), reader)
    assert differ(scene, see(draw(ROWS, widths), reader, like=scene)) == []
    rows = [*ROWS[:2], ("Motor hums but does not turn", ROWS[2][1].replace("tight", "loose"),
                        ROWS[2][2]), ROWS[3]]  # fmt: skip
    (error,) = differ(scene, see(draw(rows, widths), reader, like=scene))
    assert error.category == "text_error"
    assert error.location == 'row 2, column "Likely cause"'
    assert "loose" in error.description


@pytest.mark.parametrize("numbers", [False, True])
def test_groups_of_rows_with_room_between_are_no_rows(reader, numbers):
    rows = [(a, b, str(12 * k)) for k, (a, b, _) in enumerate(LISTS)] if numbers else LISTS
    scene = see(draw(rows, (20, 20, 20), groups=(1, 3)), reader)
    assert len(scene.rows) == len(rows)


ELEMENTS = (
    ("Group", "14", "15", "16"),
    ("Period 2", "C<br>12.011", "N<br>14.007", "O<br>15.999"),
    ("Period 3", "Si<br>28.085", "P<br>30.974", "S<br>32.06"),
    ("Town Hall of the old city", "Sn<br>118.71", "I<br>126.90", "Te<br>127.60"),
)


BARE = "border:0;padding:7px;vertical-align:top"


def elements(css, **wrong):
    rows = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in ELEMENTS)
    for was, becomes in wrong.items():
        rows = rows.replace(was, becomes)
    return render(f"<style>td{{{css}}}</style><table>{rows}</table>", task="table").image


def test_lines_that_together_say_what_a_row_says_are_that_row(reader):
    scene = see(elements("border:1px solid #555"), reader)
    assert len(scene.rows) == len(ELEMENTS)
    assert differ(scene, see(elements(BARE), reader, like=scene)) == []


def test_what_is_wrong_in_one_of_these_lines_is_one_error(reader):
    scene = see(elements("border:1px solid #555"), reader)
    (error,) = differ(scene, see(elements(BARE, Si="Sb"), reader, like=scene))
    assert "Sb" in error.description
