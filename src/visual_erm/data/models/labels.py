"""What is believed of what models say differs: the two filters.

A proposal about a region in which the pictures do not differ is dropped, and one that the sources
do not bear out, as far as an oracle can read them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from visual_erm.data.annotations import shown
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

NEAR = 12
"""Pixels by which boxes are widened before two of them are compared; a model's are rough."""


def believed(
    proposals: Sequence[Discrepancy],
    truth: Sequence[Discrepancy] | None,
    reference: Image,
    prediction: Image,
) -> tuple[tuple[Discrepancy, ...], Counter[str]]:
    """Proposals that pass both filters, and how many were "kept", "absent" or "disagrees".

    Args:
        proposals: of a model.
        truth: what differs between the sources; None if they cannot be compared.
        reference: `(H, W, 3)`.
        prediction: `(H, W, 3)`.
    """
    kept: list[Discrepancy] = []
    counts: Counter[str] = Counter()
    for proposal in proposals:
        boxed = proposal.bbox is not None or proposal.bbox_prediction is not None
        if boxed and not shown(reference, prediction, proposal):
            counts["absent"] += 1
        elif truth is not None and not any(_agree(proposal, fact) for fact in truth):
            counts["disagrees"] += 1
        else:
            counts["kept"] += 1
            kept.append(proposal)
    return tuple(kept), counts


def _agree(proposal: Discrepancy, fact: Discrepancy) -> bool:
    """Whether both say the same at the level of structure: one category, and places that meet."""
    if proposal.category != fact.category:
        return False
    pairs = ((proposal.bbox, fact.bbox), (proposal.bbox_prediction, fact.bbox_prediction))
    known = [(one, other) for one, other in pairs if one and other]
    return not known or any(_meet(one, other) for one, other in known)


def _meet(one: Box, other: Box) -> bool:
    return all(
        one[low] - NEAR < other[low + 2] and other[low] - NEAR < one[low + 2] for low in (0, 1)
    )


def in_pixels(error: Discrepancy, reference: Image, prediction: Image) -> Discrepancy:
    """An error whose boxes are in thousandths of the pictures' sides, in pixels."""
    return error.model_copy(
        update={
            "bbox": _scaled(error.bbox, reference),
            "bbox_prediction": _scaled(error.bbox_prediction, prediction),
        }
    )


def _scaled(box: Box | None, picture: Image) -> Box | None:
    if box is None:
        return None
    height, width = picture.shape[:2]
    x0, x1 = (min(max(side, 0), 1000) * width // 1000 for side in box[::2])
    y0, y1 = (min(max(side, 0), 1000) * height // 1000 for side in box[1::2])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
