"""Whole routes over loopback: what is made, what is dropped, what is paid."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from judge_server import MODEL, JudgeServer, completion
from model_server import CHART, DRAWING, TABLE, annotated, by, copied, edited

from visual_erm import endpoints
from visual_erm.data import build, oracle, shards
from visual_erm.data.card import count
from visual_erm.data.make import Unit
from visual_erm.data.models import Models, Replies, engine, read_pool
from visual_erm.data.models.asking import MOST_FAILURES
from visual_erm.data.models.routes import make
from visual_erm.data.recipe import Recipe
from visual_erm.data.records import Seed
from visual_erm.errors import BackendError, InputError

RECIPE = Recipe(name="test", seed=3, pairs={"table": 4}, per_seed=2)
GOOD = by(edited)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for name in endpoints.KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(endpoints, "_backoff", lambda state: 0.01)


def seed(name, source, task="table"):
    return Seed(
        id=name, task=task, source=source, family="own", licence="CC0-1.0", provenance="test"
    )


TABLES = {"own": [seed(f"t{number}", TABLE.format(763 + number)) for number in range(8)]}
DRAWINGS = [seed(f"d{number}", DRAWING.format(20 + number), "svg") for number in range(8)]


def models(folder, budget=None, **servers):
    folder.mkdir(exist_ok=True)
    pools = {
        role: read_pool([f"{server.url}#{MODEL}?price_in=10&price_out=100&deadline=2"], role)
        for role, server in servers.items()
    }
    return Models(pools, Replies(folder / "replies.sqlite"), budget=budget)


def made(asked, source=None, task="svg", pairs=1):
    one = seed("one", source or DRAWING.format(40), task)
    unit = Unit(seed=one, other="", pairs=pairs, salt="s")
    try:
        return make(unit, asked)
    finally:
        asked.close()


class TestRoutes:
    def test_without_an_annotator_the_oracle_labels_what_models_did(self, tmp_path):
        with JudgeServer(GOOD).running() as one, JudgeServer(by(copied)).running() as two:
            asked = models(tmp_path, editor=one, inferrer=two)
            build(
                RECIPE,
                tmp_path,
                corpus=TABLES,
                engine=engine(asked),
                routes=asked.routes,
                workers=2,
            )
            spent = asked.spent()
            asked.close()
        rows = list(shards.read(tmp_path))
        assert {row["kind"] for row in rows} == {"model_edit", "natural"}
        for row in rows:
            (error,) = row["errors"]
            assert (error["category"], len(error["bbox"])) == ("numeric_error", 4)
            assert row["prediction_source"] != row["reference_source"]
        assert [(line.role, line.replies >= 2) for line in spent] == [
            ("editor", True),
            ("inferrer", True),
        ]
        # 300 tokens there at 10 a million and 20 back at 100
        assert spent[0].money == pytest.approx(spent[0].replies * 0.005)

    def test_a_resumed_build_asks_nothing_twice(self, tmp_path):
        with JudgeServer(GOOD).running() as server:
            for lost in (None, "pairs-00000.parquet"):
                if lost:
                    whole = (tmp_path / lost).read_bytes()
                    (tmp_path / lost).unlink()
                    before = len(server.requests)
                asked = models(tmp_path, editor=server)
                build(RECIPE, tmp_path, corpus=TABLES, engine=engine(asked), routes=asked.routes)
                asked.close()
        assert len(server.requests) == before
        assert (tmp_path / lost).read_bytes() == whole
        with pytest.raises(InputError, match="other renderers or models"):
            build(RECIPE, tmp_path, corpus=TABLES)

    def test_proposals_pass_two_filters(self, tmp_path):
        with JudgeServer(GOOD).running() as one, JudgeServer(by(annotated)).running() as two:
            found = made(models(tmp_path, editor=one, annotator=two), TABLE.format(763), "table")
        (pair,) = found.pairs
        assert [error.category for error in pair.errors] == ["numeric_error"]
        claims = {why: n for (name, why), n in found.dropped.items() if name.startswith("claims")}
        assert claims == {"kept": 1, "absent": 1, "disagrees": 1}

    @pytest.mark.slow
    def test_programs_are_edited_as_text_and_compared_as_figures(self, tmp_path):
        with JudgeServer(GOOD).running() as server:
            (pair,) = made(models(tmp_path, editor=server), CHART, "chart").pairs
        assert pair.prediction_source == CHART.replace("Rain", "Pain")
        (error,) = pair.errors
        assert error.category == "text_error" and error.bbox and error.bbox_prediction

    def test_an_editor_is_believed_where_nobody_else_knows(self, tmp_path, monkeypatch):
        monkeypatch.delitem(oracle.READERS, "svg")
        with JudgeServer(GOOD).running() as server:
            (pair,) = made(models(tmp_path, editor=server)).pairs
        assert [error.description for error in pair.errors] == ["another size"]


CUT = by(lambda body: edited(body)[:60])
SAME = by(lambda body: edited(body).replace('width="77"', 'width="40"'))
BROKEN = by(lambda body: edited(body).replace("<rect", "<rect <"))
BLANK = by(lambda body: edited(body).replace("#1a56db", "#ffffff"))
LENGTH = lambda body: (200, completion(edited(body), finish="length"), {})  # noqa: E731
REFUSED = (200, completion(None, refusal="I would rather not"), {})


class TestFaults:
    @pytest.mark.parametrize(
        "first",
        [(429, {}, {"Retry-After": "0.05"}), (500, b"", {}), (200, b"<html>", {}), "drop"],
    )
    def test_what_passes_costs_nothing(self, tmp_path, first):
        with JudgeServer(first, GOOD).running() as server:
            found = made(models(tmp_path, editor=server))
        assert len(found.pairs) == 1
        assert len(server.requests) == 2

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ((503, b"", {}), "no_reply"),
            ("hang", "no_reply"),
            ((200, b"<html>Sign in</html>", {}), "no_reply"),
            ((200, {"choices": "none"}, {}), "no_reply"),
            ((400, {"error": "too long"}, {}), "no_reply"),
            ((200, completion("I like it as it is."), {}), "unreadable"),
            ((200, completion('{"errors": [{"cat'), {}), "unreadable"),
            (REFUSED, "unreadable"),
            (LENGTH, "unreadable"),
            (CUT, "unreadable"),
            (SAME, "invisible"),
            (BLANK, "blank"),
            (BROKEN, "not_drawn"),
        ],
    )
    def test_what_does_not_is_counted_and_the_run_goes_on(self, tmp_path, answer, reason):
        with JudgeServer(answer).running() as server:
            found = made(models(tmp_path, editor=server))
        assert found.pairs == ()
        assert found.dropped == {(f"edit {MODEL}", reason): 1}

    def test_servers_that_are_down_end_the_run_and_spoil_no_seed(self, tmp_path):
        with JudgeServer((503, b"", {})).running() as server:
            asked = models(tmp_path, editor=server)
            with pytest.raises(BackendError, match=f"{MOST_FAILURES} questions in a row"):
                build(RECIPE, tmp_path, corpus=TABLES, engine=engine(asked), routes=asked.routes)
            asked.close()
        assert not shards.paths(tmp_path)

    def test_one_that_is_down_is_stood_in_for(self, tmp_path):
        with JudgeServer((503, b"", {})).running() as one, JudgeServer(GOOD).running() as two:
            specs = [f"{one.url}#{MODEL}?weight=1000", f"{two.url}#other"]
            asked = Models({"editor": read_pool(specs, "editor")}, Replies(tmp_path / "r"))
            (pair,) = made(asked).pairs
        assert pair.operators == ("edit other",)

    def test_a_refused_key_ends_the_run_and_is_not_shown(self, tmp_path, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        with (
            JudgeServer((401, {}, {})).running() as server,
            pytest.raises(BackendError, match="refuses the key") as caught,
        ):
            made(models(tmp_path, editor=server))
        assert "sk-secret" not in str(caught.value)

    def test_a_budget_ends_the_run(self, tmp_path):
        with (
            JudgeServer(GOOD).running() as server,
            pytest.raises(BackendError, match=r"budget of 0.012 is used up \(0.015\)"),
        ):
            made(models(tmp_path, budget=0.012, editor=server), pairs=9)
        assert len(server.requests) == 3


def verm(place, *arguments, **variables):
    command = [Path(sys.executable).with_name("verm"), "data", *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=place,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def place(tmp_path):
    (tmp_path / "drawings").mkdir()
    for one in DRAWINGS:
        (tmp_path / "drawings" / f"{one.id}.svg").write_text(one.source)
    recipe = {"name": "mine", "pairs": {"svg": 6}, "per_seed": 1}
    (tmp_path / "mine.json").write_text(json.dumps(recipe))
    return tmp_path


OWN = ("--preset", "mine.json", "--svg", "drawings")


@pytest.mark.slow
def test_a_killed_command_pays_nothing_twice(place):
    with JudgeServer(GOOD).running() as server:
        own = (*OWN, "--editor", f"{server.url}#{MODEL}?price_out=50", "--workers", 1)
        process = verm(place, "build", "pairs", *own, OPENAI_API_KEY="sk-secret")
        until = time.monotonic() + 60
        while len(server.requests) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        process = verm(place, "build", "pairs", *own, "--json", OPENAI_API_KEY="sk-secret")
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    (cost,) = json.loads(out)["models"]
    assert (cost["role"], cost["model"]) == ("editor", MODEL)
    # the one that was in flight when it was killed
    assert cost["replies"] <= len(server.requests) <= cost["replies"] + 1
    assert server.requests[0][0]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in out + err
    assert count(place / "pairs").kinds == {"model_edit": 6}
    process = verm(place, "stats", "pairs")
    out, _ = process.communicate(timeout=60)
    assert f"edit {MODEL}" in out and "prompt tokens" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--editor", "http://127.0.0.1:9/v1#m"), 3, "editor at http://127.0.0.1:9/v1 cannot be"),
        (("--editor", "http://one#m?weight=0"), 2, "weight: Input should be greater than 0"),
        (("--annotator", "http://one#m"), 2, "add --editor or --inferrer"),
        (("--editor", "http://one#m", "--engine", "ray"), 2, "leave --engine out"),
    ],
)
def test_bad_requests_end_in_one_sentence(place, arguments, code, words):
    process = verm(place, "build", "pairs", *OWN, *arguments)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert words in err
    assert len(err.splitlines()) == 1
    assert not (place / "pairs").exists()
