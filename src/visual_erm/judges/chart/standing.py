"""Whether a text stands where it should, though it was not found there."""

from __future__ import annotations

from dataclasses import replace

import cv2

from visual_erm.judges.chart import words
from visual_erm.judges.chart.places import Match
from visual_erm.judges.chart.scene import ChartScene, Label
from visual_erm.types import Box

EDGE = 2
"""Pixels beside the edge of a picture that belong to it."""
SAME_LETTERS = 0.9
"""Correlation of two pictures of one text in the same letters, at least."""


def stands_there(a: ChartScene, label: Label, b: ChartScene, match: Match) -> Label | None:
    """The text that stands in the candidate where this one should, though it was not found."""
    box = match.box(label.box, label.panel)
    return _shows(a, label, b, Label(label.text, box, label.role, label.panel, label.rotated))


def stood_there(b: ChartScene, label: Label, a: ChartScene, match: Match) -> Label | None:
    """The text that stood in the reference where one of the candidate does."""
    box = match.box_back(label.box, label.panel)
    return _shows(b, label, a, Label(label.text, box, label.role, label.panel, label.rotated))


def _shows(a: ChartScene, label: Label, b: ChartScene, place: Label) -> Label | None:
    height, width = b.image.shape[:2]
    x0, y0, x1, y1 = place.box
    box = (max(0, x0 - 1), max(0, y0 - 1), min(width, x1 + 1), min(height, y1 + 1))
    if box[2] - box[0] < 5 or box[3] - box[1] < 5:
        return None
    gap = words.difference(a.image, label.box, b.image, box, rotated=label.rotated)
    if gap is not None and gap < 1.3 * words.ALIKE:
        return replace(place, box=box)
    read = b.reader.read_line(b.image, box)
    if read is None or words.similarity(read.text, label.text) <= 0.55:
        return None
    return replace(place, text=read.text, box=box)


def at_edge(scene: ChartScene, box: Box) -> bool:
    """Whether a box reaches the edge of a picture, as of a text that is cut off."""
    height, width = scene.image.shape[:2]
    return min(box[:2]) <= EDGE or box[2] >= width - EDGE or box[3] >= height - EDGE


def drawn_within(a: ChartScene, label: Label, b: ChartScene, box: Box) -> bool:
    """Whether a text of one picture is drawn the same somewhere in a box of another one.

    What stands alone and is short is not always read.
    """
    x0, y0, x1, y1 = (max(0, side) for side in box)
    place, text = b.within((x0, y0, x1, y1)), a.within(label.box)
    if place.shape[0] < text.shape[0] or place.shape[1] < text.shape[1]:
        return False
    here, there = (cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) for part in (text, place))
    return float(cv2.matchTemplate(there, here, cv2.TM_CCOEFF_NORMED).max()) > SAME_LETTERS
