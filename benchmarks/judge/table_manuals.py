"""Tables of manuals that Debian packages: long cells, wrapped words, spans as people write them.

    python3.11-doc  "tune"    sqlite3-doc  "report"

The packages are fetched by apt-get on first use and unpacked into `$VERM_BENCH_CACHE`; nothing of
them is in this repository. Manuals of R, PostgreSQL and Node.js are kept for tests by others.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.judge import icons
from visual_erm.data.tables.sheets import Cell, Sheet

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PACKAGES = {"tune": "python3.11-doc", "report": "sqlite3-doc"}
ROWS, COLUMNS, SIGNS = (3, 16), (2, 8), (60, 1400)
"""Least and most rows, columns and signs of text of the tables taken."""
A_FILE = 2
"""Most tables of one page, so that no page outweighs the others."""


@cache
def install(package: str) -> Path:
    """The unpacked package."""
    base = icons.folder().parent / "manuals"
    target = base / package
    if not target.is_dir():
        base.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=base, check=True, timeout=600)
        archive = next(base.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg", "-x", str(archive), str(target)], check=True)
    return target


def manuals(part: str) -> Iterator[Sheet]:
    """The tables of the manual of one part, in the order of its files."""
    from lxml import html

    package = PACKAGES[part]
    for path in sorted(install(package).rglob("*.html")):
        if path.is_symlink():
            continue
        tables = html.parse(str(path)).iter("table")
        found = (_sheet(table, f"{package}:{path.stem}:{k}") for k, table in enumerate(tables))
        yield from itertools.islice((sheet for sheet in found if sheet is not None), A_FILE)


def _sheet(table: HtmlElement, name: str) -> Sheet | None:
    """One table; None where it is a layout, too large, too small, or holds pictures."""
    if next(table.iterdescendants("table", "img", "pre", "form", "ul"), None) is not None:
        return None
    rows = [list(row.iterchildren("td", "th")) for row in table.iter("tr")]
    rows = [row for row in rows if row]
    signs = sum(len(_text(cell)) for row in rows for cell in row)
    wide = max((len(row) for row in rows), default=0)
    sizes = ((len(rows), ROWS), (wide, COLUMNS), (signs, SIGNS))
    if not all(least <= size <= most for size, (least, most) in sizes):
        return None
    heads = next((k for k, row in enumerate(rows) if row[0].tag == "td"), 1)
    if not 1 <= heads <= 2 or min(len(_text(cell)) for cell in rows[-1]) == 0:
        return None
    count = itertools.count(1)
    cells = tuple(
        tuple(
            Cell(escape(_text(cell)), _span(cell, "rowspan"), _span(cell, "colspan"), next(count))
            for cell in row
        )
        for row in rows
    )
    return Sheet(name, cells, heads)


def _text(cell: HtmlElement) -> str:
    return " ".join(str(cell.text_content()).replace("¶", "").split())


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1")
    return min(12, int(value)) if value.isdigit() and value != "0" else 1
