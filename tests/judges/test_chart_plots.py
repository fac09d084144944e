"""What befalls whole plots, in figures of several and in pictures: emptied, mirrored, retinted."""

from __future__ import annotations

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels

from visual_erm.judges.chart import see
from visual_erm.judges.chart.findings import NAMES, Finding
from visual_erm.judges.chart.legends import _numbers_of_axis
from visual_erm.judges.chart.marks import _in_legend
from visual_erm.judges.chart.panels import figure_background, find_panels
from visual_erm.judges.chart.places import match_panels
from visual_erm.judges.chart.plots import not_mirrored
from visual_erm.judges.chart.rules import settle
from visual_erm.judges.chart.scene import ChartScene, Label, Panel
from visual_erm.judges.chart.texts import _read_in_part, compare_texts
from visual_erm.judges.copies import copy_of
from visual_erm.judges.ocr import Reader, Text


def landscape(size=120):
    """A smooth picture, as a photograph is: every shade stands at many places."""
    y, x = np.mgrid[:size, :size] / size
    hills = np.sin(9 * x + 3 * y) + np.cos(7 * y - 4 * x) + np.sin(23 * x * y)
    return (hills - hills.min()) / np.ptp(hills)


def picture(values, cmap="gray"):
    fig, ax = plt.subplots(figsize=(4, 4))
    ax.imshow(values, cmap=cmap, vmin=0, vmax=1)
    return pixels(fig)


def cloud(change=None, plots=1, colours=("tab:purple", "gold")):
    rng = np.random.default_rng(3)
    fig, axes = plt.subplots(1, plots, figsize=(3.4 * plots, 3.4), squeeze=False)
    for k, ax in enumerate(axes[0]):
        for colour in colours:
            ax.scatter(*rng.normal(0.4 + 0.3 * k, 0.9, (2, 60)), s=16, color=colour)
        ax.set(title=f"Sample {k}", xlim=(-3, 3), ylim=(-3, 3))
        if change:
            change(ax, k)
    return pixels(fig)


def test_an_empty_plot_is_one_error(reader):
    def empty(ax, k):
        if k == 1:
            ax.clear()

    (error,) = errors(reader, cloud(plots=2), cloud(empty, plots=2))
    assert (error.category, error.severity) == ("structure_error", 3)
    assert "empty" in error.description


def test_what_is_missing_from_a_plot_is_not_taken_for_noise():
    """The layout moved a little, so that less than half of the edges are where they were."""

    def draw(empty):
        rng = np.random.default_rng(5)
        fig, axes = plt.subplots(2, 2, figsize=(7, 6))
        for k, ax in enumerate(axes.flat):
            if k != 3 or not empty:
                ax.scatter(*rng.normal(0, 1, (2, 150)), marker="+", color="k", alpha=0.1)
            if k < 2 or not empty:
                ax.set_title("Clusters")
        axes[0, 0].plot(np.linspace(-2, 2, 40), np.sin(np.linspace(0, 30, 40)))
        fig.subplots_adjust(right=0.893 if empty else 0.9)
        return pixels(fig)

    copy = copy_of(draw(False), draw(True))
    assert copy is None or not copy.noisy


def test_a_mirrored_plot_is_an_inverted_axis_whatever_its_numbers_tell(reader):
    def invert(ax, _):
        ax.invert_xaxis()

    (error,) = errors(reader, cloud(), cloud(invert))
    assert (error.category, error.severity, error.location) == ("data_error", 3, "x axis")
    (error,) = errors(reader, cloud(plots=3), cloud(invert, plots=3))
    assert "x axis of the third panel" in error.location


def test_marks_of_the_plot_beside_them_are_no_handles_of_numbers(reader):
    assert not see(cloud(plots=3), reader).legends


def test_two_colours_that_changed_sides_invert_nothing(reader):
    def halves(colours):
        fig, ax = plt.subplots()
        ax.contourf([[0, 1, 2], [0, 1, 2]], levels=[0, 1, 2], colors=colours)
        ax.set_xticks([0, 0.5, 1.5], ["a", "b", "c"])
        return pixels(fig)

    found = errors(reader, halves(["purple", "gold"]), halves(["gold", "purple"]))
    assert not any("inverted" in error.description for error in found)


@pytest.mark.parametrize("cmap", ["gray_r", "coolwarm"])
def test_a_picture_in_other_colours_has_another_colour_map(reader, cmap):
    (error,) = errors(reader, picture(landscape()), picture(landscape(), cmap))
    assert (error.category, error.severity) == ("style_error", 2)
    assert "colour map" in error.description


def test_a_block_of_a_grey_picture_is_another_value(reader):
    values = landscape()
    values[40:52, 60:72] = 1 - values[40:52, 60:72].round()
    (error,) = errors(reader, picture(landscape()), picture(values))
    assert (error.category, error.location) == ("data_error", "cell of the plot")


def test_other_values_are_no_other_colour_map(reader):
    found = errors(reader, picture(landscape()), picture(landscape()[::-1, ::-1].T))
    assert any(error.category == "data_error" for error in found)


def test_marks_that_differ_in_all_plots_are_one_error_beside_the_worst(reader):
    def other(ax, k):
        ax.collections[0].set_offsets(np.random.default_rng(k).normal(-1.4, 0.4, (60, 2)))

    found = errors(reader, cloud(plots=4), cloud(other, plots=4))
    locations = [e.location for e in found if e.category == "data_error"]
    assert len(locations) == 2
    assert "3 plots" in locations


def test_another_plot_that_is_wrong_makes_no_list_lighter():
    wrong = [
        Finding("marks", "data_error", 2, f"bar {k}", "its length differs", (0, 0, 9, 9), None, i)
        for i in range(4)
        for k in range(3)
    ]
    sums = [sum(f.severity for f in settle(wrong[: 3 * n])) for n in range(5)]
    assert sums == sorted(sums)
    wrong[0] = replace(wrong[0], cause="chart type", category="structure_error", severity=3)
    categories = sorted(f.category for f in settle([wrong[0], *wrong[3:]]))
    assert categories == ["data_error"] * 3 + ["structure_error"]


def test_a_series_that_is_missing_from_all_plots_is_one_error(reader):
    found = errors(reader, cloud(plots=2), cloud(lambda ax, _: ax.collections[0].remove(), plots=2))
    assert len([e for e in found if e.category == "data_error"]) == 1


def test_two_colour_bars_above_each_other_stay_two():
    fig, axes = plt.subplots(2, 1, figsize=(4, 6))
    for ax in axes:
        fig.colorbar(ax.imshow(landscape(40), cmap="rainbow"), ax=ax)
    image = pixels(fig)
    panels = find_panels(image, figure_background(image))
    assert [panel.kind for panel in panels].count("strip") == 2


def test_marks_all_over_leave_the_paper_to_be_the_same(reader):
    """Which of the colours that cover a plot is its paper is decided by little."""

    def draw(figure):
        fig, ax = plt.subplots(facecolor=figure)
        ax.pcolormesh([[0, 1, 0], [1, 0, 1], [0, 1, 0]], cmap="viridis", alpha=0.3)
        ax.scatter(*np.random.default_rng(2).random((2, 40)) * 3, color="k")
        return pixels(fig)

    found = errors(reader, draw("white"), draw("#d9d9d9"))
    assert [error.location for error in found] == ["background"]


def test_a_title_of_two_lines_over_the_plot_is_one_error(reader):
    def draw(y):
        fig, ax = plt.subplots()
        ax.plot([1, 4, 2], color="teal")
        ax.set_title("Rain in the north\nand in the south", y=y)
        return pixels(fig)

    (error,) = errors(reader, draw(1.0), draw(0.6))
    assert error.category == "text_error"


def test_lines_over_a_picture_are_series(reader):
    def draw(colour):
        fig, ax = plt.subplots(figsize=(4, 4))
        ax.imshow(landscape(), cmap="gray")
        ax.plot([20, 50, 100], [90, 20, 70], color=colour, linewidth=4)
        return pixels(fig)

    (error,) = errors(reader, draw("orange"), draw("green"))
    assert (error.category, error.severity) == ("style_error", 1)
    assert "became" in error.description


def test_a_title_over_a_picture_is_not_read_in_part():
    gone = Finding("text missing", "text_error", 2, "title", "", (0, 0, 90, 9), None, 0, "Raw Data")
    part = Finding("text added", "text_error", 1, "note", "", None, (40, 50, 90, 59), 0, "Data:")
    assert settle([gone, part]) == [gone]
    assert len(settle([gone, replace(part, subject="Dotted")])) == 2


def test_one_sign_of_a_note_that_was_read_is_no_other_note(reader):
    reference, candidate = (see(picture(np.full((9, 9), 0.7)), reader) for _ in range(2))
    image = candidate.image.copy()
    image[200:212, 150:190:3] = 0
    one = Label(".950", (150, 198, 192, 214), "note", 0)
    two = Label("5", (165, 198, 176, 214), "note", 0)
    match = match_panels(reference, replace(candidate, image=image))
    assert _read_in_part(one, two, match)
    assert not _read_in_part(one, two, match_panels(reference, candidate))


def pictures(change=None, title="Raw data"):
    fig, axes = plt.subplots(1, 3, figsize=(8, 3.4))
    for ax, name in zip(axes, ("Noise", title, "Filter"), strict=True):
        ax.imshow(landscape(), cmap="gray")
        ax.set(title=name, xticks=[], yticks=[])
    if change:
        change(axes[1])
    return pixels(fig)


@pytest.mark.parametrize(
    ("look", "said"), [({"fontsize": 17}, "larger"), ({"fontweight": "bold"}, "bold")]
)
def test_one_of_few_texts_in_other_letters(reader, look, said):
    """Three titles are all that is written, and two lines of one are one text."""
    for title in ("Raw data", "Raw data\nas it came"):
        found = errors(
            reader, pictures(title=title), pictures(lambda ax: ax.title.set(**look), title)
        )
        (error,) = found
        assert (error.category, error.severity) == ("text_error", 1)
        assert said in error.description


def test_a_picture_without_lines_of_its_frame(reader):
    def bare(ax):
        ax.spines[["top", "right"]].set_visible(False)

    (error,) = errors(reader, pictures(), pictures(bare))
    assert (error.category, error.severity) == ("style_error", 1)
    assert "frame" in error.location


def test_all_names_of_a_network_are_one_error():
    names = [
        Finding("text missing", "text_error", 2, "text in the plot", f'"{n}" is missing',
                (20 * k, 0, 20 * k + 9, 9), None, 0, n)
        for k, n in enumerate(("Rome", "Bonn", "Oslo", "Bern"))
    ]  # fmt: skip
    (one,) = settle(names)
    assert one.severity == 2
    assert one.box == (0, 0, 69, 9)
    assert "4 texts" in one.description
    assert len(settle([replace(name, location="x-axis label") for name in names])) == 4


def test_handles_of_a_legend_are_no_marks(reader):
    fig, ax = plt.subplots()
    for k, name in enumerate(("North", "South")):
        ax.plot([1, 3 - k, 2], label=name)
    ax.legend(loc="upper right")
    scene = see(pixels(fig), reader)
    (legend,) = scene.legends
    x0, y0, _, y1 = legend.box
    match = match_panels(scene, scene)
    handles = Finding("marks", "data_error", 1, "series", "", (x0, y0, x0 + 20, y1), None, 0)
    assert _in_legend(match, handles)
    assert not _in_legend(match, replace(handles, cause="recoloured"))
    assert not _in_legend(match, replace(handles, box_candidate=(x0 - 200, y0, x0 - 180, y1)))


def test_cells_of_a_sparse_map_are_no_bars(reader):
    """Most cells are empty: a histogram over two dimensions."""

    def draw(other):
        rng = np.random.default_rng(1)
        counts, *_ = np.histogram2d(*rng.normal(0, 1, (2, 3000)), bins=30, range=[(-5, 5)] * 2)
        if other:
            counts[22, 20] = 40
        fig, ax = plt.subplots()
        ax.imshow(counts, cmap="Blues", vmax=60)
        return pixels(fig)

    (error,) = errors(reader, draw(False), draw(True))
    assert (error.category, error.location) == ("data_error", "cell of the plot")


def test_signs_that_were_not_read_invert_nothing_that_looks_as_before_in_another_size():
    rng = np.random.default_rng(3)
    image = rng.integers(0, 255, (100, 100, 3)).astype(np.uint8)
    panel = Panel((5, 5, 95, 95), "axes", np.full(3, 255, np.uint8))
    one, two, larger = (
        ChartScene(shown, Reader(), (), panel.background, (panel,), (), ((),), ())
        for shown in (image, image[::-1].copy(), np.pad(image, ((0, 9), (0, 9), (0, 0))))
    )
    said = Finding("scale", "data_error", 3, "y axis", "", None, None, 0, "left", detail="inverted")
    assert not_mirrored(match_panels(one, larger), [said]) == []
    assert not_mirrored(match_panels(two, larger), [said]) == [said]
    assert not_mirrored(match_panels(one, one), [said]) == [said]


def test_one_plot_on_other_paper_in_a_figure_on_other_paper(reader):
    def draw(change):
        fig, axes = plt.subplots(2, 1, facecolor="lightblue" if change else "white")
        for ax in axes:
            ax.plot([1, 4, 2], color="darkred")
        if change:
            axes[1].set_facecolor("beige")
        return pixels(fig)

    found = errors(reader, draw(False), draw(True))
    assert sorted(e.location for e in found) == ["background", "background of the second panel"]


def test_signs_of_numbers_below_a_plot_are_no_handles():
    panel = Panel((50, 20, 350, 300), "axes", np.full(3, 255, np.uint8))
    row = [Text("3", (60 + 90 * k, 306, 70 + 90 * k, 320), 0.99) for k in range(3)]
    assert _numbers_of_axis(row, [panel])
    assert not _numbers_of_axis([replace(text, text="North") for text in row], [panel])
    assert not _numbers_of_axis(row, [replace(panel, box=(50, 20, 350, 200))])


def test_numbers_of_a_solid_are_run_together_in_a_figure_of_other_sides():
    shape = Finding("shape", "structure_error", 1, "whole figure", "", (0, 0, 9, 9), (0, 0, 5, 9))
    note = Finding("text missing", "text_error", 1, NAMES["note"], "", (3, 3, 5, 5), None, 0, "0.5")
    assert settle([shape, note]) == [shape]
    assert len(settle([shape, replace(note, subject="Peak")])) == 2


def test_a_number_above_a_round_plot_is_not_its_title():
    paper = np.full((120, 200, 3), 255, np.uint8)
    drawn = paper.copy()
    drawn[4:14, 32:168:3] = 0
    panel = Panel((20, 40, 180, 110), "axes", paper[0, 0])
    title = Label("A line around the middle", (30, 2, 170, 16), "title", 0)
    number = Label("90°", (90, 20, 110, 34), "text", 0)
    side = Label("Angle from the north", (182, 60, 199, 74), "text", 0)
    one, two = (
        ChartScene(image, Reader(), (), paper[0, 0], (panel,), labels, ((),), ())
        for image, labels in (
            (drawn, (title, number, side)),
            (paper, (replace(number, role="title"), side)),
        )
    )
    (finding,) = compare_texts(one, two, match_panels(one, two))
    assert (finding.cause, finding.subject) == ("text missing", title.text)


def stood_off(framed=False):
    """Four plots whose axes stand off from what is drawn, as in scikit-learn's relatives."""
    rng = np.random.default_rng(4)
    fig, axes = plt.subplots(2, 2, figsize=(8, 6))
    for n, ax in enumerate(axes.ravel()):
        ax.scatter(rng.normal(size=40), rng.normal(size=40), s=12, color=f"C{n}")
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["left", "bottom"]].set_position(("outward", 10))
        ax.set(title=f"Ratio {n}", xlabel="one", ylabel="two")
    if framed:
        axes[0, 0].spines[["top", "right"]].set_visible(True)
        axes[0, 0].spines[["left", "bottom"]].set_position(("outward", 0))
    fig.tight_layout()
    return pixels(fig)


def test_axes_that_stand_off_from_what_is_drawn_make_plots(reader):
    assert len(see(stood_off(), reader).panels) == 4
    found = errors(reader, stood_off(), stood_off(framed=True))
    assert [error.category for error in found] == ["style_error"]
    assert "first panel" in found[0].location


def network(edges, size=100, weights=None):
    """Nodes that stand apart, or hang together by their edges, without axes."""
    places = {
        "A": (0, 2),
        "B": (2.2, 3),
        "C": (1.3, 1),
        "D": (3.4, 1.8),
        "E": (4.4, 0.2),
        "F": (0.3, 0),
    }
    fig, ax = plt.subplots(figsize=(6, 4.4), dpi=size)
    for one, two in edges:
        (x0, y0), (x1, y1) = places[one], places[two]
        ax.plot([x0, x1], [y0, y1], color="black", lw=1.5, zorder=1)
        if weights:
            text = weights[one + two]
            box = {"boxstyle": "round", "fc": "white", "ec": "white"}
            ax.text(
                (x0 + x1) / 2, (y0 + y1) / 2, text, ha="center", va="center", bbox=box, zorder=2
            )
    for name, (x, y) in places.items():
        ax.scatter([x], [y], s=700, color="#85c1e9", edgecolor="black", zorder=3)
        ax.text(x, y, name, ha="center", va="center", zorder=4)
    ax.margins(0.15)
    ax.axis("off")
    ax.set_title("Who knows whom")
    return pixels(fig)


LENGTHS = {"AB": "1", "BC": "6", "BD": "8", "DE": "5"}


def test_the_pieces_of_a_graph_are_one_plot(reader):
    whole = network(LENGTHS, weights=LENGTHS)
    assert len(see(whole, reader).panels) == 1
    gone = errors(reader, whole, network(["AB", "BC", "BD"], weights=LENGTHS))
    assert "data_error" in {error.category for error in gone}
    assert not any("the plot is missing" in error.description for error in gone)
    assert not errors(reader, whole, network(LENGTHS, 80, LENGTHS))


def test_round_plots_in_a_row_are_several(reader):
    fig, axes = plt.subplots(1, 3, figsize=(7, 3))
    for n, ax in enumerate(axes):
        ax.pie([3, 2 + n, 1], labels=["a", "b", "c"])
    assert len(see(pixels(fig), reader).panels) == 3


def mosaic(names=("Axes 1", "Axes 2", "Axes 3", "Axes 4", "Axes 5"), lower=0.0):
    """Plots of which each shows its name and nothing else."""
    fig = plt.figure(figsize=(6.4, 4.8))
    grid = fig.add_gridspec(3, 3)
    places = [grid[0, :], grid[1, :2], grid[1:, 2], grid[2, 0], grid[2, 1]]
    for k, (name, place) in enumerate(zip(names, places, strict=True)):
        if not name:
            continue
        ax = fig.add_subplot(place)
        ax.set(xticks=[], yticks=[])
        ax.text(0.5, 0.5, name, fontsize=20, ha="center", va="center")
        if k == 0:
            x0, y0, width, height = ax.get_position().bounds
            ax.set_position((x0, y0, width, (1 - lower) * height))
    return pixels(fig)


def test_a_plot_that_shows_nothing_but_its_name_is_no_legend(reader):
    drawn = mosaic()
    assert len(see(drawn, reader).panels) == 5
    (error,) = errors(reader, drawn, mosaic(("Axes 1", "Axes 2", "Axes 3", "Axes 5", "Axes 4")))
    assert error.description.endswith("have each other's place")
    (error,) = errors(reader, drawn, mosaic(("Axes 1", "Axes 2", "Axes 3", "", "Axes 5")))
    assert error.description == "the plot is missing"


def test_a_plot_of_other_sides_beside_one_that_is_missing(reader):
    names = ("Axes 1", "Axes 2", "", "Axes 4", "Axes 5")
    shape, gone = sorted(errors(reader, mosaic(), mosaic(names, lower=0.4)),
                         key=lambda error: error.severity)  # fmt: skip
    assert gone.description == "the plot is missing"
    assert shape.description.startswith("the sides have another ratio")


def solid(ground="white", size=12):
    """A picture without axes, whose own paper stays white."""
    fig, axes = plt.subplots(1, 2, figsize=(6, 3), facecolor=ground)
    for ax in axes:
        ax.plot([0, 1, 2, 3], [1, 3, 2, 4], color="tab:red", lw=2)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    axes[0].set_title("Depth", fontsize=size)
    axes[1].text(0.5, 3.5, "warm", color="grey")
    return pixels(fig)


@pytest.mark.parametrize(("size", "count"), [(12, 1), (17, 2)])
def test_on_another_ground_all_else_is_compared_as_on_the_same(reader, size, count):
    found = errors(reader, solid(), solid("beige", size))
    assert len(found) == count
    assert sum(e.description == "the background has another colour" for e in found) == 1
    assert all("larger" in e.description or "background" in e.description for e in found)


def test_a_larger_title_is_no_bold_one(reader):
    (error,) = errors(reader, solid(), solid("white", 17))
    assert error.description.startswith("the text is larger")


def enlarged(part=True, framed=True):
    """A curve, and a part of it larger in a plot within the plot."""
    fig, ax = plt.subplots(figsize=(6, 4))
    x = np.linspace(0, 10, 300)
    y = np.exp(-x / 3) + 0.05 * np.sin(9 * x)
    ax.plot(x, y, color="navy")
    ax.set(ylim=(0, 1.5), xlim=(0, 10))
    if part:
        inset = ax.inset_axes([0.5, 0.5, 0.42, 0.4])
        inset.plot(x, y, color="navy")
        inset.set(xlim=(2, 3), ylim=(0.2, 0.7), title="detail")
        inset.tick_params(labelsize=8)
        ax.indicate_inset_zoom(inset, edgecolor="black")
    if framed:
        ax.add_patch(plt.Rectangle((0.6, 1.05), 2.6, 0.35, fill=False, ec="black"))
    return pixels(fig)


def test_a_plot_within_a_plot_that_is_missing_or_new_is_one_error(reader):
    (gone,) = errors(reader, enlarged(), enlarged(part=False))
    assert gone.description == "a plot within it is missing"
    (came,) = errors(reader, enlarged(part=False), enlarged())
    assert came.description == "a plot within it is new"
    found = errors(reader, enlarged(), enlarged(framed=False))
    assert found
    assert "a plot within" not in " ".join(error.description for error in found)
