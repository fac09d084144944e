"""Pale fills, marks in another series' colour, and other small causes that are one error each."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart import differ, see
from visual_erm.judges.embedded import EmbeddedJudge

YEARS = np.arange(1990, 2010)
VALUES = 10 + 4 * np.sin((YEARS - 1990) / 4)


def drawn(draw, size=(6.4, 4.8), columns=1):
    fig, axes = plt.subplots(1, columns, figsize=size)
    draw(axes)
    fig.canvas.draw()
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    return picture


def said(reader, before, after):
    """Category, severity and description of what differs."""
    scene = see(before, reader)
    found = differ(scene, see(after, reader, scene))
    return [(error.category, error.severity, error.description) for error in found]


def bands(*heights):
    def draw(ax):
        ax.plot(YEARS, VALUES, color="tab:blue")
        for height, colour in heights:
            ax.fill_between(YEARS, VALUES + height - 2, VALUES + height, color=colour, alpha=0.18)
        ax.set(title="Temperature at the lake", xlabel="Year", ylabel="Degrees", ylim=(0, 24))

    return drawn(draw)


def test_a_pale_band_that_is_gone_is_a_series_that_is_missing(reader):
    ((category, severity, text),) = said(reader, bands((6, "tab:blue")), bands())
    assert (category, severity) == ("data_error", 3)
    assert text.endswith("series is missing")


def test_a_pale_band_that_came_is_a_series_too_many(reader):
    ((category, _, text),) = said(reader, bands(), bands((6, "tab:blue")))
    assert category == "data_error"
    assert "the reference does not have" in text


def test_all_pale_bands_are_gone_at_once(reader):
    found = said(reader, bands((4, "tab:blue"), (8, "tab:green")), bands())
    assert len(found) == 1
    assert " and " in found[0][2]


def bars(colours, names=("Google", "Apple", "Lenovo", "Oracle")):
    def draw(ax):
        ax.bar(range(4), [9, 4, 6, 3], color=colours)
        ax.set_xticks(range(4), names)
        ax.set(title="Shares of four companies", ylabel="Value")

    return drawn(draw)


def test_two_bars_with_each_others_colours_are_one_error(reader):
    colours = ["#88b090", "#60988c", "#286878", "#2c5070"]
    other = [colours[0], colours[2], colours[1], colours[3]]
    ((category, severity, text),) = said(reader, bars(colours), bars(other))
    assert (category, severity) == ("style_error", 2)
    assert text.endswith("are exchanged")


def test_names_that_changed_places_are_one_error_that_misleads(reader):
    swapped = bars("tab:blue", ("Lenovo", "Apple", "Google", "Oracle"))
    ((category, severity, text),) = said(reader, bars("tab:blue"), swapped)
    assert (category, severity) == ("text_error", 3)
    assert text.endswith("are swapped")


def titled(*titles):
    def draw(axes):
        for ax, title in zip(axes, titles, strict=True):
            ax.plot(YEARS, VALUES)
            ax.set_title(title)

    return drawn(draw, (9, 4), 2)


def test_titles_of_two_lines_that_all_plots_lack_are_one_error(reader):
    before = titled("Response before\nthe filter", "Response after\nthe filter")
    assert len(said(reader, before, titled("", ""))) == 1


def labelled(label, legend):
    def draw(ax):
        ax.plot(YEARS, VALUES, label=legend)
        ax.plot(YEARS, VALUES + 5, label="Upper estimate")
        ax.set(xlabel="Year", ylabel=label, ylim=(0, 24))
        ax.legend(loc="lower right")

    return drawn(draw)


def test_a_label_of_one_sign_is_replaced_not_added(reader):
    before, after = labelled("Y", "Mean"), labelled("Weight (kg)", "Mean")
    ((category, severity, text),) = said(reader, before, after)
    assert (category, severity) == ("text_error", 3)
    assert text.endswith('became "Weight (kg)"')


def test_another_entry_of_a_legend_is_one_error(reader):
    before, after = labelled("Height", "MC"), labelled("Height", "Control group B")
    ((category, severity, _),) = said(reader, before, after)
    assert (category, severity) == ("text_error", 3)


def mapped(low, high):
    def draw(ax):
        cells = np.array([[0.1, 0.9, 0.4], [0.6, -0.8, 0.2], [-0.3, 0.5, -0.6]])
        image = ax.imshow(cells, cmap="BrBG", vmin=low, vmax=high)
        bar = ax.figure.colorbar(image)
        bar.ax.set_ylim(-1, 1) if high == 1 else None
        ax.set_title("Correlations")

    return drawn(draw)


def test_colours_that_stand_for_other_values_are_no_other_colour_map(reader):
    reference, candidate = mapped(-1, 1), mapped(-1, 1).copy()
    # the same labels beside a bar whose colours end at a third of it, as a copy of it would have
    bar = np.flatnonzero((np.ptp(reference.astype(int), axis=2) > 25).sum(axis=0) > 200)
    columns = slice(int(bar[bar > 480][0]), int(bar[-1]) + 1)
    rows = np.flatnonzero((np.ptp(reference[:, columns].astype(int), axis=2) > 25).any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    strip = reference[top:bottom, columns]
    places = np.clip(np.arange(len(strip)) * 3 - 2 * len(strip), 2, len(strip) - 3)
    candidate[top:bottom, columns] = strip[places]
    found = said(reader, reference, candidate)
    assert ("data_error", 2, "the colours stand for other values") in found


def test_pale_grid_lines_are_seen_where_all_else_is_the_same():
    def draw(ax, *, lines):
        ax.set_facecolor("#e5e5e5")
        ax.fill([0, 1, 2, 1.5, 0.5], [1, 2, 1, 0, 0], color="#b090c8")
        ax.axis("off")
        ax.add_patch(plt.Circle((1, 1), 1.2, color="#e5e5e5", zorder=0))
        for radius in (0.9, 1.05) if lines else ():
            circle = plt.Circle((1, 1), radius, fill=False, edgecolor="#f8f8f8", zorder=0.5)
            ax.add_patch(circle)

    one, two = (drawn(lambda ax, lines=lines: draw(ax, lines=lines)) for lines in (True, False))
    assert len(EmbeddedJudge().compare(one, two, "chart").errors) == 1


def test_upward_names_of_an_axis_are_its_tick_labels(reader):
    def draw(ax):
        ax.imshow(np.arange(9).reshape(3, 3), cmap="Blues")
        ax.set_yticks(range(3), ["Airplane", "Bird", "Deer"], rotation=90, va="center")
        ax.set_ylabel("True label")

    scene = see(drawn(draw), reader)
    roles = {label.text: label.role for label in scene.labels}
    assert roles["Airplane"] == roles["Deer"] == "y tick"
    assert roles["True label"] == "y label"


def strokes(change=None):
    """Black lines in four styles, as a journal prints them, and a coloured one."""
    fig, ax = plt.subplots()
    at = np.linspace(0, 10, 200)
    lines = [
        ax.plot(at, np.sin(at / n) + n, style, color="black", label=f"order {n}")[0]
        for n, style in enumerate(("-", "--", ":", "-."), 1)
    ]
    lines += ax.plot(at, 0.4 * at, color="tab:red", label="linear")
    ax.set(ylim=(0, 6), xlim=(0, 14), title="Response")
    if change:
        change(lines)
    ax.legend()
    return pixels(fig)


@pytest.mark.parametrize("number", [0, 2])
def test_one_of_several_black_lines_in_another_colour_is_a_matter_of_style(reader, number):
    (error,) = errors(reader, strokes(), strokes(lambda lines: lines[number].set_color("purple")))
    assert (error.category, error.severity) == ("style_error", 1)
    assert "purple" in error.description


def test_a_line_that_is_nearly_transparent_is_paler_not_missing(reader):
    (error,) = errors(reader, strokes(), strokes(lambda lines: lines[4].set_alpha(0.25)))
    assert (error.category, error.severity) == ("style_error", 1)
    assert "paler" in error.description


def test_a_line_that_is_gone_is_not_paler(reader):
    found = errors(reader, strokes(), strokes(lambda lines: lines[4].set_visible(False)))
    assert any("missing" in error.description for error in found)


@pytest.mark.parametrize("style", ["--", ":", "-."])
def test_a_dashed_line_is_called_so(reader, style):
    def dash(lines):
        lines[4].set_linestyle(style)

    (error,) = errors(reader, strokes(), strokes(dash))
    assert (error.category, error.severity) == ("style_error", 1)
    assert error.description == "the line is dashed or dotted"


def nodes(fill):
    def draw(ax):
        rng = np.random.default_rng(5)
        x, y = rng.permutation(8), rng.permutation(8)
        ax.plot(x, y, color="#404040", lw=3, zorder=1)
        ax.scatter(x, y, s=400, facecolor=fill, edgecolor="black", lw=1.5, zorder=2)
        ax.axis("off")

    return drawn(draw)


@pytest.mark.parametrize(("before", "after"), [("white", "yellow"), ("yellow", "white")])
def test_a_fill_within_outlines_that_stay_is_style(reader, before, after):
    ((category, severity, text),) = said(reader, nodes(before), nodes(after))
    assert (category, severity) == ("style_error", 1)
    assert ("no longer filled" if after == "white" else "filled in yellow") in text


def scored(sign):
    def draw(ax):
        values = np.random.default_rng(2).normal(size=(9, 9)).cumsum(0)
        values /= np.abs(values).max()
        shown = ax.imshow(sign * values, cmap="viridis", vmin=-1, vmax=1)
        ax.figure.colorbar(shown)

    return drawn(draw)


def test_values_that_are_others_throughout_are_no_other_colour_map(reader):
    """Each colour became one other colour, but the colour bar has those that it had."""
    found = said(reader, scored(1), scored(-1))
    assert [category for category, _, _ in found] == ["data_error"]


def cloud(y):
    def draw(ax):
        ax.fill_between([0, 10], [2, 6], [8, 12], color="#eeeeda")
        ax.scatter(np.linspace(0.5, 9.5, 60), y, s=14, color="tab:blue")
        ax.set(xlim=(0, 10), ylim=(0, 14))

    return drawn(draw)


def test_points_over_a_band_are_told_and_not_the_band(reader):
    y = np.linspace(2, 12, 60) + np.random.default_rng(1).normal(size=60)
    ((category, severity, text),) = said(reader, cloud(y), cloud(y[::-1]))
    assert (category, severity) == ("data_error", 3)
    assert "points lie elsewhere" in text
