"""Charts that the examples in a package's docstrings draw, each as a program of its own.

    programs = examples("scipy")  # {"signal/firwin": "import numpy as np ..."}

Documentation pages show them as galleries do. Only what stands before the first `plt.show()` is
taken: what follows is another figure.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

HEAD = "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\n"
"""What docstrings take for granted."""
DRAWS = re.compile(r"\bplt\.|\.plot\b|\.hist\(|boxplot")
SHOWN = re.compile(r"^plt\.(show|close)\(.*\n", re.MULTILINE)


def examples(package: str) -> dict[str, str]:
    """Programs by module and name, in the order of names; the same text counts once."""
    parser = doctest.DocTestParser()
    found: dict[str, str] = {}
    for module in _modules(package):
        for name, text in _docstrings(module, package):
            try:
                source = "".join(example.source for example in parser.get_examples(text))
            except ValueError:  # prompts that are indented otherwise within one docstring
                continue
            first = SHOWN.split(source)[0]
            if DRAWS.search(first) and first not in found.values():
                part = module.__name__.partition(".")[2].partition(".")[0] or package
                found.setdefault(f"{part}/{name}", first)
    return {name: HEAD + found[name] for name in sorted(found)}


def _modules(package: str) -> Iterator[ModuleType]:
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(top.__path__, f"{package}.", onerror=lambda _: None):
        if re.search(r"\.(tests|conftest|_examples)\b", found.name):
            continue
        try:
            yield importlib.import_module(found.name)
        except ImportError:  # parts for other systems, or for extras that are not installed
            continue


def _docstrings(module: ModuleType, package: str) -> Iterator[tuple[str, str]]:
    """Names and docstrings of what a module defines, methods too."""
    for name, value in vars(module).items():
        own = str(getattr(value, "__module__", None) or "").startswith(package)
        if not own and type(value).__name__ != "ufunc":
            continue
        members = vars(value).items() if inspect.isclass(value) else ()
        for label, thing in (
            (name, value),
            *((f"{name}.{key}", member) for key, member in members),
        ):
            text = getattr(thing, "__doc__", None)
            if isinstance(text, str) and DRAWS.search(text):
                yield label, text
