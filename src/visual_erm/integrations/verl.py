"""verl: a reward function by `pkg://`, called for each sample as its rollout ends.

    reward.custom_reward_function.path=pkg://visual_erm.integrations.verl
    reward.custom_reward_function.name=compute_score
    +reward.custom_reward_function.reward_kwargs.task=svg

`reward_model.ground_truth` is the reference: a path or a data URI. verl takes the keys of a batch
from its first row, so all have the same; it knows no unscored sample, so such a one gets what
`Settings.unscored` says, and the flag "unscored". `verl_manager` has the same for whole batches.
"""

from __future__ import annotations

from typing import Any

from visual_erm.integrations.engine import engine
from visual_erm.integrations.samples import labelled
from visual_erm.integrations.settings import Settings
from visual_erm.processors import available

REWARD_WORKERS = 8
"""verl's default of reward.num_workers: processes on a machine that share its processors."""
_VERLS = ("reward_router_address", "reward_model_tokenizer")
"""What verl adds of its own."""


async def compute_score(
    data_source: Any = None,
    solution_str: str = "",
    ground_truth: Any = None,
    extra_info: Any = None,
    **settings: Any,
) -> dict[str, float]:
    """The reward of one reply as "score", and the other keys of `engine.FIELDS`.

    Args:
        data_source: taken for the task where it names one.
        solution_str: the reply.
        ground_truth: the reference, or `{"reference": ..., "task": ...}`.
        extra_info: "task" of it names the task.
        settings: see `Settings`; `reward_kwargs` of verl's configuration.

    Raises:
        UsageError: an unknown setting, or nothing says which task.
    """
    chosen = settings_for(settings, REWARD_WORKERS)
    task = (extra_info or {}).get("task") or data_source
    scored = await engine(chosen).ascore(labelled(ground_truth, solution_str, task))
    return scored.flat


def settings_for(given: dict[str, Any], processes: int) -> Settings:
    """The settings, with this process's share of the machine where nothing is said.

    Raises:
        UsageError: an unknown setting, or a value that does not fit.
    """
    own = {name: value for name, value in given.items() if name not in _VERLS}
    settings = Settings.of(**own)
    if settings.workers is not None:
        return settings
    return settings.model_copy(update={"workers": max(1, available() // processes)})
