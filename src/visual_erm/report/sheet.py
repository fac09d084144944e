"""A page of labelled pairs to look at: pictures with boxes, labels, and filters by operator.

    write("sheet.html", [Sample("a#1", "svg", "edit", ("moved",), reference, prediction, errors)])

Self-contained as `page` is: pictures are data URIs, nothing is loaded, values are escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.errors import InputError
from visual_erm.report.boxes import marked
from visual_erm.report.page import SEVERITIES, asset, content_hash, environment
from visual_erm.types import Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

MAX_SIDE = 420
"""Pixels of the longer side above which a picture is scaled down for the sheet."""


@dataclass(frozen=True)
class Sample:
    """One labelled pair."""

    id: str
    task: str
    kind: str
    operators: tuple[str, ...]
    reference: Image
    prediction: Image
    errors: tuple[Discrepancy, ...] = ()
    provenance: str = ""

    @property
    def pictures(self) -> tuple[str, str]:
        """Both pictures with their boxes, as data URIs."""
        left = marked(self.reference, self.errors)
        right = marked(self.prediction, self.errors, prediction=True)
        return images.data_uri(images.fit(left, MAX_SIDE)), images.data_uri(
            images.fit(right, MAX_SIDE)
        )


def write(path: Path | str, samples: Sequence[Sample], *, title: str, note: str = "") -> Path:
    """Write the sheet and return its path.

    Raises:
        InputError: the file cannot be written.
    """
    path = Path(path)
    style, script = asset("sheet.css"), asset("sheet.js")
    text = (
        environment()
        .get_template("sheet.html")
        .render(
            title=title,
            note=note,
            samples=samples,
            operators=sorted(Counter(name for s in samples for name in s.operators).items()),
            kinds=sorted(Counter(s.kind for s in samples).items()),
            tasks=sorted(Counter(s.task for s in samples).items()),
            severities=SEVERITIES,
            style=style,
            script=script,
            style_hash=content_hash(style),
            script_hash=content_hash(script),
        )
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    return path
