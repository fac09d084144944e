"""What differs beyond noise and is explained by nothing else: the last question of the chart judge.

Every other rule looks for something it knows. Whatever else was drawn over a chart, or is not
there, is found here: pixels that differ, in no text that both pictures have, and in the place of
no other finding.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import around, box_of, coverage, exceeds, from_colour, outside, pixels
from visual_erm.judges.chart import words
from visual_erm.judges.chart.findings import Cause, Finding, of_panel
from visual_erm.judges.chart.kinds import net
from visual_erm.judges.chart.layers import Layers, to_grid
from visual_erm.judges.chart.places import Match
from visual_erm.judges.chart.scene import ChartScene, Label
from visual_erm.judges.chart.state import grown, share_on
from visual_erm.types import Box, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]
    Boxes = tuple[list[Box], list[Box]]

UNLIKE: frozenset[Cause] = frozenset(
    {
        "emptied",
        "mirrored",
        "chart type",
        "everything",
        "scale",
        "limits",
        "panel missing",
        "panel added",
        "colour map",
        "view",
    }
)
"""With these a panel differs throughout, and nothing is left to say about its rest."""
MARKS: frozenset[Cause] = frozenset({"marks", "series missing", "series added", "recoloured"})
"""With these some of what is left over belongs to the marks that are reported already."""
CROSSING = 0.6
"""Share of its length along which a line across the panel differs."""
MAINLY = 0.6
"""Share of what differs that must lie on lines across the panel to be a grid."""
SPECK = 6
"""Pixels below which a group is nothing."""
LEAST = 40
"""Pixels that must differ, far beyond noise, before something counts as drawn or missing."""
SCALED = 2.0
"""How much more that is where a picture had to be scaled."""
SEVERAL = 4
"""Texts of a plot that are gone from which a program writes it without them."""
MOST = 12
"""Groups of pixels that are looked at."""
REACH, FAR_REACH = 3, 5
"""Pixels within which nothing similar may stand; more where a picture had to be scaled."""
BEYOND, FAINT = 70, 13
"""Grey levels by which it must be unlike all that is near; by which a pale line differs from paper.
"""
ALIKE = 0.6
"""Share of ink beside the panels that must have ink near it in the other picture."""
RECOLOURED = 0.6
"""Share of what differs that must lie on marks of both pictures to be their colour."""
ALONE, STROKE = 0.25, 8
"""Part of what is new, or gone, that is the other at most; and pixels that a stroke is thick.
"""
LARGE = 0.15
"""Share of the sides of a picture from which something beside the plots is a plot."""
TICKS = 7
"""Pixels around a panel that belong to its frame and tick marks."""

AXES: frozenset[Cause] = frozenset(
    {
        "emptied",
        "mirrored",
        "scale",
        "limits",
        "axis labels",
        "tick",
        "view",
        "axes missing",
        "exchanged",
        "font size",
    }
)
"""With these the texts around a panel are others, and so are strokes that were read as none."""
LOOKS: frozenset[Cause] = frozenset({"grid", "frame", "panel background", "figure background"})
"""Their boxes hold the whole panel, but they explain only lines and paper."""


def compare_rest(
    match: Match, layers: Mapping[int, Layers], findings: Sequence[Finding]
) -> list[Finding]:
    """Findings about marks that no other finding explains, in the panels and beside them."""
    found: list[Finding] = []
    texts = kept_texts(match)
    for i, laid in layers.items():
        own = [f for f in findings if f.panel in (i, None)]
        if not any(f.cause in UNLIKE for f in own):
            found += _in_panel(match, i, laid, own, texts)
    margins = compare_margins(match, findings, texts)
    # Beside other differences a little more ink around the plots is nearly always theirs.
    return found + [f for f in margins if f.severity > 1 or not findings]


def _in_panel(
    match: Match, i: int, layers: Layers, own: Sequence[Finding], texts: Boxes
) -> list[Finding]:
    apart = layers.apart & ~_explained(layers, own, texts)
    if match.a.panels[i].kind == "free" and any(f.cause == "grid" for f in own):
        return []  # its lines run everywhere
    if any(f.cause in LOOKS for f in own):
        apart &= ~(_through(apart, 0.3) | _straight(apart))
    lines = apart & _through(apart, CROSSING)
    if lines.any() and not layers.colours.many:
        lines &= _bare_beside(match, i, layers)
    if layers.same_size and pixels(lines) > max(4 * LEAST, MAINLY * pixels(apart)):
        if _runs(lines) == 1:
            said = "a line across the plot is missing or new"
            boxes = layers.box(lines), layers.box_candidate(lines)
            where = "line across the plot" + of_panel(match.a, i)
            return [Finding("rest", "structure_error", 2, where, said, *boxes, i)]
        box = match.a.panels[i].box, match.b.panels[match.panel(i) or 0].box
        said = "lines across the plot differ"
        return [Finding("grid", "style_error", 1, "grid" + of_panel(match.a, i), said, *box, i)]
    if pixels(apart) < SPECK:
        return []
    reach = REACH if layers.same_size else FAR_REACH
    lost = apart & outside(layers.a, layers.b, reach, BEYOND)
    new = apart & outside(layers.b, layers.a, reach, BEYOND)
    pieces = [p for p in _pieces(apart) if pixels((lost | new) & p) >= SPECK]
    pieces = _without_words(pieces, own)
    mask = np.any(pieces, axis=0) if pieces else np.zeros_like(apart)
    count = pixels((lost | new) & mask)
    least = LEAST if layers.same_size else SCALED * LEAST
    if count < least * max(1, len(pieces)) ** 0.5:
        return []
    found = _told(match, i, layers, mask, (lost & mask, new & mask), len(pieces))
    marks = any(f.cause in MARKS for f in own)
    if marks and (count < 4 * least or pixels(lost & mask) > 0.2 * count):
        return []
    # Scaling moves thin lines by a pixel or two against what they bound.
    exact = layers.same_size and not match.b.noisy
    return [found] if exact or found.category != "style_error" else []


def _without_words(pieces: list[Mask], own: Sequence[Finding]) -> list[Mask]:
    """The pieces but those as small as texts of which many are gone: others were not even read."""
    gone = [f.box for f in own if f.cause == "text missing" and f.box is not None]
    if len(gone) < SEVERAL:
        return pieces
    largest = np.max([(x1 - x0, y1 - y0) for x0, y0, x1, y1 in gone], axis=0)
    boxes = [box_of(piece) for piece in pieces]
    return [
        piece
        for piece, (x0, y0, x1, y1) in zip(pieces, boxes, strict=True)
        if x1 - x0 > largest[0] or y1 - y0 > largest[1]
    ]


def _drawn(match: Match, i: int, layers: Layers) -> tuple[Mask, Mask]:
    """Where each picture shows something else than paper."""
    papers = match.a.panels[i].background, match.b.panels[match.panel(i) or 0].background
    one, two = (
        exceeds(from_colour(image, paper), FAINT)
        for image, paper in zip((layers.a, layers.b), papers, strict=True)
    )
    return one, two


def _is_grid(layers: Layers, core: tuple[Mask, Mask], drawn: tuple[Mask, Mask]) -> bool:
    """Whether a net of lines is gone or new, and nothing else."""
    lost, new = (pixels(part) for part in core)
    if min(lost, new) > ALONE * max(lost, new) or layers.colours.many:
        return False
    mask, picture, other = (
        (core[0], layers.a, drawn[1]) if lost > new else (core[1], layers.b, drawn[0])
    )
    return share_on(mask, ~other) > RECOLOURED and net(picture, mask)


def _is_stroke(mask: Mask) -> bool:
    """Whether it is one straight stroke: long, and as thin as a line."""
    _, sides, _ = cv2.minAreaRect(cv2.findNonZero(mask.astype(np.uint8)))
    return bool(min(sides) <= STROKE and max(sides) > 5 * max(1.0, min(sides)))


def _bare_beside(match: Match, i: int, layers: Layers) -> Mask:
    """Where one picture shows something and the other paper: a line that moved is there still."""
    drawn = _drawn(match, i, layers)
    return np.asarray((drawn[0] & ~grown(drawn[1], REACH)) | (drawn[1] & ~grown(drawn[0], REACH)))


def _told(
    match: Match, i: int, layers: Layers, mask: Mask, core: tuple[Mask, Mask], pieces: int
) -> Finding:
    """The finding for marks of a panel that differ for no known reason."""
    lost, new = (pixels(part) for part in core)
    place = "" if pieces < 3 else f" at {pieces} places"
    rim = _rim(layers.a) if new > lost else _rim(layers.b)
    said = (
        "something is drawn that the reference does not show"
        if new > 4 * lost
        else "something that the reference shows is not drawn"
        if lost > 4 * new
        else "what is drawn differs"
    )
    category, severity = "data_error", _severity(lost + new, layers.apart.size)
    drawn = _drawn(match, i, layers)
    if pixels(mask & rim) > 0.85 * pixels(mask):
        said, category, severity = "the outlines of the marks differ", "style_error", 1
    elif _is_grid(layers, core, drawn):
        box = match.a.panels[i].box, match.b.panels[match.panel(i) or 0].box
        where, said = "grid" + of_panel(match.a, i), "the lines of the grid differ"
        return Finding("grid", "style_error", 1, where, said, *box, i)
    elif pieces == 1 and _is_stroke(core[0] | core[1]):
        category = "structure_error"  # it marks something
    elif share_on(core[0] | core[1], drawn[0] & drawn[1]) > RECOLOURED and not layers.colours.many:
        said, category = "the colour of the marks differs", "style_error"
    return Finding(
        "rest", category, severity, "plot" + of_panel(match.a, i), said + place,
        layers.box(mask), layers.box_candidate(mask), i,
    )  # fmt: skip


def _severity(count: int, size: int) -> Severity:
    share = count / max(1, size)
    return 1 if share < 0.0008 else 2 if share < 0.04 else 3


def _rim(image: Image) -> Mask:
    """Where marks end: pixels with a sharp step within two pixels."""
    kernel = np.ones((5, 5), np.uint8)
    return exceeds(cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel)), 40)


def _explained(layers: Layers, own: Sequence[Finding], texts: Boxes) -> Mask:
    """What texts that both pictures have, and findings, account for."""
    covered = np.zeros(layers.apart.shape, bool)
    known = [f for f in own if f.cause not in LOOKS]
    ones, twos = texts
    here = [*(f.box for f in known if f.box), *ones]
    there = [*(f.box_candidate for f in known if f.box_candidate), *twos]
    shift = np.array([[1.0, 0, -layers.origin[0]], [0, 1.0, -layers.origin[1]]])
    for boxes, matrix in ((here, shift), (there, to_grid(layers.to_candidate))):
        for x0, y0, x1, y1 in boxes:
            corners = np.array([[x0 - 3, y0 - 3, 1], [x1 + 3, y1 + 3, 1]]) @ matrix.T
            low = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
            high = np.maximum(np.ceil(corners.max(axis=0)), 0).astype(int)
            covered[low[1] : high[1], low[0] : high[0]] = True
    return covered


def kept_texts(match: Match) -> Boxes:
    """Boxes of the texts and legends that both pictures have at about one place."""
    a, b = match.a, match.b
    ones, twos = _matched(a, b, match.box), _matched(b, a, match.box_back)
    for scene, boxes in ((a, ones), (b, twos)):
        for legend in scene.legends:
            if any(entry.box in boxes for entry in legend.entries):
                boxes.append(legend.frame)
    for i, j in match.pairs:
        # numbers along an axis are compared by its scale: other steps have other numbers
        for one, two in itertools.product(a.axes[i], b.axes[j]):
            if one.side == two.side and one.scale == two.scale != "names":
                ones += [label.box for label in one.labels]
                twos += [label.box for label in two.labels]
    return ones, twos


def _matched(
    one: ChartScene, two: ChartScene, carry: Callable[[Box, int | None], Box]
) -> list[Box]:
    kept = []
    for label in one.labels:
        place = carry(label.box, label.panel)
        if any(_is(label, place, other) for other in two.labels):
            kept.append(label.box)
    return kept


def _is(label: Label, place: Box, other: Label) -> bool:
    w = min(place[2], other.box[2]) - max(place[0], other.box[0])
    h = min(place[3], other.box[3]) - max(place[1], other.box[1])
    if w > 0 and h > 0:
        larger = max((b[2] - b[0]) * (b[3] - b[1]) for b in (place, other.box))
        if w * h > 0.4 * larger:
            return True
    return len(label.text) > 1 and words.similarity(label.text, other.text) > 0.6


def _through(rest: Mask, share: float) -> Mask:
    """Rows and columns that differ along much of their length: lines of a grid or a frame."""
    rows, columns = (coverage(rest, k) / rest.shape[k] > share for k in (1, 0))
    lines = np.zeros_like(rest)
    lines[rows] = True
    lines[:, columns] = True
    return np.asarray(cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _runs(lines: Mask) -> int:
    """How many lines across the panel there are: a grid has several, a marked value one."""
    count = 0
    for axis in (0, 1):
        full = (coverage(lines, axis) / lines.shape[axis] > CROSSING).astype(np.int8)
        count += int((np.diff(full, prepend=0) == 1).sum())
    return count


def _straight(rest: Mask) -> Mask:
    """Level and upright strokes longer than those of letters."""
    ink = rest.astype(np.uint8)
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, 15), np.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((15, 1), np.uint8))
    return np.asarray((level | upright) > 0)


def _pieces(mask: Mask) -> list[Mask]:
    """Groups of pixels with small gaps, letters of a word for one; the largest ones."""
    joined = cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8))
    count, pieces = cv2.connectedComponents(joined)
    sums = np.bincount(pieces[mask], minlength=count)
    chosen = [n for n in np.argsort(-sums)[:MOST] if sums[n] >= SPECK]
    return [np.asarray(mask & (pieces == n)) for n in chosen]


def compare_margins(match: Match, findings: Sequence[Finding], texts: Boxes) -> list[Finding]:
    """Findings about ink outside the panels that is no text both pictures have."""
    if not match.pairs or any(f.cause == "figure background" for f in findings):
        return []
    found = []
    moved = any(f.cause in ("panel missing", "panel added") for f in findings)
    least = LEAST * (4 if moved else 1.5)
    for back in (False, True):
        one, two = (match.b, match.a) if back else (match.a, match.b)
        known = [f.box_candidate if back else f.box for f in findings if f.cause not in LOOKS]
        ink = _margin_ink(one, [*texts[back], *(box for box in known if box is not None)])
        for piece in _pieces(ink):
            box = box_of(piece)
            count = pixels(piece)
            if count < least or max(box[2] - box[0], box[3] - box[1]) < 12:
                continue
            panel = _nearest(match, box, back)
            near = match.panel_back(panel) if back else panel
            if any(f.cause in AXES and f.panel in (near, None) for f in findings):
                continue
            place = match.box_back(box, panel) if back else match.box(box, panel)
            if _stands_near(two, place, piece[box[1] : box[3], box[0] : box[2]]) > ALIKE:
                continue
            said = (
                "something is drawn that the reference does not show"
                if back
                else "something that the reference shows is not drawn"
            )
            severity = _severity(count, piece.size)
            height, width = one.image.shape[:2]
            large = min((box[2] - box[0]) / width, (box[3] - box[1]) / height) > LARGE
            # what stands beside the plots is text, unless it is another one
            category = "structure_error" if large else "text_error"
            found.append(
                Finding("rest", category, severity, "beside the plot", said,
                        None if back else box, box if back else None)
            )  # fmt: skip
    groups = [_in_rows([f for f in found if _new(f) == back]) for back in (False, True)]
    if match.a.image.shape != match.b.image.shape:
        # drawn anew, all that is beside the plots is laid out by other rules
        groups = [[_joined(group)] if len(group) > 1 else group for group in groups]
    return [f for group in groups for f in group]


def _new(finding: Finding) -> bool:
    return finding.box is None


def _in_rows(findings: Sequence[Finding]) -> list[Finding]:
    """Pieces in one row or column as one: the parts of an axis, of a line of text."""
    kept = list(findings)
    for low, high in ((1, 3), (0, 2)):
        rows: list[list[Finding]] = []
        for finding in kept:
            box = _of(finding)
            for row in rows:
                other = around([_of(f) for f in row])
                shared = min(box[high], other[high]) - max(box[low], other[low])
                if shared > 0.5 * min(box[high] - box[low], other[high] - other[low]):
                    row.append(finding)
                    break
            else:
                rows.append([finding])
        kept = [f for row in rows for f in ([_joined(row)] if len(row) > 2 else row)]
    return kept


def _of(finding: Finding) -> Box:
    box = finding.box or finding.box_candidate
    assert box is not None
    return box


def _joined(row: Sequence[Finding]) -> Finding:
    box = around([_of(finding) for finding in row])
    new = _new(row[0])
    return replace(
        max(row, key=lambda finding: finding.severity),
        description=f"{row[0].description} at {len(row)} places",
        box=None if new else box,
        box_candidate=box if new else None,
    )


def _margin_ink(scene: ChartScene, known: Sequence[Box]) -> Mask:
    """What is drawn outside panels and known boxes."""
    ink = exceeds(from_colour(scene.image, scene.background), BEYOND)
    for box, room in [*((p.box, TICKS) for p in scene.panels), *((b, 3) for b in known)]:
        ink[max(0, box[1] - room) : box[3] + room, max(0, box[0] - room) : box[2] + room] = False
    return np.asarray(ink)


def _stands_near(scene: ChartScene, box: Box, piece: Mask) -> float:
    """Share of some ink that has ink near its place in the other picture."""
    x0, y0, x1, y1 = box
    size = max(1, x1 - x0), max(1, y1 - y0)
    wanted = cv2.resize(piece.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    height, width = scene.image.shape[:2]
    inner = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
    if inner[2] <= inner[0] or inner[3] <= inner[1] or not wanted.any():
        return 0.0
    part = scene.image[inner[1] : inner[3], inner[0] : inner[2]]
    ink = exceeds(from_colour(part, scene.background), BEYOND / 2)
    near = cv2.dilate(ink.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    cut = wanted[inner[1] - y0 : inner[3] - y0, inner[0] - x0 : inner[2] - x0]
    return float((cut & near).sum() / wanted.sum())


def _nearest(match: Match, box: Box, back: bool) -> int | None:
    """The paired panel whose middle is nearest; an index into the panels of the same scene."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    scene = match.b if back else match.a

    def away(index: int) -> float:
        x0, y0, x1, y1 = scene.panels[index].box
        return max(x0 - x, x - x1, 0) + max(y0 - y, y - y1, 0)

    return min((pair[back] for pair in match.pairs), key=away)
