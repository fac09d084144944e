"""Texts that have each other's place; and letters that are drawn otherwise throughout."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

from dataclasses import replace

import cv2
import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart import see
from visual_erm.judges.chart.entries import compare_legends
from visual_erm.judges.chart.legends import without_strokes
from visual_erm.judges.chart.places import match_panels
from visual_erm.judges.ocr import Text

NAMES = ("Harbour", "Village", "Forest")


def lines(names=NAMES, colours=("C0", "C1", "C2"), titles=("Depth", "Height"), **style):
    with plt.rc_context(style):
        fig, axes = plt.subplots(1, 2, figsize=(8, 4))
        for number, (ax, title) in enumerate(zip(axes, titles, strict=True)):
            for slope, (name, colour) in enumerate(zip(names, colours, strict=True), 1):
                steepness = 1 + NAMES.index(name) if colours[0] != "C0" else slope
                ax.plot([0, 1, 2], [1, 1 + steepness, 2 + number], color=colour, label=name)
            ax.set_title(title)
        axes[0].legend(loc="upper left")
        return pixels(fig)


def test_names_without_their_handles_mislead(reader):
    """A reader takes one series for the other."""
    (error,) = errors(reader, lines(), lines(names=("Village", "Harbour", "Forest")))
    assert "another order" in error.description
    assert error.severity == 3


def test_titles_that_changed_places_are_one_error(reader):
    (error,) = errors(reader, lines(), lines(titles=("Height", "Depth")))
    assert "swapped" in error.description
    assert error.severity == 3


@pytest.mark.parametrize("columns", [2, 3])
def test_entries_in_one_row_may_be_a_pixel_apart(reader, columns):
    """Rows of a legend with columns were told by steps of six pixels."""
    pictures = []
    for lower in (0.0, 0.004, 0.008, 0.012):
        fig, ax = plt.subplots()
        for number, name in enumerate(("A", "B", "C", "D", "E", "F")):
            ax.plot([0, 1], [number, number + 1], label=name)
        ax.legend(ncols=columns, loc="upper left", bbox_to_anchor=(0, 1 - lower))
        pictures.append(pixels(fig))
    for other in pictures[1:]:
        found = errors(reader, pictures[0], other)
        assert not any("another order" in error.description for error in found)


def names(mirrored=False):
    fig, ax = plt.subplots()
    for row, name in enumerate(("Harbour", "Village", "Forest", "Coast", "Island", "River")):
        ax.text(0.4, 0.9 - 0.15 * (5 - row if mirrored else row), name)
    ax.plot([0, 0.2], [0, 1])
    return pixels(fig)


def test_texts_in_mirrored_order_did_not_change_places_by_twos(reader):
    found = errors(reader, names(), names(mirrored=True))
    assert sum("swapped" in error.description for error in found) < 2


def two_lines(*, values=(0.2, 0.7), colours=("C0", "C1"), loc="upper left", dashes="--"):
    """Two lines and a legend; the second is dashed."""
    fig, ax = plt.subplots()
    for name, level, colour, style in zip(
        ("mean", "peak"), values, colours, ("-", dashes), strict=True
    ):
        ax.plot([0, 1, 2, 3], [0, level, level, 2 * level], style, lw=2, color=colour, label=name)
    ax.set(ylim=(0, 2))
    ax.legend(loc=loc)
    return pixels(fig)


def test_lines_under_names_that_stayed_have_each_others_values(reader):
    """With their names they have each other's colours only."""
    drawn = two_lines(dashes="-")
    (values,) = errors(reader, drawn, two_lines(values=(0.7, 0.2), dashes="-"))
    assert (values.category, values.severity) == ("data_error", 3)
    (colours,) = errors(reader, drawn, two_lines(colours=("C1", "C0"), dashes="-"))
    assert (colours.category, colours.severity) == ("style_error", 2)


@pytest.mark.parametrize("pieces", [((10, 38),), ((10, 17), (21, 28), (32, 38))])
def test_a_handle_is_no_part_of_its_entry_dashed_or_not(pieces):
    picture = np.full((40, 140, 3), 255, np.uint8)
    for first, last in pieces:
        picture[19:22, first:last] = (200, 60, 40)
    cv2.putText(picture, "mean", (50, 26), 0, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    (text,) = without_strokes(picture, [Text("-- mean", (12, 10, 106, 32), 0.9)])
    assert text.text == "mean"
    assert text.box[0] > 38


def test_names_are_compared_with_handles_of_what_is_known_as_no_legend(reader):
    before, after = (
        see(lines(names=names), reader) for names in (NAMES, ("Village", "Harbour", "Forest"))
    )
    pairs = [
        (one, two)
        for one in before.legends[0].entries
        for two in after.legends[0].entries
        if one.text == two.text
    ]
    after = replace(after, legends=())
    ((order, _),) = compare_legends(before, after, match_panels(before, after), pairs)
    assert order.severity == 3


def many_lines(count, shown):
    fig, ax = plt.subplots()
    for k in range(count):
        ax.plot([0, 1], [k, k + 1.5], lw=2, color=f"C{k}", visible=k in shown)
    ax.set(ylim=(0, count + 1))
    return pixels(fig)


@pytest.mark.parametrize(("count", "severity"), [(3, 3), (7, 2)])
def test_one_of_many_series_misleads_less(reader, count, severity):
    everything, fewer = many_lines(count, range(count)), many_lines(count, range(count - 1))
    for one, two in ((everything, fewer), (fewer, everything)):
        (error,) = errors(reader, one, two)
        assert (error.category, error.severity) == ("data_error", severity)
