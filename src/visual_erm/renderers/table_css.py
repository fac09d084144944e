"""The part of CSS that a table may bring: what it looks like, never where or whether it shows.

Declarations are kept when the property is on a short list and the value is made of plain words,
numbers, lengths and colours. Everything that could hide, move, load or animate something is
dropped: `url()`, `position`, `display`, `opacity`, `transform`, at-rules. Text that nobody could
read (a few pixels small, or in the colour of its background) is shown readably, with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import tinycss2
import tinycss2.color3

_PLAIN = frozenset(
    "text-align vertical-align font-weight font-style font-variant font-family color "
    "background-color background border-collapse border-color border-style border-spacing "
    "text-decoration text-decoration-line caption-side white-space text-transform "
    "line-height font-size width min-width height padding".split()
)
_SIDES = ("top", "right", "bottom", "left")
PROPERTIES = _PLAIN | {
    name
    for side in _SIDES
    for name in (
        f"padding-{side}",
        f"border-{side}",
        *(f"border-{side}-{part}" for part in ("color", "style", "width")),
    )
}
PROPERTIES |= {"border", "border-width"}
_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla", "linear-gradient"}
_UNITS = {"px": 1.0, "pt": 4 / 3, "em": 14.0, "rem": 14.0, "ex": 7.0, "pc": 16.0, "in": 96.0}
_UNITS |= {"cm": 96 / 2.54, "mm": 96 / 25.4}
_MOST = {"padding": 60.0, "border": 12.0, "font-size": 48.0, "line-height": 96.0, "width": 1200.0}
_MOST_OTHER = 1200.0
_LEAST_FONT = 8.0
"""Pixels below which nobody reads."""
_SELECTOR = re.compile(r"[\w\s#.:>()+~*,-]{1,300}")
_MOST_RULES = 20_000
WHITE = (1.0, 1.0, 1.0)
_LEAST_CONTRAST = 1.25
_CONSTANT_SIZES = {"small", "medium", "large", "smaller", "larger", "x-large", "x-small"}

Color = tuple[float, float, float]


class Style:
    """Declarations of one element or rule that may stay."""

    def __init__(self, text: str | list[Any]) -> None:
        """Parse and filter.

        Args:
            text: the declarations as CSS, or parsed already.
        """
        self.kept: dict[str, str] = {}
        self.warnings: set[str] = set()
        self.color: Color | None = None
        self.background: Color | None = None
        for node in tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True):
            if node.type == "declaration":
                self._declare(node.lower_name, [t for t in node.value if t.type != "comment"])

    def _declare(self, name: str, tokens: list[Any]) -> None:
        value = tinycss2.serialize(tokens).strip()
        if name in _HIDING and _HIDING[name](value.lower()):
            self.warnings.add("hidden content is shown")
        if name not in PROPERTIES or not _is_plain(tokens) or len(value) > 200:
            return
        family = name.split("-")[0]
        lengths = [length for token in tokens if (length := _pixels(token)) is not None]
        most = _MOST.get(name, _MOST.get(family, _MOST_OTHER))
        if any(length < 0 or length > most for length in lengths):
            self.warnings.add(f"{name}: {value[:40]} is out of bounds and ignored")
            return
        if name == "font-size" and not self._font_size(value, tokens, lengths):
            return
        if name == "white-space" and value not in ("nowrap", "normal", "pre-wrap", "pre-line"):
            return
        if name in ("color", "background", "background-color"):
            self._remember(name, tokens)
        self.kept[name] = value

    def _font_size(self, value: str, tokens: list[Any], lengths: list[float]) -> bool:
        share = [t.value for t in tokens if t.type == "percentage"]
        readable = all(size >= _LEAST_FONT for size in lengths) and all(
            60 <= number <= 300 for number in share
        )
        if (lengths or share) and not readable:
            self.warnings.add("text too small to read is shown larger")
        return readable and (bool(lengths) or bool(share) or value in _CONSTANT_SIZES)

    def _remember(self, name: str, tokens: list[Any]) -> None:
        for token in tokens:
            rgba = tinycss2.color3.parse_color(token)
            if rgba is None or rgba == "currentColor":
                continue
            alpha = float(rgba.alpha)
            mixed = (
                rgba.red * alpha + 1 - alpha,
                rgba.green * alpha + 1 - alpha,
                rgba.blue * alpha + 1 - alpha,
            )
            if name == "color":
                self.color = mixed
            else:
                self.background = mixed

    def unhide(self, behind: Color) -> None:
        """Drop a colour that cannot be told from what lies behind it."""
        ground = self.background or behind
        if self.color is not None and contrast(self.color, ground) < _LEAST_CONTRAST:
            self.kept.pop("color", None)
            self.color = None
            self.warnings.add("text in the colour of its background is shown")

    @property
    def text(self) -> str:
        """As CSS."""
        return ";".join(f"{name}:{value}" for name, value in self.kept.items())


def _starts_zero(value: str) -> bool:
    return re.fullmatch(r"0*\.?0*[1-9]?0*%?", value) is not None and value != "1"


_HIDING = {
    "display": lambda value: "none" in value,
    "visibility": lambda value: value in ("hidden", "collapse"),
    "opacity": _starts_zero,
    "position": lambda value: value in ("absolute", "fixed"),
    "text-indent": lambda value: value.startswith("-"),
    "clip": lambda _: True,
    "clip-path": lambda _: True,
    "transform": lambda _: True,
}


def _is_plain(tokens: Iterable[Any]) -> bool:
    for token in tokens:
        if token.type == "function":
            if token.lower_name not in _FUNCTIONS or not _is_plain(token.arguments):
                return False
        elif token.type == "literal":
            if token.value not in (",", "/"):
                return False
        elif token.type not in (
            *("ident", "number", "dimension", "percentage", "hash", "string", "whitespace"),
        ):
            return False
    return True


def _pixels(token: Any) -> float | None:
    if token.type != "dimension":
        return None
    return float(token.value) * _UNITS.get(token.lower_unit, 1e9)


def contrast(one: Color, other: Color) -> float:
    """WCAG contrast ratio, from 1 (equal) to 21 (black on white)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: Color) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def clean_sheet(css: str) -> tuple[str, set[str]]:
    """A style sheet reduced to plain rules below `#sheet`, and warnings. At-rules are dropped."""
    rules, warnings = [], set()
    for node in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if node.type != "qualified-rule" or len(rules) >= _MOST_RULES:
            continue
        prelude = tinycss2.serialize(node.prelude).strip()
        if not _SELECTOR.fullmatch(prelude) or "sheet" in prelude or ":has" in prelude:
            continue
        style = Style(node.content)
        style.unhide(WHITE)
        warnings |= style.warnings
        if style.kept:
            names = ",".join(f"#sheet {name.strip()}" for name in prelude.split(","))
            rules.append(f"{names}{{{style.text}}}")
    return "\n".join(rules).replace("<", ""), warnings
