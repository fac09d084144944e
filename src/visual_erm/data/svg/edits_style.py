"""Edits of looks: colours, strokes, dashes, opacity, gradients, background."""

from __future__ import annotations

import colorsys
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lxml import etree

from visual_erm.data.records import always, style_by_share
from visual_erm.data.svg import documents
from visual_erm.data.svg.documents import MARK, NAMESPACE, set_style, style
from visual_erm.data.svg.operators import (
    Change,
    Scene,
    colour_by_share,
    operator,
)
from visual_erm.judges.svg.words import colour_name, hex_colour

if TYPE_CHECKING:
    Rgb = tuple[int, int, int]


def _paint(element: etree._Element) -> str:
    """What gives the element its colour: `fill` or `stroke`."""
    return "stroke" if style(element, "fill") == "none" else "fill"


def _colour(scene: Scene, element: etree._Element) -> Rgb | None:
    seen = scene.footprint(element.get(MARK))
    return seen.colour if seen else None


def _painted(element: etree._Element, colour: Rgb, before: Rgb) -> Change:
    paint = _paint(element)
    set_style(element, paint, hex_colour(colour))
    gap = max(abs(a - b) for a, b in zip(colour, before, strict=True)) / 255
    old, new = colour_name(before), colour_name(colour)
    words = f"{new}, not {old}" if old != new else f"another {new} ({hex_colour(colour)})"
    return Change(f"The {{thing}} is {words}.", (element.get(MARK),), amount=gap)


def _shifted(colour: Rgb, hue: float = 0, light: float = 0, rich: float | None = None) -> Rgb:
    h, lightness, s = colorsys.rgb_to_hls(*(v / 255 for v in colour))
    lightness = min(0.95, max(0.05, lightness + light))
    made = colorsys.hls_to_rgb((h + hue) % 1, lightness, s if rich is None else rich)
    return round(made[0] * 255), round(made[1] * 255), round(made[2] * 255)


@operator("style_error", colour_by_share)
def recoloured(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element has another colour."""
    before = _colour(scene, element)
    if before is None:
        return None
    red, green, blue = colorsys.hls_to_rgb(rng.random(), rng.uniform(0.3, 0.6), 0.8)
    return _painted(element, (round(red * 255), round(green * 255), round(blue * 255)), before)


@operator("style_error", colour_by_share)
def hue_shifted(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element has a neighbouring colour."""
    before = _colour(scene, element)
    if before is None or max(before) - min(before) < 40:
        return None
    return _painted(element, _shifted(before, hue=rng.choice((-0.12, -0.08, 0.08, 0.12))), before)


@operator("style_error", style_by_share)
def lightness_changed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element is lighter or darker."""
    before = _colour(scene, element)
    if before is None:
        return None
    up = sum(before) < 380
    step = rng.uniform(0.15, 0.35)
    return _painted(element, _shifted(before, light=step if up else -step), before)


@operator("style_error", style_by_share)
def greyed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An element has lost its colour."""
    before = _colour(scene, element)
    if before is None or max(before) - min(before) < 60:
        return None
    return _painted(element, _shifted(before, rich=0.0), before)


@operator("style_error", colour_by_share)
def colours_swapped(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """Two elements have each other's colour."""
    before = _colour(scene, element)
    if before is None:
        return None
    others = []
    for other in scene.document.drawables():
        colour = _colour(scene, other)
        if colour and max(abs(a - b) for a, b in zip(colour, before, strict=True)) > 60:
            others.append((other, colour))
    if not others:
        return None
    other, colour = rng.choice(others)
    set_style(element, _paint(element), hex_colour(colour))
    set_style(other, _paint(other), hex_colour(before))
    seen = scene.footprint(other.get(MARK))
    assert seen is not None
    return Change(
        f"The {{thing}} and the {seen.name} have each other's colour.",
        (element.get(MARK), other.get(MARK)),
        amount=1.0,
    )


@operator("style_error", colour_by_share, whole=True)
def palette_changed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """All colours are shifted."""
    turn, changed = rng.uniform(0.2, 0.8), 0
    for one in scene.document.drawables():
        before = _colour(scene, one)
        if before is None:
            continue
        rich = 0.7 if max(before) - min(before) < 40 else None
        light = 0.3 if sum(before) < 150 else 0.0
        set_style(one, _paint(one), hex_colour(_shifted(before, turn, light, rich)))
        changed += 1
    if not changed:
        return None
    return Change("All colours are others.", amount=1.0)


@operator("style_error", style_by_share, whole=True)
def monochrome(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """The drawing has no colours."""
    changed = 0
    for one in scene.document.drawables():
        before = _colour(scene, one)
        if before is not None and max(before) - min(before) > 60:
            set_style(one, _paint(one), hex_colour(_shifted(before, rich=0.0)))
            changed += 1
    return (
        Change("The drawing is grey where it should have colours.", amount=1) if changed else None
    )


def _stroke_width(element: etree._Element) -> float | None:
    if style(element, "stroke") in (None, "none"):
        return None
    try:
        return float((style(element, "stroke-width") or "1").removesuffix("px"))
    except ValueError:
        return None


def _restroked(
    element: etree._Element, rng: random.Random, factors: Sequence[float]
) -> Change | None:
    width = _stroke_width(element)
    if width is None:
        return None
    factor = rng.choice(factors)
    set_style(element, "stroke-width", f"{width * factor:.4g}")
    word = "thick" if factor > 1 else "thin"
    return Change(f"The line of the {{thing}} is too {word}.", (element.get(MARK),), amount=factor)


@operator("style_error", style_by_share)
def stroke_thicker(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A line is thicker."""
    return _restroked(element, rng, (1.6, 2.0, 2.5))


@operator("style_error", style_by_share)
def stroke_thinner(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A line is thinner."""
    return _restroked(element, rng, (0.3, 0.4, 0.55))


@operator("style_error", style_by_share)
def stroke_added(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A shape has an outline that it should not have."""
    if style(element, "stroke") not in (None, "none") or _paint(element) != "fill":
        return None
    set_style(element, "stroke", rng.choice(("#d33", "#06c", "#111", "#3a3")))
    set_style(element, "stroke-width", f"{scene.document.longer * rng.uniform(0.015, 0.035):.4g}")
    return Change("The {thing} has an outline that it should not have.", (element.get(MARK),))


@operator("style_error", style_by_share)
def stroke_removed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A shape has lost its outline."""
    if _stroke_width(element) is None or style(element, "fill") in (None, "none"):
        return None
    set_style(element, "stroke", "none")
    return Change("The {thing} has no outline.", (element.get(MARK),))


@operator("style_error", style_by_share)
def dashed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A line is dashed, or no longer is."""
    width = _stroke_width(element)
    if width is None:
        return None
    if style(element, "stroke-dasharray") not in (None, "none"):
        set_style(element, "stroke-dasharray", "none")
        return Change("The line of the {thing} is solid, not dashed.", (element.get(MARK),))
    set_style(element, "stroke-dasharray", f"{2.5 * width:.4g} {2.5 * width:.4g}")
    return Change("The line of the {thing} is dashed, not solid.", (element.get(MARK),))


@operator("style_error", always(1))
def line_ends_changed(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """Ends and corners of a line are round where they should not be, or the reverse."""
    if _stroke_width(element) is None:
        return None
    to_round = style(element, "stroke-linecap") != "round"
    set_style(element, "stroke-linecap", "round" if to_round else "butt")
    set_style(element, "stroke-linejoin", "round" if to_round else "miter")
    word = "round" if to_round else "sharp"
    return Change(f"Ends and corners of the {{thing}} are {word}.", (element.get(MARK),))


@operator("style_error", style_by_share)
def faded(scene: Scene, element: etree._Element, rng: random.Random) -> Change:
    """An element is half transparent."""
    value = rng.choice((0.25, 0.4, 0.55))
    set_style(element, "opacity", f"{value:g}")
    return Change("The {thing} is half transparent.", (element.get(MARK),), amount=1 - value)


@operator("style_error", style_by_share)
def outlined(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A filled shape is only an outline."""
    colour = _colour(scene, element)
    if _paint(element) != "fill" or colour is None or documents.tag(element) == "text":
        return None
    set_style(element, "fill", "none")
    set_style(element, "stroke", hex_colour(colour))
    set_style(element, "stroke-width", f"{scene.document.longer * 0.02:.4g}")
    return Change("The {thing} is an outline, not filled.", (element.get(MARK),), amount=1.0)


@operator("style_error", style_by_share)
def filled(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """An outline is filled."""
    colour = _colour(scene, element)
    if _paint(element) != "stroke" or colour is None:
        return None
    set_style(element, "fill", hex_colour(colour))
    return Change("The {thing} is filled, not an outline.", (element.get(MARK),), amount=1.0)


@operator("style_error", style_by_share)
def gradient_flattened(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A gradient has become one colour."""
    colour = _colour(scene, element)
    if colour is None or not (style(element, "fill") or "").startswith("url("):
        return None
    set_style(element, "fill", hex_colour(colour))
    return Change("The {thing} has one colour, not a gradient.", (element.get(MARK),))


@operator("style_error", style_by_share)
def gradient_added(scene: Scene, element: etree._Element, rng: random.Random) -> Change | None:
    """A plain colour has become a gradient."""
    colour = _colour(scene, element)
    plain = not (style(element, "fill") or "").startswith("url(")
    if colour is None or _paint(element) != "fill" or not plain:
        return None
    name = f"verm-gradient-{element.get(MARK).replace('+', '-')}"
    gradient = etree.SubElement(scene.document.root, f"{NAMESPACE}linearGradient", id=name)
    ends = (colour, _shifted(colour, light=0.45 if sum(colour) < 380 else -0.45))
    for offset, end in zip(("0", "1"), ends, strict=True):
        stop = etree.SubElement(gradient, f"{NAMESPACE}stop", offset=offset)
        stop.set("stop-color", hex_colour(end))
    set_style(element, "fill", f"url(#{name})")
    return Change("The {thing} has a gradient, not one colour.", (element.get(MARK),))


@operator("style_error", always(2), whole=True)
def background_added(scene: Scene, element: etree._Element, rng: random.Random) -> Change:
    """The drawing has a background that it should not have."""
    left, top, width, height = scene.document.view
    colour = rng.choice(("#e8eef7", "#fff3cd", "#dde5dd", "#222222", "#f4d7d7"))
    plate = etree.Element(f"{NAMESPACE}rect", fill=colour, stroke="none")
    for name, value in (("x", left), ("y", top), ("width", width), ("height", height)):
        plate.set(name, f"{value:.6g}")
    scene.document.root.insert(0, plate)
    rgb = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return Change(f"The background is {colour_name((rgb[0], rgb[1], rgb[2]))}, not white.")
