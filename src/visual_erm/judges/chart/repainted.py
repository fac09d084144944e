"""Marks in another series' colour, and fills so pale that hardly a grey level is lost.

What differs by less than `layers.STEP` counts as the same there, so that smoothing is no change. A
band of a fifth of a colour's strength lies below that: it is looked for by its own colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from visual_erm.align import components, pixels
from visual_erm.judges.chart import shapes
from visual_erm.judges.chart.colours import Palette, lab_of
from visual_erm.judges.chart.kinds import FILLED, fatness
from visual_erm.judges.chart.state import Panels, described, grown, overlap, series_name, share_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

PALE = (6.0, 26.0)
"""Distance in Lab from its paper of a fill that no step of grey levels shows."""
LARGE = 0.012
"""Share of a panel that such a fill covers at least."""
BARE, GONE = 0.45, 0.85
"""Part of that distance within which there is paper, and share of a fill that is paper now."""
WHOLE, SAME_PLACE = 0.85, 0.8
"""Share of a mark that has the other colour, and overlap of both, when it was painted over."""
ALIKE, BESIDE = 0.7, 0.15
"""Share of marks that another colour must have taken over, and share of what is around filled marks
that had it before at most, or it stood behind them."""
ENCLOSED, MOSTLY = 0.8, 0.5
"""Share of a fill, and of the paper that outlines cut off, that must be each other, and of the
paper within one outline that has the fill: smoothing takes the rim of small marks."""
STRIPES, SPECK, FULLER = 3, 4, 1.1
"""Stripes of each mark between which another colour is seen, pixels of one, and how many times as
much that other colour covers where there are none, at least."""
MOST_HATCHED, TOUCHED = 6, 0.1
"""Colours of a plot that is looked at for hatches, and part of what stripes cover that the colour
between them covers right beside them, at least."""
AROUND = 5
"""Pixels beside filled marks that are around them."""
MOST = 60
"""Marks of a series that are looked at."""


class _Painted(NamedTuple):
    """A mark of one colour that has another series' colour now."""

    k: int
    m: int
    """Colour of the candidate."""
    mark: Mask
    now: Mask
    """The mark of the candidate in its place."""


def compare_repainted(state: Panels) -> None:
    """Report filled marks that have the colour of another series, at their own place."""
    if not state.layers.same_size:
        return  # drawn anew, what is seen through other marks has another colour by itself
    painted = [one for k in state.pairs for one in _of_series(state, k)]
    back = {m: k for k, m in state.pairs.items()}
    ways = {(one.k, back.get(one.m)) for one in painted}
    crossed = [one for one in painted if (back.get(one.m), one.k) in ways]
    if crossed:
        both = np.any([one.mark for one in crossed], axis=0)
        names = dict.fromkeys(described(state.layers.colours.colours[one.k]) for one in crossed)
        said = f"{' and '.join(names)} are exchanged"
        state.add("recoloured", "style_error", 2, "series colours", said, both, both)
    for k in dict.fromkeys(one.k for one in painted):
        own = [one for one in painted if one.k == k and not any(one is c for c in crossed)]
        if own:
            mask = np.any([one.mark for one in own], axis=0)
            name = described(state.layers.colours_b.colours[own[0].m])
            state.add("recoloured", "style_error", 1, series_name(state, k),
                      f"a part of it is {name}", mask, mask, name)  # fmt: skip
            now = np.any([one.now for one in own], axis=0)
            shapes.compare_painted(state, k, mask, now)


def _of_series(state: Panels, k: int) -> list[_Painted]:
    layers = state.layers
    one, same = layers.colours.mask(k), state.pairs[k]
    index = layers.colours_b.index
    if k == layers.colours.ink or not (one & (index >= 0) & (index != same)).any():
        return []
    if fatness(one) <= FILLED:
        return []
    count, pieces, stats, _ = components(one)
    found = []
    for n in sorted(range(1, count), key=lambda n: -stats[n, 4])[:MOST]:
        if stats[n, 4] < max(40, 0.001 * one.size):
            break
        mark = pieces == n
        now = index[mark]
        colours, counts = np.unique(now, return_counts=True)
        m, share = int(colours[counts.argmax()]), counts.max() / len(now)
        if m < 0 or m in (same, layers.colours_b.ink) or share < WHOLE:
            continue
        two = layers.colours_b.mask(m)
        _, others = cv2.connectedComponents((two | mark).astype(np.uint8))
        at = np.bincount(others[mark]).argmax()
        there = two & (others == at)
        if overlap(mark, there) > SAME_PLACE:
            found.append(_Painted(k, m, mark, there))
    return found


def compare_pale(state: Panels) -> None:
    """Report pale fills that are gone or new, all of one picture as one: a line draws all bands."""
    layers = state.layers
    gone = _unmatched(layers.colours, state, candidate=False)
    if gone:
        one = np.any([mask for _, mask in gone], axis=0)
        names = " and ".join(described(layers.colours.colours[k]) for k, _ in gone)
        where = series_name(state, gone[0][0]) if len(gone) == 1 else "plot"
        state.add("series missing", "data_error", 3, where, f"the {names} series is missing", one,
                  np.zeros_like(one))  # fmt: skip
        for k, _ in gone:
            state.pairs.pop(k, None)
            state.swapped.add(k)
    came = _unmatched(layers.colours_b, state, candidate=True)
    if came:
        two = np.any([mask for _, mask in came], axis=0)
        names = " and ".join(described(layers.colours_b.colours[m]) for m, _ in came)
        said = f"a {names} series that the reference does not have"
        state.add("series added", "data_error", 2, "plot", said, np.zeros_like(two), two)
        new = {m for m, _ in came}
        state.pairs = {k: m for k, m in state.pairs.items() if m not in new}
        state.swapped_b |= new


def compare_alike(state: Panels, k: int, one: Mask) -> bool:
    """Report marks that have the colour of another series now."""
    layers = state.layers
    around = grown(one, AROUND) & ~one
    filled = fatness(one) > FILLED
    for other, m in state.pairs.items():
        before, now = layers.colours.mask(other), layers.colours_b.mask(m)
        if share_on(one & ~layers.hidden, grown(now & ~grown(before, 2), 2)) < ALIKE:
            continue
        if filled and share_on(around, before) > BESIDE:
            continue  # what stood behind it would look the same
        if share_on(before, layers.lost) < 0.05:
            name, became = (
                described(layers.colours.colours[k]),
                described(layers.colours_b.colours[m]),
            )
            said = f"{name} became {became}, as another series is"
            state.add("recoloured", "style_error", 3, series_name(state, k), said, one, one, name)
            return True
    return False


def compare_merged(state: Panels, lost: Sequence[int]) -> bool:
    """Report marks of many colours, all of which have one or a few others now, at their places."""
    layers = state.layers
    known = {*state.pairs.values(), *state.swapped_b}
    new = [m for m in range(len(layers.colours_b.colours)) if m not in known]
    if not 0 < len(new) < len(lost):
        return False
    two = np.any([layers.colours_b.mask(m) for m in new], axis=0) & ~layers.hidden
    masks = [layers.colours.mask(k) & ~layers.hidden for k in lost]
    one = np.any(masks, axis=0)
    if min(share_on(mask, grown(two, 1)) for mask in masks) < WHOLE:
        return False
    # where they overlap, see-through marks have further colours
    if share_on(two, grown(layers.colours.index >= 0, 1)) < WHOLE or share_on(two, one) < MOSTLY:
        return False
    before, now = (
        ", ".join(described(palette.colours[k]) for k in chosen)
        for palette, chosen in ((layers.colours, lost), (layers.colours_b, new))
    )
    state.add("recoloured", "style_error", 2, "series of the plot", f"{before} became {now}",
              one, two)  # fmt: skip
    state.swapped.update(lost)
    state.swapped_b.update(new)
    return True


def compare_striped(state: Panels, one: Mask, *, gone: bool) -> bool:
    """Report stripes of a colour between those of a series that is whole now, or the reverse.

    They are hatches of bars, or the line that is seen between the dashes of another.

    Args:
        state: of the panels.
        one: where they are.
        gone: whether the reference has them.
    """
    layers = state.layers
    for other, m in state.pairs.items():
        masks = layers.colours.mask(other), layers.colours_b.mask(m)
        between, whole = masks if gone else masks[::-1]
        if share_on(one & ~layers.hidden, grown(whole, 1)) < WHOLE:
            continue
        shapes = _striped(one & ~layers.hidden, between)
        parts = (one | between) & shapes & ~layers.hidden, whole & shapes & ~layers.hidden
        if overlap(*parts) < SAME_PLACE or pixels(parts[1]) < FULLER * pixels(between & shapes):
            continue
        filled = fatness(parts[1]) > FILLED
        what = "hatch of the marks is" if filled else "line's dashes are"
        said = f"the {what} {'missing' if gone else 'new'}"
        where = series_name(state, other)
        state.add("line look", "style_error", 2 if filled else 1, where, said, *parts)
        return True
    return False


def _striped(one: Mask, between: Mask) -> Mask:
    """The marks, widened a little, that have stripes of one colour between those of another."""
    count, _, stats, _ = components(one)
    stripes = int((stats[1:count, 4] >= SPECK).sum())
    _, pieces = cv2.connectedComponents(grown(one | between, 1).astype(np.uint8))
    marks = np.unique(pieces[one])
    return np.isin(pieces, marks) if 0 < STRIPES * len(marks) <= stripes else np.zeros_like(one)


def settle_hatches(state: Panels) -> None:
    """Take hatches that are as they were out of what differs: they do not move with their marks.

    Where a plot stands elsewhere in its picture, other parts of its marks have stripes.
    """
    layers = state.layers
    if state.match.a.image.shape == state.match.b.drawn.shape or len(state.pairs) > MOST_HATCHED:
        return
    seen = {
        k: (layers.colours.mask(k) & ~layers.hidden, layers.colours_b.mask(m) & ~layers.hidden)
        for k, m in state.pairs.items()
    }
    for k, stripes in seen.items():
        areas = [pixels(mask) for mask in stripes]
        if min(areas) < ALIKE * max(areas) or components(stripes[0])[0] <= STRIPES:
            continue
        beside = grown(stripes[0], 2)
        for other, between in seen.items():
            if other == k or pixels(beside & between[0]) < TOUCHED * areas[0]:
                continue
            one, two = (_striped(*pair) for pair in zip(stripes, between, strict=True))
            if one.any() and two.any() and overlap(one, two) > WHOLE:
                layers.settle(one & two)


def compare_filled(state: Panels, name: str, mask: Mask, *, gone: bool) -> bool:
    """Report a colour that fills, or filled, marks whose outlines both pictures draw.

    Where one picture has the colour, the other has paper that the outlines cut off from the rest.
    """
    layers = state.layers
    if not layers.same_size:
        return False
    there = layers.lab_b if gone else layers.lab_a
    paper = np.linalg.norm(there - _paper(state, candidate=gone), axis=2) < PALE[0]
    _, pieces, stats, _ = components(paper)
    touched = np.bincount(pieces[mask & paper], minlength=len(stats))
    touched[0] = 0
    bare = np.isin(pieces, np.flatnonzero(touched > MOSTLY * stats[:, 4]))
    if share_on(mask, grown(bare, 2)) < ENCLOSED or share_on(bare, grown(mask, 2)) < ENCLOSED:
        return False
    said = f"the marks are {'no longer ' if gone else ''}filled in {name}"
    state.add("recoloured", "style_error", 1, "marks", said, mask, mask, name)
    return True


def _unmatched(palette: Palette, state: Panels, *, candidate: bool) -> list[tuple[int, Mask]]:
    """Pale fills of one picture where the other shows paper."""
    fills = ((k, _pale_fill(palette, k, state, candidate=candidate))
             for k in range(len(palette.colours)))  # fmt: skip
    return [(k, mask) for k, mask in fills
            if mask is not None and _bare(state, mask, candidate=not candidate)]  # fmt: skip


def _pale_fill(palette: Palette, k: int, state: Panels, *, candidate: bool) -> Mask | None:
    """Where a colour fills, if it is hardly darker than its paper; else None."""
    away = _away(state, candidate=candidate, colour=palette.colours[k])
    if k == palette.ink or not PALE[0] < away < PALE[1]:
        return None
    mask = palette.mask(k)
    if np.count_nonzero(mask) < LARGE * mask.size or fatness(mask) <= FILLED:
        return None
    return mask


def _away(state: Panels, *, candidate: bool, colour: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(colour - _paper(state, candidate=candidate)))


def _paper(state: Panels, *, candidate: bool) -> NDArray[np.float32]:
    return lab_of(state.paper(candidate))


def _bare(state: Panels, mask: Mask, *, candidate: bool) -> bool:
    """Whether one of the pictures shows paper where the other one has a fill."""
    layers = state.layers
    there, here = (layers.lab_b, layers.lab_a) if candidate else (layers.lab_a, layers.lab_b)
    seen = mask & ~layers.hidden & ~grown(~mask, 2)
    if not seen.any():
        return False
    paper = _paper(state, candidate=candidate)
    gap = float(np.median(np.linalg.norm(here[seen] - paper, axis=1)))
    away = np.linalg.norm(there[seen] - paper, axis=1)
    return gap > PALE[0] and float((away < BARE * gap).mean()) > GONE
