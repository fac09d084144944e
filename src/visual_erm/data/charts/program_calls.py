"""Edits of what a program does: calls dropped, added, or made to another function."""

from __future__ import annotations

import ast
import random
from typing import Any

from visual_erm.data.charts.edits_axes import by_direction, by_stretch
from visual_erm.data.charts.operators import by_series
from visual_erm.data.charts.program_edits import LEGENDS
from visual_erm.data.charts.program_operators import Rewriting, program_operator
from visual_erm.data.charts.programs import Program, called, constant
from visual_erm.data.charts.things import Scene
from visual_erm.data.records import always

PLOTTING = ("plot", "bar", "barh", "scatter", "fill_between", "step", "errorbar", "hist", "stem")


def _dropped(program: Program, rng: random.Random, *names: str) -> Rewriting | None:
    found = [s for call in program.calls(*names) if (s := program.statement(call)) is not None]
    return Rewriting([program.dropped(rng.choice(found))]) if found else None


@program_operator("text_error", always(2), "words gone", many=True)
def text_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A title, a label or a note is not set."""
    return _dropped(
        program, rng, "title", "set_title", "suptitle", "xlabel", "set_xlabel", "ylabel",
        "set_ylabel", "annotate", "text", "bar_label",
    )  # fmt: skip


@program_operator("text_error", always(2), "words gone", kinds=("title", "axis label"))
def argument_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A title or a label among the arguments of `set` is missing."""
    found = [
        (call, k) for call in program.calls("set", "plot", "bar", "barh", "line", "hist")
        for k in call.keywords if k.arg in ("title", "xlabel", "ylabel") and len(call.keywords) > 1
    ]  # fmt: skip
    if not found:
        return None
    call, keyword = rng.choice(found)
    kept = [k for k in call.keywords if k is not keyword]
    parts = [program.text(a) for a in (*call.args, *kept)]
    return Rewriting([program.replaced(call, f"{program.text(call.func)}({', '.join(parts)})")])


@program_operator("structure_error", always(2), "gone", kinds=("legend",), many=True,
                  along="words gone")  # fmt: skip
def legend_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """The legend is not drawn."""
    made = _dropped(program, rng, "legend")
    return made and Rewriting(made.splices, "the legend is missing", "legend")


@program_operator("structure_error", always(2), "gone", kinds=("colour bar",),
                  along="words gone")  # fmt: skip
def colour_bar_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """The colour bar is not drawn."""
    made = _dropped(program, rng, "colorbar")
    return made and Rewriting(made.splices, "the colour bar is missing", "colour bar")


@program_operator("structure_error", always(2), "gone", kinds=("guide line", "segments"),
                  along=LEGENDS)  # fmt: skip
def guide_line_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A line that marks a value is not drawn."""
    made = _dropped(program, rng, "axhline", "axvline", "axline", "hlines", "vlines")
    return made and Rewriting(made.splices, "the line is missing")


@program_operator("style_error", always(1), "look", kinds=("frame",), many=True)
def grid_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """The grid is not drawn."""
    made = _dropped(program, rng, "grid")
    return made and Rewriting(made.splices, "the grid is missing", "grid")


@program_operator("style_error", always(1), "look", kinds=("frame",))
def grid_added(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """There is a grid that should not be there."""
    if any(line.get_visible() for axes in scene.panels for line in _grid_lines(axes)):
        return None
    made = _below_title(program, rng, "grid(True)")
    return made and Rewriting(made.splices, "there is a grid that should not be there", "grid")


@program_operator("data_error", by_series, "gone", kinds=("line", "bars", "points", "area", "dots"),
                  many=True, along=f"{LEGENDS}, gone, colour, style")  # fmt: skip
def plotting_dropped(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """A series is not drawn."""
    calls = program.calls(*PLOTTING)
    if len(calls) < 2:
        return None
    made = _dropped(program, rng, *PLOTTING)
    return made and Rewriting(made.splices, "the series is missing")


OTHERS = {
    "plot": ("scatter", "points instead of lines"),
    "scatter": ("plot", "lines instead of points"),
    "bar": ("plot", "lines instead of bars"),
    "step": ("plot", "straight lines instead of steps"),
    "fill_between": ("plot", "lines instead of filled areas"),
}


@program_operator(
    "structure_error",
    always(3),
    "gone, new, data",
    kinds=("line", "bars", "points", "dots", "area", "bar", "guide line"),
    many=True,
    along=f"{LEGENDS}, gone, new, colour, style, scale, ticks, letters, place",
)
def other_chart(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Data is drawn as another kind of chart."""
    names = [n for n in OTHERS if program.calls(n)]
    if not names:
        return None
    name = rng.choice(names)
    other, said = OTHERS[name]
    splices = []
    for call in program.calls(name):
        if not isinstance(call.func, ast.Attribute) or len(call.args) < 2:
            return None
        base = program.text(call.func.value)
        arguments = [program.text(a) for a in call.args[:2]]
        kept = [program.text(k) for k in call.keywords if k.arg in ("color", "label", "alpha")]
        text = f"{base}.{other}({', '.join([*arguments, *kept])})"
        if program.statement(call) is None:
            return None
        splices.append(program.replaced(call, text))
    return Rewriting(splices, said, "plot")


@program_operator(
    "structure_error",
    always(3),
    "data, gone, new",
    kinds=("bars", "bar"),
    many=True,
    along=f"{LEGENDS}, scale, ticks, letters, place, gone, new, colour, style, data",
)
def bars_turned(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Bars lie that should stand, or the reverse."""
    calls = program.calls("bar", "barh")
    if not calls or any(not isinstance(c.func, ast.Attribute) for c in calls):
        return None
    splices = []
    names = {"width": "height", "height": "width", "bottom": "left",
             "left": "bottom", "yerr": "xerr", "xerr": "yerr"}  # fmt: skip
    for call in calls:
        assert isinstance(call.func, ast.Attribute)
        base = program.text(call.func.value)
        # in pandas, arguments are the same whichever way they lie
        of_frame = isinstance(call.func.value, ast.Attribute) and call.func.value.attr == "plot"
        own = {} if of_frame else {**names, "x": "y", "y": "x"}
        parts = [program.text(a) for a in call.args]
        for keyword in call.keywords:
            if keyword.arg is None:
                return None
            parts.append(f"{own.get(keyword.arg, keyword.arg)}={program.text(keyword.value)}")
        other = "barh" if called(call) == "bar" else "bar"
        splices.append(program.replaced(call, f"{base}.{other}({', '.join(parts)})"))
    lying = called(calls[0]) == "barh"
    said = "upright bars instead of lying ones" if lying else "lying bars instead of upright ones"
    return Rewriting(splices, said, "plot")


@program_operator("data_error", by_stretch, "scale", kinds=("x axis", "y axis"), along="ticks")
def limits(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """An axis that the program limits has other limits."""
    found = [
        call for call in program.calls("xlim", "ylim", "set_xlim", "set_ylim")
        if len(call.args) == 2 and all(isinstance(_value(a), float) for a in call.args)
    ]  # fmt: skip
    if not found:
        return None
    call = rng.choice(found)
    low, high = (_value(a) or 0.0 for a in call.args)
    share = rng.choice((-0.35, -0.15, 0.15, 0.4, 0.8))
    return Rewriting([program.replaced(call.args[1], f"{high + share * (high - low):g}")])


@program_operator("data_error", always(3), "scale", kinds=("x axis", "y axis"),
                  along="ticks, words", many=True)  # fmt: skip
def log_scale(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """An axis is logarithmic that should be linear."""
    axes = [t for t in scene.of("y axis") if t.artists[0].get_view_interval().max() > 10]
    if not axes:
        return None
    return _below_title(program, rng, "yscale('log')", "set_yscale('log')")


@program_operator("data_error", by_direction, "scale", kinds=("x axis", "y axis"),
                  along="ticks, words", many=True)  # fmt: skip
def axis_inverted(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """An axis runs the other way."""
    way = rng.choice("xy")
    return _below_title(program, rng, f"gca().invert_{way}axis()", f"invert_{way}axis()")


def _below_title(
    program: Program, rng: random.Random, of_pyplot: str, of_axes: str = ""
) -> Rewriting | None:
    """A call added below one that sets a title or a label, on the same plot."""
    found = []
    for call in program.calls("title", "xlabel", "ylabel", "set_title", "set_xlabel", "set_ylabel"):
        statement = program.statement(call)
        if statement is not None and isinstance(call.func, ast.Attribute):
            found.append((call.func, statement))
    if not found:
        return None
    function, statement = rng.choice(found)
    base = program.text(function.value)
    what = of_axes or of_pyplot if function.attr.startswith("set_") else of_pyplot
    return Rewriting([program.after(statement, f"{base}.{what}")])


def _grid_lines(axes: Any) -> list[Any]:
    return [] if axes.name == "3d" else [*axes.get_xgridlines(), *axes.get_ygridlines()]


def _value(node: ast.AST) -> float | None:
    value = constant(node)
    return float(value) if isinstance(value, (int, float)) else None


@program_operator(
    "data_error",
    always(2),
    "data",
    many=True,
    kinds=("bars", "bar", "line", "points", "wedge"),
    along="words, ticks, colour",
)
def order(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """What is sorted is sorted the other way."""
    splices = []
    for call in program.calls("sort_values", "sort_index"):
        keyword = next((k for k in call.keywords if k.arg == "ascending"), None)
        if keyword is None:
            end = program.span(call)[1] - 1
            comma = ", " if call.args or call.keywords else ""
            splices.append(program.replaced(call, f"{comma}ascending=False")._replace(
                start=end, end=end))  # fmt: skip
        elif isinstance(keyword.value, ast.Constant):
            splices.append(program.replaced(keyword.value, str(not keyword.value.value)))
    for call in program.calls("sorted"):
        keyword = next((k for k in call.keywords if k.arg == "reverse"), None)
        if keyword is None:
            end = program.span(call)[1] - 1
            splices.append(program.replaced(call, ", reverse=True")._replace(start=end, end=end))
        elif isinstance(keyword.value, ast.Constant):
            splices.append(program.replaced(keyword.value, str(not keyword.value.value)))
    if not splices:
        return None
    return Rewriting([rng.choice(splices)], "sorted the other way")


@program_operator("structure_error", always(3), "emptied, gone, words gone, new", many=True,
                  along="look, scale, ticks, gone, words, colour, style, data")  # fmt: skip
def subplot_empty(program: Program, scene: Scene, rng: random.Random) -> Rewriting | None:
    """Nothing is drawn in a subplot."""
    if len(scene.panels) < 2:
        return None
    calls: dict[str, list[ast.stmt]] = {}
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            statement = program.statement(node)
            base = node.func.value
            simple = isinstance(base, ast.Subscript) or (
                isinstance(base, ast.Name) and base.id.startswith("ax") and base.id not in ("ax",)
            )
            if statement is not None and simple:
                calls.setdefault(program.text(base), []).append(statement)
    targets = [name for name, found in calls.items() if len(found) > 1]
    if not targets:
        return None
    name = rng.choice(targets)
    splices = [program.dropped(statement) for statement in calls[name]]
    return Rewriting(splices, "the subplot is empty: nothing is drawn in it")
