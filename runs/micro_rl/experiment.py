"""All runs of the experiment; each is kept as it ends, and not repeated when started again."""

from __future__ import annotations

import functools
import json
import multiprocessing
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from runs.micro_rl.policy import Policy
from runs.micro_rl.rewards import Prompt, Sample, lessons, prompts, scorer
from runs.micro_rl.tasks import Name, Task, task_of
from runs.micro_rl.training import Settings, grpo, pretrain
from visual_erm.data.oracle import annotate
from visual_erm.errors import InfrastructureFault, PolicyFault, UsageError
from visual_erm.processors import limit, processors

_POOL, _PROMPTS, _KEPT = 1_000_000, 2_000_000, 3_000_000
"""Seeds of the scenes for pre-training, for GRPO, and of those that are only looked at."""
_START = "start.pt"
"""The policy that all runs begin with."""


@dataclass(frozen=True)
class Size:
    """How large the experiment is."""

    pool: int = 12_000
    pretraining: int = 1200
    """Steps of 32 scenes."""
    prompts: int = 400
    kept: int = 200
    read: int = 60
    """Kept scenes that the oracle reads at the end of a run."""
    shown: int = 6
    """Kept scenes of which drawings are shown."""
    settings: Settings = field(default_factory=Settings)


SIZES: dict[Name, Size] = {
    "svg": Size(),
    # tables take longer to write, and what they hold is learned sooner: each cell has its place
    "table": Size(pool=3000, pretraining=300, settings=Settings(groups=8, steps=30)),
}


def run(
    task: Task,
    folder: Path,
    names: Sequence[str],
    seeds: Sequence[int],
    size: Size,
    say: Callable[[str], None],
) -> list[dict[str, object]]:
    """Every reward with every seed; one row of JSON each, as written into the folder.

    Raises:
        UsageError: the folder holds runs of another task.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for note in folder.glob("*.json"):
        # the first runs, all of drawings, did not say so
        if (other := json.loads(note.read_text()).get("task", "svg")) != task.NAME:
            raise UsageError(f'{folder} holds runs of the task "{other}"; name another folder')
    asked = [(name, seed) for seed in seeds for name in names]
    left = [each for each in asked if not _note(folder, *each).exists()]
    if left:
        _pretrained(task, folder, size, say)
    for row in _made(task, folder, left, size):
        first, last = row["curve"]["rows"][0], row["curve"]["rows"][-1]
        say(
            f"{row['reward']} seed {row['seed']}: right {first['exact']:.3f} ->"
            f" {last['exact']:.3f}, {row['curve']['seconds']:.0f} s"
        )
    return [json.loads(_note(folder, *each).read_text()) for each in asked]


def _note(folder: Path, name: str, seed: int) -> Path:
    return folder / f"{name}-{seed}.json"


def _pretrained(task: Task, folder: Path, size: Size, say: Callable[[str], None]) -> None:
    """The policy that all runs begin with."""
    if not (folder / _START).exists():
        say(f"pre-training: {size.pretraining} steps")
        taught, pictures = lessons(task, _POOL, size.pool)
        hasty = random.Random(_POOL)
        taught = [task.sloppy(scene, hasty) for scene in taught]
        policy = pretrain(task, taught, pictures, size.pretraining, seed=0)
        torch.save(policy.state_dict(), folder / _START)


def _made(
    task: Task, folder: Path, left: Iterable[tuple[str, int]], size: Size
) -> Iterator[dict[str, Any]]:
    """Runs side by side, a processor each: matrices are too small to share."""
    alone = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processors(), alone, _settle) as workers:
        runs = [workers.submit(_one, task.NAME, folder, *each, size) for each in left]
        for ended in as_completed(runs):
            yield ended.result()


def _settle() -> None:
    """One processor for this process."""
    torch.set_num_threads(1)
    limit(1)


@functools.cache
def _needed(task: Name, folder: Path, size: Size) -> tuple[Policy, list[Prompt], list[Prompt]]:
    """What the runs of one process share: the start, scenes to train on, and scenes kept back."""
    own = task_of(task)
    start = Policy(own)
    start.load_state_dict(torch.load(folder / _START, weights_only=True))
    return start.eval(), prompts(own, _PROMPTS, size.prompts), prompts(own, _KEPT, size.kept)


def _one(task: Name, folder: Path, name: str, seed: int, size: Size) -> dict[str, Any]:
    start, pool, kept = _needed(task, folder, size)
    settings = size.settings
    policy, curve = grpo(
        start,
        pool,
        scorer(task_of(task), name, seed),
        settings,
        seed,
        lambda policy: looked(policy, kept),
    )
    row = {
        "task": task,
        "reward": name,
        "seed": seed,
        "settings": asdict(settings),
        "curve": asdict(curve),
        "oracle": oracle(policy, kept[: size.read]),
        "drawn": {each.prompt.source: each.source for each in write(policy, kept[: size.shown])},
    }
    _note(folder, name, seed).write_text(json.dumps(row, indent=1))
    return row


def write(policy: Policy, kept: Sequence[Prompt], *, greedy: bool = False) -> list[Sample]:
    """What a policy writes, the same each time: drawn tokens, or the likeliest ones."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        written = policy.write(torch.stack([prompt.seen for prompt in kept]), greedy=greedy)
    return [Sample(prompt, tuple(row)) for prompt, row in zip(kept, written.tolist(), strict=True)]


def looked(policy: Policy, kept: Sequence[Prompt]) -> dict[str, float]:
    """The task's figures over kept scenes; no reward is asked."""
    drawn = write(policy, kept)
    found = [sample.agreement for sample in drawn]
    likeliest = [sample.agreement.exact for sample in write(policy, kept, greedy=True)]
    counts = {key: np.sum([each.counts[key] for each in found], axis=0) for key in found[0].counts}
    return {
        "exact": float(np.mean([each.exact for each in found])),
        "greedy": float(np.mean(likeliest)),
        **{key: float(count / most) for key, (count, most) in counts.items()},
        "parsed": float(
            np.mean([each.prompt.task.read(each.written) is not None for each in drawn])
        ),
    }


def oracle(policy: Policy, kept: Sequence[Prompt]) -> dict[str, float]:
    """What the data engine's oracle, which compares sources, says of a policy's drawings."""
    errors, severity, drawn = 0, 0, 0
    for sample in write(policy, kept):
        try:
            annotation = annotate(sample.prompt.source, sample.source, sample.prompt.task.NAME)
        except (PolicyFault, InfrastructureFault):
            continue
        drawn += 1
        errors += len(annotation.errors)
        severity += sum(error.severity for error in annotation.errors)
    shown = max(drawn, 1)
    return {"errors": errors / shown, "severity": severity / shown, "compared": drawn / len(kept)}
