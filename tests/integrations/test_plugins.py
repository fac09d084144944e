"""Plug-ins by file or path, against the loaders of frameworks that are on no registry or cannot run
here. What a loader does is copied from the framework; the commit is named."""

import asyncio
import importlib
import importlib.util
import io
import json
import sys
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace

import faulty_judges as faulty
import numpy as np
import pandas as pd
import PIL.Image
import pytest
from typer.testing import CliRunner

from visual_erm.cli import app
from visual_erm.cli.plugin_path import FILES
from visual_erm.errors import UsageError

REFERENCE = faulty.reference()
LABEL = json.dumps({"reference": REFERENCE, "task": "svg"})


def plugin_path(name):
    result = CliRunner().invoke(app, ["plugin-path", name])
    assert result.exit_code == 0
    return result.output.strip()


def by_file(name, path):
    """EasyR1 b44b311, workers/reward/function.py; OpenRLHF 3c3be62, utils/agent.py."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def easyr1(rows, **reward_function_kwargs):
    """EasyR1: compute_reward_batch, then reduce_metrics, as its trainer calls them."""
    module = by_file("custom_reward_fn", plugin_path("easyr1"))
    assert (module.REWARD_TYPE, module.REWARD_NAME) == ("batch", "visual")
    function = partial(module.compute_score, **reward_function_kwargs)
    inputs = [{"response": r, "response_length": 9, "ground_truth": g} for r, g in rows]
    metrics, rewards = {}, []
    for score in function(inputs):
        rewards.append(score["overall"])
        for key, value in score.items():
            metrics.setdefault(key, []).append(value)
    assert {len(values) for values in metrics.values()} == {len(rows)}
    return rewards, {key: float(np.mean(values)) for key, values in metrics.items()}


def test_easyr1_gets_a_batch_of_numbers():
    rows = [(faulty.svg(), LABEL), ("nothing", LABEL), (faulty.svg(), "missing.png")]
    rewards, metrics = easyr1(rows, task="svg")
    assert rewards == [1.0, 0.0, 0.5]
    assert metrics["unscored"] == pytest.approx(1 / 3)
    assert all(isinstance(value, float) and np.isfinite(value) for value in metrics.values())


@pytest.mark.parametrize("name", faulty.FAULTY)
def test_easyr1_goes_on_over_faults(name):
    rewards, metrics = easyr1([(faulty.svg(), LABEL), ("x", LABEL)], judge=faulty.FAULTY[name])
    assert rewards[1] == 0.0 and metrics["unscored"] == 0.5
    # neither reward nor punishment: what the other attempt at this reference got, or the middle
    assert rewards[0] in (0.0, 0.5) and metrics["overall"] == np.mean(rewards)


def openrlhf(reply, label=LABEL):
    """OpenRLHF: SingleTurnAgentExecutor.execute, from the reward function on."""
    module = by_file("reward_func", plugin_path("openrlhf"))
    prompt = "<|im_start|>user\n<|image_pad|>Draw.<|im_end|>\n<|im_start|>assistant\n"
    query = prompt.replace("<|image_pad|>", "<|image_pad|>" * 9) + reply + "<|im_end|>"

    async def fetch():
        task = asyncio.to_thread(module.reward_func, [query], [prompt], [label])
        return (await asyncio.gather(task))[0]

    return asyncio.run(fetch())


def test_openrlhf_gets_a_reward_for_every_sample(monkeypatch):
    good, none = openrlhf(faulty.svg()), openrlhf("nothing")
    assert (good["rewards"], good["scores"], none["rewards"]) == (1.0, 1.0, 0.0)
    assert good["extra_logs"].keys() == none["extra_logs"].keys()
    monkeypatch.setenv("VISUAL_ERM_JUDGE", faulty.UNREACHABLE)
    monkeypatch.setenv("VISUAL_ERM_UNSCORED", "0.25")
    lost = openrlhf(faulty.svg())
    assert lost["rewards"] == lost["scores"] == 0.25 and lost["extra_logs"]["unscored"] == 1.0

    module = by_file("reward_func", plugin_path("openrlhf"))
    with pytest.raises(UsageError, match="got 2"):  # micro-batches of versions before 0.9.1
        module.reward_func(["a", "b"], ["", ""], [LABEL, LABEL])


def slime(samples, group):
    """slime 624b824: load_function of utils/misc.py, async_rm and batched_async_rm of rm_hub."""
    path, _, name = "visual_erm.integrations.slime.reward".rpartition(".")
    function = getattr(importlib.import_module(path), name)
    if group:
        return asyncio.run(function(None, samples))

    async def each():
        return await asyncio.gather(*[function(None, sample) for sample in samples])

    return asyncio.run(each())


def slime_sample(reply, label=REFERENCE):
    return SimpleNamespace(
        response=reply, label=label, metadata={"task": "svg"}, remove_sample=False
    )


@pytest.mark.parametrize("group", [False, True])
def test_slime_removes_what_could_not_be_scored(group, monkeypatch):
    samples = [slime_sample(reply) for reply in (faulty.svg(), "nothing")]
    samples.append(slime_sample(faulty.svg(), "missing.png"))
    rewards = slime(samples, group)
    assert rewards[:2] == [1.0, 0.0] and isinstance(rewards[2], float)
    assert [sample.remove_sample for sample in samples] == [False, False, True]
    assert samples[0].metadata["visual"]["rendered"] == 1.0
    monkeypatch.setenv("VISUAL_ERM_JUDGE", faulty.UNREACHABLE)
    lost = [slime_sample(faulty.svg())]
    slime(lost, group)
    assert lost[0].remove_sample


def test_files_are_there_and_shadow_nothing():
    assert CliRunner().invoke(app, ["plugin-path", "nobody"]).exit_code != 0
    for name in FILES:
        assert plugin_path(name).endswith(".py")
    # ms-swift puts the folder of a plug-in first in the search path
    found = [path.name for path in Path(plugin_path("swift")).parent.glob("*.py")]
    assert found == ["visual_erm_swift.py"]


def lmms_eval(path):
    """lmms-eval 75571cf: import_function of utils.py, where no file lies beside the YAML."""
    *module_name, function_name = path.split(".")
    return getattr(importlib.import_module(".".join(module_name)), function_name)


def test_lmms_eval_takes_it_as_a_metric():
    process = lmms_eval("visual_erm.integrations.lmms_eval.process_results")
    mean = lmms_eval("visual_erm.integrations.lmms_eval.mean_scored")
    picture = PIL.Image.open(io.BytesIO(faulty.picture_file()))
    docs = [({"image": picture, "task": "svg"}, text) for text in (faulty.svg(), "nothing")]
    docs.append(({"reference": "missing.png", "task": "svg"}, faulty.svg()))
    metrics = [process(doc, [text]) for doc, text in docs]
    assert [row["visual_reward"] for row in metrics] == [1.0, 0.0, None]
    assert [row["visual_unscored"] for row in metrics] == [0, 0, 1]
    assert mean([row["visual_reward"] for row in metrics]) == 0.5


def test_vlmevalkit_takes_it_as_an_evaluation(tmp_path, monkeypatch):
    """VLMEvalKit e8e78f0: run.py calls `dataset.evaluate(result_file, **judge_kwargs)`."""
    from visual_erm.integrations.vlmevalkit import VisualEvaluation

    class ImageBaseDataset:
        def __init__(self):
            self.data = pd.DataFrame({"index": [3, 4, 5], "image": [REFERENCE] * 3})

        def dump_image(self, line):
            path = tmp_path / f"{line['index']}.png"
            path.write_bytes(faulty.picture_file() if line["index"] < 5 else b"damaged")
            return [str(path)]

        def evaluate(self, eval_file, **judge_kwargs):
            raise AssertionError("the base class stands first")

    class Drawings(VisualEvaluation, ImageBaseDataset):
        VISUAL_TASK = "svg"

    smp = ModuleType("vlmeval.smp")
    smp.load = pd.read_csv
    monkeypatch.setitem(sys.modules, "vlmeval", ModuleType("vlmeval"))
    monkeypatch.setitem(sys.modules, "vlmeval.smp", smp)
    written = tmp_path / "model_Drawings.csv"
    replies = [faulty.svg(), None, faulty.svg()]
    pd.DataFrame({"index": [3, 4, 5], "prediction": replies}).to_csv(written, index=False)
    result = Drawings().evaluate(str(written), nproc=4, model="exact_matching")
    assert result["reward"] == 0.5 and result["unscored"] == pytest.approx(1 / 3)
    rows = pd.read_csv(tmp_path / "model_Drawings_visual.csv")
    assert rows["score"].tolist()[:2] == [1.0, 0.0] and np.isnan(rows["score"][2])
