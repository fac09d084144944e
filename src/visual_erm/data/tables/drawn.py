"""Tables as they were drawn, with the place of every cell, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.align import around, content_box
from visual_erm.data.annotations import Annotation, shown, unexplained
from visual_erm.data.gate import changed
from visual_erm.data.records import UnusableError
from visual_erm.data.tables import documents, oracle
from visual_erm.data.tables.pairs import BACKEND
from visual_erm.data.tables.sheets import Sheet
from visual_erm.renderers import renderer
from visual_erm.renderers.table import TableRenderer
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

EDGE = 2
"""Pixels inside a cell's box that its lines may take."""
ROUNDING = 0.02
"""Share of the pixels that differ where the same is written at another place."""
MOST_ROWS, MOST_CELLS = 200, 4000
"""Larger tables take too long to align."""


@dataclass(frozen=True)
class Drawn:
    """A table with its picture."""

    sheet: Sheet
    picture: Image
    boxes: Mapping[int, Box]
    """Of cells, caption and note, by key."""


def read(source: str) -> Drawn:
    """Draw a table and see where its cells are.

    Raises:
        PolicyFault: it does not draw.
        UnusableError: it draws, and its cells cannot be told apart.
    """
    drawing = renderer("table", backend=BACKEND, workers=1)
    assert isinstance(drawing, TableRenderer)
    # its process has read the source within its limits before this one does
    picture = drawing.render(source).image
    try:
        sheet = documents.read(source, drawn=True)
    except ValueError as error:
        raise UnusableError(str(error)) from None
    if len(sheet.rows) > MOST_ROWS or len(sheet.at) > MOST_CELLS:
        raise UnusableError(f"the table has {len(sheet.rows)} rows and {len(sheet.at)} places")
    return Drawn(sheet, picture, documents.boxes(sheet, drawing.cells(source)))


def annotate(reference: Drawn, prediction: Drawn) -> Annotation:
    """What differs, as far as it shows."""
    errors = []
    compared = oracle.compare(reference.sheet, prediction.sheet)
    for one in compared.found:
        error = Discrepancy(
            category=one.category,
            severity=one.severity,
            location=one.location,
            description=one.description,
            bbox=_around(reference, one.before),
            bbox_prediction=_around(prediction, one.after),
        )
        pictures = reference.picture, prediction.picture
        if shown(*pictures, error, in_place=one.in_place):
            errors.append(error)
    ours, theirs = reference.picture, prediction.picture
    if ours.shape == theirs.shape:
        left = unexplained(ours, theirs, errors)
    else:
        left = _unlike(reference, prediction, compared.same)
    return Annotation("table", ours, theirs, tuple(errors), left)


def _unlike(reference: Drawn, prediction: Drawn, same: Mapping[int, int]) -> float:
    """Share of what is drawn in cells that differs, in cells of which nothing is said."""
    total = max(int(images.ink(reference.picture).sum()), 1)
    count = 0
    for key, other in same.items():
        if key in reference.boxes and other in prediction.boxes:
            one = _written(reference.picture, reference.boxes[key])
            two = _written(prediction.picture, prediction.boxes[other])
            height, width = (min(a, b) for a, b in zip(one.shape[:2], two.shape[:2], strict=True))
            if abs(one.size - two.size) > ROUNDING * max(one.size, two.size):
                count += int(images.ink(one).sum())
            else:
                count += int(changed(one[:height, :width], two[:height, :width]).sum())
    share = count / total
    return min(share, 1.0) if share > ROUNDING else 0.0


def _written(picture: Image, box: Box) -> Image:
    """What stands in a cell, without the room around it and its lines."""
    inner = picture[box[1] + EDGE : box[3] - EDGE, box[0] + EDGE : box[2] - EDGE]
    if not inner.size:
        return inner
    x0, y0, x1, y1 = content_box(inner)
    return inner[y0:y1, x0:x1]


def _around(drawn: Drawn, keys: Iterable[int]) -> Box | None:
    found = [drawn.boxes[key] for key in keys if key in drawn.boxes]
    return around(found) if found else None
