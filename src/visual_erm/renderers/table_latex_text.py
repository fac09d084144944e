r"""What stands in a LaTeX cell, as HTML: fonts, colours, symbols, boxes, footnotes, formulas.

Macros on the lists below do what they do in print; a macro that is on none keeps its arguments,
which follow as groups and are shown. Symbols and accents come from pylatexenc's tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from pylatexenc.latex2text import LatexNodes2Text

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_formulas import Formulas
from visual_erm.renderers.table_latex_colours import Colours
from visual_erm.renderers.table_latex_reader import Node, argument, optional, plain, read
from visual_erm.renderers.table_latex_units import quantity, unit_of

_MAX_EXPANSIONS = 5_000
_MAX_MARKUP = 4_000_000
_FONTS = {
    "textbf": "<b>|</b>",
    "textit": "<i>|</i>",
    "emph": "<i>|</i>",
    "textsl": "<i>|</i>",
    "textup": '<span style="font-style:normal">|</span>',
    "textmd": '<span style="font-weight:normal">|</span>',
    "textnormal": '<span style="font-weight:normal;font-style:normal">|</span>',
    "underline": "<u>|</u>",
    "uline": "<u>|</u>",
    "ul": "<u>|</u>",
    "sout": "<s>|</s>",
    "st": "<s>|</s>",
    "texttt": '<span style="font-family:monospace">|</span>',
    "textsc": '<span style="font-variant:small-caps">|</span>',
    "textsuperscript": "<sup>|</sup>",
    "textsubscript": "<sub>|</sub>",
    "tnote": "<sup>|</sup>",
    "tablefootnote": "<sup>|</sup>",
    "hl": '<span style="background-color:#ff0">|</span>',
    "fbox": '<span style="border:1px solid #000">|</span>',
    "framebox": '<span style="border:1px solid #000">|</span>',
    "phantom": '<span style="visibility:hidden">|</span>',
    "hphantom": '<span style="visibility:hidden">|</span>',
    "uppercase": '<span style="text-transform:uppercase">|</span>',
    "MakeUppercase": '<span style="text-transform:uppercase">|</span>',
    "lowercase": '<span style="text-transform:lowercase">|</span>',
}
_DECLARATIONS = {
    "bfseries": "font-weight:bold",
    "bf": "font-weight:bold",
    "boldmath": "font-weight:bold",
    "mdseries": "font-weight:normal",
    "itshape": "font-style:italic",
    "it": "font-style:italic",
    "em": "font-style:italic",
    "slshape": "font-style:italic",
    "upshape": "font-style:normal",
    "ttfamily": "font-family:monospace",
    "tt": "font-family:monospace",
    "rmfamily": "",
    "sffamily": "",
    "scshape": "font-variant:small-caps",
    "normalfont": "font-weight:normal;font-style:normal",
    "tiny": "font-size:8px",
    "scriptsize": "font-size:11px",
    "footnotesize": "font-size:13px",
    "small": "font-size:14px",
    "normalsize": "font-size:16px",
    "large": "font-size:19px",
    "Large": "font-size:23px",
    "LARGE": "font-size:28px",
    "huge": "font-size:33px",
    "Huge": "font-size:40px",
}
_LAST = frozenset(
    """
    mbox hbox makebox text textrm textsf raisebox resizebox resizebox* scalebox adjustbox
    parbox multirowcell href textcolor colorbox fcolorbox num si unit ang textquote
    enquote centerline multirowsetup rlap llap smash vcenter minitab highlight
    """.split()
)
"""Macros of which the last argument is shown."""
_COUNTS = {
    "raisebox": 2,
    "resizebox": 3,
    "resizebox*": 3,
    "scalebox": 2,
    "adjustbox": 2,
    "parbox": 2,
    "href": 2,
    "setlength": 2,
    "addtolength": 2,
    "setcounter": 2,
    "specialrule": 3,
    "definecolor": 3,
    "newcommand": 2,
    "renewcommand": 2,
    "providecommand": 2,
    "captionof": 2,
    "rule": 2,
    "newcolumntype": 2,
    "fontsize": 2,
}
_NOTHING = frozenset(
    """
    label hspace hspace* vspace vspace* setlength addtolength setcounter rule
    includegraphics arrayrulecolor index newcommand renewcommand newcommand* renewcommand*
    providecommand definecolor newcolumntype vphantom rowfont linespread selectlanguage
    fontsize bibliographystyle usepackage documentclass captionsetup sisetup pagestyle
    thispagestyle phantomsection footnotemark multicolumnsetup
    """.split()
)
"""Macros that print nothing, nor do their arguments."""
_LONE = frozenset(
    [
        "centering",
        "raggedright",
        "raggedleft",
        "arraybackslash",
        "noindent",
        "par",
        "relax",
        "hfill",
        "hfil",
        "vfill",
        "bigstrut",
        "strut",
        "protect",
        "null",
        "selectfont",
        "rm",
        "sf",
        "leavevmode",
        "normalcolor",
        "nobreak",
        "allowbreak",
        "unskip",
        "ignorespaces",
        "toprule",
        "midrule",
        "bottomrule",
        "hline",
        "endhead",
        "endfoot",
        "endfirsthead",
        "endlastfoot",
        "tabularnewline",
        "cr",
        "\\/",
        "/",
        "@",
        "-",
        "arraystretch",
        "tabcolsep",
        "textwidth",
        "linewidth",
        "columnwidth",
        "tableofcontents",
        "maketitle",
        "clearpage",
        "newpage",
        "bigskip",
        "medskip",
        "smallskip",
        "displaystyle",
    ]
)
"""Macros without arguments that print nothing."""
_SIGNS = {
    "&": "&amp;",
    "%": "%",
    "$": "$",
    "#": "#",
    "_": "_",
    "{": "{",
    "}": "}",
    "\\": "<br>",
    "\\*": "<br>",
    "newline": "<br>",
    "linebreak": "<br>",
    ",": "\u2009",
    ":": "\u2005",
    ";": "\u2004",
    "!": "",
    " ": " ",
    "\n": " ",
    "thinspace": "\u2009",
    "enspace": "\u2002",
    "enskip": "\u2002",
    "quad": "\u2003",
    "qquad": "\u2003\u2003",
    "space": " ",
    "nobreakspace": "\u00a0",
    "xspace": "",
    "cmark": "✓",
    "checkmark": "✓",
    "tick": "✓",
    "xmark": "✗",
    "ding": "",
    "textdegree": "°",
    "degree": "°",
    "textperiodcentered": "·",
    "slash": "/",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "ldots": "…",
    "dots": "…",
    "textellipsis": "…",
    "item": "• ",
    "newpage": "",
    "up": "↑",
}
_DINGBATS = {"51": "✓", "52": "✔", "53": "✕", "54": "✖", "55": "✗", "56": "✘", "72": "★"}
_STACKS = frozenset({"makecell", "makecell*", "shortstack", "thead", "specialcell", "Centerstack"})
_CITES = re.compile(r"(?:[a-zA-Z]*cite[a-zA-Z]*|[a-zA-Z]*ref)\*?$")
_LIGATURES = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("`", "‘"))


@dataclass
class Cell:
    """What macros within a cell say about the cell itself."""

    across: int = 1
    down: int = 1
    """Rows; negative if the text stands in the last of them."""
    columns: str | None = None
    """Column specification of a multicolumn."""
    background: str | None = None
    row_background: str | None = None
    valign: str = ""


@dataclass
class Writer:
    """Turns nodes into HTML; one for each source."""

    formulas: Formulas
    tabular: Callable[[Node], str]
    """Draws a table within a cell."""
    colours: Colours = field(default_factory=Colours)
    macros: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Macros of the author's: number of arguments, and body."""
    notes: list[str] = field(default_factory=list)
    """Footnotes so far, as HTML."""
    _expansions: int = 0
    _markup: int = 0

    def html(self, nodes: list[Node], cell: Cell | None = None) -> str:
        """Nodes as HTML; `cell` learns what macros say about it."""
        nodes = list(nodes)
        cell = cell if cell is not None else Cell()
        parts: list[str] = []
        index = 0
        while index < len(nodes):
            node = nodes[index]
            index += 1
            if node.kind == "text":
                parts.append(_text(node.value))
            elif node.kind == "group":
                parts.append(self.html(node.nodes, cell))
            elif node.kind == "math":
                parts.append(self.formula(node))
            elif node.kind == "environment":
                parts.append(self._environment(node, cell))
            elif node.kind == "macro":
                text, index = self._macro(node.value, nodes, index, cell)
                parts.append(text)
        made = "".join(parts)
        self._markup += len(made)
        if self._markup > _MAX_MARKUP:
            raise Rejected("too_large", "macros make more text than is drawn")
        return made

    def formula(self, node: Node) -> str:
        """A mark for a formula, or its text where it is a bare number."""
        tex = node.value.strip()
        if not tex:
            return ""
        if re.fullmatch(r"[+-]?[\d.,]*\d", tex):
            return tex.replace("-", "−")
        if tex in ("-", "--"):
            return "−"
        source = f"${tex}$"
        for name, (count, body) in self.macros.items():
            if count == 0 and f"\\{name}" in tex and len(tex) < 2_000:
                tex = re.sub(rf"\\{name}(?![A-Za-z])", lambda _, text=body: text, tex)  # type: ignore[misc]
        tex = re.sub(r"\\(?:xspace|bigstrut|footnotesize|small|scriptsize)\b", "", tex)
        return escape(self.formulas.mark(tex, source, display=node.display))

    def _environment(self, node: Node, cell: Cell) -> str:
        if node.value in ("tabular", "tabular*", "tabularx", "array"):
            return self.tabular(node)
        if node.value in ("itemize", "enumerate", "tablenotes"):
            return self._items(node, cell)
        nodes = node.nodes
        if node.value in ("minipage", "adjustbox"):
            at = 0
            for _ in range(3):
                _, at = optional(nodes, at)
            _, at = argument(nodes, at)
            nodes = nodes[at:]
        if node.value in ("equation", "equation*", "align", "align*"):
            return escape(self.formulas.mark(plain(nodes), plain(nodes)))
        return self.html(nodes, cell)

    def _items(self, node: Node, cell: Cell) -> str:
        lines: list[list[Node]] = [[]]
        _, at = optional(node.nodes, 0)
        for inner in node.nodes[at:]:
            if inner.kind == "macro" and inner.value == "item":
                lines.append([])
            else:
                lines[-1].append(inner)
        items = []
        for number, line in enumerate(lines[1:], 1):
            label, at = optional(line, 0)
            sign = {"enumerate": f"{number}. ", "itemize": "• "}.get(node.value, "")
            if label is not None:
                sign = f"<sup>{self.html(label, cell)}</sup> "
            items.append(sign + self.html(line[at:], cell).strip())
        return "<br>".join(items)

    def _macro(self, name: str, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        """What a macro prints, and the place after its arguments."""
        if name in self.macros:
            return self._own(name, nodes, index, cell)
        if name in _SIGNS and name not in ("ding", "\\", "\\*"):
            return _SIGNS[name], index
        if name in ("\\", "\\*"):
            _, index = optional(nodes, index)
            return "<br>", index
        if name in _FONTS:
            inner, index = argument(nodes, index)
            return _FONTS[name].replace("|", self.html(inner, cell)), index
        if name in _DECLARATIONS:
            rest = self.html(nodes[index:], cell)
            style = _DECLARATIONS[name]
            return (f'<span style="{style}">{rest}</span>' if style else rest), len(nodes)
        if name in _STACKS:
            _, index = optional(nodes, index)
            inner, index = argument(nodes, index)
            return self.html(inner, cell), index
        special = getattr(self, f"_do_{name.rstrip('*')}", None)
        if special is not None:
            return special(nodes, index, cell)  # type: ignore[no-any-return]
        if name in _LONE:
            return "", index
        if name in _LAST or name in _NOTHING:
            return self._last(name, nodes, index, cell)
        if _CITES.fullmatch(name):
            return self._cite(name, nodes, index)
        return self._symbol(name, nodes, index)

    def _last(self, name: str, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        inner: list[Node] = []
        for _ in range(_COUNTS.get(name, 1)):
            for _ in range(2):
                _, index = optional(nodes, index)
            inner, index = argument(nodes, index)
        return ("" if name in _NOTHING else self.html(inner, cell)), index

    def _cite(self, name: str, nodes: list[Node], index: int) -> tuple[str, int]:
        for _ in range(2):
            _, index = optional(nodes, index)
        inner, index = argument(nodes, index)
        text = escape(plain(inner))
        return (f"[{text}]" if "cite" in name else text.rpartition(":")[2]), index

    def _symbol(self, name: str, nodes: list[Node], index: int) -> tuple[str, int]:
        """Accents, and letters with names; of others nothing, while their arguments follow."""
        accent = len(name) == 1 or name in ("c", "v", "u", "H", "k", "r", "b", "d")
        if accent and name in "'`^\"~=.cvuHkrbd":
            inner, after = argument(nodes, index)
            made = _from_tables(f"\\{name}{{{plain(inner)}}}")
            return escape(made), after
        return escape(_from_tables(f"\\{name}")), index

    def _own(self, name: str, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        """A macro of the author's, expanded."""
        count, body = self.macros[name]
        self._expansions += 1
        if self._expansions > _MAX_EXPANSIONS:
            raise Rejected("too_large", "macros of the source are expanded too often")
        inner: dict[int, list[Node]] = {}
        for number in range(1, count + 1):
            inner[number], index = argument(nodes, index)
        # the arguments are nodes already: they take the place of a macro that nobody can write
        marked = re.sub(r"#([1-9])", r"\\verm@\1 ", body)
        made = _put(read(re.sub(r"\\verm@(\d) ", "{\\\\verm@arg{\\1}}", marked)), inner)
        outer = self.macros.pop(name)  # a macro that calls itself prints nothing
        try:
            return self.html(made, cell), index
        finally:
            self.macros[name] = outer

    def _do_multicolumn(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        across, index = argument(nodes, index)
        columns, index = argument(nodes, index)
        inner, index = argument(nodes, index)
        cell.across = _number(across)
        cell.columns = source_of(columns)
        return self.html(inner, cell), index

    def _do_multirow(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        place, index = optional(nodes, index)
        down, index = argument(nodes, index)
        _, index = optional(nodes, index)
        _, index = argument(nodes, index)
        _, index = optional(nodes, index)
        inner, index = argument(nodes, index)
        cell.down = _number(down)
        cell.valign = {"t": "top", "b": "bottom"}.get(plain(place or []), "")
        return self.html(inner, cell), index

    def _colour(self, nodes: list[Node], index: int) -> tuple[str | None, int]:
        model, index = optional(nodes, index)
        name, index = argument(nodes, index)
        return self.colours.find(plain(name), plain(model or [])), index

    def _do_cellcolor(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        cell.background, index = self._colour(nodes, index)
        return "", index

    def _do_rowcolor(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        cell.row_background, index = self._colour(nodes, index)
        for _ in range(2):
            _, index = optional(nodes, index)
        return "", index

    def _do_textcolor(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        colour, index = self._colour(nodes, index)
        inner, index = argument(nodes, index)
        text = self.html(inner, cell)
        return (f'<span style="color:{colour}">{text}</span>' if colour else text), index

    def _do_color(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        colour, index = self._colour(nodes, index)
        rest = self.html(nodes[index:], cell)
        return (f'<span style="color:{colour}">{rest}</span>' if colour else rest), len(nodes)

    def _do_colorbox(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        colour, index = self._colour(nodes, index)
        inner, index = argument(nodes, index)
        text = self.html(inner, cell)
        return f'<span style="background-color:{colour or "#fff"}">{text}</span>', index

    def _do_definecolor(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        name, index = argument(nodes, index)
        model, index = argument(nodes, index)
        value, index = argument(nodes, index)
        self.colours.define(plain(name), plain(model), plain(value))
        return "", index

    def _do_rotatebox(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        _, index = optional(nodes, index)
        angle, index = argument(nodes, index)
        inner, index = argument(nodes, index)
        text = self.html(inner, cell)
        if plain(angle) in ("90", "-90", "270"):
            turn = ";transform:rotate(180deg)" if plain(angle) == "90" else ""
            style = f"display:inline-block;writing-mode:vertical-rl{turn}"
            return f'<span style="{style}">{text}</span>', index
        return text, index

    def _do_footnote(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        _, index = optional(nodes, index)
        inner, index = argument(nodes, index)
        self.notes.append(self.html(inner))
        return f"<sup>{len(self.notes)}</sup>", index

    def _do_footnotetext(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        number, index = optional(nodes, index)
        inner, index = argument(nodes, index)
        sign = f"<sup>{escape(plain(number))}</sup> " if number else ""
        self.notes.append(sign + self.html(inner))
        return "", index

    def _do_ding(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        number, index = argument(nodes, index)
        return _DINGBATS.get(plain(number), "▪"), index

    def _do_ensuremath(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        inner, index = argument(nodes, index)
        return self.formula(Node("math", source_of(inner))), index

    def _do_url(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        inner, index = argument(nodes, index)
        return f"<tt>{escape(plain(inner))}</tt>", index

    def _do_diagbox(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        _, index = optional(nodes, index)
        first, index = argument(nodes, index)
        second, index = argument(nodes, index)
        return f"{self.html(first, cell)} \\ {self.html(second, cell)}", index

    _do_slashbox = _do_backslashbox = _do_diagbox

    def _do_SI(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        _, index = optional(nodes, index)
        number, index = argument(nodes, index)
        _, index = optional(nodes, index)
        unit, index = argument(nodes, index)
        return f"{quantity(plain(number))}\u00a0{unit_of(plain(unit))}", index

    _do_qty = _do_SI

    def _do_num(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        _, index = optional(nodes, index)
        number, index = argument(nodes, index)
        return quantity(plain(number)), index

    def _do_si(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        _, index = optional(nodes, index)
        unit, index = argument(nodes, index)
        return unit_of(plain(unit)), index

    _do_unit = _do_si

    def _do_ang(self, nodes: list[Node], index: int, cell: Cell) -> tuple[str, int]:
        number, index = argument(nodes, index)
        return f"{escape(plain(number))}°", index


def source_of(nodes: list[Node]) -> str:
    """Nodes as LaTeX again, near enough to read it anew."""
    parts = []
    for node in nodes:
        if node.kind == "macro":
            parts.append(f"\\{node.value} " if node.value[-1:].isalpha() else f"\\{node.value}")
        elif node.kind == "group":
            parts.append(f"{{{source_of(node.nodes)}}}")
        elif node.kind == "environment":
            inner = source_of(node.nodes)
            parts.append(f"\\begin{{{node.value}}}{inner}\\end{{{node.value}}}")
        elif node.kind == "math":
            parts.append(f"${node.value}$")
        else:
            parts.append(node.value.replace("\u00a0", "~"))
    return "".join(parts)


def _put(nodes: list[Node], arguments: dict[int, list[Node]]) -> list[Node]:
    """Nodes with the author's arguments in their places."""
    made: list[Node] = []
    for node in nodes:
        inner = node.nodes
        first = inner[0] if inner else None
        if node.kind == "group" and first and first.kind == "macro" and first.value == "verm@arg":
            made += arguments.get(_number(inner[1].nodes), [])
        elif inner:
            made.append(Node(node.kind, node.value, nodes=_put(inner, arguments)))
        else:
            made.append(node)
    return made


def _number(nodes: list[Node]) -> int:
    found = re.match(r"\s*([+-]?\d{1,5})", plain(nodes))
    return int(found[1]) if found and int(found[1]) else 1


def _text(text: str) -> str:
    for written, shown in _LIGATURES:
        text = text.replace(written, shown)
    return escape(text, quote=False)


@lru_cache(maxsize=1024)
def _from_tables(source: str) -> str:
    """A symbol or an accented letter, by pylatexenc's tables; nothing if it is in none."""
    try:
        made = str(LatexNodes2Text().latex_to_text(source, tolerant_parsing=True))
    except (AttributeError, LookupError):
        # macros like \sqrt and \input want arguments, which are not read with their name
        return ""
    return "" if made.startswith("\\") else made.strip()
