"""inspect_ai: `scorer=visual_erm()`, or `inspect score LOG --scorer visual_erm/visual_erm`.

The reference is "reference" in the sample's metadata (a path or a data URI), else the first
picture of its input; the task is "task" in the metadata, an argument, or VISUAL_ERM_TASK. What
cannot be scored is `Score.unscored`: left out of the metrics and counted. A log that was stored is
judged anew without any model being asked.

inspect_ai finds this module by its entry point, so this one imports the framework.
"""

from __future__ import annotations

from typing import Any

from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from visual_erm.integrations.engine import FLAGS, Scored, engine
from visual_erm.integrations.settings import Settings

_METRICS = {"reward": [mean(), stderr()]} | {
    name: [mean()] for name in FLAGS if name not in ("score", "unscored")
}


@scorer(metrics=_METRICS)  # type: ignore[untyped-decorator]
def visual_erm(**settings: Any) -> Scorer:
    """Draws the reply and compares it with the reference.

    Args:
        settings: see `Settings`.

    Raises:
        UsageError: an unknown setting, or a value that does not fit.
    """
    chosen = Settings.of(**settings)

    async def score(state: TaskState, target: Target) -> Score:
        scored = await engine(chosen).ascore(
            {
                "task": (state.metadata or {}).get("task"),
                "reference": reference_of(state),
                "completion": state.output.completion,
            }
        )
        return _score(scored)

    return score


def reference_of(state: TaskState) -> Any:
    """The picture to reproduce; None where the sample has none."""
    given = (state.metadata or {}).get("reference")
    if given is not None:
        return given
    for message in state.messages:
        if message.role == "user" and not isinstance(message.content, str):
            for part in message.content:
                if part.type == "image":
                    return part.image
    return None


def _score(scored: Scored) -> Score:
    reward = scored.reward
    # rows without pictures: a log that holds them grows past use
    kept = {key: reward.row().get(key) for key in ("status", "errors", "judge", "failure")}
    kept |= scored.flat
    if scored.value is None:
        code = reward.failure.code if reward.failure else "not_finite"
        return Score.unscored(reason=code, explanation=scored.why, metadata=kept)
    flags = {name: scored.flat[name] for name in _METRICS if name != "reward"}
    return Score(
        value={"reward": scored.value, **flags},
        explanation=scored.why,
        reason=reward.failure.code if reward.failure else None,
        metadata=kept,
    )
