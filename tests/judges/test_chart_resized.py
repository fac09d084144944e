"""The same figure in another resolution or size: other pixels, and no errors."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from figures import errors, pixels

from visual_erm.judges import chart
from visual_erm.judges.chart.findings import Finding
from visual_erm.judges.chart.places import match_panels
from visual_erm.judges.chart.resized import borne_out

PLACES = [(0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8), (0.5, 0.5)]


def network(size=(6.4, 4.8), dpi=100, title="Routes of the north", last=(0.5, 0.5)):
    """Discs of one size on paper, joined by lines, without axes."""
    fig, ax = plt.subplots(figsize=size, dpi=dpi)
    places = [*PLACES[:-1], last]
    for x, y in places[:-1]:
        ax.plot([x, last[0]], [y, last[1]], color="grey", linewidth=5, zorder=1)
    ax.scatter(*zip(*places, strict=True), s=3000, color="#1f77b4", zorder=2)
    ax.set(title=title, xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
    return pixels(fig)


def told(reader, a, b, finding):
    scene = chart.see(a, reader)
    return borne_out(match_panels(scene, chart.see(b, reader, like=scene)), [finding])


def of_title(box, other=None):
    return Finding("text", "text_error", 2, "title", "it became another", box, other)


def test_what_pixels_of_another_resolution_do_not_bear_out_is_no_error(reader):
    a, b = network(), network(dpi=70)
    assert told(reader, a, b, of_title((230, 30, 430, 62))) == []
    assert told(reader, a, network(dpi=70, title="Streets of the south"),
                of_title((230, 30, 430, 62)))  # fmt: skip


def test_a_text_that_is_the_same_to_the_pixel_was_misread_in_one_of_two_sizes(reader):
    a, b = network(), network(size=(6.8, 5.0))
    assert told(reader, a, b, of_title((230, 30, 430, 62), (230, 30, 470, 66))) == []
    other = network(size=(6.8, 5.0), title="Routes of the earth")
    assert told(reader, a, other, of_title((230, 30, 430, 62), (230, 30, 470, 66)))


def test_marks_keep_their_size_where_a_figure_without_axes_is_wider(reader):
    found = errors(reader, network(), network(size=(8.2, 4.8)))
    assert not [error for error in found if error.category == "data_error"]
    found = errors(reader, network(), network(size=(8.2, 4.8), last=(0.62, 0.5)))
    assert [error for error in found if error.category == "data_error"]
