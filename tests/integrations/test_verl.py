"""verl's reward function and manager: signature, keys, faults; and a real reward loop in Ray."""

import asyncio
import importlib.util
import inspect
import sys
import types

import faulty_judges as faulty
import pytest

from visual_erm.errors import UsageError
from visual_erm.integrations.engine import FIELDS
from visual_erm.integrations.verl import compute_score, settings_for
from visual_erm.processors import limit

REFERENCE = faulty.reference()


@pytest.fixture(autouse=True)
def no_limit():
    yield
    limit(None)


def call(reply, **other):
    given = {
        "data_source": "chart2svg",
        "solution_str": reply,
        "ground_truth": REFERENCE,
        "extra_info": {"task": "svg", "num_turns": None},
    }
    return asyncio.run(compute_score(**given | other))


def test_called_as_verl_calls_it():
    # verl asks this, and would take a callable object for a plain function
    assert inspect.iscoroutinefunction(compute_score)
    rows = [call(reply) for reply in (faulty.svg(), "nothing", faulty.svg(0))]
    rows.append(call(faulty.svg(), ground_truth="missing.png", reward_router_address="x"))
    rows.append(call(faulty.svg(), extra_info=None, data_source="svg"))
    assert all(tuple(row) == FIELDS for row in rows)
    assert all(type(value) is float for row in rows for value in row.values())
    assert [row["score"] for row in rows[:2]] == [1.0, 0.0]
    assert [row["unscored"] for row in rows] == [0, 0, 0, 1, 0]
    label = {"reference": REFERENCE, "task": None}  # as a column of structs holds it
    assert call(faulty.svg(), ground_truth=label)["score"] == 1.0


@pytest.mark.parametrize("name", faulty.FAULTY)
def test_an_unscored_sample_has_a_flag_and_no_zero(name):
    row = call(faulty.svg(), judge=faulty.FAULTY[name], workers=1)
    assert (row["unscored"], row["score"]) == (1.0, 0.5)
    assert call(faulty.svg(), judge=faulty.FAULTY[name], unscored=-1.0)["score"] == -1.0


def test_a_wrong_setting_is_said_at_once():
    with pytest.raises(UsageError, match="judgee"):
        call(faulty.svg(), judgee="x")
    with pytest.raises(UsageError, match="which task"):
        call(faulty.svg(), extra_info={})


def test_reward_workers_share_the_machine(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    for _ in range(2):
        assert settings_for({}, 8).workers == 8
        limit(8)  # as the engine does
    assert settings_for({"workers": 3}, 8).workers == 3


def test_what_a_batch_of_the_manager_raises_reaches_all_who_wait(monkeypatch):
    base = types.ModuleType("verl.experimental.reward_loop.reward_manager.base")
    base.RewardManagerBase = type("RewardManagerBase", (), {"__init__": lambda self, *_: None})
    monkeypatch.setitem(sys.modules, base.__name__, base)
    module = importlib.import_module("visual_erm.integrations.verl_manager")
    monkeypatch.delitem(sys.modules, module.__name__)
    config = types.SimpleNamespace(
        reward=types.SimpleNamespace(custom_reward_function={}, num_workers=2)
    )
    manager = module.VisualRewardManager(config, None, None)

    class Broken:
        def score_batch(self, samples):
            raise RuntimeError(f"no thread for {len(samples)}")

    monkeypatch.setattr(module, "engine", lambda _: Broken())

    async def batch():
        left, *others = [asyncio.create_task(manager._together({})) for _ in range(3)]
        await asyncio.sleep(0)
        left.cancel()
        return await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), 60)

    assert [str(error) for error in asyncio.run(batch())] == ["no thread for 3"] * 2


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(
    importlib.util.find_spec("verl") is None,
    reason="verl is not installed here; `make trainers` makes an environment with it",
)
class TestRealLoop:
    @pytest.fixture(scope="class")
    def tokenizer(self, tmp_path_factory):
        from tiny_policy import tiny_tokenizer

        folder = tmp_path_factory.mktemp("tokenizer")
        made = tiny_tokenizer()
        made.save_pretrained(folder)
        return made, str(folder)

    @pytest.fixture(scope="class")
    def ray(self):
        import ray

        ray.init(
            num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=2**28
        )
        yield ray
        ray.shutdown()

    def config(self, folder, manager, **reward_kwargs):
        from omegaconf import OmegaConf

        path = "pkg://visual_erm.integrations.verl_manager" if manager else None
        return OmegaConf.create(
            {
                "reward": {
                    "num_workers": 2,
                    "custom_reward_function": {
                        "path": "pkg://visual_erm.integrations.verl",
                        "name": "compute_score",
                        "reward_kwargs": {"workers": 1, **reward_kwargs},
                    },
                    "reward_manager": {
                        "source": "importlib" if manager else "register",
                        "name": "VisualRewardManager" if manager else "naive",
                        "module": {"path": path, "name": None},
                    },
                    "reward_model": {"enable": False},
                    "sandbox_fusion": {"url": None},
                },
                "actor_rollout_ref": {"model": {"path": folder, "tokenizer_path": None}},
            }
        )

    def batch(self, tokenizer, replies):
        import numpy as np
        import torch
        from verl import DataProto

        count, width = len(replies), 4 + max(len(tokenizer.encode(reply)) for reply in replies)
        responses = torch.zeros(count, width, dtype=torch.long)
        mask = torch.zeros(count, 8 + width, dtype=torch.long)
        mask[:, :8] = 1
        for row, reply in enumerate(replies):
            ids = tokenizer.encode(reply)
            responses[row, : len(ids)] = torch.tensor(ids)
            mask[row, 8 : 8 + len(ids)] = 1
        truth = {"style": "rule", "ground_truth": REFERENCE}
        prompt = [{"role": "user", "content": "Draw it."}]
        return DataProto.from_dict(
            tensors={
                "prompts": torch.zeros(count, 8, dtype=torch.long),
                "responses": responses,
                "attention_mask": mask,
            },
            non_tensors={
                "data_source": np.array(["drawings"] * count, dtype=object),
                "reward_model": np.array([truth] * count, dtype=object),
                "extra_info": np.array([{"task": "svg"} for _ in replies], dtype=object),
                "raw_prompt": np.array([prompt] * count, dtype=object),
            },
        )

    def scores(self, ray, tokenizer, replies, manager, **reward_kwargs):
        from verl.experimental.reward_loop.reward_loop import RewardLoopManager

        made, folder = tokenizer
        loop = RewardLoopManager(self.config(folder, manager, **reward_kwargs))
        try:
            out = loop.compute_rm_score(self.batch(made, replies))
        finally:
            for worker in loop.reward_loop_workers:
                ray.kill(worker)
        flags = {key: value.tolist() for key, value in out.non_tensor_batch.items()}
        assert list(flags) == list(FIELDS) == out.meta_info["reward_extra_keys"]
        return out.batch["rm_scores"].sum(-1).tolist(), flags

    @pytest.mark.parametrize("manager", [False, True], ids=["function", "manager"])
    def test_rewards_of_a_batch(self, ray, tokenizer, manager):
        replies = [faulty.svg(), faulty.svg(30), "nothing", faulty.svg()]
        values, flags = self.scores(ray, tokenizer, replies, manager)
        assert values[0] == values[3] == 1.0 > values[1] > values[2] == 0.0
        assert flags["policy_fault"] == [0, 0, 1, 0]

    @pytest.mark.parametrize("manager", [False, True], ids=["function", "manager"])
    def test_a_judge_that_is_down_leaves_flags(self, ray, tokenizer, manager):
        replies = [faulty.svg(), "nothing"]
        values, flags = self.scores(ray, tokenizer, replies, manager, judge=faulty.UNREACHABLE)
        assert flags["unscored"] == [1.0, 0.0]
        assert values == [0.5, 0.0]

    @pytest.mark.parametrize("manager", [False, True], ids=["function", "manager"])
    @pytest.mark.parametrize("judge", ["nan", "junk", "broken", "hanging"])
    def test_other_faults_in_the_workers_own_loader(self, tokenizer, manager, judge):
        from verl.trainer.ppo.reward import load_reward_manager

        made, folder = tokenizer
        config = self.config(folder, manager)
        data = self.batch(made, [faulty.svg(50, "navy"), "nothing"])
        chosen = {**faulty.FAULTY, "hanging": faulty.Hanging()}[judge]

        async def run():
            loaded = load_reward_manager(config, made)
            if manager:
                loaded.settings = settings_for({"judge": chosen, "item_deadline": 1}, 1)
            else:
                loaded.compute_score.args[1].update(judge=chosen, item_deadline=1)
            return await asyncio.gather(*[loaded.run_single(data[k : k + 1]) for k in range(2)])

        rows = asyncio.run(run())
        assert [row["reward_extra_info"]["unscored"] for row in rows] == [1.0, 0.0]
        assert rows[1]["reward_score"] == 0.0

    def test_the_documented_row_reaches_the_reward(self, tokenizer, tmp_path):
        import datasets
        from omegaconf import OmegaConf
        from tiny_policy import tiny_qwen3_vl
        from verl.utils.dataset.rl_dataset import RLHFDataset

        row = {
            "data_source": "drawings",
            "prompt": [{"role": "user", "content": "<image>Redraw it as SVG."}],
            "images": [{"bytes": faulty.picture_file(), "path": None}],
            "ability": "svg",
            "reward_model": {"style": "rule", "ground_truth": REFERENCE},
            "extra_info": {"index": 0, "split": "train", "task": "svg"},
        }
        data = datasets.Dataset.from_list([row])
        data = data.cast_column("images", datasets.List(datasets.Image()))
        data.to_parquet(tmp_path / "train.parquet")
        options = {"image_key": "images", "filter_overlong_prompts": False}
        read = RLHFDataset(
            str(tmp_path / "train.parquet"),
            tokenizer[0],
            OmegaConf.create({**options, "cache_dir": str(tmp_path)}),
            processor=tiny_qwen3_vl()[1],
        )[0]
        given = {"ground_truth": read["reward_model"]["ground_truth"]}
        assert call(faulty.svg(), extra_info=read["extra_info"], **given)["score"] == 1.0
