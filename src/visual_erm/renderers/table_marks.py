"""Every cell of a table in one colour of its own, so that a picture tells where it is."""

from __future__ import annotations

import lxml.html
from lxml import etree

FIRST_MARK = 0x402000
"""Colour of the caption; that of the note, and those of the cells in reading order, follow."""


def marked(fragment: str) -> str:
    """Clean markup with the cells of its first table coloured, text and all; layout stays."""
    root = lxml.html.fragment_fromstring(fragment, create_parent="div")
    table = next(root.iter("table"), None)
    if table is None:
        return fragment
    around = [next(table.iterchildren("caption"), None), note_of(table)]
    cells = [c for row in table.iter("tr") for c in row.iterchildren("td", "th")]
    for number, element in enumerate((*around, *cells)):
        if element is None:
            continue
        colour = f"#{FIRST_MARK + number:06x}"
        own = element.get("style", "").rstrip(";")
        ours = f"background:{colour}!important;color:{colour}!important"
        element.set("style", f"{own};{ours}" if own else ours)
    return str(etree.tostring(root, method="html", encoding="unicode"))


def note_of(table: etree._Element) -> etree._Element | None:
    """The paragraph that follows a table, if there is one."""
    following = table.getnext()
    return following if following is not None and following.tag == "p" else None
