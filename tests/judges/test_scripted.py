"""The judge that replays: in order, by picture, with faults, and again after pickling."""

import json
import pickle

import numpy as np
import pytest

from visual_erm import images
from visual_erm.errors import InfrastructureFault, InputError, JudgeFault
from visual_erm.judges.scripted import ScriptedJudge
from visual_erm.types import Failure, JudgeIdentity, Verdict

WHITE = np.full((9, 9, 3), 255, np.uint8)
BLACK = np.zeros((9, 9, 3), np.uint8)
LINE = {"errors": [{"category": "text_error", "severity": 2}], "distance": 0.25}


def test_lines_are_replayed_in_order():
    verdict = Verdict(task="svg", judge=JudgeIdentity(name="x"))
    judge = ScriptedJudge([LINE, verdict])
    first = judge.compare(WHITE, BLACK, "chart")
    assert (first.severity, first.distance, first.judge.name) == (2, 0.25, "scripted")
    assert judge.compare(WHITE, BLACK, "chart").task == "chart"
    with pytest.raises(InfrastructureFault, match="no line left; it had 2"):
        judge.compare(WHITE, BLACK, "chart")


def test_lines_of_a_pair_answer_that_pair_only():
    pair = {"reference": images.digest(WHITE), "candidate": images.digest(BLACK)}
    judge = ScriptedJudge([{"errors": []}, {**LINE, **pair}])
    assert [judge.compare(WHITE, BLACK, "chart").severity for _ in range(3)] == [2, 2, 2]
    assert judge.compare(BLACK, WHITE, "chart").severity == 0


@pytest.mark.parametrize(
    ("kind", "fault"), [("judge", JudgeFault), ("infrastructure", InfrastructureFault)]
)
def test_faults_are_replayed(kind, fault):
    failure = Failure(kind=kind, stage="judge", code="down", message="no answer")
    judge = ScriptedJudge([failure, {"failure": failure.model_dump()}])
    for _ in range(2):
        with pytest.raises(fault, match="no answer"):
            judge.compare(WHITE, WHITE, "chart")


def test_files(tmp_path):
    path = tmp_path / "script.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + json.dumps({"errors": []}) + "\n")
    judge = ScriptedJudge(path)
    assert judge.compare(WHITE, WHITE, "chart").severity == 2
    again = pickle.loads(pickle.dumps(judge))
    assert again.compare(WHITE, WHITE, "chart").severity == 0
    path.write_text('{"id": 1}\n')
    with pytest.raises(InputError, match=r'script.jsonl:1: expected "errors" or "failure"'):
        ScriptedJudge(path)
    with pytest.raises(InputError, match=r"cannot read"):
        ScriptedJudge(tmp_path / "missing.jsonl")


def test_a_line_that_cannot_be_read_is_a_judge_fault():
    judge = ScriptedJudge([{"errors": [{"category": "text_error", "severity": 9}]}])
    with pytest.raises(JudgeFault, match="severity must be 1, 2 or 3; got 9"):
        judge.compare(WHITE, WHITE, "chart")
