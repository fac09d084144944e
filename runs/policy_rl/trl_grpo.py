r"""GRPO of TRL with the visual reward, at the paper's settings.

    accelerate launch --num_processes 8 -m runs.policy_rl.trl_grpo \
        --prompts prompts/train.parquet --judge 'endpoint:http://127.0.0.1:8000/v1#NAME'
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

PROMPTS, MINI_BATCH, ROLLOUTS = 256, 128, 8
"""Prompts of a step and of an update, and rollouts of each prompt (arXiv 2603.13224)."""


@dataclass(frozen=True)
class Machine:
    """What the settings have to be spread over."""

    devices: int = 8
    on_device: int = 4
    """Completions that one device differentiates at once."""
    prompts: int = PROMPTS
    mini_batch: int = MINI_BATCH
    rollouts: int = ROLLOUTS
    tokens: int = 8192
    """Of a completion, at most."""

    @property
    def accumulated(self) -> int:
        """Backward passes of an update.

        Raises:
            ValueError: an update's completions cannot be spread evenly.
        """
        return self._shared(self.mini_batch)

    @property
    def passes(self) -> int:
        """Backward passes of a step: over all completions that were generated together.

        Raises:
            ValueError: a step's completions cannot be spread evenly.
        """
        return self._shared(self.prompts)

    def _shared(self, prompts: int) -> int:
        whole, rest = divmod(prompts * self.rollouts, self.devices * self.on_device)
        if rest or not whole:
            raise ValueError(
                f"{prompts} prompts x {self.rollouts} rollouts do not spread evenly over "
                f"{self.devices} devices x {self.on_device} completions"
            )
        return whole


def settings(out: Path, machine: Machine, **more: Any) -> dict[str, Any]:
    """Arguments of `trl.GRPOConfig`.

    Args:
        out: folder of checkpoints and logs.
        machine: what is trained on.
        more: other arguments, and what is to replace these.

    Raises:
        ValueError: the batch cannot be spread over the devices.
    """
    return {
        "output_dir": str(out),
        "learning_rate": 1e-6,
        "lr_scheduler_type": "constant",
        "num_train_epochs": 1,
        "per_device_train_batch_size": machine.on_device,
        "gradient_accumulation_steps": machine.accumulated,
        "steps_per_generation": machine.passes,
        "num_generations": machine.rollouts,
        "max_completion_length": machine.tokens,
        "beta": 0.01,
        "temperature": 1.0,
        "bf16": True,
        "use_vllm": True,
        "vllm_mode": "colocate",
        "remove_unused_columns": False,  # the picture is one of those columns
        "log_completions": True,
        "logging_steps": 1,
        "report_to": "tensorboard",
        **more,
    }


def trainer(model: Any, prompts: Path, reward: Any, config: dict[str, Any], **more: Any) -> Any:
    """A `trl.GRPOTrainer` over the rows of `verm data prompts --layout trl`.

    Args:
        model: an id, a folder, or a loaded model.
        prompts: the parquet file.
        reward: a function or several, as TRL takes them.
        config: of `settings`.
        more: further arguments of the trainer.
    """
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    return GRPOTrainer(
        model=model,
        reward_funcs=reward,
        args=GRPOConfig(**config),
        train_dataset=Dataset.from_parquet(str(prompts)),
        **more,
    )


def main(
    prompts: Annotated[Path, typer.Option(help="Of `verm data prompts --layout trl`.")],
    model: Annotated[str, typer.Option()] = "Qwen/Qwen3-VL-8B-Instruct",
    out: Annotated[Path, typer.Option()] = Path("runs/out/trl-grpo"),
    judge: Annotated[str, typer.Option(help="As for `verm judge --judge`.")] = "embedded",
    devices: Annotated[int, typer.Option(min=1, help="Processes of accelerate.")] = 8,
    on_device: Annotated[int, typer.Option(min=1, help="Completions a backward pass.")] = 4,
    resume: Annotated[bool, typer.Option("--resume", help="From the last checkpoint.")] = False,
) -> None:
    """Train a policy to redraw pictures."""
    from visual_erm.integrations.trl import TrlReward

    config = settings(out, Machine(devices=devices, on_device=on_device))
    started = trainer(model, prompts, TrlReward(judge=judge), config)
    started.train(resume_from_checkpoint=resume)
    started.save_model()


if __name__ == "__main__":
    typer.run(main)
