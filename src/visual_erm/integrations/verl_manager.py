"""verl: a reward manager that scores what comes in together as one batch.

    reward.reward_manager.source=importlib
    reward.reward_manager.name=VisualRewardManager
    reward.reward_manager.module.path=pkg://visual_erm.integrations.verl_manager
    +reward.custom_reward_function.reward_kwargs.task=svg

Equal sources are drawn and judged once, shapings that look at a batch see one, and without a
ground truth the first picture of the prompt is the reference. Settings are those of
`visual_erm.integrations.verl`. verl loads a class, so this module imports verl.
"""

from __future__ import annotations

import asyncio
from typing import Any

from verl.experimental.reward_loop.reward_manager.base import RewardManagerBase

from visual_erm.integrations.engine import Scored, engine
from visual_erm.integrations.samples import labelled
from visual_erm.integrations.verl import settings_for

WINDOW = 0.02
"""Seconds in which samples are gathered."""


class VisualRewardManager(RewardManagerBase):  # type: ignore[misc]
    """Gathers the samples of one reward worker."""

    def __init__(
        self,
        config: Any,
        tokenizer: Any,
        compute_score: Any,
        reward_router_address: str | None = None,
        reward_model_tokenizer: Any = None,
    ) -> None:
        """As verl calls it.

        Raises:
            UsageError: an unknown setting, or a value that does not fit.
        """
        super().__init__(config, tokenizer, compute_score)
        given = config.reward.custom_reward_function.get("reward_kwargs") or {}
        self.settings = settings_for(dict(given), int(config.reward.num_workers))
        self._waiting: list[dict[str, Any]] = []
        self._batch: asyncio.Task[list[Scored]]

    async def run_single(self, data: Any) -> dict[str, Any]:
        """The reward of one sample, and the keys of `engine.FIELDS`."""
        row = data[-1:][0]
        response = row.batch["responses"]
        length = int(row.batch["attention_mask"][-response.shape[-1] :].sum())
        text = self.tokenizer.decode(response[:length], skip_special_tokens=True)
        own = row.non_tensor_batch
        label = (own.get("reward_model") or {}).get("ground_truth")
        task = (own.get("extra_info") or {}).get("task") or own.get("data_source")
        reference = label if label else _first_picture(own.get("raw_prompt"))
        scored = await self._together(labelled(reference, text, task))
        return {"reward_score": scored.number, "reward_extra_info": scored.flat}

    async def _together(self, sample: dict[str, Any]) -> Scored:
        if not self._waiting:
            self._batch = asyncio.create_task(self._gathered())
        batch, place = self._batch, len(self._waiting)
        self._waiting.append(sample)
        return (await asyncio.shield(batch))[place]

    async def _gathered(self) -> list[Scored]:
        await asyncio.sleep(WINDOW)
        samples, self._waiting = self._waiting, []
        return await asyncio.to_thread(engine(self.settings).score_batch, samples)


def _first_picture(prompt: Any) -> Any:
    for message in prompt if prompt is not None else ():
        if not isinstance(message["content"], str):
            for part in message["content"]:
                if part.get("type") == "image":
                    return part.get("image")
    return None
