"""Runs in the confined child: what one artist of a drawn figure shows, as JSON.

Values are in data coordinates, colours are "#rrggbbaa", boxes in pixels. Long series are thinned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import (
    Collection,
    LineCollection,
    PathCollection,
    PolyCollection,
    QuadMesh,
)
from matplotlib.colors import to_hex, to_rgba
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle, Wedge

from visual_erm.data.charts.figures import box_of, colour_word
from visual_erm.data.charts.things import Thing, across, outlines

if TYPE_CHECKING:
    from numpy.typing import NDArray

Figure = Any
Artist = Any
Row = dict[str, Any]
MOST_POINTS = 400
"""Of one series; longer ones are thinned evenly."""
MOST_BARS = 300
"""Of one series."""
MOST_CELLS = 2500
"""Of one image; larger ones are averaged over blocks."""
BLOCKS = 40
"""Blocks a side of a large image."""
MAP_AT = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Places of a colour map whose colours are told."""


def number(value: Any) -> float | None:
    """A number of eight digits; None for what is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return float(f"{found:.8g}") if np.isfinite(found) else None


def numbers(values: Any, most: int = MOST_POINTS) -> list[float | None]:
    """Some of the values, evenly chosen, the first and the last among them."""
    flat = _array(values).reshape(-1)
    if len(flat) > most:
        flat = flat[np.linspace(0, len(flat) - 1, most).round().astype(int)]
    return [number(value) for value in flat]


def _array(values: Any) -> NDArray[np.float64]:
    """As floats, what is masked as no number."""
    found: NDArray[np.float64] = np.ma.filled(np.ma.asarray(values, float), np.nan)
    return found


def colour(value: Any) -> str | None:
    """As "#rrggbbaa"; None for what is not drawn."""
    if value is None or (isinstance(value, str) and value in ("none", "None")):
        return None
    rgba = to_rgba(value)
    return str(to_hex(rgba, keep_alpha=True)) if rgba[3] > 0 else None


def colours(values: Any) -> list[str | None]:
    """The different colours of many, in order."""
    rows = np.asarray(values, float).reshape(-1, 4)
    return list(dict.fromkeys(colour(row) for row in rows[:MOST_POINTS]))[:64]


def label_of(artist: Artist) -> str:
    """What a legend calls it; empty for names that Matplotlib gives."""
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label[:200]


DATA = (
    "line", "dots", "guide line", "points", "area", "bars", "error bars", "box", "violin", "wedge",
    "cells", "picture", "coloured shapes", "segments",
)  # fmt: skip
"""Kinds of things that carry data."""


def of_axes(fig: Figure, ax: Any, things: Sequence[Thing]) -> list[Row]:
    """Everything that shows data in a subplot, series by series.

    Args:
        fig: the figure, drawn.
        ax: the subplot.
        things: its own, as `things` tells them apart; what is in none of them is listed after them.

    Returns:
        Rows without a box are of what lies beyond the limits.
    """
    found: list[Row] = []
    done: set[int] = set()
    areas = [thing for thing in things if thing.kind == "area"]
    for thing in things:
        if thing.kind in DATA:
            done.update(map(id, thing.artists))
            edge = thing.kind == "line" and outlines(thing, areas)
            found.append({**_thing(fig, ax, thing), "outline": edge})
    parts = [a for container in ax.containers for a in _members(container)]
    done.update(id(a) for a in parts if isinstance(a, Patch))
    rest = [*ax.lines, *ax.patches, *ax.collections, *ax.images]
    found += [_other(fig, ax, a) for a in rest if id(a) not in done and a.get_visible()]
    return found


def _members(container: Any) -> list[Artist]:
    found: list[Artist] = []
    for part in container:
        found += part if isinstance(part, list | tuple) else [part]
    return found


def _thing(fig: Figure, ax: Any, thing: Thing) -> Row:
    row: Row = {
        "name": thing.name[:200],
        "label": thing.label[:200],
        "box": thing.box,
        "order": number(thing.artists[0].get_zorder()),
    }
    if thing.kind == "bars":
        row |= _bars(fig, thing.artists)
    else:
        row |= _told(ax, thing.artists[0])
        if len(thing.artists) > 1:
            row |= _together(ax, thing.artists)
        if thing.kind == "error bars":
            row |= _spans(thing.artists)
    if thing.kind == "guide line" and row["kind"] == "line" and row["count"] > 2:
        return {**row, "name": row["name"].replace("straight ", "")}
    return {**row, "kind": thing.kind}


def _together(ax: Any, artists: Sequence[Artist]) -> Row:
    """Points of all that a thing consists of, as of a box with its whiskers."""
    told = [_told(ax, artist) for artist in artists]
    xs = [x for one in told for x in one.get("x", [])]
    ys = [y for one in told for y in one.get("y", [])]
    return {"x": xs[:MOST_POINTS], "y": ys[:MOST_POINTS], "count": len(artists)}


def _spans(artists: Sequence[Artist]) -> Row:
    """How long each error bar is, and how wide its line."""
    lines = [a for a in artists if isinstance(a, LineCollection)]
    ends = [_array(segment) for line in lines for segment in line.get_segments()]
    lengths = [np.ptp(e, axis=0).max() for e in ends if len(e)]
    width = _first(lines[0].get_linewidth()) if lines else None
    return {"thick": numbers(lengths, MOST_BARS), "width": width}


def _other(fig: Figure, ax: Any, artist: Artist) -> Row:
    row: Row = {
        "kind": "other",
        "label": label_of(artist),
        "box": box_of(fig, [artist]),
        "order": number(artist.get_zorder()),
    }
    row |= _told(ax, artist)
    names = {"line": "line", "scatter": "points", "image": "picture", "mesh": "cells"}
    kind = names.get(str(row["kind"]), str(row["kind"]))
    colour_of_it = row.get("colour") or next(iter(row.get("colours", [])), None)
    word = colour_word(to_rgba(colour_of_it)) if colour_of_it else ""
    return {**row, "kind": kind, "name": f"{word} {NAMES.get(kind, kind)}".strip()}


NAMES = {"segments": "lines", "polygons": "shapes", "patch": "shape", "other": "mark"}
"""Words for kinds."""


def _told(ax: Any, artist: Artist) -> Row:
    """What an artist tells of itself; little where it is of nobody's making."""
    try:
        return _details(ax, artist)
    except Exception as error:  # noqa: BLE001 - an artist of somebody else's may be anything
        return {"kind": "other", "why": type(error).__name__}


def _details(ax: Any, artist: Artist) -> Row:
    if isinstance(artist, Line2D):
        return _line(ax, artist)
    if isinstance(artist, PathCollection):
        return _scatter(artist)
    if isinstance(artist, QuadMesh | AxesImage):
        return _cells(artist)
    if isinstance(artist, Collection):
        return _collection(artist)
    if isinstance(artist, Patch):
        return _patch(artist)
    return {}


def _line(ax: Any, line: Line2D) -> Row:
    data = line.get_transform().contains_branch(ax.transData)
    guide = data and line.get_transform() != ax.transData
    xs, ys = line.get_data_3d()[:2] if hasattr(line, "get_data_3d") else line.get_data(orig=False)
    marker = line.get_marker()
    dashes = line.get_linestyle()
    return {
        "kind": "guide line" if guide or not data else "line",
        "x": numbers(xs),
        "y": numbers(ys),
        "count": len(np.atleast_1d(xs)),
        "colour": colour(line.get_color()) if dashes not in ("None", "") else None,
        "face": colour(line.get_markerfacecolor()) if marker not in ("None", "", None) else None,
        "edge": colour(line.get_markeredgecolor()) if marker not in ("None", "", None) else None,
        "style": dashes if isinstance(dashes, str) else "other",
        "width": number(line.get_linewidth()) if dashes not in ("None", "") else None,
        "marker": None if marker in ("None", "", None, " ") else str(marker)[:20],
        "size": number(line.get_markersize()),
        "steps": line.get_drawstyle(),
        "alpha": number(line.get_alpha()),
    }


def _bars(fig: Figure, bars: Sequence[Any]) -> Row:
    patches = bars[:MOST_BARS]
    lying = across(list(patches))
    at, size, start = [], [], []
    for bar in patches:
        x, y, w, h = bar.get_x(), bar.get_y(), bar.get_width(), bar.get_height()
        at.append(y + h / 2 if lying else x + w / 2)
        start.append(x if lying else y)
        size.append(w if lying else h)
    thick = [p.get_height() if lying else p.get_width() for p in patches]
    first = patches[0]
    return {
        "boxes": [box_of(fig, [p]) for p in patches],
        "across": lying,
        "x": numbers(at, MOST_BARS),
        "y": numbers(size, MOST_BARS),
        "base": numbers(start, MOST_BARS),
        "thick": numbers(thick, MOST_BARS),
        "count": len(bars),
        "faces": [colour(p.get_facecolor()) for p in patches],
        "colour": colour(first.get_facecolor()),
        "edge": colour(first.get_edgecolor()) if first.get_linewidth() else None,
        "width": number(first.get_linewidth()),
        "hatch": first.get_hatch() or None,
    }


def _scatter(cloud: PathCollection) -> Row:
    points = _array(cloud.get_offsets()).reshape(-1, 2)
    paths = cloud.get_paths()
    shape = paths[0].vertices if paths else np.zeros((0, 2))
    mapped = cloud.get_array()
    return {
        "kind": "scatter",
        "x": numbers(points[:, 0]),
        "y": numbers(points[:, 1]),
        "count": len(points),
        "colours": colours(cloud.get_facecolor()),
        "edges": colours(cloud.get_edgecolor()),
        "marker": _shape(shape),
        "sizes": numbers(cloud.get_sizes()),
        "values": numbers(mapped) if mapped is not None and mapped.ndim == 1 else [],
        "width": _first(cloud.get_linewidth()),
        "alpha": number(cloud.get_alpha()),
        **_mapped(cloud),
    }


def _shape(vertices: Any) -> str:
    """A short name of an outline that does not tell its size."""
    points = np.asarray(vertices, float).reshape(-1, 2)
    span = np.abs(points).max(initial=0.0) or 1.0
    text = np.array2string(np.round(points / span, 2), threshold=10_000)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _first(values: Any) -> float | None:
    flat = _array(values).reshape(-1)
    return number(flat[0]) if len(flat) else None


def _mapped(artist: Any) -> Row:
    """Colour map and its range, of what is coloured by value."""
    if artist.get_array() is None:
        return {}
    mapped = artist.get_cmap()
    low, high = artist.get_clim()
    return {
        "map": [colour(mapped(at)) for at in MAP_AT],
        "low": number(low),
        "high": number(high),
    }


def _cells(artist: Any) -> Row:
    values = _array(artist.get_array())
    if isinstance(artist, QuadMesh):
        mesh = np.asarray(artist.get_coordinates(), float)
        shape = mesh.shape[0] - 1, mesh.shape[1] - 1
        values = values.reshape(shape) if values.size == shape[0] * shape[1] else values
        extent = [mesh[0, 0, 0], mesh[-1, -1, 0], mesh[0, 0, 1], mesh[-1, -1, 1]]
        kind = "mesh"
    else:
        extent = list(artist.get_extent())
        if artist.origin == "upper":
            extent[2:] = extent[2], extent[3]
        kind = "image"
    deep = values.ndim == 3
    flat = values.mean(axis=2) if deep else np.atleast_2d(values)
    rows, columns = flat.shape
    return {
        "kind": kind,
        "rows": rows,
        "columns": columns,
        "values": numbers(_blocks(flat), MOST_CELLS),
        "extent": [number(value) for value in extent],
        "origin": getattr(artist, "origin", "lower"),
        **({} if deep else _mapped(artist)),
    }


def _blocks(values: Any) -> Any:
    if values.size <= MOST_CELLS:
        return values
    rows = np.array_split(np.arange(values.shape[0]), min(BLOCKS, values.shape[0]))
    columns = np.array_split(np.arange(values.shape[1]), min(BLOCKS, values.shape[1]))
    return np.array([[np.nanmean(values[np.ix_(r, c)]) for c in columns] for r in rows])


def _collection(artist: Collection) -> Row:
    paths = artist.get_paths()
    outlines = [_array(path.vertices) for path in paths[:MOST_POINTS]]
    points = [outline for outline in outlines if outline.size]
    every = np.concatenate(points) if points else np.zeros((0, 2))
    kind = "other"
    if isinstance(artist, LineCollection):
        kind = "segments"
    elif isinstance(artist, PolyCollection):
        kind = "area" if len(paths) == 1 else "polygons"
    return {
        "kind": kind,
        "x": numbers(every[:, 0]),
        "y": numbers(every[:, 1]),
        "count": len(paths),
        "colours": colours(artist.get_facecolor()),
        "edges": colours(artist.get_edgecolor()),
        "width": _first(artist.get_linewidth()),
        "style": _dashes(artist),
        "hatch": artist.get_hatch() or None,
        "alpha": number(artist.get_alpha()),
        **_mapped(artist),
    }


def _dashes(artist: Any) -> str:
    styles = artist.get_linestyle()
    return "-" if not styles or styles[0][1] is None else "--"


def _patch(patch: Patch) -> Row:
    row: Row = {
        "kind": "patch",
        "colour": colour(patch.get_facecolor()) if patch.get_fill() else None,
        "edge": colour(patch.get_edgecolor()) if patch.get_linewidth() else None,
        "width": number(patch.get_linewidth()),
        "style": str(patch.get_linestyle())[:20],
        "hatch": patch.get_hatch() or None,
        "alpha": number(patch.get_alpha()),
    }
    if isinstance(patch, Wedge):
        angles: Sequence[float] = (patch.theta1, patch.theta2)
        row |= {"kind": "wedge", "x": numbers(angles), "y": numbers([patch.r, patch.width or 0])}
        row["centre"] = numbers(patch.center)
    elif isinstance(patch, Rectangle):
        (x, y), w, h = patch.get_xy(), patch.get_width(), patch.get_height()
        row |= {"kind": "rectangle", "x": numbers([x, x + w]), "y": numbers([y, y + h])}
    else:
        vertices = np.asarray(patch.get_path().vertices, float)
        vertices = patch.get_patch_transform().transform(vertices)
        row |= {"x": numbers(vertices[:, 0]), "y": numbers(vertices[:, 1])}
        row["count"] = len(vertices)
    return row
