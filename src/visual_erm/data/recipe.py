"""What a data set is to hold: a recipe of the package, or one of one's own as a JSON file.

Nothing of the engine is needed to read one.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visual_erm.errors import InputError, UsageError, first_problem
from visual_erm.types import Task


class Recipe(BaseModel):
    """What to build."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    seed: int = 0
    """Of every random choice."""
    split: Literal["train", "dev"] = "train"
    """Which packages serve; a package is in one split only."""
    pairs: dict[Task, Annotated[int, Field(ge=1)]] = Field(min_length=1)
    """How many of each task."""
    per_seed: int = Field(default=10, ge=1, le=100)
    """Pairs made of one seed."""


def recipes() -> tuple[str, ...]:
    """Names of the packaged recipes."""
    folder = files("visual_erm.data").joinpath("recipes")
    names = (entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    return tuple(sorted(name.removesuffix(".json") for name in names))


def load_recipe(name: str) -> Recipe:
    """A packaged recipe by name, or one of your own by path.

    Raises:
        UsageError: no such recipe.
        InputError: it cannot be read.
    """
    own = Path(name)
    if own.suffix == ".json" and own.is_file():
        text = own.read_bytes()
    elif name in recipes():
        text = files("visual_erm.data").joinpath(f"recipes/{name}.json").read_bytes()
    else:
        known = ", ".join(recipes())
        raise UsageError(f'no recipe "{name}"; known: {known}, or the path of a JSON file')
    try:
        return Recipe.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"recipe {name}: {first_problem(error, 'recipe')}") from None
