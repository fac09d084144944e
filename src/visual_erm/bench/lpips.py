"""LPIPS: how far apart two pictures are in the features of a convolutional network.

    distance = Lpips("lpips-alex.pth")
    distance(reference, candidate)

Zhang, Isola, Efros, Shechtman, Wang, "The unreasonable effectiveness of deep features as a
perceptual metric", arXiv 1801.03924, version 0.1. Written out here, because the package `lpips`
needs torchvision. The weights are its own, backbone and linear layers in one file:

    python -c "import lpips, torch; torch.save(lpips.LPIPS(net='alex').state_dict(), 'alex.pth')"

AlexNet (`net="alex"`) and VGG-16 (`net="vgg"`) are known by the names in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visual_erm.errors import BackendError, require
from visual_erm.metrics.pixels import on_grid

if TYPE_CHECKING:
    import torch

    from visual_erm.types import Image

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Of the channels in [-1, 1]."""
TINY = 1e-10


@dataclass(frozen=True)
class _Slice:
    """Layers between two places where features are taken; a ReLU follows each convolution."""

    layers: tuple[int, ...]
    """Numbers of the convolutions in torchvision's networks."""
    pool: int = 0
    """Side of the maximum pooling before them, with a stride of 2; none if 0."""
    stride: int = 1
    padding: int = 1


NETS: dict[str, tuple[_Slice, ...]] = {
    "alex": (
        _Slice((0,), stride=4, padding=2),
        _Slice((3,), pool=3, padding=2),
        _Slice((6,), pool=3),
        _Slice((8,)),
        _Slice((10,)),
    ),
    "vgg": (
        _Slice((0, 2)),
        _Slice((5, 7), pool=2),
        _Slice((10, 12, 14), pool=2),
        _Slice((17, 19, 21), pool=2),
        _Slice((24, 26, 28), pool=2),
    ),
}


class Lpips:
    """The distance, with the weights of a file."""

    def __init__(self, weights: str | Path) -> None:
        """Read the weights.

        Args:
            weights: a file as above; safetensors or what `torch.save` writes.

        Raises:
            MissingPackage: torch is not installed.
            BackendError: there is no such file, or other weights are in it.
        """
        require("torch", extra="embeddings", feature="The reward lpips")
        import torch

        tensors = _read(Path(weights))
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        for slices in NETS.values():
            names = _names(slices)
            if all(name in tensors for name in names):
                self._slices = slices
                self._tensors = {name: tensors[name].float().to(self._device) for name in names}
                return
        raise BackendError(
            f"{weights} holds no weights of LPIPS; write them with torch.save("
            f"lpips.LPIPS(net='alex').state_dict(), 'alex.pth')"
        )

    @property
    def most(self) -> float:
        """No distance is larger: features are unit vectors without negative parts."""
        ways = [f"lin{at}.model.1.weight" for at in range(len(self._slices))]
        return sum(2 * float(self._tensors[way].max().clamp(min=0)) for way in ways)

    def __call__(self, reference: Image, candidate: Image) -> float:
        """The distance of two pictures; 0 equal. A candidate of another size is scaled."""
        import torch

        pair = np.stack([reference, on_grid(reference, candidate)]).astype(np.float32)
        shift, scale = (np.array(value, np.float32) for value in (SHIFT, SCALE))
        values = (pair / 127.5 - 1 - shift) / scale
        features = torch.from_numpy(values.transpose(0, 3, 1, 2).copy()).to(self._device)
        total = 0.0
        with torch.inference_mode():
            for at, part in enumerate(self._slices):
                features = self._through(features, at, part)
                unit = features / (features.pow(2).sum(1, keepdim=True).sqrt() + TINY)
                gaps = (unit[0] - unit[1]).pow(2)
                weighted = gaps * self._tensors[f"lin{at}.model.1.weight"][0]
                total += float(weighted.sum(0).mean())
        return total

    def _through(self, features: torch.Tensor, at: int, part: _Slice) -> torch.Tensor:
        from torch.nn import functional

        if part.pool:
            features = functional.max_pool2d(features, part.pool, 2)
        for layer in part.layers:
            name = f"net.slice{at + 1}.{layer}"
            weight, bias = (self._tensors[f"{name}.{kind}"] for kind in ("weight", "bias"))
            features = functional.conv2d(features, weight, bias, part.stride, part.padding).relu()
        return features


def _names(slices: tuple[_Slice, ...]) -> list[str]:
    kinds = ("weight", "bias")
    convolutions = [
        f"net.slice{at}.{layer}.{kind}"
        for at, part in enumerate(slices, 1)
        for layer in part.layers
        for kind in kinds
    ]
    return [*convolutions, *(f"lin{at}.model.1.weight" for at in range(len(slices)))]


def _read(path: Path) -> dict[str, torch.Tensor]:
    import pickle

    import torch

    if not path.is_file():
        raise BackendError(f"there is no file of LPIPS weights at {path}")
    try:
        if path.suffix == ".safetensors":
            safetensors = require("safetensors.torch", extra="embeddings", feature="This file")
            found: dict[str, torch.Tensor] = safetensors.load_file(path)
        else:
            # weights only: a pickle of somebody else's may run anything
            found = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, ValueError, OSError, pickle.UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BackendError(f"cannot read the weights {path}: {reason}") from None
    return found if isinstance(found, dict) else {}
