r"""A table source of any format as one clean sheet; runs confined.

A source is HTML if it holds a `<table` tag, LaTeX if it holds `\begin{tabular` or a relative of it,
a grid or a pipe table if its lines say so, and separated values if nothing else fits. What fits
nothing is refused: a format is never guessed.
"""

from __future__ import annotations

import re

from visual_erm.renderers import (
    table_csv,
    table_html,
    table_latex,
    table_markdown,
)
from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_formulas import CLOSE, OPEN, Formulas
from visual_erm.renderers.table_html import Sheet

MAX_BYTES = 1_000_000
_HTML = re.compile(r"<table[\s>/]", re.IGNORECASE)
_LATEX = re.compile(rf"\\begin\{{(?:{'|'.join(map(re.escape, table_latex.TABULARS))})\}}")
_GONE = {ord(sign): None for sign in (OPEN, CLOSE, "\0")}


def read(source: bytes, *, lite: bool = False) -> Sheet:
    """A sheet with everything that is drawn of a source, in order.

    Args:
        source: UTF-8; what is not is replaced.
        lite: whether litehtml draws it.

    Raises:
        Rejected: too large, no table in it, or of no known format.
    """
    if len(source) > MAX_BYTES:
        raise Rejected("too_large", f"the source has {len(source)} bytes; {MAX_BYTES} are drawn")
    text = source.decode("utf-8", "replace").translate(_GONE)
    formulas = Formulas()
    markup, dollars, warning = _as_html(text, formulas)
    sheet = table_html.build(markup, formulas, dollars=dollars, lite=lite)
    if warning:
        sheet.warnings.insert(0, warning)
    return sheet


def _as_html(text: str, formulas: Formulas) -> tuple[str, bool, str]:
    """Markup, whether formulas are yet to be found in it, and a warning."""
    html, latex = _HTML.search(text), _LATEX.search(text)
    if latex and (html is None or latex.start() < html.start()):
        return table_latex.to_html(text, formulas), False, ""
    if html:
        return text, True, ""
    if table_markdown.GRID.search(text) or table_markdown.SIMPLE.search(text):
        markup, warning = table_markdown.grid_to_html(text, formulas)
        return markup, False, warning
    if any("|" in rule[0] for rule in table_markdown.PIPES.finditer(text)):
        return table_markdown.pipes_to_html(text, formulas), False, ""
    bars = table_markdown.rows_to_html(text, formulas)
    if bars is not None:
        return bars, False, "rows between bars without a line below the head"
    markup, warning = table_csv.to_html(text)
    return markup, True, warning
