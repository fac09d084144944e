"""Differences of what is plotted, panel by panel: series, bars, lines, points, value maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from visual_erm.align import area, pixels, shared
from visual_erm.images import equal
from visual_erm.judges.chart import shapes
from visual_erm.judges.chart.colours import (
    FEW,
    SAME,
    SHADE,
    Palette,
    lab_of,
    on_the_way,
    opacity_of,
)
from visual_erm.judges.chart.findings import Finding, of_panel
from visual_erm.judges.chart.kinds import FILLED, THIN, fatness, guide, net
from visual_erm.judges.chart.layers import Layers, lay
from visual_erm.judges.chart.maps import compare_map
from visual_erm.judges.chart.partners import (
    NEARLY,
    exchanged,
    moved_up,
    part_namesakes,
    partners,
)
from visual_erm.judges.chart.places import Match
from visual_erm.judges.chart.repainted import (
    compare_alike,
    compare_filled,
    compare_merged,
    compare_pale,
    compare_repainted,
    compare_striped,
    settle_hatches,
)
from visual_erm.judges.chart.retyped import EVIDENT, other_kind
from visual_erm.judges.chart.scene import Legend
from visual_erm.judges.chart.state import (
    Panels,
    described,
    grown,
    series_name,
    share_on,
    tinted,
)
from visual_erm.types import Box, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Colour = NDArray[np.float32]

GONE = 0.5
"""Share of a colour's pixels that must be unexplained before the colour counts as missing."""
CORE = 30
"""Pixels well inside of marks that it takes to tell their opacity."""
SHARP, MOSTLY, AS_WIDE = 0.93, 0.8, 0.8
"""Part of its colour that a line keeps where nothing was smoothed, share of the pixels of a paler
line that have the paler colour, and part of its width that it keeps."""
PALER = 0.75
"""Part of its strength that a colour keeps at most if it is paler."""
EVEN = 0.5
"""Share of its pixels that must have one colour now, or something else stands there."""
INSIDE = 0.9
"""Share of the box of marks that must lie in a legend for them to be its handles."""
EDGED, ON_EDGES = 0.3, 0.85
"""Share of a colour that is well inside marks where it is no outline, and share that must lie along
edges where it is one."""
HUE = 10
"""Distance in Lab from grey from which a colour is one of a palette."""
MIXED = 0.5
"""Share of what is around a mixture of colours that other marks cover, at least."""
MANY = 6
"""Series of a plot of which one more or less misleads nobody."""
RIM = 5
"""Pixels beside the edge of a mark that belong to its outline, or to its shadow."""


def laid(match: Match, known: Sequence[Finding]) -> dict[int, Layers]:
    """The insides of every pair of panels on one grid, by the panel of the reference.

    Those that hold the same pixels at the same place are left out: nothing differs there.

    Args:
        match: the scenes and which panel is which.
        known: findings about axes; other limits are undone before marks are compared, and with
            another kind of scale, or of plot, places cannot be compared at all.
    """
    found = {}
    for i, j in match.pairs:
        own = [f for f in known if f.panel == i or _shared(match, i, f)]
        if any(f.cause == "redone" or (f.cause == "scale" and f.detail != "inverted") for f in own):
            continue
        if _equal(match, i, j):
            continue  # whatever its numbers say
        sides = frozenset(f.subject for f in own if f.cause in ("limits", "scale"))
        flipped = frozenset(f.subject for f in own if f.cause == "mirrored")
        layers = lay(match, i, j, sides - flipped, flipped)
        if layers is not None:
            found[i] = layers
    return found


def _shared(match: Match, i: int, finding: Finding) -> bool:
    """Whether it is said of an axis whose labels stand at another plot that shares it."""
    if finding.panel is None or finding.cause not in ("limits", "scale"):
        return False
    return match.a.owner(i, finding.subject) == finding.panel


def _equal(match: Match, i: int, j: int) -> bool:
    box = match.a.panels[i].box
    return box == match.b.panels[j].box and equal(match.a.within(box), match.b.within(box))


def compare_marks(match: Match, layers: Mapping[int, Layers]) -> list[Finding]:
    """Findings about the inside of every pair of panels, as `laid` put them on each other."""
    found = [finding for i in layers for finding in _compare_panel(match, i, layers[i])]
    return [f for f in found if not _in_legend(match, f)]


def _in_legend(match: Match, finding: Finding) -> bool:
    """Whether marks are the handles of a legend, which is compared with its entries."""
    for box, scene in ((finding.box, match.a), (finding.box_candidate, match.b)):
        if box is not None and not any(
            shared(box, _with_handles(legend)) > INSIDE * area(box) for legend in scene.legends
        ):
            return False
    return finding.cause in ("marks", "series missing", "series added")


def _with_handles(legend: Legend) -> Box:
    x0, y0, x1, y1 = legend.box
    room = (legend.entries[0].box[3] - legend.entries[0].box[1]) // 2
    return x0 - room, y0 - room, x1 + room, y1 + room


def _compare_panel(match: Match, i: int, layers: Layers) -> list[Finding]:
    pairs = _paired(layers.colours, layers.colours_b)
    state = Panels(match, i, layers, pairs, np.zeros(layers.lost.shape, bool))
    if not layers.lost.any() and not layers.new.any():
        if not layers.colours.many and not layers.colours_b.many:
            compare_pale(state)
            _colours(state)
            for k, m in state.pairs.items():
                shapes.compare_in_place(state, k, m)
        return state.findings + _shades(match, i, layers, state.pairs)
    kind = match.a.panels[i].kind
    if kind == "strip" or layers.colours.many or layers.colours_b.many or _scaled(match, layers):
        compare_map(state)
        # over a picture series may be drawn, and there they are compared as anywhere
        pictures = all(p.shaded or not p.many for p in (layers.colours, layers.colours_b))
        if state.findings or kind == "strip" or not pictures or _scaled(match, layers):
            return state.findings
    if kind == "free":
        _nets(state)
    exchanged(state)
    if not state.findings and (retyped := other_kind(state)):
        _lines_beside(state, retyped)
        return state.findings
    part_namesakes(state)
    settle_hatches(state)
    for k in moved_up(state):
        _missing(state, k)
    compare_pale(state)
    compare_repainted(state)
    _colours(state)
    for k in range(len(layers.colours.colours)):
        if k in state.pairs:
            shapes.compare_series(state, k, state.pairs[k])
    shapes.compare_stacks(state)
    return state.findings + _shades(match, i, layers, state.pairs)


def _lines_beside(state: Panels, retyped: set[int]) -> None:
    """Report lines that stayed lines but run elsewhere, beside a series of another kind."""
    for k, m in state.pairs.items():
        masks = state.layers.colours.mask(k), state.layers.colours_b.mask(m)
        if k not in retyped and max(fatness(mask) for mask in masks) <= THIN:
            shapes.compare_series(state, k, m)


def _nets(state: Panels) -> None:
    """Report a grid that went or came where it is no rows and columns, as in a round plot."""
    layers = state.layers
    for palette, picture, beyond, gone in (
        (layers.colours, layers.a, layers.lost, True),
        (layers.colours_b, layers.b, layers.new, False),
    ):
        for k in range(len(palette.colours)):
            mask = palette.mask(k) & beyond
            if share_on(palette.mask(k), beyond) > GONE and net(picture, mask):
                said = "the grid is missing" if gone else "a grid that the reference does not have"
                state.add("grid", "style_error", 1, "grid", said, mask, mask)


def _scaled(match: Match, layers: Layers) -> bool:
    """Whether the colours of a plot are values that colour bars of both pictures explain."""
    bars = [any(panel.kind == "strip" for panel in s.panels) for s in (match.a, match.b)]
    few = min(len(layers.colours.colours), len(layers.colours_b.colours)) <= FEW
    return all(bars) and not few


def _paired(one: Palette, two: Palette) -> dict[int, int]:
    """Colours that are the same colour."""
    if not one.colours or not two.colours:
        return {}
    gaps = np.array([[float(np.linalg.norm(p - q)) for q in two.colours] for p in one.colours])
    rows, columns = linear_sum_assignment(np.minimum(gaps, 60))
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if gaps[i, j] < SAME + 1}


def _colours(state: Panels) -> None:
    """Colours that went, came, or took the place of another."""
    layers = state.layers
    settled, settled_b = {*state.pairs, *state.swapped}, {*state.pairs.values(), *state.swapped_b}
    lost = [k for k in range(len(layers.colours.colours)) if k not in settled]
    came = [m for m in range(len(layers.colours_b.colours)) if m not in settled_b]
    if not lost and not came:
        return
    apart = np.linalg.norm(layers.lab_a - layers.lab_b, axis=2) > SAME + 2
    lost = [k for k in lost if share_on(layers.colours.mask(k), apart) > GONE]
    lost = [k for k in lost if not (_paler(state, k) or _paler_line(state, k) or _faded(state, k))]
    came = [m for m in came if share_on(layers.colours_b.mask(m), apart) > GONE]
    if state.match.b.noisy:
        came = [m for m in came if not _mixed(state, m)]
    lost = _without_blends(lost, layers.colours)
    came = _without_blends(came, layers.colours_b)
    if compare_merged(state, lost):
        return
    changed: dict[int, int] = {}
    for k, m, in_place in partners(state, lost, came):
        lost.remove(k)
        if in_place and not _recoloured(state, k, m):
            continue
        came.remove(m)
        changed[k] = m
    _tell_recoloured(state, changed)
    lost = [k for k in lost if _clear(layers.colours.mask(k), layers.lost, layers.hidden)]
    came = [m for m in came if not _part_of_a_line(state, m, layers.colours_b.mask(m))]
    came = [m for m in came if _clear(layers.colours_b.mask(m), layers.new, layers.hidden)]
    if lost and came and len(lost) >= 2 and _everything_else(state, lost):
        masks = layers.colours.index >= 0, layers.colours_b.index >= 0
        state.add("everything", "data_error", 3, "plot", "something else is plotted", *masks)
        return
    for k in lost:
        one = layers.colours.mask(k)
        if k == layers.colours.ink:
            shapes.compare_ink(state, one, np.zeros_like(one))
        elif not (
            compare_striped(state, one, gone=True)
            or _bordered(state, k, one)
            or compare_filled(state, _name(layers.colours, k), one, gone=True)
            or compare_alike(state, k, one)
            or _guide(state, layers.colours, k, one)
        ):
            _missing(state, k)
    for m in came:
        two = layers.colours_b.mask(m)
        if share_on(two, apart & ~state.explained) < GONE * 0.7 or _faint(state, m):
            continue
        if m == layers.colours_b.ink:
            shapes.compare_ink(state, np.zeros_like(two), two)
            continue
        if (
            compare_striped(state, two, gone=False)
            or _edges(state, m, two)
            or compare_filled(state, _name(layers.colours_b, m), two, gone=False)
            or _painted(state, m, two)
            or _guide(state, layers.colours_b, m, two)
        ):
            continue
        said = f"a {_name(layers.colours_b, m)} series that the reference does not have"
        state.add("series added", "data_error", _one_of(state), "plot", said, np.zeros_like(two),
                  two, _name(layers.colours_b, m))  # fmt: skip


def _tell_recoloured(state: Panels, changed: Mapping[int, int]) -> None:
    """Report series that have other colours: as one error where none keeps a hue of its own."""
    ones, twos = state.layers.colours, state.layers.colours_b
    kept = [ones.colours[k] for k in state.pairs]
    throughout = len(changed) > 1 and all(np.hypot(*colour[1:]) < HUE for colour in kept)
    groups = [list(changed)] if throughout else [[k] for k in changed]
    for group in groups:
        one, two = (
            np.any([palette.mask(k) for k in chosen], axis=0)
            for palette, chosen in ((ones, group), (twos, [changed[k] for k in group]))
        )
        said = [f"{_name(ones, k)} became {_name(twos, changed[k])}" for k in group]
        gaps = [np.linalg.norm(ones.colours[k] - twos.colours[changed[k]]) for k in group]
        grave = len(group) > 1 and max(gaps) > NEARLY
        where = series_name(state, group[0]) if len(group) == 1 else "series of the plot"
        state.add("recoloured", "style_error", 2 if grave else 1, where, ", ".join(said), one, two,
                  _name(ones, group[0]), explains=False)  # fmt: skip
    state.pairs.update(changed)
    state.recoloured.update(changed)


def _missing(state: Panels, k: int) -> None:
    """Report that a series of the reference is not drawn."""
    one, name = state.layers.colours.mask(k), _name(state.layers.colours, k)
    said = f"the {name} series is missing"
    state.add("series missing", "data_error", _one_of(state), series_name(state, k), said, one,
              np.zeros_like(one), name)  # fmt: skip
    state.swapped.add(k)


def _one_of(state: Panels) -> Severity:
    """How much a series more or less misleads: it needs correction where it is one of many."""
    palettes = state.layers.colours, state.layers.colours_b
    drawn = min(len(p.colours) - (p.ink >= 0) for p in palettes)
    named = len(list(state.match.a.handles(state.index)))
    return 3 if max(drawn, named) < MANY else 2


def _paler(state: Panels, k: int) -> bool:
    """Report marks that are as wide as they were but see-through: smoothing only fades edges."""
    layers = state.layers
    one = layers.colours.mask(k) & ~layers.hidden
    inside = cv2.distanceTransform(one.astype(np.uint8), cv2.DIST_L2, 3) > 2
    if pixels(inside) < CORE:
        return False
    base = lab_of(state.paper())
    way = layers.colours.colours[k] - base
    there = layers.lab_b[inside] - base
    now = np.median(there, axis=0)
    strength = float(now @ way) / max(1e-3, float(way @ way))
    if not 0.1 < strength < PALER or float(np.linalg.norm(now - strength * way)) > SAME:
        return False
    bare = float(np.linalg.norm(now)) < SAME
    if bare or float((np.linalg.norm(there - now, axis=1) < SAME).mean()) < EVEN:
        return False
    _tell_paler(state, k, one, strength)
    return True


def _paler_line(state: Panels, k: int) -> bool:
    """Report thin marks that are see-through now, where others are as sharp as they were."""
    layers = state.layers
    if not layers.same_size or state.match.b.noisy or fatness(layers.colours.mask(k)) > THIN:
        return False
    strength = _strength(state, k)
    others = [_strength(state, other) for other in state.pairs]
    one = layers.colours.mask(k)
    if not 0.1 < strength < PALER or not others or max(others) < SHARP:
        return False
    near = grown(one, 2) & ~layers.hidden
    way = layers.colours.colours[k] - lab_of(state.paper())
    wide = [
        pixels((picture[near] - lab_of(state.paper())) @ way > 0.5 * full * float(way @ way))
        for picture, full in ((layers.lab_a, 1.0), (layers.lab_b, strength))
    ]
    if wide[1] < AS_WIDE * wide[0]:
        return False  # a thinner line is paler where it covers no pixel in full
    _tell_paler(state, k, one, strength)
    return True


def _tell_paler(state: Panels, k: int, mask: Mask, strength: float) -> None:
    name = _name(state.layers.colours, k)
    said = f"it is paler: {name} at {strength:.0%}"
    state.add("recoloured", "style_error", 1, series_name(state, k), said, mask, mask, name,
              detail="paler")  # fmt: skip


def _strength(state: Panels, k: int) -> float:
    """Part of its colour that a series keeps where it is drawn in full; 0 where it is another."""
    layers = state.layers
    core = layers.colours.mask(k) & ~layers.hidden
    core &= np.linalg.norm(layers.lab_a - layers.colours.colours[k], axis=2) < SAME / 2
    if pixels(core) < CORE:
        return 0.0
    base = lab_of(state.paper())
    way = layers.colours.colours[k] - base
    there = layers.lab_b[core] - base
    along = there @ way / max(1e-3, float(way @ way))
    aside = np.linalg.norm(there - along[:, None] * way, axis=1)
    kept = (aside < SAME) & (along > 0.1)
    return float(np.median(along[kept])) if kept.mean() > MOSTLY else 0.0


def _painted(state: Panels, m: int, two: Mask) -> bool:
    """Report whole marks of a series that have a new colour while others keep theirs."""
    layers = state.layers
    for k in state.pairs:
        one = layers.colours.mask(k)
        if share_on(two, grown(one, 1)) < 0.9:
            continue
        _, pieces = cv2.connectedComponents(one.astype(np.uint8), connectivity=4)
        touched = np.unique(pieces[two & one])
        whole = np.isin(pieces, touched[touched > 0])
        if whole.any() and share_on(whole, grown(two, 2)) > 0.85 and not (whole == one).all():
            said = f"a part of it is {_name(layers.colours_b, m)}"
            state.add("recoloured", "style_error", 1, series_name(state, k), said, whole, two,
                      _name(layers.colours_b, m))  # fmt: skip
            shapes.compare_painted(state, k, whole, two)
            return True
    return False


def _part_of_a_line(state: Panels, m: int, two: Mask) -> bool:
    """Report a part of thin marks in a clearly other colour, no blend of theirs with paper."""
    layers = state.layers
    if not layers.same_size or state.match.b.noisy or m == layers.colours_b.ink:
        return False
    for k in state.pairs:
        one, colour = layers.colours.mask(k), layers.colours.colours[k]
        other = layers.colours_b.colours[m]
        blend = opacity_of(other, colour, state.paper(candidate=True)) > 0
        blend = blend or bool(np.linalg.norm(other - colour) < NEARLY)
        if fatness(one) > THIN or blend or pixels(two) < CORE or share_on(two, grown(one, 1)) < 0.9:
            continue
        part = one & grown(two, 1)
        said = f"a part of it is {_name(layers.colours_b, m)}"
        state.add("recoloured", "style_error", 1, series_name(state, k), said, part, two,
                  _name(layers.colours_b, m))  # fmt: skip
        return True
    return False


def _edges(state: Panels, m: int, two: Mask) -> bool:
    """Report a new colour that runs along the edges of filled marks and nowhere else."""
    layers = state.layers
    if fatness(two) > EDGED:
        return False
    filled = [k for k in state.pairs if fatness(layers.colours.mask(k)) > FILLED]
    for k in filled:
        one = layers.colours.mask(k)
        rim = grown(one, 3) & grown(~one, 3)
        if share_on(two, rim) > ON_EDGES and share_on(rim & one, grown(two, 3)) > 0.5:
            said = f"its marks are outlined in {_name(layers.colours_b, m)}"
            state.add("line look", "style_error", 1, series_name(state, k), said, one, two)
            return True
    return False


def _bordered(state: Panels, k: int, one: Mask) -> bool:
    """Report a colour that ran along the edges of filled marks and nowhere else, and is gone."""
    palette = state.layers.colours
    if fatness(one) > EDGED:
        return False
    filled = [palette.mask(f) for f in state.pairs if palette.areas[f] > palette.areas[k]]
    marks = np.any(
        [mask for mask in filled if fatness(mask) > FILLED] or [np.zeros_like(one)], axis=0
    )
    rim = grown(marks, RIM) & grown(~marks, RIM)
    if share_on(one, rim) < ON_EDGES:
        return False
    said = f"the outlines or shadows in {_name(palette, k)} are missing"
    state.add("line look", "style_error", 1, "marks", said, one, np.zeros_like(one))
    return True


def _guide(state: Panels, palette: Palette, k: int, mask: Mask) -> bool:
    """Report a line that marks a value, gone or new."""
    if not guide(mask):
        return False
    gone, none = palette is state.layers.colours, np.zeros_like(mask)
    what = f"line across the plot ({_name(palette, k)})"
    state.add("series missing" if gone else "series added", "structure_error", 2, what,
              "it is missing" if gone else "the reference does not have it",
              *((mask, none) if gone else (none, mask)), _name(palette, k))  # fmt: skip
    return True


def _recoloured(state: Panels, k: int, m: int) -> bool:
    """Whether marks in one place have another colour, and are not merely blended otherwise."""
    layers = state.layers
    one, two = layers.colours.mask(k), layers.colours_b.mask(m)
    if not (_clear(one, layers.lost, layers.hidden) or _clear(two, layers.new, layers.hidden)):
        return False
    if max(fatness(one), fatness(two)) > THIN:
        return True
    p, q = layers.colours.colours[k], layers.colours_b.colours[m]
    others = [c for i, c in enumerate(layers.colours.colours) if i != k]
    return not any(on_the_way(p, q, c) or on_the_way(q, p, c) for c in others)


def _clear(mask: Mask, beyond: Mask, hidden: Mask) -> bool:
    """Whether thin marks are unlike all that is near them in the other picture.

    Edges blend into other colours with every way of drawing; large marks have an inside.
    """
    return fatness(mask) > THIN or share_on(mask & ~hidden, grown(beyond, 1)) > EVIDENT


def _without_blends(chosen: list[int], palette: Palette) -> list[int]:
    """The colours but those where two series overlap, unless nothing else is left.

    Half transparent marks mix where they overlap; the mixture goes and comes with its parts. It has
    other marks beside it, where a series of its own that happens to have such a colour has paper.
    """
    kept = []
    for k in chosen:
        others = [c for i, c in enumerate(palette.colours) if i != k]
        pairs = [(p, q) for i, p in enumerate(others) for q in others[i + 1 :]]
        mixed = any(_between(palette.colours[k], p, q) for p, q in pairs)
        if not (mixed and _among_marks(palette, k)):
            kept.append(k)
    return kept or chosen


def _among_marks(palette: Palette, k: int) -> bool:
    """Whether other marks stand around those of a colour."""
    mask = palette.mask(k)
    return share_on(grown(mask, 2) & ~mask, palette.index >= 0) >= MIXED


def _mixed(state: Panels, m: int) -> bool:
    """Whether compression may have made a colour of others: thin marks, little of what is new."""
    two, new = state.layers.colours_b.mask(m), state.layers.new
    return fatness(two) < THIN and pixels(two & new) < 0.5 * pixels(new)


def _between(colour: Colour, one: Colour, two: Colour) -> bool:
    way = two - one
    length = float(way @ way)
    t = float((colour - one) @ way) / max(1e-3, length)
    aside = float(np.linalg.norm(colour - one - t * way))
    return 0.2 < t < 0.8 and aside < 0.3 * length**0.5 and length > 30**2


def _faded(state: Panels, k: int) -> bool:
    """Whether thin marks are still there, only paler: smoothing spreads a line over its sides."""
    layers = state.layers
    mask = layers.colours.mask(k)
    if fatness(mask) > THIN:
        return False
    kept = tinted(layers.lab_b, state.paper(candidate=True), layers.colours.colours[k])
    return share_on(mask, grown(kept, 1)) > 0.75


def _faint(state: Panels, m: int) -> bool:
    """Whether an unknown colour of the candidate is a thin blend where the reference draws too."""
    mask = state.layers.colours_b.mask(m)
    drawn = state.layers.colours.index >= 0
    return fatness(mask) < 0.1 and share_on(mask, grown(drawn, 1)) > 0.9


def _everything_else(state: Panels, lost: Sequence[int]) -> bool:
    areas = state.layers.colours.areas
    return sum(areas[k] for k in lost) > 0.7 * sum(areas)


def _shades(match: Match, i: int, layers: Layers, pairs: dict[int, int]) -> list[Finding]:
    """Large flat marks whose colour is nearly, but not quite, the same: another opacity."""
    if layers.colours.many or match.a.panels[i].kind == "strip":
        return []
    ones, twos, names = [], [], []
    for k, m in pairs.items():
        one, two = layers.colours.mask(k), layers.colours_b.mask(m)
        both = one & two
        away = float(np.linalg.norm(layers.colours.colours[k] - layers.colours_b.colours[m]))
        if away < SHADE or away > SAME + 1 or not both.any():
            continue
        gap = layers.lab_a[both] - layers.lab_b[both]
        if (
            float(np.percentile(np.linalg.norm(gap, axis=1), 30)) > 0.7 * SHADE
            and min(fatness(one), fatness(two)) > 0.5
        ):
            ones.append(one)
            twos.append(two)
            names.append(_name(layers.colours, k))
    if not names:
        return []
    # colours guessed from a picture are all a little off: that is one cause
    one, two = np.any(ones, axis=0), np.any(twos, axis=0)
    said = f"the shade or opacity of {', '.join(names)} differs"
    return [
        Finding("recoloured", "style_error", 1, "series" + of_panel(match.a, i), said,
                layers.box(one), layers.box_candidate(two), i, names[0])
    ]  # fmt: skip


def _name(palette: Palette, k: int) -> str:
    return described(palette.colours[k])
