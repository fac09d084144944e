"""Pairs of SVG pictures with known truth, from icons, logos, emoji and maps.

    python -m benchmarks.judge.svg_pairs --count 130 --out FOLDER      writes them as pictures

Truth boxes come from drawing the element alone: the pixels that change when it is taken away.
Icons are split in two halves that share nothing; the judge was tuned on "tune" only.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from lxml import etree

from benchmarks.judge import icons
from benchmarks.judge.pair import Kind, Pair
from benchmarks.judge.svg_document import Document, changed, draw
from benchmarks.judge.svg_edits import OPERATORS, TEXT, Edit, severity
from visual_erm import images
from visual_erm.data.svg.documents import NAMESPACE
from visual_erm.types import Discrepancy

if TYPE_CHECKING:
    from visual_erm.types import Image

PER_ICON = 13
"""Pairs of one reference: 1 identical, 3 harmless, 4 single edits, 3 compositions, 2 cheats."""
VISIBLE = 0.0015
"""Share of the picture's pixels that an edit must change to be part of the truth."""
WORDS = ("OPEN", "Save 20", "EXIT", "Menu", "v2.1", "Start", "NEW", "Zone 4", "Help")


def generate(count: int, seed: int, split: icons.Split = "report") -> Iterator[Pair]:
    """`count` pairs, `PER_ICON` of each icon."""
    made = 0
    sources = icons.pick(max(40, 2 * count // PER_ICON + 10), seed, split)
    for icon in sources:
        randomness = random.Random(f"{seed}:{icon.name}")
        document = _document(icon, randomness)
        reference = document.draw()
        if images.is_blank(reference) or not document.drawables():
            continue
        for pair in _group(icon.name, document, reference, randomness, sources):
            yield pair
            made += 1
            if made >= count:
                return


def _document(icon: icons.Icon, randomness: random.Random) -> Document:
    svg = icon.svg
    if icon.name.startswith("maps:"):
        svg = svg.replace("<path", '<path fill="#cfe2d4" stroke="#667" stroke-width="1"')
    if randomness.random() < 0.4:
        hue = randomness.choice(["#1a56db", "#b91c1c", "#047857", "#6d28d9", "#c2410c"])
        svg = svg.replace('color="#222"', f'color="{hue}"')
    document = Document(svg, randomness.choice([512, 512, 400]))
    if randomness.random() < 0.18:
        _caption(document, randomness)
    return document


def _caption(document: Document, randomness: random.Random) -> None:
    left, top, width, height = document.view
    text = etree.SubElement(document.root, f"{NAMESPACE}text")
    text.text = randomness.choice(WORDS)
    text.set("x", str(left + width / 2))
    text.set("y", str(top + height * 1.17))
    text.set("text-anchor", "middle")
    text.set("font-size", str(width * 0.15))
    text.set("fill", "#222")
    text.set("data-n", "caption")
    document.root.set("viewBox", f"{left} {top} {width} {height * 1.25}")


def _group(
    name: str,
    document: Document,
    reference: Image,
    randomness: random.Random,
    sources: list[icons.Icon],
) -> Iterator[Pair]:
    number = 0

    def pair(
        kind: Kind, operator: str, candidate: Image, truth: tuple[Discrepancy, ...] = ()
    ) -> Pair:
        nonlocal number
        number += 1
        return Pair(f"{name}#{number}", name, "svg", kind, operator, reference, candidate, truth)

    yield pair("identical", "identical", reference.copy())
    for operator in randomness.sample(sorted(HARMLESS), 3):
        yield pair("harmless", operator, _harmless(operator, document, reference))
    operators = [key for key in OPERATORS if key not in TEXT]
    randomness.shuffle(operators)
    if document.find("caption") is not None:
        operators = [randomness.choice(TEXT), *operators]
    singles = 0
    for operator in operators:
        edited = _edit(document, [operator], reference, randomness)
        if edited is not None:
            yield pair("edit", operator, *edited)
            singles += 1
        if singles == 4:
            break
    for size in (2, 3, 4):
        several = randomness.sample(operators, min(len(operators), size + 2))
        edited = _edit(document, several, reference, randomness, most=size)
        if edited is not None:
            yield pair("edit", f"composition_{size}", *edited)
    for operator in randomness.sample(CHEATS, 2):
        other = randomness.choice([icon for icon in sources if icon.name != name])
        yield pair("cheat", operator, _cheat(operator, document, reference, other))


def _edit(
    document: Document,
    operators: list[str],
    reference: Image,
    randomness: random.Random,
    most: int = 1,
) -> tuple[Image, tuple[Discrepancy, ...]] | None:
    """Apply edits to different elements; None when not even one could be seen."""
    current = document.copy()
    ink = int(images.ink(reference).sum())
    edits: list[tuple[Edit, int]] = []
    used: set[str] = set()
    before = reference
    for operator in operators:
        done = _apply(current, operator, before, randomness, used)
        if done is None:
            continue
        current, edit, before, pixels = done
        edits.append((edit, pixels))
        used.add(edit.number.rstrip("+"))
        if len(edits) == most:
            break
    found = (_truth(edit, pixels, ink, document, current) for edit, pixels in edits)
    # A later edit may have covered or removed what an earlier one did.
    truth = tuple(error for error in found if error.bbox or error.bbox_prediction)
    return (before, truth) if truth else None


def _apply(
    document: Document, operator: str, before: Image, randomness: random.Random, used: set[str]
) -> tuple[Document, Edit, Image, int] | None:
    numbers = [
        e.get("data-n") for e in document.drawables() if e.get("data-n").rstrip("+") not in used
    ]
    wanted = [n for n in numbers if (n == "caption") == (operator in TEXT)]
    randomness.shuffle(wanted)
    for number in wanted[:8]:
        twin = document.copy()
        element = twin.find(number)
        if element is None:
            continue
        edit = OPERATORS[operator](twin, element, randomness)
        if edit is None:
            continue
        after = twin.draw()
        _, pixels = changed(before, after)
        if pixels > VISIBLE * before.shape[0] * before.shape[1] and not images.is_blank(after):
            return twin, edit, after, pixels
    return None


def _truth(edit: Edit, pixels: int, ink: int, document: Document, edited: Document) -> Discrepancy:
    was = document.footprint(edit.number)[0]
    now = edited.footprint(edit.number)[0]
    return Discrepancy(
        category=edit.category,
        severity=severity(edit, pixels, ink),
        location=f"element {edit.number}",
        description=edit.description,
        bbox=was,
        bbox_prediction=now,
    )


HARMLESS = {"half_size", "large", "shift", "jpeg", "blur", "padding"}


def _harmless(operator: str, document: Document, reference: Image) -> Image:
    height, width = reference.shape[:2]
    if operator == "half_size":
        return document.draw(width // 2)
    if operator == "large":
        return document.draw(width * 3 // 2)
    if operator == "shift":
        move = np.array([[1, 0, 2], [0, 1, -1]], np.float32)
        moved = cv2.warpAffine(reference, move, (width, height), borderValue=(255, 255, 255))
        return np.asarray(moved, np.uint8)
    if operator == "jpeg":
        _, code = cv2.imencode(".jpg", reference[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        return images.load(code.tobytes())
    if operator == "blur":
        return np.asarray(cv2.GaussianBlur(reference, (0, 0), 0.8), np.uint8)
    pad = width // 32
    return np.pad(reference, ((pad, pad), (pad, pad), (0, 0)), constant_values=255)


CHEATS = [
    "blank", "half", "other", "blurred", "banner", "boxes", "texture", "dark", "tiny", "constant"
]  # fmt: skip


def _cheat(operator: str, document: Document, reference: Image, other: icons.Icon) -> Image:
    height, width = reference.shape[:2]
    picture = reference.copy()
    if operator == "blank":
        return np.full_like(picture, 255)
    if operator == "half":
        box = changed(reference, np.full_like(reference, 255))[0] or (0, 0, width, height)
        picture[:, (box[0] + box[2]) // 2 :] = 255
        return picture
    if operator == "other":
        return images.resize(draw(other.svg, width), (width, height))
    if operator == "blurred":
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), width / 40), np.uint8)
    if operator == "banner":
        picture[height // 3 : height * 2 // 3] = 30
        cv2.putText(
            picture, "SCORE 10/10", (width // 10, height // 2), 0, width / 400, (255, 255, 255), 2
        )
        return picture
    if operator == "boxes":
        return _boxes(document, reference)
    if operator == "texture":
        noise = np.random.default_rng(0).integers(-60, 60, (height, width, 1))
        return np.asarray(
            np.clip(picture.astype(np.int16) + noise, 0, 255).astype(np.uint8), np.uint8
        )
    if operator == "dark":
        return np.asarray(picture * 0.45, np.uint8)
    if operator == "tiny":
        small = images.resize(picture, (width // 4, height // 4))
        picture[:] = 255
        picture[: small.shape[0], : small.shape[1]] = small
        return picture
    return np.full_like(picture, images.ink(reference).mean() * 255)


def _boxes(document: Document, reference: Image) -> Image:
    """Each element replaced by its bounding box in its colour: similar shapes in place."""
    picture = np.full_like(reference, 255)
    for element in document.drawables()[:30]:
        box, _ = document.footprint(element.get("data-n"))
        if box is not None:
            patch = reference[box[1] : box[3], box[0] : box[2]].reshape(-1, 3)
            drawn = patch[patch.min(axis=1) < 240]
            colour = np.median(drawn if len(drawn) else patch, axis=0)
            picture[box[1] : box[3], box[0] : box[2]] = colour
    return picture


def main() -> None:
    """Write pairs as PNG files, candidates beside references, for looking at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=130)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=["tune", "report"], default="report")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for index, pair in enumerate(generate(options.count, options.seed, options.split)):
        size = (pair.reference.shape[1], pair.reference.shape[0])
        both = np.hstack([pair.reference, images.resize(pair.candidate, size)])
        name = f"{index:03d}_{pair.operator}_{pair.group.replace(':', '_')}.png"
        (options.out / name).write_bytes(images.encode_png(both))
        print(name, [(e.category, e.severity, e.description) for e in pair.truth])


if __name__ == "__main__":
    main()
