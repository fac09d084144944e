"""Files of references: resumed after kill -9, never mixed, every attempt and picture kept."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from refining import Script, drawing, judged

from visual_erm import images
from visual_erm.errors import BackendError, InputError
from visual_erm.refinement import batch
from visual_erm.refinement.loop import Plan
from visual_erm.refinement.policies import Draft, down
from visual_erm.report import runs
from visual_erm.spending import BudgetUsedUp

WORKER = """
import sys, time
from visual_erm.judges.scripted import ScriptedJudge
from visual_erm.refinement import batch
from visual_erm.refinement.loop import Plan
from visual_erm.refinement.policies import Draft
from visual_erm.rewards.visual import VisualReward

class Slow:
    name = "slow"
    def write(self, turn):
        time.sleep(0.05)
        return Draft(f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 90'>"
                     f"<rect width='{20 + turn.round}' height='50'/></svg>")

error = {"category": "shape_error", "severity": 2}
judge = ScriptedJudge([{"errors": [error]}] * 200)
batch.run(*sys.argv[1:], Slow(), VisualReward(judge, workers=1), Plan(rounds=1))
"""


@pytest.fixture
def rows(tmp_path, reference):
    """Writes rows that all have one reference."""
    (tmp_path / "r.png").write_bytes(images.encode_png(reference))

    def write(*more):
        path = tmp_path / "rows.jsonl"
        base = {"task": "svg", "reference": "r.png"}
        path.write_text("".join(json.dumps({**base, **row}) + "\n" for row in more))
        return path

    return write


def results(out):
    lines = (out / batch.RECORDS).read_text().splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def test_every_attempt_is_kept_and_every_picture_once(rows, tmp_path, reference):
    path = rows(
        {"id": 1, "group": "g"}, {"id": 2, "source": drawing(30)}, {"id": 3, "completion": "no"}
    )
    policy = Script(drawing(30), drawing(40), drawing(40), drawing(30), drawing(40))
    out = tmp_path / "run"
    counts = batch.run(path, out, policy, judged(6, 3, 6, 3, 6, 3), Plan(rounds=1))
    assert counts == {"rounds": 3}
    found = results(out)
    assert [found[name]["gain"] > 0 for name in "123"] == [True] * 3
    assert found["1"]["group"] == "g"
    turns = [[one["turn"] for one in found[name]["attempts"]] for name in "123"]
    assert turns == [["draft", "revise"], ["draft", "revise"], ["draft", "repair", "revise"]]
    assert found["3"]["attempts"][0]["completion"] == "no"
    assert found["3"]["attempts"][0]["failure"]["code"] == "no_source"
    files = sorted((out / "pictures").iterdir())
    assert len(files) == 3  # the reference and two drawings
    assert np.array_equal(
        images.load(out / "pictures" / f"{found['1']['reference']}.png"), reference
    )
    assert found["1"]["picture"] == found["1"]["attempts"][1]["picture"]
    items = runs.read(out)
    assert [item.id for item in items if item.group == "3"] == ["3/0", "3/1", "3/2"]
    assert (items[1].round, items[1].metadata["best"], items[1].verdict.judge.name) == (
        *(1, True),
        "scripted",
    )
    settings = json.loads((out / batch.RUN).read_text())
    assert settings["policy"] == "script"
    assert settings["plan"]["rounds"] == 1


@pytest.mark.slow
def test_a_run_is_resumed_after_kill_9(rows, tmp_path):
    path, out = rows(*({"id": n} for n in range(16))), tmp_path / "run"
    command = [sys.executable, "-c", WORKER, str(path), str(out)]
    process = subprocess.Popen(command)
    while not (out / batch.RECORDS).exists() or len(results(out)) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = (out / batch.RECORDS).read_bytes()
    done = before[: before.rfind(b"\n") + 1]
    assert 3 <= done.count(b"\n") < 16
    (out / batch.RECORDS).write_bytes(done + b'{"id": "15", "att')  # torn while it was written
    subprocess.run(command, check=True, timeout=120)
    after = (out / batch.RECORDS).read_bytes()
    assert after.startswith(done)
    assert sorted(map(int, results(out))) == list(range(16))
    assert after.count(b"\n") == 16
    assert all(images.load(file) is not None for file in (out / "pictures").iterdir())


def test_what_was_interrupted_is_done_again_when_asked(rows, tmp_path):
    path, out = rows({"id": "a"}, {"id": "b"}), tmp_path / "run"
    policy = Script(drawing(30), down("unreachable", "gone"), drawing(30), drawing(40))
    plan = Plan(rounds=1)
    assert batch.run(path, out, policy, judged(6, 6, 3), plan) == {"policy_down": 1, "rounds": 1}
    assert results(out)["a"]["source"] == drawing(30)
    assert batch.run(path, out, Script(), judged(), plan).total() == 2
    again = Script(drawing(30), drawing(40))
    assert batch.run(path, out, again, judged(6, 3), plan, retry=True) == {"rounds": 2}
    assert batch.run(
        path, out, Script(*[drawing(9)] * 2), judged(6, 6), Plan(rounds=0), resume=False
    )


def test_a_budget_ends_the_run_and_what_is_there_is_kept(rows, tmp_path):
    path, out = rows({"id": "a"}, {"id": "b"}, {"id": "c"}), tmp_path / "run"
    policy = Script(drawing(30), drawing(31), BudgetUsedUp("used up"), BudgetUsedUp("used up"))
    with pytest.raises(BackendError, match="used up"):
        batch.run(path, out, policy, judged(6, 3, 6), Plan(rounds=1))
    assert results(out)["a"]["stop"] == "rounds"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"task": "poem"}, 'no task "poem"'),
        ({"completion": 7}, "completion: expected text"),
        ({"source": 7}, "source: expected text"),
        ({"notes": 7, "source": "x"}, "notes: expected an object"),
        ({"reference": None}, 'a row needs a "reference"'),
    ],
)
def test_a_bad_row_is_said_before_anything_is_paid_for(rows, tmp_path, bad, message):
    path = rows({"id": "good"}, {"id": "bad", **bad})
    script = Script(drawing(50))
    with pytest.raises(InputError, match=rf"rows\.jsonl:2: {message}"):
        batch.run(path, tmp_path / "out", script, judged(0), Plan(rounds=0))
    assert not script.turns
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_run(rows, tmp_path):
    out = tmp_path / "run"
    batch.run(rows({"id": 1}), out, Script(drawing(9)), judged(0), Plan())
    with pytest.raises(InputError, match="another plan"):
        batch.run(rows({"id": 1}), out, Script(), judged(0), Plan(rounds=9))
    with pytest.raises(InputError, match='needs a "reference"'):
        batch.run(rows({"id": 2, "reference": None}), out, Script(), judged(0), Plan())
    counts = batch.run(rows({"id": 3, "reference": "no.png"}), out, Script(), judged(0), Plan())
    assert counts == {"equivalent": 1, "infra_fault": 1}
    assert "no.png" in results(out)["3"]["message"]
    assert Draft("x").source is None
