"""Finished pairs on disk: parquet files that the Hugging Face libraries read as they are.

A folder holds `build.json` (what was asked for) and `pairs-00000.parquet` and so on. A shard is
written beside its place and renamed, so it is whole or absent. Which units it covers stands in its
metadata: a run that was killed goes on after the last whole one, and one that is missing among
others is made again without touching those.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from visual_erm import images
from visual_erm.data.records import Pair
from visual_erm.errors import InputError, require
from visual_erm.types import Task

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "pairs-{:05d}.parquet"
_META = b"visual_erm"
Row = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """What a shard covers."""

    task: Task
    first: int
    """Unit of the task that it begins with."""
    end: int
    """Unit after the last."""
    rows: int
    dropped: dict[str, dict[str, int]]
    """Attempts that were not kept: operator, reason, how many."""
    unusable: dict[str, str]
    """Seeds that nothing could be made of, and why."""


def schema() -> pa.Schema:
    """Columns of a shard; the two pictures are `datasets.Image` features."""
    pa = arrow()
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    error = pa.struct(
        [
            ("category", pa.string()),
            ("severity", pa.int8()),
            ("location", pa.string()),
            ("description", pa.string()),
            ("bbox", pa.list_(pa.int32())),
            ("bbox_prediction", pa.list_(pa.int32())),
        ]
    )
    columns = [
        ("id", pa.string()),
        ("task", pa.string()),
        ("kind", pa.string()),
        ("operators", pa.list_(pa.string())),
        ("reference", image),
        ("prediction", image),
        ("errors", pa.list_(error)),
        ("reference_source", pa.string()),
        ("prediction_source", pa.string()),
        ("seed", pa.string()),
        ("family", pa.string()),
        ("licence", pa.string()),
        ("provenance", pa.string()),
    ]
    features = {
        "reference": {"_type": "Image"},
        "prediction": {"_type": "Image"},
        **{name: _feature(kind) for name, kind in columns if name not in _PICTURES},
    }
    ordered = {name: features[name] for name, _ in columns}
    hub = json.dumps({"info": {"features": ordered}})
    return pa.schema(columns, metadata={b"huggingface": hub.encode()})


_PICTURES = ("reference", "prediction")


def _feature(kind: pa.DataType) -> Any:
    """A column's type as the `datasets` library writes it."""
    pa = arrow()
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    return {"dtype": str(kind), "_type": "Value"}


def row(pair: Pair, pictures: dict[int, bytes]) -> Row:
    """A pair as a shard holds it.

    Args:
        pair: what was made.
        pictures: encoded references by identity, so that one is encoded once.
    """
    key = id(pair.reference)
    if key not in pictures:
        pictures[key] = images.encode_png(pair.reference)
    same = pair.kind in ("identical", "no_op")
    prediction = pictures[key] if same else images.encode_png(pair.prediction)
    return {
        "id": pair.id,
        "task": pair.seed.task,
        "kind": pair.kind,
        "operators": list(pair.operators),
        "reference": {"bytes": pictures[key], "path": None},
        "prediction": {"bytes": prediction, "path": None},
        "errors": [
            {
                "category": error.category,
                "severity": error.severity,
                "location": error.location,
                "description": error.description,
                "bbox": list(error.bbox) if error.bbox else None,
                "bbox_prediction": list(error.bbox_prediction) if error.bbox_prediction else None,
            }
            for error in pair.errors
        ],
        "reference_source": pair.seed.source,
        "prediction_source": pair.prediction_source,
        "seed": pair.seed.id,
        "family": pair.seed.family,
        "licence": pair.seed.licence,
        "provenance": pair.seed.provenance,
    }


def write(folder: Path, number: int, rows: Sequence[Row], span: Span) -> Path:
    """Write one shard, whole or not at all.

    Raises:
        InputError: there is no room, or no right, to write it.
    """
    pa, pq = arrow(), parquet()
    table = pa.Table.from_pylist(list(rows), schema())
    meta = {**(table.schema.metadata or {}), _META: json.dumps(vars(span)).encode()}
    table = table.replace_schema_metadata(meta)
    path = folder / NAME.format(number)
    with whole(path) as file:
        pq.write_table(table, file, compression="zstd", row_group_size=100)
    return path


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that is there when the block ends, or as it was before if it does not.

    Raises:
        InputError: there is no room, or no right, to write it.
    """
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; what was finished is kept, "
            "run the command again to go on"
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def paths(folder: Path) -> list[Path]:
    """Shards in order.

    Raises:
        InputError: no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {folder}")
    return sorted(folder.glob("pairs-[0-9][0-9][0-9][0-9][0-9].parquet"))


def number(path: Path) -> int:
    """Which of the shards it is, from 0.

    >>> number(Path("pairs-00012.parquet"))
    12
    """
    return int(path.stem.rpartition("-")[2])


def span(path: Path) -> Span:
    """What a shard covers; it is read through, as a damaged one may still say what it covers.

    Raises:
        InputError: it is damaged, or not one of ours.
    """
    with _damage(path):
        found = parquet().ParquetFile(path)
        meta = _meta(found)
        for group in range(found.num_row_groups):
            found.read_row_group(group, columns=["id", "reference", "prediction"])
        return Span(**meta)


def count(folder: Path) -> int:
    """Rows of a folder, by what its shards say.

    Raises:
        InputError: there is no shard, or one is damaged.
    """
    return sum(covered.rows for covered in spans(folder))


def spans(folder: Path) -> Iterator[Span]:
    """What the shards of a folder say that they cover, in order; their pictures are not read.

    Raises:
        InputError: there is no shard, or one is damaged.
    """
    for path in _some(folder):
        with _damage(path):
            covered = Span(**_meta(parquet().ParquetFile(path)))
        yield covered


def read(folder: Path, columns: Sequence[str] | None = None) -> Iterator[Row]:
    """Every row, in order.

    Args:
        folder: of a build.
        columns: what is wanted of each; all if None. Without pictures it takes a moment.

    Raises:
        InputError: there is no shard, or one is damaged.
    """
    for path in _some(folder):
        with _damage(path):
            found = parquet().ParquetFile(path)
            _meta(found)
            batches = found.iter_batches(batch_size=50, columns=columns)
        while True:
            with _damage(path):
                batch = next(batches, None)
                if batch is None:
                    break
                rows = batch.to_pylist()
            yield from rows


def references(folder: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The first row of each seed, because pairs of one seed have one reference.

    Raises:
        InputError: there is no shard, or one is damaged.
    """
    met: set[str] = set()
    for row in read(folder, ["seed", *columns]):
        if row["seed"] not in met:
            met.add(row["seed"])
            yield row


def _some(folder: Path) -> list[Path]:
    found = paths(folder)
    if not found:
        raise InputError(f"{folder} holds no pairs; make some with `verm data build`")
    return found


def _meta(found: Any) -> Row:
    meta: Row = json.loads(found.schema_arrow.metadata[_META])
    return meta


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """What goes wrong while a shard is read, as one sentence."""
    try:
        yield
    except (arrow().ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0][:120]
        raise InputError(
            f"the shard {path} is damaged ({reason}); delete it, and a build will make it again"
        ) from None


def arrow() -> Any:
    """The pyarrow module.

    Raises:
        MissingPackage: it is not installed.
    """
    return require("pyarrow", extra="data", feature="data sets")


def parquet() -> Any:
    """The module pyarrow.parquet.

    Raises:
        MissingPackage: pyarrow is not installed.
    """
    require("pyarrow", extra="data", feature="data sets")
    import pyarrow.parquet

    return pyarrow.parquet
