"""Charts of what changes over time, as lines: one, several, with two axes, in panels, with a part
of it larger.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from visual_erm.data.programs import slices
from visual_erm.data.programs.kinds import kind
from visual_erm.data.programs.script import Axes, Code, Columns, Script
from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.views import Trend

MARKERS = ("o", "s", "^", "D", "v", "x", "P")
DASHES = ("-", "--", "-.", ":")


def one_trend(table: Table, rng: random.Random) -> Trend | None:
    """One series."""
    return slices.trend(table, rng, 1, 1)


def _several(table: Table, rng: random.Random) -> Trend | None:
    return slices.trend(table, rng, 2, 5)


def times(view: Trend, script: Script, columns: Columns) -> Code:
    """The times as the axis takes them; dates become dates in one of the usual ways."""
    given = columns[view.time]
    if isinstance(view.x[0], int):
        return given
    rng = script.rng
    months = len(view.x[0]) == 7
    if columns.form == "frame" and rng.random() < 0.8:
        script.line(f"{given} = pd.to_datetime({given})")
        return given
    way = rng.choice(("pandas", "pandas", "datetime", "numpy"))
    name = "dates" if str(given) != "dates" else "days"
    if way == "datetime":
        script.use("datetime")
        form = script.literal("%Y-%m" if months else "%Y-%m-%d")
        script.line(f"{name} = [datetime.strptime(d, {form}) for d in {given}]")
    elif way == "numpy":
        script.use("np")
        script.line(f"{name} = np.array({given}, dtype=`datetime64[D]`)")
    else:
        script.use("pd")
        script.line(f"{name} = pd.to_datetime({given})")
    return Code(name)


def time_axis(view: Trend, ax: Axes) -> None:
    """Dates along the x axis in a format; whole years where they are numbers."""
    script, rng = ax.script, ax.script.rng
    if isinstance(view.x[0], int):
        if len(view.x) <= 12 and view.x[-1] - view.x[0] < 40:
            ax.put("xticks", Code(script.literal(view.x)))
            if len(view.x) * 0.55 > script.look.size[0] * 0.7:
                _turned(ax, 45)
        return
    formats = (
        ("%b %Y", "%Y-%m", "%b %y", "%m/%Y") if len(view.x[0]) == 7 else ("%d %b", "%b %d", "%m-%d")
    )
    years = len({x[:4] for x in view.x}) if len(view.x[0]) == 7 else 1
    if rng.random() < 0.7:
        script.use("mdates")
        form = "%Y" if years > 4 else rng.choice(formats)
        script.line(
            f"{ax.object}.xaxis.set_major_formatter(mdates.DateFormatter({script.literal(form)}))"
        )
        if years > 4:
            script.line(f"{ax.object}.xaxis.set_major_locator(mdates.YearLocator())")
        _turned(ax, rng.choice((30, 45)))
    elif ax.name in ("plt", "ax") and rng.random() < 0.6:
        ax.turned = True
        script.line(f"{script.fig}.autofmt_xdate()")
    else:
        _turned(ax, 30)


def _turned(ax: Axes, angle: int) -> None:
    ax.turned = True
    if ax.name == "plt":
        ax.call("xticks", rotation=angle)
    else:
        ax.call("tick_params", axis="x", rotation=angle)


def done(
    view: Trend, ax: Axes, values: Sequence[float], *, legend: int = 0, log: bool = True
) -> None:
    """All that a chart of time ends with."""
    if view.log and log:
        ax.put("yscale", "log")
    else:
        ax.ticks("y", view.unit, values)
    ax.heading(view.title, view.time if ax.script.rng.random() < 0.75 else "", view.label)
    ax.grid()
    if legend:
        ax.legend(legend, view.by)
    time_axis(view, ax)
    ax.frame()
    ax.credit(view)
    ax.script.end()


def flat(view: Trend) -> list[float]:
    """Every value."""
    return [value for row in view.series.values() for value in row]


def written(view: Trend, script: Script, form: str = "") -> Columns:
    """The data of a trend."""
    return script.columns({view.time: view.x, **view.series}, form)


@kind(one_trend)
def line(view: Trend, script: Script) -> None:
    """One line, with marks or an annotated peak."""
    rng = script.rng
    columns = written(view, script)
    x = times(view, script, columns)
    (ax,) = script.figure()
    ((name, row),) = view.series.items()
    words: dict[str, Any] = {}
    if rng.random() < 0.5 and len(view.x) <= 40:
        words["marker"] = rng.choice(MARKERS[:5])
        if rng.random() < 0.5:
            words["markersize"] = rng.choice((4, 5, 6))
    if rng.random() < 0.7:
        words["color"] = script.colours(1)[0]
    if rng.random() < 0.5:
        words["linewidth"] = rng.choice((1.5, 2, 2.5))
    if rng.random() < 0.15:
        words["linestyle"] = rng.choice(DASHES[1:])
    ax.call("plot", x, columns[name], **words)
    if rng.random() < 0.25:
        ax.call("fill_between", x, columns[name], alpha=0.2, color=words.get("color", "C0"))
    elif rng.random() < 0.35:
        script.use("np")
        at = row.index(max(row))
        where = (
            {"np": Code(f"{x}[{at}]")}
            if columns.form != "frame"
            else {"np": Code(f"{x}.iloc[{at}]")}
        )
        side = -60 if at > len(row) / 2 else 25
        ax.note(f"Peak: {row[at]:g}", (where["np"], row[at]), (side, -25))
    if rng.random() < 0.2:
        script.use("np")
        mean = {"zh": "平均", "ja": "平均", "de": "Mittel"}.get(view.language, "Mean")
        ax.call(
            "axhline",
            Code(f"np.mean({columns[name]})"),
            color="gray",
            linestyle="--",
            linewidth=1,
            label=mean,
        )
        ax.legend(1)
    done(view, ax, row)


@kind(_several)
def lines(view: Trend, script: Script) -> None:
    """Several lines with a legend."""
    rng = script.rng
    names = list(view.series)
    way = rng.choice(("calls", "loop", "loop", "pandas", "seaborn", "direct"))
    if way == "seaborn":
        return _seaborn_lines(view, script)
    columns = written(view, script, {"pandas": "frame", "loop": "dict"}.get(way, ""))
    if way == "pandas":
        return _pandas_lines(view, script, columns)
    x = times(view, script, columns)
    colours = script.colours(len(names)) if rng.random() < 0.75 else [""] * len(names)
    marks = rng.random() < 0.5 and len(view.x) <= 40
    dashed = rng.random() < 0.2
    if way == "loop":
        code = script.palette(len(names)) if colours[0] else Code("")
        if colours[0]:
            script.line(f"colors = {code}")
        if marks:
            script.assign("markers", list(MARKERS[: len(names)]))
        (ax,) = script.figure()
        parts = ["name"] + ["color"] * bool(colours[0]) + ["marker"] * marks
        sources = (
            [Code(script.literal(names))]
            + [Code("colors")] * bool(colours[0])
            + [Code("markers")] * marks
        )
        inner = ax.name + ".plot(" + ", ".join(
            [str(x), f"{columns.name}[name]", "label=name"] + [f"{p}={p}" for p in parts[1:]]
        )  # fmt: skip
        inner += f", linewidth={rng.choice((1.5, 2, 2.5))})"
        head = f"for {', '.join(parts)} in zip({', '.join(map(str, sources))}):"
        script.line(head if len(parts) > 1 else f"for name in {sources[0]}:", f"    {inner}")
    else:
        (ax,) = script.figure()
        for number, name in enumerate(names):
            words: dict[str, Any] = {} if way == "direct" else {"label": name}
            if marks:
                words["marker"] = MARKERS[number]
            if colours[number]:
                words["color"] = colours[number]
            if dashed:
                words["linestyle"] = DASHES[number % 4]
            ax.call("plot", x, columns[name], **words)
    if way == "direct":
        last = Code(f"{x}[-1]") if columns.form != "frame" else Code(f"{x}.iloc[-1]")
        for number, (name, row) in enumerate(view.series.items()):
            colour = {"color": colours[number]} if colours[number] else {}
            place = {"xy": (last, row[-1]), "xytext": (6, 0), "textcoords": "offset points"}
            ax.call("annotate", name, **place, va="center", **colour)
        if isinstance(view.x[0], int):
            ax.put("xlim", view.x[0], view.x[-1] + round(0.22 * (view.x[-1] - view.x[0])))
            done(view, ax, flat(view))
            return None
    done(view, ax, flat(view), legend=0 if way == "direct" else len(names))
    return None


def _pandas_lines(view: Trend, script: Script, columns: Columns) -> None:
    rng = script.rng
    x = times(view, script, columns)
    frame = columns.name
    dates = not isinstance(view.x[0], int)
    (ax,) = script.figure()
    target = "plt.gca()" if ax.name == "plt" else ax.name
    words: dict[str, Any] = {"ax": Code(target)}
    if rng.random() < 0.6:
        words["linewidth"] = 2
    if rng.random() < 0.5 and not dates:
        words["marker"] = "o"
    if rng.random() < 0.5:
        words["color"] = script.colours(len(view.series))
    if dates and str(x) != f"{frame}[`{view.time}`]":
        script.line(f"{frame}[`{view.time}`] = {x}")
    if rng.random() < 0.5:
        script.line(script.called(f"{frame}.plot", x=view.time, y=list(view.series), **words))
    else:
        script.line(script.called(f"{frame}.set_index(`{view.time}`).plot", **words))
    if view.log:
        ax.put("yscale", "log")
    else:
        ax.ticks("y", view.unit, flat(view))
    ax.heading(view.title, view.time, view.label)
    ax.grid()
    ax.legend(len(view.series), view.by)
    ax.frame()
    script.end()


def _seaborn_lines(view: Trend, script: Script) -> None:
    script.use("sns")
    rng = script.rng
    columns = written(view, script, "frame")
    times(view, script, columns)
    by = view.by or "Series"
    value = view.label.partition(" (")[0]
    melt = script.called(
        f"{columns.name}.melt",
        id_vars=Code(script.literal(view.time)),
        var_name=by,
        value_name=value,
    )
    if not isinstance(view.x[0], int):
        script.use("pd")
    script.line(f"long = {melt}")
    (ax,) = script.figure()
    words: dict[str, Any] = {"data": Code("long"), "x": view.time, "y": value, "hue": by}
    if rng.random() < 0.4 and len(view.x) <= 40:
        words["marker"] = "o"
    if rng.random() < 0.4:
        words["style"] = by
    if rng.random() < 0.5 and not dict(script.look.theme).get("palette"):
        words["palette"] = script.colours(len(view.series))
    if ax.name != "plt":
        words["ax"] = Code(ax.name)
    if not isinstance(view.x[0], int):
        script.line(f"long[`{view.time}`] = pd.to_datetime(long[`{view.time}`])")
    script.line(script.called("sns.lineplot", **words))
    done(view, ax, flat(view), legend=len(view.series))


def two(table: Table, rng: random.Random) -> tuple[Trend, Trend] | None:
    """Trends of two columns at the same times."""
    first = slices.trend(table, rng, 1, 1)
    for _ in range(12 if first and first.column else 0):
        second = slices.trend(table, rng, 1, 1)
        if first and second and second.column not in ("", first.column) and first.by == second.by:
            both = [x for x in first.x if x in set(second.x)]
            if len(both) >= 8 and (not first.by or [*first.series] == [*second.series]):
                return _cut(first, both), _cut(second, both)
    return None


def _cut(view: Trend, x: list[Any]) -> Trend:
    kept = set(x)
    ((_, row),) = view.series.items()
    values = [v for t, v in zip(view.x, row, strict=True) if t in kept]
    short = view.label.partition(" (")[0]
    return Trend(**{**vars(view), "x": x, "series": {short: values}, "log": False})


@kind(two)
def twin_axes(pair: tuple[Trend, Trend], script: Script) -> None:
    """Two measures with an axis each."""
    first, second = pair
    rng = script.rng
    (one, row), (two, other) = *first.series.items(), *second.series.items()
    columns = script.columns({first.time: first.x, one: row, two: other})
    x = times(first, script, columns)
    (ax,) = script.figure()
    if ax.name == "plt":
        script.line("ax = plt.gca()")
        ax = Axes(script, "ax")
    left, right = script.colours(2)
    bars = (
        rng.random() < 0.35 and len(first.x) <= 24 and isinstance(first.x[0], int) and min(row) >= 0
    )
    if bars:
        ax.call("bar", x, columns[one], color=left, alpha=0.6, label=one)
    else:
        ax.call("plot", x, columns[one], color=left, marker=rng.choice(("", "o", "s")), label=one)
    script.line("ax2 = ax.twinx()")
    twin = Axes(script, "ax2")
    twin.call("plot", x, columns[two], color=right, marker=rng.choice(("", "^", "o")), label=two)
    ax.heading(first.about + f": {one} / {two}" if rng.random() < 0.3 else first.about, first.time)
    ax.put("ylabel", first.label, color=left)
    twin.put("ylabel", second.label, color=right)
    if rng.random() < 0.6:
        ax.call("tick_params", axis="y", labelcolor=left)
        twin.call("tick_params", axis="y", labelcolor=right)
    if script.look.sheet or script.look.theme:
        twin.call("grid", False)
    if rng.random() < 0.6:
        script.line(
            "lines, labels = ax.get_legend_handles_labels()",
            "lines2, labels2 = ax2.get_legend_handles_labels()",
            "ax.legend(lines + lines2, labels + labels2, loc=`best`)",
        )
    time_axis(first, ax)
    script.end()


def _panels(table: Table, rng: random.Random) -> Trend | None:
    found = slices.trend(table, rng, 3, 6)
    return found if found and len(found.series) in (3, 4, 6) else None


@kind(_panels)
def small_multiples(view: Trend, script: Script) -> None:
    """One small plot for each series, on the same axes."""
    rng = script.rng
    names = list(view.series)
    rows, wide = {3: (1, 3), 4: (2, 2), 6: (2, 3)}[len(names)]
    columns = written(view, script, rng.choice(("dict", "frame")))
    x = times(view, script, columns)
    size = (3.4 * wide, 3 * rows + 0.6)
    one_scale = view.log or rng.random() < 0.6
    script.figure(rows, wide, size=size, **({"sharey": True} if one_scale else {"sharex": True}))
    script.line(f"names = {script.literal(names)}")
    colours = script.palette(len(names))
    if rng.random() < 0.6:
        script.line(f"colors = {colours}")
        loop, colour = "for ax, name, color in zip(axes.flat, names, colors):", Code("color")
    else:
        loop, colour = (
            "for ax, name in zip(axes.flat, names):",
            Code(script.literal(script.colours(1)[0])),
        )
    inner = [f"ax.plot({x}, {columns.name}[name], color={colour}, linewidth=1.8)"]
    if rng.random() < 0.3:
        inner.append(f"ax.fill_between({x}, {columns.name}[name], alpha=0.2, color={colour})")
    inner.append(f"ax.set_title(name, fontsize={rng.choice((10, 11))})")
    if not isinstance(view.x[0], int):
        inner.append("ax.tick_params(axis=`x`, rotation=45)")
    elif rng.random() < 0.8:
        script.use("ticker")
        inner.append("ax.xaxis.set_major_locator(mticker.MaxNLocator(4, integer=True))")
    if script.look.grid:
        inner.append("ax.grid(True, alpha=0.3)")
    script.line(loop, *(f"    {one}" for one in inner))
    if view.log:
        script.line("axes.flat[0].set_yscale(`log`)")
    script.line(
        script.called(
            "fig.suptitle", view.title.replace("\n", ": "), fontsize=rng.choice((12, 13, 14))
        )
    )
    if rng.random() < 0.5:
        script.line(script.called("fig.supylabel", view.label, fontsize=10))
    else:
        script.line(f"axes.flat[0].set_ylabel({script.literal(view.label)})")
    script.end()


@kind(one_trend)
def inset(view: Trend, script: Script) -> None:
    """A line, and a part of it larger in a corner."""
    rng = script.rng
    columns = written(view, script, rng.choice(("lists", "arrays")))
    x = times(view, script, columns)
    (ax,) = script.figure()
    if ax.name == "plt":
        script.line("ax = plt.gca()")
        ax = Axes(script, "ax")
    ((name, row),) = view.series.items()
    colour, other = script.colours(2)
    ax.call("plot", x, columns[name], color=colour, label=name)
    count = len(row)
    start = rng.choice((count // 2, count // 3))
    end = min(count, start + max(4, count // 5))
    low, high = min(row), max(row)
    ax.put(
        "ylim", Code(f"{low - 0.1 * (high - low):.4g}"), Code(f"{high + 0.9 * (high - low):.4g}")
    )
    left = rng.choice((0.08, 0.52))
    script.line(f"inset = ax.inset_axes([{left}, 0.62, 0.4, 0.33])")
    small = Axes(script, "inset")
    part = f"[{start}:{end}]"
    small.call(
        "plot",
        Code(f"{x}{part}"),
        Code(f"{columns[name]}{part}"),
        color=other,
        marker="o",
        markersize=3,
    )
    small.put("title", {"zh": "局部", "ja": "拡大"}.get(view.language, "Detail"), fontsize=9)
    small.call("tick_params", labelsize=7)
    if not isinstance(view.x[0], int):
        script.use("mdates")
        script.line("inset.xaxis.set_major_locator(mdates.AutoDateLocator(maxticks=4))")
        script.line(
            "inset.xaxis.set_major_formatter(mdates.ConciseDateFormatter(inset.xaxis.get_major_locator()))"
        )
    else:
        script.use("ticker")
        script.line("inset.xaxis.set_major_locator(mticker.MaxNLocator(4, integer=True))")
    if rng.random() < 0.6:
        script.line("ax.indicate_inset_zoom(inset, edgecolor='gray')")
    done(view, ax, row, log=False)


def _connected(table: Table, rng: random.Random) -> Any:
    return two(table, rng) if table.entry.time and table.entry.time[1] == "year" else None


@kind(_connected)
def connected_scatter(pair: tuple[Trend, Trend], script: Script) -> None:
    """One measure against another, in the order of time."""
    first, second = pair
    rng = script.rng
    (one, row), (two, other) = *first.series.items(), *second.series.items()
    columns = script.columns({first.time: first.x, one: row, two: other}, "lists")
    (ax,) = script.figure()
    colour = script.colours(1)[0]
    ax.call("plot", columns[one], columns[two], "-o", color=colour, markersize=4, linewidth=1.2)
    step = max(1, len(row) // 6)
    script.line(
        f"for i in range(0, len({columns[first.time]}), {step}):",
        f"    point = {columns[one]}[i], {columns[two]}[i]",
        f"    {ax.name}.annotate(str({columns[first.time]}[i]), point, "
        f"xytext=(5, 4), textcoords=`offset points`, fontsize=8)",
    )
    ax.heading(f"{first.about}, {first.x[0]}–{first.x[-1]}", first.label, second.label)
    ax.grid()
    ax.frame()
    ax.credit(first)
    script.end()
    del rng


def _long(table: Table, rng: random.Random) -> Trend | None:
    found = slices.trend(table, rng, 1, 1)
    return found if found and len(found.x) >= 20 else None


@kind(_long)
def moving_average(view: Trend, script: Script) -> None:
    """Bars or a pale line of every value, and a moving average."""
    rng = script.rng
    columns = written(view, script, "frame")
    x = times(view, script, columns)
    ((name, row),) = view.series.items()
    wide = rng.choice((3, 5, 7))
    script.line(f"{columns.name}[`smooth`] = {columns[name]}.rolling({wide}, center=True).mean()")
    (ax,) = script.figure()
    pale, strong = script.colours(2)
    if isinstance(view.x[0], int) and rng.random() < 0.5:
        ax.call("bar", x, columns[name], color=pale, alpha=0.5, label=name)
    else:
        ax.call("plot", x, columns[name], color=pale, alpha=0.5, linewidth=1, label=name)
    ax.call(
        "plot",
        x,
        Code(f"{columns.name}[`smooth`]"),
        color=strong,
        linewidth=2.5,
        label=f"Moving average ({wide})",
    )
    done(view, ax, row, legend=2, log=False)
