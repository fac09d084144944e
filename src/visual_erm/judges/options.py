"""How an endpoint judge is told to ask: what may stand behind the question mark of its address.

>>> read_options("http://one:8000/v1#m?samples=3&swap=1")[1].samples
3
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from visual_erm.endpoints import DEADLINE, Address, read_address, seconds
from visual_erm.errors import UsageError
from visual_erm.judges.cache import MEGABYTES
from visual_erm.judges.profile import load_prompt
from visual_erm.spending import Budget

Switch = Literal["0", "1"]


class Options(BaseModel):
    """Everything about asking that is not the address."""

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

    @field_validator("deadline", mode="before")
    @classmethod
    def _seconds(cls, stated: str) -> float:
        return seconds(stated)

    def limits(self) -> Budget:
        """What may be spent; limits are kept by each process for itself."""
        return Budget(
            self.budget, self.budget_tokens, self.budget_requests, self.price_in, self.price_out
        )

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


def read_options(spec: str) -> tuple[Address, Options]:
    """Address and options of an endpoint judge, as a user writes them.

    Raises:
        UsageError: the address is malformed, or an option is unknown or has no such value.
    """
    address = read_address(spec, Options.model_fields, what='judge "endpoint"')
    try:
        options = Options.model_validate(address.options)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f'judge "endpoint": {first["loc"][0]}: {first["msg"]}') from None
    if options.budget is not None and not options.price_in + options.price_out:
        raise UsageError("a budget of money needs price_in or price_out, per million tokens")
    return address, options
