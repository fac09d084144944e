"""Rows, columns, spans: what is missing, too many, elsewhere, joined or divided in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from visual_erm.data.tables.correspondence import (
    Correspondence,
    apart,
    cells_paired,
    correspond,
    moves,
    runs,
)
from visual_erm.data.tables.operators import quoted
from visual_erm.data.tables.oracle_gathered import (
    columns_gathered,
    is_gathered,
    rows_gathered,
)
from visual_erm.data.tables.sheets import Names, Sheet
from visual_erm.types import Severity

WORTH = 1.0
"""Cells that must read better at other places of a row before they count as shifted."""
WORTH_RAGGED = 0.3
"""The same in a row with more or fewer cells than the others."""
ANOTHER_ORDER = 3
"""Rows or columns that moved, from which they are said to stand in another order."""


@dataclass(frozen=True)
class Found:
    """One difference of two tables."""

    category: str
    severity: Severity
    location: str
    description: str
    before: frozenset[int] = frozenset()
    """Keys of the cells of the reference."""
    after: frozenset[int] = frozenset()
    """Keys of the cells of the prediction."""
    in_place: bool = False
    """Whether both are the same cells, whose pictures must then differ."""


def layout(
    severity: Severity,
    location: str,
    description: str,
    before: Iterable[int] = (),
    after: Iterable[int] = (),
) -> Found:
    """An error of the layout."""
    return Found(
        "layout_error", severity, location, description, frozenset(before), frozenset(after)
    )


class Match:
    """Two sheets and what corresponds in them."""

    def __init__(self, reference: Sheet, prediction: Sheet) -> None:
        """Find the partners of rows and columns."""
        self.ours, self.theirs = reference, prediction
        self.names = Names(reference)
        self.found: Correspondence = correspond(reference, prediction)
        self.broken: dict[int, tuple[int, int]] = {}
        """Rows of the reference that stand in two rows of the prediction."""
        self.shifted: list[Found] = []
        """Cells that stand at wrong places of their row."""
        self.columns_in_one: dict[int, range] = columns_gathered(
            self.found, reference, prediction, self.text
        )
        """Columns that stand in one, by the one of them that has a partner."""
        self.row_in_fewer: dict[int, int] = rows_gathered(self.found, reference, prediction)
        """Rows whose cells stand in fewer, and where."""
        for added in self.found.added_rows:
            self._note_broken(added)
        self.places = dict(self._places())
        """Places of the grid: of the reference, and of the prediction."""

    def row_keys(self, sheet: Sheet, rows: Iterable[int]) -> frozenset[int]:
        """Cells that stand in these rows alone."""
        chosen = set(rows)
        return frozenset(k for k, place in sheet.places.items() if chosen >= set(place.rows))

    def column_keys(self, sheet: Sheet, columns: Iterable[int]) -> frozenset[int]:
        """Cells that stand in these columns alone."""
        chosen = set(columns)
        return frozenset(k for k, place in sheet.places.items() if chosen >= set(place.columns))

    def text(self, sheet: Sheet, row: int, column: int) -> str | None:
        """What is read at a place; None where no cell is."""
        key = sheet.at.get((row, column))
        return None if key is None else sheet.cell(key).plain

    def is_in_one(self, key: int, now: str) -> bool:
        """Whether a cell reads what its columns read that stand in one."""
        place = self.ours.places[key]
        columns = self.columns_in_one.get(place.column)
        if columns is None or len(place.columns) > 1:
            return False
        parts = [self.text(self.ours, place.row, c) or "" for c in columns]
        return is_gathered(now, parts)

    def _note_broken(self, added: int) -> None:
        partners = {j: i for i, j in self.found.rows.items()}
        for other in (added - 1, added + 1):
            row = partners.get(other)
            if row is None or row in self.broken:
                continue
            texts = [
                (
                    self.text(self.ours, row, c) or "",
                    self.text(self.theirs, other, d) or "",
                    self.text(self.theirs, added, d) or "",
                )
                for c, d in self.found.columns.items()
            ]
            both = all(apart(a, b or c) < 0.6 and not (b and c) for a, b, c in texts)
            if both and any(b for _, b, _ in texts) and any(c for _, _, c in texts):
                self.broken[row] = (min(other, added), max(other, added))
                return

    @cached_property
    def _ragged(self) -> set[int]:
        """Rows of the prediction with more or fewer cells than its columns."""
        used = set(self.found.columns.values()) | set(self.found.added_columns)
        return {
            row
            for row in range(len(self.theirs.rows))
            if {c for c in range(self.theirs.width) if (row, c) in self.theirs.at} != used
        }

    def _places(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        columns = self.found.columns
        ordered = list(columns.values()) == sorted(columns.values())
        shifts: dict[int, list[int]] = {}
        for i, j in self.found.rows.items():
            pairs = columns
            if i in self.broken:
                continue
            if ordered:
                pairs = self._of_row(i, j, shifts) or columns
            yield from (((i, c), (j, d)) for c, d in pairs.items())
        for key, rows in shifts.items():
            self._collapsed(key, rows)

    def _of_row(self, i: int, j: int, shifts: dict[int, list[int]]) -> dict[int, int] | None:
        """Partners of the cells of one row, where they are not those of the columns."""
        columns = self.found.columns
        own = sorted(columns)
        free = [c for c in range(self.theirs.width) if c not in self.found.added_columns]
        one = [self.text(self.ours, i, c) for c in own]
        other = [self.text(self.theirs, j, d) for d in free]
        place = {d: n for n, d in enumerate(free)}
        in_place = sum(apart(a, other[place[columns[c]]]) for c, a in zip(own, one, strict=True))
        worth = WORTH_RAGGED if j in self._ragged else WORTH
        if in_place <= worth:
            return None
        line = cells_paired(one, other)
        if line.cost + worth >= in_place:
            return None
        pairs = {own[a]: free[b] for a, b in line.pairs.items()}
        lost = [c for n, c in enumerate(own) if c not in pairs and one[n]]
        put_in = [d for n, d in enumerate(free) if d not in pairs.values() and other[n] is not None]
        kept = {self.ours.at[i, c] for c in pairs if (i, c) in self.ours.at}
        lost_keys = [key for c in lost if (key := self.ours.at.get((i, c))) is not None]
        spanning = [k for k in lost_keys if k in kept or i != self.ours.places[k].row]
        if spanning:
            shifts.setdefault(spanning[0], []).append(i)
        else:
            self._shift(i, j, lost_keys, put_in, pairs)
        return pairs

    def _shift(
        self, i: int, j: int, lost: Sequence[int], put_in: Sequence[int], pairs: dict[int, int]
    ) -> None:
        row, ours, theirs = self.names.row(i), self.ours, self.theirs
        moved = [c for c in pairs if pairs[c] != self.found.columns[c]]
        before = {ours.at[i, c] for c in moved if (i, c) in ours.at} | set(lost)
        after = {theirs.at[j, d] for d in (*(pairs[c] for c in moved), *put_in)
                 if (j, d) in theirs.at}  # fmt: skip
        if lost:
            text = quoted(ours.cell(lost[0]).plain)
            tail = ", and the cells after it moved to the left" if moved else ""
            said = f"The cell with {text} is missing{tail}."
            where = self.names.cell(lost[0])
            self.shifted.append(layout(3, where, said, before, after))
            return
        count = len(moved)
        cells = "cell stands" if count == 1 else f"{count} cells stand"
        said = f"A cell was put in; the last {cells} too far right."
        self.shifted.append(layout(3, row, said, before, after))

    def _collapsed(self, key: int, rows: Sequence[int]) -> None:
        text = quoted(self.ours.cell(key).plain)
        before, after = {key}, set()
        place = self.ours.places[key]
        for i in rows:
            j = self.found.rows[i]
            before |= {
                k for c in range(place.columns.stop, self.ours.width)
                if (k := self.ours.at.get((i, c))) is not None
            }  # fmt: skip
            after |= {k for (r, _), k in self.theirs.at.items() if r == j}
        said = f"{text} lost its span, and what stood beside it moved to the left."
        self.shifted.append(layout(3, self.names.cell(key), said, before, after))


def rows_and_columns(match: Match) -> Iterator[Found]:
    """What is missing, too many or elsewhere as a whole."""
    yield from match.shifted
    for i, (first, second) in match.broken.items():
        keys = match.row_keys(match.theirs, (first, second))
        said = "The row is broken into two."
        yield layout(3, match.names.row(i), said, match.row_keys(match.ours, (i,)), keys)
    yield from _gathered(match)
    yield from _missing_rows(match)
    yield from _added_rows(match)
    yield from _missing_columns(match)
    yield from _added_columns(match)
    yield from _moved_rows(match)
    yield from _moved_columns(match)


def _gathered(match: Match) -> Iterator[Found]:
    for paired, columns in match.columns_in_one.items():
        names = " and ".join(match.names.column(c) for c in (columns[0], columns[-1]))
        before = match.column_keys(match.ours, columns)
        after = match.column_keys(match.theirs, [match.found.columns[paired]])
        yield layout(3, names, f"{len(columns)} columns stand in one.", before, after)
    for i, j in match.row_in_fewer.items():
        before, after = match.row_keys(match.ours, (i,)), match.row_keys(match.theirs, (j,))
        said = "The texts of several cells stand in one."
        yield layout(2, match.names.row(i), said, before, after)


def _missing_rows(match: Match) -> Iterator[Found]:
    ours, heads = match.ours, match.ours.heads
    missing = [row for row in match.found.missing_rows if row not in match.row_in_fewer]
    for run in runs(missing, lambda a, b: (a < heads) == (b < heads)):
        keys = match.row_keys(ours, run)
        if not keys:
            continue
        if run[0] < heads:
            named = [quoted(c.plain) for c in ours.cells() if c.key in keys and c.plain]
            if not named:
                continue
            what = "The row of group headers" if len(run) < heads else "The header"
            yield layout(3, "header", f"{what} is missing: {', '.join(named[:6])}.", keys)
        elif len(run) == 1:
            empty = not any(ours.cell(k).plain for k in keys)
            said = "An empty row is missing." if empty else "The row is missing."
            yield layout(1 if empty else 3, match.names.row(run[0]), said, keys)
        elif run.stop == len(ours.rows):
            name = match.names.row(run[0])
            said = f"The last {len(run)} rows are missing, from {name} on."
            yield layout(3, "end of the table", said, keys)
        else:
            said = f"{len(run)} rows are missing, from this one on."
            yield layout(3, match.names.row(run[0]), said, keys)


def _texts(match: Match, sheet: Sheet, row: int, columns: Iterable[int]) -> list[str]:
    return [match.text(sheet, row, c) or "" for c in columns]


def _added_rows(match: Match) -> Iterator[Found]:
    ours, theirs, columns = match.ours, match.theirs, match.found.columns
    halves = {row for both in match.broken.values() for row in both}
    halves |= set(match.row_in_fewer.values())
    single = [row for row in match.found.added_rows if row not in halves]
    partners = {j: i for i, j in match.found.rows.items()}
    invented = []
    for row in single:
        keys = match.row_keys(theirs, (row,))
        texts = _texts(match, theirs, row, columns.values())
        below = next((partners[r] for r in range(row + 1, len(theirs.rows)) if r in partners), None)
        where = "end of the table" if below is None else f"above {match.names.row(below)}"
        if not any(texts):
            yield layout(1, where, "An empty row was put in.", (), keys)
            continue
        twins = [i for i in range(len(ours.rows)) if _texts(match, ours, i, columns) == texts]
        if twins and twins[0] < ours.heads:
            said = "The header row comes once more within the table."
            yield layout(2, where, said, (), keys)
        elif twins:
            before = match.row_keys(ours, twins[:1])
            yield layout(2, match.names.row(twins[0]), "The row comes twice.", before, keys)
        else:
            invented.append(row)
    for run in runs(invented):
        keys = match.row_keys(theirs, run)
        many = len(run) > 1
        said = f"{len(run)} rows stand" if many else "A row stands"
        yield layout(3, "rows", f"{said} there that the reference does not have.", (), keys)


def _missing_columns(match: Match) -> Iterator[Found]:
    ours = match.ours
    told = {c for columns in match.columns_in_one.values() for c in columns}
    for run in runs([c for c in match.found.missing_columns if c not in told]):
        keys = match.column_keys(ours, run)
        if not keys:
            continue
        name = match.names.column(run[0])
        if len(run) == 1:
            empty = not any(ours.cell(k).plain for k in keys)
            said = "An empty column is missing." if empty else "The column is missing."
            yield layout(1 if empty else 3, name, said, keys)
        elif run.stop == ours.width:
            said = f"The last {len(run)} columns are missing, from {name} on."
            yield layout(3, "right side of the table", said, keys)
        else:
            yield layout(3, name, f"{len(run)} columns are missing, from this one on.", keys)


def _added_columns(match: Match) -> Iterator[Found]:
    ours, theirs, rows = match.ours, match.theirs, match.found.rows
    partners = {d: c for c, d in match.found.columns.items()}
    for column in match.found.added_columns:
        keys = match.column_keys(theirs, (column,))
        texts = _column(theirs, rows.values(), column)
        left = next((partners[d] for d in reversed(range(column)) if d in partners), None)
        where = "left side" if left is None else f"right of {match.names.column(left)}"
        if not any(texts):
            yield layout(1, where, "An empty column was put in.", (), keys)
            continue
        twin = next((c for c in range(ours.width) if _column(ours, rows, c) == texts), None)
        if twin is not None:
            before = match.column_keys(ours, (twin,))
            yield layout(2, match.names.column(twin), "The column comes twice.", before, keys)
        else:
            said = "A column stands there that the reference does not have."
            yield layout(3, where, said, (), keys)


def _column(sheet: Sheet, rows: Iterable[int], column: int) -> list[str]:
    """What a column says, without what spans it and others."""
    texts = []
    for row in rows:
        key = sheet.at.get((row, column))
        single = key is not None and len(sheet.places[key].columns) == 1
        texts.append(sheet.cell(key).plain if single and key is not None else "")
    return texts


def _moved_rows(match: Match) -> Iterator[Found]:
    rows = match.found.rows
    heads = match.ours.heads
    found = moves({i: j for i, j in rows.items() if i >= heads})

    def keys(chosen: Iterable[int]) -> tuple[frozenset[int], frozenset[int]]:
        chosen = list(chosen)
        return (
            match.row_keys(match.ours, chosen),
            match.row_keys(match.theirs, [rows[i] for i in chosen]),
        )

    if found.reverse or len(found.moved) + len(found.exchanged) > ANOTHER_ORDER:
        chosen = {*found.moved, *(i for pair in found.exchanged for i in pair)}
        said = "the reverse order" if found.reverse else "another order"
        yield layout(2, "rows", f"The rows stand in {said}.", *keys(chosen))
        return
    for a, b in found.exchanged:
        where = f"{match.names.row(a)} and {match.names.row(b)}"
        level: Severity = 1 if b == a + 1 else 2
        yield layout(level, where, "The two rows changed places.", *keys((a, b)))
    order = sorted(rows)
    ranks = {i: rank for rank, i in enumerate(sorted(order, key=lambda i: rows[i]))}
    for i in found.moved:
        by = ranks[i] - order.index(i)
        places = f"{abs(by)} place{'s' if abs(by) > 1 else ''}"
        said = f"The row stands {places} further {'down' if by > 0 else 'up'}."
        yield layout(2, match.names.row(i), said, *keys((i,)))


def _moved_columns(match: Match) -> Iterator[Found]:
    columns = match.found.columns
    found = moves(columns)

    def keys(chosen: Iterable[int]) -> tuple[frozenset[int], frozenset[int]]:
        chosen = list(chosen)
        return (
            match.column_keys(match.ours, chosen),
            match.column_keys(match.theirs, [columns[c] for c in chosen]),
        )

    for a, b in found.exchanged:
        where = f"{match.names.column(a)} and {match.names.column(b)}"
        yield layout(2, where, "The two columns changed places.", *keys((a, b)))
    if found.reverse or len(found.moved) > ANOTHER_ORDER:
        yield layout(2, "columns", "The columns stand in another order.", *keys(found.moved))
        return
    for c in found.moved:
        yield layout(2, match.names.column(c), "The column stands elsewhere.", *keys((c,)))


Together = tuple[frozenset[int], frozenset[int]]
"""Cells that stand at each other's places: of the reference, of the prediction."""


def groups(match: Match) -> list[Together]:
    """All cells that have a partner, with it."""
    edges: Counter[tuple[int, int]] = Counter()
    for ours, theirs in match.places.items():
        one, other = match.ours.at.get(ours), match.theirs.at.get(theirs)
        if one is not None and other is not None:
            edges[one, other] += 1
    parts: list[tuple[set[int], set[int]]] = []
    for one, other in edges:
        near = [part for part in parts if one in part[0] or other in part[1]]
        joined = ({one}, {other})
        for part in near:
            parts.remove(part)
            joined = (joined[0] | part[0], joined[1] | part[1])
        parts.append(joined)
    return [(frozenset(a), frozenset(b)) for a, b in parts]


def divided(match: Match, key: int, others: frozenset[int]) -> Found:
    """A joined cell that became several."""
    texts = [match.theirs.cell(k).plain for k in sorted(others)]
    text, place = match.ours.cell(key).plain, match.ours.places[key]
    where = match.names.cell(key)
    rows, columns = len(place.rows), len(place.columns)
    count = f"{rows} rows" if rows > 1 else f"{columns} columns"
    if text and all(other == text for other in texts):
        said = f"{quoted(text)} is repeated {len(texts)} times in place of one joined cell."
        return layout(1, where, said, {key}, others)
    said = f"{quoted(text)} no longer spans {count}; {len(texts)} cells stand there."
    return layout(2, where, said, {key}, others)


def joined(match: Match, keys: frozenset[int], other: int) -> Found:
    """Several cells that became one."""
    cells = [match.ours.cell(k) for k in sorted(keys)]
    texts = " and ".join(quoted(cell.plain) for cell in cells if cell.plain)
    where = " and ".join(match.names.cell(cell.key) for cell in cells[:2])
    said = f"{texts or 'Empty cells'} stand in one joined cell."
    return layout(2, where, said, keys, {other})


def bounded(match: Match, keys: frozenset[int], others: frozenset[int]) -> Found:
    """Cells whose borders lie elsewhere."""
    texts = [quoted(match.ours.cell(k).plain) for k in sorted(keys)]
    where = " and ".join(match.names.cell(k) for k in sorted(keys)[:2])
    said = f"{' and '.join(texts[:4])} cover other columns or rows than they should."
    return layout(2, where, said, keys, others)
