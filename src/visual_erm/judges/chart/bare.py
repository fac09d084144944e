"""Plots that lost their axes: neither frame nor ticks nor labels, only marks are left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.align import area, exceeds, from_colour, share, shared, sides_apart
from visual_erm.judges.chart.panels import frame_sides
from visual_erm.judges.chart.places import BESIDE, Match
from visual_erm.judges.chart.scene import ChartScene, Panel
from visual_erm.judges.chart.state import overlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visual_erm.types import Box, Image

NEAR = 6
"""Pixels by which the edges of one plot in two pictures of one size differ at most."""
WITHIN = 0.9
"""Share of what was found that lies in a plot whose frame went."""
OVER = 0.1
"""Share of a plot whose frame went that another plot may cover."""
TICK, MARKED = 5, 60
"""Pixels outside of a frame in which ticks stand, and grey levels by which they stand out."""
PIECES = 0.25
"""Part of what is drawn in a plot without a frame that is still drawn there where it is a plot."""
KEPT = 0.6
"""Share of the marks of both pictures that must lie on each other."""
TICKED, BLANK = 0.01, 0.002
"""Shares of that rim that are drawn at least where there are ticks, and at most where none are."""


def with_frames_of(
    panels: Sequence[Panel], image: Image, background: NDArray[np.uint8], like: ChartScene
) -> tuple[Panel, ...]:
    """The panels, where those that lost their frame have the box that they have in `like`.

    Without a frame each group of marks is taken for a plot of its own, or for none. In a picture of
    the same size, all that lies in the box of a plot whose sides are gone is that plot.
    """
    if image.shape != like.image.shape:
        return tuple(panels)
    kept = list(panels)
    for known in like.panels:
        if known.kind == "free" and _in_pieces(known, kept, image, background, like):
            kept.append(replace(known, background=background))
        if known.kind != "axes" or len(known.sides) < 2 or any(_near(p, known) for p in kept):
            continue
        parts = [p for p in kept if shared(p.box, known.box) > WITHIN * area(p.box)]
        if not parts or any(p.kind == "strip" or len(p.sides) > 1 for p in parts):
            continue
        others = [p for p in kept if p not in parts]
        if any(shared(p.box, known.box) > OVER * area(known.box) for p in others):
            continue  # another plot stands there
        own = bool((known.background != like.background).any())
        paper = known.background if own else background
        if frame_sides(image, known.box) or not _same_marks(known, image, paper, like):
            continue
        ground = parts[0].background if own else background
        bare = replace(known, background=ground, sides=frozenset(), grid=frozenset())
        at = kept.index(parts[0])
        kept = [p for p in kept if p not in parts]
        kept.insert(at, bare)
    return tuple(kept)


def _in_pieces(
    known: Panel,
    panels: Sequence[Panel],
    image: Image,
    background: NDArray[np.uint8],
    like: ChartScene,
) -> bool:
    """Whether marks of a plot without a frame are there, and hang together no more: bare nodes."""
    if known.small or any(shared(p.box, known.box) > OVER * area(known.box) for p in panels):
        return False
    x0, y0, x1, y1 = known.inner
    was, now = (
        share(exceeds(from_colour(picture[y0:y1, x0:x1], paper), MARKED))
        for picture, paper in ((like.image, known.background), (image, background))
    )
    return now > PIECES * was


def _same_marks(known: Panel, image: Image, paper: NDArray[np.uint8], like: ChartScene) -> bool:
    """Whether what is drawn well inside of a plot is drawn there in a picture on its paper too."""
    if known.small:
        return False
    x0, y0, x1, y1 = known.inner
    one = exceeds(from_colour(like.image[y0:y1, x0:x1], known.background), MARKED)
    two = exceeds(from_colour(image[y0:y1, x0:x1], paper), MARKED)
    return overlap(one, two) > KEPT


def _near(panel: Panel, known: Panel) -> bool:
    return sides_apart(panel.box, known.box) <= NEAR


def without_axes(match: Match) -> tuple[Match, tuple[int, ...]]:
    """Find plots that lost axes, frame and all their texts.

    Nothing but marks is left of such a plot, so that its box was taken from them. Where both
    pictures are of one size and it lies within the box that it has in the reference, it is given
    that box.

    Returns:
        The match, and the panels of the reference that it concerns.
    """
    a, b = match.a, match.b
    panels, bare = list(b.panels), []
    alike = a.image.shape == b.image.shape
    for i, j in match.pairs:
        before, after = a.panels[i], b.panels[j]
        if before.kind != "axes" or not _unlabelled(match, i, j):
            continue
        framed = len(after.sides) > 1
        if framed and not (alike and _near(after, before) and _ticks_went(match, i, j)):
            continue
        bare.append(i)
        x0, y0, x1, y1 = before.box
        inner = after.box[0] >= x0 - 4 and after.box[1] >= y0 - 4
        inner = inner and after.box[2] <= x1 + 4 and after.box[3] <= y1 + 4
        if inner and alike:
            panels[j] = replace(after, box=before.box)
    return replace(match, b=replace(b, panels=tuple(panels))), tuple(bare)


def _unlabelled(match: Match, i: int, j: int) -> bool:
    """Whether a plot with tick labels along two sides has no text beside it any more.

    Around a plot without a frame, a single number may be anything.
    """
    least = 1 if len(match.a.panels[i].sides) > 1 else 2
    named = [axis for axis in match.a.axes[i] if len(axis.labels) >= least]
    beside = [label for label in match.b.labels if label.panel == j and label.role in BESIDE]
    return len(named) > 1 and not beside


def _ticks_went(match: Match, i: int, j: int) -> bool:
    """Whether ticks stood around a plot and nothing does now.

    What is drawn up to its edges, a picture or a map, looks framed all the same.
    """
    rims = [_rim(s, s.panels[k].box) for s, k in ((match.a, i), (match.b, j))]
    return rims[0] > TICKED and rims[1] < BLANK


def _rim(scene: ChartScene, box: Box) -> float:
    """Share of the pixels just below and left of a plot that are drawn."""
    x0, y0, x1, y1 = box
    below = scene.image[y1 + 1 : y1 + 1 + TICK, x0:x1]
    left = scene.image[y0:y1, max(0, x0 - 1 - TICK) : max(0, x0 - 1)]
    strips = [strip for strip in (below, left) if strip.size]
    drawn = [share(exceeds(from_colour(s, scene.background), MARKED)) for s in strips]
    return max(drawn, default=0.0)
