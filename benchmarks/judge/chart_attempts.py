"""Charts drawn anew as another program would, with more and more real errors.

A model that re-draws a chart writes its own program: another size and font, another layout, the
legend elsewhere, colours that are nearly right. None of that is what is wrong with its attempt.
Here each attempt gets such looks of its own, at random, and besides a number of errors: values
of a share of the marks, series, plots, kinds, texts and colours. Within a series the errors of one
attempt are among those of the next, so that which of two is worse is known.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.container import BarContainer

from benchmarks.judge import chart_edits_looks, chart_edits_values
from benchmarks.judge.chart_edits import (
    EDITS,
    Figure,
    colour_of,
    legend_again,
    lines_of,
    own_labels,
    paint,
    series_of,
)
from benchmarks.judge.chart_programs import PROGRAMS, Program

if TYPE_CHECKING:
    from visual_erm.types import Image

REGISTERING = (chart_edits_values, chart_edits_looks)
"""Modules that add to `EDITS` when they are imported."""
ERRORS = (
    *("title_other", "label_missing", "label_typo", "legend_typo", "tick_typo"),
    *("colour_changed", "colours_swapped", "legend_dropped", "chart_type", "panel_dropped"),
    *("series_dropped", "series_added", "bar_value_medium", "bar_value_large"),
    *("line_moved_medium", "line_moved_large", "area_scaled_large", "points_moved", "cell_value"),
    *("wedge_value", "log_scale", "inverted"),
)
"""Edits that a reader would call errors; looks alone are none."""
COUNTS = (0, 1, 2, 4, 7)
"""Errors of the attempts of one series."""
AMOUNTS = (0.0, 0.05, 0.2, 0.6)
"""Shares of the axis by which half of the values are off."""
PLACES = ("upper left", "upper right", "lower left", "lower right", "best")


@dataclass(frozen=True)
class Looks:
    """How far the looks of an attempt may be from those of the reference."""

    size: float = 0.0
    """Largest share by which either side of the figure is longer or shorter."""
    font: tuple[str, ...] = ("DejaVu Sans",)
    type: float = 0.0
    """Largest share by which letters are larger or smaller; also resolution, lines and points."""
    free: bool = False
    """Whether legend, grid and frame may be others."""
    tint: float = 0.0
    """Largest difference of a channel of the colours, in [0, 1]."""


LEVELS = {
    "same looks": Looks(),
    "near looks": Looks(0.1, ("DejaVu Sans", "DejaVu Serif"), 0.12),
    "other looks": Looks(0.3, ("DejaVu Sans", "DejaVu Serif", "STIXGeneral"), 0.3, True, 0.08),
}


def draw(program: Program, looks: Looks, errors: Sequence[str], amount: float, seed: str) -> Image:
    """One attempt: `errors` of `EDITS`, half of the values off by `amount`, and looks by `seed`."""
    rng = random.Random(seed)

    def warp(reach: float) -> float:
        return 1 + rng.uniform(-reach, reach)

    settings: dict[str, Any] = {"font.family": [rng.choice(looks.font), "DejaVu Sans"]}
    with warnings.catch_warnings(), plt.style.context(program.style):
        warnings.simplefilter("ignore")
        settings["font.size"] = plt.rcParams["font.size"] * warp(looks.type)
        with matplotlib.rc_context(settings):
            fig = program.draw()
            fig.canvas.draw()
            for name in errors:
                _made(fig, program, name)
            for ax in fig.axes if amount else ():
                _wrong(ax, amount, random.Random(program.name))
            _tinted(fig, looks.tint, rng)
            _restyled(fig, looks, rng)
            fig.set_dpi(fig.dpi * warp(looks.type))
            fig.set_size_inches(fig.get_size_inches() * (warp(looks.size), warp(looks.size)))
            if looks.size and rng.random() < 0.6:
                fig.tight_layout()
            fig.canvas.draw()
            picture = np.asarray(fig.canvas.buffer_rgba())[..., :3].copy()
            plt.close(fig)
    return picture


def _wrong(ax: Any, amount: float, rng: random.Random) -> None:
    """Half of the values of bars, lines and points off by a share of the axis, limits kept."""
    if ax.name != "rectilinear" or ax.get_yscale() != "linear":
        return
    limits = ax.get_xlim(), ax.get_ylim()
    reach = amount * abs(limits[1][1] - limits[1][0])

    def off() -> float:
        return rng.choice((-1, 1)) * reach if rng.random() < 0.5 else 0.0

    for bars in (c.patches for c in ax.containers if isinstance(c, BarContainer)):
        heights = {round(bar.get_height(), 6) for bar in bars}
        if len(heights) > 1 or len(bars) == 1:
            for bar in bars:
                bar.set_height(max(0.02 * reach / amount, bar.get_height() + off()))
        else:
            wide = amount * abs(limits[0][1] - limits[0][0])
            for bar in bars:
                bar.set_width(max(0.05 * wide, bar.get_width() + off() / reach * wide))
    for line in lines_of(ax):
        y = np.asarray(line.get_ydata(), float)
        # stretches of a tenth of the line: single points of a dense line would be noise
        shifts = [off() for _ in range(10)]
        line.set_ydata(y + np.array([shifts[10 * k // len(y)] for k in range(len(y))]))
    for cloud in (c for c in ax.collections if isinstance(c, PathCollection)):
        offsets = np.asarray(cloud.get_offsets(), float).copy()
        offsets[:, 1] += np.array([off() for _ in offsets])
        cloud.set_offsets(offsets)
    ax.set(xlim=limits[0], ylim=limits[1])


def _tinted(fig: Figure, reach: float, rng: random.Random) -> None:
    """Colours of series nearly right, as they are guessed from a picture."""
    for ax in fig.axes if reach else ():
        for group in series_of(ax):
            if isinstance(group[0], PathCollection) and len(group[0].get_facecolor()) > 1:
                continue
            guess = [c + rng.uniform(-reach, reach) for c in to_rgb(to_hex(colour_of(group[0])))]
            paint(group, to_hex([min(1.0, max(0.0, c)) for c in guess]))
        legend_again(ax, own_labels(ax))


def _restyled(fig: Figure, looks: Looks, rng: random.Random) -> None:
    """Other lines and points; another legend's place, grid and frame where looks are free."""
    thick, large = (1 + rng.uniform(-looks.type, looks.type) for _ in range(2))
    place, grid, frame = rng.choice(PLACES), rng.random() < 0.4, rng.random() < 0.4
    for ax in fig.axes:
        for line in ax.lines:
            line.set_linewidth(line.get_linewidth() * thick)
            line.set_markersize(line.get_markersize() * large)
        for cloud in (c for c in ax.collections if isinstance(c, PathCollection)):
            cloud.set_sizes(np.asarray(cloud.get_sizes()) * large**2)
        if not looks.free or ax.get_label() == "<colorbar>" or ax.name != "rectilinear":
            continue
        legend = ax.get_legend()
        if legend is not None and "bbox_to_anchor" not in getattr(ax, "legend_options", {}):
            legend.set_loc(place)
        if grid and not ax.images:
            ax.set_axisbelow(True)
            shown = any(line.get_visible() for line in ax.get_xgridlines())
            ax.grid(visible=not shown, alpha=0.4)
        if frame:
            ax.spines[["top", "right"]].set_visible(False)


def series(count: int, *, tuning: bool) -> Iterator[tuple[str, Image, list[Image]]]:
    """Kind, reference, and attempts from one without an error to the worst."""
    for program in [p for p in PROGRAMS.values() if p.tuning == tuning][:count]:
        reference = draw(program, Looks(), (), 0, program.name)
        able = applicable(program, COUNTS[-1])
        worst = draw(program, Looks(), (), AMOUNTS[-1], program.name)
        has_values = not np.array_equal(worst, reference)
        for level, looks in LEVELS.items():
            mixed = [(able[:n], 0.0) for n in COUNTS if n <= len(able)]
            values = [((), amount) for amount in AMOUNTS]
            for kind, steps in (("errors", mixed), ("values", values)):
                if kind == "values" and not has_values:
                    continue
                drawn = [
                    draw(program, looks, names, amount, f"{program.name} {level} {kind} {k}")
                    for k, (names, amount) in enumerate(steps)
                ]
                yield f"{kind}, {level}", reference, drawn


def applicable(program: Program, most: int) -> list[str]:
    """Up to `most` errors that can be made in a program's figure, one after the other."""
    order = random.Random(program.name).sample(ERRORS, len(ERRORS))
    done: list[str] = []
    with warnings.catch_warnings(), plt.style.context(program.style):
        warnings.simplefilter("ignore")
        fig = program.draw()
        fig.canvas.draw()
        for name in order:
            if len(done) < most and _made(fig, program, name):
                done.append(name)
        plt.close(fig)
    return done


def _made(fig: Figure, program: Program, name: str) -> bool:
    """Make an error, whatever the looks are: errors have a chance of their own."""
    change = EDITS[name](fig, random.Random(f"{program.name} {name}"))
    fig.canvas.draw()
    return change is not None
