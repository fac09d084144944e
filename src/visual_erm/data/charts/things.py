"""What a drawn figure shows, thing by thing: what each is called, where it is, whose part it is.

    scene = Scene(figure)                 # a figure that has been drawn
    scene.of("bar")                       # bar "Oslo" of "2024" in the left subplot, ...

A thing's path says what it is part of: "0/legend/2" is the third entry of the legend of the first
plot. A scene is pickled together with its figure, so its things are those of the copy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import (
    Collection,
    FillBetweenPolyCollection,
    LineCollection,
    PathCollection,
    QuadMesh,
)
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Wedge

from visual_erm.data.charts.figures import (
    box_of,
    colour_of,
    colour_word,
    place_text,
    shown,
)
from visual_erm.types import Box

Figure = Any
Artist = Any
MOST_BARS = 150
"""Bars that are things of their own; a histogram with more is one thing."""


@dataclass(eq=False)
class Thing:
    """A part of a figure that has a name."""

    kind: str
    """For example "title", "tick label", "bar", "line"."""
    name: str
    """As a person would call it: `bar "Oslo" of "2024" in the left subplot`."""
    path: str
    """Panel and parts, from the outside in, divided by slashes."""
    artists: list[Artist]
    panel: Any = None
    """Its axes; None for what belongs to the figure."""
    whole: Thing | None = None
    """What it is one of: the series of a bar, the legend of an entry."""
    at: int = 0
    """Its number within the whole."""
    label: str = ""
    """Of a series: what the legend calls it."""
    located: Box | Literal["not yet"] | None = "not yet"

    @property
    def box(self) -> Box | None:
        """Where it was drawn when this was asked first; None if nothing of it shows."""
        if self.located == "not yet":
            self.located = box_of(self.artists[0].get_figure(root=True), self.artists)
        return self.located


@dataclass
class Scene:
    """The things of a figure."""

    figure: Figure
    things: list[Thing] = field(default_factory=list)
    panels: list[Axes] = field(default_factory=list)

    @classmethod
    def read(cls, figure: Figure) -> Scene:
        """List what a figure shows; it must have been drawn."""
        scene = cls(figure)
        _Reader(scene).read()
        return scene

    def located(self) -> Scene:
        """The same with all boxes, and without things of which nothing shows."""
        self.things = [thing for thing in self.things if thing.box is not None]
        return self

    def of(self, *kinds: str) -> list[Thing]:
        """Every thing of these kinds."""
        return [thing for thing in self.things if thing.kind in kinds]

    def within(self, panel: Any, *kinds: str) -> list[Thing]:
        """Things of these kinds in one plot."""
        return [thing for thing in self.things if thing.panel is panel and thing.kind in kinds]

    def one(self, panel: Any, kind: str) -> Thing | None:
        """The first thing of a kind in one plot."""
        return next(iter(self.within(panel, kind)), None)

    def parts(self, whole: Thing) -> list[Thing]:
        """What a thing consists of."""
        return [thing for thing in self.things if thing.whole is whole]

    def key(self, series: Thing) -> Thing | None:
        """The legend entry that explains a series."""
        if not series.label:
            return None
        entries = [e for e in self.of("legend entry") if e.label == series.label]
        near = [e for e in entries if e.panel in (series.panel, None)]
        return next(iter(near or entries), None)


class _Reader:
    """Fills a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.figure = scene.figure
        self.where = ""

    def add(self, kind: str, name: str, path: str, artists: list[Artist], **more: Any) -> Thing:
        """Note a thing; its place among the subplots is added to its name."""
        thing = Thing(kind, f"{name}{self.where}", path, artists, **more)
        self.scene.things.append(thing)
        return thing

    def read(self) -> None:
        """Everything."""
        drawn = [a for a in self.figure.axes if a.get_visible()]
        bars = [a for a in drawn if _is_colour_bar(a)]
        panels = self.scene.panels = [a for a in drawn if a not in bars]
        self._figure()
        names = _places(panels)
        for number, panel in enumerate(panels):
            self.where = f" in the {names[number]}" if names[number] else ""
            self._panel(panel, f"{number}", names[number] or "plot")
        for number, panel in enumerate(bars):
            self.where = f", number {number + 1}" if len(bars) > 1 else ""
            self._colour_bar(panel, f"c{number}")

    def _figure(self) -> None:
        figure = self.figure
        self.add("figure", "background", "figure", [figure.patch])
        for name, kind, text in (
            ("main title", "title", figure._suptitle),
            ("common x-axis label", "axis label", getattr(figure, "_supxlabel", None)),
            ("common y-axis label", "axis label", getattr(figure, "_supylabel", None)),
        ):
            if text is not None and shown(text):
                self.add(kind, name, f"figure {name}", [text])
        texts = [figure._suptitle, figure._supxlabel, figure._supylabel]
        for number, text in enumerate(t for t in figure.texts if t not in texts and shown(t)):
            self.add("note", "text beside the plot", f"figure note {number}", [text])
        for number, legend in enumerate(figure.legends):
            self._legend(legend, None, f"figure legend {number}")

    def _panel(self, panel: Any, path: str, name: str) -> None:
        where, self.where = self.where, ""
        self.add("panel", name, path, [panel], panel=panel)
        self.where = where
        self.add("frame", "plot area", f"{path}/frame", [panel.patch], panel=panel)
        for text in (panel.title, panel._left_title, panel._right_title):
            if shown(text):
                self.add("title", "title", f"{path}/title", [text], panel=panel)
        self._axes(panel, path)
        legend = panel.get_legend()
        if legend is not None and legend.get_visible():
            self._legend(legend, panel, f"{path}/legend")
        _Marks(self, panel, path).read()
        pies = [thing.label for thing in self.scene.within(panel, "wedge")]
        for number, text in enumerate(t for t in panel.texts if shown(t)):
            kind = "wedge label" if pies and text.get_text() in pies else "text"
            quoted = f'{kind} "{_short(text.get_text())}"'
            self.add("note", quoted, f"{path}/notes/{number}", [text], panel=panel)

    def _axes(self, panel: Any, path: str) -> None:
        if not panel.axison:
            return
        twin = any(
            other is not panel and np.allclose(other.bbox.extents, panel.bbox.extents)
            for other in self.scene.panels
        )
        for letter, axis in (("x", panel.xaxis), ("y", panel.yaxis)):
            if not axis.get_visible():
                continue
            name = f"{letter} axis"
            if twin and letter == "y":
                name = f"{axis.get_label_position()} y axis"
            part = self.add(f"{letter} axis", name, f"{path}/{letter}", [axis], panel=panel)
            if shown(axis.label):
                name_of_label = name.replace(" axis", "-axis label")
                where = f"{path}/{letter}/label"
                self.add("axis label", name_of_label, where, [axis.label], panel=panel, whole=part)
            low, high = sorted(axis.get_view_interval())
            reach = 1e-6 * (high - low)
            for at, tick in enumerate(axis.get_major_ticks()):
                place = tick.get_loc()
                for text in (tick.label1, tick.label2):
                    if shown(text) and low - reach <= place <= high + reach:
                        quoted = f'label "{_short(text.get_text())}" of the {name}'
                        where = f"{path}/{letter}/ticks/{at}"
                        self.add(
                            "tick label", quoted, where, [text], panel=panel, whole=part, at=at
                        )

    def _legend(self, legend: Legend, panel: Any, path: str) -> None:
        whole = self.add("legend", "legend", path, [legend], panel=panel)
        title = legend.get_title()
        if shown(title):
            where = f"{path}/title"
            self.add("legend title", "legend title", where, [title], panel=panel, whole=whole)
        rows = [row for column in legend_columns(legend) for row in column.get_children()]
        if len(rows) != len(legend.get_texts()):
            return
        for number, text in enumerate(legend.get_texts()):
            label = text.get_text()
            row = next((r for r in rows if text in r.findobj()), None)
            if row is None or not label.strip():
                continue
            quoted = f'legend entry "{_short(label)}"'
            where = f"{path}/{number}"
            self.add(
                "legend entry", quoted, where, [row], panel=panel, whole=whole, at=number,
                label=label,
            )  # fmt: skip

    def _colour_bar(self, panel: Any, path: str) -> None:
        whole = self.add("colour bar", "colour bar", path, [panel], panel=panel)
        for axis in (panel.xaxis, panel.yaxis):
            if shown(axis.label):
                name = "label of the colour bar"
                where = f"{path}/label"
                self.add("axis label", name, where, [axis.label], panel=panel, whole=whole)
        if shown(panel.title):
            name = "title of the colour bar"
            self.add("title", name, f"{path}/title", [panel.title], panel=panel, whole=whole)


class _Marks:
    """The part of the reader that lists what carries data."""

    def __init__(self, reader: _Reader, panel: Any, path: str) -> None:
        self.reader = reader
        self.panel = panel
        self.path = f"{path}/marks"
        self.number = 0
        self.taken: set[int] = set()
        """Artists that are part of an error bar, a box or a bar."""

    def add(self, kind: str, name: str, artists: list[Artist], **more: Any) -> Thing:
        """A mark with a number of its own."""
        self.number += 1
        path = f"{self.path}/{self.number}"
        return self.reader.add(kind, name, path, artists, panel=self.panel, **more)

    def read(self) -> None:
        """All marks of the plot."""
        if self.panel.name not in ("rectilinear", "polar"):
            return
        for container in self.panel.containers:
            if isinstance(container, BarContainer) and len(container.patches):
                self._bars(container)
            elif isinstance(container, ErrorbarContainer):
                self._error_bars(container)
        self._wedges()
        self._boxes()
        self._lines()
        self._collections()
        self._images()

    def label(self, artist: Any) -> str:
        """What the legend calls a series: by its own label, or else by its colour."""
        own = str(artist.get_label() or "")
        if own and not own.startswith("_"):
            return own
        legend = self.panel.get_legend()
        if legend is None:
            return ""
        mine = colour_of(artist)
        handles = zip(legend.legend_handles, legend.get_texts(), strict=False)
        alike = [t.get_text() for h, t in handles if h is not None and _alike(colour_of(h), mine)]
        return alike[0] if len(alike) == 1 else ""

    def series_name(self, kind: str, artist: Any, label: str) -> str:
        """`line "Wheat" (orange)`, or `orange line`."""
        colour = colour_word(colour_of(artist))
        if label:
            return f'{kind} "{_short(label)}" ({colour})' if colour else f'{kind} "{_short(label)}"'
        return f"{colour} {kind}".strip()

    def _bars(self, container: BarContainer) -> None:
        patches = [p for p in container.patches if p.get_visible()]
        if not patches:
            return
        label = str(container.get_label() or "")
        label = "" if label.startswith("_") else label
        label = label or self.label(patches[0])
        # the container stands first: who takes it away has to go through it
        whole = self.add("bars", self.series_name("bars", patches[0], label), patches, label=label)
        self.taken.update(map(id, patches))
        if container.errorbar is not None:
            self._error_bars(container.errorbar)
        if len(patches) > MOST_BARS:
            return
        upright = across(patches) is False
        several = sum(isinstance(c, BarContainer) for c in self.panel.containers) > 1
        axis = self.panel.xaxis if upright else self.panel.yaxis
        for number, bar in enumerate(patches):
            middle = bar.get_x() + bar.get_width() / 2 if upright else (
                bar.get_y() + bar.get_height() / 2
            )  # fmt: skip
            name = f"bar {place_text(axis, middle)}"
            if several and label:
                name += f' of "{_short(label)}"'
            elif several:
                name = f"{colour_word(colour_of(bar))} {name}"
            self.reader.add(
                "bar", name, f"{whole.path}/{number}", [bar], panel=self.panel, whole=whole,
                at=number,
            )  # fmt: skip

    def _error_bars(self, container: ErrorbarContainer) -> None:
        _, caps, bars = container.lines
        parts = [a for a in (*caps, *bars) if a.get_visible()]
        if not parts:
            return
        label = str(container.get_label() or "")
        of = f' of "{_short(label)}"' if label and not label.startswith("_") else ""
        self.add("error bars", f"error bars{of}", parts)
        self.taken.update(map(id, parts))

    def _wedges(self) -> None:
        wedges = [p for p in self.panel.patches if isinstance(p, Wedge) and p.get_visible()]
        for number, wedge in enumerate(wedges):
            label = str(wedge.get_label() or "")
            label = "" if label.startswith("_") else label
            name = self.series_name("wedge", wedge, label)
            self.add("wedge", name, [wedge], at=number, label=label)
        self.taken.update(map(id, wedges))

    def _boxes(self) -> None:
        """Box plots: a closed outline with the lines that stand on it."""
        lines = [a for a in self.panel.lines if a.get_visible()]
        outlines = [a for a in (*lines, *self.panel.patches) if self._outline(a)]
        if not outlines:
            return
        spans = [np.sort(_points(o)[:, 0])[[0, -1]] for o in outlines]
        for number, (outline, (low, high)) in enumerate(zip(outlines, spans, strict=True)):
            on = []
            for line in lines:
                points = _points(line)
                # whiskers, caps and fliers as well, which have no width or less
                if len(points) and low <= points[:, 0].min() and points[:, 0].max() <= high:
                    on.append(line)
            group = [outline, *(line for line in on if line is not outline)]
            name = f"box {place_text(self.panel.xaxis, (low + high) / 2)}"
            self.add("box", name, group, at=number)
            self.taken.update(map(id, group))

    def _outline(self, artist: Any) -> bool:
        if id(artist) in self.taken or self.panel.name != "rectilinear":
            return False
        points = _points(artist)
        if len(points) not in (5, 6, 11, 12) or not np.allclose(points[0], points[4]):
            return False
        # upright boxes stand on two places only
        return len(set(np.round(points[:5, 0], 9))) == 2 and not artist.get_label()[:1].isalpha()

    def _lines(self) -> None:
        for line in self.panel.lines:
            points = _points(line)
            if id(line) in self.taken or not line.get_visible() or not len(points):
                continue
            if line.get_linestyle() == "None" and line.get_marker() in ("None", "", None):
                continue
            label = self.label(line)
            straight = line.get_transform() != self.panel.transData or len(points) == 2
            if straight and not label:
                kind = "guide line"
            elif line.get_linestyle() == "None":
                kind = "dots"
            elif len(points) > 3:
                kind = "line"
            else:
                kind = "guide line"
            word = "points" if kind == "dots" else "line" if kind == "line" else "straight line"
            self.add(kind, self.series_name(word, line, label), [line], label=label)

    def _collections(self) -> None:
        for shape in self.panel.collections:
            if id(shape) in self.taken or not shape.get_visible():
                continue
            if isinstance(shape, PathCollection) and np.size(shape.get_offsets()):
                label = self.label(shape)
                kind = "points"
                name = self.series_name("points", shape, label)
                if shape.get_array() is not None:
                    name = f'points "{_short(label)}"' if label else "points"
            elif isinstance(shape, FillBetweenPolyCollection):
                sideways = getattr(shape, "t_direction", "x") == "y"
                kind = "violin" if sideways else "area"
                label = self.label(shape)
                name = self.series_name(kind, shape, label)
                if sideways:
                    places = _points(shape)[:, 0]
                    middle = float(places.min() + places.max()) / 2
                    name = f"violin {place_text(self.panel.xaxis, middle)}"
            elif isinstance(shape, LineCollection) and shape.get_array() is None:
                kind, label = "segments", self.label(shape)
                name = self.series_name("lines", shape, label)
            elif isinstance(shape, QuadMesh):
                kind, name, label = "cells", "cells", ""
            elif shape.get_array() is not None:
                kind, name, label = "coloured shapes", "coloured shapes", ""
            else:
                continue
            self.add(kind, name, [shape], label=label)

    def _images(self) -> None:
        for image in self.panel.images:
            if image.get_visible() and isinstance(image, AxesImage):
                values = image.get_array()
                mapped = values is not None and values.ndim == 2
                self.add("cells" if mapped else "picture", "cells" if mapped else "image", [image])


def across(bars: list[Any]) -> bool:
    """Whether bars lie: they share a left edge, or else their thickness, and not their heights."""
    lefts = {round(b.get_x(), 9) for b in bars}
    bottoms = {round(b.get_y(), 9) for b in bars}
    if len(bars) == 1:
        return bool(bars[0].get_x() == 0 != bars[0].get_y())
    heights = {round(b.get_height(), 9) for b in bars}
    widths = {round(b.get_width(), 9) for b in bars}
    if len(lefts) == 1 and len(bottoms) > 1:
        return True
    return len(heights) == 1 and len(widths) > 1 and len(bottoms) > 1


def outlines(line: Thing, areas: Sequence[Thing]) -> bool:
    """Whether a line is but the edge of an area, which shows its values without it, too."""
    places = _points(line.artists[0])
    mine = set(map(tuple, places[np.isfinite(places).all(axis=1)]))
    return any(mine <= set(map(tuple, _points(area.artists[0]))) for area in areas if mine)


def _is_colour_bar(axes: Any) -> bool:
    return axes.get_label() == "<colorbar>" or hasattr(axes, "_colorbar")


def legend_columns(legend: Legend) -> list[Any]:
    """The packers that hold a legend's rows."""
    box = getattr(legend, "_legend_handle_box", None)
    return list(box.get_children()) if box is not None else []


def take_row(entry: Thing) -> None:
    """Take an entry out of its legend; the rows below it move up."""
    assert entry.whole is not None
    legend = entry.whole.artists[0]
    for column in legend_columns(legend):
        if entry.artists[0] in column.get_children():
            column._children.remove(entry.artists[0])
            if not column.get_children():  # which would keep its room
                legend._legend_handle_box._children.remove(column)


def _alike(one: Any, two: Any) -> bool:
    return one is not None and two is not None and bool(np.allclose(one[:3], two[:3], atol=0.01))


def _points(artist: Any) -> np.ndarray[Any, Any]:
    """Corners in the coordinates of the artist's data."""
    if isinstance(artist, Line2D):
        return np.asarray(artist.get_xydata(), float)
    if isinstance(artist, Collection):
        paths = artist.get_paths()
        return np.asarray(paths[0].vertices if len(paths) == 1 else np.zeros((1, 2)), float)
    assert isinstance(artist, Patch)
    return np.asarray(artist.get_path().vertices, float)


def _short(text: str) -> str:
    """On one line, cut where it is long."""
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= 40 else f"{text[:39]}…"


def _places(panels: list[Any]) -> list[str]:
    """What a person calls each subplot; nothing where there is only one."""
    centres = [
        (float(p.bbox.extents[0::2].mean()), -float(p.bbox.extents[1::2].mean())) for p in panels
    ]
    reach = [0.4 * min((side for p in panels if (side := p.bbox.size[i]) > 0), default=1.0)
             for i in (0, 1)]  # fmt: skip
    columns, rows = (_ranked([c[i] for c in centres], reach[i]) for i in (0, 1))
    if len(set(zip(columns, rows, strict=True))) < 2:
        return [""] * len(panels)
    wide, high = max(columns) + 1, max(rows) + 1
    names = []
    for column, row in zip(columns, rows, strict=True):
        across_word = _word(column, wide, ("left", "middle", "right"))
        down_word = _word(row, high, ("top", "middle", "bottom"))
        if across_word is None or down_word is None:
            names.append(f"subplot in row {row + 1}, column {column + 1}")
        elif across_word == down_word == "middle":
            names.append("subplot in the middle")
        else:
            names.append(f"{down_word} {across_word} subplot".replace("  ", " ").strip())
    twice = {name for name in names if names.count(name) > 1}
    titles = [panel.title.get_text() for panel in panels]
    return [
        f'{n} "{_short(t)}"' if n in twice and t and titles.count(t) == 1 else n
        for n, t in zip(names, titles, strict=True)
    ]


def _ranked(values: list[float], reach: float) -> list[int]:
    """The place of each value in order; those nearer than `reach` share one."""
    ranks: dict[float, int] = {}
    last, rank = None, -1
    for value in sorted(set(values)):
        if last is None or value - last > reach:
            rank += 1
        ranks[value], last = rank, value
    return [ranks[value] for value in values]


def _word(number: int, count: int, words: tuple[str, str, str]) -> str | None:
    """The word for a number of up to three; empty for the only one, None for more than three."""
    if count == 1:
        return ""
    if count > 3:
        return None
    return words[0] if number == 0 else words[2] if number == count - 1 else words[1]
