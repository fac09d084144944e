import json

import pyarrow.parquet
import pytest

from visual_erm import images
from visual_erm.data import build
from visual_erm.data.engine import Recipe
from visual_erm.data.export import LAYOUTS, export
from visual_erm.errors import InputError, UsageError
from visual_erm.judges.parse import read_reply
from visual_erm.types import JudgeIdentity


@pytest.fixture(scope="module")
def pairs(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    build(Recipe(name="t", pairs={"svg": 12}, per_seed=4), folder, corpus={"own": corpus})
    return folder


def columns(path):
    return pyarrow.parquet.read_table(path).to_pylist()


def test_trl_rows_hold_question_reply_and_both_pictures(pairs, tmp_path):
    assert export(pairs, tmp_path / "out", "trl") == 12
    rows = columns(tmp_path / "out" / "train.parquet")
    assert len(rows) == 12
    for row in rows:
        assert [m["role"] for m in (*row["prompt"], *row["completion"])] == ["user", "assistant"]
        verdict = read_reply(row["completion"][0]["content"], "svg", JudgeIdentity(name="test"))
        assert not verdict.repairs
        assert len(row["images"]) == 2
        for picture in row["images"]:
            assert max(images.load(picture["bytes"]).shape[:2]) <= 1024


def test_sharegpt_rows_name_as_many_pictures_as_they_have_slots(pairs, tmp_path):
    out = tmp_path / "out"
    assert export(pairs, out, "sharegpt") == 12
    info = json.loads((out / "dataset_info.json").read_text())["visual_erm"]
    lines = (out / info["file_name"]).read_text().splitlines()
    for line in map(json.loads, lines):
        assert line["messages"][0]["content"].count("<image>") == len(line["images"]) == 2
        assert all((out / name).is_file() for name in line["images"])


def test_verl_rows_have_the_columns_that_it_reads(pairs, tmp_path):
    assert export(pairs, tmp_path / "out", "verl") == 12
    row = columns(tmp_path / "out" / "train.parquet")[0]
    assert set(row) == {
        "data_source", "prompt", "images", "ability", "reward_model", "extra_info",
    }  # fmt: skip
    assert json.loads(row["reward_model"]["ground_truth"])["errors"] is not None


def test_bad_requests_end_before_anything_is_written(pairs, tmp_path):
    with pytest.raises(UsageError, match="no layout"):
        export(pairs, tmp_path / "a", "nonsense")
    with pytest.raises(InputError, match=r"no folder|holds no pairs"):
        export(tmp_path / "missing", tmp_path / "b", "trl")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("keep")
    for layout in LAYOUTS:
        with pytest.raises(InputError, match="not empty"):
            export(pairs, tmp_path / "c", layout)
    assert (tmp_path / "c" / "mine.txt").read_text() == "keep"
