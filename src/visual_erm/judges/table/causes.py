"""What many changed cells have in common: one mistake in place of one for each of them.

Two cells that hold each other's text were exchanged; the numbers of a column stand a row too low,
or are all off by one factor; rows became columns. In scans, a sign that is read for another
everywhere is drawn like it, and says nothing of the table.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz

from visual_erm.judges.table import look, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from visual_erm.judges.table.match import Item
    from visual_erm.judges.table.rules import Change, Comparison
    from visual_erm.judges.table.scene import TableScene
    from visual_erm.types import Severity

FEWEST, NEARLY_ALL = 3, 0.8
"""Numbers of a column that are wrong in one way, at least, and their share of it."""
ROUNDED = 0.06
"""By how much factors of one column may differ."""
NO_FACTOR = 0.9, 1.1
"""Factors between these are none."""
TURNED, AS_IS = 80.0, 60.0
"""Likeness of rows to columns from which a table is turned, and to rows below which it may be."""
OFTEN, USUALLY = 3, 0.4
"""How often a sign of a scan is read for another, and its share of that one, to be a habit."""


def report_rows_exchanged(
    found: Comparison, rests: Sequence[tuple[list[Item], list[Item]]]
) -> None:
    """Two rows that hold each other's texts, all but their number or what both have in common.

    Args:
        found: where it is reported.
        rests: of each pair of rows, the cells that are not equal; those exchanged are taken out.
    """
    several = [n for n, (before, _) in enumerate(rests) if len(before) > 1]
    said = [tuple({text.plain(i.text) for i in cells} for cells in rest) for rest in rests]
    for upper, lower in combinations(several, 2):
        # sets first: of a table that is wrong throughout there are many pairs of rows
        if min(len(said[upper][0] & said[lower][1]), len(said[lower][0] & said[upper][1])) < 2:
            continue
        down = _held_by(found, rests[upper][0], rests[lower][1])
        up = _held_by(found, rests[lower][0], rests[upper][1])
        fewest = max(2, NEARLY_ALL * max(len(rests[upper][0]), len(rests[lower][0])))
        rows = [found.matching.pairs[n].reference[0] for n in (upper, lower)]
        if min(len(down), len(up)) < fewest or _names_stay(found, *rows):
            continue
        level: Severity = 1 if rows[1] == rows[0] + 1 else 2
        found.report(
            "layout_error", level, " and ".join(map(found.row_name, rows)),
            "the two rows changed places", _areas(a for a, _ in down + up),
            _areas(b for _, b in down + up),
        )  # fmt: skip
        for (before, after), ours, theirs in (
            (rests[upper], down, up), (rests[lower], up, down),
        ):  # fmt: skip
            before[:] = [item for item in before if item not in [a for a, _ in ours]]
            after[:] = [item for item in after if item not in [b for _, b in theirs]]


def _held_by(
    found: Comparison, ours: Sequence[Item], theirs: Sequence[Item]
) -> list[tuple[Item, Item]]:
    """Cells of the one row that the other one shows in the same column."""
    columns = found.matching.columns
    return [
        (a, b)
        for a in ours
        for b in theirs
        if a.text and columns.get(a.first) == b.first and text.equal(a.text, b.text)
    ]


def _names_stay(found: Comparison, row: int, other: int) -> bool:
    """Whether words that differ between two rows stand where they did: only numbers moved."""
    kept: dict[int, dict[int, str]] = {row: {}, other: {}}
    for at, a, _ in found.kept:
        if at in kept:
            kept[at][a.first] = a.text
    pairs = [(kept[row][c], kept[other][c]) for c in kept[row].keys() & kept[other].keys()]
    return any(not (text.equal(a, b) or text.is_numeric(a)) for a, b in pairs)


def report_exchanged(found: Comparison) -> None:
    """Two cells that hold each other's text."""
    taken: set[int] = set()
    for one, other in combinations(sorted(found.changes, key=lambda c: (c.row, c.column)), 2):
        (a, b), (c, d) = one.texts, other.texts
        equal = a and b and text.equal(a, d) and text.equal(b, c) and not text.equal(a, b)
        if equal and not {id(one), id(other)} & taken:
            taken |= {id(one), id(other)}
            _report_exchange(found, one, other)
    found.changes = [c for c in found.changes if id(c) not in taken]


def _report_exchange(found: Comparison, one: Change, other: Change) -> None:
    a, b = one.texts
    heads = any(c.row < found.reference.heads for c in (one, other))
    numbers = text.is_numeric(a) and text.is_numeric(b) and not heads
    names = heads or one.column == 0 or other.column == 0
    level: Severity = 3 if names or text.are_marks(a, b) else 2
    level = text.severity_of_exchange(a, b) if numbers else level
    places = [found.place_name(c.row, c.column) for c in (one, other)]
    found.report(
        "numeric_error" if numbers else "text_error", level, ", and ".join(places),
        f'"{a}" and "{b}" changed places', _areas(c.before for c in (one, other)),
        _areas(c.after for c in (one, other)),
    )  # fmt: skip


def report_columns_of_numbers(found: Comparison) -> None:
    """Columns whose numbers all stand a row too low or high, or are off by one factor."""
    columns = {c.column for c in found.changes if c.before and c.before.first == c.before.last}
    for column in sorted(columns):
        cells = _numbers(found, column)
        changed = [c for c in found.changes if any(c is one for _, _, one in cells)]
        if len(changed) < max(FEWEST, NEARLY_ALL * len(cells) - 1):
            continue
        said = _shift([(was, now) for was, now, _ in cells]) or _factor(
            [(was, now) for was, now, change in cells if change], len(cells)
        )
        if said:
            found.changes = [c for c in found.changes if c not in changed]
            found.report(
                "numeric_error", 3, found.column_name(column), said,
                _areas(c.before for c in changed), _areas(c.after for c in changed),
            )  # fmt: skip


def _areas(items: Iterable[Item | None]) -> list[tuple[int, int, int, int]]:
    return [item.area for item in items if item is not None]


def _numbers(found: Comparison, column: int) -> list[tuple[str, str, Change | None]]:
    """The numbers of a column from the top, what stands there now, and the change if it is one."""
    kept: list[tuple[int, str, str, Change | None]] = [
        (row, a.text, a.text, None) for row, a, _ in found.kept if a.first == a.last == column
    ]
    changed = [
        (c.row, *c.texts, c)
        for c in found.changes
        if c.before and c.before.first == c.before.last == column
    ]
    rows = sorted((*kept, *changed), key=lambda entry: entry[0])
    return [(a, b, c) for r, a, b, c in rows if r >= found.reference.heads and text.is_numeric(a)]


def _shift(cells: Sequence[tuple[str, str]]) -> str | None:
    was, now = zip(*cells, strict=True)
    for step, way in ((1, "low"), (-1, "high")):
        pairs = [(now[n], was[n - step]) for n in range(len(was)) if 0 <= n - step < len(was)]
        moved = sum(a != "" and text.equal(a, b) for a, b in pairs)
        if moved >= max(FEWEST, NEARLY_ALL * len(pairs)) and len(set(was)) > 2:
            return f"the numbers stand one row too {way}"
    return None


def _factor(changed: Sequence[tuple[str, str]], held: int) -> str | None:
    values = [(text.number(a), text.number(b)) for a, b in changed]
    ratios = [b / a for a, b in values if a and b]
    if len(ratios) < max(FEWEST, NEARLY_ALL * held):
        return None
    middle = float(np.median(ratios))
    if middle <= 0 or NO_FACTOR[0] < middle < NO_FACTOR[1]:
        return None
    if any(abs(ratio / middle - 1) > ROUNDED for ratio in ratios):
        return None
    was, becomes = changed[0]
    return f'all numbers are {middle:.3g} times what they were: "{was}" became "{becomes}"'


def is_transposed(reference: TableScene, candidate: TableScene) -> bool:
    """Whether rows became columns and columns rows."""
    rows, turned = _lines(reference, down=False), _lines(candidate, down=True)
    if min(len(rows), len(turned), len(reference.grid.columns)) < 2 or len(rows) != len(turned):
        return False
    as_is = _lines(candidate, down=False)
    return _fit(rows, turned) >= TURNED and _fit(rows, as_is) < AS_IS


def _lines(scene: TableScene, *, down: bool) -> list[str]:
    found: dict[int, list[tuple[int, str]]] = {}
    for cell in scene.cells:
        row, column = cell.place.row, cell.place.first
        at, along = (column, row) if down else (row, column)
        found.setdefault(at, []).append((along, text.plain(cell.text).lower()))
    return [" ".join(words for _, words in sorted(found[at])) for at in sorted(found)]


def _fit(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Mean likeness of lines one by one, in percent."""
    pairs = zip(ours, theirs, strict=False)
    return sum(fuzz.ratio(a, b) for a, b in pairs) / max(len(ours), len(theirs), 1)


def forgive_habits(found: Comparison) -> None:
    """In a scan, cells in which only signs differ that are read for each other throughout."""
    if not (found.reference.glimpses or found.candidate.glimpses):
        return
    seen: Counter[tuple[str, str]] = Counter()
    shown: Counter[str] = Counter()
    pairs = [c.texts for c in found.changes if c.before and c.after]
    for was, becomes in (*pairs, *((a.text, b.text) for _, a, b in found.kept)):
        ours, theirs = text.plain(was), text.plain(becomes)
        shown.update(theirs)
        seen.update(text.steps(ours, theirs))
    habits = {
        (a, b) for (a, b), many in seen.items() if many >= max(OFTEN, USUALLY * shown[b or a])
    }
    for change in list(found.changes):
        if not (change.before and change.after):
            continue
        was, becomes = change.texts
        steps = list(text.steps(text.plain(was), text.plain(becomes)))
        if not (was and becomes and steps and habits.issuperset(steps)):
            continue
        if not _is_another_number(found, change.before, change.after):
            found.changes = [c for c in found.changes if c is not change]
            found.kept.append((change.row, change.before, change.after))


def _is_another_number(found: Comparison, was: Item, becomes: Item) -> bool:
    """Whether two cells surely show different numbers: lost points are no way of drawing."""
    numbers = text.is_numeric(was.text) and text.is_numeric(becomes.text)
    if not numbers or text.equal(was.text, becomes.text):
        return False
    seen = look.certainty(was.cells, found.reference, becomes.cells, found.candidate)
    return found.enough < seen < np.inf
