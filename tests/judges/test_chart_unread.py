"""Labels that are hardly read, or not at all, and those that other ink stands beside."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart import differ, see
from visual_erm.judges.chart.axes import read_axes
from visual_erm.judges.chart.places import inked
from visual_erm.judges.chart.scene import ChartScene, Label, Panel
from visual_erm.judges.chart.whole import _scaled
from visual_erm.judges.ocr import Reader


def points(x="$x_1$", y="$x_2$"):
    fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
    for ax in axes:
        ax.plot([0.1, 0.3, 0.6, 0.8], [0.7, 0.2, 0.5, 0.9], "o")
        ax.set(xlabel=x, ylabel=y, title="Samples")
    return pixels(fig)


@pytest.mark.parametrize("gone", ["x", "y"])
def test_a_formula_that_labels_an_axis_is_missed(reader, gone):
    (error,) = (e for e in errors(reader, points(), points(**{gone: ""})) if "label" in e.location)
    assert (error.category, error.severity) == ("text_error", 2)
    assert error.location.startswith(f"{gone}-axis label")
    assert "missing" in error.description


def test_no_label_is_missed_where_there_is_none_or_the_same(reader):
    bare = points(x="", y="")
    assert not errors(reader, bare, points(x="", y="").copy())
    scene = see(bare, reader)
    moved = np.roll(bare, 12, axis=0)
    assert not [e for e in differ(scene, see(moved, reader, scene)) if "label" in e.location]


def lines(name="Miles by car", place=None):
    fig, ax = plt.subplots(figsize=(7, 5))
    ax.plot(range(6), [3, 5, 4, 6, 8, 7], label=name)
    ax.plot(range(6), [2, 2, 3, 3, 4, 4], label="Price of oil")
    ax.set(xlabel="Year", ylabel="Index", ylim=(0, 12))
    if place is None:
        ax.set_title("Driving and prices")
    else:
        ax.text(2.5, place, "Driving and prices", ha="center", fontsize=12)
    ax.legend(loc="upper left")
    return pixels(fig)


def test_a_handle_is_no_beginning_of_a_legend_entry(reader):
    (error,) = errors(reader, lines(), lines("by car"))
    assert error.description == '"Miles by car" became "by car"'


def test_a_smaller_solid_is_not_seen_from_elsewhere():
    rng = np.random.default_rng(3)
    drawn = cv2.GaussianBlur(rng.integers(0, 255, (90, 120, 3)).astype(np.uint8), (0, 0), 6)
    drawn = cv2.normalize(drawn, None, 0, 255, cv2.NORM_MINMAX)
    white = np.full(3, 255, np.uint8)

    def scene(picture):
        page = np.full((200, 260, 3), 255, np.uint8)
        page[40 : 40 + picture.shape[0], 50 : 50 + picture.shape[1]] = picture
        return ChartScene(page, Reader(), (), white, (), (), (), ())

    smaller = cv2.resize(drawn, (84, 63), interpolation=cv2.INTER_AREA)
    whole, less = (50, 40, 170, 130), (50, 40, 134, 103)
    assert _scaled(SimpleNamespace(a=scene(drawn), b=scene(smaller)), whole, less)
    mirrored = np.ascontiguousarray(smaller[:, ::-1])
    assert not _scaled(SimpleNamespace(a=scene(drawn), b=scene(mirrored)), whole, less)
    assert not _scaled(SimpleNamespace(a=scene(drawn), b=scene(drawn)), whole, whole)


def test_numbers_read_as_one_line_stand_where_their_ink_is():
    image = np.full((60, 340, 3), 255, np.uint8)
    for left in (30, 110, 190, 270):
        image[42:52, left : left + 20] = 0
    # the box begins early, and holds the end of the number before
    both = Label("20 30 40", (44, 40, 292, 54), "x tick", 0)
    labels = [Label("10", (28, 40, 52, 54), "x tick", 0), both]
    panel = Panel((40, 0, 280, 40), "axes", np.full(3, 255, np.uint8))
    (axis,) = read_axes(labels, panel, 0, image)
    assert axis.scale == "linear"
    assert axis.at == pytest.approx((0, 1 / 3, 2 / 3, 1), abs=0.01)
    assert axis.start == pytest.approx(10, abs=0.3)


def test_a_raised_exponent_is_one_whatever_was_read():
    image = np.full((400, 100, 3), 255, np.uint8)
    labels = []
    for text, top in (("101", 300), ("102", 60)):
        for n, left in enumerate((40, 50, 60)):
            high = 0 if n < 2 else 8
            image[top + 8 - high : top + 20 - high, left : left + 6] = 0
        labels.append(Label(text, (38, top - 2, 70, top + 22), "y tick", 0))
    panel = Panel((80, 20, 90, 380), "axes", np.full(3, 255, np.uint8))
    (axis,) = read_axes(labels, panel, 0, image)
    assert axis.scale == "log"
    level = [Label("101", (38, 298, 70, 322), "y tick", 0)]
    image[300:308, 40:46] = 0
    image[308:320, 60:66] = 0
    (axis,) = read_axes(level, panel, 0, image)
    assert axis.labels[0].text == "101"


def density(**labels):
    fig, ax = plt.subplots(figsize=(7, 5))
    x = np.linspace(-3, 3, 60)
    ax.plot(x, np.exp(-x * x / 2))
    ax.set(title="A bell", **labels)
    return pixels(fig)


def test_a_label_in_the_place_of_a_letter_is_swapped_with_it(reader):
    found = errors(
        reader,
        density(xlabel="x", ylabel="Density"),
        density(xlabel="Density", ylabel="x"),
    )
    (error,) = (e for e in found if e.category == "text_error")
    assert error.severity == 3
    assert "swapped" in error.description


def test_nothing_stands_at_a_place_beyond_the_picture():
    page = np.full((100, 120, 3), 255, np.uint8)
    page[20:90:4, 10:110] = 0
    scene = SimpleNamespace(image=page, labels=())
    title = Label("A title", (30, 16, 90, 34), "title", 0)
    for place, there in (((30, -34, 90, -16), False), ((30, 20, 90, 38), True)):
        match = SimpleNamespace(a=scene, b=scene, box=lambda *_, at=place: at)
        assert inked(match, title) is there


def lettered(letters):
    fig, axes = plt.subplots(1, 2, figsize=(7, 3))
    for n, (ax, letter) in enumerate(zip(axes, letters, strict=True)):
        ax.plot(np.sin(np.arange(30) / (3 + n)))
        ax.text(-0.14, 1.06, letter, transform=ax.transAxes, size=14, weight="bold")
    fig.subplots_adjust(wspace=0.4)
    return pixels(fig)


def test_other_letters_beside_the_plots_are_one_error(reader):
    (error,) = errors(reader, lettered("ab"), lettered("AB"))
    assert (error.category, error.severity) == ("text_error", 1)
    assert '"a" became "A"' in error.description
