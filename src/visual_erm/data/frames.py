"""Data files of packages as records and frames.

for name, frame in frames_in(folder): ...
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

RECORDS = 4000
"""Records of a data file that are looked at."""
LARGEST = 1_500_000
"""Bytes of a data file; larger ones take long to read and show nothing new."""


def frames_in(folder: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """The CSV, TSV and JSON files below a folder that hold records, by name."""
    import pandas as pd

    known: set[str] = set()
    for path in sorted(folder.rglob("*")):
        found = records(path) if path.suffix in (".csv", ".tsv", ".json") else None
        # some packages carry the same data as CSV and as JSON
        if not found or path.stem in known:
            continue
        known.add(path.stem)
        yield path.relative_to(folder).as_posix(), pd.DataFrame(found[:RECORDS])


def records(path: Path, most: int = RECORDS) -> list[dict[str, Any]] | None:
    """The records of a file, at most so many of a CSV file; None where it holds something else."""
    if path.name in ("package.json", "package-lock.json") or path.stat().st_size > LARGEST:
        return None
    if path.suffix == ".json":
        return _of_json(json.loads(path.read_text(encoding="utf-8")))
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        lines = list(itertools.islice(reader, most))
    return [{str(k): _value(v) for k, v in line.items()} for line in lines]


def _of_json(data: Any) -> list[dict[str, Any]] | None:
    if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
        return None
    plain = all(not isinstance(v, list | dict) for record in data for v in record.values())
    return data if plain else None


def _value(text: Any) -> Any:
    """A number where the text is one; None where it is empty."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    if not text:
        return None
    # codes with a zero in front are no numbers
    if text.lstrip("-").startswith("0") and not text.lstrip("-").startswith("0.") and text != "0":
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
