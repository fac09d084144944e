"""What a training run does, as data: presets and what a user changes of them.

    load_preset("paper").changed(steps=400)

Presets are the JSON files of `presets/`; a path that ends in ".json" is one of the user's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visual_erm.errors import InputError, UsageError, first_problem

_PRESETS = Path(__file__).parent / "presets"


class Settings(BaseModel):
    """Everything that shapes what is learned; a run is resumed only with the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str = ""
    model: str
    """Folder or id of the hub: where training begins."""
    profile: str = "published"
    """How the judge will be asked, and so what it is trained on; see `load_profile`."""
    learning_rate: float = Field(gt=0)
    batch: int = Field(default=32, ge=1)
    """Pairs of one optimizer step, over all devices."""
    per_device: int = Field(default=1, ge=1)
    """Pairs that a device holds at once; the rest of `batch` is accumulated."""
    epochs: float = Field(default=3.0, gt=0)
    steps: int | None = Field(default=None, ge=1)
    """Optimizer steps, in place of `epochs`."""
    schedule: Literal["cosine", "linear", "constant_with_warmup"] = "cosine"
    warmup: float = Field(default=0.0, ge=0, le=1)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    clip: float = Field(default=1.0, gt=0)
    """Norm to which gradients are cut."""
    lora: int = Field(default=0, ge=0)
    """Rank of the adapters; 0 trains all parameters."""
    lora_alpha: int | None = Field(default=None, ge=1)
    """Twice the rank if None."""
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    freeze_vision: bool = False
    """Leave the vision tower and its projector as they are; adapters are never put there."""
    min_pixels: int | None = Field(default=None, ge=1)
    """Of a picture, after the profile's own scaling; smaller ones are enlarged. The checkpoint's
    own bound if None. Saved with the processor, so serving has the same."""
    max_pixels: int | None = Field(default=None, ge=1)
    """Of a picture; larger ones are reduced. The checkpoint's own bound if None."""
    dtype: Literal["bfloat16", "float32"] = "bfloat16"
    """Of the arithmetic. All-parameter training keeps float32 weights beside it; with adapters the
    frozen weights are of this type."""
    recompute: bool = True
    """Compute activations again in the backward pass, which saves memory."""
    every: int = Field(default=200, ge=1)
    """Steps between two checkpoints, and between two evaluations."""
    keep: int = Field(default=2, ge=1)
    """Checkpoints that are kept."""
    loaders: int = Field(default=0, ge=0)
    """Processes that prepare pictures."""
    seed: int = 0

    def changed(self, **stated: Any) -> Settings:
        """With what is not None of these in place of its own.

        Raises:
            UsageError: a value is out of range.
        """
        given = {name: value for name, value in stated.items() if value is not None}
        try:
            return Settings.model_validate(self.model_dump() | given)
        except ValidationError as error:
            first = error.errors()[0]
            raise UsageError(f"{first['loc'][0]}: {first['msg']}; got {first['input']}") from None

    def accumulated(self, devices: int) -> int:
        """Backward passes of one step.

        Raises:
            UsageError: the batch does not come out even.
        """
        at_once = self.per_device * devices
        if self.batch % at_once:
            raise UsageError(
                f"a batch of {self.batch} cannot be split into {devices} devices of "
                f"{self.per_device} pairs"
            )
        return self.batch // at_once


def presets() -> tuple[str, ...]:
    """Names of the presets."""
    return tuple(sorted(path.stem for path in _PRESETS.glob("*.json")))


def load_preset(name: str) -> Settings:
    """A preset by name, or a file of one's own by a path that ends in ".json".

    >>> load_preset("paper").learning_rate
    1e-05

    Raises:
        UsageError: no such preset.
        InputError: the file is missing or malformed.
    """
    path = Path(name) if name.endswith(".json") else _PRESETS / f"{name}.json"
    if path.parent == _PRESETS and not path.is_file():
        known = ", ".join(presets())
        raise UsageError(f'no preset "{name}"; known: {known}, or a path that ends in .json')
    try:
        return Settings.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except ValidationError as error:
        raise InputError(f"preset {path}: {first_problem(error, 'file')}") from None
