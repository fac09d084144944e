"""Edits of how a figure looks: colours, marks, lines, grid, frame, background, legend."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.ticker import FixedLocator

from visual_erm.data.charts.edits_series import COLOURS, SERIES, unlike
from visual_erm.data.charts.edits_texts import fixed_ticks
from visual_erm.data.charts.figures import colour_of, colour_word
from visual_erm.data.charts.operators import Change, of, operator
from visual_erm.data.charts.things import Scene, Thing, across
from visual_erm.data.records import always, style_by_share

PAINTED = (*SERIES, "violin")
MAPS = ("viridis", "magma", "coolwarm", "Blues", "YlGn", "cividis", "Spectral", "Greys")


def paint(artists: list[Any], colour: Any) -> None:
    """Give artists a colour; what has an edge of its own keeps it."""
    for artist in artists:
        if isinstance(artist, Line2D):
            faced = to_hex(artist.get_markerfacecolor()) if artist.get_markerfacecolor() not in (
                "none", "None") else None  # fmt: skip
            own = faced is not None and faced != to_hex(artist.get_color())
            face = artist.get_markerfacecolor() if own else None
            artist.set_color(colour)
            if face is not None and artist.get_linestyle() != "None":
                artist.set_markerfacecolor(face)
            elif faced is not None:
                artist.set_markerfacecolor(colour)
                artist.set_markeredgecolor(colour)
            continue
        faces = np.asarray(artist.get_facecolor(), float).reshape(-1, 4)
        edges = np.asarray(artist.get_edgecolor(), float).reshape(-1, 4)
        filled = len(faces) and faces[:, 3].max() > 0
        alike = filled and len(edges) and np.allclose(faces[0, :3], edges[0, :3])
        alpha = artist.get_alpha()
        if alpha is None and filled:
            alpha = float(faces[0, 3])
        if filled:
            artist.set_facecolor((colour, alpha))
        if alike or not filled:
            artist.set_edgecolor(colour)


def _plain(scene: Scene, series: Thing) -> bool:
    """Whether it has one colour, and not one for each value."""
    first = series.artists[0]
    mapped = isinstance(first, Collection) and first.get_array() is not None
    if mapped or (isinstance(first, Collection) and len(first.get_facecolor()) > 1):
        return False
    colours = [colour_of(a) for a in series.artists]
    return all(c is not None for c in colours) and len({to_hex(c) for c in colours}) == 1


def recoloured(scene: Scene, series: Thing, colour: Any) -> list[Thing]:
    """Paint a series and its row in the legend; the row."""
    paint(series.artists, colour)
    entry = scene.key(series)
    if entry is None or entry.whole is None:
        return []
    handle = entry.whole.artists[0].legend_handles[entry.at]
    if handle is not None:
        paint([handle], colour)
    return [entry]


@operator("style_error", always(1), of(*PAINTED, where=_plain), also=("legend",))
def colour_changed(scene: Scene, series: Thing, rng: random.Random) -> Change | None:
    """A series has another colour."""
    old, new = colour_of(series.artists[0]), unlike(scene, series.panel, rng)
    if new is None or colour_word(old) == colour_word(_rgba(new)):
        return None
    along = recoloured(scene, series, new)
    return Change(f"{colour_word(_rgba(new))} instead of {colour_word(old)}", along=along)


def _rgba(colour: Any) -> Any:
    return np.asarray(to_rgba(colour))


def _two_plain(scene: Scene, panel: Thing) -> bool:
    plain = [t for t in scene.within(panel.panel, *PAINTED) if _plain(scene, t)]
    return len({to_hex(colour_of(t.artists[0])) for t in plain}) > 1


def _two(scene: Scene, panel: Thing, rng: random.Random) -> tuple[Thing, Thing]:
    plain = [t for t in scene.within(panel.panel, *PAINTED) if _plain(scene, t)]
    one = rng.choice(plain)
    mine = to_hex(colour_of(one.artists[0]))
    return one, rng.choice([t for t in plain if to_hex(colour_of(t.artists[0])) != mine])


def _bare(name: str) -> str:
    return name.partition(" in the ")[0]


@operator("style_error", always(2), of("panel", where=_two_plain), also=("marks", "legend"))
def colours_swapped(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Two series have each other's colour, and so have their legend entries."""
    one, two = _two(scene, panel, rng)
    first, second = colour_of(one.artists[0])[:3], colour_of(two.artists[0])[:3]
    along = [*recoloured(scene, one, to_hex(second)), *recoloured(scene, two, to_hex(first))]
    return Change(
        f"{_bare(one.name)} and {_bare(two.name)} have each other's colour", location=panel.name,
        before=[one, two], after=[*one.artists, *two.artists], along=along,
    )  # fmt: skip


@operator("style_error", always(3), of("panel", where=_two_plain), also=("marks", "legend"))
def colours_alike(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """All series have one colour, so that nobody can tell them apart."""
    plain = [t for t in scene.within(panel.panel, *PAINTED) if _plain(scene, t)]
    colour = to_hex(colour_of(rng.choice(plain).artists[0]))
    along = [entry for series in plain for entry in recoloured(scene, series, colour)]
    return Change(
        f"all series are {colour_word(_rgba(colour))}; they cannot be told apart",
        location=f"series of the {panel.name}", before=plain,
        after=[a for t in plain for a in t.artists], along=along,
    )  # fmt: skip


@operator("style_error", always(2), of("panel", where=_two_plain), also=("marks", "legend"))
def palette(scene: Scene, panel: Thing, rng: random.Random) -> Change | None:
    """Every series has another colour."""
    plain = [t for t in scene.within(panel.panel, *PAINTED) if _plain(scene, t)]
    old = {to_hex(colour_of(t.artists[0])) for t in plain}
    colours = rng.sample(COLOURS, len(COLOURS))
    if len(plain) > len(colours):
        return None
    painted = list(zip(plain, colours, strict=False))
    for series, colour in painted:
        if colour in old or colour_word(_rgba(colour)) == colour_word(colour_of(series.artists[0])):
            return None
    along = [one for series, colour in painted for one in recoloured(scene, series, colour)]
    return Change(
        "all series have other colours", location=f"series of the {panel.name}", before=plain,
        after=[a for t in plain for a in t.artists], along=along,
    )  # fmt: skip


@operator("style_error", always(1), of("bar", "wedge"))
def one_painted(scene: Scene, part: Thing, rng: random.Random) -> Change | None:
    """One bar or one wedge has a colour of its own."""
    old, new = colour_of(part.artists[0]), unlike(scene, part.panel, rng)
    if new is None or colour_word(old) == colour_word(_rgba(new)):
        return None
    paint(part.artists, new)
    along = []
    entry = scene.key(part) if part.kind == "wedge" else None
    if entry is not None and entry.whole is not None:
        paint([entry.whole.artists[0].legend_handles[entry.at]], new)
        along = [entry]
    return Change(f"{colour_word(_rgba(new))} instead of {colour_word(old)}", along=along)


def _mapped(scene: Scene, thing: Thing) -> bool:
    return bool(thing.artists[0].get_array() is not None)


def _with_bars(scene: Scene, thing: Thing) -> list[Thing]:
    colour_bar = getattr(thing.artists[0], "colorbar", None)
    return [t for t in scene.of("colour bar") if colour_bar and t.artists[0] is colour_bar.ax]


MAPPED = of("cells", "points", "coloured shapes", where=_mapped)


@operator("style_error", always(2), MAPPED)
def colour_map(scene: Scene, thing: Thing, rng: random.Random) -> Change | None:
    """Another colour map."""
    mapped = thing.artists[0]
    old = mapped.get_cmap().name
    new = rng.choice([m for m in MAPS if m.lower() not in old.lower()])
    mapped.set_cmap(new)
    return Change(f'other colours: the colour map "{new}" instead of "{old}"',
                  along=_with_bars(scene, thing))  # fmt: skip


@operator("style_error", always(2), MAPPED)
def colour_map_reversed(scene: Scene, thing: Thing, rng: random.Random) -> Change | None:
    """The colour map runs the other way: what was dark is light."""
    mapped = thing.artists[0]
    mapped.set_cmap(mapped.get_cmap().reversed())
    return Change("the colours run the other way", along=_with_bars(scene, thing))


def _drawn_line(scene: Scene, thing: Thing) -> bool:
    return bool(thing.artists[0].get_linestyle() != "None")


def _sparse(scene: Scene, thing: Thing) -> bool:
    return len(thing.artists[0].get_xdata()) < 40


def _handle(scene: Scene, series: Thing) -> tuple[Any, list[Thing]]:
    entry = scene.key(series)
    if entry is None or entry.whole is None:
        return None, []
    return entry.whole.artists[0].legend_handles[entry.at], [entry]


def _both(scene: Scene, series: Thing, setting: str, value: Any) -> list[Thing]:
    """Set something of a line and of its row in the legend; the row."""
    handle, along = _handle(scene, series)
    for line in (series.artists[0], handle):
        if isinstance(line, Line2D):
            getattr(line, f"set_{setting}")(value)
    return along


@operator("style_error", always(1), of("line", where=_sparse), also=("legend",))
def markers_toggled(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line has markers that it should not have, or lacks them."""
    one = line.artists[0]
    bare = one.get_marker() in ("None", "", None)
    if bare:
        _both(scene, line, "markersize", max(7.0, 2.5 * one.get_linewidth()))
    along = _both(scene, line, "marker", rng.choice("Dos^") if bare else "None")
    return Change("it has markers" if bare else "its markers are missing", along=along)


SHAPES = {"o": "circles", "s": "squares", "^": "triangles", "D": "diamonds", "*": "stars",
          "X": "crosses"}  # fmt: skip


def _marked(scene: Scene, thing: Thing) -> bool:
    if thing.kind == "points":
        return not _plain_array(thing)
    return thing.artists[0].get_marker() not in ("None", "", None)


def _plain_array(thing: Thing) -> bool:
    return len(thing.artists[0].get_paths()) != 1


@operator("style_error", always(1), of("line", "dots", "points", where=_marked), also=("legend",))
def marker_shape(scene: Scene, series: Thing, rng: random.Random) -> Change | None:
    """The points have another shape."""
    one = series.artists[0]
    if series.kind == "points":
        size = len(one.get_paths()[0].vertices)
        old = "o" if size > 20 else "other"
        new = rng.choice("s^*X" if old == "o" else "o*")
        style = MarkerStyle(new)
        one.set_paths([style.get_path().transformed(style.get_transform())])
        handle, along = _handle(scene, series)
        if isinstance(handle, Line2D):
            handle.set_marker(new)
        elif handle is not None and hasattr(handle, "set_paths"):
            handle.set_paths([style.get_path().transformed(style.get_transform())])
        return Change(f"the points are {SHAPES[new]}", along=along)
    new = rng.choice([m for m in "os^D*X" if m != one.get_marker()])
    _both(scene, series, "markersize", max(one.get_markersize(), 6.0))
    along = _both(scene, series, "marker", new)
    return Change(f"the markers are {SHAPES[new]}", along=along)


@operator("style_error", always(1), of("line", "dots", "points", where=_marked), also=("legend",))
def marker_size(scene: Scene, series: Thing, rng: random.Random) -> Change | None:
    """The points are larger or smaller."""
    factor = rng.choice((0.5, 1.8))
    one = series.artists[0]
    handle, along = _handle(scene, series)
    if series.kind == "points":
        for shape in (one, handle):
            if shape is not None and hasattr(shape, "set_sizes"):
                shape.set_sizes(np.asarray(shape.get_sizes()) * factor**2)
    else:
        along = _both(scene, series, "markersize", one.get_markersize() * factor)
    return Change(f"the points are {'larger' if factor > 1 else 'smaller'}", along=along)


STYLES = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "dash-dotted"}


@operator("style_error", always(1), of("line", where=_drawn_line), also=("legend",))
def line_style(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line is dashed or dotted, or no longer is."""
    old = line.artists[0].get_linestyle()
    new = rng.choice(("--", ":", "-.")) if old == "-" else "-"
    along = _both(scene, line, "linestyle", new)
    return Change(f"{STYLES[new]} instead of {STYLES.get(old, 'dashed')}", along=along)


@operator("style_error", always(1), of("line", where=_drawn_line), also=("legend",))
def line_width(scene: Scene, line: Thing, rng: random.Random) -> Change | None:
    """A line is thicker, or thinner where it was thick."""
    old = line.artists[0].get_linewidth()
    factor = 0.4 if old > 2.4 else 2.6
    along = _both(scene, line, "linewidth", old * factor)
    return Change(f"the line is {'thicker' if factor > 1 else 'thinner'}", along=along)


@operator("style_error", always(1), of(*PAINTED), also=("legend",))
def transparency(scene: Scene, series: Thing, rng: random.Random) -> Change | None:
    """A series is paler, or no longer see-through."""
    alpha = series.artists[0].get_alpha()
    faint = isinstance(alpha, float) and alpha < 0.75
    new = 1.0 if faint else rng.choice((0.25, 0.4))
    handle, along = _handle(scene, series)
    for artist in (*series.artists, handle):
        if artist is not None:
            artist.set_alpha(new)
    return Change("it is opaque instead of see-through" if faint else "it is paler, see-through",
                  along=along)  # fmt: skip


@operator("style_error", always(1), of("frame", where=lambda s, t: _gridded(s, t) is not None))
def grid_toggled(scene: Scene, frame: Thing, rng: random.Random) -> Change | None:
    """The grid is there, or is not."""
    on = _gridded(scene, frame)
    if on:
        frame.panel.grid(False, which="both")
        return Change("the grid is missing", location=_of(frame, "grid"))
    frame.panel.grid(True, color="#b0b0b0", linewidth=0.8)
    return Change("there is a grid that should not be there", location=_of(frame, "grid"))


def _gridded(scene: Scene, frame: Thing) -> bool | None:
    """Whether there is a grid; None where none could be seen."""
    axes = frame.panel
    if not axes.axison or scene.within(axes, "cells", "picture") or axes.name == "3d":
        return None
    lines = [*axes.get_xgridlines(), *axes.get_ygridlines()]
    if not lines:
        return None
    return any(line.get_visible() for line in lines)


def _of(frame: Thing, what: str) -> str:
    return frame.name.replace("plot area", what)


@operator("style_error", always(1), of("frame", where=lambda s, t: _spines(t) is not None))
def frame_lines(scene: Scene, frame: Thing, rng: random.Random) -> Change | None:
    """The frame lacks its upper and right line, or has them in excess."""
    visible = _spines(frame)
    frame.panel.spines[["top", "right"]].set_visible(not visible)
    said = "are missing" if visible else "are drawn too"
    return Change(f"the top and right lines of the frame {said}", location=_of(frame, "frame"))


def _spines(frame: Thing) -> bool | None:
    """Whether top and right are drawn; None where they are not both, or like the background."""
    axes = frame.panel
    if axes.name != "rectilinear" or not axes.axison or not axes.get_frame_on():
        return None
    sides = [axes.spines["top"], axes.spines["right"]]
    if len({s.get_visible() for s in sides}) > 1:
        return None
    if any(s.get_linewidth() < 0.3 or np.allclose(s.get_edgecolor(), axes.get_facecolor(),
                                                  atol=0.15) for s in sides):  # fmt: skip
        return None
    return bool(sides[0].get_visible())


TINTS = ("#fff3c4", "#e3f0fb", "#e6f4e1", "#f3e3f2", "#d9d9d9")


def _backed(scene: Scene, frame: Thing) -> bool:
    """Whether a background is drawn, and seen."""
    axes = frame.panel
    return bool(
        axes.axison and axes.get_frame_on() and not scene.within(axes, "cells", "picture")
    )  # fmt: skip


@operator("style_error", style_by_share, of("frame", where=_backed))
def background(scene: Scene, frame: Thing, rng: random.Random) -> Change | None:
    """The plot has another background."""
    axes = frame.panel
    old = axes.get_facecolor()
    twins = [p for p in scene.panels if p is not axes and np.allclose(p.bbox.extents,
             axes.bbox.extents)]  # fmt: skip
    if twins:
        return None
    dark = sum(old[:3]) < 1.5
    new = "#ffffff" if dark else rng.choice(TINTS)
    if np.abs(_rgba(new)[:3] - np.array(old[:3])).max() < 0.12:
        return None
    axes.set_facecolor(new)
    return Change(f"{colour_word(_rgba(new))} instead of {colour_word(old)}",
                  location=_of(frame, "background of the plot"))  # fmt: skip


@operator("style_error", style_by_share, of("figure"))
def figure_background(scene: Scene, figure: Thing, rng: random.Random) -> Change | None:
    """The figure has another background around its plots."""
    old = scene.figure.get_facecolor()
    new = rng.choice(TINTS)
    if np.abs(_rgba(new)[:3] - np.array(old[:3])).max() < 0.1 or old[3] < 0.5:
        return None
    scene.figure.set_facecolor(new)
    return Change(f"{colour_word(_rgba(new))} instead of {colour_word(old)}",
                  location="background of the figure")  # fmt: skip


@operator("style_error", always(1), of("bars", "wedge", "area"), also=("legend",))
def hatch(scene: Scene, series: Thing, rng: random.Random) -> Change | None:
    """A series is hatched, or no longer is."""
    first = series.artists[0]
    on = bool(first.get_hatch())
    pattern = None if on else rng.choice(("//", "xx", "..", "\\\\"))
    handle, along = _handle(scene, series)
    for artist in (*series.artists, handle):
        if artist is None or not hasattr(artist, "set_hatch"):
            continue
        artist.set_hatch(pattern)
        edges = np.asarray(artist.get_edgecolor()).reshape(-1, 4)
        if not on and not edges[:, 3].any():
            artist.set_edgecolor("#ffffff")
    return Change("the hatching is missing" if on else "it is hatched", along=along)


@operator("style_error", always(1), of("bars", "wedge", "area", "points"), also=("legend",))
def edge_colour(scene: Scene, series: Thing, rng: random.Random) -> Change | None:
    """The shapes have an outline that they should not have, or another one."""
    own = colour_of(series.artists[0])
    colour = "#e41a1c" if own is not None and sum(own[:3]) < 0.6 else "#000000"
    handle, along = _handle(scene, series)
    for artist in (*series.artists, handle):
        if artist is None or not hasattr(artist, "set_edgecolor"):
            continue
        edges = np.asarray(artist.get_edgecolor(), float).reshape(-1, 4)
        alike = len(edges) and np.allclose(edges[0, :3], _rgba(colour)[:3]) and edges[0, 3] > 0
        if alike and np.max(artist.get_linewidth()) > 0.5:
            return None
        artist.set_edgecolor(colour)
        artist.set_linewidth(1.6)
    return Change(f"there is a {colour_word(_rgba(colour))} outline", along=along)


@operator("style_error", always(1), of("bars", where=lambda s, t: len(t.artists) > 1))
def bar_thickness(scene: Scene, bars: Thing, rng: random.Random) -> Change | None:
    """The bars of a series are thinner."""
    lying, factor = across(bars.artists), rng.choice((0.45, 0.6))
    for bar in bars.artists:
        wide = bar.get_height() if lying else bar.get_width()
        shift = wide * (1 - factor) / 2
        if lying:
            bar.set_y(bar.get_y() + shift)
            bar.set_height(wide * factor)
        else:
            bar.set_x(bar.get_x() + shift)
            bar.set_width(wide * factor)
    return Change("the bars are thinner, with more room between them")


def _many_ticks(scene: Scene, axis: Thing) -> bool:
    return len([t for t in scene.parts(axis) if t.kind == "tick label"]) > 3


@operator("style_error", always(1), of("x axis", "y axis", where=_many_ticks), also=("frame",))
def tick_density(scene: Scene, axis: Thing, rng: random.Random) -> Change | None:
    """An axis has every second tick only."""
    labels = [t for t in scene.parts(axis) if t.kind == "tick label"]
    one = axis.artists[0]
    fixed_ticks(labels[0], {})
    shown = {t.at for t in labels[::2]}
    ticks = one.get_major_ticks()
    kept = [n for n in range(len(ticks)) if n in shown]
    formatter = one.get_major_formatter()
    formatter.seq = [formatter.seq[n] for n in kept]
    one.set_major_locator(FixedLocator([ticks[n].get_loc() for n in kept]))
    frame = scene.within(axis.panel, "frame")
    return Change("every second tick is missing", along=[axis, *frame])


@operator("style_error", always(1), of("legend"))
def legend_frame(scene: Scene, legend: Thing, rng: random.Random) -> Change | None:
    """The legend has a frame and background, or none."""
    one = legend.artists[0]
    framed = one.get_frame_on()
    one.set_frame_on(not framed)
    if not framed:
        one.get_frame().set(edgecolor="#333333", facecolor="#ffffff", alpha=0.9, linewidth=1.0)
    return Change("its frame is missing" if framed else "it has a frame")
