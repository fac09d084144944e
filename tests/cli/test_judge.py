"""`verm judge`: one pair, files of pairs, bad input, kills and resumption."""

import functools
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from pages import items
from PIL import Image
from typer.testing import CliRunner

from visual_erm import cli, images

VERM = Path(sys.executable).with_name("verm")
PAIR = {"task": "svg", "reference": "a.png", "prediction": "b.png"}


def verm(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def rows_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class TestOnePair:
    def test_a_table_of_errors(self, folder):
        result = verm("judge", folder / "a.png", folder / "b.png", "--task", "svg")
        assert result.exit_code == 0
        head, *_, last = result.stdout.splitlines()
        assert head.split() == ["severity", "category", "location", "description"]
        assert last.startswith("reward 0.")
        assert "embedded" in last
        assert "\x1b" not in result.stdout

    def test_json(self, folder):
        result = verm("judge", folder / "a.png", folder / "b.png", "-t", "svg", "--json")
        row = json.loads(result.stdout)
        assert row["status"] == "scored"
        assert 0 < row["reward"] < 1
        assert {"category", "severity", "location", "description"} <= set(row["errors"][0])
        assert row["judge"]["name"] == "embedded"
        assert result.stderr == ""

    def test_equal_pictures(self, folder):
        result = verm("judge", folder / "a.png", folder / "a.png", "-t", "chart")
        assert result.stdout.startswith("reward 1.000: no errors")

    def test_blank(self, folder):
        result = verm("judge", folder / "a.png", folder / "white.png", "-t", "chart", "--json")
        row = json.loads(result.stdout)
        assert (row["status"], row["reward"], row["failure"]["code"]) == (
            "policy_fault",
            0.02,
            "blank",
        )

    def test_page_and_pictures(self, folder):
        result = verm(
            *("judge", folder / "a.png", folder / "b.png", "-t", "svg"),
            *("--html", folder / "page.html", "--show"),
        )
        assert result.exit_code == 0
        assert "this terminal shows no pictures" in result.stderr
        (item,) = items(folder / "page.html")
        assert item["reference"]["key"] != item["candidate"]["key"]
        assert item["verdicts"][0]["errors"]

    def test_what_a_judge_says_is_not_markup(self, folder):
        script = folder / "script.jsonl"
        error = {"category": "text_error", "severity": 3, "location": "[bold]x[/bold]"}
        script.write_text(json.dumps({"errors": [error | {"description": "[/red] [1]"}]}) + "\n")
        result = verm(
            "judge", folder / "a.png", folder / "b.png", "-t", "chart", "-j", f"scripted:{script}"
        )
        assert "[bold]x[/bold]" in result.stdout
        assert "[/red] [1]" in result.stdout

    @pytest.mark.parametrize(
        ("kind", "code"), [("judge", 1), ("infrastructure", 3)], ids=["unreadable", "down"]
    )
    def test_a_judge_that_fails(self, folder, kind, code):
        failure = {"kind": kind, "stage": "judge", "code": "x", "message": "no verdict today"}
        script = folder / "script.jsonl"
        script.write_text(json.dumps({"failure": failure}) + "\n")
        result = verm(
            "judge", folder / "a.png", folder / "b.png", "-t", "svg", "-j", f"scripted:{script}"
        )
        assert result.exit_code == code
        assert result.stderr == "verm: no verdict today\n"


@functools.cache
def huge():
    buffer = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def bad(folder):
    """A name and how to make it."""
    whole = (folder / "a.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) - 30])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("this is no picture")
    (folder / "dot.png").write_bytes(images.encode_png(np.zeros((1, 1, 3), np.uint8)))
    (folder / "huge.png").write_bytes(huge())
    Image.new("1", (20_000, 20)).save(folder / "wide.png")
    return folder


BAD = {
    "missing.png": "no such file",
    "cut.png": "damaged",
    "empty.png": "is empty",
    "text.png": "is not a picture",
    "dot.png": "1 x 1 pixels",
    "huge.png": "pixels",
    "wide.png": "20000 x 20 pixels",
    ".": "Is a directory",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_pictures_are_one_sentence(bad, name):
    for pair in ((bad / name, bad / "a.png"), (bad / "a.png", bad / name)):
        result = verm("judge", *pair, "--task", "chart")
        assert result.exit_code == 1
        assert result.stdout == ""
        assert BAD[name] in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert ("reference" if pair[0] == bad / name else "prediction") in result.stderr


def test_unknown_judge(folder):
    result = verm("judge", folder / "a.png", folder / "b.png", "-t", "svg", "-j", "oracle")
    assert result.exit_code == 2
    assert 'no judge "oracle"; known:' in result.stderr


class TestPairs:
    def test_rows_follow_the_contract(self, folder, write_rows):
        absolute = {**PAIR, "id": 2, "reference": str(folder / "a.png")}
        path = write_rows({**PAIR, "id": "one"}, absolute, {**PAIR, "id": 3, "prediction": "a.png"})
        out = folder / "out.jsonl"
        result = verm("judge", "--pairs", path, "--out", out)
        assert result.exit_code == 0
        assert result.stdout == f"3 rows in {out}: 3 scored\n"
        rows = {row["id"]: row for row in rows_of(out)}
        assert list(rows) and set(rows) == {"one", "2", "3"}
        for row in rows.values():
            assert {"id", "task", "status", "reward", "errors", "judge", "seconds"} <= set(row)
            assert (row["task"], row["status"], row["judge"]["name"]) == (
                "svg",
                "scored",
                "embedded",
            )
            assert 0 <= row["reward"] <= 1
        assert rows["one"]["reward"] == rows["2"]["reward"] < rows["3"]["reward"] == 1.0
        assert rows["3"]["errors"] == []

    def test_bad_rows_become_rows_and_the_run_goes_on(self, bad, write_rows):
        rows = [{**PAIR, "id": name, "prediction": name} for name in BAD]
        rows += [
            {**PAIR, "id": "task", "task": "poem"},
            {"id": "no task", "reference": "a.png", "prediction": "b.png"},
            {"id": "no reference", "task": "svg", "prediction": "b.png"},
            {"id": "no prediction", "task": "svg", "reference": "a.png"},
            {"id": "number", "task": "svg", "reference": 3, "prediction": "b.png"},
            {"id": "blank", "task": "svg", "reference": "a.png", "prediction": "white.png"},
            {**PAIR, "id": "good"},
        ]
        out = bad / "out.jsonl"
        result = verm("judge", "--pairs", write_rows(*rows), "--out", out, "--json")
        assert result.exit_code == 1
        counts = json.loads(result.stdout)
        assert (counts["rows"], counts["unscored"]) == (len(rows), len(rows) - 2)
        written = {row["id"]: row for row in rows_of(out)}
        assert set(written) == {row["id"] for row in rows}
        assert written.pop("good")["status"] == "scored"
        assert written.pop("blank")["status"] == "policy_fault"
        for row in written.values():
            assert (row["status"], row["reward"], row["errors"]) == ("infra_fault", None, [])
            assert row["failure"]["stage"] == "load"
            assert row["judge"]["name"] == "embedded"
        assert BAD["cut.png"] in written["cut.png"]["failure"]["message"]
        assert 'no task "poem"' in written["task"]["failure"]["message"]

    def test_a_task_for_rows_that_name_none(self, folder, write_rows):
        path = write_rows({"id": 1, "reference": "a.png", "prediction": "b.png"}, {**PAIR, "id": 2})
        out = folder / "out.jsonl"
        assert verm("judge", "--pairs", path, "--out", out, "--task", "chart").exit_code == 0
        assert {row["id"]: row["task"] for row in rows_of(out)} == {"1": "chart", "2": "svg"}

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (['{"id": 1, "task"', ""], "p.jsonl:1: not valid JSON"),
            (['{"id": 1}', "", "[1, 2]"], "p.jsonl:3: expected a JSON object, got list"),
            (['{"id": 1}', '{"task": "svg"}'], 'p.jsonl:2: a row needs an "id"'),
            (['{"id": 1}', '{"id": "1"}'], 'p.jsonl:2: id "1" stands in line 1 already'),
        ],
    )
    def test_broken_files_are_found_before_any_work(self, folder, write_rows, lines, message):
        out = folder / "out.jsonl"
        finished = '{"id": "0", "status": "scored", "judge": null}\n'
        out.write_text(finished)
        result = verm("judge", "--pairs", write_rows(*lines), "--out", out)
        assert result.exit_code == 1
        assert message in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert out.read_text() == finished

    def test_paths_that_cannot_be_used(self, folder, write_rows):
        path = write_rows({**PAIR, "id": 1})
        for pairs, out in [
            (folder / "missing.jsonl", folder / "out.jsonl"),
            (path, folder / "missing" / "out.jsonl"),
            (path, folder),
            (folder, folder / "out.jsonl"),
        ]:
            result = verm("judge", "--pairs", pairs, "--out", out)
            assert result.exit_code == 1
            assert len(result.stderr.splitlines()) == 1
        assert not (folder / "out.jsonl").exists()

    def test_an_empty_file(self, folder, write_rows):
        result = verm("judge", "--pairs", write_rows(), "--out", folder / "out.jsonl")
        assert (result.exit_code, result.stdout) == (0, f"0 rows in {folder / 'out.jsonl'}: none\n")

    def test_resumes_by_default_and_starts_anew_when_told(self, folder, write_rows):
        out = folder / "out.jsonl"
        verm("judge", "--pairs", write_rows({**PAIR, "id": 1}), "--out", out)
        first = out.read_bytes()
        path = write_rows({**PAIR, "id": 1, "prediction": "missing.png"}, {**PAIR, "id": 2})
        assert verm("judge", "--pairs", path, "--out", out).exit_code == 0
        assert out.read_bytes().startswith(first)
        assert [row["id"] for row in rows_of(out)] == ["1", "2"]
        assert verm("judge", "--pairs", path, "--out", out, "--fresh").exit_code == 1
        statuses = {row["id"]: row["status"] for row in rows_of(out)}
        assert statuses == {"1": "infra_fault", "2": "scored"}

    def test_verdicts_of_two_judges_are_not_mixed(self, folder, write_rows):
        out = folder / "out.jsonl"
        path = write_rows({**PAIR, "id": 1}, {**PAIR, "id": 2})
        verm("judge", "--pairs", path, "--out", out)
        before = out.read_bytes()
        script = folder / "script.jsonl"
        script.write_text('{"errors": []}\n')
        result = verm("judge", "--pairs", path, "--out", out, "-j", f"scripted:{script}")
        assert result.exit_code == 1
        assert "holds results of judge embedded" in result.stderr
        assert out.read_bytes() == before

    def test_faults_of_the_judge_are_counted(self, folder, write_rows):
        failure = {"kind": "judge", "stage": "judge", "code": "unreadable", "message": "m"}
        script = folder / "script.jsonl"
        script.write_text(json.dumps({"failure": failure}) + '\n{"errors": []}\n')
        out = folder / "out.jsonl"
        result = verm(
            *("judge", "--pairs", write_rows(*({**PAIR, "id": n} for n in range(2)))),
            *("--out", out, "--judge", f"scripted:{script}", "--workers", 1),
        )
        assert result.exit_code == 1
        assert result.stdout == f"2 rows in {out}: 1 judge_fault, 1 scored\n"
        assert {row["reward"] for row in rows_of(out)} == {None, 1.0}


def many(folder, write_rows, count):
    """Rows whose pictures all differ, so that every one takes the judge some time."""
    rng = np.random.default_rng(0)
    for number in range(count):
        for name in ("r", "c"):
            picture = np.full((200, 240, 3), 255, np.uint8)
            for _ in range(5):
                x, y = rng.integers(10, 190), rng.integers(10, 160)
                picture[y : y + 30, x : x + 40] = rng.integers(0, 220, 3)
            (folder / f"{name}{number}.png").write_bytes(images.encode_png(picture))
    return write_rows(
        *(
            {"id": n, "task": "svg", "reference": f"r{n}.png", "prediction": f"c{n}.png"}
            for n in range(count)
        )
    )


def wait_for_lines(out, count, process):
    end = time.monotonic() + 60
    while not out.exists() or out.read_bytes().count(b"\n") < count:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.02)


def start(path, out, **options):
    command = [VERM, "judge", "--pairs", path, "--out", out, "--workers", "2"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def test_a_kill_loses_nothing_and_leaves_nobody(folder, write_rows):
    path, out = many(folder, write_rows, 30), folder / "out.jsonl"
    process = start(path, out)
    wait_for_lines(out, 6, process)
    workers = psutil.Process(process.pid).children(recursive=True)
    assert workers
    process.kill()
    process.communicate()
    before = out.read_bytes()
    assert before.count(b"\n") < 30
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    # and a second kill tore a line
    out.write_bytes(before + b'{"id": "29", "sta')
    result = verm("judge", "--pairs", path, "--out", out)
    assert result.exit_code == 0
    assert out.read_bytes().startswith(before)
    ids = [row["id"] for row in rows_of(out)]
    assert sorted(ids, key=int) == [str(number) for number in range(30)]


def test_an_interrupt_is_one_sentence_and_keeps_what_is_finished(folder, write_rows):
    path, out = many(folder, write_rows, 30), folder / "out.jsonl"
    # a shell that runs the tests in the background has its children ignore the signal
    listening = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    process = start(path, out, start_new_session=True, preexec_fn=listening)
    wait_for_lines(out, 4, process)
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    # on a busy machine lines of progress stand before it
    assert stderr.splitlines()[-1] == "interrupted; what was finished is kept"
    assert 4 <= len(rows_of(out)) < 30
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


def test_a_worker_that_dies_costs_no_row(folder, write_rows):
    path, out = many(folder, write_rows, 12), folder / "out.jsonl"
    process = start(path, out)
    wait_for_lines(out, 3, process)
    judges = [
        child
        for child in psutil.Process(process.pid).children()
        if "parallel.serve" in " ".join(child.cmdline())
    ]
    judges[0].kill()
    stdout, stderr = process.communicate(timeout=90)
    assert process.returncode == 0, stderr
    assert stdout == f"12 rows in {out}: 12 scored\n"
    assert sorted(int(row["id"]) for row in rows_of(out)) == list(range(12))
