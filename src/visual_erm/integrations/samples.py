"""Samples as trainers hand them over: columns of a batch, or one label beside a reply."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from visual_erm.errors import UsageError
from visual_erm.integrations.engine import Scored, engine
from visual_erm.integrations.settings import Settings
from visual_erm.types import TASKS


def score_columns(
    settings: Settings, completions: Sequence[Any], columns: Mapping[str, Any]
) -> list[Scored]:
    """Score a batch whose references and tasks are columns of a data set.

    Raises:
        UsageError: no column holds a reference, one is not as long as the batch, or nothing says
            which task.
    """
    count = len(completions)
    tasks = _column(columns, "task", count)
    rows = zip(
        [None] * count if tasks is None else tasks,
        references_of(columns, count),
        completions,
        strict=True,
    )
    return engine(settings).score_batch(
        {"task": task, "reference": reference, "completion": completion}
        for task, reference, completion in rows
    )


def references_of(columns: Mapping[str, Any], count: int) -> list[Any]:
    """The pictures to reproduce, one for each of `count` rows; None where a row has none.

    Raises:
        UsageError: no column could hold any, or one is not as long as the batch.
    """
    columns = {name: _column(columns, name, count) for name in ("reference", "image", "images")}
    given = [columns[name] for name in ("reference", "image") if columns[name] is not None]
    if columns["images"] is not None:
        given.append([_first(pictures) for pictures in columns["images"]])
    if not given:
        raise UsageError(
            'no column "reference", "image" or "images" holds the picture to reproduce'
        )
    return [
        next((column[row] for column in given if column[row] is not None), None)
        for row in range(count)
    ]


def _column(columns: Mapping[str, Any], name: str, count: int) -> Any:
    """A column that has a value for each of `count` rows; None where there is none."""
    column = columns.get(name)
    if column is None:
        return None
    whole = hasattr(column, "__len__") and not isinstance(column, str | bytes | Mapping)
    if not whole or len(column) != count:
        got = f"{len(column)} values" if whole else f"one {type(column).__name__}"
        raise UsageError(
            f'column "{name}": expected a value for each of {count} completions, got {got}'
        )
    return column


def _first(pictures: Any) -> Any:
    """The first of a row's pictures, which may be a picture itself; None where there is none."""
    if hasattr(pictures, "__len__") and not isinstance(pictures, str | bytes | Mapping):
        return pictures[0] if len(pictures) else None
    return pictures


def labelled(label: Any, completion: Any, task: Any = None) -> dict[str, Any]:
    """A sample whose trainer hands over one label beside the reply.

    Args:
        label: the reference in any form, or `{"reference": ..., "task": ...}`, as a mapping or as
            JSON, where there is no other place to name the task.
        completion: the reply.
        task: named elsewhere; left out if it is none of ours.
    """
    if isinstance(label, str) and label.lstrip().startswith("{"):
        # where it is no JSON, no picture can be read from it either, and that says so
        with suppress(ValueError):
            label = json.loads(label)
    if isinstance(label, Mapping) and "reference" in label:
        task = label.get("task") or task
        label = label["reference"]
    named = task if isinstance(task, str) and task in TASKS else None
    return {"task": named, "reference": label, "completion": completion}
