"""Style sheets and style attributes of table sources, down to what may be drawn.

tinycss2 tokenises; what is written out again is made of tokens on the lists below and of nothing
else. There is no url(), no import, no font, no animation, no filter and no position other than
relative, so that a style can neither fetch nor move nor leave the sheet; numbers are bounded.
Everything else an author may say about looks is kept, invisible text included: a cell written in
white on white is drawn so. What was left out is named in `Styles.dropped`.

    >>> styles = Styles()
    >>> styles.declarations("color: red; background: url(x.png); position: fixed")
    'color:red'
    >>> sorted(styles.dropped)
    ['background: url()', 'position: fixed']
    >>> styles.add("#T_1 td:hover, #T_1 .col0 { font-weight: bold }")
    >>> styles.rules
    ['#verm-sheet #T_1 .col0{font-weight:bold}']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import tinycss2

from visual_erm import fonts
from visual_erm.renderers.job import Rejected

SHEET = "#verm-sheet"
"""The element that stands for the author's body; every selector is made to hold below it."""
MAX_CSS = 400_000
"""Characters of all style sheets together."""
MAX_SELECTORS = 40_000
_MAX_SELECTOR = 400
_MAX_VALUE = 2_000
_WIDTH = 1280.0
"""Pixels that a media query sees."""

_SIDES = ("top", "right", "bottom", "left")
PROPERTIES = frozenset(
    """
    color background background-color background-image background-size background-position
    background-repeat background-clip opacity visibility display box-sizing border
    border-top border-right border-bottom border-left border-style border-width
    border-color border-radius border-collapse border-spacing empty-cells outline
    outline-color outline-style outline-width border-block border-inline
    border-top-left-radius border-top-right-radius border-bottom-left-radius
    border-bottom-right-radius margin padding width height min-width min-height max-width
    max-height table-layout caption-side text-align vertical-align text-indent
    text-transform text-decoration text-decoration-line text-decoration-color
    text-decoration-style text-decoration-thickness text-underline-offset text-shadow
    text-overflow text-align-last white-space word-break overflow-wrap word-wrap hyphens
    line-height letter-spacing word-spacing font font-family font-size font-style
    font-weight font-variant font-variant-numeric font-variant-caps font-stretch
    font-feature-settings tab-size direction unicode-bidi writing-mode text-orientation
    transform overflow overflow-x overflow-y float clear box-shadow list-style
    list-style-type list-style-position content quotes counter-reset counter-increment
    position top right bottom left flex flex-direction flex-wrap flex-flow flex-grow
    flex-shrink flex-basis order gap row-gap column-gap justify-content align-items
    align-content align-self justify-items justify-self grid-template-columns
    grid-template-rows grid-column grid-row grid-column-start grid-column-end
    grid-row-start grid-row-end grid-auto-flow grid-auto-columns grid-auto-rows
    """.split()
) | {
    f"{name}-{side}{part}"
    for side in _SIDES
    for name, parts in (
        ("border", ("-style", "-width", "-color")),
        ("margin", ("",)),
        ("padding", ("",)),
    )
    for part in parts
}
_SILENT = frozenset(
    """
    cursor transition transition-property transition-duration pointer-events user-select
    scroll-behavior overscroll-behavior will-change animation animation-name
    animation-duration page-break-inside break-inside page-break-after page-break-before
    orphans widows font-smoothing appearance caret-color resize z-index text-rendering
    color-scheme text-size-adjust font-display
    """.split()
)
"""What changes nothing about a still picture; leaving it out needs no word."""
_FUNCTIONS = frozenset(
    """
    rgb rgba hsl hsla hwb lab lch oklab oklch color-mix linear-gradient radial-gradient
    repeating-linear-gradient calc min max clamp var minmax repeat fit-content counter
    """.split()
)
_POSITIONS = frozenset({"static", "relative", "inherit", "initial", "unset"})
_MOST = {"%": 1000.0, "deg": 3600.0, "rad": 64.0, "turn": 10.0, "grad": 4000.0, "fr": 100.0}
_MOST |= dict.fromkeys(("em", "rem", "ex", "ch", "lh", "rlh", "cap", "ic"), 200.0)
_MOST |= {"px": 4000.0, "pt": 3000.0, "pc": 250.0, "cm": 105.0, "mm": 1050.0, "in": 41.0, "q": 4e3}
_MOST |= dict.fromkeys(("vw", "vh", "vmin", "vmax", "svw", "svh", "dvw", "dvh"), 100.0)
_MOST_FONT = {"%": 1000.0, "em": 12.0, "rem": 12.0, "px": 200.0, "pt": 150.0}
_MOST_SHADOW = 60.0
_PSEUDO_CLASSES = frozenset(
    """
    first-child last-child only-child first-of-type last-of-type only-of-type empty
    """.split()
)
_NTH = frozenset({"nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"})
_NESTED = frozenset({"not", "is", "where"})
_PSEUDO_ELEMENTS = frozenset({"before", "after", "first-line", "first-letter", "marker"})
_NEVER = frozenset(
    """
    hover focus active visited focus-within focus-visible target checked disabled enabled
    selection placeholder backdrop
    """.split()
)
"""What no element is while a picture is taken."""
_BORDER = re.compile(r"border(-(top|right|bottom|left))?(-style)?$|border-(block|inline)$")
_SPACES = ("whitespace", "comment")


class Styles:
    """What a source says about looks, gathered and cleaned."""

    def __init__(self, *, lite: bool = False) -> None:
        """Nothing yet; `lite` rewrites what litehtml would pass over though it hides text."""
        self._lite = lite
        self.rules: list[str] = []
        """Clean rules in order, to be joined into one style sheet."""
        self.borders = False
        """Whether the author says where lines are."""
        self.colours = False
        """Whether the author says anything about colours."""
        self.dropped: set[str] = set()
        """What was left out, in a form for a message."""
        self._characters = 0
        self._selectors = 0

    def declarations(self, text: str) -> str:
        """The content of a style attribute."""
        if len(text) > _MAX_VALUE * 4:
            self.dropped.add("a style attribute of more than 8,000 characters")
            return ""
        cleaned, borders, colours, dropped = _declarations(text, self._lite)
        self.borders |= borders
        self.colours |= colours
        self.dropped.update(dropped)
        return cleaned

    def add(self, text: str) -> None:
        """Take in a style sheet.

        Raises:
            Rejected: there is more of it than is read.
        """
        self._characters += len(text)
        if self._characters > MAX_CSS:
            raise Rejected("too_large", f"the style sheets have more than {MAX_CSS} characters")
        sheet = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        self._take(sheet, depth=0)

    def _take(self, nodes: Iterable[Any], depth: int) -> None:
        for node in nodes:
            try:
                if node.type == "qualified-rule":
                    self._rule(node)
                elif node.type == "at-rule":
                    self._at_rule(node, depth)
                elif node.type == "error":
                    self.dropped.add("a rule that is no CSS")
            except RecursionError:
                self.dropped.add("a rule nested too deeply")

    def _at_rule(self, node: Any, depth: int) -> None:
        name = node.lower_at_keyword
        if name == "media" and node.content is not None and depth < 4:
            if _media_holds(tinycss2.serialize(node.prelude)):
                inner = tinycss2.parse_rule_list(
                    node.content, skip_comments=True, skip_whitespace=True
                )
                self._take(inner, depth + 1)
        elif name not in ("charset", "page", "namespace"):
            self.dropped.add(f"@{name[:30]}")

    def _rule(self, node: Any) -> None:
        body = self.declarations(tinycss2.serialize(node.content))
        if not body:
            return
        kept = []
        for tokens in _split(node.prelude):
            self._selectors += 1
            selector = _selector(tokens)
            if selector is None:
                self.dropped.add(f"selector {tinycss2.serialize(tokens).strip()[:40]}")
            elif selector:
                kept.append(selector)
        if self._selectors > MAX_SELECTORS:
            raise Rejected("too_large", f"the style sheets have more than {MAX_SELECTORS} rules")
        if kept:
            self.rules.append(f"{','.join(kept)}{{{body}}}")


@lru_cache(maxsize=4096)
def _declarations(text: str, lite: bool) -> tuple[str, bool, bool, frozenset[str]]:
    """Clean declarations, whether they speak of lines and of colours, and what was dropped."""
    kept, dropped = [], set()
    borders = colours = False
    for node in tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration":
            dropped.add("nested or broken declarations")
            continue
        custom = node.name.startswith("--")
        name = node.name if custom else node.lower_name
        if name.startswith("-") and not custom:
            continue  # prefixed names are repeated without the prefix, or mean nothing here
        if not custom and name not in PROPERTIES:
            if name not in _SILENT:
                dropped.add(name[:40])
            continue
        value, why = _value(name, node.value)
        if value is None:
            dropped.add(f"{name[:40]}: {why}")
            continue
        borders |= bool(_BORDER.match(name))
        colours |= name == "color" or name.startswith("background")
        if lite and _hides(name, value):
            name, value = "color", "transparent;background:none;border-color:transparent"
        kept.append(f"{name}:{value}{'!important' if node.important else ''}")
    return ";".join(kept), borders, colours, frozenset(dropped)


def _hides(name: str, value: str) -> bool:
    """Whether a declaration makes an element invisible in a way that litehtml does not know."""
    if name == "visibility":
        return value in ("hidden", "collapse")
    return name == "opacity" and bool(re.fullmatch(r"0?\.?0\d*%?|[0-5]%", value))


def _value(name: str, tokens: Sequence[Any]) -> tuple[str | None, str]:
    """The value written out anew, or None and what is wrong with it."""
    custom = name.startswith("--")
    try:
        # a variable made of variables could double at each step
        text = "".join(_token(token, name, variables=not custom) for token in tokens).strip()
    except _Unwanted as unwanted:
        return None, str(unwanted)
    except RecursionError:
        return None, "nested too deeply"
    if not text or len(text) > _MAX_VALUE:
        return None, "too long" if text else "nothing"
    lower = text.lower()
    if name == "position" and lower not in _POSITIONS:
        return None, lower[:20]
    if name == "transform" and not re.fullmatch(r"none|rotate\([^()]*\)", lower):
        return None, lower[:20]
    if name.startswith("font-family"):
        text = _families(text)
    return text, ""


class _Unwanted(Exception):
    """A token that is not on the list; the message names it."""


def _token(token: Any, name: str, *, variables: bool) -> str:
    """One component of a value.

    Raises:
        _Unwanted: it may not be drawn.
    """
    kind = token.type
    if kind in _SPACES:
        return " "
    if kind in ("number", "percentage", "dimension"):
        unit = "%" if kind == "percentage" else str(getattr(token, "lower_unit", ""))
        _check_size(abs(token.value), unit, name)
        return f"{token.representation}{unit}"
    if kind in ("ident", "hash", "string"):
        # a style sheet ends at the first "</style", wherever it stands
        return str(tinycss2.serialize([token])).replace("<", "\\3c ")
    if kind == "literal" and token.value in (",", "/", "+", "-", "*"):
        return f" {token.value} " if token.value in "+-" else str(token.value)
    if kind == "() block":
        return f"({_tokens(token.content, name, variables)})"
    if kind == "function":
        function = token.lower_name
        known = function in _FUNCTIONS or (name == "transform" and function == "rotate")
        if not known or (function == "var" and not variables):
            raise _Unwanted(f"{function[:20]}()")
        if function == "repeat" and _first_number(token.arguments) > 100:
            raise _Unwanted("repeat()")
        return f"{function}({_tokens(token.arguments, name, variables)})"
    if kind == "url":
        raise _Unwanted("url()")
    raise _Unwanted(str(getattr(token, "value", kind))[:10])


def _tokens(tokens: Sequence[Any], name: str, variables: bool) -> str:
    return "".join(_token(token, name, variables=variables) for token in tokens)


def _first_number(tokens: Sequence[Any]) -> float:
    return next((float(token.value) for token in tokens if token.type == "number"), 0.0)


def _check_size(size: float, unit: str, name: str) -> None:
    if unit == "":
        most = 100.0 if name in ("line-height", "font", "tab-size") else 10_000.0
    else:
        most = _MOST.get(unit, 0.0)
    if name in ("font-size", "font") and unit:
        most = min(most, _MOST_FONT.get(unit, most / 20))
    if name.endswith("shadow") and unit:
        most = min(most, _MOST_SHADOW)
    if not size <= most:
        raise _Unwanted(f"{size:g}{unit} is beyond {most:g}{unit}"[:40])


def _families(text: str) -> str:
    """Font families as those of the fixed set, which are all that there is."""
    chosen = dict.fromkeys(fonts.substitute(family) for family in text.split(",")[:20])
    return ",".join(f"'{family}'" for family in (*chosen, fonts.CJK))


def _split(tokens: Sequence[Any]) -> list[list[Any]]:
    """Tokens between commas."""
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        elif token.type != "comment":
            parts[-1].append(token)
    return parts


def _selector(tokens: list[Any]) -> str | None:
    """A selector below the sheet; empty if it never holds, None if it is not understood."""
    try:
        text = _compound(tokens, nested=False).strip()
    except _Unwanted as unwanted:
        return "" if str(unwanted) in _NEVER else None
    if not text or len(text) > _MAX_SELECTOR or text[0] in ">+~":
        return None
    # what is said of the page is said of the sheet
    lead = re.match(r"(?:(?:html|body|:root)(?=[\s>.#\[:]|$)\s*>?\s*)+", text, re.IGNORECASE)
    if lead is None:
        return f"{SHEET} {text}"
    rest = text[lead.end() :]
    direct = ">" if lead[0].rstrip().endswith(">") else " "
    if rest[:1] in (".", "#", "[", ":") and not lead[0].endswith((" ", ">")):
        return f"{SHEET}{rest}"
    return f"{SHEET}{direct}{rest}" if rest else SHEET


def _compound(tokens: Sequence[Any], *, nested: bool) -> str:
    """A selector written out anew.

    Raises:
        _Unwanted: it holds something that is not on the lists.
    """
    parts: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        kind, value = token.type, getattr(token, "value", "")
        if kind == "whitespace":
            parts.append(" ")
        elif (
            kind in ("ident", "hash")
            or (kind == "literal" and value in (">", "+", "~", "*"))
            or (kind == "literal" and value == "." and _is_ident(tokens, index))
        ):
            parts.append(str(tinycss2.serialize([token])))
        elif kind == "[] block":
            parts.append(_attribute(token.content))
        elif kind == "literal" and value == ":":
            double = index < len(tokens) and tokens[index] == ":"
            index += double
            if index == len(tokens):
                raise _Unwanted(":")
            parts.append(_pseudo(tokens[index], double=bool(double), nested=nested))
            index += 1
        else:
            raise _Unwanted(str(value)[:10])
    return "".join(parts)


def _is_ident(tokens: Sequence[Any], index: int) -> bool:
    return index < len(tokens) and tokens[index].type == "ident"


def _attribute(tokens: Sequence[Any]) -> str:
    for token in tokens:
        operator = token.type == "literal" and token.value in ("=", "~=", "|=", "^=", "$=", "*=")
        if not operator and token.type not in ("ident", "string", "whitespace"):
            raise _Unwanted("[]")
    return "[" + str(tinycss2.serialize(tokens)).replace("<", "\\3c ") + "]"


def _pseudo(token: Any, *, double: bool, nested: bool) -> str:
    if token.type == "ident":
        name = token.lower_value
        if name in _NEVER:
            raise _Unwanted(name)
        if name == "link":
            return ""  # every link is one that nobody has visited
        if name == "root":
            return ":root"
        if name in _PSEUDO_CLASSES and not double:
            return f":{name}"
        if name in _PSEUDO_ELEMENTS and not nested:
            return f"::{name}"
    if token.type == "function" and not double:
        name = token.lower_name
        if name in _NTH:
            text = tinycss2.serialize(token.arguments).strip().lower()
            if re.fullmatch(r"odd|even|[+-]?\d{0,5}n?(\s*[+-]\s*\d{1,5})?", text):
                return f":{name}({text})"
        if name in _NESTED and not nested:
            inner = [_compound(part, nested=True).strip() for part in _split(token.arguments)]
            if all(inner):
                return f":{name}({','.join(inner)})"
    raise _Unwanted(str(getattr(token, "lower_value", getattr(token, "lower_name", "")))[:20])


def _media_holds(query: str) -> bool:
    """Whether a media query is met by a screen of our width; one that is not understood is not."""
    return any(_one_media_holds(part.strip().lower()) for part in query.split(","))


def _one_media_holds(query: str) -> bool:
    for part in re.split(r"\s+and\s+", query):
        width = re.fullmatch(r"\(\s*(min|max)-width\s*:\s*(\d{1,6})(px|em|rem)\s*\)", part)
        if width:
            pixels = float(width[2]) * (1 if width[3] == "px" else 16)
            if (pixels > _WIDTH) if width[1] == "min" else (pixels < _WIDTH):
                return False
        elif part not in ("", "screen", "all", "only screen", "(prefers-color-scheme: light)"):
            return False
    return True
