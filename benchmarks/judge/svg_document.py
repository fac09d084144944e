"""An SVG whose visible elements are numbered, so that edits have names and truth boxes.

Elements that hold several subpaths are split where no fill rule ties them together, so that
"remove one element" also means something in an icon that is a single path.
"""

from __future__ import annotations

import copy
from functools import cached_property
from typing import TYPE_CHECKING

import resvg_py
from fontTools.pens.svgPathPen import SVGPathPen
from lxml import etree

from visual_erm import images
from visual_erm.align import bounds
from visual_erm.data import gate
from visual_erm.data.svg.documents import Commands, commands, subpaths, tag, tied
from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.types import Image

DRAWABLE = {"path", "circle", "rect", "ellipse", "polygon", "polyline", "line", "text"}
HIDDEN = {"defs", "clipPath", "mask", "symbol", "linearGradient", "radialGradient", "filter"}
MARK = "data-n"
"""Attribute that numbers an element through all copies of the document."""


class Document:
    """A parsed SVG that renders at one size."""

    def __init__(self, svg: str, width: int) -> None:
        """Parse, split and number."""
        self.root = etree.fromstring(svg.encode())
        self.width = width
        for element in list(self.root.iter()):
            if tag(element) == "path":
                _split(element)
        for number, element in enumerate(self.drawables()):
            element.set(MARK, str(number))

    def copy(self) -> Document:
        """An independent copy with the same numbers."""
        twin = Document.__new__(Document)
        twin.root = copy.deepcopy(self.root)
        twin.width = self.width
        return twin

    @cached_property
    def view(self) -> tuple[float, float, float, float]:
        """The view box: left, top, width, height in user units."""
        left, top, width, height = (float(v) for v in self.root.get("viewBox").split())
        return left, top, width, height

    @property
    def unit(self) -> float:
        """Pixels of one user unit."""
        return self.width / self.view[2]

    def drawables(self) -> list[etree._Element]:
        """Elements that draw, in painting order."""
        return [
            element
            for element in self.root.iter()
            if tag(element) in DRAWABLE
            and not any(tag(parent) in HIDDEN for parent in element.iterancestors())
        ]

    def find(self, number: str) -> etree._Element | None:
        """The element with that number, if it is still there."""
        for element in self.drawables():
            if element.get(MARK) == number:
                return element
        return None

    def movable(self, element: etree._Element) -> bool:
        """Whether a transform put on the element acts in user units of the picture."""
        return all(
            parent.get("transform") is None and parent.get("clip-path") is None
            for parent in element.iterancestors()
        )

    def draw(self, width: int | None = None) -> Image:
        """Render on white."""
        return draw(etree.tostring(self.root, encoding="unicode"), width or self.width)

    def footprint(self, number: str) -> tuple[Box | None, int]:
        """Box and number of the pixels that change when the element is taken away."""
        twin = self.copy()
        element = twin.find(number)
        if element is None:
            return None, 0
        remove(element)
        return changed(self.draw(), twin.draw())


def remove(element: etree._Element) -> None:
    """Take one element out, keeping the text that follows it."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def draw(svg: str, width: int) -> Image:
    """Render a source on white."""
    fonts = str(images.__file__).replace("images.py", "assets/fonts")
    png = resvg_py.svg_to_bytes(
        svg_string=svg,
        width=width,
        background="#ffffff",
        skip_system_fonts=True,
        font_dirs=[fonts],
        font_family="Noto Sans CJK SC",
        sans_serif_family="Noto Sans CJK SC",
    )
    return images.load(bytes(png))


def changed(a: Image, b: Image) -> tuple[Box | None, int]:
    """Box and number of pixels that differ by more than anyone could overlook."""
    differs = gate.changed(a, b)
    return bounds(differs), int(differs.sum())


def path_data(parts: Commands) -> str:
    """Commands as path data."""
    pen = SVGPathPen(None, ntos=lambda v: f"{v:.3f}")
    for name, points in parts:
        getattr(pen, name)(*points)
    return str(pen.getCommands())


def _split(path: etree._Element) -> None:
    """Replace a path of several subpaths by several paths, where that draws the same."""
    data = path.get("d", "")
    parts = commands(data)
    parent = path.getparent()
    if parts is None or parent is None or tag(parent) in HIDDEN:
        return
    pieces = tied(subpaths(parts), stroked=_only_stroke(path))
    if not 2 <= len(pieces) <= 40:
        return
    place = parent.index(path)
    for offset, piece in enumerate(pieces):
        twin = copy.deepcopy(path)
        twin.attrib.pop("id", None)
        twin.set("d", path_data(piece))
        twin.tail = None
        parent.insert(place + offset, twin)
    parent.remove(path)


def _only_stroke(path: etree._Element) -> bool:
    for element in (path, *path.iterancestors()):
        fill = element.get("fill")
        if fill is not None:
            return bool(fill == "none")
    return False
