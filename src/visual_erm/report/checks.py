"""What people said of a run's errors in the viewer, as it exports it.

checks = read(Path("checks-Ada.json"))
checks.items["a/1"].kept      # errors that were accepted, corrected or added
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from visual_erm.errors import InputError, first_problem
from visual_erm.types import Discrepancy, Severity, Task

FORMAT = "visual-erm checks"
MAX_BYTES = 200_000_000


class Said(BaseModel):
    """What was said of one of the judge's errors."""

    model_config = ConfigDict(frozen=True)

    number: int
    """In the verdict, from 1."""
    decision: Literal["accept", "reject", "correct"] | None
    """None: nothing was said yet."""
    category: str
    """As it is, or as it was corrected; the same for what follows."""
    severity: Severity
    location: str = ""
    description: str = ""

    def error(self) -> Discrepancy:
        """As an error."""
        return Discrepancy(**self.model_dump(exclude={"number", "decision"}))


class Checked(BaseModel):
    """One item, checked."""

    model_config = ConfigDict(frozen=True)

    id: str
    digest: str
    """Names the item with its pictures and errors, see `view.digest`: what was said of others does
    not fit."""
    task: Task
    done: bool
    """Whether the person says that this is all."""
    errors: tuple[Said, ...] = ()
    missed: tuple[Discrepancy, ...] = ()
    """What the judge had not seen."""

    @property
    def kept(self) -> tuple[Discrepancy, ...]:
        """The errors that there are, in this person's eyes."""
        said = [one.error() for one in self.errors if one.decision in ("accept", "correct")]
        return (*said, *self.missed)


class Checks(BaseModel):
    """All that one person said of one run."""

    model_config = ConfigDict(frozen=True)

    format: Literal["visual-erm checks"]
    annotator: str
    items: tuple[Checked, ...]

    @property
    def finished(self) -> dict[str, Checked]:
        """The items that were marked as checked, by id."""
        return {item.id: item for item in self.items if item.done}


def read(path: Path) -> Checks:
    """What a viewer exported.

    Raises:
        InputError: it cannot be read, or is something else.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than any file of checks")
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON: {error}") from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InputError(f"{path} is no file of checks, as the viewer exports them")
    try:
        return Checks.model_validate(value)
    except ValidationError as error:
        raise InputError(f"{path}: {first_problem(error)}") from None
