"""Texts that have each other's place; and letters that are drawn otherwise throughout."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
from figures import errors, pixels

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
