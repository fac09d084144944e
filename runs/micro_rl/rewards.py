"""The rewards that take turns, all of them functions of the same samples."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from runs.micro_rl import scenes
from runs.micro_rl.policy import SEEN
from visual_erm import VisualReward, render_many
from visual_erm.bench.rewards import Attempt, make_reward
from visual_erm.types import Rendering

if TYPE_CHECKING:
    from visual_erm.types import Image


@dataclass(frozen=True)
class Prompt:
    """A scene that is to be drawn."""

    scene: scenes.Scene
    source: str
    picture: Image
    """As the rewards see it."""
    seen: Tensor
    """`(3, 64, 64)` in [0, 1], as the policy sees it."""


@dataclass(frozen=True)
class Sample:
    """What the policy wrote for a prompt."""

    prompt: Prompt
    written: tuple[int, ...]

    @property
    def source(self) -> str:
        """The document."""
        return scenes.text(self.written)


_AT_ONCE = 500
"""Large pictures that are in memory together."""
Scorer = Callable[[Sequence[Sample]], list[float | None]]


def prompts(seed: int, count: int) -> list[Prompt]:
    """Scenes and their pictures; the same for the same seed."""
    rng = random.Random(seed)
    drawn = [scenes.sample(rng) for _ in range(count)]
    sources = [scenes.text(scenes.tokens(scene)) for scene in drawn]
    pictures = draw(sources)
    return [
        Prompt(scene, source, picture, seen(picture))
        for scene, source, picture in zip(drawn, sources, pictures, strict=True)
        if picture is not None
    ]


def lessons(seed: int, count: int) -> tuple[list[scenes.Scene], Tensor]:
    """Scenes to learn from, and what the policy sees of them, `(count, 3, 64, 64)`."""
    taken: list[scenes.Scene] = []
    pictures = []
    while len(taken) < count:
        drawn = prompts(seed + len(taken), min(_AT_ONCE, count - len(taken)))
        taken += [prompt.scene for prompt in drawn]
        pictures += [prompt.seen for prompt in drawn]
    return taken, torch.stack(pictures)


def draw(sources: Sequence[str]) -> list[Image | None]:
    """Pictures of documents; None where there is none. Equal documents are drawn once."""
    distinct = list(dict.fromkeys(sources))
    drawn = render_many([{"task": "svg", "source": source} for source in distinct])
    pictures = {
        source: result.image if isinstance(result, Rendering) else None
        for source, result in zip(distinct, drawn, strict=True)
    }
    return [pictures[source] for source in sources]


def seen(picture: Image) -> Tensor:
    """A picture as the policy sees it."""
    small = cv2.resize(picture, (SEEN, SEEN), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(small.transpose(2, 0, 1).astype(np.float32) / 255)


def scorer(name: str, seed: int) -> Scorer:
    """A reward by name: "visual", "exact", "embedding", or one of the bench's.

    "exact" is the share of parameters that are right, which no picture tells: the ceiling.
    """
    if name == "exact":
        return lambda samples: [
            scenes.agreement(sample.prompt.scene, scenes.read(sample.written)).exact
            for sample in samples
        ]
    if name == "visual":
        reward = VisualReward(keep_renderings=False)
        return lambda samples: [
            scored.value
            for scored in reward.score_batch(
                [
                    {"task": "svg", "reference": each.prompt.picture, "source": each.source}
                    for each in samples
                ]
            )
        ]
    if name == "embedding":
        return _similar(_encoder(seed))
    measured = make_reward(name)
    return lambda samples: measured.score(_attempts(samples))


def _attempts(samples: Sequence[Sample]) -> list[Attempt]:
    return [
        Attempt(
            task="svg",
            reference=sample.prompt.picture,
            reference_source=sample.prompt.source,
            completion=sample.source,
            source=sample.source,
            picture=picture,
            value=None,
        )
        for sample, picture in zip(
            samples, draw([sample.source for sample in samples]), strict=True
        )
    ]


def _similar(encoder: nn.Module) -> Scorer:
    """(cosine + 1) / 2 of two embeddings, as DINO is used; 0 for what does not draw."""

    @torch.no_grad()
    def score(samples: Sequence[Sample]) -> list[float | None]:
        pictures = draw([sample.source for sample in samples])
        found: list[float | None] = []
        for sample, picture in zip(samples, pictures, strict=True):
            if picture is None:
                found.append(0.0)
                continue
            pair = encoder(torch.stack([sample.prompt.seen, seen(picture)]))
            found.append(float((pair[0] @ pair[1] + 1) / 2))
        return found

    return score


def _encoder(seed: int, steps: int = 150, batch: int = 64) -> nn.Module:
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
    pool = lessons(seed + 7_000_000, 1024)[1]
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
