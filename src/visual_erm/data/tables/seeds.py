"""From a corpus to tables: data frames of a package, tables of its documents, generated ones.

Each adapter gets a package and its folder, as those in `seeds` do; `table_folder` takes files of
your own.
"""

from __future__ import annotations

import csv
import itertools
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import lxml.html

from visual_erm.data.frames import frames_in
from visual_erm.data.own_files import own_files
from visual_erm.data.packages import Package
from visual_erm.data.records import Seed
from visual_erm.data.tables import documents, frames, generator
from visual_erm.data.tables.documents import UnwritableError
from visual_erm.data.tables.sheets import Sheet, words
from visual_erm.errors import InputError
from visual_erm.renderers import table_source
from visual_erm.renderers.job import Rejected

SHEETS = 24
"""Tables made of one data file."""
ROWS, COLUMNS, SIGNS = (3, 16), (2, 8), (40, 1400)
"""Least and most rows, columns and signs of text of the tables of documents."""
LANGUAGES = ("en", "de", "fr", "es", "pl", "tr", "sv", "zh", "ja", "ko")
"""In which rows of generated tables are named."""
_PICTURES = re.compile(
    "[\U00010000-\U0010ffff\u2705\u274c\u274e\u2728\u2b50\u2b55\u26a1\u26d4\ufe0f\u2753-\u2757]"
)
"""Emoji, for which the renderers have no font."""
DOCUMENTS = (".md", ".markdown", ".html", ".htm")


def of_frames(package: Package, folder: Path) -> Iterator[Seed]:
    """Tables made of the records in a package's CSV, TSV and JSON files."""
    for name, frame in frames_in(folder):
        rng = random.Random(f"{package.name} {name}")
        stem = Path(name).stem
        about = package.name if stem == "data" else stem
        for sheet in frames.of_frame(frame, about.rpartition("/")[2], rng, SHEETS):
            yield _seed(package, sheet, name)


def of_documents(package: Package, folder: Path) -> Iterator[Seed]:
    """The tables in a package's Markdown and HTML documents."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in DOCUMENTS or "node_modules" in path.relative_to(folder).parts:
            continue
        name = path.relative_to(folder).as_posix()
        rng = random.Random(f"{package.name} {name}")
        for sheet in of_document(path.read_text(encoding="utf-8", errors="replace"), name):
            # in two looks: documents with tables are rarer than tables are needed
            for turn in range(2):
                again = frames.dressed(sheet, rng)
                yield _seed(package, replace(again, name=f"{sheet.name}.{turn}"), name)


def of_document(text: str, name: str) -> Iterator[Sheet]:
    """The tables of a Markdown or HTML document that are neither too small nor too large."""
    try:
        clean = table_source.read(text.encode(), lite=True)
    except Rejected:
        return
    root = lxml.html.fragment_fromstring(clean.fragment, create_parent="div")
    for number, table in enumerate(root.iter("table")):
        try:
            sheet = documents.of_table(table, f"{name}/{number}")
        except ValueError:
            continue
        if _fits(sheet):
            yield _without_links(sheet)


def _fits(sheet: Sheet) -> bool:
    signs = sum(len(cell.plain) for cell in sheet.cells())
    sizes = ((len(sheet.rows), ROWS), (sheet.width, COLUMNS), (signs, SIGNS))
    if not all(least <= size <= most for size, (least, most) in sizes):
        return False
    if any(_PICTURES.search(cell.text) for cell in sheet.cells()):
        return False
    return sheet.heads in (1, 2) and sheet.even and all(cell.plain for cell in sheet.rows[0])


def _without_links(sheet: Sheet) -> Sheet:
    rows = tuple(tuple(replace(cell, style="") for cell in row) for row in sheet.rows)
    return replace(sheet, rows=rows)


def of_generator(package: Package, folder: Path) -> Iterator[Seed]:
    """Made-up tables whose rows are named by the package's names of countries, without end."""
    names = {key: found for key in LANGUAGES if (found := _names(folder, key))}
    if not names:
        raise InputError(f"{package.reference} names no countries")
    for number in itertools.count():
        rng = random.Random(f"{package.name} {number}")
        sheet = generator.generated(names, rng, f"generated/{number}")
        yield _seed(package, sheet, f"names#{number}")


def _names(folder: Path, language: str) -> list[str]:
    """Names of countries: of CLDR's lists, or of a `countries.csv`."""
    path = folder / "main" / language / "territories.json"
    if path.is_file():
        data = json.loads(path.read_text(encoding="utf-8"))
        found = data["main"][language]["localeDisplayNames"]["territories"]
        return [name for code, name in found.items() if len(code) == 2 and len(name) < 24]
    table = folder / "countries.csv"
    if language != "en" or not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return [line["Name"] for line in csv.DictReader(file) if len(line["Name"]) < 24]


def _seed(package: Package, sheet: Sheet, where: str) -> Seed:
    """The seed of a sheet, as HTML where its own form cannot say it."""
    try:
        source = documents.write(sheet)
    except UnwritableError:
        source = documents.html(sheet)
    return package.seed(sheet.name, source, where)


def table_folder(folder: Path, licence: str) -> list[Seed]:
    """The tables in the HTML and Markdown files below a folder; each subfolder is a family.

    Raises:
        InputError: no such folder, or no usable table in it.
    """
    seeds = [
        Seed(
            id=f"{file.name}/{number}",
            task="table",
            source=documents.html(sheet),
            family=file.family,
            licence=licence,
            provenance=f"file:{file.name}#{number} {words(sheet.caption)}".strip(),
        )
        for file in own_files(folder, DOCUMENTS)
        for number, sheet in enumerate(of_document(file.text, file.name))
    ]
    if not seeds:
        raise InputError(f"{folder} holds no table of a usable size")
    return seeds
