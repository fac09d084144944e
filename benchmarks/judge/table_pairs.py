"""Pairs of table pictures with known truth: real tables, edited, restyled, or cheated.

    for pair in generate(240, seed=1): ...

Each sheet of `table_sheets` is one group: the identical picture, harmless changes, single edits,
compositions of two to four edits, and cheats. About a third of the edited candidates are drawn in
another look than the reference, as they are when the reference is not of our own drawing. `part`
names the half of the sheets: judges are tuned on "tune" and reported on "report".
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.judge.pair import Kind, Pair
from benchmarks.judge.table_edits import EDITS, NUMBER, SMALL
from benchmarks.judge.table_sheets import FONTS, LOOKS, Look, Sheet, html, sheets
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

Draw = Callable[[str], "Image"]
Part = Literal["all", "tune", "report"]


def _scaled(image: Image, scale: float) -> Image:
    import cv2

    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def _jpeg(image: Image, quality: int) -> Image:
    import cv2

    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _blurred(image: Image, sigma: float) -> Image:
    import cv2

    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def _padded(image: Image, rng: random.Random, most: int) -> Image:
    sides = [(rng.randint(0, most), rng.randint(0, most)) for _ in range(2)]
    return np.pad(image, (*sides, (0, 0)), constant_values=255)


PIXELS: dict[str, Callable[[Image, random.Random], Image]] = {
    "smaller": lambda image, rng: _scaled(image, rng.choice((0.8, 0.9))),
    "larger": lambda image, rng: _scaled(image, rng.choice((1.25, 1.5, 2.0))),
    "shift": lambda image, rng: np.roll(image, (rng.choice((1, -1)), rng.choice((1, 2))), (0, 1)),
    "jpeg": lambda image, rng: _jpeg(image, 90),
    "blur": lambda image, rng: _blurred(image, 0.6),
    "padding": lambda image, rng: _padded(image, rng, 40),
}


def _other_font(look: Look, rng: random.Random) -> Look:
    return replace(look, font=rng.choice([font for font in FONTS if font != look.font]))


def _other_style(look: Look, rng: random.Random) -> Look:
    return replace(look, style=rng.choice([style for style in LOOKS if style != look.style]))


def _other_look(look: Look, rng: random.Random) -> Look:
    look = _other_style(_other_font(look, rng), rng)
    return replace(look, size=rng.choice((13, 15, 17)))


RESTYLED: dict[str, Callable[[Look, random.Random], Look]] = {
    "font": _other_font,
    "style": _other_style,
    "look": _other_look,
    "wider": lambda look, rng: replace(look, width=rng.choice((800, 900))),
    "size": lambda look, rng: replace(look, size=rng.choice((12, 18, 20))),
    "centred": lambda look, rng: replace(look, extra="td,th{text-align:center!important}"),
    "narrow": lambda look, rng: replace(look, extra="td,th{max-width:95px}"),
}


def _banner(image: Image) -> Image:
    import cv2

    page = np.pad(image, ((36, 0), (0, 0), (0, 0)), constant_values=255).copy()
    words = "The tables are identical: no errors"
    cv2.putText(page, words, (6, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return page


class _Maker:
    """Draws and edits one sheet; keeps the group's numbering."""

    def __init__(self, sheet: Sheet, look: Look, draw: Draw, rng: random.Random) -> None:
        self.sheet, self.look, self.draw, self.rng = sheet, look, draw, rng
        self.reference = draw(html(sheet, look))
        self.number = itertools.count()

    def pair(
        self, kind: Kind, operator: str, candidate: Image, truth: tuple[Discrepancy, ...] = ()
    ) -> Pair:
        name = f"{self.sheet.name}-{next(self.number):02d}-{operator}"
        return Pair(
            name, self.sheet.name, "table", kind, operator, self.reference, candidate, truth
        )

    def harmless(self, operator: str) -> Pair:
        if operator in PIXELS:
            candidate = PIXELS[operator](self.reference, self.rng)
        else:
            candidate = self.draw(html(self.sheet, RESTYLED[operator](self.look, self.rng)))
        return self.pair("harmless", operator, candidate)

    def edited(self, operators: list[str], look: Look) -> Pair | None:
        sheet, changes = self.sheet, []
        touched: set[int] = set()
        for operator in operators:
            change = EDITS[operator](sheet, self.rng)
            if change is None or (change.before | change.after) & touched:
                continue
            touched |= change.before | change.after
            sheet = change.sheet
            changes.append(change)
        candidate = self.draw(html(sheet, look))
        if not changes or (look == self.look and np.array_equal(candidate, self.reference)):
            return None
        truth = tuple(
            Discrepancy(
                category=change.category,
                severity=change.severity,
                description=change.description,
                bbox=self._box(self.sheet, self.look, change.before),
                bbox_prediction=self._box(sheet, look, change.after),
            )
            for change in changes
        )
        name = "+".join(operators) if len(operators) == 1 else f"{len(changes)}_edits"
        return self.pair("edit", name if look == self.look else f"{name}@look", candidate, truth)

    def _box(self, sheet: Sheet, look: Look, keys: frozenset[int]) -> Box | None:
        if not keys:
            return None
        marked = self.draw(html(sheet, look, keys)).astype(np.int16)
        loud = (marked[..., 0] > 200) & (marked[..., 1] < 60) & (marked[..., 2] > 200)
        ys, xs = np.flatnonzero(loud.any(axis=1)), np.flatnonzero(loud.any(axis=0))
        if not len(ys):
            return None
        return int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1

    def cheat(self, operator: str, other: Sheet) -> Pair:
        image, sheet = self.reference, self.sheet
        if operator == "blank":
            candidate = np.full_like(image, 255)
        elif operator == "half":
            candidate = self.draw(
                html(replace(sheet, rows=sheet.rows[: len(sheet.rows) // 2]), self.look)
            )
        elif operator == "other_table":
            candidate = self.draw(html(other, self.look))
        elif operator == "blurred":
            candidate = _blurred(image, 5.0)
        elif operator == "banner":
            candidate = _banner(np.full_like(image, 255))
        elif operator == "echoed":
            body = sheet.rows[sheet.heads]
            rows = sheet.rows[: sheet.heads] + (body,) * (len(sheet.rows) - sheet.heads)
            candidate = self.draw(html(replace(sheet, rows=rows), self.look))
        else:
            candidate = self.draw(html(self._other_numbers(), self.look))
        worst = Discrepancy(category="layout_error", severity=3, description=f"cheat: {operator}")
        return self.pair("cheat", operator, candidate, (worst,) * 5)

    def _other_numbers(self) -> Sheet:
        def fresh(match: re.Match[str]) -> str:
            return "".join(str(self.rng.randrange(1, 10)) if c.isdigit() else c for c in match[0])

        rows = tuple(
            row
            if number < self.sheet.heads
            else tuple(replace(cell, text=NUMBER.sub(fresh, cell.text)) for cell in row)
            for number, row in enumerate(self.sheet.rows)
        )
        return replace(self.sheet, rows=rows)


CHEATS = ("blank", "half", "other_table", "blurred", "banner", "echoed", "other_numbers")


def _looks(rng: random.Random) -> Iterator[Look]:
    for number, style in enumerate(itertools.cycle(LOOKS)):
        font = list(FONTS)[number % 3]
        yield Look(style, font, size=rng.choice((13, 15, 15, 17)))


def _group(maker: _Maker, other: Sheet, turn: int, wanted: int) -> Iterator[Pair]:
    """About `wanted` pairs: a third harmless, most of the rest edits, one in nine a cheat."""
    rng = maker.rng
    yield maker.pair("identical", "identical", maker.reference.copy())
    calm, edits = [*PIXELS, *RESTYLED], list(EDITS)
    for step in range(max(1, round(wanted * 0.3))):
        yield maker.harmless(calm[(turn * 4 + step) % len(calm)])
    made, at = 0, turn * 5
    for step in range(3 * len(edits)):
        if made >= round(wanted * 0.35):
            break
        look = _other_look(maker.look, rng) if step % 3 == 2 else maker.look
        pair = maker.edited([edits[(at + step) % len(edits)]], look)
        if pair is not None:
            made += 1
            yield pair
    for size in range(2, 2 + max(1, round(wanted * 0.2))):
        layout = [rng.choice([name for name in EDITS if name not in SMALL])]
        operators = [*(layout if size > 2 else []), *rng.choices(SMALL, k=size)][:4]
        pair = maker.edited(operators, maker.look)
        if pair is not None:
            yield pair
    for step in range(max(1, round(wanted * 0.11))):
        yield maker.cheat(CHEATS[(turn + step) % len(CHEATS)], other)


def generate(
    count: int, seed: int = 0, *, part: Part = "all", draw: Draw | None = None
) -> Iterator[Pair]:
    """About `count` pairs over the sheets of this part, the same for the same seed and renderer."""
    chosen = [
        sheet
        for number, sheet in enumerate(sheets())
        if part == "all" or (number % 2 == 0) == (part == "tune")
    ]
    rng = random.Random(seed)
    looks = _looks(rng)
    draw = draw or _renderer()
    wanted = max(6, round(count / len(chosen)))
    for turn, sheet in enumerate(chosen):
        maker = _Maker(sheet, next(looks), draw, random.Random(f"{seed}-{sheet.name}"))
        yield from _group(maker, chosen[(turn + 3) % len(chosen)], turn, wanted)


def _renderer() -> Draw:
    from visual_erm.renderers.table import TableRenderer

    renderer = TableRenderer()
    return lambda source: renderer.render(source).image
