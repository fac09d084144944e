"""Files of predictions, annotated; stopped and gone on with."""

import json

import pytest

from visual_erm import images
from visual_erm.cli import app
from visual_erm.data import natural, oracle, shards
from visual_erm.data.natural import annotate_rows
from visual_erm.errors import InputError

TABLE = "|a|b|\n|-|-|\n|x|1|\n|y|2|\n|z|3|"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
DRAWING = HEAD + '<circle cx="4" cy="4" r="3" fill="red"/></svg>'
ROWS = [
    {"id": "same", "task": "table", "source": TABLE, "prediction_source": TABLE},
    {"id": 2, "task": "table", "reference_source": TABLE, "prediction_source": TABLE[:-5]},
    {"id": "green", "task": "svg", "source": DRAWING, "licence": "MIT",
     "prediction_source": DRAWING.replace("red", "green")},
    {"id": "bad", "task": "table", "source": TABLE, "prediction_source": "no table"},
    {"id": "worse", "task": "table", "source": "no table", "prediction_source": TABLE},
    {"id": "none", "task": "table", "source": TABLE},
    {"id": "what", "task": "poem", "source": TABLE, "prediction_source": TABLE},
]  # fmt: skip
COUNTS = {"annotated": 3, "policy_fault": 1, "infra_fault": 3}


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_results_line_by_line(rows, tmp_path):
    out = tmp_path / "errors.jsonl"
    assert annotate_rows(rows, out) == COUNTS
    found = {row["id"]: row for row in map(json.loads, out.read_text().splitlines())}
    assert found["same"]["errors"] == [] and found["same"]["unexplained"] == 0
    (error,) = found["2"]["errors"]
    assert (error["category"], error["severity"]) == ("layout_error", 3)
    assert "failure" in found["bad"] and found["bad"]["status"] == "policy_fault"
    assert found["worse"]["failure"]["message"].startswith("the reference cannot be used")


def test_pairs_in_shards(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(natural, "PER_SHARD", 2)
    out = tmp_path / "pairs"
    assert annotate_rows(rows, out) == COUNTS
    pairs = {row["id"]: row for row in shards.read(out)}
    assert list(pairs) == ["same", "2", "green"]
    assert pairs["green"]["kind"] == "natural" and pairs["green"]["licence"] == "MIT"
    assert pairs["green"]["errors"][0]["category"] == "style_error"
    picture = images.load(pairs["green"]["prediction"]["bytes"], name="green")
    assert picture.shape == (512, 512, 3)


def test_a_stopped_run_goes_on(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(natural, "PER_SHARD", 2)
    for out in (tmp_path / "pairs", tmp_path / "errors.jsonl"):
        calls = []
        known = oracle.annotate

        def stopping(*sources, calls=calls, known=known):
            calls.append(sources)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return known(*sources)

        with monkeypatch.context() as patch:
            patch.setattr(oracle, "annotate", stopping)
            with pytest.raises(KeyboardInterrupt):
                annotate_rows(rows, out)
            assert annotate_rows(rows, out) == COUNTS
        assert len(calls) == 6  # two, the one that was stopped, and three after it
        monkeypatch.setattr(oracle, "annotate", None)
        assert annotate_rows(rows, out) == COUNTS
        monkeypatch.setattr(oracle, "annotate", known)


def test_pairs_of_which_too_much_is_unexplained_are_left_out(rows, tmp_path, monkeypatch):
    known = oracle.annotate

    def unsure(*sources):
        found = known(*sources)
        return oracle.Annotation(found.task, found.reference, found.prediction, (), 0.5)

    monkeypatch.setattr(oracle, "annotate", unsure)
    counts = annotate_rows(rows, tmp_path / "pairs", most_unexplained=0.4)
    assert counts == {"unexplained": 3, "policy_fault": 1, "infra_fault": 3}
    assert annotate_rows(rows, tmp_path / "pairs", most_unexplained=0.4) == counts


def test_other_rows_into_the_same_folder_are_refused(rows, tmp_path, monkeypatch):
    annotate_rows(rows, tmp_path / "pairs")
    rows.write_text(json.dumps(ROWS[0]) + "\n")
    with pytest.raises(InputError, match="of another file"):
        annotate_rows(rows, tmp_path / "pairs")


def test_the_command(rows, tmp_path, capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            app([*map(str, arguments)])
        return ended.value.code

    assert run("data", "annotate", rows, "--out", tmp_path / "o.jsonl", "--json") == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["annotated"] == 3 and "3 rows could not" in printed.err
    rows.write_text("".join(json.dumps(row) + "\n" for row in ROWS[:4]))
    assert run("data", "annotate", rows, "--out", tmp_path / "pairs") == 0
    assert run("data", "export", tmp_path / "pairs", "--out", tmp_path / "rows") == 0
