r"""Column specifications of LaTeX tables: `l|c@{}p{3cm}>{\bfseries}r*{2}{S}`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from visual_erm.renderers.table_latex_reader import Node, argument, optional, plain, read
from visual_erm.renderers.table_latex_text import source_of

MAX_COLUMNS = 300
LIGHT = "1px solid #000"
"""A thin rule."""
_PIXELS = {"cm": 37.8, "mm": 3.78, "in": 96, "pt": 1.333, "em": 16, "ex": 8, "px": 1, "pc": 16}
_LINE_WIDTH = 640
"""Pixels that \textwidth and \\linewidth stand for."""
_ALIGN = {"l": "left", "c": "center", "r": "right", "L": "left", "C": "center", "R": "right"}
_ALIGN |= {"S": "right", "s": "left", "D": "right", "d": "right", "n": "right", "N": "right"}


@dataclass
class Column:
    """What a column specification says of one column."""

    align: str = "left"
    width: int = 0
    """Pixels; 0 for as wide as its content."""
    left: str = ""
    """Rule to the left."""
    right: str = ""
    before: str = ""
    """LaTeX before each cell."""
    formula: bool = False
    """Whether each cell is a formula."""
    after: str = ""
    """LaTeX after each cell: text between columns."""


def columns_of(specification: str) -> list[Column]:
    r"""Columns as a column specification names them.

    >>> [(c.align, c.left, c.right[:3]) for c in columns_of("l@{}|*{2}{c}r")]
    [('left', '', '1px'), ('center', '', ''), ('center', '', ''), ('right', '', '')]
    """
    columns: list[Column] = []
    rules, before = 0, ""
    tokens = _repeated(read(specification), 0)
    index = 0
    while index < len(tokens) and len(columns) < MAX_COLUMNS:
        node = tokens[index]
        index += 1
        sign = node.value if node.kind == "text" else ""
        if sign in ("|", ":"):
            rules += 1
            if columns:
                columns[-1].right = _vertical(rules)
        elif sign in (">", "<", "@", "!"):
            inner, index = argument(tokens, index)
            text = source_of(inner).strip()
            if sign == ">":
                before = text
            elif columns and sign != "<" and not text.startswith("\\extracolsep"):
                columns[-1].after += text
        elif sign in _ALIGN or sign in ("p", "m", "b", "X", "P", "M", "J", "w", "W", "Q"):
            column = Column(align=_ALIGN.get(sign, "left"), before=before)
            if not columns:
                column.left = _vertical(rules)
            if sign in ("p", "m", "b", "P", "M", "w", "W"):
                inner, index = argument(tokens, index)
                if sign in "wW":
                    column.align = _ALIGN.get(plain(inner), "left")
                    inner, index = argument(tokens, index)
                column.width = length_of(plain(inner))
            elif sign in ("D", "S", "Q"):
                _, index = optional(tokens, index)
                for _ in range(3 if sign == "D" else 0):
                    _, index = argument(tokens, index)
            _apply(column)
            columns.append(column)
            rules, before = 0, ""
    return columns


def _repeated(nodes: list[Node], depth: int) -> list[Node]:
    """Tokens one letter each, `*{n}{...}` written out."""
    made: list[Node] = []
    index = 0
    letters: list[Node] = []
    for node in nodes:
        if node.kind == "text":
            letters += [Node("text", letter) for letter in node.value if not letter.isspace()]
        else:
            letters.append(node)
    while index < len(letters) and len(made) < 4 * MAX_COLUMNS:
        node = letters[index]
        index += 1
        if node.kind == "text" and node.value == "*" and depth < 4:
            times, index = argument(letters, index)
            inner, index = argument(letters, index)
            number = int(plain(times)) if plain(times).isdigit() else 1
            made += _repeated(inner, depth + 1) * min(number, MAX_COLUMNS)
        else:
            made.append(node)
    return made


def _apply(column: Column) -> None:
    """Take alignment and formulas out of what stands before each cell."""
    for macro, align in (("centering", "center"), ("raggedleft", "right"), ("raggedright", "left")):
        if f"\\{macro}" in column.before:
            column.align = align
    if "$" in column.before:
        column.formula = True
        column.before = ""


def _vertical(rules: int) -> str:
    return ("", LIGHT)[rules] if rules < 2 else "3px double #000"


def length_of(text: str) -> int:
    """A length in pixels, 0 if it is none."""
    found = re.match(r"\s*(\d*\.?\d+)\s*(cm|mm|in|pt|em|ex|px|pc|\\[a-z]+width)", text)
    if found is None:
        found = re.match(r"\s*()(\\(?:text|line|column|h)(?:width|size))", text)
    if found is None:
        return 0
    number = float(found[1] or 1)
    return round(min(3000.0, number * _PIXELS.get(found[2], _LINE_WIDTH)))
