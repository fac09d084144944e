r"""Formulas in tables: found in text, turned into MathML, and, for litehtml, into plain markup.

`$...$`, `$$...$$`, `\(...\)` and `\[...\]` are formulas; amounts of money are not. Parsers mark
what they found with two private characters, so that no later step reads a formula as markup; the
HTML builder puts the typeset formula in the mark's place. A browser lays MathML out itself.
litehtml knows none, so there a formula becomes nested inline boxes: raised and lowered letters,
fractions, roots, limits and matrices.

    >>> [found[1] for found in find("costs $5 and $10, so $x^2$")]
    ['x^2']
    >>> marks = Formulas()
    >>> marks.restore(f"a{marks.mark('x^2', '$x^2$')}b")
    'a$x^2$b'
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import NamedTuple

from latex2mathml import exceptions as mathml_errors
from latex2mathml.converter import convert
from lxml import etree

OPEN, CLOSE = "\ue000", "\ue001"
"""Around a formula's number, both from the private use area; sources are cleared of them."""
MARK = re.compile(f"{OPEN}(\\d+){CLOSE}")
MAX_FORMULA = 2_000
MAX_FORMULAS = 5_000
ELEMENTS = frozenset(
    """
    math mrow mi mn mo mtext mspace ms msup msub msubsup mfrac msqrt mroot munder mover
    munderover mtable mtr mtd mstyle mpadded mphantom mmultiscripts mprescripts none
    merror semantics
    """.split()
)
ATTRIBUTES = {
    "display": r"inline|block",
    "mathvariant": r"[a-z-]{1,30}",
    "stretchy": r"true|false",
    "fence": r"true|false",
    "separator": r"true|false",
    "movablelimits": r"true|false",
    "accent": r"true|false",
    "form": r"prefix|infix|postfix",
    "width": r"-?\d{1,2}(\.\d{1,4})?(em|ex|px|pt)|0",
    "height": r"-?\d{1,2}(\.\d{1,4})?(em|ex|px|pt)|0",
    "depth": r"-?\d{1,2}(\.\d{1,4})?(em|ex|px|pt)|0",
    "lspace": r"\d{1,2}(\.\d{1,4})?(em|ex|px|pt)|0",
    "rspace": r"\d{1,2}(\.\d{1,4})?(em|ex|px|pt)|0",
    "minsize": r"\d(\.\d{1,4})?(em|ex)|\d{1,3}%",
    "maxsize": r"\d(\.\d{1,4})?(em|ex)|\d{1,3}%",
    "linethickness": r"\d(\.\d{1,4})?(em|ex|px|pt)?|0",
    "mathcolor": r"#?[0-9A-Za-z]{1,30}",
    "mathbackground": r"#?[0-9A-Za-z]{1,30}",
    "displaystyle": r"true|false",
    "scriptlevel": r"[+-]?\d",
    "columnalign": r"(left|center|right| )+",
    "columnspan": r"\d{1,2}",
    "rowspan": r"\d{1,2}",
}
"""MathML attributes that are kept, with what their values must look like."""
_SPAN = re.compile(
    r"\$\$(?P<block>[^$]+?)\$\$"
    r"|\\\((?P<round>.{1,2000}?)\\\)|\\\[(?P<square>.{1,2000}?)\\\]"
    r"|(?<![\\$])\$(?P<dollar>(?:[^$\\]|\\.){1,2000}?)\$(?!\d)",
    re.DOTALL,
)
_LETTER = re.compile(r"[A-Za-zα-ωΑ-Ω]['′*]?|[-+±]?[\d.,]+(\s*\\?%)?")
_WORDS = re.compile(r"[A-Za-z]{3,}")
_AMOUNT = re.compile(r"[\d.,]+\s*(?:[kKMB](?![a-zA-Z])|[a-zA-Z]{2}|[(/])")
_SIGNS = re.compile(r"[\\^_={}<>≤≥±×·→∈√∑∫]")
_FAILURES = (
    *(getattr(mathml_errors, name) for name in dir(mathml_errors) if name.endswith("Error")),
    *(ArithmeticError, AttributeError, LookupError, RecursionError, StopIteration, TypeError),
    *(ValueError, RuntimeError, etree.LxmlError),
)
"""What the converter raises over formulas that are none; it has no exception of its own for all."""


class Found(NamedTuple):
    """A formula in a text."""

    source: str
    """With its delimiters."""
    tex: str
    display: bool
    start: int
    end: int


def find(text: str) -> Iterator[Found]:
    """Formulas in running text, left to right; see `_is_money` for what a dollar sign may mean."""
    position = 0
    while match := _SPAN.search(text, position):
        kind = str(match.lastgroup)
        tex = match[kind]
        if len(tex) > MAX_FORMULA or (kind == "dollar" and _is_money(text, match)):
            position = match.start() + 1
            continue
        yield Found(match[0], tex, kind in ("block", "square"), match.start(), match.end())
        position = match.end()


def _is_money(text: str, match: re.Match[str]) -> bool:
    """Whether two dollar signs are more likely two amounts than a formula's ends."""
    tex = match["dollar"]
    if tex[0].isspace() or tex[-1].isspace() or "\n\n" in tex or tex.count("(") != tex.count(")"):
        return True
    if _LETTER.fullmatch(tex):
        # "5$-6$" is two amounts; "$5$" and "$x$" are not
        return text[max(0, match.start() - 1) : match.start()].isdigit()
    if _SIGNS.search(tex):
        # "$5 = about $6": words between amounts, but a command's name is no word
        return bool(re.match(r"[\d.,]+\s+[a-z]", tex)) and "\\" not in tex
    return bool(_WORDS.search(tex)) or bool(_AMOUNT.match(tex))


class Formulas:
    """The formulas of one source, by number."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str, bool]] = []

    def mark(self, tex: str, source: str, *, display: bool = False) -> str:
        """Remember a formula; the mark that stands for it in text and markup."""
        if len(self._found) >= MAX_FORMULAS or len(tex) > MAX_FORMULA:
            return source
        self._found.append((tex, source, display))
        return f"{OPEN}{len(self._found) - 1}{CLOSE}"

    def mark_all(self, text: str) -> str:
        """The text with every formula in it marked."""
        parts, end = [], 0
        for found in find(text):
            parts += [text[end : found.start], self.mark(found.tex, found.source)]
            end = found.end
        return "".join((*parts, text[end:]))

    def restore(self, text: str) -> str:
        """The text with marks replaced by what was written."""
        return MARK.sub(lambda match: self.get(match)[1], text)

    def get(self, match: re.Match[str]) -> tuple[str, str, bool]:
        """TeX, source with delimiters and whether it is set apart, of a match of `MARK`."""
        number = int(match[1][:9])
        return self._found[number] if number < len(self._found) else ("", "", False)


def mathml(tex: str, *, display: bool = False) -> etree._Element | None:
    """The formula as a clean MathML element, without namespace; None where it is no formula."""
    made = _mathml(tex.strip(), display)
    return None if made is None else copy.deepcopy(made)


@lru_cache(maxsize=2048)
def _mathml(tex: str, display: bool) -> etree._Element | None:
    # a tabular in a formula, and what other packages add, is not known to the converter
    tex = re.sub(r"\\(?:bm|boldsymbol|pmb)\b", r"\\mathbf", tex)
    tex = re.sub(r"\\(?:mbox|textnormal|textrm)\b", r"\\text", tex)
    # the converter sets a single upright letter in italics
    tex = re.sub(r"\\(?:mathrm|operatorname)\{([A-Za-z]{1,40})\}", r"\\text{\1}", tex)
    tex = re.sub(r"\\(?:label|tag)\{[^{}]*\}|\\(?:nonumber|notag|limits|nolimits)\b", "", tex)
    try:
        text = convert(tex, display="block" if display else "inline")
        if len(text) > 100 * MAX_FORMULA:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(text.encode(), parser)
    except _FAILURES:
        return None
    for element in root.iter():
        element.tag = etree.QName(element).localname
    clean(root)
    known = not any("\\" in (leaf.text or "") for leaf in root.iter("mi", "mo", "mtext"))
    return root if known and len(root) else None


def clean(root: etree._Element) -> None:
    """Bring MathML down to the elements and attributes that are drawn, in place."""
    for element in list(root.iter()):
        if element.tag not in ELEMENTS:
            element.tag = "mrow"
        variant = element.get("mathvariant", "")
        for name, value in list(element.attrib.items()):
            if name not in ATTRIBUTES or not re.fullmatch(ATTRIBUTES[name], value):
                del element.attrib[name]
        # browsers have given mathvariant up, but for one value on one element
        if variant and not (variant == "normal" and element.tag == "mi"):
            element.attrib.pop("mathvariant", None)
            styles = ["font-weight:bold"] if "bold" in variant else []
            styles += ["font-style:italic"] if "italic" in variant else []
            styles += ["font-family:'DejaVu Sans Mono'"] if variant == "monospace" else []
            if styles:
                element.set("style", ";".join(styles))


_SCRIPTS = {
    "msup": ("", "up"),
    "msub": ("down", ""),
    "msubsup": ("down", "up"),
}
_LIMITS = {"mover": (None, 1), "munder": (1, None), "munderover": (1, 2)}
_SPACED = frozenset("+−-=<>≤≥≠≈±∓×·÷∼∝→←↔⇒⇔∈∉⊂⊆∪∩≡≪≫∣∥∧∨")
_ACCENTS = frozenset("¯^~˜ˆ→⃗˙¨ˇ´`_‾")


def as_markup(root: etree._Element) -> str:
    """A formula as HTML of classes that `table_worker.CSS` knows, for engines without MathML."""
    try:
        return f'<span class="verm-math">{_markup(root)}</span>'
    except RecursionError:
        return escape("".join(root.itertext()))


def _markup(element: etree._Element) -> str:
    tag = element.tag
    children = [child for child in element if isinstance(child.tag, str)]
    if tag in ("mi", "mn", "mo", "mtext", "ms"):
        return _leaf(element)
    if tag == "mspace":
        width = re.match(r"(\d{1,2}(?:\.\d+)?)em", element.get("width", ""))
        return " " * max(1, round(4 * float(width[1]))) if width else ""
    if tag in _SCRIPTS and len(children) >= 2:
        return _scripts(tag, children)
    if tag == "mfrac" and len(children) == 2:
        above, below = (_markup(child) for child in children)
        rule = "verm-over" if element.get("linethickness") != "0" else "verm-row"
        return (
            f'<span class="verm-stack"><span class="{rule}">{above}</span>'
            f'<span class="verm-row">{below}</span></span>'
        )
    if tag == "msqrt":
        inner = "".join(map(_markup, children))
        return f'√<span class="verm-root">{inner}</span>'
    if tag == "mroot" and len(children) == 2:
        inner, degree = (_markup(child) for child in children)
        return f'<span class="verm-up">{degree}</span>√<span class="verm-root">{inner}</span>'
    if tag in _LIMITS and len(children) >= 2:
        return _limits(tag, children)
    if tag == "mtable":
        return _matrix(children)
    if tag == "mphantom":
        return ""
    return "".join(map(_markup, children))


def _scripts(tag: str, children: list[etree._Element]) -> str:
    base, *others = map(_markup, children)
    low, high = _SCRIPTS[tag]
    if low and high and len(others) == 2:
        # one above the other
        return (
            f'{base}<span class="verm-both"><span class="verm-row">{others[1]}</span>'
            f'<span class="verm-row">{others[0]}</span></span>'
        )
    return f'{base}<span class="verm-{low or high}">{others[0]}</span>'


def _limits(tag: str, children: list[etree._Element]) -> str:
    below, above = _LIMITS[tag]
    text = "".join(children[1].itertext()).strip()
    if tag == "mover" and text in _ACCENTS and text in "¯‾_":
        return f'<span class="verm-root">{_markup(children[0])}</span>'
    if tag == "mover" and text in _ACCENTS:
        combining = {"^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "→": "\u20d7"}
        combining |= {"˙": "\u0307", "¨": "\u0308", "ˇ": "\u030c", "´": "\u0301", "`": "\u0300"}
        return _markup(children[0]) + combining.get(text, "")
    rows = []
    for at, small in ((above, True), (0, False), (below, True)):
        if at is not None and at < len(children):
            kind = "verm-small" if small else "verm-row"
            rows.append(f'<span class="{kind}">{_markup(children[at])}</span>')
    return f'<span class="verm-stack">{"".join(rows)}</span>'


def _matrix(rows: list[etree._Element]) -> str:
    columns: list[list[str]] = []
    for row in rows:
        for index, cell in enumerate(child for child in row if isinstance(child.tag, str)):
            if index == len(columns):
                columns.append([])
            columns[index].append(f'<span class="verm-row">{_markup(cell)}</span>')
    stacks = (f'<span class="verm-stack">{"".join(column)}</span>' for column in columns)
    return "\u2003".join(stacks)


def _leaf(element: etree._Element) -> str:
    text = "".join(element.itertext()).strip() if element.tag != "mtext" else element.text or ""
    shown = escape(text)
    style = element.get("style", "")
    if "bold" in style:
        shown = f"<b>{shown}</b>"
    upright = element.get("mathvariant") == "normal"
    if element.tag == "mi" and len(text) == 1 and text.isalpha() and not upright and not style:
        return f"<i>{shown}</i>"
    if element.tag in ("mo", "mi") and text in _SPACED:
        previous = element.getprevious()
        # a sign in front binds to what follows
        if previous is None or previous.tag == "mo":
            return shown
        return f"\u2005{shown}\u2005"
    if element.tag == "mo" and text in (",", ";"):
        return f"{shown}\u2005"
    return shown
