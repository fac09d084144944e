"""How sure two pictures make it that a text differs: the odds of two texts against one.

The recogniser gives the probability of every sign at every place of a line. From that follows how
likely a line is under any text, not only under the one that was read (the forward sum of CTC,
Graves et al. 2006). Two cells that were read "74" and "7A" differ only if no single text explains
both pictures nearly as well as two texts do:

    evidence = ln P(ref | "74") + ln P(cand | "7A") - max over t of (ln P(ref | t) + ln P(cand | t))

Sharp type of usual size gives 8 and more for another digit; blurred, tiny or unusual type gives
little, and so says itself that it supports no verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Levenshtein

from visual_erm.judges.table import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.judges.ocr import Strip

FLOOR = 2e-5
"""Probability of a sign that is not among the likely ones of its place."""
BLANK = ""
LONG = 16
"""Signs from which texts are compared place by place."""
MOST_SIGNS = 60
"""Signs of one place that differ; where more do, no reading is asked."""


@dataclass(frozen=True)
class Line:
    """One line as the recogniser sees it: the likelihood of each sign at each place."""

    signs: dict[str, int]
    """Column of each sign; the empty sign is the blank between signs, spaces among it."""
    chances: NDArray[np.float32]
    """`(places, signs)`: natural logarithms."""
    text: str
    """What is read first, folded (see `fold`)."""
    starts: tuple[int, ...]
    """The place at which each sign of `text` begins."""

    def part(self, first: int, last: int) -> Line:
        """The line from one sign of its text up to another one, exclusive."""
        start = self.starts[first] if first else 0
        end = self.starts[last] if last < len(self.starts) else len(self.chances)
        starts = tuple(at - start for at in self.starts[first:last])
        return Line(self.signs, self.chances[start:end], self.text[first:last], starts)


def line(strip: Strip) -> Line:
    """Signs that are equal to a reader are one; spaces part nothing."""
    folded = [_sign(sign) for sign in strip.signs]
    signs = {sign: k for k, sign in enumerate(dict.fromkeys([BLANK, *folded]))}
    chances = np.full((len(strip.chances), len(signs)), FLOOR, np.float32)
    for k, sign in enumerate(folded):
        chances[:, signs[sign]] += strip.chances[:, k]
    read = [
        (sign, at) for sign, at in zip(map(_sign, strip.text), strip.starts, strict=True) if sign
    ]
    return Line(
        signs,
        np.log(np.minimum(chances, 1.0)),
        "".join(sign for sign, _ in read),
        tuple(at for _, at in read),
    )


def _sign(sign: str) -> str:
    plain = text.plain(sign).translate(text.SAME_SHAPE)
    return plain if len(plain) < 2 else sign


def fold(words: str) -> str:
    """A text in the signs that lines are kept in.

    >>> fold("1 234 −5")
    '1234-5'
    """
    return "".join(_sign(sign) for sign in words)


def likelihood(seen: Line, words: str) -> float:
    """The logarithm of P(line | text), summed over all ways to spread the text over its places."""
    columns = [seen.signs.get(sign, -1) for sign in words]
    states = np.zeros(2 * len(words) + 1, np.int64)
    states[1::2] = columns
    chances = seen.chances[:, states]
    chances[:, states < 0] = np.log(FLOOR)
    # A sign may follow the last one without a blank, unless both are the same.
    signs = np.array([BLANK, *(s for sign in words for s in (sign, BLANK))])
    free = np.zeros(len(states), bool)
    free[3::2] = signs[3::2] != signs[1:-2:2]
    reached = np.full(len(states), -np.inf)
    reached[:2] = chances[0, :2]
    for at in chances[1:]:
        one = np.concatenate([[-np.inf], reached[:-1]])
        two = np.where(
            free, np.concatenate([[-np.inf, -np.inf], reached[:-2]])[: len(free)], -np.inf
        )
        reached = np.logaddexp(np.logaddexp(reached, one), two) + at
    return float(np.logaddexp.reduce(reached[-2:]))


def joined(lines: Sequence[Line]) -> Line:
    """Several lines of one text as one line."""
    if len(lines) == 1:
        return lines[0]
    signs = {sign: k for k, sign in enumerate(dict.fromkeys(s for one in lines for s in one.signs))}
    parts = []
    for one in lines:
        part = np.full((len(one.chances), len(signs)), np.log(FLOOR), np.float32)
        part[:, [signs[sign] for sign in one.signs]] = one.chances
        parts.append(part)
    offsets = np.cumsum([0, *(len(one.chances) for one in lines)]).tolist()
    starts = [at + by for one, by in zip(lines, offsets, strict=False) for at in one.starts]
    return Line(signs, np.concatenate(parts), "".join(one.text for one in lines), tuple(starts))


def evidence(a: Sequence[Line], b: Sequence[Line]) -> float:
    """How much likelier two texts are than one, in natural logarithms; 0 if one explains both best.

    Args:
        a: readings of the one picture, in several sizes; each counts alike.
        b: readings of the other.
    """
    if min(len(seen.text) for seen in (*a, *b)) > LONG:
        return float(np.mean([_strongest(*pair) for pair in zip(a, b, strict=True)]))
    return _odds(a, b)


def _odds(a: Sequence[Line], b: Sequence[Line]) -> float:
    texts = sorted({seen.text for seen in (*a, *b)})
    one, two = (
        [float(np.mean([likelihood(seen, words) for seen in side])) for words in texts]
        for side in (a, b)
    )
    together = max(x + y for x, y in zip(one, two, strict=True))
    return max(one) + max(two) - together


def _strongest(a: Line, b: Line) -> float:
    """The evidence of the place where two long texts differ for surest.

    Somewhere in a long text something is misread: many weak hints are no strong one.
    """
    found = [0.0]
    for one, two in differences(a.text, b.text):
        part, other = a.part(*one), b.part(*two)
        if max(len(part.text), len(other.text)) > MOST_SIGNS:
            return float("inf")
        found.append(_odds([part], [other]))
    return max(found)


def differences(was: str, becomes: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where texts differ, first and last sign in each, with an equal sign on either side.

    >>> differences("California", "Califormia")
    [((6, 9), (6, 9))]
    """
    found: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for block in Levenshtein.opcodes(was, becomes):
        if block.tag == "equal":
            continue
        one = max(0, block.src_start - 1), min(len(was), block.src_end + 1)
        two = max(0, block.dest_start - 1), min(len(becomes), block.dest_end + 1)
        if found and (one[0] < found[-1][0][1] or two[0] < found[-1][1][1]):
            before = found.pop()
            one, two = (before[0][0], one[1]), (before[1][0], two[1])
        found.append((one, two))
    return found
