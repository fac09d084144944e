"""Small differences of two pictures that were drawn the same way, pixel by pixel.

Rules that know what they look for tolerate what another size, font or way of smoothing does. Where
most of the reference is there again to the pixel, nothing of that was done, and whatever is not
there was drawn otherwise: smaller markers, a tick less, a letter that is too small to be read.
This is asked last, and says of a place only that it differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.align import around, box_of, pixels, shared, strongest, tolerant_difference
from visual_erm.judges import copies
from visual_erm.judges.chart.findings import NAMES, Cause, Detail, Finding, of_panel
from visual_erm.judges.chart.letters import LINES, TICKS
from visual_erm.judges.chart.texts import readable
from visual_erm.types import Box, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.chart.places import Match
    from visual_erm.judges.chart.scene import ChartScene, Label
    from visual_erm.types import Image

    Mask = NDArray[np.bool_]

STEP, CLEAR_STEP, SURE_STEP, PALE_STEP = 44, 60, 30, 10
"""Grey levels beyond all that is within a pixel; beyond all within two, where smoothing is another;
and between two pixels, where nearly all is the same: of few and of many."""
STILL_STEP, TEXTS = 20, 4
"""Grey levels beyond all that is within a pixel where all texts, so many at least, are the same."""
LEAST, SURELY, PALELY, CLEARLY, SPECK = 14, 10, 60, 14, 3
"""Pixels of a finding; those where nearly all is the same, strong and pale ones; of one difference
where smoothing is another; and of any that counts."""
LOCAL = 0.95
"""Share of the edges that are the same where what is left was drawn otherwise for sure."""
STEADY = 0.7
"""Share of the edges of marks that are the same to the pixel where nothing was done to all."""
SIGN = 5
"""Pixels that a letter is wide and high at least."""
SEVERAL = 3
"""Places at which marks are missing or too many, from which that needs correction."""
GAP, MOST = 9, 40
"""Pixels within which parts of one difference lie, and differences that are looked at."""
EDGE, FRAME = 9, 3
"""Pixels beside a plot that belong to its frame and tick marks, and inside it to its frame."""
RIM = 0.85
"""Share of a difference that lies where marks end when only their outlines differ."""
EVEN = 0.5
"""Share of what differs that must have one colour in each picture to be the colour of marks."""
PAPER = 24
"""Grey levels within which a colour is that of the paper."""
ALSO = 0.8
"""Share of the edges that must be the same for more to be said where something is found already."""
AXES = ("x axis", "y axis", "right axis")
"""How the place of an axis begins all of whose numbers are others; they push its label away."""
MOVING: frozenset[Cause] = frozenset(
    {
        "emptied",
        "mirrored",
        "scale",
        "limits",
        "panel missing",
        "panel added",
        "exchanged",
        "view",
        "shape",
        "axes missing",
    }
)
"""With these what is drawn stands elsewhere, and no pixel says anything."""


def compare_exactly(match: Match, findings: Sequence[Finding]) -> list[Finding]:
    """Findings about places that differ though all else is equal, and that no other explains.

    Few: one cause shows at many places, and nothing here tells how many causes there are.
    """
    a, b = match.a, match.b
    if a.image.shape != b.image.shape or b.noisy or any(f.cause in MOVING for f in findings):
        return []
    edges = a.edges
    same = copies.same_pixels(a.image, b.image)
    if not edges.any() or float(same[edges].mean()) < (ALSO if findings else copies.UNTOUCHED):
        return []
    step = strongest(cv2.absdiff(a.image, b.image))
    # what is drawn again, be it in other letters, is darker than this at many places
    pale = pixels(step > SURE_STEP) < SURELY
    local = bool(float(same[edges].mean()) > LOCAL or pale)
    if _redrawn(a, same, local):
        return []
    if local:
        apart = np.asarray(step > (PALE_STEP if pale else SURE_STEP))
    elif _same_letters(a, same):
        apart = tolerant_difference(a.image, b.image, 1, STILL_STEP)
    else:
        apart = _apart(match, same, edges & ~_lettered(match))
    for box in [*_known(findings), *_legends_told(match, findings)]:
        _blank(apart, box, 6)
    told = sorted(_told(match, apart), key=lambda one: -one[0]) if apart.any() else []
    if findings:
        told = [
            (count, one)
            for count, one in told
            if count >= 2 * LEAST and _of_its_own(match, one, findings)
        ]
    least = PALELY if pale else SURELY if local else LEAST
    return [one for count, one in told[:1] if count >= least]


def _legends_told(match: Match, findings: Sequence[Finding]) -> list[Box]:
    """The legends of which something is said: one entry less moves the others and the frame."""
    told = {f.panel for f in findings if f.location.startswith("legend")}
    return [
        (x0 - room, y0 - room, x1 + room, y1 + room)
        for scene, panels in ((match.a, told), (match.b, {match.panel(i) for i in told}))
        for legend in scene.legends
        if legend.panel in panels
        for x0, y0, x1, y1 in [legend.box]
        for room in [legend.entries[0].box[3] - legend.entries[0].box[1]]
    ]


def _of_its_own(match: Match, finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether it hardly follows from another one, as marks do from marks and legends from both.

    Larger numbers along an axis push its label away, which is what it was for the rest.
    """
    if finding.cause != "font size":
        return finding.detail == "outlines"
    if finding.severity > 1 or finding.location.startswith("legend"):
        return False
    if "axis label" in finding.location and any(
        f.panel == finding.panel and f.location.startswith(AXES) for f in findings
    ):
        return False
    return not any(
        _moved(match, label) for label in match.a.labels if label.text == finding.subject
    )


def _moved(match: Match, label: Label) -> bool:
    """Whether the candidate has a text of the same words and size elsewhere."""
    x0, y0, x1, y1 = label.box
    for other in match.b.labels:
        x2, y2, x3, y3 = other.box
        alike = abs((x3 - x2) - (x1 - x0)) <= 2 and abs((y3 - y2) - (y1 - y0)) <= 2
        if alike and other.text == label.text and other.box != label.box:
            return True
    return False


def _apart(match: Match, same: Mask, marks: Mask) -> Mask:
    """Where the pictures differ beyond what another way of smoothing does."""
    a, b = match.a.image, match.b.image
    apart = tolerant_difference(a, b, 1, STEP)
    if marks.any() and float(same[marks].mean()) > STEADY:
        return apart
    clear = apart & tolerant_difference(a, b, 2, CLEAR_STEP)
    pieces = [piece for piece in _pieces(apart) if pixels(clear & piece) >= CLEARLY]
    return np.any(pieces, axis=0) if pieces else np.zeros_like(apart)


def _lettered(match: Match) -> Mask:
    """What the texts of both pictures cover."""
    mask = np.zeros(match.a.image.shape[:2], bool)
    for label in (*match.a.labels, *match.b.labels):
        _blank(mask, label.box, 2, value=True)
    return mask


def _redrawn(scene: ChartScene, same: Mask, local: bool) -> bool:
    """Whether all texts look otherwise, as with another font.

    Then those that were not read do as well, formulas and numbers on marks, and what is drawn
    by another program is smoothed by its own rules.
    """
    texts = [label.box for label in scene.labels if len(label.text) > 1]
    kept = copies.kept(same, texts)
    few = 3 if local else 1
    return len(texts) - kept >= few and kept < copies.STEADY * len(texts)


def _same_letters(scene: ChartScene, same: Mask) -> bool:
    """Whether all texts are the same to the last bit, however few edges of the marks are."""
    texts = [label.box for label in scene.labels if len(label.text) > 1]
    return len(texts) >= TEXTS and copies.kept(same, texts) == len(texts)


def _pieces(mask: Mask) -> list[Mask]:
    """Groups of pixels with small gaps between them, the largest ones first."""
    joined = cv2.dilate(mask.astype(np.uint8), np.ones((GAP, GAP), np.uint8))
    count, pieces = cv2.connectedComponents(joined)
    sums = np.bincount(pieces[mask], minlength=count)
    chosen = [n for n in np.argsort(-sums)[:MOST] if sums[n] >= SPECK]
    return [np.asarray(mask & (pieces == n)) for n in chosen]


def _known(findings: Sequence[Finding]) -> list[Box]:
    return [box for f in findings for box in (f.box, f.box_candidate) if box is not None]


def _blank(mask: Mask, box: Box, room: int, *, value: bool = False) -> None:
    x0, y0, x1, y1 = box
    mask[max(0, y0 - room) : y1 + room, max(0, x0 - room) : x1 + room] = value


def _told(match: Match, apart: Mask) -> Iterator[tuple[int, Finding]]:
    """One finding for each text or axis, for each plot, its frame, and each place beside them.

    Yields:
        How many pixels differ, and the finding.
    """
    texts: dict[tuple[str, int | None], list[tuple[Label, Mask]]] = {}
    frames: dict[int, list[Mask]] = {}
    insides: dict[int, list[Mask]] = {}
    for piece in _pieces(apart):
        box = box_of(piece)
        label = _text(match.a, box) or _text(match.b, box)
        inside = _mostly(match.a, piece, -FRAME)
        if label is not None and not (label.role in TICKS and inside is not None):
            key = (label.role if label.role in TICKS else label.text, label.panel)
            texts.setdefault(key, []).append((label, piece))
        elif inside is not None:
            insides.setdefault(inside, []).append(piece)
        elif (i := _mostly(match.a, piece, EDGE)) is not None:
            frames.setdefault(i, []).append(piece)
        else:
            finding = _beside(match.b, piece, box)
            yield pixels(piece), finding
    for entries in texts.values():
        yield sum(pixels(mask) for _, mask in entries), _of_text(match, entries)
    for i, pieces in frames.items():
        box = match.a.panels[i].box if len(pieces) > 1 else box_of(pieces[0])
        where = "frame and ticks" + of_panel(match.a, i)
        said = "lines or tick marks differ"
        finding = Finding("frame", "style_error", 1, where, said, box, box, i)
        yield sum(pixels(piece) for piece in pieces), finding
    for i, pieces in insides.items():
        mask = np.any(pieces, axis=0)
        yield pixels(mask), _of_marks(match, i, mask, len(pieces))


def _beside(scene: ChartScene, piece: Mask, box: Box) -> Finding:
    """Of what stands beside the plots: a sign that is gone is a label that was not read."""
    severity: Severity = 1
    said = "what is drawn differs"
    if min(box[2] - box[0], box[3] - box[1]) >= SIGN and _bare(scene, piece):
        severity, said = 2, "what the reference shows here is missing"
    return Finding("rest", "text_error", severity, "beside the plot", said, box, box)


def _of_text(match: Match, entries: Sequence[tuple[Label, Mask]]) -> Finding:
    label = entries[0][0]
    where = NAMES[label.role] + of_panel(match.a, label.panel)
    box = around([label.box for label, _ in entries])
    category, said = "text_error", "the letters are drawn otherwise"
    if (
        label.role in TICKS
        and len(entries) > 1
        and all(_only_in_one(match, mask) for _, mask in entries)
    ):
        category, said = "style_error", "there are other ticks"
    severity: Severity = 1
    lone = label.role in LINES or (label.role in TICKS and len(entries) == 1)
    if lone and all(_bare(match.b, mask) for _, mask in entries):
        severity, said = 2, f'"{label.text}" is missing or stands elsewhere'
    both = around([box, *(box_of(mask) for _, mask in entries)])
    return Finding("font size", category, severity, where, said, box, both, label.panel, label.text)


def _only_in_one(match: Match, mask: Mask) -> bool:
    """Whether one of the pictures shows nothing but paper where they differ."""
    return _bare(match.a, mask) or _bare(match.b, mask)


def _bare(scene: ChartScene, mask: Mask) -> bool:
    return _paper(scene.image[mask], scene.background) > RIM


def _of_marks(match: Match, i: int, mask: Mask, count: int) -> Finding:
    a, b = match.a.image, match.b.image
    place = "" if count < SEVERAL else f" at {count} places"
    paper = match.a.panels[i].background
    bare = [_paper(image[mask], paper) for image in (a, b)]
    rim = match.a.edges | match.b.edges
    category, said = "style_error", "the colour of the marks differs"
    if not all(_even(image[mask]) for image in (a, b)):
        category, said = "data_error", "what is drawn differs"
    if max(bare) > 0.5:
        gone = bare[1] > bare[0]
        category = "data_error"
        said = (
            "a part of the marks is missing" if gone else "marks that the reference does not have"
        )
    outlines = count >= SEVERAL and pixels(mask & rim) > RIM * pixels(mask)
    if outlines:
        category, said = "style_error", "the outlines of the marks differ"
    severity: Severity = 2 if count >= SEVERAL and max(bare) > 0.5 and not outlines else 1
    box = box_of(mask)
    detail: Detail = "outlines" if outlines else ""
    where = "plot" + of_panel(match.a, i)
    return Finding("rest", category, severity, where, said + place, box, box, i, detail=detail)


def _even(pixels: Image) -> bool:
    """Whether most of some pixels have one colour, as a mark has."""
    return _paper(pixels, np.median(pixels, axis=0).astype(np.uint8)) > EVEN


def _paper(pixels: Image, paper: NDArray[np.uint8]) -> float:
    return float((np.abs(pixels.astype(np.int16) - paper).max(axis=1) < PAPER).mean())


def _text(scene: ChartScene, box: Box) -> Label | None:
    """The text that a difference lies on, for more than half of either."""
    area = max(1, (box[2] - box[0]) * (box[3] - box[1]))
    # round markers are read as letters
    texts = [x for x in scene.labels if x.role in TICKS or readable(x, scene)]
    on = [(shared(box, label.box) / area, n) for n, label in enumerate(texts)]
    most, n = max(on, default=(0.0, -1))
    return texts[n] if most > 0.5 else None


def _mostly(scene: ChartScene, piece: Mask, room: int) -> int | None:
    """The panel that holds most of a difference, made wider by some pixels on each side."""
    total = pixels(piece)
    for i, panel in enumerate(scene.panels):
        x0, y0, x1, y1 = panel.box
        here = piece[max(0, y0 - room) : y1 + room, max(0, x0 - room) : x1 + room]
        if 2 * pixels(here) > total:
            return i
    return None
