"""Markup of any source as one clean fragment and one clean style sheet; runs confined.

The markup is parsed as a browser does it (html5ever, through nh3), so unclosed tags, text between
rows and rows without cells end up where a browser puts them; what is not on the lists is gone
before anything else looks at it. Then the tree is walked once: styles are cleaned, old attributes
become styles, spans are bounded, formulas are typeset.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

import lxml.html
import nh3
from lxml import etree

from visual_erm.renderers import table_formulas
from visual_erm.renderers.elements import remove
from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_css import Styles
from visual_erm.renderers.table_formulas import MARK, Formulas

MAX_CELLS = 20_000
MAX_ELEMENTS = 120_000
MAX_DEPTH = 100
MAX_SPAN = 1000
"""Columns or rows that a cell may cover; what HTML itself allows for columns."""
_TABLE = ["table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "colgroup", "col"]
_TEXT = """
    b strong i em u s strike sub sup br p div span code small big ul ol li del ins mark
    abbr a font center tt kbd samp var cite q dfn h1 h2 h3 h4 h5 h6 pre blockquote dl dt
    dd hr wbr bdi bdo section article main header footer nav aside figure figcaption
    address ruby rt rp time label button
    """.split()
TAGS = {*_TABLE, *_TEXT, *table_formulas.ELEMENTS, "style", "img"}
_REMOVED = set(
    """
    script svg iframe title textarea object applet audio video canvas template noembed
    noframes select datalist annotation annotation-xml
    """.split()
)
"""Elements whose content is no text of the page."""
_HINTS = {"align", "valign", "bgcolor", "width", "height", "nowrap"}
ATTRIBUTES: dict[str, set[str]] = {"*": {"style", "class", "id", "dir", *_HINTS}}
ATTRIBUTES |= {
    "table": {"border", "cellspacing", "cellpadding", "rules", "frame"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"color", "size", "face"},
    "ol": {"start", "type"},
    "li": {"value"},
    "img": {"alt"},
} | {name: set(table_formulas.ATTRIBUTES) for name in table_formulas.ELEMENTS}
_NAME = re.compile(r"[A-Za-z_\u0080-\uffff][\w.:\u0080-\uffff-]{0,100}")
_SIZE = re.compile(r"(\d{1,4})(?:\.\d+)?(%|px)?")
_COLOUR = re.compile(r"#?[0-9A-Za-z]{1,30}")
_VERBATIM = frozenset({"code", "pre", "kbd", "samp", "tt"})
_FONT_SIZES = ("x-small", "small", "medium", "large", "x-large", "xx-large", "xxx-large")


@dataclass
class Sheet:
    """What a source comes to."""

    fragment: str
    """Clean markup."""
    rules: str
    """A clean style sheet."""
    lines: bool
    """Whether we draw the grid, since the author says nothing of lines."""
    shades: bool
    """Whether we shade headers, since the author says nothing of colours."""
    warnings: list[str] = field(default_factory=list)


def build(markup: str, formulas: Formulas, *, dollars: bool = True, lite: bool = False) -> Sheet:
    """Clean markup, with formulas typeset.

    Args:
        markup: HTML of anybody's.
        formulas: those that an earlier step has marked.
        dollars: whether formulas are yet to be found in the text.
        lite: whether litehtml draws it, which has no MathML and draws letters raised only in boxes.

    Raises:
        Rejected: there is no cell in it, or too much of everything.
    """
    # a style sheet may stand within the table; nh3 puts it where a browser does
    clean = nh3.clean(
        markup, tags=TAGS, attributes=ATTRIBUTES, clean_content_tags=_REMOVED, link_rel=None
    )
    root = lxml.html.fragment_fromstring(clean, create_parent="div")
    return _Builder(formulas, dollars=dollars, lite=lite).run(root)


class _Builder:
    """One pass over one tree."""

    def __init__(self, formulas: Formulas, *, dollars: bool, lite: bool) -> None:
        self._formulas = formulas
        self._dollars = dollars
        self._lite = lite
        self._styles = Styles(lite=lite)
        self._hints: dict[str, str] = {}
        self._unread: list[str] = []
        self._warnings: list[str] = []

    def run(self, root: etree._Element) -> Sheet:
        for style in list(root.iter("style")):
            self._styles.add(style.text or "")
            remove(style)
        self._check(root)
        for element in list(root.iter()):
            if not isinstance(element.tag, str):
                remove(element)
            elif element is not root:
                self._element(element)
        self._texts(root)
        body = etree.tostring(root, method="html", encoding="unicode")
        # hints hold below everything the author says in styles, hence come first
        hints = [f".{name}{{{text}}}" for text, name in self._hints.items()]
        styles = self._styles
        if self._unread:
            first = self._unread[0][:60]
            self._warnings.append(f"{len(self._unread)} formulas drawn as written, first: {first}")
        if styles.dropped:
            names = ", ".join(sorted(styles.dropped)[:6])
            self._warnings.append(f"styles left out: {names}")
        return Sheet(
            fragment=body[len("<div>") : -len("</div>")],
            rules="".join((*hints, *styles.rules)),
            lines=not styles.borders,
            shades=not styles.colours,
            warnings=self._warnings,
        )

    def _check(self, root: etree._Element) -> None:
        cells = total = 0
        for total, element in enumerate(root.iter(), 1):  # noqa: B007 - counted
            cells += element.tag in ("td", "th")
        if not cells:
            raise Rejected("no_table", "there is no table with a cell in it")
        if cells > MAX_CELLS or total > MAX_ELEMENTS:
            raise Rejected(
                "too_large", f"{cells} cells in {total} elements; {MAX_CELLS} cells are drawn"
            )
        deep = root
        depth = [(deep, 0)]
        while depth:
            element, level = depth.pop()
            if level > MAX_DEPTH:
                raise Rejected("too_large", f"elements are nested more than {MAX_DEPTH} deep")
            depth.extend((child, level + 1) for child in element)

    def _element(self, element: etree._Element) -> None:
        tag = element.tag
        if tag in table_formulas.ELEMENTS:
            if tag == "math":
                self._math(element)
            return
        if tag == "img":
            self._picture(element)
            return
        hints = [*self._sizes(element), *self._hinted(element)]
        if tag == "table":
            hints += self._table(element)
        if tag == "font":
            hints += _font(element)
            self._styles.colours |= any(hint.startswith("color") for hint in hints)
        if tag in ("td", "th"):
            _bound_spans(element)
        self._attributes(element)
        if hints:
            name = self._hint(";".join(hints))
            element.set("class", f"{name} {element.get('class', '')}".strip())
        if self._lite and tag in ("sub", "sup"):
            element.tag = "span"
            kind = "verm-down" if tag == "sub" else "verm-up"
            element.set("class", f"{kind} {element.get('class', '')}".strip())

    def _attributes(self, element: etree._Element) -> None:
        """Keep names that style sheets may use, and cleaned styles."""
        for name in ("id", "class"):
            if (value := element.get(name)) is not None:
                words = [word for word in value.split()[:20] if _NAME.fullmatch(word)]
                words = [word for word in words if not word.startswith("verm-")]
                _set(element, name, " ".join(words))
        if (style := element.get("style")) is not None:
            _set(element, "style", self._styles.declarations(style))

    def _hint(self, text: str) -> str:
        return self._hints.setdefault(text, f"verm-h{len(self._hints)}")

    def _sizes(self, element: etree._Element) -> list[str]:
        found = []
        for name in ("width", "height"):
            value = element.attrib.pop(name, None)
            size = _SIZE.fullmatch(value.strip()) if value else None
            if size and element.tag in ("table", "td", "th", "col", "colgroup", "tr", "hr"):
                found.append(f"{name}:{size[1]}{size[2] or 'px'}")
        return found

    def _hinted(self, element: etree._Element) -> list[str]:
        """What the attributes of old say, as declarations."""
        found = []
        align = element.attrib.pop("align", "").strip().lower()
        if align in ("left", "right", "center", "justify"):
            if element.tag == "table":
                sides = {"center": "margin-left:auto;margin-right:auto", "right": "float:right"}
                found += [sides[align]] if align in sides else []
            elif element.tag == "caption" and align not in ("center", "justify"):
                found.append(f"text-align:{align}")
            else:
                found.append(f"text-align:{align}")
        elif align == "bottom" and element.tag == "caption":
            found.append("caption-side:bottom")
        valign = element.attrib.pop("valign", "").strip().lower()
        if valign in ("top", "middle", "bottom", "baseline"):
            found.append(f"vertical-align:{valign}")
        if "nowrap" in element.attrib:
            del element.attrib["nowrap"]
            found.append("white-space:nowrap")
        colour = element.attrib.pop("bgcolor", "").strip()
        if _COLOUR.fullmatch(colour):
            self._styles.colours = True
            found.append(f"background-color:{_hex(colour)}")
        return found

    def _table(self, table: etree._Element) -> list[str]:
        """A table's own attributes; `border="0"`, `rules` and `frame` are words about lines."""
        found = []
        border = table.attrib.pop("border", None)
        if border is not None and border.strip() == "0":
            self._styles.borders = True
        padding = _SIZE.fullmatch(table.attrib.pop("cellpadding", "").strip())
        spacing = _SIZE.fullmatch(table.attrib.pop("cellspacing", "").strip())
        if padding and int(padding[1]) <= 100:
            name = self._hint(f"padding:{padding[1]}px")
            for cell in table.iter("td", "th"):
                if next(cell.iterancestors("table")) is table:
                    cell.set("class", f"{cell.get('class', '')} {name}")
        if spacing and int(spacing[1]) <= 100:
            found.append(f"border-spacing:{spacing[1]}px")
        if table.get("rules") or table.get("frame"):
            self._styles.borders = True
            if self._lite:
                self._warn("litehtml does not draw the attributes rules and frame")
        return found

    def _picture(self, picture: etree._Element) -> None:
        self._warn("pictures are not drawn, only the words that stand for them")
        text = (picture.get("alt") or "").strip()
        picture.tag = "span"
        picture.attrib.clear()
        picture.text = text

    def _math(self, math: etree._Element) -> None:
        table_formulas.clean(math)
        if self._lite:
            _replace_by_markup(math, table_formulas.as_markup(math))

    def _texts(self, root: etree._Element) -> None:
        for element in list(root.iter()):
            parent = element.getparent()
            if element.tag in table_formulas.ELEMENTS and element.tag != "math":
                continue
            if element.tag != "math" and element.text:
                self._text(element, element.text, self._setter(element, None))
            if parent is not None and element.tail and parent.tag not in table_formulas.ELEMENTS:
                self._text(parent, element.tail, self._setter(parent, element))

    def _setter(
        self, parent: etree._Element, after: etree._Element | None
    ) -> Callable[[str, list[tuple[etree._Element, str]]], None]:
        """What puts text, then elements with their tails, in the place of one text."""

        def put(text: str, elements: list[tuple[etree._Element, str]]) -> None:
            if after is None:
                parent.text = text
                index = 0
            else:
                after.tail = text
                index = parent.index(after) + 1
            for offset, (element, tail) in enumerate(elements):
                element.tail = tail
                parent.insert(index + offset, element)

        return put

    def _text(
        self,
        parent: etree._Element,
        text: str,
        put: Callable[[str, list[tuple[etree._Element, str]]], None],
    ) -> None:
        verbatim = parent.tag in _VERBATIM or any(
            above.tag in _VERBATIM for above in parent.iterancestors()
        )
        if verbatim:
            if MARK.search(text):
                put(self._formulas.restore(text), [])
            return
        if self._dollars and ("$" in text or "\\" in text):
            text = self._formulas.mark_all(text).replace("\\$", "$")
        head, position = "", 0
        elements: list[tuple[etree._Element, str]] = []
        for match in MARK.finditer(text):
            before = text[position : match.start()]
            position = match.end()
            tex, source, display = self._formulas.get(match)
            made = table_formulas.mathml(tex, display=display)
            if made is None:
                self._unread.append(source)
                before += source
            if elements:
                elements[-1] = (elements[-1][0], elements[-1][1] + before)
            else:
                head += before
            if made is not None:
                elements.append((self._typeset(made), ""))
        rest = text[position:]
        if elements:
            elements[-1] = (elements[-1][0], elements[-1][1] + rest)
        else:
            head += rest
        put(head, elements)

    def _typeset(self, made: etree._Element) -> etree._Element:
        if not self._lite:
            return made
        return lxml.html.fragment_fromstring(table_formulas.as_markup(made))

    def _warn(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.append(text)


def _replace_by_markup(element: etree._Element, markup: str) -> None:
    made = lxml.html.fragment_fromstring(markup)
    made.tail = element.tail
    parent = element.getparent()
    assert parent is not None
    parent.replace(element, made)


def _set(element: etree._Element, name: str, value: str) -> None:
    if value:
        element.set(name, value)
    else:
        element.attrib.pop(name, None)


def _bound_spans(cell: etree._Element) -> None:
    for name in ("colspan", "rowspan"):
        value = cell.attrib.pop(name, None)
        digits = re.match(r"\s*\+?(\d+)", value or "")
        span = min(MAX_SPAN, int(digits[1][:6])) if digits else 1
        if span == 0 and name == "rowspan":  # to the end of its group of rows
            row = cell.getparent()
            span = 1 + sum(1 for _ in row.itersiblings("tr")) if row is not None else 1
        if span > 1:
            cell.set(name, str(span))


def _font(element: etree._Element) -> list[str]:
    """The attributes of `<font>`."""
    found = []
    colour = element.attrib.pop("color", "").strip()
    if _COLOUR.fullmatch(colour):
        found.append(f"color:{_hex(colour)}")
    size = element.attrib.pop("size", "").strip()
    if re.fullmatch(r"[+-]?[1-7]", size):
        number = int(size) + 3 if size[0] in "+-" else int(size)
        found.append(f"font-size:{_FONT_SIZES[max(1, min(7, number)) - 1]}")
    element.attrib.pop("face", None)
    return found


def _hex(colour: str) -> str:
    """Old attributes may leave out the number sign."""
    return f"#{colour}" if re.fullmatch(r"[0-9A-Fa-f]{6}", colour) else colour


def rows(table: list[list[str]], *, header: bool = True) -> str:
    """A plain table of texts, the first row as headers."""
    lines = []
    for index, row in enumerate(table):
        tag = "th" if header and index == 0 else "td"
        lines.append("".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row))
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
