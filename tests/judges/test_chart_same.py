"""One figure in another resolution, or with its letters drawn otherwise: nothing is to be told."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import errors, pixels
from matplotlib.collections import LineCollection


def network(dpi):
    fig = plt.figure(figsize=(5, 5), dpi=dpi)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    turn = np.arange(10) * 2 * np.pi / 10
    nodes = np.c_[np.cos(turn), np.sin(turn)]
    lines = [(nodes[n], nodes[(n + step) % 10]) for step in (1, 3) for n in range(10)]
    ax.add_collection(LineCollection(lines, colors="k", linewidths=1, zorder=1))
    ax.scatter(*nodes.T, s=300, c="#1f78b4", zorder=2)
    ax.margins(0.35)
    fig.canvas.draw()
    drawn = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
    plt.close(fig)
    return drawn


def formulas(**style):
    with plt.rc_context(style):
        fig, ax = plt.subplots()
        ax.plot([0, 1, 2], [0, 1, 4])
        ax.set(title="Growth", xlabel="Weeks", ylabel="Height")
        ax.text(0.3, 3, r"$\frac{\alpha^2}{\beta_1}$", fontsize=11)
        ax.text(0.2, 2, r"$\sum_i x_i^{2}$")
        ax.text(1.2, 0.5, r"$\|\vec v\|$")
        ax.text(0.75, 3.2, r"$\int\!\psi$")
        fig.text(0.01, 0.96, r"$\oplus\ \otimes$", fontsize=9)
        fig.text(0.93, 0.5, r"$\propto$")
        return pixels(fig)


@pytest.mark.parametrize("dpi", [90, 108])
def test_a_network_in_another_resolution(reader, dpi):
    """Where strokes meet, outlines lie a pixel off in a copy of another size."""
    assert errors(reader, network(72), network(dpi)) == []


def test_formulas_in_other_letters(reader):
    """What is not read is drawn otherwise as well, where all that is read is."""
    assert errors(reader, formulas(), formulas(**{"text.hinting": "force_autohint"})) == []
