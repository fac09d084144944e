"""A real server of another project with a real model, driven as a policy from draft to end.

make models            # an environment with torch and transformers, and these tests in it
"""

import importlib.util
import sys

import pytest
import real_server
import tiny_model
from refining import drawing

from visual_erm import refine
from visual_erm.refinement.endpoint import EndpointPolicy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of torch and transformers
]


def test_a_model_that_draws_and_one_that_babbles(tmp_path, reference):
    for needed in ("torch", "transformers", "torchvision", "fastapi", "uvicorn"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; `make models` runs this test")
    tiny_model.mend_torchvision()
    tiny_model.build(tmp_path / "babbles")
    tiny_model.build(tmp_path / "draws", says=drawing(30))
    command = (sys.executable, tiny_model.__file__, "serve", "--device", "cpu")
    found = {}
    with real_server.running(tmp_path / "log", *command, "--dtype", "float32") as url:
        query = "max_tokens=120&temperature=0"
        # both are opened first: once it has loaded a model, the server lists no other
        policies = {
            name: EndpointPolicy(f"{url}#{tmp_path / name}?{query}")
            for name in ("draws", "babbles")
        }
        for name, policy in policies.items():
            found[name] = refine(reference, task="svg", policy=policy)
            policy.close()
    draws, babbles = found["draws"], found["babbles"]
    assert draws.source == drawing(30)
    assert [attempt.kind for attempt in draws.attempts] == ["draft", "revise", "revise"]
    assert (draws.stop, draws.status) == ("no_gain", "scored")
    prompts = [attempt.usage["prompt_tokens"] for attempt in draws.attempts]
    assert prompts[1] > prompts[0] > 0  # the list, the source and a second picture
    assert (babbles.stop, babbles.status, babbles.value) == ("no_gain", "policy_fault", 0.0)
    kinds = [attempt.kind for attempt in babbles.attempts]
    assert kinds == ["draft", *["repair"] * 5]
    assert {attempt.reward.failure.code for attempt in babbles.attempts} == {"no_source"}
