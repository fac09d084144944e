"""Turns table sources into documents, and draws them with litehtml; runs confined."""

from __future__ import annotations

import os
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from visual_erm import fonts
from visual_erm.renderers import table_marks, table_source
from visual_erm.renderers.job import Drawing, Rejected

if TYPE_CHECKING:
    from visual_erm.renderers.table_html import Sheet
    from visual_erm.types import Image

WIDTH = 1200
"""Pixels that a table may take before its cells are folded."""
BACKDROP = "#fe01fd"
"""Colour of what is not part of the page, by which litehtml's picture is cut to size."""
CSS = f"""
html, body {{ margin: 0; background: {BACKDROP}; color: #000; }}
#verm-page {{ display: inline-block; padding: 12px; max-width: {WIDTH - 24}px; overflow: hidden;
  background: #fff; font: 16px/1.3 '{fonts.SANS}', '{fonts.CJK}', sans-serif; contain: paint; }}
table {{ border-collapse: collapse; margin: 0 0 8px; text-align: left; font-size: 16px; }}
td, th {{ padding: 4px 8px; }}
th {{ font-weight: bold; text-align: inherit; }}
caption {{ padding: 4px; text-align: center; }}
p {{ margin: 0 0 4px; }} td > p, th > p {{ margin: 0; }}
a {{ color: #0645ad; text-decoration: underline; }}
code, pre, kbd, samp, tt {{ font-family: '{fonts.MONO}', '{fonts.CJK}'; font-size: 15px; }}
sub, sup {{ font-size: 70%; line-height: 0; }}
math {{ font-family: '{fonts.SERIF}', '{fonts.SANS}', '{fonts.CJK}'; }}
.verm-lines {{ border-collapse: collapse; }}
"""
"""Our look, which anything that the author says overrules."""
_LINES = ".verm-lines td, .verm-lines th { border: 1px solid #444; }"
_NO_LINES = ".verm-bare table { border-collapse: separate; border-spacing: 2px; }"
_SHADES = ".verm-shades th { background: #eee; }"
_LITE = f"""
.verm-up {{ display: inline-block; position: relative; top: -6px; font-size: 70%; }}
.verm-down {{ display: inline-block; position: relative; top: 4px; font-size: 70%; }}
.verm-math {{ font-family: '{fonts.SERIF}', '{fonts.CJK}'; display: inline-block; }}
.verm-stack, .verm-both {{ display: inline-block; vertical-align: middle; text-align: center; }}
.verm-both {{ font-size: 70%; text-align: left; line-height: 1; }}
.verm-row, .verm-over, .verm-small {{ display: block; }}
.verm-over {{ border-bottom: 1px solid; padding: 0 2px; }}
.verm-small {{ font-size: 70%; line-height: 1; }}
.verm-root {{ display: inline-block; border-top: 1px solid; padding: 0 1px; }}
"""
LOOK = CSS + _LINES + _NO_LINES + _SHADES + _LITE
"""All of it, for the fingerprint."""
_POOR = (
    ("writing-mode", "text that runs downwards"),
    ("transform", "turned text"),
    ("opacity", "translucent parts"),
    ("text-shadow", "shadows"),
    ("box-shadow", "shadows"),
)
"""What litehtml passes over: property, and what is said about it."""


def draw(source: bytes, options: dict[str, Any]) -> Drawing:
    """The document; with option "litehtml" its picture instead, with "marked" that of its cells."""
    lite = bool(options.get("litehtml"))
    sheet = table_source.read(source, lite=lite)
    if options.get("marked"):
        sheet.fragment = table_marks.marked(sheet.fragment)
    document = page(sheet, lite=lite)
    if not lite:
        return Drawing(document=document.encode(), meta={"warnings": sheet.warnings})
    warnings = [*sheet.warnings, *_unable(document)]
    return Drawing(image=_picture(document), meta={"warnings": warnings})


def page(sheet: Sheet, *, lite: bool) -> str:
    """A whole document: our look, the author's, and the fragment in its frame."""
    look = CSS + (_LINES if sheet.lines else _NO_LINES) + (_SHADES if sheet.shades else "")
    classes = "verm-lines" if sheet.lines else "verm-bare"
    classes += " verm-shades" if sheet.shades else ""
    style = f"{look}{_LITE if lite else ''}{sheet.rules}"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><style>{style}</style>"
        f'<body><div id="verm-page"><div id="verm-sheet" class="{classes}">{sheet.fragment}</div>'
        "</div></body></html>"
    )


def _unable(document: str) -> list[str]:
    body = document.partition("</style>")
    author = body[0].rpartition("}.verm-root")[2] + body[2]
    found = dict.fromkeys(word for name, word in _POOR if re.search(rf"[;{{\"]{name}:", author))
    return [f"litehtml does not draw {word}" for word in found]


def _picture(document: str) -> Image:
    raw = _litehtml().render(document, fmt="raw")
    pixels = np.frombuffer(raw.data, np.uint8)
    if pixels.size != raw.width * raw.height * 4:
        raise Rejected("too_large", "the table is too large to draw")
    rgb = pixels.reshape(raw.height, raw.width, 4)[:, :, :3]
    # the page's own margin shows how large it is: along its upper and its left edge it is white
    backdrop = np.frombuffer(bytes.fromhex(BACKDROP[1:]), np.uint8)
    width = int((rgb[0] != backdrop).any(axis=1).sum())
    height = int((rgb[:, 0] != backdrop).any(axis=1).sum())
    return np.ascontiguousarray(rgb[:height, :width])


@cache
def _litehtml() -> Any:
    import pylitehtml

    extra = [str(path) for path in fonts.font_files()]
    chosen = pylitehtml.FontConfig(default=fonts.SANS, extra=extra)
    pictures = pylitehtml.ImageConfig(allow_http=False)
    # fontconfig reads its settings once; by default they are the machine's, with fonts of its own
    with tempfile.TemporaryDirectory(prefix="verm-fonts-") as folder:
        settings = Path(folder, "fonts.conf")
        settings.write_text(fonts.fontconfig(Path(folder)))
        os.environ["FONTCONFIG_FILE"] = str(settings)
        renderer = pylitehtml.Renderer(WIDTH, fonts=chosen, images=pictures)
        renderer.render("<p>a")
    return renderer


def preload() -> None:
    """Warm the parsers."""
    for source in (
        b"|a|b|\n|-|-|\n|1|$x^2$|",
        b"\\begin{tabular}{l}a \\'e\\end{tabular}",
        b"a,b\n1,2",
        b"+-+\n|a|\n+-+",
        b"<style>td{color:red}</style><table><td style='color:blue'>a",
    ):
        draw(source, {})


def preload_litehtml() -> None:
    """Warm everything, litehtml included."""
    preload()
    # a font that is first needed in confinement cannot be opened there any more
    styles = ("", "font-weight:bold", "font-style:italic", "font-weight:bold;font-style:italic")
    cells = "".join(
        f"<td style=\"font-family:'{family}';{style}\">a 数 α → ✓ 𝐱"
        for family in fonts.FAMILIES
        for style in styles
    )
    draw(f"<table>{cells}<td>a<sup>2</sup>".encode(), {"litehtml": True})
