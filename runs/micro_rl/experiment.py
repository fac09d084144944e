"""All runs of the experiment; each is kept as it ends, and not repeated when started again."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch

from runs.micro_rl import scenes
from runs.micro_rl.policy import Policy
from runs.micro_rl.rewards import Prompt, Sample, lessons, prompts, scorer
from runs.micro_rl.training import Settings, grpo, pretrain
from visual_erm.data.oracle import annotate
from visual_erm.errors import InfrastructureFault, PolicyFault

REWARDS = ("visual", "ssim", "mse", "embedding", "edit", "exact")
"""What the policy is trained with. "exact" reads the true parameters: the ceiling."""
_POOL, _PROMPTS, _KEPT = 1_000_000, 2_000_000, 3_000_000
"""Seeds of the scenes for pre-training, for GRPO, and of those that are only looked at."""


@dataclass(frozen=True)
class Size:
    """How large the experiment is."""

    pool: int = 6000
    pretraining: int = 600
    """Steps of 64 scenes."""
    prompts: int = 400
    kept: int = 200
    read: int = 60
    """Kept scenes that the oracle reads at the end of a run."""
    settings: Settings = field(default_factory=Settings)


def run(
    folder: Path, names: Sequence[str], seeds: Sequence[int], size: Size, say: Callable[[str], None]
) -> list[dict[str, object]]:
    """Every reward with every seed; one row of JSON each, as written into the folder."""
    folder.mkdir(parents=True, exist_ok=True)

    @functools.cache
    def needed() -> tuple[Policy, list[Prompt], list[Prompt]]:
        """Only where a run is still to be made."""
        start = _start(folder, size, say)
        return start, prompts(_PROMPTS, size.prompts), prompts(_KEPT, size.kept)

    rows = []
    for seed in seeds:
        for name in names:
            path = folder / f"{name}-{seed}.json"
            if not path.exists():
                row = _one(name, seed, *needed(), size)
                path.write_text(json.dumps(row, indent=1))
            row = json.loads(path.read_text())
            first, last = row["curve"]["rows"][0], row["curve"]["rows"][-1]
            say(
                f"{name} seed {seed}: parameters right {first['exact']:.3f} -> {last['exact']:.3f},"
                f" {row['curve']['seconds']:.0f} s"
            )
            rows.append(row)
    return rows


def _start(folder: Path, size: Size, say: Callable[[str], None]) -> Policy:
    """The policy that all runs begin with."""
    path = folder / "start.pt"
    if path.exists():
        policy = Policy()
        policy.load_state_dict(torch.load(path, weights_only=True))
        return policy.eval()
    say(f"pre-training: {size.pretraining} steps")
    policy = pretrain(*lessons(_POOL, size.pool), size.pretraining, seed=0)
    torch.save(policy.state_dict(), path)
    return policy


def _one(
    name: str, seed: int, start: Policy, pool: list[Prompt], kept: list[Prompt], size: Size
) -> dict[str, object]:
    settings = size.settings
    policy, curve = grpo(
        start, pool, scorer(name, seed), settings, seed, lambda policy: looked(policy, kept)
    )
    return {
        "reward": name,
        "seed": seed,
        "settings": asdict(settings),
        "curve": asdict(curve),
        "oracle": oracle(policy, kept[: size.read]),
    }


def write(policy: Policy, kept: Sequence[Prompt]) -> list[Sample]:
    """What a policy writes where it takes the likeliest token each time."""
    written = policy.write(torch.stack([prompt.seen for prompt in kept]), greedy=True)
    return [Sample(prompt, tuple(row)) for prompt, row in zip(kept, written.tolist(), strict=True)]


def looked(policy: Policy, kept: Sequence[Prompt]) -> dict[str, float]:
    """Means over kept scenes of what `scenes.agreement` counts; no reward is asked."""
    read = [(sample.prompt.scene, scenes.read(sample.written)) for sample in write(policy, kept)]
    found = [scenes.agreement(true, scene) for true, scene in read]
    right, labels = np.sum([each.labels for each in found], axis=0)
    return {
        "exact": float(np.mean([each.exact for each in found])),
        "missing": float(np.mean([each.missing for each in found])),
        "invented": float(np.mean([each.invented for each in found])),
        "labels": float(right / labels),
        "parsed": float(np.mean([scene is not None for _, scene in read])),
    }


def oracle(policy: Policy, kept: Sequence[Prompt]) -> dict[str, float]:
    """What the data engine's oracle, which compares sources, says of a policy's drawings."""
    errors, severity, drawn = 0, 0, 0
    for sample in write(policy, kept):
        try:
            annotation = annotate(sample.prompt.source, sample.source, "svg")
        except (PolicyFault, InfrastructureFault):
            continue
        drawn += 1
        errors += len(annotation.errors)
        severity += sum(error.severity for error in annotation.errors)
    shown = max(drawn, 1)
    return {"errors": errors / shown, "severity": severity / shown, "compared": drawn / len(kept)}
