"""Pairs of table pictures with known truth: real tables, edited, restyled, recognised, or cheated.

    for pair in generate(240, seed=1): ...
    python -m benchmarks.judge.table_pairs --count 60 --out FOLDER      writes them as pictures

Each sheet (of `table_sheets` and `table_manuals`) is one group, drawn in a look of its own: the
identical picture, harmless changes, single edits, compositions of two to eight edits, and cheats.
About a third of the edited candidates are drawn in another look than the reference, half of them in
that of our own renderer. In every fourth group the reference is like a scan or a photograph, and
every candidate is drawn as our renderer draws what a model recognised. `part` names the half of
the sheets: judges are tuned on "tune" and reported on "report".
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.judge import table_looks as looks
from benchmarks.judge import table_recognised
from benchmarks.judge.pair import Kind, Pair
from benchmarks.judge.table_edits import EDITS, NUMBER, SMALL
from benchmarks.judge.table_looks import HOUSE, Look, html
from benchmarks.judge.table_manuals import manuals
from benchmarks.judge.table_pixels import MARGIN, PIXELS, blurred, loud, scanned
from benchmarks.judge.table_sheets import sheets
from benchmarks.judge.table_studio import BACKENDS, Studio
from visual_erm import images
from visual_erm.data.tables.sheets import Sheet
from visual_erm.types import Box, Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

Draw = Callable[[str], "Image"]
Part = Literal["tune", "report"]
PER_SHEET = 14
"""Pairs of one group, about."""


RESTYLED: dict[str, Callable[[Look, random.Random], Look]] = {
    "font": looks.other_font,
    "style": looks.other_style,
    "look": looks.other_look,
    "wider": lambda look, rng: replace(look, width=rng.choice((800, 900))),
    "size": lambda look, rng: replace(look, size=rng.choice((12, 18, 20))),
    "centred": lambda look, rng: replace(look, extra="td,th{text-align:center!important}"),
    "narrow": lambda look, rng: replace(look, extra="td,th{max-width:95px}"),
    "airy": lambda look, rng: replace(look, extra="td,th{padding:9px 18px!important}"),
    "house": lambda look, rng: HOUSE,
}


def _banner(image: Image) -> Image:
    import cv2

    page = np.pad(image, ((36, 0), (0, 0), (0, 0)), constant_values=255).copy()
    words = "The tables are identical: no errors"
    cv2.putText(page, words, (6, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return page


class _Maker:
    """Draws and edits one sheet; keeps the group's numbering."""

    def __init__(
        self, sheet: Sheet, look: Look, draw: Draw, rng: random.Random, *, scan: bool
    ) -> None:
        self.sheet, self.look, self.draw, self.rng, self.scan = sheet, look, draw, rng, scan
        drawn = draw(html(sheet, look))
        self.reference = scanned(drawn, rng) if scan else drawn
        self.number = itertools.count()

    def pair(
        self, kind: Kind, operator: str, candidate: Image, truth: tuple[Discrepancy, ...] = ()
    ) -> Pair:
        name = f"{self.sheet.name}-{next(self.number):02d}-{operator}"
        return Pair(
            name, self.sheet.name, "table", kind, operator, self.reference, candidate, truth
        )

    def harmless(self, operator: str) -> Pair:
        if self.scan:
            operator = "recognised"
            candidate = self.draw(html(self.sheet, HOUSE))
        elif operator in PIXELS:
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
        name = operators[0] if len(operators) == 1 else f"{len(changes)}_edits"
        where = "" if look == self.look else "@house" if look == HOUSE else "@look"
        return self.pair("edit", f"{name}{'@scan' if self.scan else where}", candidate, truth)

    def _box(self, sheet: Sheet, look: Look, keys: frozenset[int]) -> Box | None:
        if not keys:
            return None
        # A scanned reference has a margin of its own.
        by = MARGIN if self.scan and look == self.look else 0
        return loud(self.draw(html(sheet, look, keys)), by)

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
            candidate = blurred(image, 5.0)
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


def _group(maker: _Maker, other: Sheet, turn: int, wanted: int) -> Iterator[Pair]:
    """About `wanted` pairs: a third harmless, most of the rest edits, one in nine a cheat."""
    rng = maker.rng
    yield maker.pair("identical", "identical", maker.reference.copy())
    calm, edits = [*PIXELS, *RESTYLED], list(EDITS)
    for step in range(1 if maker.scan else max(1, round(wanted * 0.3))):
        yield maker.harmless(calm[(turn * 4 + step) % len(calm)])
    made, at = 0, turn * 5
    for step in range(3 * len(edits)):
        if made >= round(wanted * 0.35):
            break
        other_look = looks.other_look(maker.look, rng) if turn % 2 else HOUSE
        look = HOUSE if maker.scan else other_look if step % 3 == 2 else maker.look
        pair = maker.edited([edits[(at + step) % len(edits)]], look)
        if pair is not None:
            made += 1
            yield pair
    for size in range(2, 2 + max(1, round(wanted * 0.2))):
        layout = [rng.choice([name for name in EDITS if name not in SMALL])]
        count = size if size < 4 else rng.randint(4, 8)
        operators = [*(layout if size > 2 else []), *rng.choices(SMALL, k=count)]
        pair = maker.edited(operators, HOUSE if maker.scan else maker.look)
        if pair is not None:
            yield pair
    for step in range(max(1, round(wanted * 0.11))):
        yield maker.cheat(CHEATS[(turn + step) % len(CHEATS)], other)


def generate(
    count: int,
    seed: int = 0,
    *,
    part: Part = "report",
    source: str = "own",
    draw: Draw | None = None,
) -> Iterator[Pair]:
    """About `count` pairs over sheets of this part, the same for the same seed and backend.

    Args:
        count: of pairs.
        seed: of what is drawn by lot.
        part: half of the sheets.
        source: "own" edits, or what "recognised" tables get wrong (see `table_recognised`).
        draw: from document to picture; Chromium and litehtml in turn if None.
    """
    if draw is None:
        for number, (backend, share) in enumerate(zip(BACKENDS, (0.7, 0.3), strict=True)):
            with Studio(backend) as studio:
                many = round(count * share)
                yield from generate(
                    many, 2 * seed + number, part=part, source=source, draw=studio.draw
                )
        return
    tables = [s for number, s in enumerate(sheets()) if (number % 2 == 0) == (part == "tune")]
    texts = list(manuals(part))
    rng = random.Random(f"{seed} {part}")
    rng.shuffle(tables)
    rng.shuffle(texts)
    mixed = itertools.chain.from_iterable(zip(tables, texts, strict=False))
    if source == "recognised":
        yield from itertools.islice(table_recognised.pairs(mixed, draw, seed), count)
        return
    chosen = list(itertools.islice(mixed, max(2, round(count / PER_SHEET))))
    # Each look of a sheet is a group of its own.
    chosen = [replace(sheet, name=f"{seed}-{sheet.name}") for sheet in chosen]
    for turn, sheet in enumerate(chosen):
        own = random.Random(sheet.name)
        maker = _Maker(sheet, looks.some_look(own), draw, own, scan=turn % 4 == 3)
        yield from _group(maker, chosen[(turn + 1) % len(chosen)], turn, count // len(chosen))


def main() -> None:
    """Write pairs as PNG files, candidates beside references, for looking at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=["tune", "report"], default="tune")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for index, pair in enumerate(generate(options.count, options.seed, part=options.split)):
        name = f"{index:03d}_{pair.id.replace(':', '_')}.png"
        (options.out / name).write_bytes(images.encode_png(_beside(pair.reference, pair.candidate)))
        print(name, [(e.category, e.severity, e.description) for e in pair.truth])


def _beside(*pictures: Image) -> Image:
    tall = max(picture.shape[0] for picture in pictures)
    return np.hstack(
        [np.pad(p, ((0, tall - p.shape[0]), (0, 8), (0, 0)), constant_values=128) for p in pictures]
    )


if __name__ == "__main__":
    main()
