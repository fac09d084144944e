"""What an oracle says of two pictures, and whether the pictures bear it out.

Sources may differ where nothing shows, and pictures where no source told us; the first is left
out, the second counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visual_erm import images
from visual_erm.align import resized
from visual_erm.data import gate
from visual_erm.types import Box, Discrepancy, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

NOTHING = 3
"""Pixels that differ, at most, where nothing differs."""


@dataclass(frozen=True)
class Annotation:
    """Two pictures and all that differs between them."""

    task: Task
    reference: Image
    prediction: Image
    errors: tuple[Discrepancy, ...]
    """In the order in which the reference is read."""
    unexplained: float
    """Share of what differs visibly that no error's box holds: 0 if all is told, 1 if nothing."""


def shown(
    reference: Image, prediction: Image, error: Discrepancy, *, in_place: bool = False
) -> bool:
    """Whether the pictures differ where an error says so; True where that cannot be compared.

    Args:
        reference: `(H, W, 3)`.
        prediction: another size means that everything may have moved.
        error: with a box in one of the pictures, or in both.
        in_place: whether both boxes hold the same thing, so that their contents can be compared.
    """
    boxes = [box for box in (error.bbox, error.bbox_prediction) if box]
    if not boxes:
        return False
    if in_place and len(boxes) == 2:
        one, other = _cut(reference, boxes[0]), _cut(prediction, boxes[1])
        return one.shape != other.shape or int(gate.changed(one, other).sum()) > NOTHING
    if reference.shape != prediction.shape:
        return True
    cuts = ((_cut(reference, box), _cut(prediction, box)) for box in boxes)
    return any(int(gate.changed(one, other).sum()) > NOTHING for one, other in cuts if one.size)


def _cut(image: Image, box: Box) -> Image:
    return image[box[1] : box[3], box[0] : box[2]]


def unexplained(reference: Image, prediction: Image, errors: Sequence[Discrepancy]) -> float:
    """Share of the visibly different pixels that lie in no error's box."""
    if reference.shape != prediction.shape:
        size = (reference.shape[1], reference.shape[0])
        placement = resized(reference, prediction)
        prediction = placement.warp(prediction, size)
        scale = (1 / placement.sx, 1 / placement.sy)
    else:
        scale = (1.0, 1.0)
    mask = gate.changed(reference, prediction)
    boxes = [error.bbox for error in errors if error.bbox]
    for error in errors:
        if error.bbox_prediction:
            x0, y0, x1, y1 = np.array(error.bbox_prediction) / np.array(scale * 2)
            boxes.append((int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1))))
    left = int((mask & ~gate.inside(boxes, mask.shape)).sum())
    ink = max(int(images.ink(reference).sum()), 1)
    if left <= max(NOTHING, 0.001 * ink):
        return 0.0
    return left / int(mask.sum())
