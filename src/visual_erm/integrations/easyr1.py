"""EasyR1: `worker.reward.reward_function=$(verm plugin-path easyr1):compute_score`.

The answer column holds the reference: a path or a data URI, or JSON `{"reference": ..., "task":
...}`; EasyR1 hands a reward function neither prompt nor pictures. Its metrics are means over all
rows, so only flags that are always known are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from visual_erm.integrations.engine import engine
from visual_erm.integrations.samples import labelled
from visual_erm.integrations.settings import Settings

REWARD_NAME = "visual"
REWARD_TYPE = "batch"


def compute_score(
    reward_inputs: Sequence[Mapping[str, Any]], **settings: Any
) -> list[dict[str, float]]:
    """One mapping for each reply: "overall", which is the reward, and flags.

    Args:
        reward_inputs: mappings with "response" and "ground_truth".
        settings: see `Settings`; `reward_function_kwargs` of EasyR1's configuration.

    Raises:
        UsageError: an unknown setting, or nothing says which task.
    """
    scored = engine(Settings.of(**settings)).score_batch(
        labelled(row["ground_truth"], row["response"]) for row in reward_inputs
    )
    flags = [one.flags() for one in scored]
    return [{"overall": row.pop("score"), **row} for row in flags]
