"""Edits of words: typos, words and texts lost, replaced or at wrong places, units in headers."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence

from visual_erm.data.records import always
from visual_erm.data.tables.operators import (
    CJK,
    WORD,
    Change,
    Scene,
    by_place,
    operator,
    quoted,
    textual,
)
from visual_erm.data.tables.sheets import CAPTION, FOOT

LIKENESSES = (
    *[
        "州洲",
        "末未",
        "人入",
        "大太",
        "干千",
        "己已",
        "日曰",
        "土士",
        "国園",
        "年午",
        "北比",
        "月用",
        "目自",
        "東束",
        "间问",
        "数教",
        "量重",
    ],
    *[
        "均匀",
        "合会",
        "名各",
        "西酉",
        "王玉",
        "主生",
        "中申",
        "亚业",
        "利和",
        "尼泥",
        "拉垃",
        "斯欺",
    ],
    *["ソン", "シツ", "ハバ", "カガ", "タダ", "기가", "도두", "아야", "니나", "스즈"],
)
"""Signs that are taken for each other."""
HEADER_UNITS = (
    *(
        ("kg", "g"),
        ("g", "mg"),
        ("km²", "mi²"),
        ("km", "mi"),
        ("km", "m"),
        ("m", "ft"),
        ("mm", "cm"),
    ),
    *(("°C", "°F"), ("mph", "km/h"), ("$", "€"), ("€", "$"), ("%", "‰"), ("ms", "s"), ("s", "ms")),
    *(
        ("bn", "m"),
        ("hp", "kW"),
        ("kB", "MB"),
        ("MB", "GB"),
        ("t", "kg"),
        ("h", "min"),
        ("万", "千"),
    ),
    *(("in", "cm"), ("lb", "kg"), ("lbs", "kg"), ("mpg", "km/l"), ("亿", "万"), ("m", "bn")),
)
_UNIT = re.compile(r"\((?:[^\W\d_]{1,4}[²³]?|[%‰$€£]|°[CF]|km/h|[$€£] ?[a-z]{1,2})\)$")


def _all(scene: Scene) -> list[int]:
    """Cells, headers, caption and note with words."""
    return [*scene.texts, *scene.legends]


def _worded(scene: Scene) -> list[int]:
    return [key for key in _all(scene) if WORD.search(scene.plain(key))]


def _labels(scene: Scene) -> list[int]:
    """Texts of the first column: what rows are known by."""
    return [key for key in scene.texts if scene.sheet.places[key].column == 0]


def _weight(scene: Scene, key: int) -> float:
    """1 for what names rows, columns or the table, less for the rest."""
    if key == FOOT:
        return 0.0
    if key == CAPTION:
        return 0.5
    place = scene.sheet.places[key]
    return 1.0 if place.row < scene.sheet.heads or place.column == 0 else 0.5


def _word(scene: Scene, rng: random.Random, keys: Sequence[int]) -> tuple[int, re.Match[str]]:
    key = rng.choice(keys)
    return key, rng.choice(list(WORD.finditer(scene.plain(key))))


def _respelled(scene: Scene, key: int, word: re.Match[str], other: str, how: str) -> Change | None:
    """One word of a text in another spelling; long texts are not quoted whole."""
    if other == word[0]:
        return None
    text = scene.plain(key)
    after = text[: word.start()] + other + text[word.end() :]
    said = f'"{word[0]}" became "{other}": {how}.'
    return scene.rewritten(key, after, said=said, amount=_weight(scene, key))


@operator("text_error", always(1), _worded)
def letters_swapped(scene: Scene, rng: random.Random) -> Change | None:
    """Two letters of a word change places."""
    key, word = _word(scene, rng, _worded(scene))
    text = word[0]
    spots = [i for i in range(1, len(text) - 1) if text[i] != text[i + 1]]
    if not spots:
        return None
    at = rng.choice(spots)
    other = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return _respelled(scene, key, word, other, "two letters changed places")


@operator("text_error", always(1), _worded)
def letter_dropped(scene: Scene, rng: random.Random) -> Change | None:
    """A letter of a word is lost."""
    key, word = _word(scene, rng, _worded(scene))
    at = rng.randrange(1, len(word[0]) - 1)
    other = word[0][:at] + word[0][at + 1 :]
    return _respelled(scene, key, word, other, "a letter is missing")


@operator("text_error", always(1), _worded)
def letter_doubled(scene: Scene, rng: random.Random) -> Change | None:
    """A letter of a word comes twice."""
    key, word = _word(scene, rng, _worded(scene))
    at = rng.randrange(1, len(word[0]))
    other = word[0][:at] + word[0][at - 1] + word[0][at:]
    return _respelled(scene, key, word, other, "a letter comes twice")


@operator("text_error", always(1), _worded)
def letter_changed(scene: Scene, rng: random.Random) -> Change | None:
    """A letter of a word is another one."""
    key, word = _word(scene, rng, _worded(scene))
    at = rng.randrange(1, len(word[0]))
    pool = "aeiou" if word[0][at] in "aeiou" else "bcdghklmnprstvw"
    letter = rng.choice([sign for sign in pool if sign != word[0][at].lower()])
    letter = letter.upper() if word[0][at].isupper() else letter
    other = word[0][:at] + letter + word[0][at + 1 :]
    return _respelled(scene, key, word, other, "a letter is wrong")


@operator("text_error", always(1), _worded)
def case_changed(scene: Scene, rng: random.Random) -> Change | None:
    """A word is written in capitals, or without its capital."""
    key, word = _word(scene, rng, _worded(scene))
    text = word[0]
    other = text.upper() if text != text.upper() else text.capitalize()
    return _respelled(scene, key, word, other, "capitals differ")


def _accented(scene: Scene) -> list[int]:
    return [key for key in _worded(scene) if _bare(scene.plain(key)) != scene.plain(key)]


def _bare(text: str) -> str:
    """Latin letters without their accents; other scripts as they are."""
    letters = []
    for sign in text:
        base = unicodedata.normalize("NFD", sign)[0]
        letters.append(base if base.isascii() and base.isalpha() else sign)
    return "".join(letters)


@operator("text_error", always(1), _accented)
def accents_lost(scene: Scene, rng: random.Random) -> Change | None:
    """Letters lose their accents."""
    key = rng.choice(_accented(scene))
    text = scene.plain(key)
    return scene.rewritten(key, _bare(text), "accents are missing")


def _cjk(scene: Scene) -> list[int]:
    return [key for key in _all(scene) if CJK.search(scene.plain(key))]


@operator("text_error", always(2), _cjk)
def sign_replaced(scene: Scene, rng: random.Random) -> Change | None:
    """A Chinese, Japanese or Korean sign becomes another one, alike where there is such a one."""
    key = rng.choice(_cjk(scene))
    text = scene.plain(key)
    spots = [i for i, sign in enumerate(text) if CJK.match(sign)]
    alike = [(i, pair) for i in spots for pair in LIKENESSES if text[i] in pair]
    if alike:
        at, pair = rng.choice(alike)
        other = pair.replace(text[at], "")
    else:
        at = rng.choice(spots)
        pool = {sign for k in _cjk(scene) for sign in scene.plain(k) if CJK.match(sign)}
        other = rng.choice(sorted(pool - {text[at]}) or [""])
    if not other:
        return None
    after = text[:at] + other[0] + text[at + 1 :]
    return scene.rewritten(key, after, "one sign is wrong")


@operator("text_error", always(2), _cjk)
def sign_dropped(scene: Scene, rng: random.Random) -> Change | None:
    """A Chinese, Japanese or Korean sign is lost."""
    keys = [key for key in _cjk(scene) if len(scene.plain(key)) > 1]
    if not keys:
        return None
    key = rng.choice(keys)
    text = scene.plain(key)
    at = rng.choice([i for i, sign in enumerate(text) if CJK.match(sign)])
    return scene.rewritten(key, text[:at] + text[at + 1 :], "one sign is missing")


@operator("text_error", by_place, _worded)
def word_replaced(scene: Scene, rng: random.Random) -> Change | None:
    """A word becomes another word of the table."""
    key, word = _word(scene, rng, _worded(scene))
    pool = {m[0] for k in _worded(scene) for m in WORD.finditer(scene.plain(k))}
    pool = {
        w for w in pool if w.lower() != word[0].lower() and w[0].isupper() == word[0][0].isupper()
    }
    if not pool:
        return None
    return _respelled(scene, key, word, rng.choice(sorted(pool)), "another word")


def _wordy(scene: Scene) -> list[int]:
    return [key for key in _worded(scene) if len(scene.plain(key).split()) > 1]


@operator("text_error", always(2), _wordy)
def word_dropped(scene: Scene, rng: random.Random) -> Change | None:
    """A word is lost."""
    key, word = _word(scene, rng, _wordy(scene))
    text = scene.plain(key)
    after = " ".join((text[: word.start()] + text[word.end() :]).split())
    if not any(map(str.isalnum, after)):
        return None
    said = f'The word "{word[0]}" is missing in {quoted(text)}.'
    return scene.rewritten(key, after, said=said)


@operator("text_error", always(1), _worded)
def word_repeated(scene: Scene, rng: random.Random) -> Change | None:
    """A word comes twice."""
    key, word = _word(scene, rng, _worded(scene))
    text = scene.plain(key)
    after = f"{text[: word.end()]} {word[0]}{text[word.end() :]}"
    return scene.rewritten(key, after, said=f'The word "{word[0]}" comes twice.')


@operator("text_error", by_place, lambda scene: scene.texts)
def text_emptied(scene: Scene, rng: random.Random) -> Change | None:
    """A body cell loses its text."""
    key = rng.choice(scene.texts)
    said = f"{quoted(scene.plain(key))} is missing; the cell is empty."
    return scene.rewritten(key, "", said=said, amount=_weight(scene, key))


@operator("text_error", always(3), lambda scene: scene.heads)
def header_emptied(scene: Scene, rng: random.Random) -> Change | None:
    """A header loses its text."""
    key = rng.choice(scene.heads)
    said = f"The header {quoted(scene.plain(key))} is missing; its cell is empty."
    keys = frozenset((key,))
    return Change(scene.sheet.with_text(key, ""), said, scene.names.cell(key), keys, keys)


def _swap(scene: Scene, a: int, b: int, where: str, amount: float) -> Change:
    sheet = scene.sheet.with_text(a, scene.sheet.text(b)).with_text(b, scene.sheet.text(a))
    said = f"{quoted(scene.plain(a))} and {quoted(scene.plain(b))} changed places."
    keys = frozenset((a, b))
    return Change(sheet, said, where, keys, keys, amount)


def _other(scene: Scene, rng: random.Random, keys: Sequence[int]) -> tuple[int, int] | None:
    """Two cells with different texts."""
    pairs = [(a, b) for a in keys for b in keys if a < b and scene.plain(a) != scene.plain(b)]
    return rng.choice(pairs) if pairs else None


@operator("text_error", always(3), lambda scene: len(scene.heads) > 1)
def headers_swapped(scene: Scene, rng: random.Random) -> Change | None:
    """Two headers change places over the same cells: the words are right, the table is wrong."""
    places = scene.sheet.places
    rows = {places[key].row for key in scene.heads}
    row = rng.choice(sorted(rows))
    chosen = _other(scene, rng, [key for key in scene.heads if places[key].row == row])
    if chosen is None:
        return None
    where = f"{scene.names.cell(chosen[0])} and {scene.names.cell(chosen[1])}"
    return _swap(scene, *chosen, where, 1.0)


@operator("text_error", always(3), lambda scene: len(_labels(scene)) > 1)
def labels_swapped(scene: Scene, rng: random.Random) -> Change | None:
    """The labels of two rows change places, and their values do not."""
    chosen = _other(scene, rng, _labels(scene))
    return _swap(scene, *chosen, scene.names.column(0), 1.0) if chosen else None


def _by_column(scene: Scene) -> list[tuple[int, list[int]]]:
    """Columns but the first with more than one text, and the keys of their cells."""
    columns: dict[int, list[int]] = {}
    for key in scene.texts:
        place = scene.sheet.places[key]
        if place.column:
            columns.setdefault(place.column, []).append(key)
    found = columns.items()
    return [(column, keys) for column, keys in found if len(set(map(scene.plain, keys))) > 1]


@operator("text_error", always(2), _by_column)
def texts_swapped(scene: Scene, rng: random.Random) -> Change | None:
    """Two texts of a column other than the first change places."""
    column, keys = rng.choice(_by_column(scene))
    chosen = _other(scene, rng, keys)
    return _swap(scene, *chosen, scene.names.column(column), 0.5) if chosen else None


def _below_others(scene: Scene) -> list[tuple[int, int]]:
    """Texts with a different text above them, but for the first column."""
    options = []
    for key in scene.texts:
        place = scene.sheet.places[key]
        above = scene.sheet.at.get((place.row - 1, place.column))
        if place.column and above in scene.texts and scene.plain(above) != scene.plain(key):
            options.append((above, key))
    return options


@operator("text_error", always(2), _below_others)
def text_repeated(scene: Scene, rng: random.Random) -> Change | None:
    """A cell holds the text of the row above once more."""
    above, key = rng.choice(_below_others(scene))
    return scene.rewritten(key, scene.plain(above), "the text of the row above")


def _measured(scene: Scene) -> list[tuple[int, str, str]]:
    return [
        (key, was, becomes)
        for key in scene.heads
        if scene.simple(key)
        for was, becomes in HEADER_UNITS
        if re.search(rf"\((?:[^()]* )?{re.escape(was)}\)", scene.plain(key))
    ]


@operator("text_error", always(3), _measured)
def header_unit_changed(scene: Scene, rng: random.Random) -> Change | None:
    """The unit in a header becomes another one, so that every value below means something else."""
    key, was, becomes = rng.choice(_measured(scene))
    text = scene.plain(key)
    at = text.rindex(f"{was})")
    return scene.rewritten(key, text[:at] + becomes + text[at + len(was) :], "another unit")


@operator("text_error", always(2), lambda s: [k for k in s.heads if _UNIT.search(s.plain(k))])
def header_unit_dropped(scene: Scene, rng: random.Random) -> Change | None:
    """The unit in a header is lost."""
    keys = [k for k in scene.heads if scene.simple(k) and _UNIT.search(scene.plain(k))]
    if not keys:
        return None
    key = rng.choice(keys)
    after = _UNIT.sub("", scene.plain(key)).strip()
    return scene.rewritten(key, after, "the unit is missing") if after else None


def _has_caption(scene: Scene) -> bool:
    return bool(scene.sheet.caption) and CAPTION not in scene.used


def _has_foot(scene: Scene) -> bool:
    return bool(scene.sheet.foot) and FOOT not in scene.used


@operator("text_error", always(2), _has_caption)
def caption_lost(scene: Scene, rng: random.Random) -> Change | None:
    """The caption is missing."""
    said = f"The caption {quoted(scene.plain(CAPTION))} is missing."
    return Change(scene.sheet.with_text(CAPTION, ""), said, "caption", frozenset((CAPTION,)))


@operator("text_error", always(2), _has_foot)
def note_lost(scene: Scene, rng: random.Random) -> Change | None:
    """The note below the table is missing."""
    said = f"The note {quoted(scene.plain(FOOT))} is missing."
    where = scene.names.cell(FOOT)
    return Change(scene.sheet.with_text(FOOT, ""), said, where, frozenset((FOOT,)))


_MARKED = re.compile(r"<sup>([a-z*†‡])</sup>")


def _noted(scene: Scene) -> list[int]:
    return [key for key in (*scene.body, *scene.heads) if _MARKED.search(scene.sheet.text(key))]


@operator("text_error", always(1), _noted)
def note_mark_lost(scene: Scene, rng: random.Random) -> Change | None:
    """A raised mark that refers to a note is lost."""
    key = rng.choice(_noted(scene))
    found = _MARKED.search(scene.sheet.text(key))
    assert found is not None
    after = _MARKED.sub("", scene.sheet.text(key), count=1)
    said = f'The mark "{found[1]}" of the note is missing.'
    keys = frozenset((key,))
    sheet = scene.sheet.with_text(key, after)
    return Change(sheet, said, scene.names.cell(key), keys, keys)


_SCRIPT = re.compile(r"<(su[bp])>([^<]+)</\1>")


def _raised(scene: Scene) -> list[int]:
    keys = [key for key in (*scene.body, *scene.heads) if _SCRIPT.search(scene.sheet.text(key))]
    # a power of ten that is no longer one is a wrong number
    return [key for key in keys if "10<sup>" not in scene.sheet.text(key)]


@operator("text_error", always(1), _raised)
def script_flattened(scene: Scene, rng: random.Random) -> Change | None:
    """A raised or lowered sign stands on the line."""
    key = rng.choice(_raised(scene))
    found = _SCRIPT.search(scene.sheet.text(key))
    assert found is not None
    after = _SCRIPT.sub(r"\2", scene.sheet.text(key), count=1)
    high = "raised" if found[1] == "sup" else "lowered"
    said = f'The {high} "{found[2]}" stands on the line.'
    keys = frozenset((key,))
    sheet = scene.sheet.with_text(key, after)
    return Change(sheet, said, scene.names.cell(key), keys, keys)


def _replaceable(scene: Scene) -> list[int]:
    return [key for key in scene.legends if key >= 0 and textual(scene.plain(key))]


@operator("text_error", always(3), lambda s: len(_replaceable(s)) > 1)
def header_repeated(scene: Scene, rng: random.Random) -> Change | None:
    """A header holds the text of another column's header."""
    chosen = _other(scene, rng, _replaceable(scene))
    if chosen is None:
        return None
    key, other = chosen
    return scene.rewritten(key, scene.plain(other), "the header of another column")
