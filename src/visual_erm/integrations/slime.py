"""slime: `--custom-rm-path visual_erm.integrations.slime.reward`, with or without `--group-rm`.

The label is the reference: a path or a data URI, or JSON `{"reference": ..., "task": ...}`;
`metadata["task"]` names the task as well. What cannot be scored is removed from the loss
(`remove_sample`), and gets the mean of its group, which moves no baseline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from visual_erm.integrations.engine import Scored, engine
from visual_erm.integrations.samples import labelled
from visual_erm.integrations.settings import Settings


async def reward(args: Any, sample: Any, **_: Any) -> float | list[float]:
    """The reward of a sample, or a list of them for a group.

    Raises:
        UsageError: a setting that does not fit, or nothing says which task.
    """
    one = engine(Settings.of())
    if isinstance(sample, Sequence):
        items = [_item(member) for member in sample]
        scored = await asyncio.to_thread(one.score_batch, items)
        return [_keep(member, row) for member, row in zip(sample, scored, strict=True)]
    return _keep(sample, await one.ascore(_item(sample)))


def _item(sample: Any) -> dict[str, Any]:
    metadata = sample.metadata if isinstance(sample.metadata, dict) else {}
    return labelled(sample.label, sample.response, metadata.get("task"))


def _keep(sample: Any, scored: Scored) -> float:
    """Say on the sample itself what came of it, as slime's own rewards do."""
    if scored.value is None:
        sample.remove_sample = True
    if isinstance(sample.metadata, dict):
        sample.metadata["visual"] = scored.flat
    return scored.number
