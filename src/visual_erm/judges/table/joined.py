"""Texts of several cells or columns that stand in one: one mistake, not one for each of them.

Recognition gathers neighbours in one cell, and a column in the one beside it. The cell then has
another text, and its neighbours none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from visual_erm.judges.table import text
from visual_erm.judges.table.match import items
from visual_erm.judges.table.rules import runs

if TYPE_CHECKING:
    from visual_erm.judges.table.match import Item, RowPair
    from visual_erm.judges.table.rules import Change, Comparison
    from visual_erm.types import Box

JOINED = 0.85
"""Likeness from which a text is several others, joined."""
MOST_ROWS = 0.6
"""Share of the rows in which columns stand in one, for them to do so as columns."""
A_WORD, IN_IT = 3, 85.0
"""Signs of a text that is looked for in another one, at least, and likeness of its best place
there, in percent, from which it is in it."""
MOST_CELLS = 8
"""Neighbours that may stand in one cell."""


def report_columns_joined(found: Comparison) -> None:
    """Columns that are lost because their texts stand in the column beside them."""
    matching = found.matching
    for run in runs(list(matching.lost_columns)):
        for paired, columns in (
            (run[0] - 1, [run[0] - 1, *run]),
            (run[-1] + 1, [*run, run[-1] + 1]),
        ):
            told = _rows_joined(found, paired, columns) if paired in matching.columns else []
            if told:
                areas = [change.after.area for change in told if change.after]
                _report_columns(found, columns, told, areas)
                break
        else:
            _report_in_new_column(found, run)


def _report_in_new_column(found: Comparison, columns: Sequence[int]) -> None:
    """Lost columns all of which stand in one that the reference does not have."""
    matching = found.matching
    for extra in matching.extra_columns:
        held: list[Item] = []
        rows = list(_parts(found, columns))
        for pair, parts in rows:
            held += [
                item
                for item in items(found.candidate, pair.candidate)
                if item.first == extra and text.is_joined(item.text, parts, JOINED)
            ]
        if len(held) > 1 and len(held) >= MOST_ROWS * len(rows):
            matching.extra_columns = [c for c in matching.extra_columns if c != extra]
            _report_columns(found, columns, [], [item.area for item in held])
            return


def _parts(found: Comparison, columns: Sequence[int]) -> Iterator[tuple[RowPair, list[str]]]:
    """Pairs of rows with several texts in these columns of the reference, and the texts."""
    for pair in found.matching.pairs:
        row = items(found.reference, pair.reference)
        parts = [item.text for item in row if item.first in columns]
        if sum(map(bool, parts)) > 1:
            yield pair, parts


def _rows_joined(found: Comparison, paired: int, columns: Sequence[int]) -> list[Change]:
    """The changed cells that say so, if they are most."""
    changes = {c.row: c for c in found.changes if c.before and c.before.first == paired}
    rows = list(_parts(found, columns))
    told: list[Change] = []
    for pair, parts in rows:
        change = changes.get(pair.reference[0])
        if change is not None and text.is_joined(change.texts[1], parts, JOINED):
            told.append(change)
    return told if len(told) > 1 and len(told) >= MOST_ROWS * len(rows) else []


def _report_columns(
    found: Comparison, columns: Sequence[int], told: Sequence[Change], after: Sequence[Box]
) -> None:
    matching, reference = found.matching, found.reference
    found.changes = [c for c in found.changes if all(c is not one for one in told)]
    matching.lost_columns = [c for c in matching.lost_columns if c not in columns]
    names = " and ".join(found.column_name(c) for c in (columns[0], columns[-1]))
    before = [c.area for c in reference.cells if c.place.first in columns]
    found.report(
        "layout_error", 3, names, f"{len(columns)} columns stand in one", before, after
    )  # fmt: skip


def report_joined_across(found: Comparison) -> None:
    """Neighbours in a row whose texts stand in the cell of one of them."""
    for row in sorted({change.row for change in found.changes}):
        while _report_in_row(found, row):
            pass


def _report_in_row(found: Comparison, row: int) -> bool:
    changes = {c.before.first: c for c in found.changes if c.row == row and c.before}
    kept = {a.first for r, a, _ in found.kept if r == row}
    here = next((p.reference for p in found.matching.pairs if p.reference[0] == row), [row])
    # a column that stands in another one has a cell here too
    gone = [item for item in items(found.reference, here) if item.first not in kept]
    for change in changes.values():
        if not all(change.texts):
            continue
        whole = change.texts[1]
        for keys in _windows(sorted(changes), changes, change):
            for held in _held(gone, keys, changes):
                parts = [part.text for part in held]
                if text.is_joined(whole, parts, JOINED) or text.is_rest_of(whole, parts, JOINED):
                    _report_cells(found, change, [changes[c] for c in keys], held)
                    return True
        told = [c for c in changes.values() if c is change or (_gone(c) and _is_in(c, whole))]
        if len(told) > 1 and _is_in(change, whole) and _fit(told, whole):
            told.sort(key=lambda c: c.column)
            _report_cells(found, change, told, [c.before for c in told if c.before])
            return True
    return False


def _held(
    gone: Sequence[Item], keys: Sequence[int], changes: dict[int, Change]
) -> Iterator[list[Item]]:
    """The texts between two columns, and those with what stood beside them in columns now lost."""
    first, last = keys[0], keys[-1]
    yield [item for item in gone if first <= item.first <= last]
    lost = {item.first for item in gone} - changes.keys()
    while first - 1 in lost:
        first -= 1
    while last + 1 in lost:
        last += 1
    if last - first > keys[-1] - keys[0]:
        yield [item for item in gone if first <= item.first <= last]


def _is_in(change: Change, whole: str) -> bool:
    """Whether what a cell said is part of a text, wherever in it."""
    words = text.plain(change.texts[0]).lower()
    return len(words) >= A_WORD and fuzz.partial_ratio(words, text.plain(whole).lower()) >= IN_IT


def _fit(told: Sequence[Change], whole: str) -> bool:
    """Whether a text is as long as what several cells said together."""
    length = sum(len(text.plain(change.texts[0])) for change in told)
    return len(text.plain(whole)) >= JOINED * length


def _report_cells(
    found: Comparison, change: Change, told: Sequence[Change], held: Sequence[Item]
) -> None:
    found.changes = [c for c in found.changes if all(c is not one for one in told)]
    names = " and ".join(f'"{part.text}"' for part in held if part.text)
    after = [change.after.area] if change.after else []
    found.report(
        "layout_error", 2, found.place_name(change.row, held[0].first),
        f"{names}, side by side, are merged into one cell", [part.area for part in held], after,
    )  # fmt: skip


def _windows(
    columns: Sequence[int], changes: dict[int, Change], change: Change
) -> Iterator[Sequence[int]]:
    """Runs of cells around one, the others of which are empty now, the longest first."""
    assert change.before is not None
    at = columns.index(change.before.first)
    first = last = at
    while first and at - first < MOST_CELLS and _gone(changes[columns[first - 1]]):
        first -= 1
    while last + 1 < len(columns) and last - at < MOST_CELLS and _gone(changes[columns[last + 1]]):
        last += 1
    spans = [(a, b) for a in range(first, at + 1) for b in range(at, last + 1) if a < b]
    for a, b in sorted(spans, key=lambda span: span[0] - span[1]):
        yield columns[a : b + 1]


def _gone(change: Change) -> bool:
    return bool(change.texts[0]) and not change.texts[1]
