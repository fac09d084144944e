"""Draws table documents as other people's pages look: their own styles, and fonts that we lack.

    with Studio("chromium") as studio:
        image = studio.draw(html)

Our renderer draws every table in one look, so pairs drawn by it would say nothing about pictures
from elsewhere. Documents are drawn as they are written, by Chromium with a set of fonts of its own,
or by litehtml with the same. The fonts (OFL or Apache-2.0) come from npm on first use and are kept
in `$VERM_BENCH_CACHE`; they stand in for the families that pages ask for.
"""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from benchmarks.judge import icons
from visual_erm import fonts

if TYPE_CHECKING:
    from visual_erm.types import Image

Backend = Literal["chromium", "litehtml"]
BACKENDS: tuple[Backend, ...] = ("chromium", "litehtml")
FAMILIES = {
    "arimo": "Arimo",
    "tinos": "Tinos",
    "carlito": "Carlito",
    "roboto": "Roboto",
    "merriweather": "Merriweather",
    "open-sans": "Open Sans",
}
"""npm package (below @fontsource) to family: Arial, Times and Calibri by their widths, and three
that pages often bring."""
WEIGHTS = ("400-normal", "700-normal", "400-italic")
WIDTH = 1200
"""CSS pixels of litehtml's page."""
MARGIN = 11


def folder() -> Path:
    """Where the fonts are kept."""
    return icons.folder().parent / "fonts"


@cache
def install() -> tuple[Path, ...]:
    """The font files, fetched and unpacked unless they are there."""
    from fontTools.ttLib import TTFont

    base = folder()
    wanted = {
        base / "ttf" / f"{name}-{weight}.ttf": base
        / f"node_modules/@fontsource/{name}/files/{name}-latin-{weight}.woff"
        for name in FAMILIES
        for weight in WEIGHTS
    }
    if not all(ttf.exists() for ttf in wanted):
        base.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        packages = [f"@fontsource/{name}" for name in FAMILIES]
        subprocess.run([*command, "--prefix", str(base), *packages], check=True, timeout=600)
        (base / "ttf").mkdir(exist_ok=True)
        for ttf, woff in wanted.items():
            font = TTFont(woff)
            font.flavor = None
            font.save(ttf)
    return (*wanted, *map(Path, fonts.font_files()))


class Studio:
    """Draws HTML documents that hold one element `browser.SHEET`."""

    def __init__(self, backend: Backend = "chromium") -> None:
        """Fetch the fonts if they are not there; the engine starts with the first picture."""
        self.backend = backend
        files = install()
        self._draw = _chromium(files) if backend == "chromium" else _litehtml(files)

    def draw(self, document: str) -> Image:
        """The picture of the sheet."""
        return self._draw.draw(document)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._draw.close()


class _Chromium:
    """The browser of the renderer, started by a script that gives it other fonts."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        from visual_erm.renderers.browser import Browser
        from visual_erm.renderers.devtools import find_browser

        found = find_browser()
        if found is None:
            raise SystemExit("the table pairs need Chromium, or --backend litehtml")
        base = folder()
        folders = "".join(f"<dir>{path}</dir>" for path in sorted({f.parent for f in files}))
        base.joinpath("fonts.conf").write_text(
            "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
            f"{folders}<cachedir>/tmp</cachedir></fontconfig>"
        )
        script = base / "chromium"
        # The browser is confined to its own folder and that of its executable: the fonts' folder.
        script.write_text(
            f'#!/bin/sh\nexport FONTCONFIG_FILE={base}/fonts.conf\nexec {found} "$@"\n'
        )
        script.chmod(0o755)
        self._browser = Browser(script)

    def draw(self, document: str) -> Image:
        return self._browser.draw(document).image

    def close(self) -> None:
        self._browser.close()


class _Litehtml:
    def __init__(self, files: tuple[Path, ...]) -> None:
        import pylitehtml

        chosen = pylitehtml.FontConfig(default="Arimo", extra=[str(path) for path in files])
        pictures = pylitehtml.ImageConfig(allow_http=False)
        self._renderer: Any = pylitehtml.Renderer(WIDTH, fonts=chosen, images=pictures)

    def draw(self, document: str) -> Image:
        raw = self._renderer.render(document, fmt="raw")
        pixels = np.frombuffer(raw.data, np.uint8).reshape(raw.height, raw.width, 4)
        # The page is as wide as it was set to; a browser would show the sheet alone.
        drawn = np.flatnonzero((pixels[:, :, :3] != pixels[0, -1, :3]).any(axis=(0, 2)))
        right = int(drawn[-1]) + MARGIN if len(drawn) else raw.width
        return np.ascontiguousarray(pixels[:, :right, :3])

    def close(self) -> None:
        pass


def _chromium(files: tuple[Path, ...]) -> _Chromium:
    return _Chromium(files)


def _litehtml(files: tuple[Path, ...]) -> _Litehtml:
    return _Litehtml(files)
