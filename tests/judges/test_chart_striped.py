"""Hatches and dashes, plots with and without gaps, and numbers under marks that did not move."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart.findings import Finding
from visual_erm.judges.chart.residue import _without_words

HEIGHTS = (3.1, 5.2, 8.4, 4.6)


def bars(hatch="/", names=("2016", "2017", "2018", "2019"), pad=0.0):
    fig, ax = plt.subplots(figsize=(5.5 + pad, 3 + pad))
    room = 5.5 + pad, 3 + pad
    ax.set_position((0.6 / room[0], (0.4 + pad / 3) / room[1], 4.7 / room[0], 2.4 / room[1]))
    with plt.rc_context({"hatch.linewidth": 9.0, "hatch.color": "C0"}):
        x = np.arange(4.0)
        ax.bar(x - 0.2, [h - 1 for h in HEIGHTS], 0.36, color="C0")
        ax.bar(x + 0.2, HEIGHTS, 0.36, color="#ffcc66" if hatch else "C0", hatch=hatch)
        ax.set_xticks(x, names)
        ax.set(ylim=(0, 10), ylabel="share")
        return pixels(fig)


def fitted(dashes="--"):
    t = np.linspace(0, 10, 200)
    fig, ax = plt.subplots(figsize=(5, 3.6))
    ax.plot(t, np.exp(-t / 3) * np.sin(2 * t), color="C0", lw=2.5, label="true")
    ax.plot(t, np.exp(-t / 3) * np.sin(2 * t), color="orange", ls=dashes, lw=2.5, label="fitted")
    ax.legend()
    return pixels(fig)


def grid_of_plots(gap, other=False):
    fig, axes = plt.subplots(2, 2, figsize=(7, 5), sharex=True, sharey=True)
    fig.subplots_adjust(hspace=gap, wspace=gap)
    rng = np.random.default_rng(2)
    for k, ax in enumerate(axes.flat):
        heights = rng.uniform(20, 90, 9)
        ax.bar(range(9), heights[::-1] if other else heights, color=f"C{k}")
        ax.set(ylim=(0, 100), title="" if k else "Counts")
        if other:
            ax.clear()
    return pixels(fig)


def test_a_hatch_that_went_is_a_look(reader):
    (error,) = errors(reader, bars(), bars(hatch=None))
    assert error.category == "style_error"
    assert "hatch" in error.description


def test_a_hatch_stays_where_it_is_when_a_plot_moves(reader):
    assert errors(reader, bars(), bars(pad=0.37)) == []


@pytest.mark.parametrize("solid", [True, False])
def test_a_line_seen_between_dashes_is_neither_missing_nor_new(reader, solid):
    pair = fitted(), fitted("-")
    found = errors(reader, *(pair if solid else pair[::-1]))
    assert [error.category for error in found] == ["style_error"]
    assert ("dashes" if solid else "blue") in found[0].description


def test_other_numbers_under_the_same_marks_are_no_other_marks(reader):
    later = ("2017", "2018", "2019", "2020")
    found = errors(reader, bars(), bars(names=later))
    assert [error.location for error in found] == ["x axis"]


def test_bars_of_one_colour_in_place_of_many_are_one_error(reader):
    def coloured(colours):
        fig, ax = plt.subplots(figsize=(5, 3.6))
        ax.bar(range(4), HEIGHTS, color=colours)
        ax.set(ylim=(0, 10), title="Shares")
        return pixels(fig)

    many = coloured(["#e24a33", "#348abd", "#988ed5", "#fbc15e"])
    (error,) = errors(reader, many, coloured("#8eba42"))
    assert (error.category, error.severity) == ("style_error", 2)


def test_numbers_not_read_beside_many_that_are_gone_are_gone_with_them():
    pieces = [np.zeros((60, 60), bool) for _ in range(2)]
    pieces[0][5:12, 5:15] = pieces[1][20:50, 20:50] = True
    gone = [
        Finding("text missing", "text_error", 1, "text in the plot", "gone", (k, k, k + 12, k + 9),
                None, 0, "15")
        for k in range(4)
    ]  # fmt: skip
    assert [piece.sum() for piece in _without_words(pieces, gone)] == [900]
    assert len(_without_words(pieces, gone[:2])) == 2


def test_plots_that_have_gaps_between_them_now_are_one_error(reader):
    (error,) = errors(reader, grid_of_plots(0), grid_of_plots(0.15))
    assert (error.category, error.severity) == ("structure_error", 2)
    assert "gaps" in error.description


def test_empty_plots_in_the_place_of_plots_without_gaps_are_not_them(reader):
    found = errors(reader, grid_of_plots(0), grid_of_plots(0.15, other=True))
    assert sum(error.severity for error in found) > 3
