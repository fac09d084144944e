"""Files of references in, a folder of refinements out: resumed by default, every attempt kept.

    counts = run("rows.jsonl", "runs/first", policy, VisualReward(tolerant=True), Plan())

A row of the input has an id, a task, a reference, and perhaps a completion or a source that is
there already and stands for the first draft. The folder holds

    refinements.jsonl   a line for each item: `Refined.row`, its group and its reference
    items.jsonl         every attempt as an item of a run folder, for `verm report`
    pictures/           every picture once, as PNG, named by its pixels
    run.json            policy, judge and plan, so that two different runs are never mixed

Lines are written as items finish: a killed run loses only what it was working on.
"""

from __future__ import annotations

import itertools
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visual_erm import images, jsonl
from visual_erm.errors import BackendError, ImageError, InputError, UsageError
from visual_erm.extraction import text_of
from visual_erm.judges import check_task
from visual_erm.refinement.loop import Plan, refine_item
from visual_erm.refinement.policies import Draft, Policy
from visual_erm.refinement.records import INTERRUPTED, Refined
from visual_erm.report.runs import LINES, Item, RunFolder
from visual_erm.rewards.runs import checked_ids
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Task

if TYPE_CHECKING:
    from visual_erm.types import Image

RECORDS, RUN = "refinements.jsonl", "run.json"
Row = dict[str, Any]
Progress = Callable[[int, int], None]
"""Called with the items that are finished and the items there are."""


def run(
    rows: Path | str,
    out: Path | str,
    policy: Policy,
    reward: VisualReward,
    plan: Plan,
    *,
    task: Task | None = None,
    workers: int = 1,
    resume: bool = True,
    retry: bool = False,
    progress: Progress | None = None,
) -> Counter[str]:
    """Refine every row of a file that has no result yet.

    Args:
        rows: JSONL as above.
        out: folder of results; made where it is missing.
        policy: who writes.
        reward: how attempts are scored.
        plan: how each item is refined.
        task: for rows that name none.
        workers: items in work at once.
        resume: keep what the folder holds already; False starts anew.
        retry: do items again that a fault, a deadline or the budget ended.
        progress: told after each item.

    Returns:
        Items in the folder by how they ended, those of earlier runs included.

    Raises:
        InputError: a row cannot be read, or the folder holds another run.
        BackendError: the judge is missing, or the budget is used up; what is finished is kept.
    """
    rows, out = Path(rows), Path(out)
    ids = checked_ids(rows)
    # a row that is wrong is said before anything is paid for
    for _ in _read(rows, task):
        pass
    _settle(out, policy, reward, plan, resume=resume)
    if resume and retry and (out / RECORDS).exists():
        _drop_interrupted(out)
    with (
        RunFolder(out, resume=resume) as folder,
        jsonl.Records(out / RECORDS, resume=resume) as records,
    ):
        counts = Counter(str(row.get("stop")) for row in records.done.values())
        finished = sum(name in records.done for name in ids)
        spent: list[str] = []
        left = itertools.takewhile(lambda _: not spent, _read(rows, task))
        todo = (row for row in left if row["id"] not in records.done)
        if progress:
            progress(finished, len(ids))

        def one(row: Row) -> Row:
            return _refined(row, policy, reward, plan, folder)

        for result in _as_done(one, todo, workers):
            records.append(result)
            counts[result["stop"]] += 1
            finished += 1
            if progress:
                progress(finished, len(ids))
            if result["stop"] == "budget":
                spent.append(result["message"])
    if spent:
        raise BackendError(spent[0])
    return counts


def _refined(row: Row, policy: Policy, reward: VisualReward, plan: Plan, folder: RunFolder) -> Row:
    """One item; a reference that cannot be read is its own result."""
    name, group = row["id"], {"group": row["group"]} if "group" in row else {}
    try:
        reference = images.load(row["reference"], name="reference")
    except ImageError as error:
        refined = Refined(row["task"], (), None, "infra_fault", f"load: {error}", name)
        return {**refined.row(), **group, "reference": None}
    draft = None
    if "source" in row or "completion" in row:
        notes = row.get("notes") or {}
        draft = Draft(text_of(row.get("completion")), source=row.get("source"), notes=notes)
    refined = refine_item(reference, row["task"], policy, reward, plan, draft=draft, name=name)
    for item in items(refined, reference):
        folder.add(item)
    return {**refined.row(), **group, "reference": images.digest(reference)}


def items(refined: Refined, reference: Image) -> Iterator[Item]:
    """Every attempt as an item of a run folder; those of one refinement are a group.

    Args:
        refined: has an id.
        reference: of all attempts.
    """
    for number, attempt in enumerate(refined.attempts):
        best = number == refined.chosen
        note = f"{attempt.kind}{', kept' if attempt.accepted else ', given up'}"
        if best:
            note += f"; best, ended by {refined.stop}: {refined.message}"
        yield Item.of(
            attempt.reward,
            id=f"{refined.id}/{number}",
            task=refined.task,
            reference=reference,
            source=attempt.source or attempt.completion,
            group=str(refined.id),
            round=attempt.round,
            blame={at: lines for at, lines in enumerate(attempt.lines, 1) if lines},
            note=note,
            metadata={
                "turn": attempt.kind,
                "sample": attempt.sample,
                "best": best,
                "feedback": attempt.feedback,
                "fixed": [error.description for error in attempt.fixed],
                "broken": [error.description for error in attempt.broken],
                "notes": dict(attempt.notes),
            },
        )


def _drop_interrupted(out: Path) -> None:
    """Forget items that a fault or a limit ended, and their attempts."""
    again = {row["id"] for _, row in jsonl.read(out / RECORDS) if row.get("stop") in INTERRUPTED}
    jsonl.keep_only(out / RECORDS, lambda row: row["id"] not in again)
    jsonl.keep_only(out / f"{LINES}.jsonl", lambda row: row.get("group") not in again)


def _read(path: Path, task: Task | None) -> Iterator[Row]:
    """Rows with their task, and with the absolute path of the reference.

    Raises:
        InputError: a row that says nothing that could be refined; the message names its line.
    """
    for number, row in jsonl.read(path):
        row["id"] = str(row["id"])
        reference = row.get("reference")
        try:
            row["task"] = check_task(row.get("task") or task or "")
            text_of(row.get("completion"))
        except (InputError, UsageError) as error:
            raise InputError(f"{path}:{number}: {error}") from None
        if reference is None:
            raise InputError(f'{path}:{number}: a row needs a "reference"')
        for key, kind, word in (("source", str, "text"), ("notes", dict, "an object")):
            if not isinstance(row.get(key), kind | None):
                raise InputError(f"{path}:{number}: {key}: expected {word}")
        row["reference"] = jsonl.beside(reference, path.parent)
        yield row


def _as_done(work: Callable[[Row], Row], todo: Iterator[Row], workers: int) -> Iterator[Row]:
    """Results as they finish; what is in work when the caller stops is waited for."""
    flying: set[Future[Row]] = set()
    with ThreadPoolExecutor(workers, "refine") as pool:
        for row in todo:
            flying.add(pool.submit(work, row))
            if len(flying) > workers:
                ready, flying = wait(flying, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        yield from (future.result() for future in as_completed(flying))


def _settle(out: Path, policy: Policy, reward: VisualReward, plan: Plan, *, resume: bool) -> None:
    """Write down what this run is, or see that it is the one that is there."""
    settings = {
        "policy": policy.name,
        "judge": reward.identity.model_dump(mode="json"),
        "shaping": reward.shaping.name,
        "plan": asdict(plan),
    }
    path = out / RUN
    out.mkdir(parents=True, exist_ok=True)
    if resume and path.exists() and (out / RECORDS).exists():
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read {path}: {error}") from None
        other = [name for name, value in settings.items() if known.get(name) != value]
        if other:
            raise InputError(
                f"{out} holds a run with another {' and '.join(other)}; choose another folder or "
                "start anew (--fresh)"
            )
        return
    part = path.with_name(f"{RUN}.{os.getpid()}")
    part.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    part.replace(path)
