"""`verm judge --judge endpoint:...`: servers that are not there, hang, or go away in mid-run."""

import json
import socket

import numpy as np
import pytest
from judge_server import MODEL, ONE, JudgeServer, completion
from typer.testing import CliRunner

from visual_erm import cli, endpoints, images

GOOD = (200, completion(ONE), {})
BROKEN = (500, b"", {})


def verm(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture
def nowhere():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield f"endpoint:http://127.0.0.1:{one.getsockname()[1]}/v1#{MODEL}"


@pytest.fixture
def write_pairs(folder, write_rows):
    def write(count):
        rows = []
        for number in range(count):
            picture = np.full((60, 90, 3), 255, np.uint8)
            picture[10:30, 10 : 20 + number] = 0
            (folder / f"{number}.png").write_bytes(images.encode_png(picture))
            row = {"id": number, "task": "chart", "reference": "a.png"}
            rows.append(row | {"prediction": f"{number}.png"})
        return write_rows(*rows)

    return write


def test_one_pair(folder):
    with JudgeServer(GOOD).running() as server:
        spec = f"endpoint:{server.url}#{MODEL}"
        result = verm("judge", folder / "a.png", folder / "b.png", "-t", "chart", "-j", spec)
    assert result.exit_code == 0
    assert "2 needs correction  text_error  title" in result.stdout


def test_a_server_that_is_not_there(folder, write_pairs, nowhere):
    pairs, out = write_pairs(3), folder / "out.jsonl"
    finished = json.dumps({"id": "0", "status": "scored", "judge": None}) + "\n"
    out.write_text(finished)
    for arguments in (
        (folder / "a.png", folder / "b.png", "-t", "chart"),
        ("--pairs", pairs, "--out", out),
    ):
        result = verm("judge", *arguments, "-j", nowhere)
        assert result.exit_code == 3
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1
        assert "cannot be reached" in result.stderr
    assert out.read_text() == finished


def test_a_server_that_hangs(folder):
    with JudgeServer("hang").running() as server:
        spec = f"endpoint:{server.url}#{MODEL}?deadline=0.5"
        result = verm("judge", folder / "a.png", folder / "b.png", "-t", "chart", "-j", spec)
    assert result.exit_code == 3
    assert len(result.stderr.splitlines()) == 1
    assert "did not answer in time" in result.stderr


def test_a_server_that_breaks_in_mid_run_costs_only_rows_that_retry_does(
    folder, write_pairs, monkeypatch
):
    monkeypatch.setattr(endpoints, "_backoff", lambda state: 0.0)
    pairs, out = write_pairs(6), folder / "out.jsonl"
    with JudgeServer(*[GOOD] * 4, BROKEN).running() as server:
        spec = f"endpoint:{server.url}#{MODEL}"
        command = ("judge", "--pairs", pairs, "--out", out, "-j", spec, "--workers", 1)
        result = verm(*command)
        assert result.exit_code == 1
        assert result.stdout == f"6 rows in {out}: 2 infra_fault, 4 scored\n"
        server.answers.append(GOOD)
        server.answers.popleft()
        result = verm(*command, "--retry")
    assert (result.exit_code, result.stdout) == (0, f"6 rows in {out}: 6 scored\n")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert sorted(row["id"] for row in rows) == list("012345")
