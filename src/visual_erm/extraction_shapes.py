"""Strict syntactic tests: where in a text does an SVG, a table or a Python program stand?

Nothing is guessed from words. A span counts only when it is complete by the syntax of its
language: paired tags, paired environments, a header with a delimiter row of as many cells. Every
search is one pass (possessive expressions, stacks), whatever the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_PYTHON = 200_000
"""Characters of an untagged text that are still tried as Python; a figure needs a few thousand."""
_PROLOG = 2_000
"""How far before `<svg` an XML declaration and document type are looked for."""

_SVG_TAG = re.compile(r"<svg(?=[\s/>])[^<>]*+>|</svg\s*+>", re.IGNORECASE)
_SVG_CUT = re.compile(r"<svg\s++[\w:-]++\s*+=", re.IGNORECASE)
_SVG_PROLOG = re.compile(r"<(?:\?xml\s|!DOCTYPE\s++svg\b)", re.IGNORECASE)
_HTML_TAG = re.compile(
    r"<(table|html)(?=[\s/>])[^<>]*+>|</(table|html)\s*+>|<!doctype\s++html[^<>]*+>", re.IGNORECASE
)
_HTML_CUT = re.compile(r"<(?:table|html)(?:\s++[\w:-]++\s*+=|\s*+>)", re.IGNORECASE)
_ENVIRONMENTS = (
    "table|table\\*|tabular|tabular\\*|tabularx|tabulary|tabu|longtable|longtable\\*|array|"
    "NiceTabular|tblr|document"
)
_STYLE = re.compile(r"<style(?=[\s>])[^<>]*+>[^<]*+</style\s*+>\s*+", re.IGNORECASE)
_LATEX_TAG = re.compile(rf"\\(begin|end)[ \t]*+\{{({_ENVIRONMENTS})\}}")
_GRID_RULE = re.compile(r"\+(?:[-=:]++\+)++")
_DELIMITER = re.compile(r":?-++:?")

# in program text; those of quotes and line ends keep their meaning for the parser
_ESCAPE = re.compile(r"\\(?:N\{[^{}]*+\}|(.))", re.DOTALL)


@dataclass(frozen=True)
class Span:
    """A complete source inside a text."""

    start: int
    end: int
    format: str
    """"svg", "html", "latex", "markdown", "grid" or "python"."""


def svg_spans(text: str) -> list[Span]:
    """Outermost `<svg ...>...</svg>`, with the XML declaration and document type before it."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for tag in _SVG_TAG.finditer(text):
        if tag[0].startswith("</"):
            if opened:
                pairs.append((opened.pop(), tag.end()))
        elif tag[0].endswith("/>"):
            pairs.append((tag.start(), tag.end()))
        else:
            opened.append(tag.start())
    return [Span(_with_prolog(text, a), b, "svg") for a, b in _outermost(pairs)]


def table_spans(text: str) -> list[Span]:
    """Outermost HTML tables and documents, LaTeX environments, pipe and grid tables."""
    spans = [*_html_spans(text), *_latex_spans(text), *_line_spans(text)]
    kept = _outermost([(span.start, span.end) for span in spans])
    formats = {(span.start, span.end): span.format for span in spans}
    return [Span(start, end, formats[start, end]) for start, end in kept]


def svg_cut(text: str) -> bool:
    """Whether an SVG begins (a tag with an attribute; a mere mention has none) and never ends."""
    return _SVG_CUT.search(text) is not None and not svg_spans(text)


def table_cut(text: str) -> bool:
    """Whether an HTML table or LaTeX environment begins and never ends."""
    begins = _HTML_CUT.search(text) is not None or _LATEX_TAG.search(text) is not None
    return begins and not table_spans(text)


def is_python_program(text: str) -> bool:
    """Whether the whole text parses as Python and imports something; prose does neither."""
    if len(text) > MAX_PYTHON or "import" not in text:
        return False
    try:
        # without escapes: the parser warns about unknown ones, through a table of the process
        tree = ast.parse(_ESCAPE.sub(_without_escape, text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body)


def _without_escape(match: re.Match[str]) -> str:
    return match[0] if match[1] and match[1] in "\\'\"\n" else "__"


def whole(text: str, spans: list[Span]) -> Span | None:
    """The span that covers all of the text but white space, if there is one."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return next((span for span in spans if span.start <= start and span.end >= end), None)


def _outermost(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept


def _with_prolog(text: str, start: int) -> int:
    window = text[max(0, start - _PROLOG) : start]
    if not window.rstrip().endswith(">"):
        return start
    last = window.lower().rfind("</svg")
    prolog = _SVG_PROLOG.search(window, max(0, last))
    return start - len(window) + prolog.start() if prolog else start


def _html_spans(text: str) -> Iterator[Span]:
    """Tables and documents; the style sheets right before one belong to it (pandas writes so)."""
    styles = {sheet.end(): sheet.start() for sheet in _STYLE.finditer(text)}
    opened: dict[str, list[int]] = {"table": [], "html": []}
    doctype: int | None = None
    for tag in _HTML_TAG.finditer(text):
        if tag[1]:
            start = tag.start()
            if tag[1].lower() == "html" and doctype is not None:
                start, doctype = doctype, None
            while start in styles:
                start = styles[start]
            opened[tag[1].lower()].append(start)
        elif tag[2]:
            if opened[tag[2].lower()]:
                yield Span(opened[tag[2].lower()].pop(), tag.end(), "html")
        else:
            doctype = tag.start()


def _latex_spans(text: str) -> Iterator[Span]:
    opened: list[tuple[str, int]] = []
    for tag in _LATEX_TAG.finditer(text):
        if tag[1] == "begin":
            opened.append((tag[2], tag.start()))
        elif opened and opened[-1][0] == tag[2]:
            yield Span(opened.pop()[1], tag.end(), "latex")


def _line_spans(text: str) -> Iterator[Span]:
    """Pipe tables (GitHub's rule: header and delimiter row of equal length) and grid tables."""
    lines = text.split("\n")
    position, index = 0, 0
    while index < len(lines):
        stop = _pipe_table(lines, index) or _grid_table(lines, index)
        if stop is None:
            position += len(lines[index]) + 1
            index += 1
            continue
        size = sum(len(line) + 1 for line in lines[index:stop]) - 1
        form = "grid" if lines[index].lstrip().startswith("+") else "markdown"
        yield Span(position, position + size, form)
        position += size + 1
        index = stop


def _pipe_table(lines: list[str], index: int) -> int | None:
    if index + 1 >= len(lines) or "|" not in lines[index] or "|" not in lines[index + 1]:
        return None
    delimiters = _cells(lines[index + 1])
    if not all(_DELIMITER.fullmatch(cell.strip()) for cell in delimiters):
        return None
    if len(_cells(lines[index])) != len(delimiters):
        return None
    stop = index + 2
    while stop < len(lines) and "|" in lines[stop]:
        stop += 1
    return stop


def _cells(line: str) -> list[str]:
    stripped = line.strip().removeprefix("|")
    if stripped.endswith("|") and not stripped.endswith("\\|"):
        stripped = stripped[:-1]
    return stripped.replace("\\|", " ").split("|")


def _grid_table(lines: list[str], index: int) -> int | None:
    if not _GRID_RULE.fullmatch(lines[index].strip()):
        return None
    stop = index + 1
    last_rule = index
    while stop < len(lines) and lines[stop].strip()[:1] in ("|", "+"):
        if _GRID_RULE.fullmatch(lines[stop].strip()):
            last_rule = stop
        stop += 1
    return last_rule + 1 if last_rule > index else None
