"""Reads the scale of an axis from its tick labels.

Numbers are fitted by the line (linear or logarithmic) that most of them agree with, so that one
label misread, or mistyped, does not move the scale.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from visual_erm.align import exceeds, from_colour, runs
from visual_erm.judges.chart import words
from visual_erm.judges.chart.scene import Axis, Label, Panel, Role, Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

SUFFIX = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "%": 1.0}
MISFIT = 0.02
"""Share of the panel by which a label may stand off the place that its value asks for."""
AGREE = 0.6
"""Share of the labels that must fit for the axis to count as a scale."""
INK, GAP, RAISED = 60, 0.25, 0.25
"""Grey levels of ink on its paper, heights of a line by which two words are apart, and share of its
height by which an exponent stands above the line."""
SHARED, SPREAD = 0.7, 0.2
"""Share of the names that two axes must have in common, and of an axis that these must span, to say
how far each of them reaches."""


def read_axes(
    labels: Sequence[Label], panel: Panel, index: int, image: Image | None = None
) -> tuple[Axis, ...]:
    """The axes of one panel, one for each side that has tick labels.

    Args:
        labels: of the whole picture.
        panel: whose axes are read.
        index: of the panel.
        image: where they were read; parts labels that were read as one line by their ink.
    """
    sides: tuple[tuple[Role, Side], ...] = (
        ("x tick", "bottom"),
        ("y tick", "left"),
        ("right tick", "right"),
    )
    found = []
    for role, side in sides:
        own = [label for label in labels if label.role == role and label.panel == index]
        if role == "x tick":
            own = [piece for label in own for piece in _split(label, image)]
        if image is not None:
            own = _raised(own, image)
        if own:
            found.append(_axis(own, panel, side))
    return tuple(found)


def _split(label: Label, image: Image | None) -> list[Label]:
    """Numbers that were read as one line, each where its ink is, or with its share of the box."""
    # the room before a minus is as narrow as a digit; in dates no line of labels begins with one
    text = re.sub(r"(?<=\d)-", " -", label.text) if label.text.startswith("-") else label.text
    parts = text.split()
    if len(parts) < 2 or any(number(part) is None for part in parts):
        return [label]
    x0, y0, x1, y1 = label.box
    if image is not None and (words_at := _inked(image[y0:y1, x0:x1], len(parts))) is not None:
        boxes = [(x0 + begin, y0, x0 + end, y1) for begin, end in words_at]
        return [replace(label, text=t, box=box) for t, box in zip(parts, boxes, strict=True)]
    step = (x1 - x0) / len(label.text)
    pieces, at = [], 0
    for part in parts:
        at = label.text.index(part, at)
        box = (round(x0 + at * step), y0, round(x0 + (at + len(part)) * step), y1)
        pieces.append(replace(label, text=part, box=box))
        at += len(part)
    return pieces


def _inked(line: Image, count: int) -> list[tuple[int, int]] | None:
    """Where so many words of a line begin and end; None if it does not show so many.

    The box of a line may hold the end of the label beside it.
    """
    if not line.size:
        return None
    columns = np.asarray(_ink(line).any(axis=0))
    found: list[tuple[int, int]] = []
    for begin, end in runs(columns).tolist():
        if found and begin - found[-1][1] < GAP * line.shape[0]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    if len(found) > count and found[0][0] == 0:
        found = found[1:]
    if len(found) > count and found[-1][1] == line.shape[1]:
        found = found[:-1]
    return found if len(found) == count else None


def _raised(labels: list[Label], image: Image) -> list[Label]:
    """The labels with powers of ten whose exponents were read as digits: 102 that shows 10²."""
    found = [_with_exponent(label, image) for label in labels]
    changed = sum(one.text != two.text for one, two in zip(labels, found, strict=True))
    return found if changed > 1 else labels


def _with_exponent(label: Label, image: Image) -> Label:
    if not re.fullmatch(r"10\d", label.text) or label.rotated:
        return label
    x0, y0, x1, y1 = label.box
    line = image[y0:y1, x0:x1]
    if not line.size:
        return label
    ink = _ink(line)
    signs = runs(np.asarray(ink.any(axis=0)))
    if len(signs) < 3:
        return label
    bottoms = [np.flatnonzero(ink[:, begin:end].any(axis=1))[-1] for begin, end in signs.tolist()]
    rows = np.flatnonzero(ink.any(axis=1))
    if bottoms[0] - bottoms[-1] < RAISED * (rows[-1] - rows[0]):
        return label
    return replace(label, text="10" + "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(label.text[2])])


def _ink(line: Image) -> NDArray[np.bool_]:
    paper = np.median(line.reshape(-1, 3), axis=0).astype(np.uint8)
    return np.asarray(exceeds(from_colour(line, paper), INK))


def _axis(labels: list[Label], panel: Panel, side: Side) -> Axis:
    x0, y0, x1, y1 = panel.box
    if side == "bottom":
        labels = sorted(labels, key=lambda label: label.centre[0])
        at = tuple((label.centre[0] - x0) / max(1, x1 - x0) for label in labels)
    else:
        labels = sorted(labels, key=lambda label: -label.centre[1])
        at = tuple((y1 - label.centre[1]) / max(1, y1 - y0) for label in labels)
    texts = [label.text for label in labels]
    values = _numbers(texts)
    fit = _best_fit(at, values)
    signed = _signed(values)
    if signed != values and (other := _best_fit(at, signed)) and (not fit or other[2] > fit[2]):
        values, fit = signed, other
    powers, twos = _powers(texts), _of_two(texts)
    scale: Literal["linear", "log"] = "linear"
    if (found := _best_fit(at, twos)) and found[2] > (fit[2] if fit else 2):
        return Axis(side, tuple(labels), at, twos, "log", found[0], found[0] + found[1])
    if any(p is not None for p in powers):
        # "10" with a raised exponent can be read as one number (102), so all labels are powers.
        scale, fit, values = "log", _best_fit(at, powers), powers
        if fit is None:
            return Axis(side, tuple(labels), at, values, "log", math.nan, math.nan)
    if fit is None:
        positive = all(v is None or v > 0 for v in values)  # as all of a logarithmic axis are
        logs = tuple(math.log10(v) if v and positive else None for v in values)
        fit = _best_fit(at, logs)
        if fit is not None and fit[2] < 3:  # any two labels lie on a line
            fit = None
        if fit is not None:
            scale, values = "log", logs
    if fit is None or fit[2] < max(2, AGREE * len(labels)):
        return Axis(side, tuple(labels), at, values, "names")
    return Axis(side, tuple(labels), at, values, scale, fit[0], fit[0] + fit[1])


def _numbers(texts: Sequence[str]) -> tuple[float | None, ...]:
    """What the labels of an axis show, without a unit that all of them have after the number.

    >>> _numbers(["0", "10 ms", "20 ms"]), _numbers(["Q1", "Q2"])
    ((0.0, 10.0, 20.0), (None, None))
    """
    # a tick beside a label is read as a dash
    plain = [re.sub(r"(?<=\w)[-–—_]+$", "", text.replace(" ", "")) for text in texts]
    units = {match[1] for text in plain if (match := re.search(r"\d([^\W\d_]{1,3}|°[CF]?)$", text))}
    if len(units) == 1:
        (unit,) = units
        if unit not in SUFFIX and all(text.endswith(unit) or number(text) == 0 for text in plain):
            plain = [text.removesuffix(unit) for text in plain]
    return tuple(number(text) for text in plain)


def _signed(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
    """Values with the minus signs that were not read: numbers that fall to zero, then rise.

    >>> _signed((4.0, 2.0, 0.0, 2.0)), _signed((0.0, 2.0, 4.0))
    ((-4.0, -2.0, 0.0, 2.0), (0.0, 2.0, 4.0))
    """
    known = [value for value in values if value is not None]
    if len(known) < 3 or min(known) != 0 or known.count(0) != 1:
        return values
    zero = values.index(0)
    left = [value for value in values[:zero] if value is not None]
    right = [value for value in values[zero:] if value is not None]
    if not left or left != sorted(left, reverse=True) or right != sorted(right) or right == [0]:
        return values
    return (*(None if value is None else -value for value in values[:zero]), *values[zero:])


def number(text: str) -> float | None:
    """The number that a tick label shows; None if it is not one.

    >>> number("−1,500"), number("2.5k"), number("Jan")
    (-1500.0, 2500.0, None)
    """
    plain = re.sub(r"[−–—]", "-", text.replace(" ", ""))
    plain = re.sub(r"^[$€£]", "", plain)
    match = re.fullmatch(r"(-?)((?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?)([kKMBG%]?)", plain)
    if match is None or not any(c.isdigit() for c in match[2]):
        return None
    value = float(match[2].replace(",", "")) * SUFFIX.get(match[3], 1.0)
    return -value if match[1] else value


def _powers(texts: Sequence[str]) -> tuple[float | None, ...]:
    """Decimal logarithms of labels like 10², 10-1 and 2×10³, if the axis has such labels."""
    raised = re.compile(r"10[-−–~]\d|10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]|\d[×xX]10")
    plain = [text.replace(" ", "") for text in texts]
    # groups like 5-9 have one like 10-14 among them
    groups = any(re.match(r"\d+[-–]\d", text) and not text.startswith("10") for text in plain)
    if groups or not any(raised.search(text) for text in plain):
        return (None,) * len(texts)
    return tuple(_power(text) for text in texts)


def _of_two(texts: Sequence[str]) -> tuple[float | None, ...]:
    """Decimal logarithms of labels like 2⁵, whose exponents are read as digits beside the 2.

    >>> [round(p, 2) for p in _of_two(["2⁵", "26", "210"]) if p]
    [1.51, 1.81, 3.01]
    """
    plain = (unicodedata.normalize("NFKC", text.replace(" ", "")) for text in texts)
    exponents = [match[1] if (match := re.fullmatch(r"2(\d{1,2})", t)) else None for t in plain]
    if sum(e is not None for e in exponents) < AGREE * len(texts):
        return (None,) * len(texts)
    return tuple(None if e is None else int(e) * math.log10(2) for e in exponents)


def _power(text: str) -> float | None:
    plain = unicodedata.normalize("NFKC", text.replace(" ", ""))
    plain = re.sub(r"[−–—~]", "-", plain)
    match = re.match(r"(?:([\d.]+)[×xX])?10(-?\d{1,2})?(?!\d)", plain)
    if match is None:
        return None
    factor = number(match[1]) if match[1] else 1.0
    return None if not factor else math.log10(factor) + float(match[2] or 1)


def _best_fit(
    at: Sequence[float], values: Sequence[float | None]
) -> tuple[float, float, int] | None:
    """Start, span and number of agreeing labels of the line that most labels agree with."""
    known = [(a, v) for a, v in zip(at, values, strict=True) if v is not None]
    best: tuple[float, float, int, float] | None = None
    for (a, v), (b, w) in itertools.combinations(known, 2):
        if abs(b - a) < 0.02 or v == w:
            continue
        slope = (w - v) / (b - a)
        start = v - slope * a
        off = [abs((value - start) / slope - place) for place, value in known]
        fitting = [o for o in off if o < MISFIT]
        rank = (len(fitting), -sum(fitting))
        if best is None or rank > (best[2], best[3]):
            best = (start, slope, *rank)
    if best is None or (best[2] < 3 and best[2] < len(known)):
        return None
    return _refined(known, best[0], best[1]), best[1], best[2]


def _refined(known: Sequence[tuple[float, float]], start: float, slope: float) -> float:
    """The start that centres the agreeing labels: their boxes are off by a pixel together."""
    rests = [v - slope * a for a, v in known if abs((v - start) / slope - a) < MISFIT]
    return sum(rests) / len(rests)


def names_line(one: Axis, two: Axis) -> tuple[float, float] | None:
    """Factor and shift that bring the places of names to those of the same names on another axis.

    None where too few names are the same, or where they do not stand as on one axis.
    """
    ones, twos = _named_places(one), _named_places(two)
    common = [(at, twos[text]) for text, at in ones.items() if text in twos]
    if len(common) < max(2, SHARED * min(len(ones), len(twos))):
        return None
    places, others = np.array(common).T
    if np.ptp(places) < SPREAD or np.ptp(others) < SPREAD:
        return None
    factor, shift = np.polyfit(places, others, 1)
    off = np.abs(factor * places + shift - others).max()
    return (float(factor), float(shift)) if off < MISFIT else None


def _named_places(axis: Axis) -> dict[str, float]:
    """Where each name stands on an axis; one that stands there twice says nothing."""
    names = [words.canonical(label.text) for label in axis.labels]
    count = Counter(names)
    return {name: at for name, at in zip(names, axis.at, strict=True) if count[name] == 1}
