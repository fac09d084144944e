"""What a row's markup gets wrong as a whole: a cell too few or too many, or cells in one.

In markup one cell too few or too many pushes the rest of its row: one mistake, however many cells
stand under another header for it. Two cells joined downwards are one mistake too, and an empty row.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import around
from visual_erm.judges.table import text
from visual_erm.judges.table.match import items

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visual_erm.judges.table.match import Item
    from visual_erm.judges.table.rules import Comparison
    from visual_erm.judges.table.scene import TableScene

LEAST_ROWS = 4
"""Rows with texts from which the usual gap between rows is known."""
WHOLE_ROW = 0.75
"""Share of the usual distance of rows from which cells that stand lower are in another row."""
FEWEST_COLUMNS = 3
"""Columns from which the usual gap between columns is known."""
STEADY, WIDER = 0.35, 0.7
"""Text heights by which all other gaps between columns may differ, and by which one is wider."""
EMPTY, USUAL = 1.5, 0.6
"""Text heights by which a gap exceeds the usual one for an empty row to lie in it, and at most in
the reference."""


def report_pushed(found: Comparison) -> None:
    """Rows in which everything after one place stands one column further left or right."""
    rows: dict[int, list[tuple[Item, Item]]] = {}
    for row, a, b in found.shifted:
        rows.setdefault(row, []).append((a, b))
    for row, moves in rows.items():
        moves.sort(key=lambda move: move[0].first)
        steps = {b.first - found.matching.columns.get(a.first, -10) for a, b in moves}
        if len(steps) != 1 or (row < found.reference.heads and len(moves) < 2):
            continue
        first = moves[0][0].first
        step = steps.pop()
        if step == -1 and _report_lost_cell(found, row, first, moves):
            found.shifted = [s for s in found.shifted if s[0] != row]
        elif step == 1 and _is_empty(found, row, found.matching.columns[first]):
            _report_empty_cell(found, row, moves)
            found.shifted = [s for s in found.shifted if s[0] != row]


def _report_lost_cell(
    found: Comparison, row: int, first: int, moves: Sequence[tuple[Item, Item]]
) -> bool:
    """Whether the cell before the shifted ones is gone; it is reported with them then."""
    for change in found.changes:
        lost = change.before
        if change.row != row or lost is None or lost.last != first - 1:
            continue
        if change.after is not None and not text.equal(change.after.text, moves[0][0].text):
            continue
        found.changes.remove(change)
        found.report(
            "layout_error", 3, found.place_name(row, lost.first),
            f'the cell "{lost.text}" is missing, and the cells after it stand one column to the '
            "left", [lost.area, *(a.area for a, _ in moves)], [b.area for _, b in moves],
        )  # fmt: skip
        return True
    return False


def _is_empty(found: Comparison, row: int, column: int) -> bool:
    """Whether the candidate shows nothing where the first shifted cell should stand."""
    rows = [p.candidate for p in found.matching.pairs if p.reference[0] == row]
    return not any(
        cell.place.first <= column <= cell.place.last and cell.text
        for candidate in rows
        for number in candidate
        for cell in found.candidate.rows[number]
    )


def _report_empty_cell(found: Comparison, row: int, moves: Sequence[tuple[Item, Item]]) -> None:
    last = moves[-1][0].last
    beyond = [c for c in found.changes if c.row == row and c.before and c.before.first > last]
    # What stood at the end of the row has no place left.
    found.changes = [c for c in found.changes if c not in beyond]
    gone = [c.before for c in beyond if c.before]
    many = f'"{moves[0][0].text}"' + (f" and {len(moves) - 1} more" if len(moves) > 1 else "")
    found.report(
        "layout_error", 3, found.row_name(row),
        f"an empty cell stands before {many}, which the reference shows one column to the left",
        [*(a.area for a, _ in moves), *(item.area for item in gone)], [b.area for _, b in moves],
    )  # fmt: skip


def report_joined_down(found: Comparison) -> None:
    """Two cells of one column, one below the other, whose texts stand in one cell."""
    _floating_to_changes(found)
    for upper in list(found.changes):
        for lower in list(found.changes):
            a, b = upper.before, lower.before
            below = upper.column == lower.column and lower.row == upper.row + 1
            if not (below and a and b and a.text and b.text):
                continue
            held = [c.after for c in (upper, lower) if c.after and c.after.text]
            if upper not in found.changes or lower not in found.changes or len(held) != 1:
                continue
            if text.plain(held[0].text) != text.plain(f"{a.text} {b.text}"):
                continue
            found.changes = [c for c in found.changes if c not in (upper, lower)]
            found.report(
                "layout_error", 2, found.place_name(upper.row, a.first),
                f'"{a.text}" and "{b.text}", one below the other, are merged into one cell',
                [a.area, b.area], [held[0].area],
            )  # fmt: skip


def _floating_to_changes(found: Comparison) -> None:
    """A cell over two rows may stand between them, as a row of its own: it belongs to the upper."""
    for extra in list(found.matching.extra):
        alone = [cell for cell in found.candidate.rows[extra] if cell.text]
        if len(alone) != 1:
            continue
        for upper, lower in pairwise(sorted(found.changes, key=lambda c: (c.column, c.row))):
            a, b = upper.before, lower.before
            below = upper.column == lower.column and lower.row == upper.row + 1
            if not (below and a and b) or upper.after or lower.after:
                continue
            if text.plain(alone[0].text) == text.plain(f"{a.text} {b.text}"):
                found.matching.extra.remove(extra)
                found.changes.remove(upper)
                (item,) = items(found.candidate, [extra])
                found.changes.append(replace(upper, after=item))
                break


def report_broken(found: Comparison) -> None:
    """Rows of which the last cells stand a whole row lower, with nothing beside them."""
    candidate = found.candidate
    middles = [(top + bottom) / 2 for top, bottom in candidate.grid.rows]
    pitch = float(np.median(np.diff(middles))) if len(middles) > 2 else np.inf
    for pair in found.matching.pairs:
        if len(pair.reference) != 1 or len(pair.candidate) != 2:
            continue
        upper, lower = (items(candidate, [row]) for row in pair.candidate)
        if not upper or not lower or upper[-1].last >= lower[0].first:
            continue
        if middles[pair.candidate[1]] - middles[pair.candidate[0]] < WHOLE_ROW * pitch:
            continue
        found.report(
            "layout_error", 3, found.row_name(pair.reference[0]),
            f'the row is broken into two: "{lower[0].text}" stands one row lower',
            [cell.area for cell in found.reference.rows[pair.reference[0]]],
            [item.area for item in (*upper, *lower)],
        )  # fmt: skip


def report_empty_columns(found: Comparison) -> None:
    """A gap between two columns that grew by more than a letter, where the others did not."""
    matching, reference, candidate = found.matching, found.reference, found.candidate
    # In another look the room between columns is another one.
    if matching.lost_columns or matching.extra_columns or not found.one_look:
        return
    order = [matching.columns.get(c) for c in range(len(reference.grid.columns))]
    if len(order) < FEWEST_COLUMNS or order != list(range(len(order))):
        return
    grown = _gaps_across(candidate) - _gaps_across(reference)
    c = int(np.argmax(grown))
    others = np.delete(grown, c)
    usual = float(np.median(others)) if len(others) > 1 else 0.0
    if float(np.abs(others - usual).max()) > STEADY or grown[c] - usual <= WIDER:
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
