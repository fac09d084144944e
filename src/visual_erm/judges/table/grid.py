"""From islands of ink to rows, columns and cells.

Rows come from the heights of the islands, columns from what lies above each other in full rows;
ruling lines, where there are any, bound cells exactly and tell wrapped lines from rows.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import around, runs
from visual_erm.judges.table.ink import Drawn
from visual_erm.judges.table.lines import Rules
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_LINE = 0.45
"""In text heights: how far the middles of texts of one line lie apart."""
BETWEEN = 1.25
"""In text heights: a line nearer than this to the one above and the one below is none of its own:
it is centred beside two lines."""
LINE_PITCH = 1.9
"""In text heights: lines of one cell lie closer than this, rows of a table seldom do."""
SPLIT_GAP = 0.28
"""In text heights: narrowest gap in an island at which a column may end."""

CROSSED = 0.7
"""Share of the gaps of the other rows that a line over them must have to be cut."""
LIKE_SPACE = 0.6
"""In text heights: gaps as narrow as this may be spaces of words that stand below each other."""
IN_WORD = 0.45
"""In text heights: gaps as narrow as this are between signs of one word."""
SIGN = 0.6
"""In text heights: widest sign that hangs on a number."""
ON_EDGE = 0.4
"""In text heights: how exactly a text keeps the edge of its column."""
RUN_APART, FEW_WIDE = 1.6, 0.15
"""In text heights: a gap wider than this between two rules parts columns, and the share of the
lines that may have one by chance."""
RULED = 0.9
"""Share of the texts with rules around them from which rules say what is a row."""
TIGHT = 1.3
"""In text heights: columns further apart than this have not been run together."""


@dataclass(frozen=True)
class Place:
    """The islands of one cell and where it stands."""

    islands: tuple[Box, ...]
    """From the first line to the last."""
    row: int
    first: int
    last: int
    """Columns covered, both inclusive."""
    frame: Box | None = None
    """Inner box of the ruling lines around it, if it has four."""

    @property
    def box(self) -> Box:
        """Around all islands."""
        return around(self.islands)


@dataclass(frozen=True)
class Grid:
    """Rows and columns of one picture."""

    places: tuple[Place, ...] = ()
    rows: tuple[tuple[int, int], ...] = ()
    """Top and bottom of the text of each row."""
    columns: tuple[tuple[int, int], ...] = ()
    """Left and right of the text of each column."""
    alignments: tuple[str, ...] = ()
    """Of each column: "left", "right", or "" where neither edge is common to its texts."""
    rules: Rules = field(default_factory=Rules, repr=False, compare=False)

    def edges(self, column: int, padding: int) -> tuple[int, int]:
        """How far a column without rules seems to reach: to where the next one begins.

        Args:
            column: its number.
            padding: of a cell, in pixels, as much as may belong to either of two columns.
        """
        left, right = self.columns[column]
        if column:
            gap = left - self.columns[column - 1][1]
            left -= self._share(gap, column - 1, column, padding)
        if column + 1 < len(self.columns):
            gap = self.columns[column + 1][0] - right
            right += gap - self._share(gap, column, column + 1, padding) - padding
        return left, right

    def _share(self, gap: int, one: int, two: int, padding: int) -> int:
        """Pixels of the gap between two columns that belong to the second one."""
        ends, starts = self.alignments[one] == "right", self.alignments[two] == "left"
        if starts and not ends:
            return min(padding // 2, gap // 2)
        if ends and not starts:
            return max(gap - padding // 2, gap // 2)
        return gap // 2


Frames = dict[Box, Box | None]
"""The ruled cell around each island."""


@dataclass
class _Band:
    """Islands of one height."""

    members: list[Box] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return float(np.mean([(b[1] + b[3]) / 2 for b in self.members]))


def lay_out(drawn: Drawn) -> Grid:
    """Rows, columns and cells of what is drawn."""
    if not drawn.islands:
        return Grid()
    bands = _bands(list(drawn.islands), drawn.height)
    whole = _whole(bands, drawn)
    islands = _split(drawn, bands, whole)
    if len(islands) != len(drawn.islands) or whole:
        bands = _bands(islands, drawn.height)
    frames = _cells(bands, drawn)
    rows = _ruled_rows(bands, drawn, frames) or _rows(bands, drawn, frames)
    columns = _columns(rows, drawn)
    return _grid(rows, columns, drawn, frames)


def _whole(bands: list[_Band], drawn: Drawn) -> set[Box]:
    """Islands that rules say are one text; those that have a wide gap in one are joined in `bands`.

    Where rules part only some columns, others stand side by side between two rules: between such
    rules gaps are wide in most lines.
    """
    slack = _slack(drawn)
    lanes: dict[tuple[int, int], list[tuple[_Band, list[Box]]]] = {}
    for band in bands:
        cells: dict[Box, list[Box]] = {}
        for box in sorted(band.members):
            frame = drawn.rules.frame(box, slack)
            if frame is not None:
                cells.setdefault(frame, []).append(box)
        for frame, boxes in cells.items():
            at = next(
                (x for x in lanes if max(abs(x[0] - frame[0]), abs(x[1] - frame[2])) <= slack),
                (frame[0], frame[2]),
            )
            lanes.setdefault(at, []).append((band, boxes))
    whole: set[Box] = set()
    for (left, right), lines in lanes.items():
        inside = drawn.rules.down
        inside = inside[(inside[:, 0] > left + slack) & (inside[:, 2] < right - slack)]
        wide = [_widest_gap(boxes) > RUN_APART * drawn.height for _, boxes in lines]
        if len(inside):
            one = [line for line in lines if _runs_over(line[1], inside, drawn)]
        else:
            one = lines if np.mean(wide) <= FEW_WIDE else []
        for band, boxes in one:
            joined = around(boxes)
            if len(boxes) > 1:
                band.members = [b for b in band.members if b not in boxes] + [joined]
            whole.add(joined)
    return whole


def _runs_over(boxes: list[Box], rules: NDArray[np.int64], drawn: Drawn) -> bool:
    """Whether a text runs over the place of a rule that other rows have: one cell over both."""
    top, bottom = min(b[1] for b in boxes), max(b[3] for b in boxes)
    return any(drawn.text[top:bottom, x0 - 1 : x1 + 1].any() for x0, _, x1, _ in rules.tolist())


def _widest_gap(boxes: list[Box]) -> int:
    return max((b[0] - a[2] for a, b in pairwise(boxes)), default=0)


def _cells(bands: list[_Band], drawn: Drawn) -> Frames:
    """The ruled cell around each island, if it holds no other one beside it.

    A header of one dark colour hides the rules between its cells: its frame is no cell.
    """
    slack = _slack(drawn)
    found: Frames = {}
    crowded: set[Box] = set()
    for band in bands:
        for box in band.members:
            frame = found[box] = drawn.rules.frame(box, slack)
            if frame and any(
                frame[0] < (other[0] + other[2]) / 2 < frame[2]
                for other in band.members
                if other is not box
            ):
                crowded.add(frame)
    return {box: None if frame in crowded else frame for box, frame in found.items()}


def _bands(islands: list[Box], height: float) -> list[_Band]:
    bands: list[_Band] = []
    for box in sorted(islands, key=lambda b: b[1] + b[3]):
        middle = (box[1] + box[3]) / 2
        reach = SAME_LINE * max(height, 0.7 * (box[3] - box[1]))
        if bands and middle - bands[-1].middle <= reach:
            bands[-1].members.append(box)
        else:
            bands.append(_Band([box]))
    return bands


def _split(drawn: Drawn, bands: list[_Band], whole: set[Box]) -> list[Box]:
    """Islands, cut where they run over a gap that the other rows keep free, unless `whole`."""
    width = drawn.text.shape[1]
    ink = np.zeros((len(bands), width), bool)
    for i, band in enumerate(bands):
        for x0, y0, x1, y1 in band.members:
            ink[i, x0:x1] |= drawn.text[y0:y1, x0:x1].any(axis=0)
    islands = []
    for i, band in enumerate(bands):
        parts = [
            part
            for box in band.members
            for part in ([box] if box in whole else _parts(drawn, box, ink, i))
        ]
        # A line of its own is a caption or a note; its spaces meet gaps by chance.
        islands += band.members if len(band.members) == 1 and len(parts) < 3 else parts
    return islands


def _parts(drawn: Drawn, box: Box, ink: NDArray[np.bool_], band: int) -> list[Box]:
    x0, y0, x1, y1 = box
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for g0, g1 in _gaps(ink[band, x0:x1], max(3.0, SPLIT_GAP * drawn.stretch * drawn.height)):
        channel = _channel(ink, (x0 + g0, x0 + g1), (x0, x1), band, drawn)
        # Of several gaps over one channel the widest parts the columns, the rest are spaces.
        if channel:
            best[channel] = max(best.get(channel, (0, 0)), (g1 - g0, x0 + (g0 + g1) // 2))
    # A header over several columns meets one of their gaps by chance, but not most of them.
    others = np.delete(ink, band, axis=0)[:, x0:x1]
    crowded = others.sum(axis=0) > 0.12 * len(others)
    crossed = [g for g in _gaps(crowded, 3.0) if g[0] > 0 and g[1] < x1 - x0]
    if len(best) < CROSSED * len(crossed):
        return [box]
    cuts = [x0, *sorted(cut for _, cut in best.values())]
    if len(cuts) == 1:
        return [box]
    parts = []
    for a, b in zip(cuts, [*cuts[1:], x1], strict=True):
        part = drawn.text[y0:y1, a:b]
        ys, xs = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if len(ys):
            parts.append(
                (a + int(xs[0]), y0 + int(ys[0]), a + int(xs[-1]) + 1, y0 + int(ys[-1]) + 1)
            )
    return parts


def _gaps(ink: NDArray[np.bool_], least: float) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in runs(~ink) if b - a >= least]


def _channel(
    ink: NDArray[np.bool_], gap: tuple[int, int], island: tuple[int, int], band: int, drawn: Drawn
) -> tuple[int, int] | None:
    """The blank that the other rows keep where an island has a gap, if that parts columns."""
    others = np.arange(len(ink)) != band
    height = drawn.stretch * drawn.height
    middle = gap[0] + _emptiest(ink[others, gap[0] : gap[1]].sum(axis=0))
    left, right = ink[:, : gap[0]].any(axis=1), ink[:, gap[1] :].any(axis=1)
    crossed = ink[:, middle - 1 : middle + 2].any(axis=1) & others
    kept = left & right & ~crossed & others
    headed = _headed(ink, gap, island)
    needed = 3 if len(ink) > 4 and not headed else 2
    if kept.sum() < needed or crossed.sum() > 0.12 * (kept.sum() + crossed.sum()):
        return None
    if _is_sign(ink[kept], middle, drawn.height):
        return None
    # One row with a space just there must not pass for the edge of a column.
    before = int(np.percentile(middle - ink[kept, :middle][:, ::-1].argmax(axis=1), 80))
    after = int(np.percentile(middle + ink[kept, middle:].argmax(axis=1), 20))
    if island[0] >= before or island[1] <= after:
        return None
    if after - before <= (IN_WORD if headed else LIKE_SPACE) * height:
        return None
    if after - before <= TIGHT * height:
        return before, after
    # Over a wide channel a gap as narrow as a space is a space, unless a text keeps its edge.
    on_edge = min(abs(gap[0] - before), abs(gap[1] - after)) <= ON_EDGE * height
    return (before, after) if on_edge else None


def _is_sign(ink: NDArray[np.bool_], middle: int, height: float) -> bool:
    """Whether all that follows a gap is one narrow sign: a degree, a star, no column."""
    reach = ink[:, middle : middle + round(2 * height)]
    return bool(reach.sum(axis=1).max(initial=0) <= SIGN * height)


def _headed(ink: NDArray[np.bool_], gap: tuple[int, int], island: tuple[int, int]) -> bool:
    """Whether the topmost line has something on both sides of a gap, and the gap as well."""
    top = int(ink[:, island[0] : island[1]].any(axis=1).argmax())
    sides = ink[top, island[0] : gap[0]], ink[top, gap[1] : island[1]]
    middle = (gap[0] + gap[1]) // 2
    whole = ink[top, middle - 1 : middle + 2].any()
    return bool(sides[0].any() and sides[1].any() and not whole)


def _emptiest(counts: NDArray[np.int64]) -> int:
    """The middle of the longest stretch of least counts."""
    least = np.concatenate([[False], counts == counts.min(), [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(least)).reshape(-1, 2)
    a, b = max(edges, key=lambda edge: edge[1] - edge[0])
    return int(a + b - 1) // 2


def _ruled_rows(bands: list[_Band], drawn: Drawn, frames: Frames) -> list[list[Box]]:
    """Rows as rules part them, where nearly all texts have rules around them; else none.

    A cell over several rows is in the one in its middle, or the upper one of two.
    """
    framed = {box: frame for box, frame in frames.items() if frame}
    if len(framed) < RULED * len(frames):
        return []
    slack = _slack(drawn)
    tops: list[int] = []
    for top in sorted({frame[1] for frame in framed.values()}):
        if not tops or top - tops[-1] > slack:
            tops.append(top)
    rows: dict[float, list[Box]] = {}
    for box, (_, top, _, bottom) in framed.items():
        own = bisect_right(tops, top) - 1
        middle = bisect_right(tops, (top + bottom) / 2 - slack) - 1
        rows.setdefault(tops[max(own, middle)], []).append(box)
    ends = {top: min(framed[box][3] for box in row) for top, row in rows.items()}
    for band in bands:
        loose = [box for box in band.members if box not in framed]
        if loose:
            held = [top for top, end in ends.items() if top <= band.middle <= end]
            rows.setdefault(held[0] if held else band.middle, []).extend(loose)
    return [rows[at] for at in sorted(rows)]


def _rows(bands: list[_Band], drawn: Drawn, frames: Frames) -> list[list[Box]]:
    """Bands that are lines of one row brought together."""
    rows: list[list[_Band]] = []
    at = 0
    while at < len(bands):
        band = bands[at]
        floating = (
            at + 1 < len(bands)
            and bool(rows)
            and _is_between(rows[-1][-1], band, bands[at + 1], drawn.height)
        )
        if floating:
            below = bands[at + 1]
            if _is_wrap(rows[-1][-1], band, below, drawn):
                rows[-1] += [band, below]
                at += 2
                continue
            # A cell centred beside two rows belongs to the upper one.
            rows[-1][-1].members += band.members
        elif rows and _in_one_frame(rows[-1][-1], band, frames):
            rows[-1].append(band)
        else:
            rows.append([band])
        at += 1
    return [[box for band in row for box in band.members] for row in rows]


def _is_between(above: _Band, band: _Band, below: _Band, height: float) -> bool:
    near = BETWEEN * height
    return band.middle - above.middle < near and below.middle - band.middle < near


def _is_wrap(above: _Band, band: _Band, below: _Band, drawn: Drawn) -> bool:
    """Whether `above` and `below` are two lines of one cell that `band` is centred beside."""
    stacked = [(a, b) for a in above.members for b in below.members if _overlap(a, b) > 0]
    if any(_ruled_apart(a, b, drawn) for a, b in stacked):
        return False
    if len(band.members) >= len(stacked):
        return True
    lines_apart = below.middle - above.middle
    return len(band.members) > 1 and lines_apart < LINE_PITCH * drawn.height


def _ruled_apart(a: Box, b: Box, drawn: Drawn) -> bool:
    r = drawn.rules.across
    if not len(r):
        return False
    x = (max(a[0], b[0]) + min(a[2], b[2])) / 2
    inside = (r[:, 1] >= a[3] - 1) & (r[:, 3] <= b[1] + 1)
    return bool((inside & (r[:, 0] <= x) & (r[:, 2] >= x)).any())


def _in_one_frame(above: _Band, band: _Band, frames: Frames) -> bool:
    """Whether rules hold a text of each in one cell, and part none of them."""
    upper, lower = ([frames[box] for box in b.members] for b in (above, band))
    together = {f for f in upper if f} & {f for f in lower if f}
    apart = any(a and b and a[3] <= b[1] for a in upper for b in lower)
    return bool(together) and not apart


def _slack(drawn: Drawn) -> int:
    """Pixels by which rules may miss each other and still meet."""
    return max(2, round(0.35 * drawn.height))


def _overlap(a: Box, b: Box) -> int:
    return min(a[2], b[2]) - max(a[0], b[0])


def _columns(rows: list[list[Box]], drawn: Drawn) -> list[list[int]]:
    """Column extents, from left to right, from the rows that have most islands."""
    lines = [_one_line(row, drawn.height) for row in rows]
    most = max(len(line) for line in lines)
    full = [line for line in lines if len(line) >= max(1, 0.65 * most)]
    rest = [line for line in lines if len(line) < max(1, 0.65 * most) and len(line) > 1]
    extents: list[list[int]] = []
    counts: list[int] = []
    for group, may_create in ((full, True), (rest, False)):
        # Narrow ones first: what is wide then shows as covering several columns.
        for box in sorted((box for line in group for box in line), key=lambda b: b[2] - b[0]):
            hit = [k for k, e in enumerate(extents) if min(box[2], e[1]) - max(box[0], e[0]) > 0]
            if len(hit) == 1:
                extent = extents[hit[0]]
                extent[:] = [min(extent[0], box[0]), max(extent[1], box[2])]
                counts[hit[0]] += 1
            elif not hit and (may_create or _outside(box, extents)):
                extents.append([box[0], box[2]])
                counts.append(1)
    order = sorted(range(len(extents)), key=lambda k: extents[k][0])
    return _reunited([extents[k] for k in order], [counts[k] for k in order], lines, drawn.rules)


def _one_line(row: list[Box], height: float) -> list[Box]:
    """The islands of a row, those of one wrapped cell as one."""
    cells: list[Box] = []
    for box in sorted(row):
        stacked = [c for c in cells if _overlap(c, box) > 0 and abs(c[1] - box[1]) > 0.6 * height]
        if stacked:
            cells.remove(stacked[0])
            cells.append(around([stacked[0], box]))
        else:
            cells.append(box)
    return cells


def _outside(box: Box, extents: list[list[int]]) -> bool:
    return all(box[2] <= e[0] for e in extents) or all(box[0] >= e[1] for e in extents)


def _reunited(
    extents: list[list[int]], counts: list[int], lines: list[list[Box]], rules: Rules
) -> list[list[int]]:
    """Neighbours that no row fills both, one of them rarely: a header beside its numbers.

    What a rule parts are two, as where a cell is pushed out.
    """
    k = 0
    while k + 1 < len(extents):
        a, b = extents[k], extents[k + 1]
        both = any(_fills_both(line, a, b) for line in lines)
        parted = rules.between(0, a[1] - 1, b[0] + 1)
        if not both and min(counts[k], counts[k + 1]) <= 2 and not parted:
            extents[k : k + 2] = [[a[0], b[1]]]
            counts[k : k + 2] = [counts[k] + counts[k + 1]]
            k = max(0, k - 1)
        else:
            k += 1
    return extents


def _fills_both(line: list[Box], a: list[int], b: list[int]) -> bool:
    """Whether a row has one text over the one and another over the other."""
    over = [
        (min(box[2], a[1]) > max(box[0], a[0]), min(box[2], b[1]) > max(box[0], b[0]))
        for box in line
    ]
    return (True, False) in over and (False, True) in over


def _grid(
    rows: list[list[Box]], columns: list[list[int]], drawn: Drawn, around_each: Frames
) -> Grid:
    places = []
    for number, row in enumerate(rows):
        cells: dict[tuple[int, int], list[Box]] = {}
        frames: dict[tuple[int, int], Box | None] = {}
        for box in row:
            frame = around_each[box]
            cover = _cover(box, frame, columns)
            cells.setdefault(cover, []).append(box)
            frames[cover] = frame
        for cover in sorted(cells):
            lines = sorted(cells[cover], key=lambda b: (round((b[1] + b[3]) / drawn.height), b[0]))
            places.append(Place(tuple(lines), number, *cover, frames[cover]))
    extents = [(min(b[1] for b in row), max(b[3] for b in row)) for row in rows]
    aligned = tuple(_alignment(places, k, drawn.height) for k in range(len(columns)))
    extent = tuple((c[0], c[1]) for c in columns)
    return Grid(tuple(places), tuple(extents), extent, aligned, drawn.rules)


def _alignment(places: list[Place], column: int, height: float) -> str:
    """Which edge the texts of a column keep."""
    boxes = [place.box for place in places if place.first == place.last == column]
    if len(boxes) < 2:
        return ""
    spread = [float(np.ptp([box[side] for box in boxes])) for side in (0, 2)]
    if min(spread) > ON_EDGE * height or abs(spread[0] - spread[1]) <= ON_EDGE * height:
        return ""
    return "left" if spread[0] < spread[1] else "right"


def _cover(box: Box, frame: Box | None, columns: list[list[int]]) -> tuple[int, int]:
    """First and last column that a text, or the ruled cell around it, stands over."""
    hit = [k for k, c in enumerate(columns) if min(box[2], c[1]) > max(box[0], c[0])]
    if frame is not None:
        hit = [k for k, c in enumerate(columns) if frame[0] <= (c[0] + c[1]) / 2 <= frame[2]] or hit
    if not hit:
        middle = (box[0] + box[2]) / 2
        hit = [int(np.argmin([abs((c[0] + c[1]) / 2 - middle) for c in columns]))]
    return hit[0], hit[-1]
