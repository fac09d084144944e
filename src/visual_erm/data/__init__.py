"""Labelled pairs with known truth, from any corpus, without any model.

    from visual_erm.data import build, load_recipe

    build(load_recipe("small"), Path("pairs"))

The parts, each usable alone: `packages` and `seeds` (a corpus as rows), `charts`, `tables` and
`svg` (the operators of each task), `gate` (what is kept), `make` (one seed and its pairs), `engine`
(all of a recipe, resumed after interruptions), `shards` (what stands on disk), `export` (rows for
trainers).
"""

from visual_erm.data.engine import build, load_recipe
from visual_erm.data.shards import read

__all__ = ["build", "load_recipe", "read"]
