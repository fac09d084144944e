"""Edits of numbers: digits, points, signs, units, exponents, and numbers at wrong places."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Sequence
from html import unescape
from itertools import pairwise

from visual_erm.data.records import Rule, always
from visual_erm.data.tables.operators import (
    NUMBER,
    Change,
    Function,
    Need,
    Scene,
    by_amount,
    off,
    operator,
    quoted,
    value,
)

CONFUSED = {"0": "68", "1": "74", "2": "57", "3": "85", "4": "91", "5": "36", "6": "80", "7": "21"}
"""Digits that look somewhat alike."""
CONFUSED |= {"8": "306", "9": "47"}
UNITS = (
    *(("kg", "mg"), ("°C", "°F"), ("mph", "km/h"), ("$", "€"), ("€", "£"), ("%", "‰")),
    *(("km", "mi"), ("ppb", "ppm"), ("ms", "µs"), ("MB", "GB"), ("mm", "cm"), ("hp", "kW")),
)
_TWO_DIGITS = re.compile(r"\d\d").search
_UNLIKE_DIGITS = re.compile(r"(\d)(?!\1)\d").search
_POINT_TO_MOVE = re.compile(r"(?<![\d,])[1-9]\d{0,2}\.\d").search
_POINT = re.compile(r"[1-9]\d*\.\d").search
_DECIMALS = re.compile(r"\.\d").search
_THOUSANDS = re.compile(r"\d,\d\d\d").search
_NEGATIVE = re.compile(r"[−-](?=[$€£]?\d)|^\(([^()]*)\)$")
_POSITIVE = re.compile(r"^[$€£]?[1-9][\d,]*\.\d+|^[$€£]?0\.\d*[1-9]").match
_OWN_UNIT = re.compile(r"(?<=\d) ?(%|‰|[^\W\d_]{1,3}|°[CF]?|km/h)$|^[$€£]")
_POWER = re.compile(r"(10<sup>[−-]?)(\d+)(</sup>)")
_SPREAD = re.compile(r"± ?(\d+(?:\.\d+)?)")


def _numbers(scene: Scene) -> object:
    return scene.numbers


def _has_three_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) > 2


def _fit(fits: Callable[[str], object]) -> Callable[[Scene], object]:
    """What an edit needs: a cell with a number whose text fits."""
    return lambda scene: any(fits(scene.plain(key)) for key in scene.numbers)


def _choose(
    scene: Scene, rng: random.Random, fits: Callable[[str], object] = bool
) -> tuple[int, str] | None:
    """A cell with a number whose text fits, and the text."""
    keys = [key for key in scene.numbers if fits(scene.plain(key))]
    if not keys:
        return None
    key = rng.choice(keys)
    return key, scene.plain(key)


OnNumber = Callable[[Scene, random.Random, int, str], Change | None]
"""An edit of one cell that holds a number: its key and text are given."""


def _on_number(
    severity: Rule, fits: Callable[[str], object] = bool, *, needs: Need | None = None
) -> Callable[[OnNumber], Function]:
    """Register an edit of a number whose text fits, chosen by lot.

    Args:
        severity: its rule.
        fits: tells the texts that it can work on.
        needs: what is asked of a sheet before; a number that fits if None.
    """

    def register(function: OnNumber) -> Function:
        @functools.wraps(function)
        def edit(scene: Scene, rng: random.Random) -> Change | None:
            chosen = _choose(scene, rng, fits)
            return None if chosen is None else function(scene, rng, *chosen)

        return operator("numeric_error", severity, needs or _fit(fits))(edit)

    return register


def _swap_number(text: str, number: str) -> str:
    return NUMBER.sub(lambda _: number, text, count=1)


def _with_number(scene: Scene, key: int, number: str, how: str) -> Change | None:
    """The cell with its number in another form; None if that reads the same."""
    text = scene.plain(key)
    after = _swap_number(text, number)
    if after == text:
        return None
    return scene.rewritten(key, after, how, amount=off(text, after))


def _number(text: str) -> str:
    found = NUMBER.search(text)
    assert found is not None
    return found[0]


@_on_number(by_amount)
def digit_changed(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """One digit becomes another that looks somewhat like it."""
    number = _number(text)
    at = rng.choice([i for i, sign in enumerate(number) if sign.isdigit()])
    options = [d for d in CONFUSED[number[at]] if at or d != "0"]
    after = number[:at] + rng.choice(options) + number[at + 1 :]
    return _with_number(scene, key, after, "one digit is wrong")


@_on_number(by_amount, _has_three_digits)
def last_digit_changed(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """The last of several digits is one too high or too low."""
    number = _number(text)
    last = int(number[-1])
    step = 1 if last == 0 else -1 if last == 9 else rng.choice((1, -1))
    return _with_number(scene, key, number[:-1] + str(last + step), "the last digit is off by one")


@_on_number(by_amount, _UNLIKE_DIGITS)
def digits_transposed(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """Two neighbouring digits change places."""
    number = _number(text)
    spots = [
        i
        for i, (a, b) in enumerate(pairwise(number))
        if a.isdigit() and b.isdigit() and a != b and (i or b != "0")
    ]
    if not spots:
        return None
    at = rng.choice(spots)
    after = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    return _with_number(scene, key, after, "two digits changed places")


@_on_number(by_amount, _TWO_DIGITS)
def digit_dropped(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """A digit is lost; separators of thousands stay where they belong."""
    whole, point, decimals = _number(text).partition(".")
    digits = whole.replace(",", "")
    if len(digits) < 2:
        return None
    at = rng.randrange(len(digits))
    left = digits[:at] + digits[at + 1 :]
    after = _grouped(left, like=whole) + point + decimals
    return _with_number(scene, key, after, "a digit was lost") if left[0] != "0" else None


@_on_number(by_amount)
def digit_doubled(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """A digit comes twice."""
    whole, point, decimals = _number(text).partition(".")
    digits = whole.replace(",", "")
    at = rng.randrange(len(digits))
    more = digits[: at + 1] + digits[at] + digits[at + 1 :]
    if more[0] == "0":
        return None
    after = _grouped(more, like=whole) + point + decimals
    return _with_number(scene, key, after, "a digit comes twice")


def _grouped(digits: str, *, like: str) -> str:
    return f"{int(digits):,}" if "," in like else digits


@_on_number(by_amount, _POINT_TO_MOVE)
def point_moved(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """The decimal point stands one place further left or right."""
    whole, _, decimals = _number(text).partition(".")
    if "," in whole:
        return None
    if len(whole) > 1 and rng.random() < 0.5:
        after = f"{whole[:-1]}.{whole[-1]}{decimals}"
    elif len(decimals) > 1:
        after = f"{whole}{decimals[0]}.{decimals[1:]}"
    else:
        after = whole + decimals
    return _with_number(scene, key, after, "the decimal point moved")


@_on_number(by_amount, _POINT)
def point_lost(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """The decimal point is lost."""
    number = _number(text)
    return _with_number(scene, key, number.replace(".", ""), "the decimal point is missing")


@_on_number(by_amount, _DECIMALS)
def rounded(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """Decimals are rounded away."""
    number = _number(text)
    places = len(number.partition(".")[2])
    kept = rng.randrange(places)
    exact = float(number.replace(",", ""))
    after = f"{exact:,.{kept}f}" if "," in number else f"{exact:.{kept}f}"
    return _with_number(scene, key, after, "it was rounded")


@_on_number(always(1), _THOUSANDS)
def separators_lost(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """The separators of thousands are lost."""
    number = _number(text).replace(",", "")
    return _with_number(scene, key, number, "the separator of thousands is missing")


@_on_number(always(3), _NEGATIVE.search)
def sign_lost(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """A minus, or the brackets of a negative number, are lost."""
    after = text.strip("()") if text.startswith("(") else _NEGATIVE.sub("", text, count=1)
    return scene.rewritten(key, after, "the sign is missing", amount=2.0)


@_on_number(always(3), _POSITIVE)
def minus_added(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """A positive number becomes negative."""
    return scene.rewritten(key, f"−{text}", "it became negative", amount=2.0)


def _units(scene: Scene) -> list[tuple[int, str, str]]:
    return [
        (key, was, becomes)
        for key in scene.numbers
        for was, becomes in UNITS
        if re.search(rf"(?<![^\W\d_]){re.escape(was)}(?![^\W\d_])", scene.plain(key))
    ]


@operator("numeric_error", always(2), _units)
def unit_changed(scene: Scene, rng: random.Random) -> Change | None:
    """The unit of one number becomes another one."""
    key, was, becomes = rng.choice(_units(scene))
    text = scene.plain(key).replace(was, becomes, 1)
    return scene.rewritten(key, text, "another unit")


@_on_number(always(2), _OWN_UNIT.search)
def unit_dropped(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """The unit of one number is lost."""
    return scene.rewritten(key, _OWN_UNIT.sub("", text, count=1), "the unit is missing")


@_on_number(always(2))
def number_emptied(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """A number is missing."""
    return scene.rewritten(key, "", said=f"{quoted(text)} is missing; the cell is empty.")


@_on_number(by_amount)
def number_replaced(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """Another number of the same form."""
    number = _number(text)
    first = True
    after = ""
    for sign in number:
        after += str(rng.randrange(1 if first else 0, 10)) if sign.isdigit() else sign
        first = False
    return _with_number(scene, key, after, "another number")


@_on_number(by_amount, lambda text: value(text) >= 1, needs=_numbers)
def number_graded(scene: Scene, rng: random.Random, key: int, text: str) -> Change | None:
    """A number that is off by a little, by something, or by much."""
    number = _number(text)
    places = len(number.partition(".")[2])
    share = rng.choice((0.02, 0.05, 0.1, 0.2, 0.5)) * rng.choice((1, -1))
    wrong = float(number.replace(",", "")) * (1 + share)
    after = f"{wrong:,.{places}f}" if "," in number else f"{wrong:.{places}f}"
    how = "too low" if share < 0 else "too high"
    return _with_number(scene, key, after, f"{how} by {abs(share):.0%}")


def _column_keys(scene: Scene, keys: Sequence[int]) -> dict[int, list[int]]:
    """Keys of single cells by column, from the top."""
    found: dict[int, list[int]] = {}
    for key in keys:
        place = scene.sheet.places[key]
        if len(place.rows) == len(place.columns) == 1:
            found.setdefault(place.column, []).append(key)
    return found


@operator("numeric_error", by_amount, _numbers)
def numbers_swapped(scene: Scene, rng: random.Random) -> Change | None:
    """Two neighbouring numbers of one row or column change places."""
    places = scene.sheet.places
    options = []
    for key in scene.numbers:
        for step in ((0, 1), (1, 0)):
            at = (places[key].row + step[0], places[key].column + step[1])
            other = scene.sheet.at.get(at)
            if other in scene.numbers and scene.plain(key) != scene.plain(other):
                options.append((key, other))
    if not options:
        return None
    a, b = rng.choice(options)
    texts = scene.sheet.text(a), scene.sheet.text(b)
    sheet = scene.sheet.with_text(a, texts[1]).with_text(b, texts[0])
    one, two = scene.plain(a), scene.plain(b)
    both = frozenset((a, b))
    where = f"{scene.names.cell(a)}, and {scene.names.cell(b)}"
    said = f"{one} and {two} changed places."
    return Change(sheet, said, where, both, both, max(off(one, two), 0.011))


@operator("numeric_error", by_amount, _numbers)
def number_repeated(scene: Scene, rng: random.Random) -> Change | None:
    """A number is the one from the row above, once more."""
    options = [
        (above, key)
        for keys in _column_keys(scene, scene.numbers).values()
        for above, key in pairwise(keys)
        if scene.plain(above) != scene.plain(key)
    ]
    if not options:
        return None
    above, key = rng.choice(options)
    text, amount = scene.plain(above), off(scene.plain(key), scene.plain(above))
    return scene.rewritten(key, text, "the number of the row above", amount=amount)


@operator("numeric_error", always(3), _numbers)
def column_shifted(scene: Scene, rng: random.Random) -> Change | None:
    """The numbers of a column stand one row too low; the last one is lost."""
    options = [
        (column, keys)
        for column, keys in _column_keys(scene, scene.numbers).items()
        if len(keys) >= 4 and len(set(map(scene.plain, keys))) > 2
    ]
    if not options:
        return None
    column, keys = rng.choice(options)
    sheet = scene.sheet
    for key, above in zip(keys[1:], keys, strict=False):
        sheet = sheet.with_text(key, scene.sheet.text(above))
    sheet = sheet.with_text(keys[0], "")
    said = f"The numbers stand one row too low; {scene.plain(keys[-1])} is lost."
    return Change(sheet, said, scene.names.column(column), frozenset(keys), frozenset(keys), 1.0)


@operator("numeric_error", always(3), _numbers)
def column_scaled(scene: Scene, rng: random.Random) -> Change | None:
    """Every number of a column is ten times too high."""
    pattern = re.compile(r"\d+\.\d+")
    keys_of = _column_keys(scene, [k for k in scene.numbers if pattern.fullmatch(scene.plain(k))])
    options = [(column, keys) for column, keys in keys_of.items() if len(keys) >= 3]
    if not options:
        return None
    column, keys = rng.choice(options)
    sheet = scene.sheet
    for key in keys:
        text = scene.plain(key)
        places = len(text.partition(".")[2])
        sheet = sheet.with_text(key, f"{10 * float(text):.{places - 1}f}")
    one, other = scene.plain(keys[0]), sheet.text(keys[0])
    said = f"All {len(keys)} numbers are ten times too high: {one} became {other}, and so on."
    return Change(sheet, said, scene.names.column(column), frozenset(keys), frozenset(keys), 0.9)


def _rich(scene: Scene, pattern: re.Pattern[str]) -> list[int]:
    return [key for key in scene.body if pattern.search(scene.sheet.text(key))]


@operator("numeric_error", always(3), lambda scene: _rich(scene, _POWER))
def exponent_changed(scene: Scene, rng: random.Random) -> Change | None:
    """The exponent of a power of ten is another one, or stands on the line."""
    key = rng.choice(_rich(scene, _POWER))
    text = scene.sheet.text(key)
    if rng.random() < 0.3:
        after, how = re.sub(r"</?sup>", "", text), "the exponent is no longer raised"
    else:
        step = rng.choice((1, 2))
        after = _POWER.sub(lambda m: f"{m[1]}{int(m[2]) + step}{m[3]}", text, count=1)
        how = "the exponent is wrong"
    said = f"{_raised(text)} became {_raised(after)}: {how}."
    keys = frozenset((key,))
    sheet = scene.sheet.with_text(key, after)
    return Change(sheet, said, scene.names.cell(key), keys, keys, 1.0)


def _raised(text: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", text.replace("<sup>", "^")))


def _spreads(scene: Scene) -> list[int]:
    return [key for key in scene.body if scene.simple(key) and _SPREAD.search(scene.plain(key))]


@operator("numeric_error", always(2), _spreads)
def uncertainty_changed(scene: Scene, rng: random.Random) -> Change | None:
    """The part after the plus-minus sign is another number, or is lost."""
    key = rng.choice(_spreads(scene))
    text = scene.plain(key)
    found = _SPREAD.search(text)
    assert found is not None
    if rng.random() < 0.4:
        return scene.rewritten(key, _SPREAD.sub("", text).strip(), "the uncertainty is missing")
    digits = found[1]
    at = rng.choice([i for i, sign in enumerate(digits) if sign.isdigit()])
    other = digits[:at] + rng.choice(CONFUSED[digits[at]]) + digits[at + 1 :]
    after = text[: found.start(1)] + other + text[found.end(1) :]
    return scene.rewritten(key, after, "the uncertainty is wrong")


def _starred(scene: Scene) -> list[int]:
    return [k for k in scene.body if scene.simple(k) and re.search(r"\d\*+$", scene.plain(k))]


@operator("numeric_error", always(2), _starred)
def stars_changed(scene: Scene, rng: random.Random) -> Change | None:
    """The mark of significance has one star less."""
    key = rng.choice(_starred(scene))
    return scene.rewritten(key, scene.plain(key)[:-1], "one star of significance is missing")


def _relations(scene: Scene) -> list[int]:
    return [k for k in scene.body if scene.simple(k) and re.match(r"[<>≤≥] ?\d", scene.plain(k))]


@operator("numeric_error", always(3), _relations)
def relation_turned(scene: Scene, rng: random.Random) -> Change | None:
    """Less than becomes greater than, or the reverse."""
    key = rng.choice(_relations(scene))
    text = scene.plain(key)
    other = dict(zip("<>≤≥", "><≥≤", strict=True))[text[0]]
    return scene.rewritten(key, other + text[1:], "the sign is turned round")
