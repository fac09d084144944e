"""Edits of what a drawing consists of: elements missing, doubled, exchanged, invented."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING

from lxml import etree

from visual_erm.align import iou
from visual_erm.data.records import Effect, always, at_steps
from visual_erm.data.svg import documents
from visual_erm.data.svg.documents import MARK, NAMESPACE, movable, prefix_transform, style
from visual_erm.data.svg.operators import (
    Change,
    Scene,
    by_share,
    operator,
)
from visual_erm.renderers.elements import remove
from visual_erm.types import Severity

if TYPE_CHECKING:
    from visual_erm.data.svg.documents import Document

MOST_ABOVE = 20
"""Elements drawn after one that are looked at: what lies on it comes soon after it."""
INHERITED = (
    *("fill", "fill-rule", "fill-opacity", "stroke", "stroke-width", "stroke-linecap"),
    *("stroke-linejoin", "stroke-opacity", "opacity", "font-size", "font-family", "text-anchor"),
)


def _placed_by_share(effect: Effect) -> Severity:
    return at_steps(effect.share, 0.1, 0.6)


def _on_top(document: Document, element: etree._Element, number: str) -> etree._Element:
    """A copy of an element above everything, with the properties that it inherited."""
    twin = copy.deepcopy(element)
    twin.tail = None
    twin.attrib.pop("id", None)
    twin.set(MARK, number)
    for name in INHERITED:
        value = style(element, name)
        if value is not None:
            twin.set(name, value)
    document.root.append(twin)
    return twin


def _free_step(scene: Scene, number: str, rng: random.Random) -> tuple[float, float] | None:
    """A move by a fifth to two fifths of the view that keeps the element inside."""
    seen = scene.footprint(number)
    if seen is None:
        return None
    height, width = scene.picture.shape[:2]
    longer = max(width, height)
    choices = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
    rng.shuffle(choices)
    share = rng.uniform(0.2, 0.4)
    for x, y in choices:
        dx, dy = x * share * longer, y * share * longer
        x0, y0, x1, y1 = seen.box
        if x0 + dx >= 0 and y0 + dy >= 0 and x1 + dx <= width and y1 + dy <= height:
            unit = scene.document.longer / longer
            return dx * unit, dy * unit
    return None


@operator("structure_error", by_share)
def removed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """One element of several is missing."""
    if len(scene.document.drawables()) < 2:
        return None
    remove(element)
    return Change("The {thing} is missing.", (element.get(MARK),))


@operator("structure_error", by_share)
def several_removed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A third to a half of the elements are missing."""
    elements = scene.document.drawables()
    if len(elements) < 4:
        return None
    gone = rng.sample(elements, max(2, round(len(elements) * rng.uniform(0.3, 0.5))))
    for one in gone:
        remove(one)
    numbers = tuple(one.get(MARK) for one in gone)
    seen = sum(scene.footprint(number) is not None for number in numbers)
    if seen < 2:
        return None
    return Change(f"{seen} elements are missing, among them the {{thing}}.", numbers)


@operator("structure_error", by_share)
def group_removed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A whole group is missing."""
    group = element.getparent()
    if group is None or documents.tag(group) != "g" or group.getparent() is None:
        return None
    members = [e for e in scene.document.drawables() if group in e.iterancestors()]
    if not 2 <= len(members) < 0.8 * len(scene.document.drawables()):
        return None
    numbers = tuple(member.get(MARK) for member in members)
    remove(group)
    return Change(f"A group of {len(numbers)} elements is missing, with the {{thing}}.", numbers)


@operator("structure_error", by_share)
def duplicated(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A second copy of an element stands elsewhere."""
    step = _free_step(scene, element.get(MARK), rng)
    if step is None or not movable(element):
        return None
    twin = _on_top(scene.document, element, f"{element.get(MARK)}+")
    prefix_transform(twin, f"translate({step[0]:.4g} {step[1]:.4g})")
    return Change("There is a second copy of the {thing}.", (twin.get(MARK),))


@operator("structure_error", by_share)
def repeated(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element is drawn three times in a row."""
    step = _free_step(scene, element.get(MARK), rng)
    if step is None or not movable(element):
        return None
    numbers = []
    for share in (0.5, 1.0):
        twin = _on_top(scene.document, element, f"{element.get(MARK)}+{share:g}")
        prefix_transform(twin, f"translate({share * step[0]:.4g} {share * step[1]:.4g})")
        numbers.append(twin.get(MARK))
    return Change("The {thing} is drawn three times.", tuple(numbers))


@operator("structure_error", by_share)
def invented(scene: Scene, element: etree._Element, rng: random.Random) -> Change:
    """A shape stands there that the reference does not have."""
    left, top, width, height = scene.document.view
    size = min(width, height) * rng.uniform(0.12, 0.3)
    x = left + rng.uniform(0, width - size)
    y = top + rng.uniform(0, height - size)
    kind = rng.choice(("circle", "square", "bar"))
    colour = rng.choice(("#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e"))
    if kind == "circle":
        shape = etree.SubElement(scene.document.root, f"{NAMESPACE}circle")
        for name, value in (("cx", x + size / 2), ("cy", y + size / 2), ("r", size / 2)):
            shape.set(name, f"{value:.4g}")
    else:
        shape = etree.SubElement(scene.document.root, f"{NAMESPACE}rect")
        tall = size * (0.3 if kind == "bar" else 1)
        for name, value in (("x", x), ("y", y), ("width", size), ("height", tall)):
            shape.set(name, f"{value:.4g}")
    shape.set("fill", colour)
    shape.set("stroke", "none")
    shape.set(MARK, "invented")
    return Change(f"A {kind} is drawn that the reference does not have.", ("invented",))


@operator("structure_error", by_share)
def exchanged(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """Two elements have changed places."""
    own = scene.centre(element.get(MARK))
    others = [
        other
        for other in scene.document.drawables()
        if other is not element and movable(other) and scene.footprint(other.get(MARK)) is not None
    ]
    if own is None or not movable(element) or not others:
        return None
    other = rng.choice(others)
    place = scene.centre(other.get(MARK))
    assert place is not None
    dx, dy = place[0] - own[0], place[1] - own[1]
    reach = max(abs(dx), abs(dy)) / scene.document.longer
    if reach < 0.1:
        return None
    prefix_transform(element, f"translate({dx:.4g} {dy:.4g})")
    prefix_transform(other, f"translate({-dx:.4g} {-dy:.4g})")
    numbers = (element.get(MARK), other.get(MARK))
    name = scene.footprint(other.get(MARK))
    assert name is not None
    return Change(f"The {{thing}} and the {name.name} have changed places.", numbers, reach)


def _below_another(scene: Scene, element: etree._Element) -> bool:
    """Whether the boxes of an element and of one in another colour that is drawn later meet."""
    own = scene.footprint(element.get(MARK))
    elements = scene.document.drawables()
    for other in elements[elements.index(element) + 1 :][:MOST_ABOVE] if own else ():
        seen = scene.footprint(other.get(MARK)) if other.get(MARK) else None
        if seen and own and iou(own.box, seen.box) > 0 and seen.colour != own.colour:
            return True
    return False


@operator("structure_error", by_share)
def brought_to_front(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element covers others that lay on it."""
    if not movable(element) or element.getparent() is None or not _below_another(scene, element):
        return None
    number = element.get(MARK)
    _on_top(scene.document, element, number)
    remove(element)
    return Change("The {thing} lies in front of what should cover it.", (number,))


@operator("structure_error", by_share)
def sent_to_back(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element is covered by others that it lay on."""
    if not movable(element) or element.getparent() is None:
        return None
    first = scene.document.drawables()[0]
    if first is element:
        return None
    number = element.get(MARK)
    twin = _on_top(scene.document, element, number)
    remove(element)
    remove(twin)
    place = next(
        index for index, child in enumerate(scene.document.root) if first in (child, *child.iter())
    )
    scene.document.root.insert(place, twin)
    return Change("The {thing} lies behind what it should cover.", (number,))


@operator("structure_error", always(3), whole=True)
def mirrored(scene: Scene, element: etree._Element, rng: random.Random) -> Change:
    """The whole drawing is mirrored."""
    left, top, width, height = scene.document.view
    if rng.random() < 0.5:
        _wrap(scene.document, f"translate({2 * left + width:.4g} 0) scale(-1 1)")
        return Change("The whole drawing is mirrored, left for right.")
    _wrap(scene.document, f"translate(0 {2 * top + height:.4g}) scale(1 -1)")
    return Change("The whole drawing stands on its head.")


@operator("structure_error", _placed_by_share, whole=True)
def cropped(scene: Scene, element: etree._Element, rng: random.Random) -> Change:
    """Part of the drawing lies outside the picture."""
    left, top, width, height = scene.document.view
    share = rng.uniform(0.12, 0.35)
    dx, dy = rng.choice(((share, 0), (-share, 0), (0, share), (0, -share)))
    scene.document.root.set(
        "viewBox", f"{left + dx * width:.4g} {top + dy * height:.4g} {width:.4g} {height:.4g}"
    )
    side = {dx > 0: "left", dx < 0: "right", dy > 0: "upper", dy < 0: "lower"}[True]
    return Change(
        f"The drawing is shifted so that its {side} part is cut off.", (), max(abs(dx), abs(dy))
    )


@operator("structure_error", _placed_by_share, whole=True)
def shrunk(scene: Scene, element: etree._Element, rng: random.Random) -> Change:
    """The whole drawing is smaller, in the middle of an empty border."""
    left, top, width, height = scene.document.view
    factor = rng.uniform(1.3, 2.0)
    x, y = left + width / 2, top + height / 2
    w, h = width * factor, height * factor
    scene.document.root.set("viewBox", f"{x - w / 2:.4g} {y - h / 2:.4g} {w:.4g} {h:.4g}")
    return Change(f"The whole drawing is smaller, {100 / factor:.0f}% of its size.", amount=factor)


def _wrap(document: Document, transform: str) -> None:
    """Put everything that draws into one group with a transform."""
    group = etree.Element(f"{NAMESPACE}g")
    group.set("transform", transform)
    for child in list(document.root):
        if documents.tag(child) not in documents.UNSEEN | {"style", "title", "desc"}:
            group.append(child)
    document.root.append(group)
