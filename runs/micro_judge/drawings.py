"""Drawings of one to three large shapes, as many as are wanted: what a small judge learns from."""

from __future__ import annotations

import random
from collections.abc import Container, Iterator

from visual_erm.data.records import Seed

COLOURS = ("#b91c1c", "#1d4ed8", "#047857", "#d97706", "#6d28d9")
SIDE = 64
"""Pixels; a shape has a cell of a quarter of the picture."""


def drawings(count: int, seed: int, without: Container[str] = ()) -> Iterator[Seed]:
    """Seeds for `build`, no drawing twice; equal numbers give equal drawings.

    Args:
        count: how many.
        seed: of the choice.
        without: sources that are not to be among them.
    """
    rng = random.Random(seed)
    drawn: set[str] = set()
    while len(drawn) < count:
        cells = rng.sample([(x, y) for x in (0, 1) for y in (0, 1)], rng.randint(1, 3))
        shapes = "".join(_shape(rng, 32 * x, 32 * y) for x, y in sorted(cells))
        source = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}">{shapes}</svg>'
        )
        if source in drawn or source in without:
            continue
        drawn.add(source)
        yield Seed(
            id=f"shapes-{seed}/{len(drawn):05d}",
            task="svg",
            source=source,
            family=f"shapes-{seed}",
            licence="CC0-1.0",
            provenance="runs/micro_judge/drawings.py",
        )


def _shape(rng: random.Random, x: int, y: int) -> str:
    colour, size = rng.choice(COLOURS), rng.choice((9, 12))
    middle = (x + 16, y + 16)
    kind = rng.choice(("circle", "rect", "triangle"))
    if kind == "circle":
        return f'<circle cx="{middle[0]}" cy="{middle[1]}" r="{size}" fill="{colour}"/>'
    if kind == "rect":
        return (
            f'<rect x="{middle[0] - size}" y="{middle[1] - size}" width="{2 * size}" '
            f'height="{2 * size}" fill="{colour}"/>'
        )
    left, right, top, bottom = x + 16 - size, x + 16 + size, y + 16 - size, y + 16 + size
    return f'<path d="M{left} {bottom} L{right} {bottom} L{middle[0]} {top} Z" fill="{colour}"/>'
