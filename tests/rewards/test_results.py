import json
import math
import sys

import numpy as np
import pytest

from visual_erm import VisualReward, images, render
from visual_erm.errors import InputError, MissingPackage, UsageError
from visual_erm.rewards import runs
from visual_erm.rewards.results import ERROR, SAMPLE, Results
from visual_erm.types import (
    Discrepancy,
    Failure,
    JudgeIdentity,
    Rendering,
    Reward,
    Verdict,
)

JUDGE = JudgeIdentity(name="scripted", revision="1")
ERRORS = (
    Discrepancy(category="text_error", severity=3, location="title", bbox=(1, 2, 3, 4)),
    Discrepancy(category="data_error", severity=1, bbox_prediction=(5, 6, 7, 8)),
)
PICTURE = Rendering(np.full((9, 12, 3), 40, np.uint8), "chart", "matplotlib", "f")
RESULTS = Results(
    [
        Reward(
            0.5,
            "scored",
            {"render": 1.0, "n_errors": 2.0, "severity": 4.0, "seconds_judge": -1.0},
            Verdict(task="chart", errors=ERRORS, judge=JUDGE, distance=0.25, warnings=("a", "b")),
            PICTURE,
            id="one",
            task="chart",
        ),
        Reward(
            0.0,
            "policy_fault",
            {"render": 0.0, "n_errors": -1.0, "severity": -1.0, "seconds_judge": -1.0},
            failure=Failure(kind="policy", stage="render", code="timeout", message="too slow"),
            task="chart",
        ),
        Reward(None, "infra_fault"),
    ]
)


def test_one_row_a_sample_with_what_is_unknown_missing():
    frame = RESULTS.to_pandas()
    assert [*frame.columns] == [*SAMPLE, "render", "seconds_judge"]
    first, second, third = frame.to_dict("records")
    assert first["severity"] == 4 and first["errors"] == 2 and first["distance"] == 0.25
    assert first["judge"] == "scripted" and first["warnings"] == "a\nb" and first["render"] == 1
    assert second["failure"] == "render:timeout" and second["failure_message"] == "too slow"
    assert second["task"] == "chart" and second["reward"] == 0
    assert math.isnan(third["reward"]) and math.isnan(third["render"]) and third["task"] is None
    assert frame.severity.isna().tolist() == [False, True, True]
    assert frame.seconds_judge.isna().all()


def test_one_row_an_error_that_leads_back_to_its_sample():
    frame = RESULTS.to_pandas(by="error")
    assert [*frame.columns] == [*ERROR]
    assert frame["sample"].tolist() == [0, 0] and frame.id.tolist() == ["one", "one"]
    assert frame[["x0", "y0", "x1", "y1"]].iloc[0].tolist() == [1, 2, 3, 4]
    assert frame.prediction_x1.isna().tolist() == [True, False]


@pytest.mark.parametrize("by", ["sample", "error"])
def test_arrow_and_datasets_hold_the_same(by):
    pytest.importorskip("datasets")
    table, data = RESULTS.to_arrow(by), RESULTS.to_dataset(by)
    assert table.to_pylist() == data.to_list()
    assert table.column_names == [*RESULTS.to_pandas(by).columns]


def test_pictures_come_back_as_pictures():
    data = pytest.importorskip("datasets") and RESULTS.to_dataset(pictures=True)
    assert np.array_equal(np.asarray(data[0]["picture"]), PICTURE.image)
    assert data[1]["picture"] is None
    content = RESULTS.to_arrow(pictures=True)["picture"][0].as_py()["bytes"]
    assert content.startswith(b"\x89PNG")


def test_nothing_is_a_table_too():
    assert Results().to_pandas().shape == (0, len(SAMPLE))
    assert Results().to_arrow("error").num_rows == 0


def test_the_worst_come_first_and_unscored_ones_are_left_out():
    assert [reward.value for reward in RESULTS.worst(9)] == [0.0, 0.5]
    assert isinstance(RESULTS.worst(1), Results) and len(RESULTS.worst(1)) == 1


def test_what_is_asked_wrongly_is_said(monkeypatch):
    with pytest.raises(UsageError, match='by must be "sample" or "error"; got \'row\''):
        RESULTS.to_pandas(by="row")
    with pytest.raises(UsageError, match='by="sample" only'):
        RESULTS.to_arrow("error", pictures=True)
    for package, method in (("pyarrow", RESULTS.to_arrow), ("datasets", RESULTS.to_dataset)):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(MissingPackage, match=r"pip install 'visual-erm\[notebook\]'"):
            method()


def test_a_file_of_results_is_read_back_as_it_was(tmp_path):
    size = "xmlns='http://www.w3.org/2000/svg' width='60' height='60'"
    svg = f"<svg {size}><rect width='{{}}' height='30'/></svg>"
    reward = VisualReward(keep_renderings=False)
    reference = tmp_path / "reference.png"
    reference.write_bytes(images.encode_png(render(svg.format(40), task="svg").image))
    items = [
        {"id": name, "task": "svg", "reference": str(reference), "source": source}
        for name, source in (("good", svg.format(40)), ("wide", svg.format(55)), ("bad", "no svg"))
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, items)))
    runs.run(tmp_path / "in.jsonl", tmp_path / "out.jsonl", reward)
    read = sorted(Results.read(tmp_path / "out.jsonl"), key=lambda result: result.id)
    scored = sorted(reward.score_batch(items), key=lambda result: result.id)
    for left, right in zip(read, scored, strict=True):
        assert (left.id, left.task, left.status, left.value, left.failure) == (
            *(right.id, right.task, right.status, right.value, right.failure),
        )
        assert left.verdict is None or left.verdict.errors == right.verdict.errors
    with pytest.raises(InputError, match=r"in\.jsonl:1: not a result of .*: no 'status'"):
        Results.read(tmp_path / "in.jsonl")
