"""From a corpus to seeds: packages, folders of files, and drawings with captions.

seeds = of_package(package, 500)                # a pinned package
seeds = svg_folder(Path("drawings"), "MIT")     # files of your own
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from visual_erm.data.own_files import own_files
from visual_erm.data.packages import Package, fetch
from visual_erm.data.programs import seeds as programs
from visual_erm.data.records import Seed
from visual_erm.data.svg.documents import NAMESPACE
from visual_erm.data.tables import seeds as table_seeds
from visual_erm.errors import InputError
from visual_erm.types import Task

LARGEST = 40_000
"""Characters of a source; longer ones slow the engine down and show nothing new."""
ELONGATED = 4.0
"""Ratio of the sides above which a drawing is left out."""
INK = ("#222222", "#1a56db", "#b91c1c", "#047857", "#6d28d9", "#c2410c", "#0f766e")
"""Colours given to icons that leave their colour open."""
CAPTIONED = 0.2
"""Share of drawings that get their own name as a caption: text to be edited."""


def of_package(package: Package, most: int) -> list[Seed]:
    """Usable seeds of a package in the order of its own listing; generated ones up to `most`."""
    found = _ADAPTERS[package.adapter](package, fetch(package))
    return list(itertools.islice(found, most) if package.adapter in ENDLESS else found)


def svg_folder(folder: Path, licence: str) -> list[Seed]:
    """The `.svg` files below a folder; each subfolder is a family.

    Raises:
        InputError: no such folder, or no usable file in it.
    """
    return _own(folder, licence, "svg", ".svg", "SVG file")


def program_folder(folder: Path, licence: str) -> list[Seed]:
    """The `.py` files below a folder, as plotting programs; each subfolder is a family.

    Raises:
        InputError: no such folder, or no usable file in it.
    """
    return _own(folder, licence, "chart", ".py", "program")


def _own(folder: Path, licence: str, task: Task, suffix: str, what: str) -> list[Seed]:
    seeds = [
        Seed(
            id=file.name.removesuffix(suffix),
            task=task,
            source=file.text,
            family=file.family,
            licence=licence,
            provenance=f"file:{file.name}",
        )
        for file in own_files(folder, (suffix,))
        if len(file.text) <= LARGEST
    ]
    if not seeds:
        raise InputError(f"{folder} holds no {what} of at most {LARGEST} characters")
    return seeds


def _iconify(package: Package, folder: Path) -> Iterator[Seed]:
    data: dict[str, Any] = json.loads((folder / "icons.json").read_text(encoding="utf-8"))
    family = package.name.rpartition("/")[2]
    for number, (key, icon) in enumerate(data["icons"].items(), 1):
        width = icon.get("width", data.get("width", 16))
        height = icon.get("height", data.get("height", 16))
        # drawings of the same things as in sets that are kept for testing
        if "flag" in key or icon.get("hidden") or len(icon["body"]) > LARGEST:
            continue
        if max(width, height) > ELONGATED * min(width, height):
            continue
        rng = random.Random(f"{package.name} {key}")
        source = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{icon.get("left", 0)} {icon.get("top", 0)} {width} {height}" '
            f'color="{rng.choice(INK)}">{icon["body"]}</svg>'
        )
        if rng.random() < CAPTIONED:
            source = captioned(source, key.replace("-", " ").capitalize(), f"No. {number}")
        yield package.seed(key, source, f"icons.json#{key}", family=family)


def _svg_files(package: Package, folder: Path) -> Iterator[Seed]:
    for path in sorted(folder.rglob("*.svg")):
        name = path.relative_to(folder).as_posix()
        text = path.read_text(encoding="utf-8")
        if package.name.startswith("@svg-maps/"):
            # the maps come without colours, to be styled by the page that shows them
            text = text.replace("<path", '<path fill="#cfe2d4" stroke="#667788" stroke-width="1"')
        yield package.seed(name, text, name)


def captioned(source: str, title: str, note: str) -> str:
    """A drawing with a title and a smaller note below it."""
    root = etree.fromstring(source.encode())
    left, top, width, height = map(float, root.get("viewBox").split())
    lines = ((title, 0.13, 1.14), (note, 0.09, 1.27))
    longest = max(len(title), 8)
    for text, size, down in lines:
        element = etree.SubElement(root, f"{NAMESPACE}text")
        element.text = text
        element.set("x", f"{left + width / 2:.4g}")
        element.set("y", f"{top + height * down:.4g}")
        element.set("text-anchor", "middle")
        element.set("font-family", "sans-serif")
        element.set("font-size", f"{min(size * height, 1.6 * size * height * 9 / longest):.4g}")
        element.set("fill", "#222222")
    root.set("viewBox", f"{left:g} {top:g} {width:g} {height * 1.33:g}")
    return str(etree.tostring(root, encoding="unicode"))


ENDLESS = ("chart_programs", "table_generated")
"""Adapters that make up as many seeds as are asked for."""
_ADAPTERS: Mapping[str, Callable[[Package, Path], Iterator[Seed]]] = {
    "iconify": _iconify,
    "svg_files": _svg_files,
    "chart_programs": programs.of_data,
    "chart_examples": programs.of_examples,
    "table_frames": table_seeds.of_frames,
    "table_documents": table_seeds.of_documents,
    "table_generated": table_seeds.of_generator,
}
