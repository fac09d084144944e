"""The oracle: what differs between a reference and what a model wrote, from both sources.

    annotation = annotate(reference_source, prediction_source, "table")
    annotation.errors          # as a judge would list them, with boxes in both pictures

Labels for a model's own mistakes without an annotator: scenes are compared, not pictures, so that
what is said is what is so; what does not show in the pictures is left out. `annotation.unexplained`
says how much differs visibly of which nothing is said.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from visual_erm.data.annotations import Annotation
from visual_erm.data.charts import oracle as charts
from visual_erm.data.records import UnusableError
from visual_erm.data.svg import drawn as svg
from visual_erm.data.tables import drawn as tables
from visual_erm.errors import InfrastructureFault, InputError, PolicyFault
from visual_erm.judges import check_task
from visual_erm.types import Failure, Task

__all__ = ["Annotation", "annotate"]

READERS: dict[Task, ModuleType] = {"chart": charts, "table": tables, "svg": svg}
"""Modules with `read` (a source as a scene with its picture) and `annotate` (two scenes)."""
_KEPT = 8
"""References that are kept, as several predictions of one follow each other."""


def annotate(reference_source: str, prediction_source: str, task: Task) -> Annotation:
    """Draw both sources and list what differs between the two scenes.

    Args:
        reference_source: a program, a table or an SVG document.
        prediction_source: what a model wrote.
        task: which of them.

    Raises:
        InputError: the reference does not draw, or there is nothing in it to compare.
        PolicyFault: the prediction does not draw.
        InfrastructureFault: the prediction draws, and cannot be taken apart as the reference can.
        UsageError: unknown task.
    """
    check_task(task)
    reference = _reference(task, reference_source)
    try:
        prediction = READERS[task].read(prediction_source)
    except UnusableError as error:
        raise _not_comparable(str(error)) from None
    found: Annotation = READERS[task].annotate(reference, prediction)
    return found


@functools.lru_cache(maxsize=_KEPT)
def _reference(task: Task, source: str) -> Any:
    try:
        return READERS[task].read(source)
    except (PolicyFault, UnusableError) as error:
        raise InputError(f"the reference cannot be used: {error}") from None


def _not_comparable(reason: str) -> InfrastructureFault:
    failure = Failure(
        kind="infrastructure",
        stage="annotate",
        code="not_comparable",
        message=f"the prediction cannot be taken apart: {reason}",
    )
    return InfrastructureFault(failure)
