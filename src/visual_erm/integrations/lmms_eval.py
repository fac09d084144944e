"""lmms-eval: the reward as the metric of a task, by its YAML file.

    process_results: !function visual_erm.integrations.lmms_eval.process_results
    process_results_use_image: true
    metric_list:
      - metric: visual_reward
        aggregation: !function visual_erm.integrations.lmms_eval.mean_scored
        higher_is_better: true
      - metric: visual_unscored
        aggregation: mean
        higher_is_better: false

A document's "reference", else its "image", is the picture to reproduce; "task" or VISUAL_ERM_TASK
names the task. What cannot be scored is None, left out of the mean, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from visual_erm.integrations.engine import engine
from visual_erm.integrations.samples import references_of
from visual_erm.integrations.settings import Settings


def process_results(
    doc: Mapping[str, Any], results: Sequence[str], **_: Any
) -> dict[str, float | None]:
    """The metrics of one document.

    Raises:
        UsageError: the document has no picture, or nothing says which task.
    """
    columns = {name: [value] for name, value in doc.items()}
    if "images" in doc:
        columns["images"] = [doc["images"]]
    scored = engine(Settings.of()).score(
        {
            "task": doc.get("task"),
            "reference": references_of(columns, 1)[0],
            "completion": results[0],
        }
    )
    flags = {f"visual_{name}": value for name, value in scored.flags().items() if name != "score"}
    return {"visual_reward": scored.value, **flags}


def mean_scored(values: Sequence[float | None]) -> float:
    """The mean of what was scored; NaN where nothing was.

    >>> mean_scored([1.0, None, 0.5])
    0.75
    """
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else float("nan")
