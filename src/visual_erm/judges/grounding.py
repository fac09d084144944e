"""Whether pixels bear a claim out: what a model says, against what the embedded judge can prove.

    marked = Evidence().ground(verdict, reference, candidate)

A claim is *grounded* when the embedded judge finds the same: at an overlapping place, or in the
same category and in like words. It is *ungrounded* when the pictures contradict it:

- they are equal but for drawing noise, or
- nothing differs in the claim's boxes, or where it says ("upper left"), in pictures of one size, or
- it is about text, every text that it quotes was read in the same place of both pictures, and
  nothing differs there.

Anything else is *unknown*: the embedded judge is blind to much, and its silence proves nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cachetools import LRUCache
from rapidfuzz import fuzz

from visual_erm import align, images
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.judges.ocr import Text
from visual_erm.types import Box, Discrepancy, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from visual_erm.types import Image

ALIKE = 60.0
"""Similarity of words, in [0, 100], from which two errors of one category are the same."""
OVERLAP = 0.1
"""Intersection over union from which two boxes are one place."""
NEAR = 4
"""Pixels around a box that belong to it."""
REACH = 0.6
"""Share of a side that "left", "right", "upper" and "lower" may mean, generously."""
NOTHING = 3
"""Pixels that may differ where nothing differs."""
REFERENCES = 64
_TEXT = ("text_error", "text_symbol_error", "numeric_error")
_PLACE = re.compile(r"\b(top|upper|bottom|lower)[ -]?(left|right)\b", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"]{2,80})\"|“([^”]{2,80})”|(?<!\w)'([^']{2,80})'(?!\w)")


class Evidence:
    """What the embedded judge and its reader know of two pictures. Thread-safe."""

    def __init__(self) -> None:
        """Models load on first use."""
        self.judge = EmbeddedJudge()
        self._lock = threading.Lock()
        self._read: LRUCache[str, tuple[Text, ...]] = LRUCache(REFERENCES)

    def ground(
        self,
        verdict: Verdict,
        reference: Image,
        candidate: Image,
        *,
        found: Verdict | None = None,
    ) -> Verdict:
        """The verdict with every error marked, and in `usage` "unclaimed": how many errors of the
        embedded judge that need correction nobody claims.

        Args:
            verdict: a model's.
            reference: `(H, W, 3)` uint8 RGB.
            candidate: the same, of any size.
            found: the embedded judge's verdict on the pair, where it is known.
        """
        found = found or self.judge.compare(reference, candidate, verdict.task)
        pair = _Pair(reference, candidate)
        errors = tuple(
            error.model_copy(update={"grounded": self._mark(error, found, pair)})
            for error in verdict.errors
        )
        unclaimed = sum(
            finding.severity > 1 and not any(same(error, finding) for error in errors)
            for finding in found.errors
        )
        usage = {**verdict.usage, "unclaimed": float(unclaimed)}
        return verdict.model_copy(update={"errors": errors, "usage": usage})

    def texts(
        self, reference: Image, candidate: Image
    ) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
        """What is read in both pictures; a reference is read once."""
        name = images.digest(reference)
        with self._lock:
            known = self._read.get(name)
        if known is None:
            known = self.judge.reader.read(reference)
            with self._lock:
                self._read[name] = known
        return known, self.judge.reader.read(candidate, like=(reference, known))

    def _mark(self, claim: Discrepancy, found: Verdict, pair: _Pair) -> str:
        if any(same(claim, finding) for finding in found.errors):
            return "grounded"
        if pair.equal_but_noise or pair.nothing_at(_places(claim, pair)):
            return "ungrounded"
        if claim.category in _TEXT and self._quotes_what_is_there(claim, pair):
            return "ungrounded"
        return "unknown"

    def _quotes_what_is_there(self, claim: Discrepancy, pair: _Pair) -> bool:
        quoted = quotations(claim.description)
        if not quoted or pair.differs is None:
            return False
        both = self.texts(pair.reference, pair.candidate)
        for words in quoted:
            boxes = [[text.box for text in texts if words == _plain(text.text)] for texts in both]
            if not boxes[0] or len(boxes[0]) != len(boxes[1]):
                return False
            if not pair.nothing_at(boxes[0] + boxes[1]):
                return False
        return True


class _Pair:
    """Two pictures, and where they differ beyond drawing noise."""

    def __init__(self, reference: Image, candidate: Image) -> None:
        self.reference, self.candidate = reference, candidate
        self.equal_but_noise = align.only_noise(reference, candidate)
        self.differs: NDArray[np.bool_] | None = None
        """None for pictures of two sizes: there nothing is in the same place."""
        if reference.shape == candidate.shape:
            self.differs = align.tolerant_difference(reference, candidate, 1, align.NOISE_STEP)

    def nothing_at(self, boxes: Sequence[Box]) -> bool:
        """Whether there are places, and nothing differs in any of them."""
        if self.differs is None or not boxes:
            return False
        return all(
            int(self.differs[_widened(y0, y1), _widened(x0, x1)].sum()) <= NOTHING
            for x0, y0, x1, y1 in boxes
        )


def _widened(low: int, high: int) -> slice:
    """A side of a box and what is near; a box may lie outside of the picture."""
    return slice(max(0, low - NEAR), max(0, high + NEAR))


def same(claim: Discrepancy, finding: Discrepancy) -> bool:
    """Whether two errors are one: at one place, or of one category and in like words."""
    pairs = ((claim.bbox, finding.bbox), (claim.bbox_prediction, finding.bbox_prediction))
    boxes = [(one, other) for one, other in pairs if one and other]
    if boxes:
        return any(align.iou(one, other) >= OVERLAP for one, other in boxes)
    if claim.category != finding.category:
        return False
    words = (f"{error.location} {error.description}".lower() for error in (claim, finding))
    return float(fuzz.token_set_ratio(*words)) >= ALIKE


def quotations(description: str) -> list[str]:
    """Texts that a description quotes, in lower case and without blanks.

    >>> quotations("reads 'Rain' instead of “Ra in”; it's the title's")
    ['rain', 'rain']
    """
    found = (next(filter(None, match.groups())) for match in _QUOTED.finditer(description))
    return [_plain(words) for words in found]


def _plain(words: str) -> str:
    return "".join(words.lower().split())


def _places(claim: Discrepancy, pair: _Pair) -> list[Box]:
    """Boxes that a claim is about: its own, or what its words say."""
    own = [box for box in (claim.bbox, claim.bbox_prediction) if box]
    return own or list(_regions(f"{claim.location} {claim.description}", pair.reference))


def _regions(words: str, picture: Image) -> Iterable[Box]:
    height, width = picture.shape[:2]
    for row, column in _PLACE.findall(words.lower()):
        x0, x1 = (0, REACH) if column == "left" else (1 - REACH, 1)
        y0, y1 = (0, REACH) if row in ("top", "upper") else (1 - REACH, 1)
        yield (int(x0 * width), int(y0 * height), int(x1 * width), int(y1 * height))
