"""Seeds of charts: programs made from a package's data sets, and examples of its documents.

The n-th program made from a package is the same in every build, and there is no last one.
"""

from __future__ import annotations

import ast
import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from visual_erm.data.packages import Package
from visual_erm.data.programs.generator import Generator
from visual_erm.data.programs.tables import tables_of
from visual_erm.data.records import Seed
from visual_erm.errors import InputError

MODULES = frozenset(("matplotlib", "mpl_toolkits", "numpy", "scipy", "pandas", "seaborn"))
"""What examples may ask for: all of it is there wherever charts are drawn."""


def of_data(package: Package, folder: Path) -> Iterator[Seed]:
    """Programs that show a package's data; as many as are asked for.

    Raises:
        InputError: the catalogue knows no data set of the package.
    """
    tables = tables_of(package.name, folder)
    if not tables:
        raise InputError(f"no data set of {package.reference} is in the catalogue of charts")
    generator = Generator(tables, dev=package.split == "dev")
    for number in itertools.count():
        program = generator.made(random.Random(f"{package.name} {number}"))
        name = f"{program.kind}-{number}"
        yield package.seed(name, program.source, f"{program.file}#{name}")


def of_examples(package: Package, folder: Path) -> Iterator[Seed]:
    """The plotting scripts among a package's documents."""
    for path in sorted((folder / package.under).rglob("*.py")):
        source = path.read_text(encoding="utf-8", errors="replace")
        if not _plots(source):
            continue
        name = path.relative_to(folder).as_posix()
        yield package.seed(name, source, name)


def _plots(source: str) -> bool:
    """Whether a script draws with Matplotlib, and asks for no module beyond what charts have."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    asked: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            asked.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            asked.add((node.module or "").partition(".")[0])
    return "matplotlib" in asked and asked <= MODULES | sys.stdlib_module_names
