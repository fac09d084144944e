"""The data model: what is drawn, what is judged, what training receives.

Nothing here computes. Frozen pydantic models cross files, wires and model replies; frozen
dataclasses hold pictures and stay inside. The wire formats of published judges are read and
written in `visual_erm.judges.parse`; what a notebook shows is made in `visual_erm.report.notebook`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    """A picture: `(H, W, 3)` uint8 RGB."""

Task = Literal["chart", "table", "svg"]
TASKS: tuple[Task, ...] = get_args(Task)

SEVERITIES: Mapping[int, str] = {1: "minor", 2: "needs correction", 3: "misleads"}
"""What each severity means."""
CATEGORIES: Mapping[Task, tuple[str, ...]] = {
    "chart": ("structure_error", "data_error", "text_error", "style_error"),
    "table": ("layout_error", "text_error", "numeric_error"),
    "svg": ("structure_error", "shape_error", "style_error", "text_symbol_error"),
}
"""Error categories of each task, in the order in which they are reported."""

Severity = Literal[1, 2, 3]
Box = tuple[int, int, int, int]
"""`(x0, y0, x1, y1)` in pixels, x1 and y1 exclusive."""

FailureKind = Literal["policy", "judge", "infrastructure"]
Status = Literal["scored", "policy_fault", "judge_fault", "infra_fault"]
STATUS_OF: Mapping[FailureKind, Status] = {
    "policy": "policy_fault",
    "judge": "judge_fault",
    "infrastructure": "infra_fault",
}


class Shown:
    """Something that a notebook shows as more than its `repr`."""

    def _repr_html_(self) -> str:
        # by name: what people look at stands below the data model, which must not import it
        module = importlib.import_module("visual_erm.report.notebook")
        return str(module.html(self))


class Discrepancy(BaseModel):
    """One visible difference between the reference and the candidate."""

    model_config = ConfigDict(frozen=True)

    category: str
    """One of `CATEGORIES[task]`, for example "data_error" for charts."""
    severity: Severity
    """1 minor, 2 needs correction, 3 misleads."""
    location: str = ""
    """Where, in words: "second y-axis label". Empty where the format has none (tables)."""
    description: str = ""
    """What differs: what was expected, what came."""
    bbox: Box | None = None
    """Box in the reference picture; None when the thing is absent there or has no place."""
    bbox_prediction: Box | None = None
    """Box in the candidate picture."""
    grounded: Literal["grounded", "ungrounded", "unknown"] | None = None
    """Whether pixels bear the claim out; None when nobody has checked."""


class JudgeIdentity(BaseModel):
    """Who judged, precisely enough to refuse mixing verdicts of different judges."""

    model_config = ConfigDict(frozen=True)

    name: str
    """For example "embedded"."""
    revision: str = ""
    """Version, weights revision or prompt hash."""
    details: dict[str, str] = {}
    """Anything else that changes verdicts: preparation, models, sampling."""


COSTS = ("seconds", "cpu_seconds", "requests", "prompt_tokens", "completion_tokens", "money")
"""Figures of `Verdict.usage` that are paid for, and that add up over several questions."""


class Verdict(Shown, BaseModel):
    """What a judge says about one pair."""

    model_config = ConfigDict(frozen=True)

    task: Task
    errors: tuple[Discrepancy, ...] = ()
    judge: JudgeIdentity
    distance: float | None = None
    """Calibrated difference in [0, 1]: 0 equal, 1 nothing in common. None if the judge has none."""
    repairs: tuple[str, ...] = ()
    """What had to be mended in the judge's reply before it could be read."""
    finish: str = "stop"
    """Why the reply ended; "stop" unless a limit cut it."""
    warnings: tuple[str, ...] = ()
    """What speaks against the verdict: samples that disagree, an order that matters, a text in the
    candidate that is addressed to the judge."""
    usage: dict[str, float] = {}
    """Costs: seconds, cpu_seconds, tokens, money; what the judge knows of them."""
    raw: str = ""
    """The reply as it came, where there was one."""

    @property
    def severity(self) -> int:
        """Sum of the severities of all errors."""
        return sum(error.severity for error in self.errors)

    @property
    def counts(self) -> dict[str, int]:
        """Number of errors by category, zeros included."""
        counts = dict.fromkeys(CATEGORIES[self.task], 0)
        for error in self.errors:
            counts[error.category] = counts.get(error.category, 0) + 1
        return counts


class Failure(BaseModel):
    """Why there is no verdict, and whose fault that is."""

    model_config = ConfigDict(frozen=True)

    kind: FailureKind
    stage: str
    """Where: "extract", "render", "judge", "load"."""
    code: str
    """Short and stable, for counting: "no_source", "exception", "timeout", "memory", "blank"..."""
    message: str
    """One sentence."""
    detail: str = ""
    """Cleaned traceback or raw reply."""

    @property
    def status(self) -> Status:
        """The row status that this failure leads to."""
        return STATUS_OF[self.kind]


@dataclass(frozen=True)
class Rendering(Shown):
    """A picture of a source."""

    image: Image = field(repr=False)
    """`(H, W, 3)` uint8 RGB, composed on white."""
    task: Task
    backend: str
    """"matplotlib", "plotly", "vega", "resvg", "chromium" or "litehtml"."""
    fingerprint: str
    """Versions and fonts that determine the pixels; compare only equal ones."""
    seconds: float = 0.0
    """Wall time of drawing."""
    cpu_seconds: float | None = None
    """CPU time of drawing, where it can be known."""
    warnings: tuple[str, ...] = ()
    blank: bool = False
    """Whether nothing, or next to nothing, is drawn."""

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.image.shape[0])

    def row(self) -> dict[str, Any]:
        """What is known of it as one JSON object, without its pixels."""
        return {
            "backend": self.backend,
            "fingerprint": self.fingerprint,
            "width": self.width,
            "height": self.height,
            "blank": self.blank,
            "seconds": round(self.seconds, 4),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Reward(Shown):
    """What training receives for one sample."""

    value: float | None
    """Within the shaping's [low, high]; None when unscored (the judge or the machinery failed)."""
    status: Status
    parts: Mapping[str, float] = field(default_factory=dict)
    """What the value is made of; the same keys in every reward of one `VisualReward`."""
    verdict: Verdict | None = None
    rendering: Rendering | None = None
    failure: Failure | None = None
    id: str | None = None
    task: Task | None = None
    """None where the item itself could not be read, and named none."""

    def row(self) -> dict[str, Any]:
        """The result as one JSON object, as `verm judge` and `verm score` write it.

        "seconds" is the wall time of drawing and judging.
        """
        errors = self.verdict.errors if self.verdict else ()
        row: dict[str, Any] = {
            "id": self.id,
            "task": self.task,
            "status": self.status,
            "reward": self.value,
            "errors": [error.model_dump(mode="json", exclude_none=True) for error in errors],
            "judge": self.verdict.judge.model_dump(mode="json") if self.verdict else None,
        }
        if self.verdict is not None:
            row["severity"] = self.verdict.severity
            row["distance"] = self.verdict.distance
            if self.verdict.warnings:
                row["warnings"] = list(self.verdict.warnings)
            if self.verdict.usage:
                row["usage"] = {name: round(used, 4) for name, used in self.verdict.usage.items()}
        if self.parts:
            row["parts"] = dict(self.parts)
            known = (self.parts.get(f"seconds_{part}", 0.0) for part in ("render", "judge"))
            row["seconds"] = round(sum(part for part in known if part >= 0), 4)
        if self.failure is not None:
            row["failure"] = self.failure.model_dump(mode="json")
        if self.rendering is not None and self.rendering.backend != "given":
            row["rendering"] = self.rendering.row()
        return row
