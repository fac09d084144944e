"""Finds the plot areas of a chart: by frame lines, by filled patches, by what is drawn.

Works on connected ink. Spines, ticks and the marks that touch them hang together; letters do not.
The frame inside such a group is where rows and columns are covered from end to end.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import (
    area,
    around,
    bounds,
    components,
    coverage,
    exceeds,
    from_colour,
    share,
    shared,
    strongest,
)
from visual_erm.judges.chart.scene import Direction, Panel, PanelKind, Side
from visual_erm.types import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]

INK = 13
"""Grey levels; the palest panel background in use (seaborn's) differs by 13 to 21 from white."""
STRONG = 110
"""Grey levels; frame lines differ from the background by more, grid lines by less."""
SPREAD = 180
"""Grey levels, summed over three pixels across a line, of a frame that was softened."""
SMALLEST = 0.11
"""Share of the picture's width and height that a panel has at least."""
STRIP = (0.012, 0.25)
"""Shares of the picture that a colour bar has at least across and along."""
CELL = 8
"""Pixels that a cell of a heat map has at least, across and along."""
PALE = 60
"""Grey levels by which the ends of a colour bar's halves differ from paper at most."""
STEP = 12
"""Grey levels within which all of a narrow patch has one colour."""
THICKEST = 8
"""Pixels of a frame's line at most."""
THIRDS = np.arange(3 * 256) / 3
"""Means of three channels, by their sum."""
CORNER, PIE = 0.12, 0.55
"""Share of its side at which the corners of a pie's box are empty, and of which it covers at least.
"""
MARGIN, APART = 5, 5
"""Pixels beside the edge of a panel in which no grid is looked for, and between two of its lines.
"""
SAME = 0.9
"""Share of both of two boxes that lies in the other where they are one."""
OFF = 0.06
"""Share of the picture's shorter side by which axes stand off from what is drawn at most."""
PIECE, COMPACT, MARKS, HALF = 0.03, 0.7, 2, (0.2, 0.7)
"""Share of the picture's shorter side that a piece has at least, share of its box that a disc or
square covers, how many of them are marks, and shares of the shorter of two boxes along which these
lie beside each other that plots in rows and columns do not have."""
LETTER = 0.8
"""Share of a piece that lies in a text of which it is a letter."""
TICK, LONG = 0.022, 0.03
"""Shares of the picture's shorter side that tick marks stay within, and axes that stand off with
their tick marks."""


def figure_background(image: Image) -> NDArray[np.uint8]:
    """The most frequent colour of the outermost pixels."""
    rim = np.concatenate([image[:3].reshape(-1, 3), image[-3:].reshape(-1, 3),
                          image[:, :3].reshape(-1, 3), image[:, -3:].reshape(-1, 3)])  # fmt: skip
    return _most_frequent(rim)


def find_panels(
    image: Image, background: NDArray[np.uint8], texts: Sequence[Box] = ()
) -> tuple[Panel, ...]:
    """Plot areas from top to bottom and left to right; `texts` are the boxes of what was read."""
    contrast = strongest(from_colour(image, background))
    drawn = contrast > INK
    strong = _strong(contrast, (3, 1)), _strong(contrast, (1, 3))
    pieces = _pieces(drawn)
    certain = [*_lattices(drawn), *_between_spines(pieces, drawn.shape)]
    certain = [box for box in certain if _wide(box, *drawn.shape[::-1])]
    panels = [
        _panel(image, drawn, strong, box, certain=any(_same(box, known) for known in certain))
        for box in _groups(drawn, pieces, certain, contrast, texts)
    ]
    found = [panel for panel in panels if panel is not None]
    if (whole := _scattered(found, drawn, pieces, texts)) is not None:
        one = _panel(image, drawn, strong, whole, certain=False)
        found = found if one is None else [one]
    return tuple(_in_order(found))


def all_drawn(image: Image, background: NDArray[np.uint8]) -> tuple[Panel, ...]:
    """All that is drawn as one plot without a frame, for a picture in which none was found."""
    box = bounds(exceeds(from_colour(image, background), INK))
    return () if box is None else (Panel(box, "free", background, frozenset(), frozenset()),)


def _scattered(
    panels: list[Panel], drawn: Mask, pieces: list[Box], texts: Sequence[Box]
) -> Box | None:
    """The box of all that is drawn where frameless pieces are one plot, as nodes of a graph are.

    Plots stand in rows and columns, and no marks stand beside them.
    """
    if not panels or any(panel.kind != "free" for panel in panels):
        return None
    boxes, large = [panel.box for panel in panels], _marks(pieces, drawn, texts)
    outside = [b for b in large if max(_within(b, box) for box in boxes) < 0.5]
    alone = sum(_compact(b, drawn) for b in outside) >= MARKS
    pairs = itertools.combinations(boxes, 2)
    if not alone and not any(_half_beside(*pair, k) for pair in pairs for k in (0, 1)):
        return None
    return around([*boxes, *large])


def _marks(pieces: list[Box], drawn: Mask, texts: Sequence[Box]) -> list[Box]:
    """Pieces as large as marks are, and no letters; a disc may be as large as its text."""
    least = PIECE * min(drawn.shape)
    large = [b for b in pieces if min(b[2] - b[0], b[3] - b[1]) > least]
    return [
        b for b in large if all(_within(b, text) < LETTER for text in texts) or _compact(b, drawn)
    ]


def _compact(box: Box, drawn: Mask) -> bool:
    """Whether a piece is a disc or a square, unlike most letters."""
    width, height = box[2] - box[0], box[3] - box[1]
    part = drawn[box[1] : box[3], box[0] : box[2]]
    return max(width, height) < 1.25 * min(width, height) and share(part) > COMPACT


def _half_beside(one: Box, two: Box, axis: int) -> bool:
    """Whether two boxes lie beside each other along an axis in part only."""
    common = min(one[axis + 2], two[axis + 2]) - max(one[axis], two[axis])
    least = min(one[axis + 2] - one[axis], two[axis + 2] - two[axis])
    return HALF[0] < common / least < HALF[1]


def _strong(contrast: NDArray[np.uint8], across: tuple[int, int]) -> Mask:
    """Where a dark line may run; a soft one has its darkness on its neighbours too."""
    spread = cv2.boxFilter(contrast, cv2.CV_16S, across, normalize=False)
    return np.asarray((contrast > STRONG) | (spread > SPREAD))


def _groups(
    drawn: Mask,
    boxes: list[Box],
    certain: list[Box],
    contrast: NDArray[np.uint8],
    texts: Sequence[Box],
) -> list[Box]:
    """Boxes of what hangs together and is large enough, none inside another."""
    height, width = drawn.shape
    lines = [b for b in boxes if b[3] - b[1] <= 4 and b[2] - b[0] > 0.2 * width]
    posts = [b for b in boxes if b[2] - b[0] <= 4 and b[3] - b[1] > 0.2 * height]
    large = [b for b in boxes if _large(b, width, height)]
    united = _united([b for b in boxes if area(b) > 0.004 * width * height])
    large += [*_patches(united), *_pies(united, drawn)]
    large += certain
    large += [b for b in _joined(lines, 0) if _large(b, width, height)]
    large += [b for b in _joined(posts, 1) if _large(b, width, height)]
    large += _bleached([b for b in large if not _wide(b, width, height)], contrast)
    framed = any(_wide(b, width, height) for b in large)
    if not framed and (pieces := _marks(boxes, drawn, texts)):
        # Nothing is framed: what is drawn in several pieces is one plot.
        large.append(around(pieces))
    return _outermost(large)


def _between_spines(pieces: list[Box], shape: tuple[int, int]) -> list[Box]:
    """Boxes above and beside two axes that stand off from what is drawn, and do not touch."""
    height, width = shape
    reach = max(10, round(LONG * min(width, height)))
    upright = [b for b in pieces if b[2] - b[0] <= reach and b[3] - b[1] > SMALLEST * height]
    level = [b for b in pieces if b[3] - b[1] <= reach and b[2] - b[0] > SMALLEST * width]
    return [
        (line[0], post[1], line[2], post[3])
        for post in upright
        for line in level
        if max(abs(line[0] - post[2]), abs(line[1] - post[3])) < OFF * min(width, height)
    ]


def _pieces(drawn: Mask | NDArray[np.uint8]) -> list[Box]:
    count, _, stats, _ = components(drawn)
    return [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats[1:count]]


def _large(box: Box, width: int, height: int) -> bool:
    w, h = (box[2] - box[0]) / width, (box[3] - box[1]) / height
    return (min(w, h) >= STRIP[0] and max(w, h) >= STRIP[1]) or min(w, h) >= SMALLEST


def _wide(box: Box, width: int, height: int) -> bool:
    return min((box[2] - box[0]) / width, (box[3] - box[1]) / height) >= SMALLEST


def _joined(lines: list[Box], along: int) -> list[Box]:
    """Boxes around parallel lines that begin and end at the same place: grids without frames."""
    groups: dict[tuple[int, int], list[Box]] = {}
    for line in lines:
        key = next(
            (k for k in groups if abs(k[0] - line[along]) < 4 and abs(k[1] - line[along + 2]) < 4),
            (line[along], line[along + 2]),
        )
        groups.setdefault(key, []).append(line)
    return [around(group) for group in groups.values() if len(group) > 1]


def _patches(groups: list[list[Box]]) -> list[Box]:
    """Pieces that thin gaps part: a panel cut up by grid lines in the figure's colour."""
    return [
        around(group)
        for group in groups
        if len(group) > 3 and sum(area(b) for b in group) > 0.85 * area(around(group))
    ]


def _united(boxes: list[Box]) -> list[list[Box]]:
    """Groups of boxes that thin gaps part."""
    united: list[list[Box]] = []
    for box in boxes:
        grown = (box[0] - 4, box[1] - 4, box[2] + 4, box[3] + 4)
        near = [group for group in united if any(shared(grown, b) > 0 for b in group)]
        united = [group for group in united if not any(group is n for n in near)]
        united.append([box, *(b for group in near for b in group)])
    return united


def _pies(groups: list[list[Box]], drawn: Mask) -> list[Box]:
    """Boxes around wedges that white edges part: together they are round."""
    found = []
    for group in groups:
        x0, y0, x1, y1 = around(group)
        if len(group) < 2 or not 0.9 < (x1 - x0) / (y1 - y0) < 1.1:
            continue
        part = drawn[y0:y1, x0:x1]
        corner = round(CORNER * (x1 - x0))
        corners = [part[rows, columns] for rows in _ends(corner) for columns in _ends(corner)]
        if share(part) > PIE and max(share(c) for c in corners) < 0.05:
            found.append((x0, y0, x1, y1))
    return found


def _ends(length: int) -> tuple[slice, slice]:
    return slice(None, length), slice(-length, None)


def _bleached(strips: list[Box], contrast: NDArray[np.uint8]) -> list[Box]:
    """Boxes around two strips in one line with little between them: a colour bar, white midway."""
    found = []
    for index, one in enumerate(strips):
        for two in strips[index + 1 :]:
            for across, along in ((0, 1), (1, 0)):
                level = all(abs(one[at] - two[at]) <= 2 for at in (across, across + 2))
                whole = max(one[along + 2], two[along + 2]) - min(one[along], two[along])
                gap = max(one[along], two[along]) - min(one[along + 2], two[along + 2])
                near = level and 0 <= gap < 0.15 * whole
                if near and _fades(one, two, along, contrast):
                    found.append(around([one, two]))
    return found


def _fades(one: Box, two: Box, along: int, contrast: NDArray[np.uint8]) -> bool:
    """Whether both strips are pale where they face each other; two colour bars end in a frame."""
    before, after = sorted((one, two), key=lambda box: box[along])
    rows = contrast if along else contrast.T
    low, high = (before[0], before[2]) if along else (before[1], before[3])
    ends = rows[before[along + 2] - 3 : before[along + 2]], rows[after[along] : after[along] + 3]
    return all(float(np.median(end[:, low + 2 : high - 2].max(axis=0))) < PALE for end in ends)


def _lattices(drawn: Mask) -> list[Box]:
    """Boxes around filled cells of one size that thin gaps part: a heat map.

    The palest cells may have the paper's colour, so a lattice need not be full: each cell lies a
    whole number of steps from the first.
    """
    # without what is thin: ticks that touch the outer cells
    thick = cv2.morphologyEx(drawn.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    sizes: dict[tuple[int, int], list[Box]] = {}
    for box in _pieces(thick):
        size = box[2] - box[0], box[3] - box[1]
        if min(size) >= CELL and share(drawn[box[1] : box[3], box[0] : box[2]]) > 0.6:
            key = next((k for k in sizes if np.abs(np.subtract(k, size)).max() <= 2), size)
            sizes.setdefault(key, []).append(box)
    return [
        around(cells)
        for size, cells in sizes.items()
        if len(cells) > 3
        and all(_in_steps([c[axis] for c in cells], size[axis]) for axis in (0, 1))
    ]


def _in_steps(starts: list[int], size: int) -> bool:
    """Whether cells stand at two places at least, all of them whole steps apart."""
    away = np.unique(starts) - min(starts)
    gaps = np.diff(away)
    gaps = gaps[gaps > 2]  # a pixel is rounding
    if not len(gaps):
        return False
    step = float(gaps.min())
    if not size - 2 <= step <= size + max(4, 0.06 * size):
        return False
    step = float(away[-1]) / round(away[-1] / step)
    return bool(np.abs(away - step * np.round(away / step)).max() <= 3)


def _outermost(boxes: list[Box]) -> list[Box]:
    """Boxes that are not mostly inside a larger one, overlapping ones united."""
    kept: list[Box] = []
    for box in sorted(boxes, key=area, reverse=True):
        for index, other in enumerate(kept):
            part = _within(box, other)
            if part > 0.9:
                break
            if part > 0.3:
                kept[index] = around([box, other])
                break
        else:
            kept.append(box)
    return kept


def _same(box: Box, other: Box) -> bool:
    """Whether two boxes are one, but for what reaches beyond it a little."""
    return shared(box, other) > SAME * max(area(box), area(other))


def _within(box: Box, other: Box) -> float:
    """Share of a box that lies in another."""
    return shared(box, other) / max(1, area(box))


def _panel(
    image: Image, drawn: Mask, strong: tuple[Mask, Mask], group: Box, *, certain: bool
) -> Panel | None:
    height, width = drawn.shape
    x0, y0, x1, y1 = group
    part = drawn[y0:y1, x0:x1]
    reach = max(10, round(TICK * min(width, height)))
    across, down = (coverage(part, axis) / part.shape[axis] for axis in (0, 1))
    dark_x, dark_y = (
        coverage(strong[axis][y0:y1, x0:x1], axis) / part.shape[axis] for axis in (0, 1)
    )
    left = _edge(across, dark_x, reach)
    right = part.shape[1] - _edge(across[::-1], dark_x[::-1], reach)
    top = _edge(down, dark_y, reach)
    bottom = part.shape[0] - _edge(down[::-1], dark_y[::-1], reach)
    if top and _pale(image[y0 + top, x0:x1], image[y0 + bottom - 1, x0:x1]):
        top = 0
    if right < part.shape[1] and _pale(image[y0:y1, x0 + right - 1], image[y0:y1, x0 + left]):
        right = part.shape[1]
    box = (x0 + left, y0 + top, x0 + right, y0 + bottom)
    inner = image[box[1] + 2 : box[3] - 2, box[0] + 2 : box[2] - 2]
    if inner.size == 0:
        return None
    sides = frame_sides(image, box)
    narrow = (x1 - x0) < SMALLEST * width or (y1 - y0) < SMALLEST * height
    corners = drawn[box[1] : box[3], box[0] : box[2]]
    # without its ticks, which stand far apart
    if narrow and (share(corners) < 0.75 or _even(inner)):
        return None
    kind: PanelKind = "strip" if narrow else "axes" if certain or _straight(corners) else "free"
    # Marks may cover most of a panel but seldom most of its rim, unless they cover all of it.
    background = figure_background(inner)
    if _rim_share(inner, background) < 0.45:
        background = figure_background(image)
    grid = grid_directions(image, box) if kind == "axes" else frozenset()
    return Panel(box, kind, background, sides, grid)


def _even(inner: Image) -> bool:
    """Whether what is narrow shows one colour, as a thick line does and no colour bar."""
    usual = np.median(inner.reshape(-1, 3), axis=0)
    return float((np.abs(inner - usual).max(axis=2) < STEP).mean()) > SAME


def _pale(line: Image, frame: Image) -> bool:
    """Whether a line is no part of the frame: it has another colour, as grid lines have."""
    gap = np.median(line, axis=0) - np.median(frame, axis=0)
    return float(np.abs(gap).max()) > 60


def _rim_share(inner: Image, colour: NDArray[np.uint8]) -> float:
    rim = np.concatenate([inner[:3].reshape(-1, 3), inner[-3:].reshape(-1, 3),
                          inner[:, :3].reshape(-1, 3), inner[:, -3:].reshape(-1, 3)])  # fmt: skip
    return float((np.abs(rim.astype(np.int16) - colour).max(axis=1) < 10).mean())


def _edge(coverage: NDArray[np.float64], dark: NDArray[np.float64], reach: int) -> int:
    """How many lines at the start are only tick marks, or labels that run into them.

    The frame is the first line that is covered from end to end, if it comes within the length of
    a tick or is dark; otherwise the group begins where its grid lines or marks begin.
    """
    third = len(dark) // 3
    frame = np.flatnonzero(dark[:third] > 0.85)
    beyond = len(frame) > 0 and frame[0] > reach and coverage[: frame[0]].max() < 0.5
    if beyond and not _tall_bar(dark[frame[0] :] > 0.7):
        return int(frame[0])
    full = np.flatnonzero(coverage[: reach + 1] > 0.55)
    if not len(full):
        return 0
    first = int(full[0])
    return first if first == 0 or coverage[:first].max() < 0.5 else 0


def _tall_bar(dark: Mask) -> bool:
    """Whether the lines from a dark one on are a bar: thicker than a frame, no panel's ground."""
    ends = np.flatnonzero(~dark)
    return len(ends) > 0 and ends[0] > THICKEST and float(dark.mean()) < 0.6


def _straight(part: Mask) -> bool:
    """Whether at least two edges of the box are straight lines: a frame, a patch, or a grid."""
    edges = [part[:3].any(0), part[-3:].any(0), part[:, :3].any(1), part[:, -3:].any(1)]
    long = [float(edge.mean()) > 0.7 for edge in edges]
    if sum(long) >= 1:
        return True
    # A grid without frame touches its box at many places; a disc only at one a side.
    touches = [int((np.diff(edge.astype(np.int8)) == 1).sum()) for edge in edges]
    return max(touches) >= 3


def frame_sides(image: Image, box: Box) -> frozenset[Side]:
    """Sides along which a line is drawn that differs from what lies on both sides of it."""
    x0, y0, x1, y1 = box
    rows: dict[Side, int] = {"top": y0, "bottom": y1 - 1}
    columns: dict[Side, int] = {"left": x0, "right": x1 - 1}
    found: set[Side] = set()
    for name, y in rows.items():
        if _is_line(image[max(0, y - 7) : y + 8, x0 + 3 : x1 - 3], y - max(0, y - 7)):
            found.add(name)
    for name, x in columns.items():
        part = image[y0 + 3 : y1 - 3, max(0, x - 7) : x + 8].transpose(1, 0, 2)
        if _is_line(part, x - max(0, x - 7)):
            found.add(name)
    return frozenset(found)


def _is_line(part: Image, at: int) -> bool:
    """Whether some row near `at` differs from rows 4 before and 4 after it, nearly throughout."""
    if not part.size:  # of a box too thin to have a side
        return False
    for y in range(max(4, at - 2), min(part.shape[0] - 4, at + 3)):
        row, before, after = (part[k : k + 1] for k in (y, y - 4, y + 4))
        if share(_steps(row, before)) > 0.75 and share(_steps(row, after)) > 0.6:
            return True
    return False


def _steps(one: Image, two: Image) -> Mask:
    return exceeds(cv2.absdiff(one, two), 24)


def grid_directions(image: Image, box: Box, *, keen: bool = False) -> frozenset[Direction]:
    """Directions in which at least two thin lines cross the panel; `keen` finds fainter ones."""
    lines = grid_lines(image, box, keen=keen)
    return frozenset(direction for direction, places in lines.items() if len(places) > 1)


def grid_lines(image: Image, box: Box, *, keen: bool = False) -> dict[Direction, list[int]]:
    """Where thin lines cross the panel, in pixels from its upper or left edge."""
    x0, y0, x1, y1 = box
    colours = image[y0 + MARGIN : y1 - MARGIN, x0 + MARGIN : x1 - MARGIN]
    if min(colours.shape[:2]) <= 20:
        return {}
    sums = sum((cv2.extractChannel(colours, k).astype(np.int16) for k in (1, 2)),
               cv2.extractChannel(colours, 0).astype(np.int16))  # fmt: skip
    paper = (np.abs(THIRDS - float(figure_background(colours).mean())) < 10)[sums]
    return {
        "rows": _thin_lines(sums, paper, keen),
        "columns": _thin_lines(np.ascontiguousarray(sums.T), np.ascontiguousarray(paper.T), keen),
    }


def _thin_lines(sums: NDArray[np.int16], paper: Mask, keen: bool) -> list[int]:
    """Which rows are thin lines that run across, dotted ones included.

    A line is lighter or darker than what lies on both sides of it, in more than a fifth of its
    length (dots), always in the same sense; the edge of a bar differs from one side only. Paper
    must lie on both sides of a good part of it: edges of bars side by side are no grid. Beside a
    dark line rows look light; of lines that touch or nearly do only the clearest is one.

    Args:
        sums: of the three channels; whole numbers are compared much faster than their means.
        paper: where the panel's background is.
        keen: whether faint lines count.
    """
    middle, above, below = sums[3:-3], sums[:-6], sums[6:]
    step, share = (2, 0.2) if keen else (5, 0.3)
    plain = ~(_beyond(above, below, 8, reached=True) | _beyond(below, above, 8, reached=True))
    count = np.maximum(coverage(plain, 1), 0.25 * sums.shape[1])
    darker, lighter = _beyond(above, middle, step), _beyond(middle, above, step)
    dark = coverage(darker & plain, 1) / count
    light = coverage(lighter & plain, 1) / count
    hit = np.maximum(dark, light) > share
    if not hit.any():
        return []
    spread = _spread(np.where((dark > light)[:, None], darker, lighter))
    runs = hit & (spread > 0.6)
    runs &= coverage(plain & paper[:-6] & paper[6:], 1) / sums.shape[1] > 0.1
    rows = np.flatnonzero(runs)
    groups = np.split(rows, np.flatnonzero(np.diff(rows) >= APART) + 1) if len(rows) else []
    clear = np.maximum(dark, light)
    return [int(rows[clear[rows].argmax()]) + MARGIN + 3 for rows in groups]


def _beyond(
    one: NDArray[np.int16], two: NDArray[np.int16], limit: int, *, reached: bool = False
) -> Mask:
    """Where the mean of three channels is larger than another by more than a limit.

    Exactly at the limit, thirds in doubles decide, a hair above it or below; `reached` says
    whether the limit itself counts.
    """
    gap = one - two
    found = gap > 3 * limit
    edge = gap == 3 * limit
    if edge.any():
        apart = THIRDS[one[edge]] - THIRDS[two[edge]]
        found[edge] = apart >= limit if reached else apart > limit
    return np.asarray(found)


def _spread(marked: Mask) -> NDArray[np.float64]:
    """Share of 24 equal pieces of each row that hold a marked pixel; 0 if an end piece does not.

    Grid lines reach both ends, the sides of bars do not: there is a margin above them.
    """
    pieces = np.array([piece.any(axis=1) for piece in np.array_split(marked, 24, axis=1)])
    return np.asarray(pieces.mean(axis=0) * pieces[0] * pieces[-1])


def _in_order(panels: list[Panel]) -> list[Panel]:
    """Reading order: rows of panels whose middles are near, from left to right."""
    rows: list[list[Panel]] = []
    for panel in sorted(panels, key=lambda p: p.box[1] + p.box[3]):
        middle = (panel.box[1] + panel.box[3]) / 2
        last = rows[-1][0].box if rows else None
        if last is not None and last[1] < middle < last[3]:
            rows[-1].append(panel)
        else:
            rows.append([panel])
    return [panel for row in rows for panel in sorted(row, key=lambda p: p.box[0])]


def _most_frequent(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    wide = pixels.astype(np.uint32) >> 2  # JPEG noise must not split one colour into many
    packed = (wide[:, 0] << 16) | (wide[:, 1] << 8) | wide[:, 2]
    values, counts = np.unique(packed, return_counts=True)
    chosen = packed == values[int(np.argmax(counts))]
    return np.asarray(np.median(pixels[chosen], axis=0), np.uint8)
