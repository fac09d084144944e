"""Pairs of the data engine, and what a judge says of them.

folder = own("chart-dev")  # built once, kept in the cache
judged = judge_pairs([folder], Path("out"), VisualReward("embedded", keep_renderings=False))
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from visual_erm import jsonl
from visual_erm.data import build, load_recipe, shards
from visual_erm.data.make import REVISION
from visual_erm.data.packages import cache
from visual_erm.errors import InputError
from visual_erm.rewards import runs
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Discrepancy, Status, Task

PRESETS = ("chart-dev", "table-dev", "svg-dev")
"""Recipes of the own benchmark: families that nothing was trained or tuned on."""


@dataclass(frozen=True)
class Judged:
    """One pair without its pictures, and what was said of it."""

    id: str
    task: Task
    kind: str
    operators: tuple[str, ...]
    seed: str
    """Pairs of one seed have one reference."""
    truth: tuple[Discrepancy, ...]
    status: Status
    found: tuple[Discrepancy, ...]
    score: float | None
    """The reward, higher is better; None where it could not be scored."""
    seconds: float
    """Wall time of the verdict."""
    failure: str | None = None
    """Code of what went wrong."""
    usage: Mapping[str, float] = field(default_factory=dict)
    """What the verdict cost, as far as the judge says: cpu_seconds, tokens."""


def own(preset: str, progress: Any = None) -> Path:
    """The folder of a recipe's pairs, built unless it is there.

    Raises:
        UsageError: no such recipe.
        BackendError: its packages cannot be fetched.
    """
    recipe = load_recipe(preset)
    folder = cache() / "bench" / f"{recipe.name}-{REVISION}"
    build(recipe, folder, progress=progress)
    return folder


def judge_pairs(
    folders: Sequence[Path],
    out: Path,
    reward: VisualReward,
    *,
    resume: bool = True,
    retry: bool = False,
    progress: runs.Progress | None = None,
) -> list[Judged]:
    """Judge every pair of some builds that has no verdict yet.

    Args:
        folders: of builds.
        out: JSONL of verdicts, appended to and resumed.
        reward: whose judge is asked.
        resume: keep the verdicts that are there.
        retry: ask again where the judge or the machinery failed.
        progress: told after each verdict.

    Raises:
        InputError: a folder holds no pairs, two hold the same, or `out` is another judge's.
        BackendError: the judge is missing. Finished verdicts are in `out`.
    """
    columns = ["id", "task", "kind", "operators", "seed", "errors"]
    rows = [row for folder in folders for row in shards.read(folder, columns)]
    if len({row["id"] for row in rows}) < len(rows):
        raise InputError("two of the folders hold the same pairs")
    return judge_rows(rows, lambda: _rows(folders), out, reward, resume=resume, retry=retry,
                      progress=progress)  # fmt: skip


def judge_rows(
    rows: Sequence[runs.Row],
    pictured: Callable[[], Iterable[runs.Row]],
    out: Path,
    reward: VisualReward,
    *,
    resume: bool = True,
    retry: bool = False,
    progress: runs.Progress | None = None,
) -> list[Judged]:
    """A verdict on each of some pairs, in their order; see `judge_pairs`.

    Args:
        rows: id, task, kind, operators, seed and errors of each.
        pictured: gives the rows anew, in the same order, with the bytes of their pictures.
        out: JSONL of verdicts, appended to and resumed.
        reward: whose judge is asked.
        resume: keep the verdicts that are there.
        retry: ask again where the judge or the machinery failed.
        progress: told after each verdict.
    """
    asked = [result_id(row) for row in pictured()]

    def todo(done: Container[str]) -> Iterator[runs.Row]:
        return (item for item in map(_item, pictured()) if item["id"] not in done)

    runs.score_into(out, asked, todo, reward, resume=resume, retry=retry, progress=progress)
    said = {row["id"]: row for _, row in jsonl.read(out)}
    return [_judged(row, said[name]) for row, name in zip(rows, asked, strict=True)]


def result_id(row: runs.Row) -> str:
    """The id of a pair's verdict tells its pictures: a pair that was built anew is judged anew."""
    pictures = b"".join(row[side]["bytes"] for side in runs.PICTURES)
    return f"{row['id']}@{hashlib.sha256(pictures).hexdigest()[:16]}"


def _rows(folders: Sequence[Path]) -> Iterator[runs.Row]:
    for folder in folders:
        yield from shards.read(folder, ["id", "task", *runs.PICTURES])


def _item(row: runs.Row) -> runs.Row:
    pictures = {side: row[side]["bytes"] for side in runs.PICTURES}
    return {"id": result_id(row), "task": row["task"], **pictures}


def _judged(row: runs.Row, result: runs.Row) -> Judged:
    failure = result.get("failure")
    return Judged(
        id=row["id"],
        task=row["task"],
        kind=row["kind"],
        operators=tuple(row["operators"]),
        seed=row["seed"],
        truth=tuple(Discrepancy(**error) for error in row["errors"]),
        status=result["status"],
        found=tuple(Discrepancy(**error) for error in result["errors"]),
        score=result["reward"],
        seconds=result["seconds"],
        failure=failure["code"] if failure else None,
        usage=result.get("usage", {}),
    )
