"""Files of predictions annotated by the oracle: a model's own mistakes as labelled pairs.

    counts = annotate_rows(Path("rows.jsonl"), Path("pairs"))          # shards, for `verm data`
    counts = annotate_rows(Path("rows.jsonl"), Path("errors.jsonl"))   # one result a line

A row has an id, a task, `source` or `reference_source`, and `prediction_source`; `family`,
`licence` and `provenance` are passed on. A row that cannot be annotated becomes one with a failure
and ends nothing. A run that was stopped goes on where it stopped: results are kept line by line,
shards when they are full.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from visual_erm import jsonl
from visual_erm.data import oracle, shards
from visual_erm.data.annotations import Annotation
from visual_erm.data.records import Pair, Seed
from visual_erm.data.shards import Span
from visual_erm.errors import BackendError, Fault, InputError, UsageError, boundary
from visual_erm.judges import check_task
from visual_erm.rewards.runs import checked_ids
from visual_erm.types import STATUS_OF, Failure, Task

PER_SHARD = 100
"""Rows of one shard: what a killed run has to do again, at most."""
FAILURES = "failures.jsonl"
"""Beside the shards: rows that could not be annotated, and why."""
ANNOTATED = "annotated"
Row = dict[str, Any]
Progress = Callable[[int, int], None]
"""Called with the rows that are finished and the rows there are."""


def annotate_rows(
    rows: Path,
    out: Path,
    *,
    task: Task | None = None,
    most_unexplained: float = 1.0,
    resume: bool = True,
    progress: Progress | None = None,
) -> Counter[str]:
    """Annotate every row of a file that has no result yet.

    Args:
        rows: JSONL as above.
        out: a `.jsonl` file of results, or a folder of shards as `verm data build` writes them.
        task: for rows that name none.
        most_unexplained: of a folder, pairs of which more is unexplained are left out.
        resume: keep what `out` holds already; False starts anew.
        progress: told after each row.

    Returns:
        Rows by status: "annotated", "policy_fault", "infra_fault", and of a folder "unexplained".

    Raises:
        InputError: the input has a broken line, a row without id, or an id twice; or `out` cannot
            be written, or is the input.
        BackendError: a renderer is missing. Finished rows are in `out`.
        MissingPackage: pyarrow is not installed.
    """
    jsonl.keep_apart(out, rows)
    total = len(checked_ids(rows))
    told = progress or (lambda done, wanted: None)
    if out.suffix == ".jsonl":
        return _lines(rows, out, task, resume, lambda done: told(done, total))
    return _shards(rows, out, task, most_unexplained, resume, lambda done: told(done, total))


def _lines(
    rows: Path, out: Path, task: Task | None, resume: bool, told: Callable[[int], None]
) -> Counter[str]:
    with jsonl.Records(out, resume=resume) as records:
        for number, (_, row) in enumerate(jsonl.read(rows), 1):
            if str(row["id"]) not in records.done:
                result, _ = _annotated(row, task)
                records.append(result)
                records.done[str(row["id"])] = result
            told(number)
        return Counter(str(row.get("status")) for row in records.done.values())


def _shards(
    rows: Path,
    folder: Path,
    task: Task | None,
    most: float,
    resume: bool,
    told: Callable[[int], None],
) -> Counter[str]:
    shards.arrow()  # what cannot be written is not made
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}") from None
    if not resume:
        for path in shards.paths(folder):
            path.unlink()
    counts: Counter[str] = Counter()
    with jsonl.Records(folder / FAILURES, resume=resume) as failures:
        for number, first, part in _parts(rows):
            path = folder / shards.NAME.format(number)
            end = first + len(part)
            if path.exists():
                covered = shards.span(path)
                if (covered.first, covered.end) != (first, end):
                    raise InputError(f"the shard {path} is of another file; choose another folder")
                counts[ANNOTATED] += covered.rows
                counts["unexplained"] += covered.dropped.get("natural", {}).get("unexplained", 0)
                told(end)
                continue
            made: list[shards.Row] = []
            dropped = 0
            for at, row in enumerate(part, first + 1):
                result, annotation = _annotated(row, task)
                if annotation is None:
                    if result["id"] not in failures.done:
                        failures.append(result)
                    failures.done[result["id"]] = result
                elif annotation.unexplained > most:
                    dropped += 1
                else:
                    made.append(shards.row(_pair(row, annotation), {}))
                told(at)
            left = {"natural": {"unexplained": dropped}} if dropped else {}
            of: Task = made[0]["task"] if made else "chart"
            shards.write(folder, number, made, Span(of, first, end, len(made), left, {}))
            counts[ANNOTATED] += len(made)
            counts["unexplained"] += dropped
        counts.update(str(row.get("status")) for row in failures.done.values())
    return +counts


def _parts(rows: Path) -> Iterator[tuple[int, int, list[Row]]]:
    """Number and first row of each shard, and its rows."""
    every = (row for _, row in jsonl.read(rows))
    for number in itertools.count():
        part = list(itertools.islice(every, PER_SHARD))
        if not part:
            return
        yield number, number * PER_SHARD, part


def _annotated(row: Row, task: Task | None) -> tuple[Row, Annotation | None]:
    """The result of one row, and its pictures if there are any."""
    name = str(row["id"])
    own = row.get("task") or task
    result: Row = {"id": name, "task": own}
    try:
        with boundary("annotate"):
            kind = _checked(own)
            annotation = oracle.annotate(*_sources(row), kind)
    except BackendError:
        raise
    except Fault as fault:
        return _failed(result, fault.failure), None
    except (InputError, UsageError) as error:
        failure = Failure(kind="infrastructure", stage="load", code="unusable", message=str(error))
        return _failed(result, failure), None
    result["status"] = ANNOTATED
    result["errors"] = [
        error.model_dump(mode="json", exclude_none=True) for error in annotation.errors
    ]
    result["severity"] = sum(error.severity for error in annotation.errors)
    result["unexplained"] = round(annotation.unexplained, 4)
    return result, annotation


def _checked(task: Any) -> Task:
    """The task of a row.

    Raises:
        UsageError: it has none, or there is no such task.
    """
    if task is None:
        raise UsageError('which task? A row needs "task": chart, table or svg')
    return check_task(task)


def _sources(row: Row) -> tuple[str, str]:
    """Source of the reference and of the prediction.

    Raises:
        InputError: one is missing or no text.
    """
    found = []
    reference = row.get("reference_source", row.get("source"))
    for value, name in (
        (reference, "reference_source"),
        (row.get("prediction_source"), "prediction_source"),
    ):
        if not isinstance(value, str):
            raise InputError(f'expected text as "{name}", got {type(value).__name__}')
        found.append(value)
    return found[0], found[1]


def _failed(result: Row, failure: Failure) -> Row:
    told = {"status": STATUS_OF[failure.kind], "failure": failure.model_dump(mode="json")}
    return {**result, "errors": [], **told}


def _pair(row: Row, annotation: Annotation) -> Pair:
    name = str(row["id"])
    seed = Seed(
        id=name,
        task=annotation.task,
        source=str(row.get("reference_source", row.get("source"))),
        family=str(row.get("family", "natural")),
        licence=str(row.get("licence", "NOASSERTION")),
        provenance=str(row.get("provenance", f"row:{name}")),
    )
    return Pair(
        id=name,
        seed=seed,
        kind="natural",
        operators=(),
        reference=annotation.reference,
        prediction=annotation.prediction,
        prediction_source=str(row["prediction_source"]),
        errors=annotation.errors,
    )
