"""A table as rows of cells with spans, and where each cell stands in the grid.

Sheets are never changed; every edit gives another one. A cell keeps its key through all edits, so
that it can be found again in a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from html import unescape
from typing import Literal

CAPTION, FOOT = -2, -1
"""Keys of what stands above and below the table."""
BLANK = "&#160;"
"""Text of a cell that is empty and as high as others."""
_LABELS = 2
"""Columns that may name the rows."""
Form = Literal["html", "markdown", "latex"]
_TAG = re.compile(r"<[^>]*>")
_NOTED = re.compile(r"<sup>[a-z*†‡]</sup>")
"""A mark that refers to a note; no part of a name."""


@dataclass(frozen=True)
class Cell:
    """One cell as HTML writes it; `text` may hold inline markup."""

    text: str
    rowspan: int = 1
    colspan: int = 1
    key: int = 0
    """Names the cell through every edit, so that it can be found again in a picture."""
    style: str = ""
    """Its own declarations: alignment, colours of a heat map."""
    header: bool = False
    """Whether it is a header although it stands in the body."""

    @property
    def plain(self) -> str:
        """What a reader reads: the text without markup."""
        return words(self.text)


@dataclass(frozen=True)
class Place:
    """Where a cell stands."""

    number: int
    """Of its row in `Sheet.rows`."""
    index: int
    """In that row."""
    row: int
    column: int
    rows: range
    columns: range


@dataclass(frozen=True)
class Sheet:
    """A table: rows of cells, the first `heads` rows being headers."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    heads: int
    caption: str = ""
    foot: str = ""
    css: str = ""
    """The style sheet of the document."""
    form: Form = "html"
    """What it is written in."""

    def with_cell(self, row: int, index: int, cell: Cell) -> Sheet:
        """The sheet with one cell replaced."""
        cells = list(self.rows[row])
        cells[index] = cell
        return self.with_row(row, tuple(cells))

    def with_row(self, row: int, cells: tuple[Cell, ...]) -> Sheet:
        """The sheet with one row replaced."""
        rows = list(self.rows)
        rows[row] = cells
        return replace(self, rows=tuple(rows))

    def with_text(self, key: int, text: str) -> Sheet:
        """The sheet with the text of a cell, the caption or the note replaced."""
        if key == CAPTION:
            return replace(self, caption=text)
        if key == FOOT:
            return replace(self, foot=text)
        place = self.places[key]
        cell = self.rows[place.number][place.index]
        return self.with_cell(place.number, place.index, replace(cell, text=text))

    def cells(self) -> Iterator[Cell]:
        """Every cell, row by row."""
        for row in self.rows:
            yield from row

    def cell(self, key: int) -> Cell:
        """The cell of this key."""
        place = self.places[key]
        return self.rows[place.number][place.index]

    def text(self, key: int) -> str:
        """The text of a cell, of the caption or of the note."""
        if key < 0:
            return self.caption if key == CAPTION else self.foot
        return self.cell(key).text

    @property
    def plain(self) -> bool:
        """Whether no body cell spans rows or columns."""
        return all(c.rowspan == c.colspan == 1 for row in self.rows[self.heads :] for c in row)

    @cached_property
    def places(self) -> dict[int, Place]:
        """Where each cell stands, by key; laid out as HTML says."""
        found: dict[int, Place] = {}
        taken: set[tuple[int, int]] = set()
        for number, row in enumerate(self.rows):
            column = 0
            for index, cell in enumerate(row):
                while (number, column) in taken:
                    column += 1
                # a cell does not reach from the headers into the body, nor below the table
                end = self.heads if number < self.heads else len(self.rows)
                rows = range(number, min(number + cell.rowspan, end))
                columns = range(column, column + cell.colspan)
                taken.update((r, c) for r in rows for c in columns)
                found[cell.key] = Place(number, index, number, column, rows, columns)
                column += cell.colspan
        return found

    @cached_property
    def at(self) -> dict[tuple[int, int], int]:
        """The key of the cell that covers each place of the grid."""
        return {
            (row, column): key
            for key, place in self.places.items()
            for row in place.rows
            for column in place.columns
        }

    @property
    def width(self) -> int:
        """Columns of the grid."""
        return 1 + max((column for _, column in self.at), default=-1)

    @property
    def even(self) -> bool:
        """Whether the cells fill a rectangle."""
        return len(self.at) == self.width * len(self.rows)

    def fresh(self) -> int:
        """A key that no cell has."""
        return 1 + max(cell.key for cell in self.cells())


def words(text: str) -> str:
    """HTML text without its markup.

    >>> words("m<sup>2</sup> &amp; more")
    'm2 & more'
    """
    return " ".join(unescape(_TAG.sub("", text)).split())


class Names:
    """What a person calls the cells of a sheet: by their rows and columns."""

    def __init__(self, sheet: Sheet) -> None:
        """Look at the reference once; edits move and change what names come from."""
        self.sheet = sheet
        """The reference."""
        self._columns = [self._heading(column) for column in range(sheet.width)]
        self._labels = self._labelled()

    def _heading(self, column: int) -> str:
        sheet = self.sheet
        keys = dict.fromkeys(sheet.at.get((row, column)) for row in range(sheet.heads))
        texts = [sheet.cell(key).plain for key in keys if key is not None]
        texts = [text for text in texts if text]
        return short(" / ".join(texts[-2:])) if texts else ""

    def _labelled(self) -> list[str]:
        """Of the first columns the one that tells rows apart; groups of rows do not."""
        heads, rows = self.sheet.heads, range(len(self.sheet.rows))
        for column in range(min(_LABELS, self.sheet.width)):
            labels = [self._label(row, column) for row in rows]
            body = labels[heads:]
            words = not column or all(any(map(str.isalpha, label)) for label in body)
            if words and all(body) and len(set(body)) == len(body):
                return labels
        return [self._label(row, 0) for row in rows]

    def _label(self, row: int, column: int) -> str:
        key = self.sheet.at.get((row, column))
        return short(words(_NOTED.sub("", self.sheet.text(key)))) if key is not None else ""

    def column(self, column: int) -> str:
        """For example "column 'Mean'"."""
        name = self._columns[column] if column < len(self._columns) else ""
        ordinary = name and self._columns.count(name) == 1
        return f"column '{name}'" if ordinary else f"column {column + 1}"

    def row(self, row: int) -> str:
        """For example "row 'Oslo'"; rows are counted below the headers."""
        heads = self.sheet.heads
        if row < heads:
            return "header" if heads == 1 else f"header row {row + 1}"
        name, body = self._labels[row], self._labels[heads:]
        if name and body.count(name) == 1:
            return f"row '{name}'"
        return f"row {row - heads + 1}" + (f" ('{name}')" if name else "")

    def cell(self, key: int) -> str:
        """For example "row 'Oslo', column 'Mean'"."""
        if key < 0:
            return "caption" if key == CAPTION else "note below the table"
        place = self.sheet.places[key]
        if place.row < self.sheet.heads:
            text = short(self.sheet.cell(key).plain)
            group = "group header" if len(place.columns) > 1 else "header"
            return f"{group} '{text}'" if text else f"{group} of column {place.column + 1}"
        if len(place.columns) == self.sheet.width:
            return self.row(place.row)
        return f"{self.row(place.row)}, {self.column(place.column)}"


def short(text: str, most: int = 40) -> str:
    """The text, cut where it is long.

    >>> short("a long text indeed", 10)
    'a long te…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
