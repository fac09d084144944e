"""How the reward is set up inside a trainer: arguments where it passes some, else the environment.

VISUAL_ERM_TASK=svg VISUAL_ERM_JUDGE=endpoint:http://127.0.0.1:8000/v1#MODEL trainer ...
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visual_erm.errors import UsageError
from visual_erm.renderers import LONGEST
from visual_erm.types import Task

PREFIX = "VISUAL_ERM_"


class Settings(BaseModel):
    """One way to score; equal ones share an engine in each process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task | None = None
    """Of samples that do not name one themselves."""
    judge: Any = "embedded"
    """A name as `make_judge` reads it, or a picklable judge."""
    shaping: Any = "graded"
    """"graded", "fixed", "paper" where the trainer hands over whole batches, or a `Shaping` that
    has a value for failed samples, as `Raw(failed=-60)`. "places" where it hands over whole groups:
    the judge ranks the attempts at a reference, see `GroupReward`."""
    render_deadline: float | None = Field(default=None, gt=0, le=LONGEST)
    """Seconds for one rendering, which is killed then; None for the renderer's default."""
    item_deadline: float = Field(default=180.0, gt=0, le=LONGEST)
    """Seconds for drawing and judging one sample, from when it is begun. Honest ones take a few;
    this is for judges that hang."""
    deadline: float = Field(default=1200.0, gt=0, le=LONGEST)
    """Seconds for a batch, or for a single sample with its waiting; what is not done then is
    unscored. Below the 1800 s after which the ranks of a trainer give each other up."""
    workers: int | None = Field(default=None, ge=1)
    """Processors to keep busy; None for this rank's share of the machine."""
    requests: int | None = Field(default=None, ge=1)
    """Samples in work at once where the judge is a server or a model; None for 32."""
    repair: Literal["none", "close"] = "none"
    """"close" ends sources that the reply's limit cut off."""
    max_fault_rate: float | None = Field(default=None, ge=0, le=1)
    """Stop the run when more than this share of the last 512 samples could not be scored."""
    unscored: float | None = Field(default=None, allow_inf_nan=False)
    """What an unscored sample gets where the trainer knows no such thing; None for the mean of
    the other attempts at its reference, which is neither reward nor punishment."""
    runs: str | None = None
    """Folder that rollouts are written to, for `verm report`; None for none."""
    runs_every: int = Field(default=10, ge=1)
    """Batches of which one is written; where samples come singly, references."""
    runs_most: int = Field(default=1024, ge=1)
    """MiB that each process writes at most."""

    @classmethod
    def of(cls, **given: Any) -> Settings:
        """Settings by arguments; for what is None or not given by VISUAL_ERM_..., else default.

        Raises:
            UsageError: an unknown setting, or a value that does not fit.
        """
        values = {name: value for name, value in given.items() if value is not None}
        for name in cls.model_fields:
            if (PREFIX + name.upper()) in os.environ:
                values.setdefault(name, os.environ[PREFIX + name.upper()])
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise UsageError(_sentence(error, values)) from None


def _sentence(error: ValidationError, values: Mapping[str, Any]) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f'no setting "{name}"; known: {", ".join(Settings.model_fields)}'
    return f"setting {name}: {first['msg']}; got {values.get(name)!r}"
