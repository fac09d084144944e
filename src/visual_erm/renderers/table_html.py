"""From any HTML to the one document that is drawn.

The source goes through ammonia (a browser's own parsing algorithm, so tag soup means what a browser
shows) with a short list of elements and attributes; then limits are checked, spans clamped, styles
filtered (`table_css`), formulas made into MathML. Only tables are drawn, in order; what stands
around them is not part of the picture. Pictures and links are replaced by their text.
"""

from __future__ import annotations

import html
import re
from typing import Any

import nh3
from lxml import etree
from lxml import html as lxml_html

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_css import WHITE, Color, Style, clean_sheet

MOST_CELLS = 10_000
MOST_DEPTH = 60
MOST_COLSPAN = 200
_TABLE = set("table caption colgroup col thead tbody tfoot tr th td".split())
_INLINE = set(
    "b strong i em u s del ins strike sub sup small big code kbd samp var mark span div p br hr "
    "ul ol li dl dt dd abbr cite q font center tt pre blockquote h1 h2 h3 h4 h5 h6 wbr a".split()
)
_MATH = set(
    "math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover "
    "mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts semantics".split()
)
_EVERYWHERE = {"style", "class", "id", "align", "valign", "bgcolor", "width", "lang", "dir"}
_DROPPED = set(
    "script noscript template iframe object embed applet svg canvas video audio form input select "
    "textarea button frameset frame title head annotation annotation-xml".split()
)
FORMULA = re.compile("\ue000([0-9]+)\ue001")
"""Stands for a formula of the list that goes with a text; such characters are taken from sources."""
_PRIVATE = re.compile("[\ue000-\ue0ff\x00]")
_STYLE = """
html,body{margin:0;background:#fff}
#sheet{display:inline-block;width:max-content;max-width:1200px;padding:12px;background:#fff;
color:#000;font:14px/1.4 "DejaVu Sans","Noto Sans CJK SC",sans-serif;overflow-wrap:break-word}
#sheet>table+table{margin-top:16px}
table{border-collapse:collapse;font:inherit;color:inherit}
td,th{border:1px solid #808080;padding:4px 8px}
th{font-weight:bold}
caption{padding:4px 8px}
sub,sup{font-size:10px;line-height:0}
code,tt,pre,kbd,samp{font-family:"DejaVu Sans Mono","Noto Sans CJK SC",monospace;font-size:13px}
a{color:inherit}
p{margin:0}
math{font-family:"DejaVu Serif",math}
"""


def strip_private(text: str) -> str:
    """Without the characters that mark formulas."""
    return _PRIVATE.sub("", text)


def build(source: str, formulas: list[str], *, mathml: bool = True) -> tuple[str, dict[str, Any]]:
    """The document of an HTML source.

    Args:
        source: HTML of the policy's or made from it, with formulas as `FORMULA` marks.
        formulas: LaTeX of the marks; formulas found in the text are added.
        mathml: draw formulas as MathML; False writes them as text, for engines without it.

    Returns:
        HTML, and what is known of it: warnings, numbers of tables and cells.

    Raises:
        Rejected: no table, or too large a one.
    """
    warnings: set[str] = set()
    root = lxml_html.fragment_fromstring(_sanitise(source), create_parent="div")
    sheets = [element.text or "" for element in root.iter("style")]
    rules = []
    for sheet in sheets:
        rule, found = clean_sheet(sheet)
        rules.append(rule)
        warnings |= found
    tables = [
        table for table in root.iter("table") if next(table.iterancestors("table"), None) is None
    ]
    if not tables:
        raise Rejected("no_table", "there is no table in it")
    cells = _check(tables)
    for table in tables:
        _style(table, WHITE, warnings)
        _clamp(table, warnings)
        _mark_formulas(table, formulas)
        table.tail = None
    body = "".join(etree.tostring(table, encoding="unicode", method="html") for table in tables)
    body = FORMULA.sub(lambda mark: _formula(formulas, int(mark[1]), mathml), body)
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}{''.join(rules)}</style></head>"
        f'<body><div id="sheet">{body}</div></body></html>'
    )
    meta = {"warnings": sorted(warnings), "tables": len(tables), "cells": cells}
    return document, meta


def _sanitise(source: str) -> str:
    return nh3.clean(
        source,
        tags=_TABLE | _INLINE | _MATH | {"style", "img"},
        clean_content_tags=_DROPPED,
        attributes={
            "*": _EVERYWHERE,
            "td": {"rowspan", "colspan"},
            "th": {"rowspan", "colspan", "scope"},
            "col": {"span"},
            "colgroup": {"span"},
            "ol": {"start", "type"},
            "font": {"color"},
            "img": {"alt"},
            "math": {"display"},
            "mo": {"stretchy"},
            "mi": {"mathvariant"},
        },
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )


def _check(tables: list[Any]) -> int:
    cells = 0
    for table in tables:
        depths = {table: 0}
        for element in table.iter():
            parent = element.getparent()
            depth = depths.get(parent, -1) + 1
            depths[element] = depth
            cells += element.tag in ("td", "th")
            if depth > MOST_DEPTH:
                raise Rejected("too_large", f"elements are nested more than {MOST_DEPTH} deep")
    if cells > MOST_CELLS:
        raise Rejected("too_large", f"{cells} cells; at most {MOST_CELLS} are drawn")
    return cells


def _style(element: Any, behind: Color, warnings: set[str]) -> None:
    """Filter styles from the outside in, knowing what lies behind each element."""
    stack = [(element, behind)]
    while stack:
        current, ground = stack.pop()
        old = [current.attrib.get("style", "")]
        if colour := current.attrib.pop("bgcolor", ""):
            old.insert(0, f"background-color:{colour}")
        if current.tag == "font" and (colour := current.attrib.pop("color", "")):
            old.insert(0, f"color:{colour}")
        if width := current.attrib.pop("width", ""):
            old.insert(0, f"width:{width if not width.isdigit() else width + 'px'}")
        if any(old):
            style = Style(";".join(old))
            style.unhide(ground)
            warnings |= style.warnings
            ground = style.background or ground
            current.attrib.pop("style", None)
            if style.kept:
                current.attrib["style"] = style.text
        if current.attrib.get("id") == "sheet":
            del current.attrib["id"]
        if current.tag == "mphantom":
            current.tag = "mrow"
        if current.tag == "img":
            current.tag = "span"
            current.text = current.attrib.pop("alt", "")
            warnings.add("pictures are not drawn; their text is")
        stack += [(child, ground) for child in current]


def _clamp(table: Any, warnings: set[str]) -> None:
    """Bound spans: a row span to the rows there are, a column span to what a page can hold."""
    rows = sum(1 for _ in table.iter("tr"))
    for cell in table.iter("td", "th", "col", "colgroup"):
        for name, most in (("rowspan", rows), ("colspan", MOST_COLSPAN), ("span", MOST_COLSPAN)):
            if name not in cell.attrib:
                continue
            digits = re.match(r"\s*\+?(\d{1,12})", cell.attrib[name])
            value = int(digits[1]) if digits else 1
            if value > most:
                warnings.add(f"a {name} of {value} is cut to {most}")
            # zero means "to the end of the section" for rows, and one for columns
            if value == 0 and name == "rowspan":
                value = most
            cell.attrib[name] = str(max(1, min(value, most)))


def _mark_formulas(table: Any, formulas: list[str]) -> None:
    for element in table.iter():
        inside = element.tag in ("code", "pre", "tt", "kbd", "samp")
        if element.text and "$" in element.text and not inside:
            element.text = mark_formulas(element.text, formulas)
        if element.tail and "$" in element.tail and element is not table:
            element.tail = mark_formulas(element.tail, formulas)


_DOLLARS = re.compile(
    r"(?<![\\$\w])(\$\$?)(?=[^\s$])((?:\\.|[^$\\]){1,2000}?)(?<=[^\s\\])\1(?![\d$])", re.DOTALL
)
"""As in Pandoc: no space inside the dollars, no digit after them; `$5 and $6` stays money."""


def mark_formulas(text: str, formulas: list[str]) -> str:
    """Replace `$...$` and `$$...$$` by marks, and append their LaTeX to the list."""

    def mark(found: re.Match[str]) -> str:
        formulas.append(found[2])
        return f"\ue000{len(formulas) - 1}\ue001"

    return _DOLLARS.sub(mark, text).replace("\\$", "$")


def _formula(formulas: list[str], number: int, mathml: bool) -> str:
    if number >= len(formulas):
        return ""
    tex = formulas[number]
    if mathml:
        from latex2mathml.converter import convert
        from latex2mathml.exceptions import (
            DenominatorNotFoundError,
            DoubleSubscriptsError,
            DoubleSuperscriptsError,
            ExtraLeftOrMissingRightError,
            InvalidAlignmentError,
            InvalidStyleForGenfracError,
            InvalidWidthError,
            LimitsMustFollowMathOperatorError,
            MissingEndError,
            MissingSuperScriptOrSubscriptError,
            NoAvailableTokensError,
            NumeratorNotFoundError,
        )

        try:
            made: str = convert(tex)
        except (
            DenominatorNotFoundError,
            DoubleSubscriptsError,
            DoubleSuperscriptsError,
            ExtraLeftOrMissingRightError,
            InvalidAlignmentError,
            InvalidStyleForGenfracError,
            InvalidWidthError,
            LimitsMustFollowMathOperatorError,
            MissingEndError,
            MissingSuperScriptOrSubscriptError,
            NoAvailableTokensError,
            NumeratorNotFoundError,
            ValueError,
            IndexError,
            KeyError,
            AttributeError,
            TypeError,
            RecursionError,
        ):
            return html.escape(f"${tex}$")
        return nh3.clean(made, tags=_MATH, attributes={"mi": {"mathvariant"}, "mo": {"stretchy"}})
    from visual_erm.renderers.table_latex import formula_as_text

    return formula_as_text(tex)
