"""What differs between two drawings, element by element, from their sources.

Elements are matched; of each pair it is asked whether it moved, was reshaped, painted otherwise,
retyped or brought into another order; what has no partner is missing or too many. Where one map or
one change of colour explains all, it is said once. Names and boxes come from what is seen of an
element, severities from the rules of the edits in `operators`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import OSA

from visual_erm.data.orders import longest_rising
from visual_erm.data.records import Effect, always, at_steps
from visual_erm.data.svg.comparison import Comparison, Side
from visual_erm.data.svg.elements import Element
from visual_erm.data.svg.matching import (
    EQUAL,
    affine,
    apart,
    copied,
    same_look,
    same_place,
)
from visual_erm.data.svg.operators import (
    by_reach,
    by_share,
)
from visual_erm.data.svg.oracle_looks import looks
from visual_erm.judges.svg.words import colour_name
from visual_erm.types import Discrepancy, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Mask = NDArray[np.bool_]

CUT = 0.11
"""Share of the picture by which a drawing must be off for part of it to count as cut off."""
SEVERAL = 0.25
"""Share of the elements that are missing together."""
COVERED = 0.04
"""Share of an element's pixels by which it must show more or less to count as in another layer."""
_NUMBER = re.compile(r"\d+")


def compare(ours: Side, theirs: Side) -> list[Discrepancy]:
    """The differences that show, each once."""
    found = Comparison(ours, theirs)
    mine: list[Element] = list(ours.elements)
    if found.matching.map is not None:
        _whole(found, found.matching.map)
        mine = [element.moved(found.matching.map) for element in mine]
    _missing(found)
    _added(found, mine)
    places = _places(found, mine)
    for i, moved in places.items():
        if moved is not None:  # lines become thicker with the rest
            mine[i] = mine[i].scaled(math.sqrt(abs(float(np.linalg.det(moved[:, :2])))))
    _exchanged(found, places)
    for i, j in found.matching.pairs.items():
        if mine[i].text:
            _text(found, i, j, mine[i], moved=i in places)
        elif i in places:
            _place(found, i, j, mine[i])
    looks(found, mine)
    _layers(found, mine)
    return found.errors


def _whole(found: Comparison, moved: Matrix) -> None:
    """The drawing as a whole stands elsewhere."""
    height, width = found.reference.shape[:2]
    turn = moved[:, :2]
    scale = math.sqrt(abs(float(np.linalg.det(turn))))
    if np.linalg.det(turn) < 0:
        way = "left for right" if turn[0, 0] < 0 else "upside down"
        words = f"The whole drawing is mirrored, {way}."
        found.say("structure_error", always(3), words, whole=True)
        return
    if abs(scale - 1) > 0.03:
        words = f"The whole drawing is {'smaller' if scale < 1 else 'larger'}, "
        words += f"{100 * scale:.0f}% of its size."
        found.say("structure_error", _placed, words, whole=True)
        return
    if np.abs(turn - np.eye(2)).max() > 0.05:
        found.say("structure_error", always(3), "The whole drawing is turned.", whole=True)
        return
    dx, dy = float(moved[0, 2]), float(moved[1, 2])
    reach = max(abs(dx), abs(dy)) / max(width, height)
    way = _direction(dx, dy)
    if max(abs(dx) / width, abs(dy) / height) > CUT:
        words = f"The drawing is shifted {way}, so that part of it may be cut off."
        found.say("structure_error", _placed, words, whole=True)
    else:
        words = f"The whole drawing stands too far {way}."
        found.say("shape_error", by_reach, words, reach=reach, whole=True)


def _placed(effect: Effect) -> Severity:
    return at_steps(effect.share, 0.1, 0.6)


def _direction(dx: float, dy: float) -> str:
    across = "" if abs(dx) < 0.4 * abs(dy) else "to the right" if dx > 0 else "to the left"
    down = "" if abs(dy) < 0.4 * abs(dx) else "down" if dy > 0 else "up"
    return " and ".join(part for part in (down, across) if part) or "away"


def _missing(found: Comparison) -> None:
    gone = [i for i in found.matching.missing if found.ours.seen(i) is not None]
    elements = found.ours.elements
    together = _together(gone, elements)
    if len(together) > 1 or all(elements[i].text for i in gone):
        for i in [i for i in gone if elements[i].text]:
            words = f'The text "{elements[i].text}" is missing.'
            found.say("text_symbol_error", always(3), words, (i,))
        together = _together([i for i in gone if not elements[i].text], elements)
    for group in together:
        if len(group) == 1:
            found.say("structure_error", by_share, "The {thing} is missing.", group)
        else:
            words = f"{len(group)} elements are missing, among them the {{thing}}."
            found.say("structure_error", by_share, words, group)


def _together(chosen: Sequence[int], elements: Sequence[Element]) -> list[list[int]]:
    """Elements that are missing as one: all of them if they are many, or those of a group."""
    if len(chosen) > 1 and len(chosen) >= SEVERAL * len(elements):
        return [list(chosen)]
    groups: dict[int, list[int]] = {}
    for i in chosen:
        # groups are numbered from 1
        groups.setdefault(elements[i].parent or -i, []).append(i)
    return list(groups.values())


def _added(found: Comparison, mine: Sequence[Element]) -> None:
    new = [j for j in found.matching.added if found.theirs.seen(j) is not None]
    elements = found.theirs.elements
    copies: dict[int, list[int]] = {}
    for j in new:
        other = elements[j]
        if other.text:
            words = f'The text "{other.text}" stands where nothing should.'
            found.say("text_symbol_error", always(2), words, (), (j,))
        elif _covers(other, found.reference.shape) and j == 0:
            name = colour_name(other.colour) if other.colour else "coloured"
            words = f"The background is {name}, not white."
            found.say("style_error", always(2), words, whole=True)
        else:
            origin = next((i for i, one in enumerate(mine) if copied(one, other)), -1 - j)
            copies.setdefault(origin, []).append(j)
    for origin, some in copies.items():
        if origin < 0:
            words = "The {thing} is drawn, and the reference has none there."
        elif len(some) == 1:
            words = "There is a second copy of the {thing}."
        else:
            words = f"The {{thing}} is drawn {len(some) + 1} times."
        found.say("structure_error", by_share, words, (), some)


def _covers(element: Element, shape: Sequence[int]) -> bool:
    x0, y0, x1, y1 = element.box
    return x0 <= 2 and y0 <= 2 and x1 >= shape[1] - 2 and y1 >= shape[0] - 2


def _places(found: Comparison, mine: Sequence[Element]) -> dict[int, Matrix | None]:
    """Elements with another outline or place, and the map that explains it, if one does."""
    maps: dict[int, Matrix | None] = {}
    for i, j in found.matching.pairs.items():
        one, other = mine[i], found.theirs.elements[j]
        if one.text:
            step = other.points[0] - one.points[0]
            if float(np.abs(step).max()) > 2 * EQUAL:
                maps[i] = np.column_stack([np.eye(2), step])
        elif i in found.matching.parts or j in found.matching.wholes:
            if not _complete(found, mine, i, j):
                maps[i] = None
        elif not same_place(one, other):
            maps[i] = _map(one, other)
    return maps


def _map(one: Element, other: Element) -> Matrix | None:
    if one.commands != other.commands or one.points.shape != other.points.shape:
        return None
    moved, residual = affine(one.points, other.points)
    return moved if residual <= max(EQUAL, 0.01 * other.span) else None


def _complete(found: Comparison, mine: Sequence[Element], i: int, j: int) -> bool:
    """Whether all outlines of a path that fell into parts are there."""
    theirs = found.theirs.elements
    ours = [mine[k] for k in (i, *found.matching.wholes.get(j, ()))]
    others = [theirs[k] for k in (j, *found.matching.parts.get(i, ()))]
    return sum(len(e.points) for e in ours) == sum(len(e.points) for e in others)


def _exchanged(found: Comparison, places: dict[int, Matrix | None]) -> None:
    """Two elements at each other's places."""
    for i in list(places):
        for k in list(places):
            if not (i < k and i in places and k in places):
                continue
            one, two = places[i], places[k]
            if one is None or two is None:
                continue
            still = (np.abs(m[:, :2] - np.eye(2)).max() < 0.02 for m in (one, two))
            against = float(np.abs(one[:, 2] + two[:, 2]).max())
            near = max(3.0, 0.1 * float(np.abs(one[:, 2]).max()))
            if all(still) and against <= near and float(np.abs(one[:, 2]).max()) > 5:
                pairs = found.matching.pairs
                name = found.ours.name(k) or "other one"
                words = f"The {{thing}} and the {name} have changed places."
                found.say("structure_error", by_share, words, (i, k), (pairs[i], pairs[k]))
                found.told |= {i, k}
                del places[i], places[k]


def _place(found: Comparison, i: int, j: int, one: Element) -> None:
    """An element elsewhere, or of another form."""
    other = found.theirs.elements[j]
    found.told.add(i)
    moved = _map(one, other)
    if i in found.matching.parts or j in found.matching.wholes:
        found.say("shape_error", by_share, "A part of the {thing} is gone.", (i,), (j,))
        return
    if one.commands.count("M") != other.commands.count("M"):
        fewer = one.commands.count("M") > other.commands.count("M")
        words = f"A hole in the {{thing}}, or a part of it, is {'gone' if fewer else 'too many'}."
        found.say("shape_error", by_share, words, (i,), (j,))
        return
    if moved is None:
        step = other.centre - one.centre
        size = other.span / max(one.span, 1e-6)
        onto = (one.outline - one.centre) * size + other.centre
        if apart(onto, other.outline) > max(2 * EQUAL, 0.03 * other.span):
            words = "The outline of the {thing} is another one."
            if one.tag != other.tag and "path" not in (one.tag, other.tag):
                words = f"The {one.tag} is a {other.tag}."
            found.say("shape_error", by_share, words, (i,), (j,))
            return
        moved = np.column_stack([np.eye(2) * size, step + (1 - size) * one.centre])
    turn = moved[:, :2]
    if np.abs(turn - np.eye(2)).max() <= 0.02:
        step = other.centre - one.centre
        reach = float(np.linalg.norm(step)) / max(found.reference.shape[:2])
        way = _direction(float(step[0]), float(step[1]))
        words = f"The {{thing}} stands too far {way}."
        found.say("shape_error", by_reach, words, (i,), (j,), reach=reach)
        return
    found.say("shape_error", by_share, f"The {{thing}} {_turned(turn)}.", (i,), (j,))


def _turned(turn: Matrix) -> str:
    """What an affine map does, in words."""
    if np.linalg.det(turn) < 0:
        return "is mirrored"
    axes = np.linalg.svd(turn)[1]
    ratio, scale = float(axes[0] / max(axes[1], 1e-6)), float(np.sqrt(axes[0] * axes[1]))
    angle = math.degrees(math.atan2(turn[1, 0], turn[0, 0]))
    if ratio < 1.03:
        if abs(angle) > 2:
            way = "clockwise" if angle > 0 else "anticlockwise"
            return f"is turned by {abs(angle):.0f} degrees {way}"
        return f"is too {'small' if scale < 1 else 'large'}, {scale:.2g} times its size"
    if abs(turn[0, 1]) < 0.03 and abs(turn[1, 0]) < 0.03:
        wide = turn[0, 0] / turn[1, 1]
        return "is too wide or too low" if wide > 1 else "is too narrow or too tall"
    return "is slanted"


def _text(found: Comparison, i: int, j: int, one: Element, *, moved: bool) -> None:
    other = found.theirs.elements[j]
    if one.text != other.text:
        words = f'The text "{one.text}" reads "{other.text}".'
        level = always(_retyped(one.text, other.text))
        found.say("text_symbol_error", level, words, (i,), (j,))
    if abs(one.size - other.size) > max(0.5, 0.05 * one.size):
        word = "small" if other.size < one.size else "large"
        words = f'The text "{one.text}" is too {word}.'
        found.say("text_symbol_error", always(1), words, (i,), (j,))
    elif moved:
        words = f'The text "{one.text}" stands in another place.'
        found.say("text_symbol_error", always(1), words, (i,), (j,))


def _retyped(before: str, after: str) -> Severity:
    """As the edits: 1 for two letters exchanged, 3 for another number or other words."""
    if _NUMBER.findall(before) != _NUMBER.findall(after):
        return 3
    if sorted(before) == sorted(after):
        return 1
    if OSA.distance(before, after) == 1:
        return 2
    ours, theirs = before.split(), after.split()
    if len(theirs) < len(ours) and set(theirs) <= set(ours):
        return 2
    return 3 if OSA.normalized_similarity(before, after) < 0.6 else 2


def _layers(found: Comparison, mine: Sequence[Element]) -> None:
    """Elements that lie in front of what should cover them, or behind."""
    pairs = found.matching.pairs
    order = list(pairs)
    kept = longest_rising([pairs[i] for i in order])
    for at, i in enumerate(order):
        j = pairs[i]
        if at in kept or i in found.told or not same_look(mine[i], found.theirs.elements[j]):
            continue
        was, now = found.ours.seen(i), found.theirs.seen(j)
        shown = [0 if seen is None else seen.pixels for seen in (was, now)]
        neighbours = [k for k in order if k != i and (pairs[k] > j) != (k > i)]
        front = sum(k > i for k in neighbours) * 2 >= len(neighbours)
        changed = abs(shown[0] - shown[1]) > COVERED * max(shown)
        if changed or found.share([was.box if was else None]) > 0:
            words = "in front of what should cover it" if front else "behind what it should cover"
            found.say("structure_error", by_share, f"The {{thing}} lies {words}.", (i,), (j,))
