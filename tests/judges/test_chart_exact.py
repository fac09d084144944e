"""Small changes of a picture that is drawn the same way otherwise, and other ways of drawing."""

from __future__ import annotations

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from visual_erm.judges.chart import differ, see
from visual_erm.judges.chart.exact import compare_exactly
from visual_erm.judges.chart.places import match_panels
from visual_erm.judges.chart.residue import _runs
from visual_erm.judges.chart.ticks import compare_axes


def plot(change=None, settings=None):
    with matplotlib.rc_context(settings or {}):
        fig, ax = plt.subplots()
        ax.plot(range(2000, 2010), [3, 5, 6, 8, 9, 12, 14, 15, 18, 20], color="tab:blue")
        ax.plot([2002, 2005, 2007], [15, 19, 3], "o", color="tab:red", markersize=5)
        ax.set(title="Sales of two shops", xlabel="Year of count", ylabel="Tonnes", ylim=(0, 24))
        if change:
            change(fig, ax)
        fig.canvas.draw()
        picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
        plt.close(fig)
        return picture


def errors(reader, candidate):
    scene = see(plot(), reader)
    return differ(scene, see(candidate, reader, scene))


CHANGES = {
    "a thicker line of the frame": (
        lambda fig, ax: ax.spines["top"].set_linewidth(2.5),
        "style_error",
    ),
    "slightly smaller points": (lambda fig, ax: ax.lines[1].set_markersize(4), None),
    "the end of a line cut": (
        lambda fig, ax: ax.lines[0].set_data(range(2000, 2009), [3, 5, 6, 8, 9, 12, 14, 15, 18]),
        "data_error",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_small_change_is_seen(reader, name):
    change, category = CHANGES[name]
    found = errors(reader, plot(change))
    assert found, name
    assert len(found) == 1
    assert category in (None, found[0].category)


SMOOTHING = {
    "rough text": {"text.antialiased": False},
    "rough lines": {"lines.antialiased": False, "patch.antialiased": False},
    "other hinting": {"text.hinting": "none"},
    "another font": {"font.family": ["DejaVu Serif"]},
}


@pytest.mark.parametrize("name", SMOOTHING)
def test_another_way_of_drawing_is_none(reader, name):
    assert errors(reader, plot(settings=SMOOTHING[name])) == []


def test_lines_across_a_plot_are_counted_as_lines():
    lines = np.zeros((100, 80), bool)
    lines[40:42] = True
    assert _runs(lines) == 1
    lines[70] = lines[:, 20] = True
    assert _runs(lines) == 3


def test_nothing_is_said_of_equal_pictures_or_of_another_size(reader):
    scene = see(plot(), reader)
    assert compare_exactly(match_panels(scene, scene), []) == []
    other = see(plot(lambda fig, ax: fig.set_size_inches(6, 5)), reader)
    assert compare_exactly(match_panels(scene, other), []) == []


def test_numbers_that_look_the_same_give_no_other_axis(reader):
    """As rough letters are misread: only the reading says that the axis runs the other way."""
    scene = see(plot(), reader)
    axis = next(axis for axis in scene.axes[0] if axis.side == "left")
    texts = [label.text for label in axis.labels][::-1]
    labels = tuple(
        replace(label, text=text) for label, text in zip(axis.labels, texts, strict=True)
    )
    misread = replace(axis, labels=labels, values=axis.values[::-1], start=axis.end, end=axis.start)
    other = replace(scene, axes=(tuple(misread if one is axis else one for one in scene.axes[0]),))
    assert compare_axes(scene, other, match_panels(scene, other)) == []
