"""One self-contained HTML file that shows judged pairs.

Pictures are data URIs; style and script stand in the file and are allowed by their hash, so the
page loads nothing and text from a model cannot run as script: every value is escaped, and what
slipped through would still have no permission.

    write("report.html", [Case.of(reward, title="sample 17", task="chart", reference=picture)])
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.errors import InputError
from visual_erm.report.case import Case, summarize
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from jinja2 import Environment

    from visual_erm.types import Image

MAX_SIDE = 1400
"""Pixels of the longer side above which a picture is scaled down for the page."""
SEVERITIES = {1: "minor", 2: "needs correction", 3: "misleads"}
STATUSES = {
    "scored": "scored",
    "policy_fault": "policy fault",
    "judge_fault": "judge fault",
    "infra_fault": "infrastructure fault",
}


@dataclass(frozen=True)
class _Picture:
    """One picture as the template needs it."""

    label: str
    alt: str
    width: int
    height: int
    key: str
    """Names the pixels; a picture that stands in the page already is not repeated."""
    uri: str
    boxes: tuple[_Mark, ...]


@dataclass(frozen=True)
class _Mark:
    """One numbered box, in pixels of its picture."""

    number: int
    severity: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class _View:
    """One case with its pictures."""

    case: Case
    number: int
    reference: _Picture
    candidate: _Picture | None
    errors: Sequence[Discrepancy]
    worst: int
    """Highest severity, 0 without errors."""


def write(
    path: Path | str,
    cases: Sequence[Case],
    *,
    title: str = "Visual differences",
    note: str = "",
) -> Path:
    """Write the page and return its path.

    Raises:
        InputError: the file cannot be written.
    """
    path = Path(path)
    try:
        path.write_text(page(cases, title=title, note=note), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    return path


def page(cases: Sequence[Case], *, title: str = "Visual differences", note: str = "") -> str:
    """The page as text."""
    style, script = asset("page.css"), asset("case.js") + asset("page.js")
    seen: set[str] = set()
    views = [_view(case, number, seen) for number, case in enumerate(cases, 1)]
    return (
        environment()
        .get_template("page.html")
        .render(
            title=title,
            note=note,
            groups=[
                (name, list(members))
                for name, members in groupby(views, key=lambda v: v.case.group)
            ],
            summary=summarize(cases),
            severities=SEVERITIES,
            statuses=STATUSES,
            style=style,
            script=script,
            style_hash=content_hash(style),
            script_hash=content_hash(script),
        )
    )


def environment() -> Environment:
    """The templates; every value that is put into one is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("visual_erm.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def asset(name: str) -> str:
    """A style sheet or script as it stands in the page."""
    return files("visual_erm.report").joinpath("templates", name).read_text("utf-8")


def content_hash(text: str) -> str:
    """What a page's policy names a style sheet or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _view(case: Case, number: int, seen: set[str]) -> _View:
    errors = case.verdict.errors if case.verdict else ()
    candidate = None
    if case.candidate is not None:
        boxes = [error.bbox_prediction for error in errors]
        candidate = _picture("Attempt", case, case.candidate, _marks(boxes, errors), seen)
    return _View(
        case=case,
        number=number,
        reference=_picture(
            "Reference", case, case.reference, _marks([e.bbox for e in errors], errors), seen
        ),
        candidate=candidate,
        errors=errors,
        worst=max((error.severity for error in errors), default=0),
    )


def _marks(boxes: Sequence[Box | None], errors: Sequence[Discrepancy]) -> tuple[_Mark, ...]:
    return tuple(
        _Mark(number, error.severity, box[0], box[1], box[2] - box[0], box[3] - box[1])
        for number, (box, error) in enumerate(zip(boxes, errors, strict=True), 1)
        if box is not None
    )


def _picture(
    label: str, case: Case, image: Image, marks: tuple[_Mark, ...], seen: set[str]
) -> _Picture:
    key = images.digest(image)[:16]
    uri = "" if key in seen else images.data_uri(images.fit(image, MAX_SIDE))
    seen.add(key)
    height, width = image.shape[:2]
    return _Picture(
        label=label,
        alt=f"{label} of {case.title}: {case.task}, {width} by {height} pixels",
        width=width,
        height=height,
        key=key,
        uri=uri,
        boxes=marks,
    )
