"""What recognition systems wrote of each reference, drawn, with what is wrong in it.

The truth is what `visual_erm.data.tables.oracle` says of two sheets, the one that was drawn and the
one that the system wrote; no picture and no judge is asked. The HTML is kept in the user's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.judge.table_studio import Studio
from benchmarks.recognised_tables import systems
from benchmarks.recognised_tables.references import WAYS, Part, Reference, Way, references
from visual_erm import images
from visual_erm.align import around
from visual_erm.data.packages import cache
from visual_erm.data.records import UnusableError
from visual_erm.data.tables import documents, drawn, oracle
from visual_erm.data.tables.correspondence import correspond
from visual_erm.data.tables.drawn import Drawn
from visual_erm.errors import PolicyFault
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image


@dataclass(frozen=True)
class Prediction:
    """What one system made of one picture."""

    reference: str
    system: str
    way: Way
    picture: Image
    """What the system read."""
    source: str
    """The sheet that was drawn, as HTML."""
    html: str
    """What the system wrote."""
    drawn: Image | None
    """That, drawn by our renderer; None where nothing draws, or another table does."""
    truth: tuple[Discrepancy, ...]


def predictions(part: Part, count: int) -> Iterator[Prediction]:
    """Of every system, picture and way, reference by reference; systems run where they have not."""
    base = cache() / "recognised"
    folder = base / part
    folder.mkdir(parents=True, exist_ok=True)
    with Studio("chromium") as studio:
        chosen = list(references(part, count, studio.draw))
        for reference in chosen:
            for way, picture in reference.pictures.items():
                _keep(folder / f"{reference.name}-{way}.png", images.encode_png(picture))
        for system in systems.REQUIREMENTS:
            systems.run(system, folder, base)
        for reference in chosen:
            places = _Places(reference, studio)
            for way in WAYS:
                for system in systems.REQUIREMENTS:
                    written = folder / system / f"{reference.name}-{way}.html"
                    html = written.read_text(encoding="utf-8")
                    yield _prediction(reference, way, system, html, places)


def _keep(path: Path, content: bytes) -> None:
    """Write a picture; where it is another than before, what was read of that one goes."""
    if path.exists() and path.read_bytes() == content:
        return
    path.write_bytes(content)
    for old in (path.with_suffix(".json"), *path.parent.glob(f"*/{path.stem}.html")):
        old.unlink(missing_ok=True)


class _Places:
    """Where the cells of a reference stand, each drawn once."""

    def __init__(self, reference: Reference, studio: Studio) -> None:
        self._reference, self._studio = reference, studio
        self._boxes: dict[tuple[Way, int], Box | None] = {}

    def around(self, way: Way, keys: frozenset[int]) -> Box | None:
        for key in keys:
            if (way, key) not in self._boxes:
                box = self._reference.box(way, frozenset({key}), self._studio.draw)
                self._boxes[way, key] = box
        found = [box for key in keys if (box := self._boxes[way, key]) is not None]
        return around(found) if found else None


def _prediction(
    reference: Reference, way: Way, system: str, html: str, places: _Places
) -> Prediction:
    seen = _drawn(html, reference)
    truth: list[Discrepancy] = []
    for one in oracle.compare(reference.sheet, seen.sheet).found if seen else ():
        assert seen is not None
        after = [seen.boxes[key] for key in one.after if key in seen.boxes]
        error = Discrepancy(
            category=one.category,
            severity=one.severity,
            location=one.location,
            description=one.description,
            bbox=places.around(way, one.before),
            bbox_prediction=around(after) if after else None,
        )
        truth.append(error)
    return Prediction(
        reference.name,
        system,
        way,
        reference.pictures[way],
        documents.html(reference.sheet),
        html,
        seen.picture if seen else None,
        tuple(truth),
    )


def _drawn(html: str, reference: Reference) -> Drawn | None:
    """What a system wrote; None where that is no table, or has nothing to do with the reference.

    Of a few cells out of many, exact labels say no more than that the table is another one.
    """
    try:
        seen = drawn.read(html) if html else None
    except (PolicyFault, UnusableError):
        return None
    if seen is None or correspond(reference.sheet, seen.sheet).fit < oracle.UNLIKE:
        return None
    return seen
