"""What differs between two tables, from their sources: rows, columns, spans, then cell by cell.

    found = compare(documents.read(reference), documents.read(prediction)).found

A row that is missing is one difference and not one for every cell below it; so is a column whose
numbers all stand a row too low. Severities follow the rules of the edits in `operators`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from visual_erm.data.records import Effect
from visual_erm.data.tables.correspondence import correspond
from visual_erm.data.tables.operators import by_amount, numeric, off, quoted, value
from visual_erm.data.tables.oracle_gathered import neighbours_gathered
from visual_erm.data.tables.oracle_layout import (
    Found,
    Match,
    Together,
    bounded,
    divided,
    groups,
    joined,
    layout,
    rows_and_columns,
)
from visual_erm.data.tables.oracle_texts import Part, Said, said
from visual_erm.data.tables.sheets import CAPTION, FOOT, Sheet, words
from visual_erm.types import Severity

TRANSPOSED = (0.5, 0.85)
"""How well two tables fit as they are, at most, and with rows as columns, at least."""
UNLIKE = 0.2
"""Fit below which the prediction is another table."""
MANY, MOST = 5, 0.8
"""Wrong numbers of one column, and their share of it, that are one difference."""
SHIFTED = 3
"""Numbers that must stand a row too low or too high."""


@dataclass(frozen=True)
class _Pair:
    """One cell and its partner."""

    ours: int
    theirs: int
    said: Said | None


@dataclass(frozen=True)
class Compared:
    """What differs, and which cells do not."""

    found: tuple[Found, ...]
    same: Mapping[int, int]
    """Cells of which nothing is said, and their partners."""


def compare(reference: Sheet, prediction: Sheet) -> Compared:
    """The differences, each once."""
    found = list(_around(reference, prediction))
    match = Match(reference, prediction)
    if match.found.fit < TRANSPOSED[0] and _is_transposed(reference, prediction):
        keys, others = set(reference.places), set(prediction.places)
        words = "Rows and columns changed roles."
        return Compared((*found, layout(3, "whole table", words, keys, others)), {})
    if match.found.fit < UNLIKE:
        words = "The table has other contents."
        keys, others = set(reference.places), set(prediction.places)
        return Compared((*found, layout(3, "whole table", words, keys, others)), {})
    found += rows_and_columns(match)
    alike = groups(match)
    found += _cells(match, alike)
    told = {key for one in found for key in one.before}
    single = {min(a): min(b) for a, b in alike if len(a) == len(b) == 1}
    same = {one: other for one, other in single.items() if one not in told}
    return Compared(tuple(found), same)


def _is_transposed(reference: Sheet, prediction: Sheet) -> bool:
    if not prediction.even or any(c.rowspan > 1 or c.colspan > 1 for c in prediction.cells()):
        return False
    rows = tuple(zip(*prediction.rows, strict=True))
    turned = replace(prediction, rows=rows, heads=reference.heads)
    return correspond(reference, turned).fit > TRANSPOSED[1]


def _around(reference: Sheet, prediction: Sheet) -> Iterator[Found]:
    """Caption and note."""
    ours, theirs = reference, prediction
    crossed = words(ours.caption) and words(ours.caption) == words(theirs.foot)
    if crossed and not theirs.caption and not ours.foot:
        text = "The caption stands below the table in place of above it."
        yield layout(1, "caption", text, {CAPTION}, {FOOT})
        return
    parts: tuple[tuple[int, Part, str], ...] = (
        (CAPTION, "caption", "caption"),
        (FOOT, "note", "note below the table"),
    )
    for key, part, where in parts:
        one, other = ours.text(key), theirs.text(key)
        difference = said(one, other, part)
        if difference is not None:
            yield Found(
                difference.category,
                difference.severity,
                where,
                difference.words,
                frozenset({key} if one else ()),
                frozenset({key} if other else ()),
            )


def _cells(match: Match, alike: Iterable[Together]) -> Iterator[Found]:
    pairs: list[_Pair] = []
    reached: set[int] = set()
    for keys, others in alike:
        reached |= keys
        if len(keys) == len(others) == 1:
            (one,), (other,) = keys, others
            texts = match.ours.text(one), match.theirs.text(other)
            pairs.append(_Pair(one, other, said(*texts, _part(match.ours, one))))
        elif len(keys) == 1:
            yield divided(match, next(iter(keys)), others)
        elif len(others) == 1:
            yield joined(match, keys, next(iter(others)))
        else:
            yield bounded(match, keys, others)
    yield from _absent(match, reached)
    pairs = [pair for pair in pairs if pair.said is not None]
    for take in (_gathered, _exchanged, _by_column, _most):
        found, pairs = take(match, pairs)
        yield from found
    yield from (_one(match, pair) for pair in pairs)


def _part(sheet: Sheet, key: int) -> Part:
    place = sheet.places[key]
    if place.row < sheet.heads:
        return "head"
    return "label" if place.column == 0 else "body"


def _absent(match: Match, reached: set[int]) -> Iterator[Found]:
    """Cells whose place in the prediction holds none."""
    told = {key for found in match.shifted for key in found.before}
    for key, place in match.ours.places.items():
        seen = (place.row, place.column) in match.places
        if seen and key not in reached and key not in told and match.ours.cell(key).plain:
            text = quoted(match.ours.cell(key).plain)
            yield layout(3, match.names.cell(key), f"The cell with {text} is missing.", {key})


def _one(match: Match, pair: _Pair) -> Found:
    assert pair.said is not None
    difference = pair.said
    return Found(
        difference.category,
        difference.severity,
        match.names.cell(pair.ours),
        difference.words,
        frozenset((pair.ours,)),
        frozenset((pair.theirs,)),
        in_place=True,
    )


Taken = tuple[list[Found], list[_Pair]]


def _texts(match: Match, pair: _Pair) -> tuple[str, str]:
    return match.ours.cell(pair.ours).plain, match.theirs.cell(pair.theirs).plain


def _gathered(match: Match, pairs: list[_Pair]) -> Taken:
    """Cells that hold the texts of their neighbours too."""
    now = {pair.ours: _texts(match, pair)[1] for pair in pairs}
    told = {key for key, text in now.items() if match.is_in_one(key, text)}
    left = {key: text for key, text in now.items() if key not in told}
    partners = {pair.ours: pair.theirs for pair in pairs}
    found = []
    for key, keys in neighbours_gathered(match.ours, left):
        texts = [quoted(match.ours.cell(k).plain) for k in keys if match.ours.cell(k).plain]
        said = f"{' and '.join(texts)} stand in one cell."
        where = " and ".join(match.names.cell(k) for k in (keys[0], keys[-1]))
        found.append(layout(2, where, said, keys, {partners[key]}))
        told |= set(keys)
    return found, [pair for pair in pairs if pair.ours not in told]


def _exchanged(match: Match, pairs: list[_Pair]) -> Taken:
    """Two cells that hold each other's text."""
    found: list[Found] = []
    left = list(pairs)
    for pair in pairs:
        if pair not in left:
            continue
        one, other = _texts(match, pair)
        for twin in left:
            if twin is not pair and _texts(match, twin) == (other, one) and one and other:
                left.remove(pair)
                left.remove(twin)
                found.append(_swap(match, pair, twin, one, other))
                break
    return found, left


def _swap(match: Match, pair: _Pair, twin: _Pair, one: str, other: str) -> Found:
    parts = {_part(match.ours, pair.ours), _part(match.ours, twin.ours)}
    numbers = numeric(one) and numeric(other) and "head" not in parts
    level: Severity = 3 if parts & {"head", "label"} else 2
    if numbers:
        level = by_amount(Effect(0, amount=max(off(one, other), 0.011)))
    return Found(
        "numeric_error" if numbers else "text_error",
        level,
        f"{match.names.cell(pair.ours)}, and {match.names.cell(twin.ours)}",
        f"{quoted(one)} and {quoted(other)} changed places.",
        frozenset((pair.ours, twin.ours)),
        frozenset((pair.theirs, twin.theirs)),
    )


def _by_column(match: Match, pairs: list[_Pair]) -> Taken:
    """Columns whose numbers are wrong in the same way, or nearly all."""
    found: list[Found] = []
    wrong: dict[int, list[_Pair]] = {}
    partners = {pair.ours: pair for pair in pairs}
    numbers = _numbers(match.ours)
    for column, keys in numbers.items():
        wrong[column] = [partners[key] for key in keys if key in partners]
    taken: set[int] = set()
    for column, some in wrong.items():
        words, of = _shift(match, numbers[column], some), some
        if words:
            of = [pair for pair in some if pair.ours in words[1]]
        words = words or _factor(match, numbers[column], some)
        level: Severity = 3
        if words is None and len(some) >= max(MANY, MOST * len(numbers[column])):
            amounts = [off(*_texts(match, pair)) for pair in some]
            level = by_amount(Effect(0, amount=median(amounts)))
            words = f"{len(some)} of {len(numbers[column])} numbers are wrong.", ()
        if words is None:
            continue
        before = {pair.ours for pair in of}
        after = frozenset(pair.theirs for pair in of)
        where = match.names.column(column)
        found.append(Found("numeric_error", level, where, words[0], frozenset(before), after))
        taken |= before
    return found, [pair for pair in pairs if pair.ours not in taken]


def _numbers(sheet: Sheet) -> dict[int, list[int]]:
    """Body cells with numbers, by column from the top."""
    found: dict[int, list[int]] = {}
    for key, place in sheet.places.items():
        if place.row >= sheet.heads and len(place.columns) == 1 and numeric(sheet.cell(key).plain):
            found.setdefault(place.column, []).append(key)
    return found


Told = tuple[str, Sequence[int]]
"""What is said of several cells, and which; none for all that are wrong."""


def _shift(match: Match, keys: Sequence[int], wrong: Sequence[_Pair]) -> Told | None:
    """Whether the numbers of a column stand a row too low or too high."""
    now = {pair.ours: _texts(match, pair)[1] for pair in wrong}
    was = [match.ours.cell(key).plain for key in keys]
    shown = [now.get(key, text) for key, text in zip(keys, was, strict=True)]
    for step, way, lost in ((1, "low", was[-1]), (-1, "high", was[0])):
        at = range(1, len(keys)) if step > 0 else range(len(keys) - 1)
        moved = [n for n in at if shown[n] == was[n - step]]
        if sum(keys[n] in now for n in moved) >= max(SHIFTED, MOST * len(at) - 1):
            ends = [0 if step > 0 else len(keys) - 1]
            text = f"The numbers stand one row too {way}; {quoted(lost)} is lost."
            return text, [keys[n] for n in (*moved, *ends)]
    return None


def _factor(match: Match, keys: Sequence[int], wrong: Sequence[_Pair]) -> Told | None:
    """Whether all numbers of a column are off by one factor."""
    texts = [_texts(match, pair) for pair in wrong]
    if len(wrong) < SHIFTED or len(wrong) < MOST * len(keys):
        return None
    ratios = [value(b) / value(a) for a, b in texts if value(a)]
    if len(ratios) < SHIFTED or not ratios[0]:
        return None
    middle = median(ratios)
    # numbers that were rounded to few digits are only nearly off by it
    if not middle > 0 or any(abs(r / middle - 1) > 0.06 for r in ratios) or 0.9 < middle < 1.1:
        return None
    one, other = texts[0]
    many = f"All {len(wrong)} numbers are {middle:.3g} times what they should be"
    return f"{many}: {quoted(one)} became {quoted(other)}, and so on.", ()


def _most(match: Match, pairs: list[_Pair]) -> Taken:
    """Numbers that are wrong throughout."""
    numbers = [key for keys in _numbers(match.ours).values() for key in keys]
    wrong = [p for p in pairs if p.said and p.said.category == "numeric_error"]
    if len(wrong) < max(2 * MANY, MOST * len(numbers)):
        return [], pairs
    words = f"{len(wrong)} of {len(numbers)} numbers are wrong."
    before, after = frozenset(p.ours for p in wrong), frozenset(p.theirs for p in wrong)
    found = Found("numeric_error", 3, "whole table", words, before, after)
    return [found], [pair for pair in pairs if pair not in wrong]
