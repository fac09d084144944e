"""Legends without frames, of formulas, in other corners, and what they hide; sizes of letters."""

from __future__ import annotations

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart import see, words
from visual_erm.judges.chart.entries import by_handles, compare_legends
from visual_erm.judges.chart.panels import figure_background, find_panels
from visual_erm.judges.chart.places import match_panels
from visual_erm.judges.chart.strokes import stacks

X = np.linspace(0, 5, 80)


def curves(names=("chi pdf", "frozen pdf"), *, invert=False, sizes=10, last="4", **legend):
    fig, ax = plt.subplots()
    for k, name in enumerate(names):
        ax.plot(X, np.exp(-X) + 0.3 * k, lw=2 + 2 * (k == 0), label=name)
    ax.set(xlim=(0, 5), ylim=(0, 2))
    ax.set_xticks(range(5), ["0", "1", "2", "3", last], fontsize=sizes)
    if invert:
        ax.invert_yaxis()
    if legend.pop("shown", True):
        ax.legend(**{"loc": "upper right", "frameon": False, **legend})
    return pixels(fig)


FORMULAS = ("$y_0$", "$y_1$", "$y_2$", "$y_3$")


def test_a_legend_without_a_frame_is_seen(reader):
    (legend,) = see(curves(), reader).legends
    assert [entry.text for entry in legend.entries] == ["chi pdf", "frozen pdf"]


@pytest.mark.parametrize("names", [("chi pdf", "frozen pdf"), FORMULAS])
def test_what_befell_a_legend_is_told_as_that(reader, names):
    drawn = curves(names)
    (gone,) = errors(reader, drawn, curves(names, shown=False))
    assert gone.description == "the legend is missing"
    (moved,) = errors(reader, drawn, curves(names, loc="lower left"))
    assert moved.description == "the legend stands in another place"


def waves(count):
    fig, ax = plt.subplots()
    lines = [ax.plot(X, np.sin(X + k), label=name)[0] for k, name in enumerate(FORMULAS)]
    ax.legend(handles=lines[:count], loc="lower left")
    return pixels(fig)


def test_an_entry_of_formulas_is_missed(reader):
    (error,) = errors(reader, waves(4), waves(3))
    assert error.location.startswith("legend entry")
    assert "missing from the legend" in error.description


def test_an_entry_keeps_its_handle_whatever_it_is_called(reader):
    before = see(curves(("true", "S", "data")), reader)
    after = see(curves(("Sample 2", "S", "data")), reader)
    pairs = by_handles(before.legends[0], after.legends[0])
    assert next((one.text, two.text) for one, two in pairs) == ("true", "Sample 2")


def test_caps_of_error_bars_are_no_handles():
    fig, ax = plt.subplots()
    ax.errorbar([1, 2, 3], [2, 3, 4], yerr=0.4, capsize=12, fmt="o")
    ax.text(1.2, 2.4, "a")
    image = pixels(fig)
    panels = find_panels(image, figure_background(image))
    assert [stacks(image, panel) for panel in panels] == [[]]


def test_other_labels_are_told_beside_an_inverted_axis(reader):
    found = errors(reader, curves(), curves(invert=True, last="9", sizes=10))
    assert '"4" became "9"' in [error.description for error in found]
    found = errors(reader, curves(), curves(invert=True, sizes=15))
    assert any("the tick labels are larger" in error.description for error in found)


def test_the_extent_of_a_text_is_without_the_mark_beside_it():
    image = np.full((40, 60, 3), 255, np.uint8)
    image[12:22, 10:30] = 0
    assert words.extent(image, (5, 8, 40, 30)) == (20, 10)
    image[5:8, 20:21] = 0  # a tick
    image[16:18, 38:41] = 0
    assert words.extent(image, (5, 5, 41, 30)) == (20, 10)
    assert words.extent(image, (42, 0, 60, 40)) is None


def in_the_corner(name="y", *, shown=True):
    """A legend of one entry whose handle stands right beside the ticks of an axis."""
    fig, ax = plt.subplots()
    ax.plot(X, 0.3 * X, label=name)
    ax.set(xlim=(0, 5), ylim=(0, 2), yticks=(0, 1, 1.88))
    if shown:
        ax.legend(loc="upper left")
    return pixels(fig)


def test_the_entry_of_a_legend_in_a_corner_is_one(reader):
    drawn = in_the_corner()
    (renamed,) = errors(reader, drawn, in_the_corner("Unknown"))
    assert renamed.location == "legend entry"
    assert renamed.severity == 3
    (gone,) = errors(reader, drawn, in_the_corner(shown=False))
    assert gone.description == "the legend is missing"


def test_what_a_legend_had_covered_is_no_second_error(reader):
    def line(*, shown=True):
        fig, ax = plt.subplots()
        ax.plot(X, 0.5 * X, lw=3, label="walk")
        ax.plot(X, X, lw=3, label="run")
        ax.set(xlim=(0, 5), ylim=(0, 5))
        if shown:
            ax.legend(loc="upper right", framealpha=1, borderpad=1.2)
        return pixels(fig)

    (error,) = errors(reader, line(), line(shown=False))
    assert error.description == "the legend is missing"


def test_a_label_that_lost_a_word_is_no_smaller(reader):
    def labelled(label):
        fig, ax = plt.subplots()
        ax.plot(X, X)
        ax.set(title=label, ylabel="visits", xlabel="days of the year")
        return pixels(fig)

    (error,) = errors(
        reader, labelled("Histogram of Oriented Gradients"), labelled("of Oriented Gradients")
    )
    assert "became" in error.description


@pytest.mark.parametrize(("spread", "severity"), [(0.02, 1), (0.1, 2)])
def test_a_line_is_off_by_where_it_is_farthest(reader, spread, severity):
    def line(spread):
        fig, ax = plt.subplots()
        noise = np.random.default_rng(3).normal(0, spread, len(X))
        ax.plot(X, np.clip(0.5 + 0.35 * np.sin(2 * X) + noise, 0, 1))
        ax.set(ylim=(-0.2, 1.2))
        return pixels(fig)

    (error,) = errors(reader, line(0), line(spread))
    assert (error.category, error.severity) == ("data_error", severity)


def test_an_entry_that_is_left_and_was_not_read_is_still_a_legend(reader):
    def fits(count):
        fig, ax = plt.subplots(figsize=(6, 4))
        for k, (name, style) in enumerate((("exp", "r-"), ("BS", "g--"))[2 - count :]):
            shape = np.exp(-X) if name == "exp" else 2 * np.exp(-3 * X)
            ax.plot(X, shape, style, lw=3, label=name, zorder=k)
        ax.set(xlim=(0, 5), ylim=(0, 2.2))
        ax.legend()
        return pixels(fig)

    before, after = (see(fits(count), reader) for count in (2, 1))
    others = tuple(label for label in after.labels if label.role != "legend")
    unread = replace(after, labels=others, legends=())
    ((gone, _),) = compare_legends(before, unread, match_panels(before, unread), ())
    assert gone.description == '"exp" is missing from the legend'
