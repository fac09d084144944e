"""Charts of the same data in the looks of other libraries: grounds, palettes, widths, legends."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import seaborn as sns
from figures import errors, pixels

from visual_erm.judges.chart import bars, see

SALES = {"North": [34, 58, 21, 47], "South": [25, 39, 44, 17], "West": [12, 22, 31, 52]}
TAB = ("#1f77b4", "#ff7f0e", "#2ca02c")
GGPLOT = ("#f8766d", "#00ba38", "#619cff")


def grouped(sales=SALES, colours=TAB, size=(6.4, 4.4), part=0.8, **legend):
    fig, ax = plt.subplots(figsize=size)
    width = part / len(sales)
    for k, (name, values) in enumerate(sales.items()):
        at = np.arange(4) + (k - (len(sales) - 1) / 2) * width
        ax.bar(at, values, width, color=colours[k], label=name)
    ax.set_xticks(range(4), ["Q1", "Q2", "Q3", "Q4"])
    ax.set(title="Sales by quarter", ylabel="Units", ylim=(0, 64))
    ax.legend(**legend)
    fig.tight_layout()
    return pixels(fig)


def lines(colours=TAB, size=(6.4, 4.4)):
    fig, ax = plt.subplots(figsize=size)
    for k, (name, values) in enumerate(SALES.items()):
        ax.plot(range(4), values, marker="o", color=colours[k], label=name)
    ax.set(title="Sales by quarter", ylabel="Units")
    ax.legend()
    fig.tight_layout()
    return pixels(fig)


def test_shades_of_another_palette_are_no_other_lengths(reader):
    with sns.axes_style("darkgrid"):
        muted = grouped(colours=sns.color_palette("muted"), size=(7, 4.8), loc="upper left")
    found = errors(reader, grouped(loc="upper left"), muted)
    assert {error.category for error in found} == {"style_error"}


def test_wider_bars_are_no_other_lengths_and_longer_ones_are(reader):
    reference = grouped()
    wide = grouped(colours=GGPLOT, size=(7, 5), part=0.9)
    assert not [e for e in errors(reader, reference, wide) if e.category == "data_error"]
    sales = SALES | {"South": [25, 39, 20, 17]}
    longer = grouped(sales, colours=GGPLOT, size=(7, 5), part=0.9)
    (error,) = [e for e in errors(reader, reference, longer) if e.category == "data_error"]
    assert error.location == 'bar for Q3 (series "South")'


def test_a_palette_that_gives_a_colour_to_another_series_is_told_by_names(reader):
    found = errors(reader, lines(), lines(GGPLOT, size=(7, 4)))
    assert not [error for error in found if error.category == "data_error"]
    assert [error.description for error in found if "orange" in error.description]


def test_the_number_at_the_end_of_an_axis_is_a_tick_though_it_hangs_below_the_plot(reader):
    fig, ax = plt.subplots(figsize=(6, 4))
    ax.plot([2015, 2016, 2017, 2018], [28.2, 30.9, 33.0, 40.1])
    ax.set(title="Price of power", xlabel="Year", ylim=(28, 41), xticks=[2015, 2016, 2017, 2018])
    scene = see(pixels(fig), reader)
    roles = {label.text: label.role for label in scene.labels}
    assert roles["28"] == "y tick"
    assert roles["2016"] == "x tick"
    assert roles["Year"] == "x label"


@pytest.mark.parametrize(
    "look",
    [
        {"handleheight": 2.2, "handlelength": 1.9, "labelspacing": 0.1},
        {"handletextpad": 0.15},
    ],
)
def test_legends_whose_patches_are_large_or_close_to_their_words(reader, look):
    beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5), "frameon": False}
    scene = see(grouped(colours=GGPLOT, **beside, **look), reader)
    (legend,) = scene.legends
    assert [entry.text for entry in legend.entries] == list(SALES)
    assert all(colour is not None for colour in legend.colours)


def test_the_frame_of_a_legend_is_no_handle(reader):
    fig, ax = plt.subplots(figsize=(6.4, 4.4))
    for name, colour in zip(("dry", "wet"), TAB, strict=False):
        ax.scatter(range(9), np.arange(9) * len(name), color=colour, label=name)
    ax.legend(borderpad=0.05)
    (legend,) = see(pixels(fig), reader).legends
    np.testing.assert_allclose(legend.colours, [(31, 119, 180), (255, 127, 14)], atol=3)


def upright(*boxes):
    mask = np.zeros((200, 300), bool)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = True
    return mask


def test_bars_are_paired_by_place_and_compared_by_their_ends():
    one = upright((20, 100, 40, 190), (80, 50, 100, 190), (140, 150, 160, 190))
    two = upright((15, 101, 45, 190), (75, 80, 105, 190))
    none = np.zeros_like(one)
    found = bars.paired(one, two, none, False, 2.0)
    assert found.changed == (((80, 50, 100, 190), (75, 80, 105, 190)),)
    assert (found.kept, found.lost, found.new) == (1, ((140, 150, 160, 190),), ())
    assert found.width == pytest.approx(1.5)
    assert bars.paired(one, two, upright((70, 40, 110, 90)), False, 2.0).changed == ()
    lying = bars.paired(one.T, two.T, none.T, True, 2.0)
    assert lying.changed == (((50, 80, 190, 100), (80, 75, 190, 105)),)


def test_what_is_no_rectangle_is_no_bar():
    disc = np.hypot(*np.mgrid[-100:100, -150:150]) < 60
    assert bars.paired(disc, disc, np.zeros_like(disc), False, 2.0) is None
