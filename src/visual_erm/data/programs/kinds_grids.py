"""Charts of values over a plane: heat maps, correlations, contours, surfaces."""

from __future__ import annotations

import random
from typing import Any

from visual_erm.data.programs import slices
from visual_erm.data.programs.kinds import kind
from visual_erm.data.programs.script import Axes, Code, Script
from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.views import Field, Grid, Numbers


def _matrix(table: Table, rng: random.Random) -> Grid | None:
    found = slices.grid(table, rng, (3, 9), (3, 8))
    return found if found and not found.log else None


def _annotated(view: Grid, script: Script, ax: Axes, fmt: str) -> None:
    flat = sorted(v for row in view.values for v in row)
    middle = (flat[0] + flat[-1]) / 2
    dark_high = script.look.cmap not in ("viridis", "plasma", "cividis")
    above, below = ("white", "black") if dark_high else ("black", "white")
    if script.look.cmap == "coolwarm":
        above = below = "black"
    script.line(
        f"for i in range({len(view.rows)}):",
        f"    for j in range({len(view.columns)}):",
        f"        color = `{above}` if values[i, j] > {middle:.4g} else `{below}`",
        f"        {ax.name}.text(j, i, f`{fmt}`, ha=`center`, va=`center`, color=color, "
        "fontsize=9)",
    )


@kind(_matrix)
def heatmap(view: Grid, script: Script) -> None:
    """Cells coloured by value, most with the value written in them."""
    rng = script.rng
    flat = [v for row in view.values for v in row]
    most = max(map(abs, flat))
    places = (
        "0"
        if all(float(v).is_integer() for v in flat) or most >= 100
        else "1"
        if most >= 10
        else "2"
    )
    fmt = ",.0f" if most >= 1000 else f".{places}f"
    seaborn = rng.random() < 0.5
    written = rng.random() < 0.75 and (most < 10**5)
    tall = max(script.look.size[1], 0.5 * len(view.rows) + 1.5)
    if seaborn:
        script.use("sns", "pd")
        script.line(*script.wrapped("values = ", [list(r) for r in view.values]))
        script.line(*script.wrapped("df = pd.DataFrame(values, index=", view.rows, ","))
        script.line(*script.wrapped("                  columns=", view.columns, ")"))
        (ax,) = script.figure(size=(script.look.size[0], tall))
        words: dict[str, Any] = {"cmap": script.look.cmap}
        if written:
            words |= {"annot": True, "fmt": fmt}
        if rng.random() < 0.5:
            words["linewidths"] = rng.choice((0.5, 1))
        words["cbar_kws"] = {"label": view.label}
        if ax.name != "plt":
            words["ax"] = Code(ax.name)
        script.line(script.called("sns.heatmap", Code("df"), **words))
        script.line(f"plt.setp({ax.object}.get_yticklabels(), rotation=0)")
    else:
        script.use("np")
        script.assign("rows", view.rows)
        script.assign("columns", view.columns)
        script.line(*script.wrapped("values = np.array(", [list(r) for r in view.values], ")"))
        script.blank()
        (ax,) = script.figure(size=(script.look.size[0], tall))
        way = rng.choice(("imshow", "imshow", "pcolormesh", "matshow")) if not written else "imshow"
        words = {"cmap": script.look.cmap}
        if way != "pcolormesh":
            words["aspect"] = "auto"
        call = f"{ax.name}.{way}" if way != "matshow" or ax.name != "plt" else "plt.imshow"
        script.line(f"im = {script.called(call, Code('values'), **words)}")
        shift = 0.5 if way == "pcolormesh" else 0
        x = Code("range(len(columns))") if not shift else Code("np.arange(len(columns)) + 0.5")
        y = Code("range(len(rows))") if not shift else Code("np.arange(len(rows)) + 0.5")
        ax.put("xticks", x, Code("columns"))
        ax.put("yticks", y, Code("rows"))
        if written:
            _annotated(view, script, ax, f"{{values[i, j]:{fmt}}}")
        if ax.name == "plt":
            script.line(script.called("plt.colorbar", Code("im"), label=view.label))
        else:
            script.line(
                script.called("fig.colorbar", Code("im"), ax=Code(ax.name), label=view.label)
            )
        if script.look.sheet or script.look.theme:
            ax.call("grid", False)
    ax.crowded(view.columns, 0.75)
    ax.heading(view.title, view.column_label, view.row_label)
    script.end()


@kind(slices.numbers)
def correlation(view: Numbers, script: Script) -> None:
    """How measures go together, two by two."""
    rng = script.rng
    script.use("pd", "np")
    columns = script.columns(dict(view.columns), "frame")
    script.line(f"corr = {columns.name}.corr()")
    (ax,) = script.figure(size=rng.choice(((7, 6), (8, 6.5), (8, 7))))
    if rng.random() < 0.55:
        script.use("sns")
        words: dict[str, Any] = {
            "annot": True,
            "fmt": ".2f",
            "cmap": script.look.diverging,
            "vmin": -1,
            "vmax": 1,
        }
        if rng.random() < 0.4:
            script.line("mask = np.triu(np.ones_like(corr, dtype=bool), k=1)")
            words["mask"] = Code("mask")
        if rng.random() < 0.5:
            words |= {"square": True, "linewidths": 0.5}
        if ax.name != "plt":
            words["ax"] = Code(ax.name)
        script.line(script.called("sns.heatmap", Code("corr"), **words))
        script.line(f"{ax.object}.tick_params(axis=`x`, rotation=30)")
    else:
        ax.make("im", "imshow", Code("corr"), cmap=script.look.diverging, vmin=-1, vmax=1)
        ax.put("xticks", Code("range(len(corr))"), Code("corr.columns"), rotation=40, ha="right")
        ax.put("yticks", Code("range(len(corr))"), Code("corr.columns"))
        script.line(
            "for i in range(len(corr)):",
            "    for j in range(len(corr)):",
            "        color = `white` if abs(corr.iloc[i, j]) > 0.6 else `black`",
            f"        {ax.name}.text(j, i, f`{{corr.iloc[i, j]:.2f}}`, ha=`center`, va=`center`, "
            "fontsize=9, color=color)",
        )
        script.line(
            "plt.colorbar(im)"
            if ax.name == "plt"
            else f"fig.colorbar(im, ax={ax.name}, shrink=0.85)"
        )
        if script.look.sheet or script.look.theme:
            ax.call("grid", False)
    heading = {"zh": "相关系数", "ja": "相関係数", "de": "Korrelationen"}.get(
        view.language, "Correlation matrix"
    )
    ax.heading(f"{view.about}: {heading.lower() if view.language == 'en' else heading}")
    script.end()


def _heights(view: Field, script: Script) -> None:
    """The heights, and where they stand."""
    script.use("np")
    script.line(*script.wrapped("z = np.array(", [list(r) for r in view.heights], ")"))
    rows, columns = len(view.heights), len(view.heights[0])
    script.line(
        f"x = np.linspace({view.x[0]:g}, {view.x[1]:g}, {columns})",
        f"y = np.linspace({view.y[0]:g}, {view.y[1]:g}, {rows})",
        "x, y = np.meshgrid(x, y)",
    )
    script.blank()


@kind(slices.field)
def contour(view: Field, script: Script) -> None:
    """Lines of equal height."""
    rng = script.rng
    _heights(view, script)
    (ax,) = script.figure()
    levels = rng.choice((6, 8, 10, 12))
    cmap = rng.choice(("terrain", "viridis", "YlGnBu", "cividis", "Greens"))
    if filled := rng.random() < 0.7:
        ax.make("cf", "contourf", Code("x"), Code("y"), Code("z"), levels=levels, cmap=cmap)
        script.line(
            script.called(
                "plt.colorbar" if ax.name == "plt" else "fig.colorbar",
                Code("cf"),
                label=view.label,
                **({} if ax.name == "plt" else {"ax": Code(ax.name)}),
            )
        )
    if not filled or rng.random() < 0.5:
        words: dict[str, Any] = {"levels": levels}
        words |= {"colors": "black", "linewidths": 0.6} if filled else {"cmap": cmap}
        ax.make("cs", "contour", Code("x"), Code("y"), Code("z"), **words)
        ax.call("clabel", Code("cs"), inline=True, fontsize=8)
    ax.heading(view.title if filled else f"{view.title}, {view.label}", view.x_label, view.y_label)
    script.end()


@kind(slices.field)
def surface(view: Field, script: Script) -> None:
    """Heights as a surface in three dimensions."""
    rng = script.rng
    _heights(view, script)
    script.line(
        script.called("fig = plt.figure", figsize=rng.choice(((8, 6), (7, 6)))),
        "ax = fig.add_subplot(111, projection=`3d`)",
    )
    cmap = rng.choice(("viridis", "terrain", "coolwarm", "plasma"))
    if rng.random() < 0.75:
        script.make(
            "surf",
            "ax.plot_surface",
            Code("x"),
            Code("y"),
            Code("z"),
            cmap=cmap,
            edgecolor=rng.choice(("none", "k")),
            linewidth=0.2,
        )
        script.line(
            script.called("fig.colorbar", Code("surf"), ax=Code("ax"), shrink=0.6, pad=0.12)
        )
    else:
        script.line(
            script.called(
                "ax.plot_wireframe",
                Code("x"),
                Code("y"),
                Code("z"),
                color=script.colours(1)[0],
                linewidth=0.8,
            )
        )
    ax = Axes(script, "ax")
    script.line(
        f"ax.view_init(elev={rng.choice((25, 30, 35))}, azim={rng.choice((-60, -45, 45, 120))})"
    )
    ax.put("title", view.title, **dict(script.look.title))
    ax.put("xlabel", view.x_label)
    ax.put("ylabel", view.y_label)
    ax.put("zlabel", view.label)
    script.end()


@kind(_matrix, dev=True)
def bar_3d(view: Grid, script: Script) -> None:
    """Columns in three dimensions."""
    script.use("np")
    script.assign("rows", view.rows[:5])
    script.assign("columns", view.columns[:4])
    script.line(*script.wrapped("values = np.array(", [list(r[:4]) for r in view.values[:5]], ")"))
    script.line("x, y = np.meshgrid(np.arange(len(columns)), np.arange(len(rows)))")
    script.line(
        script.called("fig = plt.figure", figsize=(8, 6)),
        "ax = fig.add_subplot(111, projection=`3d`)",
    )
    script.line(
        script.called(
            "ax.bar3d",
            Code("x.ravel() - 0.3"),
            Code("y.ravel() - 0.3"),
            Code("0"),
            Code("0.6"),
            Code("0.6"),
            Code("values.ravel()"),
            color=script.colours(1)[0],
            shade=True,
        )
    )
    script.line(
        "ax.set_xticks(range(len(columns)), columns, fontsize=8)",
        "ax.set_yticks(range(len(rows)), rows, fontsize=8)",
    )
    ax = Axes(script, "ax")
    ax.put("zlabel", view.label)
    ax.put("title", view.title, **dict(script.look.title))
    script.end()
