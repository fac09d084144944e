"""Other sources for the same table: spelled, spread, commented or written in HTML instead."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from visual_erm.data.tables import documents
from visual_erm.data.tables.documents import UnwritableError
from visual_erm.data.tables.sheets import Sheet
from visual_erm.renderers import table_source


def _html(sheet: Sheet) -> str:
    if sheet.form != "html":
        raise UnwritableError("this is about HTML")
    return documents.html(sheet)


def entities(sheet: Sheet, rng: random.Random) -> str:
    """Signs beyond ASCII as character references."""
    return "".join(s if s.isascii() else f"&#x{ord(s):x};" for s in _html(sheet))


def spread(sheet: Sheet, rng: random.Random) -> str:
    """Every cell on a line of its own, or between more spaces."""
    source = documents.write(sheet)
    if sheet.form == "markdown":
        return re.sub(r"(?<!\\)\|(?!$)", "|  ", source, flags=re.MULTILINE)
    if sheet.form == "latex":
        return source.replace(" & ", "\n  & ").replace("\\toprule", "% head\n\\toprule")
    return re.sub(r"(<t[hd][ >]|</tr>)", r"\n  \1", source)


def commented(sheet: Sheet, rng: random.Random) -> str:
    """Comments that nobody sees."""
    return _html(sheet).replace("<tr>", "<!-- row -->\n<tr>")


def unclosed(sheet: Sheet, rng: random.Random) -> str:
    """Without the end tags that HTML does not ask for."""
    return re.sub(r"</(?:td|th|tr|thead|tbody)>", "", _html(sheet))


def explicit(sheet: Sheet, rng: random.Random) -> str:
    """Spans of one written out, and classes that no rule knows."""
    return re.sub(r"<(t[hd])>", r'<\1 class="cell" rowspan="1" colspan="1">', _html(sheet))


def tags_respelled(sheet: Sheet, rng: random.Random) -> str:
    """Other elements for bold and italics."""
    source = _html(sheet)
    after = source
    for was, becomes in (("b", "strong"), ("i", "em")):
        after = after.replace(f"<{was}>", f"<{becomes}>").replace(f"</{was}>", f"</{becomes}>")
    if after == source:
        raise UnwritableError("nothing is bold or in italics")
    return after


def capitals(sheet: Sheet, rng: random.Random) -> str:
    """Tags in capitals."""
    return re.sub(
        r"</?(?:table|thead|tbody|tr|td|th|caption)\b", lambda m: m[0].upper(), _html(sheet)
    )


def as_html(sheet: Sheet, rng: random.Random) -> str:
    """What was Markdown or LaTeX, as HTML."""
    if sheet.form == "html":
        raise UnwritableError("it is HTML")
    clean = table_source.read(documents.write(sheet).encode(), lite=True)
    return f"<style>{clean.rules}</style>{clean.fragment}" if clean.rules else clean.fragment


def styles_spread(sheet: Sheet, rng: random.Random) -> str:
    """The style sheet with one declaration a line."""
    if not sheet.css:
        raise UnwritableError("there is no style sheet")
    css = sheet.css.replace("{", " {\n  ").replace(";", ";\n  ").replace("}", "\n}\n")
    return _html(replace(sheet, css=css))


NO_OPS: Mapping[str, Callable[[Sheet, random.Random], str]] = {
    function.__name__: function
    for function in (
        *(entities, spread, commented, unclosed, explicit, tags_respelled, capitals, as_html),
        styles_spread,
    )
}
