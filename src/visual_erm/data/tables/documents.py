"""Sheets as sources and back: HTML, Markdown and LaTeX; and the source in which cells are coloured.

sheet = read(source)
write(sheet)            # the same source, if it was written here
marked(sheet)           # HTML of the same layout; every cell is one flat colour
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape, unescape
from typing import TYPE_CHECKING

import lxml.html
import numpy as np
from lxml import etree
from scipy import ndimage

from visual_erm.data.tables.sheets import CAPTION, FOOT, Cell, Form, Sheet
from visual_erm.renderers import table_marks, table_source
from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_marks import FIRST_MARK, note_of
from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.types import Image

INLINE = ("b", "strong", "i", "em", "sub", "sup", "code", "u", "s", "br", "small")
"""Markup that cells keep."""
_LATEX = {
    "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}",
}  # fmt: skip
_ROW_END = re.compile(r"\\\\")
_BOLD = re.compile(r"<(b|strong)>(.*?)</\1>")
_ITALIC = re.compile(r"<(i|em)>(.*?)</\1>")


class UnwritableError(ValueError):
    """The form has no way to write this sheet."""


def read(source: str, name: str = "", *, drawn: bool = False) -> Sheet:
    """The first table of a source, with its caption and the note below it.

    Args:
        source: in any form that tables are drawn from.
        name: of the sheet.
        drawn: whether HTML too is read as it is drawn, without what the renderer takes out.

    Raises:
        ValueError: there is no table in it, or it has no rows.
    """
    form = form_of(source)
    try:
        as_it_is = form == "html" and not drawn
        text = source if as_it_is else table_source.read(source.encode(), lite=not drawn).fragment
    except Rejected as error:
        raise ValueError(str(error)) from None
    root = lxml.html.fragment_fromstring(text, create_parent="div")
    css = "\n".join(style.text or "" for style in root.iter("style")).strip()
    table = next(root.iter("table"), None)
    if table is None:
        raise ValueError("there is no table")
    sheet = of_table(table, name)
    note = note_of(table)
    foot = "" if note is None else _inner(note)
    if form == "latex" and "\\midrule" in source:
        # a tabular has no headers but what stands above its first rule
        heads = len(_ROW_END.findall(source.partition("\\midrule")[0]))
        sheet = replace(sheet, heads=heads)
    return replace(sheet, css="" if form != "html" else css, foot=foot, form=form)


def form_of(source: str) -> Form:
    """What a source is written in; only what `write` writes is told apart."""
    if "<table" in source:
        return "html"
    return "latex" if "\\begin{tabular}" in source else "markdown"


def of_table(table: etree._Element, name: str) -> Sheet:
    """One `<table>` element as a sheet.

    Raises:
        ValueError: it has no rows, or a table within.
    """
    rows = [list(row.iterchildren("td", "th")) for row in table.iter("tr")]
    rows = [row for row in rows if row]
    if not rows or next(table.iterdescendants("table"), None) is not None:
        raise ValueError("the table has no rows of its own")
    heads, of_heads = 0, False
    for row in rows:
        parent = row[0].getparent().getparent()
        of_head = parent is not None and parent.tag == "thead"
        of_heads = of_heads or of_head
        # without a head of its own, a table has the rows of nothing but header cells
        if not of_head and (of_heads or any(cell.tag != "th" for cell in row)):
            break
        heads += 1
    count = itertools.count(1)
    cells = tuple(
        tuple(_cell(cell, next(count), head=number < heads) for cell in row)
        for number, row in enumerate(rows)
    )
    caption = next(table.iterchildren("caption"), None)
    return Sheet(name, cells, heads, "" if caption is None else _inner(caption))


def _cell(element: etree._Element, key: int, *, head: bool) -> Cell:
    return Cell(
        _inner(element),
        _span(element, "rowspan"),
        _span(element, "colspan"),
        key,
        element.get("style", ""),
        not head and element.tag == "th",
    )


def _span(element: etree._Element, name: str) -> int:
    value = element.get(name, "1").strip()
    return min(40, max(1, int(value))) if value.isdigit() else 1


def _inner(element: etree._Element) -> str:
    """The content, with inline markup and nothing else."""
    parts = [escape(element.text or "", quote=False)]
    for child in element:
        inner = _inner(child) if isinstance(child.tag, str) else ""
        if child.tag == "br":
            inner = "<br>"
        elif child.tag in INLINE:
            inner = f"<{child.tag}>{inner}</{child.tag}>"
        parts += [inner, escape(child.tail or "", quote=False)]
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def write(sheet: Sheet) -> str:
    """The sheet as a source of its form.

    Raises:
        UnwritableError: the form cannot say it.
    """
    if sheet.form == "html":
        return html(sheet)
    return _markdown(sheet) if sheet.form == "markdown" else _latex(sheet)


def html(sheet: Sheet, marks: Mapping[int, str] | None = None) -> str:
    """As HTML; cells, caption and note in the colours of `marks` where it is given."""
    lines = [f"<style>\n{sheet.css}\n</style>"] if sheet.css else []
    lines.append("<table>")
    if sheet.caption:
        lines.append(f"<caption{_style('', CAPTION, marks)}>{sheet.caption}</caption>")
    for tag, rows in (("thead", sheet.rows[: sheet.heads]), ("tbody", sheet.rows[sheet.heads :])):
        if rows:
            written = (_row(row, marks, head=tag == "thead") for row in rows)
            lines += [f"<{tag}>", *written, f"</{tag}>"]
    lines.append("</table>")
    if sheet.foot:
        lines.append(f"<p{_style('', FOOT, marks)}>{sheet.foot}</p>")
    return "\n".join(lines) + "\n"


def _row(row: tuple[Cell, ...], marks: Mapping[int, str] | None, *, head: bool) -> str:
    written = []
    for cell in row:
        tag = "th" if head or cell.header else "td"
        spans = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
        spans += f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
        style = _style(cell.style, cell.key, marks)
        written.append(f"<{tag}{spans}{style}>{cell.text}</{tag}>")
    return f"<tr>{''.join(written)}</tr>"


def _style(own: str, key: int, marks: Mapping[int, str] | None) -> str:
    if marks is not None:
        colour = marks[key]
        own = f"{own};" if own else ""
        own += f"background:{colour}!important;color:{colour}!important"
    return f' style="{own}"' if own else ""


def _markdown(sheet: Sheet) -> str:
    if sheet.heads != 1 or not sheet.even or sheet.caption or _spans(sheet):
        raise UnwritableError("Markdown has one row of headers, no spans and no caption")
    rows = [[_md(cell.text) for cell in row] for row in sheet.rows]
    aligned = [_alignment(cell) for cell in sheet.rows[0]]
    rule = [{"right": "---:", "center": ":---:"}.get(side, "---") for side in aligned]
    lines = [f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:])]
    if sheet.foot:
        lines += ["", _md(sheet.foot)]
    return "\n".join(lines) + "\n"


def _md(text: str) -> str:
    text = _ITALIC.sub(r"*\2*", _BOLD.sub(r"**\2**", text))
    if "<" in text:
        raise UnwritableError("Markdown has no such markup")
    return re.sub(r"([\\`_|\[\]~$])", r"\\\1", text).replace("** **", "")


def _latex(sheet: Sheet) -> str:
    if not sheet.even or sheet.caption or sheet.foot or any(c.rowspan > 1 for c in sheet.cells()):
        raise UnwritableError("no rows are joined here, and nothing stands around the tabular")
    sides = [_alignment(sheet.cell(sheet.at[len(sheet.rows) - 1, c])) for c in range(sheet.width)]
    columns = "".join({"right": "r", "center": "c"}.get(side, "l") for side in sides)
    lines = [f"\\begin{{tabular}}{{{columns}}}", "\\toprule"]
    for number, row in enumerate(sheet.rows):
        if number == sheet.heads and number:
            lines.append("\\midrule")
        lines.append(" & ".join(map(_latex_cell, row)) + r" \\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


def _latex_cell(cell: Cell) -> str:
    parts = re.split(r"(</?(?:b|i|strong|em|sub|sup)>)", cell.text)
    opened = {"b": "textbf", "strong": "textbf", "i": "textit", "em": "textit"}
    opened |= {"sub": "textsubscript", "sup": "textsuperscript"}
    text = ""
    for part in parts:
        tag = re.fullmatch(r"<(/?)(\w+)>", part)
        if tag:
            text += "}" if tag[1] else f"\\{opened[tag[2]]}{{"
        elif "<" in part:
            raise UnwritableError("LaTeX is not written with such markup")
        else:
            text += "".join(_LATEX.get(sign, sign) for sign in unescape(part))
    return f"\\multicolumn{{{cell.colspan}}}{{c}}{{{text}}}" if cell.colspan > 1 else text


def _spans(sheet: Sheet) -> bool:
    return any(cell.rowspan > 1 or cell.colspan > 1 for cell in sheet.cells())


def _alignment(cell: Cell) -> str:
    found = re.search(r"text-align:\s*(\w+)", cell.style)
    return found[1] if found else "left"


def marked(sheet: Sheet) -> str:
    """HTML that is laid out as the sheet's own source is, every cell in one colour of its own."""
    keys = [cell.key for cell in sheet.cells()]
    colours = {key: f"#{FIRST_MARK + n:06x}" for n, key in enumerate((CAPTION, FOOT, *keys))}
    if sheet.form == "html":
        return html(sheet, colours)
    clean = table_source.read(write(sheet).encode(), lite=True)
    body = table_marks.marked(clean.fragment)
    return f"<style>{clean.rules}</style>{body}" if clean.rules else body


def boxes(sheet: Sheet, picture: Image) -> dict[int, Box]:
    """Where each cell is, from the picture of the marked source."""
    codes = picture.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    keys = [CAPTION, FOOT, *(cell.key for cell in sheet.cells())]
    labels = codes - FIRST_MARK + 1
    labels[(labels < 1) | (labels > len(keys))] = 0
    found: dict[int, Box] = {}
    for key, area in zip(keys, ndimage.find_objects(labels, len(keys)), strict=True):
        if area is not None:
            ys, xs = area
            found[key] = (int(xs.start), int(ys.start), int(xs.stop), int(ys.stop))
    return found
