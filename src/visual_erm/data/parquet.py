"""Parquet files of rows, with the features that the Hugging Face hub reads from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visual_erm.data import shards

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]
STRING = {"dtype": "string", "_type": "Value"}
"""The feature of a text."""
_BATCH = 50


def struct(*names: str) -> Row:
    """The feature of texts with names."""
    return dict.fromkeys(names, STRING)


def messages_of(content: Row) -> Row:
    """The feature of chat messages whose content has this feature."""
    return {"feature": {"role": STRING, "content": content}, "_type": "List"}


def hub_features(features: Row) -> dict[bytes, bytes]:
    """Metadata of a schema that tell `datasets` what its columns are."""
    return {b"huggingface": json.dumps({"info": {"features": features}}).encode()}


def messages_type() -> pa.DataType:
    """Arrow's type of chat messages whose content is text."""
    arrow = shards.arrow()
    return arrow.list_(arrow.struct([("role", arrow.string()), ("content", arrow.string())]))


def picture_type() -> pa.DataType:
    """Arrow's type of a picture, as `datasets` keeps it."""
    arrow = shards.arrow()
    return arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])


def verl_schema(*told: str) -> pa.Schema:
    """Columns that verl reads; `told` are the texts of "extra_info"."""
    arrow = shards.arrow()
    truth = [("style", arrow.string()), ("ground_truth", arrow.string())]
    return arrow.schema(
        [
            ("data_source", arrow.string()),
            ("prompt", messages_type()),
            ("images", arrow.list_(picture_type())),
            ("ability", arrow.string()),
            ("reward_model", arrow.struct(truth)),
            ("extra_info", arrow.struct([(name, arrow.string()) for name in told])),
        ]
    )


def write_parquet(rows: Iterable[Row], path: Path, schema: pa.Schema) -> int:
    """Write rows a few at a time, so that memory does not grow with their number; returns it."""
    arrow, parquet = shards.arrow(), shards.parquet()
    count, batch = 0, []
    part = path.with_suffix(".part")
    with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
        for row in rows:
            batch.append(row)
            count += 1
            if len(batch) == _BATCH:
                writer.write_table(arrow.Table.from_pylist(batch, schema))
                batch = []
        writer.write_table(arrow.Table.from_pylist(batch, schema))
    part.replace(path)
    return count
