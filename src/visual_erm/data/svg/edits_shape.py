"""Edits of geometry: elements moved, scaled, stretched, turned, bent, and texts changed."""

from __future__ import annotations

import math
import random
import re
import string
from typing import TYPE_CHECKING

from visual_erm.data.records import always
from visual_erm.data.svg import documents
from visual_erm.data.svg.documents import MARK, NAMESPACE, movable, prefix_transform
from visual_erm.data.svg.operators import (
    Change,
    Scene,
    by_reach,
    by_share,
    operator,
)
from visual_erm.renderers.elements import remove

if TYPE_CHECKING:
    from lxml import etree

    from visual_erm.data.svg.documents import Commands

DIRECTIONS = {
    "right": (1, 0),
    "left": (-1, 0),
    "down": (0, 1),
    "up": (0, -1),
    "down and to the right": (0.7, 0.7),
    "up and to the left": (-0.7, -0.7),
}


@operator("shape_error", by_reach, among=True)
def moved(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element stands elsewhere."""
    if not movable(element):
        return None
    share = rng.choice((rng.uniform(0.04, 0.08), rng.uniform(0.08, 0.2), rng.uniform(0.2, 0.35)))
    word, (x, y) = rng.choice(list(DIRECTIONS.items()))
    step = scene.document.longer * share
    prefix_transform(element, f"translate({x * step:.4g} {y * step:.4g})")
    return Change(f"The {{thing}} stands too far {word}.", (element.get(MARK),), share)


def _about(scene: Scene, element: etree._Element, transform: str) -> bool:
    """Put a transform about what is seen of the element; whether that could be done."""
    centre = scene.centre(element.get(MARK))
    if centre is None or not movable(element):
        return False
    x, y = centre
    prefix_transform(
        element, f"translate({x:.4g} {y:.4g}) {transform} translate({-x:.4g} {-y:.4g})"
    )
    return True


@operator("shape_error", by_share, among=True)
def scaled(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element has another size."""
    factor = rng.choice((0.5, 0.65, 0.8, 1.25, 1.5, 1.8))
    if not _about(scene, element, f"scale({factor})"):
        return None
    word = "small" if factor < 1 else "large"
    return Change(f"The {{thing}} is too {word}, {factor:g} times its size.", (element.get(MARK),))


@operator("shape_error", by_share)
def stretched(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element is wider or taller than it should be."""
    factor = rng.choice((0.6, 0.75, 1.35, 1.6))
    wide = rng.random() < 0.5
    if not _about(scene, element, f"scale({factor} 1)" if wide else f"scale(1 {factor})"):
        return None
    words = ("narrow", "wide") if wide else ("low", "tall")
    return Change(f"The {{thing}} is too {words[factor > 1]}.", (element.get(MARK),))


@operator("shape_error", by_share, among=True)
def rotated(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element is turned."""
    angle = rng.choice((15, 30, 45, 90, 135, 180, -20, -35, -60))
    if not _about(scene, element, f"rotate({angle})"):
        return None
    way = "clockwise" if angle > 0 else "anticlockwise"
    return Change(f"The {{thing}} is turned by {abs(angle)} degrees {way}.", (element.get(MARK),))


@operator("shape_error", by_share, among=True)
def flipped(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element is mirrored."""
    wide = rng.random() < 0.5
    if not _about(scene, element, "scale(-1 1)" if wide else "scale(1 -1)"):
        return None
    way = "left for right" if wide else "upside down"
    return Change(f"The {{thing}} is mirrored, {way}.", (element.get(MARK),))


@operator("shape_error", by_share)
def skewed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element is slanted."""
    angle = rng.choice((-30, -20, 20, 30))
    if not _about(scene, element, f"skewX({angle})"):
        return None
    return Change("The {thing} is slanted.", (element.get(MARK),))


def _path(element: etree._Element, least: int) -> Commands | None:
    if documents.tag(element) != "path":
        return None
    parts = documents.commands(element.get("d", ""))
    return parts if parts and len(parts) >= least else None


@operator("shape_error", by_share)
def bent(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """Part of an outline lies elsewhere."""
    parts = _path(element, 3)
    if parts is None:
        return None
    chosen = rng.randrange(1, len(parts))
    step = scene.document.longer * rng.uniform(0.08, 0.2)
    dx, dy = rng.choice((-step, step)), rng.choice((-step, step))
    moved_parts = [
        (name, tuple((x + dx, y + dy) for x, y in points) if at in (chosen, chosen + 1) else points)
        for at, (name, points) in enumerate(parts)
    ]
    element.set("d", documents.path_data(moved_parts))
    return Change("Part of the outline of the {thing} bulges.", (element.get(MARK),))


@operator("shape_error", by_share)
def straightened(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """Curves have become straight lines."""
    parts = _path(element, 3)
    if parts is None or sum(name in ("curveTo", "qCurveTo") for name, _ in parts) < 2:
        return None
    straight = [
        ("lineTo", points[-1:]) if name in ("curveTo", "qCurveTo") else (name, points)
        for name, points in parts
    ]
    element.set("d", documents.path_data(straight))
    return Change("The curves of the {thing} are straight lines.", (element.get(MARK),))


@operator("shape_error", by_share)
def outline_cut(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """The second half of an outline is missing."""
    parts = _path(element, 6)
    if parts is None:
        return None
    kept = parts[: max(3, round(len(parts) * rng.uniform(0.4, 0.7)))]
    if kept[-1][0] not in ("closePath", "endPath"):
        kept.append(("closePath", ()) if parts[-1][0] == "closePath" else ("endPath", ()))
    element.set("d", documents.path_data(kept))
    return Change("Part of the {thing} is cut off.", (element.get(MARK),))


@operator("shape_error", by_share)
def hole_filled(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A hole in a shape, or a part of it, is gone."""
    parts = _path(element, 6)
    pieces = documents.subpaths(parts) if parts else []
    if len(pieces) < 2:
        return None
    gone = rng.randrange(1, len(pieces))
    rest = [part for at, piece in enumerate(pieces) if at != gone for part in piece]
    element.set("d", documents.path_data(rest))
    return Change("A hole in the {thing}, or a part of it, is gone.", (element.get(MARK),))


@operator("shape_error", by_share)
def circle_squashed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A circle has become an ellipse."""
    if documents.tag(element) != "circle":
        return None
    radius = _number(element, "r")
    if radius is None:
        return None
    wide, tall = rng.choice(((1.35, 0.7), (0.65, 1.3)))
    element.tag = f"{NAMESPACE}ellipse"
    element.attrib.pop("r")
    element.set("rx", f"{radius * wide:.4g}")
    element.set("ry", f"{radius * tall:.4g}")
    return Change("The circle is an ellipse.", (element.get(MARK),))


@operator("shape_error", by_share)
def circle_squared(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A circle has become a square."""
    if documents.tag(element) != "circle":
        return None
    values = [_number(element, name, 0.0) for name in ("cx", "cy", "r")]
    x, y, radius = (value or 0.0 for value in values)
    element.tag = f"{NAMESPACE}rect"
    for name in ("cx", "cy", "r"):
        element.attrib.pop(name, None)
    side = f"{2 * radius:.4g}"
    for name, value in (("x", f"{x - radius:.4g}"), ("y", f"{y - radius:.4g}")):
        element.set(name, value)
    element.set("width", side)
    element.set("height", side)
    return Change("The circle is a square.", (element.get(MARK),))


@operator("shape_error", by_share)
def corners_changed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A rectangle has round corners where it should not, or the reverse."""
    if documents.tag(element) != "rect":
        return None
    sides = [_number(element, name) for name in ("width", "height")]
    if None in sides:
        return None
    if element.get("rx") or element.get("ry"):
        element.attrib.pop("rx", None)
        element.attrib.pop("ry", None)
        return Change("The corners of the rectangle are sharp, not round.", (element.get(MARK),))
    shorter = min(side for side in sides if side is not None)
    element.set("rx", f"{0.45 * shorter:.4g}")
    return Change("The corners of the rectangle are round, not sharp.", (element.get(MARK),))


@operator("shape_error", by_reach, whole=True)
def all_shifted(scene: Scene, element: etree._Element, rng: random.Random) -> Change:
    """The whole drawing is a little off."""
    left, top, width, height = scene.document.view
    share = rng.uniform(0.03, 0.1)
    word, (x, y) = rng.choice(list(DIRECTIONS.items()))
    step = share * scene.document.longer
    scene.document.root.set(
        "viewBox", f"{left - x * step:.4g} {top - y * step:.4g} {width:.4g} {height:.4g}"
    )
    return Change(f"The whole drawing stands too far {word}.", (), share)


def _number(element: etree._Element, name: str, default: float | None = None) -> float | None:
    try:
        return float(element.get(name, "").removesuffix("px"))
    except ValueError:
        return default


def _words(element: etree._Element) -> str | None:
    text = element.text or ""
    return text if text.strip() and len(element) == 0 else None


@operator("text_symbol_error", always(2), text=True)
def letter_changed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """One letter of a text is another."""
    text = _words(element)
    places = [at for at, sign in enumerate(text or "") if sign.isalpha()]
    if text is None or not places:
        return None
    at = rng.choice(places)
    letters = string.ascii_lowercase if text[at].islower() else string.ascii_uppercase
    sign = rng.choice([c for c in letters if c != text[at]])
    return _retyped(element, text, text[:at] + sign + text[at + 1 :])


@operator("text_symbol_error", always(1), text=True)
def letters_swapped(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """Two neighbouring letters of a text are exchanged."""
    text = _words(element)
    places = [
        at
        for at in range(1, len(text or "") - 1)
        if text and text[at].isalpha() and text[at + 1].isalpha() and text[at] != text[at + 1]
    ]
    if text is None or not places:
        return None
    at = rng.choice(places)
    return _retyped(element, text, text[:at] + text[at + 1] + text[at] + text[at + 2 :])


@operator("text_symbol_error", always(3), text=True)
def number_changed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A number in a text is another."""
    text = _words(element)
    numbers = list(re.finditer(r"\d+", text or ""))
    if text is None or not numbers:
        return None
    found = rng.choice(numbers)
    at = rng.randrange(found.start(), found.end())
    digit = rng.choice([c for c in "123456789" if c != text[at]])
    return _retyped(element, text, text[:at] + digit + text[at + 1 :])


@operator("text_symbol_error", always(2), text=True)
def word_dropped(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A text lacks a word."""
    text = _words(element)
    parts = (text or "").split()
    if text is None or len(parts) < 2:
        return None
    gone = rng.randrange(len(parts))
    return _retyped(element, text, " ".join(parts[:gone] + parts[gone + 1 :]))


@operator("text_symbol_error", always(3), text=True)
def words_replaced(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A text says something else."""
    text = _words(element)
    others = [
        other.text
        for other in scene.document.drawables()
        if documents.tag(other) == "text" and other.text and other.text != text
    ]
    if text is None:
        return None
    return _retyped(element, text, rng.choice(others or ["Untitled", "Sample text", "Label"]))


def _retyped(element: etree._Element, before: str, after: str) -> Change:
    element.text = after
    return Change(f'The text "{before}" reads "{after}".', (element.get(MARK),))


@operator("text_symbol_error", always(3), text=True)
def text_removed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A text is missing."""
    text = _words(element)
    if text is None:
        return None
    remove(element)
    return Change(f'The text "{text}" is missing.', (element.get(MARK),))


@operator("text_symbol_error", always(1), text=True)
def text_size_changed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A text is larger or smaller."""
    text = _words(element)
    try:
        size = float((documents.style(element, "font-size") or "").removesuffix("px"))
    except ValueError:
        return None
    if text is None:
        return None
    factor = rng.choice((0.65, 0.75, 1.3, 1.5))
    documents.set_style(element, "font-size", f"{size * factor:.4g}px")
    word = "small" if factor < 1 else "large"
    return Change(f'The text "{text}" is too {word}.', (element.get(MARK),), amount=factor)


@operator("text_symbol_error", always(1), text=True)
def text_moved(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A text stands elsewhere."""
    text = _words(element)
    if text is None or not movable(element):
        return None
    share = rng.uniform(0.06, 0.15)
    angle = rng.uniform(0, 2 * math.pi)
    dx, dy = (scene.document.longer * share * f(angle) for f in (math.cos, math.sin))
    prefix_transform(element, f"translate({dx:.4g} {dy:.4g})")
    return Change(f'The text "{text}" stands in another place.', (element.get(MARK),), share)
