"""verifiers (v1): a reward by its import path, in the configuration of a task set.

    [env.taskset.task.rewards.visual]
    fn = "visual_erm.integrations.verifiers:visual"

The task's data has a field "reference" (a path or a data URI) and, unless VISUAL_ERM_TASK says it
for all, "task". What cannot be scored becomes an error of the trace, as verifiers has it: the
rollout counts as failed and not as bad, and the run goes on. With VISUAL_ERM_UNSCORED it gets that
value in its place. Flags are metrics of the trace.
"""

from __future__ import annotations

from typing import Any

from visual_erm.errors import InfrastructureFault, JudgeFault
from visual_erm.integrations.engine import FLAGS, engine
from visual_erm.integrations.settings import Settings
from visual_erm.types import TASKS


async def visual(task: Any, trace: Any) -> float:
    """The reward of a trace's last reply.

    Args:
        task: the task's data, with "reference" and perhaps "task".
        trace: with `last_reply`.

    Raises:
        UsageError: nothing says which task.
        JudgeFault: the judge's answer holds no verdict.
        InfrastructureFault: a deadline, a judge that is down, a reference that cannot be read.
    """
    settings = Settings.of()
    named = getattr(task, "task", None)
    scored = await engine(settings).ascore(
        {
            "task": named if named in TASKS else None,
            "reference": getattr(task, "reference", None),
            "completion": trace.last_reply,
        }
    )
    trace.record_metrics({f"visual_{name}": scored.flat[name] for name in FLAGS if name != "score"})
    failure = scored.reward.failure
    if scored.value is None and settings.unscored is None and failure is not None:
        raise (JudgeFault if failure.kind == "judge" else InfrastructureFault)(failure)
    return scored.number
