"""Which colour of one picture is which of the other, where a series has another colour now.

A series is known again by its legend entry, by its place, or by its kind of mark where its colour
is nearly the same or nothing else is left. Only then are its values compared as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from visual_erm.align import pixels
from visual_erm.judges.chart.kinds import kind
from visual_erm.judges.chart.state import Panels, described, entry_name, overlap, series_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

SAME_SHAPE = 0.6
"""Overlap (with tolerance) above which two colours draw the same marks."""
NEARLY = 32.0
"""Distance in Lab of two tints that one name may have: a guessed blue, not green for blue."""
CROSSED = 0.15
"""By how much marks must lie better on others than on those of their own colour."""
ALIKE = 2.5
"""How many times as much one of two series of a kind may cover."""


class Partners(NamedTuple):
    """A colour of the reference, one of the candidate, and what says that they are one series."""

    k: int
    m: int
    in_place: bool
    """Whether they cover the same places."""


def partners(state: Panels, lost: Sequence[int], came: Sequence[int]) -> list[Partners]:
    """Pairs of a lost and a new colour that draw the same series, the surest first."""
    layers = state.layers
    ones = {k: layers.colours.mask(k) for k in lost}
    twos = {m: layers.colours_b.mask(m) for m in came}
    other = state.match.panel(state.index)
    names = {k: entry_name(state.match.a, state.index, layers.colours.colours[k]) for k in lost}
    names_b = {m: entry_name(state.match.b, other, layers.colours_b.colours[m]) for m in came}
    rated = []
    for k, one in ones.items():
        for m, two in twos.items():
            gap = float(np.linalg.norm(layers.colours.colours[k] - layers.colours_b.colours[m]))
            share = overlap(one, two)
            named = names[k] != "" and names[k] == names_b[m]
            if share > SAME_SHAPE or (
                (named or gap < NEARLY or len(lost) == len(came) == 1) and _alike(one, two)
            ):
                rated.append((share - gap / 100 + named, Partners(k, m, share > SAME_SHAPE)))
    chosen: list[Partners] = []
    for _, pair in sorted(rated, key=lambda r: -r[0]):
        if all(pair.k != c.k and pair.m != c.m for c in chosen):
            chosen.append(pair)
    return chosen


def _alike(one: Mask, two: Mask) -> bool:
    """Whether two masks are of one kind of mark, and of much the same extent."""
    areas = pixels(one), pixels(two)
    return max(areas) < ALIKE * min(areas) and kind(one) == kind(two)


def exchanged(state: Panels) -> None:
    """Report two series that have each other's place: each other's values where names tell."""
    colours, colours_b = state.layers.colours, state.layers.colours_b
    for k, m in list(state.pairs.items()):
        for p, q in list(state.pairs.items()):
            if k >= p or k not in state.pairs or p not in state.pairs:
                continue
            a, b = colours.mask(k), colours.mask(p)
            c, d = colours_b.mask(m), colours_b.mask(q)
            crossed = min(overlap(a, d), overlap(b, c))
            straight = max(overlap(a, c), overlap(b, d))
            if crossed <= SAME_SHAPE or crossed <= straight + CROSSED:
                continue
            if _named_as_before(state, k, m) or _named_as_before(state, p, q):
                said = f"{series_name(state, k)} and {series_name(state, p)} have each other's"
                state.add("marks", "data_error", 3, "plot", f"{said} values", a | b, c | d)
            else:
                said = f"{described(colours.colours[k])} and {described(colours.colours[p])}"
                said += " are exchanged"
                state.add("recoloured", "style_error", 2, "series colours", said, a | b, c | d)
            state.swapped |= {k, p}
            state.swapped_b |= {m, q}
            del state.pairs[k], state.pairs[p]


def _named_as_before(state: Panels, k: int, m: int) -> bool:
    """Whether legends give a colour the same name in both pictures."""
    other = state.match.panel(state.index)
    colours = state.layers.colours.colours[k], state.layers.colours_b.colours[m]
    name = entry_name(state.match.a, state.index, colours[0])
    return bool(name) and name == entry_name(state.match.b, other, colours[1])


def part_namesakes(state: Panels) -> None:
    """Part colours that another palette gave to another series, as legends and places say."""
    colours, colours_b = state.layers.colours, state.layers.colours_b
    other = state.match.panel(state.index)
    names = [entry_name(state.match.a, state.index, colour) for colour in colours.colours]
    names_b = [entry_name(state.match.b, other, colour) for colour in colours_b.colours]
    for k, m in list(state.pairs.items()):
        if not names[k] or names[k] == names_b[m] or names[k] not in names_b:
            continue
        one, named = colours.mask(k), names_b.index(names[k])
        if overlap(one, colours_b.mask(named)) > overlap(one, colours_b.mask(m)) + CROSSED:
            del state.pairs[k]


def moved_up(state: Panels) -> list[int]:
    """Part colours that the next series took over when one was left out, as cycles of colours do.

    Where the place of the one that seems left out is drawn in a new colour, all have other colours:
    they are parted, and known again by their places.

    Returns:
        The series of the reference that were left out, one of each cycle.
    """
    ones, twos = state.layers.colours, state.layers.colours_b
    taken, taken_b = {*state.pairs, *state.swapped}, {*state.pairs.values(), *state.swapped_b}
    new = [twos.mask(m) for m in range(len(twos.colours)) if m not in taken_b]
    gone: list[int] = []
    for start in range(len(ones.colours) - 1, -1, -1):
        if start in taken:
            continue
        last, chain = start, []
        while (k := _taken_over(state, last)) is not None:
            chain.append((last, state.pairs.pop(k)))
            last = k
        if not chain or any(overlap(ones.mask(last), mask) > SAME_SHAPE for mask in new):
            continue
        state.pairs.update(chain)
        state.recoloured.update(k for k, _ in chain)
        gone.append(last)
    return gone


def _taken_over(state: Panels, last: int) -> int | None:
    """The series whose colour stands at the place of another one now, and hardly at its own."""
    here = state.layers.colours.mask(last)
    for k, m in state.pairs.items():
        own, there = state.layers.colours.mask(k), state.layers.colours_b.mask(m)
        share = overlap(here, there)
        if share > SAME_SHAPE and share > overlap(own, there) + CROSSED:
            return k
    return None
