"""Turns table sources into documents, and draws them with litehtml; runs confined."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from visual_erm import fonts
from visual_erm.renderers import table_source
from visual_erm.renderers.job import Drawing, Rejected

CSS = f"""
html, body {{ margin: 0; background: #fff; color: #000;
  font: 16px '{fonts.SANS}', '{fonts.CJK}', sans-serif; }}
#sheet {{ display: inline-block; padding: 12px; max-width: 1176px; }}
table {{ border-collapse: collapse; margin: 0 0 8px; }}
td, th {{ border: 1px solid #444; padding: 4px 8px; text-align: left; }}
th {{ font-weight: bold; background: #eee; }}
p {{ margin: 0; }} sub, sup {{ font-size: 70%; line-height: 0; }}
"""
"""The one look of every table, so that pictures compare whatever the source's format."""


def draw(source: bytes, options: dict[str, Any]) -> Drawing:
    """The document; with option "litehtml" its picture as well."""
    fragment = table_source.read(source)
    page = f"<!doctype html><meta charset=utf-8><style>{CSS}</style>"
    document = f"{page}<body><div id=sheet>{fragment}</div></body>"
    if not options.get("litehtml"):
        return Drawing(document=document.encode())
    raw = _litehtml().render(document, fmt="raw")
    pixels = np.frombuffer(raw.data, np.uint8)
    if pixels.size != raw.width * raw.height * 4:
        raise Rejected("too_large", "the table is too large to draw")
    rgb = pixels.reshape(raw.height, raw.width, 4)[:, :, :3]
    return Drawing(image=np.ascontiguousarray(rgb))


@cache
def _litehtml() -> Any:
    import pylitehtml

    extra = [str(path) for path in fonts.font_files()]
    chosen = pylitehtml.FontConfig(default=fonts.SANS, extra=extra)
    pictures = pylitehtml.ImageConfig(allow_http=False)
    return pylitehtml.Renderer(1200, fonts=chosen, images=pictures)


def preload() -> None:
    """Warm the parsers, and litehtml where it loads."""
    for source in (b"|a|b|\n|-|-|\n|1|2|", b"\\begin{tabular}{l}a\\end{tabular}", b"a,b\n1,2"):
        draw(source, {})


def preload_litehtml() -> None:
    """Warm everything, litehtml included."""
    preload()
    draw("<table><td>a 数".encode(), {"litehtml": True})
