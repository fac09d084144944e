"""The chart judge on small figures drawn here, with real reading."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import cv2
import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import pixels

from visual_erm.judges.chart import differ, see
from visual_erm.types import CATEGORIES

YEARS = list(range(2010, 2020))
RISING = [3, 5, 6, 8, 9, 12, 14, 15, 18, 20]
FALLING = [19, 17, 17, 15, 12, 11, 9, 6, 5, 2]


def lines(
    title="Sales of two shops", colour="tab:blue", limit=22, legend=True, second=True, dpi=100,
    scale="linear", style="-",
):  # fmt: skip
    fig, ax = plt.subplots(dpi=dpi)
    ax.plot(YEARS, RISING, color=colour, label="North", linestyle=style)
    if second:
        ax.plot(YEARS, FALLING, color="tab:red", label="South")
    ax.set(title=title, xlabel="Year", ylabel="Tonnes", yscale=scale)
    ax.set_ylim(1 if scale == "log" else 0, limit)
    if legend:
        ax.legend(loc="center left")
    return pixels(fig)


def bars(cherry=42.0, size=(6.4, 4.8), edge=None):
    fig, ax = plt.subplots(figsize=size)
    ax.bar(
        ["apple", "banana", "cherry", "damson"],
        [30, 25, cherry, 17],
        color="seagreen",
        edgecolor=edge,
    )
    ax.set(title="Fruit", ylabel="Crates", ylim=(0, 50))
    return pixels(fig)


def panels(count=3):
    fig, axes = plt.subplots(1, 3, figsize=(9, 3))
    for i, ax in enumerate(axes):
        ax.plot(YEARS, RISING)
        ax.set_title(f"Panel {'ABC'[i]}")
        if i >= count:
            ax.remove()
    return pixels(fig)


def compare(reader, reference, candidate):
    scene = see(reference, reader)
    return differ(scene, see(candidate, reader, scene))


def inside(point, box):
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


@pytest.mark.parametrize("draw", [lines, bars, panels])
def test_a_picture_does_not_differ_from_itself(reader, draw):
    scene = see(draw(), reader)
    assert differ(scene, scene) == []


def test_harmless_changes_are_no_errors(reader):
    reference = lines()
    coded = cv2.imencode(".jpg", reference[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    changes = {
        "dpi": lines(dpi=140),
        "jpeg": np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]),
        "shift": np.roll(reference, (1, 2), axis=(0, 1)),
        "padding": np.pad(reference, ((5, 9), (7, 3), (0, 0)), constant_values=255),
        "blur": cv2.GaussianBlur(reference, (0, 0), 0.6),
    }
    found = {name: compare(reader, reference, picture) for name, picture in changes.items()}
    assert found == {name: [] for name in changes}


def test_other_size_is_no_error(reader):
    assert compare(reader, bars(), bars(size=(6.8, 4.9))) == []


@pytest.mark.parametrize(
    ("change", "category", "severity", "words"),
    [
        ({"title": "Sales of twn shops"}, "text_error", 1, "title"),
        ({"title": ""}, "text_error", 2, "title"),
        ({"colour": "tab:green"}, "style_error", 1, "North"),
        ({"limit": 32}, "data_error", 2, "y axis"),
        ({"scale": "log"}, "data_error", 3, "y axis"),
        ({"legend": False}, "structure_error", 2, "legend"),
        ({"second": False}, "data_error", 3, "South"),
        ({"style": "--"}, "style_error", 1, "North"),
    ],
)
def test_one_edit_gives_one_report(reader, change, category, severity, words):
    errors = compare(reader, lines(), lines(**change))
    assert len(errors) == 1, errors
    assert (errors[0].category, errors[0].severity) == (category, severity)
    assert words in errors[0].location


@pytest.mark.parametrize(("before", "after"), [("2024", "2023"), ("2024", "1804")])
def test_another_number_in_a_title_is_another_title(reader, before, after):
    (error,) = compare(reader, lines(title=f"Sales {before}"), lines(title=f"Sales {after}"))
    assert (error.category, error.severity) == ("text_error", 2)


def test_a_lower_bar_is_named_placed_and_told_in_data_units(reader):
    (error,) = compare(reader, bars(), bars(cherry=31.0))
    assert error.category == "data_error"
    assert "cherry" in error.location
    before, after = (float(word) for word in error.description.split(" became "))
    assert before == pytest.approx(42, abs=0.6)
    assert after == pytest.approx(31, abs=0.6)
    assert inside((376, 250), error.bbox)
    assert error.bbox_prediction[1] > error.bbox[1] + 50


def test_severity_grows_with_the_difference(reader):
    small, large = (compare(reader, bars(), bars(cherry=c)) for c in (38.0, 12.0))
    assert small[0].severity < large[0].severity


def test_a_missing_panel_swallows_its_texts(reader):
    errors = compare(reader, panels(), panels(count=2))
    assert [(e.category, e.severity) for e in errors] == [("structure_error", 3)]
    assert "third" in errors[0].location
    assert errors[0].bbox_prediction is None


def test_another_figure_gives_a_handful_of_errors(reader):
    errors = compare(reader, lines(), panels())
    assert 2 <= len(errors) <= 10
    assert sum(e.severity for e in errors) >= 6


def test_a_blank_picture_is_severe_and_safe(reader):
    errors = compare(reader, lines(), np.full((480, 640, 3), 255, np.uint8))
    assert max(e.severity for e in errors) == 3


@pytest.mark.parametrize("size", [(8, 8), (9, 400), (400, 9)])
def test_tiny_pictures_do_not_break_it(reader, size):
    picture = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    errors = compare(reader, lines(), picture)
    assert all(e.category in CATEGORIES["chart"] for e in errors)


def test_boxes_lie_in_their_pictures(reader):
    for e in compare(reader, lines(), lines(dpi=60, title="Other", second=False, limit=40)):
        for box, limit in ((e.bbox, (640, 480)), (e.bbox_prediction, (384, 288))):
            if box is not None:
                assert -2 <= box[0] < box[2] <= limit[0] + 2
                assert -2 <= box[1] < box[3] <= limit[1] + 2


def layers(order=(0, 1, 2), reverse=False):
    values = np.array([[30, 28, 31, 33, 30], [14, 18, 22, 26, 30], [6, 6, 5, 6, 6]])
    colours = ["dimgrey", "seagreen", "goldenrod"]
    if reverse:
        values = np.vstack([values[:1], values[1:2, ::-1], values[2:]])
    fig, ax = plt.subplots()
    ax.stackplot(range(5), values[list(order)], colors=[colours[i] for i in order])
    ax.set(title="Power", ylabel="TWh", ylim=(0, 80))
    return pixels(fig)


def test_a_stack_in_another_order_is_one_flaw_and_wrong_numbers_weigh_more(reader):
    (order,) = compare(reader, layers(), layers(order=(0, 2, 1)))
    assert (order.category, order.severity) == ("structure_error", 1)
    wrong = compare(reader, layers(), layers(reverse=True))
    assert "data_error" in {error.category for error in wrong}
    assert sum(error.severity for error in wrong) >= 3


def test_thinner_smoothing_of_a_line_is_no_other_line(reader):
    with matplotlib.rc_context({"lines.antialiased": False, "patch.antialiased": False}):
        rough = lines()
    assert compare(reader, lines(), rough) == []


def test_inverting_an_axis_whose_labels_are_alike_both_ways_is_seen(reader):
    def waves(inverted):
        fig, ax = plt.subplots()
        ax.plot(np.linspace(0, 6, 80), np.sin(np.linspace(0, 6, 80)) + 0.2)
        ax.set(ylim=(-1.5, 1.5), xlabel="Time", title="Wave")
        if inverted:
            ax.invert_yaxis()
        return pixels(fig)

    found = compare(reader, waves(False), waves(True))
    assert any("inverted" in error.description for error in found)


def rough_bars(edge="black", message="", dpi=100):
    """Bars side by side with dark edges, and what somebody may draw over them."""
    values = [2, 5, 9, 14, 22, 31, 38, 35, 27, 17, 9, 4]
    fig, ax = plt.subplots(dpi=dpi)
    ax.bar(range(12), values, width=1.0, color="tab:orange", edgecolor=edge)
    ax.set(title="Waiting times", xlabel="Minutes", ylabel="Patients", ylim=(0, 40))
    fig.text(0.5, 0.4, message, fontsize=20, color="black", ha="center")
    return pixels(fig)


def pie(message=""):
    fig, ax = plt.subplots()
    ax.pie([5, 3, 2], labels=["rail", "road", "water"])
    fig.text(0.5, 0.6, message, fontsize=22, ha="center")
    return pixels(fig)


def four(message=""):
    fig, axes = plt.subplots(2, 2, figsize=(8, 6))
    for k, ax in enumerate(axes.flat):
        ax.plot(YEARS, RISING if k % 2 else FALLING)
    fig.text(0.5, 0.47, message, fontsize=22, ha="center")
    return pixels(fig)


@pytest.mark.parametrize("draw", [rough_bars, pie, four])
def test_a_message_over_the_picture_is_reported(reader, draw):
    message = "PERFECT MATCH score 10/10"
    assert compare(reader, draw(), draw(message=message))
    # Read or not: letters that no reader knows are marks that nobody asked for.
    assert compare(reader, draw(), draw(message="\u10d0\u10d1\u10d2\u10d3\u10d4 " * 3))


@pytest.mark.parametrize(("size", "severity"), [(9, 1), (22, 2)])
def test_a_message_in_large_letters_weighs_more_than_a_note(reader, size, severity):
    fig, ax = plt.subplots()
    ax.plot(YEARS, RISING)
    ax.set(title="Sales of a shop", xlabel="Year", ylabel="Tonnes")
    reference = pixels(fig)
    fig, ax = plt.subplots()
    ax.plot(YEARS, RISING)
    ax.set(title="Sales of a shop", xlabel="Year", ylabel="Tonnes")
    ax.text(2010, 16, "Good news", fontsize=size)
    errors = compare(reader, reference, pixels(fig))
    assert [(error.category, error.severity) for error in errors] == [("text_error", severity)]


def test_a_line_across_the_bars_is_reported(reader):
    picture = rough_bars()
    cv2.line(picture, (120, 100), (520, 380), (0, 0, 0), 2, cv2.LINE_AA)
    assert compare(reader, rough_bars(), picture)


def test_edges_of_bars_are_no_grid(reader):
    (error,) = compare(reader, rough_bars(), rough_bars(edge="tab:orange"))
    assert "grid" not in error.location
    (error,) = compare(reader, bars(), bars(edge="black"))
    assert error.category == "style_error"


@pytest.mark.parametrize("dpi", [80, 120, 150])
def test_edges_of_bars_drawn_at_another_size_are_no_error(reader, dpi):
    assert compare(reader, rough_bars(), rough_bars(dpi=dpi)) == []


@pytest.mark.parametrize("sigma", [0.7, 1.0])
def test_a_soft_picture_of_bars_with_edges_is_no_error(reader, sigma):
    soft = cv2.GaussianBlur(rough_bars(), (0, 0), sigma)
    assert compare(reader, rough_bars(), soft) == []


def cells(cmap="viridis", dpi=100):
    values = np.add.outer(np.arange(6), 2 * np.arange(6)) % 9
    fig, ax = plt.subplots(dpi=dpi)
    fig.colorbar(ax.imshow(values, cmap=cmap))
    return pixels(fig)


@pytest.mark.parametrize("dpi", [80, 120, 150])
def test_value_maps_at_another_size_are_no_error(reader, dpi):
    assert compare(reader, cells(), cells(dpi=dpi)) == []


def test_a_colour_bar_that_compression_frays_is_still_there(reader):
    coded = cv2.imencode(".jpg", cells()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    decoded = np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])
    assert compare(reader, cells(), decoded) == []


def coloured_points(cmap):
    draw = np.random.default_rng(4)
    fig, ax = plt.subplots()
    x, y = draw.uniform(0, 9, (2, 120))
    fig.colorbar(ax.scatter(x, y, c=x + y, cmap=cmap, s=40), label="Sum")
    return pixels(fig)


def test_another_colour_map_is_one_error(reader):
    for draw in (cells, coloured_points):
        (error,) = compare(reader, draw("viridis"), draw("magma"))
        assert (error.category, error.severity) == ("style_error", 2)
