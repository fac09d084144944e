"""A report card as one self-contained page, with the worst cases as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visual_erm import images
from visual_erm.bench import probes
from visual_erm.bench.bootstrap import Figure
from visual_erm.bench.card import Card
from visual_erm.bench.comparison import Comparison
from visual_erm.bench.figures import FIGURES
from visual_erm.bench.judging import Judged
from visual_erm.bench.matching import Matching
from visual_erm.bench.tallies import Matches
from visual_erm.data import shards
from visual_erm.errors import InputError
from visual_erm.report.boxes import marked
from visual_erm.report.page import SEVERITIES, asset, content_hash, environment
from visual_erm.types import CATEGORIES, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

MAX_SIDE = 480
"""Pixels of the longer side above which a picture is scaled down for the page."""


@dataclass(frozen=True)
class _Case:
    id: str
    left: str
    right: str
    lines: tuple[tuple[str, Discrepancy], ...]
    """Each error with "hit", "missed" or "extra"."""


def write(
    path: Path,
    card: Card,
    cases: Sequence[Judged],
    folders: Sequence[Path],
    *,
    matches: Matches | None = None,
    comparisons: Sequence[Comparison] = (),
    note: str = "",
) -> Path:
    """Write the page and return its path.

    Args:
        path: where.
        card: figures.
        cases: pairs to show.
        folders: of the builds that hold their pictures.
        matches: which reported error is which true one; by place if None.
        comparisons: with other judges.
        note: one sentence on what was measured.

    Raises:
        InputError: the file cannot be written.
    """
    style = asset("card.css")
    text = (
        environment()
        .get_template("card.html")
        .render(
            title=f"Report card: {card.judge}",
            card=card,
            note=note,
            comparisons=comparisons,
            measures=FIGURES,
            probes=probes,
            severities=SEVERITIES,
            by_value=_by_value,
            categories=CATEGORIES,
            cases=_cases(cases, folders, matches or Matches()),
            style=style,
            style_hash=content_hash(style),
            script_hash=content_hash(""),
        )
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    return path


def _by_value(figures: Mapping[str, Figure]) -> list[tuple[str, Figure]]:
    """The least first, without those that nothing is known of."""
    known = [(name, figure) for name, figure in figures.items() if figure.value is not None]
    return sorted(known, key=lambda one: (one[1].value, -one[1].n))


def _cases(chosen: Sequence[Judged], folders: Sequence[Path], matches: Matches) -> list[_Case]:
    wanted = {item.id: item for item in chosen}
    made: dict[str, _Case] = {}
    for folder in folders:
        for row in shards.read(folder, ["id", "reference", "prediction"]):
            item = wanted.get(row["id"])
            if item is not None:
                sides = (row[side]["bytes"] for side in ("reference", "prediction"))
                pictures = [images.load(data, name=item.id) for data in sides]
                made[item.id] = _case(item, matches(item) or Matching(), *pictures)
    return [made[item.id] for item in chosen if item.id in made]


def _case(item: Judged, matching: Matching, reference: Image, prediction: Image) -> _Case:
    hits = {match.truth for match in matching.matches if match.level == "yes"}
    used = {match.found for match in matching.matches if match.level == "yes"}
    lines = [("hit" if at in hits else "missed", error) for at, error in enumerate(item.truth)]
    lines += [("extra", error) for at, error in enumerate(item.found) if at not in used]
    return _Case(
        item.id,
        images.data_uri(images.fit(marked(reference, item.truth), MAX_SIDE)),
        images.data_uri(images.fit(marked(prediction, item.found, prediction=True), MAX_SIDE)),
        tuple(lines),
    )
