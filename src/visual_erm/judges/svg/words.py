"""Words for what a vector picture shows: colours, shapes, places.

>>> colour_name((215, 40, 40)), hex_colour((215, 40, 40))
('red', '#d72828')
>>> place_name((0, 0, 20, 20), (100, 100))
'upper left'
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLOURS: dict[str, tuple[int, int, int]] = {
    "black": (15, 15, 15),
    "dark grey": (75, 75, 75),
    "grey": (140, 140, 140),
    "light grey": (210, 210, 210),
    "white": (252, 252, 252),
    "red": (220, 40, 40),
    "dark red": (130, 20, 25),
    "orange": (245, 140, 30),
    "yellow": (250, 215, 50),
    "brown": (130, 80, 40),
    "beige": (240, 215, 180),
    "green": (50, 160, 60),
    "light green": (150, 220, 130),
    "dark green": (20, 80, 40),
    "teal": (20, 150, 150),
    "cyan": (70, 210, 230),
    "blue": (40, 90, 215),
    "light blue": (150, 195, 240),
    "dark blue": (25, 35, 110),
    "purple": (130, 50, 180),
    "light purple": (200, 170, 235),
    "pink": (240, 130, 180),
    "pale green": (218, 240, 215),
    "pale blue": (216, 230, 248),
    "pale purple": (231, 221, 246),
    "pale pink": (250, 220, 228),
    "pale yellow": (252, 246, 205),
}


THIN = 0.1
"""Thickness of a line at most, as a share of its extent."""


def colour_name(rgb: tuple[int, int, int]) -> str:
    """The nearest everyday colour word."""
    names = list(COLOURS)
    table = np.array([rgb, *COLOURS.values()], np.float32)[None] / 255
    lab = cv2.cvtColor(table, cv2.COLOR_RGB2LAB)[0]
    return names[int(np.argmin(np.linalg.norm(lab[1:] - lab[0], axis=1)))]


def hex_colour(rgb: tuple[int, int, int]) -> str:
    """`#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def place_name(box: Box, size: tuple[int, int]) -> str:
    """Which ninth of a `(width, height)` picture the middle of the box lies in."""
    column = min(2, int(3 * (box[0] + box[2]) / 2 / size[0]))
    row = min(2, int(3 * (box[1] + box[3]) / 2 / size[1]))
    vertical = ("upper", "", "lower")[row]
    horizontal = ("left", "", "right")[column]
    if vertical and horizontal:
        return f"{vertical} {horizontal}"
    if vertical:
        return f"{vertical} middle"
    return f"{horizontal} side" if horizontal else "centre"


def shape_name(mask: NDArray[np.bool_]) -> str:
    """What the silhouette looks like, from a mask cropped to it."""
    height, width = mask.shape
    area = int(mask.sum())
    padded = np.pad(mask, 1).astype(np.uint8)
    contours, tree = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not contours or not area:
        return "mark"
    outer = max(contours, key=cv2.contourArea)
    holes = sum(1 for link in tree[0] if link[3] >= 0)
    filled = cv2.contourArea(outer) + 1
    perimeter = cv2.arcLength(outer, closed=True) + 1
    round_shape = 4 * math.pi * filled / perimeter**2
    aspect = max(width, height) / max(1, min(width, height))
    if holes and area < 0.6 * filled:
        return "ring" if round_shape > 0.75 and aspect < 1.25 else "outline"
    thickness = 2 * float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max())
    diagonal = math.hypot(width, height)
    if thickness < THIN * diagonal:
        return "line"
    if thickness < 0.22 * diagonal:
        # as thick as the rectangle around it: straight, though it may be slanted
        _, sides, _ = cv2.minAreaRect(outer)
        return "bar" if thickness > 0.8 * min(sides) else "shape"
    if round_shape > 0.78 and aspect < 1.25 and 0.68 < area / (width * height) < 0.86:
        return "circle"
    if area > 0.9 * width * height:
        return "square" if aspect < 1.15 else "rectangle"
    corners = cv2.approxPolyDP(outer, 0.05 * perimeter, closed=True)
    if len(corners) == 3:
        return "triangle"
    return "ellipse" if round_shape > 0.75 else "shape"
