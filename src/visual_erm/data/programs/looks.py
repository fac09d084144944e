"""How charts look and how their programs are written, by lot; the same for a whole program."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Api = Literal["pyplot", "axes"]
PALETTES: Mapping[str, tuple[str, ...]] = {
    "plain": ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2"),
    "named": ("steelblue", "darkorange", "seagreen", "firebrick", "slateblue", "goldenrod", "teal"),
    "tab": (
        "tab:blue",
        "tab:orange",
        "tab:green",
        "tab:red",
        "tab:purple",
        "tab:brown",
        "tab:cyan",
    ),
    "flat": ("#3498db", "#e74c3c", "#2ecc71", "#f39c12", "#9b59b6", "#1abc9c", "#34495e"),
    "deep": ("#4C72B0", "#DD8452", "#55A868", "#C44E52", "#8172B3", "#937860", "#DA8BC3"),
    "muted": ("#264653", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51", "#8ab17d", "#6d597a"),
    "set2": ("#66c2a5", "#fc8d62", "#8da0cb", "#e78ac3", "#a6d854", "#ffd92f", "#e5c494"),
    "cool": ("#003f5c", "#58508d", "#bc5090", "#ff6361", "#ffa600", "#7a5195", "#2f4b7c"),
    "safe": ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000"),
    "letters": ("b", "r", "g", "m", "c", "orange", "purple"),
    "cycle": ("C0", "C1", "C2", "C3", "C4", "C5", "C6"),
}
DEV_PALETTES: Mapping[str, tuple[str, ...]] = {
    "nord": ("#5E81AC", "#BF616A", "#A3BE8C", "#D08770", "#B48EAD", "#EBCB8B", "#4C566A"),
    "earth": ("#7f5539", "#606c38", "#bc6c25", "#283618", "#dda15e", "#9c6644", "#588157"),
    "xkcd": (
        *("xkcd:denim blue", "xkcd:brick red", "xkcd:moss green", "xkcd:mustard"),
        *("xkcd:dusty purple", "xkcd:teal", "xkcd:terracotta"),
    ),
}
SHEETS = (
    *("ggplot", "seaborn-v0_8-whitegrid", "seaborn-v0_8", "bmh", "fivethirtyeight"),
    *("dark_background", "seaborn-v0_8-darkgrid", "seaborn-v0_8-ticks", "tableau-colorblind10"),
    *("seaborn-v0_8-white", "seaborn-v0_8-muted", "fast", "seaborn-v0_8-pastel"),
)
DEV_SHEETS = ("Solarize_Light2", "seaborn-v0_8-dark", "seaborn-v0_8-colorblind", "classic")
MAPS = ("viridis", "YlGnBu", "Blues", "coolwarm", "YlOrRd", "plasma", "Greens", "cividis", "RdPu")
DIVERGING = ("coolwarm", "RdBu_r", "RdBu", "BrBG", "PiYG", "vlag")
PLACES = ("best", "upper left", "upper right", "lower right", "best", "best")


@dataclass(frozen=True)
class Look:
    """One way to draw, and to write."""

    api: Api
    quote: str
    sheet: str
    """A style sheet; "" for none."""
    theme: tuple[tuple[str, str], ...]
    """Arguments of seaborn's theme; empty for none."""
    settings: tuple[tuple[str, Any], ...]
    """Entries of rcParams."""
    palette: str
    colours: tuple[str, ...]
    size: tuple[float, float]
    dpi: int | None
    title: tuple[tuple[str, Any], ...]
    """Keywords of titles."""
    label: tuple[tuple[str, Any], ...]
    """Keywords of axis labels."""
    grid: tuple[tuple[str, Any], ...]
    """Keywords of `grid`; empty for none."""
    open_frame: bool
    """Without the upper and right line."""
    legend: tuple[tuple[str, Any], ...]
    outside: Literal["", "right", "below"]
    layout: Literal["tight", "constrained"]
    saved: str
    """File that the chart is saved in; "" if it is only shown."""
    cmap: str
    diverging: str
    face: str
    """Colour of the plot's background; "" for the usual one."""
    credit: bool
    wrapped: bool
    """Whether the program is a function `main`."""
    commented: bool
    ink: str = field(default="#333333")
    """For notes in the plot."""

    @property
    def title_size(self) -> float:
        """Points of titles, more where they are bold or of a wide face."""
        settings = dict(self.settings)
        usual = settings.get("axes.titlesize", 16 if self.sheet == "fivethirtyeight" else 13)
        wide = dict(self.title).get("fontweight") or settings.get("axes.titleweight")
        mono = settings.get("font.family") == "monospace"
        size = float(dict(self.title).get("fontsize", usual))
        return size * (1.12 if wide else 1) * (1.08 if mono else 1)


def some_look(rng: random.Random, *, dev: bool = False) -> Look:
    """A look by lot.

    Args:
        rng: draws.
        dev: with palettes and style sheets that only development charts have.
    """
    palettes = DEV_PALETTES if dev and rng.random() < 0.6 else PALETTES
    palette = rng.choice(list(palettes))
    sheets = DEV_SHEETS if dev and rng.random() < 0.6 else SHEETS
    way = rng.choices(("plain", "sheet", "theme", "settings"), (45, 22, 15, 18))[0]
    sheet = rng.choice(sheets) if way == "sheet" else ""
    dark = sheet == "dark_background"
    if dark:
        palette, palettes = "set2", PALETTES
    colours = list(palettes[palette])
    if palette != "cycle" and rng.random() < 0.4:
        turn = rng.randrange(len(colours))
        colours = colours[turn:] + colours[:turn]
    size = rng.choices(
        ((8, 5), (7, 4.5), (6.4, 4.8), (9, 5), (10, 6), (6, 4), (8, 6), (7, 5), (10, 5)),
        (6, 3, 3, 3, 2, 2, 2, 2, 2),
    )[0]
    return Look(
        api=rng.choice(("pyplot", "axes", "axes")),
        quote=rng.choice("'\""),
        sheet=sheet,
        theme=_theme(rng) if way == "theme" else (),
        settings=_settings(rng) if way == "settings" else (),
        palette=palette,
        colours=tuple(colours),
        size=size,
        dpi=rng.choice((None, None, None, None, 100, 100, 100, 120)),
        title=_title(rng),
        label=rng.choice(((), (), (("fontsize", rng.choice((10, 11, 12))),))),
        grid=_grid(rng) if way in ("plain", "settings") and rng.random() < 0.55 else (),
        open_frame=way in ("plain", "settings") and rng.random() < 0.4,
        legend=_legend(rng),
        outside=rng.choices(("", "right", "below"), (75, 15, 10))[0],
        layout=rng.choice(("tight", "tight", "constrained")),
        saved=rng.choice(("", "", "chart.png", "output.png", "plot.png", "figure.png")),
        cmap=rng.choice(MAPS),
        diverging=rng.choice(DIVERGING[:-1]),
        face=rng.choice(("#f7f7f7", "#fafafa", "whitesmoke", "#f5f5f0", "#eef3f7"))
        if way == "plain" and rng.random() < 0.12
        else "",
        credit=rng.random() < 0.15,
        wrapped=rng.random() < 0.2,
        commented=rng.random() < 0.6,
        ink="white" if dark else rng.choice(("#333333", "black", "dimgray", "#444444")),
    )


def _theme(rng: random.Random) -> tuple[tuple[str, str], ...]:
    found = [("style", rng.choice(("whitegrid", "darkgrid", "ticks", "white")))]
    if rng.random() < 0.5:
        found.append(("palette", rng.choice(("muted", "deep", "Set2", "colorblind", "pastel"))))
    if rng.random() < 0.3:
        found.append(("context", rng.choice(("notebook", "paper"))))
    return tuple(found)


def _settings(rng: random.Random) -> tuple[tuple[str, Any], ...]:
    every: list[tuple[str, Any]] = [
        ("font.size", rng.choice((9, 10, 11, 12))),
        ("font.family", rng.choice(("serif", "sans-serif", "monospace", "DejaVu Serif"))),
        ("axes.titlesize", rng.choice((12, 13, 14))),
        ("axes.titleweight", "bold"),
        ("axes.labelsize", rng.choice((10, 11))),
        ("axes.edgecolor", rng.choice(("#888888", "#444444", "0.6"))),
        ("axes.linewidth", rng.choice((0.6, 1.2))),
        ("axes.titlelocation", "left"),
        ("xtick.direction", "in"),
        ("ytick.direction", "in"),
        ("lines.linewidth", rng.choice((1.8, 2.2))),
        ("legend.frameon", False),
        ("axes.labelcolor", rng.choice(("#333333", "navy"))),
        ("figure.facecolor", rng.choice(("#fcfcfc", "#fffdf7", "white"))),
    ]
    chosen = rng.sample(range(len(every)), rng.randint(2, 5))
    return tuple(every[i] for i in sorted(chosen))


def _title(rng: random.Random) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = []
    if rng.random() < 0.6:
        found.append(("fontsize", rng.choice((12, 13, 14, 15, 16))))
    if rng.random() < 0.4:
        found.append(("fontweight", "bold"))
    if rng.random() < 0.15:
        found.append(("loc", "left"))
    if rng.random() < 0.2:
        found.append(("pad", rng.choice((10, 12, 15))))
    return tuple(found)


def _grid(rng: random.Random) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = [("visible", True)]
    if rng.random() < 0.5:
        found.append(("axis", "y"))
    if rng.random() < 0.5:
        found.append(("linestyle", rng.choice(("--", ":", "-."))))
    if rng.random() < 0.8:
        found.append(("alpha", rng.choice((0.3, 0.4, 0.5, 0.6, 0.7))))
    return tuple(found)


def _legend(rng: random.Random) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = []
    place = rng.choice(PLACES)
    if place != "best" or rng.random() < 0.5:
        found.append(("loc", place))
    if rng.random() < 0.25:
        found.append(("frameon", False))
    if rng.random() < 0.25:
        found.append(("fontsize", rng.choice((8, 9, 10))))
    return tuple(found)
