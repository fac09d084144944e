"""Real tables, drawn as pages draw them, clean and as scans, for recognition systems to read.

    for reference in references("tune", 30, studio.draw): reference.clean, reference.scan

The sheets are those of `benchmarks.judge`: data of R packages and tables of manuals. Captions and
notes are left out, since systems get pictures of the table alone.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from benchmarks.judge import table_looks as looks
from benchmarks.judge.table_looks import Look, html
from benchmarks.judge.table_manuals import manuals
from benchmarks.judge.table_pixels import MARGIN, loud, scanned
from benchmarks.judge.table_sheets import sheets
from visual_erm.data.tables.sheets import Sheet
from visual_erm.types import Box

if TYPE_CHECKING:
    from visual_erm.types import Image

Draw = Callable[[str], "Image"]
Part = Literal["tune", "report"]
Way = Literal["clean", "scan"]
WAYS: tuple[Way, ...] = ("clean", "scan")
LEAST = 15
"""Places of the grid, so that a single mistake is not most of a table."""


@dataclass(frozen=True)
class Reference:
    """One sheet in one look."""

    name: str
    sheet: Sheet
    look: Look
    pictures: Mapping[Way, Image]

    def box(self, way: Way, keys: frozenset[int], draw: Draw) -> Box | None:
        """Where cells stand in a picture."""
        if not keys:
            return None
        return loud(draw(html(self.sheet, self.look, keys)), MARGIN if way == "scan" else 0)


def references(part: Part, count: int, draw: Draw) -> Iterator[Reference]:
    """So many tables of one part, the same each time."""
    for number, sheet in enumerate(itertools.islice(_sheets(part), count)):
        rng = random.Random(f"{sheet.name} recognised")
        look = looks.some_look(rng)
        drawn = draw(html(sheet, look))
        pictures: dict[Way, Image] = {"clean": drawn, "scan": scanned(drawn, rng)}
        kept = "".join(sign if sign.isalnum() else "-" for sign in sheet.name)
        yield Reference(f"{number:02d}-{kept}", sheet, look, pictures)


def _sheets(part: Part) -> Iterator[Sheet]:
    """Data and manuals in turn."""
    data = [s for number, s in enumerate(sheets()) if (number % 2 == 0) == (part == "tune")]
    texts = [sheet for sheet in manuals(part) if len(sheet.at) >= LEAST]
    random.Random(f"{part} recognised").shuffle(texts)
    for pair in zip(data, texts, strict=False):
        for sheet in pair:
            yield replace(sheet, caption="", foot="")
