"""A chart drawn anew: its series are known again in other colours, its values in another size."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import pixels

from visual_erm.judges.chart import differ, see

DATES = ["2020-01", "2020-02", "2020-03", "2020-04", "2020-05", "2020-06"]


def bars(colour="tab:blue", values=(3, 7, 5, 9, 4, 6), size=(6.4, 4.8), turned=False):
    fig, ax = plt.subplots(figsize=size)
    ax.bar(DATES, values, color=colour)
    ax.set(title="Visitors", ylabel="Thousands", ylim=(0, 10))
    if turned:
        ax.invert_xaxis()
    return pixels(fig)


def lines(size=(6.4, 4.8), width=1.5, colours=("#1f77b4", "#d62728"), moved=0.0):
    fig, ax = plt.subplots(figsize=size)
    x = np.arange(30)
    ax.plot(x, np.sin(x / 4) * 3 + 10, color=colours[0], lw=width, label="Oslo")
    ax.plot(x, np.cos(x / 5) * 2 + 14 + moved, color=colours[1], lw=width, label="Lima")
    ax.set(title="Two towns", xlabel="Day", ylabel="Degrees", ylim=(6, 18))
    ax.legend(loc="lower left")
    return pixels(fig)


CASES = {
    "guessed colours, another size": (
        lines(), lines((8, 4.5), 2, ("#2f80c4", "#c83038")), set()),
    "another colour, another value": (
        lines(), lines(colours=("#1f77b4", "#2ca02c"), moved=1.5), {"style_error", "data_error"}),
    "other bars of another colour": (
        bars(), bars("navy", (3, 7, 5, 4, 4, 6)), {"style_error", "data_error"}),
    "dates run backwards": (bars(), bars(turned=True), {"data_error"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_series_are_known_again(reader, case):
    reference, candidate, categories = CASES[case]
    scene = see(reference, reader)
    found = differ(scene, see(candidate, reader, scene))
    assert {error.category for error in found} == categories, found
    assert not any("missing" in e.description or "does not have" in e.description for e in found)
    assert len(found) <= max(1, len(categories)), found


def coloured(colours, dropped=(), markers=True):
    """Two groups of lines, each with a cycle of colours of its own, and one filled marker."""
    fig, ax = plt.subplots()
    x = np.arange(40)
    for group, own in enumerate(colours):
        shown = [n for n in range(len(own)) if (group, n) not in dropped]
        for colour, n in zip(own, shown, strict=False):
            y = 6 * group + 1.6 * n + np.sin(x / (3 + n + group)) * 0.6
            ax.plot(x, y, color=colour, lw=2)
    if markers:
        ax.plot(20, -3, "v", color=markers, ms=30)
    ax.set(ylim=(-5, 13), title="Groups of lines")
    return pixels(fig)


WARM, COLD = ("#d62728", "#ff7f0e", "#bcbd22"), ("#1f77b4", "#9467bd", "#17becf")
GREEN = "#2ca02c"


@pytest.mark.parametrize("colour, said", [(WARM[0], "as another series is"), ("#7f3f00", "became")])
def test_a_filled_marker_in_another_colour_is_not_missing(reader, colour, said):
    scene = see(coloured([WARM], markers=GREEN), reader)
    found = differ(scene, see(coloured([WARM], markers=colour), reader, scene))
    assert [error.category for error in found] == ["style_error"], found
    assert said in found[0].description


def test_another_palette_is_one_error(reader):
    scene = see(coloured([WARM], markers=None), reader)
    found = differ(scene, see(coloured([COLD], markers=None), reader, scene))
    assert [(e.category, e.severity) for e in found] == [("style_error", 2)], found
    one = differ(scene, see(coloured([(COLD[0], *WARM[1:])], markers=None), reader, scene))
    assert [(e.category, e.severity) for e in one] == [("style_error", 1)], one


def test_each_cycle_of_colours_says_what_was_left_out(reader):
    scene = see(coloured([WARM, COLD], markers=None), reader)
    dropped = {(0, 0), (1, 0)}
    found = differ(scene, see(coloured([WARM, COLD], dropped, markers=None), reader, scene))
    missing = [error for error in found if error.description.endswith("series is missing")]
    assert len(missing) == 2, found


def test_what_stood_behind_filled_marks_is_not_their_colour(reader):
    def picture(marker):
        fig, ax = plt.subplots()
        ax.fill_between([0, 10], 0, 8, color=COLD[0])
        ax.plot([1, 5, 9], [11, 9, 11], color=WARM[1], lw=2)
        if marker:
            ax.plot(5, 4, "s", color=WARM[0], ms=40)
        ax.set(title="Behind", ylim=(0, 12))
        return pixels(fig)

    scene = see(picture(True), reader)
    found = differ(scene, see(picture(False), reader, scene))
    assert [error.category for error in found] == ["data_error"], found
