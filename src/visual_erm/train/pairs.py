"""Pairs as a trainer takes them: prepared when they are needed, as the judge will be shown them.

And what makes the figures of a run mean something: no reference is both learned and held back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from visual_erm import images
from visual_erm.data import shards
from visual_erm.data.export import messages, prepared, reply
from visual_erm.errors import InputError, require
from visual_erm.judges.profile import Profile

Row = dict[str, Any]
_READ = ["task", "reference", "prediction", "errors"]


def sample(row: Row, profile: Profile) -> Row:
    """One pair for TRL: prompt, completion and the two pictures, reference first."""
    from PIL import Image as PILImage

    return {
        "prompt": messages(row["task"], profile),
        "completion": [{"role": "assistant", "content": reply(row)}],
        "images": [PILImage.fromarray(images.load(one)) for one in prepared(row, profile)],
    }


def dataset(folders: Sequence[Path], profile: Profile, cache: Path) -> Any:
    """The pairs of some builds as a `datasets.Dataset` of `sample`s, each made when it is wanted.

    Args:
        folders: of builds.
        profile: of the judge to be trained.
        cache: folder for the library's copy of the pictures as they are in the builds.

    Raises:
        MissingPackage: datasets is not installed.
        InputError: a folder holds no pairs, or a shard is damaged.
    """
    datasets = require("datasets", extra="train", feature="Training a judge")
    for folder in folders:
        shards.count(folder)
    files = [str(path) for folder in folders for path in shards.paths(folder)]
    rows = datasets.Dataset.from_parquet(files, columns=_READ, cache_dir=str(cache))
    for side in ("reference", "prediction"):
        rows = rows.cast_column(side, datasets.Image(decode=False))

    def samples(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        made = [
            sample(dict(zip(batch, values, strict=True)), profile)
            for values in zip(*batch.values(), strict=True)
        ]
        return {name: [one[name] for one in made] for name in made[0]}

    return rows.with_transform(samples)


def refuse_leak(train: Sequence[Path], held: Sequence[Path]) -> None:
    """Raise where a held-back pair has a seed or a reference picture that is trained on.

    Raises:
        InputError: it has; or a folder holds no pairs.
    """
    kept = dict(_references(held))
    pictures = {picture: seed for seed, picture in kept.items()}
    shared = {
        seed if seed in kept else pictures[picture]
        for seed, picture in _references(train)
        if seed in kept or picture in pictures
    }
    if shared:
        raise InputError(
            f"{len(shared)} of {len(kept)} held-back references are trained on, for example "
            f'"{min(shared)}": hold back pairs of other seeds, or the figures would show what was '
            "learned by heart"
        )


def _references(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Each seed with a digest of its reference."""
    for folder in folders:
        for row in shards.references(folder, ["reference"]):
            yield row["seed"], hashlib.sha256(row["reference"]["bytes"]).hexdigest()
