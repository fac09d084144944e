"""Which lines of a source draw what a judge complains about, as far as that can be known.

Two ways: the words that an entry quotes, where only a few lines hold them; and for drawings, the
elements whose box is the entry's box in the candidate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.align import iou
from visual_erm.data.records import UnusableError
from visual_erm.data.svg.documents import Document
from visual_erm.data.svg.elements import Element, elements, rounded
from visual_erm.judges.grounding import quotations
from visual_erm.report.runs import Item
from visual_erm.types import Box, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

MOST = 3
"""Lines of one entry; words that more lines hold say nothing."""
OVERLAP = 0.3
"""Intersection over union from which an element is what a box shows."""
SHORTEST = 2
"""Characters of words that are looked for."""
MOST_SIGNS, MOST_ELEMENTS = 200_000, 400
"""Larger drawings take too long to take apart."""

Lines = tuple[tuple[int, ...], ...]


def blamed(source: str, verdict: Verdict, task: Task, picture: Image) -> Lines:
    """For each error of the verdict, lines of the source, from 1; none where nothing is known.

    Args:
        source: drew `picture`, so it is known to be within the renderer's limits.
        verdict: about that picture.
        task: of the source.
        picture: `(H, W, 3)`, whose pixels boxes are in.
    """
    text = ["".join(line.lower().split()) for line in source.splitlines()]
    boxes = _boxes(source, picture) if task == "svg" and verdict.errors else []
    found = []
    for error in verdict.errors:
        lines = _quoting(text, quotations(error.description))
        if not lines and error.bbox_prediction is not None:
            lines = _drawing(boxes, error.bbox_prediction)
        found.append(tuple(sorted(lines)))
    return tuple(found)


def with_lines(item: Item) -> Item:
    """An item of a report with the lines of its source that its verdict's errors come from."""
    if not item.source or item.verdict is None or item.candidate is None:
        return item
    picture = images.load(item.candidate)
    told = blamed(item.source, item.verdict, item.task, picture)
    lines = {number: blame for number, blame in enumerate(told, 1) if blame}
    return item.model_copy(update={"blame": lines})


def _quoting(text: list[str], quoted: list[str]) -> set[int]:
    """Lines that hold words which few lines hold; both in lower case, without blanks."""
    lines: set[int] = set()
    for words in quoted:
        if len(words) >= SHORTEST:
            holding = {number for number, line in enumerate(text, 1) if words in line}
            if len(holding) <= MOST:
                lines |= holding
    return lines if len(lines) <= MOST else set()


def _boxes(source: str, picture: Image) -> list[tuple[Box, int]]:
    """Each element's box in the picture and its line."""
    if len(source) > MOST_SIGNS:
        return []
    try:
        document = Document(source, lambda _: picture)
        found = elements(document, picture.shape)
    except UnusableError:
        return []
    if len(found) > MOST_ELEMENTS:
        return []
    boxes = []
    for element in found:
        line = _line(document, element)
        if line is not None:
            boxes.append((rounded(element.box, picture.shape), line))
    return boxes


def _line(document: Document, element: Element) -> int | None:
    node = document.find(element.number)
    line: int | None = node.sourceline if node is not None else None
    return line


def _drawing(boxes: list[tuple[Box, int]], box: Box) -> set[int]:
    """The line of the element that fits the box best, if it fits at all."""
    ranked = sorted(((iou(own, box), -line) for own, line in boxes), reverse=True)
    return {-ranked[0][1]} if ranked and ranked[0][0] >= OVERLAP else set()
