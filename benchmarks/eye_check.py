"""Contact sheets of labelled pairs to be looked at, and the count of what was said about them.

    python -m benchmarks.eye_check FOLDER --out SHEETS [--pairs 200] [--seed 0]
    python -m benchmarks.eye_check --verdicts docs/eye-check/verdicts.csv

The first writes PNG sheets of pairs of a build, drawn by lot in each task, each pair numbered, with
its boxes and labels. The second prints the shares of a table that was filled in by eye: for each
pair whether category, location and a visible change are right, and whether the severity is
acceptable.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from visual_erm import images
from visual_erm.data import shards
from visual_erm.fonts import font_files
from visual_erm.report.boxes import marked
from visual_erm.types import Discrepancy

SIDE = 360
"""Longer side of a picture on the sheet."""
LINES = 9
COLUMNS, ROWS = 3, 4


def main() -> int:
    """Write sheets or count verdicts."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("folder", nargs="?", type=Path, help="of a build")
    options.add_argument("--out", type=Path, default=Path("sheets"))
    options.add_argument("--pairs", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--verdicts", type=Path, help="a filled-in table to count")
    arguments = options.parse_args()
    if arguments.verdicts:
        count(arguments.verdicts)
    elif arguments.folder:
        sheets(arguments.folder, arguments.out, arguments.pairs, arguments.seed)
    else:
        options.error("give a folder, or --verdicts")
    return 0


def sheets(folder: Path, out: Path, pairs: int, seed: int) -> None:
    """Write the sheets and an empty table of verdicts."""
    by_task: dict[str, list[str]] = {}
    for row in shards.read(folder, ["id", "task"]):
        by_task.setdefault(row["task"], []).append(row["id"])
    chosen: set[str] = set()
    for task, ids in by_task.items():
        share = pairs // len(by_task) + (task == min(by_task)) * (pairs % len(by_task))
        chosen.update(random.Random(f"{seed} {task}").sample(ids, min(share, len(ids))))
    rows = [row for row in shards.read(folder) if row["id"] in chosen]
    out.mkdir(parents=True, exist_ok=True)
    per_sheet = COLUMNS * ROWS
    for start in range(0, len(rows), per_sheet):
        tiles = [tile(start + at, row) for at, row in enumerate(rows[start : start + per_sheet])]
        arranged(tiles).save(out / f"sheet-{start // per_sheet:02d}.png")
    with (out / "verdicts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "id", "task", "kind", "right", "severity", "remark"])
        for at, row in enumerate(rows):
            writer.writerow([at, row["id"], row["task"], row["kind"], "", "", ""])
    total = sum(map(len, by_task.values()))
    print(f"{len(rows)} of {total} pairs on sheets in {out}")


def tile(number: int, row: dict[str, Any]) -> Image.Image:
    """Both pictures with boxes, and below them what is said."""
    errors = [Discrepancy(**error) for error in row["errors"]]
    pictures = [
        images.fit(marked(images.load(row[side]["bytes"], name=row["id"]), errors, **how), SIDE)
        for side, how in (("reference", {}), ("prediction", {"prediction": True}))
    ]
    words = [f"{number}  {row['kind']}  {'+'.join(row['operators'])}  {row['id']}"[:110]]
    for error in errors:
        said = f"{error.category} {error.severity} @ {error.location}: {error.description}"
        words += textwrap.wrap(said, 100, subsequent_indent="    ")[:2]
    tall = max(picture.shape[0] for picture in pictures)
    words = words[:LINES]
    canvas = Image.new("RGB", (2 * SIDE + 16, tall + 18 * len(words) + 10), "white")
    for at, picture in enumerate(pictures):
        canvas.paste(Image.fromarray(np.asarray(picture)), (at * (SIDE + 8), 0))
    drawing = ImageDraw.Draw(canvas)
    (path,) = (path for path in font_files() if path.name == "DejaVuSans.ttf")
    font = ImageFont.truetype(path, 13)
    drawing.multiline_text((2, tall + 2), "\n".join(words), "black", font, spacing=2)
    drawing.rectangle((0, 0, canvas.width - 1, canvas.height - 1), outline="#888888")
    return canvas


def arranged(tiles: Sequence[Image.Image]) -> Image.Image:
    """Tiles below each other in columns."""
    columns = [tiles[at::COLUMNS] for at in range(min(COLUMNS, len(tiles)))]
    tall = max(sum(tile.height for tile in column) for column in columns)
    sheet = Image.new("RGB", (len(columns) * tiles[0].width, tall), "white")
    for at, column in enumerate(columns):
        top = 0
        for picture in column:
            sheet.paste(picture, (at * picture.width, top))
            top += picture.height
    return sheet


def count(path: Path) -> None:
    """Print the shares of each task and of all."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for task in sorted({row["task"] for row in rows}):
        report(task, [row for row in rows if row["task"] == task])
    report("all", rows)


def report(name: str, rows: Sequence[dict[str, str]]) -> None:
    """One line: pairs, right in category, location and visibility, severity accepted."""
    right = sum(row["right"] == "yes" for row in rows)
    accepted = sum(row["severity"] == "yes" for row in rows)
    total = len(rows)
    print(
        f"{name}: {total} pairs, {right} right ({right / total:.1%}), "
        f"severity accepted in {accepted} ({accepted / total:.1%})"
    )


if __name__ == "__main__":
    sys.exit(main())
