"""Chart programs made from data sets: the small ones that vega-datasets of PyPI carries."""

import ast
import itertools
import random
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from visual_erm import images, render
from visual_erm.data import packages
from visual_erm.data.charts.pairs import ChartPairs
from visual_erm.data.programs import looks
from visual_erm.data.programs import seeds as chart_seeds
from visual_erm.data.programs.generator import Generator
from visual_erm.data.programs.kinds import KINDS
from visual_erm.data.programs.tables import catalogue, table
from visual_erm.data.records import Seed

DRAWN = ("lines", "grouped_bar", "box", "heatmap", "twin_axes")
"""Kinds drawn in every run."""
IMPORTED = {"matplotlib", "numpy", "pandas", "seaborn", "scipy", "datetime"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """As the package of npm is laid out."""
    found = tmp_path_factory.mktemp("vega")
    (found / "data").symlink_to(Path(str(files("vega_datasets") / "_data")))
    return found


@pytest.fixture(scope="module")
def tables(folder):
    known = [e for e in catalogue() if e.package == "vega-datasets" and (folder / e.file).exists()]
    assert len(known) >= 10
    return [table(e, folder, language) for e in known for language in ("en", *e.words)]


@pytest.fixture(scope="module")
def programs(tables):
    """One of every kind that these data sets have something for."""
    generator = Generator(tables, dev=True)
    made = {name: generator.of_kind(name, random.Random(name)) for name in KINDS}
    return {name: program for name, program in made.items() if program}


def numbers(source):
    return [n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant)]


def test_there_are_many_kinds_and_some_are_kept_for_development(programs):
    assert sum(not kind.dev for kind in KINDS.values()) >= 45
    assert sum(kind.dev for kind in KINDS.values()) >= 5
    # without the grids and arrows that only the package of npm has
    assert len(programs) >= len(KINDS) - 6


def test_programs_hold_their_data_and_ask_for_nothing_else(programs):
    for name, program in programs.items():
        tree = ast.parse(program.source)
        imported = {
            node.module if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert {module.partition(".")[0] for module in imported} <= IMPORTED, name
        data = [v for v in numbers(program.source) if isinstance(v, int | float)]
        assert len(data) >= 6, name
        called = {
            n.func.attr
            for n in ast.walk(tree)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
        }
        assert not called & {"read_csv", "read_json", "load_dataset", "open", "urlopen"}, name
        assert len(program.source) < 8000, name


def test_most_programs_say_what_they_show(programs):
    titled = [p for p in programs.values() if "title" in p.source]
    assert len(titled) >= 0.95 * len(programs)
    labelled = [p for p in programs.values() if "label" in p.source]
    assert len(labelled) >= 0.85 * len(programs)


def test_equal_seeds_write_equal_programs(tables):
    def sources():
        generator = Generator(tables)
        return [generator.made(random.Random(n)).source for n in range(12)]

    one = sources()
    assert one == sources()
    assert len(set(one)) == len(one)


def test_training_has_neither_kinds_nor_looks_of_development(tables):
    generator = Generator(tables)
    assert not [name for name in generator.kinds if KINDS[name].dev]
    held_out = {*looks.DEV_SHEETS} - {*looks.SHEETS}
    colours = {c for palette in looks.DEV_PALETTES.values() for c in palette}
    for number in range(60):
        texts = {
            v for v in numbers(generator.made(random.Random(number)).source) if isinstance(v, str)
        }
        assert not texts & held_out
        assert not texts & colours


def test_no_data_set_serves_both_splits():
    of_split = {
        split: {p.name for p in packages.pinned() if p.task == "chart" and p.split == split}
        for split in ("train", "dev")
    }
    assert not of_split["train"] & of_split["dev"]
    assert {entry.package for entry in catalogue()} == {
        *of_split["train"] - {"scipy"},
        *of_split["dev"],
    }


def test_seeds_name_where_their_data_are_from(tables, monkeypatch):
    monkeypatch.setattr(chart_seeds, "tables_of", lambda package, folder: tables)
    (package,) = [p for p in packages.pinned() if p.name == "vega-datasets" and p.task == "chart"]
    found = list(itertools.islice(chart_seeds.of_data(package, Path()), 20))
    assert len({seed.id for seed in found}) == 20
    assert all(seed.provenance.startswith(f"{package.reference}/data/") for seed in found)
    assert {seed.licence for seed in found} == {"BSD-3-Clause"}


@pytest.mark.parametrize("name", DRAWN)
def test_programs_draw_the_same_picture_twice(programs, name):
    one, two = (render(programs[name].source, task="chart").image for _ in range(2))
    assert not images.is_blank(one)
    assert np.array_equal(one, two)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_draws_and_can_be_edited(tables, name):
    generator = Generator(tables, dev=True)
    for number in range(4):
        program = generator.of_kind(name, random.Random(f"{name} {number}"))
        if program is None:
            pytest.skip("none of the small data sets has something for it")
        seed = Seed(
            id=name, task="chart", source=program.source, family="vega", licence="BSD-3-Clause",
            provenance="test",
        )  # fmt: skip
        maker = ChartPairs(seed, random.Random(0), {"edit": 2}, 0.0)  # raises where it is blank
        assert maker.reference.shape[0] > 200
