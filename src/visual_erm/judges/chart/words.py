"""Whether two pieces of text in two pictures are the same text.

Reading is not exact, so what was read is only the first witness. Two crops that look alike are
the same text whatever was read; signs that readers confuse (0 and o, 1 and l) are the same unless
the crops clearly differ; and a difference is believed if two texts explain both crops far better
than any single one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rapidfuzz.distance import OSA, Levenshtein, Postfix, Prefix

from visual_erm.align import runs
from visual_erm.judges.table import evidence
from visual_erm.types import Box, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.chart.scene import ChartScene, Label
    from visual_erm.judges.table.evidence import Line
    from visual_erm.types import Image

NUMBER = r"\d+(?:\.\d+)?"
ROWS = 24
"""Height to which crops are scaled before they are laid on each other."""
FAINT = 0.35
"""Share of the darkest ink from which something is drawn."""
LOW = 0.45
"""Share of the height of letters that a mark or line beside them has at most."""
WINDOW = 14
"""Columns compared at a time: about one letter, so that one other letter is not averaged away."""
ALIKE = 0.20
"""Largest difference of two windows of the same text, as a share of their ink."""
UNLIKE = 0.62
"""Smallest difference that outweighs equal readings of confusable signs."""
LONG = 6
"""Signs from which a text with one confusable sign apart is the same text in another font."""
WORD_LIKE, TYPO, STEM = 0.5, 2, 0.6
"""Share of signs in common from which a word is the other one, misspelt; signs that are others in a
misspelt word at most, but for one that has this share of its beginning in common."""
SLIGHTLY_OFF, FAR_OFF = 0.05, 0.5
"""Shares by which a number is off: from there to be corrected; misleading."""
ALIGNED = 3
"""Pixels within which entries of a legend begin."""
SHORT = 3
"""Signs up to which all of what was read in part must agree with the whole."""
ASLANT = 0.6
"""Height of the box of a line that runs aslant, as a share of its width, at least."""
CERTAIN, LIKE = 0.9, 0.5
"""How sure the readings of slanted lines must be, and the likeness up to which they are others."""
SURE_CASE, TWO_SHAPES = 0.96, frozenset("abdefghlnqrt")
"""Score of the reader from which a letter is that letter, and in that case; and letters whose
capitals look unlike them."""
VARIANTS = ((0, 1), (2, 1), (3, 2))
"""Room in pixels and enlargement with which a line is looked at."""
LITTLE, ENOUGH, PLENTY = 0.5, 5.5, 14.0
"""Evidence below and above which one look is enough; what it takes to believe a difference."""
KEPT = 512
"""Lines of text whose ink is kept; each has about 15 KB."""
CONFUSED = str.maketrans("oil|!sbzgqcutw", "01111582990ut3")


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """The text without what readers get wrong: spaces, case, kinds of dashes, stray edges.

    >>> canonical("− Velvet ."), canonical("−0.5"), canonical("Max (°C)")
    ('velvet', '-0.5', 'max(°c)')
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = re.sub(r"[−–—‒~]", "-", plain)
    plain = re.sub(r"\s+", "", plain)
    # Marks and ticks of the plot that stand beside a text are read as part of it.
    plain = re.sub(r"^[*+•·=^]+(?=.)|(?<=.)[*+•·=^]+$", "", plain)
    plain = re.sub(r"^[-_.|'`,:]+(?=[^\d.])|(?<=.)[-_.|'`,」]+$", "", plain)
    return plain or text.strip()


def folded(text: str) -> str:
    """Like `canonical`, with signs that readers confuse made equal."""
    plain = re.sub(r"(?<=\()[09](?=%\)?$)", "", canonical(text))
    return re.sub(r"[.,'`:;·()\[\]{}√]", "", plain).translate(CONFUSED).replace("rn", "m")


@lru_cache(maxsize=4096)
def similarity(one: str, two: str) -> float:
    """Share of characters in common, in order: 1 for equal texts (up to `canonical`)."""
    return float(Levenshtein.normalized_similarity(canonical(one), canonical(two)))


def severity(one: str, two: str, *, sure: bool = True) -> Severity:
    """How much another text misleads: a misspelt word little, a number by how far it is off.

    Unless it is `sure` that signs were read well, as in pictures of one size, a number is never
    said to mislead, and a word like the other is never another word.

    >>> severity("Ertrag nach Ort", "Errtag nach Ort"), severity("Number of days", "Number of")
    (1, 2)
    >>> severity("1000", "1020"), severity("1000", "1200"), severity("1000", "2500")
    (1, 2, 3)
    >>> severity("Five-year mean", "5-year mean"), severity("Sales 2020", "Sales")
    (1, 2)
    >>> severity("Denstiy", "Density"), severity("Intensity", "Density")
    (1, 2)
    >>> severity("Electricity generated", "Electricity generation")
    1
    """
    ones, twos = (re.findall(r"[^\W\d_]+", text.lower()) for text in (one, two))
    numbers = [re.findall(NUMBER, text.replace(",", "")) for text in (one, two)]
    if numbers[0] != numbers[1]:
        if len(numbers[0]) != len(numbers[1]):
            # "five" for "5" is another spelling; a number that is gone is not
            words = [len(re.findall(r"[^\W_]+", text)) for text in (one, two)]
            return 1 if words[0] == words[1] else 2
        off = max(
            abs(x - y) / max(x, y, 1e-9)
            for x, y in zip(*(map(float, row) for row in numbers), strict=True)
        )
        return 1 if off < SLIGHTLY_OFF else 2 if off < FAR_OFF or not sure else 3
    if len(ones) != len(twos):
        return 1 if "".join(ones) == "".join(twos) else 2
    return 1 if all(_misspelt(x, y, sure) for x, y in zip(ones, twos, strict=True)) else 2


def _misspelt(one: str, two: str, sure: bool) -> bool:
    """Whether a word is the other one, with a sign or two that are wrong, or with another end."""
    if Levenshtein.normalized_similarity(one, two) < WORD_LIKE:
        return False
    inflected = Prefix.normalized_similarity(one, two) >= STEM
    return not sure or inflected or OSA.distance(one, two) <= TYPO


def other_number(one: str, two: str) -> bool:
    """Whether all that differs is what numbers say.

    >>> other_number("Sales in 2024", "Sales in 2023"), other_number("Sales 2024", "Sale 2023")
    (True, False)
    """
    texts = (one.replace(",", ""), two.replace(",", ""))
    plain = [re.sub(NUMBER, "#", canonical(text)) for text in texts]
    return plain[0] == plain[1] and "#" in plain[0]


def same(a: ChartScene, one: Label, b: ChartScene, two: Label) -> bool:
    """Whether the label `one` of scene `a` and `two` of scene `b` show the same text."""
    if canonical(one.text) == canonical(two.text):
        return not _other_case(one, two)
    gap = difference(a.image, one.box, b.image, two.box, rotated=one.rotated)
    if gap is not None and gap < ALIKE:
        return True
    if folded(one.text) == folded(two.text):
        sure = len(folded(one.text)) < LONG and _of_one_font(one.box, two.box)
        return gap is None or gap < UNLIKE or not sure
    if _cut_short(one, b, two) or _cut_short(two, a, one):
        return True
    sure = min(one.score, two.score) > CERTAIN and similarity(one.text, two.text) < LIKE
    if sure and _slanted(one) and _slanted(two):
        return False  # what a box cuts out of such lines cannot be read again
    return not _told_apart(a, one, b, two)


def _other_case(one: Label, two: Label) -> bool:
    sure = min(one.score, two.score) > SURE_CASE
    return sure and one.text.lower() == two.text.lower() and not alike(one.text, two.text)


def alike(one: str, two: str) -> bool:
    """Whether texts are equal, but for capitals that look like the small letters.

    >>> alike("c", "C"), alike("a", "A"), alike("a", "b")
    (True, False, False)
    """
    if len(one) != len(two):
        return False
    others = [(x, y) for x, y in zip(one, two, strict=True) if x != y]
    return all(x.lower() == y.lower() and x.lower() not in TWO_SHAPES for x, y in others)


def _slanted(label: Label) -> bool:
    """Whether a line runs aslant: its box is nearly as high as it is wide."""
    x0, y0, x1, y1 = label.box
    return not label.rotated and len(label.text) > SHORT and y1 - y0 > ASLANT * (x1 - x0)


def _of_one_font(one: Box, two: Box) -> bool:
    """Whether two boxes of one text are of one size, as they are in one font."""
    sides = [(one[k + 2] - one[k]) / max(1, two[k + 2] - two[k]) for k in (0, 1)]
    return all(0.95 < ratio < 1.05 for ratio in sides)


def _cut_short(whole: Label, b: ChartScene, part: Label) -> bool:
    """Whether `part` was read only in part: it begins or ends like `whole`, and ink goes on.

    `b` is the scene of `part`. Sub- and superscripts and italics are often left out; pictures cut
    long titles off.
    """
    long, short = canonical(whole.text), canonical(part.text)
    if not short or len(short) >= len(long):
        return False
    # the sign at the cut is misread
    least = len(short) - (len(short) > SHORT)
    after = Prefix.similarity(long, short) >= least
    before = Postfix.similarity(long, short) >= least
    if not (after or before) or (not after and _under_handle(part, b)):
        return False
    x0, y0, x1, y1 = part.box
    height, width = b.image.shape[:2]
    length, room = (y1 - y0, x1 - x0) if part.rotated else (x1 - x0, y1 - y0)
    more = max(round(0.6 * room), round(length * (len(long) - len(short)) / len(short)))
    if part.rotated:
        box = (x0, y0 - more, x1, y0 - 1) if after else (x0, y1 + 1, x1, y1 + more)
    else:
        box = (x1 + 1, y0, x1 + more, y1) if after else (x0 - more, y0, x0 - 1, y1)
    if box[0] <= 2 or box[1] <= 2 or box[2] >= width - 2 or box[3] >= height - 2:
        return min(part.box[:2]) <= 3 or x1 >= width - 3 or y1 >= height - 3
    rest = b.image[box[1] : box[3], box[0] : box[2]]
    if rest.size == 0:
        return False
    paper = np.median(b.image[y0:y1, x0:x1], axis=(0, 1))
    ink = np.abs(rest.astype(np.float32) - paper).max(axis=2) > 60
    # Letters cover a part of the stretch; nothing, or a frame line alone, is no letter.
    along = ink.any(axis=1 if part.rotated else 0)
    return float(along.mean()) > 0.3 and 0.03 < float(ink.mean()) < 0.6


def _under_handle(part: Label, scene: ChartScene) -> bool:
    """Whether a text begins where other entries of its legend do: a handle stands before it."""
    return part.role == "legend" and any(
        other is not part and abs(other.box[0] - part.box[0]) <= ALIGNED
        for other in scene.of("legend", part.panel)
    )


def _told_apart(a: ChartScene, one: Label, b: ChartScene, two: Label) -> bool:
    """Whether both pictures make it sure that the texts differ, see `table.evidence`.

    The lines as they were found decide where they are far from doubt, cut and enlarged otherwise
    where they are not.
    """
    ones, twos = [], []
    for room, enlarged in VARIANTS:
        first, second = _line(a, one, room, enlarged), _line(b, two, room, enlarged)
        if first is None or second is None:
            continue
        ones.append(first)
        twos.append(second)
        found = evidence.evidence(ones, twos)
        if not LITTLE < found < PLENTY:
            break
    return bool(ones) and found >= ENOUGH


def _line(scene: ChartScene, label: Label, room: int, enlarged: int) -> Line | None:
    """A label as the recogniser sees it; None if there is too little of it."""
    x0, y0, x1, y1 = label.box
    crop = scene.image[max(0, y0 - room) : y1 + room, max(0, x0 - room) : x1 + room]
    if min(crop.shape[:2]) < 4:
        return None
    if label.rotated:
        crop = np.ascontiguousarray(np.rot90(crop, -1))
    if enlarged > 1:
        size = crop.shape[1] * enlarged, crop.shape[0] * enlarged
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC))
    return evidence.line(scene.reader.strip(crop))


def difference(
    image: Image, box: Box, other: Image, other_box: Box, *, rotated: bool = False
) -> float | None:
    """Largest difference of two crops over windows of a letter's width, as a share of their ink.

    Returns:
        0 for equal crops, near 2 for crops with no ink in common; None when their shapes are so
        different that they cannot be laid on each other.
    """
    a, b = _glyphs(image, box, rotated), _glyphs(other, other_box, rotated)
    if a is None or b is None or not 0.86 < a.shape[1] / b.shape[1] < 1.16:
        return None
    width = max(8, round((a.shape[1] + b.shape[1]) / 2))
    a = cv2.GaussianBlur(cv2.resize(a, (width, ROWS)), (0, 0), 1.0)
    b = cv2.GaussianBlur(cv2.resize(b, (width, ROWS)), (0, 0), 1.0)
    floor = 0.25 * float((a.mean() + b.mean()) / 2)
    worst = 0.0
    for start in range(0, max(1, width - WINDOW // 2), WINDOW // 2):
        end = min(width, start + WINDOW)
        worst = max(worst, _least(a[:, start:end], b, start, end, floor))
    return worst


def weight(
    image: Image, box: Box, other: Image, other_box: Box, *, rotated: bool = False
) -> float | None:
    """How much more ink the letters of the other crop have, for equal height; None if illegible."""
    a = _glyphs(image, box, rotated)
    if a is not None and np.array_equal(_crop(image, box), _crop(other, other_box)):
        return 1.0
    b = _glyphs(other, other_box, rotated)
    if a is None or b is None or not 0.8 < a.shape[1] / b.shape[1] < 1.25:
        return None
    return float(b.sum() / a.sum())


def extent(image: Image, box: Box, *, rotated: bool = False) -> tuple[int, int] | None:
    """Length and height in pixels of what is drawn in a box; None if it is illegible.

    A box that was found is some pixels wider than the letters in it, now more and now less.
    """
    part = _crop(image, box)
    if min(part.shape[:2]) < 4:
        return None
    cut = _cut(part.tobytes(), part.shape, rotated)
    if cut is None:
        return None
    drawn = cut > FAINT
    first, last = _line_of(np.asarray(drawn.any(axis=1)))
    columns = runs(np.asarray(drawn[first:last].any(axis=0)))
    end, stroke = columns[-1][1], drawn[first:last, columns[-1][0] : columns[-1][1]]
    if len(columns) > 1 and np.count_nonzero(stroke.any(axis=1)) <= 2:
        end = columns[-2][1]  # the mark of a tick, rather
    return int(end - columns[0][0]), int(last - first)


def _line_of(rows: NDArray[np.bool_]) -> tuple[int, int]:
    """The rows of a line of text without a tick mark or frame line above or below it."""
    found = [tuple(map(int, run)) for run in runs(rows)]
    highest = max(last - first for first, last in found)
    low = [last - first < LOW * highest for first, last in found]
    begin = 1 if low[0] else 0
    stop = len(found) - 1 if low[-1] else len(found)
    return found[begin][0], found[stop - 1][1]


def _least(
    window: NDArray[np.float32], other: NDArray[np.float32], start: int, end: int, floor: float
) -> float:
    """Difference of a window from the best of its neighbourhood: letters may drift a little."""
    best = 2.0
    for dx in (-2, -1, 0, 1, 2):
        left, right = start + dx, end + dx
        if left < 0 or right > other.shape[1]:
            continue
        part = other[:, left:right]
        ink = max(floor, float((window.mean() + part.mean()) / 2))
        best = min(best, float(np.abs(window - part).mean()) / ink)
    return best


def _crop(image: Image, box: Box) -> Image:
    return image[box[1] : box[3], box[0] : box[2]]


def _glyphs(image: Image, box: Box, rotated: bool) -> NDArray[np.float32] | None:
    """The ink of a line of text in [0, 1], upright, cut to its extent, `ROWS` high."""
    part = _crop(image, box)
    if min(part.shape[:2]) < 4:
        return None
    return _shaped(part.tobytes(), part.shape, rotated)


@lru_cache(maxsize=KEPT)
def _shaped(pixels: bytes, shape: tuple[int, ...], rotated: bool) -> NDArray[np.float32] | None:
    """The same of the pixels alone, which most candidates share with their reference."""
    cut = _cut(pixels, shape, rotated)
    if cut is None:
        return None
    width = max(4, round(cut.shape[1] * ROWS / cut.shape[0]))
    shaped = cv2.resize(cut, (width, ROWS), interpolation=cv2.INTER_AREA)
    shaped.flags.writeable = False  # it is kept
    return np.asarray(shaped, np.float32)


@lru_cache(maxsize=KEPT)
def _cut(pixels: bytes, shape: tuple[int, ...], rotated: bool) -> NDArray[np.float32] | None:
    """The ink of a line of text, upright and cut to its extent, as large as it is."""
    part = np.frombuffer(pixels, np.uint8).reshape(shape)
    if rotated:
        part = np.rot90(part, -1)
    rim = np.sort(np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]), axis=0)
    paper = (rim[(len(rim) - 1) // 2].astype(np.float32) + rim[len(rim) // 2]) / 2
    ink = np.abs(part.astype(np.float32) - paper.astype(np.float32)).max(axis=2)
    peak = float(np.percentile(ink, 99.5))
    if peak < 30:
        return None
    ink = np.clip(ink / peak, 0, 1)
    rows = np.flatnonzero((ink > FAINT).any(axis=1))
    columns = np.flatnonzero((ink > FAINT).any(axis=0))
    if len(rows) < 3 or len(columns) < 2:
        return None
    return np.ascontiguousarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
