"""The policy: a picture goes in, tokens come out. About two million parameters, on a CPU."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from runs.micro_rl.tasks import END, START, Task

WIDTH, HEADS, LAYERS = 160, 5, 3
AIMED = 3
"""Heads that look where the task says, if it does."""


class _Block(nn.Module):
    """Attention to what was written, attention to the picture, and a feed-forward layer."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))
        self.written = nn.Linear(WIDTH, 3 * WIDTH)
        self.ask = nn.Linear(WIDTH, WIDTH)
        self.seen = nn.Linear(WIDTH, 2 * WIDTH)
        self.outs = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(2))
        self.forward_layer = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(
        self,
        x: Tensor,
        seen: tuple[Tensor, Tensor],
        past: tuple[Tensor, Tensor] | None,
        aimed: Tensor | None,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One step or a whole sequence; keys and values of earlier steps come and go."""
        q, k, v = (_heads(part) for part in self.written(self.norms[0](x)).chunk(3, dim=-1))
        if past is not None:
            k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=past is None)
        x = x + self.outs[0](_joined(attended))
        asked = _heads(self.ask(self.norms[1](x)))
        found = functional.scaled_dot_product_attention(asked, *seen, attn_mask=aimed)
        x = x + self.outs[1](_joined(found))
        return x + self.forward_layer(self.norms[2](x)), (k, v)


class Policy(nn.Module):
    """An eye reads the picture, a transformer writes."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.height, self.width = task.SEEN
        self.longest = task.LONGEST
        self.aims = task.aims
        self.eye = _glance() if task.FIELD == (8, 8) else _reading(task.FIELD)
        places = self.height // task.FIELD[0] * (self.width // task.FIELD[1])
        self.places = nn.Parameter(torch.randn(places, WIDTH) * 0.02)
        self.tokens = nn.Embedding(len(task.PIECES), WIDTH)
        self.positions = nn.Parameter(torch.randn(self.longest, WIDTH) * 0.02)
        self.blocks = nn.ModuleList(_Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, len(task.PIECES))

    def look(self, pictures: Tensor, copies: int = 1) -> list[tuple[Tensor, Tensor]]:
        """Keys and values of pictures for each block.

        Args:
            pictures: `(N, 3, height, width)`, in [0, 1].
            copies: of each, one after the other; every picture is looked at once.
        """
        size = (len(pictures), 1, self.height, self.width)
        across = torch.linspace(-1, 1, self.width).expand(size)
        down = torch.linspace(-1, 1, self.height)[:, None].expand(size)
        eyed = self.eye(torch.cat([1 - pictures, across, down], dim=1))
        seen = eyed.flatten(2).transpose(1, 2) + self.places
        return [
            (_heads(k).repeat_interleave(copies, 0), _heads(v).repeat_interleave(copies, 0))
            for k, v in (block.seen(seen).chunk(2, dim=-1) for block in self.blocks)
        ]

    def forward(self, pictures: Tensor, written: Tensor, copies: int = 1) -> Tensor:
        """Logits `(N * copies, T, V)` of the token after each of `(N * copies, T)`."""
        x = self.tokens(written) + self.positions[: written.shape[1]]
        aimed = self._aimed(written)
        for block, seen in zip(self.blocks, self.look(pictures, copies), strict=True):
            x, _ = block(x, seen, None, aimed)
        return self.head(self.norm(x))

    def _aimed(self, written: Tensor) -> Tensor | None:
        """Where heads may look, `(N, HEADS, T, places)`, as the task says; the rest anywhere."""
        aims = self.aims(written.numpy())
        if aims is None:
            return None
        there = torch.from_numpy(aims)
        anywhere = torch.ones_like(there)
        return torch.stack([*[there] * AIMED, *[anywhere] * (HEADS - AIMED)], dim=1)

    @torch.no_grad()
    def write(self, pictures: Tensor, *, copies: int = 1, greedy: bool = False) -> Tensor:
        """Tokens `(N * copies, T)` without the start, padded with the start token after the end.

        Args:
            pictures: `(N, 3, height, width)`, in [0, 1].
            copies: documents for each picture, one after the other.
            greedy: the likeliest token, not a drawn one.
        """
        seen = self.look(pictures, copies)
        count = len(pictures) * copies
        token = torch.full((count, 1), START)
        pasts: list[tuple[Tensor, Tensor] | None] = [None] * LAYERS
        done, written = torch.zeros(count, dtype=torch.bool), [token]
        for at in range(self.longest - 1):
            x = self.tokens(token) + self.positions[at]
            aimed = self._aimed(torch.cat(written, dim=1))
            aimed = None if aimed is None else aimed[:, :, -1:]
            for i, (block, eyed) in enumerate(zip(self.blocks, seen, strict=True)):
                x, pasts[i] = block(x, eyed, pasts[i], aimed)
            logits = self.head(self.norm(x[:, -1]))
            logits[:, START] = -torch.inf
            drawn = torch.multinomial(logits.softmax(-1), 1)
            token = logits.argmax(-1, keepdim=True) if greedy else drawn
            token[done] = START
            written.append(token)
            done |= token[:, 0] == END
            if done.all():
                break
        return torch.cat(written[1:], dim=1)


def _glance() -> nn.Sequential:
    """Convolutions, for things that may stand anywhere; fields of 8 x 8 pixels."""
    half = WIDTH // 2
    return nn.Sequential(
        nn.Conv2d(3 + 2, half, 4, stride=4),
        nn.GELU(),
        nn.Conv2d(half, half, 3, padding=1),
        nn.GroupNorm(8, half),
        nn.GELU(),
        nn.Conv2d(half, WIDTH, 3, stride=2, padding=1),
        nn.GroupNorm(8, WIDTH),
        nn.GELU(),
        nn.Conv2d(WIDTH, WIDTH, 3, padding=1),
    )


def _reading(field: tuple[int, int]) -> nn.Sequential:
    """Each field by itself and as a whole, for what has its place in it."""
    return nn.Sequential(
        nn.Conv2d(3 + 2, 2 * WIDTH, field, stride=field),
        nn.GELU(),
        nn.Conv2d(2 * WIDTH, WIDTH, 1),
    )


@dataclass(frozen=True)
class Likelihoods:
    """Of tokens that were written, by one policy."""

    logs: Tensor
    """`(N, T)`, 0 where nothing was written."""
    mask: Tensor
    """`(N, T)`, 1 where a token was written."""


def likelihoods(policy: Policy, pictures: Tensor, written: Tensor, copies: int) -> Likelihoods:
    """Log likelihoods of documents `(N * copies, T)` as `write` returns them."""
    start = torch.full((len(written), 1), START)
    logits = policy(pictures, torch.cat([start, written[:, :-1]], dim=1), copies)
    logs = functional.log_softmax(logits, -1).gather(-1, written[..., None])[..., 0]
    mask = (written != START).float()
    return Likelihoods(logs * mask, mask)


def _heads(x: Tensor) -> Tensor:
    return x.unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)


def _joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)
