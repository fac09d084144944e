"""ChartMimic's low-level scores: texts, layout, types and colours of two programs' figures.

    values = chartmimic(reference_source, candidate_source)
    values["text"], values["layout"], values["type"], values["color"], values["mean"]

After the definitions of ChartMimic (Yang et al., arXiv 2406.09961): each score is an F1, in [0, 1],
of what both figures hold; the mean of the four is the low-level score.

- text: multisets of the texts that are drawn, line by line, without tick labels.
- layout: multisets of the places of subplots in their grids (rows, columns, first and last).
- type: multisets of the kinds of what shows data.
- color: sets of pairs (kind, colour). Colours are compared within a kind, with a similarity of
  `max(0, 1 - CIEDE2000 / 100)`; colour maps are equal or not. F1 of the best assignment.

Where it is not the published code: programs run in the renderer's confinement, and the figure that
they meant is looked at, where the published code patches plotting functions and counts calls. So a
type is a kind of series as it is drawn (lines, bars that stand or lie, a pie, ...), whichever
function drew it. The best assignment of colours replaces all permutations, so nothing has to be
dropped where a figure has more than ten. Programs that draw networks are no special case. A text,
layout, ... that both figures lack counts 1; in the published code it counts 0.

A program tells of its own figure in its own process, so one that means to can lie about it.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from visual_erm.data.charts import drawn
from visual_erm.data.records import UnusableError
from visual_erm.errors import InputError, PolicyFault
from visual_erm.metrics.colours import ciede2000, lab

if TYPE_CHECKING:
    from visual_erm.data.charts.scenes import Artist, Legend, Scene, Subplot, Words

PARTS = ("text", "layout", "type", "color")
ONE_CALL = ("wedge", "box", "violin")
"""Kinds of which one call draws all that a subplot holds."""
PLOTTED = {"guide line": "line", "dots": "line"}
"""Kinds that the same call draws as another."""
_KEPT = 512
"""Figures that are kept, as several rewards ask for one."""


@dataclass(frozen=True)
class Figure:
    """What is compared."""

    texts: Counter[str]
    layout: Counter[tuple[int, ...]]
    types: Counter[str]
    colours: Mapping[str, tuple[str, ...]]
    """Different colours by kind: "#rrggbb", or several in a row for a colour map."""


def chartmimic(reference: str, candidate: str) -> dict[str, float]:
    """The four scores of two programs and their mean, each in [0, 1]; 0 for one that fails.

    Raises:
        InputError: the reference draws no Matplotlib figure.
        InfrastructureFault: a program could not be run; that says nothing about it.
        IsolationUnavailable: programs cannot be confined here.
    """
    ours, theirs = figure(reference), figure(candidate)
    if ours is None:
        raise InputError("the reference draws no Matplotlib figure that could be compared")
    if theirs is None:
        return dict.fromkeys((*PARTS, "mean"), 0.0)
    return compare(ours, theirs)


def compare(ours: Figure, theirs: Figure) -> dict[str, float]:
    """The scores of two figures."""
    scores = {
        "text": _f1_of_counts(ours.texts, theirs.texts),
        "layout": _f1_of_counts(ours.layout, theirs.layout),
        "type": _f1_of_counts(ours.types, theirs.types),
        "color": _f1_of_colours(ours.colours, theirs.colours),
    }
    return {**scores, "mean": sum(scores.values()) / len(PARTS)}


@functools.lru_cache(maxsize=_KEPT)
def figure(source: str) -> Figure | None:
    """What a program draws; None if it fails, or draws nothing with Matplotlib."""
    try:
        return of_scene(drawn.read(source).scene)
    except (PolicyFault, UnusableError):
        return None


def of_scene(scene: Scene) -> Figure:
    """What is compared of a scene."""
    plots = [subplot for subplot in scene.subplots if not subplot.bar]
    colours: dict[str, dict[str, None]] = {}
    for subplot in plots:
        for artist in subplot.artists:
            colours.setdefault(_type(subplot, artist), {}).update(dict.fromkeys(_colours(artist)))
    return Figure(
        texts=Counter(line for text in _texts(scene) for line in text.splitlines() if line.strip()),
        layout=Counter(subplot.grid for subplot in scene.subplots if subplot.grid is not None),
        types=Counter(kind for subplot in plots for kind in _types(subplot)),
        colours={kind: tuple(found) for kind, found in colours.items()},
    )


def _texts(scene: Scene) -> Iterator[str]:
    words: list[Words | None] = list(scene.texts)
    legends: list[Legend | None] = list(scene.legends)
    for subplot in scene.subplots:
        words += [*subplot.titles, *subplot.texts, *(axis.label for axis in subplot.axes)]
        legends.append(subplot.legend)
    for legend in legends:
        if legend is not None:
            words += [legend.title, *(entry.text for entry in legend.entries)]
    return (word.text for word in words if word is not None)


def _types(subplot: Subplot) -> list[str]:
    """Kinds of what shows data: each series, but one for all that a single call draws."""
    single = {_type(subplot, a): None for a in subplot.artists if a.kind in ONE_CALL}
    return [*single, *(_type(subplot, a) for a in subplot.artists if a.kind not in ONE_CALL)]


def _type(subplot: Subplot, artist: Artist) -> str:
    kind = PLOTTED.get(artist.kind, artist.kind) + (" across" if artist.across else "")
    return kind if subplot.kind == "rectilinear" else f"{kind}, {subplot.kind}"


def _colours(artist: Artist) -> Iterable[str]:
    if artist.map:
        return ["".join(colour or "none" for colour in artist.map)]
    ways = (artist.faces, [artist.colour], [artist.face], artist.colours, artist.edges)
    plain = ([colour[:7] for colour in way if colour is not None] for way in ways)
    return next((way for way in plain if way), [])


def _f1(both: float, ours: int, theirs: int) -> float:
    return 2 * both / (ours + theirs) if ours + theirs else 1.0


def _f1_of_counts(ours: Counter[Any], theirs: Counter[Any]) -> float:
    return _f1((ours & theirs).total(), ours.total(), theirs.total())


def _f1_of_colours(
    ours: Mapping[str, tuple[str, ...]], theirs: Mapping[str, tuple[str, ...]]
) -> float:
    both = sum(_assigned(ours[kind], theirs[kind]) for kind in ours.keys() & theirs.keys())
    return _f1(both, *(sum(map(len, one.values())) for one in (ours, theirs)))


def _assigned(ours: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    """Sum of the similarities of the best pairs."""
    similar = np.array([[float(one == other) for other in theirs] for one in ours])
    plain = [[n for n, c in enumerate(side) if len(c) == 7] for side in (ours, theirs)]
    if all(plain):
        one, other = (
            lab(np.array([list(bytes.fromhex(side[n][1:])) for n in at], np.uint8))
            for side, at in zip((ours, theirs), plain, strict=True)
        )
        gaps = ciede2000(one[:, None], other[None])
        similar[np.ix_(*plain)] = np.maximum(0, 1 - gaps / 100)
    return float(similar[linear_sum_assignment(similar, maximize=True)].sum())
