"""Differences of axes: scale, direction, limits, and the tick labels themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from visual_erm.align import around
from visual_erm.judges import copies
from visual_erm.judges.chart import axes, words
from visual_erm.judges.chart.findings import NAMES, Finding, of_panel, ordinal
from visual_erm.judges.chart.places import Match, inked
from visual_erm.judges.chart.scene import Axis, ChartScene, Label, Panel, Side
from visual_erm.types import Box, Severity

LIMITS = 0.022
"""Share of the axis by which an end must be off to count."""
SLIGHT, MISLEADING = 0.15, 0.65
"""Shares by which an axis is longer, shorter or shifted: from there to be corrected; misleading."""
UNSURE = 3.5
"""Pixels by which an end may be off because labels are placed to about a pixel."""
UNSURE_SIGN = 0.9
"""Score of the reader below which a label of one sign proves nothing."""
FEW_SIGNS = 3
"""Signs that a mark or a smudge may be read as."""
NEAR = 0.025
"""Share of the axis within which two tick labels stand at the same place."""
STILL = 0.99
"""Share of the marks that are the same to the pixel where nothing was done to them."""
FEW = 0.2
"""Share of the labels of an axis that may seem to be there when all are missing."""
LEAST = 4
"""Labels of the denser axis at least."""
DENSER = 1.5
"""How many times as many labels count as another density."""
SLANTED = 1.45
"""How much higher the boxes of slanted labels are at least."""
NO_WIDER = 1.3
"""And how much more higher than wider, as larger letters are not."""
TALLER = 1.35
"""How much higher they are where they can hardly be read; raised exponents are less."""
ILLEGIBLE = 0.87, 1.2
"""Score of the reader that slanted labels stay below and level ones above, and how much more higher
than wider the boxes of labels are then at least that can hardly be read any more."""
SIDES = {"bottom": "x axis", "left": "y axis", "right": "right axis", "top": "upper axis"}


def compare_axes(a: ChartScene, b: ChartScene, match: Match) -> list[Finding]:
    """Findings about the axes of every pair of panels."""
    found: list[Finding] = []
    for i, j in match.pairs:
        others = {axis.side: axis for axis in b.axes[j]}
        for axis in a.axes[i]:
            several = len(axis.labels) > 1 or _word(axis.labels[0])
            if several and (whole := _whole(a, b, i, axis, match)):
                found.append(whole)
            elif axis.side in others:
                found += _compare(a, b, i, j, axis, others[axis.side], match)
    return found


def _whole(a: ChartScene, b: ChartScene, i: int, axis: Axis, match: Match) -> Finding | None:
    """What befell all labels of an axis at once: they are gone, or turned."""
    labels = b.of(axis.labels[0].role, match.panel(i))
    where = SIDES[axis.side] + of_panel(a, i)
    box = around([label.box for label in axis.labels])
    if _turned(axis.labels, labels):
        said = "the tick labels are turned"
        box_b = around([label.box for label in labels])
        return Finding("axis labels", "text_error", 1, where, said, box, box_b, i, axis.side)
    if _gone(axis.labels, labels, match):
        said = "the tick labels are missing"
        return Finding("axis labels", "text_error", 2, where, said, box, None, i, axis.side)
    return None


def _turned(ones: Sequence[Label], twos: Sequence[Label]) -> bool:
    """Whether level labels became upright or slanted ones, or the reverse."""
    if min(len(ones), len(twos)) < 2:
        return False
    # one narrow digit is taller than wide by itself
    long = [[x for x in labels if len(x.text) > 1] for labels in (ones, twos)]
    if not all(long):
        return False
    upright = [sum(x.rotated for x in labels) / len(labels) for labels in long]
    if abs(upright[0] - upright[1]) > 1 - FEW:
        return True
    (wide, high), (wide_b, high_b) = (
        np.median([(x.box[2] - x.box[0], x.box[3] - x.box[1]) for x in labels], axis=0)
        for labels in (ones, twos)
    )
    # slanted labels of a few signs are hardly narrower than level ones, but no wider by as much
    higher, wider = (
        (high_b / high, wide_b / wide) if high_b > high else (high / high_b, wide / wide_b)
    )
    if max(upright) > FEW:
        return False
    scores = [float(np.median([x.score for x in labels])) for labels in long]
    hardly = min(scores) < ILLEGIBLE[0] < max(scores) and higher > TALLER
    narrower = hardly and higher > ILLEGIBLE[1] * wider
    return bool(narrower or (higher > SLANTED and higher > NO_WIDER * wider))


def _gone(ones: Sequence[Label], twos: Sequence[Label], match: Match) -> bool:
    """Whether no label stands where it should, nor any like it on that side of the panel."""
    few = FEW * len(ones)
    return len(twos) <= few and sum(inked(match, label) for label in ones) <= few


def axis_box(axis: Axis, panel: Panel) -> Box:
    """The labels of an axis and the edge of the panel that they belong to."""
    x0, y0, x1, y1 = panel.box
    edge = {
        "bottom": (x0, y1 - 1, x1, y1 + 1),
        "left": (x0 - 1, y0, x0 + 1, y1),
        "right": (x1 - 1, y0, x1 + 1, y1),
        "top": (x0, y0 - 1, x1, y0 + 1),
    }[axis.side]
    return around([edge, *(label.box for label in axis.labels)])


def _compare(
    a: ChartScene, b: ChartScene, i: int, j: int, one: Axis, two: Axis, match: Match
) -> list[Finding]:
    where = SIDES[one.side] + of_panel(a, i)
    boxes = axis_box(one, a.panels[i]), axis_box(two, b.panels[j])
    inverted = Finding("scale", "data_error", 3, where, "the axis is inverted", *boxes, i, one.side,
                       detail="inverted")  # fmt: skip
    if one.scale == "names" or two.scale == "names":
        if _reversed(one, two, sure=_marks_moved(a, b, i, j)):
            return [inverted]
        if one.scale != two.scale and _unsure(one, two):
            return []
        if one.scale == two.scale and (reach := _reach(a, b, i, j, one, two)):
            said, severity = reach
            return [Finding("limits", "data_error", severity, where, said, *boxes, i, one.side)]
        return _compare_labels(a, b, i, one, two, match)
    strip = a.panels[i].kind == "strip" or _one_sided(one)
    if _same_inside(a, b, i, j) and not _compare_labels(a, b, i, one, two, match):
        return []  # the numbers look the same, so that one of them was misread
    if _same_labels(one, two, signs=not strip):
        return _compare_labels(a, b, i, one, two, match)
    if one.scale != two.scale:
        said = f"the scale is {two.scale} in place of {one.scale}"
        return [Finding("scale", "data_error", 3, where, said, *boxes, i, one.side)]
    if one.span * two.span < 0 and abs(two.start - one.end) < 0.3 * abs(one.span):
        return [inverted]
    if one.scale == "log" and min(len(one.labels), len(two.labels)) < 3:
        return []  # one small exponent that was misread would make another axis of it
    if not (_drawn_out(a.panels[i], one.side) and _drawn_out(b.panels[j], one.side)):
        if a.image.shape != b.image.shape:
            return _compare_labels(a, b, i, one, two, match)
        two = _within(two, b.panels[j], a.panels[i])
    off = max(abs(one.start - two.start), abs(one.end - two.end)) / abs(one.span)
    if off > max(LIMITS, _unsure_ends(one, a.panels[i]), _unsure_ends(two, b.panels[j])):
        ratio = max(abs(one.span / two.span), abs(two.span / one.span))
        amount = max(ratio - 1, off)
        said = f"limits {_ends(one)} became {_ends(two)}"
        severity = _how_far(amount)
        return [Finding("limits", "data_error", severity, where, said, *boxes, i, one.side)]
    return _compare_labels(a, b, i, one, two, match)


def _drawn_out(panel: Panel, side: Side) -> bool:
    """Whether a line from end to end shows how far a panel reaches along an axis.

    Without one a plot was taken to end where its marks do.
    """
    across = side in ("bottom", "top")
    lines: set[Side] = {"bottom", "top"} if across else {"left", "right"}
    return bool(lines & panel.sides) or ("rows" if across else "columns") in panel.grid


def _within(axis: Axis, own: Panel, other: Panel) -> Axis:
    """The axis with the values that it has at the ends of another panel in the same place."""
    across = axis.side in ("bottom", "top")
    low, high = (own.box[0], own.box[2]) if across else (own.box[3], own.box[1])
    ends = (other.box[0], other.box[2]) if across else (other.box[3], other.box[1])
    start, end = (axis.start + axis.span * (at - low) / (high - low) for at in ends)
    return replace(axis, start=start, end=end)


def _same_inside(a: ChartScene, b: ChartScene, i: int, j: int) -> bool:
    """Whether all marks of a plot are the same to the pixel, as with letters drawn otherwise."""
    box = a.panels[i].box
    if a.image.shape != b.image.shape or box != b.panels[j].box or a.panels[i].kind != "axes":
        return False
    inner = slice(box[1] + 4, box[3] - 4), slice(box[0] + 4, box[2] - 4)
    marks = a.edges[inner].copy()
    for label in (*a.labels, *b.labels):
        x0, y0 = label.box[0] - box[0] - 6, label.box[1] - box[1] - 6
        x1, y1 = label.box[2] - box[0] - 2, label.box[3] - box[1] - 2
        marks[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = False
    same = copies.same_pixels(a.image[inner], b.image[inner])[marks]
    return same.size > 0 and float(same.mean()) > STILL


def _marks_moved(a: ChartScene, b: ChartScene, i: int, j: int) -> bool:
    """Whether a plot in its place shows other marks, so that not only its labels are exchanged."""
    same = a.image.shape == b.image.shape and a.panels[i].box == b.panels[j].box
    return same and not _same_inside(a, b, i, j)


def _reach(
    a: ChartScene, b: ChartScene, i: int, j: int, one: Axis, two: Axis
) -> tuple[str, Severity] | None:
    """What to say of an axis of names that reaches further, or less far; None if it does not."""
    before, after = a.panels[i], b.panels[j]
    framed = all(len(panel.sides) > 2 for panel in (before, after))
    if not framed and before.box != after.box:
        return None  # where there is no frame, a plot ends where its marks do
    if (before.width, before.height) != (after.width, after.height) and _slanted_names(one):
        return None  # their middles are as far from their places in a small plot as in a large one
    line = axes.names_line(one, two)
    if line is None or line[0] <= 0 or _same_inside(a, b, i, j):
        return None
    start, end = -line[1] / line[0], (1 - line[1]) / line[0]
    off = max(abs(start), abs(end - 1))
    if off <= max(LIMITS, _unsure_ends(one, before), _unsure_ends(two, after)):
        return None
    span = end - start
    amount = max(span - 1, 1 / span - 1, off)
    said = f"limits 0%..100% became {round(100 * start)}%..{round(100 * end)}% of the axis"
    return said, _how_far(amount)


def _slanted_names(axis: Axis) -> bool:
    """Whether names are neither level nor upright: their boxes are as high as no line is."""
    long = [x.box for x in axis.labels if len(x.text) > 4 and not x.rotated]
    high = sum(2 * (y1 - y0) > x1 - x0 for x0, y0, x1, y1 in long)
    return 2 * high > len(long)


def _how_far(amount: float) -> Severity:
    return 1 if amount < SLIGHT else 2 if amount < MISLEADING else 3


def _reversed(one: Axis, two: Axis, *, sure: bool) -> bool:
    """Whether names, or dates, stand at the mirrored places now, and not at their own.

    Two names that changed places tell nothing of three, unless it is `sure` that marks moved too.
    """
    if max(len(one.labels), len(two.labels)) < (LEAST - 1 if sure else LEAST):
        return False
    texts = [[words.canonical(x.text) for x in axis.labels] for axis in (one, two)]

    def found(mirrored: bool) -> int:
        return sum(
            any(t == u and abs((1 - q if mirrored else q) - p) < 2 * NEAR for u, q in zip(
                texts[1], two.at, strict=True))
            for t, p in zip(texts[0], one.at, strict=True)
        )  # fmt: skip

    return found(True) > 0.7 * len(one.labels) and found(False) < FEW * len(one.labels) + 1


def _unsure_ends(axis: Axis, panel: Panel) -> float:
    """By what share of an axis its ends may be off: more where its labels are close together."""
    reach = max(axis.at) - min(axis.at)
    return UNSURE / _length(axis, panel) / min(1.0, max(0.1, 1.2 * reach))


def _length(axis: Axis, panel: Panel) -> int:
    return max(1, panel.width if axis.side in ("bottom", "top") else panel.height)


def _unsure(one: Axis, two: Axis) -> bool:
    """Whether a scale was read on one side only because of labels that are hard to read."""
    few = min(len(one.labels), len(two.labels)) < 3
    return few or abs(len(one.labels) - len(two.labels)) > 2


def _same_labels(one: Axis, two: Axis, *, signs: bool) -> bool:
    """Whether labels of equal text stand at equal places, so that the fit must be at fault.

    Without `signs` a minus does not count: it is easily imagined in the tick beside a label, and
    easily lost. Only where axes are never inverted or no number stands on both sides of zero, since
    labels of -1, 0 and 1 are the same both ways.
    """
    edge = "" if signs else "-"
    ones, twos = (
        [(words.canonical(label.text).lstrip(edge), at)
         for label, at in zip(axis.labels, axis.at, strict=True)]
        for axis in (one, two)
    )  # fmt: skip
    equal = sum(any(x == y and abs(p - q) < NEAR for y, q in twos) for x, p in ones)
    if one.scale == two.scale == "log" and len(ones) == len(twos):
        # small exponents are easily misread, but all decades are equally long
        return equal >= 2 and all(abs(p - q) < NEAR for p, q in zip(one.at, two.at, strict=True))
    return equal >= max(2, 0.6 * min(len(one.labels), len(two.labels)))


def _one_sided(axis: Axis) -> bool:
    """Whether no two labels differ by their sign alone, so that places tell them apart."""
    sizes = [words.canonical(label.text).lstrip("-") for label in axis.labels]
    return len(sizes) == len(set(sizes)) > 1


def _ends(axis: Axis) -> str:
    low, high = axis.start, axis.end
    if axis.scale == "log":
        return f"{10**low:.3g}..{10**high:.3g}"
    digits = 4 if abs(high - low) < 0.2 * max(abs(low), abs(high)) else 3
    return f"{low:.{digits}g}..{high:.{digits}g}"


def _compare_labels(
    a: ChartScene, b: ChartScene, i: int, one: Axis, two: Axis, match: Match
) -> list[Finding]:
    """Labels at equal places must have equal texts; missing ones count only among names."""
    if thinned := _thinned(a, b, i, one, two, match):
        return [thinned]
    changed: list[tuple[Label, Label]] = []
    lost: list[Label] = []
    for label, at in zip(one.labels, _where(one, two), strict=True):
        near = [y for y, q in zip(two.labels, two.at, strict=True) if abs(at - q) < NEAR]
        if not near:
            near = [y for y in two.labels if y.text == label.text and one.scale == "names"]
        if near:
            if not any(
                _half_read(label, y)
                or _doubtful(label, y)
                or _written_otherwise(label, y, one, two)
                or _unfit(label, y, one)
                or words.same(a, label, b, y)
                for y in near
            ):
                changed.append((label, near[0]))
        elif one.scale == "names" and not (_named(label, b) or inked(match, label)):
            lost.append(label)
    return _report(a, b, i, one, changed, lost, two)


def _where(one: Axis, two: Axis) -> Sequence[float]:
    """Where the labels of an axis are to be looked for on another: names may have other margins."""
    line = axes.names_line(one, two) if one.scale == two.scale == "names" else None
    if line is None or line[0] <= 0:
        return one.at
    return [line[0] * at + line[1] for at in one.at]


def _thinned(
    a: ChartScene, b: ChartScene, i: int, one: Axis, two: Axis, match: Match
) -> Finding | None:
    """Fewer or more labels of the same scale, though there is as much room for them.

    A larger figure has more ticks by itself, so only plots of one size can tell.
    """
    j = match.panel(i)
    assert j is not None
    before, after = a.panels[i], b.panels[j]
    room = max(abs(before.width - after.width), abs(before.height - after.height))
    counts = len(one.labels), len(two.labels)
    few = two.labels if counts[1] < counts[0] else one.labels
    many = one.labels if counts[1] < counts[0] else two.labels
    if room > 4 or len(many) < DENSER * len(few) or len(many) < LEAST:
        return None
    texts = {words.canonical(label.text) for label in many}
    kept = {words.canonical(label.text) for label in few}
    if not kept <= texts:
        return None
    fewer = counts[1] < counts[0]
    extra = [label for label in many if words.canonical(label.text) not in kept]
    if sum(inked(match, label, back=not fewer) for label in extra) > FEW * len(extra):
        return None  # they are there, and were not read
    said = f"the axis has {'fewer' if fewer else 'more'} tick labels: {counts[1]}, not {counts[0]}"
    boxes = axis_box(one, before), axis_box(two, after)
    where = SIDES[one.side] + of_panel(a, i)
    return Finding("axis labels", "style_error", 1, where, said, *boxes, i, one.side)


def _unfit(label: Label, other: Label, axis: Axis) -> bool:
    """Whether the other reading is what the scale of this axis asks for, and this one is not."""
    if axis.scale != "linear":
        return False
    asked = axis.start + axis.span * axis.at[axis.labels.index(label)]
    read, instead = axes.number(label.text), axes.number(other.text)
    slack = abs(axis.span) * axes.MISFIT
    fits = instead is not None and abs(instead - asked) < slack
    return fits and (read is None or abs(read - asked) > slack)


def _written_otherwise(label: Label, other: Label, one: Axis, two: Axis) -> bool:
    """Whether a number has other decimals because the ticks beside it have others."""
    numbers = axes.number(label.text), axes.number(other.text)
    return len(one.labels) != len(two.labels) and None not in numbers and numbers[0] == numbers[1]


def _half_read(one: Label, two: Label) -> bool:
    """Whether two tick labels differ only by what is easily lost or imagined in reading.

    That is the small exponent of a power of ten, a minus beside a tick mark, and how many labels
    of a crowded axis were read as one line.
    """
    texts = words.canonical(one.text), words.canonical(two.text)
    short, long = sorted(texts, key=len)
    if short == "10" and long.startswith("10") and not long.strip("10⁰¹²³⁴⁵⁶⁷⁸⁹-23456789"):
        return True
    if short == long.lstrip("-") and any(c.isdigit() for c in short):
        return True
    parts = max((label.text.split() for label in (one, two)), key=len)
    if len(parts) < 2:
        parts = _run_together(short, long)
    if len(parts) < 2:
        return False
    return short in map(words.canonical, parts) or (len(short) > 2 and short in long)


def _run_together(short: str, long: str) -> list[str]:
    """The numbers that a text may be in which no space was read, with as many decimals as one.

    >>> _run_together("1.5", "1.51.6"), _run_together("1.5", "1.51")
    (['1.5', '1.6'], [])
    """
    _, _, decimals = short.partition(".")
    parts = re.findall(rf"-?\d+\.\d{{{len(decimals)}}}", long) if decimals.isdigit() else []
    return parts if "".join(parts) == long else []


def _doubtful(one: Label, two: Label) -> bool:
    """Whether a label of either picture was hardly readable, so that its reading proves little.

    Slanted text fills a tall box and is read badly; text at the edge of a picture is cut off; a
    single sign has nothing around it that would tell how it stands.
    """
    like = words.similarity(one.text, two.text)
    wide = [(label.box[2] - label.box[0], label.box[3] - label.box[1]) for label in (one, two)]
    scaled = any(abs(p - q) > 2 for p, q in zip(*wide, strict=True))
    for label, (width, height) in zip((one, two), wide, strict=True):
        if len(label.text) > 2 and height > 0.8 * width and like > 0.5:
            return True
        if label.box[0] <= 2 and like > 0.7:
            return True
        if scaled and len(label.text) == 1 and label.score < UNSURE_SIGN:
            return not _word(two if label is one else one)
    return False


def _word(label: Label) -> bool:
    """Whether a label is a word for sure, as no single sign is read."""
    return len(label.text) > FEW_SIGNS and label.text.isalpha() and label.score > UNSURE_SIGN


def _report(
    a: ChartScene,
    b: ChartScene,
    i: int,
    axis: Axis,
    changed: list[tuple[Label, Label]],
    lost: list[Label],
    two: Axis,
) -> list[Finding]:
    count, labels = len(changed) + len(lost), axis.labels
    if count == 0:
        return []
    if count > max(2, 0.4 * len(labels)):
        before = [x for x, _ in changed] + lost
        after = [y for _, y in changed]
        texts = ", ".join(f'"{y.text}"' for y in after[:4])
        said = "most tick labels differ" + (f": {texts}" if texts else "")
        where = SIDES[axis.side] + of_panel(a, i)
        box_b = around([y.box for y in after]) if after else None
        return [
            Finding("axis labels", "text_error", 2, where, said, around([x.box for x in before]),
                    box_b, i, axis.side)
        ]  # fmt: skip
    found, changed = _swapped(a, i, axis, changed, two)
    for x, y in changed:
        said = f'"{x.text}" became "{y.text}"'
        severity = words.severity(x.text, y.text, sure=a.image.shape == b.image.shape)
        found.append(replace(_tick(a, i, axis, x, said, y.box, severity), becomes=y.text))
    found += [_tick(a, i, axis, x, f'"{x.text}" is missing', None, 1) for x in lost]
    return found


def _swapped(
    a: ChartScene, i: int, axis: Axis, changed: list[tuple[Label, Label]], two: Axis
) -> tuple[list[Finding], list[tuple[Label, Label]]]:
    """What to say of names that have each other's place, and what is left to be said."""
    if axis.scale != "names":
        return [], changed  # numbers are in order, whatever was read
    places = {words.canonical(label.text): label for label in axis.labels}
    names = [words.canonical(label.text) for label in two.labels]
    new = {id(x): words.canonical(y.text) for x, y in changed}
    found, told = [], set[int]()
    for x, y in changed:
        other = places.get(new[id(x)])
        if other is None or id(x) in told or names.count(new[id(x)]) != 1:
            continue
        if new.get(id(other), words.canonical(x.text)) != words.canonical(x.text):
            continue
        told |= {id(x), id(other)}
        box = around([x.box, other.box])
        said = f'"{x.text}" and "{other.text}" are swapped'
        where = SIDES[axis.side] + of_panel(a, i)
        found.append(Finding("tick", "text_error", 3, where, said, box, around([y.box, *(
            q.box for p, q in changed if p is other)]), i, x.text))  # fmt: skip
    return found, [(x, y) for x, y in changed if id(x) not in told]


def _tick(
    a: ChartScene,
    i: int,
    axis: Axis,
    label: Label,
    said: str,
    box: Box | None,
    severity: Severity,
) -> Finding:
    index = axis.labels.index(label)
    where = f"{ordinal(index)} {NAMES[label.role]}{of_panel(a, i)}"
    return Finding("tick", "text_error", severity, where, said, label.box, box, i, label.text)


def _named(label: Label, b: ChartScene) -> bool:
    """Whether the candidate shows such a text anywhere."""
    return any(words.similarity(label.text, other.text) > 0.8 for other in b.labels)
