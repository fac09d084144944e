"""Reading text that Matplotlib drew, where the true strings are known."""

import pickle

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from visual_erm.judges.ocr import Reader

TITLE = "Monthly revenue 2019-2023"


def chart(title=TITLE, *, height=3.0, font=10):
    figure = Figure(figsize=(6.4, 4.8))
    axes = figure.add_subplot()
    axes.bar(["apples", "bananas", "cherries"], [1.0, 2.0, height])
    axes.set_title(title)
    axes.set_xlabel("Fruit kind", fontsize=font)
    axes.set_ylabel("Price per kg", fontsize=font)
    axes.set_ylim(0, 4)
    axes.tick_params(labelsize=font)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


@pytest.mark.parametrize("font", [7, 10, 12, 14])
def test_every_label_is_read(reader, font):
    texts = {text.text for text in reader.read(chart(font=font))}
    assert {TITLE, "apples", "bananas", "cherries", "Fruit kind", "Price per kg"} <= texts


def test_upward_text_is_marked_and_boxed(reader):
    (label,) = [t for t in reader.read(chart()) if t.text == "Price per kg"]
    x0, y0, x1, y1 = label.box
    assert label.rotated
    assert x1 < 80
    assert y1 - y0 > 3 * (x1 - x0)


def test_empty_picture_holds_no_text(reader):
    assert reader.read(np.full((200, 300, 3), 255, np.uint8)) == ()


def test_changed_line_is_read_again_and_the_rest_is_kept(reader):
    before = chart()
    known = reader.read(before)
    after = reader.read(chart("Monthly revenue 2018-2023"), like=(before, known))
    assert {t.text for t in known} - {t.text for t in after} == {TITLE}
    assert {t.text for t in after} - {t.text for t in known} == {"Monthly revenue 2018-2023"}


def test_reading_changes_agrees_with_reading_all(reader):
    before, after = chart(), chart(height=1.2)
    partial = reader.read(after, like=(before, reader.read(before)))
    assert sorted(t.text for t in partial) == sorted(t.text for t in reader.read(after))


def test_another_size_is_read_whole(reader):
    before = chart()
    known = reader.read(before)
    wider = np.pad(before, ((0, 0), (0, 40), (0, 0)), constant_values=255)
    assert TITLE in {t.text for t in reader.read(wider, like=(before, known))}


def test_known_place_can_be_read_alone(reader):
    picture = chart()
    (title,) = [t for t in reader.read(picture) if t.text == TITLE]
    again = reader.read_line(picture, title.box)
    assert again is not None
    assert again.text == TITLE


def test_a_line_with_the_same_pixels_is_read_once(monkeypatch):
    reader, asked = Reader(), []
    inner = Reader._chances
    monkeypatch.setattr(Reader, "_chances", lambda *given: asked.append(1) or inner(*given))
    picture = chart()
    (title,) = (text for text in reader.read(picture) if text.text == TITLE)
    before = len(asked)
    assert reader.read_line(picture.copy(), title.box) == title
    assert len(asked) == before


def test_reader_survives_pickling(reader):
    copy = pickle.loads(pickle.dumps(reader))
    assert TITLE in {t.text for t in copy.read(chart())}
