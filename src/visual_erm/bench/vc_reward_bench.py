"""VC-RewardBench: 1,335 pairs with errors that people checked, from the Hugging Face hub.

    entries = load(Path("VC-RewardBench"))
    run(entries, Path("records"), VisualReward("embedded", keep_renderings=False))

The files (internlm/VC-RewardBench, Apache-2.0) are JSONL or JSON arrays beside folders of pictures.
An entry has `id`, `idx`, `category` (the task), `gt_img_path`, `pred_img_path` and `human_errors`;
a run adds `pred_json`, null where the judge gave no verdict, and `error_parse_failed_reason`. Our
records keep these names, so that the published scripts read them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visual_erm import jsonl
from visual_erm.bench.matching import Matcher, MatchErrors, Matching, match_all
from visual_erm.bench.scores import Item, Report, allowed, report
from visual_erm.errors import InputError, JudgeFault, require
from visual_erm.judges.parse import read_record, to_wire
from visual_erm.rewards import runs
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import TASKS, Discrepancy, JudgeIdentity, Task, Verdict

REPOSITORY = "internlm/VC-RewardBench"
PEOPLE = JudgeIdentity(name="people")
PUBLISHED: dict[str, tuple[float, float, float]] = {
    "Qwen3-VL-8B-Instruct": (5.3, 6.5, 17.5),
    "GPT-4o": (25.0, 29.5, 56.5),
    "Qwen3-VL-235B-Instruct": (29.5, 32.4, 56.2),
    "GPT-5.2": (32.7, 35.0, 58.9),
    "Gemini-2.5-Pro": (37.8, 40.9, 59.1),
    "Gemini-3-Flash": (40.6, 43.4, 53.4),
    "Visual-ERM 8B": (42.1, 44.7, 58.4),
}
"""Official hard F1, soft F1 and severity correlation, times 100, over all tasks, with a model as
the matcher (arXiv 2603.13224). Another matcher moves the F1 by up to 2.7 points."""


@dataclass(frozen=True)
class Entry:
    """One pair of the benchmark."""

    id: str
    """Task and the file's own id, as two tasks may both count from one: "chart/1"."""
    task: Task
    reference: Path
    prediction: Path
    truth: tuple[Discrepancy, ...]
    row: dict[str, Any]
    """As the file has it."""


def download() -> Path:
    """The benchmark's folder, fetched from the hub unless it is there.

    Raises:
        MissingPackage: huggingface_hub is not installed.
    """
    hub = require("huggingface_hub", extra="hub", feature="fetching the benchmark")
    return Path(hub.snapshot_download(REPOSITORY, repo_type="dataset"))


def load(folder: Path) -> list[Entry]:
    """Every pair in the JSON and JSONL files below a folder; pictures are not opened.

    Raises:
        InputError: no such folder, no pair in it, a row without what it needs, or an id twice.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {folder}")
    files = sorted(path for path in folder.rglob("*.json*") if path.suffix in (".json", ".jsonl"))
    entries: dict[str, Entry] = {}
    for path in files:
        for where, row in _rows(path):
            if "human_errors" not in row:
                continue
            entry = _entry(row, path.parent, where)
            if entry.id in entries:
                raise InputError(f'{where}: id "{entry.id}" comes twice')
            entries[entry.id] = entry
    if not entries:
        raise InputError(f"{folder} holds no JSON or JSONL file of pairs with human_errors")
    return list(entries.values())


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects of an array or of lines, with where they stand."""
    if path.suffix == ".json":
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read {path}: {error}") from None
        listed = value if isinstance(value, list) else [value]
        for number, row in enumerate(listed, 1):
            if isinstance(row, dict):
                yield f"{path}, entry {number}", row
        return
    for number, row in jsonl.read(path):
        yield f"{path}:{number}", row


def _entry(row: dict[str, Any], folder: Path, where: str) -> Entry:
    name = row.get("id", row.get("idx"))
    missing = [key for key in ("category", "gt_img_path", "pred_img_path") if not row.get(key)]
    if name is None or missing:
        raise InputError(f"{where}: no {', '.join(missing) or 'id'}")
    task = str(row["category"]).strip().lower()
    for known in TASKS:
        if task == known or task.startswith((f"{known}-", f"{known}_", f"{known}2")):
            break
    else:
        raise InputError(f'{where}: "{row["category"]}" is none of {", ".join(TASKS)}')
    try:
        truth = read_record(row["human_errors"] or [], known, PEOPLE).errors
    except JudgeFault as fault:
        raise InputError(f"{where}: human_errors: {fault}") from None
    return Entry(
        id=f"{known}/{name}",
        task=known,
        reference=folder / str(row["gt_img_path"]),
        prediction=folder / str(row["pred_img_path"]),
        truth=truth,
        row=row,
    )


def run(
    entries: Sequence[Entry],
    out: Path,
    reward: VisualReward,
    *,
    matcher: MatchErrors | None = None,
    workers: int = 1,
    resume: bool = True,
    retry: bool = False,
    progress: runs.Progress | None = None,
) -> list[Item]:
    """Judge every entry that has no verdict yet, and match all of them.

    Args:
        entries: of `load`.
        out: a folder for `pairs.jsonl`, `verdicts.jsonl` (appended to, resumed) and `records.jsonl`
            (official field names beside ours).
        reward: whose judge is asked.
        matcher: `Matcher()` if None.
        workers: questions to the matcher at once.
        resume: keep the verdicts that are there.
        retry: ask again where the judge or the machinery failed.
        progress: told after each verdict.

    Raises:
        InputError: `out` cannot be written, or holds the verdicts of another judge.
        BackendError: the judge is missing. Finished verdicts are in `out`.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make {out}: {error.strerror}") from None
    pairs, verdicts = out / "pairs.jsonl", out / "verdicts.jsonl"
    with jsonl.Records(pairs, resume=False) as records:
        for entry in entries:
            records.append(
                {
                    "id": entry.id,
                    "task": entry.task,
                    "reference": str(entry.reference.absolute()),
                    "prediction": str(entry.prediction.absolute()),
                }
            )
    runs.run(pairs, verdicts, reward, resume=resume, retry=retry, progress=progress)
    said = {row["id"]: row for _, row in jsonl.read(verdicts)}
    found = [_found(said[entry.id]) for entry in entries]
    items = _items(entries, found, matcher, workers)
    with jsonl.Records(out / "records.jsonl", resume=False) as records:
        for entry, item in zip(entries, items, strict=True):
            records.append(_record(entry, said[entry.id], item))
    return items


def recorded(
    entries: Sequence[Entry], field: str, matcher: MatchErrors | None = None, workers: int = 1
) -> list[Item]:
    """Items from verdicts that the files hold already, for example in `pred_json_gpt`.

    Raises:
        InputError: no entry has that field.
    """
    if not any(field in entry.row for entry in entries):
        raise InputError(f'no entry has a field "{field}"')
    found: list[tuple[Discrepancy, ...] | None] = []
    for entry in entries:
        value, errors = entry.row.get(field), None
        try:
            if value is not None:
                errors = read_record(value, entry.task, JudgeIdentity(name=field)).errors
        except JudgeFault:
            errors = None  # counted as unread by both modes
        found.append(errors)
    return _items(entries, found, matcher, workers)


def scores(items: Sequence[Item]) -> tuple[Report, Report]:
    """Official and strict."""
    return report(items, "official"), report(items, "strict")


def _items(
    entries: Sequence[Entry],
    found: Sequence[tuple[Discrepancy, ...] | None],
    matcher: MatchErrors | None,
    workers: int,
) -> list[Item]:
    read = list(zip(entries, found, strict=True))
    lists = [
        (allowed(entry.truth, entry.task), allowed(errors, entry.task))
        for entry, errors in read
        if errors is not None
    ]
    matchings = iter(match_all(matcher or Matcher(), lists, workers=workers))
    items = []
    for entry, errors in read:
        made = None if errors is None else next(matchings)
        matching, failed = (made, None) if isinstance(made, Matching) else (None, made)
        code = failed.code if failed else None
        items.append(Item(entry.id, entry.task, entry.truth, errors, matching, code))
    return items


def _found(result: dict[str, Any]) -> tuple[Discrepancy, ...] | None:
    if result["status"] != "scored" or result.get("failure"):
        return None
    return tuple(Discrepancy(**error) for error in result["errors"])


def _record(entry: Entry, result: dict[str, Any], item: Item) -> dict[str, Any]:
    identity = JudgeIdentity(**result["judge"])
    wire, reason = None, (result.get("failure") or {}).get("message")
    if item.found is not None:
        wire = to_wire(Verdict(task=entry.task, errors=item.found, judge=identity))
    matching = item.matching
    return {
        **entry.row,
        "key": entry.id,
        "pred_json": wire,
        "error_parse_failed_reason": reason,
        "judge": result["judge"],
        "status": result["status"],
        "errors": result["errors"],
        "matches": [vars(match) for match in matching.matches] if matching else None,
        "matching_failure": item.failure,
    }
