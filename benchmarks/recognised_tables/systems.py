"""Table recognition systems from PyPI, each in a virtual environment of its own.

    run("slanet", folder)            folder/*.png  ->  folder/slanet/*.html

This file is also the program that those environments run, so at the top it imports nothing but the
standard library. The models are part of the packages, nothing else is fetched; `img2table` needs
the program `tesseract` (Debian: tesseract-ocr).

    slanet       SLANet of PaddleOCR, English, for tables with or without lines
    slanet-plus  its successor
    wired        Cycle-CenterNet, for tables with lines
    img2table    lines and gaps found by rules; texts by tesseract

The first three get their texts from PaddleOCR's models (`rapidocr_onnxruntime`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

OCR = "rapidocr_onnxruntime==1.3.24"
REQUIREMENTS = {
    "slanet": ("rapid_table==0.1.3", OCR),
    "slanet-plus": ("rapid_table==0.3.0", OCR),
    "wired": ("wired_table_rec==0.0.3", OCR),
    "img2table": ("img2table==2.0.0",),
}
"""What pip installs for each system."""

Recognise = Callable[[Path], str]
"""From a picture to HTML; "" where no table was found."""


def install(system: str, base: Path) -> Path:
    """The interpreter of the system's environment below `base`, made on first use."""
    folder = base / f"env-{system}"
    done = folder / "installed"
    interpreter = folder / "bin" / "python"
    if not done.exists():
        venv.create(folder, clear=True, with_pip=True)
        command = [str(interpreter), "-m", "pip", "install", "--quiet", *REQUIREMENTS[system]]
        subprocess.run(command, check=True, timeout=1800)
        # written last, so its existence means that the installation completed
        done.touch()
    return interpreter


def run(system: str, pictures: Path, base: Path) -> None:
    """Have a system read every picture of a folder that it has not read yet."""
    written = pictures / system
    if all((written / f"{path.stem}.html").exists() for path in pictures.glob("*.png")):
        return
    command = [str(install(system, base)), __file__, system, str(pictures)]
    subprocess.run(command, check=True, timeout=7200)


def _read(path: Path) -> list[Any] | None:
    """The texts of a picture, read once for all systems."""
    kept = path.with_suffix(".json")
    if not kept.exists():
        from rapidocr_onnxruntime import RapidOCR

        found, _ = RapidOCR()(str(path))
        # numbers come as NumPy's or as strings, by version
        plain = [
            [[list(map(float, point)) for point in box], text, float(sure)]
            for box, text, sure in found or ()
        ]
        kept.write_text(json.dumps(plain), encoding="utf-8")
    lines = json.loads(kept.read_text(encoding="utf-8"))
    return [[box, text, str(sure)] for box, text, sure in lines] or None


def _rapid() -> Recognise:
    from rapid_table import RapidTable

    table = RapidTable()

    def recognise(path: Path) -> str:
        texts = _read(path)
        return str(table(str(path), texts)[0]) if texts else ""

    return recognise


def _wired() -> Recognise:
    from wired_table_rec import WiredTableRecognition

    table = WiredTableRecognition()

    def recognise(path: Path) -> str:
        texts = _read(path)
        return str(table(str(path), texts)[0]) if texts else ""

    return recognise


def _img2table() -> Recognise:
    from img2table.document import Image
    from img2table.ocr import TesseractOCR

    ocr = TesseractOCR(n_threads=1, lang="eng")

    def recognise(path: Path) -> str:
        found = Image(str(path)).extract_tables(
            ocr=ocr, implicit_rows=True, implicit_columns=True, borderless_tables=True
        )
        largest = max(found, key=lambda table: len(table.html), default=None)
        return str(largest.html) if largest is not None else ""

    return recognise


MAKERS: dict[str, Callable[[], Recognise]] = {
    "slanet": _rapid,
    "slanet-plus": _rapid,
    "wired": _wired,
    "img2table": _img2table,
}


def main(system: str, folder: Path) -> None:
    """Read the pictures of a folder; runs in the system's environment."""
    recognise = MAKERS[system]()
    written = folder / system
    written.mkdir(exist_ok=True)
    for path in sorted(folder.glob("*.png")):
        target = written / f"{path.stem}.html"
        if not target.exists():
            target.write_text(recognise(path), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
