r"""LaTeX tables as HTML that looks as they print: rules where they are ruled, columns as specified.

Every tabular (tabular*, tabularx, longtable, array and relatives included) outside another is one
table; captions, notes of tables and footnotes come with it. Prose between tables is not drawn. A
table without rules has none, unlike one of Markdown: in print it has none either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_formulas import Formulas
from visual_erm.renderers.table_latex_columns import (
    LIGHT,
    MAX_COLUMNS,
    Column,
    columns_of,
    length_of,
)
from visual_erm.renderers.table_latex_reader import (
    Node,
    argument,
    optional,
    parenthesis,
    plain,
    read,
)
from visual_erm.renderers.table_latex_text import Cell, Writer, source_of

TABULARS = {
    "tabular": 1, "tabular*": 2, "tabularx": 2, "tabulary": 2, "longtable": 1, "array": 1,
    "supertabular": 1, "xltabular": 2, "tabu": 1, "longtabu": 1, "tblr": 1, "longtblr": 1,
    "NiceTabular": 1, "NiceTabular*": 2,
}  # fmt: skip
"""Environments that are tables, with the number of their arguments."""
MAX_CELLS = 20_000
_FLOATS = frozenset({"table", "table*", "threeparttable", "sidewaystable", "wraptable"})
_HEAVY = "2px solid #000"
_RULES = {"hline": LIGHT, "toprule": _HEAVY, "midrule": LIGHT, "bottomrule": _HEAVY}
_RULES |= {"Xhline": _HEAVY, "hdashline": "1px dashed #000", "thickhline": _HEAVY, "hhline": LIGHT}
_RULES |= {"specialrule": LIGHT}
_PARTS = frozenset({"endfirsthead", "endhead", "endfoot", "endlastfoot"})


@dataclass
class Row:
    """Cells of one row, and the rules above it."""

    cells: list[list[Node]] = field(default_factory=list)
    rules: list[tuple[int, int, str]] = field(default_factory=list)
    """First and last column (from 0, inclusive) and style."""

    @property
    def bare(self) -> bool:
        """Whether there is nothing in it, like what stands after the last row's end."""
        return all(not source_of(cell).strip() for cell in self.cells)


@dataclass
class Placed:
    """A cell in the grid."""

    html: str
    cell: Cell
    column: Column
    row: int
    at: int
    top: str = ""
    bottom: str = ""


def to_html(source: str, formulas: Formulas) -> str:
    r"""The tables of a source, in order.

    >>> print(to_html(r"\begin{tabular}{r}\hline a\\\end{tabular}", Formulas())[54:])
    <tr><td style="text-align:right;border-top:1px solid #000">a</td></tr></table>
    """
    source, macros = _definitions(_without_comments(source))
    body = source[max(0, source.find("\\begin{document}")) :]
    maker = _Maker(formulas, macros)
    maker.writer.html(read("".join(re.findall(r"\\definecolor(?:\s*\{[^{}]*\}){3}", source))))
    maker.walk(read(body), floating=False)
    return maker.finish()


def _without_comments(source: str) -> str:
    return re.sub(r"(?<!\\)((?:\\\\)*)%[^\n]*\n?[ \t]*", r"\1", source)


def _definitions(source: str) -> tuple[str, dict[str, tuple[int, str]]]:
    """The source without its macro definitions, and these."""
    macros: dict[str, tuple[int, str]] = {}
    start = re.compile(
        r"\\(?:re|provide)?newcommand\*?\s*\{?\\([A-Za-z]+)\}?\s*(?:\[(\d)\])?\s*(?=\{)"
        r"|\\def\s*\\([A-Za-z]+)\s*(?=\{)"
    )
    parts, position = [], 0
    while (match := start.search(source, position)) and len(macros) < 200:
        end = _closing(source, match.end())
        if end < 0:
            break
        parts.append(source[position : match.start()])
        name = match[1] or match[3]
        macros[name] = (int(match[2] or 0), source[match.end() + 1 : end])
        position = end + 1
    return "".join((*parts, source[position:])), {
        name: macro for name, macro in macros.items() if name not in ("arraystretch", "tabcolsep")
    }


def _closing(source: str, start: int) -> int:
    """Place of the brace that closes the one at `start`; -1 if none does within 4,000 letters."""
    depth = 0
    for index in range(start, min(len(source), start + 4_000)):
        sign = source[index]
        if sign in "{}" and source[index - 1] != "\\":
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return index
    return -1


class _Maker:
    """Walks a source and gathers its tables."""

    def __init__(self, formulas: Formulas, macros: dict[str, tuple[int, str]]) -> None:
        self.writer = Writer(formulas, self._inner, macros=macros)
        self._formulas = formulas
        self._parts: list[str] = []
        self._caption = ""
        self._cells = 0
        self._stripes: tuple[int, str | None, str | None] | None = None

    def finish(self) -> str:
        """Everything, with captions without a table and footnotes."""
        self._put_caption()
        for number, note in enumerate(self.writer.notes, 1):
            sign = "" if note.startswith("<sup>") else f"<sup>{number}</sup> "
            self._parts.append(f'<p style="font-size:13px">{sign}{note}</p>')
        return "".join(self._parts)

    def walk(self, nodes: list[Node], *, floating: bool) -> None:
        """Find tables, captions and, in floats, notes."""
        words: list[Node] = []
        index = 0
        while index < len(nodes):
            node = nodes[index]
            index += 1
            if node.kind == "macro" and node.value.rstrip("*") in ("caption", "captionof"):
                if node.value == "captionof":
                    _, index = argument(nodes, index)
                _, index = optional(nodes, index)
                inner, index = argument(nodes, index)
                self._caption = self.writer.html(inner).strip()
                if self._parts and self._parts[-1].startswith("<table") and floating:
                    self._below()
            elif node.kind == "macro" and node.value == "rowcolors":
                index = self._take_stripes(nodes, index)
            elif node.kind == "environment" and node.value in TABULARS:
                self._note(words)
                self._parts.append(self._table(node, self._take_caption()))
            elif node.kind == "math" and "\\begin{array}" in node.value:
                self.walk(read(node.value), floating=False)
            elif node.kind in ("environment", "group"):
                if node.value == "tablenotes":
                    self._note([node])
                elif _has_table(node) or node.value in _FLOATS:
                    self._note(words)
                    inner_floating = floating or node.value in _FLOATS
                    self.walk(node.nodes, floating=inner_floating)
                elif floating:
                    words.append(node)
            elif floating:
                words.append(node)
        self._note(words)

    def _note(self, words: list[Node]) -> None:
        """Text in a float beside its table."""
        text = self.writer.html(words) if words else ""
        words.clear()
        bare = re.sub(r"<[^>]*>|\s", "", text)
        # what is left of the options of floats and boxes is no note
        if len(bare) > 3 and not re.fullmatch(r"\[?[!htbpH\d.]*\]?", bare):
            text = re.sub(r"^\s*\[[!htbpHclr]*\]|\s+", " ", text).strip()
            self._put_caption()
            self._parts.append(f'<div style="font-size:13px">{text}</div>')

    def _take_caption(self) -> str:
        caption, self._caption = self._caption, ""
        return f"<caption>{caption}</caption>" if caption else ""

    def _below(self) -> None:
        """Put a caption that comes after its table below it."""
        caption = self._take_caption().replace("<caption", '<caption style="caption-side:bottom"')
        head, _, rest = self._parts[-1].partition(">")
        self._parts[-1] = f"{head}>{caption}{rest}"

    def _put_caption(self) -> None:
        if self._caption:
            self._parts.append(f"<p>{self._caption}</p>")
            self._caption = ""

    def _take_stripes(self, nodes: list[Node], index: int) -> int:
        _, index = optional(nodes, index)
        start, index = argument(nodes, index)
        odd, index = argument(nodes, index)
        even, index = argument(nodes, index)
        first = int(plain(start)) if plain(start).isdigit() else 1
        find = self.writer.colours.find
        self._stripes = (first, find(plain(odd)), find(plain(even)))
        return index

    def _inner(self, node: Node) -> str:
        """A table within a cell; one column without rules is only lines."""
        html = self._table(node, "")
        if "border" not in html.partition(">")[2] and html.count("<td") == html.count("<tr"):
            lines = re.findall(r"<td[^>]*>(.*?)</td>", html, re.DOTALL)
            return "<br>".join(lines)
        return html

    def _table(self, node: Node, caption: str) -> str:
        nodes, at = node.nodes, 0
        width = ""
        _, at = optional(nodes, at)
        for _ in range(TABULARS[node.value] - 1):
            inner, at = argument(nodes, at)
            width = plain(inner)
        _, at = optional(nodes, at)
        specification, at = argument(nodes, at)
        text = source_of(specification)
        if node.value.endswith("tblr") and (given := re.search(r"colspec\s*=\s*\{(.*?)\}", text)):
            text = given[1]
        columns = columns_of(text)
        if node.value == "array":
            for column in columns:
                column.formula = True
        rows, found = _rows(nodes[at:], self.writer)
        if found:
            caption = f"<caption>{found}</caption>"
        placed, count = self._place(rows, columns)
        styles = "border:0 none;border-collapse:collapse"
        if width and (pixels := length_of(width)):
            styles += f";width:{pixels}px"
        return f'<table style="{styles}">{caption}{_emit(placed, count)}</table>'

    def _place(self, rows: list[Row], columns: list[Column]) -> tuple[list[Placed], int]:
        """Cells at their places in the grid, in reading order, and the number of rows."""
        placed: list[Placed] = []
        taken: dict[tuple[int, int], Placed] = {}
        count = len(rows) - (1 if rows and rows[-1].bare else 0)
        for number, row in enumerate(rows):
            if number == count:
                _rule_bottom(placed, row, count)
                break
            at, background = 0, self._stripe(number)
            made: list[Placed] = []
            for nodes in row.cells:
                cell, html, column = self._cell(nodes, columns, at)
                background = cell.row_background or background
                self._cells += 1
                if self._cells > MAX_CELLS or at + cell.across > MAX_COLUMNS:
                    raise Rejected("too_large", f"a table has more than {MAX_CELLS} cells")
                one = Placed(html, cell, column, number, at)
                covering = taken.get((number, at))
                if cell.down < 0:
                    _raise(one, placed, taken)
                elif covering is not None and html:
                    covering.cell.down = number - covering.row
                    covering = None
                if covering is None and cell.down > 0:
                    made.append(one)
                    one.top = next((rule for a, b, rule in row.rules if a <= at <= b), one.top)
                    down = min(cell.down, count - number)
                    cell.down = down
                    for below in range(1, down):
                        for aside in range(cell.across):
                            taken[number + below, at + aside] = one
                at += cell.across
            for one in made:
                one.cell.background = one.cell.background or background
            if made and background and at < len(columns):
                for aside in range(at, len(columns)):
                    fill = Placed("", Cell(background=background), columns[aside], number, aside)
                    made.append(fill)
            placed += made
        return placed, count

    def _stripe(self, number: int) -> str | None:
        if self._stripes is None or number + 1 < self._stripes[0]:
            return None
        _, odd, even = self._stripes
        return odd if (number + 1) % 2 else even

    def _cell(self, nodes: list[Node], columns: list[Column], at: int) -> tuple[Cell, str, Column]:
        column = columns[at] if at < len(columns) else Column()
        cell = Cell()
        plainly = any(node.kind == "macro" and node.value == "multicolumn" for node in nodes)
        if column.formula and not plainly:
            text = source_of(nodes).strip()
            return cell, self.writer.formula(Node("math", text)) if text else "", column
        if column.before and not plainly and source_of(nodes).strip():
            nodes = [*read(column.before), *nodes]
        html = self.writer.html(nodes, cell).strip()
        html = re.sub(r"^(?:<br>\s*)+|(?:\s*<br>)+$", "", html)
        if cell.columns is not None:
            own = columns_of(cell.columns)
            column = own[0] if own else Column()
            if column.formula and html:
                html = self.writer.formula(Node("math", source_of(nodes)))
        elif column.after and html:
            html += self.writer.html(read(column.after))
        return cell, html, column


def _raise(one: Placed, placed: list[Placed], taken: dict[tuple[int, int], Placed]) -> None:
    """A text that stands in the last of its rows belongs to the first of them."""
    first = max(0, one.row + one.cell.down + 1)
    for above in placed:
        if above.at == one.at and above.row == first and not above.html:
            above.html, above.cell.down = one.html, one.row - first + 1
            above.cell.background = one.cell.background or above.cell.background
            for between in list(placed):
                if between.at == one.at and first < between.row < one.row and not between.html:
                    placed.remove(between)
            for row in range(first + 1, one.row + 1):
                taken[row, one.at] = above
            return
    one.cell.down = 1


def _rule_bottom(placed: list[Placed], last: Row, count: int) -> None:
    for one in placed:
        if one.row + one.cell.down == count:
            for first, end, rule in last.rules:
                if first <= one.at <= end:
                    one.bottom = rule


def _emit(placed: list[Placed], count: int) -> str:
    rows: list[list[str]] = [[] for _ in range(count)]
    for one in sorted(placed, key=lambda one: (one.row, one.at)):
        styles = []
        if one.column.align != "left":
            styles.append(f"text-align:{one.column.align}")
        if one.column.width:
            styles.append(f"width:{one.column.width}px")
        if one.cell.valign:
            styles.append(f"vertical-align:{one.cell.valign}")
        if one.cell.background:
            styles.append(f"background-color:{one.cell.background}")
        for side in ("top", "bottom"):
            if rule := getattr(one, side):
                styles.append(f"border-{side}:{rule}")
        for side in ("left", "right"):
            if rule := getattr(one.column, side):
                styles.append(f"border-{side}:{rule}")
        style = f' style="{";".join(styles)}"' if styles else ""
        across = f' colspan="{one.cell.across}"' if one.cell.across > 1 else ""
        down = f' rowspan="{one.cell.down}"' if one.cell.down > 1 else ""
        rows[one.row].append(f"<td{style}{across}{down}>{one.html}</td>")
    return "".join(f"<tr>{''.join(row)}</tr>" for row in rows)


def _has_table(node: Node) -> bool:
    return any(
        (inner.kind == "environment" and inner.value in (*TABULARS, *_FLOATS))
        or (inner.kind == "math" and "\\begin{array}" in inner.value)
        or _has_table(inner)
        for inner in node.nodes
    )


def _rows(nodes: list[Node], writer: Writer) -> tuple[list[Row], str]:
    """The rows of a body, with the parts of a longtable in order, and a caption among them."""
    sections: dict[str, list[Row]] = {}
    rows: list[Row] = []
    row = Row()
    cell: list[Node] = []
    caption = ""
    index = 0

    def end_cell() -> None:
        nonlocal cell
        row.cells.append(cell)
        cell = []

    while index < len(nodes):
        node = nodes[index]
        index += 1
        name = node.value if node.kind == "macro" else ""
        if node.kind == "and":
            end_cell()
        elif name in ("\\", "\\*", "tabularnewline", "cr"):
            _, index = optional(nodes, index)
            end_cell()
            if not (row.bare and len(row.cells) == 1 and not row.rules and caption):
                rows.append(row)
                row = Row()
            else:
                row = Row()
        elif name in _PARTS:
            end_cell()
            if not row.bare or row.rules:
                rows.append(row)
            sections[name], rows, row = rows, [], Row()
        elif name in ("cline", "cmidrule", "cdashline", "Cline"):
            _, index = optional(nodes, index)
            index = parenthesis(nodes, index)
            inner, index = argument(nodes, index)
            if found := re.match(r"(\d{1,3})\s*-\s*(\d{1,3})", plain(inner)):
                row.rules.append((int(found[1]) - 1, int(found[2]) - 1, LIGHT))
        elif name in _RULES:
            index = _after_rule(name, nodes, index)
            whole = (0, MAX_COLUMNS, _RULES[name])
            if row.rules and row.rules[0] == whole and name == "hline":
                whole = (0, MAX_COLUMNS, "3px double #000")
            row.rules.insert(0, whole) if name == "hline" else row.rules.append(whole)
        elif name in ("addlinespace", "morecmidrules", "noalign", "rowfont", "arrayrulecolor"):
            _, index = optional(nodes, index)
            if name in ("noalign", "arrayrulecolor"):
                _, index = argument(nodes, index)
        elif name.rstrip("*") == "caption":
            _, index = optional(nodes, index)
            inner, index = argument(nodes, index)
            caption = writer.html(inner).strip()
        else:
            cell.append(node)
    end_cell()
    rows.append(row)
    return _in_order(sections, rows), caption


def _after_rule(name: str, nodes: list[Node], index: int) -> int:
    _, index = optional(nodes, index)
    count = {"Xhline": 1, "hhline": 1, "specialrule": 3}.get(name, 0)
    for _ in range(count):
        _, index = argument(nodes, index)
    return index


def _in_order(sections: dict[str, list[Row]], body: list[Row]) -> list[Row]:
    """A longtable that never breaks: first head, body, last foot."""
    if not sections:
        return body
    head = sections.get("endfirsthead", sections.get("endhead", []))
    foot = sections.get("endlastfoot", sections.get("endfoot", []))
    last = body[-1] if body and body[-1].bare else None
    rows = [*_closed(head), *(body[:-1] if last else body)]
    # a part that holds rules only rules what follows it
    joined: list[Row] = []
    pending: list[tuple[int, int, str]] = []
    for row in [*rows, *foot, *([last] if last else [])]:
        if row.bare and row.rules and row is not last:
            pending += row.rules
        else:
            row.rules = [*pending, *row.rules]
            pending = []
            joined.append(row)
    if pending:
        joined.append(Row([[]], pending))
    return joined


def _closed(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.rules or not row.bare]
