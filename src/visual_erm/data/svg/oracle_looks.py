"""How elements of drawings look: colours, lines, opacity; what is painted otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from visual_erm.data.records import Rule, always, style_by_share
from visual_erm.data.svg.comparison import Comparison
from visual_erm.data.svg.elements import Element, Paint
from visual_erm.data.svg.matching import same_dashes, same_look, same_paint
from visual_erm.data.svg.operators import colour_by_share
from visual_erm.judges.svg.words import colour_name, hex_colour

ALL = 0.75
"""Share of the elements that changed colour together."""


def looks(found: Comparison, mine: Sequence[Element]) -> None:
    """Colours, lines, opacity."""
    pairs = found.matching.pairs
    painted = {
        i: j for i, j in pairs.items()
        if not same_look(mine[i], found.theirs.elements[j]) and found.ours.seen(i) is not None
    }  # fmt: skip
    colours = [i for i, j in painted.items() if _recoloured(mine[i], found.theirs.elements[j])]
    visible = [i for i in pairs if i in painted or found.ours.seen(i) is not None]
    if len(colours) > 3 and len(colours) >= ALL * len(visible):
        after = [pairs[i] for i in colours]
        grey = all(_grey(found.theirs.elements[j]) for j in after)
        words = (
            "The drawing is grey where it should have colours."
            if grey
            else "All colours are others."
        )
        rule = always(1) if grey else colour_by_share
        found.say("style_error", rule, words, colours, after, amount=1.0)
        painted = {i: j for i, j in painted.items() if i not in colours}
    for i, k in _colours_swapped(found, mine, colours):
        if i in painted and k in painted:
            name = found.ours.name(k) or "other one"
            words = f"The {{thing}} and the {name} have each other's colour."
            both = (i, k)
            after = [pairs[n] for n in both]
            found.say("style_error", colour_by_share, words, both, after, amount=1.0)
            painted = {n: j for n, j in painted.items() if n not in both}
    for i, j in painted.items():
        _look(found, i, j, mine[i], found.theirs.elements[j])


def _recoloured(one: Element, other: Element) -> bool:
    """Whether it is the same paint in another colour."""
    kinds = (one.fill is None) == (other.fill is None) and (one.stroke is None) == (
        other.stroke is None
    )
    return kinds and not (same_paint(one.fill, other.fill) and same_paint(one.stroke, other.stroke))


def _grey(element: Element) -> bool:
    return element.colour is not None and max(element.colour) - min(element.colour) < 12


def _colours_swapped(
    found: Comparison, mine: Sequence[Element], colours: Sequence[int]
) -> Iterator[tuple[int, int]]:
    for i in colours:
        for k in colours:
            theirs = found.theirs.elements
            one, two = theirs[found.matching.pairs[i]], theirs[found.matching.pairs[k]]
            if i < k and _has_colour(found, mine, i, two) and _has_colour(found, mine, k, one):
                yield i, k


def _has_colour(found: Comparison, mine: Sequence[Element], i: int, other: Element) -> bool:
    """Whether an element has the colour that another has, or shows, in the reference."""
    seen = found.ours.seen(i)
    colours = [mine[i].colour, seen.colour if seen else None]
    return any(
        colour is not None
        and other.colour is not None
        and max(abs(a - b) for a, b in zip(colour, other.colour, strict=True)) < 12
        for colour in colours
    )


style_rule: Rule = style_by_share


def _look(found: Comparison, i: int, j: int, one: Element, other: Element) -> None:
    """What is painted otherwise, all in one."""
    said: list[str] = []
    gap, rule = 0.0, style_rule
    if one.fill is None and other.fill is not None:
        said.append("is filled, not an outline")
    elif one.fill is not None and other.fill is None:
        said.append("is an outline, not filled")
    elif not same_paint(one.fill, other.fill):
        assert one.fill is not None
        assert other.fill is not None
        gap, words, rule = _colours(one.fill, other.fill)
        said.append(words)
    filled = one.fill is not None and other.fill is not None
    if one.stroke is None and other.stroke is not None and filled:
        said.append("has an outline that it should not have")
    elif one.stroke is not None and other.stroke is None and filled:
        said.append("has no outline")
    elif one.stroke is not None and other.stroke is not None:
        if not same_paint(one.stroke, other.stroke):
            gap, words, rule = _colours(one.stroke, other.stroke)
            said.append(words if one.fill is None else f"has an outline that {words}")
        # a line that is slanted or stretched has no one width; its source tells
        kept = i in found.told and one.said_width == other.said_width
        if not kept and abs(one.width - other.width) > max(0.3, 0.04 * one.width):
            thick = "thick" if other.width > one.width else "thin"
            said.append(f"has lines that are too {thick}")
        if not same_dashes(one, other):
            said.append("is dashed, not solid" if other.dashes else "is solid, not dashed")
        if one.ends != other.ends and not said:
            said.append("has other ends and corners")
    if abs(one.opacity - other.opacity) >= 0.03:
        more = "too transparent" if other.opacity < one.opacity else "not transparent enough"
        said.append(f"is {more}")
    if one.font != other.font:
        category = "style_error"
        said.append("is set in another font")
    category = "style_error"
    if said:
        level = always(1) if said == ["has other ends and corners"] else rule
        words = f"The {{thing}} {' and '.join(said)}."
        found.say(category, level, words, (i,), (j,), amount=gap)


def _colours(one: Paint, other: Paint) -> tuple[float, str, Rule]:
    if one.gradient != other.gradient:
        if not other.gradient:
            return 0.0, "has one colour, not a gradient", style_by_share
        return (
            0.0,
            "has another gradient" if one.gradient else "has a gradient, not one colour",
            style_by_share,
        )
    gap = max(abs(a - b) for a, b in zip(one.colour, other.colour, strict=True)) / 255
    old, new = colour_name(one.colour), colour_name(other.colour)
    words = (
        f"is {new}, not {old}" if old != new else f"is another {new} ({hex_colour(other.colour)})"
    )
    if abs(one.alpha - other.alpha) >= 0.03 and gap < 0.02:
        return 0.0, "is more or less transparent", style_by_share
    return gap, words, colour_by_share
