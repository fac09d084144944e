import json
import re

import numpy as np
import pyarrow.parquet
import pytest

from visual_erm import images
from visual_erm.data import build, shards
from visual_erm.data.export import LAYOUTS, export
from visual_erm.data.recipe import Recipe
from visual_erm.data.records import Pair, Seed
from visual_erm.errors import InputError, UsageError
from visual_erm.judges.parse import read_reply
from visual_erm.judges.profile import load_profile
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


ORDERS = {
    "chart": {"prompt": "chart.txt", "order": "text_first", "max_side": 40},
    "table": {"prompt": "table.txt", "order": "text_first", "system": "Be exact.", "max_side": 30},
    "svg": {"prompt": "svg.txt", "system": "Be kind.", "encoding": "jpeg", "quality": 75},
}


@pytest.fixture(scope="module")
def of_each_task(tmp_path_factory):
    """A build of one pair of each task, without drawing anything."""
    folder = tmp_path_factory.mktemp("each")
    white = np.full((50, 80, 3), 255, np.uint8)
    marked = white.copy()
    marked[10:20, 30:50] = (10, 90, 160)
    for number, task in enumerate(ORDERS):
        made = Seed(
            id=task, task=task, source="-", family="own", licence="CC0-1.0", provenance="test"
        )
        pair = Pair(f"{task}/0", made, "edit", ("none",), white, marked, None)
        span = shards.Span(task, 0, 1, 1, {}, {})
        shards.write(folder, number, [shards.row(pair, {})], span)
    return folder


@pytest.fixture(scope="module")
def both_orders(tmp_path_factory):
    path = tmp_path_factory.mktemp("profile") / "orders.json"
    path.write_text(json.dumps({"name": "orders", "layouts": ORDERS}))
    return str(path)


def served(pair, profile):
    """What a judge sends for a pair, with the bytes of its pictures."""
    parts = [
        profile.part(images.load(pair[side]["bytes"]), pair["task"])
        for side in ("reference", "prediction")
    ]
    return flat(profile.body(parts, pair["task"])["messages"])


def flat(messages, pictures=()):
    """Role, and the texts and pixels that are said, in order, whatever the layout calls them."""
    pictures = iter(pictures)
    said = []
    for message in messages:
        content = message["content"]
        if isinstance(content, str):
            content = [
                {"type": "image"} if text == "<image>" else {"type": "text", "text": text}
                for text in re.split("(<image>)", content)
                if text
            ]
        for part in content:
            if part["type"] == "text":
                said.append((message["role"], part["text"]))
            else:
                shown = part["image_url"]["url"] if "image_url" in part else next(pictures)
                said.append((message["role"], images.load(shown).tolist()))
    return said


@pytest.mark.parametrize("name", ["published", "benchmark", "both orders"])
def test_every_layout_asks_what_a_judge_is_asked(name, of_each_task, both_orders, tmp_path):
    spec = both_orders if name == "both orders" else name
    wanted = [served(pair, load_profile(spec)) for pair in shards.read(of_each_task)]
    for layout in LAYOUTS:
        export(of_each_task, tmp_path / layout, layout, profile=spec)
    asked = {
        layout: [
            flat(line["prompt"], [picture["bytes"] for picture in line["images"]])
            for line in columns(tmp_path / layout / "train.parquet")
        ]
        for layout in ("trl", "verl")
    }
    lines = (tmp_path / "sharegpt" / "train.jsonl").read_text().splitlines()
    asked["sharegpt"] = [
        flat(line["messages"][:-1], [tmp_path / "sharegpt" / name for name in line["images"]])
        for line in map(json.loads, lines)
    ]
    for layout, said in asked.items():
        assert said == wanted, layout


def test_a_prompt_that_holds_the_mark_of_a_picture_is_refused(of_each_task, tmp_path):
    (tmp_path / "mine.txt").write_text("Compare <image> with the other.")
    (tmp_path / "mine.json").write_text(
        json.dumps({"name": "mine", "layouts": {"svg": {"prompt": "mine.txt"}}})
    )
    with pytest.raises(UsageError, match="stands for a picture"):
        export(of_each_task, tmp_path / "out", "verl", profile=str(tmp_path / "mine.json"))
