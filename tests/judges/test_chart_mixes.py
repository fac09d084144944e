"""One error hides no other: what was painted, named or filled anew is compared all the same."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from figures import errors, pixels


def of(found, category):
    """The most severe error of a category."""
    return max((e for e in found if e.category == category), key=lambda e: e.severity, default=None)


def towns(names=("Vale", "Haven"), first=3.0, framed=False):
    fig, ax = plt.subplots()
    places = [(first, 6.0, names[0]), (5.5, 7.5, names[1]), (1.0, 2.0, "Market"), (7, 3, "Bridge")]
    for x, y, name in places:
        ax.scatter([x], [y], s=60, color="tab:blue")
        ax.annotate(name, (x, y), xytext=(8, -12), textcoords="offset points")
    ax.set(xlim=(0, 8), ylim=(0, 9), title="Rain and height of towns", xlabel="Rain")
    ax.spines[["top", "right"]].set_visible(framed)
    return pixels(fig)


def test_names_of_points_are_exchanged_though_one_point_moved(reader):
    """The name moves with its point, so that it is in nobody's place."""
    found = errors(reader, towns(), towns(names=("Haven", "Vale"), first=2.0, framed=True))
    error = of(found, "text_error")
    assert error.severity == 3
    assert "swapped" in error.description


def test_names_that_keep_to_their_points_are_not_exchanged(reader):
    found = errors(reader, towns(), towns(first=2.0))
    assert not any("swapped" in error.description for error in found)


def cells(colours="viridis", wrong=False):
    values = np.random.default_rng(3).integers(0, 20, (14, 14)).astype(float)
    if wrong:
        values[4, 6] = (values[4, 6] + 10) % 20
    fig, ax = plt.subplots()
    shown = ax.imshow(values, cmap=colours, vmin=0, vmax=19)
    fig.colorbar(shown)
    return pixels(fig)


def test_a_cell_of_another_value_in_a_map_of_other_colours(reader):
    found = errors(reader, cells(), cells("plasma", wrong=True))
    assert of(found, "style_error")
    error = of(found, "data_error")
    assert error
    assert error.bbox[2] - error.bbox[0] < 80


def test_a_map_of_other_colours_alone_has_its_values(reader):
    assert not of(errors(reader, cells(), cells("plasma")), "data_error")


def wheel(colours="jet", wrong=False):
    rng = np.random.default_rng(19680801)
    heights = 10 * rng.random(18)
    if wrong:
        heights[[4, 11]] = heights[[4, 11]] + 4
    fig, ax = plt.subplots(subplot_kw={"projection": "polar"})
    shades = plt.get_cmap(colours)(np.linspace(0, 1, 18))
    places = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    ax.bar(places, heights, width=0.5, color=shades, alpha=0.5)
    ax.set_ylim(0, 15)
    return pixels(fig)


def test_marks_of_other_lengths_in_other_colours(reader):
    assert of(errors(reader, wheel(), wheel("viridis", wrong=True)), "data_error")
    assert not of(errors(reader, wheel(), wheel("viridis")), "data_error")


def written(colour="#9a9afe", third=5.0):
    fig, ax = plt.subplots()
    heights = [9, 7, third, 4, 3, 2.5]
    bars = ax.bar(range(6), heights, color=colour)
    ax.bar_label(bars, [f"{height:.2f}" for height in heights])
    ax.set(ylim=(0, 11), title="Rain by month")
    return pixels(fig)


def test_a_longer_bar_of_another_colour_below_its_number(reader):
    """The text at its end hides where it ends, but no more than the text covers."""
    found = errors(reader, written(), written("#9ade9a", third=8.0))
    assert any("length" in e.description or "became 8" in e.description for e in found
               if e.category == "data_error")  # fmt: skip


def beside(counts=(3, 9, 14, 10, 5, 2), colour="teal"):
    fig, (ax, other) = plt.subplots(1, 2, width_ratios=(3, 1), figsize=(8, 4))
    other.set_visible(False)
    ax.bar(range(6), (4, 8, 13, 11, 6, 3), width=1, color="teal")
    ax.barh(np.arange(6) + 0.5, counts, left=9, height=1, color=colour)
    ax.set(xlim=(-1, 26), ylim=(0, 15))
    return pixels(fig)


def test_a_histogram_of_another_colour_with_other_counts(reader):
    found = errors(reader, beside(), beside((3, 9, 14, 8, 5, 2), "salmon"))
    assert of(found, "style_error")
    assert of(found, "data_error")


def test_a_histogram_of_another_colour_has_its_counts(reader):
    assert not of(errors(reader, beside(), beside(colour="salmon")), "data_error")


def methods(title="method", last=True):
    fig, ax = plt.subplots()
    x = np.linspace(0, 5, 30)
    for number, name in enumerate(("Forest", "Boosting", "Nearest", "Linear")[: 4 if last else 3]):
        ax.plot(x, x * (number + 1) / 2, label=name)
    ax.legend(title=title)
    return pixels(fig)


def test_a_series_takes_its_own_entry_with_it_and_no_title(reader):
    found = errors(reader, methods(), methods(title=None, last=False))
    assert of(found, "data_error")
    assert "method" in of(found, "text_error").description
    assert not of(errors(reader, methods(), methods(last=False)), "text_error")


def radar(reach=2.0, filled=True):
    fig, ax = plt.subplots(subplot_kw={"projection": "polar"})
    angles = np.linspace(0, 2 * np.pi, 7)
    for values, colour in (([4, 3, 5, 2, 4, 5], "#1f77b4"), ([3, 5, reach, 4, 3, 4], "#d62728")):
        ax.plot(angles, [*values, values[0]], color=colour, linewidth=2)
        if filled:
            ax.fill(angles, [*values, values[0]], color=colour, alpha=0.2)
    ax.set_ylim(0, 5)
    return pixels(fig)


def test_lines_are_compared_though_the_areas_below_them_are_gone(reader):
    found = errors(reader, radar(), radar(reach=4.0, filled=False))
    assert any("lie elsewhere" in error.description for error in found)
    found = errors(reader, radar(), radar(filled=False))
    assert not any("lie elsewhere" in error.description for error in found)
