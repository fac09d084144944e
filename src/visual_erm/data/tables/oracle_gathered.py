"""Texts of several cells that stand in one: a row's, a column's, or those of neighbours.

What a program read as one cell is one mistake, although the cell has another text and its
neighbours have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rapidfuzz.distance import Indel

from visual_erm.data.tables.correspondence import Correspondence, runs
from visual_erm.data.tables.sheets import Sheet

GATHERED = 0.85
"""Likeness from which a text is that of several cells, spaces aside."""
MOST_ROWS = 0.6
"""Share of the rows in which two columns stand in one, for them to do so as columns."""
MOST_CELLS = 8
"""Neighbours that may stand in one cell."""

Text = Callable[[Sheet, int, int], str | None]


def is_gathered(whole: str, parts: Sequence[str]) -> bool:
    """Whether a text is that of several cells, one after the other, and not of one of them.

    >>> is_gathered("1969-06-30604.3", ["1969-06-30", "604.3"]), is_gathered("Oslo", ["Oslo", ""])
    (True, False)
    """
    held = ["".join(part.split()).lower() for part in parts if part]
    one = "".join(whole.split()).lower()
    if len(held) < 2 or not one:
        return False
    likeness = Indel.normalized_similarity(one, "".join(held))
    without = ("".join(held[:k] + held[k + 1 :]) for k in range(len(held)))
    return likeness >= GATHERED and all(
        likeness > Indel.normalized_similarity(one, rest) for rest in without
    )


def columns_gathered(
    found: Correspondence, ours: Sheet, theirs: Sheet, text: Text
) -> dict[int, range]:
    """Columns of the reference that stand in one of the prediction, by the one that is paired."""
    gathered: dict[int, range] = {}
    for run in runs(found.missing_columns):
        for paired, columns in (
            (run[0] - 1, range(run[0] - 1, run.stop)),
            (run.stop, range(run[0], run.stop + 1)),
        ):
            if paired not in found.columns:
                continue
            held = in_one = 0
            for i, j in found.rows.items():
                parts = [text(ours, i, c) or "" for c in columns]
                if sum(map(bool, parts)) > 1:
                    held += 1
                    whole = text(theirs, j, found.columns[paired]) or ""
                    in_one += is_gathered(whole, parts)
            if in_one > 1 and in_one >= MOST_ROWS * held:
                gathered[paired] = columns
                break
    return gathered


def rows_gathered(found: Correspondence, ours: Sheet, theirs: Sheet) -> dict[int, int]:
    """Rows whose cells stand in fewer: of the reference to those of the prediction."""
    gathered: dict[int, int] = {}
    for i in found.missing_rows:
        for j in found.added_rows:
            above = {k < i for k, other in found.rows.items() if other < j}
            below = {k > i for k, other in found.rows.items() if other > j}
            one, other = _row(ours, i), _row(theirs, j)
            in_place = above <= {True} and below <= {True}
            fewer = len(one) > len(other)
            if in_place and fewer and is_gathered("".join(other), one):
                gathered[i] = j
    return gathered


def _row(sheet: Sheet, row: int) -> list[str]:
    keys = dict.fromkeys(
        key for c in range(sheet.width) if (key := sheet.at.get((row, c))) is not None
    )
    return [plain for key in keys if (plain := sheet.cell(key).plain)]


def neighbours_gathered(sheet: Sheet, now: Mapping[int, str]) -> list[tuple[int, tuple[int, ...]]]:
    """Cells that hold their neighbours' texts too, and all of them in order.

    Args:
        sheet: the reference.
        now: what the cells that differ read in the prediction, by their keys.
    """
    found: list[tuple[int, tuple[int, ...]]] = []
    taken: set[int] = set()
    for key, whole in now.items():
        if not whole:
            continue
        for line in (_along(sheet, key, 0, 1), _along(sheet, key, 1, 0)):
            window = _window(sheet, line, key, now, taken)
            if window:
                found.append((key, window))
                taken |= set(window)
                break
    return found


def _along(sheet: Sheet, key: int, down: int, right: int) -> list[int]:
    """The cells of a row or a column, from its beginning."""
    place = sheet.places[key]
    at = (0, place.column) if down else (place.row, 0)
    line: list[int] = []
    for step in range(max(len(sheet.rows), sheet.width)):
        other = sheet.at.get((at[0] + down * step, at[1] + right * step))
        if other is not None and other not in line:
            line.append(other)
    return line


def _window(
    sheet: Sheet, line: Sequence[int], key: int, now: Mapping[int, str], taken: set[int]
) -> tuple[int, ...] | None:
    """The cells around one that are empty now and whose texts it holds."""
    at = line.index(key)
    first = last = at
    while first and at - first < MOST_CELLS and now.get(line[first - 1]) == "":
        first -= 1
    while last + 1 < len(line) and last - at < MOST_CELLS and now.get(line[last + 1]) == "":
        last += 1
    for a in range(first, at + 1):
        for b in range(last, at - 1, -1):
            keys = tuple(line[a : b + 1])
            parts = [sheet.cell(k).plain for k in keys]
            if len(keys) > 1 and not taken & set(keys) and is_gathered(now[key], parts):
                return keys
    return None
