"""Curves of refinement: all strategies from one draft, and what each would have returned."""

import json

import numpy as np
import pytest
from refining import drawing, square
from typer.testing import CliRunner

from visual_erm import cli, images
from visual_erm.bench import refining
from visual_erm.errors import InputError, UsageError
from visual_erm.refinement.loop import Plan
from visual_erm.refinement.policies import FunctionPolicy
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict


class Widths:
    """Judges by the ink: an error for each ten pixels of width that are off."""

    identity = JudgeIdentity(name="widths")

    def compare(self, reference, candidate, task):
        off = round(abs(float((candidate < 250).any((0, 2)).mean()) - 50 / 90) * 9)
        error = Discrepancy(category="shape_error", severity=2, description="width")
        return Verdict(task=task, errors=(error,) * off, judge=self.identity)


def wider(turn):
    """Drafts of many widths; revisions come nearer, reflections go away."""
    if turn.kind == "draft":
        return drawing([20, 30, 10][turn.sample])
    step = 10 if turn.kind == "revise" else -8
    return drawing(int(turn.previous.source.split('width="')[1].split('"')[0]) + step)


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "r.png").write_bytes(images.encode_png(square()))
    path = tmp_path / "rows.jsonl"
    lines = [{"id": n, "task": "svg", "reference": "r.png"} for n in range(3)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_curves(rows, tmp_path):
    out = tmp_path / "out"
    reward = VisualReward(Widths(), workers=1, tolerant=True)
    policy = FunctionPolicy(wider, "wider")
    found = refining.study(rows, out, policy, reward, Plan(rounds=2))
    by = {(point.strategy, point.step): point for point in found.points}
    assert (found.items, found.unscored, len(by)) == (3, 0, 9)
    start = {by[name, 0].reward.value for name in refining.STRATEGIES}
    assert len(start) == 1
    rising = [by["refine", step].reward.value for step in range(3)]
    assert rising == sorted(set(rising))
    assert by["refine", 2].better.value == 1.0
    assert by["refine", 2].worse.value == 0.0
    assert by["reflect", 2].worse.value == 1.0
    best = [by["best-of-n", step].reward.value for step in range(3)]
    assert best[0] < best[1] == best[2]  # the third draft is the worst
    assert by["refine", 2].metric.value > by["refine", 0].metric.value
    found.write(out)
    assert json.loads((out / "study.json").read_text()) == found.row()
    assert np.ptp(images.load(out / "study.png")) == 255
    assert refining.study(rows, out, policy, reward, Plan(rounds=2)) == found  # all was there


def test_what_is_unscored_is_left_out_and_counted():
    assert not refining._complete(None)
    attempt = {"reward": 0.5, "accepted": True, "round": 0, "sample": 0, "picture": None}
    whole = {"attempts": [attempt], "stop": "rounds", "reference": "r"}
    assert refining._complete(whole)
    assert not refining._complete({**whole, "stop": "policy_down"})
    assert not refining._complete({**whole, "attempts": [{**attempt, "reward": None}]})
    found = {"refine": {"a": whole, "b": {**whole, "stop": "budget"}}}
    result = refining.curves(found, refining.Path("out"), 1, "ssim")
    assert (result.items, result.unscored, result.points[1].metric.value) == (1, 1, -1.0)
    with pytest.raises(InputError, match="none of 1 items"):
        refining.curves(
            {"refine": {"b": {**whole, "stop": "budget"}}}, refining.Path("out"), 1, "ssim"
        )


def test_metrics_without_a_worst_value_are_refused(rows, tmp_path):
    with pytest.raises(UsageError, match='no metric "psnr"'):
        refining.study(rows, tmp_path, None, VisualReward(), Plan(), metric="psnr")


def test_the_command(rows, tmp_path):
    command = ["refine", "--study", "--rows", rows, "--out", tmp_path / "out", "--rounds", 1]
    options = ["-p", f"python:{__name__}:wider", "--workers", 1]
    result = CliRunner().invoke(cli.app, [str(one) for one in (*command, *options)])
    assert result.exit_code == 0, result.output
    assert "3 items, 0 left out" in " ".join(result.stdout.split())
    assert (tmp_path / "out" / "study.png").exists()
