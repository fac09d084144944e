"""Matplotlib programs over public data that the chart pairs are made from.

Data come with scikit-learn and vega_datasets, so nothing is downloaded. The galleries of plotting
libraries are not used: they are kept for tests. Every program is a function that draws one figure
and is called afresh for each candidate. Half of the programs are for tuning, half for reporting.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import matplotlib
import numpy as np

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from sklearn import datasets

Figure = Any
Draw = Callable[[], Figure]


@dataclass(frozen=True)
class Program:
    """One way to draw one figure."""

    name: str
    draw: Draw
    style: str
    tuning: bool
    """Whether thresholds may be looked up on it; the others are for reported figures."""


PROGRAMS: dict[str, Program] = {}


def program(style: str = "default", *, tuning: bool) -> Callable[[Draw], Draw]:
    """Register a drawing function under its own name."""

    def register(draw: Draw) -> Draw:
        PROGRAMS[draw.__name__] = Program(draw.__name__, draw, style, tuning)
        return draw

    return register


@cache
def vega(name: str) -> pd.DataFrame:
    """A data set of vega_datasets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame: pd.DataFrame = getattr(import_module("vega_datasets").local_data, name)()
        return frame


@cache
def bunch(name: str) -> pd.DataFrame:
    """A data set of scikit-learn with its target as text where it has names."""
    loaded = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = loaded.frame.copy()
    if hasattr(loaded, "target_names") and len(loaded.target_names) <= 10:
        frame["target"] = [str(loaded.target_names[i]) for i in loaded.target]
    return frame


def legend(ax: Any, **options: Any) -> None:
    """A legend that can be drawn again after an edit with the same options."""
    ax.legend(**options)
    ax.legend_options = options


@program(tuning=True)
def stock_lines() -> Figure:
    fig, ax = plt.subplots()
    for symbol, rows in vega("stocks").groupby("symbol"):
        ax.plot(rows["date"].to_numpy(), rows["price"].to_numpy(), label=symbol)
    ax.set(title="Monthly stock prices", xlabel="Year", ylabel="Price (USD)")
    legend(ax, loc="upper left")
    return fig


@program(tuning=False)
def site_bars() -> Figure:
    frame = vega("barley").groupby(["site", "year"])["yield"].mean().unstack()
    fig, ax = plt.subplots(figsize=(8, 5))
    at = np.arange(len(frame))
    for shift, year in ((-0.2, 1931), (0.2, 1932)):
        ax.bar(at + shift, frame[year], 0.4, label=str(year))
    ax.set_xticks(at, list(frame.index), rotation=20)
    ax.set(title="Barley yield by site", ylabel="Bushels per acre")
    legend(ax, title="Year")
    fig.tight_layout()
    return fig


@program("ggplot", tuning=True)
def car_origin_bars() -> Figure:
    counts = vega("cars").groupby(["Cylinders", "Origin"]).size().unstack(fill_value=0)
    fig, ax = plt.subplots(figsize=(7, 5))
    bottom = np.zeros(len(counts))
    for origin in counts:
        ax.bar([str(c) for c in counts.index], counts[origin], bottom=bottom, label=origin)
        bottom += counts[origin].to_numpy()
    ax.set(title="Cars by number of cylinders", xlabel="Cylinders", ylabel="Number of cars")
    legend(ax)
    return fig


@program(tuning=False)
def variety_barh() -> Figure:
    means = vega("barley").groupby("variety")["yield"].mean().sort_values()
    fig, ax = plt.subplots(figsize=(7, 4.5))
    bars = ax.barh(list(means.index), means, color="seagreen")
    ax.bar_label(bars, fmt="%.1f", padding=3)
    ax.set(title="Mean yield of varieties", xlabel="Bushels per acre", xlim=(0, 45))
    fig.tight_layout()
    return fig


@program(tuning=False)
def iris_scatter() -> Figure:
    fig, ax = plt.subplots()
    for species, rows in bunch("iris").groupby("target"):
        ax.scatter(rows["sepal length (cm)"], rows["petal length (cm)"], label=species, s=25)
    ax.set(title="Iris sepals and petals", xlabel="Sepal length (cm)", ylabel="Petal length (cm)")
    ax.grid(True, alpha=0.4)
    legend(ax, title="Species")
    return fig


@program("seaborn-v0_8-darkgrid", tuning=True)
def wine_scatter() -> Figure:
    fig, ax = plt.subplots(figsize=(7, 5))
    for marker, (name, rows) in zip("o^s", bunch("wine").groupby("target"), strict=True):
        ax.scatter(rows["alcohol"], rows["color_intensity"], marker=marker, label=name, s=30)
    ax.set(title="Wine cultivars", xlabel="Alcohol (%)", ylabel="Color intensity")
    legend(ax, loc="upper left", frameon=True)
    return fig


@program(tuning=True)
def temperature_histogram() -> Figure:
    fig, ax = plt.subplots()
    frame = vega("seattle_weather")
    ax.hist(frame["temp_max"], bins=20, alpha=0.6, label="Maximum", color="tab:red")
    ax.hist(frame["temp_min"], bins=20, alpha=0.6, label="Minimum", color="tab:blue")
    ax.set(title="Daily temperatures in Seattle", xlabel="Temperature (°C)", ylabel="Days")
    legend(ax)
    return fig


@program(tuning=False)
def diabetes_histogram() -> Figure:
    fig, ax = plt.subplots(figsize=(6, 4), layout="tight")
    ax.hist(bunch("diabetes")["target"], bins=15, color="slateblue", edgecolor="white")
    ax.set(title="Disease progression after one year", xlabel="Score", ylabel="Patients")
    ax.spines[["top", "right"]].set_visible(False)
    return fig


@program(tuning=True)
def mileage_boxes() -> Figure:
    fig, ax = plt.subplots()
    cars = vega("cars").dropna()
    groups = {k: v["Miles_per_Gallon"].to_numpy() for k, v in cars.groupby("Origin")}
    boxes = ax.boxplot(list(groups.values()), tick_labels=list(groups), patch_artist=True)
    for box, colour in zip(boxes["boxes"], ("#8dd3c7", "#fdb462", "#bebada"), strict=True):
        box.set_facecolor(colour)
    ax.set(title="Fuel economy by origin", ylabel="Miles per gallon")
    ax.grid(axis="y", linestyle=":")
    return fig


@program(tuning=False)
def wine_violins() -> Figure:
    with sns.axes_style("whitegrid"):
        fig, ax = plt.subplots(figsize=(6.5, 5))
        sns.violinplot(data=bunch("wine"), x="target", y="flavanoids", hue="target", ax=ax)
    ax.set(title="Flavanoids by cultivar", xlabel="Cultivar", ylabel="Flavanoids")
    return fig


@program(tuning=True)
def weather_pie() -> Figure:
    counts = vega("seattle_weather")["weather"].value_counts()
    fig, ax = plt.subplots(figsize=(6, 5))
    ax.pie(counts.to_numpy(), labels=list(counts.index), autopct="%1.1f%%", startangle=90)
    ax.set_title("Weather in Seattle")
    return fig


@program(tuning=False)
def correlation_heatmap() -> Figure:
    frame = bunch("iris").drop(columns="target").corr()
    names = ["sep. len", "sep. wid", "pet. len", "pet. wid"]
    fig, ax = plt.subplots(figsize=(6, 5))
    sns.heatmap(frame, annot=True, fmt=".2f", cmap="coolwarm", ax=ax)
    ax.set_xticklabels(names)
    ax.set_yticklabels(names, rotation=0)
    ax.set_title("Correlation of iris measures")
    fig.tight_layout()
    return fig


@program(tuning=True)
def month_heatmap() -> Figure:
    frame = vega("seattle_weather")
    table = frame.pivot_table(
        index=frame["date"].dt.year, columns=frame["date"].dt.month, values="precipitation"
    )
    fig, ax = plt.subplots(figsize=(7, 3.5))
    drawn = ax.imshow(table.to_numpy(), cmap="viridis", aspect="auto")
    ax.set_xticks(range(12), [str(m) for m in range(1, 13)])
    ax.set_yticks(range(4), [str(y) for y in table.index])
    ax.set(title="Mean rain by month", xlabel="Month", ylabel="Year")
    fig.colorbar(drawn, ax=ax, label="mm per day")
    return fig


@program("seaborn-v0_8-whitegrid", tuning=True)
def electricity_area() -> Figure:
    table = vega("iowa_electricity").pivot_table(
        index="year", columns="source", values="net_generation"
    )
    fig, ax = plt.subplots(figsize=(7, 4.5))
    ax.stackplot(table.index, table.to_numpy().T / 1000, labels=list(table.columns))
    ax.set(title="Electricity in Iowa", xlabel="Year", ylabel="Generation (TWh)")
    legend(ax, loc="upper left", frameon=True)
    return fig


@program(tuning=False)
def yield_errorbars() -> Figure:
    groups = vega("barley").groupby(["variety", "year"])["yield"].agg(["mean", "sem"]).unstack()
    fig, ax = plt.subplots(figsize=(8, 4.5))
    for year, marker in ((1931, "o"), (1932, "s")):
        ax.errorbar(
            range(len(groups)),
            groups["mean"][year],
            groups["sem"][year],
            fmt=f"{marker}-",
            capsize=4,
            label=str(year),
        )
    ax.set_xticks(range(len(groups)), [str(v)[:9] for v in groups.index], rotation=30, ha="right")
    ax.set(title="Yield with standard errors", ylabel="Bushels per acre")
    legend(ax)
    fig.tight_layout()
    return fig


@program(tuning=True)
def wheat_steps() -> Figure:
    frame = vega("wheat")
    fig, ax = plt.subplots(figsize=(8, 4))
    ax.step(frame["year"], frame["wheat"], where="mid", color="tab:brown", label="Wheat")
    ax.plot(frame["year"], frame["wages"], "--", color="tab:cyan", label="Wages")
    ax.set(title="Wheat prices and wages", xlabel="Year", ylabel="Shillings")
    legend(ax, loc="upper left", bbox_to_anchor=(1.01, 1))
    fig.tight_layout()
    return fig


@program(tuning=False)
def anscombe_grid() -> Figure:
    fig, axes = plt.subplots(2, 2, figsize=(7, 6), sharex=True, sharey=True)
    for ax, (name, rows) in zip(axes.flat, vega("anscombe").groupby("Series"), strict=True):
        ax.scatter(rows["X"], rows["Y"], color="tab:orange")
        slope, start = np.polyfit(rows["X"], rows["Y"], 1)
        ax.plot([4, 19], [start + 4 * slope, start + 19 * slope], color="tab:blue")
        ax.set_title(f"Set {name}")
    fig.supxlabel("x value")
    fig.supylabel("y value")
    return fig


@program(tuning=True)
def weather_panels() -> Figure:
    frame = vega("seattle_weather")
    monthly = frame.groupby(frame["date"].dt.month)[["precipitation", "temp_max", "wind"]].mean()
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.6))
    axes[0].bar(monthly.index, monthly["precipitation"], color="steelblue")
    axes[1].plot(monthly.index, monthly["temp_max"], "o-", color="firebrick")
    axes[2].fill_between(monthly.index, monthly["wind"], color="darkseagreen")
    for ax, title in zip(axes, ("Rain (mm)", "Maximum (°C)", "Wind (m/s)"), strict=True):
        ax.set_title(title)
        ax.set_xlabel("Month")
    fig.suptitle("Seattle through the year")
    fig.tight_layout()
    return fig


@program(tuning=False)
def driving_twin() -> Figure:
    frame = vega("driving")
    fig, ax = plt.subplots(figsize=(7.5, 4.5))
    ax.plot(frame["year"], frame["miles"], color="tab:blue", label="Miles")
    ax.set(title="Driving and the price of gas", xlabel="Year")
    ax.set_ylabel("Miles per person", color="tab:blue")
    other = ax.twinx()
    other.plot(frame["year"], frame["gas"], color="tab:red", linestyle="--", label="Gas")
    other.set_ylabel("Gas price (USD)", color="tab:red")
    return fig


@program(tuning=True)
def antibiotics_log() -> Figure:
    frame = vega("burtin")
    fig, ax = plt.subplots(figsize=(8, 5))
    at = np.arange(len(frame))
    for name in ("Penicillin", "Streptomycin", "Neomycin"):
        ax.plot(at, frame[name], "o", label=name)
    ax.set_yscale("log")
    ax.set_xticks(at, [str(b)[:10] for b in frame["Bacteria"]], rotation=60, ha="right")
    ax.set(title="Minimum inhibitory concentration", ylabel="Concentration")
    legend(ax, loc="upper right")
    fig.tight_layout()
    return fig


@program("dark_background", tuning=False)
def employment_dark() -> Figure:
    frame = vega("us_employment")
    fig, ax = plt.subplots(figsize=(7, 4.5))
    for name in ("construction", "manufacturing", "government"):
        ax.plot(pd.to_datetime(frame["month"]), frame[name] / 1000, label=name.title())
    ax.set(title="Employment in the United States", xlabel="Year", ylabel="Millions of jobs")
    legend(ax)
    return fig


@program("dark_background", tuning=True)
def crimea_dark() -> Figure:
    frame = vega("crimea")
    fig, ax = plt.subplots(figsize=(7, 4.5))
    for name in ("disease", "wounds", "other"):
        ax.bar(range(len(frame)), frame[name], label=name.title(), alpha=0.8)
    ax.set(title="Deaths in the Crimean war", xlabel="Month of the war", ylabel="Deaths")
    legend(ax)
    return fig


@program("ggplot", tuning=False)
def cars_scatter_annotated() -> Figure:
    cars = vega("cars").dropna()
    fig, ax = plt.subplots(figsize=(7, 5))
    ax.scatter(cars["Horsepower"], cars["Miles_per_Gallon"], s=18)
    best = cars.loc[cars["Miles_per_Gallon"].idxmax()]
    ax.annotate(
        "most economical",
        (best["Horsepower"], best["Miles_per_Gallon"]),
        (120, 42),
        arrowprops={"arrowstyle": "->"},
    )
    ax.set(title="Power against economy", xlabel="Horsepower", ylabel="Miles per gallon")
    return fig


@program("fivethirtyeight", tuning=True)
def ohlc_lines() -> Figure:
    frame = vega("ohlc")
    fig, ax = plt.subplots(figsize=(8, 5))
    ax.plot(range(len(frame)), frame["high"], label="High")
    ax.plot(range(len(frame)), frame["low"], label="Low")
    ax.set(title="Highs and lows of a stock", xlabel="Trading day", ylabel="Dollars")
    legend(ax, loc="lower right")
    fig.tight_layout()
    return fig


@program(tuning=False)
def digits_pca() -> Figure:
    from sklearn.decomposition import PCA

    loaded = datasets.load_digits(n_class=4)
    flat = PCA(2, random_state=0).fit_transform(loaded.data)
    fig, ax = plt.subplots(figsize=(6.5, 5))
    drawn = ax.scatter(flat[:, 0], flat[:, 1], c=loaded.target, cmap="viridis", s=10)
    ax.set(title="Digits in two components", xlabel="Component 1", ylabel="Component 2")
    fig.colorbar(drawn, ax=ax, label="Digit")
    return fig


@program(tuning=True)
def regression_line() -> Figure:
    frame = bunch("diabetes").iloc[:120]
    with sns.axes_style("ticks"):
        fig, ax = plt.subplots(figsize=(6, 4.5))
        ax.scatter(frame["bmi"], frame["target"], color="black", s=15, label="Patients")
        slope, start = np.polyfit(frame["bmi"], frame["target"], 1)
        ends = np.array([frame["bmi"].min(), frame["bmi"].max()])
        ax.plot(ends, start + slope * ends, color="crimson", linewidth=2.5, label="Fit")
        sns.despine(ax=ax)
    ax.set(title="Body mass and progression", xlabel="Body mass index", ylabel="Progression")
    legend(ax)
    return fig


@program(tuning=False)
def origin_bars() -> Figure:
    fig, ax = plt.subplots(figsize=(6, 4))
    counts = vega("cars")["Origin"].value_counts()
    ax.bar(list(counts.index), counts.to_numpy(), color=["#4c72b0", "#dd8452", "#55a868"])
    ax.set(title="Cars by origin", xlabel="Origin", ylabel="Count")
    ax.text(1, 200, "406 cars in all")
    return fig


@program(tuning=True)
def measures_bars() -> Figure:
    means = bunch("breast_cancer").groupby("target")[["mean radius", "mean texture"]].mean()
    fig, ax = plt.subplots()
    means.T.plot.bar(ax=ax, rot=0, color=["tab:purple", "tab:olive"])
    ax.set(title="Cell measures by diagnosis", ylabel="Mean value")
    ax.legend_options = {}
    ax.legend()
    return fig


@program(tuning=False)
def temperatures_fill() -> Figure:
    frame = vega("seattle_weather")
    monthly = frame.groupby(frame["date"].dt.month)[["temp_min", "temp_max"]].mean()
    fig, ax = plt.subplots(figsize=(7, 4.5))
    ax.fill_between(monthly.index, monthly["temp_min"], monthly["temp_max"], alpha=0.3)
    ax.plot(monthly.index, monthly["temp_max"], "s-", color="tab:red", label="Maximum")
    ax.plot(monthly.index, monthly["temp_min"], "v-", color="tab:blue", label="Minimum")
    ax.set(title="Temperature range", xlabel="Month", ylabel="Temperature (°C)")
    legend(ax, loc="lower center", ncols=2)
    ax.grid(True, linestyle="--", alpha=0.6)
    return fig
