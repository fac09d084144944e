"""Charts drawn anew with another library: false reports, and whether wrong data still shows.

    pip install plotnine seaborn 'visual-erm[plotly,altair]'
    python -m benchmarks.other_libraries [--kept] [--list] [--out FOLDER]

Plain charts are drawn with Matplotlib, and again with seaborn, plotnine, Altair and Plotly in the
looks of these: another ground, other colours, another size, other ticks, another place of the
legend. Each is drawn with the right data, and with one thing wrong (see `SLIPS`). Style and layout
do differ there, so what is counted is what must not be reported of right data (values, texts and
elements), and how often right data is paid more than wrong data by the same library. Rules of the
judge were made by looking at `CHARTS`; of those of `--kept` only figures are read.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from visual_erm import images, render_many
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.rewards.shaping import Graded, Outcome
from visual_erm.types import Failure

if TYPE_CHECKING:
    from visual_erm.types import Image

Chart = dict[str, Any]
"""`kind`, `title`, `x` and `y` (names of the axes), `names` or `at` (what stands along the axis of
categories or of x), and `series`, values by name."""

CHARTS: dict[str, Chart] = {
    "harvest": {
        "kind": "bar",
        "title": "Harvest by crop",
        "x": "Crop",
        "y": "Tonnes",
        "names": ["Barley", "Maize", "Oats", "Rye", "Wheat"],
        "series": {"2024": [34, 58, 21, 17, 72]},
    },
    "visitors": {
        "kind": "bar",
        "title": "Visitors per quarter",
        "x": "Quarter",
        "y": "Visitors (thousand)",
        "names": ["Q1", "Q2", "Q3", "Q4"],
        "series": {"Museum": [12, 31, 44, 19], "Zoo": [8, 27, 39, 11]},
    },
    "accuracy": {
        "kind": "bar",
        "title": "Accuracy by model size",
        "x": "Benchmark",
        "y": "Accuracy (%)",
        "names": ["Easy", "Medium", "Hard"],
        "series": {"Small": [71, 52, 28], "Base": [79, 61, 36], "Large": [86, 70, 49]},
    },
    "rivers": {
        "kind": "barh",
        "title": "Length of rivers",
        "x": "Kilometres",
        "y": "River",
        "names": ["Danube", "Rhine", "Elbe", "Loire", "Ebro", "Tagus"],
        "series": {"length": [2850, 1233, 1094, 1012, 930, 1007]},
    },
    "survey": {
        "kind": "barh",
        "title": "Answers by group",
        "x": "People",
        "y": "Answer",
        "names": ["Agree", "Neutral", "Disagree"],
        "series": {"Students": [48, 22, 30], "Teachers": [35, 14, 51]},
    },
    "prices": {
        "kind": "line",
        "title": "Price of a kilowatt hour",
        "x": "Year",
        "y": "Cents",
        "at": [2015, 2016, 2017, 2018, 2019, 2020, 2021, 2022],
        "series": {"price": [28.2, 28.8, 29.3, 29.5, 30.9, 31.8, 32.2, 40.1]},
    },
    "loss": {
        "kind": "line",
        "title": "Validation loss",
        "x": "Epoch",
        "y": "Loss",
        "at": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        "series": {
            "baseline": [2.1, 1.7, 1.45, 1.3, 1.21, 1.15, 1.1, 1.08, 1.06, 1.05],
            "ours": [1.9, 1.3, 1.0, 0.83, 0.72, 0.65, 0.6, 0.57, 0.55, 0.54],
        },
    },
    "months": {
        "kind": "line",
        "title": "Mean temperature",
        "x": "Month",
        "y": "Degrees Celsius",
        "at": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        "series": {
            "Oslo": [-4, -4, 0, 5, 11, 15, 17, 16, 11, 6, 1, -3],
            "Rome": [8, 9, 11, 14, 18, 22, 25, 25, 21, 17, 12, 9],
            "Perth": [25, 25, 23, 20, 16, 14, 13, 13, 15, 17, 20, 23],
        },
    },
    "heights": {
        "kind": "scatter",
        "title": "Height and weight",
        "x": "Height (cm)",
        "y": "Weight (kg)",
        "at": [151, 155, 158, 160, 163, 165, 168, 170, 173, 175, 178, 181, 184, 188],
        "series": {"weight": [48, 53, 51, 57, 60, 58, 66, 69, 64, 75, 78, 74, 85, 90]},
    },
    "speeds": {
        "kind": "scatter",
        "title": "Stopping distance",
        "x": "Speed (km/h)",
        "y": "Distance (m)",
        "at": [20, 30, 40, 50, 60, 70, 80, 90, 100],
        "series": {
            "dry": [6, 11, 17, 24, 33, 43, 54, 66, 80],
            "wet": [9, 17, 27, 39, 54, 71, 90, 111, 135],
        },
    },
}

KEPT: dict[str, Chart] = {
    "exports": {
        "kind": "bar",
        "title": "Exports by country",
        "x": "Country",
        "y": "Million euros",
        "names": ["Chile", "Ghana", "India", "Japan", "Kenya", "Peru"],
        "series": {"exports": [412, 188, 655, 530, 97, 274]},
    },
    "seasons": {
        "kind": "bar",
        "title": "Rain by season",
        "x": "Season",
        "y": "Rain (mm)",
        "names": ["Spring", "Summer", "Autumn", "Winter"],
        "series": {"Bergen": [480, 520, 790, 710], "Madrid": [120, 45, 135, 128]},
    },
    "latency": {
        "kind": "barh",
        "title": "Latency of databases",
        "x": "Milliseconds",
        "y": "Database",
        "names": ["Alpha", "Bravo", "Delta", "Kilo", "Tango"],
        "series": {"p50": [12, 19, 8, 31, 24], "p99": [48, 95, 37, 120, 88]},
    },
    "battery": {
        "kind": "line",
        "title": "Battery over a day",
        "x": "Hour",
        "y": "Charge (%)",
        "at": [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
        "series": {"charge": [100, 97, 95, 93, 84, 71, 62, 50, 41, 27, 15, 9]},
    },
    "users": {
        "kind": "line",
        "title": "Users of three services",
        "x": "Week",
        "y": "Thousand users",
        "at": [1, 2, 3, 4, 5, 6, 7, 8],
        "series": {
            "chat": [4.1, 5.0, 6.3, 7.9, 9.4, 11.8, 14.1, 16.9],
            "mail": [12.4, 12.1, 12.6, 12.2, 11.7, 11.9, 11.2, 10.8],
            "maps": [7.5, 8.8, 8.1, 9.3, 6.9, 5.2, 5.9, 7.2],
        },
    },
    "trees": {
        "kind": "scatter",
        "title": "Girth and height of trees",
        "x": "Girth (cm)",
        "y": "Height (m)",
        "at": [21, 26, 33, 41, 47, 55, 62, 70, 78, 85, 93],
        "series": {
            "beech": [4, 6, 9, 11, 14, 15, 19, 20, 24, 25, 29],
            "pine": [7, 8, 13, 12, 19, 17, 24, 22, 27, 31, 30],
        },
    },
}
"""Charts that no rule was made by: only their figures are read."""

MATPLOTLIB = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(SIZE))
series = chart["series"]
for k, (name, values) in enumerate(series.items()):
    if chart["kind"] == "line":
        ax.plot(chart["at"], values, marker="o", label=name)
    elif chart["kind"] == "scatter":
        ax.scatter(chart["at"], values, label=name)
    else:
        width = 0.8 / len(series)
        at = [i + (k - (len(series) - 1) / 2) * width for i in range(len(values))]
        (ax.bar if chart["kind"] == "bar" else ax.barh)(at, values, width, label=name)
if chart["kind"] == "bar":
    ax.set_xticks(range(len(chart["names"])), chart["names"])
elif chart["kind"] == "barh":
    ax.set_yticks(range(len(chart["names"])), chart["names"])
    ax.invert_yaxis()
ax.set(title=chart["title"], xlabel=chart["x"], ylabel=chart["y"])
if len(series) > 1:
    ax.legend()
fig.tight_layout()
"""
LONG = """
import pandas as pd
along = chart.get("names") or chart["at"]
data = pd.DataFrame(
    [
        {"at": at, "value": value, "series": name}
        for name, values in chart["series"].items()
        for at, value in zip(along, values)
    ]
)
kind, several, names = chart["kind"], len(chart["series"]) > 1, list(chart["series"])
"""
PLOTNINE = """
import plotnine as p9
if "names" in chart:
    data["at"] = pd.Categorical(data["at"], along[::-1] if kind == "barh" else along)
data["series"] = pd.Categorical(data["series"], names)
if "names" in chart:
    plot = p9.ggplot(data, p9.aes("at", "value", **({"fill": "series"} if several else {})))
    plot = plot + p9.geom_col(position="dodge")
else:
    plot = p9.ggplot(data, p9.aes("at", "value", **({"color": "series"} if several else {})))
    plot = plot + p9.geom_point(size=2)
if kind == "line":
    plot = plot + p9.geom_line()
if kind == "barh":
    plot = plot + p9.coord_flip() + p9.labs(title=chart["title"], x=chart["y"], y=chart["x"])
else:
    plot = plot + p9.labs(title=chart["title"], x=chart["x"], y=chart["y"])
plot.draw()
"""
ALTAIR = """
import altair as alt
lying = kind == "barh"
value = (alt.X if lying else alt.Y)("value:Q").title(chart["x" if lying else "y"])
hue = {"color": alt.Color("series:N", sort=names).title(None)} if several else {}
base = alt.Chart(data, title=chart["title"])
if "names" in chart:
    named = (alt.Y if lying else alt.X)("at:N", sort=along).title(chart["y" if lying else "x"])
    place = {"y" if lying else "x": named, "x" if lying else "y": value}
    if several:
        key, offset = ("yOffset", alt.YOffset) if lying else ("xOffset", alt.XOffset)
        place[key] = offset("series:N", sort=names)
    plot = base.mark_bar().encode(**place, **hue)
else:
    mark = base.mark_line(point=True) if kind == "line" else base.mark_point(filled=True)
    at = alt.X("at:Q", scale=alt.Scale(zero=False)).title(chart["x"])
    plot = mark.encode(x=at, y=value, **hue)
chart = plot.properties(width=430, height=300)
"""
PLOTLY = """
import plotly.graph_objects as go
fig = go.Figure()
along = chart.get("names") or chart["at"]
for name, values in chart["series"].items():
    if chart["kind"] == "bar":
        fig.add_bar(x=along, y=values, name=name)
    elif chart["kind"] == "barh":
        fig.add_bar(y=along, x=values, name=name, orientation="h")
    else:
        mode = "lines+markers" if chart["kind"] == "line" else "markers"
        fig.add_scatter(x=along, y=values, name=name, mode=mode)
fig.update_layout(title=chart["title"], xaxis_title=chart["x"], yaxis_title=chart["y"])
if chart["kind"] == "barh":
    fig.update_yaxes(autorange="reversed")
fig.show()
"""
LIBRARIES = {
    "Matplotlib": MATPLOTLIB.replace("SIZE", "7.5, 4.2"),
    "seaborn": "import seaborn\nseaborn.set_theme()" + MATPLOTLIB.replace("SIZE", "7, 5"),
    "plotnine": LONG + PLOTNINE,
    "Altair": LONG + ALTAIR,
    "Plotly": PLOTLY,
}
"""Programs that draw `chart`."""


def _value(chart: Chart, rng: random.Random) -> None:
    """One value is four tenths of what it was."""
    values = chart["series"][rng.choice(list(chart["series"]))]
    k = max(range(len(values)), key=lambda k: abs(values[k]))
    values[k] = round(values[k] * 0.4, 2)


def _shuffled(chart: Chart, rng: random.Random) -> None:
    """The values of a series stand in another order."""
    values = chart["series"][rng.choice(list(chart["series"]))]
    kept = list(values)
    while values == kept:
        rng.shuffle(values)


def _title(chart: Chart, rng: random.Random) -> None:
    """The title says something else."""
    del rng
    chart["title"] = "Overview of results"


def _lost(chart: Chart, rng: random.Random) -> None:
    """A series is missing, or where there is one, the last third of it."""
    if len(chart["series"]) > 1:
        del chart["series"][rng.choice(list(chart["series"]))]
        return
    along = "names" if "names" in chart else "at"
    kept = len(chart[along]) * 2 // 3
    chart[along] = chart[along][:kept]
    chart["series"] = {name: values[:kept] for name, values in chart["series"].items()}


SLIPS: dict[str, Callable[[Chart, random.Random], None]] = {
    "value": _value,
    "shuffled": _shuffled,
    "title": _title,
    "lost": _lost,
}
EXPECTED = ("style_error", "structure_error")
"""Categories that may rightly be told of another library's look."""


def source(chart: Chart, program: str) -> str:
    """A program by which a library draws a chart."""
    return f"chart = {chart!r}\n{program}"


def wrong(chart: Chart, slip: str, seed: str) -> Chart:
    """A copy with one thing wrong; the same wherever it is drawn."""
    made = copy.deepcopy(chart)
    SLIPS[slip](made, random.Random(seed))
    return made


def report(
    charts: dict[str, Chart], pictures: dict[tuple[str, str, str], Image], *, show: bool
) -> None:
    """Print, for each library, false reports of right data and what wrong data is paid."""
    judge = EmbeddedJudge()
    table = Table("library", "errors told of right data", "of these values, texts, elements")
    for title in ("paid right", *SLIPS, "right ahead of wrong"):
        table.add_column(title)
    for library in LIBRARIES:
        found, paid = Counter[str](), defaultdict[str, list[float]](list)
        for name, slip in itertools.product(charts, ("right", *SLIPS)):
            verdict = judge.compare(
                pictures[name, "reference", "right"], pictures[name, library, slip], "chart"
            )
            paid[slip].append(Graded()([Outcome.of(verdict)])[0] or 0.0)
            if slip == "right":
                found.update(error.category for error in verdict.errors)
                for error in verdict.errors if show else ():
                    said = (
                        f"{error.category} {error.severity} {error.location}: {error.description}"
                    )
                    print(f"{name}, {library}: {said}")
        ahead = [
            float(right > wrong) + 0.5 * (right == wrong)
            for slip in SLIPS
            for right, wrong in zip(paid["right"], paid[slip], strict=True)
        ]
        false = sum(count for category, count in found.items() if category not in EXPECTED)
        table.add_row(
            library,
            f"{sum(found.values()) / len(charts):.1f}",
            f"{false / len(charts):.1f}",
            *(f"{statistics.mean(paid[slip]):.2f}" for slip in ("right", *SLIPS)),
            f"{statistics.mean(ahead):.2f} of {len(ahead)}",
        )
    Console(width=140).print(table)


def main() -> None:
    """Draw, judge and print."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--list", action="store_true", help="print what is said of right data")
    options.add_argument("--out", type=Path, help="keep the pictures in this folder")
    options.add_argument("--kept", action="store_true", help="charts that no rule was made by")
    arguments = options.parse_args()
    charts = KEPT if arguments.kept else CHARTS
    jobs = [(name, "reference", "right") for name in charts]
    jobs += list(itertools.product(charts, LIBRARIES, ("right", *SLIPS)))
    reference = MATPLOTLIB.replace("SIZE", "6.4, 4.4").replace(
        "fig.tight", "ax.grid(alpha=.3)\nfig.tight"
    )
    programs = LIBRARIES | {"reference": reference}
    sources = [
        source(
            charts[name] if slip == "right" else wrong(charts[name], slip, name), programs[library]
        )
        for name, library, slip in jobs
    ]
    pictures = {}
    for job, drawn in zip(jobs, render_many([(one, "chart") for one in sources]), strict=True):
        if isinstance(drawn, Failure):
            raise SystemExit(f"{job}: {drawn}")
        pictures[job] = drawn.image
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            path = arguments.out / f"{'-'.join(job)}.png"
            path.write_bytes(images.encode_png(drawn.image))
    report(charts, pictures, show=arguments.list)


if __name__ == "__main__":
    main()
