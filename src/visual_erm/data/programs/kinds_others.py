"""Charts of parts, of circles, of spans, and of several plots: pies, radars, panels."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from visual_erm.data.programs import slices
from visual_erm.data.programs.kinds import kind
from visual_erm.data.programs.kinds_lines import time_axis, times
from visual_erm.data.programs.looks import PALETTES
from visual_erm.data.programs.script import Axes, Code, Script, width
from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.views import Bars, Grid, Numbers, Samples, Spans, Trend

PASTEL = ("#ff9999", "#66b3ff", "#99ff99", "#ffcc99", "#c2c2f0", "#ffb3e6", "#c4e17f", "#f7c6c7")


def _pieces(table: Table, rng: random.Random) -> Bars | None:
    """Few parts of a whole, none of them tiny."""
    found = slices.bars(table, rng, 7, parts=True)
    if found is None or not found.parts or found.ordered:
        return None
    return found if min(found.values) > 0.025 * sum(found.values) else None


@kind(_pieces)
def pie(view: Bars, script: Script) -> None:
    """Pieces of a circle, or of a ring."""
    rng = script.rng
    columns = script.columns(
        {"labels": view.names, "sizes": view.values}, rng.choice(("lists", "lists", "dict"))
    )
    count = len(view.names)
    # the numbers in the pieces are dark
    colours = rng.choice((PALETTES["set2"], PALETTES["flat"], PASTEL, PALETTES["safe"][1:6]))
    script.assign("colors", [colours[i % len(colours)] for i in range(count)])
    if rng.random() < 0.35:
        explode = [0.0] * count
        explode[rng.randrange(count)] = 0.08
        script.line(f"explode = {script.literal(tuple(explode))}")
    (ax,) = script.figure(size=rng.choice(((7, 7), (6, 6), (8, 6), (7, 5))))
    legend = rng.random() < 0.35
    words: dict[str, Any] = {} if legend else {"labels": columns["labels"]}
    words |= {"colors": Code("colors"), "autopct": rng.choice(("%1.1f%%", "%.0f%%", "%1.1f%%"))}
    words["startangle"] = rng.choice((0, 90, 140))
    if "explode = " in "".join(script._body):
        words["explode"] = Code("explode")
    if rng.random() < 0.2:
        words["shadow"] = True
    ring = rng.random() < 0.35
    if ring:
        words |= {
            "wedgeprops": {"width": rng.choice((0.35, 0.4, 0.45)), "edgecolor": "white"},
            "pctdistance": 0.8,
        }
    elif rng.random() < 0.4:
        words["wedgeprops"] = {"edgecolor": "white", "linewidth": 1}
    if legend:
        ax.make("wedges, texts, autotexts", "pie", columns["sizes"], **words)
        ax.call(
            "legend",
            Code("wedges"),
            columns["labels"],
            title=view.group,
            loc="center left",
            bbox_to_anchor=(1, 0.5),
        )
    else:
        ax.call("pie", columns["sizes"], **words)
    if ring and rng.random() < 0.6:
        total = sum(view.values)
        ax.call(
            "text",
            0,
            0,
            f"{total:,.0f}" if total >= 10 else f"{total:.2g}",
            ha="center",
            va="center",
            fontsize=14,
            fontweight="bold",
        )
    if rng.random() < 0.5:
        ax.call("axis", "equal")
    ax.heading(view.title)
    script.end()


def _profiles(table: Table, rng: random.Random) -> Grid | None:
    """Few profiles over at least five directions."""
    found = slices.grid(table, rng, (5, 9), (1, 3))
    return found if found and not found.log and max(map(width, found.rows)) < 18 else None


@kind(_profiles)
def radar(view: Grid, script: Script) -> None:
    """Values around a circle, joined by lines."""
    rng = script.rng
    script.use("np")
    script.assign("categories", view.rows)
    script.assign("data", {n: [row[i] for row in view.values] for i, n in enumerate(view.columns)})
    script.line(
        "angles = np.linspace(0, 2 * np.pi, len(categories), endpoint=False)",
        "angles = np.append(angles, angles[0])",
    )
    script.blank()
    polar = script.literal("polar")
    size = rng.choice(((6, 6), (7, 7), (7, 6)))
    if rng.random() < 0.5:
        script.line(f"fig, ax = plt.subplots(figsize={size}, subplot_kw={{{polar!s}: True}})")
    else:
        script.line(
            f"fig = plt.figure(figsize={size})", f"ax = fig.add_subplot(111, projection={polar})"
        )
    colours = script.colours(len(view.columns))
    script.line(
        f"for (name, values), color in zip(data.items(), {script.literal(colours)}):",
        "    closed = values + values[:1]",
        "    ax.plot(angles, closed, color=color, linewidth=2, label=name)",
        f"    ax.fill(angles, closed, color=color, alpha={rng.choice((0.1, 0.2, 0.25))})",
    )
    script.line("ax.set_xticks(angles[:-1])", "ax.set_xticklabels(categories)")
    if rng.random() < 0.5:
        script.line("ax.set_theta_offset(np.pi / 2)", "ax.set_theta_direction(-1)")
    if min(v for row in view.values for v in row) >= 0:
        script.line("ax.set_ylim(bottom=0)")
    ax = Axes(script, "ax")
    ax.put(
        "title",
        f"{view.title}\n{view.label}" if "\n" not in view.title else view.title,
        **(dict(script.look.title) | {"pad": 20}),
    )
    if len(view.columns) > 1:
        ax.call("legend", loc="upper right", bbox_to_anchor=(1.3, 1.1))
    script.end()


@kind(partial(slices.bars, most=12, least=5))
def polar_bar(view: Bars, script: Script) -> None:
    """Bars around a circle."""
    rng = script.rng
    script.use("np")
    columns = script.columns({"labels": view.names, "values": view.values}, "lists")
    script.line(
        f"theta = np.linspace(0, 2 * np.pi, len({columns['labels']}), endpoint=False)",
        f"width = 2 * np.pi / len({columns['labels']}) * {rng.choice((0.8, 0.9, 1))}",
    )
    polar = script.literal("polar")
    script.line(
        f"fig = plt.figure(figsize={rng.choice(((6, 6), (7, 7)))})",
        f"ax = fig.add_subplot(projection={polar})",
    )
    ax = Axes(script, "ax")
    words: dict[str, Any] = {
        "width": Code("width"),
        "alpha": rng.choice((0.7, 0.8, 0.9)),
        "edgecolor": "white",
    }
    words["color"] = script.palette(len(view.names))
    ax.call("bar", Code("theta"), columns["values"], **words)
    script.line(
        f"ax.set_xticks(theta, {columns['labels']})",
        script.called("ax.tick_params", axis="x", labelsize=8, pad=10),
    )
    ax.put(
        "title",
        f"{view.title}\n({view.label})" if "\n" not in view.title else view.title,
        **(dict(script.look.title) | {"pad": 18}),
    )
    script.end()


@kind(slices.spans)
def gantt(view: Spans, script: Script) -> None:
    """From where to where: bars that do not begin at zero."""
    rng = script.rng
    columns = script.columns(
        {"names": view.names, "start": view.starts, "end": view.ends},
        rng.choice(("arrays", "frame")),
    )
    names, start, end = columns["names"], columns["start"], columns["end"]
    size = (script.look.size[0], max(script.look.size[1], 0.35 * len(view.names) + 1.4))
    (ax,) = script.figure(size=size)
    words: dict[str, Any] = {"left": start, "height": rng.choice((0.4, 0.5, 0.6))}
    words["color"] = script.palette(len(view.names)) if rng.random() < 0.6 else script.colours(1)[0]
    if rng.random() < 0.4:
        words["edgecolor"] = "black"
    ax.call("barh", names, Code(f"{end} - {start}"), **words)
    if rng.random() < 0.6:
        script.line(f"{ax.object}.invert_yaxis()")
    if rng.random() < 0.5 and view.time != "Year":
        script.line(
            f"for i, (a, b) in enumerate(zip({start}, {end})):",
            f"    {ax.name}.text(b, i, f{script.literal(' {a:g}–{b:g}')}, va=`center`, fontsize=8)",
        )
        ax.call("margins", x=0.15)
    note = {
        "zh": "（第10–90百分位）",
        "de": " (10.–90. Perzentil)",
        "ja": "（10–90パーセンタイル）",
    }.get(view.language, " (10th–90th percentile)")
    ax.heading(view.title, view.time + ("" if view.time == "Year" else note), "")
    ax.grid("x")
    ax.frame()
    script.end()


def _trend_and_bars(table: Table, rng: random.Random) -> tuple[Trend, Bars] | None:
    trend = slices.trend(table, rng, 1, 3)
    bars = slices.bars(table, rng, 6) if trend else None
    return (trend, bars) if trend and bars else None


@kind(_trend_and_bars)
def line_and_bar(pair: tuple[Trend, Bars], script: Script) -> None:
    """Two plots: what changed, and what compares."""
    trend, bars = pair
    rng = script.rng
    columns = script.columns(
        {trend.time: trend.x, **trend.series}, rng.choice(("lists", "dict", "frame"))
    )
    x = times(trend, script, columns)
    script.assign("names", bars.names)
    script.assign("totals", bars.values)
    script.blank()
    upright = rng.random() < 0.25
    rows, wide = (2, 1) if upright else (1, 2)
    left, right = script.figure(
        rows, wide, size=(8, 8) if upright else rng.choice(((12, 5), (11, 4.5), (13, 5)))
    )
    for (name, _), colour in zip(
        trend.series.items(), script.colours(len(trend.series)), strict=True
    ):
        words = {"label": name} if len(trend.series) > 1 else {}
        left.call("plot", x, columns[name], color=colour, marker=rng.choice(("", "o")), **words)
    left.heading(trend.title, trend.time, trend.label, small=True)
    time_axis(trend, left)
    if len(trend.series) > 1:
        left.call("legend", fontsize=9)
    lying = max(map(width, bars.names)) > 9 or rng.random() < 0.4
    colour = script.palette(len(bars.names)) if rng.random() < 0.4 else script.colours(2)[1]
    right.call("barh" if lying else "bar", Code("names"), Code("totals"), color=colour)
    if lying:
        right.heading(bars.title, bars.label, "", small=True)
    else:
        right.heading(bars.title, "", bars.label, small=True)
        right.crowded(bars.names, 0.55)
    if script.look.grid:
        left.call("grid", True, alpha=0.3)
    if rng.random() < 0.5:
        script.line(script.called("fig.suptitle", trend.about, fontsize=14, fontweight="bold"))
    script.end()


def _two_views(table: Table, rng: random.Random) -> tuple[Samples, Samples] | None:
    one = slices.samples(table, rng, (1, 1))
    two = slices.samples(table, rng, (2, 4)) if one else None
    return (one, two) if one and two else None


@kind(_two_views)
def histogram_and_box(pair: tuple[Samples, Samples], script: Script) -> None:
    """Two plots: all values, and values by group."""
    one, two = pair
    rng = script.rng
    ((name, _),) = one.groups.items()
    columns = script.columns(dict(one.groups), rng.choice(("lists", "arrays")))
    script.assign("groups", dict(two.groups))
    script.blank()
    left, right = script.figure(1, 2, size=rng.choice(((11, 4.5), (12, 5), (10, 4))))
    first, second = script.colours(2)
    left.call(
        "hist", columns[name], bins=rng.choice((8, 10, 12, 15)), color=first, edgecolor="white"
    )
    left.heading(
        one.title,
        one.label,
        {"zh": "数量", "ja": "度数", "de": "Anzahl"}.get(one.language, "Count"),
        small=True,
    )
    if rng.random() < 0.6:
        script.line(
            f"bp = {right.name}.boxplot(list(groups.values()), tick_labels=list(groups), "
            "patch_artist=True)"
        )
        script.line(
            "for patch in bp[`boxes`]:",
            f"    patch.set_facecolor(`{second}`)",
        )
    else:
        right.call("violinplot", Code("list(groups.values())"), showmedians=True)
        right.put("xticks", Code("range(1, len(groups) + 1)"), Code("list(groups)"))
    right.crowded(list(two.groups), 0.42)
    right.heading(two.title, two.group, two.label, small=True)
    script.end()


@kind(slices.numbers)
def pair_grid(view: Numbers, script: Script) -> None:
    """Measures against each other, in a grid of small plots."""
    rng = script.rng
    names = list(view.columns)[:3]
    columns = script.columns({n: view.columns[n] for n in names}, "frame")
    count = len(names)
    script.line(f"cols = list({columns.name}.columns)")
    script.line(
        f"fig, axes = plt.subplots({count}, {count}, figsize={rng.choice(((8, 8), (9, 9)))})"
    )
    colour, other = script.colours(2)
    script.line(
        "for i, row in enumerate(cols):",
        "    for j, col in enumerate(cols):",
        "        ax = axes[i, j]",
        "        if i == j:",
        f"            ax.hist({columns.name}[col], bins=10, color=`{other}`)",
        "        else:",
        f"            ax.scatter({columns.name}[col], {columns.name}[row], s=12, "
        f"color=`{colour}`, alpha=0.7)",
        f"        if i == {count - 1}:",
        "            ax.set_xlabel(col, fontsize=9)",
        "        if j == 0:",
        "            ax.set_ylabel(row, fontsize=9)",
    )
    script.line(script.called("fig.suptitle", view.title.replace("\n", ": "), fontsize=13))
    script.end()


@kind(partial(slices.bars, most=6, least=4), dev=True)
def bar_with_table(view: Bars, script: Script) -> None:
    """Bars with their values in a table below."""
    rng = script.rng
    columns = script.columns({"names": view.names, "values": view.values}, "lists")
    (ax,) = script.figure(size=(9, 5))
    ax.call("bar", columns["names"], columns["values"], color=script.palette(len(view.names)))
    ax.put("xticks", Code("[]"))
    script.line(
        f"cells = [[str(v) for v in {columns['values']}]]",
        f"table = {ax.object}.table(cellText=cells, colLabels={columns['names']}, loc=`bottom`)",
    )
    script.line(f"table.scale(1, {rng.choice((1.4, 1.6))})")
    ax.heading(view.title, "", view.label)
    ax.frame()
    script.end()
