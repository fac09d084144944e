"""Edits of what a program says: texts, numbers, lists, and the values of its arguments."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from visual_erm.data.charts.differences import TEXTS, values
from visual_erm.data.charts.edits_texts import (
    OTHER_NAMES,
    OTHER_TITLES,
    by_number,
    number_changed,
    other_of,
    text_of,
    typo,
    words_dropped,
)
from visual_erm.data.charts.figures import colour_word
from visual_erm.data.charts.operators import by_axis_share, by_part, by_series
from visual_erm.data.charts.program_operators import Rewriting, program_operator
from visual_erm.data.charts.programs import Literal, Program, called, constant
from visual_erm.data.charts.things import Scene
from visual_erm.data.records import always

WORDS = (*TEXTS, "tick label")
NAMING = ("title", "axis label", "legend entry")
"""Texts that say what is shown."""
MARKS = ("bars", "bar", "line", "dots", "points", "area", "wedge", "cells", "box", "violin",
         "error bars", "segments")  # fmt: skip
LEGENDS = "words, words gone, words new"
"""What changes in a legend when its series do."""
MOVING = "data, ticks, words"
"""What changes with the data: error bars, numbers over bars."""
COLOURS = (
    *("red", "blue", "green", "orange", "purple", "black", "teal", "gold", "crimson", "navy"),
    *("#e41a1c", "#377eb8", "#4daf4a", "#984ea3", "#ff7f00"),
)
NOT_DATA = frozenset(
    (
        *("figsize", "figure", "subplots", "set_xticks", "set_yticks", "xticks", "yticks", "xlim"),
        *("ylim", "set_xlim", "set_ylim", "axis", "tight_layout", "subplots_adjust", "GridSpec"),
        *("add_gridspec", "width_ratios", "height_ratios", "rect", "bbox_to_anchor", "explode"),
        *("add_axes", "levels", "bins", "view_init", "set_size_inches", "percentiles"),
    )
)
"""Calls, arguments and variables whose lists of numbers are no data."""
UNORDERED = (
    *("hist", "histplot", "displot", "kdeplot", "ecdfplot", "ecdf", "gaussian_kde", "boxplot"),
    *("violinplot", "boxenplot", "stripplot", "swarmplot", "jointplot", "hist2d", "hexbin"),
    *("histogram", "sort", "sorted"),
)
"""Calls to which it is all the same in which order values stand."""


def _drawn(program: Program, scene: Scene, kinds: Sequence[str]) -> list[ast.Constant]:
    """Texts of the program that are read in the picture as they are."""
    shown = {text_of(t).get_text() for t in scene.of(*kinds)}
    return [
        node for node in program.constants(str)
        if str(node.value).strip() and str(node.value) in shown
    ]  # fmt: skip


def _rewritten(
    program: Program,
    scene: Scene,
    rng: random.Random,
    rewrite: Callable[..., str | None],
    kinds: Sequence[str] = WORDS,
) -> Rewriting | None:
    texts = _drawn(program, scene, kinds)
    rng.shuffle(texts)
    for node in texts:
        new = rewrite(str(node.value), rng)
        if new is not None and new != node.value:
            # the same text again, as the key of a table, is renamed with it
            same = [n for n in program.constants(str) if n.value == node.value]
            return Rewriting([program.replaced(n, repr(new)) for n in same])
    return None


@program_operator("text_error", always(1), "words", kinds=WORDS, many=True)
def text_typo(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A text is misspelt."""
    return _rewritten(program, scene, rng, typo)


@program_operator("text_error", by_number, "words", kinds=WORDS, many=True)
def text_number(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A number within a text is another one."""
    return _rewritten(program, scene, rng, number_changed)


@program_operator("text_error", always(2), "words", kinds=WORDS, many=True)
def text_words_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A text lacks words."""
    return _rewritten(program, scene, rng, words_dropped)


@program_operator("text_error", always(3), "words", kinds=NAMING)
def text_other(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A text says something else."""
    choices = (*OTHER_NAMES, *OTHER_TITLES)
    return _rewritten(program, scene, rng, lambda t, r: other_of(choices, t, r), NAMING)


def _lists(program: Program, numbers: bool) -> list[Literal]:
    """Literals that could be data."""
    found = []
    for literal in program.literals():
        around = [program.parent(literal.node), *program.above(literal.node)]
        names = {called(n) for n in around if isinstance(n, ast.Call)}
        names |= {n.arg for n in around if isinstance(n, ast.keyword) and n.arg}
        names |= {
            target.id for n in around if isinstance(n, ast.Assign)
            for target in n.targets if isinstance(target, ast.Name)
        }  # fmt: skip
        if names & NOT_DATA or (literal.numbers if numbers else literal.strings) is False:
            continue
        found.append(literal)
    return found


def _in_order(program: Program, scene: Scene) -> list[Literal]:
    """Lists of numbers of which it shows in which order they stand."""
    lists = [one for one in _lists(program, numbers=True) if one.values != one.values[::-1]]
    if not program.calls(*UNORDERED):
        return lists
    ordered = [t for t in scene.of(*MARKS) if t.kind not in ("bar", "error bars")]
    columns = [column for mark in ordered for column in values(mark).T]
    return [
        one for one in lists
        if any(len(c) == len(one.values) and np.allclose(c, one.values) for c in columns)
    ]  # fmt: skip


def _number(value: float, like: float | str) -> str:
    """Written with as many digits as its neighbour."""
    if isinstance(like, int):
        return str(round(value))
    digits = len(str(like).partition(".")[2]) if "e" not in str(like) else 4
    return str(round(value, max(1, digits)))


@program_operator("data_error", by_axis_share, "data", kinds=MARKS, along=MOVING, many=True)
def number_off(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A number of the data is off, by a little or by much."""
    lists = _lists(program, numbers=True)
    rng.shuffle(lists)
    for literal in lists:
        values = [float(v) for v in literal.values]
        low, high = min(values), max(values)
        # the ends decide the limits, which are to stay
        inner = [n for n, v in enumerate(values) if low < v < high]
        rng.shuffle(inner)
        for at in inner:
            step = rng.choice((0.06, 0.18, 0.45)) * (high - low)
            ways = [v for v in (values[at] + step, values[at] - step) if low <= v <= high]
            text = _number(rng.choice(ways), literal.values[at]) if ways else ""
            if text and float(text) != values[at]:
                return Rewriting([program.replaced(literal.node.elts[at], text)])
    return None


@program_operator("data_error", by_axis_share, "data", kinds=MARKS, along=MOVING, many=True)
def numbers_swapped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Two numbers of the data, a tenth of their range apart or more, have each other's place."""
    lists = _in_order(program, scene)
    if not lists:
        return None
    literal = rng.choice(lists)
    all_ = [float(v) for v in literal.values]
    at = rng.randrange(len(all_))
    apart = (max(all_) - min(all_)) / 10
    far = [n for n, value in enumerate(all_) if abs(value - all_[at]) > apart]
    first, second = literal.node.elts[at], literal.node.elts[rng.choice(far)]
    return Rewriting(
        [
            program.replaced(first, program.text(second)),
            program.replaced(second, program.text(first)),
        ]
    )


@program_operator("data_error", always(2), "data", kinds=MARKS, along=MOVING, many=True)
def numbers_reversed(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A list of the data stands in reverse order."""
    lists = _in_order(program, scene)
    if not lists:
        return None
    literal = rng.choice(lists)
    texts = [program.text(element) for element in literal.node.elts]
    places = zip(literal.node.elts, reversed(texts), strict=True)
    return Rewriting(
        [program.replaced(node, text) for node, text in places],
        "its values stand in reverse order",
    )


@program_operator(
    "data_error",
    by_part,
    "data, gone",
    kinds=MARKS,
    many=True,
    along="data, ticks, words, words gone, colour, look",
)
def element_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A value is missing, in every list that is as long as its own."""
    lists = _lists(program, numbers=True)
    if not lists:
        return None
    literal = rng.choice(lists)
    count = len(literal.values)
    if count < 3:
        return None
    at = rng.randrange(1, count - 1)  # the ends decide the limits
    alike = [one for one in program.literals() if len(one.values) == count]
    splices = []
    for one in alike:
        start = program.span(one.node.elts[at])[0]
        end = program.span(one.node.elts[at + 1])[0]
        splices.append(program.replaced(one.node.elts[at], "")._replace(start=start, end=end))
    for call in program.calls("range", "arange"):
        if len(call.args) == 1 and constant(call.args[0]) == count:
            splices.append(program.replaced(call.args[0], str(count - 1)))
    shown = {text_of(t).get_text() for t in scene.of(*WORDS, "wedge label")}
    names = [f'of "{one.values[at]}"' for one in alike if str(one.values[at]) in shown]
    where = names[0] if names else f"{literal.values[at]}"
    return Rewriting(splices, "it is missing", f"the value {where}")


@program_operator("text_error", always(3), "words, shifted", kinds=WORDS, many=True)
def names_swapped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Two names of a list have each other's place."""
    shown = {text_of(t).get_text() for t in scene.of(*WORDS)}
    lists = [one for one in _lists(program, numbers=False) if set(map(str, one.values)) <= shown]
    if not lists:
        return None
    literal = rng.choice(lists)
    one, two = rng.sample(range(len(literal.values)), 2)
    a, b = literal.node.elts[one], literal.node.elts[two]
    if literal.values[one] == literal.values[two]:
        return None
    return Rewriting(
        [program.replaced(a, program.text(b)), program.replaced(b, program.text(a))],
        f'"{literal.values[one]}" and "{literal.values[two]}" are swapped',
    )


NOT_MARKS = ("grid", "savefig", "subplots", "figure", "tick_params", "subplots_adjust")
"""Calls whose arguments are about something else, though they bear the same names."""
WRITING = ("text", "annotate", "title", "set_title", "suptitle", "xlabel", "set_xlabel", "ylabel",
           "set_ylabel", "xticks", "yticks", "set_xticks", "set_yticks", "bar_label")  # fmt: skip
"""Calls whose colours are those of letters."""


def _call_of(program: Program, argument: ast.keyword) -> str:
    call = program.parent(argument)
    return called(call) if isinstance(call, ast.Call) else ""


def _argument(
    program: Program,
    names: Sequence[str],
    rng: random.Random,
    change: Callable[[Any], Any],
    *,
    but: Sequence[str] = (*NOT_MARKS, *WRITING),
) -> tuple[ast.keyword, Any, Any] | None:
    """One argument of these names that `change` knows something else for; the old, the new."""
    found = [k for k in program.keywords(*names) if _call_of(program, k) not in but]
    rng.shuffle(found)
    for keyword in found:
        old = constant(keyword.value)
        new = change(old) if old is not None else None
        if new is not None and new != old:
            return keyword, old, new
    return None


def _set(
    program: Program, found: tuple[ast.keyword, Any, Any] | None, said: str
) -> Rewriting | None:
    if found is None:
        return None
    keyword, old, new = found
    splice = program.replaced(keyword.value, repr(new))
    return Rewriting([splice], said.format(old=old, new=new))


LOOKS = ("line", "bars", "points", "dots", "area", "wedge", "box", "violin", "guide line",
         "error bars", "segments")  # fmt: skip


@program_operator("style_error", always(1), "colour, style", kinds=LOOKS, many=True)
def colour(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A colour is another one."""

    def change(old: Any) -> Any:
        word = _word(old)
        return rng.choice([c for c in COLOURS if _word(c) != word]) if word else None

    names = ("color", "c", "facecolor", "facecolors", "markerfacecolor")
    found = _argument(program, names, rng, change)
    return found and _set(program, found, f"{_word(found[2])} instead of {_word(found[1])}")


def _word(colour: Any) -> str:
    """The everyday word for what a program calls a colour; empty for anything else."""
    from matplotlib.colors import is_color_like, to_rgba

    named = isinstance(colour, str) and is_color_like(colour) and to_rgba(colour)[3] > 0
    return colour_word(to_rgba(colour)) if named else ""


@program_operator("style_error", always(2), "colour, style", kinds=LOOKS, many=True)
def colours_swapped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Two colours of a list have each other's place."""
    from matplotlib.colors import is_color_like, to_hex

    lists = [
        one for one in program.literals(2)
        if one.strings and all(is_color_like(v) for v in one.values)
        and len({to_hex(str(v)) for v in one.values}) > 1
    ]  # fmt: skip
    if not lists:
        return None
    literal = rng.choice(lists)
    one, two = rng.sample(range(len(literal.values)), 2)
    if literal.values[one] == literal.values[two]:
        return None
    a, b = literal.node.elts[one], literal.node.elts[two]
    words = [_word(literal.values[n]) for n in (one, two)]
    said = f"{words[0]} and {words[1]} are swapped"
    if words[0] == words[1]:
        said = f"two shades of {words[0]} are swapped"
    return Rewriting(
        [program.replaced(a, program.text(b)), program.replaced(b, program.text(a))], said
    )


@program_operator(
    "style_error",
    always(2),
    "colour",
    kinds=("cells", "points", "coloured shapes"),
    many=True,
    along="letters, look",
)
def colour_map(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Another colour map."""
    maps = ("viridis", "magma", "coolwarm", "Blues", "YlGn", "cividis", "Spectral", "Greys")
    found = _argument(
        program, ("cmap",), rng,
        lambda old: rng.choice([m for m in maps if m != old]) if isinstance(old, str) else None,
    )  # fmt: skip
    return _set(program, found, 'the colour map "{new}" instead of "{old}"')


@program_operator("style_error", always(1), "style", kinds=LOOKS, many=True)
def marker(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Markers have another shape."""
    found = _argument(
        program, ("marker",), rng,
        lambda old: rng.choice([m for m in "os^D*X" if m != old]) if isinstance(old, str) else None,
    )  # fmt: skip
    return _set(program, found, 'the markers have another shape: "{new}" instead of "{old}"')


@program_operator("style_error", always(1), "style", kinds=LOOKS, many=True)
def line_style(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Dashes differ."""
    dashed = {"-": "--", "solid": "--", "--": "-", "dashed": "-", ":": "-", "-.": "-"}
    found = _argument(program, ("linestyle", "ls"), rng, lambda old: dashed.get(str(old)))
    return _set(program, found, 'the lines are drawn "{new}" instead of "{old}"')


def _times(*factors: float) -> Callable[[random.Random, Any], Any]:
    def change(rng: random.Random, old: Any) -> Any:
        if not isinstance(old, (int, float)) or old <= 0:
            return None
        return round(old * rng.choice(factors), 3)

    return change


@program_operator("style_error", always(1), "style", kinds=LOOKS, many=True)
def line_width(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Lines are thicker or thinner."""
    change = _times(0.4, 2.5)
    found = _argument(program, ("linewidth", "lw", "linewidths"), rng, lambda v: change(rng, v))
    return _set(program, found, "the lines are {new} points wide instead of {old}")


@program_operator("style_error", always(1), "style", kinds=LOOKS, many=True)
def marker_size(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Points are larger or smaller."""
    change = _times(0.3, 3.0)
    found = _argument(program, ("s", "markersize", "ms"), rng, lambda v: change(rng, v))
    return _set(program, found, "the points have the size {new} instead of {old}")


@program_operator("style_error", always(1), "style, colour", kinds=LOOKS, many=True)
def transparency(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Something is paler, or no longer see-through."""

    def change(old: Any) -> Any:
        if not isinstance(old, (int, float)) or not 0 < old <= 1:
            return None
        return 1.0 if old < 0.6 else 0.25

    found = _argument(program, ("alpha",), rng, change)
    return _set(program, found, "its opacity is {new} instead of {old}")


@program_operator("style_error", always(1), "style", kinds=LOOKS, many=True)
def edge_colour(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Outlines have another colour."""
    found = _argument(
        program, ("edgecolor", "edgecolors", "ec"), rng,
        lambda old: "red" if _word(old) in ("black", "dark grey") else "black",
    )  # fmt: skip
    if found is None:
        return None
    old, new = _word(found[1]), _word(found[2])
    said = f"the outline is {new} instead of {old}" if old else f"there is a {new} outline"
    return _set(program, found, said)


@program_operator("data_error", always(2), "data", kinds=("bars",), many=True,
                  along="data, ticks, colour, look")  # fmt: skip
def bins(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A histogram has other bins."""
    found = _argument(
        program, ("bins",), rng,
        lambda old: max(3, old * 2 if old < 14 else old // 2) if isinstance(old, int) else None,
    )  # fmt: skip
    return _set(program, found, "{new} bins instead of {old}")


@program_operator("text_error", always(1), "letters, words", kinds=WORDS, many=True)
def letter_size(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Texts are larger or smaller."""

    def change(old: Any) -> Any:
        return (
            round(old * rng.choice((0.6, 1.6)))
            if isinstance(old, (int, float)) and old > 3
            else None
        )

    found = _argument(program, ("fontsize", "labelsize", "size"), rng, change, but=NOT_MARKS)
    return _set(program, found, "the letters are {new} points high instead of {old}")


@program_operator("text_error", always(1), "letters", kinds=WORDS, many=True)
def letter_angle(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Labels are turned otherwise."""
    found = _argument(
        program, ("rotation", "rot", "labelrotation"), rng,
        lambda old: (0 if old else 90) if isinstance(old, (int, float)) else None, but=NOT_MARKS,
    )  # fmt: skip
    return _set(program, found, "the labels stand at {new}° instead of {old}°")


@program_operator("structure_error", always(1), "place", kinds=("legend",))
def legend_place(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A legend stands in another corner."""
    corners = ("upper left", "upper right", "lower left", "lower right")
    found = [
        k for k in program.keywords("loc")  # of a title or a table it means something else
        if _call_of(program, k) in ("legend", "move_legend") and isinstance(constant(k.value), str)
    ]  # fmt: skip
    if not found:
        return None
    value = rng.choice(found).value
    new = rng.choice([c for c in corners if c != constant(value)])
    return Rewriting([program.replaced(value, repr(new))])


@program_operator("structure_error", always(1), "size", kinds=("figure",), many=True,
                  along="ticks, place, words")  # fmt: skip
def figure_size(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """The figure has other sides."""
    pairs = [
        k.value for k in program.keywords("figsize")
        if isinstance(k.value, ast.Tuple) and len(k.value.elts) == 2
        and all(isinstance(constant(e), (int, float)) for e in k.value.elts)
    ]  # fmt: skip
    if not pairs:
        return None
    chosen = rng.choice(pairs)
    which = rng.randrange(2)
    old = constant(chosen.elts[which])
    assert isinstance(old, (int, float))
    new = round(old * rng.choice((0.65, 1.5)), 1)
    return Rewriting([program.replaced(chosen.elts[which], repr(new))], location="whole figure")


@program_operator("data_error", by_series, "data, gone", kinds=("bars", "line", "points", "area"),
                  many=True, along=f"{LEGENDS}, ticks, colour, style, gone, new")  # fmt: skip
def series_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A series of a table in the program is missing."""
    tables = [
        node for node in ast.walk(program.tree)
        if isinstance(node, ast.Dict) and len(node.keys) > 1
        and all(isinstance(k, ast.Constant) and isinstance(k.value, str) for k in node.keys)
        and all(isinstance(v, (ast.List, ast.Tuple, ast.Call)) for v in node.values)
    ]  # fmt: skip
    shown = {text_of(t).get_text() for t in scene.of("legend entry")}
    tables = [t for t in tables if {constant(k) for k in t.keys if k is not None} <= shown]
    said = Counter(node.value for node in program.constants(str))
    if not tables:
        return None
    table = rng.choice(tables)
    at = rng.randrange(len(table.keys) - 1)
    key, following = table.keys[at], table.keys[at + 1]
    assert key is not None and following is not None
    splice = program.replaced(key, "")._replace(end=program.span(following)[0])
    name = constant(key)
    if said[str(name)] > 1:
        return None  # it is asked for elsewhere, too
    return Rewriting([splice], f'the series "{name}" is missing', location=f'series "{name}"')
