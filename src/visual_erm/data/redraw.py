"""Pictures to redraw, as rows for trainers of policies: a picture, and what is asked.

    write(Path("pairs"), Path("prompts"), "trl")

The visual reward needs no text of the truth; it travels along for those who compare with rewards
that read it. The layouts are read by the trainers that those of `visual_erm.data.export` serve.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from visual_erm import images
from visual_erm.data import shards
from visual_erm.data.models.prompts import redraw
from visual_erm.data.parquet import STRING, hub_features, messages_of, write_parquet
from visual_erm.errors import InputError, UsageError

Row = dict[str, Any]
_COLUMNS = ["task", "seed", "reference", "reference_source"]


def write(pairs: Path, out: Path, layout: str) -> int:
    """Write the references of a build, each once; returns how many.

    Args:
        pairs: folder of a build.
        out: folder to write to; made if it is not there.
        layout: "trl", "verl", or "sharegpt", which ms-swift reads.

    Raises:
        UsageError: no such layout.
        InputError: there are no pairs, or `out` holds something else.
    """
    if layout not in LAYOUTS:
        raise UsageError(f'no layout "{layout}"; known: {", ".join(LAYOUTS)}')
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; choose another folder")
    out.mkdir(parents=True, exist_ok=True)
    return LAYOUTS[layout](_references(pairs), out)


def _references(pairs: Path) -> Iterator[Row]:
    """Pairs of one seed have one reference."""
    met: set[str] = set()
    for row in shards.read(pairs, _COLUMNS):
        if row["seed"] not in met:
            met.add(row["seed"])
            yield {**row, "picture": row["reference"]["bytes"], "asked": redraw(row["task"])}


def _trl(rows: Iterator[Row], out: Path) -> int:
    arrow = shards.arrow()
    message = arrow.list_(arrow.struct([("role", arrow.string()), ("content", arrow.string())]))
    picture = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
    texts = ("id", "task", "reference_source")
    schema = arrow.schema(
        [*((name, arrow.string()) for name in texts), ("prompt", message), ("image", picture)],
        metadata=hub_features(
            {
                **dict.fromkeys(texts, STRING),
                "prompt": messages_of(STRING),
                "image": {"_type": "Image"},
            }
        ),
    )

    def convert(row: Row) -> Row:
        return {
            "id": row["seed"],
            "task": row["task"],
            "reference_source": row["reference_source"],
            "prompt": [{"role": "user", "content": row["asked"]}],
            "image": {"bytes": row["picture"], "path": None},
        }

    return write_parquet(map(convert, rows), out / "train.parquet", schema)


def _verl(rows: Iterator[Row], out: Path) -> int:
    arrow = shards.arrow()
    message = arrow.list_(arrow.struct([("role", arrow.string()), ("content", arrow.string())]))
    picture = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
    truth = arrow.struct([("style", arrow.string()), ("ground_truth", arrow.string())])
    extra = [("id", arrow.string()), ("task", arrow.string()), ("reference_source", arrow.string())]
    schema = arrow.schema(
        [
            ("data_source", arrow.string()),
            ("prompt", message),
            ("images", arrow.list_(picture)),
            ("ability", arrow.string()),
            ("reward_model", truth),
            ("extra_info", arrow.struct(extra)),
        ]
    )

    def convert(row: Row) -> Row:
        return {
            "data_source": "visual-erm",
            "prompt": [{"role": "user", "content": f"<image>{row['asked']}"}],
            "images": [{"bytes": row["picture"], "path": None}],
            "ability": row["task"],
            # nobody hands the prompt's picture to a reward here, so it travels as text as well
            "reward_model": {"style": "rule", "ground_truth": images.uri_of(row["picture"], "png")},
            "extra_info": {
                "id": row["seed"],
                "task": row["task"],
                "reference_source": row["reference_source"],
            },
        }

    return write_parquet(map(convert, rows), out / "train.parquet", schema)


def _sharegpt(rows: Iterator[Row], out: Path) -> int:
    folder = out / "pictures"
    folder.mkdir()
    count = 0
    with (out / "train.jsonl").open("w", encoding="utf-8") as lines:
        for count, row in enumerate(rows, 1):
            path = (folder / f"{count:07d}.png").resolve()
            path.write_bytes(row["picture"])
            line = {
                "messages": [{"role": "user", "content": f"<image>{row['asked']}"}],
                "images": [str(path)],
                "reference": str(path),
                "task": row["task"],
                "reference_source": row["reference_source"],
            }
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    return count


LAYOUTS: Mapping[str, Callable[[Iterator[Row], Path], int]] = {
    "trl": _trl,
    "sharegpt": _sharegpt,
    "verl": _verl,
}
