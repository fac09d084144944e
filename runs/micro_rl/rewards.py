"""The rewards that take turns, all of them functions of the same samples."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from runs.micro_rl.tasks import Agreement, Scene, Task, text
from visual_erm import VisualReward
from visual_erm.bench.rewards import Attempt, make_reward
from visual_erm.errors import PolicyFault
from visual_erm.processors import processors
from visual_erm.renderers import renderer

if TYPE_CHECKING:
    from visual_erm.types import Image


@dataclass(frozen=True)
class Prompt:
    """A scene that is to be written."""

    task: Task
    scene: Scene
    source: str
    picture: Image
    """As the rewards see it."""
    seen: Tensor
    """`(3, height, width)` in [0, 1], as the policy sees it."""


@dataclass(frozen=True)
class Sample:
    """What the policy wrote for a prompt."""

    prompt: Prompt
    written: tuple[int, ...]

    @property
    def source(self) -> str:
        """The document."""
        return text(self.prompt.task, self.written)

    @property
    def agreement(self) -> Agreement:
        """How much of it is right."""
        task = self.prompt.task
        return task.agreement(self.prompt.scene, task.read(self.written))


_AT_ONCE = 500
"""Large pictures that are in memory together."""
_REWARD = VisualReward(keep_renderings=False)
Scorer = Callable[[Sequence[Sample]], list[float | None]]


def prompts(task: Task, seed: int, count: int) -> list[Prompt]:
    """Scenes and their pictures; the same for the same seed."""
    rng = random.Random(seed)
    drawn = [task.sample(rng) for _ in range(count)]
    sources = [text(task, task.tokens(scene)) for scene in drawn]
    pictures = draw(task, sources)
    return [
        Prompt(task, scene, source, picture, seen(task, picture))
        for scene, source, picture in zip(drawn, sources, pictures, strict=True)
        if picture is not None
    ]


def lessons(task: Task, seed: int, count: int) -> tuple[list[Scene], Tensor]:
    """Scenes to learn from, and what the policy sees of them, `(count, 3, height, width)`."""
    taken: list[Scene] = []
    pictures = []
    while len(taken) < count:
        drawn = prompts(task, seed + len(taken), min(_AT_ONCE, count - len(taken)))
        taken += [prompt.scene for prompt in drawn]
        pictures += [prompt.seen for prompt in drawn]
    return taken, torch.stack(pictures)


def draw(task: Task, sources: Sequence[str]) -> list[Image | None]:
    """Pictures of documents; None where there is none. Equal documents are drawn once."""
    drawing = renderer(task.NAME, **task.RENDERER)

    def one(source: str) -> Image | None:
        try:
            return drawing.render(source).image
        except PolicyFault:
            return None

    distinct = list(dict.fromkeys(sources))
    with ThreadPoolExecutor(2 * processors()) as threads:
        pictures = dict(zip(distinct, threads.map(one, distinct), strict=True))
    return [pictures[source] for source in sources]


def seen(task: Task, picture: Image) -> Tensor:
    """A picture as the policy sees it."""
    small = task.small(picture)
    return torch.from_numpy(small.transpose(2, 0, 1).astype(np.float32) / 255)


def scorer(task: Task, name: str, seed: int) -> Scorer:
    """A reward by name: "visual", "exact", "embedding", or one of the bench's.

    "exact" is the share of what is right, which no picture tells: the ceiling.
    """
    if name == "exact":
        return lambda samples: [sample.agreement.exact for sample in samples]
    if name == "visual":
        return _once(_visual)
    if name == "embedding":
        return _similar(_encoder(task, seed))
    measured = make_reward(name)
    return _once(lambda samples: measured.score(_attempts(samples)))


def _once(score: Scorer) -> Scorer:
    """Equal documents for one prompt are scored once."""

    def scored(samples: Sequence[Sample]) -> list[float | None]:
        distinct = {(sample.prompt.source, sample.source): sample for sample in samples}
        values = dict(zip(distinct, score(list(distinct.values())), strict=True))
        return [values[sample.prompt.source, sample.source] for sample in samples]

    return scored


def _visual(samples: Sequence[Sample]) -> list[float | None]:
    """Ours; what does not draw gets 0, as when the reward draws it."""
    pictures = _pictures(samples)
    items = [
        {"task": each.prompt.task.NAME, "reference": each.prompt.picture, "prediction": picture}
        for each, picture in zip(samples, pictures, strict=True)
        if picture is not None
    ]
    scored = iter(_REWARD.score_batch(items))
    return [0.0 if picture is None else next(scored).value for picture in pictures]


def _pictures(samples: Sequence[Sample]) -> list[Image | None]:
    return draw(samples[0].prompt.task, [sample.source for sample in samples])


def _attempts(samples: Sequence[Sample]) -> list[Attempt]:
    return [
        Attempt(
            task=sample.prompt.task.NAME,
            reference=sample.prompt.picture,
            reference_source=sample.prompt.source,
            completion=sample.source,
            source=sample.source,
            picture=picture,
            value=None,
        )
        for sample, picture in zip(samples, _pictures(samples), strict=True)
    ]


def _similar(encoder: nn.Module) -> Scorer:
    """(cosine + 1) / 2 of two embeddings, as DINO is used; 0 for what does not draw."""

    @torch.no_grad()
    def score(samples: Sequence[Sample]) -> list[float | None]:
        pictures = _pictures(samples)
        found: list[float | None] = []
        for sample, picture in zip(samples, pictures, strict=True):
            if picture is None:
                found.append(0.0)
                continue
            pair = encoder(torch.stack([sample.prompt.seen, seen(sample.prompt.task, picture)]))
            found.append(float((pair[0] @ pair[1] + 1) / 2))
        return found

    return score


def _encoder(task: Task, seed: int, steps: int = 150, batch: int = 64) -> nn.Module:
    """Learn what makes two views of one picture alike (SimCLR, arXiv 2002.05709), on scenes."""
    torch.manual_seed(seed)
    widths = (3, 32, 64, 128)
    convolutions = [
        layer
        for a, b in itertools.pairwise(widths)
        for layer in (nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GroupNorm(8, b), nn.GELU())
    ]
    trunk = nn.Sequential(*convolutions, nn.AdaptiveAvgPool2d(4), nn.Flatten())
    encoder = nn.Sequential(trunk, nn.Linear(128 * 16, 128))
    optimizer = torch.optim.AdamW(encoder.parameters(), 1e-3)
    pool = lessons(task, seed + 7_000_000, 1024)[1]
    for _ in range(steps):
        chosen = pool[torch.randint(len(pool), (batch,))]
        views = torch.cat([_view(chosen), _view(chosen)])
        embedded = functional.normalize(encoder(views), dim=-1)
        alike = embedded @ embedded.T / 0.2
        alike.fill_diagonal_(-torch.inf)
        other = (torch.arange(2 * batch) + batch) % (2 * batch)
        optimizer.zero_grad()
        functional.cross_entropy(alike, other).backward()
        optimizer.step()

    class Normalised(nn.Module):
        def forward(self, pictures: Tensor) -> Tensor:
            return functional.normalize(encoder(pictures), dim=-1)

    return Normalised().eval()


def _view(pictures: Tensor) -> Tensor:
    """Moved, scaled, and in other tones."""
    count = len(pictures)
    scale = 1 + 0.3 * (torch.rand(count) - 0.5)
    frames = torch.zeros(count, 2, 3)
    frames[:, 0, 0] = frames[:, 1, 1] = scale
    frames[:, :, 2] = 0.3 * (torch.rand(count, 2) - 0.5)
    grid = functional.affine_grid(frames, list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    tones = 1 + 0.3 * (torch.rand(count, 3, 1, 1) - 0.5)
    return (moved * tones).clamp(0, 1)
