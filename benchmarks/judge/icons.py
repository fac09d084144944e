"""Icons, logos, emoji and maps to make SVG pairs from; installed by npm on first use.

Nothing of them is in this repository. The packages and their licences:

    @iconify-json/ph                  Phosphor        MIT         one colour, filled outlines
    @iconify-json/heroicons           Heroicons       MIT         one colour, strokes and fills
    @iconify-json/iconoir             Iconoir         MIT         one colour, strokes
    @iconify-json/simple-icons        Simple Icons    CC0-1.0     one colour, brands
    @iconify-json/flat-color-icons    Icons8          MIT         few flat colours
    @iconify-json/fluent-emoji-flat   Microsoft       MIT         many flat colours
    @iconify-json/noto                Google          Apache-2.0  many colours, gradients
    @iconify-json/logos               gilbarbara      CC0-1.0     logos, gradients
    @svg-maps/germany                 victorcazanave  CC-BY-4.0   map
    @svg-maps/usa                     victorcazanave  CC-BY-NC-4.0  map; for measuring only

Other sets are deliberately not here: they are kept for tests by people who did not tune on them.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Split = Literal["tune", "report"]

SETS: dict[str, float] = {
    "iconoir": 0.2,
    "heroicons": 0.1,
    "ph": 0.12,
    "simple-icons": 0.05,
    "flat-color-icons": 0.13,
    "fluent-emoji-flat": 0.15,
    "noto": 0.1,
    "logos": 0.1,
    "maps": 0.05,
}
"""Share of the icons drawn from each set."""
MAPS = ("germany", "usa")
LARGEST = 60_000
"""Characters of SVG; larger sources slow the generator down and show nothing new."""


@dataclass(frozen=True)
class Icon:
    """One source."""

    name: str
    """`set:name`."""
    svg: str


def folder() -> Path:
    """Where npm installs to: `$VERM_BENCH_CACHE`, or a folder in the user's cache."""
    given = os.environ.get("VERM_BENCH_CACHE")
    base = Path(given) if given else Path.home() / ".cache" / "visual-erm-bench"
    return base / "icons"


def install(others: Sequence[str] = ()) -> Path:
    """Install the packages, and others by name, unless they are there.

    Returns their `node_modules`.
    """
    modules = folder() / "node_modules"
    packages = [f"@iconify-json/{name}" for name in SETS if name != "maps"]
    packages += [f"@svg-maps/{name}" for name in MAPS]
    packages += others
    if not all((modules / name).is_dir() for name in packages):
        folder().mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run([*command, "--prefix", str(folder()), *packages], check=True, timeout=600)
    return modules


def pick(count: int, seed: int, split: Split) -> list[Icon]:
    """`count` icons over all sets; the two splits share no icon."""
    modules = install()
    draw = random.Random(f"{seed}:{split}")
    wanted = {name: max(1, round(count * share)) for name, share in SETS.items()}
    found: list[Icon] = []
    for name, number in wanted.items():
        source = _maps(modules) if name == "maps" else _iconify(modules, name)
        keys = sorted(key for key in source if _split(f"{name}:{key}") == split)
        for key in draw.sample(keys, min(number, len(keys))):
            found.append(Icon(f"{name}:{key}", source[key]))
    draw.shuffle(found)
    return found[:count]


def pick_from(sets: Sequence[str], count: int, seed: int) -> list[Icon]:
    """As many icons of each of some sets by `@iconify-json`, which must be for measuring only."""
    modules = install([f"@iconify-json/{name}" for name in sets])
    draw = random.Random(f"{seed}:kept")
    return [
        Icon(f"{name}:{key}", source[key])
        for name in sets
        for source in [_iconify(modules, name)]
        for key in draw.sample(sorted(source), count // len(sets))
    ]


def _split(name: str) -> Split:
    if name.startswith("maps:"):
        return "tune" if name.endswith(MAPS[0]) else "report"
    return "tune" if hashlib.sha256(name.encode()).digest()[0] % 2 else "report"


def _iconify(modules: Path, name: str) -> dict[str, str]:
    text = (modules / "@iconify-json" / name / "icons.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    found: dict[str, str] = {}
    for key, icon in data["icons"].items():
        width = icon.get("width", data.get("width", 16))
        height = icon.get("height", data.get("height", 16))
        left, top = icon.get("left", 0), icon.get("top", 0)
        # Other drawings of the same thing as in a set that is kept for tests.
        if (
            "flag" in key
            or len(icon["body"]) > LARGEST
            or max(width, height) > 4 * min(width, height)
        ):
            continue
        found[key] = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{left} {top} {width} {height}" color="#222">{icon["body"]}</svg>'
        )
    return found


def _maps(modules: Path) -> dict[str, str]:
    found = {}
    for name in MAPS:
        svg = (modules / "@svg-maps" / name / f"{name}.svg").read_text(encoding="utf-8")
        found[name] = svg
    return found
