"""How a model judge is told to ask: what may stand behind the question mark of its address.

>>> read_options("http://one:8000/v1#m?samples=3&swap=1")[1].samples
3
"""

from __future__ import annotations

import re
from typing import Literal, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from visual_erm.endpoints import DEADLINE, Address, read_address, seconds
from visual_erm.errors import UsageError
from visual_erm.judges.cache import MEGABYTES
from visual_erm.judges.profile import load_prompt
from visual_erm.spending import Budget

Switch = Literal["0", "1"]
IN_PROCESS = "FOLDER_OR_ID[?OPTION=VALUE&...]"
_DEVICE = re.compile(r"cpu|mps|cuda:\d{1,3}")


class Asking(BaseModel):
    """What may be wished of a model, wherever it runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str = "published"
    """Layouts and prompts: a built-in profile, or a path that ends in ".json"."""
    deadline: float = DEADLINE
    """Seconds for one verdict, all requests, tries and waiting together."""
    revision: str = ""
    """Of the model, where the servers do not tell it: part of the judge's identity."""
    cache: str = ""
    """Folder in which verdicts are kept; none if empty."""
    cache_mb: float = Field(default=MEGABYTES, gt=0)
    """Megabytes of verdicts that are kept there."""
    samples: int = Field(default=1, ge=1, le=9)
    """Replies to each pair; the verdict is the one that disagrees least with the others."""
    swap: Switch = "0"
    """Whether to ask with the pictures exchanged as well, and say how much that changes."""
    repair: Switch = "0"
    """Whether an unreadable reply is sent back once."""
    ground: Switch = "0"
    """Whether each error is held against the embedded judge's evidence."""
    guard: Switch = "0"
    """Whether texts that are addressed to the judge are painted over for a second look."""

    @field_validator("deadline", mode="before")
    @classmethod
    def _seconds(cls, stated: str) -> float:
        return seconds(stated)

    def details(self) -> dict[str, str]:
        """What of this changes verdicts, for the judge's identity; only what is switched on."""
        found = {"samples": str(self.samples)} if self.samples > 1 else {}
        switched = {"swap": self.swap, "ground": self.ground, "guard": self.guard}
        found |= {name: value for name, value in switched.items() if value == "1"}
        if self.repair == "1":
            found["repair"] = load_prompt("repair.txt")[1]
        if self.revision:
            found["revision"] = self.revision
        return found


Asked = TypeVar("Asked", bound=Asking)
Ran = TypeVar("Ran", bound="InProcess")


class Options(Asking):
    """Everything about asking servers that is not their address."""

    hedge: Switch = "0"
    """Whether a slow request is sent to a second replica."""
    budget: float | None = Field(default=None, gt=0)
    """Money that this process may spend."""
    budget_tokens: float | None = Field(default=None, gt=0)
    budget_requests: float | None = Field(default=None, gt=0)
    price_in: float = Field(default=0.0, ge=0)
    """Money for a million tokens that are sent."""
    price_out: float = Field(default=0.0, ge=0)
    """Money for a million tokens of replies."""

    def limits(self) -> Budget:
        """What may be spent; limits are kept by each process for itself."""
        return Budget(
            self.budget, self.budget_tokens, self.budget_requests, self.price_in, self.price_out
        )


class InProcess(Asking):
    """What may be wished of a model that this process runs."""

    device: str = "cpu"
    """Where it runs: "cpu", "cuda:N" or "mps". Never chosen for the user, whose trainer needs a GPU
    too."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """Of weights and activations; "auto" is float32 on a CPU and bfloat16 elsewhere."""
    revision: str = ""
    """Branch, tag or commit of the hub; its newest if empty."""

    @field_validator("device")
    @classmethod
    def _device(cls, stated: str) -> str:
        if not _DEVICE.fullmatch(stated):
            raise ValueError('say "cpu", "mps" or which GPU, as "cuda:1"')
        return stated

    def details(self) -> dict[str, str]:
        """See `Asking.details`; the number of a GPU is no part of it."""
        return {**super().details(), "device": self.device.partition(":")[0], "dtype": self.dtype}


class LocalOptions(InProcess):
    """Everything about asking transformers."""

    batch: int = Field(default=8, ge=1, le=256)
    """Questions that are answered together at most."""


class VllmOptions(InProcess):
    """Everything about asking vLLM in this process."""

    batch: int = Field(default=32, ge=1, le=1024)
    """Questions that are in work at once at most."""
    context: int = Field(default=0, ge=0)
    """Tokens of a question and its reply; as many as there is memory for if 0."""
    memory: float = Field(default=0.9, gt=0, le=1)
    """Share of the GPU's memory that it takes, weights included."""


def read_options(spec: str) -> tuple[Address, Options]:
    """Address and options of an endpoint judge, as a user writes them.

    Raises:
        UsageError: the address is malformed, or an option is unknown or has no such value.
    """
    address = read_address(spec, Options.model_fields, what='judge "endpoint"')
    options = _valid(Options, address.options, "endpoint")
    if options.budget is not None and not options.price_in + options.price_out:
        raise UsageError("a budget of money needs price_in or price_out, per million tokens")
    return address, options


def read_in_process(spec: str, kind: type[Ran], judge: str) -> tuple[str, Ran]:
    """Folder or id of a model that this process is to run, and its options.

    >>> read_in_process("internlm/Visual-ERM?device=cuda:1", LocalOptions, "local")[1].device
    'cuda:1'

    Args:
        spec: as in `IN_PROCESS`.
        kind: options of that judge.
        judge: its name.

    Raises:
        UsageError: it is malformed, or an option is unknown or has no such value.
    """
    model, _, query = spec.partition("?")
    if not model:
        raise UsageError(f'judge "{judge}" needs a folder or an id: {judge}:{IN_PROCESS}')
    return model, _valid(kind, dict(parse_qsl(query, keep_blank_values=True)), judge)


def _valid(kind: type[Asked], stated: dict[str, str], judge: str) -> Asked:
    try:
        return kind.model_validate(stated)
    except ValidationError as error:
        first = error.errors()[0]
        name, message = first["loc"][0], first["msg"]
        if first["type"] == "extra_forbidden":
            message = f"no such option; known: {', '.join(sorted(kind.model_fields))}"
        raise UsageError(f'judge "{judge}": {name}: {message}') from None
