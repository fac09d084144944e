"""Draws cleaned SVG documents with resvg, in a confined worker that reads no file at all.

Fonts are loaded once, before the first fork, from memory. Each carries, beside its own name, the
names of the families that it stands in for, so that a style sheet that asks for Arial finds it;
`svg_source` rewrites names in attributes. "Times New Roman" is what the library falls back to for
a name it does not find: it is among the aliases, and so text never vanishes.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from resvg import render, usvg

from visual_erm import fonts
from visual_erm.renderers import svg_source
from visual_erm.renderers.job import Drawing, Rejected

if TYPE_CHECKING:
    from visual_erm.types import Image

WHITE = (255, 255, 255, 255)
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_GENERIC = ("Arial", "Times New Roman", "Courier New", "Comic Sans MS", "Impact")
"""What the library calls the generic families."""
_ALIASES = (
    *_GENERIC,
    *("Helvetica", "Helvetica Neue", "Verdana", "Tahoma", "Trebuchet MS", "Segoe UI", "Roboto"),
    *("Inter", "Open Sans", "Lato", "Noto Sans", "Montserrat", "Poppins", "Ubuntu", "Calibri"),
    *("Liberation Sans", "Lucida Grande", "Lucida Sans", "system-ui", "SimHei", "SimSun"),
    *("Microsoft YaHei", "PingFang SC", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR"),
    *("MS Gothic", "Malgun Gothic", "WenQuanYi Micro Hei", "Source Han Sans SC"),
)


@cache
def options() -> Any:
    """The library's options with the shipped fonts in memory."""
    loaded = usvg.Options.default()
    for path in fonts.font_files():
        loaded.load_font_data(_with_aliases(path.read_bytes()))
    loaded.font_family = fonts.SANS
    return loaded


def preload() -> None:
    """Load the fonts and draw once, so that every worker starts warm."""
    text = "<text x='1' y='20' font-family='Times'>a</text>"
    draw(f"<svg xmlns='{svg_source.SVG}' viewBox='0 0 30 30'>{text}</svg>".encode(), {})


def draw(source: bytes, settings: dict[str, Any]) -> Drawing:
    """Draw one document; runs confined."""
    document = svg_source.read(
        source,
        repair=settings.get("repair", "strict"),
        max_side=settings.get("max_side", 512),
        rasters=settings.get("rasters", False),
    )
    try:
        tree = usvg.Tree.from_str(document.text, options())
    except BaseException as error:  # noqa: BLE001 - the library's panics are no Exceptions
        raise Rejected("malformed", f"resvg: {error}") from None
    if tree.int_size() != (document.width, document.height):
        raise Rejected("bad_size", f"the canvas came out as {tree.int_size()}")
    png = render(tree, IDENTITY, bg_color=WHITE)
    return Drawing(image=pixels(png), meta={"warnings": list(document.warnings)})


def pixels(png: bytes) -> Image:
    """The opaque picture that resvg gives, which is PNG whatever it is for."""
    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _with_aliases(content: bytes) -> bytes:
    """The font under its own family name and those it stands in for.

    A font may carry its family name in several languages, and the library looks at all of them;
    the aliases are entered as further languages of the name.
    """
    font = TTFont(io.BytesIO(content), lazy=True)
    names = font["name"]
    # the typographic family (16) hides the plain one (1) where a font has both
    kind = 16 if names.getDebugName(16) else 1
    family = names.getDebugName(kind)
    known = {*(name.title() for name in fonts.known_families()), *fonts.known_families()}
    aliases = sorted(
        name for name in known | set(_ALIASES) if fonts.substitute(name) == family != name
    )
    for language, alias in enumerate(aliases, 0x2000):
        names.setName(alias, kind, 3, 1, language)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()
