"""Files of rows in, files of results out: resumed by default, a bad row never ends the run.

    counts = run("pairs.jsonl", "out.jsonl", VisualReward(keep_renderings=False))

A row of the input has an id, a task, a reference, and a prediction (a picture), a completion or a
source; paths are absolute or relative to the input's folder. Results are written as they finish,
so not in the input's order, one line each, handed to the system at once: a killed run loses only
what it was working on. The input is read through once before anything is judged, so that a broken
line, a missing or a repeated id is found in the first second and not after hours.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from visual_erm import jsonl
from visual_erm.errors import InputError
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import STATUS_OF, JudgeIdentity, Task

Row = dict[str, Any]
Progress = Callable[[int, int], None]
"""Called with the rows that are finished and the rows there are."""

UNSCORED = (STATUS_OF["judge"], STATUS_OF["infrastructure"])
PICTURES = ("reference", "prediction")


def run(
    rows: Path | str,
    out: Path | str,
    reward: VisualReward,
    *,
    task: Task | None = None,
    resume: bool = True,
    retry: bool = False,
    progress: Progress | None = None,
) -> Counter[str]:
    """Score every row of a file that has no result yet.

    Args:
        rows: JSONL as above.
        out: JSONL of results, appended to.
        reward: how to score; its `workers` rows are in work at once.
        task: for rows that name none.
        resume: keep the results that `out` holds already; False starts anew.
        retry: do rows again that a fault of the judge or the machinery left without a reward.
        progress: told after each row.

    Returns:
        Results in `out` by status, those of earlier runs included.

    Raises:
        InputError: the input has a broken line, a row without id, or an id twice; or `out` is the
            input, or holds something else than results of this judge and shaping.
        UsageError: the shaping needs a whole batch.
        BackendError: the judge or a renderer is missing. Finished rows are in `out`.
    """
    reward.refuse_whole_batch()
    rows = Path(rows)
    jsonl.keep_apart(out, rows)
    ids = checked_ids(rows)
    todo = functools.partial(_todo, rows, task)
    return score_into(out, ids, todo, reward, resume=resume, retry=retry, progress=progress)


def score_into(
    out: Path | str,
    ids: Sequence[str],
    todo: Callable[[Container[str]], Iterator[Row]],
    reward: VisualReward,
    *,
    resume: bool = True,
    retry: bool = False,
    progress: Progress | None = None,
) -> Counter[str]:
    """Score rows from anywhere into a file of results; `run` is this for a file of rows.

    Args:
        out: JSONL of results, appended to.
        ids: of all rows.
        todo: gives the rows whose ids are not among those that are done, complete with their task.
        reward: how to score.
        resume: as for `run`.
        retry: as for `run`.
        progress: told after each row.

    Returns:
        Results in `out` by status.

    Raises:
        InputError: `out` holds something else than results of this judge and shaping.
        UsageError: the shaping needs a whole batch.
        BackendError: the judge or a renderer is missing. Finished rows are in `out`.
    """
    # the judge first: where it cannot be had, nothing of what `out` holds is dropped for it
    identity = reward.identity
    shaping = repr(reward.shaping)
    if resume and retry and Path(out).exists():
        jsonl.keep_only(out, lambda row: row.get("status") not in UNSCORED)
    with jsonl.Records(out, resume=resume) as records:
        _refuse_mixture(records, identity, shaping)
        counts = Counter(str(row["status"]) for row in records.done.values())
        finished = sum(name in records.done for name in ids)
        if progress:
            progress(finished, len(ids))
        for scored in reward.score_stream(todo(records.done)):
            result = scored.row()
            if result["judge"] is None:
                result["judge"] = identity.model_dump(mode="json")
            result["shaping"] = shaping
            records.append(result)
            counts[result["status"]] += 1
            finished += 1
            if progress:
                progress(finished, len(ids))
    return counts


def checked_ids(path: Path) -> list[str]:
    """The ids of all rows, in order.

    Raises:
        InputError: a broken line, a row without id, or an id twice.
    """
    lines: dict[str, int] = {}
    for number, row in jsonl.read(path):
        if row.get("id") is None:
            raise InputError(f'{path}:{number}: a row needs an "id"')
        name = str(row["id"])
        if name in lines:
            raise InputError(f'{path}:{number}: id "{name}" stands in line {lines[name]} already')
        lines[name] = number
    return list(lines)


def _refuse_mixture(records: jsonl.Records, identity: JudgeIdentity, shaping: str) -> None:
    ours = identity.model_dump(mode="json")
    for name, row in records.done.items():
        if "status" not in row:
            raise InputError(f'{records.path}: row "{name}" is no result; choose another file')
        theirs = row.get("judge")
        if isinstance(theirs, dict) and theirs != ours:
            both = f"judge {_shown(theirs)}, this run uses {_shown(ours)}"
        elif row.get("shaping", shaping) != shaping:
            both = f"shaping {row['shaping']}, this run uses {shaping}"
        else:
            continue
        raise InputError(
            f"{records.path} holds results of {both}; choose another file or start anew (--fresh)"
        )


def _shown(identity: Mapping[str, Any]) -> str:
    details = ", ".join(f"{k} {v}" for k, v in (identity.get("details") or {}).items())
    words = f"{identity.get('name')} {identity.get('revision')}"
    return words + (f" ({details})" if details else "")


def _todo(path: Path, task: Task | None, done: Container[str]) -> Iterator[Row]:
    """Rows without a result."""
    for _, row in jsonl.read(path):
        if str(row["id"]) not in done:
            yield _completed(row, path.parent, task)


def _completed(row: Mapping[str, Any], folder: Path, task: Task | None) -> Row:
    """The row with absolute paths and its task."""
    complete = dict(row)
    if complete.get("task") is None:
        complete["task"] = task
    complete |= {key: jsonl.beside(row[key], folder) for key in PICTURES if key in row}
    return complete
