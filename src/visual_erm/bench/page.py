"""A report card as a page of the report viewer: figures first, then the worst cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from visual_erm.bench import probes
from visual_erm.bench.bootstrap import Figure
from visual_erm.bench.card import Card
from visual_erm.bench.cases import of_builds
from visual_erm.bench.comparison import Comparison
from visual_erm.bench.figures import FIGURES
from visual_erm.bench.judging import Judged
from visual_erm.bench.tallies import Matches
from visual_erm.report import view
from visual_erm.report.markup import environment
from visual_erm.types import CATEGORIES, SEVERITIES


def write(
    path: Path,
    card: Card,
    results: Path,
    worst: Sequence[Judged],
    folders: Sequence[Path],
    *,
    matches: Matches | None = None,
    comparisons: Sequence[Comparison] = (),
) -> view.Written:
    """Write the page.

    Args:
        path: where.
        card: figures.
        results: the judge's verdicts.
        worst: pairs to show, in this order.
        folders: of the builds that hold their pictures.
        matches: which reported error is which true one; by place if None.
        comparisons: with other judges.

    Raises:
        InputError: the file cannot be written.
    """
    place = {item.id: at for at, item in enumerate(worst)}
    items = of_builds(results, folders, only=place, matches=matches) if place else []
    front = (
        environment()
        .get_template("card.html")
        .render(
            card=card,
            comparisons=comparisons,
            measures=FIGURES,
            probes=probes,
            severities=SEVERITIES,
            by_value=_by_value,
            categories=CATEGORIES,
        )
    )
    return view.write(
        path,
        sorted(items, key=lambda item: place[item.id]),
        title=f"Report card: {card.judge}",
        note=f"Pairs: {', '.join(folder.name for folder in folders)}.",
        front=front,
    )


def _by_value(figures: Mapping[str, Figure]) -> list[tuple[str, Figure]]:
    """The least first, without those that nothing is known of."""
    known = [(name, figure) for name, figure in figures.items() if figure.value is not None]
    return sorted(known, key=lambda one: (one[1].value, -one[1].n))
