"""Small facts of Matplotlib's artists: boxes in pixels, colours and numbers in words."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryLocator
from matplotlib.collections import Collection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, LogFormatter, ScalarFormatter

from visual_erm import align
from visual_erm.types import Box

Figure = Any
Artist = Any


def shown(text: Any) -> bool:
    """Whether a text is there to be read."""
    return bool(text.get_visible() and text.get_text().strip() and text.get_alpha() != 0)


def box_of(fig: Figure, artists: Sequence[Artist]) -> Box | None:
    """Box around the artists in picture coordinates, cut to their axes; None if nothing shows.

    Args:
        fig: a figure that has been drawn.
        artists: what the box is to hold, plots with titles and tick labels; those that are hidden
            or were taken away count for nothing.
    """
    width, height = fig.bbox.width, fig.bbox.height
    renderer = fig.canvas.get_renderer()
    boxes = []
    for artist in artists:
        if artist.get_figure() is None or not artist.get_visible():
            continue
        extents = _extents(artist, renderer, fig)
        if extents is not None and np.isfinite(extents).all():
            boxes.append(extents)
    if not boxes:
        return None
    a = np.array(boxes)
    low, high = a[:, :2].min(axis=0), a[:, 2:].max(axis=0)
    x0, x1 = np.clip((low[0] - 1, high[0] + 1), 0, width)
    y0, y1 = np.clip((height - high[1] - 1, height - low[1] + 1), 0, height)
    if x1 - x0 < 1 or y1 - y0 < 1:
        return None
    return int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1))


def _extents(artist: Artist, renderer: Any, fig: Figure) -> Any:
    """Left, bottom, right and top in pixels from the lower left corner; None if nothing shows."""
    if isinstance(artist, (Axis, Axes)):
        extent = artist.get_tightbbox(renderer)
    else:
        extent = artist.get_window_extent(renderer)
    if extent is None:  # an axis without labels, as in shared axes
        return None
    # an image on an axis that runs the other way has its corners exchanged
    (x0, y0), (x1, y1) = extent.min, extent.max
    if not np.isfinite([x0, y0, x1, y1]).all() and getattr(artist, "axes", None) is not None:
        x0, y0, x1, y1 = artist.axes.bbox.extents  # what contours reach is not known
    if isinstance(artist, PathCollection):
        # The extent of a scatter is not known to Matplotlib; that of its points is.
        points = artist.get_offset_transform().transform(np.ma.filled(artist.get_offsets(), np.nan))
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            return None
        reach = float(np.sqrt(np.max(artist.get_sizes(), initial=0.0))) * fig.dpi / 144
        (x0, y0), (x1, y1) = points.min(axis=0) - reach, points.max(axis=0) + reach
    pad = _pad(artist, fig.dpi)
    x0, y0, x1, y1 = x0 - pad, y0 - pad, x1 + pad, y1 + pad
    axes = getattr(artist, "axes", None)
    if axis_cut(artist) and axes is not None:
        a = axes.bbox.extents
        x0, y0, x1, y1 = max(x0, a[0] - 2), max(y0, a[1] - 2), min(x1, a[2] + 2), min(y1, a[3] + 2)
    return np.array([x0, y0, x1, y1]) if x1 >= x0 and y1 >= y0 else None


def around(boxes: Sequence[Any]) -> Box | None:
    """The smallest box that holds all that are not None; None if there is none."""
    there = [box for box in boxes if box]
    return align.around(there) if there else None


def axis_cut(artist: Artist) -> bool:
    """Whether what reaches out of the axes is not drawn."""
    return isinstance(artist, (Line2D, Patch, Collection)) and artist.get_clip_on()


def _pad(artist: Artist, dpi: float) -> float:
    """Half of the width of its outline, in pixels."""
    if isinstance(artist, Line2D):
        wide = max(artist.get_linewidth(), artist.get_markeredgewidth())
        shape = artist.get_marker() not in ("None", "", None)
        wide += artist.get_markersize() if shape else 0
    elif isinstance(artist, Patch):
        wide = artist.get_linewidth()
    elif isinstance(artist, Collection):
        wide = float(np.max(artist.get_linewidth(), initial=0.0))
    else:
        return 0.0
    return float(wide) * dpi / 144


def colour_of(artist: Artist) -> Any:
    """Red, green, blue and alpha in [0, 1] of what is seen of an artist; None if it has none."""
    if isinstance(artist, Line2D):
        face = artist.get_markerfacecolor() if artist.get_linestyle() == "None" else None
        colour = artist.get_color() if face is None or face in ("none", "None") else face
        return np.asarray(to_rgba(colour))
    if isinstance(artist, (Patch, Collection)):
        for colours in (artist.get_facecolor(), artist.get_edgecolor()):
            rows = np.asarray(colours, float).reshape(-1, 4)
            if len(rows) and rows[0, 3] > 0:
                return rows[0]
    return None


def colour_word(colour: Any) -> str:
    """The everyday word for a colour: red, green and blue in [0, 1]; empty for None.

    >>> colour_word((0.12, 0.47, 0.71)), colour_word((0, 0, 0.5)), colour_word((0.9, 0.9, 0.9))
    ('blue', 'dark blue', 'light grey')
    >>> colour_word((0.9, 0.96, 0.9)), colour_word((0.9, 0.88, 0.97))
    ('light green', 'light purple')
    """
    if colour is None:
        return ""
    red, green, blue = (float(v) for v in colour[:3])
    hue, light, _ = colorsys.rgb_to_hls(red, green, blue)
    strength = max(red, green, blue) - min(red, green, blue)
    if strength < (0.09 if light < 0.75 else 0.045):  # pale colours differ little and are seen
        words = ("black", "dark grey", "grey", "light grey", "white")
        return words[int(np.searchsorted((0.12, 0.4, 0.68, 0.96), light))]
    degrees = 360 * hue
    word = next(word for end, word in _HUES if degrees < end)
    if word == "orange" and light < 0.42:
        return "brown"
    if word in ("orange", "yellow") and light > 0.8:
        return "beige"
    if word == "red" and light > 0.7:
        return "pink"
    if light > 0.75 or (light > 0.68 and strength < 0.5):
        return f"light {word}"
    return f"dark {word}" if light < 0.28 else word


_HUES = (
    *((14, "red"), (42, "orange"), (66, "yellow"), (160, "green"), (186, "teal")),
    *((194, "cyan"), (250, "blue"), (292, "purple"), (342, "pink"), (361, "red")),
)


def number_text(value: float) -> str:
    """A number as it is said.

    >>> number_text(1234.5), number_text(0.0451), number_text(42.04), number_text(3e9)
    ('1,234', '0.0451', '42', '3e+09')
    """
    if value == 0:
        return "0"
    if 1000 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def is_date(axis: Any) -> bool:
    """Whether an axis shows dates."""
    kinds = (dates.AutoDateFormatter, dates.ConciseDateFormatter, dates.DateFormatter)
    return isinstance(axis.get_major_formatter(), kinds)


def value_text(axis: Any, value: float) -> str:
    """A value of an axis as it is said: a number or a date."""
    if is_date(axis) and abs(value) < 2e6:
        return str(dates.num2date(value).strftime("%Y-%m-%d"))
    return number_text(value)


def numbered(axis: Any) -> bool:
    """Whether what stands at the ticks of an axis has digits and no letters, as years have."""
    texts = [t.label1.get_text() or t.label2.get_text() for t in axis.get_major_ticks()]
    return not any(map(str.isalpha, "".join(texts)))


def span_texts(axis: Any, new: Sequence[float], old: Sequence[float]) -> tuple[str, str]:
    """Two pairs of limits as they are said; with more digits where both would read the same."""
    texts = [[value_text(axis, v) for v in pair] for pair in (new, old)]
    if any(a == b and v != w for a, b, v, w in zip(*texts, new, old, strict=True)):
        texts = [[_exact(axis, v) for v in pair] for pair in (new, old)]
    now, was = (" to ".join(pair) for pair in texts)
    return now, was


def _exact(axis: Any, value: float) -> str:
    if is_date(axis) and abs(value) < 2e6:
        return str(dates.num2date(value).strftime("%Y-%m-%d %H:%M"))
    return f"{value:.6g}"


def is_named(axis: Any) -> bool:
    """Whether an axis has names at fixed places, not numbers along a scale."""
    fixed = isinstance(axis.get_major_locator(), (FixedLocator, StrCategoryLocator))
    plain = isinstance(axis.get_major_formatter(), (ScalarFormatter, LogFormatter))
    return fixed and not plain


def place_text(axis: Any, value: float) -> str:
    """What stands at a place of an axis: the tick label in quotes, or "at 12.5"."""
    if is_named(axis):
        ticks = axis.get_major_ticks()
        places = np.array([tick.get_loc() for tick in ticks], float)
        apart = float(np.diff(np.sort(places)).min()) if len(ticks) > 1 else 1.0
        if len(ticks) and abs(places - value).min() <= 0.5 * apart:
            nearest = ticks[int(np.argmin(abs(places - value)))]
            text = (nearest.label1.get_text() or nearest.label2.get_text()).split()
            if text:
                return f'"{" ".join(text)}"'
    return f"at {value_text(axis, value)}"
