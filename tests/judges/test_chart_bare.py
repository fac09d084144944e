"""Plots that show nothing of the data, or were taken for something else: legends, bare nodes."""

from __future__ import annotations

from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import cv2
import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import pixels

from visual_erm.judges.chart import besides, differ, points, see
from visual_erm.judges.chart.colours import lab_of
from visual_erm.judges.chart.kinds import with_greys
from visual_erm.judges.chart.letters import _kept
from visual_erm.judges.chart.panels import figure_background, find_panels
from visual_erm.judges.embedded import EmbeddedJudge


def lines(change=None, plots=1):
    x = np.linspace(0, 10, 40)
    fig, axes = plt.subplots(1, plots, figsize=(5 * plots, 4), squeeze=False)
    for k, ax in enumerate(axes[0]):
        ax.plot(x, np.sin(x + k), "C3", lw=2, label="Annual mean")
        ax.plot(x, np.cos(x + k), "C0", lw=2, label="Five-year mean")
        ax.axhline(0, color="black", lw=1)
        ax.set(title="Surface temperature", xlim=(0, 10), ylim=(-1.3, 2.6))
        ax.legend(loc="upper left")
        if change and k == plots - 1:
            change(ax)
    return pixels(fig)


def out_of_view(ax):
    ax.set_xlim(90, 100)


def without_marks(ax):
    for line in ax.lines[:2]:
        line.set_visible(False)


def one_other(ax):
    ax.lines[0].set_ydata(-ax.lines[0].get_ydata())


@pytest.mark.parametrize("change", [out_of_view, without_marks])
def test_a_plot_that_shows_nothing_but_its_legend_is_empty(reader, change):
    one = see(lines(), reader)
    two = see(lines(change), reader, one)
    (error,) = differ(one, two)
    assert (error.category, error.severity) == ("structure_error", 3)
    assert "empty" in error.description
    assert besides(one, two, [error])["bare"] == 1.0


def test_to_show_no_data_costs_more_than_to_show_some_of_it_wrong(reader):
    judge = EmbeddedJudge()
    away, wrong = (judge.compare(lines(), lines(c), "chart") for c in (out_of_view, one_other))
    assert away.distance > 2 * wrong.distance > 0


def test_one_empty_plot_of_two_is_half_of_what_is_shown(reader):
    one = see(lines(plots=2), reader)
    two = see(lines(out_of_view, plots=2), reader, one)
    assert besides(one, two, differ(one, two))["bare"] == 0.5


def network(edges=True, title="Community:"):
    """Nodes of five groups and, beside them, a legend whose entries are single digits."""
    rng = np.random.default_rng(5)
    places, groups = rng.uniform(0, 1, (30, 2)), np.arange(30) % 5
    fig, ax = plt.subplots(figsize=(6.4, 4.8))
    fig.subplots_adjust(left=0.2)
    if edges:
        ax.plot(*places.T, color="0.3", lw=1, zorder=1)
    for group in range(5):
        ax.scatter(*places[groups == group].T, s=120, ec="black", label=str(group), zorder=2)
    ax.axis("off")
    ax.legend(loc="upper right", bbox_to_anchor=(-0.02, 1), title=title,
              labelspacing=1.4, handletextpad=2, borderpad=1.5)  # fmt: skip
    return pixels(fig)


def test_a_legend_of_single_digits_beside_a_plot_is_no_plot(reader):
    assert [panel.kind for panel in see(network(), reader).panels] == ["free"]


def test_nodes_without_their_edges_are_a_plot_still(reader):
    one = see(network(), reader)
    two = see(network(edges=False), reader, one)
    assert [panel.box for panel in two.panels] == [one.panels[0].box]
    assert not any("missing" in e.description for e in differ(one, two) if "plot" in e.location)


def test_of_a_chart_with_hardly_a_text_letters_say_little(reader):
    one = see(network(), reader)
    two = see(network(title="Cluster:"), reader, one)
    assert 0 < besides(one, two, differ(one, two))["texts"] < 0.4


@pytest.mark.parametrize(("away", "length"), [(24, 4), (8, 12)])
def test_axes_that_stand_far_off_or_have_long_ticks_make_a_plot(away, length):
    x = np.linspace(-3, 3, 60)
    fig, ax = plt.subplots(figsize=(6.4, 6.4))
    ax.plot(x, np.sin(x))
    ax.set(xlim=(-3, 3), ylim=(-1, 1))
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_position(("outward", away))
    ax.tick_params(length=length, width=1.5)
    fig.tight_layout()
    image = pixels(fig)
    (panel,) = find_panels(image, figure_background(image))
    assert panel.kind == "axes"
    assert panel.width > 0.6 * image.shape[1]


def test_lines_over_small_markers_give_them_no_other_shape():
    papers, red = [np.full(3, 255, np.uint8)] * 2, np.array([255, 0, 0], np.uint8)
    seen = np.full((60, 220, 3), 255, np.uint8)
    for k in range(5):
        cv2.circle(seen, (25 + 42 * k, 30), 6, (255, 0, 0), -1, cv2.LINE_AA)
    crossed = seen.copy()
    crossed[33:37, :95] = 170
    masks = [np.abs(image.astype(int) - red).max(axis=2) < 100 for image in (seen, crossed)]
    colours = lab_of(red), lab_of(red)
    assert not points.other_shape((seen, crossed), papers, colours, masks, points.ON_A_LINE)


def test_thin_black_lines_that_scaling_makes_grey_are_as_black_as_they_were():
    lines, bars = np.zeros((60, 60), bool), np.zeros((60, 60), bool)
    lines[:, 10:12] = bars[30:, 30:50] = True
    greys = [lab_of(np.full(3, level, np.uint8)) for level in (90, 120)]
    palette = SimpleNamespace(colours=greys, mask=lambda k: (lines, bars)[k])
    ink = np.zeros((60, 60), bool)
    assert (with_greys(palette, ink) == lines).all()


def test_an_axis_tells_that_letters_kept_their_size_by_all_of_its_labels(reader):
    scene = see(lines(), reader)
    other = see(255 - lines(), reader)
    assert _kept(scene, other, [[(0.99, 1.0)], [(1.2, 1.1)]])
    assert not _kept(scene, other, [[(0.94, 1.1)], [(1.2, 1.1), (0.99, 1.0), (0.97, 0.92)]])
