"""Series in which one thing gets worse step by step: does the distance grow with every step?

    python -m benchmarks.judge.graded --sources 12 --split report

Models are seldom wrong in one place; everything is a little off. Each series takes one source and
worsens it in one way: all shapes displaced, outlines jittered or drawn coarser, colours off, more
and more elements, rows or cells lost or wrong; or in several ways at once ("mixed"). Printed is the
share of pairs of steps of one series that are in order (ties count half): by the default reward, by
the judge's distance, by the sum of severities alone, and by plain measures of the pictures. Charts
are attempts with more and more errors, each in looks of its own (`chart_attempts`); what is
reported of those without an error is counted by category.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.judge import chart_attempts, icons
from benchmarks.judge.svg_document import Document, path_data, remove
from benchmarks.judge.table_edits import EDITS
from benchmarks.judge.table_looks import html, some_look
from benchmarks.judge.table_sheets import sheets
from benchmarks.judge.table_studio import Studio
from visual_erm import images
from visual_erm.data.svg.documents import commands, tag
from visual_erm.data.tables.sheets import Sheet
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.metrics import METRICS
from visual_erm.rewards.shaping import Graded, Outcome
from visual_erm.types import CATEGORIES, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

OURS = ("reward", "distance", "severities")
BASELINES = ("ssim", "mse", "phash")
Series = tuple[str, "Image", list["Image"]]
"""Its kind, the reference, and candidates from good to bad."""


def _displaced(document: Document, share: float, rng: random.Random) -> Document:
    """Each element moved its own way by a share of the width."""
    twin = document.copy()
    for element in twin.drawables():
        if twin.movable(element):
            angle = rng.uniform(0, 2 * np.pi)
            step = share * twin.view[2]
            dx, dy = step * np.cos(angle), step * np.sin(angle)
            old = element.get("transform", "")
            element.set("transform", f"translate({dx:.3f} {dy:.3f}) {old}".strip())
    return twin


def _jittered(document: Document, share: float, rng: random.Random) -> Document:
    """Every point of every outline displaced at random."""
    twin = document.copy()
    for element in twin.drawables():
        parts = commands(element.get("d", "")) if tag(element) == "path" else None
        if parts:
            reach = share * twin.view[2]
            moved = [
                (n, tuple((x + rng.gauss(0, reach), y + rng.gauss(0, reach)) for x, y in points))
                for n, points in parts
            ]
            element.set("d", path_data(moved))
    return twin


def _straight(document: Document, share: float, rng: random.Random) -> Document:
    """Curves of a share of the elements drawn as polygons through their ends."""
    twin = document.copy()
    for element in twin.drawables():
        parts = commands(element.get("d", "")) if tag(element) == "path" else None
        if parts and rng.random() < share:
            straight = [
                (n if n in ("moveTo", "closePath", "endPath") else "lineTo", points[-1:])
                for n, points in parts
            ]
            element.set("d", path_data(straight))
    return twin


def _fewer(document: Document, share: float, rng: random.Random) -> Document:
    """A share of the elements left out."""
    twin = document.copy()
    elements = twin.drawables()
    order = sorted(elements, key=lambda e: rng.random())
    for element in order[: round(share * len(elements))]:
        remove(element)
    return twin


def _rounded(document: Document, share: float, rng: random.Random) -> Document:
    """Every point of every outline on a grid with steps of a share of the width."""
    twin = document.copy()
    step = share * twin.view[2]
    for element in twin.drawables():
        parts = commands(element.get("d", "")) if tag(element) == "path" else None
        if parts:
            grid = [
                (n, tuple((step * round(x / step), step * round(y / step)) for x, y in points))
                for n, points in parts
            ]
            element.set("d", path_data(grid))
    return twin


def _recoloured(document: Document, share: float, rng: random.Random) -> Document:
    """A share of the elements filled with another colour."""
    twin = document.copy()
    order = sorted(twin.drawables(), key=lambda e: rng.random())
    for element in order[: math.ceil(share * len(order))]:
        element.set("style", f"fill:#{rng.randrange(1 << 24):06x}")
    return twin


def _mixed(document: Document, share: float, rng: random.Random) -> Document:
    """A little of everything, as in the attempts of models."""
    twin = _displaced(document, 0.08 * share, rng)
    twin = _jittered(twin, 0.02 * share, rng)
    twin = _straight(twin, share, random.Random(1))
    return _fewer(twin, 0.4 * share, random.Random(2))


def _tinted(picture: Image, share: float) -> Image:
    """Hues turned and colours paler."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + 90 * share) % 180
    hsv[..., 2] += (255 - hsv[..., 2]) * share
    back = cv2.cvtColor(hsv.clip(0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)
    return np.asarray(back, np.uint8)


def _shifted(picture: Image, share: float) -> Image:
    """Everything moved by a share of the width."""
    step = share * picture.shape[1]
    move = np.array([[1, 0, step], [0, 1, step / 2]], np.float32)
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, move, size, borderValue=(255, 255, 255)), np.uint8)


def _resized(picture: Image, share: float) -> Image:
    """Everything smaller, about the middle."""
    height, width = picture.shape[:2]
    scale = cv2.getRotationMatrix2D((width / 2, height / 2), 0, 1 - share)
    drawn = cv2.warpAffine(picture, scale, (width, height), borderValue=(255, 255, 255))
    return np.asarray(drawn, np.uint8)


def _traced(picture: Image, share: float) -> Image:
    """Flat polygons in place of shapes, coarser and coarser."""
    levels = np.asarray(picture // 48 * 48 + 24, np.int64)
    codes = levels @ np.array([1 << 16, 1 << 8, 1])
    colours, counts = np.unique(codes, return_counts=True)
    drawn = np.full_like(picture, picture[0, 0])
    for code in colours[np.argsort(-counts)][:24]:
        mask = (codes == code).astype(np.uint8)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        colour = picture[mask > 0].mean(axis=0).tolist()
        for outline in outlines:
            if cv2.contourArea(outline) > (40 * share) ** 2:
                polygon = cv2.approxPolyDP(outline, share * picture.shape[1] / 2, closed=True)
                cv2.fillPoly(drawn, [polygon], colour)
    return drawn


Redraw = Callable[[Document, float, random.Random], Document]
REDRAWN: dict[str, tuple[Redraw, tuple[float, ...]]] = {
    "displaced": (_displaced, (0.01, 0.025, 0.05, 0.1)),
    "jittered": (_jittered, (0.004, 0.01, 0.025, 0.06)),
    "straight": (_straight, (0.3, 0.6, 1.0)),
    "fewer": (_fewer, (0.15, 0.35, 0.6, 0.85)),
    "rounded": (_rounded, (0.02, 0.04, 0.08, 0.16)),
    "recoloured": (_recoloured, (0.1, 0.3, 0.6, 1.0)),
    "mixed": (_mixed, (0.15, 0.3, 0.5, 0.75, 1.0)),
}
FILTERED: dict[str, tuple[Callable[[Image, float], Image], tuple[float, ...]]] = {
    "tinted": (_tinted, (0.1, 0.25, 0.5, 0.8)),
    "shifted": (_shifted, (0.02, 0.05, 0.1, 0.2)),
    "resized": (_resized, (0.03, 0.08, 0.15, 0.3)),
    "traced": (_traced, (0.02, 0.05, 0.1, 0.2)),
}


def drawings(count: int, split: icons.Split) -> Iterator[Series]:
    """Series of drawings."""
    for icon in icons.pick(count, 7, split):
        document = Document(icon.svg, 400)
        reference = document.draw()
        if images.is_blank(reference) or not document.drawables():
            continue
        for kind, (redraw, steps) in REDRAWN.items():
            # One seed for all steps: each goes further the same way.
            worse = [redraw(document, s, random.Random(icon.name)).draw() for s in steps]
            yield kind, reference, _distinct(reference, worse)
        for kind, (change, steps) in FILTERED.items():
            yield kind, reference, _distinct(reference, [change(reference, s) for s in steps])


def _distinct(reference: Image, steps: list[Image]) -> list[Image]:
    """Without steps that changed nothing."""
    kept: list[Image] = []
    for step in steps:
        if not np.array_equal(step, kept[-1] if kept else reference):
            kept.append(step)
    return kept


CELLS = (1, 2, 4, 8, 16)
"""Edits applied one after the other; a step of a series has this many of them."""
WORSENED = {"digits": "digit", "typos": "typo", "words": "word", "emptied": "emptied",
            "rows lost": "row_dropped", "rows repeated": "row_duplicated"}  # fmt: skip


def tables(count: int, split: icons.Split) -> Iterator[Series]:
    """Series of tables."""
    chosen = [s for n, s in enumerate(sheets()) if (n % 2 == 0) == (split == "tune")]
    with Studio() as studio:
        for sheet in chosen[:count]:
            look = some_look(random.Random(sheet.name))
            reference = studio.draw(html(sheet, look))
            for kind, operator in WORSENED.items():
                steps = [studio.draw(html(s, look)) for s in _worse(sheet, operator)]
                yield kind, reference, _distinct(reference, steps)


def _worse(sheet: Sheet, operator: str) -> Iterator[Sheet]:
    rng = random.Random(f"{sheet.name} {operator}")
    touched: set[int] = set()
    done = 0
    for _ in range(200):
        change = EDITS[operator](sheet, rng)
        if change is None:
            return
        keys = change.before | change.after
        if keys & touched:
            continue
        # A repeated row has new keys: it is not repeated again.
        touched |= keys | {key % 10_000 for key in keys}
        sheet, done = replace(change.sheet), done + 1
        if done in CELLS:
            yield sheet
        if done == CELLS[-1]:
            return


def charts(count: int, split: icons.Split) -> Iterator[Series]:
    """Series of attempts at charts; the first of each has no error."""
    return chart_attempts.series(count, tuning=split == "tune")


def measure(
    series: Iterator[Series], task: Task, alarms: dict[str, list[Counter[str]]]
) -> dict[str, dict[str, list[float]]]:
    """For each kind and each measure, 1, 0.5 or 0 for every pair of steps.

    `alarms` gets what is reported of charts without an error.
    """
    judge = EmbeddedJudge()
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for kind, reference, steps in series:
        verdicts = [judge.compare(reference, step, task) for step in steps]
        if task == "chart":
            alarms[kind].append(Counter(error.category for error in verdicts[0].errors))
        outcomes = [Outcome.of(verdict) for verdict in verdicts]
        scores: dict[str, list[float]] = {
            "reward": [-(value or 0.0) for value in Graded()(outcomes)],
            "distance": [verdict.distance or 0.0 for verdict in verdicts],
            "severities": [float(outcome.total) for outcome in outcomes],
        }
        for name in BASELINES:
            scores[name] = [-METRICS[name].quality(reference, step) for step in steps]
        for name, values in scores.items():
            found[kind][name] += [
                0.5 if a == b else float(a < b) for a, b in combinations(values, 2)
            ]
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--sources", type=int, default=12, help="of each task")
    parser.add_argument("--task", choices=["svg", "table", "chart"], help="only this one")
    parser.add_argument("--split", choices=["tune", "report"], default="report")
    options = parser.parse_args()
    shown = Table(title=f"Pairs of steps in order, {options.split} half")
    for column in ("series", "pairs", *OURS, *BASELINES):
        shown.add_column(column, justify="right")
    kinds: tuple[tuple[Task, Iterator[Series]], ...] = (
        ("svg", drawings(options.sources, options.split)),
        ("table", tables(options.sources, options.split)),
        ("chart", charts(options.sources, options.split)),
    )
    alarms: dict[str, list[Counter[str]]] = defaultdict(list)
    for task, series in kinds:
        if options.task not in (None, task):
            continue
        found = measure(series, task, alarms)
        total: dict[str, list[float]] = defaultdict(list)
        for kind, values in found.items():
            _row(shown, f"{task} {kind}", values)
            for name, ordered in values.items():
                total[name] += ordered
        _row(shown, f"{task} all", total, end=True)
    Console().print(shown)
    for kind, counts in alarms.items():
        clean = sum(not count for count in counts) / len(counts)
        mean = sum(counts, Counter[str]())
        said = ", ".join(f"{mean[c] / len(counts):.2f} {c}" for c in CATEGORIES["chart"])
        print(f"{kind}: {len(counts)} attempts without an error, {clean:.0%} clean; each {said}")


def _row(shown: Table, name: str, values: dict[str, list[float]], *, end: bool = False) -> None:
    means = [f"{np.mean(values[m]):.3f}" if values[m] else "-" for m in (*OURS, *BASELINES)]
    shown.add_row(name, str(len(values["reward"])), *means, end_section=end)


if __name__ == "__main__":
    main()
