"""TRL: `GRPOTrainer(reward_funcs=visual_reward, ...)`, and the same for RLOO.

The data set has a column "reference" (a picture: `Image()`, path or data URI) and, unless
VISUAL_ERM_TASK or an argument says it for all, one "task". Without "reference" the first picture of
the prompt is the one to reproduce. What cannot be scored is None: TRL leaves it out of the reward
and of its group's mean.

    from visual_erm.integrations.trl import TrlReward, visual_reward

    GRPOTrainer(model, reward_funcs=visual_reward, ...)
    GRPOTrainer(model, reward_funcs=TrlReward(task="svg", judge="endpoint:..."), ...)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from visual_erm.integrations.engine import Scored
from visual_erm.integrations.samples import score_columns
from visual_erm.integrations.settings import Settings


class TrlReward:
    """A reward function with settings of its own. Picklable; opens nothing before it is called."""

    def __init__(self, *, name: str = "visual", **settings: Any) -> None:
        """Keep the settings.

        Args:
            name: under which TRL logs it.
            settings: see `Settings`.

        Raises:
            UsageError: an unknown setting, or a value that does not fit.
        """
        self.__name__ = name
        self.settings = Settings.of(**settings)

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """One value for each completion; see `visual_reward`."""
        return _rewards(self.settings, completions, columns)


def visual_reward(completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """One value for each completion, None where it could not be scored.

    Args:
        completions: texts, or lists of messages.
        columns: of the data set, and what TRL adds; "reference" and "task" are used, else "image"
            or "images"; `log_metric` and `log_extra` where there are any.

    Raises:
        UsageError: no column holds a reference, or nothing says which task.
    """
    return _rewards(Settings.of(), completions, columns)


def _rewards(
    settings: Settings, completions: Sequence[Any], columns: dict[str, Any]
) -> list[float | None]:
    scored = score_columns(settings, completions, columns)
    if columns.get("log_metric"):
        _log_metrics(columns["log_metric"], scored)
    if columns.get("log_extra"):
        columns["log_extra"]("visual_why", [one.why for one in scored])
    return [one.value for one in scored]


def _log_metrics(log_metric: Callable[[str, float], None], scored: Sequence[Scored]) -> None:
    """Means over the batch. All ranks log the same keys, as TRL demands."""
    for name in ("unscored", "timed_out", "policy_fault", "rendered", "blank"):
        mean = sum(one.flat[name] for one in scored) / max(1, len(scored))
        log_metric(f"visual/{name}", mean)
