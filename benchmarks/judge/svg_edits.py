"""Single edits of an SVG, each with the error a careful reader would report."""

from __future__ import annotations

import colorsys
import copy
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.judge import svg_document
from benchmarks.judge.svg_document import MARK, Document
from visual_erm.data.svg.documents import NAMESPACE, commands, tag
from visual_erm.types import Severity

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True)
class Edit:
    """What was done to which element."""

    operator: str
    category: str
    number: str
    """Of the element; for a duplicate the number of the new one."""
    description: str
    reach: float = 0.0
    """For moves: displacement as a share of the picture's width."""


Operator = Callable[[Document, "etree._Element", random.Random], Edit | None]


def _prefix(element: etree._Element, transform: str) -> None:
    old = element.get("transform", "")
    element.set("transform", f"{transform} {old}".strip())


def _centre(document: Document, number: str) -> tuple[float, float] | None:
    box, _ = document.footprint(number)
    if box is None:
        return None
    left, top, _, _ = document.view
    unit = document.unit
    return left + (box[0] + box[2]) / 2 / unit, top + (box[1] + box[3]) / 2 / unit


def _removed(document: Document, element: etree._Element, draw: random.Random) -> Edit:
    svg_document.remove(element)
    return Edit("removed", "structure_error", element.get(MARK), "element missing")


def _duplicated(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    if not document.movable(element):
        return None
    twin = copy.deepcopy(element)
    number = f"{element.get(MARK)}+"
    twin.set(MARK, number)
    step = document.view[2] * draw.uniform(0.18, 0.4)
    dx, dy = draw.choice([-step, step]), draw.choice([-step, 0, step])
    _prefix(twin, f"translate({dx:.3f} {dy:.3f})")
    document.root.append(twin)
    for name in ("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin"):
        if twin.get(name) is None:
            for parent in element.iterancestors():
                if parent.get(name) is not None:
                    twin.set(name, parent.get(name))
                    break
    return Edit("duplicated", "structure_error", number, "extra copy of an element")


def _moved(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    if not document.movable(element):
        return None
    share = draw.uniform(0.05, 0.22)
    angle = draw.choice([(1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (-0.7, 0.7)])
    step = document.view[2] * share
    _prefix(element, f"translate({angle[0] * step:.3f} {angle[1] * step:.3f})")
    return Edit("moved", "shape_error", element.get(MARK), "element moved", share)


def _scaled(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    centre = _centre(document, element.get(MARK))
    if centre is None or not document.movable(element):
        return None
    factor = draw.choice([0.55, 0.7, 1.3, 1.5])
    x, y = centre
    _prefix(element, f"translate({x:.3f} {y:.3f}) scale({factor}) translate({-x:.3f} {-y:.3f})")
    return Edit("scaled", "shape_error", element.get(MARK), f"element scaled by {factor}")


def _rotated(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    centre = _centre(document, element.get(MARK))
    if centre is None or not document.movable(element):
        return None
    angle = draw.choice([25, 45, 90, -30, -60])
    _prefix(element, f"rotate({angle} {centre[0]:.3f} {centre[1]:.3f})")
    return Edit("rotated", "shape_error", element.get(MARK), f"element turned by {angle} degrees")


def _reordered(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    parent = element.getparent()
    if parent is None or not document.movable(element):
        return None
    parent.remove(element)
    parent.append(element)
    return Edit("reordered", "structure_error", element.get(MARK), "element brought to the front")


def _paint(element: etree._Element) -> str:
    """Which one colours the element: `fill` or `stroke`."""
    for holder in (element, *element.iterancestors()):
        if holder.get("fill") is not None:
            return "stroke" if holder.get("fill") == "none" else "fill"
    return "fill"


def _recoloured(document: Document, element: etree._Element, draw: random.Random) -> Edit:
    paint = _paint(element)
    red, green, blue = colorsys.hls_to_rgb(draw.random(), draw.uniform(0.3, 0.6), 0.8)
    colour = f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
    element.set(paint, colour)
    element.attrib.pop("style", None)
    return Edit("recoloured", "style_error", element.get(MARK), f"{paint} colour now {colour}")


def _restroked(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    if _paint(element) == "stroke":
        for holder in (element, *element.iterancestors()):
            if holder.get("stroke-width") is not None:
                width = float(holder.get("stroke-width"))
                break
        else:
            width = 1.0
        factor = draw.choice([0.4, 0.5, 1.8, 2.2])
        element.set("stroke-width", f"{width * factor:.3f}")
        return Edit("restroked", "style_error", element.get(MARK), f"stroke width x {factor}")
    width = document.view[2] * draw.uniform(0.015, 0.035)
    element.set("stroke", draw.choice(["#d33", "#06c", "#111", "#3a3"]))
    element.set("stroke-width", f"{width:.3f}")
    return Edit("restroked", "style_error", element.get(MARK), "a stroke was added")


def _dashed(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    if _paint(element) != "stroke":
        return None
    step = document.view[2] * 0.05
    element.set("stroke-dasharray", f"{step:.3f} {step * 1.3:.3f}")
    return Edit("dashed", "style_error", element.get(MARK), "stroke is dashed")


def _faded(document: Document, element: etree._Element, draw: random.Random) -> Edit:
    value = draw.choice([0.3, 0.45, 0.6])
    element.set("opacity", str(value))
    return Edit("faded", "style_error", element.get(MARK), f"opacity now {value}")


def _reshaped(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    name = tag(element)
    size = document.view[2]
    if name == "circle":
        twin = element.get("r")
        element.tag = f"{NAMESPACE}ellipse"
        element.set("rx", f"{float(twin) * 1.4:.3f}")
        element.set("ry", f"{float(twin) * 0.7:.3f}")
        return Edit("reshaped", "shape_error", element.get(MARK), "circle became an ellipse")
    if name == "rect":
        element.set("width", f"{float(element.get('width', '1')) * draw.choice([0.6, 1.4]):.3f}")
        return Edit("reshaped", "shape_error", element.get(MARK), "width differs")
    parts = commands(element.get("d", "")) if name == "path" else None
    if not parts or len(parts) < 3:
        return None
    index = draw.randrange(1, len(parts))
    step = size * draw.uniform(0.1, 0.2)
    dx, dy = draw.choice([-step, step]), draw.choice([-step, step])
    bent = []
    for at, (command, points) in enumerate(parts):
        near = at in (index, index + 1)
        bent.append((command, tuple((x + dx, y + dy) if near else (x, y) for x, y in points)))
    element.set("d", svg_document.path_data(bent))
    return Edit("reshaped", "shape_error", element.get(MARK), "part of the outline moved")


def _retyped(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    if tag(element) != "text" or not element.text:
        return None
    text = element.text
    at = draw.randrange(len(text))
    letter = draw.choice([c for c in "AEKRTMXHW" if c != text[at].upper()])
    element.text = text[:at] + letter + text[at + 1 :]
    return Edit(
        "retyped", "text_symbol_error", element.get(MARK), f'text "{text}" became "{element.text}"'
    )


def _untitled(document: Document, element: etree._Element, draw: random.Random) -> Edit | None:
    if tag(element) != "text":
        return None
    svg_document.remove(element)
    return Edit("text_removed", "text_symbol_error", element.get(MARK), "text missing")


OPERATORS: dict[str, Operator] = {
    "removed": _removed,
    "duplicated": _duplicated,
    "moved": _moved,
    "scaled": _scaled,
    "rotated": _rotated,
    "reordered": _reordered,
    "recoloured": _recoloured,
    "restroked": _restroked,
    "dashed": _dashed,
    "faded": _faded,
    "reshaped": _reshaped,
    "retyped": _retyped,
    "text_removed": _untitled,
}
TEXT = ("retyped", "text_removed")


def severity(edit: Edit, pixels: int, ink: int) -> Severity:
    """By how much of the drawing is affected; moves also by how far."""
    share = pixels / max(1, ink)
    if edit.category == "style_error":
        return 2 if share > 0.3 and edit.operator in ("recoloured", "faded") else 1
    if edit.category == "text_symbol_error":
        return 2
    if edit.operator == "moved":
        return 3 if edit.reach > 0.15 and share > 0.15 else 2 if edit.reach > 0.08 else 1
    return 3 if share > 0.35 else 2 if share > 0.06 else 1
