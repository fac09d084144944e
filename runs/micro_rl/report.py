"""Curves and the table of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

_COLOURS = {"visual": "#d1495b", "exact": "#888888"}
_PANELS = {
    "exact": "parameters right (F1)",
    "labels": "numbers read right",
    "missing": "elements missing a scene",
    "invented": "elements invented a scene",
}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Means over seeds at the end of the runs, with 95% intervals (Student), as Markdown."""
    first = rows[0]["curve"]["rows"][0]
    lines = [
        "| trained with | seeds | parameters right | numbers right | missing | invented "
        "| oracle's severity | seconds a step |",
        "|---|---|---|---|---|---|---|---|",
        "| nothing (the start) | - | "
        + " | ".join(f"{first[key]:.3f}" for key in ("exact", "labels", "missing", "invented"))
        + " | - | - |",
    ]
    for name in dict.fromkeys(row["reward"] for row in rows):
        own = [row for row in rows if row["reward"] == name]
        ends = [row["curve"]["rows"][-1] for row in own]
        cells = [
            _mean([end[key] for end in ends]) for key in ("exact", "labels", "missing", "invented")
        ]
        cells.append(_mean([row["oracle"]["severity"] for row in own]))
        seconds = np.mean([row["curve"]["seconds"] / row["settings"]["steps"] for row in own])
        lines.append(f"| {name} | {len(own)} | {' | '.join(cells)} | {seconds:.1f} |")
    return "\n".join(lines)


def _mean(values: Sequence[float]) -> str:
    mean = float(np.mean(values))
    if len(values) < 2:
        return f"{mean:.3f}"
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    return f"{mean:.3f} ± {half:.3f}"


def curves(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """A panel for each figure; lines are means over seeds, bands reach from least to most."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(10, 7), constrained_layout=True)
    for axis, (key, title) in zip(axes.flat, _PANELS.items(), strict=True):
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
        axis.set_title(title)
        axis.set_xlabel("steps of GRPO")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].legend(frameon=False, title="trained with")
    figure.savefig(path, dpi=110)
    plt.close(figure)
