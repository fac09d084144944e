"""Photographs and scans made more like drawn pages: calmed and set upright.

Pictures that a program drew are left as they are; they have areas of exactly one colour, which no
camera and no scanner gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from visual_erm.types import Image

DRAWN = 0.2
"""Share of a drawn picture, compressed or not, where 3 x 3 pixels have one grey level."""
ANGLES = np.arange(-1.5, 1.51, 0.1)
"""Degrees by which a page may be turned; beyond that, nothing is done about it."""
SMALLEST = 0.15
BETTER = 1.05
"""By how much sharper the lines of text must stand apart for a page to be turned."""
SIDE = 800
"""Pixels at which the angle is looked for."""


def upright(image: Image) -> Image:
    """The picture of a page without grain, its lines level; a drawn picture as it is."""
    kernel = np.ones((3, 3), np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    spread = cv2.subtract(cv2.dilate(grey, kernel), cv2.erode(grey, kernel))
    if float((spread == 0).mean()) >= DRAWN:
        return image
    calm = np.asarray(cv2.bilateralFilter(image, 5, 30, 2), np.uint8)
    angle = _angle(grey)
    if abs(angle) < SMALLEST:
        return calm
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(
        calm, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8)


def _angle(grey: Image) -> float:
    """Degrees, counter-clockwise, by which turning the page levels its lines."""
    scale = min(1.0, SIDE / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    side = max(15, round(SIDE / 25)) | 1
    ink = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((side, side), np.uint8))
    height, width = small.shape
    scores = []
    for angle in ANGLES:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), 1.0)
        rows = cv2.warpAffine(ink, turn, (width, height)).mean(axis=1)
        scores.append(float((np.diff(rows) ** 2).sum()))
    best = int(np.argmax(scores))
    upright_now = scores[int(np.argmin(np.abs(ANGLES)))]
    return float(ANGLES[best]) if scores[best] > BETTER * upright_now else 0.0
