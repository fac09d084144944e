"""Drawings as they were drawn, and what differs between two of them."""

from __future__ import annotations

from visual_erm.data.annotations import Annotation, unexplained
from visual_erm.data.records import UnusableError
from visual_erm.data.svg import oracle
from visual_erm.data.svg.comparison import Side
from visual_erm.data.svg.documents import Document
from visual_erm.data.svg.elements import elements
from visual_erm.data.svg.operators import Scene
from visual_erm.renderers import renderer

MOST_ELEMENTS, MOST_SIGNS = 400, 200_000
"""Larger drawings take too long to take apart."""


def read(source: str) -> Side:
    """Draw a document and list its elements.

    Raises:
        PolicyFault: it does not draw.
        UnusableError: it draws, and cannot be taken apart.
    """
    drawing = renderer("svg", workers=1)
    # the renderer's process has read the source within its limits before this one does
    picture = drawing.render(source).image
    if len(source) > MOST_SIGNS:
        raise UnusableError(f"the drawing has {len(source)} characters")
    document = Document(source, lambda text: drawing.render(text).image)
    found = elements(document, picture.shape)
    if len(found) > MOST_ELEMENTS:
        raise UnusableError(f"the drawing has {len(found)} elements")
    return Side(Scene(document, picture), found)


def annotate(reference: Side, prediction: Side) -> Annotation:
    """What differs, as far as it shows."""
    ours, theirs = reference.scene.picture, prediction.scene.picture
    errors = tuple(oracle.compare(reference, prediction))
    return Annotation("svg", ours, theirs, errors, unexplained(ours, theirs, errors))
