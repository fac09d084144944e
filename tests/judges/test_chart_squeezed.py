"""Drawings without axes that are lower, narrower or smaller as a whole, one report for each."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
from figures import errors, pixels

NODES = {
    "Start": (0.5, 0.95),
    "Coast": (0.2, 0.7),
    "Forest": (0.75, 0.7),
    "Harbour": (0.05, 0.4),
    "Village": (0.35, 0.4),
    "Lake": (0.6, 0.35),
    "Hills": (0.9, 0.4),
    "Island": (0.2, 0.05),
    "River": (0.7, 0.02),
}
EDGES = (
    "Start Coast, Start Forest, Coast Harbour, Coast Village, Forest Lake, Forest Hills, "
    "Village Island, Lake River"
)


def tree(box=(0.1, 0.1, 0.8, 0.8), left_out=()):
    fig = plt.figure(figsize=(6.4, 4.8))
    ax = fig.add_axes(box)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.set_axis_off()
    for edge in EDGES.split(", "):
        (x, y), (u, v) = (NODES[name] for name in edge.split())
        ax.annotate("", (u, v), (x, y), arrowprops={"arrowstyle": "->"})
    for number, (name, place) in enumerate(NODES.items()):
        if name in left_out:
            continue
        look = {"facecolor": f"C{number % 4}", "edgecolor": "black"}
        ax.text(*place, name, ha="center", va="center", fontsize=8, bbox=look)
    return pixels(fig)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((0.1, 0.1, 0.8, 0.5), "wider or lower"),
        ((0.2, 0.1, 0.5, 0.8), "narrower or higher"),
        ((0.2, 0.2, 0.6, 0.6), "smaller or larger"),
    ],
)
def test_one_report(reader, box, said):
    """Each box of a tree was taken for a plot: severe reports of plots that went and came."""
    (error,) = errors(reader, tree(), tree(box))
    assert (error.category, error.severity) == ("structure_error", 1)
    assert said in error.description


def test_parts_left_out_are_no_other_shape(reader):
    """What is drawn is lower then, too, but not the same."""
    found = errors(reader, tree(), tree(left_out=("Island", "River", "Lake")))
    assert not any("sides have" in error.description for error in found)


def test_a_tiny_copy_is_no_other_size(reader):
    """In a corner nothing can be read; one slight error would be paid like an attempt."""
    found = errors(reader, tree(), tree((0.0, 0.8, 0.2, 0.2)))
    assert not any("smaller or larger" in error.description for error in found)
