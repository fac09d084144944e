"""LaTeX tables to HTML, by pylatexenc's parser.

Known: tabular, tabular*, tabularx, tabulary, longtable, array and tblr with column alignment,
multicolumn, multirow, rules (which only separate; the look of tables is fixed), text styles,
colours of cells and rows, makecell, thead, captions, formulas, escapes, accents, comments. A macro
that is not known is written as pylatexenc writes it in plain text. Nothing is executed, no macro is
defined.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexCommentNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexMathNode,
    LatexSpecialsNode,
    LatexWalker,
    LatexWalkerError,
    get_default_latex_context_db,
)
from pylatexenc.macrospec import EnvironmentSpec, MacroSpec, SpecialsSpec

from visual_erm.renderers.job import Rejected

ENVIRONMENTS = {
    "tabular": "[{",
    "tabular*": "{[{",
    "tabularx": "{[{",
    "tabulary": "{[{",
    "longtable": "[{",
    "array": "[{",
    "tblr": "[{",
}
"""Name and arguments; the last one describes the columns."""
_MACROS = {
    "multicolumn": "{{{",
    "multirow": "[{[{[{",
    "textcolor": "[{{",
    "cellcolor": "[{",
    "rowcolor": "[{",
    "color": "[{",
    "colorbox": "[{{",
    "makecell": "*[{",
    "thead": "*[{",
    "shortstack": "[{",
    "cline": "{",
    "cmidrule": "[",
    "specialrule": "{{{",
    "addlinespace": "[",
    "toprule": "[",
    "midrule": "[",
    "bottomrule": "[",
    "caption": "*[{",
    "label": "{",
    "setlength": "{{",
    "renewcommand": "{{",
    "arraystretch": "",
    "rotatebox": "[{{",
    "resizebox": "{{{",
    "hspace": "*{",
    "vspace": "*{",
    "num": "[{",
    "si": "[{",
    "SI": "[{[{",
    "qty": "[{{",
    "unit": "[{",
    "text": "{",
    "mathrm": "{",
    "underline": "{",
    "textsuperscript": "{",
    "textsubscript": "{",
    "ensuremath": "{",
    "footnotesize": "",
    "tnote": "{",
    "href": "{{",
    "url": "{",
}
_TAGS = {
    "textbf": "b",
    "textit": "i",
    "emph": "i",
    "textsl": "i",
    "underline": "u",
    "texttt": "code",
    "textsuperscript": "sup",
    "tnote": "sup",
    "textsubscript": "sub",
    "sout": "s",
}
_SWITCHES = {"bfseries": "b", "bf": "b", "itshape": "i", "it": "i", "em": "i", "ttfamily": "code"}
_THROUGH = set("text mathrm textrm textsf textnormal mbox num si SI qty unit colorbox url".split())
_SILENT = set(
    "hline toprule midrule bottomrule cline cmidrule specialrule addlinespace centering label "
    "setlength renewcommand endhead endfirsthead endfoot endlastfoot small footnotesize tiny "
    "scriptsize large normalsize noindent raggedright raggedleft arraybackslash hspace vspace "
    "caption hfill vfill newline strut rowcolor cellcolor noalign morecmidrules hdashline "
    "rmfamily sffamily mdseries upshape normalfont protect relax color".split()
)
_ALIGN = {"l": "left", "c": "center", "r": "right", "S": "right", "R": "right", "C": "center"}
_MOST_COLUMNS = 400
_DIGITS = re.compile(r"[-+]?\d+")


def to_html(source: str, formulas: list[str]) -> str:
    """The tables of a LaTeX source as HTML; formulas are appended to the list and marked.

    Raises:
        Rejected: it cannot be parsed.
    """
    context = get_default_latex_context_db()
    context.add_context_category(
        "tables",
        prepend=True,
        macros=[MacroSpec(name, arguments) for name, arguments in _MACROS.items()]
        + [MacroSpec("\\", "*[")],
        environments=[EnvironmentSpec(name, spec) for name, spec in ENVIRONMENTS.items()],
        specials=[SpecialsSpec("&")],
    )
    walker = LatexWalker(source, latex_context=context, tolerant_parsing=True)
    try:
        nodes, _, _ = walker.get_latex_nodes()
    except (LatexWalkerError, RecursionError) as error:
        raise Rejected("malformed", f"the LaTeX cannot be read: {str(error)[:200]}") from None
    writer = _Writer(formulas)
    return "".join(writer.tables(nodes))


class _Writer:
    """Writes parsed LaTeX as HTML."""

    def __init__(self, formulas: list[str]) -> None:
        self._formulas = formulas
        self._plain = LatexNodes2Text(math_mode="text")
        self._caption = ""

    def tables(self, nodes: Sequence[Any]) -> list[str]:
        """The tables among nodes, in order, however deep they stand."""
        found = []
        for node in nodes:
            if isinstance(node, LatexMacroNode) and node.macroname == "caption":
                self._caption = self.inline(_arguments(node)[-1:])
            if isinstance(node, LatexEnvironmentNode) and node.environmentname in ENVIRONMENTS:
                found.append(node)
            else:
                found += self._below(node)
        caption, self._caption = self._caption, ""
        made = []
        for item in found:
            made.append(item if isinstance(item, str) else self._table(item, caption))
            caption = ""
        return made

    def _below(self, node: Any) -> list[Any]:
        if isinstance(node, (LatexEnvironmentNode, LatexGroupNode, LatexMathNode)):
            return list(self.tables(node.nodelist))
        if isinstance(node, LatexMacroNode):
            return list(self.tables(_arguments(node)))
        return []

    def _table(self, node: Any, caption: str) -> str:
        arguments = _arguments(node)
        columns = alignments(_source(arguments[-1]) if arguments else "")
        rows = _split(node.nodelist)
        for cells in rows:
            for cell in cells:
                for inner in cell:
                    if isinstance(inner, LatexMacroNode) and inner.macroname == "caption":
                        caption = self.inline(_arguments(inner)[-1:])
        math = node.environmentname == "array"
        body = self._rows(rows, columns, math)
        head = f"<caption>{caption}</caption>" if caption else ""
        return f"<table>{head}<tbody>{body}</tbody></table>"

    def _rows(self, rows: list[list[list[Any]]], columns: list[str], math: bool) -> str:
        """Rows as HTML. LaTeX leaves empty cells below a multirow; HTML leaves them out."""
        made = []
        covered: dict[int, int] = {}
        for cells in rows:
            if len(cells) == 1 and not _visible(cells[0]):
                continue
            colour = next((c for cell in cells if (c := _colour(cell, "rowcolor"))), "")
            line, column = [], 0
            below: dict[int, int] = {c: n - 1 for c, n in covered.items() if n > 1}
            for cell in cells:
                text, span, down, align = self._cell(cell, math)
                if covered.get(column, 0) and not text.strip():
                    column += span
                    continue
                for under in range(column, column + span):
                    if down > 1:
                        below[under] = down - 1
                aligned = align or (columns[column] if column < len(columns) else "")
                line.append(_td(text, span, down, aligned, _colour(cell, "cellcolor") or colour))
                column += span
            covered = below
            made.append(f"<tr>{''.join(line)}</tr>")
        return "".join(made)

    def _cell(self, nodes: list[Any], math: bool) -> tuple[str, int, int, str]:
        """HTML, columns, rows and alignment of a cell."""
        span, down, align = 1, 1, ""
        for _ in range(3):
            macro = next((n for n in nodes if isinstance(n, LatexMacroNode) and _spans(n)), None)
            if macro is None:
                break
            arguments = _arguments(macro)
            number = _integer(_source(arguments[0 if macro.macroname == "multicolumn" else -1]))
            if macro.macroname == "multicolumn" and len(arguments) >= 3:
                span = max(1, min(number, _MOST_COLUMNS))
                align = next(iter(alignments(_source(arguments[1]))), "")
            elif macro.macroname == "multirow" and len(arguments) >= 3:
                braces = [a for a in arguments if _source(a).startswith("{")] or arguments
                plain = [a for a in arguments if _source(a)[:1] != "["]
                down = abs(_integer(_source(plain[0] if plain else braces[0]))) or 1
            index = nodes.index(macro)
            inner = arguments[-1]
            content = inner.nodelist if isinstance(inner, LatexGroupNode) else [inner]
            nodes = [*nodes[:index], *content, *nodes[index + 1 :]]
        if math:
            tex = "".join(_source(node) for node in nodes).strip()
            return (self._mark(tex) if tex else ""), span, down, align
        return self.inline(nodes).strip(), span, down, align

    def inline(self, nodes: Sequence[Any]) -> str:
        """Text with styles."""
        parts: list[str] = []
        open_tags: list[str] = []
        skip_group = False
        for node in nodes:
            if node is None or isinstance(node, LatexCommentNode):
                continue
            if isinstance(node, LatexCharsNode):
                chars = node.chars
                if skip_group and chars.lstrip().startswith("("):
                    chars = chars.partition(")")[2]
                parts.append(_characters(chars))
                skip_group = skip_group and not chars.strip()
            elif isinstance(node, LatexGroupNode):
                if not skip_group:
                    parts.append(self.inline(node.nodelist))
                skip_group = False
            elif isinstance(node, LatexMathNode):
                parts.append(self._mark("".join(_source(n) for n in node.nodelist)))
            elif isinstance(node, LatexSpecialsNode):
                parts.append(_SPECIALS.get(node.specials_chars, ""))
            elif isinstance(node, LatexEnvironmentNode):
                below = self._below_inline(node)
                parts.append(below)
            elif node.macroname in _SWITCHES:
                tag = _SWITCHES[node.macroname]
                parts.append(f"<{tag}>")
                open_tags.append(f"</{tag}>")
            elif node.macroname == "color":
                parts.append(f'<span style="color:{_color_value(_arguments(node))}">')
                open_tags.append("</span>")
            else:
                parts.append(self._macro(node))
                skip_group = node.macroname == "cmidrule"
        return "".join(parts) + "".join(reversed(open_tags))

    def _below_inline(self, node: Any) -> str:
        if node.environmentname in ENVIRONMENTS:
            return self._table(node, "")
        return self.inline(node.nodelist)

    def _macro(self, node: Any) -> str:
        name, arguments = node.macroname, _arguments(node)
        if name in ("\\", "newline", "tabularnewline", "linebreak"):
            return "<br>"
        if name in _SILENT:
            return ""
        if name in _TAGS and arguments:
            return f"<{_TAGS[name]}>{self.inline(arguments[-1:])}</{_TAGS[name]}>"
        if name in ("makecell", "thead", "shortstack") and arguments:
            return self.inline(arguments[-1:])
        if name == "textcolor" and len(arguments) >= 2:
            color = _color_value(arguments[:-1])
            return f'<span style="color:{color}">{self.inline(arguments[-1:])}</span>'
        if name == "ensuremath" and arguments:
            return self._mark(_source(arguments[-1]))
        if name in ("SI", "qty") and len(arguments) >= 2:
            return self.inline(arguments[-2:-1]) + " " + self.inline(arguments[-1:])
        if name in (*_THROUGH, "rotatebox", "resizebox", "multicolumn", "multirow", "href"):
            return self.inline(arguments[-1:])
        if name in _MATH_SYMBOLS:
            return self._mark(f"\\{name}")
        plain = self._plain.nodelist_to_text([node])
        if not plain.strip() and arguments:
            return self.inline(arguments[-1:])
        return html.escape(plain)

    def _mark(self, tex: str) -> str:
        if not tex.strip():
            return ""
        self._formulas.append(tex)
        return f"\ue000{len(self._formulas) - 1}\ue001"


_SPECIALS = {"~": "&nbsp;", "--": "–", "---": "—", "``": "“", "''": "”", "&": "&amp;"}
_MATH_SYMBOLS = {"frac", "sqrt", "sum", "int"}


def _spans(node: Any) -> bool:
    return node.macroname in ("multicolumn", "multirow") and bool(_arguments(node))


def _characters(chars: str) -> str:
    return html.escape(re.sub(r"\s+", " ", chars), quote=False)


def _arguments(node: Any) -> list[Any]:
    """The arguments that are there, stars left out."""
    parsed = getattr(node, "nodeargd", None)
    given = getattr(parsed, "argnlist", None) or ()
    return [
        a
        for a in given
        if a is not None
        and not (isinstance(a, LatexCharsNode) and a.chars == "*" and a is given[0])
    ]


def _source(node: Any) -> str:
    """LaTeX of a node; of a group, what stands between its braces."""
    if isinstance(node, LatexGroupNode) and node.delimiters[0] == "{":
        return "".join(n.latex_verbatim() for n in node.nodelist if n is not None)
    return str(node.latex_verbatim()) if node is not None else ""


def _integer(text: str) -> int:
    found = _DIGITS.search(text)
    return int(found[0][:6]) if found else 1


def _split(nodes: Sequence[Any]) -> list[list[list[Any]]]:
    """Rows of cells of nodes."""
    rows: list[list[list[Any]]] = [[[]]]
    for node in nodes:
        if isinstance(node, LatexSpecialsNode) and node.specials_chars == "&":
            rows[-1].append([])
        elif isinstance(node, LatexMacroNode) and node.macroname in ("\\", "tabularnewline"):
            rows.append([[]])
        else:
            rows[-1][-1].append(node)
    return rows


def _visible(nodes: Sequence[Any]) -> bool:
    """Whether a lone cell is more than rules and space."""
    after_rule = False
    for node in nodes:
        if isinstance(node, LatexCharsNode):
            if node.chars.strip() and not (after_rule and node.chars.strip().startswith("(")):
                return True
        elif isinstance(node, LatexMacroNode):
            if node.macroname not in _SILENT:
                return True
            after_rule = True
        elif isinstance(node, LatexGroupNode):
            if not after_rule:
                return True
        elif not isinstance(node, LatexCommentNode):
            return True
    return False


def _td(text: str, span: int, down: int, align: str, colour: str) -> str:
    style = f"text-align:{align};" if align else ""
    style += f"background-color:{colour}" if colour else ""
    attributes = f' colspan="{span}"' if span > 1 else ""
    attributes += f' rowspan="{down}"' if down > 1 else ""
    attributes += f' style="{style}"' if style else ""
    return f"<td{attributes}>{text}</td>"


def _colour(nodes: Sequence[Any], macro: str) -> str:
    for node in nodes:
        if isinstance(node, LatexMacroNode) and node.macroname == macro:
            return _color_value(_arguments(node))
    return ""


def _color_value(arguments: Sequence[Any]) -> str:
    """A colour of xcolor as CSS; mixtures like `gray!20` are mixed with white."""
    texts = [_source(a).strip("[]{} ") for a in arguments]
    if not texts:
        return ""
    name = texts[-1]
    if len(texts) > 1 and texts[-2] == "HTML" and re.fullmatch(r"[0-9A-Fa-f]{6}", name):
        return f"#{name}"
    if len(texts) > 1 and texts[-2] in ("rgb", "RGB"):
        scale = 255 if texts[-2] == "rgb" else 1
        numbers = re.findall(r"\d*\.?\d+", name)[:3]
        return "rgb(" + ",".join(str(round(float(n) * scale)) for n in numbers) + ")"
    if len(texts) > 1 and texts[-2] == "gray" and re.fullmatch(r"\d*\.?\d+", name):
        return "rgb(" + ",".join([str(round(float(name) * 255))] * 3) + ")"
    base, _, share = name.partition("!")
    if not re.fullmatch(r"[A-Za-z]{1,30}", base):
        return ""
    percent = _DIGITS.match(share)
    if percent is None:
        return base.lower()
    import tinycss2.color3

    rgba = tinycss2.color3.parse_color(base.lower())
    if rgba is None or rgba == "currentColor":
        return ""
    weight = max(0, min(100, int(percent[0]))) / 100
    mixed = (round(255 * (part * weight + 1 - weight)) for part in rgba[:3])
    return "rgb(" + ",".join(map(str, mixed)) + ")"


def alignments(spec: str) -> list[str]:
    """CSS alignment of each column of a specification such as `l*{2}{c}p{3cm}`.

    >>> alignments("|l|*{2}{c}@{}r|")
    ['left', 'center', 'center', 'right']
    """
    columns: list[str] = []
    index = 0
    while index < len(spec) and len(columns) < _MOST_COLUMNS:
        letter = spec[index]
        index += 1
        if letter == "*":
            count, index = _braced(spec, index)
            inner, index = _braced(spec, index)
            columns += alignments(inner) * max(0, min(_integer(count), _MOST_COLUMNS))
        elif letter in "@!><":
            _, index = _braced(spec, index)
        elif letter in "pmbXwLJY":
            if index < len(spec) and spec[index] == "{":
                _, index = _braced(spec, index)
            columns.append("left")
        elif letter in _ALIGN:
            if index < len(spec) and spec[index] == "[":
                index = spec.find("]", index) + 1 or len(spec)
            columns.append(_ALIGN[letter])
    return columns[:_MOST_COLUMNS]


def _braced(text: str, index: int) -> tuple[str, int]:
    while index < len(text) and text[index].isspace():
        index += 1
    if index >= len(text) or text[index] != "{":
        return text[index : index + 1], index + 1
    depth = 0
    for end in range(index, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[index + 1 : end], end + 1
    return text[index + 1 :], len(text)


def formula_as_text(tex: str) -> str:
    """A formula for engines without MathML: letters upright, sub- and superscripts as such."""
    parts = re.split(r"([_^])(\{[^{}]*\}|\\[A-Za-z]+|[^\\\s])", tex)
    made = []
    plain = LatexNodes2Text(math_mode="text")
    for index, part in enumerate(parts):
        if part in ("_", "^") and index % 3 == 1:
            continue
        try:
            text = html.escape(plain.latex_to_text(part, tolerant_parsing=True))
        except (LatexWalkerError, RecursionError, ValueError):
            text = html.escape(part)
        if index % 3 == 2:
            tag = "sub" if parts[index - 1] == "_" else "sup"
            text = f"<{tag}>{text}</{tag}>"
        made.append(text)
    return f"<i>{''.join(made)}</i>"
