"""Files of rows in, files of results out: resumed by default, a bad row never ends the run.

    counts = run("pairs.jsonl", "out.jsonl", VisualReward(keep_renderings=False))

A row of the input has an id, a task, a reference, and a prediction (a picture), a completion or a
source; paths are absolute or relative to the input's folder. Results are written as they finish,
so not in the input's order, one line each, handed to the system at once: a killed run loses only
what it was working on. The input is read through once before anything is judged, so that a broken
line, a missing or a repeated id is found in the first second and not after hours.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from visual_erm import jsonl
from visual_erm.errors import InputError
from visual_erm.rewards import workers
from visual_erm.rewards.items import load_fault
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import JudgeIdentity, Rendering, Reward, Task

Row = dict[str, Any]
Progress = Callable[[int, int], None]
"""Called with the rows that are finished and the rows there are."""

FEW = 4
"""Rows for each worker below which starting processes takes longer than the work."""
PICTURES = ("reference", "prediction")


def run(
    rows: Path | str,
    out: Path | str,
    reward: VisualReward,
    *,
    task: Task | None = None,
    resume: bool = True,
    progress: Progress | None = None,
) -> Counter[str]:
    """Score every row of a file that has no result yet.

    Args:
        rows: JSONL as above.
        out: JSONL of results, appended to.
        reward: how to score; its `workers` rows are in work at once.
        task: for rows that name none.
        resume: keep the results that `out` holds already; False starts anew.
        progress: told after each row.

    Returns:
        Results in `out` by status, those of earlier runs included.

    Raises:
        InputError: the input has a broken line, a row without id, or an id twice; or `out` holds
            the verdicts of another judge.
        BackendError: the judge or a renderer is missing. Finished rows are in `out`.
    """
    rows = Path(rows)
    ids = _checked_ids(rows)
    with jsonl.Records(out, resume=resume) as records:
        identity = reward.identity
        _refuse_mixture(records, identity)
        counts = Counter(str(row.get("status")) for row in records.done.values())
        finished = sum(name in records.done for name in ids)
        if progress:
            progress(finished, len(ids))
        todo = (
            _completed(row, rows.parent, task)
            for _, row in jsonl.read(rows)
            if str(row["id"]) not in records.done
        )
        for result in _results(todo, reward, len(ids) - finished):
            result.setdefault("judge", None)
            if result["judge"] is None:
                result["judge"] = identity.model_dump(mode="json")
            records.append(result)
            counts[result["status"]] += 1
            finished += 1
            if progress:
                progress(finished, len(ids))
    return counts


def score_row(reward: VisualReward, row: Mapping[str, Any]) -> Row:
    """One row of results."""
    start = time.perf_counter()
    scored = reward.score(row)
    return result_row(scored, row.get("task"), time.perf_counter() - start)


def result_row(reward: Reward, task: Any, seconds: float | None = None) -> Row:
    """A result as DESIGN.md fixes it; `seconds` is that of its parts where not given."""
    row = {"id": reward.id, "task": task}
    row |= reward.row()
    if seconds is None:
        known = (reward.parts[name] for name in ("seconds_render", "seconds_judge"))
        seconds = sum(part for part in known if part >= 0)
    row["seconds"] = round(seconds, 4)
    if reward.rendering is not None and reward.rendering.backend != "given":
        row["rendering"] = rendering_row(reward.rendering)
    return row


def rendering_row(rendering: Rendering) -> Row:
    """A rendering without its pixels."""
    return {
        "backend": rendering.backend,
        "fingerprint": rendering.fingerprint,
        "width": rendering.width,
        "height": rendering.height,
        "blank": rendering.blank,
        "seconds": round(rendering.seconds, 4),
        "warnings": list(rendering.warnings),
    }


def _checked_ids(path: Path) -> list[str]:
    lines: dict[str, int] = {}
    for number, row in jsonl.read(path):
        if row.get("id") is None:
            raise InputError(f'{path}:{number}: a row needs an "id"')
        name = str(row["id"])
        if name in lines:
            raise InputError(f'{path}:{number}: id "{name}" stands in line {lines[name]} already')
        lines[name] = number
    return list(lines)


def _refuse_mixture(records: jsonl.Records, identity: JudgeIdentity) -> None:
    for row in records.done.values():
        other = row.get("judge")
        if not isinstance(other, dict):
            continue
        same = (other.get("name"), other.get("revision")) == (identity.name, identity.revision)
        if not same:
            raise InputError(
                f"{records.path} holds results of judge "
                f"{other.get('name')} {other.get('revision')}, this run uses "
                f"{identity.name} {identity.revision}; choose another file or start anew (--fresh)"
            )


def _completed(row: Mapping[str, Any], folder: Path, task: Task | None) -> Row:
    """The row with absolute paths and its task."""
    complete = dict(row)
    if complete.get("task") is None:
        complete["task"] = task
    for key in PICTURES:
        value = complete.get(key)
        if isinstance(value, str) and not value.startswith("data:"):
            complete[key] = str(folder / value)
    return complete


def _results(rows: Iterator[Row], reward: VisualReward, number: int) -> Iterator[Row]:
    """Results as they finish; at most twice as many rows in the air as there are workers."""
    with _Lines(reward, number) as lines:
        flying: dict[Future[Row], Row] = {}
        for row in rows:
            flying[lines.submit(row)] = row
            if len(flying) >= 2 * reward.workers:
                yield from lines.landed(flying)
        while flying:
            yield from lines.landed(flying)


class _Lines:
    """The workers of one run: processes where the judge computes here, else threads."""

    def __init__(self, reward: VisualReward, number: int) -> None:
        self.reward = reward
        worth_it = number >= FEW * reward.workers > FEW
        self.in_processes = worth_it and reward.judge == "embedded"
        self.processes: Executor | None = None
        self.threads: Executor | None = None

    def submit(self, row: Row) -> Future[Row]:
        # what is rendered needs the renderers' own processes, which threads share
        if self.in_processes and "prediction" in row:
            self.processes = self.processes or workers.pool(self.reward)
            return self.processes.submit(workers.work, row)
        self.threads = self.threads or ThreadPoolExecutor(self.reward.workers, "rows")
        return self.threads.submit(score_row, self.reward, row)

    def landed(self, flying: dict[Future[Row], Row]) -> Iterator[Row]:
        """Wait for at least one row, and hand out all that are ready."""
        ready, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in ready:
            row = flying.pop(future)
            try:
                yield future.result()
            except BrokenProcessPool:
                yield from self._one_by_one([row, *flying.values()])
                flying.clear()
                return

    def _one_by_one(self, rows: list[Row]) -> Iterator[Row]:
        """After a worker died: the rows in flight, one at a time, to find the one that kills."""
        self.close()
        alone = workers.pool(self.reward, size=1)
        for row in rows:
            try:
                yield alone.submit(workers.work, row).result()
            except BrokenProcessPool:
                alone.shutdown()
                alone = workers.pool(self.reward, size=1)
                fault = load_fault("worker_died", "the process that judged this row died")
                dead = Reward(None, "infra_fault", failure=fault.failure, id=str(row["id"]))
                yield result_row(dead, row.get("task"), 0.0)
        alone.shutdown()

    def close(self) -> None:
        for pool in (self.processes, self.threads):
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)
        self.processes = self.threads = None

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
