"""Judges trained by TRL on a CPU: a tiny Qwen3-VL, two real steps.

make trainers            # the environment, and these tests in it
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from written_pairs import write_pairs

from visual_erm.errors import BackendError, InputError, JudgeFault
from visual_erm.judges.local import LocalJudge
from visual_erm.train.judge import train_judge
from visual_erm.train.merge import merge
from visual_erm.train.settings import load_preset

SUPPORT = Path(__file__).parents[1] / "support"
RUN = "import tiny_model; tiny_model.mend_torchvision(); from visual_erm.cli import main; main()"
WHITE = np.full((64, 96, 3), 255, np.uint8)
SHORTLY = {"batch": 2, "steps": 2, "every": 1, "dtype": "float32", "warmup": 0.0}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of torch, transformers and trl
]


def weights(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def changed(one, other):
    """How many tensors of two folders differ."""
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    return sum(not (first[name] == second[name]).all() for name in first)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return write_pairs(tmp_path_factory.mktemp("built") / "pairs")


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    return write_pairs(
        tmp_path_factory.mktemp("apart") / "held", first=30, seeds=1, each=2, tasks=("svg",)
    )


@pytest.fixture(scope="module")
def settings(model, short_profile):
    paper = load_preset("paper").changed(model=str(model), profile=short_profile, loaders=0)
    return paper.changed(**SHORTLY, learning_rate=1e-3, max_pixels=128 * 96)


def test_all_parameters_and_what_a_run_leaves(settings, model, pairs, held, tmp_path):
    out = tmp_path / "run"
    trained = train_judge([pairs], out, settings, held=[held], device="cpu")
    assert trained.steps == 2
    assert changed(model, trained.model) > 50
    # measured before, during and after, and logged
    assert [row["evaluation"] for row in trained.evaluations] == [0, 1, 2, "final"]
    # six random tokens are no verdict; of the two pairs one is of equal pictures and needs none
    assert all(row["svg/unread"] == 0.5 for row in trained.evaluations)
    assert json.loads((out / "held.json").read_text()) == list(trained.evaluations)
    assert {path.name for path in (out / "held").iterdir()} == {
        "step-000000.jsonl", "step-000001.jsonl", "step-000002.jsonl", "final.jsonl",
    }  # fmt: skip
    assert list((out / "logs").glob("events.*"))
    card = (trained.model / "README.md").read_text()
    assert "| final | " in card
    assert "| 18 | 6 | edit 12, identical 6 |" in card
    # the folder is a judge, with the bounds it was trained in
    judge = LocalJudge(f"{trained.model}?profile={settings.profile}")
    assert judge.source._processor.image_processor.size["longest_edge"] == 128 * 96
    assert judge.source._processor.chat_template
    with pytest.raises(JudgeFault):
        judge.compare(WHITE, 255 - WHITE, "svg")
    judge.close()
    # and what stands in the way of another run
    with pytest.raises(InputError, match="holds a run already: add --resume"):
        train_judge([pairs], out, settings, held=[held], device="cpu")
    other = settings.changed(learning_rate=2e-3)
    with pytest.raises(InputError, match=r"has learning_rate 0\.001; .* not 0\.002"):
        train_judge([pairs], out, other, held=[held], device="cpu", resume=True)
    with pytest.raises(InputError, match="held-back references are trained on"):
        train_judge([pairs], tmp_path / "leak", settings, held=[pairs], device="cpu")


def test_adapters_are_merged_for_servers(settings, model, pairs, tmp_path):
    out = tmp_path / "run"
    lora = settings.changed(lora=4, freeze_vision=True)
    trained = train_judge([pairs], out, lora, device="cpu")
    assert (out / "adapter" / "adapter_model.safetensors").is_file()
    language = weights(trained.model)
    before = weights(model)
    touched = {name for name in before if not (before[name] == language[name]).all()}
    assert touched
    assert all("language_model" in name and "_proj" in name for name in touched)
    assert merge(out / "adapter", tmp_path / "again") == str(model)
    with pytest.raises(InputError, match="not empty"):
        merge(out / "adapter", tmp_path / "again")
    LocalJudge(f"{tmp_path / 'again'}?profile={settings.profile}").close()
    for name, tensor in weights(tmp_path / "again").items():
        assert (tensor.float() - language[name]).abs().max() < 0.02  # bfloat16


def test_a_model_that_is_not_there(settings, pairs, tmp_path):
    wrong = settings.changed(model=str(tmp_path / "nowhere"))
    with pytest.raises(BackendError, match=r"cannot load the model .*nowhere"):
        train_judge([pairs], tmp_path / "run", wrong, device="cpu")
    with pytest.raises(BackendError, match="--device cpu"):
        train_judge([pairs], tmp_path / "run", settings, device="cuda")


def command(settings, pairs, out, *more):
    path = out.parent / "mine.json"
    path.write_text(settings.changed(steps=4).model_dump_json())
    asked = ["train", "judge", str(pairs), "--out", str(out), "--preset", str(path)]
    return [sys.executable, "-c", RUN, *asked, "--device", "cpu", *more]


def test_killed_and_resumed_it_learns_the_same(settings, pairs, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(SUPPORT), "HF_HUB_OFFLINE": "1"}
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train_judge([pairs], whole, settings.changed(steps=4), device="cpu")
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(command(settings, pairs, broken), env=environment, stderr=log)
    state = broken / "checkpoints" / "checkpoint-2" / "trainer_state.json"
    while not state.is_file() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    # as if it had been killed while it wrote
    torn = broken / "checkpoints" / "checkpoint-9"
    torn.mkdir()
    (torn / "trainer_state.json").write_text('{"global')
    made = subprocess.run(
        command(settings, pairs, broken, "--resume", "--json"),
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(made.stdout)["steps"] == 4
    assert "step 1 of 4" not in made.stderr
    assert not torn.exists()
    assert changed(whole / "model", broken / "model") == 0
