"""Curves and the table of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from runs.micro_rl.rewards import draw
from runs.micro_rl.tasks import Task

_COLOURS = {"visual": "#d1495b", "exact": "#888888", "edit": "#7b5ea7", "teds": "#2a9d8f"}


def table(task: Task, rows: Sequence[dict[str, Any]]) -> str:
    """Means over seeds at the end of the runs, with 95% intervals (Student), as Markdown."""
    first = rows[0]["curve"]["rows"][0]
    start = [f"{first[key]:.3f}" for key in task.FIGURES]
    titles = ("trained with", "seeds", *task.FIGURES.values(), "severity by the oracle")
    lines = [
        f"| {' | '.join(titles)} |",
        "|---" * len(titles) + "|",
        f"| nothing (the start) | - | {' | '.join(start)} | - |",
    ]
    for name in dict.fromkeys(row["reward"] for row in rows):
        own = [row for row in rows if row["reward"] == name]
        cells = [_mean([row["curve"]["rows"][-1][key] for row in own]) for key in task.FIGURES]
        cells.append(_mean([row["oracle"]["severity"] for row in own]))
        lines.append(f"| {name} | {len(own)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def by_seed(task: Task, rows: Sequence[dict[str, Any]]) -> str:
    """What counts at the end of each run, a column for each seed, as Markdown.

    The last column pairs runs of one seed, which saw the same prompts from the same start: how far
    `visual` is ahead, with its 95% interval (Student).
    """
    key, title = next(iter(task.FIGURES.items()))
    seeds = sorted({row["seed"] for row in rows})
    heads = (title, *(f"seed {seed}" for seed in seeds), "`visual` ahead")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    ends: dict[str, dict[int, float]] = {}
    for row in rows:
        ends.setdefault(row["reward"], {})[row["seed"]] = row["curve"]["rows"][-1][key]
    ours = ends.get("visual", {})
    for name, own in ends.items():
        ahead = [ours[seed] - own[seed] for seed in seeds if seed in ours and seed in own]
        cells = [f"{own[seed]:.3f}" if seed in own else "-" for seed in seeds]
        cells.append(_mean(ahead) if ahead and name != "visual" else "-")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _mean(values: Sequence[float]) -> str:
    mean = float(np.mean(values))
    if len(values) < 2:
        return f"{mean:.3f}"
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    return f"{mean:.3f} ± {half:.3f}"


def curves(task: Task, rows: Sequence[dict[str, Any]], path: Path) -> None:
    """A panel for each figure; lines are means over seeds, bands reach from least to most."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 7), layout="constrained")
    axes = figure.subplots(2, 2)
    for axis, key in zip(axes.flat, task.FIGURES, strict=False):
        for name in dict.fromkeys(row["reward"] for row in rows):
            own = [row for row in rows if row["reward"] == name]
            steps = own[0]["curve"]["steps"]
            lines = np.array([[look[key] for look in row["curve"]["rows"]] for row in own])
            (line,) = axis.plot(
                steps,
                lines.mean(0),
                label=name,
                color=_COLOURS.get(name),
                linewidth=2.5 if name == "visual" else 1.4,
                linestyle="--" if name == "exact" else "-",
            )
            axis.fill_between(
                steps, lines.min(0), lines.max(0), color=line.get_color(), alpha=0.15, linewidth=0
            )
        axis.set_title(task.FIGURES[key])
        axis.set_xlabel("steps of GRPO")
        axis.spines[["top", "right"]].set_visible(False)
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(),
        loc="outside right center",
        frameon=False,
        title="trained with",
    )
    figure.savefig(path, dpi=110)


def drawings(task: Task, rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Kept scenes beside what the policies of the first seed draw of them."""
    from matplotlib.figure import Figure

    first = [row for row in rows if row["seed"] == min(row["seed"] for row in rows)]
    scenes = list(first[0]["drawn"])
    columns = {"the scene": scenes} | {
        row["reward"]: [row["drawn"][scene] for scene in scenes] for row in first
    }
    figure = Figure(figsize=(1.5 * len(columns), 1.6 * len(scenes)), layout="constrained")
    axes = figure.subplots(len(scenes), len(columns), squeeze=False)
    for column, (name, sources) in enumerate(columns.items()):
        axes[0, column].set_title(name)
        for row, picture in enumerate(draw(task, sources)):
            axis = axes[row, column]
            axis.set(xticks=[], yticks=[])
            if picture is None:
                axis.text(0.5, 0.5, "does not draw", ha="center", va="center")
            else:
                axis.imshow(picture)
    figure.savefig(path, dpi=90)
