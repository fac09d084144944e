"""What galleries hold: plots in a row that share axes, plots of a few words, grids of all kinds."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import cv2
import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart import see
from visual_erm.judges.chart.kinds import kind

AT = np.linspace(0, 6, 80)


def histogram(counts, grid=True):
    fig, ax = plt.subplots()
    ax.bar(range(len(counts)), counts, width=1, zorder=3)
    ax.set(xlim=(-0.5, len(counts) - 0.5), ylim=(0, 10), title="Days of rain")
    ax.grid(grid)
    return pixels(fig)


def test_a_grid_that_bars_had_covered_is_not_new(reader):
    found = errors(reader, histogram([10] * 4 + [5, 5]), histogram([3, 3, 4, 3, 5, 5]))
    assert not any("does not have" in error.description for error in found)


def test_a_grid_behind_bars_is_missing(reader):
    (error,) = errors(reader, histogram([4, 7, 5]), histogram([4, 7, 5], grid=False))
    assert (error.category, error.location) == ("style_error", "grid")


def test_level_parts_of_a_series_are_no_grid(reader):
    def steps(more):
        fig, ax = plt.subplots()
        ax.plot(AT, np.where(abs(AT - 3) < 1, 1, 0), "--", color="tab:blue")
        if more:
            ax.plot(AT, np.where(abs(AT - 3) < 1, 0.4, 1.2), "--", color="tab:purple")
        ax.set(xlim=(0, 6), ylim=(-0.5, 1.5), title="Two states")
        return pixels(fig)

    found = errors(reader, steps(False), steps(True))
    assert [error.category for error in found] == ["data_error"]


def test_circles_and_rays_are_a_grid(reader):
    def bars(grid):
        fig, ax = plt.subplots(subplot_kw={"projection": "polar"})
        ax.bar(np.arange(5), [3, 8, 5, 9, 6], width=0.6, color="tab:red")
        ax.grid(grid)
        return pixels(fig)

    (error,) = errors(reader, bars(True), bars(False))
    assert (error.category, error.location) == ("style_error", "grid")


def landscape(size=120):
    y, x = np.mgrid[:size, :size] / size
    return np.sin(9 * x + 3 * y) + np.cos(7 * y - 4 * x) + np.sin(23 * x * y)


def test_a_mark_that_moved_over_a_picture_is_another_value(reader):
    def mark(x):
        fig, ax = plt.subplots(figsize=(4, 4))
        ax.imshow(landscape(), cmap="gray")
        ax.plot([x, x + 9], [40, 62], "+", color="tab:red", markersize=9)
        return pixels(fig)

    (error,) = errors(reader, mark(30), mark(33))
    assert error.category == "data_error"


def test_plots_of_a_few_words_have_each_others_place(reader):
    def named(names):
        fig, axes = plt.subplots(1, 2, figsize=(6, 3))
        for ax, name in zip(axes, names, strict=True):
            ax.set(xticks=[], yticks=[])
            ax.text(0.5, 0.5, name, ha="center", size=16, alpha=0.5)
        return pixels(fig)

    (error,) = errors(reader, named(["Plot 121", "Plot 122"]), named(["Plot 122", "Plot 121"]))
    assert (error.category, error.severity) == ("structure_error", 2)


def test_a_series_that_went_leaves_no_other_kind_of_mark(reader):
    def minimum(curve):
        fig, ax = plt.subplots()
        if curve:
            ax.plot(AT, np.cos(3 * AT), color="tab:blue")
        ax.plot([4], [0.5], "o", color="tab:blue", markersize=18)
        ax.set(xlim=(-0.2, 6.2), ylim=(-1.2, 1.2), title="Minimum")
        return pixels(fig)

    (error,) = errors(reader, minimum(True), minimum(False))
    assert error.category == "data_error"


def test_a_thick_line_that_something_cuts_along_a_stretch_is_no_chain_of_points():
    along = [(9 * k, 100 + round(60 * np.sin(k / 8))) for k in range(32)]
    ink = cv2.polylines(np.zeros((200, 300), np.uint8), [np.array(along)], False, 1, 9)
    ink[156:] = 0
    assert kind(ink > 0) == "lines"


def test_plots_without_labels_have_the_limits_of_the_one_below(reader):
    def stacked(low):
        fig, axes = plt.subplots(2, sharex=True)
        axes[0].plot(AT, np.sin(5 * AT))
        axes[1].plot(AT, np.exp(AT / 3), color="tab:red")
        axes[1].set(xlim=(low, 6), xlabel="Seconds")
        return pixels(fig)

    (error,) = errors(reader, stacked(0), stacked(2))
    assert (error.category, error.location) == ("data_error", "x axis of the second panel")


@pytest.mark.parametrize("names", [["magma", "viridis"]])
def test_the_one_label_of_each_plot_is_missing(reader, names):
    def ramps(labelled):
        fig, axes = plt.subplots(2, figsize=(6, 2))
        for ax, name in zip(axes, names, strict=True):
            ax.imshow([np.linspace(0, 1, 200)], aspect="auto", cmap=name)
            ax.set(xticks=[], yticks=[0], yticklabels=[name if labelled else ""])
        return pixels(fig)

    (error,) = errors(reader, ramps(True), ramps(False))
    assert error.category == "text_error"
    assert "missing" in error.description


def test_a_series_left_out_gives_its_colour_to_the_next(reader):
    def waves(names):
        fig, ax = plt.subplots()
        for name in names:
            ax.plot(AT, {"sin": np.sin, "cos": np.cos}[name](AT))
        return pixels(fig)

    (error,) = errors(reader, waves(["cos", "sin"]), waves(["sin"]))
    assert (error.category, error.severity) == ("data_error", 3)
    assert "blue" in error.description
    assert "missing" in error.description


def test_a_wedge_in_a_colour_of_its_own_is_no_other_value(reader):
    def pie(colour):
        fig, ax = plt.subplots()
        greys = [str(grey) for grey in np.linspace(0, 0.95, 20)]
        if colour:
            greys[11] = colour
        ax.pie(range(10, 30), colors=greys, wedgeprops={"edgecolor": "k", "linewidth": 0.6})
        return pixels(fig)

    (error,) = errors(reader, pie(""), pie("red"))
    assert error.category == "style_error"


def test_ink_beside_the_plots_is_text_unless_it_is_large(reader):
    def scratched(size):
        fig, ax = plt.subplots(figsize=(6, 4))
        ax.plot(AT, np.sin(AT))
        ax.set(title="Waves", xlabel="Seconds")
        fig.subplots_adjust(left=0.4)
        fig.figimage(1 - np.tri(size), 20, 150, cmap="gray", vmin=0, vmax=1)
        return pixels(fig)

    def plain():
        return scratched(1)

    for size, category in ((24, "text_error"), (110, "structure_error")):
        found = errors(reader, scratched(size), plain())
        assert [error.category for error in found] == [category], size


@pytest.mark.parametrize(("change", "severity"), [("turned", 2), ("smaller", 1)])
def test_a_solid_is_turned_or_smaller_on_another_ground(reader, change, severity):
    def solid(change):
        fig = plt.figure(facecolor="lightblue" if change == "turned" else "white")
        ax = fig.add_subplot(projection="3d")
        x, y = np.meshgrid(np.linspace(-4, 4, 30), np.linspace(-4, 4, 30))
        ax.plot_surface(x, y, np.sin(np.hypot(x, y)), cmap="hot", rstride=1, cstride=1)
        if change == "turned":
            ax.view_init(30, 15)
        if change == "smaller":
            ax.set_position([0.2, 0.2, 0.5, 0.5])
        return pixels(fig)

    found = errors(reader, solid(""), solid(change))
    view = [error for error in found if error.category != "style_error"]
    assert [(error.category, error.severity) for error in view] == [("structure_error", severity)]


def test_all_lines_of_a_title_belong_to_the_plot_below(reader):
    """The first may stand nearer to the plot above, below which it would be a label."""
    fig, axes = plt.subplots(2, 1, figsize=(5, 6))
    for ax in axes:
        ax.imshow(np.outer(np.arange(6), np.arange(12)) % 7)
        ax.axis("off")
    axes[0].set_position((0.25, 0.6, 0.5, 0.35))
    axes[1].set_position((0.25, 0.15, 0.5, 0.35))
    bottom = axes[0].get_window_extent().y0 / fig.bbox.height
    fig.text(0.5, bottom - 0.025, "K-means filterbank", ha="center", va="center")
    fig.text(0.5, bottom - 0.058, "on images of cells", ha="center", va="center")
    fig.canvas.draw()
    scene = see(pixels(fig), reader)
    assert [(label.role, label.panel) for label in scene.labels] == [("title", 1)] * 2
