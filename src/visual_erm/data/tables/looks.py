"""How tables are drawn: borders, stripes, colours, fonts, sizes, emphasis; nothing is content.

The looks are those of pages, reports, papers and data frames: ruled, striped, booktabs, bare, dark,
boxed. `some_css` makes a style sheet of one of them, in one of the fonts that every renderer has.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from visual_erm import fonts

if TYPE_CHECKING:
    from visual_erm.data.tables.sheets import Sheet

LOOKS: Mapping[str, str] = {
    "grid": "td,th{border:1px solid #333;padding:4px 8px}",
    "booktabs": (
        "table{border-top:2px solid #000;border-bottom:2px solid #000}"
        "td,th{padding:3px 10px}thead tr:last-child th{border-bottom:1px solid #000}"
    ),
    "bare": "td,th{padding:4px 12px;text-align:left}th{font-weight:normal}",
    "zebra": (
        "td,th{padding:6px 10px}tbody tr:nth-child(even){background:#eef2f7}"
        "thead{background:#d6e4f0}"
    ),
    "header": (
        "td,th{padding:5px 10px;border-bottom:1px solid #ddd}th{background:#2c3e50;color:#fff}"
    ),
    "coloured": "td,th{border:1px solid #bbb;padding:5px 9px}th{background:#ffe9b8;color:#5a3d00}",
    "right": "td,th{border-bottom:1px solid #ccc;padding:4px 10px}td+td{text-align:right}",
    "plain": "table{border-collapse:separate;border-spacing:2px}",
    "night": (
        "body{background:#16181d;color:#d8dee9}td,th{padding:5px 12px;"
        "border-bottom:1px solid #3b4252;text-align:left}th{color:#88c0d0}"
    ),
    "frame": (
        "td,th{padding:3px 6px;text-align:right;border:0}th{font-weight:bold}"
        "thead tr{border-bottom:1px solid #bdbdbd}tbody tr:nth-child(odd){background:#f5f5f5}"
    ),
    "columns": "td,th{padding:4px 9px;border-left:1px dotted #888;border-right:1px dotted #888}",
    "boxed": (
        "table{border-collapse:separate;border-spacing:3px;border:2px outset #999}"
        "td,th{border:1px inset #999;padding:2px 6px}"
    ),
    "strong": "td,th{border:2px solid #666;padding:6px 12px}th{background:#666;color:#fff}",
    "pastel": (
        "td,th{padding:6px 11px;border:1px solid #fff;background:#e8f4ea}"
        "th{background:#7bb586;color:#fff}tbody tr:nth-child(even) td{background:#f4f9f4}"
    ),
}
FONTS = (fonts.SANS, fonts.SANS, fonts.SERIF, fonts.MONO)
SIZES = (12, 13, 14, 15, 16, 17, 18)
"""CSS pixels of the text."""
SHADES = (*(("#440154", "#fff"), ("#31688e", "#fff"), ("#35b779", "#000"), ("#fde725", "#000")),)
"""Colours of heat maps from low to high: of the cell, and of its text."""


def some_css(rng: random.Random, *, but: str = "") -> str:
    """A style sheet as one may meet it.

    Args:
        rng: chooses.
        but: a style sheet whose look is not taken.
    """
    style = rng.choice([style for style in LOOKS.values() if style not in but])
    font, size = rng.choice(FONTS), rng.choice(SIZES)
    family = f"'{font}','{fonts.CJK}',sans-serif"
    base = f"table{{border-collapse:collapse}}table,p,caption{{font:{size}px {family}}}"
    wide = f"table{{width:{rng.choice((600, 800))}px}}" if rng.random() < 0.12 else ""
    return f"{base}{style}{wide}p{{font-size:85%}}"


def heat(share: float) -> str:
    """Declarations of a cell whose value lies this far between the least and the largest."""
    back, text = SHADES[min(len(SHADES) - 1, int(share * len(SHADES)))]
    return f"background:{back};color:{text}"


LARGER = "table,p,caption{font-size:20px!important}"
AIRY = "td,th{padding:9px 18px!important}"

_EMPHASIS = re.compile(r"</?(?:b|strong|i|em)>")


def other_emphasis(sheet: Sheet, rng: random.Random) -> Sheet:
    """The same words, with none of them bold or in italics, or some that were not."""
    cells = [cell for row in sheet.rows[sheet.heads :] for cell in row if cell.plain]
    loud = [cell for cell in cells if _EMPHASIS.search(cell.text)]
    if loud:
        for cell in loud:
            sheet = sheet.with_text(cell.key, _EMPHASIS.sub("", cell.text))
        return sheet
    tag = rng.choice(("b", "i"))
    for cell in rng.sample(cells, min(len(cells), rng.randint(1, 6))):
        sheet = sheet.with_text(cell.key, f"<{tag}>{cell.text}</{tag}>")
    return sheet
