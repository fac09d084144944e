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
from visual_erm.data.export import check_layout, make_empty
from visual_erm.data.models.prompts import redraw
from visual_erm.data.parquet import (
    STRING,
    hub_features,
    messages_of,
    messages_type,
    picture_type,
    verl_schema,
    write_parquet,
)

Row = dict[str, Any]
_COLUMNS = ["task", "reference", "reference_source"]


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
    check_layout(layout)
    make_empty(out)
    return LAYOUTS[layout](_references(pairs), out)


def _references(pairs: Path) -> Iterator[Row]:
    for row in shards.references(pairs, _COLUMNS):
        yield {**row, "picture": row["reference"]["bytes"], "asked": redraw(row["task"])}


def _trl(rows: Iterator[Row], out: Path) -> int:
    arrow = shards.arrow()
    texts = ("id", "task", "reference_source")
    schema = arrow.schema(
        [
            *((name, arrow.string()) for name in texts),
            ("prompt", messages_type()),
            ("image", picture_type()),
        ],
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
    schema = verl_schema("id", "task", "reference_source")

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
