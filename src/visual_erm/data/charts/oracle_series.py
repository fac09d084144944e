"""Series of charts: which is which, and what differs in their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Indel
from scipy.optimize import linear_sum_assignment

from visual_erm.data.charts.differences import LITTLE
from visual_erm.data.charts.edits_values import by_angle
from visual_erm.data.charts.operators import by_axis_share, by_part, by_series
from visual_erm.data.charts.oracle_report import Panels, Report
from visual_erm.data.charts.oracle_texts import colour_gap
from visual_erm.data.charts.scenes import Artist, Axis, Subplot, Words
from visual_erm.data.records import always
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

SERIES = frozenset(("line", "bars", "points", "dots", "area"))
"""Kinds that show a series of values."""
SAME = 0.7
"""Cost from which two series are not the same one."""
OFF = LITTLE
"""Share of an axis by which a value must be off."""
MOST = 60
"""Series of one plot, at most, that are not found again as they are."""
ALIKE = 0.8
"""Share of the values of one series that must stand where the other's do, to be the same."""
THROUGHOUT = 0.6
"""Share of the values from which all of them are said to be wrong."""
FEW = 3
"""Wrong bars of one series that are told one by one."""


def number(values: Sequence[float | None]) -> Values:
    """As an array, without a value as no number."""
    return np.array([np.nan if v is None else v for v in values], float)


def on_axis(values: Values, axis: Axis) -> Values:
    """Where values stand on an axis: 0 at one end, 1 at the other."""
    low, high = axis.limits
    if low is None or high is None or low == high:
        return values * np.nan
    if axis.scale == "log" and min(low, high) > 0:
        with np.errstate(invalid="ignore", divide="ignore"):
            values = np.log10(values)
        low, high = float(np.log10(low)), float(np.log10(high))
    shares: Values = (values - low) / (high - low)
    # zero on a logarithmic axis is nowhere
    return np.where(np.isfinite(shares), shares, np.nan)


def axis_of(subplot: Subplot, name: str) -> Axis | None:
    """An axis by its name."""
    return next((axis for axis in subplot.axes if axis.name == name), None)


def _named(axis: Axis) -> dict[str, float]:
    """Places of an axis by what stands there; empty if that is the same at several of them."""
    ticks = [(t.text.text, t.at) for t in axis.ticks if t.text is not None and t.at is not None]
    found = dict(ticks)
    return found if len(found) == len(ticks) else {}


def categories(ours: Axis, theirs: Axis) -> dict[float, float | None]:
    """Where the places of an axis with fewer or more names lie on the other; empty if it has none.

    A name that the reference does not have lies nowhere.
    """
    mine, others = _named(ours), _named(theirs)
    common = mine.keys() & others.keys()
    if len(mine) == len(others) or 2 * len(common) < max(len(mine), len(others), 2):
        return {}
    if all(mine[name] == others[name] for name in common):
        return {}  # ticks without labels, or limits that cut some off
    return {at: mine.get(name) for name, at in others.items()}


def lost(ours: Axis, theirs: Axis) -> list[Words]:
    """Names that the other axis does not have."""
    others = _named(theirs)
    return [t.text for t in ours.ticks if t.text is not None and t.text.text not in others]


def replaced(artist: Artist, name: str, places: Mapping[float, float | None]) -> Artist:
    """A series with its values at the places of the reference's names."""
    lying = artist.kind == "bars" and artist.across
    field = "y" if (name == "y") != lying else "x"
    moved: list[float | None] = []
    for value in getattr(artist, field):
        near = None if value is None else min(places, key=lambda at: abs(at - value))
        to = None if near is None else places[near]
        moved.append(None if value is None or near is None or to is None else value + to - near)
    return artist.model_copy(update={field: moved})


def match(
    ours: Sequence[Artist], theirs: Sequence[Artist], panels: Panels
) -> list[tuple[int, int]]:
    """Series and their partners: equal ones, then by label, colour, values and kind."""
    pairs: list[tuple[int, int]] = []
    for key in (_key, _shown):
        free: dict[tuple[object, ...], list[int]] = {}
        for j in sorted(set(range(len(theirs))) - {j for _, j in pairs}):
            free.setdefault(key(theirs[j]), []).append(j)
        for i in sorted(set(range(len(ours))) - {i for i, _ in pairs}):
            if free.get(own := key(ours[i])):
                pairs.append((i, free[own].pop(0)))
    mine = sorted(set(range(len(ours))) - {i for i, _ in pairs})
    others = sorted(set(range(len(theirs))) - {j for _, j in pairs})
    # of hundreds of shapes that all differ the first will do
    mine, others = mine[:MOST], others[:MOST]
    if mine and others:
        costs = np.array([[_cost(ours[i], theirs[j], i - j, panels) for j in others] for i in mine])
        rows, columns = linear_sum_assignment(np.minimum(costs, SAME))
        pairs += [
            (mine[i], others[j]) for i, j in zip(rows, columns, strict=True) if costs[i, j] < SAME
        ]
    return sorted(pairs)


def _key(artist: Artist) -> tuple[object, ...]:
    """Equal for artists that show the same in the same colour."""
    return seen_colour(artist), *_shown(artist)


def _shown(artist: Artist) -> tuple[object, ...]:
    """Equal for artists that show the same."""
    places = tuple(artist.x), tuple(artist.y), tuple(artist.base)
    besides = tuple(artist.sizes), tuple(artist.values)
    return artist.kind, artist.label, artist.count, *places, *besides


def _cost(one: Artist, other: Artist, step: int, panels: Panels) -> float:
    if one.kind != other.kind and {one.kind, other.kind} != {"line", "dots"}:
        return 1.0
    labels = 0.5
    if one.label or other.label:
        labels = 1 - float(Indel.normalized_similarity(one.label, other.label))
    a, b = seen_colour(one), seen_colour(other)
    colours = min(1.0, 2 * colour_gap(a, b)) if a and b else float(a != b)
    data = min(1.0, 4 * unlike(one, other, panels))
    order = min(1.0, abs(step) / 4)
    return 0.25 * labels + 0.25 * colours + 0.35 * data + 0.15 * order


def seen_colour(artist: Artist) -> str | None:
    """What a series is known by."""
    own = (*artist.faces, artist.colour, artist.face, artist.edge)
    return next((c for c in (*own, *artist.colours, *artist.edges) if c), None)


def unlike(one: Artist, other: Artist, panels: Panels) -> float:
    """Mean distance of the values of two series as a share of the axes; 1 if not comparable."""
    if one.kind == "wedge":
        return abs(_angle(one) - _angle(other)) / 360 + _turn(one, other)
    if one.kind == "cells":
        return 0.0 if (one.rows, one.columns) == (other.rows, other.columns) else 1.0
    a, b = _places(one, panels.ours), _places(other, panels.ours)
    if not len(a) or not len(b):
        return 0.0 if len(a) == len(b) else 1.0
    if len(a) != len(b):
        n = max(2, min(len(a), len(b)))
        a, b = (p[np.linspace(0, len(p) - 1, n).round().astype(int)] for p in (a, b))
    gaps = np.abs(a - b)
    if not np.isfinite(gaps).any():
        return 1.0
    return float(np.nanmean(np.minimum(gaps, 1.0)))


def _places(artist: Artist, subplot: Subplot) -> Values:
    """`(N, 2)` shares of the axes."""
    x, y = axis_of(subplot, "x"), axis_of(subplot, "y")
    if x is None or y is None:
        return np.zeros((0, 2))
    xs, ys = number(artist.x), number(artist.y)
    if artist.kind == "bars":
        ys = ys + number(artist.base) if len(artist.base) == len(ys) else ys
        x, y = (y, x) if artist.across else (x, y)
    n = min(len(xs), len(ys))
    return np.column_stack([on_axis(xs[:n], x), on_axis(ys[:n], y)])


def same_places(one: Artist, other: Artist, panels: Panels) -> bool:
    """Whether two series of different kinds show the same values: bars end where a line runs."""
    a, b = _places(one, panels.ours), _places(other, panels.ours)
    a, b = (p[np.isfinite(p).all(axis=1)] for p in (a, b))
    if min(len(a), len(b)) < 2:
        return False
    if len(a) > len(b):  # an area has corners on its base line, too
        a, b = b, a
    near = np.abs(a[:, None] - b[None]).max(axis=2).min(axis=1) <= OFF
    return float(near.mean()) >= ALIKE


def _angle(wedge: Artist) -> float:
    return abs(float(wedge.x[1] or 0) - float(wedge.x[0] or 0)) if len(wedge.x) > 1 else 0.0


def _turn(one: Artist, other: Artist) -> float:
    """Distance of the middles of two wedges, as a share of the circle."""
    if len(one.x) < 2 or len(other.x) < 2:
        return 1.0
    middles = [(float(w.x[0] or 0) + float(w.x[1] or 0)) / 2 for w in (one, other)]
    apart = abs(middles[0] - middles[1]) % 360
    return min(apart, 360 - apart) / 360


@dataclass(frozen=True)
class Wrong:
    """Values of one series that are off."""

    artist: Artist
    partner: Artist
    amount: float
    """Largest share of the axis."""
    words: str
    throughout: bool
    parts: tuple[tuple[int, int | None], ...] = ()
    """Bars that are off, and their partners."""
    rule_by_part: bool = False


def presence(
    report: Report, panels: Panels, missing: Sequence[Artist], added: Sequence[Artist]
) -> None:
    """Series without a partner."""
    count = sum(a.kind in SERIES and not a.outline for a in panels.ours.artists)
    for artist in missing:
        if _outside(artist, panels.theirs):
            continue  # the limits are told
        name = artist.name or f"{artist.kind}{panels.where}"
        if artist.outline:
            words = "the outline of the area is missing"
            report.say("style_error", always(1), name, words, artist.box, None)
        elif artist.kind in SERIES:
            amount = 1 / max(count, 1)
            words = "the series is missing"
            report.say("data_error", by_series, name, words, artist.box, None, amount)
        elif artist.kind in ("guide line", "patch", "rectangle", "other", "polygons", "segments"):
            words = f"the {name} is missing"
            report.say("structure_error", always(2), name, words, artist.box, None)
        else:
            level = always(3) if artist.kind in ("wedge", "cells", "box", "violin") else always(2)
            report.say("data_error", level, name, "it is missing", artist.box, None)
    for artist in added:
        name = artist.name or artist.kind
        if artist.kind in SERIES:
            label = f' ("{artist.label}")' if artist.label else ""
            words = f"a series too many: the reference has no {name}{label}"
            amount = 1 / max(count, 1)
            where = panels.ours.name
            report.say("data_error", by_series, where, words, None, artist.box, amount)
        else:
            words = f"the reference has no {name}"
            report.say("structure_error", always(2), panels.ours.name, words, None, artist.box)


def _outside(artist: Artist, subplot: Subplot) -> bool:
    """Whether nothing of a series lies within the limits of a subplot, where it is all the same."""
    if not subplot.unseen.get(artist.kind):
        return False
    places = _places(artist, subplot)
    places = places[np.isfinite(places).any(axis=1)]
    if artist.kind == "bars" or not len(places):
        return False
    return bool(((places < 0).all(axis=0) | (places > 1).all(axis=0)).any())


def values(report: Report, panels: Panels, pairs: Sequence[tuple[Artist, Artist]]) -> None:
    """What the series show."""
    told: set[int] = set()
    differing = [(a, b) for a, b in pairs if _key(a) != _key(b)]
    exchanged = list(_exchanged(differing, panels))
    for (a, b), (c, d) in exchanged:
        told |= {id(a), id(c)}
        words = f"{_bare(a.name)} and {_bare(c.name)} have each other's values"
        both = (a.box, c.box), (b.box, d.box)
        report.say("data_error", always(3), panels.ours.name, words, *both)
    rest = [(a, b) for a, b in differing if id(a) not in told]
    wrong = [found for a, b in rest for found in _wrong(a, b, panels)]
    if any(one.artist.kind == "area" for one in wrong):
        wrong = [one for one in wrong if not one.artist.outline]
    plain = [a for a, _ in pairs if a.kind in ("line", "bars", "points") and id(a) not in told]
    all_wrong = [one for one in wrong if one.throughout and one.artist.kind != "wedge"]
    made_up = len(all_wrong) > 1 and len(all_wrong) == len(plain)
    if made_up:
        boxes = [one.artist.box for one in all_wrong], [one.partner.box for one in all_wrong]
        words = "the values differ throughout"
        report.say("data_error", always(3), f"data of the {panels.ours.name}", words, *boxes)
        wrong = [one for one in wrong if one not in all_wrong]
    for one in wrong:
        rule = by_part if one.rule_by_part else by_axis_share
        a, b = one.artist, one.partner
        was: Sequence[Box | None] = [a.box]
        now: Sequence[Box | None] = [b.box]
        name = a.name
        if one.parts and len(one.parts) <= FEW:
            was = [a.boxes[n] for n, _ in one.parts if n < len(a.boxes)]
            now = [b.boxes[m] for _, m in one.parts if m is not None and m < len(b.boxes)]
            some = "bar" if len(one.parts) == 1 else "bars"
            name = f"{some} of the {_bare(a.name)}{panels.where}"
        report.say("data_error", rule, name, one.words, was, now, one.amount)
    _wedges(report, panels, [(a, b) for a, b in pairs if a.kind == "wedge"])


def _bare(name: str) -> str:
    return name.partition(" in the ")[0]


def _exchanged(
    pairs: Sequence[tuple[Artist, Artist]], panels: Panels
) -> Iterator[tuple[tuple[Artist, Artist], tuple[Artist, Artist]]]:
    """Two series with each other's values."""
    for n, (a, b) in enumerate(pairs):
        for c, d in pairs[n + 1 :]:
            if a.kind == c.kind and a.kind in SERIES:
                away = unlike(a, b, panels), unlike(c, d, panels)
                crossed = unlike(a, d, panels), unlike(c, b, panels)
                if max(crossed) < 0.02 and min(away) > max(OFF / 4, 3 * max(crossed)):
                    yield (a, b), (c, d)


def _wrong(one: Artist, other: Artist, panels: Panels) -> Iterator[Wrong]:
    if one.kind == "bars":
        yield from _bars(one, other, panels)
    elif one.kind in ("points", "dots"):
        yield from _points(one, other, panels)
    elif one.kind in ("line", "area", "box", "violin", "guide line", "polygons", "segments"):
        yield from _line(one, other, panels)


def _bars(one: Artist, other: Artist, panels: Panels) -> Iterator[Wrong]:
    axis = axis_of(panels.ours, "x" if one.across else "y")
    if axis is None:
        return
    place = {round(x, 6): n for n, x in enumerate(number(other.x)) if np.isfinite(x)}
    mine = number(one.x)
    if len(one.x) == len(other.x):
        partners = dict(enumerate(range(len(one.x))))
    else:
        found = {n: place.get(round(x, 6)) for n, x in enumerate(mine)}
        partners = {n: m for n, m in found.items() if m is not None}
        if len(partners) < len(mine) / 2:
            amount = max(0.06, abs(len(other.x) - len(mine)) / len(mine))
            words = f"{len(other.x)} bars instead of {len(mine)}"
            yield Wrong(one, other, amount, words, False, (), True)
            return
        gone = [n for n in range(len(mine)) if n not in partners]
        if gone:
            amount = max(0.06, len(gone) / len(mine))
            words = "it is missing" if len(gone) == 1 else f"{len(gone)} bars are missing"
            parts = tuple((n, None) for n in gone)
            yield Wrong(one, other, amount, words, False, parts, True)
        elif len(other.x) > len(mine):
            count = len(other.x) - len(mine)
            yield Wrong(one, other, count / len(mine), f"{count} bars too many", False, (), True)
    ends, others = _ends(one), _ends(other)
    lengths, their_lengths = number(one.y), number(other.y)
    off = {}
    for n, m in partners.items():
        gap = abs(float(on_axis(others[m : m + 1], axis)[0] - on_axis(ends[n : n + 1], axis)[0]))
        # what stands on another bar is moved with it
        stays = abs(their_lengths[m] - lengths[n]) <= 1e-3 * max(abs(lengths[n]), 1e-12)
        if np.isfinite(gap) and gap > OFF / 2 and not stays:
            off[n] = gap
    if not off:
        return
    amount = max(off.values())
    ordered = [partners[n] for n in sorted(partners)]
    if len(off) == 2 and len(partners) > 2:
        a, b = off
        if np.isclose(lengths[a], their_lengths[partners[b]], rtol=1e-3) and np.isclose(
            lengths[b], their_lengths[partners[a]], rtol=1e-3
        ):
            words = "the values of two bars are swapped"
            both = (a, partners[a]), (b, partners[b])
            yield Wrong(one, other, amount, words, False, both)
            return
    if len(off) > 2 and np.allclose(
        lengths[sorted(partners)][::-1], their_lengths[ordered], rtol=1e-3
    ):
        yield Wrong(one, other, 0.1, "the bars stand in reverse order", False)
        return
    if len(off) > FEW or len(off) >= max(2, THROUGHOUT * len(partners)):
        words = f"{len(off)} of {len(partners)} values are wrong"
        yield Wrong(one, other, amount, words, len(off) >= THROUGHOUT * len(partners))
        return
    for n, gap in off.items():
        words = f"it shows about {others[partners[n]]:.4g} instead of {ends[n]:.4g}"
        yield Wrong(one, other, gap, words, len(partners) == 1, ((n, partners[n]),))


def _ends(bars: Artist) -> Values:
    lengths, base = number(bars.y), number(bars.base)
    return lengths + base if len(base) == len(lengths) else lengths


def _points(one: Artist, other: Artist, panels: Panels) -> Iterator[Wrong]:
    a, b = _places(one, panels.ours), _places(other, panels.ours)
    a, b = (p[np.isfinite(p).all(axis=1)] for p in (a, b))
    if not len(a):
        return
    near = np.abs(a[:, None] - b[None]).max(axis=2) if len(b) else np.ones((len(a), 1))
    lost = near.min(axis=1) > OFF / 2
    strange = near.min(axis=0) > OFF / 2 if len(b) else np.zeros(0, bool)
    # of several points at one place
    surplus = len(b) - len(a)
    share = int(lost.sum()) / len(a)
    if not lost.any() and not strange.any() and surplus == 0:
        yield from _besides(one, other)
        return
    if lost.any() and int(lost.sum()) == int(strange.sum()):
        count = int(lost.sum())
        if count == 1:
            gap = float(np.abs(a[lost][0] - b[strange][0]).max())
            yield Wrong(one, other, 0.9 * gap, "one point lies elsewhere", False)
            return
        words = f"{count} of {len(a)} points lie elsewhere"
        if count <= FEW:
            gap = float(near[lost][:, strange].min(axis=1).max())
            yield Wrong(one, other, 0.9 * gap, words, False)
            return
        yield Wrong(one, other, share, words, share >= THROUGHOUT, (), True)
    elif surplus < 0 or (lost.sum() > strange.sum()):
        count = max(-surplus, int(lost.sum()) - int(strange.sum()))
        words = f"{count} of {len(a)} points are missing"
        yield Wrong(one, other, count / len(a), words, False, (), True)
    else:
        count = max(surplus, int(strange.sum()))
        yield Wrong(one, other, count / len(a), f"{count} points too many", False, (), True)


def _besides(one: Artist, other: Artist) -> Iterator[Wrong]:
    """What points at the same places show by their size and by their colour."""
    for field, word in (("sizes", "size"), ("values", "colour")):
        a, b = number(getattr(one, field)), number(getattr(other, field))
        reach = float(np.nanmax(a) - np.nanmin(a)) if len(a) == len(b) == len(one.x) else 0.0
        if not reach > 0:
            continue
        scale = 1.0 if field == "values" else float(np.nanmedian(a / b))  # drawn larger, all alike
        gaps = np.abs(scale * b - a) / reach
        off = int((gaps > OFF).sum())
        if off:
            words = f"{off} of {len(a)} points have another {word}"
            yield Wrong(one, other, float(np.nanmax(gaps)), words, False)


def _line(one: Artist, other: Artist, panels: Panels) -> Iterator[Wrong]:
    a, b = _places(one, panels.ours), _places(other, panels.ours)
    if not len(a) or not len(b):
        return
    held, shown = (np.isfinite(p).all(axis=1) for p in (a, b))
    if len(a) == len(b):
        lost = int((held & ~shown).sum())
        if lost > max(1, 0.03 * held.sum()):
            amount = lost / max(int(held.sum()), 1)
            yield Wrong(one, other, amount, "part of it is missing", False)
            return
        gaps = b - a
    else:
        resampled = _resampled(a[held], b[shown])
        off_track = resampled is None or bool((np.abs(resampled[:, 1]) > OFF).any())
        if resampled is None or (one.marker and not off_track):
            yield from _points(one, other, panels)
            return
        gaps = resampled
    both = np.isfinite(gaps).all(axis=1)
    gaps = gaps[both]
    if not len(gaps):
        return
    across, up = np.abs(gaps[:, 0]), np.abs(gaps[:, 1])
    far = np.maximum(across, up)
    off = far > OFF / 2
    if off.mean() < 0.004 or far.max() < OFF:
        return
    level = float(np.median(far[off]))
    even = float(np.std(gaps[off], axis=0).max()) < 0.25 * level
    if across[off].mean() > 2 * up[off].mean():
        way = "right" if gaps[off][:, 0].mean() > 0 else "left"
        words = f"shifted to the {way} by {level:.0%} of the axis"
        yield Wrong(one, other, level, words, False)
    elif even:
        part = "all of it" if off.mean() > 0.9 else "part of it" if off.sum() > 1 else "one point"
        way = "higher" if gaps[off][:, 1].mean() > 0 else "lower"
        words = f"{part} runs {way}, by {level:.0%} of the axis"
        yield Wrong(one, other, level, words, False)
    else:
        amount = float(far.max())
        middle = np.sign(gaps[off][:, 1])
        trembles = abs(float(middle.mean())) < 0.5 and (np.diff(middle) != 0).mean() > 0.3
        if trembles:
            amount = 2 * float(np.std(gaps[:, 1]))
        words = "its values differ" if off.mean() > 0.5 else "part of its values differ"
        yield Wrong(one, other, amount, words, float(off.mean()) >= THROUGHOUT)


def _resampled(a: Values, b: Values) -> Values | None:
    """Differences of two curves at the places of the first."""
    if len(a) < 2 or len(b) < 2 or (np.diff(a[:, 0]) < 0).any() or (np.diff(b[:, 0]) < 0).any():
        return None
    at = a[:, 0]
    within = (at >= b[0, 0] - 1e-9) & (at <= b[-1, 0] + 1e-9)
    up = np.where(within, np.interp(at, b[:, 0], b[:, 1]) - a[:, 1], np.nan)
    return np.column_stack([np.zeros(len(a)), up])


def _wedges(report: Report, panels: Panels, pairs: Sequence[tuple[Artist, Artist]]) -> None:
    """Shares of a pie: neighbours that gave and took are one thing."""
    total, theirs = (
        sum(_angle(one) for one in subplot.artists if one.kind == "wedge") or 360.0
        for subplot in (panels.ours, panels.theirs)
    )
    off = [(a, b, _angle(b) / theirs - _angle(a) / total) for a, b in pairs]
    wrong = [(a, b, gap) for a, b, gap in off if abs(gap) > 0.006]
    if not wrong:
        return
    a, b, gap = max(wrong, key=lambda one: abs(one[2]))
    was, now = 100 * _angle(a) / total, 100 * _angle(b) / theirs
    words = f"about {now:.0f}% instead of {was:.0f}%"
    if len(wrong) > 2:
        words = f"{len(wrong)} shares are wrong; this one shows {words}"
    boxes = [a.box for a, _, _ in wrong], [b.box for _, b, _ in wrong]
    report.say("data_error", by_angle, a.name, words, *boxes, abs(gap))


def cells(report: Report, panels: Panels, one: Artist, other: Artist) -> bool:
    """Values of two images or meshes; whether they differ."""
    name = one.name or f"cells{panels.where}"
    boxes = one.box, other.box
    if (one.rows, one.columns) != (other.rows, other.columns) or len(one.values) != len(
        other.values
    ):
        words = f"{other.rows} x {other.columns} cells instead of {one.rows} x {one.columns}"
        report.say("data_error", always(3), name, words, *boxes)
        return True
    a, b = number(one.values), number(other.values)
    span = abs((one.high or 0) - (one.low or 0)) or float(np.nanmax(a) - np.nanmin(a)) or 1.0
    gone = np.isfinite(a) & ~np.isfinite(b)
    with np.errstate(invalid="ignore"):
        off = gone | (np.abs(a - b) > OFF * span)
    if not off.any():
        return False
    if off.mean() > 0.3:
        words = f"{off.mean():.0%} of the cells have other values"
        report.say("data_error", always(3), name, words, *boxes)
        return True
    place = _cell_box(one, panels.ours, off), _cell_box(other, panels.theirs, off)
    if gone[off].all():
        words = "it is empty" if off.sum() == 1 else f"{int(off.sum())} cells are empty"
        amount = max(0.06, float(off.mean()))
    else:
        far = float(np.nanmax(np.abs(a - b)[off]))
        words = f"it shows about {np.nanmean(b[off]):.3g} instead of {np.nanmean(a[off]):.3g}"
        amount = 0.5 * float(off.mean()) + (0.05 if far > 0.4 * span else 0.0)
    report.say("data_error", by_part, f"cell of the {name}", words, *place, amount)
    return True


def _cell_box(artist: Artist, subplot: Subplot, off: NDArray[np.bool_]) -> Box:
    """Around some cells, in pixels."""
    count = artist.rows * artist.columns
    x, y = axis_of(subplot, "x"), axis_of(subplot, "y")
    if len(off) != count or len(artist.extent) != 4 or None in artist.extent or not x or not y:
        return artist.box
    rows, columns = np.nonzero(off.reshape(artist.rows, artist.columns))
    left, right, bottom, top = (float(v or 0) for v in artist.extent)
    first, last = (top, bottom) if artist.origin == "upper" else (bottom, top)
    xs = left + (right - left) * np.array([columns.min(), columns.max() + 1]) / artist.columns
    ys = first + (last - first) * np.array([rows.min(), rows.max() + 1]) / artist.rows
    x0, y0, x1, y1 = subplot.box
    across = np.sort(x0 + on_axis(xs, x) * (x1 - x0))
    down = np.sort(y1 - on_axis(ys, y) * (y1 - y0))
    if not np.isfinite([*across, *down]).all():
        return artist.box
    return int(across[0]), int(down[0]), int(np.ceil(across[1])), int(np.ceil(down[1]))
