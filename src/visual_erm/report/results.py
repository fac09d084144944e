"""Items of what `verm judge` and `verm score` wrote: results, and the rows that they are of.

    items = of_results(Path("out.jsonl"), Path("pairs.jsonl"))

Results hold no pictures. References and predictions are read from the rows; what a source or a
completion draws is drawn anew, confined as ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from visual_erm import jsonl, renderers
from visual_erm.errors import Fault, InputError, first_problem
from visual_erm.report.runs import Item
from visual_erm.rewards.items import Item as Sample
from visual_erm.rewards.items import source_of
from visual_erm.rewards.results import reward_of
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

Row = Mapping[str, Any]
KNOWN = {"id", "task", "status", "reward", "errors", "judge", "severity", "distance"}
KNOWN |= {"warnings", "parts", "failure", "usage", "rendering"}
"""Fields of a result that have their own place in an item; the others are metadata."""


def of_results(
    results: Path, rows: Path, *, progress: Callable[[int, int], None] | None = None
) -> list[Item]:
    """Items of a file of results and the file of rows that was judged or scored.

    Args:
        results: JSONL, as `verm judge` and `verm score` write it.
        rows: JSONL, as they read it; paths in it are relative to its folder.
        progress: told after each item; drawing takes its time.

    Raises:
        InputError: a file cannot be read, a line in it is no result, or a result has no row.
        BackendError: what draws is missing.
    """
    asked = {str(row["id"]): row for _, row in jsonl.read(rows) if row.get("id") is not None}
    read = list(jsonl.read(results, finished=True))
    references = Counter(str(row.get("reference"))[:500] for row in asked.values())
    found = []
    for done, (number, result) in enumerate(read, 1):
        where = f"{results}:{number}"
        row = asked.get(str(result.get("id")))
        if row is None:
            raise InputError(f'{where}: {rows} has no row with id "{result.get("id")}"')
        reference = row.get("reference")
        shared = isinstance(reference, str) and references[reference[:500]] > 1
        group = str(row.get("group") or (reference if shared else ""))[:500]
        sample = _sample(row, rows.parent, result.get("task"), where)
        source, candidate = "", sample.prediction
        if candidate is None:
            source, candidate = drawn_anew(sample, (result.get("failure") or {}).get("stage"))
        found.append(
            item_of(
                result,
                where,
                reference=sample.reference,
                candidate=candidate,
                source=source,
                group=group,
            )
        )
        if progress:
            progress(done, len(read))
    return found


def item_of(result: Row, where: str, **fields: Any) -> Item:
    """The item of one result.

    Args:
        result: a row as `verm judge` writes it.
        where: of which file and line messages speak.
        fields: all that it does not hold: reference, candidate, source, group, ...

    Raises:
        InputError: it is no result.
    """
    known = {
        "id": str(result.get("id")),
        "task": result.get("task"),
        "metadata": {name: value for name, value in result.items() if name not in KNOWN},
    }
    try:
        return Item.of(reward_of(result, where), **(known | fields))
    except ValidationError as error:
        words = first_problem(error)
        raise InputError(f"{where}: not a result of verm judge or verm score: {words}") from None


def of_pair(row: Row, judge: JudgeIdentity) -> Item:
    """The item of a labelled pair, its labels as verdict.

    Args:
        row: of a build, with its pictures.
        judge: who the labels are said to be of.
    """
    errors = tuple(Discrepancy(**error) for error in row["errors"])
    return Item(
        id=row["id"],
        task=row["task"],
        reference=row["reference"]["bytes"],
        candidate=row["prediction"]["bytes"],
        source=row["prediction_source"] or "",
        verdict=Verdict(task=row["task"], errors=errors, judge=judge),
        group=row["seed"],
        tags=(row["kind"].replace("_", "-"), *row["operators"]),
        metadata={"provenance": row["provenance"]} if row["provenance"] else {},
    )


def merged(runs: Iterable[tuple[str, Sequence[Item]]]) -> list[Item]:
    """The items of several runs as one list.

    What two judges say of one attempt becomes one item with two verdicts; other items that have the
    same id get their run's name before it.

    Args:
        runs: names and items.
    """
    found: dict[str, Item] = {}
    for name, items in runs:
        for item in items:
            other = found.get(item.id)
            if other is None:
                found[item.id] = item
            elif _same_attempt(item, other) and other.second is None:
                found[item.id] = other.model_copy(update={"second": item.verdict})
            else:
                renamed = f"{name}:{item.id}"
                found[renamed] = item.model_copy(update={"id": renamed})
    return list(found.values())


def _same_attempt(item: Item, other: Item) -> bool:
    if item.verdict is None or other.verdict is None or item.verdict.judge == other.verdict.judge:
        return False
    paths = all(isinstance(one.reference, str | Path | bytes) for one in (item, other))
    return paths and (item.reference, item.source) == (other.reference, other.source)


def _sample(row: Row, folder: Path, task: Any, where: str) -> Sample:
    complete = dict(row)
    if complete.get("task") is None:
        complete["task"] = task
    for side in ("reference", "prediction"):
        value = complete.get(side)
        if isinstance(value, str) and not value.startswith("data:"):
            complete[side] = folder / value
    try:
        return Sample.of(complete)
    except InputError as error:
        raise InputError(f"{where}: the row of this result: {error}") from None


def drawn_anew(sample: Sample, failed: str | None) -> tuple[str, Image | None]:
    """The source of an attempt, or the reply where it holds none, and what it shows.

    Args:
        sample: with a completion or a source.
        failed: stage of its failure, if it has one; what did not draw is not tried again.

    Raises:
        BackendError: what draws is missing.
    """
    try:
        source = source_of(sample, "close")
    except Fault:
        return (sample.completion if isinstance(sample.completion, str) else ""), None
    if failed in ("extract", "render"):
        return source, None
    try:
        return source, renderers.render(source, task=sample.task).image
    except Fault:
        return source, None  # what the result says of it stands in the item
