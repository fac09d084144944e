"""Which row and column of one table is which of another, whatever was lost, put in or moved.

Rows are aligned as sequences (Needleman-Wunsch) by how far their texts are apart, cell by cell; so
are columns, once rows are known. What is left on both sides and is alike has moved. Two that say
less when exchanged were exchanged.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Indel

from visual_erm.data.orders import longest_rising
from visual_erm.data.tables.sheets import Sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Costs = NDArray[np.float64]

ROW_GAP, COLUMN_GAP = 0.42, 0.47
"""Cost of one without a partner, where one unlike its partner in everything costs 1."""
CELL_GAP = 0.7
"""The same of a cell within a row."""
OTHER_PART = 0.15
"""Cost of a header that stands among the body, or the reverse."""
MOVED = 0.34
"""A row or column without a partner moved if another one without is no further apart than this."""
EXCHANGED = 2.2
"""Cells that an exchange of two rows or columns has to explain; fewer were changed one by one."""
FIRST = 1.5
"""Weight of a row's first cell, by which it is known."""
HEADING = 0.5
"""Weight of a column's headers beside that of its other cells."""
THIN = 0.4
"""Share of the rows that a column without a partner must have cells in; a thinner one is what a
row pushed out."""

Texts = Sequence[str | None]
Pairs = dict[int, int]


@dataclass(frozen=True)
class Correspondence:
    """Rows and columns of a reference and their partners in a prediction."""

    rows: Pairs
    columns: Pairs
    missing_rows: tuple[int, ...]
    added_rows: tuple[int, ...]
    missing_columns: tuple[int, ...]
    added_columns: tuple[int, ...]
    fit: float
    """How much the two say the same: 1 all, 0 nothing."""


def correspond(reference: Sheet, prediction: Sheet) -> Correspondence:
    """The partners of rows and columns."""
    ours, theirs = _grid(reference), _grid(prediction)
    apart = _row_costs(ours, theirs)
    apart += OTHER_PART * _unlike(_in_head(reference), _in_head(prediction))
    rows = _paired(apart, ours, theirs, ROW_GAP)
    columns_apart = _column_costs(ours, theirs, rows, reference.heads)
    columns = _paired(columns_apart, _turned(ours), _turned(theirs), COLUMN_GAP)
    fit = 1 - float(np.mean([columns_apart[c, columns[c]] for c in columns])) if columns else 0.0
    return Correspondence(
        rows,
        columns,
        tuple(row for row in range(len(ours)) if row not in rows),
        tuple(row for row in range(len(theirs)) if row not in rows.values()),
        tuple(c for c in _full(reference) if c not in columns),
        tuple(c for c in _full(prediction) if c not in columns.values()),
        fit * len(rows) / max(len(ours), len(theirs)),
    )


def _grid(sheet: Sheet) -> list[list[str | None]]:
    """Texts by row and column; None where no cell is."""
    texts = {key: sheet.cell(key).plain for key in sheet.places}
    return [
        [texts[key] if (key := sheet.at.get((row, c))) is not None else None for c in _all(sheet)]
        for row in range(len(sheet.rows))
    ]


def _turned(grid: Sequence[Texts]) -> list[Texts]:
    return list(zip(*grid, strict=True))


def _all(sheet: Sheet) -> range:
    return range(sheet.width)


def _full(sheet: Sheet) -> list[int]:
    """Columns that are more than what a row pushed out."""
    least = THIN * len(sheet.rows)
    held = [sum((row, c) in sheet.at for row in range(len(sheet.rows))) for c in _all(sheet)]
    return [c for c in _all(sheet) if held[c] > least]


def _in_head(sheet: Sheet) -> Costs:
    return np.array([row < sheet.heads for row in range(len(sheet.rows))], float)


def _unlike(a: Costs, b: Costs) -> Costs:
    return np.abs(a[:, None] - b[None, :])


@functools.lru_cache(maxsize=1 << 16)
def apart(a: str | None, b: str | None) -> float:
    """How far two texts are apart.

    >>> apart("12.5", "12.5"), round(apart("12.5", "12.6"), 2), apart("Oslo", "")
    (0.0, 0.44, 1.0)
    """
    if not a and not b:
        return 0.0
    if not a or not b:
        return 1.0
    return 1.0 - float(Indel.normalized_similarity(a, b)) ** 2


def _row_costs(ours: Sequence[Texts], theirs: Sequence[Texts]) -> Costs:
    costs = np.zeros((len(ours), len(theirs)))
    for i, one in enumerate(ours):
        for j, other in enumerate(theirs):
            if one != other:
                said = max(sum(map(bool, one)), sum(map(bool, other)), 1)
                cost = cells_paired(one, other, FIRST).cost
                costs[i, j] = min(1.0, cost / (said + FIRST - 1))
    return costs


@dataclass(frozen=True)
class Lined:
    """Two sequences in line."""

    cost: float
    pairs: Pairs


def cells_paired(ours: Texts, theirs: Texts, first: float = 1.0) -> Lined:
    """The cells of one row and their partners in another, in order; the first weighs so much."""
    costs = np.array([[apart(a, b) for b in theirs] for a in ours]).reshape(len(ours), len(theirs))
    costs[0, 0] *= first
    gaps = [CELL_GAP if text else 0.05 for text in ours]
    others = [CELL_GAP if text else 0.05 for text in theirs]
    return lined(costs, gaps, others)


def lined(costs: Costs, gaps: Sequence[float], others: Sequence[float]) -> Lined:
    """The cheapest alignment in order (Needleman-Wunsch).

    Args:
        costs: `(N, M)` of each pair.
        gaps: `(N,)` of leaving one of the first without a partner.
        others: `(M,)` of leaving one of the second without.
    """
    n, m = costs.shape
    table = [[0.0] * (m + 1) for _ in range(n + 1)]
    for i in range(n):
        table[i + 1][0] = table[i][0] + gaps[i]
    for j in range(m):
        table[0][j + 1] = table[0][j] + others[j]
    rows = costs.tolist()
    for i in range(n):
        above, here, row, gap = table[i], table[i + 1], rows[i], gaps[i]
        for j in range(m):
            here[j + 1] = min(above[j] + row[j], above[j + 1] + gap, here[j] + others[j])
    pairs: Pairs = {}
    i, j = n, m
    while i and j:
        least = table[i][j]
        # a repeated one is the second of the two: pairs are made as early as they can be
        if abs(least - (table[i][j - 1] + others[j - 1])) < 1e-9:
            j -= 1
        elif abs(least - (table[i - 1][j] + gaps[i - 1])) < 1e-9:
            i -= 1
        else:
            i, j = i - 1, j - 1
            pairs[i] = j
    return Lined(table[n][m], pairs)


def _paired(costs: Costs, ours: Sequence[Texts], theirs: Sequence[Texts], gap: float) -> Pairs:
    """Partners in order, then those that moved, then those that were exchanged."""
    n, m = costs.shape
    pairs = lined(costs, [gap] * n, [gap] * m).pairs
    free = sorted(
        (costs[i, j], i, j)
        for i in range(n)
        for j in range(m)
        if i not in pairs and j not in pairs.values() and costs[i, j] <= MOVED
    )
    for _, i, j in free:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    for i, j in list(pairs.items()):
        left = [k for k in range(m) if k not in pairs.values()]
        best = min(left, key=lambda k: costs[i, k], default=j)
        if costs[i, best] <= MOVED < costs[i, j]:
            pairs[i] = best
    cells = max(len(ours[0]), len(theirs[0]))
    exchanged = True
    while exchanged:
        exchanged = False
        for i, k in itertools.combinations(pairs, 2):
            before = costs[i, pairs[i]] + costs[k, pairs[k]]
            after = costs[i, pairs[k]] + costs[k, pairs[i]]
            several = after == 0 < before and _differing(ours[i], theirs[pairs[i]]) > 1
            if several or (before - after) * cells > EXCHANGED:
                pairs[i], pairs[k] = pairs[k], pairs[i]
                exchanged = True
    return dict(sorted(pairs.items()))


def _differing(one: Texts, other: Texts) -> int:
    return sum(a != b for a, b in zip(one, other, strict=False))


def _column_costs(
    ours: Sequence[Texts], theirs: Sequence[Texts], rows: Mapping[int, int], heads: int
) -> Costs:
    n, m = len(ours[0]), len(theirs[0])
    costs = np.ones((n, m))
    for c in range(n):
        for d in range(m):
            parts = []
            for head in (True, False):
                texts = [(ours[i][c], theirs[j][d]) for i, j in rows.items() if (i < heads) == head]
                said = [(a, b) for a, b in texts if a or b]
                if texts:
                    value = sum(apart(a, b) for a, b in said) / len(said) if said else 0.1
                    parts.append((value, HEADING if head else 1.0))
            if parts:
                costs[c, d] = sum(v * w for v, w in parts) / sum(w for _, w in parts)
    return costs


@dataclass(frozen=True)
class Moves:
    """What stands in another order."""

    exchanged: tuple[tuple[int, int], ...]
    moved: tuple[int, ...]
    """The fewest whose return would bring all in order."""
    reverse: bool = False


def moves(pairs: Pairs) -> Moves:
    """How an order has changed.

    >>> moves({0: 1, 1: 0, 2: 2})
    Moves(exchanged=((0, 1),), moved=(), reverse=False)
    >>> moves({0: 3, 1: 0, 2: 1, 3: 2}).moved
    (0,)
    """
    own = sorted(pairs)
    order = {j: rank for rank, j in enumerate(sorted(pairs.values()))}
    ranks = [order[pairs[i]] for i in own]
    if len(own) > 3 and ranks == list(reversed(range(len(own)))):
        return Moves((), tuple(own), reverse=True)
    exchanged = []
    for a, b in enumerate(ranks):
        if a < b and ranks[b] == a:
            exchanged.append((own[a], own[b]))
    done = {i for pair in exchanged for i in pair}
    rest = [(i, rank) for i, rank in zip(own, ranks, strict=True) if i not in done]
    kept = longest_rising([rank for _, rank in rest])
    moved = tuple(i for at, (i, _) in enumerate(rest) if at not in kept)
    return Moves(tuple(exchanged), moved)


def runs(numbers: Sequence[int], joined: Callable[[int, int], bool] | None = None) -> list[range]:
    """Neighbours together.

    >>> runs([1, 2, 5])
    [range(1, 3), range(5, 6)]
    """
    found: list[range] = []
    for number in numbers:
        last = found[-1] if found else None
        if last and last.stop == number and (joined is None or joined(number - 1, number)):
            found[-1] = range(last.start, number + 1)
        else:
            found.append(range(number, number + 1))
    return found
