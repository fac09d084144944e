"""Other programs for the same chart: renamed, reordered, spelled differently."""

from __future__ import annotations

import ast
import builtins
import keyword
import random
from collections.abc import Callable, Mapping

from matplotlib.colors import CSS4_COLORS, to_hex

from visual_erm.data.charts.program_calls import PLOTTING
from visual_erm.data.charts.programs import Program, Splice, called, constant

NoOp = Callable[[Program, random.Random], str | None]
NAMES = ("data", "values", "item", "result", "temp", "series_data", "plot_x", "the_list", "obj",
         "entry", "my_var", "numbers", "inputs", "out", "var_a", "current", "element")  # fmt: skip
_REFLECTING = ("locals", "globals", "vars", "eval", "exec", "getattr", "setattr", "query")
_COLOUR_ARGUMENTS = ("color", "c", "facecolor", "edgecolor", "ecolor", "markerfacecolor")


def _renamed(program: Program, old: str, new: str) -> str | None:
    nodes = [n for n in ast.walk(program.tree) if isinstance(n, ast.Name) and n.id == old]
    inside = [n for n in nodes if any(isinstance(a, ast.JoinedStr) for a in program.above(n))]
    if inside or not nodes:
        return None  # the places of names in f-strings are not known
    return program.rewritten([program.replaced(n, new) for n in nodes])


def _taken(program: Program) -> set[str]:
    """Names that mean something in the program already."""
    taken = set(dir(builtins)) | set(keyword.kwlist)
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Name):
            taken.add(node.id)
        elif isinstance(node, ast.arg):
            taken.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            taken.add(node.name)
        elif isinstance(node, ast.alias):
            taken.add((node.asname or node.name).partition(".")[0])
    return taken


def renamed(program: Program, rng: random.Random) -> str | None:
    """Some variables have other names."""
    if program.calls(*_REFLECTING):
        return None
    bound = {
        n.id for n in ast.walk(program.tree)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }  # fmt: skip
    # what is an argument, a function, an import or global somewhere may be another thing there
    other = _taken(Program("")) | {
        name for node in ast.walk(program.tree)
        for name in (
            [node.arg] if isinstance(node, ast.arg)
            else [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef))
            else node.names if isinstance(node, (ast.Global, ast.Nonlocal))
            else [node.asname or node.name] if isinstance(node, ast.alias)
            else []
        )
    }  # fmt: skip
    in_classes = {
        n.id for node in ast.walk(program.tree) if isinstance(node, ast.ClassDef)
        for n in ast.walk(node) if isinstance(n, ast.Name)
    }  # fmt: skip
    free = [name for name in NAMES if name not in _taken(program)]
    chosen = sorted(bound - other - in_classes)
    rng.shuffle(chosen)
    rng.shuffle(free)
    changed = False
    for old, new in list(zip(chosen, free, strict=False))[:4]:
        source = _renamed(program, old, new)
        if source is not None:
            program, changed = Program(source), True
    return program.source if changed else None


def alias_changed(program: Program, rng: random.Random) -> str | None:
    """A module is imported under another name."""
    found = [
        alias for node in ast.walk(program.tree) if isinstance(node, ast.Import)
        for alias in node.names if alias.asname
    ]  # fmt: skip
    if not found or program.calls(*_REFLECTING):
        return None
    alias = rng.choice(found)
    old = alias.asname or ""
    new = {"plt": "mp", "np": "numpy_", "pd": "frames", "sns": "sea"}.get(old, f"{old}_")
    if new in _taken(program):
        return None
    source = _renamed(program, old, new)
    if source is None:
        return None
    again = Program(source)
    same = [a for n in ast.walk(again.tree) if isinstance(n, ast.Import) for a in n.names
            if a.name == alias.name and a.asname == old]  # fmt: skip
    return again.rewritten([again.replaced(a, f"{a.name} as {new}") for a in same])


def keywords_reordered(program: Program, rng: random.Random) -> str | None:
    """Arguments that are passed by name stand in another order."""
    splices = []
    for node in ast.walk(program.tree):
        if not isinstance(node, ast.Call) or len(node.keywords) < 2:
            continue
        if any(k.arg is None or any(isinstance(n, ast.Call) for n in ast.walk(k.value))
               for k in node.keywords):  # fmt: skip
            continue  # calls are made in the order in which they stand
        if any(isinstance(a, (ast.Call, ast.JoinedStr)) for a in program.above(node)):
            continue
        texts = [program.text(k) for k in node.keywords]
        mixed = rng.sample(texts, len(texts))
        splices += [program.replaced(k, t) for k, t in zip(node.keywords, mixed, strict=True)]
    return program.rewritten(splices) if splices else None


def numbers_respelled(program: Program, rng: random.Random) -> str | None:
    """The same numbers in other digits."""
    splices = []
    for node in [*program.constants(int), *program.constants(float)]:
        text, value = program.text(node), node.value
        if isinstance(value, int) and value >= 1000 and text.isdigit():
            splices.append(program.replaced(node, f"{value:_}"))
        elif isinstance(value, float) and text.startswith("0.") and len(text) > 2:
            splices.append(program.replaced(node, text[1:]))
        elif isinstance(value, float) and "e" not in text and rng.random() < 0.4:
            spelled = f"{value!r}0" if text.count(".") else text
            splices.append(program.replaced(node, spelled))
    return program.rewritten(splices) if splices else None


def colours_respelled(program: Program, rng: random.Random) -> str | None:
    """The same colours by name or by number."""
    names = {value.lower(): name for name, value in CSS4_COLORS.items()}
    splices = []
    for argument in program.keywords(*_COLOUR_ARGUMENTS):
        value = constant(argument.value)
        if not isinstance(value, str):
            continue
        try:
            code = to_hex(value)
        except ValueError:
            continue
        if value.startswith("#") and len(value) == 9:
            continue
        new = names.get(code) if value.startswith("#") else code
        if new is not None:
            splices.append(program.replaced(argument.value, repr(new)))
    return program.rewritten(splices) if splices else None


def quotes_changed(program: Program, rng: random.Random) -> str | None:
    """Texts in the other quotes."""
    splices = []
    for node in program.constants(str):
        text = program.text(node)
        plain = text[:1] in "'\"" and text[:3] not in ("'''", '"""') and "\\" not in text
        if (
            plain
            and not set("'\"") & set(text[1:-1])
            and not any(isinstance(a, ast.JoinedStr) for a in program.above(node))
        ):
            other = '"' if text[0] == "'" else "'"
            splices.append(program.replaced(node, f"{other}{text[1:-1]}{other}"))
    return program.rewritten(splices) if splices else None


def unparsed(program: Program, rng: random.Random) -> str | None:
    """Without comments, in Python's own layout."""
    return ast.unparse(program.tree) + "\n"


def commented(program: Program, rng: random.Random) -> str | None:
    """Comments that say what happens."""
    words = ("# set up", "# next step", "# prepare the data", "# draw it", "# adjust the look")
    body = program.tree.body
    chosen = rng.sample(body, min(3, len(body)))
    splices = []
    for statement in chosen:
        start = program.span(statement)[0]
        if statement.col_offset == 0 and not _after_semicolon(program, statement):
            splices.append(Splice(start, start, f"{rng.choice(words)}\n"))
    return program.rewritten(splices) if splices else None


def _after_semicolon(program: Program, statement: ast.stmt) -> bool:
    return any(
        other is not statement and other.lineno == statement.lineno for other in program.tree.body
    ) or bool(getattr(statement, "decorator_list", []))


def idle_added(program: Program, rng: random.Random) -> str | None:
    """Statements that do nothing for the picture."""
    idle = ("print('done')", "unused_value = 42", "_settings = {'mode': 'default'}", "note = ''")
    body = [s for s in program.tree.body if not isinstance(s, (ast.Import, ast.ImportFrom))]
    body = [s for s in body if not _after_semicolon(program, s)]
    free = [text for text in idle if text.partition(" ")[0] not in _taken(program)]
    if not body or not free:
        return None
    start = program.span(rng.choice(body))[0]
    return program.rewritten([Splice(start, start, f"{rng.choice(free)}\n")])


def tuples(program: Program, rng: random.Random) -> str | None:
    """Lists of data as tuples."""
    splices = []
    for literal in program.literals():
        parent = program.parent(literal.node)
        named = isinstance(parent, ast.Assign)
        passed = isinstance(parent, ast.Call) and called(parent) in PLOTTING
        text = program.text(literal.node)
        if isinstance(literal.node, ast.List) and (named or passed):
            splices.append(program.replaced(literal.node, f"({text[1:-1]})"))
    return program.rewritten(splices) if splices else None


def hoisted(program: Program, rng: random.Random) -> str | None:
    """A constant has a name."""
    taken = _taken(program)
    found = []
    for argument in program.keywords("fontsize", "color", "linewidth", "alpha", "width", "s",
                                     "label", "cmap", "loc", "marker", "figsize"):  # fmt: skip
        statement = next(
            (a for a in program.above(argument) if a in program.tree.body), None
        )  # fmt: skip
        name = f"{argument.arg}_value"
        plain = isinstance(statement, (ast.Expr, ast.Assign)) and name not in taken
        value = constant(argument.value)
        if plain and value is not None and statement is not None:
            found.append((argument, statement, name))
    found = [f for f in found if not _after_semicolon(program, f[1])]
    if not found:
        return None
    argument, statement, name = rng.choice(found)
    start = program.span(statement)[0]
    text = program.text(argument.value)
    return program.rewritten(
        [Splice(start, start, f"{name} = {text}\n"), program.replaced(argument.value, name)]
    )


def imports_sorted(program: Program, rng: random.Random) -> str | None:
    """Imports at the top in another order."""
    first = []
    for statement in program.tree.body:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            break
        if not _after_semicolon(program, statement) and not (
            isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        ):
            first.append(statement)
    texts = [program.text(s) for s in first]
    mixed = texts[::-1]
    if len(texts) < 2:
        return None
    return program.rewritten([program.replaced(s, t) for s, t in zip(first, mixed, strict=True)])


NO_OPS: Mapping[str, NoOp] = {
    function.__name__: function
    for function in (
        *(renamed, alias_changed, keywords_reordered, numbers_respelled, colours_respelled),
        *(quotes_changed, unparsed, commented, idle_added, tuples, hoisted, imports_sorted),
    )
}
