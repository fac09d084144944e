"""Markdown, CSV and TSV tables to HTML, and the rules by which a format is told.

A format is detected, never guessed: exactly one of the signs below may be there. Pipe tables are
read by markdown-it, grid tables by docutils, separated values by the csv module.
"""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Literal, get_args

from docutils.parsers.rst.tableparser import GridTableParser, TableMarkupError
from docutils.statemachine import StringList
from markdown_it import MarkdownIt

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_html import mark_formulas

Format = Literal["html", "latex", "markdown", "csv", "tsv"]
FORMATS: tuple[Format, ...] = get_args(Format)
_HTML = re.compile(r"<table[\s>]", re.IGNORECASE)
_LATEX = re.compile(r"\\begin\s*\{(?:tabular[*xy]?|longtable|array|tblr)\}")
_PIPES = re.compile(r"^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_GRID = re.compile(r"^ {0,3}\+(?:[-=:]+\+)+\s*$")
_MOST_FIELDS = 10_000


def detect(source: str) -> Format:
    """The format of a source.

    HTML has a `<table` tag, LaTeX a `\\begin{tabular}` or its like, Markdown a line of dashes and
    pipes below a line with a pipe, or a grid; TSV and CSV have at least two records, all of the
    same number of fields, at least two, and none of the other signs.

    Raises:
        Rejected: none fits, or HTML and LaTeX both do.
    """
    is_html, is_latex = bool(_HTML.search(source)), bool(_LATEX.search(source))
    if is_html and is_latex:
        raise Rejected("format", "it holds an HTML table and a LaTeX one; one is expected")
    if is_html:
        return "html"
    if is_latex:
        return "latex"
    lines = source.splitlines()
    if any(_GRID.match(line) for line in lines) or _has_pipes(lines):
        return "markdown"
    if _is_separated(source, "\t"):
        return "tsv"
    if _is_separated(source, ","):
        return "csv"
    raise Rejected("no_table", "there is no HTML, LaTeX, Markdown or CSV table in it")


def _has_pipes(lines: list[str]) -> bool:
    return any(
        "|" in above and "|" in line and _PIPES.match(line)
        for above, line in zip(lines, lines[1:], strict=False)
    )


def _is_separated(source: str, delimiter: str) -> bool:
    try:
        records = [r for r in csv.reader(io.StringIO(source.strip()), delimiter=delimiter) if r]
    except csv.Error:
        return False
    return len(records) > 1 and {len(r) for r in records} == {len(records[0])} != {1}


def separated_to_html(source: str, delimiter: str) -> str:
    """CSV or TSV as an HTML table; the first record is the head.

    Raises:
        Rejected: not readable as such.
    """
    try:
        records = [r for r in csv.reader(io.StringIO(source.strip()), delimiter=delimiter) if r]
    except csv.Error as error:
        raise Rejected("malformed", f"the separated values cannot be read: {error}") from None
    if not records:
        raise Rejected("no_table", "there are no records in it")
    if sum(map(len, records)) > _MOST_FIELDS:
        raise Rejected("too_large", f"more than {_MOST_FIELDS} fields")
    width = max(map(len, records))
    head, *rows = (record + [""] * (width - len(record)) for record in records)

    def line(cells: list[str], tag: str) -> str:
        fields = (html.escape(cell, quote=False).replace("\n", "<br>") for cell in cells)
        return "<tr>" + "".join(f"<{tag}>{field}</{tag}>" for field in fields) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table>"


def markdown_to_html(source: str, formulas: list[str]) -> str:
    """Pipe and grid tables as HTML; formulas are marked before Markdown sees their underscores.

    Raises:
        Rejected: a grid that does not close.
    """
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    source = mark_formulas(source, formulas)
    parts: list[str] = []
    block: list[str] = []
    in_grid = False
    for line in [*source.splitlines(), ""]:
        belongs = bool(_GRID.match(line)) or (in_grid and line.lstrip()[:1] in ("|", "+"))
        if belongs != in_grid:
            text = "\n".join(block)
            parts.append(_grid(block, markdown) if in_grid else markdown.render(text))
            block, in_grid = [], belongs
        block.append(line)
    parts.append(markdown.render("\n".join(block)))
    return "".join(parts)


def _grid(lines: list[str], markdown: MarkdownIt) -> str:
    lines = [
        line.strip().replace(":", "-") if _GRID.match(line) else line.strip() for line in lines
    ]
    width = max(map(len, lines))
    padded = StringList([line.ljust(width) for line in lines], "grid")
    try:
        _, head, body = GridTableParser().parse(padded)
    except TableMarkupError as error:
        raise Rejected("malformed", f"the grid table cannot be read: {error}") from None

    def rows(section: list[list[object]], tag: str) -> str:
        made = []
        for row in section:
            cells = []
            for cell in row:
                if cell is None:
                    continue
                down, right, _, content = cell  # type: ignore[misc]
                text = "\n".join(content).strip()
                spans = f' rowspan="{down + 1}"' if down else ""
                spans += f' colspan="{right + 1}"' if right else ""
                blocks = "\n\n" in text or "\n- " in text
                inner = markdown.render(text) if blocks else markdown.renderInline(text)
                cells.append(f"<{tag}{spans}>{inner}</{tag}>")
            made.append(f"<tr>{''.join(cells)}</tr>")
        return "".join(made)

    thead = f"<thead>{rows(head, 'th')}</thead>" if head else ""
    return f"<table>{thead}<tbody>{rows(body, 'td')}</tbody></table>"
