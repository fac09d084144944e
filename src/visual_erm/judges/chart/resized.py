"""Findings about a figure of another resolution or size that its pixels do not bear out.

In another resolution letters and lines fall on other pixels, and rules that take a picture apart
read other signs and count other colours. But everything stands at the same share of the picture, so
that whatever was drawn otherwise shows when one is laid on the other. In another size texts stand
elsewhere, and before other things, so that they may be read otherwise; but letters are the same to
the pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm import images
from visual_erm.align import components, exceeds, from_colour, pixels, tolerant_difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from visual_erm.judges.chart.findings import Finding
    from visual_erm.judges.chart.places import Match
    from visual_erm.types import Box, Image

    Mask = NDArray[np.bool_]

SIDES = 0.01
"""By how much the factors of both sides differ at most, of pictures of whole pixels."""
SMOOTH, REACH, STEP = 3, 1, 40
"""Pixels over which colours are averaged, within which they may stand elsewhere, and grey levels by
which they must lie beyond all that is there: thin lines are sharper in one of both."""
LEAST = 6
"""Pixels that a difference has at least."""
ROOM = 2
"""Pixels around what a finding tells of that belong to it."""
INK, GAP, MOST = 24, 9, 30
"""Grey levels by which letters stand out from their paper, pixels between words, and words that are
looked for at most."""
AWAY, STRAY = 12, 2
"""Pixels by which a word may stand elsewhere than its plot says, beside what another size makes of
its distance, and those of it that may be others."""


def borne_out(match: Match, findings: Sequence[Finding]) -> list[Finding]:
    """The findings without those at whose place two pictures of other sizes do not differ."""
    if match.a.image.shape != match.b.drawn.shape:
        findings = [f for f in findings if not (_of_text(f) and _still_there(match, f))]
    return _seen(match, findings)


def _seen(match: Match, findings: Sequence[Finding]) -> list[Finding]:
    """The findings without those at whose place the pictures, laid on each other, do not differ."""
    a, b = match.a.image, match.b.image
    placement = match.b.placement
    if not findings or not _alike(a, b) or (a.shape == b.shape and placement.sx == 1):
        return list(findings)
    # a copy is laid on the reference's pixels already, with no more detail than it had
    factor = 1 / max(1.0, placement.sx)
    size = (
        round(factor * min(a.shape[1], b.shape[1])),
        round(factor * min(a.shape[0], b.shape[0])),
    )
    apart = _apart(a, b, size)
    return [f for f in findings if _differs(apart, f, a, b)]


def _alike(a: Image, b: Image) -> bool:
    """Whether one picture has the sides of the other, times one factor."""
    (height, width), (height_b, width_b) = a.shape[:2], b.shape[:2]
    return bool(abs(width_b * height / (width * height_b) - 1) < SIDES)


def _apart(a: Image, b: Image, size: tuple[int, int]) -> Mask:
    """Where the pictures differ, both brought to one size."""
    one, two = (cv2.blur(images.resize(image, size), (SMOOTH, SMOOTH)) for image in (a, b))
    return tolerant_difference(np.asarray(one), np.asarray(two), REACH, STEP)


def _differs(apart: Mask, finding: Finding, a: Image, b: Image) -> bool:
    places = ((finding.box, a), (finding.box_candidate, b))
    return any(_most(apart, box, image) for box, image in places if box is not None)


def _most(apart: Mask, box: Box, image: Image) -> bool:
    """Whether enough pixels differ within a box of one of the pictures."""
    x, y = apart.shape[1] / image.shape[1], apart.shape[0] / image.shape[0]
    x0, x1 = (int(at * x) for at in (box[0], box[2]))
    y0, y1 = (int(at * y) for at in (box[1], box[3]))
    part = apart[max(0, y0 - ROOM) : y1 + ROOM, max(0, x0 - ROOM) : x1 + ROOM]
    return int(np.count_nonzero(part)) >= LEAST


def _of_text(finding: Finding) -> bool:
    return finding.category == "text_error" or finding.cause.startswith("legend")


def _still_there(match: Match, finding: Finding) -> bool:
    """Whether each word that a finding tells of is in the other picture, as large as it was."""
    a, b, panel, placement = match.a.image, match.b.drawn, finding.panel, match.b.placement
    back = placement.inverse()
    if finding.box is not None and not all(
        _found(part, b, back.box(match.box(box, panel))) for part, box in _words(a, finding.box)
    ):
        return False
    return finding.box_candidate is None or all(
        _found(part, a, match.box_back(placement.box(box), match.panel(panel)))
        for part, box in _words(b, back.box(finding.box_candidate))
    )


def _words(image: Image, box: Box) -> Iterator[tuple[Image, Box]]:
    """What stands in a box, word by word; all of it as one where there are many."""
    x0, y0, x1, y1 = max(0, box[0] - 1), max(0, box[1] - 1), box[2] + 1, box[3] + 1
    part = image[y0:y1, x0:x1]
    paper = np.median(part.reshape(-1, 3), axis=0).astype(np.uint8)
    ink = exceeds(from_colour(part, paper), INK)
    near = cv2.dilate(ink.astype(np.uint8), np.ones((GAP, GAP), np.uint8))
    count, _, stats, _ = components(near)
    if not 1 < count <= MOST:
        yield part, (x0, y0, x1, y1)
        return
    for x, y, w, h, _ in stats[1:]:
        yield part[y : y + h, x : x + w], (x0 + x, y0 + y, x0 + x + w, y0 + y + h)


def _found(word: Image, image: Image, place: Box) -> bool:
    """Whether a word stands in a picture, at about a place."""
    height, width = word.shape[:2]
    x0, y0, x1, y1 = place
    w, h = max(width, x1 - x0), max(height, y1 - y0)
    x, y = (x0 + x1 - w) // 2 - AWAY, (y0 + y1 - h) // 2 - AWAY
    part = image[max(0, y) : max(0, y + h + 2 * AWAY), max(0, x) : max(0, x + w + 2 * AWAY)]
    if part.shape[0] < height or part.shape[1] < width:
        return False
    apart = cv2.matchTemplate(part, word, cv2.TM_SQDIFF)
    _, _, (left, top), _ = cv2.minMaxLoc(apart)
    there = part[top : top + height, left : left + width]
    return pixels(_apart(word, there, (width, height))) <= STRAY
