"""A data set from a recipe: plan the units, map them over processes, write shards, resume.

    build(load_recipe("small"), Path("pairs"))

Units are taken in the order of the plan whatever order they finish in, and a shard is written when
it is full; so what a build makes depends on its recipe alone, not on the machine, the number of
processes or how often it was killed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
from collections import Counter, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visual_erm.data import packages, seeds, shards
from visual_erm.data.make import Made, Unit, fingerprint, make
from visual_erm.data.records import Seed
from visual_erm.data.shards import Row, Span
from visual_erm.errors import BackendError, InputError, UsageError
from visual_erm.types import Task

PER_SHARD = 200
"""Pairs of one shard: what a killed run has to make again, at most."""
SPARE = 1.6
"""Units planned for each that is needed; seeds can be unusable and edits can be dropped."""
_AHEAD = 4
"""Units in work for each process."""


class Recipe(BaseModel):
    """What to build."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    seed: int = 0
    """Of every random choice."""
    split: Literal["train", "dev"] = "train"
    """Which packages serve; a package is in one split only."""
    pairs: dict[Task, int]
    """How many of each task."""
    per_seed: int = Field(default=10, ge=1, le=100)
    """Pairs made of one seed."""


class Build(BaseModel):
    """What stands in `build.json`: enough to refuse to mix two builds in one folder."""

    model_config = ConfigDict(frozen=True)

    recipe: Recipe
    packages: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True)
class Summary:
    """What a finished build holds."""

    rows: int
    made: int
    """Of these, made by this run; the others were there."""
    dropped: dict[str, dict[str, int]]
    """Attempts that were not kept: operator, reason, how many."""
    unusable: int


Progress = Callable[[int, int], None]
"""Called with pairs done and wanted."""


@dataclass(frozen=True)
class Work:
    """What came of one unit."""

    rows: list[Row]
    dropped: dict[str, dict[str, int]]
    usable: bool
    """Whether anything could be made of the seed."""


Engine = Callable[[Sequence[Unit], int], Generator[Work, None, None]]
"""Maps `work` over units with so many processes, and yields in the order of the units."""


def usable() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


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
        text = own.read_text(encoding="utf-8")
    elif name in recipes():
        text = files("visual_erm.data").joinpath(f"recipes/{name}.json").read_text("utf-8")
    else:
        known = ", ".join(recipes())
        raise UsageError(f'no recipe "{name}"; known: {known}, or the path of a JSON file')
    try:
        return Recipe.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "recipe"
        raise InputError(f"recipe {name}: {where}: {first['msg']}") from None


def build(
    recipe: Recipe,
    folder: Path,
    *,
    corpus: Mapping[str, Sequence[Seed]] | None = None,
    workers: int | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Make what is missing of a data set; call it again after an interruption.

    Args:
        recipe: what to build.
        folder: where; made if it is not there.
        corpus: seeds of your own by name; the packages of the recipe's split if None.
        workers: processes; the number of usable processors if None.
        engine: how units are mapped; a pool of processes on this machine if None.
        progress: told after every unit.

    Raises:
        InputError: the folder holds another build, a package is not what was checked, or the seeds
            do not suffice.
        BackendError: seeds cannot be fetched.
        MissingPackage: pyarrow is not installed.
    """
    shards.arrow()  # what cannot be written is not made
    folder.mkdir(parents=True, exist_ok=True)
    found = of_split(recipe) if corpus is None else corpus
    _claim(folder, recipe, list(found))
    state = _State(folder, recipe, progress or (lambda done, wanted: None))
    for task, wanted in recipe.pairs.items():
        of_task = [[seed for seed in listing if seed.task == task] for listing in found.values()]
        state.task(plan(recipe, wanted, of_task), wanted, engine or local, workers)
    write_card(folder, recipe)
    return Summary(state.rows, state.made, state.dropped, state.unusable)


def of_split(recipe: Recipe) -> dict[str, list[Seed]]:
    """Seeds of the packages that serve a recipe.

    Raises:
        InputError: a package is not what was checked.
        BackendError: one cannot be fetched.
    """
    chosen = [p for p in packages.pinned() if p.split == recipe.split and p.task in recipe.pairs]
    return {package.reference: seeds.of_package(package) for package in chosen}


def plan(recipe: Recipe, wanted: int, by_package: Sequence[Sequence[Seed]]) -> list[Unit]:
    """Units for so many pairs: packages take turns, and no seed serves twice.

    Raises:
        InputError: there is no seed.
    """
    if not any(by_package):
        raise InputError("there is no usable seed to make pairs from")
    rng = random.Random(f"{recipe.seed} {recipe.split}")
    queues = []
    for listing in by_package:
        shuffled = list(listing)
        rng.shuffle(shuffled)
        queues.append(shuffled)
    turns = itertools.chain.from_iterable(itertools.zip_longest(*queues))
    order = [seed for seed in turns if seed is not None]
    order = order[: 8 + round(SPARE * wanted / recipe.per_seed)]
    salt = f"{recipe.name} {recipe.seed}"
    return [
        Unit(
            seed=seed,
            other=order[(at + 7) % len(order)].source,
            pairs=recipe.per_seed,
            salt=salt,
        )
        for at, seed in enumerate(order)
    ]


class _State:
    """Shards that are there, and what remains."""

    def __init__(self, folder: Path, recipe: Recipe, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress
        self._number = 0
        self._wanted = sum(recipe.pairs.values())
        self.rows = self.made = self.unusable = 0
        self.dropped: dict[str, dict[str, int]] = {}

    def task(self, units: Sequence[Unit], wanted: int, engine: Engine, workers: int | None) -> None:
        """Make the pairs of one task that are not there yet."""
        at = 0
        while wanted > 0:
            path = self._folder / shards.NAME.format(self._number)
            if path.exists():
                covered = shards.span(path)
                if covered.first != at:
                    raise InputError(f"the shard {path} does not follow the one before it")
                self._count(covered)
                at, wanted = covered.end, wanted - covered.rows
                self._progress(self.rows, self._wanted)
            else:
                at, wanted = self._make(units, at, wanted, engine, workers)

    def _make(
        self, units: Sequence[Unit], at: int, wanted: int, engine: Engine, workers: int | None
    ) -> tuple[int, int]:
        """Write shards up to the next that is there; returns the next unit and what is missing."""
        fresh = _Shard(at)
        with contextlib.closing(engine(units[at:], workers or usable())) as results:
            for made in results:
                fresh.take(made, wanted)
                self._progress(self.rows + len(fresh.rows), self._wanted)
                if len(fresh.rows) < min(PER_SHARD, wanted):
                    continue
                shards.write(self._folder, self._number, fresh.rows, fresh.span)
                self.made += len(fresh.rows)
                wanted -= len(fresh.rows)
                self._count(fresh.span)
                following = self._folder / shards.NAME.format(self._number)
                if wanted == 0 or following.exists():
                    return fresh.end, wanted
                fresh = _Shard(fresh.end)
        raise InputError(
            f"the seeds are used up, and {wanted - len(fresh.rows)} pairs are missing: "
            "ask for fewer pairs, or for more of each seed"
        )

    def _count(self, covered: Span) -> None:
        self._number += 1
        self.rows += covered.rows
        self.unusable += covered.unusable
        _add(self.dropped, covered.dropped)


class _Shard:
    """A shard that is being filled."""

    def __init__(self, first: int) -> None:
        self.first = self.end = first
        self.rows: list[Row] = []
        self._dropped: dict[str, dict[str, int]] = {}
        self._unusable = 0

    @property
    def span(self) -> Span:
        """What it covers so far."""
        return Span(self.first, self.end, len(self.rows), self._dropped, self._unusable)

    def take(self, made: Work, most: int) -> None:
        """Add what came of the next unit, up to so many rows in all."""
        self.end += 1
        self.rows += made.rows[: most - len(self.rows)]
        self._unusable += not made.usable
        _add(self._dropped, made.dropped)


def _add(total: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    for name, reasons in more.items():
        for reason, count in reasons.items():
            of_name = total.setdefault(name, {})
            of_name[reason] = of_name.get(reason, 0) + count


def work(unit: Unit) -> Work:
    """What an engine maps over the plan."""
    made: Made = make(unit)
    pictures: dict[int, bytes] = {}
    rows = [shards.row(pair, pictures) for pair in made.pairs]
    dropped: dict[str, dict[str, int]] = {}
    for (name, reason), count in made.dropped.items():
        _add(dropped, {name: {reason: count}})
    return Work(rows, dropped, made.unusable is None)


def local(units: Sequence[Unit], workers: int) -> Generator[Work, None, None]:
    """The engine of one machine: as many processes, a few units ahead, results in order."""
    if workers == 1:
        yield from map(work, units)
        return
    pending: deque[Future[Work]] = deque()
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        for unit in units:
            pending.append(pool.submit(work, unit))
            if len(pending) >= _AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool:
        raise BackendError(
            "a process of the build ended before its time; run it again to go on"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _claim(folder: Path, recipe: Recipe, names: Sequence[str]) -> None:
    """Note what is built here, or refuse to mix it with what was.

    Raises:
        InputError: the folder holds another build.
    """
    wanted = Build(recipe=recipe, packages=tuple(names), fingerprint=fingerprint(recipe.pairs))
    path = folder / "build.json"
    if path.exists():
        try:
            there = Build.model_validate_json(path.read_text(encoding="utf-8"))
        except ValidationError:
            raise InputError(f"{path} cannot be read; choose another folder") from None
        if there != wanted:
            raise InputError(
                f"{folder} holds a build of another recipe or with other renderers; "
                "choose another folder"
            )
        return
    if shards.paths(folder):
        raise InputError(f"{folder} holds shards without a build.json; choose another folder")
    part = path.with_suffix(".part")
    part.write_text(wanted.model_dump_json(indent=1), encoding="utf-8")
    part.replace(path)


def write_card(folder: Path, recipe: Recipe) -> Path:
    """A data set card from what the shards hold."""
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("kind", "category", "severity", "family", "licence", "number")
    }
    rows = 0
    for row in shards.read(folder, ["kind", "family", "licence", "errors"]):
        rows += 1
        counts["kind"][row["kind"]] += 1
        counts["family"][row["family"]] += 1
        counts["licence"][row["licence"]] += 1
        counts["number"][str(len(row["errors"]))] += 1
        for error in row["errors"]:
            counts["category"][error["category"]] += 1
            counts["severity"][str(error["severity"])] += 1
    lines = [
        "---",
        "license: other",
        "configs:",
        "- config_name: default",
        "  data_files: pairs-*.parquet",
        "---",
        "",
        f"# {recipe.name}",
        "",
        f"{rows} pairs of a reference and a prediction, with what differs: category, severity from "
        "1 to 3, place, words, boxes.",
        f"Made by `verm data build --preset {recipe.name}`; every figure below is counted.",
    ]
    titles = {
        "kind": "Kinds of pairs",
        "number": "Errors in a pair",
        "category": "Errors by category",
        "severity": "Errors by severity",
        "family": "Sources",
        "licence": "Licences of the sources",
    }
    for name, title in titles.items():
        lines += ["", f"## {title}", "", "| | count |", "|---|---:|"]
        lines += [f"| {key} | {count} |" for key, count in sorted(counts[name].items())]
    path = folder / "README.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
