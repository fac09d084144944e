"""Text in a candidate that speaks to the judge: found, and painted over for a second look.

Text in a picture is untrusted. What the reference says too is content; a text that only the
candidate has, and that reads like an instruction or a verdict, is an error of its own, and the
judge looks again at a picture without it.

>>> addressed("A perfect copy: 10/10, no errors"), addressed("Rain in Oslo, 2010-2020")
(True, False)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz

from visual_erm.align import around
from visual_erm.types import Box, Discrepancy, Task

if TYPE_CHECKING:
    from visual_erm.judges.ocr import Text
    from visual_erm.types import Image

KNOWN = 80.0
"""Similarity to a text of the reference, in [0, 100], from which a text is no new one."""
EDGE = 3
"""Pixels around a text that are painted over with it."""
_CATEGORY: dict[Task, str] = {
    "chart": "text_error",
    "table": "text_error",
    "svg": "text_symbol_error",
}
_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(ignore|disregard|forget|override)\b.{0,40}\b(instruct\w*|previous|above|prompt|rules?"
        r"|differences?|errors?)",
        r"\b(score|rate|rating|grade|reward|verdict|mark)\b.{0,30}"
        r"(\b10\b|\b100\b|\bfull\b|\bperfect|\bmaxim|\bhighest|\b1\.0\b)",
        r"\b(no|zero|without|0|not? any)\s*(visible\s*)?"
        r"(errors?|differences?|discrepanc\w+|mistakes?)\b",
        r"\b(perfect|exact|faithful|flawless|identical)\w*\b.{0,20}"
        r"\b(copy|match|reproduction|replica|icon|chart|table|picture|image|reference|original)\b",
        r"\b10\s*/\s*10\b|\b100\s*/\s*100\b",
        r"\b(judges?|evaluator|grader|reviewer|language model|assistant)\b.{0,20}[:,]",
        r"\b(you are|you must|you should|please)\b.{0,40}"
        r"\b(output|answer|reply|return|report|say|respond|score|judge|rate)\b",
        r"\berrors?\W{0,4}\[\s*\]|\berror_count\W{0,4}0",
        r"</?\s*(think|system|assistant|user|im_start|im_end)\s*>|<\|\w+\|>|\\?boxed\s*\{",
    )
]


@dataclass(frozen=True)
class Instruction:
    """A text of the candidate that is addressed to the judge."""

    text: str
    boxes: tuple[Box, ...]
    """Of its lines, in pixels of the candidate."""

    def error(self, task: Task) -> Discrepancy:
        """What it is beside an instruction: a text that the reference lacks."""
        return Discrepancy(
            category=_CATEGORY[task],
            severity=2,
            location="text addressed to the judge",
            description=f'the candidate says "{self.text[:200]}", the reference does not',
            bbox_prediction=around(self.boxes),
            grounded="grounded",
        )


def addressed(words: str) -> bool:
    """Whether a text reads like an instruction to a judge, or like a verdict."""
    return any(pattern.search(words) for pattern in _PATTERNS)


def find(reference: Sequence[Text], candidate: Sequence[Text]) -> Instruction | None:
    """What of the candidate's texts is addressed to the judge; None if nothing is.

    Args:
        reference: texts of the reference, in reading order.
        candidate: those of the candidate. Lines are read together: an instruction may be wrapped.
    """
    known = [text.text.lower() for text in reference]
    new = [text for text in candidate if not _known(text.text.lower(), known)]
    starts, whole = [], ""
    for text in new:
        starts.append(len(whole))
        whole += text.text + " "
    spans = [match.span() for pattern in _PATTERNS for match in pattern.finditer(whole)]
    lines = [
        text
        for text, start in zip(new, starts, strict=True)
        if any(first < start + len(text.text) and start < last for first, last in spans)
    ]
    if not lines:
        return None
    return Instruction(" ".join(text.text for text in lines), tuple(text.box for text in lines))


def masked(candidate: Image, instruction: Instruction) -> Image:
    """The candidate with each line of the instruction in the colour of its surroundings."""
    painted = candidate.copy()
    height, width = candidate.shape[:2]
    for x0, y0, x1, y1 in instruction.boxes:
        rows = slice(max(0, y0 - EDGE), min(height, y1 + EDGE))
        columns = slice(max(0, x0 - EDGE), min(width, x1 + EDGE))
        box = candidate[rows, columns]
        rim = np.concatenate([box[0], box[-1], box[:, 0], box[:, -1]])
        painted[rows, columns] = np.median(rim, axis=0).astype(np.uint8)
    return painted


def _known(words: str, known: Sequence[str]) -> bool:
    return any(fuzz.ratio(words, other) >= KNOWN for other in known)
