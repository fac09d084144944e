"""Runs over files, as a library: counts, progress, resumption, other forms of paths."""

import json
from collections import Counter

import numpy as np
import pytest

from visual_erm import images
from visual_erm.errors import BackendError, InputError
from visual_erm.judges.scripted import ScriptedJudge
from visual_erm.rewards.runs import run
from visual_erm.rewards.shaping import Graded
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import JudgeIdentity

SQUARE = np.full((40, 60, 3), 255, np.uint8)
SQUARE[10:30, 10:30] = 0


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "a.png").write_bytes(images.encode_png(SQUARE))
    lines = [{"id": n, "reference": "a.png", "prediction": "a.png"} for n in range(6)]
    lines[1]["prediction"] = images.data_uri(SQUARE)
    lines[2]["prediction"] = str(tmp_path / "a.png")
    lines[3]["prediction"] = "b.png"
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def scripted(count):
    error = {"category": "style_error", "severity": 1}
    return VisualReward(ScriptedJudge([{"errors": [error]}] * count), workers=1)


def test_counts_and_progress(rows, tmp_path):
    seen = []
    counts = run(
        rows,
        tmp_path / "o.jsonl",
        scripted(5),
        task="svg",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert counts == Counter(scored=5, infra_fault=1)
    assert seen == [(number, 6) for number in range(7)]
    again = run(rows, tmp_path / "o.jsonl", scripted(0), task="svg")
    assert again == counts
    assert run(rows, tmp_path / "o.jsonl", scripted(0), task="svg", resume=False) == Counter(
        infra_fault=6
    )


def test_retry_does_only_what_has_no_reward_again(rows, tmp_path):
    out = tmp_path / "o.jsonl"
    failure = {"kind": "judge", "stage": "judge", "code": "x", "message": "m"}
    script = [{"errors": []}, {"failure": failure}, *[{"errors": []}] * 3]
    run(rows, out, VisualReward(ScriptedJudge(script), workers=1), task="svg")
    kept = [line for line in out.read_text().splitlines() if '"status": "scored"' in line]
    (tmp_path / "b.png").write_bytes(images.encode_png(SQUARE))
    assert run(rows, out, scripted(9), task="svg") == Counter(
        scored=4, judge_fault=1, infra_fault=1
    )
    assert run(rows, out, scripted(2), task="svg", retry=True) == Counter(scored=6)
    lines = out.read_text().splitlines()
    assert lines[:4] == kept
    assert {json.loads(line)["id"] for line in lines[4:]} == {"1", "3"}
    assert run(rows, out, scripted(0), task="svg", retry=True) == Counter(scored=6)
    assert not list(tmp_path.glob("*.partial"))


def test_values_of_two_shapings_do_not_stand_in_one_file(rows, tmp_path):
    out = tmp_path / "o.jsonl"
    judge = [{"errors": []}] * 5
    run(rows, out, VisualReward(ScriptedJudge(judge), workers=1), task="svg")
    assert "Graded(" in json.loads(out.read_text().splitlines()[0])["shaping"]
    for other in ("fixed", Graded(half=5.0)):
        with pytest.raises(InputError, match="holds results of shaping Graded"):
            run(rows, out, VisualReward(ScriptedJudge([]), other, workers=1), task="svg")


def test_other_records_are_not_taken_for_results(rows, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "0", "task": "svg"}\n')
    with pytest.raises(InputError, match=r'other\.jsonl: row "0" is no result'):
        run(rows, other, scripted(0), task="svg")
    assert other.read_text() == '{"id": "0", "task": "svg"}\n'


def test_starting_anew_drops_nothing_for_a_judge_that_is_not_there(rows, tmp_path):
    out = tmp_path / "o.jsonl"
    run(rows, out, scripted(5), task="svg")
    before = out.read_bytes()
    with pytest.raises(InputError, match="cannot read"):
        run(rows, out, VisualReward("scripted:/nowhere"), task="svg", resume=False)
    assert out.read_bytes() == before


def test_addresses_are_refused_as_what_they_are(rows, tmp_path):
    rows.write_text('{"id": 1, "reference": "https://x.org/a.png", "prediction": "a.png"}\n')
    run(rows, tmp_path / "o.jsonl", scripted(0), task="svg")
    failure = json.loads((tmp_path / "o.jsonl").read_text())["failure"]
    assert failure["message"] == (
        "reference: nothing is fetched from the network; got https://x.org/a.png"
    )


class Missing:
    """A judge that turns out not to be there after some rows."""

    def __init__(self, after):
        self.identity = JudgeIdentity(name="missing")
        self.script = ScriptedJudge([{"errors": []}] * after)
        self.left = after

    def compare(self, reference, candidate, task):
        self.left -= 1
        if self.left < 0:
            raise BackendError("the judge is gone")
        return self.script.compare(reference, candidate, task)


def test_finished_rows_are_kept_when_the_backend_goes(rows, tmp_path):
    out = tmp_path / "o.jsonl"
    with pytest.raises(BackendError, match="the judge is gone"):
        run(rows, out, VisualReward(Missing(2), workers=1), task="svg")
    assert 1 <= len(out.read_text().splitlines()) <= 3


def test_a_changed_revision_is_another_judge(rows, tmp_path):
    out = tmp_path / "o.jsonl"
    first, second = ScriptedJudge([]), ScriptedJudge([])
    second.identity = JudgeIdentity(name="scripted", revision="2")
    run(rows, out, VisualReward(first, workers=1), task="svg")
    with pytest.raises(InputError, match="holds results of judge scripted"):
        run(rows, out, VisualReward(second, workers=1), task="svg")
