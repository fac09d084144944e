"""Plots drawn as another kind of plot, series as another kind of mark, and axes that went."""

from __future__ import annotations

from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart.colours import lab_of
from visual_erm.judges.chart.retyped import Marks, _of_discs
from visual_erm.judges.chart.state import shaded_anew

AT = np.linspace(0.1, 6, 90)


def curves(draw, legend=True, ground=None, finish=None):
    """Two curves over one axis, drawn by a function of axes, places, heights, name and colour."""
    fig, ax = plt.subplots(facecolor=ground)
    draw(ax, AT, np.sin(AT) * 3, "steam", "tab:blue")
    draw(ax, AT, np.log(AT), "water", "tab:orange")
    ax.set(title="Pressure", ylim=(-4, 4), xlim=(-0.2, 6.4))
    if legend:
        ax.legend()
    if finish:
        finish(ax)
    return pixels(fig)


def line(ax, x, y, name, colour):
    ax.plot(x, y, label=name, color=colour)


def points(ax, x, y, name, colour):
    ax.scatter(x, y, label=name, color=colour)


def few_points(ax, x, y, name, colour):
    ax.scatter(x[::6], y[::6], label=name, color=colour, s=18)


def area(ax, x, y, name, colour):
    ax.fill_between(x, y, label=name, color=colour, alpha=0.7)


def thick(ax, x, y, name, colour):
    ax.plot(x, y, label=name, color=colour, linewidth=3.9)


def noisy(ax, x, y, name, colour):
    rng = np.random.default_rng(5)
    ax.plot(x, y + rng.normal(0, 0.25, len(x)), label=name, color=colour)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (points, "points instead of lines"),
        (few_points, "points instead of lines"),
        (area, "filled shapes instead of lines"),
    ],
)
def test_lines_drawn_as_something_else_are_another_kind_of_mark(reader, draw, said):
    (error,) = errors(reader, curves(line), curves(draw))
    assert (error.category, error.severity) == ("structure_error", 3)
    assert said in error.description or "another kind" in error.description
    (back,) = errors(reader, curves(draw), curves(line))
    assert (back.category, back.severity) == ("structure_error", 3)


@pytest.mark.parametrize("draw", [thick, noisy])
def test_thicker_or_noisy_lines_are_lines(reader, draw):
    found = errors(reader, curves(line), curves(draw))
    assert found
    assert not any(e.category == "structure_error" for e in found)


def test_bars_that_stay_do_not_hide_that_a_line_became_points(reader):
    def both(draw):
        fig, ax = plt.subplots()
        ax.bar(np.arange(1, 6), [2, 3.5, 3, 2.2, 1], color="lightblue", width=0.9)
        draw(ax, AT, 3.4 * np.exp(-((AT - 2.5) ** 2) / 4), "model", "crimson")
        ax.set(ylim=(0, 4), xlim=(0, 6.2))
        return pixels(fig)

    (error,) = errors(reader, both(line), both(few_points))
    assert (error.category, error.severity) == ("structure_error", 3)
    assert error.bbox is not None


def test_larger_points_are_no_other_kind_of_mark(reader):
    def dots(size):
        fig, ax = plt.subplots()
        ax.plot([1, 2, 3, 4], [3, 1, 2, 4], "o", ms=size, color="teal")
        ax.vlines([1, 2, 3, 4], 0, [3, 1, 2, 4], color="grey", lw=3, zorder=3)
        ax.set(ylim=(0, 5), xlim=(0, 5))
        return pixels(fig)

    found = errors(reader, dots(8), dots(22))
    assert found
    assert not any(e.category == "structure_error" for e in found)


def test_discs_are_told_from_strokes_and_from_dots_of_a_line():
    mask = np.zeros((60, 200), bool)
    y, x = np.mgrid[:60, :200]
    for at in (10, 40, 70):
        mask |= (x - at) ** 2 + (y - 30) ** 2 <= 16
    mask[26:35, 100:190] = True
    assert _of_discs(Marks(mask))
    assert not _of_discs(Marks(mask & (x > 90)))
    assert not _of_discs(Marks((y == 30) & (x % 6 < 2)))
    assert not _of_discs(Marks(mask), Marks(mask))  # letters, as they stand in both


def bars(lying=False):
    fig, ax = plt.subplots()
    names, values = ["Oslo", "Turku", "Kiruna", "Bergen"], [30, 80, 55, 20]
    (ax.barh if lying else ax.bar)(names, values, color="seagreen")
    (ax.set_xlim if lying else ax.set_ylim)(0, 100)
    ax.set_title("Days of rain")
    return pixels(fig)


def test_bars_that_lie_are_one_error(reader):
    for one, two in ((False, True), (True, False)):
        (error,) = errors(reader, bars(one), bars(two))
        assert (error.category, error.severity) == ("structure_error", 3)
        assert "axes are exchanged" in error.description


def pie(labels=True):
    fig, ax = plt.subplots()
    names = ["rye", "oats", "wheat", "maize"] if labels else None
    colours = ["goldenrod", "tan", "peru", "olive"]
    ax.pie([4, 3, 2, 5], labels=names, colors=colours, wedgeprops={"edgecolor": "white"})
    ax.set_title("Harvest")
    return pixels(fig)


def harvest():
    fig, ax = plt.subplots()
    colours = ["goldenrod", "tan", "peru", "olive"]
    ax.bar(["rye", "oats", "wheat", "maize"], [4, 3, 2, 5], color=colours)
    ax.set_title("Harvest")
    return pixels(fig)


def test_bars_in_place_of_a_pie_are_one_error(reader):
    (error,) = errors(reader, pie(), harvest())
    assert (error.category, error.severity) == ("structure_error", 3)
    assert "instead of a pie" in error.description
    (back,) = errors(reader, harvest(), pie())
    assert "a pie instead of" in back.description


@pytest.mark.parametrize("ground", [None, "lavender"])
def test_axes_that_went_are_one_error_wherever_the_marks_end(reader, ground):
    def bare(ax):
        ax.set_axis_off()

    found = errors(reader, curves(line), curves(line, ground=ground, finish=bare))
    kinds = {(e.category, e.severity) for e in found}
    assert ("structure_error", 3) in kinds
    assert kinds <= {("structure_error", 3), ("style_error", 2)}
    assert len(found) == (2 if ground else 1)


def test_axes_of_a_picture_that_went_are_missing_though_its_edges_look_like_a_frame(reader):
    def map_of(off):
        fig, ax = plt.subplots(figsize=(4, 4))
        ax.imshow(np.add.outer(np.arange(30), np.arange(30)) % 17, cmap="viridis")
        if off:
            ax.set_axis_off()
        return pixels(fig)

    (error,) = errors(reader, map_of(False), map_of(True))
    assert (error.category, error.severity) == ("structure_error", 3)
    assert "axes are missing" in error.description


def test_a_colour_bar_is_not_the_plot_whose_frame_went(reader):
    def map_with_bar(left):
        fig = plt.figure(figsize=(7.5, 5))
        ax, bar = (
            fig.add_axes((left, 0.12, 0.58, 0.8)),
            fig.add_axes((left + 0.6, 0.12, 0.035, 0.8)),
        )
        values = np.add.outer(np.linspace(0, 3, 40), np.sin(np.linspace(0, 6, 40)))
        fig.colorbar(ax.imshow(values, aspect="auto", origin="lower"), cax=bar)
        return pixels(fig)

    found = errors(reader, map_with_bar(0.25), map_with_bar(0.12))
    assert not any("missing" in error.description for error in found)


def test_a_plot_drawn_anew_in_another_size_is_told_by_its_marks(reader):
    fig, ax = plt.subplots(figsize=(8, 8))
    ax.pie([4, 3, 2, 5], colors=["goldenrod", "tan", "peru", "olive"])
    found = errors(reader, harvest(), pixels(fig))
    assert sum(error.severity for error in found) > 3


def corner(filled):
    fig, ax = plt.subplots(figsize=(3, 2.5))
    x = np.linspace(-1, 1, 60)
    if filled:
        ax.fill_between(x, np.abs(x), color="tab:blue", alpha=0.7)
    else:
        ax.plot(x, np.abs(x), color="tab:blue", lw=2)
    ax.text(-0.6, 0.05, "$f$", size=18)
    ax.axis("off")
    return pixels(fig)


def test_what_fills_most_of_a_plot_without_a_frame_is_no_paper(reader):
    (error,) = errors(reader, corner(False), corner(True))
    assert (error.category, error.severity) == ("structure_error", 3)


def test_a_line_that_smoothing_parts_otherwise_is_no_row_of_points():
    paper = np.full(3, 255, np.uint8)
    blue, pale = (lab_of(np.array(colour, np.uint8)) for colour in ((31, 119, 180), (87, 153, 199)))

    def parted(*areas):
        return SimpleNamespace(colours=(pale, blue), areas=areas)

    def state(one, two):
        return SimpleNamespace(
            paper=lambda candidate=False: paper, layers=SimpleNamespace(colours=one, colours_b=two)
        )

    assert shaded_anew(state(parted(1659, 312), parted(1256, 706)), 1, 1)
    assert shaded_anew(state(parted(1659, 312), parted(1256, 706)), 0, 0)  # and of the full colour
    assert not shaded_anew(state(parted(1659, 312), parted(1659, 1300)), 1, 1)
