"""A judge is trained on the tokens and the pixels that it is fed at serving.

make trainers            # the environment, and these tests in it
"""

import json

import pytest
from written_pairs import write_pairs

from visual_erm import images
from visual_erm.data import shards
from visual_erm.data.export import export, reply
from visual_erm.judges.local import LocalJudge
from visual_erm.judges.profile import load_profile
from visual_erm.train.pairs import sample

SHORT = {"sampling": {"temperature": 0.0}, "max_tokens": 4}
ORDERS = {
    "chart": {"prompt": "chart.txt", "order": "text_first", "encoding": "jpeg", **SHORT},
    "table": {"prompt": "table.txt", "order": "text_first", "system": "Be exact.", **SHORT},
    "svg": {"prompt": "svg.txt", "system": "You are a helpful assistant.", **SHORT},
}
REST = {
    "chart": {"prompt": "chart.txt", "system": "Be kind.", "max_side": 70, **SHORT},
    "table": {"prompt": "table.txt", "max_side": 200, **SHORT},
    "svg": {"prompt": "svg.txt", "order": "text_first", "encoding": "jpeg", **SHORT},
}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return write_pairs(tmp_path_factory.mktemp("parity") / "pairs", seeds=1, each=2)


def fed(judge, pair, monkeypatch):
    """Tokens and pixels that a judge feeds its model for a pair."""
    seen = []
    monkeypatch.setattr(
        judge.source, "_generated", lambda inputs, asked: seen.append(inputs) or [[0]]
    )
    parts = [
        judge.profile.part(images.load(pair[side]["bytes"]), pair["task"])
        for side in ("reference", "prediction")
    ]
    judge.source.ask(judge.profile.body(parts, pair["task"]))
    return seen[0]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch and transformers
@pytest.mark.parametrize("layouts", [ORDERS, REST])
def test_a_judge_is_trained_on_what_it_is_fed(layouts, model, pairs, tmp_path, monkeypatch):
    from datasets import Dataset
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    path = tmp_path / "profile.json"
    path.write_text(json.dumps({"name": "p", "layouts": layouts}))
    export(pairs, tmp_path / "out", "trl", profile=str(path))
    rows = Dataset.from_parquet(
        str(tmp_path / "out" / "train.parquet"), cache_dir=str(tmp_path / "cache")
    )
    judge = LocalJudge(f"{model}?profile={path}")
    collate = DataCollatorForVisionLanguageModeling(
        judge.source._processor, completion_only_loss=True
    )
    read = load_profile(str(path))
    for pair, row in zip(shards.read(pairs), rows, strict=True):
        asked = fed(judge, pair, monkeypatch)
        for one in (row, sample(pair, read)):  # as exported, and as `verm train` takes it
            batch = collate([dict(one)])
            prompt = batch["labels"][0] == -100
            assert batch["input_ids"][0][prompt].tolist() == asked["input_ids"][0].tolist()
            assert (batch["pixel_values"] == asked["pixel_values"]).all()
            said = judge.source._processor.tokenizer.decode(batch["input_ids"][0][~prompt])
            assert (
                json.loads(said.partition("<|im_end|>")[0])["errors"]
                == json.loads(reply(pair))["errors"]
            )
    judge.close()
