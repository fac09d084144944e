r"""Table sources of four formats as one HTML fragment, sanitised; runs confined.

A source is LaTeX if it holds `\begin{tabular`, HTML if it holds a `<table` tag, a grid or a pipe
table if its lines say so, and CSV if nothing else fits and every row has as many cells (at least
two). What fits nothing is refused: a format is never guessed.
"""

from __future__ import annotations

import csv
import html
import io
import re

import nh3
from markdown_it import MarkdownIt
from pylatexenc.latex2text import LatexNodes2Text

from visual_erm.renderers.job import Rejected

MAX_BYTES = 1_000_000
MAX_CELLS = 20_000
MAX_SPAN = 200
TAGS = set(
    "table thead tbody tfoot tr th td caption colgroup col b strong i em u s sub sup br p div span "
    "code small ul ol li del ins mark abbr".split()
)
ATTRIBUTES = {"*": {"align", "valign", "style"}, "td": {"colspan", "rowspan"}}
ATTRIBUTES["th"] = ATTRIBUTES["td"]
STYLES = {"text-align", "vertical-align", "font-weight", "font-style", "background-color", "color"}
_SPAN = re.compile(r'(colspan|rowspan)="([^"]*)"')
_TABULAR = re.compile(
    r"\\begin\{(tabular\*?|tabularx|longtable|array)\}(.*?)\\end\{\1\}", re.DOTALL
)
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot"
    r"|(?:cline|cmidrule(?:\([^)]*\))?)\{[^}]*\})"
)


def read(source: bytes) -> str:
    """A sanitised fragment with every table of the source, in order.

    Raises:
        Rejected: not UTF-8, too large, no table in it, or of no known format.
    """
    if len(source) > MAX_BYTES:
        raise Rejected("too_large", f"the source has {len(source)} bytes; {MAX_BYTES} are drawn")
    text = source.decode("utf-8", "replace").replace("\0", "")
    fragment = nh3.clean(
        _as_html(text), tags=TAGS, attributes=ATTRIBUTES, filter_style_properties=STYLES
    )
    if not re.search(r"<t[dh][ >]", fragment):
        raise Rejected("no_table", "there is no table with a cell in it")
    if fragment.count("<td") + fragment.count("<th") > MAX_CELLS:
        raise Rejected("too_large", f"a table has more than {MAX_CELLS} cells")
    return _SPAN.sub(_bounded, fragment)


def _bounded(match: re.Match[str]) -> str:
    digits = match[2].strip()
    span = int(digits[:6]) if digits.isascii() and digits.isdigit() else 1
    return f'{match[1]}="{max(1, min(MAX_SPAN, span))}"'


def _as_html(text: str) -> str:
    if re.search(r"<table[\s>]", text, re.IGNORECASE):
        return text
    if "\\begin{tabular" in text or "\\begin{longtable" in text or "\\begin{array" in text:
        return "".join(_latex(match[2]) for match in _TABULAR.finditer(text))
    if re.search(r"^\s*\+[-=+]+\+\s*$", text, re.MULTILINE):
        return _grid(text)
    if re.search(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$", text, re.MULTILINE):
        return str(MarkdownIt("commonmark").enable("table").render(text))
    return _csv(text)


def _grid(text: str) -> str:
    from docutils.core import publish_parts

    settings = {"file_insertion_enabled": False, "raw_enabled": False, "report_level": 5}
    return str(publish_parts(text, writer="html5", settings_overrides=settings)["html_body"])


def _csv(text: str) -> str:
    first = text.strip().partition("\n")[0]
    delimiter = "\t" if "\t" in first else ","
    try:
        rows = [row for row in csv.reader(io.StringIO(text.strip()), delimiter=delimiter) if row]
    except csv.Error as error:
        raise Rejected("format", f"not a table of a known format: {error}") from None
    if len(rows) < 2 or len(rows[0]) < 2 or len({len(row) for row in rows}) != 1:
        raise Rejected("format", "neither an HTML, LaTeX, Markdown, grid nor CSV table")
    return _rows([[(html.escape(cell), 1, 1) for cell in row] for row in rows], header=True)


def _rows(rows: list[list[tuple[str, int, int]]], *, header: bool) -> str:
    lines = []
    for index, row in enumerate(rows):
        tag = "th" if header and index == 0 else "td"
        cells = [
            f'<{tag} colspan="{across}" rowspan="{down}">{text}</{tag}>'
            for text, across, down in row
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _latex(body: str) -> str:
    """The rows of one tabular; formulas become their Unicode text."""
    body = re.sub(r"(?<!\\)%.*", "", _after_columns(body))
    covered: dict[int, int] = {}
    rows = []
    for line in re.split(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline", _RULES.sub("", body)):
        if not line.strip():
            continue
        row, column, open_rows = [], 0, dict(covered)
        covered = {at: left - 1 for at, left in covered.items() if left > 1}
        for cell in re.split(r"(?<!\\)&", line):
            text, across, down = _latex_cell(cell)
            if not (open_rows.get(column, 0) and not text):
                row.append((text, across, down))
                if down > 1:
                    covered[column] = down - 1
            column += across
        rows.append(row)
    return _rows(rows, header=False)


def _after_columns(body: str) -> str:
    """The body without its leading `[pos]` and `{...}` arguments."""
    rest = body.lstrip()
    while rest[:1] in ("{", "["):
        close, depth = {"{": "}", "[": "]"}[rest[0]], 0
        for index, sign in enumerate(rest):
            depth += (sign == rest[0]) - (sign == close)
            if depth == 0:
                rest = rest[index + 1 :].lstrip()
                break
        else:
            return ""
    return rest


def _latex_cell(cell: str) -> tuple[str, int, int]:
    across = down = 1
    text = cell.strip()
    for name in ("multicolumn", "multirow", "multicolumn"):
        found = re.match(rf"\\{name}(?:\[[^\]]*\])?\{{\s*(\d+)\s*\}}", text)
        if found:
            span = max(1, min(MAX_SPAN, int(found[1][:6])))
            across, down = (span, down) if name == "multicolumn" else (across, span)
            text = re.sub(r"^\s*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\*)", "", text[found.end() :])
            text = text.strip().removeprefix("{").removesuffix("}")
    bold = "\\textbf" in text or "\\thead" in text
    plain = html.escape(str(LatexNodes2Text().latex_to_text(text)).strip())
    return (f"<b>{plain}</b>" if bold and plain else plain), across, down
