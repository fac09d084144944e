"""A data set from a recipe: plan the units, map them over processes, write shards, resume.

    build(load_recipe("small"), Path("pairs"))

Units are taken in the order of the plan whatever order they finish in, and a shard is written when
it is full; so what a build makes depends on its recipe alone, not on the machine, the number of
processes or how often it was killed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from visual_erm.data import packages, pool, seeds, shards
from visual_erm.data.card import Statistics, count, write_card
from visual_erm.data.make import Unit, fingerprint
from visual_erm.data.pool import Engine, Work, local
from visual_erm.data.recipe import Recipe
from visual_erm.data.records import Seed
from visual_erm.data.shards import Row, Span
from visual_erm.errors import InputError, UsageError, require
from visual_erm.types import Task

PER_SHARD = 200
"""Pairs of one shard: what a killed run has to make again, at most."""
ENGINES = ("local", "ray")
SPARE = 1.6
"""Units planned for each that is needed; seeds can be unusable and edits can be dropped."""


class Build(BaseModel):
    """What stands in `build.json`: enough to refuse to mix two builds in one folder."""

    model_config = ConfigDict(frozen=True)

    recipe: Recipe
    packages: tuple[str, ...]
    fingerprint: str
    routes: tuple[str, ...] = ()
    """Models that make the pairs, if models do."""


@dataclass(frozen=True)
class Summary:
    """What a finished build holds."""

    made: int
    """Pairs made by this run; the others were there."""
    statistics: Statistics

    @property
    def rows(self) -> int:
        """Pairs in the folder."""
        return self.statistics.pairs


Progress = Callable[[int, int], None]
"""Called with pairs done and wanted: first with what was there, then after every unit."""


def build(
    recipe: Recipe,
    folder: Path,
    *,
    corpus: Mapping[str, Sequence[Seed]] | None = None,
    workers: int | None = None,
    engine: Engine | None = None,
    routes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Summary:
    """Make what is missing of a data set; call it again after an interruption.

    Args:
        recipe: what to build.
        folder: where; made if it is not there.
        corpus: seeds of your own by name; the packages of the recipe's split if None.
        workers: processes; as many as the engine finds processors for if None.
        engine: how units are mapped; a pool of processes on this machine if None.
        routes: what the engine asks models for, if it does; see `Models.routes`.
        progress: told after every unit.

    Raises:
        InputError: the folder holds another build, a package is not what was checked, or the seeds
            do not suffice.
        BackendError: seeds cannot be fetched.
        MissingPackage: pyarrow is not installed.
    """
    shards.arrow()  # what cannot be written is not made
    _prepare(folder)
    found = of_split(recipe) if corpus is None else corpus
    noted = Build(
        recipe=recipe,
        packages=tuple(found),
        fingerprint=fingerprint(recipe.pairs),
        routes=tuple(routes),
    )
    with _claimed(folder, noted):
        run = _Run(folder, recipe, engine or local, workers, progress)
        for task, wanted in recipe.pairs.items():
            of_task = [[s for s in listing if s.task == task] for listing in found.values()]
            run.task(task, plan(recipe, wanted, of_task), wanted)
        run.finish()
        statistics = count(folder)
        write_card(folder, recipe.name, statistics)
    if run.short:
        raise InputError(
            f"{folder} holds {statistics.pairs} of {run.wanted} pairs: {'; '.join(run.short)}"
        )
    return Summary(run.made, statistics)


def find_engine(name: str) -> Engine:
    """An engine by name: "local" or "ray".

    Raises:
        UsageError: there is none of that name.
        MissingPackage: Ray is not installed.
    """
    if name not in ENGINES:
        raise UsageError(f'no engine "{name}"; known: {", ".join(ENGINES)}')
    if name == "local":
        return local
    require("ray", extra="ray", feature="the engine ray")
    from visual_erm.data.ray import on_ray

    return on_ray


def of_split(recipe: Recipe) -> dict[str, list[Seed]]:
    """Seeds of the packages that serve a recipe.

    Raises:
        InputError: a package is not what was checked.
        BackendError: one cannot be fetched.
    """
    found: dict[str, list[Seed]] = {}
    for package in packages.pinned():
        if package.split == recipe.split and package.task in recipe.pairs:
            most = units(recipe, recipe.pairs[package.task])
            found.setdefault(package.reference, []).extend(seeds.of_package(package, most))
    return found


def units(recipe: Recipe, wanted: int) -> int:
    """How many seeds are planned for so many pairs."""
    return 8 + round(SPARE * wanted / recipe.per_seed)


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
    order = order[: units(recipe, wanted)]
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


class _Run:
    """Shards that are there, and what remains."""

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        engine: Engine,
        workers: int | None,
        progress: Progress | None,
    ) -> None:
        """Look through what is there.

        Raises:
            InputError: a shard is damaged.
        """
        self._folder, self._engine, self._workers = folder, engine, workers
        self._progress = progress or (lambda done, wanted: None)
        self._there = {shards.number(path): shards.span(path) for path in shards.paths(folder)}
        self._kept = sum(span.rows for span in self._there.values())
        self._number = 0
        self.wanted = sum(recipe.pairs.values())
        self.made = 0
        self.short: list[str] = []
        """Tasks whose seeds did not suffice, a sentence each."""
        self._progress(self._kept, self.wanted)

    def task(self, task: Task, units: Sequence[Unit], wanted: int) -> None:
        """Make the pairs of one task that are not there yet."""
        at = rows = 0
        broken: dict[str, str] = {}
        while rows < wanted and at < len(units):
            covered = self._there.get(self._number)
            if covered is None:
                spans = self._make(task, units, at, wanted - rows)
            elif (covered.task, covered.first) == (task, at):
                spans = [covered]
            else:
                path = self._folder / shards.NAME.format(self._number)
                raise InputError(f"the shard {path} does not follow the one before it")
            for span in spans:
                self._number += 1
                at, rows = span.end, rows + span.rows
                broken |= span.unusable
        if rows < wanted:
            self.short.append(_shortage(task, rows, wanted, len(units), broken))

    def finish(self) -> None:
        """See that nothing else lies in the folder.

        Raises:
            InputError: there are more shards than the recipe has.
        """
        if beyond := [number for number in self._there if number >= self._number]:
            path = self._folder / shards.NAME.format(min(beyond))
            raise InputError(f"the shard {path} is none of this build; delete it")

    def _make(self, task: Task, units: Sequence[Unit], at: int, wanted: int) -> list[Span]:
        """Write shards up to the next that is there, or to the end of the task."""
        written: list[Span] = []
        fresh = _Shard(task, at)
        with contextlib.closing(self._engine(units[at:], self._workers)) as results:
            for unit, made in zip(units[at:], results, strict=True):
                fresh.take(unit, made, wanted)
                self._progress(self._kept + self.made + len(fresh.rows), self.wanted)
                full = len(fresh.rows) >= min(PER_SHARD, wanted)
                if not full and fresh.end < len(units):
                    continue
                shards.write(self._folder, self._number + len(written), fresh.rows, fresh.span)
                written.append(fresh.span)
                self.made += len(fresh.rows)
                wanted -= len(fresh.rows)
                if wanted == 0 or self._number + len(written) in self._there:
                    break
                fresh = _Shard(task, fresh.end)
        return written


def _shortage(task: Task, rows: int, wanted: int, seeds: int, broken: Mapping[str, str]) -> str:
    """Why there are fewer pairs than were asked for, in one sentence."""
    if len(broken) == seeds:
        name, why = next(iter(broken.items()))
        return f"none of the {seeds} {task} seeds could be used, {name} for one: {why}"
    unusable = f" ({len(broken)} of them could not be used)" if broken else ""
    return (
        f"the {seeds} {task} seeds{unusable} gave {rows} of {wanted}; "
        "add seeds, or in another folder ask for fewer pairs or for more of each seed"
    )


class _Shard:
    """A shard that is being filled."""

    def __init__(self, task: Task, first: int) -> None:
        self._task, self._first = task, first
        self.end = first
        self.rows: list[Row] = []
        self._dropped: dict[str, dict[str, int]] = {}
        self._unusable: dict[str, str] = {}

    @property
    def span(self) -> Span:
        """What it covers so far."""
        covered = (self._first, self.end, len(self.rows))
        return Span(self._task, *covered, self._dropped, self._unusable)

    def take(self, unit: Unit, made: Work, most: int) -> None:
        """Add what came of the next unit, up to so many rows in all."""
        self.end += 1
        self.rows += made.rows[: most - len(self.rows)]
        if made.unusable is not None:
            self._unusable[unit.seed.id] = made.unusable
        pool.add(self._dropped, made.dropped)


def _prepare(folder: Path) -> None:
    """See that there is a folder that can be written to.

    Raises:
        InputError: there is none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {folder}: {error.strerror or error}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"cannot write to the folder {folder}")


@contextlib.contextmanager
def _claimed(folder: Path, wanted: Build) -> Iterator[None]:
    """Note what is built here, and keep others away meanwhile.

    Raises:
        InputError: the folder holds another build, or one is at work in it.
    """
    path = folder / "build.json"
    if path.exists():
        try:
            there = Build.model_validate_json(path.read_text(encoding="utf-8"))
        except ValidationError:
            raise InputError(f"{path} cannot be read; choose another folder") from None
        if there != wanted:
            raise InputError(
                f"{folder} holds a build of another recipe, or with other renderers or models; "
                "choose another folder"
            )
    elif shards.paths(folder):
        raise InputError(f"{folder} holds shards without a build.json; choose another folder")
    else:
        with shards.whole(path) as file:
            file.write(wanted.model_dump_json(indent=1).encode())
    with path.open("r+b") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"another build is at work in {folder}") from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP):  # file systems without locks
                raise
        yield
