"""What a confined process tells of a figure, and what is believed of it."""

import json

import pytest

from visual_erm.data.charts import drawn, scenes
from visual_erm.data.records import UnusableError
from visual_erm.errors import PolicyFault

PROGRAM = """
import matplotlib.pyplot as plt
import numpy as np
fig, axes = plt.subplots(2, 2, figsize=(8, 6))
one, two, three, four = axes.flat
one.bar(["a", "b", "c"], [3, 5, 4], label="Sold", color=["red", "green", "blue"], hatch="/")
one.set(title="Bars", ylabel="Number", ylim=(8, 0)); one.legend()
two.plot([1, 2, 4], [10, 100, 1000], "s--", color="purple", lw=3); two.set_yscale("log")
two.grid(True); two.axhline(50); two.annotate("here", (2, 100))
three.scatter([1, 2, 3], [3, 1, 2], c=[1, 5, 9], cmap="magma", s=80)
three.spines[["top"]].set_visible(False)
three.errorbar([1, 2], [2, 3], yerr=0.3, label="Mean")
four.pie([1, 3], labels=["few", "many"])
fig.suptitle("All")
"""


@pytest.fixture(scope="module")
def scene():
    return drawn.read(PROGRAM).scene


def test_a_scene_holds_what_is_seen(scene):
    assert (scene.width, scene.height) == (800, 600)
    assert [(text.role, text.text) for text in scene.texts] == [("title of the figure", "All")]
    bars, lines, points, pie = scene.subplots
    assert bars.titles[0].text == "Bars" and bars.legend.entries[0].text.text == "Sold"
    x, y = bars.axes
    assert [tick.text.text for tick in x.ticks] == ["a", "b", "c"]
    assert y.label.text == "Number" and y.inverted and y.limits == (8, 0)
    (sold,) = bars.artists
    assert (sold.kind, sold.y, sold.hatch, len(set(sold.faces))) == ("bars", [3, 5, 4], "/", 3)
    line, guide = lines.artists
    assert (line.kind, line.y, line.style, line.marker) == ("line", [10, 100, 1000], "--", "s")
    assert guide.kind == "guide line" and lines.axes[1].scale == "log" and lines.axes[0].grid
    assert lines.texts[0].text == "here"
    assert len(points.artists[-1].map) == 5 or len(points.artists[0].map) == 5
    assert "top" not in points.spines and "bottom" in points.spines
    assert "error bars" in {a.kind for a in points.artists}
    assert [a.kind for a in pie.artists] == ["wedge", "wedge"] and pie.spines == []


def test_boxes_lie_where_things_are(scene):
    for subplot in scene.subplots:
        for artist in subplot.artists:
            assert artist.box[0] >= subplot.box[0] - 12 and artist.box[2] <= subplot.box[2] + 12


@pytest.mark.parametrize(
    "document",
    [
        b"nonsense",
        b"[]",
        b'{"width": 1}',
        b'{"width": 1, "height": 1e999}',
        json.dumps({"width": 1, "height": 1, "subplots": [{"box": [0, 0, 1]}]}).encode(),
        json.dumps({"width": 1, "height": 1, "background": "url(x)", "subplots": []}).encode(),
        b" " * (scenes.MOST_BYTES + 1),
    ],
)
def test_what_is_no_scene_is_refused(document):
    with pytest.raises(UnusableError):
        scenes.read(document)


def test_programs_without_a_figure_are_faults():
    with pytest.raises(PolicyFault):
        drawn.read("print(1)")
    with pytest.raises(PolicyFault):
        drawn.read("import plotly.express as px\npx.line(x=[1, 2], y=[1, 2]).show()")
