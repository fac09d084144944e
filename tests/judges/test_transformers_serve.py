"""A real server of another project, with a real model, asked by the endpoint judge; and the same
model in this process, which says the same.

    make models            # an environment with torch and transformers, and these tests in it
"""

import importlib.util
import json
import sys

import numpy as np
import pytest
import real_server
import tiny_model
from real_server import asked

from visual_erm.errors import InfrastructureFault, JudgeFault
from visual_erm.judges.endpoint import EndpointJudge
from visual_erm.judges.local import LocalJudge

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of torch and transformers
]
ERROR = {"category": "text_error", "severity": 2, "location": "title", "description": "other words"}
VERDICT = json.dumps({"errors": [ERROR]})
WHITE = np.full((60, 90, 3), 255, np.uint8)
MARKED = WHITE.copy()
MARKED[20:40, 20:60] = (10, 90, 160)
SHORT = {
    "prompt": "chart.txt",
    "sampling": {"temperature": 0.0},
    "max_tokens": 24,
    "schema_guided": True,
}
LAYOUTS = {
    "chart": SHORT,
    "table": {**SHORT, "system": "You are a helpful assistant.", "order": "text_first"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two checkpoints, "random" and "sure", and a profile."""
    for needed in ("torch", "transformers", "torchvision", "fastapi", "uvicorn", "openai"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; `make models` runs this test")
    tiny_model.mend_torchvision()
    made = tmp_path_factory.mktemp("models")
    tiny_model.build(made / "random")
    tiny_model.build(made / "sure", says=VERDICT)
    (made / "short.json").write_text(json.dumps({"name": "short", "layouts": LAYOUTS}))
    return made


@pytest.fixture(scope="module")
def url(folder):
    command = (sys.executable, tiny_model.__file__, "serve", "--device", "cpu")
    with real_server.running(folder / "log", *command, "--dtype", "float32") as address:
        yield address


@pytest.fixture(scope="module")
def judges(folder, url):
    """For each checkpoint, the judge in this process and the one behind the server."""
    query = f"profile={folder / 'short.json'}"
    opened = {
        name: (
            LocalJudge(f"{folder / name}?{query}"),
            EndpointJudge(f"{url}#{folder / name}?{query}"),
        )
        for name in ("random", "sure")
    }
    yield opened
    for pair in opened.values():
        for judge in pair:
            judge.close()


@pytest.mark.parametrize("task", LAYOUTS)
def test_one_model_says_the_same_here_and_behind_a_server(judges, task):
    texts = set()
    for pair in ((WHITE, MARKED), (MARKED, WHITE)):
        here, there = (asked(judge, *pair, task) for judge in judges["random"])
        assert here.text.strip() == there.text.strip()  # the server strips it
        assert (here.finish, there.finish) == ("length", "length")
        for name in ("prompt_tokens", "completion_tokens", "requests"):
            assert here.usage[name] == there.usage[name] > 0
        texts.add(here.text)
    assert len(texts) == 2  # both pictures are seen, and their order


def test_a_reply_without_a_verdict_is_the_same_fault_from_both(judges):
    faults = []
    for judge in judges["random"]:
        with pytest.raises(JudgeFault) as caught:
            judge.compare(WHITE, MARKED, "chart")
        faults.append(caught.value.failure)
    assert [fault.code for fault in faults] == ["truncated"] * 2
    assert faults[0].message == faults[1].message


def test_a_schema_that_the_server_ignores_without_a_word_costs_no_verdict(judges):
    here, there = (judge.compare(WHITE, MARKED, "chart") for judge in judges["sure"])
    assert here.errors == there.errors
    assert [error.model_dump(include=set(ERROR)) for error in here.errors] == [ERROR]
    assert (here.finish, there.finish) == ("stop", "stop")
    # only who knows that it was ignored can say so
    assert "without the schema" in here.repairs[-1]
    assert there.repairs == ()


def test_sampling_that_the_server_does_not_know_is_a_fault_and_no_score(folder, url):
    judge = EndpointJudge(f"{url}#{folder / 'sure'}?profile=published")
    with pytest.raises(InfrastructureFault, match="refuses the request: HTTP 422") as caught:
        judge.compare(WHITE, MARKED, "chart")
    assert caught.value.failure.code == "refused_request"
    assert "top_k" in caught.value.failure.detail
    judge.close()
