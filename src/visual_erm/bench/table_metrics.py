"""Rewards that read the sources of tables: TEDS, GriTS, cell F1, and the plain edit distance.

Tables are read as they are drawn, whatever they are written in, so Markdown and LaTeX count too. A
source without a table gets 0. Header and body cells are one kind of node, as in PubTabNet's TEDS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from apted import APTED, Config
from rapidfuzz.distance import LCSseq, Levenshtein

from visual_erm.align import iou
from visual_erm.data.tables import documents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.data.tables.sheets import Sheet

    Similarity = Callable[[Any, Any], float]


def edit_similarity(reference: str, candidate: str) -> float:
    """One minus the Levenshtein distance over the longer length, in [0, 1]."""
    return float(Levenshtein.normalized_similarity(reference, candidate))


def teds(reference: str, candidate: str) -> float:
    """Tree-edit-distance similarity with texts, in [0, 1] (Zhong et al., arXiv 1911.10683)."""
    return _teds(reference, candidate, texts=True)


def teds_structure(reference: str, candidate: str) -> float:
    """TEDS of the structure alone, in [0, 1]."""
    return _teds(reference, candidate, texts=False)


@dataclass
class _Node:
    tag: str
    rowspan: int = 1
    colspan: int = 1
    text: str = ""
    children: list[_Node] = field(default_factory=list)


class _Costs(Config):  # type: ignore[misc]
    """Renaming costs 1 between different tags or spans, and else what the texts differ."""

    def rename(self, one: _Node, other: _Node) -> float:
        """In [0, 1]."""
        if (one.tag, one.rowspan, one.colspan) != (other.tag, other.rowspan, other.colspan):
            return 1.0
        return float(Levenshtein.normalized_distance(one.text, other.text))

    def children(self, node: _Node) -> list[_Node]:
        """In order."""
        return node.children


def _teds(reference: str, candidate: str, *, texts: bool) -> float:
    trees = [_tree(sheet, texts=texts) for sheet in _sheets(reference, candidate)]
    if len(trees) < 2:
        return 0.0
    nodes = max(_size(tree) for tree in trees)
    distance = APTED(trees[0], trees[1], _Costs()).compute_edit_distance()
    return max(0.0, 1.0 - float(distance) / nodes)


def _sheets(reference: str, candidate: str) -> list[Sheet]:
    """Both tables, or fewer where there is none."""
    found = []
    for source in (reference, candidate):
        try:
            found.append(documents.read(source, drawn=True))
        except ValueError:
            break
    return found


def _tree(sheet: Sheet, *, texts: bool) -> _Node:
    parts = []
    for tag, rows in (("thead", sheet.rows[: sheet.heads]), ("tbody", sheet.rows[sheet.heads :])):
        if rows:
            part = _Node(tag)
            for row in rows:
                cells = [
                    _Node("td", cell.rowspan, cell.colspan, cell.plain if texts else "")
                    for cell in row
                ]
                part.children.append(_Node("tr", children=cells))
            parts.append(part)
    return _Node("table", children=parts)


def _size(node: _Node) -> int:
    return 1 + sum(_size(child) for child in node.children)


def cell_f1(reference: str, candidate: str) -> float:
    """F1 of the cells' texts with where they stand: row, column and text, in [0, 1]."""
    sheets = _sheets(reference, candidate)
    if len(sheets) < 2:
        return 0.0
    one, other = (
        Counter((place, sheet.cell(key).plain) for place, key in sheet.at.items())
        for sheet in sheets
    )
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def grits_topology(reference: str, candidate: str) -> float:
    """GriTS of the cells' spans, in [0, 1] (Smock et al., arXiv 2203.12555)."""
    return _grits(reference, candidate, _spans, iou)


def grits_content(reference: str, candidate: str) -> float:
    """GriTS of the cells' texts by their longest common subsequence, in [0, 1]."""
    return _grits(
        reference,
        candidate,
        lambda sheet: _grid(sheet, lambda place, key: sheet.cell(key).plain),
        lambda one, other: float(LCSseq.normalized_similarity(one, other)) if one or other else 1.0,
    )


def _grid(sheet: Sheet, value: Callable[[tuple[int, int], int], Any]) -> list[list[Any]]:
    places = sheet.at
    rows = 1 + max(row for row, _ in places)
    columns = 1 + max(column for _, column in places)
    return [
        [
            value((row, column), places[row, column]) if (row, column) in places else None
            for column in range(columns)
        ]
        for row in range(rows)
    ]


def _spans(sheet: Sheet) -> list[list[Any]]:
    """For each place its cell's box, relative to that place."""

    def box(place: tuple[int, int], key: int) -> tuple[int, int, int, int]:
        cell = sheet.places[key]
        return (
            cell.columns.start - place[1],
            cell.rows.start - place[0],
            cell.columns.stop - place[1],
            cell.rows.stop - place[0],
        )

    return _grid(sheet, box)


def _grits(
    reference: str,
    candidate: str,
    grid: Callable[[Sheet], list[list[Any]]],
    alike: Similarity,
) -> float:
    """The factored form: rows are aligned, then columns, each by the best common subsequence."""
    sheets = _sheets(reference, candidate)
    if len(sheets) < 2:
        return 0.0
    one, other = (grid(sheet) for sheet in sheets)
    cells = [sum(len(row) for row in grid) for grid in (one, other)]
    similarity: dict[tuple[Any, Any], float] = {}

    def cached(a: Any, b: Any) -> float:
        if a is None or b is None:
            return 0.0
        if (a, b) not in similarity:
            similarity[a, b] = alike(a, b)
        return similarity[a, b]

    rows = _aligned(one, other, lambda a, b: _best(a, b, cached))
    columns = _aligned(
        list(zip(*one, strict=True)),
        list(zip(*other, strict=True)),
        lambda a, b: _best(a, b, cached),
    )
    total = sum(cached(one[r][c], other[s][d]) for r, s in rows for c, d in columns)
    return 2 * total / sum(cells) if sum(cells) else 1.0


def _table(one: Sequence[Any], other: Sequence[Any], alike: Similarity) -> NDArray[np.float64]:
    """Best sums of similarities of common subsequences, of all pairs of beginnings."""
    best = np.zeros((len(one) + 1, len(other) + 1))
    for at, a in enumerate(one, 1):
        for to, b in enumerate(other, 1):
            best[at, to] = max(
                best[at - 1, to], best[at, to - 1], best[at - 1, to - 1] + alike(a, b)
            )
    return best


def _best(one: Sequence[Any], other: Sequence[Any], alike: Similarity) -> float:
    return float(_table(one, other, alike)[-1, -1])


def _aligned(one: Sequence[Any], other: Sequence[Any], alike: Similarity) -> list[tuple[int, int]]:
    """Index pairs of the common subsequence with the largest similarity."""
    scores = {}

    def kept(a: Any, b: Any) -> float:
        key = id(a), id(b)
        if key not in scores:
            scores[key] = alike(a, b)
        return scores[key]

    best = _table(one, other, kept)
    at, to = len(one), len(other)
    pairs = []
    while at and to:
        if best[at, to] == best[at - 1, to]:
            at -= 1
        elif best[at, to] == best[at, to - 1]:
            to -= 1
        else:
            at, to = at - 1, to - 1
            pairs.append((at, to))
    return pairs[::-1]
