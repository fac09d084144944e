"""Single cells that differ, told last; a column or row full of them is one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visual_erm.judges.table import empty, text
from visual_erm.judges.table.rules import MISSPELT
from visual_erm.judges.table.signs import begins_with_dash

if TYPE_CHECKING:
    from visual_erm.judges.table.rules import Change, Comparison

HANDFUL, DIFFER = 5, "cells differ"
"""Wrong cells of one column or row that a finding about all of them names, and what it says."""
CROWDED = 5
"""Changed cells of one column or row that may become one finding."""
MOST = 0.8
"""Share of the cells of a column or row that must differ for that."""


def report_changes(found: Comparison) -> None:
    """Changed cells; a column or row full of them is one finding."""
    empty.report_absent(found)
    rest = list(found.changes)
    for axis in ("column", "row"):
        groups: dict[int, list[Change]] = {}
        for change in rest:
            if change.before and change.row >= found.reference.heads:
                groups.setdefault(getattr(change, axis), []).append(change)
        full = {n: group for n, group in sorted(groups.items()) if _is_full(found, axis, n, group)}
        for numbers in _of_one_cause(full):
            group = [change for number in numbers for change in full[number]]
            _report_group(found, axis, numbers, group)
            rest = [change for change in rest if change not in group]
    for change in rest:
        _report_change(found, change)


def _is_full(found: Comparison, axis: str, number: int, group: list[Change]) -> bool:
    """Whether most of a column or row changed, by one cause."""
    enough = len(group) >= CROWDED and len(group) >= MOST * _held(found, axis, number)
    return enough and not _are_single(group)


def _held(found: Comparison, axis: str, number: int) -> int:
    """Cells of a column or row below the head."""
    return sum(
        (cell.place.first if axis == "column" else cell.place.row) == number
        for cell in found.reference.cells
        if cell.place.row >= found.reference.heads
    )


def _of_one_cause(full: dict[int, list[Change]]) -> list[list[int]]:
    """Columns or rows, together where the same signs became the same others in all of them."""
    habits: dict[frozenset[tuple[str, str]] | int, list[int]] = {}
    for number, group in full.items():
        steps = [frozenset(text.steps(*map(text.plain, change.texts))) for change in group]
        usual = max(set(steps), key=steps.count)
        one = usual and steps.count(usual) >= MOST * len(steps)
        habits.setdefault(usual if one else number, []).append(number)
    return list(habits.values())


def _are_single(group: list[Change]) -> bool:
    """Whether each cell is wrong by itself: most hold their text beside another, or misspelt.

    Rows that are read as one do that, and readers that take one sign for another.
    """
    texts = [change.texts for change in group]
    joined = [text.plain(was) in text.plain(becomes) for was, becomes in texts]
    misspelt = [
        not text.is_numeric(was) and text.likeness(was, becomes) >= MISSPELT
        for was, becomes in texts
    ]
    return max(float(np.mean(joined)), float(np.mean(misspelt))) > 0.5


def _report_group(found: Comparison, axis: str, numbers: list[int], group: list[Change]) -> None:
    categories = [text.category(*change.texts) for change in group]
    held = sum(_held(found, axis, number) for number in numbers)
    named = found.column_name if axis == "column" else found.row_name
    told = "; ".join(_became(*change.texts) for change in group[:HANDFUL])
    more = f"; and {len(group) - HANDFUL} more" if len(group) > HANDFUL else ""
    found.report(
        max(set(categories), key=categories.count), 3, ", ".join(map(named, numbers)),
        f"{len(group)} of {held} {DIFFER}: {told}{more}",
        [c.before.area for c in group if c.before], [c.after.area for c in group if c.after],
    )  # fmt: skip


def _became(was: str, becomes: str) -> str:
    return f'"{was}" became "{becomes}"' if becomes else f'"{was}" is missing'


def _report_change(found: Comparison, change: Change) -> None:
    was, becomes = change.texts
    old = [change.before.area] if change.before else []
    new = [change.after.area] if change.after else []
    name = found.place_name(change.row, change.before.first if change.before else 0)
    if change.before is None:
        name = f"{found.row_name(change.row)}, column {change.column + 1} of the prediction"
    signs = _other_signs(change)
    if not becomes:
        what = f'"{was}" is missing'
    elif not was:
        what = f'"{becomes}" is not in the reference'
    elif text.plain(was) == text.plain(becomes) and was.count(" ") != becomes.count(" "):
        apart = "run together" if was.count(" ") > becomes.count(" ") else "torn apart"
        what = f'words of "{was}" are {apart}'
    elif text.plain(was) == text.plain(becomes) and signs:
        what = f'"{was}" {"lost" if signs[0] else "has"} a minus before it'
    elif text.plain(was) == text.plain(becomes):
        what = f'"{was}" has another sign that looks much like the one it should have'
    else:
        what = f'"{was}" became "{becomes}"'
    names = (
        change.before is not None
        and (change.before.first == 0 or change.row < found.reference.heads)
        and not name.startswith(("note", "caption"))
    )
    category = text.category(was, becomes)
    if change.row >= found.reference.heads and text.is_numeric(was):
        category = category if text.are_marks(was, becomes) else "numeric_error"
    elif change.row < found.reference.heads and not text.is_numeric(was):
        category = "text_error"
    level = 3 if signs else text.severity(was, becomes, names=names)
    found.report(category, level, name, what, old, new)


def _other_signs(change: Change) -> tuple[bool, bool] | None:
    """Whether a number that reads alike has a minus in either picture, where only one has."""
    was, becomes = change.texts
    if not (change.before and change.after) or text.plain(was) != text.plain(becomes):
        return None
    both = [begins_with_dash(item.cells) for item in (change.before, change.after)]
    return (both[0], both[1]) if text.is_numeric(was) and both[0] != both[1] else None
