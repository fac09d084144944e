"""Rows and columns without any text that stand only in the candidate, and cells that it lacks.

Where rules are drawn, two of them with nothing between them are an empty row or column. Elsewhere
it shows as a gap that is wider than the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from visual_erm.judges.table.rules import Change, Comparison
    from visual_erm.judges.table.scene import TableScene
    from visual_erm.types import Box

LEAST_ROWS = 4
"""Rows with texts from which the usual gap between rows is known."""
FEWEST_COLUMNS = 3
"""Columns from which the usual gap between columns is known."""
STEADY, WIDER = 0.35, 0.7
"""Text heights by which all other gaps between columns may differ, and by which one is wider:
in a table that is drawn wider all of them are."""
EMPTY, USUAL = 1.5, 0.6
"""Text heights by which a gap exceeds the usual one for an empty row to lie in it, and at most in
the reference."""
ROOM = 0.5
"""In text heights: how far rules with nothing between them are apart at least."""
MOST = 0.6
"""Share of the other rows, or columns, along which two rules have nothing between them."""
RULED = 0.9
"""Share of the cells with rules around them in a table that is ruled throughout."""
SLACK = 0.35
"""In text heights: how far rules may miss each other and still meet."""


@dataclass(frozen=True)
class Lane:
    """What lies between two rules and holds no text."""

    start: int
    end: int
    place: int
    """How many columns, or rows, lie before it."""


def report_empty(found: Comparison) -> None:
    """Empty rows and columns: by rules where both pictures have them, else by gaps."""
    for axis, report_gaps in ((0, report_empty_columns), (1, report_empty_rows)):
        if not (_is_ruled(found.reference, axis) and _is_ruled(found.candidate, axis)):
            report_gaps(found)
            continue
        theirs = lanes(found.candidate, axis)
        ours = lanes(found.reference, axis) if theirs else []
        known = {_partner(found, axis, lane.place) for lane in ours}
        for lane in [lane for lane in theirs if lane.place not in known][: len(theirs) - len(ours)]:
            _report_lane(found, axis, lane)


def _is_ruled(scene: TableScene, axis: int) -> bool:
    """Whether rules part most neighbouring columns (axis 0) or rows (1)."""
    extents = scene.grid.rows if axis else scene.grid.columns
    slack = round(SLACK * scene.height)
    parted = [
        scene.grid.rules.between(axis, a[1] - slack, b[0] + slack) for a, b in pairwise(extents)
    ]
    return bool(parted) and float(np.mean(parted)) >= MOST


def lanes(scene: TableScene, axis: int) -> list[Lane]:
    """Empty columns (axis 0) or rows (1) between rules, in order.

    A lane is bounded by rules all around in most rows: a frame around the whole table parts none.
    """
    extents, others = scene.grid.columns, scene.grid.rows
    if axis:
        extents, others = others, extents
    slack, least = round(SLACK * scene.height), ROOM * scene.height
    taken = [
        (cell.box[axis], cell.box[axis + 2])
        for cell in scene.cells
        if axis or cell.place.first == cell.place.last
    ]
    counts: dict[tuple[int, int], list[Box]] = {}
    for other in others:
        at = (other[0] + other[1]) // 2
        for start, end in _between(scene, axis, at, slack):
            empty = not any(a < end and start < b for a, b in taken)
            if end - start < least or not empty:
                continue
            box = (start, at, end, at) if axis == 0 else (at, start, at, end)
            frame = scene.grid.rules.frame(box, slack)
            if frame is None:
                continue
            near = next((k for k in counts if max(abs(k[0] - start), abs(k[1] - end)) <= slack),
                        (start, end))  # fmt: skip
            counts.setdefault(near, []).append(frame)
    found = []
    for (start, end), frames in sorted(counts.items()):
        parted = len({frame[1 - axis] for frame in frames}) > 1 or len(others) == 1
        if parted and len(frames) >= MOST * len(others):
            place = sum((a + b) / 2 < (start + end) / 2 for a, b in extents)
            found.append(Lane(start, end, place))
    return found


def _between(scene: TableScene, axis: int, at: int, slack: int) -> Iterator[tuple[int, int]]:
    """Inner edges of rules that follow each other along one line across them."""
    rules = scene.grid.rules.across if axis else scene.grid.rules.down
    other = 1 - axis
    passing = rules[(rules[:, other] - slack <= at) & (rules[:, other + 2] + slack >= at)]
    edges = sorted((int(rule[axis]), int(rule[axis + 2])) for rule in passing)
    for one, two in pairwise(edges):
        yield one[1], two[0]


def _partner(found: Comparison, axis: int, place: int) -> int:
    """Where a lane of the reference lies in the candidate."""
    if axis == 0:
        return found.matching.columns.get(place - 1, -1) + 1
    return max((p.candidate[-1] + 1 for p in found.matching.pairs if p.reference[-1] < place),
               default=0)  # fmt: skip


def _report_lane(found: Comparison, axis: int, lane: Lane) -> None:
    candidate = found.candidate
    if axis == 0:
        columns = {theirs: ours for ours, theirs in found.matching.columns.items()}
        before = next((columns[c] for c in range(lane.place - 1, -1, -1) if c in columns), None)
        where = (
            "left of all columns" if before is None else (f"right of {found.column_name(before)}")
        )
        top, bottom = candidate.grid.rows[0][0], candidate.grid.rows[-1][1]
        box = (lane.start, top, lane.end, bottom)
        what = "column"
    else:
        below = [p.reference[0] for p in found.matching.pairs if p.candidate[0] >= lane.place]
        where = f"above {found.row_name(below[0])}" if below else "below all rows"
        left, right = candidate.grid.columns[0][0], candidate.grid.columns[-1][1]
        box = (left, lane.start, right, lane.end)
        what = "row"
    found.report(
        "layout_error", 1, where, f"an empty {what} stands there that the reference does not have",
        (), [box],
    )  # fmt: skip


def report_empty_columns(found: Comparison) -> None:
    """A gap between two columns that grew by more than a letter, where the others did not."""
    matching, reference, candidate = found.matching, found.reference, found.candidate
    # In another look the room between columns is another one.
    if matching.lost_columns or matching.extra_columns or not found.one_look:
        return
    order = [matching.columns.get(c) for c in range(len(reference.grid.columns))]
    if len(order) < FEWEST_COLUMNS or order != list(range(len(candidate.grid.columns))):
        return
    grown = _gaps_across(candidate) - _gaps_across(reference)
    c = int(np.argmax(grown))
    # texts that wrap elsewhere or keep another edge leave another room between columns
    if float(np.abs(_widths(candidate) - _widths(reference))[c : c + 2].max()) > STEADY:
        return
    if float(np.abs(np.delete(grown, c)).max()) > STEADY or grown[c] <= WIDER:
        return
    if _touched(found, reference.grid.columns[c][0], reference.grid.columns[c + 1][1]):
        return
    left, right = candidate.grid.columns[c][1], candidate.grid.columns[c + 1][0]
    rows = candidate.grid.rows
    found.report(
        "layout_error", 1, f"right of {found.column_name(c)}",
        "an empty column stands there that the reference does not have",
        (), [(left, rows[0][0], max(left + 1, right), rows[-1][1])],
    )  # fmt: skip


def _touched(found: Comparison, left: int, right: int) -> bool:
    """Whether another text stands there, which may be wider or keep another edge."""
    changed = [c.before.box for c in found.changes if c.before]
    changed += [a.box for _, a, _ in found.shifted]
    changed += [finding.bbox for finding in found.findings if finding.bbox]
    return any(box[0] < right and left < box[2] for box in changed)


def _gaps_across(scene: TableScene) -> NDArray[np.float64]:
    """Between the texts of neighbouring columns, in text heights."""
    gaps = [b[0] - a[1] for a, b in pairwise(scene.grid.columns)]
    return np.array(gaps) / max(1.0, scene.height)


def _widths(scene: TableScene) -> NDArray[np.float64]:
    """Of the texts of each column, in text heights."""
    return np.array([b - a for a, b in scene.grid.columns]) / max(1.0, scene.height)


def report_empty_rows(found: Comparison) -> None:
    """Gaps as high as a row between rows that follow each other in the reference."""
    reference, candidate = found.reference, found.candidate
    pairs = [p for p in found.matching.pairs if p.reference[0] >= reference.heads]
    follow = [
        (one, two)
        for one, two in pairwise(pairs)
        if two.reference[0] == one.reference[-1] + 1 and two.candidate[0] == one.candidate[-1] + 1
    ]
    if len(follow) < LEAST_ROWS - 1:
        return
    was = [_gap(reference, one.reference[-1], two.reference[0]) for one, two in follow]
    now = [_gap(candidate, one.candidate[-1], two.candidate[0]) for one, two in follow]
    usual_was, usual_now = float(np.median(was)), float(np.median(now))
    for (one, two), before, after in zip(follow, was, now, strict=True):
        if after - usual_now > EMPTY and before - usual_was < USUAL and after > 1.8 * usual_now:
            upper = around([cell.area for cell in candidate.rows[one.candidate[-1]]])
            lower = around([cell.area for cell in candidate.rows[two.candidate[0]]])
            left, right = min(upper[0], lower[0]), max(upper[2], lower[2])
            empty = (left, upper[3], right, max(upper[3] + 1, lower[1]))
            found.report(
                "layout_error", 1, f"above {found.row_name(two.reference[0])}",
                "an empty row stands there that the reference does not have",
                (), [empty],
            )  # fmt: skip


def _gap(scene: TableScene, upper: int, lower: int) -> float:
    """Between the texts of two rows, in text heights."""
    bottom = max((cell.box[3] for cell in scene.rows[upper]), default=0)
    top = min((cell.box[1] for cell in scene.rows[lower]), default=bottom)
    return (top - bottom) / max(1.0, scene.height)


def report_absent(found: Comparison) -> None:
    """Cells that are not even there: those of one row are one mistake."""
    rows: dict[int, list[Change]] = {}
    for change in found.changes:
        if change.texts[0] and _is_absent(found, change):
            rows.setdefault(change.row, []).append(change)
    for row, group in rows.items():
        found.changes = [c for c in found.changes if c not in group]
        gone = [change.before for change in group if change.before]
        many = f"and {len(group) - 1} more are missing" if len(group) > 1 else "is missing"
        found.report(
            "layout_error", 3, found.place_name(row, gone[0].first),
            f'the cell "{group[0].texts[0]}" {many}', [item.area for item in gone],
        )  # fmt: skip


def _is_absent(found: Comparison, change: Change) -> bool:
    """Whether the candidate, all ruled, lacks a cell at a place or behind it, even an empty one.

    Where one is left out, those behind it move up, and the last place of the row is bare.
    """
    candidate = found.candidate
    rows = [p.candidate for p in found.matching.pairs if p.reference[0] == change.row]
    framed = [cell.place.frame is not None for cell in candidate.cells]
    if change.before is None or change.after is not None or not rows or np.mean(framed) < RULED:
        return False
    here, own = found.matching.columns, change.before.first
    if own in here and candidate.frame(rows[0][0], here[own]) is None:
        return True
    return any(
        found.reference.frame(change.row, c) is not None
        and candidate.frame(rows[0][0], here[c]) is None
        for c in range(own + 1, len(found.reference.grid.columns))
        if c in here
    )
