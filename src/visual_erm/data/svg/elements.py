"""The elements of a drawing with everything resolved: outlines in pixels, paint, text, order.

    found = elements(document, picture.shape)

Transforms are applied, properties inherited and taken from simple style sheets, references to
gradients replaced by what they say; so two sources of one drawing give equal elements.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from lxml import etree
from PIL import ImageColor

from visual_erm.data.svg import documents
from visual_erm.data.svg.documents import MARK, Commands, Document
from visual_erm.types import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Matrix = NDArray[np.float64]

ROUND = 0.5523
"""Length of the handles with which four cubic curves make a circle of radius 1."""
STEPS = 8
"""Points of a curve."""
SAMPLES = 256
"""Points of an outline that are compared."""
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_FUNCTION = re.compile(r"(\w+)\s*\(([^)]*)\)")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_URL = re.compile(r"url\(\s*['\"]?#([^'\")]+)['\"]?\s*\)")
_LENGTHS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


@dataclass(frozen=True)
class Paint:
    """A colour, or a gradient by what it says."""

    colour: tuple[int, int, int]
    """Of a gradient, the mean of its stops."""
    alpha: float = 1.0
    gradient: str = ""
    """Empty for a plain colour."""


@dataclass(frozen=True, eq=False)
class Element:
    """One thing that is drawn."""

    number: str
    """Its mark in the document."""
    tag: str
    order: int
    """In which it is painted."""
    commands: str
    """Kinds of the commands of its outline, "MLCZ"; empty for texts."""
    points: Points
    """`(N, 2)` points of these commands in pixels; of a text its anchor."""
    outline: Points
    """`(SAMPLES, 2)` points along the outline, in pixels."""
    fill: Paint | None
    stroke: Paint | None
    width: float
    """Of the stroke, in pixels; 0 without one."""
    said_width: str
    """As the source says it."""
    dashes: tuple[float, ...]
    """Lengths in pixels; none for a solid line."""
    ends: str
    opacity: float
    text: str = ""
    size: float = 0.0
    """Of a text, in pixels."""
    font: str = ""
    parent: int = 0
    """Which group it stands in; 0 for none."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Around the outline, in pixels."""
        low, high = self.outline.min(axis=0), self.outline.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @functools.cached_property
    def centre(self) -> Points:
        """Of the box."""
        x0, y0, x1, y1 = self.box
        return np.array([(x0 + x1) / 2, (y0 + y1) / 2])

    @functools.cached_property
    def span(self) -> float:
        """Longer side of the box."""
        x0, y0, x1, y1 = self.box
        return max(x1 - x0, y1 - y0)

    @property
    def colour(self) -> tuple[int, int, int] | None:
        """What it is known by: its fill, or its stroke."""
        paint = self.fill or self.stroke
        return paint.colour if paint else None

    def moved(self, matrix: Matrix) -> Element:
        """The same after an affine map `(2, 3)` of the pixels."""
        return self.scaled(
            math.sqrt(abs(np.linalg.det(matrix[:, :2]))),
            points=_apply(matrix, self.points),
            outline=_apply(matrix, self.outline),
        )

    def scaled(self, scale: float, **others: Any) -> Element:
        """The same with lines and letters larger, and perhaps other fields."""
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        kept |= {
            "width": self.width * scale,
            "size": self.size * scale,
            "dashes": tuple(length * scale for length in self.dashes),
        }
        return Element(**(kept | others))


def _apply(matrix: Matrix, points: Points) -> Points:
    moved: Points = points @ matrix[:, :2].T + matrix[:, 2]
    return moved


def rounded(box: Sequence[float], shape: Sequence[int]) -> Box:
    """A box as whole pixels within a picture of this shape."""
    x0, y0, x1, y1 = box
    return (
        max(0, math.floor(x0)),
        max(0, math.floor(y0)),
        min(shape[1], math.ceil(x1)),
        min(shape[0], math.ceil(y1)),
    )


def elements(document: Document, shape: Sequence[int]) -> list[Element]:
    """Every element that draws, in painting order.

    Args:
        document: numbered.
        shape: of its picture, `(H, W, ...)`.
    """
    reader = _Reader(document, shape)
    found = (reader.element(one, at) for at, one in enumerate(document.drawables()))
    return [element for element in found if element is not None]


class _Reader:
    def __init__(self, document: Document, shape: Sequence[int]) -> None:
        self._document = document
        self._sheet = list(_rules(document.root))
        self._ids = {e.get("id"): e for e in document.root.iter() if e.get("id")}
        left, top, width, height = document.view
        scale = min(shape[1] / width, shape[0] / height)
        dx = (shape[1] - scale * width) / 2 - scale * left
        dy = (shape[0] - scale * height) / 2 - scale * top
        self._view = np.array([[scale, 0, dx], [0, scale, dy], [0, 0, 1]])
        self._groups: dict[int, int] = {}

    def element(self, element: etree._Element, order: int) -> Element | None:
        matrix = self._view @ self._transform(element)
        shape = self._outline(element, matrix)
        if shape is None:
            return None
        commands, points, outline = shape
        text = documents.tag(element) == "text"
        scale = math.sqrt(abs(np.linalg.det(matrix[:2, :2])))
        stroke = self._paint(element, "stroke", "none")
        said_width = self._style(element, "stroke-width") or "1"
        width = _length(said_width) * scale if stroke else 0.0
        group = element.getparent()
        grouped = group is not None and documents.tag(group) == "g"
        parent = self._groups.setdefault(id(group), len(self._groups) + 1) if grouped else 0
        size = _length(self._style(element, "font-size") or "16") * scale if text else 0.0
        words = " ".join("".join(element.itertext()).split()) if text else ""
        return Element(
            element.get(MARK),
            documents.tag(element),
            order,
            commands,
            points,
            outline,
            self._paint(element, "fill", "black"),
            stroke if width > 0 else None,
            width,
            said_width,
            self._dashes(element, scale) if stroke else (),
            self._ends(element) if stroke else "",
            self._opacity(element),
            words,
            size,
            self._font(element) if text else "",
            parent,
        )

    def _transform(self, element: etree._Element) -> Matrix:
        matrix = np.eye(3)
        for holder in (element, *element.iterancestors()):
            own = self._own(holder).get("transform") or holder.get("transform")
            if own and holder is not self._document.root:
                matrix = transform(own) @ matrix
        return matrix

    def _outline(
        self, element: etree._Element, matrix: Matrix
    ) -> tuple[str, Points, Points] | None:
        tag = documents.tag(element)
        if tag == "text":
            x, y = (_length((element.get(n) or "0").split()[0] or "0") for n in ("x", "y"))
            first = next(element.iterchildren(f"{documents.NAMESPACE}tspan"), None)
            if first is not None and not (element.text or "").strip():
                x, y = _length(first.get("x") or str(x)), _length(first.get("y") or str(y))
            at = _apply(matrix[:2], np.array([[x, y]]))
            return "", at, np.repeat(at, SAMPLES, axis=0)
        if tag == "use":
            return self._used(element, matrix)
        parts = _commands(element)
        if not parts:
            return None
        points = np.array([point for _, some in parts for point in some], float)
        if not len(points) or not np.isfinite(points).all():
            return None
        flat = _flat(parts)
        commands = "".join(_LETTERS.get(name, "?") for name, _ in parts)
        return commands, _apply(matrix[:2], points), _apply(matrix[:2], flat)

    def _used(self, element: etree._Element, matrix: Matrix) -> tuple[str, Points, Points] | None:
        name = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
        target = self._ids.get(name.removeprefix("#"))
        if target is None:
            return None
        x, y = (_length(element.get(n) or "0") for n in ("x", "y"))
        shift = np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
        drawn = [one for one in target.iter() if documents.tag(one) in documents.DRAWABLE]
        parts = []
        for one in drawn:
            if documents.tag(one) != "use":
                own = self._transform(one)
                part = self._outline(one, matrix @ shift @ own)
                if part is not None:
                    parts.append(part)
        if not parts:
            return None
        outline = np.concatenate([part[2] for part in parts])
        chosen = np.linspace(0, len(outline) - 1, SAMPLES).round().astype(int)
        points = np.concatenate([part[1] for part in parts])
        return "".join(part[0] for part in parts), points, outline[chosen]

    def _own(self, element: etree._Element) -> Mapping[str, str]:
        """What the style sheet and `style` say, the latter above the former."""
        found: dict[str, str] = {}
        for rank, (selector, declared) in sorted(self._sheet, key=lambda rule: rule[0]):
            del rank
            if _selects(selector, element):
                found.update(declared)
        found.update(documents.declarations(element))
        return found

    def _style(self, element: etree._Element, name: str) -> str | None:
        for holder in (element, *element.iterancestors()):
            value = self._own(holder).get(name, holder.get(name))
            if value is not None and value.strip() != "inherit":
                return str(value).strip()
        return None

    def _paint(self, element: etree._Element, name: str, initial: str) -> Paint | None:
        value = self._style(element, name) or initial
        if value.lower() == "currentcolor":
            value = self._style(element, "color") or "black"
        if value in ("none", "transparent"):
            return None
        alpha = _share(self._style(element, f"{name}-opacity"))
        found = _URL.search(value)
        if found:
            return self._gradient(found[1], alpha)
        colour = parse_colour(value)
        if colour is None or alpha * colour[3] == 0:
            return None
        return Paint(colour[:3], round(alpha * colour[3], 3))

    def _gradient(self, name: str, alpha: float) -> Paint | None:
        target = self._ids.get(name)
        if target is None:
            return None
        stops: list[etree._Element] = []
        seen: set[etree._Element] = set()
        holder = target
        while holder is not None and holder not in seen and not stops:
            seen.add(holder)
            stops = [e for e in holder if documents.tag(e) == "stop"]
            link = holder.get("href") or holder.get("{http://www.w3.org/1999/xlink}href") or ""
            holder = self._ids.get(link.removeprefix("#"))
        said, colours = [documents.tag(target)], []
        for stop in stops:
            colour = parse_colour(self._style(stop, "stop-color") or "black") or (0, 0, 0, 1.0)
            colours.append(colour[:3])
            offset, opacity = stop.get("offset", "0"), self._style(stop, "stop-opacity") or "1"
            said.append(f"{_share(offset):.2f}:{colour[:3]}:{_share(opacity):.2f}")
        names = ("x1", "y1", "x2", "y2", "cx", "cy", "r", "gradientTransform", "gradientUnits")
        said += [f"{n}={target.get(n)}" for n in names if target.get(n)]
        mean = np.array(colours or [(0, 0, 0)]).mean(axis=0).round().astype(int)
        return Paint((int(mean[0]), int(mean[1]), int(mean[2])), alpha, " ".join(said))

    def _dashes(self, element: etree._Element, scale: float) -> tuple[float, ...]:
        value = self._style(element, "stroke-dasharray") or "none"
        lengths = [_length(v) * scale for v in value.replace(",", " ").split()]
        return tuple(lengths) if any(lengths) else ()

    def _ends(self, element: etree._Element) -> str:
        cap = self._style(element, "stroke-linecap") or "butt"
        return f"{cap} {self._style(element, 'stroke-linejoin') or 'miter'}"

    def _opacity(self, element: etree._Element) -> float:
        value = 1.0
        for holder in (element, *element.iterancestors()):
            value *= _share(self._own(holder).get("opacity", holder.get("opacity")))
        return round(value, 3)

    def _font(self, element: etree._Element) -> str:
        names = ("font-family", "font-weight", "font-style", "text-anchor")
        return "|".join(self._style(element, name) or "" for name in names)


_LETTERS = {
    "moveTo": "M", "lineTo": "L", "curveTo": "C", "qCurveTo": "Q", "closePath": "Z", "endPath": "",
}  # fmt: skip


def _rules(root: etree._Element) -> Iterator[tuple[int, tuple[str, dict[str, str]]]]:
    """Rank, selector and declarations of the simple rules of all style sheets."""
    for sheet in root.iter(f"{documents.NAMESPACE}style"):
        for selectors, body in _RULE.findall(_COMMENT.sub("", sheet.text or "")):
            declared = {}
            for part in body.split(";"):
                name, colon, value = part.partition(":")
                if colon:
                    declared[name.strip()] = value.replace("!important", "").strip()
            for selector in selectors.split(","):
                name = selector.strip()
                rank = 2 if name.startswith("#") else 1 if "." in name else 0
                yield rank, (name, declared)


def _selects(selector: str, element: etree._Element) -> bool:
    if selector.startswith("#"):
        return bool(element.get("id") == selector[1:])
    tag, dot, name = selector.partition(".")
    if tag and tag not in ("*", documents.tag(element)):
        return False
    return not dot or name in (element.get("class") or "").split()


def _commands(element: etree._Element) -> Commands | None:
    """The outline of any shape as commands of a path."""
    tag = documents.tag(element)

    def length(name: str, default: str = "0") -> float:
        return _length(element.get(name) or default)

    if tag == "path":
        return documents.commands(element.get("d", ""))
    if tag in ("circle", "ellipse"):
        radius = element.get("r") or "0"
        rx, ry = length("rx", radius), length("ry", radius)
        return _ellipse(length("cx"), length("cy"), rx, ry) if rx > 0 and ry > 0 else None
    if tag == "rect":
        return _rectangle(element)
    if tag == "line":
        ends = (length("x1"), length("y1")), (length("x2"), length("y2"))
        return [("moveTo", (ends[0],)), ("lineTo", (ends[1],))]
    if tag in ("polygon", "polyline"):
        values = [float(v) for v in re.findall(_NUMBER, element.get("points", ""))]
        corners = list(zip(values[::2], values[1::2], strict=False))
        if len(corners) < 2:
            return None
        parts: Commands = [("moveTo", (corners[0],))]
        parts += [("lineTo", (corner,)) for corner in corners[1:]]
        return [*parts, ("closePath", ())] if tag == "polygon" else parts
    return None


def _ellipse(x: float, y: float, rx: float, ry: float) -> Commands:
    parts: Commands = [("moveTo", ((x + rx, y),))]
    for quarter in range(4):
        a, b = quarter * math.pi / 2, (quarter + 1) * math.pi / 2
        one, two = (math.cos(a), math.sin(a)), (math.cos(b), math.sin(b))
        points = (
            (one[0] - ROUND * one[1], one[1] + ROUND * one[0]),
            (two[0] + ROUND * two[1], two[1] - ROUND * two[0]),
            two,
        )
        parts.append(("curveTo", tuple((x + rx * px, y + ry * py) for px, py in points)))
    return [*parts, ("closePath", ())]


def _rectangle(element: etree._Element) -> Commands | None:
    x, y, width, height = (_length(element.get(n) or "0") for n in ("x", "y", "width", "height"))
    if width <= 0 or height <= 0:
        return None
    rx, ry = element.get("rx"), element.get("ry")
    horizontal = min(_length(rx or ry or "0"), width / 2)
    vertical = min(_length(ry or rx or "0"), height / 2)
    x1, y1 = x + width, y + height
    if horizontal <= 0 or vertical <= 0:
        corners = ((x, y), (x1, y), (x1, y1), (x, y1))
        parts: Commands = [("moveTo", corners[:1])]
        return [*parts, *(("lineTo", (c,)) for c in corners[1:]), ("closePath", ())]
    h, v, k = horizontal, vertical, 1 - ROUND
    return [
        ("moveTo", ((x + h, y),)),
        ("lineTo", ((x1 - h, y),)),
        ("curveTo", ((x1 - k * h, y), (x1, y + k * v), (x1, y + v))),
        ("lineTo", ((x1, y1 - v),)),
        ("curveTo", ((x1, y1 - k * v), (x1 - k * h, y1), (x1 - h, y1))),
        ("lineTo", ((x + h, y1),)),
        ("curveTo", ((x + k * h, y1), (x, y1 - k * v), (x, y1 - v))),
        ("lineTo", ((x, y + v),)),
        ("curveTo", ((x, y + k * v), (x + k * h, y), (x + h, y))),
        ("closePath", ()),
    ]


def _flat(parts: Commands) -> Points:
    """`SAMPLES` points along the outline, evenly spaced."""
    lines: list[tuple[Points, Points]] = []
    start = at = np.zeros(2)
    for name, points in parts:
        if name == "moveTo":
            start = at = np.array(points[0], float)
        elif name == "closePath":
            lines.append((at, start))
            at = start
        elif points:
            for point in _curve(at, [np.array(p, float) for p in points], name):
                lines.append((at, point))
                at = point
    if not lines:
        return np.repeat(at[None], SAMPLES, axis=0)
    a = np.array([one for one, _ in lines])
    b = np.array([other for _, other in lines])
    ends = np.cumsum(np.linalg.norm(b - a, axis=1))
    if ends[-1] <= 0:
        return np.repeat(a[:1], SAMPLES, axis=0)
    wanted = np.linspace(0, ends[-1], SAMPLES, endpoint=False)
    which = np.minimum(np.searchsorted(ends, wanted, side="right"), len(ends) - 1)
    begins = np.concatenate([[0.0], ends[:-1]])
    share = (wanted - begins[which]) / np.maximum(ends[which] - begins[which], 1e-9)
    flat: Points = a[which] + share[:, None] * (b[which] - a[which])
    return flat


def _curve(start: Points, points: Sequence[Points], name: str) -> Iterator[Points]:
    if name == "lineTo":
        yield points[0]
        return
    control = [start, *points]
    if name == "qCurveTo" and len(points) > 2:  # several curves in one, as in fonts
        yield from points
        return
    for step in range(1, STEPS + 1):
        share, level = step / STEPS, control
        while len(level) > 1:
            level = [a + share * (b - a) for a, b in itertools.pairwise(level)]
        yield level[0]


def transform(value: str) -> Matrix:
    """A list of transforms as one `(3, 3)` matrix.

    >>> transform("translate(2 3) scale(2)")[0].tolist()
    [2.0, 0.0, 2.0]
    """
    matrix = np.eye(3)
    for name, body in _FUNCTION.findall(value):
        v = [float(number) for number in re.findall(_NUMBER, body)]
        matrix = matrix @ _single(name, v)
    return matrix


def _single(name: str, v: Sequence[float]) -> Matrix:
    one = np.eye(3)
    if name == "matrix" and len(v) == 6:
        one[:2] = np.array(v).reshape(3, 2).T
    elif name == "translate" and v:
        one[:2, 2] = v[0], v[1] if len(v) > 1 else 0.0
    elif name == "scale" and v:
        one[0, 0], one[1, 1] = v[0], v[1] if len(v) > 1 else v[0]
    elif name == "rotate" and v:
        angle = math.radians(v[0])
        one[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        if len(v) == 3:
            centre = np.array(v[1:])
            one[:2, 2] = centre - one[:2, :2] @ centre
    elif name == "skewX" and v:
        one[0, 1] = math.tan(math.radians(v[0]))
    elif name == "skewY" and v:
        one[1, 0] = math.tan(math.radians(v[0]))
    return one


def _length(value: str) -> float:
    """A length in user units; 0 for what cannot be read."""
    found = re.match(rf"\s*({_NUMBER})\s*([a-z%]*)", value)
    if found is None:
        return 0.0
    return float(found[1]) * _LENGTHS.get(found[2], 1.0)


def _share(value: str | None) -> float:
    """A share as a number or in per cent; 1 for what cannot be read."""
    found = re.match(rf"\s*({_NUMBER})\s*(%?)", value or "")
    if found is None:
        return 1.0
    share = float(found[1]) / (100 if found[2] else 1)
    return min(1.0, max(0.0, share))


@functools.lru_cache(maxsize=4096)
def parse_colour(value: str) -> tuple[int, int, int, float] | None:
    """Red, green, blue (0-255) and alpha; None for what is no colour.

    >>> parse_colour("#1a56db"), parse_colour("rgb(10%, 0, 255)")
    ((26, 86, 219, 1.0), (26, 0, 255, 1.0))
    """
    text = value.strip().lower()
    if text.startswith("rgb") and "%" in text:
        text = re.sub(r"([\d.]+)%", lambda m: str(round(2.55 * float(m[1]))), text)
    if text.startswith("rgba") or (text.startswith("rgb") and text.count(",") == 3):
        numbers = [float(v) for v in re.findall(_NUMBER, text)]
        if len(numbers) == 4:
            red, green, blue = (int(min(255, max(0, v))) for v in numbers[:3])
            return red, green, blue, min(1.0, numbers[3])
    try:
        found = ImageColor.getrgb(text)
    except ValueError:
        return None
    alpha = found[3] / 255 if len(found) == 4 else 1.0
    return found[0], found[1], found[2], alpha
