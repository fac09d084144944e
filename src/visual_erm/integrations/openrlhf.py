"""OpenRLHF: `--reward.remote_url "$(verm plugin-path openrlhf)"`; or `verm serve`, over HTTP.

The label is the reference: a path or a data URI, or JSON `{"reference": ..., "task": ...}`. An
exception would leave a sample without any reward, over which OpenRLHF fails later, so what cannot
be scored gets what `Settings.unscored` says, and the flag "unscored" in the logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from visual_erm.errors import UsageError
from visual_erm.extraction_turns import response_of
from visual_erm.integrations.engine import engine
from visual_erm.integrations.samples import labelled
from visual_erm.integrations.settings import Settings


def reward_func(
    queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **_: Any
) -> dict[str, Any]:
    """The reward of one sample, as lists of one hold it.

    Args:
        queries: prompt and reply as the tokenizer decodes them.
        prompts: the prompt; pictures may be expanded in the query, and then it is not its start.
        labels: the reference.

    Returns:
        "rewards", "scores" in [0, 1], and "extra_logs", flags whose mean is a mean.

    Raises:
        UsageError: a setting that does not fit, nothing says which task, or several samples, as
            OpenRLHF before 0.9.1 hands over.
    """
    if len(queries) != 1:
        raise UsageError(
            f"expected one sample, as OpenRLHF hands over from 0.9.1 on; got {len(queries)}"
        )
    one = engine(Settings.of())
    scored = one.score(labelled(labels[0], response_of(queries[0], prompts[0])))
    low, high = max(one.reward.low, -50.0), one.reward.high
    share = min(max((scored.number - low) / (high - low), 0.0), 1.0)
    logs = {name: value for name, value in scored.flags().items() if name != "score"}
    return {"rewards": scored.number, "scores": share, "extra_logs": logs}
