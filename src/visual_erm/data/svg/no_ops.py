"""Other sources for the same drawing: rewritten, regrouped, spelled differently."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from lxml import etree

from visual_erm.data.svg import documents
from visual_erm.data.svg.documents import NAMESPACE, Document

_HEX = re.compile(r"^#([0-9a-fA-F]{6})$")
_MOVED_INTO_STYLE = ("fill", "stroke", "stroke-width", "opacity")


def paths_rewritten(document: Document, rng: random.Random) -> None:
    """Paths with absolute commands and other numbers of digits."""
    for element in document.drawables():
        parts = documents.commands(element.get("d", ""))
        if parts:
            element.set("d", documents.path_data(parts))


def colours_spelled_out(document: Document, rng: random.Random) -> None:
    """`rgb(...)` in place of hexadecimal colours."""
    for element in document.root.iter():
        for name in ("fill", "stroke", "stop-color"):
            found = _HEX.match(element.get(name, ""))
            if found:
                red, green, blue = (int(found[1][at : at + 2], 16) for at in (0, 2, 4))
                element.set(name, f"rgb({red}, {green}, {blue})")


def grouped(document: Document, rng: random.Random) -> None:
    """Every element in a group of its own."""
    for element in document.drawables():
        parent = element.getparent()
        if parent is None:
            continue
        group = etree.Element(f"{NAMESPACE}g")
        parent.replace(element, group)
        group.tail, element.tail = element.tail, None
        group.append(element)


def styled(document: Document, rng: random.Random) -> None:
    """Attributes moved into `style`."""
    for element in document.drawables():
        for name in _MOVED_INTO_STYLE:
            value = element.attrib.pop(name, None)
            if value is not None and name not in element.get("style", ""):
                documents.set_style(element, name, value)


def commented(document: Document, rng: random.Random) -> None:
    """Comments and a title that nobody sees."""
    title = etree.Element(f"{NAMESPACE}title")
    title.text = "Drawing"
    document.root.insert(0, title)
    for element in document.drawables()[:5]:
        element.addprevious(etree.Comment(" part "))


NO_OPS: Mapping[str, Callable[[Document, random.Random], None]] = {
    "paths_rewritten": paths_rewritten,
    "colours_spelled_out": colours_spelled_out,
    "grouped": grouped,
    "styled": styled,
    "commented": commented,
}
