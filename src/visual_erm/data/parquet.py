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
