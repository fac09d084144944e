"""What the plotting zygote draws while nobody asks: samples of what programs usually draw.

Libraries import, compile, look up and cache on first use. Drawn once before the fork, all that is
there for every program. Kinds of charts whose second drawing calls hardly fewer functions than the
first (bars, scatter, contours and most others) are left out: they would prime nothing.

A sample may change nothing else: `left_alone` puts back settings, random states, units and figures,
and `tests/renderers/test_chart_priming.py` compares what is left. The samples are ours; no program
of a user is ever seen here.

    for _ in steps():   # one sample each
        ...
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from visual_erm.renderers import capture
from visual_erm.renderers.chart_zygote import quiet

Sample = Callable[[], object]
_DPI = 40
"""Few pixels: what samples are drawn for is not in the pixels."""


def steps() -> Iterator[None]:
    """Draw one sample after the other."""
    for sample in SAMPLES:
        prime(sample)
        yield


def scouts() -> list[Sample]:
    """Draw whole programs: what most of them write to, others will."""
    return [partial(_run, source) for source in PROGRAMS]


def prime(sample: Sample) -> None:
    """Draw one sample; a library without what it asks for is no reason to stop."""
    import matplotlib as mpl

    with quiet(), left_alone():
        try:
            mpl.rcParams["figure.dpi"] = _DPI
            sample()
        except Exception:  # noqa: BLE001 - what cannot be drawn ahead is drawn later
            return


@contextmanager
def left_alone() -> Iterator[None]:
    """Put back what a sample changes and a program could see."""
    import matplotlib as mpl
    import numpy as np
    from matplotlib import dates, pyplot, units

    states = random.getstate(), np.random.get_state()
    registry = dict(units.registry)
    epoch = dates._epoch
    try:
        with mpl.rc_context():
            yield
    finally:
        pyplot.close("all")
        units.registry.clear()
        units.registry.update(registry)
        # once it is known, a program may not set another
        dates._epoch = epoch
        random.setstate(states[0])
        np.random.set_state(states[1])


def _save(**options: Any) -> None:
    from matplotlib import pyplot as plt

    plt.savefig(io.BytesIO(), **options)


def _polar_and_solid() -> None:
    import numpy as np
    from matplotlib import pyplot as plt

    angles = np.linspace(0, 6, 40)
    figure = plt.figure(figsize=(9, 4))
    round_axes = figure.add_subplot(131, projection="polar")
    round_axes.plot(angles, angles)
    round_axes.fill(angles, angles, alpha=0.2)
    solid = figure.add_subplot(132, projection="3d")
    plane = np.meshgrid(np.arange(8.0), np.arange(8.0))
    solid.plot_surface(*plane, plane[0] * plane[1], cmap="viridis")
    solid.set_xlabel("x")
    solid.scatter(angles, angles, angles)
    solid.bar3d([1], [1], [0], 1, 1, 1)
    _save()


def _texts() -> None:
    """Every usual face, and sizes."""
    from matplotlib import pyplot as plt

    figure = plt.figure()
    for size in (8, 9, 10, 11, 12, 14, 16, 18, 20):
        for weight in ("normal", "bold"):
            figure.text(0.1, 0.5, "0123.456789 Value", size=size, weight=weight)
    for family in ("sans-serif", "serif", "monospace", "Arial", "Times New Roman"):
        for style in ("normal", "italic"):
            figure.text(0.1, 0.2, "The quick brown fox", family=family, style=style)
    figure.text(0.1, 0.1, "turned", rotation=30, bbox={"boxstyle": "round", "facecolor": "wheat"})
    figure.text(0.1, 0.8, "\u4e2d\u6587 \u2212 \u00b5 \u20ac \u2192")
    _save()


def _formulas() -> None:
    from matplotlib import pyplot as plt

    figure = plt.figure()
    for number, formula in enumerate(
        (
            r"$\alpha_i^2 + \beta = \frac{1}{2}\sum_{k=0}^{n} x_k$",
            r"$\int_0^\infty e^{-x^2}\,dx = \sqrt{\pi}/2$",
            r"$\mathrm{R}^2 = 0.95,\ \mathbf{v} \cdot \mathit{w} \leq \hat{y} \pm \bar{\sigma}$",
            r"$10^{3}$ $\times 10^{-2}$ $\mu$m, 25$^\circ$C, $\left(\frac{a}{b}\right)$",
        )
    ):
        figure.text(0.1, 0.2 * number, formula, size=10 + 2 * number)
    _save()


def _dates() -> None:
    import datetime

    import pandas as pd
    from matplotlib import dates
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(4, 1)
    start = datetime.datetime(2024, 1, 1)
    for axis, (step, count) in zip(axes, ((1, 8), (1, 90), (30, 30), (400, 9)), strict=True):
        days = [start + datetime.timedelta(days=step * number) for number in range(count)]
        axis.plot(days, range(count))
    axes[0].xaxis.set_major_formatter(dates.DateFormatter("%d %b"))
    axes[1].xaxis.set_major_locator(dates.MonthLocator())
    axes[2].xaxis.set_major_formatter(dates.ConciseDateFormatter(dates.AutoDateLocator()))
    axes[3].plot(pd.date_range("2020-01-01", periods=9, freq="YE"), range(9))
    figure.autofmt_xdate()
    _save()


def _styles() -> None:
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator, PercentFormatter

    for style in ("ggplot", "seaborn-v0_8", "seaborn-v0_8-whitegrid", "dark_background", "bmh"):
        with plt.style.context(style):
            figure, axis = plt.subplots()
            axis.plot([0.1, 0.5, 0.3], label="share")
            axis.yaxis.set_major_formatter(PercentFormatter(1.0))
            axis.xaxis.set_major_locator(MultipleLocator(1))
            axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axis.yaxis.set_major_locator(MaxNLocator(4))
            axis.legend()
            figure.savefig(io.BytesIO())
            plt.close(figure)


def _formats() -> None:
    from matplotlib import pyplot as plt

    plt.plot([1, 3, 2])
    # formats beyond these make Pillow load all that it knows, which a program could see
    for kind in ("png", "jpg", "svg", "pdf"):
        _save(format=kind)
    _save(transparent=True, dpi=137, bbox_inches="tight", pad_inches=0.1)


def _tables() -> None:
    """pandas, without drawing: what programs make their data with."""
    import pandas as pd

    frame = _frame()
    frame.groupby("g", observed=True)["y"].agg(["mean", "std", "count"]).reset_index()
    frame.pivot_table(index="g", columns="h", values="y", aggfunc="mean").fillna(0)
    frame.melt(id_vars=["g", "h"], value_vars=["x", "y"]).sort_values("value")
    frame.assign(month=pd.date_range("2024-01-01", periods=len(frame))).set_index("month").resample(
        "ME"
    )["y"].mean()
    pd.read_csv(io.StringIO("a,b\n1,2\n3,4\n")).merge(pd.DataFrame({"a": [1], "c": ["x"]}))
    pd.cut(frame["x"], 3).value_counts().sort_index()
    frame["y"].rolling(5).mean().dropna().cumsum().describe()
    frame.corr(numeric_only=True).round(2).to_string()
    pd.concat([frame, frame]).query("x > 0").drop_duplicates()


def _frame() -> Any:
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.normal(size=90),
            "y": rng.normal(size=90),
            "t": np.arange(90) % 10,
            "g": list("abc") * 30,
            "h": list("uv") * 45,
        }
    )


def _seaborn(draw: Callable[[Any, Any], object]) -> Sample:
    """A seaborn plot of our own data, in its usual look, saved."""

    def sample() -> None:
        import seaborn as sns
        from matplotlib import pyplot as plt

        sns.set_theme(style="whitegrid", palette="muted")
        draw(sns, _frame())
        plt.savefig(io.BytesIO())

    return sample


def _networks() -> None:
    import networkx as nx
    from matplotlib import pyplot as plt

    graph = nx.karate_club_graph()
    directed = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])
    for place in (nx.spring_layout, nx.circular_layout, nx.kamada_kawai_layout, nx.shell_layout):
        place(directed)
    nx.draw(graph, nx.spring_layout(graph, seed=1), with_labels=True, node_color="lightblue")
    _save()
    plt.clf()
    spots = nx.spring_layout(directed, seed=0)
    nx.draw_networkx(directed, spots, node_size=500, arrows=True)
    nx.draw_networkx_edge_labels(directed, spots, {("a", "b"): "7"})
    _save()


def _numbers() -> None:
    import numpy as np
    from scipy import interpolate, optimize, stats

    x = np.linspace(0, 1, 30)
    stats.gaussian_kde(x)(x)
    stats.linregress(x, x)
    stats.norm.pdf(x)
    optimize.curve_fit(lambda value, a, b: a * value + b, x, x)
    interpolate.make_interp_spline(x, x)(x)
    np.polyfit(x, x, 2)
    np.linalg.svd(np.outer(x, x))
    np.histogram2d(x, x)
    np.fft.fft(x)


def _run(source: str) -> None:
    """A whole program and our own side of it.

    The clock is left alone: modules that were imported now would keep the clock of a moment.
    """
    with quiet(), left_alone():
        capture.draw(source.encode(), {"clock": None})


PROGRAMS: tuple[str, ...] = (
    """import matplotlib.pyplot as plt
import numpy as np
x = np.linspace(0, 10, 100)
fig, axes = plt.subplots(1, 2, figsize=(10, 4))
axes[0].plot(x, np.sin(x), "r--", label="sine", linewidth=2)
axes[0].scatter(x[::9], np.cos(x[::9]), c=x[::9])
axes[0].set_title("Signals")
axes[0].set_xlabel("time (s)")
axes[0].legend()
axes[0].grid(True, alpha=0.3)
axes[1].bar(["a", "b", "c"], [3, 5, 2], color=["#1f77b4", "#ff7f0e", "#2ca02c"])
axes[1].hist(np.sin(x), bins=10)
plt.tight_layout()
plt.savefig("out.png", dpi=150, bbox_inches="tight")
plt.show()
""",
    """import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
rng = np.random.default_rng(1)
frame = pd.DataFrame({"x": rng.normal(size=80), "y": rng.normal(size=80), "g": list("ab") * 40})
sns.set_theme(style="whitegrid")
fig, axes = plt.subplots(2, 2, figsize=(8, 6))
sns.boxplot(data=frame, x="g", y="y", ax=axes[0, 0])
sns.kdeplot(data=frame, x="x", hue="g", fill=True, ax=axes[0, 1])
sns.regplot(data=frame, x="x", y="y", ax=axes[1, 0])
sns.heatmap(frame[["x", "y"]].corr(), annot=True, ax=axes[1, 1])
fig.savefig("out.png")
grid = sns.FacetGrid(frame, col="g")
grid.map_dataframe(sns.scatterplot, x="x", y="y")
plt.show()
""",
    """import matplotlib.pyplot as plt
import pandas as pd
days = pd.date_range("2024-01-01", periods=30)
pd.DataFrame({"a": range(30), "b": range(30)}, index=days).plot(figsize=(8, 4), title="$x^2$")
plt.show()
""",
)
"""Whole programs: they prime our hooks, and scouts draw them."""

SAMPLES: tuple[Sample, ...] = (
    _texts,
    _formulas,
    _polar_and_solid,
    _dates,
    _styles,
    _formats,
    _tables,
    _numbers,
    _networks,
    _seaborn(lambda sns, df: sns.violinplot(df, x="g", y="y", hue="h", split=True)),
    _seaborn(lambda sns, df: sns.histplot(df, x="x", hue="g", kde=True)),
    _seaborn(lambda sns, df: sns.clustermap(df[["x", "y", "t"]].head(9))),
    _seaborn(
        lambda sns, df: sns.objects.Plot(df, x="x", y="y", color="g").add(sns.objects.Dot()).plot()
    ),
    *(partial(_run, source) for source in PROGRAMS),
)
"""Each takes a moment, so that a request waits no longer than that."""
