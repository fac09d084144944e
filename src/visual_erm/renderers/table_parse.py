"""A table source to the document that is drawn, or to pixels; runs in a confined process.

Parsers of HTML, LaTeX and Markdown are large and meet text written to break them, so nothing of
this happens in the process that scores.
"""

from __future__ import annotations

from typing import Any

from visual_erm.renderers.job import Drawing, Rejected
from visual_erm.renderers.table_html import build, strip_private
from visual_erm.renderers.table_latex import to_html
from visual_erm.renderers.table_text import FORMATS, detect, markdown_to_html, separated_to_html

MOST_BYTES = 1 << 20


def draw(source: bytes, options: dict[str, Any]) -> Drawing:
    """The document of a table source, or its picture.

    Args:
        source: UTF-8 text.
        options: "format", one of `FORMATS` or "auto"; "backend", "chromium" or "litehtml".

    Raises:
        Rejected: no table, two formats, malformed, or too large.
    """
    if len(source) > MOST_BYTES:
        raise Rejected("too_large", f"the source has {len(source)} bytes; {MOST_BYTES} are drawn")
    text = strip_private(source.decode("utf-8", "replace"))
    chromium = options.get("backend", "chromium") == "chromium"
    document, meta = document_of(text, options.get("format", "auto"), mathml=chromium)
    if chromium:
        return Drawing(document=document.encode(), meta=meta)
    from visual_erm.renderers.litehtml import picture

    image, cut = picture(document)
    if cut:
        meta["warnings"].append(cut)
    return Drawing(image=image, meta=meta)


def document_of(text: str, format: str, *, mathml: bool = True) -> tuple[str, dict[str, Any]]:
    """HTML document and what is known of it: format, warnings, numbers of tables and cells."""
    if format == "auto":
        format = detect(text)
    if format not in FORMATS:
        raise Rejected("format", f'no format "{format}"; known: auto, {", ".join(FORMATS)}')
    formulas: list[str] = []
    if format == "latex":
        text = to_html(text, formulas)
    elif format == "markdown":
        text = markdown_to_html(text, formulas)
    elif format in ("csv", "tsv"):
        text = separated_to_html(text, "," if format == "csv" else "\t")
    document, meta = build(text, formulas, mathml=mathml)
    return document, {"format": format, **meta}
