"""How a sheet is drawn: borders, stripes, colours, fonts, sizes; nothing here is content.

`html(sheet, look)` writes a sheet as a page. The looks are those of pages, reports, papers and data
frames: ruled, striped, booktabs, bare, dark, small, heat maps. "house" is like our own renderer's,
in which what a model wrote is drawn whatever the reference looks like.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from visual_erm.data.tables.looks import LOOKS
from visual_erm.data.tables.sheets import FOOT, Cell, Sheet
from visual_erm.renderers.browser import SHEET

HOUSE_STYLE = "td,th{border:1px solid #444;padding:4px 8px;text-align:left}th{background:#eee}"
FONTS: Mapping[str, str] = {
    "arimo": "Arimo",
    "tinos": "Tinos",
    "dejavu": "DejaVu Sans",
    "carlito": "Carlito",
    "roboto": "Roboto",
    "merriweather": "Merriweather",
    "opensans": "Open Sans",
}
SIZES = (9, 10, 11, 12, 13, 14, 15, 16, 18)


@dataclass(frozen=True)
class Look:
    """How a sheet is drawn."""

    style: str = "grid"
    font: str = "arimo"
    size: int = 15
    """CSS pixels of the text."""
    extra: str = ""
    width: int = 0
    """CSS pixels of the whole table, 0 for as wide as it wants."""


HOUSE = Look("house", "dejavu", 16)


def some_look(rng: random.Random) -> Look:
    """A look as one may meet it."""
    extra = rng.choice(("", "", "", "", "td,th{text-align:center!important}", heat(rng)))
    wide = rng.choice((0, 0, 0, 700, 1000))
    return Look(rng.choice(list(LOOKS)), rng.choice(list(FONTS)), rng.choice(SIZES), extra, wide)


def heat(rng: random.Random) -> str:
    """Cells coloured by value, as styled data frames have them."""
    shades = (("#440154", "#fff"), ("#31688e", "#fff"), ("#35b779", "#000"), ("#fde725", "#000"))
    rules = []
    for row in range(1, 14):
        for column in range(2, 9):
            back, text = rng.choice(shades)
            place = f"tbody tr:nth-child({row}) td:nth-child({column})"
            rules.append(f"{place}{{background:{back};color:{text}}}")
    return "".join(rules)


def other_font(look: Look, rng: random.Random) -> Look:
    """Another family."""
    return replace(look, font=rng.choice([font for font in FONTS if font != look.font]))


def other_style(look: Look, rng: random.Random) -> Look:
    """Other borders, stripes and colours."""
    return replace(look, style=rng.choice([style for style in LOOKS if style != look.style]))


def other_look(look: Look, rng: random.Random) -> Look:
    """Everything else but the words."""
    look = other_style(other_font(look, rng), rng)
    return replace(look, size=rng.choice((13, 15, 17)), extra="")


def html(sheet: Sheet, look: Look, marked: frozenset[int] = frozenset()) -> str:
    """The sheet as one HTML document; cells with a marked key on loud magenta."""
    width = f"table{{width:{look.width}px}}" if look.width else ""
    style = HOUSE_STYLE if look.style == "house" else LOOKS[look.style]
    css = (
        f"body{{margin:0;background:#fff}}{SHEET}{{display:inline-block;padding:10px;max-width:1180px}}"
        f"table{{border-collapse:collapse;font:{look.size}px '{FONTS[look.font]}',"
        f"'Noto Sans CJK SC',sans-serif}}p,caption{{font:{look.size}px '{FONTS[look.font]}',"
        f"'Noto Sans CJK SC'}}{style}{width}.foot{{font-size:85%;margin:4px 0}}{look.extra}"
        ".mark{background:#f0f!important}"
    )
    head = "".join(
        _row(row, "th", marked, last=number == sheet.heads - 1)
        for number, row in enumerate(sheet.rows[: sheet.heads])
    )
    body = "".join(_row(row, "td", marked) for row in sheet.rows[sheet.heads :])
    caption = f"<caption>{sheet.caption}</caption>" if sheet.caption else ""
    mark = " mark" if FOOT in marked else ""
    foot = f'<p class="foot{mark}">{sheet.foot}</p>' if sheet.foot else ""
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><style>{css}</style></head><body>"
        f"<div id={SHEET[1:]}><table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>"
        f"{foot}"
        "</div></body></html>"
    )


def _row(cells: tuple[Cell, ...], tag: str, marked: frozenset[int], *, last: bool = False) -> str:
    written = []
    for cell in cells:
        spans = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
        spans += f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
        mark = ' class="mark"' if cell.key in marked else ""
        written.append(f"<{tag}{spans}{mark}>{cell.text}</{tag}>")
    return f"<tr{' class=last' if last else ''}>{''.join(written)}</tr>"
