"""The published benchmark's layout, with its traps, on a fixture of our own."""

import json

import numpy as np
import pytest

from visual_erm import images
from visual_erm.bench import vc_reward_bench as benchmark
from visual_erm.errors import InputError
from visual_erm.rewards.visual import VisualReward


@pytest.fixture
def folder(tmp_path):
    """Lines for charts, an array for tables; `type` and `category`; one picture is missing."""
    white = np.full((60, 80, 3), 255, np.uint8)
    square = white.copy()
    square[20:40, 20:40] = (200, 30, 30)
    for name, picture in (("gt", square), ("pred", white), ("same", square)):
        (tmp_path / f"{name}.png").write_bytes(images.encode_png(picture))
    error = {"type": "structure_error", "severity": "3", "description": "the square is missing"}
    charts = [
        {
            "id": 1,
            "idx": 0,
            "category": "chart",
            "gt_img_path": "gt.png",
            "pred_img_path": "same.png",
            "human_errors": [],
            "pred_json_other": {"errors": []},
        },
        {
            "id": 2,
            "idx": 1,
            "category": "Chart2Code",
            "gt_img_path": "gt.png",
            "pred_img_path": "nowhere.png",
            "human_errors": [{**error, "category": "structure_error"}],
            "pred_json_other": None,
        },
    ]
    (tmp_path / "charts.jsonl").write_text("\n".join(map(json.dumps, charts)) + "\n")
    drawing = {
        "id": 1,
        "category": "svg",
        "gt_img_path": "gt.png",
        "pred_img_path": "same.png",
        "human_errors": [{**error, "type": "shape_error"}],
        "pred_json_other": {"errors": [{**error, "type": "shape_error", "severity": 9}]},
    }
    (tmp_path / "svg.json").write_text(json.dumps([drawing]))
    return tmp_path


def test_the_files_are_read_whatever_their_form(folder):
    entries = benchmark.load(folder)
    assert [entry.id for entry in entries] == ["chart/1", "chart/2", "svg/1"]
    assert entries[1].truth[0].category == "structure_error"
    assert entries[1].truth[0].severity == 3


def test_a_run_writes_official_records_and_goes_on_where_it_ended(folder, tmp_path):
    entries, out = benchmark.load(folder), tmp_path / "out"
    calls = []
    for _ in range(2):
        items = benchmark.run(
            entries,
            out,
            VisualReward("embedded", workers=1, keep_renderings=False),
            progress=lambda done, total: calls.append(done),
        )
    assert calls == [0, 1, 2, 3, 3]
    records = [json.loads(line) for line in (out / "records.jsonl").read_text().splitlines()]
    assert [record["id"] for record in records] == [1, 2, 1]
    assert records[0]["pred_json"]["errors"] == []
    assert records[1]["pred_json"] is None
    assert "nowhere.png" in records[1]["error_parse_failed_reason"]
    official, strict = benchmark.scores(items)
    assert (official.items, official.unread, official.overall.n, strict.overall.n) == (3, 1, 3, 2)
    assert official.overall.counts.missed == 2
    assert strict.overall.counts.missed == 1


def test_verdicts_in_the_files_are_scored_and_unreadable_ones_counted(folder):
    entries = benchmark.load(folder)
    official, strict = benchmark.scores(benchmark.recorded(entries, "pred_json_other"))
    # null, and a severity of 9
    assert official.unread == strict.unread == 2
    assert strict.overall.n == 1
    with pytest.raises(InputError, match="pred_json_nobody"):
        benchmark.recorded(entries, "pred_json_nobody")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"human_errors": []}', "no category"),
        (
            '{"id": 1, "category": "map", "gt_img_path": "a", "pred_img_path": "b", '
            '"human_errors": []}',
            "map",
        ),
        ('{"a": 1}', "holds no"),
        ("[", "JSON"),
    ],
)
def test_a_file_that_is_something_else_ends_in_one_sentence(tmp_path, text, says):
    (tmp_path / "pairs.jsonl").write_text(text + "\n")
    with pytest.raises(InputError, match=says):
        benchmark.load(tmp_path)
