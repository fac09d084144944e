"""Charts of two measures against each other: scatter in all its forms, fits, hexagons, arrows."""

from __future__ import annotations

import random
from typing import Any

from visual_erm.data.programs import slices
from visual_erm.data.programs.kinds import kind
from visual_erm.data.programs.kinds_spread import target
from visual_erm.data.programs.script import Axes, Code, Columns, Script
from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.views import Arrows, Points

MARKS = ("o", "s", "^", "D", "P")


def _plain(table: Table, rng: random.Random) -> Points | None:
    found = slices.points(table, rng)
    return found if found and not table.entry.log else None


def _grouped(table: Table, rng: random.Random) -> Points | None:
    found = _plain(table, rng)
    enough = found and found.groups and 2 <= len(set(found.groups)) <= 5
    return found if enough else None


def _sized(table: Table, rng: random.Random) -> Points | None:
    found = _plain(table, rng)
    return found if found and found.size and min(found.size) >= 0 and max(found.size) > 0 else None


def _named(table: Table, rng: random.Random) -> Points | None:
    found = slices.points(table, rng, least=10)
    return found if found and found.names and not table.entry.log else None


def labels(view: Points) -> tuple[str, str]:
    """Names of the two columns."""
    x, y = view.x_label.partition(" (")[0], view.label.partition(" (")[0]
    return x, y if y != x else f"{y} (y)"


def written(
    view: Points, script: Script, form: str = "", *, group: bool = False, size: bool = False
) -> Columns:
    """The data of points."""
    x, y = labels(view)
    data: dict[str, list[Any]] = {x: view.x, y: view.y}
    if size:
        data["size"] = view.size
    if group:
        data[view.group] = view.groups
    return script.columns(data, form)


def done(view: Points, ax: Axes, *, legend: int = 0) -> None:
    """All that such a chart ends with."""
    if view.log and min(view.x) > 0:
        ax.put("xscale", "log")
    else:
        ax.ticks("x", _x_unit(view), view.x)
    ax.ticks("y", view.unit, view.y)
    ax.heading(view.title, view.x_label, view.label)
    ax.grid()
    if legend:
        ax.legend(legend, view.group)
    ax.frame()
    ax.credit(view)
    ax.script.end()


def _x_unit(view: Points) -> str:
    return view.x_label.partition(" (")[2].rstrip(")")


@kind(_plain)
def scatter(view: Points, script: Script) -> None:
    """Points of one colour, or coloured by a third measure."""
    rng = script.rng
    x, y = labels(view)
    coloured = bool(view.size) and rng.random() < 0.4
    columns = written(view, script, size=coloured)
    (ax,) = script.figure()
    words: dict[str, Any] = {}
    if coloured:
        words |= {"c": columns["size"], "cmap": script.look.cmap}
    else:
        words["color"] = script.colours(1)[0]
    if rng.random() < 0.6:
        words["alpha"] = rng.choice((0.6, 0.7, 0.8))
    if rng.random() < 0.5:
        words["s"] = rng.choice((25, 40, 50, 60))
    if rng.random() < 0.35:
        words["edgecolors"] = rng.choice(("black", "white", "k"))
        words["linewidths"] = 0.5
    if rng.random() < 0.2:
        words["marker"] = rng.choice(MARKS[1:])
    text = script.called(f"{ax.name}.scatter", columns[x], columns[y], **words)
    script.line(f"sc = {text}" if coloured else text)
    if coloured:
        bar = "plt.colorbar" if ax.name == "plt" else "fig.colorbar"
        extra = {} if ax.name == "plt" else {"ax": Code(ax.name)}
        script.line(script.called(bar, Code("sc"), label=view.size_label, **extra))
    done(view, ax)


@kind(_grouped)
def grouped_scatter(view: Points, script: Script) -> None:
    """Points of several groups, each with its colour and mark."""
    rng = script.rng
    x, y = labels(view)
    names = list(dict.fromkeys(view.groups))
    colours = script.colours(len(names))
    way = rng.choice(("seaborn", "mask", "groupby", "separate"))
    if way == "separate":
        data = {
            n: [[a, b] for a, b, g in zip(view.x, view.y, view.groups, strict=True) if g == n]
            for n in names
        }
        script.use("np")
        script.line("groups = {")
        for name, rows in data.items():
            script.line(f"    `{name}`: (")
            for axis in (0, 1):
                script.line(*script.wrapped("        ", [row[axis] for row in rows], ","))
            script.line("    ),")
        script.line("}")
        (ax,) = script.figure()
        alpha = rng.choice((0.6, 0.7, 0.8))
        script.line(
            f"for (name, (x, y)), color in zip(groups.items(), {script.literal(colours)}):",
            f"    {ax.name}.scatter(x, y, color=color, label=name, alpha={alpha})",
        )
        done(view, ax, legend=len(names))
        return
    columns = written(view, script, "frame", group=True)
    (ax,) = script.figure()
    if way == "seaborn":
        script.use("sns")
        words: dict[str, Any] = {"data": Code(columns.name), "x": x, "y": y, "hue": view.group}
        if rng.random() < 0.4:
            words["style"] = view.group
        if rng.random() < 0.5:
            words["s"] = rng.choice((40, 50, 60))
        if not script.look.theme:
            words["palette"] = colours
        script.line(script.called("sns.scatterplot", **words, **target(ax)))
    elif way == "groupby":
        key = script.literal(view.group)
        marker = f", marker={script.literal(rng.choice(MARKS))}" if rng.random() < 0.4 else ""
        script.line(
            f"for name, group in {columns.name}.groupby({key}):",
            f"    {ax.name}.scatter(group[`{x}`], group[`{y}`], label=name, alpha=0.75{marker})",
        )
    else:
        script.line(
            f"colors = {script.literal(dict(zip(names, colours, strict=True)))}",
            "for name, color in colors.items():",
            f"    subset = {columns.name}[{columns.name}[`{view.group}`] == name]",
            f"    {ax.name}.scatter(subset[`{x}`], subset[`{y}`], c=color, label=name, "
            "edgecolor=`white`)",
        )
    done(view, ax, legend=len(names))


@kind(_sized)
def bubble(view: Points, script: Script) -> None:
    """Points whose area is a third measure."""
    rng = script.rng
    script.use("np")
    x, y = labels(view)
    columns = written(view, script, "arrays" if rng.random() < 0.5 else "frame", size=True)
    (ax,) = script.figure()
    biggest = rng.choice((400, 600, 800))
    sizes = Code(f"{columns['size']} / np.max({columns['size']}) * {biggest}")
    words: dict[str, Any] = {
        "s": sizes,
        "alpha": rng.choice((0.4, 0.5, 0.6)),
        "edgecolors": rng.choice(("gray", "black", "white")),
    }
    if view.groups and rng.random() < 0.5:
        names = list(dict.fromkeys(view.groups))
        colours = script.colours(len(names))
        words["c"] = [colours[names.index(g)] for g in view.groups]
    else:
        words["color"] = script.colours(1)[0]
    ax.call("scatter", columns[x], columns[y], **words)
    ax.call("margins", Code("0.12"))
    note = {"zh": "气泡大小：", "ja": "円の大きさ：", "de": "Größe: "}.get(view.language, "Size: ")
    ax_text = "plt.gca()" if ax.name == "plt" else ax.name
    script.line(
        script.called(
            f"{ax_text}.text",
            0.02,
            0.97,
            note + view.size_label,
            transform=Code(f"{ax_text}.transAxes"),
            va="top",
            fontsize=9,
            color=script.look.ink,
        )
    )
    done(view, ax)


@kind(_plain)
def scatter_fit(view: Points, script: Script) -> None:
    """Points with a fitted line."""
    rng = script.rng
    x, y = labels(view)
    way = rng.choice(("polyfit", "polyfit", "linregress", "seaborn"))
    columns = written(view, script, "frame" if way == "seaborn" else "arrays")
    one, two = script.colours(2)
    view = Points(**{**vars(view), "log": False})
    if way == "seaborn":
        script.use("sns")
        (ax,) = script.figure()
        words: dict[str, Any] = {"data": Code(columns.name), "x": x, "y": y, "color": one}
        if rng.random() < 0.5:
            words["line_kws"] = {"color": two}
        if rng.random() < 0.4:
            words["ci"] = None
        words["scatter_kws"] = {"alpha": 0.6, "s": rng.choice((25, 35))}
        script.line(script.called("sns.regplot", **words, **target(ax)))
        done(view, ax)
        return
    script.use("np")
    xs, ys = columns[x], columns[y]
    low, high = min(view.x), max(view.x)
    if way == "polyfit":
        degree = rng.choice((1, 1, 2))
        script.line(
            f"coef = np.polyfit({xs}, {ys}, {degree})",
            f"fit_x = np.linspace({low:g}, {high:g}, 100)",
            "fit_y = np.polyval(coef, fit_x)",
        )
        label = "Linear fit" if degree == 1 else "Quadratic fit"
        if degree == 1 and rng.random() < 0.5:
            script.line(f"r = np.corrcoef({xs}, {ys})[0, 1]")
            label = Code("f'$r$ = {r:.2f}'")
    else:
        script.use("stats")
        script.line(
            f"result = stats.linregress({xs}, {ys})",
            f"fit_x = np.array([{low:g}, {high:g}])",
            "fit_y = result.intercept + result.slope * fit_x",
        )
        label = Code("f'$R^2$ = {result.rvalue**2:.2f}'")
    (ax,) = script.figure()
    ax.call(
        "scatter",
        xs,
        ys,
        color=one,
        alpha=rng.choice((0.5, 0.6, 0.7)),
        label={"zh": "数据", "ja": "データ", "de": "Daten"}.get(view.language, "Data"),
    )
    ax.call(
        "plot",
        Code("fit_x"),
        Code("fit_y"),
        color=two,
        linewidth=2,
        linestyle=rng.choice(("-", "--")),
        label=label,
    )
    done(view, ax, legend=2)


@kind(_named)
def labelled_scatter(view: Points, script: Script) -> None:
    """Few points with their names beside them."""
    rng = script.rng
    x, y = labels(view)
    chosen = _apart(view)
    view = Points(
        **{
            **vars(view),
            **{k: [getattr(view, k)[i] for i in chosen] for k in ("x", "y", "names")},
            "log": False,
        }
    )
    columns = script.columns(
        {"names": view.names, x: view.x, y: view.y}, rng.choice(("lists", "dict"))
    )
    (ax,) = script.figure()
    ax.call(
        "scatter",
        columns[x],
        columns[y],
        color=script.colours(1)[0],
        s=rng.choice((40, 60)),
        zorder=3,
    )
    script.line(
        f"for name, px, py in zip({columns['names']}, {columns[x]}, {columns[y]}):",
        f"    {ax.name}.annotate(name, (px, py), xytext=(5, 4), textcoords=`offset points`, "
        "fontsize=8)",
    )
    ax.call("margins", Code("0.14"))
    done(view, ax)


def _apart(view: Points) -> list[int]:
    """Points whose names do not touch."""
    wide, tall = max(view.x) - min(view.x) or 1, max(view.y) - min(view.y) or 1
    kept: list[int] = []
    for i in range(len(view.x)):
        if len(view.names[i]) > 17:
            continue
        near = any(
            abs(view.x[i] - view.x[k]) / wide < 0.26 and abs(view.y[i] - view.y[k]) / tall < 0.06
            for k in kept
        )
        if not near:
            kept.append(i)
        if len(kept) == 14:
            break
    return kept


@kind(_plain)
def hexbin(view: Points, script: Script) -> None:
    """How many points fall into hexagons or squares."""
    rng = script.rng
    x, y = labels(view)
    columns = written(view, script, rng.choice(("lists", "arrays")))
    (ax,) = script.figure()
    view = Points(**{**vars(view), "log": False})
    cmap = rng.choice(("Blues", "YlOrRd", "Greens", "viridis"))
    if rng.random() < 0.7:
        ax.make(
            "hb",
            "hexbin",
            columns[x],
            columns[y],
            gridsize=rng.choice((8, 10, 12)),
            cmap=cmap,
            mincnt=1,
        )
        handle = "hb"
    else:
        ax.make(
            "counts, xedges, yedges, image",
            "hist2d",
            columns[x],
            columns[y],
            bins=rng.choice((8, 10)),
            cmap=cmap,
        )
        handle = "image"
    count = {"zh": "数量", "ja": "度数", "de": "Anzahl"}.get(view.language, "Count")
    if ax.name == "plt":
        script.line(script.called("plt.colorbar", Code(handle), label=count))
    else:
        script.line(script.called("fig.colorbar", Code(handle), ax=Code(ax.name), label=count))
    ax.ticks("x", _x_unit(view), view.x)
    ax.heading(view.title, view.x_label, view.label)
    script.end()


@kind(_plain, dev=True)
def joint(view: Points, script: Script) -> None:
    """Points with histograms along both sides."""
    rng = script.rng
    x, y = labels(view)
    columns = written(view, script, "arrays")
    colour = script.colours(1)[0]
    script.line(
        script.called("fig = plt.figure", figsize=(7, 7), layout="constrained"),
        "grid = fig.add_gridspec(2, 2, width_ratios=[4, 1], height_ratios=[1, 4])",
        "ax = fig.add_subplot(grid[1, 0])",
        "top = fig.add_subplot(grid[0, 0], sharex=ax)",
        "side = fig.add_subplot(grid[1, 1], sharey=ax)",
    )
    ax = Axes(script, "ax")
    ax.call("scatter", columns[x], columns[y], color=colour, alpha=0.7)
    bins = rng.choice((10, 12, 15))
    Axes(script, "top").call("hist", columns[x], bins=bins, color=colour, edgecolor="white")
    Axes(script, "side").call(
        "hist", columns[y], bins=bins, color=colour, edgecolor="white", orientation="horizontal"
    )
    script.line(f"top.tick_params(labelbottom={False})", f"side.tick_params(labelleft={False})")
    ax.put("xlabel", view.x_label)
    ax.put("ylabel", view.label)
    script.line(script.called("fig.suptitle", view.title.replace("\n", ": ")))
    script.end(tight=False)


@kind(slices.arrows)
def quiver(view: Arrows, script: Script) -> None:
    """Arrows for directions."""
    rng = script.rng
    script.use("np")
    columns = script.columns({"x": view.x, "y": view.y, "u": view.u, "v": view.v}, "arrays")
    x, y, u, v = (columns[name] for name in "xyuv")
    script.line(f"speed = np.hypot({u}, {v})")
    (ax,) = script.figure()
    if rng.random() < 0.6:
        ax.make("q", "quiver", x, y, u, v, Code("speed"), cmap=script.look.cmap)
        if ax.name == "plt":
            script.line(script.called("plt.colorbar", Code("q"), label=view.label))
        else:
            script.line(
                script.called("fig.colorbar", Code("q"), ax=Code(ax.name), label=view.label)
            )
    else:
        ax.call("quiver", x, y, u, v, color=script.colours(1)[0], width=0.004)
        ax.call("scatter", x, y, s=6, color="gray")
    ax.heading(view.title, "Longitude (°E)", "Latitude (°N)")
    ax.grid()
    ax.frame()
    ax.credit(view)
    script.end()
