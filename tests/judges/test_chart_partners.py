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
