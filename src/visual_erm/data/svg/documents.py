"""An SVG whose visible elements are numbered, so that an edit knows where it shows.

A path of several subpaths is split where no fill rule ties them together, so that "one element"
also means something in an icon that is a single path. The *footprint* of an element is what
changes in the picture when it is taken away: what a reader sees of it, not what its outline spans.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.svgLib.path import parse_path
from lxml import etree

from visual_erm.align import bounds
from visual_erm.data.gate import changed
from visual_erm.data.records import UnusableError
from visual_erm.judges.svg.words import colour_name, place_name, shape_name
from visual_erm.renderers.elements import remove
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

    Mask = NDArray[np.bool_]

NAMESPACE = "{http://www.w3.org/2000/svg}"
DRAWABLE = frozenset(
    ("path", "circle", "rect", "ellipse", "polygon", "polyline", "line", "text", "use")
)
UNSEEN = frozenset(
    ("defs", "clipPath", "mask", "symbol", "linearGradient", "radialGradient", "filter", "pattern")
)
MARK = "data-verm"
"""Attribute that numbers an element through all copies of a document."""
Commands = list[tuple[str, tuple[tuple[float, float], ...]]]
Draw = Callable[[str], "Image"]


@dataclass(frozen=True)
class Footprint:
    """What is seen of an element."""

    box: Box
    pixels: int
    colour: tuple[int, int, int]
    shape: str
    """A word: "circle", "line", "shape"."""

    @property
    def name(self) -> str:
        """For example "red circle"."""
        return f"{colour_name(self.colour)} {self.shape}"

    @property
    def centre(self) -> tuple[float, float]:
        """In pixels."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


class Document:
    """A parsed SVG that is drawn at one size."""

    def __init__(self, source: str, draw: Draw) -> None:
        """Parse, give it a view box, split and number.

        Raises:
            UnusableError: no XML, no SVG, or no size.
        """
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, huge_tree=False
        )
        try:
            self.root = etree.fromstring(source.encode(), parser)
        except etree.XMLSyntaxError as error:
            raise UnusableError(str(error)) from None
        if tag(self.root) != "svg":
            raise UnusableError(f"the document is <{tag(self.root)}>, not <svg>")
        self.view = view_of(self.root)
        self.root.set("viewBox", " ".join(f"{v:g}" for v in self.view))
        self._draw = draw
        for element in list(self.root.iter()):
            if tag(element) == "path":
                _split(element)
        for number, element in enumerate(self.drawables()):
            element.set(MARK, str(number))

    def copy(self) -> Document:
        """An independent copy with the same numbers."""
        twin = Document.__new__(Document)
        twin.root = copy.deepcopy(self.root)
        twin.view, twin._draw = self.view, self._draw
        return twin

    def source(self) -> str:
        """The document as text, without our numbers."""
        root = copy.deepcopy(self.root)
        for element in root.iter():
            element.attrib.pop(MARK, None)
        return str(etree.tostring(root, encoding="unicode"))

    def draw(self) -> Image:
        """The picture on white."""
        return self._draw(self.source())

    @property
    def longer(self) -> float:
        """The view's longer side in user units."""
        return max(self.view[2:])

    def drawables(self) -> list[etree._Element]:
        """Elements that draw, in painting order."""
        return drawables(self.root)

    def find(self, number: str) -> etree._Element | None:
        """The element with that number, if it is still there."""
        found = self.root.xpath("//*[@data-verm=$number]", number=number)
        return found[0] if found else None

    def footprint(self, number: str, picture: Image) -> Footprint | None:
        """What is seen of an element in `picture`, this document's own; None if nothing is."""
        twin = self.copy()
        element = twin.find(number)
        if element is None:
            return None
        remove(element)
        mask = changed(picture, twin.draw())
        box = bounds(mask)
        if box is None:
            return None
        x0, y0, x1, y1 = box
        colours = picture[mask]
        middle = np.median(colours, axis=0)
        shown = "text" if tag(element) == "text" else shape_name(mask[y0:y1, x0:x1])
        colour = (int(middle[0]), int(middle[1]), int(middle[2]))
        return Footprint(box, int(mask.sum()), colour, shown)

    def to_user(self, point: tuple[float, float], picture: Image) -> tuple[float, float]:
        """From pixels to user units of the view."""
        left, top, width, height = self.view
        return (
            left + point[0] * width / picture.shape[1],
            top + point[1] * height / picture.shape[0],
        )


def drawables(root: etree._Element) -> list[etree._Element]:
    """Elements below a root that draw, in painting order."""
    return [
        element
        for element in root.iter()
        if tag(element) in DRAWABLE
        and not any(tag(parent) in UNSEEN for parent in element.iterancestors())
    ]


def tag(element: etree._Element) -> str:
    """Local name; empty for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def movable(element: etree._Element) -> bool:
    """Whether a transform put on the element acts in user units of the view."""
    return all(
        parent.get("transform") is None
        and parent.get("clip-path") is None
        and parent.get("mask") is None
        for parent in element.iterancestors()
    )


def style(element: etree._Element, name: str) -> str | None:
    """A presentation property as the element has or inherits it, style sheets not included."""
    for holder in (element, *element.iterancestors()):
        own = dict(declarations(holder)).get(name, holder.get(name))
        if own is not None and own != "inherit":
            return str(own).strip()
    return None


def set_style(element: etree._Element, name: str, value: str) -> None:
    """Set a property where nothing outranks it."""
    kept = [(key, old) for key, old in declarations(element) if key != name]
    element.set("style", ";".join(f"{key}:{old}" for key, old in (*kept, (name, value))))


def declarations(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Names and values of an element's `style`."""
    for part in element.get("style", "").split(";"):
        name, colon, value = part.partition(":")
        if colon:
            yield name.strip(), value.strip()


def prefix_transform(element: etree._Element, transform: str) -> None:
    """Put a transform before those that the element has."""
    element.set("transform", f"{transform} {element.get('transform', '')}".strip())


def where(box: Box | None, picture: Image) -> str:
    """The place in words."""
    if box is None:
        return "whole picture"
    height, width = picture.shape[:2]
    if (box[2] - box[0]) * (box[3] - box[1]) > 0.7 * width * height:
        return "whole picture"
    return place_name(box, (width, height))


def commands(data: str) -> Commands | None:
    """Absolute path commands; None when the data cannot be read."""
    pen = RecordingPen()
    try:
        parse_path(data, pen)
    except (ValueError, IndexError, TypeError, NotImplementedError, KeyError, AssertionError):
        return None
    return list(pen.value)


def path_data(parts: Commands) -> str:
    """Commands as path data."""
    pen = SVGPathPen(None, ntos=lambda v: f"{v:.4g}" if abs(v) < 1 else f"{v:.3f}")
    for name, points in parts:
        getattr(pen, name)(*points)
    return str(pen.getCommands())


def subpaths(parts: Commands) -> list[Commands]:
    """Split at every moveTo."""
    found: list[Commands] = []
    for part in parts:
        if part[0] == "moveTo":
            found.append([])
        if found:
            found[-1].append(part)
    return found


def view_of(root: etree._Element) -> tuple[float, float, float, float]:
    """The view box of a document: left, top, width, height in user units.

    Raises:
        UnusableError: it has no size.
    """
    try:
        if root.get("viewBox"):
            left, top, width, height = map(float, root.get("viewBox").replace(",", " ").split())
        else:
            left = top = 0.0
            width, height = (float(root.get(k, "").removesuffix("px")) for k in ("width", "height"))
    except ValueError:
        raise UnusableError("the document has no size") from None
    if width <= 0 or height <= 0:
        raise UnusableError("the document has no size")
    return left, top, width, height


def _split(path: etree._Element) -> None:
    """Replace a path of several subpaths by several paths, where that draws the same."""
    parts = commands(path.get("d", ""))
    parent = path.getparent()
    if parts is None or parent is None or tag(parent) in UNSEEN:
        return
    pieces = tied(subpaths(parts), stroked=style(path, "fill") == "none")
    if not 2 <= len(pieces) <= 40:
        return
    place = parent.index(path)
    for offset, piece in enumerate(pieces):
        twin = copy.deepcopy(path)
        twin.attrib.pop("id", None)
        twin.set("d", path_data(piece))
        twin.tail = None
        parent.insert(place + offset, twin)
    remove(path)


def tied(pieces: list[Commands], *, stroked: bool) -> list[Commands]:
    """Subpaths joined where their boxes meet: a hole belongs to the outline around it."""
    if stroked:
        return pieces
    groups: list[tuple[tuple[float, ...], Commands]] = []
    for piece in pieces:
        points = np.array([point for _, points in piece for point in points])
        box = (*points.min(axis=0), *points.max(axis=0))
        joined, apart = list(piece), []
        for other, content in groups:
            if box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]:
                low = (min(box[0], other[0]), min(box[1], other[1]))
                box = (*low, max(box[2], other[2]), max(box[3], other[3]))
                joined = content + joined
            else:
                apart.append((other, content))
        groups = [*apart, (box, joined)]
    return [content for _, content in groups]
