"""A real model in this process. Without torch only what is said in its place is tested.

make models            # an environment with torch and transformers, and these tests in it
"""

import importlib.util
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tiny_model

from visual_erm.errors import (
    BackendError,
    InfrastructureFault,
    JudgeFault,
    MissingPackage,
    UsageError,
)
from visual_erm.judges import make_judge
from visual_erm.judges.local import LocalJudge, _Penalties, digest
from visual_erm.rewards.visual import VisualReward

WHITE = np.full((60, 90, 3), 255, np.uint8)
MARKED = WHITE.copy()
MARKED[20:40, 20:60] = (10, 90, 160)
OTHERS = [MARKED, np.full((200, 160, 3), 255, np.uint8), 255 - MARKED, MARKED[:30]]
SAMPLED = {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "presence_penalty": 1.5}
WEIGHTS = "model.safetensors"
GREEDY = {"prompt": "chart.txt", "sampling": {"temperature": 0.0}, "max_tokens": 24}
LAYOUTS = {
    "chart": {**GREEDY, "schema_guided": True},
    "table": {**GREEDY, "system": "You are a helpful assistant.", "order": "text_first"},
    "svg": {**GREEDY, "sampling": SAMPLED, "encoding": "jpeg"},
}


def profile(folder, layouts=LAYOUTS):
    path = folder / "short.json"
    path.write_text(json.dumps({"name": "short", "layouts": layouts}))
    return path


class TestWithoutAModel:
    @pytest.mark.parametrize(
        ("spec", "says"),
        [
            ("local:", "needs a folder or an id"),
            ("local:m?device=cuda", 'device: .*say "cpu", "mps" or which GPU, as "cuda:1"'),
            ("local:m?dtype=int4", "dtype"),
            ("local:m?batch=0", "batch"),
            ("local:m?hedge=1", "hedge: no such option; known: batch, cache"),
            ("local:m?profile=nothing", "no profile"),
        ],
    )
    def test_a_spec_that_says_nothing_sensible(self, spec, says):
        with pytest.raises(UsageError, match=says):
            make_judge(spec)

    def test_sampling_that_transformers_does_not_know(self, tmp_path):
        strange = {"chart": {**GREEDY, "sampling": {"best_of": 4}}}
        with pytest.raises(UsageError, match='"short": a local model has no setting "best_of"'):
            LocalJudge(f"m?profile={profile(tmp_path, strange)}")

    def test_without_torch_the_command_that_installs_it(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "torch", None)
        with pytest.raises(MissingPackage, match=re.escape("pip install 'visual-erm[local]'")):
            LocalJudge("m")

    def test_other_weights_have_another_digest_and_another_place_has_not(self, tmp_path):
        for name, weight in (("one", 1), ("same", 1), ("other", 2)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "config.json").write_text("{}")
            weights = np.full(2_000_000, weight, np.uint8).tobytes()
            (tmp_path / name / "model.safetensors").write_bytes(weights)
        one, same, other = (digest(tmp_path / name) for name in ("one", "same", "other"))
        assert one == same != other


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    for needed in ("torch", "transformers", "torchvision"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; `make models` runs this test")
    tiny_model.mend_torchvision()
    folder = tmp_path_factory.mktemp("model") / "tiny"
    tiny_model.build(folder)
    return folder


@pytest.fixture(scope="module")
def judge(model):
    opened = LocalJudge(f"{model}?profile={profile(model.parent)}")
    yield opened
    opened.close()


def asked(judge, reference, candidate, task="chart"):
    parts = [judge.profile.part(one, task) for one in (reference, candidate)]
    return judge.source.ask(judge.profile.body(parts, task))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch and transformers
class TestWithAModel:
    def test_greedy_replies_are_the_same_again_and_the_pictures_matter(self, judge):
        first, again = asked(judge, WHITE, MARKED), asked(judge, WHITE, MARKED)
        assert first.text == again.text != asked(judge, MARKED, WHITE).text
        assert first.usage["prompt_tokens"] > 300
        assert (first.finish, first.usage["completion_tokens"]) == ("length", 24)
        assert first.without_schema

    def test_a_reply_without_a_verdict_is_a_fault_with_its_reason(self, judge):
        for task in LAYOUTS:
            with pytest.raises(JudgeFault) as caught:
                judge.compare(WHITE, MARKED, task)
            assert caught.value.failure.code == "truncated"
            assert caught.value.failure.detail

    def test_equal_pictures_need_no_model(self, judge):
        assert judge.compare(MARKED, MARKED, "chart").errors == ()

    def test_what_is_asked_at_once_is_answered_as_if_alone(self, judge):
        alone = [asked(judge, WHITE, one).text for one in OTHERS]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda one: asked(judge, WHITE, one).text, OTHERS)) == alone
        assert len(set(alone)) == 4

    def test_a_reward_has_none_for_every_sample_and_says_why(self, model):
        reward = VisualReward(judge=f"local:{model}?profile={profile(model.parent)}")
        svg = "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'>{}</svg>"
        items = [
            {
                "reference": WHITE,
                "source": svg.format(f"<rect width='{side}' height='50'/>"),
                "task": "svg",
            }
            for side in (20, 40, 60)
        ]
        scored = reward.score_batch(items)
        reward.close()
        assert [one.value for one in scored] == [None] * 3
        assert {one.failure.code for one in scored} == {"truncated"}

    def test_it_says_which_weights_it_has_and_how_they_run(self, judge, model):
        details = judge.identity.details
        assert (details["device"], details["dtype"]) == ("cpu", "float32")
        assert details["weights"] == digest(model)

    def test_nobody_waits_beyond_the_deadline(self, model):
        endless = {"chart": {**GREEDY, "max_tokens": 3000}}
        (model.parent / "endless").mkdir(exist_ok=True)
        path = profile(model.parent / "endless", endless)
        judge = LocalJudge(f"{model}?profile={path}&deadline=2")
        with pytest.raises(InfrastructureFault) as caught:
            judge.compare(WHITE, MARKED, "chart")
        assert caught.value.failure.code == "timeout"
        judge.close()  # returns, because the model has stopped

    def test_a_question_beyond_the_context_is_refused_alone(self, judge, monkeypatch):
        monkeypatch.setattr(judge.source, "_context", 400)
        small, large = asked(judge, WHITE, MARKED), np.full((640, 640, 3), 200, np.uint8)
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(asked, judge, one, MARKED) for one in (large, WHITE)]
        assert both[0].exception().failure.code == "refused_request"
        assert both[1].result().text[:8] == small.text[:8]

    def test_too_many_at_once_are_halved_until_they_fit(self, judge, monkeypatch):
        import torch

        alone = [asked(judge, WHITE, one).text for one in OTHERS]
        real, sizes = judge.source._model.generate, []

        def cramped(room):
            def generate(**inputs):
                sizes.append(len(inputs["input_ids"]))
                if sizes[-1] > room:
                    raise torch.OutOfMemoryError("CUDA out of memory")
                return real(**inputs)

            return generate

        monkeypatch.setattr(judge.source._model, "generate", cramped(1))
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda one: asked(judge, WHITE, one).text, OTHERS)) == alone
        assert max(sizes) > 1
        monkeypatch.setattr(judge.source._model, "generate", cramped(0))
        with pytest.raises(InfrastructureFault) as caught:
            asked(judge, WHITE, MARKED)
        assert caught.value.failure.code == "out_of_memory"

    def test_penalties_are_on_what_was_generated_and_not_on_the_prompt(self, model):
        import torch

        penalties = _Penalties(prompt=1, presence=0.5, frequency=0.25)
        found = penalties(torch.tensor([[0, 1, 1, 2]]), torch.zeros(1, 4))
        assert found.tolist() == [[0.0, -1.0, -0.75, 0.0]]

    def test_what_cannot_be_loaded_is_said_in_a_sentence(self, model, tmp_path, monkeypatch):
        from safetensors.torch import load_file, save_file

        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(BackendError, match="cannot load the model"):
            LocalJudge(f"{tmp_path}/nothing")
        for path in model.iterdir():
            if path.name == "config.json" or path.suffix == ".safetensors":
                os.link(path, tmp_path / path.name)
        with pytest.raises(BackendError, match="has no processor"):
            LocalJudge(str(tmp_path))
        torn = {
            name: one for name, one in load_file(model / WEIGHTS).items() if "lm_head" not in name
        }
        for path in model.iterdir():
            if not (tmp_path / path.name).exists():
                os.link(path, tmp_path / path.name)
        (tmp_path / WEIGHTS).unlink()
        save_file(torn, tmp_path / WEIGHTS, {"format": "pt"})
        with pytest.raises(BackendError, match=r"lacks weights: lm_head\.weight"):
            LocalJudge(str(tmp_path))
        with pytest.raises(BackendError, match="no cuda:77 here"):
            LocalJudge(f"{model}?device=cuda:77")
