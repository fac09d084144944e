"""Charts of how values are distributed: histograms, densities, boxes, violins, points in strips."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from visual_erm.data.programs import slices
from visual_erm.data.programs.kinds import kind
from visual_erm.data.programs.script import Axes, Code, Columns, Script
from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.views import Samples

COUNT = {"en": "Count", "zh": "数量", "ja": "度数", "de": "Anzahl"}
DENSITY = {"en": "Density", "zh": "密度", "ja": "密度", "de": "Dichte"}


def _one(table: Table, rng: random.Random) -> Samples | None:
    found = slices.samples(table, rng, (1, 1))
    return found if found and not skewed(found) else None


def _two(table: Table, rng: random.Random) -> Samples | None:
    found = slices.samples(table, rng, (2, 3))
    return found if found and not skewed(found) else None


def _several(table: Table, rng: random.Random) -> Samples | None:
    found = slices.samples(table, rng, (3, 6))
    return found if found and not skewed(found) else None


def skewed(view: Samples) -> bool:
    """Whether most values lie in a corner of the axis."""
    values = sorted(v for row in view.groups.values() for v in row)
    low, middle, high = values[0], values[len(values) // 2], values[-1]
    return high > low and not 0.12 < (middle - low) / (high - low) < 0.88


def tidy(view: Samples, script: Script) -> tuple[Columns, str, str]:
    """All values in one column, their groups in another."""
    value, group = view.label.partition(" (")[0], view.group or "Group"
    values = [v for row in view.groups.values() for v in row]
    groups = [name for name, row in view.groups.items() for _ in row]
    script.use("pd")
    sizes = {name: len(row) for name, row in view.groups.items()}
    script.comment("Data")
    if script.rng.random() < 0.6:
        repeated = " + ".join(f"[`{name}`] * {size}" for name, size in sizes.items())
        lines = script.wrapped(f"    `{value}`: ", values, ",")
        script.line("df = pd.DataFrame({", f"    `{group}`: {repeated},", *lines, "})")
    else:
        script.line(*script.wrapped("df = pd.DataFrame(", {group: groups, value: values}, ")"))
    script.blank()
    return (
        Columns(
            script,
            "frame",
            "df",
            {value: f"df[`{value}`]", group: f"df[`{group}`]"},
        ),
        value,
        group,
    )


def _seaborn(view: Samples, script: Script) -> tuple[Axes, str, str]:
    """A plot to be made by seaborn from `df`; names of its columns of values and groups."""
    script.use("sns")
    _, value, group = tidy(view, script)
    (ax,) = script.figure()
    return ax, value, group


def target(ax: Axes) -> dict[str, Any]:
    """`ax=ax` where there is one."""
    return {} if ax.name == "plt" else {"ax": Code(ax.name)}


def done(view: Samples, ax: Axes, x: str, y: str, *, legend: int = 0, axis: str = "x") -> None:
    """All that such a chart ends with."""
    values = [v for row in view.groups.values() for v in row]
    ax.ticks(axis, view.unit, values)
    ax.heading(view.title, x, y)
    ax.grid("y")
    if legend:
        ax.legend(legend, view.group)
    ax.frame()
    ax.credit(view)
    ax.script.end()


def _bins(view: Samples, script: Script) -> Any:
    rng = script.rng
    if rng.random() < 0.5:
        return rng.choice((8, 10, 12, 15, 20))
    script.use("np")
    values = [v for row in view.groups.values() for v in row]
    low, high = min(values), max(values)
    step = next(
        s
        for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**5)
        if (high - low) / s < 18
    )
    first = int(low // step) * step
    count = int((high - first) // step) + 2
    return Code(f"np.arange({first:g}, {first + count * step:g}, {step:g})")


@kind(_one)
def histogram(view: Samples, script: Script) -> None:
    """How often values fall into bins, with the mean marked."""
    rng = script.rng
    columns = script.columns(dict(view.groups), rng.choice(("lists", "arrays", "frame")))
    ((name, row),) = view.groups.items()
    values = columns[name]
    (ax,) = script.figure()
    if rng.random() < 0.25:
        script.use("sns")
        script.line(
            script.called(
                "sns.histplot",
                values,
                bins=rng.choice((10, 12, 15)),
                kde=rng.random() < 0.6,
                color=script.colours(1)[0],
                **target(ax),
            )
        )
    else:
        words: dict[str, Any] = {"bins": _bins(view, script), "color": script.colours(1)[0]}
        if rng.random() < 0.7:
            words["edgecolor"] = rng.choice(("black", "white"))
        if rng.random() < 0.4:
            words["alpha"] = rng.choice((0.7, 0.75, 0.8))
        ax.call("hist", values, **words)
    if rng.random() < 0.5:
        script.use("np")
        marks = {
            "en": ("Mean", "Median"),
            "zh": ("平均值", "中位数"),
            "ja": ("平均", "中央値"),
            "de": ("Mittel", "Median"),
        }[view.language]
        ax.call(
            "axvline",
            Code(f"np.mean({values})"),
            color=rng.choice(("red", "crimson", script.look.ink)),
            linestyle="--",
            label=f"{marks[0]}: {sum(row) / len(row):.3g}",
        )
        if rng.random() < 0.4:
            ax.call(
                "axvline",
                Code(f"np.median({values})"),
                color="green",
                linestyle=":",
                label=marks[1],
            )
        ax.call("legend")
    done(view, ax, view.label, COUNT[view.language])


@kind(_two)
def overlaid_histogram(view: Samples, script: Script) -> None:
    """Histograms of groups in one plot: on top of each other, stacked, or beside each other."""
    rng = script.rng
    names = list(view.groups)
    way = rng.choice(("over", "stacked", "beside", "seaborn", "step"))
    if way == "seaborn":
        script.use("sns")
        columns, value, group = tidy(view, script)
        (ax,) = script.figure()
        words: dict[str, Any] = {
            "data": Code("df"),
            "x": value,
            "hue": group,
            "multiple": rng.choice(("stack", "layer", "dodge")),
            "bins": rng.choice((10, 12, 15)),
        }
        if not script.look.theme:
            words["palette"] = script.colours(len(names))
        script.line(script.called("sns.histplot", **words, **target(ax)))
        done(view, ax, view.label, COUNT[view.language])
        return
    columns = script.columns(dict(view.groups), "dict" if rng.random() < 0.5 else "lists")
    bins = _bins(view, script)
    (ax,) = script.figure()
    if way in ("stacked", "beside"):
        words = {
            "bins": bins,
            "label": names,
            "color": script.colours(len(names)),
            "stacked": way == "stacked",
            "edgecolor": "white",
        }
        ax.call("hist", [columns[n] for n in names], **words)
    else:
        for name, colour in zip(names, script.colours(len(names)), strict=True):
            words = (
                {"histtype": "step", "linewidth": 2}
                if way == "step"
                else {"alpha": rng.choice((0.5, 0.6))}
            )
            ax.call("hist", columns[name], bins=bins, color=colour, label=name, **words)
    done(view, ax, view.label, COUNT[view.language], legend=len(names))


@kind(_two)
def density(view: Samples, script: Script) -> None:
    """Smooth densities."""
    rng = script.rng
    names = list(view.groups)
    if rng.random() < 0.5:
        ax, value, group = _seaborn(view, script)
        words: dict[str, Any] = {
            "data": Code("df"),
            "x": value,
            "hue": group,
            "fill": rng.random() < 0.7,
        }
        if words["fill"] and rng.random() < 0.6:
            words["alpha"] = rng.choice((0.3, 0.4, 0.5))
        if rng.random() < 0.4:
            words["common_norm"] = False
        if not script.look.theme:
            words["palette"] = script.colours(len(names))
        script.line(script.called("sns.kdeplot", **words, **target(ax)))
        done(view, ax, view.label, DENSITY[view.language])
        return
    script.use("np", "stats")
    columns = script.columns(dict(view.groups), "dict")
    values = [v for row in view.groups.values() for v in row]
    room = 0.15 * (max(values) - min(values))
    script.line(f"x = np.linspace({min(values) - room:.4g}, {max(values) + room:.4g}, 200)")
    (ax,) = script.figure()
    script.line(
        f"for name, color in zip({columns.name}, {script.literal(script.colours(len(names)))}):",
        f"    kde = stats.gaussian_kde({columns.name}[name])",
        f"    {ax.name}.plot(x, kde(x), color=color, label=name, linewidth=2)",
    )
    if rng.random() < 0.6:
        script.line(f"    {ax.name}.fill_between(x, kde(x), color=color, alpha=0.25)")
    done(view, ax, view.label, DENSITY[view.language], legend=len(names))


@kind(_several)
def box(view: Samples, script: Script) -> None:
    """Boxes with whiskers."""
    rng = script.rng
    names = list(view.groups)
    way = rng.choice(("calls", "calls", "seaborn", "filled"))
    if way == "seaborn":
        ax, value, group = _seaborn(view, script)
        words: dict[str, Any] = {"data": Code("df"), "x": group, "y": value}
        if rng.random() < 0.7:
            words |= {
                "hue": group,
                "palette": rng.choice(("Set2", "pastel", "muted", "Set3")),
                "legend": False,
            }
        if rng.random() < 0.4:
            words["width"] = rng.choice((0.5, 0.6))
        script.line(script.called("sns.boxplot", **words, **target(ax)))
        if rng.random() < 0.35:
            script.line(
                script.called(
                    "sns.stripplot",
                    data=Code("df"),
                    x=group,
                    y=value,
                    color=script.look.ink,
                    size=3,
                    alpha=0.5,
                    **target(ax),
                )
            )
    else:
        columns = script.columns(dict(view.groups), rng.choice(("dict", "lists")))
        (ax,) = script.figure()
        lists = [columns[n] for n in names]
        given: Any = Code(f"list({columns.name}.values())") if columns.form == "dict" else lists
        words = {"tick_labels": names}
        if rng.random() < 0.3:
            words["notch"] = True
        if rng.random() < 0.3:
            words["showmeans"] = True
        if way == "filled":
            words["patch_artist"] = True
            ax.make("bp", "boxplot", given, **words)
            script.line(
                f"for patch, color in zip(bp[`boxes`], {script.palette(len(names))}):",
                "    patch.set_facecolor(color)",
            )
            if rng.random() < 0.5:
                script.line(
                    "for median in bp[`medians`]:",
                    "    median.set(color=`black`, linewidth=1.5)",
                )
        else:
            ax.call("boxplot", given, **words)
    ax.crowded(names)
    done(view, ax, view.group, view.label, axis="y")


@kind(_several)
def violin(view: Samples, script: Script) -> None:
    """Densities on both sides of a line."""
    rng = script.rng
    names = list(view.groups)
    if rng.random() < 0.5:
        ax, value, group = _seaborn(view, script)
        words: dict[str, Any] = {
            "data": Code("df"),
            "x": group,
            "y": value,
            "inner": rng.choice(("box", "quart", "point", "stick")),
        }
        if rng.random() < 0.7:
            words |= {
                "hue": group,
                "palette": rng.choice(("Set2", "muted", "pastel")),
                "legend": False,
            }
        script.line(script.called("sns.violinplot", **words, **target(ax)))
    else:
        columns = script.columns(dict(view.groups), "dict")
        (ax,) = script.figure()
        ax.make(
            "parts",
            "violinplot",
            Code(f"list({columns.name}.values())"),
            showmedians=rng.random() < 0.6,
            showmeans=rng.random() < 0.3,
        )
        if rng.random() < 0.6:
            script.line(
                "for body in parts[`bodies`]:",
                f"    body.set_facecolor({script.literal(script.colours(1)[0])})",
                "    body.set_edgecolor(`black`)",
                "    body.set_alpha(0.7)",
            )
        ax.put("xticks", Code(f"range(1, {len(names) + 1})"), names)
    ax.crowded(names)
    done(view, ax, view.group, view.label, axis="y")


@kind(_several)
def strip(view: Samples, script: Script) -> None:
    """Every value as a point: scattered, or beside each other as in a swarm."""
    rng = script.rng
    names = list(view.groups)
    way = rng.choice(("strip", "swarm", "jitter"))
    if way == "jitter":
        script.use("np")
        columns = script.columns(dict(view.groups), "dict")
        script.line("rng = np.random.default_rng(42)")
        (ax,) = script.figure()
        script.line(
            f"for i, (name, values) in enumerate({columns.name}.items()):",
            "    jitter = rng.uniform(-0.15, 0.15, len(values))",
            f"    {ax.name}.scatter(i + jitter, values, alpha=0.6, s={rng.choice((18, 25, 30))})",
            f"    {ax.name}.hlines(np.mean(values), i - 0.25, i + 0.25, "
            f"color=`{script.look.ink}`, linewidth=2)",
        )
        ax.put("xticks", Code(f"range({len(names)})"), names)
    else:
        ax, value, group = _seaborn(view, script)
        words: dict[str, Any] = {
            "data": Code("df"),
            "x": group,
            "y": value,
            "size": rng.choice((4, 5)) if way == "strip" else 4,
        }
        if rng.random() < 0.7:
            words |= {
                "hue": group,
                "palette": rng.choice(("Set1", "dark", "muted", "Set2")),
                "legend": False,
            }
        if way == "strip":
            words |= {"jitter": rng.choice((0.15, 0.2, 0.25)), "alpha": 0.7}
        else:
            words["warn_thresh"] = 1.0
        script.line(script.called(f"sns.{way}plot", **words, **target(ax)))
    ax.crowded(names)
    done(view, ax, view.group, view.label, axis="y")


@kind(_two)
def ecdf(view: Samples, script: Script) -> None:
    """The share of values up to each value."""
    rng = script.rng
    names = list(view.groups)
    share = {
        "en": "Cumulative share",
        "zh": "累积比例",
        "ja": "累積割合",
        "de": "Kumulierter Anteil",
    }[view.language]
    if rng.random() < 0.35:
        ax, value, group = _seaborn(view, script)
        words: dict[str, Any] = {"data": Code("df"), "x": value, "hue": group}
        if not script.look.theme:
            words["palette"] = script.colours(len(names))
        script.line(script.called("sns.ecdfplot", **words, **target(ax)))
        done(view, ax, view.label, share)
        return
    script.use("np")
    columns = script.columns(dict(view.groups), "dict")
    (ax,) = script.figure()
    if rng.random() < 0.5:
        script.line(
            f"for name, values in {columns.name}.items():",
            "    x = np.sort(values)",
            "    y = np.arange(1, len(x) + 1) / len(x)",
            f"    {ax.name}.step(x, y, where=`post`, label=name, linewidth=2)",
        )
    else:
        for name, colour in zip(names, script.colours(len(names)), strict=True):
            ax.call("ecdf", columns[name], label=name, color=colour, linewidth=rng.choice((1.5, 2)))
    done(view, ax, view.label, share, legend=len(names))


@kind(_several, dev=True)
def ridgeline(view: Samples, script: Script) -> None:
    """Densities of groups above each other."""
    rng = script.rng
    names = list(view.groups)
    script.use("np", "stats")
    columns = script.columns(dict(view.groups), "dict")
    values = [v for row in view.groups.values() for v in row]
    room = 0.15 * (max(values) - min(values))
    script.line(f"x = np.linspace({min(values) - room:.4g}, {max(values) + room:.4g}, 200)")
    (ax,) = script.figure()
    script.line(
        f"colors = {script.literal(script.colours(len(names)))}",
        f"for i, (name, color) in enumerate(zip({columns.name}, colors)):",
        f"    density = stats.gaussian_kde({columns.name}[name])(x)",
        "    density = density / density.max() * 0.9",
        f"    {ax.name}.fill_between(x, i, i + density, color=color, alpha=0.7, "
        f"zorder={len(names)} - i)",
        f"    {ax.name}.plot(x, i + density, color=`white`, linewidth=1, zorder={len(names)} - i)",
    )
    ax.put("yticks", Code(f"range({len(names)})"), names)
    done(view, ax, view.label, view.group if rng.random() < 0.5 else "")


@kind(partial(slices.samples, groups=(1, 1)), dev=True)
def rug_histogram(view: Samples, script: Script) -> None:
    """A histogram with every value marked below."""
    script.use("sns")
    columns = script.columns(dict(view.groups), "lists")
    ((name, _),) = view.groups.items()
    (ax,) = script.figure()
    colour, other = script.colours(2)
    script.line(
        script.called(
            "sns.histplot", x=columns[name], kde=True, color=colour, stat="density", **target(ax)
        )
    )
    script.line(
        script.called("sns.rugplot", x=columns[name], color=other, height=0.04, **target(ax))
    )
    done(view, ax, view.label, DENSITY[view.language])
