"""Texts of cells: what counts as equal, which are numbers, how grave a change is.

>>> equal("1 234", "1234"), equal("−5", "-5"), equal("Total", "Totel")
(True, True, False)
>>> number("(1,250.5)"), number("45%"), number("Q3 2024")
(-1250.5, 45.0, None)
>>> severity("1520", "15.20")
3
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA, LCSseq, Levenshtein, Prefix

from visual_erm.types import Severity

DASHES, QUOTES = "−–—‐‑－﹣ー一", "’‘`´"
SIGNS = str.maketrans(
    DASHES + QUOTES + "“”″，、。：；（）×·•º˚µ¥∼～",
    "-" * len(DASHES) + "'" * len(QUOTES) + '"' * 3 + ",,.:;()x..°°μ￥~~",
)
"""One sign for those that look alike."""
YEAR = re.compile(r"(1[89]|20)\d\d")
CROSSES = "xX✗✘✕"
AS_DIGITS = str.maketrans("BDOQoIl|!iSsZzbgq", "80000111115522699")
"""Letters that digits are read as."""
ALIKE = AS_DIGITS | str.maketrans("CKPUVWXY", "ckpuvwxy")
"""Signs that one recogniser reads for each other in other fonts; only for weak evidence."""
SAME_SHAPE = str.maketrans("CKOPSUVWXZ", "ckopsuvwxz")
"""Capitals that differ from their small letters by size alone."""
A_THIRD = 1 / 3
WORD, A_WORD = 3, 0.4
"""Signs that a word has at least, and likeness below which one is another word, not misspelt."""
LIKELY = 0.7
"""Likeness from which a text is another one misspelt."""
SAME = 0.9
"""Likeness of two texts from which they differ in their signs alone."""
LEFT = 0.5
"""Share of the signs of several texts, and of each, that are left at least where they were joined.
"""
NUMERIC = re.compile(
    r"[~<>≤≥±+]?\(?[-+]?[$€£￥]?[-+]?(\d[\d,.' ]*|\.\d+)(e[-+]?\d+)?"
    r"(x10[-+]?\d*)?\)?([%‰]|°?[^\W\d_]{0,4})\)?[*†‡]*"
)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text without spaces, with one form for every dash, quote, and width."""
    bare = unicodedata.normalize("NFKC", text.translate(SIGNS)).translate(SIGNS)
    # one sign for degrees Celsius is read beside a degree
    return re.sub(r"\s+", "", bare).replace("°°", "°")


def equal(a: str, b: str) -> bool:
    """Whether two texts are the same to a reader who cannot see letter size.

    A number in which one sign was read as a letter of its shape ("B0") is still that number.
    """
    x, y = plain(a).translate(SAME_SHAPE), plain(b).translate(SAME_SHAPE)
    if x == y:
        return True
    numeric = [bool(NUMERIC.fullmatch(text)) for text in (x, y)]
    if all(numeric):
        # Either sign may part thousands.
        return x.replace(",", ".") == y.replace(",", ".")
    if not any(numeric):
        return False
    return x.translate(AS_DIGITS) == y.translate(AS_DIGITS)


def alike(a: str, b: str) -> bool:
    """Whether two texts may be one, misread: signs that look alike count as equal."""
    return _folded(a) == _folded(b)


def same_words(a: str, b: str) -> bool:
    """Whether two longer texts agree in all letters and digits, whatever stands between."""
    x, y = (re.sub(r"[\W_]", "", plain(text)).translate(ALIKE) for text in (a, b))
    return x == y and len(x) > 4


def _folded(text: str) -> str:
    folded = re.sub(r"(?<=[A-Za-z])[²³]", "²", text)
    folded = re.sub(r"9?%[6₆]?|%o", "6", plain(folded)).replace("rn", "m").replace("()", "0")
    if re.search(r"[A-Za-z]{2}", folded):
        folded = folded.strip("_-")
    return re.sub(r"[°'\"`]", "", folded.replace("ı", "i").translate(ALIKE)).strip(".,_:")


def digits(text: str) -> str:
    """The digits of a text."""
    return re.sub(r"\D", "", plain(text))


def without_marks(text: str) -> str:
    """A text without the quotes, points and commas around it, and without a minus before it."""
    return plain(text).strip("'\"`.,").removeprefix("-")


def likeness(a: str, b: str) -> float:
    """1 for equal texts, 0 for nothing in common."""
    return 1.0 - OSA.normalized_distance(plain(a).lower(), plain(b).lower())


def is_joined(whole: str, parts: Sequence[str], least: float) -> bool:
    """Whether a text is that of several cells, one after the other, each of them in it.

    >>> is_joined("OsloBergen", ["Oslo", "Bergen"], 0.9), is_joined("'Bergen", ["a", "Bergen"], 0.8)
    (True, False)
    """
    held = [plain(part).lower() for part in parts if part]
    if len(held) < 2 or not whole:
        return False
    together = likeness(whole, "".join(held))
    if together < least:
        return False
    one = plain(whole).lower()
    common = LCSseq.similarity(one, "".join(held))
    for k, part in enumerate(held):
        rest = "".join(held[:k] + held[k + 1 :])
        missing = common - LCSseq.similarity(one, rest) < LEFT * len(part)
        if missing or together <= likeness(whole, rest):
            return False
    return True


def is_rest_of(whole: str, parts: Sequence[str], least: float) -> bool:
    """Whether a text is what is left of several cells, one after the other, something of each.

    >>> is_rest_of("Insulation Outside Gas", ["Insulation", "Outside (C)", "Gas (ft)"], 0.9)
    True
    """
    held = [plain(part).lower() for part in parts if part]
    one, together = plain(whole).lower(), "".join(held)
    common = LCSseq.similarity(one, together)
    if len(held) < 2 or common < least * len(one) or len(one) < LEFT * len(together):
        return False
    without = ("".join(held[:k] + held[k + 1 :]) for k in range(len(held)))
    return all(common > LCSseq.similarity(one, rest) + 1 for rest in without)


def is_numeric(text: str) -> bool:
    """Whether the text is a number, with sign, currency, percent, brackets or a short unit."""
    return bool(NUMERIC.fullmatch(plain(text)))


def number(text: str) -> float | None:
    """The value of a numeric text; brackets mean negative. None for anything else."""
    bare = plain(text)
    if not NUMERIC.fullmatch(bare):
        return None
    match = re.search(r"(\d[\d,.' ]*|\.\d+)(e[-+]?\d+)?", bare)
    if match is None:
        return None
    digits = match[1].rstrip(",.'").replace("'", "")
    if digits.count(".") > 1 or ("," in digits and "." not in digits and _decimal_comma(digits)):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        value = float(digits.replace(",", "") + (match[2] or ""))
    except ValueError:
        return None
    negative = "-" in bare[: match.start()] or (bare.startswith("(") and bare.endswith(")"))
    return -value if negative else value


def _decimal_comma(digits: str) -> bool:
    return digits.count(",") == 1 and len(digits.split(",")[1]) != 3


def category(before: str, after: str) -> str:
    """Number or text: what kind of error a changed cell is."""
    if are_marks(before, after):
        return "text_error"
    has_digits = [any(c.isdigit() for c in text) for text in (before, after)]
    if (is_numeric(before) and is_numeric(after)) or _other_sign(before, after):
        return "numeric_error"
    if not before or not after:
        return "numeric_error" if _mostly_digits(before or after) else "text_error"
    if not is_numeric(before) and plain(after).startswith(plain(before)):
        return "text_error"
    if all(has_digits) and _letters(before) == _letters(after):
        return "numeric_error"
    if is_numeric(before) and likeness(before, after) > 0.5:
        return "numeric_error"
    return "text_error"


def are_marks(before: str, after: str) -> bool:
    """Whether one of two signs is a cross: the other one is a tick then, however it is read."""
    signs = plain(before), plain(after)
    return all(len(sign) == 1 for sign in signs) and sum(sign in CROSSES for sign in signs) == 1


def _mostly_digits(text: str) -> bool:
    bare = plain(text)
    return is_numeric(text) or sum(c.isdigit() for c in bare) >= 0.5 * max(1, len(bare))


def _letters(text: str) -> str:
    return re.sub(r"[\d.,\s()+%-]", "", plain(text))


def severity(before: str, after: str, *, names: bool = False) -> Severity:
    """How grave a changed text is.

    Numbers: 3 for a changed sign or a change by a third or more, 1 for less than a hundredth
    of what is no year, else 2. Words: 1 where they are misspelt, else 2, or 3 where the text names
    a row or a column. A changed unit is 2, or 3 in such a name; a cross in place of a tick says the
    opposite, 3.

    Args:
        before: what it was.
        after: what it is.
        names: whether it names a row or a column.
    """
    if not before:
        return 2
    if not after:
        return 3 if names and not is_numeric(before) else 2
    if are_marks(before, after):
        return 3
    if _other_unit(before, after):
        return 3 if names and _brackets(before) and _brackets(after) else 2
    if _other_sign(before, after):
        return 3
    a, b = number(before), number(after)
    if a is not None and b is not None:
        if (a < 0) != (b < 0) and a != -b != 0:
            return 3
        if a == b:
            return 1 if _bare(before) == _bare(after) else 2
        if a == -b:
            return 3
        share = abs(a - b) / max(abs(a), abs(b))
        year = YEAR.fullmatch(plain(before))
        return 3 if share >= A_THIRD else 1 if share < 0.01 and not year else 2
    words = _numbers_changed(before, after) or _words_changed(before, after)
    if words:
        return words
    if likeness(before, after) >= LIKELY and not _another_word(before, after):
        return 1
    return 3 if names else 2


def severity_of_exchange(one: str, other: str) -> Severity:
    """How grave it is that two numbers changed places: as if each was changed, but never little."""
    return 3 if severity(one, other) == 3 else 2


def _bare(text: str) -> str:
    """A number without what parts its thousands, and noughts behind the point."""
    return re.sub(r"\.0+(?!\d)", "", plain(text).replace(",", ""))


def _numbers_changed(before: str, after: str) -> Severity | None:
    """Of a text in which only numbers differ: 3 where the first one is off by a third, else 2.

    >>> _numbers_changed("14:45", "14:15"), _numbers_changed("RK-17", "RK-71")
    (2, 3)
    """
    ours, theirs = (re.findall(r"\d+\.?\d*", _bare(text)) for text in (before, after))
    if not (ours and theirs) or ours == theirs or _letters(before) != _letters(after):
        return None
    if len(ours) != len(theirs):
        return 3
    a, b = (number(one[0]) or 0.0 for one in (ours, theirs))
    return 3 if abs(a - b) >= A_THIRD * max(a, b) > 0 else 2


def _words_changed(before: str, after: str) -> Severity | None:
    """1 where what stands there stands there twice, 2 where a whole word is lost or put in."""
    x, y = plain(before).lower(), plain(after).lower()
    lost = len(x) > len(y)
    longer, shorter, words = (x, y, before) if lost else (y, x, after)
    start = Prefix.similarity(x, y)
    more = longer[start : start + len(longer) - len(shorter)]
    if len(more) < WORD or longer[:start] + longer[start + len(more) :] != shorter:
        return None
    if not lost and (shorter[:start].endswith(more) or shorter[start:].startswith(more)):
        return 1
    # a word that ends like the one before it is the same text, begun some signs later
    whole = (plain(word).lower() for word in (*words.split(), *re.findall(r"\w+", words)))
    turned = {more[k:] + more[:k] for k in range(len(more))}
    return 2 if not turned.isdisjoint(whole) else None


def _another_word(before: str, after: str) -> bool:
    """Whether one word of several is another one, as units and "am" and "pm" are, not misspelt.

    >>> _another_word("5.9 kPa (max.)", "5.9 MPa (max.)"), _another_word("my tabel", "my table")
    (True, False)
    """
    ours, theirs = (re.findall(r"[^\W\d_]+", one.lower()) for one in (before, after))
    if len(ours) != len(theirs) or len(before.split()) < 2:
        return False
    unlike = [(a, b) for a, b in zip(ours, theirs, strict=True) if not equal(a, b)]
    return len(unlike) == 1 and _are_other(*unlike[0])


def _are_other(one: str, other: str) -> bool:
    """Whether two words are not one misspelt: in short ones every letter counts."""
    longest, shortest = max(len(one), len(other)), min(len(one), len(other))
    if longest <= WORD:
        return shortest > 1 and not alike(one, other)
    return shortest >= WORD and likeness(one, other) < A_WORD


def _other_unit(before: str, after: str) -> bool:
    """Whether only a symbol or what stands in brackets behind differs."""
    if not all(map(_letters, (before, after))) and not re.search(r"[$€£%‰°]", before + after):
        return False
    units = [re.sub(r"[^$€£￥%‰°]", "", plain(text)) for text in (before, after)]
    bare = [re.sub(r"[$€£￥%‰°]", "", plain(text)) for text in (before, after)]
    if bare[0] == bare[1] and units[0] != units[1]:
        return True
    heads = [re.sub(r"\(.*?\)", "", plain(text)) for text in (before, after)]
    ours, theirs = _brackets(before), _brackets(after)
    if heads[0] != heads[1] or not heads[0] or ours == theirs:
        return False
    pairs = zip(ours, theirs, strict=False)
    return len(ours) != len(theirs) or not all(a == b or _is_misspelt(a, b) for a, b in pairs)


def _is_misspelt(one: str, other: str) -> bool:
    """Whether two words, no units, are one."""
    words = min(len(one), len(other)) > WORD and one.isalpha() and other.isalpha()
    return words and likeness(one, other) >= LIKELY


def _brackets(text: str) -> list[str]:
    return re.findall(r"\((.*?)\)", plain(text))


def _other_sign(before: str, after: str) -> bool:
    """Whether a text that begins with a number lost the minus before it, or has one now.

    >>> _other_sign("−114.1 ± 0.3 °C", "114.1 ± 0.3 °C"), _other_sign("-5 °C", "-7 °C")
    (True, False)
    """
    signs = [re.match(r"(-?)\W?\d", plain(text)) for text in (before, after)]
    if signs[0] is None or signs[1] is None or signs[0][1] == signs[1][1]:
        return False
    bare = (plain(text).removeprefix("-") for text in (before, after))
    return likeness(*bare) >= SAME


def steps(was: str, becomes: str) -> Iterator[tuple[str, str]]:
    """Signs of the one and what they are in the other; "" where one has none."""
    for step in Levenshtein.editops(was, becomes):
        one = was[step.src_pos] if step.tag != "insert" else ""
        other = becomes[step.dest_pos] if step.tag != "delete" else ""
        yield one, other
