"""Pre-training on generated scenes, and GRPO (arXiv 2402.03300) from there."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from runs.micro_rl.policy import Policy, likelihoods
from runs.micro_rl.rewards import Prompt, Sample, Scorer
from runs.micro_rl.tasks import START, Scene, Task

_RATE = 1.5e-3
"""Of pre-training, at most."""


@dataclass(frozen=True)
class Settings:
    """The same for every reward. Group size, clipping of gradients and KL as the paper's recipe."""

    steps: int = 50
    groups: int = 16
    copies: int = 8
    updates: int = 2
    """Made from the samples of one step."""
    clip: float = 0.2
    rate: float = 1e-4
    warmup: int = 10
    kl: float = 0.01
    watched: int = 10
    """Steps between two looks at the policy."""


@dataclass
class Curve:
    """What was seen on the way."""

    steps: list[int] = field(default_factory=list)
    rows: list[dict[str, float]] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    """Mean of each step's samples."""
    drawn: list[float] = field(default_factory=list)
    """What is right (F1), mean of each step's samples; for us to see, not for training."""
    unscored: int = 0
    seconds: float = 0.0


def pretrain(
    task: Task,
    taught: Sequence[Scene],
    pictures: torch.Tensor,
    steps: int,
    seed: int,
    batch: int = 32,
) -> Policy:
    """Teach a new policy to write the scenes that pictures `(N, 3, height, width)` show."""
    torch.manual_seed(seed)
    policy = Policy(task)
    optimizer = torch.optim.AdamW(policy.parameters(), _RATE, weight_decay=0.01)
    answers = _padded([task.tokens(scene) for scene in taught], task.LONGEST)
    for step in range(steps):
        for part in optimizer.param_groups:
            warm = min(1.0, (step + 1) / 100)
            part["lr"] = _RATE * warm * (0.05 + 0.95 * (1 + math.cos(math.pi * step / steps)) / 2)
        chosen = torch.randint(len(taught), (batch,))
        answer = answers[chosen]
        answer = answer[:, : 1 + int((answer != START).sum(1).max())]
        logits = policy(pictures[chosen], answer[:, :-1])
        loss = functional.cross_entropy(
            logits.flatten(0, 1), answer[:, 1:].flatten(), ignore_index=START
        )
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
    return policy.eval()


def grpo(
    start: Policy,
    pool: Sequence[Prompt],
    scorer: Scorer,
    settings: Settings,
    seed: int,
    look: Callable[[Policy], dict[str, float]],
) -> tuple[Policy, Curve]:
    """Train a copy of a policy; prompts and draws are those of the seed, whatever the reward.

    Samples that could not be scored are left out of their group's mean and of the loss.
    """
    torch.manual_seed(seed)
    policy = copy.deepcopy(start)
    optimizer = torch.optim.AdamW(policy.parameters(), settings.rate, weight_decay=0.0)
    curve = Curve()
    began = time.perf_counter()
    for step, chosen in enumerate(_batches(pool, settings, seed)):
        if step % settings.watched == 0:
            curve.steps.append(step)
            curve.rows.append(look(policy))
        pictures = torch.stack([prompt.seen for prompt in chosen])
        written = policy.write(pictures, copies=settings.copies)
        asked = [prompt for prompt in chosen for _ in range(settings.copies)]
        samples = [
            Sample(prompt, tuple(row)) for prompt, row in zip(asked, written.tolist(), strict=True)
        ]
        values = np.array([math.nan if v is None else v for v in scorer(samples)])
        curve.unscored += int(np.isnan(values).sum())
        curve.rewards.append(float(np.nanmean(values)))
        curve.drawn.append(float(np.mean([sample.agreement.exact for sample in samples])))
        advantages = torch.from_numpy(_advantages(values, settings.copies)).float()
        with torch.no_grad():
            before = likelihoods(start, pictures, written, settings.copies)
        for part in optimizer.param_groups:
            part["lr"] = settings.rate * min(1.0, (step + 1) / settings.warmup)
        old: torch.Tensor | None = None
        for _ in range(settings.updates):
            now = likelihoods(policy, pictures, written, settings.copies)
            old = now.logs.detach() if old is None else old
            drift = before.logs - now.logs
            kl = drift.exp() - drift - 1
            ratio = (now.logs - old).exp()
            near = ratio.clamp(1 - settings.clip, 1 + settings.clip)
            gain = torch.minimum(advantages[:, None] * ratio, advantages[:, None] * near)
            loss = (settings.kl * kl - gain) * now.mask
            optimizer.zero_grad()
            (loss.sum() / now.mask.sum()).backward()
            torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimizer.step()
    curve.steps.append(settings.steps)
    curve.rows.append(look(policy))
    curve.seconds = time.perf_counter() - began
    return policy, curve


def _batches(pool: Sequence[Prompt], settings: Settings, seed: int) -> Iterator[list[Prompt]]:
    rng = np.random.default_rng(seed)
    for _ in range(settings.steps):
        yield [pool[i] for i in rng.choice(len(pool), settings.groups, replace=False)]


def _advantages(values: np.ndarray, copies: int) -> np.ndarray:
    """Values less their group's mean, by its deviation; 0 where there is no value."""
    groups = values.reshape(-1, copies)
    known = ~np.isnan(groups)
    count = np.maximum(known.sum(1, keepdims=True), 1)
    filled = np.where(known, groups, 0.0)
    mean = filled.sum(1, keepdims=True) / count
    apart = np.where(known, groups - mean, 0.0)
    deviation = np.sqrt((apart**2).sum(1, keepdims=True) / count)
    return np.asarray(apart / (deviation + 1e-4)).reshape(-1)


def _padded(rows: Sequence[Sequence[int]], longest: int) -> torch.Tensor:
    padded = torch.full((len(rows), longest), START)
    for row, tokens in zip(padded, rows, strict=True):
        row[: len(tokens)] = torch.tensor(tokens)
    return padded
