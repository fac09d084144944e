"""Differences of one series that both pictures have: bars, lines, points, their looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import bounds, components, coverage, pixels
from visual_erm.judges.chart import bars, kinds, points
from visual_erm.judges.chart.colours import SHADE, lab_of, rgb_of
from visual_erm.judges.chart.kinds import FILLED, dashed, fatness, guide, thickness, thinner
from visual_erm.judges.chart.layers import STEP
from visual_erm.judges.chart.lengths import horizontal, told
from visual_erm.judges.chart.state import Panels, grown, series_name, shaded_anew, tinted
from visual_erm.types import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Box

    Mask = NDArray[np.bool_]

NEAR = 4.0
"""Pixels by which a line may be off; more than smoothing, rounding and dashes make up."""
COARSE = 2.0
"""The same in pixels of the candidate, if these are larger: half of a line is no place."""
GAPS = 0.05
"""Share of a line that must be bare in the other picture for one of them to be broken."""
STAYED = 0.85
"""Share of the points that stand where others do from which their looks are what differs."""
REDRAWN, MORE = 0.25, 1.3
"""Share of outlines and hatches that must stand elsewhere, and how many times as much they must
cover, before there are more or less of them."""
OTHERWISE = 0.03
"""Share of a series that is in one picture only where its markers may have another shape."""
HEAVIER, CRISP = 1.3, 0.975
"""How many times as much ink a line has that is another one, where both pictures are exact; and
ink by pixel of a line that is smoothed at its edges, at most."""
SCALED = 1.15
"""How many times smaller or larger a plot is drawn for the size of its marks to say nothing."""
FAR_OFF = 0.07
"""Share of the height of a plot by which a line that lies elsewhere is off, where it is farthest,
from which that needs correction."""
CLEARLY_OFF = 0.1
"""Share of pale lines that lies elsewhere, from which no other way of smoothing is the reason."""
STALK, STALKS = (3, 5), 2
"""Pixels that a thin line of a filled mark is wide at most and long at least, and how many of them
may be wrong for little to be."""
DISTINCT = 30
"""Pixels that must be off before a line counts as changed."""


def compare_series(state: Panels, k: int, m: int) -> None:
    """Report how the marks of one colour differ, if they do."""
    layers = state.layers
    one, two = layers.colours.mask(k), layers.colours_b.mask(m)
    beyond = layers.lost, layers.new
    recoloured = k in state.recoloured
    if recoloured or np.linalg.norm(np.subtract(*_ways(state, k))) > SHADE:
        # it is unlike what was there, so that places tell: alone, or beside another shade
        places = ~grown(two, 2) & ~layers.hidden, ~grown(one, 2) & ~layers.hidden
        beyond = places if recoloured else (layers.lost & places[0], layers.new & places[1])
    lost = beyond[0] & one & ~state.explained
    new = beyond[1] & two & ~state.explained
    if pixels(lost) + pixels(new) < 6:
        compare_in_place(state, k, m)
        return
    if m == layers.colours_b.ink and k == layers.colours.ink:
        lines = one, two
        if not layers.same_size:
            lines = kinds.with_greys(layers.colours, one), kinds.with_greys(layers.colours_b, two)
        areas = [pixels(mask) for mask in lines]
        if max(areas) > MORE * min(areas) and _far_off(*lines, layers.hidden) > REDRAWN:
            compare_ink(state, one, two)
            return
    if not layers.same_size and points.as_large(one, two, layers.factors):
        # in a figure of other sides marks stand farther apart, and are no larger
        layers.settle(grown(one | two, 4))
        return
    fat = fatness(one), fatness(two)
    dotted = points.dotted(one) and points.dotted(two)
    if max(fat) > 0.5 and not dotted and not _only_thicker(one, two, fat):
        changed = cv2.morphologyEx(
            (lost | new).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
        )
        if not changed.any():
            _compare_stalks(state, k, _stalks(lost & _far(one, two)), _stalks(new & _far(two, one)))
        elif _same_heights(one, two, layers.hidden):
            state.shifted.append(k)
        else:
            _compare_filled(state, k, one, two, lost, new)
    else:
        _compare_thin(state, k, one, two, lost, new)


def compare_in_place(state: Panels, k: int, m: int) -> None:
    """Report looks that have hardly a pixel with nothing like it near: small markers, thin lines.

    To be seen where one program drew both pictures, and nothing was smoothed.
    """
    layers = state.layers
    one, two = layers.colours.mask(k), layers.colours_b.mask(m)
    other = layers.same_size and pixels(one ^ two) > OTHERWISE * pixels(one | two)
    if not other or not state.match.untouched:
        return
    if _pale(state, k) and max(fatness(one), fatness(two)) < FILLED:
        known = layers.hidden | state.explained
        gone, came = _far(one, two) & ~known, _far(two, one) & ~known
        if pixels(gone) + pixels(came) > CLEARLY_OFF * (pixels(one) + pixels(two)):
            _compare_thin(state, k, one, two, gone, came)
            return
    ink = _inks(state, k, one, two)
    # a line without smoothing is as if it were thicker
    smoothed = sum(has < CRISP * pixels(mask) for has, mask in zip(ink, (one, two), strict=True))
    said = ""
    if _other_markers(state, k, one, two, points.ON_A_LINE):
        said = "the markers have another shape"
    elif max(ink) > HEAVIER * min(ink) and _lines_alone(state, one, two) and smoothed in (0, 2):
        said = f"the line is {'thicker' if ink[1] > ink[0] else 'thinner'}"
    if said:
        state.add("line look", "style_error", 1, series_name(state, k), said, one, two)


def _pale(state: Panels, k: int) -> bool:
    """Whether a colour is so near to its paper that marks of it may go and nothing seems lost."""
    gap = np.abs(rgb_of(state.layers.colours.colours[k]) - state.paper())
    return float(gap.max()) <= STEP + 2


def _lines_alone(state: Panels, one: Mask, two: Mask) -> bool:
    """Whether marks are no filled shapes, and nothing else of their plot changed."""
    others = pixels(state.layers.lost) + pixels(state.layers.new)
    return others < DISTINCT and max(fatness(one), fatness(two)) < FILLED


def compare_painted(state: Panels, k: int, one: Mask, two: Mask) -> None:
    """Report how filled marks of one series differ that have another colour of their own now."""
    layers = state.layers
    if min(fatness(one), fatness(two)) > FILLED:
        series = layers.colours.mask(k), layers.colours_b.mask(state.pairs[k])
        # what hangs together need not be one mark: some of it may be as it was
        lost = one & ~grown(two | series[1], 2) & ~layers.hidden
        new = two & ~grown(one | series[0], 2) & ~layers.hidden
        _compare_filled(state, k, one, two, lost, new)


def _far_off(one: Mask, two: Mask, hidden: Mask) -> float:
    """Share of thin marks that have nothing near them in the other picture."""
    off = pixels(_far(one, two) & ~hidden) + pixels(_far(two, one) & ~hidden)
    return off / max(1, pixels(one) + pixels(two))


def compare_ink(state: Panels, one: Mask, two: Mask) -> None:
    """Report outlines or hatches that went or came; what they are on is compared by itself."""
    more = pixels(two) > pixels(one)
    said = f"the marks are {'more' if more else 'less'} outlined or hatched"
    state.add("line look", "style_error", 1, "marks", said, one, two)


def _same_heights(one: Mask, two: Mask, hidden: Mask) -> bool:
    """Whether two filled shapes are as high in every column, as layers of a stack are."""
    columns = coverage(one | two, 0).astype(bool) & (coverage((one | two) & hidden, 0) == 0)
    if pixels(columns) < max(20, 0.3 * one.shape[1]):
        return False
    gap = np.abs(coverage(one, 0) - coverage(two, 0))[columns]
    slack = 1 + 0.006 * one.shape[0]
    thick = pixels(one) > 3 * slack * pixels(columns)
    return thick and bool(np.percentile(gap, 90) <= slack)


def compare_stacks(state: Panels) -> None:
    """Report layers that kept their heights: pushed by others, or stacked in another order."""
    if not state.shifted:
        return
    pushed = any(f.cause == "marks" for f in state.findings)
    drawn, drawn_b = state.layers.colours.index >= 0, state.layers.colours_b.index >= 0
    ones = [state.layers.colours.mask(k) for k in state.shifted]
    twos = [state.layers.colours_b.mask(state.pairs[k]) for k in state.shifted]
    if not pushed and len(ones) > 1 and _same_heights(drawn, drawn_b, state.layers.hidden):
        masks = np.any(ones, axis=0), np.any(twos, axis=0)
        state.add("marks", "structure_error", 1, "plot", "the layers are stacked in another order",
                  masks[0], masks[1])  # fmt: skip
        return
    for k, one, two in zip(state.shifted, ones, twos, strict=True) if not pushed else ():
        lost, new = state.layers.lost & one, state.layers.new & two
        _compare_filled(state, k, one, two, lost, new)


def _only_thicker(one: Mask, two: Mask, fat: tuple[float, float]) -> bool:
    """Whether both are lines, one so thick that it counts as filled, along the same way."""
    inner, outer = (one, two) if fat[0] < fat[1] else (two, one)
    if min(fat) > 0.5 or not inner.any():
        return False
    reach = 0.8 * thickness(outer)[0]
    near = grown(inner, max(2, round(reach)))
    return pixels(outer & near) > 0.93 * pixels(outer)


def _compare_filled(state: Panels, k: int, one: Mask, two: Mask, lost: Mask, new: Mask) -> None:
    """Bars, areas, boxes: what was added to or cut off filled shapes."""
    lost = lost & ~_dots_over(state, state.pairs[k], candidate=True)
    new = new & ~_dots_over(state, k, candidate=False)
    kernel = np.ones((3, 3), np.uint8)
    changed = cv2.morphologyEx((lost | new).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    closed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, pieces, stats, _ = components(closed)
    least = max(16, 0.00012 * closed.size)
    large = [n for n in range(1, count) if stats[n, 4] >= least and min(stats[n, 2:4]) >= 3]
    if not large:
        return
    series = series_name(state, k)
    if _other_marker(state, series, one, two):
        return
    if width := thinner(one, two):
        said = f"the bars are {width}"
        state.add("line look", "style_error", 1, series, said, one, two, detail="width")
        return
    across = horizontal(state.match.a, state.index)
    scattered = len(large) > 2 or _ragged(stats, large)
    redrawn = not state.layers.same_size or k in state.recoloured
    if (scattered or redrawn) and _compare_bars(state, k, one, two, across):
        return
    if scattered:
        mask = np.isin(pieces, large)
        share = pixels(mask) / max(1, pixels(one | two))
        severity: Severity = 1 if share < 0.05 else 2 if share < 0.18 else 3
        said = (
            f"{len(large)} parts of the filled shapes differ"
            if len(large) > 1
            else "the shape differs"
        )
        state.add("marks", "data_error", severity, series, said, _whole(one, mask),
                  _whole(two, mask), detail="values" if len(large) > 1 else "shape")  # fmt: skip
        return
    for n in large:
        _bar(state, series, one, two, pieces == n, stats[n], across)


def _compare_stalks(state: Panels, k: int, gone: Mask, came: Mask) -> None:
    """Report thin lines of a filled series that went or came: wicks, whiskers, bars of errors."""
    counts = _pieces(gone), _pieces(came)
    if pixels(gone) + pixels(came) < DISTINCT or min(counts) > 0 or k in state.recoloured:
        return  # what went and came stands elsewhere
    said = "are missing" if counts[0] else "are new"
    severity: Severity = 2 if max(counts) > STALKS else 1
    state.add("marks", "data_error", severity, series_name(state, k),
              f"thin lines of its marks {said}", gone, came, detail="shape")  # fmt: skip


def _stalks(mask: Mask) -> Mask:
    """The pieces that are level or upright lines; what rims leave is bent."""
    count, labels, stats, _ = components(mask)
    sides = stats[1:count, 2:4]
    lines = (sides.min(axis=1) <= STALK[0]) & (sides.max(axis=1) >= STALK[1])
    return np.asarray(np.isin(labels, 1 + np.flatnonzero(lines)))


def _dots_over(state: Panels, own: int, *, candidate: bool) -> Mask:
    """Where points of other colours stand: over filled shapes they hide what is there."""
    if candidate not in state.dots:
        palette = state.layers.colours_b if candidate else state.layers.colours
        masks = {n: palette.mask(n) for n in range(len(palette.colours)) if n != palette.ink}
        state.dots[candidate] = {n: grown(m, 2) for n, m in masks.items() if points.dotted(m)}
    others = [mask for n, mask in state.dots[candidate].items() if n != own]
    return np.asarray(np.any([np.zeros(state.layers.lost.shape, bool), *others], axis=0))


def _other_marker(state: Panels, series: str, one: Mask, two: Mask) -> bool:
    """Report that a few spots have another shape, if that is what differs."""
    if points.lone(one, two):
        said = "the marker has another shape"
        state.add("line look", "style_error", 1, series, said, one, two)
        return True
    return False


def _compare_bars(state: Panels, k: int, one: Mask, two: Mask, across: bool) -> bool:
    """Report bars of other lengths or widths, one by one; whether the shapes are such bars."""
    slack = 1.0 if state.layers.same_size else bars.SLACK
    found = bars.paired(one, two, state.layers.hidden, across, slack)
    if found is None or found.lost or found.new or len(found.changed) > found.kept:
        return False
    series = series_name(state, k)
    for before, after in found.changed:
        _longer(state, series, _within(one, before), _within(two, after), across)
    if not found.changed and not 1 / bars.WIDER <= found.width <= bars.WIDER:
        said = f"the bars are {'thicker' if found.width > 1 else 'thinner'}"
        state.add("line look", "style_error", 1, series, said, one, two, detail="width")
    return True


def _within(mask: Mask, box: Box) -> Mask:
    part = np.zeros_like(mask)
    part[box[1] : box[3], box[0] : box[2]] = mask[box[1] : box[3], box[0] : box[2]]
    return part


def _ragged(stats: NDArray[np.int32], large: list[int]) -> bool:
    """Whether the changed pieces are no rectangles, as those of bars are."""
    return any(stats[n, 4] < 0.72 * stats[n, 2] * stats[n, 3] for n in large)


def _whole(mask: Mask, part: Mask) -> Mask:
    """The connected shapes of `mask` that touch `part`."""
    _, pieces = cv2.connectedComponents((mask | part).astype(np.uint8))
    touched = np.unique(pieces[part])
    return np.asarray(np.isin(pieces, touched[touched > 0]) & (mask | part))


def _bar(
    state: Panels,
    series: str,
    one: Mask,
    two: Mask,
    piece: Mask,
    stats: NDArray[np.int32],
    across: bool,
) -> None:
    """One bar that became longer or shorter."""
    x, y, w, h = (int(v) for v in stats[:4])
    lane = np.zeros_like(piece)
    if across:
        lane[y + h // 4 : y + h - h // 4, :] = True
    else:
        lane[:, x + w // 4 : x + w - w // 4] = True
    before, after = _run(one & lane, piece), _run(two & lane, piece)
    severity = _bar_severity(state, before, after, w if across else h, across)
    name, said = told(state, series, before, after, x + w / 2, y + h / 2, across)
    full = np.zeros_like(piece)
    if across:
        full[y : y + h, :] = True
    else:
        full[:, x : x + w] = True
    state.add("marks", "data_error", severity, name, said,
              _touching(one & full, before), _touching(two & full, after))  # fmt: skip


def _longer(state: Panels, series: str, before: Mask, after: Mask, across: bool) -> None:
    """One bar that begins or ends elsewhere."""
    change = abs(_extent(before, across) - _extent(after, across))
    severity = _bar_severity(state, before, after, change, across)
    box = bounds(before | after)
    assert box is not None
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    name, said = told(state, series, before, after, *middle, across)
    state.add("marks", "data_error", severity, name, said, before, after)


def _bar_severity(state: Panels, before: Mask, after: Mask, pixels: int, across: bool) -> Severity:
    """How much of a bar's length, and of the plot, a number of pixels is."""
    change = pixels / max(1, _extent(before, across), _extent(after, across))
    panel = state.match.a.panels[state.index]
    share = pixels / (panel.width if across else panel.height)
    return 1 if change < 0.17 or share < 0.03 else 2 if change < 0.45 else 3


def _touching(mask: Mask, run: Mask) -> Mask:
    return _whole(mask, run & mask) if (run & mask).any() else run


def _run(mask: Mask, piece: Mask) -> Mask:
    """The part of a bar's lane that hangs together with the changed piece."""
    reach = grown(piece, 3)
    _, pieces = cv2.connectedComponents(mask.astype(np.uint8))
    touched = np.unique(pieces[reach & mask])
    return np.asarray(np.isin(pieces, touched[touched > 0]))


def _extent(mask: Mask, across: bool) -> int:
    lines = np.flatnonzero(mask.any(axis=0 if across else 1))
    return int(lines[-1] - lines[0] + 1) if len(lines) else 0


def _compare_thin(state: Panels, k: int, one: Mask, two: Mask, lost: Mask, new: Mask) -> None:
    """Lines and points: moved ones first, then their looks."""
    near = max(NEAR, COARSE * state.layers.coarseness)
    far_one = _far(one & ~state.explained, two, near) & ~state.layers.hidden
    far_two = _far(two & ~state.explained, one, near) & ~state.layers.hidden
    way, way_b = _ways(state, k)
    if far_one.any():
        far_one &= ~grown(tinted(state.layers.lab_b, state.paper(candidate=True), way_b), 1)
    if far_two.any():
        far_two &= ~grown(tinted(state.layers.lab_a, state.paper(), way), 1)
    if not state.layers.same_size:
        # marks keep their size on paper, and hide more or less of the lines that end at them
        far_one &= state.layers.colours_b.index < 0
        far_two &= state.layers.colours.index < 0
    off = (far_one & grown(lost, 2)), (far_two & grown(new, 2))
    count = pixels(off[0]) + pixels(off[1])
    areas = pixels(one), pixels(two)
    if _only_thicker(one, two, (0.0, 0.6) if areas[0] < areas[1] else (0.6, 0.0)):
        look = _look(state, k, one, two)
        if look.startswith("the line is thi"):
            count = 0
    series = series_name(state, k)
    total = sum(areas)
    dots = points.dotted(one if areas[0] < areas[1] else two)
    both = (one, two), (two, one)
    scaled = dots and not state.layers.same_size
    if scaled and all(points.on_it(*masks) > 0.95 for masks in both):
        count = 0  # scaled points have other outlines, but their middles stay
    moved = dots and count >= DISTINCT and min(points.on_it(*m) for m in both) < STAYED
    if dots and not moved and (look := _points(state, k, one, two)):
        if shaded_anew(state, k, state.pairs[k]):
            return
        state.add("line look", "style_error", 1, series, look, one, two)
        return
    if count >= max(DISTINCT, 0.012 * total):
        if not dots and (_guides(state, k, off) or _other_marker(state, series, one, two)):
            return
        severity = _moved_severity(state, one, two, off, dots)
        what = "points" if dots else "line"
        share = count / max(1, total)
        said = f"{share:.0%} of its {what} lie elsewhere"
        masks = (one, two) if share > 0.1 else (off[0], off[1])
        state.add("marks", "data_error", severity, series, said, *masks, detail="values")
        return
    visible = ~state.layers.hidden
    look = _look(state, k, one & visible, two & visible)
    if not look and not dots and _other_markers(state, k, one, two):
        look = "the markers have another shape"
    if look:
        state.add("line look", "style_error", 1, series, look, one, two)


def _guides(state: Panels, k: int, off: tuple[Mask, Mask]) -> bool:
    """Report lines that mark a value, if nothing else of a colour is gone or new."""
    gone, came = (guide(part) for part in off)
    if not (gone or came) or (off[0].any() and not gone) or (off[1].any() and not came):
        return False
    said = "it stands elsewhere" if gone and came else "it is missing" if gone else "it is new"
    category = "data_error" if gone and came else "structure_error"
    what = f"line across the plot ({series_name(state, k)})"
    state.add("marks", category, 2, what, said, *off)
    return True


def _points(state: Panels, k: int, one: Mask, two: Mask) -> str:
    """What differs in the looks of points that stayed where they were; "" if nothing clear."""
    if state.layers.stretched:
        return ""
    if dashed(one, two):
        return "the line is dashed or dotted"
    if dashed(two, one):
        return "the line is dashed or dotted no more"
    if _other_markers(state, k, one, two):
        return "the points have another shape"
    size = points.other_size(one, two)
    return f"the points are {size}" if size and not _by_scale(state, size == "larger") else ""


def _by_scale(state: Panels, grew: bool) -> bool:
    """Whether marks look larger or smaller only beside a plot that was drawn smaller or larger.

    Points and lines keep their size on paper in a figure of another size.
    """
    scale = state.layers.scale
    return scale > SCALED if grew else scale < 1 / SCALED


def _other_markers(
    state: Panels, k: int, one: Mask, two: Mask, least: float = points.OTHER_SHAPE
) -> bool:
    layers = state.layers
    colours = layers.colours.colours[k], layers.colours_b.colours[state.pairs[k]]
    papers = state.paper(), state.paper(candidate=True)
    return not layers.stretched and points.other_shape(
        (layers.a, layers.b),
        papers,
        colours,
        (one & ~layers.hidden, two & ~layers.hidden),
        least,
    )


def _far(mask: Mask, other: Mask, near: float = NEAR) -> Mask:
    """Pixels of a mask that lie farther than `near` pixels from the other."""
    if not other.any():
        return mask
    away = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(mask & (away > near))


def _moved_severity(
    state: Panels, one: Mask, two: Mask, off: tuple[Mask, Mask], dots: bool
) -> Severity:
    total = max(1, pixels(one) + pixels(two))
    share = (pixels(off[0]) + pixels(off[1])) / total
    if dots:
        small = share < 0.06 or points.same_cloud(one, two)
        return 1 if small else 2 if share < 0.3 else 3
    distances = []
    for mask, other in ((off[0], two), (off[1], one)):
        if mask.any() and other.any():
            away = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, 3)
            distances.append(np.percentile(away[mask], (80, 95)))
    height = state.match.a.panels[state.index].height
    reach, far = np.max(distances, axis=0) / height if distances else (1.0, 1.0)
    if share < 0.05:
        return 1
    return 3 if reach >= 0.22 else 2 if far >= FAR_OFF else 1


def _ink(
    picture: NDArray[np.float32], paper: NDArray[np.uint8], colour: NDArray[np.float32], mask: Mask
) -> float:
    """How much of a colour lies on and beside a mask of a picture in Lab, in full pixels.

    Smoothing, scaling and compression spread a line or sharpen it, but keep its ink.
    """
    base = lab_of(paper)
    way = colour - base
    near = grown(mask, 3)
    there = picture[near] - base
    along = (there * way).sum(axis=1) / max(1e-3, float((way**2).sum()))
    aside = np.sqrt(((there - along[:, None] * way) ** 2).sum(axis=1))
    fits = aside < 0.5 * float(np.sqrt((way**2).sum())) + 6
    return float(np.clip(along, 0, 1)[fits & (along > 0.08)].sum())


def _inks(state: Panels, k: int, one: Mask, two: Mask) -> tuple[float, float]:
    """How much ink, in full pixels, the marks of a series have in both pictures."""
    layers = state.layers
    way, way_b = _ways(state, k)
    return (
        _ink(layers.lab_a, state.paper(), way, one),
        _ink(layers.lab_b, state.paper(candidate=True), way_b, two),
    )


def _look(state: Panels, k: int, one: Mask, two: Mask) -> str:
    """What differs in the looks of a line that stayed where it was; "" if nothing clear."""
    layers = state.layers
    ink = _inks(state, k, one, two)
    if layers.stretched or max(ink) < 1.15 * min(ink):
        return ""
    thick = thickness(one), thickness(two)
    gap = abs(thick[0][0] - thick[1][0])
    areas = pixels(one), pixels(two)
    heavier = max(areas) > 1.4 * min(areas) and max(ink) > 1.6 * min(ink)
    if (
        heavier
        and gap > 1.5
        and max(thick[0][0], thick[1][0]) > 1.45 * min(thick[0][0], thick[1][0])
    ):
        grew = thick[1][0] > thick[0][0]
        if _by_scale(state, grew):
            return ""
        return f"the line is {'thicker' if grew else 'thinner'}"
    peak = thick[0][1], thick[1][1]
    changed = pixels(layers.lost & one) + pixels(layers.new & two)
    if abs(peak[0] - peak[1]) > 2.2 and max(peak) > 1.5 * min(peak) and changed > DISTINCT:
        return f"markers {'added or larger' if peak[1] > peak[0] else 'missing or smaller'}"
    pieces = _pieces(one), _pieces(two)
    dashed = min(areas) < 0.87 * max(areas) and max(ink) > 1.22 * min(ink)
    if dashed and max(pieces) > 2.5 * min(pieces) + 3 and _gaps(state, k, one, two) > GAPS:
        return f"the line is {'broken (dashes or dots)' if areas[0] > areas[1] else 'unbroken'}"
    return ""


def _ways(state: Panels, k: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The colours, in Lab, that a series has in both pictures."""
    layers = state.layers
    return layers.colours.colours[k], layers.colours_b.colours[state.pairs[k]]


def _gaps(state: Panels, k: int, one: Mask, two: Mask) -> float:
    """Share of a line where the other picture has bare paper, as between dashes."""
    way, way_b = _ways(state, k)
    there = tinted(state.layers.lab_b, state.paper(candidate=True), way_b)
    here = tinted(state.layers.lab_a, state.paper(), way)
    if not state.layers.same_size:
        there, here = grown(there, 1), grown(here, 1)
    lost, new = pixels(one & ~there), pixels(two & ~here)
    return max(lost / max(1, pixels(one)), new / max(1, pixels(two)))


def _pieces(mask: Mask) -> int:
    """How many pieces a line has: dashes, or what other marks cut it into."""
    count, _, stats, _ = components(mask)
    return int((stats[1:count, 4] >= 3).sum())
