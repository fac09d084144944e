"""The embedded judge for tables: what is in a picture of a table, and what differs in another.

    scene = see(reference, reader)
    errors = differ(scene, see(candidate, reader, like=scene))

Looks are no errors: borders, stripes, fonts, sizes, alignment and line breaks may differ freely.
What counts is which text stands in which cell. Rows and columns are aligned first, so that a lost
row is one error and not one for each cell; see `match` and `rules`. Not seen: bold and
italics, colours, text below about 6 pixels, pictures in cells, handwriting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from visual_erm.align import around
from visual_erm.judges.table import causes, changes, empty, joined, layout, pushed, rules, spaces
from visual_erm.judges.table.match import match
from visual_erm.judges.table.order import in_order, row_texts
from visual_erm.judges.table.scene import TableScene, see
from visual_erm.judges.table.text import is_numeric, plain
from visual_erm.judges.texts import uncommon
from visual_erm.types import Box, Discrepancy

__all__ = ["TableScene", "besides", "differ", "see"]

LITTLE = 0.3
"""Share of cells in common below which two tables are different tables,"""
OTHER = 0.5
"""where that share of the characters of whole rows is in no row of the other one,"""
REST, RIGHT = 0.15, 0.6
"""unless that share of the reference's characters is left, and that of what is there is of it."""


def differ(reference: TableScene, candidate: TableScene) -> list[Discrepancy]:
    """What differs, one entry for each cause, the gravest first.

    Args:
        reference: what should be there.
        candidate: what is there.
    """
    if not reference.cells and not candidate.cells:
        return []
    if causes.is_transposed(reference, candidate):
        return [_transposed(reference, candidate)]
    candidate, moved = in_order(reference, candidate)
    found = rules.Comparison(*match(reference, candidate))
    rules.compare_cells(found)
    causes.forgive_habits(found)
    agreed = len(found.kept) + len(found.shifted)
    little = agreed < LITTLE * max(len(reference.cells), 0.5 * len(candidate.cells))
    if little and _is_another(reference, candidate):
        return _nothing_in_common(reference, candidate)
    if moved:
        layout.report_row_order(found, moved)
    joined.report_columns_joined(found)
    joined.report_joined_across(found)
    pushed.report_joined_down(found)
    layout.report_rows(found)
    pushed.report_pushed_out(found)
    layout.report_columns(found)
    pushed.report_pushed(found)
    pushed.report_broken(found)
    empty.report_empty(found)
    causes.report_exchanged(found)
    causes.report_columns_of_numbers(found)
    rules.report_shifts(found)
    rules.report_spans(found)
    spaces.report_spaces(found)
    changes.report_changes(found)
    return _bounded(found.findings)


def _is_another(reference: TableScene, candidate: TableScene) -> bool:
    """Whether neither the rows of two tables are alike, nor is one what is left of the other."""
    lines = ([plain(line) for line in row_texts(s)] for s in (reference, candidate))
    if uncommon(*lines) <= OTHER:
        return False
    texts = [_texts(scene) for scene in (reference, candidate)]
    ours, theirs = (sum(map(len, lot)) for lot in texts)
    common = (1 - uncommon(*texts)) * (ours + theirs) / 2
    return common < max(REST * ours, RIGHT * theirs)


def _texts(scene: TableScene) -> list[str]:
    return [plain(cell.text).lower() for cell in scene.cells]


def besides(
    reference: TableScene, candidate: TableScene, errors: Sequence[Discrepancy]
) -> dict[str, float]:
    """What the distance counts besides: "cells", 0 or more, "texts", 0 to 1, "another", 0 or 1."""
    texts = (_texts(scene) for scene in (reference, candidate))
    lost = sum(map(math.sqrt, cells_lost(reference, errors)))
    nothing = _nothing_in_common(reference, candidate)
    another = float(any(error in nothing for error in errors))
    return {"cells": lost, "texts": uncommon(*texts), "another": another}


def cells_lost(reference: TableScene, errors: Sequence[Discrepancy]) -> list[int]:
    """Cells with text that each error says are not there, or are all wrong, beyond one.

    Args:
        reference: what should be there.
        errors: what `differ` found, boxes in the pixels of the scene.
    """
    gone = [
        error.bbox
        for error in errors
        if error.bbox and (error.bbox_prediction is None or changes.DIFFER in error.description)
    ]
    texts = [cell.area for cell in reference.cells if cell.text]
    held = [sum(_is_in(area, box) for area in texts) for box in gone]
    return [max(0, count - 1) for count in held]


def _is_in(area: Box, box: Box) -> bool:
    """Whether the middle of an area lies in a box."""
    x, y = (area[0] + area[2]) / 2, (area[1] + area[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _bounded(findings: list[Discrepancy]) -> list[Discrepancy]:
    ordered = sorted(findings, key=lambda finding: -finding.severity)
    if len(ordered) <= rules.MOST_FINDINGS:
        return ordered
    shown, rest = ordered[: rules.MOST_FINDINGS - 1], ordered[rules.MOST_FINDINGS - 1 :]
    return [
        *shown,
        rest[0].model_copy(
            update={
                "severity": 3,
                "description": f"{rest[0].description}; and {len(rest) - 1} more such differences",
            }
        ),
    ]


def _nothing_in_common(reference: TableScene, candidate: TableScene) -> list[Discrepancy]:
    """A blank page, another table: a few grave errors, whatever the size."""
    box = (0, 0, *reference.size)
    other = (0, 0, *candidate.size)
    was, becomes = _shape(reference), _shape(candidate)
    said = [
        ("layout_error", f"the table of {was} is not there: {becomes} instead"),
        ("text_error", "the headers are not those of the reference"),
        ("text_error", "the words in the cells are not those of the reference"),
        ("layout_error", "no row of the reference is reproduced"),
    ]
    if any(is_numeric(cell.text) for cell in reference.cells):
        said.append(("numeric_error", "the numbers are not those of the reference"))
    return [
        Discrepancy(
            category=category,
            severity=3,
            location="whole table",
            description=description,
            bbox=box,
            bbox_prediction=other,
        )
        for category, description in said
    ]


def _transposed(reference: TableScene, candidate: TableScene) -> Discrepancy:
    return Discrepancy(
        category="layout_error",
        severity=3,
        location="whole table",
        description="rows and columns changed roles",
        bbox=around([cell.area for cell in reference.cells]),
        bbox_prediction=around([cell.area for cell in candidate.cells]),
    )


def _shape(scene: TableScene) -> str:
    if not scene.cells:
        return "nothing legible"
    return f"{len(scene.grid.rows)} rows and {len(scene.grid.columns)} columns"
