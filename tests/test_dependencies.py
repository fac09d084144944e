"""What the package imports is what it declares, so that a fresh environment lacks nothing."""

import ast
import functools
import re
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import visual_erm

ROOT = Path(visual_erm.__file__).parent
FOR_PROGRAMS = {"networkx", "pandas", "seaborn"}
"""What plotting programs import, and we do not."""

HOSTS = {"inspect-ai", "swift", "verl", "vlmeval"}
"""Frameworks that load a plug-in of ours, so they are there when it is."""


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def declared():
    return {normal(re.match(r"[\w.-]+", line)[0]) for line in requires("visual-erm")}


def imported():
    """Distributions by the files that import them, `TYPE_CHECKING` and functions included."""
    owners = packages_distributions()
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                # modules that the zygote loads or `require` imports are named by strings
                names = [node.value] if re.fullmatch(r"[a-zA-Z_\d]+(\.\w+)*", node.value) else []
            else:
                continue
            for name in (name.partition(".")[0] for name in names):
                if name not in sys.stdlib_module_names | {"visual_erm", "_typeshed"}:
                    kind = "named" if isinstance(node, ast.Constant) else "imported"
                    # extras need not be installed here
                    known = kind == "imported" or normal(name) in declared()
                    for owner in owners.get(name, [name] if known else []):
                        found.setdefault((normal(owner), kind), path.relative_to(ROOT))
    return found


def test_what_is_imported_is_declared_and_what_is_declared_is_used():
    found = imported()
    undeclared = {
        name: path
        for (name, kind), path in found.items()
        if kind == "imported" and name not in declared() | HOSTS
    }
    assert undeclared == {}
    assert declared() - {name for name, _ in found} <= FOR_PROGRAMS
