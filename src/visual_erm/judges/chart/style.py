"""Differences of backgrounds, grids and frames, and of which panels there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import area, around, exceeds, from_colour, of_smaller, pixels, share
from visual_erm.judges.chart.colours import lab, lab_of
from visual_erm.judges.chart.findings import Finding, of_panel
from visual_erm.judges.chart.panels import grid_directions, grid_lines
from visual_erm.judges.chart.places import BESIDE, Match
from visual_erm.judges.chart.scene import ChartScene, Direction, Panel, Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Box, Image

ABSENT = "the plot is missing"
"""How it is said of a plot that it is not there."""
INSIDE, PARTS = 0.9, 0.6
"""Shares of each of some plots that lies in another picture's plot, and of that which they cover,
where it is them without gaps."""
GRID, SAME_DRAWN = 32, 0.6
"""Pixels of a side at which these are compared, and how well they correlate at least."""
LARGE = 0.3
"""Share of the picture from which another look is something to correct."""
EDGE, LINE, ALONG = 3, 40, 0.8
"""Pixels beside the edge of a panel in which its frame runs; grey levels by which a line may vary;
and share of a side along which it is there, or is not."""
SEEN, ALIKE, FREE = 2, 8, 0.3
"""Grey levels by which a line of a grid differs from what is beside it, and within which that is
the same in both pictures; and share of a line that must be seen in one picture only.
"""
BACKGROUND = 4.5
"""Distance in Lab of two backgrounds that is not noise."""


def compare_panels(match: Match) -> list[Finding]:
    """Panels that are missing or too many."""
    found, parted = _parted(match)
    for i, panel in enumerate(match.a.panels):
        if i in parted[0]:
            continue
        if match.panel(i) is None and not _still_there(match, i):
            strip = panel.kind == "strip"
            where = "colour bar" if strip else "plot" + of_panel(match.a, i)
            said = "the colour bar is missing" if strip else ABSENT
            found.append(
                Finding("panel missing", "structure_error", 2 if strip else 3,
                        where, said, panel.box, None, i)
            )  # fmt: skip
    for j, panel in enumerate(match.b.panels):
        if match.panel_back(j) is None and j not in parted[1]:
            what = "colour bar" if panel.kind == "strip" else "plot"
            found.append(
                Finding("panel added", "structure_error", 2, what,
                        f"a {what} that the reference does not have", None, panel.box, None,
                        str(j))
            )  # fmt: skip
    for pair in match.exchanged:
        names = [f"the plot{of_panel(match.a, i)}" for i in pair]
        boxes = [match.a.panels[i].box for i in pair]
        others = [match.b.panels[j].box for i, j in match.pairs if i in pair]
        said = f"{names[0]} and {names[1]} have each other's place"
        found.append(
            Finding("exchanged", "structure_error", 2, " and ".join(names), said,
                    around(boxes), around(others))
        )  # fmt: skip
    return found


def _parted(match: Match) -> tuple[list[Finding], tuple[set[int], set[int]]]:
    """Plots that have gaps between them in one picture only, with the panels that they are.

    Plots that touch are found as one.
    """
    found: list[Finding] = []
    known: tuple[set[int], set[int]] = set(), set()
    alone = (
        [i for i, p in enumerate(match.a.panels) if match.panel(i) is None and p.kind == "axes"],
        [j for j, p in enumerate(match.b.panels) if match.panel_back(j) is None],
    )
    boxes = [
        {k: _placed(scene, k) for k in own}
        for scene, own in zip((match.a, match.b), alone, strict=True)
    ]
    for back in (0, 1):
        one, two = (match.a, match.b) if not back else (match.b, match.a)
        for k, box in boxes[back].items():
            parts = [m for m, b in boxes[1 - back].items() if of_smaller(b, box) > INSIDE]
            covered = sum(area(boxes[1 - back][m]) for m in parts)
            if len(parts) < 2 or covered < PARTS * area(box):
                continue
            whole, several = one.panels[k].box, around([two.panels[m].box for m in parts])
            drawn = one.standing_out(whole, GRID), two.standing_out(several, GRID)
            if np.corrcoef(drawn[0].ravel(), drawn[1].ravel())[0, 1] < SAME_DRAWN:
                continue  # other plots stand there
            said = f"{len(parts)} plots {'without' if back else 'with'} gaps between them"
            boxes_of = (several, whole) if back else (whole, several)
            found.append(Finding("panel added", "structure_error", 2, "plot", said, *boxes_of))
            known[back].add(k)
            known[1 - back].update(parts)
    return found, known


def _placed(scene: ChartScene, index: int) -> Box:
    """A panel's box in thousandths of its picture."""
    (height, width), (x0, y0, x1, y1) = scene.image.shape[:2], scene.panels[index].box
    x, y = 1000 / width, 1000 / height
    return round(x0 * x), round(y0 * y), round(x1 * x), round(y1 * y)


def axes_gone(match: Match, bare: Sequence[int]) -> list[Finding]:
    """Plots of which only the marks are left."""
    found = []
    for i in bare:
        texts = [label.box for label in match.a.labels if label.panel == i and label.role in BESIDE]
        box = around([match.a.panels[i].box, *texts])
        said = "the axes are missing: no frame, ticks or labels"
        where = "plot" + of_panel(match.a, i)
        found.append(Finding("axes missing", "structure_error", 3, where, said, box, None, i))
    return found


def _still_there(match: Match, i: int) -> bool:
    """Whether a colour bar that was not found in the candidate stands there all the same.

    Its thin sides are easily broken by compression, so that it is not found as a panel.
    """
    panel = match.a.panels[i]
    near = _nearest_plot(match, i)
    if panel.kind != "strip" or near is None:
        return False
    x0, y0, x1, y1 = match.box(panel.box, near)
    height, width = match.b.image.shape[:2]
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        return False
    there = match.b.image[y0:y1, x0:x1]
    here = match.a.image[panel.box[1] : panel.box[3], panel.box[0] : panel.box[2]]
    size = (8, 64) if panel.height > panel.width else (64, 8)
    one, two = (cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (here, there))
    return float(np.median(np.linalg.norm(lab(one) - lab(two), axis=2))) < BACKGROUND


def _nearest_plot(match: Match, i: int) -> int | None:
    """The paired panel next to another one."""
    x0, y0, x1, y1 = match.a.panels[i].box

    def away(k: int) -> float:
        a0, b0, a1, b1 = match.a.panels[k].box
        return max(a0 - x1, x0 - a1, 0) + max(b0 - y1, y0 - b1, 0)

    return min((k for k, _ in match.pairs), key=away, default=None)


def compare_grounds(a: ChartScene, b: ChartScene) -> list[Finding]:
    """Whether the figure has another background."""
    if not _apart(a.background, b.background if b.ground is None else b.ground):
        return []
    whole = (0, 0, *a.image.shape[1::-1]), (0, 0, *b.image.shape[1::-1])
    said = "the background has another colour"
    return [Finding("figure background", "style_error", 2, "background", said, *whole)]


def compare_style(match: Match) -> list[Finding]:
    """Findings about backgrounds, grids and frames."""
    found = compare_grounds(match.a, match.b)
    for i, j in match.pairs:
        found += _panel(match, i, j)
    repainted = [f for f in found if f.cause == "panel background"]
    plots = sum(match.a.panels[i].kind == match.b.panels[j].kind == "axes" for i, j in match.pairs)
    seen_through = match.b.ground is None and len(repainted) == plots
    if found and found[0].cause == "figure background" and seen_through:
        # plots through which the figure is seen; where only some have another paper, it is theirs
        found = [f for f in found if f.cause != "panel background"]
    return found


def _panel(match: Match, i: int, j: int) -> list[Finding]:
    one, two = match.a.panels[i], match.b.panels[j]
    if one.kind != "axes" or two.kind != "axes":
        return []
    found = []
    where = of_panel(match.a, i)
    if _repainted(match, i, j):
        large = one.width * one.height > LARGE * match.a.image[..., 0].size
        found.append(
            Finding("panel background", "style_error", 2 if large else 1, "background" + where,
                    "the plot's background has another colour", one.box, two.box, i)
        )  # fmt: skip
    gone, came = one.grid - two.grid, two.grid - one.grid
    if (gone or came) and (one.width, one.height) == (two.width, two.height):
        gone = _only_here(match.a.image, one, match.b.image, two, gone)
        came = _only_here(match.b.image, two, match.a.image, one, came)
    elif gone or came:
        # before a grid is called missing, the other picture is searched for a fainter one
        gone = gone and one.grid - grid_directions(match.b.image, two.box, keen=True)
        came = came and two.grid - grid_directions(match.a.image, one.box, keen=True)
        gone, came = (frozenset() if _covered(match, i) else lines for lines in (gone, came))
    if gone or came:
        said = "grid lines are missing" if gone else "grid lines that the reference does not have"
        found.append(Finding("grid", "style_error", 1, "grid" + where, said, one.box, two.box, i))
    # A single line is no frame: the edge of a patch or a mark may look like one.
    sides, sides_b = (s if len(s) > 1 else frozenset() for s in (one.sides, two.sides))
    changed = sorted(
        [s for s in sides - sides_b if _gone(match.a.image, one, match.b.image, two, s)]
        + [s for s in sides_b - sides if _gone(match.b.image, two, match.a.image, one, s)]
    )
    if changed:
        said = f"the frame differs: {' and '.join(changed)}"
        found.append(Finding("frame", "style_error", 1, "frame" + where, said, one.box, two.box, i))
    return found


def _only_here(
    image: Image, panel: Panel, other: Image, there: Panel, directions: frozenset[Direction]
) -> frozenset[Direction]:
    """Directions whose grid lines are not drawn in the other picture between equal surroundings.

    Bars may have covered a grid, and a level part of a series may look like a line of one.
    """
    if not directions:
        return directions
    found: set[Direction] = set()
    lines = grid_lines(image, panel.box)
    for direction in directions:
        one, two = (_offsets(*side, direction) for side in ((image, panel), (other, there)))
        bare = 0
        for row in lines.get(direction, ()):
            above, line, below = (one[row + step] for step in (-3, 0, 3))
            others = [two[row + step] for step in (-3, 0, 3)]
            drawn = (np.abs(line - above) > SEEN) & (np.abs(line - below) > SEEN)
            alike = (np.abs(above - others[0]) < ALIKE) & (np.abs(below - others[2]) < ALIKE)
            plain = (np.abs(others[1] - others[0]) < SEEN) & (np.abs(others[1] - others[2]) < SEEN)
            bare += pixels(drawn & alike & plain) > FREE * max(1, pixels(drawn))
        if bare > 1:
            found.add(direction)
    return frozenset(found)


def _offsets(image: Image, panel: Panel, direction: Direction) -> NDArray[np.int16]:
    """How far the greys of a panel are from its background, line by line of a direction."""
    x0, y0, x1, y1 = panel.box
    greys = image[y0:y1, x0:x1].mean(axis=2).astype(np.int16) - int(panel.background.mean())
    return np.asarray(greys if direction == "rows" else greys.T, np.int16)


def _gone(image: Image, panel: Panel, other: Image, there: Panel, side: Side) -> bool:
    """Whether a frame's line along a side of a panel is clearly not there in the other picture."""
    if _bare(other, there, side):
        return True
    line, band = _band(image, panel, side), _band(other, there, side)
    if line.size == 0 or band.size == 0:
        return False
    columns = np.median(line, axis=0)
    outside = columns[0 if side in ("left", "top") else -1]
    near = columns[EDGE - 1 : EDGE + 2]  # the edge was found to a pixel
    dark = near[np.abs(near - outside).max(axis=1).argmax()]
    shares = [(np.abs(part - dark).max(axis=2).min(axis=1) < LINE).mean() for part in (line, band)]
    return bool(shares[0] > ALONG and shares[1] < 1 - ALONG)


def _band(image: Image, panel: Panel, side: Side) -> NDArray[np.int16]:
    """`(n, 2 * EDGE, 3)`: pixels beside the edge of a panel, those of its frame in the middle."""
    x0, y0, x1, y1 = panel.box
    last = side in ("right", "bottom")  # whose edge is the first pixel beyond
    if {"left": x0, "right": x1, "top": y0, "bottom": y1}[side] - last < EDGE:
        return np.empty((0, 0, 3), np.int16)
    return _along(image, panel, side, EDGE + last, EDGE - last).astype(np.int16)


def _along(image: Image, panel: Panel, side: Side, before: int, after: int) -> Image:
    """`(n, before + after, 3)`: the pixels before and after the edge of a panel, along it."""
    x0, y0, x1, y1 = panel.box
    at = {"left": x0, "right": x1, "top": y0, "bottom": y1}[side]
    low, high = max(0, at - before), at + after
    if side in ("left", "right"):
        return image[y0 + 6 : y1 - 6, low:high]
    return image[low:high, x0 + 6 : x1 - 6].transpose(1, 0, 2)


def _bare(image: Image, panel: Panel, side: Side) -> bool:
    """Whether there is clearly no line along a side: what lies there is what lies beside it.

    A frame between marks and paper, as that of a value map, differs from one of them only a little.
    """
    band = _along(image, panel, side, 6, 6)
    if band.size == 0:
        return False
    spread = band.max(axis=1).astype(np.int16) - band.min(axis=1)
    return float((spread.max(axis=1) < 48).mean()) > 0.5


def _inside(scene: ChartScene, index: int) -> Image:
    x0, y0, x1, y1 = scene.panels[index].box
    return scene.image[y0 + 4 : y1 - 4 : 2, x0 + 4 : x1 - 4 : 2]


def _repainted(match: Match, i: int, j: int) -> bool:
    """Whether each panel has a background that the other hardly has anywhere."""
    one, two = match.a.panels[i].background, match.b.panels[j].background
    if not _apart(one, two):
        return False
    return _share(_inside(match.a, i), two) < 0.02 and _share(_inside(match.b, j), one) < 0.02


def _covered(match: Match, i: int) -> bool:
    return _share(_inside(match.a, i), match.a.panels[i].background) < 0.1


def _share(image: Image, colour: NDArray[np.uint8]) -> float:
    if image.size == 0:
        return 0.0
    return share(~exceeds(from_colour(image, colour), 7))


def _apart(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> bool:
    p, q = lab_of(one), lab_of(two)
    return float(np.linalg.norm(p - q)) > BACKGROUND
