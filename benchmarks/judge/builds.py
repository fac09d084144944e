"""Pairs of the data engine's training families, built once from a seed and kept."""

from __future__ import annotations

from pathlib import Path

from visual_erm.data import build
from visual_erm.data.make import REVISION
from visual_erm.data.packages import cache
from visual_erm.data.recipe import Recipe
from visual_erm.types import Task


def built(name: str, task: Task, seed: int, count: int, per_seed: int) -> Path:
    """The folder of `count` pairs, `per_seed` of them at one reference."""
    recipe = Recipe(name=name, seed=seed, pairs={task: count}, per_seed=per_seed)
    folder = cache() / name / f"{task}-{seed}-{REVISION}"
    build(recipe, folder)
    return folder
