"""Rewards by embeddings: CLIP, DINO, DINO in VinciCoder's tiles; and the UniSVG score.

    reward = make_reward("dino:facebook/dinov2-large")     # an id of the hub, or a local folder
    reward = make_reward("unisvg:openai/clip-vit-large-patch14-336,lpips-alex.pth")

Models are read by transformers, weights are those that the user names. A picture is scaled to the
encoder's square, sides apart: published processors scale the shorter side and cut off what is
beyond the square, so whatever is wrong at a chart's ends would cost nothing. Of timm nothing is
used, because it needs torchvision, which none of this does.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from cachetools import LRUCache

from visual_erm import images
from visual_erm.bench.lpips import Lpips
from visual_erm.errors import BackendError, UsageError, require
from visual_erm.metrics import unisvg_ssim
from visual_erm.metrics.pixels import on_grid
from visual_erm.metrics.structure import UNISVG_SIDE

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from transformers import PreTrainedModel

    from visual_erm.bench.rewards import Attempt
    from visual_erm.types import Image, Task

TILE = 448
"""Pixels a side of a tile."""
MOST_TILES = 12
BATCH = 16
"""Pictures that are encoded at once."""
KEPT = 1024
"""Embeddings that are kept, as references come again."""
FENCE = re.compile(r"```\w*\s.*?```", re.DOTALL)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and deviation of the channels in [0, 1], where weights come with none."""


class Encoder:
    """A vision model that turns pictures into unit vectors."""

    def __init__(self, weights: str, *, side: int | None = None) -> None:
        """Load a model.

        Args:
            weights: an id of the hub, or a local folder as `save_pretrained` writes it.
            side: pixels of the square that it is shown; None for what its processor says.

        Raises:
            MissingPackage: torch or transformers is not installed.
            BackendError: there are no such weights, or they cannot be fetched.
        """
        for package in ("torch", "transformers"):
            require(package, extra="embeddings", feature="A reward by embeddings")
        import torch
        from transformers import AutoModel

        self.weights = weights
        try:
            model = AutoModel.from_pretrained(weights)
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise BackendError(f"cannot load the encoder {weights}: {reason}") from None
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model: PreTrainedModel = model.eval().to(self._device)
        said = _processor(weights)
        mean, deviation = said.get("image_mean"), said.get("image_std")
        self._mean, self._deviation = (
            np.array(given or usual, np.float32)
            for given, usual in zip((mean, deviation), IMAGENET, strict=True)
        )
        self.side = side or _side(said, model.config)
        self._kept: LRUCache[str, NDArray[np.float32]] = LRUCache(KEPT)

    @property
    def of_words_too(self) -> bool:
        """Whether it embeds pictures beside words, as CLIP does."""
        return hasattr(self._model, "get_image_features")

    def vectors(self, pictures: Sequence[Image]) -> NDArray[np.float32]:
        """Unit vectors `(N, D)`; equal pictures are encoded once."""
        keys = [images.digest(picture) for picture in pictures]
        found = {key: self._kept[key] for key in keys if key in self._kept}
        new = {k: p for k, p in zip(keys, pictures, strict=True) if k not in found}
        waiting = list(new.items())
        for at in range(0, len(waiting), BATCH):
            part = waiting[at : at + BATCH]
            encoded = self._encode([picture for _, picture in part])
            found.update(zip((key for key, _ in part), encoded, strict=True))
        self._kept.update(found)
        return np.stack([found[key] for key in keys])

    def _encode(self, pictures: Sequence[Image]) -> NDArray[np.float32]:
        import torch

        square = self.side, self.side
        shown = np.stack([images.resize(picture, square) for picture in pictures])
        values = (shown.astype(np.float32) / 255 - self._mean) / self._deviation
        batch = torch.from_numpy(values.transpose(0, 3, 1, 2).copy()).to(self._device)
        with torch.inference_mode():
            found = self._embedded(batch).float().cpu().numpy()
        unit: NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit

    def _embedded(self, batch: torch.Tensor) -> torch.Tensor:
        """CLIP's projection, or the class token of a plain vision transformer."""
        model: Any = self._model
        if self.of_words_too:
            found = model.get_image_features(pixel_values=batch)
            projected: torch.Tensor = getattr(found, "pooler_output", found)
            return projected
        more = {}
        if "interpolate_pos_encoding" in inspect.signature(model.forward).parameters:
            more["interpolate_pos_encoding"] = True
        tokens: torch.Tensor = model(pixel_values=batch, **more).last_hidden_state
        return tokens[:, 0]


def _processor(weights: str) -> dict[str, Any]:
    """What stands beside the weights about preparing pictures; nothing if there is none."""
    from transformers.image_processing_base import ImageProcessingMixin

    try:
        said: dict[str, Any] = ImageProcessingMixin.get_image_processor_dict(weights)[0]
    except OSError:
        return {}
    return said


def _side(said: dict[str, Any], config: Any) -> int:
    for size in (said.get("crop_size"), said.get("size")):
        if isinstance(size, int):
            return size
        for key in ("height", "shortest_edge"):
            if isinstance(size, dict) and key in size:
                return int(size[key])
    return int(getattr(config, "vision_config", config).image_size)


def whole(reference: Image, picture: Image) -> list[tuple[Image, Image]]:
    """Both pictures as they are."""
    return [(reference, picture)]


def tiles(reference: Image, picture: Image) -> list[tuple[Image, Image]]:
    """Both in tiles of 448 pixels, and as a whole if there are several; after InternVL.

    The picture is first scaled to the reference's size.
    """
    columns, rows = _grid(reference.shape[1], reference.shape[0])
    pairs = []
    both = reference, on_grid(reference, picture)
    large = [images.resize(one, (columns * TILE, rows * TILE)) for one in both]
    for row in range(rows):
        for column in range(columns):
            y, x = row * TILE, column * TILE
            one, other = (image[y : y + TILE, x : x + TILE] for image in large)
            pairs.append((one, other))
    return [*pairs, both] if len(pairs) > 1 else pairs


def _grid(width: int, height: int) -> tuple[int, int]:
    """Columns and rows, at most twelve tiles, whose ratio is nearest to the picture's.

    Of equal ratios the larger grid, if the picture fills more than half of it.

    >>> _grid(900, 450), _grid(1800, 900), _grid(100, 100)
    ((2, 1), (4, 2), (1, 1))
    """
    counts = range(1, MOST_TILES + 1)
    grids = sorted(((c, r) for c in counts for r in counts if c * r <= MOST_TILES), key=np.prod)
    best = grids[0]
    for grid in grids[1:]:
        gap, least = (abs(width / height - c / r) for c, r in (grid, best))
        filled = width * height > 0.5 * TILE**2 * grid[0] * grid[1]
        if gap < least or (gap == least and filled):
            best = grid
    return best


@dataclass(frozen=True)
class EmbeddingReward:
    """Cosines of embeddings; a source that draws nothing gets the lowest value."""

    name: str
    encoder: Encoder
    pieces: Callable[[Image, Image], list[tuple[Image, Image]]] = whole
    low: float = 0.0
    """-1 for the cosine itself; 0 for `(cosine + 1) / 2`, as it is usual with DINO."""
    for_format: float = 0.0
    """What a reply in a code fence is paid, out of 1."""
    high: float = 1.0

    def score(self, attempts: Sequence[Attempt]) -> list[float | None]:
        """Means over the pieces."""
        pairs = [
            [] if attempt.picture is None else self.pieces(attempt.reference, attempt.picture)
            for attempt in attempts
        ]
        cosines = iter(_cosines(self.encoder, [pair for some in pairs for pair in some]))
        values: list[float | None] = []
        for attempt, some in zip(attempts, pairs, strict=True):
            alike = [next(cosines) for _ in some]
            mean = float(np.mean(alike)) if alike else -1.0
            value = mean if self.low < 0 else (mean + 1) / 2
            values.append(value + self.for_format * (_formatted(attempt) - value))
        return values

    def applies(self, task: Task) -> bool:
        """Every task."""
        return True


def _cosines(encoder: Encoder, pairs: Sequence[tuple[Image, Image]]) -> list[float]:
    if not pairs:
        return []
    vectors = encoder.vectors([image for pair in pairs for image in pair])
    return [float(value) for value in np.clip((vectors[::2] * vectors[1::2]).sum(axis=1), -1, 1)]


def _formatted(attempt: Attempt) -> float:
    """Whether the reply holds a code fence; a picture that is handed in needs none."""
    return float(attempt.completion is None or FENCE.search(attempt.completion) is not None)


@dataclass(frozen=True)
class LpipsReward:
    """LPIPS, turned so that higher is better; the lowest value for what draws nothing."""

    name: str
    distance: Lpips
    high: float = 0.0

    @property
    def low(self) -> float:
        """No two pictures are further apart with these weights."""
        return -self.distance.most

    def score(self, attempts: Sequence[Attempt]) -> list[float | None]:
        """Minus the distance."""
        return [
            self.low if a.picture is None else -self.distance(a.reference, a.picture)
            for a in attempts
        ]

    def applies(self, task: Task) -> bool:
        """Every task."""
        return True


@dataclass(frozen=True)
class UniSvgReward:
    """`0.6 CLIP + 0.2 SSIM + 0.2 (1 - LPIPS)` at 336 pixels; 0 for what draws nothing."""

    name: str
    encoder: Encoder
    distance: Lpips
    high: float = 1.0

    @property
    def low(self) -> float:
        """Of opposite embeddings and structure, and pictures as far apart as can be."""
        return -0.6 - 0.2 + 0.2 * (1 - self.distance.most)

    def score(self, attempts: Sequence[Attempt]) -> list[float | None]:
        """As the benchmark scores drawings (Li et al., arXiv 2508.07766)."""
        side = UNISVG_SIDE, UNISVG_SIDE
        pairs = [
            (images.resize(a.reference, side), images.resize(a.picture, side))
            for a in attempts
            if a.picture is not None
        ]
        cosines = _cosines(self.encoder, pairs)
        found = iter(
            0.6 * cosine + 0.2 * unisvg_ssim(*pair) + 0.2 * (1 - self.distance(*pair))
            for cosine, pair in zip(cosines, pairs, strict=True)
        )
        return [0.0 if a.picture is None else next(found) for a in attempts]

    def applies(self, task: Task) -> bool:
        """Every task, though it was made for drawings."""
        return True


def clip(name: str, weights: str) -> EmbeddingReward:
    """The cosine of CLIP's embeddings, in [-1, 1]."""
    return EmbeddingReward(name, _clip(weights), low=-1.0)


def _clip(weights: str) -> Encoder:
    encoder = Encoder(weights)
    if not encoder.of_words_too:
        raise UsageError(f"{weights} is no CLIP model; for other encoders there is dino:{weights}")
    return encoder


def dino(name: str, weights: str) -> EmbeddingReward:
    """`(cosine + 1) / 2` of the class tokens, in [0, 1]."""
    return EmbeddingReward(name, Encoder(weights))


def dino_tiles(name: str, weights: str) -> EmbeddingReward:
    """VinciCoder's reward, in [0, 1]: 0.9 x the mean of `dino` over tiles + 0.1 x format."""
    return EmbeddingReward(name, Encoder(weights, side=TILE), tiles, for_format=0.1)


def lpips(name: str, weights: str) -> LpipsReward:
    """Minus LPIPS."""
    return LpipsReward(name, Lpips(weights))


def unisvg(name: str, weights: str) -> UniSvgReward:
    """The UniSVG score, of "CLIP,LPIPS"."""
    first, comma, second = weights.rpartition(",")
    if not comma:
        raise UsageError(f"unisvg needs two sets of weights, unisvg:CLIP,LPIPS; got {weights}")
    return UniSvgReward(name, _clip(first), Lpips(second))


KINDS: dict[str, Callable[[str, str], Any]] = {
    "clip": clip,
    "dino": dino,
    "dino-tiles": dino_tiles,
    "lpips": lpips,
    "unisvg": unisvg,
}
"""Makers of rewards whose weights the user names, by what stands before the colon."""
