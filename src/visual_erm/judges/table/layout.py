"""Rows and columns that are lost, added, moved, repeated or in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from visual_erm.judges.table.match import likeness
from visual_erm.judges.table.order import rising, row_texts
from visual_erm.judges.table.rules import Comparison, parts_of_run, runs
from visual_erm.types import Box, Severity

if TYPE_CHECKING:
    from visual_erm.judges.table.scene import TableScene

MOVED = 0.85
"""Likeness of a lost and an added row that makes them one row that moved, or was repeated."""
MUCH, MORE = 0.4, 0.15
"""Share of all rows or columns that one finding may hold; each `MORE` beyond is one of its own."""


def report_rows(found: Comparison) -> None:
    """Rows lost, added, moved and repeated; neighbours as one."""
    matching, reference, candidate = found.matching, found.reference, found.candidate
    lost = [r for r in matching.lost if any(c.text for c in reference.rows[r])]
    extra = [r for r in matching.extra if any(c.text for c in candidate.rows[r])]
    alike = likeness(row_texts(reference), row_texts(candidate))
    for r in list(lost):
        twins = [e for e in extra if alike[r, e] >= MOVED]
        if twins:
            lost.remove(r)
            extra.remove(twins[0])
            _report_moved(found, r, twins[0])
    # a header that is gone, and rows below it, are mistakes of their own
    heads = set(range(reference.heads))
    gone = heads if heads <= set(lost) else set()
    for missing in (gone, set(lost) - gone):
        for run in runs(sorted(missing)):
            _report_lost_rows(found, run)
    for run in runs(extra):
        share = len(run) / max(1, len(reference.rows))
        for part in parts_of_run(run, _weight(share)):
            repeated = all(alike[:, e].max(initial=0) >= MOVED for e in part)
            what = "is repeated" if repeated else "is not in the reference"
            found.report(
                "layout_error", 3 if share > MUCH else 2,
                f"after {found.row_name(_row_before(found, run[0]))}",
                f"the row {_quoted(candidate, part[0])} {what}"
                + (f", and {len(part) - 1} more" if len(part) > 1 else ""),
                (), _boxes(candidate, part),
            )  # fmt: skip


def _report_moved(found: Comparison, row: int, twin: int) -> None:
    """A row that stands at another place: a small mistake where it is that of its neighbour."""
    reference, candidate = found.reference, found.candidate
    passed = [
        pair for pair in found.matching.pairs
        if (pair.reference[0] < row) != (pair.candidate[0] < twin)
    ]  # fmt: skip
    if len(passed) == 1 and len(passed[0].reference) == len(passed[0].candidate) == 1:
        other, there = passed[0].reference[0], passed[0].candidate[0]
        # what stands below the name of a group belongs to it
        named = _is_lone(reference, row) or _is_lone(reference, other)
        found.report(
            "layout_error", 2 if named else 1, f"{found.row_name(row)} and {found.row_name(other)}",
            "the two rows changed places", _boxes(reference, [row, other]),
            _boxes(candidate, [twin, there]),
        )  # fmt: skip
        return
    last = len(reference.rows) - 1, len(candidate.rows) - 1
    ends = (row, twin) in ((0, last[1]), (last[0], 0))
    alone = len(reference.rows[row]) == 1 < len(reference.grid.columns)
    # a caption or a note is read at either end of a table
    level: Severity = 1 if ends and alone else 2
    found.report(
        "layout_error", level, found.row_name(row), f"the row {_quoted(reference, row)} stands "
        "at another place", _boxes(reference, [row]), _boxes(candidate, [twin]),
    )  # fmt: skip


def report_row_order(found: Comparison, moved: list[int]) -> None:
    """The rows stand in another order: the reference's that do."""
    found.report(
        "layout_error", 2, found.rows_name(moved),
        f"the rows stand in another order: {_quoted(found.reference, moved[0])} first in the "
        "reference", _boxes(found.reference, moved),
        [cell.area for cell in found.candidate.cells if cell.place.row in moved],
    )  # fmt: skip


def _report_lost_rows(found: Comparison, run: list[int]) -> None:
    reference = found.reference
    boxes = _boxes(reference, run)
    first = found.row_name(run[0])
    if len(run) == 1 and _is_lone(reference, run[0]):
        found.report("text_error", 2, first, f"{_quoted(reference, run[0])} is missing", boxes)
        return
    for part in parts_of_run(run, _weight(len(run) / max(1, len(reference.rows)))):
        what = (
            f"{len(part)} rows are"
            if len(part) > 1
            else f"the row {_quoted(reference, part[0])} is"
        )
        found.report(
            "layout_error", 3, found.rows_name(part), f"{what} missing", _boxes(reference, part)
        )


def _is_lone(scene: TableScene, row: int) -> bool:
    """Whether a row is one text over all columns, as notes and names of groups are."""
    cells = scene.rows[row]
    if len(cells) != 1 or len(scene.grid.columns) < 2:
        return False
    frames = {scene.frame(row, column) for column in range(len(scene.grid.columns))}
    # rules may say that it has empty cells, and is a row as any
    return None in frames or len(frames) < len(scene.grid.columns)


def _weight(share: float) -> int:
    """How many errors a change of this share of the table is: 1, and more beyond `MUCH`."""
    return 1 + max(0, -int(-(share - MUCH) // MORE)) if share > MUCH else 1


def _row_before(found: Comparison, extra: int) -> int:
    rows = [pair.reference[-1] for pair in found.matching.pairs if pair.candidate[0] < extra]
    return max(rows, default=0)


def _quoted(scene: TableScene, row: int) -> str:
    whole = " | ".join(cell.text for cell in scene.rows[row])
    return f'"{whole[:60]}{"..." if len(whole) > 60 else ""}"'


def _boxes(scene: TableScene, rows: Sequence[int]) -> list[Box]:
    return [cell.area for row in rows for cell in scene.rows[row]]


def report_columns(found: Comparison) -> None:
    """Columns lost, added and in another order."""
    matching, reference, candidate = found.matching, found.reference, found.candidate
    for run in runs(matching.lost_columns):
        for part in parts_of_run(run, _weight(len(run) / len(reference.grid.columns))):
            names = ", ".join(found.column_name(c) for c in part)
            boxes = _column_boxes(reference, part)
            found.report("layout_error", 3, names, f"{names} missing", boxes)
    for run in runs(matching.extra_columns):
        boxes = _column_boxes(candidate, run)
        head = next((c.text for c in candidate.cells if c.place.first == run[0] and c.text), "")
        found.report(
            "layout_error", 2, f"column {run[0] + 1} of the prediction",
            f'column "{head}" is not in the reference, or stands there twice', (), boxes,
        )  # fmt: skip
    _report_order(found)


def _column_boxes(scene: TableScene, run: Sequence[int]) -> list[Box]:
    return [
        cell.area
        for cell in scene.cells
        if run[0] <= cell.place.first and cell.place.last <= run[-1]
    ]


def _report_order(found: Comparison) -> None:
    order = [(c, found.matching.columns[c]) for c in sorted(found.matching.columns)]
    still = rising([d for _, d in order])
    moved = [c for k, (c, _) in enumerate(order) if k not in still]
    if not moved:
        return
    targets = sorted(d for _, d in order)
    displaced = [c for (c, d), target in zip(order, targets, strict=True) if d != target]
    named = displaced if len(displaced) == 2 else moved
    names = " and ".join(found.column_name(c) for c in named)
    verb = "changed places" if len(named) == 2 else "stands at another place"
    new = {found.matching.columns[c] for c in named}
    found.report(
        "layout_error", 2, names, f"{names} {verb}",
        [c.area for c in found.reference.cells if c.place.first in named],
        [c.area for c in found.candidate.cells if c.place.first in new],
    )  # fmt: skip
