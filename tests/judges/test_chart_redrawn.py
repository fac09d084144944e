"""Charts drawn anew by another program: other margins, sizes and looks, values read by eye."""

from __future__ import annotations

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart.axes import names_line, read_axes
from visual_erm.judges.chart.colours import inside, palette
from visual_erm.judges.chart.findings import Finding
from visual_erm.judges.chart.rules import settle
from visual_erm.judges.chart.scene import Label, Panel

WHITE = np.full(3, 255, np.uint8)
AGES = ["0-4", "5-9", "10-14", "15-19", "20-24", "25-29"]


def bars(size=(6, 4), margin=None, framed=True, top=None, **look):
    fig, ax = plt.subplots(figsize=size)
    ax.bar(["Oats", "Rye", "Wheat", "Maize"], [4, 7, 12, 9], **look)
    ax.set(title="Harvest of a farm", ylabel="Tonnes", ylim=(0, top or 14))
    if margin is not None:
        ax.set_xlim(-margin, 3 + margin)
    if not framed:
        ax.spines[:].set_visible(False)
    return pixels(fig)


def axis(texts, places, side="bottom"):
    labels = [
        Label(text, (round(100 + 400 * at) - 10, 400, round(100 + 400 * at) + 10, 415), "x tick", 0)
        for text, at in zip(texts, places, strict=True)
    ]
    panel = Panel((100, 50, 500, 390), "axes", WHITE)
    return read_axes(labels, panel, 0)[0]


def test_outlines_and_hatches_are_one_ink_and_no_series():
    image = bars(edgecolor="black", linewidth=0.8, hatch="//", color="#4e72b2")[70:340, 90:530]
    found = palette(inside(image, WHITE), np.zeros(image.shape[:2], bool))
    assert len(found.colours) == 2
    assert found.ink == 1
    plain = bars(color="#4e72b2")[70:340, 90:530]
    assert palette(inside(plain, WHITE), np.zeros(plain.shape[:2], bool)).ink == -1


def test_a_dark_line_far_from_the_marks_is_a_series_of_its_own():
    fig, ax = plt.subplots()
    ax.fill_between(range(5), [0] * 5, [2, 3, 2, 4, 3], color="#4e72b2")
    ax.plot(range(5), [8, 9, 7, 9, 8], color="#273959")
    image = pixels(fig)[70:410, 90:560]
    found = palette(inside(image, WHITE), np.zeros(image.shape[:2], bool))
    assert found.ink == -1
    assert len(found.colours) == 2


def test_a_missing_hatch_is_a_matter_of_looks(reader):
    hatched = bars(edgecolor="black", linewidth=0.8, hatch="//", color="#de8652")
    (error,) = errors(reader, hatched, bars(edgecolor="black", linewidth=0.8, color="#de8652"))
    assert (error.category, error.severity) == ("style_error", 1)


def test_bars_are_compared_name_by_name_whatever_the_margins(reader):
    found = errors(reader, bars(margin=0.5), bars(size=(8, 4), margin=1.1))
    assert all("filled shapes" not in error.description for error in found)
    assert all("tick label" not in error.location for error in found)


def test_a_plot_without_a_frame_has_no_other_limits_because_it_is_outlined(reader):
    plain = bars(framed=False, color="teal")
    found = errors(reader, plain, bars(framed=False, color="teal", edgecolor="black", linewidth=3))
    assert not [error for error in found if "limits" in error.description]


def test_groups_of_ages_are_names():
    places = np.linspace(0.05, 0.95, len(AGES))
    assert axis(AGES, places).scale == "names"
    assert axis(["10-2", "10-1", "100", "101"], places[:4]).scale == "log"


def test_units_and_ticks_beside_numbers_are_read_past():
    found = axis(["€40m", "€45m -", "€50m -", "€55m"], [0.0, 0.3, 0.6, 0.9])
    assert found.scale == "linear"
    assert found.start == pytest.approx(40)
    assert axis(["0", "10 ms", "20 ms"], [0.0, 0.5, 1.0]).end == pytest.approx(20)
    assert axis(["Q1", "Q2", "Q3"], [0.0, 0.5, 1.0]).scale == "names"


def test_names_that_stand_twice_are_passed_over():
    one = axis(["Start", "Price", "Volume", "Units", "Start"], [0.1, 0.3, 0.5, 0.7, 0.9])
    two = axis(["Start", "Price", "Volume", "Units", "Start"], [0.2, 0.35, 0.5, 0.65, 0.8])
    factor, shift = names_line(one, two)
    assert factor == pytest.approx(0.75, abs=0.02)
    assert shift == pytest.approx(0.125, abs=0.02)


def test_values_read_off_by_eye_are_off_together_in_a_chart_drawn_anew():
    off = [
        Finding("marks", "data_error", 1, f"series {k}", "5% of its line lie elsewhere",
                (0, 9 * k, 50, 9 * k + 8), None, 0, detail="values")
        for k in range(4)
    ]  # fmt: skip
    assert [one.severity for one in settle(off, redrawn=True)] == [1]
    assert len(settle(off)) == 4
    worse = [replace(one, severity=2) for one in off]
    assert sorted(one.severity for one in settle(worse)) == [2, 3]
    assert len(settle(off[:2], redrawn=True)) == 2


def cells(values, gap=0.06):
    fig, ax = plt.subplots(figsize=(5, 4))
    shown = ax.pcolormesh(
        values, cmap="RdBu", vmin=-6, vmax=6, edgecolors="white", linewidth=60 * gap
    )
    fig.colorbar(shown)
    ax.set(title="Change of score", xticks=[], yticks=[])
    return pixels(fig)


def test_cells_with_gaps_are_a_map_of_values_and_no_bars(reader):
    rng = np.random.default_rng(3)
    values = rng.uniform(-5, 5, (5, 6))
    other = values.copy()
    other[2, 3] = -values[2, 3] + np.copysign(3, -values[2, 3])
    found = errors(reader, cells(values), cells(other))
    assert [error.description for error in found] == ["the value differs"]


def two_plots(kind):
    fig, axes = plt.subplots(1, 2, figsize=(9, 4))
    for ax, name in zip(axes, ("Rain", "Snow"), strict=True):
        for row in ([1, 5, 2, 8, 3], [9, 4, 4, 1, 6]):
            ax.scatter(range(5), row) if kind == "points" else ax.plot(row, linewidth=2)
        ax.set(title=name, xlabel="Week", ylabel="mm", ylim=(0, 10))
    return pixels(fig)


def test_lines_in_place_of_points_in_all_plots_are_one_error(reader):
    (error,) = errors(reader, two_plots("points"), two_plots("lines"))
    assert error.severity == 3
    assert "lines instead of points" in error.description


def test_points_in_place_of_bars_are_another_kind(reader):
    fig, ax = plt.subplots(figsize=(6, 4))
    ax.scatter(["Oats", "Rye", "Wheat", "Maize"], [4, 7, 12, 9], s=60, color="#1f77b4")
    ax.set(title="Harvest of a farm", ylabel="Tonnes", ylim=(0, 14), xlim=(-0.59, 3.59))
    found = errors(reader, bars(margin=0.59, color="#1f77b4"), pixels(fig))
    assert any("points instead of" in error.description for error in found)


def test_powers_of_two_are_a_logarithmic_scale():
    found = axis(["26", "27", "28", "29", "210", "211"], np.linspace(0.05, 0.95, 6))
    assert found.scale == "log"
    assert 10**found.start == pytest.approx(52.8, rel=0.03)
    assert axis(["20", "21", "22", "23"], [0.1, 0.4, 0.7, 1.0]).scale == "linear"


def test_lines_of_a_grid_that_moved_by_a_pixel_are_there_still(reader):
    def moved(by):
        picture = two_plots("lines")
        for x in range(80, 400, 40):
            picture[60:340, x + by : x + by + 2] = 60
        return picture

    found = errors(reader, moved(0), moved(1))
    assert not [error for error in found if "across" in error.description]
