"""How series look: colours, markers, lines, transparency, hatching, colour maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from visual_erm.data.charts.figures import colour_word
from visual_erm.data.charts.oracle_report import Boxes, Panels, Report
from visual_erm.data.charts.oracle_series import number, seen_colour
from visual_erm.data.charts.oracle_texts import colour_gap
from visual_erm.data.charts.scenes import Artist
from visual_erm.data.records import always
from visual_erm.types import Severity

GAP = 0.08
"""Part of the range of a channel by which colours must differ."""
RATIO = 1.2
"""By what factor widths and sizes must differ."""
PAINTED = frozenset(("line", "bars", "points", "dots", "area", "violin", "wedge"))
Pair = tuple[Artist, Artist]


def looks(report: Report, panels: Panels, pairs: Sequence[Pair]) -> None:
    """All differences in how series look, those of several series that belong together once."""
    where = panels.where
    recoloured = [pair for pair in pairs if pair[0].kind in PAINTED and _plainly(*pair)]
    told: list[Pair] = []
    for words, level, some in _colours_together(pairs, recoloured):
        boxes = [a.box for a, _ in some], [b.box for _, b in some]
        location = f"series{where}" if len(some) != 2 else panels.ours.name
        report.say("style_error", always(level), location, words, *boxes)
        told += some
    found: dict[tuple[str, str], list[tuple[Pair, list[str]]]] = {}
    for a, b in pairs:
        said = list(_look(a, b))
        if (a, b) not in told:
            said = [*_colour(a, b), *said]
        if said:
            found.setdefault((a.kind, "; ".join(said)), []).append(((a, b), said))
    for (kind, words), differing in found.items():
        count = sum(a.kind == kind for a, _ in pairs)
        if 1 < len(differing) == count:
            both = [pair for pair, _ in differing]
            names = " and ".join((a.name or kind).partition(" in the ")[0] for a, _ in both)
            location = f"{names if count < 4 else f'all {count} series'}{where}"
            boxes = [a.box for a, _ in both], [b.box for _, b in both]
            report.say("style_error", always(1), location, words, *boxes)
            continue
        for (a, b), said in differing:
            one, other = _where(a, b, said)
            report.say("style_error", always(1), a.name or f"{kind}{where}", words, one, other)
    for a, b in pairs:
        _mapped(report, panels, a, b)


def _where(one: Artist, other: Artist, said: Sequence[str]) -> tuple[Boxes, Boxes]:
    """Boxes: those of single bars where only these are painted otherwise."""
    parts = _own_faces(one, other)
    if len(said) == 1 and parts:
        return [one.boxes[n] for n in parts], [other.boxes[n] for n in parts]
    return one.box, other.box


def _word(colour: str) -> str:
    return colour_word([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])


def _gap(one: str | None, other: str | None) -> float:
    """Of two colours, transparency aside."""
    if one is None or other is None:
        return 0.0 if one == other else 1.0
    return colour_gap(one[:7] + "ff", other[:7] + "ff")


def _plainly(one: Artist, other: Artist) -> bool:
    """Whether a series of one colour has another one."""
    if one.map or other.map or _own_faces(one, other) or _many(one, other):
        return False
    return _gap(seen_colour(one), seen_colour(other)) > GAP


def _many(one: Artist, other: Artist) -> bool:
    """Whether bars of several colours are missing or too many, so that none can be compared."""
    several = len(set(one.faces)) > 1 or len(set(other.faces)) > 1
    return several and len(one.faces) != len(other.faces)


def _own_faces(one: Artist, other: Artist) -> list[int]:
    """Single bars that have another colour, where the rest has not."""
    if one.kind != "bars" or len(one.faces) != len(other.faces):
        return []
    wrong = [
        n for n, (a, b) in enumerate(zip(one.faces, other.faces, strict=True)) if _gap(a, b) > GAP
    ]
    return wrong if len(wrong) < len(one.faces) else []


def _colours_together(
    pairs: Sequence[Pair], recoloured: Sequence[Pair]
) -> Iterator[tuple[str, Severity, list[Pair]]]:
    """What is said of the colours of several series at once."""
    left = list(recoloured)
    painted = [pair for pair in pairs if pair[0].kind in PAINTED and not pair[0].map]
    after = [seen_colour(b) for _, b in painted]
    before = {seen_colour(a) for a, _ in painted}
    if (
        left
        and len(painted) > 1
        and len(before) > 1
        and all(_gap(c, after[0]) <= GAP for c in after)
    ):
        word = _word(after[0]) if after[0] else "alike"
        yield f"all series are {word}; they cannot be told apart", 3, list(painted)
        return
    for n, (a, b) in enumerate(recoloured):
        for c, d in recoloured[n + 1 :]:
            both = (a, b) in left and (c, d) in left
            crossed = (
                _gap(seen_colour(a), seen_colour(d)) <= GAP
                and _gap(seen_colour(c), seen_colour(b)) <= GAP
            )
            if both and crossed:
                left = [pair for pair in left if pair not in ((a, b), (c, d))]
                names = (one.name.partition(" in the ")[0] for one in (a, c))
                words = f"{' and '.join(names)} have each other's colour"
                yield words, 2, [(a, b), (c, d)]
    if len(left) > 1 and len(left) == len(painted):
        yield "all series have other colours", 2, left


def _colour(one: Artist, other: Artist) -> Iterator[str]:
    if one.map or other.map or _many(one, other):
        return
    parts = _own_faces(one, other)
    if parts:
        a, b = one.faces[parts[0]], other.faces[parts[0]]
    else:
        a, b = seen_colour(one), seen_colour(other)
    if a and b and _gap(a, b) > GAP:
        old, new = _word(a), _word(b)
        yield f"{new} instead of {old}" if old != new else f"another {new}"


def _look(one: Artist, other: Artist) -> Iterator[str]:
    """What differs besides the colour."""
    if one.kind in ("line", "dots", "guide line"):
        yield from _line(one, other)
    if one.kind in ("points", "coloured shapes"):
        yield from _marks(one, other)
    if one.kind == "error bars" and _ratio(one.width, other.width):
        yield f"the lines are {'thicker' if (other.width or 0) > (one.width or 0) else 'thinner'}"
    a, b = _opacity(one), _opacity(other)
    if abs(a - b) > 0.08:
        yield "it is paler, see-through" if b < a else "it is less see-through"
    if bool(one.hatch) != bool(other.hatch):
        yield "it is hatched" if other.hatch else "the hatching is missing"
    elif one.hatch != other.hatch:
        yield "it is hatched otherwise"
    if one.kind in ("bars", "wedge", "area", "points", "patch", "rectangle", "polygons"):
        yield from _outline(one, other)
    if one.kind == "bars" and len(one.thick) == len(other.thick) and one.thick:
        ratio = float(np.nanmedian(number(other.thick)) / (np.nanmedian(number(one.thick)) or 1))
        if ratio and not 1 / RATIO < abs(ratio) < RATIO:
            yield f"the bars are {'thinner' if abs(ratio) < 1 else 'thicker'}"


def _line(one: Artist, other: Artist) -> Iterator[str]:
    if (one.marker is None) != (other.marker is None):
        yield "its markers are missing" if other.marker is None else "it has markers"
    elif one.marker != other.marker:
        yield "the markers have another shape"
    elif one.marker and _ratio(one.size, other.size):
        yield f"the markers are {'larger' if (other.size or 0) > (one.size or 0) else 'smaller'}"
    if one.style != other.style:
        yield "the line is drawn in another way: solid, dashed, dotted or not at all"
    if _ratio(one.width, other.width):
        yield f"the line is {'thicker' if (other.width or 0) > (one.width or 0) else 'thinner'}"


def _marks(one: Artist, other: Artist) -> Iterator[str]:
    if one.marker != other.marker:
        yield "the points have another shape"
    a, b = (
        float(np.nanmedian(number(artist.sizes))) if artist.sizes else 0 for artist in (one, other)
    )
    if _ratio(a**0.5, b**0.5):
        yield f"the points are {'larger' if b > a else 'smaller'}"


def _ratio(one: float | None, other: float | None) -> bool:
    """Whether two lengths differ visibly."""
    if not one or not other:
        return False
    return not 1 / RATIO < other / one < RATIO


def _opacity(artist: Artist) -> float:
    if artist.alpha is not None:
        return artist.alpha
    colour = seen_colour(artist)
    return int(colour[7:9], 16) / 255 if colour else 1.0


def _outline(one: Artist, other: Artist) -> Iterator[str]:
    a, b = (artist.edge or next(iter(artist.edges), None) for artist in (one, other))
    widths = one.width or 0.0, other.width or 0.0
    faces = seen_colour(one), seen_colour(other)
    # an outline of the shape's own colour is none
    a = a if widths[0] > 0.2 and _gap(a, faces[0]) > GAP else None
    b = b if widths[1] > 0.2 and _gap(b, faces[1]) > GAP else None
    if (a is None) != (b is None):
        yield f"there is a {_word(b)} outline" if b else "the outline is missing"
    elif a and b and (_gap(a, b) > GAP or not 0.5 < widths[1] / widths[0] < 2):
        yield f"the outline is {_word(b)}, or of another width"


def _mapped(report: Report, panels: Panels, one: Artist, other: Artist) -> None:
    """Colour maps and what their ends stand for."""
    if not one.map or not other.map:
        return
    name = one.name or f"cells{panels.where}"
    gaps = [_gap(a, b) for a, b in zip(one.map, other.map, strict=False)]
    turned = [_gap(a, b) for a, b in zip(one.map, reversed(other.map), strict=False)]
    boxes = one.box, other.box
    if max(gaps) > GAP and max(turned) <= GAP:
        report.say("style_error", always(2), name, "the colours run the other way", *boxes)
    elif max(gaps) > GAP:
        report.say("style_error", always(2), name, "another colour map", *boxes)
