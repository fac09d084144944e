"""A small build of the data engine that judges are tried on."""

import pytest

from visual_erm import examples
from visual_erm.data import build
from visual_erm.data.recipe import Recipe
from visual_erm.data.records import Seed


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    seeds = [
        Seed(
            id=example.id,
            task="svg",
            source=example.reference,
            family="examples",
            licence=example.provenance.licence,
            provenance=example.id,
        )
        for example in examples.load_all("svg")[:4]
    ]
    place = tmp_path_factory.mktemp("bench") / "pairs"
    recipe = Recipe(name="tiny", pairs={"svg": 8}, per_seed=4)
    build(recipe, place, corpus={"examples": seeds}, workers=1)
    return place
