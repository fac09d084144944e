"""`verm bench` as a user runs it."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from visual_erm import cli, images


def verm(*arguments):
    return CliRunner().invoke(cli.app, ["bench", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path):
    picture = np.full((60, 80, 3), 255, np.uint8)
    picture[20:40, 20:40] = (200, 30, 30)
    (tmp_path / "a.png").write_bytes(images.encode_png(picture))
    row = {
        "id": 1,
        "category": "svg",
        "gt_img_path": "a.png",
        "pred_img_path": "a.png",
        "human_errors": [],
        "pred_json_other": {"errors": []},
    }
    (tmp_path / "pairs.jsonl").write_text(json.dumps(row) + "\n")
    return tmp_path


def test_a_judge_stands_beside_the_published_table(folder, tmp_path):
    result = verm("vc-reward-bench", folder, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "embedded: 1 pairs, 1 with a verdict" in result.stdout
    assert "published, Visual-ERM 8B" in result.stdout


def test_json_holds_both_modes(folder):
    result = verm("vc-reward-bench", folder, "--field", "pred_json_other", "--json")
    row = json.loads(result.stdout)
    assert row["official"]["overall"]["f1_hard"] == row["strict"]["overall"]["f1_hard"] == 1


def test_it_says_what_it_needs(folder):
    result = verm("vc-reward-bench", folder)
    assert result.exit_code == 2
    assert "--out" in result.stderr
