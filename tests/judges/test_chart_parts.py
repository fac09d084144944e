"""Scales from tick labels, equality of texts, panels, palettes, and which cause explains what."""

from __future__ import annotations

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import cv2
import matplotlib.pyplot as plt
import numpy as np
import pytest

from visual_erm import images
from visual_erm.judges import chart
from visual_erm.judges.chart import points, words
from visual_erm.judges.chart.axes import number, read_axes
from visual_erm.judges.chart.colours import inside, palette
from visual_erm.judges.chart.findings import Finding
from visual_erm.judges.chart.panels import _beyond, figure_background, find_panels
from visual_erm.judges.chart.rules import settle
from visual_erm.judges.chart.scene import Label, Panel
from visual_erm.judges.ocr import Reader

WHITE = np.full(3, 255, np.uint8)
PANEL = Panel((100, 50, 500, 450), "axes", WHITE)


def y_axis(texts):
    """Labels at equal steps from the bottom of the panel to its top."""
    steps = np.linspace(450, 50, len(texts))
    labels = [
        Label(t, (60, int(y) - 6, 90, int(y) + 6), "y tick", 0)
        for t, y in zip(texts, steps, strict=True)
    ]
    (axis,) = read_axes(labels, PANEL, 0)
    return axis


@pytest.mark.parametrize(
    ("text", "value"), [("−0.5", -0.5), ("1,200", 1200), ("3k", 3000), ("40%", 40), ("$7", 7)]
)
def test_numbers_on_axes(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    ("one", "two"), [("* type", "type"), ("-90+", "-90"), ("Max (°C)", "max(°C)")]
)
def test_marks_beside_a_text_are_no_part_of_it(one, two):
    assert words.canonical(one) == words.canonical(two)


@pytest.mark.parametrize("text", ["Jan", "", "-", "1.2.3", "v2"])
def test_what_is_no_number(text):
    assert number(text) is None


def test_a_scale_survives_a_label_misread():
    axis = y_axis(["0", "10", "2O", "30", "99", "50"])
    assert axis.scale == "linear"
    assert (axis.start, axis.end) == pytest.approx((0, 50), abs=0.3)


def test_inverted_and_logarithmic_scales():
    assert y_axis(["30", "20", "10", "0"]).span == pytest.approx(-30, abs=0.3)
    powers = y_axis(["10~1", "100", "10¹", "102"])
    assert powers.scale == "log"
    assert (powers.start, powers.end) == pytest.approx((-1, 2), abs=0.02)
    assert y_axis(["1", "10", "100", "1000"]).scale == "log"


def test_names_are_no_scale():
    assert y_axis(["north", "south", "east"]).scale == "names"


def test_confusable_signs_fold_to_one():
    assert words.folded("Total 10") == words.folded("TotaI l0")
    assert words.canonical("− Velvet .") == "velvet"
    assert words.similarity("Sales", "Sale") == pytest.approx(0.8)


def drawn_text(text, size=12.0):
    fig = plt.figure(figsize=(3, 0.5), dpi=100)
    fig.text(0.05, 0.4, text, fontsize=size)
    fig.canvas.draw()
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    return picture


def test_pixels_tell_equal_texts_from_other_ones():
    box = (0, 0, 300, 50)
    one = drawn_text("Monthly prices")
    assert words.difference(one, box, one, box) == 0
    typo = words.difference(one, box, drawn_text("Monthly prises"), box)
    assert typo is not None and typo > words.ALIKE
    assert words.difference(one, box, drawn_text("Mo"), box) is None


@pytest.mark.parametrize("style", ["default", "ggplot", "dark_background", "seaborn-v0_8-darkgrid"])
def test_panels_are_found_in_any_style(style):
    with plt.style.context(style):
        fig, axes = plt.subplots(2, 2, figsize=(7, 5), dpi=100)
        for ax in axes.flat:
            ax.plot([0, 1, 2], [1, 3, 2])
        fig.canvas.draw()
        expected = [ax.bbox.extents for ax in axes.flat]
        picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
        plt.close(fig)
    found = find_panels(picture, figure_background(picture))
    assert len(found) == 4
    for panel, (x0, y0, x1, y1) in zip(found, expected, strict=True):
        assert panel.box == pytest.approx((x0, 500 - y1, x1, 500 - y0), abs=3)


def test_a_heat_map_whose_cells_stand_apart_is_one_plot_with_one_colour_bar():
    fig, (ax, bar) = plt.subplots(1, 2, width_ratios=(12, 1))
    edges = np.arange(7)  # cells of the middle value are as white as the paper, as the bar is there
    drawn = ax.pcolormesh(
        edges, edges, np.eye(6), cmap="bwr", edgecolors="white", linewidth=2, vmin=-1, vmax=1
    )
    colour_bar = fig.colorbar(drawn, cax=bar)
    colour_bar.outline.set_visible(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    fig.canvas.draw()
    expected = [axes.bbox.extents for axes in (ax, bar)]
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    found = find_panels(picture, figure_background(picture))
    assert [panel.kind for panel in found] == ["axes", "strip"]
    for panel, (x0, y0, x1, y1) in zip(found, expected, strict=True):
        assert panel.box == pytest.approx((x0, 480 - y1, x1, 480 - y0), abs=5)


def test_plots_of_one_size_side_by_side_stay_several():
    with plt.style.context("ggplot"):  # as filled as cells
        fig, axes = plt.subplots(2, 2, gridspec_kw={"wspace": 0.12, "hspace": 0.12})
        for ax in axes.flat:
            ax.set(xticks=[], yticks=[])
            ax.plot([0, 1, 2], [1, 3, 2])
        fig.canvas.draw()
        picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
        plt.close(fig)
    assert len(find_panels(picture, figure_background(picture))) == 4


def test_grid_and_frame_are_seen():
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    ax.bar(0.9, 1, 0.12, color="black")  # as dark and high as a frame, but wider
    ax.set(xlim=(-0.05, 1.1), ylim=(0, 1.05))
    ax.grid(axis="y")
    ax.spines[["top", "right"]].set_visible(False)
    fig.canvas.draw()
    right = ax.bbox.x1
    picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    (panel,) = find_panels(picture, figure_background(picture))
    assert panel.grid == {"rows"}
    assert panel.sides == {"left", "bottom"}
    assert panel.box[2] == pytest.approx(right, abs=3)


def test_a_palette_has_marks_and_not_their_edges():
    picture = np.full((200, 300, 3), 255, np.uint8)
    picture[40:120, 30:90] = (31, 119, 180)
    picture[60:150, 120:200] = (214, 39, 40)
    picture[60:150, 119] = (234, 147, 148)  # a smoothed edge
    colours = palette(inside(picture, WHITE), np.zeros((200, 300), bool))
    assert len(colours.colours) == 2
    assert colours.areas == pytest.approx((7290, 4800), rel=0.02)


def finding(cause, category="data_error", severity=1, location="y axis", panel=0, subject=""):
    box = (0, 0, 10, 10)
    return Finding(cause, category, severity, location, "differs", box, box, panel, subject)


def test_a_cause_swallows_its_consequences_in_its_panel_only():
    kept = settle(
        [
            finding("chart type", "structure_error", 3, "plot"),
            finding("series added", location="series"),
            finding("line look", "style_error", location="series"),
            finding("series added", location="series of the second panel", panel=1),
        ]
    )
    assert [(f.cause, f.panel) for f in kept] == [("chart type", 0), ("series added", 1)]


def test_a_lost_series_takes_its_legend_entry_along():
    kept = settle(
        [
            finding("series missing", severity=3, location='series "South"'),
            finding("text missing", "text_error", location="legend entry", subject="South"),
        ]
    )
    assert [f.cause for f in kept] == ["series missing"]


def test_lines_of_a_title_are_one_text():
    lines = [
        Finding("text missing", "text_error", 2, "title", f'"{n}" is missing', (90, y, 300, y + 14),
                None)
        for n, y in (("Rain", 10), ("by month", 26))
    ]  # fmt: skip
    (one,) = settle(lines)
    assert one.box == (90, 10, 300, 40)
    assert len(settle([lines[0], replace(lines[1], location="x-axis label")])) == 2


def test_one_look_or_other_numbers_of_many_series_are_one_error_and_bars_are_not():
    looks = [finding("line look", "style_error", location=f'series "{n}"') for n in "ABC"]
    assert len(settle(looks)) == 1
    pale = [replace(looks[0], cause="recoloured", detail="paler", description=c) for c in "ab"]
    assert len(settle(pale)) == 1
    bars = [finding("marks", severity=3, location=f'bar "{n}"') for n in "AB"]
    assert len(settle(bars)) == 2
    numbers = [replace(f, severity=2, detail="values") for f in bars]
    (one,) = settle(numbers)
    assert one.severity == 3
    assert len(settle([replace(f, severity=1) for f in numbers])) == 2
    assert len(settle([numbers[0], replace(numbers[1], panel=1)])) == 2


def test_what_all_plots_lack_is_one_finding():
    titles = [
        Finding("text missing", "text_error", 2, f"title of the {n} panel", f'"{n}" is missing',
                (100 * i, 0, 100 * i + 50, 20), None, i)
        for i, n in enumerate(("first", "second"))
    ]  # fmt: skip
    (one,) = settle(titles)
    assert one.severity == 2
    assert '"first" is missing; "second" is missing' in one.description
    assert one.box == (0, 0, 150, 20)
    assert len(settle([replace(one, location="title"), replace(one, location="x-axis label")])) == 2


def test_another_font_hides_no_misspelling_and_makes_none(tmp_path):
    pictures = {}
    for font, title in (("DejaVu Sans", "Nuclear Energy"), ("STIXGeneral", "Nuclear Enemy")):
        with matplotlib.rc_context({"font.family": font}):
            figure, axes = plt.subplots(figsize=(4, 3))
            axes.plot([0.0, 2.5, 5.0], [10, 30, 20])
            axes.set(title=title, xlabel="Beak depth (mm)", ylabel="Body mass (g)")
            figure.tight_layout()
            figure.savefig(tmp_path / "picture.png")
            plt.close(figure)
        pictures[font] = chart.see(images.load(tmp_path / "picture.png"), Reader())
    (error,) = chart.differ(*pictures.values())
    assert error.description == '"Nuclear Energy" became "Nuclear Enemy"'


def test_another_sample_of_a_cloud_is_the_same_cloud_and_one_elsewhere_is_not() -> None:
    rng = np.random.default_rng(4)
    samples = rng.normal((200, 150), (60, 30), (2, 80, 2))

    def spots(points: np.ndarray) -> np.ndarray:
        mask = np.zeros((300, 400), np.uint8)
        for x, y in points.round().astype(int):
            cv2.circle(mask, (int(x), int(y)), 3, 1, -1)
        return mask > 0

    one = spots(samples[0])
    assert points.same_cloud(one, spots(samples[1]))
    assert not points.same_cloud(one, spots(samples[1] + (60, 0)))
    some_moved = np.where(np.arange(80)[:, None] < 20, samples[1], samples[0])
    assert not points.same_cloud(one, spots(some_moved))


@pytest.mark.parametrize("limit", [2, 5, 8])
def test_sums_are_compared_as_their_means_are(limit: int) -> None:
    one, two = (grid.astype(np.int16) for grid in np.meshgrid(np.arange(766), np.arange(766)))
    apart = one / 3 - two / 3
    assert np.array_equal(_beyond(one, two, limit), apart > limit)
    assert np.array_equal(_beyond(one, two, limit, reached=True), apart >= limit)


def test_numbers_in_one_line_are_parted_at_a_minus_too():
    label = Label("-20 -15-80", (40, 450, 180, 468), "x tick", 0)
    (axis,) = read_axes([label], PANEL, 0)
    assert [part.text for part in axis.labels] == ["-20", "-15", "-80"]
    dates = Label("2020-05 2020-06", (40, 450, 180, 468), "x tick", 0)
    (axis,) = read_axes([dates], PANEL, 0)
    assert [part.text for part in axis.labels] == ["2020-05 2020-06"]


@pytest.mark.parametrize(
    ("one", "two", "same"), [("Cost", "cost", True), ("a", "A", False), ("Title", "title", False)]
)
def test_capitals_count_where_they_look_unlike_the_small_letters(one, two, same):
    assert words.alike(one, two) == same
