"""`verm bench` as a user runs it."""

import json

import numpy as np
import pytest
from judge_server import MODEL, JudgeServer, completion
from typer.testing import CliRunner

from visual_erm import cli, images
from visual_erm.bench.cases import of_vc_reward_bench


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
    (item,) = of_vc_reward_bench(tmp_path / "out")  # beside the people's errors, in a report
    assert (item.id, item.second.judge.name, item.verdict.errors) == ("svg/1", "people", ())


def test_json_holds_both_modes(folder):
    result = verm("vc-reward-bench", folder, "--field", "pred_json_other", "--json")
    row = json.loads(result.stdout)
    assert row["official"]["overall"]["f1_hard"] == row["strict"]["overall"]["f1_hard"] == 1


def test_a_model_matches_where_one_is_named(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("VISUAL_ERM_CACHE", str(tmp_path / "cache"))
    wrong = {"type": "shape_error", "severity": 2, "description": "the square is too wide"}
    row = json.loads((folder / "pairs.jsonl").read_text())
    row["human_errors"] = [wrong]
    row["pred_json_other"] = {"errors": [{**wrong, "description": "not as narrow as it was"}]}
    rows = [row, {**row, "id": 2, "human_errors": [{**wrong, "description": "too wide"}]}]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    arguments = ("vc-reward-bench", folder, "--field", "pred_json_other", "--matcher")
    pair = {"matches": [{"truth": 1, "found": 1, "level": "yes"}]}

    def answer(body):
        known = "the square" in body["messages"][0]["content"]
        return (200, completion(pair if known else "?"), {})

    with JudgeServer(answer).running() as server:
        where = f"endpoint:{server.url}#{MODEL}"
        result = verm(*arguments, where, "--json")
        assert verm(*arguments, where).stdout.count("1 whose matching failed (1 unreadable)") == 1
        assert len(server.requests) == 3
    made = json.loads(result.stdout)
    # the one that failed is in no figure
    assert (made["official"]["overall"]["n"], made["official"]["overall"]["f1_hard"]) == (1, 1)
    assert made["strict"]["failures"] == {"unreadable": 1}
    by_words = json.loads(verm(*arguments, "deterministic", "--json").stdout)
    assert by_words["official"]["overall"]["n"] == 2
    assert "known: deterministic" in verm(*arguments, "nobody").stderr


def test_it_says_what_it_needs(folder):
    result = verm("vc-reward-bench", folder)
    assert result.exit_code == 2
    assert "--out" in result.stderr


def test_a_reward_of_ones_own_is_linted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "def paid(completions, **columns):\n    return [-float(len(c)) for c in completions]\n"
    (tmp_path / "by_length.py").write_text(text)
    result = verm("lint-reward", "by_length:paid", "--task", "svg", "--examples", "3")
    assert result.exit_code == 1
    assert "BROKEN  order: what draws nothing" in result.stdout
    assert "smallest example found: svg of 10, 10, 10; wrong are elements" in result.stdout
    assert "ok      same" in result.stdout
    assert verm("lint-reward", "nowhere:paid").exit_code == 2


@pytest.mark.slow
def test_what_the_linter_finds_as_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "def paid(completions, **columns):\n    return [-float(len(c)) for c in completions]\n"
    (tmp_path / "by_length.py").write_text(text)
    options = ("--task", "svg", "--examples", "1", "--json")
    made = json.loads(verm("lint-reward", "by_length:paid", *options).stdout)
    assert {one["rule"] for one in made["findings"]} >= {"bounds", "order", "unscored"}
