"""ms-swift's plug-in, loaded and called by the real framework."""

import importlib.util

import faulty_judges as faulty
import pytest

from visual_erm.cli.plugin_path import FILES

REFERENCE = faulty.reference()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(
        importlib.util.find_spec("swift") is None,
        reason="ms-swift is not installed here; `make trainers` makes an environment with it",
    ),
]


@pytest.fixture(scope="module")
def orms():
    from swift.rewards import orms
    from swift.utils import import_external_file

    folder = importlib.util.find_spec("visual_erm.integrations").submodule_search_locations[0]
    import_external_file(f"{folder}/{FILES['swift']}")
    import swift

    assert "visual_erm" not in swift.__file__
    return orms


def score(orms, replies, steps=1, **columns):
    """As the trainer does: rows to samples, samples to rewards, a new event loop at every step."""
    import torch
    from swift.rl_core.data import GRPOSample
    from swift.rl_core.grpo_algorithm import compute_rewards_per_func

    rows = [
        {
            "messages": [
                {"role": "user", "content": "<image>Draw it."},
                {"role": "assistant", "content": reply},
            ],
            "images": [{"bytes": faulty.picture_file(), "path": None}],
            "prompt_id": str(number),
            "request_id": str(number),
            **({"reference": REFERENCE, "task": "svg"} | columns),
        }
        for number, reply in enumerate(replies)
    ]
    samples = [GRPOSample.from_row(row) for row in rows]
    function = orms["visual_erm"](args=None)
    for _ in range(steps):
        got = compute_rewards_per_func(samples, [function], [None], torch.device("cpu"))
    return got[:, 0]


def test_rewards_of_rows(orms):
    rewards = score(orms, [faulty.svg(), faulty.svg(30), "nothing"], steps=2)
    assert rewards[0] == 1.0 > rewards[1] > rewards[2] == 0.0


def test_without_a_reference_the_prompts_picture_is_it(orms):
    assert score(orms, [faulty.svg()], reference=None)[0] == 1.0


@pytest.mark.parametrize("name", [*faulty.FAULTY, "hanging"])
def test_a_fault_is_left_out(orms, name, monkeypatch):
    from visual_erm.integrations.settings import Settings

    judge = {**faulty.FAULTY, "hanging": faulty.Hanging()}[name]
    chosen = Settings.of(judge=judge, item_deadline=1)
    monkeypatch.setattr(Settings, "of", lambda: chosen)
    rewards = score(orms, [faulty.svg(50, "navy"), "nothing"])
    assert rewards[0].isnan() and rewards[1] == 0.0
