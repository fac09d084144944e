"""Charts of what changes over time, as areas: filled, stacked, bands, steps, stems."""

from __future__ import annotations

import random

from visual_erm.data.programs import slices
from visual_erm.data.programs.kinds import kind
from visual_erm.data.programs.kinds_lines import done, flat, one_trend, time_axis, times, written
from visual_erm.data.programs.script import Code, Script
from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.views import Trend


def _parts(table: Table, rng: random.Random) -> Trend | None:
    """Series that may be put on top of each other."""
    found = slices.trend(table, rng, 2, 5)
    if found is None or not found.additive:
        return None
    return found if min(min(row) for row in found.series.values()) >= 0 else None


def _varied(table: Table, rng: random.Random) -> Trend | None:
    """One series whose changes show on an axis that begins at zero."""
    found = one_trend(table, rng)
    return found if found and min(flat(found)) < 0.7 * max(flat(found)) else None


@kind(_varied)
def step(view: Trend, script: Script) -> None:
    """A staircase."""
    columns = written(view, script)
    x = times(view, script, columns)
    (ax,) = script.figure()
    ((name, row),) = view.series.items()
    where = script.rng.choice(("mid", "post", "pre"))
    ax.call("step", x, columns[name], where=where, color=script.colours(1)[0], linewidth=2)
    if script.rng.random() < 0.5:
        ax.call(
            "fill_between", x, columns[name], step=where, alpha=0.25, color=script.colours(1)[0]
        )
    done(view, ax, row, log=False)


@kind(_varied)
def area(view: Trend, script: Script) -> None:
    """One filled area."""
    rng = script.rng
    columns = written(view, script)
    x = times(view, script, columns)
    (ax,) = script.figure()
    ((name, row),) = view.series.items()
    colour = script.colours(1)[0]
    ax.call("fill_between", x, columns[name], color=colour, alpha=rng.choice((0.3, 0.4, 0.6)))
    ax.call("plot", x, columns[name], color=colour, linewidth=rng.choice((1, 1.5, 2)))
    if min(row) >= 0:
        ax.put("ylim", Code("bottom=0"))
    done(view, ax, row, log=False)


@kind(_parts)
def stacked_area(view: Trend, script: Script) -> None:
    """Areas on top of each other, as amounts or as shares."""
    rng = script.rng
    names = list(view.series)
    way = rng.choice(("stackplot", "stackplot", "share", "pandas"))
    columns = written(view, script, "frame" if way == "pandas" else "")
    x = times(view, script, columns)
    if way == "pandas":
        (ax,) = script.figure()
        words = {"alpha": 0.8, "ax": Code("plt.gca()" if ax.name == "plt" else ax.name)}
        if str(x) != f"{columns.name}[`{view.time}`]" and not isinstance(view.x[0], int):
            script.line(f"{columns.name}[`{view.time}`] = {x}")
        script.line(
            script.called(
                f"{columns.name}.plot.area", x=view.time, **words, color=script.colours(len(names))
            )
        )
        ax.ticks("y", view.unit, [2 * v for v in flat(view)])
        ax.heading(view.title, view.time, view.label)
        ax.legend(len(names), view.by)
        ax.frame()
        script.end()
        return
    stack = [columns[name] for name in names]
    if way == "share":
        script.use("np")
        script.line(f"values = np.array([{', '.join(stack)}], dtype=float)")
        script.line("shares = values / values.sum(axis=0)")
        stack = [Code("shares")]
    (ax,) = script.figure()
    words = {
        "labels": names,
        "colors": script.palette(len(names)),
        "alpha": rng.choice((0.7, 0.8, 0.9)),
    }
    ax.call("stackplot", x, *stack, **words)
    if way == "share":
        script.use("ticker")
        script.line(f"{ax.object}.yaxis.set_major_formatter(mticker.PercentFormatter(1.0))")
        ax.put("ylim", 0, 1)
        share = {"zh": "占比", "ja": "割合", "de": "Anteil"}.get(view.language, "Share")
        ax.heading(view.title, view.time, share)
        time_axis(view, ax)
    else:
        ax.ticks("y", view.unit, [2 * v for v in flat(view)])
        ax.heading(view.title, view.time, view.label)
        time_axis(view, ax)
    ax.legend(len(names), view.by, full=way == "share")
    script.line(f"{ax.object}.margins(x=0)")
    ax.frame()
    ax.credit(view)
    script.end()


@kind(one_trend)
def band(view: Trend, script: Script) -> None:
    """A moving mean with a band of one or two standard deviations."""
    rng = script.rng
    columns = written(view, script, rng.choice(("frame", "arrays")))
    x = times(view, script, columns)
    script.use("pd")
    ((name, row),) = view.series.items()
    wide = rng.choice((3, 5)) if len(row) < 25 else rng.choice((5, 7))
    series = columns[name] if columns.form == "frame" else Code(f"pd.Series({columns[name]})")
    script.line(
        f"rolling = {series}.rolling({wide}, center=True, min_periods=2)",
        "mean = rolling.mean()",
        "std = rolling.std()",
    )
    script.blank()
    (ax,) = script.figure()
    colour = script.colours(1)[0]
    ax.call("plot", x, columns[name], ".", color="gray", alpha=0.6, label=name)
    ax.call("plot", x, Code("mean"), color=colour, linewidth=2, label=f"{wide}-point mean")
    ax.call(
        "fill_between",
        x,
        Code("mean - std"),
        Code("mean + std"),
        color=colour,
        alpha=0.2,
        label=r"$\pm 1\sigma$",
    )
    done(view, ax, row, legend=3, log=False)


@kind(_varied)
def stem(view: Trend, script: Script) -> None:
    """Stems from zero."""
    columns = written(view, script)
    x = times(view, script, columns)
    (ax,) = script.figure()
    ((name, row),) = view.series.items()
    words = {"basefmt": script.rng.choice(("k-", "gray", " "))}
    colour = script.colours(1)[0]
    if script.rng.random() < 0.5:
        words |= {"linefmt": "C0-", "markerfmt": "C0o"}
        ax.call("stem", x, columns[name], **words)
    else:
        ax.make("markers, stems, base", "stem", x, columns[name])
        script.line(f"plt.setp(stems, color=`{colour}`, linewidth=1.5)")
        script.line(f"plt.setp(markers, color=`{colour}`, markersize=6)")
        script.line("plt.setp(base, color='gray', linewidth=0.8)")
    done(view, ax, row, log=False)


@kind(one_trend)
def diverging_area(view: Trend, script: Script) -> None:
    """Above and below the mean in two colours."""
    rng = script.rng
    columns = written(view, script, rng.choice(("arrays", "frame")))
    x = times(view, script, columns)
    ((name, row),) = view.series.items()
    base = 0 if min(row) < 0 < max(row) else round(sum(row) / len(row), 2)
    script.line(f"baseline = {base}")
    (ax,) = script.figure()
    y = columns[name]
    above, below = rng.choice(
        (("firebrick", "steelblue"), ("tab:green", "tab:red"), ("#d62728", "#1f77b4"))
    )
    words = {"interpolate": True, "alpha": rng.choice((0.5, 0.6, 0.8))}
    ax.call(
        "fill_between",
        x,
        y,
        Code("baseline"),
        where=Code(f"{y} >= baseline"),
        color=above,
        label="Above",
        **words,
    )
    ax.call(
        "fill_between",
        x,
        y,
        Code("baseline"),
        where=Code(f"{y} < baseline"),
        color=below,
        label="Below",
        **words,
    )
    ax.call("plot", x, y, color=script.look.ink, linewidth=1)
    ax.call(
        "axhline",
        Code("baseline"),
        color=script.look.ink,
        linewidth=0.8,
        linestyle=rng.choice(("-", "--")),
    )
    done(view, ax, row, legend=2, log=False)
