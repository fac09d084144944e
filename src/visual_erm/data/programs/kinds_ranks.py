"""Charts that compare names: differences, lollipops, dumbbells, slopes, waterfalls, error bars."""

from __future__ import annotations

import itertools
import random
from functools import partial
from typing import Any

from visual_erm.data.programs import slices
from visual_erm.data.programs.kinds import kind
from visual_erm.data.programs.kinds_bars import finish, grid_data, rows_of, shown
from visual_erm.data.programs.script import Axes, Code, Script, width
from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.views import Bars, Grid, Trend, rounded


@kind(rows_of)
def diverging_bar(view: Bars, script: Script) -> None:
    """How far each is above or below the mean."""
    rng = script.rng
    mean = sum(view.values) / len(view.values)
    rows = sorted(
        zip(view.names, rounded([v - mean for v in view.values]), strict=True),
        key=lambda r: r[1],
    )
    value = {"zh": "与平均值之差", "ja": "平均との差", "de": "Abweichung vom Mittel"}.get(
        view.language, "Difference from the mean"
    )
    columns = script.columns(
        {view.group: [n for n, _ in rows], value: [v for _, v in rows]},
        rng.choice(("lists", "dict", "frame")),
    )
    good, bad = rng.choice(
        (
            ("seagreen", "crimson"),
            ("#2a9d8f", "#e76f51"),
            ("steelblue", "indianred"),
            ("tab:green", "tab:red"),
        )
    )
    script.line(f"colors = [`{good}` if v >= 0 else `{bad}` for v in {columns[value]}]")
    size = (script.look.size[0], max(script.look.size[1], 0.32 * len(rows) + 1.2))
    (ax,) = script.figure(size=size)
    ax.call("barh", columns[view.group], columns[value], color=Code("colors"))
    ax.call("axvline", 0, color=script.look.ink, linewidth=0.8)
    unit = "" if view.unit in ("", "share") else f" ({view.unit})"
    finish(view, ax, value + unit, "", "x")


@kind(rows_of)
def lollipop(view: Bars, script: Script) -> None:
    """A stem and a dot for each name."""
    rng = script.rng
    value = view.label.partition(" (")[0]
    columns = script.columns(
        {view.group: view.names, value: view.values}, rng.choice(("lists", "dict"))
    )
    names, values = columns[view.group], columns[value]
    colour, other = script.colours(2)
    lying = len(view.names) > 6 or max(map(width, view.names)) > 10 or rng.random() < 0.4
    size = (
        (script.look.size[0], max(script.look.size[1], 0.32 * len(view.names) + 1.2))
        if lying
        else None
    )
    (ax,) = script.figure(size=size)
    if lying:
        ax.call(
            "hlines",
            y=names,
            xmin=0,
            xmax=values,
            color=rng.choice((colour, "skyblue", "lightgray")),
            linewidth=2,
        )
        ax.call("plot", values, names, "o", color=other, markersize=rng.choice((7, 8, 10)))
        ax.ticks("x", view.unit, view.values)
        script.line(f"{ax.object}.set_xlim(left=0)")
        finish(view, ax, view.label, view.group, "x")
        return
    ax.call("vlines", x=names, ymin=0, ymax=values, color=colour, linewidth=2)
    ax.call("scatter", names, values, color=other, s=rng.choice((60, 80, 100)), zorder=3)
    ax.ticks("y", view.unit, view.values)
    script.line(f"{ax.object}.set_ylim(bottom=0)")
    ax.crowded(view.names)
    finish(view, ax, view.group, view.label, "y")


def _pairs(table: Table, rng: random.Random) -> Grid | None:
    """Two values for each name."""
    found = slices.grid(table, rng, (4, 12), (2, 2))
    return found if found and not found.log else None


@kind(_pairs)
def dumbbell(view: Grid, script: Script) -> None:
    """Two dots for each name with a line between them."""
    rng = script.rng
    columns = script.columns(grid_data(view), rng.choice(("lists", "frame", "dict")))
    first, second = view.columns
    one, two = script.colours(2)
    names = columns[view.row_label]
    size = (script.look.size[0], max(script.look.size[1], 0.35 * len(view.rows) + 1.4))
    (ax,) = script.figure(size=size)
    ax.call(
        "hlines",
        y=names,
        xmin=columns[first],
        xmax=columns[second],
        color=rng.choice(("gray", "lightgray", "silver")),
        linewidth=2,
        zorder=1,
    )
    ax.call("scatter", columns[first], names, color=one, s=60, label=first, zorder=2)
    ax.call("scatter", columns[second], names, color=two, s=60, label=second, zorder=2)
    ax.ticks("x", view.unit, [v for row in view.values for v in row])
    finish(view, ax, view.label, view.row_label, "x", legend=view.column_label, count=2, full=True)


def _ends(table: Table, rng: random.Random) -> Grid | None:
    """Values of two years for each name."""
    found = _pairs(table, rng)
    return found if found and all(c.isdigit() and len(c) == 4 for c in found.columns) else None


@kind(_ends)
def slope(view: Grid, script: Script) -> None:
    """A line for each name from a first to a second value."""
    rng = script.rng
    data = {name: list(row) for name, row in zip(view.rows, view.values, strict=True)}
    script.comment("Values at both ends")
    script.assign("data", data)
    script.blank()
    first, second = view.columns
    colours = script.colours(2)
    (ax,) = script.figure(size=(rng.choice((5, 6, 7)), rng.choice((6, 6.5, 7))))
    flat = [v for row in view.values for v in row]
    gap = (max(flat) - min(flat)) / 18
    kept = [
        n for n, row in data.items() if all(abs(row[1] - data[m][1]) > gap for m in data if m < n)
    ]
    fmt = shown(flat[0], view.unit).replace("{", "{end")
    script.line(
        "for name, (start, end) in data.items():",
        f"    color = `{colours[0]}` if end >= start else `{colours[1]}`",
        f"    {ax.name}.plot([0, 1], [start, end], marker=`o`, color=color, linewidth=1.8)",
    )
    if len(kept) == len(data):
        inner = script.literal(f"{{name}}  {fmt}")
        script.line(f"    {ax.name}.text(1.04, end, f{inner}, va=`center`, fontsize=9)")
    else:
        script.line(
            f"    if name in {script.literal(kept)}:",
            f"        {ax.name}.text(1.04, end, name, va=`center`, fontsize=9)",
        )
    script.line(
        f"{ax.object}.set_xticks([0, 1], {script.literal([first, second])})",
        f"{ax.object}.set_xlim(-0.2, 1.9)",
    )
    ax.ticks("y", view.unit, flat)
    ax.heading(view.title, "", view.label)
    ax.frame()
    script.end()


def _changes(table: Table, rng: random.Random) -> Trend | None:
    """Few steps of one series."""
    found = slices.trend(table, rng, 1, 1)
    return found if found and not found.log and isinstance(found.x[0], int) else None


@kind(_changes)
def waterfall(view: Trend, script: Script) -> None:
    """A start, its changes, and what they come to."""
    rng = script.rng
    count = rng.randint(6, 10)
    at = rng.randrange(max(1, len(view.x) - count))
    x = view.x[at : at + count]
    ((_, row),) = view.series.items()
    row = row[at : at + count]
    steps = rounded([row[0], *(b - a for a, b in itertools.pairwise(row))])
    labels = [str(t) for t in x]
    script.use("np")
    script.comment("First value, then the change in every step")
    script.assign("labels", labels)
    script.assign("changes", steps)
    script.line("ends = np.cumsum(changes)", "starts = ends - changes")
    up, down, total = rng.choice(
        (
            ("seagreen", "indianred", "steelblue"),
            ("#2ecc71", "#e74c3c", "#34495e"),
            ("tab:green", "tab:red", "tab:gray"),
        )
    )
    script.line(f"colors = [`{total}`] + [`{up}` if c >= 0 else `{down}` for c in changes[1:]]")
    script.blank()
    (ax,) = script.figure()
    ax.call(
        "bar",
        Code("labels"),
        Code("changes"),
        bottom=Code("starts"),
        color=Code("colors"),
        width=rng.choice((0.6, 0.7, 0.8)),
    )
    if rng.random() < 0.6:
        fmt = "{change:+.1f}" if max(map(abs, steps)) < 100 else "{change:+,.0f}"
        script.line(
            "for i, (end, change) in enumerate(zip(ends, changes)):",
            "    top = max(end, end - change)",
            f"    {ax.name}.text(i, top, f`{fmt}`, ha=`center`, va=`bottom`, fontsize=8)",
        )
    if min(row) > 0.4 * max(row):
        low = min(row) - 0.5 * (max(row) - min(row))
        script.line(f"{ax.object}.set_ylim(bottom={low:.3g})")
    else:
        ax.call("margins", y=0.12)
    ax.ticks("y", view.unit, row)
    ax.crowded(labels)
    ax.heading(view.title, view.time, view.label)
    ax.grid("y")
    ax.frame()
    ax.credit(view)
    script.end()


def _spread(table: Table, rng: random.Random) -> Any:
    return slices.samples(table, rng, (3, 6))


@kind(_spread)
def error_bars(view: Any, script: Script) -> None:
    """Means with their standard deviations or errors."""
    rng = script.rng
    names = list(view.groups)
    means, errors = [], []
    root = rng.random() < 0.5
    for values in view.groups.values():
        mean = sum(values) / len(values)
        deviation = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
        means.append(mean)
        errors.append(deviation / len(values) ** 0.5 if root else deviation)
    label = view.label.partition(" (")[0]
    kind_of = {True: "standard error", False: "standard deviation"}[root]
    columns = script.columns(
        {view.group: names, label: rounded(means), "errors": rounded(errors)},
        rng.choice(("lists", "arrays", "dict")),
    )
    (ax,) = script.figure()
    if rng.random() < 0.5 and min(means) > 0:
        ax.call(
            "bar",
            columns[view.group],
            columns[label],
            yerr=columns["errors"],
            capsize=rng.choice((4, 5, 6)),
            color=script.palette(len(names)),
            alpha=0.85,
        )
    else:
        ax.call(
            "errorbar",
            columns[view.group],
            columns[label],
            yerr=columns["errors"],
            fmt=rng.choice(("o", "s", "D")),
            capsize=5,
            color=script.colours(1)[0],
            markersize=8,
            linewidth=1.5,
        )
        script.line(f"{ax.object}.margins(x=0.15)")
    ax.ticks("y", view.unit, means)
    ax.crowded(names)
    mean = f"{view.label}, mean ± {kind_of}" if view.language == "en" else view.label
    finish(view, ax, view.group, mean, "y")


@kind(partial(slices.bars, most=9, parts=True, least=4), dev=True)
def pareto(view: Bars, script: Script) -> None:
    """Bars in falling order with the cumulated share."""
    rng = script.rng
    rows = sorted(zip(view.names, view.values, strict=True), key=lambda r: -r[1])
    value = view.label.partition(" (")[0]
    columns = script.columns(
        {view.group: [n for n, _ in rows], value: [v for _, v in rows]}, "arrays"
    )
    script.use("np", "ticker")
    script.line(f"share = np.cumsum({columns[value]}) / np.sum({columns[value]}) * 100")
    (ax,) = script.figure()
    if ax.name == "plt":
        script.line("ax = plt.gca()")
        ax = Axes(script, "ax")
    one, two = script.colours(2)
    ax.call("bar", columns[view.group], columns[value], color=one)
    ax.heading(view.title, view.group, view.label)
    ax.crowded(view.names)
    script.line("ax2 = ax.twinx()")
    second = Axes(script, "ax2")
    second.call("plot", columns[view.group], Code("share"), color=two, marker="o")
    second.put("ylim", 0, 110)
    second.call("axhline", 80, color="gray", linestyle="--", linewidth=0.8)
    second.put("ylabel", "Cumulative share")
    script.line("ax2.yaxis.set_major_formatter(mticker.PercentFormatter())")
    if script.look.sheet or script.look.theme:
        second.call("grid", False)
    script.end()
    del rng


@kind(_pairs, dev=True)
def mirrored_bar(view: Grid, script: Script) -> None:
    """Two columns to the left and the right of one axis."""
    columns = script.columns(grid_data(view), "dict")
    first, second = view.columns
    one, two = script.colours(2)
    script.use("np")
    names = columns[view.row_label]
    size = (script.look.size[0], max(script.look.size[1], 0.35 * len(view.rows) + 1.4))
    (ax,) = script.figure(size=size)
    ax.call("barh", names, Code(f"-np.array({columns[first]})"), color=one, label=first)
    ax.call("barh", names, columns[second], color=two, label=second)
    ax.call("axvline", 0, color=script.look.ink, linewidth=0.8)
    most = max(abs(v) for row in view.values for v in row)
    ax.put("xlim", Code(f"{-1.1 * most:.4g}"), Code(f"{1.1 * most:.4g}"))
    finish(view, ax, view.label, view.row_label, "x", legend=view.column_label, count=2, full=True)
