"""Recipes for policies: their arithmetic, and their settings as the trainers read them."""

import dataclasses
import importlib.util
import shlex
from pathlib import Path

import pytest

from runs.policy_rl.trl_grpo import MINI_BATCH, PROMPTS, ROLLOUTS, Machine, settings

FOLDER = Path(__file__).parents[2] / "runs" / "policy_rl"


def needs(package):
    """Skip without the trainer; with it, what it warns of is its own affair."""

    def marked(test):
        missing = importlib.util.find_spec(package) is None
        test = pytest.mark.skipif(missing, reason=f"needs {package}: `make trainers`")(test)
        return pytest.mark.filterwarnings("ignore")(test)

    return marked


def command(name):
    """The words that a recipe hands to its trainer."""
    text = (FOLDER / name).read_text()
    body = text[text.index("exec ") :].replace("\\\n", " ").replace('"$@"', "")
    body = body.replace('"$(verm plugin-path swift)"', "plugin.py")
    return [word.replace("$TRAIN", "a").replace("$KEPT", "b") for word in shlex.split(body)]


@pytest.mark.parametrize("devices", [1, 2, 4, 8, 16])
def test_the_batch_is_the_papers_on_any_number_of_devices(devices):
    machine = Machine(devices=devices)
    at_once = devices * machine.on_device
    assert machine.accumulated * at_once == MINI_BATCH * ROLLOUTS
    assert machine.passes * at_once == PROMPTS * ROLLOUTS


def test_a_batch_that_does_not_spread_is_refused():
    with pytest.raises(ValueError, match="evenly"):
        settings(Path("out"), Machine(devices=3))


@pytest.mark.slow
@needs("trl")
def test_trl_takes_the_settings(tmp_path):
    from trl import GRPOConfig

    config = GRPOConfig(
        **settings(tmp_path, Machine(devices=1), bf16=False, use_vllm=False, report_to="none")
    )
    assert config.generation_batch_size == PROMPTS * ROLLOUTS
    assert config.beta == 0.01
    assert config.gradient_accumulation_steps * 2 == config.steps_per_generation


@pytest.mark.slow
@needs("verl")
def test_verl_takes_the_settings():
    from hydra import compose, initialize_config_module

    words = command("verl_grpo.sh")
    overrides = [word for word in words if "=" in word]
    with initialize_config_module("verl.trainer.config", version_base=None):
        config = compose("ppo_trainer", overrides=overrides)
    assert config.data.train_batch_size == PROMPTS
    assert config.actor_rollout_ref.actor.ppo_mini_batch_size == MINI_BATCH
    assert config.actor_rollout_ref.rollout.n == ROLLOUTS
    assert config.reward.custom_reward_function.path == "pkg://visual_erm.integrations.verl"


@pytest.mark.slow
@needs("swift")
def test_ms_swift_takes_the_settings():
    from swift.arguments import RLHFArguments

    words = command("swift_grpo.sh")
    given = words[words.index("rlhf") + 1 :]
    known = {field.name for field in dataclasses.fields(RLHFArguments)}
    named = [word.removeprefix("--") for word in given if word.startswith("--")]
    assert set(named) <= known
