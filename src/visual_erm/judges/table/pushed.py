"""What a row's markup gets wrong as a whole: a cell too few or too many, or cells in one.

In markup one cell too few or too many pushes the rest of its row: one mistake, however many cells
stand under another header for it. Two cells joined downwards are one mistake too.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.judges.table import text
from visual_erm.judges.table.match import items

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visual_erm.judges.table.match import Item
    from visual_erm.judges.table.rules import Comparison
    from visual_erm.judges.table.scene import Cell

WHOLE_ROW = 0.75
"""Share of the usual distance of rows from which cells that stand lower are in another row."""
MOST_PUSHED = 0.2
"""Share of the rows of which a cell stands beyond the last column, without it being one."""


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
        if _are_between(found, row, moves) or (
            step == -1 and _report_lost_cell(found, row, first, moves)
        ):
            found.shifted = [s for s in found.shifted if s[0] != row]
        elif step == 1 and _is_empty(found, row, found.matching.columns[first]):
            _report_empty_cell(found, row, moves)
            found.shifted = [s for s in found.shifted if s[0] != row]


def _are_between(found: Comparison, row: int, moves: Sequence[tuple[Item, Item]]) -> bool:
    """Whether nothing says in which columns of the reference texts of a row stand.

    Headers in the middle of wide columns without rules may lie over none of the numbers below.
    """
    if len(moves) < len(found.reference.rows[row]) or any(was.framed for was, _ in moves):
        return False
    return not any(
        cell.place.row != row
        and cell.place.first == cell.place.last
        and was.first <= cell.place.first <= was.last
        and cell.box[0] < was.box[2]
        and was.box[0] < cell.box[2]
        for was, _ in moves
        for cell in found.reference.cells
    )


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


def report_pushed_out(found: Comparison) -> None:
    """Last cells that an empty one pushed beyond the last column, which makes no new column."""
    matching, candidate = found.matching, found.candidate
    for column in list(matching.extra_columns):
        cells = [c for c in candidate.cells if c.place.first == column and c.text]
        pushed = [_last_of_row(found, cell) for cell in cells]
        beyond = column > max(matching.columns.values(), default=-1)
        if not beyond or len(cells) > MOST_PUSHED * len(candidate.rows) or None in pushed:
            continue
        matching.extra_columns.remove(column)
        moved = {row for row, _, _ in found.shifted}
        for cell, last in zip(cells, pushed, strict=True):
            if last is None or last[0] in moved:
                continue
            row, was = last
            (now,) = (i for i in items(candidate, [cell.place.row]) if cell in i.cells)
            found.changes = [c for c in found.changes if c.before is not was]
            _report_empty_cell(found, row, [(was, now)])


def _last_of_row(found: Comparison, cell: Cell) -> tuple[int, Item] | None:
    """The row and the last cell of the reference that a cell shows, if it is missing in its place.

    With it everything before it may have moved.
    """
    rows = [p.reference for p in found.matching.pairs if cell.place.row in p.candidate]
    if not rows or len(rows[0]) > 1:
        return None
    row = rows[0][0]
    gone = [c.before for c in found.changes if c.row == row and c.before]
    last = max(gone, key=lambda item: item.last, default=None)
    if last is None or last.last < len(found.reference.grid.columns) - 1:
        return None
    return (row, last) if text.equal(last.text, cell.text) else None


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
