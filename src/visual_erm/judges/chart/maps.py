"""Maps of values and pictures in a plot: another colour map, other values, single cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import components, pixels, strongest
from visual_erm.judges.chart.colours import lab
from visual_erm.judges.chart.findings import Finding
from visual_erm.judges.chart.layers import Layers
from visual_erm.judges.chart.scene import ChartScene
from visual_erm.judges.chart.state import Panels, grown, overlap
from visual_erm.types import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

THROUGHOUT = 0.35
"""Share of the drawn pixels that must differ for a value map to differ as a whole."""
SMALLEST, SMALL, MAINLY = 0.0006, 0.0015, 0.5
"""Shares of a map of values that a cell covers at least: where cells make up most of what differs,
and elsewhere; and how much is most."""
TINY = 0.005
"""Share of a map of values that a cell covers that hardly matters."""
OF_BAR, KNOWN = 6.0, 0.95
"""Distance in Lab of two colours of one colour map, and share of a bar that must have such."""
STEPS, EDGE, NEAR_BAR, OWN = 48, 0.08, 12.0, 0.7
"""Places along a colour bar that are looked at, share of it at both ends that is its frame, and
distance in Lab from its colours, and share of a plot that must be as near."""
TINTED = 0.05
"""Share of the drawn pixels that another colour map changes at least."""
TOLD = 0.25
"""Part of the difference that is left at most where the colours of one half of a plot tell those of
the other half, and of how much the colours vary at all."""
SHARED, SEEN = 0.5, 8
"""Share of the pixels whose colour must occur in both halves, and how often in each."""
STROKE, LOOSE = 7, 0.35
"""Pixels that a line is thick at most, and share of it that is thicker, or of its box that it
covers, at most: no cell."""
FOREIGN, FINE = 35.0, 2
"""Distance in Lab from all colours of a map from which a colour is none of it; pixels between those
that are looked at."""
UNLIKE, SPREAD, WRONG = 20.0, 3.0, 0.3
"""Distance in Lab from the colour that another colour map gives to a value from which it is that of
another value, how many times the usual distance is added, and share of the plot from which the rule
itself is in doubt."""
BARE, SAME_PAPER = 0.2, 0.85
"""Shares of a plot that is paper where marks stand apart, and of the paper that still is."""
COLOURS = 1 << 12
"""At 4 bits a channel."""


def compare_map(state: Panels) -> list[Finding]:
    """A map of values: another colour map, other values throughout, or single cells."""
    layers = state.layers
    drawn = (layers.colours.index >= 0) | (layers.colours_b.index >= 0)
    changed = cv2.morphologyEx(
        (layers.lost | layers.new).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    share = pixels(changed) / max(1, pixels(drawn))
    strip = state.match.a.panels[state.index].kind == "strip"
    what = "colour bar" if strip else "plot"
    kept = not strip and share > TINTED and _same_scale(state)
    if not strip and not kept and share > TINTED and _retinted(layers):
        state.add("colour map", "style_error", 2, what, "the colour map differs", drawn, drawn)
        _cells_of_another(state)
        return state.findings
    if share > THROUGHOUT:
        if strip and _other_range(layers):
            said = "the colours stand for other values"
            state.add("colour map", "data_error", 2, what, said, drawn, drawn, detail="range")
        elif strip or (not (kept or _other_paper(layers)) and _same_structure(layers)):
            state.add("colour map", "style_error", 2, what, "the colour map differs", drawn, drawn)
            if not strip:
                _marks_on_paper(state)
        else:
            said = "the values differ throughout"
            state.add("everything", "data_error", 3, what, said, drawn, drawn)
        return state.findings
    if not strip:
        _cells(state, changed, share)
    return state.findings


def _same_scale(state: Panels) -> bool:
    """Whether colour bars have the colours that they had, and a plot has none but theirs."""
    a, b, layers = state.match.a, state.match.b, state.layers
    pairs = [
        (i, j) for i, j in state.match.pairs if a.panels[i].kind == b.panels[j].kind == "strip"
    ]
    bars = [(_scale(a, i), _scale(b, j)) for i, j in pairs]
    if not bars or any(_unlike(one, two) > OF_BAR for one, two in bars):
        return False
    drawn = (layers.colours_b.index >= 0) & ~layers.hidden
    shown = layers.lab_b[::FINE, ::FINE][drawn[::FINE, ::FINE]]
    away = [np.linalg.norm(shown - colour, axis=1) for _, two in bars for colour in two]
    return len(shown) > 0 and float((np.min(away, axis=0) < NEAR_BAR).mean()) > OWN


def _scale(scene: ChartScene, index: int) -> NDArray[np.float32]:
    """`(STEPS, 3)`: the colours along a colour bar, in Lab."""
    part = scene.within(scene.panels[index].box)
    along = np.median(part, axis=1 if part.shape[0] > part.shape[1] else 0).astype(np.uint8)
    at = np.linspace(EDGE, 1 - EDGE, STEPS) * (len(along) - 1)
    return np.asarray(lab(along[at.round().astype(int)][None])[0])


def _unlike(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(one - two, axis=1).mean())


def _cells(
    state: Panels, changed: NDArray[np.uint8], share: float, *, retinted: bool = False
) -> None:
    """Report cells of which each has another colour; lines drawn over a map are none.

    In a map that is retinted all colours are others.
    """
    closed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, pieces, stats, _ = components(closed)
    thick = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((STROKE, STROKE), np.uint8))
    solid = np.bincount(pieces[thick > 0], minlength=count)
    large = [
        n
        for n in range(1, count)
        if stats[n, 4] > max(30, SMALLEST * closed.size)
        and (solid[n] > LOOSE * stats[n, 4] or stats[n, 4] > LOOSE * stats[n, 2] * stats[n, 3])
    ]
    if sum(int(stats[n, 4]) for n in large) < MAINLY * pixels(closed):
        # among much else that is no cell, small ones are none either
        large = [n for n in large if stats[n, 4] > SMALL * closed.size]
    if len(large) > 3:
        mask = np.isin(pieces, large)
        several: Severity = 2 if share < 0.15 else 3
        said = f"{len(large)} cells differ"
        state.add("marks", "data_error", several, "plot", said, mask, mask)
        return
    for n in large:
        mask = pieces == n
        if not retinted and _foreign(state.layers, mask):
            said = "a part of it has a colour that nothing else has"
            state.add("recoloured", "style_error", 1, "plot", said, mask, mask)
            continue
        severity: Severity = 1 if stats[n, 4] < TINY * closed.size else 2
        state.add("marks", "data_error", severity, "cell of the plot", "the value differs", mask,
                  mask)  # fmt: skip


def _foreign(layers: Layers, mask: Mask) -> bool:
    """Whether the candidate has one colour in a place that stands for no value of the map."""
    there = layers.lab_b[mask]
    colour = np.median(there, axis=0)
    if float((np.linalg.norm(there - colour, axis=1) < OF_BAR).mean()) < MAINLY:
        return False
    known = layers.lab_a[::FINE, ::FINE].reshape(-1, 3)
    return float(np.linalg.norm(known - colour, axis=1).min()) > FOREIGN


def _retinted(layers: Layers) -> bool:
    """Whether each colour became another one, the same wherever it stands: the values are the same.

    What the colours of one half of the plot became tells those of the other half, if the colours
    occur in both.
    """
    shown = ~layers.hidden
    codes = _coarse(layers.a)
    half = np.zeros(shown.shape, bool)
    half[:, : shown.shape[1] // 2] = True
    met, left, moved, varied = 0, 0.0, 0.0, 0.0
    for part in (half, ~half):
        known, asked = shown & part, shown & ~part
        counts = np.bincount(codes[known], minlength=COLOURS)
        asked &= (counts >= SEEN)[codes]
        became, there = layers.lab_b[known], layers.lab_b[asked]
        sums = [np.bincount(codes[known], became[:, k], COLOURS) for k in range(3)]
        told = (np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None])[codes[asked]]
        met += len(there)
        left += float(((there - told) ** 2).sum())
        moved += float(((there - layers.lab_a[asked]) ** 2).sum())
        varied += float(there.var(axis=0).sum()) * len(there) if len(there) else 0.0
    return met > SHARED * pixels(shown) and left < TOLD * min(moved, varied)


def _cells_of_another(state: Panels) -> None:
    """Report cells that do not have the colour which their colour became elsewhere in a map."""
    layers = state.layers
    codes = _coarse(layers.a)
    shown = ~layers.hidden
    told = _medians(codes, layers.lab_b, shown)
    away = np.linalg.norm(layers.lab_b - told[codes], axis=2)
    # what is one colour here may be several there
    spread = _medians(codes, away[..., None], shown)[codes, 0]
    known = np.bincount(codes[shown], minlength=COLOURS) >= SEEN
    apart = shown & known[codes] & (away > UNLIKE + SPREAD * spread)
    changed = cv2.morphologyEx(apart.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    share = pixels(changed) / max(1, pixels(shown))
    if share < WRONG:
        _cells(state, changed, share, retinted=True)


def _marks_on_paper(state: Panels) -> None:
    """Report marks of a map where the other picture shows paper, be the colours what they are.

    Only where both show much paper, which is the same then (`_other_paper`): a colour map may begin
    with it.
    """
    layers = state.layers
    shown, papers = _papers(layers)
    if papers is None:
        return
    one, two = layers.colours.index >= 0, layers.colours_b.index >= 0
    apart = (shown & (one ^ two)).astype(np.uint8)
    changed = cv2.morphologyEx(apart, cv2.MORPH_OPEN, np.ones((STROKE, STROKE), np.uint8))
    _cells(state, changed, pixels(changed) / max(1, pixels(one | two)), retinted=True)


def _papers(layers: Layers) -> tuple[Mask, tuple[Mask, Mask] | None]:
    """What is looked at, and where both plots show paper; None where one of them shows little."""
    shown = ~grown(layers.hidden, 2)
    paper, paper_b = shown & (layers.colours.index < 0), shown & (layers.colours_b.index < 0)
    bare = min(pixels(paper), pixels(paper_b)) >= BARE * pixels(shown)
    return shown, (paper, paper_b) if bare else None


def _other_paper(layers: Layers) -> bool:
    """Whether marks stand apart on paper, and elsewhere or in few colours in the other picture."""
    if layers.colours.many != layers.colours_b.many:
        return True
    _, papers = _papers(layers)
    return papers is not None and overlap(*papers, 0) < SAME_PAPER


def _medians(
    codes: NDArray[np.intp], picture: NDArray[np.float32], shown: Mask
) -> NDArray[np.float32]:
    """`(COLOURS, k)`: the medians in a picture of the pixels of each code; zeros where none is."""
    found = np.zeros((COLOURS, picture.shape[2]), np.float32)
    at, there = codes[shown], picture[shown]
    order = np.argsort(at, kind="stable")
    present, starts = np.unique(at[order], return_index=True)
    for code, part in zip(present, np.split(order, starts[1:]), strict=True):
        found[code] = np.median(there[part], axis=0)
    return found


def _coarse(image: NDArray[np.uint8]) -> NDArray[np.intp]:
    """`(H, W)`: the colour of each pixel as a number below `COLOURS`."""
    wide = image.astype(np.intp) >> 4
    return np.asarray((wide[..., 0] << 8) | (wide[..., 1] << 4) | wide[..., 2])


def _other_range(layers: Layers) -> bool:
    """Whether the colours of a bar are those of the other, in the same order, at other values."""
    upright = layers.a.shape[0] > layers.a.shape[1]
    one, two = (np.median(part, axis=1 if upright else 0) for part in (layers.lab_a, layers.lab_b))
    away = np.linalg.norm(two[:, None] - one[None], axis=2)
    at = away.argmin(axis=1)
    known = away.min(axis=1) < OF_BAR
    if float(known.mean()) < KNOWN or len(at) < 3:
        return False
    return bool(float((np.diff(at[known]) >= -1).mean()) > KNOWN and np.ptp(at[known]) > 2)


def _same_structure(layers: Layers) -> bool:
    """Whether edges stand at the same places in both maps."""
    edges = []
    for image in (layers.a, layers.b):
        kernel = np.ones((3, 3), np.uint8)
        rim = strongest(cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel)))
        edges.append((rim > 18) & ~layers.hidden)
    return overlap(edges[0], edges[1], 3) > 0.6
