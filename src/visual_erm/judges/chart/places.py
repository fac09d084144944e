"""Which panel of the candidate is which of the reference, and where places lie in the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from visual_erm.align import area, around, shared
from visual_erm.judges import copies
from visual_erm.judges.chart import words
from visual_erm.judges.chart.scene import ChartScene, Label
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

CROSSED = 0.4
"""Two panels have changed places where they differ by less than this share of it across."""
GRID = 48
"""Pixels of side at which panels are compared for it."""
BESIDE = ("x tick", "y tick", "right tick", "x label", "y label", "right label")
"""Roles of texts that go with the axes of a plot."""
ROUNDED = 0.2
"""Grey levels by which plots of a few texts differ where their places were rounded."""
READ_IN = 0.9
"""Share of a text that must lie in a plot to be one of its own."""
FAR = 0.75
"""Cost above which two panels are not the same one."""


@dataclass(frozen=True)
class Match:
    """Pairs of panels, and the mapping of boxes that follows from them."""

    a: ChartScene
    b: ChartScene
    pairs: tuple[tuple[int, int], ...]
    exchanged: tuple[tuple[int, int], ...] = ()
    """Panels of the reference that have each other's place in the candidate."""

    @cached_property
    def untouched(self) -> bool:
        """Whether most of the reference is there again to the last bit, as nothing smoothed is."""
        alike = copies.share_alike(self.a.image, self.b.image, self.a.edges)
        return not self.b.noisy and alike > copies.UNTOUCHED

    def panel(self, index: int | None) -> int | None:
        """The candidate's panel for one of the reference."""
        return next((j for i, j in self.pairs if i == index), None)

    def panel_back(self, index: int | None) -> int | None:
        """The reference's panel for one of the candidate."""
        return next((i for i, j in self.pairs if j == index), None)

    def frames(self, index: int | None) -> tuple[Box, Box]:
        """Boxes that correspond: those of the panel, or what all panels cover together."""
        other = self.panel(index)
        if index is not None and other is not None:
            return self.a.panels[index].box, self.b.panels[other].box
        if self.pairs:
            return (
                around([self.a.panels[i].box for i, _ in self.pairs]),
                around([self.b.panels[j].box for _, j in self.pairs]),
            )
        return (0, 0, *self.a.image.shape[1::-1]), (0, 0, *self.b.image.shape[1::-1])

    def box(self, box: Box, index: int | None) -> Box:
        """A box of the reference, near its panel, in the candidate.

        Sizes of what stands beside a panel follow the letters, not the panel, so only distances
        inside the panel are scaled by its size.
        """
        one, two = self.frames(index)
        return _carry(box, one, two)

    def box_back(self, box: Box, index: int | None) -> Box:
        """A box of the candidate, near its panel, in the reference."""
        two, one = self.frames(self.panel_back(index))
        return _carry(box, one, two)

    def offset(self, one: Label, two: Label) -> float:
        """Distance of two labels in shares of the panel, 0 at the same place."""
        frame, other = self.frames(one.panel)
        p, q = _relative(one.box, frame), _relative(two.box, other)
        return float(np.hypot(p[0] - q[0], p[1] - q[1]))


def _carry(box: Box, one: Box, two: Box) -> Box:
    sx = (two[2] - two[0]) / max(1, one[2] - one[0])
    sy = (two[3] - two[1]) / max(1, one[3] - one[1])
    size = min(sx, sy) if 0.8 < sx / sy < 1.25 else (sx * sy) ** 0.5
    x, w = _axis((box[0], box[2]), (one[0], one[2]), (two[0], two[2]), sx, size)
    y, h = _axis((box[1], box[3]), (one[1], one[3]), (two[1], two[3]), sy, size)
    return round(x - w / 2), round(y - h / 2), round(x + w / 2), round(y + h / 2)


def _axis(
    box: tuple[int, int], one: tuple[int, int], two: tuple[int, int], scale: float, size: float
) -> tuple[float, float]:
    """Middle and length of a stretch after the move."""
    middle, length = (box[0] + box[1]) / 2, (box[1] - box[0]) * size
    if middle < one[0]:
        return two[0] + (middle - one[0]) * size, length
    if middle > one[1]:
        return two[1] + (middle - one[1]) * size, length
    return two[0] + (middle - one[0]) * scale, length


def _relative(box: Box, frame: Box) -> tuple[float, float]:
    w, h = max(1, frame[2] - frame[0]), max(1, frame[3] - frame[1])
    return ((box[0] + box[2]) / 2 - frame[0]) / w, ((box[1] + box[3]) / 2 - frame[1]) / h


def inked(match: Match, label: Label, *, back: bool = False) -> bool:
    """Whether as much ink as letters have stands where a label should in the other picture.

    With `back` the label is the candidate's.
    """
    place = match.box_back(label.box, label.panel) if back else match.box(label.box, label.panel)
    a, b = (match.b, match.a) if back else (match.a, match.b)
    tick = label.role.endswith("tick")
    others = (other for other in b.labels if not (tick and other.role.endswith("tick")))
    if any(shared(place, other.box) for other in others):
        return False  # what stands there is another text, which has come nearer
    x0, y0, x1, y1 = place
    height, width = b.image.shape[:2]
    here = a.image[label.box[1] : label.box[3], label.box[0] : label.box[2]]
    # a place beyond the edge holds nothing
    there = b.image[max(0, y0) : max(0, min(height, y1)), max(0, x0) : max(0, min(width, x1))]
    return there.size > 0 and _ink(there) > 0.3 * _ink(here)


def _ink(part: Image) -> float:
    """Share of pixels that stand out from their paper."""
    paper = np.median(part.reshape(-1, 3), axis=0)
    return float((np.abs(part.astype(np.float32) - paper).max(axis=2) > 60).mean())


def match_panels(a: ChartScene, b: ChartScene) -> Match:
    """Pair panels by place, shape, kind and title."""
    if not a.panels or not b.panels:
        return Match(a, b, ())
    cost = np.array(
        [[_cost(a, i, b, j) for j in range(len(b.panels))] for i in range(len(a.panels))]
    )
    rows, columns = linear_sum_assignment(cost)
    limit = FAR if len(a.panels) > 1 or len(b.panels) > 1 else 9.0
    pairs = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if cost[i, j] < limit]
    return _exchanged(a, b, pairs)


def _exchanged(a: ChartScene, b: ChartScene, pairs: list[tuple[int, int]]) -> Match:
    """Pair panels across where each looks like what stands in the other's place."""
    plots = [(i, j) for i, j in pairs if a.panels[i].kind != "strip"]
    if len(plots) < 2:
        return Match(a, b, tuple(pairs))
    ones = {i: _look(a, i) for i, _ in plots}
    twos = {j: _look(b, j) for _, j in plots}
    partner, found = dict(pairs), []
    for at, (i, j) in enumerate(plots):
        for k, m in plots[at + 1 :]:
            straight = min(_unlike(ones[i], twos[j]), _unlike(ones[k], twos[m]))
            across = max(_turned(ones[i], twos[m]), _turned(ones[k], twos[j]))
            crossed = across < CROSSED * straight or (
                across < straight + ROUNDED and _read_across(a, (i, k), b, (j, m))
            )
            if crossed and partner[i] == j and partner[k] == m:
                partner[i], partner[k] = m, j
                found.append((i, k))
    return Match(a, b, tuple(partner.items()), tuple(found))


def _read_across(
    a: ChartScene, ones: tuple[int, int], b: ChartScene, twos: tuple[int, int]
) -> bool:
    """Whether each of two plots holds the texts of the other, and no other ones."""
    here, there = (_inside(a, i) for i in ones)
    now = [_inside(b, j) for j in twos]
    return here != there and min(len(here), len(there)) > 0 and [there, here] == now


def _inside(scene: ChartScene, index: int) -> list[str]:
    """What can be read in a plot, tick labels inside it included."""
    box = scene.panels[index].box
    texts = (x.text for x in scene.labels if shared(x.box, box) > READ_IN * area(x.box))
    return sorted(words.canonical(text) for text in texts if len(text) > 2)


def _look(scene: ChartScene, index: int) -> NDArray[np.float32]:
    """A panel's inside, coarse and soft."""
    x0, y0, x1, y1 = scene.panels[index].box
    part = scene.image[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3]
    if min(part.shape[:2]) < 8:
        part = scene.image[y0:y1, x0:x1]
    small = cv2.resize(part, (GRID, GRID), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)


def _unlike(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    return float(np.abs(one - two).mean())


def _turned(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    """How unlike two plots are if an axis of one may be inverted as well."""
    return min(_unlike(one, other) for other in (two, two[:, ::-1], two[::-1]))


def _cost(a: ChartScene, i: int, b: ChartScene, j: int) -> float:
    one, two = a.panels[i], b.panels[j]
    p, q = _shares(one.box, a), _shares(two.box, b)
    place = float(np.abs(np.array(p) - np.array(q)).sum())
    kinds = 0.6 if (one.kind == "strip") != (two.kind == "strip") else 0.0
    titles = a.of("title", i), b.of("title", j)
    naming = 0.0
    if titles[0] and titles[1]:
        naming = 0.3 * (1 - words.similarity(titles[0][0].text, titles[1][0].text))
    return place + kinds + naming


def _shares(box: Box, scene: ChartScene) -> tuple[float, ...]:
    height, width = scene.image.shape[:2]
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height
