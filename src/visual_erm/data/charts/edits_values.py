"""Edits of single values: one bar, point, stretch of a line, wedge, cell or box."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection

from visual_erm.data.charts.figures import number_text, place_text, value_text
from visual_erm.data.charts.operators import (
    Change,
    by_axis_share,
    by_part,
    graded,
    of,
    operator,
)
from visual_erm.data.charts.things import Scene, Thing, across
from visual_erm.data.records import Effect, always, at_steps
from visual_erm.types import Severity

Values = Any


def shifted(axis: Any, value: Any, share: float) -> Any:
    """Values moved along an axis by a share of its length, whatever its scale."""
    low, high = axis.get_view_interval()
    transform = axis.get_transform()
    ends = transform.transform(np.array([low, high], float))
    moved = transform.transform(np.asarray(value, float)) + share * (ends[1] - ends[0])
    return transform.inverted().transform(moved)


def share_of(axis: Any, value: Any) -> Any:
    """Where values stand on an axis: 0 at its lower end, 1 at its upper."""
    low, high = axis.get_view_interval()
    transform = axis.get_transform()
    ends = transform.transform(np.array([low, high], float))
    return (transform.transform(np.asarray(value, float)) - ends[0]) / (ends[1] - ends[0])


def room(axis: Any, values: Any, share: float, rng: random.Random) -> float | None:
    """The share with a sign, so that values moved by it stay in the plot; None if they cannot."""
    at = share_of(axis, values)
    at = at[np.isfinite(at)]
    signs = [
        s for s in (1, -1) if len(at) and at.min() + s * share >= 0 and at.max() + s * share <= 1
    ]
    return rng.choice(signs) * share if signs else None


def about(axis: Any, new: float, old: float) -> str:
    """`about 42 instead of 30`; more digits where both would read the same."""
    a, b = value_text(axis, new), value_text(axis, old)
    if a == b:
        a, b = f"{new:.5g}", f"{old:.5g}"
    return f"about {a} instead of {b}"


def _axis_of(bar: Thing) -> tuple[Any, bool]:
    """The axis that shows a bar's value, and whether the bar lies."""
    assert bar.whole is not None
    lying = across(bar.whole.artists)
    return (bar.panel.xaxis if lying else bar.panel.yaxis), lying


def _span(bar: Any, lying: bool) -> tuple[float, float]:
    """Foot and length of a bar."""
    return (bar.get_x(), bar.get_width()) if lying else (bar.get_y(), bar.get_height())


def _set_span(bar: Any, lying: bool, foot: float, length: float) -> None:
    if lying:
        bar.set_x(foot)
        bar.set_width(length)
    else:
        bar.set_y(foot)
        bar.set_height(length)


def _on_top(scene: Scene, bar: Thing, lying: bool) -> list[Thing]:
    """Bars that are stacked on a bar, however high."""
    foot, length = _span(bar.artists[0], lying)
    mine = _across_span(bar.artists[0], lying)
    found = []
    top = foot + length
    for other in sorted(
        scene.within(bar.panel, "bar"), key=lambda t: _span(t.artists[0], lying)[0]
    ):
        start, size = _span(other.artists[0], lying)
        same = np.allclose(_across_span(other.artists[0], lying), mine)
        if (
            same
            and other is not bar
            and np.isclose(start, top)
            and size * length > 0 != foot + start
        ):
            found.append(other)
            top = start + size
    return found


def _across_span(bar: Any, lying: bool) -> tuple[float, float]:
    return (bar.get_y(), bar.get_height()) if lying else (bar.get_x(), bar.get_width())


@operator("data_error", by_axis_share, of("bar"))
def bar_value(scene: Scene, bar: Thing, rng: random.Random) -> Change | None:
    """A bar shows another value."""
    axis, lying = _axis_of(bar)
    patch = bar.artists[0]
    foot, length = _span(patch, lying)
    share = room(axis, np.array([foot + length]), graded(rng), rng)
    if share is None:
        return None
    end = float(shifted(axis, foot + length, share))
    if (end - foot) * length < 0 or abs(end - foot) < 0.02 * abs(length) or length == 0:
        return None  # through its foot
    above = _on_top(scene, bar, lying)
    _set_span(patch, lying, foot, end - foot)
    for other in above:
        start, size = _span(other.artists[0], lying)
        _set_span(other.artists[0], lying, start + end - foot - length, size)
    stacked = bool(above) or foot != 0
    said = about(axis, end - foot if stacked else end, length if stacked else foot + length)
    return Change(f"it shows {said}", amount=abs(share), along=above)


@operator("data_error", by_part, of("bar"))
def bar_missing(scene: Scene, bar: Thing, rng: random.Random) -> Change | None:
    """A bar is missing."""
    assert bar.whole is not None
    bar.artists[0].set_visible(False)
    return Change("it is missing", amount=max(0.06, 1 / len(bar.whole.artists)), after=[])


def _several_bars(scene: Scene, bars: Thing) -> bool:
    return len(scene.parts(bars)) > 1


@operator("data_error", by_axis_share, of("bars", where=_several_bars))
def bars_swapped(scene: Scene, bars: Thing, rng: random.Random) -> Change | None:
    """Two bars of a series have each other's value."""
    one, two = rng.sample(scene.parts(bars), 2)
    axis, lying = _axis_of(one)
    (foot, length), (base, size) = (_span(t.artists[0], lying) for t in (one, two))
    off = abs(float(share_of(axis, foot + length) - share_of(axis, base + size)))
    if foot != base or off < 0.03:
        return None
    _set_span(one.artists[0], lying, foot, size)
    _set_span(two.artists[0], lying, base, length)
    a, b = value_text(axis, foot + length), value_text(axis, base + size)
    return Change(
        f"the values of {one.name.partition(' in the ')[0]} ({a}) and "
        f"{two.name.partition(' in the ')[0]} ({b}) are swapped",
        amount=off, before=[one, two], after=[*one.artists, *two.artists],
    )  # fmt: skip


@operator("data_error", always(2), of("bars", where=lambda s, t: len(s.parts(t)) > 2))
def bars_reversed(scene: Scene, bars: Thing, rng: random.Random) -> Change | None:
    """The values of a series stand in reverse order."""
    parts = scene.parts(bars)
    _, lying = _axis_of(parts[0])
    spans = [_span(t.artists[0], lying) for t in parts]
    if len({round(foot, 9) for foot, _ in spans}) > 1 or len({round(s, 6) for _, s in spans}) < 3:
        return None
    for thing, (foot, length) in zip(parts, reversed(spans), strict=True):
        _set_span(thing.artists[0], lying, foot, length)
    return Change("the bars stand in reverse order, under the same labels")


def _graph(scene: Scene, line: Thing) -> bool:
    """A curve with one value for each place, in a plain plot."""
    one = line.artists[0]
    if line.panel.name != "rectilinear" or one.get_transform() != line.panel.transData:
        return False
    x = np.asarray(one.get_xydata()[:, 0], float)
    return len(x) > 3 and bool((np.diff(x) >= 0).all())


def _steps(line: Thing) -> tuple[Values, Values]:
    places = np.asarray(line.artists[0].get_xydata(), float)
    return places[:, 0].copy(), places[:, 1].copy()


def _few(scene: Scene, line: Thing) -> bool:
    return _graph(scene, line) and len(line.artists[0].get_xdata()) <= 40


@operator("data_error", by_axis_share, of("line", where=_few))
def line_point(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line has another value at one place."""
    x, y = _steps(line)
    axis = line.panel.yaxis
    at = rng.randrange(len(y))
    share = room(axis, y[at : at + 1], max(0.08, graded(rng)), rng)
    if share is None:
        return None
    old = float(y[at])
    y[at] = shifted(axis, old, share)
    line.artists[0].set_ydata(y)
    where = place_text(line.panel.xaxis, float(x[at]))
    where = where if where.startswith("at ") else f"at {where}"
    said = f"{where} it shows {about(axis, float(y[at]), old)}"
    return Change(said, amount=abs(share))


@operator("data_error", by_axis_share, of("line", where=_graph))
def line_part_moved(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A stretch of a line runs higher or lower."""
    _, y = _steps(line)
    axis = line.panel.yaxis
    half = slice(len(y) // 2, None) if rng.random() < 0.5 else slice(0, len(y) // 2)
    share = room(axis, y[half], graded(rng), rng)
    if share is None:
        return None
    y[half] = shifted(axis, y[half], share)
    line.artists[0].set_ydata(y)
    side = "left" if half.start == 0 else "right"
    way = "higher" if share > 0 else "lower"
    return Change(f"its {side} half runs {way}, by {abs(share):.0%} of the axis", amount=abs(share))


@operator("data_error", by_axis_share, of("line", where=_graph))
def line_moved(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line runs higher or lower from end to end."""
    _, y = _steps(line)
    axis = line.panel.yaxis
    share = room(axis, y, graded(rng), rng)
    if share is None:
        return None
    line.artists[0].set_ydata(shifted(axis, y, share))
    way = "higher" if share > 0 else "lower"
    said = f"all of it runs {way}, by {abs(share):.0%} of the axis"
    return Change(said, amount=abs(share))


@operator("data_error", by_axis_share, of("line", where=_graph))
def line_scaled(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """The ups and downs of a line are flatter."""
    _, y = _steps(line)
    axis = line.panel.yaxis
    at = share_of(axis, y)
    factor = rng.choice((0.3, 0.6, 0.8))
    middle = float(np.nanmean(at))
    new = middle + (at - middle) * factor
    most = float(np.nanmax(abs(new - at)))
    if not most > 0.04:
        return None
    line.artists[0].set_ydata(_at_share(axis, new))
    return Change(f"flatter: its ups and downs are {factor:.0%} as high", amount=most)


def _at_share(axis: Any, share: Any) -> Any:
    low, high = axis.get_view_interval()
    transform = axis.get_transform()
    ends = transform.transform(np.array([low, high], float))
    return transform.inverted().transform(ends[0] + share * (ends[1] - ends[0]))


@operator("data_error", by_axis_share, of("line", where=_graph))
def line_noisy(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line trembles where it should be smooth."""
    _, y = _steps(line)
    axis = line.panel.yaxis
    spread = rng.choice((0.03, 0.07, 0.12))
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, spread, len(y))
    at = share_of(axis, y)
    new = np.clip(at + noise, min(0, np.nanmin(at)), max(1, np.nanmax(at)))
    line.artists[0].set_ydata(_at_share(axis, new))
    return Change("its values scatter up and down, by chance", amount=2 * spread)


@operator("data_error", by_axis_share, of("line", where=_graph))
def line_shifted(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line stands further to the left or right."""
    x, y = _steps(line)
    axis = line.panel.xaxis
    share = rng.choice((-1, 1)) * rng.choice((0.06, 0.15, 0.3))
    level = float(np.nanmax(share_of(line.panel.yaxis, y)) - np.nanmin(share_of(
        line.panel.yaxis, y)))  # fmt: skip
    if not level > 0.1:  # a level line looks the same
        return None
    line.artists[0].set_xdata(shifted(axis, x, share))
    way = "right" if share > 0 else "left"
    return Change(f"shifted to the {way} by {abs(share):.0%} of the axis", amount=abs(share))


@operator("data_error", by_axis_share, of("line", where=_graph))
def line_cut(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line ends too early, or begins too late."""
    x, y = _steps(line)
    gone = rng.choice((0.15, 0.3, 0.5))
    count = max(1, round(gone * len(y)))
    if len(y) - count < 2:
        return None
    early = rng.random() < 0.5
    y[-count:] = np.nan if early else y[-count:]
    y[:count] = y[:count] if early else np.nan
    line.artists[0].set_ydata(y)
    edge = place_text(line.panel.xaxis, float(x[-count - 1] if early else x[count]))
    edge = edge.removeprefix("at ")
    said = f"it ends too early, at {edge}" if early else f"it begins too late, at {edge}"
    return Change(said, amount=gone)


def _places(points: Thing) -> Any:
    """Where points lie, `(n, 2)` in data coordinates."""
    return np.ma.filled(np.ma.asarray(points.artists[0].get_offsets(), float), np.nan).copy()


def _scattered(scene: Scene, points: Thing) -> bool:
    return points.panel.name == "rectilinear" and len(points.artists[0].get_offsets()) > 1


def _lone(scene: Scene, points: Thing) -> bool:
    return _scattered(scene, points) and len(points.artists[0].get_offsets()) <= 60


@operator("data_error", by_axis_share, of("points", where=_lone))
def point_moved(scene: Scene, points: Thing, rng: random.Random) -> Change | None:
    """One point lies elsewhere."""
    places = _places(points)
    at = rng.randrange(len(places))
    axis = points.panel.yaxis
    share = room(axis, places[at : at + 1, 1], max(0.08, graded(rng)), rng)
    if share is None:
        return None
    x, old = (float(v) for v in places[at])
    places[at, 1] = new = float(shifted(axis, old, share))
    points.artists[0].set_offsets(places)
    said = f"the point at ({value_text(points.panel.xaxis, x)}, {value_text(axis, old)}) lies at "
    return Change(said + value_text(axis, new), amount=abs(share) * 0.9)


@operator("data_error", by_part, of("points", where=_scattered))
def points_missing(scene: Scene, points: Thing, rng: random.Random) -> Change | None:
    """Some of the points are missing."""
    places = _places(points)
    share = rng.choice((0.04, 0.15, 0.4))
    count = max(1, round(share * len(places)))
    gone = rng.sample(range(len(places)), count)
    places[gone] = np.nan
    points.artists[0].set_offsets(places)
    said = "one point is missing" if count == 1 else f"{count} of {len(places)} points are missing"
    return Change(said, amount=count / len(places))


@operator("data_error", by_part, of("points", where=_scattered))
def points_moved(scene: Scene, points: Thing, rng: random.Random) -> Change | None:
    """Some of the points lie elsewhere."""
    places = _places(points)
    share = rng.choice((0.1, 0.25, 0.5))
    count = max(2, round(share * len(places)))
    moved = rng.sample(range(len(places)), min(count, len(places)))
    axis = points.panel.yaxis
    at = share_of(axis, places[moved, 1])
    places[moved, 1] = _at_share(axis, np.where(at < 0.5, at + 0.3, at - 0.3))
    points.artists[0].set_offsets(places)
    said = f"{len(moved)} of {len(places)} points lie a third of the axis higher or lower"
    return Change(said, amount=len(moved) / len(places))


@operator("data_error", by_part, of("points", where=_scattered))
def points_added(scene: Scene, points: Thing, rng: random.Random) -> Change | None:
    """There are points too many."""
    shape = points.artists[0]
    if shape.get_array() is not None or len(shape.get_sizes()) > 1:
        return None
    places = _places(points)
    count = max(2, round(rng.choice((0.1, 0.3)) * len(places)))
    more = np.column_stack([
        _at_share(axis, np.array([rng.uniform(0.08, 0.92) for _ in range(count)]))
        for axis in (points.panel.xaxis, points.panel.yaxis)
    ])  # fmt: skip
    shape.set_offsets(np.vstack([places, more]))
    return Change(f"{count} points too many", amount=count / len(places))


def by_angle(effect: Effect) -> Severity:
    """A share of a pie off by 3% of the whole needs correction, by 12% misleads."""
    return at_steps(effect.amount, 0.03, 0.12)


def _next_to(scene: Scene, wedge: Thing) -> Thing | None:
    """The wedge that begins where this one ends."""
    others = [t for t in scene.within(wedge.panel, "wedge") if t is not wedge]
    end = wedge.artists[0].theta2 % 360
    return next((t for t in others if np.isclose(t.artists[0].theta1 % 360, end, atol=0.01)
                 and np.allclose(t.artists[0].center, wedge.artists[0].center)), None)  # fmt: skip


@operator("data_error", by_angle, of("wedge", where=_next_to))
def wedge_value(scene: Scene, wedge: Thing, rng: random.Random) -> Change | None:
    """A piece of a pie is larger at the cost of its neighbour, or the reverse."""
    other = _next_to(scene, wedge)
    assert other is not None
    one, two = wedge.artists[0], other.artists[0]
    sizes = one.theta2 - one.theta1, two.theta2 - two.theta1
    turn = 360 * rng.choice((0.02, 0.06, 0.16)) * rng.choice((-1, 1))
    if min(sizes[0] + turn, sizes[1] - turn) < 4:
        turn = -turn
    if min(sizes[0] + turn, sizes[1] - turn) < 4:
        return None
    one.set_theta2(one.theta2 + turn)
    two.set_theta1(one.theta2)
    total = sum(
        t.artists[0].theta2 - t.artists[0].theta1 for t in scene.within(wedge.panel, "wedge")
    )
    said = f"about {100 * (sizes[0] + turn) / total:.0f}% instead of {100 * sizes[0] / total:.0f}%"
    whose = other.name.partition(" in the ")[0]
    return Change(f"{said}, at the cost of the {whose}" if turn > 0 else
                  f"{said}, to the benefit of the {whose}", amount=abs(turn) / 360,
                  before=[wedge, other], after=[one, two])  # fmt: skip


@operator("data_error", always(3), of("wedge", where=_next_to))
def wedge_missing(scene: Scene, wedge: Thing, rng: random.Random) -> Change | None:
    """A piece of a pie is missing."""
    wedge.artists[0].set_visible(False)
    return Change("it is missing", after=[])


@operator("data_error", by_part, of("cells"))
def cell_value(scene: Scene, cells: Thing, rng: random.Random) -> Change | None:
    """A cell, or a few, have another value and so another colour."""
    mapped = cells.artists[0]
    array = mapped.get_array()
    values = np.array(np.ma.filled(np.ma.asarray(array, float), np.nan), float)
    low, high = mapped.get_clim()
    shape = _shape(mapped, values)
    if shape is None or not high > low or not np.isfinite(values).any():
        return None
    rows, columns = shape
    grid = values.reshape(shape)
    # of a fine picture a block that can be seen
    tall, wide = max(1, round(rows / 14)), max(1, round(columns / 14))
    row, column = rng.randrange(rows - tall + 1), rng.randrange(columns - wide + 1)
    block = grid[row : row + tall, column : column + wide]
    old = float(np.nanmean(block)) if np.isfinite(block).any() else np.nan
    if not np.isfinite(old):
        return None
    span = high - low
    share = rng.choice((0.3, 0.55, 0.9))
    new = old + share * span if old < (low + high) / 2 else old - share * span
    new = float(np.clip(new, low, high))
    grid[row : row + tall, column : column + wide] = new
    _set_values(mapped, grid, values)
    mapped.set_clim(low, high)
    thing = _cell(cells, row, column, tall, wide, shape)
    whole = rows * columns / (tall * wide)
    return Change(
        f"it shows about {number_text(new)} instead of {number_text(old)}", location=thing.name,
        amount=0.5 / whole + (0.05 if abs(new - old) > 0.4 * span else 0), before=[thing], after=[],
    )  # fmt: skip


def _shape(mapped: Any, values: Any) -> tuple[int, int] | None:
    if values.ndim == 2:
        return values.shape[0], values.shape[1]
    if hasattr(mapped, "get_coordinates"):
        rows, columns = mapped.get_coordinates().shape[:2]
        if values.size == (rows - 1) * (columns - 1):
            return rows - 1, columns - 1
    return None


def _set_values(mapped: Any, grid: Any, values: Any) -> None:
    new = np.ma.masked_invalid(grid.reshape(values.shape))
    mapped.set_array(new) if hasattr(mapped, "get_coordinates") else mapped.set_data(new)


def _cell(
    cells: Thing, row: int, column: int, tall: int, wide: int, shape: tuple[int, int]
) -> Thing:
    """A block of cells as a thing: its name from the tick labels, its box."""
    mapped, axes = cells.artists[0], cells.panel
    if hasattr(mapped, "get_coordinates"):
        mesh = np.asarray(mapped.get_coordinates(), float)
        corners = np.array([mesh[row, column], mesh[row + tall, column + wide]])
    else:
        left, right, bottom, top = mapped.get_extent()
        first, last = (bottom, top) if mapped.origin == "lower" else (top, bottom)
        xs = left + (right - left) * np.array([column, column + wide]) / shape[1]
        ys = first + (last - first) * np.array([row, row + tall]) / shape[0]
        corners = np.stack([xs, ys], axis=1)
    (x0, y0), (x1, y1) = axes.transData.transform(corners)
    height = axes.figure.bbox.height
    box = (
        int(min(x0, x1)), int(height - max(y0, y1)),
        int(np.ceil(max(x0, x1))), int(np.ceil(height - min(y0, y1))),
    )  # fmt: skip
    x, y = corners.mean(axis=0)
    names = [place_text(axis, float(v)) for axis, v in ((axes.xaxis, x), (axes.yaxis, y))]
    where = cells.name.removeprefix("cells")
    if all(name.startswith('"') for name in names):
        name = f"cell {names[1]}, {names[0]}{where}"
    elif tall * wide > 1:
        middle = f"row {row + tall // 2 + 1}, column {column + wide // 2 + 1}"
        name = f"block of cells around {middle}{where}"
    else:
        name = f"cell in row {row + 1}, column {column + 1}{where}"
    return Thing("cell", name, cells.path, [], axes, cells, located=box)


@operator("data_error", by_part, of("cells"))
def cell_missing(scene: Scene, cells: Thing, rng: random.Random) -> Change | None:
    """A cell is empty."""
    mapped = cells.artists[0]
    values = np.array(np.ma.filled(np.ma.asarray(mapped.get_array(), float), np.nan), float)
    shape = _shape(mapped, values)
    if shape is None or values.size > 400:
        return None
    clim = mapped.get_clim()
    row, column = rng.randrange(shape[0]), rng.randrange(shape[1])
    grid = values.reshape(shape)
    if not np.isfinite(grid[row, column]):
        return None
    grid[row, column] = np.nan
    _set_values(mapped, grid, values)
    mapped.set_clim(clim)
    thing = _cell(cells, row, column, 1, 1, shape)
    return Change("it is empty", location=thing.name, amount=max(0.06, 1 / values.size),
                  before=[thing], after=[])  # fmt: skip


@operator("data_error", by_axis_share, of("box", "violin"))
def spread_moved(scene: Scene, box: Thing, rng: random.Random) -> Change | None:
    """A box or a violin stands higher or lower."""
    axis = box.panel.yaxis
    lines = [a for a in box.artists if hasattr(a, "get_ydata")]
    others = [a for a in box.artists if a not in lines]
    places = [np.asarray(a.get_xydata(), float)[:, 1] for a in lines if len(a.get_xydata())]
    places += [a.get_paths()[0].vertices[:, 1] if hasattr(a, "get_paths") else
               a.get_path().vertices[:, 1] for a in others]  # fmt: skip
    share = room(axis, np.concatenate(places), graded(rng), rng)
    if share is None:
        return None
    for line in lines:
        line.set_ydata(shifted(axis, np.asarray(line.get_xydata(), float)[:, 1], share))
    if box.kind == "violin":
        _marks_moved(box, share)
    for shape in others:
        path = shape.get_paths()[0] if hasattr(shape, "get_paths") else shape.get_path()
        vertices = path.vertices.copy()
        vertices[:, 1] = shifted(axis, vertices[:, 1], share)
        if hasattr(shape, "set_verts"):
            shape.set_verts([vertices])
        else:
            path.vertices = vertices
    way = "higher" if share > 0 else "lower"
    return Change(f"all of it stands {way}, by {abs(share):.0%} of the axis", amount=abs(share))


def _marks_moved(violin: Thing, share: float) -> None:
    """Move the strokes for mean, median and extremes that lie on a violin."""
    xs = violin.artists[0].get_paths()[0].vertices[:, 0]
    middle = (xs.min() + xs.max()) / 2
    for strokes in violin.panel.collections:
        if not isinstance(strokes, LineCollection):
            continue
        segments = [np.asarray(s, float).copy() for s in strokes.get_segments()]
        for segment in segments:
            if len(segment) and np.isclose(segment[:, 0].mean(), middle, atol=xs.max() - middle):
                segment[:, 1] = shifted(violin.panel.yaxis, segment[:, 1], share)
        strokes.set_segments(segments)


@operator("data_error", by_axis_share, of("area"))
def area_scaled(scene: Scene, area: Thing, rng: random.Random) -> Change | None:
    """A filled area is lower at its upper edge, as if its values were smaller."""
    shape = area.artists[0]
    if area.panel.name != "rectilinear" or len(shape.get_paths()) != 1:
        return None
    vertices = shape.get_paths()[0].vertices.copy()
    at = share_of(area.panel.yaxis, vertices[:, 1])
    factor = rng.choice((0.5, 0.8, 0.93))
    low = float(at.min())
    most = float(at.max() - low) * (1 - factor)
    if most <= 0.02:
        return None
    vertices[:, 1] = _at_share(area.panel.yaxis, low + (at - low) * factor)
    shape.set_verts([vertices])
    return Change(f"it reaches {factor:.0%} as high as it should", amount=most)
