"""Held-back pairs, judged by a model while it learns: the bench's own figures.

The model answers through `LocalJudge`, as it will when it serves; replies are read by the one
parser, and what it says is scored as `verm bench judge` scores it.
"""

from __future__ import annotations

import copy
import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from visual_erm.bench.card import Card, make_card
from visual_erm.bench.judging import judge_pairs
from visual_erm.errors import require
from visual_erm.judges.local import LocalJudge
from visual_erm.rewards.visual import VisualReward

FIGURES = (
    "f1",
    "precision",
    "recall",
    "unread",  # share of pairs without a verdict; equal pictures have one without being asked about
    "severity_r",
    "severity_alpha",
    "alarms_harmless",
    "pairwise",
)
"""What is logged of each task; but for `unread` as docs/benchmark.md says."""
DEADLINE = 3600.0
"""Seconds for one verdict: nothing here waits for it but training."""


@dataclass(frozen=True)
class Held:
    """Which pairs, and how they are asked about."""

    folders: tuple[Path, ...]
    out: Path
    """Folder for the verdicts, a file for each evaluation."""
    profile: str
    batch: int = 8
    """Questions that are answered together."""

    def spec(self, model: Path | str, device: str, **more: str) -> str:
        """The judge, as `local:` reads it."""
        asked = {
            "profile": self.profile,
            "device": device,
            "batch": str(self.batch),
            "deadline": str(DEADLINE),
        }
        return f"{model}?{urlencode(asked | more)}"

    def judge(self, judge: LocalJudge, name: str) -> Card:
        """Judge every pair; verdicts go to the file of that name.

        Raises:
            InputError: a folder holds no pairs, or the file cannot be written.
        """
        reward = VisualReward(judge, workers=self.batch, keep_renderings=False)
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            judged = judge_pairs(self.folders, self.out / f"{name}.jsonl", reward, resume=False)
        finally:
            reward.close()
        return make_card(name, judged)


def figures(card: Card) -> dict[str, float]:
    """By "task/figure", and the means over tasks; what is undefined is left out."""
    found: dict[str, float] = {}
    for task, of_task in card.tasks.items():
        values = {name: figure.value for name, figure in of_task.figures.items()}
        coverage = values.get("coverage")
        values["unread"] = None if coverage is None else 1 - coverage
        for name in FIGURES:
            value = values.get(name)
            if value is not None:
                found[f"{task}/{name}"] = float(value)
    for name in FIGURES:
        parts = [value for key, value in found.items() if key.endswith(f"/{name}")]
        if parts:
            found[name] = sum(parts) / len(parts)
    return found


def judged_while_training(
    held: Held, processor: Any, model: Any, step: int, where: Path | str
) -> dict[str, float]:
    """Figures of a model as it is; randomness and mode of training are left as they were."""
    torch = require("torch", extra="train", feature="Training a judge")
    training = model.training
    device = model.device
    states = torch.get_rng_state(), _cuda_states(torch)
    answering = copy.deepcopy(processor)
    answering.tokenizer.padding_side = "left"
    name = f"step-{step:06d}"
    try:
        torch.manual_seed(0)
        spec = held.spec(where, _named(device), revision=name)
        judge = LocalJudge(spec, loaded=(answering, model.eval()))
        try:
            return figures(held.judge(judge, name))
        finally:
            judge.close()
    finally:
        model.train(training)
        torch.set_rng_state(states[0])
        if states[1]:
            torch.cuda.set_rng_state_all(states[1])
        gc.collect()


def judged_as_served(held: Held, folder: Path, device: str) -> dict[str, float]:
    """Figures of a finished folder, loaded as a user will load it."""
    torch = require("torch", extra="train", feature="Training a judge")
    torch.manual_seed(0)
    judge = LocalJudge(held.spec(folder, device))
    try:
        return figures(held.judge(judge, "final"))
    finally:
        judge.close()


def _named(device: Any) -> str:
    return f"cuda:{device.index or 0}" if device.type == "cuda" else str(device.type)


def _cuda_states(torch: Any) -> Sequence[Any]:
    return torch.cuda.get_rng_state_all() if torch.cuda.is_available() else ()
