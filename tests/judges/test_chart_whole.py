"""One report for what befalls a whole plot, axis or text: reports that were many, or were none."""

from __future__ import annotations

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from visual_erm.judges.chart import see
from visual_erm.judges.chart.layers import lay
from visual_erm.judges.chart.places import match_panels


def plot(change=None, top=24):
    fig, ax = plt.subplots()
    ax.plot(range(2000, 2010), [3, 5, 6, 8, 9, 12, 14, 15, 18, 20], color="tab:blue")
    ax.scatter([2001, 2003, 2005, 2007, 2008], [20, 15, 21, 17, 5], s=30, color="tab:red")
    ax.set(title="Sales of two shops", xlabel="Year of count", ylabel="Tonnes", ylim=(0, top))
    if change:
        change(fig, ax)
    return pixels(fig)


def two(order):
    fig, axes = plt.subplots(1, 2, figsize=(9, 4))
    rows = {"Rain": [1, 5, 2, 8, 3], "Snow": [9, 4, 4, 1, 0]}
    for ax, name in zip(axes, order, strict=True):
        ax.bar(range(5), rows[name], color="teal")
        ax.set(title=name, ylim=(0, 10), xlabel="Week", ylabel="mm")
    return pixels(fig)


TRIANGLE = Path.unit_regular_polygon(3).transformed(Affine2D().scale(0.5))
CHANGES = {
    "labels exchanged": (
        lambda fig, ax: ax.set(xlabel="Tonnes", ylabel="Year of count"),
        ("text_error", 3, "swapped"),
    ),
    "axes gone": (lambda fig, ax: ax.set_axis_off(), ("structure_error", 3, "axes are missing")),
    "tick labels gone": (
        lambda fig, ax: ax.tick_params(axis="x", labelbottom=False),
        ("text_error", 2, "tick labels are missing"),
    ),
    "tick labels turned": (
        lambda fig, ax: ax.tick_params(axis="x", labelrotation=90),
        ("text_error", 1, "tick labels are turned"),
    ),
    "fewer ticks": (
        lambda fig, ax: ax.set_yticks([0, 10, 20]),
        ("style_error", 1, "fewer tick labels"),
    ),
    "tick labels larger": (
        lambda fig, ax: ax.tick_params(axis="x", labelsize=15),
        ("text_error", 1, "tick labels are larger"),
    ),
    "bold title": (lambda fig, ax: ax.title.set_weight("bold"), ("text_error", 1, "bold")),
    "larger title": (lambda fig, ax: ax.title.set_fontsize(18), ("text_error", 1, "larger")),
    "narrower": (
        lambda fig, ax: ax.set_position([0.125, 0.11, 0.5, 0.77]),
        ("structure_error", 1, "narrower or higher"),
    ),
    "a wider figure": (
        lambda fig, ax: fig.set_figwidth(1.5 * fig.get_figwidth()),
        ("structure_error", 1, "figure is wider"),
    ),
    "points in place of a line": (
        lambda fig, ax: ax.lines[0].set(linestyle="none", marker="o"),
        ("structure_error", 3, "points instead of lines"),
    ),
    "paler": (
        lambda fig, ax: ax.collections[0].set_alpha(0.4),
        ("style_error", 1, "paler"),
    ),
    "other markers": (
        lambda fig, ax: ax.collections[0].set_paths([TRIANGLE]),
        ("style_error", 1, "points have another shape"),
    ),
    "larger points": (
        lambda fig, ax: ax.collections[0].set_sizes([90]),
        ("style_error", 1, "points are larger"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_report(reader, name):
    change, (category, severity, words) = CHANGES[name]
    (error,) = errors(reader, plot(), plot(change))
    assert (error.category, error.severity) == (category, severity)
    assert words in error.description


def test_a_legend_without_its_frame(reader):
    def legend(framed):
        fig, ax = plt.subplots(figsize=(4, 3))
        ax.plot([1, 3, 2], label="Rain")
        ax.plot([2, 1, 4], label="Snow")
        ax.legend(loc="upper left", frameon=framed)
        return pixels(fig)

    (error,) = errors(reader, legend(True), legend(False))
    assert (error.category, error.description) == ("style_error", "its frame is missing")


def test_a_plot_seen_from_another_side_is_one_error(reader):
    def cube(turn):
        fig = plt.figure(figsize=(4, 3.2))
        ax = fig.add_subplot(projection="3d", azim=-60 + turn)
        x, y = np.meshgrid(range(9), range(9))
        ax.plot_surface(x * 10, y * 10, np.sin(x) * y * 100, color="teal")
        return pixels(fig)

    (error,) = errors(reader, cube(0), cube(45))
    assert (error.category, error.severity) == ("structure_error", 2)
    assert "another side" in error.description


def test_plots_that_changed_places(reader):
    (error,) = errors(reader, two(["Rain", "Snow"]), two(["Snow", "Rain"]))
    assert (error.category, error.severity) == ("structure_error", 2)
    assert "each other's place" in error.description


@pytest.mark.parametrize(("top", "severity"), [(21.8, 1), (35, 2), (60, 3)])
def test_other_limits_are_one_error_and_what_is_cut_off_is_none(reader, top, severity):
    (error,) = errors(reader, plot(), plot(top=top))
    assert error.category == "data_error"
    assert error.severity == severity
    assert error.description.startswith("limits")


def test_signs_that_were_not_read_do_not_invert_an_axis(reader):
    def signed(fig, ax):
        ax.clear()
        ax.plot([-4, -2, 0, 2], [1, 4, 2, 3])
        ax.set(title="Sales of two shops", ylim=(0, 5), xticks=[-4, -2, 0, 2])

    def unsigned(fig, ax):
        signed(fig, ax)
        ax.set_xticklabels(["4", "2", "0", "2"])

    assert not any(
        "inverted" in e.description for e in errors(reader, plot(signed), plot(unsigned))
    )


def boxes_of_towns(limits=(0.5, 3.5), names=("Oslo", "Turku", "Kiruna")):
    fig, ax = plt.subplots()
    values = [[1, 4, 5, 6, 9], [11, 13, 14, 15, 18], [3, 5, 8, 10, 12]]
    ax.boxplot(values, tick_labels=list(names), patch_artist=True)
    ax.set(xlim=limits, ylim=(0, 20), title="Days of rain")
    return pixels(fig)


@pytest.mark.parametrize(
    ("limits", "severity", "said"),
    [
        ((0.2, 3.8), 2, "limits 0%..100% became -10%..110%"),
        ((0.5, 2.6), 2, "limits 0%..100% became 0%..70%"),
        ((3.5, 0.5), 3, "the axis is inverted"),
    ],
)
def test_an_axis_of_names_that_reaches_elsewhere_is_one_error(reader, limits, severity, said):
    (error,) = errors(reader, boxes_of_towns(), boxes_of_towns(limits))
    assert (error.category, error.severity) == ("data_error", severity)
    assert said in error.description


def test_names_that_changed_places_are_no_inverted_axis(reader):
    found = errors(reader, boxes_of_towns(), boxes_of_towns(names=("Kiruna", "Turku", "Oslo")))
    assert found
    assert {error.category for error in found} == {"text_error"}


def test_other_numbers_in_every_bar_are_no_other_kind_of_chart(reader):
    def bars(numbers):
        fig, ax = plt.subplots()
        ax.bar(["Oslo", "Turku", "Kiruna"], numbers, color=["teal", "firebrick", "purple"])
        ax.set(ylim=(0, 100), title="Days of rain")
        return pixels(fig)

    found = errors(reader, bars([60, 20, 80]), bars([20, 70, 80]))
    assert [(e.category, e.severity) for e in found] == [("data_error", 3)] * 2


def test_a_figure_widened_with_bare_paper_is_one_error(reader):
    reference = plot()
    room = np.full((reference.shape[0], 170, 3), 255, np.uint8)
    (error,) = errors(reader, reference, np.concatenate([room, reference, room], axis=1))
    assert (error.category, error.severity) == ("structure_error", 1)
    assert "figure is wider" in error.description
    assert error.bbox_prediction == (0, 0, reference.shape[1] + 340, reference.shape[0])


def test_an_axis_read_as_beyond_all_measure_is_compared_by_its_frame(reader):
    scene = see(plot(), reader)
    other = see(plot(lambda fig, ax: ax.set_ylim(0, 30)), reader, scene)
    (axes,) = other.axes
    far = tuple(
        replace(axis, start=1e18, end=5e18) if axis.side == "left" else axis for axis in axes
    )
    match = match_panels(scene, replace(other, axes=(far,)))
    by_value, by_frame = (lay(match, 0, 0, frozenset(sides)) for sides in (("left",), ()))
    assert by_value is not None and by_frame is not None
    assert np.array_equal(by_value.to_candidate, by_frame.to_candidate)


@pytest.mark.parametrize(
    ("change", "category", "severity", "words"),
    [
        (lambda ax: ax.set_title(ax.get_title(), y=0.55), "text_error", 2, "over the plot"),
        (lambda ax: ax.tick_params(axis="x", rotation=45), "text_error", 1, "turned"),
        (lambda ax: ax.get_legend().remove(), "structure_error", 2, "legend is missing"),
    ],
)
def test_texts_that_stand_elsewhere_or_went_with_their_legend(
    reader, change, category, severity, words
):
    def picture(change=None):
        fig, ax = plt.subplots()
        ax.plot([0.0, 0.4, 0.8], [1, 3, 2], color="tab:blue", label="Rain")
        ax.plot([0.0, 0.4, 0.8], [2, 1, 4], color="tab:red", label="Snow")
        ax.set(title="Water in one day", ylabel="mm")
        ax.legend(loc="lower right")
        if change:
            change(ax)
        return pixels(fig)

    (error,) = errors(reader, picture(), picture(change))
    assert (error.category, error.severity) == (category, severity)
    assert words in error.description


def test_an_entry_that_left_the_legend_is_an_error_of_structure(reader):
    def picture(names):
        fig, ax = plt.subplots()
        for name, level in (("Rain", 1), ("Snow", 2), ("Hail", 3)):
            ax.plot([0, 1, 2], [level, level + 1, level], label=name if name in names else None)
        ax.legend(loc="upper right")
        ax.set_ylim(0, 8)
        return pixels(fig)

    found = errors(reader, picture(("Rain", "Snow", "Hail")), picture(("Rain", "Snow")))
    (error,) = [e for e in found if "Hail" in e.description]
    assert (error.category, error.severity) == ("structure_error", 2)


def test_a_legend_without_its_title_is_an_error_of_text(reader):
    def picture(title):
        fig, ax = plt.subplots()
        for name, level in (("Rain", 1), ("Snow", 2)):
            ax.plot([0, 1, 2], [level, level + 1, level], label=name)
        ax.legend(loc="upper right", title=title)
        ax.set_ylim(0, 8)
        return pixels(fig)

    found = errors(reader, picture("Kind"), picture(None))
    (error,) = [e for e in found if "Kind" in e.description]
    assert (error.category, error.severity) == ("text_error", 1)


def test_axes_that_are_gone_are_one_error_though_the_marks_moved(reader):
    def bars(axes):
        fig, ax = plt.subplots()
        ax.bar(["ash", "beech", "cedar", "elm"], [3, 7, 5, 6], color="teal")
        ax.set(title="Trees in four parks", ylabel="Number of trees")
        if not axes:
            ax.set_axis_off()
            ax.set_position((0.02, 0.05, 0.96, 0.85))
        return pixels(fig)

    found = errors(reader, bars(True), bars(False))
    assert any("axes are missing" in e.description for e in found)
    assert not any("tick labels" in e.description for e in found)


def test_outlines_of_bars_are_no_series(reader):
    def bars(edge):
        fig, ax = plt.subplots()
        ax.bar(range(4), [3, 7, 5, 6], color="skyblue", edgecolor=edge, linewidth=3)
        ax.set(ylim=(0, 9), xlabel="Week")
        return pixels(fig)

    found = errors(reader, bars(None), bars("black"))
    assert {e.category for e in found} == {"style_error"}


def test_the_first_line_of_a_title_is_not_the_title_of_the_figure(reader):
    fig, axes = plt.subplots(1, 3, figsize=(10, 3.2))
    for ax, name in zip(axes, ("Rain", "Snow", "Hail"), strict=True):
        ax.bar(range(3), [1, 3, 2])
        ax.set_title(f"{name} in a wet year\nmeasured by hand")
    fig.tight_layout()
    roles = {label.role for label in see(pixels(fig), reader).labels if "wet" in label.text}
    assert roles == {"title"}
