"""Markdown documents with pipe tables, and grid and simple tables of reStructuredText and Pandoc.

Pipe tables are GitHub's (markdown-it). Of grid tables docutils finds the cells with their spans;
what stands in a cell is Markdown. Formulas are marked before, so that neither `_` nor `|` in them
means anything else.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from docutils.parsers.rst.tableparser import GridTableParser, SimpleTableParser, TableMarkupError
from docutils.statemachine import StringList
from markdown_it import MarkdownIt

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_formulas import Formulas

GRID = re.compile(r"^[ \t]*\+(?:[-=:]+\+)+[ \t]*$", re.MULTILINE)
SIMPLE = re.compile(r"^[ \t]*=+(?:[ ]+=+)+[ \t]*$", re.MULTILINE)
PIPES = re.compile(
    r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$", re.MULTILINE
)
_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$")
_MAX_LINES = 20_000
_HEAD = re.compile(r"<thead>\s*<tr>(?:\s*<th[^>]*>\s*</th>)+\s*</tr>\s*</thead>")
_PARAGRAPH = re.compile(r"<p>(.*)</p>", re.DOTALL)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True, "maxNesting": 40}).enable(
        ["table", "strikethrough"]
    )


def pipes_to_html(text: str, formulas: Formulas) -> str:
    """A Markdown document; a table whose head is empty has none."""
    html = str(_markdown().render(_marked(text, formulas)))
    return _HEAD.sub("", html)


def _marked(text: str, formulas: Formulas) -> str:
    # a bar inside a formula separates no cells, one between two dollar signs may well do so
    parts = re.split(r"(`[^`\n]*`)", text)
    for index in range(0, len(parts), 2):
        lines = parts[index].split("\n")
        parts[index] = "\n".join(_marked_line(line, formulas) for line in lines)
    return "".join(parts)


def _marked_line(line: str, formulas: Formulas) -> str:
    if "$" not in line and "\\" not in line:
        return line
    if "\\(" in line or "\\[" in line or "$$" in line:
        return formulas.mark_all(line)
    cells = re.split(r"(?<!\\)(\|)", line)
    odd = any(cell.replace("\\$", "").count("$") % 2 for cell in cells)
    if odd and "|" in line:
        return formulas.mark_all(line)
    return "".join(formulas.mark_all(cell) if cell != "|" else cell for cell in cells)


def rows_to_html(text: str, formulas: Formulas) -> str | None:
    """Rows between bars without a line below the head, which GitHub takes for text; or None."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if not lines or not all(_ROW.match(line) for line in lines):
        return None
    width = len(re.split(r"(?<!\\)\|", lines[0].strip())) - 2
    if width < 1 or (width == 1 and len(lines) < 2):
        return None
    head = "|" + "|".join([""] * width) + "|\n|" + "|".join(["---"] * width) + "|\n"
    return pipes_to_html(head + "\n".join(lines), formulas)


def grid_to_html(text: str, formulas: Formulas) -> tuple[str, str]:
    """Grid and simple tables among Markdown, and a warning where one had to be mended.

    Raises:
        Rejected: a table that cannot be read.
    """
    lines = text.expandtabs(4).splitlines()
    if len(lines) > _MAX_LINES:
        raise Rejected("too_large", f"{len(lines)} lines; {_MAX_LINES} of a grid table are read")
    parts: list[str] = []
    words: list[str] = []
    warning = ""
    index = 0
    while index < len(lines):
        if GRID.match(lines[index]):
            end = index
            while end < len(lines) and lines[end].strip()[:1] in ("+", "|") and lines[end].strip():
                end += 1
            block = _same_indent(lines[index:end])
            made, mended = _grid(block, formulas)
            warning = warning or mended
        elif SIMPLE.match(lines[index]):
            end = _simple_end(lines, index)
            made = _simple(_same_indent(lines[index:end]), formulas)
        else:
            words.append(lines[index])
            index += 1
            continue
        parts += [pipes_to_html("\n".join(words), formulas), made]
        words = []
        index = end
    parts.append(pipes_to_html("\n".join(words), formulas))
    return "".join(parts), warning


def _same_indent(lines: list[str]) -> list[str]:
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    cut = [line[indent:].rstrip() for line in lines]
    width = max(map(len, cut))
    return [line.ljust(width) for line in cut]


def _grid(block: list[str], formulas: Formulas) -> tuple[str, str]:
    aligns: dict[int, str] = {}
    lines: list[str] = []
    heads = 0
    for written in block:
        line = written
        if GRID.match(line):
            if ":" in line:
                aligns |= _alignments(line)
            line = line.replace(":", "=" if "=" in line else "-")
            if "=" in line:
                heads += 1
                if heads > 1 or not lines:  # Pandoc rules the foot off in the same way
                    line = line.replace("=", "-")
        lines.append(line.rstrip())
    for wide in (False, True):
        # wide characters count for two in one half of all tables
        text = StringList(lines)
        if wide:
            text.pad_double_width("\0")
        try:
            _, head, body = GridTableParser().parse(text)
        except (TableMarkupError, IndexError, AssertionError):
            continue
        return _table(head, body, aligns, formulas), ""
    rows = [line for line in block if line.strip().startswith("|")]
    html = rows_to_html("\n".join(rows), formulas)
    if html is None:
        raise Rejected("format", "a grid table whose lines do not meet")
    return html, "the lines of the grid do not meet: each line between bars was taken for a row"


def _alignments(line: str) -> dict[int, str]:
    """Alignment by the place where a column starts."""
    found = {}
    for piece in re.finditer(r"(?<=\+)(:?)[-=]+(:?)(?=\+)", line):
        left, right = piece.groups()
        if left or right:
            sides = {"::": "center", ":": "left" if left else "right"}
            found[piece.start()] = sides[left + right]
    return found


def _simple_end(lines: list[str], start: int) -> int:
    """The line after a simple table: after its second or third rule, whatever comes last."""
    rules = 0
    for index in range(start, len(lines)):
        if SIMPLE.match(lines[index]):
            rules += 1
            after = lines[index + 1].strip() if index + 1 < len(lines) else ""
            if rules == 3 or (rules == 2 and not after):
                return index + 1
    return len(lines)


def _simple(block: list[str], formulas: Formulas) -> str:
    try:
        _, head, body = SimpleTableParser().parse(StringList([line.rstrip() for line in block]))
    except (TableMarkupError, IndexError, AssertionError) as error:
        raise Rejected("format", f"a table of text columns that do not line up: {error}") from None
    return _table(head, body, {}, formulas)


def _table(head: Any, body: Any, aligns: dict[int, str], formulas: Formulas) -> str:
    """Rows of docutils' as HTML: for each cell, further rows, further columns, line, content."""
    order = [aligns[start] for start in sorted(aligns)] if aligns else []
    parts = []
    for tag, rows in (("th", head), ("td", body)):
        group = "thead" if tag == "th" else "tbody"
        lines = [_cells(row, tag, order, formulas) for row in rows or []]
        if lines:
            parts.append(f"<{group}>{''.join(lines)}</{group}>")
    return f"<table>{''.join(parts)}</table>"


def _cells(row: Any, tag: str, order: list[str], formulas: Formulas) -> str:
    cells = []
    for column, cell in enumerate(row):
        if cell is None:
            continue
        down, across, _, content = cell
        text = "\n".join(content).replace("\0", "").strip()
        inner = _markdown().render(_marked(text, formulas)).strip()
        if (single := _PARAGRAPH.fullmatch(inner)) and "<p>" not in single[1]:
            inner = single[1]
        align = f' align="{order[column]}"' if column < len(order) else ""
        spans = (f' rowspan="{down + 1}"' if down else "") + (
            f' colspan="{across + 1}"' if across else ""
        )
        cells.append(f"<{tag}{align}{spans}>{inner}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"
