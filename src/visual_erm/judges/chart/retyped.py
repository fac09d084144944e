"""Series drawn as another kind of mark: points for lines, areas for lines, lines for bars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from visual_erm.align import Components, components, pixels
from visual_erm.judges.chart.kinds import FILLED, THIN, Kind, dashed, fatness, kind, thickness
from visual_erm.judges.chart.partners import SAME_SHAPE
from visual_erm.judges.chart.points import LARGEST, dotted
from visual_erm.judges.chart.state import (
    Panels,
    grown,
    is_shade,
    overlap,
    series_name,
    shaded_anew,
    share_on,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

EVIDENT = 0.4
"""Share of the marks that one picture has more of that must lie where the other has nothing."""
HIDDEN, FILLING = 12.0, 500.0
"""How many times as much one of two series may cover before the other one lies behind something,
and as much as its line an area may."""
OTHER_SIDES, DISTORTED = 1.2, 1.8
"""Stretch from which points are no discs, and from which they look like bars and lines like areas.
"""
DISCS, THICK = 1.8, 3.0
"""How many times as thick as a line points are at least, and where none of them stands alone."""
SPOTS, SPOT = 2, 3.5
"""Discs that stand alone of which it takes to call a stroke points, and pixels of their sides."""
ROUND, SAME_SIZE, LARGER = 0.45, 0.75, 3.0
"""Share of its box that a disc covers at least, the part of the stroke's thickness that its sides
are at least, and how many times as long they may be: lines over it cut it."""
THROUGHOUT = 0.75
"""Share of marks that is thick where they are points and no line runs between them."""
BETWEEN = 0.8
"""Share of a line that lies on points at most where it connects them."""
RING = 40
"""Pixels across what an outline of a mark encloses."""
REACH = 0.15
"""Share of a plot's side by which the ends of a series and of its other drawing differ at most."""
DOT = 2
"""Pixels of a point or dot, on average."""
ALONGSIDE = 0.3
"""The same where bars are another kind, which a line joins at their middles."""
CLOSE, FEW = 3, 0.25
"""Pixels between the dots of a line at most, and part of them that is left when they are joined."""
AS_BEFORE = 0.9
"""Overlap from which marks of one kind are the marks that were there."""
ALONG = 0.85
"""Share of the thinner marks that must run where the thicker ones are."""
MOST = 0.6
"""Share of what may have changed that must be of another kind for the plot to be of another."""
OUTLINE, OWN = 3, 0.3
"""Pixels from the edge of an area within which a line is its outline, and share of the line that
must run along the edge of the area itself where others overlap it."""


CRUMBS = 0.2
"""Part of what a colour covered that it covers at most where another one took its place."""
CRUMB = 60
"""Pixels of a series whose kind of mark can be told, at least."""
WORDS: dict[str, str] = {"points": "points", "lines": "lines", "filled": "filled shapes"}
"""How kinds of marks are called."""


@dataclass(frozen=True, eq=False)
class Marks:
    """What one colour draws, and what is found out about it once."""

    mask: Mask

    @cached_property
    def area(self) -> int:
        """Pixels."""
        return pixels(self.mask)

    @cached_property
    def fatness(self) -> float:
        """See `kinds.fatness`."""
        return fatness(self.mask)

    @cached_property
    def thickness(self) -> tuple[float, float]:
        """See `kinds.thickness`."""
        return thickness(self.mask)

    @cached_property
    def kind(self) -> Kind:
        """See `kinds.kind`."""
        return kind(self.mask)

    @cached_property
    def dotted(self) -> bool:
        """See `points.dotted`."""
        return dotted(self.mask)

    @cached_property
    def pieces(self) -> Components:
        """What hangs together."""
        return components(self.mask)


class Pair(NamedTuple):
    """Marks of one series in both pictures, on one grid."""

    k: int
    one: Marks
    two: Marks
    beyond: int
    """Pixels of both that have nothing like them near in the other picture."""

    @property
    def weight(self) -> int:
        """Pixels of the larger one."""
        return max(self.one.area, self.two.area)


def other_kind(state: Panels) -> set[int]:
    """Report that series are drawn as another kind of mark: lines for bars, areas for lines.

    Series that are as they were say nothing about the others: bars stay bars where the line over
    them becomes points.

    Returns:
        The colours of the series that are; all of them where the whole plot is of another kind.
    """
    layers = state.layers
    if layers.stretch > DISTORTED:
        return set()
    in_place = _in_place(state)
    pairs = list(_changed(state, in_place))
    flipped = [p for p in pairs if _flipped(p)]
    for ways in ([(p, p.one, p.two) for p in pairs], [(p, p.two, p.one) for p in pairs]):
        # where one line became points, the others that swelled alike did too
        swollen = [
            way
            for way in ways
            if _swollen(*way[1:]) and not shaded_anew(state, way[0].k, in_place[way[0].k])
        ]
        if any(_of_discs(points, line) for _, line, points in swollen):
            alike = [p for p, _, _ in swollen]
            flipped = [p for p in pairs if p in flipped or p in alike]
    everything = layers.colours.index >= 0, layers.colours_b.index >= 0
    kept = sum(layers.colours.areas[k] for k in in_place) / max(1, pixels(everything[0]))
    total = sum(p.weight for p in pairs)
    if not flipped or sum(p.weight for p in flipped) < MOST * total or kept < 0.5:
        return set()
    if len(pairs) < len(in_place):
        everything = _together([p.one for p in flipped]), _together([p.two for p in flipped])
    whole = len(pairs) == len(in_place) or len(flipped) > 1
    where = "plot" if whole else series_name(state, flipped[0].k)
    state.add("chart type", "structure_error", 3, where, _said(flipped), *everything)
    return set(range(len(layers.colours.colours))) if whole else {p.k for p in flipped}


def _said(flipped: list[Pair]) -> str:
    """What kinds of marks there are and were, if they can be told apart."""
    kinds = {(_named(p.two, p.one), _named(p.one, p.two)) for p in flipped if p.weight > CRUMB}
    now, before = next(iter(kinds)) if len(kinds) == 1 else ("", "")
    if now == before:
        return "the marks are of another kind (bars, lines, areas or points)"
    return f"{WORDS[now]} instead of {WORDS[before]}"


def _named(marks: Marks, other: Marks) -> Kind:
    """The kind of marks, where points that touch may be as thick as an area."""
    return "points" if _of_discs(marks) and not _of_discs(other) else marks.kind


def _together(marks: list[Marks]) -> Mask:
    return np.asarray(np.any([m.mask for m in marks], axis=0))


def _changed(state: Panels, in_place: dict[int, int]) -> Iterator[Pair]:
    """The series that are not as they were; in other sides all may look otherwise."""
    layers = state.layers
    for k, m in in_place.items():
        one, two = Marks(layers.colours.mask(k)), Marks(layers.colours_b.mask(m))
        beyond = pixels(layers.lost & one.mask) + pixels(layers.new & two.mask)
        pair = Pair(k, one, two, beyond)
        if layers.stretch > OTHER_SIDES or (beyond and _is_changed(one, two)):
            yield pair


def _is_changed(one: Marks, two: Marks) -> bool:
    alike = overlap(one.mask, two.mask) > AS_BEFORE and one.kind == two.kind
    return not alike or _swollen(one, two) or _swollen(two, one)


def _flipped(pair: Pair) -> bool:
    _, one, two, beyond = pair
    # crumbs along the edges of other marks are no kind of mark
    crumbs = any(marks.area < DOT * (marks.pieces[0] - 1) for marks in (one, two))
    if crumbs or (_of_discs(one) and _of_discs(two)):
        return False
    fat = one.fatness, two.fatness
    small, large = (one, two) if one.area < two.area else (two, one)
    # bars and areas that are still bars and areas only show other numbers
    grown_much = large.area > 2.4 * small.area and (min(fat) < FILLED or small.dotted)
    # a noisy line covers more than a smooth one, and is as thin
    grown_much = grown_much and (large.thickness[0] >= SPOT or one.dotted or two.dotted)
    clear = beyond > EVIDENT * (large.area - small.area)
    fatter = abs(fat[0] - fat[1]) > 0.45 or grown_much
    fatter = fatter and large.area < FILLING * small.area and _follows(small, large)
    fatter = fatter and _same_stretch(one, two)
    if clear and fatter and overlap(one.mask, two.mask) < 0.6:
        return True
    return large.area < HIDDEN * small.area and (_joined(one, two) or _joined(two, one))


def _follows(thin: Marks, filled: Marks) -> bool:
    """Whether thin marks in place of filled ones run where those end, as their tops or edges."""
    if filled.fatness < FILLED or thin.fatness > THIN:
        return True
    reach = OUTLINE + round(thin.thickness[1])
    edges = grown(filled.mask, reach) & grown(~filled.mask, reach)
    return share_on(thin.mask, edges) > FILLED


def _in_place(state: Panels) -> dict[int, int]:
    """The pairs, and colours without a partner that cover the same places or outline an area."""
    ones, twos = state.layers.colours, state.layers.colours_b
    found = dict(state.pairs)
    free = [m for m in range(len(twos.colours)) if m not in found.values()]
    for k in range(len(ones.colours)):
        # crumbs of another opacity's edges may have the colour that was there
        crumbs = k in found and twos.areas[found[k]] < CRUMBS * ones.areas[k]
        if (k in found and not crumbs) or not free:
            continue
        rated = [(overlap(ones.mask(k), twos.mask(m), 4), m) for m in free]
        share, m = max(rated)
        if share > SAME_SHAPE:
            found[k] = m
            free.remove(m)
    for k in range(len(ones.colours)):
        if k in found:
            continue
        # the rim of a line has the colour of a pale area, and may have been paired with it
        rims = [m for p, m in found.items() if ones.areas[p] < ones.areas[k]]
        area = next((m for m in (*free, *rims) if _outlined(state, k, m)), None)
        if area is not None:
            found = {p: m for p, m in found.items() if m != area} | {k: area}
            free = [m for m in free if m != area]
    return found


def _outlined(state: Panels, k: int, m: int) -> bool:
    """Whether a line of the reference is the edge of an area that has its colour, only paler."""
    layers = state.layers
    line, field = layers.colours.mask(k), layers.colours_b.mask(m)
    if fatness(line) > THIN or fatness(field) < FILLED:
        return False
    colours = layers.colours_b.colours[m], layers.colours.colours[k]
    if not is_shade(*colours, state.paper(candidate=True)):
        return False
    # where two see-through areas overlap, the edge is that of their mixture
    drawn = layers.colours_b.index
    edges = cv2.morphologyEx(drawn, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    own = grown(field, OUTLINE) & grown(~field, OUTLINE)
    return share_on(line, own) > OWN and share_on(line, grown(edges, OUTLINE)) > ALONG


def _swollen(line: Marks, points: Marks) -> bool:
    """Whether marks run along a line that are much thicker than it, as points that touch."""
    thin, thick = line.thickness[1], points.thickness[1]
    if not DISCS * thin + 1 < thick < LARGEST or line.kind == "filled" or _of_rings(line):
        return False
    if (line.kind == "points" or _of_discs(line)) and not _dots_of_a_line(line):
        return False
    side = max(3, round(thick / 2))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    discs = cv2.morphologyEx(points.mask.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
    if pixels(discs) < THROUGHOUT * points.area:
        return False  # a line with markers on it
    return _runs_along(points, line, thick)


def _runs_along(thick: Marks, thin: Marks, across: float) -> bool:
    """Whether nearly all of thick marks is as near to thin ones as it is if these run through."""
    return share_on(thick.mask, grown(thin.mask, round(across / 2) + 2)) > ALONG


def _dots_of_a_line(marks: Marks) -> bool:
    """Whether spots stand so close that they are a dotted or dashed line, and no cloud."""
    together = Marks(grown(marks.mask, CLOSE))
    if together.thickness[0] > marks.thickness[0] + 2 * CLOSE + 2:
        return False
    return together.pieces[0] - 1 < FEW * (marks.pieces[0] - 1)


def _of_rings(marks: Marks) -> bool:
    """Whether thin marks are mostly outlines of other marks."""
    stats = components(~marks.mask, connectivity=4)[2]
    height, width = marks.mask.shape
    x, y, w, h = stats[1:, :4].T
    inner = (x > 0) & (y > 0) & (x + w < width) & (y + h < height) & (np.maximum(w, h) < RING)
    return int(stats[1:, 4][inner].sum()) > FILLED * marks.area


def _of_discs(marks: Marks, other: Marks | None = None) -> bool:
    """Whether some discs of a stroke stand alone: points, which touch elsewhere.

    What is drawn the same in the other picture is a letter beside it.
    """
    usual, most = marks.thickness
    count, labels, stats, _ = marks.pieces
    if count <= SPOTS or most < SPOT:
        return False
    sides = stats[1:, 2:4]
    least, across = sides.min(axis=1), sides.max(axis=1)
    alone = (least > SAME_SIZE * (usual if usual >= SPOT else most)) & (across < LARGER * most)
    alone &= (least > SAME_SIZE * across) & (stats[1:, 4] > ROUND * sides.prod(axis=1))
    if other is not None and alone.any():
        again = np.bincount(labels[other.mask], minlength=count)[1:]
        alone &= again < AS_BEFORE * stats[1:, 4]
    return int(alone.sum()) >= SPOTS


def _joined(points: Marks, line: Marks) -> bool:
    """Whether one picture shows points and the other a line that runs through them."""
    discs = points.dotted or _of_discs(points, line)
    if not (discs or points.kind == "points") or not _as_far(points, line):
        return False
    if _has_discs_of(line, points):
        return False  # the line has the same markers, and is broken now
    if _swollen(line, points):
        # a thick line over which others run has waists too
        return discs or points.thickness[1] > THICK * line.thickness[1]
    if line.kind != "lines" or line.dotted:
        return False
    across, (usual, thick) = points.thickness[1], line.thickness
    # a line that runs to and fro is thick where it meets itself
    between = share_on(line.mask, grown(points.mask, 2)) < BETWEEN
    if discs and between and across > DISCS * usual + 1:
        return _runs_along(points, line, across)
    if not (points.dotted or points.kind == "points"):
        return False
    if across > DISCS * thick + 1 or (points.dotted and _connected(points, line)):
        # dots of a dotted line are as thick as the line was
        return _runs_along(points, line, across)
    # so many points that they are a thick line, where there were dashes
    return thick > max(SPOT, DISCS * across + 1) and _runs_along(line, points, thick)


def _has_discs_of(line: Marks, points: Marks) -> bool:
    """Whether a line has markers where the other picture shows points."""
    side = round(points.thickness[1])
    if side <= DISCS * line.thickness[0] + 1:
        return False
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    ours, theirs = (
        cv2.morphologyEx(marks.mask.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
        for marks in (line, points)
    )
    return bool(theirs.any()) and share_on(theirs, grown(ours, 1)) > AS_BEFORE


def _connected(points: Marks, line: Marks) -> bool:
    """Whether spots that stand apart are one line in the other picture."""
    few = line.pieces[0] - 1 < FEW * (points.pieces[0] - 1)
    return few and not dashed(line.mask, points.mask) and not _dots_of_a_line(points)


def _as_far(one: Marks, two: Marks) -> bool:
    """Whether marks of two pictures reach about as far to all sides."""
    return bool(_apart(one, two).max() < REACH)


def _same_stretch(one: Marks, two: Marks) -> bool:
    """Whether marks of two pictures begin and end about alike along one axis.

    Where a series went, what is left in its colour does not.
    """
    return bool(_apart(one, two).max(axis=0).min() < ALONGSIDE)


def _apart(one: Marks, two: Marks) -> NDArray[np.float64]:
    """How far starts and sizes of two masks are apart, across and up, by the longer side."""
    ends = [np.array(cv2.boundingRect(marks.mask.astype(np.uint8))) for marks in (one, two)]
    return np.asarray(np.abs(ends[0] - ends[1]).reshape(2, 2) / max(one.mask.shape))
