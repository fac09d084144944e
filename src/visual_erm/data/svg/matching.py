"""Which element of one drawing is which of another, and by what map all of them moved."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Indel
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from visual_erm.data.svg.elements import Element, Paint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Costs = NDArray[np.float64]

EQUAL = 0.75
"""Pixels within which two outlines are the same: digits are rounded away in sources."""
PARTNERS = 0.36
"""Cost up to which two elements are the same one, changed."""
TOGETHER = 0.6
"""Share of the elements that one map has to explain before the whole drawing is said to have
moved."""
TRIED = 24
"""Pairs from which such a map is read."""
NO_MAP = np.array([[1.0, 0, 0], [0, 1.0, 0]])


@dataclass
class Matching:
    """Elements of the reference and their partners in the prediction, by index."""

    pairs: dict[int, int]
    missing: list[int]
    added: list[int]
    map: Matrix | None = None
    """By which the whole drawing moved, in pixels; None if it did not."""
    parts: dict[int, list[int]] = field(default_factory=dict)
    """Further elements of the prediction that are outlines of an element of the reference."""
    wholes: dict[int, list[int]] = field(default_factory=dict)
    """Further elements of the reference that are outlines of an element of the prediction."""


def match(
    ours: Sequence[Element], theirs: Sequence[Element], *, other_view: bool = False
) -> Matching:
    """The cheapest partners, equal ones first.

    Args:
        ours: of the reference.
        theirs: of the prediction.
        other_view: whether the documents show other parts of the plane.
    """
    moved = _moved(ours, theirs, other_view=other_view)
    if moved is not None:
        ours = [element.moved(moved) for element in ours]
    pairs = equal(ours, theirs)
    mine = [i for i in range(len(ours)) if i not in pairs]
    others = [j for j in range(len(theirs)) if j not in pairs.values()]
    parts = _divided(ours, theirs, mine, others)
    wholes = _divided(theirs, ours, others, mine)
    for i, some in parts.items():
        pairs[i] = some.pop(0)
    for j, some in wholes.items():
        pairs[some.pop(0)] = j
    if mine and others:
        costs = np.array([[_cost(ours, theirs, i, j) for j in others] for i in mine])
        rows, columns = linear_sum_assignment(np.minimum(costs, PARTNERS))
        for row, column in zip(rows, columns, strict=True):
            if costs[row, column] < PARTNERS:
                pairs[mine[row]] = others[column]
    return Matching(
        dict(sorted(pairs.items())),
        [i for i in mine if i not in pairs],
        [j for j in others if j not in pairs.values()],
        moved,
        parts,
        wholes,
    )


def _divided(
    ours: Sequence[Element], theirs: Sequence[Element], mine: list[int], others: list[int]
) -> dict[int, list[int]]:
    """Elements that fell into parts: a path of several outlines, and those that hold them.

    What is found is taken out of both lists.
    """
    found: dict[int, list[int]] = {}
    for i in list(mine):
        some = [j for j in others if _holds(ours[i], theirs[j])]
        if some:
            found[i] = some
            mine.remove(i)
            for j in some:
                others.remove(j)
    return found


def _holds(whole: Element, part: Element) -> bool:
    """Whether an outline is among those of a path of several."""
    if whole.commands.count("M") < 2 or len(part.points) >= len(whole.points):
        return False
    if not part.commands:
        return False
    count = len(part.points)
    starts = range(len(whole.points) - count + 1)
    return any(np.abs(whole.points[s : s + count] - part.points).max() <= EQUAL for s in starts)


def equal(ours: Sequence[Element], theirs: Sequence[Element]) -> dict[int, int]:
    """Elements that are the same in every respect, in order."""
    pairs: dict[int, int] = {}
    free = dict(enumerate(theirs))
    for strict in (True, False):
        for i, one in enumerate(ours):
            if i in pairs:
                continue
            for j, other in free.items():
                if same_place(one, other) and (same_look(one, other) or not strict):
                    pairs[i] = j
                    del free[j]
                    break
    return pairs


def same_place(one: Element, other: Element) -> bool:
    """Whether two outlines, or the anchors of two equal texts, lie on each other."""
    if bool(one.text) != bool(other.text) or one.text != other.text:
        return False
    if one.text and abs(one.size - other.size) > EQUAL:
        return False
    if np.abs(np.array(one.box) - np.array(other.box)).max() > EQUAL:
        return False
    same_form = one.commands == other.commands and one.points.shape == other.points.shape
    if same_form and np.abs(one.points - other.points).max() <= EQUAL:
        return True
    return apart(one.outline, other.outline) <= EQUAL


def same_look(one: Element, other: Element) -> bool:
    """Whether two elements are painted alike."""
    return (
        same_paint(one.fill, other.fill)
        and same_paint(one.stroke, other.stroke)
        and abs(one.width - other.width) <= max(0.3, 0.04 * one.width)
        and same_dashes(one, other)
        and one.ends == other.ends
        and abs(one.opacity - other.opacity) < 0.03
        and one.font == other.font
    )


def same_dashes(one: Element, other: Element) -> bool:
    """Whether two lines are dashed alike."""
    if len(one.dashes) != len(other.dashes):
        return False
    return all(abs(a - b) <= max(1, 0.1 * a) for a, b in zip(one.dashes, other.dashes, strict=True))


def same_paint(one: Paint | None, other: Paint | None) -> bool:
    """Whether two colours or gradients look alike."""
    if one is None or other is None:
        return one is other
    near = max(abs(a - b) for a, b in zip(one.colour, other.colour, strict=True)) <= 4
    return near and abs(one.alpha - other.alpha) < 0.03 and one.gradient == other.gradient


def apart(one: Matrix, other: Matrix) -> float:
    """Largest distance in pixels from a point of either outline to the other outline."""
    return max(_farthest(one, other), _farthest(other, one))


def _farthest(points: Matrix, outline: Matrix) -> float:
    """Largest distance from points to the lines between points of an outline."""
    _, nearest = cKDTree(outline).query(points)
    best = np.full(len(points), np.inf)
    for step in (-1, 1):
        a, b = outline[nearest], outline[(nearest + step) % len(outline)]
        along = b - a
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        share = np.clip(((points - a) * along).sum(axis=1) / length, 0, 1)
        best = np.minimum(best, np.linalg.norm(points - a - share[:, None] * along, axis=1))
    return float(best.max())


def _cost(ours: Sequence[Element], theirs: Sequence[Element], i: int, j: int) -> float:
    """How unlike two elements are, from 0 to about 1."""
    one, other = ours[i], theirs[j]
    if bool(one.text) != bool(other.text):
        return 1.0
    reach = max(float(np.abs(one.centre).max()), float(np.abs(other.centre).max()), 1.0)
    place = min(1.0, float(np.linalg.norm(one.centre - other.centre)) / reach)
    order = abs(i / max(len(ours), 1) - j / max(len(theirs), 1))
    if copied(one, other):
        return 0.1 * place + 0.05 * order
    colour = _colour_cost(one, other)
    if one.text:
        words = 1 - float(Indel.normalized_similarity(one.text, other.text))
        return 0.3 * min(words, 0.6) + 0.3 * place + 0.1 * colour + 0.1 * order
    size = min(1.0, abs(float(np.log((one.span + 1) / (other.span + 1)))))
    form = _form_cost(one, other)
    return 0.3 * form + 0.25 * place + 0.15 * size + 0.2 * colour + 0.1 * order


def copied(one: Element, other: Element) -> bool:
    """Whether an element is another one, moved only."""
    if one.commands != other.commands or one.points.shape != other.points.shape:
        return False
    if one.text != other.text or not same_look(one, other):
        return False
    steps = other.points - one.points
    return bool(np.abs(steps - steps.mean(axis=0)).max() <= EQUAL)


def _colour_cost(one: Element, other: Element) -> float:
    if one.colour is None or other.colour is None:
        return 0.0 if one.colour == other.colour else 1.0
    gap = max(abs(a - b) for a, b in zip(one.colour, other.colour, strict=True)) / 255
    kind = (one.fill is None) != (other.fill is None)
    return min(1.0, gap + 0.3 * kind)


def _form_cost(one: Element, other: Element) -> float:
    """How unlike two outlines are, wherever they stand and however large they are."""
    if one.commands == other.commands and len(one.points) > 2:
        fit, residual = affine(one.points, other.points)
        del fit
        if residual < 0.02 * max(other.span, 1):
            return 0.1
    a = (one.outline - one.centre) / max(one.span, 1e-6)
    b = (other.outline - other.centre) / max(other.span, 1e-6)
    near = (cKDTree(a).query(b)[0].mean() + cKDTree(b).query(a)[0].mean()) / 2
    likeness = min(1.0, 6 * float(near))
    same_start = _common(one.commands, other.commands)
    return min(likeness, 1 - 0.7 * same_start)


def _common(one: str, other: str) -> float:
    """How much of two outlines is drawn by the same commands."""
    if len(one) < 4 or len(other) < 4:
        return 0.0
    return float(Indel.normalized_similarity(one, other)) if one != other else 1.0


def affine(one: Matrix, other: Matrix) -> tuple[Matrix, float]:
    """The affine map `(2, 3)` from points to points, and by how much it misses at most.

    Where the points leave it open, as those of a line do, it is the one that changes least.
    """
    count = len(one)
    middle, centre = one.mean(axis=0), other.mean(axis=0)
    a, b = one - middle, other - centre
    rank = np.linalg.matrix_rank(a, tol=1e-3 * max(float(np.abs(a).max(initial=0)), 1e-6))
    if count < 2 or rank == 0:
        turn = np.eye(2)
    elif rank == 1:
        turn = _along(a, b)
    else:
        turn = np.linalg.lstsq(a, b, rcond=None)[0].T
    found = np.column_stack([turn, centre - turn @ middle])
    missed = one @ turn.T + found[:, 2] - other
    return found, float(np.abs(missed).max(initial=0.0))


def _along(a: Matrix, b: Matrix) -> Matrix:
    """Turn and scale of points on one line."""
    far = int(np.argmax(np.linalg.norm(a, axis=1)))
    one, other = complex(*a[far]), complex(*b[far])
    ratio = other / one
    return np.array([[ratio.real, -ratio.imag], [ratio.imag, ratio.real]])


def _moved(
    ours: Sequence[Element], theirs: Sequence[Element], *, other_view: bool
) -> Matrix | None:
    """A map of the whole drawing that explains more than standing still does."""
    if min(len(ours), len(theirs)) < (1 if other_view else 2):
        return None
    still = len(_same_places(ours, theirs))
    enough = max(math.ceil(TOGETHER * len(ours)), min(2, len(ours)))
    best, most = None, max(still, enough - 1)
    for one, other in itertools.islice(_alike(ours, theirs), TRIED):
        found, residual = affine(one.points, other.points)
        if residual > EQUAL or np.abs(found - NO_MAP).max() < 0.02:
            continue
        explained = len(_same_places([element.moved(found) for element in ours], theirs))
        if explained > most:
            best, most = found, explained
    return best


def _alike(ours: Sequence[Element], theirs: Sequence[Element]) -> Iterator[tuple[Element, Element]]:
    """Pairs that may be the same element elsewhere, large ones of unusual form first."""
    for one in sorted(ours, key=lambda e: (-len(e.commands), -e.span)):
        for other in theirs:
            if one.commands and one.commands == other.commands and len(one.points) > 1:
                yield one, other


def _same_places(ours: Sequence[Element], theirs: Sequence[Element]) -> list[int]:
    free = list(theirs)
    found = []
    for i, one in enumerate(ours):
        at = next((k for k, other in enumerate(free) if _on(one, other)), None)
        if at is not None:
            found.append(i)
            del free[at]
    return found


def _on(one: Element, other: Element) -> bool:
    """As `same_place`, quickly; of texts the anchor."""
    if one.commands != other.commands or one.points.shape != other.points.shape:
        return False
    return bool(np.abs(one.points - other.points).max() <= 2 * EQUAL)
