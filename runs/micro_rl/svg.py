"""The task "svg": one or two shapes and a digit, as tokens of SVG text. See `tasks`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from runs.micro_rl import tasks
from runs.micro_rl.tasks import Agreement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visual_erm.types import Image

NAME: tasks.Name = "svg"
RENDERER: dict[str, str] = {}
SEEN = (64, 64)
FIELD = (8, 8)
REWARDS = ("visual", "ssim", "mse", "embedding", "edit", "exact")
FIGURES = {
    "exact": "parameters right (F1)",
    "greedy": "the same, likeliest tokens",
    "missing": "elements missing a scene",
    "invented": "elements invented a scene",
    "labels": "digits right",
}
SIDE = 96
"""Of the canvas, in user units."""
HEAD = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
COLOURS = ("red", "blue", "green", "orange", "purple", "teal", "brown", "deeppink")
_LIKE = {"red": "deeppink", "blue": "purple", "green": "teal", "orange": "brown"}
_LIKE |= {other: one for one, other in _LIKE.items()}
SLIP = 0.25
"""Chance of each slip in what the policy is taught by."""
STEP = 8
NUMBERS = tuple(range(0, SIDE + 1, STEP))
ATTRIBUTES = {
    "circle": ("fill", "cx", "cy", "r"),
    "ellipse": ("fill", "cx", "cy", "rx", "ry"),
    "rect": ("fill", "x", "y", "width", "height"),
    "line": ("stroke", "x1", "y1", "x2", "y2"),
    "text": ("x", "y"),
}
"""What an element has, in the order in which it is written."""
_OPENINGS = {
    "line": '<line stroke-width="4"',
    "text": '<text font-size="40" font-weight="bold"',
}
_SIZES = (8, 16, 24)
_APART = 24
"""Between the centres of two shapes, in user units."""

_END = "</svg>"
PIECES = (
    "",
    _END,
    *(_OPENINGS.get(kind, f"<{kind}") for kind in ATTRIBUTES),
    *(f' {name}="' for name in dict.fromkeys(sum(ATTRIBUTES.values(), ()))),
    *(f'{number}"' for number in NUMBERS),
    *(f'{colour}"' for colour in COLOURS),
    "/>",
    ">",
    *"0123456789",
    "</text>",
)
_VOCABULARY = dict(zip(PIECES, range(len(PIECES)), strict=True))
LONGEST = 40
"""The longest scene has 34."""


@dataclass(frozen=True)
class Element:
    """One shape, or a number that is written on the canvas."""

    kind: str
    values: tuple[str, ...]
    """One for each of its attributes; of a text, what it says as well."""


Scene = tuple[Element, ...]


def sample(rng: random.Random) -> Scene:
    """One or two shapes, the larger one behind, and every other time a digit over them."""
    shapes: list[_Shape] = []
    for _ in range(rng.randint(1, 2)):
        shape = _shape(rng)
        while any(abs(shape.x - o.x) + abs(shape.y - o.y) < _APART for o in shapes):
            shape = _shape(rng)
        shapes.append(shape)
    shapes.sort(key=lambda shape: -shape.extent)
    scene = [shape.element for shape in shapes]
    if rng.random() < 0.5:
        place = (rng.randrange(0, 65, STEP), rng.randrange(40, 89, STEP))
        scene.append(Element("text", (*map(str, place), rng.choice("0123456789"))))
    return tuple(scene)


def sloppy(scene: Scene, rng: random.Random) -> Scene:
    """A scene as somebody in a hurry describes it: what the policy is taught by.

    Each kind of slip has the chance `SLIP`: an element is left out (never all), a colour is taken
    for one like it, a number is one step off, a digit is any.
    """
    kept = [element for element in scene if rng.random() >= SLIP] or [scene[0]]
    return tuple(_slipped(element, rng) for element in kept)


def _slipped(element: Element, rng: random.Random) -> Element:
    values = list(element.values)
    numbers = [at for at, value in enumerate(values) if value not in COLOURS]
    if element.kind == "text":
        if rng.random() < SLIP:
            values[-1] = rng.choice("0123456789")
        numbers = numbers[:-1]
    elif rng.random() < SLIP:
        values[0] = _LIKE[values[0]]
    if rng.random() < SLIP:
        at = rng.choice(numbers)
        moved = int(values[at]) + rng.choice((-STEP, STEP))
        values[at] = str(min(max(moved, 0), SIDE))
    return Element(element.kind, tuple(values))


@dataclass(frozen=True)
class _Shape:
    element: Element
    x: int
    y: int
    extent: int


def _shape(rng: random.Random) -> _Shape:
    kind = rng.choice(("circle", "ellipse", "rect", "line"))
    # an ellipse with two equal radii would be a circle, which no picture tells apart
    sizes = rng.sample(_SIZES, 2) if kind == "ellipse" else rng.choices(_SIZES, k=2)
    place = [rng.randrange(size, SIDE - size + 1, STEP) for size in sizes]
    if kind == "circle":
        sizes[1] = sizes[0]
        place = [rng.randrange(size, SIDE - size + 1, STEP) for size in sizes]
        numbers = [*place, sizes[0]]
    elif kind == "ellipse":
        numbers = [*place, *sizes]
    elif kind == "rect":
        corner = [at - size for at, size in zip(place, sizes, strict=True)]
        numbers = [*corner, *(2 * size for size in sizes)]
    else:
        rise = rng.choice((-1, 1)) * sizes[1]
        numbers = [place[0] - sizes[0], place[1] - rise, place[0] + sizes[0], place[1] + rise]
    element = Element(kind, (rng.choice(COLOURS), *map(str, numbers)))
    extent = 0 if kind == "line" else sizes[0] * sizes[1]
    return _Shape(element, place[0], place[1], extent)


def tokens(scene: Scene) -> list[int]:
    """A scene as the policy should write it, with the start and the end."""
    pieces = [PIECES[tasks.START]]
    for element in scene:
        pieces.append(_OPENINGS.get(element.kind, f"<{element.kind}"))
        for name, value in zip(ATTRIBUTES[element.kind], element.values, strict=False):
            pieces += [f' {name}="', f'{value}"']
        pieces += [">", *element.values[-1], "</text>"] if element.kind == "text" else ["/>"]
    return [_VOCABULARY[piece] for piece in (*pieces, _END)]


def read(written: Sequence[int]) -> Scene | None:
    """The elements that tokens describe, in any order of attributes; None if it does not parse."""
    pieces = [PIECES[token] for token in written if token != tasks.START]
    if not pieces or pieces[-1] != _END:
        return None
    kinds = {_OPENINGS.get(kind, f"<{kind}"): kind for kind in ATTRIBUTES}
    scene, rest = [], pieces[:-1]
    while rest:
        kind = kinds.get(rest[0])
        if kind is None:
            return None
        end = "</text>" if kind == "text" else "/>"
        if end not in rest:
            return None
        inside, rest = rest[1 : rest.index(end)], rest[rest.index(end) + 1 :]
        element = _element(kind, inside)
        if element is None:
            return None
        scene.append(element)
    return tuple(scene)


def _element(kind: str, inside: list[str]) -> Element | None:
    label = ""
    if kind == "text":
        if ">" not in inside:
            return None
        label = "".join(inside[inside.index(">") + 1 :])
        inside = inside[: inside.index(">")]
        if not label.isdigit():
            return None
    names, values = inside[::2], inside[1::2]
    given = {
        name[1:-2]: value[:-1]
        for name, value in zip(names, values, strict=False)
        if name.startswith(" ") and value.endswith('"') and not value.startswith(" ")
    }
    if len(names) != len(values) or len(given) != len(names):
        return None
    found = tuple(given.get(name, "") for name in ATTRIBUTES[kind])
    return Element(kind, (*found, label) if kind == "text" else found)


def agreement(true: Scene, written: Scene | None) -> Agreement:
    """Match elements one to one so that most parameters are equal, and count.

    Right are the equal parameters of matched elements of one kind. Missing are elements that
    nothing was matched to, invented those that were written and are not in the true scene.
    """
    one, other = true, written or ()
    share = np.array([[_share(a, b) for b in other] for a in one]).reshape(len(one), len(other))
    rows, columns = linear_sum_assignment(-share)
    pairs = [(one[i], other[j], share[i, j]) for i, j in zip(rows, columns, strict=True)]
    pairs = [pair for pair in pairs if pair[0].kind == pair[1].kind]
    texts = [element for element in one if element.kind == "text"]
    right = [a for a, b, _ in pairs if a.kind == "text" and a.values[-1] == b.values[-1]]
    return Agreement(
        exact=2 * float(sum(value for *_, value in pairs)) / (len(one) + len(other)),
        counts={
            "missing": (len(one) - len(pairs), 1),
            "invented": (len(other) - len(pairs), 1),
            "labels": (len(right), len(texts)),
        },
    )


def _share(one: Element, other: Element) -> float:
    """Share of equal parameters; just above 0 for another of the kind, 0 for another kind."""
    if one.kind != other.kind:
        return 0.0
    equal = [a == b for a, b in zip(one.values, other.values, strict=True)]
    return sum(equal) / len(equal)


def aims(written: NDArray[np.int64]) -> None:
    """Elements have no fixed place to look at."""


def small(picture: Image) -> Image:
    """A picture as the policy sees it."""
    return cv2.resize(picture, SEEN, interpolation=cv2.INTER_AREA)
