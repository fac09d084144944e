"""What one mistake entails is no second one, and what only looks like noise is one."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.embedded import EmbeddedJudge, harmless


def walk(change=None, **style):
    with plt.rc_context(style):
        fig, ax = plt.subplots(figsize=(5, 3.6))
        steps = np.sin(np.arange(40) / 4)
        ax.plot(steps, label="here")
        ax.plot(steps + np.linspace(0, 3, 40), label="there")
        ax.set(title="Two walks", xlabel="Step", ylabel="Place")
        ax.legend(loc="upper left")
        if change:
            change(ax)
            ax.relim()
            ax.autoscale_view()
        return pixels(fig)


def test_limits_that_follow_the_data_are_no_error_of_their_own(reader):
    (error,) = errors(reader, walk(), walk(lambda ax: ax.lines[1].remove()))
    assert error.description.endswith("series is missing")


def test_limits_that_were_set_are_an_error(reader):
    def farther(ax):
        ax.lines[1].remove()
        ax.set_ylim(-2, 12)

    found = errors(reader, walk(), walk(farther))
    assert any(error.description.startswith("limits") for error in found)


@pytest.mark.parametrize(
    ("colour", "line"), [("white", "-"), ("#cccccc", "--"), ("#e4e4e4", "-")], ids=str
)
def test_a_pale_grid_that_is_gone_is_no_noise(colour, line):
    def drawn(grid):
        style = {"axes.facecolor": "#e5e5e5" if colour == "white" else "white"}
        return walk(
            lambda ax: ax.grid(grid, **({"color": colour, "ls": line} if grid else {})), **style
        )

    assert not harmless(drawn(True), drawn(False))
    (error,) = EmbeddedJudge().compare(drawn(True), drawn(False), "chart").errors
    assert error.description == "grid lines are missing"


def dates(form):
    fig, ax = plt.subplots(figsize=(7, 3.6))
    ax.plot(np.cos(np.arange(60) / 9))
    ax.set(title="Share price")
    months = ["Jan", "Mar", "May", "Jul", "Sep", "Nov"]
    names = [form.format(name=name, n=2 * k + 1) for k, name in enumerate(months)]
    ax.set_xticks(np.arange(0, 60, 10), names, rotation=45, ha="right")
    fig.subplots_adjust(bottom=0.28)
    return pixels(fig)


def test_slanted_labels_in_another_format_are_told(reader):
    (error,) = errors(reader, dates("{name} 2022"), dates("2022-0{n}"))
    assert "most tick labels differ" in error.description
    assert not errors(reader, dates("{name} 2022"), dates("{name} 2022"))


def samples(marker, line="-", count=24):
    fig, ax = plt.subplots(figsize=(5, 3.6))
    x = np.linspace(0, 6, count)
    ax.plot(x, np.sin(x), ls=line, color="tab:blue", marker=marker, ms=6)
    ax.set(title="Samples", xlabel="Time", ylabel="Level")
    return pixels(fig)


def test_small_markers_of_another_shape_on_their_line_are_told(reader):
    (error,) = errors(reader, samples("o"), samples("s"))
    assert (error.category, error.description) == ("style_error", "the markers have another shape")
    assert not errors(reader, samples("o"), samples("o"))


def test_a_line_with_markers_that_is_broken_now_is_still_a_line(reader):
    (error,) = errors(reader, samples("o", count=9), samples("o", "--", count=9))
    assert error.category == "style_error"
    assert "points instead of lines" not in error.description


def least(marker):
    fig, ax = plt.subplots(figsize=(5, 3.6))
    x = np.linspace(-3, 3, 60)
    ax.plot(x, x**2, color="tab:blue")
    ax.plot(0, 0, marker, ms=16, color="tab:orange")
    ax.set(title="Where it is least", ylim=(-2, 10))
    return pixels(fig)


def test_a_lone_marker_of_another_shape_is_a_look(reader):
    (error,) = errors(reader, least("v"), least("^"))
    assert (error.category, error.severity) == ("style_error", 1)


def nodes(size):
    fig, ax = plt.subplots(figsize=(5, 4))
    turn = np.linspace(0, 2 * np.pi, 9)[:-1]
    ax.scatter(np.cos(turn), np.sin(turn), s=900, color="lightblue")
    for n, angle in enumerate(turn):
        ax.text(np.cos(angle), np.sin(angle), f"node{n}", ha="center", va="center", size=size)
    ax.set(title="Neighbours", xlim=(-1.4, 1.4), ylim=(-1.4, 1.4))
    ax.set_axis_off()
    ax.title.set_visible(True)
    return pixels(fig)


def test_smaller_letters_of_many_texts_do_not_make_a_title_larger(reader):
    (error,) = errors(reader, nodes(10), nodes(7))
    assert error.description == "the texts are smaller"


def values(cmap="Blues", turned=False):
    fig, ax = plt.subplots(figsize=(5, 4))
    grid = np.add.outer(np.arange(6), np.arange(6)) % 7
    grid[:5, :4] = 1
    shown = ax.imshow(grid, cmap=cmap, origin="lower" if turned else "upper")
    fig.colorbar(shown)
    ax.set(title="Counts")
    return pixels(fig)


def test_another_colour_map_is_one_error_with_its_bar(reader):
    (error,) = errors(reader, values(), values("Greens"))
    assert (error.category, error.description) == ("style_error", "the colour map differs")


def test_a_map_that_is_upside_down_keeps_its_bar(reader):
    found = errors(reader, values(), values(turned=True))
    assert not [error for error in found if error.location.startswith("colour bar")]


def shares(colours):
    fig, ax = plt.subplots(figsize=(6, 2.2))
    left = np.zeros(4)
    for name, part, colour in zip(
        ("yes", "rather", "no"), ([6, 5, 4, 5], [3, 3, 4, 4], [1, 2, 2, 1]), colours, strict=True
    ):
        ax.barh(["A", "B", "C", "D"], part, left=left, color=colour, label=name, height=0.86)
        left = left + part
    ax.set(xlim=(0, 10))
    ax.set_frame_on(False)
    ax.xaxis.set_visible(False)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    fig.subplots_adjust(right=0.78)
    return pixels(fig)


def test_bars_that_fill_their_plot_are_no_paper(reader):
    red, blue = ("#c8171e", "#e05a5f", "#f2aaad"), ("#1668ad", "#549bd0", "#a9cdea")
    found = errors(reader, shares(red), shares(blue))
    assert found
    assert {error.category for error in found} == {"style_error"}
    assert not any(error.location.startswith("background") for error in found)


def test_a_cross_in_place_of_a_lone_marker_is_a_look(reader):
    (error,) = errors(reader, least("v"), least("X"))
    assert (error.category, error.description) == ("style_error", "the marker has another shape")


def slope(width):
    fig, ax = plt.subplots(figsize=(5, 3.6))
    ax.plot([0, 1], [0, 1], lw=width)
    ax.set(title="A slope", xlabel="Run", ylabel="Rise")
    return pixels(fig)


def test_a_line_that_is_thicker_by_a_pixel_is_told_where_nothing_was_smoothed(reader):
    (error,) = errors(reader, slope(2), slope(3.2))
    assert (error.category, error.description) == ("style_error", "the line is thicker")
    assert not errors(reader, slope(2), slope(2.2))


def headed(size):
    fig, ax = plt.subplots(figsize=(5, 3.6))
    ax.plot(np.cos(np.arange(40) / 5))
    ax.axis("off")
    ax.set_title("Initial state", size=size)
    return pixels(fig)


def test_the_only_text_of_a_chart_that_grew_is_told(reader):
    (error,) = errors(reader, headed(12), headed(18))
    assert error.description.startswith("the text is larger")
    assert not errors(reader, headed(12), headed(12))


def rose(turned):
    rng = np.random.default_rng(1)
    angles, heights = np.linspace(0, 2 * np.pi, 26, endpoint=False), 10 * rng.random(26)
    widths = np.pi / 4 * rng.random(26)
    fig, ax = plt.subplots(subplot_kw={"projection": "polar"})
    draw = ax.barh if turned else ax.bar
    bars = draw(angles, heights, widths)
    for height, bar in zip(heights, bars, strict=True):
        bar.set(facecolor=plt.cm.jet(height / 10), alpha=0.5)
    ax.set(xticklabels=[], yticklabels=[])
    fig.subplots_adjust(0.025, 0.025, 0.975, 0.975)
    return pixels(fig)


def test_marks_of_many_colours_elsewhere_on_paper_are_no_other_colour_map(reader):
    (error,) = errors(reader, rose(False), rose(True))
    assert (error.category, error.severity) == ("data_error", 3)
