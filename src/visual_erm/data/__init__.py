"""Labelled pairs with known truth, from any corpus, without any model.

    from visual_erm.data import build, load_recipe

    build(load_recipe("small"), Path("pairs"))

The parts, each usable alone: `packages` and `seeds` (a corpus as rows), `charts`, `tables` and
`svg` (the operators of each task), `gate` (what is kept), `make` (one seed and its pairs), `recipe`
(what is wanted), `engine` (all of it, resumed after interruptions), `shards` (what stands on disk),
`export` (rows for trainers). The names below are imported when they are first used: to read pairs
takes no engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from visual_erm.data.engine import build
    from visual_erm.data.recipe import load_recipe
    from visual_erm.data.shards import read

__all__ = ["build", "load_recipe", "read"]
_HOMES = {"build": "engine", "load_recipe": "recipe", "read": "shards"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
