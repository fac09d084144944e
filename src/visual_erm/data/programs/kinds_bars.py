"""Charts of amounts by name: bars upright and lying, in groups, on top of each other, as shares."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from visual_erm.data.programs import slices
from visual_erm.data.programs.kinds import kind
from visual_erm.data.programs.script import Axes, Code, Script, width
from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.views import Bars, Grid

HATCHES = ("//", "..", "xx", "\\\\", "++")


def _columns(table: Table, rng: random.Random) -> Bars | None:
    """Few enough names to stand beside each other."""
    found = slices.bars(table, rng, 10)
    return found if found and max(map(width, found.names)) < 22 else None


def rows_of(table: Table, rng: random.Random) -> Bars | None:
    """Names beside the axis: more of them, and longer ones."""
    return slices.bars(table, rng, 15, least=4)


def _few(table: Table, rng: random.Random) -> Grid | None:
    found = slices.grid(table, rng, (2, 7), (2, 4))
    return found if found and found.values and not found.log else None


def _amounts(table: Table, rng: random.Random) -> Grid | None:
    found = _few(table, rng)
    return found if found and found.parts else None


def shown(value: float, unit: str) -> str:
    """A format for labels of values."""
    if unit == "share":
        return "{:.1%}"
    return "{:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else "{:.1f}"


def printf(values: Sequence[float], unit: str) -> str:
    """The same in the way of `bar_label`."""
    most = max(abs(v) for v in values)
    if all(float(v).is_integer() for v in values) and most < 1000:
        return "%d"
    if most >= 1000:
        return "{:,.0f}"
    return "%.3f" if most < 0.1 else "%.2f" if most < 5 else "%.1f"


def finish(
    view: Bars | Grid,
    ax: Axes,
    x: str,
    y: str,
    axis: str,
    *,
    legend: str = "",
    count: int = 0,
    full: bool = False,
) -> None:
    """All that a chart of bars ends with."""
    ax.heading(view.title, x, y)
    ax.grid(axis)
    if count:
        ax.legend(count, legend, full=full, **({} if full else {"loc": "best"}))
    ax.frame()
    ax.credit(view)
    ax.script.end()


@kind(_columns)
def bar(view: Bars, script: Script) -> None:
    """Upright bars."""
    rng = script.rng
    way = rng.choice(("calls", "calls", "pandas", "seaborn"))
    value = view.label.partition(" (")[0]
    columns = script.columns(
        {view.group: view.names, value: view.values},
        "frame" if way in ("pandas", "seaborn") else "",
    )
    names, values = columns[view.group], columns[value]
    colour: Any = script.colours(1)[0]
    if rng.random() < 0.3:
        colour = script.palette(len(view.names))
    (ax,) = script.figure()
    target = Code("plt.gca()" if ax.name == "plt" else ax.name)
    if way == "seaborn":
        script.use("sns")
        words: dict[str, Any] = {
            "data": Code(columns.name),
            "x": view.group,
            "y": value,
            "ax": target,
        }
        if rng.random() < 0.4:
            words |= {
                "hue": view.group,
                "palette": rng.choice(("viridis", "Blues_d", "mako", "crest")),
                "legend": False,
            }
        else:
            words["color"] = script.colours(1)[0]
        script.line(script.called("sns.barplot", **words))
    elif way == "pandas":
        words = {"x": view.group, "y": value, "ax": target, "color": colour, "legend": False}
        if rng.random() < 0.6:
            words["width"] = rng.choice((0.6, 0.7, 0.8))
        script.line(script.called(f"{columns.name}.plot.bar", **words))
        if sum(map(width, view.names)) * 0.1 < script.look.size[0] * 0.8:
            script.line(f"{ax.object}.tick_params(axis=`x`, rotation=0)")
    else:
        extra: dict[str, Any] = {"color": colour}
        if rng.random() < 0.35:
            extra["edgecolor"] = rng.choice(("black", "white", "gray"))
        if rng.random() < 0.4:
            extra["width"] = rng.choice((0.5, 0.6, 0.7))
        if rng.random() < 0.3:
            extra["alpha"] = rng.choice((0.7, 0.8, 0.85))
        if rng.random() < 0.1:
            extra["hatch"] = rng.choice(HATCHES)
        labelled = rng.random()
        text = script.called(f"{ax.name}.bar", names, values, **extra)
        script.line(f"bars = {text}" if labelled < 0.55 else text)
        if labelled < 0.3:
            ax.call(
                "bar_label", Code("bars"), fmt=printf(view.values, view.unit), padding=3, fontsize=9
            )
            script.line(f"{ax.object}.margins(y=0.1)")
        elif labelled < 0.55:
            fmt = shown(view.values[0], view.unit).replace("{", "{value")
            script.line(
                f"for bar, value in zip(bars, {values}):",
                f"    {ax.name}.text(bar.get_x() + bar.get_width() / 2, bar.get_height(), "
                f"f`{fmt}`, ha=`center`, va=`bottom`)",
            )
            script.line(f"{ax.object}.margins(y=0.1)")
    if view.log:
        ax.put("yscale", "log")
    else:
        ax.ticks("y", view.unit, view.values)
    if way != "pandas" or sum(map(width, view.names)) * 0.1 < script.look.size[0] * 0.8:
        ax.crowded(view.names)
    elif ax.name == "plt":
        ax.call("xticks", rotation=45, ha="right")
    else:
        ax.call("tick_params", axis="x", rotation=60)
    if rng.random() < 0.12 and not view.log:
        script.use("np")
        mean = {"zh": "平均", "ja": "平均", "de": "Mittel"}.get(view.language, "Mean")
        ax.call(
            "axhline",
            Code(f"np.mean({values})"),
            color=script.look.ink,
            linestyle="--",
            linewidth=1,
            label=mean,
        )
        ax.call("legend")
    finish(view, ax, view.group if rng.random() < 0.7 else "", view.label, "y")


@kind(rows_of)
def barh(view: Bars, script: Script) -> None:
    """Lying bars."""
    rng = script.rng
    way = rng.choice(("calls", "calls", "pandas", "seaborn"))
    value = view.label.partition(" (")[0]
    columns = script.columns(
        {view.group: view.names, value: view.values},
        "frame" if way in ("pandas", "seaborn") else "",
    )
    size = (script.look.size[0], max(script.look.size[1], 0.32 * len(view.names) + 1.2))
    (ax,) = script.figure(size=size)
    target = Code("plt.gca()" if ax.name == "plt" else ax.name)
    colour = script.colours(1)[0]
    if way == "seaborn":
        script.use("sns")
        words: dict[str, Any] = {
            "data": Code(columns.name),
            "x": value,
            "y": view.group,
            "ax": target,
        }
        words |= (
            {
                "hue": view.group,
                "palette": rng.choice(("viridis", "rocket", "flare")),
                "legend": False,
            }
            if rng.random() < 0.4
            else {"color": colour}
        )
        script.line(script.called("sns.barplot", **words))
    elif way == "pandas":
        order = (
            script.called(f"{columns.name}.sort_values", value)
            if not view.ordered
            else columns.name
        )
        script.line(
            script.called(
                f"{order}.plot.barh", x=view.group, y=value, ax=target, color=colour, legend=False
            )
        )
    else:
        extra: dict[str, Any] = {"color": colour}
        if rng.random() < 0.3:
            extra["edgecolor"] = rng.choice(("black", "white"))
        if rng.random() < 0.4:
            extra["height"] = rng.choice((0.5, 0.6, 0.7))
        if rng.random() < 0.25:
            extra["color"] = script.palette(len(view.names))
        ax.make("bars", "barh", columns[view.group], columns[value], **extra)
        if rng.random() < 0.6:
            script.line(f"{ax.object}.invert_yaxis()")
        if rng.random() < 0.5:
            ax.call(
                "bar_label",
                Code("bars"),
                fmt=printf(view.values, view.unit),
                padding=rng.choice((2, 3, 4)),
            )
            script.line(f"{ax.object}.margins(x=0.12)")
    if view.log:
        ax.put("xscale", "log")
    else:
        ax.ticks("x", view.unit, view.values)
    finish(view, ax, view.label, view.group if rng.random() < 0.4 else "", "x")


def grid_data(view: Grid) -> dict[str, list[Any]]:
    """The names of the rows, and a column for each other name."""
    columns: dict[str, list[Any]] = {view.row_label: view.rows}
    for number, name in enumerate(view.columns):
        columns[name if name != view.row_label else f"{name} "] = [
            row[number] for row in view.values
        ]
    return columns


@kind(_few)
def grouped_bar(view: Grid, script: Script) -> None:
    """Bars beside each other in groups."""
    rng = script.rng
    way = rng.choice(("numpy", "numpy", "pandas", "seaborn"))
    columns = script.columns(
        grid_data(view),
        "frame" if way in ("pandas", "seaborn") else "dict" if rng.random() < 0.5 else "",
    )
    count = len(view.columns)
    flat = [value for row in view.values for value in row]
    if way == "seaborn":
        script.use("sns")
        value, by = view.label.partition(" (")[0], view.column_label or "Measure"
        script.line(
            "long = "
            + script.called(
                f"{columns.name}.melt", id_vars=view.row_label, var_name=by, value_name=value
            )
        )
        (ax,) = script.figure()
        words: dict[str, Any] = {"data": Code("long"), "x": view.row_label, "y": value, "hue": by}
        if ax.name != "plt":
            words["ax"] = Code(ax.name)
        if not script.look.theme:
            words["palette"] = script.colours(count)
        script.line(script.called("sns.barplot", **words))
    elif way == "pandas":
        (ax,) = script.figure()
        words = {
            "x": view.row_label,
            "ax": Code(ax.object),
            "width": rng.choice((0.7, 0.8)),
            "rot": 0 if max(map(width, view.rows)) < 12 and len(view.rows) < 6 else 30,
        }
        words["color"] = script.colours(count)
        script.line(script.called(f"{columns.name}.plot", kind="bar", **words))
    else:
        script.use("np")
        bar_width = round(0.8 / count, 2)
        script.line(f"x = np.arange(len({columns[view.row_label]}))", f"width = {bar_width}")
        script.blank()
        (ax,) = script.figure()
        edge = {"edgecolor": rng.choice(("white", "black"))} if rng.random() < 0.3 else {}
        if rng.random() < 0.4 and columns.form == "dict":
            names = script.literal(view.columns)
            script.line(
                f"for i, name in enumerate({names}):",
                f"    shift = (i - {(count - 1) / 2:g}) * width",
                f"    {ax.name}.bar(x + shift, {columns.name}[name], width, label=name)",
            )
        else:
            for number, name in enumerate(view.columns):
                shift = number - (count - 1) / 2
                place = Code(
                    "x"
                    if shift == 0
                    else f"x {'+' if shift > 0 else '-'} {abs(shift):g} * width".replace("1 * ", "")
                )
                key = name if name != view.row_label else f"{name} "
                words = {"label": name, "color": script.colours(count)[number], **edge}
                text = script.called(f"{ax.name}.bar", place, columns[key], Code("width"), **words)
                labelled = count <= 2 and len(view.rows) <= 5 and rng.random() < 0.5
                script.line(f"bars = {text}" if labelled else text)
                if labelled:
                    ax.call(
                        "bar_label",
                        Code("bars"),
                        fmt=printf(flat, view.unit),
                        fontsize=8,
                        padding=2,
                    )
        if ax.name == "plt":
            ax.call("xticks", Code("x"), columns[view.row_label])
        else:
            ax.put(
                "xticks", Code("x"), columns[view.row_label]
            ) if rng.random() < 0.6 else script.line(
                f"{ax.name}.set_xticks(x)", f"{ax.name}.set_xticklabels({columns[view.row_label]})"
            )
    ax.ticks("y", view.unit, flat)
    if way != "pandas":
        ax.crowded(view.rows)
    finish(view, ax, view.row_label, view.label, "y", legend=view.column_label, count=count)


@kind(_amounts)
def stacked_bar(view: Grid, script: Script) -> None:
    """Bars on top of each other."""
    rng = script.rng
    way = rng.choice(("bottom", "bottom", "pandas", "lying"))
    columns = script.columns(
        grid_data(view), "frame" if way == "pandas" else rng.choice(("dict", "arrays"))
    )
    count = len(view.columns)
    totals = [sum(row) for row in view.values]
    colours = script.colours(count)
    if way == "pandas":
        (ax,) = script.figure()
        words = {
            "x": view.row_label,
            "stacked": True,
            "ax": Code(ax.object),
            "color": colours,
            "rot": 0 if max(map(width, view.rows)) < 12 and len(view.rows) < 6 else 30,
        }
        script.line(script.called(f"{columns.name}.plot", kind="bar", **words))
    else:
        script.use("np")
        names = columns[view.row_label]
        base, across = ("left", "barh") if way == "lying" else ("bottom", "bar")
        script.line(f"{base} = np.zeros(len({names}))")
        (ax,) = script.figure()
        edge = {"edgecolor": "white"} if rng.random() < 0.4 else {}
        loop = columns.form == "dict" and rng.random() < 0.6
        if loop:
            edge_code = ", edgecolor='white'" if edge else ""
            script.line(
                f"colors = {script.literal(dict(zip(view.columns, colours, strict=True)))}",
                "for name, color in colors.items():",
                f"    {ax.name}.{across}({names}, {columns.name}[name], {base}={base}, label=name, "
                f"color=color{edge_code})",
                f"    {base} += np.array({columns.name}[name])",
            )
        else:
            for name, colour in zip(view.columns, colours, strict=True):
                ax.call(
                    across,
                    names,
                    columns[name],
                    **{base: Code(base)},
                    label=name,
                    color=colour,
                    **edge,
                )
                script.line(f"{base} = {base} + np.array({columns[name]})")
    if way == "lying":
        ax.ticks("x", view.unit, totals)
        finish(view, ax, view.label, view.row_label, "x", legend=view.column_label, count=count)
    else:
        ax.ticks("y", view.unit, totals)
        if way != "pandas":
            ax.crowded(view.rows)
        finish(view, ax, view.row_label, view.label, "y", legend=view.column_label, count=count)


@kind(_amounts)
def percent_bar(view: Grid, script: Script) -> None:
    """Shares of each bar, adding up to all of it."""
    rng = script.rng
    script.use("np", "ticker")
    columns = script.columns(grid_data(view), "frame")
    count = len(view.columns)
    script.line(
        f"counts = {columns.name}.set_index(`{view.row_label}`)",
        "shares = counts.div(counts.sum(axis=1), axis=0)"
        + (" * 100" if (hundred := rng.random() < 0.5) else ""),
    )
    lying = rng.random() < 0.5
    (ax,) = script.figure()
    words: dict[str, Any] = {
        "stacked": True,
        "ax": Code(ax.object),
        "width": rng.choice((0.6, 0.75, 0.85)),
    }
    words["color"] = script.colours(count)
    script.line(script.called(f"shares.plot.{'barh' if lying else 'bar'}", **words))
    if rng.random() < 0.5 and len(view.rows) * count <= 24:
        # not bar_label with its labels in the middle: their places are functions, which a figure
        # that is to be copied may not hold
        size = "bar.get_width()" if lying else "bar.get_height()"
        script.line(
            f"for bar in {ax.object}.patches:",
            "    x = bar.get_x() + bar.get_width() / 2",
            "    y = bar.get_y() + bar.get_height() / 2",
            f"    {ax.object}.text(x, y, f`{{{size}:.0{'f' if hundred else '%'}}}"
            f"{'%' if hundred else ''}`, ha=`center`, va=`center`, fontsize=8, color=`white`)",
        )
    axis = "x" if lying else "y"
    whole = 100 if hundred else 1
    script.line(f"{ax.object}.{axis}axis.set_major_formatter(mticker.PercentFormatter({whole}))")
    ax.put(f"{axis}lim", 0, 100 if hundred else 1)
    share = {"zh": "占比", "ja": "割合", "de": "Anteil"}.get(view.language, "Share")
    if lying:
        finish(
            view, ax, share, view.row_label, "x", legend=view.column_label, count=count, full=True
        )
        return
    if ax.name == "plt":
        ax.call("xticks", rotation=30 if max(map(width, view.rows)) > 8 else 0)
    else:
        ax.call("tick_params", axis="x", rotation=30 if max(map(width, view.rows)) > 8 else 0)
    finish(view, ax, view.row_label, share, "y", legend=view.column_label, count=count, full=True)
