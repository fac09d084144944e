"""Separated values: comma, semicolon, tab or bar, with quotes; ragged rows are mended and named."""

from __future__ import annotations

import csv
import io
from collections import Counter

from visual_erm.renderers.job import Rejected
from visual_erm.renderers.table_html import rows

_DELIMITERS = "\t,;|"
_REGULAR = 0.8
"""Least share of rows that must have one width before the others are taken for slips."""


def to_html(text: str) -> tuple[str, str]:
    """The table, and a warning if rows were filled up.

    Raises:
        Rejected: no separator gives a table.
    """
    text = text.strip("\ufeff\r\n ")
    found = [(d, table) for d in _DELIMITERS if (table := _read(text, d)) is not None]
    even = [table for _, table in found if len({len(row) for row in table}) == 1]
    if even:
        return rows(max(even, key=lambda table: len(table[0]))), ""
    for _, table in found:
        widths = Counter(len(row) for row in table)
        width, count = widths.most_common(1)[0]
        if len(table[0]) == width and count >= _REGULAR * len(table) and max(widths) <= width + 2:
            whole = max(widths)
            full = [row + [""] * (whole - len(row)) for row in table]
            return rows(full), f"{len(table) - count} rows have other than {width} cells"
    raise Rejected("format", "no table: neither HTML, LaTeX, Markdown, a grid nor separated values")


def _read(text: str, delimiter: str) -> list[list[str]] | None:
    """Rows of at least two cells; None if this is not the delimiter."""
    reader = csv.reader(
        io.StringIO(text), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t"
    )
    try:
        table = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        return None
    if len(table) < 2 or len(table[0]) < 2:
        return None
    return [[cell.strip() for cell in row] for row in table]
