"""A real vLLM with a tiny model, as a server and in this process: replies held to a schema.

make vllm              # an environment with vLLM for CPUs, and these tests in it
"""

import importlib.util
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import real_server
import tiny_model
from real_server import asked

from visual_erm.errors import BackendError, InfrastructureFault, JudgeFault, UsageError
from visual_erm.judges import make_judge, profile
from visual_erm.judges.endpoint import EndpointJudge
from visual_erm.judges.vllm import VllmJudge

WHITE = np.full((60, 90, 3), 255, np.uint8)
MARKED = WHITE.copy()
MARKED[20:40, 20:60] = (10, 90, 160)
PAIRS = ((WHITE, MARKED), (MARKED, WHITE))
GUIDED = {
    "prompt": "chart.txt",
    "sampling": {"temperature": 0.0},
    "max_tokens": 400,
    "schema_guided": True,
}
LAYOUTS = {
    "chart": GUIDED,
    "table": {**GUIDED, "schema_guided": False, "max_tokens": 60},
    "svg": {**GUIDED, "max_tokens": 12},
}
SETTINGS = {
    "PYTHONPATH": str(Path(tiny_model.__file__).parent / "mended"),
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}
ERRORS, CHARACTERS = 2, 12
"""Bounds that a tiny model reaches in seconds."""


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("vllm:", "needs a folder or an id"),
        ("vllm:m?device=cuda", 'device: .*say "cpu", "mps" or which GPU, as "cuda:1"'),
        ("vllm:m?memory=2", "memory"),
        ("vllm:m?hedge=1", "hedge: no such option; known: batch, cache"),
    ],
)
def test_a_spec_that_says_nothing_sensible(spec, says):
    with pytest.raises(UsageError, match=says):
        make_judge(spec)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A checkpoint with random weights, and a profile."""
    if importlib.util.find_spec("vllm") is None:
        pytest.skip("vllm is not installed; `make vllm` runs this test")
    tiny_model.mend_torchvision()
    made = tmp_path_factory.mktemp("models")
    tiny_model.build(made / "random")
    (made / "short.json").write_text(json.dumps({"name": "short", "layouts": LAYOUTS}))
    return made


@pytest.fixture(scope="module")
def there(folder):
    """The judge behind a server, whose replies have no blanks between words."""
    compact = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})
    command = (sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model")
    options = ("--dtype", "float32", "--enforce-eager", "--structured-outputs-config", compact)
    most = ("--limit-mm-per-prompt", '{"image": 2, "video": 0}')
    with real_server.running(
        folder / "log", *command, str(folder / "random"), *options, *most, env=SETTINGS
    ) as url:
        judge = EndpointJudge(
            f"{url}#{folder / 'random'}?profile={folder / 'short.json'}&deadline=600"
        )
        yield judge
        judge.close()


@pytest.fixture(scope="module")
def here(folder):
    """The same in this process."""
    before = dict(os.environ)
    os.environ.update(SETTINGS)
    judge = VllmJudge(f"{folder / 'random'}?profile={folder / 'short.json'}&deadline=600")
    yield judge
    judge.close()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def bounded(monkeypatch):
    """Schemas of a few short errors, and of no fewer."""
    monkeypatch.setattr(profile, "MOST_ERRORS", ERRORS)
    monkeypatch.setattr(profile, "MOST_CHARACTERS", CHARACTERS)
    usual = profile.reply_schema

    def full(task):
        schema = usual(task)
        schema["properties"]["errors"]["minItems"] = ERRORS
        return schema

    monkeypatch.setattr(profile, "reply_schema", full)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch, transformers and vLLM
class TestWithAModel:
    def test_a_model_that_knows_no_json_is_held_to_the_schema(self, there, bounded):
        reply = asked(there, WHITE, MARKED, "chart")
        said = json.loads(reply.text, strict=False)
        jsonschema.validate(said, profile.reply_schema("chart"))
        assert len(said["errors"]) == ERRORS
        assert all(0 < len(one["description"]) <= CHARACTERS for one in said["errors"])
        assert (reply.finish, reply.without_schema) == ("stop", False)
        verdict = there.compare(WHITE, MARKED, "chart")
        assert [error.severity for error in verdict.errors] == [
            error["severity"] for error in said["errors"]
        ]

    def test_without_a_schema_it_says_no_json_and_that_is_a_fault(self, there):
        with pytest.raises(JudgeFault) as caught:
            there.compare(WHITE, MARKED, "table")
        assert caught.value.failure.code == "truncated"
        assert "{" not in caught.value.failure.detail[:20]

    def test_a_reply_that_the_limit_cut_is_no_verdict(self, there, bounded):
        assert asked(there, WHITE, MARKED, "svg").finish == "length"
        with pytest.raises(JudgeFault) as caught:
            there.compare(WHITE, MARKED, "svg")
        assert caught.value.failure.code == "truncated"

    def test_a_schema_that_the_server_refuses_is_left_out_and_said(self, there):
        body = there.profile.body([there.profile.part(one, "svg") for one in PAIRS[0]], "svg")
        body["response_format"]["json_schema"]["schema"] = {"type": "integer", "multipleOf": 7}
        assert there.source.ask(body).without_schema
        (replica,) = there.source._replicas.all
        replica.without_schema = False  # for the tests that follow

    def test_one_model_says_the_same_here_and_behind_a_server(self, there, here, bounded):
        def both(pair):
            return [
                asked(judge, *pair, task) for task in ("chart", "table") for judge in (here, there)
            ]

        with ThreadPoolExecutor(2) as pool:
            texts = set()
            for replies in pool.map(both, PAIRS):
                for one, other in (replies[:2], replies[2:]):
                    assert (one.text, one.finish) == (other.text, other.finish)
                    for name in ("prompt_tokens", "completion_tokens"):
                        assert one.usage[name] == other.usage[name] > 0
                    texts.add(one.text)
        assert len(texts) == 4  # both pictures are seen, and their order

    def test_a_question_that_cannot_be_answered_is_a_fault(self, here):
        parts = [here.profile.part(one, "table") for one in PAIRS[0]]
        long = here.profile.body(parts, "table", prompt="What differs? " * 3000)
        with pytest.raises(InfrastructureFault, match="refuses") as caught:
            here.source.ask(long)
        assert caught.value.failure.code == "refused_request"
        here.source.deadline, usual = 0.01, here.source.deadline
        with pytest.raises(InfrastructureFault) as caught:
            asked(here, WHITE, MARKED, "table")
        assert caught.value.failure.code == "timeout"
        here.source.deadline = usual
        assert asked(here, WHITE, MARKED, "table").text  # it goes on

    def test_the_device_is_the_one_that_was_said(self, here, folder):
        assert here.identity.details["device"] == "cpu"
        with pytest.raises(BackendError, match="runs models on cpu, not on cuda:1"):
            VllmJudge(f"{folder / 'random'}?device=cuda:1")

    def test_what_cannot_be_loaded_is_said_in_a_sentence(self, here, tmp_path):
        with pytest.raises(BackendError, match="cannot load the model"):
            VllmJudge(f"{tmp_path}/nothing")

    def test_a_closed_judge_says_so(self, here):
        here.close()
        with pytest.raises(BackendError, match="closed"):
            asked(here, WHITE, MARKED, "table")
