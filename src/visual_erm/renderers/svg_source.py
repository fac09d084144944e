"""An SVG document as a model wrote it, made safe to draw: read strictly, or mended in named ways.

Runs in the confined worker. Nothing that the document does not contain itself is ever drawn: every
reference but `#id` is dropped, and so are pictures embedded as data, because a reference picture
that is pasted in would earn a reward without drawing anything. Scripts, animation and foreign
content do nothing, which is said in the warnings.
"""

from __future__ import annotations

import html.entities
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from visual_erm import fonts
from visual_erm.renderers.elements import remove
from visual_erm.renderers.job import Rejected

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
MOST_ELEMENTS = 50_000
MOST_DEPTH = 200
MOST_EXPANDED = 300_000
"""Elements after every `use` has been replaced by what it points to."""
LARGEST_RATIO = 60.0
"""Longest side over shortest; beyond it a picture has no room for anything."""
DEFAULT_SIZE = (300.0, 150.0)
"""Of a document that states none, as CSS has it."""

_PIXELS_PER_UNIT = {
    "": 1.0,
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
}
_INERT = {
    "script": "scripts",
    "foreignObject": "foreign content",
    "animate": "animation",
    "animateTransform": "animation",
    "animateMotion": "animation",
    "animateColor": "animation",
    "set": "animation",
}
_RASTERS = ("image", "feImage")
_HREFS = ("href", f"{{{XLINK}}}href")
_BARE_HREF = "xlink:href"
_UNDECLARED_PREFIX, _UNDECLARED_ENTITY = 201, 26

Repair = Literal["strict", "lenient"]


@dataclass(frozen=True)
class Document:
    """A document that is safe to hand to the drawing library."""

    text: str
    width: int
    """Pixels of the canvas."""
    height: int
    warnings: tuple[str, ...]
    has_text: bool


def read(source: bytes, *, repair: Repair, max_side: int, rasters: bool) -> Document:
    """Parse, mend, clean and measure.

    Args:
        source: UTF-8.
        repair: "strict" refuses what is not well-formed; "lenient" mends four things, each named
            in the warnings: missing SVG and other namespaces, HTML entities, a cut end.
        max_side: pixels of the canvas's longest side.
        rasters: keep pictures embedded as data.

    Raises:
        Rejected: with codes malformed, not_svg, too_complex, bad_size.
    """
    root, warnings = _parse(source, repair)
    root = _as_svg(root, repair, warnings)
    _check_depth(root)
    _clean(root, warnings, rasters=rasters)
    _check_expansion(root)
    width, height = _set_canvas(root, max_side)
    has_text = next(root.iter(f"{{{SVG}}}text"), None) is not None
    text = etree.tostring(root, encoding="unicode")
    return Document(text, width, height, tuple(dict.fromkeys(warnings)), has_text)


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _parse(source: bytes, repair: Repair) -> tuple[etree._Element, list[str]]:
    source = source.strip()
    if not source:
        raise Rejected("malformed", "the document is empty")
    try:
        return etree.fromstring(source, _parser(recover=False)), []
    except etree.XMLSyntaxError as error:
        if repair == "strict" or _is_bomb(error):
            raise _malformed(error) from None
    return _mend(source)


def _mend(source: bytes) -> tuple[etree._Element, list[str]]:
    """Parse once more, accepting only what has a name among the repairs."""
    warnings = []
    root, errors, cut = _recover(source)
    if any(error.type == _UNDECLARED_ENTITY for error in errors) and b"<!DOCTYPE" not in source:
        warnings.append("repaired: html entities")
        root, errors, cut = _recover(_with_html_entities(source))
    for error in errors:
        if error.type != _UNDECLARED_PREFIX:
            raise Rejected("malformed", _sentence(error.line, error.message))
        prefix = error.message.split()[2]
        warnings.append(
            "repaired: xlink namespace" if prefix == "xlink" else f"repaired: namespace {prefix}"
        )
    if cut:
        warnings.append("repaired: truncated")
    if root is None:
        raise Rejected("malformed", "nothing of the document can be read")
    return root, warnings


def _recover(source: bytes) -> tuple[etree._Element | None, list[Any], bool]:
    """The tree as far as it goes, the errors in it, and whether it ends too early.

    What the parser finds wrong while it is fed is an error; what it misses when told that this
    was all is a cut end.
    """
    parser = _parser(recover=True)
    parser.feed(source)
    errors = list(parser.feed_error_log)
    try:
        root = parser.close()
    except etree.XMLSyntaxError:
        root = None
    return root, errors, len(parser.feed_error_log) > len(errors)


def _with_html_entities(source: bytes) -> bytes:
    """The document with HTML's named characters declared, so that the parser resolves them."""
    declared = "".join(
        f'<!ENTITY {name} "&#{number};">'
        for name, number in html.entities.name2codepoint.items()
        if name not in ("lt", "gt", "amp", "quot", "apos")
    )
    head = b""
    if source.startswith(b"<?xml") and b"?>" in source:
        head, _, source = source.partition(b"?>")
        head += b"?>"
    return head + f"<!DOCTYPE svg [{declared}]>".encode() + source


def _is_bomb(error: etree.XMLSyntaxError) -> bool:
    message = str(error.msg).lower()
    return "entity loop" in message or "amplification" in message or "depth" in message


def _malformed(error: etree.XMLSyntaxError) -> Rejected:
    code = "too_complex" if _is_bomb(error) else "malformed"
    return Rejected(code, _sentence(error.lineno or 0, str(error.msg)))


def _sentence(line: int, message: str) -> str:
    return f"not well-formed XML, line {line}: {message.strip()}"


def _as_svg(root: etree._Element, repair: Repair, warnings: list[str]) -> etree._Element:
    name = etree.QName(root)
    if name.localname != "svg" or name.namespace not in (None, SVG):
        raise Rejected("not_svg", f'the root element is "{name.localname}", not "svg"')
    if name.namespace is None:
        if repair == "strict":
            raise Rejected("malformed", f'the root element lacks xmlns="{SVG}"')
        warnings.append("repaired: svg namespace missing")
        for element in root.iter(etree.Element):
            if element.tag[0] != "{" and ":" not in element.tag:
                element.tag = f"{{{SVG}}}{element.tag}"
    return root


def _check_depth(root: etree._Element) -> None:
    count = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MOST_DEPTH:
            raise Rejected("too_complex", f"elements are nested deeper than {MOST_DEPTH}")
        if count > MOST_ELEMENTS:
            raise Rejected("too_complex", f"more than {MOST_ELEMENTS} elements")


def _clean(root: etree._Element, warnings: list[str], *, rasters: bool) -> None:
    """Drop whatever points out of the document, embeds a picture, or cannot be drawn."""
    doomed = []
    for element in root.iter():
        if not isinstance(element.tag, str):
            doomed.append(element)  # an entity that was left unresolved
            continue
        name = element.tag.rpartition("}")[2]
        if ":" in name:
            doomed.append(element)  # of a namespace that nobody declared
        elif name in _INERT:
            warnings.append(f"ignored: {_INERT[name]}")
            doomed.append(element)
        elif not _clean_links(element, name, warnings, rasters=rasters):
            doomed.append(element)
        else:
            _clean_attributes(element, warnings)
    for element in doomed:
        remove(element)


def _clean_links(element: etree._Element, name: str, warnings: list[str], *, rasters: bool) -> bool:
    """Keep fragments only; False if the element is to go altogether."""
    if _BARE_HREF in element.attrib:  # the xlink prefix was not declared
        element.set(_HREFS[1], element.attrib.pop(_BARE_HREF))
    for key in _HREFS:
        target = (element.get(key) or "").strip()
        if key not in element.attrib or target.startswith("#"):
            continue
        if name in _RASTERS:
            if rasters and target.startswith("data:image/") and len(target) < 4_000_000:
                continue
            kind = "embedded picture" if target.startswith("data:") else "external picture"
            warnings.append(f"dropped: {kind}")
            return False
        if name != "a":
            warnings.append(f"dropped: reference from {name} out of the document")
        del element.attrib[key]
    return True


def _clean_attributes(element: etree._Element, warnings: list[str]) -> None:
    for key, value in list(element.attrib.items()):
        if ":" in key and key[0] != "{":
            del element.attrib[key]  # of a namespace that nobody declared
        elif key.startswith("on"):
            warnings.append("ignored: scripts")
            del element.attrib[key]
        elif key == "{http://www.w3.org/XML/1998/namespace}base":
            del element.attrib[key]
        elif key == "font-family":
            element.set(key, families(value))
        elif key == "style" and "font-family" in value:
            element.set(key, _style(value))


def _style(value: str) -> str:
    declarations = []
    for declaration in value.split(";"):
        name, colon, content = declaration.partition(":")
        if name.strip() == "font-family":
            content = families(content.replace("!important", ""))
        declarations.append(name + colon + content)
    return ";".join(declarations)


def families(value: str) -> str:
    """A font-family list in which every name is one of the shipped set.

    >>> families("Arial, sans-serif")
    "'DejaVu Sans'"
    """
    names = [name.strip().strip("'\"") for name in value.split(",")]
    shipped = [name if name in fonts.FAMILIES else fonts.substitute(name) for name in names]
    return ", ".join(dict.fromkeys(f"'{name}'" for name in shipped))


def _check_expansion(root: etree._Element) -> None:
    """Refuse documents that grow beyond measure when every `use` is replaced by its target."""
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    sizes: dict[etree._Element, int] = {}
    open_: set[etree._Element] = set()
    stack = [(root, False)]
    while stack:
        element, ready = stack.pop()
        needed = [*element, *_targets(element, by_id)]
        if ready:
            # what is still open points back at itself; the drawing library ignores such a use
            sizes[element] = 1 + sum(sizes.get(one, 0) for one in needed)
            open_.discard(element)
            if sizes[element] > MOST_EXPANDED:
                raise Rejected("too_complex", f"its uses expand to over {MOST_EXPANDED} elements")
        elif element not in sizes and element not in open_:
            open_.add(element)
            stack.append((element, True))
            stack += [(one, False) for one in needed if one not in sizes and one not in open_]


def _targets(
    element: etree._Element, by_id: dict[str | None, etree._Element]
) -> Iterator[etree._Element]:
    if element.tag == f"{{{SVG}}}use":
        for key in _HREFS:
            target = by_id.get((element.get(key) or "").strip().removeprefix("#"))
            if target is not None:
                yield target


def _set_canvas(root: etree._Element, max_side: int) -> tuple[int, int]:
    """State the canvas in pixels; the content keeps its place by the view box."""
    view = _view_box(root.get("viewBox"))
    width, height = _length(root.get("width"), "width"), _length(root.get("height"), "height")
    ratio = view[2] / view[3] if view else DEFAULT_SIZE[0] / DEFAULT_SIZE[1]
    if width is None and height is None:
        width, height = (view[2], view[3]) if view else DEFAULT_SIZE
    elif width is None:
        width = (height or 0.0) * ratio
    elif height is None:
        height = width / ratio
    assert height is not None
    if not view:
        root.set("viewBox", f"0 0 {width:.6g} {height:.6g}")
    if max(width, height) / min(width, height) > LARGEST_RATIO:
        raise Rejected("bad_size", f"{width:.4g} x {height:.4g} is too narrow to hold a picture")
    scale = max_side / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    root.set("width", str(size[0]))
    root.set("height", str(size[1]))
    for key in ("x", "y"):
        root.attrib.pop(key, None)
    return size


def _view_box(value: str | None) -> tuple[float, float, float, float] | None:
    if value is None or not value.strip():
        return None
    parts = value.replace(",", " ").split()
    try:
        x, y, width, height = (float(part) for part in parts)
    except ValueError:
        raise Rejected("bad_size", f'viewBox must be four numbers; got "{value[:60]}"') from None
    if not (0 < width < 1e9 and 0 < height < 1e9 and abs(x) < 1e9 and abs(y) < 1e9):
        raise Rejected("bad_size", f'viewBox must have positive, finite sides; got "{value[:60]}"')
    return x, y, width, height


def _length(value: str | None, name: str) -> float | None:
    """A length in pixels; None where the document leaves it to the view box."""
    text = (value or "").strip().lower()
    if not text or text in ("auto", "100%") or text.endswith(("%", "vw", "vh")):
        return None
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    if number and number[-1].isdigit() and text[len(number) - 1 :][1:2] == "":
        number = text
    try:
        pixels = float(number) * _PIXELS_PER_UNIT[text[len(number) :]]
    except (ValueError, KeyError):
        raise Rejected("bad_size", f'{name} must be a length; got "{text[:40]}"') from None
    if not 0 < pixels < 1e9:
        raise Rejected("bad_size", f'{name} must be positive and finite; got "{text[:40]}"')
    return pixels
