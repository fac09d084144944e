"""Edits of tables, each with what a perfect judge says about it.

Severities are stated where the edit is; those of numbers follow the size of the change.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from visual_erm.data.tables.sheets import FOOT, Cell, Sheet
from visual_erm.types import Severity

NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])")
WORD = re.compile(r"[A-Za-z]{4,}")
CONFUSED = {"0": "6", "1": "7", "2": "5", "3": "8", "4": "9", "5": "3", "6": "8", "7": "2"}
WORDS = ("Holland", "average", "Northern", "Total", "carbon", "Weekly", "unknown")
UNITS = (("kg", "mg"), ("°C", "°F"), ("mph", "km/h"), ("$", "€"), ("%", "‰"), ("km", "mi"),
         ("(g)", "(kg)"), ("ppb", "ppm"), ("hp", "kW"))  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One edit: the sheet after it, and what a perfect judge says about it."""

    sheet: Sheet
    category: str
    severity: Severity
    description: str
    before: frozenset[int] = frozenset()
    """Keys of the cells of the reference that it concerns."""
    after: frozenset[int] = frozenset()


Edit = Callable[[Sheet, random.Random], Change | None]


def _cells(
    sheet: Sheet, fits: Callable[[str], object], *, body: bool = True
) -> list[tuple[int, int]]:
    first = sheet.heads if body else 0
    return [
        (number, index)
        for number, row in enumerate(sheet.rows)
        if number >= first
        for index, cell in enumerate(row)
        if "<" not in cell.text and fits(cell.text)
    ]


def _rewrite(
    sheet: Sheet, place: tuple[int, int], text: str, category: str, severity: Severity
) -> Change:
    row, index = place
    cell = sheet.rows[row][index]
    after = sheet.with_cell(row, index, replace(cell, text=text))
    keys = frozenset({cell.key})
    return Change(after, category, severity, f'"{cell.text}" became "{text}"', keys, keys)


def _numeric_severity(before: str, after: str) -> Severity:
    found = [NUMBER.findall(text) for text in (before, after)]
    if len(found[0]) != len(found[1]):
        return 2
    pair = next(((x, y) for x, y in zip(*found, strict=True) if x != y), ("1", "1"))
    a, b = (float(text.replace(",", "")) for text in pair)
    share = abs(a - b) / max(a, b, 1e-9)
    return 1 if share < 0.01 else 2 if share < 0.5 else 3


def digit(sheet: Sheet, rng: random.Random) -> Change | None:
    """One digit becomes another that looks somewhat like it."""
    places = _cells(sheet, NUMBER.search)
    if not places:
        return None
    place = rng.choice(places)
    text = sheet.rows[place[0]][place[1]].text
    spots = [i for i, sign in enumerate(text) if sign.isdigit()]
    spot = rng.choice(spots)
    changed = text[:spot] + CONFUSED.get(text[spot], "1") + text[spot + 1 :]
    return _rewrite(sheet, place, changed, "numeric_error", _numeric_severity(text, changed))


def point(sheet: Sheet, rng: random.Random) -> Change | None:
    """The decimal point moves by one place, or is lost."""
    places = _cells(sheet, re.compile(r"\d\d\.\d").search)
    if not places:
        return None
    place = rng.choice(places)
    text = sheet.rows[place[0]][place[1]].text
    to = r"\1.\2" if rng.random() < 0.5 else r"\1\2"
    changed = re.sub(r"(\d)\.(\d)", to.replace("\\1.\\2", r"\1\2"), text, count=1)
    if to == r"\1.\2":
        changed = re.sub(r"(\d)(\d)\.(\d)", r"\1.\2\3", text, count=1)
    return _rewrite(sheet, place, changed, "numeric_error", 3)


def sign(sheet: Sheet, rng: random.Random) -> Change | None:
    """A minus or the brackets of a negative number are lost, or a minus is added."""
    places = _cells(sheet, re.compile(r"[−(]\d").search)
    if places:
        place = rng.choice(places)
        text = sheet.rows[place[0]][place[1]].text
        changed = text.replace("−", "") if "−" in text else text.strip("()")
        return _rewrite(sheet, place, changed, "numeric_error", 3)
    places = _cells(sheet, re.compile(r"^\d+\.\d+$").match)
    if not places:
        return None
    place = rng.choice(places)
    text = sheet.rows[place[0]][place[1]].text
    return _rewrite(sheet, place, "−" + text, "numeric_error", 3)


def _holds(part: str, text: str) -> bool:
    return part in text


def unit(sheet: Sheet, rng: random.Random) -> Change | None:
    """A unit becomes another one: text in a header, part of the number in a cell."""
    units = list(UNITS)
    rng.shuffle(units)
    for was, becomes in units:
        places = _cells(sheet, partial(_holds, was), body=False)
        if places:
            place = rng.choice(places)
            text = sheet.rows[place[0]][place[1]].text
            category = "text_error" if place[0] < sheet.heads else "numeric_error"
            return _rewrite(sheet, place, text.replace(was, becomes, 1), category, 2)
    return None


def typo(sheet: Sheet, rng: random.Random) -> Change | None:
    """Two letters of a word change places, or one is lost."""
    places = _cells(sheet, WORD.search, body=rng.random() < 0.5) or _cells(
        sheet, WORD.search, body=False
    )
    if not places:
        return None
    place = rng.choice(places)
    text = sheet.rows[place[0]][place[1]].text
    word = rng.choice(list(WORD.finditer(text)))
    at = rng.randrange(word.start() + 1, word.end() - 1)
    if rng.random() < 0.5 and text[at] != text[at + 1]:
        changed = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    else:
        changed = text[:at] + text[at + 1 :]
    return _rewrite(sheet, place, changed, "text_error", 1)


def word(sheet: Sheet, rng: random.Random) -> Change | None:
    """A word becomes another one."""
    places = _cells(sheet, WORD.search, body=False)
    if not places:
        return None
    place = rng.choice(places)
    text = sheet.rows[place[0]][place[1]].text
    match = rng.choice(list(WORD.finditer(text)))
    changed = text[: match.start()] + rng.choice(WORDS) + text[match.end() :]
    return _rewrite(sheet, place, changed, "text_error", 2)


def emptied(sheet: Sheet, rng: random.Random) -> Change | None:
    """A cell loses its text."""
    places = _cells(sheet, bool)
    if not places:
        return None
    place = rng.choice(places)
    text = sheet.rows[place[0]][place[1]].text
    numeric = NUMBER.search(text) and not WORD.search(text)
    category = "numeric_error" if numeric else "text_error"
    return _rewrite(sheet, place, "", category, 2)


def neighbours_swapped(sheet: Sheet, rng: random.Random) -> Change | None:
    """Two neighbouring numbers of one row change places."""
    choices = [
        (number, index)
        for number, index in _cells(sheet, NUMBER.search)
        if index + 1 < len(sheet.rows[number])
        and NUMBER.search(sheet.rows[number][index + 1].text)
        and sheet.rows[number][index].text != sheet.rows[number][index + 1].text
        and "<" not in sheet.rows[number][index + 1].text
    ]
    if not choices:
        return None
    number, index = rng.choice(choices)
    a, b = sheet.rows[number][index : index + 2]
    after = sheet.with_cell(number, index, replace(a, text=b.text))
    after = after.with_cell(number, index + 1, replace(b, text=a.text))
    keys = frozenset({a.key, b.key})
    return Change(after, "numeric_error", 2, f'"{a.text}" and "{b.text}" swapped', keys, keys)


def span_lost(sheet: Sheet, rng: random.Random) -> Change | None:
    """A cell that covered several rows or columns covers one; the others move up or left."""
    choices = [
        (number, index)
        for number, row in enumerate(sheet.rows)
        for index, cell in enumerate(row)
        if cell.text
        and cell.rowspan + cell.colspan > 2
        and (index + 1 < len(row) or cell.rowspan > 1)
    ]
    if not choices:
        return None
    number, index = rng.choice(choices)
    cell = sheet.rows[number][index]
    after = sheet.with_cell(number, index, replace(cell, rowspan=1, colspan=1))
    keys = frozenset({cell.key})
    return Change(after, "layout_error", 2, f'"{cell.text}" lost its span', keys, keys)


def merged(sheet: Sheet, rng: random.Random) -> Change | None:
    """Two neighbouring cells of one row become one that holds both texts."""
    choices = [
        (number, index)
        for number, index in _cells(sheet, bool)
        if index + 1 < len(sheet.rows[number])
        and sheet.rows[number][index + 1].text
        and sheet.rows[number][index].rowspan == sheet.rows[number][index + 1].rowspan == 1
        and "<" not in sheet.rows[number][index + 1].text
    ]
    if not choices:
        return None
    number, index = rng.choice(choices)
    a, b = sheet.rows[number][index : index + 2]
    whole = replace(a, text=f"{a.text} {b.text}", colspan=2)
    row = (*sheet.rows[number][:index], whole, *sheet.rows[number][index + 2 :])
    after = sheet.with_row(number, row)
    keys = frozenset({a.key, b.key})
    description = f'"{a.text}" and "{b.text}" merged'
    return Change(after, "layout_error", 2, description, keys, frozenset({a.key}))


def _keys(cells: tuple[Cell, ...]) -> frozenset[int]:
    return frozenset(cell.key for cell in cells)


def _free_rows(sheet: Sheet) -> list[int]:
    """Body rows that no cell spanning rows touches."""
    held: set[int] = set()
    for number, row in enumerate(sheet.rows):
        for cell in row:
            if cell.rowspan > 1:
                held.update(range(number, number + cell.rowspan))
    return [n for n in range(sheet.heads, len(sheet.rows)) if n not in held]


def row_dropped(sheet: Sheet, rng: random.Random) -> Change | None:
    """A body row is missing."""
    free = _free_rows(sheet)
    if len(free) < 3:
        return None
    number = rng.choice(free)
    rows = sheet.rows[:number] + sheet.rows[number + 1 :]
    keys = _keys(sheet.rows[number])
    return Change(replace(sheet, rows=rows), "layout_error", 3, "row dropped", keys)


def row_duplicated(sheet: Sheet, rng: random.Random) -> Change | None:
    """A body row comes twice."""
    free = _free_rows(sheet)
    if len(free) < 3:
        return None
    number = rng.choice(free)
    again = tuple(replace(cell, key=cell.key + 10_000) for cell in sheet.rows[number])
    rows = (*sheet.rows[: number + 1], again, *sheet.rows[number + 1 :])
    return Change(
        replace(sheet, rows=rows), "layout_error", 2, "row repeated", frozenset(), _keys(again)
    )


def row_moved(sheet: Sheet, rng: random.Random) -> Change | None:
    """A body row stands at another place."""
    free = _free_rows(sheet)
    if len(free) < 4:
        return None
    a, b = rng.sample(free, 2)
    if abs(a - b) < 2:
        return None
    rows = list(sheet.rows)
    row = rows.pop(a)
    rows.insert(b, row)
    keys = _keys(row)
    return Change(replace(sheet, rows=tuple(rows)), "layout_error", 2, "row moved", keys, keys)


def _by_column(sheet: Sheet) -> list[list[Cell | None]] | None:
    """Cells at their grid places where the lowest header and the body span nothing."""
    rows = [list(row) for row in sheet.rows[sheet.heads - 1 :]]
    if not sheet.plain or sheet.heads > 1:
        return None
    return [list(cells) for cells in rows]


def _columns(sheet: Sheet, order: list[int], copied: int | None = None) -> Sheet:
    """The sheet with its columns taken in this order; of a repeated one the second has new keys."""
    rows = []
    for row in sheet.rows:
        seen: set[int] = set()
        cells = []
        for index in order:
            cell = row[index]
            cells.append(replace(cell, key=cell.key + 10_000) if index in seen else cell)
            seen.add(index)
        rows.append(tuple(cells))
    return replace(sheet, rows=tuple(rows))


def _column_keys(sheet: Sheet, *indices: int) -> frozenset[int]:
    return frozenset(row[index].key for row in sheet.rows for index in indices)


def column_dropped(sheet: Sheet, rng: random.Random) -> Change | None:
    """A column is missing."""
    if _by_column(sheet) is None or len(sheet.rows[0]) < 3:
        return None
    wide = len(sheet.rows[0])
    gone = rng.randrange(wide)
    after = _columns(sheet, [i for i in range(wide) if i != gone])
    return Change(after, "layout_error", 3, "column dropped", _column_keys(sheet, gone))


def column_duplicated(sheet: Sheet, rng: random.Random) -> Change | None:
    """A column comes twice."""
    if _by_column(sheet) is None:
        return None
    wide = len(sheet.rows[0])
    twice = rng.randrange(wide)
    after = _columns(sheet, sorted([*range(wide), twice]))
    keys = frozenset(key + 10_000 for key in _column_keys(sheet, twice))
    return Change(after, "layout_error", 2, "column repeated", frozenset(), keys)


def columns_swapped(sheet: Sheet, rng: random.Random) -> Change | None:
    """Two columns change places, headers with them."""
    if _by_column(sheet) is None or len(sheet.rows[0]) < 3:
        return None
    a, b = sorted(rng.sample(range(len(sheet.rows[0])), 2))
    order = list(range(len(sheet.rows[0])))
    order[a], order[b] = b, a
    keys = _column_keys(sheet, a, b)
    return Change(_columns(sheet, order), "layout_error", 2, "columns swapped", keys, keys)


def headers_swapped(sheet: Sheet, rng: random.Random) -> Change | None:
    """Two headers change places over the same cells: the words are right, the table is wrong."""
    number = sheet.heads - 1
    row = sheet.rows[number]
    if len(row) < 3:
        return None
    a, b = sorted(rng.sample(range(len(row)), 2))
    after = sheet.with_cell(number, a, replace(row[a], text=row[b].text))
    after = after.with_cell(number, b, replace(row[b], text=row[a].text))
    keys = frozenset({row[a].key, row[b].key})
    return Change(after, "text_error", 3, "headers swapped", keys, keys)


def header_level_lost(sheet: Sheet, rng: random.Random) -> Change | None:
    """The row of group headers is missing."""
    del rng
    if sheet.heads < 2:
        return None
    after = replace(sheet, rows=sheet.rows[1:], heads=sheet.heads - 1)
    keys = frozenset(cell.key for cell in sheet.rows[0] if cell.text)
    return Change(after, "layout_error", 3, "group headers lost", keys)


def foot_lost(sheet: Sheet, rng: random.Random) -> Change | None:
    """The footnote is missing."""
    del rng
    if not sheet.foot:
        return None
    return Change(replace(sheet, foot=""), "text_error", 2, "footnote lost", frozenset({FOOT}))


def rows_cut(sheet: Sheet, rng: random.Random) -> Change | None:
    """The last rows are missing, as when a reply ends early."""
    free = _free_rows(sheet)
    count = rng.choice((2, 3))
    tail = list(range(len(sheet.rows) - count, len(sheet.rows)))
    if len(free) < 5 or not set(tail) <= set(free):
        return None
    keys = frozenset(cell.key for number in tail for cell in sheet.rows[number])
    return Change(replace(sheet, rows=sheet.rows[:-count]), "layout_error", 3, "rows cut", keys)


EDITS: dict[str, Edit] = {
    edit.__name__: edit
    for edit in (
        digit, point, sign, unit, typo, word, emptied, neighbours_swapped, span_lost, merged,
        row_dropped, row_duplicated, row_moved, column_dropped, column_duplicated, columns_swapped,
        headers_swapped, header_level_lost, foot_lost, rows_cut,
    )
}  # fmt: skip
SMALL: tuple[str, ...] = ("digit", "point", "sign", "unit", "typo", "word", "emptied")
"""Edits of one cell, which compositions are made of beside at most one edit of the layout."""
