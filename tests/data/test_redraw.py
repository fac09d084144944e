"""Rows for trainers of policies, read as those trainers read them and scored by their rewards."""

import asyncio
import json
from pathlib import Path

import datasets
import pyarrow.parquet
import pytest

from visual_erm import images
from visual_erm.data import build, shards
from visual_erm.data.recipe import Recipe
from visual_erm.data.redraw import write
from visual_erm.errors import InputError, UsageError
from visual_erm.integrations.trl import visual_reward
from visual_erm.integrations.verl import compute_score


@pytest.fixture(scope="module")
def pairs(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    build(Recipe(name="t", pairs={"svg": 12}, per_seed=4), folder, corpus={"own": corpus})
    return folder


@pytest.fixture(scope="module")
def references(pairs):
    return {row["seed"]: row for row in shards.read(pairs)}


def test_trl_rows_hold_each_reference_once_and_score(pairs, references, tmp_path):
    assert write(pairs, tmp_path / "out", "trl") == len(references) < 12
    rows = datasets.Dataset.from_parquet(
        str(tmp_path / "out" / "train.parquet"), cache_dir=str(tmp_path / "cache")
    )
    assert set(rows["id"]) == set(references)
    assert rows[0]["prompt"][0]["role"] == "user"
    columns = {name: list(rows[name]) for name in ("task", "image")}
    said = [[{"role": "assistant", "content": source}] for source in rows["reference_source"]]
    assert visual_reward(said, **columns) == [1.0] * len(references)
    assert visual_reward(
        [[{"role": "assistant", "content": "no"}]] * len(references), **columns
    ) == [0.0] * len(references)


def test_verl_rows_carry_the_reference_as_text(pairs, references, tmp_path):
    write(pairs, tmp_path / "out", "verl")
    row = pyarrow.parquet.read_table(tmp_path / "out" / "train.parquet").to_pylist()[0]
    assert row["prompt"][0]["content"].count("<image>") == len(row["images"]) == 1
    truth, extra = row["reward_model"]["ground_truth"], row["extra_info"]
    scored = asyncio.run(compute_score(row["data_source"], extra["reference_source"], truth, extra))
    assert scored["score"] == 1.0


def test_sharegpt_rows_name_files_from_anywhere(pairs, references, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    write(pairs, Path("out"), "sharegpt")
    monkeypatch.chdir("/")
    rows = list(map(json.loads, (tmp_path / "out" / "train.jsonl").read_text().splitlines()))
    assert len(rows) == len(references)
    for row in rows:
        assert row["messages"][0]["content"].count("<image>") == len(row["images"]) == 1
        assert images.load(row["reference"]).ndim == 3


def test_refusals(pairs, tmp_path):
    with pytest.raises(UsageError, match="trl, sharegpt, verl"):
        write(pairs, tmp_path / "out", "jax")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    with pytest.raises(InputError, match="not empty"):
        write(pairs, tmp_path / "full", "trl")
