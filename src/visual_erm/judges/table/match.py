"""Which row, column and cell of one table is which of another.

Rows are aligned as sequences, where one row may be two or three lines of the other (a cell that
wraps). Columns are then assigned to each other by what stands in aligned rows, in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process
from scipy.optimize import linear_sum_assignment

from visual_erm.align import around
from visual_erm.judges.table import text
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.table.scene import Cell, TableScene

WORTH = 0.42
"""Likeness that rows need to be taken for the same one."""
EQUAL = 0.4
"""What equal rows are worth besides: numbers make rows alike that are not the same."""
NAMED, OTHERS_EQUAL = 0.6, 0.3
"""Least likeness of rows that have a name in common, and what rows are worth besides that are equal
but for their names."""
MISREAD, CLEARLY = 0.66, 0.1
"""Likeness of names from which they are one, misread, and by how much any other one is less."""
SUBSET = 0.6
"""Likeness of a row to one that holds all its cells and more."""
MERGE_PRICE = 0.06
"""What taking several lines for one row costs, so that it is done for a reason."""
NEARLY = 0.9
"""Likeness from which lines together are a row, some signs misread."""
MOST_MERGED = 3
MOST_JOINED = 3
"""Columns of a pair of tables that are joined because the other table does not part them."""
COLUMN_GAP = 1.7
"""In text heights: gaps of one text are narrower, even beside the signs of a formula."""
LARGE = 10_000
"""Row pairs beyond which lines are not merged, to bound the time."""
SAME_COLUMN = 0.3
"""Share of its cells that a column must have in common with another to be the same."""


@dataclass(frozen=True)
class Item:
    """A cell as the comparison sees it; over merged lines, the cells of one column."""

    text: str
    cells: tuple[Cell, ...]
    first: int
    last: int

    @property
    def box(self) -> Box:
        """Around its text."""
        return around([cell.box for cell in self.cells])

    @property
    def area(self) -> Box:
        """Around its cells."""
        return around([cell.area for cell in self.cells])

    @property
    def framed(self) -> bool:
        """Whether ruling lines say which columns it covers."""
        return all(cell.place.frame is not None for cell in self.cells)


@dataclass(frozen=True)
class RowPair:
    """Rows that correspond; usually one and one."""

    reference: tuple[int, ...]
    candidate: tuple[int, ...]
    likeness: float


@dataclass
class Matching:
    """How two tables correspond."""

    pairs: list[RowPair] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    """Rows of the reference without counterpart."""
    extra: list[int] = field(default_factory=list)
    """Rows of the candidate without counterpart."""
    columns: dict[int, int] = field(default_factory=dict)
    """Column of the reference to column of the candidate."""
    lost_columns: list[int] = field(default_factory=list)
    extra_columns: list[int] = field(default_factory=list)


def items(scene: TableScene, rows: Sequence[int]) -> list[Item]:
    """The cells of these rows from left to right, lines of one column joined."""
    found: dict[int, list[Cell]] = {}
    for row in rows:
        for cell in scene.rows[row]:
            found.setdefault(cell.place.first, []).append(cell)
    return [
        Item(
            " ".join(cell.text for cell in cells if cell.text),
            tuple(cells),
            min(cell.place.first for cell in cells),
            max(cell.place.last for cell in cells),
        )
        for _, cells in sorted(found.items())
    ]


def match(reference: TableScene, candidate: TableScene) -> tuple[TableScene, TableScene, Matching]:
    """Align rows, then columns; where one picture parts a column that the other does not, join it.

    Returns:
        Both scenes, as they were or with joined columns, and how they correspond.
    """
    found = _align_rows(reference, candidate)
    _assign_columns(found, reference, candidate)
    for _ in range(MOST_JOINED):
        if not found.lost_columns or not found.extra_columns:
            break
        run = _parted(found, reference, candidate)
        if run is not None:
            candidate = candidate.joining(*run)
        else:
            turned = Matching([RowPair(p.candidate, p.reference, p.likeness) for p in found.pairs])
            turned.lost_columns, turned.extra_columns = found.extra_columns, found.lost_columns
            run = _parted(turned, candidate, reference)
            if run is None:
                break
            reference = reference.joining(*run)
        found.columns = {}
        _assign_columns(found, reference, candidate)
    return reference, candidate, found


def _parted(found: Matching, whole: TableScene, parted: TableScene) -> tuple[int, int] | None:
    """Columns of `parted`, first and last, that together say what a lost column of `whole` says."""
    rows = [(items(whole, pair.reference), items(parted, pair.candidate)) for pair in found.pairs]
    for c in found.lost_columns:
        for first in found.extra_columns:
            for start in (first - 1, first):
                for end in range(start + 1, min(start + 4, len(parted.grid.columns))):
                    if start < 0 or _stand_apart(parted, start, end):
                        continue
                    if _says(rows, c, start, end):
                        return start, end
    return None


def _stand_apart(scene: TableScene, first: int, last: int) -> bool:
    """Whether most texts of neighbouring columns are too far from each other to be one text."""
    gaps = [
        b.box[0] - a.box[2]
        for row in scene.rows
        for a, b in pairwise(row)
        if first <= a.place.last and b.place.first <= last
    ]
    return bool(gaps) and float(np.median(gaps)) > COLUMN_GAP * scene.height


def _says(rows: list[tuple[list[Item], list[Item]]], c: int, start: int, end: int) -> bool:
    agreed = held = 0
    for left, right in rows:
        one = "".join(text.plain(i.text) for i in left if i.first == i.last == c)
        parts = [i for i in right if start <= i.first and i.last <= end]
        if one:
            held += 1
            agreed += len(parts) > 1 and text.equal(one, "".join(i.text for i in parts))
    return held > 1 and agreed >= 0.5 * held


def _line(scene: TableScene, rows: Sequence[int]) -> str:
    return " ".join(text.plain(item.text).lower() for item in items(scene, rows))


def likeness(a: Sequence[str], b: Sequence[str]) -> NDArray[np.float32]:
    """How alike each row of the one is to each of the other, 0 to 1; order of cells aside."""
    if not a or not b:
        return np.zeros((len(a), len(b)), np.float32)
    straight = process.cdist(a, b, scorer=fuzz.ratio, dtype=np.float32)
    sorted_a = [" ".join(sorted(row.split())) for row in a]
    sorted_b = [" ".join(sorted(row.split())) for row in b]
    anyhow = process.cdist(sorted_a, sorted_b, scorer=fuzz.ratio, dtype=np.float32)
    # What is left of a row that lost cells is a subset of it.
    subset = process.cdist(sorted_a, sorted_b, scorer=fuzz.token_set_ratio, dtype=np.float32)
    best = np.maximum.reduce([straight, 0.97 * anyhow, SUBSET * subset])
    return np.asarray(best / 100, np.float32)


def _align_rows(reference: TableScene, candidate: TableScene) -> Matching:
    """The order-preserving alignment of rows that has the most in common."""
    n, m = len(reference.rows), len(candidate.rows)
    scores = _scores(reference, candidate)
    best = np.zeros((n + 1, m + 1))
    step: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(n + 1):
        for j in range(m + 1):
            value, move = (best[i - 1, j], (1, 0)) if i else (-1.0, (0, 1))
            if j and best[i, j - 1] >= value:
                value, move = best[i, j - 1], (0, 1)
            for (a, b), table in scores.items():
                if i >= a and j >= b:
                    gain = best[i - a, j - b] + table[i - a, j - b]
                    if gain > value and table[i - a, j - b] > 0:
                        value, move = gain, (a, b)
            best[i, j] = value if i or j else 0.0
            step[i, j] = move
    return _traced(scores, step, n, m)


def _scores(
    reference: TableScene, candidate: TableScene
) -> dict[tuple[int, int], NDArray[np.float32]]:
    """Gain of taking `a` rows from row i on for `b` rows from row j on, by (a, b)."""
    n, m = len(reference.rows), len(candidate.rows)
    lines = {
        (side, k): [_line(scene, range(i, i + k)) for i in range(len(scene.rows) - k + 1)]
        for side, scene in enumerate((reference, candidate))
        for k in range(1, MOST_MERGED + 1)
    }
    single = likeness(lines[0, 1], lines[1, 1])
    known = _known(reference, candidate)
    bonus = np.maximum(_equal(lines[0, 1], lines[1, 1]), known)
    likely = np.where(known > 0, np.maximum(single, np.float32(NAMED)), single)
    scores = {(1, 1): np.asarray(likely - WORTH + bonus, np.float32)}
    if n * m > LARGE:
        return scores
    for k in range(2, MOST_MERGED + 1):
        for a, b in ((1, k), (k, 1)):
            if n < a or m < b:
                continue
            merged = likeness(lines[0, a], lines[1, b])
            equal = _equal(lines[0, a], lines[1, b])
            # Only where the lines together say what neither says alone.
            alone = _best_within(single, a, b)
            said = (merged >= alone + 0.05) | (merged >= NEARLY) & (merged > alone) | (equal > 0)
            merged[(merged < 0.8) | ~said] = 0
            if a > 1:
                _keep_apart(merged, equal, reference, candidate)
            else:
                _keep_apart(merged.T, equal.T, candidate, reference)
            best = np.maximum(_best_within(known, a, b), equal)
            scores[a, b] = merged - WORTH - MERGE_PRICE + best * (merged > 0)
    return scores


def _keep_apart(
    merged: NDArray[np.float32], equal: NDArray[np.float32], many: TableScene, whole: TableScene
) -> None:
    """Take back what takes rows for lines that rules part, or that have numbers each.

    Rows with numbers are lines only of what is equal to them and has lines, or if they are close.
    """
    k = len(many.rows) - len(merged) + 1
    lines = np.array([_has_lines(whole, row) for row in range(len(whole.rows))], bool)
    for i in range(len(many.rows) - 1):
        at = slice(max(0, i - k + 2), i + 1)
        if _ruled_apart(many, i):
            merged[at] = 0
        elif _are_numbers(many, i):
            same = (equal[at] > 0) | (merged[at] >= NEARLY)
            merged[at] *= same & (lines | _are_close(many, i))


def _equal(ours: Sequence[str], theirs: Sequence[str]) -> NDArray[np.float32]:
    """What lines gain that are equal, but for signs that one reader takes for each other."""
    ours, theirs = ([line.translate(text.ALIKE) for line in lines] for lines in (ours, theirs))
    equal = [[bool(a) and a == b for b in theirs] for a in ours]
    return np.array(equal, np.float32).reshape(len(ours), len(theirs)) * np.float32(EQUAL)


def _best_within(single: NDArray[np.float32], a: int, b: int) -> NDArray[np.float32]:
    """The most of any pair among `a` rows from row i on and `b` rows from row j on."""
    n, m = single.shape
    parts = [single[i : n - a + 1 + i, j : m - b + 1 + j] for i in range(a) for j in range(b)]
    return np.asarray(np.maximum.reduce(parts), np.float32)


def _known(reference: TableScene, candidate: TableScene) -> NDArray[np.float32]:
    """What pairs of rows gain that have their name, or all but that, in common with no other row.

    A row is known by its first cell: a long text in another one makes rows alike that it was only
    moved between. Where names were exchanged, it is known by the rest.
    """
    found = np.zeros((len(reference.rows), len(candidate.rows)), np.float32)
    for worth, rest in ((OTHERS_EQUAL, True), (EQUAL, False)):
        ours, theirs = (
            [
                " ".join(text.plain(c.text).lower() for c in row if (c.place.first > 0) == rest)
                for row in scene.rows
            ]
            for scene in (reference, candidate)
        )
        once = Counter(ours), Counter(theirs)
        places = {words: at for at, words in enumerate(theirs)}
        for at, words in enumerate(ours):
            if words and once[0][words] == once[1][words] == 1:
                found[at, places[words]] = worth
    if len(reference.grid.columns) != len(candidate.grid.columns):
        found = np.maximum(found, _misread_names(reference, candidate))
    return found


def _misread_names(reference: TableScene, candidate: TableScene) -> NDArray[np.float32]:
    """The same where names are each other's likest, and not quite equal.

    Only what is left of a table needs that: rows that lost a column are like no row.
    """
    found = np.zeros((len(reference.rows), len(candidate.rows)), np.float32)
    ours, theirs = (
        [
            next((text.plain(c.text).lower() for c in row if c.place.first == 0), "")
            for row in scene.rows
        ]
        for scene in (reference, candidate)
    )
    if not ours or not theirs:
        return found
    alike = process.cdist(ours, theirs, scorer=fuzz.ratio, dtype=np.float32) / 100
    for at, words in enumerate(ours):
        to = int(alike[at].argmax())
        ranked = sorted([*np.delete(alike[at], to), *np.delete(alike[:, to], at)])
        second = float(ranked[-1]) if ranked else 0.0
        known = bool(words) and not text.is_numeric(words)
        if known and alike[at, to] >= MISREAD and alike[at, to] - second >= CLEARLY:
            found[at, to] = EQUAL
    return found


def _ruled_apart(scene: TableScene, row: int) -> bool:
    """Whether rules part a row and the next one."""
    stacked = _stacked(scene, row)
    frames = [(a.place.frame, b.place.frame) for a, b in stacked]
    ruled = sum(bool(a and b and a[3] <= b[1]) for a, b in frames)
    return ruled > 0 and ruled >= 0.5 * len(stacked)


def _are_numbers(scene: TableScene, row: int) -> bool:
    """Whether a row and the next one have numbers in one column, and no line is alone."""
    stacked = _stacked(scene, row)
    numbers = sum(text.is_numeric(a.text) and text.is_numeric(b.text) for a, b in stacked)
    return numbers > 0 and len(stacked) > 1


def _are_close(scene: TableScene, row: int) -> bool:
    """Whether a row stands closer to the next one than both do to the rows around them."""
    rows = scene.grid.rows
    at = range(max(0, row - 1), min(len(rows) - 1, row + 2))
    gaps = {k: rows[k + 1][0] - rows[k][1] for k in at}
    others = [gap for k, gap in gaps.items() if k != row]
    return bool(others) and gaps[row] < min(others) - 1


def _has_lines(scene: TableScene, row: int) -> bool:
    """Whether a cell of a row has several lines."""
    return any(len(cell.place.islands) > 1 for cell in scene.rows[row])


def _stacked(scene: TableScene, row: int) -> list[tuple[Cell, Cell]]:
    """Cells of a row and those below them in the next one."""
    below = {cell.place.first: cell for cell in scene.rows[row + 1] if cell.text}
    return [
        (cell, below[cell.place.first])
        for cell in scene.rows[row]
        if cell.text and cell.place.first in below
    ]


def _traced(
    scores: dict[tuple[int, int], NDArray[np.float32]],
    step: dict[tuple[int, int], tuple[int, int]],
    n: int,
    m: int,
) -> Matching:
    found = Matching()
    i, j = n, m
    while i or j:
        a, b = step[i, j]
        i, j = i - a, j - b
        if a and b:
            score = min(1.0, float(scores[a, b][i, j]) + WORTH)
            pair = RowPair(tuple(range(i, i + a)), tuple(range(j, j + b)), score)
            found.pairs.insert(0, pair)
        elif a:
            found.lost.insert(0, i)
        else:
            found.extra.insert(0, j)
    _replace_lone(found)
    return found


def _replace_lone(found: Matching) -> None:
    """A lost and an added row, each alone at the same place, are one row with other words."""
    for i in list(found.lost):
        before = max((p.candidate[-1] for p in found.pairs if p.reference[-1] < i), default=-1)
        after = min((p.candidate[0] for p in found.pairs if p.reference[0] > i), default=10**9)
        lost = [r for r in found.lost if _between(found, r) == _between(found, i)]
        extra = [e for e in found.extra if before < e < after]
        if len(lost) == len(extra) == 1:
            found.lost.remove(i)
            found.extra.remove(extra[0])
            found.pairs.append(RowPair((i,), (extra[0],), 0.0))
            found.pairs.sort(key=lambda pair: pair.reference)


def _between(found: Matching, row: int) -> int:
    """How many matched rows of the reference stand above a row of it."""
    return sum(pair.reference[0] < row for pair in found.pairs)


def _assign_columns(found: Matching, reference: TableScene, candidate: TableScene) -> None:
    n, m = len(reference.grid.columns), len(candidate.grid.columns)
    common = np.zeros((n, m))
    held = np.zeros(n), np.zeros(m)
    for pair in found.pairs:
        left, right = items(reference, pair.reference), items(candidate, pair.candidate)
        for a in left:
            held[0][a.first] += 1
        for b in right:
            held[1][b.first] += 1
        for a in left:
            for b in right:
                if (a.first == a.last) == (b.first == b.last):
                    common[a.first, b.first] += _shared(a.text, b.text)
    # Equal columns are told apart by where they stand, the first one first.
    place = 1 - np.abs(np.arange(n)[:, None] - np.arange(m)[None]) / max(1, n, m)
    rows, columns = linear_sum_assignment(-(common + 0.05 * place))
    for c, d in zip(rows.tolist(), columns.tolist(), strict=True):
        if common[c, d] >= SAME_COLUMN * max(1.0, min(held[0][c], held[1][d])):
            found.columns[c] = d
    _fill_by_order(found, n, m)
    found.lost_columns = [c for c in range(n) if c not in found.columns]
    taken = set(found.columns.values())
    found.extra_columns = [d for d in range(m) if d not in taken]


def _shared(a: str, b: str) -> float:
    if text.equal(a, b):
        return 1.0
    alike = text.likeness(a, b)
    return 0.5 * alike if alike > 0.6 else 0.0


def _fill_by_order(found: Matching, n: int, m: int) -> None:
    """Columns without counterpart between the same neighbours are taken for each other."""
    for c in range(n):
        if c in found.columns:
            continue
        before = found.columns.get(c - 1, -1 if c == 0 else None)
        after = next((found.columns[k] for k in range(c + 1, n) if k in found.columns), m)
        if before is None:
            continue
        free = [d for d in range(before + 1, after) if d not in found.columns.values()]
        missing = 1 + sum(
            1 for k in range(c + 1, n) if k not in found.columns and _next_is(found, k, n, after, m)
        )
        # With more on one side than on the other nothing says which is which.
        if free and len(free) == missing:
            found.columns[c] = free[0]


def _next_is(found: Matching, k: int, n: int, after: int, m: int) -> bool:
    return next((found.columns[q] for q in range(k, n) if q in found.columns), m) == after
