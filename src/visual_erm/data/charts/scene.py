"""Runs in the confined child: what a drawn figure shows, as JSON.

    scene = of_figure(figure)      # a Matplotlib figure that has been drawn

Subplots with axes, ticks, texts, legends and the artists of `scene_artists`, each with its box in
pixels. Sizes are bounded. `draw` is the work of a confined process: one program, its picture and
its scene. The other side checks everything with the models of `scenes`.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib._pylab_helpers import Gcf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from visual_erm import images
from visual_erm.data.charts import scene_artists
from visual_erm.data.charts.edits_axes import turned
from visual_erm.data.charts.figures import box_of
from visual_erm.data.charts.scene_artists import colour, number
from visual_erm.data.charts.things import Scene, Thing, legend_columns
from visual_erm.renderers.capture import performed
from visual_erm.renderers.chart_album import Choice
from visual_erm.renderers.job import Drawing, Rejected

if TYPE_CHECKING:
    from visual_erm.types import Image

Figure = Any
Row = dict[str, Any]
MOST_SUBPLOTS = 40
MOST_TEXTS = 200
MOST_ARTISTS = 300
"""Of one subplot."""
MOST_TICKS = 60
"""Of one axis."""
MOST_SIGNS = 300
"""Of one text."""
LARGEST_DPI = 150
"""Of the pictures, however fine the program saves them."""


def draw(source: bytes, options: dict[str, Any]) -> Drawing:
    """Run a program; the document is a PNG and a scene, `meta["length"]` that of the first.

    Raises:
        Rejected: the program fails, or draws no Matplotlib figure.
    """
    with performed(source, options) as (_, choice):
        figure, drawn = as_saved(choice)
        picture = images.encode_png(drawn)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scene = json.dumps(of_figure(figure), ensure_ascii=False)
    return Drawing(document=picture + scene.encode(), meta={"length": len(picture)})


def as_saved(choice: Choice) -> tuple[Figure, Image]:
    """The figure, drawn as the program saves it, and its picture.

    Raises:
        Rejected: it is no Matplotlib figure.
    """
    entry = choice.entry
    figure, settings = entry.subject, entry.settings
    if entry.kind != "matplotlib" or not hasattr(figure, "axes"):
        raise Rejected("no_figure", "the program draws no Matplotlib figure")
    # a copy must not enter itself into pyplot, and knows where its labels are if this one does
    Gcf.figs.clear()
    asked = settings.get("dpi")
    dpi = min(asked if isinstance(asked, (int, float)) else figure.dpi, LARGEST_DPI)
    face = settings.get("facecolor", "auto")
    FigureCanvasAgg(figure)
    figure._original_dpi = dpi  # which a copy has
    whole = tuple(round(side) for side in figure.bbox.size[::-1])
    if (
        entry.image is not None
        and dpi == figure.dpi
        and face == "auto"
        and (entry.image.shape[:2] == whole)
    ):
        return figure, entry.image  # as it was drawn when the program saved or showed it
    figure.set_dpi(dpi)
    if face != "auto":
        figure.set_facecolor(face)
    figure.canvas.draw()
    return figure, picture_of(figure)


def picture_of(figure: Any) -> Image:
    """What was drawn last."""
    return images.on_white(np.asarray(figure.canvas.buffer_rgba()).copy())


def of_figure(figure: Figure) -> Row:
    """The scene of a figure that has been drawn."""
    things = Scene.read(figure)
    panels = {id(t.panel): t for t in things.of("panel", "colour bar")}
    own = [t for t in figure.findobj(Text, include_self=False) if t.axes is None and _shown(t)]
    in_legends = {id(t) for legend in figure.legends for t in legend.get_texts()}
    names = {id(figure._suptitle): "title of the figure"}
    names |= {id(figure._supxlabel): "x label of the figure"}
    names |= {id(figure._supylabel): "y label of the figure"}
    return {
        "width": round(figure.bbox.width),
        "height": round(figure.bbox.height),
        "background": colour(figure.get_facecolor()),
        "subplots": [
            _subplot(figure, ax, panels[id(ax)], [t for t in things.things if t.panel is ax])
            for ax in figure.axes[:MOST_SUBPLOTS]
            if id(ax) in panels
        ],
        "texts": [
            {**_text(figure, t), "role": names.get(id(t), "text in the figure")}
            for t in own
            if id(t) not in in_legends and id(t) in names
        ][:MOST_TEXTS]
        + [_text(figure, t) for t in figure.texts if id(t) not in names and _shown(t)][:MOST_TEXTS],
        "legends": [_legend(figure, legend) for legend in figure.legends if legend.get_visible()],
    }


def _shown(text: Any) -> bool:
    return bool(text.get_visible() and text.get_text().strip() and text.get_alpha() != 0)


def _text(fig: Figure, text: Any, role: str = "text") -> Row:
    return {
        "role": role,
        "text": text.get_text()[:MOST_SIGNS],
        "box": box_of(fig, [text]),
        "colour": colour(text.get_color()),
        "size": number(text.get_fontsize()),
        "weight": str(text.get_fontweight()),
        "italic": text.get_fontstyle() != "normal",
        "angle": number(text.get_rotation()),
        "family": str(text.get_fontname()),
        "frame": text.get_bbox_patch() is not None,
        "arrow": getattr(text, "arrow_patch", None) is not None,
    }


def _subplot(fig: Figure, ax: Any, panel: Thing, things: list[Thing]) -> Row:
    """One of the axes of a figure."""
    axes = [(name, getattr(ax, f"{name}axis", None)) for name in "xyz"]
    legend = ax.get_legend()
    titles = [ax.title, ax._left_title, ax._right_title]
    x0, y0, x1, y1 = ax.bbox.extents
    height = fig.bbox.height
    framed = ax.axison and ax.get_frame_on()
    artists = scene_artists.of_axes(fig, ax, things)
    return {
        "box": [round(x0), round(height - y1), round(x1), round(height - y0)],
        "whole": panel.box,
        "name": panel.name[:80],
        "kind": str(ax.name)[:20],
        "grid": _grid(ax),
        "bar": panel.kind == "colour bar",
        "view": [number(getattr(ax, "elev", None)), number(getattr(ax, "azim", None))],
        "on": bool(ax.axison),
        "background": colour(ax.get_facecolor()) if framed and ax.patch.get_visible() else None,
        "titles": [_text(fig, t, "title") for t in titles if _shown(t)],
        "axes": [_axis(fig, ax, name, axis) for name, axis in axes if axis is not None],
        "spines": _spines(ax) if framed else [],
        "artists": [row for row in artists if row["box"] is not None][:MOST_ARTISTS],
        "unseen": Counter(row["kind"] for row in artists if row["box"] is None),
        "texts": [_text(fig, t) for t in ax.texts[:MOST_TEXTS] if _shown(t)],
        "legend": _legend(fig, legend) if legend is not None and legend.get_visible() else None,
    }


def _grid(ax: Any) -> list[int] | None:
    """Rows and columns of the grid that it stands in, and which of them it takes."""
    spec = ax.get_subplotspec()
    if spec is None:
        return None
    spans = (spec.rowspan, spec.colspan)
    return [*spec.get_gridspec().get_geometry(), *(n for s in spans for n in (s.start, s.stop))]


def _spines(ax: Any) -> list[str]:
    """Sides of the frame that are drawn."""
    background = colour(ax.get_facecolor())
    return [
        name
        for name, spine in ax.spines.items()
        if spine.get_visible()
        and spine.get_linewidth() > 0
        and colour(spine.get_edgecolor()) not in (None, background)
    ]


def _axis(fig: Figure, ax: Any, name: str, axis: Any) -> Row:
    low, high = axis.get_view_interval()
    shown = bool(ax.axison and axis.get_visible())
    ticks = [tick for tick in axis._update_ticks() if tick in axis.majorTicks] if shown else []
    inverted = bool(axis.get_inverted())
    return {
        "name": name,
        "label": _text(fig, axis.label, f"{name} label") if _shown(axis.label) and shown else None,
        "scale": str(axis.get_scale())[:20],
        "limits": [number(v) for v in ((high, low) if inverted and low < high else (low, high))],
        "inverted": inverted,
        "turned": turned(axis),
        "grid": any(tick.gridline.get_visible() for tick in ticks),
        "grid_minor": any(t.gridline.get_visible() for t in axis.minorTicks) if shown else False,
        "ticks": [_tick(fig, tick) for tick in ticks[:MOST_TICKS]],
        "offset": axis.get_offset_text().get_text()[:40] if shown else "",
        "side": axis.get_label_position(),
        "box": box_of(fig, [axis]) if shown else None,
    }


def _tick(fig: Figure, tick: Any) -> Row:
    labels = [one for one in (tick.label1, tick.label2) if _shown(one)]
    row: Row = {"at": number(tick.get_loc()), "text": None}
    marked = any(m.get_visible() and m.get_markersize() for m in (tick.tick1line, tick.tick2line))
    row["mark"] = bool(marked)
    return {**row, "text": _text(fig, labels[0], "tick label")} if labels else row


def _legend(fig: Figure, legend: Any) -> Row:
    title = legend.get_title()
    texts = list(legend.get_texts())
    handles = list(legend.legend_handles)
    entries = []
    rows = [row for column in legend_columns(legend) for row in column.get_children()]
    for text, handle in zip(texts[:MOST_TICKS], handles, strict=False):
        row = next((r for r in rows if text in r.findobj()), None)
        if (row is None and rows) or not text.get_text().strip():
            continue  # it was taken out
        box = box_of(fig, [text if row is None else row])
        entries.append({"text": _text(fig, text, "legend entry"), "box": box, **_handle(handle)})
    return {
        "box": box_of(fig, [legend]),
        "title": _text(fig, title, "legend title") if _shown(title) else None,
        "entries": entries,
        "columns": int(getattr(legend, "_ncols", 1)),
        "frame": bool(legend.get_frame_on()),
        "place": _place(legend),
    }


def _place(legend: Any) -> str:
    """Where it was asked to stand; "best" moves by itself with the data."""
    loc = getattr(legend, "_loc_real", None)
    return "best" if loc == 0 and legend.get_bbox_to_anchor() is legend.parent.bbox else "fixed"


def _handle(handle: Any) -> Row:
    """The sample beside a legend's text."""
    found: Row = {"colour": None, "marker": None, "style": None}
    try:
        if hasattr(handle, "get_facecolor"):
            face = np.asarray(handle.get_facecolor(), float).reshape(-1, 4)
            edge = np.asarray(handle.get_edgecolor(), float).reshape(-1, 4)
            solid = face if len(face) and face[0, 3] > 0 else edge
            found["colour"] = colour(solid[0]) if len(solid) else None
        else:
            found["colour"] = colour(handle.get_color())
            found["marker"] = str(handle.get_marker())[:20]
            found["style"] = str(handle.get_linestyle())[:20]
    except Exception as error:  # noqa: BLE001 - a handle of somebody else's may be anything
        found["why"] = type(error).__name__
    return found
