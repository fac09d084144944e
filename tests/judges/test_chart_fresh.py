"""Kinds of charts that no rule had been made by: violins, candles, dumbbells, Gantt charts."""

from __future__ import annotations

from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart import letters, see
from visual_erm.judges.chart.kinds import guide
from visual_erm.judges.chart.scene import Label


def violins(colour="tab:blue"):
    rng = np.random.default_rng(1)
    fig, ax = plt.subplots(figsize=(5, 3.4))
    drawn = ax.violinplot([rng.normal(k, 1, 100) for k in range(3)])
    for body in drawn["bodies"]:
        body.set_facecolor(colour)
    return pixels(fig)


def candles(wicks=True):
    fig, ax = plt.subplots(figsize=(5, 3.4))
    for k, (low, high) in enumerate([(2, 5), (4, 6), (3, 5), (1, 3), (2, 4), (5, 7)]):
        colour = "teal" if k % 2 else "crimson"
        ax.bar(k, high - low, bottom=low, color=colour, width=0.7)
        if wicks:
            ax.vlines(k, low - 0.8, high + 0.8, color=colour, lw=1)
    ax.set_ylim(0, 9)
    return pixels(fig)


def dumbbells(joined=True):
    fig, ax = plt.subplots(figsize=(5, 3.4))
    ends = np.array([[20, 35, 28, 44], [45, 52, 61, 70]])
    for k in range(4) if joined else ():
        ax.plot(ends[:, k], [k, k], color="lightgrey", lw=3, zorder=1)
    for values, colour in zip(ends, ("tab:blue", "tab:orange"), strict=True):
        ax.scatter(values, range(4), s=70, color=colour, zorder=2)
    ax.set_ylim(-0.5, 4)
    return pixels(fig)


def lying(height):
    fig, ax = plt.subplots(figsize=(5, 3.2))
    for k, (start, long) in enumerate([(0, 3), (2, 4), (5, 6), (9, 3)]):
        ax.barh(k, long, left=start, height=height, color=f"C{k}")
    ax.set_yticks(range(4), ["plan", "design", "build", "test"])
    return pixels(fig)


def steps(*texts):
    fig, ax = plt.subplots(figsize=(5, 3.4))
    ax.bar(range(3), [40, 60, 80], color="tab:red")
    for k, text in enumerate(texts):
        ax.text(k, 20, text, color="white", ha="center", fontsize=11)
    return pixels(fig)


def markers(shape):
    fig = plt.figure(figsize=(4, 3))
    for k in range(12):
        for row in range(8):
            fig.text(0.05 + 0.08 * k, 0.05 + 0.12 * row, shape, fontsize=7, color="navy")
    return pixels(fig)


def test_pale_fills_of_another_colour_are_told(reader):
    (error,) = errors(reader, violins(), violins("tab:green"))
    assert (error.category, error.severity) == ("style_error", 1)
    assert "became green" in error.description


def test_wicks_that_went_are_told(reader):
    (error,) = errors(reader, candles(), candles(wicks=False))
    assert (error.category, error.severity) == ("data_error", 2)


def test_pale_lines_that_went_are_no_thinner_lines(reader):
    (error,) = errors(reader, dumbbells(), dumbbells(joined=False))
    assert error.category == "data_error"


def test_limits_that_follow_thinner_bars_are_no_error(reader):
    (error,) = errors(reader, lying(0.8), lying(0.3))
    assert "the bars are thinner" in error.description


def test_signed_numbers_on_bars_are_texts(reader):
    (error,) = errors(reader, steps("-20", "+45", "-15"), steps("-20", "+54", "-15"))
    assert error.category == "text_error"
    (error,) = errors(reader, steps("-20", "+45", "-15"), steps())
    assert "texts are missing" in error.description


def test_what_no_plot_is_found_in_is_one_plot(reader):
    (panel,) = see(markers("o"), reader).panels
    assert panel.kind == "free"


def test_a_thick_line_is_no_colour_bar(reader):
    def posts(width):
        fig = plt.figure(figsize=(4, 3))
        ax = fig.add_axes((0, 0, 1, 1))
        ax.plot([0.05, 0.05], [0, 1], lw=width)
        ax.plot([0.5, 0.6, 0.7, 0.9], [0.2, 0.8, 0.4, 0.6], color="tab:red")
        ax.axis("off")
        return pixels(fig)

    assert not any("colour bar" in e.description for e in errors(reader, posts(2), posts(8)))


@pytest.mark.parametrize(("wide", "expected"), [(30, True), (200, False)])
def test_a_line_across_a_plot_may_carry_its_name(wide, expected):
    mask = np.zeros((200, 300), bool)
    mask[50, ::3] = True
    mask[44:56, 20 : 20 + wide : 2] = True
    assert guide(mask) is expected
    assert guide(np.ascontiguousarray(mask.T)) is expected


@pytest.mark.parametrize(("high", "bold_no_more"), [(1.0, True), (1.07, False)])
def test_letters_that_are_no_longer_bold_are_no_higher(monkeypatch, high, bold_no_more):
    title = Label("grouped", (0, 0, 70, 17), "title", 0)
    others = [Label(name, (0, 40, 40, 57), "legend", 0) for name in ("apples", "pears", "plums")]
    monkeypatch.setattr(letters, "_heavier", lambda a, b, x, y: 0.73 if x is title else 1.0)
    monkeypatch.setattr(
        letters, "_growth", lambda a, b, x, y: (0.95, high) if x is title else (1.0, 1.0)
    )
    monkeypatch.setattr(letters, "_kept", lambda a, b, groups: False)
    pairs = [(label, label) for label in (title, *others)]
    found = letters._weights(SimpleNamespace(panels=()), None, pairs, {})
    assert bool(found) is bold_no_more
